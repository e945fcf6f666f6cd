"""wait_for_interface: until an adapter that is being created has its rows."""

from __future__ import annotations

from time import monotonic

from ipif import netioapi
from ipif._errors import (
    Error,
    FamilyNotBound,
    InterfaceNotFound,
    NotReady,
    Problem,
    ValidationError,
    derived,
)
from ipif._family import NAMES, family_code
from ipif._interfaces import list_interfaces, shown_interface, to_luid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ipif.types import MIB_IPINTERFACE_ROW, Family, Interface

# Seconds. Nobody promises a notification for everything, such as an adapter that gets its alias.
_LOOK_AGAIN = 2.0
_FOR_EVER = float("inf")


def wait_for_interface(
    interface: Interface,
    families: Family | Iterable[Family] = ("ipv4", "ipv6"),
    timeout: float | None = 30.0,
) -> dict[str, MIB_IPINTERFACE_ROW]:
    """Wait until *interface* has a row of each of *families*; return them by family name.

    The interface is named as for :func:`ipif.get_interface`; nothing needs to have this alias,
    LUID, GUID or index yet. *timeout* is in seconds, ``None`` for ever; 0 looks once.

    A notification is asked for before the first look, so nothing is missed in between, and all is
    looked at again every two seconds.

    Raises :class:`ipif.NotReady` when the time is up, a ``TimeoutError`` whose ``reason`` says
    which it is: ``"no such interface"``, ``"family not bound to it"`` (just not yet, or switched
    off on this adapter), or ``"no interface has this family"`` (the stack is disabled: waiting
    does not help). :class:`ipif.ValidationError` for arguments that name nothing, and
    :class:`ipif.Error` for any other refusal.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    wanted = _Wanted(interface, families, timeout)
    with netioapi.notify_ip_interface_change() as events:
        while not wanted.look():
            events.get(wanted.pause())
    return wanted.rows


async def wait_for_interface_async(
    interface: Interface,
    families: Family | Iterable[Family] = ("ipv4", "ipv6"),
    timeout: float | None = 30.0,
) -> dict[str, MIB_IPINTERFACE_ROW]:
    """Do what :func:`ipif.wait_for_interface` does, as a coroutine of :mod:`asyncio`.

    When it is cancelled, the notification ends at once.
    """
    import asyncio
    from contextlib import suppress

    wanted = _Wanted(interface, families, timeout)
    with netioapi.notify_ip_interface_change() as events:
        while not wanted.look():
            pause = wanted.pause()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await anext(events)
    return wanted.rows


class _Wanted:
    """The rows that somebody waits for."""

    def __init__(
        self, interface: Any, families: Family | Iterable[Family], timeout: float | None
    ) -> None:
        self.rows: dict[str, MIB_IPINTERFACE_ROW] = {}
        self._interface = interface
        self._codes = _read_families(families)
        self._seconds = _read_timeout(timeout)
        self._end = monotonic() + self._seconds
        self._missing: Error | None = None

    def look(self) -> bool:
        """Look at all rows; return whether they are there."""
        try:
            luid = to_luid(self._interface)
            for code in self._codes:
                self.rows[NAMES[code]] = netioapi.get_ip_interface_entry(code, luid=luid)
        except (InterfaceNotFound, FamilyNotBound) as error:
            self._missing = error
            return False
        except Error as error:
            error.interface = shown_interface(self._interface)
            raise
        return True

    def pause(self) -> float:
        """Return how long to wait before the next look; raise when the time is up."""
        left = self._end - monotonic()
        if left <= 0:
            assert self._missing is not None
            raise self._not_ready(self._missing) from self._missing
        return min(left, _LOOK_AGAIN)

    def _not_ready(self, missing: Error) -> NotReady:
        """Return the exception that says why *missing* is not there."""
        if isinstance(missing, InterfaceNotFound):
            reason = NotReady.NO_INTERFACE
        elif _is_installed(missing.family):
            reason = NotReady.NOT_BOUND
        else:
            reason = NotReady.NO_STACK
        error = derived(NotReady, missing, f"not ready after {self._seconds:g} s, {reason}")
        error.interface = shown_interface(self._interface)
        error.reason = reason
        return error


def _is_installed(family: Any) -> bool:
    """Return whether any interface has *family*."""
    try:
        return bool(list_interfaces(family))
    except Error:  # 50: the transport is not configured
        return False


def _read_families(families: Any) -> list[int]:
    """Return the codes of *families*, which may be a single one."""
    if isinstance(families, (str, int)):
        families = (families,)
    try:
        codes = list(dict.fromkeys(family_code(family) for family in families))
    except TypeError:
        codes = []
    if not codes:
        advice = 'write ("ipv4", "ipv6"), or one of them'
        raise ValidationError([Problem("families", families, "no families", advice)])
    return codes


def _read_timeout(timeout: Any) -> float:
    """Return *timeout* in seconds."""
    if timeout is None:
        return _FOR_EVER
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds, not {type(timeout).__name__}")
    if not timeout >= 0:
        raise ValueError("timeout must be a number of seconds from 0 up, or None")
    return float(timeout)
