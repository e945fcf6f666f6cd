"""Rows in JSON: every structure and back, and how values are spelled."""

import json

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import netioapi


def test_every_row_round_trips_through_json() -> None:
    tables = {
        "MIB_IPINTERFACE_ROW": ipif.list_interfaces(),
        "MIB_IF_ROW2": ipif.list_adapters(),
        "MIB_IPFORWARD_ROW2": ipif.list_routes(),
        "MIB_UNICASTIPADDRESS_ROW": ipif.list_addresses(),
        "MIB_IPFORWARDROW": [netioapi.get_best_route("192.168.1.7")],
    }
    for structure, rows in tables.items():
        assert rows
        for row in rows:
            document = json.loads(json.dumps(ipif.to_json(row)))  # type: ignore[arg-type]
            assert list(document) == list(row)
            assert ipif.from_json(structure, document) == row


def test_an_unchanged_member_is_left_out_of_json() -> None:
    row = netioapi.initialize_ip_interface_entry()
    document = ipif.to_json(row)
    assert document.keys() == {name for name, value in row.items() if value is not None}


def test_json_names_the_family_and_spells_guids_and_hardware_addresses() -> None:
    adapter = ipif.to_json(ipif.list_adapters()[1])
    assert adapter["InterfaceGuid"] == "{0000000D-1111-4222-8333-0123456789AB}"
    assert adapter["PhysicalAddress"] == "02-00-00-00-00-0D"
    families = [ipif.to_json(row)["Family"] for row in ipif.list_interfaces()]
    assert set(families) == {"ipv4", "ipv6"}


def test_an_unknown_structure_is_refused() -> None:
    with pytest.raises(ipif.ValidationError, match="structure = 'MIB_IFROW': not a structure"):
        ipif.from_json("MIB_IFROW", {})


@pytest.mark.parametrize("document", [None, [], "x", 5])
def test_a_row_that_is_not_a_json_object_is_refused(document: object) -> None:
    with pytest.raises(ipif.ValidationError, match=r"row = .*: expected a JSON object"):
        ipif.from_json("MIB_IF_ROW2", document)


def test_every_problem_of_a_row_is_reported_at_once() -> None:
    document = {"Mtu": "5", "Alais": "x", "Alias": "a\0b", "PhysicalAddress": "02:00", "Type": -1}
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.from_json("MIB_IF_ROW2", document)
    assert [(problem.member, problem.rule) for problem in caught.value.problems] == [
        ("Mtu", "expected int, got str"),
        ("Alais", "not a member of MIB_IF_ROW2"),
        ("Alias", "contains a NUL character"),
        ("PhysicalAddress", "not a hardware address"),
        ("Type", "outside 0..4294967295"),
    ]
    assert caught.value.problems[1].advice == "did you mean Alias?"
