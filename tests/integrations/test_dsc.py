"""The resources of DSC, driven by an emulated engine: every job, and every way to fail."""

from __future__ import annotations

import io
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command
from support.command import run as run_command
from support.dsc_engine import (
    Ended,
    Message,
    MethodFailed,
    Resource,
    find,
    in_own_process,
    in_process,
)
from support.fresh import run as run_python
from support.machine import Calls
from support.rows import get, rows

import ipif
from ipif import simulation
from ipif._cli.commands import dsc
from ipif._cli.status import MEANINGS
from ipif.dsc.manifests import INTERFACE, INTERFACE_LIST, RESOURCES, manifest
from ipif.dsc.rows import READ_ONLY, SETTABLE
from ipif.dsc.schemas import schema

ETHERNET = {"match": {"alias": "Ethernet"}, "family": "ipv4"}
WANTED = {**ETHERNET, "NlMtu": 1400, "Metric": 10}
DOCUMENT = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}, "ipv6": {"NlMtu": 1400}},
        {"match": {"type": "wifi"}, "expect": "some", "ipv4": {"Metric": 40}},
    ]
}
ALIASES = ["Ethernet", "Wi-Fi"]


def resource(name: str, *more: object) -> Resource:
    """Return a resource whose command runs in this process."""
    return Resource(manifest(name), Path(), in_process(*more))


@pytest.fixture
def one() -> Resource:
    return resource(INTERFACE)


@pytest.fixture
def many() -> Resource:
    return resource(INTERFACE_LIST)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    return partial(run_command, capsys)


def failure(call: Any, *arguments: Any, **options: Any) -> MethodFailed:
    """Return how *call* fails; it must not change anything."""
    before = rows()
    calls = Calls()
    with pytest.raises(MethodFailed) as caught:
        call(*arguments, **options)
    assert rows() == before
    assert calls["SetIpInterfaceEntry"] in (0, 1)
    assert caught.value.meaning == MEANINGS[caught.value.status]
    return caught.value


def send(name: str, method: str, data: bytes) -> Ended:
    """Run a method with any input."""
    before = rows()
    done = in_process()("ipif", ["dsc", name, method], data, {}, Path())
    assert rows() == before
    return done


# ---- one row


def test_get_shows_the_row_with_every_member(one: Resource) -> None:
    state = one.get(ETHERNET)
    row = ipif.get_interface("Ethernet", "ipv4")
    assert {**state, **ETHERNET} == state
    assert (state["Alias"], state["InterfaceIndex"]) == ("Ethernet", 13)
    assert (state["NlMtu"], state["Connected"]) == (row["NlMtu"], True)
    assert state["RouterDiscoveryBehavior"] == "Dhcp"
    names = {*READ_ONLY, *(field.name for field in SETTABLE)}
    # SetIpInterfaceEntry could write neither of the two.
    assert state.keys() == {*ETHERNET, *names} - {"Metric", "SitePrefixLength"}


def test_a_metric_is_shown_when_it_is_not_automatic(one: Resource) -> None:
    assert one.get(ETHERNET)["UseAutomaticMetric"] is True
    ipif.update_interface("Ethernet", "ipv4", Metric=10)
    state = one.get(ETHERNET)
    assert (state["UseAutomaticMetric"], state["Metric"]) == (False, 10)


def test_test_tells_whether_the_row_is_in_the_desired_state(one: Resource) -> None:
    found = one.test(WANTED)
    assert (found.in_desired_state, {*found.differing}) == (
        False,
        {"NlMtu", "Metric", "UseAutomaticMetric"},
    )
    assert one.test({**ETHERNET, "NlMtu": 1500}).in_desired_state
    assert one.test(ETHERNET).in_desired_state


def test_set_sets_what_differs_and_is_then_in_the_desired_state(one: Resource) -> None:
    calls = Calls()
    found = one.set(WANTED)
    assert calls["SetIpInterfaceEntry"] == 1
    assert (found.before["NlMtu"], found.after["NlMtu"], found.after["Metric"]) == (1500, 1400, 10)
    assert {*found.changed} == {"NlMtu", "Metric", "UseAutomaticMetric"}
    assert (get("NlMtu"), get("Metric")) == (1400, 10)
    assert found.after == one.get(WANTED)
    assert one.test(WANTED).in_desired_state
    assert [message for message in one.messages if message.level == "info"] == [
        Message("info", "Ethernet ipv4 UseAutomaticMetric: true -> false"),
        Message("info", "Ethernet ipv4 Metric: 25 -> 10"),
        Message("info", "Ethernet ipv4 NlMtu: 1500 -> 1400"),
    ]


@pytest.mark.parametrize("name", RESOURCES)
def test_set_in_the_desired_state_changes_nothing(name: str) -> None:
    wanted = WANTED if name == INTERFACE else DOCUMENT
    target = resource(name)
    target.set(wanted)
    calls = Calls()
    found = target.set(wanted)
    assert (found.changed, found.before) == ([], found.after)
    assert calls["SetIpInterfaceEntry"] == 0
    # With a pretest of its own, the resource is called twice: not for a test as well.
    assert target.calls == ["schema", "get", "set", "get", "set"]


@pytest.mark.parametrize("name", RESOURCES)
def test_what_if_tells_what_set_does_and_changes_nothing(name: str) -> None:
    wanted = WANTED if name == INTERFACE else DOCUMENT
    target = resource(name)
    before = rows()
    calls = Calls()
    told = target.set(wanted, what_if=True)
    assert rows() == before
    assert calls["SetIpInterfaceEntry"] == 0
    done = target.set(wanted)
    assert told == done
    assert done.changed != []


@pytest.mark.parametrize("name", RESOURCES)
def test_an_engine_that_knows_neither_pretest_nor_what_if_comes_to_the_same_end(name: str) -> None:
    wanted = WANTED if name == INTERFACE else DOCUMENT
    definition = {key: value for key, value in manifest(name).items() if key != "whatIf"}
    definition["set"] = {k: v for k, v in definition["set"].items() if k != "implementsPretest"}
    target = Resource(definition, Path(), in_process())
    assert target.set(wanted, what_if=True).changed == target.test(wanted).differing != []
    target.calls.clear()
    assert target.set(wanted).changed != []
    assert target.calls == ["test", "get", "set"]
    target.calls.clear()
    assert target.set(wanted).changed == []
    assert target.calls == ["test"]


def test_what_get_prints_restores_the_row(one: Resource) -> None:
    for alias in ALIASES:
        for family in ("ipv4", "ipv6"):
            wanted = {"match": {"alias": alias}, "family": family}
            before, state = rows(), one.get(wanted)
            assert one.test(state).in_desired_state
            assert one.test(one.test(state).actual).in_desired_state
            changes = {"Metric": 7, "NlMtu": 1400, "RouterDiscoveryBehavior": "Disabled"}
            one.set({**wanted, **changes})
            one.set({**wanted, "WeakHostSend": True, "DadTransmits": 0})
            assert rows() != before
            one.set(state)
            assert rows() == before


def test_members_of_the_wrong_family_and_names_of_enumerators_are_as_in_documents(
    one: Resource,
) -> None:
    found = one.set({**ETHERNET, "RouterDiscoveryBehavior": "Disabled"})
    assert found.changed == ["RouterDiscoveryBehavior"]
    assert one.set({**ETHERNET, "RouterDiscoveryBehavior": 0}).changed == []
    assert "must be 0" in failure(one.test, {**ETHERNET, "SitePrefixLength": 64}).errors[0]


def test_a_read_only_member_is_compared_by_test_and_refused_by_set(one: Resource) -> None:
    assert one.test({**ETHERNET, "Connected": True}).in_desired_state
    assert one.set({**ETHERNET, "Connected": True, "NlMtu": 1400}).changed == ["NlMtu"]
    found = one.test({**ETHERNET, "Connected": False, "Alias": "LAN", "NlMtu": 1300})
    assert (found.in_desired_state, found.differing) == (False, ["NlMtu", "Alias", "Connected"])
    for what_if in (False, True):
        failed = failure(one.set, {**ETHERNET, "Connected": False, "NlMtu": 1300}, what_if=what_if)
        assert failed.status == 5
        assert failed.errors == ["Connected = false: read-only, and true now; leave it out"]


def test_selectors_find_the_row_on_every_machine(one: Resource) -> None:
    wanted = {"match": {"type": "ethernet", "connected": True, "not": {"alias": "v*"}}}
    assert one.get({**wanted, "family": "ipv6"})["Alias"] == "Ethernet"
    # Both have IPv6, but only one has IPv4.
    simulation.unbind("Wi-Fi", "ipv4")
    both = {"match": {"alias": ALIASES}, "family": "ipv4"}
    assert one.get(both)["Alias"] == "Ethernet"


# ---- many rows


def test_get_shows_the_values_that_a_document_is_about(many: Resource) -> None:
    assert many.get(DOCUMENT) == {
        "interfaces": [
            {
                "match": {"alias": "Ethernet"},
                "expect": "one",
                "ipv4": {"NlMtu": 1500},
                "ipv6": {"NlMtu": 1492},
            },
            *(
                {"match": {"alias": alias}, "expect": "one", "ipv4": {"UseAutomaticMetric": True}}
                for alias in ("Wi-Fi", "Local Area Connection* 1", "Local Area Connection* 2")
            ),
        ]
    }


def test_a_document_is_tested_and_set_as_a_whole(many: Resource) -> None:
    assert many.test(DOCUMENT).differing == ["interfaces"]
    found = many.set(DOCUMENT)
    assert found.changed == ["interfaces"]
    assert found.after["interfaces"][0]["ipv4"] == {"NlMtu": 1400}
    assert found.after["interfaces"][1]["ipv4"] == {"UseAutomaticMetric": False, "Metric": 40}
    assert many.test(DOCUMENT).in_desired_state
    assert len([one for one in many.messages if one.level == "info"]) == 8


def test_what_get_prints_restores_the_rows_of_a_document(many: Resource) -> None:
    ipif.update_interface("Wi-Fi", "ipv4", Metric=77)
    before = rows()
    document = {"interfaces": [*DOCUMENT["interfaces"]]}
    document["interfaces"][1] = {"match": {"alias": "Wi-Fi"}, "ipv4": {"UseAutomaticMetric": True}}
    state = many.get(document)
    many.set(document)
    assert rows() != before
    many.set(state)
    assert rows() == before


def test_a_document_without_entries_or_without_adapters_needs_nothing(many: Resource) -> None:
    nobody = {"match": {"alias": "nobody"}, "expect": "any", "ipv4": {"NlMtu": 1400}}
    for entries in ([], [nobody]):
        assert many.get({"interfaces": entries}) == {"interfaces": []}
        assert many.test({"interfaces": entries}).in_desired_state
        assert many.set({"interfaces": entries}).changed == []


def test_an_adapter_without_an_alias_is_named_by_its_luid(many: Resource) -> None:
    machine = simulation.dump()
    (wifi,) = [adapter for adapter in machine["adapters"] if adapter["Alias"] == "Wi-Fi"]
    wifi["Alias"] = ""
    simulation.load(machine)
    wanted = {"interfaces": [{"match": {"index": 17}, "ipv4": {"NlMtu": 1400}}]}
    (entry,) = many.get(wanted)["interfaces"]
    assert entry["match"] == {"luid": wifi["InterfaceLuid"]}


def test_an_adapter_that_has_just_gone_is_left_out(
    one: Resource, many: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapters = [row for row in ipif.list_adapters() if row["Alias"] != "Ethernet"]
    monkeypatch.setattr(ipif, "list_adapters", lambda: adapters)
    found = many.get({"interfaces": [{"match": {"alias": ALIASES}, "expect": "some", "ipv4": {}}]})
    assert [entry["match"] for entry in found["interfaces"]] == [{"alias": "Wi-Fi"}]
    assert "Ethernet" not in {line["match"]["alias"] for line in one.export()}


def test_a_document_is_set_all_or_not_at_all(many: Resource) -> None:
    simulation.fail("SetIpInterfaceEntry", 87, after=2)
    before = rows()
    with pytest.raises(MethodFailed) as caught:
        many.set(DOCUMENT)
    assert caught.value.status == 1
    assert "[WinError 87]" in caught.value.errors[0]
    assert rows() == before


# ---- export


@pytest.mark.parametrize("name", RESOURCES)
def test_what_export_prints_is_in_the_desired_state_and_restores_the_machine(name: str) -> None:
    target = resource(name)
    ipif.update_interface("Wi-Fi", "ipv4", Metric=7)
    before, exported = rows(), target.export()
    assert len(exported) == (len(ipif.list_interfaces()) if name == INTERFACE else 1)
    assert all(target.test(one).in_desired_state for one in exported)
    # Not the loopback interface, whose MTU is an unchanged sentinel.
    for alias in ALIASES:
        ipif.update_interface(alias, None, NlMtu=1400, WeakHostSend=True, DadTransmits=9)
    ipif.update_interface("Wi-Fi", "ipv4", UseAutomaticMetric=True)
    assert rows() != before
    assert sum(target.set(one).changed != [] for one in exported) == (4 if name == INTERFACE else 1)
    assert rows() == before


def test_export_takes_properties_that_the_instances_must_have(
    one: Resource, many: Resource
) -> None:
    found = one.export({"match": {"alias": "Wi-Fi"}})
    assert [line["family"] for line in found] == ["ipv4", "ipv6"]
    found = one.export({"family": "ipv4", "NlMtu": 1500})
    assert len(found) > 1
    assert all((line["family"], line["NlMtu"]) == ("ipv4", 1500) for line in found)
    assert one.export({"ForwardingEnabled": 1}) == []
    failed = failure(many.export, DOCUMENT)
    assert (failed.status, "without properties" in failed.errors[0]) == (5, True)


# ---- failures: an exit code, a message, and nothing is changed


@pytest.mark.parametrize("name", RESOURCES)
def test_who_is_not_elevated_can_do_everything_but_set(name: str) -> None:
    simulation.elevated(False)
    wanted = WANTED if name == INTERFACE else DOCUMENT
    target = resource(name)
    target.get(wanted)
    target.export()
    assert target.test(wanted).in_desired_state is False
    assert target.set(wanted, what_if=True).changed != []
    failed = failure(target.set, wanted)
    assert failed.status == 3
    assert "only an elevated administrator" in failed.errors[0]
    assert "Run as administrator" in failed.errors[0]
    target.set(target.get(wanted))  # nothing is to be changed


FAILING: dict[str, tuple[dict[str, Any], int, str]] = {
    "no interface": ({"match": {"alias": "Ethernt"}}, 4, "did you mean 'Ethernet'?"),
    "an index that is not there": ({"match": {"index": 999}}, 4, "matches no interface"),
    "no address": ({"match": {"address": "203.0.113.0/24"}}, 4, "the addresses are"),
    "a family that is not bound": (
        {"match": {"alias": "Teredo*"}},
        4,
        'family = "ipv4": Teredo Tunneling Pseudo-Interface has no row of this family; '
        "leave the instance out",
    ),
    "several interfaces": (
        {"match": {"alias": ["Ethernet", "Wi-Fi"]}},
        5,
        "matches 2 interfaces: 'Ethernet', 'Wi-Fi'; select one of them, or use Ipif/IPInterfaceLi",
    ),
    "a value out of range": ({"NlMtu": 1}, 5, "NlMtu = 1: outside 576"),
    "an unchanged sentinel": ({"NlMtu": 0}, 5, "an unchanged sentinel"),
    "a metric that Windows computes": (
        {"Metric": 5, "UseAutomaticMetric": True},
        5,
        "leave one of the two out",
    ),
    "a value that could not be restored": (
        {"match": {"index": 1}, "NlMtu": 1500},
        5,
        "could not be rolled back",
    ),
}


@pytest.mark.parametrize("case", FAILING)
@pytest.mark.parametrize("method", ["set", "test", "what-if"])
def test_what_cannot_be_done_is_refused(case: str, method: str, one: Resource) -> None:
    change, status, text = FAILING[case]
    wanted = {**ETHERNET, "DadTransmits": 9, **change}
    call: Any = one.test if method == "test" else one.set
    options = {"what_if": True} if method == "what-if" else {}
    # The engine gets the state before a set.
    failed = failure(call, wanted, **options)
    assert failed.status == status
    assert text in failed.errors[0]
    assert len(failed.errors) == 1


# The engine finds these in the schema; a person who calls the command is told, too.
REFUSED: dict[str, tuple[str, Any, str]] = {
    "no family": (INTERFACE, {"match": {"alias": "Ethernet"}}, "family = null: missing"),
    "another family": (INTERFACE, {**ETHERNET, "family": "ipv5"}, "not a family"),
    "no match": (INTERFACE, {"family": "ipv4"}, "match = null: missing"),
    "an alias as match": (INTERFACE, {**ETHERNET, "match": "Ethernet"}, 'write {"alias": "..."}'),
    "an empty match": (INTERFACE, {**ETHERNET, "match": {}}, "match = {}: has no selector"),
    "an unknown selector": (INTERFACE, {**ETHERNET, "match": {"aliass": "x"}}, "match.aliass"),
    "a wrong type": (INTERFACE, {**ETHERNET, "NlMtu": "1400"}, "NlMtu"),
    "an unknown member": (INTERFACE, {**ETHERNET, "NlMTU": 1400}, "NlMtu"),
    "a member of another kind": (INTERFACE, {**ETHERNET, "when_bound": True}, "when_bound = true"),
    "_exist": (INTERFACE, {**ETHERNET, "_exist": False}, "_exist = false"),
    "no interfaces": (INTERFACE_LIST, {}, "interfaces = null: missing"),
    "another version": (INTERFACE_LIST, {"version": 2, "interfaces": []}, "version = 2: unknown"),
    "another member": (
        INTERFACE_LIST,
        {"interfaces": [{**DOCUMENT["interfaces"][0], "note": 1}]},
        "interfaces[0].note",
    ),
    "a selector that fits no interface": (
        INTERFACE_LIST,
        {"interfaces": [*DOCUMENT["interfaces"], {"match": {"alias": "nobody"}, "ipv4": {}}]},
        "interfaces[2].match",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_instance_is_refused_with_its_place(case: str) -> None:
    name, instance, text = REFUSED[case]
    for method in ("get", "test", "set", "what-if"):
        done = send(name, method, json.dumps(instance).encode())
        assert (done.status, done.out) == (5, b"")
        (message,) = map(json.loads, done.err.splitlines())
        assert [*message] == ["error"]
        assert text in message["error"]


GARBAGE = {
    "text": b"NlMtu 1400",
    "half an object": b'{"interfaces": [',
    "bytes": b"\xff\x00\xfe{}",
    "a list": b"[1, 2]",
    "a member twice": b'{"interfaces": [], "interfaces": []}',
    "NaN": b'{"interfaces": NaN}',
    "deep": b'{"interfaces": ' + b"[" * 100_000,
    "a huge number": b'{"interfaces": ' + b"9" * 5000 + b"}",
    "nothing": b"",
    "spaces": b"  \n",
}


@pytest.mark.parametrize("case", GARBAGE)
@pytest.mark.parametrize("name", RESOURCES)
@pytest.mark.parametrize("method", ["get", "set", "test", "what-if", "export"])
def test_garbage_on_standard_input_is_refused(case: str, name: str, method: str) -> None:
    done = send(name, method, GARBAGE[case])
    if method == "export" and not GARBAGE[case].strip():
        assert done.status == 0  # it needs no input
        return
    assert (done.status, done.out) == (5, b"")
    (message,) = map(json.loads, done.err.splitlines())
    assert [*message] == ["error"]
    assert "Traceback" not in message["error"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [None, _Terminal()], ids=["closed", "a terminal"])
def test_without_standard_input_nobody_is_waited_for(
    stream: Any, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stream)
    done = command("dsc", INTERFACE_LIST, "get")
    assert (done.status, done.out) == (5, "")
    assert "needs an instance as JSON on standard input, which is empty" in done.err
    done = command("dsc", INTERFACE_LIST, "export")
    assert done.status == 0
    assert len(json.loads(done.out)["interfaces"]) == 10


def test_a_document_of_five_megabytes_is_read_or_refused(many: Resource) -> None:
    entry = {"match": {"alias": [f"adapter {number}" for number in range(300)]}, "expect": "any"}
    entries = [{**entry, "ipv4": {"NlMtu": 1400}} for _ in range(1200)]
    data = json.dumps({"interfaces": entries}).encode()
    assert len(data) > 5 * 10**6
    done = send(INTERFACE_LIST, "test", data)
    assert (done.status, done.err) == (0, b"")
    assert json.loads(done.out.splitlines()[0]) == {"interfaces": [], "_inDesiredState": True}
    (*_, last) = entries
    last["ipv4"] = {"NlMtu": 1}
    done = send(INTERFACE_LIST, "set", json.dumps({"interfaces": entries}).encode())
    assert done.status == 5
    assert "interfaces[1199].ipv4.NlMtu" in json.loads(done.err)["error"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["Ipif/Nothing", "get"],
        [INTERFACE],
        [INTERFACE, "delete"],
        [INTERFACE, "get", "--bogus"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_messages_too(words: list[str]) -> None:
    done = in_process("--simulate", "x")("ipif", ["dsc", *words], b"", {}, Path())
    assert (done.status, done.out) == (2, b"")
    assert [*json.loads(done.err)] == ["error"]


def test_an_interface_named_dsc_does_not_make_messages_of_other_commands() -> None:
    done = in_process()("ipif", ["get", "dsc"], b"", {}, Path())
    assert (done.status, done.err[:5]) == (4, b"ipif:")


def test_a_row_that_vanishes_before_it_is_set_is_not_found(
    one: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = ipif.Plan.apply

    def late(plan: ipif.Plan, **options: Any) -> Any:
        simulation.remove_interface("Ethernet")
        return apply(plan, **options)

    monkeypatch.setattr(ipif.Plan, "apply", late)
    with pytest.raises(MethodFailed) as caught:
        one.set(WANTED)
    assert caught.value.status == 4


def test_a_value_that_does_not_stay_is_a_failure(
    one: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(ipif.Plan, "apply", lambda plan, **options: asked.update(options) or [])
    one.set(WANTED)
    assert asked == {"verify": True}


def test_an_internal_error_is_a_message(one: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dsc, "_resource_of", lambda _: None)
    done = send(INTERFACE, "get", json.dumps(ETHERNET).encode())
    assert (done.status, done.out) == (1, b"")
    assert json.loads(done.err)["error"].startswith("internal error")


def test_notes_are_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPIF_BACKEND", raising=False)
    done = send(INTERFACE, "get", json.dumps(ETHERNET).encode())
    warnings = [json.loads(line)["warn"] for line in done.err.splitlines()]
    expected = ["this machine is simulated: no Windows is here"]
    assert warnings == (expected if ipif.backend == "simulated" else [])


# ---- schemas


@pytest.mark.parametrize("name", RESOURCES)
def test_a_schema_names_every_property_and_allows_no_other(name: str) -> None:
    found = schema(name)
    names = {*READ_ONLY, *(field.name for field in SETTABLE)}
    wanted = {"match", "family", *names} if name == INTERFACE else {"interfaces"}
    assert found["properties"].keys() == {*wanted, "_inDesiredState"}
    assert found["additionalProperties"] is False
    assert "_exist" not in json.dumps(found)


def test_the_read_only_members_are_marked() -> None:
    properties = schema(INTERFACE)["properties"]
    marked = {name for name, one in properties.items() if one.get("readOnly")}
    assert marked == {*READ_ONLY, "_inDesiredState"}


# ---- real processes


def test_the_main_path_in_processes_of_their_own(tmp_path: Path) -> None:
    machine = tmp_path / "machine.json"
    machine.write_text(json.dumps(simulation.dump()), encoding="utf-8")
    for name in RESOURCES:
        (tmp_path / f"{name.partition('/')[2]}.dsc.resource.json").write_text(
            json.dumps(manifest(name)), encoding="utf-8"
        )
    run = in_own_process([sys.executable, "-m", "ipif"], "--simulate", machine)
    found = find(tmp_path, run)
    assert [*found] == [*RESOURCES]
    one = found[INTERFACE]
    assert one.set(WANTED).changed != []
    assert one.test(WANTED).in_desired_state
    simulation.load(str(machine))
    assert (get("NlMtu"), get("Metric")) == (1400, 10)
    with pytest.raises(MethodFailed) as caught:
        one.test({**ETHERNET, "match": {"alias": "nobody"}})
    assert caught.value.status == 4


def test_get_imports_nothing_that_it_does_not_need() -> None:
    code = f"""
import io, json, sys
import ipif._cli.main
before = set(sys.modules)
sys.stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO({json.dumps(ETHERNET).encode()!r})))
assert ipif._cli.main.main(["dsc", {INTERFACE!r}, "get"]) == 0
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    done = run_python(code, IPIF_BACKEND="simulated")
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded >= {"ipif.dsc.interface", "ipif._desired.plan"}
    unneeded = {"ipif.dsc.interface_list", "ipif.dsc.schemas", "pkgutil", "tomllib", "traceback"}
    unneeded |= {"asyncio", "logging", "subprocess", "ipif._cli.schemas", "importlib.resources"}
    assert loaded & unneeded == set()
