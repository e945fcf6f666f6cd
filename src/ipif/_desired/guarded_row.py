"""One row that a guard keeps: what has happened to it, and when it may be set again."""

from __future__ import annotations

from errno import EIO

from ipif._core.errors import shown
from ipif._desired.change import ApplyError, Change
from ipif._desired.deadline import FIRST_PAUSE, LONGEST_PAUSE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ipif._core.luid import Luid
    from ipif._desired.document import DesiredRow
    from ipif._desired.transaction import RowChange


class Backoff:
    """When to try again after failures: after 1 second, then 2, 4 and so on, up to 60."""

    def __init__(self) -> None:
        self.pause = 0.0  # seconds; 0 when the last attempt has not failed
        self.until = 0.0

    def fail(self, now: float) -> None:
        """Note that an attempt has failed."""
        self.pause = min(2 * self.pause, LONGEST_PAUSE) or FIRST_PAUSE
        self.until = now + self.pause

    def reset(self) -> None:
        """Note that an attempt has succeeded, or that the next one need not wait."""
        self.pause = self.until = 0.0


class GuardedRow:
    """One row that an :class:`ipif.Guard` keeps as its document describes it.

    ``interface`` is its alias, ``family`` ``"ipv4"`` or ``"ipv6"``, ``luid`` its LUID.
    ``reverts``, ``applied``, ``errors`` and ``last_error`` are as in :class:`ipif.Guard`, for this
    row alone. ``unachievable`` is a tuple of :class:`ipif.Change`: each member that was set and
    shows another value all the same, from the value that it shows to the wanted one.
    """

    __module__ = "ipif"

    def __init__(self, interface: str, family: str, luid: Luid) -> None:
        self.interface: str = interface
        self.family: str = family
        self.luid: Luid = luid
        self.reverts: int = 0
        self.applied: int = 0
        self.errors: int = 0
        self.last_error: BaseException | None = None
        self.unachievable: tuple[Change, ...] = ()
        self._reported: set[str] = set()  # the unachievable members that have been reported
        self._not_before = 0.0  # the end of the guard's interval
        self._backoff = Backoff()
        self._failed_on: Mapping[str, Any] | None = None  # the values when setting them failed

    def __repr__(self) -> str:
        return (
            f"<ipif.GuardedRow: {self.interface} {self.family}, {self.reverts} reverts, "
            f"{self.applied} applied, {self.errors} errors>"
        )

    def _update(self, row: DesiredRow) -> bool:
        """Take over what *row* shows now; return whether there is something to set.

        An unachievable member is taken out of *row* while it still shows what it showed when it was
        set.
        """
        patch = row.patch()
        if self.unachievable:
            self.unachievable = tuple(c for c in self.unachievable if c.member in patch)
            for change in self.unachievable:
                if row.current[change.member] == change.before:
                    del row.changes[change.member]
            patch = row.patch()
        if not patch or (self._failed_on is not None and self._failed_on != _values(row)):
            self._failed_on = None
            self._backoff.reset()
        return bool(patch)

    @property
    def _ready_at(self) -> float:
        """When it may be set."""
        return max(self._not_before, self._backoff.until)

    @property
    def _is_retry(self) -> bool:
        """Whether setting it has failed, and no value has changed since."""
        return self._failed_on is not None

    @property
    def _pause(self) -> float:
        """The seconds to wait after the failures so far."""
        return self._backoff.pause

    def _note_failure(self, row: DesiredRow, now: float) -> None:
        """Note that Windows has refused the changes of *row*."""
        self._failed_on = _values(row)
        self._backoff.fail(now)

    def _note_written(self, change: RowChange) -> None:
        """Note what the row shows after *change* was made."""
        self._failed_on = None
        self._backoff.reset()
        missed = change.not_taken()
        self.unachievable = (
            *(c for c in self.unachievable if c.member not in change.changes),
            *(
                Change(
                    self.interface,
                    self.family,
                    name,
                    change.written[name],
                    change.changes[name],
                    self.luid,
                )
                for name in missed
            ),
        )

    def _unreported(self) -> list[tuple[ApplyError, Change]]:
        """Return the unachievable members that have not been reported yet."""
        found = []
        for change in self.unachievable:
            if change.member not in self._reported:
                what = f"{change.member} {shown(change.after)} and shows {shown(change.before)}"
                error = ApplyError(EIO, f"{self.interface} {self.family} was given {what}")
                error.interface = self.interface
                error.family = self.family
                found.append((error, change))
        self._reported = {change.member for change in self.unachievable}
        return found


def _values(row: DesiredRow) -> dict[str, Any]:
    """Return the values of a row that do not change by themselves."""
    # Windows draws ReachableTime at random, again and again.
    return {name: value for name, value in row.current.items() if name != "ReachableTime"}
