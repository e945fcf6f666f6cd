"""Rows as bytes for the simulation, against the conversion of the extension."""

import ipaddress
import socket
import uuid
from random import Random

import pytest
from support.machine import native
from support.sdk import SIZES

import ipif
from ipif import netioapi, simulation
from ipif._core.fields import STORAGE, Field
from ipif._sim.pack import pack_row, row_size


def rows_of(structure: str) -> list[dict[str, object]]:
    """Return rows of a structure, of a machine with some unusual adapters."""
    simulation.add_interface("Ümläut 🦎", Type=71, PhysicalAddress=bytes(range(32)))
    simulation.add_interface("none", Description="x" * 256, families=[])
    tables = {
        "MIB_IPINTERFACE_ROW": ipif.list_interfaces,
        "MIB_IF_ROW2": ipif.list_adapters,
        "MIB_IPFORWARD_ROW2": ipif.list_routes,
        "MIB_UNICASTIPADDRESS_ROW": ipif.list_addresses,
        "MIB_IPFORWARDROW": lambda: [netioapi.get_best_route("8.8.8.8")],
    }
    return [dict(row) for row in tables[structure]()]


@pytest.mark.parametrize("structure", SIZES)
def test_a_packed_row_is_unpacked_to_the_same_row(structure: str) -> None:
    rows = rows_of(structure)
    assert rows
    for row in rows:
        data = pack_row(structure, row)
        assert len(data) == row_size(structure) == SIZES[structure]
        assert native.unpack(structure, data) == row


def test_an_interface_row_is_packed_as_the_extension_does() -> None:
    for row in ipif.list_interfaces():
        assert pack_row("MIB_IPINTERFACE_ROW", row) == native.pack_interface_row(row)


def address(rng: Random) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address, of IPv6 with a scope id or without."""
    if rng.random() < 0.4:
        return ipaddress.IPv4Address(rng.getrandbits(32))
    scope = rng.choice(["", "%1", "%4294967295"])
    return ipaddress.IPv6Address(f"{ipaddress.IPv6Address(rng.getrandbits(128))}{scope}")


def prefix(rng: Random) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return a prefix of any length."""
    if rng.random() < 0.5:
        length = rng.randint(0, 32)
        return ipaddress.ip_network((rng.getrandbits(32), length), strict=False)
    length = rng.randint(0, 128)
    number = rng.getrandbits(128) | 1 << 127  # a small number would be read as IPv4
    return ipaddress.ip_network((number, length), strict=False)


def value(rng: Random, field: Field, hardware: int) -> object:
    """Return a value of any size of the member; *hardware* is the length of addresses."""
    if field.kind in STORAGE:
        low, high = STORAGE[field.kind]
        return rng.choice([low, high, 0, 1, rng.randint(low, high)])
    makers = {
        "bool": lambda: rng.random() < 0.5,
        "flag": lambda: rng.random() < 0.5,
        "family": lambda: int(rng.choice([socket.AF_INET, socket.AF_INET6])),
        "uint32[16]": lambda: tuple(rng.getrandbits(32) for _ in range(16)),
        "str": lambda: rng.choice(["", "x" * 256, "🦎" * 128, "Ümläut"]),
        "guid": lambda: uuid.UUID(int=rng.getrandbits(128)),
        "bytes": lambda: rng.randbytes(hardware),
        "ipv4": lambda: ipaddress.IPv4Address(rng.getrandbits(32)),
        "address": lambda: address(rng),
        "prefix": lambda: prefix(rng),
    }
    return makers[field.kind]()


@pytest.mark.parametrize("structure", SIZES)
def test_generated_rows_are_unpacked_to_the_same_rows(structure: str) -> None:
    rng = Random(structure)
    for _ in range(200):
        hardware = rng.randint(0, 32)
        row = {field.name: value(rng, field, hardware) for field in netioapi.FIELDS[structure]}
        if structure == "MIB_IF_ROW2":
            row["PhysicalAddressLength"] = hardware
        data = pack_row(structure, row)
        assert len(data) == SIZES[structure]
        assert native.unpack(structure, data) == row


@pytest.mark.parametrize("structure", SIZES)
def test_a_row_without_a_member_is_not_packed(structure: str) -> None:
    row = rows_of(structure)[0]
    row.popitem()
    with pytest.raises(KeyError):
        pack_row(structure, row)
