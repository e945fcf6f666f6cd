"""plan: many interfaces as a document wants them, as one transaction that can be taken back."""

from __future__ import annotations

from threading import RLock, Timer, current_thread

from ipif._desired import resolve
from ipif._family import NAMES
from ipif._transaction import Change, Step, apply, undo

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from typing import Any, Literal

    from ipif._desired import Target
    from ipif._journal import Journal

    State = Literal["planned", "applied", "confirmed", "reverted"]

_LONGEST = 30 * 86400  # seconds; Windows cannot wait for much longer in one go


class Plan:
    """What has to change so that the interfaces are as somebody wants them.

    ``changes`` lists each :class:`ipif.Change`. A plan without changes is false, and applying it
    does nothing.

    Two plans of one process never mix: each is applied, and each is taken back, as a whole. What
    was written over is not taken back by the plan that wrote it first, so where two plans are
    about the same members, revert them in the reverse order: the other way round the earlier
    values of the first are lost, and a :class:`ipif.RestoreWarning` says so.
    """

    __module__ = "ipif"

    def __init__(self, steps: list[Step], changes: list[Change]) -> None:
        self.changes = changes
        self._steps = steps
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

        Every row is read again, and those that already hold everything get no Set; every other row
        gets exactly one. If a call fails, everything is undone with the exact earlier values. With
        *verify* that is so, too, when a row does not show what was written.

        With *confirm_within*, a number of seconds, everything is reverted by itself unless
        :meth:`confirm` is called before they are over: for a computer that you reach through the
        very interface that is changed. The revert is the work of a thread of its own, so it comes
        when the calling thread has ended, and an interpreter that ends waits for it, after Ctrl-C
        too. It does not come when the process is killed, or ends by ``os._exit``. Therefore
        *journal*: the path of a file that must not exist, which is written before the first Set,
        and from which :func:`ipif.recover`, or the command ``ipif recover``, reverts. It is
        removed by :meth:`confirm` and :meth:`revert`, and by the revert that comes by itself.

        Raises :class:`ipif.ApplyError`, which tells what was done, undone and not undone;
        ``FileExistsError`` and other ``OSError`` for the journal; ``RuntimeError`` when the plan is
        applied already, or not undone yet; :class:`ipif.ValidationError`, before any Set, when a
        value that came in meanwhile could not be set again.
        """
        seconds = None if confirm_within is None else _read_seconds(confirm_within)
        keeper = None
        if journal is not None:
            from ipif._journal import Journal

            keeper = Journal(journal)
        with self._lock:
            if self._state in ("applied", "confirmed"):
                raise RuntimeError("this plan is applied already: revert it, or make a new one")
            if any(step.to_undo for step in self._steps):
                # Reading again would take for earlier values what this plan has written itself.
                raise RuntimeError("what failed is not undone yet: revert this plan first")
            timer = None
            if seconds is not None:
                # Started before the first Set, so that nothing can come in between. It has to wait
                # for this lock.
                timer = Timer(seconds, self._expire, [seconds])
                timer.name = "ipif.confirm"
                timer.daemon = False
                timer.start()
            self._expired = None
            self._journal = keeper
            self._timer = timer
            self._state = "applied"
            try:
                made = apply(self._steps, keeper=keeper, verify=verify)
            except BaseException:
                self._stop_timer()
                self._state = "planned"
                raise
            if not made:
                self._stop_timer()
                if keeper is not None:
                    keeper.remove()
            return made

    def confirm(self) -> None:
        """Keep what was applied: nothing reverts it by itself any more, and the journal goes.

        :meth:`revert` still can. Raises ``TimeoutError`` when the time to confirm is over and
        everything was reverted, ``RuntimeError`` when nothing was applied.
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
        """Put back what still holds what was written; return what was put back.

        What somebody else has changed meanwhile is left, with a :class:`ipif.RestoreWarning`; an
        interface or family that is gone counts as restored. A plan that is not applied has nothing
        to revert. Afterwards it can be applied again.

        Raises :class:`ipif.ApplyError` when Windows does not let everything be restored; then the
        journal is kept, and calling again tries the rest.
        """
        return self._revert()

    def _revert(self) -> list[Change]:
        with self._lock:
            self._stop_timer()
            report = undo(self._steps)
            if self._journal is not None and not report.failed:
                self._journal.remove()
            error = report.failure()
            if error is not None:
                raise error
            if self._state != "planned":
                self._state = "reverted"
        report.warn(stacklevel=3)
        return [change.reversed() for change in report.restored]

    def _expire(self, seconds: float) -> None:
        """Nobody has confirmed in time; runs in the thread of the timer."""
        with self._lock:
            if self._timer is not current_thread() or self._state != "applied":
                return
            self._expired = seconds
            self._revert()

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()


def _read_seconds(value: float) -> float:
    """Return *value* if it is a time that can be waited for."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"confirm_within must be a number of seconds, not {type(value).__name__}")
    if not 0 < value <= _LONGEST:
        raise ValueError(f"confirm_within must be more than 0 and at most {_LONGEST} seconds")
    return float(value)


def plan(desired: Mapping[str, Any]) -> Plan:
    """Return the :class:`Plan` that makes the interfaces what *desired* says. Nothing is set.

    *desired* is a dict as JSON or TOML has it::

        {"interfaces": [
            {"match": {"alias": "Ethernet*", "connected": True},
             "expect": "some",
             "ipv4": {"Metric": 10, "RouterDiscoveryBehavior": "Disabled"},
             "ipv6": {"Metric": 10, "when_bound": True}}]}

    ``match`` has one or more of: ``alias`` and ``description`` (patterns with ``*``, ``?`` and
    ``[...]``; what equals the pattern as it stands is meant by it), ``luid``, ``guid``, ``index``,
    ``type`` (a number of IANA's ifType, or ``ethernet``, ``wifi``, ``loopback``, ``ppp``,
    ``virtual``, ``tunnel``, ``wwan``), ``connected``. All have to agree, case does not matter, and
    only adapters with an IP interface row are seen. ``expect`` says how many that may be: ``one``
    (the default), ``some`` (at least one), ``any``.

    ``ipv4`` and ``ipv6`` have the members of :func:`ipif.update_interface`, with the same rules;
    enumerators may be named. 0 and ``False`` are values like any other. When the family is not
    bound to an adapter, that is an error, unless ``when_bound`` is true: then it is skipped.

    Raises :class:`ipif.ValidationError` with every problem and its place in the document, such as
    ``interfaces[2].ipv6.NlMtu``: also selectors that find too few or too many, two entries that
    want different things, and what could not be undone (:func:`ipif.changed`). :class:`ipif.Error`
    when the interfaces cannot be listed.
    """
    targets = resolve(desired)
    return Plan(make_steps(targets), [change for t in targets for change in changes_of(t)])


def make_steps(targets: list[Target]) -> list[Step]:
    """Return the steps that give each of *targets* what it shall hold."""
    return [Step(t.adapter.luid, t.code, t.changes, t.adapter.alias) for t in targets]


def changes_of(target: Target) -> Iterator[Change]:
    """Yield each member of *target* that has to change."""
    adapter = target.adapter
    for name, value in target.patch().items():
        yield Change(adapter.alias, NAMES[target.code], name, target.row[name], value, adapter.luid)
