"""A run of maintenance: list everything, write the list down, delete what still may be deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from batch.maintenance.archived import Litter, Segments
from batch.maintenance.home import Checkpoints, Logs, Releases
from batch.maintenance.items import Item, Keeper, Kind, Work
from batch.maintenance.minutes import MinuteRows
from batch.maintenance.ranges import Ranges
from batch.maintenance.samples import Samples
from clickledger.clock import utc_now
from clickledger.errors import UsageError
from clickledger.failpoints import reach
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings

KEEPERS: dict[Kind, Keeper] = {
    Kind.MINUTES: MinuteRows(),
    Kind.ARCHIVE: Segments(),
    Kind.LITTER: Litter(),
    Kind.RANGES: Ranges(),
    Kind.SAMPLES: Samples(),
    Kind.CHECKPOINTS: Checkpoints(),
    Kind.RELEASES: Releases(),
    Kind.LOGS: Logs(),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was written down, and finds itself again by ``run``."""

    run: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one item; ``why`` it was kept, or nothing."""

    item: Item
    why: str


def list_items(settings: Settings, by: str) -> Listed:
    """What may be deleted now, written down; deletes nothing. An empty list has no name."""
    run = str(uuid.uuid4())
    with connected(settings, Role.BATCH) as connection:
        work = Work(connection, settings, utc_now(), run)
        items = [item for keeper in KEEPERS.values() for item in keeper.items(work)]
        rows = [
            (run, number, item.kind, item.name, item.detail[:1024], item.amount, by)
            for number, item in enumerate(items)
        ]
        with connection.cursor() as cursor:
            cursor.executemany(statement("maintenance/add_item"), rows)
    return Listed(run if items else "", items)


def delete_listed(
    settings: Settings, run: str, heard: Callable[[Ended], None] = lambda ended: None
) -> list[Ended]:
    """Delete what a list names, if it still may be deleted; what it does not name stays.

    Killed and run again, it goes on with what is left of the list.

    Raises:
        UsageError: there is no such list.
    """
    results: list[Ended] = []
    with connected(settings, Role.BATCH) as connection:
        rows = fetch_all(connection, statement("maintenance/items"), (run,))
        work = Work(connection, settings, utc_now(), run)
        for row in rows:
            if row["outcome"] is not None:
                continue
            item = Item(Kind(row["kind"]), row["name"], row["detail"], row["amount"])
            why = KEEPERS[item.kind].delete(work, item.name)
            reach("item_deleted")
            with connection.cursor() as cursor:
                outcome = "kept" if why else "deleted"
                end = (outcome, why[:1024] or None, run, row["number"])
                cursor.execute(statement("maintenance/end_item"), end)
            results.append(Ended(item, why))
            heard(results[-1])
    return results


def require_listed(settings: Settings, run: str) -> None:
    """Make sure that a list has anything on it.

    Raises:
        UsageError: nothing was ever listed under that name.
    """
    with connected(settings, Role.READER) as connection:
        if not fetch_all(connection, statement("maintenance/items"), (run,)):
            raise UsageError(
                f"There is no list {run!r}.", next_step="`clickledger maintenance --dry-run`"
            )
