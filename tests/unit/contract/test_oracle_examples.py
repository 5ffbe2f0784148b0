"""The oracle gives every example its verdict."""

import pytest

from clickledger.contract.examples import Example, load_examples
from clickledger.contract.oracle import judge
from clickledger.contract.rules import Reason

pytestmark = pytest.mark.unit
EXAMPLES = load_examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example(example: Example) -> None:
    assert judge(example.value, example.kafka_time_ms, example.rules) == example.expected


def test_the_table_covers_every_reason_and_has_no_name_twice() -> None:
    assert {e.expected for e in EXAMPLES if isinstance(e.expected, Reason)} == set(Reason)
    names = [example.name for example in EXAMPLES]
    assert sorted(set(names)) == sorted(names)
    assert len(EXAMPLES) >= 80
