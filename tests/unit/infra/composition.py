"""``docker-compose.yml`` and what belongs to it, read as compose and the engine read them."""

from __future__ import annotations

import re
from typing import Any

import yaml

from clickledger.settings import CHECKOUT

COMPOSE_FILE = CHECKOUT / "docker-compose.yml"
IMAGES = CHECKOUT / "infra" / "images"
OURS = "clickledger"
INTERPOLATED = re.compile(r"\$\{(?P<name>[A-Z_]+)(?P<form>:[-?])(?P<rest>[^}]*)\}")


def composition() -> dict[str, Any]:
    """The whole file, its anchors merged."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return found


def services() -> dict[str, dict[str, Any]]:
    """Every service by its name."""
    found: dict[str, dict[str, Any]] = composition()["services"]
    return found


def ours() -> dict[str, dict[str, Any]]:
    """Those that run our image."""
    return {name: each for name, each in services().items() if each["image"].startswith(f"{OURS}:")}


def asked() -> set[str]:
    """Variables that compose takes from ``.env``: interpolated anywhere, or named without value."""
    names = {found["name"] for found in INTERPOLATED.finditer(COMPOSE_FILE.read_text())}
    for service in services().values():
        names |= {name for name, value in service.get("environment", {}).items() if value is None}
    return names


def required() -> set[str]:
    """Those that compose refuses to be without."""
    found = INTERPOLATED.finditer(COMPOSE_FILE.read_text())
    return {each["name"] for each in found if each["form"] == ":?"}


def named_in_example() -> tuple[set[str], set[str]]:
    """Variables of ``env.example``: those to fill in, and those that stand there as a comment."""
    text = (IMAGES / "env.example").read_text(encoding="utf-8")
    return (
        set(re.findall(r"^([A-Z_]+)=$", text, re.MULTILINE)),
        set(re.findall(r"^#([A-Z_]+)=.+$", text, re.MULTILINE)),
    )


def words(value: Any) -> list[str]:
    """Every text in a service, however deep."""
    if isinstance(value, dict):
        return [word for each in value.values() for word in words(each)]
    if isinstance(value, list):
        return [word for each in value for word in words(each)]
    return [str(value)]


def instructions() -> list[tuple[str, list[str]]]:
    """The Dockerfile's, as (keyword, its words), continued lines joined."""
    text = (IMAGES / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.split()[1:]) for line in lines if line.strip()]
