"""An archive on a Hadoop file system that DuckDB cannot read: any, named by its URI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from batch.archive.near import local_files_of
from batch.due import HOUR
from clickledger.clock import to_epoch_ms, utc_now
from tests.stack.batch.reconciled import Reconciled
from tests.stack.batch.worker import Worker
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment
from tests.stack.stream.deployment import environment_of
from tests.unit.cli.invoking import invoke

# Long: tests/spark/test_far_files.py has each of its counts in every run.
pytestmark = [pytest.mark.stack, pytest.mark.long]

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
COUNT = 40


@pytest.fixture(scope="module")
def far(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reconciled]:
    """viewfs, a file system of Hadoop's own over a folder, set as docs/far-archive.md says."""
    folder = tmp_path_factory.mktemp("far")
    link = f"spark.hadoop.fs.viewfs.mounttable.far.link./kept file://{folder}/kept\n"
    (folder / "kept").mkdir()
    (folder / "spark-defaults.conf").write_text(link, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        deployment = make_deployment(stack, "b_far", archive_url="viewfs://far/kept")
        worker = Worker(deployment.settings, folder)
        found = Reconciled(deployment, worker)
        found.start_stream()
        yield found
        worker.close()
        deployment.close()


def test_archived_reconciled_and_traced(far: Reconciled) -> None:
    for hour in (DAY, DAY + HOUR):
        start = to_epoch_ms(hour)
        far.send(f"d{n}|tv|{start + n}|2".encode() for n in range(COUNT))
    verdicts = {found.hour: found.verdict for found in far.reconcile().results}
    assert [verdicts[hour] for hour in (DAY, DAY + HOUR)] == ["identical"] * 2
    far.assert_hours_exact()
    assert far.rows("SELECT SUM(duplicates) AS copies FROM event_measures_by_hour") == [
        {"copies": 0}
    ]

    files = far.rows("SELECT path, kafka_partition FROM archive_files ORDER BY kafka_partition")
    paths = [f"{far.settings.archive}/{row['path']}" for row in files]
    for _ in range(2):  # one JVM after another
        with local_files_of(far.settings, paths) as near:
            copies = [Path(near[path]) for path in paths]
            assert all(copy.stat().st_size for copy in copies)
        assert not any(copy.exists() for copy in copies)
    asked = f"{files[0]['kafka_partition']}:0"
    code, out, err = invoke("trace", "--offset", asked, "--json", env=environment_of(far.settings))
    assert code == 0, err
    assert json.loads(out)["fate"] == "counted"
