"""From bytes to dicts and back, against a second conversion that is written in Python."""

import ipaddress
import socket
import struct
import uuid
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.machine import native

import ipif
from ipif import netioapi
from ipif._sim.pack import pack_row as pack

pack_interface_row, unpack = native.pack_interface_row, native.unpack
STRUCTURES = list(netioapi.FIELDS)
ROW = "MIB_IPINTERFACE_ROW"
SIZES = dict(zip(STRUCTURES, (168, 1352, 104, 56, 80), strict=True))

# Images of rows, as published outputs of real machines say them.
SAMPLES = {
    ("ipv4", 1): (
        "0200000000000000000000000000180001000000000000000000000000000000c8000000580200000000"
        "00000100010100000000020000000000000030750000e8030000c0270900010000006419000000000000"
        "010000000100000001000000010000000100000001000000010000000100000001000000010000000100"
        "000001000000010000000100000001000000400000004b000000ffffffff01000000349e000000000000"
    ),
    ("ipv4", 13): (
        "020000000000000000000001800006000d000000000000000000000000000000c8000000580200000000"
        "00000101010100000000020000000300000030750000e8030000c0270900010000006419000000000000"
        "0d0000000d00000001000000010000000100000001000000010000000100000001000000010000000100"
        "0000010000000100000001000000010000004000000019000000dc050000010001019c63000000000000"
    ),
    ("ipv6", 19): (
        "1700000000000000000000008000830013000000000000000000000000000000c8000000580200000000"
        "00000101010100000000010000000100000030750000e8030000c0270900020000000000000000000000"
        "130000001300000001000000010000000100000001000000010000000100000001000000010000000100"
        "000001000000010000000100000001000000400000004b00000000050000010001018c3c000000000000"
    ),
}
SENTINEL = (
    "0000000000000000000000000000000000000000ffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffff000000ffffffffffffffff000000000000000000000000ffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffff00"
)


# ---- the second conversion

NUMBERS = {
    "luid": "<Q",
    "uint8": "<B",
    "uint32": "<I",
    "uint64": "<Q",
    "int64": "<q",
    "enum": "<i",
    "offload": "<B",
}


def reference(structure, data):
    """Return the row of *data* as ``unpack`` should."""
    fields = netioapi.FIELDS[structure]
    flags = [field.name for field in fields if field.kind == "flag"]
    row = {}
    for field in fields:
        raw = data[field.offset : field.offset + field.size]
        if field.kind in NUMBERS:
            value = struct.unpack(NUMBERS[field.kind], raw)[0]
        elif field.kind == "family":
            value = struct.unpack("<H", raw)[0]
            value = int(socket.AF_INET6) if value == 23 else value
        elif field.kind == "bool":
            value = raw != b"\0"
        elif field.kind == "flag":
            value = bool(raw[0] & 1 << flags.index(field.name))
        elif field.kind == "uint32[16]":
            value = struct.unpack("<16I", raw)
        elif field.kind == "str":
            units = [raw[i : i + 2] for i in range(0, len(raw), 2)] + [b"\0\0"]
            text = b"".join(units[: units.index(b"\0\0")])
            value = text.decode("utf-16-le", "surrogatepass")
        elif field.kind == "bytes":
            value = raw[: row["PhysicalAddressLength"]]
        elif field.kind == "guid":
            value = uuid.UUID(bytes_le=raw)
        elif field.kind == "ipv4":
            value = ipaddress.IPv4Address(raw)
        elif field.kind == "address":
            value = address(raw)
        else:
            assert field.kind == "prefix"
            base = address(raw[:28], scope=False)
            value = base and ipaddress.ip_network((base.packed, raw[28]), strict=False)
        row[field.name] = value
    return row


def address(raw, scope=True):
    """Return the address in a SOCKADDR_INET."""
    family, _, _, ipv6, scope_id = struct.unpack("<HHI16sI", raw)
    if family == 2:
        return ipaddress.IPv4Address(raw[4:8])
    if family == 23:
        plain = ipaddress.IPv6Address(ipv6)
        return ipaddress.IPv6Address(f"{plain}%{scope_id}") if scope and scope_id else plain
    return None


def exactly(row):
    """Return what two rows have in common that are alike in every type and in their order."""
    return [(name, type(value), value) for name, value in row.items()]


def bundled_rows():
    """Return (structure, image) of every row of the bundled machine and one of best_route."""
    ipif.simulation.reset()
    rows = [(ROW, row) for row in netioapi.get_ip_interface_table()]
    rows += [("MIB_IF_ROW2", row) for row in netioapi.get_if_table2()]
    rows += [("MIB_IPFORWARD_ROW2", row) for row in netioapi.get_ip_forward_table2()]
    rows += [("MIB_UNICASTIPADDRESS_ROW", row) for row in netioapi.get_unicast_ip_address_table()]
    rows += [("MIB_IPFORWARDROW", netioapi.get_best_route("8.8.8.8"))]
    return [(structure, pack(structure, row)) for structure, row in rows]


BUNDLED = bundled_rows()
BUNDLED_ROWS = [pair for pair in BUNDLED if pair[0] == ROW]


# ---- values from the tables


def values_of(field):
    """Return a strategy of all values that a member can hold."""
    if field.kind in NUMBERS:
        bits = 8 * field.size
        signed = field.kind in ("enum", "int64")
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        return st.integers(low, high) | st.sampled_from((low, high))
    return {
        "family": st.sampled_from((int(socket.AF_INET), int(socket.AF_INET6))),
        "bool": st.booleans(),
        "flag": st.booleans(),
        "uint32[16]": st.tuples(*[st.integers(0, 2**32 - 1)] * 16),
        "str": st.text(st.characters(min_codepoint=1), max_size=256).map(cut),
        "guid": st.uuids(),
        "ipv4": st.ip_addresses(v=4),
        "address": st.ip_addresses() | st.builds(scoped, st.integers(1, 2**32 - 1)),
        "prefix": st.builds(network, st.ip_addresses(), st.integers(0, 128)),
    }[field.kind]


def cut(text):
    """Return *text* cut to 256 units of UTF-16, its surrogates in pairs made one character."""
    return text.encode("utf-16-le", "surrogatepass")[:512].decode("utf-16-le", "surrogatepass")


def scoped(scope):
    return ipaddress.IPv6Address(f"fe80::1%{scope}")


def network(base, length):
    return ipaddress.ip_network((base.packed, min(length, base.max_prefixlen)), strict=False)


@st.composite
def rows(draw, structure):
    """Draw a row; both hardware addresses are as long as PhysicalAddressLength says."""
    row = {}
    for field in netioapi.FIELDS[structure]:
        if field.name == "PhysicalAddressLength":
            row[field.name] = draw(st.integers(0, 32))
        elif field.kind == "bytes":
            length = row["PhysicalAddressLength"]
            row[field.name] = draw(st.binary(min_size=length, max_size=length))
        else:
            row[field.name] = draw(values_of(field))
    return row


# ---- there and back


@pytest.mark.parametrize("structure", STRUCTURES)
def test_row_packed_and_unpacked_is_the_same(structure):
    @given(rows(structure))
    def check(row):
        data = pack(structure, row)
        assert len(data) == SIZES[structure]
        assert exactly(unpack(structure, data)) == exactly(row)

    check()


def packed(row):
    """Return what the struct module makes of a row of an IP interface."""
    values = dict(row, Family=2 if row["Family"] == socket.AF_INET else 23)
    zones = values.pop("ZoneIndices")
    numbers = list(values.values())
    numbers[23:23] = zones
    return struct.pack("<H6xQIIQII9?3xiIIIIiI16IIII4?IBB?x", *numbers)


@given(rows(ROW))
def test_pack_of_any_row_agrees_with_the_reference(row):
    assert pack_interface_row(row) == pack(ROW, row) == packed(row)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_unpack_of_any_bytes_agrees_with_the_reference(structure):
    size = SIZES[structure]

    @given(st.binary(min_size=size, max_size=size))
    def check(data):
        agree(structure, data)

    check()


@settings(max_examples=300)
@given(st.data())
def test_unpack_of_an_edited_row_agrees_with_the_reference(data):
    # Conversion starts from a typical row and touches what differs: near such rows it could err.
    structure, image = data.draw(st.sampled_from(BUNDLED))
    edited = bytearray(image)
    for field in data.draw(st.lists(st.sampled_from(netioapi.FIELDS[structure]), max_size=8)):
        count = data.draw(st.integers(1, min(field.size, 8)))
        at = field.offset + data.draw(st.integers(0, field.size - count))
        edited[at : at + count] = data.draw(st.binary(min_size=count, max_size=count))
    agree(structure, bytes(edited))


FAMILIES = (int(socket.AF_INET), int(socket.AF_INET6))
MANY = 1_000_000


def image(random):
    """Return (structure, bytes): any bytes, or a row of the bundled machine with some edits."""
    if random.random() < 0.3:
        # Most often the row that has two templates, and then a family that has one.
        structure = random.choice((ROW, ROW, *STRUCTURES))
        data = bytearray(random.randbytes(SIZES[structure]))
        if structure == ROW and random.random() < 0.9:
            data[:2] = random.choice((b"\x02\0", b"\x17\0"))
        return structure, data
    structure, bundled = random.choice(random.choice((BUNDLED, BUNDLED_ROWS)))
    data = bytearray(bundled)
    for _ in range(random.randrange(9)):
        field = random.choice(netioapi.FIELDS[structure])
        count = random.randint(1, min(field.size, 8))
        at = field.offset + random.randint(0, field.size - count)
        data[at : at + count] = random.choice((bytes(count), b"\xff" * count, random.randbytes(8)))[
            :count
        ]
        if random.random() < 0.1:  # padding must never count
            data[random.randrange(len(data))] ^= 1
    return structure, data


@pytest.mark.slow
def test_unpack_of_a_million_rows_agrees_with_the_reference():
    seed = Random().randrange(2**32)
    print(f"seed {seed}")  # shown when it fails
    random = Random(seed)
    for _ in range(MANY):
        structure, data = image(random)
        agree(structure, bytes(data))


def agree(structure, data):
    """Assert that both conversions give the same row, or refuse an impossible prefix alike."""
    try:
        expected = reference(structure, data)
    except ValueError:
        with pytest.raises(ValueError, match=r"permitted|netmask"):
            unpack(structure, data)
    else:
        row = unpack(structure, data)
        assert exactly(row) == exactly(expected)
        if structure == ROW and row["Family"] in FAMILIES:
            agree_on_the_way_back(row)
        row.clear()  # it is the caller's own: no later row may notice


def agree_on_the_way_back(row):
    """Assert that a row is packed as the struct module does it, whatever objects it shares."""
    for family in FAMILIES:
        row["Family"] = family
        expected = packed(row)
        assert pack_interface_row(row) == expected
        assert pack_interface_row(dict(reversed(row.items()))) == expected


@pytest.mark.parametrize("index", [0, 1, 13, 255, 256, 257, 2**32 - 1])
@pytest.mark.parametrize("level", [None, 0, 1, 2, 3, 15])
def test_zones_of_any_index_and_with_any_level_odd_come_back(index, level):
    zones = [0, index, index] + [1] * 13
    if level is not None:
        zones[level] ^= 2
    data = bytearray(BUNDLED_ROWS[0][1])
    struct.pack_into("<16I", data, 80, *zones)
    row = unpack(ROW, bytes(data))
    assert row["ZoneIndices"] == tuple(zones)
    assert pack_interface_row(row) == packed(row)
    row["ZoneIndices"] = (*zones,)  # equal, but another object
    assert pack_interface_row(row) == packed(row)


@pytest.mark.parametrize("value", [2, 127, 254, 255])
def test_bool_any_byte_but_zero_is_true(value):
    data = bytearray(168)
    data[44] = value
    assert unpack(ROW, bytes(data))["UseAutomaticMetric"] is True


def test_enum_all_ones_is_read_as_signed():
    row = unpack(ROW, b"\xff" * 168)
    assert row["RouterDiscoveryBehavior"] == ipif.RouterDiscoveryBehavior.Unchanged
    assert row["LinkLocalAddressBehavior"] == -1


@pytest.mark.parametrize(
    "alias", ["", "x" * 256, "\u00c4\u4e2d", "\U0001f600" * 128, "\ud800", "a\udfff"]
)
def test_text_any_utf_16_comes_back(alias):
    row = dict(unpack("MIB_IF_ROW2", bytes(1352)), Alias=alias)
    assert unpack("MIB_IF_ROW2", pack("MIB_IF_ROW2", row))["Alias"] == alias


def test_text_without_an_end_ends_with_its_array():
    data = b"A\0" * (1352 // 2)
    assert unpack("MIB_IF_ROW2", data)["Alias"] == "A" * 257


# ---- frozen images


@pytest.mark.parametrize(("family", "index"), SAMPLES)
def test_sample_row_of_the_bundled_snapshot_has_the_frozen_image(family, index):
    image = bytes.fromhex(SAMPLES[family, index])
    code = socket.AF_INET if family == "ipv4" else socket.AF_INET6
    row = netioapi.get_ip_interface_entry(code, index=index)
    assert pack_interface_row(row) == pack(ROW, row) == image
    assert exactly(row) == exactly(unpack(ROW, image))


def test_sample_loopback_reads_as_it_was_published():
    row = unpack(ROW, bytes.fromhex(SAMPLES["ipv4", 1]))
    assert row["Family"] == socket.AF_INET
    assert row["InterfaceLuid"] == 0x0018000000000000
    assert row["UseAutomaticMetric"] is True
    assert row["UseNeighborUnreachabilityDetection"] is False
    assert row["ZoneIndices"] == (0, *[1] * 15)
    assert row["SitePrefixLength"] == 64
    assert row["Metric"] == 75
    assert row["NlMtu"] == 4294967295
    assert row["ReachableTime"] == 40500


def test_sample_initialized_row_reads_none_where_it_is_all_ones():
    image = bytes.fromhex(SENTINEL)
    expected = reference(ROW, image)
    for field in ipif.FIELDS:
        raw = image[field.offset : field.offset + field.size]
        if field.access != "key" and raw == b"\xff" * field.size:
            expected[field.name] = None
    assert netioapi.initialize_ip_interface_entry() == expected


# ---- dicts


def fresh_rows():
    """Return one row of each function that makes rows."""
    key = {"luid": 1689399632855040}
    return [
        (ROW, unpack(ROW, bytes(168))),
        (ROW, netioapi.initialize_ip_interface_entry()),
        (ROW, netioapi.get_ip_interface_entry(socket.AF_INET, **key)),
        (ROW, netioapi.get_ip_interface_entry(socket.AF_INET6, **key)),
        (ROW, netioapi.set_ip_interface_entry({"Family": socket.AF_INET, "InterfaceIndex": 13})),
        *[(ROW, row) for row in netioapi.get_ip_interface_table()],
        ("MIB_IF_ROW2", netioapi.get_if_entry2(**key)),
        *[("MIB_IF_ROW2", row) for row in netioapi.get_if_table2()],
        ("MIB_IPFORWARDROW", netioapi.get_best_route("8.8.8.8")),
        ("MIB_IPFORWARD_ROW2", netioapi.get_best_route2("8.8.8.8")[0]),
        *[("MIB_IPFORWARD_ROW2", row) for row in netioapi.get_ip_forward_table2()],
        *[("MIB_UNICASTIPADDRESS_ROW", row) for row in netioapi.get_unicast_ip_address_table()],
    ]


def test_dict_every_function_keeps_the_order_of_the_sdk():
    for structure, row in fresh_rows():
        assert type(row) is dict
        assert list(row) == [field.name for field in netioapi.FIELDS[structure]]


def test_dict_changed_by_the_caller_does_not_change_the_next():
    before = fresh_rows()
    for _, row in fresh_rows():
        for name in row:
            row[name] = "changed"
        row["Another"] = 1
    assert fresh_rows() == before
