"""The most similar name: which one it is, and what the search costs among thousands."""

from functools import partial

import pytest
import support.machine  # noqa: F401
from support.costs import costs_at_most

from ipif._core.errors import suggest

ADAPTERS = [f"Local Area Connection* {number}" for number in range(5000)]
MANY = [*ADAPTERS, "Ethernet", "Wi-Fi", "Bluetooth Network Connection", "vEthernet (WSL)", "Сеть"]
FEW = MANY[-5:]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("ethernet2", "Ethernet"),
        ("Ehternet", "Ethernet"),
        ("WiFi", "Wi-Fi"),
        ("wi_fi", "Wi-Fi"),
        ("Bluetoth Netwrok Conection", "Bluetooth Network Connection"),
        ("vEthernet WSL", "vEthernet (WSL)"),
        ("СЕТЬ2", "Сеть"),  # noqa: RUF001
    ],
)
def test_a_misspelt_name_is_found_among_few_and_among_thousands(wrong: str, right: str) -> None:
    assert suggest(wrong, FEW) == right
    assert suggest(wrong, MANY) == right


@pytest.mark.parametrize("wrong", ["Quokka", "", "x", "🦎" * 50, "\ud800", "a" * 10_000])
def test_what_resembles_no_name_gets_no_suggestion(wrong: str) -> None:
    assert suggest(wrong, FEW) is None
    assert suggest(wrong, MANY) is None
    assert suggest(wrong, []) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "Local Area Conection* 4711",
        "Local Area Connetcion* 4711",
        "local area connection* 4711",
        "Local Area Connection 4711",
    ],
)
def test_one_wrong_character_among_thousands_of_similar_names_is_found(wrong: str) -> None:
    assert suggest(wrong, MANY) == "Local Area Connection* 4711"


def test_a_short_name_that_differs_in_half_of_its_characters_is_no_suggestion() -> None:
    assert suggest("ab", ["ac", *ADAPTERS]) is None


def test_a_search_among_thousands_costs_little_more_than_reading_their_names() -> None:
    def read() -> object:
        return {name.lower(): name for name in MANY}

    for wrong in ("Local Area Conection* 4711", "Lcal Area Conection 4711", "Quokka", "x" * 64):
        assert costs_at_most(20, partial(suggest, wrong, MANY), read, times=10), wrong
