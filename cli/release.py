"""``clickledger release``: make, list and compare what can be deployed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import AsJson
from cli.output import print_json, print_rows, printable, shown

if TYPE_CHECKING:
    from lifecycle.releases import Release

app = typer.Typer(help="Make, list and compare releases.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="RELEASE")]


@app.command()
def create(
    source: Annotated[
        Path | None, typer.Option(help="Another checkout; else the one of this command.")
    ] = None,
    python: Annotated[
        Path | None,
        typer.Option(help="An interpreter to run it with; else one of its lock is made."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep the program as it is now, under a name, ready to be deployed.

    Nothing changed since the last one: that one's name is given again.

    \b
    Example:
      clickledger release create
    """
    from cli.database import database
    from clickledger.settings import CHECKOUT, Role, load_settings
    from lifecycle.operations import operator
    from lifecycle.releases import create_release

    settings = load_settings()
    with database(settings, Role.OPERATOR) as connection:
        made = create_release(
            connection, settings, operator(), source=(source or CHECKOUT).absolute(), python=python
        )
    print_json(vars(made)) if as_json else print(made.release_name)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List the releases, newest first, and what came of them.

    \b
    Example:
      clickledger release list
    """
    from cli.database import database
    from clickledger.settings import load_settings
    from lifecycle.releases import list_releases

    with database(load_settings()) as connection:
        found = list_releases(connection)
    if as_json:
        print_json([vars(release) for release in found])
        return
    rows = [
        {
            "release": release.release_name,
            "verdict": release.verdict,
            "created": release.created_at,
            "last_deployed": release.last_deployed_at,
            "spark": release.spark_version,
            "contract": release.contract_version,
            "by": release.created_by,
        }
        for release in found
    ]
    print_rows(rows, "There is none yet: `clickledger release create`.")


@app.command()
def show(release: Name, as_json: AsJson = False) -> None:
    """Show all that is known of a release.

    \b
    Example:
      clickledger release show 3f1c2aa-77b1c0de
    """
    from cli.database import database
    from clickledger.settings import load_settings
    from lifecycle.releases import find_release

    with database(load_settings()) as connection:
        found = find_release(connection, release)
    if as_json:
        print_json(vars(found))
        return
    for line in _in_words(found):
        print(printable(line))


def _in_words(release: "Release") -> list[str]:
    bears = f" to {release.schema_max}" if release.schema_max is not None else " or a later one"
    judged = f": {release.verdict_reason}" if release.verdict_reason else ""
    return [
        f"{release.release_name}: made {shown(release.created_at)} by {release.created_by}",
        f"found {release.verdict}{judged}",
        f"deployed first {shown(release.first_deployed_at)}",
        f"deployed last {shown(release.last_deployed_at)}",
        f"judges by contract {release.contract_version}, counts with Spark {release.spark_version}",
        f"runs on a database that has had migration {release.schema_min}{bears}",
        f"code {release.code_fingerprint}",
        f"program and packages {release.content_fingerprint}",
        f"runs in {release.folder} with {release.python}",
    ]


@app.command()
def diff(old: Name, new: Name, as_json: AsJson = False) -> None:
    """Say what changed between two releases, and what it means for figures.

    \b
    Example:
      clickledger release diff 3f1c2aa-77b1c0de 9ab01c3-11c0ffee
    """
    from cli.database import database
    from clickledger.settings import load_settings
    from lifecycle.release_diff import diff as compare
    from lifecycle.releases import find_release

    with database(load_settings()) as connection:
        changes = compare(find_release(connection, old), find_release(connection, new))
    if as_json:
        print_json([vars(change) for change in changes])
        return
    for change in changes:
        print(printable(change.in_words()))
    if not changes:
        print("Nothing changed.")
