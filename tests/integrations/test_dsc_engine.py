"""The emulated engine of DSC refuses resources that break the contract."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support import dsc_engine
from support.dsc_engine import ContractBroken, Ended, MethodFailed, Resource

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "_inDesiredState": {"type": ["boolean", "null"]},
    },
    "required": ["name"],
    "additionalProperties": False,
}
WANTED = {"name": "a", "size": 2}
NOW = {"name": "a", "size": 1}


def method(name: str, **more: Any) -> dict[str, Any]:
    return {"executable": "thing", "args": [name], "input": "stdin", **more}


MANIFEST: dict[str, Any] = {
    "$schema": "https://aka.ms/dsc/schemas/v3/bundled/resource/manifest.json",
    "type": "Test/Thing",
    "version": "1.0.0",
    "get": method("get"),
    "set": method("set", implementsPretest=True, **{"return": "stateAndDiff"}),
    "whatIf": method("what-if", implementsPretest=True, **{"return": "stateAndDiff"}),
    "test": method("test", **{"return": "stateAndDiff"}),
    "export": method("export"),
    "schema": {"command": {"executable": "thing", "args": ["schema"]}},
    "exitCodes": {"0": "done", "3": "not elevated"},
}
#: What each method of a resource writes that keeps the contract.
LINES: dict[str, list[Any]] = {
    "schema": [SCHEMA],
    "get": [NOW],
    "set": [WANTED, ["size"]],
    "what-if": [WANTED, ["size"]],
    "test": [{**NOW, "_inDesiredState": False}, ["size"]],
    "export": [NOW, {"name": "b"}],
}


class Thing:
    """Stands for a command: writes prepared lines, and remembers how it was called."""

    def __init__(self, **lines: Any) -> None:
        self.lines = {**LINES, **{name.replace("_", "-"): value for name, value in lines.items()}}
        self.calls: list[tuple[list[str], bytes, dict[str, str]]] = []

    def __call__(
        self,
        executable: str,
        arguments: Sequence[str],
        data: bytes,
        variables: Mapping[str, str],
        folder: Path,
    ) -> Ended:
        assert executable == "thing"
        self.calls.append(([*arguments], data, dict(variables)))
        written = self.lines[arguments[0]]
        if isinstance(written, Ended):
            return written
        return Ended(0, "".join(f"{json.dumps(line)}\n" for line in written).encode(), b"")


def resource(thing: Thing, **manifest: Any) -> Resource:
    members = {**MANIFEST, **manifest}
    return Resource(
        {name: value for name, value in members.items() if value is not None}, Path(), thing
    )


def without_test(**more: Any) -> dict[str, Any]:
    """Return a manifest and the lines of a resource without test."""
    properties = {n: v for n, v in SCHEMA["properties"].items() if n != "_inDesiredState"}
    return {"schema": {"embedded": {**SCHEMA, "properties": properties}}, "test": None, **more}


# ---- a resource that keeps the contract


def test_methods_return_what_the_commands_have_written() -> None:
    thing = Thing()
    good = resource(thing)
    assert good.get(WANTED) == NOW
    assert good.test(WANTED) == ({**NOW, "_inDesiredState": False}, False, ["size"])
    assert good.set(WANTED) == (NOW, WANTED, ["size"])
    assert good.set(WANTED, what_if=True) == (NOW, WANTED, ["size"])
    assert good.export() == LINES["export"]
    words = ["schema", "get", "test", "get", "set", "get", "what-if", "export"]
    assert [arguments for arguments, _, _ in thing.calls] == [[word] for word in words]
    assert [data for _, data, _ in thing.calls] == [b"", *[b'{"name":"a","size":2}'] * 6, b""]


def test_without_a_pretest_set_is_called_only_when_test_finds_a_difference() -> None:
    plain = {"set": method("set", **{"return": "state"})}
    thing = resource(Thing(set=[WANTED]), **plain)
    assert thing.set(WANTED) == (NOW, WANTED, ["size"])
    assert thing.calls == ["schema", "test", "get", "set"]
    done = {**NOW, "_inDesiredState": True}
    thing = resource(Thing(test=[done, []]), **plain)
    assert thing.set(NOW) == (done, done, [])
    assert thing.calls == ["schema", "test"]


def test_without_a_return_set_is_followed_by_get() -> None:
    thing = resource(Thing(set=[]), set=method("set", implementsPretest=True))
    assert thing.set(WANTED) == (NOW, NOW, [])
    assert thing.calls == ["schema", "get", "set", "get"]


def test_without_what_if_its_result_comes_from_test() -> None:
    thing = resource(Thing(), whatIf=None)
    found = thing.set(WANTED, what_if=True)
    assert (found.after["size"], found.changed) == (2, ["size"])
    assert thing.calls == ["schema", "test"]


def test_without_test_the_engine_compares_what_get_returns() -> None:
    thing = resource(Thing(), **without_test())
    assert thing.test(WANTED) == (NOW, False, ["size"])
    assert thing.test(NOW) == (NOW, True, [])
    assert thing.calls == ["get", "get"]


def test_a_json_argument_takes_the_place_of_standard_input() -> None:
    thing = Thing()
    definition = {"executable": "thing", "args": ["get", {"jsonInputArg": "--input"}]}
    resource(thing, get=definition).get(WANTED)
    assert thing.calls[-1][:2] == (["get", "--input", '{"name":"a","size":2}'], b"")
    thing = Thing()
    resource(thing, get={"executable": "thing", "args": ["get"], "input": "env"}).get(WANTED)
    assert thing.calls[-1] == (["get"], b"", {"name": "a", "size": "2"})


def test_messages_come_from_standard_error_and_exit_codes_from_the_manifest() -> None:
    err = b'{"error": "no rights"}\n{"warn": "w"}\nplain text\n{"other": 1}\n{}\n'
    failing = resource(Thing(get=Ended(3, b"", err)))
    with pytest.raises(MethodFailed) as caught:
        failing.get(WANTED)
    assert (caught.value.status, caught.value.meaning) == (3, "not elevated")
    assert caught.value.errors == ["no rights"]
    assert [level for level, _ in failing.messages] == ["error", "warn", "trace", "trace", "trace"]
    with pytest.raises(MethodFailed, match="not described"):
        resource(Thing(get=Ended(9, b"", b""))).get(WANTED)


# ---- resources that break the contract

TEXT = Ended(0, b'done!\n{"name": "a"}\n', b"")

BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "get writes text": ("get", {"get": TEXT}, "has written text: 'done!'"),
    "get writes nothing": ("get", {"get": []}, "0 lines, not 1"),
    "get writes two lines": ("get", {"get": [NOW, NOW]}, "2 lines, not 1"),
    "get writes a list": ("get", {"get": [[]]}, "not as the schema says"),
    "get writes another property": ("get", {"get": [{**NOW, "more": 1}]}, "'more' was unexpected"),
    "get writes a wrong type": ("get", {"get": [{"name": 1}]}, r"\$.name: 1 is not of type"),
    "get tells the state": ("get", {"get": [{**NOW, "_inDesiredState": True}]}, "get tells _inDes"),
    "test does not tell": ("test", {"test": [NOW, ["size"]]}, "does not tell"),
    "test tells null": ("test", {"test": [{**NOW, "_inDesiredState": None}, []]}, "does not tell"),
    "test has no difference": ("test", {"test": [LINES["test"][0]]}, "1 lines, not 2"),
    "test contradicts itself": ("test", {"test": [LINES["test"][0], []]}, "disagree"),
    "test names _inDesiredState": (
        "test",
        {"test": [LINES["test"][0], ["_inDesiredState"]]},
        "not names of properties",
    ),
    "set names no property": ("set", {"set": [WANTED, ["weight"]]}, "not names of properties"),
    "set has no difference": ("set", {"set": [WANTED]}, "1 lines, not 2"),
    "set has an object": ("set", {"set": [WANTED, {"size": 1}]}, "not names of properties"),
    "export writes a wrong line": (
        "export",
        {"export": [NOW, {"size": 1}]},
        "a required property",
    ),
    "a schema of two lines": ("get", {"schema": [SCHEMA, SCHEMA]}, "2 lines"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_command_that_breaks_the_contract_is_refused(name: str) -> None:
    call, lines, text = BROKEN[name]
    broken = resource(Thing(**lines))
    with pytest.raises(ContractBroken, match=text):
        broken.export() if call == "export" else getattr(broken, call)(WANTED)


def test_an_instance_that_the_schema_does_not_allow_is_not_sent() -> None:
    thing = resource(Thing())
    for call in (thing.get, thing.test, thing.set):
        with pytest.raises(ContractBroken, match="the given instance"):
            call({"name": "a", "weight": 1})
    assert thing.calls == ["schema"]


def test_a_schema_that_is_none_is_refused() -> None:
    wrong = {**SCHEMA, "type": "thing"}
    with pytest.raises(dsc_engine.jsonschema.SchemaError):
        resource(Thing(schema=[wrong])).get(WANTED)


def test_a_schema_has_in_desired_state_when_the_resource_has_test() -> None:
    with pytest.raises(ContractBroken, match="_inDesiredState"):
        resource(Thing(), test=None).get(WANTED)
    with pytest.raises(ContractBroken, match="_inDesiredState"):
        resource(Thing(), **without_test(test=MANIFEST["test"])).get(WANTED)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"beforeSet": {}}, "unknown {'beforeSet'}"),
        ({"version": None}, "missing {'version'}"),
        ({"type": "Thing"}, "not a type"),
    ],
)
def test_a_wrong_manifest_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ContractBroken, match=text):
        resource(Thing(), **change)


@pytest.mark.parametrize(
    "definition",
    [
        {"args": ["get"]},
        {"args": ["get"], "input": "file"},
        {"args": ["get", {"jsonInputArg": "-a"}, {"jsonInputArg": "-b"}]},
    ],
)
def test_a_method_takes_its_input_in_exactly_one_way(definition: dict[str, Any]) -> None:
    with pytest.raises(ContractBroken, match="how does it take its input"):
        resource(Thing(), get={"executable": "thing", **definition}).get(WANTED)


def test_a_method_that_is_not_in_the_manifest_cannot_be_called() -> None:
    with pytest.raises(ContractBroken, match="no method export"):
        resource(Thing(), export=None).export()


def test_find_reads_the_manifests_of_a_folder_and_refuses_two_of_one_type(tmp_path: Path) -> None:
    (tmp_path / "thing.dsc.resource.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "other.json").write_text("{}")
    assert [*dsc_engine.find(tmp_path, Thing())] == ["Test/Thing"]
    (tmp_path / "copy.dsc.resource.json").write_text(json.dumps(MANIFEST))
    with pytest.raises(ContractBroken, match="two manifests"):
        dsc_engine.find(tmp_path, Thing())


def test_an_executable_that_is_not_on_the_path_is_not_found(tmp_path: Path) -> None:
    for run in (dsc_engine.in_process(), dsc_engine.in_own_process([])):
        with pytest.raises(ContractBroken, match="powershell is not found"):
            run("powershell", [], b"", {}, tmp_path)
