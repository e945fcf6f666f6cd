"""What the raw API refuses before Windows is called."""

import ipaddress
import socket
import uuid

import pytest
from support.machine import control, native
from support.sdk import STORAGE

import ipif
from ipif import netioapi
from ipif._sim.pack import pack_row as pack
from ipif.netioapi import (
    convert_interface_alias_to_luid,
    convert_interface_guid_to_luid,
    convert_interface_index_to_luid,
    convert_interface_luid_to_alias,
    convert_interface_luid_to_guid,
    convert_interface_luid_to_index,
    convert_interface_luid_to_name,
    get_best_route,
    get_best_route2,
    get_if_entry2,
    get_if_table2,
    get_ip_forward_table2,
    get_ip_interface_entry,
    get_ip_interface_table,
    get_unicast_ip_address_table,
    initialize_ip_interface_entry,
    set_ip_interface_entry,
    update_ip_interface_entry,
)

pack_interface_row = native.pack_interface_row
V4, V6 = int(socket.AF_INET), int(socket.AF_INET6)
ETHERNET = 13
KEYS = {"Family": V4, "InterfaceIndex": ETHERNET}
SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
ALL_FIELDS = [(name, field) for name, fields in netioapi.FIELDS.items() for field in fields]
ALL_IDS = [f"{name}-{field.name}" for name, field in ALL_FIELDS]
SIZES = dict(zip(netioapi.FIELDS, (168, 1352, 104, 56, 80), strict=True))


@pytest.fixture(autouse=True)
def windows_was_not_called(machine, calls):
    """Assert that no test of this file reaches Windows or changes the machine."""
    packed, document = control().dump(), ipif.simulation.dump()
    yield
    assert calls.total == 0
    assert control().dump() == packed
    assert ipif.simulation.dump() == document


class Raising:
    """A number that cannot be read."""

    def __index__(self):
        raise RuntimeError("no")


class Returning:
    """A number that is none."""

    def __index__(self):
        return "1400"


class Interrupting:
    """A number whose reader is interrupted."""

    def __index__(self):
        raise KeyboardInterrupt


def read_set(field, value):
    return set_ip_interface_entry({**KEYS, field.name: value})


def read_update(field, value):
    return update_ip_interface_entry(V4, {field.name: value}, index=ETHERNET)


def read_pack(field, value):
    return pack_interface_row({field.name: value})


# ---- values, by kind

NAN = float("nan")
NO_INTEGERS = [True, False, "1", "", b"1", 1.0, NAN, 1j, [1], (), object(), type]
NO_OTHERS = {
    "bool": [0, 1, 2, 255, "True", "", 1.0, NAN, [], object()],
    "flag": [0, 1, 255, "True", 1.0, object()],
    "uint32[16]": [0, 16, "x" * 16, b"x" * 16, 1.0, range(16), {i: i for i in range(16)}, set()],
    "family": [True, "ipv4", 2.0, b"\x02", [], object()],
    "str": [1, b"Ethernet", 1.0, True, ["Ethernet"], object()],
    "bytes": ["020000", 6, bytearray(6), memoryview(b"xx"), [2, 0], object()],
    "guid": ["0000000d-1111-4222-8333-0123456789ab", b"x" * 16, 1, object()],
    "address": [1, b"\x01\x02\x03\x04", 1.0, True, object(), uuid.UUID(int=0)],
    "prefix": [1, b"\x01\x02\x03\x04", 24.0, object(), ipif.Luid(1)],
    "ipv4": [1, b"\x01\x02\x03\x04", object()],
}


def wrong_values(field):
    return NO_INTEGERS if field.kind in STORAGE else NO_OTHERS[field.kind]


def good_row(structure):
    """Return a row of a structure that can be packed."""
    row = native.unpack(structure, bytes(SIZES[structure]))
    good = {
        "family": V4,
        "address": ipaddress.ip_address("10.0.0.1"),
        "prefix": ipaddress.ip_network("10.0.0.0/8"),
        "ipv4": ipaddress.ip_address("10.0.0.1"),
    }
    row |= {f.name: good[f.kind] for f in netioapi.FIELDS[structure] if f.kind in good}
    pack(structure, row)
    return row


@pytest.mark.parametrize(("structure", "field"), ALL_FIELDS, ids=ALL_IDS)
def test_document_wrong_type_names_the_member(structure, field):
    # What fills the other structures comes from documents, and is refused before it is packed.
    for value in (
        [2, True, b"ipv4", [], object()] if field.kind == "family" else wrong_values(field)
    ):
        with pytest.raises(ipif.ValidationError) as caught:
            ipif.from_json(structure, {field.name: value})
        assert [problem.member for problem in caught.value.problems] == [field.name]


def is_key(field):
    return field.access == "key"


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_set_wrong_type_names_the_member(field):
    for value in wrong_values(field):
        for read in (read_set, read_update, read_pack):
            with pytest.raises(TypeError, match=rf"^{field.name}: expected "):
                read(field, value)


@pytest.mark.parametrize("name", ["Family", "InterfaceLuid", "InterfaceIndex"])
def test_set_none_as_a_key_is_refused(name):
    with pytest.raises(TypeError, match=rf"^{name}: expected .*, got NoneType"):
        set_ip_interface_entry({**KEYS, "InterfaceLuid": 0, name: None})


NUMBERS = [item for item in ALL_FIELDS if item[1].kind in STORAGE]


@pytest.mark.parametrize(
    ("structure", "field"), NUMBERS, ids=[f"{name}-{field.name}" for name, field in NUMBERS]
)
def test_number_out_of_range_names_the_member(structure, field):
    low, high = STORAGE[field.kind]
    for value in (low - 1, high + 1, 2**64, 2**200, -(2**63), -(2**63) - 1, -(2**200)):
        if low <= value <= high:
            continue
        with pytest.raises(ipif.ValidationError, match=rf"^{field.name} = .*outside {low}"):
            ipif.from_json(structure, {field.name: value})
        if structure == "MIB_IPINTERFACE_ROW":
            for read in (read_set, read_update, read_pack):
                message = rf"^{field.name} must be between {low} and {high}$"
                with pytest.raises(OverflowError, match=message):
                    read(field, value)
    if (structure, field.name) != ("MIB_IF_ROW2", "PhysicalAddressLength"):
        for value in (low, high):
            data = pack(structure, {**good_row(structure), field.name: value})
            assert native.unpack(structure, data)[field.name] == value


@pytest.mark.parametrize(
    "field",
    [field for field in SETTABLE if field.kind in STORAGE],
    ids=lambda field: field.name,
)
def test_number_whose_index_raises_is_the_cause_of_a_value_error(field):
    for read in (read_set, read_update, read_pack):
        with pytest.raises(ValueError, match=rf"^{field.name} cannot be read: .*Error") as caught:
            read(field, Raising())
        assert isinstance(caught.value.__cause__, RuntimeError)
        with pytest.raises(ValueError, match=rf"^{field.name} cannot be read: .*TypeError"):
            read(field, Returning())
        with pytest.raises(KeyboardInterrupt):
            read(field, Interrupting())


ZONES = tuple(range(16))
BAD_ZONES = [
    ((), ValueError, "ZoneIndices: expected 16 items, got 0"),
    (ZONES[:15], ValueError, "ZoneIndices: expected 16 items, got 15"),
    ([*ZONES, 16], ValueError, "ZoneIndices: expected 16 items, got 17"),
    ((*ZONES[:15], -1), OverflowError, r"ZoneIndices\[15\] must be between 0 and 4294967295"),
    ((2**32, *ZONES[1:]), OverflowError, r"ZoneIndices\[0\] must be between"),
    ((2**200, *ZONES[1:]), OverflowError, r"ZoneIndices\[0\] must be between"),
    ((True, *ZONES[1:]), TypeError, r"ZoneIndices\[0\]: expected int, got bool"),
    ((None, *ZONES[1:]), TypeError, r"ZoneIndices\[0\]: expected int, got NoneType"),
    (("1", *ZONES[1:]), TypeError, r"ZoneIndices\[0\]: expected int, got str"),
    ((*ZONES[:7], NAN, *ZONES[8:]), TypeError, r"ZoneIndices\[7\]: expected int, got float"),
    ((*ZONES[:3], Raising(), *ZONES[4:]), ValueError, r"ZoneIndices\[3\] cannot be read"),
]


@pytest.mark.parametrize(("value", "exception", "message"), BAD_ZONES)
def test_zones_bad_names_the_item(value, exception, message):
    [field] = [field for field in ipif.FIELDS if field.name == "ZoneIndices"]
    for read in (read_set, read_update, read_pack):
        with pytest.raises(exception, match=message):
            read(field, value)


def test_zones_list_that_shrinks_while_it_is_read_is_read_as_it_was():
    zones = list(ZONES)

    class Number:
        def __index__(self):
            zones.clear()
            return 5

    zones[0] = Number()
    data = pack_interface_row({"ZoneIndices": zones})
    assert native.unpack("MIB_IPINTERFACE_ROW", data)["ZoneIndices"] == (5, *ZONES[1:])


# ---- other kinds

BAD_VALUES = [
    ("MIB_IF_ROW2", "Alias", "x" * 257),
    ("MIB_IF_ROW2", "Alias", "\U0001f600" * 129),
    ("MIB_IF_ROW2", "Alias", "x\0"),
    ("MIB_IF_ROW2", "PhysicalAddress", "-".join(["02"] * 33)),
    ("MIB_IPFORWARD_ROW2", "NextHop", "gateway.example"),
    ("MIB_IPFORWARD_ROW2", "NextHop", "10.0.0.256"),
    ("MIB_IPFORWARD_ROW2", "NextHop", ""),
    ("MIB_IPFORWARD_ROW2", "NextHop", "fe80::1%eth0"),
    ("MIB_IPFORWARD_ROW2", "NextHop", "fe80::1%-1"),
    ("MIB_IPFORWARD_ROW2", "NextHop", "fe80::1%4294967296"),
    ("MIB_IPFORWARD_ROW2", "NextHop", "fe80::1%" + "9" * 5000),
    ("MIB_IPFORWARD_ROW2", "DestinationPrefix", "10.0.0.1/8"),
    ("MIB_IPFORWARD_ROW2", "DestinationPrefix", "10.0.0.0/33"),
    ("MIB_IPFORWARDROW", "dwForwardDest", "::1"),
]


@pytest.mark.parametrize(("structure", "name", "value"), BAD_VALUES)
def test_document_bad_value_names_the_member(structure, name, value):
    with pytest.raises(ipif.ValidationError, match=f"^{name} = "):
        ipif.from_json(structure, {name: value})


@pytest.mark.parametrize(("structure", "field"), ALL_FIELDS, ids=ALL_IDS)
def test_pack_missing_member_is_named(structure, field):
    row = good_row(structure)
    del row[field.name]
    with pytest.raises(KeyError, match=f"^'{field.name}'$"):
        pack(structure, row)


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_pack_interface_row_missing_member_or_none_is_zero(field):
    ones = {f.name: -1 if f.kind == "enum" else STORAGE[f.kind][1] for f in ipif.FIELDS
            if f.kind in STORAGE}  # fmt: skip
    ones |= {f.name: True for f in ipif.FIELDS if f.kind == "bool"}
    row = {**ones, "Family": V6, "ZoneIndices": (2**32 - 1,) * 16}
    data = pack_interface_row(row)
    assert len(data) == 168
    start, end = field.offset, field.offset + field.size
    assert any(data[start:end])
    del row[field.name]
    assert pack_interface_row(row) == data[:start] + bytes(field.size) + data[end:]
    if not is_key(field):
        row[field.name] = None
        assert pack_interface_row(row) == data[:start] + bytes(field.size) + data[end:]
    assert pack_interface_row({}) == bytes(168)


def test_address_object_whose_bytes_raise_is_the_cause_of_a_value_error():
    class Address(ipaddress.IPv4Address):
        @property
        def packed(self):
            raise RuntimeError("no")

    with pytest.raises(ValueError, match="destination cannot be read") as caught:
        get_best_route2(Address("8.8.8.8"))
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize("packed", [b"", bytes(5), bytes(17), "1.2.3.4", None])
def test_address_object_with_strange_bytes_is_refused(packed):
    address = type("Address", (ipaddress.IPv4Address,), {"packed": packed})("8.8.8.8")
    with pytest.raises(ValueError, match="destination"):
        get_best_route2(address)
    with pytest.raises(ipif.ValidationError, match="destination"):
        ipif.best_route(address)
    stranger = type("Address", (), {"version": 4, "packed": packed})()
    with pytest.raises(TypeError, match="destination: expected an ipaddress address or str"):
        get_best_route2(stranger)


# ---- keys of the dict


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("NlMTU", "NlMtu"),
        ("nl_mtu", "NlMtu"),
        ("Mtu", None),
        ("UseAutomaticMetrics", "UseAutomaticMetric"),
        ("", None),
        ("NlMtu ", "NlMtu"),
        ("x" * 100_000, None),
        ("NlMtu\0", None),
        ("\ud800", None),
    ],
)
def test_unknown_member_is_named_with_a_suggestion(name, better):
    for call in (
        lambda: set_ip_interface_entry({**KEYS, name: 1400}),
        lambda: update_ip_interface_entry(V4, {name: 1400}, index=ETHERNET),
        lambda: pack_interface_row({name: 1400}),
    ):
        with pytest.raises(ValueError, match=r"^MIB_IPINTERFACE_ROW has no member ") as caught:
            call()
        assert repr(name) in str(caught.value)
        if better is not None:
            assert f"did you mean {better!r}?" in str(caught.value)


@pytest.mark.parametrize("key", [1, None, b"NlMtu", ("NlMtu",), 1.5, frozenset()])
def test_key_that_is_not_a_str_is_refused(key):
    for call in (
        lambda: set_ip_interface_entry({**KEYS, key: 1400}),
        lambda: update_ip_interface_entry(V4, {key: 1400}, index=ETHERNET),
    ):
        with pytest.raises(TypeError, match=r"^a member name: expected str, got "):
            call()


def test_key_str_that_does_not_equal_its_text_is_not_dropped_in_silence():
    class Strange(str):
        __hash__ = object.__hash__
        __eq__ = object.__eq__

    with pytest.raises(OverflowError, match=r"^NlMtu must be"):
        set_ip_interface_entry({**KEYS, Strange("NlMtu"): -1})
    with pytest.raises(ValueError, match="NlMtu"):
        set_ip_interface_entry({**KEYS, "NlMtu": 1400, Strange("NlMtu"): 1400})


@pytest.mark.parametrize(
    "field",
    [field for field in ipif.FIELDS if field.access != "settable"],
    ids=lambda field: field.name,
)
def test_update_key_or_read_only_member_is_refused(field):
    value = good_row("MIB_IPINTERFACE_ROW")[field.name]
    reason = "a key" if is_key(field) else "read-only"
    with pytest.raises(ValueError, match=f"^{field.name} cannot be changed: it is {reason}$"):
        update_ip_interface_entry(V4, {"NlMtu": 1400, field.name: value}, index=ETHERNET)


@pytest.mark.parametrize("row", [None, (), [], [("Family", V4)], "row", 1, {1}.union, object()])
def test_row_that_is_not_a_dict_is_refused(row):
    with pytest.raises(TypeError, match=r"^row: expected dict, got "):
        set_ip_interface_entry(row)
    with pytest.raises(TypeError, match=r"^changes: expected dict, got "):
        update_ip_interface_entry(V4, row, index=ETHERNET)
    with pytest.raises(TypeError, match=r"^row: expected dict, got "):
        pack_interface_row(row)


# ---- which interface, which family


@pytest.mark.parametrize(
    "row",
    [{}, {"Family": V4}, {"Family": V4, "InterfaceIndex": 0}, {"Family": V4, "InterfaceLuid": 0}],
)
def test_set_without_a_key_is_refused(row):
    with pytest.raises(ValueError, match="Family" if not row else "InterfaceLuid nor"):
        set_ip_interface_entry({**row, "NlMtu": 1400})


def test_set_without_a_family_is_refused():
    with pytest.raises(ValueError, match="the row has no Family"):
        set_ip_interface_entry({"InterfaceIndex": ETHERNET})


def test_call_without_a_key_is_refused():
    for call in (
        lambda **key: get_ip_interface_entry(V4, **key),
        lambda **key: update_ip_interface_entry(V4, {"NlMtu": 1400}, **key),
        get_if_entry2,
    ):
        for key in ({}, {"luid": 0}, {"index": 0}, {"luid": 0, "index": 0}):
            with pytest.raises(ValueError, match=r"needs luid or index$"):
                call(**key)


BAD_FAMILIES = [
    (1, ValueError),
    (-1, ValueError),
    (4, ValueError),
    (6, ValueError),
    (10 + 23 - V6, ValueError),  # what the other system calls AF_INET6
    (2 + 2**16, ValueError),
    (2 + 2**32, ValueError),
    (2**200, ValueError),
    ("ipv4", TypeError),
    (True, TypeError),
    (2.0, TypeError),
    (None, TypeError),
    (Raising(), TypeError),
]


@pytest.mark.parametrize(("family", "exception"), BAD_FAMILIES)
def test_family_unknown_is_refused(family, exception):
    message = r"family(: expected int such as| must be) socket\.AF_INET"
    for call in (
        lambda: get_ip_interface_entry(family, index=ETHERNET),
        lambda: update_ip_interface_entry(family, {}, index=ETHERNET),
        lambda: get_ip_interface_table(family),
        lambda: get_ip_forward_table2(family),
        lambda: get_unicast_ip_address_table(family),
        lambda: netioapi.notify_ip_interface_change(family),
        lambda: netioapi.notify_unicast_ip_address_change(family),
        lambda: netioapi.notify_route_change2(family),
    ):
        with pytest.raises(exception, match=message):
            call()
    with pytest.raises(exception, match=message.replace("family", "Family")):
        set_ip_interface_entry({**KEYS, "Family": family})


def test_family_unspecified_names_no_row():
    for call in (
        lambda: get_ip_interface_entry(0, index=ETHERNET),
        lambda: update_ip_interface_entry(0, {}, index=ETHERNET),
        lambda: set_ip_interface_entry({**KEYS, "Family": 0}),
    ):
        with pytest.raises(ValueError, match=r"amily must be socket\.AF_INET or socket\.AF_INET6"):
            call()


@pytest.mark.parametrize("value", [True, "13", 13.0, None, Raising(), -1, 2**32, 2**64, 2**200])
def test_index_bad_is_named(value):
    exceptions = (TypeError, OverflowError, ValueError)
    for call in (
        lambda: get_ip_interface_entry(V4, index=value),
        lambda: update_ip_interface_entry(V4, {}, index=value),
        lambda: get_if_entry2(index=value),
        lambda: get_best_route2("8.8.8.8", index=value),
        lambda: convert_interface_index_to_luid(value),
    ):
        with pytest.raises(exceptions, match=r"^index[: ]"):
            call()


@pytest.mark.parametrize("value", [True, "13", 13.0, None, Raising(), -1, 2**64, 2**200])
def test_luid_bad_is_named(value):
    exceptions = (TypeError, OverflowError, ValueError)
    for call in (
        lambda: get_ip_interface_entry(V4, luid=value),
        lambda: update_ip_interface_entry(V4, {}, luid=value),
        lambda: get_if_entry2(luid=value),
        lambda: get_best_route2("8.8.8.8", luid=value),
        lambda: convert_interface_luid_to_alias(value),
        lambda: convert_interface_luid_to_guid(value),
        lambda: convert_interface_luid_to_index(value),
        lambda: convert_interface_luid_to_name(value),
    ):
        with pytest.raises(exceptions, match=r"^luid[: ]"):
            call()


@pytest.mark.parametrize(
    ("alias", "exception"),
    [
        ("Ethernet\0", ValueError),
        ("\0", ValueError),
        ("x" * 257, ValueError),
        ("x" * 300, ValueError),
        ("\U0001f600" * 129, ValueError),
        ("x" * 10_000_000, ValueError),
        (13, TypeError),
        (b"Ethernet", TypeError),
        (None, TypeError),
    ],
)
def test_alias_that_no_interface_can_have_is_refused(alias, exception):
    with pytest.raises(exception, match=r"^alias(: expected| must) "):
        convert_interface_alias_to_luid(alias)


@pytest.mark.parametrize("guid", ["{0000000D-1111-4222-8333-0123456789AB}", b"x" * 16, 13, None])
def test_guid_that_is_not_a_uuid_is_refused(guid):
    with pytest.raises(TypeError, match=r"^guid: expected uuid\.UUID, got "):
        convert_interface_guid_to_luid(guid)


def test_guid_subclass_that_lies_is_refused():
    class Liar(uuid.UUID):
        bytes_le = property(lambda self: b"short")

    class Failing(uuid.UUID):
        bytes_le = property(lambda self: 1 / 0)

    with pytest.raises(ValueError, match=r"^guid must have 16 bytes"):
        convert_interface_guid_to_luid(Liar(int=13))
    with pytest.raises(ValueError, match=r"^guid cannot be read") as caught:
        convert_interface_guid_to_luid(Failing(int=13))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("level", "exception"),
    [
        (3, ValueError),
        (2**31, ValueError),
        (-1, OverflowError),
        (2**32, OverflowError),
        (True, TypeError),
        ("0", TypeError),
        (None, TypeError),
    ],
)
def test_level_unknown_is_refused(level, exception):
    with pytest.raises(exception, match=r"^level(: expected| must) "):
        get_if_table2(level)


@pytest.mark.parametrize(
    ("arguments", "exception", "message"),
    [
        (("::1",), ValueError, "destination: expected an IPv4 address"),
        (("8.8.8.8", "::1"), ValueError, "source: expected an IPv4 address"),
        (("dns.example",), ValueError, "destination: .* is not an IP address"),
        (("8.8.8.8/32",), ValueError, "destination: .* is not an IP address"),
        ((134744072,), TypeError, "destination: expected an ipaddress address or str, got int"),
        (("8.8.8.8", 0), TypeError, "source: expected an ipaddress address or str, got int"),
    ],
)
def test_best_route_bad_address_is_named(arguments, exception, message):
    with pytest.raises(exception, match=message):
        get_best_route(*arguments)


def test_best_route2_source_of_the_other_family_is_refused():
    with pytest.raises(ValueError, match="source: expected an address of the family"):
        get_best_route2("8.8.8.8", source="::1")


# ---- how a function is called

SIGNATURES = {
    initialize_ip_interface_entry: (0, 0, ()),
    get_ip_interface_entry: (1, 1, ("luid", "index")),
    get_ip_interface_table: (0, 1, ()),
    set_ip_interface_entry: (1, 1, ()),
    update_ip_interface_entry: (2, 2, ("luid", "index")),
    get_if_entry2: (0, 0, ("luid", "index")),
    get_if_table2: (0, 1, ()),
    get_unicast_ip_address_table: (0, 1, ()),
    get_ip_forward_table2: (0, 1, ()),
    get_best_route: (1, 2, ()),
    get_best_route2: (1, 1, ("source", "luid", "index")),
    convert_interface_index_to_luid: (1, 1, ()),
    convert_interface_luid_to_index: (1, 1, ()),
    convert_interface_alias_to_luid: (1, 1, ()),
    convert_interface_luid_to_alias: (1, 1, ()),
    convert_interface_guid_to_luid: (1, 1, ()),
    convert_interface_luid_to_guid: (1, 1, ()),
    convert_interface_luid_to_name: (1, 1, ()),
    netioapi.notify_ip_interface_change: (0, 1, ("initial", "capacity")),
    netioapi.notify_unicast_ip_address_change: (0, 1, ("initial", "capacity")),
    netioapi.notify_route_change2: (0, 1, ("initial", "capacity")),
    netioapi.get_current_thread_compartment_id: (0, 0, ()),
    netioapi.set_current_thread_compartment_id: (1, 1, ()),
}


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__name__)
def test_call_wrong_arguments_is_a_type_error(function):
    required, positional, named = SIGNATURES[function]
    good = (V4, {}) if function is update_ip_interface_entry else (V4,) * positional
    wrong = [((*good, V4), {}), ((V4,) * 20, {}), (good, {"unknown": 1}), (good, {"": 1})]
    wrong += [(good[:count], dict.fromkeys(named, 1)) for count in range(required)]
    wrong += [((), {name: V4}) for name in ("family", "row", "level", "alias")]
    for arguments, keywords in wrong:
        with pytest.raises(TypeError):
            function(*arguments, **keywords)


def test_call_every_function_of_netioapi_is_among_those_tested():
    functions = {value for value in vars(netioapi).values() if callable(value)}
    assert set(SIGNATURES) == functions
