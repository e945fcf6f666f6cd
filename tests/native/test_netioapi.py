"""The raw API: one Python function for each Windows function, on the bundled machine."""

import ctypes
import ipaddress
import socket
import sys
import uuid

import pytest
from support.fresh import MACHINE, run
from support.machine import control, native

import ipif
from ipif import netioapi
from ipif._sim.pack import pack_row as pack
from ipif.netioapi import (
    convert_interface_alias_to_luid,
    convert_interface_guid_to_luid,
    convert_interface_index_to_luid,
    convert_interface_luid_to_alias,
    convert_interface_luid_to_guid,
    convert_interface_luid_to_index,
    convert_interface_luid_to_name,
    get_best_route,
    get_best_route2,
    get_if_entry2,
    get_if_table2,
    get_ip_forward_table2,
    get_ip_interface_entry,
    get_ip_interface_table,
    get_unicast_ip_address_table,
    initialize_ip_interface_entry,
    notify_ip_interface_change,
    notify_route_change2,
    notify_unicast_ip_address_change,
    set_current_thread_compartment_id,
    set_ip_interface_entry,
    update_ip_interface_entry,
)

V4, V6 = int(socket.AF_INET), int(socket.AF_INET6)
ROW = "MIB_IPINTERFACE_ROW"
SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
READ_ONLY = [field for field in ipif.FIELDS if field.access == "read-only"]

ETHERNET, ETHERNET_LUID = 13, 1689399632855040
WIFI, WIFI_LUID = 17, 19985273102270464
TEREDO, TEREDO_LUID = 19, 36873771704909824  # has no IPv4
ETHERNET_GUID = uuid.UUID("0000000d-1111-4222-8333-0123456789ab")
NOBODY = 4242


def another(field, value, family):
    """Return a valid value of a settable member that differs from *value*."""
    if field.kind == "bool":
        return not value
    if field.kind == "uint32[16]":
        return tuple(zone + 1 for zone in value)
    low, high = field.ranges[family]
    return next(number for number in (low, high, low + 1, 1400) if number != value)


# ---- success


def test_initialize_sentinel_writes_an_unchanged_sentinel_into_every_member():
    row = initialize_ip_interface_entry()
    zero = {"BaseReachableTime", "RetransmitTime", "PathMtuDiscoveryTimeout", "NlMtu"}
    zero |= {"Family", "InterfaceLuid", "InterfaceIndex"}
    assert row == {name: 0 if name in zero else None for name in row}
    assert len(row) == 35


def test_initialize_doc_zero_writes_zero_into_every_member():
    ipif.simulation.profile("doc_zero")
    for name, value in initialize_ip_interface_entry().items():
        assert value == ((0,) * 16 if name == "ZoneIndices" else 0)
        assert value is not None


def test_get_by_luid_by_index_or_by_both_is_one_row():
    row = get_ip_interface_entry(V4, luid=ETHERNET_LUID)
    assert row == get_ip_interface_entry(V4, index=ETHERNET)
    assert row == get_ip_interface_entry(V4, luid=ETHERNET_LUID, index=ETHERNET)
    assert (row["Family"], row["InterfaceIndex"], row["NlMtu"], row["Metric"]) == (V4, 13, 1500, 25)
    assert get_ip_interface_entry(V6, index=ETHERNET)["NlMtu"] == 1492


@pytest.mark.parametrize("index", [WIFI, NOBODY])
def test_get_luid_and_another_index_luid_wins(index):
    row = get_ip_interface_entry(V4, luid=ETHERNET_LUID, index=index)
    assert (row["InterfaceLuid"], row["InterfaceIndex"]) == (ETHERNET_LUID, ETHERNET)


def test_get_keys_with_index_are_read_by_index():
    class Number:
        def __index__(self):
            return ETHERNET

    assert get_ip_interface_entry(V4, index=Number())["InterfaceIndex"] == ETHERNET
    luid = ipif.Luid(ETHERNET_LUID)
    assert get_ip_interface_entry(socket.AF_INET, luid=luid)["InterfaceLuid"] == ETHERNET_LUID


@pytest.mark.parametrize(("family", "count"), [((), 19), ((0,), 19), ((V4,), 9), ((V6,), 10)])
def test_table_each_family_has_the_rows_of_get(family, count):
    rows = get_ip_interface_table(*family)
    assert len(rows) == count
    for row in rows:
        assert row == get_ip_interface_entry(row["Family"], index=row["InterfaceIndex"])


def test_adapters_each_level_are_those_of_get():
    rows = get_if_table2()
    assert len(rows) == 11
    assert rows == get_if_table2(0) == get_if_table2(1)
    for row in rows:
        assert row == get_if_entry2(luid=row["InterfaceLuid"])
        assert row == get_if_entry2(index=row["InterfaceIndex"])
    adapter = get_if_entry2(index=ETHERNET)
    assert (adapter["Alias"], adapter["InterfaceGuid"]) == ("Ethernet", ETHERNET_GUID)
    assert adapter["TransmitLinkSpeed"] == 10**9
    assert len(adapter["PhysicalAddress"]) == adapter["PhysicalAddressLength"] == 6


def test_adapters_level_2_has_no_counters():
    controls = control()
    packed = bytearray(controls.dump())
    at = 32 + 1352 + 1208  # the second adapter's InOctets, behind the header
    packed[at : at + 8] = (4711).to_bytes(8, "little")
    assert controls.load(bytes(packed)) == 0
    assert get_if_table2(0)[1]["InOctets"] == 4711
    assert get_if_table2(2)[1]["InOctets"] == 0


def test_adapters_level_2_unknown_to_windows_is_asked_as_level_0(calls):
    ipif.simulation.fail("GetIfTable2Ex", 87)
    assert len(get_if_table2(2)) == 11
    assert calls["GetIfTable2Ex"] == 2


def test_addresses_each_family_are_ipaddress_objects():
    rows = get_unicast_ip_address_table()
    assert len(rows) == 9
    v4, v6 = get_unicast_ip_address_table(V4), get_unicast_ip_address_table(V6)
    assert {row["Address"].version for row in v4} == {4}
    assert {row["Address"].version for row in v6} == {6}
    assert sorted(map(str, v4 + v6)) == sorted(map(str, rows))
    [own] = [row for row in v4 if row["InterfaceIndex"] == ETHERNET]
    assert own["Address"] == ipaddress.IPv4Address("192.168.1.10")


def test_routes_each_family_are_ipaddress_objects():
    rows = get_ip_forward_table2()
    assert len(rows) == 6
    v4, v6 = get_ip_forward_table2(V4), get_ip_forward_table2(V6)
    assert len(v4) == 5
    [route] = v6
    assert route["DestinationPrefix"] == ipaddress.IPv6Network("::/0")
    assert route["NextHop"] == ipaddress.IPv6Address("fe80::1")


@pytest.mark.parametrize("destination", ["8.8.8.8", ipaddress.IPv4Address("8.8.8.8")])
def test_best_route_from_text_or_object_is_the_default_route(destination):
    row = get_best_route(destination)
    assert row == get_best_route(destination, None)
    assert row["dwForwardIfIndex"] == ETHERNET
    assert row["dwForwardNextHop"] == ipaddress.IPv4Address("192.168.1.1")
    assert row["dwForwardMetric1"] == 25
    assert get_best_route(destination, "192.168.1.11")["dwForwardIfIndex"] == WIFI


def test_best_route2_with_each_restriction_stays_there():
    route, source = get_best_route2("8.8.8.8")
    assert route["InterfaceIndex"] == ETHERNET
    assert source == ipaddress.IPv4Address("192.168.1.10")
    for restriction in ({"index": WIFI}, {"luid": WIFI_LUID}, {"source": "192.168.1.11"}):
        route, source = get_best_route2("8.8.8.8", **restriction)
        assert route["InterfaceLuid"] == WIFI_LUID
        assert source == ipaddress.IPv4Address("192.168.1.11")
    route, source = get_best_route2(ipaddress.IPv6Address("2001:db8::1"), source=None)
    assert route["NextHop"] == ipaddress.IPv6Address("fe80::1")
    assert source.version == 6


def test_conversions_every_interface_lead_to_each_other():
    for adapter in get_if_table2():
        luid, index = adapter["InterfaceLuid"], adapter["InterfaceIndex"]
        alias, guid = adapter["Alias"], adapter["InterfaceGuid"]
        assert convert_interface_index_to_luid(index) == luid
        assert convert_interface_alias_to_luid(alias) == luid
        assert convert_interface_guid_to_luid(guid) == luid
        assert convert_interface_luid_to_index(luid) == index
        assert convert_interface_luid_to_alias(luid) == alias
        assert convert_interface_luid_to_guid(luid) == guid
    names = [convert_interface_luid_to_name(n) for n in (6755399441055744, ETHERNET_LUID)]
    assert names == ["loopback_0", "ethernet_32769"]


# ---- set


def test_set_partial_row_by_index_changes_that_and_returns_the_luid():
    before = get_ip_interface_entry(V4, index=ETHERNET)
    row = set_ip_interface_entry({"Family": V4, "InterfaceIndex": ETHERNET, "NlMtu": 1400})
    assert get_ip_interface_entry(V4, index=ETHERNET) == {**before, "NlMtu": 1400}
    expected = {**initialize_ip_interface_entry(), "Family": V4, "NlMtu": 1400}
    expected |= {"InterfaceIndex": ETHERNET, "InterfaceLuid": ETHERNET_LUID}
    assert row == expected


@pytest.mark.parametrize("index", [0, WIFI, NOBODY])
def test_set_luid_and_another_index_luid_wins(index):
    row = {"Family": V4, "InterfaceLuid": ETHERNET_LUID, "InterfaceIndex": index, "NlMtu": 1400}
    assert set_ip_interface_entry(row)["InterfaceIndex"] == index
    assert get_ip_interface_entry(V4, index=ETHERNET)["NlMtu"] == 1400
    assert get_ip_interface_entry(V4, index=WIFI)["NlMtu"] == 1500


def test_set_row_of_get_is_invalid_for_ipv4_only():
    with pytest.raises(ipif.InvalidRow) as caught:
        set_ip_interface_entry(get_ip_interface_entry(V4, index=ETHERNET))
    assert caught.value.members == ("SitePrefixLength",)
    set_ip_interface_entry(get_ip_interface_entry(V6, index=ETHERNET))
    set_ip_interface_entry(
        {**get_ip_interface_entry(V4, index=ETHERNET), "SitePrefixLength": 0, "NlMtu": 1400}
    )
    assert get_ip_interface_entry(V4, index=ETHERNET)["NlMtu"] == 1400


def test_set_none_in_every_member_changes_nothing():
    before = ipif.simulation.dump()
    names = [field.name for field in ipif.FIELDS if field.access != "key"]
    row = {"Family": V4, "InterfaceIndex": ETHERNET, **dict.fromkeys(names)}
    assert set_ip_interface_entry(row)["NlMtu"] == 0
    assert ipif.simulation.dump() == before


def test_set_initialized_row_with_keys_changes_nothing():
    before = ipif.simulation.dump()
    row = initialize_ip_interface_entry()
    set_ip_interface_entry({**row, "Family": V6, "InterfaceLuid": ETHERNET_LUID})
    assert ipif.simulation.dump() == before


@pytest.mark.parametrize("field", READ_ONLY, ids=lambda field: field.name)
def test_set_read_only_member_is_ignored_by_windows(field):
    before = ipif.simulation.dump()
    old = get_ip_interface_entry(V4, index=ETHERNET)[field.name]
    value = not old if field.kind == "bool" else old + 1
    set_ip_interface_entry({"Family": V4, "InterfaceIndex": ETHERNET, field.name: value})
    assert ipif.simulation.dump() == before


def test_set_doc_zero_takes_only_whole_rows(calls):
    ipif.simulation.profile("doc_zero")
    before = ipif.simulation.dump()
    row = get_ip_interface_entry(V6, index=ETHERNET)
    for field in SETTABLE:
        for partial in (
            {**row, field.name: None},
            {name: value for name, value in row.items() if name != field.name},
        ):
            with pytest.raises(ValueError, match=f"{field.name}.*get_ip_interface_entry"):
                set_ip_interface_entry(partial)
    assert calls["SetIpInterfaceEntry"] == 0
    assert ipif.simulation.dump() == before
    set_ip_interface_entry({**{k: v for k, v in row.items() if k != "Connected"}, "NlMtu": 1400})
    assert get_ip_interface_entry(V6, index=ETHERNET)["NlMtu"] == 1400


def test_set_value_that_changes_the_dict_is_taken_from_the_row_as_it_was():
    row = {"Family": V4, "InterfaceIndex": ETHERNET, "NlMtu": None, "DadTransmits": 7}

    class Number:
        def __index__(self):
            row.clear()
            row.update(Unknown=1, Family=V6)
            return 1400

    row["NlMtu"] = Number()
    row["PathMtuDiscoveryTimeout"] = Number()
    set_ip_interface_entry(row)
    after = get_ip_interface_entry(V4, index=ETHERNET)
    assert (after["NlMtu"], after["DadTransmits"]) == (1400, 7)
    assert after["PathMtuDiscoveryTimeout"] == 1400


def test_set_dict_subclass_is_read_for_its_items():
    def forbidden(self, *arguments):
        raise AssertionError("a method was called")

    names = ("__getitem__", "__iter__", "__len__", "__contains__", "__eq__", "get", "keys", "items")
    namespace = dict.fromkeys((*names, "values", "copy", "__missing__", "__bool__"), forbidden)
    hostile = type("Hostile", (dict,), namespace)
    set_ip_interface_entry(hostile(Family=V4, InterfaceIndex=ETHERNET, NlMtu=1400))
    update_ip_interface_entry(V4, hostile(Metric=9, UseAutomaticMetric=False), index=ETHERNET)
    after = get_ip_interface_entry(V4, index=ETHERNET)
    assert (after["NlMtu"], after["Metric"]) == (1400, 9)


def test_set_zones_as_list_and_numbers_by_index_are_taken():
    zones = [*range(15), ipif.Luid(99)]
    row = {"Family": V6, "InterfaceIndex": ETHERNET, "ZoneIndices": zones}
    row["RouterDiscoveryBehavior"] = ipif.RouterDiscoveryBehavior.Disabled
    set_ip_interface_entry(row)
    after = get_ip_interface_entry(V6, index=ETHERNET)
    assert after["ZoneIndices"] == (*range(15), 99)
    assert after["RouterDiscoveryBehavior"] == 0


# ---- update


@pytest.mark.parametrize("family", [V4, V6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)
def test_update_one_member_changes_only_that(field, family):
    name = "ipv4" if family == V4 else "ipv6"
    update_ip_interface_entry(family, {"UseAutomaticMetric": False}, index=ETHERNET)
    old = {index: get_ip_interface_entry(family, index=index) for index in (ETHERNET, WIFI)}
    value = 0
    if (name, field.name) != ("ipv4", "SitePrefixLength"):
        value = another(field, old[ETHERNET][field.name], name)
    assert update_ip_interface_entry(family, {field.name: value}, luid=ETHERNET_LUID) is None
    assert get_ip_interface_entry(family, index=ETHERNET) == {**old[ETHERNET], field.name: value}
    assert get_ip_interface_entry(family, index=WIFI) == old[WIFI]


def test_update_ipv4_writes_site_prefix_length_0_unless_told():
    assert get_ip_interface_entry(V4, index=ETHERNET)["SitePrefixLength"] == 64
    with pytest.raises(ipif.InvalidRow) as caught:
        update_ip_interface_entry(V4, {"SitePrefixLength": 64}, index=ETHERNET)
    assert caught.value.members == ("SitePrefixLength",)
    assert get_ip_interface_entry(V4, index=ETHERNET)["SitePrefixLength"] == 64
    update_ip_interface_entry(V4, {"NlMtu": 1400}, index=ETHERNET)
    assert get_ip_interface_entry(V4, index=ETHERNET)["SitePrefixLength"] == 0
    update_ip_interface_entry(V6, {"NlMtu": 1400}, index=ETHERNET)
    assert get_ip_interface_entry(V6, index=ETHERNET)["SitePrefixLength"] == 64


def test_update_nothing_or_none_changes_nothing_else():
    for changes in ({}, {"NlMtu": None}):
        before = get_ip_interface_entry(V6, index=ETHERNET)
        update_ip_interface_entry(V6, changes, index=ETHERNET)
        assert get_ip_interface_entry(V6, index=ETHERNET) == before


@pytest.mark.parametrize("index", [WIFI, NOBODY])
def test_update_luid_and_another_index_luid_wins(index):
    update_ip_interface_entry(V4, {"NlMtu": 1400}, luid=ETHERNET_LUID, index=index)
    assert get_ip_interface_entry(V4, index=ETHERNET)["NlMtu"] == 1400
    assert get_ip_interface_entry(V4, index=WIFI)["NlMtu"] == 1500


def test_update_doc_zero_works_because_it_starts_from_get(calls):
    ipif.simulation.profile("doc_zero")
    update_ip_interface_entry(V4, {"NlMtu": 1400}, index=ETHERNET)
    assert get_ip_interface_entry(V4, index=ETHERNET)["NlMtu"] == 1400
    assert calls["InitializeIpInterfaceEntry"] == 0


# ---- what Windows refuses

SET_ROW = {"Family": V4, "InterfaceIndex": ETHERNET}
SET_ROW_BY_LUID = {"Family": V6, "InterfaceLuid": ETHERNET_LUID}
LUID = ipif.Luid(ETHERNET_LUID)

# The call, the Windows function, and what the exception says of interface and family.
FAILING = [
    (lambda: get_ip_interface_entry(V4, index=13), "GetIpInterfaceEntry", 13, "ipv4"),
    (lambda: get_ip_interface_entry(V6, luid=LUID), "GetIpInterfaceEntry", LUID, "ipv6"),
    (lambda: get_ip_interface_table(), "GetIpInterfaceTable", None, None),
    (lambda: get_ip_interface_table(V6), "GetIpInterfaceTable", None, "ipv6"),
    (lambda: set_ip_interface_entry(SET_ROW), "SetIpInterfaceEntry", 13, "ipv4"),
    (lambda: set_ip_interface_entry(SET_ROW_BY_LUID), "SetIpInterfaceEntry", LUID, "ipv6"),
    (lambda: update_ip_interface_entry(V4, {}, index=13), "GetIpInterfaceEntry", 13, "ipv4"),
    (lambda: update_ip_interface_entry(V4, {}, index=13), "SetIpInterfaceEntry", 13, "ipv4"),
    (lambda: update_ip_interface_entry(V6, {}, luid=LUID), "SetIpInterfaceEntry", LUID, "ipv6"),
    (lambda: get_if_entry2(index=13), "GetIfEntry2", 13, None),
    (lambda: get_if_entry2(luid=LUID), "GetIfEntry2", LUID, None),
    (lambda: get_if_table2(), "GetIfTable2Ex", None, None),
    (lambda: get_unicast_ip_address_table(V4), "GetUnicastIpAddressTable", None, "ipv4"),
    (lambda: get_ip_forward_table2(), "GetIpForwardTable2", None, None),
    (lambda: notify_ip_interface_change(), "NotifyIpInterfaceChange", None, None),
    (lambda: notify_ip_interface_change(V6), "NotifyIpInterfaceChange", None, "ipv6"),
    (
        lambda: notify_unicast_ip_address_change(V4),
        "NotifyUnicastIpAddressChange",
        None,
        "ipv4",
    ),
    (lambda: notify_route_change2(), "NotifyRouteChange2", None, None),
    (lambda: set_current_thread_compartment_id(1), "SetCurrentThreadCompartmentId", 1, None),
    (lambda: get_best_route("8.8.8.8"), "GetBestRoute", None, "ipv4"),
    (lambda: get_best_route2("8.8.8.8"), "GetBestRoute2", None, "ipv4"),
    (lambda: get_best_route2("::1", index=13), "GetBestRoute2", 13, "ipv6"),
    (lambda: convert_interface_index_to_luid(13), "ConvertInterfaceIndexToLuid", 13, None),
    (lambda: convert_interface_luid_to_index(LUID), "ConvertInterfaceLuidToIndex", LUID, None),
    (lambda: convert_interface_alias_to_luid("A"), "ConvertInterfaceAliasToLuid", "A", None),
    (lambda: convert_interface_luid_to_alias(LUID), "ConvertInterfaceLuidToAlias", LUID, None),
    (
        lambda: convert_interface_guid_to_luid(ETHERNET_GUID),
        "ConvertInterfaceGuidToLuid",
        ETHERNET_GUID,
        None,
    ),
    (lambda: convert_interface_luid_to_guid(LUID), "ConvertInterfaceLuidToGuid", LUID, None),
    (lambda: convert_interface_luid_to_name(LUID), "ConvertInterfaceLuidToNameW", LUID, None),
]
CLASSES = {
    5: ipif.AccessDenied,
    2: ipif.InterfaceNotFound,
    87: ipif.InvalidRow,
    1168: ipif.FamilyNotBound,
    8: ipif.Error,
    50: ipif.Error,
}


@pytest.mark.parametrize("code", CLASSES)
@pytest.mark.parametrize(("call", "function", "interface", "family"), FAILING)
def test_error_each_function_and_code_is_the_right_exception(
    call, function, interface, family, code
):
    before = ipif.simulation.dump()
    ipif.simulation.fail(function, code)
    with pytest.raises(ipif.Error) as caught:
        call()
    error = caught.value
    expected = CLASSES[code]
    if function.startswith("ConvertInterface") and code in (2, 87, 1168):
        expected = ipif.InterfaceNotFound  # no interface has that name, whatever the error code
    if function == "SetCurrentThreadCompartmentId" and code != 5:
        expected = ipif.Error  # the codes say nothing about interfaces and rows
    assert type(error) is expected
    assert error.winerror == code
    assert (error.function, error.family) == (function, family)
    assert (type(error.interface), error.interface) == (type(interface), interface)
    assert error.strerror
    assert error.strerror == error.strerror.strip().rstrip(".")
    assert ipif.simulation.dump() == before


def test_error_every_function_that_can_fail_is_among_those_tested():
    tested = {name for call, *_ in FAILING for name in call.__code__.co_names}
    functions = {name for name, value in vars(netioapi).items() if callable(value)}
    never = {"initialize_ip_interface_entry", "get_current_thread_compartment_id"}
    assert functions - tested == never


@pytest.mark.parametrize("code", [1, 4711, 2**31, 2**32 - 1])
def test_error_code_without_a_class_keeps_its_number(code):
    ipif.simulation.fail("GetIpInterfaceEntry", code)
    with pytest.raises(ipif.Error) as caught:
        get_ip_interface_entry(V4, index=ETHERNET)
    assert type(caught.value) is ipif.Error
    assert f"[WinError {code}]" in str(caught.value)
    assert caught.value.strerror


def test_error_unknown_interface_family_or_privilege_comes_from_windows():
    with pytest.raises(ipif.InterfaceNotFound):
        get_ip_interface_entry(V4, index=NOBODY)
    with pytest.raises(ipif.FamilyNotBound):
        get_ip_interface_entry(V4, index=TEREDO)
    with pytest.raises(ipif.InterfaceNotFound):
        convert_interface_alias_to_luid("")
    ipif.simulation.elevated(False)
    for call in (
        lambda: set_ip_interface_entry(SET_ROW),
        lambda: update_ip_interface_entry(V4, {"NlMtu": 1400}, index=ETHERNET),
    ):
        with pytest.raises(ipif.AccessDenied):
            call()
    assert get_ip_interface_entry(V4, index=ETHERNET)["NlMtu"] == 1500


def test_error_invalid_row_names_the_members_that_differ():
    with pytest.raises(ipif.InvalidRow) as caught:
        set_ip_interface_entry({**SET_ROW, "NlMtu": 100, "DadTransmits": 3, "Connected": False})
    assert caught.value.members == ("NlMtu",)
    with pytest.raises(ipif.InvalidRow) as caught:
        update_ip_interface_entry(V4, {"NlMtu": 100, "DadTransmits": 5}, index=ETHERNET)
    assert caught.value.members == ("DadTransmits", "NlMtu")
    row = get_ip_interface_entry(V4, index=ETHERNET)
    with pytest.raises(ipif.InvalidRow) as caught:
        set_ip_interface_entry({**row, "NlMtu": 100})
    assert caught.value.members == ("SitePrefixLength", "NlMtu")


def test_error_invalid_row_of_an_interface_that_goes_away_names_no_members():
    ipif.simulation.fail("SetIpInterfaceEntry", 87)
    ipif.simulation.fail("GetIpInterfaceEntry", 2)
    with pytest.raises(ipif.InvalidRow) as caught:
        set_ip_interface_entry({**SET_ROW, "NlMtu": 1400})
    assert caught.value.members == ()


# ---- tables are given back


@pytest.mark.parametrize("function", ["get_unicast_ip_address_table", "get_ip_forward_table2"])
def test_table_that_cannot_be_converted_is_freed(function):
    run(
        MACHINE + "sys.modules['ipaddress'] = None  # whose classes have not been asked for yet\n"
        "try:\n"
        f"    netioapi.{function}()\n"
        "except ImportError:\n"
        "    pass\n"
        "else:\n"
        "    raise SystemExit('it was converted')\n"
        "assert control.calls('FreeMibTable') == 1\n"
        "assert control.live_tables() == 0\n"
    )


# ---- the library itself, below the extension


def windows_function(name, result, *arguments):
    """Return a function of the simulated library that takes raw memory."""
    prototype = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)(result, *arguments)
    return prototype(control().address(name))


def image(**members):
    """Return a MIB_IPINTERFACE_ROW, zero but for *members*, in memory of its own."""
    family = members.pop("Family", None)
    row = native.unpack(ROW, bytes(168)) | {"Family": V4} | members
    data = bytearray(pack(ROW, row))
    if family is not None:
        data[:2] = family.to_bytes(2, "little")
    return ctypes.create_string_buffer(bytes(data), 168)


@pytest.mark.parametrize("name", ["SetIpInterfaceEntry", "GetIpInterfaceEntry"])
@pytest.mark.parametrize(
    ("row", "code"),
    [
        (None, 87),
        ({"Family": 0, "InterfaceIndex": ETHERNET}, 87),
        ({"Family": 10, "InterfaceIndex": ETHERNET}, 87),
        ({"Family": 17, "InterfaceIndex": ETHERNET}, 87),
        ({}, 87),
        ({"InterfaceIndex": NOBODY}, 2),
        ({"InterfaceLuid": 1, "InterfaceIndex": ETHERNET}, 2),
        ({"InterfaceLuid": TEREDO_LUID}, 1168),
    ],
)
def test_library_bad_row_has_its_documented_code(name, row, code):
    before = ipif.simulation.dump()
    function = windows_function(name, ctypes.c_uint32, ctypes.c_void_p)
    memory = None if row is None else image(**row)
    untouched = None if row is None else memory.raw
    assert function(memory) == code
    assert row is None or memory.raw == untouched
    assert ipif.simulation.dump() == before


def test_library_set_by_index_fills_in_the_luid_only():
    memory = image(InterfaceIndex=ETHERNET, NlMtu=1400)
    expected = bytearray(memory.raw)
    expected[8:16] = ETHERNET_LUID.to_bytes(8, "little")
    function = windows_function("SetIpInterfaceEntry", ctypes.c_uint32, ctypes.c_void_p)
    assert function(memory) == 0
    assert memory.raw == bytes(expected)


@pytest.mark.parametrize("profile", ["sentinel", "doc_zero"])
def test_library_initialize_writes_every_nonzero_member(profile):
    ipif.simulation.profile(profile)
    memory = ctypes.create_string_buffer(b"\xaa" * 168, 168)
    windows_function("InitializeIpInterfaceEntry", None, ctypes.c_void_p)(memory)
    if profile == "doc_zero":
        assert memory.raw == bytes(168)
    else:
        assert memory.raw[:20] == bytes(20)
        assert memory.raw[40:49] == b"\xff" * 9
        assert memory.raw[152:156] == bytes(4)


def test_library_tables_with_bad_arguments_are_refused():
    name = "GetIpInterfaceTable"
    function = windows_function(name, ctypes.c_uint32, ctypes.c_uint16, ctypes.c_void_p)
    assert function(0, None) == 87
    table = ctypes.c_void_p()
    assert function(10, ctypes.byref(table)) == 87
    assert table.value is None
    windows_function("FreeMibTable", None, ctypes.c_void_p)(None)


def test_library_unknown_function_has_no_address():
    assert control().address("NoSuchFunction") == 0
    assert sys.maxsize > control().address("FreeMibTable") != 0
