"""The journals of a minion, in the folder ``ipif`` of its cache.

``open`` has those of changes that are being made or wait to be confirmed. The process that makes
the changes holds the lock of the journal, so an open journal without that lock was left by a
process that was killed. ``kept`` has those of changes that are in force and can be taken back.

An answer is a file beside an open journal: it asks the process that holds the lock to confirm the
changes or to revert them. That process removes the answer when it has done so.
"""

from __future__ import annotations

import json
import os
import re
import time
import warnings
from contextlib import suppress

import ipif
from ipif._shared.lock import locked
from ipif.salt._failures import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager
    from typing import Any, Literal, TypeAlias

    Answer: TypeAlias = Literal["confirm", "revert"]

_SUFFIX = ".json"
_ANSWER = ".answer"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# Seconds to wait for the process that has to act on an answer, and between two looks.
_PATIENCE = 30.0
_LOOK = 0.05


class Journals:
    """The journals of one minion.

    Args:
        opts: The configuration of the minion, of which ``cachedir`` is used.
    """

    def __init__(self, opts: Mapping[str, Any]) -> None:
        self._folder = os.path.join(opts["cachedir"], "ipif")
        self._open = os.path.join(self._folder, "open")
        self._kept = os.path.join(self._folder, "kept")
        for folder in (self._folder, self._open, self._kept):
            os.makedirs(folder, mode=0o700, exist_ok=True)

    def one_job(self, longest: float | None = None) -> AbstractContextManager[None]:
        """Keep other jobs from changing interfaces, for the duration of a with-block.

        Raises ``TimeoutError`` when another one does not end within *longest* seconds.
        """
        return locked(os.path.join(self._folder, "jobs"), longest)

    def new(self) -> str:
        """Return the path of a journal that does not exist."""
        return os.path.join(self._open, f"{time.time_ns()}-{os.getpid()}{_SUFFIX}")

    def kept(self, name: str) -> str:
        """Return the path of the journal that is kept under this name.

        Raises :class:`Refused` when that is no name.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Refused(
                f"{name!r} is no name for a journal: write up to 64 letters, digits, '.', '_' and "
                "'-', such as 'wifi-first'"
            )
        return os.path.join(self._kept, name + _SUFFIX)

    def confirm(self, plan: ipif.Plan, path: str, name: str | None) -> None:
        """Confirm a plan with the open journal *path*, and keep the journal under *name*.

        Without a name it is removed. An earlier journal with that name stays, because it has the
        values from before the first change.

        Raises what :meth:`ipif.Plan.confirm` raises; the journal is then open as before.
        """
        kept = None if name is None else self.kept(name)
        if kept is None or os.path.exists(kept):
            plan.confirm()
            return
        # The process may be killed before or after this, not in between. When everything has just
        # been reverted, there is no journal, and confirm() says that it is too late.
        with suppress(FileNotFoundError):
            os.rename(path, kept)
        try:
            plan.confirm(keep_journal=True)
        except BaseException:
            with suppress(FileNotFoundError):
                os.rename(kept, path)
            raise

    def names(self) -> list[str]:
        """Return the names of the journals that are kept."""
        return [os.path.basename(path).removesuffix(_SUFFIX) for path in _journals(self._kept)]

    def waiting(self) -> list[str]:
        """Return the paths of the open journals whose process runs: of changes to be confirmed.

        Call it as the only job, so that none of them is of a job that is being done.
        """
        return [path for path in _journals(self._open) if _is_locked(path)]

    def refuse_waiting(self, changes: Iterable[ipif.Change]) -> None:
        """Raise :class:`Refused` when one of the *changes* is in a row that waits to be confirmed.

        Its earlier values could not be restored when nobody confirms.
        """
        rows = {(int(change.luid), change.family): change.interface for change in changes}
        for path in self.waiting():
            for row in _rows(path):
                alias = rows.get((row["InterfaceLuid"], row["Family"]))
                if alias is not None:
                    raise Refused(
                        f"an earlier change of {alias} {row['Family']} waits to be confirmed: run "
                        "ipif.confirm or ipif.revert on this minion first"
                    )

    def recover(self) -> list[ipif.Change]:
        """Restore the earlier values from the journals that killed processes have left.

        Returns the changes that were made. Raises what :func:`ipif.recover` raises.
        """
        made: list[ipif.Change] = []
        for path in _journals(self._open):
            made += _restore_unused(path)
        return made

    def answer(self, answer: Answer) -> tuple[int, int]:
        """Have the changes that wait confirmed, or reverted.

        Call it as the only job. Returns how many sets of changes were, and for how many it was too
        late because they had just been reverted. Raises :class:`Refused` when a process does not
        act on the answer, or was killed.
        """
        waiting = self.waiting()
        for path in waiting:
            _write(path + _ANSWER, answer)
        done = 0
        ends = time.monotonic() + _PATIENCE
        for path in waiting:
            while (is_locked := _is_locked(path)) and time.monotonic() < ends:
                time.sleep(_LOOK)
            try:
                os.unlink(path + _ANSWER)
            except FileNotFoundError:  # the process removes it when it has acted
                done += 1
                continue
            if is_locked:
                raise Refused(
                    f"told to {answer}, the job that made the changes has not done so within "
                    f"{_PATIENCE:g} s: the log of the minion says why"
                )
            if os.path.exists(path):
                raise Refused(
                    "the job that made the changes was killed before it was told to "
                    f"{answer}: ipif.recover restores the earlier values"
                )
        return done, len(waiting) - done


def answer_of(path: str) -> str | None:
    """Return the answer to the changes with the open journal *path*, if there is one."""
    try:
        with open(path + _ANSWER, encoding="ascii") as file:
            return file.read()
    except (FileNotFoundError, PermissionError):  # Windows: it is being written
        return None


def acted(path: str) -> None:
    """Say that the answer to the changes with the open journal *path* has been acted upon."""
    with suppress(FileNotFoundError):  # nobody waits for that any more
        os.unlink(path + _ANSWER)


def restore(path: str) -> ipif.Recovery:
    """Restore the earlier values from a journal. Values that were changed since are kept.

    Raises what :func:`ipif.recover` raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ipif.RestoreWarning)
        return ipif.recover(path)


def _restore_unused(path: str) -> list[ipif.Change]:
    """Restore from a journal that no process uses; return the changes that were made."""
    try:
        with locked(path, 0):
            return list(restore(path))
    except (TimeoutError, FileNotFoundError):  # it is in use, or has been removed meanwhile
        return []


def _journals(folder: str) -> list[str]:
    names = (name for name in os.listdir(folder) if not name.startswith("."))
    return sorted(os.path.join(folder, name) for name in names if name.endswith(_SUFFIX))


def _is_locked(path: str) -> bool:
    try:
        with locked(path, 0):
            return False
    except TimeoutError:
        return True


def _rows(path: str) -> list[dict[str, Any]]:
    """Return the rows in an open journal; none when it has been removed meanwhile."""
    with suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
        rows: list[dict[str, Any]] = json.load(file)["rows"]
        return rows
    return []


def _write(path: str, text: str) -> None:
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.replace(path + ".new", path)
