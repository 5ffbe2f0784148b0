"""One small Spark session for the tests of the transforms: no Kafka, no MySQL."""

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from clickledger.settings import load_settings
from clickledger.spark.session import spark_options

FOLDING = "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """With the driver's own Spark options, so that what holds here holds there.

    Only the optimizer may not compute the small tables of tests itself: records come to generated
    code here as they do from Kafka.
    """
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder
    settings = load_settings(home=tmp_path_factory.mktemp("home"))
    for name, value in spark_options(settings).items():
        builder = builder.config(name, value)
    session = builder.config("spark.sql.optimizer.excludedRules", FOLDING).getOrCreate()
    yield session
    session.stop()
