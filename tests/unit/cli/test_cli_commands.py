"""All commands together: help with examples, wrong use, the kept reference, and no secrets."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from cli.reference import reference
from clickledger.errors import ExitCode
from clickledger.settings import CHECKOUT, Role
from tests.unit.cli.invoking import commands, invoke, required_arguments

pytestmark = pytest.mark.unit
ALL = [pytest.param(words, command, id=" ".join(words) or "-") for words, command in commands()]
SINGLE = [
    pytest.param(words, command, id=" ".join(words))
    for words, command in commands()
    if not hasattr(command, "commands")
]
PRINT_DATA = {
    *("status", "stats", "window", "device", "devices", "top", "rejects", "send", "replay"),
    *("migrate", "env", "archive", "reconcile", "quality"),
    *("stream plan", "stream deploy", "stream restart", "stream rollback", "stream reset"),
    *("stream start", "stream drain", "stream stop", "stream status", "stream watch"),
    *("stream history", "stream allow-rejects"),
    *("game-day", "archive", "reconcile"),
    *("release create", "release list", "release show", "release diff"),
    *("ledger accept-loss", "ledger audit", "ledger show"),
    *("archive", "reconcile", "restate", "hours list", "hours release"),
    *("corrections list", "corrections show", "corrections undo"),
    *("trace", "backfill", "maintenance", "ledger gaps", "ledger losses", "stream accept-gap"),
    *("export due", "export diff", "export list", "export news", "export deliver", "verify"),
}


@pytest.mark.parametrize(("words", "command"), ALL)
def test_help_explains(words: list[str], command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: {' '.join(['clickledger', *words])}")
    if not hasattr(command, "commands"):
        assert f"clickledger {' '.join(words)}" in out.partition("Example:")[2]
        assert ("--json" in out) == (" ".join(words) in PRINT_DATA)


@pytest.mark.parametrize(("words", "command"), ALL)
def test_wrong_use_ends_with_2(
    words: list[str], command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--no-such-option"]) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert "--no-such-option" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "window",
        "window --length 90s",
        "window --length 5m --from 2020-01-01 --to 2019-01-01",
        "window --length 5m --from 2000-01-01 --to 2020-01-01",
        "top --limit 0",
        "stats --minutes 61",
        "rejects --tz Mars",
        "device",
        "stream drain",
        "stream allow-rejects --reason r --token t",
        "stream allow-rejects --reason r --token t --range 0:9:1",
        "stream allow-rejects --reason r --token t --range 0:1:9 --range 0:20:30",
        "stream allow-rejects --reason= --token t --range 0:1:9",
        "replay",
        "replay f --rate 5 --speed 2",
        "replay f --rate 0",
        "replay no-such-file",
        "replay f --shuffle --state s",
        "replay f --partition-by moon",
        "replay - --times 2",
        "generate --late 2",
        "generate --events 0",
        "generate --start 2100-01-01",
        "generate --start 2020-01-02 --end 2020-01-01",
        "generate --truth no-such-folder/truth.json",
    ],
)
def test_what_cannot_be_meant_ends_with_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("Traceback") == 0


@pytest.mark.parametrize(
    "words",
    [
        ["stream", "status"],
        ["stats"],
        ["top"],
        ["ledger", "show"],
        ["ledger", "audit"],
        ["migrate"],
    ],
    ids=" ".join,
)
def test_an_absent_database_is_one_line(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == ExitCode.DATABASE_UNREACHABLE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: MySQL at ")
    assert err.count("\n") == 1


def test_status_tells_what_is_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status"]) == 1
    out = capsys.readouterr().out
    assert "mariadb" in out
    assert "stream:      unknown: MySQL at " in out


def test_the_kept_reference_is_what_help_says() -> None:
    kept = (CHECKOUT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert kept == reference(), "make it anew: python -m cli.reference > docs/cli.md"


def secrets(home: Path) -> dict[str, str]:
    """A different sentinel in every secret setting, in variables and in the secrets file."""
    (home / "secrets.env").write_text(
        "".join(f"CLICKLEDGER_MYSQL_{r.upper()}_PASSWORD=s3ntinel-file-{r}\n" for r in Role)
        + "MYSQL_ROOT_PASSWORD=s3ntinel-root\nSUPERVISOR_PASSWORD=s3ntinel-supervisor\n"
    )
    return {
        "CLICKLEDGER_MYSQL_READER_PASSWORD": "s3ntinel-variable",
        "CLICKLEDGER_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "CLICKLEDGER_KAFKA_SASL_PASSWORD": "s3ntinel-sasl",
        "CLICKLEDGER_KAFKA_SASL_USERNAME": "user",
    }


HELP_ONLY = {"stream run"}  # would become the driver


@pytest.mark.parametrize(("words", "command"), SINGLE)
def test_no_command_ever_shows_a_secret(
    words: list[str],
    command: Any,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """In this process: a process for each would take half of the time of all unit tests."""
    for name, value in secrets(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("clickledger.sending.sender.START_TIMEOUT_S", 0.2)  # no Kafka is there
    assert run([*words, "--help"]) == ExitCode.OK
    with Path(os.devnull).open(encoding="utf-8") as nothing:  # what `send` reads
        monkeypatch.setattr(sys, "stdin", nothing)
        if " ".join(words) not in HELP_ONLY:
            run(["--debug", *words, *required_arguments(command)])
    out, err = capfd.readouterr()
    assert out
    assert "s3ntinel" not in out + err


def test_a_broken_setting_is_named_and_no_secret_shown(home: Path) -> None:
    env = {**secrets(home), "CLICKLEDGER_PORT_BASE": "s3ntinel-no-number"}
    code, out, err = invoke("env", env=env)
    assert code == ExitCode.CONFIGURATION
    assert "CLICKLEDGER_PORT_BASE" in err
    assert "s3ntinel" not in out + err
