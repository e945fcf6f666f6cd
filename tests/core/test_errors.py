"""The exceptions: classes, attributes, texts, hints, copies; the same on every system."""

import copy
import errno
import ipaddress
import json
import math
import pickle
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import netioapi, simulation

TEREDO = "Teredo Tunneling Pseudo-Interface"


def set_row_from_get() -> Any:
    """Write a row as it was read by the raw API: 87, because of SitePrefixLength 64."""
    return netioapi.set_ip_interface_entry(ipif.get_interface(13, "ipv4") | {"NlMtu": 1400})


def set_without_elevation() -> Any:
    simulation.elevated(False)
    return ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)


def set_that_fails() -> Any:
    simulation.fail("SetIpInterfaceEntry", 50)
    return ipif.update_interface(13, "ipv6", NlMtu=1400)


CALLS: dict[type[ipif.Error], Callable[[], Any]] = {
    ipif.AccessDenied: set_without_elevation,
    ipif.InterfaceNotFound: lambda: ipif.get_interface(999, "ipv4"),
    ipif.FamilyNotBound: lambda: ipif.get_interface(TEREDO, "ipv4"),
    ipif.InvalidRow: set_row_from_get,
    ipif.Error: set_that_fails,
}
every_class = pytest.mark.parametrize("cls", CALLS, ids=lambda cls: cls.__name__)


def error_of(call: Callable[[], Any]) -> Any:
    """Return the ipif.Error that a call raises."""
    with pytest.raises(ipif.Error) as caught:
        call()
    return caught.value


# ---- classes and attributes


@pytest.mark.parametrize(
    ("cls", "base", "winerror", "number", "function"),
    [
        (ipif.AccessDenied, PermissionError, 5, errno.EACCES, "SetIpInterfaceEntry"),
        (ipif.InterfaceNotFound, FileNotFoundError, 2, errno.ENOENT, "GetIpInterfaceEntry"),
        (ipif.FamilyNotBound, ipif.Error, 1168, errno.EINVAL, "GetIpInterfaceEntry"),
        (ipif.InvalidRow, ValueError, 87, errno.EINVAL, "SetIpInterfaceEntry"),
        (ipif.Error, OSError, 50, errno.EINVAL, "SetIpInterfaceEntry"),
    ],
)
def test_each_code_has_its_class(
    cls: type[ipif.Error], base: type, winerror: int, number: int, function: str
) -> None:
    error = error_of(CALLS[cls])
    assert type(error) is cls
    assert isinstance(error, ipif.Error)
    assert isinstance(error, base)
    assert (error.winerror, error.errno, error.function) == (winerror, number, function)
    assert error.strerror
    assert not error.strerror.endswith((".", "\n", " "))
    assert cls.__module__ == "ipif"


@every_class
def test_an_error_has_two_arguments_and_no_file_name(cls: type[ipif.Error]) -> None:
    error = error_of(CALLS[cls])
    assert (error.filename, error.filename2) == (None, None)
    assert error.args == (error.errno, error.strerror)


@pytest.mark.parametrize(
    ("winerror", "number"),
    [
        (6, errno.EBADF),
        (8, errno.ENOMEM),
        (50, errno.EINVAL),
        (111, errno.EINVAL),
        (122, errno.EINVAL),
        (123, errno.EINVAL),
        (997, errno.EINVAL),
        (1231, errno.EINVAL),
        (1232, errno.EINVAL),
        (5010, errno.EINVAL),
        (4294967295, errno.EINVAL),
    ],
)
def test_other_codes_are_plain_errors_with_the_same_errno_everywhere(
    winerror: int, number: int
) -> None:
    simulation.fail("GetIpInterfaceEntry", winerror)
    error = error_of(lambda: ipif.get_interface(13, "ipv4"))
    assert type(error) is ipif.Error
    assert (error.winerror, error.errno) == (winerror, number)
    assert bool(error.hint) == (winerror == 50)
    assert str(error).startswith(f"[WinError {winerror}] ")


@pytest.mark.parametrize("winerror", [2, 87, 123, 1168])
@pytest.mark.parametrize(
    ("function", "interface"),
    [("ConvertInterfaceAliasToLuid", "Ethernet"), ("ConvertInterfaceGuidToLuid", uuid.UUID(int=1))],
)
def test_every_error_code_of_a_conversion_means_interface_not_found(
    winerror: int, function: str, interface: Any
) -> None:
    simulation.fail(function, winerror)
    error = error_of(lambda: ipif.get_interface(interface, "ipv4"))
    assert type(error) is ipif.InterfaceNotFound
    assert (error.winerror, error.function) == (winerror, function)
    assert error.errno == errno.ENOENT


@every_class
def test_the_text_is_the_same_on_every_system(cls: type[ipif.Error]) -> None:
    error = error_of(CALLS[cls])
    call = {
        ipif.AccessDenied: "SetIpInterfaceEntry('Ethernet', ipv4)",
        ipif.InterfaceNotFound: "GetIpInterfaceEntry(999, ipv4)",
        ipif.FamilyNotBound: f"GetIpInterfaceEntry({TEREDO!r}, ipv4)",
        ipif.InvalidRow: "SetIpInterfaceEntry(Luid(1689399632855040), ipv4)",
        ipif.Error: "SetIpInterfaceEntry(13, ipv6)",
    }[cls]
    text = f"[WinError {error.winerror}] {error.strerror}: {call}"
    if cls is ipif.InterfaceNotFound:
        text = f"no interface with the index 999. {text}"
    assert str(error) == text


@pytest.mark.parametrize(
    ("interface", "text"),
    [
        ("Ethernett", "no interface named 'Ethernett'; did you mean 'Ethernet'? [WinError "),
        ("Quokka", "no interface named 'Quokka'. [WinError "),
        (999, "no interface with the index 999. [WinError "),
        (ipif.Luid(5), "no interface with the LUID 5. [WinError "),
        (uuid.UUID(int=5), "no interface with the GUID {00000000-0000-0000-0000-000000000005}. "),
    ],
)
def test_the_text_starts_with_the_interface_that_was_not_found(interface: Any, text: str) -> None:
    error = error_of(lambda: ipif.get_interface(interface, "ipv4"))
    assert isinstance(error, ipif.InterfaceNotFound)
    assert str(error).startswith(text)
    assert error.nearest == ("Ethernet" if interface == "Ethernett" else None)
    assert pickle.loads(pickle.dumps(error)).nearest == error.nearest


def test_a_failing_search_for_the_nearest_alias_is_ignored() -> None:
    simulation.fail("GetIfTable2Ex", 8)
    error = error_of(lambda: ipif.get_interface("Ethernett", "ipv4"))
    assert isinstance(error, ipif.InterfaceNotFound)
    assert error.nearest is None


def test_the_text_of_a_call_without_interface_and_family() -> None:
    simulation.fail("GetIpInterfaceTable", 8)
    error = error_of(ipif.list_interfaces)
    assert str(error) == f"[WinError 8] {error.strerror}: GetIpInterfaceTable()"
    simulation.fail("GetIpInterfaceTable", 8)
    error = error_of(lambda: ipif.list_interfaces("ipv6"))
    assert str(error) == f"[WinError 8] {error.strerror}: GetIpInterfaceTable(ipv6)"


# ---- the interface of an error


@pytest.mark.parametrize(
    "interface",
    [999, "no such alias", uuid.UUID(int=5), ipif.Luid(5)],
    ids=lambda interface: type(interface).__name__,
)
def test_the_interface_of_an_error_is_the_argument_of_the_caller(interface: Any) -> None:
    for call in (
        lambda: ipif.get_interface(interface, "ipv6"),
        lambda: ipif.update_interface(interface, "ipv6", NlMtu=1400),
    ):
        error = error_of(call)
        assert error.interface is interface
        assert repr(interface) in str(error)


@pytest.mark.parametrize("interface", ["Ethernet", 13, ipif.Luid(0x0006_0080_0100_0000)])
def test_every_call_of_an_update_reports_the_interface_that_was_passed(interface: Any) -> None:
    for function, after in (
        ("GetIpInterfaceEntry", 0),
        ("GetIpInterfaceEntry", 1),
        ("SetIpInterfaceEntry", 0),
    ):
        simulation.reset()
        simulation.fail(function, 50, after=after)
        error = error_of(lambda: ipif.update_interface(interface, "ipv4", NlMtu=1400))
        assert (error.interface, error.family, error.function) == (interface, "ipv4", function)


def test_the_interface_of_a_row_is_its_key() -> None:
    for row, key in (
        ({"InterfaceIndex": 999}, 999),
        ({"InterfaceLuid": 5, "InterfaceIndex": 999}, ipif.Luid(5)),
    ):
        for call in (
            lambda row=row: ipif.set_interface({"Family": "ipv4", **row}),
            lambda row=row: ipif.differences({"Family": "ipv4", **row}),
            lambda row=row: ipif.get_interface(row, "ipv4"),
        ):
            error = error_of(call)
            assert error.interface == key
            assert type(error.interface) is type(key)


def test_the_raw_api_distinguishes_a_luid_from_an_index() -> None:
    family = ipif.get_interface(13, "ipv6")["Family"]
    error = error_of(lambda: netioapi.get_ip_interface_entry(family, luid=5))
    assert (error.interface, type(error.interface), error.family) == (5, ipif.Luid, "ipv6")
    error = error_of(lambda: netioapi.get_ip_interface_entry(family, index=999))
    assert (error.interface, type(error.interface)) == (999, int)


# ---- hints


@every_class
def test_a_hint_is_added_as_a_note(cls: type[ipif.Error]) -> None:
    error = error_of(CALLS[cls])
    assert getattr(error, "__notes__", []) == ([error.hint] if error.hint else [])
    assert error.hint


@pytest.mark.parametrize(
    ("cls", "words"),
    [
        (ipif.AccessDenied, ["requireAdministrator", "Run as administrator", "elevated"]),
        (ipif.InterfaceNotFound, ["index", "LUID", "list_interfaces"]),
        (ipif.FamilyNotBound, ["moment", "wait", "disabled", "DisabledComponents"]),
        (ipif.InvalidRow, ["SitePrefixLength", "NlMtu", "update_interface"]),
        (ipif.Error, ["family", "installed", "DisabledComponents"]),
    ],
)
def test_a_hint_says_what_a_person_can_do(cls: type[ipif.Error], words: list[str]) -> None:
    hint = error_of(CALLS[cls]).hint
    for word in words:
        assert word in hint


def test_an_invalid_row_names_the_members_that_differ() -> None:
    error = error_of(set_row_from_get)
    assert set(error.members) == {"NlMtu", "SitePrefixLength"}
    simulation.fail("SetIpInterfaceEntry", 87)
    error = error_of(lambda: ipif.update_interface(13, "ipv6", Metric=5, DadTransmits=0))
    assert set(error.members) == {"Metric", "UseAutomaticMetric", "DadTransmits"}
    assert "SitePrefixLength" not in error.hint


def test_an_invalid_row_without_differences_says_so() -> None:
    simulation.fail("SetIpInterfaceEntry", 87)
    error = error_of(lambda: ipif.set_interface(ipif.get_interface(13, "ipv6")))
    assert error.members == ()
    assert error.hint


def test_error_87_of_another_call_names_no_members() -> None:
    simulation.fail("GetIpInterfaceEntry", 87)
    error = error_of(lambda: ipif.get_interface(13, "ipv6"))
    assert (type(error), error.members, error.hint) == (ipif.InvalidRow, (), "")


# ---- copies


@every_class
@pytest.mark.parametrize(
    "copier",
    [copy.copy, copy.deepcopy]
    + [
        lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ],
    ids=["copy", "deepcopy"] + [f"pickle {p}" for p in range(pickle.HIGHEST_PROTOCOL + 1)],
)
def test_a_copy_keeps_every_attribute(cls: type[ipif.Error], copier: Callable[[Any], Any]) -> None:
    error = error_of(CALLS[cls])
    other = copier(error)
    assert type(other) is cls
    names = ["winerror", "errno", "strerror", "function", "interface", "family", "hint", "args"]
    names += ["members"] if cls is ipif.InvalidRow else []
    for name in names:
        assert getattr(other, name) == getattr(error, name)
    assert str(other) == str(error)
    assert getattr(other, "__notes__", None) == getattr(error, "__notes__", None)


@pytest.mark.parametrize(
    "copier", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_a_copy_of_a_validation_error_keeps_its_problems(copier: Callable[[Any], Any]) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=5, Mertic=6)  # type: ignore[call-arg]
    other = copier(caught.value)
    assert type(other) is ipif.ValidationError
    assert other.problems == caught.value.problems
    assert str(other) == str(caught.value)


def test_an_error_made_by_a_caller_behaves_like_any_os_error() -> None:
    error = ipif.Error(errno.EINVAL, "text")
    assert str(error) == f"[Errno {errno.EINVAL}] text"
    assert (error.winerror, error.function, error.interface, error.hint) == (None, None, None, "")
    assert str(ipif.Error()) == ""
    assert str(ipif.InterfaceNotFound("a", "b")) == "[Errno a] b"


# ---- as JSON


@every_class
def test_an_error_is_written_as_json(cls: type[ipif.Error]) -> None:
    error = error_of(CALLS[cls])
    document = json.loads(json.dumps(error.to_json()))
    assert document["error"] == cls.__name__
    assert document["text"] == str(error)
    assert document["message"] == error.strerror
    for name in ("winerror", "function", "family", "hint"):
        assert document[name] == getattr(error, name)
    assert document["interface"] == error.interface
    assert "destination" not in document


def test_the_json_of_a_subclass_has_its_own_attributes() -> None:
    error = error_of(lambda: ipif.get_interface("Ethernett", "ipv4"))
    assert error.to_json()["nearest"] == "Ethernet"
    error = error_of(CALLS[ipif.InvalidRow])
    assert error.to_json()["members"] == list(error.members)
    error = error_of(lambda: ipif.wait_for_interface("Quokka", timeout=0))
    assert error.to_json()["reason"] == "no such interface"
    error = error_of(lambda: ipif.get_interface(uuid.UUID(int=5), "ipv4"))
    assert error.to_json()["interface"] == "{00000000-0000-0000-0000-000000000005}"


def test_only_the_hint_about_a_guid_says_that_several_adapters_may_have_it() -> None:
    several = "several adapters have this GUID"
    guid = uuid.UUID(int=5)
    for interface in (guid, str(guid), f"{{{guid}}}"):
        assert several in error_of(lambda name=interface: ipif.get_interface(name, "ipv4")).hint
    for interface in ("Ethernett", 999, ipif.Luid(5)):
        assert several not in error_of(lambda name=interface: ipif.get_interface(name, "ipv4")).hint


def test_an_error_made_by_a_caller_is_written_as_json_too() -> None:
    assert ipif.Error(22, "text").to_json() == {
        "error": "Error",
        "text": "[Errno 22] text",
        "message": "text",
        "hint": "",
    }
    assert ipif.Error().to_json() == {"error": "Error", "text": "", "hint": ""}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (1.5, 1.5),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (2**70, str(2**70)),
        (10**5000, "<int>"),
        ("x", "x"),
        (ipif.Luid(5), 5),
        (ipif.RouterDiscoveryBehavior.Dhcp, 2),
        (b"\x02\xff", "02-FF"),
        ((1, [2, "x"]), [1, [2, "x"]]),
        ({"a": {1: b"\x02"}}, {"a": {"1": "02"}}),
        (ipaddress.ip_address("::1"), "::1"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_problem_is_written_as_json_whatever_its_value(value: Any, written: Any) -> None:
    problem = ipif.Problem("NlMtu", value, "rule", "advice")
    document = {"member": "NlMtu", "value": written, "rule": "rule", "advice": "advice"}
    assert json.loads(json.dumps(problem.to_json())) == document
    error = ipif.ValidationError([problem, problem])
    assert json.loads(json.dumps(error.to_json())) == {
        "error": "ValidationError",
        "text": str(error),
        "problems": [document, document],
    }


def test_a_list_that_contains_itself_is_written_as_json() -> None:
    endless: list[Any] = []
    endless.append(endless)
    document = ipif.Problem("NlMtu", endless, "rule", "advice").to_json()
    assert json.loads(json.dumps(document))["value"] == [[["[[...]]"]]]


# ---- ValidationError


def test_a_validation_error_is_a_value_error_and_not_an_os_error() -> None:
    with pytest.raises(ValueError, match="NlMtu") as caught:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=5)
    assert type(caught.value) is ipif.ValidationError
    assert not isinstance(caught.value, OSError)


def test_one_problem_is_shown_alone_and_several_as_a_list() -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=5)
    assert str(caught.value) == str(caught.value.problems[0])
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=5, Metric=-1)
    first, *others = str(caught.value).splitlines()
    assert first == "2 problems:"
    assert [line.strip() for line in others] == list(map(str, caught.value.problems))
