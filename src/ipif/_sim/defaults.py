"""Defaults for the members that a snapshot leaves out, as Windows 10 and 11 show them."""

from __future__ import annotations

import uuid

from ipif._core.defaults import BY_FAMILY
from ipif._core.defaults import LOOPBACK as OF_LOOPBACK
from ipif._core.family import NAMES
from ipif._core.fields import ADAPTER_ROW, STORAGE, TABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Row = dict[str, Any]

_EMPTY_ADAPTER: Row = {
    field.name: False if field.kind == "flag" else 0 for field in TABLES[ADAPTER_ROW]
}

ETHERNET, LOOPBACK, WIFI = 6, 24, 71  # IANA ifType
_MEDIA = {ETHERNET: 0, LOOPBACK: 17, 53: 19, WIFI: 16, 131: 15}  # NDIS_MEDIUM
_PHYSICAL_MEDIA = {ETHERNET: 14, WIFI: 9}  # NDIS_PHYSICAL_MEDIUM
_FOREVER = STORAGE["uint32"][1]  # seconds


def complete_adapter(row: Row) -> Row:
    """Return a whole MIB_IF_ROW2 with the members of *row*.

    The defaults are a connected adapter of 1 Gbit/s, of the type that its LUID contains. Where the
    members say that its link is down, all defaults say so.
    """
    kind = row.get("Type", row["InterfaceLuid"] >> 48)
    hardware = kind in _PHYSICAL_MEDIA
    address = row.get("PhysicalAddress", b"")
    # Each of the two says that the link is down, where the other one is missing.
    up = row.get("OperStatus", 1) == 1 and row.get("MediaConnectState", 1) != 2
    full = _EMPTY_ADAPTER | {
        "InterfaceGuid": uuid.UUID(int=row["InterfaceLuid"]),
        "Description": row["Alias"],
        "PhysicalAddress": address,
        "PhysicalAddressLength": len(address),
        "PermanentPhysicalAddress": address,
        "Mtu": 1500,
        "Type": kind,
        "MediaType": _MEDIA.get(kind, 0),
        "PhysicalMediumType": _PHYSICAL_MEDIA.get(kind, 0),
        "AccessType": 1 if kind == LOOPBACK else 2,
        "HardwareInterface": hardware,
        "ConnectorPresent": hardware,
        "NotMediaConnected": not up,
        "OperStatus": 1 if up else 2,
        "AdminStatus": 1,
        "MediaConnectState": 1 if up else 2,
        "NetworkGuid": uuid.UUID(int=0),
        "ConnectionType": 1,
        "TransmitLinkSpeed": 10**9,
        "ReceiveLinkSpeed": 10**9,
    }
    return full | row


def complete_interface(row: Row, adapter: Row) -> Row:
    """Return a whole MIB_IPINTERFACE_ROW with the members of *row*.

    While the metric is automatic, the simulation computes it from the speed of the adapter.
    """
    family = NAMES[row["Family"]]
    loopback = adapter["Type"] == LOOPBACK
    index = adapter["InterfaceIndex"]
    full: Row = {
        "Family": row["Family"],
        "InterfaceLuid": adapter["InterfaceLuid"],
        "InterfaceIndex": index,
        "MaxReassemblySize": 0,
        "InterfaceIdentifier": 0,
        "MinRouterAdvertisementInterval": 200,
        "MaxRouterAdvertisementInterval": 600,
        **{name: values[family] for name, values in BY_FAMILY.items()},
        **(OF_LOOPBACK if loopback else {}),
        "ZoneIndices": (0, index, index) + (1,) * 13,
        "Metric": 75 if loopback else 25,
        "NlMtu": adapter["Mtu"],
        "Connected": adapter["OperStatus"] == 1 and adapter["MediaConnectState"] != 2,
        "SupportsWakeUpPatterns": False,
        "SupportsNeighborDiscovery": not loopback,
        "SupportsRouterDiscovery": not loopback,
        "ReachableTime": 30000,
        "TransmitOffload": 0,
        "ReceiveOffload": 0,
    }
    return full | row


def complete_route(row: Row, adapter: Row) -> Row:
    """Return a whole MIB_IPFORWARD_ROW2 with the members of *row*: a static, on-link route."""
    prefix = row["DestinationPrefix"]
    full: Row = {
        "InterfaceLuid": adapter["InterfaceLuid"],
        "InterfaceIndex": adapter["InterfaceIndex"],
        "DestinationPrefix": prefix,
        "NextHop": type(prefix.network_address)(0),
        "SitePrefixLength": 0,
        "ValidLifetime": _FOREVER,
        "PreferredLifetime": _FOREVER,
        "Metric": 256,
        "Protocol": 3,
        "Loopback": False,
        "AutoconfigureAddress": False,
        "Publish": False,
        "Immortal": True,
        "Age": 0,
        "Origin": 0,
    }
    return full | row


def complete_address(row: Row, adapter: Row) -> Row:
    """Return a whole MIB_UNICASTIPADDRESS_ROW with the members of *row*: a manual address."""
    address = row["Address"]
    scoped = address.version == 6 and address.is_link_local
    full: Row = {
        "Address": address,
        "InterfaceLuid": adapter["InterfaceLuid"],
        "InterfaceIndex": adapter["InterfaceIndex"],
        "PrefixOrigin": 1,
        "SuffixOrigin": 1,
        "ValidLifetime": _FOREVER,
        "PreferredLifetime": _FOREVER,
        "OnLinkPrefixLength": 24 if address.version == 4 else 64,
        "SkipAsSource": False,
        "DadState": 4,
        "ScopeId": adapter["InterfaceIndex"] if scoped else 0,
        "CreationTimeStamp": 0,
    }
    return full | row
