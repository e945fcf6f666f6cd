"""ipif adapters, addresses, routes: one line for each row, one JSON object for each."""

import json
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of
from support.machine import Calls

import ipif
from ipif import simulation
from ipif._cli.commands.addresses import lifetime

COMMANDS = ["adapters", "addresses", "routes"]
LONG = "2001:db8:1234:5678:9abc:def0:1234:5678"


def lines_of(command: Command, *arguments: object) -> list[str]:
    """Return the lines of a table that must succeed."""
    done = command(*arguments)
    assert (done.status, done.err) == (0, "")
    return done.out.splitlines()


def documents_of(command: Command, *arguments: object) -> list[dict[str, Any]]:
    """Return the objects of a table in JSON."""
    done = command(*arguments, "--json")
    assert (done.status, done.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


# ---- all three


@pytest.mark.parametrize("name", COMMANDS)
def test_a_table_fits_80_columns(name: str, command: Command) -> None:
    simulation.add_interface("An interface whose alias is very long, so that it has no room at all",
                             PhysicalAddress="02-00-00-00-00-99")  # fmt: skip
    long = "An interface whose alias is very long, so that it has no room at all"
    simulation.add_address(long, LONG, OnLinkPrefixLength=128, PrefixOrigin=4, SuffixOrigin=5,
                           DadState=3, ValidLifetime=2591999)  # fmt: skip
    simulation.add_route(long, f"{LONG}/128", NextHop="fe80::1234:5678:9abc:def0", Metric=4096)
    lines = lines_of(command, name)
    assert max(map(len, lines)) <= 80
    wide = lines_of(command, name, "--wide")
    assert any(long in line for line in wide)
    if name != "adapters":
        assert any(LONG in line for line in wide)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pattern_selects_by_alias_in_any_case(name: str, command: Command) -> None:
    documents = documents_of(command, name, "*ETHERNET*")
    assert {one["Alias"] for one in documents} >= {"Ethernet"}
    assert all("ethernet" in one["Alias"].lower() for one in documents)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("interface", ["13", "ethernet", "luid:1689399632855040", "192.168.1.10"])
def test_one_interface_is_named_in_every_way(name: str, interface: str, command: Command) -> None:
    documents = documents_of(command, name, interface)
    assert documents
    assert {one["InterfaceIndex"] for one in documents} == {13}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_interface_is_answered_with_the_nearest_alias(name: str, command: Command) -> None:
    message = error_of(command(name, "Ethernt"), 4)
    assert message.startswith("ipif: no interface named 'Ethernt'; did you mean 'Ethernet'?")
    assert "no interface has an alias like 'x*'" in error_of(command(name, "x*"), 4)


@pytest.mark.parametrize("name", ["addresses", "routes"])
def test_a_family_selects_and_another_word_is_refused(name: str, command: Command) -> None:
    for family in ("ipv4", "IPv6"):
        documents = documents_of(command, name, "--family", family)
        assert {one["Family"] for one in documents} == {family.lower()}
    assert documents_of(command, name, "--family", "both") == documents_of(command, name)
    assert "ipv4, ipv6 or both" in error_of(command(name, "--family", "ipx"), 5)


@pytest.mark.parametrize(
    ("name", "nothing"), [("addresses", "no such address"), ("routes", "no such route")]
)
def test_an_empty_table_says_so(name: str, nothing: str, command: Command) -> None:
    assert lines_of(command, name, "Teredo*") == [nothing]
    assert documents_of(command, name, "Teredo*") == []


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("adapters", {"GetIfTable2Ex": 1}),
        ("addresses", {"GetIfTable2Ex": 1, "GetUnicastIpAddressTable": 1}),
        ("routes", {"GetIfTable2Ex": 1, "GetIpForwardTable2": 1, "GetIpInterfaceTable": 1}),
    ],
)
def test_each_table_is_read_once_and_nothing_for_each_row(
    name: str, tables: dict[str, int], command: Command, calls: Calls
) -> None:
    command(name)
    assert {table: calls[table] for table in tables} == tables
    assert calls.total - calls["FreeMibTable"] == sum(tables.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_an_alias_cannot_disturb_the_table(name: str, command: Command) -> None:
    alias = "\x1b[31mred\u202e"
    simulation.rename_interface("Ethernet", alias)
    out = command(name).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\\x1b[31mred" in out
    assert alias in {one["Alias"] for one in documents_of(command, name)}


# ---- adapters


def test_adapters_shows_what_is_below_ip(command: Command) -> None:
    lines = lines_of(command, "adapters", "Ethernet", "--wide")
    assert [line.split() for line in lines] == [
        ["Alias", "Index", "Type", "State", "Speed", "MTU", "Hardware", "address", "Description"],
        [
            *("Ethernet", "13", "Ethernet", "Up", "1", "Gbit/s", "1500", "02-00-00-00-00-0D"),
            *("Intel(R)", "Ethernet", "Connection", "I219-V"),
        ],
    ]


def test_descriptions_are_shown_when_there_is_room(command: Command) -> None:
    assert "Description" not in lines_of(command, "adapters")[0]
    assert "Description" in lines_of(command, "adapters", "--wide")[0]


def test_filter_modules_are_hidden_unless_asked_for(command: Command) -> None:
    filter_module = "Ethernet-WFP Native MAC Layer LightWeight Filter-0000"

    def aliases(*arguments: str) -> list[str]:
        return [one["Alias"] for one in documents_of(command, "adapters", *arguments)]

    assert filter_module not in aliases()
    assert filter_module in aliases("--all")
    assert aliases("Ethernet*") == ["Ethernet"]
    assert aliases("Ethernet*", "--all") == ["Ethernet", filter_module]
    assert aliases(filter_module) == [filter_module]


def test_adapters_are_selected_by_type_and_by_state(command: Command) -> None:
    assert {one["Type"] for one in documents_of(command, "adapters", "--type", "Wi-Fi")} == {"WiFi"}
    assert documents_of(command, "adapters", "--type", "71") == documents_of(
        command, "adapters", "--type", "wifi"
    )
    connected = documents_of(command, "adapters", "--connected")
    assert {one["OperStatus"] for one in connected} == {"Up"}
    assert len(connected) < len(documents_of(command, "adapters"))
    message = error_of(command("adapters", "--type", "carrier pigeon"), 5)
    assert "the type is one of other, ethernet" in message
    assert lines_of(command, "adapters", "--type", "atm") == ["no such adapter"]


def test_adapters_in_json_have_every_member_and_names_of_enumerators(command: Command) -> None:
    [document] = documents_of(command, "adapters", "Ethernet")
    row = ipif.get_adapter("Ethernet")
    assert document.keys() == row.keys()
    assert list(document)[:3] == ["Alias", "InterfaceIndex", "InterfaceLuid"]
    assert document["Type"] == "Ethernet"
    assert document["OperStatus"] == document["AdminStatus"] == "Up"
    assert document["MediaConnectState"] == "Connected"
    named = {"Type", "OperStatus", "AdminStatus", "MediaConnectState"}
    plain = ipif.to_json(row)
    assert {name for name in document if document[name] != plain[name]} == named


@pytest.mark.parametrize(
    ("sending", "receiving", "shown"),
    [
        (10**9, 10**9, "1 Gbit/s"),
        (72_200_000, 72_200_000, "72.2 Mbit/s"),
        (2_500_000_000, 2_500_000_000, "2.5 Gbit/s"),
        (1_073_741_824, 1_073_741_824, "1.07 Gbit/s"),
        (400 * 10**9, 400 * 10**9, "400 Gbit/s"),
        (100_000, 100_000, "100 kbit/s"),
        (300, 300, "300 bit/s"),
        (10**6, 16 * 10**6, "1 Mbit/s / 16 Mbit/s"),
        (0, 0, ""),
        (2**64 - 1, 2**64 - 1, ""),
        (0, 10**6, "? / 1 Mbit/s"),
    ],
)
def test_a_speed_is_written_as_people_write_it(
    sending: int, receiving: int, shown: str, command: Command
) -> None:
    simulation.add_interface("New", TransmitLinkSpeed=sending, ReceiveLinkSpeed=receiving)
    line = lines_of(command, "adapters", "New")[1]
    assert " ".join(line.split()) == " ".join(f"New 2 Ethernet Up {shown} 1500".split()).replace(
        " 2 ", f" {ipif.Luid.of('New').index} ", 1
    )


# ---- addresses


def test_addresses_shows_prefix_origin_state_and_lifetime(command: Command) -> None:
    simulation.add_address("Wi-Fi", "2001:db8:7::5", PrefixOrigin=4, SuffixOrigin=5,
                           ValidLifetime=86400, DadState=3)  # fmt: skip
    lines = lines_of(command, "addresses", "Wi-Fi", "--wide")
    assert [line.split(maxsplit=2) for line in lines] == [
        ["Address", "Alias", "Origin                  State       Lifetime"],
        ["192.168.1.11/24", "Wi-Fi", "DHCP                    Preferred   forever"],
        ["fe80::11:11/64", "Wi-Fi", "well known, link layer  Preferred   forever"],
        ["2001:db8:7::5/64", "Wi-Fi", "RA, random              Deprecated  1d"],
    ]


def test_addresses_in_json_have_every_member_and_names_of_enumerators(command: Command) -> None:
    documents = documents_of(command, "addresses")
    for document, row in zip(documents, ipif.list_addresses(), strict=True):
        assert list(document)[:4] == ["Alias", "InterfaceIndex", "InterfaceLuid", "Family"]
        assert document["Alias"] == ipif.Luid(row["InterfaceLuid"]).alias
        assert document["Address"] == str(row["Address"])
        assert document["DadState"] == "Preferred"
        assert document.keys() - row.keys() == {"Alias", "Family"}
        assert row.keys() <= document.keys()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59, "59s"),
        (61, "1m 1s"),
        (3600, "1h"),
        (86399, "23h 59m"),
        (86400, "1d"),
        (86401, "1d"),
        (2591999, "29d 23h"),
        (2**32 - 2, "49710d 6h"),
        (2**32 - 1, "forever"),
    ],
)
def test_a_lifetime_has_at_most_two_units(seconds: int, text: str) -> None:
    assert lifetime(seconds) == text


# ---- routes


def test_routes_shows_next_hop_both_metrics_and_protocol(command: Command) -> None:
    lines = lines_of(command, "routes", "Ethernet")
    assert [" ".join(line.split()) for line in lines] == [
        "Destination Next hop Alias Metric Protocol",
        "0.0.0.0/0 192.168.1.1 Ethernet 0 + 25 = 25 NetMgmt",
        "192.168.1.0/24 on link Ethernet 256 + 25 = 281 Local",
        "::/0 fe80::1 Ethernet 256 + 25 = 281 NetMgmt",
    ]


def test_routes_are_sorted_by_destination(command: Command) -> None:
    simulation.add_route("Wi-Fi", "10.0.0.0/8")
    simulation.add_route("Wi-Fi", "10.0.0.0/16")
    found = [one["DestinationPrefix"] for one in documents_of(command, "routes", "Wi-Fi")]
    assert found == ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "192.168.1.0/24"]


def test_a_route_of_a_family_that_is_not_bound_has_no_interface_metric(command: Command) -> None:
    simulation.unbind("Ethernet", "ipv6")
    document = simulation.dump()
    document["routes"] = [
        {"InterfaceLuid": 1689399632855040, "DestinationPrefix": "::/0", "Metric": 256}
    ]
    simulation.load(document)
    assert "256 + none" in lines_of(command, "routes", "Ethernet", "--family", "6")[1]
    [found] = documents_of(command, "routes", "Ethernet")
    assert (found["Metric"], found["InterfaceMetric"]) == (256, None)


def test_routes_in_json_have_every_member_and_the_metric_of_the_interface(
    command: Command,
) -> None:
    documents = documents_of(command, "routes")
    rows = {
        (row["InterfaceLuid"], str(row["DestinationPrefix"])): row for row in ipif.list_routes()
    }
    assert len(documents) == len(rows)
    for document in documents:
        row = rows[document["InterfaceLuid"], document["DestinationPrefix"]]
        family: Any = document["Family"]
        assert list(document)[:4] == ["Alias", "InterfaceIndex", "InterfaceLuid", "Family"]
        assert document["NextHop"] == str(row["NextHop"])
        assert document["Metric"] == row["Metric"]
        interface = ipif.get_interface(ipif.Luid(row["InterfaceLuid"]), family)
        assert document["InterfaceMetric"] == interface["Metric"]
        assert row.keys() <= document.keys()
        assert document["Protocol"] in ("NetMgmt", "Local")
