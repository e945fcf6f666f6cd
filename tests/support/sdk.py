"""Facts of the Windows SDK, typed out from it and not from the field tables under test."""

#: The size of each structure in bytes.
SIZES = {
    "MIB_IPINTERFACE_ROW": 168,
    "MIB_IF_ROW2": 1352,
    "MIB_IPFORWARD_ROW2": 104,
    "MIB_IPFORWARDROW": 56,
    "MIB_UNICASTIPADDRESS_ROW": 80,
}

#: The smallest and largest number that each kind of integer can hold.
STORAGE = {
    "luid": (0, 2**64 - 1),
    "uint8": (0, 2**8 - 1),
    "offload": (0, 2**8 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "enum": (-(2**31), 2**31 - 1),
}

#: The members of each structure: name, offset and size in bytes, kind.
LAYOUT = {
    "MIB_IPINTERFACE_ROW": """
        Family                                  0  2  family
        InterfaceLuid                           8  8  luid
        InterfaceIndex                         16  4  uint32
        MaxReassemblySize                      20  4  uint32
        InterfaceIdentifier                    24  8  uint64
        MinRouterAdvertisementInterval         32  4  uint32
        MaxRouterAdvertisementInterval         36  4  uint32
        AdvertisingEnabled                     40  1  bool
        ForwardingEnabled                      41  1  bool
        WeakHostSend                           42  1  bool
        WeakHostReceive                        43  1  bool
        UseAutomaticMetric                     44  1  bool
        UseNeighborUnreachabilityDetection     45  1  bool
        ManagedAddressConfigurationSupported   46  1  bool
        OtherStatefulConfigurationSupported    47  1  bool
        AdvertiseDefaultRoute                  48  1  bool
        RouterDiscoveryBehavior                52  4  enum
        DadTransmits                           56  4  uint32
        BaseReachableTime                      60  4  uint32
        RetransmitTime                         64  4  uint32
        PathMtuDiscoveryTimeout                68  4  uint32
        LinkLocalAddressBehavior               72  4  enum
        LinkLocalAddressTimeout                76  4  uint32
        ZoneIndices                            80 64  uint32[16]
        SitePrefixLength                      144  4  uint32
        Metric                                148  4  uint32
        NlMtu                                 152  4  uint32
        Connected                             156  1  bool
        SupportsWakeUpPatterns                157  1  bool
        SupportsNeighborDiscovery             158  1  bool
        SupportsRouterDiscovery               159  1  bool
        ReachableTime                         160  4  uint32
        TransmitOffload                       164  1  offload
        ReceiveOffload                        165  1  offload
        DisableDefaultRoutes                  166  1  bool
    """,
    "MIB_IF_ROW2": """
        InterfaceLuid               0   8  luid
        InterfaceIndex              8   4  uint32
        InterfaceGuid              12  16  guid
        Alias                      28 514  str
        Description               542 514  str
        PhysicalAddressLength    1056   4  uint32
        PhysicalAddress          1060  32  bytes
        PermanentPhysicalAddress 1092  32  bytes
        Mtu                      1124   4  uint32
        Type                     1128   4  uint32
        TunnelType               1132   4  enum
        MediaType                1136   4  enum
        PhysicalMediumType       1140   4  enum
        AccessType               1144   4  enum
        DirectionType            1148   4  enum
        HardwareInterface        1152   1  flag
        FilterInterface          1152   1  flag
        ConnectorPresent         1152   1  flag
        NotAuthenticated         1152   1  flag
        NotMediaConnected        1152   1  flag
        Paused                   1152   1  flag
        LowPower                 1152   1  flag
        EndPointInterface        1152   1  flag
        OperStatus               1156   4  enum
        AdminStatus              1160   4  enum
        MediaConnectState        1164   4  enum
        NetworkGuid              1168  16  guid
        ConnectionType           1184   4  enum
        TransmitLinkSpeed        1192   8  uint64
        ReceiveLinkSpeed         1200   8  uint64
        InOctets                 1208   8  uint64
        InUcastPkts              1216   8  uint64
        InNUcastPkts             1224   8  uint64
        InDiscards               1232   8  uint64
        InErrors                 1240   8  uint64
        InUnknownProtos          1248   8  uint64
        InUcastOctets            1256   8  uint64
        InMulticastOctets        1264   8  uint64
        InBroadcastOctets        1272   8  uint64
        OutOctets                1280   8  uint64
        OutUcastPkts             1288   8  uint64
        OutNUcastPkts            1296   8  uint64
        OutDiscards              1304   8  uint64
        OutErrors                1312   8  uint64
        OutUcastOctets           1320   8  uint64
        OutMulticastOctets       1328   8  uint64
        OutBroadcastOctets       1336   8  uint64
        OutQLen                  1344   8  uint64
    """,
    "MIB_IPFORWARD_ROW2": """
        InterfaceLuid         0  8  luid
        InterfaceIndex        8  4  uint32
        DestinationPrefix    12 32  prefix
        NextHop              44 28  address
        SitePrefixLength     72  1  uint8
        ValidLifetime        76  4  uint32
        PreferredLifetime    80  4  uint32
        Metric               84  4  uint32
        Protocol             88  4  enum
        Loopback             92  1  bool
        AutoconfigureAddress 93  1  bool
        Publish              94  1  bool
        Immortal             95  1  bool
        Age                  96  4  uint32
        Origin              100  4  enum
    """,
    "MIB_IPFORWARDROW": """
        dwForwardDest       0  4  ipv4
        dwForwardMask       4  4  ipv4
        dwForwardPolicy     8  4  uint32
        dwForwardNextHop   12  4  ipv4
        dwForwardIfIndex   16  4  uint32
        dwForwardType      20  4  uint32
        dwForwardProto     24  4  uint32
        dwForwardAge       28  4  uint32
        dwForwardNextHopAS 32  4  uint32
        dwForwardMetric1   36  4  uint32
        dwForwardMetric2   40  4  uint32
        dwForwardMetric3   44  4  uint32
        dwForwardMetric4   48  4  uint32
        dwForwardMetric5   52  4  uint32
    """,
    "MIB_UNICASTIPADDRESS_ROW": """
        Address             0 28  address
        InterfaceLuid      32  8  luid
        InterfaceIndex     40  4  uint32
        PrefixOrigin       44  4  enum
        SuffixOrigin       48  4  enum
        ValidLifetime      52  4  uint32
        PreferredLifetime  56  4  uint32
        OnLinkPrefixLength 60  1  uint8
        SkipAsSource       61  1  bool
        DadState           64  4  enum
        ScopeId            68  4  uint32
        CreationTimeStamp  72  8  int64
    """,
}
