"""Getting published versions to people: one delivery a version and target, ever."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError, NotPublishedError
from clickledger.settings import Settings
from clickledger.urls import without_login
from reports.manifest import NAME, SUMS_FILE
from reports.page import number
from reports.registry import Export, claim_delivery, end_delivery, undelivered
from reports.shelf import Shelf

MAIL = "mail"
ASSET = "asset"  # an event of Airflow's, for other teams' DAGs
LAST = (NAME, SUMS_FILE)  # whoever finds a manifest finds the rest
MOST_ATTACHED = 1_000_000  # bytes
MOST_NAMED = 31
MOST_LABEL = 255  # characters of export_deliveries.target


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be told, and a small file to go with it."""

    subject: str
    text: str
    attachments: Sequence[str]


def copy_out(connection: Connection[Cursor], settings: Settings) -> list[Export]:
    """Copy what has not arrived to the delivery URL. A copy that was cut off is made again.

    Raises:
        ConfigurationError: no file system takes such a URL.
        NotPublishedError: the target did not take some of them; all others have arrived.
    """
    url = settings.delivery_url.rstrip("/")
    if not url:
        return []
    target = without_login(url)[:MOST_LABEL]
    system, root = _file_system(url, target)
    shelf = Shelf(settings.exports)
    done, failed = [], []
    with shelf.delivering():  # so what was claimed and has not arrived was cut off
        for export in undelivered(connection, settings.report_time_zone, target):
            folder = shelf.root / export.folder
            if not folder.is_dir():
                continue  # made by another machine, or gone
            claim_delivery(connection, export, target)
            try:
                _copy(folder, system, f"{root}/{export.folder}")
            except Exception as error:  # each kind of file system has errors of its own
                failed.append(f"{export.folder} ({type(error).__name__})")
                continue
            end_delivery(connection, export, target)
            done.append(export)
    if failed:
        raise NotPublishedError(
            f"{target} did not take {len(failed)} versions, the first {failed[0]};"
            f" {len(done)} have arrived.",
            next_step="mend the target; the next run copies what is left",
        )
    return done


def _file_system(url: str, target: str) -> tuple[Any, str]:
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(
            f"CLICKLEDGER_DELIVERY_URL cannot be used ({type(error).__name__}).",
            next_step="name a folder, or install the package for that kind of URL",
        ) from None
    except OSError as error:
        raise NotPublishedError(
            f"{target} does not answer ({type(error).__name__}).",
            next_step="mend the target; the next run copies what waits",
        ) from None
    return system, root


def _copy(folder: Path, system: Any, place: str) -> None:
    system.makedirs(place, exist_ok=True)
    for path in sorted(folder.iterdir(), key=lambda path: (path.name in LAST, path.name)):
        system.put_file(str(path), f"{place}/{path.name}")


def unannounced(connection: Connection[Cursor], settings: Settings) -> list[Export]:
    """Newest versions that no event of the asset has told of."""
    return undelivered(connection, settings.report_time_zone, ASSET)


def end_announcements(
    connection: Connection[Cursor], settings: Settings, told: Collection[tuple[date, int]]
) -> None:
    """Events were emitted of these versions (day, version)."""
    for export in unannounced(connection, settings):
        if (export.day, export.version) in told:
            claim_delivery(connection, export, ASSET)
            end_delivery(connection, export, ASSET)


def claim_mail(connection: Connection[Cursor], settings: Settings) -> Mail | None:
    """One mail over all versions of which nobody was told; from here on they count as told."""
    waiting = undelivered(connection, settings.report_time_zone, MAIL)
    news = [each for each in waiting if claim_delivery(connection, each, MAIL)]
    for each in news:
        end_delivery(connection, each, MAIL)
    return _mail(news, settings) if news else None


def _mail(news: Sequence[Export], settings: Settings) -> Mail:
    one = news[-1]
    days = len({each.day for each in news})
    subject = f"clickledger: {days} days published"
    if days == 1:
        subject = f"clickledger: {one.day} {_state(one)}, {number(one.clicks)} clicks"
    lines = [_line(each, settings) for each in news[-MOST_NAMED:]]
    if len(news) > MOST_NAMED:
        lines.insert(0, f"{len(news) - MOST_NAMED} earlier versions, and:")
    page = settings.exports / one.folder / "report.html"
    small = days == 1 and page.is_file() and page.stat().st_size <= MOST_ATTACHED
    return Mail(subject, "\n".join(lines), [str(page)] if small else [])


def _line(export: Export, settings: Settings) -> str:
    where = settings.delivery_url.rstrip("/") or str(settings.exports)
    figures = (
        f"{number(export.clicks)} clicks, {number(export.events)} events,"
        f" {number(export.devices)} devices"
    )
    if export.events == 0:
        figures = "a silent day: not one event"
    return (
        f"{export.day} v{export.version} ({export.state}): {figures}. {export.reason}.\n"
        f"  {without_login(where)}/{export.folder}/report.html"
    )


def _state(export: Export) -> str:
    if export.events == 0:
        return "was silent"
    return "is final" if export.state == "final" else f"is {export.state} (v{export.version})"
