"""With ctypes, by somebody who knows it well: what ipif is measured against.

``c_bool`` for BOOLEAN, one dict display for each row, arrays read as slices. Functions come as
addresses, so that every implementation calls the very same code.
"""

import ctypes
import time
import uuid

from . import ADAPTER_ROW, AF_UNSPEC, INTERFACE_ROW, check, display, members

ULONG, BOOLEAN = ctypes.c_uint32, ctypes.c_bool
FUNCTION = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
TABLE_AT = 8  # where the rows of a table begin


def structure(name: str, text: str, size: int) -> type[ctypes.Structure]:
    """Return the ctypes structure of the members in *text*."""
    fields = []
    for member, kind in members(text).items():
        item, _, count = kind.partition("*")
        kind_of_item = getattr(ctypes, f"c_{item}")
        fields.append((member, kind_of_item * int(count) if count else kind_of_item))
    made = type(name, (ctypes.Structure,), {"_fields_": fields})
    assert ctypes.sizeof(made) == size
    return made


MIB_IPINTERFACE_ROW = structure("MIB_IPINTERFACE_ROW", INTERFACE_ROW, 168)
MIB_IF_ROW2 = structure("MIB_IF_ROW2", ADAPTER_ROW, 1352)


def text(units: "ctypes.Array[ctypes.c_uint16]") -> str:
    """Return the text before the first NUL, found without a loop over the 257 units."""
    return bytes(units).decode("utf-16-le", "surrogatepass").partition("\0")[0]


row_to_dict = display(INTERFACE_ROW, {"ZoneIndices": "tuple(row.ZoneIndices[:])"})
adapter_to_dict = display(
    ADAPTER_ROW,
    {
        "uint8*16": "UUID(bytes_le=bytes(row.{name}))",
        "uint16*257": "text(row.{name})",
        "uint8*32": "bytes(row.{name}[:length])",
    },
    UUID=uuid.UUID,
    text=text,
)


class CtypesCareful:
    """``address`` returns the address of a Win32 function."""

    def __init__(self, address) -> None:
        row, table = ctypes.POINTER(MIB_IPINTERFACE_ROW), ctypes.POINTER(ctypes.c_void_p)
        by_row = FUNCTION(ULONG, row)
        self._get = by_row(address("GetIpInterfaceEntry"))
        self._set = by_row(address("SetIpInterfaceEntry"))
        self._initialize = FUNCTION(None, row)(address("InitializeIpInterfaceEntry"))
        self._table = FUNCTION(ULONG, ctypes.c_uint16, table)(address("GetIpInterfaceTable"))
        self._adapters = FUNCTION(ULONG, ULONG, table)(address("GetIfTable2Ex"))
        self._free = FUNCTION(None, ctypes.c_void_p)(address("FreeMibTable"))

    def read(self, family: int, luid: int) -> ctypes.Structure:
        row = MIB_IPINTERFACE_ROW(Family=family, InterfaceLuid=luid)
        check(self._get(row))
        return row

    def get(self, family: int, luid: int) -> dict[str, object]:
        return row_to_dict(self.read(family, luid))

    def rows(self, function, kind: int, structure_type, convert) -> list[dict[str, object]]:
        memory = ctypes.c_void_p()
        check(function(kind, memory))
        try:
            count = ULONG.from_address(memory.value).value
            rows = (structure_type * count).from_address(memory.value + TABLE_AT)
            return [convert(row) for row in rows]
        finally:
            self._free(memory)

    def table(self) -> list[dict[str, object]]:
        return self.rows(self._table, AF_UNSPEC, MIB_IPINTERFACE_ROW, row_to_dict)

    def adapters(self) -> list[dict[str, object]]:
        def convert(row):
            return adapter_to_dict(row, row.InterfaceAndOperStatusFlags, row.PhysicalAddressLength)

        return self.rows(self._adapters, 0, MIB_IF_ROW2, convert)

    def set(self, values: dict[str, object]) -> None:
        row = MIB_IPINTERFACE_ROW()
        self._initialize(row)
        for name, value in values.items():
            if name == "ZoneIndices":
                row.ZoneIndices[:] = value
            else:
                setattr(row, name, value)
        check(self._set(row))

    def update(self, family: int, luid: int, metric: int) -> None:
        row = self.read(family, luid)
        row.SitePrefixLength = 0
        row.Metric = metric
        check(self._set(row))


class CtypesPlain(CtypesCareful):
    """As people write it: a loop over ``_fields_`` with ``getattr``, and ``tuple(array)``."""

    @staticmethod
    def convert(row) -> dict[str, object]:
        result = {name: getattr(row, name) for name, _ in row._fields_}
        result["ZoneIndices"] = tuple(row.ZoneIndices)
        return result

    def get(self, family: int, luid: int) -> dict[str, object]:
        return self.convert(self.read(family, luid))

    def table(self) -> list[dict[str, object]]:
        return self.rows(self._table, AF_UNSPEC, MIB_IPINTERFACE_ROW, self.convert)


class CtypesWatch:
    """Notifications by a Python function that Windows calls; it notes when it was called."""

    def __init__(self, address) -> None:
        self.times: list[float] = []
        callback = FUNCTION(
            None, ctypes.c_void_p, ctypes.POINTER(MIB_IPINTERFACE_ROW), ctypes.c_int32
        )
        handle = ctypes.POINTER(ctypes.c_void_p)
        notify = FUNCTION(ULONG, ctypes.c_uint16, callback, ctypes.c_void_p, BOOLEAN, handle)
        self._cancel = FUNCTION(ULONG, ctypes.c_void_p)(address("CancelMibChangeNotify2"))
        self._called = callback(self._note)
        self._handle = ctypes.c_void_p()
        register = notify(address("NotifyIpInterfaceChange"))
        check(register(AF_UNSPEC, self._called, None, False, self._handle))

    def _note(self, _context, _row, _type) -> None:
        self.times.append(time.perf_counter())

    def close(self) -> None:
        self._cancel(self._handle)
