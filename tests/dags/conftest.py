"""Airflow without a scheduler: its home is thrown away afterwards."""

import os
import sys
from typing import TYPE_CHECKING

import pytest

from clickledger.settings import CHECKOUT

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

DAGS = CHECKOUT / "dags"


@pytest.fixture(scope="session")
def dag_bag(tmp_path_factory: pytest.TempPathFactory) -> "DagBag":
    """Every DAG file, parsed; needs no database."""
    home = tmp_path_factory.mktemp("airflow")
    os.environ |= {  # before anything imports airflow
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
    sys.path.insert(0, str(DAGS))  # as Airflow does
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(DAGS))
