"""Adapters and the default interface; lists of a family that is not there."""

import ipaddress
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import netioapi, simulation

ETHERNET = ipif.Luid(0x0006_0080_0100_0000)
WIFI = ipif.Luid(0x0047_0080_0000_0000)
GUID = uuid.UUID("{0000000D-1111-4222-8333-0123456789AB}")

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])


def without_counters(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.endswith("Octets")}


# ---- adapters


@pytest.mark.parametrize(
    ("interface", "calls_made"),
    [
        (13, 1),
        (ETHERNET, 1),
        ("Ethernet", 2),
        (GUID, 2),
        ({"InterfaceLuid": int(ETHERNET)}, 1),
    ],
)
def test_an_adapter_is_read_by_any_name(interface: Any, calls_made: int, calls: Calls) -> None:
    row = ipif.get_adapter(interface)
    assert calls["GetIfEntry2"] == 1
    assert calls.total == calls_made
    assert (row["Alias"], row["InterfaceGuid"]) == ("Ethernet", GUID)
    [other] = [row for row in ipif.list_adapters() if row["InterfaceIndex"] == 13]
    assert without_counters(row) == without_counters(other)


@pytest.mark.parametrize("interface", [999, "Ethernett", ipif.Luid(5)])
def test_an_adapter_that_does_not_exist_is_named_in_the_error(interface: Any) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        ipif.get_adapter(interface)
    assert caught.value.interface == interface


@pytest.mark.parametrize("interface", [None, 0, "", 13.0, {}, b""])
def test_what_cannot_name_an_adapter_is_refused_before_any_call(
    interface: Any, calls: Calls
) -> None:
    with pytest.raises(ipif.ValidationError):
        ipif.get_adapter(interface)
    assert calls.total == 0


# ---- lists


LISTS: list[tuple[Callable[..., list[Any]], str]] = [
    (ipif.list_interfaces, "GetIpInterfaceTable"),
    (ipif.list_addresses, "GetUnicastIpAddressTable"),
    (ipif.list_routes, "GetIpForwardTable2"),
]


@pytest.mark.parametrize(("function", "win32"), LISTS)
@pytest.mark.parametrize("code", [50, 1168])
@either_family
def test_a_list_of_a_family_that_is_not_installed_is_empty(
    function: Callable[..., list[Any]], win32: str, code: int, family: str
) -> None:
    simulation.fail(win32, code)
    assert function(family) == []


@pytest.mark.parametrize(("function", "win32"), LISTS)
def test_a_list_of_both_families_that_windows_does_not_support_is_an_error(
    function: Callable[..., list[Any]], win32: str
) -> None:
    simulation.fail(win32, 50)
    with pytest.raises(ipif.Error) as caught:
        function()
    assert caught.value.winerror == 50
    assert "DisabledComponents" in caught.value.hint


@pytest.mark.parametrize(("function", "win32"), LISTS)
def test_any_other_error_of_a_list_is_raised(
    function: Callable[..., list[Any]], win32: str
) -> None:
    simulation.fail(win32, 31)
    with pytest.raises(ipif.Error) as caught:
        function("ipv4")
    assert caught.value.winerror == 31


# ---- the default interface


def test_the_interface_with_the_lowest_sum_of_metrics_has_the_default_route(calls: Calls) -> None:
    row = ipif.default_interface("ipv4")
    assert row == ipif.get_interface("Ethernet", "ipv4")
    assert calls["GetIpInterfaceTable"] == calls["GetIpForwardTable2"] == 1
    ipif.update_interface("Ethernet", "ipv4", Metric=60)
    row = ipif.default_interface(4)
    assert row is not None
    assert row["InterfaceLuid"] == WIFI


def test_an_interface_that_ignores_default_routes_is_no_default_interface() -> None:
    ipif.update_interface("Ethernet", "ipv4", DisableDefaultRoutes=True)
    row = ipif.default_interface("ipv4")
    assert row is not None
    assert row["InterfaceLuid"] == WIFI
    ipif.update_interface("Wi-Fi", "ipv4", DisableDefaultRoutes=True)
    assert ipif.default_interface("ipv4") is None


def test_a_disconnected_interface_is_no_default_interface() -> None:
    document = simulation.dump()
    for row in document["interfaces"]:
        row["Connected"] = row["InterfaceIndex"] != 13
    simulation.load(document)
    row = ipif.default_interface("ipv4")
    assert row is not None
    assert row["InterfaceLuid"] == WIFI
    assert ipif.default_interface("ipv6") is None


def test_metrics_whose_sum_exceeds_32_bits_are_compared_correctly() -> None:
    document = simulation.dump()
    for route in document["routes"]:
        if route["DestinationPrefix"] == "0.0.0.0/0":
            route["Metric"] = 2**32 - 1 if route["InterfaceIndex"] == 13 else 2**32 - 30
    simulation.load(document)
    row = ipif.default_interface("ipv4")
    assert row is not None
    assert row["InterfaceLuid"] == WIFI  # 2**32 + 20 against 2**32 + 24


def test_a_route_whose_interface_has_disappeared_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [row for row in ipif.list_interfaces("ipv4") if row["InterfaceIndex"] != 13]
    monkeypatch.setattr(
        "ipif._core.network.native.get_ip_interface_table", lambda family: list(rows)
    )
    row = ipif.default_interface("ipv4")
    assert row is not None
    assert row["InterfaceLuid"] == WIFI


@pytest.mark.parametrize("family", [None, 5, "ipv5", True, 4.0])
def test_a_default_interface_needs_one_family(family: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError):
        ipif.default_interface(family)
    assert calls.total == 0


# ---- errors of best_route


def test_the_error_names_destination_and_source() -> None:
    with pytest.raises(ipif.Error) as caught:
        ipif.best_route("2001:db8:ffff::1", source="2001:db8::1234")
    error = caught.value
    assert error.winerror == 1231
    assert str(error).endswith(
        ": GetBestRoute2(ipv6, destination 2001:db8:ffff::1, source 2001:db8::1234)"
    )
    assert error.destination == ipaddress.ip_address("2001:db8:ffff::1")
    assert error.source == ipaddress.ip_address("2001:db8::1234")
    assert "explain_route" in error.hint
    document = json.loads(json.dumps(error.to_json()))
    assert document["destination"] == "2001:db8:ffff::1"
    assert document["source"] == "2001:db8::1234"


@pytest.mark.parametrize(
    ("code", "word"), [(1231, "explain_route"), (1232, "explain_route"), (50, "not installed")]
)
def test_no_route_has_a_hint_in_the_raw_api_too(code: int, word: str) -> None:
    simulation.fail("GetBestRoute2", code)
    with pytest.raises(ipif.Error) as caught:
        netioapi.get_best_route2("8.8.8.8")
    assert word in caught.value.hint
    assert caught.value.destination is None
