"""``clickledger verify``: is a bundle what it says, and what database and raw events say?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import AsJson
from cli.output import print_json, printable

if TYPE_CHECKING:
    from clickledger.settings import Settings
    from reports.checks import Check
    from reports.verify import Bundle


def verify(
    folder: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The folder of a version.")],
    with_database: Annotated[
        bool, typer.Option("--against-database", help="Are these the database's figures?")
    ] = False,
    with_archive: Annotated[
        bool, typer.Option("--against-archive", help="Count the raw events again, at its cuts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a bundle: hashes, schema, rows, control totals, and that all its formats agree.

    One line a check; exit code 33 when one failed. It needs only the bundle, unless it is asked to
    look further. `moved`: true when it was published, and the hours named have moved since.

    \b
    Example:
      clickledger verify exports/clicks/date=2026-01-15/v1
      clickledger verify exports/clicks/date=2026-01-15/latest --against-database --json
    """
    from clickledger.errors import NotVerifiedError
    from reports.checks import passed
    from reports.verify import open_bundle
    from reports.verify import verify as check

    bundle = open_bundle(folder)
    found = []
    for each in _all(bundle, check(bundle), database=with_database, archive=with_archive):
        found.append(each)
        if not as_json:
            print(printable(f"{each.status.value:7} {each.name:16} {each.detail}"), flush=True)
    well = passed(found)
    if as_json:
        print_json({"bundle": str(folder), "ok": well, "checks": [c.as_dict() for c in found]})
    if not well:
        bad = [each.name for each in found if each.status == "failed"]
        raise NotVerifiedError(
            f"{folder}: {', '.join(bad)} failed.", next_step="docs/runbooks/bundle-differs.md"
        )


def _all(
    bundle: "Bundle", own: "Iterator[Check]", *, database: bool, archive: bool
) -> "Iterator[Check]":
    from clickledger.settings import load_settings

    yield from own
    if database or archive:
        yield from _further(load_settings(), bundle, database=database, archive=archive)


def _further(
    settings: "Settings", bundle: "Bundle", *, database: bool, archive: bool
) -> "Iterator[Check]":
    from batch.recount.for_auditors import recount_hours
    from cli.database import database as connect
    from reports.verify_against import against_archive, against_database

    with connect(settings, read_timeout_s=3600) as connection:
        if database:
            yield from against_database(connection, bundle)
        if archive:
            yield from against_archive(
                connection, bundle, lambda cuts: recount_hours(settings, cuts)
            )
