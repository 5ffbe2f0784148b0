"""Which files of an archive lie on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.archive.near import local_path

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "path", ["/data/a", "file:/data/a", "file:///data/a", "hdfs://h:8020/data/a", "s3a://b/a",
             "viewfs:/a", "/data/odd:a"]
)  # fmt: skip
def test_only_files_are_near(path: str) -> None:
    here = {"file:/data/a": Path("/data/a"), "file:///data/a": Path("/data/a")}
    expected = Path(path) if path.startswith("/") else here.get(path)
    assert local_path(path) == expected
