"""The controls of the simulation refuse what they cannot take, and change nothing then."""

import struct
import uuid
from typing import Any

import pytest
from support.machine import control
from support.sdk import SIZES

import ipif
from ipif._sim.pack import pack_row

NOT_FOUND_FILE, INVALID_PARAMETER, NOT_FOUND, EXISTS = 2, 87, 1168, 5010
HEADER = struct.Struct("<8s6I")  # magic, flags, adapters, interfaces, routes, addresses, zero
UNKNOWN = 0x0006_0080_0000_0000

in_python = pytest.mark.skipif(
    ipif.backend == "windows", reason="there the controls are called through ctypes"
)

NUMBERS = {
    "adapter": (0,),
    "luid_of_index": (0,),
    "unused_luid": (0,),
    "remove_interface": (0,),
    "set_delay": (0,),
    "settle": (0,),
    "set_flags": (0, 0),
    "set_link": (0, 0),
    "move_adapter": (0, 1),
    "unbind": (2, 0),
}
BYTES = {
    "load": (b"",),
    "load_first": (b"",),
    "luid_of_alias": (b"",),
    "rename_adapter": (0, b""),
    "add_adapter": (b"",),
    "bind": (b"",),
    "add_route": (b"",),
    "add_address": (b"",),
}
NAMES = {"fail": ("SetIpInterfaceEntry", 5, 0, 0), "calls": ("",), "address": ("",)}
CALLS = {**NUMBERS, **BYTES, **NAMES}
ROWS = ("add_adapter", "bind", "add_route", "add_address")


@in_python
@pytest.mark.parametrize("name", CALLS)
def test_arguments_of_another_type_or_size_are_refused(name: str) -> None:
    function = getattr(control(), name)
    before = control().dump()
    for at, argument in enumerate(CALLS[name]):
        arguments: list[Any] = list(CALLS[name])
        wrong: tuple[Any, ...] = (None, 2**64, -1) if isinstance(argument, int) else (None, 5)
        for arguments[at] in wrong:
            with pytest.raises((TypeError, OverflowError)):
                function(*arguments)
    with pytest.raises(TypeError):
        function(*CALLS[name], 1)
    assert control().dump() == before


@in_python
def test_bytes_of_another_length_are_refused() -> None:
    for name in ROWS:
        with pytest.raises(ValueError, match="expected a row of"):
            getattr(control(), name)(b"x" * 7)
    for alias in (b"x", b"x\0" * 257):
        with pytest.raises(ValueError, match="at most 256"):
            control().luid_of_alias(alias)
        with pytest.raises(ValueError, match="at most 256"):
            control().rename_adapter(0, alias)


def test_flags_are_set_under_their_mask_only() -> None:
    before = control().flags()
    control().set_flags(1, ~before & 1)
    assert control().flags() == before ^ 1
    control().set_flags(1, before)
    assert control().flags() == before


def test_unknown_functions_have_no_calls_and_no_address_and_do_not_fail() -> None:
    assert control().calls("NoSuchFunction") == 0
    assert control().address("NoSuchFunction") == 0
    assert control().fail("NoSuchFunction", 5, 1, 0) == INVALID_PARAMETER
    assert control().fail("FreeMibTable", 5, 1, 0) == INVALID_PARAMETER
    assert control().fail("SetIpInterfaceEntry", 0, 1, 0) == INVALID_PARAMETER
    assert control().fail("SetIpInterfaceEntry", 5, 0, 0) == 0
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)


def adapter(**members: Any) -> bytes:
    row = dict(ipif.get_adapter("Ethernet"))
    new = {"InterfaceLuid": UNKNOWN, "InterfaceIndex": 4711, "Alias": "new"}
    return pack_row("MIB_IF_ROW2", {**row, **new, **members})


def interface(**members: Any) -> bytes:
    return pack_row("MIB_IPINTERFACE_ROW", {**ipif.get_interface("Ethernet", "ipv4"), **members})


def route(**members: Any) -> bytes:
    [row, *_] = ipif.list_routes("ipv4")
    return pack_row("MIB_IPFORWARD_ROW2", {**row, **members})


def address(**members: Any) -> bytes:
    [row, *_] = ipif.list_addresses("ipv4")
    return pack_row("MIB_UNICASTIPADDRESS_ROW", {**row, **members})


def with_family(row: bytes, at: int) -> bytes:
    """Return a row with an unknown family."""
    return row[:at] + struct.pack("<H", 77) + row[at + 2 :]


def alias(text: str) -> bytes:
    return text.encode("utf-16-le")


def test_a_change_of_what_is_not_there_is_refused_and_changes_nothing() -> None:
    ethernet = ipif.Luid.of("Ethernet")
    before = control().dump()
    controls = control()
    at = ipif.netioapi.FIELDS["MIB_IF_ROW2"][3].offset
    unterminated = adapter()[:at] + alias("x" * 257) + adapter()[at + 2 * 257 :]
    answers = [
        (controls.adapter(UNKNOWN), b""),
        (controls.rename_adapter(UNKNOWN, alias("x")), NOT_FOUND_FILE),
        (controls.rename_adapter(ethernet, b""), INVALID_PARAMETER),
        (controls.rename_adapter(ethernet, alias("Wi-Fi")), EXISTS),
        (controls.move_adapter(UNKNOWN, 1), NOT_FOUND_FILE),
        (controls.move_adapter(ethernet, 0), INVALID_PARAMETER),
        (controls.remove_interface(UNKNOWN), NOT_FOUND_FILE),
        (controls.unbind(77, ethernet), INVALID_PARAMETER),
        (controls.unbind(2, UNKNOWN), NOT_FOUND_FILE),
        (controls.add_adapter(adapter(InterfaceLuid=0)), INVALID_PARAMETER),
        (controls.add_adapter(unterminated), INVALID_PARAMETER),
        (controls.add_adapter(adapter(InterfaceLuid=ethernet)), EXISTS),
        (controls.add_adapter(adapter(InterfaceIndex=13)), EXISTS),
        (controls.add_adapter(adapter(Alias="ETHERNET")), EXISTS),
        (controls.bind(with_family(interface(), 0)), INVALID_PARAMETER),
        (controls.bind(interface(InterfaceLuid=UNKNOWN)), NOT_FOUND_FILE),
        (controls.bind(interface(InterfaceIndex=4711)), INVALID_PARAMETER),
        (controls.bind(interface()), EXISTS),
        (controls.add_route(route(InterfaceLuid=UNKNOWN)), NOT_FOUND_FILE),
        (controls.add_route(route(InterfaceIndex=4711)), INVALID_PARAMETER),
        (controls.add_route(route()), EXISTS),
        (controls.add_address(address(InterfaceLuid=UNKNOWN)), NOT_FOUND_FILE),
        (controls.add_address(address(InterfaceIndex=4711)), INVALID_PARAMETER),
        (controls.add_address(address()), EXISTS),
    ]
    for number, (answer, expected) in enumerate(answers):
        assert answer == expected, number
    assert control().dump() == before


def test_a_row_without_an_index_gets_that_of_its_adapter() -> None:
    packed = interface(InterfaceIndex=0)
    assert control().unbind(2, ipif.Luid.of("Ethernet")) == 0
    assert control().bind(packed) == 0
    assert ipif.get_interface("Ethernet", "ipv4")["InterfaceIndex"] == 13


def places(machine: bytes) -> dict[str, int]:
    """Return where the first row of each structure is in a packed machine."""
    _, _, adapters, interfaces, routes, _, _ = HEADER.unpack_from(machine)
    found, at = {}, HEADER.size
    for structure, count in (
        ("MIB_IF_ROW2", adapters),
        ("MIB_IPINTERFACE_ROW", interfaces),
        ("MIB_IPFORWARD_ROW2", routes),
        ("MIB_UNICASTIPADDRESS_ROW", 0),
    ):
        found[structure] = at
        at += count * SIZES[structure]
    return found


@pytest.mark.parametrize("structure", [name for name in SIZES if name != "MIB_IPFORWARDROW"])
def test_a_packed_machine_with_a_wrong_row_is_refused(structure: str) -> None:
    before = control().dump()
    at = places(before)[structure]
    wrong = before[:at] + bytes(SIZES[structure]) + before[at + SIZES[structure] :]
    assert control().load(wrong) == INVALID_PARAMETER
    assert control().dump() == before


def test_a_packed_machine_with_two_adapters_of_one_luid_is_refused() -> None:
    before = control().dump()
    at, size = places(before)["MIB_IF_ROW2"], SIZES["MIB_IF_ROW2"]
    wrong = before[: at + size] + before[at : at + size] + before[at + 2 * size :]
    assert control().load(wrong) == INVALID_PARAMETER
    assert control().dump() == before


def test_a_packed_machine_of_another_size_or_kind_is_refused() -> None:
    before = control().dump()
    for wrong in (b"", before[:31], before[:-1], before + b"x", b"x" + before[1:]):
        assert control().load(wrong) == INVALID_PARAMETER
    assert control().dump() == before


def test_a_machine_without_adapters_has_none() -> None:
    before = control().dump()
    magic, flags, *_ = HEADER.unpack_from(before)
    assert control().load(HEADER.pack(magic, flags, 0, 0, 0, 0, 0)) == 0
    try:
        assert ipif.list_adapters() == []
        with pytest.raises(ipif.InterfaceNotFound):
            ipif.get_interface(13, "ipv4")
        with pytest.raises(ipif.InterfaceNotFound):
            ipif.get_interface("Ethernet", "ipv4")
        with pytest.raises(ipif.InterfaceNotFound):
            ipif.get_interface(uuid.UUID(int=1), "ipv4")
    finally:
        assert control().load(before) == 0
