"""``<home>/secrets.env``: passwords made at the first start, readable by their owner alone."""

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import SecretStr

from clickledger.settings import SECRETS_FILE, Role, Settings
from infra.atomic_files import write_file

SUPERVISOR_PASSWORD = "CLICKLEDGER_SUPERVISOR_PASSWORD"  # noqa: S105  a name
MYSQL_ROOT_PASSWORD = "CLICKLEDGER_MYSQL_ROOT_PASSWORD"  # noqa: S105  a name
AIRFLOW_SECRETS = {
    part: f"CLICKLEDGER_AIRFLOW_{part.upper()}_SECRET" for part in ("jwt", "api", "fernet")
}
AIRFLOW_PASSWORDS = {
    user: f"CLICKLEDGER_AIRFLOW_{user.upper()}_PASSWORD" for user in ("admin", "operator", "viewer")
}
ROLE_PASSWORDS = {role: f"CLICKLEDGER_MYSQL_{role.upper()}_PASSWORD" for role in Role}


def ensure_secrets(settings: Settings) -> dict[str, str]:
    """All secrets of the home; those that are missing are made. The caller holds the home's lock.

    Passwords that the settings have are not made. Those of users on an own MySQL get there by its
    administrator (``clickledger grants``).
    """
    wanted = [SUPERVISOR_PASSWORD]
    if settings.airflow == "on":
        wanted += [*AIRFLOW_SECRETS.values(), *AIRFLOW_PASSWORDS.values()]
    if settings.embedded_mysql:
        wanted.append(MYSQL_ROOT_PASSWORD)
    given = {role for role in Role if settings.mysql_login(role)[1].get_secret_value()}
    wanted += [name for role, name in ROLE_PASSWORDS.items() if role not in given]
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
    fields = {name: name.removeprefix("CLICKLEDGER_").lower() for name in values}
    passwords = {
        field: SecretStr(values[name])
        for name, field in fields.items()
        if isinstance(known := getattr(settings, field, None), SecretStr)
        and not known.get_secret_value()
    }
    return settings.model_copy(update=passwords)


def _made(names: Iterable[str]) -> dict[str, str]:
    return {name: secrets.token_urlsafe(48 if name.endswith("_SECRET") else 24) for name in names}
