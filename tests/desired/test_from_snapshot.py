"""desired_from: the document that restores the interface rows of a snapshot."""

import json
from collections import UserDict
from types import MappingProxyType
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import simulation

GUID = "{0000000D-1111-4222-8333-0123456789AB}"
CHANGES: dict[str, Any] = {
    "AdvertisingEnabled": True,
    "ForwardingEnabled": True,
    "WeakHostSend": True,
    "WeakHostReceive": True,
    "Metric": 77,
    "ManagedAddressConfigurationSupported": False,
    "OtherStatefulConfigurationSupported": False,
    "AdvertiseDefaultRoute": True,
    "RouterDiscoveryBehavior": 0,
    "DadTransmits": 9,
    "BaseReachableTime": 12345,
    "RetransmitTime": 1234,
    "PathMtuDiscoveryTimeout": 4321,
    "LinkLocalAddressBehavior": 0,
    "LinkLocalAddressTimeout": 99,
    "NlMtu": 1400,
    "DisableDefaultRoutes": True,
}


def section_of(document: Any, family: str, guid: str = GUID) -> Any:
    """Return the wanted members of the adapter with *guid*."""
    [entry] = [entry for entry in document["interfaces"] if entry["match"] == {"guid": guid}]
    return entry.get(family)


def restore(saved: Any, members: Any = None) -> None:
    ipif.plan(ipif.desired_from(saved, members)).apply()


def restorable() -> list[dict[str, Any]]:
    """Return all rows without SitePrefixLength, and without a Metric that Windows computes."""
    return [
        {
            name: value
            for name, value in row.items()
            if name != "SitePrefixLength" and (name != "Metric" or not row["UseAutomaticMetric"])
        }
        for row in ipif.list_interfaces()
    ]


def test_every_row_of_a_machine_is_restored() -> None:
    saved = json.loads(json.dumps(ipif.snapshot()))
    before = restorable()
    for row in ipif.list_interfaces():
        changes = dict(CHANGES)
        if row["NlMtu"] == 2**32 - 1:  # an unchanged sentinel: it could not be restored
            del changes["NlMtu"]
        ipif.update_interface(row, row["Family"], **changes)
    assert restorable() != before
    restore(saved)
    assert restorable() == before


def test_a_restored_machine_needs_no_change() -> None:
    document = ipif.desired_from(ipif.snapshot())
    assert not ipif.plan(document)
    assert len(document["interfaces"]) == len({r["InterfaceLuid"] for r in ipif.list_interfaces()})


@pytest.mark.parametrize("mapping", [MappingProxyType, UserDict])
def test_a_snapshot_may_be_made_of_any_mapping(mapping: Any) -> None:
    saved: dict[str, Any] = ipif.snapshot()
    sections = {
        name: tuple(map(mapping, value)) if isinstance(value, list) else value
        for name, value in saved.items()
    }
    assert ipif.desired_from(mapping(sections)) == ipif.desired_from(saved)


def test_a_row_that_is_any_mapping_is_checked_like_a_dict() -> None:
    saved: dict[str, Any] = ipif.snapshot()
    saved["adapters"][0] = MappingProxyType({"InterfaceLuid": "x"})
    saved["interfaces"] = [UserDict(Family="ipv4")]
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.desired_from(saved)
    places = {problem.member for problem in caught.value.problems}
    assert places == {"adapters[0].InterfaceLuid", "interfaces[0].InterfaceLuid"}


def test_without_an_array_of_adapters_their_rows_are_not_problems_too() -> None:
    saved: dict[str, Any] = ipif.snapshot()
    saved["adapters"] = {}
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.desired_from(saved)
    assert [problem.member for problem in caught.value.problems] == ["adapters"]


def test_the_document_is_json_and_made_without_a_call(calls: Calls) -> None:
    saved = ipif.snapshot()
    total = calls.total
    document = ipif.desired_from(saved)
    assert calls.total == total
    assert json.loads(json.dumps(document)) == document


def test_a_manual_metric_is_restored_and_an_automatic_one_is_automatic_again() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=42)
    saved = ipif.snapshot()
    ipv4 = section_of(ipif.desired_from(saved), "ipv4")
    assert (ipv4["UseAutomaticMetric"], ipv4["Metric"]) == (False, 42)
    ipv6 = section_of(ipif.desired_from(saved), "ipv6")
    assert ipv6["UseAutomaticMetric"] is True
    assert "Metric" not in ipv6
    ipif.update_interface("Ethernet", "ipv4", UseAutomaticMetric=True)
    ipif.update_interface("Ethernet", "ipv6", Metric=5)
    restore(saved)
    assert ipif.get_interface("Ethernet", "ipv4")["Metric"] == 42
    assert ipif.get_interface("Ethernet", "ipv6")["UseAutomaticMetric"]


@pytest.mark.parametrize("member", ["Metric", "UseAutomaticMetric"])
def test_both_members_of_the_metric_are_one_setting(member: str) -> None:
    saved = ipif.snapshot()
    assert section_of(ipif.desired_from(saved, [member]), "ipv4") == {"UseAutomaticMetric": True}
    ipif.update_interface("Ethernet", "ipv4", Metric=42)
    assert section_of(ipif.desired_from(ipif.snapshot(), [member]), "ipv4") == {
        "UseAutomaticMetric": False,
        "Metric": 42,
    }


def test_only_the_given_members_are_restored() -> None:
    saved = ipif.snapshot()
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400, DadTransmits=9)
    restore(saved, iter(["NlMtu"]))
    row = ipif.get_interface("Ethernet", "ipv4")
    assert (row["NlMtu"], row["DadTransmits"]) == (1500, 9)


def test_what_set_would_not_write_is_left_out() -> None:
    saved = ipif.snapshot()
    [row] = [
        row for row in saved["interfaces"] if (row["InterfaceIndex"], row["Family"]) == (13, "ipv4")
    ]
    row.update(NlMtu=0, DadTransmits=2**32 - 1, RouterDiscoveryBehavior=-1)
    row["ZoneIndices"] = [2**32 - 1] * 16
    del row["ForwardingEnabled"]
    section = section_of(ipif.desired_from(saved), "ipv4")
    left_out = {"NlMtu", "DadTransmits", "RouterDiscoveryBehavior", "ZoneIndices"}
    assert section.keys().isdisjoint(left_out | {"ForwardingEnabled", "SitePrefixLength"})
    assert "SitePrefixLength" in section_of(ipif.desired_from(saved), "ipv6")


def test_adapters_are_found_by_guid_when_luid_index_and_alias_have_changed() -> None:
    saved = ipif.snapshot()
    document = simulation.dump()
    for rows in (document["adapters"], document["interfaces"]):
        for row in rows:
            if row["InterfaceIndex"] == 13:
                row.update(InterfaceLuid=0x0006_0099_0000_0000, InterfaceIndex=99)
                row.update({"Alias": "Renamed"} if "Alias" in row else {"NlMtu": 1400})
    document["routes"] = document["addresses"] = []
    simulation.load(document)
    restore(saved, ["NlMtu"])
    assert ipif.get_interface("Renamed", "ipv4")["NlMtu"] == 1500


def test_adapters_with_one_guid_and_without_a_guid_are_told_apart_by_their_luid() -> None:
    saved = ipif.snapshot()
    for adapter in saved["adapters"]:
        if adapter["InterfaceIndex"] in (13, 17):
            adapter["InterfaceGuid"] = GUID
        elif adapter["InterfaceIndex"] == 16:
            adapter["InterfaceGuid"] = "{00000000-0000-0000-0000-000000000000}"
        elif adapter["InterfaceIndex"] == 9:
            del adapter["InterfaceGuid"]
    matches = [entry["match"] for entry in ipif.desired_from(saved)["interfaces"]]
    assert {"guid": GUID, "luid": 0x6008001000000} in matches
    assert {"guid": GUID, "luid": 0x47008000000000} in matches
    assert {"luid": 0x35008001000000} in matches
    assert {"luid": 0x35008000000000} in matches


def test_an_adapter_that_is_gone_is_a_problem_unless_its_entry_allows_it() -> None:
    saved = ipif.snapshot()
    simulation.remove_interface("HMA VPN")
    document = ipif.desired_from(saved)
    with pytest.raises(ipif.ValidationError, match="matches no interface"):
        ipif.plan(document)
    for entry in document["interfaces"]:
        entry["expect"] = "any"
    ipif.plan(document)


def test_a_snapshot_of_an_empty_machine_gives_an_empty_document() -> None:
    assert ipif.desired_from({"ipif_snapshot": 1}) == {"interfaces": []}
    assert ipif.desired_from(MappingProxyType({"ipif_snapshot": 1})) == {"interfaces": []}


# ---- bad input


class Unreadable(UserDict[str, Any]):
    """A mapping that raises when it is read."""

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)


@pytest.mark.parametrize(
    ("snapshot", "place"),
    [
        (None, "snapshot"),
        ("machine.json", "snapshot"),
        ([], "snapshot"),
        (Unreadable(ipif_snapshot=1), "snapshot"),
        ({}, "ipif_snapshot"),
        ({"ipif_snapshot": 2}, "ipif_snapshot"),
        ({"ipif_snapshot": True}, "ipif_snapshot"),
        ({"ipif_snapshot": "1"}, "ipif_snapshot"),
        ({"ipif_snapshot": 1.0}, "ipif_snapshot"),
        ({"ipif_snapshot": 1, "interfaces": 5}, "interfaces"),
        ({"ipif_snapshot": 1, "adapters": "x"}, "adapters"),
        ({"ipif_snapshot": 1, "adapters": [5]}, "adapters[0]"),
        ({"ipif_snapshot": 1, "adapters": [{}]}, "adapters[0].InterfaceLuid"),
        ({"ipif_snapshot": 1, "interfaces": [5]}, "interfaces[0]"),
        (
            {"ipif_snapshot": 1, "interfaces": [{"InterfaceLuid": 5, "Family": "ipv4"}]},
            "interfaces[0].InterfaceLuid",
        ),
        (
            {"ipif_snapshot": 1, "interfaces": [{"InterfaceLuid": 5, "Family": 2}]},
            "interfaces[0].Family",
        ),
    ],
)
def test_a_snapshot_that_cannot_be_read_is_refused_with_the_place(
    snapshot: Any, place: str, calls: Calls
) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.desired_from(snapshot)
    assert [problem.member for problem in caught.value.problems] == [place]
    assert calls.total == 0


def test_every_problem_of_a_snapshot_is_listed_with_its_place() -> None:
    saved = ipif.snapshot()
    first, second, third = saved["interfaces"][:3]
    first["NlMtu"] = 5
    second["Mertic"] = 5
    third["Metric"] = "fast"
    saved["interfaces"].append(dict(first))
    saved["interfaces"].append({"InterfaceLuid": 5, "Family": "ipv4"})
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.desired_from(saved)
    last = len(saved["interfaces"]) - 1
    assert {problem.member for problem in caught.value.problems} == {
        "interfaces[0].NlMtu",
        "interfaces[1].Mertic",
        "interfaces[2].Metric",
        f"interfaces[{last - 1}].Family",
        f"interfaces[{last - 1}].NlMtu",
        f"interfaces[{last}].InterfaceLuid",
    }


@pytest.mark.parametrize(
    ("members", "place", "advice"),
    [
        ("Metric", "members", "write a list"),
        (b"Metric", "members", "write a list"),
        ({"Metric": 5}, "members", "write a list"),
        (5, "members", "write a list"),
        ([], "members", "write a list"),
        ([5], "members[0]", "write a list"),
        (["NlMtu", "Mertic"], "members[1]", "did you mean Metric?"),
        (["InterfaceMetric"], "members[0]", "did you mean Metric?"),
        (["Connected"], "members[0]", "ipif.FIELDS lists the members"),
        (["InterfaceLuid"], "members[0]", "ipif.FIELDS lists the members"),
    ],
)
def test_members_that_cannot_be_set_are_refused(members: Any, place: str, advice: str) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.desired_from(ipif.snapshot(), members)
    [problem] = caught.value.problems
    assert problem.member == place
    assert advice in problem.advice


def test_names_that_never_end_are_refused() -> None:
    def names() -> Any:
        while True:
            yield "NlMtu"

    with pytest.raises(ipif.ValidationError, match="members"):
        ipif.desired_from(ipif.snapshot(), names())
