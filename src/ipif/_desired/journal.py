"""Journals: files from which earlier values can be restored after a process was killed.

A journal is a JSON document: the version in ``ipif_journal``, the ``backend``, and in ``rows`` one
object for each row, with Alias, InterfaceLuid, InterfaceGuid and Family, the members ``before`` the
change and the members that are ``written``. It is on the disk before the first change.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import suppress
from errno import EEXIST

from ipif._core.backend import backend, native
from ipif._core.errors import InterfaceNotFound, Problem, ValidationError, expected
from ipif._core.fields import ADAPTER_ROW, INTERFACE_ROW, SETTABLE
from ipif._core.files import read_json, write_atomically
from ipif._core.rowjson import read_members, to_json
from ipif._desired.transaction import LOCK, RowChange, roll_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from ipif._desired.transaction import Change

    # Alias, LUID, GUID and AF_ number of a row, the members before the change and as written.
    _Entry: TypeAlias = tuple[str, int, uuid.UUID, int, dict[str, Any], dict[str, Any]]

_VERSION = 1
_ABOUT = "Changes made by ipif. If the process that wrote this was killed, run: ipif recover FILE"
_ADVICE = "give the file that was named as journal"

_MEMBERS = ("ipif_journal", "about", "backend", "rows")
_KEYS = ("Alias", "InterfaceLuid", "InterfaceGuid")
_ROW = (*_KEYS, "Family", "before", "written")


class Journal:
    """The file at *path*, from just before the first change until everything is restored."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(os.fspath(path))
        self._ours = False

    def create(self, rows: Sequence[RowChange]) -> None:
        """Write the file; raise ``FileExistsError`` when it exists, and other ``OSError``."""
        try:
            # Two processes may name the same file: it belongs to the one that creates it.
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            advice = (
                "this journal exists: its process is still running, or was killed; "
                "if it was killed, ipif.recover() restores the earlier values"
            )
            raise FileExistsError(EEXIST, advice, self._path) from None
        self._ours = True
        self.save(rows)

    def save(self, rows: Sequence[RowChange]) -> None:
        """Replace the contents of the file, as a whole."""
        document = {
            "ipif_journal": _VERSION,
            "about": _ABOUT,
            "backend": backend,
            "rows": [_describe(row) for row in rows],
        }
        write_atomically(self._path, json.dumps(document, indent=1) + "\n")

    def remove(self) -> None:
        """Remove the file if this journal has created it; it may be missing already."""
        if self._ours:
            self._ours = False
            with suppress(FileNotFoundError):
                os.unlink(self._path)


def recover(path: str | os.PathLike[str]) -> list[Change]:
    """Restore the values that a killed process changed, from its journal at *path*.

    Each member that still holds what was written gets exactly its earlier value again, and the
    journal is removed. A value that another program has written since is kept, with a
    :class:`ipif.RestoreWarning`; an interface or family that no longer exists counts as restored.
    Returns the changes made: ``before`` in a :class:`ipif.Change` is the value that was there,
    ``after`` the earlier one.

    It cannot know whether the process is still running: call it only when it is not.

    Raises ``FileNotFoundError`` when there is no journal, :class:`ipif.ValidationError` with every
    problem of one that is damaged or was written by another backend, and the error of Windows when
    it refuses a value (:class:`ipif.AccessDenied`); the journal is then kept, and the other values
    are restored.
    """
    name = os.fspath(path)
    entries = _read(name)
    rows = []
    with LOCK:
        for alias, luid, guid, af, before, written in entries:
            present = _find(luid, guid)
            if present is not None:
                rows.append(RowChange.written_before(present, af, before, written, alias))
        # The last row written is rolled back first.
        result = roll_back(rows)
    error = result.failure() if not result.errors else result.interruption or result.errors[0]
    if error is not None:
        for text in result.describe():
            error.add_note(text)
        raise error
    os.unlink(name)
    result.warn(stacklevel=2)
    return [change.reversed() for change in result.restored]


def _describe(row: RowChange) -> dict[str, Any]:
    """Return the JSON object for *row*."""
    keys = {
        "Alias": row.alias,
        "InterfaceLuid": row.luid,
        "InterfaceGuid": native.convert_interface_luid_to_guid(row.luid),
    }
    return {
        **to_json(keys),
        "Family": row.family,
        "before": to_json(row.before),
        "written": to_json(row.written),
    }


def _find(luid: int, guid: uuid.UUID) -> int | None:
    """Return the LUID of the adapter that had *luid* and *guid*, ``None`` when it is missing.

    After a restart the adapter may have a different LUID, and another adapter its old one.
    """
    with suppress(InterfaceNotFound):
        if native.convert_interface_luid_to_guid(luid) == guid:
            return luid
    with suppress(InterfaceNotFound):
        return native.convert_interface_guid_to_luid(guid.bytes_le)
    return None


def _read(name: str) -> list[_Entry]:
    """Return the rows of the journal *name*; raise with every problem."""
    if os.stat(name).st_size == 0:  # the process was killed before it could change anything
        return []
    document = read_json(name, "journal", _ADVICE)
    problems: list[Problem] = []
    rows = _read_head(document, problems)
    found = [_read_row(row, f"rows[{number}]", problems) for number, row in enumerate(rows)]
    if problems:
        for problem in problems:
            problem.member = f"{name}: {problem.member}"
        raise ValidationError(problems)
    return found


def _read_head(document: Any, problems: list[Problem]) -> list[Any]:
    """Return the rows of *document*; note the problems outside them."""
    if not isinstance(document, dict):
        problems.append(Problem("journal", document, "expected a JSON object", _ADVICE))
        return []
    if document.get("ipif_journal") != _VERSION or isinstance(document["ipif_journal"], bool):
        rule = f"not a journal of version {_VERSION}"
        problems.append(Problem("ipif_journal", document.get("ipif_journal"), rule, _ADVICE))
        return []
    _expect(document, _MEMBERS, "", problems)
    if document.get("backend") != backend:
        rule = f"written by another backend; this one is {backend!r}"
        advice = "recover it with the IPIF_BACKEND that it was written with"
        problems.append(Problem("backend", document.get("backend"), rule, advice))
    rows = document.get("rows")
    if not isinstance(rows, list):
        problems.append(Problem("rows", rows, expected("an array", rows), _ADVICE))
        return []
    return rows


def _expect(
    members: dict[str, Any], names: Sequence[str], where: str, problems: list[Problem]
) -> None:
    """Note which *names* are missing in *members*, and which members are unknown."""
    for name in names:
        if name not in members:
            problems.append(Problem(f"{where}{name}", None, "missing", _ADVICE))
    for name, value in members.items():
        if name not in names:
            problems.append(Problem(f"{where}{name}", value, "unknown", _ADVICE))


def _read_row(row: Any, where: str, problems: list[Problem]) -> _Entry:
    """Return one row; use it only when there are no problems."""
    if not isinstance(row, dict):
        problems.append(Problem(where, row, "expected a JSON object", _ADVICE))
        row = {}
    else:
        _expect(row, _ROW, f"{where}.", problems)
    keys = {name: row[name] for name in _KEYS if name in row}
    adapter = read_members(ADAPTER_ROW, keys, where, problems)
    family = {"Family": row["Family"]} if "Family" in row else {}
    key = read_members(INTERFACE_ROW, family, where, problems)
    before = _read_values(row, "before", where, problems)
    written = _read_values(row, "written", where, problems)
    if before.keys() != written.keys():
        rule = "its members differ from those of before"
        problems.append(Problem(f"{where}.written", sorted(written), rule, _ADVICE))
    return (*(adapter.get(name) for name in _KEYS), key.get("Family"), before, written)  # type: ignore[return-value]


def _read_values(row: Any, name: str, where: str, problems: list[Problem]) -> dict[str, Any]:
    """Return the members before or after the change."""
    place = f"{where}.{name}"
    values = read_members(INTERFACE_ROW, row.get(name, {}), place, problems)
    for member in values:
        if member not in SETTABLE:
            problems.append(Problem(f"{place}.{member}", values[member], "not settable", _ADVICE))
    return values
