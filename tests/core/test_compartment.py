"""Network compartments: what a thread sees in one, and where the threads of ipif act.

The simulation has two, 1 and 2; a new thread starts in 1, as on Windows.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import netioapi, simulation
from ipif._core.compartment import in_compartment_of_caller
from ipif.netioapi import get_current_thread_compartment_id, set_current_thread_compartment_id

ETHERNET = 13
SET = "SetCurrentThreadCompartmentId"


@pytest.fixture(autouse=True)
def the_test_leaves_its_thread_where_it_was() -> Iterator[None]:
    """Whatever a test has done: the thread of the tests is in the default compartment again."""
    assert get_current_thread_compartment_id() == 1
    yield
    now = get_current_thread_compartment_id()
    set_current_thread_compartment_id(1)
    assert now == 1


@pytest.fixture
def inner() -> ipif.Luid:
    """Return the LUID of an adapter in compartment 2."""
    return simulation.add_interface("Container", compartment=2)


def in_thread(function: Callable[[], Any]) -> Any:
    """Return what *function* returns in a new thread."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(function()), daemon=True)
    thread.start()
    thread.join(30)
    return found[0]


def aliases() -> set[str]:
    """Return the aliases of the adapters that this thread sees."""
    return {row["Alias"] for row in netioapi.get_if_table2()}


# ---- the raw functions


def test_a_thread_starts_in_the_default_compartment() -> None:
    assert get_current_thread_compartment_id() == 1
    set_current_thread_compartment_id(2)
    try:
        assert get_current_thread_compartment_id() == 2
        assert in_thread(get_current_thread_compartment_id) == 1
    finally:
        set_current_thread_compartment_id(1)


@pytest.mark.parametrize("number", [0, 3, 4294967295])
def test_a_compartment_that_does_not_exist_is_an_error_and_the_thread_stays(number: int) -> None:
    with pytest.raises(ipif.Error) as caught:
        set_current_thread_compartment_id(number)
    assert type(caught.value) is ipif.Error
    assert (caught.value.function, caught.value.interface) == (SET, number)
    assert "no such network compartment" in caught.value.hint
    assert get_current_thread_compartment_id() == 1


@pytest.mark.parametrize(
    ("number", "exception"),
    [(-1, OverflowError), (2**32, OverflowError), ("2", TypeError), (1.0, TypeError)],
)
def test_a_number_of_another_type_or_range_is_refused_before_the_call(
    number: Any, exception: type[Exception], calls: Calls
) -> None:
    with pytest.raises(exception, match="number"):
        set_current_thread_compartment_id(number)
    assert calls.total == 0


# ---- the context manager


def test_a_block_acts_in_the_compartment_and_returns(inner: ipif.Luid) -> None:
    outside = aliases()
    assert "Container" not in outside
    with ipif.compartment(2) as number:
        assert number == 2
        assert aliases() == {"Container"}
        assert {row["InterfaceLuid"] for row in ipif.list_interfaces()} == {inner}
        with pytest.raises(ipif.InterfaceNotFound):
            ipif.get_interface(ETHERNET, "ipv4")
        before, after = ipif.update_interface("Container", "ipv4", NlMtu=1400)
        assert (before["NlMtu"], after["NlMtu"]) == (1500, 1400)
        with ipif.compartment(1):
            assert aliases() == outside
        assert get_current_thread_compartment_id() == 2
    assert get_current_thread_compartment_id() == 1
    assert aliases() == outside
    with pytest.raises(ipif.InterfaceNotFound):
        ipif.get_interface(inner, "ipv4")


def test_an_exception_in_the_block_passes_and_the_thread_returns() -> None:
    with pytest.raises(ZeroDivisionError), ipif.compartment(2):
        raise ZeroDivisionError
    assert get_current_thread_compartment_id() == 1


def test_one_block_may_be_entered_again_and_inside_itself() -> None:
    block = ipif.compartment(2)
    for _ in range(2):
        with block, block:
            assert get_current_thread_compartment_id() == 2
        assert get_current_thread_compartment_id() == 1


def test_one_block_may_be_shared_by_threads_in_different_compartments() -> None:
    block = ipif.compartment(2)
    entered, leave = threading.Event(), threading.Event()

    def other() -> int:
        with ipif.compartment(2), block:
            entered.set()
            assert leave.wait(30)
        return get_current_thread_compartment_id()

    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(other()), daemon=True)
    thread.start()
    assert entered.wait(30)
    with block:
        leave.set()
        thread.join(30)
    assert (found, get_current_thread_compartment_id()) == ([1], 1)


@pytest.mark.parametrize("number", [0, -1, 2**32, 10**1000, "2", 2.0, True, None, b"2", [2]])
def test_what_cannot_be_a_compartment_is_refused_before_any_call(number: Any, calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.compartment(number)
    (problem,) = caught.value.problems
    assert problem.member == "compartment"
    assert problem.advice == "write an int from 1 to 4294967295"
    assert calls.total == 0


def test_a_compartment_that_does_not_exist_is_an_error_on_entering() -> None:
    block = ipif.compartment(3)
    with pytest.raises(ipif.Error, match=rf"{SET}\(3\)"), block:
        pytest.fail("the block has been entered")
    assert get_current_thread_compartment_id() == 1


def test_a_return_that_windows_refuses_is_an_error() -> None:
    with pytest.raises(ipif.Error, match=rf"{SET}\(1\)"), ipif.compartment(2):
        simulation.fail(SET, 31)
    assert get_current_thread_compartment_id() == 2
    set_current_thread_compartment_id(1)


@pytest.mark.parametrize("compartment", [0, 3, "1", None, True, 1.0])
def test_add_interface_refuses_another_compartment(compartment: Any) -> None:
    before = simulation.dump()
    with pytest.raises(ipif.ValidationError, match="compartment"):
        simulation.add_interface("Container", compartment=compartment)
    assert simulation.dump() == before


# ---- threads that ipif starts


def test_a_function_of_the_default_compartment_makes_no_other_call(calls: Calls) -> None:
    acts = in_compartment_of_caller(get_current_thread_compartment_id)
    assert calls.total == 1  # GetCurrentThreadCompartmentId
    assert in_thread(acts) == 1


def test_a_function_acts_in_the_compartment_of_the_thread_that_wrapped_it(
    inner: ipif.Luid,
) -> None:
    with ipif.compartment(2):
        acts = in_compartment_of_caller(aliases)
    assert in_thread(lambda: (acts(), get_current_thread_compartment_id())) == ({"Container"}, 1)


def test_a_function_whose_compartment_is_gone_does_not_run() -> None:
    ran: list[int] = []
    with ipif.compartment(2):
        acts = in_compartment_of_caller(ran.append)
    simulation.fail(SET, 1168)
    with pytest.raises(ipif.Error, match=SET):
        acts(1)
    assert ran == []


# ---- watches


def test_a_watch_hears_of_the_compartment_that_it_was_opened_in(inner: ipif.Luid) -> None:
    with ipif.watch() as outer, ipif.compartment(2), ipif.watch() as watch:
        ipif.update_interface("Container", "ipv4", NlMtu=1400)
        event = watch.get(30)
        assert event is not None
        assert (event.luid, event.alias) == (inner, "Container")
        with ipif.compartment(1):
            ipif.update_interface(ETHERNET, "ipv4", NlMtu=1400)
        event = outer.get(30)
        assert event is not None
        assert (event.index, event.alias) == (ETHERNET, "Ethernet")
        assert outer.get(0) is watch.get(0) is None


@pytest.mark.parametrize(("opened_in", "read_in"), [(1, 2), (2, 1)])
def test_a_watch_names_adapters_of_its_compartment_whoever_reads_it(
    opened_in: int, read_in: int, inner: ipif.Luid
) -> None:
    with ipif.compartment(opened_in), ipif.watch() as watch:
        simulation.add_interface("New", compartment=1, families=[])
        luid = simulation.add_interface("Newer", compartment=opened_in, families=[])
        simulation.bind(luid, "ipv4")
        with ipif.compartment(read_in):
            event = watch.get(30)
            assert get_current_thread_compartment_id() == read_in
        assert event is not None
        assert (event.luid, event.alias) == (luid, "Newer")


def test_an_event_is_not_lost_when_the_compartment_of_its_watch_is_gone() -> None:
    with ipif.compartment(2), ipif.watch() as watch:
        luid = simulation.add_interface("Newer", compartment=2, families=[])
        simulation.bind(luid, "ipv4")
        with ipif.compartment(1):
            simulation.fail(SET, 1168)
            event = watch.get(30)
    assert event is not None
    assert (event.luid, event.alias) == (luid, None)


def test_an_asynchronous_watch_acts_in_the_compartment_of_the_thread_that_opened_it() -> None:
    async def read(watch: ipif.Watch) -> Any:
        async with watch:
            waiting = asyncio.ensure_future(anext(watch))
            await asyncio.sleep(0.05)
            luid = simulation.add_interface("Newer", compartment=2, families=[])
            simulation.bind(luid, "ipv6")
            return await asyncio.wait_for(waiting, 30)

    with ipif.compartment(2):
        watch = ipif.watch()
    event = in_thread(lambda: asyncio.run(read(watch)))
    assert (event.family, event.alias) == ("ipv6", "Newer")


class Two:
    """An integer of another library."""

    def __index__(self) -> int:
        return 2


def test_an_integer_of_another_library_names_a_compartment(inner: ipif.Luid) -> None:
    with ipif.compartment(Two()):
        assert get_current_thread_compartment_id() == 2
