"""Game days: harm on purpose, and the books balance."""

import pytest

from clickledger.errors import ConfigurationError, UsageError
from lifecycle.game_day import SCENARIOS, play
from tests.stack.lifecycle.operated import Operated

pytestmark = pytest.mark.stack


def test_a_stack_that_is_not_marked_is_left_alone(operated: Operated) -> None:
    before = operated.process().pid
    with pytest.raises(ConfigurationError, match="not marked for game days"):
        play(operated.settings, operated.verbs, "kill-jvm")
    assert operated.process().pid == before


def test_a_scenario_that_there_is_not(operated: Operated) -> None:
    marked = operated.settings.model_copy(update={"game_day": "allowed"})
    with pytest.raises(UsageError, match="there are: kill-jvm, "):
        play(marked, operated.verbs, "burn-down")


def played_under_load(operated: Operated, name: str, seed: int) -> None:
    marked = operated.settings.model_copy(update={"game_day": "allowed"})
    with operated.load(1_000, seed=seed):
        found = play(marked, operated.verbs, name)
    assert found.audit_ok, found
    assert found.epoch_after > found.epoch_before or name == "cut-mysql"
    operated.deployment.assert_exact()


@pytest.mark.parametrize("name", ["kill-jvm", "cut-mysql"])
def test_a_scenario(operated: Operated, name: str, seed: int) -> None:
    played_under_load(operated, name, seed)


@pytest.mark.long
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario(operated: Operated, name: str, seed: int) -> None:
    played_under_load(operated, name, seed)
