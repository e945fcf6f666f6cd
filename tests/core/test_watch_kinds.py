"""Watches of IP interfaces, addresses and routes: one ring, the same rules for all three.

``test_watch.py`` has what a ring does under load; here is what every kind of watch must do.
"""

import asyncio
import copy
import gc
import ipaddress
import pickle
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from support import fresh
from support.eventually import SOON, eventually
from support.machine import Calls, control

import ipif
from ipif import NotificationType, netioapi, simulation

ADDED = NotificationType.AddInstance
DELETED = NotificationType.DeleteInstance
CHANGED = NotificationType.ParameterNotification
AF = {"ipv4": int(socket.AF_INET), "ipv6": int(socket.AF_INET6)}


def change_interface(number: int, interface: Any = "Ethernet", family: Any = "ipv4") -> None:
    ipif.update_interface(interface, family, DadTransmits=100 + number)


def add_address(number: int, interface: Any = "Ethernet", family: str = "ipv4") -> None:
    first = "10.200.0.0" if family == "ipv4" else "2001:db8:200::"
    simulation.add_address(interface, ipaddress.ip_address(first) + 1 + number)


def add_route(number: int, interface: Any = "Ethernet", family: str = "ipv4") -> None:
    first = "10.200.0.0" if family == "ipv4" else "2001:db8:200::"
    simulation.add_route(interface, f"{ipaddress.ip_address(first) + 1 + number}")


class Kind(NamedTuple):
    """One of the three kinds of watches, and a change that it reports."""

    open: Callable[..., Any]
    open_raw: Callable[..., Any]
    function: str
    event: Any
    change: Callable[..., None]
    type: NotificationType


KINDS = {
    "interfaces": Kind(
        ipif.watch,
        netioapi.notify_ip_interface_change,
        "NotifyIpInterfaceChange",
        ipif.Event,
        change_interface,
        CHANGED,
    ),
    "addresses": Kind(
        ipif.watch_addresses,
        netioapi.notify_unicast_ip_address_change,
        "NotifyUnicastIpAddressChange",
        ipif.AddressEvent,
        add_address,
        ADDED,
    ),
    "routes": Kind(
        ipif.watch_routes,
        netioapi.notify_route_change2,
        "NotifyRouteChange2",
        ipif.RouteEvent,
        add_route,
        ADDED,
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    eventually(lambda: all(thread.name != "ipif.watch" for thread in threading.enumerate()))


def rest(watch: Any) -> list[Any]:
    """Return every event that has been made so far and not been read."""
    assert control().settle(30_000) == 0
    return list(iter(lambda: watch.get(0), None))


def told(watch: Any) -> list[tuple[Any, ...]]:
    return [(event.type, event.family, event.index) for event in rest(watch)]


def run(coroutine: Any) -> Any:
    """Run a coroutine, which must come to an end, in an event loop of its own."""

    async def bounded() -> Any:
        return await asyncio.wait_for(coroutine, SOON)

    return asyncio.run(bounded())


# ---- what the events of addresses and routes hold


@pytest.mark.parametrize("address", ["10.200.0.5", "2001:db8:200::5", "fe80::5"])
def test_an_address_event_has_the_address_as_the_row_has_it(address: str) -> None:
    with ipif.watch_addresses() as watch:
        simulation.add_address("Wi-Fi", address)
        event = watch.get(SOON)
    assert event is not None
    row = ipif.list_addresses()[-1]
    assert event == (ADDED, event.family, row["InterfaceLuid"], 17, row["Address"])
    assert event.address == ipaddress.ip_address(address)
    assert event.family == f"ipv{event.address.version}"
    assert [type(value) for value in event[:4]] == [NotificationType, str, ipif.Luid, int]


@pytest.mark.parametrize(
    ("destination", "gateway"),
    [
        ("10.200.0.0/16", "192.168.1.77"),
        ("10.200.0.0/16", "0.0.0.0"),
        ("0.0.0.0/1", "192.168.1.77"),
        ("2001:db8:200::/48", "fe80::77"),
        ("::/1", "::"),
    ],
)
def test_a_route_event_has_destination_and_gateway_as_the_row_has_them(
    destination: str, gateway: str
) -> None:
    with ipif.watch_routes() as watch:
        simulation.add_route("Wi-Fi", destination, NextHop=gateway)
        event = watch.get(SOON)
    assert event is not None
    row = ipif.list_routes()[-1]
    keys = row["DestinationPrefix"], row["NextHop"]
    assert event == (ADDED, event.family, row["InterfaceLuid"], 17, *keys)
    assert event.destination == ipaddress.ip_network(destination)
    assert event.next_hop == ipaddress.ip_address(gateway)


def test_addresses_and_routes_of_a_family_that_is_unbound_are_deleted() -> None:
    addresses = [r for r in ipif.list_addresses("ipv4") if r["InterfaceIndex"] == 13]
    routes = [r for r in ipif.list_routes("ipv4") if r["InterfaceIndex"] == 13]
    assert addresses
    assert routes
    with ipif.watch_addresses() as of_addresses, ipif.watch_routes() as of_routes:
        simulation.unbind("Ethernet", "ipv4")
        gone = rest(of_addresses)
        gone_routes = rest(of_routes)
    assert {event.type for event in gone + gone_routes} == {DELETED}
    assert {event.address for event in gone} == {row["Address"] for row in addresses}
    assert {(event.destination, event.next_hop) for event in gone_routes} == {
        (row["DestinationPrefix"], row["NextHop"]) for row in routes
    }


# ---- what every kind does


def test_the_event_names_the_row(kind: Kind) -> None:
    with kind.open() as watch:
        assert type(watch) is ipif.Watch
        kind.change(1)
        event: Any = watch.get(SOON)
    assert type(event) is kind.event
    assert (event.type, event.family, event.index) == (kind.type, "ipv4", 13)
    assert event.luid == ipif.Luid.of("Ethernet")
    assert repr(event).startswith(f"{kind.event.__name__}(type=<NotificationType.")
    with pytest.raises(AttributeError):
        event.type = 3


def test_a_change_of_another_kind_brings_nothing(kind: Kind) -> None:
    with kind.open() as watch:
        for other in KINDS.values():
            if other is not kind:
                other.change(1)
        assert rest(watch) == []


def test_events_come_in_the_order_of_the_changes(kind: Kind) -> None:
    with kind.open() as watch:
        for number, interface in enumerate([17, 13, 13, 17, 13]):
            kind.change(number, interface)
        assert [event.index for event in rest(watch)] == [17, 13, 13, 17, 13]


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_watch_of_one_family_hears_of_no_other(kind: Kind, family: str) -> None:
    with kind.open(family) as watch, kind.open_raw(AF[family]) as raw:
        kind.change(1, family="ipv4")
        kind.change(1, family="ipv6")
        assert told(watch) == told(raw) == [(kind.type, family, 13)]


def test_the_raw_function_gives_the_same_watch(kind: Kind, calls: Calls) -> None:
    with kind.open_raw(initial=True, capacity=2) as watch:
        assert type(watch) is ipif.Watch
        eventually(lambda: watch.initial)
        assert calls.total == 1  # it reads no adapters
        for number in range(3):
            kind.change(number)
        events = rest(watch)
        assert [type(event) for event in events] == [kind.event] * 2
        assert watch.dropped == 1
        assert [(event.alias, event.guid) for event in events] == [(None, None)] * 2
    assert (calls[kind.function], calls["CancelMibChangeNotify2"]) == (1, 1)


def test_initial_is_a_state_of_the_watch_and_no_event(kind: Kind) -> None:
    with kind.open(initial=True) as watch, kind.open() as other:
        eventually(lambda: watch.initial)
        kind.change(1)
        assert len(rest(watch)) == len(rest(other)) == 1
        assert not other.initial


def test_the_initial_notification_may_come_later(kind: Kind) -> None:
    simulation.profile("sentinel", initial_later=True)
    with kind.open("ipv6", initial=True, interface="Ethernet") as watch:
        eventually(lambda: watch.initial)
        assert rest(watch) == []


def test_events_that_do_not_fit_are_dropped_and_counted(kind: Kind) -> None:
    with kind.open(capacity=3) as watch:
        for number in range(10):
            kind.change(number, 17 if number < 3 else 13)
        assert [event.index for event in rest(watch)] == [17, 17, 17]
        assert watch.dropped == 7
        kind.change(10)
        assert len(rest(watch)) == 1
    assert watch.dropped == 7


def test_a_full_ring_does_not_hold_up_the_notifications(kind: Kind) -> None:
    # Callbacks of Windows run one after the other: one that waited would stop all of them.
    with kind.open(capacity=1) as full, kind.open(capacity=4000) as large:
        for number in range(2000):
            kind.change(number)
        assert len(rest(large)) == 2000
        assert full.dropped == 1999


def test_notifications_need_no_gil(kind: Kind) -> None:
    before = sys.getswitchinterval()
    with kind.open(capacity=1) as watch:
        sys.setswitchinterval(1000)
        try:
            for number in range(100):
                kind.change(number)
            end = time.monotonic() + SOON
            while watch.dropped < 99 and time.monotonic() < end:
                pass  # this thread keeps the GIL
            assert watch.dropped == 99
        finally:
            sys.setswitchinterval(before)


def test_every_event_travels(kind: Kind) -> None:
    with kind.open() as watch:
        kind.change(1)
        kind.change(2, family="ipv6")
        events = rest(watch)
    assert len(events) == 2
    for event in events:
        copies = [copy.copy(event), copy.deepcopy(event)]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            copies.append(pickle.loads(pickle.dumps(event, protocol)))
        for again in copies:
            assert again == event
            assert [type(value) for value in again] == [type(value) for value in event]
            assert (again.alias, again.guid) == (event.alias, event.guid)
            assert again.alias == "Ethernet"


# ---- one interface


@pytest.mark.parametrize(
    "name",
    [
        lambda: 13,
        lambda: "Ethernet",
        lambda: ipif.Luid.of(13),
        lambda: ipif.Luid.of(13).guid,
        lambda: f"{{{ipif.Luid.of(13).guid}}}",
        lambda: ipif.get_interface(13, "ipv6"),
        lambda: ipif.get_adapter(13),
    ],
    ids=["index", "alias", "LUID", "GUID", "GUID as text", "row", "adapter"],
)
def test_a_watch_of_one_interface_keeps_its_events_only(
    kind: Kind, name: Callable[[], Any]
) -> None:
    with kind.open(interface=name(), capacity=4) as watch:
        for number in range(5):
            kind.change(number, 17)
        kind.change(1)
        kind.change(1, family="ipv6")
        assert told(watch) == [(kind.type, "ipv4", 13), (kind.type, "ipv6", 13)]
        assert watch.dropped == 0


def test_a_watch_of_one_interface_and_one_family(kind: Kind) -> None:
    with kind.open("ipv6", interface="Ethernet") as watch:
        for interface in (13, 17):
            kind.change(1, interface)
            kind.change(1, interface, "ipv6")
        assert told(watch) == [(kind.type, "ipv6", 13)]


@pytest.mark.parametrize("interface", ["No such", 999, {"InterfaceIndex": 999}])
def test_an_interface_that_does_not_exist_is_not_found(
    kind: Kind, interface: Any, calls: Calls
) -> None:
    with pytest.raises(ipif.InterfaceNotFound):
        kind.open(interface=interface)
    assert calls[kind.function] == 0


def test_a_luid_that_no_adapter_has_yet_can_be_watched(kind: Kind) -> None:
    luid = simulation.add_interface("New")
    simulation.remove_interface(luid)
    with kind.open(interface=luid) as watch:
        kind.change(1)
        assert rest(watch) == []
        assert simulation.add_interface("New") == luid
        kind.change(1, luid)
        assert [event.alias for event in rest(watch)][-1] == "New"


@pytest.mark.parametrize("interface", [True, 1.5, object(), [], {}, "", -1, 2**32])
def test_what_cannot_name_an_interface_is_refused(kind: Kind, interface: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError):
        kind.open(interface=interface)
    assert calls[kind.function] == 0


# ---- the end


def test_closing_twice_cancels_once(kind: Kind, calls: Calls) -> None:
    watch = kind.open()
    kind.change(1)
    assert control().settle(30_000) == 0
    for _ in range(3):
        watch.close()
    assert watch.closed
    assert calls["CancelMibChangeNotify2"] == 1
    kind.change(2)
    assert watch.get(0).index == 13  # what came before closing
    with pytest.raises(ValueError, match="closed"):
        watch.get(0)


def test_closing_wakes_whoever_waits(kind: Kind) -> None:
    watch = kind.open()
    ends: list[str] = []

    def read() -> None:
        try:
            watch.get(60)
        except ValueError as error:
            ends.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    threads[0].join(0.05)
    watch.close()
    for thread in threads:
        thread.join(SOON)
    assert ends == ["the watch is closed"] * 3


def test_an_unreferenced_watch_is_cancelled(kind: Kind, calls: Calls) -> None:
    kind.open()
    in_a_cycle: list[Any] = [kind.open()]
    in_a_cycle.append(in_a_cycle)
    del in_a_cycle
    gc.collect()
    assert (calls[kind.function], calls["CancelMibChangeNotify2"]) == (2, 2)
    kind.change(1)
    assert control().settle(30_000) == 0


def test_closing_while_changes_are_made_is_harmless(kind: Kind, calls: Calls) -> None:
    done = threading.Event()

    def write() -> None:
        for number in range(300):
            kind.change(number)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    opened = 0
    while opened < 20 or not done.is_set():
        with kind.open(capacity=2) as watch:
            watch.get(0.001)
        opened += 1
    writer.join(SOON)
    assert calls["CancelMibChangeNotify2"] == calls[kind.function] == opened


# ---- event loops


def test_async_with_and_async_for(kind: Kind) -> None:
    async def read() -> list[int]:
        found = []
        async with kind.open() as watch:
            asyncio.get_running_loop().call_later(0.01, kind.change, 1)
            asyncio.get_running_loop().call_later(0.02, kind.change, 2, 17)
            async for event in watch:
                assert type(event) is kind.event
                found.append(event.index)
                if len(found) == 2:
                    break
        assert watch.closed
        return found

    assert run(read()) == [13, 17]


def test_closing_ends_async_for(kind: Kind) -> None:
    async def read() -> list[Any]:
        watch = kind.open()
        asyncio.get_running_loop().call_later(0.02, watch.close)
        return [event async for event in watch]

    assert run(read()) == []


# ---- sub-interpreters


@pytest.mark.parametrize("opened", ["watch", "watch_addresses", "watch_routes"])
def test_a_sub_interpreter_has_watches_of_its_own(opened: str) -> None:
    code = f"""
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
def run_in(number, code):
    failure = interpreters.run_string(number, code)  # 3.12 and before raise
    assert failure is None, failure
watch = ipif.{opened}("ipv4")
number = interpreters.create()
run_in(number, "import sys; sys.path[:] = " + repr(sys.path) + '''
import ipif
own = ipif.{opened}("ipv4")
''')
ipif.simulation.unbind("Ethernet", "ipv4")
run_in(number, '''
event = own.get(60)
assert (event.type.name, event.index, event.alias) == ("DeleteInstance", 13, "Ethernet"), event
''')
assert watch.get(60).index == 13
interpreters.destroy(number)
print(control.calls("CancelMibChangeNotify2"))
watch.close()
"""
    assert fresh.run(fresh.MACHINE + code).stdout.split() == ["1"]


# ---- arguments and errors


@pytest.mark.parametrize("capacity", [0, -1, 2**24 + 1, 2**64])
def test_a_capacity_out_of_range_is_refused(kind: Kind, capacity: int, calls: Calls) -> None:
    for opened in (kind.open, kind.open_raw):
        with pytest.raises(OverflowError, match="capacity"):
            opened(capacity=capacity)
    assert calls.total == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("capacity", "8"), ("capacity", True), ("capacity", None), ("initial", 1), ("initial", None)],
)
def test_an_argument_of_another_type_is_refused(
    kind: Kind, name: str, value: Any, calls: Calls
) -> None:
    for opened in (kind.open, kind.open_raw):
        with pytest.raises(TypeError, match=name):
            opened(**{name: value})
    assert calls.total == 0


@pytest.mark.parametrize("family", ["ipx", 99, True, 4.0])
def test_an_unknown_family_is_refused(kind: Kind, family: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="family"):
        kind.open(family)
    with pytest.raises((TypeError, ValueError, OverflowError), match="family"):
        kind.open_raw(family)
    assert calls.total == 0


@pytest.mark.parametrize("code", [5, 8, 50, 87, 1168])
def test_a_refusal_of_windows_is_an_ipif_error(kind: Kind, code: int, calls: Calls) -> None:
    for opened, family in ((kind.open, "ipv6"), (kind.open_raw, AF["ipv6"])):
        simulation.fail(kind.function, code)
        with pytest.raises(ipif.Error) as caught:
            opened(family)
        error = caught.value
        assert (error.winerror, error.function, error.family) == (code, kind.function, "ipv6")
        del caught, error
    gc.collect()
    assert calls["CancelMibChangeNotify2"] == 0  # there was nothing to cancel
    with kind.open() as watch:
        kind.change(1)
        assert len(rest(watch)) == 1


def test_a_watch_is_refused_to_be_copied(kind: Kind) -> None:
    with kind.open() as watch:
        for refused in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="cannot be copied"):
                refused(watch)
