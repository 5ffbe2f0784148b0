"""``run.json`` vouches for itself: no manifest lists it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from reports.manifest import RUN, as_json


def signed(document: dict[str, Any]) -> dict[str, Any]:
    """With a digest over all the rest."""
    return {**document, "sha256": hashlib.sha256(as_json(document).encode()).hexdigest()}


def run_is_whole(folder: Path) -> bool:
    """Whether ``run.json`` is as it was written, or was left away."""
    path = folder / RUN
    if not path.exists():
        return True
    found = path.read_bytes()
    try:
        document = json.loads(found)
        del document["sha256"]
        return found == as_json(signed(document)).encode()
    except (ValueError, KeyError, TypeError):
        return False
