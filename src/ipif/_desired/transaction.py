"""Transactions over rows: change several, and roll all of them back when one cannot be changed.

A :class:`RowChange` is one row with its wanted changes. :func:`apply` reads all rows, sets those
that differ, and reads them again: the values that they then show count as written.
:func:`roll_back` restores the members that still hold what was written, and no others, so that a
later change by another program stays. A row whose LUID belongs to another adapter by then is gone.

The extension makes all calls of a step at once and keeps their results in a capsule
(``exchange_new``, ``exchange_run``, ``exchange_result``). The row has the capsule before the first
call, so it knows what was set even when an exception is raised right after the last one.

``UseAutomaticMetric`` and ``Metric`` are restored together: a row that goes back to the automatic
metric gets a Metric that nobody has written, so neither could be restored alone.

Changes of one member may overlap: a second :class:`RowChange` finds what the first has written.
When the first is rolled back before the second, it leaves the row alone and gives its earlier value
to the second, so that rolling back in any order ends with the first value.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock
from _weakref import ref
from errno import EAGAIN, EIO, ENOENT

from ipif._core.backend import native
from ipif._core.compartment import compartment, compartment_of_thread
from ipif._core.errors import (
    Error,
    FamilyNotBound,
    InterfaceNotFound,
    InvalidRow,
    Problem,
    shown,
)
from ipif._core.family import NAMES
from ipif._core.finish import until_done
from ipif._core.luid import Luid
from ipif._core.rules import METRIC_PAIR, effective_changes, is_sentinel, with_manual_metric
from ipif._core.validate import refuse
from ipif._desired.change import (
    ApplyError,
    Outcome,
    RollbackResult,
    add_notes,
    failed,
    same,
    setting,
    units,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from typing_extensions import CapsuleType

    from ipif._desired.change import Change, Made

    class ChangeLog(Protocol):
        """A record, outside this process, of the changes about to be made: a journal."""

        def create(self, rows: Sequence[RowChange]) -> None: ...
        def save(self, rows: Sequence[RowChange]) -> None: ...
        def remove(self) -> None: ...


def _new_lock() -> RLock:
    """Return a lock that is always released at the end of a ``with`` statement.

    ``RLock.__exit__`` is not called when there is no memory for a tuple of its three arguments.
    """
    lock = RLock()
    methods = {
        "acquire": lock.acquire,
        "release": lock.release,
        "__enter__": lock.acquire,
        "__exit__": native.until_done(lock.__exit__),
    }
    return type("Lock", (), methods)()  # type: ignore[no-any-return]


# One transaction of this process at a time: two over the same rows would mistake each other's
# values for the earlier ones. The lock is not held while code of a caller runs. A process is not
# forked in the middle of a transaction: the child would wait for the lock for ever.
LOCK = _new_lock()
if hasattr(os, "register_at_fork"):
    # Ctrl-C does not keep the lock from being taken: fork would go on without it.
    os.register_at_fork(
        before=native.until_done(LOCK.acquire),
        after_in_parent=LOCK.release,
        after_in_child=LOCK.release,
    )

# How long, in seconds, an interpreter that is being finalized waits for the lock.
_LONGEST_AT_EXIT = 2.0


def usable_lock() -> RLock:
    """Return LOCK; while the interpreter is being finalized, a new one if nobody gives it back.

    A daemon thread that has the lock by then never runs again. Finalizing calls ``__exit__`` of a
    block in an unfinished generator, which would wait for the lock for ever.
    """
    global LOCK
    if sys.is_finalizing():
        if LOCK.acquire(timeout=_LONGEST_AT_EXIT):
            LOCK.release()
        else:
            LOCK = _new_lock()
    return LOCK


# How far native.exchange_result says that a row got.
_NOT_READ, _READ, _SET_FAILED, _SET, _READ_AGAIN = range(5)

# How often a row is read again because another program changes it at the same time.
_MOST_LOOKS = 5

# The changes that may have to be rolled back, by LUID and AF_ number, the latest one last.
_overlapping: dict[tuple[int, int], list[ref[RowChange]]] = {}


class RowChange:
    """One row and its wanted changes, as ``validate.read_changes`` returns them.

    *guid* is the GUID of the adapter, 16 ``bytes_le``; it is compared before the row is set. When
    it is ``None``, it is looked up when the row is set, and compared before it is restored. With
    a *luid* of 0, *index* says which row is read first, and *guid* must be ``None``. With
    *may_be_missing* a row that does not exist is not an error.
    """

    def __init__(
        self,
        luid: int,
        af: int,
        changes: Mapping[str, Any],
        alias: str | None = None,
        *,
        index: int = 0,
        guid: bytes | None = None,
        may_be_missing: bool = False,
    ) -> None:
        self.luid = luid
        self.index = index
        self.af = af
        self.family = NAMES[af]
        self.changes = with_manual_metric(changes)
        self.guid = guid
        self.may_be_missing = may_be_missing
        self.compartment = compartment_of_thread()
        self.gave_up = False  # rolling it back has failed, and is up to whoever tries again
        self.bound = True
        # The whole row, before the change and after it.
        self.earlier: Mapping[str, Any] = {}
        self.after: Mapping[str, Any] = {}
        # The members that may have to be restored, their earlier values, and the values that they
        # should have now: those that were written, or should have been.
        self.touched: tuple[str, ...] = ()
        self.before: dict[str, Any] = {}
        self.written: dict[str, Any] = {}
        self.log: ChangeLog | None = None  # the journal that has this row, and its other rows
        self.logged: Sequence[RowChange] = ()
        self._alias = alias
        self._patch: dict[str, Any] = {}
        self._expected: dict[str, Any] = {}
        # The exchange that reads and sets the row, its number there, and the last one looked at.
        self._exchange: tuple[CapsuleType, int] | None = None
        self._seen: tuple[CapsuleType, int] | None = None
        self._progress = _NOT_READ
        self._stop: str | None = None

    @classmethod
    def written_before(
        cls,
        luid: int,
        af: int,
        before: dict[str, Any],
        written: dict[str, Any],
        alias: str,
        guid: bytes | None,
    ) -> RowChange:
        """Return what an earlier process has changed, ready to be rolled back."""
        change = cls(luid, af, {}, alias, guid=guid)
        change.touched = tuple(before)
        change.before = before
        change.written = written
        change._progress = _READ_AGAIN
        return change

    @property
    def alias(self) -> str:
        """The alias of the interface, or its LUID when it no longer exists."""
        if self.luid == 0:
            return f"index {self.index}"  # it has not been read
        if self._alias is None:
            try:
                self._alias = native.convert_interface_luid_to_alias(self.luid)
            except Error:
                return f"Luid({self.luid})"
        return self._alias

    # ---- changing

    def request(self, expected: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """Return the request of ``native.exchange_new`` that makes the changes."""
        guid = True if self.guid is None else self.guid
        index = 0 if self.luid else self.index
        return (self.af, self.luid, self.changes, expected, guid, self.may_be_missing, index)

    def as_read(self) -> dict[str, Any]:
        """Return the values that the row had for all members that are about to be set."""
        names = {*self.before, *self.changes}
        if self.family == "ipv4":
            names.discard("SitePrefixLength")
        return {name: self.earlier[name] for name in names}

    def begin(self, exchange: CapsuleType, number: int) -> None:
        """Note which exchange is about to read and set the row."""
        self._exchange = (exchange, number)
        self.gave_up = False

    def look(self) -> None:
        """Take over the results of the exchange, if that has not been done yet."""
        exchange = self._exchange
        if exchange is None or exchange is self._seen:
            return
        progress, stop, before, after, guid = native.exchange_result(*exchange)
        self._stop = stop
        self.bound = stop != "not bound"
        if before is None or after is None:
            self.touched = ()
            self._progress = _NOT_READ
            self._seen = exchange
            return
        row: Mapping[str, Any] = before
        self.luid = row["InterfaceLuid"]
        patch = effective_changes(row, self.changes, self.af)
        names = list(patch)
        if not set(METRIC_PAIR).isdisjoint(patch):
            names += [name for name in METRIC_PAIR if name not in patch]
            if "Metric" in self.changes:  # the automatic one may change before it is turned off
                patch["Metric"] = self.changes["Metric"]
        now: Mapping[str, Any] = after
        self.before = {name: row[name] for name in names}
        self.earlier, self.after = row, now
        self._patch = patch
        self._expected = {**self.before, **patch}
        self.written = self._expected
        if progress == _READ_AGAIN:
            self.written = {name: now[name] for name in names}
        if progress >= _SET_FAILED:
            if self.guid is None:
                self.guid = guid
            _note_overlap(self)
        self.touched = tuple(names)
        self._progress = progress
        self._seen = exchange

    def check(self) -> list[Problem]:
        """Raise when the row could not be read or set; return what could not be rolled back."""
        if self._stop == "other adapter":
            error = InterfaceNotFound(
                ENOENT, f"the adapter {self.alias!r} is gone, and another one has its LUID"
            )
            error.interface = Luid(self.luid)
            error.family = self.family
            raise error
        if self._stop == "call failed":
            self.raise_error()
        if self._stop == "not undoable":
            return not_restorable({**self.after, **self.before}, self._patch)
        return []

    def raise_error(self) -> None:
        """Raise the error of the call that failed, or found no row."""
        assert self._exchange is not None
        try:
            native.exchange_error(*self._exchange)
        except Error as error:
            error.interface = self.alias
            raise

    def read_guid(self) -> bytes:
        """Return the GUID of the adapter; every later write compares it."""
        if self.guid is None:
            self.guid = native.convert_interface_luid_to_guid(self.luid).bytes_le
        return self.guid

    @property
    def has_other_values(self) -> bool:
        """Whether the exchange found other values than it expected, and so set nothing."""
        return self._stop == "other values"

    def differs_from_expected(self) -> bool:
        """Return whether the row shows values other than the expected ones."""
        return any(not same(unit, self.written, self._expected) for unit in units(self.touched))

    def not_taken(self) -> list[str]:
        """Return the members that were written and show another value."""
        return [
            name
            for unit in units(self.touched)
            if not same(unit, self.written, self._expected)
            for name in unit
            if name in self._patch and self.written[name] != self._patch[name]
        ]

    def changes_made(self, names: Sequence[str] | None = None) -> list[Made]:
        """Return the changes of *names*, or of all touched members."""
        return [
            (self, name, self.before[name], self.written[name])
            for name in (self.touched if names is None else names)
            if self.before[name] != self.written[name]
        ]

    def rows(self) -> tuple[Any, Any]:
        """Return the whole row, before the change and after it."""
        return dict(self.earlier), dict(self.after)

    # ---- rolling back

    @property
    def to_roll_back(self) -> bool:
        """Whether there may be something to roll back."""
        self.look()
        return bool(self.touched) and self._progress >= _SET_FAILED

    def roll_back(self) -> Outcome:
        """Restore the members that still hold what was written; return the outcome.

        It may be called again after an exception, and continues then.
        """
        outcome = Outcome()
        if not self.to_roll_back:
            return outcome
        if self.compartment != compartment_of_thread():
            try:
                with compartment(self.compartment):
                    return self.roll_back()
            except Error as error:  # the compartment no longer exists
                outcome.errors.append(error)
                self._add_failure(outcome, self.touched)
                return outcome
        self._hand_over(outcome)
        still = self._restore(self.touched, outcome)
        self._forget(still)
        self.gave_up = bool(still)
        return outcome

    def _hand_over(self, outcome: Outcome) -> None:
        """Let a later change of the same members, of this process, restore the earlier values."""
        rest: list[str] = []
        for unit in units(self.touched):
            later = _next_overlap(self, unit)
            while later is not None and later.gave_up and same(unit, later.before, self.written):
                self._take_over(later, unit)
                later = _next_overlap(self, unit)
            if later is None:
                rest += unit
            elif same(unit, later.before, self.written) or same(unit, later.before, self.before):
                later.before = {**later.before, **{name: self.before[name] for name in unit}}
                later.update_journal()
                outcome.already_restored += self.changes_made(unit)
            else:  # another program has changed it between the two changes
                self._add_conflict(outcome, unit, later.before)
        self._forget(rest)

    def _take_over(self, later: RowChange, unit: tuple[str, ...]) -> None:
        """Restore what a later change has failed to restore."""
        self.written = {**self.written, **{name: later.written[name] for name in unit}}
        later.touched = tuple(name for name in later.touched if name not in unit)

    def update_journal(self) -> None:
        """Write the earlier values into the journal, because they are different now."""
        if self.log is not None:
            try:
                self.log.save(self.logged)
            except OSError:
                return  # the journal keeps a value in between; this process still has the first

    def _restore(self, names: Sequence[str], outcome: Outcome) -> Sequence[str]:
        """Restore *names*; return those that are still to be restored."""
        expected: Mapping[str, Any] = self.written
        missing = 0
        for _ in range(_MOST_LOOKS):
            if not names:
                return ()
            progress, stop, before, after, error = self._set_back(names, expected)
            if stop == "other adapter":
                outcome.already_restored += self._made(names)
                return ()
            if isinstance(error, (InterfaceNotFound, FamilyNotBound)) and progress != _SET:
                missing += 1
                if missing == 1:  # a row may be missing for a moment
                    continue
                if progress == _NOT_READ and self._is_gone():
                    outcome.already_restored += self._made(names)
                    return ()
            if stop == "other values":
                assert before is not None
                names = self._sort(names, before, outcome)
                expected = before
            elif progress == _SET_FAILED and isinstance(error, InvalidRow) and self._parts(names):
                # One value is refused: restore each on its own.
                return [n for unit in units(names) for n in self._restore(unit, outcome)]
            elif error is not None and progress != _SET:
                if self._progress == _SET_FAILED and progress != _SET_FAILED:
                    return ()  # the call has failed, so nothing was changed
                outcome.errors.append(error)
                self._add_failure(outcome, names)
                return names
            else:  # when the row cannot be read now, Windows has taken the values all the same
                return self._compare(names, self.before if after is None else after, outcome)
        self._add_failure(outcome, names)
        return names

    def _is_gone(self) -> bool:
        """Return whether the table of all rows does not have this one, either."""
        try:
            table = native.get_ip_interface_table(self.af)
        except FamilyNotBound:  # no interface has a row of this family
            return True
        except Error:
            return False
        return all(row["InterfaceLuid"] != self.luid for row in table)

    def _set_back(
        self, names: Sequence[str], expected: Mapping[str, Any]
    ) -> tuple[int, str | None, Mapping[str, Any] | None, Mapping[str, Any] | None, Error | None]:
        """Set the earlier values of *names* when the row holds the *expected* ones."""
        earlier = {name: self.before[name] for name in names}
        held = {name: expected[name] for name in names}
        request = (self.af, self.luid, earlier, held, self.guid, False)
        exchange = native.exchange_new([request], False)
        native.exchange_run(exchange, True)
        progress, stop, before, after, _ = native.exchange_result(exchange, 0)
        if stop != "call failed":
            return progress, stop, before, after, None
        try:
            native.exchange_error(exchange, 0)
        except Error as error:
            error.interface = self.alias
            return progress, stop, before, None, error
        raise AssertionError("exchange_error() raises when a call failed")

    def _sort(self, names: Sequence[str], row: Mapping[str, Any], outcome: Outcome) -> list[str]:
        """Return those of *names* that hold what was written; note the outcome of the others."""
        unknown = self._progress == _SET  # what the row showed after the call
        ours: list[str] = []
        for unit in units(names):
            if same(unit, row, self.before):
                outcome.already_restored += self._made(unit)
            elif same(unit, row, self.written) or unknown:
                ours += unit
            elif self._progress != _SET_FAILED:
                self._add_conflict(outcome, unit, row)
        return ours

    def _compare(self, names: Sequence[str], row: Mapping[str, Any], outcome: Outcome) -> list[str]:
        """Return those of *names* that do not show the earlier value; note the outcome."""
        if METRIC_PAIR[0] in names and self._keeps_our_metric(row):
            self._update({"UseAutomaticMetric": False, "Metric": self.before["Metric"]})
            self._update({"UseAutomaticMetric": True})
        still = [n for unit in units(names) if not same(unit, row, self.before) for n in unit]
        self._add_failure(outcome, still)
        outcome.restored += self.changes_made([name for name in names if name not in still])
        return still

    def _keeps_our_metric(self, row: Mapping[str, Any]) -> bool:
        """Return whether the automatic metric is still the number that was written.

        That can happen where Windows has no link speed to compute it from. Writing the earlier
        number first, then turning the automatic metric on, restores it. A row whose metric was not
        automatic before has been changed by another program, or is that of another adapter. When
        the metric was automatic as written, too, its number is Windows' own.
        """
        ours = self.written["Metric"]
        automatic = self.before["UseAutomaticMetric"] and row["UseAutomaticMetric"]
        automatic = automatic and not self.written["UseAutomaticMetric"]
        return bool(automatic and row["Metric"] == ours != self.before["Metric"])

    def _update(self, patch: dict[str, Any]) -> None:
        """Set members of the row, if the adapter is the same.

        An error is ignored: the metric is automatic again, only the number that is shown differs.
        """
        request = (self.af, self.luid, patch, None, self.guid, False)
        native.exchange_run(native.exchange_new([request], False), True)

    def _made(self, names: Sequence[str]) -> list[Made]:
        """Return the changes of *names*, none when the call failed."""
        return [] if self._progress == _SET_FAILED else self.changes_made(names)

    def _parts(self, names: Sequence[str]) -> bool:
        return len(list(units(names))) > 1

    def _add_conflict(
        self, outcome: Outcome, unit: tuple[str, ...], row: Mapping[str, Any]
    ) -> None:
        """Note that another program has changed *unit* since."""
        outcome.conflicts += [(made, row[made[1]]) for made in self.changes_made(unit)]
        name, now = setting(unit, row)
        outcome.texts.append(
            f"{self.alias} {self.family}: {name} is {now} now, not the "
            f"{setting(unit, self.written)[1]} that was written, so it was not restored to "
            f"{setting(unit, self.before)[1]}"
        )

    def _add_failure(self, outcome: Outcome, names: Sequence[str]) -> None:
        """Note that *names* could not be restored."""
        outcome.failed += self.changes_made(names)
        for unit in units(names):
            name, written = setting(unit, self.written)
            outcome.texts.append(
                f"{self.alias} {self.family}: {name} could not be restored from {written} to "
                f"{setting(unit, self.before)[1]}"
            )

    def _forget(self, names: Sequence[str] = ()) -> None:
        """Forget all members but *names*, which may still have to be restored."""
        self.touched = tuple(names)
        if not names:
            _end_overlap(self)


# ---- changes that overlap


def _note_overlap(row: RowChange) -> None:
    """Note that *row* is the latest change of its interface."""
    rows = _overlapping.setdefault((row.luid, row.af), [])
    rows[:] = [each for each in rows if each() is not None and each() is not row]
    rows.append(ref(row))


def _end_overlap(row: RowChange) -> None:
    """Note that nothing of *row* is left to be rolled back."""
    key = (row.luid, row.af)
    rows = [each for each in _overlapping.get(key, ()) if each() is not None and each() is not row]
    if rows:
        _overlapping[key] = rows
    else:
        _overlapping.pop(key, None)


def _next_overlap(row: RowChange, unit: tuple[str, ...]) -> RowChange | None:
    """Return the first later change of *unit* that may have to be rolled back."""
    after = False
    for each in _overlapping.get((row.luid, row.af), ()):
        later = each()
        if later is row:
            after = True
        elif (
            after
            and later is not None
            and later.guid == row.guid
            and set(unit).issubset(later.touched)
        ):
            return later
    return None


# ---- transactions


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
) -> list[RowChange]:
    """Make all changes or none; return the rows that were set.

    Every row is read first. A row that holds everything already is not written; every other row is
    written by one call. The *journal* is created before the first of these.

    Raises :class:`ipif.ValidationError`, before any change, for changes that could not be rolled
    back, and :class:`ipif.ApplyError` when a call fails or, with *verify*, a row shows another
    value than was written. Any other exception, Ctrl-C too, is raised after everything was rolled
    back.
    """
    transaction = _Transaction(rows, journal)
    undo = transaction.undo
    # In between, nobody else may roll back: a failed change would be taken for one that is made.
    with LOCK:
        try:
            return transaction.run(verify)
        except BaseException as error:
            transaction.error = error
            undo()
            raise
        finally:
            transaction.error = None  # which has a traceback with this frame


class _Transaction:
    """One attempt to make all changes."""

    def __init__(self, rows: Sequence[RowChange], journal: ChangeLog | None) -> None:
        self.error: BaseException | None = None
        self._rows = rows
        self._journal = journal
        self._result = RollbackResult()

    def run(self, verify: bool) -> list[RowChange]:
        """Make the changes; return the rows that were set."""
        if self._journal is None:
            self._exchange(self._rows, True)
        else:
            self._exchange_with(self._journal)
        active = [row for row in self._rows if row.touched]
        for row in active if verify else ():
            _verify(row)
        if self._journal is not None and any(row.differs_from_expected() for row in active):
            self._journal.save(active)
        return active

    def _exchange(self, rows: Sequence[RowChange], write: bool, *, expected: bool = False) -> None:
        """Read *rows*, and set those that differ if *write*; raise when one cannot be set."""
        exchange = native.exchange_new(
            [row.request(row.as_read() if expected else None) for row in rows], True
        )
        for number, row in enumerate(rows):
            row.begin(exchange, number)
        native.exchange_run(exchange, write)
        for row in rows:
            row.look()
        problems = []
        for row in rows:
            for problem in row.check():
                if len(rows) > 1:
                    problem.member = f"{row.alias} {row.family}: {problem.member}"
                problems.append(problem)
        refuse(problems)

    def _exchange_with(self, journal: ChangeLog) -> None:
        """Set the rows when the journal has their earlier values."""
        self._exchange(self._rows, False)
        active = [row for row in self._rows if row.touched]
        for row in active:
            row.log, row.logged = journal, active
        journal.create(active)
        for _ in range(_MOST_LOOKS):
            self._exchange(active, True, expected=True)
            if not any(row.has_other_values for row in active):
                return
            journal.save(active)  # another program was faster
        raise Error(EAGAIN, "another program keeps changing the same members; nothing was set")

    @until_done
    def undo(self) -> BaseException | None:
        """Roll back; return the exception to raise, ``None`` for the one that was raised."""
        error = self.error
        restore(self._rows, self._result, self._journal)
        texts = self._result.describe()
        if not isinstance(error, Error):
            add_notes(error, texts)
            return None
        outcome = "; ".join(texts)
        if not texts:
            done = self._result.restored or self._result.already_restored
            outcome = "everything was rolled back" if done else "nothing was changed"
        return failed(error, self._result, outcome, self._retry)

    def _retry(self) -> list[Change]:
        return restore_again(self._rows, self._journal)


def restore_again(rows: Sequence[RowChange], journal: ChangeLog | None) -> list[Change]:
    """Roll back what is left of *rows*; return the changes made.

    Raises :class:`ipif.ApplyError` when something is left again.
    """
    result = RollbackResult()
    restore(rows, result, journal)
    error = result.failure(lambda: restore_again(rows, journal)) or result.warn(stacklevel=4)
    if error is not None:
        raise error
    return [change.reversed() for change in result.restored]


def restore(
    rows: Sequence[RowChange], result: RollbackResult, journal: ChangeLog | None = None
) -> None:
    """Roll back *rows*, and remove the *journal* when nothing is left to be restored."""
    with LOCK:
        roll_back(rows, result)
        if journal is not None and not result.has_failed:
            journal.remove()


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


def roll_back(rows: Sequence[RowChange], result: RollbackResult) -> None:
    """Roll *rows* back, the last one first, as far as they still hold what was written.

    It continues after an error of Windows, which goes into *result*. After any other exception it
    can be called again, with the same *result*, and continues.
    """
    with LOCK:
        _roll_back_each(rows, result)


def _roll_back_each(rows: Sequence[RowChange], result: RollbackResult) -> None:
    """Roll *rows* back; the lock is held.

    A function of its own: an interrupt at the end of this loop would not reach the end of a with
    statement around it (tests/project/test_jumps.py).
    """
    for row in reversed(rows):
        if row.to_roll_back:
            result.add(row, row.roll_back())
