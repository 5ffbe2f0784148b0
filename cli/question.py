"""``clickledger export --query``: the answer to an analyst's own question, as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.output import print_json
from clickledger.errors import UsageError
from reports.formats import Format

if TYPE_CHECKING:
    import pymysql

LONG_READ_S = 3600  # a big answer, or a big day, is read in one question


def answer(
    query: Path, wanted: Format, output: Path | None, *, exact_csv: bool, as_json: bool
) -> None:
    """Ask the question that the file holds, and write the answer.

    Raises:
        UsageError: there is no such file, or MySQL does not take what it says.
    """
    import pymysql

    from cli.database import database
    from clickledger.clock import utc_now
    from clickledger.mysql.connection import is_connection_lost
    from clickledger.settings import load_settings
    from reports.query import export_query

    text = _text_of(query)
    settings = load_settings()
    name = f"{query.stem}-{utc_now():%Y%m%dT%H%M%S}"
    target = output or settings.exports / "queries" / name
    with database(settings, read_timeout_s=LONG_READ_S) as connection:
        try:
            manifest = export_query(connection, text, target, wanted, exact_csv=exact_csv)
        except pymysql.MySQLError as error:
            if is_connection_lost(error):
                raise
            raise UsageError(
                f"MySQL does not take the question: {_said(error)}",
                next_step=f"mend {query}: docs/tables.md has the tables, `make sql` tries it out",
            ) from error
    (resource,) = manifest["resources"]
    if as_json:
        print_json({"folder": str(target), "rows": resource["rows"], "bytes": resource["bytes"]})
    else:
        print(f"{resource['rows']:,} rows, {resource['bytes']:,} bytes: {target}")


def _text_of(query: Path) -> str:
    try:
        return query.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot read {query}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{query} is not UTF-8 text.") from None


def _said(error: pymysql.MySQLError) -> str:
    """Its own words: of a question that a person wrote, they name the place."""
    code, *words = error.args or (0,)
    return f"{words[0] if words else type(error).__name__} (error {code})."
