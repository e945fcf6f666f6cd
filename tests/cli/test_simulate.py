"""ipif --simulate FILE: the machine is loaded from a snapshot, and changes are saved there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of
from support.fresh import start

import ipif
from ipif import simulation
from ipif._shared import lock
from ipif._shared.lock import locked
from ipif.types import MIB_IPINTERFACE_ROW


def test_set_saves_the_snapshot_and_the_next_command_sees_the_change(
    path: Path, command: Command
) -> None:
    before = json.loads(path.read_text(encoding="utf-8"))
    assert command("--simulate", path, "set", "Ethernet", "ipv4", "Metric=10").status == 0
    simulation.reset()
    done = command("--simulate", path, "get", "Ethernet", "ipv4", "--json")
    assert json.loads(done.out)["Metric"] == 10
    after = json.loads(path.read_text(encoding="utf-8"))
    assert after["about"] == "a test"
    changed = [a for a, b in zip(after["interfaces"], before["interfaces"], strict=True) if a != b]
    assert [(row["InterfaceIndex"], row["Metric"]) for row in changed] == [(13, 10)]
    del before["interfaces"], after["interfaces"]
    assert after == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_list_and_get_do_not_change_the_file(path: Path, command: Command) -> None:
    before = path.read_bytes()
    assert command("--simulate", path, "list").status == 0
    assert command("--simulate", path, "get", "Ethernet", "ipv4").status == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("Ethernet", "ipv4", "NlMtu=1"), 5),
        (("nobody", "ipv4", "NlMtu=1400"), 4),
        (("Teredo Tunneling Pseudo-Interface", "ipv4", "NlMtu=1400"), 4),
        (("Ethernet", "ipv4", "NlMtu"), 5),
    ],
)
def test_a_set_that_fails_does_not_change_the_file(
    arguments: tuple[str, ...], status: int, path: Path, command: Command
) -> None:
    before = path.read_bytes()
    error_of(command("--simulate", path, "set", *arguments), status)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_save_that_fails_leaves_the_old_file_and_no_other(
    path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    for function in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, function, fail)
            message = error_of(command("--simulate", path, "set", 13, "ipv4", "NlMtu=1400"), 1)
        assert "no space left" in message
        assert path.read_bytes() == before
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_save_refuses_a_symbolic_link(path: Path, command: Command) -> None:
    before = path.read_bytes()
    link = path.with_name("link.json")
    link.symlink_to(path.name)
    message = error_of(command("--simulate", link, "set", "Ethernet", "ipv4", "NlMtu=1400"), 1)
    assert message == (f"ipif: {link}: this is a symbolic link: give the path of the file itself\n")
    assert link.is_symlink()
    assert path.read_bytes() == before
    assert "Ethernet" in command("--simulate", link, "list").out  # reading changes nothing


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")
def test_a_save_keeps_the_mode(path: Path, command: Command) -> None:
    path.chmod(0o640)
    assert command("--simulate", path, "set", "Ethernet", "ipv4", "NlMtu=1400").status == 0
    assert path.stat().st_mode & 0o777 == 0o640
    assert "1400" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"{}", b'{"ipif_snapshot": 2}', b"\xff", b"[" * 100_000]
)
def test_an_invalid_snapshot_ends_with_status_5(
    data: bytes, path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(data)
    monkeypatch.chdir(path.parent)
    for arguments in (("list",), ("set", "Ethernet", "ipv4", "NlMtu=1400")):
        assert path.name in error_of(command("--simulate", path.name, *arguments), 5)
    assert path.read_bytes() == data


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path, command: Command) -> None:
    for path, status in ((tmp_path / "none.json", 4), (tmp_path, 1)):
        error_of(command("--simulate", path, "list"), status)
    message = error_of(command("--simulate", "none.json", "list"), 4)
    assert "'ipif snapshot none.json' makes one" in message


def test_the_saved_snapshot_has_one_row_on_each_line(path: Path, command: Command) -> None:
    command("--simulate", path, "set", "Ethernet", "ipv4", "NlMtu=1400")
    lines = path.read_bytes().split(b"\n")
    assert lines[0] == b"{"
    assert max(map(len, lines)) < 1500
    assert sum(line.startswith(b'  {"') for line in lines) > 40


def test_without_simulate_no_file_is_written(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("set", "Ethernet", "ipv4", "NlMtu=1400").status == 0
    assert list(tmp_path.iterdir()) == []


# ---- in processes of its own


def test_the_next_process_sees_the_change(path: Path) -> None:
    # The simulation of the package, whatever the backend of this suite is.
    options = ["-W", "ignore", "-m", "ipif", "--simulate", path]
    done = start(
        *options, "set", "Ethernet", "ipv6", "Metric=10", "NlMtu=1400", IPIF_BACKEND="simulated"
    )
    assert (done.returncode, done.stderr) == (0, "")
    done = start(*options, "get", "{0000000d-1111-4222-8333-0123456789ab}", "ipv6", "--json",
                      IPIF_BACKEND="simulated")  # fmt: skip
    assert (json.loads(done.stdout)["Metric"], json.loads(done.stdout)["NlMtu"]) == (10, 1400)


def test_an_ascii_console_shows_other_characters_as_escapes(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    document["adapters"][1]["Alias"] = "Ümläut 🦎"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = start("-W", "ignore", "-m", "ipif", "--simulate", path, "list",
                      IPIF_BACKEND="simulated", PYTHONIOENCODING="ascii")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xdcml\\xe4ut" in done.stdout


@pytest.mark.skipif(ipif.backend != "windows", reason="there is no other backend here")
def test_simulate_leaves_a_real_machine_alone(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    document["adapters"][1]["Alias"] = "only in the file"
    path.write_text(json.dumps(document), "utf-8")
    words = ["-m", "ipif", "--simulate", str(path)]
    done = start(*words, "set", "only in the file", "ipv4", "NlMtu=1400")
    assert (done.returncode, done.stderr) == (0, "")
    done = start(*words, "get", "only in the file", "ipv4", "--json")
    assert json.loads(done.stdout)["NlMtu"] == 1400
    assert start("-m", "ipif", "get", "only in the file").returncode == 4


def test_sixteen_commands_at_once_lose_no_change(path: Path) -> None:
    keys = [(row["InterfaceIndex"], family_of(row)) for row in ipif.list_interfaces()][:16]
    assert len(keys) == 16
    wanted = {key: 1000 + number for number, key in enumerate(keys)}
    commands = []
    environment = {**os.environ, "IPIF_BACKEND": "simulated"}
    for (index, family), metric in wanted.items():
        words = ["set", str(index), family, f"Metric={metric}"]
        commands.append(
            subprocess.Popen(
                [sys.executable, "-m", "ipif", "--simulate", str(path), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
            )
        )
    for process in commands:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors.decode()
    simulation.load(path)
    after = {(row["InterfaceIndex"], family_of(row)): row for row in ipif.list_interfaces()}
    assert {key: after[key]["Metric"] for key in keys} == wanted
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def family_of(row: MIB_IPINTERFACE_ROW) -> str:
    return str(ipif.to_json(row)["Family"])


def test_a_command_that_only_reads_does_not_wait_for_one_that_changes(
    path: Path, command: Command
) -> None:
    with locked(path):
        assert command("--simulate", path, "list").status == 0


def test_a_command_does_not_wait_for_another_one_for_ever(
    path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "LONGEST", 0.0)
    before = path.read_bytes()
    with locked(path):
        done = command("--simulate", path, "set", 13, "ipv4", "NlMtu=1400")
    assert "another process has been using" in error_of(done, 6)
    assert path.read_bytes() == before
    assert command("--simulate", path, "set", 13, "ipv4", "NlMtu=1400").status == 0


def test_the_lock_of_a_killed_command_does_not_count(path: Path, command: Command) -> None:
    path.with_name(f".{path.name}.lock").touch()
    assert command("--simulate", path, "set", 13, "ipv4", "NlMtu=1400").status == 0
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
