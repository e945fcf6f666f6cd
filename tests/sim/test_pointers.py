"""The simulated Win32 functions, called as a C program calls them, with pointers that are wrong."""

import ctypes
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from support.machine import COUNTED, control

import ipif
from ipif import simulation

FUNCTION = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
INVALID_PARAMETER = 87
NULL = None
V4, ANY, UNKNOWN_FAMILY = socket.AF_INET, socket.AF_UNSPEC, 77


def call(function: str, *arguments: object) -> int:
    """Call a simulated function; integers are passed as 32 bits, everything else as pointers."""
    kinds = [ctypes.c_uint32 if isinstance(each, int) else ctypes.c_void_p for each in arguments]
    prototype = FUNCTION(ctypes.c_uint32, *kinds)
    return int(prototype(control().address(function))(*arguments))


def pointer_to(data: bytes) -> object:
    return ctypes.byref(ctypes.create_string_buffer(data, len(data)))


def luid(number: int = 0) -> object:
    return ctypes.byref(ctypes.c_uint64(number or ipif.Luid.of("Ethernet")))


def address(family: int) -> object:
    """Return a pointer to a SOCKADDR_INET."""
    return pointer_to(struct.pack("<HH4s20x", family, 0, bytes([8, 8, 8, 8])))


CALLBACK_TYPE = FUNCTION(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


@CALLBACK_TYPE
def callback(_context: object, _row: object, _kind: object) -> None:
    raise AssertionError("it is never registered")


CALLBACK = ctypes.cast(callback, ctypes.c_void_p)
OUT = ctypes.byref(ctypes.create_string_buffer(2048))

WRONG: list[tuple[str, list[object]]] = [
    ("GetIpInterfaceEntry", [NULL]),
    ("SetIpInterfaceEntry", [NULL]),
    ("GetIpInterfaceTable", [V4, NULL]),
    ("GetIpInterfaceTable", [UNKNOWN_FAMILY, OUT]),
    ("GetIpForwardTable2", [V4, NULL]),
    ("GetIpForwardTable2", [UNKNOWN_FAMILY, OUT]),
    ("GetUnicastIpAddressTable", [V4, NULL]),
    ("GetUnicastIpAddressTable", [UNKNOWN_FAMILY, OUT]),
    ("GetIfEntry2", [NULL]),
    ("GetIfTable2", [NULL]),
    ("GetIfTable2Ex", [0, NULL]),
    ("GetIfTable2Ex", [9, OUT]),
    ("ConvertInterfaceIndexToLuid", [13, NULL]),
    ("ConvertInterfaceLuidToIndex", [NULL, OUT]),
    ("ConvertInterfaceLuidToIndex", [luid(1), NULL]),
    ("ConvertInterfaceGuidToLuid", [NULL, OUT]),
    ("ConvertInterfaceGuidToLuid", [pointer_to(bytes(16)), NULL]),
    ("ConvertInterfaceLuidToGuid", [NULL, OUT]),
    ("ConvertInterfaceLuidToGuid", [luid(1), NULL]),
    ("ConvertInterfaceAliasToLuid", [NULL, OUT]),
    ("ConvertInterfaceAliasToLuid", [pointer_to(b"E\0\0\0"), NULL]),
    ("ConvertInterfaceLuidToAlias", [NULL, OUT, ctypes.c_void_p(257)]),
    ("ConvertInterfaceLuidToAlias", [luid(1), NULL, ctypes.c_void_p(257)]),
    ("ConvertInterfaceLuidToNameW", [NULL, OUT, ctypes.c_void_p(257)]),
    ("ConvertInterfaceLuidToNameW", [luid(1), NULL, ctypes.c_void_p(257)]),
    ("GetBestRoute", [0x08080808, 0, NULL]),
    ("GetBestRoute2", [NULL, 13, NULL, NULL, 0, OUT, OUT]),
    ("GetBestRoute2", [NULL, 13, NULL, address(UNKNOWN_FAMILY), 0, OUT, OUT]),
    ("GetBestRoute2", [NULL, 13, NULL, address(V4), 0, NULL, OUT]),
    ("GetBestRoute2", [NULL, 13, NULL, address(V4), 0, OUT, NULL]),
    ("GetBestRoute2", [NULL, 13, address(23), address(V4), 0, OUT, OUT]),
    ("NotifyIpInterfaceChange", [ANY, NULL, NULL, 0, OUT]),
    ("NotifyIpInterfaceChange", [ANY, CALLBACK, NULL, 0, NULL]),
    ("NotifyIpInterfaceChange", [UNKNOWN_FAMILY, CALLBACK, NULL, 0, OUT]),
    ("NotifyUnicastIpAddressChange", [UNKNOWN_FAMILY, CALLBACK, NULL, 0, OUT]),
    ("NotifyRouteChange2", [UNKNOWN_FAMILY, CALLBACK, NULL, 0, OUT]),
    ("CancelMibChangeNotify2", [NULL]),
]


@pytest.mark.parametrize(("function", "arguments"), WRONG, ids=[name for name, _ in WRONG])
def test_a_pointer_that_is_null_or_names_an_unknown_family_is_an_invalid_parameter(
    function: str, arguments: list[object]
) -> None:
    before = simulation.dump()
    assert call(function, *arguments) == INVALID_PARAMETER
    assert simulation.dump() == before


def test_every_function_that_takes_a_pointer_and_returns_an_error_is_tried() -> None:
    no_pointer_or_no_error = {
        "InitializeIpInterfaceEntry",
        "FreeMibTable",
        "GetCurrentThreadCompartmentId",
        "SetCurrentThreadCompartmentId",
    }
    assert {name for name, _ in WRONG} == set(COUNTED) - no_pointer_or_no_error


@pytest.fixture
def table() -> Iterator[ctypes.c_void_p]:
    """Give a pointer to a table, which is freed."""
    pointer = ctypes.c_void_p()
    yield pointer
    FUNCTION(None, ctypes.c_void_p)(control().address("FreeMibTable"))(pointer)


def test_get_if_table2_is_the_table_of_level_0(table: ctypes.c_void_p) -> None:
    assert call("GetIfTable2", ctypes.byref(table)) == 0
    count = ctypes.c_uint32.from_address(table.value or 0).value
    assert count == len(ipif.netioapi.get_if_table2())


@pytest.mark.parametrize("function", ["ConvertInterfaceLuidToAlias", "ConvertInterfaceLuidToNameW"])
def test_a_name_that_does_not_fit_is_not_written(function: str) -> None:
    assert call(function, luid(), OUT, ctypes.c_void_p(3)) == 8  # ERROR_NOT_ENOUGH_MEMORY


@CALLBACK_TYPE
def ignore(_context: object, _row: object, _kind: object) -> None:
    pass


def test_a_registration_that_cannot_be_cancelled_can_be_later() -> None:
    handle = ctypes.c_void_p()
    address = ctypes.cast(ignore, ctypes.c_void_p)
    assert call("NotifyIpInterfaceChange", ANY, address, NULL, 0, ctypes.byref(handle)) == 0
    simulation.fail("CancelMibChangeNotify2", 31)
    assert call("CancelMibChangeNotify2", handle) == 31
    assert call("CancelMibChangeNotify2", handle) == 0
    assert call("CancelMibChangeNotify2", handle) == INVALID_PARAMETER


def test_a_callback_may_cancel_its_own_registration() -> None:
    answers: list[int] = []
    done = threading.Event()
    handle = ctypes.c_void_p()

    @CALLBACK_TYPE
    def cancel(_context: object, _row: object, _kind: object) -> None:
        answers.append(call("CancelMibChangeNotify2", handle))
        done.set()

    address = ctypes.cast(cancel, ctypes.c_void_p)
    assert call("NotifyIpInterfaceChange", ANY, address, NULL, 0, ctypes.byref(handle)) == 0
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    assert done.wait(30)
    assert control().settle(30_000) == 0
    assert answers == [0]
    time.sleep(0.05)  # the thread of the registration, whose code is cancel, ends
