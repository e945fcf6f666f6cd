"""Notifications: a watch brings the changes of IP interfaces as they happen.

Windows calls back on threads of its own; the native module writes each change into a ring and
never touches Python there. A :class:`Watch` reads the ring.
"""

from __future__ import annotations

from time import monotonic

from ipif import netioapi
from ipif._backend import native
from ipif._family import AF_UNSPEC, family_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import CapsuleType

    from ipif._ipif import Event
    from ipif.types import Family

# A wait in the native module cannot be interrupted by Ctrl-C on Windows, so it is cut into slices,
# in seconds. A change ends a slice at once.
_SLICE = 0.1

_LONGEST = 1e9  # seconds, 31 years: for ever, and a float


class Watch:
    """The changes of IP interfaces since it was opened, oldest first.

    Iterate it (``for`` or ``async for``), or ask with :meth:`get`. An event has ``type`` (a number
    of :class:`ipif.NotificationType`), ``family``, ``luid`` and ``index``; it says what to look at
    again and not what has changed. What does not fit into ``capacity`` unread events is dropped
    and counted in :attr:`lost`: then look at everything again.

    Any number of watches may be open, and any number of threads may read one; each event goes to
    one of them. Closing wakes whoever waits. A watch that is forgotten is closed when it is
    collected.
    """

    __module__ = "ipif"

    def __init__(self, family: int, initial: bool, capacity: int) -> None:
        self._handle = native.watch_open(family, initial, capacity)
        self._closed = False
        self._wait: _Wait | None = None

    def get(self, timeout: float | None = None) -> Event | None:
        """Return the next event, or ``None`` when none has come within *timeout* seconds.

        Without a *timeout* it waits for ever; Ctrl-C ends the wait. What came before the watch was
        closed can still be read.

        Raises ``ValueError`` when the watch is closed and nothing is left, also when it is closed
        while this call waits; ``TypeError`` or ``ValueError`` for a timeout that is no number of
        seconds from 0 up.
        """
        if timeout is None:
            while True:
                event = native.watch_get(self._handle, _SLICE)
                if event is not None:
                    return event
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
            raise TypeError(f"timeout must be a number of seconds, not {type(timeout).__name__}")
        if not timeout >= 0:
            raise ValueError("timeout must be a number of seconds from 0 up, or None")
        end = monotonic() + min(timeout, _LONGEST)
        while True:
            left = end - monotonic()
            event = native.watch_get(self._handle, min(max(left, 0.0), _SLICE))
            if event is not None or left <= 0:
                return event

    @property
    def lost(self) -> int:
        """How many events were dropped because nobody read fast enough; stays after closing."""
        return native.watch_lost(self._handle)

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` has been called."""
        return self._closed

    def close(self) -> None:
        """End the notifications and wake whoever waits; closing again does nothing."""
        self._closed = True
        native.watch_close(self._handle)

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Watch:
        return self

    def __next__(self) -> Event:
        try:
            event = self.get()
        except ValueError:
            raise StopIteration from None
        assert event is not None
        return event

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> Event:
        while True:
            try:
                event = native.watch_get(self._handle, 0.0)
            except ValueError:
                raise StopAsyncIteration from None
            if event is not None:
                return event
            await self._readable()

    async def _readable(self) -> None:
        """Return when an event or the end can be read; nothing is taken out of the ring here.

        So a task that is cancelled while it waits takes no event with it.
        """
        from asyncio import get_running_loop

        loop = get_running_loop()
        if self._wait is None or self._wait.loop is not loop or self._wait.over.is_set():
            self._wait = _Wait(self._handle, loop)
        await self._wait.over.wait()

    def __del__(self, _close: Callable[[CapsuleType], None] = native.watch_close) -> None:
        # At the end of the interpreter the names of this module may be gone; a default is not.
        handle = getattr(self, "_handle", None)  # none when watch_open has failed
        if handle is not None:
            _close(handle)


class _Wait:
    """One wait at a ring, made by a thread so that an event loop need not; many tasks may share it.

    It knows the ring and not the watch, so that a forgotten watch can be collected; closing ends
    it, and so does the end of the loop or of the main thread.
    """

    def __init__(self, handle: CapsuleType, loop: AbstractEventLoop) -> None:
        from asyncio import Event
        from threading import Thread

        self.loop = loop
        self.over = Event()
        self._handle = handle
        try:
            thread = Thread(target=self._run, name="ipif.watch", daemon=True)
        except RuntimeError:  # a sub-interpreter may have no daemon threads
            thread = Thread(target=self._run, name="ipif.watch")
        thread.start()

    def _run(self) -> None:
        from contextlib import suppress
        from threading import main_thread

        while main_thread().is_alive() and not self.loop.is_closed():
            if native.watch_wait(self._handle, _SLICE):
                with suppress(RuntimeError):  # the loop has been closed since
                    self.loop.call_soon_threadsafe(self.over.set)
                return


def watch(family: Family | None = None, *, initial: bool = False, capacity: int = 1024) -> Watch:
    """Return a :class:`Watch` of the changes of one *family*, or of both.

    With *initial*, a first event of type ``InitialNotification`` shows that the watch works.
    *capacity* is how many unread events are kept, from 1 to 16777216.

    An event comes when a row appears, disappears, or one of its members is changed; a Set that
    changes nothing brings none. Windows is known not to tell of every change of an MTU that is
    made below the IP interface.

    Raises :class:`ipif.ValidationError` for an unknown family; ``TypeError`` or ``OverflowError``
    for another bad argument; :class:`ipif.Error`.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    code = AF_UNSPEC if family is None else family_code(family)
    return netioapi.notify_ip_interface_change(code, initial=initial, capacity=capacity)
