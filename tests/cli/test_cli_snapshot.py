"""ipif snapshot: the machine as a document that --simulate plays."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of
from support.fresh import start

import ipif
from ipif import simulation

posix = pytest.mark.skipif(sys.platform == "win32", reason="files of POSIX systems")


def test_a_snapshot_is_played_by_simulate(tmp_path: Path, command: Command) -> None:
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    simulation.rename_interface("Wi-Fi", "Café 🦎")
    file = tmp_path / "lab.json"
    done = command("snapshot", file)
    assert (done.status, done.err) == (0, "") or ipif.backend == "windows"
    assert done.out == f"{file}: 11 adapters, 19 interfaces, 6 routes, 9 addresses\n"
    wanted = ipif.list_interfaces()
    simulation.reset()
    simulation.load(file)
    assert ipif.list_interfaces() == wanted
    assert ipif.Luid.of("Café 🦎").index == 17


def test_the_next_process_plays_the_snapshot_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "lab.json"
    done = start("-m", "ipif", "snapshot", file, IPIF_BACKEND="simulated")
    assert (done.returncode, done.stderr) == (0, "")
    done = start("-m", "ipif", "--simulate", file, "list", "--json", IPIF_BACKEND="simulated")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)) == 19
    before = file.read_bytes()
    done = start("-m", "ipif", "--simulate", file, "snapshot", IPIF_BACKEND="simulated")
    assert done.stdout.encode() == before.replace(b"\r\n", b"\n")


def test_standard_output_gets_the_same_text_as_a_file(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "lab.json"
    command("snapshot", file)
    for arguments in (("snapshot",), ("snapshot", "--json")):
        done = command(*arguments)
        assert done.status == 0
        assert done.out == file.read_text(encoding="utf-8")
    lines = done.out.splitlines()
    assert sum(line.startswith('  {"Family"') for line in lines) == len(ipif.list_interfaces())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_powershell_has_redirected_to_a_file_is_played(
    encoding: str, tmp_path: Path, command: Command
) -> None:
    file = tmp_path / "lab.json"
    file.write_text(command("snapshot").out, encoding=encoding)
    simulation.load(file)
    assert ipif.Luid.of("Ethernet").index == 13


@pytest.mark.skipif(ipif.backend != "simulated", reason="a real machine has no profile")
def test_the_profile_of_a_simulated_machine_is_kept(command: Command) -> None:
    simulation.profile("doc_zero", mtu_clamped=True)
    simulation.elevated(False)
    document = json.loads(command("snapshot").out)
    assert document == simulation.dump()
    assert document["profile"] == {"name": "doc_zero", "mtu_clamped": True}
    assert document["elevated"] is False


def test_json_says_what_was_written(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "lab.json"
    done = command("snapshot", file, "--json")
    assert json.loads(done.out) == {
        "file": str(file),
        "anonymous": False,
        "adapters": 11,
        "interfaces": 19,
        "routes": 6,
        "addresses": 9,
    }


def test_anonymous_replaces_and_can_be_played(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "lab.json"
    before = simulation.dump()
    done = command("snapshot", file, "--anonymous")
    assert (done.status, done.err) == (0, "")
    text = file.read_text(encoding="utf-8")
    for row in before["adapters"]:
        for name in ("PhysicalAddress", "InterfaceGuid", "Description"):
            assert not row[name] or row[name] not in text
        assert row["Alias"] in text
    simulation.load(file)
    assert [one.alias for one in ipif.explain_route("8.8.8.8")] == ["Ethernet", "Wi-Fi"]


def test_only_a_real_machine_gives_the_advice_to_be_anonymous(
    tmp_path: Path, command: Command
) -> None:
    done = command("snapshot", tmp_path / "lab.json")
    assert ("--anonymous" in done.err) == (ipif.backend == "windows")


def test_a_snapshot_never_has_counters(command: Command) -> None:
    [*_] = document = json.loads(command("snapshot").out)["adapters"]
    assert not any(name in row for row in document for name in ("InOctets", "OutOctets"))


# ---- files


def test_an_existing_file_is_replaced_with_force_alone(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "lab.json"
    file.write_text(json.dumps({"ipif_snapshot": 1, "about": "the old one"}), encoding="utf-8")
    before = file.read_bytes()
    message = error_of(command("snapshot", file), 1)
    assert message.splitlines() == [f"ipif: {file} exists", "--force replaces a snapshot"]
    assert file.read_bytes() == before
    assert command("snapshot", file, "--force").status == 0
    assert "about" not in json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("data", [b"", b"notes", b"{}", b"\xff\xfe"])
def test_a_file_that_is_no_snapshot_is_never_replaced(
    data: bytes, tmp_path: Path, command: Command
) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(data)
    error_of(command("snapshot", file), 1)
    message = error_of(command("snapshot", file, "--force"), 1)
    assert f"{file} is not a snapshot, so it is not replaced" in message
    assert file.read_bytes() == data
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_a_missing_folder_and_an_impossible_name_are_errors(
    tmp_path: Path, command: Command
) -> None:
    assert f"{tmp_path} exists" in error_of(command("snapshot", tmp_path), 1)
    assert str(tmp_path) in error_of(command("snapshot", tmp_path, "--force"), 1)
    missing = tmp_path / "none" / "lab.json"
    assert "there is no folder" in error_of(command("snapshot", missing), 4)
    # Windows itself takes half of a surrogate pair.
    for name in ("", "a\0b", *(("\ud800",) if sys.platform != "win32" else ())):
        assert "no file can have the name" in error_of(command("snapshot", name), 5)


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_write_that_fails_names_the_file_and_leaves_nothing(
    function: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "lab.json"
    with monkeypatch.context() as patch:
        patch.setattr(os, function, full)
        message = error_of(command("snapshot", file), 1)
    assert message == f"ipif: {file}: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, command: Command) -> None:
    tmp_path.chmod(0o500)
    file = tmp_path / "lab.json"
    try:
        assert str(file) in error_of(command("snapshot", file), 1)
    finally:
        tmp_path.chmod(0o700)


@posix
def test_a_new_file_is_for_its_owner_alone(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "lab.json"
    command("snapshot", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize(
    ("redirect", "status", "message"),
    [
        (">/dev/full", 1, "ipif: cannot write to standard output: No space left on device\n"),
        (">&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_standard_output_may_be_full_closed_or_unread(
    redirect: str, status: int, message: str
) -> None:
    import subprocess

    done = subprocess.run(
        ["sh", "-c", f'"$0" -m ipif snapshot {redirect}', sys.executable],
        env={**os.environ, "IPIF_BACKEND": "simulated"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, message)
