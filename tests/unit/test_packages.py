"""Whom uv trusts: its own list of authorities, then, where that does not do, the machine's."""

from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from clickledger.packages import run_uv

pytestmark = pytest.mark.unit

REFUSES = """\
#!/bin/sh
echo "asked ${UV_SYSTEM_CERTS:-own}" >> asked
[ "$UV_SYSTEM_CERTS" = "$WORKS_WITH" ] && exit 0
echo "error: Failed to fetch: $WHY" >&2
exit 2
"""


@pytest.fixture
def uv(tmp_path: Path) -> Path:
    """Stands for uv behind a proxy: what it would say of a server is in ``WHY``."""
    script = tmp_path / "uv"
    script.write_text(REFUSES)
    script.chmod(0o755)
    return script


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def test_a_server_that_only_the_machine_trusts(
    uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    monkeypatch.setenv("WORKS_WITH", "true")
    monkeypatch.setenv("WHY", "invalid peer certificate: UnknownIssuer")
    run_uv(uv, tmp_path, "pip", "sync")
    assert asked(tmp_path) == ["asked own", "asked true"]


@pytest.mark.parametrize(
    ("why", "times"), [("invalid peer certificate: UnknownIssuer", 2), ("no such host", 1)]
)
def test_what_trust_does_not_mend_is_said(
    uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str, times: int
) -> None:
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    monkeypatch.setenv("WORKS_WITH", "nothing")
    monkeypatch.setenv("WHY", why)
    with pytest.raises(ConfigurationError, match=why):
        run_uv(uv, tmp_path, "pip", "sync")
    assert len(asked(tmp_path)) == times
