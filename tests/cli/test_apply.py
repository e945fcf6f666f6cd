"""ipif diff, ipif apply: documents, and changes that are taken back unless they are confirmed."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of

import ipif
from ipif import simulation
from ipif._cli import confirm

DOCUMENT: dict[str, Any] = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 10}, "ipv6": {"NlMtu": 1400}},
        {"match": {"alias": "Wi-Fi"}, "ipv4": {"RouterDiscoveryBehavior": "Disabled"}},
    ]
}
TOML = """
[[interfaces]]
match = {alias = "Ethernet"}
ipv4 = {Metric = 10}
ipv6 = {NlMtu = 1400}

[[interfaces]]
match.alias = "Wi-Fi"
ipv4.RouterDiscoveryBehavior = "Disabled"
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "office.json"
    path.write_text(json.dumps(DOCUMENT), "utf-8")
    return path


@pytest.fixture(autouse=True)
def without_64() -> None:
    """Write SitePrefixLength once, so that dumps before and after a rolled-back change agree."""
    for alias in ("Ethernet", "Wi-Fi"):
        ipif.update_interface(alias, "ipv4", SitePrefixLength=0, DadTransmits=2)


def members(out: str) -> list[tuple[str, str, Any, Any]]:
    """Return alias, member and both values of each change in JSON."""
    changes = json.loads(out)["changes"]
    return [(one["Alias"], one["Member"], one["Before"], one["After"]) for one in changes]


CHANGES = [
    ("Ethernet", "UseAutomaticMetric", True, False),
    ("Ethernet", "Metric", 25, 10),
    ("Ethernet", "NlMtu", 1492, 1400),
    ("Wi-Fi", "RouterDiscoveryBehavior", "Dhcp", "Disabled"),
]


# ---- diff and apply


def test_diff_shows_what_apply_changes_and_ends_with_1_and_then_0(
    document: Path, command: Command
) -> None:
    before = simulation.dump()
    done = command("diff", document, "--json")
    assert (done.status, members(done.out)) == (1, CHANGES)
    assert command("apply", document, "--dry-run").status == 0
    assert members(command("apply", document, "--dry-run", "--json").out) == CHANGES
    assert simulation.dump() == before
    done = command("apply", document, "--json")
    assert (done.status, members(done.out)) == (0, CHANGES)
    assert ipif.get_interface("Ethernet", "ipv4")["Metric"] == 10
    assert "nothing differs" in command("diff", document).out
    assert command("diff", document).status == 0
    assert "nothing changed" in command("apply", document).out
    assert "nothing would change" in command("apply", document, "--dry-run").out


def test_apply_shows_the_commands_that_undo_it(document: Path, command: Command) -> None:
    before = simulation.dump()
    out = command("apply", document).out
    assert "Alias" in out.splitlines()[1]
    lines = [line.removeprefix("undo: ipif ") for line in out.splitlines() if "undo: " in line]
    assert len(lines) == 3
    for line in lines:
        assert command(*line.split()).status == 0
    assert simulation.dump() == before


@pytest.mark.parametrize("name", ["office.toml", "office.TOML", "office.conf"])
def test_a_document_may_be_toml(name: str, tmp_path: Path, command: Command) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" + TOML.replace("\n", "\r\n").encode())
    assert members(command("diff", path, "--json").out) == CHANGES


@pytest.mark.parametrize(("name", "text"), [("a.json", json.dumps(DOCUMENT)), ("a.toml", TOML)])
def test_a_document_may_be_utf_16_as_powershell_redirects_it(
    name: str, text: str, tmp_path: Path, command: Command
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-16")
    assert members(command("diff", path, "--json").out) == CHANGES


def test_a_document_with_another_ending_may_be_json(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "office"
    path.write_text("\n " + json.dumps(DOCUMENT), "utf-8")
    assert members(command("diff", path, "--json").out) == CHANGES


def test_apply_with_a_journal_is_undone_by_revert(
    document: Path, tmp_path: Path, command: Command
) -> None:
    before = simulation.dump()
    journal = tmp_path / "earlier.json"
    done = command("apply", document, "--journal", journal, "--json")
    assert json.loads(done.out)["undo"] == [f"ipif revert {journal}"]
    assert command("revert", journal).status == 0
    assert simulation.dump() == before


def test_apply_makes_all_changes_or_none(document: Path, command: Command) -> None:
    before = simulation.dump()
    simulation.fail("SetIpInterfaceEntry", 87, after=2)
    done = command("apply", document, "--json")
    assert (done.status, done.out) == (1, "")
    error = json.loads(done.err)["error"]
    assert [one["member"] for one in error["rolled_back"]]
    assert simulation.dump() == before
    simulation.elevated(False)
    assert "administrator" in error_of(command("apply", document), 3)


@pytest.mark.skipif(ipif.backend == "windows", reason="the machine is not in a file")
def test_apply_saves_the_snapshot(document: Path, path: Path, command: Command) -> None:
    assert command("--simulate", path, "apply", document).status == 0
    assert command("diff", document, "--simulate", path).status == 0


# ---- documents that are refused


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", "", "not JSON"),
        ("a.json", "{", "not JSON"),
        ("a.json", '{"interfaces": [], "interfaces": []}', "twice"),
        ("a.json", '{"interfaces": NaN}', "NaN"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", f'{{"interfaces": {"1" * 5000}}}', "a number has too many digits"),
        ("a.json", "[]", "it must be an object"),
        ("a.json", '{"interfaces": [{"match": "Wi-Fi"}]}', 'write {"alias": "..."}'),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "WiFi"}, "ipv4": {"NlMtu": 1400}}]}',
            """match = {"alias": "WiFi"}: matches no interface; did you mean 'Wi-Fi'?""",
        ),
        ("a.json", '{"interface": []}', "interfaces"),
        ("a.json", '{"interfaces": {}}', "a list of entries"),
        ("a.json", '{"interfaces": [{"match": {"alias": "nobody"}, "ipv4": {}}]}', "nobody"),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"ForwardingEnabled": "yes"}}]}',
            "interfaces[0].ipv4.ForwardingEnabled",
        ),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1}}]}',
            "a number from 576",
        ),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": "1400"}}]}',
            'NlMtu = "1400": it must be a number',
        ),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"ZoneIndices": 1}}]}',
            "ZoneIndices = 1: it must be 16 numbers",
        ),
        (
            "a.json",
            '{"interfaces": [{"match": {"hardware_address": 1}, "ipv4": {}}]}',
            "hardware_address = 1: it must be text",
        ),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"mtu": 1400}}]}',
            "did you mean NlMtu?",
        ),
        (
            "a.json",
            '{"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"Fnord": null}}]}',
            "ipif explain",
        ),
        ("a.toml", "interfaces = [", "not TOML"),
        ("a.toml", "[[interfaces]]\nmatch = 1", "interfaces[0].match"),
        ("a.toml", f"x = {'1' * 5000}", "a number has too many digits"),
        ("a.toml", "x = " + "[" * 5000, "nested too deeply"),
        ("a.conf", "\n{", "not JSON"),
        ("a.conf", "hello", "not TOML"),
    ],
    ids=range(25),
)
@pytest.mark.parametrize("name_of_command", ["diff", "apply"])
def test_an_invalid_document_ends_with_status_5_in_words_of_the_command(
    name_of_command: str, name: str, text: str, words: str, tmp_path: Path, command: Command
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    message = error_of(command(name_of_command, path), 5)
    assert words in message
    for word in ("True", "False", "None", "ipif.FIELDS", "int", "bool", "str", "sys", "tuple"):
        assert word not in message.replace(";", " ").split()


def test_every_problem_of_a_document_is_reported_and_after_many_their_number(
    tmp_path: Path, command: Command
) -> None:
    path = tmp_path / "a.json"
    bad = {"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1}}
    path.write_text(json.dumps({"interfaces": [bad] * 3}), "utf-8")
    assert "3 problems" in error_of(command("diff", path), 5)
    path.write_text(json.dumps({"interfaces": [bad] * 300}), "utf-8")
    message = error_of(command("diff", path), 5)
    assert "300 problems" in message
    assert len(message.splitlines()) < 30
    error = json.loads(command("diff", path, "--json").err)["error"]
    assert len(error["problems"]) == 300


def test_a_document_of_10_mb_is_read(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "a.json"
    entry = {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}
    path.write_text(json.dumps({"interfaces": [entry]}) + " " * 10_000_000, "utf-8")
    assert members(command("diff", path, "--json").out) == [("Ethernet", "NlMtu", 1500, 1400)]
    path.write_text(json.dumps({"interfaces": "x" * 10_000_000}), "utf-8")
    message = error_of(command("diff", path), 5)
    assert "a list of entries" in message
    assert len(message) < 500
    path.write_bytes(b"\x80" * 10_000_000)
    assert "UTF-8" in error_of(command("diff", path), 5)


@pytest.mark.slow
def test_a_document_of_10_mb_with_an_entry_on_each_line_is_read(
    tmp_path: Path, command: Command
) -> None:
    path = tmp_path / "a.json"
    entry = {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}
    entries = [entry] * (10_000_000 // len(json.dumps(entry)))
    path.write_text(json.dumps({"interfaces": entries}, indent=0), "utf-8")
    assert members(command("diff", path, "--json").out) == [("Ethernet", "NlMtu", 1500, 1400)]


def test_files_that_cannot_be_read_are_named(tmp_path: Path, command: Command) -> None:
    for name in ("diff", "apply"):
        assert "none.json" in error_of(command(name, tmp_path / "none.json"), 4)
        assert tmp_path.name in error_of(command(name, tmp_path), 1)


@pytest.mark.parametrize("file", ["", "a\0b"], ids=["empty", "NUL"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["diff"],
        ["apply"],
        ["guard"],
        ["revert"],
        ["recover"],
        ["snapshot"],
        ["list", "--simulate"],
        ["set", "Ethernet", "4", "Metric=3", "--journal"],
    ],
    ids=" ".join,
)
def test_a_name_that_no_file_can_have_is_refused(
    arguments: list[str], file: str, command: Command
) -> None:
    before = simulation.dump()
    assert f"no file can have the name {file!r}" in error_of(command(*arguments, file), 5)
    assert simulation.dump() == before


def test_a_journal_that_cannot_be_written_changes_nothing(
    document: Path, tmp_path: Path, command: Command
) -> None:
    before = simulation.dump()
    folder = tmp_path / "none"
    assert "none" in error_of(command("apply", document, "--journal", folder / "a.json"), 4)
    message = error_of(command("apply", document, "--journal", tmp_path), 1)
    assert f"{tmp_path} exists" in message
    message = error_of(command("apply", document, "--journal", document), 1)
    assert f"if it is an earlier journal, 'ipif revert {document}' restores" in message
    assert simulation.dump() == before


# ---- confirmation


class Keyboard:
    """Standard input of the command: what is written here arrives there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read, self._write = os.pipe()
        self._monkeypatch = monkeypatch

        class Input:
            def fileno(self, number: int = self._read) -> int:
                return number

        monkeypatch.setattr(confirm.sys, "stdin", Input())

    def press(self, keys: bytes = b"\n") -> None:
        os.write(self._write, keys)

    def close(self) -> None:
        if self._write >= 0:
            os.close(self._write)
            self._write = -1


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    found = Keyboard(monkeypatch)
    yield found
    found.close()


def test_changes_are_kept_when_enter_is_pressed_in_time(
    document: Path, keyboard: Keyboard, command: Command
) -> None:
    keyboard.press()
    done = command("apply", document, "--confirm", "60")
    assert done.status == 0
    assert "reverted in 60 s" in done.out
    assert "kept" in done.out
    assert "undo: " in done.out
    assert ipif.get_interface("Ethernet", "ipv4")["Metric"] == 10


def test_changes_are_reverted_when_nobody_confirms(
    document: Path, keyboard: Keyboard, command: Command
) -> None:
    before = simulation.dump()
    keyboard.press(b"no")
    done = command("apply", document, "--confirm", "0.2")
    assert done.status == 6
    assert "not confirmed within 0.2 s: everything was reverted" in done.err
    assert simulation.dump() == before
    keyboard.close()
    done = command("set", "Ethernet", "both", "Metric=3", "--confirm", "0.2", "--json")
    assert (done.status, done.out) == (6, "")
    assert json.loads(done.err)["error"]["code"] == 6
    assert simulation.dump() == before


@pytest.mark.parametrize("option", [["--confirm", "60"], ["--until-enter"]])
def test_ctrl_c_reverts_at_once(
    option: list[str],
    document: Path,
    keyboard: Keyboard,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = simulation.dump()

    def interrupt(seconds: float) -> None:
        assert simulation.dump() != before
        raise KeyboardInterrupt

    monkeypatch.setattr(confirm.time, "sleep", interrupt)
    done = command("apply", document, *option)
    assert done.status == 130
    assert "interrupted: everything was reverted" in done.err
    assert simulation.dump() == before


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGBREAK"])
def test_what_else_ends_a_process_reverts_too(
    name: str,
    document: Path,
    keyboard: Keyboard,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip(f"this system has no {name}")
    before = simulation.dump()

    def end(seconds: float) -> None:
        assert simulation.dump() != before
        assert signal.getsignal(number) is not signal.SIG_DFL  # it would end the tests
        signal.raise_signal(number)

    monkeypatch.setattr(confirm.time, "sleep", end)
    done = command("apply", document, "--confirm", "60")
    assert done.status == 130
    assert "interrupted: everything was reverted" in done.err
    assert simulation.dump() == before
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_confirmed_change_can_still_be_reverted_from_its_journal(
    document: Path, tmp_path: Path, keyboard: Keyboard, command: Command
) -> None:
    before = simulation.dump()
    journal = tmp_path / "earlier.json"
    keyboard.press()
    assert command("apply", document, "--confirm", "60", "--journal", journal).status == 0
    assert command("revert", journal).status == 0
    assert simulation.dump() == before


def test_a_change_until_enter_is_reverted_then(
    document: Path, tmp_path: Path, keyboard: Keyboard, command: Command
) -> None:
    before = simulation.dump()
    journal = tmp_path / "earlier.json"
    seen = []

    def press() -> None:
        ends = time.monotonic() + 10
        while simulation.dump() == before and time.monotonic() < ends:
            time.sleep(0.01)
        seen.append(journal.exists())
        keyboard.press()

    thread = threading.Thread(target=press)
    thread.start()
    done = command("apply", document, "--until-enter", "--journal", journal)
    thread.join()
    assert (done.status, seen) == (0, [True])
    assert done.out.splitlines()[-1] == "reverted"
    assert "undo" not in done.out
    assert simulation.dump() == before
    assert not journal.exists()


def test_a_document_that_changes_nothing_asks_for_no_confirmation(
    document: Path, keyboard: Keyboard, command: Command
) -> None:
    command("apply", document)
    for option in (["--confirm", "60"], ["--until-enter"]):
        assert "nothing changed" in command("apply", document, *option).out


def test_a_revert_that_windows_refuses_is_an_error_that_says_so(
    document: Path, keyboard: Keyboard, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(seconds: float) -> None:
        simulation.elevated(False)
        raise KeyboardInterrupt

    monkeypatch.setattr(confirm.time, "sleep", refuse)
    message = error_of_changed(command("apply", document, "--until-enter"), 3)
    assert "WinError 5" in message


def error_of_changed(done: Any, status: int) -> str:
    """Return the message of a command that failed after it had written its changes."""
    assert done.status == status
    assert "Traceback" not in done.err
    return str(done.err)
