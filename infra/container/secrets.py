"""Passwords of containers: from the environment, which compose fills from ``.env``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager

from pydantic import SecretStr
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError
from clickledger.mysql.connection import open_connection
from clickledger.settings import Role, Settings
from infra.secrets_file import MYSQL_ROOT_PASSWORD


def required(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """These variables.

    Raises:
        ConfigurationError: one of them is empty or not there.
    """
    found = {name: environment.get(name, "") for name in names}
    if empty := [name for name, value in found.items() if not value]:
        raise ConfigurationError(
            f"No value for {', '.join(empty)}.",
            next_step="`python3 -m infra.container.env` writes a .env with all of them",
        )
    return found


@contextmanager
def administrator(
    settings: Settings, environment: Mapping[str, str]
) -> Iterator[Connection[Cursor]]:
    """A connection of MySQL's root, who makes the database and its users.

    Raises:
        ConfigurationError: no password, or not the right one.
    """
    password = required(environment, [MYSQL_ROOT_PASSWORD])[MYSQL_ROOT_PASSWORD]
    as_root = settings.model_copy(
        update={"mysql_owner_user": "root", "mysql_owner_password": SecretStr(password)}
    )
    with closing(open_connection(as_root, Role.OWNER, database="")) as connection:
        yield connection
