"""The enumerations of the SDK that members of rows, and notifications, have.

Made by tools/generate.py: do not edit.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class RouterDiscoveryBehavior(IntEnum):
    """NL_ROUTER_DISCOVERY_BEHAVIOR: whether routers are discovered.

    Example:
        >>> import ipif
        >>> row = ipif.get_interface("Ethernet", "ipv4")
        >>> ipif.RouterDiscoveryBehavior(row["RouterDiscoveryBehavior"]).name
        'Dhcp'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_ipinterface_row
    """

    __module__ = "ipif"

    Disabled = 0
    Enabled = 1
    Dhcp = 2
    Unchanged = -1


class LinkLocalAddressBehavior(IntEnum):
    """NL_LINK_LOCAL_ADDRESS_BEHAVIOR: whether the interface gets a link-local address.

    Example:
        >>> import ipif
        >>> row = ipif.get_interface("Ethernet", "ipv6")
        >>> ipif.LinkLocalAddressBehavior(row["LinkLocalAddressBehavior"]).name
        'AlwaysOn'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_ipinterface_row
    """

    __module__ = "ipif"

    AlwaysOff = 0
    Delayed = 1
    AlwaysOn = 2
    Unchanged = -1


class InterfaceOffload(IntFlag):
    """NL_INTERFACE_OFFLOAD_ROD: the work that the adapter does itself.

    Example:
        >>> import ipif
        >>> row = ipif.get_interface("Ethernet", "ipv4")
        >>> offload = ipif.InterfaceOffload(row["TransmitOffload"])
        >>> ipif.InterfaceOffload.NlChecksumSupported in offload
        False

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_ipinterface_row
    """

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
    """MIB_NOTIFICATION_TYPE: what happened to an IP interface.

    Example:
        >>> import ipif
        >>> ipif.NotificationType(1).name
        'AddInstance'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """

    __module__ = "ipif"

    ParameterNotification = 0
    AddInstance = 1
    DeleteInstance = 2
    InitialNotification = 3


class IfType(IntEnum):
    """IANA ifType: the kind of an adapter; only those that Windows uses have a name.

    Example:
        >>> import ipif
        >>> row = ipif.get_adapter("Wi-Fi")
        >>> ipif.IfType(row["Type"]).name
        'WiFi'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_if_row2
    """

    __module__ = "ipif"

    Other = 1
    Ethernet = 6
    TokenRing = 9
    Ppp = 23
    Loopback = 24
    Atm = 37
    Virtual = 53
    WiFi = 71
    Tunnel = 131
    Firewire = 144
    WiMax = 237
    Wwan = 243
    Wwan2 = 244


class IfOperStatus(IntEnum):
    """IF_OPER_STATUS: whether an adapter works.

    Example:
        >>> import ipif
        >>> row = ipif.get_adapter("Wi-Fi")
        >>> ipif.IfOperStatus(row["OperStatus"]).name
        'Up'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_if_row2
    """

    __module__ = "ipif"

    Up = 1
    Down = 2
    Testing = 3
    Unknown = 4
    Dormant = 5
    NotPresent = 6
    LowerLayerDown = 7


class IfAdminStatus(IntEnum):
    """NET_IF_ADMIN_STATUS: whether an adapter is switched on.

    Example:
        >>> import ipif
        >>> row = ipif.get_adapter("Wi-Fi")
        >>> ipif.IfAdminStatus(row["AdminStatus"]).name
        'Up'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_if_row2
    """

    __module__ = "ipif"

    Up = 1
    Down = 2
    Testing = 3


class MediaConnectState(IntEnum):
    """NET_IF_MEDIA_CONNECT_STATE: whether a cable or network is connected.

    Example:
        >>> import ipif
        >>> row = ipif.get_adapter("Wi-Fi")
        >>> ipif.MediaConnectState(row["MediaConnectState"]).name
        'Connected'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_if_row2
    """

    __module__ = "ipif"

    Unknown = 0
    Connected = 1
    Disconnected = 2


class RouteProtocol(IntEnum):
    """NL_ROUTE_PROTOCOL: what made a route.

    Example:
        >>> import ipif
        >>> row = ipif.best_route("8.8.8.8")
        >>> ipif.RouteProtocol(row["Protocol"]).name
        'NetMgmt'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_ipforward_row2
    """

    __module__ = "ipif"

    Other = 1
    Local = 2
    NetMgmt = 3
    Icmp = 4
    Egp = 5
    Ggp = 6
    Hello = 7
    Rip = 8
    IsIs = 9
    EsIs = 10
    Cisco = 11
    Bbn = 12
    Ospf = 13
    Bgp = 14
    Idpr = 15
    Eigrp = 16
    Dvmrp = 17
    Rpl = 18
    Dhcp = 19
    NtAutostatic = 10002
    NtStatic = 10006
    NtStaticNonDod = 10007


class RouteOrigin(IntEnum):
    """NL_ROUTE_ORIGIN: where a route comes from.

    Example:
        >>> import ipif
        >>> row = ipif.best_route("8.8.8.8")
        >>> ipif.RouteOrigin(row["Origin"]).name
        'Dhcp'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_ipforward_row2
    """

    __module__ = "ipif"

    Manual = 0
    WellKnown = 1
    Dhcp = 2
    RouterAdvertisement = 3
    SixToFour = 4


class PrefixOrigin(IntEnum):
    """NL_PREFIX_ORIGIN: where the prefix of an address comes from.

    Example:
        >>> import ipif
        >>> row = ipif.list_addresses("ipv4")[0]
        >>> ipif.PrefixOrigin(row["PrefixOrigin"]).name
        'WellKnown'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_unicastipaddress_row
    """

    __module__ = "ipif"

    Other = 0
    Manual = 1
    WellKnown = 2
    Dhcp = 3
    RouterAdvertisement = 4
    Unchanged = 16


class SuffixOrigin(IntEnum):
    """NL_SUFFIX_ORIGIN: where the rest of an address comes from.

    Example:
        >>> import ipif
        >>> row = ipif.list_addresses("ipv4")[0]
        >>> ipif.SuffixOrigin(row["SuffixOrigin"]).name
        'WellKnown'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_unicastipaddress_row
    """

    __module__ = "ipif"

    Other = 0
    Manual = 1
    WellKnown = 2
    Dhcp = 3
    LinkLayerAddress = 4
    Random = 5
    Unchanged = 16


class DadState(IntEnum):
    """NL_DAD_STATE: the state of an address in duplicate address detection.

    Example:
        >>> import ipif
        >>> row = ipif.list_addresses("ipv4")[0]
        >>> ipif.DadState(row["DadState"]).name
        'Preferred'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_unicastipaddress_row
    """

    __module__ = "ipif"

    Invalid = 0
    Tentative = 1
    Duplicate = 2
    Deprecated = 3
    Preferred = 4
