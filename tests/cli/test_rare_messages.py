"""What the command says in cases that are rare, or that only one system has."""

import argparse
import errno
import json
import os
import re
import sys
import threading
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of

import ipif
from ipif import simulation
from ipif._cli import completion, countdown, interfaces, main, members, output
from ipif._cli.anonymous import anonymous
from ipif._cli.commands import doctor, wait
from ipif._cli.status import INVALID, NOT_FOUND, REFUSED, failure_of
from ipif._core import files
from ipif._shared import lock
from ipif._sim import control

# ---- arguments


@pytest.mark.parametrize("text", ["soon", "", "1_0", " 1", "nan", "-1", "1e99"])
def test_a_text_that_is_no_number_of_seconds_is_shown(text: str, command: Command) -> None:
    done = command("wait", "Ethernet", f"--timeout={text}")
    assert f"{text!r} is not a number of seconds" in error_of(done)


def test_a_destination_that_is_no_address_is_shown(command: Command) -> None:
    message = error_of(command("route", "example.org"), INVALID)
    assert "one address, not a prefix" in error_of(command("route", "192.0.2.0/24"), INVALID)
    assert "is an IP address" in error_of(command("route", "example.org/8"), INVALID)
    assert "is an IP address, not 'example.org'" in message
    assert "names are not looked up" in message


def test_an_argument_in_no_encoding_is_used_as_it_is() -> None:
    assert interfaces._decoded("B\udcffro") == "B\udcffro"


def test_a_file_that_is_too_large_is_not_read_as_a_document(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "large.json"
    file.write_text("{}" + " " * 2**20, encoding="utf-8")
    monkeypatch.setattr(files, "_LARGEST_FILE", 2**20)
    message = error_of(command("apply", file), INVALID)
    assert 'large.json": larger than 1 MiB' in message


def test_the_rule_for_a_member_of_many_numbers_is_about_each(command: Command) -> None:
    zones = ",".join(["4294967295"] + 15 * ["1"])
    message = error_of(command("set", "Ethernet", "ipv6", f"ZoneIndices={zones}"), INVALID)
    assert "ZoneIndices: each item is a number from 0 to 4294967294" in message


def test_a_member_without_a_value_is_shown_as_nothing() -> None:
    assert members.show("ZoneIndices", None) == ""


def test_a_member_without_a_list_of_values_has_none_to_complete() -> None:
    nothing = argparse.Namespace()
    assert completion.changes("NlMtu=", nothing) == {}
    assert completion.changes("Metric=", nothing) == {"Metric=auto": ""}


# ---- errors


def element_not_found() -> ipif.Error:
    error = ipif.Error(errno.ENOENT, "Element not found.")
    error.winerror = 1168
    return error


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (MemoryError(), REFUSED, "out of memory"),
        (element_not_found(), NOT_FOUND, "Element not found."),
        (OSError(errno.EINVAL, "Invalid argument", "a?b"), NOT_FOUND, "a?b: Invalid argument"),
    ],
)
def test_an_error_becomes_a_message_and_a_status(
    error: BaseException, status: int, text: str
) -> None:
    failure = failure_of(error)
    assert failure.status == status
    assert text in failure.message


def test_an_adapter_that_recover_cannot_find_is_no_missing_journal(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recover(*arguments: object, **options: object) -> None:
        raise ipif.InterfaceNotFound(errno.ENOENT, "no interface has the LUID 1", None, 2)

    monkeypatch.setattr(ipif, "recover", recover)
    message = error_of(command("recover", "journal"), NOT_FOUND)
    assert "no interface has the LUID 1" in message
    assert "no journal" not in message


def test_a_text_that_names_nothing_is_similar_to_nothing() -> None:
    assert wait._similar("x" * 300) == ""
    assert wait._similar("Ethernt") == "did you mean 'Ethernet'? "


def test_one_connected_family_of_two_is_named(command: Command, tmp_path: Path) -> None:
    document: Any = simulation.dump()
    for row in document["interfaces"]:
        if row["InterfaceIndex"] == 13 and row["Family"] == "ipv6":
            row["Connected"] = False
    simulation.load(document)
    done = command("wait", "Ethernet")
    assert done.out == "Ethernet (index 13), ipv4 and ipv6: ipv4 connected\n"


# ---- output


def test_a_closed_stream_is_no_terminal() -> None:
    stream = StringIO()
    stream.close()
    assert output._is_terminal(stream) is False
    assert output._is_terminal(None) is False


class KeyedTerminal(StringIO):
    """A terminal in which somebody presses Enter."""

    def isatty(self) -> bool:
        return True


def test_a_countdown_that_is_shown_after_enter_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = KeyedTerminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stdin", screen)
    shown = output.Output(as_json=False)
    with countdown.Countdown(shown, 9.0) as counting:
        counting.show(9.0)
        screen.write("\n")  # the terminal shows the key at once
        counting.show(8.0)
        counting.end_at_enter()
    text = re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue())
    before, shown_again, blank, after = text.rpartition("\n")[2].split("\r")
    assert "reverted in 8 s" in shown_again
    assert blank == " " * (shown.columns - 1)
    assert len(blank) >= len(shown_again)
    assert before == after == ""


def test_a_countdown_without_room_has_its_shortest_text() -> None:
    assert countdown._fitting(5.0, 0) == countdown._TEXTS[-1].format(left=5)


def test_a_warning_of_ipif_is_a_note_and_others_are_shown_as_they_were() -> None:
    notes: list[str] = []
    others: list[object] = []
    writer: Any = SimpleNamespace(note=notes.append)
    show = main._as_note(lambda *words: others.append(words), writer)
    other = DeprecationWarning("old")
    show(ipif.RestoreWarning("call ipif.recover() again"), ipif.RestoreWarning, "file", 1)
    show(other, DeprecationWarning, "file", 1)
    assert notes == ["call 'ipif recover' again"]
    assert others == [(other, DeprecationWarning, "file", 1)]


def test_other_exceptions_that_python_only_reports_are_still_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reported: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    main._lose_no_interrupt()
    unraisable: Any = SimpleNamespace(exc_type=ValueError)
    sys.unraisablehook(unraisable)
    assert reported == [unraisable]


# ---- a real machine


def test_a_machine_without_controls_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not main._is_real()
    monkeypatch.setattr(control, "_control", None)
    assert main._is_real()


def test_a_snapshot_of_a_real_machine_says_what_it_has(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipif, "backend", "windows")
    file = tmp_path / "machine.json"
    done = command("snapshot", file)
    assert done.status == 0
    assert "--anonymous replaces them" in done.err
    assert json.loads(file.read_text("utf-8"))["adapters"]


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (
            {"name": "Windows 11", "build": 26100, "revision": 1, "release": "24H2", "wine": None},
            "Windows 11 24H2, build 26100.1",
        ),
        (
            {"name": "Windows 10", "build": 19043, "revision": None, "release": "", "wine": "8.0"},
            "Windows 10, build 19043, Wine 8.0",
        ),
    ],
)
def test_doctor_shows_a_system_by_its_build(facts: Any, text: str) -> None:
    assert doctor._system_text(facts) == text


@pytest.mark.parametrize(("value", "text"), [(None, "not set"), (0xFF, "0xff")])
def test_doctor_shows_the_switch_of_ipv6(value: int | None, text: str) -> None:
    facts = {"interfaces": 2, "loopback": 1, "DisabledComponents": value}
    assert doctor._ipv6_text(facts) == f"on, 2 interfaces have it; DisabledComponents is {text}"


def test_doctor_says_when_a_free_threaded_python_has_a_gil() -> None:
    facts: Any = {**doctor._python(), "free_threaded": True, "gil": True}
    assert "free-threaded, but the GIL is on" in doctor._python_text(facts)


def test_doctor_says_when_initialize_marks_nothing() -> None:
    text = doctor._unchanged_text({"marked": [], "not_marked": ["Metric"]})
    assert text == "InitializeIpInterfaceEntry marks no member"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has a registry")
def test_without_a_registry_no_value_is_known() -> None:
    assert doctor._registry("SYSTEM", "DisabledComponents") is None


# ---- the lock of --simulate


def test_a_lock_that_another_command_removes_meanwhile_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(first: object, second: object) -> bool:
        raise FileNotFoundError

    monkeypatch.setattr(os.path, "samestat", remove)
    assert lock._try(str(tmp_path / "lock")) is None


def test_a_lock_that_the_system_refuses_is_closed_and_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[int] = []

    def refuse(file: int) -> bool:
        files.append(file)
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "_lock", refuse)
    with (
        pytest.raises(OSError, match="No locks available"),
        lock.locked(tmp_path / "machine.json"),
    ):
        pytest.fail("it was locked")
    with pytest.raises(OSError, match=r"descriptor|handle"):
        os.fstat(files[0])


def test_a_folder_without_permission_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(lock, "_try", refuse)
    monkeypatch.setattr(lock, "_PAUSE", 0)
    with pytest.raises(PermissionError), lock.locked(tmp_path / "machine.json"):
        pytest.fail("it was locked")


def test_a_lock_that_another_thread_has_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    order: list[str] = []

    def second() -> None:
        with lock.locked(path):
            order.append("second")

    thread = threading.Thread(target=second)
    with lock.locked(path):
        thread.start()
        thread.join(0.05)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]


# ---- --anonymous


def test_a_machine_of_few_members_and_short_hardware_addresses_is_anonymous() -> None:
    luid = 6 << 48 | 1 << 24
    keys = {"InterfaceLuid": luid, "InterfaceIndex": 7}
    document: Any = {
        "ipif_snapshot": 1,
        "adapters": [{**keys, "Alias": "Modem", "PhysicalAddress": "AB-CD"}],
        "interfaces": [{**keys, "Family": "ipv4"}],
        "routes": [{"InterfaceLuid": luid, "DestinationPrefix": "8.8.0.0/16"}],
        "addresses": [{"InterfaceLuid": luid, "Address": "8.8.8.8"}],
    }
    found: Any = anonymous(document)
    assert found["adapters"] == [{**keys, "Alias": "Modem", "PhysicalAddress": "00-00"}]
    assert found["interfaces"] == [{**keys, "Family": "ipv4"}]
    assert set(found["routes"][0]) == {"InterfaceLuid", "DestinationPrefix"}
    assert set(found["addresses"][0]) == {"InterfaceLuid", "Address"}
    assert "8.8." not in json.dumps(found)
