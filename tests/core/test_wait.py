"""wait_for_interface(): the rows when they exist, or the reason why they do not."""

import asyncio
import copy
import pickle
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from support.eventually import eventually
from support.machine import Calls, native

import ipif
from ipif import netioapi, simulation

TEREDO = "Teredo Tunneling Pseudo-Interface"
LUID = ipif.Luid(0x0035_0099_0000_0000)
GUID = uuid.UUID("{00000099-1111-4222-8333-0123456789AB}")

Wait = Callable[..., dict[str, Any]]


def wait_async(*args: Any, **options: Any) -> dict[str, Any]:
    return {**asyncio.run(ipif.wait_for_interface_async(*args, **options))}


either_way = pytest.mark.parametrize(
    "wait", [ipif.wait_for_interface, wait_async], ids=["blocking", "async"]
)


def while_waiting(calls: Calls, action: Callable[[], object]) -> threading.Thread:
    """Do *action* in a thread as soon as a thread waits."""

    def run() -> None:
        eventually(lambda: calls["NotifyIpInterfaceChange"] == 1)
        eventually(
            lambda: (
                calls["ConvertInterfaceAliasToLuid"]
                + calls["ConvertInterfaceGuidToLuid"]
                + calls["ConvertInterfaceIndexToLuid"]
                + calls["GetIpInterfaceEntry"]
            )
        )
        action()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@either_way
def test_existing_rows_are_returned_at_once(wait: Wait, calls: Calls) -> None:
    rows = wait("Ethernet")
    assert rows == {f: ipif.get_interface("Ethernet", f) for f in ("ipv4", "ipv6")}
    assert wait("Ethernet", family="ipv6", timeout=0).keys() == {"ipv6"}
    assert wait(TEREDO, family=[6], timeout=0).keys() == {"ipv6"}
    assert calls["CancelMibChangeNotify2"] == 3


@pytest.mark.parametrize(
    "interface", ["VPN", LUID, GUID, 99], ids=["alias", "luid", "guid", "index"]
)
@either_way
def test_an_interface_that_appears_later_is_found_by_any_name(
    wait: Wait, interface: Any, calls: Calls
) -> None:
    def plug_in() -> None:
        simulation.add_interface(
            "VPN", InterfaceLuid=int(LUID), InterfaceGuid=GUID, InterfaceIndex=99
        )

    thread = while_waiting(calls, plug_in)
    started = time.monotonic()
    rows = wait(interface)
    assert [row["InterfaceLuid"] for row in rows.values()] == [LUID, LUID]
    assert time.monotonic() - started < 20
    thread.join()


@either_way
def test_a_family_that_is_bound_later_is_waited_for(wait: Wait, calls: Calls) -> None:
    simulation.add_interface("VPN", families=["ipv4"])
    thread = while_waiting(calls, lambda: simulation.bind("VPN", "ipv6"))
    assert wait("VPN").keys() == {"ipv4", "ipv6"}
    thread.join()


def test_it_registers_for_notifications_before_it_reads_a_row(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = native.get_ip_interface_entry
    registered = []

    def read(*args: Any, **key: int) -> Any:
        registered.append(calls["NotifyIpInterfaceChange"])
        return get(*args, **key)

    monkeypatch.setattr(native, "get_ip_interface_entry", read)
    ipif.wait_for_interface("Ethernet")
    assert registered == [1, 1]


def test_a_change_without_a_notification_is_noticed_too(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipif._core.wait._LOOK_AGAIN", 0.02)

    def load() -> None:
        snapshot = simulation.dump()
        snapshot["adapters"][1]["Alias"] = "Renamed"
        simulation.load(snapshot)  # without a notification

    thread = while_waiting(calls, load)
    assert ipif.wait_for_interface("Renamed").keys() == {"ipv4", "ipv6"}
    thread.join()


# ---- when the rows do not appear


@either_way
def test_the_reason_for_missing_rows_is_one_of_three_texts(wait: Wait) -> None:
    with pytest.raises(ipif.NotReady) as caught:
        wait("VPN", timeout=0.02)
    assert caught.value.reason == ipif.NotReady.NO_INTERFACE == "no such interface"
    assert isinstance(caught.value.__cause__, ipif.InterfaceNotFound)

    with pytest.raises(ipif.NotReady) as caught:
        wait(TEREDO, timeout=0)
    assert caught.value.reason == ipif.NotReady.NOT_BOUND == "family not bound to it"
    assert (caught.value.winerror, caught.value.family) == (1168, "ipv4")
    assert caught.value.interface == TEREDO

    for row in ipif.list_interfaces("ipv6"):
        simulation.unbind(ipif.Luid(row["InterfaceLuid"]), "ipv6")
    with pytest.raises(TimeoutError, match=r"after 0 s, no interface has") as timeout:
        wait("Ethernet", timeout=0)
    assert isinstance(timeout.value, ipif.NotReady)
    assert timeout.value.reason == ipif.NotReady.FAMILY_DISABLED == "no interface has this family"
    assert timeout.value.family == "ipv6"


def test_a_transport_that_is_not_installed_counts_as_a_disabled_stack() -> None:
    simulation.fail("GetIpInterfaceTable", 50)
    with pytest.raises(ipif.NotReady) as caught:
        ipif.wait_for_interface(TEREDO, timeout=0)
    assert caught.value.reason == ipif.NotReady.FAMILY_DISABLED


@either_way
def test_rows_that_exist_are_returned_when_they_are_connected(wait: Wait) -> None:
    rows = wait("Ethernet", connected=True, timeout=0)
    assert [row["Connected"] for row in rows.values()] == [True, True]
    rows = wait("OpenVPN Wintun", "ipv4", connected=False, timeout=0)
    assert [row["Connected"] for row in rows.values()] == [False]
    assert wait("OpenVPN Wintun", timeout=0).keys() == {"ipv4", "ipv6"}


@either_way
def test_the_reason_tells_that_the_rows_exist_and_are_not_connected(wait: Wait) -> None:
    with pytest.raises(ipif.NotReady, match="after 0 s, not connected") as caught:
        wait("OpenVPN Wintun", "ipv4", connected=True, timeout=0)
    assert caught.value.reason == ipif.NotReady.NOT_CONNECTED == "not connected"
    assert caught.value.interface == "OpenVPN Wintun"
    assert (caught.value.winerror, caught.value.__cause__) == (None, None)
    assert str(caught.value) == "not ready after 0 s, not connected: 'OpenVPN Wintun'"
    assert caught.value.to_json()["reason"] == "not connected"
    with pytest.raises(ipif.NotReady, match="after 0 s, still connected") as caught:
        wait("Ethernet", connected=False, timeout=0)
    assert caught.value.reason == ipif.NotReady.CONNECTED == "still connected"
    with pytest.raises(ipif.NotReady) as caught:
        wait("Quokka", connected=True, timeout=0)
    assert caught.value.reason == ipif.NotReady.NO_INTERFACE


@either_way
def test_an_interface_that_is_connected_later_is_waited_for(
    wait: Wait, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipif._core.wait._LOOK_AGAIN", 0.02)

    def connect() -> None:
        snapshot = simulation.dump()
        for row in snapshot["interfaces"]:
            row["Connected"] = True
        simulation.load(snapshot)

    thread = while_waiting(calls, connect)
    rows = wait("OpenVPN Wintun", connected=True)
    assert [row["Connected"] for row in rows.values()] == [True, True]
    thread.join()


def test_an_adapter_that_is_named_by_its_address_is_waited_for() -> None:
    assert ipif.wait_for_interface("192.168.1.10", timeout=0)["ipv4"]["InterfaceIndex"] == 13


def test_an_interface_that_disappears_during_the_wait_is_reported(calls: Calls) -> None:
    thread = while_waiting(calls, lambda: simulation.remove_interface(TEREDO))
    with pytest.raises(ipif.NotReady) as caught:
        ipif.wait_for_interface(
            ipif.Luid(netioapi.convert_interface_alias_to_luid(TEREDO)), timeout=0.3
        )
    thread.join()
    assert caught.value.reason == ipif.NotReady.NO_INTERFACE


@either_way
def test_another_error_is_raised_at_once(wait: Wait, calls: Calls) -> None:
    simulation.fail("GetIpInterfaceEntry", 8)
    with pytest.raises(ipif.Error) as caught:
        wait("Ethernet")
    assert (caught.value.winerror, caught.value.interface) == (8, "Ethernet")
    assert not isinstance(caught.value, ipif.NotReady)
    assert calls["CancelMibChangeNotify2"] == 1
    simulation.fail("NotifyIpInterfaceChange", 8)
    with pytest.raises(ipif.Error):
        wait("Ethernet")


@pytest.mark.parametrize(
    ("args", "options"),
    [
        (("",), {}),
        ((0,), {}),
        (("Ethernet", "ipv5"), {}),
        (("Ethernet", 5), {}),
        (("Ethernet", True), {}),
        (("Ethernet", 4.0), {}),
        (("Ethernet",), {"connected": 1}),
        (("Ethernet",), {"connected": "yes"}),
        (("Ethernet", "ipv4", 5), {}),
        (("Ethernet", ()), {}),
        (("Ethernet", ["ipv4", 5]), {}),
        (("Ethernet",), {"timeout": -1}),
        (("Ethernet",), {"timeout": float("nan")}),
        (("Ethernet",), {"timeout": "1"}),
        (("Ethernet",), {"timeout": True}),
    ],
    ids=str,
)
@either_way
def test_invalid_arguments_are_refused(wait: Wait, args: Any, options: Any, calls: Calls) -> None:
    with pytest.raises((ValueError, TypeError)):
        wait(*args, **options)
    assert calls["GetIpInterfaceEntry"] == 0
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"]


def test_the_exception_can_be_pickled_and_copied() -> None:
    with pytest.raises(ipif.NotReady) as caught:
        ipif.wait_for_interface("VPN", timeout=0)
    error = caught.value
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is ipif.NotReady
        assert (str(other), other.reason, other.interface) == (str(error), error.reason, "VPN")


# ---- asyncio


def test_the_loop_keeps_running_and_a_cancelled_wait_ends_the_notification(calls: Calls) -> None:
    async def work() -> None:
        task = asyncio.create_task(ipif.wait_for_interface_async("VPN", timeout=None))
        while calls["ConvertInterfaceAliasToLuid"] == 0:
            await asyncio.sleep(0)
        assert calls["CancelMibChangeNotify2"] == 0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert calls["CancelMibChangeNotify2"] == 1

    asyncio.run(work())


def test_a_timeout_of_the_caller_is_a_plain_timeout_error(calls: Calls) -> None:
    async def work() -> None:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.05):
                await ipif.wait_for_interface_async("VPN")
        assert not isinstance(caught.value, ipif.NotReady)

    asyncio.run(work())


def test_many_tasks_can_wait_in_one_loop() -> None:
    async def work() -> None:
        names = [f"VPN {number}" for number in range(10)]
        tasks = [asyncio.create_task(ipif.wait_for_interface_async(name)) for name in names]
        await asyncio.sleep(0)
        for name in names:
            simulation.add_interface(name)
        for rows in await asyncio.gather(*tasks):
            assert rows.keys() == {"ipv4", "ipv6"}

    asyncio.run(work())
