"""ipif set: how changes are written, what it shows, and which changes it refuses."""

import json
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of

import ipif
from ipif import simulation

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]


def test_set_changes_and_shows_before_and_after(command: Command) -> None:
    done = command("set", "Ethernet", "ipv4", "Metric=10", "NlMtu=1400", "DadTransmits=3")
    assert (done.status, done.err) == (0, "")
    table = [line.split() for line in done.out.splitlines()[1:-1]]
    assert table == [
        ["Member", "before", "after"],
        ["UseAutomaticMetric", "true", "false"],
        ["Metric", "25", "10"],
        ["NlMtu", "1500", "1400"],
    ]
    row = ipif.get_interface("Ethernet", "ipv4")
    assert (row["Metric"], row["NlMtu"]) == (10, 1400)


def test_set_shows_how_long_a_change_lasts(command: Command) -> None:
    note = command("set", "Ethernet", "ipv6", "NlMtu=1400").out.splitlines()[-1]
    for word in ("at once", "lost", "reboot", "inferred"):
        assert word in note
        assert word in " ".join(command("set", "--help").out.split())


def test_set_in_json_has_the_changed_members_before_and_after(command: Command) -> None:
    done = command("set", "--json", "Ethernet", "ipv6", "NlMtu=1400", "ForwardingEnabled=on")
    assert json.loads(done.out) == {
        "before": {"ForwardingEnabled": False, "NlMtu": 1492},
        "after": {"ForwardingEnabled": True, "NlMtu": 1400},
    }
    done = command("set", "--json", "Ethernet", "ipv6", "NlMtu=1400")
    assert json.loads(done.out) == {"before": {}, "after": {}}


@pytest.mark.parametrize(
    ("text", "member", "value"),
    [
        ("ForwardingEnabled=true", "ForwardingEnabled", True),
        ("ForwardingEnabled=ON", "ForwardingEnabled", True),
        ("WeakHostSend=True", "WeakHostSend", True),
        ("UseAutomaticMetric=false", "UseAutomaticMetric", False),
        ("UseAutomaticMetric=off", "UseAutomaticMetric", False),
        ("ForwardingEnabled=enabled", "ForwardingEnabled", True),
        ("WeakHostSend=Enabled", "WeakHostSend", True),
        ("UseAutomaticMetric=Disabled", "UseAutomaticMetric", False),
        ("NlMtu=0x5dc", "NlMtu", 1500),
        ("NlMtu=1_400", "NlMtu", 1400),
        ("Metric=0", "Metric", 0),
        ("RouterDiscoveryBehavior=Disabled", "RouterDiscoveryBehavior", 0),
        ("RouterDiscoveryBehavior=dhcp", "RouterDiscoveryBehavior", 2),
        ("RouterDiscoveryBehavior=1", "RouterDiscoveryBehavior", 1),
        ("LinkLocalAddressBehavior=alwayson", "LinkLocalAddressBehavior", 2),
        ("ZoneIndices=" + ",".join(map(str, range(16))), "ZoneIndices", tuple(range(16))),
        ("ZoneIndices=" + ", ".join(["0x10"] * 16), "ZoneIndices", (16,) * 16),
    ],
)
def test_a_value_can_be_written_in_these_forms(
    text: str, member: str, value: Any, command: Command
) -> None:
    assert command("set", "Ethernet", "ipv4", text).status == 0
    assert ipif.get_interface("Ethernet", "ipv4")[member] == value  # type: ignore[literal-required]


@pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)
def test_every_settable_member_can_be_set(field: Any, command: Command) -> None:
    value = {"bool": "on", "uint32[16]": ",".join("7" * 16)}.get(field.kind)
    if value is None:
        value = str(field.ranges["ipv6"][0])
    done = command("set", "Ethernet", "ipv6", f"{field.name}={value}")
    assert (done.status, done.err) == (0, "")


# ---- refused changes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("NlMtu", ["NlMtu", "Member=value"]),
        ("", ["Member=value"]),
        ("=5", ["not a member"]),
        ("NlMtu=", ["NlMtu"]),
        ("NlMtu=x", ["NlMtu", "int"]),
        ("NlMtu=1.5", ["NlMtu"]),
        ("NlMtu=-1", ["NlMtu"]),
        ("NlMtu=575", ["NlMtu", "576"]),
        ("NlMtu=" + "9" * 5000, ["NlMtu"]),
        ("Mertic=5", ["Mertic", "did you mean Metric?"]),
        ("nlmtu=1400", ["did you mean NlMtu?"]),
        ("Connected=true", ["read-only"]),
        ("InterfaceIndex=5", ["key"]),
        ("ForwardingEnabled=1", ["ForwardingEnabled", "True or False"]),
        ("ForwardingEnabled=yes", ["ForwardingEnabled"]),
        ("RouterDiscoveryBehavior=Unchanged", ["unchanged sentinel"]),
        ("RouterDiscoveryBehavior=Bogus", ["Disabled", "Enabled", "Dhcp"]),
        ("ZoneIndices=1,2,3", ["16"]),
        ("ZoneIndices=" + ",".join(["x"] * 16), ["ZoneIndices[15]"]),
        ("SitePrefixLength=64", ["SitePrefixLength", "IPv4"]),
        ("\ud800=\ud800", ["not a member"]),
    ],
)
def test_an_invalid_change_ends_with_status_2(
    change: str, words: list[str], command: Command
) -> None:
    before = simulation.dump()
    message = error_of(command("set", "Ethernet", "ipv4", change))
    for word in words:
        assert word in message
    assert simulation.dump() == before


def test_every_invalid_change_is_reported_at_once(command: Command) -> None:
    message = error_of(command("set", 13, "ipv4", "NlMtu=1", "Mertic=5", "Connected=on"))
    assert "3 problems" in message


def test_a_member_given_twice_is_refused(command: Command) -> None:
    assert "twice" in error_of(command("set", 13, "ipv4", "NlMtu=1400", "NlMtu=1300"))
