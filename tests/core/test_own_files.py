"""Journals and saved snapshots are refused where another user can change them.

The modes of POSIX; Windows has access control lists, which these files get from their folder.
"""

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import support.machine
from support import fresh
from support.abandon import abandon
from support.machine import Calls

import ipif
from ipif import simulation
from ipif._core import own_files

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no modes, owners and folder descriptors of POSIX"
)
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files to other users"
)
SOMEBODY = 54321  # the number of a user

DESIRED = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}


def change_with_block(path: Path) -> None:
    with ipif.changed("Ethernet", "ipv4", journal=path, NlMtu=1400):
        pytest.fail("entered")


def apply(path: Path) -> None:
    ipif.plan(DESIRED).apply(journal=path)


def recover(path: Path) -> None:
    ipif.recover(path)


WRITERS = [change_with_block, apply, simulation.save]
each_writer = pytest.mark.parametrize("write", WRITERS, ids=lambda function: function.__name__)
each_replacer = pytest.mark.parametrize(
    "use", [recover, simulation.save], ids=lambda function: function.__name__
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.json"


def an_old_one(use: Callable[[Path], None], path: Path) -> bytes:
    """Write the file that *use* reads or replaces; return what is in it."""
    if use is recover:
        abandon(path, NlMtu=1400)
    else:
        simulation.save(path)
    return path.read_bytes()


def sets() -> int:
    return support.machine.control().calls("SetIpInterfaceEntry")


# ---- the folder


@each_writer
@pytest.mark.parametrize(
    ("mode", "refused"),
    [
        (0o700, False),
        (0o755, False),
        (0o777, True),
        (0o703, True),
        (0o1777, False),  # as /tmp: nobody can remove what belongs to others
    ],
    ids=lambda value: oct(value) if isinstance(value, int) and value > 1 else None,
)
def test_a_folder_that_others_can_write_to_is_refused_before_any_change(
    write: Callable[[Path], None], mode: int, refused: bool, path: Path
) -> None:
    path.parent.chmod(mode)
    before = sets()
    if refused:
        with pytest.raises(PermissionError, match=r"write to its folder.*file\.json"):
            write(path)
        assert sets() == before
        assert os.listdir(path.parent) == []
    elif write is not change_with_block:
        write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@needs_root
def test_a_group_of_its_owner_alone_may_write_to_the_folder(path: Path) -> None:
    folder = path.parent
    folder.chmod(0o770)
    os.chown(folder, 0, SOMEBODY)
    with pytest.raises(PermissionError, match="other users can write to its folder"):
        simulation.save(path)
    os.chown(folder, 0, 0)
    simulation.save(path)


@needs_root
@each_writer
def test_a_folder_of_another_user_is_refused_before_any_change(
    write: Callable[[Path], None], path: Path
) -> None:
    os.chown(path.parent, SOMEBODY, SOMEBODY)
    before = sets()
    with pytest.raises(PermissionError, match=f"its folder belongs to another user .*{SOMEBODY}"):
        write(path)
    assert sets() == before
    assert os.listdir(path.parent) == []


@each_replacer
def test_a_file_in_a_folder_that_others_can_write_to_is_not_used(
    use: Callable[[Path], None], path: Path
) -> None:
    data = an_old_one(use, path)
    path.parent.chmod(0o777)
    before = sets()
    with pytest.raises(PermissionError, match="other users can write to its folder"):
        use(path)
    assert sets() == before
    assert path.read_bytes() == data


def test_a_folder_is_reached_through_a_symbolic_link(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    simulation.save(tmp_path / "link" / "machine.json")
    assert os.listdir(folder) == ["machine.json"]


def test_a_path_without_a_folder_is_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    simulation.save("machine.json")
    assert os.listdir(tmp_path) == ["machine.json"]
    tmp_path.chmod(0o777)
    with pytest.raises(PermissionError, match="other users can write to its folder"):
        simulation.save("machine.json")


# ---- the file


@each_replacer
@pytest.mark.parametrize("mode", [0o666, 0o602])
def test_a_file_that_others_can_write_to_is_not_used(
    use: Callable[[Path], None], mode: int, path: Path
) -> None:
    data = an_old_one(use, path)
    path.chmod(mode)
    before = sets()
    with pytest.raises(PermissionError, match="other users can write to this file: run chmod"):
        use(path)
    assert sets() == before
    assert path.read_bytes() == data


@needs_root
@each_replacer
def test_a_file_of_another_user_is_not_used(use: Callable[[Path], None], path: Path) -> None:
    data = an_old_one(use, path)
    os.chown(path, SOMEBODY, SOMEBODY)
    before = sets()
    with pytest.raises(PermissionError, match=f"belongs to another user .*{SOMEBODY}"):
        use(path)
    assert sets() == before
    assert path.read_bytes() == data


@each_replacer
def test_a_symbolic_link_is_not_followed(use: Callable[[Path], None], path: Path) -> None:
    data = an_old_one(use, path)
    link = path.with_name("link.json")
    link.symlink_to(path)
    before = sets()
    with pytest.raises(PermissionError, match=r"symbolic link.*link\.json"):
        use(link)
    assert sets() == before
    assert link.is_symlink()
    assert path.read_bytes() == data


def test_a_symbolic_link_is_not_replaced_and_a_missing_file_is_not_read(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        own_files.read(str(path), 1)
    path.symlink_to(path.with_name("target"))
    with pytest.raises(PermissionError, match="symbolic link"):
        own_files.replace(str(path), b"new")
    assert path.is_symlink()


def test_a_journal_is_not_written_through_a_symbolic_link(path: Path, calls: Calls) -> None:
    target = path.with_name("target")
    path.symlink_to(target)
    for write in (change_with_block, apply):
        with pytest.raises(FileExistsError):
            write(path)
    assert not target.exists()
    assert calls["SetIpInterfaceEntry"] == 0


@each_replacer
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_regular_file_is_refused_at_once(
    use: Callable[[Path], None], kind: str, path: Path
) -> None:
    if kind == "pipe":
        os.mkfifo(path, 0o600)  # reading it would wait for a writer
    else:
        path.mkdir(0o700)
    start = time.monotonic()
    with pytest.raises(OSError, match=r"regular file|directory"):
        use(path)
    assert time.monotonic() - start < 20


# ---- when the disk fails


FULL = """
import os, resource, sys
path, then = sys.argv[1:]
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))  # bytes: too few for a journal
before = ipif.get_interface("Ethernet", "ipv4")
try:
    if then == "plan":
        desired = {"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]}
        ipif.plan(desired).apply(journal=path)
    else:
        ipif.changed("Ethernet", "ipv4", journal=path, NlMtu=1400).__enter__()
except OSError as error:
    assert error.filename in (None, path), error.filename
else:
    raise AssertionError("changed")
assert control.calls("SetIpInterfaceEntry") == 0
assert ipif.get_interface("Ethernet", "ipv4") == before
assert os.listdir(os.path.dirname(path)) == []
resource.setrlimit(resource.RLIMIT_FSIZE, limits)  # what counts lines writes its files now
"""


@pytest.mark.parametrize("then", ["plan", "changed"])
def test_a_full_disk_means_no_change_and_no_file(then: str, path: Path) -> None:
    code = f"import sys; sys.argv = ['', {str(path)!r}, {then!r}]\n{fresh.MACHINE}{FULL}"
    fresh.run(code)


FULL_SNAPSHOT = """
import os, resource, sys
path = sys.argv[1]
ipif.simulation.save(path)
with open(path, "rb") as file:
    before = file.read()
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
try:
    ipif.simulation.save(path)
except OSError:
    pass
else:
    raise AssertionError("saved")
with open(path, "rb") as file:
    assert file.read() == before
assert len(os.listdir(os.path.dirname(path))) == 1
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
"""


def test_a_full_disk_leaves_the_old_snapshot(path: Path) -> None:
    fresh.run(f"import sys; sys.argv = ['', {str(path)!r}]\n{fresh.MACHINE}{FULL_SNAPSHOT}")


READ_ONLY = """
import os, sys
path = sys.argv[1]
os.chmod(os.path.dirname(path), 0o500)
if os.geteuid() == 0:  # who may write everywhere
    os.chown(os.path.dirname(path), 54321, 54321)
    os.setgid(54321)
    os.setuid(54321)
for attempt in (
    lambda: ipif.changed("Ethernet", "ipv4", journal=path, NlMtu=1400).__enter__(),
    lambda: ipif.simulation.save(path),
):
    try:
        attempt()
    except PermissionError as error:
        assert error.filename == path, error.filename
    else:
        raise AssertionError("written")
assert control.calls("SetIpInterfaceEntry") == 0
"""


def test_a_folder_that_cannot_be_written_means_no_change() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:  # the folders of pytest are for root alone
        path = os.path.join(name, "file.json")
        # What is imported later could not be read by the other user.
        first = "ipif.simulation.save(sys.argv[1]); import os; os.unlink(sys.argv[1])\n"
        warm = "with ipif.changed('Ethernet', 'ipv4', journal=sys.argv[1], DadTransmits=3): pass\n"
        reset = "ipif.simulation.reset(); control.calls\n"
        code = f"import sys; sys.argv = ['', {path!r}]\n{fresh.MACHINE}{first}{warm}{reset}"
        counted = READ_ONLY.replace(
            'control.calls("SetIpInterfaceEntry") == 0',
            'control.calls("SetIpInterfaceEntry") == sets',
        )
        fresh.run(f'{code}sets = control.calls("SetIpInterfaceEntry")\n{counted}')


def test_a_folder_that_vanishes_before_the_change_means_no_change(
    tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    create = own_files.create

    def create_and_lose(path: str, made: list[int]) -> None:
        create(path, made)
        os.unlink(path)
        folder.rmdir()

    for write in (change_with_block, apply):
        folder.mkdir(0o700)
        with monkeypatch.context() as patch:
            patch.setattr(own_files, "create", create_and_lose)
            with pytest.raises(FileNotFoundError):
                write(folder / "file.json")
    assert calls["SetIpInterfaceEntry"] == 0


def test_a_folder_that_vanishes_during_a_block_does_not_keep_it_from_restoring(
    tmp_path: Path,
) -> None:
    before = ipif.get_interface("Ethernet", "ipv4")
    folder = tmp_path / "folder"
    folder.mkdir(0o700)
    with ipif.changed("Ethernet", "ipv4", journal=folder / "file.json", NlMtu=1400):
        (folder / "file.json").unlink()
        folder.rmdir()
    assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == before["NlMtu"]


def test_the_file_and_then_its_folder_are_synchronised_before_the_change(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def note_sync(number: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(number).st_mode)
        done.append(f"{'folder' if is_folder else 'file'}, {sets()} sets")
        fsync(number)

    def note_replace(*names: str, **folders: int) -> None:
        done.append("replace")
        replace(*names, **folders)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    first = sets()
    with ipif.changed("Ethernet", "ipv4", journal=path, NlMtu=1400):
        assert sets() == first + 1
    before = f", {first} sets"
    assert done == [f"folder{before}", f"file{before}", "replace", f"folder{before}"]


def test_a_file_system_that_does_not_synchronise_folders_will_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def refuse(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(22, "Invalid argument")
        fsync(number)

    monkeypatch.setattr(os, "fsync", refuse)
    simulation.save(path)
    assert path.exists()
