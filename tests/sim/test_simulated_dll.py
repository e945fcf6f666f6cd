"""The simulated iphlpapi.dll under Wine: it exports everything that Wine's own does."""

import ctypes
import socket
import sys

import pytest
import support.machine  # noqa: F401
from support import simulated_dll

import ipif
from ipif import netioapi

if ipif.backend != "windows" or sys.platform != "win32" or not simulated_dll.is_loaded():
    pytest.skip("there is no simulated iphlpapi.dll here", allow_module_level=True)

kernel32 = ctypes.WinDLL("kernel32.dll")
kernel32.GetProcAddress.restype = ctypes.c_void_p
kernel32.GetProcAddress.argtypes = [ctypes.c_void_p, ctypes.c_char_p]

#: What the simulation implements in addition to the functions that it counts.
NAMES = {"if_indextoname", "if_nametoindex"}

NOT_FOUND = r"no interface|Errno"  # what socket says differs between versions


def handle(dll: str) -> int:
    """Return the address of a DLL in memory; load it if necessary."""
    return ctypes.WinDLL(dll)._handle


def exports(module: int) -> set[str]:
    """Return the names in the export table of a loaded 64-bit DLL."""

    def number(offset: int) -> int:
        return ctypes.c_uint32.from_address(module + offset).value

    table = number(number(0x3C) + 24 + 112)
    names = number(table + 32)
    return {
        ctypes.string_at(module + number(names + 4 * item)).decode()
        for item in range(number(table + 24))
    }


def address(module: int, name: str) -> int | None:
    """Return the address of an exported function, or ``None``."""
    found: int | None = kernel32.GetProcAddress(module, name.encode())
    return found


def test_every_export_of_wines_own_dll_is_found() -> None:
    ours, wines = handle("iphlpapi.dll"), handle("wineiphlpapi.dll")
    names = exports(wines)
    assert len(names) > 100
    assert {name for name in names if not address(ours, name)} == set()


def test_functions_that_are_not_simulated_are_those_of_wine() -> None:
    ours, wines = handle("iphlpapi.dll"), handle("wineiphlpapi.dll")
    control = simulated_dll.SimulatedDll()
    for name in exports(wines):
        simulated = name in NAMES or control.address(name) != 0
        assert (address(ours, name) != address(wines, name)) == simulated, name


def test_the_simulated_functions_are_exported() -> None:
    ours = handle("iphlpapi.dll")
    control = simulated_dll.SimulatedDll()
    for name in ("SetIpInterfaceEntry", "GetIpInterfaceEntry", "InitializeIpInterfaceEntry"):
        assert address(ours, name) == control.address(name)
        assert name in exports(ours)


def test_socket_knows_the_interfaces_of_the_simulation() -> None:
    names = {
        row["InterfaceIndex"]: netioapi.convert_interface_luid_to_name(row["InterfaceLuid"])
        for row in ipif.list_adapters()
    }
    assert dict(socket.if_nameindex()) == names
    for index, name in names.items():
        assert socket.if_nametoindex(name) == index
        assert socket.if_indextoname(index) == name


def test_socket_knows_an_interface_as_long_as_it_exists() -> None:
    luid = ipif.simulation.add_interface("New")
    index = luid.index
    name = socket.if_indextoname(index)
    assert (name, socket.if_nametoindex(name)) == ("ethernet_32768", index)
    ipif.simulation.remove_interface(luid)
    with pytest.raises(OSError, match=NOT_FOUND):
        socket.if_indextoname(index)
    with pytest.raises(OSError, match=NOT_FOUND):
        socket.if_nametoindex(name)


def test_unknown_names_are_not_found() -> None:
    guid = "{0000000D-1111-4222-8333-0123456789AB}"  # of Ethernet: no name on Windows either
    for name in ("", "Ethernet", "ethernet_99", "ETHERNET_32769", "x" * 5000, guid):
        with pytest.raises(OSError, match=NOT_FOUND):
            socket.if_nametoindex(name)
    for index in (99, 2**32 - 1):
        with pytest.raises(OSError, match=NOT_FOUND):
            socket.if_indextoname(index)


def test_sockets_work() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"through")
        assert right.recv(100) == b"through"
    assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
