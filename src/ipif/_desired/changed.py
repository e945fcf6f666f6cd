"""changed: other values for as long as a with-block runs, and exactly the earlier ones after it."""

from __future__ import annotations

from ipif import netioapi
from ipif._errors import ApplyError, Error, FamilyNotBound
from ipif._family import NAMES, family_code
from ipif._interfaces import shown_interface, to_luid
from ipif._transaction import LOCK, Step, apply, undo
from ipif._validate import read_changes, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from types import TracebackType
    from typing import Any, Unpack

    from ipif._errors import Problem
    from ipif._journal import Journal
    from ipif._transaction import Report
    from ipif.types import MIB_IPINTERFACE_ROW, Family, Interface, InterfaceChanges


class changed:
    """Set members of one interface for the time of a with-block.

    >>> with ipif.changed("Ethernet", "ipv4", Metric=1, NlMtu=1400) as rows:
    ...     rows["ipv4"]["NlMtu"]
    1400

    The interface and the family are named as for :func:`ipif.get_interface`; a family of ``None``
    means those that are bound to it. The block gets the rows as they then are, by ``"ipv4"`` and
    ``"ipv6"``. ``Metric`` turns the automatic metric off, unless ``UseAutomaticMetric`` is given
    too. On entry either all families are changed or none.

    On exit each member that still holds what was written gets exactly its earlier value again
    (``SitePrefixLength`` of IPv4 aside, which is 0 after every Set). One that somebody else has
    changed meanwhile is left, and a :class:`ipif.RestoreWarning` tells it; with an exception from
    the block on its way, a note of that exception does. An interface or family that is gone counts
    as restored. Blocks may be nested; leave them in the reverse order.

    With *at_exit* the values are also restored when the interpreter ends and the block was never
    left: in a daemon thread, or in a generator that nobody has finished. With *journal*, the path
    of a file that must not exist, they can be restored by :func:`ipif.recover` after the process
    was killed: the file is written before the change and removed after the restoring.

    Entering raises what :func:`ipif.update_interface` raises; :class:`ipif.ApplyError` only when
    something was changed and could not be undone; ``FileExistsError`` and other ``OSError`` for the
    journal; :class:`ipif.ValidationError` also for a member whose earlier value could not be set
    again, because it means "leave as it is" to Windows (the NlMtu 4294967295 of the loopback
    interface). Leaving raises :class:`ipif.ApplyError` when Windows does not let the earlier values
    be restored, unless the block has raised: then it is a note. The journal is kept in that case.
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
        self._codes = list(NAMES) if family is None else [family_code(family)]
        self._every_family = family is None
        self._changes: dict[str, Any] = {**changes}
        self._at_exit = at_exit
        self._journal: Journal | None = None
        self._steps: list[Step] | None = None
        if journal is not None:
            from ipif._journal import Journal

            self._journal = Journal(journal)

    def __enter__(self) -> dict[str, MIB_IPINTERFACE_ROW]:
        if self._steps is not None:
            raise RuntimeError("this ipif.changed() has been entered before: make another one")
        try:
            steps = self._read_steps()
            # Before the first Set, so that no moment is left in which nobody would restore.
            self._steps = steps
            if self._at_exit:
                _remember(self)
            try:
                apply(steps, keeper=self._journal)
            except BaseException:
                self._leave()
                raise
        except ApplyError as error:
            error.interface = shown_interface(self._interface)
            cause = error.__cause__
            if error.not_undone or not isinstance(cause, Error):
                raise
            cause.interface = error.interface
            raise cause from None
        except Error as error:
            error.interface = shown_interface(self._interface)
            raise
        rows: dict[str, Any] = {step.family: step.after for step in steps}
        return rows

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        report = self._restore()
        if report is None:
            return
        if value is None:
            _tell(report)
            return
        for text in [*report.describe(), *(f"while restoring: {error}" for error in report.errors)]:
            try:
                BaseException.add_note(value, text)
            except Exception:  # it has a __notes__ of its own
                break
        if report.interruption is not None:
            raise report.interruption

    def _read_steps(self) -> list[Step]:
        """Return the steps of all families; raise when an argument is wrong."""
        found = {code: read_changes(self._changes, code) for code in self._codes}
        if self._every_family:
            # What is wrong whichever family is bound need not wait for the interface.
            refuse(_common([problems for _, problems in found.values()]))
        else:
            refuse([problem for _, problems in found.values() for problem in problems])
        luid = to_luid(self._interface)
        bound = self._codes
        if self._every_family:
            bound = _bound(luid, self._codes)
        problems = []
        for code in bound:
            for problem in found[code][1]:
                problem.member = f"{NAMES[code]}.{problem.member}"
                problems.append(problem)
        refuse(problems)
        return [Step(luid, code, found[code][0]) for code in bound]

    def _restore(self) -> Report | None:
        """Undo everything; ``None`` when that has been done already."""
        with LOCK:
            steps = self._leave()
            if not steps:
                return None
            report = undo(steps)
            if self._journal is not None and not report.failed:
                self._journal.remove()
            return report

    def _leave(self) -> list[Step]:
        """Return what is to be undone, for the first caller only."""
        steps, self._steps = self._steps, []
        _entered.pop(id(self), None)
        return steps or []


# The blocks that are restored when the interpreter ends, in the order of entering. One handler for
# all of them: atexit never gives back the room of one that is unregistered.
_entered: dict[int, changed] = {}
_registered = False


def _remember(block: changed) -> None:
    """Have *block* restored when the interpreter ends."""
    global _registered
    with LOCK:
        if not _registered:
            import atexit

            atexit.register(_restore_entered)
            _registered = True
        _entered[id(block)] = block


def _restore_entered() -> None:
    """The interpreter ends, and these blocks were never left."""
    import sys

    while _entered:
        _, block = _entered.popitem()
        try:
            report = block._restore()
            if report is not None:
                _tell(report)
        except Exception:
            sys.excepthook(*sys.exc_info())


def _bound(luid: int, codes: list[int]) -> list[int]:
    """Return those of *codes* that are bound; raise what Windows says when there is none."""
    bound = []
    missing: FamilyNotBound | None = None
    for code in codes:
        try:
            netioapi.get_ip_interface_entry(code, luid=luid)
        except FamilyNotBound as error:
            missing = missing or error
        else:
            bound.append(code)
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


def _tell(report: Report) -> None:
    """Raise or warn about what was not restored."""
    error = report.failure()
    if error is not None:
        raise error
    report.warn(stacklevel=3)
