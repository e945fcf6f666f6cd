"""The journal of a change: what recovers the earlier values when the process was killed.

It is a JSON document: the version in ``ipif_journal``, the ``backend``, and in ``rows`` one object
for each row, with Alias, InterfaceLuid, InterfaceGuid and Family, the members ``before`` the change
and the members that are ``written``. It is on the disk before the first Set.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from errno import EEXIST

from ipif import _world, netioapi
from ipif._backend import backend
from ipif._errors import InterfaceNotFound, Problem, ValidationError
from ipif._json import read_members, to_json
from ipif._transaction import LOCK, Step, undo
from ipif._validate import SETTABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any
    from uuid import UUID

    from ipif._transaction import Change

_VERSION = 1
_ABOUT = "What ipif has changed. If the process that wrote this was killed: ipif recover FILE"
_ADVICE = "give the file that was named as journal"

_MEMBERS = ("ipif_journal", "about", "backend", "rows")
_KEYS = ("Alias", "InterfaceLuid", "InterfaceGuid")
_ROW = (*_KEYS, "Family", "before", "written")


class Journal:
    """The file at *path*, from just before the first Set until everything is restored."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(os.fspath(path))
        self._ours = False

    def create(self, steps: Sequence[Step]) -> None:
        """Write the file; raise ``FileExistsError`` when there is one, and other ``OSError``."""
        try:
            # Two processes may have the same idea: the file belongs to the one that makes it.
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            advice = (
                "this journal exists: its process is at work, or was killed, "
                "and then ipif.recover() restores what it has changed"
            )
            raise FileExistsError(EEXIST, advice, self._path) from None
        self._ours = True
        self.save(steps)

    def save(self, steps: Sequence[Step]) -> None:
        """Replace the file; nobody ever sees half of it."""
        document = {
            "ipif_journal": _VERSION,
            "about": _ABOUT,
            "backend": backend,
            "rows": [_describe(step) for step in steps],
        }
        number, temporary = tempfile.mkstemp(dir=os.path.dirname(self._path), prefix=".ipif-")
        try:
            with open(number, "w", encoding="utf-8", newline="\n") as file:
                json.dump(document, file, indent=1)
                file.write("\n")
                file.flush()
                os.fsync(number)
            os.replace(temporary, self._path)
        except BaseException:
            os.unlink(temporary)
            raise

    def remove(self) -> None:
        """Remove the file if this journal has made it; it may be gone already."""
        if self._ours:
            self._ours = False
            with suppress(FileNotFoundError):
                os.unlink(self._path)


def recover(path: str | os.PathLike[str]) -> list[Change]:
    """Undo what a process has changed that was killed, as its journal at *path* tells.

    Each member that still holds what was written gets exactly its earlier value again, and the
    journal is removed. What somebody else has changed meanwhile is left, and a
    :class:`ipif.RestoreWarning` tells it; an interface or family that is gone counts as restored.
    Returns what was restored: ``before`` in a :class:`ipif.Change` is the value that was there,
    ``after`` the earlier one.

    It cannot know whether the process still runs: ask only when it is dead.

    Raises ``FileNotFoundError`` when there is no journal, :class:`ipif.ValidationError` with every
    place of one that is damaged, or not of this backend, and what Windows says when it does not
    let a value be restored (:class:`ipif.AccessDenied`); the journal is then kept, and what could
    be restored is.
    """
    name = os.fspath(path)
    entries = _read(name)
    steps = []
    with LOCK:
        for alias, luid, guid, code, before, written in entries:
            present = _find(luid, guid)
            if present is not None:
                steps.append(Step.written_before(present, code, before, written, alias))
        # What was written last is undone first.
        report = undo(steps)
    error = report.failure() if not report.errors else report.interruption or report.errors[0]
    if error is not None:
        for text in report.describe():
            error.add_note(text)
        raise error
    os.unlink(name)
    report.warn(stacklevel=2)
    return [change.reversed() for change in report.restored]


def _describe(step: Step) -> dict[str, Any]:
    """Return the object that stands for *step*."""
    keys = {
        "Alias": step.alias,
        "InterfaceLuid": step.luid,
        "InterfaceGuid": netioapi.convert_interface_luid_to_guid(step.luid),
    }
    return {
        **to_json(keys),
        "Family": step.family,
        "before": to_json(step.before),
        "written": to_json(step.written),
    }


def _find(luid: int, guid: UUID) -> int | None:
    """Return the LUID of the adapter that had *luid* and *guid*, ``None`` when it is gone.

    After a restart another adapter may have the LUID, and the adapter another one.
    """
    with suppress(InterfaceNotFound):
        if netioapi.convert_interface_luid_to_guid(luid) == guid:
            return luid
    with suppress(InterfaceNotFound):
        return netioapi.convert_interface_guid_to_luid(guid)
    return None


def _read(name: str) -> list[tuple[str, int, UUID, int, dict[str, Any], dict[str, Any]]]:
    """Return what the rows of the journal *name* say; raise with every problem."""
    if os.stat(name).st_size == 0:  # the process was killed before it could change anything
        return []
    document = _world.read(name, "journal", _ADVICE)
    problems: list[Problem] = []
    rows = _read_head(document, problems)
    found = [_read_row(row, f"rows[{number}]", problems) for number, row in enumerate(rows)]
    if problems:
        for problem in problems:
            problem.member = f"{name}: {problem.member}"
        raise ValidationError(problems)
    return found


def _read_head(document: Any, problems: list[Problem]) -> list[Any]:
    """Return the rows of *document*; note what is wrong around them."""
    if not isinstance(document, dict):
        problems.append(Problem("journal", document, "no JSON object", _ADVICE))
        return []
    if document.get("ipif_journal") != _VERSION or isinstance(document["ipif_journal"], bool):
        rule = f"no journal of version {_VERSION}"
        problems.append(Problem("ipif_journal", document.get("ipif_journal"), rule, _ADVICE))
        return []
    _expect(document, _MEMBERS, "", problems)
    if document.get("backend") != backend:
        rule = f"not about this machine: its backend is {backend!r}"
        advice = "recover it with the IPIF_BACKEND that it was written with"
        problems.append(Problem("backend", document.get("backend"), rule, advice))
    rows = document.get("rows")
    if not isinstance(rows, list):
        problems.append(Problem("rows", rows, "no array", _ADVICE))
        return []
    return rows


def _expect(
    members: dict[str, Any], names: Sequence[str], where: str, problems: list[Problem]
) -> None:
    """Note which *names* are missing in *members*, and what should not be there."""
    for name in names:
        if name not in members:
            problems.append(Problem(f"{where}{name}", None, "missing", _ADVICE))
    for name, value in members.items():
        if name not in names:
            problems.append(Problem(f"{where}{name}", value, "unknown", _ADVICE))


def _read_row(
    row: Any, where: str, problems: list[Problem]
) -> tuple[str, int, UUID, int, dict[str, Any], dict[str, Any]]:
    """Return what one row says; it is of use only when there are no problems."""
    if not isinstance(row, dict):
        problems.append(Problem(where, row, "no JSON object", _ADVICE))
        row = {}
    else:
        _expect(row, _ROW, f"{where}.", problems)
    keys = {name: row[name] for name in _KEYS if name in row}
    link = read_members("MIB_IF_ROW2", keys, where, problems)
    family = {"Family": row["Family"]} if "Family" in row else {}
    key = read_members("MIB_IPINTERFACE_ROW", family, where, problems)
    before = _read_values(row, "before", where, problems)
    written = _read_values(row, "written", where, problems)
    if before.keys() != written.keys():
        rule = "not the members of before"
        problems.append(Problem(f"{where}.written", sorted(written), rule, _ADVICE))
    return (*(link.get(name) for name in _KEYS), key.get("Family"), before, written)  # type: ignore[return-value]


def _read_values(row: Any, name: str, where: str, problems: list[Problem]) -> dict[str, Any]:
    """Return the members before or after the change."""
    place = f"{where}.{name}"
    values = read_members("MIB_IPINTERFACE_ROW", row.get(name, {}), place, problems)
    for member in values:
        if member not in SETTABLE:
            problems.append(Problem(f"{place}.{member}", values[member], "not settable", _ADVICE))
    return values
