"""From bytes to dicts and back, against structures of ctypes and, on Windows, of win32more.

The structures of ctypes are made from the members that are typed out in support.sdk; ctypes alone
decides where each member is. The package win32more has the same structures, made from Microsoft's
metadata.
"""

import ctypes
import importlib
import ipaddress
import socket
import sys
import uuid
from random import Random

import pytest
from support.machine import native
from support.sdk import LAYOUT, SIZES

from ipif import netioapi
from ipif._sim.pack import pack_row

ROW = "MIB_IPINTERFACE_ROW"
FEW, MANY = 400, 100_000  # rows of each structure
WINDOWS_FAMILY = {socket.AF_INET: 2, socket.AF_INET6: 23}

MEMBERS = {
    name: [(member, kind) for member, _, _, kind in map(str.split, text.strip().splitlines())]
    for name, text in LAYOUT.items()
}


# ---- the structures of ctypes, with the names of the SDK


class SOCKADDR_IN(ctypes.Structure):
    _fields_ = (
        ("sin_family", ctypes.c_uint16),
        ("sin_port", ctypes.c_uint16),
        ("sin_addr", ctypes.c_uint8 * 4),
        ("sin_zero", ctypes.c_uint8 * 8),
    )


class SOCKADDR_IN6(ctypes.Structure):
    _fields_ = (
        ("sin6_family", ctypes.c_uint16),
        ("sin6_port", ctypes.c_uint16),
        ("sin6_flowinfo", ctypes.c_uint32),
        ("sin6_addr", ctypes.c_uint8 * 16),
        ("sin6_scope_id", ctypes.c_uint32),
    )


class SOCKADDR_INET(ctypes.Union):
    _fields_ = (("Ipv4", SOCKADDR_IN), ("Ipv6", SOCKADDR_IN6), ("si_family", ctypes.c_uint16))


class IP_ADDRESS_PREFIX(ctypes.Structure):
    _fields_ = (("Prefix", SOCKADDR_INET), ("PrefixLength", ctypes.c_uint8))


class GUID(ctypes.Structure):
    _fields_ = (
        ("Data1", ctypes.c_uint32),
        ("Data2", ctypes.c_uint16),
        ("Data3", ctypes.c_uint16),
        ("Data4", ctypes.c_uint8 * 8),
    )


TYPES = {
    "family": ctypes.c_uint16,
    "luid": ctypes.c_uint64,
    "uint8": ctypes.c_uint8,
    "uint32": ctypes.c_uint32,
    "uint64": ctypes.c_uint64,
    "int64": ctypes.c_int64,
    "bool": ctypes.c_uint8,
    "enum": ctypes.c_int32,
    "offload": ctypes.c_uint8,
    "uint32[16]": ctypes.c_uint32 * 16,
    "guid": GUID,
    "str": ctypes.c_uint16 * 257,
    "bytes": ctypes.c_uint8 * 32,
    "ipv4": ctypes.c_uint32,
    "address": SOCKADDR_INET,
    "prefix": IP_ADDRESS_PREFIX,
}


def structure(name):
    """Return the structure of ctypes; its flags are bit-fields of one member, as in the SDK."""
    flags = [(member, ctypes.c_uint8, 1) for member, kind in MEMBERS[name] if kind == "flag"]
    fields = []
    for member, kind in MEMBERS[name]:
        if kind != "flag":
            fields.append((member, TYPES[kind]))
        elif member == flags[0][0]:
            holder = type("Flags", (ctypes.Structure,), {"_fields_": flags})
            fields.append(("InterfaceAndOperStatusFlags", holder))
    return type(name, (ctypes.Structure,), {"_fields_": fields})


def structures_of_ctypes():
    return {name: structure(name) for name in LAYOUT}


def structures_of_win32more():
    if sys.platform != "win32":
        pytest.skip("win32more can only be imported on Windows")
    module = importlib.import_module("win32more.Windows.Win32.NetworkManagement.IpHelper")
    return {name: getattr(module, name) for name in LAYOUT}


@pytest.fixture(params=[structures_of_ctypes, structures_of_win32more], ids=["ctypes", "win32more"])
def structures(request):
    """The structures by name: those of ctypes, and those of win32more."""
    return request.param()


# ---- from a structure to a dict


def number(value):
    """Return a member as an int. In win32more, LUIDs, scopes and offloads are structures."""
    if hasattr(value, "Value"):
        return value.Value
    return bytes(value)[0] if isinstance(value, ctypes.Structure) else value


def address_of(value, scope=True):
    """Return the address in a SOCKADDR_INET, ``None`` for another family."""
    if value.si_family == 2:
        return ipaddress.IPv4Address(bytes(value.Ipv4.sin_addr))
    if value.si_family != 23:
        return None
    address = ipaddress.IPv6Address(bytes(value.Ipv6.sin6_addr))
    zone = value.Ipv6.sin6_scope_id if scope else 0
    return ipaddress.IPv6Address(f"{address}%{zone}") if zone else address


def prefix_of(value):
    base = address_of(value.Prefix, scope=False)
    if base is None:
        return None
    return ipaddress.ip_network((base.packed, value.PrefixLength & 0xFF), strict=False)


def text_of(value):
    if isinstance(value, str):  # of an array of wchar_t, as win32more has it
        return value
    return bytes(value).decode("utf-16-le", "surrogatepass").partition("\0")[0]


def family_of(value):
    return int(socket.AF_INET6) if value == 23 else value


#: What makes the Python object of a member, by kind. All other kinds are plain numbers.
READ = {
    "family": family_of,
    "luid": number,
    "uint32": number,
    "uint8": lambda value: value & 0xFF,
    "bool": lambda value: value != 0,
    "flag": lambda value: value != 0,
    "offload": number,
    "uint32[16]": tuple,
    "guid": lambda value: uuid.UUID(bytes_le=bytes(value)),
    "str": text_of,
    "bytes": bytes,
    "ipv4": lambda value: ipaddress.IPv4Address(value.to_bytes(4, "little")),
    "address": address_of,
    "prefix": prefix_of,
}


def read(name, row):
    """Return the dict of a row in a structure."""
    found = {}
    for member, kind in MEMBERS[name]:
        holder = row.InterfaceAndOperStatusFlags if kind == "flag" else row
        value = getattr(holder, member)
        found[member] = READ[kind](value) if kind in READ else value
        if kind == "bytes":
            found[member] = found[member][: row.PhysicalAddressLength]
    return found


# ---- from a dict to a structure

#: What makes the bytes of a member, for the kinds that are no numbers.
RAW = {
    "str": lambda value: value.encode("utf-16-le", "surrogatepass"),
    "bytes": bytes,
    "guid": lambda value: value.bytes_le,
    "offload": lambda value: bytes([value]),
}


def write_address(target, address):
    """Write an address into a SOCKADDR_INET of zeros."""
    target.si_family = 2 if address.version == 4 else 23
    member = target.Ipv4.sin_addr if address.version == 4 else target.Ipv6.sin6_addr
    ctypes.memmove(ctypes.addressof(member), address.packed, len(address.packed))
    if address.version == 6:
        target.Ipv6.sin6_scope_id = int(address.scope_id or 0)


def write(name, structure_type, values):
    """Return the bytes of a structure with these members."""
    row = structure_type()
    for member, kind in MEMBERS[name]:
        value = values[member]
        holder = row.InterfaceAndOperStatusFlags if kind == "flag" else row
        if kind == "address":
            write_address(getattr(row, member), value)
        elif kind == "prefix":
            write_address(getattr(row, member).Prefix, value.network_address)
            getattr(row, member).PrefixLength = value.prefixlen
        elif kind in RAW:
            raw = RAW[kind](value)
            at = ctypes.addressof(row) + getattr(structure_type, member).offset
            ctypes.memmove(at, raw, len(raw))
        elif kind == "uint32[16]":
            getattr(row, member)[:] = value
        elif kind in ("luid", "uint32") and hasattr(getattr(row, member), "Value"):
            getattr(row, member).Value = value
        elif kind == "family":
            row.Family = WINDOWS_FAMILY.get(value, value)
        elif kind == "ipv4":
            setattr(row, member, int.from_bytes(value.packed, "little"))
        else:
            setattr(holder, member, value)
    return bytes(row)


# ---- random rows


def bundled_images():
    """Return the bytes of rows of the machine, by structure."""
    rows = {
        ROW: netioapi.get_ip_interface_table(),
        "MIB_IF_ROW2": netioapi.get_if_table2(),
        "MIB_IPFORWARD_ROW2": netioapi.get_ip_forward_table2(),
        "MIB_IPFORWARDROW": [netioapi.get_best_route("8.8.8.8")],
        "MIB_UNICASTIPADDRESS_ROW": netioapi.get_unicast_ip_address_table(),
    }
    return {name: [pack_row(name, row) for row in found] for name, found in rows.items()}


def random_image(random, name, images):
    """Return random bytes, or a row of the machine in which some members are random.

    Most families and prefix lengths are possible ones: else nearly no row would have an address.
    """
    if random.random() < 0.5:
        image = bytearray(random.choice(images[name]))
        for field in random.sample(netioapi.FIELDS[name], random.randrange(6)):
            image[field.offset : field.offset + field.size] = random.randbytes(field.size)
    else:
        image = bytearray(random.randbytes(SIZES[name]))
    for field in netioapi.FIELDS[name]:
        if field.kind in ("family", "address", "prefix") and random.random() < 0.9:
            family = random.choice((2, 23))
            image[field.offset : field.offset + 2] = family.to_bytes(2, "little")
            if field.kind == "prefix":
                image[field.offset + 28] = random.randint(0, 32 if family == 2 else 128)
        elif field.kind == "str" and random.random() < 0.5:
            end = field.offset + 2 * random.randrange(257)
            image[end : end + 2] = b"\0\0"
        elif field.name == "PhysicalAddressLength" and random.random() < 0.9:
            image[field.offset : field.offset + 4] = random.randint(0, 32).to_bytes(4, "little")
    return bytes(image)


def exactly(row):
    """Return what two rows have in common that are alike in every type and in their order."""
    return [(name, type(value), value) for name, value in row.items()]


def compare(name, structure_type, count, seed):
    """Compare the conversions of this many rows; return how many of them could be read."""
    random, images = Random(seed), bundled_images()
    readable = 0
    for _ in range(count):
        image = random_image(random, name, images)
        try:
            expected = read(name, structure_type.from_buffer_copy(image))
        except ValueError:  # the length of a prefix is impossible
            with pytest.raises(ValueError, match=r"permitted|netmask"):
                native.unpack(name, image)
            continue
        readable += 1
        row = native.unpack(name, image)
        assert exactly(row) == exactly(expected)
        if None in row.values() or row.get("Family", socket.AF_INET) not in WINDOWS_FAMILY:
            continue  # an unknown family: no such row is packed
        back = write(name, structure_type, row)
        assert pack_row(name, row) == back
        if name == ROW:
            assert native.pack_interface_row(row) == back
    return readable


def test_offsets_that_ctypes_finds_are_the_frozen_ones():
    for name, found in structures_of_ctypes().items():
        assert ctypes.sizeof(found) == SIZES[name]
        for line in LAYOUT[name].strip().splitlines():
            member, offset, size, kind = line.split()
            descriptor = getattr(found, "InterfaceAndOperStatusFlags" if kind == "flag" else member)
            assert (descriptor.offset, descriptor.size) == (int(offset), int(size)), member


@pytest.mark.parametrize("name", LAYOUT)
def test_random_rows_are_converted_as_another_layout_does_it(name, structures):
    assert compare(name, structures[name], FEW, seed=14) > FEW // 2


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUT)
def test_100000_random_rows_are_converted_as_another_layout_does_it(name, structures):
    seed = Random().randrange(2**32)
    print(f"seed {seed}")  # shown when it fails
    assert compare(name, structures[name], MANY, seed) > MANY // 2
