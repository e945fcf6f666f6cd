"""The JSON schemas that are shipped: they accept and refuse the documents that ipif does."""

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

import ipif
from ipif import reports, simulation

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")


def schema(name: str) -> Any:
    return json.loads((files("ipif") / "schemas" / f"{name}.schema.json").read_text("utf-8"))


SCHEMAS = {name: schema(name) for name in ("desired", "snapshot", "journal", "report")}


def is_valid(name: str, document: object) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMAS[name]).is_valid(document))


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


def entry(match: object, **more: Any) -> dict[str, Any]:
    """Return a document with one entry."""
    sections = (
        {} if {"ipv4", "ipv6"} & more.keys() else {"ipv4": {"NlMtu": 1400, "when_bound": True}}
    )
    return {"interfaces": [{"match": match, "expect": "any", **sections, **more}]}


def ethernet(family: str, **members: object) -> dict[str, Any]:
    return entry({"alias": "Ethernet"}, **{family: members})


ACCEPTED: dict[str, dict[str, Any]] = {
    "no entry": {"interfaces": []},
    "an alias": entry({"alias": "Wi-Fi*"}),
    "a list of aliases": entry({"alias": ["Wi-Fi", "Ethernet"]}),
    "an index": entry({"index": 13}),
    "a LUID": entry({"luid": 1689399632855040}),
    "a braced GUID": entry({"guid": "{0000000D-1111-4222-8333-0123456789AB}"}),
    "a bare GUID": entry({"guid": "0000000d-1111-4222-8333-0123456789ab"}),
    "a type": entry({"type": "wifi"}),
    "a type in another case": entry({"type": "WiFi"}),
    "a type by number": entry({"type": [6, 71]}),
    "connected": entry({"connected": True, "type": "ethernet"}),
    "an address": entry({"address": ["192.168.1.10", "fe80::1%13"]}),
    "a subnet": entry({"address": "10.8.0.0/24"}),
    "a hardware address": entry({"hardware_address": "00:15:5d:00:00:27"}),
    "a hardware address with dots": entry({"hardware_address": "0015.5d00.0027"}),
    "not": entry({"not": {"type": "loopback"}}),
    "a list of not": entry({"not": [{"type": "loopback"}, {"alias": "v*"}]}),
    "both families": entry({"index": 13}, ipv4={"Metric": 5}, ipv6={"Metric": 5}),
    "when_bound": ethernet("ipv6", NlMtu=1280, when_bound=True),
    "an enumerator": ethernet("ipv4", RouterDiscoveryBehavior="Disabled"),
    "an enumerator in another case": ethernet("ipv4", RouterDiscoveryBehavior="disabled"),
    "the number of an enumerator": ethernet("ipv4", RouterDiscoveryBehavior=2),
    "an automatic metric": ethernet("ipv4", UseAutomaticMetric=True),
    "a manual metric": ethernet("ipv4", UseAutomaticMetric=False, Metric=0),
    "zone indices": ethernet("ipv6", ZoneIndices=[0, 13, 13] + 13 * [0]),
    "the smallest IPv4 MTU": ethernet("ipv4", NlMtu=576),
}

REFUSED: dict[str, Any] = {
    "a list": [],
    "no list of entries": {},
    "another member": {"interfaces": [], "version": 1},
    "an entry without match": {"interfaces": [{"ipv4": {"NlMtu": 1400}}]},
    "an entry without a family": {"interfaces": [{"match": {"index": 13}}]},
    "no selector": entry({}),
    "another selector": entry({"mac": "00:15:5d:00:00:27"}),
    "an empty list": entry({"alias": []}),
    "an empty alias": entry({"alias": ""}),
    "the index 0": entry({"index": 0}),
    "an index as text": entry({"index": "13"}),
    "another type": entry({"type": "satellite"}),
    "a not in a not": entry({"not": {"not": {"index": 13}}}),
    "connected as text": entry({"connected": "yes"}),
    "a scope of a subnet": entry({"address": "fe80::/10%13"}),
    "half a hardware address": entry({"hardware_address": "00:15:5"}),
    "another expectation": entry({"index": 13}, expect="two"),
    "another member of a row": ethernet("ipv4", Mtu=1400),
    "a read-only member": ethernet("ipv4", Connected=True),
    "an IPv4 MTU that is too small": ethernet("ipv4", NlMtu=575),
    "an IPv6 MTU that is too small": ethernet("ipv6", NlMtu=1279),
    "an unchanged sentinel": ethernet("ipv4", NlMtu=4294967295),
    "a bool as number": ethernet("ipv4", ForwardingEnabled=1),
    "another enumerator": ethernet("ipv4", RouterDiscoveryBehavior="Unchanged"),
    "a site prefix length for IPv4": ethernet("ipv4", SitePrefixLength=64),
    "fifteen zone indices": ethernet("ipv6", ZoneIndices=15 * [0]),
    "a metric that Windows would ignore": ethernet("ipv4", UseAutomaticMetric=True, Metric=5),
    "when_bound as text": ethernet("ipv4", when_bound="yes"),
}


@pytest.mark.parametrize("document", ACCEPTED.values(), ids=ACCEPTED)
def test_a_desired_document_that_plan_takes_is_valid(document: dict[str, Any]) -> None:
    ipif.plan(document)
    assert is_valid("desired", document)


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_a_desired_document_that_plan_refuses_is_invalid(document: Any) -> None:
    with pytest.raises(ipif.ValidationError):
        ipif.plan(document)
    assert not is_valid("desired", document)


def test_what_desired_from_makes_is_valid() -> None:
    assert is_valid("desired", ipif.desired_from(ipif.snapshot()))


def test_snapshots_are_valid() -> None:
    assert is_valid("snapshot", ipif.snapshot())
    assert is_valid("snapshot", simulation.dump())
    simulation.profile("doc_zero", mtu_clamped=True)
    assert is_valid("snapshot", simulation.dump())


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "machines").glob("*.json")), ids=str)
def test_the_machines_of_the_documentation_are_valid(path: Path) -> None:
    assert is_valid("snapshot", json.loads(path.read_text("utf-8")))


PAGE = ROOT / "docs" / "reference" / "documents.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here: no checkout")
def test_the_examples_of_the_page_are_valid_and_can_be_used() -> None:
    text = PAGE.read_text("utf-8")
    found = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)]
    desired, snapshot, journal, report = found
    [toml] = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert tomllib.loads(toml)["interfaces"] == desired["interfaces"][:1]
    assert is_valid("desired", desired)
    assert is_valid("snapshot", snapshot)
    assert is_valid("journal", journal)
    assert is_valid("report", report)
    assert reports.merge([report])["results"]["changed"] == 1
    assert ipif.plan(desired).changes
    simulation.load(snapshot)
    assert str(ipif.best_route("8.8.8.8")["NextHop"]) == "192.168.1.1"


@pytest.mark.parametrize(
    "change",
    [
        {"ipif_snapshot": 2},
        {"machine": {}},
        {"elevated": "yes"},
        {"profile": "another"},
        {"profile": {"another": True}},
        {"adapters": [{"Alias": "Ethernet"}]},
        {"routes": {}},
    ],
    ids=str,
)
def test_a_snapshot_that_load_refuses_is_invalid(change: dict[str, Any]) -> None:
    document = {**simulation.dump(), **change}
    with pytest.raises(ipif.ValidationError):
        simulation.load(document)
    assert not is_valid("snapshot", document)


def test_a_journal_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    zones = tuple(range(16))
    with ipif.changed("Ethernet", "ipv6", journal=path, Metric=1, ZoneIndices=zones):
        document = json.loads(path.read_text("utf-8"))
    assert document["rows"]
    assert is_valid("journal", document)
    del document["rows"][0]["written"]
    assert not is_valid("journal", document)
