"""The types of rows and arguments.

Made by tools/generate.py: do not edit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, SupportsIndex, TypeAlias, TypedDict

#: An index, an alias, a GUID, an ipif.Luid (an int), any row, an address of the adapter, or the
#: bytes of its hardware address.
Interface: TypeAlias = (
    SupportsIndex | str | uuid.UUID | Mapping[str, object] | IPv4Address | IPv6Address | bytes
)

#: socket.AF_INET or socket.AF_INET6, 4 or 6, or a name.
Family: TypeAlias = SupportsIndex | Literal["ipv4", "ipv6", "IPv4", "IPv6"]

#: An IP address, as text or as an object.
Address: TypeAlias = str | IPv4Address | IPv6Address


class MIB_IPINTERFACE_ROW(TypedDict):
    """A MIB_IPINTERFACE_ROW."""

    #: IP family of the row; with the LUID or the index it names the row
    Family: int
    #: locally unique identifier; stays when the adapter is restarted; used before the index
    InterfaceLuid: int
    #: interface index; can change when the adapter is disabled and enabled
    InterfaceIndex: int
    #: largest reassembled datagram; reserved, reads 0; bytes
    MaxReassemblySize: int
    #: interface identifier; reserved, reads 0
    InterfaceIdentifier: int
    #: shortest time between router advertisements; ms
    MinRouterAdvertisementInterval: int
    #: longest time between router advertisements; ms
    MaxRouterAdvertisementInterval: int
    #: send router advertisements
    AdvertisingEnabled: bool
    #: forward packets that are not addressed to this computer
    ForwardingEnabled: bool
    #: send packets whose source address belongs to another interface
    WeakHostSend: bool
    #: accept packets whose destination address belongs to another interface
    WeakHostReceive: bool
    #: compute Metric from the speed of the adapter
    UseAutomaticMetric: bool
    #: check by probes that neighbours are reachable
    UseNeighborUnreachabilityDetection: bool
    #: addresses come from DHCP (the M flag of router advertisements)
    ManagedAddressConfigurationSupported: bool
    #: other settings come from DHCP (the O flag of router advertisements)
    OtherStatefulConfigurationSupported: bool
    #: advertise this computer as a default router; needs AdvertisingEnabled
    AdvertiseDefaultRoute: bool
    #: whether routers are discovered; 0..2; RouterDiscoveryBehavior
    RouterDiscoveryBehavior: int
    #: probes sent by duplicate address detection; 0 turns it off; probes; 0..4294967294
    DadTransmits: int
    #: base from which ReachableTime is computed at random; ms; 1..4294967294
    BaseReachableTime: int
    #: time between neighbour solicitations; ms; 1..4294967294
    RetransmitTime: int
    #: how long a path MTU is remembered; ms; 1..4294967294
    PathMtuDiscoveryTimeout: int
    #: whether the interface gets a link-local address; 0..2; LinkLocalAddressBehavior
    LinkLocalAddressBehavior: int
    #: how long to wait before a link-local address is configured; ms; 0..4294967294
    LinkLocalAddressTimeout: int
    #: zone index of each of the 16 scope levels; 0..4294967294
    ZoneIndices: tuple[int, ...]
    #: length of the site prefix; GetIpInterfaceEntry returns 64 for IPv4, SetIpInterfaceEntry takes
    #: only 0; bits; ipv4 0..0; ipv6 0..128
    SitePrefixLength: int
    #: added to the metric of every route through the interface; 0..2147483647
    Metric: int
    #: largest packet of this family, without the link-layer header; bytes; ipv4 576..4294967294;
    #: ipv6 1280..4294967294
    NlMtu: int
    #: connected to a network access point
    Connected: bool
    #: the adapter can wake the computer by packet patterns
    SupportsWakeUpPatterns: bool
    #: neighbour discovery works on this interface
    SupportsNeighborDiscovery: bool
    #: router discovery works on this interface
    SupportsRouterDiscovery: bool
    #: how long a neighbour counts as reachable after it has answered; ms
    ReachableTime: int
    #: what the adapter does for outgoing packets; InterfaceOffload
    TransmitOffload: int
    #: what the adapter does for incoming packets; InterfaceOffload
    ReceiveOffload: int
    #: ignore default routes through this interface
    DisableDefaultRoutes: bool


class MIB_IF_ROW2(TypedDict):
    """A MIB_IF_ROW2."""

    #: locally unique identifier; used before the index
    InterfaceLuid: int
    #: interface index; can change when the adapter is disabled and enabled
    InterfaceIndex: int
    #: GUID of the interface
    InterfaceGuid: uuid.UUID
    #: the name that the user sees and may change
    Alias: str
    #: the name that the driver gives
    Description: str
    #: length of both physical addresses; bytes
    PhysicalAddressLength: int
    #: physical (MAC) address in use
    PhysicalAddress: bytes
    #: physical (MAC) address of the hardware
    PermanentPhysicalAddress: bytes
    #: largest packet, without the link-layer header; bytes
    Mtu: int
    #: interface type: 6 Ethernet, 24 loopback, 53 virtual, 71 Wi-Fi, 131 tunnel (IANA ifType);
    #: IfType
    Type: int
    #: encapsulation of a tunnel: 0 none, 13 ISATAP, 14 Teredo (TUNNEL_TYPE)
    TunnelType: int
    #: NDIS_MEDIUM: 0 802.3, 16 802.11, 17 loopback, 19 IP
    MediaType: int
    #: NDIS_PHYSICAL_MEDIUM: 0 unspecified, 9 802.11, 10 Bluetooth, 14 802.3
    PhysicalMediumType: int
    #: NET_IF_ACCESS_TYPE: 1 loopback, 2 broadcast, 3 point-to-point, 4 point-to-multipoint
    AccessType: int
    #: NET_IF_DIRECTION_TYPE: 0 both, 1 send only, 2 receive only
    DirectionType: int
    #: the interface belongs to hardware
    HardwareInterface: bool
    #: the interface is a filter module of another one
    FilterInterface: bool
    #: the hardware has a connector
    ConnectorPresent: bool
    #: the port is not authenticated
    NotAuthenticated: bool
    #: no cable, no network
    NotMediaConnected: bool
    #: the interface is paused
    Paused: bool
    #: the interface sleeps
    LowPower: bool
    #: an end point for a device, not for networking
    EndPointInterface: bool
    #: IF_OPER_STATUS: 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 not present, 7 lower layer
    #: down; IfOperStatus
    OperStatus: int
    #: NET_IF_ADMIN_STATUS: 1 up, 2 down, 3 testing; IfAdminStatus
    AdminStatus: int
    #: NET_IF_MEDIA_CONNECT_STATE: 0 unknown, 1 connected, 2 disconnected; MediaConnectState
    MediaConnectState: int
    #: GUID of the network that the interface belongs to
    NetworkGuid: uuid.UUID
    #: NET_IF_CONNECTION_TYPE: 1 dedicated, 2 passive, 3 demand
    ConnectionType: int
    #: speed of the link, sending; the automatic metric is made from it; bit/s
    TransmitLinkSpeed: int
    #: speed of the link, receiving; bit/s
    ReceiveLinkSpeed: int
    #: received, with framing; bytes
    InOctets: int
    #: unicast packets received; packets
    InUcastPkts: int
    #: broadcast and multicast packets received; packets
    InNUcastPkts: int
    #: received and discarded although intact; packets
    InDiscards: int
    #: received and discarded for an error; packets
    InErrors: int
    #: received and discarded for an unknown protocol; packets
    InUnknownProtos: int
    #: received in unicast packets; bytes
    InUcastOctets: int
    #: received in multicast packets; bytes
    InMulticastOctets: int
    #: received in broadcast packets; bytes
    InBroadcastOctets: int
    #: sent, with framing; bytes
    OutOctets: int
    #: unicast packets sent; packets
    OutUcastPkts: int
    #: broadcast and multicast packets sent; packets
    OutNUcastPkts: int
    #: discarded although intact; packets
    OutDiscards: int
    #: discarded for an error; packets
    OutErrors: int
    #: sent in unicast packets; bytes
    OutUcastOctets: int
    #: sent in multicast packets; bytes
    OutMulticastOctets: int
    #: sent in broadcast packets; bytes
    OutBroadcastOctets: int
    #: length of the output queue; not used; packets
    OutQLen: int


class MIB_IPFORWARD_ROW2(TypedDict):
    """A MIB_IPFORWARD_ROW2."""

    #: LUID of the interface of the route
    InterfaceLuid: int
    #: index of the interface of the route
    InterfaceIndex: int
    #: where the route leads; 0.0.0.0/0 or ::/0 is a default route
    DestinationPrefix: IPv4Network | IPv6Network
    #: the gateway; the unspecified address when the destination is on the link
    NextHop: IPv4Address | IPv6Address
    #: length of the site prefix; bits
    SitePrefixLength: int
    #: how long the route is valid; 4294967295 is for ever; s
    ValidLifetime: int
    #: how long the route is preferred; 4294967295 is for ever; s
    PreferredLifetime: int
    #: metric of the route; the metric of its interface is added to it
    Metric: int
    #: NL_ROUTE_PROTOCOL: 2 local, 3 static, 19 DHCP; RouteProtocol
    Protocol: int
    #: a route to this computer itself
    Loopback: bool
    #: addresses are configured from the prefix
    AutoconfigureAddress: bool
    #: the route is advertised
    Publish: bool
    #: the lifetimes do not count down
    Immortal: bool
    #: age of the route; s
    Age: int
    #: NL_ROUTE_ORIGIN: 0 manual, 1 well known, 2 DHCP, 3 router advertisement, 4 6to4; RouteOrigin
    Origin: int


class MIB_IPFORWARDROW(TypedDict):
    """A MIB_IPFORWARDROW."""

    #: destination
    dwForwardDest: IPv4Address
    #: subnet mask of the destination
    dwForwardMask: IPv4Address
    #: not used
    dwForwardPolicy: int
    #: the gateway
    dwForwardNextHop: IPv4Address
    #: index of the interface of the route
    dwForwardIfIndex: int
    #: MIB_IPROUTE_TYPE: 1 other, 2 invalid, 3 direct, 4 indirect
    dwForwardType: int
    #: NL_ROUTE_PROTOCOL: 2 local, 3 static, 19 DHCP; RouteProtocol
    dwForwardProto: int
    #: age of the route; s
    dwForwardAge: int
    #: autonomous system of the gateway; not used
    dwForwardNextHopAS: int
    #: metric of the route and of its interface together
    dwForwardMetric1: int
    #: not used; 4294967295
    dwForwardMetric2: int
    #: not used; 4294967295
    dwForwardMetric3: int
    #: not used; 4294967295
    dwForwardMetric4: int
    #: not used; 4294967295
    dwForwardMetric5: int


class MIB_UNICASTIPADDRESS_ROW(TypedDict):
    """A MIB_UNICASTIPADDRESS_ROW."""

    #: the address, with its scope id
    Address: IPv4Address | IPv6Address
    #: LUID of the interface that has the address
    InterfaceLuid: int
    #: index of the interface that has the address
    InterfaceIndex: int
    #: NL_PREFIX_ORIGIN: 1 manual, 2 well known, 3 DHCP, 4 router advertisement; PrefixOrigin
    PrefixOrigin: int
    #: NL_SUFFIX_ORIGIN: 1 manual, 2 well known, 3 DHCP, 4 link layer, 5 random; SuffixOrigin
    SuffixOrigin: int
    #: how long the address is valid; 4294967295 is for ever; s
    ValidLifetime: int
    #: how long the address is preferred; 4294967295 is for ever; s
    PreferredLifetime: int
    #: length of the prefix that is on the link; bits
    OnLinkPrefixLength: int
    #: not chosen as a source address
    SkipAsSource: bool
    #: NL_DAD_STATE: 0 invalid, 1 tentative, 2 duplicate, 3 deprecated, 4 preferred; DadState
    DadState: int
    #: scope id of the address (SCOPE_ID.Value)
    ScopeId: int
    #: when the address was made (FILETIME); 100 ns
    CreationTimeStamp: int


class InitializedInterfaceRow(TypedDict):
    """A MIB_IPINTERFACE_ROW in which None stands for an unchanged sentinel."""

    #: IP family of the row; with the LUID or the index it names the row
    Family: int | None
    #: locally unique identifier; stays when the adapter is restarted; used before the index
    InterfaceLuid: int | None
    #: interface index; can change when the adapter is disabled and enabled
    InterfaceIndex: int | None
    #: largest reassembled datagram; reserved, reads 0; bytes
    MaxReassemblySize: int | None
    #: interface identifier; reserved, reads 0
    InterfaceIdentifier: int | None
    #: shortest time between router advertisements; ms
    MinRouterAdvertisementInterval: int | None
    #: longest time between router advertisements; ms
    MaxRouterAdvertisementInterval: int | None
    #: send router advertisements
    AdvertisingEnabled: bool | None
    #: forward packets that are not addressed to this computer
    ForwardingEnabled: bool | None
    #: send packets whose source address belongs to another interface
    WeakHostSend: bool | None
    #: accept packets whose destination address belongs to another interface
    WeakHostReceive: bool | None
    #: compute Metric from the speed of the adapter
    UseAutomaticMetric: bool | None
    #: check by probes that neighbours are reachable
    UseNeighborUnreachabilityDetection: bool | None
    #: addresses come from DHCP (the M flag of router advertisements)
    ManagedAddressConfigurationSupported: bool | None
    #: other settings come from DHCP (the O flag of router advertisements)
    OtherStatefulConfigurationSupported: bool | None
    #: advertise this computer as a default router; needs AdvertisingEnabled
    AdvertiseDefaultRoute: bool | None
    #: whether routers are discovered; 0..2; RouterDiscoveryBehavior
    RouterDiscoveryBehavior: int | None
    #: probes sent by duplicate address detection; 0 turns it off; probes; 0..4294967294
    DadTransmits: int | None
    #: base from which ReachableTime is computed at random; ms; 1..4294967294
    BaseReachableTime: int | None
    #: time between neighbour solicitations; ms; 1..4294967294
    RetransmitTime: int | None
    #: how long a path MTU is remembered; ms; 1..4294967294
    PathMtuDiscoveryTimeout: int | None
    #: whether the interface gets a link-local address; 0..2; LinkLocalAddressBehavior
    LinkLocalAddressBehavior: int | None
    #: how long to wait before a link-local address is configured; ms; 0..4294967294
    LinkLocalAddressTimeout: int | None
    #: zone index of each of the 16 scope levels; 0..4294967294
    ZoneIndices: tuple[int, ...] | None
    #: length of the site prefix; GetIpInterfaceEntry returns 64 for IPv4, SetIpInterfaceEntry takes
    #: only 0; bits; ipv4 0..0; ipv6 0..128
    SitePrefixLength: int | None
    #: added to the metric of every route through the interface; 0..2147483647
    Metric: int | None
    #: largest packet of this family, without the link-layer header; bytes; ipv4 576..4294967294;
    #: ipv6 1280..4294967294
    NlMtu: int | None
    #: connected to a network access point
    Connected: bool | None
    #: the adapter can wake the computer by packet patterns
    SupportsWakeUpPatterns: bool | None
    #: neighbour discovery works on this interface
    SupportsNeighborDiscovery: bool | None
    #: router discovery works on this interface
    SupportsRouterDiscovery: bool | None
    #: how long a neighbour counts as reachable after it has answered; ms
    ReachableTime: int | None
    #: what the adapter does for outgoing packets; InterfaceOffload
    TransmitOffload: int | None
    #: what the adapter does for incoming packets; InterfaceOffload
    ReceiveOffload: int | None
    #: ignore default routes through this interface
    DisableDefaultRoutes: bool | None


class InterfaceChanges(TypedDict, total=False):
    """New values of members of a MIB_IPINTERFACE_ROW; an enumerator may be named."""

    #: send router advertisements
    AdvertisingEnabled: bool
    #: forward packets that are not addressed to this computer
    ForwardingEnabled: bool
    #: send packets whose source address belongs to another interface
    WeakHostSend: bool
    #: accept packets whose destination address belongs to another interface
    WeakHostReceive: bool
    #: compute Metric from the speed of the adapter
    UseAutomaticMetric: bool
    #: check by probes that neighbours are reachable
    UseNeighborUnreachabilityDetection: bool
    #: addresses come from DHCP (the M flag of router advertisements)
    ManagedAddressConfigurationSupported: bool
    #: other settings come from DHCP (the O flag of router advertisements)
    OtherStatefulConfigurationSupported: bool
    #: advertise this computer as a default router; needs AdvertisingEnabled
    AdvertiseDefaultRoute: bool
    #: whether routers are discovered; 0..2; RouterDiscoveryBehavior
    RouterDiscoveryBehavior: int | str
    #: probes sent by duplicate address detection; 0 turns it off; probes; 0..4294967294
    DadTransmits: int
    #: base from which ReachableTime is computed at random; ms; 1..4294967294
    BaseReachableTime: int
    #: time between neighbour solicitations; ms; 1..4294967294
    RetransmitTime: int
    #: how long a path MTU is remembered; ms; 1..4294967294
    PathMtuDiscoveryTimeout: int
    #: whether the interface gets a link-local address; 0..2; LinkLocalAddressBehavior
    LinkLocalAddressBehavior: int | str
    #: how long to wait before a link-local address is configured; ms; 0..4294967294
    LinkLocalAddressTimeout: int
    #: zone index of each of the 16 scope levels; 0..4294967294
    ZoneIndices: tuple[int, ...]
    #: length of the site prefix; GetIpInterfaceEntry returns 64 for IPv4, SetIpInterfaceEntry takes
    #: only 0; bits; ipv4 0..0; ipv6 0..128
    SitePrefixLength: int
    #: added to the metric of every route through the interface; 0..2147483647
    Metric: int
    #: largest packet of this family, without the link-layer header; bytes; ipv4 576..4294967294;
    #: ipv6 1280..4294967294
    NlMtu: int
    #: ignore default routes through this interface
    DisableDefaultRoutes: bool
