"""A real report in a real browser, without a network: light and dark, wide and on a phone."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from reports.page import number
from tests.stack.reports.reported import manifest

pytestmark = pytest.mark.stack

WIDE, PHONE = (1280, 2400), (500, 2400)  # no window of headless Chromium is narrower
DARK = "--blink-settings=preferredColorScheme=0"
LOOKS = [("light", WIDE, ()), ("dark", WIDE, (DARK,)), ("phone", PHONE, ())]


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("NO CHROMIUM: what a browser makes of the page was not looked at")
    return found


def look(browser: str, page: Path, profile: Path, *options: str) -> tuple[str, str]:
    """What it prints, and what its console and its network say."""
    offline = "--host-resolver-rules=MAP * ~NOTFOUND"
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--hide-scrollbars", "--enable-logging=stderr", offline,
         f"--user-data-dir={profile}", *options, page.as_uri()],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout, done.stderr


def test_the_page_holds_its_figures_and_asks_for_nothing(
    browser: str, folder: Path, tmp_path: Path
) -> None:
    dom, said = look(browser, folder / "report.html", tmp_path / "p", "--dump-dom")
    totals = manifest(folder)["clickledger"]["controlTotals"]
    shown = re.findall(r'<div class="big">([0-9,]+)</div>', dom)
    assert shown[:3] == [number(totals[name]) for name in ("clicks", "events", "devices")]
    assert "default-src 'none'" in dom  # so its console would tell of whatever it asks for
    assert "CONSOLE" not in said
    wanted = set(re.findall(r'(?:src|href)="([^"#]+)"', dom))
    assert wanted == {path.name for path in folder.iterdir()} & wanted


def test_pictures_of_it_are_not_empty_and_dark_is_not_light(
    browser: str, folder: Path, tmp_path: Path
) -> None:
    pictures = {}
    for name, size, options in LOOKS:
        picture = tmp_path / f"{name}.png"
        window = f"--window-size={size[0]},{size[1]}"
        look(browser, folder / "report.html", tmp_path / "p", window, f"--screenshot={picture}",
             *options)  # fmt: skip
        found = pictures[name] = picture.read_bytes()
        assert struct.unpack(">II", found[16:24]) == size
        assert len(found) > 50_000  # one that is blank has 15 kB at most
    assert pictures["dark"] != pictures["light"]
