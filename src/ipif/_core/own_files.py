"""Files that only this user can change: journals, and the snapshots that ipif saves.

Whoever can change such a file decides what is written to the network later. So, on systems with
file modes, the file and its folder must belong to this user or to root, other users must not be
able to write there, and the file must be no symbolic link. A folder in which users cannot remove
each other's files, such as ``/tmp``, will do. The folder is opened first, and everything else is
relative to it: what was checked is what is used. Windows has access control lists instead; a file
has there what its folder gives it.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from errno import EINVAL, ELOOP, EPERM
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

#: The name of a file that is going to replace another one begins so. One that is left was being
#: written when the process was killed; it may be removed.
TEMPORARY = ".ipif-"

_ROOT = 0

if sys.platform == "win32":
    _FLAGS = os.O_BINARY | os.O_NOINHERIT
else:
    # A named pipe that nobody writes to must not keep the process waiting.
    _FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _FLAGS


def create(path: str, made: list[int]) -> None:
    """Make the file *path*, empty and private, and append its descriptor to *made*.

    An interrupt cannot come between the two. Raises ``FileExistsError`` when there is one, and
    other ``OSError``.
    """
    with _Place(path) as place:
        made.extend(map(partial(os.open, **place.at), [place.name], [_NEW], [0o600]))
        place.sync()


def replace(path: str, data: bytes) -> None:
    """Replace the file *path* by one with *data*; readers see the old file or the new one.

    The mode of the old file is kept; a new one is private. Raises ``OSError``; the old file is then
    unchanged.
    """
    with _Place(path) as place:
        mode = place.mode()
        temporary = place.beside(f"{TEMPORARY}{os.urandom(8).hex()}")
        try:
            number = os.open(temporary, _NEW, 0o600, **place.at)
            with open(number, "wb") as file:
                file.write(data)
                file.flush()
                if mode is not None and sys.platform != "win32":
                    os.fchmod(number, mode & 0o777)
                os.fsync(number)
            place.rename(temporary)
        except BaseException:
            with suppress(OSError):  # not made yet, or an interrupt after the replacement
                os.unlink(temporary, **place.at)
            raise
        place.sync()


def read(path: str, size: int) -> bytes:
    """Return at most *size* bytes of the file *path*. Raises ``OSError``."""
    with _Place(path) as place:
        try:
            number = os.open(place.name, os.O_RDONLY | _FLAGS, **place.at)
        except OSError as error:
            if error.errno == ELOOP:
                place.refuse_link()
            raise
        with open(number, "rb") as file:
            place.check(os.fstat(number))
            return file.read(size)


class _Place:
    """The folder of a file, open and checked, and the name of the file in it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.at: dict[str, Any] = {}  # the arguments that make a name relative to the folder
        self.name = path

    def __enter__(self) -> _Place:
        if sys.platform != "win32":
            folder, self.name = os.path.split(self.path)
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            self.at["dir_fd"] = number = os.open(folder or ".", flags)
            try:
                self._check_folder(os.fstat(number))
            except BaseException:
                os.close(number)
                raise
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if self.at:
            os.close(self.at["dir_fd"])
        if isinstance(error, OSError) and error.filename is not None:
            error.filename = self.path  # not the name of a temporary file, nor without its folder

    def beside(self, name: str) -> str:
        """Return *name* in the folder of the file."""
        return name if self.at else os.path.join(os.path.dirname(self.path), name)

    def rename(self, temporary: str) -> None:
        """Let *temporary*, a file beside it, take the place of the file."""
        folders = {f"{end}_dir_fd": number for number in self.at.values() for end in ("src", "dst")}
        os.replace(temporary, self.name, **folders)

    def sync(self) -> None:
        """Wait until the names in the folder are on the disk; Windows has no call for that."""
        if self.at:
            try:
                os.fsync(self.at["dir_fd"])
            except OSError as error:
                if error.errno != EINVAL:  # a file system that does not need it
                    raise

    def mode(self) -> int | None:
        """Return the mode of the file, or ``None`` if there is none."""
        try:
            found = os.stat(self.name, follow_symlinks=False, **self.at)
        except FileNotFoundError:
            return None
        self.check(found)
        return stat.S_IMODE(found.st_mode)

    def check(self, found: os.stat_result) -> None:
        """Refuse the file *found* if another user can have written it."""
        if stat.S_ISLNK(found.st_mode):
            self.refuse_link()
        if not stat.S_ISREG(found.st_mode):
            self._refuse("this is no regular file")
        if not _is_ours(found):
            self._refuse(f"this file belongs to another user (number {found.st_uid})")
        if _others_write(found):
            self._refuse("other users can write to this file: run chmod go-w on it")

    def refuse_link(self) -> NoReturn:
        self._refuse("this is a symbolic link: give the path of the file itself")

    def _check_folder(self, found: os.stat_result) -> None:
        if not _is_ours(found):
            rule = f"its folder belongs to another user (number {found.st_uid})"
            self._refuse(f"{rule}: use a folder of your own")
        if _others_write(found) and not found.st_mode & stat.S_ISVTX:
            self._refuse(
                "other users can write to its folder: use another one, or run chmod go-w on it"
            )

    def _refuse(self, why: str) -> NoReturn:
        raise PermissionError(EPERM, why, self.path)


def _is_ours(found: os.stat_result) -> bool:
    """Return whether a file belongs to this user or to root."""
    return sys.platform == "win32" or found.st_uid in (os.geteuid(), _ROOT)


def _others_write(found: os.stat_result) -> bool:
    """Return whether other users may write to a file.

    A group with the number of the owner is taken for the owner's own: many systems give each user
    such a group.
    """
    if sys.platform == "win32":
        return False
    if found.st_mode & stat.S_IWOTH:
        return True
    return bool(found.st_mode & stat.S_IWGRP) and found.st_gid != found.st_uid
