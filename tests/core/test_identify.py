"""What names an interface: the LUID that it means, and how errors show it."""

import ipaddress
import uuid
from collections import UserDict
from types import MappingProxyType
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import netioapi, simulation
from ipif._core.identify import shown_interface, to_luid

ETHERNET = 0x0006_0080_0100_0000
GUID = "{0000000D-1111-4222-8333-0123456789AB}"


class Index:
    """An object with an index."""

    def __index__(self) -> int:
        return 13


class Failing:
    """An object whose index cannot be read."""

    def __index__(self) -> int:
        raise RuntimeError


class Alias(str):
    """A str that fails when it is compared or hashed."""

    def _fail(self, *_: object) -> bool:
        raise RuntimeError

    __eq__ = __hash__ = __len__ = _fail  # type: ignore[assignment]


class Unreadable(UserDict[str, Any]):
    """A mapping that raises when it is read."""

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)


@pytest.mark.parametrize(
    ("interface", "function"),
    [
        (13, "ConvertInterfaceIndexToLuid"),
        (Index(), "ConvertInterfaceIndexToLuid"),
        ({"InterfaceIndex": 13}, "ConvertInterfaceIndexToLuid"),
        ({"InterfaceLuid": 0, "InterfaceIndex": 13}, "ConvertInterfaceIndexToLuid"),
        ("Ethernet", "ConvertInterfaceAliasToLuid"),
        (uuid.UUID(GUID), "ConvertInterfaceGuidToLuid"),
        (ipif.Luid(ETHERNET), None),
        ({"InterfaceLuid": ETHERNET, "InterfaceIndex": 999}, None),
        ({"InterfaceLuid": ipif.Luid(ETHERNET)}, None),
        (MappingProxyType({"InterfaceLuid": ETHERNET}), None),
        (UserDict(InterfaceIndex=13), "ConvertInterfaceIndexToLuid"),
        ({"dwForwardIfIndex": 13}, "ConvertInterfaceIndexToLuid"),
        (GUID, "ConvertInterfaceGuidToLuid"),
        (GUID.lower(), "ConvertInterfaceGuidToLuid"),
        (rf"\Device\NPF_{GUID}", "ConvertInterfaceGuidToLuid"),
        (rf"\DEVICE\TCPIP_{GUID}", "ConvertInterfaceGuidToLuid"),
        (ipaddress.ip_address("192.168.1.10"), "GetUnicastIpAddressTable"),
        (bytes.fromhex("02000000000d"), "GetIfTable2Ex"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else None,
)
def test_a_luid_costs_no_call_and_every_other_name_one(
    interface: Any, function: str | None, calls: Calls
) -> None:
    luid = to_luid(interface)
    assert (luid, type(luid)) == (ETHERNET, int)
    assert calls.total - calls["FreeMibTable"] == (0 if function is None else 1)
    assert function is None or calls[function] == 1
    assert ipif.Luid.of(interface) == ipif.Luid(ETHERNET)
    assert type(ipif.Luid.of(interface)) is ipif.Luid


@pytest.mark.parametrize(
    ("interface", "rule"),
    [
        ("", "an alias must not be empty"),
        ("a\0", "an alias must not contain a NUL character"),
        ("🦎" * 129, "an alias must have at most 256 characters"),
        (0, "an index is from 1 to 4294967295"),
        (-1, "an index is from 1 to 4294967295"),
        (2**200, "an index is from 1 to 4294967295"),
        (True, "expected an interface, got bool"),
        (None, "expected an interface, got NoneType"),
        (b"", "a hardware address has from 1 to 32 bytes"),
        (bytes(33), "a hardware address has from 1 to 32 bytes"),
        (13.0, "expected an interface, got float"),
        (Failing(), "expected an interface, got Failing"),
        (ipif.Luid(0), "no interface has the LUID 0"),
        ({}, "the row has neither InterfaceLuid nor InterfaceIndex"),
        ({"InterfaceLuid": "x"}, "its InterfaceLuid is not a LUID"),
        ({"InterfaceIndex": "13"}, "expected an interface, got str"),
        (MappingProxyType({}), "the row has neither InterfaceLuid nor InterfaceIndex"),
        (Unreadable(x=1), "reading it raised KeyError('x')"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_wrong_with_a_name_is_said_without_a_call(
    interface: Any, rule: str, calls: Calls
) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        to_luid(interface)
    assert [(p.member, p.rule) for p in caught.value.problems] == [("interface", rule)]
    assert calls.total == 0


def test_no_method_of_a_subclass_of_str_is_called() -> None:
    assert to_luid(Alias("Ethernet")) == ETHERNET


def test_a_guid_whose_bytes_cannot_be_read_is_refused_with_the_cause() -> None:
    class Broken(uuid.UUID):
        bytes_le = property(lambda self: 1 / 0)

    with pytest.raises(ipif.ValidationError, match="guid cannot be read") as caught:
        to_luid(Broken(int=13))
    cause = caught.value.__cause__
    assert cause is not None
    assert isinstance(cause.__cause__, ZeroDivisionError)


def test_an_int_that_can_only_be_a_luid_is_refused_with_that_advice() -> None:
    for number in (2**32, ETHERNET, 2**64 - 1):
        with pytest.raises(ipif.ValidationError, match=rf"write ipif\.Luid\({number}\)"):
            to_luid(number)
    with pytest.raises(ipif.ValidationError, match="write an index, an alias"):
        to_luid(2**64)


def test_the_nearest_alias_costs_a_table_only_for_an_unknown_alias(calls: Calls) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        to_luid("ethernet2")
    assert caught.value.nearest == "Ethernet"
    assert calls["GetIfTable2Ex"] == 1
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        to_luid("ethernet2", suggest_alias=False)
    assert caught.value.nearest is None
    assert calls["GetIfTable2Ex"] == 1


def test_errors_show_the_key_of_a_row_and_any_other_name_as_given() -> None:
    row = dict(ipif.get_interface(13, "ipv4"))
    assert shown_interface(row) == ipif.Luid(ETHERNET)
    assert isinstance(shown_interface(row), ipif.Luid)
    assert shown_interface({"InterfaceIndex": 13}) == 13
    assert shown_interface("Ethernet") == "Ethernet"


# ---- text that is not an alias


@pytest.mark.parametrize(
    "text",
    [
        GUID.strip("{}"),
        GUID.strip("{}").lower(),
        "02-00-00-00-00-0d",
        "02:00:00:00:00:0D",
        "192.168.1.10",
        "fe80::1d:10",
        "fe80::1d:10%13",
    ],
)
def test_text_of_another_form_names_the_interface_after_one_call_for_an_alias(
    text: str, calls: Calls
) -> None:
    assert to_luid(text) == ETHERNET
    assert calls["ConvertInterfaceAliasToLuid"] == 1
    assert calls.total - calls["FreeMibTable"] == 2


@pytest.mark.parametrize(
    "alias", ["13", "192.168.1.10", "02-00-00-00-00-0d", GUID.strip("{}"), "{0000000D}", "--json"]
)
def test_an_adapter_that_is_called_like_something_else_is_found_by_its_alias(alias: str) -> None:
    luid = simulation.add_interface(alias)
    assert to_luid(alias) == luid != ETHERNET


def test_braced_text_names_the_guid_before_the_alias() -> None:
    simulation.add_interface(GUID)
    assert to_luid(GUID) == ETHERNET


def test_a_braced_alias_is_found_when_no_adapter_has_the_guid() -> None:
    alias = "{AAAAAAAA-1111-4222-8333-0123456789AB}"
    luid = simulation.add_interface(alias)
    assert to_luid(alias) == luid


@pytest.mark.parametrize(
    ("interface", "text"),
    [
        ("13", "no interface named '13'; for the index write the int 13. [WinError"),
        ("0", "no interface named '0'. [WinError"),
        (
            "{AAAAAAAA-1111-4222-8333-0123456789AB}",
            "no interface with the GUID {AAAAAAAA-1111-4222-8333-0123456789AB}. [WinError",
        ),
        (
            "AAAAAAAA-1111-4222-8333-0123456789AB",
            "no interface with the GUID {AAAAAAAA-1111-4222-8333-0123456789AB}. [WinError",
        ),
        ("10.99.99.99", "no interface with the address 10.99.99.99. [WinError"),
        (ipaddress.ip_address("10.99.99.99"), "no interface with the address 10.99.99.99. [WinE"),
        ("02-00-00-00-00-FF", "no interface with the hardware address 02-00-00-00-00-FF. [WinE"),
        (b"Ethernet", "no interface with the hardware address 45-74-68-65-72-6E-65-74. [WinE"),
    ],
)
def test_an_interface_that_is_not_found_is_described_as_it_was_named(
    interface: Any, text: str
) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        ipif.get_interface(interface, "ipv4")
    assert str(caught.value).startswith(text)
    assert caught.value.interface == interface
    assert caught.value.nearest is None


# ---- rows of the five structures, integers of other types


def test_the_rows_of_all_structures_name_their_interface() -> None:
    address = next(row for row in ipif.list_addresses() if row["InterfaceIndex"] == 13)
    for row in (
        ipif.get_interface(13, "ipv4"),
        netioapi.get_if_entry2(index=13),
        ipif.best_route("8.8.8.8", interface=13),
        netioapi.get_best_route("8.8.8.8"),
        address,
    ):
        assert ipif.Luid.of(row) == ETHERNET
        assert ipif.get_interface(row, "ipv6")["InterfaceIndex"] == 13


def test_an_integer_of_another_type_is_an_index_and_a_family() -> None:
    class Four(Index):
        def __index__(self) -> int:
            return 4

    row = ipif.get_interface(13, "ipv4")
    assert ipif.get_interface(Index(), Four()) == row
    assert ipif.get_interface(13, "IPv4") == row
    assert ipif.list_interfaces(Four()) == ipif.list_interfaces("ipv4")


# ---- addresses that several interfaces have


def test_the_filter_modules_of_an_adapter_do_not_share_its_hardware_address() -> None:
    sharing = [
        row["Alias"] for row in ipif.list_adapters() if row["PhysicalAddress"].hex()[-2:] == "0d"
    ]
    assert len(sharing) == 2
    assert to_luid(bytes.fromhex("02000000000d")) == ETHERNET


def test_a_hardware_address_of_two_adapters_is_refused_with_their_names() -> None:
    simulation.add_interface("Bridge", PhysicalAddress="02-00-00-00-00-0D")
    for interface in (bytes.fromhex("02000000000d"), "02-00-00-00-00-0d"):
        with pytest.raises(ipif.ValidationError) as caught:
            to_luid(interface)
        [problem] = caught.value.problems
        assert problem.rule == "2 interfaces have this hardware address: 'Ethernet', 'Bridge'"
        assert "alias" in problem.advice


@pytest.mark.parametrize("hardware", ["02", "02" * 8, "02" * 20, "02" * 32])
def test_hardware_addresses_of_every_length_are_found(hardware: str) -> None:
    data = bytes.fromhex(hardware)
    luid = simulation.add_interface("InfiniBand", PhysicalAddress=data.hex("-"))
    assert to_luid(data) == luid
    assert len(data) < 6 or to_luid(data.hex(":")) == luid


def test_an_address_of_two_interfaces_is_refused_unless_its_scope_tells_which() -> None:
    document = simulation.dump()
    document["addresses"].append({"Address": "fe80::1d:10", "InterfaceLuid": 0x47008000000000})
    simulation.load(document)
    with pytest.raises(ipif.ValidationError) as caught:
        to_luid("fe80::1d:10")
    [problem] = caught.value.problems
    assert problem.rule == "2 interfaces have this address: 'Ethernet', 'Wi-Fi'"
    assert to_luid("fe80::1d:10%13") == ETHERNET
    assert to_luid(ipaddress.ip_address("fe80::1d:10%17")) == 0x47008000000000


def test_text_that_looks_like_an_address_is_not_found_when_there_are_no_addresses() -> None:
    document = simulation.dump()
    document["addresses"] = []
    simulation.load(document)
    with pytest.raises(ipif.InterfaceNotFound):
        to_luid("10.99.99.99")
    with pytest.raises(ipif.InterfaceNotFound):
        to_luid(ipaddress.ip_address("10.99.99.99"))


# ---- in errors


@pytest.mark.parametrize(
    "call",
    [
        lambda row: ipif.get_interface(row, "ipv4"),
        lambda row: ipif.update_interface(row, "ipv4", NlMtu=1400),
        lambda row: ipif.best_route("8.8.8.8", interface=row),
        lambda row: ipif.wait_for_interface(row, timeout=0),
        lambda row: simulation.bind(row, "ipv4"),
        lambda row: simulation.unbind(row, "ipv4"),
        lambda row: simulation.remove_interface(row),
    ],
)
def test_no_error_shows_a_whole_row(call: Any) -> None:
    row = {**ipif.get_interface(13, "ipv4"), "InterfaceLuid": 5}
    with pytest.raises(ipif.Error) as caught:
        call(row)
    assert caught.value.interface == ipif.Luid(5)
    assert "NlMtu" not in str(caught.value)
