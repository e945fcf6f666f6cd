"""ipif set: how changes are written, what it shows, and which changes it refuses."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of

import ipif
from ipif import simulation

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]


def table(out: str) -> list[list[str]]:
    """Return the cells of the table in an output, without the lines above and below it."""
    lines = [line.split() for line in out.splitlines()]
    return [line for line in lines if line[0] in ("Family", "ipv4", "ipv6")]


def undo(out: str) -> list[list[str]]:
    """Return the words of each command that undoes the changes."""
    lines = [line for line in out.splitlines() if line.startswith("undo: ")]
    return [shlex.split(line.removeprefix("undo: "))[1:] for line in lines]


def test_set_changes_and_shows_before_and_after(command: Command) -> None:
    done = command("set", "Ethernet", "ipv4", "Metric=10", "NlMtu=1400", "DadTransmits=3")
    assert done.status == 0
    assert done.out.splitlines()[0] == "Ethernet (index 13), ipv4"
    assert table(done.out) == [
        ["Family", "Member", "Before", "After"],
        ["ipv4", "UseAutomaticMetric", "true", "false"],
        ["ipv4", "Metric", "25", "10"],
        ["ipv4", "NlMtu", "1500", "1400"],
    ]
    row = ipif.get_interface("Ethernet", "ipv4")
    assert (row["Metric"], row["NlMtu"]) == (10, 1400)


def test_set_changes_both_families(command: Command) -> None:
    done = command("set", "Ethernet", "both", "mtu=1300")
    assert table(done.out)[1:] == [
        ["ipv4", "NlMtu", "1500", "1300"],
        ["ipv6", "NlMtu", "1492", "1300"],
    ]
    simulation.unbind("Ethernet", "ipv6")
    assert table(command("set", "Ethernet", "both", "mtu=1400").out)[1:] == [
        ["ipv4", "NlMtu", "1300", "1400"]
    ]


def test_set_shows_how_long_a_change_lasts(command: Command) -> None:
    note = " ".join(command("set", "Ethernet", "ipv6", "NlMtu=1400").out.split())
    for word in ("at once", "lost", "restart", "inferred"):
        assert word in note
        assert word in " ".join(command("set", "--help").out.split())


def test_set_in_json_has_each_change_and_the_command_that_undoes_it(command: Command) -> None:
    words = ("set", "--json", "Ethernet", "ipv6", "NlMtu=1400", "RouterDiscoveryBehavior=Dhcp")
    document = json.loads(command(*words).out)
    keys = {
        "Alias": "Ethernet",
        "InterfaceIndex": 13,
        "InterfaceLuid": int(ipif.Luid.of(13)),
        "Family": "ipv6",
    }
    assert document == {
        "changes": [
            {**keys, "Member": "RouterDiscoveryBehavior", "Before": "Enabled", "After": "Dhcp"},
            {**keys, "Member": "NlMtu", "Before": 1492, "After": 1400},
        ],
        "undo": ["ipif set Ethernet ipv6 RouterDiscoveryBehavior=Enabled NlMtu=1492"],
    }
    assert json.loads(command(*words).out) == {"changes": [], "undo": []}


# ---- undo


@pytest.mark.parametrize(
    "changes",
    [
        ["NlMtu=1400"],
        ["Metric=10"],
        ["Metric=10", "NlMtu=1400", "WeakHostSend=on"],
        ["RouterDiscoveryBehavior=Disabled", "LinkLocalAddressBehavior=AlwaysOff"],
        ["ZoneIndices=" + ",".join("7" * 16)],
        ["UseAutomaticMetric=off"],
    ],
)
@pytest.mark.parametrize("family", ["ipv4", "ipv6", "both"])
def test_the_command_that_set_prints_undoes_it(
    changes: list[str], family: str, command: Command
) -> None:
    ipif.update_interface("Ethernet", "ipv4", SitePrefixLength=0, DadTransmits=2)
    before = simulation.dump()
    out = command("set", "Ethernet", family, *changes).out
    assert undo(out)
    for words in undo(out):
        assert command(*words).status == 0
    assert simulation.dump() == before


def test_families_with_equal_changes_are_undone_by_one_command(command: Command) -> None:
    out = command("set", "Ethernet", "both", "WeakHostSend=true").out
    assert undo(out) == [["set", "Ethernet", "both", "WeakHostSend=false"]]


@pytest.mark.parametrize(
    "alias",
    ["Two words", "Local Area Connection* 9", "13", "-x", 'a"b', "it's", "$HOME", "%PATH%", "`x`",
     "Büro 2", "a;b", "a&b", "!!", "luid:5", "CJK 網路", "(x)", "a\\", "#1", "both"],
)  # fmt: skip
def test_the_command_that_undoes_it_names_every_interface(alias: str, command: Command) -> None:
    simulation.add_interface(alias)
    luid = f"luid:{int(ipif.Luid.of(alias))}"
    out = command("set", luid, "ipv4", "NlMtu=1400").out
    [words] = undo(out)
    assert command(*words).status == 0
    assert ipif.get_interface(alias, "ipv4")["NlMtu"] == 1500


def test_a_value_that_cannot_be_written_again_is_not_among_the_undone_ones(
    command: Command,
) -> None:
    loopback = "Loopback Pseudo-Interface 1"
    assert ipif.get_interface(loopback, "ipv4")["NlMtu"] == 2**32 - 1
    done = command("set", loopback, "ipv4", "NlMtu=1400", "WeakHostSend=on")
    assert undo(done.out) == [["set", loopback, "ipv4", "WeakHostSend=false"]]
    assert "NlMtu" in done.err
    assert "that cannot be set again" in done.err


# ---- values


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
        ("WeakHostSend=yes", "WeakHostSend", True),
        ("UseAutomaticMetric=NO", "UseAutomaticMetric", False),
        ("UseAutomaticMetric=Disabled", "UseAutomaticMetric", False),
        ("NlMtu=0x5dc", "NlMtu", 1500),
        ("nlmtu=1400", "NlMtu", 1400),
        ("NlMtuBytes=1400", "NlMtu", 1400),
        ("MTU=1400", "NlMtu", 1400),
        ("InterfaceMetric=7", "Metric", 7),
        ("metric=7", "Metric", 7),
        ("AutomaticMetric=disabled", "UseAutomaticMetric", False),
        ("weakhostsend=enabled", "WeakHostSend", True),
        ("IgnoreDefaultRoutes=enabled", "DisableDefaultRoutes", True),
        ("nud=disabled", "UseNeighborUnreachabilityDetection", False),
        ("Metric=0", "Metric", 0),
        ("RouterDiscoveryBehavior=Disabled", "RouterDiscoveryBehavior", 0),
        ("RouterDiscovery=Disabled", "RouterDiscoveryBehavior", 0),
        ("RouterDiscoveryBehavior=dhcp", "RouterDiscoveryBehavior", 2),
        ("RouterDiscoveryBehavior=1", "RouterDiscoveryBehavior", 1),
        ("LinkLocalAddressBehavior=alwayson", "LinkLocalAddressBehavior", 2),
        ("ZoneIndices=" + ",".join(map(str, range(16))), "ZoneIndices", tuple(range(16))),
        ("ZoneIndices=" + ", ".join(["0x10"] * 16), "ZoneIndices", (16,) * 16),
    ],
)
def test_a_change_can_be_written_in_these_forms(
    text: str, member: str, value: Any, command: Command
) -> None:
    assert command("set", "Ethernet", "ipv4", text).status == 0
    row: Any = ipif.get_interface("Ethernet", "ipv4")
    assert row[member] == value


@pytest.mark.parametrize("word", ["auto", "AUTO", "automatic"])
def test_an_automatic_metric_is_a_value_of_metric(word: str, command: Command) -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=10)
    assert command("set", "Ethernet", "ipv4", f"Metric={word}").status == 0
    row = ipif.get_interface("Ethernet", "ipv4")
    assert (row["UseAutomaticMetric"], row["Metric"]) == (True, 25)


@pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)
def test_every_settable_member_can_be_set(field: Any, command: Command) -> None:
    value = {"bool": "on", "uint32[16]": ",".join("7" * 16)}.get(field.kind)
    if value is None:
        value = str(field.ranges["ipv6"][0])
    names = {field.name, field.name.lower(), field.powershell, field.netsh}
    for name in names - {None}:
        assert command("set", "Ethernet", "ipv6", f"{name}={value}").status == 0


# ---- dry run


@pytest.mark.parametrize("family", ["ipv4", "both"])
def test_a_dry_run_shows_what_set_would_change_and_changes_nothing(
    family: str, command: Command
) -> None:
    words = ("set", "Ethernet", family, "Metric=10", "NlMtu=1400", "SitePrefixLength=0")
    before = simulation.dump()
    done = command(*words, "--dry-run")
    assert (done.status, simulation.dump()) == (0, before)
    assert "would change" in done.out
    documents = [json.loads(command(*words, *more, "--json").out) for more in (["--dry-run"], [])]
    assert documents[0]["changes"] == documents[1]["changes"]
    assert "nothing would change" in command(*words, "--dry-run").out


def test_a_dry_run_refuses_what_set_would_refuse(command: Command) -> None:
    error_of(command("set", "Ethernet", "ipv4", "NlMtu=1", "--dry-run"), 5)
    error_of(command("set", "nobody", "ipv4", "NlMtu=1400", "--dry-run"), 4)


# ---- with a journal


def test_set_with_a_journal_is_undone_by_revert(tmp_path: Path, command: Command) -> None:
    journal = tmp_path / "earlier.json"
    ipif.update_interface("Ethernet", "ipv4", SitePrefixLength=0, DadTransmits=2)
    before = simulation.dump()
    done = command("set", "Ethernet", "both", "Metric=10", "--journal", journal)
    assert done.status == 0
    assert f"undo: ipif revert {journal}" in done.out
    message = error_of(command("set", "Ethernet", "both", "Metric=9", "--journal", journal), 1)
    assert "ipif revert" in message
    assert command("revert", journal).status == 0
    assert simulation.dump() == before
    assert not journal.exists()


def test_set_with_a_journal_refuses_what_could_not_be_restored(
    tmp_path: Path, command: Command
) -> None:
    journal = tmp_path / "earlier.json"
    words = ("set", "Loopback Pseudo-Interface 1", "ipv4", "NlMtu=1400", "--journal", journal)
    assert "NlMtu" in error_of(command(*words), 5)
    assert not journal.exists()


# ---- refused changes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("NlMtu", ["NlMtu", "Member=value"]),
        ("", ["Member=value"]),
        ("=5", ["no member"]),
        ("NlMtu=", ["NlMtu", "a number of bytes"]),
        ("NlMtu=x", ["NlMtu", "a number of bytes"]),
        ("NlMtu=1.5", ["NlMtu"]),
        ("NlMtu=1_400", ["NlMtu"]),
        ("NlMtu= 1400 ", ["NlMtu"]),
        ("NlMtu=١٤٠٠", ["NlMtu"]),
        ("NlMtu=-1", ["NlMtu", "from 576"]),
        ("NlMtu=0", ["NlMtu", "unchanged"]),
        ("NlMtu=575", ["NlMtu", "576"]),
        ("NlMtu=" + "9" * 5000, ["NlMtu"]),
        ("NlMtu=" + "9" * 30, ["NlMtu"]),
        ("Mertic=5", ["Mertic", "did you mean Metric?"]),
        ("Connected=true", ["read-only"]),
        ("ConnectionState=connected", ["Connected", "read-only"]),
        ("ReachableTimeMs=5", ["ReachableTime", "read-only"]),
        ("InterfaceIndex=5", ["key"]),
        ("ForwardingEnabled=1", ["ForwardingEnabled", "true or false"]),
        ("ForwardingEnabled=", ["ForwardingEnabled", "true or false"]),
        ("Metric=fast", ["Metric", "number"]),
        ("Dhcp=enabled", ["Dhcp", "Set-NetIPInterface"]),
        ("EcnMarking=x", ["EcnMarking", "not a member"]),
        ("store=persistent", ["active values only"]),
        ("RouterDiscoveryBehavior=Unchanged", ["Disabled", "Enabled", "Dhcp"]),
        ("RouterDiscoveryBehavior=Bogus", ["Disabled", "Enabled", "Dhcp"]),
        ("RouterDiscoveryBehavior=-1", ["unchanged"]),
        ("RouterDiscoveryBehavior=9", ["Disabled", "Enabled", "Dhcp"]),
        ("ZoneIndices=1,2,3", ["16"]),
        ("ZoneIndices=" + ",".join(["x"] * 16), ["ZoneIndices", "item 1"]),
        ("ZoneIndices=" + ",".join(["4294967295"] * 16), ["ZoneIndices", "4294967294"]),
        ("SitePrefixLength=64", ["SitePrefixLength", "ipv4"]),
        ("\ud800=\ud800", ["no member"]),
        ("x" * 100_000 + "=1", ["no member"]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_invalid_change_ends_with_status_5_in_words_of_the_command(
    change: str, words: list[str], command: Command
) -> None:
    before = simulation.dump()
    message = error_of(command("set", "Ethernet", "ipv4", change), 5)
    for word in words:
        assert word in message
    for word in ("True", "False", "None", "ipif.FIELDS", "int", "bool"):
        assert word not in message.split()
    assert len(message) < 500
    assert simulation.dump() == before


def test_every_invalid_change_is_reported_at_once(command: Command) -> None:
    message = error_of(command("set", 13, "ipv4", "NlMtu=x", "Mertic=5", "Connected=on"), 5)
    assert "3 problems" in message
    message = error_of(command("set", 13, "both", "NlMtu=1000", "SitePrefixLength=64"), 5)
    assert "SitePrefixLength" in message
    assert "NlMtu of ipv6 is from 1280" in message


def test_a_member_given_twice_is_refused(command: Command) -> None:
    assert "twice" in error_of(command("set", 13, "ipv4", "NlMtu=1400", "mtu=1300"), 5)
    message = error_of(command("set", 13, "ipv4", "Metric=5", "UseAutomaticMetric=on"), 5)
    assert "leave one of the two out" in message
    assert "twice" in error_of(
        command("set", 13, "ipv4", "Metric=auto", "UseAutomaticMetric=on"), 5
    )


def test_both_families_are_changed_or_none(command: Command) -> None:
    before = simulation.dump()
    simulation.fail("SetIpInterfaceEntry", 87, after=1)
    error_of(command("set", "Ethernet", "both", "NlMtu=1400"), 1)
    after = simulation.dump()
    for rows in (before, after):  # the first change writes it, and nothing brings 64 back
        for row in rows["interfaces"]:
            row.pop("SitePrefixLength")
    assert after == before
