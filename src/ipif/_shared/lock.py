"""A lock for a file: one process, or one thread, at a time uses it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds to wait for others.
LONGEST = 60.0

_PAUSE = 0.01

# One after the other, before it is not the removal of the file by somebody else.
_MOST_REFUSALS = 100

if sys.platform == "win32":
    from msvcrt import LK_NBLCK, locking

    def _lock(file: int) -> bool:
        """Return whether the file is locked now; the error does not tell why it is not."""
        try:
            locking(file, LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    from fcntl import LOCK_EX, LOCK_NB, flock

    def _lock(file: int) -> bool:
        """Return whether the file is locked now, and not by somebody else."""
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def locked(path: str | os.PathLike[str], longest: float | None = None) -> Iterator[None]:
    """Keep others from the file *path*, for the duration of a with-block.

    The lock is that of the system on a file beside it, so it ends with the process. The file is
    removed by the last one that uses it.

    Raises ``TimeoutError`` when somebody else has the lock for *longest* seconds, ``LONGEST``
    without it, and other ``OSError``.
    """
    if longest is None:
        longest = LONGEST
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    lock = os.path.join(folder, f".{name}.lock")
    ends = time.monotonic() + longest
    refusals = 0
    while True:
        try:
            file = _try(lock)
            refusals = 0
        except PermissionError:  # on Windows also when somebody else is removing the file
            refusals += 1
            if sys.platform != "win32" or refusals > _MOST_REFUSALS:
                raise
            file = None
        if file is not None:
            break
        if time.monotonic() > ends:
            raise TimeoutError(f"another process has been using {path} for {longest:g} s")
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        if sys.platform == "win32":  # there a file that is open cannot be removed
            os.close(file)
        with suppress(OSError):
            os.unlink(lock)
        if sys.platform != "win32":
            os.close(file)


def _try(lock: str) -> int | None:
    """Return the descriptor of the locked file, or ``None`` when somebody else has it."""
    file = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if _lock(file) and os.path.samestat(os.fstat(file), os.stat(lock)):
            return file
    except FileNotFoundError:
        pass  # removed by somebody else meanwhile
    except OSError:
        os.close(file)
        raise
    os.close(file)
    return None
