"""Notifications: what a watch brings, how it is read, and how it ends.

Every wait here has an end: a test that would hang fails instead.
"""

import asyncio
import contextlib
import copy
import gc
import math
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from support import fresh
from support.eventually import SOON, eventually
from support.machine import Calls, control

import ipif
from ipif import NotificationType, netioapi, simulation
from ipif._core import watch as watch_module

AF = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
ETHERNET = 13
PARAMETER = NotificationType.ParameterNotification
ADDED = NotificationType.AddInstance
DELETED = NotificationType.DeleteInstance

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])


def settle(milliseconds: int = 30_000) -> None:
    """Return when every notification has been delivered."""
    assert control().settle(milliseconds) == 0


def change(value: int, index: int = ETHERNET, family: str = "ipv4") -> None:
    """Change one member of a row; a notification follows if its value was another one."""
    netioapi.update_ip_interface_entry(AF[family], {"DadTransmits": value}, index=index)


def changes(count: int) -> None:
    """Make *count* changes, each of which is one."""
    for number in range(count):
        change(100 + number)


def rest(watch: ipif.Watch) -> list[Any]:
    """Return every event that has been made so far and not been read."""
    settle()
    found = []
    while (event := watch.get(0)) is not None:
        found.append(event)
    return found


def told(watch: ipif.Watch) -> list[tuple[NotificationType, str, int]]:
    """Return type, family and index of every event that has not been read."""
    return [(event.type, event.family, event.index) for event in rest(watch)]


class Reader(threading.Thread):
    """A thread that runs a function and keeps what it returns or raises."""

    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._result: Any = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:
            self._error = error

    def result(self) -> Any:
        """Return what the function has returned, or raise what it has raised."""
        self.join(SOON)
        assert not self.is_alive(), "the thread still waits"
        if self._error is not None:
            raise self._error
        return self._result

    def is_waiting(self) -> bool:
        """Return whether the thread is still there after a moment."""
        self.join(0.25)
        return self.is_alive()


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in an event loop of its own, which must come to an end."""

    async def bounded() -> Any:
        return await asyncio.wait_for(coroutine, SOON)

    return asyncio.run(bounded())


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Whatever a test has done: no thread of a watch outlives it for long."""
    yield
    end = time.monotonic() + SOON
    while any(thread.name == "ipif.watch" for thread in threading.enumerate()):
        assert time.monotonic() < end, "a thread of a watch is left"
        time.sleep(0.02)


@pytest.fixture
def watch() -> Iterator[ipif.Watch]:
    with ipif.watch() as opened:
        yield opened


# ---- what it brings


@either_family
def test_a_change_brings_an_event_with_the_keys_of_the_row(family: str, watch: ipif.Watch) -> None:
    change(0, family=family)
    event = watch.get(SOON)
    assert event is not None
    row = ipif.get_interface(ETHERNET, family)  # type: ignore[arg-type]
    assert event.type is PARAMETER
    assert event.family == family
    assert event.luid == row["InterfaceLuid"]
    assert event.index == row["InterfaceIndex"]
    assert event.luid.alias == "Ethernet"
    assert rest(watch) == []


def test_the_type_of_an_event_is_a_notification_type(watch: ipif.Watch) -> None:
    change(0)
    event = watch.get(SOON)
    assert event is not None
    assert event.type is NotificationType.ParameterNotification
    assert {member.name: member.value for member in NotificationType} == {
        "ParameterNotification": 0,
        "AddInstance": 1,
        "DeleteInstance": 2,
        "InitialNotification": 3,
    }


def test_the_event_is_plain_data(watch: ipif.Watch) -> None:
    change(0)
    event = watch.get(SOON)
    assert event is not None
    assert tuple(event) == (event.type, event.family, event.luid, event.index)
    assert repr(event).startswith("Event(type=<NotificationType.ParameterNotification: 0>, ")
    assert [type(value) for value in event] == [NotificationType, str, ipif.Luid, int]
    with pytest.raises(AttributeError):
        event.type = 3  # type: ignore[misc]


def test_an_event_can_be_pickled_and_copied(watch: ipif.Watch) -> None:
    change(0)
    event = watch.get(SOON)
    assert event is not None
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(event, protocol))
        assert again == event
        assert [type(value) for value in again] == [type(value) for value in event]
    assert copy.deepcopy(event) == event
    assert (ipif.Event.__module__, ipif.Event.__qualname__) == ("ipif", "Event")


def test_the_change_can_be_read_when_the_event_comes(watch: ipif.Watch) -> None:
    change(9)
    event = watch.get(SOON)
    assert event is not None
    assert ipif.get_interface(event.luid, 4)["DadTransmits"] == 9


def test_a_set_that_changes_nothing_brings_nothing(watch: ipif.Watch) -> None:
    row = ipif.get_interface(ETHERNET, "ipv4")
    ipif.set_interface(row)
    change(row["DadTransmits"])
    assert rest(watch) == []


def test_a_refused_set_brings_nothing(watch: ipif.Watch) -> None:
    with pytest.raises(ipif.InvalidRow):
        netioapi.update_ip_interface_entry(AF["ipv6"], {"NlMtu": 576}, index=ETHERNET)
    simulation.elevated(False)
    with pytest.raises(ipif.AccessDenied):
        change(0)
    assert rest(watch) == []


def test_events_come_in_the_order_of_the_changes(watch: ipif.Watch) -> None:
    order = [(13, "ipv4"), (17, "ipv6"), (13, "ipv6"), (39, "ipv4"), (13, "ipv4")]
    for number, (index, family) in enumerate(order):
        change(50 + number, index, family)
    assert told(watch) == [(PARAMETER, family, index) for index, family in order]


def test_initial_is_a_state_of_the_watch_and_no_event() -> None:
    with ipif.watch(initial=True) as watch:
        eventually(lambda: watch.initial)
        assert rest(watch) == []
        change(0)
        assert told(watch) == [(PARAMETER, "ipv4", ETHERNET)]
        assert watch.initial
    assert watch.initial


def test_without_initial_the_state_stays_false(watch: ipif.Watch) -> None:
    assert rest(watch) == []
    change(0)
    assert len(rest(watch)) == 1
    assert watch.initial is False


def test_the_initial_notification_wakes_no_reader() -> None:
    with ipif.watch(initial=True) as watch:
        reader = Reader(watch.get)
        eventually(lambda: watch.initial)
        assert reader.is_waiting()
        change(0)
        assert reader.result().index == ETHERNET


def test_add_interface_gives_add_instance_for_each_family(watch: ipif.Watch) -> None:
    luid = simulation.add_interface("VPN")
    assert told(watch) == [(ADDED, "ipv4", luid.index), (ADDED, "ipv6", luid.index)]


@either_family
def test_add_interface_of_one_family_gives_one_event(family: str, watch: ipif.Watch) -> None:
    luid = simulation.add_interface("VPN", families=[family])  # type: ignore[list-item]
    assert told(watch) == [(ADDED, family, luid.index)]


def test_add_interface_without_a_family_gives_none(watch: ipif.Watch) -> None:
    simulation.add_interface("VPN", families=[])
    assert rest(watch) == []


def test_remove_interface_gives_delete_instance_for_each_family(watch: ipif.Watch) -> None:
    simulation.remove_interface("Ethernet")
    events = rest(watch)
    assert [event.type for event in events] == [DELETED, DELETED]
    assert {event.family for event in events} == set(AF)
    assert {event.index for event in events} == {ETHERNET}
    with pytest.raises(ipif.InterfaceNotFound):
        ipif.get_interface(events[0].luid, 4)


def test_remove_interface_notifies_for_bound_families_only(watch: ipif.Watch) -> None:
    simulation.remove_interface("Teredo Tunneling Pseudo-Interface")
    assert told(watch) == [(DELETED, "ipv6", 19)]


@either_family
def test_unbind_and_bind_give_delete_instance_and_add_instance(
    family: str, watch: ipif.Watch
) -> None:
    simulation.unbind("Ethernet", family)  # type: ignore[arg-type]
    assert told(watch) == [(DELETED, family, ETHERNET)]
    simulation.bind("Ethernet", family)  # type: ignore[arg-type]
    assert told(watch) == [(ADDED, family, ETHERNET)]


def test_a_refused_bind_brings_nothing(watch: ipif.Watch) -> None:
    with pytest.raises(ipif.Error):
        simulation.bind("Ethernet", "ipv4")
    with pytest.raises(ipif.FamilyNotBound):
        simulation.unbind("Teredo Tunneling Pseudo-Interface", "ipv4")
    assert rest(watch) == []


@either_family
def test_a_watch_of_one_family_hears_of_no_other(family: str) -> None:
    with ipif.watch(family) as watch:  # type: ignore[arg-type]
        change(0, family="ipv4")
        change(0, family="ipv6")
        simulation.add_interface("VPN")
        events = rest(watch)
    assert [event.type for event in events] == [PARAMETER, ADDED]
    assert {event.family for event in events} == {family}


@pytest.mark.parametrize("family", [4, "ipv4", socket.AF_INET])
def test_watch_takes_a_family_in_every_spelling(family: Any) -> None:
    with ipif.watch(family) as watch:
        change(0)
        assert len(rest(watch)) == 1


def test_the_initial_notification_comes_whatever_the_family_is() -> None:
    with ipif.watch("ipv6", initial=True) as watch:
        eventually(lambda: watch.initial)
        assert rest(watch) == []


def test_notify_ip_interface_change_is_the_same_watch() -> None:
    with netioapi.notify_ip_interface_change(socket.AF_INET6, initial=True, capacity=2) as watch:
        assert type(watch) is ipif.Watch
        change(5)
        change(6, family="ipv6")
        change(7, family="ipv6")
        eventually(lambda: watch.initial)
        assert len(rest(watch)) == 2
        assert watch.dropped == 0


# ---- get


def test_get_returns_none_when_the_time_is_up(watch: ipif.Watch) -> None:
    start = time.monotonic()
    assert watch.get(0.25) is None
    assert 0.24 <= time.monotonic() - start < SOON


@pytest.mark.parametrize("timeout", [0, 0.0, 1e-9])
def test_get_with_no_time_looks_once(timeout: float, watch: ipif.Watch) -> None:
    assert watch.get(timeout) is None
    change(0)
    settle()
    assert watch.get(timeout) is not None


@pytest.mark.parametrize("timeout", [None, 600, 600.0, math.inf, 10**400, sys.float_info.max])
def test_get_waits_no_longer_than_until_the_event(timeout: Any, watch: ipif.Watch) -> None:
    reader = Reader(lambda: watch.get(timeout))
    assert reader.is_waiting()
    change(0)
    assert reader.result().index == ETHERNET


@pytest.mark.parametrize("timeout", ["1", True, False, b"1", [1], 1j, object()])
def test_a_timeout_that_is_not_a_number_is_refused(timeout: Any, watch: ipif.Watch) -> None:
    with pytest.raises(TypeError, match="timeout: expected a number of seconds, got "):
        watch.get(timeout)


@pytest.mark.parametrize("timeout", [-1, -0.001, math.nan, -math.inf, -(10**400)])
def test_a_timeout_below_zero_is_refused(timeout: Any, watch: ipif.Watch) -> None:
    with pytest.raises(ValueError, match="timeout must be 0 or more seconds"):
        watch.get(timeout)


def test_a_thread_that_waits_lets_others_run(watch: ipif.Watch) -> None:
    reader = Reader(watch.get)
    start = time.monotonic()
    assert sum(range(100_000)) == 4_999_950_000
    assert time.monotonic() - start < SOON
    change(0)
    reader.result()


# ---- the iterator


def test_a_watch_is_an_iterator_over_events(watch: ipif.Watch) -> None:
    assert iter(watch) is watch
    changes(3)
    assert [next(watch).index for _ in range(3)] == [ETHERNET] * 3


def test_iterating_waits_for_the_next_event_and_ends_when_the_watch_is_closed() -> None:
    watch = ipif.watch()
    found: list[Any] = []
    reader = Reader(lambda: found.extend(watch))
    changes(5)
    settle()
    assert reader.is_waiting()
    watch.close()
    reader.result()
    assert len(found) == 5


# ---- closing


def test_the_context_manager_closes(calls: Calls) -> None:
    with ipif.watch() as watch:
        assert not watch.closed
        assert calls["CancelMibChangeNotify2"] == 0
    assert watch.closed
    assert calls["CancelMibChangeNotify2"] == 1


def test_the_context_manager_closes_after_an_exception_and_lets_it_pass(calls: Calls) -> None:
    with pytest.raises(ZeroDivisionError), ipif.watch() as watch:
        raise ZeroDivisionError
    assert watch.closed
    assert calls["CancelMibChangeNotify2"] == 1


def test_closing_twice_is_fine(calls: Calls) -> None:
    watch = ipif.watch()
    for _ in range(3):
        watch.close()
    with watch:
        pass
    assert calls["CancelMibChangeNotify2"] == 1


def test_many_threads_may_close_at_once(calls: Calls) -> None:
    for _ in range(10):
        watch = ipif.watch()
        for closer in [Reader(watch.close) for _ in range(8)]:
            closer.result()
    assert calls["CancelMibChangeNotify2"] == 10


def test_a_closed_watch_is_a_clear_error() -> None:
    watch = ipif.watch()
    watch.close()
    for timeout in (None, 0, 0.1, 60):
        with pytest.raises(ValueError, match=r"^the watch is closed$"):
            watch.get(timeout)
    assert list(watch) == []

    async def read() -> list[Any]:
        return [event async for event in watch]

    assert run(read()) == []


def test_events_from_before_closing_can_still_be_read() -> None:
    watch = ipif.watch()
    changes(3)
    settle()
    watch.close()
    assert watch.get(0) is not None
    assert watch.get() is not None
    assert len(list(watch)) == 1
    with pytest.raises(ValueError, match="closed"):
        watch.get(0)


def test_nothing_comes_after_closing() -> None:
    watch = ipif.watch(capacity=1)
    watch.close()
    changes(5)
    settle()
    assert list(watch) == []
    assert watch.dropped == 0


def test_dropped_can_be_read_after_closing() -> None:
    with ipif.watch(capacity=2) as watch:
        changes(7)
        settle()
        assert watch.dropped == 5
    assert watch.dropped == 5
    assert len(list(watch)) == 2
    assert watch.dropped == 5


@pytest.mark.parametrize("timeout", [None, 60.0])
def test_closing_wakes_every_thread_that_waits(timeout: float | None) -> None:
    watch = ipif.watch()
    readers = [Reader(lambda: watch.get(timeout)) for _ in range(6)]
    assert readers[0].is_waiting()
    assert all(reader.is_alive() for reader in readers)
    start = time.monotonic()
    watch.close()
    for reader in readers:
        with pytest.raises(ValueError, match=r"^the watch is closed$"):
            reader.result()
    assert time.monotonic() - start < SOON


def test_closing_while_changes_are_made_and_read_is_harmless() -> None:
    for _ in range(20):
        watch = ipif.watch(capacity=4)
        readers = [Reader(lambda watch=watch: len(list(watch))) for _ in range(2)]  # type: ignore[misc]
        writer = Reader(lambda: changes(50))
        closer = Reader(watch.close)
        closer.result()
        writer.result()
        assert sum(reader.result() for reader in readers) + watch.dropped <= 50


# ---- overflow


def test_events_that_do_not_fit_are_dropped_and_counted() -> None:
    with ipif.watch(capacity=3) as watch:
        assert watch.dropped == 0
        for number, index in enumerate((13, 17, 39, 15, 18)):
            change(20 + number, index)
        settle()
        assert watch.dropped == 2
        assert [event.index for event in rest(watch)] == [13, 17, 39]  # the oldest are kept
        change(99)
        assert len(rest(watch)) == 1
        assert watch.dropped == 2


def test_the_initial_notification_takes_no_place() -> None:
    with ipif.watch(initial=True, capacity=1) as watch:
        eventually(lambda: watch.initial)
        change(0)
        settle()
        assert watch.dropped == 0
        assert told(watch) == [(PARAMETER, "ipv4", ETHERNET)]


def test_a_full_ring_turns_around_many_times() -> None:
    with ipif.watch(capacity=7) as watch:
        for turn in range(30):
            for number in range(5):
                change(1000 + 10 * turn + number)
            assert len(rest(watch)) == 5
        assert watch.dropped == 0


# ---- several watches, many threads


def test_every_watch_sees_every_change() -> None:
    with contextlib.ExitStack() as stack:
        watches = [stack.enter_context(ipif.watch()) for _ in range(5)]
        changes(4)
        assert [len(rest(watch)) for watch in watches] == [4] * 5


def test_closing_one_watch_leaves_the_others(watch: ipif.Watch) -> None:
    other = ipif.watch()
    change(1)
    settle()
    other.close()
    change(2)
    assert len(rest(watch)) == 2
    assert len(list(other)) == 1


def test_threads_that_read_one_watch_share_its_events() -> None:
    watch = ipif.watch(capacity=4096)
    readers = [Reader(lambda: list(watch)) for _ in range(6)]
    changes(2000)
    settle()
    watch.close()
    assert sum(len(reader.result()) for reader in readers) == 2000
    assert watch.dropped == 0


def test_a_thread_that_does_not_wait_finds_an_event_whoever_else_reads() -> None:
    each, gate = 2000, threading.Barrier(3)
    with ipif.watch(capacity=3 * each) as watch:

        def read() -> int:
            gate.wait(SOON)
            return sum(watch.get(0) is not None for _ in range(each))

        changes(3 * each)
        settle()
        readers = [Reader(read) for _ in range(3)]
        assert [reader.result() for reader in readers] == [each] * 3


def test_100_000_changes_by_4_threads_while_4_watches_read_drop_no_event_uncounted() -> None:
    each = 25_000
    rows = [(13, "ipv4"), (13, "ipv6"), (17, "ipv4"), (17, "ipv6")]
    # The first two never lose anything, the last two have to.
    capacities = [4 * each, 4 * each, 64, 3]
    watches = [ipif.watch(capacity=capacity) for capacity in capacities]
    gate = threading.Barrier(len(rows))

    def write(index: int, family: str) -> None:
        update, code = netioapi.update_ip_interface_entry, AF[family]
        gate.wait(SOON)
        for number in range(each):
            update(code, {"DadTransmits": 100 + number % 2}, index=index)

    def count(watch: ipif.Watch) -> Counter[tuple[int, str, int]]:
        return Counter((event.type, event.family, event.index) for event in watch)

    readers = [Reader(lambda watch=watch: count(watch)) for watch in watches]  # type: ignore[misc]
    writers = [Reader(lambda row=row: write(*row)) for row in rows]  # type: ignore[misc]
    for writer in writers:
        writer.result()
    settle(60_000)
    for watch in watches:
        watch.close()
    seen = [reader.result() for reader in readers]
    totals = [sum(found.values()) for found in seen]
    assert [total + watch.dropped for total, watch in zip(totals, watches, strict=True)] == [
        4 * each
    ] * 4
    assert [watch.dropped for watch in watches[:2]] == [0, 0]
    every_one = {(PARAMETER, family, index): each for index, family in rows}
    assert seen[0] == seen[1] == every_one


def test_watches_opened_and_closed_by_many_threads_while_changes_are_made(calls: Calls) -> None:
    def churn() -> None:
        for number in range(40):
            with ipif.watch(capacity=1 + number % 3) as watch:
                watch.get(0)

    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            change(number := number + 1)

    writer = Reader(write)
    for thread in [Reader(churn) for _ in range(4)]:
        thread.result()
    stop.set()
    writer.result()
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 160


# ---- async with and async for


def test_async_with_opens_and_closes_a_watch(calls: Calls) -> None:
    async def read() -> ipif.Watch:
        async with ipif.watch() as watch:
            changes(1)
            event = await anext(watch)
            assert (event.type, event.index) == (PARAMETER, ETHERNET)
            assert not watch.closed
        return watch

    watch = run(read())
    assert watch.closed
    assert calls["CancelMibChangeNotify2"] == 1


def test_async_with_closes_a_watch_whose_block_raises_or_is_cancelled() -> None:
    watches = [ipif.watch(), ipif.watch_addresses(), ipif.watch_routes()]

    async def fail(watch: Any) -> None:
        async with watch:
            raise LookupError

    async def wait(watch: Any) -> None:
        async with watch:
            await anext(watch)

    async def read() -> None:
        with pytest.raises(LookupError):
            await fail(watches[0])
        for watch in watches[1:]:
            task = asyncio.ensure_future(wait(watch))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(read())
    assert [watch.closed for watch in watches] == [True] * 3


def test_async_for_brings_the_events_and_ends_when_the_watch_is_closed() -> None:
    async def read() -> list[int]:
        found = []
        with ipif.watch() as watch:
            asyncio.get_running_loop().call_later(0.1, changes, 3)
            async for event in watch:
                found.append(event.index)
                if len(found) == 3:
                    watch.close()
        return found

    assert run(read()) == [ETHERNET] * 3


@pytest.mark.parametrize(
    "error", [MemoryError(), SystemError("error return without exception set")]
)
def test_a_lack_of_memory_in_the_thread_that_waits_leaves_no_task_waiting(
    error: BaseException, watch: ipif.Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = watch_module.native.watch_wait
    left = [error]

    def wait_without_memory(*arguments: Any) -> Any:
        if left:
            raise left.pop()
        return wait(*arguments)

    async def read() -> int:
        waiting = asyncio.ensure_future(anext(watch))
        while left:
            await asyncio.sleep(0.001)
        change(0)
        return (await asyncio.wait_for(waiting, 5)).type

    monkeypatch.setattr(watch_module.native, "watch_wait", wait_without_memory)
    assert run(read()) == PARAMETER


def test_the_loop_keeps_running_while_a_task_waits(watch: ipif.Watch) -> None:
    async def read() -> int:
        waiting = asyncio.ensure_future(anext(watch))
        for turn in range(5):
            await asyncio.sleep(0.02)
            assert not waiting.done(), turn
        change(0)
        return (await waiting).type

    assert run(read()) == PARAMETER


def test_closing_wakes_every_task_that_waits() -> None:
    watch = ipif.watch()

    async def collect() -> list[Any]:
        return [event async for event in watch]

    async def read() -> list[list[Any]]:
        tasks = [asyncio.ensure_future(collect()) for _ in range(4)]
        await asyncio.sleep(0.1)
        threading.Timer(0.1, watch.close).start()
        return await asyncio.gather(*tasks)

    assert run(read()) == [[], [], [], []]


def test_tasks_that_read_one_watch_share_its_events() -> None:
    watch = ipif.watch()

    async def collect() -> int:
        count = 0
        async for _ in watch:
            count += 1
            await asyncio.sleep(0)
        return count

    async def read() -> list[int]:
        tasks = [asyncio.ensure_future(collect()) for _ in range(3)]
        for turn in range(10):
            changes(20 + turn)
            await asyncio.sleep(0.01)
        settle()
        watch.close()
        return await asyncio.gather(*tasks)

    assert sum(run(read())) == sum(range(20, 30))
    assert watch.dropped == 0


def test_a_task_that_is_cancelled_takes_no_event_with_it(watch: ipif.Watch) -> None:
    async def read() -> int:
        count = 0
        for turn in range(60):
            task = asyncio.ensure_future(anext(watch))
            await asyncio.sleep(0)
            change(1000 + turn)
            # Let the event and the cancellation meet at every stage of the way.
            for _ in range(turn % 6):
                await asyncio.sleep(0 if turn % 2 else 0.001)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
                count += 1
        return count

    read_by_tasks = run(read())
    assert read_by_tasks + len(rest(watch)) == 60
    assert watch.dropped == 0


def test_a_wait_that_times_out_takes_no_event_with_it(watch: ipif.Watch) -> None:
    async def read() -> int:
        count = 0
        for turn in range(30):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(anext(watch), 0.002)
                count += 1
            if turn % 3 == 0:
                change(1000 + turn)
        return count

    count = run(read())
    assert count + len(rest(watch)) == 10


def test_two_event_loops_one_after_the_other_lose_nothing(watch: ipif.Watch) -> None:
    async def first() -> None:
        waiting = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.05)
        changes(3)
        await waiting
        # The loop ends while a task waits again, with events on their way.
        changes(7)

    async def second() -> int:
        count = 0
        while True:
            try:
                await asyncio.wait_for(anext(watch), 0.3)
            except TimeoutError:
                return count
            count += 1

    run(first())
    assert run(second()) == 9
    change(5)
    assert len(rest(watch)) == 1  # and who does not wait in a loop


def test_two_event_loops_at_once_share_the_events() -> None:
    watch = ipif.watch()

    async def collect() -> int:
        return len([event async for event in watch])

    loops = [Reader(lambda: run(collect())) for _ in range(2)]
    for turn in range(20):
        change(1000 + turn)
        time.sleep(0.005)
    settle()
    watch.close()
    assert sum(loop.result() for loop in loops) == 20


def test_a_loop_and_a_thread_share_the_events() -> None:
    watch = ipif.watch()

    async def collect() -> int:
        return len([event async for event in watch])

    readers = [Reader(lambda: run(collect())), Reader(lambda: len(list(watch)))]
    for turn in range(50):
        change(1000 + turn)
    settle()
    watch.close()
    assert sum(reader.result() for reader in readers) == 50


def test_a_slow_task_does_not_make_the_ring_larger() -> None:
    async def read() -> tuple[int, int]:
        with ipif.watch(capacity=4) as watch:
            waiting = asyncio.ensure_future(anext(watch))
            await asyncio.sleep(0.05)
            change(1)
            await waiting
            changes(100)
            settle()
            await asyncio.sleep(0.05)
            return len(rest(watch)), watch.dropped

    assert run(read()) == (4, 96)


def test_a_unreferenced_watch_of_a_loop_that_still_runs_is_closed(calls: Calls) -> None:
    async def read() -> None:
        watch = ipif.watch()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(anext(watch), 0.01)
        del watch
        await asyncio.sleep(0)  # asyncio keeps the exception, and its frames, until then
        gc.collect()
        assert calls["CancelMibChangeNotify2"] == 1

    run(read())


# ---- forgetting to close


def test_a_unreferenced_watch_is_cancelled(calls: Calls) -> None:
    watch = ipif.watch()
    change(1)
    settle()
    del watch
    gc.collect()
    assert calls["CancelMibChangeNotify2"] == calls["NotifyIpInterfaceChange"] == 1
    change(2)


def test_a_watch_in_a_cycle_is_cancelled_too(calls: Calls) -> None:
    cycle: list[Any] = [ipif.watch()]
    cycle.append(cycle)
    del cycle
    gc.collect()
    assert calls["CancelMibChangeNotify2"] == 1


def test_a_watch_that_was_closed_and_unreferenced_is_cancelled_once(calls: Calls) -> None:
    watch = ipif.watch()
    watch.close()
    del watch
    gc.collect()
    assert calls["CancelMibChangeNotify2"] == 1


def test_watches_unreferenced_while_changes_are_made(calls: Calls) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            change(number := number + 1)

    writer = Reader(write)
    for _ in range(200):
        ipif.watch(initial=True, capacity=2)
    stop.set()
    writer.result()
    gc.collect()
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 200


@pytest.mark.parametrize("reading", ["nobody", "a thread", "a daemon thread with a loop"])
def test_a_process_may_end_with_a_watch_open(reading: str) -> None:
    code = """
import threading, time
stop = threading.Event()
watch = ipif.watch(initial=True)
def write():
    number = 0
    while True:
        number += 1
        netioapi.update_ip_interface_entry(2, {"DadTransmits": number}, index=13)
def read():
    for event in watch:
        pass
def loop():
    import asyncio
    async def collect():
        async for event in watch:
            await asyncio.sleep(0)
    asyncio.run(collect())
threading.Thread(target=write, daemon=True).start()
"""
    if reading == "a thread":
        code += "threading.Thread(target=read, daemon=True).start()\n"
    elif reading != "nobody":
        code += "threading.Thread(target=loop, daemon=True).start()\n"
    done = fresh.run(fresh.MACHINE + code + "time.sleep(0.3)\nprint('end')\n")
    assert (done.stdout.split(), done.stderr) == (["end"], "")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX") or sys.platform == "win32", reason="no fork")
def test_a_forked_child_may_close_its_copy() -> None:
    code = """
import os
watch = ipif.watch()
child = os.fork()
if child == 0:
    watch.close()
    with ipif.watch() as own:
        netioapi.update_ip_interface_entry(2, {"DadTransmits": 7}, index=13)
        assert own.get(60).index == 13
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
netioapi.update_ip_interface_entry(2, {"DadTransmits": 9}, index=13)
assert watch.get(60).index == 13
watch.close()
"""
    fresh.run(fresh.MACHINE + code, "-Wignore")  # 3.12 and later warn of forks beside threads


# ---- Ctrl-C


@pytest.mark.parametrize("wait", ["watch.get()", "watch.get(60)", "next(watch)"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
def test_ctrl_c_interrupts_a_get_that_waits(wait: str) -> None:
    code = f"""
watch = ipif.watch()
print("waiting", flush=True)
try:
    {wait}
except KeyboardInterrupt:
    print("interrupted")
netioapi.update_ip_interface_entry(2, {{"DadTransmits": 7}}, index=13)
print(watch.get(60).index)
"""
    with subprocess.Popen(
        [sys.executable, "-c", fresh.MACHINE + code], stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "waiting\n"
            time.sleep(0.2)
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=SOON)
            assert time.monotonic() - start < SOON
        finally:
            process.kill()
    assert output == "interrupted\n13\n"


def test_an_interrupt_ends_a_get_that_waits_on_every_system() -> None:
    # interrupt_main() says "Ctrl-C" to the interpreter without waking the thread that waits:
    # what a real Ctrl-C is on Windows, where no wait of this kind can be interrupted.
    code = """
import _thread, threading
watch = ipif.watch()
threading.Timer(0.3, _thread.interrupt_main).start()
try:
    watch.get(60)
except KeyboardInterrupt:
    print("interrupted")
"""
    assert fresh.run(fresh.MACHINE + code).stdout.split() == ["interrupted"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timer signals")
def test_a_signal_handler_runs_while_get_waits_and_the_wait_continues(watch: ipif.Watch) -> None:
    runs: list[int] = []

    def handler(number: int, frame: Any) -> None:
        runs.append(number)
        if len(runs) == 3:
            change(0)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        event = watch.get(SOON)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert event is not None
    assert len(runs) >= 3


# ---- sub-interpreters

SUB = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
def run_in(number, code):
    failure = interpreters.run_string(number, code)  # 3.12 and before raise
    assert failure is None, failure
IN_SUB = '''
import sys
sys.path[:] = {path!r}
import ipif
from ipif import netioapi
def change(value):
    netioapi.update_ip_interface_entry(2, {{"DadTransmits": value}}, index=13)
'''.format(path=sys.path)
def change(value):
    netioapi.update_ip_interface_entry(2, {"DadTransmits": value}, index=13)
def cancelled():
    return control.calls("CancelMibChangeNotify2")
"""


def run_with_sub_interpreters(code: str) -> str:
    """Run *code* where ``interpreters`` can be created; return what it prints."""
    return fresh.run(fresh.MACHINE + SUB + code).stdout


def test_a_sub_interpreter_has_watches_of_its_own() -> None:
    output = run_with_sub_interpreters("""
watch = ipif.watch()
number = interpreters.create()
run_in(number, IN_SUB + '''
with ipif.watch() as watch:
    change(7)
    print(watch.get(60).index)
''')
print(watch.get(60).index)
interpreters.destroy(number)
change(8)
print(watch.get(60).index, cancelled())
watch.close()
""")
    assert output.split() == ["13", "13", "13", "1"]


def test_a_sub_interpreter_that_is_destroyed_with_a_watch_open_cancels_it() -> None:
    output = run_with_sub_interpreters("""
for turn in range(3):
    number = interpreters.create()
    run_in(number, IN_SUB + '''
watch = ipif.watch()
in_a_cycle = [ipif.watch()]
in_a_cycle.append(in_a_cycle)
change(3)
change(4)
''')
    interpreters.destroy(number)
    change(5)
    change(6)
assert control.settle(30000) == 0
print(control.calls("NotifyIpInterfaceChange"), cancelled())
""")
    assert output.split() == ["6", "6"]


def test_a_watch_that_nothing_collects_outlives_its_sub_interpreter_harmlessly() -> None:
    # A reference that is never given back: the registration stays, and its callback writes into
    # a ring that belongs to no interpreter.
    output = run_with_sub_interpreters("""
number = interpreters.create()
try:
    run_in(number, IN_SUB + '''
import ctypes
watch = ipif.watch(capacity=4)
ctypes.pythonapi.Py_IncRef(ctypes.py_object(watch._handle))
''')
except Exception as error:  # ctypes refuses sub-interpreters before 3.13
    assert "ctypes" in str(error), error
for turn in range(20):
    change(turn)
try:
    interpreters.destroy(number)
except Exception as error:
    print(error)
for turn in range(20):
    change(50 + turn)
assert control.settle(30000) == 0
print("alive")
""")
    assert output.split()[-1] == "alive"


def test_sub_interpreters_see_changes_of_the_main_one_at_once() -> None:
    output = run_with_sub_interpreters("""
import threading
numbers = [interpreters.create() for _ in range(3)]
for number in numbers:
    run_in(number, IN_SUB + "watch = ipif.watch(capacity=300)")
threads = [
    threading.Thread(target=run_in, args=(number, '''
count = 0
while count < 200:
    assert watch.get(60) is not None
    count += 1
print("all", flush=True)
''')) for number in numbers
]
for thread in threads:
    thread.start()
for turn in range(200):
    change(1000 + turn)
for thread in threads:
    thread.join(60)
    assert not thread.is_alive()
for number in numbers:
    interpreters.destroy(number)
print(cancelled())
""")
    assert output.count("all") == 3  # printed at once, perhaps on one line
    assert output.split()[-1] == "3"


@pytest.mark.skipif(
    sys.version_info < (3, 13),
    reason="asyncio itself does not work in sub-interpreters: no threads in 3.11, aborts in 3.12",
)
def test_async_for_works_in_a_sub_interpreter() -> None:
    output = run_with_sub_interpreters("""
number = interpreters.create()
run_in(number, IN_SUB + '''
import asyncio
watch = ipif.watch()
async def read():
    waiting = asyncio.ensure_future(anext(watch))
    await asyncio.sleep(0.1)
    change(7)
    print((await asyncio.wait_for(waiting, 60)).index)
    try:
        await asyncio.wait_for(anext(watch), 0.1)
    except TimeoutError:
        print("nothing")
# Windows' own default, the proactor loop, starts in the main interpreter only.
with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
    runner.run(read())
''')
interpreters.destroy(number)
change(8)
print(cancelled())
""")
    assert output.split() == ["13", "nothing", "1"]


# ---- arguments and errors


@pytest.mark.parametrize("capacity", [0, -1, 2**24 + 1, 2**40, 2**64, -(2**64), 10**1000])
def test_a_capacity_out_of_range_is_refused(capacity: int, calls: Calls) -> None:
    for open_ in (ipif.watch, netioapi.notify_ip_interface_change):
        with pytest.raises(OverflowError, match="capacity"):
            open_(capacity=capacity)
    assert calls["NotifyIpInterfaceChange"] == 0


@pytest.mark.parametrize("capacity", ["8", 1.5, None, True, [8], b"8", 8j])
def test_a_capacity_of_another_type_is_refused(capacity: Any, calls: Calls) -> None:
    for open_ in (ipif.watch, netioapi.notify_ip_interface_change):
        with pytest.raises(TypeError, match="capacity"):
            open_(capacity=capacity)
    assert calls["NotifyIpInterfaceChange"] == 0


@pytest.mark.parametrize("initial", [0, 1, None, "yes", []])
def test_initial_is_a_bool(initial: Any, calls: Calls) -> None:
    for open_ in (ipif.watch, netioapi.notify_ip_interface_change):
        with pytest.raises(TypeError, match="initial"):
            open_(initial=initial)
    assert calls["NotifyIpInterfaceChange"] == 0


@pytest.mark.parametrize("family", ["ipx", 5, 99, 0, -1, True, 4.0, b"ipv4", [4]])
def test_an_unknown_family_is_refused(family: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError, match="family"):
        ipif.watch(family)
    assert calls["NotifyIpInterfaceChange"] == 0


@pytest.mark.parametrize("family", ["ipv4", 99, -1, 2**70, None, 2.0])
def test_the_thin_function_names_the_family_too(family: Any, calls: Calls) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError), match="family"):
        netioapi.notify_ip_interface_change(family)
    assert calls["NotifyIpInterfaceChange"] == 0


def test_the_smallest_and_a_large_capacity_are_fine() -> None:
    for capacity in (1, 100_000):
        with ipif.watch(capacity=capacity) as watch:
            change(capacity)
            assert len(rest(watch)) == 1


def test_a_refusal_of_windows_is_an_ipif_error(calls: Calls) -> None:
    simulation.fail("NotifyIpInterfaceChange", 8)
    with pytest.raises(ipif.Error) as caught:
        ipif.watch("ipv6")
    assert caught.value.winerror == 8
    assert caught.value.function == "NotifyIpInterfaceChange"
    assert caught.value.family == "ipv6"
    del caught
    gc.collect()
    assert calls["CancelMibChangeNotify2"] == 0  # there was nothing to cancel
    with ipif.watch() as watch:
        change(0)
        assert len(rest(watch)) == 1


@pytest.mark.parametrize(("times", "calls"), [(1, 2), (3, 3)])
def test_a_registration_that_cannot_be_cancelled_is_tried_again_and_never_written_to(
    times: int, calls: int
) -> None:
    before = control().calls("CancelMibChangeNotify2")
    events = ipif.watch("ipv4")
    simulation.fail("CancelMibChangeNotify2", 31, times=times)
    events.close()
    assert events.closed
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    control().settle(10_000)
    assert list(events) == []
    assert events.dropped == 0
    del events
    gc.collect()
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1401)
    control().settle(10_000)
    assert control().calls("CancelMibChangeNotify2") == before + calls
