"""Transactions over rows: change several, and roll all of them back when one cannot be changed.

A :class:`RowChange` is one row with its wanted changes. :func:`apply` reads each row, changes it by
one call, and reads it again: the values that it then shows count as written. :func:`roll_back`
restores the members that still hold what was written, and no others, so that a later change by
another program stays.

``UseAutomaticMetric`` and ``Metric`` are restored together: a row that goes back to the automatic
metric gets a Metric that nobody has written, so neither could be restored alone.
"""

from __future__ import annotations

from _thread import RLock
from errno import EIO

from ipif._core.backend import native
from ipif._core.errors import (
    Error,
    FamilyNotBound,
    InterfaceNotFound,
    InvalidRow,
    Problem,
    derived,
    shown,
)
from ipif._core.family import NAMES
from ipif._core.luid import Luid
from ipif._core.rules import METRIC_PAIR, effective_changes, is_sentinel, with_manual_metric
from ipif._core.validate import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Protocol

    class ChangeLog(Protocol):
        """A record, outside this process, of the changes about to be made: a journal."""

        def create(self, rows: Sequence[RowChange]) -> None: ...
        def save(self, rows: Sequence[RowChange]) -> None: ...
        def remove(self) -> None: ...


# One transaction of this process at a time: two over the same rows would mistake each other's
# values for the earlier ones. The lock is not held while code of a caller runs.
LOCK = RLock()

# The states of a RowChange.
_READ, _SETTING, _REFUSED, _SET = range(4)


class Change(tuple[str, str, str, "Any", "Any"]):
    """One member of one row: the tuple ``(interface, family, member, before, after)``.

    ``interface`` is the alias, ``family`` ``"ipv4"`` or ``"ipv6"``; ``luid``, which does not
    change, is an attribute and not an item of the tuple.
    """

    __module__ = "ipif"

    luid: Luid

    def __new__(
        cls, interface: str, family: str, member: str, before: Any, after: Any, luid: int = 0
    ) -> Change:
        self = super().__new__(cls, (interface, family, member, before, after))
        self.luid = Luid(luid)
        return self

    @property
    def interface(self) -> str:
        """The alias of the interface."""
        return self[0]

    @property
    def family(self) -> str:
        """``"ipv4"`` or ``"ipv6"``."""
        return self[1]

    @property
    def member(self) -> str:
        """The name of the member."""
        return self[2]

    @property
    def before(self) -> Any:
        """The earlier value."""
        return self[3]

    @property
    def after(self) -> Any:
        """The new value."""
        return self[4]

    def reversed(self) -> Change:
        """Return the opposite change."""
        interface, family, member, before, after = self
        return Change(interface, family, member, after, before, self.luid)

    def __getnewargs__(self) -> tuple[str, str, str, Any, Any, int]:
        return (*self, int(self.luid))

    def __repr__(self) -> str:
        interface, family, member, before, after = self
        return f"Change({interface!r}, {family!r}, {member!r}, {before!r}, {after!r})"

    def __str__(self) -> str:
        interface, family, member, before, after = self
        return f"{interface} {family} {member}: {shown(before)} -> {shown(after)}"


class ApplyError(Error):
    """A transaction in which one change failed; the others were rolled back, or could not be.

    ``winerror``, ``function``, ``interface`` and ``family`` are those of the call that failed,
    which is the ``__cause__``; ``winerror`` is ``None`` when every call succeeded and a row then
    showed another value than was written.

    ``done`` lists each :class:`ipif.Change` that had been made. Each of them is either in
    ``rolled_back`` (its row holds the earlier value again, or no longer exists) or in
    ``not_rolled_back``.
    """

    __module__ = "ipif"

    done: Sequence[Change] = ()
    rolled_back: Sequence[Change] = ()
    not_rolled_back: Sequence[Change] = ()


class RestoreWarning(UserWarning):
    """A value was not restored, because another program has changed it since."""

    __module__ = "ipif"


class RowChange:
    """One row and its wanted changes, as ``validate.read_changes`` returns them."""

    def __init__(
        self, luid: int, af: int, changes: Mapping[str, Any], alias: str | None = None
    ) -> None:
        self.luid = luid
        self.af = af
        self.family = NAMES[af]
        self.changes = with_manual_metric(changes)
        self.after: Mapping[str, Any] = {}
        # The members that may have to be restored, their earlier values, and the values that they
        # should have now: those that were written, or are about to be.
        self.touched: tuple[str, ...] = ()
        self.before: dict[str, Any] = {}
        self.written: dict[str, Any] = {}
        self._alias = alias
        self._patch: dict[str, Any] = {}
        self._expected: dict[str, Any] = {}
        self._state = _READ
        self._seen = False  # whether `written` was read back from Windows

    @classmethod
    def written_before(
        cls, luid: int, af: int, before: dict[str, Any], written: dict[str, Any], alias: str
    ) -> RowChange:
        """Return what an earlier process has changed, ready to be rolled back."""
        change = cls(luid, af, {}, alias)
        change.touched = tuple(before)
        change.before = before
        change.written = written
        change._state = _SET
        change._seen = True
        return change

    @property
    def alias(self) -> str:
        """The alias of the interface, or its LUID when it no longer exists."""
        if self._alias is None:
            try:
                self._alias = native.convert_interface_luid_to_alias(self.luid)
            except Error:
                return f"Luid({self.luid})"
        return self._alias

    def read(self) -> list[Problem]:
        """Read the row; return a problem for each change that could not be rolled back."""
        row = self._get()
        patch = effective_changes(row, self.changes, self.af)
        names = list(patch)
        if not set(METRIC_PAIR).isdisjoint(patch):
            names += [name for name in METRIC_PAIR if name not in patch]
            if "Metric" in self.changes:  # the automatic one may change before it is turned off
                patch["Metric"] = self.changes["Metric"]
        self.touched = tuple(names)
        self.before = {name: row[name] for name in names}
        self.written = self._expected = {**self.before, **patch}
        self.after = row
        self._patch = patch
        self._state = _READ
        self._seen = False
        return not_restorable(row, patch)

    def write(self) -> None:
        """Change the row and read it back."""
        self._state = _SETTING
        try:
            self._update(self._patch)
        except Error:
            self._state = _REFUSED
            raise
        self._state = _SET
        row = self._get()
        self.after = row
        self.written = {name: row[name] for name in self.touched}
        self._seen = True

    def differs_from_expected(self) -> bool:
        """Return whether the row shows values other than the expected ones."""
        return any(not _same(unit, self.written, self._expected) for unit in _units(self.touched))

    def not_taken(self) -> list[str]:
        """Return the members that were written and show another value."""
        return [
            name
            for unit in _units(self.touched)
            if not _same(unit, self.written, self._expected)
            for name in unit
            if name in self._patch and self.written[name] != self._patch[name]
        ]

    def changes_made(self, names: Sequence[str] | None = None) -> list[Change]:
        """Return the changes of *names*, or of all touched members."""
        return [
            Change(self.alias, self.family, name, self.before[name], self.written[name], self.luid)
            for name in (self.touched if names is None else names)
            if self.before[name] != self.written[name]
        ]

    @property
    def to_roll_back(self) -> bool:
        """Whether there may be something to roll back."""
        return bool(self.touched) and self._state != _READ

    def roll_back(self, result: RollbackResult) -> None:
        """Restore the members that still hold what was written; add the outcome to *result*.

        Raises an :class:`ipif.Error` when the row cannot be read; *result* is then unchanged.
        """
        was_set = self._state == _SET
        try:
            row = self._read_if_there()
        except Error:
            if self._state == _REFUSED:  # the call has failed, so nothing was changed
                self._forget()
                return
            raise
        if row is None:
            result.already_restored += self.changes_made() if was_set else []
            self._forget()
            return
        ours: list[str] = []
        as_before: list[str] = []
        others: list[str] = []
        for unit in _units(self.touched):
            if _same(unit, row, self.before):
                as_before += unit
            elif _same(unit, row, self.written) or (was_set and not self._seen):
                ours += unit
            else:
                others += unit
        still = self._restore(ours, result)
        if was_set:
            result.already_restored += self.changes_made(as_before)
            result.conflicts += [
                (change, row[change.member]) for change in self.changes_made(others)
            ]
        self._forget(still)

    def _read_if_there(self) -> Mapping[str, Any] | None:
        """Return the row, or ``None`` when two consecutive calls say that it does not exist."""
        for _ in range(2):
            try:
                return self._get()
            except (InterfaceNotFound, FamilyNotBound):
                continue
        return None

    def _restore(self, names: list[str], result: RollbackResult) -> list[str]:
        """Write the earlier values of *names*; return those that still show another value."""
        if not names:
            return []
        row: Mapping[str, Any] | None
        try:
            row = self._write_earlier(names)
        except Error as error:
            units = list(_units(names))
            if isinstance(error, InvalidRow) and len(units) > 1:
                # One value is refused: restore each on its own.
                return [name for unit in units for name in self._restore(list(unit), result)]
            try:
                row = self._read_if_there()
            except Error:
                row = self.written
            if row is not None:
                result.errors.append(error)
        if row is None:
            result.already_restored += self.changes_made(names)
            return []
        still = [n for unit in _units(names) if not _same(unit, row, self.before) for n in unit]
        result.failed += self.changes_made(still)
        result.restored += self.changes_made([name for name in names if name not in still])
        return still

    def _write_earlier(self, names: list[str]) -> Mapping[str, Any] | None:
        """Write the earlier values of *names*; return the row, ``None`` if it no longer exists."""
        patch = {name: self.before[name] for name in names}
        self._update(patch)
        try:
            row = self._read_if_there()
        except Error:
            return self.before  # Windows has taken the values; the row cannot be read
        if row is not None and patch.keys() >= set(METRIC_PAIR) and self._keeps_our_metric(row):
            self._update({"UseAutomaticMetric": False, "Metric": self.before["Metric"]})
            self._update({"UseAutomaticMetric": True})
        return row

    def _keeps_our_metric(self, row: Mapping[str, Any]) -> bool:
        """Return whether the automatic metric is still the number that was written.

        That can happen where Windows has no link speed to compute it from. Writing the earlier
        number first, then turning the automatic metric on, restores it.
        """
        ours = self.written["Metric"]
        return bool(row["UseAutomaticMetric"] and row["Metric"] == ours != self.before["Metric"])

    def _get(self) -> Mapping[str, Any]:
        try:
            return native.get_ip_interface_entry(self.af, luid=self.luid)
        except Error as error:
            error.interface = self.alias
            raise

    def _update(self, patch: dict[str, Any]) -> None:
        try:
            native.update_ip_interface_entry(self.af, patch, luid=self.luid)
        except Error as error:
            error.interface = self.alias
            raise

    def _forget(self, names: Sequence[str] = ()) -> None:
        """Forget all members but *names*, which may still have to be restored."""
        self.touched = tuple(names)
        self.before = {name: self.before[name] for name in names}
        self.written = {name: self.written[name] for name in names}


class RollbackResult:
    """The outcome of a rollback. Each change that had been made is in one of the lists."""

    def __init__(self) -> None:
        self.restored: list[Change] = []
        self.already_restored: list[Change] = []  # earlier value there already, or the row is gone
        self.conflicts: list[tuple[Change, Any]] = []  # changed by others since, and the value
        self.failed: list[Change] = []
        self.errors: list[Error] = []
        self.interruption: BaseException | None = None  # a Ctrl-C during the rollback

    def describe(self) -> list[str]:
        """Return a sentence for each change that was not rolled back."""
        texts = [
            f"{change[0]} {change[1]}: {change.member} is {shown(now)} now, not the "
            f"{shown(change.after)} that was written, so it was not restored to "
            f"{shown(change.before)}"
            for change, now in self.conflicts
        ]
        texts += [
            f"{change[0]} {change[1]}: {change.member} could not be restored from "
            f"{shown(change.after)} to {shown(change.before)}"
            for change in self.failed
        ]
        return texts

    def failure(self) -> BaseException | None:
        """Return the exception for a rollback outside of a failing transaction, if any."""
        if self.interruption is not None:
            return self.interruption
        if not self.failed:
            return None
        cause = self.errors[0] if self.errors else Error(EIO, "the earlier values are not shown")
        return failed(cause, self, "; ".join(self.describe()))

    def warn(self, stacklevel: int) -> None:
        """Give a :class:`ipif.RestoreWarning` when values of other programs were kept."""
        texts = self.describe()
        if texts:
            import warnings

            warnings.warn("; ".join(texts), RestoreWarning, stacklevel=stacklevel + 1)


def not_restorable(row: Mapping[str, Any], patch: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each member of *patch* whose present value could not be written again.

    That is so when the present value is an unchanged sentinel.
    """
    problems = []
    for name, value in patch.items():
        now = row[name]
        if name == "Metric" and row["UseAutomaticMetric"]:
            continue  # Windows computes it again
        if isinstance(now, tuple):
            bad = any(is_sentinel(name, a) and a != b for a, b in zip(now, value, strict=True))
        elif name == "UseAutomaticMetric" and not now:
            bad = is_sentinel("Metric", row["Metric"])  # it would be overwritten
            now = row["Metric"]
        else:
            bad = is_sentinel(name, now)
        if bad:
            rule = (
                f"could not be rolled back: the present value, {shown(now)}, is an unchanged "
                "sentinel, which SetIpInterfaceEntry does not write"
            )
            advice = "leave it out, or use ipif.update_interface(), which rolls nothing back"
            problems.append(Problem(name, value, rule, advice))
    return problems


def apply(
    rows: Sequence[RowChange], *, journal: ChangeLog | None = None, verify: bool = False
) -> list[Change]:
    """Make all changes or none; return those that were needed.

    Every row is read first. A row that holds everything already is not written; every other row is
    written by one call. The *journal* is created before the first of these.

    Raises :class:`ipif.ValidationError`, before any change, for changes that could not be rolled
    back, and :class:`ipif.ApplyError` when a call fails or, with *verify*, a row shows another
    value than was written. Any other exception, Ctrl-C too, is raised after everything was rolled
    back.
    """
    with LOCK:
        tried: list[RowChange] = []
        try:
            _read_all(rows)
            active = [row for row in rows if row.touched]
            if journal is not None:
                journal.create(active)
            for row in active:
                tried.append(row)
                row.write()
                if verify:
                    _verify(row)
            if journal is not None and any(row.differs_from_expected() for row in active):
                journal.save(active)
        except BaseException as error:
            _raise_after_rollback(error, tried, journal)
            raise
        return [change for row in active for change in row.changes_made()]


def _read_all(rows: Sequence[RowChange]) -> None:
    """Read every row; refuse changes that could not be rolled back."""
    problems = []
    for row in rows:
        for problem in row.read():
            if len(rows) > 1:
                problem.member = f"{row.alias} {row.family}: {problem.member}"
            problems.append(problem)
    refuse(problems)


def _verify(row: RowChange) -> None:
    """Raise :class:`ipif.ApplyError` when the row shows another value than was written."""
    wrong = row.not_taken()
    if wrong:
        wanted = {**row.before, **row.changes}
        texts = [f"{n} {shown(wanted[n])} and shows {shown(row.after[n])}" for n in wrong]
        error = ApplyError(EIO, f"{row.alias} {row.family} was given {', '.join(texts)}")
        error.interface = Luid(row.luid)
        error.family = row.family
        raise error


def _raise_after_rollback(
    error: BaseException, tried: list[RowChange], journal: ChangeLog | None
) -> None:
    """Roll back what was *tried*; raise an :class:`ipif.ApplyError` if *error* is from Windows."""
    result = roll_back(tried)
    if journal is not None and not result.failed:
        journal.remove()
    if isinstance(error, Error):
        texts = result.describe()
        outcome = "; ".join(texts)
        if not texts:
            done = result.restored or result.already_restored
            outcome = "everything was rolled back" if done else "nothing was changed"
        error = failed(error, result, outcome)
    else:
        for text in result.describe():
            error.add_note(text)
    if result.interruption is not None:
        raise result.interruption from error
    if isinstance(error, ApplyError):
        raise error


def failed(cause: Error, result: RollbackResult, outcome: str) -> ApplyError:
    """Return the exception for a transaction that failed because of *cause*."""
    failure = derived(ApplyError, cause, f"{cause.strerror}; {outcome}")
    failure.rolled_back = [*result.restored, *result.already_restored]
    failure.not_rolled_back = [*(change for change, _ in result.conflicts), *result.failed]
    failure.done = [*failure.rolled_back, *failure.not_rolled_back]
    for error in result.errors:
        if error is not cause:
            failure.add_note(f"while rolling back: {error}")
    # When a row shows another value than was written, no call has failed.
    failure.__cause__ = cause if cause.function is not None else None
    failure.__suppress_context__ = True
    return failure


def roll_back(rows: Sequence[RowChange]) -> RollbackResult:
    """Roll *rows* back, the last one first, as far as they still hold what was written.

    It continues after a failure or a Ctrl-C: nothing is raised, the result has the errors.
    """
    result = RollbackResult()
    with LOCK:
        for row in reversed(rows):
            if row.to_roll_back:
                _roll_back_row(row, result)
    return result


def _roll_back_row(row: RowChange, result: RollbackResult) -> None:
    """Roll one row back; try once more after an exception that is not from Windows."""
    for last in (False, True):
        try:
            row.roll_back(result)
            return
        except Error as error:
            result.errors.append(error)
        except BaseException as error:
            result.interruption = error
            if not last:
                continue
        result.failed += row.changes_made()
        return


def _units(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the members that are restored together: the metric pair, every other one alone."""
    paired = set(METRIC_PAIR).issubset(names)
    if paired:
        yield METRIC_PAIR
    for name in names:
        if not paired or name not in METRIC_PAIR:
            yield (name,)


def _same(unit: tuple[str, ...], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two rows agree in *unit*; two automatic metrics are always equal."""
    if unit is METRIC_PAIR and one["UseAutomaticMetric"] and other["UseAutomaticMetric"]:
        return True
    return all(one[name] == other[name] for name in unit)
