"""Routing in the simulation, rule by rule, and the functions that ask for routes and addresses.

The snapshots are small and made here, so that each test shows all that its answer depends on.
"""

import ipaddress
import random
import socket
import uuid
from typing import Any

import pytest
from support.machine import Calls, control

import ipif
from ipif import netioapi, simulation

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address

UNREACHABLE = 1231


def luid_of(index: int) -> int:
    return 6 << 48 | index << 24


def load(adapters: dict[str, dict[str, Any]], *routes: tuple[Any, ...]) -> None:
    """Load a machine with *adapters*, numbered from 1, and *routes*: alias, prefix, metric, hop.

    An adapter may have ``metric`` (10), ``addresses`` with their prefix lengths, ``connected``,
    ``up`` and ``families``; every other member keeps its default.
    """
    document: dict[str, Any] = {
        "ipif_snapshot": 1,
        "adapters": [],
        "interfaces": [],
        "addresses": [],
    }
    indexes = {}
    for index, (alias, adapter) in enumerate(adapters.items(), 1):
        indexes[alias] = index
        keys = {"InterfaceLuid": luid_of(index), "InterfaceIndex": index}
        status = 1 if adapter.get("up", True) else 2
        document["adapters"].append({**keys, "Alias": alias, "OperStatus": status})
        for family in adapter.get("families", ("ipv4", "ipv6")):
            row = {
                **keys,
                "Family": family,
                "UseAutomaticMetric": False,
                "Metric": adapter.get("metric", 10),
                "Connected": adapter.get("connected", True),
            }
            document["interfaces"].append(row)
        for address in adapter.get("addresses", ()):
            text, _, length = address.partition("/")
            row = {"InterfaceLuid": luid_of(index), "Address": text}
            document["addresses"].append(
                {**row, "OnLinkPrefixLength": int(length)} if length else row
            )
    document["routes"] = []
    for alias, prefix, metric, *hop in routes:
        row = {"InterfaceLuid": luid_of(indexes[alias]), "DestinationPrefix": prefix}
        row["Metric"] = metric
        if hop:
            row["NextHop"] = hop[0]
        document["routes"].append(row)
    simulation.load(document)


def way(destination: str, **arguments: Any) -> str:
    """Return the alias of the interface of the best route; both functions must agree on it."""
    alias = ipif.Luid(ipif.best_route(destination, **arguments)["InterfaceLuid"]).alias
    if ":" not in destination and "interface" not in arguments:
        row = netioapi.get_best_route(destination, *arguments.values())
        assert ipif.Luid(
            netioapi.convert_interface_index_to_luid(row["dwForwardIfIndex"])
        ).alias == (alias)
    return alias


def fails(destination: str, **arguments: Any) -> int:
    """Return the error code that the best route is answered with."""
    with pytest.raises(ipif.Error) as caught:
        ipif.best_route(destination, **arguments)
    code = caught.value.winerror
    if ":" not in destination and not arguments:
        with pytest.raises(ipif.Error) as caught:
            netioapi.get_best_route(destination)
        assert caught.value.winerror == code
    assert code is not None
    return code


# ---- which route wins


def test_the_longest_prefix_wins_whatever_the_metrics_are() -> None:
    load(
        {"A": {"metric": 1}, "B": {"metric": 1000}, "C": {"metric": 5000}, "D": {"metric": 9000}},
        ("A", "0.0.0.0/0", 0),
        ("B", "10.0.0.0/8", 500),
        ("C", "10.1.0.0/16", 9999),
        ("D", "10.1.2.3/32", 2**31),
    )
    assert way("9.9.9.9") == "A"
    assert way("10.9.9.9") == "B"
    assert way("10.1.9.9") == "C"
    assert way("10.1.2.3") == "D"
    assert way("10.1.2.4") == "C"


def test_the_longest_prefix_wins_in_ipv6_too() -> None:
    load(
        {"A": {}, "B": {"metric": 1000}, "C": {"metric": 5000}},
        ("A", "::/0", 0),
        ("B", "2001:db8::/32", 500),
        ("C", "2001:db8::1/128", 9999),
    )
    assert way("2001:db9::1") == "A"
    assert way("2001:db8::2") == "B"
    assert way("2001:db8::1") == "C"


@pytest.mark.parametrize("length", range(33))
def test_a_prefix_of_every_length_matches_exactly_its_addresses(length: int) -> None:
    network = ipaddress.ip_network(("170.85.170.85", length), strict=False)
    load({"A": {}}, ("A", str(network), 0))
    assert way(str(network[0])) == way(str(network[-1])) == "A"
    if length:
        beyond = int(network[-1]) ^ 1 << (32 - length)  # the last bit of the prefix is another
        assert fails(str(IPv4(beyond))) == UNREACHABLE


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 63, 64, 65, 127, 128])
def test_an_ipv6_prefix_matches_exactly_its_addresses(length: int) -> None:
    network = ipaddress.ip_network(("2a0a:5500:aa55::55aa", length), strict=False)
    load({"A": {}}, ("A", str(network), 0))
    assert way(str(network[0])) == way(str(network[-1])) == "A"
    if length:
        beyond = int(network[-1]) ^ 1 << (128 - length)
        assert fails(str(IPv6(beyond))) == UNREACHABLE


@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "10.0.0.0/8"])
def test_of_equal_prefixes_the_lowest_sum_of_both_metrics_wins(prefix: str) -> None:
    adapters = {"A": {"metric": 5}, "B": {"metric": 50}}
    load(adapters, ("A", prefix, 100), ("B", prefix, 54))
    assert way("10.0.0.1") == "B"  # 105 against 104
    load(adapters, ("A", prefix, 100), ("B", prefix, 56))
    assert way("10.0.0.1") == "A"  # 105 against 106


def test_of_equal_routes_the_first_of_the_table_wins() -> None:
    load({"A": {}, "B": {}}, ("B", "0.0.0.0/0", 5), ("A", "0.0.0.0/0", 5))
    assert way("10.0.0.1") == "B"


def test_of_two_routes_through_one_interface_the_lower_metric_wins() -> None:
    load({"A": {}}, ("A", "0.0.0.0/0", 7, "10.0.0.1"), ("A", "0.0.0.0/0", 6, "10.0.0.2"))
    assert ipif.best_route("8.8.8.8")["NextHop"] == IPv4("10.0.0.2")


@pytest.mark.parametrize(
    ("interface_metric", "route_metric"), [(2, 2**32 - 1), (2**31 - 1, 2**31 + 5), (2**31, 2**31)]
)
def test_the_sum_of_huge_metrics_does_not_wrap(interface_metric: int, route_metric: int) -> None:
    # In 32 bits each of these sums would be smaller than 100.
    assert (interface_metric + route_metric) % 2**32 < 100
    load(
        {"huge": {"metric": interface_metric}, "small": {"metric": 50}},
        ("huge", "0.0.0.0/0", route_metric),
        ("huge", "::/0", route_metric),
        ("small", "0.0.0.0/0", 50),
        ("small", "::/0", 50),
    )
    assert way("8.8.8.8") == "small"
    assert way("2001:db8::1") == "small"
    ipif.update_interface("small", "ipv4", DisableDefaultRoutes=True)
    row = netioapi.get_best_route("8.8.8.8")
    assert row["dwForwardMetric1"] == 2**32 - 1  # as much as this member can hold
    assert ipif.best_route("8.8.8.8")["Metric"] == route_metric


def test_many_random_tables_are_answered_as_the_rules_say() -> None:
    rng = random.Random(20180815)
    for _ in range(40):
        adapters = {
            name: {"metric": rng.choice([0, 5, 25, 2**31 - 1]), "connected": rng.random() < 0.8}
            for name in "ABCD"
        }
        routes = []
        for _ in range(12):
            base, length = rng.getrandbits(32), rng.choice([0, 0, 1, 2, 4, 8, 24])
            network = ipaddress.ip_network((base, length), strict=False)
            routes.append((rng.choice("ABCD"), str(network), rng.choice([0, 1, 25, 2**32 - 1])))
        load(adapters, *routes)
        for _ in range(10):
            target = IPv4(rng.getrandbits(32))
            candidates = [
                (-ipaddress.ip_network(prefix).prefixlen, metric + adapters[alias]["metric"], place)
                for place, (alias, prefix, metric) in enumerate(routes)
                if target in ipaddress.ip_network(prefix) and adapters[alias]["connected"]
            ]
            if candidates:
                assert way(str(target)) == routes[min(candidates)[2]][0]
            else:
                assert fails(str(target)) == UNREACHABLE


# ---- which routes take part


def test_disable_default_routes_takes_the_default_routes_of_an_interface_out() -> None:
    load(
        {"A": {"metric": 1}, "B": {"metric": 100}},
        ("A", "0.0.0.0/0", 0),
        ("A", "10.0.0.0/8", 0),
        ("A", "128.0.0.0/1", 0),
        ("B", "0.0.0.0/0", 0),
    )
    assert way("8.8.8.8") == "A"
    ipif.update_interface("A", "ipv4", DisableDefaultRoutes=True)
    assert way("8.8.8.8") == "B"
    assert way("10.1.1.1") == "A"  # no default route
    assert way("200.1.1.1") == "A"  # half of a default route is none
    ipif.update_interface("A", "ipv4", DisableDefaultRoutes=False)
    assert way("8.8.8.8") == "A"


def test_disable_default_routes_is_about_one_family() -> None:
    load(
        {"A": {}, "B": {"metric": 100}},
        *((name, p, 0) for name in "AB" for p in ("0.0.0.0/0", "::/0")),
    )
    ipif.update_interface("A", "ipv6", DisableDefaultRoutes=True)
    assert way("8.8.8.8") == "A"
    assert way("2001:db8::1") == "B"


def test_with_every_default_route_disabled_nothing_leads_there() -> None:
    load({"A": {}}, ("A", "0.0.0.0/0", 0), ("A", "10.0.0.0/8", 0))
    ipif.update_interface("A", "ipv4", DisableDefaultRoutes=True)
    assert fails("8.8.8.8") == UNREACHABLE
    assert fails("8.8.8.8", interface="A") == UNREACHABLE
    assert way("10.0.0.1") == "A"


@pytest.mark.parametrize("state", [{"connected": False}, {"up": False}, {"families": ["ipv6"]}])
def test_an_interface_that_carries_nothing_is_out(state: dict[str, Any]) -> None:
    load(
        {"A": {"metric": 1, **state}, "B": {"metric": 100}},
        ("A", "0.0.0.0/0", 0),
        ("A", "10.0.0.0/8", 0),
        ("B", "0.0.0.0/0", 0),
    )
    assert way("8.8.8.8") == way("10.0.0.1") == "B"
    assert fails("10.0.0.1", interface="A") == UNREACHABLE


def test_an_interface_that_is_unplugged_or_unbound_is_out() -> None:
    load({"A": {}, "B": {"metric": 100}}, ("A", "0.0.0.0/0", 0), ("B", "0.0.0.0/0", 0))
    assert way("8.8.8.8") == "A"
    simulation.unbind("A", "ipv4")
    assert way("8.8.8.8") == "B"
    simulation.bind("A", "ipv4")  # its routes are gone
    simulation.remove_interface("B")
    assert fails("8.8.8.8") == UNREACHABLE
    simulation.remove_interface("A")
    assert fails("8.8.8.8") == 50


def test_where_nothing_matches_the_answer_is_1231() -> None:
    load({"A": {}}, ("A", "10.0.0.0/8", 0))
    with pytest.raises(ipif.Error) as caught:
        ipif.best_route("8.8.8.8")
    error = caught.value
    assert (error.winerror, error.function, error.family) == (1231, "GetBestRoute2", "ipv4")
    with pytest.raises(ipif.Error) as caught:
        netioapi.get_best_route("8.8.8.8")
    error = caught.value
    assert (error.winerror, error.function, error.family) == (1231, "GetBestRoute", "ipv4")


def test_a_family_that_no_interface_speaks_is_answered_with_50() -> None:
    load({"A": {"families": ["ipv4"]}}, ("A", "0.0.0.0/0", 0))
    assert fails("2001:db8::1") == 50
    simulation.load({"ipif_snapshot": 1})
    assert fails("8.8.8.8") == 50


def test_routes_of_one_family_say_nothing_about_the_other() -> None:
    load({"A": {}}, ("A", "0.0.0.0/0", 0))
    assert fails("2001:db8::1") == UNREACHABLE
    load({"A": {}}, ("A", "::/0", 0))
    assert fails("8.8.8.8") == UNREACHABLE


# ---- source, interface, scope

TWO_HOMES = {
    "A": {"addresses": ["10.0.0.2/8", "2001:db8:a::2/64", "fe80::2"]},
    "B": {"metric": 100, "addresses": ["172.16.0.2/12", "2001:db8:b::2/64", "fe80::2"]},
}


def load_two_homes() -> None:
    load(
        TWO_HOMES,
        *(("A", prefix, 0) for prefix in ("0.0.0.0/0", "::/0", "fe80::/64")),
        *(("B", prefix, 0) for prefix in ("0.0.0.0/0", "::/0", "fe80::/64")),
    )


def test_a_source_restricts_the_search_to_its_interface() -> None:
    load_two_homes()
    assert way("8.8.8.8") == "A"
    assert way("8.8.8.8", source="10.0.0.2") == "A"
    assert way("8.8.8.8", source="172.16.0.2") == "B"
    assert way("2001:db8::1", source="2001:db8:b::2") == "B"


def test_an_unknown_source_address_finds_no_route() -> None:
    load_two_homes()
    assert fails("8.8.8.8", source="172.16.0.3") == UNREACHABLE
    with pytest.raises(ipif.Error) as caught:
        netioapi.get_best_route("8.8.8.8", "172.16.0.3")
    assert caught.value.winerror == UNREACHABLE


@pytest.mark.parametrize(("target", "source"), [("8.8.8.8", "0.0.0.0"), ("2001:db8::1", "::")])
def test_an_unspecified_source_is_not_a_source(target: str, source: str) -> None:
    load_two_homes()
    assert way(target, source=source) == "A"


def test_a_source_does_not_help_where_its_interface_has_no_route() -> None:
    load(TWO_HOMES, ("A", "0.0.0.0/0", 0))
    assert fails("8.8.8.8", source="172.16.0.2") == UNREACHABLE


def test_an_interface_restricts_the_search_too() -> None:
    load_two_homes()
    [row] = [adapter for adapter in ipif.list_adapters() if adapter["Alias"] == "B"]
    for interface in ("B", 2, ipif.Luid(luid_of(2)), row, row["InterfaceGuid"]):
        assert way("8.8.8.8", interface=interface) == "B"
    assert fails("8.8.8.8", interface="B", source="10.0.0.2") == UNREACHABLE
    for key in ({"luid": luid_of(2)}, {"index": 2}, {"luid": luid_of(2), "index": 1}):
        assert netioapi.get_best_route2("8.8.8.8", **key)[0]["InterfaceIndex"] == 2


def test_a_scope_id_of_the_destination_chooses_the_adapter() -> None:
    load_two_homes()
    assert way("fe80::9") == "A"
    assert way("fe80::9%1") == "A"
    assert way("fe80::9%2") == "B"
    assert way("fe80::9%0") == "A"
    assert fails("fe80::9%3") == UNREACHABLE


def test_a_scope_id_of_the_source_chooses_the_adapter() -> None:
    load_two_homes()  # both adapters have fe80::2
    assert way("fe80::9", source="fe80::2") == "A"
    assert way("fe80::9", source="fe80::2%1") == "A"
    assert way("fe80::9", source="fe80::2%2") == "B"
    assert fails("fe80::9%1", source="fe80::2%2") == UNREACHABLE


def test_scope_ids_of_next_hops_and_sources_are_kept() -> None:
    load({"A": {"addresses": ["fe80::2%1"]}}, ("A", "::/0", 0, "fe80::1%1"))
    route, source = netioapi.get_best_route2("2001:db8::1")
    assert route["NextHop"] == IPv6("fe80::1%1")
    assert route["NextHop"].scope_id == "1"
    assert source == IPv6("fe80::2%1")
    [row] = ipif.list_routes()
    assert row["NextHop"] == IPv6("fe80::1%1")
    [address] = ipif.list_addresses()
    assert address["Address"] == IPv6("fe80::2%1")
    given, source = netioapi.get_best_route2("2001:db8::1", source="fe80::2%1")
    assert (given, source) == (route, IPv6("fe80::2%1"))


def test_the_largest_scope_id_is_kept() -> None:
    largest = f"fe80::1%{2**32 - 1}"
    load({"A": {}}, ("A", "::/0", 0, largest))
    assert ipif.best_route("2001:db8::1")["NextHop"] == IPv6(largest)


def test_an_ipv4_mapped_address_is_plain_ipv6() -> None:
    load(
        {"A": {}, "B": {"addresses": ["::ffff:10.0.0.1"]}},
        ("A", "0.0.0.0/0", 0),
        ("B", "::ffff:0:0/96", 0),
    )
    assert way("8.8.8.8") == "A"
    row = ipif.best_route("::ffff:8.8.8.8")
    assert ipif.Luid(row["InterfaceLuid"]).alias == "B"
    assert row["DestinationPrefix"] == ipaddress.ip_network("::ffff:0:0/96")
    route, source = netioapi.get_best_route2("::ffff:8.8.8.8")
    assert (route, source) == (row, IPv6("::ffff:10.0.0.1"))
    with pytest.raises(ipif.ValidationError, match="source"):
        ipif.best_route("::ffff:8.8.8.8", source="10.0.0.1")
    with pytest.raises(ValueError, match="destination: expected an IPv4 address"):
        netioapi.get_best_route("::ffff:8.8.8.8")
    load({"A": {}}, ("A", "0.0.0.0/0", 0))
    assert fails("::ffff:8.8.8.8") == UNREACHABLE


# ---- a change alters the next answer


def test_a_metric_that_is_set_alters_the_next_answer() -> None:
    load({"A": {}, "B": {"metric": 20}}, ("A", "0.0.0.0/0", 0), ("B", "0.0.0.0/0", 0))
    assert way("8.8.8.8") == "A"
    ipif.update_interface("B", "ipv4", Metric=9)
    assert way("8.8.8.8") == "B"
    ipif.update_interface("A", "ipv4", Metric=8)
    assert way("8.8.8.8") == "A"
    netioapi.set_ip_interface_entry({"Family": socket.AF_INET, "InterfaceIndex": 1, "Metric": 500})
    assert way("8.8.8.8") == "B"


def test_the_automatic_metric_counts_when_it_comes_back() -> None:
    load({"A": {"metric": 500}, "B": {"metric": 30}}, ("A", "::/0", 0), ("B", "::/0", 0))
    assert way("2001:db8::1") == "B"
    ipif.update_interface("A", "ipv6", UseAutomaticMetric=True)
    assert ipif.get_interface("A", "ipv6")["Metric"] == 25  # 1 Gbit/s
    assert way("2001:db8::1") == "A"


def test_in_the_bundled_snapshot_wi_fi_takes_over() -> None:
    simulation.reset()
    assert way("8.8.8.8") == "Ethernet"
    ipif.update_interface("Ethernet", "ipv4", DisableDefaultRoutes=True)
    assert way("8.8.8.8") == "Wi-Fi"
    assert way("192.168.1.7") == "Ethernet"


# ---- the source address that would be used


def test_the_source_is_an_address_of_the_interface_near_the_next_hop() -> None:
    load(
        {
            "A": {"addresses": ["10.0.0.2", "192.168.1.2", "172.16.0.2"]},
            "B": {"addresses": ["9.9.9.9"]},
        },
        ("A", "0.0.0.0/0", 0, "192.168.1.1"),
        ("A", "172.16.0.0/12", 0),
    )
    assert netioapi.get_best_route2("8.8.8.8")[1] == IPv4("192.168.1.2")
    assert netioapi.get_best_route2("172.16.9.9")[1] == IPv4("172.16.0.2")


def test_a_source_that_is_given_is_given_back() -> None:
    load({"A": {"addresses": ["10.0.0.2", "192.168.1.2"]}}, ("A", "0.0.0.0/0", 0, "192.168.1.1"))
    assert netioapi.get_best_route2("8.8.8.8", source="10.0.0.2")[1] == IPv4("10.0.0.2")


def test_a_global_destination_gets_a_global_source_and_a_local_one_a_local() -> None:
    load(
        {"A": {"addresses": ["fe80::2", "2001:db8::2"]}},
        ("A", "::/0", 0, "fe80::1"),
        ("A", "fe80::/64", 0),
    )
    assert netioapi.get_best_route2("2001:db8:ffff::1")[1] == IPv6("2001:db8::2")
    assert netioapi.get_best_route2("fe80::9%1")[1].is_link_local


def test_an_interface_without_an_address_gives_the_unspecified_source() -> None:
    load({"A": {}}, ("A", "0.0.0.0/0", 0), ("A", "::/0", 0))
    assert netioapi.get_best_route2("8.8.8.8")[1] == IPv4(0)
    assert netioapi.get_best_route2("2001:db8::1")[1] == IPv6(0)


# ---- the rows


def test_a_row_of_mib_ipforward_row2() -> None:
    simulation.reset()
    row = ipif.best_route("8.8.8.8")
    assert list(row) == [field.name for field in netioapi.FIELDS["MIB_IPFORWARD_ROW2"]]
    assert row == {
        "InterfaceLuid": 0x0006_0080_0100_0000,
        "InterfaceIndex": 13,
        "DestinationPrefix": ipaddress.ip_network("0.0.0.0/0"),
        "NextHop": IPv4("192.168.1.1"),
        "SitePrefixLength": 0,
        "ValidLifetime": 2**32 - 1,
        "PreferredLifetime": 2**32 - 1,
        "Metric": 0,
        "Protocol": 3,
        "Loopback": False,
        "AutoconfigureAddress": False,
        "Publish": False,
        "Immortal": True,
        "Age": 0,
        "Origin": 2,
    }
    assert type(row["Immortal"]) is bool


def test_a_row_of_mib_ipforwardrow() -> None:
    load(
        {"A": {"metric": 7}},
        ("A", "0.0.0.0/0", 0, "10.0.0.1"),
        ("A", "10.0.0.0/8", 256),
        ("A", "10.1.2.0/23", 3, "10.0.0.9"),
    )
    row = netioapi.get_best_route("10.1.3.255")
    assert list(row) == [field.name for field in netioapi.FIELDS["MIB_IPFORWARDROW"]]
    assert row == {
        "dwForwardDest": IPv4("10.1.2.0"),
        "dwForwardMask": IPv4("255.255.254.0"),
        "dwForwardPolicy": 0,
        "dwForwardNextHop": IPv4("10.0.0.9"),
        "dwForwardIfIndex": 1,
        "dwForwardType": 4,
        "dwForwardProto": 3,
        "dwForwardAge": 0,
        "dwForwardNextHopAS": 0,
        "dwForwardMetric1": 10,
        "dwForwardMetric2": 2**32 - 1,
        "dwForwardMetric3": 2**32 - 1,
        "dwForwardMetric4": 2**32 - 1,
        "dwForwardMetric5": 2**32 - 1,
    }
    row = netioapi.get_best_route("10.9.9.9")
    assert (row["dwForwardMask"], row["dwForwardType"]) == (IPv4("255.0.0.0"), 3)  # direct
    assert row["dwForwardMetric1"] == 263
    assert netioapi.get_best_route("8.8.8.8")["dwForwardMask"] == IPv4(0)


def test_list_routes() -> None:
    simulation.reset()
    routes = ipif.list_routes()
    assert routes == netioapi.get_ip_forward_table2()
    ipv4, ipv6 = ipif.list_routes("ipv4"), ipif.list_routes(6)
    assert (len(routes), len(ipv4), len(ipv6)) == (6, 5, 1)
    assert {row["DestinationPrefix"].version for row in ipv4} == {4}
    assert {row["NextHop"].version for row in ipv6} == {6}
    assert ipif.best_route("8.8.8.8") in ipv4
    assert netioapi.get_ip_forward_table2(socket.AF_INET6) == ipv6


def test_list_addresses() -> None:
    simulation.reset()
    addresses = ipif.list_addresses()
    assert addresses == netioapi.get_unicast_ip_address_table()
    ipv4, ipv6 = ipif.list_addresses(socket.AF_INET), ipif.list_addresses("ipv6")
    assert (len(addresses), len(ipv4), len(ipv6)) == (9, 5, 4)
    assert netioapi.get_unicast_ip_address_table(socket.AF_INET) == ipv4
    [row] = [row for row in ipv4 if row["InterfaceIndex"] == 13]
    assert list(row) == [field.name for field in netioapi.FIELDS["MIB_UNICASTIPADDRESS_ROW"]]
    assert row == {
        "Address": IPv4("192.168.1.10"),
        "InterfaceLuid": 0x0006_0080_0100_0000,
        "InterfaceIndex": 13,
        "PrefixOrigin": 3,
        "SuffixOrigin": 3,
        "ValidLifetime": 2**32 - 1,
        "PreferredLifetime": 2**32 - 1,
        "OnLinkPrefixLength": 24,
        "SkipAsSource": False,
        "DadState": 4,
        "ScopeId": 0,
        "CreationTimeStamp": 0,
    }
    assert {row["ScopeId"] for row in ipv6} == {0, 13, 17, 39}


def test_an_empty_table_is_an_empty_list_above_and_1168_below() -> None:
    simulation.load({"ipif_snapshot": 1})
    assert ipif.list_routes() == ipif.list_addresses("ipv6") == []
    for function in (netioapi.get_ip_forward_table2, netioapi.get_unicast_ip_address_table):
        with pytest.raises(ipif.FamilyNotBound) as caught:
            function()
        assert caught.value.winerror == 1168
        assert caught.value.interface is None


def test_each_table_goes_back_to_windows(calls: Calls) -> None:
    ipif.list_routes()
    ipif.list_addresses()
    assert calls["FreeMibTable"] == 2
    assert control().live_tables() == 0


def test_a_failing_table_is_an_error() -> None:
    for name, function in (
        ("GetIpForwardTable2", ipif.list_routes),
        ("GetUnicastIpAddressTable", ipif.list_addresses),
    ):
        simulation.fail(name, 31)
        with pytest.raises(ipif.Error) as caught:
            function("ipv6")
        assert (caught.value.winerror, caught.value.function) == (31, name)
        assert caught.value.family == "ipv6"


def test_one_question_is_one_call(calls: Calls) -> None:
    ipif.best_route("8.8.8.8", source="192.168.1.10")
    assert calls.total == calls["GetBestRoute2"] == 1
    netioapi.get_best_route("8.8.8.8")
    assert calls.total == 2
    assert calls["GetBestRoute"] == 1


# ---- what an address may be written as


@pytest.mark.parametrize("text", ["8.8.8.8", "2001:4860:4860::8888"])
def test_an_address_is_text_or_an_object(text: str) -> None:
    load({"A": {}}, ("A", "0.0.0.0/0", 0), ("A", "::/0", 0))
    address = ipaddress.ip_address(text)
    assert ipif.best_route(text) == ipif.best_route(address)
    assert netioapi.get_best_route2(text) == netioapi.get_best_route2(address)


def test_an_interface_address_is_an_address() -> None:
    # ipaddress.ip_interface("10.0.0.1/8") is an IPv4Address too.
    load({"A": {}}, ("A", "0.0.0.0/0", 0))
    ipif.best_route(ipaddress.ip_interface("10.0.0.1/8"))


# ---- bad input

NO_ADDRESS = [
    "localhost",
    "example.com",
    "www.example.com.",
    "",
    " 8.8.8.8",
    "8.8.8.8\n",
    "8.8.8.8/32",
    "8.8.8",
    "08.8.8.8",
    "256.0.0.1",
    "1.2.3.4.5",
    "0x08080808",
    "[2001:db8::1]",
    "2001:db8:::1",
    "2001:db8::1/64",
    "8.8.8.8%1",
    "fe80::1%",
    "fe80::1%1%2",
    "\ud800",
    "8.8.8.8\0",
    "x" * 10_000,
]
NO_TEXT = [8, 0x08080808, b"8.8.8.8", b"\x08\x08\x08\x08", 8.8, None, True, ["8.8.8.8"], ("8",), {}]
BAD_SCOPES = ["eth0", "4294967296", "99999999999999999999", "9" * 5000, "-1", "1.5", "²"]


@pytest.mark.parametrize("destination", NO_ADDRESS)
def test_a_destination_that_is_not_an_address_is_refused(destination: str, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match=r"destination = .*names are not looked up"):
        ipif.best_route(destination)
    for function in (netioapi.get_best_route, netioapi.get_best_route2):
        with pytest.raises(ValueError, match=r"^destination: "):
            function(destination)
    assert calls.total == 0


@pytest.mark.parametrize("source", NO_ADDRESS)
def test_a_source_that_is_not_an_address_is_refused(source: str, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="source = "):
        ipif.best_route("8.8.8.8", source=source)
    with pytest.raises(ValueError, match=r"^source: "):
        netioapi.get_best_route("8.8.8.8", source)
    with pytest.raises(ValueError, match=r"^source: "):
        netioapi.get_best_route2("8.8.8.8", source=source)
    assert calls.total == 0


@pytest.mark.parametrize("value", NO_TEXT)
def test_an_argument_that_is_neither_text_nor_an_address_is_refused(
    value: Any, calls: Calls
) -> None:
    with pytest.raises(ipif.ValidationError, match="destination"):
        ipif.best_route(value)
    for function in (netioapi.get_best_route, netioapi.get_best_route2):
        with pytest.raises(TypeError, match="destination"):
            function(value)
    if value is not None:
        with pytest.raises(ipif.ValidationError, match="source"):
            ipif.best_route("8.8.8.8", source=value)
        with pytest.raises(TypeError, match="source"):
            netioapi.get_best_route("8.8.8.8", value)
        with pytest.raises(TypeError, match="source"):
            netioapi.get_best_route2("8.8.8.8", source=value)
    assert calls.total == 0


@pytest.mark.parametrize("value", [ipaddress.ip_network("10.0.0.0/8"), uuid.UUID(int=8)])
def test_a_network_is_not_an_address(value: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="destination"):
        ipif.best_route(value)
    for function in (netioapi.get_best_route, netioapi.get_best_route2):
        with pytest.raises(TypeError, match="destination"):
            function(value)
    assert calls.total == 0


@pytest.mark.parametrize("scope", BAD_SCOPES)
def test_a_scope_id_that_is_not_an_index_is_refused(scope: str, calls: Calls) -> None:
    for text in (f"fe80::1%{scope}", IPv6(f"fe80::1%{scope}")):
        for arguments in ((text, None), ("fe80::1", text)):
            name = "destination" if arguments[1] is None else "source"
            with pytest.raises(ipif.ValidationError, match=f"{name} = .*scope id"):
                ipif.best_route(arguments[0], source=arguments[1])
            with pytest.raises((ValueError, OverflowError), match=f"^{name}: the scope id"):
                netioapi.get_best_route2(arguments[0], source=arguments[1])
    assert calls.total == 0


@pytest.mark.parametrize(
    ("destination", "source"), [("8.8.8.8", "2001:db8::1"), ("2001:db8::1", "10.0.0.1")]
)
def test_a_source_of_the_other_family_is_refused(
    destination: str, source: str, calls: Calls
) -> None:
    version = ipaddress.ip_address(destination).version
    with pytest.raises(ipif.ValidationError, match=f"source = .*IPv{version}"):
        ipif.best_route(destination, source=source)
    with pytest.raises(ValueError, match="source: expected an address of the family"):
        netioapi.get_best_route2(destination, source=source)
    assert calls.total == 0


def test_get_best_route_knows_ipv4_only(calls: Calls) -> None:
    for arguments in (("2001:db8::1",), ("8.8.8.8", "2001:db8::1")):
        name = ("destination", "source")[len(arguments) - 1]
        with pytest.raises(ValueError, match=rf"{name}: expected an IPv4 .*get_best_route2\(\)"):
            netioapi.get_best_route(*arguments)
    assert calls.total == 0


UNKNOWN = [4711, ipif.Luid(4711), uuid.UUID(int=4711), "No such network"]


@pytest.mark.parametrize("interface", UNKNOWN)
def test_an_unknown_interface_is_not_found(interface: Any) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        ipif.best_route("8.8.8.8", interface=interface)
    assert caught.value.interface == interface
    assert repr(interface) in str(caught.value)
    for family in ("ipv4", "ipv6"):
        with pytest.raises(ipif.InterfaceNotFound):
            ipif.get_interface(interface, family)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [{"index": 4711}, {"luid": 4711}, {"luid": 4711, "index": 13}])
def test_an_unknown_key_is_not_found(key: dict[str, int]) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        netioapi.get_best_route2("8.8.8.8", **key)
    error = caught.value
    assert (error.winerror, error.function, error.interface) == (2, "GetBestRoute2", 4711)
    assert isinstance(error.interface, ipif.Luid) is ("luid" in key)


@pytest.mark.parametrize("interface", ["", "a\0b", "x" * 257, 0, -1, 2**32, True, 13.0, b"", {}])
def test_an_argument_that_names_no_interface_is_refused(interface: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="interface"):
        ipif.best_route("8.8.8.8", interface=interface)
    assert calls.total == 0


@pytest.mark.parametrize("name", ["luid", "index"])
@pytest.mark.parametrize("value", ["13", 13.0, None, True, -1, 2**64])
def test_a_bad_key_is_named(name: str, value: Any, calls: Calls) -> None:
    with pytest.raises((TypeError, OverflowError), match=name):
        netioapi.get_best_route2("8.8.8.8", **{name: value})
    assert calls.total == 0


@pytest.mark.parametrize("family", ["ipx", 5, 0, True, 4.0, [4]])
def test_an_unknown_family_is_refused(family: Any, calls: Calls) -> None:
    for function in (ipif.list_routes, ipif.list_addresses):
        with pytest.raises(ipif.ValidationError, match="family"):
            function(family)
    assert calls.total == 0


@pytest.mark.parametrize("family", [99, -1, 2**70, "ipv4", None, 2.0])
def test_the_thin_functions_name_the_family_too(family: Any, calls: Calls) -> None:
    for function in (netioapi.get_ip_forward_table2, netioapi.get_unicast_ip_address_table):
        with pytest.raises((TypeError, ValueError, OverflowError), match="family"):
            function(family)
    assert calls.total == 0


def test_the_calls_take_the_arguments_that_they_show() -> None:
    with pytest.raises(TypeError, match="from 1 to 2 positional"):
        netioapi.get_best_route("8.8.8.8", None, None)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="1 required positional"):
        netioapi.get_best_route2()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="alias"):
        netioapi.get_best_route2("8.8.8.8", alias="Ethernet")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        ipif.best_route("8.8.8.8", "10.0.0.1")  # type: ignore[misc]
