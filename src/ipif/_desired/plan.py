"""plan: make many interfaces match a document, in one transaction that can be reverted."""

from __future__ import annotations

from threading import RLock, Timer, current_thread

from ipif._core.family import NAMES
from ipif._core.timing import LONGEST, read_seconds
from ipif._desired.document import resolve
from ipif._desired.transaction import Change, RowChange, apply, roll_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from typing import Any, Literal

    from ipif._desired.document import DesiredRow
    from ipif._desired.journal import Journal

    State = Literal["planned", "applied", "confirmed", "reverted"]


class Plan:
    """The changes that make the interfaces match a document.

    ``changes`` lists each :class:`ipif.Change`. A plan without changes is false, and applying it
    does nothing.

    Each plan of a process is applied and reverted as a whole. A plan does not revert a value that
    another one has overwritten, so when two plans change the same members, revert them in the
    reverse order. Otherwise the earlier values of the first are not restored, with a
    :class:`ipif.RestoreWarning`.
    """

    __module__ = "ipif"

    def __init__(self, rows: list[RowChange], changes: list[Change]) -> None:
        self.changes = changes
        self._rows = rows
        self._lock = RLock()
        self._state: State = "planned"
        self._journal: Journal | None = None
        self._timer: Timer | None = None
        self._expired: float | None = None

    @property
    def state(self) -> State:
        """``"planned"``, ``"applied"``, ``"confirmed"`` or ``"reverted"``."""
        return self._state

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __repr__(self) -> str:
        return f"<ipif.Plan: {len(self.changes)} changes, {self._state}>"

    def __str__(self) -> str:
        return "\n".join(map(str, self.changes)) or "nothing to change"

    def apply(
        self,
        *,
        verify: bool = False,
        confirm_within: float | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> list[Change]:
        """Make all changes or none; return those that were made.

        Every row is read again. Rows that hold everything already are not written; every other row
        is written by exactly one call. If a call fails, everything is rolled back to the exact
        earlier values; with *verify* also when a row shows another value than was written.

        With *confirm_within*, a number of seconds, everything is reverted automatically unless
        :meth:`confirm` is called in time: for a computer that is reached through the interface
        being changed. A separate thread reverts, even when the calling thread has ended, and the
        interpreter waits for it at exit, after Ctrl-C too. It cannot revert when the process is
        killed, or ends by ``os._exit``. For that, *journal* is the path of a file that must not
        exist. It is written before the first change, and :func:`ipif.recover`, or the command
        ``ipif recover``, reverts from it. It is removed by :meth:`confirm`, :meth:`revert` and the
        automatic revert.

        Raises :class:`ipif.ApplyError`, which lists what was done, rolled back and not rolled back;
        ``FileExistsError`` and other ``OSError`` for the journal; ``RuntimeError`` when the plan is
        already applied, or not completely rolled back; :class:`ipif.ValidationError`, before any
        change, when the current value of a member could not be written again.
        """
        seconds = None
        if confirm_within is not None:
            seconds = read_seconds(
                "confirm_within", confirm_within, above_zero=True, longest=LONGEST
            )
        log = None
        if journal is not None:
            from ipif._desired.journal import Journal

            log = Journal(journal)
        with self._lock:
            if self._state in ("applied", "confirmed"):
                raise RuntimeError("this plan is already applied: revert it, or create a new one")
            if any(row.to_roll_back for row in self._rows):
                # Reading again would mistake the values that this plan wrote for the earlier ones.
                raise RuntimeError("this plan is not rolled back completely: revert it first")
            timer = None
            if seconds is not None:
                # Started before the first change, so that every change is reverted. Its thread
                # waits for this lock.
                timer = Timer(seconds, self._expire, [seconds])
                timer.name = "ipif.confirm"
                timer.daemon = False
                timer.start()
            self._expired = None
            self._journal = log
            self._timer = timer
            self._state = "applied"
            try:
                made = apply(self._rows, journal=log, verify=verify)
            except BaseException:
                self._stop_timer()
                self._state = "planned"
                raise
            if not made:
                self._stop_timer()
                if log is not None:
                    log.remove()
            return made

    def confirm(self) -> None:
        """Keep what was applied: cancel the automatic revert and remove the journal.

        :meth:`revert` still works. Raises ``TimeoutError`` when the time to confirm is over and
        everything was reverted; ``RuntimeError`` when nothing was applied.
        """
        with self._lock:
            if self._expired is not None:
                raise TimeoutError(
                    f"too late: this was not confirmed within {self._expired:g} s, "
                    f"so it was {'not ' if self._state == 'applied' else ''}reverted"
                )
            if self._state not in ("applied", "confirmed"):
                raise RuntimeError(f"nothing to confirm: the plan is {self._state}, not applied")
            self._stop_timer()
            if self._journal is not None:
                self._journal.remove()
            self._state = "confirmed"

    def revert(self) -> list[Change]:
        """Restore the members that still hold what was written; return the changes made.

        A value that another program has written since is kept, with a :class:`ipif.RestoreWarning`;
        an interface or family that no longer exists counts as restored. A plan that is not applied
        has nothing to revert. A reverted plan can be applied again.

        Raises :class:`ipif.ApplyError` when Windows refuses an earlier value; then the journal is
        kept, and another call retries the rest.
        """
        return self._revert()

    def _revert(self) -> list[Change]:
        with self._lock:
            self._stop_timer()
            result = roll_back(self._rows)
            if self._journal is not None and not result.failed:
                self._journal.remove()
            error = result.failure()
            if error is not None:
                raise error
            if self._state != "planned":
                self._state = "reverted"
        result.warn(stacklevel=3)
        return [change.reversed() for change in result.restored]

    def _expire(self, seconds: float) -> None:
        """Revert, because nobody has confirmed in time; runs in the thread of the timer."""
        with self._lock:
            if self._timer is not current_thread() or self._state != "applied":
                return
            self._expired = seconds
            self._revert()

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()


def plan(desired: Mapping[str, Any]) -> Plan:
    """Return the :class:`Plan` that makes the interfaces match *desired*; change nothing yet.

    *desired* is a dict, as read from JSON or TOML::

        {"interfaces": [
            {"match": {"alias": "Ethernet*", "connected": True},
             "expect": "some",
             "ipv4": {"Metric": 10, "RouterDiscoveryBehavior": "Disabled"},
             "ipv6": {"Metric": 10, "when_bound": True}}]}

    ``match`` has one or more of: ``alias`` and ``description`` (patterns with ``*``, ``?`` and
    ``[...]``; a name that equals the pattern is taken literally), ``luid``, ``guid``, ``index``,
    ``type`` (an IANA ifType number, or ``ethernet``, ``wifi``, ``loopback``, ``ppp``,
    ``virtual``, ``tunnel``, ``wwan``), ``connected``. All must match, ignoring case; only adapters
    with an IP interface row are considered. ``expect`` says how many adapters may match: ``one``
    (the default), ``some`` (at least one), ``any``.

    ``ipv4`` and ``ipv6`` have the members of :func:`ipif.update_interface`, with the same rules;
    enumerators may be named. 0 and ``False`` are values like any other. When the family is not
    bound to an adapter, that is an error, unless ``when_bound`` is true: then it is skipped.

    Raises :class:`ipif.ValidationError` with every problem and its place in the document, such as
    ``interfaces[2].ipv6.NlMtu``: also for selectors that find too few or too many interfaces,
    entries that contradict each other, and changes that could not be rolled back (see
    :class:`ipif.changed`); :class:`ipif.Error` when the interfaces cannot be listed.
    """
    rows = resolve(desired)
    return Plan(row_changes(rows), [change for row in rows for change in changes_of(row)])


def row_changes(rows: list[DesiredRow]) -> list[RowChange]:
    """Return the row changes that give each of *rows* its wanted values."""
    return [RowChange(row.adapter.luid, row.af, row.changes, row.adapter.alias) for row in rows]


def changes_of(row: DesiredRow) -> Iterator[Change]:
    """Yield each member of *row* that has to change."""
    adapter = row.adapter
    for name, value in row.patch().items():
        before = row.current[name]
        yield Change(adapter.alias, NAMES[row.af], name, before, value, adapter.luid)
