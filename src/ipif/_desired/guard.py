"""guard: apply a document again when other programs change the interfaces."""

from __future__ import annotations

from _thread import allocate_lock, get_ident
from _weakref import ref
from os import getpid
from sys import is_finalizing
from threading import Thread, main_thread
from time import monotonic, sleep

from ipif._core.compartment import in_compartment_of_caller
from ipif._core.errors import Error, Problem, ValidationError, expected
from ipif._core.family import AF_UNSPEC
from ipif._core.finish import Block, Done, until_done
from ipif._core.threads import Flag, start
from ipif._core.timing import LONGEST, read_seconds
from ipif._core.watch import Watch
from ipif._desired.change import ApplyError, RollbackResult, add_notes
from ipif._desired.guarding import LOOK_AGAIN, Guarding
from ipif._desired.log import logger
from ipif._desired.plan import row_changes
from ipif._desired.transaction import apply, restore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from typing import Any, Self

    from ipif._desired.change import Change
    from ipif._desired.guarded_row import GuardedRow
    from ipif._desired.guarding import OnError, OnRevert
    from ipif._desired.transaction import RowChange

# On Windows, Ctrl-C cannot interrupt a wait for a lock, so it is cut into slices of this many
# seconds.
_SLICE = 0.1

# Notifications that are kept for the next look.
_CAPACITY = 1024


class Guard(Block):
    """The context manager that :func:`ipif.guard` returns, for ``with`` or ``async with``.

    Its properties may be read at any time, in any thread. A guard can be entered once;
    entering it again raises ``RuntimeError``.

    Example:
        >>> import ipif
        >>> wanted = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}
        >>> with ipif.guard(wanted) as guard, ipif.watch("ipv4") as events:
        ...     before, after = ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1500)
        ...     mine = events.get(timeout=10)
        ...     that_of_the_guard = events.get(timeout=10)
        >>> ipif.get_interface("Wi-Fi", "ipv4")["NlMtu"]
        1400
        >>> guard.reverts, guard.applied, guard.errors
        (1, 1, 0)
    """

    __module__ = "ipif"

    _instead = "it has a thread of its own; create a new one"

    def __init__(
        self,
        desired: Mapping[str, Any],
        on_revert: OnRevert | None,
        on_error: OnError | None,
        interval: float,
    ) -> None:
        problems = [
            Problem(name, value, expected("a function", value), "write a function, or leave it out")
            for name, value in (("on_revert", on_revert), ("on_error", on_error))
            if value is not None and not callable(value)
        ]
        if problems:
            raise ValidationError(problems)
        seconds = read_seconds("interval", interval, longest=LONGEST)
        self._guarding = Guarding(desired, on_revert, on_error, seconds)
        self._loop = _Loop(self._guarding, ref(self))
        self._entered = allocate_lock()  # never released
        self._changes: Sequence[RowChange] = ()  # those to roll back if entering fails

    @property
    def reverts(self) -> int:
        """How often a row was found changed, or appeared with other values than the wanted ones."""
        return self._guarding.reverts

    @property
    def applied(self) -> int:
        """How often a row was set again."""
        return self._guarding.applied

    @property
    def errors(self) -> int:
        """How often something went wrong since entering.

        It counts the calls of *on_error* and the exceptions of both callbacks.
        """
        return self._guarding.errors

    @property
    def last_error(self) -> BaseException | None:
        """The latest of these exceptions, or ``None``."""
        return self._guarding.last_error

    @property
    def rows(self) -> dict[tuple[str, str], GuardedRow]:
        """The :class:`ipif.GuardedRow` of each row so far, by alias and family.

        A row that is gone stays until an adapter with the same alias takes its place.
        """
        rows = self._guarding.rows.copy().values()
        return {(row.interface, row.family): row for row in rows}

    @property
    def unachievable(self) -> tuple[Change, ...]:
        """Each member that was set and shows another value, from that value to the wanted one."""
        rows = self._guarding.rows.copy().values()
        return tuple(change for row in rows for change in row.unachievable)

    @property
    def missing(self) -> tuple[str, ...]:
        """The places of the entries that the guard waits for, such as ``interfaces[0]``.

        They select no adapter, or one that does not have a row of a wanted family.
        """
        return self._guarding.missing

    def __enter__(self) -> Self:
        self._begin()
        undo = self._undo
        try:
            self._enter()
            # Nothing is rolled back from now on. Here, at the end, because no exception can be
            # raised in between.
            self._changes = ()
            return self
        except BaseException as error:
            undo(error)
            raise

    def _leave(self, value: BaseException | None) -> BaseException | None:
        self._loop.finish()
        return None

    async def __aenter__(self) -> Self:
        self._begin()
        undo = self._undo
        try:
            self._enter()
            self._changes = ()
            return self
        except BaseException as error:
            undo(error)
            raise

    if not TYPE_CHECKING:

        @until_done
        def __aexit__(self, kind, value, traceback) -> Done:
            self._loop.stop()
            return _Finished(self._loop)

    def close(self) -> None:
        """Stop guarding; the interfaces stay as they are. Closing again does nothing.

        It waits for a row that is being set, and for a callback, except in a callback. Ctrl-C is
        raised when the guard has ended.
        """
        self._finish()

    @until_done
    def _finish(self) -> BaseException | None:
        self._loop.finish()
        return None

    def _begin(self) -> None:
        if not self._entered.acquire(False) or self._guarding.over:
            raise RuntimeError("this guard has been entered before: create a new one")

    def _enter(self) -> None:
        """Apply the document and start the thread."""
        logger()  # the thread should not have to import it
        self._loop.open()
        rows = self._guarding.find()
        self._changes = row_changes(rows)
        apply(self._changes)
        self._guarding.begin(rows, self._changes, self._loop.now())
        self._loop.start()

    @until_done
    def _undo(self, error: BaseException) -> BaseException | None:
        """Stop the thread, and roll back what was applied before *error*."""
        self._loop.finish()
        if not isinstance(error, ApplyError):  # that has tried already
            result = RollbackResult()
            restore(self._changes, result)
            errors = [f"while rolling back: {error}" for error in result.errors]
            add_notes(error, [*result.describe(), *errors])
        return None


class _Loop:
    """The thread of a guard, and the watch that wakes it.

    It does not keep the :class:`Guard` alive, so that an unreferenced guard ends. A ``__del__``
    would do that too, but Ctrl-C that comes in one is lost. A lack of memory does not end it.
    """

    def __init__(self, guarding: Guarding, guard: ref[Guard]) -> None:
        self._guarding = guarding
        self._guard = guard
        self._watch: Watch | None = None
        self._dropped = 0  # notifications
        self._when = 0.0  # the next step is due
        self._began: list[int] = []  # not empty once there is a thread
        self._ended = Flag()
        self._thread = 0
        self._process = 0  # that has the thread

    def open(self) -> None:
        """Open the watch."""
        self._watch = Watch(AF_UNSPEC, initial=False, capacity=_CAPACITY)

    def start(self) -> None:
        """Start the thread, in the network compartment of the calling thread."""
        arguments = (in_compartment_of_caller(self._run),)
        try:
            thread = Thread(target=self._main, args=arguments, name="ipif.guard", daemon=True)
        except RuntimeError:  # a sub-interpreter may have no daemon threads
            thread = Thread(target=self._main, args=arguments, name="ipif.guard")
        self._process = getpid()
        start(thread, self._began)

    def stop(self) -> None:
        """Let the thread end soon, and close the watch."""
        self._guarding.over = True
        watch = self._watch
        if watch is not None:
            watch.close()

    def finish(self) -> None:
        """Stop, and wait until the thread has ended. May be called again."""
        self.stop()
        # The thread itself does not wait, and in a forked process it does not exist. When the
        # interpreter is being finalized, a daemon thread never runs again.
        if get_ident() != self._thread and getpid() == self._process:
            while not self.finished and not is_finalizing():
                self._ended.wait(_SLICE)

    @property
    def finished(self) -> bool:
        """Whether no thread has to be waited for."""
        return not self._began or self._ended.is_set()

    def _main(self, run: Callable[[], None]) -> None:
        try:
            self._keep_running(run)
        finally:
            self._ended.set()

    def _keep_running(self, run: Callable[[], None]) -> None:
        """Call *run*, and again when it raises an exception."""
        failure: Exception | None = None
        while True:
            try:
                if failure is not None:
                    sleep(_SLICE)
                    self._guarding.note_dropped()  # notifications may have been taken
                    self._guarding.count(failure)
                    failure = None
                self._thread = get_ident()
                run()
                return
            except Error as error:  # the network compartment no longer exists
                self._guarding.report("a guard has ended", error)
                return
            except Exception as error:  # no memory, most likely
                failure = error

    def now(self) -> float:
        return monotonic()

    def _run(self) -> None:
        guarding = self._guarding
        while not guarding.over and main_thread().is_alive():
            try:
                self._wait(self._when)
            except ValueError:  # the watch is closed
                return
            if guarding.over or self._guard() is None:
                return
            now = self.now()
            self._when = now + LOOK_AGAIN  # if the step raises an exception
            self._when = guarding.step(now)

    def _wait(self, when: float) -> None:
        """Wait until *when*, or until Windows notifies, and take all notifications."""
        watch = self._watch
        assert watch is not None
        event = watch.get(max(0.0, when - self.now()))
        for _ in range(_CAPACITY):
            if event is None:
                break
            self._guarding.note_event(event)
            event = watch.get(0)
        if watch.dropped > self._dropped:
            self._dropped = watch.dropped
            self._guarding.note_dropped()


class _Finished(Done):
    """What ``__aexit__`` returns: waits for the thread without blocking the event loop."""

    def __init__(self, loop: _Loop) -> None:
        self._loop = loop

    def __await__(self) -> Generator[Any, Any, None]:
        return self._wait().__await__()

    async def _wait(self) -> None:
        if self._loop.finished:
            return
        from asyncio import CancelledError, ensure_future, shield, to_thread

        # A callback may be running, and may be waiting for this event loop. A task that is
        # cancelled meanwhile is cancelled when the guard has ended.
        end = ensure_future(to_thread(self._loop.finish))
        cancelled: CancelledError | None = None
        while not end.done():
            try:
                await shield(end)
            except CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled


def guard(
    desired: Mapping[str, Any],
    *,
    on_revert: OnRevert | None = None,
    on_error: OnError | None = None,
    interval: float = 1.0,
) -> Guard:
    """Keep the interfaces as a document describes them, for the duration of a with-block.

    The document is applied on entry like a plan, all rows or none, with the same rules and
    exceptions, except that nothing has to be there yet: the guard waits for adapters and families
    that are missing, whatever ``expect`` says. So a misspelt name is not an error.
    :attr:`ipif.Guard.missing` has the entries that are waited for.

    From then on a thread watches, each row for itself. When Windows or another program changes a
    member that the document has, or an interface appears that it selects, that row is set again, at
    once but at most once every *interval* seconds. Every five seconds all rows are read again, with
    or without a notification. The thread acts in the network compartment of the caller.

    When Windows refuses a row, the others are kept all the same. The row is tried again after 1
    second, then 2, 4 and so on up to 60; at once, or after *interval*, when one of its values
    changes. A value that Windows takes and does not show afterwards, such as an NlMtu that it
    limits, is ``unachievable``: it is not set again while the row shows that value. An entry whose
    selectors have come to match too many adapters is left alone until that is over. Where ``match``
    has an ``index`` or a ``luid``, the guard follows the adapter that had the number when it was
    first seen, and never sets another one that has it later.

    *on_error* is called each time that Windows refuses a row (:class:`ipif.ApplyError`) or does not
    list the interfaces (:class:`ipif.Error`). It is called once for each unachievable member
    (:class:`ipif.ApplyError`, without ``winerror``), for each entry that has problems
    (:class:`ipif.ValidationError`) and for each number that another adapter has got
    (:class:`ipif.InterfaceNotFound`), again only when that was over in between. The logger ``ipif``
    reports the same as warnings, and each row that was set again at level INFO. Exceptions of the
    callbacks are counted, and reported as a ``RuntimeWarning``; the guard continues.

    Leaving stops the guard and restores nothing. To restore the values, put an
    :class:`ipif.changed` around it, or revert a plan. Ctrl-C while the guard is entered rolls back
    what was applied. A guard that is no longer referenced ends. Only the active values are set:
    after a reboot a program has to guard again.

    Args:
        desired: The document, as for :func:`ipif.plan`.
        on_revert: Called in the thread of the guard, once for each revert, with the list of
            :class:`ipif.Change` that is about to be made in one row.
        on_error: Called in that thread with an exception and a :class:`ipif.Change`, or ``None``
            when it is not about a single one.
        interval: The shortest time between two writes of one row, in seconds.

    Returns:
        The :class:`ipif.Guard`, for ``with`` or ``async with``.

    Raises:
        ipif.ValidationError: A callback is not a function. On entering: the document has problems.
        ipif.ApplyError: On entering: a row could not be set. The others were rolled back.
        TypeError: *interval* is not a number.
        ValueError: *interval* is negative, or too long.

    Example:
        >>> import ipif
        >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 1}}]}
        >>> with ipif.guard(wanted) as guard:
        ...     print(ipif.get_interface("Ethernet", "ipv4")["Metric"], guard.reverts)
        1 0

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    return Guard(desired, on_revert, on_error, interval)
