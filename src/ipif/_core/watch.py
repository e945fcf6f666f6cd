"""Notifications: a watch reports the changes of IP interfaces as they happen.

Windows calls back on its own threads; there the extension only copies the keys of the changed row
into a ring. A :class:`Watch` reads the ring.
"""

from __future__ import annotations

from time import monotonic

from ipif._core.backend import native
from ipif._core.enums import NotificationType
from ipif._core.family import NAMES, read_af_or_both
from ipif._core.luid import Luid
from ipif._core.named import NamedTuple
from ipif._core.timing import read_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from types import TracebackType
    from typing import Literal

    from typing_extensions import CapsuleType

    from ipif._core.types import Family

# Ctrl-C cannot interrupt a wait of the extension on Windows, so waits are cut into slices of this
# many seconds. A notification ends a slice at once.
_SLICE = 0.1


class Event(NamedTuple):
    """One change of one IP interface: what happened, and to which row."""

    #: A row appeared, disappeared, or one of its members changed.
    type: NotificationType
    #: ``"ipv4"`` or ``"ipv6"``.
    family: Literal["ipv4", "ipv6"]
    #: The LUID of the interface.
    luid: Luid
    #: The index of the interface.
    index: int  # type: ignore[assignment]  # hides tuple.index


Event.__module__ = "ipif"


class Watch:
    """The changes of IP interfaces since it was opened, oldest first.

    Iterate it (``for`` or ``async for``), or call :meth:`get`. An :class:`ipif.Event` has ``type``,
    ``family``, ``luid`` and ``index``; it says which row to read again, not what has changed in it.
    Events beyond ``capacity`` unread ones are dropped and counted in :attr:`dropped`: then read
    every row again.

    Any number of watches may be open, and any number of threads may read one; each event goes to
    one of them. Closing wakes waiting threads. An unreferenced watch is closed by the garbage
    collector.
    """

    __module__ = "ipif"

    def __init__(self, af: int, initial: bool, capacity: int) -> None:
        self._handle = native.watch_open(af, initial, capacity)
        self._closed = False
        self._wait: _Wait | None = None

    def get(self, timeout: float | None = None) -> Event | None:
        """Return the next event, or ``None`` when none arrives within *timeout* seconds.

        Without a *timeout* it waits for ever; Ctrl-C ends the wait. Events that came before the
        watch was closed can still be read.

        Raises ``ValueError`` when the watch is closed and no event is left, also when it is closed
        while this call waits; ``TypeError`` or ``ValueError`` when *timeout* is not a number, or is
        negative.
        """
        end = float("inf")
        if timeout is not None:
            end = monotonic() + read_seconds("timeout", timeout)
        while True:
            left = end - monotonic()
            event = native.watch_get(self._handle, min(max(left, 0.0), _SLICE))
            if event is not None:
                return _event(event)
            if left <= 0:
                return None

    @property
    def initial(self) -> bool:
        """Whether the initial notification has come: the registration works."""
        return native.watch_initial(self._handle)

    @property
    def dropped(self) -> int:
        """How many events were dropped because nobody read fast enough; kept after closing."""
        return native.watch_dropped(self._handle)

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` has been called."""
        return self._closed

    def close(self) -> None:
        """Stop the notifications and wake waiting threads; closing again does nothing."""
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
                return _event(event)
            await self._readable()

    async def _readable(self) -> None:
        """Return when an event can be read or the watch is closed.

        No event is taken out of the ring here, so none is dropped when the task is cancelled.
        """
        from asyncio import get_running_loop

        loop = get_running_loop()
        if self._wait is None or self._wait.loop is not loop or self._wait.over.is_set():
            self._wait = _Wait(self._handle, loop)
        await self._wait.over.wait()

    def __del__(self, _close: Callable[[CapsuleType], None] = native.watch_close) -> None:
        # At interpreter exit the names of this module may be gone; a default argument remains.
        handle = getattr(self, "_handle", None)  # missing when watch_open has failed
        if handle is not None:
            _close(handle)


class _Wait:
    """A thread that waits for a ring on behalf of an event loop; many tasks may share it.

    It refers to the ring and not to the watch, so that an unreferenced watch can be collected. It
    ends when the watch or the loop is closed, or the main thread ends.
    """

    def __init__(self, handle: CapsuleType, loop: AbstractEventLoop) -> None:
        from asyncio import Event
        from threading import Thread

        self.loop = loop
        self.over = Event()
        self._handle = handle
        try:
            thread = Thread(target=self._run, name="ipif.watch", daemon=True)
        except RuntimeError:  # a sub-interpreter may not allow daemon threads
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

    With *initial*, Windows sends an initial notification, which sets :attr:`Watch.initial`.
    *capacity* is how many unread events are kept, from 1 to 16777216.

    An event comes when a row appears, disappears, or one of its members changes; a call of
    SetIpInterfaceEntry that changes nothing causes none. Windows does not notify of every MTU
    change that is made below the IP interface.

    Raises :class:`ipif.ValidationError` for an unknown family; ``TypeError`` or ``OverflowError``
    for another bad argument; :class:`ipif.Error`.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    return Watch(read_af_or_both(family), initial, capacity)


def _event(values: tuple[int, int, int, int]) -> Event:
    """Return the event that the extension has read from a ring."""
    kind, af, luid, index = values
    return Event(NotificationType(kind), NAMES[af], Luid(luid), index)
