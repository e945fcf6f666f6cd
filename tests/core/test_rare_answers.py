"""What the library does with arguments and answers of Windows that are rare."""

import asyncio
import ipaddress
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import simulation
from ipif._core import identify, lookup, wait
from ipif._core.threads import Flag
from ipif._desired import guard

DOCUMENT = {"interfaces": [{"match": {"alias": ("Ethernet",)}, "ipv4": {"NlMtu": 1400}}]}


class Broken(Mapping[str, Any]):
    def __getitem__(self, name: str) -> Any:
        raise ValueError

    def __iter__(self) -> Iterator[str]:
        raise ValueError

    def __len__(self) -> int:
        return 1


def test_a_mapping_that_cannot_be_read_is_shown_as_nothing() -> None:
    assert identify.shown_interface(Broken()) is None


def test_an_address_whose_scope_is_no_number_names_no_interface() -> None:
    with pytest.raises(ipif.ValidationError, match="eth0"):
        ipif.get_interface(ipaddress.ip_address("fe80::1%eth0"), "ipv6")


def test_an_interface_that_is_gone_is_shown_in_another_way() -> None:
    assert lookup._alias_of(ipif.Luid.of("Ethernet"), "nothing") == "'Ethernet'"
    assert lookup._alias_of(1, "nothing") == "nothing"


def test_to_json_takes_what_has_its_own() -> None:
    problem = ipif.Problem("NlMtu", 1, "too small", "write more")
    assert ipif.to_json(problem) == problem.to_json()  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [50, 31])  # the transport is not configured; another error
def test_a_family_whose_table_cannot_be_read_is_not_installed(code: int) -> None:
    assert wait._is_installed("ipv4")
    simulation.fail("GetIpInterfaceTable", code)
    assert not wait._is_installed("ipv4")


def test_a_route_is_explained_for_a_source_on_one_link() -> None:
    [source] = [
        row["Address"]
        for row in ipif.list_addresses("ipv6")
        if row["InterfaceIndex"] == 13 and row["Address"].is_link_local
    ]
    candidates = ipif.explain_route("2001:db8::1", source=source)
    assert {one.alias for one in candidates if one.chosen} <= {"Ethernet"}


def test_a_guard_keeps_a_copy_of_a_document_with_tuples() -> None:
    with ipif.guard(DOCUMENT):
        assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == 1400


def test_a_flag_can_be_set_again() -> None:
    flag = Flag()
    flag.set()
    flag.set()
    assert flag.is_set()
    assert flag.wait(0)


class NoDaemon(threading.Thread):
    """A thread of a sub-interpreter that may have no daemon threads."""

    def __init__(self, *arguments: Any, daemon: bool | None = None, **more: Any) -> None:
        if daemon:
            raise RuntimeError("daemon threads are disabled in this interpreter")
        super().__init__(*arguments, **more)


def test_a_guard_works_without_daemon_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "Thread", NoDaemon)
    with ipif.guard(DOCUMENT):
        assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == 1400


def test_a_watch_is_awaited_without_daemon_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", NoDaemon)

    async def first() -> ipif.Event:
        async with asyncio.timeout(30):
            with ipif.watch("ipv4") as watch:
                ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
                async for event in watch:
                    return event
        raise AssertionError("the watch has ended")

    assert asyncio.run(first()).index == 13
