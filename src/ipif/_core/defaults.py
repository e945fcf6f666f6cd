"""The values that members of MIB_IPINTERFACE_ROW have on a fresh Windows 10 or 11.

Only members whose value does not depend on the adapter are listed. Sources: the reference page of
MIB_IPINTERFACE_ROW, that of Set-NetIPInterface, and published listings of ordinary computers.
"""

from __future__ import annotations

#: By member, for each family.
BY_FAMILY: dict[str, dict[str, bool | int]] = {
    "AdvertisingEnabled": {"ipv4": False, "ipv6": False},
    "ForwardingEnabled": {"ipv4": False, "ipv6": False},
    "WeakHostSend": {"ipv4": False, "ipv6": False},
    "WeakHostReceive": {"ipv4": False, "ipv6": False},
    "UseAutomaticMetric": {"ipv4": True, "ipv6": True},
    "UseNeighborUnreachabilityDetection": {"ipv4": True, "ipv6": True},
    "ManagedAddressConfigurationSupported": {"ipv4": True, "ipv6": True},
    "OtherStatefulConfigurationSupported": {"ipv4": True, "ipv6": True},
    "AdvertiseDefaultRoute": {"ipv4": False, "ipv6": False},
    "RouterDiscoveryBehavior": {"ipv4": 2, "ipv6": 1},
    "DadTransmits": {"ipv4": 3, "ipv6": 1},
    "BaseReachableTime": {"ipv4": 30000, "ipv6": 30000},
    "RetransmitTime": {"ipv4": 1000, "ipv6": 1000},
    "PathMtuDiscoveryTimeout": {"ipv4": 600000, "ipv6": 600000},
    "LinkLocalAddressBehavior": {"ipv4": 1, "ipv6": 2},
    "LinkLocalAddressTimeout": {"ipv4": 6500, "ipv6": 0},
    "SitePrefixLength": {"ipv4": 64, "ipv6": 64},
    "DisableDefaultRoutes": {"ipv4": False, "ipv6": False},
}

#: By member, where a loopback adapter has another value, in both families.
LOOPBACK: dict[str, bool | int] = {
    "UseNeighborUnreachabilityDetection": False,
    "DadTransmits": 0,
}
