"""The rules of SetIpInterfaceEntry that tell what a row will do, one by one."""

import socket
from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif._core import rules

V4, V6 = int(socket.AF_INET), int(socket.AF_INET6)
ONES = 2**32 - 1
SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]


def current(family: Any = "ipv6", **members: Any) -> dict[str, Any]:
    """Return the row of Ethernet with some members replaced."""
    return {**ipif.get_interface("Ethernet", family), **members}


@pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)
def test_the_sentinels_are_those_of_the_field_table(field: Any) -> None:
    for number in field.unchanged:
        assert rules.is_sentinel(field.name, number)
        assert rules.effective_changes(current(), {field.name: number}, V6) == {}
    assert not rules.is_sentinel(field.name, 7)


def test_only_site_prefix_length_of_ipv4_is_forced_to_zero() -> None:
    forced = [
        (field.name, af)
        for field in ipif.FIELDS
        for af in (V4, V6)
        if rules.is_forced_to_zero(field.name, af)
    ]
    assert forced == [("SitePrefixLength", V4)]


def test_a_metric_turns_the_automatic_metric_off_unless_that_is_given_too() -> None:
    changes = {"Metric": 5}
    assert rules.with_manual_metric(changes) == {"Metric": 5, "UseAutomaticMetric": False}
    assert changes == {"Metric": 5}
    given = {"Metric": 5, "UseAutomaticMetric": True}
    assert rules.with_manual_metric(given) == given
    assert rules.with_manual_metric({"NlMtu": 1400}) == {"NlMtu": 1400}


@pytest.mark.parametrize(
    ("row", "is_automatic", "dropped"),
    [
        ({"Metric": 10}, True, True),
        ({"Metric": 10, "UseAutomaticMetric": None}, True, True),
        ({"Metric": 10, "UseAutomaticMetric": True}, True, True),
        ({"Metric": 10, "UseAutomaticMetric": False}, True, False),
        ({"Metric": 10}, False, False),
        ({"Metric": 10, "UseAutomaticMetric": True}, False, False),  # goes back to automatic
        ({"Metric": 25}, True, False),  # the current one
        ({"Metric": ONES}, True, False),
        ({"Metric": None}, True, False),
        ({}, True, False),
    ],
)
def test_a_new_metric_is_dropped_while_the_metric_stays_automatic(
    row: dict[str, Any], is_automatic: bool, dropped: bool
) -> None:
    assert rules.drops_metric(row, current(UseAutomaticMetric=is_automatic)) is dropped


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        ({}, {}),
        ({"NlMtu": 1400, "DadTransmits": None, "Metric": 10}, {"NlMtu": 1400}),
        ({"NlMtu": 0}, {}),
        ({"NlMtu": 1492}, {}),
        ({"Connected": False, "InterfaceIndex": 5}, {}),
        ({"Metric": 10, "UseAutomaticMetric": False}, {"UseAutomaticMetric": False, "Metric": 10}),
        ({"SitePrefixLength": 48}, {"SitePrefixLength": 48}),
    ],
)
def test_effective_changes_are_what_the_call_would_change(
    wanted: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert rules.effective_changes(current(), wanted, V6) == changes


def test_effective_changes_are_in_the_order_of_the_sdk() -> None:
    wanted = {"NlMtu": 1400, "ForwardingEnabled": True, "AdvertisingEnabled": True}
    assert list(rules.effective_changes(current(), wanted, V6)) == [*reversed(wanted)]


def test_site_prefix_length_of_ipv4_is_never_an_effective_change() -> None:
    assert rules.effective_changes(current("ipv4"), {"SitePrefixLength": 0}, V4) == {}


def test_sentinels_among_zone_indices_keep_the_current_ones() -> None:
    zones = current()["ZoneIndices"]
    wanted = {"ZoneIndices": (99,) + (ONES,) * 15}
    assert rules.effective_changes(current(), wanted, V6) == {"ZoneIndices": (99, *zones[1:])}
    wanted = {"ZoneIndices": (zones[0],) + (ONES,) * 15}
    assert rules.effective_changes(current(), wanted, V6) == {}
