"""``clickledger maintenance``: what is old enough to go, listed first."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, By
from cli.output import note, print_json, print_rows

if TYPE_CHECKING:
    from batch.maintenance.items import Item
    from batch.maintenance.runs import Ended


def maintenance(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be deleted, and no more.")
    ] = False,
    listed: Annotated[
        str | None,
        typer.Option("--list", metavar="RUN", help="Delete what this list names, and no more."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Delete what is old enough, after listing all of it; the settings keep_… say how old.

    Minute rows go only of final days that no event can reach any more (max_age), the archive only
    where all hours are sealed: by default neither does. The ledger's ranges are folded up, so that
    they go on to prove what they proved. What can be deleted no longer when its turn comes is kept.

    \b
    Example:
      clickledger maintenance --dry-run
      clickledger maintenance
      clickledger maintenance --list 3f1c2aa7-0b51-4e9f-9d5c-0c2a7f1f7a10
    """
    from batch.maintenance.runs import delete_listed, list_items, require_listed
    from clickledger.settings import load_settings
    from lifecycle.operations import operator

    if dry_run and listed:
        raise typer.BadParameter("--dry-run and --list cannot both be meant.")
    settings = load_settings()
    if listed is None:
        found = list_items(settings, by or operator())
        listed = found.run
        if dry_run:
            _show(found.run, [_as_dict(item) for item in found.items], as_json)
            return
        for item in found.items:
            note(f"{item.kind}  {item.name}: {item.detail}")
    elif listed:
        require_listed(settings, listed)
    ended = delete_listed(settings, listed, heard=_hear)
    rows = [_as_dict(each.item) | {"kept": each.why or None} for each in ended]
    _show(listed, rows, as_json)


def _hear(ended: "Ended") -> None:
    note(f"{ended.item.kind}  {ended.item.name}: {ended.why or 'deleted'}")


def _as_dict(item: "Item") -> dict[str, Any]:
    return {
        "kind": str(item.kind),
        "name": item.name,
        "detail": item.detail,
        "amount": item.amount,
    }


def _show(run: str, rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json({"list": run, "items": rows})
        return
    print_rows(rows, "Nothing is old enough.")
    if run:
        print(f"List {run}.")
