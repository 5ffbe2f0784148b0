"""Harm to a driver that runs in another container than the one who plays."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from clickledger.errors import ConfigurationError, OperationFailedError
from clickledger.settings import Settings, load_settings
from lifecycle import game_day
from lifecycle.game_day import SCENARIOS, play
from lifecycle.runner import Runner
from lifecycle.supervisor import SupervisorClient
from lifecycle.verbs import Verbs

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Elsewhere(SupervisorClient):
    """Its programs' process numbers mean nothing here; tests/stack/lifecycle asks a real one."""

    url: str = "http://stream:9001"
    password: str = ""
    told: list[tuple[Any, ...]] = field(default_factory=list)

    def call(self, method: str, *arguments: Any) -> Any:
        """As supervisord answers of a process that only SIGKILL ends."""
        if method == "getProcessInfo":
            if ("signalProcess", arguments[0], "KILL") in self.told:
                return {"statename": "STOPPED", "pid": 0, "exitstatus": -1}
            return {"statename": "RUNNING", "pid": 1, "start": 1, "now": 2, "exitstatus": 0}
        self.told.append((method, *arguments))
        return True


@pytest.fixture
def settings() -> Settings:
    """Of a stack that is marked."""
    return load_settings(game_day="allowed")


def test_the_jvm_of_another_machine_is_out_of_reach(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"not this one.*game-day kill-driver"):
        play(settings, Verbs(settings, Runner(Elsewhere())), "kill-jvm")


@pytest.mark.parametrize("name", ["second-driver", "cut-mysql"])
def test_who_may_not_act_as_the_stream_harms_nothing(settings: Settings, name: str) -> None:
    there = Elsewhere()
    settings = settings.model_copy(update={"mysql_stream_password": SecretStr("")})
    with pytest.raises(ConfigurationError, match=rf"password is not known here.*game-day {name}"):
        play(settings, Verbs(settings, Runner(there)), name)
    assert there.told == []


def test_a_second_driver_that_dies_at_once_has_not_taken_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(game_day, "_epoch", lambda settings: 7)
    with pytest.raises(OperationFailedError, match="it ended with exit code 1"):
        SCENARIOS["second-driver"](settings, Verbs(settings, Runner(Elsewhere())))


@pytest.mark.parametrize(("name", "signal"), [("kill-driver", "KILL"), ("freeze-driver", "STOP")])
def test_a_driver_is_signalled_by_its_supervisor(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, signal: str
) -> None:
    writer = SimpleNamespace(slot="a", program="stream-a")
    monkeypatch.setattr(game_day, "_writer", lambda settings: writer)
    monkeypatch.setattr(game_day, "HEARTBEAT_GROWS_OLD_S", 0)
    there = Elsewhere()
    assert "(process 1)" in SCENARIOS[name](settings, Verbs(settings, Runner(there)))
    assert there.told == [("signalProcess", "stream-a", signal)]
