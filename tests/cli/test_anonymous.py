"""ipif snapshot --anonymous: what identifies a computer is replaced, and routes lead as before."""

import ipaddress
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import support.machine  # noqa: F401
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fresh import ROOT

import ipif
from ipif import simulation
from ipif._cli.anonymous import Replacements, anonymous

Document: TypeAlias = dict[str, Any]
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

ETHERNET, WIFI = 6 << 48 | 1 << 24, 71 << 48 | 1 << 24
MACHINES = [None, *sorted((ROOT / "docs" / "machines").glob("*.json"))]
LOCAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "2001:db8::/32", "3fff::/20", "fc00::/8", "fe80::/10"),
)
HARDWARE = ("PhysicalAddress", "PermanentPhysicalAddress")


def machine(
    routes: list[Document], addresses: list[Document], adapters: list[Document] | None = None
) -> Document:
    """Return a snapshot with two adapters, or *adapters*, and both families bound to each."""
    adapters = adapters or [
        {"InterfaceLuid": ETHERNET, "InterfaceIndex": 7, "Alias": "Ethernet"},
        {"InterfaceLuid": WIFI, "InterfaceIndex": 9, "Alias": "Wi-Fi"},
    ]
    document = {
        "ipif_snapshot": 1,
        "adapters": adapters,
        "interfaces": [
            {"Family": family, **{name: row[name] for name in ("InterfaceLuid", "InterfaceIndex")}}
            for row in adapters
            for family in ("ipv4", "ipv6")
        ],
        "routes": routes,
        "addresses": addresses,
    }
    simulation.load(document)
    return simulation.dump()


def route(prefix: str, hop: str | None = None, luid: int = ETHERNET, **members: Any) -> Document:
    """Return a route."""
    found = {"InterfaceLuid": luid, "DestinationPrefix": prefix, **members}
    return found if hop is None else {**found, "NextHop": hop}


def address(text: str, luid: int = ETHERNET) -> Document:
    """Return an address, such as ``10.8.0.2/24``."""
    first, _, length = text.partition("/")
    return {"InterfaceLuid": luid, "Address": first, "OnLinkPrefixLength": int(length)}


# ---- what is left


def is_public(text: str) -> bool:
    """Return whether *text* is an address that is somebody's."""
    try:
        one = ipaddress.ip_address(text)
    except ValueError:
        return False
    return one.is_global and not one.is_multicast and one not in ipaddress.ip_network("3fff::/20")


def secrets_of(document: Document) -> dict[str, set[str]]:
    """Return what identifies the computer of a snapshot, by kind."""
    adapters = document["adapters"]
    # A prefix that contains a range which stays is nobody's.
    prefixes = {row["DestinationPrefix"] for row in document["routes"]}
    text = json.dumps(document)
    for prefix in filter(contains_a_local_range, prefixes):
        text = text.replace(f'"{prefix}"', "")
    words = set(re.findall(r"[0-9a-f.:]+", text))
    hardware = {row[name] for row in adapters for name in HARDWARE if row[name].strip("0-")}
    return {
        "hardware": hardware,
        "GUID": {row[name] for row in adapters for name in ("InterfaceGuid", "NetworkGuid")}
        - {"{00000000-0000-0000-0000-000000000000}"},
        "description": {row["Description"] for row in adapters}
        - {row["Alias"] for row in adapters},  # which stays
        "public address": {word for word in words if is_public(word)},
        "EUI-64": {found for word in words if (found := eui_64(word))},
    }


def contains_a_local_range(prefix: str) -> bool:
    """Return whether *prefix* contains a range for local use, or for examples."""
    network = ipaddress.ip_network(prefix)
    ranges = [ipaddress.ip_network(one) for one in LOCAL]
    return any(one.version == network.version and network.supernet_of(one) for one in ranges)  # type: ignore[arg-type]


def eui_64(text: str) -> str:
    """Return the hardware address in an IPv6 address, or nothing."""
    try:
        packed = ipaddress.IPv6Address(text).packed
    except ValueError:
        return ""
    if packed[11:13] != b"\xff\xfe":
        return ""
    return (bytes([packed[8] ^ 2]) + packed[9:11] + packed[13:]).hex("-").upper()


def check_nothing_is_left(before: Document, after: Document) -> None:
    """Check that *after* has no secret of *before*, nowhere in its text."""
    text = json.dumps(after)
    secrets, left = secrets_of(before), secrets_of(after)
    for kind, found in secrets.items():
        assert found & left[kind] == set(), kind
    for kind in ("hardware", "GUID"):
        for secret in secrets[kind]:
            assert secret.lower() not in text.lower()
    assert left["public address"] == set()


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem if path else "bundled")
def test_nothing_that_identifies_the_computer_is_left(path: Path | None) -> None:
    if path is not None:
        simulation.load(path)
    before = simulation.dump()
    after = anonymous(before)
    check_nothing_is_left(before, after)
    assert secrets_of(before)["hardware"]
    simulation.load(after)
    assert simulation.dump() == after


def test_aliases_members_and_private_addresses_stay() -> None:
    before = simulation.dump()
    after = anonymous(before)
    assert after["routes"] == before["routes"]
    assert after["addresses"] == before["addresses"]
    assert after["interfaces"] == before["interfaces"]
    replaced = {*HARDWARE, "InterfaceGuid", "Description"}
    for old, new in zip(before["adapters"], after["adapters"], strict=True):
        assert {name for name in old if old[name] != new[name]} <= replaced
        assert new["Description"] != old["Description"]


def test_one_value_is_always_replaced_by_the_same_and_different_ones_by_different_ones() -> None:
    before = simulation.dump()["adapters"]
    after = anonymous(simulation.dump())["adapters"]
    for name in (*HARDWARE, "InterfaceGuid", "NetworkGuid", "Description"):
        pairs = {(old[name], new[name]) for old, new in zip(before, after, strict=True)}
        assert len({old for old, _ in pairs}) == len({new for _, new in pairs}) == len(pairs)
    assert anonymous(simulation.dump()) == anonymous(simulation.dump())


def test_an_eui_64_is_replaced_by_that_of_the_new_hardware_address() -> None:
    adapter = {"InterfaceLuid": ETHERNET, "InterfaceIndex": 7, "Alias": "Ethernet"}
    adapter["PhysicalAddress"] = "3C-52-82-11-22-33"
    addresses = [
        address("fe80::3e52:82ff:fe11:2233/64"),
        address("fd00:1::3e52:82ff:fe11:2233/64"),
        address("2a02:8109:1234:5600:3e52:82ff:fe11:2233/64"),
    ]
    routes = [
        route("::/0", "fe80::de39:6fff:feaa:bbcc"),
        route("fe80::3e52:82ff:fe11:2233/128"),
        route("2a02:8109:1234:5600::/64"),
    ]
    before = machine(routes, addresses, [adapter])
    after = anonymous(before)
    check_nothing_is_left(before, after)
    assert [row["PhysicalAddress"] for row in after["adapters"]] == ["02-00-00-00-00-01"]
    assert [row["Address"].partition("%")[0] for row in after["addresses"]] == [
        "fe80::ff:fe00:1",
        "fd00:1::ff:fe00:1",
        "2001:db8::ff:fe00:1",
    ]
    assert [row["DestinationPrefix"] for row in after["routes"]] == [
        "::/0",
        "fe80::ff:fe00:1/128",
        "2001:db8::/64",
    ]
    assert after["routes"][0]["NextHop"] == "fe80::ff:fe00:2"


def test_a_random_interface_identifier_is_replaced_wherever_it_is() -> None:
    random = "9d1c:77aa:4b5e:8f01"
    before = machine(
        [route(f"2a02:8109:1:2:{random}/128"), route("2a02:8109:1:2::/64")],
        [address(f"fe80::{random}/64"), address(f"2a02:8109:1:2:{random}/64")],
    )
    after = anonymous(before)
    assert "8f01" not in json.dumps(after)
    [local, public] = [row["Address"].partition("%")[0] for row in after["addresses"]]
    assert local == "fe80::1:0:0:0"
    assert public == "2001:db8:0:0:1::"
    assert after["routes"][0]["DestinationPrefix"] == "2001:db8:0:0:1::/128"


def test_the_interface_identifier_of_a_row_is_replaced_by_0() -> None:
    document = simulation.dump()
    document["interfaces"][3]["InterfaceIdentifier"] = 0x9D1C77AA4B5E8F01
    assert {row["InterfaceIdentifier"] for row in anonymous(document)["interfaces"]} == {0}


def test_a_guid_in_an_alias_is_replaced_like_the_guid() -> None:
    document = simulation.dump()
    guid = document["adapters"][1]["InterfaceGuid"]
    document["adapters"][2]["Alias"] = f"isatap.{guid.lower()}"
    document["adapters"][2]["NetworkGuid"] = guid
    after = anonymous(document)
    new = after["adapters"][1]["InterfaceGuid"]
    assert after["adapters"][2]["Alias"] == f"isatap.{new}"
    assert after["adapters"][2]["NetworkGuid"] == new
    check_nothing_is_left(document, after)


def test_replacements_are_never_values_that_the_snapshot_has() -> None:
    document = simulation.dump()
    for number, row in enumerate(document["adapters"]):
        row["PhysicalAddress"] = f"02-00-00-00-00-{number + 1:02X}"
        row["PermanentPhysicalAddress"] = row["PhysicalAddress"]
        row["PhysicalAddressLength"] = 6
        row["InterfaceGuid"] = f"{{00000000-0000-4000-8000-{number + 1:012X}}}"
        row["Description"] = f"Adapter {number + 1}"
    check_nothing_is_left(document, anonymous(document))


def test_the_hardware_address_of_a_neighbour_is_never_a_replacement() -> None:
    before = machine([route("fe80::ff:fe00:2/128"), route("fe80::ff:fe00:1/128")], [])
    for row in before["adapters"]:
        row["PhysicalAddress"] = row["PermanentPhysicalAddress"] = "3C-52-82-11-22-33"
        row["PhysicalAddressLength"] = 6
    after = anonymous(before)
    check_nothing_is_left(before, after)
    assert {row["PhysicalAddress"] for row in after["adapters"]} == {"02-00-00-00-00-03"}


def test_an_about_is_left_out() -> None:
    assert "about" not in anonymous({**simulation.dump(), "about": "the laptop of Ada"})


# ---- routing


def test_prefixes_keep_their_addresses_and_next_hops_stay_on_link() -> None:
    before = machine(
        [
            route("0.0.0.0/0", "81.2.69.1"),
            route("81.2.69.0/24"),
            route("81.2.69.7/32"),
            route("45.83.220.9/32", "81.2.69.1"),
            route("45.83.220.17/32", "81.2.69.1"),
        ],
        [address("81.2.69.7/24")],
    )
    after = anonymous(before)
    assert [(row["DestinationPrefix"], row["NextHop"]) for row in after["routes"]] == [
        ("0.0.0.0/0", "198.18.0.1"),
        ("198.18.0.0/24", "0.0.0.0"),
        ("198.18.0.7/32", "0.0.0.0"),
        ("198.18.1.9/32", "198.18.0.1"),
        ("198.18.1.17/32", "198.18.0.1"),
    ]
    [row] = after["addresses"]
    assert (row["Address"], row["OnLinkPrefixLength"]) == ("198.18.0.7", 24)


def test_the_halves_of_a_default_route_stay_and_include_what_they_included() -> None:
    before = machine(
        [
            route("0.0.0.0/1", luid=WIFI),
            route("128.0.0.0/1", luid=WIFI),
            route("45.83.220.9/32"),
            route("141.1.1.9/32"),
        ],
        [],
    )
    found = [row["DestinationPrefix"] for row in anonymous(before)["routes"]]
    assert found == ["0.0.0.0/1", "128.0.0.0/1", "100.64.0.9/32", "198.18.0.9/32"]


def test_a_range_that_the_machine_uses_itself_is_left_to_it() -> None:
    before = machine([route("198.18.0.0/16"), route("8.8.8.8/32")], [])
    found = [row["DestinationPrefix"] for row in anonymous(before)["routes"]]
    assert found == ["198.18.0.0/16", "198.19.0.8/32"]


def test_networks_stay_in_the_prefix_that_stays_and_shrink_before_they_leave_it() -> None:
    before = machine(
        [
            *(route(prefix) for prefix in ("168.0.0.0/6", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8")),
            route("168.7.7.7/32"),
        ],
        [],
    )
    found = [row["DestinationPrefix"] for row in anonymous(before)["routes"]]
    assert found[0] == "168.0.0.0/6"
    assert {ipaddress.ip_network(one).prefixlen for one in found[1:4]} == {17}
    assert found[4] == "169.254.0.7/32"
    check_routing(before, ipaddress.ip_address("12.1.2.3"), ipaddress.ip_address("169.7.7.7"))


def test_a_prefix_inside_a_link_keeps_its_addresses() -> None:
    before = machine(
        [
            *(route(prefix) for prefix in ("64:ff9b::/96", "64:ff9b::808:808/128")),
            *(route(prefix) for prefix in ("2a02:8109::/65", "2a02:8109::9d1c:77aa:0:0/96")),
        ],
        [
            address("2a02:8109::9d1c:77aa:4b5e:8f01/64"),
            address("2a02:8109::fd1c:77aa:4b5e:8f01/64"),
            address("2a02:8109:0:0:3e52:82ff:fe11:2233/64"),
        ],
    )
    after = anonymous(before)
    check_nothing_is_left(before, after)
    check_routing(before)
    assert "808:808" not in json.dumps(after)
    assert "8f01" not in json.dumps(after)


def test_an_eui_64_is_replaced_where_prefixes_split_it_into_small_parts() -> None:
    before = machine(
        [route("2a02:8109:1:0:3e52:82ff:fe00:0/103", "2a02:8109:1:0:3e52:82ff:fe00:0")],
        [
            address("2a02:8109:1:0:3e52:82ff:fe00:0/94"),
            address("2a02:8109:1:0:3e52:82ff:fe00:bce/78"),
        ],
    )
    check_nothing_is_left(before, anonymous(before))
    check_routing(before)


def test_large_networks_shrink_and_keep_what_is_in_them() -> None:
    before = machine(
        [
            route("8.0.0.0/7"),
            route("8.8.0.0/16"),
            route("8.8.8.0/24"),
            route("16.0.0.0/4"),
            route("2a00::/11"),
            route("2a02:8100::/24"),
        ],
        [address("17.5.5.5/8")],
    )
    after = anonymous(before)
    check_routing(before)
    [row] = after["addresses"]
    assert row["OnLinkPrefixLength"] >= 16


def test_thousands_of_networks_have_room() -> None:
    prefixes = [f"{20 + one // 200}.{one % 200}.0.0/16" for one in range(3000)]
    before = machine([route(prefix) for prefix in prefixes], [])
    after = anonymous(before)
    found = {row["DestinationPrefix"] for row in after["routes"]}
    assert len(found) == len(prefixes)
    networks = sorted(ipaddress.IPv4Network(one) for one in found)
    assert all(one.subnet_of(ipaddress.IPv4Network("198.18.0.0/15")) for one in networks)
    assert not any(one.overlaps(other) for one, other in pairwise(networks))


def decisions(destination: Address) -> list[tuple[object, ...]]:
    """Return all candidates, in order, without addresses."""
    return [
        (
            one.chosen,
            one.alias,
            one.route_metric,
            one.metric,
            re.sub(r"[0-9a-f.:]+/\d+", "", one.reason),
        )
        for one in ipif.explain_route(destination)
    ]


def check_routing(before: Document, *more: Address) -> None:
    """Check that routes to every replaced destination are judged as before."""
    replacements = Replacements(before)
    after = replacements.document()
    destinations: dict[Address, None] = dict.fromkeys(more)
    for row in before["addresses"]:
        destinations[ipaddress.ip_address(row["Address"])] = None
    for row in before["routes"]:
        prefix = ipaddress.ip_network(row["DestinationPrefix"])
        if not contains_a_local_range(str(prefix)):
            destinations |= dict.fromkeys((prefix.network_address, prefix.broadcast_address))
        destinations[ipaddress.ip_address(row["NextHop"])] = None
    simulation.load(before)
    wanted = {one: decisions(one) for one in destinations}
    simulation.load(after)
    for one, expected in wanted.items():
        assert decisions(replacements.address(one)) == expected, one
    # A prefix has its addresses, and no others.
    for old, new in zip(before["routes"], after["routes"], strict=True):
        prefix = ipaddress.ip_network(old["DestinationPrefix"])
        replaced = ipaddress.ip_network(new["DestinationPrefix"])
        assert replaced == replacements.prefix(prefix)
        for one in destinations:
            inside = replacements.address(one) in replaced
            assert inside == (one in prefix), (one, prefix, replaced)
    for row in after["addresses"]:
        one = ipaddress.ip_address(row["Address"])
        assert row["OnLinkPrefixLength"] <= one.max_prefixlen


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem if path else "bundled")
def test_routes_of_a_machine_are_judged_as_before(path: Path | None) -> None:
    if path is not None:
        simulation.load(path)
    check_routing(simulation.dump(), ipaddress.ip_address("8.8.8.8"))


PUBLIC = st.one_of(
    st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address),
    # Few networks, so that some are inside others.
    st.tuples(st.sampled_from([0x08080000, 0x2D53DC00, 0x67F0B400]), st.integers(0, 1023))
    .map(sum)
    .map(ipaddress.IPv4Address),
    st.integers(2 << 124, (4 << 124) - 1).map(ipaddress.IPv6Address),
    st.tuples(st.sampled_from([0x2A028109 << 96, 0x20010470 << 96]), st.integers(0, 2**80))
    .map(sum)
    .map(ipaddress.IPv6Address),
    st.integers(0, 2**24 - 1).map(
        lambda number: ipaddress.IPv6Address(0x2A02810900010000_3E5282FFFE000000 | number)
    ),
).filter(lambda one: is_public(str(one)))
STAYING = st.sampled_from(
    [
        *("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/2", "192.0.0.0/2"),
        *("0.0.0.0/5", "168.0.0.0/6", "::/0", "::/1", "8000::/1", "2000::/3", "10.0.0.0/9"),
        *("10.8.0.0/24", "192.168.1.0/24", "100.64.0.0/11", "198.18.0.0/16", "192.0.2.0/24"),
        *("fe80::/64", "2001:db8:7::/64", "fd00:8::/64", "ff00::/8"),
    ]
)


@st.composite
def machines(draw: st.DrawFn) -> tuple[Document, list[Address]]:
    """Return a machine with random networks, and some more destinations."""
    routes, addresses = [], []
    luids = st.sampled_from([ETHERNET, WIFI])
    publics = draw(st.lists(PUBLIC, min_size=1, max_size=12))
    for one in publics:
        length = draw(st.integers(one.max_prefixlen // 4, one.max_prefixlen))
        prefix = ipaddress.ip_network((int(one), length), strict=False) if one.version == 4 else (
            ipaddress.IPv6Network((int(one), length), strict=False)
        )  # fmt: skip
        if draw(st.booleans()):
            addresses.append(address(f"{one}/{length}", draw(luids)))
        if draw(st.booleans()):
            hop = draw(
                st.sampled_from([str(other) for other in publics if other.version == one.version])
            )
            metric = draw(st.integers(0, 3))
            routes.append(route(str(prefix), hop, draw(luids), Metric=metric))
    for text in draw(st.lists(STAYING, max_size=6)):
        routes.append(route(text, luid=draw(luids), Metric=draw(st.integers(0, 3))))
    rows = {
        (row["InterfaceLuid"], row["DestinationPrefix"], row.get("NextHop")): row for row in routes
    }
    hardware = draw(st.lists(st.binary(min_size=6, max_size=8), min_size=2, max_size=2))
    adapters = [
        {
            "InterfaceLuid": luid,
            "InterfaceIndex": luid >> 48,
            "Alias": alias,
            "Description": f"Model {draw(st.integers(1000, 9999))}",
            "PhysicalAddress": packed.hex("-").upper(),
            "InterfaceGuid": f"{{{draw(st.uuids())}}}".upper(),
            "OperStatus": draw(st.sampled_from([1, 2])),
        }
        for (luid, alias), packed in zip(
            ((ETHERNET, "Ethernet"), (WIFI, "Wi-Fi")), hardware, strict=True
        )
    ]
    found = machine(list(rows.values()), addresses, adapters)
    return found, draw(st.lists(PUBLIC, max_size=5))


def check(drawn: tuple[Document, list[Address]]) -> None:
    """Check a machine, and some destinations more."""
    before, more = drawn
    check_nothing_is_left(before, anonymous(before))
    check_routing(before, *more)


@settings(max_examples=50, derandomize=True)
@given(machines())
def test_machines_have_no_secret_left_and_judge_routes_as_before(
    drawn: tuple[Document, list[Address]],
) -> None:
    check(drawn)


@pytest.mark.slow
@settings(max_examples=3000)
@given(machines())
def test_many_random_machines_have_no_secret_left_and_judge_routes_as_before(
    drawn: tuple[Document, list[Address]],
) -> None:
    check(drawn)
