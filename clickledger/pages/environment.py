"""Templates of pages: one head and one ground style, to which each kind of page adds its own.

A page extends ``base.html`` (blocks ``title`` and ``body``); its ``style.css`` comes after
``base.css``. ``head.html`` alone is what a page that somebody else has made needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

BASE = Path(__file__).parent


def page_environment(templates: Path) -> Environment:
    """Templates of ``templates``; everything that is put in is escaped, nothing may be left out."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader([templates, BASE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
