"""ipif.simulation.save: a snapshot of the machine in a file, replaced as a whole."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import simulation

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and symbolic links of POSIX")


def test_a_saved_machine_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    simulation.save(path)
    saved = simulation.dump()
    simulation.reset()
    simulation.load(path)
    assert simulation.dump() == saved


def test_a_saved_file_keeps_its_about(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    path.write_text(json.dumps({"ipif_snapshot": 1, "about": "my laptop"}), encoding="utf-8")
    simulation.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["about"] == "my laptop"
    assert list(document)[:2] == ["ipif_snapshot", "about"]


def test_a_saved_file_has_a_row_on_each_line(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    simulation.save(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith('  {"Family"') for line in lines) == len(ipif.list_interfaces())


def test_another_snapshot_is_saved_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    path.write_text(json.dumps({"ipif_snapshot": 1, "about": "the old one"}), encoding="utf-8")
    document = {**ipif.snapshot(), "elevated": False}
    simulation.save(path, document)
    assert json.loads(path.read_text(encoding="utf-8")) == document
    assert path.read_text(encoding="utf-8") == simulation.to_text(document)
    simulation.load(path)
    assert simulation.dump() == document


@pytest.mark.parametrize(
    "document",
    [
        5,
        [],
        {},
        {"adapters": []},
        {"ipif_snapshot": 2},
        {"ipif_snapshot": True},
        {"ipif_snapshot": 1, "adapters": [{"InterfaceLuid": b"1"}]},
    ],
)
def test_only_a_snapshot_is_saved(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "machine.json"
    with pytest.raises(ipif.ValidationError):
        simulation.save(path, document)
    assert not path.exists()
    with pytest.raises(ipif.ValidationError):
        simulation.to_text(document)


def test_the_text_of_a_snapshot_does_not_need_a_simulation() -> None:
    document = {"ipif_snapshot": 1, "adapters": [{"Alias": "Café"}, {}], "routes": []}
    assert simulation.to_text(document).splitlines() == [
        "{",
        ' "ipif_snapshot": 1,',
        ' "adapters": [',
        '  {"Alias": "Caf\\u00e9"},',
        "  {}",
        " ],",
        ' "routes": []',
        "}",
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"about": "notes"}', "null", "ipif_snapshot"]
)
def test_a_file_that_is_not_a_snapshot_is_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ipif.ValidationError, match=r"notes\.json"):
        simulation.save(path)
    assert path.read_text(encoding="utf-8") == text


def test_a_file_that_is_not_text_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(ipif.ValidationError, match="exists and is not a snapshot"):
        simulation.save(path)
    assert path.read_bytes() == b"\x89PNG\r\n\xff\xfe"


def test_the_problem_says_what_to_do_about_a_file_that_is_not_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text('{"todo": []}', encoding="utf-8")
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.save(path)
    (problem,) = caught.value.problems
    assert (problem.member, problem.value) == ("path", str(path))
    assert "not a snapshot" in problem.rule
    assert "another path" in problem.advice


def test_a_snapshot_of_another_version_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    path.write_text('{"ipif_snapshot": 2, "about": "later"}', encoding="utf-8")
    simulation.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["ipif_snapshot"], document["about"]) == (1, "later")


def test_a_save_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "machine.json"
    simulation.save(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        simulation.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        simulation.save(tmp_path / "missing" / "machine.json")


@posix
def test_a_save_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    simulation.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    simulation.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix
def test_a_symbolic_link_is_refused_and_its_target_is_unchanged(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    simulation.save(target)
    before = target.read_bytes()
    link.symlink_to(target)
    with pytest.raises(PermissionError, match="symbolic link"):
        simulation.save(link)
    link.unlink()
    link.symlink_to("nowhere.json")
    with pytest.raises(PermissionError, match="symbolic link"):
        simulation.save(link)
    assert target.read_bytes() == before
    assert not (tmp_path / "nowhere.json").exists()
