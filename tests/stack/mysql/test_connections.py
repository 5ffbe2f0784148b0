"""How the servers are talked to."""

from __future__ import annotations

import ssl
from typing import NoReturn

import pytest

from clickledger.mysql.connection import connected, fetch_one
from clickledger.settings import Role, Settings

pytestmark = pytest.mark.stack


def test_encrypted_where_the_server_can_and_no_list_of_authorities_is_read_for_it(
    deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is verified unless an authority is named: reading them all took 35 ms each time."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", refuse)
    with connected(deployed, Role.READER) as connection:
        version = fetch_one(connection, "SELECT VERSION() AS version")
        cipher = fetch_one(connection, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    assert version
    assert cipher
    is_mariadb = "MariaDB" in version["version"]  # the embedded one is configured without
    assert (cipher["Value"] == "") is is_mariadb
