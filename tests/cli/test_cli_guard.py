"""ipif guard: a document stays applied, with a line for each revert and each error."""

import json
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, Done, error_of
from support.eventually import eventually
from support.fresh import ROOT
from support.machine import Calls
from support.rows import get
from support.running import close_output, interrupt, running

import ipif
from ipif import simulation
from ipif._cli.commands import guard as guard_module

Step = Callable[[], object]
Guarding = Callable[..., Done]

PAGE = ROOT / "docs" / "safe-changes.md"

DOCUMENT: dict[str, Any] = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 5}, "ipv6": {"NlMtu": 1400}},
        {"match": {"alias": "Wi-Fi"}, "ipv4": {"RouterDiscoveryBehavior": "Disabled"}},
    ]
}
WITH_VPN: dict[str, Any] = {
    "interfaces": [
        *DOCUMENT["interfaces"],
        {"match": {"alias": "VPN*"}, "expect": "any", "ipv4": {"NlMtu": 1400}},
    ]
}

TOML = """
[[interfaces]]
match.alias = "Ethernet"
ipv4.Metric = 5
"""


@pytest.fixture
def guarding(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guarding:
    """Return a function that guards a document while *steps* happen, and then presses Ctrl-C.

    A step happens when everything has been written that came before.
    """

    def run(document: object, steps: list[Step], *arguments: object) -> Done:
        path = tmp_path / "office.json"
        path.write_text(json.dumps(document), "utf-8")
        wait = guard_module._next
        idle = 0

        def step(reports: Any) -> Any:
            nonlocal idle
            report = wait(reports)
            if report is None:
                idle += 1
            if report is None and idle > 1:  # what is looked at, and not reported, is written, too
                if not steps:
                    raise KeyboardInterrupt
                steps.pop(0)()
                idle = 0
            return report

        with monkeypatch.context() as patch:
            patch.setattr(guard_module, "_next", step)
            patch.setattr(guard_module, "_SLICE", 0.02)
            done = command("guard", path, *arguments)
        assert not steps
        return done

    return run


def lines(done: Done) -> list[str]:
    """Return the lines that a guard has written until Ctrl-C, without the time and the first."""
    assert done.status == 130, done.err
    found = [re.fullmatch(r"(\d\d:\d\d:\d\d)  (.+)", line) for line in done.out.splitlines()]
    texts = [line[2] for line in found if line is not None]
    assert len(texts) == len(found)
    assert texts[0].startswith("guarding ")
    return [re.sub("  +", "  ", text) for text in texts[1:]]


def events(done: Done) -> list[dict[str, Any]]:
    """Return the events that a guard has written as JSON until Ctrl-C, without their times."""
    assert done.status == 130, done.err
    found = [json.loads(line) for line in done.out.splitlines()]
    for event in found:
        assert datetime.fromisoformat(event.pop("Time")).tzinfo is not None
    return found


def disturb(alias: str = "Ethernet", family: Any = "ipv4", **members: Any) -> Step:
    """Return a step that changes members and waits until the guard has set them again."""

    def step() -> None:
        before = {name: get(name, alias, family) for name in members}
        ipif.update_interface(alias, family, **members)
        eventually(lambda: before == {name: get(name, alias, family) for name in members})

    return step


@pytest.fixture
def applied() -> None:
    """Apply the documents of this module."""
    ipif.plan(WITH_VPN).apply()


# ---- what is written


def test_it_applies_the_document_and_says_what_it_has_changed(guarding: Guarding) -> None:
    done = guarding(DOCUMENT, [])
    assert re.match(r"\d\d:\d\d:\d\d  guarding 3 rows as in .*office\.json\n", done.out)
    assert lines(done) == [
        "Ethernet  ipv4  applied  UseAutomaticMetric true -> false, Metric 25 -> 5",
        "Ethernet  ipv6  applied  NlMtu 1492 -> 1400",
        "Wi-Fi  ipv4  applied  RouterDiscoveryBehavior Dhcp -> Disabled",
    ]
    assert lines(guarding(DOCUMENT, [])) == []


@pytest.mark.usefixtures("applied")
def test_a_line_for_each_revert_has_the_members_from_the_old_to_the_new_value(
    guarding: Guarding,
) -> None:
    done = guarding(
        DOCUMENT,
        [disturb(Metric=10), disturb("Wi-Fi", RouterDiscoveryBehavior="Enabled")],
    )
    assert lines(done) == [
        "Ethernet  ipv4  reverting  Metric 10 -> 5",
        "Wi-Fi  ipv4  reverting  RouterDiscoveryBehavior Enabled -> Disabled",
    ]


@pytest.mark.usefixtures("applied")
def test_json_has_an_object_for_each_event(guarding: Guarding) -> None:
    step = disturb("Wi-Fi", RouterDiscoveryBehavior="Enabled")
    done = guarding(WITH_VPN, [step], "--json")
    row = ipif.get_interface("Wi-Fi", "ipv4")
    assert events(done) == [
        {"Event": "guarding", "Rows": 3},
        {"Event": "waiting", "Entry": "interfaces[2]", "Match": {"alias": "VPN*"}},
        {
            "Alias": "Wi-Fi",
            "InterfaceIndex": row["InterfaceIndex"],
            "InterfaceLuid": row["InterfaceLuid"],
            "Family": "ipv4",
            "Event": "reverting",
            "Changes": [
                {"Member": "RouterDiscoveryBehavior", "Before": "Enabled", "After": "Disabled"}
            ],
        },
    ]


@pytest.mark.usefixtures("applied")
def test_entries_that_select_nothing_are_named_and_again_when_that_changes(
    guarding: Guarding,
) -> None:
    def come() -> None:
        simulation.add_interface("VPN 1", families=["ipv4"])
        eventually(lambda: get("NlMtu", "VPN 1") == 1400)

    done = guarding(WITH_VPN, [come, lambda: simulation.remove_interface("VPN 1")])
    assert lines(done)[:3] == [
        'waiting for {"alias": "VPN*"} (interfaces[2])',
        'found {"alias": "VPN*"} (interfaces[2])',
        "VPN 1  ipv4  reverting  NlMtu 1500 -> 1400",
    ]


@pytest.mark.usefixtures("applied")
def test_a_row_that_cannot_be_set_is_an_error_and_its_success_is_written(
    guarding: Guarding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipif._desired.guarded_row.FIRST_PAUSE", 0.2)
    fail: list[Step] = [
        lambda: simulation.fail("SetIpInterfaceEntry", 31, after=1),
        lambda: ipif.update_interface("Ethernet", "ipv4", Metric=10),
        lambda: eventually(lambda: get("Metric") == 5),
    ]
    reverting, error, applied = lines(guarding(DOCUMENT, fail))
    assert reverting == "Ethernet  ipv4  reverting  Metric 10 -> 5"
    assert error.startswith("Ethernet  ipv4  error  ")
    assert "WinError 31" in error
    assert applied == "Ethernet  ipv4  applied"


@pytest.mark.usefixtures("applied")
def test_an_error_in_json_has_what_other_errors_have(guarding: Guarding) -> None:
    document = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"Metric": 7}}]}
    steps: list[Step] = [
        lambda: simulation.fail("SetIpInterfaceEntry", 5, after=1),
        lambda: ipif.update_interface("Wi-Fi", "ipv4", Metric=10),
        lambda: None,
    ]
    errors = [one for one in events(guarding(document, steps, "--json")) if one["Event"] == "error"]
    assert len(errors) == 1
    assert (errors[0]["Alias"], errors[0]["Family"]) == ("Wi-Fi", "ipv4")
    assert errors[0]["Error"]["code"] == 3
    assert errors[0]["Error"]["winerror"] == 5
    assert errors[0]["Error"]["hint"]


@pytest.mark.usefixtures("applied")
def test_an_entry_with_problems_later_on_is_an_error_in_one_line(guarding: Guarding) -> None:
    document = {"interfaces": [{"match": {"alias": "Wi-Fi*"}, "ipv4": {"NlMtu": 1400}}]}
    done = guarding(document, [lambda: simulation.add_interface("Wi-Fi 2")])
    assert lines(done)[0] == "Wi-Fi  ipv4  applied  NlMtu 1500 -> 1400"
    (error,) = lines(done)[1:]
    assert error.startswith("error: interfaces[0]")
    assert "\\n" not in error


# ---- how it ends


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_ctrl_c_ends_it_with_130_and_the_interfaces_stay_as_they_are(
    option: list[str], guarding: Guarding, calls: Calls
) -> None:
    done = guarding(DOCUMENT, [], *option)
    assert done.status == 130
    assert "interrupted: the interfaces stay as they are" in done.err
    assert (get("Metric"), get("NlMtu", family="ipv6")) == (5, 1400)
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent SIGINT there")
def test_ctrl_c_leaves_no_traceback_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text(TOML, "utf-8")
    with running("guard", path) as process:
        assert process.stdout is not None
        assert "guarding 1 row as in" in process.stdout.readline()
        status, errors = interrupt(process)
    assert status == 130
    assert errors == "ipif: interrupted: the interfaces stay as they are\n"


def test_a_closed_pipe_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text(TOML + "ipv4.DadTransmits = 3\n", "utf-8")
    with running("guard", path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert close_output(process) == (0, "")


@pytest.mark.skipif(ipif.backend == "windows", reason="the machine is not in a file")
def test_what_it_has_set_is_saved_in_the_snapshot(
    path: Path, guarding: Guarding, command: Command
) -> None:
    assert guarding(DOCUMENT, [], "--simulate", path).status == 130
    rows = json.loads(command("--simulate", path, "get", "Ethernet", "--json").out)
    assert [row["Metric"] for row in rows] == [5, 25]


# ---- what is refused


def test_rows_that_cannot_be_set_to_begin_with_end_it_and_nothing_is_changed(
    tmp_path: Path, command: Command
) -> None:
    path = tmp_path / "office.json"
    path.write_text(json.dumps(DOCUMENT), "utf-8")
    simulation.elevated(False)
    assert "administrator" in error_of(command("guard", path), 3)
    simulation.elevated(True)
    simulation.fail("SetIpInterfaceEntry", 31, after=2)
    assert "WinError 31" in error_of(command("guard", path), 1)
    assert (get("Metric"), get("NlMtu", family="ipv6")) == (25, 1492)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", "{", "not JSON"),
        ("a.json", "[]", "object"),
        ("a.json", "{}", "interfaces"),
        ("a.json", '{"interfaces": [{"match": {"alias": "*"}, "ipv4": {"NlMtu": 1400}}]}', "match"),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "nobody"}, "ipv4": {"NlMtu": 1}}]}',
            "NlMtu",
        ),
        ("a.toml", "interfaces = [", "not TOML"),
        ("a.conf", "hello", "not TOML"),
    ],
    ids=range(7),
)
def test_an_invalid_document_ends_it_with_5(
    name: str, text: str, words: str, tmp_path: Path, command: Command
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert words in error_of(command("guard", path), 5)


def test_a_document_of_10_mb_is_read_and_its_problems_are_told(
    tmp_path: Path, command: Command
) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"interfaces": [1' + " " * 10_000_000 + "]}", "utf-8")
    assert "interfaces[0]" in error_of(command("guard", path), 5)
    path.write_bytes(b"\xff" * 10_000_000)
    assert "UTF-8" in error_of(command("guard", path), 5)


def test_files_that_cannot_be_read_are_named(tmp_path: Path, command: Command) -> None:
    assert "none.json" in error_of(command("guard", tmp_path / "none.json"), 4)
    assert tmp_path.name in error_of(command("guard", tmp_path), 1)
    assert "FILE" in error_of(command("guard"), 2)


# ---- at boot


def test_the_help_has_the_commands_for_task_scheduler_on_one_line_each(command: Command) -> None:
    done = command("guard", "--help")
    assert done.status == 0
    for line in guard_module.AT_BOOT:
        assert f"\n  {line}\n" in done.out
    others = [line for line in done.out.splitlines() if line[2:] not in guard_module.AT_BOOT]
    assert max(map(len, others)) <= 80


def test_the_command_of_the_task_can_be_quoted_by_schtasks() -> None:
    line = guard_module.AT_BOOT[0]
    assert re.search(r'^schtasks /create /tn "[^"]+" /sc onstart /ru SYSTEM /tr "[^"]+"$', line)


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here: no checkout")
def test_the_page_shows_the_same_commands_for_task_scheduler() -> None:
    section = PAGE.read_text("utf-8").partition("### Run a guard at boot")[2]
    block = section.partition("```powershell\n")[2].partition("```")[0]
    assert tuple(block.splitlines()) == guard_module.AT_BOOT
