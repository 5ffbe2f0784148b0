"""Every end of a command: its exit code, and one line instead of a traceback."""

import pytest

from cli import ending
from cli.ending import DEBUG, exit_code_of
from cli.main import run
from clickledger import errors
from clickledger.errors import ClickledgerError, ExitCode

pytestmark = pytest.mark.unit
SENTINEL = "s3ntinel-password"


def all_errors(of: type[ClickledgerError] = ClickledgerError) -> list[type[ClickledgerError]]:
    below = [each for each in of.__subclasses__() if each.__module__ == errors.__name__]
    return [of, *(found for each in below for found in all_errors(each))]


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_an_error_of_ours_is_one_line_and_its_code(
    kind: type[ClickledgerError], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(kind("It broke.", next_step="mend it")) == kind.exit_code
    out, err = capsys.readouterr()
    code = int(kind.exit_code)
    page = f" (exit code {code}: docs/runbooks/exit-codes.md)" if code > ExitCode.USAGE else ""
    assert (out, err) == ("", f"error: It broke. Next: mend it{page}\n")


def test_an_error_that_names_a_page_is_not_sent_to_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exit_code_of(errors.AuditFailedError("It broke.", next_step="docs/runbooks/audit-failed.md"))
    assert capsys.readouterr().err == "error: It broke. Next: docs/runbooks/audit-failed.md\n"


def test_what_nobody_foresaw_keeps_its_text_to_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(RuntimeError(SENTINEL)) == ExitCode.INTERNAL
    err = capsys.readouterr().err
    assert err == f"error: unforeseen: RuntimeError. Next: {DEBUG}=1 shows where\n"


def test_a_full_disk_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(OSError(28, "No space left on device", "out.json")) == ExitCode.INTERNAL
    assert capsys.readouterr().err == "error: No space left on device (out.json).\n"


def test_debug_shows_where(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ClickledgerError) as raised:
        raise errors.LedgerGapError("A gap.")
    assert exit_code_of(raised.value, debug=True) == ExitCode.LEDGER_GAP
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "test_debug_shows_where" in err


def test_a_variable_asks_for_it_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in (["--debug", "stats"], ["stats"]):
        assert run(line) == ExitCode.DATABASE_UNREACHABLE
        assert ("Traceback" in capsys.readouterr().err) == ("--debug" in line)
    monkeypatch.setenv(DEBUG, "1")
    run(["stats"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SystemExit(2), 2),
        (SystemExit(), 0),
        (SystemExit("words"), 1),
        (KeyboardInterrupt(), ending.INTERRUPTED),
    ],
)
def test_other_ends_are_quiet(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(error) == code
    assert capsys.readouterr() == ("", "")
