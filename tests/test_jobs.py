"""The jobs that people come for, each played on the simulated machine.

docs/cookbook.md is made from this file by tools/cookbook.py: a line of dashes begins a chapter, a
docstring is the text of a recipe, and the fixtures are its scene. A job takes at most 15 lines.
"""

import ast
import inspect
import ipaddress
import json
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread, Timer
from time import monotonic

import pytest

import ipif
from ipif import simulation

# ---- The scenes


@pytest.fixture
def tunnel():
    """The adapter of a tunnel has just been created; this is its LUID."""
    return simulation.add_interface("Tunnel", Type=53)


@pytest.fixture
def ipv4_tunnel():
    """The adapter of a tunnel, on a computer where somebody has switched IPv6 off for it."""
    return simulation.add_interface("Tunnel", Type=53, families=["ipv4"])


@pytest.fixture
def full_tunnel(tunnel):
    """The tunnel has a default route of its own, and the lowest metric."""
    world = simulation.dump()
    world["routes"].append({"InterfaceLuid": tunnel, "DestinationPrefix": "0.0.0.0/0"})
    simulation.load(world)
    ipif.update_interface(tunnel, "ipv4", Metric=0)
    return tunnel


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

    def plug_in():
        simulation.remove_interface("OpenVPN Wintun")
        simulation.add_interface("OpenVPN Wintun", Type=53)

    timer = Timer(0.1, plug_in)
    timer.start()
    yield
    timer.join()


@pytest.fixture
def bricked():
    """Somebody has turned the computer into half a router."""
    for family in ("ipv4", "ipv6"):
        ipif.update_interface(
            "Ethernet", family, ForwardingEnabled=True, WeakHostSend=True, WeakHostReceive=True
        )


@pytest.fixture
def quiet():
    """What the adapter of a tunnel does not need: routers, DHCP, duplicate address detection."""
    return {
        "RouterDiscoveryBehavior": ipif.RouterDiscoveryBehavior.Disabled,
        "DadTransmits": 0,
        "ManagedAddressConfigurationSupported": False,
        "OtherStatefulConfigurationSupported": False,
    }


# ---- A tunnel comes up


def test_job_wireguard_tunnel_up(booting, quiet):
    """A tunnel client in the manner of WireGuard configures its new adapter: quiet, with an MTU of
    its own, and with the lowest metric in the family that has the default route. At the first boot
    the rows may be missing for some seconds.
    """
    quiet["NlMtu"] = 1420
    ipif.wait_for_interface("Tunnel", timeout=15)
    tunnel = {"match": {"alias": "Tunnel"}, "ipv4": {**quiet, "Metric": 0}, "ipv6": quiet}
    ipif.plan({"interfaces": [tunnel]}).apply()

    ipv4, ipv6 = (ipif.get_interface("Tunnel", family) for family in ("ipv4", "ipv6"))
    assert quiet.items() <= ipv4.items()
    assert quiet.items() <= ipv6.items()
    assert (ipv4["UseAutomaticMetric"], ipv4["Metric"]) == (False, 0)
    assert ipv6["UseAutomaticMetric"]


def test_job_initialise_the_families_that_are_there(ipv4_tunnel, quiet):
    """A VPN application such as Mullvad's initialises the families that its adapter has and skips
    the others. Any other error aborts, and then nothing may stay half done.
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
        assert (error.winerror, error.family) == (8, "ipv6")
    assert ipif.get_interface(ipv4_tunnel, "ipv4")["NlMtu"] == 1500


def test_job_tun_inbound_with_forwarding(tunnel, quiet):
    """A proxy such as sing-box has a TUN inbound: it configures the families that it has addresses
    for, forwards IPv4, and tells its user which family went wrong.
    """
    addresses = ["172.19.0.1/30", "fdfe:dcba:9876::1/126"]
    wanted = {4: {**quiet, "ForwardingEnabled": True}, 6: quiet}
    simulation.fail("SetIpInterfaceEntry", 31, after=1)
    try:
        for version in [ipaddress.ip_interface(address).version for address in addresses]:
            ipif.update_interface(tunnel, version, Metric=0, NlMtu=9000, **wanted[version])
    except ipif.Error as error:
        text = str(error)

    assert text.endswith(f"SetIpInterfaceEntry({tunnel!r}, ipv6)")
    assert ipif.get_interface(tunnel, "ipv4")["ForwardingEnabled"]
    assert not ipif.get_interface(tunnel, "ipv6")["ForwardingEnabled"]


def test_job_configure_both_families_and_keep_the_first_error(tunnel):
    """An agent such as Tailscale's sets what each family needs after it has changed addresses and
    routes. The rows that it read before are stale by then, and an error of one family must not
    keep it from the other.
    """
    wanted = {4: {"Metric": 0, "NlMtu": 1280}}
    wanted[6] = {**wanted[4], "DadTransmits": 0, "RouterDiscoveryBehavior": 0}
    simulation.fail("SetIpInterfaceEntry", 87)
    errors = []
    for family in (4, 6):
        try:
            ipif.update_interface(tunnel, family, **wanted[family])  # reads the row itself
        except ipif.FamilyNotBound:
            continue
        except ipif.Error as error:
            errors.append(error)

    assert [(error.family, error.winerror) for error in errors] == [("ipv4", 87)]
    assert wanted[6].items() <= ipif.get_interface(tunnel, 6).items()


def test_job_ipv4_is_a_must_and_ipv6_is_a_wish(tunnel):
    """An overlay network such as NetBird's needs the MTU for IPv4, and gives its device up without
    it; when IPv6 does not take it, it goes on with IPv4 alone.
    """

    def start(mtu):
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
    assert "Tunnel" not in [link["Alias"] for link in ipif.list_links()]


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
    address, which else waits for seconds. It sets nothing that is so already, and a failure is
    worth a warning only.
    """

    def no_waiting():
        desired = {"match": {"luid": tunnel}, "ipv4": {"DadTransmits": 0}}
        try:
            return ipif.plan({"interfaces": [desired]}).apply()
        except ipif.Error as error:
            print(f"The address will take some seconds: {error}")

    simulation.elevated(False)
    assert no_waiting() is None
    simulation.elevated(True)
    assert no_waiting() == [("Tunnel", "ipv4", "DadTransmits", 3, 0)]
    assert no_waiting() == []  # there was no second Set


# ---- MTU


def test_job_follow_the_mtu_of_the_underlay(full_tunnel):
    """A tunnel client leaves 80 bytes of the MTU below for its own headers, and follows when the
    way out changes: the best default route that does not lead through the tunnel itself.
    """

    def follow():
        rows = {row["InterfaceLuid"]: row for row in ipif.list_interfaces("ipv4")}
        ways = []
        for route in ipif.list_routes("ipv4"):
            row = rows.get(route["InterfaceLuid"], {"Connected": False})
            if row["Connected"] and route["DestinationPrefix"].prefixlen == 0:
                ways.append((row["InterfaceLuid"] == full_tunnel, route["Metric"] + row["Metric"], row["NlMtu"]))
        mtu = max(min(ways)[2] - 80, 576)
        ipif.plan({"interfaces": [{"match": {"luid": full_tunnel}, "ipv4": {"NlMtu": mtu}}]}).apply()
        return mtu

    with ipif.watch("ipv4") as watch:
        assert follow() == 1420


def test_job_mtu_through_a_broker(tunnel):
    """A client without privileges, such as OpenVPN's, sends index, family and MTU to its service.
    The answer is a text that names interface and family; an IPv6 MTU below 1280 is worth a warning.
    """

    def serve(message):
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
    """A Python program with a TUN device, such as one that talks to telephones, wants its MTU as a
    property, also in the moment after the device was created, when its rows are not there yet.
    """

    class Tun:
        def __init__(self, name, family):
            rows = ipif.wait_for_interface(name, family, timeout=10)
            self.key = (rows[family], family)

        @property
        def mtu(self):
            return ipif.get_interface(*self.key)["NlMtu"]

        @mtu.setter
        def mtu(self, value):
            ipif.update_interface(*self.key, NlMtu=value)

    tun = Tun("Tunnel", "ipv6")
    tun.mtu = 1280
    assert tun.mtu == 1280


def test_job_the_first_alias_that_appears(booting):
    """A helper script for a mesh VPN such as tinc knows some names that its adapter may have, waits
    15 seconds for one of them, and returns the reason when it cannot set the MTU.
    """

    def set_mtu(aliases, mtu, seconds):
        end = monotonic() + seconds
        with ipif.watch("ipv4") as watch:
            while True:
                for alias in aliases:
                    try:
                        return ipif.update_interface(alias, "ipv4", NlMtu=mtu)[1]["NlMtu"]
                    except (ipif.InterfaceNotFound, ipif.FamilyNotBound) as error:
                        reason = str(error)
                if monotonic() > end:
                    return reason
                watch.get(timeout=0.5)

    assert set_mtu(["tinc", "Tunnel"], 1280, seconds=15) == 1280
    assert set_mtu(["tinc"], 1280, seconds=0).endswith("ConvertInterfaceAliasToLuid('tinc', ipv4)")
