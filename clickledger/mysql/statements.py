"""SQL texts live in ``sql/``, one statement a file, and are loaded by name."""

import re
from collections.abc import Sized
from functools import cache

from clickledger.errors import ConfigurationError
from clickledger.settings import CHECKOUT

SQL_FOLDER = CHECKOUT / "sql"
_COMMENT_LINE = re.compile(r"^\s*--.*$\n?", re.MULTILINE)


@cache
def statement(name: str) -> str:
    """The text of ``sql/<name>.sql`` without its comment lines.

    Raises:
        ConfigurationError: there is no such file.
    """
    path = SQL_FOLDER / f"{name}.sql"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"There is no SQL text {name!r} in {SQL_FOLDER}.") from None
    return _COMMENT_LINE.sub("", text).strip().removesuffix(";")


def placeholders(values: Sized) -> str:
    """``%s, %s, …``: one for each value of an ``IN (…)`` list."""
    return ", ".join(["%s"] * len(values))
