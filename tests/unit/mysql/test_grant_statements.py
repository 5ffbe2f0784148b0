"""The texts that a DBA of an own server gets."""

import re
import traceback
from typing import Any

import pymysql
import pytest
from pydantic import SecretStr

from clickledger.errors import ConfigurationError
from clickledger.mysql.grants import apply_grants, grant_statements, user_hosts
from clickledger.settings import Role, Settings

pytestmark = pytest.mark.unit


def settings(**changes: object) -> Settings:
    secrets = {f"mysql_{role}_password": SecretStr(f"secret-{role}") for role in Role}
    values = {"mysql_host": "db.example", "mysql_database": "click_ledger", **secrets, **changes}
    return Settings(**values)  # type: ignore[arg-type]


def test_no_password_is_in_the_texts() -> None:
    text = "\n".join(grant_statements(settings()))

    assert "secret-" not in text
    assert set(re.findall(r"IDENTIFIED BY '<(\w+)>'", text)) == {
        "CLICKLEDGER_MYSQL_OWNER_PASSWORD",
        "CLICKLEDGER_MYSQL_STREAM_PASSWORD",
        "CLICKLEDGER_MYSQL_BATCH_PASSWORD",
        "CLICKLEDGER_MYSQL_OPERATOR_PASSWORD",
        "CLICKLEDGER_MYSQL_READER_PASSWORD",
    }


def test_passwords_are_in_the_texts_for_who_asks() -> None:
    text = "\n".join(grant_statements(settings(), show_secrets=True))
    assert set(re.findall(r"IDENTIFIED BY '(.+)'", text)) == {f"secret-{role}" for role in Role}

    with pytest.raises(ConfigurationError, match=r"clickledger_batch is empty.*`make up` makes"):
        grant_statements(settings(mysql_batch_password=SecretStr("")), show_secrets=True)


def test_every_wide_right_is_in_one_database_only() -> None:
    grants = [text for text in grant_statements(settings()) if text.startswith("GRANT")]

    assert [re.sub(r"\s+", " ", text) for text in grants] == [
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES,"
        " CREATE VIEW, SHOW VIEW, LOCK TABLES ON `click\\_ledger`.*"
        " TO 'clickledger_owner'@'%' WITH GRANT OPTION",
        "GRANT SELECT, SHOW VIEW ON `click\\_ledger`.* TO 'clickledger_batch'@'%'",
        "GRANT SELECT, SHOW VIEW ON `click\\_ledger`.* TO 'clickledger_operator'@'%'",
        "GRANT SELECT, SHOW VIEW ON `click\\_ledger`.* TO 'clickledger_reader'@'%'",
    ]


def test_users_of_the_embedded_server_log_in_from_this_machine_only() -> None:
    assert user_hosts(settings(mysql_host="")) == ("127.0.0.1", "localhost")
    assert user_hosts(settings()) == ("%",)


class ServerThatQuotesTheStatement:
    """Answers each ``CREATE USER`` by an error in whose text the whole statement stands."""

    def cursor(self, *kinds: object) -> "ServerThatQuotesTheStatement":
        return self

    def __enter__(self) -> "ServerThatQuotesTheStatement":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def execute(self, text: str, parameters: dict[str, str] | None = None) -> None:
        if text.startswith("CREATE USER"):
            assert parameters is not None
            raise pymysql.err.ProgrammingError(1064, f"syntax error near {text % parameters}")

    def fetchall(self) -> list[object]:
        return []


def test_a_password_in_the_servers_words_is_not_passed_on() -> None:
    """The refusal of a real server is tested in tests/stack/mysql/test_grants_hold.py."""
    quoting: Any = ServerThatQuotesTheStatement()
    with pytest.raises(ConfigurationError) as refused:
        apply_grants(quoting, settings())

    assert "secret-" not in "".join(traceback.format_exception(refused.value))
    assert str(refused.value).startswith(
        "MySQL would not create the user clickledger_owner (error 1064)."
    )
