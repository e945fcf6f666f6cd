"""A network that changes: an adapter renamed, a link down, a route or an address added.

Each change notifies as Windows does, or as it probably does: see the docstrings of the controls.
"""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.machine import control

import ipif
from ipif import netioapi, simulation

PARAMETER = ipif.NotificationType.ParameterNotification
ADD = ipif.NotificationType.AddInstance
DELETE = ipif.NotificationType.DeleteInstance
UNPLUGGED = 2**64 - 1


class Recorder:
    """Watches of IP interfaces, addresses and routes; calling it gives what they saw since."""

    def __init__(self) -> None:
        self.watches: list[Any] = [ipif.watch(), ipif.watch_addresses(), ipif.watch_routes()]

    def __call__(self) -> tuple[list[Any], ...]:
        assert control().settle(5000) == 0
        return tuple(list(iter(lambda watch=watch: watch.get(0), None)) for watch in self.watches)

    def interfaces(self) -> list[tuple[Any, ...]]:
        """Return type, family and index of each; no other registration may have seen anything."""
        interfaces, addresses, routes = self()
        assert (addresses, routes) == ([], [])
        return [(event.type, event.family, event.index) for event in interfaces]


@pytest.fixture
def seen() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    for watch in recorder.watches:
        watch.close()


def adapter(alias: str) -> dict[str, Any]:
    return dict(netioapi.get_if_entry2(luid=luid_of(alias)))


def luid_of(alias: str) -> ipif.Luid:
    return ipif.Luid(netioapi.convert_interface_alias_to_luid(alias))


# ---- rename_interface


def test_a_renamed_adapter_is_found_by_its_new_alias_alone(seen: Recorder) -> None:
    luid = luid_of("Ethernet")
    rows = ipif.list_interfaces()
    simulation.rename_interface("Ethernet", "Uplink 🦎")
    assert luid.alias == adapter("UPLINK 🦎")["Alias"] == "Uplink 🦎"
    assert ipif.list_interfaces() == rows
    with pytest.raises(ipif.InterfaceNotFound):
        ipif.get_interface("Ethernet", "ipv4")
    assert seen.interfaces() == [(PARAMETER, "ipv4", 13), (PARAMETER, "ipv6", 13)]
    assert simulation.add_interface("ethernet").alias == "ethernet"


def test_an_adapter_can_get_its_own_alias_in_another_case() -> None:
    simulation.rename_interface(13, "ETHERNET")
    assert luid_of("Ethernet").alias == "ETHERNET"


def test_a_shorter_alias_leaves_nothing_of_the_longer_one() -> None:
    luid = simulation.add_interface("x" * 256)
    simulation.rename_interface(luid, "y")
    assert luid.alias == "y"
    dumped = simulation.dump()
    simulation.load(dumped)
    assert simulation.dump() == dumped


def test_a_new_alias_is_notified_unless_the_profile_differs(seen: Recorder) -> None:
    simulation.profile("sentinel", rename_silent=True)
    simulation.rename_interface("Ethernet", "Uplink")
    assert seen.interfaces() == []


@pytest.mark.parametrize("alias", ["", "x" * 257, "a\0b", "\ud800", 5, None, "wi-fi", "Wi-Fi"])
def test_an_alias_that_an_adapter_cannot_have_is_refused(alias: Any, seen: Recorder) -> None:
    before = simulation.dump()
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.rename_interface("Ethernet", alias)
    assert [problem.member for problem in caught.value.problems] == ["Alias"]
    assert simulation.dump() == before
    assert seen() == ([], [], [])


# ---- set_link


def test_a_link_that_is_down_says_so_in_every_row(seen: Recorder) -> None:
    before = simulation.dump()
    simulation.set_link("Wi-Fi", up=False)
    row = adapter("Wi-Fi")
    state = [row[name] for name in ("OperStatus", "MediaConnectState", "NotMediaConnected")]
    assert (state, row["AdminStatus"]) == ([2, 2, True], 1)
    for family in ("ipv4", "ipv6"):
        assert ipif.get_interface("Wi-Fi", family)["Connected"] is False  # type: ignore[arg-type]
    assert seen.interfaces() == [(PARAMETER, "ipv4", 17), (PARAMETER, "ipv6", 17)]
    simulation.set_link("Wi-Fi", up=False)
    assert seen.interfaces() == []
    simulation.set_link("Wi-Fi", up=True)
    assert seen.interfaces() == [(PARAMETER, "ipv4", 17), (PARAMETER, "ipv6", 17)]
    assert simulation.dump() == before


def test_an_unplugged_wired_adapter_has_the_largest_speed_and_the_smallest_metric() -> None:
    simulation.add_interface("10 Gbit/s", TransmitLinkSpeed=10**10, ReceiveLinkSpeed=10**9)
    ipif.update_interface("10 Gbit/s", "ipv6", Metric=77)
    before = simulation.dump()
    simulation.set_link("10 Gbit/s", up=False)
    row = adapter("10 Gbit/s")
    assert (row["TransmitLinkSpeed"], row["ReceiveLinkSpeed"]) == (UNPLUGGED, UNPLUGGED)
    assert ipif.get_interface("10 Gbit/s", "ipv4")["Metric"] == 5
    assert ipif.get_interface("10 Gbit/s", "ipv6")["Metric"] == 77
    simulation.set_link("10 Gbit/s", up=True)
    assert simulation.dump() == before


def test_a_wireless_adapter_keeps_its_speed_and_metric() -> None:
    simulation.set_link("Wi-Fi", up=False)
    assert adapter("Wi-Fi")["TransmitLinkSpeed"] == 72200000
    assert ipif.get_interface("Wi-Fi", "ipv4")["Metric"] == 50


def test_an_adapter_that_came_unplugged_gets_one_gigabit_per_second() -> None:
    luid = simulation.add_interface("New", MediaConnectState=2, TransmitLinkSpeed=UNPLUGGED)
    assert ipif.get_interface(luid, "ipv4")["Metric"] == 5
    simulation.set_link(luid, up=True)
    assert adapter("New")["TransmitLinkSpeed"] == 10**9
    assert ipif.get_interface(luid, "ipv4")["Metric"] == 25


@pytest.mark.parametrize("members", [{"MediaConnectState": 2}, {"OperStatus": 2}])
def test_an_adapter_that_comes_with_its_link_down_says_so_everywhere(members: Any) -> None:
    luid = simulation.add_interface("New", **members)
    row = adapter("New")
    state = [row[name] for name in ("OperStatus", "MediaConnectState", "NotMediaConnected")]
    assert state == [2, 2, True]
    assert ipif.get_interface(luid, "ipv4")["Connected"] is False


def test_a_family_that_is_bound_while_the_link_is_down_is_not_connected() -> None:
    simulation.set_link("Ethernet", up=False)
    simulation.unbind("Ethernet", "ipv4")
    simulation.bind("Ethernet", "ipv4")
    assert ipif.get_interface("Ethernet", "ipv4")["Connected"] is False


def test_no_route_leads_through_a_link_that_is_down() -> None:
    def index() -> int:
        return ipif.best_route("8.8.8.8")["InterfaceIndex"]

    assert index() == 13
    simulation.set_link("Ethernet", up=False)
    assert index() != 13
    simulation.set_link("Ethernet", up=True)
    assert index() == 13


@pytest.mark.parametrize("up", [1, 0, None, "up"])
def test_the_state_of_a_link_is_a_bool(up: Any) -> None:
    with pytest.raises(ipif.ValidationError, match="True or False"):
        simulation.set_link("Ethernet", up=up)


# ---- add_route


def test_an_added_route_is_used_and_notified(seen: Recorder) -> None:
    simulation.add_route("Wi-Fi", "8.0.0.0/8", NextHop="192.168.1.1", Metric=3)
    route = ipif.best_route("8.8.8.8")
    assert (route["InterfaceIndex"], route["Metric"]) == (17, 3)
    assert route["NextHop"] == ipaddress.ip_address("192.168.1.1")
    interfaces, addresses, routes = seen()
    assert (interfaces, addresses) == ([], [])
    assert [(event.type, event.family, event.index) for event in routes] == [(ADD, "ipv4", 17)]
    simulation.unbind("Wi-Fi", "ipv4")
    deleted = [event for event in seen()[2] if event.destination == routes[0].destination]
    assert [event.type for event in deleted] == [DELETE]


def test_routes_of_a_document_and_of_a_row_can_be_added() -> None:
    before = len(ipif.list_routes())
    network = ipaddress.ip_network("2001:db8:5::/48")
    simulation.add_route("Ethernet", network, NextHop=ipaddress.ip_address("fe80::1"))
    simulation.add_route("Ethernet", "2001:db8:5::/48")
    simulation.add_route("Wi-Fi", "2001:db8:5::/48")
    simulation.add_route("Wi-Fi", "2001:db8:6::/47")
    assert len(ipif.list_routes()) == before + 4
    dumped = simulation.dump()
    simulation.load(dumped)
    assert simulation.dump() == dumped


@pytest.mark.parametrize(
    ("destination", "members", "wrong"),
    [
        ("10.0.0.1/8", {}, "DestinationPrefix"),
        ("10.0.0.0/33", {}, "DestinationPrefix"),
        ("home", {}, "DestinationPrefix"),
        (5, {}, "DestinationPrefix"),
        ("10.0.0.0/8", {"NextHop": "fe80::1"}, "NextHop"),
        ("10.0.0.0/8", {"NextHop": "x"}, "NextHop"),
        ("10.0.0.0/8", {"Metric": -1}, "Metric"),
        ("10.0.0.0/8", {"Metrik": 1}, "Metrik"),
        ("10.0.0.0/8", {"InterfaceIndex": 13}, "InterfaceIndex"),
    ],
)
def test_a_route_that_cannot_be_is_refused(
    destination: Any, members: Any, wrong: str, seen: Recorder
) -> None:
    before = simulation.dump()
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.add_route("Ethernet", destination, **members)
    assert [problem.member for problem in caught.value.problems] == [wrong]
    assert simulation.dump() == before
    assert seen() == ([], [], [])


# ---- add_address


def test_an_added_address_is_used_as_source_and_notified(seen: Recorder) -> None:
    luid = simulation.add_interface("New")
    simulation.add_route(luid, "172.16.0.0/12")
    seen()
    simulation.add_address(luid, "172.16.5.5", OnLinkPrefixLength=12)
    _, source = netioapi.get_best_route2("172.20.0.1")
    assert source == ipaddress.ip_address("172.16.5.5")
    row = ipif.list_addresses()[-1]
    assert (row["InterfaceLuid"], row["OnLinkPrefixLength"], row["DadState"]) == (luid, 12, 4)
    interfaces, addresses, routes = seen()
    assert (interfaces, routes) == ([], [])
    assert [(e.type, e.family, e.index) for e in addresses] == [(ADD, "ipv4", luid.index)]


def test_a_link_local_address_gets_the_zone_of_its_adapter() -> None:
    luid = simulation.add_interface("New")
    simulation.add_address(luid, ipaddress.ip_address("fe80::5"))
    assert ipif.list_addresses()[-1]["ScopeId"] == luid.index


@pytest.mark.parametrize(
    ("address", "members", "wrong"),
    [
        ("10.0.0.0/8", {}, "Address"),
        ("10.0.0.256", {}, "Address"),
        (None, {}, "Address"),
        ("10.0.0.5", {"OnLinkPrefixLength": 33}, "OnLinkPrefixLength"),
        ("10.0.0.5", {"DadStates": 1}, "DadStates"),
        ("10.0.0.5", {"InterfaceLuid": 5}, "InterfaceLuid"),
    ],
)
def test_an_address_that_cannot_be_is_refused(
    address: Any, members: Any, wrong: str, seen: Recorder
) -> None:
    before = simulation.dump()
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.add_address("Ethernet", address, **members)
    assert [problem.member for problem in caught.value.problems] == [wrong]
    assert simulation.dump() == before
    assert seen() == ([], [], [])


# ---- all of them


@pytest.mark.parametrize(
    ("function", "value"), [("add_route", "10.5.0.0/16"), ("add_address", "10.5.0.1")]
)
def test_what_exists_cannot_be_added_again_nor_to_a_family_that_is_not_bound(
    function: str, value: str, seen: Recorder
) -> None:
    add = getattr(simulation, function)
    luid = simulation.add_interface("New", families=["ipv4"])
    add(luid, value)
    seen()
    with pytest.raises(ipif.Error) as caught:
        add(luid, value)
    assert caught.value.winerror == 5010
    simulation.unbind(luid, "ipv4")
    seen()
    with pytest.raises(ipif.FamilyNotBound):
        add(luid, value)
    assert seen() == ([], [], [])


@pytest.mark.parametrize("interface", [999, "No such", ipif.Luid(5), {"InterfaceIndex": 999}])
def test_an_adapter_that_does_not_exist_is_not_found(interface: Any) -> None:
    before = simulation.dump()
    for change in (
        lambda: simulation.rename_interface(interface, "x"),
        lambda: simulation.set_link(interface, up=True),
        lambda: simulation.add_route(interface, "10.0.0.0/8"),
        lambda: simulation.add_address(interface, "10.0.0.5"),
    ):
        with pytest.raises(ipif.InterfaceNotFound):
            change()
    assert simulation.dump() == before


def test_changes_in_another_compartment_are_not_notified(seen: Recorder) -> None:
    luid = simulation.add_interface("Other", compartment=2)
    simulation.rename_interface(luid, "Another")
    simulation.set_link(luid, up=False)
    simulation.add_route(luid, "10.5.0.0/16")
    simulation.add_address(luid, "10.5.0.1")
    assert seen() == ([], [], [])
    with ipif.compartment(2):
        assert luid.alias == "Another"
        assert len(netioapi.get_ip_forward_table2(socket.AF_INET)) == 1


def test_threads_that_add_adapters_get_different_ones() -> None:
    start = threading.Barrier(4)

    def add(thread: int) -> list[int]:
        start.wait()
        return [int(simulation.add_interface(f"{thread} {number}")) for number in range(50)]

    with ThreadPoolExecutor(4) as pool:
        luids = [luid for found in pool.map(add, range(4)) for luid in found]
    assert len(set(luids)) == 200
