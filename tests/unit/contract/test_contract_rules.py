"""The contract's data: what is stored of it, and the characters it names."""

import json
import sys
import unicodedata
from dataclasses import replace

import pytest

from clickledger.contract.rules import CONTRACTS, CONTROL, WHITE_SPACE, Reason, Rules
from clickledger.errors import ConfigurationError

pytestmark = pytest.mark.unit

ALL_CHARACTERS = [chr(code_point) for code_point in range(sys.maxunicode + 1)]


def test_a_contract_never_changes_once_ranges_were_judged_by_it() -> None:
    """Other limits or another meaning are a new contract: add one, do not mend this digest."""
    digests = {number: rules.digest() for number, rules in CONTRACTS.items()}
    assert digests == {1: "9f48e1c22415153b3c36682932528febb91974e64f5f7cba83715967cef9a314"}
    assert all(rules.contract == number for number, rules in CONTRACTS.items())


def test_the_reasons_are_a_closed_set_in_order() -> None:
    assert [reason.value for reason in Reason] == [
        "null_value",
        "too_large",
        "not_utf8",
        "wrong_field_count",
        "bad_device_id",
        "bad_device_type",
        "bad_time",
        "time_in_future",
        "time_too_old",
        "bad_click",
    ]


@pytest.mark.parametrize("rules", [Rules(), Rules(max_bytes=9, max_future_ms=0, max_age_ms=7)])
def test_a_document_gives_the_same_rules_back(rules: Rules) -> None:
    assert Rules.from_document(rules.document()) == rules


def test_different_rules_have_different_digests() -> None:
    changed = [replace(Rules(), **{name: 5}) for name in json.loads(Rules().document())]
    digests = {rules.digest() for rules in [Rules(), *changed]}
    assert len(digests) == len(changed) + 1


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"contract":1}', Rules().document()[:-1] + ',"max_clicks":5}'],
)
def test_what_is_no_document_of_rules_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not a document of rules"):
        Rules.from_document(text)


def test_rules_of_a_contract_that_this_release_does_not_know_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"knows contract \[1\], not 2"):
        Rules.from_document(replace(Rules(), contract=2).document())


@pytest.mark.parametrize("wrong", [{"max_bytes": -1}, {"max_click": 10**18}, {"max_age_ms": 0.5}])
def test_a_limit_that_is_no_whole_number_of_64_bits_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="whole numbers"):
        Rules(**wrong)


def test_numbers_that_may_not_fit_64_bits_are_refused() -> None:
    assert Rules(click_max_digits=18).click_max_digits == 18
    with pytest.raises(ConfigurationError, match="18 digits"):
        Rules(time_max_digits=19)


def test_control_characters_are_those_of_category_cc() -> None:
    assert {c for c in ALL_CHARACTERS if unicodedata.category(c) == "Cc"} == CONTROL


def test_white_space_is_what_unicode_derives_it_from() -> None:
    separators = {c for c in ALL_CHARACTERS if unicodedata.category(c) in {"Zs", "Zl", "Zp"}}
    assert separators | set("\t\n\v\f\r\x85") == WHITE_SPACE
    assert len(WHITE_SPACE) == 25
