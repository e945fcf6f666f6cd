"""ipif explain: what a member means, and which values it takes."""

import json
import shlex
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of

import ipif
from ipif._cli.commands.explain import KINDS, ROW, example

TABLES = ipif.netioapi.FIELDS
SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
OTHERS = [
    (structure, field)
    for structure, fields in TABLES.items()
    for field in fields
    if structure != ROW
]
NAMES = [
    (name, field.name)
    for field in ipif.FIELDS
    for name in (field.powershell, field.netsh)
    if name is not None
]


def words(text: str) -> str:
    """Return *text* on one line."""
    return " ".join(text.split())


# ---- the list


def test_the_list_has_a_line_of_at_most_80_columns_for_each_member(command: Command) -> None:
    done = command("explain")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [field.name for field in ipif.FIELDS]
    assert max(map(len, lines)) <= 80
    settable = [line.split()[0] for line in lines if line.split()[1] == "yes"]
    assert settable == [field.name for field in SETTABLE]


def test_the_wide_list_has_the_whole_summaries(command: Command) -> None:
    text = command("explain", "--wide").out
    assert all(field.summary in text for field in ipif.FIELDS)


@pytest.mark.parametrize("structure", TABLES)
def test_the_name_of_a_structure_lists_its_members(structure: str, command: Command) -> None:
    done = command("explain", structure.lower(), "--json")
    assert [one["Member"] for one in json.loads(done.out)] == [
        field.name for field in TABLES[structure]
    ]
    lines = command("explain", structure).out.splitlines()
    assert len(lines) == 1 + len(TABLES[structure])
    assert max(map(len, lines)) <= 80


# ---- one member


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_a_member_is_explained_from_the_field_table(field: ipif.Field, command: Command) -> None:
    done = command("explain", field.name)
    assert (done.status, done.err) == (0, "")
    text = words(done.out)
    known = [field.summary, field.unit, field.source, ROW, ROW.lower()]
    known += [name for name in (field.powershell, field.netsh) if name is not None]
    if field.access == "settable" and field.enum is None and field.ranges is not None:
        known += [str(number) for family in field.families for number in field.ranges[family]]
    assert [part for part in known if part not in text] == []
    assert ("Can be set yes" in text) is (field.access == "settable")
    assert "unchanged" in text if field.unchanged else "'unchanged'" not in text


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_json_has_everything_that_the_field_table_has(field: ipif.Field, command: Command) -> None:
    document = json.loads(command("explain", field.name, "--json").out)
    assert document["Member"] == field.name
    assert document["Structure"] == ROW
    assert document["Summary"] == field.summary
    assert document["Unchanged"] == list(field.unchanged)
    assert (document["PowerShell"], document["Netsh"]) == (field.powershell, field.netsh)
    assert document["Families"] == list(field.families)
    assert document["Access"] == field.access
    assert document["Basis"] == field.source
    assert set(document["Ranges"]) <= set(field.families)


def test_ranges_and_defaults_are_those_of_each_family(command: Command) -> None:
    text = words(command("explain", "NlMtu").out)
    assert "Range ipv4 576 to 4294967294; ipv6 1280 to 4294967294" in text
    assert "0 and 4294967295 mean 'unchanged'" in text
    text = words(command("explain", "RouterDiscoveryBehavior").out)
    assert "Disabled=0, Enabled=1, Dhcp=2" in text
    assert "Unchanged=" not in text
    assert "Default ipv4 Dhcp; ipv6 Enabled" in text
    assert "Default ipv4 3; ipv6 1; 0 on a loopback adapter" in words(
        command("explain", "DadTransmits").out
    )
    assert "Range ipv4 0; ipv6 0 to 128" in words(command("explain", "SitePrefixLength").out)
    assert "Family ipv6 only" in words(command("explain", "ZoneIndices").out)
    document = json.loads(command("explain", "RouterDiscoveryBehavior", "--json").out)
    assert document["Defaults"] == {"ipv4": "Dhcp", "ipv6": "Enabled"}
    document = json.loads(command("explain", "NlMtu", "--json").out)
    assert document["Ranges"] == {"ipv4": [576, 4294967294], "ipv6": [1280, 4294967294]}


@pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)
def test_the_example_of_a_member_can_be_run(field: ipif.Field, command: Command) -> None:
    line = example(ROW, field)
    assert line is not None
    assert line in words(command("explain", field.name).out)
    program, *arguments = shlex.split(line)
    done = command(*arguments)
    assert (program, done.status) == ("ipif", 0)


def test_there_is_no_example_for_what_cannot_be_set(command: Command) -> None:
    for name in ("Connected", "Family", "Alias"):
        text = command("explain", name).out
        assert "Can be set  no" in text
        assert "ipif set" not in text


def test_the_address_of_the_reference_page_stands_on_one_line(command: Command) -> None:
    page = "https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-"
    for name, structure in (("NlMtu", "mib_ipinterface_row"), ("Alias", "mib_if_row2")):
        assert command("explain", name).out.splitlines()[-1] == page + structure
    document = json.loads(command("explain", "dwForwardDest", "--json").out)
    assert document["Reference"].endswith("/ipmib/ns-ipmib-mib_ipforwardrow")


# ---- names


@pytest.mark.parametrize(("name", "member"), NAMES)
def test_the_names_of_powershell_and_netsh_lead_to_the_member(
    name: str, member: str, command: Command
) -> None:
    for text in (name, name.upper(), name.lower()):
        assert json.loads(command("explain", text, "--json").out)["Member"] == member


@pytest.mark.parametrize(("structure", "field"), OTHERS, ids=lambda one: getattr(one, "name", one))
def test_members_of_other_structures_are_explained_too(
    structure: str, field: Any, command: Command
) -> None:
    done = command("explain", f"{structure}.{field.name}".lower(), "--json")
    document = json.loads(done.out)
    assert (document["Structure"], document["Member"]) == (structure, field.name)
    document = json.loads(command("explain", field.name, "--json").out)
    first = next(name for name in TABLES if field.name in [one.name for one in TABLES[name]])
    if field.name != "Mtu":  # as netsh calls NlMtu
        assert document["Structure"] == first
    assert field.kind in KINDS


def test_a_name_in_several_structures_tells_about_the_others(command: Command) -> None:
    assert "See also    MIB_IPFORWARD_ROW2.Metric" in command("explain", "Metric").out
    text = command("explain", "MIB_IPFORWARD_ROW2.Metric").out
    assert "metric of the route" in text
    assert "MIB_IPINTERFACE_ROW.Metric" in text


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Dhcp", "Set-NetIPInterface -Dhcp"),
        ("ecncapability", "not a member of MIB_IPINTERFACE_ROW"),
        ("store", "nothing is kept over a restart"),
        ("NlMtuu", "did you mean NlMtu?"),
        ("OperStats", "did you mean OperStatus?"),
        ("xyzzy", "'ipif explain' lists the members"),
        ("MIB_IF_ROW2.NlMtu", "MIB_IF_ROW2 has no member 'NlMtu'"),
        ("MIB_IF_ROW2.OperStat", "did you mean OperStatus?"),
        ("MIB_IPINTERFACE_ROW.Alias", "there is no member 'Alias'"),
        ("nothing.NlMtu", "there is no structure 'nothing'"),
        ("", "there is no member ''"),
        (".", "there is no structure ''"),
        ("\ud800\x00", "there is no member"),
        ("x" * 100_000, "there is no member"),
    ],
    ids=lambda text: ascii(text)[:24],
)
def test_a_name_that_is_no_member_ends_with_status_5_and_says_why(
    name: str, part: str, command: Command
) -> None:
    message = error_of(command("explain", name), 5)
    assert part in words(message)
    assert len(message) < 1000
    error = json.loads(error_of(command("explain", name, "--json"), 5))["error"]
    assert error["code"] == 5


def test_nothing_is_said_about_a_simulated_machine(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IPIF_BACKEND", raising=False)
    assert command("explain", "NlMtu").err == ""


def test_no_call_of_windows_is_made(command: Command, calls: Any) -> None:
    command("explain")
    command("explain", "NlMtu")
    assert calls.total == 0
