"""guard: apply a document again when other programs change the interfaces."""

from __future__ import annotations

from copy import deepcopy
from threading import Event, Lock, Thread, current_thread, main_thread
from time import monotonic

from ipif._core.family import AF_UNSPEC
from ipif._core.timing import LONGEST, read_seconds
from ipif._core.watch import Watch
from ipif._desired.document import resolve
from ipif._desired.plan import changes_of, plan, row_changes
from ipif._desired.transaction import apply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, Self

    from ipif._desired.document import DesiredRow
    from ipif._desired.change import Change

    Callback = Callable[[list[Change]], object]

# Seconds. Windows does not notify of every MTU change.
_LOOK_AGAIN = 5.0
_LONGEST_WAIT = 86400.0


class Guard:
    """The context manager that :func:`ipif.guard` returns, for ``with`` or ``async with``.

    ``reverts`` counts how often a row differed from the document, ``applied`` how often the
    document was applied again, and ``errors`` how often that failed, including exceptions of
    *on_revert*; ``last_error`` is the last such exception.
    """

    __module__ = "ipif"

    def __init__(
        self, desired: Mapping[str, Any], on_revert: Callback | None, interval: float
    ) -> None:
        self.reverts: int = 0
        self.applied: int = 0
        self.errors: int = 0
        self.last_error: BaseException | None = None
        self._desired = desired
        self._on_revert = on_revert
        self._interval = read_seconds("interval", interval, longest=LONGEST)
        self._not_before = 0.0  # when it may next apply
        self._lock = Lock()
        self._over = Event()
        self._watch: Watch | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        with self._lock:
            if self._watch is not None or self._over.is_set():
                raise RuntimeError("this guard has been entered before: create a new one")
            self._watch = Watch(AF_UNSPEC, initial=False, capacity=1024)
        try:
            plan(self._desired).apply()
            self._desired = deepcopy(self._desired)  # the caller may change it
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

        # The callback may be running, and may be waiting for this event loop.
        await to_thread(self.close)

    def close(self) -> None:
        """Stop guarding; the interfaces stay as they are. Closing again does nothing.

        It waits for a re-apply in progress, except when *on_revert* calls it.
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
                while pending is not None:  # reading the rows once covers all of them
                    pending = self._watch.get(0)
            except ValueError:  # closed
                return
            try:
                self._look()
            except Exception as error:
                self._count(error)

    def _look(self) -> None:
        """Apply the rows that differ from the document, once the interval has passed."""
        while not self._over.is_set():
            rows = [row for row in resolve(self._desired, allow_missing=True) if row.patch()]
            if not rows:
                return
            delay = self._not_before - monotonic()
            if delay <= 0:
                self._apply(rows)
                return
            self._over.wait(min(delay, _LONGEST_WAIT))

    def _apply(self, rows: list[DesiredRow]) -> None:
        self._not_before = monotonic() + self._interval
        self.reverts += 1
        if self._on_revert is not None:
            self._call(self._on_revert, [c for row in rows for c in changes_of(row)])
            if self._over.is_set():
                return
        apply(row_changes(rows))
        self.applied += 1

    def _call(self, callback: Callback, changes: list[Change]) -> None:
        """Call *callback*; its exceptions do not stop the guard."""
        try:
            callback(changes)
        except BaseException as error:
            self._count(error)
            import warnings

            try:
                text = f"on_revert of an ipif.guard raised {type(error).__name__}: {error}"
                warnings.warn(text, RuntimeWarning, stacklevel=2)
            except Warning:  # a filter makes it an error, which is already counted
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
    """Keep the interfaces as *desired* describes them, for the duration of a with-block.

    >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 1}}]}
    >>> with ipif.guard(wanted) as guard:
    ...     print(guard.reverts)
    0

    *desired* is a document as for :func:`ipif.plan`. It is applied on entry like a plan, with the
    same rules and exceptions. From then on a thread watches: when Windows or another program
    changes a member that *desired* has, or an interface appears that it selects, it is applied
    again, at once but at most once every *interval* seconds. It waits for missing adapters and
    families. Every five seconds all rows are read again, with or without a notification.

    *on_revert* is called in that thread with the list of :class:`ipif.Change` that is about to be
    applied. Its exceptions are counted, and reported as a ``RuntimeWarning``; the guard continues,
    as it does after an error of Windows.

    Leaving stops the guard and restores nothing: to restore the values, put an
    :class:`ipif.changed` around it, or revert a plan. Only the active values are set: after a
    reboot a program has to guard again.
    """
    return Guard(desired, on_revert, interval)
