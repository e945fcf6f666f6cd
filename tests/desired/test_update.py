"""update_interface with a family of None: every bound family, all or none."""

from typing import Any

import pytest
from support.faults import heal
from support.machine import Calls
from support.rows import get, rows

import ipif
from ipif import simulation


def test_both_families_are_changed_and_returned_by_name() -> None:
    found = ipif.update_interface("Ethernet", None, Metric=7, NlMtu=1400)
    assert list(found) == ["ipv4", "ipv6"]
    for family, (before, after) in found.items():
        assert (before["NlMtu"], after["NlMtu"]) == (1500 if family == "ipv4" else 1492, 1400)
        assert (after["Metric"], after["UseAutomaticMetric"]) == (7, False)
        assert after == ipif.get_interface("Ethernet", family)  # type: ignore[arg-type]
        assert before["UseAutomaticMetric"]


def test_only_the_bound_family_is_changed() -> None:
    simulation.unbind("Ethernet", "ipv6")
    assert list(ipif.update_interface("Ethernet", None, NlMtu=1400)) == ["ipv4"]
    assert get("NlMtu") == 1400


def test_an_adapter_without_any_family_is_an_error() -> None:
    simulation.unbind("Ethernet", "ipv6")
    simulation.unbind("Ethernet", "ipv4")
    with pytest.raises(ipif.FamilyNotBound):
        ipif.update_interface("Ethernet", None, NlMtu=1400)


def test_when_the_second_family_is_refused_the_first_is_as_before() -> None:
    before = rows()
    simulation.fail("SetIpInterfaceEntry", 5, after=1)
    with pytest.raises(ipif.AccessDenied) as caught:
        ipif.update_interface("Ethernet", None, NlMtu=1400)
    assert (caught.value.interface, caught.value.family) == ("Ethernet", "ipv6")
    assert rows() == before


def test_what_could_not_be_changed_back_is_named_and_can_be_retried() -> None:
    before = rows()
    simulation.fail("SetIpInterfaceEntry", 31, after=1, times=10)
    with pytest.raises(ipif.ApplyError) as caught:
        ipif.update_interface("Ethernet", None, NlMtu=1400)
    assert [change[:3] for change in caught.value.not_rolled_back] == [
        ("Ethernet", "ipv4", "NlMtu")
    ]
    heal()
    caught.value.retry()
    assert rows() == before


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        ({"NlMtu": -1}, {"NlMtu"}),
        ({"Metric": "x", "NlMtu": 0}, {"Metric", "NlMtu"}),
        ({"SitePrefixLength": 64}, {"ipv4.SitePrefixLength"}),
        ({"Nonsense": 1}, {"Nonsense"}),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_changed(
    changes: Any, members: set[str], calls: Calls
) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.update_interface("Ethernet", None, **changes)
    assert {problem.member for problem in caught.value.problems} == members
    assert calls["SetIpInterfaceEntry"] == 0


def test_a_value_that_could_not_be_set_back_is_refused(calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="could not be rolled back"):
        ipif.update_interface(1, None, NlMtu=1400)  # 4294967295 is an unchanged sentinel
    assert calls["SetIpInterfaceEntry"] == 0


def test_without_changes_the_rows_are_read(calls: Calls) -> None:
    found = ipif.update_interface("Ethernet", None)
    assert [before == after for before, after in found.values()] == [True, True]
    assert calls["SetIpInterfaceEntry"] == 0


def test_it_costs_three_calls_for_each_family_and_one_for_the_guid(
    calls: Calls,
) -> None:
    ipif.update_interface(ipif.Luid.of("Ethernet"), None, NlMtu=1400)
    assert calls["GetIpInterfaceEntry"] == 4
    assert calls["SetIpInterfaceEntry"] == 2
    assert calls["ConvertInterfaceLuidToGuid"] == 1
