"""What type checkers accept and what they refuse in programs that use ipif; it is never run.

tools/lint.py checks it with mypy and basedpyright, both strict. Where a checker is to find an
error, the line tells it to ignore that error; a comment that ignores nothing is an error itself.
"""

import ipaddress
import socket
import uuid
from typing import assert_type

import pytest

import ipif
from ipif import netioapi, simulation
from ipif.pytest_plugin import Machine
from ipif.types import MIB_IF_ROW2, MIB_IPFORWARD_ROW2, MIB_IPINTERFACE_ROW, InterfaceChanges

# ---- Rows


def read_rows() -> None:
    row = ipif.get_interface("Ethernet", "ipv4")
    assert_type(row, MIB_IPINTERFACE_ROW)
    assert_type(row["NlMtu"], int)
    assert_type(row["UseAutomaticMetric"], bool)
    assert_type(row["ZoneIndices"], tuple[int, ...])
    print(row["NlMut"])  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownArgumentType]
    row["NlMtu"] = "1400"  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
    assert_type(ipif.list_interfaces(), list[MIB_IPINTERFACE_ROW])
    assert_type(ipif.list_interfaces("ipv6"), list[MIB_IPINTERFACE_ROW])
    assert_type(ipif.list_adapters(), list[MIB_IF_ROW2])
    assert_type(ipif.get_adapter(13)["Alias"], str)
    assert_type(ipif.get_adapter(13)["InterfaceGuid"], uuid.UUID)
    assert_type(ipif.best_route("8.8.8.8"), MIB_IPFORWARD_ROW2)
    for candidate in ipif.explain_route("8.8.8.8"):
        assert_type(candidate.metric, int | None)
        assert_type(candidate.route["Metric"], int)


def name_interfaces_and_families() -> None:
    row = ipif.get_interface(13, 4)
    ipif.get_interface("Ethernet", socket.AF_INET6)
    ipif.get_interface(uuid.uuid4(), "IPv6")
    ipif.get_interface(ipif.Luid(1), 6)
    ipif.get_interface(row, "ipv4")
    ipif.get_interface(ipaddress.ip_address("192.0.2.1"), "ipv4")
    ipif.get_interface(1.5, "ipv4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ipif.get_interface("Ethernet", "ip4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ipif.get_interface("Ethernet", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ipif.get_interface("Ethernet")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


# ---- Changes


def change_members(row: MIB_IPINTERFACE_ROW) -> None:
    before, after = ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400)
    assert_type(before["Metric"], int)
    assert_type(after, MIB_IPINTERFACE_ROW)
    both = ipif.update_interface("Ethernet", None, DadTransmits=0)
    assert_type(both["ipv4"], tuple[MIB_IPINTERFACE_ROW, MIB_IPINTERFACE_ROW])
    ipif.update_interface("Ethernet", 6, RouterDiscoveryBehavior="Disabled")
    ipif.update_interface(
        "Ethernet", 6, RouterDiscoveryBehavior=ipif.RouterDiscoveryBehavior.Disabled
    )
    ipif.update_interface("Ethernet", "ipv4", Mertic=10)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    ipif.update_interface("Ethernet", "ipv4", NlMtu="1400")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    ipif.update_interface("Ethernet", "ipv4", Connected=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    ipif.update_interface("Ethernet", "ipv4", UseAutomaticMetric="off")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    ipif.set_interface(row)
    ipif.set_interface("Ethernet")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def changes_in_a_variable() -> None:
    changes: InterfaceChanges = {"Metric": 10, "UseAutomaticMetric": False}
    ipif.update_interface("Ethernet", "ipv4", **changes)
    changes["NlMtu"] = 1400
    changes["Connected"] = True  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportGeneralTypeIssues]
    wrong: InterfaceChanges = {"Mertic": 10}  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportAssignmentType]
    ipif.update_interface("Ethernet", "ipv4", **wrong)


def temporary_changes() -> None:
    with ipif.changed("Ethernet", "ipv4", NlMtu=1400) as rows:
        assert_type(rows["ipv4"], MIB_IPINTERFACE_ROW)
    with ipif.changed("Ethernet", None, NlMtu=1400) as rows:
        assert_type(rows, dict[str, MIB_IPINTERFACE_ROW])
    with ipif.changed("Ethernet", "ipv4", Mtu=1400):  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        pass


def transactions() -> None:
    plan = ipif.plan({"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 5}}]})
    for change in plan.apply(verify=True):
        assert_type(change, ipif.Change)
    plan.revert()
    ipif.plan("Ethernet")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with ipif.guard({"interfaces": []}, on_revert=print) as guard:
        assert_type(guard.reverts, int)
    ipif.guard({"interfaces": []}, on_revert="print")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def problems() -> None:
    for problem in ipif.validate({"NlMtu": 1}, family="ipv4"):
        assert_type(problem, ipif.Problem)
        assert_type(problem.advice, str)
    try:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    except ipif.ValidationError as error:
        assert_type(error.problems, list[ipif.Problem])
    except ipif.AccessDenied as error:
        assert_type(error.winerror, int | None)
        assert_type(error.hint, str)


# ---- Notifications


def events() -> None:
    with ipif.watch("ipv4") as watch:
        assert_type(watch, ipif.Watch[ipif.Event])
        for event in watch:
            assert_type(event, ipif.Event)
            assert_type(event.luid.index, int)
            assert_type(event.alias, str | None)
        assert_type(watch.get(), ipif.Event)
        assert_type(watch.get(timeout=5), ipif.Event | None)
        print(watch.get(timeout=5).luid)  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
        watch.get(timeout="5")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    with ipif.watch_routes() as routes:
        assert_type(next(routes), ipif.RouteEvent)
    with ipif.watch_addresses() as addresses:
        assert_type(next(addresses), ipif.AddressEvent)
        print(next(addresses).destination)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]


async def events_of_asyncio() -> None:
    async with ipif.watch() as watch:
        async for event in watch:
            assert_type(event.type, ipif.NotificationType)
    async for change in ipif.watch_addresses():
        assert_type(change.address, ipaddress.IPv4Address | ipaddress.IPv6Address)
    await ipif.wait_for_interface("VPN", timeout=5)  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    rows = await ipif.wait_for_interface_async("VPN", timeout=5)
    assert_type(rows["ipv4"], MIB_IPINTERFACE_ROW)


# ---- The raw API, the simulation, the pytest plugin


def raw_functions() -> None:
    row = netioapi.get_ip_interface_entry(socket.AF_INET, index=13)
    assert_type(row, MIB_IPINTERFACE_ROW)
    initialized = netioapi.initialize_ip_interface_entry()
    assert_type(initialized["NlMtu"], int | None)
    netioapi.get_ip_interface_entry("ipv4", index=13)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    netioapi.get_ip_interface_entry(socket.AF_INET, alias="Ethernet")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def fields() -> None:
    for field in ipif.FIELDS:
        assert_type(field.name, str)
        assert_type(field.powershell, str | None)
        field.name = "NlMtu"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def simulated() -> None:
    assert_type(simulation.add_interface("VPN", families=["ipv4"]), ipif.Luid)
    simulation.set_link("VPN", up=True)
    simulation.set_link("VPN", True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    simulation.fail("SetIpInterfaceEntry", "5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.ipif_machine("lab.json")
def a_test(ipif_machine: Machine) -> None:
    assert_type(ipif_machine.calls()["SetIpInterfaceEntry"], int)
    assert_type(ipif_machine.add_interface("VPN"), ipif.Luid)
    ipif_machine.load({"ipif_snapshot": 1})
    ipif_machine.fail("SetIpInterfaceEntry", 5, times=2)
    ipif_machine.fail("SetIpInterfaceEntry", "5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ipif_machine.elevated("no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
