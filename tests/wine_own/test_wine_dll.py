"""Wine's own iphlpapi.dll, called through the wheel's _ipif.pyd, against what the host says.

Here the rows, tables, addresses and prefixes come from another implementation, with the
real interfaces of this computer. Where Wine is known to differ from Windows, the test says so and
accepts what Windows would answer, too.
"""

import ctypes
import ipaddress
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import support.wine_own  # noqa: F401

import ipif
from ipif import netioapi
from ipif._core import backend

Row = dict[str, Any]

ETHERNET, LOOPBACK = 6, 24
TYPES = {"ether": ETHERNET, "loopback": LOOPBACK}
NOWHERE = 0x0006_FFFF_FF00_0000  # a LUID that no interface has


def without_counters(row: Row) -> Row:
    """Return the members that do not change while they are read."""
    counters = ("In", "Out")
    names = ("InterfaceLuid", "InterfaceIndex", "InterfaceGuid")
    return {
        name: value for name, value in row.items() if name in names or not name.startswith(counters)
    }


def attempt(call: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a call returns, or the error that it raises."""
    try:
        return call(*arguments)
    except ipif.Error as error:
        return error


# ---- the module


def test_the_module_is_the_wheels_and_was_imported() -> None:
    # It asks for functions that Wine lacks. Windows would refuse to load it; Wine loads it, and
    # ends the process only when one of them is called.
    assert ipif.backend == "windows"
    assert os.path.basename(backend.native.__file__) == "_ipif.pyd"


def test_rows_cannot_be_asked_for() -> None:
    """Wine 8 lacks the functions that the simulated DLL is there for; newer ones have some."""
    dll = ctypes.WinDLL("iphlpapi.dll")  # type: ignore[attr-defined]
    assert not hasattr(dll, "SetIpInterfaceEntry")
    assert not hasattr(dll, "InitializeIpInterfaceEntry")


def test_the_table_of_rows_is_not_supported() -> None:
    """Wine 8 answers 50; Windows has the table."""
    for ask in (netioapi.get_ip_interface_table, ipif.list_interfaces):
        found = attempt(ask)
        if isinstance(found, ipif.Error):
            assert (type(found), found.winerror) == (ipif.Error, 50)
            assert found.function == "GetIpInterfaceTable"
        else:
            assert found


# ---- adapters


def test_adapters_are_those_of_the_host(
    adapters: dict[int, Row], host_adapters: dict[int, Row]
) -> None:
    """Alias is the Unix name in Wine; on Windows it is what the Network Connections show."""
    assert {index: row["Alias"] for index, row in adapters.items()} == {
        index: adapter["ifname"] for index, adapter in host_adapters.items()
    }


def test_adapters_agree_with_the_host(
    adapters: dict[int, Row], host_adapters: dict[int, Row]
) -> None:
    for index, adapter in host_adapters.items():
        row = adapters[index]
        assert row["Mtu"] == adapter["mtu"], adapter
        if adapter["link_type"] in TYPES:
            assert row["Type"] == TYPES[adapter["link_type"]], adapter
        if adapter["link_type"] == "ether":
            address = bytes.fromhex(adapter["address"].replace(":", ""))
            assert row["PhysicalAddress"] == address
            assert row["PhysicalAddressLength"] == len(address)
        # Wine looks at the administrative state only: an interface without a carrier is up there.
        assert (row["OperStatus"] == 1) == ("UP" in adapter["flags"]), adapter


def test_every_member_of_an_adapter_has_its_type(adapters: dict[int, Row]) -> None:
    kinds = {"flag": bool, "str": str, "bytes": bytes, "guid": uuid.UUID}
    for row in adapters.values():
        assert list(row) == [field.name for field in netioapi.FIELDS["MIB_IF_ROW2"]]
        for field in netioapi.FIELDS["MIB_IF_ROW2"]:
            assert type(row[field.name]) is kinds.get(field.kind, int), field.name


def test_the_loopback_is_one(adapters: dict[int, Row]) -> None:
    for row in adapters.values():
        assert (row["Type"] == LOOPBACK) == (row["AccessType"] == 1)
        assert not (row["Type"] == LOOPBACK and row["HardwareInterface"])


def test_counters_continue_from_those_of_proc(adapters: dict[int, Row], facts: Row) -> None:
    for line in facts["/proc/net/dev"].splitlines()[2:]:
        name, _, numbers = line.partition(":")
        received, sent = numbers.split()[:8], numbers.split()[8:]
        (row,) = (row for row in adapters.values() if row["Alias"] == name.strip())
        for member, column in (("InOctets", received), ("OutOctets", sent)):
            assert int(column[0]) <= row[member] < int(column[0]) + 2**32
        for member, column in (("InUcastPkts", received), ("OutUcastPkts", sent)):
            assert int(column[1]) <= row[member] < int(column[1]) + 2**32
    for index, row in adapters.items():
        assert netioapi.get_if_entry2(index=index)["InOctets"] >= row["InOctets"]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_level_has_the_same_adapters(level: int, adapters: dict[int, Row]) -> None:
    """Level 2 has counters in Wine, although its name says that there are none."""
    rows = netioapi.get_if_table2(level)
    assert [without_counters(dict(row)) for row in rows] == [
        without_counters(row) for row in adapters.values()
    ]


def test_friendly_adapters_are_the_table(adapters: dict[int, Row]) -> None:
    rows = [without_counters(dict(row)) for row in ipif.list_adapters()]
    assert rows == [without_counters(row) for row in adapters.values()]


def test_one_adapter_is_its_row_of_the_table(adapters: dict[int, Row]) -> None:
    for index, row in adapters.items():
        for found in (
            netioapi.get_if_entry2(index=index),
            netioapi.get_if_entry2(luid=row["InterfaceLuid"]),
        ):
            assert without_counters(dict(found)) == without_counters(row)


def test_no_such_adapter() -> None:
    for keys in ({"index": 2**31 - 1}, {"luid": NOWHERE}):
        with pytest.raises(ipif.InterfaceNotFound) as caught:
            netioapi.get_if_entry2(**keys)
        assert (caught.value.winerror, caught.value.function) == (2, "GetIfEntry2")


# ---- the names of an interface


def test_luids_are_made_of_type_and_index(adapters: dict[int, Row]) -> None:
    """Wine numbers LUIDs by the index; on Windows NetLuidIndex counts for itself."""
    for index, row in adapters.items():
        assert row["InterfaceLuid"] == row["Type"] << 48 | index << 24


def test_an_interface_is_found_by_each_of_its_names(adapters: dict[int, Row]) -> None:
    for index, row in adapters.items():
        luid, guid, alias = row["InterfaceLuid"], row["InterfaceGuid"], row["Alias"]
        assert netioapi.convert_interface_index_to_luid(index) == luid
        assert netioapi.convert_interface_luid_to_index(luid) == index
        assert netioapi.convert_interface_luid_to_alias(luid) == alias
        assert netioapi.convert_interface_alias_to_luid(alias) == luid
        assert netioapi.convert_interface_luid_to_guid(luid) == guid
        assert netioapi.convert_interface_guid_to_luid(guid) == luid
        shown = ipif.Luid(luid)
        assert (shown.alias, shown.index, shown.guid) == (alias, index, guid)
    assert len({row["InterfaceGuid"] for row in adapters.values()}) == len(adapters)


def test_names_are_those_that_socket_knows(adapters: dict[int, Row]) -> None:
    """_socket.pyd asks the same DLL."""
    names = {
        index: netioapi.convert_interface_luid_to_name(row["InterfaceLuid"])
        for index, row in adapters.items()
    }
    assert dict(socket.if_nameindex()) == names
    for index, name in names.items():
        assert socket.if_nametoindex(name) == index
        assert socket.if_indextoname(index) == name
        if adapters[index]["Type"] in (ETHERNET, LOOPBACK):
            prefix = {ETHERNET: "ethernet", LOOPBACK: "loopback"}[adapters[index]["Type"]]
            assert name == f"{prefix}_{index}"


UNKNOWN: list[tuple[Callable[[Any], object], object, set[int]]] = [
    (netioapi.convert_interface_index_to_luid, 2**31 - 1, {2}),
    (netioapi.convert_interface_luid_to_index, NOWHERE, {2}),
    (netioapi.convert_interface_luid_to_alias, NOWHERE, {2}),
    (netioapi.convert_interface_luid_to_guid, NOWHERE, {2}),
    (netioapi.convert_interface_alias_to_luid, "no such interface", {87, 123}),  # Wine, Windows
    (netioapi.convert_interface_guid_to_luid, uuid.UUID(int=5), {87, 2}),  # Wine, Windows
]


@pytest.mark.parametrize(
    ("convert", "name", "codes"), UNKNOWN, ids=[function.__name__ for function, *_ in UNKNOWN]
)
def test_unknown_names_are_one_exception(
    convert: Callable[[Any], object], name: object, codes: set[int]
) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        convert(name)
    assert caught.value.winerror in codes


def test_a_name_is_made_without_a_look() -> None:
    """Wine makes a name of any LUID; whether Windows does is not known."""
    assert netioapi.convert_interface_luid_to_name(NOWHERE) == "ethernet_16777215"


# ---- addresses


def host_addresses(facts: Row, *families: str) -> set[tuple[int, Any, int]]:
    """Return index, address and prefix length of all addresses of ``ip -j address``."""
    return {
        (adapter["ifindex"], ipaddress.ip_address(info["local"]), info["prefixlen"])
        for adapter in facts["addresses"]
        for info in adapter["addr_info"]
        if info["family"] in families
    }


def unscoped(address: Any) -> Any:
    """Return an address without its scope id."""
    return ipaddress.ip_address(address.packed)


FAMILIES = [
    pytest.param(socket.AF_UNSPEC, None, ("inet", "inet6"), id="both"),
    pytest.param(socket.AF_INET, "ipv4", ("inet",), id="ipv4"),
    pytest.param(socket.AF_INET6, "ipv6", ("inet6",), id="ipv6"),
]


@pytest.mark.parametrize(("code", "family", "names"), FAMILIES)
def test_addresses_are_those_of_the_host(
    code: int, family: Any, names: tuple[str, ...], facts: Row
) -> None:
    expected = host_addresses(facts, *names)
    rows = netioapi.get_unicast_ip_address_table(code)
    assert {
        (row["InterfaceIndex"], unscoped(row["Address"]), row["OnLinkPrefixLength"]) for row in rows
    } == expected
    high_level = ipif.list_addresses(family)
    assert [row["Address"] for row in high_level] == [row["Address"] for row in rows]


def test_addresses_know_their_interface_and_scope(adapters: dict[int, Row]) -> None:
    for row in ipif.list_addresses():
        assert row["InterfaceLuid"] == adapters[row["InterfaceIndex"]]["InterfaceLuid"]
        address = row["Address"]
        if address.version == 6 and address.is_link_local:
            assert address.scope_id == str(row["InterfaceIndex"])
            assert row["ScopeId"] == row["InterfaceIndex"]
        elif address.version == 6:
            assert (address.scope_id, row["ScopeId"]) == (None, 0)


# ---- routes


def proc_routes(facts: Row, adapters: dict[int, Row]) -> Iterator[tuple[int, Any, Any, int]]:
    """Yield index, destination, gateway and metric of each line of /proc/net/route."""

    def address(text: str) -> ipaddress.IPv4Address:
        return ipaddress.IPv4Address(bytes.fromhex(text)[::-1])

    indexes = {row["Alias"]: index for index, row in adapters.items()}
    for line in facts["/proc/net/route"].splitlines()[1:]:
        name, destination, gateway, _, _, _, metric, mask, *_ = line.split()
        if name in indexes:  # "*" stands for a route that is refused
            network = ipaddress.IPv4Network(f"{address(destination)}/{address(mask)}")
            yield indexes[name], network, address(gateway), int(metric)


@pytest.mark.parametrize(("code", "family"), [(socket.AF_UNSPEC, None), (socket.AF_INET, "ipv4")])
def test_routes_are_those_of_the_host(
    code: int, family: Any, facts: Row, adapters: dict[int, Row]
) -> None:
    """Wine has the routes of the main table; Windows also has those to its own addresses."""
    rows = [
        row for row in netioapi.get_ip_forward_table2(code) if row["DestinationPrefix"].version == 4
    ]
    assert {
        (row["InterfaceIndex"], row["DestinationPrefix"], row["NextHop"], row["Metric"])
        for row in rows
    } == set(proc_routes(facts, adapters))
    for row in rows:
        assert row["InterfaceLuid"] == adapters[row["InterfaceIndex"]]["InterfaceLuid"]
    high_level = [row for row in ipif.list_routes(family) if row["DestinationPrefix"].version == 4]
    assert high_level == rows


def test_routes_that_ip_lists_are_there(facts: Row) -> None:
    found = {(row["DestinationPrefix"], ipif.Luid(row["InterfaceLuid"]).alias)
             for row in ipif.list_routes("ipv4")}  # fmt: skip
    for route in facts["routes"]:
        if route.get("type", "unicast") == "unicast" and "dev" in route:
            network = "0.0.0.0/0" if route["dst"] == "default" else route["dst"]
            assert (ipaddress.ip_network(network), route["dev"]) in found


def test_routes_of_ipv6_are_left_out() -> None:
    """Wine 8 has a table without rows; Windows has rows, or answers 1168, which is one to us."""
    assert ipif.list_routes("ipv6") == [
        row for row in ipif.list_routes() if row["DestinationPrefix"].version == 6
    ]


def test_the_best_route_of_ipv4_is_the_kernels(facts: Row, adapters: dict[int, Row]) -> None:
    """Wine looks at the main table only: own addresses are not local there."""
    if len(facts["rules"]) > 3:
        pytest.skip("routes are chosen by rules here")
    for destination, expected in facts["best"].items():
        if expected is None or expected.get("type", "unicast") != "unicast":
            continue
        row = netioapi.get_best_route(destination)
        assert adapters[row["dwForwardIfIndex"]]["Alias"] == expected["dev"]
        network = ipaddress.ip_network(f"{row['dwForwardDest']}/{row['dwForwardMask']}")
        assert ipaddress.ip_address(destination) in network
        assert row["dwForwardType"] == (4 if "gateway" in expected else 3)
        # Without a gateway it is the address of the local interface: so says the page of
        # MIB_IPFORWARDROW, and so does Wine.
        own = {str(address) for index, address, _ in host_addresses(facts, "inet")
               if index == row["dwForwardIfIndex"]}  # fmt: skip
        hop = str(row["dwForwardNextHop"])
        assert hop == expected["gateway"] if "gateway" in expected else hop in own | {"0.0.0.0"}


def test_the_best_route_with_a_source_is_not_supported(facts: Row) -> None:
    """GetBestRoute2 answers 50 in Wine 8."""
    destination = "203.0.113.1"
    found = attempt(netioapi.get_best_route2, destination)
    high_level = attempt(ipif.best_route, destination)
    assert type(high_level) in (dict, type(found))
    if isinstance(found, ipif.Error):
        assert found.function == "GetBestRoute2"
        assert found.winerror == high_level.winerror
        assert found.winerror in (50, 1231)
    else:
        assert ipif.Luid(found[0]["InterfaceLuid"]).alias == facts["best"][destination]["dev"]


# ---- notifications


@pytest.mark.parametrize("family", [socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6])
def test_a_watch_opens_and_closes(family: int) -> None:
    """Wine 8 registers nothing, answers 0 with a NULL handle, and never calls back.

    Windows calls back once at registration when *initial* asks for it.
    """
    with netioapi.notify_ip_interface_change(family, initial=True) as watch:
        event = watch.get(0.05)
        assert event is None or event.type == 3
        assert watch.dropped == 0


# ---- again and again


def test_tables_are_given_back() -> None:
    """The tables are Wine's memory, and its FreeMibTable gets them."""
    for _ in range(300):
        netioapi.get_if_table2(0)
        netioapi.get_unicast_ip_address_table()
        netioapi.get_ip_forward_table2()
