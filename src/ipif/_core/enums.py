"""The enumerations of the SDK that members of MIB_IPINTERFACE_ROW and notifications use.

Made by tools/generate.py: do not edit.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class RouterDiscoveryBehavior(IntEnum):
    """NL_ROUTER_DISCOVERY_BEHAVIOR: whether routers are discovered."""

    __module__ = "ipif"

    Disabled = 0
    Enabled = 1
    Dhcp = 2
    Unchanged = -1


class LinkLocalAddressBehavior(IntEnum):
    """NL_LINK_LOCAL_ADDRESS_BEHAVIOR: whether the interface gets a link-local address."""

    __module__ = "ipif"

    AlwaysOff = 0
    Delayed = 1
    AlwaysOn = 2
    Unchanged = -1


class InterfaceOffload(IntFlag):
    """NL_INTERFACE_OFFLOAD_ROD: the work that the adapter does itself."""

    __module__ = "ipif"

    NlChecksumSupported = 0x01
    NlOptionsSupported = 0x02
    TlDatagramChecksumSupported = 0x04
    TlStreamChecksumSupported = 0x08
    TlStreamOptionsSupported = 0x10
    FastPathCompatible = 0x20
    TlLargeSendOffloadSupported = 0x40
    TlGiantSendOffloadSupported = 0x80


class NotificationType(IntEnum):
    """MIB_NOTIFICATION_TYPE: what happened to an IP interface."""

    __module__ = "ipif"

    ParameterNotification = 0
    AddInstance = 1
    DeleteInstance = 2
    InitialNotification = 3
