"""``<home>/secrets.env``: passwords made at the first start, readable by their owner alone."""

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import SecretStr

from clickledger.settings import SECRETS_FILE, Role, Settings
from infra.atomic_files import write_file

SUPERVISOR_PASSWORD = "CLICKLEDGER_SUPERVISOR_PASSWORD"  # noqa: S105  a name
MYSQL_ROOT_PASSWORD = "CLICKLEDGER_MYSQL_ROOT_PASSWORD"  # noqa: S105  a name
ROLE_PASSWORDS = {role: f"CLICKLEDGER_MYSQL_{role.upper()}_PASSWORD" for role in Role}


def ensure_secrets(settings: Settings) -> dict[str, str]:
    """All secrets of the home; those that are missing are made. The caller holds the home's lock.

    The users of an own MySQL are not ours: their passwords come from the operator.
    """
    wanted = [SUPERVISOR_PASSWORD]
    if settings.embedded_mysql:
        wanted += [MYSQL_ROOT_PASSWORD, *ROLE_PASSWORDS.values()]
    path = settings.home / SECRETS_FILE
    known = read_secrets(path)
    values = {**_made(wanted), **known}
    if values != known:
        lines = "".join(f"{name}={value}\n" for name, value in values.items())
        write_file(path, "# Made at the first start. Lost: the next start sets new ones.\n" + lines)
    path.chmod(0o600)
    return values


def read_secrets(path: Path) -> dict[str, str]:
    """The names and values in the file; none when there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def with_secrets(settings: Settings, values: Mapping[str, str]) -> Settings:
    """Settings whose empty passwords are taken from the file."""
    passwords = {
        f"mysql_{role}_password": SecretStr(values[name])
        for role, name in ROLE_PASSWORDS.items()
        if name in values and not settings.mysql_login(role)[1].get_secret_value()
    }
    if SUPERVISOR_PASSWORD in values and not settings.supervisor_password.get_secret_value():
        passwords["supervisor_password"] = SecretStr(values[SUPERVISOR_PASSWORD])
    return settings.model_copy(update=passwords)


def _made(names: Iterable[str]) -> dict[str, str]:
    return {name: secrets.token_urlsafe(24) for name in names}
