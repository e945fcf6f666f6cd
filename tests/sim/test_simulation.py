"""The simulated machine: the rules of SetIpInterfaceEntry one by one, and the controls.

An unconfirmed rule has two answers; both are shown, each under its profile. A test
that passes shows agreement with what is documented and observed, not with Windows.
"""

import ctypes
import functools
import json
import socket
import struct
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from support.fresh import start
from support.machine import Calls, control, native

import ipif
from ipif import netioapi, simulation

ONES = 2**32 - 1
FAMILY = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
FIELD = {field.name: field for field in ipif.FIELDS}
SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
BOOLEANS = [field.name for field in SETTABLE if field.kind == "bool"]
TIMES = ["BaseReachableTime", "RetransmitTime", "PathMtuDiscoveryTimeout"]
IGNORED = {
    "MaxReassemblySize": 9,
    "MinRouterAdvertisementInterval": 9,
    "MaxRouterAdvertisementInterval": 9,
    "Connected": False,
    "SupportsWakeUpPatterns": True,
    "SupportsNeighborDiscovery": False,
    "SupportsRouterDiscovery": False,
    "ReachableTime": 9,
    "TransmitOffload": 0xFF,
    "ReceiveOffload": 0xFF,
}

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])
any_boolean = pytest.mark.parametrize("member", BOOLEANS)


def set_(family: str, /, **members: Any) -> dict[str, Any]:
    """Change members of Ethernet through the raw API; return the row afterwards."""
    key = {"Family": FAMILY[family], "InterfaceIndex": 13}
    netioapi.set_ip_interface_entry({**key, **members})
    return dict(ipif.get_interface(13, family))  # type: ignore[arg-type]


def is_refused(family: str, /, **members: Any) -> bool:
    """Return whether the call answers 87; the machine must then be as before."""
    snapshot = simulation.dump()
    try:
        set_(family, **members)
    except ipif.InvalidRow:
        assert simulation.dump() == snapshot
        return True
    return False


def bytes_of_initialize() -> bytearray:
    """Return a row as InitializeIpInterfaceEntry leaves it, with the keys of Ethernet, IPv4."""
    image = bytearray(168)
    raw("InitializeIpInterfaceEntry", image)
    struct.pack_into("<H", image, 0, 2)
    struct.pack_into("<I", image, 16, 13)
    return image


def raw(function: str, image: bytearray | None) -> int:
    """Call a function with a pointer to a row, as a C program would; return what it returns."""
    prototype = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)(ctypes.c_uint32, ctypes.c_void_p)
    buffer = (ctypes.c_uint64 * 21).from_buffer(image) if image is not None else None
    result = prototype(control().address(function))(buffer)
    return int(result)


# ---- rule 1: InitializeIpInterfaceEntry


def test_rule_1_profile_sentinel_fills_a_row_with_unchanged_sentinels() -> None:
    row = netioapi.initialize_ip_interface_entry()
    keys_and_zeros = {"Family", "InterfaceLuid", "InterfaceIndex", "NlMtu", *TIMES}
    for name, value in row.items():
        if name in keys_and_zeros:
            assert value == 0
        else:
            unchanged = FIELD[name].unchanged
            assert value is None or value in unchanged
            assert value is None or FIELD[name].kind != "bool"


def test_rule_1_profile_doc_zero_fills_a_row_with_zeros() -> None:
    simulation.profile("doc_zero")
    image = bytearray(b"\xcc" * 168)
    raw("InitializeIpInterfaceEntry", image)
    assert bytes(image) == bytes(168)


def test_rule_1_profile_sentinel_writes_these_bytes() -> None:
    image = bytearray(b"\xcc" * 168)
    raw("InitializeIpInterfaceEntry", image)
    ones = set(range(20, 49)) | set(range(52, 60)) | set(range(72, 152)) | set(range(156, 167))
    assert {place for place, byte in enumerate(image) if byte == 0xFF} == ones
    assert set(image) == {0, 0xFF}


# ---- rules 2 and 3: what SetIpInterfaceEntry ignores


@either_family
@pytest.mark.parametrize("member", IGNORED)
def test_rule_2_ten_members_are_ignored_whatever_they_hold(member: str, family: str) -> None:
    snapshot = simulation.dump()
    set_(family, **{member: IGNORED[member]})
    assert simulation.dump() == snapshot


def test_rule_2_the_ignored_members_are_ten() -> None:
    read_only = {field.name for field in ipif.FIELDS if field.access == "read-only"}
    assert len(IGNORED) == 10
    assert read_only - IGNORED.keys() == {"InterfaceIdentifier"}


@either_family
def test_rule_3_interface_identifier_is_ignored_too(family: str) -> None:
    assert set_(family, InterfaceIdentifier=5)["InterfaceIdentifier"] == 0


# ---- rules 4 to 7: unchanged sentinels


@either_family
@pytest.mark.parametrize("member", ["RouterDiscoveryBehavior", "LinkLocalAddressBehavior"])
def test_rule_4_minus_one_keeps_an_enumeration(member: str, family: str) -> None:
    snapshot = simulation.dump()
    set_(family, **{member: -1})
    assert simulation.dump() == snapshot


@either_family
@pytest.mark.parametrize("mtu", [0, ONES])
def test_rule_5_zero_and_all_ones_keep_the_mtu(mtu: int, family: str) -> None:
    snapshot = simulation.dump()
    set_(family, NlMtu=mtu)
    assert simulation.dump() == snapshot


@either_family
@any_boolean
def test_rule_6_0xff_keeps_a_boolean(member: str, family: str) -> None:
    snapshot = simulation.dump()
    image = bytes_of_initialize()
    struct.pack_into("<H", image, 0, {"ipv4": 2, "ipv6": 23}[family])
    assert image[FIELD[member].offset] == 0xFF
    assert raw("SetIpInterfaceEntry", image) == 0
    assert simulation.dump() == snapshot


@either_family
@pytest.mark.parametrize(
    "member", ["DadTransmits", "LinkLocalAddressTimeout", "SitePrefixLength", "Metric"]
)
def test_rule_6_all_ones_keep_a_number(member: str, family: str) -> None:
    set_(family, UseAutomaticMetric=False, Metric=7)
    snapshot = simulation.dump()
    set_(family, **{member: ONES})
    assert simulation.dump() == snapshot


@either_family
def test_rule_6_all_ones_keep_a_single_zone_index(family: str) -> None:
    zones = ipif.get_interface(13, family)["ZoneIndices"]  # type: ignore[arg-type]
    after = set_(family, ZoneIndices=(99,) + (ONES,) * 14 + (98,))
    assert after["ZoneIndices"] == (99, *zones[1:15], 98)


@either_family
@pytest.mark.parametrize("member", TIMES)
def test_rule_6_zero_keeps_a_time(member: str, family: str) -> None:
    snapshot = simulation.dump()
    set_(family, **{member: 0})
    assert simulation.dump() == snapshot


@either_family
@pytest.mark.parametrize("member", TIMES)
def test_rule_7_all_ones_keep_a_time_unless_the_profile_differs(member: str, family: str) -> None:
    snapshot = simulation.dump()
    set_(family, **{member: ONES})
    assert simulation.dump() == snapshot
    simulation.profile("sentinel", all_ones_times_accepted=True)
    assert set_(family, **{member: ONES})[member] == ONES


# ---- rules 8 to 11: SitePrefixLength


@pytest.mark.parametrize("length", [33, 64, 128, ONES - 1])
def test_rule_8_ipv4_always_refuses_a_site_prefix_length_above_32(length: int) -> None:
    assert ipif.get_interface(13, "ipv4")["SitePrefixLength"] == 64
    assert is_refused("ipv4", SitePrefixLength=length)
    simulation.profile("sentinel", site_prefix_length_accepted=True)
    assert is_refused("ipv4", SitePrefixLength=length)


@pytest.mark.parametrize("length", [1, 24, 32])
def test_rule_9_ipv4_refuses_1_to_32_unless_the_profile_differs(length: int) -> None:
    assert is_refused("ipv4", SitePrefixLength=length)
    simulation.profile("sentinel", site_prefix_length_accepted=True)
    assert set_("ipv4", SitePrefixLength=length)["SitePrefixLength"] == length


def test_rule_10_ipv6_takes_a_site_prefix_length_up_to_128() -> None:
    for length in (0, 1, 64, 128):
        assert set_("ipv6", SitePrefixLength=length)["SitePrefixLength"] == length
    for length in (129, 255, ONES - 1):
        assert is_refused("ipv6", SitePrefixLength=length)


@either_family
def test_rule_11_get_returns_0_after_0_was_written(family: str) -> None:
    assert set_(family, SitePrefixLength=0)["SitePrefixLength"] == 0


# ---- rules 12 to 14: NlMtu


@pytest.mark.parametrize("mtu", [1, 575, 576, 1279])
def test_rule_12_ipv6_refuses_an_mtu_below_1280(mtu: int) -> None:
    assert is_refused("ipv6", NlMtu=mtu)
    assert set_("ipv6", NlMtu=1280)["NlMtu"] == 1280


@pytest.mark.parametrize("mtu", [1, 575])
def test_rule_13_ipv4_refuses_an_mtu_below_576(mtu: int) -> None:
    assert is_refused("ipv4", NlMtu=mtu)
    assert set_("ipv4", NlMtu=576)["NlMtu"] == 576


@either_family
def test_rule_14_the_mtu_has_no_upper_limit_unless_the_profile_clamps_it(family: str) -> None:
    assert set_(family, NlMtu=ONES - 1)["NlMtu"] == ONES - 1
    simulation.profile("sentinel", mtu_clamped=True)
    assert set_(family, NlMtu=9000)["NlMtu"] == 1500
    assert set_(family, NlMtu=1400)["NlMtu"] == 1400


# ---- rules 15 and 16: Metric


@pytest.mark.parametrize("metric", [2**31, ONES - 1])
def test_rule_15_a_metric_above_31_bits_is_refused_unless_the_profile_differs(
    metric: int,
) -> None:
    off: dict[str, Any] = {"UseAutomaticMetric": False}
    assert set_("ipv6", Metric=2**31 - 1, **off)["Metric"] == 2**31 - 1
    assert is_refused("ipv6", Metric=metric, **off)
    simulation.profile("sentinel", large_metric_accepted=True)
    assert set_("ipv6", Metric=metric, **off)["Metric"] == metric


@either_family
def test_rule_16_an_automatic_metric_is_computed_and_a_metric_in_the_row_is_ignored(
    family: str,
) -> None:
    assert set_(family, Metric=7)["Metric"] == 25
    assert set_(family, Metric=7, UseAutomaticMetric=True)["Metric"] == 25
    assert set_(family, Metric=2**31)["Metric"] == 25
    assert set_(family, Metric=7, UseAutomaticMetric=False)["Metric"] == 7
    assert set_(family, UseAutomaticMetric=True)["Metric"] == 25
    assert set_(family, UseAutomaticMetric=False)["Metric"] == 25


GIGA, MEGA, KILO = 10**9, 10**6, 10**3
WIRELESS = [(2 * GIGA, 25), (500 * MEGA, 30), (200 * MEGA, 35), (150 * MEGA, 40)]
WIRELESS += [(80 * MEGA, 45), (50 * MEGA, 50), (20 * MEGA, 55), (10 * MEGA, 60), (4 * MEGA, 65)]
WIRELESS += [(2 * MEGA, 70), (500 * KILO, 75), (200 * KILO, 80), (1, 85)]
OTHER = [(100 * GIGA, 5), (40 * GIGA, 10), (10 * GIGA, 15), (2 * GIGA, 20), (200 * MEGA, 25)]
OTHER += [(80 * MEGA, 35), (20 * MEGA, 45), (4 * MEGA, 55), (500 * KILO, 65), (1, 75)]


@pytest.mark.parametrize(
    ("kind", "table"),
    [(71, WIRELESS), (243, WIRELESS), (244, WIRELESS), (6, OTHER), (53, OTHER), (131, OTHER)],
)
def test_rule_16_the_metric_follows_the_table_of_speeds(
    kind: int, table: list[tuple[int, int]]
) -> None:
    above = 10**18
    for number, (speed, metric) in enumerate(table):
        for exact in {speed, (speed + above) // 2, above - 1}:
            alias = f"adapter {number} {exact}"
            luid = simulation.add_interface(
                alias, Type=kind, TransmitLinkSpeed=exact, ReceiveLinkSpeed=1
            )
            for family in FAMILY:
                assert ipif.get_interface(luid, family)["Metric"] == metric  # type: ignore[arg-type]
            simulation.remove_interface(luid)
        above = speed


def test_rule_16_a_loopback_gets_75_and_an_adapter_without_speed_keeps_its_metric() -> None:
    luid = simulation.add_interface("loop", Type=24, TransmitLinkSpeed=10**12)
    assert ipif.get_interface(luid, "ipv4")["Metric"] == 75
    luid = simulation.add_interface("no speed", families=[], TransmitLinkSpeed=0)
    simulation.bind(luid, "ipv4", Metric=42)
    row = ipif.get_interface(luid, "ipv4")
    assert (row["Metric"], row["UseAutomaticMetric"]) == (42, True)
    assert ipif.update_interface(luid, "ipv4", NlMtu=1400)[1]["Metric"] == 42


@either_family
def test_rule_16_an_adapter_without_speed_gets_back_the_automatic_metric_that_it_came_with(
    family: Any,
) -> None:
    luid = simulation.add_interface("no speed", families=[], TransmitLinkSpeed=0)
    simulation.bind(luid, family, Metric=42)
    ipif.update_interface(luid, family, UseAutomaticMetric=False, Metric=100)
    # The number beside the automatic metric is ignored, whether it is the old or the manual one.
    for number in (42, 100):
        row = {**ipif.get_interface(luid, family), "UseAutomaticMetric": True, "Metric": number}
        netioapi.set_ip_interface_entry(row | {"SitePrefixLength": 0})
        assert ipif.get_interface(luid, family)["Metric"] == 42
    snapshot = simulation.dump()
    simulation.load(snapshot)
    ipif.update_interface(luid, family, UseAutomaticMetric=False, Metric=100)
    after = ipif.update_interface(luid, family, UseAutomaticMetric=True)[1]
    assert after["Metric"] == 42


def test_rule_16_a_row_that_came_with_a_manual_metric_keeps_it_without_speed() -> None:
    luid = simulation.add_interface("no speed", families=[], TransmitLinkSpeed=0)
    simulation.bind(luid, "ipv4", UseAutomaticMetric=False, Metric=7)
    assert ipif.update_interface(luid, "ipv4", Metric=8)[1]["Metric"] == 8
    assert ipif.update_interface(luid, "ipv4", UseAutomaticMetric=True)[1]["Metric"] == 8


def test_rule_16_the_published_rows_have_the_metric_of_their_speed() -> None:
    metrics = {ipif.Luid(r["InterfaceLuid"]).alias: r["Metric"] for r in ipif.list_interfaces()}
    assert (metrics["OpenVPN Wintun"], metrics["vEthernet (WSL)"], metrics["Ethernet"]) == (
        5,
        15,
        25,
    )
    assert metrics["Bluetooth Network Connection"] == 65
    assert metrics["Loopback Pseudo-Interface 1"] == 75


# ---- rules 17 to 20: other values


@either_family
@pytest.mark.parametrize("value", [3, -2, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("member", ["RouterDiscoveryBehavior", "LinkLocalAddressBehavior"])
def test_rule_17_an_unknown_enumerator_is_refused_unless_the_profile_differs(
    member: str, value: int, family: str
) -> None:
    assert is_refused(family, **{member: value})
    simulation.profile("sentinel", unknown_enum_accepted=True)
    assert set_(family, **{member: value})[member] == value


def test_rule_18_ipv4_takes_link_local_always_off_unless_the_profile_differs() -> None:
    off: dict[str, Any] = {"LinkLocalAddressBehavior": ipif.LinkLocalAddressBehavior.AlwaysOff}
    assert set_("ipv4", **off)["LinkLocalAddressBehavior"] == 0
    simulation.reset()
    simulation.profile("sentinel", link_local_always_off_refused=True)
    assert is_refused("ipv4", **off)
    assert set_("ipv6", **off)["LinkLocalAddressBehavior"] == 0


@either_family
def test_rule_19_nud_can_be_turned_off_unless_the_profile_differs(family: str) -> None:
    member = "UseNeighborUnreachabilityDetection"
    assert set_(family, **{member: False})[member] is False
    simulation.profile("sentinel", nud_off_refused=True)
    assert set_(family, **{member: False})[member] is False  # it is already off
    assert set_(family, **{member: True})[member] is True
    assert is_refused(family, **{member: False})
    assert not is_refused(family, **{member: None})


@any_boolean
def test_rule_20_a_boolean_of_2_to_254_is_stored_as_1(member: str) -> None:
    for value in (0, 2, 254):
        image = bytes_of_initialize()
        image[FIELD[member].offset] = value
        assert raw("SetIpInterfaceEntry", image) == 0
        image = bytes_of_initialize()
        assert raw("GetIpInterfaceEntry", image) == 0
        assert image[FIELD[member].offset] == (value != 0)


# ---- rules 21 and 22: notifications


@pytest.fixture
def events() -> Any:
    """Return a function that gives the notifications since it was last called."""
    watch = native.watch_open(0, 0, 0, False, 100)

    def new() -> list[tuple[int, int | None, int | None]]:
        assert control().settle(5000) == 0  # type: ignore[attr-defined]
        found = []
        while (event := native.watch_get(watch, 0)) is not None:
            found.append((event[0], event[1], event[3]))
        return found

    yield new
    native.watch_close(watch)


@either_family
def test_rule_21_a_call_that_changes_something_notifies(family: str, events: Any) -> None:
    set_(family, DadTransmits=0)
    assert events() == [(ipif.NotificationType.ParameterNotification, FAMILY[family], 13)]


def test_rule_22_a_call_that_changes_nothing_does_not_notify_unless_the_profile_differs(
    events: Any,
) -> None:
    set_("ipv6", DadTransmits=1)
    set_("ipv4", SitePrefixLength=0)  # that of IPv4 alone does not count as a change
    assert is_refused("ipv6", NlMtu=1)
    assert events() == []
    simulation.profile("sentinel", unchanged_set_notifies=True)
    set_("ipv6", DadTransmits=1)
    assert is_refused("ipv6", NlMtu=1)
    assert len(events()) == 1


def test_interfaces_that_appear_and_disappear_notify(events: Any) -> None:
    luid = simulation.add_interface("Plugged in", families=["ipv4"])
    index = luid.index
    simulation.bind(luid, "ipv6")
    simulation.unbind(luid, "ipv4")
    simulation.remove_interface(luid)
    add, delete = ipif.NotificationType.AddInstance, ipif.NotificationType.DeleteInstance
    assert events() == [
        (add, socket.AF_INET, index),
        (add, socket.AF_INET6, index),
        (delete, socket.AF_INET, index),
        (delete, socket.AF_INET6, index),
    ]


@pytest.mark.parametrize(
    "function",
    ["NotifyIpInterfaceChange", "NotifyUnicastIpAddressChange", "NotifyRouteChange2"],
)
@pytest.mark.parametrize("later", [False, True])
def test_the_initial_notification_comes_before_the_function_returns_unless_the_profile_differs(
    function: str, later: bool
) -> None:
    simulation.profile("sentinel", initial_later=later)
    make = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    seen: list[tuple[int, int | None, int]] = []

    @make(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)  # type: ignore[untyped-decorator]
    def callback(_context: object, row: int | None, kind: int) -> None:
        seen.append((threading.get_ident(), row, kind))

    pointers = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint8, ctypes.c_void_p]
    register = make(ctypes.c_uint32, ctypes.c_uint16, *pointers)(control().address(function))
    cancel = make(ctypes.c_uint32, ctypes.c_void_p)(control().address("CancelMibChangeNotify2"))
    handle = ctypes.c_void_p()
    address = ctypes.cast(callback, ctypes.c_void_p)
    assert register(socket.AF_UNSPEC, address, None, True, ctypes.byref(handle)) == 0
    try:
        if not later:
            assert seen == [(threading.get_ident(), None, 3)]
        assert control().settle(5000) == 0
        assert [event[1:] for event in seen] == [(None, 3)]
        assert (seen[0][0] == threading.get_ident()) is not later
    finally:
        assert cancel(handle) == 0


# ---- rule 23 and the order of the checks


def test_rule_23_only_set_ip_interface_entry_needs_elevation() -> None:
    simulation.elevated(False)
    netioapi.get_ip_interface_table()
    netioapi.get_if_table2()
    ipif.get_interface("Ethernet", "ipv4")
    with pytest.raises(ipif.AccessDenied) as caught:
        set_("ipv4", NlMtu=1400)
    assert caught.value.winerror == 5
    simulation.elevated(True)
    assert set_("ipv4", NlMtu=1400)["NlMtu"] == 1400


@pytest.mark.parametrize(
    ("first", "family", "luid", "index", "code"),
    [
        (False, 0, 0, 13, 87), (True, 0, 0, 13, 5),
        (False, 2, 0, 0, 87), (True, 2, 0, 0, 5),
        (False, 2, 0, 999, 2), (True, 2, 0, 999, 5),
        (False, 2, 0, 19, 5), (True, 2, 0, 19, 5),
        (False, 2, 0, 13, 5), (True, 2, 0, 13, 5),
    ],
)  # fmt: skip
def test_rule_23_access_is_checked_after_the_keys_unless_the_profile_differs(
    first: bool, family: int, luid: int, index: int, code: int
) -> None:
    simulation.profile("sentinel", access_checked_first=first)
    simulation.elevated(False)
    image = bytes_of_initialize()
    struct.pack_into("<H", image, 0, family)
    struct.pack_into("<QI", image, 8, luid, index)
    assert raw("SetIpInterfaceEntry", image) == code


@pytest.mark.parametrize(
    ("family", "luid", "index", "mtu", "code"),
    [
        (1, 0, 13, 0, 87),
        (10, 0, 13, 0, 87),
        (2, 0, 0, 0, 87),
        (2, 0, 999, 1, 2),
        (2, 5, 13, 1, 2),
        (2, 0, 19, 1, 1168),
        (2, 0, 13, 1, 87),
        (2, 0, 13, 576, 0),
        (23, 0, 13, 576, 87),
    ],
)
def test_set_ip_interface_entry_returns_these_codes_in_this_order(
    family: int, luid: int, index: int, mtu: int, code: int
) -> None:
    image = bytes_of_initialize()
    struct.pack_into("<H", image, 0, family)
    struct.pack_into("<QI", image, 8, luid, index)
    struct.pack_into("<I", image, 152, mtu)
    assert raw("SetIpInterfaceEntry", image) == code


def test_a_null_row_gives_error_87() -> None:
    assert raw("SetIpInterfaceEntry", None) == 87
    assert raw("GetIpInterfaceEntry", None) == 87
    raw("InitializeIpInterfaceEntry", None)


def test_the_luid_takes_precedence_over_the_index() -> None:
    wifi = ipif.get_interface("Wi-Fi", "ipv4")["InterfaceLuid"]
    row = {"Family": socket.AF_INET, "InterfaceLuid": wifi, "InterfaceIndex": 13, "NlMtu": 1400}
    netioapi.set_ip_interface_entry(row)
    mtus = [ipif.get_interface(name, "ipv4")["NlMtu"] for name in ("Wi-Fi", "Ethernet")]
    assert mtus == [1400, 1500]


def test_the_call_fills_in_the_luid_and_the_index_only_when_the_profile_says_so() -> None:
    luid = ipif.get_interface(13, "ipv4")["InterfaceLuid"]
    by_index = {"Family": socket.AF_INET, "InterfaceIndex": 13}
    by_luid = {"Family": socket.AF_INET, "InterfaceLuid": luid}
    assert netioapi.set_ip_interface_entry(by_index)["InterfaceLuid"] == luid
    assert netioapi.set_ip_interface_entry(by_luid)["InterfaceIndex"] == 0
    simulation.profile("sentinel", index_filled_in=True)
    assert netioapi.set_ip_interface_entry(by_luid)["InterfaceIndex"] == 13


@either_family
@pytest.mark.parametrize(
    "invalid", [{"NlMtu": 1}, {"RouterDiscoveryBehavior": 7}, {"SitePrefixLength": 129}]
)
def test_a_call_changes_all_members_or_none(invalid: dict[str, int], family: str) -> None:
    valid: dict[str, Any] = {
        "ForwardingEnabled": True,
        "DadTransmits": 9,
        "DisableDefaultRoutes": 1,
    }
    valid = {**valid, "DisableDefaultRoutes": True, "UseAutomaticMetric": False, "Metric": 3}
    valid |= {"ZoneIndices": (5,) * 16, "NlMtu": 1400}
    assert is_refused(family, **{**valid, **invalid})
    set_(family, **valid)


def test_a_zeroed_row_turns_everything_off() -> None:
    image = bytearray(168)
    struct.pack_into("<H", image, 0, 2)
    struct.pack_into("<I", image, 16, 13)
    assert raw("SetIpInterfaceEntry", image) == 0
    row = dict(ipif.get_interface(13, "ipv4"))
    assert not any(row[name] for name in BOOLEANS)
    zeros = {"Metric", "DadTransmits", "RouterDiscoveryBehavior", "LinkLocalAddressBehavior"}
    assert not any(row[name] for name in zeros)
    assert (row["NlMtu"], row["BaseReachableTime"], row["Connected"]) == (1500, 30000, True)


@pytest.mark.parametrize(
    ("convert", "name", "code"),
    [
        (netioapi.convert_interface_index_to_luid, 999, 2),
        (netioapi.convert_interface_luid_to_index, 5, 2),
        (netioapi.convert_interface_luid_to_alias, 5, 2),
        (netioapi.convert_interface_luid_to_guid, 5, 2),
        (netioapi.convert_interface_luid_to_name, 5, 2),
        (netioapi.convert_interface_guid_to_luid, uuid.UUID(int=5), 2),
        (netioapi.convert_interface_alias_to_luid, "no such alias", 123),
    ],
)
def test_a_conversion_of_an_unknown_interface_gives_this_code(
    convert: Any, name: Any, code: int
) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        convert(name)
    assert caught.value.winerror == code


# ---- faults


def test_a_fault_affects_one_call() -> None:
    simulation.fail("GetIpInterfaceEntry", 1168)
    with pytest.raises(ipif.FamilyNotBound):
        ipif.get_interface(13, "ipv4")
    ipif.get_interface(13, "ipv4")


def test_a_fault_can_start_later_and_repeat() -> None:
    simulation.fail("GetIpInterfaceTable", 8, times=2, after=3)
    outcomes = []
    for _ in range(7):
        try:
            ipif.list_interfaces()
        except ipif.Error as error:
            outcomes.append(error.winerror)
        else:
            outcomes.append(0)
    assert outcomes == [0, 0, 0, 8, 8, 0, 0]


def test_several_faults_can_be_armed_at_once() -> None:
    simulation.fail("SetIpInterfaceEntry", 5)
    simulation.fail("SetIpInterfaceEntry", 87, after=1)
    simulation.fail("ConvertInterfaceAliasToLuid", 50)
    codes = []
    for interface in ("Ethernet", 13, 13, 13):
        try:
            ipif.update_interface(interface, "ipv4", NlMtu=1400)
        except ipif.Error as error:
            codes.append(error.winerror)
    assert codes == [50, 5, 87]


FALLIBLE = {
    "GetIpInterfaceEntry": lambda: ipif.get_interface(13, 4),
    "GetIpInterfaceTable": lambda: ipif.list_interfaces(),
    "SetIpInterfaceEntry": lambda: ipif.update_interface(13, 4, NlMtu=1400),
    "GetIfEntry2": lambda: netioapi.get_if_entry2(index=13),
    "GetIfTable2Ex": lambda: netioapi.get_if_table2(),
    "GetBestRoute": lambda: netioapi.get_best_route("8.8.8.8"),
    "GetBestRoute2": lambda: ipif.best_route("8.8.8.8"),
    "GetIpForwardTable2": lambda: ipif.list_routes(),
    "GetUnicastIpAddressTable": lambda: ipif.list_addresses(),
    "ConvertInterfaceIndexToLuid": lambda: netioapi.convert_interface_index_to_luid(13),
    "ConvertInterfaceLuidToIndex": lambda: ipif.Luid(0x0006_0080_0100_0000).index,
    "ConvertInterfaceAliasToLuid": lambda: netioapi.convert_interface_alias_to_luid("Ethernet"),
    "ConvertInterfaceLuidToAlias": lambda: ipif.Luid(0x0006_0080_0100_0000).alias,
    "ConvertInterfaceGuidToLuid": lambda: netioapi.convert_interface_guid_to_luid(
        uuid.UUID("0000000D-1111-4222-8333-0123456789AB")
    ),
    "ConvertInterfaceLuidToGuid": lambda: ipif.Luid(0x0006_0080_0100_0000).guid,
    "ConvertInterfaceLuidToNameW": lambda: ipif.Luid(0x0006_0080_0100_0000).name,
    "NotifyIpInterfaceChange": lambda: native.watch_open(0, 0, 0, False, 1),
    "NotifyUnicastIpAddressChange": lambda: native.watch_open(1, 0, 0, False, 1),
    "NotifyRouteChange2": lambda: native.watch_open(2, 0, 0, False, 1),
    "SetCurrentThreadCompartmentId": lambda: native.set_current_thread_compartment_id(1),
}


def test_every_function_that_can_fail_is_among_those_made_to_fail() -> None:
    can_fail = {name for name, can_fail in control().functions().items() if can_fail}
    # The first is not called by the extension, the second tells nobody that it failed.
    assert can_fail - FALLIBLE.keys() == {"GetIfTable2", "CancelMibChangeNotify2"}
    assert FALLIBLE.keys() <= can_fail


@pytest.mark.parametrize("function", FALLIBLE)
def test_every_function_that_can_fail_can_be_made_to_fail(function: str, calls: Calls) -> None:
    FALLIBLE[function]()
    simulation.fail(function, 4321)
    before = calls[function]
    with pytest.raises(ipif.Error) as caught:
        FALLIBLE[function]()
    assert (caught.value.winerror, caught.value.function) == (4321, function)
    assert calls[function] == before + 1
    FALLIBLE[function]()


@pytest.mark.parametrize(
    "arguments",
    [("NoSuchFunction", 5), ("setipinterfaceentry", 5), ("", 5), (5, 5), (None, 5), ("a\0b", 5)]
    + [("\ud800", 5), ("InitializeIpInterfaceEntry", 5), ("FreeMibTable", 5)]
    + [("SetIpInterfaceEntry", code) for code in (0, -1, 2**32, True, "5", 5.0, None)]
    + [("SetIpInterfaceEntry", 5, times) for times in (0, -1, 2**32, True, None)]
    + [("SetIpInterfaceEntry", 5, 1, after) for after in (-1, 2**32, True, None)],
)
def test_an_invalid_fault_is_refused(arguments: Any) -> None:
    with pytest.raises(ipif.ValidationError):
        simulation.fail(*arguments)
    ipif.update_interface(13, "ipv4", NlMtu=1400)


def test_an_unknown_function_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ipif.ValidationError, match=r"did you mean SetIpInterfaceEntry\?"):
        simulation.fail("SetIpInterfaceEntri", 5)


# ---- counting and delaying calls


def test_calls_counts_every_function_of_the_simulation() -> None:
    before = simulation.calls()
    assert list(before) == list(control().functions())
    luid = netioapi.convert_interface_alias_to_luid("Ethernet")
    netioapi.get_ip_interface_entry(socket.AF_INET, luid=luid)
    simulation.fail("GetIpInterfaceEntry", 5)
    with pytest.raises(ipif.Error):
        netioapi.get_ip_interface_entry(socket.AF_INET, luid=luid)
    after = simulation.calls()
    more = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert more == {"ConvertInterfaceAliasToLuid": 1, "GetIpInterfaceEntry": 2}


@pytest.fixture
def delay() -> Any:
    """Return the control of the delay, which is 0 again afterwards."""
    yield control().set_delay
    control().set_delay(0)


def test_a_delay_holds_up_system_calls_and_nothing_else(delay: Any) -> None:
    delay(20_000)
    start = time.perf_counter()
    for _ in range(3):
        netioapi.get_ip_interface_entry(socket.AF_INET, index=13)
    assert time.perf_counter() - start >= 0.06
    # These only write to the memory of the process, also on Windows.
    delay(60_000_000)
    netioapi.initialize_ip_interface_entry()
    netioapi.get_current_thread_compartment_id()
    simulation.dump()
    assert time.perf_counter() - start < 60


def test_delayed_calls_of_several_threads_do_not_wait_for_each_other(delay: Any) -> None:
    delay(200_000)
    get = functools.partial(netioapi.get_ip_interface_entry, socket.AF_INET, index=13)

    def seconds() -> float:
        threads = [threading.Thread(target=get) for _ in range(10)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - start

    # 2.0, one after another, on a computer however fast; a busy one may need more than one trial.
    assert any(0.2 <= seconds() < 1.9 for _ in range(6))


@pytest.mark.skipif(ipif.backend == "windows", reason="the module, not the DLL")
@pytest.mark.parametrize("microseconds", [-1, 2**32, "1", 1.0, None])
def test_a_delay_is_an_unsigned_integer(microseconds: Any, delay: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        delay(microseconds)


# ---- the other controls


@pytest.mark.parametrize("value", [1, 0, None, "yes"])
def test_elevated_takes_only_a_bool(value: Any) -> None:
    with pytest.raises(ipif.ValidationError, match="True or False"):
        simulation.elevated(value)


@pytest.mark.parametrize(
    ("name", "options", "member"),
    [
        ("Sentinel", {}, "profile"),
        (None, {}, "profile"),
        (5, {}, "profile"),
        ("sentinel", {"mtu_clamp": True}, "profile.mtu_clamp"),
        ("sentinel", {"mtu_clamped": 1}, "profile.mtu_clamped"),
    ],
)
def test_an_unknown_profile_is_refused(name: Any, options: Any, member: str) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.profile(name, **options)
    assert [problem.member for problem in caught.value.problems] == [member]
    assert simulation.dump()["profile"] == "sentinel"


def test_a_profile_replaces_the_previous_one_and_keeps_elevation() -> None:
    simulation.elevated(False)
    simulation.profile("doc_zero", mtu_clamped=True, nud_off_refused=False)
    snapshot = simulation.dump()
    assert snapshot["profile"] == {"name": "doc_zero", "mtu_clamped": True}
    simulation.profile("sentinel")
    assert simulation.dump() == snapshot | {"profile": "sentinel"}
    assert simulation.dump()["elevated"] is False


def test_an_added_interface_can_be_read_and_changed() -> None:
    luid = simulation.add_interface("Test 1", Mtu=9000, PhysicalAddress=b"\x02\0\0\0\0\x63")
    assert (luid.alias, luid.type, luid.name) == ("Test 1", 6, "ethernet_32768")
    assert ipif.get_interface("test 1", "ipv6")["NlMtu"] == 9000
    assert netioapi.get_if_entry2(luid=luid)["PhysicalAddress"] == b"\x02\0\0\0\0\x63"
    assert len(ipif.list_interfaces()) == 21
    assert ipif.update_interface(luid.guid, "ipv4", Metric=3)[1]["Metric"] == 3


def test_added_interfaces_have_luids_and_indices_of_their_own() -> None:
    luids = [simulation.add_interface(f"Test {number}") for number in range(50)]
    assert len(set(luids)) == len({luid.index for luid in luids}) == 50
    assert {ipif.get_interface(luid.index, 4)["InterfaceLuid"] for luid in luids} == set(luids)


@pytest.mark.parametrize(
    ("alias", "members", "wrong"),
    [
        ("Ethernet", {}, ["Alias"]),
        ("", {}, None),
        ("ETHERNET", {}, ["Alias"]),
        ("x", {"InterfaceIndex": 13}, ["InterfaceIndex"]),
        ("x", {"InterfaceLuid": 0x0006_0080_0100_0000}, ["InterfaceLuid"]),
        ("x", {"InterfaceIndex": 0, "InterfaceLuid": 0}, ["InterfaceLuid", "InterfaceIndex"]),
        ("x" * 257, {}, ["Alias"]),
        ("a\0b", {}, ["Alias"]),
        ("\ud800", {}, ["Alias"]),
        (5, {}, ["Alias"]),
        (None, {}, ["Alias"]),
        ("x", {"Typ": 6}, ["Typ"]),
        ("x", {"Type": -1, "Mtu": "1500", "Paused": 1}, ["Type", "Mtu", "Paused"]),
        ("x", {"PhysicalAddress": b"x" * 33}, ["PhysicalAddress"]),
        ("x", {"PhysicalAddress": b"x" * 6, "PhysicalAddressLength": 5}, None),
        ("x", {"families": ["ipv5"]}, ["family"]),
    ],
)
def test_an_interface_that_cannot_be_added_is_refused(
    alias: Any, members: Any, wrong: list[str] | None
) -> None:
    snapshot = simulation.dump()
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.add_interface(alias, **members)
    if wrong is not None:
        assert [problem.member for problem in caught.value.problems] == wrong
    assert simulation.dump() == snapshot


@pytest.fixture
def twins() -> list[ipif.Luid]:
    """Return two adapters with the GUID {AAAAAAAA-...}."""
    guid = "{AAAAAAAA-1111-4222-8333-0123456789AB}"
    return [simulation.add_interface(alias, InterfaceGuid=guid) for alias in ("One", "Two")]


def test_a_guid_that_two_adapters_have_names_neither(twins: list[ipif.Luid]) -> None:
    guid = twins[0].guid
    assert twins[1].guid == guid
    with pytest.raises(ipif.InterfaceNotFound, match=f"(?i){guid}") as caught:
        ipif.get_interface(guid, "ipv4")
    assert (caught.value.winerror, caught.value.function) == (2, "ConvertInterfaceGuidToLuid")
    assert "several adapters have this GUID" in caught.value.hint
    with pytest.raises(ipif.InterfaceNotFound, match=f"(?i){guid}") as caught:
        ipif.get_interface(f"{{{guid}}}", "ipv4")
    assert "several adapters have this GUID" in caught.value.hint
    for luid in twins:
        assert ipif.get_interface(luid, "ipv4")["InterfaceLuid"] == luid
    simulation.remove_interface(twins[0])
    assert ipif.get_interface(guid, "ipv4")["InterfaceLuid"] == twins[1]


def test_a_snapshot_may_have_two_adapters_with_one_guid(twins: list[ipif.Luid]) -> None:
    snapshot = simulation.dump()
    simulation.reset()
    simulation.load(snapshot)
    assert simulation.dump() == snapshot
    with pytest.raises(ipif.InterfaceNotFound):
        netioapi.convert_interface_guid_to_luid(uuid.UUID("aaaaaaaa-1111-4222-8333-0123456789ab"))


def test_a_guid_names_the_only_adapter_that_has_it_in_the_compartment() -> None:
    guid = uuid.UUID(int=5)
    first = simulation.add_interface("One", InterfaceGuid=f"{{{guid}}}")
    second = simulation.add_interface("Two", InterfaceGuid=f"{{{guid}}}", compartment=2)
    assert netioapi.convert_interface_guid_to_luid(guid) == first
    with ipif.compartment(2):
        assert netioapi.convert_interface_guid_to_luid(guid) == second


def test_adapters_are_found_after_others_were_added_and_removed() -> None:
    luids = [simulation.add_interface(f"Test {number}") for number in range(100)]
    keys = {luid: (luid.index, luid.alias, luid.guid) for luid in luids}
    for luid in luids[::2]:
        simulation.remove_interface(luid)
    for luid, (index, alias, guid) in keys.items():
        gone = luid in luids[::2]
        for convert, key in [
            (netioapi.convert_interface_index_to_luid, index),
            (netioapi.convert_interface_alias_to_luid, alias.upper()),
            (netioapi.convert_interface_guid_to_luid, guid),
        ]:
            if gone:
                with pytest.raises(ipif.InterfaceNotFound):
                    convert(key)  # type: ignore[operator]
            else:
                assert convert(key) == luid  # type: ignore[operator]


def test_an_added_interface_gets_the_next_index_and_a_free_luid() -> None:
    first, second = (simulation.add_interface(alias) for alias in ("One", "Two"))
    assert (first.index, second.index) == (40, 41)
    simulation.remove_interface(first)
    third = simulation.add_interface("Three")
    assert (third, third.index) == (first, 42)
    for luid in (second, third):
        simulation.remove_interface(luid)
    assert simulation.add_interface("Four").index == 40
    simulation.add_interface("Last", InterfaceIndex=2**32 - 1)
    assert simulation.add_interface("Five").index == 3  # 1 and 2 are taken


def test_removing_an_interface_removes_its_rows_routes_and_addresses() -> None:
    luid = ipif.Luid(ipif.get_interface("Ethernet", "ipv4")["InterfaceLuid"])
    simulation.remove_interface("Ethernet")
    snapshot = simulation.dump()
    for section in ("adapters", "interfaces", "routes", "addresses"):
        assert all(row["InterfaceLuid"] != luid for row in snapshot[section])
    with pytest.raises(ipif.InterfaceNotFound):
        simulation.remove_interface(luid)
    assert len(ipif.list_interfaces()) == 17
    for row in ipif.list_interfaces():
        assert ipif.get_interface(row, row["Family"]) == row


def test_unbind_removes_the_row_of_one_family_and_bind_adds_it_again() -> None:
    other = ipif.get_interface("Ethernet", "ipv6")
    simulation.unbind("Ethernet", "ipv4")
    with pytest.raises(ipif.FamilyNotBound):
        ipif.get_interface("Ethernet", "ipv4")
    with pytest.raises(ipif.FamilyNotBound):
        simulation.unbind("Ethernet", "ipv4")
    assert ipif.get_interface("Ethernet", "ipv6") == other
    simulation.bind("Ethernet", "ipv4", NlMtu=1400, ForwardingEnabled=True)
    row = ipif.get_interface("Ethernet", "ipv4")
    assert (row["NlMtu"], row["ForwardingEnabled"], row["Metric"]) == (1400, True, 25)


def test_bind_refuses_bound_families_and_missing_interfaces() -> None:
    with pytest.raises(ipif.Error) as caught:
        simulation.bind("Ethernet", "ipv4")
    assert caught.value.winerror == 5010
    for function in (simulation.bind, simulation.unbind):
        with pytest.raises(ipif.InterfaceNotFound):
            function(999, "ipv4")
        with pytest.raises(ipif.ValidationError):
            function("Ethernet", "ipv5")  # type: ignore[arg-type]
    for members in ({"NlMtu": "x"}, {"Bogus": 1}, {"InterfaceIndex": 13}, {"Family": "ipv4"}):
        with pytest.raises(ipif.ValidationError):
            simulation.bind("Teredo Tunneling Pseudo-Interface", "ipv4", **members)


def test_dump_can_be_loaded_and_gives_the_same_dump() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400)
    simulation.add_interface("Ümläut 🦎", families=["ipv6"])
    simulation.profile("doc_zero", mtu_clamped=True)
    simulation.elevated(False)
    snapshot = simulation.dump()
    simulation.reset()
    assert simulation.dump() != snapshot
    simulation.load(snapshot)
    assert simulation.dump() == snapshot
    simulation.load(json.loads(json.dumps(snapshot)))
    assert simulation.dump() == snapshot


def test_a_dump_survives_a_file(tmp_path: Path) -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=10)
    snapshot = simulation.dump()
    file = tmp_path / "snapshot ü.json"
    for encoding in ("utf-8", "utf-8-sig"):
        file.write_text(json.dumps(snapshot), encoding=encoding)
        for path in (file, str(file)):
            simulation.reset()
            simulation.load(path)
            assert simulation.dump() == snapshot


def test_reset_restores_the_bundled_machine() -> None:
    snapshot = simulation.dump()
    simulation.elevated(False)
    simulation.profile("doc_zero", mtu_clamped=True)
    simulation.fail("GetIpInterfaceEntry", 5, times=100)
    simulation.remove_interface("Wi-Fi")
    simulation.reset()
    assert simulation.dump() == snapshot
    assert (snapshot["profile"], snapshot["elevated"]) == ("sentinel", True)
    ipif.update_interface("Wi-Fi", "ipv4", Metric=5)


def test_load_leaves_faults_armed() -> None:
    simulation.fail("GetIpInterfaceEntry", 8)
    simulation.load(simulation.dump())
    with pytest.raises(ipif.Error):
        ipif.get_interface(13, "ipv4")


def test_a_dump_has_no_counters_and_no_times() -> None:
    snapshot = simulation.dump()
    names = {
        name for section in ("adapters", "routes", "addresses") for name in snapshot[section][0]
    }
    assert not {"Age", "CreationTimeStamp"} & names
    counters = {n for n in names if n.endswith(("Octets", "Pkts", "Discards", "Errors", "QLen"))}
    assert counters == set()
    assert {"InterfaceLuid", "InterfaceIndex", "InterfaceGuid"} <= names


def test_a_dump_is_a_copy() -> None:
    simulation.dump()["interfaces"].clear()
    assert len(ipif.list_interfaces()) == 19


# ---- the warning that the machine is simulated


@pytest.mark.skipif(sys.platform == "win32", reason="there the simulation must be asked for")
def test_the_first_change_on_a_simulation_nobody_asked_for_warns() -> None:
    code = (
        "import ipif\n"
        "ipif.get_interface(13, 'ipv4')\n"
        "for _ in 1, 2: ipif.update_interface(13, 'ipv4', NlMtu=1400)\n"
    )
    done = start("-c", code, IPIF_BACKEND=None)
    assert done.returncode == 0
    assert done.stderr.count("SimulationWarning") == 1
    assert "simulated machine" in done.stderr
    done = start("-W", "error", "-c", code, IPIF_BACKEND=None)
    assert "SimulationWarning" in done.stderr
    assert done.returncode == 1


def test_a_simulation_that_was_asked_for_does_not_warn() -> None:
    code = "import ipif; ipif.update_interface(13, 'ipv4', NlMtu=1400)"
    done = start("-W", "error", "-c", code, IPIF_BACKEND="simulated")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(ipif.backend != "windows", reason="there is a simulation to control")
def test_the_controls_are_refused_on_a_real_machine() -> None:
    code = "import ipif; ipif.simulation.reset()"
    done = start("-c", code)
    assert done.returncode == 1
    assert "RuntimeError: there is no simulation to control" in done.stderr
