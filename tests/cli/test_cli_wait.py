"""ipif wait: until an interface is there, or is connected; or why it is not in time."""

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import support.machine  # noqa: F401
from support import fresh
from support.command import Command, error_of
from support.eventually import eventually
from support.machine import Calls

import ipif
from ipif import simulation

TEREDO = "Teredo Tunneling Pseudo-Interface"


def without_ipv6() -> None:
    """Unbind IPv6 from every interface."""
    for row in ipif.list_interfaces("ipv6"):
        simulation.unbind(ipif.Luid(row["InterfaceLuid"]), "ipv6")


# ---- ready


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["Ethernet"], "Ethernet (index 13), ipv4 and ipv6: connected"),
        (["13", "--family", "both"], "Ethernet (index 13), ipv4 and ipv6: connected"),
        (["ethernet", "--family", "6", "--connected"], "Ethernet (index 13), ipv6: connected"),
        (["OpenVPN Wintun"], "OpenVPN Wintun (index 9), ipv4 and ipv6: not connected"),
    ],
)
def test_a_line_says_what_is_there(arguments: list[str], line: str, command: Command) -> None:
    done = command("wait", *arguments, "--timeout", "0")
    assert (done.status, done.out, done.err) == (0, f"{line}\n", "")


def test_json_has_the_rows_of_the_families_waited_for(command: Command) -> None:
    rows = json.loads(command("wait", "Ethernet", "--json").out)
    assert [row["Family"] for row in rows] == ["ipv4", "ipv6"]
    assert rows == json.loads(command("get", "Ethernet", "--json").out)
    (row,) = json.loads(command("wait", "Ethernet", "--family", "ipv6", "--json").out)
    assert [*row][:4] == ["Alias", "InterfaceIndex", "InterfaceLuid", "Family"]
    assert row["RouterDiscoveryBehavior"] == "Enabled"


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        (["VPN"], lambda: simulation.add_interface("VPN")),
        ([TEREDO], lambda: simulation.bind(TEREDO, "ipv4")),
        (["OpenVPN Wintun", "--connected"], lambda: simulation.set_link("OpenVPN Wintun", up=True)),
    ],
)
def test_it_ends_as_soon_as_the_interface_is_ready(
    arguments: list[str], change: Callable[[], object], command: Command, calls: Calls
) -> None:
    def make_ready() -> None:
        eventually(lambda: calls["NotifyIpInterfaceChange"])
        change()

    thread = threading.Thread(target=make_ready)
    thread.start()
    done = command("wait", *arguments)
    thread.join()
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{arguments[0]} (index ")


def test_a_new_interface_is_ready_when_both_families_are_there(
    command: Command, calls: Calls
) -> None:
    simulation.add_interface("VPN", families=["ipv4"])
    assert command("wait", "VPN", "--family", "4", "--timeout", "0").status == 0
    assert command("wait", "VPN", "--timeout", "0").status == 6
    simulation.bind("VPN", "ipv6")
    assert command("wait", "VPN", "--timeout", "0").status == 0


def test_it_waits_30_seconds_unless_told_otherwise(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []
    look = ipif.wait_for_interface

    def note(*arguments: Any, **options: Any) -> Any:
        given.append(options)
        return look(*arguments, **options)

    monkeypatch.setattr(ipif, "wait_for_interface", note)
    command("wait", "Ethernet")
    command("wait", "Ethernet", "--timeout", "0.5", "--connected")
    assert given == [{"connected": None, "timeout": 30}, {"connected": True, "timeout": 0.5}]


# ---- not ready: the reasons


def test_an_interface_that_does_not_come_is_named_with_the_most_similar_one(
    command: Command,
) -> None:
    message = error_of(command("wait", "Ethernt", "--timeout", "0.05"), 6)
    assert "there is no interface 'Ethernt' after 0.05 s" in message
    assert "did you mean 'Ethernet'?" in message
    assert "'ipif list'" in message
    for name in ("999", "luid:7", "{00000000-0000-0000-0000-000000000001}", "VPN*"):
        assert name in error_of(command("wait", name, "--timeout", "0"), 6)


def test_a_family_that_is_not_bound_may_come_or_be_switched_off(command: Command) -> None:
    message = error_of(command("wait", TEREDO, "--timeout", "0"), 6)
    assert f"'{TEREDO}' is there, but has no IPv4" in message
    assert "longer --timeout" in message
    assert "switched off on this adapter" in message


def test_a_family_that_no_interface_has_is_disabled_on_the_computer(command: Command) -> None:
    without_ipv6()
    message = error_of(command("wait", "Ethernet", "--timeout", "0"), 6)
    assert "no interface of this computer has IPv6" in message
    assert "waiting longer does not help" in message
    assert "--family ipv4" in message
    assert command("wait", "Ethernet", "--family", "ipv4", "--timeout", "0").status == 0


def test_an_interface_that_is_not_connected_has_a_hint(command: Command) -> None:
    message = error_of(command("wait", "OpenVPN Wintun", "--connected", "--timeout", "0"), 6)
    assert "'OpenVPN Wintun' is there, but not connected" in message
    assert "check the cable" in message


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nobody"], "no such interface"),
        (["luid:7"], "no such interface"),
        ([TEREDO], "family not bound to it"),
        (["OpenVPN Wintun", "--connected"], "not connected"),
    ],
)
def test_json_has_the_reason(arguments: list[str], reason: str, command: Command) -> None:
    done = command("wait", *arguments, "--timeout", "0", "--json")
    assert (done.status, done.out) == (6, "")
    error = json.loads(done.err)["error"]
    assert (error["code"], error["reason"], error["interface"]) == (6, reason, arguments[0])
    assert error["message"]
    assert error["hint"]


def test_another_error_of_windows_ends_with_1(command: Command) -> None:
    simulation.fail("GetIpInterfaceEntry", 31)
    assert "WinError 31" in error_of(command("wait", "Ethernet", "--timeout", "0"), 1)


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent SIGINT there")
def test_ctrl_c_ends_it_without_a_traceback() -> None:
    code = """
import os, signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
"".encode("utf-16-le")  # imported now: CPython leaves a file open when an import is interrupted

def press():
    while not control.calls("NotifyIpInterfaceChange"):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=press).start()
from ipif._cli.main import main
sys.exit(main(["wait", "nobody", "--timeout", "60"]))
"""
    done = fresh.run(fresh.MACHINE + code, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "ipif: interrupted\n")


# ---- bad input


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "INTERFACE"),
        (["Ethernet", "--family", "ipv5"], 5, "ipv4, ipv6 or both"),
        ([""], 5, "empty"),
        (["9" * 30], 5, "neither an index nor a LUID"),
        (["a\0b"], 5, "NUL"),
        (["Ethernet", "--timeout", "nan"], 2, "not a number of seconds"),
        (["Ethernet", "--timeout", "-1"], 2, "not a number of seconds"),
        (["Ethernet", "--timeout", "1_0"], 2, "not a number of seconds"),
        (["Ethernet", "--timeout", "1 "], 2, "not a number of seconds"),
        (["Ethernet", "--timeout", "1e99"], 2, "not a number of seconds"),
        (["Ethernet", "--time", "1"], 2, "--time"),
        (["Ethernet", "ipv4"], 2, "ipv4"),
    ],
)
def test_bad_arguments_are_refused_in_words_of_the_command(
    arguments: list[str], status: int, words: str, command: Command
) -> None:
    assert words in error_of(command("wait", *arguments), status)
