"""wait_for_interface: wait until an adapter has its rows, and until it is connected."""

from __future__ import annotations

from errno import EINVAL
from time import monotonic

from ipif._core.backend import native
from ipif._core.errors import (
    Error,
    FamilyNotBound,
    InterfaceNotFound,
    Problem,
    ValidationError,
    derived,
    expected,
)
from ipif._core.family import ADVICE, AF_UNSPEC, NAMES, RULE, find_af, read_af
from ipif._core.identify import shown_interface, to_luid
from ipif._core.interfaces import list_interfaces
from ipif._core.timing import read_seconds
from ipif._core.watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ipif._core.types import MIB_IPINTERFACE_ROW, Family, Interface

# Seconds. Windows does not notify of everything, such as a new alias of an adapter.
_LOOK_AGAIN = 2.0


class NotReady(Error, TimeoutError):
    """The rows that a caller waited for did not appear in time.

    It is a ``TimeoutError`` too. ``winerror``, ``function`` and ``family`` are those of the last
    failing call, which is the ``__cause__``. When the rows exist but are not connected, no call has
    failed: ``winerror`` and ``__cause__`` are ``None``.

    Attributes:
        reason: One of the texts from ``NO_INTERFACE`` to ``CONNECTED``.
        NO_INTERFACE: No interface has this index, LUID, alias or GUID.
        NOT_BOUND: The interface exists without this family. It has just been created and waiting
            longer may help, or the binding is switched off on this adapter.
        FAMILY_DISABLED: No interface at all has this family. It is disabled on this computer, and
            waiting does not help.
        NOT_CONNECTED: The rows exist, but at least one is not connected. There is no cable or no
            network, or the adapter is not up.
        CONNECTED: The rows exist, but at least one is still connected, although the caller waited
            for none.

    Example:
        >>> import ipif
        >>> try:
        ...     ipif.wait_for_interface("OpenVPN Wintun", connected=True, timeout=0)
        ... except ipif.NotReady as error:
        ...     print(error.reason, error.reason == ipif.NotReady.NOT_CONNECTED)
        not connected True
    """

    __module__ = "ipif"

    NO_INTERFACE = "no such interface"
    """No interface has this index, LUID, alias or GUID."""
    NOT_BOUND = "family not bound to it"
    """The interface exists without this family. It has just been created and waiting longer may
    help, or the binding is switched off on this adapter."""
    FAMILY_DISABLED = "no interface has this family"
    """No interface at all has this family. It is disabled on this computer, and waiting does not
    help."""
    NOT_CONNECTED = "not connected"
    """The rows exist, but at least one is not connected. There is no cable or no network, or the
    adapter is not up."""
    CONNECTED = "still connected"
    """The rows exist, but at least one is still connected, although the caller waited for none."""

    reason: str = ""
    """One of the texts from ``NO_INTERFACE`` to ``CONNECTED``."""

    def __str__(self) -> str:
        if self.function is None and self.reason:
            return f"{self.strerror}: {self.interface!r}"
        return super().__str__()

    def to_json(self) -> dict[str, Any]:
        """Return the error as a dict that :mod:`json` can write.

        Returns:
            What :meth:`ipif.Error.to_json` returns, and the ``reason``.
        """
        return {**super().to_json(), "reason": self.reason}


def wait_for_interface(
    interface: Interface,
    family: Family | Iterable[Family] | None = None,
    *,
    connected: bool | None = None,
    timeout: float | None = 30.0,
) -> dict[str, MIB_IPINTERFACE_ROW]:
    """Wait until an interface has its rows, and until it is connected.

    It registers for notifications before it reads the rows, so it misses none. It reads them again
    every two seconds, because Windows does not notify of everything.

    Args:
        interface: What names the interface, as for :func:`ipif.get_interface`. It need not exist
            yet.
        family: One family or a list of families. ``None`` waits for both, because the IPv4 and the
            IPv6 row of a new adapter appear one after the other.
        connected: Wait until ``Connected`` of every row has this value, too. An adapter can have
            rows long before it can send. ``None`` means that either value will do.
        timeout: How long to wait, in seconds. 0 looks once. ``None`` waits for ever.

    Returns:
        The rows by family, ``{"ipv4": row, "ipv6": row}``.

    Raises:
        ipif.NotReady: The time is up. Its ``reason`` says what was missing.
        ipif.ValidationError: An argument cannot name an interface or a family.
        TypeError: *timeout* is not a number.
        ValueError: *timeout* is negative, or not a number.
        ipif.Error: Windows refuses a call for another reason.

    Example:
        >>> import ipif
        >>> rows = ipif.wait_for_interface("Ethernet", connected=True, timeout=10)
        >>> rows["ipv4"]["NlMtu"], rows["ipv6"]["NlMtu"]
        (1500, 1492)

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    wanted = _Wanted(interface, family, connected, timeout)
    with _watch() as events:
        while not wanted.look():
            events.get(wanted.pause())
    return wanted.rows


async def wait_for_interface_async(
    interface: Interface,
    family: Family | Iterable[Family] | None = None,
    *,
    connected: bool | None = None,
    timeout: float | None = 30.0,
) -> dict[str, MIB_IPINTERFACE_ROW]:
    """Wait as :func:`ipif.wait_for_interface` does, as a coroutine of :mod:`asyncio`.

    It can be cancelled, and other tasks run meanwhile. It raises what
    :func:`ipif.wait_for_interface` raises.

    Args:
        interface: As for :func:`ipif.wait_for_interface`.
        family: As for :func:`ipif.wait_for_interface`.
        connected: As for :func:`ipif.wait_for_interface`.
        timeout: As for :func:`ipif.wait_for_interface`, in seconds.

    Returns:
        The rows by family, ``{"ipv4": row, "ipv6": row}``.

    Example:
        >>> import asyncio
        >>> import ipif
        >>> async def metric():
        ...     rows = await ipif.wait_for_interface_async("Ethernet", "ipv4", timeout=10)
        ...     return rows["ipv4"]["Metric"]
        >>> asyncio.run(metric())
        25

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    import asyncio
    from contextlib import suppress

    wanted = _Wanted(interface, family, connected, timeout)
    with _watch() as events:
        while not wanted.look():
            pause = wanted.pause()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await anext(events)
    return wanted.rows


def _watch() -> Watch:
    """Return a watch of both families."""
    return Watch(AF_UNSPEC, initial=False, capacity=1024)


class _Wanted:
    """The rows that a caller waits for."""

    def __init__(
        self,
        interface: Any,
        family: Family | Iterable[Family] | None,
        connected: bool | None,
        timeout: float | None,
    ) -> None:
        self.rows: dict[str, MIB_IPINTERFACE_ROW] = {}
        self._interface = interface
        self._afs = _read_families(family)
        if connected is not None and type(connected) is not bool:
            advice = "write True, False, or None"
            rule = expected("bool", connected)
            raise ValidationError([Problem("connected", connected, rule, advice)])
        self._connected = connected
        self._seconds = float("inf") if timeout is None else read_seconds("timeout", timeout)
        self._end = monotonic() + self._seconds
        self._missing: Error | None = None

    def look(self) -> bool:
        """Read the rows; return whether all of them are as the caller wants them."""
        self._missing = None
        try:
            luid = to_luid(self._interface, suggest_alias=False)
            for af in self._afs:
                self.rows[NAMES[af]] = native.get_ip_interface_entry(af, luid=luid)
        except (InterfaceNotFound, FamilyNotBound) as error:
            self._missing = error
            return False
        except Error as error:
            error.interface = shown_interface(self._interface)
            raise
        return self._connected is None or all(
            row["Connected"] is self._connected for row in self.rows.values()
        )

    def pause(self) -> float:
        """Return the seconds until the rows are read again; raise when the time is up."""
        left = self._end - monotonic()
        if left <= 0:
            raise self._not_ready(self._missing) from self._missing
        return min(left, _LOOK_AGAIN)

    def _not_ready(self, missing: Error | None) -> NotReady:
        """Return the exception that gives the reason: *missing* rows, or ``Connected``."""
        if missing is None:
            reason = NotReady.NOT_CONNECTED if self._connected else NotReady.CONNECTED
            missing = Error(EINVAL, "")  # ETIMEDOUT is not the same number on every system
        elif isinstance(missing, InterfaceNotFound):
            reason = NotReady.NO_INTERFACE
        elif _is_installed(missing.family):
            reason = NotReady.NOT_BOUND
        else:
            reason = NotReady.FAMILY_DISABLED
        text = f"not ready after {self._seconds:g} s, {reason}"
        error = derived(NotReady, missing, text)
        error.interface = shown_interface(self._interface)
        error.reason = reason
        return error


def _is_installed(family: Any) -> bool:
    """Return whether any interface has *family*."""
    try:
        return bool(list_interfaces(family))
    except Error:  # 50: the transport is not configured
        return False


def _read_families(family: Any) -> list[int]:
    """Return the AF_ numbers of *family*: one family, several, or ``None`` for both."""
    if family is None:
        return list(NAMES)
    if find_af(family) is not None or isinstance(family, str):
        return [read_af(family)]
    try:
        afs = list(dict.fromkeys(map(read_af, family)))
    except TypeError:
        afs = []
    if not afs:
        raise ValidationError([Problem("family", family, RULE, f"{ADVICE}, or a list of them")])
    return afs
