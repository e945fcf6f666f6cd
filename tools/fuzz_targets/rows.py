"""Rows of all structures, from bytes to dicts and back, and dicts of anything to rows."""

import socket
from typing import Any

import atheris

with atheris.instrument_imports(include=["ipif"]):
    import ipif
    from ipif import netioapi, simulation
    from ipif._core.backend import native
    from ipif._sim.control import control
    from ipif._sim.pack import pack_row, row_size

from fuzz_targets.values import Values, fuzz, require, small_snapshot

STRUCTURES = list(netioapi.FIELDS)
MEMBERS = [field.name for field in ipif.FIELDS]
FAMILIES = (int(socket.AF_INET), int(socket.AF_INET6))

simulation.load(small_snapshot())
FIRST = control().dump()
KEYS = {name: ipif.list_interfaces("ipv4")[0][name] for name in ("Family", "InterfaceIndex")}


def unpack_and_pack(structure: str, data: bytes) -> None:
    """A row of any bytes is refused, or unpacked to what is packed to a row of the same values."""
    data = data[: row_size(structure)].ljust(row_size(structure), b"\0")
    try:
        row = native.unpack(structure, data)
    except ValueError:  # an address of no family
        return
    try:
        packed = pack_row(structure, row)
    except (OverflowError, ValueError):  # a length that is larger than its array
        return
    except AttributeError:  # an address or prefix of no family is None, which no snapshot has
        require(None in row.values())
        return
    if structure != "MIB_IPINTERFACE_ROW":
        require(native.unpack(structure, packed) == row)
    elif row["Family"] in FAMILIES:
        require(native.unpack(structure, packed) == row)
        require(native.pack_interface_row(row) == packed)


def a_value(values: Values) -> object:
    kind = values.below(5)
    if kind == 0:
        return tuple(values.number() for _ in range(values.one_of((0, 15, 16, 17))))
    if kind == 1:
        return values.bytes.ConsumeBytes(values.below(20))
    return values.json()


def set_anything(values: Values) -> None:
    """A row of any values is refused before the call, or by it, or is set."""
    row: dict[Any, object] = {**KEYS} if values.chance(2) else {}
    for _ in range(values.below(6)):
        name = values.text() if values.chance(8) else values.one_of(MEMBERS)
        row[name] = a_value(values)
    before, calls = control().dump(), control().calls("SetIpInterfaceEntry")
    try:
        netioapi.set_ip_interface_entry(row)
    except ipif.Error:
        require(control().dump() == before)
    except (TypeError, ValueError, OverflowError):
        require(control().calls("SetIpInterfaceEntry") == calls)
        require(control().dump() == before)
    else:
        control().load(FIRST)


def one(data: bytes) -> None:
    values = Values(data[1:])
    choice = data[0] % (len(STRUCTURES) + 3) if data else 0
    if choice < len(STRUCTURES):
        unpack_and_pack(STRUCTURES[choice], data[1:])
    else:
        set_anything(values)


fuzz(one)
