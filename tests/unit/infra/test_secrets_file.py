"""Passwords: made once, kept, private."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from clickledger.settings import Role, load_settings
from infra.secrets_file import ROLE_PASSWORDS, ensure_secrets, read_secrets, with_secrets

pytestmark = pytest.mark.unit


def test_made_once_and_only_for_the_owner(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    first = ensure_secrets(settings)
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert ensure_secrets(settings) == first == read_secrets(tmp_path / "secrets.env")
    assert len(set(first.values())) == len(first) == 13


def test_an_open_file_is_closed(tmp_path: Path) -> None:
    ensure_secrets(load_settings(home=tmp_path))
    (tmp_path / "secrets.env").chmod(0o644)
    ensure_secrets(load_settings(home=tmp_path))
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_a_missing_one_is_added_and_the_others_stay(tmp_path: Path) -> None:
    name = ROLE_PASSWORDS[Role.READER]
    (tmp_path / "secrets.env").write_text(f"{name}=kept\nMINE=too\n")
    values = ensure_secrets(load_settings(home=tmp_path))
    assert (values[name], values["MINE"]) == ("kept", "too")
    assert values.keys() > set(ROLE_PASSWORDS.values())


def test_settings_read_what_was_written(tmp_path: Path) -> None:
    before = load_settings(home=tmp_path)
    values = ensure_secrets(before)
    loaded = load_settings(home=tmp_path)
    for role, name in ROLE_PASSWORDS.items():
        assert loaded.mysql_login(role)[1].get_secret_value() == values[name]
    assert with_secrets(before, values) == loaded


def test_a_password_of_the_operator_wins(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, mysql_reader_password=SecretStr("chosen"))
    taken = with_secrets(settings, ensure_secrets(settings))
    assert taken.mysql_reader_password.get_secret_value() == "chosen"


def test_users_of_an_own_server_get_the_passwords_that_nobody_has_given(tmp_path: Path) -> None:
    own = {"mysql_host": "db.example.org", "airflow": "off"}
    given = {f"mysql_{role}_password": SecretStr("given") for role in Role if role != Role.BATCH}
    made = ensure_secrets(load_settings(home=tmp_path, **own, **given))
    assert list(made) == ["CLICKLEDGER_SUPERVISOR_PASSWORD", ROLE_PASSWORDS[Role.BATCH]]
    assert set(ensure_secrets(load_settings(home=tmp_path, **own))) == {
        "CLICKLEDGER_SUPERVISOR_PASSWORD",
        *ROLE_PASSWORDS.values(),
    }
