"""Reading, listing, writing, updating and comparing interfaces by the high-level API."""

import socket
import uuid
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import netioapi, simulation

ETHERNET_LUID = 0x0006_0080_0100_0000
FILTER = "Ethernet-WFP Native MAC Layer LightWeight Filter-0000"
TEREDO = "Teredo Tunneling Pseudo-Interface"

NAMINGS: dict[str, Callable[[], Any]] = {
    "index": lambda: 13,
    "alias": lambda: "Ethernet",
    "alias in upper case": lambda: "ETHERNET",
    "guid": lambda: uuid.UUID("{0000000D-1111-4222-8333-0123456789AB}"),
    "luid": lambda: ipif.Luid(ETHERNET_LUID),
    "row": lambda: ipif.get_interface(13, "ipv6"),
    "adapter": lambda: netioapi.get_if_entry2(index=13),
    "row with a LUID only": lambda: {"InterfaceLuid": ETHERNET_LUID},
    "row with an index only": lambda: {"InterfaceIndex": 13},
    "row whose LUID is 0": lambda: {"InterfaceLuid": 0, "InterfaceIndex": 13},
}
IPV4 = [socket.AF_INET, int(socket.AF_INET), 4, "ipv4", "IPv4"]
IPV6 = [socket.AF_INET6, int(socket.AF_INET6), 6, "ipv6", "IPV6"]
FAMILIES = [
    *((family, socket.AF_INET) for family in IPV4),
    *((family, socket.AF_INET6) for family in IPV6),
]
SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
NOT_SETTABLE = [field for field in ipif.FIELDS if field.access != "settable"]

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])
any_settable = pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)


def rows_of(snapshot: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the interface rows of a snapshot by family and index."""
    return {(row["Family"], row["InterfaceIndex"]): row for row in snapshot["interfaces"]}


def changed_members(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return the names of the members in which two rows differ."""
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def other_value(field: Any, row: Any, family: str) -> Any:
    """Return a valid value of a member that *row* does not have."""
    now = row[field.name]
    if field.kind == "bool":
        return not now
    if field.kind == "uint32[16]":
        return (*now[:-1], now[-1] + 1)
    low, high = field.ranges[family]
    return low if now != low else min(low + 1, high)


# ---- naming an interface and a family


@pytest.mark.parametrize("naming", NAMINGS)
@either_family
def test_every_way_to_name_an_interface_finds_the_same_row(naming: str, family: Any) -> None:
    assert ipif.get_interface(NAMINGS[naming](), family) == ipif.get_interface(13, family)


@pytest.mark.parametrize(("family", "af"), FAMILIES, ids=repr)
def test_every_way_to_name_a_family_finds_the_same_rows(family: Any, af: int) -> None:
    assert ipif.get_interface(13, family) == netioapi.get_ip_interface_entry(af, index=13)
    assert ipif.list_interfaces(family) == netioapi.get_ip_interface_table(af)
    row = {"Family": family, "InterfaceIndex": 13, "NlMtu": 1400}
    assert ipif.validate(row) == []
    assert ipif.set_interface(row)["Family"] == af
    before, after = ipif.update_interface(13, family, NlMtu=1300)
    assert (before["NlMtu"], after["NlMtu"], after["Family"]) == (1400, 1300, af)


@pytest.mark.parametrize("naming", NAMINGS)
def test_update_takes_every_way_to_name_an_interface(naming: str) -> None:
    before, after = ipif.update_interface(NAMINGS[naming](), "ipv4", NlMtu=1400)
    assert (before["InterfaceIndex"], before["NlMtu"], after["NlMtu"]) == (13, 1500, 1400)


@pytest.mark.parametrize(
    "interface",
    [
        0,
        -1,
        2**32,
        2**200,
        True,
        None,
        13.0,
        "",
        "a\x00b",
        "x" * 300,
        b"",
        b"x" * 33,
        [],
        object(),
        {},
        {"InterfaceLuid": 0, "InterfaceIndex": 0},
        {"InterfaceLuid": "x"},
        {"InterfaceIndex": -1},
        ipif.Luid(0),
    ],
    ids=lambda interface: repr(interface).partition(" at ")[0][:30],  # without an address
)
def test_an_argument_that_names_no_interface_is_refused_before_any_call(
    interface: Any, calls: Calls
) -> None:
    for function in (ipif.get_interface, ipif.update_interface):
        with pytest.raises(ipif.ValidationError) as caught:
            function(interface, "ipv4")
        assert len(caught.value.problems) == 1
        assert caught.value.problems[0].member == "interface"
    assert calls.total == 0


@pytest.mark.parametrize("family", [0, 2.0, 5, True, None, "IPv5", "", "inet", b"ipv4", [], 4.0])
def test_an_unknown_family_is_refused_before_any_call(family: Any, calls: Calls) -> None:
    for call in (
        lambda: ipif.get_interface(13, family),
        lambda: ipif.update_interface(13, family or 0, NlMtu=1400),
        lambda: ipif.list_interfaces(family) if family is not None else ipif.get_interface(1, None),
        lambda: ipif.set_interface({"Family": family, "InterfaceIndex": 13}),
        lambda: ipif.differences({"Family": family, "InterfaceIndex": 13}),
    ):
        with pytest.raises(ipif.ValidationError, match="amily"):
            call()
    assert calls.total == 0


def test_a_plain_int_that_may_be_a_luid_is_refused_with_that_advice() -> None:
    with pytest.raises(ipif.ValidationError, match=rf"ipif\.Luid\({ETHERNET_LUID}\)"):
        ipif.get_interface(ETHERNET_LUID, "ipv4")


@pytest.mark.parametrize(
    "interface", [999, "no such alias", uuid.UUID(int=5), ipif.Luid(5), {"InterfaceLuid": 5}]
)
def test_an_interface_that_does_not_exist_is_not_found(interface: Any) -> None:
    for function in (ipif.get_interface, ipif.update_interface):
        with pytest.raises(ipif.InterfaceNotFound):
            function(interface, "ipv4")


def test_an_unbound_family_differs_from_a_missing_interface() -> None:
    for call in (
        lambda: ipif.get_interface(TEREDO, "ipv4"),
        lambda: ipif.get_interface(FILTER, "ipv6"),
        lambda: ipif.update_interface(TEREDO, "ipv4", NlMtu=1400),
        lambda: ipif.set_interface({"Family": "ipv4", "InterfaceIndex": 19, "NlMtu": 1400}),
        lambda: ipif.differences({"Family": "ipv4", "InterfaceIndex": 19}),
    ):
        with pytest.raises(ipif.FamilyNotBound) as caught:
            call()
        assert caught.value.winerror == 1168


# ---- get and list


def test_a_row_has_the_members_of_the_sdk_in_its_order() -> None:
    row = ipif.get_interface("Ethernet", "ipv4")
    assert list(row) == [field.name for field in ipif.FIELDS]
    assert type(row) is dict
    assert row["InterfaceLuid"] == ETHERNET_LUID


def test_list_has_every_row_of_one_family_or_of_both() -> None:
    everything = ipif.list_interfaces()
    by_family = [ipif.list_interfaces(family) for family in ("ipv4", "ipv6")]
    assert [len(rows) for rows in by_family] == [9, 10]
    assert len(everything) == 19
    key = ("Family", "InterfaceLuid")
    assert sorted(everything, key=lambda row: [row[name] for name in key]) == sorted(
        by_family[0] + by_family[1], key=lambda row: [row[name] for name in key]
    )
    for row in everything:
        assert row == ipif.get_interface(row, row["Family"])


# ---- update


@either_family
@any_settable
def test_update_changes_only_the_given_members(field: Any, family: Any) -> None:
    row = ipif.get_interface("Ethernet", family)
    wanted = other_value(field, row, family)
    snapshot = simulation.dump()
    before, after = ipif.update_interface("Ethernet", family, **{field.name: wanted})

    assert before == row
    assert after == ipif.get_interface("Ethernet", family)
    assert after[field.name] == wanted
    expected = {field.name}
    if field.name == "Metric":
        expected.add("UseAutomaticMetric")  # otherwise Windows would ignore the metric
    if family == "ipv4":
        expected.add("SitePrefixLength")  # can only be written as 0
    assert changed_members(before, after) == expected
    rows, rows_after = rows_of(snapshot), rows_of(simulation.dump())
    assert changed_members(rows.pop((family, 13)), rows_after.pop((family, 13))) == expected
    assert rows_after == rows
    snapshot_after = simulation.dump()
    del snapshot["interfaces"], snapshot_after["interfaces"]
    assert snapshot_after == snapshot


def test_the_rows_of_update_are_two_different_dicts() -> None:
    before, after = ipif.update_interface("Ethernet", "ipv4")
    assert before == after
    assert before is not after


def test_a_metric_turns_the_automatic_metric_off() -> None:
    before, after = ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400)
    assert (before["Metric"], before["UseAutomaticMetric"]) == (25, True)
    assert (after["Metric"], after["UseAutomaticMetric"], after["NlMtu"]) == (10, False, 1400)


def test_zero_is_a_valid_metric() -> None:
    _, after = ipif.update_interface("Ethernet", "ipv6", Metric=0)
    assert (after["Metric"], after["UseAutomaticMetric"]) == (0, False)


def test_turning_the_automatic_metric_off_keeps_the_number_and_on_computes_it_again() -> None:
    _, after = ipif.update_interface("Ethernet", "ipv4", UseAutomaticMetric=False)
    assert (after["Metric"], after["UseAutomaticMetric"]) == (25, False)
    ipif.update_interface("Ethernet", "ipv4", Metric=7, UseAutomaticMetric=False)
    before, after = ipif.update_interface("Ethernet", "ipv4", UseAutomaticMetric=True)
    assert (before["Metric"], after["Metric"], after["UseAutomaticMetric"]) == (7, 25, True)


def test_a_metric_together_with_the_automatic_metric_is_refused(calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="Metric") as caught:
        ipif.update_interface("Ethernet", "ipv4", Metric=10, UseAutomaticMetric=True)
    assert [problem.member for problem in caught.value.problems] == ["Metric"]
    assert calls.total == 0


def test_update_writes_site_prefix_length_0_for_ipv4_and_keeps_it_for_ipv6() -> None:
    for family, length in (("ipv4", 0), ("ipv6", 64)):
        _, after = ipif.update_interface("Ethernet", family, NlMtu=1400)  # type: ignore[arg-type]
        assert after["SitePrefixLength"] == length
    _, after = ipif.update_interface("Ethernet", "ipv4", SitePrefixLength=0)
    assert after["SitePrefixLength"] == 0
    _, after = ipif.update_interface("Ethernet", "ipv6", SitePrefixLength=48)
    assert after["SitePrefixLength"] == 48


@pytest.mark.parametrize("length", [1, 24, 32, 64, 2**32 - 1, -1, True])
def test_a_site_prefix_length_for_ipv4_is_refused_in_changes(length: int, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="SitePrefixLength"):
        ipif.update_interface("Ethernet", "ipv4", SitePrefixLength=length)
    assert calls.total == 0


@pytest.mark.parametrize("field", NOT_SETTABLE, ids=lambda field: field.name)
def test_keys_and_read_only_members_cannot_be_changed(field: Any, calls: Calls) -> None:
    snapshot = simulation.dump()
    with pytest.raises(ipif.ValidationError, match=field.name) as caught:
        ipif.update_interface("Ethernet", "ipv6", **{field.name: 0, "NlMtu": 1400})
    [problem] = caught.value.problems
    assert problem.rule.startswith("a key" if field.access == "key" else "read-only")
    assert calls.total == 0
    assert simulation.dump() == snapshot


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("NlMTU", "NlMtu"),
        ("Mertic", "Metric"),
        ("metric", "Metric"),
        ("nl_mtu", "NlMtu"),
        ("ForwardingEnable", "ForwardingEnabled"),
        ("WeakHostReceived", "WeakHostReceive"),
    ],
)
def test_an_unknown_member_is_refused_with_a_suggestion(wrong: str, right: str) -> None:
    with pytest.raises(ipif.ValidationError, match=f"did you mean {right}") as caught:
        ipif.update_interface("Ethernet", "ipv4", **{wrong: 1400})  # type: ignore[misc]
    assert caught.value.problems[0].member == wrong
    with pytest.raises(ipif.ValidationError, match=f"did you mean {right}"):
        ipif.set_interface({"Family": "ipv4", "InterfaceIndex": 13, wrong: 1400})


@either_family
@any_settable
def test_an_unchanged_sentinel_is_not_a_change(field: Any, family: Any) -> None:
    for sentinel in (*field.unchanged, None):
        value = (
            (sentinel,) * 16 if field.kind == "uint32[16]" and sentinel is not None else sentinel
        )
        with pytest.raises(ipif.ValidationError, match=field.name):
            ipif.update_interface("Ethernet", family, **{field.name: value})


def test_an_update_without_changes_writes_nothing(calls: Calls) -> None:
    snapshot = simulation.dump()
    ipif.update_interface("Ethernet", "ipv4")
    assert calls["SetIpInterfaceEntry"] == 0
    assert simulation.dump() == snapshot


def test_an_update_to_the_current_values_changes_only_site_prefix_length() -> None:
    row = ipif.get_interface("Ethernet", "ipv4")
    changes = {field.name: row[field.name] for field in SETTABLE}  # type: ignore[literal-required]
    del changes["Metric"], changes["SitePrefixLength"]
    before, after = ipif.update_interface("Ethernet", "ipv4", **changes)  # type: ignore[misc]
    assert changed_members(dict(before), dict(after)) == {"SitePrefixLength"}


def test_enumerators_and_objects_with_index_are_taken_as_integers() -> None:
    class Number:
        def __index__(self) -> int:
            return 1400

    _, after = ipif.update_interface(
        "Ethernet",
        "ipv4",
        RouterDiscoveryBehavior=ipif.RouterDiscoveryBehavior.Disabled,
        NlMtu=Number(),  # type: ignore[typeddict-item]
    )
    assert (after["RouterDiscoveryBehavior"], after["NlMtu"]) == (0, 1400)
    assert type(after["RouterDiscoveryBehavior"]) is int


def test_a_refused_update_leaves_the_machine_unchanged() -> None:
    snapshot = simulation.dump()
    simulation.profile("sentinel", link_local_always_off_refused=True)
    with pytest.raises(ipif.InvalidRow) as caught:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1400, LinkLocalAddressBehavior=0)
    assert set(caught.value.members) >= {"NlMtu", "LinkLocalAddressBehavior"}
    simulation.profile("sentinel")
    assert simulation.dump() == snapshot


def test_reading_works_without_elevation_and_writing_does_not() -> None:
    simulation.elevated(False)
    row = ipif.get_interface("Ethernet", "ipv4")
    assert len(ipif.list_interfaces()) == 19
    for call in (
        lambda: ipif.set_interface(row),
        lambda: ipif.update_interface("Ethernet", "ipv4", NlMtu=1400),
    ):
        with pytest.raises(ipif.AccessDenied):
            call()
    assert ipif.get_interface("Ethernet", "ipv4") == row


# ---- set


def test_a_row_from_get_can_be_set_without_changes() -> None:
    for row in ipif.list_interfaces():
        assert ipif.set_interface(row)["InterfaceLuid"] == row["InterfaceLuid"]
        now = ipif.get_interface(row, row["Family"])
        if row["Family"] == socket.AF_INET:
            assert now.pop("SitePrefixLength") == 0
            assert row.pop("SitePrefixLength") == 64
        assert now == row


def test_every_row_of_the_bundled_machine_is_valid() -> None:
    class Odd(dict[str, object]):
        """A row that the fast path leaves to the rules in Python."""

    for row in ipif.list_interfaces():
        assert ipif.validate(row) == []
        assert ipif.validate(Odd(row)) == []


def test_set_does_not_change_the_row_of_the_caller() -> None:
    row = ipif.get_interface("Ethernet", "ipv4")
    row["NlMtu"] = 1400
    copy = dict(row)
    written = ipif.set_interface(row)
    assert row == copy
    assert written is not row
    assert (written["NlMtu"], written["SitePrefixLength"]) == (1400, 0)


@either_family
@any_settable
def test_set_changes_only_the_members_that_are_there(field: Any, family: Any) -> None:
    before = ipif.get_interface("Ethernet", family)
    row = {"Family": family, "InterfaceIndex": 13, field.name: other_value(field, before, family)}
    expected = {field.name}
    if field.name == "Metric":
        row["UseAutomaticMetric"] = False
        expected.add("UseAutomaticMetric")
    if family == "ipv4":
        expected.add("SitePrefixLength")
    written = ipif.set_interface(row)
    assert written["InterfaceLuid"] == ETHERNET_LUID
    after = ipif.get_interface("Ethernet", family)
    assert changed_members(dict(before), dict(after)) == expected
    assert after[field.name] == row[field.name]  # type: ignore[literal-required]


@either_family
def test_set_keeps_every_member_that_is_none_or_an_unchanged_sentinel(family: Any) -> None:
    before = ipif.get_interface("Ethernet", family)
    row: dict[str, Any] = {"Family": family, "InterfaceIndex": 13, "NlMtu": 1400}
    for field in SETTABLE:
        for sentinel in (None, *field.unchanged):
            if sentinel is not None and field.kind == "uint32[16]":
                sentinel = (sentinel,) * 16
            ipif.set_interface({**row, field.name: sentinel})
    after = ipif.get_interface("Ethernet", family)
    allowed = {"NlMtu", "SitePrefixLength"} if family == "ipv4" else {"NlMtu"}
    assert changed_members(dict(before), dict(after)) == allowed


@pytest.mark.parametrize("length", [0, 1, 32, 64, 2**32 - 1, None])
def test_set_forces_site_prefix_length_to_0_for_ipv4(length: int | None) -> None:
    row = {"Family": "ipv4", "InterfaceIndex": 13, "SitePrefixLength": length}
    assert ipif.set_interface(row)["SitePrefixLength"] == 0
    assert ipif.get_interface(13, "ipv4")["SitePrefixLength"] == 0


def test_the_raw_api_does_not_force_site_prefix_length_to_0() -> None:
    with pytest.raises(ipif.InvalidRow) as caught:
        netioapi.set_ip_interface_entry(ipif.get_interface("Ethernet", "ipv4"))
    assert caught.value.winerror == 87


@pytest.mark.parametrize("field", NOT_SETTABLE[3:], ids=lambda field: field.name)
def test_set_ignores_read_only_members_whatever_they_hold(field: Any) -> None:
    snapshot = simulation.dump()
    for value in (0, True, "nonsense", 2**200, None, object(), -1):
        ipif.set_interface({"Family": "ipv6", "InterfaceIndex": 13, field.name: value})
    assert simulation.dump() == snapshot


def test_two_keys_that_disagree_are_refused() -> None:
    snapshot = simulation.dump()
    row = ipif.get_interface("Ethernet", "ipv4") | {"InterfaceIndex": 17, "NlMtu": 1400}
    for function in (ipif.set_interface, ipif.differences):
        with pytest.raises(ipif.ValidationError, match="13") as caught:
            function(row)
        assert [problem.member for problem in caught.value.problems] == ["InterfaceIndex"]
    assert simulation.dump() == snapshot


def test_two_keys_that_agree_and_a_key_of_zero_are_accepted() -> None:
    keys = [(ETHERNET_LUID, 13), (ETHERNET_LUID, 0), (0, 13)]
    for mtu, (luid, index) in enumerate(keys, 1400):
        row = {"Family": 4, "InterfaceLuid": luid, "InterfaceIndex": index, "NlMtu": mtu}
        assert ipif.differences(row)["NlMtu"][1] == mtu
        ipif.set_interface(row)
        assert ipif.get_interface(13, 4)["NlMtu"] == mtu


def test_a_new_metric_under_automatic_metric_is_refused() -> None:
    row = ipif.get_interface("Ethernet", "ipv4") | {"Metric": 10}
    partial = {"Family": "ipv4", "InterfaceIndex": 13, "Metric": 10}
    for wrong in (row, partial, {**partial, "UseAutomaticMetric": None}):
        with pytest.raises(ipif.ValidationError, match="automatic") as caught:
            ipif.set_interface(wrong)
        assert [problem.member for problem in caught.value.problems] == ["Metric"]
    assert ipif.get_interface("Ethernet", "ipv4")["SitePrefixLength"] == 64  # nothing was written


def test_a_row_that_goes_back_to_the_automatic_metric_may_hold_any_metric() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=10)
    row = ipif.get_interface("Ethernet", "ipv4")
    ipif.set_interface(row | {"UseAutomaticMetric": True, "Metric": 5000})
    after = ipif.get_interface("Ethernet", "ipv4")
    assert (after["Metric"], after["UseAutomaticMetric"]) == (25, True)


def test_a_manual_metric_can_be_set_alone() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=10)
    ipif.set_interface({"Family": "ipv4", "InterfaceIndex": 13, "Metric": 11})
    assert ipif.get_interface("Ethernet", "ipv4")["Metric"] == 11


def test_a_partial_row_is_refused_before_the_call_when_initialize_writes_no_sentinels() -> None:
    simulation.profile("doc_zero")
    row = ipif.get_interface("Ethernet", "ipv6")
    with pytest.raises(ipif.ValidationError, match="get_interface"):
        ipif.set_interface({"Family": "ipv6", "InterfaceIndex": 13, "NlMtu": 1400})
    assert ipif.get_interface("Ethernet", "ipv6") == row
    row["NlMtu"] = 1400
    ipif.set_interface(row)
    assert ipif.update_interface("Ethernet", "ipv6", NlMtu=1300)[1]["NlMtu"] == 1300


def test_a_subclass_of_dict_is_read_for_its_items_and_no_method_is_called() -> None:
    class Liar(dict[str, Any]):
        def _refuse(self, *arguments: object) -> Any:
            raise AssertionError("a method of the subclass was called")

        __iter__ = __getitem__ = __len__ = __contains__ = _refuse  # type: ignore[assignment]
        keys = values = items = get = copy = pop = __missing__ = _refuse  # type: ignore[assignment]

    row = Liar(Family="ipv4", InterfaceIndex=13, NlMtu=1400)
    assert ipif.validate(row) == []
    assert ipif.differences(row) == {"NlMtu": (1500, 1400)}
    ipif.set_interface(row)
    assert ipif.get_interface(row, "ipv4")["NlMtu"] == 1400
    assert ipif.validate(Liar(NlMtu=100), family="ipv4")[0].member == "NlMtu"


# ---- differences


@either_family
def test_a_row_from_get_has_no_differences(family: Any) -> None:
    for row in ipif.list_interfaces(family):
        assert ipif.differences(row) == {}


@either_family
@any_settable
def test_differences_are_the_members_that_set_interface_would_change(
    field: Any, family: Any
) -> None:
    row = ipif.get_interface("Ethernet", family)
    now = row[field.name]
    wanted = other_value(field, row, family)
    row[field.name] = wanted
    expected = {field.name: (now, wanted)}
    if field.name == "Metric":
        row["UseAutomaticMetric"] = False
        expected["UseAutomaticMetric"] = (True, False)
    if (family, field.name) == ("ipv4", "SitePrefixLength"):
        expected = {}
    assert ipif.differences(row) == expected
    ipif.set_interface(row)
    assert ipif.differences(row) == {}


def test_differences_leave_out_unchanged_sentinels() -> None:
    row: dict[str, Any] = {"Family": "ipv6", "InterfaceIndex": 13}
    for field in SETTABLE:
        for sentinel in (None, *field.unchanged):
            if sentinel is not None and field.kind == "uint32[16]":
                sentinel = (sentinel,) * 16
            assert ipif.differences({**row, field.name: sentinel}) == {}
    zones = ipif.get_interface(13, 6)["ZoneIndices"]
    zones_wanted = (2**32 - 1,) * 15 + (99,)
    assert ipif.differences({**row, "ZoneIndices": zones_wanted}) == {
        "ZoneIndices": (zones, (*zones[:15], 99))
    }


def test_a_metric_that_is_or_becomes_automatic_is_not_a_difference() -> None:
    row = {"Family": "ipv4", "InterfaceIndex": 13, "Metric": 10}
    assert ipif.differences(row) == {}
    ipif.update_interface(13, 4, Metric=5)
    assert ipif.differences(row) == {"Metric": (5, 10)}
    back = {"UseAutomaticMetric": (False, True)}
    assert ipif.differences({**row, "UseAutomaticMetric": True}) == back


def test_differences_cost_one_get_and_no_set(calls: Calls) -> None:
    row = ipif.get_interface(13, "ipv4") | {"NlMtu": 1400}
    ipif.differences(row)
    assert (calls["GetIpInterfaceEntry"], calls.total) == (2, 2)


# ---- how many calls


@pytest.mark.parametrize(
    ("naming", "lookups"),
    [("index", 0), ("luid", 0), ("row with a LUID only", 0), ("alias", 1), ("guid", 1)],
)
def test_naming_an_interface_costs_one_call_at_most_and_never_a_table(
    naming: str, lookups: int, calls: Calls
) -> None:
    interface = NAMINGS[naming]()
    ipif.get_interface(interface, "ipv4")
    assert (calls["GetIpInterfaceEntry"], calls.total) == (1, 1 + lookups)


def test_set_costs_one_get_and_one_set(calls: Calls) -> None:
    row = ipif.get_interface(13, "ipv4")
    ipif.set_interface(row)
    assert calls["GetIpInterfaceEntry"] == 2
    assert calls["SetIpInterfaceEntry"] == 1
    assert calls.total == 3


def test_update_costs_two_gets_and_one_set(calls: Calls) -> None:
    ipif.update_interface(13, "ipv4", Metric=10)
    assert (calls["GetIpInterfaceEntry"], calls["SetIpInterfaceEntry"]) == (2, 1)
    assert calls.total == 3


def test_list_costs_one_table_which_is_freed(calls: Calls) -> None:
    ipif.list_interfaces()
    assert (calls["GetIpInterfaceTable"], calls["FreeMibTable"], calls.total) == (1, 1, 2)


# ---- LUIDs


def test_a_luid_gives_alias_index_name_guid_and_type() -> None:
    luid = ipif.Luid(ETHERNET_LUID)
    assert (luid.alias, luid.index, luid.name) == ("Ethernet", 13, "ethernet_32769")
    assert (luid.guid, luid.type) == (uuid.UUID("0000000D-1111-4222-8333-0123456789AB"), 6)
    assert luid == ETHERNET_LUID
    assert repr(luid) == f"Luid({ETHERNET_LUID})"


def test_an_unknown_luid_fails_only_when_its_properties_are_read() -> None:
    luid = ipif.Luid(2**64 - 1)
    assert luid.type == 0xFFFF
    for name in ("alias", "index", "guid", "name"):
        with pytest.raises(ipif.InterfaceNotFound):
            getattr(luid, name)


@pytest.mark.parametrize("value", [-1, 2**64, 2**200, True, "13", 1.0, None])
def test_an_invalid_luid_is_refused(value: Any) -> None:
    with pytest.raises(ipif.ValidationError):
        ipif.Luid(value)


# ---- the differences of two rows


def test_two_rows_are_compared_member_by_member_without_a_call(calls: Calls) -> None:
    before, after = ipif.update_interface("Ethernet", "ipv4", Metric=5, NlMtu=1400)
    total = calls.total
    assert ipif.differences(before, after) == {
        "UseAutomaticMetric": (True, False),
        "SitePrefixLength": (64, 0),
        "Metric": (25, 5),
        "NlMtu": (1500, 1400),
    }
    assert ipif.differences(before, before) == ipif.differences(before, dict(before)) == {}
    assert calls.total == total


def test_read_only_members_and_keys_of_two_rows_are_compared_too() -> None:
    rows = [ipif.get_interface("OpenVPN Wintun", family) for family in ("ipv4", "ipv6")]
    found = ipif.differences(*rows)
    assert found["Family"] == (socket.AF_INET, socket.AF_INET6)
    assert found["RouterDiscoveryBehavior"] == (2, 1)
    other = {**rows[0], "Connected": True}
    assert ipif.differences(rows[0], other) == {"Connected": (False, True)}


def test_rows_of_any_structure_and_any_mapping_are_compared() -> None:
    adapter = ipif.get_adapter("Ethernet")
    assert ipif.differences(adapter, {**adapter, "OperStatus": 2}) == {"OperStatus": (1, 2)}
    row = ipif.get_interface("Ethernet", "ipv4")
    assert ipif.differences(MappingProxyType({**row, "Family": "ipv4"}), row) == {}


def test_a_member_that_only_one_row_has_is_none_in_the_other() -> None:
    assert ipif.differences({"NlMtu": 1}, {"Metric": 2}) == {
        "NlMtu": (1, None),
        "Metric": (None, 2),
    }
    assert ipif.differences({"Family": 2}, {"Family": "quokka"}) == {"Family": (2, "quokka")}


@pytest.mark.parametrize("bad", [5, "row", [], [("NlMtu", 5)]])
def test_what_is_no_row_cannot_be_compared(bad: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.differences({}, bad)
    assert [problem.member for problem in caught.value.problems] == ["other"]
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.differences(bad, bad)
    assert [problem.member for problem in caught.value.problems] == ["row", "other"]
    assert calls.total == 0
