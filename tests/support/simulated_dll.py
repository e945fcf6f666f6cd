"""The controls of a simulated iphlpapi.dll, for the suite with backend ``windows`` under Wine.

There the shipped ``_ipif.pyd`` calls what it takes for Windows, and the tests reach the other side
of that DLL through ctypes.  The functions are those of ``_sim_control``, so ``ipif.simulation``
works with either.
"""

import ctypes
import sys


class SimulatedDll:
    """``_sim_control`` made of the exports ``sim_...`` of the loaded iphlpapi.dll."""

    def __init__(self) -> None:
        dll = ctypes.WinDLL("iphlpapi.dll")  # type: ignore[attr-defined]
        u32, u64 = ctypes.c_uint32, ctypes.c_uint64
        size, text = ctypes.c_size_t, ctypes.c_char_p

        def export(name: str, result: object, *arguments: object) -> object:
            # The controls are plain C functions, unlike the Win32 functions of the same DLL.
            function = ctypes.CDLL("iphlpapi.dll", handle=dll._handle)[f"sim_{name}"]
            function.restype = result
            function.argtypes = arguments
            return function

        self._load = export("load", u32, text, size)
        self._load_first = export("load_first", u32, text, size)
        self._dump = export("dump", size, ctypes.c_void_p, size)
        self._flags = export("flags", u32)
        self._set_flags = export("set_flags", None, u32, u32)
        self._fail = export("fail", u32, text, u32, u32, u32)
        self._clear_faults = export("clear_faults", None)
        self._adapter = export("adapter", u32, u64, ctypes.c_void_p)
        self._luid_of_alias = export("luid_of_alias", u64, text)
        self._luid_of_index = export("luid_of_index", u64, u32)
        self._unused_index = export("unused_index", u32)
        self._unused_luid = export("unused_luid", u64, ctypes.c_uint16)
        self._add_adapter = export("add_adapter", u32, text)
        self._rename_adapter = export("rename_adapter", u32, u64, text)
        self._set_link = export("set_link", u32, u64, ctypes.c_int)
        self._move_adapter = export("move_adapter", u32, u64, u32)
        self._remove_interface = export("remove_interface", u32, u64)
        self._bind = export("bind", u32, text)
        self._unbind = export("unbind", u32, ctypes.c_uint16, u64)
        self._add_route = export("add_route", u32, text)
        self._add_address = export("add_address", u32, text)
        self._set_delay = export("set_delay", None, u32)
        self._function_name = export("function_name", text, u32, ctypes.c_void_p)
        self._live_tables = export("live_tables", size)
        self._calls = export("calls", u64, text)
        self._address = export("address", ctypes.c_void_p, text)
        self._settle = export("settle", u32, u32)

    def load(self, packed: bytes, /) -> int:
        return self._load(packed, len(packed))

    def load_first(self, packed: bytes, /) -> int:
        return self._load_first(packed, len(packed))

    def dump(self) -> bytes:
        buffer = ctypes.create_string_buffer(self._dump(None, 0))
        written = self._dump(buffer, len(buffer))
        return buffer.raw[:written]

    def flags(self) -> int:
        return self._flags()

    def set_flags(self, mask: int, values: int, /) -> None:
        self._set_flags(mask, values)

    def fail(self, function: str, code: int, times: int, after: int, /) -> int:
        return self._fail(function.encode(), code, times, after)

    def clear_faults(self) -> None:
        self._clear_faults()

    def adapter(self, luid: int, /) -> bytes:
        buffer = ctypes.create_string_buffer(1352)  # MIB_IF_ROW2
        return b"" if self._adapter(luid, buffer) else buffer.raw

    def luid_of_alias(self, alias: bytes, /) -> int:
        return self._luid_of_alias(alias + b"\0\0")

    def luid_of_index(self, index: int, /) -> int:
        return self._luid_of_index(index)

    def unused_index(self) -> int:
        return self._unused_index()

    def unused_luid(self, type: int, /) -> int:
        return self._unused_luid(type)

    def add_adapter(self, adapter: bytes, /) -> int:
        return self._add_adapter(adapter)

    def rename_adapter(self, luid: int, alias: bytes, /) -> int:
        return self._rename_adapter(luid, alias + b"\0\0")

    def set_link(self, luid: int, is_up: int, /) -> int:
        return self._set_link(luid, is_up)

    def move_adapter(self, luid: int, compartment: int, /) -> int:
        return self._move_adapter(luid, compartment)

    def remove_interface(self, luid: int, /) -> int:
        return self._remove_interface(luid)

    def bind(self, row: bytes, /) -> int:
        return self._bind(row)

    def unbind(self, family: int, luid: int, /) -> int:
        return self._unbind(family, luid)

    def add_route(self, row: bytes, /) -> int:
        return self._add_route(row)

    def add_address(self, row: bytes, /) -> int:
        return self._add_address(row)

    def set_delay(self, microseconds: int, /) -> None:
        self._set_delay(microseconds)

    def functions(self) -> dict[str, bool]:
        functions: dict[str, bool] = {}
        can_fail = ctypes.c_int()
        while name := self._function_name(len(functions), ctypes.byref(can_fail)):
            functions[name.decode()] = bool(can_fail.value)
        return functions

    def live_tables(self) -> int:
        return self._live_tables()

    def calls(self, function: str, /) -> int:
        return self._calls(function.encode())

    def address(self, function: str, /) -> int:
        return self._address(function.encode()) or 0

    def settle(self, milliseconds: int, /) -> int:
        return self._settle(milliseconds)


def is_loaded() -> bool:
    """Return whether the iphlpapi.dll of this process is the simulated one."""
    if sys.platform != "win32":
        return False
    dll = ctypes.WinDLL("iphlpapi.dll")
    return hasattr(dll, "sim_flags") and hasattr(dll, "sim_load")
