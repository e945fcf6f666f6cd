"""ipif list: the interfaces, which of them, and which columns."""

import json

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of
from support.machine import Calls

import ipif
from ipif import simulation

KEYS = ["Alias", "InterfaceIndex", "InterfaceLuid", "Family"]


def aliases(command: Command, *arguments: object) -> list[str]:
    """Return the aliases that a list has, in JSON."""
    done = command("list", *arguments, "--json")
    assert (done.status, done.err) == (0, "")
    return [row["Alias"] for row in json.loads(done.out)]


def test_list_shows_every_interface_in_80_columns(command: Command) -> None:
    done = command("list")
    assert (done.status, done.err) == (0, "")
    rows = ipif.list_interfaces()
    lines = done.out.splitlines()
    assert len(lines) == 1 + len(rows)
    assert max(map(len, lines)) <= 80
    for row, line in zip(rows, lines[1:], strict=True):
        assert line.startswith(ipif.Luid(row["InterfaceLuid"]).alias[:20])
        assert str(row["InterfaceIndex"]) in line.split()


def test_list_shows_metric_mtu_and_state(command: Command) -> None:
    ipif.update_interface("Ethernet", "ipv6", Metric=10)
    lines = [line.split() for line in command("list", "Ethernet").out.splitlines()]
    assert lines[0] == ["Alias", "Index", "Family", "Metric", "MTU", "State"]
    assert lines[1:] == [
        ["Ethernet", "13", "ipv4", "25", "auto", "1500", "connected"],
        ["Ethernet", "13", "ipv6", "10", "1492", "connected"],
    ]


def test_list_shows_as_flags_what_a_fresh_windows_does_not_have(command: Command) -> None:
    assert "Flags" not in command("list").out
    ipif.update_interface("Wi-Fi", "ipv4", WeakHostSend=True, DadTransmits=0)
    out = command("list", "Wi-Fi", "--family", "ipv4", "--wide").out
    assert out.splitlines()[1].endswith("WeakHostSend=true DadTransmits=0")
    narrow = command("list", "Wi-Fi").out.splitlines()
    assert max(map(len, narrow)) <= 80
    assert "DadTransmits=0" in "".join(narrow)


def test_list_in_json_agrees_with_the_api_and_names_enumerators(command: Command) -> None:
    done = command("list", "--json")
    documents = json.loads(done.out)
    for document, row in zip(documents, ipif.list_interfaces(), strict=True):
        assert list(document)[:4] == KEYS
        assert document["Alias"] == ipif.Luid(row["InterfaceLuid"]).alias
        expected = ipif.to_json(row)
        behavior = ipif.RouterDiscoveryBehavior(row["RouterDiscoveryBehavior"])
        assert document["RouterDiscoveryBehavior"] == behavior.name
        for name in ("RouterDiscoveryBehavior", "LinkLocalAddressBehavior"):
            del expected[name]
        for name in ("TransmitOffload", "ReceiveOffload"):
            assert isinstance(document[name], list)
            del expected[name]
        assert expected.items() <= document.items()


def test_list_can_be_narrowed(command: Command) -> None:
    assert aliases(command, "ethernet") == ["Ethernet"] * 2
    assert aliases(command, "luid:" + str(int(ipif.Luid.of("Wi-Fi")))) == ["Wi-Fi"] * 2
    assert aliases(command, "*e*therne?") == ["Ethernet"] * 2
    assert aliases(command, "Ethernet", "--family", "IPv6") == ["Ethernet"]
    assert aliases(command, "--family", "4", "17") == ["Wi-Fi"]
    assert set(aliases(command, "--type", "Wi-Fi")) >= {"Wi-Fi"}
    assert aliases(command, "--type", "24") == aliases(command, "--type", "loopback")
    assert "Ethernet" in aliases(command, "--connected")
    simulation.set_link("Ethernet", up=False)
    assert "Ethernet" not in aliases(command, "--connected")
    assert aliases(command, "Ethernet", "--connected") == []
    assert "no such interface" in command("list", "Ethernet", "--connected").out


def test_columns_can_be_chosen(command: Command) -> None:
    done = command("list", "Ethernet", "--columns", "alias,nlmtu,InterfaceMetric,mtu")
    assert done.out.splitlines()[0].split() == ["Alias", "NlMtu", "Metric", "MTU"]
    assert done.out.splitlines()[1].split() == ["Ethernet", "1500", "25", "auto", "1500"]
    [document] = json.loads(
        command("list", "Ethernet", "--family", "6", "--columns", "MTU", "--json").out
    )
    assert list(document) == [*KEYS, "NlMtu"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("nobody",), 4, "no interface named 'nobody'"),
        (("luid:7",), 4, "no interface with the LUID 7"),
        (("WiFi",), 4, "did you mean 'Wi-Fi'?"),
        (("x*",), 4, "no interface has an alias like 'x*'"),
        (("--family", "ipv5"), 5, "ipv4, ipv6 or both"),
        (("--type", "modem"), 5, "wifi"),
        (("--columns", "Alias,Mertic"), 5, "did you mean Metric?"),
        (("--columns", ""), 5, "--columns has an empty name: ''"),
        (("--columns", "mtu,,alias"), 5, "--columns has an empty name: 'mtu,,alias'"),
        (("--fam", "ipv4"), 2, "--fam"),
        (("a", "b"), 2, "unrecognized"),
    ],
)
def test_list_says_what_is_wrong(
    arguments: tuple[str, ...], status: int, words: str, command: Command
) -> None:
    assert words in error_of(command("list", *arguments), status)


def test_list_costs_two_tables(command: Command, calls: Calls) -> None:
    command("list")
    assert calls["GetIpInterfaceTable"] == 1
    assert calls["GetIfTable2"] + calls["GetIfTable2Ex"] == 1
    assert calls.total - calls["FreeMibTable"] == 2


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_machine_without_interfaces_of_a_family_is_an_empty_list(
    family: str, command: Command
) -> None:
    for adapter in ipif.list_adapters():
        if any(row["InterfaceLuid"] == adapter["InterfaceLuid"]
               for row in ipif.list_interfaces(family)):  # type: ignore[arg-type]  # fmt: skip
            simulation.unbind(adapter, family)  # type: ignore[arg-type]
    assert json.loads(command("list", "--family", family, "--json").out) == []
