"""ipif route: every route to a destination, which one Windows chooses, why not the others."""

import json
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of
from support.fresh import ROOT

import ipif
from ipif import simulation

VPN = ROOT / "docs" / "machines" / "vpn.json"


def lines_of(command: Command, *arguments: object) -> list[list[str]]:
    """Return the words of the lines, with the continued reasons joined to their lines."""
    done = command("route", *arguments)
    assert (done.status, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80
    lines: list[list[str]] = []
    for line in done.out.splitlines():
        if line.startswith(" " * 20):
            lines[-1] += line.split()
        else:
            lines.append(line.split())
    return lines


def test_the_chosen_route_is_first_and_marked_and_the_others_say_why_not(command: Command) -> None:
    simulation.load(VPN)
    assert [" ".join(words) for words in lines_of(command, "8.8.8.8")] == [
        "8.8.8.8: through Ethernet, next hop 192.0.2.1",
        "Destination Next hop Alias Metric Reason",
        "> 0.0.0.0/0 192.0.2.1 Ethernet 0 + 25 = 25 chosen",
        "0.0.0.0/0 10.8.0.1 VPN 0 + 35 = 35 metric 35 is higher than 25 (Ethernet)",
    ]


def test_a_longer_prefix_wins_and_a_route_without_a_gateway_is_on_link(command: Command) -> None:
    simulation.load(VPN)
    [title, _, first, *others] = lines_of(command, "2001:db8:7::77")
    assert " ".join(title) == "2001:db8:7::77: through Ethernet, on link"
    assert " ".join(first) == "> 2001:db8:7::/64 on link Ethernet 256 + 25 = 281 chosen"
    assert len(others) == 2
    for words in others:
        assert " ".join(words).endswith("2001:db8:7::/64 is a longer prefix (Ethernet)")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda: simulation.set_link("Ethernet", up=False),
            "the interface is disconnected",
        ),
        (
            lambda: ipif.update_interface("Ethernet", "ipv4", DisableDefaultRoutes=True),
            "the interface ignores default routes (DisableDefaultRoutes)",
        ),
    ],
)
def test_a_route_that_cannot_be_chosen_says_why(change: Any, reason: str, command: Command) -> None:
    simulation.load(VPN)
    change()
    [title, _, first, second] = lines_of(command, "8.8.8.8")
    assert " ".join(title) == "8.8.8.8: through VPN, next hop 10.8.0.1"
    assert first[:4] == [">", "0.0.0.0/0", "10.8.0.1", "VPN"]
    assert " ".join(second).endswith(reason)


def test_a_source_restricts_the_routes_to_its_interface(command: Command) -> None:
    simulation.load(VPN)
    [title, _, first, second] = lines_of(command, "8.8.8.8", "--source", "10.8.0.2")
    assert " ".join(title) == "8.8.8.8 from 10.8.0.2: through VPN, next hop 10.8.0.1"
    assert first[3] == "VPN"
    assert " ".join(second).endswith(
        "the interface does not have the source 10.8.0.2 (strong host model)"
    )


def test_an_interface_restricts_the_routes_to_its_own(command: Command) -> None:
    simulation.load(VPN)
    [_, _, first, second] = lines_of(command, "8.8.8.8", "--interface", "vpn")
    assert first[3] == "VPN"
    assert " ".join(second).endswith("it is not the given interface")
    assert lines_of(command, "8.8.8.8", "--interface", "12")[2] == first


def test_long_ipv6_routes_fit_80_columns(command: Command) -> None:
    target = "2001:db8:1234:5678:9abc:def0:1234:5678"
    for alias in ("Ethernet", "Wi-Fi"):
        simulation.add_route(alias, f"{target}/128", NextHop="fe80::1234:5678:9abc:def0")
    done = command("route", target)
    [_, *table] = done.out.splitlines()
    assert max(map(len, table)) <= 80
    assert done.status == 0


def test_a_narrow_terminal_gets_a_paragraph_for_each_route_and_no_lone_mark(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipif._cli.output._is_terminal", lambda stream: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    lines = command("route", "8.8.8.8").out.splitlines()
    assert max(map(len, lines)) <= 40
    assert ">" not in "".join(lines)
    assert [line.split() for line in lines if line.startswith("Reason")] == [
        ["Reason", "chosen"],
        ["Reason", "metric", "50", "is", "higher", "than", "25"],
    ]


def test_no_route_that_can_be_chosen_ends_with_4_the_candidates_and_their_reasons(
    command: Command,
) -> None:
    simulation.load(VPN)
    ipif.update_interface("Ethernet", "ipv4", DisableDefaultRoutes=True)
    done = command("route", "8.8.8.8", "--source", "192.0.2.10")
    assert done.status == 4
    assert done.out.splitlines()[0] == "8.8.8.8 from 192.0.2.10: no route can be chosen"
    assert ">" not in done.out
    assert done.out.count("0.0.0.0/0") == 2
    assert done.err.splitlines() == [
        "ipif: no route to 8.8.8.8 from 192.0.2.10",
        "Ethernet: the interface ignores default routes (DisableDefaultRoutes)",
        "VPN: the interface does not have the source 192.0.2.10 (strong host model)",
    ]


def test_a_destination_that_no_route_includes_ends_with_4(command: Command) -> None:
    document = simulation.dump()
    document["routes"] = []
    simulation.load(document)
    message = error_of(command("route", "8.8.8.8"), 4)
    assert message.startswith("ipif: no route to 8.8.8.8: no route has a prefix that includes it")
    done = command("route", "8.8.8.8", "--json")
    assert (done.status, json.loads(done.out)) == (4, [])
    assert json.loads(done.err)["error"]["code"] == 4


def test_json_has_all_candidates(command: Command) -> None:
    simulation.load(VPN)
    done = command("route", "8.8.8.8", "--json")
    assert (done.status, done.err) == (0, "")
    first, second = json.loads(done.out)
    assert first == {
        "Alias": "Ethernet",
        "InterfaceIndex": 7,
        "InterfaceLuid": 1689399632855040,
        "Family": "ipv4",
        "DestinationPrefix": "0.0.0.0/0",
        "NextHop": "192.0.2.1",
        "RouteMetric": 0,
        "InterfaceMetric": 25,
        "Metric": 25,
        "Chosen": True,
        "Reason": "",
    }
    assert list(second) == list(first)
    assert (second["Alias"], second["Chosen"]) == ("VPN", False)
    assert second["Reason"] == "metric 35 is higher than 25 (Ethernet)"
    assert command("--json", "route", "8.8.8.8").out == done.out


def test_json_without_a_choice_has_the_reasons_and_the_error(command: Command) -> None:
    done = command("route", "8.8.8.8", "--source", "9.9.9.9", "--json")
    assert done.status == 4
    assert [one["Chosen"] for one in json.loads(done.out)] == [False, False]
    error = json.loads(done.err)["error"]
    assert (error["code"], error["message"]) == (4, "no route to 8.8.8.8 from 9.9.9.9")
    assert "strong host model" in error["hint"]


def test_a_family_that_is_not_bound_has_no_metric(command: Command) -> None:
    document = simulation.dump()
    document["interfaces"] = [
        row
        for row in document["interfaces"]
        if (row["InterfaceIndex"], row["Family"]) != (13, "ipv6")
    ]
    simulation.load(document)
    done = command("route", "2001:db8::1")
    assert done.status == 4
    assert "256 + none" in done.out
    assert "IPv6 is not bound to the interface" in done.err


def test_a_link_local_destination_takes_a_zone(command: Command) -> None:
    simulation.add_route("Ethernet", "fe80::/64")
    simulation.add_route("Wi-Fi", "fe80::/64")
    [title, _, first, *_] = lines_of(command, "fe80::5%17")
    assert " ".join(title) == "fe80::5%17: through Wi-Fi, on link"
    assert first[0] == ">"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["example.org"], "the destination is an IP address, not 'example.org'"),
        (["8.8.8.8/24"], "the destination is one address, not a prefix: write 8.8.8.8"),
        (["::1/128"], "the destination is one address, not a prefix: write ::1"),
        (["8.8.8"], "the destination is an IP address, not '8.8.8'"),
        (["[::1]"], "the destination is an IP address"),
        (["0x08080808"], "the destination is an IP address"),
        ([""], "the destination is an IP address, not ''"),
        (["x" * 10_000], "the destination is an IP address"),
        (["\x1b[31m"], "the destination is an IP address"),
        (["8.8.8.8", "--source", "me"], "the source is an IP address, not 'me'"),
        (["8.8.8.8", "--source", "::1"], "the source ::1 is an IPv6 address, but the destination"),
        (["fe80::1%Ethernet"], "the scope id 'Ethernet' is not an interface index"),
    ],
)
def test_bad_addresses_are_refused_in_words_that_people_understand(
    arguments: list[str], message: str, command: Command
) -> None:
    found = error_of(command("route", *arguments), 5)
    assert message in found
    assert len(found) < 300
    assert "\x1b" not in found


def test_a_wrong_interface_is_answered_with_the_nearest_alias(command: Command) -> None:
    message = error_of(command("route", "8.8.8.8", "--interface", "WiFi"), 4)
    assert message.startswith("ipif: no interface named 'WiFi'; did you mean 'Wi-Fi'?")


def test_a_missing_destination_is_a_usage_error(command: Command) -> None:
    assert "DESTINATION" in error_of(command("route"), 2)


def test_an_error_of_windows_is_not_no_route(command: Command) -> None:
    simulation.fail("GetIpForwardTable2", 8)
    message = error_of(command("route", "8.8.8.8"), 1)
    assert "GetIpForwardTable2" in message
