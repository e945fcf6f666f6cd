"""Nothing is left out: every function of the raw API is called, tested and documented."""

import inspect
import re
import socket
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.fresh import ROOT, TESTS
from support.machine import COUNTED, Calls

import ipif
from ipif import netioapi

PAGE = ROOT / "docs" / "reference" / "netioapi.md"
LUID = 0x0006_0080_0100_0000
ETHERNET = uuid.UUID("0000000D-1111-4222-8333-0123456789AB")
IPV4 = socket.AF_INET

# Every function: a call of it, and the Win32 functions that it makes, each once.
TESTED: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "initialize_ip_interface_entry": (
        lambda: netioapi.initialize_ip_interface_entry(),
        ["InitializeIpInterfaceEntry"],
    ),
    "get_ip_interface_entry": (
        lambda: netioapi.get_ip_interface_entry(IPV4, index=13),
        ["GetIpInterfaceEntry"],
    ),
    "get_ip_interface_table": (
        lambda: netioapi.get_ip_interface_table(),
        ["GetIpInterfaceTable", "FreeMibTable"],
    ),
    "set_ip_interface_entry": (
        lambda: netioapi.set_ip_interface_entry({"Family": IPV4, "InterfaceIndex": 13}),
        ["InitializeIpInterfaceEntry", "SetIpInterfaceEntry"],
    ),
    "update_ip_interface_entry": (
        lambda: netioapi.update_ip_interface_entry(IPV4, {"NlMtu": 1400}, index=13),
        ["GetIpInterfaceEntry", "SetIpInterfaceEntry"],
    ),
    "notify_ip_interface_change": (
        lambda: netioapi.notify_ip_interface_change().close(),
        ["NotifyIpInterfaceChange", "CancelMibChangeNotify2"],
    ),
    "notify_unicast_ip_address_change": (
        lambda: netioapi.notify_unicast_ip_address_change().close(),
        ["NotifyUnicastIpAddressChange", "CancelMibChangeNotify2"],
    ),
    "notify_route_change2": (
        lambda: netioapi.notify_route_change2().close(),
        ["NotifyRouteChange2", "CancelMibChangeNotify2"],
    ),
    "get_current_thread_compartment_id": (
        lambda: netioapi.get_current_thread_compartment_id(),
        ["GetCurrentThreadCompartmentId"],
    ),
    "set_current_thread_compartment_id": (
        lambda: netioapi.set_current_thread_compartment_id(1),
        ["SetCurrentThreadCompartmentId"],
    ),
    "get_if_entry2": (lambda: netioapi.get_if_entry2(index=13), ["GetIfEntry2"]),
    "get_if_table2": (lambda: netioapi.get_if_table2(), ["GetIfTable2Ex", "FreeMibTable"]),
    "get_unicast_ip_address_table": (
        lambda: netioapi.get_unicast_ip_address_table(),
        ["GetUnicastIpAddressTable", "FreeMibTable"],
    ),
    "get_ip_forward_table2": (
        lambda: netioapi.get_ip_forward_table2(),
        ["GetIpForwardTable2", "FreeMibTable"],
    ),
    "get_best_route": (lambda: netioapi.get_best_route("8.8.8.8"), ["GetBestRoute"]),
    "get_best_route2": (lambda: netioapi.get_best_route2("8.8.8.8"), ["GetBestRoute2"]),
    "convert_interface_index_to_luid": (
        lambda: netioapi.convert_interface_index_to_luid(13),
        ["ConvertInterfaceIndexToLuid"],
    ),
    "convert_interface_luid_to_index": (
        lambda: netioapi.convert_interface_luid_to_index(LUID),
        ["ConvertInterfaceLuidToIndex"],
    ),
    "convert_interface_alias_to_luid": (
        lambda: netioapi.convert_interface_alias_to_luid("Ethernet"),
        ["ConvertInterfaceAliasToLuid"],
    ),
    "convert_interface_luid_to_alias": (
        lambda: netioapi.convert_interface_luid_to_alias(LUID),
        ["ConvertInterfaceLuidToAlias"],
    ),
    "convert_interface_guid_to_luid": (
        lambda: netioapi.convert_interface_guid_to_luid(ETHERNET),
        ["ConvertInterfaceGuidToLuid"],
    ),
    "convert_interface_luid_to_guid": (
        lambda: netioapi.convert_interface_luid_to_guid(LUID),
        ["ConvertInterfaceLuidToGuid"],
    ),
    "convert_interface_luid_to_name": (
        lambda: netioapi.convert_interface_luid_to_name(LUID),
        ["ConvertInterfaceLuidToNameW"],
    ),
}

FUNCTIONS = sorted(
    name for name in dir(netioapi) if not name.startswith("_") and callable(getattr(netioapi, name))
)

needs_the_page = pytest.mark.skipif(not PAGE.exists(), reason="no checkout: the page is not here")

ROW = re.compile(
    r"\| `(?P<name>\w+)(?P<signature>\(.*?\))` \| \[(?P<win32>\w+)\]\((?P<url>\S+)\) \| .+ \|"
)


def rows() -> list[re.Match[str]]:
    """Return the rows of the tables of docs/reference/netioapi.md that are about a function."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [found for line in lines if (found := ROW.fullmatch(line))]


def plain_signature(function: Callable[..., Any]) -> str:
    """Return the signature of a function without annotations."""
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(parameters))


def test_every_function_is_tested_here() -> None:
    assert sorted(TESTED) == FUNCTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_calls_its_win32_functions_once(name: str, calls: Calls) -> None:
    function, win32 = TESTED[name]
    function()
    assert {counted: calls[counted] for counted in COUNTED if calls[counted]} == dict.fromkeys(
        win32, 1
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_called_by_other_tests_too(name: str) -> None:
    others = [path for path in TESTS.rglob("test_*.py") if path.name != Path(__file__).name]
    uses = sum(path.read_text(encoding="utf-8").count(f"{name}(") for path in others)
    assert uses >= 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_names_the_reference_page(name: str) -> None:
    docstring = inspect.getdoc(getattr(netioapi, name))
    assert docstring is not None
    assert re.search(r"https://learn\.microsoft\.com/windows/win32/api/\w+/nf-\w+-\w+", docstring)


@needs_the_page
def test_the_page_has_one_row_for_every_function() -> None:
    assert sorted(row["name"] for row in rows()) == FUNCTIONS


@needs_the_page
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_page_shows_the_signature(name: str) -> None:
    [row] = [row for row in rows() if row["name"] == name]
    assert row["signature"] == plain_signature(getattr(netioapi, name))


@needs_the_page
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_page_names_the_win32_function_and_links_its_reference_page(name: str) -> None:
    [row] = [row for row in rows() if row["name"] == name]
    assert row["win32"] in TESTED[name][1]
    header, _, page = row["url"].rpartition("/")[2].removeprefix("nf-").partition("-")
    assert page == row["win32"].lower()
    assert header in ("netioapi", "iphlpapi")
    assert row["url"] in (inspect.getdoc(getattr(netioapi, name)) or "")


@needs_the_page
def test_the_page_names_every_structure_and_every_win32_function() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for structure in netioapi.FIELDS:
        assert f"[{structure}](https://learn.microsoft.com/" in text
    assert [name for name in COUNTED if f"[{name}](https://learn.microsoft.com/" not in text] == []


def test_every_public_name_exists_and_has_a_docstring() -> None:
    for name in ipif.__all__:
        value = getattr(ipif, name)
        assert name in dir(ipif)
        if callable(value):
            assert inspect.getdoc(value), name
