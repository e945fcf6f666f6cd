"""ipif get: all members of one interface."""

import json
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of

import ipif
from ipif import simulation

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
GUID = "{0000000D-1111-4222-8333-0123456789AB}"
LUID = f"luid:{int(ipif.Luid.of(13))}"


@pytest.mark.parametrize(
    "name", ["13", "Ethernet", "ethernet", GUID, GUID.lower(), GUID.strip("{}"), LUID, LUID.upper()]
)
@pytest.mark.parametrize("family", ["ipv4", "IPv6", "4", "6"])
def test_get_takes_an_interface_and_a_family_in_every_form(
    name: str, family: Any, command: Command
) -> None:
    document = json.loads(command("get", name, family, "--json").out)
    row: Any = ipif.get_interface("Ethernet", 4 if "4" in family else 6)
    assert document["Alias"] == "Ethernet"
    assert document["Family"] == ("ipv4" if "4" in family else "ipv6")
    for member in ("InterfaceIndex", "InterfaceLuid", "NlMtu", "Metric", "DadTransmits"):
        assert document[member] == row[member]


def test_get_shows_both_families_side_by_side(command: Command) -> None:
    for arguments in (("Ethernet",), ("Ethernet", "both")):
        out = command("get", *arguments).out
        assert out.splitlines()[0] == f"Ethernet (index 13), ipv4 and ipv6, {LUID}"
        lines = {line.split()[0]: line.split() for line in out.splitlines()[1:]}
        assert lines["NlMtu"] == ["NlMtu", "1500", "1492", "bytes", "yes"]
        assert lines["RouterDiscoveryBehavior"][1:] == ["Dhcp", "Enabled", "yes"]
        assert lines["Connected"][1:] == ["true", "true"]
        assert max(map(len, out.splitlines())) <= 80
    documents = json.loads(command("get", "Ethernet", "--json").out)
    assert [document["Family"] for document in documents] == ["ipv4", "ipv6"]


def test_get_shows_one_family_where_the_other_is_not_bound(command: Command) -> None:
    simulation.unbind("Ethernet", "ipv6")
    assert command("get", "Ethernet").out.splitlines()[0].startswith("Ethernet (index 13), ipv4,")
    assert "1168" in error_of(command("get", "Ethernet", "ipv6"), 4)
    simulation.unbind("Ethernet", "ipv4")
    assert "neither" in error_of(command("get", "Ethernet"), 4)


def test_get_shows_every_member_in_the_form_that_set_takes(command: Command) -> None:
    shown: dict[str, str] = {}
    for line in command("get", "Ethernet", "ipv4").out.splitlines()[2:]:
        if line.startswith(" "):  # a long value goes on
            shown[[*shown][-1]] += line.strip()
        else:
            shown[line.split()[0]] = line.split()[1]
    assert [*shown] == [field.name for field in ipif.FIELDS if field.access != "key"]
    assert shown["ZoneIndices"].count(",") == 15
    changes = [f"{field.name}={shown[field.name]}" for field in SETTABLE]
    changes.remove("Metric=25")
    changes.remove("SitePrefixLength=64")
    done = command("set", "Ethernet", "ipv4", *changes)
    assert done.status == 0
    assert "nothing changed" in done.out


def test_get_shows_each_offload_flag_by_name(command: Command) -> None:
    machine = simulation.dump()
    offloads = int(
        ipif.InterfaceOffload.NlChecksumSupported | ipif.InterfaceOffload.FastPathCompatible
    )
    for row in machine["interfaces"]:
        if row["InterfaceIndex"] == 13 and row["Family"] == "ipv4":
            row["TransmitOffload"] = offloads
    simulation.load(machine)
    lines = [line.split() for line in command("get", "Ethernet").out.splitlines()]
    assert ["TransmitOffload"] in lines
    assert ["NlChecksumSupported", "yes", "no"] in lines
    assert ["FastPathCompatible", "yes", "no"] in lines
    document = json.loads(command("get", "Ethernet", "4", "--json").out)
    assert document["TransmitOffload"] == ["NlChecksumSupported", "FastPathCompatible"]
    assert document["ReceiveOffload"] == []


def test_changed_only_shows_what_a_fresh_windows_does_not_have(command: Command) -> None:
    assert "every member has the value" in command("get", "Ethernet", "--changed-only").out
    ipif.update_interface("Ethernet", "ipv6", DadTransmits=0, Metric=5)
    lines = command("get", "Ethernet", "--changed-only").out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["UseAutomaticMetric", "DadTransmits"]
    document = json.loads(command("get", "Ethernet", "ipv6", "--changed-only", "--json").out)
    assert document["DadTransmits"] == 0
    assert [*document][4:] == ["UseAutomaticMetric", "DadTransmits"]


def test_a_loopback_adapter_has_defaults_of_its_own(command: Command) -> None:
    loopback = "Loopback Pseudo-Interface 1"
    assert ipif.get_interface(loopback, "ipv4")["DadTransmits"] == 0
    assert "every member has the value" in command("get", loopback, "--changed-only").out


def test_an_alias_with_every_kind_of_character_is_shown(command: Command) -> None:
    alias = "Ümläut 🦎 \u202e\x1b[31m"
    simulation.add_interface(alias)
    assert command("list").status == 0
    document = json.loads(command("get", alias, "ipv4", "--json").out)
    assert document["NlMtu"] == 1500
    assert document["Alias"] == alias
    assert "\\u202e\\x1b[31m" in command("get", alias).out
