"""The types of rows and arguments.

Made by tools/generate.py: do not edit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, SupportsIndex, TypeAlias, TypedDict

Interface: TypeAlias = (
    SupportsIndex | str | uuid.UUID | Mapping[str, object] | IPv4Address | IPv6Address | bytes
)
"""An index, an alias, a GUID, an ipif.Luid (an int), any row, an address of the adapter, or the
bytes of its hardware address."""

Family: TypeAlias = SupportsIndex | Literal["ipv4", "ipv6", "IPv4", "IPv6"]
"""socket.AF_INET or socket.AF_INET6, 4 or 6, or a name."""

Address: TypeAlias = str | IPv4Address | IPv6Address
"""An IP address, as text or as an object."""


class MIB_IPINTERFACE_ROW(TypedDict):
    """A MIB_IPINTERFACE_ROW."""

    Family: int
    """IP family of the row; with the LUID or the index it names the row.

    - Access: names the row
    - PowerShell: AddressFamily
    - netsh: none
    """
    InterfaceLuid: int
    """Locally unique identifier; stays when the adapter is restarted; used before the index.

    - Access: names the row
    - PowerShell: none
    - netsh: none
    """
    InterfaceIndex: int
    """Interface index; can change when the adapter is disabled and enabled.

    - Access: names the row
    - PowerShell: InterfaceIndex
    - netsh: none
    """
    MaxReassemblySize: int
    """Largest reassembled datagram; reserved, reads 0.

    - Unit: bytes
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    InterfaceIdentifier: int
    """Interface identifier; reserved, reads 0.

    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    MinRouterAdvertisementInterval: int
    """Shortest time between router advertisements.

    - Unit: ms
    - Family: IPv6 only
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    MaxRouterAdvertisementInterval: int
    """Longest time between router advertisements.

    - Unit: ms
    - Family: IPv6 only
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    AdvertisingEnabled: bool
    """Send router advertisements.

    - Default: False
    - PowerShell: Advertising
    - netsh: advertise
    """
    ForwardingEnabled: bool
    """Forward packets that are not addressed to this computer.

    - Default: False
    - PowerShell: Forwarding
    - netsh: forwarding
    """
    WeakHostSend: bool
    """Send packets whose source address belongs to another interface.

    - Default: False
    - PowerShell: WeakHostSend
    - netsh: weakhostsend
    """
    WeakHostReceive: bool
    """Accept packets whose destination address belongs to another interface.

    - Default: False
    - PowerShell: WeakHostReceive
    - netsh: weakhostreceive
    """
    UseAutomaticMetric: bool
    """Compute Metric from the speed of the adapter.

    - Default: True
    - PowerShell: AutomaticMetric
    - netsh: none
    """
    UseNeighborUnreachabilityDetection: bool
    """Check by probes that neighbours are reachable.

    - Default: True; False on loopback adapters
    - PowerShell: NeighborUnreachabilityDetection
    - netsh: nud
    """
    ManagedAddressConfigurationSupported: bool
    """Addresses come from DHCP (the M flag of router advertisements).

    - Default: True
    - PowerShell: ManagedAddressConfiguration
    - netsh: managedaddress
    """
    OtherStatefulConfigurationSupported: bool
    """Other settings come from DHCP (the O flag of router advertisements).

    - Default: True
    - PowerShell: OtherStatefulConfiguration
    - netsh: otherstateful
    """
    AdvertiseDefaultRoute: bool
    """Advertise this computer as a default router; needs AdvertisingEnabled.

    - Family: IPv6 only
    - Default: False
    - PowerShell: AdvertiseDefaultRoute
    - netsh: advertisedefaultroute
    """
    RouterDiscoveryBehavior: int
    """Whether routers are discovered.

    - Values: 0 Disabled, 1 Enabled, 2 Dhcp (ipif.RouterDiscoveryBehavior)
    - Default: 2 Dhcp (IPv4), 1 Enabled (IPv6)
    - PowerShell: RouterDiscovery
    - netsh: routerdiscovery
    """
    DadTransmits: int
    """Probes sent by duplicate address detection; 0 turns it off.

    - Unit: probes
    - Range: 0 to 4294967294
    - Default: 3 (IPv4), 1 (IPv6); 0 on loopback adapters
    - PowerShell: DadTransmits
    - netsh: dadtransmits
    """
    BaseReachableTime: int
    """Base from which ReachableTime is computed at random.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 30000
    - PowerShell: BaseReachableTimeMs
    - netsh: basereachabletime
    """
    RetransmitTime: int
    """Time between neighbour solicitations.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 1000
    - PowerShell: RetransmitTimeMs
    - netsh: retransmittime
    """
    PathMtuDiscoveryTimeout: int
    """How long a path MTU is remembered.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 600000
    - PowerShell: none
    - netsh: none
    """
    LinkLocalAddressBehavior: int
    """Whether the interface gets a link-local address.

    - Values: 0 AlwaysOff, 1 Delayed, 2 AlwaysOn (ipif.LinkLocalAddressBehavior)
    - Default: 1 Delayed (IPv4), 2 AlwaysOn (IPv6)
    - PowerShell: none
    - netsh: none
    """
    LinkLocalAddressTimeout: int
    """How long to wait before a link-local address is configured.

    - Unit: ms
    - Family: IPv4 only
    - Range: 0 to 4294967294
    - Default: 6500
    - PowerShell: none
    - netsh: none
    """
    ZoneIndices: tuple[int, ...]
    """Zone index of each of the 16 scope levels.

    - Family: IPv6 only
    - Range: 0 to 4294967294
    - Default: depends on the adapter
    - PowerShell: none
    - netsh: none
    """
    SitePrefixLength: int
    """Length of the site prefix; for IPv4 GetIpInterfaceEntry returns 64, and
    SetIpInterfaceEntry takes only 0.

    - Unit: bits
    - Range: 0 (IPv4), 0 to 128 (IPv6)
    - Default: 64
    - PowerShell: none
    - netsh: siteprefixlength
    """
    Metric: int
    """Added to the metric of every route through the interface.

    - Range: 0 to 2147483647
    - Default: depends on the adapter
    - PowerShell: InterfaceMetric
    - netsh: metric
    """
    NlMtu: int
    """Largest packet of this family, without the link-layer header.

    - Unit: bytes
    - Range: 576 to 4294967294 (IPv4), 1280 to 4294967294 (IPv6)
    - Default: depends on the adapter
    - PowerShell: NlMtuBytes
    - netsh: mtu
    """
    Connected: bool
    """Connected to a network access point.

    - Access: read-only
    - PowerShell: ConnectionState
    - netsh: none
    """
    SupportsWakeUpPatterns: bool
    """The adapter can wake the computer by packet patterns.

    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    SupportsNeighborDiscovery: bool
    """Neighbour discovery works on this interface.

    - Access: read-only
    - PowerShell: NeighborDiscoverySupported
    - netsh: none
    """
    SupportsRouterDiscovery: bool
    """Router discovery works on this interface.

    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    ReachableTime: int
    """How long a neighbour counts as reachable after it has answered.

    - Unit: ms
    - Access: read-only
    - PowerShell: ReachableTimeMs
    - netsh: none
    """
    TransmitOffload: int
    """What the adapter does for outgoing packets.

    - Values: those of ipif.InterfaceOffload
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    ReceiveOffload: int
    """What the adapter does for incoming packets.

    - Values: those of ipif.InterfaceOffload
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    DisableDefaultRoutes: bool
    """Ignore default routes through this interface.

    - Default: False
    - PowerShell: IgnoreDefaultRoutes
    - netsh: ignoredefaultroutes
    """


class MIB_IF_ROW2(TypedDict):
    """A MIB_IF_ROW2."""

    InterfaceLuid: int
    """Locally unique identifier; used before the index."""
    InterfaceIndex: int
    """Interface index; can change when the adapter is disabled and enabled."""
    InterfaceGuid: uuid.UUID
    """GUID of the interface."""
    Alias: str
    """The name that the user sees and may change."""
    Description: str
    """The name that the driver gives."""
    PhysicalAddressLength: int
    """Length of both physical addresses.

    - Unit: bytes
    """
    PhysicalAddress: bytes
    """Physical (MAC) address in use."""
    PermanentPhysicalAddress: bytes
    """Physical (MAC) address of the hardware."""
    Mtu: int
    """Largest packet, without the link-layer header.

    - Unit: bytes
    """
    Type: int
    """Interface type: 6 Ethernet, 24 loopback, 53 virtual, 71 Wi-Fi, 131 tunnel (IANA ifType).

    - Values: those of ipif.IfType
    """
    TunnelType: int
    """Encapsulation of a tunnel: 0 none, 13 ISATAP, 14 Teredo (TUNNEL_TYPE)."""
    MediaType: int
    """NDIS_MEDIUM: 0 802.3, 16 802.11, 17 loopback, 19 IP."""
    PhysicalMediumType: int
    """NDIS_PHYSICAL_MEDIUM: 0 unspecified, 9 802.11, 10 Bluetooth, 14 802.3."""
    AccessType: int
    """NET_IF_ACCESS_TYPE: 1 loopback, 2 broadcast, 3 point-to-point, 4 point-to-multipoint."""
    DirectionType: int
    """NET_IF_DIRECTION_TYPE: 0 both, 1 send only, 2 receive only."""
    HardwareInterface: bool
    """The interface belongs to hardware."""
    FilterInterface: bool
    """The interface is a filter module of another one."""
    ConnectorPresent: bool
    """The hardware has a connector."""
    NotAuthenticated: bool
    """The port is not authenticated."""
    NotMediaConnected: bool
    """No cable, no network."""
    Paused: bool
    """The interface is paused."""
    LowPower: bool
    """The interface sleeps."""
    EndPointInterface: bool
    """An end point for a device, not for networking."""
    OperStatus: int
    """IF_OPER_STATUS: 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 not present, 7 lower
    layer down.

    - Values: those of ipif.IfOperStatus
    """
    AdminStatus: int
    """NET_IF_ADMIN_STATUS: 1 up, 2 down, 3 testing.

    - Values: those of ipif.IfAdminStatus
    """
    MediaConnectState: int
    """NET_IF_MEDIA_CONNECT_STATE: 0 unknown, 1 connected, 2 disconnected.

    - Values: those of ipif.MediaConnectState
    """
    NetworkGuid: uuid.UUID
    """GUID of the network that the interface belongs to."""
    ConnectionType: int
    """NET_IF_CONNECTION_TYPE: 1 dedicated, 2 passive, 3 demand."""
    TransmitLinkSpeed: int
    """Speed of the link, sending; the automatic metric is made from it.

    - Unit: bit/s
    """
    ReceiveLinkSpeed: int
    """Speed of the link, receiving.

    - Unit: bit/s
    """
    InOctets: int
    """Received, with framing.

    - Unit: bytes
    """
    InUcastPkts: int
    """Unicast packets received.

    - Unit: packets
    """
    InNUcastPkts: int
    """Broadcast and multicast packets received.

    - Unit: packets
    """
    InDiscards: int
    """Received and discarded although intact.

    - Unit: packets
    """
    InErrors: int
    """Received and discarded for an error.

    - Unit: packets
    """
    InUnknownProtos: int
    """Received and discarded for an unknown protocol.

    - Unit: packets
    """
    InUcastOctets: int
    """Received in unicast packets.

    - Unit: bytes
    """
    InMulticastOctets: int
    """Received in multicast packets.

    - Unit: bytes
    """
    InBroadcastOctets: int
    """Received in broadcast packets.

    - Unit: bytes
    """
    OutOctets: int
    """Sent, with framing.

    - Unit: bytes
    """
    OutUcastPkts: int
    """Unicast packets sent.

    - Unit: packets
    """
    OutNUcastPkts: int
    """Broadcast and multicast packets sent.

    - Unit: packets
    """
    OutDiscards: int
    """Discarded although intact.

    - Unit: packets
    """
    OutErrors: int
    """Discarded for an error.

    - Unit: packets
    """
    OutUcastOctets: int
    """Sent in unicast packets.

    - Unit: bytes
    """
    OutMulticastOctets: int
    """Sent in multicast packets.

    - Unit: bytes
    """
    OutBroadcastOctets: int
    """Sent in broadcast packets.

    - Unit: bytes
    """
    OutQLen: int
    """Length of the output queue; not used.

    - Unit: packets
    """


class MIB_IPFORWARD_ROW2(TypedDict):
    """A MIB_IPFORWARD_ROW2."""

    InterfaceLuid: int
    """LUID of the interface of the route."""
    InterfaceIndex: int
    """Index of the interface of the route."""
    DestinationPrefix: IPv4Network | IPv6Network
    """Where the route leads; 0.0.0.0/0 or ::/0 is a default route."""
    NextHop: IPv4Address | IPv6Address
    """The gateway; the unspecified address when the destination is on the link."""
    SitePrefixLength: int
    """Length of the site prefix.

    - Unit: bits
    """
    ValidLifetime: int
    """How long the route is valid; 4294967295 is for ever.

    - Unit: s
    """
    PreferredLifetime: int
    """How long the route is preferred; 4294967295 is for ever.

    - Unit: s
    """
    Metric: int
    """Metric of the route; the metric of its interface is added to it."""
    Protocol: int
    """NL_ROUTE_PROTOCOL: 2 local, 3 static, 19 DHCP.

    - Values: those of ipif.RouteProtocol
    """
    Loopback: bool
    """A route to this computer itself."""
    AutoconfigureAddress: bool
    """Addresses are configured from the prefix."""
    Publish: bool
    """The route is advertised."""
    Immortal: bool
    """The lifetimes do not count down."""
    Age: int
    """Age of the route.

    - Unit: s
    """
    Origin: int
    """NL_ROUTE_ORIGIN: 0 manual, 1 well known, 2 DHCP, 3 router advertisement, 4 6to4.

    - Values: those of ipif.RouteOrigin
    """


class MIB_IPFORWARDROW(TypedDict):
    """A MIB_IPFORWARDROW."""

    dwForwardDest: IPv4Address
    """Destination."""
    dwForwardMask: IPv4Address
    """Subnet mask of the destination."""
    dwForwardPolicy: int
    """Not used."""
    dwForwardNextHop: IPv4Address
    """The gateway."""
    dwForwardIfIndex: int
    """Index of the interface of the route."""
    dwForwardType: int
    """MIB_IPROUTE_TYPE: 1 other, 2 invalid, 3 direct, 4 indirect."""
    dwForwardProto: int
    """NL_ROUTE_PROTOCOL: 2 local, 3 static, 19 DHCP.

    - Values: those of ipif.RouteProtocol
    """
    dwForwardAge: int
    """Age of the route.

    - Unit: s
    """
    dwForwardNextHopAS: int
    """Autonomous system of the gateway; not used."""
    dwForwardMetric1: int
    """Metric of the route and of its interface together."""
    dwForwardMetric2: int
    """Not used; 4294967295."""
    dwForwardMetric3: int
    """Not used; 4294967295."""
    dwForwardMetric4: int
    """Not used; 4294967295."""
    dwForwardMetric5: int
    """Not used; 4294967295."""


class MIB_UNICASTIPADDRESS_ROW(TypedDict):
    """A MIB_UNICASTIPADDRESS_ROW."""

    Address: IPv4Address | IPv6Address
    """The address, with its scope id."""
    InterfaceLuid: int
    """LUID of the interface that has the address."""
    InterfaceIndex: int
    """Index of the interface that has the address."""
    PrefixOrigin: int
    """NL_PREFIX_ORIGIN: 1 manual, 2 well known, 3 DHCP, 4 router advertisement.

    - Values: those of ipif.PrefixOrigin
    """
    SuffixOrigin: int
    """NL_SUFFIX_ORIGIN: 1 manual, 2 well known, 3 DHCP, 4 link layer, 5 random.

    - Values: those of ipif.SuffixOrigin
    """
    ValidLifetime: int
    """How long the address is valid; 4294967295 is for ever.

    - Unit: s
    """
    PreferredLifetime: int
    """How long the address is preferred; 4294967295 is for ever.

    - Unit: s
    """
    OnLinkPrefixLength: int
    """Length of the prefix that is on the link.

    - Unit: bits
    """
    SkipAsSource: bool
    """Not chosen as a source address."""
    DadState: int
    """NL_DAD_STATE: 0 invalid, 1 tentative, 2 duplicate, 3 deprecated, 4 preferred.

    - Values: those of ipif.DadState
    """
    ScopeId: int
    """Scope id of the address (SCOPE_ID.Value)."""
    CreationTimeStamp: int
    """When the address was made (FILETIME).

    - Unit: 100 ns
    """


class InitializedInterfaceRow(TypedDict):
    """A MIB_IPINTERFACE_ROW in which None stands for an unchanged sentinel."""

    Family: int | None
    """IP family of the row; with the LUID or the index it names the row.

    - Access: names the row
    - PowerShell: AddressFamily
    - netsh: none
    """
    InterfaceLuid: int | None
    """Locally unique identifier; stays when the adapter is restarted; used before the index.

    - Access: names the row
    - PowerShell: none
    - netsh: none
    """
    InterfaceIndex: int | None
    """Interface index; can change when the adapter is disabled and enabled.

    - Access: names the row
    - PowerShell: InterfaceIndex
    - netsh: none
    """
    MaxReassemblySize: int | None
    """Largest reassembled datagram; reserved, reads 0.

    - Unit: bytes
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    InterfaceIdentifier: int | None
    """Interface identifier; reserved, reads 0.

    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    MinRouterAdvertisementInterval: int | None
    """Shortest time between router advertisements.

    - Unit: ms
    - Family: IPv6 only
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    MaxRouterAdvertisementInterval: int | None
    """Longest time between router advertisements.

    - Unit: ms
    - Family: IPv6 only
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    AdvertisingEnabled: bool | None
    """Send router advertisements.

    - Default: False
    - PowerShell: Advertising
    - netsh: advertise
    """
    ForwardingEnabled: bool | None
    """Forward packets that are not addressed to this computer.

    - Default: False
    - PowerShell: Forwarding
    - netsh: forwarding
    """
    WeakHostSend: bool | None
    """Send packets whose source address belongs to another interface.

    - Default: False
    - PowerShell: WeakHostSend
    - netsh: weakhostsend
    """
    WeakHostReceive: bool | None
    """Accept packets whose destination address belongs to another interface.

    - Default: False
    - PowerShell: WeakHostReceive
    - netsh: weakhostreceive
    """
    UseAutomaticMetric: bool | None
    """Compute Metric from the speed of the adapter.

    - Default: True
    - PowerShell: AutomaticMetric
    - netsh: none
    """
    UseNeighborUnreachabilityDetection: bool | None
    """Check by probes that neighbours are reachable.

    - Default: True; False on loopback adapters
    - PowerShell: NeighborUnreachabilityDetection
    - netsh: nud
    """
    ManagedAddressConfigurationSupported: bool | None
    """Addresses come from DHCP (the M flag of router advertisements).

    - Default: True
    - PowerShell: ManagedAddressConfiguration
    - netsh: managedaddress
    """
    OtherStatefulConfigurationSupported: bool | None
    """Other settings come from DHCP (the O flag of router advertisements).

    - Default: True
    - PowerShell: OtherStatefulConfiguration
    - netsh: otherstateful
    """
    AdvertiseDefaultRoute: bool | None
    """Advertise this computer as a default router; needs AdvertisingEnabled.

    - Family: IPv6 only
    - Default: False
    - PowerShell: AdvertiseDefaultRoute
    - netsh: advertisedefaultroute
    """
    RouterDiscoveryBehavior: int | None
    """Whether routers are discovered.

    - Values: 0 Disabled, 1 Enabled, 2 Dhcp (ipif.RouterDiscoveryBehavior)
    - Default: 2 Dhcp (IPv4), 1 Enabled (IPv6)
    - PowerShell: RouterDiscovery
    - netsh: routerdiscovery
    """
    DadTransmits: int | None
    """Probes sent by duplicate address detection; 0 turns it off.

    - Unit: probes
    - Range: 0 to 4294967294
    - Default: 3 (IPv4), 1 (IPv6); 0 on loopback adapters
    - PowerShell: DadTransmits
    - netsh: dadtransmits
    """
    BaseReachableTime: int | None
    """Base from which ReachableTime is computed at random.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 30000
    - PowerShell: BaseReachableTimeMs
    - netsh: basereachabletime
    """
    RetransmitTime: int | None
    """Time between neighbour solicitations.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 1000
    - PowerShell: RetransmitTimeMs
    - netsh: retransmittime
    """
    PathMtuDiscoveryTimeout: int | None
    """How long a path MTU is remembered.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 600000
    - PowerShell: none
    - netsh: none
    """
    LinkLocalAddressBehavior: int | None
    """Whether the interface gets a link-local address.

    - Values: 0 AlwaysOff, 1 Delayed, 2 AlwaysOn (ipif.LinkLocalAddressBehavior)
    - Default: 1 Delayed (IPv4), 2 AlwaysOn (IPv6)
    - PowerShell: none
    - netsh: none
    """
    LinkLocalAddressTimeout: int | None
    """How long to wait before a link-local address is configured.

    - Unit: ms
    - Family: IPv4 only
    - Range: 0 to 4294967294
    - Default: 6500
    - PowerShell: none
    - netsh: none
    """
    ZoneIndices: tuple[int, ...] | None
    """Zone index of each of the 16 scope levels.

    - Family: IPv6 only
    - Range: 0 to 4294967294
    - Default: depends on the adapter
    - PowerShell: none
    - netsh: none
    """
    SitePrefixLength: int | None
    """Length of the site prefix; for IPv4 GetIpInterfaceEntry returns 64, and
    SetIpInterfaceEntry takes only 0.

    - Unit: bits
    - Range: 0 (IPv4), 0 to 128 (IPv6)
    - Default: 64
    - PowerShell: none
    - netsh: siteprefixlength
    """
    Metric: int | None
    """Added to the metric of every route through the interface.

    - Range: 0 to 2147483647
    - Default: depends on the adapter
    - PowerShell: InterfaceMetric
    - netsh: metric
    """
    NlMtu: int | None
    """Largest packet of this family, without the link-layer header.

    - Unit: bytes
    - Range: 576 to 4294967294 (IPv4), 1280 to 4294967294 (IPv6)
    - Default: depends on the adapter
    - PowerShell: NlMtuBytes
    - netsh: mtu
    """
    Connected: bool | None
    """Connected to a network access point.

    - Access: read-only
    - PowerShell: ConnectionState
    - netsh: none
    """
    SupportsWakeUpPatterns: bool | None
    """The adapter can wake the computer by packet patterns.

    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    SupportsNeighborDiscovery: bool | None
    """Neighbour discovery works on this interface.

    - Access: read-only
    - PowerShell: NeighborDiscoverySupported
    - netsh: none
    """
    SupportsRouterDiscovery: bool | None
    """Router discovery works on this interface.

    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    ReachableTime: int | None
    """How long a neighbour counts as reachable after it has answered.

    - Unit: ms
    - Access: read-only
    - PowerShell: ReachableTimeMs
    - netsh: none
    """
    TransmitOffload: int | None
    """What the adapter does for outgoing packets.

    - Values: those of ipif.InterfaceOffload
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    ReceiveOffload: int | None
    """What the adapter does for incoming packets.

    - Values: those of ipif.InterfaceOffload
    - Access: read-only
    - PowerShell: none
    - netsh: none
    """
    DisableDefaultRoutes: bool | None
    """Ignore default routes through this interface.

    - Default: False
    - PowerShell: IgnoreDefaultRoutes
    - netsh: ignoredefaultroutes
    """


class InterfaceChanges(TypedDict, total=False):
    """New values of members of a MIB_IPINTERFACE_ROW; an enumerator may be named."""

    AdvertisingEnabled: bool
    """Send router advertisements.

    - Default: False
    - PowerShell: Advertising
    - netsh: advertise
    """
    ForwardingEnabled: bool
    """Forward packets that are not addressed to this computer.

    - Default: False
    - PowerShell: Forwarding
    - netsh: forwarding
    """
    WeakHostSend: bool
    """Send packets whose source address belongs to another interface.

    - Default: False
    - PowerShell: WeakHostSend
    - netsh: weakhostsend
    """
    WeakHostReceive: bool
    """Accept packets whose destination address belongs to another interface.

    - Default: False
    - PowerShell: WeakHostReceive
    - netsh: weakhostreceive
    """
    UseAutomaticMetric: bool
    """Compute Metric from the speed of the adapter.

    - Default: True
    - PowerShell: AutomaticMetric
    - netsh: none
    """
    UseNeighborUnreachabilityDetection: bool
    """Check by probes that neighbours are reachable.

    - Default: True; False on loopback adapters
    - PowerShell: NeighborUnreachabilityDetection
    - netsh: nud
    """
    ManagedAddressConfigurationSupported: bool
    """Addresses come from DHCP (the M flag of router advertisements).

    - Default: True
    - PowerShell: ManagedAddressConfiguration
    - netsh: managedaddress
    """
    OtherStatefulConfigurationSupported: bool
    """Other settings come from DHCP (the O flag of router advertisements).

    - Default: True
    - PowerShell: OtherStatefulConfiguration
    - netsh: otherstateful
    """
    AdvertiseDefaultRoute: bool
    """Advertise this computer as a default router; needs AdvertisingEnabled.

    - Family: IPv6 only
    - Default: False
    - PowerShell: AdvertiseDefaultRoute
    - netsh: advertisedefaultroute
    """
    RouterDiscoveryBehavior: int | str
    """Whether routers are discovered.

    - Values: 0 Disabled, 1 Enabled, 2 Dhcp (ipif.RouterDiscoveryBehavior)
    - Default: 2 Dhcp (IPv4), 1 Enabled (IPv6)
    - PowerShell: RouterDiscovery
    - netsh: routerdiscovery
    """
    DadTransmits: int
    """Probes sent by duplicate address detection; 0 turns it off.

    - Unit: probes
    - Range: 0 to 4294967294
    - Default: 3 (IPv4), 1 (IPv6); 0 on loopback adapters
    - PowerShell: DadTransmits
    - netsh: dadtransmits
    """
    BaseReachableTime: int
    """Base from which ReachableTime is computed at random.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 30000
    - PowerShell: BaseReachableTimeMs
    - netsh: basereachabletime
    """
    RetransmitTime: int
    """Time between neighbour solicitations.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 1000
    - PowerShell: RetransmitTimeMs
    - netsh: retransmittime
    """
    PathMtuDiscoveryTimeout: int
    """How long a path MTU is remembered.

    - Unit: ms
    - Range: 1 to 4294967294
    - Default: 600000
    - PowerShell: none
    - netsh: none
    """
    LinkLocalAddressBehavior: int | str
    """Whether the interface gets a link-local address.

    - Values: 0 AlwaysOff, 1 Delayed, 2 AlwaysOn (ipif.LinkLocalAddressBehavior)
    - Default: 1 Delayed (IPv4), 2 AlwaysOn (IPv6)
    - PowerShell: none
    - netsh: none
    """
    LinkLocalAddressTimeout: int
    """How long to wait before a link-local address is configured.

    - Unit: ms
    - Family: IPv4 only
    - Range: 0 to 4294967294
    - Default: 6500
    - PowerShell: none
    - netsh: none
    """
    ZoneIndices: tuple[int, ...]
    """Zone index of each of the 16 scope levels.

    - Family: IPv6 only
    - Range: 0 to 4294967294
    - Default: depends on the adapter
    - PowerShell: none
    - netsh: none
    """
    SitePrefixLength: int
    """Length of the site prefix; for IPv4 GetIpInterfaceEntry returns 64, and
    SetIpInterfaceEntry takes only 0.

    - Unit: bits
    - Range: 0 (IPv4), 0 to 128 (IPv6)
    - Default: 64
    - PowerShell: none
    - netsh: siteprefixlength
    """
    Metric: int
    """Added to the metric of every route through the interface.

    - Range: 0 to 2147483647
    - Default: depends on the adapter
    - PowerShell: InterfaceMetric
    - netsh: metric
    """
    NlMtu: int
    """Largest packet of this family, without the link-layer header.

    - Unit: bytes
    - Range: 576 to 4294967294 (IPv4), 1280 to 4294967294 (IPv6)
    - Default: depends on the adapter
    - PowerShell: NlMtuBytes
    - netsh: mtu
    """
    DisableDefaultRoutes: bool
    """Ignore default routes through this interface.

    - Default: False
    - PowerShell: IgnoreDefaultRoutes
    - netsh: ignoredefaultroutes
    """
