"""The command as a whole: arguments, errors and exit status, help, notes, and its own process."""

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
from ipif._cli.commands import COMMANDS, module_of
from ipif._cli.status import MEANINGS

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
SIMULATED = ipif.backend == "simulated"
TELLS = "this machine is simulated"
NOTHING_IS_KEPT = "nothing is kept"
SET = ("set", "13", "ipv4", "NlMtu=1400")


# ---- notes about the simulation


@pytest.mark.parametrize("arguments", [("list",), ("get", "13"), SET, ("diff", "nothing.json")])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_simulation_that_nobody_asked_for_is_told_on_standard_error(
    arguments: tuple[str, ...], as_json: bool, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (*arguments, "--json") if as_json else arguments
    monkeypatch.delenv("IPIF_BACKEND", raising=False)
    done = command(*words)
    assert done.err.count(TELLS) == SIMULATED
    assert TELLS not in done.out
    monkeypatch.setenv("IPIF_BACKEND", ipif.backend)
    assert TELLS not in command(*words).err


def test_set_says_that_a_simulated_machine_keeps_nothing(command: Command) -> None:
    for words in (SET, (*SET, "--json")):
        assert (NOTHING_IS_KEPT in command(*words).err) == SIMULATED
    for words in (("list",), (*SET, "--dry-run"), ("get", "13")):
        assert NOTHING_IS_KEPT not in command(*words).err


def test_in_json_each_note_is_an_object_on_a_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IPIF_BACKEND", raising=False)
    notes = [json.loads(line) for line in command(*SET, "--json").err.splitlines()]
    assert [[*note] for note in notes] == [["note"]] * (2 if SIMULATED else 0)
    done = command("get", "nobody", "--json")
    [line] = done.err.splitlines()
    assert ("notes" in json.loads(line)) == SIMULATED


# ---- errors


@pytest.mark.parametrize(
    ("interface", "status"),
    [
        ("999", 4),
        ("nobody", 4),
        ("{00000000-0000-0000-0000-000000000000}", 4),
        ("{x}", 4),
        ("luid:7", 4),
        ("luid:x", 4),
        ("192.0.2.77", 4),
        ("02-00-00-00-00-99", 4),
        ("0", 5),
        ("luid:0", 5),
        ("luid:" + "9" * 20, 5),
        ("9" * 20, 5),
        ("9" * 5000, 5),
        ("", 5),
        ("x" * 300, 5),
        ("a\x00b", 5),
        ("{}", 4),
        ("\ud800", 4),
        ("²", 4),
        ("٣", 4),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_an_interface_that_does_not_exist_is_named_in_the_error(
    interface: str, status: int, command: Command
) -> None:
    shown = repr(interface)[1:11].strip("{}'").removeprefix("luid:")
    for words in (("get", interface), ("set", interface, "ipv4", "NlMtu=1400")):
        message = error_of(command(*words), status)
        assert shown in message.replace("\\u0000", "\\x00")
        assert "ipif.Luid" not in message
        assert "uuid.UUID" not in message


def test_the_nearest_alias_comes_before_the_code_of_windows(command: Command) -> None:
    message = error_of(command("get", "WiFi"), 4)
    assert message.startswith("ipif: no interface named 'WiFi'; did you mean 'Wi-Fi'?")
    assert "[WinError" in message
    assert len(message.splitlines()) <= 2


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("bogus",),
        ("get",),
        ("set", "13"),
        ("set", "Ethernet", "ipv4"),
        ("list", "--bogus"),
        ("list", "--connect"),
        ("--simulate",),
        ("get", "-x", "ipv4"),
        ("--simulate", "list"),
        ("set", "13", "ipv4", "NlMtu=1400", "--confirm", "0"),
        ("set", "13", "ipv4", "NlMtu=1400", "--confirm", "nan"),
        ("set", "13", "ipv4", "NlMtu=1400", "--confirm", "1_0"),
        ("set", "13", "ipv4", "NlMtu=1400", "--confirm", "5", "--until-enter"),
        ("--jso", "list"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_wrong_command_line_ends_with_status_2(
    arguments: tuple[str, ...], as_json: bool, command: Command
) -> None:
    message = error_of(command(*arguments, *(["--json"] if as_json and arguments else [])))
    if as_json and arguments:
        error = json.loads(message)["error"]
        assert error["code"] == 2
        assert "--help" in error["hint"]
    else:
        assert "--help" in message
        assert len(message.splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lst", "there is no command 'lst'; did you mean 'list'?"),
        ("Route", "there is no command 'Route'; did you mean 'route'?"),
        ("frobnicate", "there is no command 'frobnicate'\n"),
        ("x" * 300, f"there is no command '{'x' * 40}'\n"),
    ],
    ids=["similar", "case", "other", "long"],
)
def test_a_command_that_does_not_exist_is_named_with_the_one_most_similar(
    name: str, words: str, command: Command
) -> None:
    message = error_of(command(name))
    assert words in message
    assert message.endswith("'ipif --help' lists the commands\n")


def test_arguments_that_a_command_does_not_take_lead_to_its_help(command: Command) -> None:
    for words in (["list", "--jsn"], ["list", "a", "b"], ["--json", "list", "--nope"]):
        assert "'ipif list --help' shows how it is used" in error_of(command(*words))


def test_the_option_json_may_stand_before_or_behind_the_command(command: Command) -> None:
    assert command("--json", "list").out == command("list", "--json").out
    assert json.loads(command("--json", "list").out)


def test_an_error_in_json_is_one_object_on_standard_error(command: Command) -> None:
    done = command("get", "WiFi", "--json")
    assert (done.status, done.out) == (4, "")
    error = json.loads(done.err)["error"]
    assert error["code"] == 4
    assert "did you mean" in error["message"]
    assert "ipif list" in error["hint"]
    assert error["winerror"] in (2, 87, 123, 1168)
    error = json.loads(command("set", "13", "ipv4", "NlMtu=1", "--json").err)["error"]
    assert (error["code"], error["hint"]) == (5, "")


def test_every_refusal_has_its_status_and_a_hint(command: Command) -> None:
    simulation.elevated(False)
    message = error_of(command("set", "Ethernet", "ipv4", "NlMtu=1400"), 3)
    assert "[WinError 5]" in message
    assert "Run as administrator" in message
    message = error_of(command("get", "Teredo Tunneling Pseudo-Interface", "ipv4"), 4)
    assert "[WinError 1168]" in message
    simulation.elevated(True)
    simulation.fail("SetIpInterfaceEntry", 87)
    message = error_of(command("set", "Ethernet", "ipv4", "NlMtu=1400"), 1)
    assert "NlMtu" in message
    simulation.fail("GetIpInterfaceTable", 50)
    assert "[WinError 50]" in error_of(command("list"), 1)
    simulation.fail("GetIpInterfaceTable", 31)
    assert "[WinError 31]" in error_of(command("list"), 1)


def test_an_error_that_nobody_expected_is_reported_without_a_traceback(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(ipif, "list_adapters", fail)
    message = error_of(command("list"), 1)
    assert "internal error: RuntimeError: surprise" in message
    assert "--debug" in message
    done = command("list", "--debug")
    assert done.status == 1
    assert "Traceback" in done.err
    assert 'raise RuntimeError("surprise")' in done.err


def test_debug_shows_the_traceback_of_an_error(command: Command) -> None:
    done = command("get", "nobody", "--debug")
    assert done.status == 4
    assert "Traceback" in done.err
    assert "InterfaceNotFound" in done.err


def test_ctrl_c_ends_a_command_with_130_and_no_traceback(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ipif, "list_adapters", interrupt)
    assert "interrupted" in error_of(command("list"), 130)


def test_ctrl_c_while_a_class_is_made_ends_with_130_too(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupts:
        def __set_name__(self, owner: type, name: str) -> None:
            raise KeyboardInterrupt

    def run(options: object, output: object) -> None:
        type("Made", (), {"member": Interrupts()})  # CPython 3.11 raises RuntimeError

    monkeypatch.setattr(module_of("list"), "run", run)
    message = error_of(command("list"), 130)
    assert message.endswith("ipif: interrupted\n")


# ---- help


def test_help_names_the_commands_and_the_exit_statuses(command: Command) -> None:
    done = command("--help")
    assert done.status == 0
    for word in (*COMMANDS, "--simulate", "--json", "--debug"):
        assert word in done.out
    words = " ".join(done.out.split())
    for status, meaning in MEANINGS.items():
        assert f"{status} {meaning}" in words


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(name: str, command: Command) -> None:
    done = command(name, "--help")
    assert (done.status, done.err) == (0, "")
    assert f"usage: ipif {name}" in done.out
    assert "--json" in done.out


def test_the_help_of_set_has_the_members_and_the_forms_of_values(command: Command) -> None:
    out = command("set", "--help").out
    for field in SETTABLE:
        assert field.name in out
    for word in ("true", "off", "enumerator", "Metric=auto"):
        assert word in out


def test_version_is_shown(command: Command) -> None:
    done = command("--version")
    assert done.status == 0
    assert done.out.startswith(f"ipif {ipif.__version__}")
    assert ("simulated" in done.out) == SIMULATED


# ---- in a process of its own


def test_python_m_ipif_runs_the_command() -> None:
    done = start(*STRICT, "-m", "ipif", "get", "Ethernet", "ipv4", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["NlMtu"] == ipif.get_interface("Ethernet", "ipv4")["NlMtu"]
    done = start(*STRICT, "-m", "ipif", "set", "Ethernet", "ipv4", "NlMtu=1")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("ipif: NlMtu of ipv4 is from 576")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"]])
def test_a_full_disk_is_reported(arguments: list[str]) -> None:
    code = (
        "import sys; sys.stdout = open('/dev/full', 'w')\n"
        f"from ipif._cli.main import main; sys.exit(main({arguments!r}))"
    )
    done = start("-c", code)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_does_not_hide_that_a_change_was_made(options: list[str]) -> None:
    words = ["set", "13", "ipv4", "NlMtu=1400", *options]
    code = (
        "import sys; sys.stdout = open('/dev/full', 'w')\n"
        f"from ipif._cli.main import main; sys.exit(main({words!r}))"
    )
    done = start("-c", code)
    assert done.returncode == 1
    assert "the changes were made; undo: ipif set Ethernet ipv4 NlMtu=1500" in done.stderr


@pytest.mark.parametrize("arguments", [["list"], ["get", "nobody"], ["nonsense"]])
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
    expected = {"list": "0", "get": "4", "nonsense": "2"}[arguments[0]]
    assert fresh.run(fresh.MACHINE + code).stdout.split() == [expected]
