"""Journals: files from which earlier values can be restored after a process was killed.

A journal is a JSON document: the version in ``ipif_journal``, the ``backend``, in ``started`` the
time at which the machine was started, and in ``rows`` one object for each row, with Alias,
InterfaceLuid, InterfaceGuid and Family, the members ``before`` the change and the members that are
``written``. It is on the disk before the first change.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from contextlib import suppress
from errno import EEXIST

from ipif._core import own_files
from ipif._core.alias import fold_alias
from ipif._core.backend import backend, native
from ipif._core.errors import FamilyNotBound, InterfaceNotFound, Problem, ValidationError, expected
from ipif._core.fields import ADAPTER_ROW, INTERFACE_ROW, SETTABLE
from ipif._core.files import read_json, write_atomically
from ipif._core.rowjson import read_members, to_json
from ipif._desired.change import Change, RestoreWarning, RollbackResult
from ipif._desired.transaction import LOCK, RowChange, roll_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    # Alias, LUID, GUID and AF_ number of a row, the members before the change and as written.
    _Entry: TypeAlias = tuple[str, int, uuid.UUID, int, dict[str, Any], dict[str, Any]]

_VERSION = 1
_ABOUT = "Changes made by ipif. If the process that wrote this was killed, run: ipif recover FILE"
_ADVICE = "give the file that was named as journal"

# Seconds. The time of the start is computed from two clocks, and one of them may be set.
_TOLERANCE = 600

_MEMBERS = ("ipif_journal", "about", "backend", "started", "rows")
_KEYS = ("Alias", "InterfaceLuid", "InterfaceGuid")
_ROW = (*_KEYS, "Family", "before", "written")


class Journal:
    """The file at *path*, from just before the first change until everything is restored."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(os.fspath(path))
        self._made: list[int] = []  # the file descriptor with which this journal made the file
        self._open = False

    def create(self, rows: Sequence[RowChange]) -> None:
        """Write the file; raise ``FileExistsError`` when it exists, and other ``OSError``."""
        try:
            # Two processes may name the same file: it belongs to the one that creates it.
            self._open = True
            own_files.create(self._path, self._made)
        except FileExistsError:
            raise self._exists() from None
        except PermissionError:  # Windows' answer while the file is being deleted
            if sys.platform == "win32" and os.path.lexists(self._path):
                raise self._exists() from None
            raise
        self._close()
        self.save(rows)

    def save(self, rows: Sequence[RowChange]) -> None:
        """Replace the contents of the file, as a whole; nothing when it has been removed."""
        if not self._made:
            return  # another process may have a file there
        document = {
            "ipif_journal": _VERSION,
            "about": _ABOUT,
            "backend": backend,
            "started": _started(),
            "rows": [_describe(row) for row in rows],
        }
        write_atomically(self._path, json.dumps(document, indent=1) + "\n")

    def remove(self) -> None:
        """Remove the file if this journal has created it; it may be missing already."""
        if self._made:
            self._close()
            with suppress(FileNotFoundError):
                os.unlink(self._path)
            self._made.clear()

    def _close(self) -> None:
        if self._open and self._made:
            with suppress(OSError):  # an interrupt came right after the first call
                os.close(self._made[0])
            self._open = False

    def _exists(self) -> FileExistsError:
        advice = (
            "this journal exists: its process is still running, or was killed; "
            "if it was killed, ipif.recover() restores the earlier values"
        )
        return FileExistsError(EEXIST, advice, self._path)


class Recovery(list[Change]):
    """What :func:`ipif.recover` returns: the list of the changes that it made, and what it found.

    In each :class:`ipif.Change`, ``before`` is the value that was there, and ``after`` the earlier
    one, which is there again.

    Attributes:
        missing: The aliases of the adapters that it did not find.
        kept: Whether the journal was kept, because an adapter is missing.
        restarted: Whether the machine has been started again since the journal was written. The
            values that were changed are gone then, because SetIpInterfaceEntry changes active
            values only, and there is usually nothing to restore.

    Example:
        >>> import os, tempfile
        >>> import ipif
        >>> folder = tempfile.mkdtemp()
        >>> path = os.path.join(folder, "journal.json")
        >>> plan = ipif.plan({"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"Metric": 9}}]})
        >>> made = plan.apply(journal=path)
        >>> plan.confirm(keep_journal=True)
        >>> recovery = ipif.recover(path)
        >>> os.rmdir(folder)
        >>> len(recovery), recovery.missing, recovery.kept, recovery.restarted
        (2, (), False, False)
    """

    __module__ = "ipif"

    missing: Sequence[str] = ()
    """The aliases of the adapters that it did not find."""
    kept: bool = False
    """Whether the journal was kept, because an adapter is missing."""
    restarted: bool = False
    """Whether the machine has been started again since the journal was written. The values that
    were changed are gone then, because SetIpInterfaceEntry changes active values only, and there is
    usually nothing to restore."""


def recover(
    path: str | os.PathLike[str], discard: bool = False, *, keep_journal: bool = False
) -> Recovery:
    """Restore the values that a killed process changed, from its journal.

    Each member that still holds what was written gets exactly its earlier value again, and the
    journal is removed. A value that another program has written since is kept, with a
    :class:`ipif.RestoreWarning`. A family that is no longer bound counts as restored.

    An adapter is found by its GUID, or by LUID and alias when it also holds exactly what was
    written. When one is not found, a :class:`ipif.RestoreWarning` names it, and the journal is
    kept: call this again when the adapter is back, or with *discard*.

    It cannot know whether the process is still running: call it only when it is not.

    Args:
        path: The file that was given as ``journal`` to :class:`ipif.changed` or
            :meth:`ipif.Plan.apply`.
        discard: Whether the journal is removed although an adapter was not found.
        keep_journal: Whether the journal stays although everything is restored. Recovering from it
            again changes nothing.

    Returns:
        The :class:`ipif.Recovery`, a list of the changes made.

    Raises:
        FileNotFoundError: There is no journal.
        PermissionError: Another user could have written it, or it is a symbolic link.
        ipif.ValidationError: The journal is damaged or was written by another backend. It has every
            problem.
        ipif.Error: Windows refuses a value, most likely as :class:`ipif.AccessDenied`. The journal
            is kept then, and the other values are restored.

    Example:
        >>> import os, tempfile
        >>> import ipif
        >>> wanted = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}
        >>> plan = ipif.plan(wanted)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "journal.json")
        ...     made = plan.apply(journal=path)
        ...     plan.confirm(keep_journal=True)
        ...     print(*ipif.recover(path), os.path.exists(path))
        Wi-Fi ipv4 NlMtu: 1400 -> 1500 False

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    problems = [
        Problem(name, value, expected("bool", value), "write True or False")
        for name, value in (("discard", discard), ("keep_journal", keep_journal))
        if not isinstance(value, bool)
    ]
    if problems:
        raise ValidationError(problems)
    name = os.fspath(path)
    file = _identity(name)
    started, entries = _read(name)
    rows: list[RowChange] = []
    missing: list[str] = []
    result = RollbackResult()
    with LOCK:
        _find_each(entries, rows, missing)
        roll_back(rows, result)
    recovery = Recovery(change.reversed() for change in result.restored)
    recovery.missing = tuple(missing)
    recovery.restarted = _was_restarted(started)
    _log(name, recovery)
    if result.has_failed:
        error = result.errors[0] if result.errors else result.failure(lambda: recover(name))
        assert error is not None
        for text in result.describe():
            error.add_note(text)
        raise error
    texts = [*result.describe(), *_describe_missing(name, recovery, discard)]
    recovery.kept = bool(missing) and not discard
    if not recovery.kept and not keep_journal and _identity(name) == file:
        os.unlink(name)
    if texts:
        import warnings

        warnings.warn("; ".join(texts), RestoreWarning, stacklevel=2)
    return recovery


def _describe_missing(name: str, recovery: Recovery, discard: bool) -> list[str]:
    """Return a sentence about the adapters that were not found."""
    if not recovery.missing:
        return []
    aliases = ", ".join(map(repr, recovery.missing))
    what = f"not found, so nothing was restored there: {aliases}"
    if discard:
        return [what]
    advice = (
        "recover again when the adapter is back, or remove the journal "
        "(ipif.recover(path, discard=True), or ipif recover --discard)"
    )
    return [f"{what}; the journal {name} is kept: {advice}"]


def _log(name: str, recovery: Recovery) -> None:
    """Report what was restored."""
    from logging import INFO

    from ipif._desired.log import log_changes, logger

    if recovery:
        log_changes(INFO, f"recovered from {name}", recovery)
    for alias in recovery.missing:
        logger().warning("recover %s: the adapter %r is not found", name, alias)


def _started() -> float:
    """Return the time at which the machine was started, in seconds since 1970."""
    return round(time.time() - time.monotonic(), 3)


def _was_restarted(started: float | None) -> bool:
    """Return whether the machine has been started since the time *started*."""
    return started is not None and _started() > started + _TOLERANCE


def _identity(name: str) -> tuple[int, int, int]:
    """Return what tells a file from a later one with the same *name*."""
    found = os.lstat(name)
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _describe(row: RowChange) -> dict[str, Any]:
    """Return the JSON object for *row*."""
    keys = {
        "Alias": row.alias,
        "InterfaceLuid": row.luid,
        "InterfaceGuid": uuid.UUID(bytes_le=row.read_guid()),
    }
    return {
        **to_json(keys),
        "Family": row.family,
        "before": to_json(row.before),
        "written": to_json(row.written),
    }


def _find_each(entries: Sequence[_Entry], rows: list[RowChange], missing: list[str]) -> None:
    """Add to *rows* what has to be rolled back, and to *missing* the aliases that are not found.

    A function of its own, as _roll_back_each is.
    """
    for entry in entries:
        row = _find(entry)
        if row is not None:
            rows.append(row)
        elif entry[0] not in missing:
            missing.append(entry[0])


def _find(entry: _Entry) -> RowChange | None:
    """Return the change to roll back, of the adapter that *entry* names; ``None`` if there is none.

    After a restart the adapter may have a different LUID, and another adapter its old one. A driver
    may give an adapter a new GUID; then it is the same one if everything else agrees.
    """
    alias, luid, guid, af, before, written = entry
    data = guid.bytes_le
    now = None
    with suppress(InterfaceNotFound):
        now = native.convert_interface_luid_to_guid(luid)
    if now != guid:
        try:
            luid = native.convert_interface_guid_to_luid(data)
        except InterfaceNotFound:
            if now is None or not _is_same(entry):
                return None
            data = now.bytes_le
    return RowChange.written_before(luid, af, before, written, alias, data)


def _is_same(entry: _Entry) -> bool:
    """Return whether the adapter with the LUID of *entry* has its alias and its values too."""
    alias, luid, _, af, _, written = entry
    try:
        if fold_alias(native.convert_interface_luid_to_alias(luid)) != fold_alias(alias):
            return False
        row: Any = native.get_ip_interface_entry(af, luid=luid)
    except (InterfaceNotFound, FamilyNotBound):
        return False
    return all(row[name] == value for name, value in written.items())


def _read(name: str) -> tuple[float | None, list[_Entry]]:
    """Return when the machine was started, and the rows of the journal *name*.

    Raises :class:`ipif.ValidationError` with every problem.
    """
    if not own_files.read(name, 1):  # the process was killed before it could change anything
        return None, []
    document = read_json(name, "journal", _ADVICE, own=True)
    problems: list[Problem] = []
    rows = _read_head(document, problems)
    found = [_read_row(row, f"rows[{number}]", problems) for number, row in enumerate(rows)]
    if problems:
        for problem in problems:
            problem.member = f"{name}: {problem.member}"
        raise ValidationError(problems)
    return document["started"], found


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
    started = document.get("started")
    if type(started) not in (int, float):
        problems.append(Problem("started", started, expected("a number", started), _ADVICE))
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
