"""The command: list, get and set, for people and in JSON; worlds in files; decent errors."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fresh import STRICT, start

import ipif
from ipif import _cli, simulation

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
GUID = "{0000000D-1111-4222-8333-0123456789AB}"
SIMULATED = ipif.backend == "simulated"


class Done(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command in this process."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        try:
            status = _cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return run


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Return a file with the bundled world."""
    file = tmp_path / "world.json"
    file.write_text(json.dumps({"about": "a test", **simulation.dump()}), encoding="utf-8")
    return file


def bad(done: Done, status: int = 2) -> str:
    """Return the message of a command that must have failed in a decent way."""
    assert done.status == status
    assert done.out == ""
    assert done.err
    assert "Traceback" not in done.err
    return done.err


# ---- list and get


def test_list_shows_every_interface(command: Command) -> None:
    done = command("list")
    assert (done.status, done.err) == (0, "")
    rows = ipif.list_interfaces()
    lines = done.out.splitlines()
    assert len(lines) == 2 + len(rows)
    for row, line in zip(rows, lines[2:], strict=True):
        assert line.endswith(ipif.Luid(row["InterfaceLuid"]).alias)
        assert line.split()[0] == str(row["InterfaceIndex"])


def test_list_in_json_is_what_the_api_says(command: Command) -> None:
    done = command("list", "--json")
    assert json.loads(done.out) == [ipif.to_json(row) for row in ipif.list_interfaces()]


@pytest.mark.parametrize("name", ["13", "Ethernet", "ethernet", GUID, GUID.lower()])
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_get_takes_an_index_an_alias_or_a_guid(name: str, family: Any, command: Command) -> None:
    row = ipif.get_interface("Ethernet", family)
    assert json.loads(command("get", name, family, "--json").out) == ipif.to_json(row)


def test_get_shows_every_member_as_set_would_take_it(command: Command) -> None:
    done = command("get", "Ethernet", "ipv4")
    shown = dict(line.split(None, 1) for line in done.out.splitlines()[1:])
    assert list(shown) == [field.name for field in ipif.FIELDS]
    assert (shown["Family"], shown["UseAutomaticMetric"]) == ("ipv4", "true")
    assert shown["RouterDiscoveryBehavior"] == "Dhcp"
    assert shown["ZoneIndices"].count(",") == 15
    changes = [f"{field.name}={shown[field.name].strip()}" for field in SETTABLE]
    changes.remove("Metric=25")
    changes.remove("SitePrefixLength=64")
    done = command("set", "Ethernet", "ipv4", *changes)
    assert (done.status, done.err) == (0, "")
    assert "nothing changed" in done.out


def test_an_alias_with_every_kind_of_character_is_shown(command: Command) -> None:
    alias = "Ümläut 🦎 \u202e\x1b[31m"
    simulation.add_interface(alias)
    assert command("list").status == 0
    document = json.loads(command("get", alias, "ipv4", "--json").out)
    assert document["NlMtu"] == 1500


@pytest.mark.parametrize(
    "arguments", [("list",), ("get", 13, "ipv4"), ("set", 13, "ipv4", "NlMtu=1400")]
)
def test_what_people_read_says_that_the_machine_is_simulated(
    arguments: tuple[Any, ...], command: Command
) -> None:
    assert ("simulated" in command(*arguments).out) == SIMULATED
    assert "simulated" not in command(*arguments, "--json").out
    assert ("simulated" in command(arguments[0], "--nonsense").err) is False
    assert ("simulated" in command("get", "nobody", "ipv4").err) == SIMULATED


# ---- set


def test_set_changes_and_shows_before_and_after(command: Command) -> None:
    done = command("set", "Ethernet", "ipv4", "Metric=10", "NlMtu=1400", "DadTransmits=3")
    assert (done.status, done.err) == (0, "")
    table = [line.split() for line in done.out.splitlines()[1:-1]]
    assert table == [
        ["Member", "before", "after"],
        ["UseAutomaticMetric", "true", "false"],
        ["Metric", "25", "10"],
        ["NlMtu", "1500", "1400"],
    ]
    row = ipif.get_interface("Ethernet", "ipv4")
    assert (row["Metric"], row["NlMtu"]) == (10, 1400)


def test_set_says_what_windows_does_with_a_change(command: Command) -> None:
    note = command("set", "Ethernet", "ipv6", "NlMtu=1400").out.splitlines()[-1]
    for word in ("at once", "lost", "reboot", "inferred"):
        assert word in note
        assert word in " ".join(command("set", "--help").out.split())


def test_set_in_json_has_before_and_after_of_what_changed(command: Command) -> None:
    done = command("set", "--json", "Ethernet", "ipv6", "NlMtu=1400", "ForwardingEnabled=on")
    assert json.loads(done.out) == {
        "before": {"ForwardingEnabled": False, "NlMtu": 1492},
        "after": {"ForwardingEnabled": True, "NlMtu": 1400},
    }
    done = command("set", "--json", "Ethernet", "ipv6", "NlMtu=1400")
    assert json.loads(done.out) == {"before": {}, "after": {}}


@pytest.mark.parametrize(
    ("text", "member", "value"),
    [
        ("ForwardingEnabled=true", "ForwardingEnabled", True),
        ("ForwardingEnabled=ON", "ForwardingEnabled", True),
        ("WeakHostSend=True", "WeakHostSend", True),
        ("UseAutomaticMetric=false", "UseAutomaticMetric", False),
        ("UseAutomaticMetric=off", "UseAutomaticMetric", False),
        ("NlMtu=0x5dc", "NlMtu", 1500),
        ("NlMtu=1_400", "NlMtu", 1400),
        ("Metric=0", "Metric", 0),
        ("RouterDiscoveryBehavior=Disabled", "RouterDiscoveryBehavior", 0),
        ("RouterDiscoveryBehavior=dhcp", "RouterDiscoveryBehavior", 2),
        ("RouterDiscoveryBehavior=1", "RouterDiscoveryBehavior", 1),
        ("LinkLocalAddressBehavior=alwayson", "LinkLocalAddressBehavior", 2),
        ("ZoneIndices=" + ",".join(map(str, range(16))), "ZoneIndices", tuple(range(16))),
        ("ZoneIndices=" + ", ".join(["0x10"] * 16), "ZoneIndices", (16,) * 16),
    ],
)
def test_a_value_is_written_as_a_person_would(
    text: str, member: str, value: Any, command: Command
) -> None:
    assert command("set", "Ethernet", "ipv4", text).status == 0
    assert ipif.get_interface("Ethernet", "ipv4")[member] == value  # type: ignore[literal-required]


@pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)
def test_every_settable_member_can_be_set(field: Any, command: Command) -> None:
    value = {"bool": "on", "uint32[16]": ",".join("7" * 16)}.get(field.kind)
    if value is None:
        value = str(field.ranges["ipv6"][0])
    done = command("set", "Ethernet", "ipv6", f"{field.name}={value}")
    assert (done.status, done.err) == (0, "")


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("NlMtu", ["NlMtu", "Member=value"]),
        ("", ["Member=value"]),
        ("=5", ["no member"]),
        ("NlMtu=", ["NlMtu"]),
        ("NlMtu=x", ["NlMtu", "int"]),
        ("NlMtu=1.5", ["NlMtu"]),
        ("NlMtu=-1", ["NlMtu"]),
        ("NlMtu=575", ["NlMtu", "576"]),
        ("NlMtu=" + "9" * 5000, ["NlMtu"]),
        ("Mertic=5", ["Mertic", "did you mean Metric?"]),
        ("nlmtu=1400", ["did you mean NlMtu?"]),
        ("Connected=true", ["read-only"]),
        ("InterfaceIndex=5", ["key"]),
        ("ForwardingEnabled=1", ["ForwardingEnabled", "True or False"]),
        ("ForwardingEnabled=yes", ["ForwardingEnabled"]),
        ("RouterDiscoveryBehavior=Unchanged", ["leave as it is"]),
        ("RouterDiscoveryBehavior=Bogus", ["Disabled", "Enabled", "Dhcp"]),
        ("ZoneIndices=1,2,3", ["16"]),
        ("ZoneIndices=" + ",".join(["x"] * 16), ["ZoneIndices[15]"]),
        ("SitePrefixLength=64", ["SitePrefixLength", "IPv4"]),
        ("\ud800=\ud800", ["no member"]),
    ],
)
def test_a_bad_change_is_an_error_of_status_2(
    change: str, words: list[str], command: Command
) -> None:
    before = simulation.dump()
    message = bad(command("set", "Ethernet", "ipv4", change))
    for word in words:
        assert word in message
    assert simulation.dump() == before


def test_every_bad_change_is_told_at_once(command: Command) -> None:
    message = bad(command("set", 13, "ipv4", "NlMtu=1", "Mertic=5", "Connected=on"))
    assert "3 problems" in message


def test_a_member_that_is_given_twice_is_refused(command: Command) -> None:
    assert "twice" in bad(command("set", 13, "ipv4", "NlMtu=1400", "NlMtu=1300"))


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
def test_an_interface_that_is_not_there(interface: str, status: int, command: Command) -> None:
    shown = repr(interface)[1:11].strip("{}'")
    assert shown in bad(command("get", interface, "ipv4"), status)
    assert shown in bad(command("set", interface, "ipv4", "NlMtu=1400"), status)


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
        ("--world",),
        ("get", "-x", "ipv4"),
        ("--world", "list"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_an_error_of_status_2(
    arguments: tuple[str, ...], command: Command
) -> None:
    assert "usage" in bad(command(*arguments))


def test_what_windows_refuses_is_status_1_with_a_hint(command: Command) -> None:
    simulation.elevated(False)
    message = bad(command("set", "Ethernet", "ipv4", "NlMtu=1400"), 1)
    assert "[WinError 5]" in message
    assert "requireAdministrator" in message
    message = bad(command("get", "Teredo Tunneling Pseudo-Interface", "ipv4"), 1)
    assert "[WinError 1168]" in message
    simulation.fail("GetIpInterfaceTable", 50)
    assert "[WinError 50]" in bad(command("list"), 1)


# ---- help


def test_help_names_the_commands_and_the_members(command: Command) -> None:
    done = command("--help")
    assert done.status == 0
    for word in ("list", "get", "set", "--world"):
        assert word in done.out
    done = command("set", "--help")
    assert done.status == 0
    for field in SETTABLE:
        assert field.name in done.out
    for word in ("true", "off", "enumerator"):
        assert word in done.out


def test_version(command: Command) -> None:
    done = command("--version")
    assert done.status == 0
    assert done.out.startswith(f"ipif {ipif.__version__}")


# ---- a world in a file


def test_set_saves_the_world_and_the_next_command_sees_the_change(
    world: Path, command: Command
) -> None:
    before = json.loads(world.read_text(encoding="utf-8"))
    assert command("--world", world, "set", "Ethernet", "ipv4", "Metric=10").status == 0
    simulation.reset()
    done = command("--world", world, "get", "Ethernet", "ipv4", "--json")
    assert json.loads(done.out)["Metric"] == 10
    after = json.loads(world.read_text(encoding="utf-8"))
    assert after["about"] == "a test"
    changed = [a for a, b in zip(after["interfaces"], before["interfaces"], strict=True) if a != b]
    assert [(row["InterfaceIndex"], row["Metric"]) for row in changed] == [(13, 10)]
    del before["interfaces"], after["interfaces"]
    assert after == before
    assert [entry.name for entry in world.parent.iterdir()] == [world.name]


def test_list_and_get_leave_the_file_alone(world: Path, command: Command) -> None:
    before = world.read_bytes()
    assert command("--world", world, "list").status == 0
    assert command("--world", world, "get", "Ethernet", "ipv4").status == 0
    assert world.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("Ethernet", "ipv4", "NlMtu=1"), 2),
        (("nobody", "ipv4", "NlMtu=1400"), 1),
        (("Teredo Tunneling Pseudo-Interface", "ipv4", "NlMtu=1400"), 1),
        (("Ethernet", "ipv4", "NlMtu"), 2),
    ],
)
def test_a_set_that_fails_leaves_the_file_alone(
    arguments: tuple[str, ...], status: int, world: Path, command: Command
) -> None:
    before = world.read_bytes()
    bad(command("--world", world, "set", *arguments), status)
    assert world.read_bytes() == before
    assert [entry.name for entry in world.parent.iterdir()] == [world.name]


def test_a_save_that_fails_leaves_the_file_and_no_other(
    world: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.read_bytes()

    def fail(*arguments: object) -> None:
        raise OSError("no space left")

    for function in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, function, fail)
            message = bad(command("--world", world, "set", 13, "ipv4", "NlMtu=1400"))
        assert "no space left" in message
        assert world.read_bytes() == before
        assert [entry.name for entry in world.parent.iterdir()] == [world.name]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks for a privilege to make links")
def test_a_save_goes_through_a_symbolic_link_and_keeps_the_mode(
    world: Path, command: Command
) -> None:
    world.chmod(0o640)
    link = world.with_name("link.json")
    link.symlink_to(world.name)
    assert command("--world", link, "set", "Ethernet", "ipv4", "NlMtu=1400").status == 0
    assert link.is_symlink()
    assert world.stat().st_mode & 0o777 == 0o640
    assert "1400" in world.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"{}", b'{"ipif_world": 2}', b"\xff", b"[" * 100_000]
)
def test_a_bad_world_is_an_error_of_status_2(
    data: bytes, world: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write_bytes(data)
    monkeypatch.chdir(world.parent)
    for arguments in (("list",), ("set", "Ethernet", "ipv4", "NlMtu=1400")):
        assert world.name in bad(command("--world", world.name, *arguments))
    assert world.read_bytes() == data


def test_a_world_that_is_not_there_and_a_folder_are_errors(
    tmp_path: Path, command: Command
) -> None:
    for path in (tmp_path / "none.json", tmp_path, "a\0b", ""):
        bad(command("--world", path, "list"))


def test_the_saved_world_is_a_file_that_people_can_read(world: Path, command: Command) -> None:
    command("--world", world, "set", "Ethernet", "ipv4", "NlMtu=1400")
    lines = world.read_bytes().split(b"\n")
    assert lines[0] == b"{"
    assert max(map(len, lines)) < 1500
    assert sum(line.startswith(b'  {"') for line in lines) > 40  # one row in a line


def test_without_a_world_nothing_is_written(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("set", "Ethernet", "ipv4", "NlMtu=1400").status == 0
    assert list(tmp_path.iterdir()) == []


# ---- in processes of its own


def test_the_module_is_the_command() -> None:
    done = start(*STRICT, "-m", "ipif", "get", "Ethernet", "ipv4", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == ipif.to_json(ipif.get_interface("Ethernet", "ipv4"))
    done = start(*STRICT, "-m", "ipif", "set", "Ethernet", "ipv4", "NlMtu=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ipif")


def test_the_change_is_seen_by_the_next_process(world: Path) -> None:
    # The simulation of the package, whatever the backend of this suite is.
    options = ["-W", "ignore", "-m", "ipif", "--world", world]
    done = start(
        *options, "set", "Ethernet", "ipv6", "Metric=10", "NlMtu=1400", IPIF_BACKEND="simulated"
    )
    assert (done.returncode, done.stderr) == (0, "")
    done = start(*options, "get", "{0000000d-1111-4222-8333-0123456789ab}", "ipv6", "--json",
                      IPIF_BACKEND="simulated")  # fmt: skip
    assert (json.loads(done.stdout)["Metric"], json.loads(done.stdout)["NlMtu"]) == (10, 1400)


def test_an_ascii_console_shows_what_it_can(world: Path) -> None:
    document = json.loads(world.read_text(encoding="utf-8"))
    document["links"][1]["Alias"] = "Ümläut 🦎"
    world.write_text(json.dumps(document), encoding="utf-8")
    done = start("-W", "ignore", "-m", "ipif", "--world", world, "list",
                      IPIF_BACKEND="simulated", PYTHONIOENCODING="ascii")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xdcml\\xe4ut" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such device")
def test_a_full_disk_is_an_error_and_no_traceback() -> None:
    code = (
        "import sys; sys.stdout = open('/dev/full', 'w')\n"
        "from ipif._cli import main; sys.exit(main(['list']))"
    )
    done = start("-c", code)
    assert done.returncode != 0
    assert "No space left" in done.stderr


@pytest.mark.skipif(ipif.backend != "windows", reason="there is a simulation to play the file")
def test_a_world_is_refused_on_the_real_machine(world: Path) -> None:
    done = start("-m", "ipif", "--world", world, "list")
    assert (done.returncode, done.stdout) == (2, "")
    assert "IPIF_BACKEND=simulated" in done.stderr
