# ruff: noqa: RUF001
"""Aliases are compared without regard to case: one rule, in Python and in the simulation."""

from typing import Any

import pytest
import support.machine  # noqa: F401
from hypothesis import given
from hypothesis import strategies as st

import ipif
from ipif import netioapi, simulation
from ipif._core.alias import fold_alias

PAIRS = [
    ("lan [2]", "LAN [2]"),
    ("Сеть", "СЕТЬ"),
    ("örtliche verbindung", "ÖRTLICHE VERBINDUNG"),
    ("Δίκτυο", "ΔΊΚΤΥΟ"),
    ("ÿ", "Ÿ"),
    ("ｌａｎ １", "ＬＡＮ １"),
    ("վերնագիր", "ՎԵՐՆԱԳԻՐ"),
    ("網路 😀 1", "網路 😀 1"),
]

DIFFERENT = [
    ("straße", "STRASSE"),
    ("ı", "I"),
    ("ς", "Σ"),
    ("µ", "\u039c"),
    ("ﬁ", "FI"),
    ("\U00010428", "\U00010400"),  # a pair beyond 16 bits
    ("\u10d0", "\u1c90"),  # Georgian, a pair of Unicode 11
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_aliases_that_differ_in_case_are_equal(one: str, other: str) -> None:
    assert fold_alias(one) == fold_alias(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_letters_that_are_no_pair_of_one_character_each_are_different(one: str, other: str) -> None:
    assert fold_alias(one) != fold_alias(other)


@given(st.text())
def test_folding_keeps_the_length_and_folding_again_changes_nothing(text: str) -> None:
    folded = fold_alias(text)
    assert len(folded) == len(text)
    assert fold_alias(folded) == folded


def test_in_the_usual_alphabets_the_rule_is_that_of_python_where_it_is_one_to_one() -> None:
    spans = ["\0\u024f", "\u0386\u03ce", "\u0400\u045f", "\u0531\u0556", "\u0561\u0586"]
    spans += ["\u1e00\u1fff", "\u2160\u217f", "\u24b6\u24e9", "\uff21\uff5a"]
    different = []
    for first, last in spans:
        for letter in map(chr, range(ord(first), ord(last) + 1)):
            upper = letter.upper()
            if len(upper) == 1 and upper.lower() == letter and fold_alias(letter) != upper:
                different.append(letter)
    # Phonetic and African letters of Unicode 4 to 16 stand between the Latin ones.
    assert set(different) <= set("ƀƚƛȼȿɀɂɇɉɋɍɏỻỽỿ")


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_every_function_finds_an_alias_in_any_case(one: str, other: str) -> None:
    luid = simulation.add_interface(one)
    for alias in (one, other):
        assert netioapi.convert_interface_alias_to_luid(alias) == luid
        assert ipif.get_interface(alias, "ipv4")["InterfaceLuid"] == luid
        with pytest.raises(ipif.ValidationError, match="already used"):
            simulation.add_interface(alias)
    assert luid.alias == one


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_aliases_that_are_different_can_exist_side_by_side(one: str, other: str) -> None:
    luids = [simulation.add_interface(one), simulation.add_interface(other)]
    assert [netioapi.convert_interface_alias_to_luid(alias) for alias in (one, other)] == luids


def test_the_simulation_compares_every_letter_as_python_does() -> None:
    letters = [chr(number) for number in range(1, 0x10000) if not 0xD800 <= number < 0xE000]
    folded: dict[str, list[str]] = {}
    for letter in letters:
        folded.setdefault(fold_alias(letter), []).append(letter)
    chunks: list[tuple[str, str]] = []
    text: list[str] = []
    other: list[str] = []
    for upper, group in folded.items():
        text.append(group[0])
        other.append(group[-1])
        assert fold_alias(group[0]) == fold_alias(group[-1]) == upper
        if len(text) == 256:
            chunks.append(("".join(text), "".join(other)))
            text, other = [], []
    simulation.load(machine([one for one, _ in chunks]))
    for number, (one, two) in enumerate(chunks, 1):
        assert netioapi.convert_interface_alias_to_luid(one) == number << 24
        assert netioapi.convert_interface_alias_to_luid(two) == number << 24


def machine(aliases: list[str]) -> dict[str, Any]:
    """Return a snapshot with an adapter for each of *aliases*; their LUIDs are 1 << 24, ..."""
    adapters = [
        {"InterfaceLuid": number << 24, "InterfaceIndex": number, "Alias": alias}
        for number, alias in enumerate(aliases, 1)
    ]
    return {"ipif_snapshot": 1, "adapters": adapters}
