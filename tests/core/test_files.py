"""Files are read as JSON with every error in one place, and written as a whole or not at all."""

import os
import sys
from io import BytesIO
from pathlib import Path

import pytest
import support.machine  # noqa: F401

import ipif
from ipif._core.files import read_json, write_atomically

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and symbolic links of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a file ü.json"


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_new_file_is_written_in_utf_8_with_plain_newlines(path: Path) -> None:
    write_atomically(path, "Ümläut 🦎\n")
    assert path.read_bytes() == "Ümläut 🦎\n".encode()
    assert names_in(path.parent) == [path.name]


def test_an_old_file_is_replaced(path: Path) -> None:
    path.write_text("a longer text than the new one")
    write_atomically(str(path), "new")
    assert path.read_text() == "new"
    assert names_in(path.parent) == [path.name]


@posix
def test_a_new_file_is_for_its_owner_and_an_old_one_keeps_its_mode(path: Path) -> None:
    write_atomically(path, "new")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    write_atomically(path, "newer")
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("function", ["fsync", "replace", pytest.param("fchmod", marks=posix)])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    function: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert names_in(path.parent) == [path.name]


def test_an_interrupt_leaves_the_old_file_and_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert names_in(path.parent) == [path.name]


def test_a_text_that_utf_8_cannot_hold_leaves_the_old_file(path: Path) -> None:
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text() == "old"
    assert names_in(path.parent) == [path.name]


@pytest.mark.parametrize("data", [b'{"a": [1, "\xc3\xbc"]}', b'\xef\xbb\xbf{"a": [1, "\xc3\xbc"]}'])
def test_json_is_read_with_and_without_a_byte_order_mark(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    assert read_json(path, "test file", "advice") == {"a": [1, "ü"]}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "Expecting value"),
        (b"\xff", "line 1 is not text in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": {"b": 1, "b": 2}}', "an object has the member 'b' twice"),
        (b"{} {}", "Extra data"),
        (b"[NaN]", "NaN is not in JSON"),
        (b"[-Infinity]", "-Infinity is not in JSON"),
        (b" " * (64 * 2**20 + 1), "larger than 64 MiB"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_file_that_cannot_be_read_as_json_is_one_problem(
    data: bytes, rule: str, path: Path
) -> None:
    path.write_bytes(data)
    with pytest.raises(ipif.ValidationError) as caught:
        read_json(path, "test file", "write a test file")
    [problem] = caught.value.problems
    assert (problem.member, problem.value) == ("test file", str(path))
    assert rule in problem.rule
    assert problem.advice == "write a test file"


def test_a_missing_file_is_an_os_error_and_an_impossible_path_a_problem(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_json(path, "test file", "advice")
    with pytest.raises(ipif.ValidationError, match=r"test file = .*null"):
        read_json("a\0b", "test file", "advice")


# ---- documents that people write


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"a": [1, "ü"]}'),
        ("a.toml", 'a = [1, "ü"]'),
        ("a.TOML", '\r\na = [1, "ü"]\r\n'),
        ("a", ' \n{"a": [1, "ü"]}'),
        ("a.conf", 'a = [1, "ü"]'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_is_json_or_toml(name: str, text: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    assert ipif.read_document(path) == {"a": [1, "ü"]}
    assert ipif.read_document(str(path)) == {"a": [1, "ü"]}
    with path.open("rb") as file:
        assert ipif.read_document(file) == {"a": [1, "ü"]}


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("a.json", b"a = 1", "not JSON"),
        ("a.toml", b'{"a": 1}', "not TOML"),
        ("a", b"hello", "not TOML"),
        ("a", b'{"a": 1, "a": 2}', "the member 'a' twice"),
        ("a", b"\n\xff", "line 2 is not text in UTF-8"),
        ("a.toml", b"x = " + b"[" * 5000, "nested too deeply"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a", b" " * (64 * 2**20 + 1), "larger than 64 MiB"),
    ],
    ids=range(8),
)
def test_a_file_that_is_no_document_is_one_problem(
    name: str, data: bytes, rule: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.read_document(path)
    [problem] = caught.value.problems
    assert (problem.member, problem.value) == ("document", str(path))
    assert rule in problem.rule


def test_an_empty_file_is_an_empty_document_in_toml() -> None:
    assert ipif.read_document(BytesIO(b"")) == {}
