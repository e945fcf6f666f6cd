"""The story of docs/explanation/weak-and-strong-hosts.md, step by step, with more calls."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

import ipif
from ipif import netioapi, simulation

SNAPSHOT = ROOT / "docs" / "machines" / "vpn.json"
TARGETS = {"ipv4": "8.8.8.8", "ipv6": "2001:4860:4860::8888"}
OWN = {"ipv4": "192.0.2.10", "ipv6": "2001:db8:7::10"}
SERVER = "203.0.113.9"
AF = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])

if not SNAPSHOT.exists():
    pytest.skip("the documentation is not here: no checkout", allow_module_level=True)


@pytest.fixture(autouse=True)
def host() -> None:
    simulation.load(SNAPSHOT)


@pytest.fixture
def watch() -> Iterator[ipif.Watch]:
    with ipif.watch() as opened:
        yield opened


def way(destination: str, **arguments: Any) -> str:
    """Return the alias of the interface through which packets to *destination* leave."""
    return ipif.Luid(ipif.best_route(destination, **arguments)["InterfaceLuid"]).alias


def ways() -> list[str]:
    return [way(target) for target in TARGETS.values()]


def told(watch: ipif.Watch, count: int) -> list[tuple[str, str, str]]:
    """Return type, alias and family of the next *count* events; there must be no more."""
    found = []
    for _ in range(count):
        event = watch.get(30)
        assert event is not None
        found.append((event.type.name, event.luid.alias, event.family))
    assert watch.get(0.05) is None
    return found


def test_before_both_families_leave_through_ethernet() -> None:
    assert ways() == ["Ethernet", "Ethernet"]


def test_because_its_automatic_metric_is_the_lower_one() -> None:
    for family in ("ipv4", "ipv6"):
        rows = [ipif.get_interface(alias, family) for alias in ("Ethernet", "VPN")]  # type: ignore[arg-type]
        assert [row["UseAutomaticMetric"] for row in rows] == [True, True]
        assert [row["Metric"] for row in rows] == [25, 35]
        defaults = [r for r in ipif.list_routes(family) if r["DestinationPrefix"].prefixlen == 0]  # type: ignore[arg-type]
        assert {row["Metric"] for row in defaults} == {0}
        assert len(defaults) == 2


def test_the_story(watch: ipif.Watch) -> None:
    step = [("ParameterNotification", "Ethernet", family) for family in AF]
    before = simulation.dump()
    assert ways() == ["Ethernet", "Ethernet"]
    with ipif.changed("Ethernet", None, DisableDefaultRoutes=True) as rows:
        assert ways() == ["VPN", "VPN"]
        assert {rows[family]["DisableDefaultRoutes"] for family in AF} == {True}
        assert sorted(told(watch, 2)) == sorted(step)
    assert ways() == ["Ethernet", "Ethernet"]
    assert sorted(told(watch, 2)) == sorted(step)
    assert watch.dropped == 0
    for row in before["interfaces"]:
        if row["Family"] == "ipv4" and row["InterfaceIndex"] == 7:
            row["SitePrefixLength"] = 0  # SetIpInterfaceEntry takes nothing else
    assert simulation.dump() == before


def test_the_story_without_the_context_manager(watch: ipif.Watch) -> None:
    for family, expected in (("ipv4", ["VPN", "Ethernet"]), ("ipv6", ["VPN", "VPN"])):
        before, after = ipif.update_interface("Ethernet", family, DisableDefaultRoutes=True)  # type: ignore[arg-type]
        assert (before["DisableDefaultRoutes"], after["DisableDefaultRoutes"]) == (False, True)
        assert ways() == expected
    for family in AF:
        ipif.update_interface("Ethernet", family, DisableDefaultRoutes=False)  # type: ignore[arg-type]
    assert ways() == ["Ethernet", "Ethernet"]
    families = ["ipv4", "ipv6"] * 2
    assert told(watch, 4) == [("ParameterNotification", "Ethernet", family) for family in families]


@either_family
def test_one_family_alone_leaks_the_other(family: str) -> None:
    ipif.update_interface("Ethernet", family, DisableDefaultRoutes=True)  # type: ignore[arg-type]
    for name, target in TARGETS.items():
        assert way(target) == ("VPN" if name == family else "Ethernet")


def test_an_exception_in_the_block_restores_as_well() -> None:
    with (
        pytest.raises(ZeroDivisionError),
        ipif.changed("Ethernet", None, DisableDefaultRoutes=True),
    ):
        raise ZeroDivisionError
    assert ways() == ["Ethernet", "Ethernet"]


def test_the_local_network_and_the_tunnel_stay_reachable() -> None:
    with ipif.changed("Ethernet", None, DisableDefaultRoutes=True):
        assert way(SERVER) == "Ethernet"
        assert way("192.0.2.77") == way("2001:db8:7::77") == "Ethernet"
        row = netioapi.get_best_route(SERVER)
        assert str(row["dwForwardNextHop"]) == "192.0.2.1"
        assert netioapi.get_best_route2(SERVER)[1] == netioapi.get_best_route2("192.0.2.77")[1]


@either_family
def test_a_better_metric_does_not_bind_who_chooses_the_source(family: str) -> None:
    ipif.update_interface("VPN", family, Metric=1)  # type: ignore[arg-type]
    assert way(TARGETS[family]) == "VPN"
    assert way(TARGETS[family], source=OWN[family]) == "Ethernet"


@either_family
def test_disabled_default_routes_do(family: str) -> None:
    ipif.update_interface("Ethernet", family, DisableDefaultRoutes=True)  # type: ignore[arg-type]
    with pytest.raises(ipif.Error) as caught:
        way(TARGETS[family], source=OWN[family])
    assert caught.value.winerror == 1231
    assert way(SERVER, source=OWN["ipv4"]) == "Ethernet"


def test_the_source_address_changes_with_the_way() -> None:
    def sources() -> list[str]:
        return [str(netioapi.get_best_route2(target)[1]) for target in TARGETS.values()]

    assert sources() == ["192.0.2.10", "2001:db8:7::10"]
    with ipif.changed("Ethernet", None, DisableDefaultRoutes=True):
        assert sources() == ["10.8.0.2", "fd00:8::2"]


@either_family
def test_on_the_vpn_itself_the_member_does_the_opposite(family: str) -> None:
    ipif.update_interface("VPN", family, Metric=1)  # type: ignore[arg-type]
    ipif.update_interface("VPN", family, DisableDefaultRoutes=True)  # type: ignore[arg-type]
    assert way(TARGETS[family]) == "Ethernet"


def test_when_the_vpn_goes_while_ethernet_is_disabled_nothing_leads_out(watch: ipif.Watch) -> None:
    with ipif.changed("Ethernet", None, DisableDefaultRoutes=True):
        simulation.remove_interface("VPN")
        for target in TARGETS.values():
            with pytest.raises(ipif.Error) as caught:
                way(target)
            assert caught.value.winerror == 1231
    assert ways() == ["Ethernet", "Ethernet"]
    kinds = [watch.get(30) for _ in range(6)]
    assert [event.type for event in kinds if event] == [0, 0, 2, 2, 0, 0]
