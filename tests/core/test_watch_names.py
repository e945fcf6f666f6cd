"""The names in events: alias and GUID of the adapter, also of one that is gone."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.machine import Calls, control

import ipif
from ipif import NotificationType, netioapi, simulation

ADDED = NotificationType.AddInstance
DELETED = NotificationType.DeleteInstance
FIRST = uuid.UUID("aaaaaaaa-1111-4222-8333-0123456789ab")
SECOND = uuid.UUID("bbbbbbbb-1111-4222-8333-0123456789ab")


def rest(watch: Any) -> list[Any]:
    """Return every event that has been made so far and not been read."""
    assert control().settle(30_000) == 0
    return list(iter(lambda: watch.get(0), None))


def named(watch: Any) -> list[tuple[Any, ...]]:
    return [(event.type, event.alias, event.guid) for event in rest(watch)]


def add(alias: str, guid: uuid.UUID = FIRST) -> ipif.Luid:
    return simulation.add_interface(alias, Type=53, InterfaceGuid=f"{{{guid}}}", families=["ipv4"])


@pytest.fixture
def watch() -> Iterator[ipif.Watch]:
    with ipif.watch() as opened:
        yield opened


OPEN = [ipif.watch, ipif.watch_addresses, ipif.watch_routes]
every_kind = pytest.mark.parametrize("open_", OPEN, ids=[function.__name__ for function in OPEN])


@every_kind
def test_events_of_a_removed_adapter_name_it(open_: Callable[..., Any]) -> None:
    guid = ipif.Luid.of("Ethernet").guid
    with open_() as watch:
        simulation.remove_interface("Ethernet")
        events = rest(watch)
        assert events
        assert {(event.type, event.alias, event.guid) for event in events} == {
            (DELETED, "Ethernet", guid)
        }
        with pytest.raises(ipif.InterfaceNotFound):
            _ = events[0].luid.alias


@every_kind
def test_a_watch_of_one_interface_names_it_when_it_is_removed(open_: Callable[..., Any]) -> None:
    with open_(interface="Ethernet") as watch:
        simulation.remove_interface("Ethernet")
        assert {event.alias for event in rest(watch)} == {"Ethernet"}


def test_an_adapter_that_the_watch_has_seen_coming_is_named_when_it_is_gone(
    watch: ipif.Watch,
) -> None:
    luid = add("Later")
    assert named(watch) == [(ADDED, "Later", FIRST)]
    simulation.remove_interface(luid)
    assert named(watch) == [(DELETED, "Later", FIRST)]


FIRST_ROWS: list[tuple[Any, Any]] = [
    (ipif.watch_addresses, lambda luid: simulation.add_address(luid, "10.200.0.1")),
    (ipif.watch_routes, lambda luid: simulation.add_route(luid, "10.200.0.0/16")),
]


@pytest.mark.parametrize(("open_", "change"), FIRST_ROWS, ids=["addresses", "routes"])
def test_the_first_address_or_route_of_a_new_adapter_is_enough_to_name_it(
    open_: Callable[..., Any], change: Callable[[ipif.Luid], None]
) -> None:
    with open_() as watch:
        luid = add("Later")
        change(luid)
        assert named(watch) == [(ADDED, "Later", FIRST)]
        simulation.remove_interface(luid)
        assert named(watch) == [(DELETED, "Later", FIRST)]


def test_an_adapter_that_came_and_went_between_two_reads_has_no_name(watch: ipif.Watch) -> None:
    simulation.remove_interface(add("Brief"))
    assert named(watch) == [(ADDED, None, None), (DELETED, None, None)]


def test_another_adapter_that_gets_the_luid_has_its_own_name(watch: ipif.Watch) -> None:
    first = add("First")
    rest(watch)
    simulation.remove_interface(first)
    assert named(watch) == [(DELETED, "First", FIRST)]
    assert add("Second", SECOND) == first
    assert named(watch) == [(ADDED, "Second", SECOND)]
    simulation.remove_interface(first)
    assert named(watch) == [(DELETED, "Second", SECOND)]


@pytest.mark.parametrize(("open_", "change"), FIRST_ROWS, ids=["addresses", "routes"])
def test_an_address_or_route_of_another_adapter_with_the_luid_has_its_name(
    open_: Callable[..., Any], change: Callable[[ipif.Luid], None]
) -> None:
    first = add("First")
    with open_() as watch:
        simulation.remove_interface(first)
        assert add("Second", SECOND) == first
        change(first)
        assert named(watch) == [(ADDED, "Second", SECOND)]
        simulation.remove_interface(first)
        assert named(watch) == [(DELETED, "Second", SECOND)]


def test_another_adapter_that_had_the_luid_briefly_does_not_get_the_earlier_name(
    watch: ipif.Watch,
) -> None:
    first = add("First")
    rest(watch)
    simulation.remove_interface(first)
    assert add("Second", SECOND) == first
    simulation.remove_interface(first)
    assert named(watch) == [
        (DELETED, "First", FIRST),
        (ADDED, None, None),
        (DELETED, None, None),
    ]


def test_a_family_that_is_unbound_and_bound_again_keeps_the_name(watch: ipif.Watch) -> None:
    guid = ipif.Luid.of("Ethernet").guid
    simulation.unbind("Ethernet", "ipv4")
    simulation.bind("Ethernet", "ipv4")
    simulation.remove_interface("Ethernet")
    events = rest(watch)
    assert [event.type for event in events] == [DELETED, ADDED, DELETED, DELETED]
    # The adapter is gone when its AddInstance is read, so nobody knows whose LUID it was then.
    assert (events[0].alias, events[0].guid) == ("Ethernet", guid)


def test_an_adapter_that_is_renamed_keeps_the_name_that_was_read(watch: ipif.Watch) -> None:
    simulation.rename_interface("Ethernet", "LAN")
    events = rest(watch)
    assert {event.alias for event in events} == {"Ethernet"}
    assert {event.luid.alias for event in events} == {"LAN"}


def test_names_cost_one_table_and_one_entry_for_each_new_adapter(calls: Calls) -> None:
    with ipif.watch() as watch:
        assert calls["GetIfTable2Ex"] == 1
        before = calls.total
        ipif.update_interface("Ethernet", "ipv4", DadTransmits=9)
        ipif.update_interface("Ethernet", "ipv4", DadTransmits=10)
        changing = calls.total
        assert len(rest(watch)) == 2
        assert calls["GetIfEntry2"] == 0
        assert calls["GetIfTable2Ex"] == 1
        assert changing > before
        luid = add("Later")
        rest(watch)
        assert calls["GetIfEntry2"] == 1
        simulation.remove_interface(luid)
        rest(watch)
        assert calls["GetIfEntry2"] == 1
    with ipif.watch(interface=ipif.Luid.of("Wi-Fi")):
        assert (calls["GetIfTable2Ex"], calls["GetIfEntry2"]) == (1, 2)


@pytest.mark.parametrize("code", [5, 8, 50])
def test_a_watch_without_names_is_better_than_none(code: int) -> None:
    simulation.fail("GetIfTable2Ex", code)
    with ipif.watch() as watch:
        simulation.remove_interface("Wi-Fi")
        assert {event.alias for event in rest(watch)} == {None}
        # An adapter that still exists is read when it has an event.
        ipif.update_interface("Ethernet", "ipv4", DadTransmits=9)
        assert [event.alias for event in rest(watch)] == ["Ethernet"]


def test_an_adapter_that_cannot_be_read_does_not_cost_the_event(watch: ipif.Watch) -> None:
    luid = add("Later")
    simulation.fail("GetIfEntry2", 31)
    assert named(watch) == [(ADDED, None, None)]
    ipif.update_interface(luid, "ipv4", DadTransmits=9)
    assert [event.alias for event in rest(watch)] == ["Later"]


def test_an_adapter_that_came_after_another_one_keeps_its_name_when_it_cannot_be_read(
    watch: ipif.Watch,
) -> None:
    simulation.remove_interface(add("First"))
    rest(watch)
    luid = add("Second", SECOND)
    assert named(watch) == [(ADDED, "Second", SECOND)]
    simulation.bind(luid, "ipv6")
    simulation.fail("GetIfEntry2", 31)
    assert named(watch) == [(ADDED, "Second", SECOND)]


def test_names_take_no_part_in_comparisons() -> None:
    with ipif.watch() as watch, netioapi.notify_ip_interface_change() as raw:
        ipif.update_interface("Ethernet", "ipv4", DadTransmits=9)
        [event], [same] = rest(watch), rest(raw)
    assert event == same
    assert hash(event) == hash(same)
    assert (event.alias, same.alias) == ("Ethernet", None)
    assert "alias" not in repr(event)


def test_a_watch_names_adapters_of_the_compartment_that_it_was_opened_in() -> None:
    with ipif.compartment(2):
        watch = ipif.watch()
    with watch:
        luid = simulation.add_interface("Other", compartment=2)
        with ipif.compartment(2):
            ipif.update_interface(luid, "ipv4", DadTransmits=9)
        # Read by a thread in compartment 1, which does not see the adapter, and stays there.
        assert {event.alias for event in rest(watch)} == {"Other"}
        assert netioapi.get_current_thread_compartment_id() == 1
