/* The field tables: the single source of truth about every structure member that _ipif converts.
 *
 * One row is one member: its name (made from the member itself, so that name and offset cannot
 * disagree), its kind, its access, the families that it applies to, its range, its unchanged
 * sentinels (values that SetIpInterfaceEntry leaves alone), its unit, the basis of the range, and a
 * summary.  The conversions, ipif.FIELDS, validation, the TypedDicts, the command's help and the
 * parametrised tests are made from these rows: adding a member is adding a row.
 *
 * Include after the SDK headers.  Nothing here knows Python. */
#ifndef IPIF_FIELDS_H
#define IPIF_FIELDS_H

#include <stddef.h>
#include <stdint.h>

/* The C type of a member and the Python type that it converts to. */
typedef enum {
    KIND_FAMILY,  /* ADDRESS_FAMILY; socket.AF_INET or AF_INET6 as the host numbers them */
    KIND_LUID,    /* NET_LUID; int */
    KIND_GUID,    /* GUID; uuid.UUID */
    KIND_UINT8,   /* UCHAR; int */
    KIND_UINT32,  /* ULONG; int */
    KIND_UINT64,  /* ULONG64; int */
    KIND_INT64,   /* LARGE_INTEGER; int */
    KIND_BOOL,    /* BOOLEAN, one byte; bool */
    KIND_FLAG,    /* one bit of a byte; bool */
    KIND_ENUM,    /* C enumeration, read as signed; int */
    KIND_OFFLOAD, /* NL_INTERFACE_OFFLOAD_ROD, one byte of flags; int */
    KIND_ZONES,   /* ULONG[ScopeLevelCount]; tuple of 16 int */
    KIND_STRING,  /* WCHAR[257], ends at the first NUL; str */
    KIND_BYTES,   /* UCHAR[32], of which PhysicalAddressLength are used; bytes */
    KIND_ADDRESS, /* SOCKADDR_INET; ipaddress.IPv4Address or IPv6Address */
    KIND_PREFIX,  /* IP_ADDRESS_PREFIX; ipaddress.IPv4Network or IPv6Network */
    KIND_IPV4,    /* DWORD in network order; ipaddress.IPv4Address */
    KIND_COUNT
} ipif_kind;

typedef enum { ACCESS_KEY, ACCESS_READ_ONLY, ACCESS_SETTABLE } ipif_access;

enum { IPV4 = 1, IPV6 = 2, BOTH = IPV4 | IPV6 };

/* The unchanged sentinels of a member, as bits. */
enum { UNCHANGED_NEVER = 0, UNCHANGED_ZERO = 1, UNCHANGED_ONES = 2, UNCHANGED_BOTH = 3 };

typedef struct {
    int64_t minimum;
    uint64_t maximum;
} ipif_range;

/* The numbers that may be written, which can differ between the families. */
typedef struct {
    ipif_range ipv4;
    ipif_range ipv6;
} ipif_ranges;

typedef struct {
    const char *name;
    size_t offset;
    size_t size;
    ipif_kind kind;
    ipif_access access;
    unsigned families;
    const ipif_ranges *ranges; /* NULL when the member is not a number */
    unsigned unchanged;
    unsigned bit;            /* KIND_FLAG: the bit inside the byte at offset */
    size_t length_offset;    /* KIND_BYTES: where the structure keeps the length (ULONG) */
    const char *enumeration; /* a number: its name in ENUMERATORS, or NULL */
    const char *unit;
    const char *source;
    const char *summary;
} ipif_field;

/* ---- enumerations ---------------------------------------------------------------------------- */

typedef struct {
    const char *enumeration, *name;
    int value;
} ipif_enumerator;

/* All enumerators, those of one enumeration side by side.  InterfaceOffload are the bit-fields of
 * NL_INTERFACE_OFFLOAD_ROD, lowest bit first.  The enumerations of the structures that are only
 * read are written as numbers, because the headers of some compilers lack a part of them.  IfType
 * has those numbers of IANA that Windows uses. */
static const ipif_enumerator ENUMERATORS[] = {
    {"RouterDiscoveryBehavior", "Disabled", RouterDiscoveryDisabled},
    {"RouterDiscoveryBehavior", "Enabled", RouterDiscoveryEnabled},
    {"RouterDiscoveryBehavior", "Dhcp", RouterDiscoveryDhcp},
    {"RouterDiscoveryBehavior", "Unchanged", RouterDiscoveryUnchanged},
    {"LinkLocalAddressBehavior", "AlwaysOff", LinkLocalAlwaysOff},
    {"LinkLocalAddressBehavior", "Delayed", LinkLocalDelayed},
    {"LinkLocalAddressBehavior", "AlwaysOn", LinkLocalAlwaysOn},
    {"LinkLocalAddressBehavior", "Unchanged", LinkLocalUnchanged},
    {"InterfaceOffload", "NlChecksumSupported", 0x01},
    {"InterfaceOffload", "NlOptionsSupported", 0x02},
    {"InterfaceOffload", "TlDatagramChecksumSupported", 0x04},
    {"InterfaceOffload", "TlStreamChecksumSupported", 0x08},
    {"InterfaceOffload", "TlStreamOptionsSupported", 0x10},
    {"InterfaceOffload", "FastPathCompatible", 0x20},
    {"InterfaceOffload", "TlLargeSendOffloadSupported", 0x40},
    {"InterfaceOffload", "TlGiantSendOffloadSupported", 0x80},
    {"NotificationType", "ParameterNotification", MibParameterNotification},
    {"NotificationType", "AddInstance", MibAddInstance},
    {"NotificationType", "DeleteInstance", MibDeleteInstance},
    {"NotificationType", "InitialNotification", MibInitialNotification},
    {"IfType", "Other", 1},
    {"IfType", "Ethernet", 6},
    {"IfType", "TokenRing", 9},
    {"IfType", "Ppp", 23},
    {"IfType", "Loopback", 24},
    {"IfType", "Atm", 37},
    {"IfType", "Virtual", 53},
    {"IfType", "WiFi", 71},
    {"IfType", "Tunnel", 131},
    {"IfType", "Firewire", 144},
    {"IfType", "WiMax", 237},
    {"IfType", "Wwan", 243},
    {"IfType", "Wwan2", 244},
    {"IfOperStatus", "Up", 1},
    {"IfOperStatus", "Down", 2},
    {"IfOperStatus", "Testing", 3},
    {"IfOperStatus", "Unknown", 4},
    {"IfOperStatus", "Dormant", 5},
    {"IfOperStatus", "NotPresent", 6},
    {"IfOperStatus", "LowerLayerDown", 7},
    {"IfAdminStatus", "Up", 1},
    {"IfAdminStatus", "Down", 2},
    {"IfAdminStatus", "Testing", 3},
    {"MediaConnectState", "Unknown", 0},
    {"MediaConnectState", "Connected", 1},
    {"MediaConnectState", "Disconnected", 2},
    {"RouteProtocol", "Other", 1},
    {"RouteProtocol", "Local", 2},
    {"RouteProtocol", "NetMgmt", 3},
    {"RouteProtocol", "Icmp", 4},
    {"RouteProtocol", "Egp", 5},
    {"RouteProtocol", "Ggp", 6},
    {"RouteProtocol", "Hello", 7},
    {"RouteProtocol", "Rip", 8},
    {"RouteProtocol", "IsIs", 9},
    {"RouteProtocol", "EsIs", 10},
    {"RouteProtocol", "Cisco", 11},
    {"RouteProtocol", "Bbn", 12},
    {"RouteProtocol", "Ospf", 13},
    {"RouteProtocol", "Bgp", 14},
    {"RouteProtocol", "Idpr", 15},
    {"RouteProtocol", "Eigrp", 16},
    {"RouteProtocol", "Dvmrp", 17},
    {"RouteProtocol", "Rpl", 18},
    {"RouteProtocol", "Dhcp", 19},
    {"RouteProtocol", "NtAutostatic", 10002},
    {"RouteProtocol", "NtStatic", 10006},
    {"RouteProtocol", "NtStaticNonDod", 10007},
    {"RouteOrigin", "Manual", 0},
    {"RouteOrigin", "WellKnown", 1},
    {"RouteOrigin", "Dhcp", 2},
    {"RouteOrigin", "RouterAdvertisement", 3},
    {"RouteOrigin", "SixToFour", 4},
    {"PrefixOrigin", "Other", 0},
    {"PrefixOrigin", "Manual", 1},
    {"PrefixOrigin", "WellKnown", 2},
    {"PrefixOrigin", "Dhcp", 3},
    {"PrefixOrigin", "RouterAdvertisement", 4},
    {"PrefixOrigin", "Unchanged", 16},
    {"SuffixOrigin", "Other", 0},
    {"SuffixOrigin", "Manual", 1},
    {"SuffixOrigin", "WellKnown", 2},
    {"SuffixOrigin", "Dhcp", 3},
    {"SuffixOrigin", "LinkLayerAddress", 4},
    {"SuffixOrigin", "Random", 5},
    {"SuffixOrigin", "Unchanged", 16},
    {"DadState", "Invalid", 0},
    {"DadState", "Tentative", 1},
    {"DadState", "Duplicate", 2},
    {"DadState", "Deprecated", 3},
    {"DadState", "Preferred", 4},
};

/* ---- ranges ---------------------------------------------------------------------------------- */

#define SAME(low, high) .ipv4 = {low, high}, .ipv6 = {low, high}

static const ipif_ranges UINT8_RANGE = {SAME(0, UINT8_MAX)};
static const ipif_ranges UINT32_RANGE = {SAME(0, UINT32_MAX)};
static const ipif_ranges UINT64_RANGE = {SAME(0, UINT64_MAX)};
static const ipif_ranges INT32_RANGE = {SAME(INT32_MIN, INT32_MAX)};
static const ipif_ranges INT64_RANGE = {SAME(INT64_MIN, INT64_MAX)};
static const ipif_ranges CHOICE_RANGE = {SAME(0, 2)};
static const ipif_ranges METRIC_RANGE = {SAME(0, INT32_MAX)};
static const ipif_ranges SITE_PREFIX_RANGES = {{0, 0}, {0, 128}};
/* All ones is an unchanged sentinel in these three, and so is 0 in the last two. */
static const ipif_ranges COUNT_RANGE = {SAME(0, UINT32_MAX - 1)};
static const ipif_ranges TIME_RANGE = {SAME(1, UINT32_MAX - 1)};
static const ipif_ranges MTU_RANGES = {{576, UINT32_MAX - 1}, {1280, UINT32_MAX - 1}};

#undef SAME

/* ---- how a row is written -------------------------------------------------------------------- */

#define ROW(member, field_kind, field_access, field_families, number_ranges, unchanged_values, \
            field_enumeration, field_unit, basis, text, ...) \
    {.name = #member, \
     .kind = field_kind, \
     .access = field_access, \
     .families = field_families, \
     .ranges = number_ranges, \
     .unchanged = unchanged_values, \
     .enumeration = field_enumeration, \
     .unit = field_unit, \
     .source = basis, \
     .summary = text, \
     __VA_ARGS__}

/* The offset and the size of a member of STRUCTURE. */
#define PLACE(member) \
    .offset = offsetof(STRUCTURE, member), .size = sizeof(((STRUCTURE *)0)->member)

/* The basis of a range or a rule. */
#define ROW_PAGE "MIB_IPINTERFACE_ROW reference page"
#define SET_PAGE "SetIpInterfaceEntry reference page"
#define POWERSHELL_PAGE "Set-NetIPInterface reference page"
#define SDK_HEADER "SDK header (C type)"
#define NLDEF_HEADER "SDK header nldef.h"
#define UNCHANGED_INFERRED "SDK header (C type); all ones means unchanged: inferred"
#define ZERO_INFERRED "SDK header (C type); 0 means unchanged: inferred, all ones: unconfirmed"

/* ---- MIB_IPINTERFACE_ROW --------------------------------------------------------------------- */

#define STRUCTURE MIB_IPINTERFACE_ROW
#define KEY(member, kind, ranges, text) \
    ROW(member, kind, ACCESS_KEY, BOTH, ranges, UNCHANGED_NEVER, NULL, "", SDK_HEADER, text, \
        PLACE(member))
#define IGNORED(member, kind, families, ranges, unit, basis, text) \
    ROW(member, kind, ACCESS_READ_ONLY, families, ranges, UNCHANGED_NEVER, NULL, unit, basis, \
        text, PLACE(member))
#define OFFLOAD(member, text) \
    ROW(member, KIND_OFFLOAD, ACCESS_READ_ONLY, BOTH, &UINT8_RANGE, UNCHANGED_NEVER, \
        "InterfaceOffload", "", SET_PAGE, text, PLACE(member))
#define SWITCH(member, families, text) \
    ROW(member, KIND_BOOL, ACCESS_SETTABLE, families, NULL, UNCHANGED_NEVER, NULL, "", ROW_PAGE, \
        text, PLACE(member))
#define CHOICE(member, enumeration, text) \
    ROW(member, KIND_ENUM, ACCESS_SETTABLE, BOTH, &CHOICE_RANGE, UNCHANGED_ONES, enumeration, "", \
        NLDEF_HEADER, text, PLACE(member))
#define NUMBER(member, families, ranges, unchanged, unit, basis, text) \
    ROW(member, KIND_UINT32, ACCESS_SETTABLE, families, ranges, unchanged, NULL, unit, basis, \
        text, PLACE(member))

static const ipif_field IPINTERFACE_FIELDS[] = {
    KEY(Family, KIND_FAMILY, NULL,
        "IP family of the row; with the LUID or the index it names the row"),
    KEY(InterfaceLuid, KIND_LUID, &UINT64_RANGE,
        "locally unique identifier; stays when the adapter is restarted; used before the index"),
    KEY(InterfaceIndex, KIND_UINT32, &UINT32_RANGE,
        "interface index; can change when the adapter is disabled and enabled"),
    IGNORED(MaxReassemblySize, KIND_UINT32, BOTH, &UINT32_RANGE, "bytes", SET_PAGE,
            "largest reassembled datagram; reserved, reads 0"),
    IGNORED(InterfaceIdentifier, KIND_UINT64, BOTH, &UINT64_RANGE, "", ROW_PAGE,
            "interface identifier; reserved, reads 0"),
    IGNORED(MinRouterAdvertisementInterval, KIND_UINT32, IPV6, &UINT32_RANGE, "ms", SET_PAGE,
            "shortest time between router advertisements"),
    IGNORED(MaxRouterAdvertisementInterval, KIND_UINT32, IPV6, &UINT32_RANGE, "ms", SET_PAGE,
            "longest time between router advertisements"),
    SWITCH(AdvertisingEnabled, BOTH, "send router advertisements"),
    SWITCH(ForwardingEnabled, BOTH, "forward packets that are not addressed to this computer"),
    SWITCH(WeakHostSend, BOTH, "send packets whose source address belongs to another interface"),
    SWITCH(WeakHostReceive, BOTH,
           "accept packets whose destination address belongs to another interface"),
    SWITCH(UseAutomaticMetric, BOTH, "compute Metric from the speed of the adapter"),
    SWITCH(UseNeighborUnreachabilityDetection, BOTH,
           "check by probes that neighbours are reachable"),
    SWITCH(ManagedAddressConfigurationSupported, BOTH,
           "addresses come from DHCP (the M flag of router advertisements)"),
    SWITCH(OtherStatefulConfigurationSupported, BOTH,
           "other settings come from DHCP (the O flag of router advertisements)"),
    SWITCH(AdvertiseDefaultRoute, IPV6,
           "advertise this computer as a default router; needs AdvertisingEnabled"),
    CHOICE(RouterDiscoveryBehavior, "RouterDiscoveryBehavior", "whether routers are discovered"),
    NUMBER(DadTransmits, BOTH, &COUNT_RANGE, UNCHANGED_ONES, "probes", UNCHANGED_INFERRED,
           "probes sent by duplicate address detection; 0 turns it off"),
    NUMBER(BaseReachableTime, BOTH, &TIME_RANGE, UNCHANGED_BOTH, "ms", ZERO_INFERRED,
           "base from which ReachableTime is computed at random"),
    NUMBER(RetransmitTime, BOTH, &TIME_RANGE, UNCHANGED_BOTH, "ms", ZERO_INFERRED,
           "time between neighbour solicitations"),
    NUMBER(PathMtuDiscoveryTimeout, BOTH, &TIME_RANGE, UNCHANGED_BOTH, "ms", ZERO_INFERRED,
           "how long a path MTU is remembered"),
    CHOICE(LinkLocalAddressBehavior, "LinkLocalAddressBehavior",
           "whether the interface gets a link-local address"),
    NUMBER(LinkLocalAddressTimeout, IPV4, &COUNT_RANGE, UNCHANGED_ONES, "ms", UNCHANGED_INFERRED,
           "how long to wait before a link-local address is configured"),
    ROW(ZoneIndices, KIND_ZONES, ACCESS_SETTABLE, IPV6, &COUNT_RANGE, UNCHANGED_ONES, NULL, "",
        UNCHANGED_INFERRED, "zone index of each of the 16 scope levels", PLACE(ZoneIndices)),
    NUMBER(SitePrefixLength, BOTH, &SITE_PREFIX_RANGES, UNCHANGED_ONES, "bits", SET_PAGE,
           "length of the site prefix; for IPv4 GetIpInterfaceEntry returns 64, and "
           "SetIpInterfaceEntry takes only 0"),
    NUMBER(Metric, BOTH, &METRIC_RANGE, UNCHANGED_ONES, "",
           "NL_MAX_METRIC_COMPONENT in nldef.h; that Windows refuses more: unconfirmed",
           "added to the metric of every route through the interface"),
    NUMBER(NlMtu, BOTH, &MTU_RANGES, UNCHANGED_BOTH, "bytes", POWERSHELL_PAGE,
           "largest packet of this family, without the link-layer header"),
    IGNORED(Connected, KIND_BOOL, BOTH, NULL, "", SET_PAGE, "connected to a network access point"),
    IGNORED(SupportsWakeUpPatterns, KIND_BOOL, BOTH, NULL, "", SET_PAGE,
            "the adapter can wake the computer by packet patterns"),
    IGNORED(SupportsNeighborDiscovery, KIND_BOOL, BOTH, NULL, "", SET_PAGE,
            "neighbour discovery works on this interface"),
    IGNORED(SupportsRouterDiscovery, KIND_BOOL, BOTH, NULL, "", SET_PAGE,
            "router discovery works on this interface"),
    IGNORED(ReachableTime, KIND_UINT32, BOTH, &UINT32_RANGE, "ms", SET_PAGE,
            "how long a neighbour counts as reachable after it has answered"),
    OFFLOAD(TransmitOffload, "what the adapter does for outgoing packets"),
    OFFLOAD(ReceiveOffload, "what the adapter does for incoming packets"),
    SWITCH(DisableDefaultRoutes, BOTH, "ignore default routes through this interface"),
};

#undef STRUCTURE

/* ---- the structures that are only read ------------------------------------------------------- */

#define READ(member, kind, ranges, unit, text) \
    IGNORED(member, kind, BOTH, ranges, unit, SDK_HEADER, text)
#define READ_ENUM(member, kind, ranges, enumeration, text) \
    ROW(member, kind, ACCESS_READ_ONLY, BOTH, ranges, UNCHANGED_NEVER, enumeration, "", \
        SDK_HEADER, text, PLACE(member))

#define STRUCTURE MIB_IF_ROW2
/* offsetof of a bit-field does not compile: a flag is its byte and its bit; a C test sets each
 * bit-field and compares. */
#define FLAG(member, number, text) \
    ROW(member, KIND_FLAG, ACCESS_READ_ONLY, BOTH, NULL, UNCHANGED_NEVER, NULL, "", SDK_HEADER, \
        text, .offset = offsetof(STRUCTURE, InterfaceAndOperStatusFlags), .size = 1, \
        .bit = number)
#define HARDWARE_ADDRESS(member, text) \
    ROW(member, KIND_BYTES, ACCESS_READ_ONLY, BOTH, NULL, UNCHANGED_NEVER, NULL, "", SDK_HEADER, \
        text, PLACE(member), .length_offset = offsetof(STRUCTURE, PhysicalAddressLength))
#define COUNTER(member, unit, text) READ(member, KIND_UINT64, &UINT64_RANGE, unit, text)

static const ipif_field IF_ROW2_FIELDS[] = {
    KEY(InterfaceLuid, KIND_LUID, &UINT64_RANGE,
        "locally unique identifier; used before the index"),
    KEY(InterfaceIndex, KIND_UINT32, &UINT32_RANGE,
        "interface index; can change when the adapter is disabled and enabled"),
    READ(InterfaceGuid, KIND_GUID, NULL, "", "GUID of the interface"),
    READ(Alias, KIND_STRING, NULL, "", "the name that the user sees and may change"),
    READ(Description, KIND_STRING, NULL, "", "the name that the driver gives"),
    READ(PhysicalAddressLength, KIND_UINT32, &UINT32_RANGE, "bytes",
         "length of both physical addresses"),
    HARDWARE_ADDRESS(PhysicalAddress, "physical (MAC) address in use"),
    HARDWARE_ADDRESS(PermanentPhysicalAddress, "physical (MAC) address of the hardware"),
    READ(Mtu, KIND_UINT32, &UINT32_RANGE, "bytes", "largest packet, without the link-layer header"),
    READ_ENUM(
        Type, KIND_UINT32, &UINT32_RANGE, "IfType",
        "interface type: 6 Ethernet, 24 loopback, 53 virtual, 71 Wi-Fi, 131 tunnel (IANA ifType)"),
    READ(TunnelType, KIND_ENUM, &INT32_RANGE, "",
         "encapsulation of a tunnel: 0 none, 13 ISATAP, 14 Teredo (TUNNEL_TYPE)"),
    READ(MediaType, KIND_ENUM, &INT32_RANGE, "",
         "NDIS_MEDIUM: 0 802.3, 16 802.11, 17 loopback, 19 IP"),
    READ(PhysicalMediumType, KIND_ENUM, &INT32_RANGE, "",
         "NDIS_PHYSICAL_MEDIUM: 0 unspecified, 9 802.11, 10 Bluetooth, 14 802.3"),
    READ(AccessType, KIND_ENUM, &INT32_RANGE, "",
         "NET_IF_ACCESS_TYPE: 1 loopback, 2 broadcast, 3 point-to-point, 4 point-to-multipoint"),
    READ(DirectionType, KIND_ENUM, &INT32_RANGE, "",
         "NET_IF_DIRECTION_TYPE: 0 both, 1 send only, 2 receive only"),
    FLAG(HardwareInterface, 0, "the interface belongs to hardware"),
    FLAG(FilterInterface, 1, "the interface is a filter module of another one"),
    FLAG(ConnectorPresent, 2, "the hardware has a connector"),
    FLAG(NotAuthenticated, 3, "the port is not authenticated"),
    FLAG(NotMediaConnected, 4, "no cable, no network"),
    FLAG(Paused, 5, "the interface is paused"),
    FLAG(LowPower, 6, "the interface sleeps"),
    FLAG(EndPointInterface, 7, "an end point for a device, not for networking"),
    READ_ENUM(
        OperStatus, KIND_ENUM, &INT32_RANGE, "IfOperStatus",
        "IF_OPER_STATUS: 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 not present, 7 lower "
        "layer down"),
    READ_ENUM(AdminStatus, KIND_ENUM, &INT32_RANGE, "IfAdminStatus",
              "NET_IF_ADMIN_STATUS: 1 up, 2 down, 3 testing"),
    READ_ENUM(MediaConnectState, KIND_ENUM, &INT32_RANGE, "MediaConnectState",
              "NET_IF_MEDIA_CONNECT_STATE: 0 unknown, 1 connected, 2 disconnected"),
    READ(NetworkGuid, KIND_GUID, NULL, "", "GUID of the network that the interface belongs to"),
    READ(ConnectionType, KIND_ENUM, &INT32_RANGE, "",
         "NET_IF_CONNECTION_TYPE: 1 dedicated, 2 passive, 3 demand"),
    READ(TransmitLinkSpeed, KIND_UINT64, &UINT64_RANGE, "bit/s",
         "speed of the link, sending; the automatic metric is made from it"),
    READ(ReceiveLinkSpeed, KIND_UINT64, &UINT64_RANGE, "bit/s", "speed of the link, receiving"),
    COUNTER(InOctets, "bytes", "received, with framing"),
    COUNTER(InUcastPkts, "packets", "unicast packets received"),
    COUNTER(InNUcastPkts, "packets", "broadcast and multicast packets received"),
    COUNTER(InDiscards, "packets", "received and discarded although intact"),
    COUNTER(InErrors, "packets", "received and discarded for an error"),
    COUNTER(InUnknownProtos, "packets", "received and discarded for an unknown protocol"),
    COUNTER(InUcastOctets, "bytes", "received in unicast packets"),
    COUNTER(InMulticastOctets, "bytes", "received in multicast packets"),
    COUNTER(InBroadcastOctets, "bytes", "received in broadcast packets"),
    COUNTER(OutOctets, "bytes", "sent, with framing"),
    COUNTER(OutUcastPkts, "packets", "unicast packets sent"),
    COUNTER(OutNUcastPkts, "packets", "broadcast and multicast packets sent"),
    COUNTER(OutDiscards, "packets", "discarded although intact"),
    COUNTER(OutErrors, "packets", "discarded for an error"),
    COUNTER(OutUcastOctets, "bytes", "sent in unicast packets"),
    COUNTER(OutMulticastOctets, "bytes", "sent in multicast packets"),
    COUNTER(OutBroadcastOctets, "bytes", "sent in broadcast packets"),
    COUNTER(OutQLen, "packets", "length of the output queue; not used"),
};

#undef STRUCTURE

#define STRUCTURE MIB_IPFORWARD_ROW2

static const ipif_field IPFORWARD_ROW2_FIELDS[] = {
    KEY(InterfaceLuid, KIND_LUID, &UINT64_RANGE, "LUID of the interface of the route"),
    KEY(InterfaceIndex, KIND_UINT32, &UINT32_RANGE, "index of the interface of the route"),
    KEY(DestinationPrefix, KIND_PREFIX, NULL,
        "where the route leads; 0.0.0.0/0 or ::/0 is a default route"),
    KEY(NextHop, KIND_ADDRESS, NULL,
        "the gateway; the unspecified address when the destination is on the link"),
    READ(SitePrefixLength, KIND_UINT8, &UINT8_RANGE, "bits", "length of the site prefix"),
    READ(ValidLifetime, KIND_UINT32, &UINT32_RANGE, "s",
         "how long the route is valid; 4294967295 is for ever"),
    READ(PreferredLifetime, KIND_UINT32, &UINT32_RANGE, "s",
         "how long the route is preferred; 4294967295 is for ever"),
    READ(Metric, KIND_UINT32, &UINT32_RANGE, "",
         "metric of the route; the metric of its interface is added to it"),
    READ_ENUM(Protocol, KIND_ENUM, &INT32_RANGE, "RouteProtocol",
              "NL_ROUTE_PROTOCOL: 2 local, 3 static, 19 DHCP"),
    READ(Loopback, KIND_BOOL, NULL, "", "a route to this computer itself"),
    READ(AutoconfigureAddress, KIND_BOOL, NULL, "", "addresses are configured from the prefix"),
    READ(Publish, KIND_BOOL, NULL, "", "the route is advertised"),
    READ(Immortal, KIND_BOOL, NULL, "", "the lifetimes do not count down"),
    READ(Age, KIND_UINT32, &UINT32_RANGE, "s", "age of the route"),
    READ_ENUM(Origin, KIND_ENUM, &INT32_RANGE, "RouteOrigin",
              "NL_ROUTE_ORIGIN: 0 manual, 1 well known, 2 DHCP, 3 router advertisement, 4 6to4"),
};

#undef STRUCTURE
#define STRUCTURE MIB_IPFORWARDROW

static const ipif_field IPFORWARDROW_FIELDS[] = {
    KEY(dwForwardDest, KIND_IPV4, NULL, "destination"),
    KEY(dwForwardMask, KIND_IPV4, NULL, "subnet mask of the destination"),
    READ(dwForwardPolicy, KIND_UINT32, &UINT32_RANGE, "", "not used"),
    KEY(dwForwardNextHop, KIND_IPV4, NULL, "the gateway"),
    KEY(dwForwardIfIndex, KIND_UINT32, &UINT32_RANGE, "index of the interface of the route"),
    READ(dwForwardType, KIND_UINT32, &UINT32_RANGE, "",
         "MIB_IPROUTE_TYPE: 1 other, 2 invalid, 3 direct, 4 indirect"),
    READ_ENUM(dwForwardProto, KIND_UINT32, &UINT32_RANGE, "RouteProtocol",
              "NL_ROUTE_PROTOCOL: 2 local, 3 static, 19 DHCP"),
    READ(dwForwardAge, KIND_UINT32, &UINT32_RANGE, "s", "age of the route"),
    READ(dwForwardNextHopAS, KIND_UINT32, &UINT32_RANGE, "",
         "autonomous system of the gateway; not used"),
    READ(dwForwardMetric1, KIND_UINT32, &UINT32_RANGE, "",
         "metric of the route and of its interface together"),
    READ(dwForwardMetric2, KIND_UINT32, &UINT32_RANGE, "", "not used; 4294967295"),
    READ(dwForwardMetric3, KIND_UINT32, &UINT32_RANGE, "", "not used; 4294967295"),
    READ(dwForwardMetric4, KIND_UINT32, &UINT32_RANGE, "", "not used; 4294967295"),
    READ(dwForwardMetric5, KIND_UINT32, &UINT32_RANGE, "", "not used; 4294967295"),
};

#undef STRUCTURE
#define STRUCTURE MIB_UNICASTIPADDRESS_ROW

static const ipif_field UNICASTIPADDRESS_FIELDS[] = {
    KEY(Address, KIND_ADDRESS, NULL, "the address, with its scope id"),
    KEY(InterfaceLuid, KIND_LUID, &UINT64_RANGE, "LUID of the interface that has the address"),
    KEY(InterfaceIndex, KIND_UINT32, &UINT32_RANGE, "index of the interface that has the address"),
    READ_ENUM(PrefixOrigin, KIND_ENUM, &INT32_RANGE, "PrefixOrigin",
              "NL_PREFIX_ORIGIN: 1 manual, 2 well known, 3 DHCP, 4 router advertisement"),
    READ_ENUM(SuffixOrigin, KIND_ENUM, &INT32_RANGE, "SuffixOrigin",
              "NL_SUFFIX_ORIGIN: 1 manual, 2 well known, 3 DHCP, 4 link layer, 5 random"),
    READ(ValidLifetime, KIND_UINT32, &UINT32_RANGE, "s",
         "how long the address is valid; 4294967295 is for ever"),
    READ(PreferredLifetime, KIND_UINT32, &UINT32_RANGE, "s",
         "how long the address is preferred; 4294967295 is for ever"),
    READ(OnLinkPrefixLength, KIND_UINT8, &UINT8_RANGE, "bits",
         "length of the prefix that is on the link"),
    READ(SkipAsSource, KIND_BOOL, NULL, "", "not chosen as a source address"),
    READ_ENUM(DadState, KIND_ENUM, &INT32_RANGE, "DadState",
              "NL_DAD_STATE: 0 invalid, 1 tentative, 2 duplicate, 3 deprecated, 4 preferred"),
    READ(ScopeId, KIND_UINT32, &UINT32_RANGE, "", "scope id of the address (SCOPE_ID.Value)"),
    READ(CreationTimeStamp, KIND_INT64, &INT64_RANGE, "100 ns",
         "when the address was made (FILETIME)"),
};

#undef STRUCTURE
/* ---- the structures -------------------------------------------------------------------------- */

typedef enum {
    IPINTERFACE_ROW,
    IF_ROW2,
    IPFORWARD_ROW2,
    IPFORWARDROW,
    UNICASTIPADDRESS_ROW,
    STRUCTURE_COUNT
} ipif_structure_id;

typedef struct {
    const char *name;
    const ipif_field *fields;
    size_t count;
    size_t size;
} ipif_structure;

enum { MOST_FIELDS = sizeof(IF_ROW2_FIELDS) / sizeof(IF_ROW2_FIELDS[0]) };

#define TABLE(id, structure, table) \
    [id] = {#structure, table, sizeof(table) / sizeof(table[0]), sizeof(structure)}

static const ipif_structure STRUCTURES[STRUCTURE_COUNT] = {
    TABLE(IPINTERFACE_ROW, MIB_IPINTERFACE_ROW, IPINTERFACE_FIELDS),
    TABLE(IF_ROW2, MIB_IF_ROW2, IF_ROW2_FIELDS),
    TABLE(IPFORWARD_ROW2, MIB_IPFORWARD_ROW2, IPFORWARD_ROW2_FIELDS),
    TABLE(IPFORWARDROW, MIB_IPFORWARDROW, IPFORWARDROW_FIELDS),
    TABLE(UNICASTIPADDRESS_ROW, MIB_UNICASTIPADDRESS_ROW, UNICASTIPADDRESS_FIELDS),
};

#undef TABLE

#endif
