"""Notifications: a watch reports changes of IP interfaces, addresses or routes as they happen.

Windows calls back on its own threads; there the extension only copies the keys of the changed row
into a ring. A :class:`Watch` reads the ring.
"""

from __future__ import annotations

from time import monotonic, sleep
from types import GenericAlias

from ipif._core.backend import native
from ipif._core.compartment import DEFAULT, compartment
from ipif._core.enums import NotificationType
from ipif._core.errors import Error
from ipif._core.family import NAMES, read_af_or_both
from ipif._core.identify import WITHOUT_STATISTICS, to_luid
from ipif._core.luid import Luid
from ipif._core.named import NamedTuple
from ipif._core.timing import read_seconds
from ipif._core.uncopyable import Uncopyable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network
    from types import TracebackType
    from typing import Any, Generic, Literal, Self, TypeAlias, overload
    from uuid import UUID

    from typing_extensions import CapsuleType, TypeVar

    from ipif._core.addresses import AnyAddress
    from ipif._core.types import MIB_IF_ROW2, Family, Interface

    # What a watch remembers of an adapter.
    _Adapter: TypeAlias = tuple[str | None, UUID | None]

else:

    def overload(function: object) -> object:  # importing typing takes longer than many calls
        return function


# Ctrl-C cannot interrupt a wait of the extension on Windows, so waits are cut into slices of this
# many seconds. A notification ends a slice at once.
_SLICE = 0.1

_UNKNOWN: _Adapter = (None, None)


class _InterfaceKeys(NamedTuple):
    """What names a row of an IP interface."""

    type: NotificationType
    """Whether a row appeared, disappeared, or one of its members changed."""
    family: Literal["ipv4", "ipv6"]
    """``"ipv4"`` or ``"ipv6"``."""
    luid: Luid
    """The LUID of the interface."""
    index: int  # type: ignore[assignment]  # hides tuple.index
    """The index of the interface."""


class _AddressKeys(NamedTuple):
    """What names a row of an address."""

    type: NotificationType
    """Whether an address was added, removed, or one of its members changed."""
    family: Literal["ipv4", "ipv6"]
    """``"ipv4"`` or ``"ipv6"``."""
    luid: Luid
    """The LUID of the interface."""
    index: int  # type: ignore[assignment]  # hides tuple.index
    """The index of the interface."""
    address: AnyAddress
    """The address, as ``Address`` in rows of :func:`ipif.list_addresses`."""


class _RouteKeys(NamedTuple):
    """What names a row of a route."""

    type: NotificationType
    """Whether a route was added, removed, or one of its members changed."""
    family: Literal["ipv4", "ipv6"]
    """``"ipv4"`` or ``"ipv6"``."""
    luid: Luid
    """The LUID of the interface."""
    index: int  # type: ignore[assignment]  # hides tuple.index
    """The index of the interface."""
    destination: IPv4Network | IPv6Network
    """The destination, as ``DestinationPrefix`` in rows of :func:`ipif.list_routes`."""
    next_hop: AnyAddress
    """The gateway, as ``NextHop`` in those rows. ``0.0.0.0`` or ``::`` for a route without one."""


class _Remembered:
    """The name of the adapter of an event, which may be gone. It takes no part in comparisons."""

    __slots__ = ()

    _adapter: _Adapter

    @property
    def alias(self) -> str | None:
        """The alias that the adapter had when the watch last read it, without a call of Windows.

        The watch reads it when it is opened, and when a row appears, which may be that of a new
        adapter. A later rename is not seen: ``event.luid.alias`` asks Windows. ``None`` when the
        adapter came and went between two reads, and for a watch of :mod:`ipif.netioapi`, which
        reads no adapters.
        """
        return getattr(self, "_adapter", _UNKNOWN)[0]

    @property
    def guid(self) -> UUID | None:
        """The GUID of the adapter, remembered as :attr:`alias` is."""
        return getattr(self, "_adapter", _UNKNOWN)[1]


class Event(_Remembered, _InterfaceKeys):
    """One change of one IP interface: what happened, and to which row.

    It says which row to read again, not what has changed in it.

    Attributes:
        type: Whether a row appeared, disappeared, or one of its members changed.
        family: ``"ipv4"`` or ``"ipv6"``.
        luid: The LUID of the interface.
        index: The index of the interface.

    Example:
        >>> import ipif
        >>> with ipif.watch("ipv4") as events:
        ...     before, after = ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
        ...     event = events.get(timeout=10)
        >>> event.type.name, event.family, event.index, event.alias
        ('ParameterNotification', 'ipv4', 13, 'Ethernet')
    """

    __module__ = "ipif"
    _kind = 0


class AddressEvent(_Remembered, _AddressKeys):
    """One change of one unicast IP address: what happened, and to which address.

    Attributes:
        type: Whether an address was added, removed, or one of its members changed.
        family: ``"ipv4"`` or ``"ipv6"``.
        luid: The LUID of the interface.
        index: The index of the interface.
        address: The address, as ``Address`` in rows of :func:`ipif.list_addresses`.

    Example:
        >>> import ipif
        >>> with ipif.watch_addresses() as events:
        ...     ipif.simulation.add_address("Ethernet", "192.168.1.20")
        ...     event = events.get(timeout=10)
        >>> event.type.name, str(event.address)
        ('AddInstance', '192.168.1.20')
    """

    __module__ = "ipif"
    _kind = 1


class RouteEvent(_Remembered, _RouteKeys):
    """One change of one route: what happened, and to which route.

    Attributes:
        type: Whether a route was added, removed, or one of its members changed.
        family: ``"ipv4"`` or ``"ipv6"``.
        luid: The LUID of the interface.
        index: The index of the interface.
        destination: The destination, as ``DestinationPrefix`` in rows of :func:`ipif.list_routes`.
        next_hop: The gateway, as ``NextHop`` in those rows. ``0.0.0.0`` or ``::`` for a route
            without one.

    Example:
        >>> import ipif
        >>> with ipif.watch_routes() as events:
        ...     ipif.simulation.add_route("Ethernet", "10.0.0.0/8", NextHop="192.168.1.1")
        ...     event = events.get(timeout=10)
        >>> event.type.name, str(event.destination), str(event.next_hop)
        ('AddInstance', '10.0.0.0/8', '192.168.1.1')
    """

    __module__ = "ipif"
    _kind = 2


if TYPE_CHECKING:
    _E = TypeVar("_E", bound=Event | AddressEvent | RouteEvent, default=Event)

    class _OfEvents(Generic[_E]):
        """Base of :class:`Watch`, which is generic in the kind of its events."""

else:

    class _OfEvents:
        __class_getitem__ = classmethod(GenericAlias)


class Watch(_OfEvents["_E"], Uncopyable):
    """The changes of IP interfaces, addresses or routes since it was opened, oldest first.

    Iterate it (``for`` or ``async for``), or call :meth:`get`. ``with`` or ``async with`` closes
    it. Its events are of :class:`ipif.Event`, :class:`ipif.AddressEvent` or
    :class:`ipif.RouteEvent`. An event says which row to read again, not what has changed in it.

    Events beyond ``capacity`` unread ones are dropped and counted in :attr:`dropped`: then read
    every row again.

    Any number of watches may be open, and any number of threads may read one; each event goes to
    one of them. Closing wakes waiting threads. An unreferenced watch is closed by the garbage
    collector. A watch belongs to the process that opened it: it cannot be copied or pickled, but
    its events can. :func:`ipif.watch`, :func:`ipif.watch_addresses` and :func:`ipif.watch_routes`
    return one.

    Example:
        >>> import ipif
        >>> events = ipif.watch(interface="Wi-Fi")
        >>> ipif.simulation.set_link("Wi-Fi", up=False)
        >>> sorted((events.get(timeout=10).family, events.get(timeout=10).family))
        ['ipv4', 'ipv6']
        >>> events.close()
    """

    __module__ = "ipif"

    def __init__(
        self,
        af: int,
        initial: bool,
        capacity: int,
        *,
        kind: type[_E] = Event,  # type: ignore[assignment]
        luid: int = 0,
    ) -> None:
        self._event_type = kind
        self._handle = native.watch_open(kind._kind, af, luid, initial, capacity)
        self._closed = False
        self._wait: _Wait | None = None
        # The adapters by LUID, and the compartment that they are in; None: nothing is remembered.
        self._adapters: dict[int, _Adapter] | None = None
        self._compartment = DEFAULT
        # The adapters that have disappeared since they were read: the LUID may be another's now.
        self._gone: set[int] = set()

    def _remember_adapters(self, luid: int) -> None:
        """Read the alias and the GUID of the adapter with *luid*, or of all when it is 0.

        Called after the registration, so that no adapter can disappear without an event and
        without having been read, except in between.
        """
        self._compartment = native.get_current_thread_compartment_id()
        try:
            table = (
                [native.get_if_entry2(luid=luid)]
                if luid
                else native.get_if_table2(WITHOUT_STATISTICS)
            )
        except Error:  # the events are worth more than the names
            table = []
        self._adapters = {row["InterfaceLuid"]: _names(row) for row in table}

    def _event(self, values: tuple[Any, ...]) -> _E:
        """Return the event that the extension has read from the ring, with the adapter's names."""
        number, af, luid, *keys = values
        change = NotificationType(number)
        event = self._event_type(change, NAMES[af], Luid(luid), *keys)
        if self._adapters is not None:
            event._adapter = self._adapter_of(change, luid, self._adapters)
        return event

    def _adapter_of(
        self, change: NotificationType, luid: int, adapters: dict[int, _Adapter]
    ) -> _Adapter:
        """Return the names of the adapter with *luid*; read them when it may be a new one."""
        if change is NotificationType.DeleteInstance:
            if self._event_type is Event:
                self._gone.add(luid)
        elif luid not in adapters or change is NotificationType.AddInstance:
            names = _read_adapter(luid, self._compartment)
            if names is not None:
                adapters[luid] = names
                self._gone.discard(luid)
            elif luid in self._gone:
                adapters.pop(luid, None)
        return adapters.get(luid, _UNKNOWN)

    @overload
    def get(self, timeout: None = None) -> _E: ...
    @overload
    def get(self, timeout: float | None) -> _E | None: ...  # noqa: F811
    def get(self, timeout: float | None = None) -> _E | None:  # noqa: F811
        """Return the next event.

        Events that came before the watch was closed can still be read. Ctrl-C ends the wait.

        Args:
            timeout: How long to wait, in seconds. ``None`` waits for ever.

        Returns:
            The event, or ``None`` when none arrives in time.

        Raises:
            ValueError: The watch is closed and no event is left, also when it is closed while this
                call waits; or *timeout* is negative or not a number.
            TypeError: *timeout* is not a number.
        """
        end = float("inf")
        if timeout is not None:
            end = monotonic() + read_seconds("timeout", timeout)
        while True:
            left = end - monotonic()
            event = native.watch_get(self._handle, min(max(left, 0.0), _SLICE))
            if event is not None:
                return self._event(event)
            if left <= 0:
                return None

    @property
    def initial(self) -> bool:
        """Whether the initial notification has come, which shows that the registration works."""
        return native.watch_initial(self._handle)

    @property
    def dropped(self) -> int:
        """How many events were dropped because nobody read fast enough. Kept after closing."""
        return native.watch_dropped(self._handle)

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` has been called."""
        return self._closed

    def close(self) -> None:
        """Stop the notifications and wake waiting threads. Closing again does nothing."""
        self._closed = True
        native.watch_close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    _instead = (
        "it belongs to its registration; open another one with ipif.watch(). Its events can be"
    )

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _E:
        try:
            return self.get()
        except ValueError:
            raise StopIteration from None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _E:
        while True:
            try:
                event = native.watch_get(self._handle, 0.0)
            except ValueError:
                raise StopAsyncIteration from None
            if event is not None:
                return self._event(event)
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
        from threading import Thread, main_thread

        self.loop = loop
        self.over = Event()
        self._handle = handle
        self._main_thread = main_thread()
        try:
            thread = Thread(target=self._run, name="ipif.watch", daemon=True)
        except RuntimeError:  # a sub-interpreter may not allow daemon threads
            thread = Thread(target=self._run, name="ipif.watch")
        thread.start()

    def _run(self) -> None:
        while self._main_thread.is_alive() and not self.loop.is_closed():
            try:
                if native.watch_wait(self._handle, _SLICE):
                    self.loop.call_soon_threadsafe(self.over.set)
                    return
            except RuntimeError:  # the loop has been closed since
                return
            except Exception:  # no memory: without this thread, tasks would wait for ever
                sleep(_SLICE)


def watch(
    family: Family | None = None,
    *,
    interface: Interface | None = None,
    initial: bool = False,
    capacity: int = 1024,
) -> Watch:
    """Watch the changes of IP interfaces.

    An event comes when a row appears, disappears, or one of its members changes. Windows does not
    notify of every MTU change that is made below the IP interface. Whether it notifies of a call of
    SetIpInterfaceEntry that changes nothing is unconfirmed; the simulation does not.

    So that :attr:`ipif.Event.alias` can tell the name of an adapter that is gone, the table of
    adapters is read once, here, and the adapter of a new row when the event of that row is read.
    :func:`ipif.netioapi.notify_ip_interface_change` reads neither.

    Args:
        family: The family, as for :func:`ipif.get_interface`. ``None`` means both.
        interface: The adapter whose events are kept, named as for :func:`ipif.get_interface`. Its
            LUID is looked up once, here. ``None`` means all.
        initial: Whether Windows sends an initial notification, which sets
            :attr:`ipif.Watch.initial`.
        capacity: How many unread events are kept, from 1 to 16777216.

    Returns:
        The :class:`ipif.Watch`, whose events are of :class:`ipif.Event`.

    Raises:
        ipif.ValidationError: The family is unknown, or the value cannot name an interface.
        ipif.InterfaceNotFound: There is no such interface.
        TypeError: *initial* is not a ``bool``, or *capacity* is not an ``int``.
        OverflowError: *capacity* is out of its range.
        ipif.Error: Windows refuses the registration.

    Example:
        >>> import ipif
        >>> with ipif.watch() as events:
        ...     before, after = ipif.update_interface("Ethernet", "ipv4", Metric=10)
        ...     event = events.get(timeout=10)
        ...     ipif.get_interface(event.luid, event.family)["Metric"]
        10

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    return _open(Event, family, interface, initial, capacity)


def watch_addresses(
    family: Family | None = None,
    *,
    interface: Interface | None = None,
    initial: bool = False,
    capacity: int = 1024,
) -> Watch[AddressEvent]:
    """Watch the changes of unicast addresses.

    An event comes when an address is added, removed, or one of its members changes, such as
    ``DadState``. It raises what :func:`ipif.watch` raises.

    Args:
        family: As for :func:`ipif.watch`.
        interface: As for :func:`ipif.watch`.
        initial: As for :func:`ipif.watch`.
        capacity: As for :func:`ipif.watch`.

    Returns:
        The :class:`ipif.Watch`, whose events are of :class:`ipif.AddressEvent`.

    Example:
        >>> import ipif
        >>> with ipif.watch_addresses("ipv4", interface="Wi-Fi") as events:
        ...     ipif.simulation.add_address("Wi-Fi", "192.168.1.21")
        ...     str(events.get(timeout=10).address)
        '192.168.1.21'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyunicastipaddresschange
    """
    return _open(AddressEvent, family, interface, initial, capacity)


def watch_routes(
    family: Family | None = None,
    *,
    interface: Interface | None = None,
    initial: bool = False,
    capacity: int = 1024,
) -> Watch[RouteEvent]:
    """Watch the changes of routes.

    An event comes when a route is added, removed, or one of its members changes. It raises what
    :func:`ipif.watch` raises.

    Args:
        family: As for :func:`ipif.watch`.
        interface: As for :func:`ipif.watch`.
        initial: As for :func:`ipif.watch`.
        capacity: As for :func:`ipif.watch`.

    Returns:
        The :class:`ipif.Watch`, whose events are of :class:`ipif.RouteEvent`.

    Example:
        >>> import ipif
        >>> with ipif.watch_routes("ipv4") as events:
        ...     ipif.simulation.add_route("Wi-Fi", "10.0.0.0/8", NextHop="192.168.1.1")
        ...     str(events.get(timeout=10).destination)
        '10.0.0.0/8'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyroutechange2
    """
    return _open(RouteEvent, family, interface, initial, capacity)


def _open(
    kind: type[_E],
    family: Family | None,
    interface: Interface | None,
    initial: bool,
    capacity: int,
) -> Watch[_E]:
    """Return a watch that remembers the names of adapters."""
    af = read_af_or_both(family)
    luid = 0 if interface is None else to_luid(interface)
    opened = Watch(af, initial, capacity, kind=kind, luid=luid)
    opened._remember_adapters(luid)
    return opened


def _names(row: MIB_IF_ROW2) -> _Adapter:
    """Return what is remembered of an adapter."""
    return row["Alias"], row["InterfaceGuid"]


def _read_adapter(luid: int, number: int) -> _Adapter | None:
    """Return what is remembered of the adapter with *luid* in compartment *number*, if it exists.

    Raises :class:`ipif.Error` only when the thread cannot return to its own compartment.
    """
    here = native.get_current_thread_compartment_id()
    try:
        if here == number:
            return _names(native.get_if_entry2(luid=luid))
        with compartment(number):
            return _names(native.get_if_entry2(luid=luid))
    except Error:
        if native.get_current_thread_compartment_id() != here:
            raise
        return None
