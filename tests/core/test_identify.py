"""What names an interface: the LUID that it means, and how errors show it."""

import uuid
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import simulation
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
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else None,
)
def test_a_luid_costs_no_call_and_every_other_name_one(
    interface: Any, function: str | None, calls: Calls
) -> None:
    luid = to_luid(interface)
    assert (luid, type(luid)) == (ETHERNET, int)
    assert calls.total == (0 if function is None else 1)
    assert function is None or calls[function] == 1


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
        (b"Ethernet", "expected an interface, got bytes"),
        (Failing(), "expected an interface, got Failing"),
        (ipif.Luid(0), "no interface has the LUID 0"),
        ({}, "the row has neither InterfaceLuid nor InterfaceIndex"),
        ({"InterfaceLuid": "x"}, "its InterfaceLuid is not a LUID"),
        ({"InterfaceIndex": "13"}, "expected an interface, got str"),
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
