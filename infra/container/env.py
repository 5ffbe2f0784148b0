"""Writes ``.env`` for docker compose, with random secrets: ``python3 -m infra.container.env``.

Standard library only: whoever has Docker need not have the environment.
"""

import os
import secrets
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLE = CHECKOUT / "infra" / "images" / "env.example"
EMPTY = ("_PASSWORD=", "_SECRET=")


def filled(example: str) -> str:
    """The example with a random value behind every empty password and secret."""
    lines = (
        line + secrets.token_urlsafe(48 if line.endswith("_SECRET=") else 24)
        if line.endswith(EMPTY)
        else line
        for line in example.splitlines()
    )
    return "\n".join(lines) + "\n"


def main(target: Path = CHECKOUT / ".env") -> int:
    """Write it, readable by its owner alone; one that is there is left alone."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{target} is there already: nothing changed.", file=sys.stderr)
        return 2
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(filled(EXAMPLE.read_text(encoding="utf-8")))
    print(f"Wrote {target}: docker compose reads it, nobody else needs to.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
