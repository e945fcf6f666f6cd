"""Changing the expendable adapter of a real machine, and putting everything back."""

from typing import Any

import pytest
import support.real  # noqa: F401

import ipif

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])


def row_of(adapter: ipif.Luid, family: Any) -> Any:
    """Return the row of the adapter, or skip when the family is not bound to it."""
    try:
        return ipif.get_interface(adapter, family)
    except ipif.FamilyNotBound:
        pytest.skip(f"{family} is not bound to the adapter")


def test_site_prefix_length_of_get_is_refused_by_set_for_ipv4(adapter: ipif.Luid) -> None:
    row = row_of(adapter, "ipv4")
    if row["SitePrefixLength"] == 0:
        pytest.skip("an earlier run has written it: only a new adapter shows 64")
    with pytest.raises(ipif.InvalidRow) as caught:
        ipif.netioapi.set_ip_interface_entry(row)
    assert caught.value.winerror == 87


@either_family
def test_a_metric_round_trips_and_can_be_given_back(adapter: ipif.Luid, family: Any) -> None:
    first = row_of(adapter, family)
    for metric in (0, 1, 4321):
        _, after = ipif.update_interface(adapter, family, Metric=metric)
        assert (after["Metric"], after["UseAutomaticMetric"]) == (metric, False)
    _, after = ipif.update_interface(adapter, family, UseAutomaticMetric=True)
    assert after["UseAutomaticMetric"]
    if first["UseAutomaticMetric"]:
        assert after["Metric"] == first["Metric"]


@either_family
def test_an_mtu_round_trips_and_leaves_the_other_family_alone(
    adapter: ipif.Luid, family: Any
) -> None:
    other: Any = {"ipv4": "ipv6", "ipv6": "ipv4"}[family]
    first, neighbour = row_of(adapter, family), row_of(adapter, other)
    for mtu in (1280, 1400):
        assert ipif.update_interface(adapter, family, NlMtu=mtu)[1]["NlMtu"] == mtu
    assert row_of(adapter, other)["NlMtu"] == neighbour["NlMtu"]
    _, after = ipif.update_interface(adapter, family, NlMtu=first["NlMtu"])
    assert after["NlMtu"] == first["NlMtu"]


@either_family
def test_only_the_requested_members_change(adapter: ipif.Luid, family: Any) -> None:
    first = row_of(adapter, family)
    wanted = not first["WeakHostSend"]
    before, after = ipif.update_interface(adapter, family, WeakHostSend=wanted)
    names = {field.name for field in ipif.FIELDS if field.access == "settable"}
    changed: set[str] = {name for name in names if before[name] != after[name]}  # type: ignore[literal-required]
    assert changed - {"SitePrefixLength"} == {"WeakHostSend"}


@either_family
def test_a_row_from_get_can_be_set(adapter: ipif.Luid, family: Any) -> None:
    row = row_of(adapter, family)
    ipif.set_interface(row)
    assert ipif.differences(row) == {}


@either_family
def test_a_partial_row_changes_only_its_members(adapter: ipif.Luid, family: Any) -> None:
    first = row_of(adapter, family)
    row = {"Family": family, "InterfaceLuid": int(adapter), "NlMtu": 1300}
    written = ipif.set_interface(row)
    assert written["InterfaceLuid"] == adapter
    now = row_of(adapter, family)
    settable = [field.name for field in ipif.FIELDS if field.access == "settable"]
    changed = {name for name in settable if first[name] != now[name]}
    assert changed - {"SitePrefixLength"} == {"NlMtu"}


def test_an_mtu_below_1280_is_refused_for_ipv6(adapter: ipif.Luid) -> None:
    row = row_of(adapter, "ipv6")
    with pytest.raises(ipif.InvalidRow):
        ipif.netioapi.update_ip_interface_entry(row["Family"], {"NlMtu": 1279}, luid=int(adapter))
