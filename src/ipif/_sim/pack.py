"""Rows as the bytes of their structures, for the simulation."""

from __future__ import annotations

import struct

from ipif._core.addresses import scope_of
from ipif._core.family import AF_INET
from ipif._core.fields import TABLES, ZONES, ZONES_KIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Address, IPv6Address
    from typing import Any

    from ipif._core.fields import Field

_NUMBERS = {
    "luid": "<Q",
    "uint8": "<B",
    "uint32": "<I",
    "uint64": "<Q",
    "int64": "<q",
    "bool": "<?",
    "enum": "<i",
    "offload": "<B",
}
_WINDOWS_AF = {4: 2, 6: 23}


def row_size(structure: str) -> int:
    """Return the size of *structure* in bytes, rounded up to its alignment."""
    return (max(field.offset + field.size for field in TABLES[structure]) + 7) & ~7


def pack_row(structure: str, row: Mapping[str, Any]) -> bytes:
    """Return the bytes of *row*, which must have every member, with a value that it can hold."""
    data = bytearray(row_size(structure))
    for field in TABLES[structure]:
        value = row[field.name]
        if field.kind == "flag":
            data[field.offset] |= value << field.bit
        else:
            packed = _pack_value(field, value)
            data[field.offset : field.offset + len(packed)] = packed
    return bytes(data)


def _pack_value(field: Field, value: Any) -> bytes:
    """Return the bytes of one member; trailing zero bytes may be missing."""
    kind = field.kind
    if kind in _NUMBERS:
        return struct.pack(_NUMBERS[kind], value)
    if kind == "family":
        return struct.pack("<H", _WINDOWS_AF[4 if value == AF_INET else 6])
    if kind == ZONES_KIND:
        return struct.pack(f"<{ZONES}I", *value)
    if kind == "str":
        return str(value).encode("utf-16-le", "surrogatepass")
    if kind == "guid":
        return bytes(value.bytes_le)
    if kind == "bytes":
        return bytes(value)
    if kind == "ipv4":
        return bytes(value.packed)
    if kind == "address":
        return _pack_address(field, value)
    assert kind == "prefix"
    address = _pack_address(field, value.network_address)
    return address.ljust(28, b"\0") + bytes([value.prefixlen])


def _pack_address(field: Field, address: IPv4Address | IPv6Address) -> bytes:
    """Return a SOCKADDR_INET, of IPv4 without the bytes after its SOCKADDR_IN."""
    af = _WINDOWS_AF[address.version]
    if address.version == 4:
        return struct.pack("<HH4s", af, 0, address.packed)
    return struct.pack("<HHI16sI", af, 0, 0, address.packed, scope_of(field.name, address))
