"""ipif get: all members of one interface and family."""

import json
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command

import ipif
from ipif import simulation

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
GUID = "{0000000D-1111-4222-8333-0123456789AB}"


@pytest.mark.parametrize("name", ["13", "Ethernet", "ethernet", GUID, GUID.lower()])
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_get_takes_an_index_an_alias_or_a_guid(name: str, family: Any, command: Command) -> None:
    row = ipif.get_interface("Ethernet", family)
    assert json.loads(command("get", name, family, "--json").out) == ipif.to_json(row)


def test_get_shows_every_member_in_the_form_that_set_takes(command: Command) -> None:
    done = command("get", "Ethernet", "ipv4")
    shown = dict(line.split(None, 1) for line in done.out.splitlines()[1:])
    assert list(shown) == [field.name for field in ipif.FIELDS]
    assert (shown["Family"], shown["UseAutomaticMetric"]) == ("ipv4", "true")
    assert shown["RouterDiscoveryBehavior"] == "Dhcp"
    assert shown["ZoneIndices"].count(",") == 15
    changes = [f"{field.name}={shown[field.name].strip()}" for field in SETTABLE]
    changes.remove("Metric=25")
    changes.remove("SitePrefixLength=64")
    done = command("set", "Ethernet", "ipv4", *changes)
    assert (done.status, done.err) == (0, "")
    assert "nothing changed" in done.out


def test_an_alias_with_every_kind_of_character_is_shown(command: Command) -> None:
    alias = "Ümläut 🦎 \u202e\x1b[31m"
    simulation.add_interface(alias)
    assert command("list").status == 0
    document = json.loads(command("get", alias, "ipv4", "--json").out)
    assert document["NlMtu"] == 1500
