"""changed: change members for a with-block, and restore the exact earlier values after it."""

from __future__ import annotations

from ipif._core.backend import native
from ipif._core.errors import Error, FamilyNotBound
from ipif._core.family import NAMES, read_af
from ipif._core.identify import shown_interface, to_luid
from ipif._core.validate import read_changes, refuse
from ipif._desired.transaction import LOCK, ApplyError, RowChange, apply, roll_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from types import TracebackType
    from typing import Any, Unpack

    from ipif._core.errors import Problem
    from ipif._core.types import MIB_IPINTERFACE_ROW, Family, Interface, InterfaceChanges
    from ipif._desired.journal import Journal
    from ipif._desired.transaction import RollbackResult


class changed:
    """Change members of one interface for the duration of a with-block.

    >>> with ipif.changed("Ethernet", "ipv4", Metric=1, NlMtu=1400) as rows:
    ...     rows["ipv4"]["NlMtu"]
    1400

    The interface and the family are named as for :func:`ipif.get_interface`; a family of ``None``
    means every family that is bound to it. The block gets the changed rows, by ``"ipv4"`` and
    ``"ipv6"``. ``Metric`` turns the automatic metric off, unless ``UseAutomaticMetric`` is given
    too. On entry either all families are changed or none.

    On exit each member that still holds what was written gets exactly its earlier value again
    (except ``SitePrefixLength`` of IPv4, which is 0 after every call of SetIpInterfaceEntry). A
    value that another program has written since is kept, with a :class:`ipif.RestoreWarning`, or
    with a note on the exception that leaves the block. An interface or family that no longer exists
    counts as restored. Blocks may be nested; leave them in the reverse order.

    With *at_exit* the values are also restored when the interpreter exits before the block was
    left: in a daemon thread, or in an unfinished generator. With *journal*, the path of a file that
    must not exist, :func:`ipif.recover` can restore them after the process was killed: the file is
    written before the change and removed after the restore.

    Entering raises what :func:`ipif.update_interface` raises; :class:`ipif.ApplyError` only when
    something was changed and could not be rolled back; ``FileExistsError`` and other ``OSError``
    for the journal; :class:`ipif.ValidationError` also for a member whose earlier value could not
    be written again, because it is an unchanged sentinel (the NlMtu 4294967295 of the loopback
    interface). Leaving raises :class:`ipif.ApplyError` when Windows refuses the earlier values,
    unless the block has raised: then it is a note. The journal is kept in that case.
    """

    __module__ = "ipif"

    def __init__(
        self,
        interface: Interface,
        family: Family | None,
        /,
        *,
        journal: str | os.PathLike[str] | None = None,
        at_exit: bool = False,
        **changes: Unpack[InterfaceChanges],
    ) -> None:
        self._interface = interface
        self._afs = list(NAMES) if family is None else [read_af(family)]
        self._every_family = family is None
        self._changes: dict[str, Any] = {**changes}
        self._at_exit = at_exit
        self._journal: Journal | None = None
        self._rows: list[RowChange] | None = None
        if journal is not None:
            from ipif._desired.journal import Journal

            self._journal = Journal(journal)

    def __enter__(self) -> dict[str, MIB_IPINTERFACE_ROW]:
        if self._rows is not None:
            raise RuntimeError("this ipif.changed() has been entered before: create a new one")
        try:
            rows = self._read_rows()
            # Before the first change, so that every change will be restored.
            self._rows = rows
            if self._at_exit:
                _remember(self)
            try:
                apply(rows, journal=self._journal)
            except BaseException:
                self._leave()
                raise
        except ApplyError as error:
            error.interface = shown_interface(self._interface)
            cause = error.__cause__
            if error.not_rolled_back or not isinstance(cause, Error):
                raise
            cause.interface = error.interface
            raise cause from None
        except Error as error:
            error.interface = shown_interface(self._interface)
            raise
        found: dict[str, Any] = {row.family: row.after for row in rows}
        return found

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        result = self._restore()
        if result is None:
            return
        if value is None:
            _tell(result)
            return
        for text in [*result.describe(), *(f"while restoring: {error}" for error in result.errors)]:
            try:
                BaseException.add_note(value, text)
            except Exception:  # it defines its own __notes__
                break
        if result.interruption is not None:
            raise result.interruption

    def _read_rows(self) -> list[RowChange]:
        """Return the row changes for each family; raise when an argument is wrong."""
        found = {af: read_changes(self._changes, af) for af in self._afs}
        if self._every_family:
            # Refuse what is wrong in both families before looking at the interface.
            refuse(_common([problems for _, problems in found.values()]))
        else:
            refuse([problem for _, problems in found.values() for problem in problems])
        luid = to_luid(self._interface)
        bound = self._afs
        if self._every_family:
            bound = _bound(luid, self._afs)
        problems = []
        for af in bound:
            for problem in found[af][1]:
                problem.member = f"{NAMES[af]}.{problem.member}"
                problems.append(problem)
        refuse(problems)
        return [RowChange(luid, af, found[af][0]) for af in bound]

    def _restore(self) -> RollbackResult | None:
        """Restore everything; return ``None`` when that has been done already."""
        with LOCK:
            rows = self._leave()
            if not rows:
                return None
            result = roll_back(rows)
            if self._journal is not None and not result.failed:
                self._journal.remove()
            return result

    def _leave(self) -> list[RowChange]:
        """Return the rows to restore, to the first caller only."""
        rows, self._rows = self._rows, []
        _entered.pop(id(self), None)
        return rows or []


# The blocks that are restored when the interpreter exits, in the order of entering. They share one
# handler, because atexit keeps the memory of unregistered handlers.
_entered: dict[int, changed] = {}
_registered = False


def _remember(block: changed) -> None:
    """Have *block* restored when the interpreter exits."""
    global _registered
    with LOCK:
        if not _registered:
            import atexit

            atexit.register(_restore_entered)
            _registered = True
        _entered[id(block)] = block


def _restore_entered() -> None:
    """Restore the blocks that were never left; runs when the interpreter exits."""
    import sys

    while _entered:
        _, block = _entered.popitem()
        try:
            result = block._restore()
            if result is not None:
                _tell(result)
        except Exception:
            sys.excepthook(*sys.exc_info())


def _bound(luid: int, afs: list[int]) -> list[int]:
    """Return those of *afs* that are bound; raise :class:`ipif.FamilyNotBound` if none is."""
    bound = []
    missing: FamilyNotBound | None = None
    for af in afs:
        try:
            native.get_ip_interface_entry(af, luid=luid)
        except FamilyNotBound as error:
            missing = missing or error
        else:
            bound.append(af)
    if not bound and missing is not None:
        raise missing
    return bound


def _common(found: list[list[Problem]]) -> list[Problem]:
    """Return the problems that every family has."""
    first, *others = found
    return [
        problem
        for problem in first
        if all(any(problem.member == other.member for other in each) for each in others)
    ]


def _tell(result: RollbackResult) -> None:
    """Raise or warn when something was not restored."""
    error = result.failure()
    if error is not None:
        raise error
    result.warn(stacklevel=3)
