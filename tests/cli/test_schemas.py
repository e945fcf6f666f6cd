"""The JSON of every command is what its schema says."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, stdin_with

import ipif
from ipif import simulation
from ipif._cli.commands import COMMANDS, guard
from ipif._cli.member_schema import DIALECT, member
from ipif._cli.schemas import schemas
from ipif._cli.status import DONE, MEANINGS, NOT_FOUND, REFUSED

jsonschema = pytest.importorskip("jsonschema", exc_type=ImportError)

SCHEMAS = schemas()
DOCUMENT = {
    "interfaces": [
        {
            "match": {"alias": "Ethernet"},
            "ipv4": {"NlMtu": 1400, "RouterDiscoveryBehavior": "Disabled"},
            "ipv6": {"ZoneIndices": [0, *[2] * 15]},
        }
    ]
}


def strict(schema: Any) -> Any:
    """Return *schema* without room for members that it does not have."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(part) for name, part in schema.items()}
    if "properties" in schema and isinstance(schema.get("required", []), list):
        found["additionalProperties"] = False
    return found


def problems(name: str, document: object) -> list[str]:
    """Return what is wrong with *document*, by the schema called *name*."""
    validator = jsonschema.Draft202012Validator(strict(SCHEMAS[name]))
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)
    ]


def check(command: Command, *arguments: object, status: int = 0, lines: bool = False) -> Any:
    """Run a command; its output must be what the schema of the command says."""
    done = command(*arguments, "--json")
    assert done.status == status, done.err
    name = next(str(word) for word in arguments if word in COMMANDS)
    texts = done.out.splitlines() if lines else [done.out]
    documents = [json.loads(text) for text in texts]
    for document in documents:
        assert problems(name, document) == []
    for line in done.err.splitlines():
        document = json.loads(line)
        assert problems("error" if "error" in document else "note", document) == []
    return documents if lines else documents[0]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "office.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return file


@contextmanager
def soon(action: Callable[[], object]) -> Iterator[None]:
    """Call *action* again and again, from another thread, while the block runs."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.05):
            action()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# ---- the schemas themselves


def test_every_command_has_a_schema_and_so_have_errors_and_notes() -> None:
    assert [*SCHEMAS] == [*COMMANDS, "error", "note"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_of_draft_2020_12(name: str) -> None:
    assert SCHEMAS[name]["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert json.loads(json.dumps(SCHEMAS[name])) == SCHEMAS[name]


@pytest.mark.parametrize("name", [*SCHEMAS])
def test_a_schema_refuses_something_else(name: str) -> None:
    assert problems(name, {"nonsense": 1}) != []
    assert problems(name, "text") != []


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_the_members_of_a_row_are_described_by_the_field_table(field: ipif.Field) -> None:
    schema = SCHEMAS["wait"]["items"]
    assert field.name in schema["required"]
    assert schema["properties"][field.name] == member(field)
    assert schema["properties"][field.name]["description"].startswith(field.summary)


def test_a_schema_knows_wrong_values_of_members(command: Command) -> None:
    (row,) = check(command, "list", "Ethernet", "--family", "ipv4")
    wrong = {
        "NlMtu": -1,
        "WeakHostSend": 1,
        "RouterDiscoveryBehavior": "Dchp",
        "ZoneIndices": [0] * 15,
        "TransmitOffload": ["Nonsense"],
        "Family": 2,
        "InterfaceLuid": 2**64,
    }
    for name, value in wrong.items():
        assert problems("list", [{**row, name: value}]) != [], name
    assert problems("list", [{**row, "TransmitOffload": ["FastPathCompatible"]}]) == []
    assert problems("list", [{**row, "RouterDiscoveryBehavior": 7}]) == []


# ---- what the commands write


# Commands that write and end by themselves. The others have a test of their own below.
RUNS = [
    ("list",),
    ("list", "--columns", "Alias,Metric,zoneindices"),
    ("list", "--family", "ipv6", "--connected"),
    ("list", "--family", "ipv4", "--type", "tunnel"),
    ("get", "Ethernet"),
    ("get", "Ethernet", "ipv4"),
    ("get", "Ethernet", "--changed-only"),
    ("get", "Ethernet", "ipv4", "--changed-only"),
    ("wait", "Ethernet"),
    ("wait", "Ethernet", "--family", "ipv4", "--connected"),
    ("route", "192.0.2.1"),
    ("route", "2001:db8::1"),
    ("adapters",),
    ("adapters", "--all"),
    ("addresses",),
    ("routes",),
    ("explain",),
    ("explain", "NlMtu"),
    ("explain", "RouterDiscovery"),
    ("explain", "MIB_IF_ROW2"),
    ("explain", "MIB_IPFORWARDROW"),
    ("doctor",),
]
OTHERS = {
    "set",
    "diff",
    "apply",
    "revert",
    "recover",
    "watch",
    "guard",
    "snapshot",
    "report",
    "dsc",
}


def test_the_output_of_every_command_is_checked_here() -> None:
    assert {arguments[0] for arguments in RUNS} | OTHERS == set(COMMANDS)


@pytest.mark.parametrize("arguments", RUNS, ids=" ".join)
def test_what_a_command_writes_is_as_its_schema_says(
    arguments: tuple[str, ...], command: Command
) -> None:
    check(command, *arguments)


def test_rows_of_every_structure_have_all_members(command: Command) -> None:
    everything = {
        "get": "MIB_IPINTERFACE_ROW",
        "adapters": "MIB_IF_ROW2",
        "addresses": "MIB_UNICASTIPADDRESS_ROW",
        "routes": "MIB_IPFORWARD_ROW2",
    }
    for name, structure in everything.items():
        found = check(command, name, "Ethernet")
        expected = {field.name for field in ipif.netioapi.FIELDS[structure]}
        assert found
        assert all(expected <= set(row) for row in found), name


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["set", "dry run"])
def test_set(options: list[str], command: Command) -> None:
    changes = ["NlMtu=1400", "Metric=5", "WeakHostSend=on", "RouterDiscovery=Disabled"]
    found = check(command, "set", "Ethernet", "ipv4", *changes, *options)
    assert {change["Member"] for change in found["changes"]} >= {"NlMtu", "WeakHostSend"}
    found = check(command, "set", "Ethernet", "both", "NlMtu=1400", *options)
    zones = "ZoneIndices=" + ",".join(["2"] * 16)
    found = check(command, "set", "Ethernet", "ipv6", zones, *options)
    assert found["changes"][0]["After"] == [2] * 16


def test_apply_diff_revert_and_recover(command: Command, document: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.json"
    assert len(check(command, "diff", document, status=1)["changes"]) == 3
    assert len(check(command, "apply", document, "--dry-run")["changes"]) == 3
    assert len(check(command, "apply", document, "--journal", journal)["changes"]) == 3
    assert check(command, "diff", document)["changes"] == []
    assert check(command, "apply", document)["changes"] == []
    copy = tmp_path / "copy.json"
    copy.write_bytes(journal.read_bytes())
    assert len(check(command, "revert", journal)["changes"]) == 3
    assert check(command, "recover", copy)["changes"] == []


def test_report(command: Command, document: Path, tmp_path: Path) -> None:
    files = [tmp_path / "first", tmp_path / "second"]
    command("apply", document, "--report", files[0])
    check(command, "report", "merge", *files[:1])
    assert command("apply", tmp_path / "missing", "--report", files[1]).status == NOT_FOUND
    check(command, "report", "merge", *files, status=REFUSED)


def test_recover_of_an_adapter_that_is_gone(
    command: Command, document: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.json"
    check(command, "apply", document, "--journal", journal)
    simulation.remove_interface("Ethernet")
    found = check(command, "recover", journal, status=4)
    assert (found["kept"], len(found["missing"])) == (True, 1)


def test_watch(command: Command) -> None:
    numbers = count(1400)
    members = cycle(["Metric", "NlMtu"])
    with soon(lambda: ipif.update_interface("Ethernet", "ipv4", **{next(members): next(numbers)})):
        found = watched(command, {"Metric", "NlMtu"})
    assert {line["Type"] for line in found} == {"ParameterNotification"}


def watched(command: Command, members: set[str]) -> list[Any]:
    """Return what watch has written until changes of *members* were there."""
    found: list[Any] = []
    for _ in range(20):
        found += check(command, "watch", "--for", "0.4", lines=True)
        if {change["Member"] for line in found for change in line["Changes"]} >= members:
            return found
    raise AssertionError(found)


def test_watch_while_adapters_come_go_and_get_another_alias(command: Command) -> None:
    aliases = iter(["LAN", "Ethernet"] * 99)

    def change() -> None:
        simulation.add_interface("VPN")
        simulation.remove_interface("VPN")
        simulation.rename_interface(13, next(aliases))

    with soon(change):
        found = watched(command, {"Alias"})
    assert {line["Type"] for line in found} >= {
        "AddInstance",
        "DeleteInstance",
        "ParameterNotification",
    }


def test_guard(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {**DOCUMENT["interfaces"][0], "ipv6": {}}
    entries = [wanted, {"match": {"alias": "Nobody"}, "ipv4": {"NlMtu": 1400}}]
    file = tmp_path / "guard.json"
    file.write_text(json.dumps({"interfaces": entries}), encoding="utf-8")
    turns = iter(range(12))
    next_report = guard._next

    def ends(reports: Any) -> Any:
        number = next(turns, None)
        if number is None:
            raise KeyboardInterrupt
        if number == 1:
            ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        if number == 5:
            simulation.elevated(False)
        return next_report(reports)

    monkeypatch.setattr(guard, "_next", ends)
    found = check(command, "guard", file, status=130, lines=True)
    assert {line["Event"] for line in found} >= {"guarding", "waiting", "applied", "reverting"}


@pytest.mark.parametrize("method", ["get", "set", "test", "what-if", "export", "schema"])
@pytest.mark.parametrize("resource", ["Ipif/IPInterface", "Ipif/IPInterfaceList"])
def test_dsc(method: str, resource: str, command: Command) -> None:
    one = {"match": {"alias": "Ethernet"}, "family": "ipv4", "NlMtu": 1400}
    instance = one if resource == "Ipif/IPInterface" else DOCUMENT
    with stdin_with(b"" if method == "export" else json.dumps(instance).encode()):
        done = command("dsc", resource, method)
    assert done.status == 0
    assert done.out
    for line in done.out.splitlines():
        assert problems("dsc", json.loads(line)) == []


def test_snapshot(command: Command, tmp_path: Path) -> None:
    found = check(command, "snapshot")
    assert found["ipif_snapshot"] == 1
    assert problems("snapshot", simulation.dump()) == []
    file = tmp_path / "lab.json"
    assert check(command, "snapshot", file)["interfaces"] == len(ipif.list_interfaces())
    assert problems("snapshot", json.loads(file.read_text("utf-8"))) == []


# ---- errors


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("get", "nobody"), 4),
        (("get", "Teredo Tunneling Pseudo-Interface", "ipv4"), 4),
        (("get", "Ethernet", "ipv5"), 5),
        (("set", "Ethernet", "ipv4", "NlMtu=1", "Nothing=2"), 5),
        (("set", "Ethernet"), 2),
        (("list", "--nonsense"), 2),
        (("apply", "there-is-no-such-file.json"), 4),
        (("explain", "Dhcp"), 5),
        (("bogus",), 2),
        ((), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_an_error_is_as_its_schema_says(
    arguments: tuple[str, ...], status: int, command: Command
) -> None:
    done = command("--json", *arguments)
    assert (done.status, done.out) == (status, "")
    document = json.loads(done.err)
    assert problems("error", document) == []
    assert document["error"]["code"] == status


def test_errors_of_windows_and_of_documents_are_as_the_schema_says(
    command: Command, tmp_path: Path
) -> None:
    simulation.elevated(False)
    done = command("set", "Ethernet", "ipv4", "NlMtu=1400", "--json")
    assert done.status == 3
    document = json.loads(done.err.splitlines()[-1])
    assert problems("error", document) == []
    assert document["error"]["winerror"] == 5
    file = tmp_path / "wrong.json"
    file.write_text('{"interfaces": [{"match": {}, "ipv4": {"NlMtu": "x", "Nothing": 1}}]}')
    done = command("diff", file, "--json")
    document = json.loads(done.err)
    assert problems("error", document) == []
    assert len(document["error"]["problems"]) > 1
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    simulation.elevated(True)
    simulation.fail("SetIpInterfaceEntry", 87, after=1)
    done = command("apply", file, "--json")
    document = json.loads(done.err)
    assert problems("error", document) == []
    assert document["error"]["rolled_back"]


def test_notes_are_as_the_schema_says(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPIF_BACKEND", raising=False)
    err = command("list", "--json").err
    assert bool(err) is (sys.platform != "win32" and ipif.backend == "simulated")
    for line in err.splitlines():
        assert problems("note", json.loads(line)) == []
    err = command("get", "nobody", "--json").err
    assert problems("error", json.loads(err)) == []


def test_every_exit_status_but_0_is_a_code_of_an_error() -> None:
    codes = SCHEMAS["error"]["properties"]["error"]["properties"]["code"]["enum"]
    assert codes == [status for status in MEANINGS if status != DONE]
