"""The work of a guard, step by step: look at the rows, and set those that differ, each by itself.

A step does not wait. It gets the time and returns when the next one is due.
"""

from __future__ import annotations

from errno import ENOENT

from ipif._core.errors import ValidationError
from ipif._core.family import NAMES
from ipif._core.luid import Luid
from ipif._core.mapping import is_mapping, to_dict
from ipif._desired.change import ApplyError, to_change
from ipif._desired.document import resolve_each
from ipif._desired.guarded_row import Backoff, GuardedRow
from ipif._desired.identities import Identities
from ipif._desired.plan import changes_of, row_changes
from ipif._desired.transaction import LOCK, apply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeAlias

    from ipif._core.watch import Event
    from ipif._desired.change import Change
    from ipif._desired.document import DesiredRow, Resolution
    from ipif._desired.transaction import RowChange

    OnRevert: TypeAlias = Callable[[list[Change]], object]
    OnError: TypeAlias = Callable[[BaseException, Change | None], object]

NOT_BOUND = 1168  # ERROR_NOT_FOUND: the row does not exist

_MANY = 1024  # notifications: more than one

#: Seconds between two looks. Windows does not notify of every MTU change.
LOOK_AGAIN = 5.0


class Guarding:
    """The rows of a document, and what has happened to them."""

    def __init__(
        self,
        desired: Mapping[str, Any],
        on_revert: OnRevert | None,
        on_error: OnError | None,
        interval: float,
    ) -> None:
        self.reverts = 0
        self.applied = 0
        self.errors = 0
        self.last_error: BaseException | None = None
        self.missing: tuple[str, ...] = ()
        self.over = False  # nothing is to be set any more
        # By LUID, GUID and AF_ number: an adapter with another GUID is another adapter.
        self.rows: dict[tuple[int, object, int], GuardedRow] = {}
        self._desired: object = desired
        self._on_revert = on_revert
        self._on_error = on_error
        self._interval = interval
        self._identities = Identities()
        self._listing = Backoff()
        self._events: dict[tuple[int, str], int] = {}  # notifications since the last look, by row
        self._dropped = False  # whether there were more
        self._told: set[str] = set()  # the problems of the document that have been reported

    # ---- the beginning

    def find(self) -> list[DesiredRow]:
        """Return the rows to begin with.

        Raises :class:`ipif.ValidationError` for a document with problems.
        """
        found = self._resolve()
        found.refuse()
        self._desired = _copy(self._desired)  # the caller may change it
        self.missing = tuple(found.missing)
        return found.rows

    def begin(self, rows: Sequence[DesiredRow], changes: Sequence[RowChange], now: float) -> None:
        """Note that the *changes* of *rows* have been made."""
        for desired, change in zip(rows, changes, strict=True):
            row = self._row(desired)
            row._note_attempt(now)
            row._note_written(change)

    # ---- each step

    def note_event(self, event: Event) -> None:
        """Note that Windows has notified of a change."""
        key = (event.luid, event.family)
        self._events[key] = self._events.get(key, 0) + 1

    def note_dropped(self) -> None:
        """Note that notifications were dropped: they may have been about any row."""
        self._dropped = True

    def step(self, now: float) -> float:
        """Set the rows that differ and may be set now; return when to look again."""
        if now < self._listing.until:
            return self._listing.until
        try:
            found = self._resolve()
        except Exception as error:
            self._listing.fail(now)
            pause = self._listing.pause
            self.report(f"a guard cannot list the interfaces, next attempt in {pause:g} s", error)
            return self._listing.until
        self._listing.reset()
        self.missing = tuple(found.missing)
        self._tell(found)
        when = now + LOOK_AGAIN
        events, self._events = self._events, {}
        unknown, self._dropped = _MANY if self._dropped else 0, False
        for desired in found.rows:
            row = self._row(desired)
            count = events.get((row.luid, row.family), 0) + unknown
            if row._update(desired, now, count):
                if row._ready_at <= now:
                    self._set(row, desired, now)
                if row._ready_at > now:
                    when = min(when, row._ready_at)
            when = min(when, row._decide_at)
            for missed, change in row._unreported():
                self.report("a guard cannot achieve", missed, row, [change])
            if self.over:
                break
        self._forget_replaced(found)
        return when

    def _resolve(self) -> Resolution:
        return resolve_each(self._desired, allow_missing=True, view=self._identities.view)

    def _row(self, desired: DesiredRow) -> GuardedRow:
        """Return what has happened to a row so far."""
        adapter = desired.adapter
        key = (adapter.luid, adapter.row["InterfaceGuid"], desired.af)
        row = self.rows.get(key)
        if row is None:
            row = GuardedRow(adapter.alias, NAMES[desired.af], Luid(adapter.luid))
            self.rows[key] = row
        row.interface = adapter.alias
        return row

    def _forget_replaced(self, found: Resolution) -> None:
        """Forget each row that is gone, once another adapter has its alias."""
        if len(self.rows) > len(found.rows):
            present = {self._row(desired) for desired in found.rows}
            names = {(row.interface, row.family) for row in present}
            for key, row in self.rows.copy().items():
                if row not in present and (row.interface, row.family) in names:
                    del self.rows[key]

    def _set(self, row: GuardedRow, desired: DesiredRow, now: float) -> None:
        """Set one row that differs."""
        wanted = list(changes_of(desired))
        row._not_before = now + self._interval
        if not row._is_retry:
            self.reverts += 1
            row.reverts += 1
            if self._on_revert is not None:
                self._call("on_revert", row, self._on_revert, wanted)
            if self.over:
                return
        row._note_attempt(now)
        try:
            made = _apply(row, desired)
        except Exception as error:
            # A row that vanishes is gone at the next look, and that is not an error.
            maybe_gone = _says_gone(error) and not row._is_retry
            row._note_failure(desired, now)
            if not maybe_gone:
                what = f"a guard could not set, next attempt in {row._pause:g} s ({error})"
                self.report(what, error, row, wanted)
            return
        if made is not None:
            self.applied += 1
            row.applied += 1
            from logging import INFO

            from ipif._desired.log import log_changes

            log_changes(INFO, "a guard has set again", made or wanted)

    # ---- reporting

    def _tell(self, found: Resolution) -> None:
        """Report each entry that has problems now and had none at the last look."""
        troubles: dict[str, Exception] = {**self._identities.taken}
        for place, problems in found.problems.items():
            troubles[place] = ValidationError(problems)
        for place, error in troubles.items():
            if place not in self._told:
                self.report("a guard", error)
        self._told = set(troubles)

    def report(
        self,
        what: str,
        error: Exception,
        row: GuardedRow | None = None,
        changes: Sequence[Change] = (),
    ) -> None:
        """Count, log and hand on a failure, which *changes* of one row suffer from."""
        from logging import WARNING

        from ipif._desired.log import log_changes, logger

        self.count(error, row)
        if changes:
            log_changes(WARNING, what, changes)
        else:
            logger().warning("%s: %s", what, error)
        if self._on_error is not None:
            change = changes[0] if len(changes) == 1 else None
            self._call("on_error", row, self._on_error, error, change)

    def _call(
        self, name: str, row: GuardedRow | None, callback: Callable[..., object], *args: object
    ) -> None:
        """Call *callback*; its exceptions do not stop the guard."""
        try:
            callback(*args)
        except BaseException as error:
            self.count(error, row)
            import warnings

            try:
                text = f"{name} of an ipif.guard raised {type(error).__name__}: {error}"
                warnings.warn(text, RuntimeWarning, stacklevel=2)
            except Warning:  # a filter makes it an error, which is already counted
                pass

    def count(self, error: BaseException, row: GuardedRow | None = None) -> None:
        """Count an error, of one row or of no row."""
        self.errors += 1
        self.last_error = error
        if row is not None:
            row.errors += 1
            row.last_error = error


def _apply(row: GuardedRow, desired: DesiredRow) -> list[Change] | None:
    """Make the changes of *desired*, in a transaction of its own.

    Returns those that the row shows, ``None`` when it was not set because nothing differed.
    """
    with LOCK:
        (change,) = row_changes([desired])
        was_set = bool(apply([change]))
        row._note_written(change)
        made = [to_change(one) for one in change.changes_made()]
        # A guard restores nothing. While the change exists, an earlier change of the same members
        # that is rolled back would leave that to it.
        del change
        return made if was_set else None


def _says_gone(error: Exception) -> bool:
    """Return whether the row, or its adapter, was not there when it was to be set."""
    return isinstance(error, ApplyError) and (error.errno == ENOENT or error.winerror == NOT_BOUND)


def _copy(value: Any) -> Any:
    """Return a copy of a document, or of a part of it. Mappings may be of any type."""
    if is_mapping(value):
        return {name: _copy(member) for name, member in dict.items(to_dict(value))}
    if isinstance(value, list):
        return [_copy(member) for member in value]
    if isinstance(value, tuple):
        return tuple(_copy(member) for member in value)
    return value
