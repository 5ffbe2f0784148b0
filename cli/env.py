"""``clickledger env``: the effective settings and where each comes from."""

import os
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from cli.arguments import AsJson
from cli.output import print_json, print_table
from clickledger.urls import without_login

if TYPE_CHECKING:
    from clickledger.settings import Settings

MASK = "**********"
URLS = ("archive_url", "delivery_url")  # a login may stand in them


def env(
    as_json: AsJson = False,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show passwords instead of stars.")
    ] = False,
) -> None:
    """Show the effective settings, passwords masked.

    \b
    Example:
      clickledger env
      clickledger env --json --show-secrets | jq -r .mysql_url
    """
    from clickledger.settings import load_settings

    settings = load_settings()
    values, origins = effective(settings, show_secrets=show_secrets), sources(settings)
    if as_json:
        print_json({**values, "sources": origins})
        return
    print_table(
        ("SETTING", "VALUE", "FROM"),
        [(name, _text(value), origins.get(name, "derived")) for name, value in values.items()],
    )


def effective(settings: "Settings", *, show_secrets: bool) -> dict[str, Any]:
    """Every setting by its name, plus the addresses that follow from them."""
    secret = {
        name: (field.get_secret_value() if show_secrets else MASK if field else "")
        for name, field in settings
        if hasattr(field, "get_secret_value")
    }
    host, port = settings.mysql_address
    values = settings.model_dump(mode="json")
    if not show_secrets:
        values |= {name: without_login(values[name]) for name in URLS}
    return {
        **values,
        **secret,
        "kafka_bootstrap_servers": settings.bootstrap_servers,
        "mysql_host": host,
        "mysql_port": port,
        "mysql_url": _reader_url(settings, secret["mysql_reader_password"]),
    }


def _reader_url(settings: "Settings", password: str) -> str:
    from clickledger.settings import Role

    user, _ = settings.mysql_login(Role.READER)
    host, port = settings.mysql_address
    login = f"{quote(user, safe='')}:{quote(password, safe='*')}" if password else quote(user)
    return f"mysql://{login}@{host}:{port}/{settings.mysql_database}"


def sources(settings: "Settings") -> dict[str, str]:
    """Where each setting comes from: a variable, a file of the home folder, or its default."""
    from dotenv import dotenv_values

    from clickledger.settings import SECRETS_FILE, SETTINGS_FILE

    found = dict.fromkeys(type(settings).model_fields, "default")
    for name in (SECRETS_FILE, SETTINGS_FILE):
        given = dotenv_values(settings.home / name)
        found |= {setting: name for setting in map(_setting, given) if setting in found}
    found |= {setting: "environment" for setting in map(_setting, os.environ) if setting in found}
    return found


def _setting(variable: str) -> str:
    return variable.lower().removeprefix("clickledger_") if _is_ours(variable) else ""


def _is_ours(variable: str) -> bool:
    return variable.lower().startswith("clickledger_")


def _text(value: object) -> str:
    return "-" if value in (None, "") else str(value)
