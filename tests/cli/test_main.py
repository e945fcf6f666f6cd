"""The command as a whole: arguments, errors and exit status, help, and its own process."""

import json
import sys
from typing import Any

import pytest
import support.machine  # noqa: F401
from support import fresh
from support.command import Command, error_of
from support.fresh import STRICT, start

import ipif
from ipif import simulation

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
SIMULATED = ipif.backend == "simulated"


@pytest.mark.parametrize(
    "arguments", [("list",), ("get", 13, "ipv4"), ("set", 13, "ipv4", "NlMtu=1400")]
)
def test_output_for_people_says_that_the_machine_is_simulated(
    arguments: tuple[Any, ...], command: Command
) -> None:
    assert ("simulated" in command(*arguments).out) == SIMULATED
    assert "simulated" not in command(*arguments, "--json").out
    assert ("simulated" in command(arguments[0], "--nonsense").err) is False
    assert ("simulated" in command("get", "nobody", "ipv4").err) == SIMULATED


# ---- errors


@pytest.mark.parametrize(
    ("interface", "status"),
    [
        ("999", 1),
        ("nobody", 1),
        ("{00000000-0000-0000-0000-000000000000}", 1),
        ("{x}", 2),
        ("0", 2),
        ("9" * 20, 2),
        ("9" * 5000, 2),
        ("", 2),
        ("x" * 300, 2),
        ("a\x00b", 2),
        ("{}", 2),
        ("\ud800", 1),
        ("²", 1),
        ("٣", 1),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_an_interface_that_does_not_exist_is_named_in_the_error(
    interface: str, status: int, command: Command
) -> None:
    shown = repr(interface)[1:11].strip("{}'")
    assert shown in error_of(command("get", interface, "ipv4"), status)
    assert shown in error_of(command("set", interface, "ipv4", "NlMtu=1400"), status)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("bogus",),
        ("get",),
        ("get", "Ethernet"),
        ("get", "Ethernet", "ipv5"),
        ("set", "13"),
        ("set", "Ethernet", "ipv4"),
        ("list", "extra"),
        ("list", "--bogus"),
        ("--simulate",),
        ("get", "-x", "ipv4"),
        ("--simulate", "list"),
    ],
)
def test_an_invalid_command_line_ends_with_status_2(
    arguments: tuple[str, ...], command: Command
) -> None:
    assert "usage" in error_of(command(*arguments))


def test_a_refusal_of_windows_ends_with_status_1_and_a_hint(command: Command) -> None:
    simulation.elevated(False)
    message = error_of(command("set", "Ethernet", "ipv4", "NlMtu=1400"), 1)
    assert "[WinError 5]" in message
    assert "requireAdministrator" in message
    message = error_of(command("get", "Teredo Tunneling Pseudo-Interface", "ipv4"), 1)
    assert "[WinError 1168]" in message
    simulation.fail("GetIpInterfaceTable", 50)
    assert "[WinError 50]" in error_of(command("list"), 1)


# ---- help


def test_help_names_the_commands_and_the_members(command: Command) -> None:
    done = command("--help")
    assert done.status == 0
    for word in ("list", "get", "set", "--simulate"):
        assert word in done.out
    done = command("set", "--help")
    assert done.status == 0
    for field in SETTABLE:
        assert field.name in done.out
    for word in ("true", "off", "enumerator"):
        assert word in done.out


def test_version_is_shown(command: Command) -> None:
    done = command("--version")
    assert done.status == 0
    assert done.out.startswith(f"ipif {ipif.__version__}")


# ---- in a process of its own


def test_python_m_ipif_runs_the_command() -> None:
    done = start(*STRICT, "-m", "ipif", "get", "Ethernet", "ipv4", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == ipif.to_json(ipif.get_interface("Ethernet", "ipv4"))
    done = start(*STRICT, "-m", "ipif", "set", "Ethernet", "ipv4", "NlMtu=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ipif")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/full")
def test_a_full_disk_is_reported() -> None:
    code = (
        "import sys; sys.stdout = open('/dev/full', 'w')\n"
        "from ipif._cli.main import main; sys.exit(main(['list']))"
    )
    done = start("-c", code)
    assert done.returncode != 0
    assert "No space left" in done.stderr


@pytest.mark.parametrize("arguments", [["list"], ["get", "nobody", "ipv4"], ["nonsense"]])
def test_a_program_without_a_console_can_run_it(arguments: list[str]) -> None:
    code = f"""
from ipif._cli.main import main
before = sys.stdout, sys.stderr
sys.stdout = sys.stderr = None
try:
    status = main({arguments!r})
except SystemExit as stop:
    status = stop.code
sys.stdout.close()
sys.stderr.close()
sys.stdout, sys.stderr = before
print(status)
"""
    expected = {"list": "0", "get": "1", "nonsense": "2"}[arguments[0]]
    assert fresh.run(fresh.MACHINE + code).stdout.split() == [expected]
