"""Common jobs, each done on the simulated machine.

They are documentation too: tools/cookbook.py makes docs/guides/cookbook.md from this file. A
comment with dashes begins a chapter, a name becomes a title, a docstring the text below it, and the
fixtures of a job its setup. A job uses public names only, and takes at most 15 lines.
"""

import ast
import inspect
import ipaddress
import json
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread, Timer
from time import monotonic
from typing import Literal

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import simulation
from ipif.types import InterfaceChanges

# ---- The setup


@pytest.fixture
def tunnel():
    """The adapter of a tunnel has just been created; this is its LUID."""
    return simulation.add_interface("Tunnel", Type=53)


@pytest.fixture
def ipv4_tunnel():
    """The adapter of a tunnel without IPv6: its binding is switched off."""
    return simulation.add_interface("Tunnel", Type=53, families=["ipv4"])


@pytest.fixture
def default_route(tunnel):
    """The tunnel has a default route of its own, and the lowest metric."""
    document = simulation.dump()
    document["routes"].append({"InterfaceLuid": int(tunnel), "DestinationPrefix": "0.0.0.0/0"})
    simulation.load(document)
    ipif.update_interface(tunnel, "ipv4", Metric=0)


@pytest.fixture
def booting():
    """The computer is starting: the adapter of the tunnel appears a moment later."""
    timer = Timer(0.1, simulation.add_interface, ["Tunnel"], {"Type": 53})
    timer.start()
    yield
    timer.join()


@pytest.fixture
def plugging_in():
    """An adapter that is down; a moment later it is plugged in again and is up."""

    def plug_in() -> None:
        simulation.remove_interface("OpenVPN Wintun")
        simulation.add_interface("OpenVPN Wintun", Type=53)

    timer = Timer(0.1, plug_in)
    timer.start()
    yield
    timer.join()


@pytest.fixture
def bricked():
    """Forwarding and weak hosts are on, as half a router has them."""
    for family in ("ipv4", "ipv6"):
        ipif.update_interface(
            "Ethernet", family, ForwardingEnabled=True, WeakHostSend=True, WeakHostReceive=True
        )


@pytest.fixture
def quiet():
    """The adapter of a tunnel needs no routers, no DHCP, no duplicate address detection."""
    quiet: InterfaceChanges = {
        "RouterDiscoveryBehavior": ipif.RouterDiscoveryBehavior.Disabled,
        "DadTransmits": 0,
        "ManagedAddressConfigurationSupported": False,
        "OtherStatefulConfigurationSupported": False,
    }
    return quiet


# ---- A tunnel comes up


def test_job_wireguard_tunnel_up(booting, quiet):
    """A tunnel client such as WireGuard's configures its new adapter: quiet, with an MTU of
    its own, and with the lowest metric in the family that has the default route. At the first boot
    the rows may be missing for some seconds.
    """
    quiet["NlMtu"] = 1420
    ipif.wait_for_interface("Tunnel", timeout=30)
    tunnel = {"match": {"alias": "Tunnel"}, "ipv4": {**quiet, "Metric": 0}, "ipv6": quiet}
    ipif.plan({"interfaces": [tunnel]}).apply()

    ipv4, ipv6 = (ipif.get_interface("Tunnel", family) for family in ("ipv4", "ipv6"))
    assert quiet.items() <= ipv4.items()
    assert quiet.items() <= ipv6.items()
    assert (ipv4["UseAutomaticMetric"], ipv4["Metric"]) == (False, 0)
    assert ipv6["UseAutomaticMetric"]


def test_job_initialise_the_families_that_are_there(ipv4_tunnel, quiet):
    """A VPN application such as Mullvad's initialises the families that its adapter has and skips
    the others. Any other error aborts, and then nothing may stay changed.
    """
    wanted = {**quiet, "Metric": 1, "NlMtu": 1380, "when_bound": True}
    tunnel = {"match": {"luid": ipv4_tunnel}, "ipv4": wanted, "ipv6": wanted}
    plan = ipif.plan({"interfaces": [tunnel]})
    assert {change.family for change in plan.apply()} == {"ipv4"}

    plan.revert()
    simulation.bind(ipv4_tunnel, "ipv6")
    simulation.fail("SetIpInterfaceEntry", 8, after=1)  # the second of two
    try:
        ipif.plan({"interfaces": [tunnel]}).apply()
    except ipif.ApplyError as error:
        failed = (error.winerror, error.family)
    assert failed == (8, "ipv6")
    assert ipif.get_interface(ipv4_tunnel, "ipv4")["NlMtu"] == 1500


def test_job_tun_inbound_with_forwarding(tunnel, quiet):
    """A proxy such as sing-box has a TUN inbound: it configures the families that it has addresses
    for, forwards IPv4, and reports which family failed.
    """
    addresses = ["172.19.0.1/30", "fdfe:dcba:9876::1/126"]
    wanted: InterfaceChanges = {**quiet, "Metric": 0, "NlMtu": 9000}
    simulation.fail("SetIpInterfaceEntry", 31, after=1)
    try:
        for version in [ipaddress.ip_interface(address).version for address in addresses]:
            wanted["ForwardingEnabled"] = version == 4
            ipif.update_interface(tunnel, version, **wanted)
    except ipif.Error as error:
        text = str(error)

    assert text.endswith(f"SetIpInterfaceEntry({tunnel!r}, ipv6)")
    assert ipif.get_interface(tunnel, "ipv4")["ForwardingEnabled"]
    assert not ipif.get_interface(tunnel, "ipv6")["ForwardingEnabled"]


def test_job_configure_both_families_and_keep_the_first_error(tunnel):
    """An agent such as Tailscale's configures each family after it has changed addresses and
    routes. The rows that it read before are stale by then, and an error of one family must not
    keep it from the other.
    """
    ipv4: InterfaceChanges = {"Metric": 0, "NlMtu": 1280}
    ipv6: InterfaceChanges = {**ipv4, "DadTransmits": 0, "RouterDiscoveryBehavior": 0}
    simulation.fail("SetIpInterfaceEntry", 87)
    errors: list[ipif.Error] = []
    for family, wanted in ((4, ipv4), (6, ipv6)):
        try:
            ipif.update_interface(tunnel, family, **wanted)  # reads the row itself
        except ipif.FamilyNotBound:
            continue
        except ipif.Error as error:
            errors.append(error)

    assert [(error.family, error.winerror) for error in errors] == [("ipv4", 87)]
    assert ipv6.items() <= ipif.get_interface(tunnel, 6).items()


def test_job_ipv4_required_and_ipv6_optional(tunnel):
    """An overlay network such as NetBird's needs the MTU for IPv4, and removes its device without
    it; when IPv6 refuses it, it goes on with IPv4 alone.
    """

    def start(mtu: int) -> list[str]:
        ipif.update_interface(tunnel, "ipv4", NlMtu=mtu)
        try:
            ipif.update_interface(tunnel, "ipv6", NlMtu=mtu)
        except (ipif.Error, ipif.ValidationError):
            return ["ipv4"]
        return ["ipv4", "ipv6"]

    assert start(1400) == ["ipv4", "ipv6"]
    assert start(1200) == ["ipv4"]  # IPv6 needs 1280
    simulation.elevated(False)
    try:
        start(1400)
    except ipif.AccessDenied:
        simulation.remove_interface(tunnel)  # closes the device
    assert "Tunnel" not in [adapter["Alias"] for adapter in ipif.list_adapters()]


def test_job_metric_without_ipv6(ipv4_tunnel):
    """A library for TUN devices sets one metric for both families; IPv6 may be missing, IPv4 may
    not.
    """
    wanted = {"ipv4": {"Metric": 5}, "ipv6": {"Metric": 5, "when_bound": True}}
    desired = {"interfaces": [{"match": {"alias": "Tunnel"}, **wanted}]}
    ipif.plan(desired).apply()
    row = ipif.get_interface("Tunnel", "ipv4")
    assert (row["Metric"], row["UseAutomaticMetric"]) == (5, False)

    simulation.bind("Tunnel", "ipv6")
    simulation.unbind("Tunnel", "ipv4")
    try:
        ipif.plan(desired)
    except ipif.ValidationError as error:
        [problem] = error.problems
    assert problem.member == "interfaces[0].ipv4"


def test_job_the_demonstration_of_a_driver(tunnel):
    """The example program of a tunnel driver such as WireGuardNT wants one thing: IPv4 with the
    lowest metric and an MTU of 1420.
    """
    before, after = ipif.update_interface(tunnel, "ipv4", Metric=0, NlMtu=1420)

    assert (before["UseAutomaticMetric"], before["NlMtu"]) == (True, 1500)
    assert (after["UseAutomaticMetric"], after["Metric"], after["NlMtu"]) == (False, 0, 1420)


def test_job_an_address_that_is_usable_at_once(tunnel):
    """A VPN client such as Lightway turns duplicate address detection off before it adds its
    address, which would otherwise wait for seconds. It writes nothing that is set already, and a
    failure is only a warning.
    """

    def no_waiting() -> list[ipif.Change] | None:
        desired = {"match": {"luid": tunnel}, "ipv4": {"DadTransmits": 0}}
        try:
            return ipif.plan({"interfaces": [desired]}).apply()
        except ipif.Error as error:
            print(f"The address will take some seconds: {error}")
            return None

    simulation.elevated(False)
    assert no_waiting() is None
    simulation.elevated(True)
    assert no_waiting() == [("Tunnel", "ipv4", "DadTransmits", 3, 0)]
    assert no_waiting() == []  # nothing was written again


# ---- MTU


def test_job_follow_the_mtu_of_the_underlay(tunnel, default_route):
    """A tunnel client leaves 80 bytes of the MTU below to its own headers, and follows when that
    changes: it belongs to the best default route that does not lead through the tunnel itself.
    """

    def follow() -> list[object]:
        ways: list[tuple[int, int]] = []
        for route in ipif.list_routes("ipv4"):
            row = ipif.get_interface(route, "ipv4")
            if route["DestinationPrefix"].prefixlen == 0 and row["InterfaceLuid"] != tunnel:
                ways.append((route["Metric"] + row["Metric"], row["NlMtu"]))
        mtu = {"match": {"luid": tunnel}, "ipv4": {"NlMtu": max(min(ways)[1] - 80, 576)}}
        return [change.after for change in ipif.plan({"interfaces": [mtu]}).apply()]

    assert follow() == [1420]
    with ipif.watch("ipv4") as watch:
        ipif.update_interface("Wi-Fi", "ipv4", Metric=1, NlMtu=1400)  # another program
        assert watch.get(timeout=30)
        assert follow() == [1320]
        assert follow() == []  # nothing was written again


def test_job_mtu_through_a_broker(tunnel):
    """A client without privileges, such as OpenVPN's, sends index, family and MTU to its service.
    The answer is a text with interface and family; an IPv6 MTU below 1280 gives a warning.
    """

    def serve(message: str) -> str:
        wanted = json.loads(message)
        try:
            ipif.update_interface(wanted["index"], wanted["family"], NlMtu=wanted["mtu"])
        except (ipif.Error, ipif.ValidationError) as error:
            return str(error)
        return "done"

    wanted = {"index": tunnel.index, "family": "ipv6", "mtu": 1400}
    assert serve(json.dumps(wanted)) == "done"
    assert serve(json.dumps({**wanted, "mtu": 1200})).startswith("NlMtu = 1200: outside 1280..")
    assert serve(json.dumps({**wanted, "index": 99})).endswith("GetIpInterfaceEntry(99, ipv6)")
    assert ipif.get_interface(tunnel, "ipv6")["NlMtu"] == 1400


def test_job_mtu_as_a_property(booting):
    """A Python program with a TUN device offers its MTU as a property, also just after the device
    was created, when its rows do not exist yet.
    """

    class Tun:
        def __init__(self, name: str, family: Literal["ipv4", "ipv6"]) -> None:
            rows = ipif.wait_for_interface(name, family, timeout=30)
            self.key = (rows[family], family)

        @property
        def mtu(self) -> int:
            return ipif.get_interface(*self.key)["NlMtu"]

        @mtu.setter
        def mtu(self, value: int) -> None:
            ipif.update_interface(*self.key, NlMtu=value)

    tun = Tun("Tunnel", "ipv6")
    tun.mtu = 1280
    assert tun.mtu == 1280


def test_job_the_first_alias_that_appears(booting):
    """A helper script for a mesh VPN such as tinc knows some names that its adapter may have, waits
    15 seconds for one of them to set its MTU, and returns the reason when that fails.
    """

    def set_mtu(aliases: list[str], mtu: int, seconds: float) -> str:
        end = monotonic() + seconds
        with ipif.watch("ipv4") as watch:
            while True:
                for alias in aliases:
                    try:
                        ipif.update_interface(alias, "ipv4", NlMtu=mtu)
                        return f"{alias} has it"
                    except (ipif.InterfaceNotFound, ipif.FamilyNotBound) as error:
                        reason = error.hint
                if monotonic() > end:
                    return reason
                watch.get(timeout=0.5)

    assert set_mtu(["tinc", "Tunnel"], 1280, seconds=30) == "Tunnel has it"
    assert set_mtu(["tinc"], 1280, seconds=0).startswith("No interface has this")


# ---- Waiting


def test_job_wait_until_the_adapter_is_up(plugging_in):
    """A service starts before its adapter is up, and waits for it: it looks at each notification
    and every ten seconds anyway, until a timeout.
    """

    def wait_until_up(alias: str, seconds: float) -> None:
        end = monotonic() + seconds
        with ipif.watch() as watch:  # first, so that no change is missed
            while alias not in [x["Alias"] for x in ipif.list_adapters() if x["OperStatus"] == 1]:
                if monotonic() > end:
                    raise TimeoutError(f"{alias} is not up after {seconds} s")
                watch.get(timeout=min(seconds, 10))

    wait_until_up("OpenVPN Wintun", 30)
    wait_until_up("OpenVPN Wintun", 0)  # it is up already
    try:
        wait_until_up("Bluetooth Network Connection", 0.1)
    except TimeoutError as error:
        text = str(error)
    assert text == "Bluetooth Network Connection is not up after 0.1 s"


# ---- Temporary changes


def test_job_lowest_metric_until_disconnect(tunnel):
    """A VPN client such as OpenVPN makes Windows ask its own DNS servers first by a low metric, and
    restores exactly the earlier values when it disconnects; it knows its adapter by the index.
    """
    ipif.update_interface(tunnel, "ipv6", Metric=70)  # the choice of the user

    def metrics() -> list[tuple[int, bool]]:
        rows = [ipif.get_interface(tunnel, family) for family in ("ipv4", "ipv6")]
        return [(row["Metric"], row["UseAutomaticMetric"]) for row in rows]

    assert metrics() == [(25, True), (70, False)]
    with ipif.changed(tunnel.index, None, Metric=3):  # None: every family that is bound
        assert metrics() == [(3, False), (3, False)]
    assert metrics() == [(25, True), (70, False)]


def test_job_lowest_metric_and_back_to_automatic(tunnel):
    """A VPN application such as Proton's gives its adapter a low metric, and later leaves it to
    Windows again.
    """
    before, after = ipif.update_interface(tunnel, "ipv4", Metric=4)
    assert (after["Metric"], after["UseAutomaticMetric"]) == (4, False)

    _, after = ipif.update_interface(tunnel, "ipv4", UseAutomaticMetric=True)
    assert (after["Metric"], after["UseAutomaticMetric"]) == (before["Metric"], True)


# ---- Watching and guarding


def test_job_forwarding_alarm():
    """A VPN application warns when another program makes the computer forward packets past the
    tunnel. A notification names a row only, and the row may be gone when it is looked at.
    """
    alarms: SimpleQueue[str | None] = SimpleQueue()

    def listen(watch: ipif.Watch) -> None:
        for event in watch:  # until it is closed
            with suppress(ipif.InterfaceNotFound, ipif.FamilyNotBound):
                if ipif.get_interface(event.luid, event.family)["ForwardingEnabled"]:
                    alarms.put(event.luid.alias)

    with ipif.watch() as watch:
        thread = Thread(target=listen, args=[watch])
        thread.start()
        simulation.remove_interface("HMA VPN")
        ipif.update_interface("Wi-Fi", "ipv4", ForwardingEnabled=True)
        assert alarms.get(timeout=30) == "Wi-Fi"
        watch.close()  # leaving the block will close it again, which does no harm
    thread.join()


def test_job_always_on_vpn_guard():
    """The administrator of an always-on VPN wants its metric to be 1 for as long as it runs,
    although Windows now and then makes it automatic again; and wants to know how often.
    """
    vpn = {"match": {"alias": "HMA VPN"}, "ipv4": {"UseAutomaticMetric": False, "Metric": 1}}
    reverted: list[list[ipif.Change]] = []
    with (
        ipif.guard({"interfaces": [vpn]}, on_revert=reverted.append, interval=0.05) as guard,
        ipif.watch("ipv4") as watch,
    ):
        for _ in range(3):
            ipif.update_interface("HMA VPN", "ipv4", UseAutomaticMetric=True)  # Windows
            assert watch.get(timeout=30)
            assert watch.get(timeout=30)  # the guard
            assert ipif.get_interface("HMA VPN", "ipv4")["Metric"] == 1

    assert (guard.reverts, guard.applied, guard.errors) == (3, 3, 0)
    assert ("HMA VPN", "ipv4", "Metric", 5, 1) in reverted[0]


# ---- Fleets


def test_job_desired_state_of_a_storage_adapter():
    """A fleet is configured by desired states, as with PowerShell DSC: the adapters for iSCSI get
    jumbo frames and a high metric, the test lists each property that differs, a second run sets
    nothing, and a desired 0 is applied like any other value.
    """
    simulation.add_interface("iSCSI 1")
    wanted = {"UseAutomaticMetric": False, "Metric": 254, "NlMtu": 9000, "DadTransmits": 0}
    desired = {"interfaces": [{"match": {"alias": "iSCSI*"}, "expect": "some", "ipv4": wanted}]}
    plan = ipif.plan(desired)
    assert str(plan).splitlines() == [
        "iSCSI 1 ipv4 UseAutomaticMetric: True -> False",
        "iSCSI 1 ipv4 DadTransmits: 3 -> 0",
        "iSCSI 1 ipv4 Metric: 25 -> 254",
        "iSCSI 1 ipv4 NlMtu: 1500 -> 9000",
    ]
    plan.apply(verify=True)
    assert not ipif.plan(desired)
    assert wanted.items() <= ipif.get_interface("iSCSI 1", "ipv4").items()


def test_job_repair_a_half_router(bricked):
    """Support has to repair a computer that was turned into half a router: forwarding and
    the weak host model off, in both families, on every interface with a default route.
    """
    off = {"ForwardingEnabled": False, "WeakHostSend": False, "WeakHostReceive": False}
    off["when_bound"] = True
    owners = {
        route["InterfaceLuid"]
        for route in ipif.list_routes()
        if route["DestinationPrefix"].prefixlen == 0
    }
    entries = [{"match": {"luid": luid}, "ipv4": off, "ipv6": off} for luid in owners]
    made = ipif.plan({"interfaces": entries}).apply()

    assert len(made) == 6
    assert not any(row["ForwardingEnabled"] for row in ipif.list_interfaces())


# ---- The length


JOBS = [job for name, job in globals().items() if name.startswith("test_job_")]


@pytest.mark.parametrize("job", JOBS, ids=[job.__name__ for job in JOBS])
def test_it_is_short(job):
    lines, _ = inspect.getsourcelines(job)
    [function] = ast.parse("".join(lines)).body
    docstring, *_ = function.body
    body = [line for line in lines[docstring.end_lineno :] if line.strip()]
    assert len(body) <= 15
