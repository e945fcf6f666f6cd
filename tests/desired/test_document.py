"""Documents, entry by entry: the rows of each, or its problems."""

from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import simulation
from ipif._core.family import AF_INET
from ipif._desired.document import Resolution, resolve, resolve_each
from ipif._desired.select import Adapter

MTU = {"NlMtu": 1400}
TEREDO = "Teredo Tunneling Pseudo-Interface"


def entry(alias: str, **sections: Any) -> dict[str, Any]:
    """Return an entry for *alias*, which wants an MTU for IPv4 unless *sections* says otherwise."""
    return {"match": {"alias": alias}, **(sections or {"ipv4": MTU})}


def each(*entries: Any, allow_missing: bool = False) -> Resolution:
    """Return what a document of *entries* selects."""
    return resolve_each({"interfaces": list(entries)}, allow_missing=allow_missing)


def found(resolution: Resolution) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the changes of each row, by alias and AF_ number."""
    return {(row.adapter.alias, row.af): row.changes for row in resolution.rows}


def places(resolution: Resolution) -> dict[str, list[str]]:
    """Return the places of the problems of each entry."""
    return {
        place: [problem.member for problem in problems]
        for place, problems in resolution.problems.items()
    }


def test_an_entry_with_a_problem_does_not_keep_the_others_from_their_rows() -> None:
    document = each(
        entry("nobody"),
        entry("Local Area Connection*"),
        entry("Ethernet"),
        entry("Wi-Fi", ipv4={"NlMtu": 0}),
        entry("HMA VPN"),
    )
    assert found(document) == {("Ethernet", AF_INET): MTU, ("HMA VPN", AF_INET): MTU}
    assert places(document) == {
        "interfaces[0]": ["interfaces[0].match"],
        "interfaces[1]": ["interfaces[1].match"],
        "interfaces[3]": ["interfaces[3].ipv4.NlMtu"],
    }
    with pytest.raises(ipif.ValidationError) as caught:
        document.refuse()
    assert caught.value.problems == [one for some in document.problems.values() for one in some]


def test_an_entry_that_becomes_ambiguous_stops_alone() -> None:
    entries = [entry("Eth*"), entry("Wi-Fi")]
    assert len(found(each(*entries))) == 2
    simulation.add_interface("Ethernet 2")
    document = each(*entries)
    assert found(document) == {("Wi-Fi", AF_INET): MTU}
    assert "matches 2 interfaces" in document.problems["interfaces[0]"][0].rule


def test_of_two_entries_that_contradict_each_other_the_later_one_has_the_problem() -> None:
    document = each(
        entry("Ethernet"),
        entry("Eth*", ipv4={"NlMtu": 1300, "Metric": 3}, ipv6={"Metric": 3}),
        entry("Ethernet", ipv6={"Metric": 5}),
    )
    assert found(document) == {("Ethernet", AF_INET): MTU}
    assert places(document) == {
        "interfaces[1]": ["interfaces[1].ipv4.NlMtu"],
        "interfaces[2]": ["interfaces[2].ipv6.Metric"],
    }


def test_entries_that_agree_share_a_row() -> None:
    document = each(entry("Ethernet"), entry("Eth*", ipv4={"NlMtu": 1400, "DadTransmits": 0}))
    assert found(document) == {("Ethernet", AF_INET): {"NlMtu": 1400, "DadTransmits": 0}}
    assert len(document.rows) == 1
    assert document.rows[0].places["DadTransmits"] == "interfaces[1].ipv4.DadTransmits"


def test_a_value_that_could_not_be_rolled_back_is_a_problem_of_its_entry() -> None:
    document = each({"match": {"type": "loopback"}, "ipv4": MTU}, entry("Ethernet"))
    assert found(document) == {("Ethernet", AF_INET): MTU}
    assert places(document) == {"interfaces[0]": ["interfaces[0].ipv4.NlMtu"]}


@pytest.mark.parametrize("desired", [None, {}, {"interfaces": [], "interface": []}])
def test_problems_of_the_document_itself_have_a_place_of_their_own(desired: Any) -> None:
    document = resolve_each(desired)
    assert list(document.problems) == ["desired"]
    assert document.rows == []


def test_missing_adapters_and_families_may_be_allowed() -> None:
    entries = (entry("nobody"), entry(TEREDO), entry("Ethernet"))
    assert list(each(*entries).problems) == ["interfaces[0]", "interfaces[1]"]
    document = each(*entries, allow_missing=True)
    assert document.problems == {}
    assert document.missing == ["interfaces[0]", "interfaces[1]"]
    assert found(document) == {("Ethernet", AF_INET): MTU}
    simulation.add_interface("nobody")
    simulation.bind(TEREDO, "ipv4")
    assert each(*entries, allow_missing=True).missing == []
    assert len(resolve({"interfaces": entries}, allow_missing=True)) == 3


def test_too_many_adapters_are_a_problem_although_missing_ones_are_allowed() -> None:
    assert each(entry("*"), allow_missing=True).problems.keys() == {"interfaces[0]"}


def test_an_entry_waits_for_an_address_when_missing_adapters_are_allowed() -> None:
    entries = ({"match": {"address": "10.20.0.0/16"}, "ipv4": MTU}, entry("Ethernet"))
    assert each(*entries).problems.keys() == {"interfaces[0]"}
    assert each(*entries, allow_missing=True).missing == ["interfaces[0]"]
    simulation.add_address("Wi-Fi", "10.20.30.40")
    document = each(*entries, allow_missing=True)
    assert document.missing == []
    assert found(document) == {("Wi-Fi", AF_INET): MTU, ("Ethernet", AF_INET): MTU}


def test_a_bad_item_of_a_list_stops_its_entry_alone() -> None:
    document = each({"match": {"alias": ["Wi-Fi", 3]}, "ipv4": MTU}, entry("Ethernet"))
    assert places(document) == {"interfaces[0]": ["interfaces[0].match.alias[1]"]}
    assert found(document) == {("Ethernet", AF_INET): MTU}


def test_the_selectors_see_the_adapters_as_a_view_shows_them() -> None:
    def without_ethernet(desired: object, adapters: list[Adapter]) -> list[Adapter]:
        assert desired is document
        return [adapter for adapter in adapters if adapter.alias != "Ethernet"]

    document = {"interfaces": [{"match": {"index": [13, 17]}, "ipv4": MTU}]}
    assert len(resolve_each(document).problems) == 1
    seen = resolve_each(document, view=without_ethernet)
    assert found(seen) == {("Wi-Fi", AF_INET): MTU}


def test_a_row_that_could_not_be_rolled_back_is_left_out_alone() -> None:
    desired = {
        "interfaces": [
            {
                "match": {"alias": "*"},
                "expect": "some",
                "ipv4": {"NlMtu": 1400, "when_bound": True},
            }
        ]
    }
    found = resolve_each(desired)
    bound = {row["InterfaceLuid"] for row in ipif.list_interfaces("ipv4")}
    loopback = ipif.Luid.of("Loopback Pseudo-Interface 1")
    assert {row.adapter.luid for row in found.rows} == bound - {loopback}
    [problem] = found.problems["interfaces[0]"]
    assert problem.member == "interfaces[0].ipv4.NlMtu"
    assert "could not be rolled back" in problem.rule
    with pytest.raises(ipif.ValidationError):
        ipif.plan(desired)
