"""Whatever stands in the place of a manifest, it is named; nothing else goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from clickledger.errors import ExitCode, NotVerifiedError, UsageError
from reports.manifest import NAME, RUN, as_json
from reports.run_file import run_is_whole, signed
from reports.verify import open_bundle
from reports.verify_against import against_archive, against_database

pytestmark = pytest.mark.unit

FILE = {"path": "answer.csv", "bytes": 1, "hash": "sha256:00"}
QUESTION = {"question": "SELECT 1", "csvText": {"applied": True}}
NO_CLICKS = {"clicks": 0, "events": 0, "devices": 0}
DAY = {
    "day": "2026-01-15",
    "timeZone": "UTC",
    "version": 1,
    "state": "final",
    "figures": "sha256:00",
    "controlTotals": NO_CLICKS,
    "hours": [{"hour": "2026-01-15T00:00:00Z", "cut": {"0": 7}}],
    "csvText": {"applied": True},
}


def a_manifest(own: Any = QUESTION, file: Any = FILE) -> dict[str, Any]:
    return {"resources": [file], "clickledger": own}


def put(folder: Path, manifest: Any) -> Path:
    (folder / NAME).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize("own", [QUESTION, DAY])
def test_ours_is_taken(tmp_path: Path, own: Any) -> None:
    assert open_bundle(put(tmp_path, a_manifest(own))).own == own


@pytest.mark.parametrize(
    "manifest",
    [
        *({}, [], None, 7, {"resources": [{"path": "a.csv"}]}, {"clickledger": {}}),
        {"resources": {}, "clickledger": QUESTION},
        {"resources": ["a"], "clickledger": QUESTION},
        *(a_manifest(file=FILE | {name: None}) for name in FILE),
        *(a_manifest(file=FILE | {"path": path}) for path in ("../a", "a/b", "", ".", "a\0")),
        a_manifest(file=FILE | {"rows": "1"}),
        *(a_manifest({name: DAY[name] for name in DAY if name != gone}) for gone in DAY),
        *(a_manifest(DAY | {name: None}) for name in DAY),
        a_manifest(DAY | {"day": "2026-01-35"}),
        a_manifest(DAY | {"controlTotals": {"clicks": 0}}),
        a_manifest(DAY | {"hours": [{"hour": "2026-01-15T00:00:00Z", "cut": {"x": 7}}]}),
    ],
)
def test_what_is_not_ours_is_named(
    tmp_path: Path, manifest: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", str(put(tmp_path, manifest))]) == ExitCode.NOT_VERIFIED
    assert f"{tmp_path / NAME} is damaged" in capsys.readouterr().err


def test_what_is_no_folder_is_no_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("hello")
    for path in (tmp_path / "README.md", tmp_path, tmp_path / "none"):
        assert run(["verify", str(path)]) == ExitCode.NOT_VERIFIED
        assert "it is not a bundle" in capsys.readouterr().err
    (tmp_path / NAME).write_bytes(b"\xff")
    with pytest.raises(NotVerifiedError, match="not JSON"):
        open_bundle(tmp_path)


def test_an_answer_is_compared_with_no_day(tmp_path: Path) -> None:
    bundle = open_bundle(put(tmp_path, a_manifest()))
    nothing: Any = None
    with pytest.raises(UsageError, match="answer to a question"):
        next(against_database(nothing, bundle))
    with pytest.raises(UsageError, match="answer to a question"):
        next(against_archive(nothing, bundle, nothing))


@pytest.mark.parametrize("damaged", [b"", b"\xff", b"[]", b"{}", b'{"sha256": 1}', b"7"])
def test_a_run_file_vouches_for_itself(tmp_path: Path, damaged: bytes) -> None:
    assert run_is_whole(tmp_path)
    (tmp_path / RUN).write_text(as_json(signed({"host": "ä"})), encoding="utf-8")
    assert run_is_whole(tmp_path)
    (tmp_path / RUN).write_bytes(damaged)
    assert not run_is_whole(tmp_path)
