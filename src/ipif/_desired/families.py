"""Changes of one interface in one family or in both: checked, then made for all or none."""

from __future__ import annotations

from ipif._core.backend import native
from ipif._core.errors import Error, FamilyNotBound
from ipif._core.family import NAMES, read_af
from ipif._core.identify import to_key
from ipif._core.validate import read_changes, refuse
from ipif._desired.change import ApplyError
from ipif._desired.transaction import RowChange, apply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ipif._core.errors import Problem
    from ipif._core.types import Family, Interface
    from ipif._desired.transaction import ChangeLog


def read_rows(
    interface: Interface, family: Family | None, changes: Mapping[str, Any]
) -> list[RowChange]:
    """Return the row changes of one *family*, or of both: then each row may be missing.

    Raises :class:`ipif.ValidationError` when an argument is wrong. With both families, what is
    wrong in only one of them counts when that one is bound.
    """
    afs = list(NAMES) if family is None else [read_af(family)]
    found = {af: read_changes(changes, af) for af in afs}
    # Refuse what is wrong in every family before looking for the interface.
    refuse(_common([problems for _, problems in found.values()]))
    key = to_key(interface)
    wrong = [af for af in afs if found[af][1]]
    if wrong:
        bound = [af for af in afs if _is_bound(af, key)]
        if not bound:
            native.get_ip_interface_entry(wrong[0], **key)  # raises FamilyNotBound
            bound = wrong[:1]  # unless the row has appeared meanwhile
        problems = []
        for af in wrong:
            for problem in found[af][1] if af in bound else ():
                problem.member = f"{NAMES[af]}.{problem.member}"
                problems.append(problem)
        refuse(problems)
        afs = [af for af in afs if af not in wrong]
    guid = _guid_bytes(interface)
    missing = family is None
    luid, index = key.get("luid", 0), key.get("index", 0)
    return [
        RowChange(luid, af, found[af][0], index=index, guid=guid, may_be_missing=missing)
        for af in afs
    ]


def apply_rows(rows: list[RowChange], journal: ChangeLog | None = None) -> list[RowChange]:
    """Make all changes or none; return the rows that exist.

    Raises what :func:`ipif._desired.transaction.apply` raises, and :class:`ipif.FamilyNotBound`
    when no row exists.
    """
    apply(rows, journal=journal)
    bound = [row for row in rows if row.bound]
    if not bound:
        rows[0].raise_error()
    return bound


def cause_of(error: BaseException | None, interface: object) -> BaseException | None:
    """Return the exception to raise for *error* of :func:`apply_rows`.

    That is the error of Windows itself when everything was rolled back.
    """
    if not isinstance(error, Error):
        return error
    cause = error.__cause__
    if isinstance(error, ApplyError) and not error.not_rolled_back and isinstance(cause, Error):
        cause.__cause__ = None
        cause.__suppress_context__ = True
        error = cause
    error.interface = interface
    return error


def _is_bound(af: int, key: dict[str, int]) -> bool:
    """Return whether the interface has a row of the family."""
    try:
        native.get_ip_interface_entry(af, **key)
    except FamilyNotBound:
        return False
    return True


def _guid_bytes(interface: object) -> bytes | None:
    """Return the GUID when *interface* is one: that adapter, and no other, is changed."""
    from sys import modules

    uuid = modules.get("uuid")
    if uuid is not None and isinstance(interface, uuid.UUID):
        from ipif._core.guid import to_bytes

        return to_bytes(interface)
    return None


def _common(found: list[list[Problem]]) -> list[Problem]:
    """Return the problems that every family has."""
    first, *others = found
    return [
        problem
        for problem in first
        if all(any(problem.member == other.member for other in each) for each in others)
    ]
