"""The machines that can be asked: a real Windows, and the simulation of this process.

Both are called by ctypes, behind the back of the extension: with all bytes of a row.
"""

import contextlib
import ctypes
import socket
import struct
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import ipif
from ipif._core.backend import native

ROW_SIZE = 168
PROTOTYPE = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
CALLBACK = PROTOTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_SITE_PREFIX_LENGTH = 144  # its offset
FAMILY = {"ipv4": 2, "ipv6": 23}  # of Windows, whatever system this is


class Notification(NamedTuple):
    """A call of a callback."""

    kind: int
    row: bytes | None
    in_thread_of_registration: bool


class Api:
    """The functions of iphlpapi.dll; *address* returns where one is."""

    def __init__(self, address: Callable[[str], int]) -> None:
        self._address = address

    def function(self, name: str, *arguments: Any, result: Any = ctypes.c_uint32) -> Any:
        """Return a function that takes these types."""
        return PROTOTYPE(result, *arguments)(self._address(name))

    def call(self, name: str, image: bytearray) -> int:
        """Call a function that takes a pointer to a MIB_IPINTERFACE_ROW; return its result."""
        buffer = (ctypes.c_uint64 * (ROW_SIZE // 8)).from_buffer(image)
        return int(self.function(name, ctypes.c_void_p)(ctypes.addressof(buffer)))

    def initialized(self) -> bytearray:
        """Return a row as InitializeIpInterfaceEntry leaves it, over unusual bytes."""
        image = bytearray(b"\xcc" * ROW_SIZE)
        buffer = (ctypes.c_uint64 * (ROW_SIZE // 8)).from_buffer(image)
        initialize = self.function("InitializeIpInterfaceEntry", ctypes.c_void_p, result=None)
        initialize(ctypes.addressof(buffer))
        del buffer
        return image

    def keyed(self, family: str, luid: int, index: int = 0) -> bytearray:
        """Return an initialized row with these keys."""
        image = self.initialized()
        struct.pack_into("<H", image, 0, FAMILY[family])
        struct.pack_into("<QI", image, 8, luid, index)
        return image

    def current(self, family: str, luid: int) -> bytearray:
        """Return the row that is there, by LUID alone, so that SetIpInterfaceEntry can take it."""
        image = bytearray(ROW_SIZE)
        struct.pack_into("<HxxxxxxQ", image, 0, FAMILY[family], luid)
        if code := self.call("GetIpInterfaceEntry", image):
            raise OSError(f"GetIpInterfaceEntry: {code}")
        struct.pack_into("<I", image, 16, 0)
        if family == "ipv4":
            struct.pack_into("<I", image, _SITE_PREFIX_LENGTH, 0)
        return image

    @contextlib.contextmanager
    def notifications(
        self, family: int = 0, *, initial: bool = False
    ) -> Iterator[list[Notification]]:
        """Register for changes; yield the list that the callback fills."""
        seen: list[Notification] = []
        own = threading.get_ident()

        @CALLBACK  # type: ignore[untyped-decorator]
        def callback(_context: object, row: int | None, kind: int) -> None:
            image = ctypes.string_at(row, ROW_SIZE) if row else None
            seen.append(Notification(kind, image, threading.get_ident() == own))

        pointers = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint8, ctypes.c_void_p]
        register = self.function("NotifyIpInterfaceChange", ctypes.c_uint16, *pointers)
        handle = ctypes.c_void_p()
        address = ctypes.cast(callback, ctypes.c_void_p)
        code = register(family, address, None, initial, ctypes.byref(handle))
        if code != 0:
            raise OSError(f"NotifyIpInterfaceChange: {code}")
        try:
            yield seen
        finally:
            self.function("CancelMibChangeNotify2", ctypes.c_void_p)(handle)


class Asked(ABC):
    """A machine with an expendable adapter, which questions change and restore."""

    #: Whether a question may restart the adapter, and end a process.
    is_real = False

    def __init__(self, api: Api, adapter: ipif.Luid) -> None:
        self.api = api
        self.adapter = adapter

    @abstractmethod
    def settle(self) -> None:
        """Wait until no callback is to be expected any more."""

    @abstractmethod
    def without_elevation(self) -> AbstractContextManager[None]:
        """Make this thread one that is not elevated, as long as the block runs."""

    @abstractmethod
    def rename(self, alias: str) -> None:
        """Give the adapter another alias."""


class SimulatedMachine(Asked):
    """The simulated machine of this process, with either backend."""

    def __init__(self, alias: str = "Ethernet") -> None:
        from support.machine import control

        self._control = control()
        super().__init__(Api(self._control.address), ipif.Luid.of(alias))

    def settle(self) -> None:
        self._control.settle(5000)

    @contextlib.contextmanager
    def without_elevation(self) -> Iterator[None]:
        ipif.simulation.elevated(False)
        try:
            yield
        finally:
            ipif.simulation.elevated(True)

    def rename(self, alias: str) -> None:
        ipif.simulation.rename_interface(self.adapter, alias)


class WindowsMachine(Asked):
    """This computer, which must be a real Windows."""

    is_real = True

    def __init__(self, adapter: ipif.Luid) -> None:
        super().__init__(windows_api(), adapter)

    def settle(self) -> None:
        time.sleep(0.5)

    @contextlib.contextmanager
    def without_elevation(self) -> Iterator[None]:
        """Impersonate the same user without the Administrators group and without privileges."""
        assert sys.platform == "win32"
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
        process, restricted = ctypes.c_void_p(), ctypes.c_void_p()
        own = ctypes.c_void_p(-1)  # the handle that GetCurrentProcess returns
        token_access, disable_max_privilege, lua_token = 0x000F01FF, 1, 4

        def must(done: int) -> None:
            if not done:
                raise ctypes.WinError(ctypes.get_last_error())

        must(advapi32.OpenProcessToken(own, token_access, ctypes.byref(process)))
        try:
            flags = disable_max_privilege | lua_token
            nothing = (0, None, 0, None, 0, None)
            must(advapi32.CreateRestrictedToken(process, flags, *nothing, ctypes.byref(restricted)))
            try:
                must(advapi32.ImpersonateLoggedOnUser(restricted))
                try:
                    yield
                finally:
                    must(advapi32.RevertToSelf())
            finally:
                kernel32.CloseHandle(restricted)
        finally:
            kernel32.CloseHandle(process)

    def rename(self, alias: str) -> None:
        powershell(f"Rename-NetAdapter -Name {quoted(self.adapter.alias)} -NewName {quoted(alias)}")

    @contextlib.contextmanager
    def disabled(self) -> Iterator[None]:
        """Disable the adapter as long as the block runs."""
        name = quoted(self.adapter.alias)
        families: Any = [
            row["Family"] for row in ipif.list_interfaces() if row["InterfaceLuid"] == self.adapter
        ]
        powershell(f"Disable-NetAdapter -Name {name} -Confirm:$false")
        try:
            yield
        finally:
            powershell(f"Enable-NetAdapter -Name {name} -Confirm:$false")
            for family in families:
                ipif.wait_for_interface(self.adapter, family, timeout=60)


def windows_api() -> Api:
    """Return the functions of the iphlpapi.dll of Windows."""
    assert sys.platform == "win32"
    dll = ctypes.WinDLL("iphlpapi.dll")
    return Api(lambda name: int(ctypes.cast(dll[name], ctypes.c_void_p).value or 0))


def quoted(text: str) -> str:
    """Return *text* as a string of PowerShell that stands for itself."""
    return "'" + text.replace("'", "''") + "'"


def powershell(script: str) -> str:
    """Return what a script of Windows PowerShell writes; raise when it fails."""
    head = "$ErrorActionPreference = 'Stop'; [Console]::OutputEncoding = [Text.Encoding]::UTF8; "
    done = subprocess.run(
        ["powershell", "-NoProfile", "-NonInteractive", "-Command", head + script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise OSError(f"PowerShell: {script}\n{done.stdout}{done.stderr}")
    return done.stdout


def row_of(image: bytes) -> dict[str, Any]:
    """Return the row in the bytes of a MIB_IPINTERFACE_ROW."""
    row: dict[str, Any] = native.unpack("MIB_IPINTERFACE_ROW", bytes(image))
    return row


def differing(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    """Return the settable members in which two rows differ.

    Left out are SitePrefixLength of IPv4, because nothing can bring back the 64 of a new adapter,
    and a metric that Windows computes.
    """
    wrong = {}
    for field in ipif.FIELDS:
        name = field.name
        is_free = name == "SitePrefixLength" and before["Family"] == socket.AF_INET
        is_free |= name == "Metric" and before["UseAutomaticMetric"] and after["UseAutomaticMetric"]
        if field.access == "settable" and before[name] != after[name] and not is_free:
            wrong[name] = (before[name], after[name])
    return wrong


@contextlib.contextmanager
def restored(adapter: ipif.Luid) -> Iterator[None]:
    """Set the rows of the adapter as they were before the block; fail when that is impossible."""
    before = [row for row in ipif.list_interfaces() if row["InterfaceLuid"] == adapter]
    try:
        yield
    finally:
        wrong = {}
        for row in before:
            # The index of an adapter that was restarted can be another one.
            ipif.set_interface({**row, "InterfaceIndex": adapter.index})
            now = ipif.get_interface(adapter, row["Family"])
            if found := differing(row, now):
                wrong[ipif.to_json(row)["Family"]] = found
        assert not wrong, f"not as before: {wrong}"
