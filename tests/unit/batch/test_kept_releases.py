"""Which releases may go, and with them the environments that nothing else needs."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from batch.maintenance import home
from batch.maintenance.home import GOOD_TO_KEEP, Releases
from batch.maintenance.items import Work
from clickledger.settings import load_settings

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 2, tzinfo=UTC)
LONG_AGO, JUST_NOW = (datetime(2026, 1, day, tzinfo=UTC).timestamp() for day in (1, 2))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    settings = load_settings(home=tmp_path, keep_releases=3)
    return Work(cast(Any, None), settings, NOW.replace(tzinfo=None), "run")


def environment(folder: Path, name: str, made: float = LONG_AGO) -> Path:
    """One in the home, with a Python."""
    place = folder / "releases" / "environments" / name
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").touch()
    os.utime(place, (made, made))
    return place


def rows(folder: Path, *environments: str, verdict: str = "new") -> list[dict[str, Any]]:
    """A release each, newest first; those that are good were deployed in that order too."""
    found = []
    for number, name in enumerate(environments):
        place = folder / "releases" / f"r{number}"
        place.mkdir(parents=True)
        python = folder / "releases" / "environments" / name / "bin" / "python"
        found.append(
            {
                "release_name": place.name,
                "folder": str(place),
                "python": str(python),
                "verdict": verdict,
                "last_deployed_at": datetime(2026, 1, 1, 23 - number, tzinfo=UTC),
                "in_use": 0,
            }
        )
    return found


def test_an_environment_goes_with_the_last_release_that_had_it(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rows(tmp_path, "new", "shared", "shared", "shared", "old")
    monkeypatch.setattr(home, "fetch_all", lambda *_: found)
    folders = {name: environment(tmp_path, name) for name in ("new", "shared", "old", ".half")}
    environment(tmp_path, "asked-for", JUST_NOW)
    keeper = Releases()
    listed = [item.name for item in keeper.items(work)]
    assert listed == ["environments/.half", "environments/old", "r3", "r4"]
    assert [keeper.delete(work, name) for name in listed] == [""] * 4
    assert [name for name, folder in folders.items() if folder.exists()] == ["new", "shared"]
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == [
        *("environments", "r0", "r1", "r2")
    ]
    assert keeper.delete(work, "environments/old") == "it is gone, or in use again"


def test_the_last_good_ones_stay_with_their_environments(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"e{number}" for number in range(GOOD_TO_KEEP + 2)]
    found = rows(tmp_path, *names, verdict="good")
    monkeypatch.setattr(home, "fetch_all", lambda *_: found)
    for name in names:
        environment(tmp_path, name)
    assert [item.name for item in Releases().items(work)] == [
        *("environments/e5", "environments/e6", "r5", "r6")
    ]
