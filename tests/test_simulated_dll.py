"""The simulated iphlpapi.dll under Wine: nothing that Wine's own exports is missing in it."""

import ctypes
import socket
import sys

import pytest
import simulated_dll

import ipif
from ipif import netioapi

if ipif.backend != "windows" or sys.platform != "win32" or not simulated_dll.is_loaded():
    pytest.skip("there is no simulated iphlpapi.dll here", allow_module_level=True)

kernel32 = ctypes.WinDLL("kernel32.dll")
kernel32.GetProcAddress.restype = ctypes.c_void_p
kernel32.GetProcAddress.argtypes = [ctypes.c_void_p, ctypes.c_char_p]

#: What the simulation answers itself, beside the functions that it counts.
NAMES = {"if_indextoname", "if_nametoindex"}

NOBODY = r"no interface|Errno"  # what socket says differs between versions


def handle(dll: str) -> int:
    """Return where a DLL stands in memory; it is loaded when nobody has needed it yet."""
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
    """Return what a program gets that asks for an exported function."""
    found: int | None = kernel32.GetProcAddress(module, name.encode())
    return found


def test_every_export_of_wines_own_dll_is_found() -> None:
    ours, wines = handle("iphlpapi.dll"), handle("wineiphlpapi.dll")
    names = exports(wines)
    assert len(names) > 100
    assert {name for name in names if not address(ours, name)} == set()


def test_what_is_not_simulated_is_wines_own() -> None:
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
        for row in ipif.list_links()
    }
    assert dict(socket.if_nameindex()) == names
    for index, name in names.items():
        assert socket.if_nametoindex(name) == index
        assert socket.if_indextoname(index) == name


def test_socket_knows_an_interface_as_long_as_it_is_there() -> None:
    luid = ipif.simulation.add_interface("New")
    index = luid.index
    name = socket.if_indextoname(index)
    assert (name, socket.if_nametoindex(name)) == ("ethernet_32768", index)
    ipif.simulation.remove_interface(luid)
    with pytest.raises(OSError, match=NOBODY):
        socket.if_indextoname(index)
    with pytest.raises(OSError, match=NOBODY):
        socket.if_nametoindex(name)


def test_names_that_nobody_has() -> None:
    for name in ("", "Ethernet", "ethernet_99", "ETHERNET_32769", "x" * 5000):
        with pytest.raises(OSError, match=NOBODY):
            socket.if_nametoindex(name)
    for index in (99, 2**32 - 1):
        with pytest.raises(OSError, match=NOBODY):
            socket.if_indextoname(index)


def test_sockets_work() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"through")
        assert right.recv(100) == b"through"
    assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
