"""guard: keep the interfaces as a document wants them, also when somebody else changes them."""

from __future__ import annotations

from copy import deepcopy
from threading import Event, Lock, Thread, current_thread, main_thread
from time import monotonic

from ipif import netioapi
from ipif._desired import resolve
from ipif._plan import changes_of, make_steps, plan
from ipif._transaction import apply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, Self

    from ipif._desired import Target
    from ipif._transaction import Change
    from ipif._watch import Watch

    Callback = Callable[[list[Change]], object]

# Seconds. Windows is known not to tell of every change of an MTU.
_LOOK_AGAIN = 5.0
_LONGEST_WAIT = 86400.0  # Windows cannot wait for years in one go


class Guard:
    """What :func:`ipif.guard` returns: a context manager, with ``with`` or ``async with``.

    ``reverts`` counts how often something was found otherwise than it is wanted, ``applied`` how
    often it was applied again, and ``errors`` what went wrong in that, a failing *on_revert* too;
    ``last_error`` is the last such exception.
    """

    __module__ = "ipif"

    def __init__(
        self, desired: Mapping[str, Any], on_revert: Callback | None, interval: float
    ) -> None:
        if isinstance(interval, bool) or not isinstance(interval, (int, float)):
            kind = type(interval).__name__
            raise TypeError(f"interval must be a number of seconds, not {kind}")
        if not 0 <= interval < float("inf"):
            raise ValueError("interval must be a number of seconds from 0 up")
        self.reverts = 0
        self.applied = 0
        self.errors = 0
        self.last_error: BaseException | None = None
        self._desired = desired
        self._on_revert = on_revert
        self._interval = interval
        self._not_before = 0.0  # when the next apply may be
        self._lock = Lock()
        self._over = Event()
        self._watch: Watch | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        with self._lock:
            if self._watch is not None or self._over.is_set():
                raise RuntimeError("this guard has been entered before: make another one")
            self._watch = netioapi.notify_ip_interface_change()
        try:
            plan(self._desired).apply()
            self._desired = deepcopy(self._desired)  # the caller's own may change
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        from asyncio import to_thread

        # The callback may be running, and may wait for something in this very loop.
        await to_thread(self.close)

    def close(self) -> None:
        """End the guarding; everything stays as it is. Closing again does nothing.

        It waits for a re-apply that is under way, except when *on_revert* calls it.
        """
        with self._lock:
            self._over.set()
            watch, thread = self._watch, self._thread
        if watch is not None:
            watch.close()
        if thread is not None and thread is not current_thread():
            thread.join()

    def _start(self) -> None:
        with self._lock:
            try:
                thread = Thread(target=self._run, name="ipif.guard", daemon=True)
            except RuntimeError:  # a sub-interpreter may have no daemon threads
                thread = Thread(target=self._run, name="ipif.guard")
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        assert self._watch is not None
        while not self._over.is_set() and main_thread().is_alive():
            try:
                pending = self._watch.get(_LOOK_AGAIN)
                while pending is not None:  # one look does for all of them
                    pending = self._watch.get(0)
            except ValueError:  # closed
                return
            try:
                self._look()
            except Exception as error:
                self._count(error)

    def _look(self) -> None:
        """Apply what is not as it is wanted, as soon as that may be."""
        while not self._over.is_set():
            targets = [t for t in resolve(self._desired, patient=True) if t.patch()]
            if not targets:
                return
            delay = self._not_before - monotonic()
            if delay <= 0:
                self._apply(targets)
                return
            self._over.wait(min(delay, _LONGEST_WAIT))

    def _apply(self, targets: list[Target]) -> None:
        self._not_before = monotonic() + self._interval
        self.reverts += 1
        if self._on_revert is not None:
            self._call(self._on_revert, [c for target in targets for c in changes_of(target)])
            if self._over.is_set():
                return
        apply(make_steps(targets))
        self.applied += 1

    def _call(self, callback: Callback, changes: list[Change]) -> None:
        """Call *callback*; whatever it raises does not end the guarding."""
        try:
            callback(changes)
        except BaseException as error:
            self._count(error)
            import warnings

            try:
                text = f"on_revert of an ipif guard raised {type(error).__name__}: {error}"
                warnings.warn(text, RuntimeWarning, stacklevel=2)
            except Warning:  # made an error by a filter; it is counted already
                pass

    def _count(self, error: BaseException) -> None:
        self.errors += 1
        self.last_error = error


def guard(
    desired: Mapping[str, Any],
    *,
    on_revert: Callback | None = None,
    interval: float = 1.0,
) -> Guard:
    """Keep the interfaces as *desired* wants them, for the time of a with-block.

    >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 1}}]}
    >>> with ipif.guard(wanted) as guard:
    ...     print(guard.reverts)
    0

    *desired* is a document as for :func:`ipif.plan`. It is applied on entry, as a plan with all
    its rules and exceptions. From then on a thread watches: when Windows or another program
    changes a member that *desired* has, or an interface appears that it selects, it is applied
    again, at once but at most once every *interval* seconds. Adapters and families that are away
    are waited for. Everything is looked at again every five seconds, too.

    *on_revert* is called in that thread with the list of :class:`ipif.Change` that is about to be
    applied. What it raises is counted, and given as a ``RuntimeWarning``; the guarding goes on, as
    it does after an error of Windows.

    Leaving ends the guarding and restores nothing: put a :func:`ipif.changed` around it, or revert
    a plan, where that is wanted. The values are active only, so a program that wants them after
    the next reboot guards again then.
    """
    return Guard(desired, on_revert, interval)
