"""One row that a guard keeps: what has happened to it, and when it may be set again."""

from __future__ import annotations

from errno import EIO

from ipif._core.errors import shown
from ipif._desired.change import ApplyError, Change
from ipif._desired.deadline import FIRST_PAUSE, LONGEST_PAUSE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ipif._core.luid import Luid
    from ipif._desired.document import DesiredRow
    from ipif._desired.transaction import RowChange


# A member that does not show what was set is unachievable, unless another program has changed it
# between the setting and the reading. Then there are two notifications, which may take so many
# seconds; a value that Windows replaces itself causes one or none. In case that some Windows sends
# more, so many attempts are enough.
_SETTLE = 0.5
_MOST_TRIES = 5


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

    Attributes:
        interface: The alias of the interface.
        family: ``"ipv4"`` or ``"ipv6"``.
        luid: The LUID of the interface.
        reverts: As :attr:`ipif.Guard.reverts`, for this row alone.
        applied: As :attr:`ipif.Guard.applied`, for this row alone.
        errors: As :attr:`ipif.Guard.errors`, for this row alone.
        last_error: As :attr:`ipif.Guard.last_error`, for this row alone.
        unachievable: A tuple of :class:`ipif.Change`: each member that was set and shows another
            value all the same, from the value that it shows to the wanted one.

    Example:
        >>> import ipif
        >>> wanted = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}
        >>> with ipif.guard(wanted) as guard:
        ...     row = guard.rows["Wi-Fi", "ipv4"]
        >>> row
        <ipif.GuardedRow: Wi-Fi ipv4, 0 reverts, 0 applied, 0 errors>
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
        # The members that did not show what was set, and what they showed; how often in a row; when
        # they were set; and the notifications since.
        self._missed: dict[str, Any] = {}
        self._tries = 0
        self._set_at = 0.0
        self._events = 0
        self._decide_at = float("inf")  # when it is known whether they are unachievable

    def __repr__(self) -> str:
        return (
            f"<ipif.GuardedRow: {self.interface} {self.family}, {self.reverts} reverts, "
            f"{self.applied} applied, {self.errors} errors>"
        )

    def _update(self, row: DesiredRow, now: float, events: int) -> bool:
        """Take over what *row* shows now; return whether there is something to set.

        *events* is how often Windows has notified of changes of the row since the last look.
        Members are taken out of *row* that are not to be set: unachievable ones, while they still
        show what they showed when they were set, and those that may be unachievable.
        """
        self._events += events
        patch = row.patch()
        self.unachievable = tuple(c for c in self.unachievable if c.member in patch)
        for name, value in [*self._missed.items()]:
            if name not in patch or row.current[name] != value:
                del self._missed[name]
        self._decide_at = float("inf")
        if self._missed and (self._events < 2 or self._tries >= _MOST_TRIES):
            if now >= self._set_at + _SETTLE:
                self._give_up(row)
            else:
                self._decide_at = self._set_at + _SETTLE
                _leave_out(row, self._missed)
        known = {c.member: c.before for c in self.unachievable}
        _leave_out(row, [name for name in known if row.current[name] == known[name]])
        patch = row.patch()
        if not patch or (self._failed_on is not None and self._failed_on != _values(row)):
            self._failed_on = None
            self._backoff.reset()
        return bool(patch)

    def _give_up(self, row: DesiredRow) -> None:
        """Note that the members that did not show what was set are unachievable."""
        others = [c for c in self.unachievable if c.member not in self._missed]
        self.unachievable = (
            *others,
            *(
                Change(self.interface, self.family, name, value, row.changes[name], self.luid)
                for name, value in self._missed.items()
            ),
        )
        self._missed = {}

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
        """Note that the changes of *row* could not be made."""
        self._failed_on = _values(row)
        self._missed = {}  # an earlier attempt's: nothing that comes now is a consequence of it
        self._backoff.fail(now)

    def _note_attempt(self, now: float) -> None:
        """Note that the row is about to be set."""
        self._set_at = now
        self._events = 0

    def _note_written(self, change: RowChange) -> None:
        """Note what the row shows after *change* was made."""
        self._failed_on = None
        self._backoff.reset()
        missed = {name: change.written[name] for name in change.not_taken()}
        self.unachievable = tuple(
            c for c in self.unachievable if c.member in missed or c.member not in change.changes
        )
        before = {name: value for name, value in self._missed.items() if name in change.changes}
        self._tries = self._tries + 1 if missed == before else 1
        self._missed = {
            **{name: self._missed[name] for name in self._missed if name not in before},
            **missed,
        }

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


def _leave_out(row: DesiredRow, names: Iterable[str]) -> None:
    """Take the members *names* out of what *row* is to get."""
    for name in names:
        row.changes.pop(name, None)


def _values(row: DesiredRow) -> dict[str, Any]:
    """Return the values of a row that do not change by themselves."""
    # Windows draws ReachableTime at random, again and again.
    return {name: value for name, value in row.current.items() if name != "ReachableTime"}
