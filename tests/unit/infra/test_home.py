"""Where things lie, and how short a socket's path must be."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from infra.home import Home
from lifecycle.supervisor import LONGEST_SOCKET_NAME

pytestmark = pytest.mark.unit


@pytest.fixture
def deep_home(tmp_path: Path) -> Iterator[Home]:
    """A home whose own path is too long for a socket."""
    home = Home(tmp_path / ("d" * 100))
    yield home
    if home.sockets.is_symlink() or home.sockets.is_file():
        home.sockets.unlink()
    elif home.sockets.exists():
        home.sockets.rmdir()


def test_sockets_lie_in_the_home_where_they_fit() -> None:
    assert Home(Path("/srv/clicks")).sockets == Path("/srv/clicks/run")


def test_a_long_home_gets_a_short_private_folder(deep_home: Home) -> None:
    deep_home.make_folders()
    assert deep_home.sockets.stat().st_mode & 0o777 == 0o700
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(str(deep_home.sockets / LONGEST_SOCKET_NAME))
    (deep_home.sockets / LONGEST_SOCKET_NAME).unlink()


@pytest.mark.parametrize("length", range(60, 120))
def test_every_length_gives_a_path_that_can_be_bound(length: int) -> None:
    home = Home(Path("/" + "h" * (length - 1)))
    assert len(os.fsencode(home.sockets / LONGEST_SOCKET_NAME)) <= 107


def test_two_homes_never_share_a_socket_folder(tmp_path: Path) -> None:
    one, other = Home(tmp_path / ("a" * 100)), Home(tmp_path / ("b" * 100))
    assert one.sockets != other.sockets


def test_a_folder_that_others_may_write_to_is_refused(deep_home: Home) -> None:
    deep_home.sockets.mkdir()
    deep_home.sockets.chmod(0o777)
    with pytest.raises(ConfigurationError, match="only you can use"):
        deep_home.make_folders()


def test_a_link_planted_at_its_place_is_refused(deep_home: Home, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    deep_home.sockets.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="only you can use"):
        deep_home.make_folders()


def test_a_percent_sign_is_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="%"):
        Home(tmp_path / "50%").make_folders()
