"""The effective settings: complete, with their sources, passwords only when asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from clickledger.settings import Settings

pytestmark = pytest.mark.unit


def shown(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(["env", "--json", *options]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_every_setting_is_there_and_the_addresses(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown(capsys)
    assert set(found) == {*Settings.model_fields, "mysql_url", "sources"}
    assert found["home"] == str(home)
    assert found["topic"] == "clicks"
    assert found["kafka_bootstrap_servers"] == "127.0.0.1:1024"
    assert found["mysql_url"] == "mysql://clickledger_reader@127.0.0.1:1026/clickledger"


def test_passwords_are_stars_unless_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "secrets.env").write_text("CLICKLEDGER_MYSQL_READER_PASSWORD=p@ss/w:rd\n")
    masked = shown(capsys)
    assert masked["mysql_reader_password"] == "**********"
    assert masked["mysql_url"] == (
        "mysql://clickledger_reader:**********@127.0.0.1:1026/clickledger"
    )
    assert masked["mysql_owner_password"] == ""
    plain = shown(capsys, "--show-secrets")
    assert plain["mysql_reader_password"] == "p@ss/w:rd"
    assert plain["mysql_url"] == (
        "mysql://clickledger_reader:p%40ss%2Fw%3Ard@127.0.0.1:1026/clickledger"
    )


def test_a_login_in_a_url_is_shown_only_when_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = "simplecache::s3://key:secret@bucket/days?signature=abc"
    (home / "settings.env").write_text(f"CLICKLEDGER_DELIVERY_URL={chain}\n")
    assert shown(capsys)["delivery_url"] == "simplecache::s3://bucket/days"
    assert shown(capsys, "--show-secrets")["delivery_url"] == chain
    (home / "settings.env").write_text("CLICKLEDGER_DELIVERY_URL=/data/a#b@c\n")
    assert shown(capsys)["delivery_url"] == "/data/a#b@c"


def test_each_setting_says_where_it_comes_from(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "secrets.env").write_text(
        "CLICKLEDGER_MYSQL_READER_PASSWORD=a\nCLICKLEDGER_TOPIC=from-secrets\n"
    )
    (home / "settings.env").write_text(
        "CLICKLEDGER_TOPIC=from-settings\nclickledger_log_format=json\nOTHER=x\n"
    )
    monkeypatch.setenv("CLICKLEDGER_RELEASE", "r7")
    found = shown(capsys)
    sources = found["sources"]
    assert set(sources) == set(Settings.model_fields)
    assert sources["mysql_reader_password"] == "secrets.env"
    assert (found["topic"], sources["topic"]) == ("from-settings", "settings.env")
    assert (found["log_format"], sources["log_format"]) == ("json", "settings.env")
    assert (found["release"], sources["release"]) == ("r7", "environment")
    assert sources["max_age"] == "default"


def test_the_table_shows_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["SETTING", "VALUE", "FROM"]
    assert [line.split()[0] for line in lines[1:]] == [*Settings.model_fields, "mysql_url"]
