/* layout.c: compile-time checks of structure sizes and offsets; contains no code.
 *
 * On Windows this checks the SDK's headers, on other systems those in include/, against the layout
 * of a packed machine. The numbers are the same on x86, x64 and ARM64.
 */
#include "sim.h"

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), "sizeof " #type)
#define AT(type, member, offset) \
    _Static_assert(offsetof(type, member) == (offset), #type "." #member)

SIZE(WCHAR, 2);
SIZE(BOOLEAN, 1);
SIZE(DWORD, 4);
SIZE(NL_ROUTER_DISCOVERY_BEHAVIOR, 4);
SIZE(NL_INTERFACE_OFFLOAD_ROD, 1);
SIZE(GUID, 16);
SIZE(NET_LUID, 8);
_Static_assert(_Alignof(NET_LUID) == 8, "alignof NET_LUID");

SIZE(MIB_IPINTERFACE_ROW, 168);
_Static_assert(_Alignof(MIB_IPINTERFACE_ROW) == 8, "alignof MIB_IPINTERFACE_ROW");
AT(MIB_IPINTERFACE_ROW, Family, 0);
AT(MIB_IPINTERFACE_ROW, InterfaceLuid, 8);
AT(MIB_IPINTERFACE_ROW, InterfaceIndex, 16);
AT(MIB_IPINTERFACE_ROW, MaxReassemblySize, 20);
AT(MIB_IPINTERFACE_ROW, InterfaceIdentifier, 24);
AT(MIB_IPINTERFACE_ROW, MinRouterAdvertisementInterval, 32);
AT(MIB_IPINTERFACE_ROW, MaxRouterAdvertisementInterval, 36);
AT(MIB_IPINTERFACE_ROW, AdvertisingEnabled, 40);
AT(MIB_IPINTERFACE_ROW, ForwardingEnabled, 41);
AT(MIB_IPINTERFACE_ROW, WeakHostSend, 42);
AT(MIB_IPINTERFACE_ROW, WeakHostReceive, 43);
AT(MIB_IPINTERFACE_ROW, UseAutomaticMetric, 44);
AT(MIB_IPINTERFACE_ROW, UseNeighborUnreachabilityDetection, 45);
AT(MIB_IPINTERFACE_ROW, ManagedAddressConfigurationSupported, 46);
AT(MIB_IPINTERFACE_ROW, OtherStatefulConfigurationSupported, 47);
AT(MIB_IPINTERFACE_ROW, AdvertiseDefaultRoute, 48);
AT(MIB_IPINTERFACE_ROW, RouterDiscoveryBehavior, 52);
AT(MIB_IPINTERFACE_ROW, DadTransmits, 56);
AT(MIB_IPINTERFACE_ROW, BaseReachableTime, 60);
AT(MIB_IPINTERFACE_ROW, RetransmitTime, 64);
AT(MIB_IPINTERFACE_ROW, PathMtuDiscoveryTimeout, 68);
AT(MIB_IPINTERFACE_ROW, LinkLocalAddressBehavior, 72);
AT(MIB_IPINTERFACE_ROW, LinkLocalAddressTimeout, 76);
AT(MIB_IPINTERFACE_ROW, ZoneIndices, 80);
AT(MIB_IPINTERFACE_ROW, SitePrefixLength, 144);
AT(MIB_IPINTERFACE_ROW, Metric, 148);
AT(MIB_IPINTERFACE_ROW, NlMtu, 152);
AT(MIB_IPINTERFACE_ROW, Connected, 156);
AT(MIB_IPINTERFACE_ROW, SupportsWakeUpPatterns, 157);
AT(MIB_IPINTERFACE_ROW, SupportsNeighborDiscovery, 158);
AT(MIB_IPINTERFACE_ROW, SupportsRouterDiscovery, 159);
AT(MIB_IPINTERFACE_ROW, ReachableTime, 160);
AT(MIB_IPINTERFACE_ROW, TransmitOffload, 164);
AT(MIB_IPINTERFACE_ROW, ReceiveOffload, 165);
AT(MIB_IPINTERFACE_ROW, DisableDefaultRoutes, 166);
SIZE(MIB_IPINTERFACE_TABLE, 176);
AT(MIB_IPINTERFACE_TABLE, Table, 8);

SIZE(MIB_IF_ROW2, 1352);
_Static_assert(_Alignof(MIB_IF_ROW2) == 8, "alignof MIB_IF_ROW2");
AT(MIB_IF_ROW2, InterfaceLuid, 0);
AT(MIB_IF_ROW2, InterfaceIndex, 8);
AT(MIB_IF_ROW2, InterfaceGuid, 12);
AT(MIB_IF_ROW2, Alias, 28);
AT(MIB_IF_ROW2, Description, 542);
AT(MIB_IF_ROW2, PhysicalAddressLength, 1056);
AT(MIB_IF_ROW2, PhysicalAddress, 1060);
AT(MIB_IF_ROW2, PermanentPhysicalAddress, 1092);
AT(MIB_IF_ROW2, Mtu, 1124);
AT(MIB_IF_ROW2, Type, 1128);
AT(MIB_IF_ROW2, TunnelType, 1132);
AT(MIB_IF_ROW2, MediaType, 1136);
AT(MIB_IF_ROW2, PhysicalMediumType, 1140);
AT(MIB_IF_ROW2, AccessType, 1144);
AT(MIB_IF_ROW2, DirectionType, 1148);
AT(MIB_IF_ROW2, InterfaceAndOperStatusFlags, 1152);
AT(MIB_IF_ROW2, OperStatus, 1156);
AT(MIB_IF_ROW2, AdminStatus, 1160);
AT(MIB_IF_ROW2, MediaConnectState, 1164);
AT(MIB_IF_ROW2, NetworkGuid, 1168);
AT(MIB_IF_ROW2, ConnectionType, 1184);
AT(MIB_IF_ROW2, TransmitLinkSpeed, 1192);
AT(MIB_IF_ROW2, ReceiveLinkSpeed, 1200);
AT(MIB_IF_ROW2, InOctets, 1208);
AT(MIB_IF_ROW2, InUcastPkts, 1216);
AT(MIB_IF_ROW2, InNUcastPkts, 1224);
AT(MIB_IF_ROW2, InDiscards, 1232);
AT(MIB_IF_ROW2, InErrors, 1240);
AT(MIB_IF_ROW2, InUnknownProtos, 1248);
AT(MIB_IF_ROW2, InUcastOctets, 1256);
AT(MIB_IF_ROW2, InMulticastOctets, 1264);
AT(MIB_IF_ROW2, InBroadcastOctets, 1272);
AT(MIB_IF_ROW2, OutOctets, 1280);
AT(MIB_IF_ROW2, OutUcastPkts, 1288);
AT(MIB_IF_ROW2, OutNUcastPkts, 1296);
AT(MIB_IF_ROW2, OutDiscards, 1304);
AT(MIB_IF_ROW2, OutErrors, 1312);
AT(MIB_IF_ROW2, OutUcastOctets, 1320);
AT(MIB_IF_ROW2, OutMulticastOctets, 1328);
AT(MIB_IF_ROW2, OutBroadcastOctets, 1336);
AT(MIB_IF_ROW2, OutQLen, 1344);
SIZE(MIB_IF_TABLE2, 1360);
AT(MIB_IF_TABLE2, Table, 8);

SIZE(SOCKADDR_IN, 16);
AT(SOCKADDR_IN, sin_port, 2);
AT(SOCKADDR_IN, sin_addr, 4);
AT(SOCKADDR_IN, sin_zero, 8);
SIZE(SOCKADDR_IN6, 28);
AT(SOCKADDR_IN6, sin6_port, 2);
AT(SOCKADDR_IN6, sin6_flowinfo, 4);
AT(SOCKADDR_IN6, sin6_addr, 8);
AT(SOCKADDR_IN6, sin6_scope_id, 24);
SIZE(SOCKADDR_INET, 28);
_Static_assert(_Alignof(SOCKADDR_INET) == 4, "alignof SOCKADDR_INET");
SIZE(IP_ADDRESS_PREFIX, 32);
AT(IP_ADDRESS_PREFIX, PrefixLength, 28);

SIZE(MIB_IPFORWARD_ROW2, 104);
AT(MIB_IPFORWARD_ROW2, InterfaceLuid, 0);
AT(MIB_IPFORWARD_ROW2, InterfaceIndex, 8);
AT(MIB_IPFORWARD_ROW2, DestinationPrefix, 12);
AT(MIB_IPFORWARD_ROW2, NextHop, 44);
AT(MIB_IPFORWARD_ROW2, SitePrefixLength, 72);
AT(MIB_IPFORWARD_ROW2, ValidLifetime, 76);
AT(MIB_IPFORWARD_ROW2, PreferredLifetime, 80);
AT(MIB_IPFORWARD_ROW2, Metric, 84);
AT(MIB_IPFORWARD_ROW2, Protocol, 88);
AT(MIB_IPFORWARD_ROW2, Loopback, 92);
AT(MIB_IPFORWARD_ROW2, AutoconfigureAddress, 93);
AT(MIB_IPFORWARD_ROW2, Publish, 94);
AT(MIB_IPFORWARD_ROW2, Immortal, 95);
AT(MIB_IPFORWARD_ROW2, Age, 96);
AT(MIB_IPFORWARD_ROW2, Origin, 100);
AT(MIB_IPFORWARD_TABLE2, Table, 8);

SIZE(MIB_IPFORWARDROW, 56);
AT(MIB_IPFORWARDROW, dwForwardDest, 0);
AT(MIB_IPFORWARDROW, dwForwardMask, 4);
AT(MIB_IPFORWARDROW, dwForwardPolicy, 8);
AT(MIB_IPFORWARDROW, dwForwardNextHop, 12);
AT(MIB_IPFORWARDROW, dwForwardIfIndex, 16);
AT(MIB_IPFORWARDROW, dwForwardType, 20);
AT(MIB_IPFORWARDROW, dwForwardProto, 24);
AT(MIB_IPFORWARDROW, dwForwardAge, 28);
AT(MIB_IPFORWARDROW, dwForwardNextHopAS, 32);
AT(MIB_IPFORWARDROW, dwForwardMetric1, 36);
AT(MIB_IPFORWARDROW, dwForwardMetric5, 52);

SIZE(MIB_UNICASTIPADDRESS_ROW, 80);
AT(MIB_UNICASTIPADDRESS_ROW, Address, 0);
AT(MIB_UNICASTIPADDRESS_ROW, InterfaceLuid, 32);
AT(MIB_UNICASTIPADDRESS_ROW, InterfaceIndex, 40);
AT(MIB_UNICASTIPADDRESS_ROW, PrefixOrigin, 44);
AT(MIB_UNICASTIPADDRESS_ROW, SuffixOrigin, 48);
AT(MIB_UNICASTIPADDRESS_ROW, ValidLifetime, 52);
AT(MIB_UNICASTIPADDRESS_ROW, PreferredLifetime, 56);
AT(MIB_UNICASTIPADDRESS_ROW, OnLinkPrefixLength, 60);
AT(MIB_UNICASTIPADDRESS_ROW, SkipAsSource, 61);
AT(MIB_UNICASTIPADDRESS_ROW, DadState, 64);
AT(MIB_UNICASTIPADDRESS_ROW, ScopeId, 68);
AT(MIB_UNICASTIPADDRESS_ROW, CreationTimeStamp, 72);
AT(MIB_UNICASTIPADDRESS_TABLE, Table, 8);
