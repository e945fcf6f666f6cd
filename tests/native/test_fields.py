"""The field tables: the frozen layout, and what they say about each member."""

import shutil
import subprocess
import sys

import pytest
from support.fresh import ROOT
from support.machine import native
from support.sdk import SIZES, STORAGE

import ipif
from ipif import netioapi

ROW = "MIB_IPINTERFACE_ROW"
NAMES = [field.name for field in ipif.FIELDS]

# Member, offset and size in bytes, kind. Typed out from the SDK, not from the tables.
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

KEYS = {"Family", "InterfaceLuid", "InterfaceIndex"}
# The ten that the page of SetIpInterfaceEntry lists as ignored, and InterfaceIdentifier.
READ_ONLY = {
    "MaxReassemblySize",
    "InterfaceIdentifier",
    "MinRouterAdvertisementInterval",
    "MaxRouterAdvertisementInterval",
    "Connected",
    "SupportsWakeUpPatterns",
    "SupportsNeighborDiscovery",
    "SupportsRouterDiscovery",
    "ReachableTime",
    "TransmitOffload",
    "ReceiveOffload",
}

ONES = 2**32 - 1
# Valid values for IPv4 and for IPv6, and the unchanged sentinels.
SETTABLE_NUMBERS = {
    "RouterDiscoveryBehavior": ((0, 2), (0, 2), {-1}),
    "LinkLocalAddressBehavior": ((0, 2), (0, 2), {-1}),
    "DadTransmits": ((0, ONES - 1), (0, ONES - 1), {ONES}),
    "BaseReachableTime": ((1, ONES - 1), (1, ONES - 1), {0, ONES}),
    "RetransmitTime": ((1, ONES - 1), (1, ONES - 1), {0, ONES}),
    "PathMtuDiscoveryTimeout": ((1, ONES - 1), (1, ONES - 1), {0, ONES}),
    "LinkLocalAddressTimeout": ((0, ONES - 1), (0, ONES - 1), {ONES}),
    "ZoneIndices": ((0, ONES - 1), (0, ONES - 1), {ONES}),
    "SitePrefixLength": ((0, 0), (0, 128), {ONES}),
    "Metric": ((0, 2**31 - 1), (0, 2**31 - 1), {ONES}),
    "NlMtu": ((576, ONES - 1), (1280, ONES - 1), {0, ONES}),
}
UNITS = {
    "MaxReassemblySize": "bytes",
    "MinRouterAdvertisementInterval": "ms",
    "MaxRouterAdvertisementInterval": "ms",
    "DadTransmits": "probes",
    "BaseReachableTime": "ms",
    "RetransmitTime": "ms",
    "PathMtuDiscoveryTimeout": "ms",
    "LinkLocalAddressTimeout": "ms",
    "SitePrefixLength": "bits",
    "NlMtu": "bytes",
    "ReachableTime": "ms",
}
ONE_FAMILY = {
    "MinRouterAdvertisementInterval": ("ipv6",),
    "MaxRouterAdvertisementInterval": ("ipv6",),
    "AdvertiseDefaultRoute": ("ipv6",),
    "LinkLocalAddressTimeout": ("ipv4",),
    "ZoneIndices": ("ipv6",),
}
ENUMERATIONS = {
    "RouterDiscoveryBehavior": {"Disabled": 0, "Enabled": 1, "Dhcp": 2, "Unchanged": -1},
    "LinkLocalAddressBehavior": {"AlwaysOff": 0, "Delayed": 1, "AlwaysOn": 2, "Unchanged": -1},
    "InterfaceOffload": {
        "NlChecksumSupported": 0x01,
        "NlOptionsSupported": 0x02,
        "TlDatagramChecksumSupported": 0x04,
        "TlStreamChecksumSupported": 0x08,
        "TlStreamOptionsSupported": 0x10,
        "FastPathCompatible": 0x20,
        "TlLargeSendOffloadSupported": 0x40,
        "TlGiantSendOffloadSupported": 0x80,
    },
    "NotificationType": {
        "ParameterNotification": 0,
        "AddInstance": 1,
        "DeleteInstance": 2,
        "InitialNotification": 3,
    },
    "IfType": {
        "Other": 1,
        "Ethernet": 6,
        "TokenRing": 9,
        "Ppp": 23,
        "Loopback": 24,
        "Atm": 37,
        "Virtual": 53,
        "WiFi": 71,
        "Tunnel": 131,
        "Firewire": 144,
        "WiMax": 237,
        "Wwan": 243,
        "Wwan2": 244,
    },
    "IfOperStatus": {
        "Up": 1,
        "Down": 2,
        "Testing": 3,
        "Unknown": 4,
        "Dormant": 5,
        "NotPresent": 6,
        "LowerLayerDown": 7,
    },
    "IfAdminStatus": {"Up": 1, "Down": 2, "Testing": 3},
    "MediaConnectState": {"Unknown": 0, "Connected": 1, "Disconnected": 2},
    "RouteProtocol": {
        "Other": 1,
        "Local": 2,
        "NetMgmt": 3,
        "Icmp": 4,
        "Egp": 5,
        "Ggp": 6,
        "Hello": 7,
        "Rip": 8,
        "IsIs": 9,
        "EsIs": 10,
        "Cisco": 11,
        "Bbn": 12,
        "Ospf": 13,
        "Bgp": 14,
        "Idpr": 15,
        "Eigrp": 16,
        "Dvmrp": 17,
        "Rpl": 18,
        "Dhcp": 19,
        "NtAutostatic": 10002,
        "NtStatic": 10006,
        "NtStaticNonDod": 10007,
    },
    "RouteOrigin": {
        "Manual": 0,
        "WellKnown": 1,
        "Dhcp": 2,
        "RouterAdvertisement": 3,
        "SixToFour": 4,
    },
    "PrefixOrigin": {
        "Other": 0,
        "Manual": 1,
        "WellKnown": 2,
        "Dhcp": 3,
        "RouterAdvertisement": 4,
        "Unchanged": 16,
    },
    "SuffixOrigin": {
        "Other": 0,
        "Manual": 1,
        "WellKnown": 2,
        "Dhcp": 3,
        "LinkLayerAddress": 4,
        "Random": 5,
        "Unchanged": 16,
    },
    "DadState": {
        "Invalid": 0,
        "Tentative": 1,
        "Duplicate": 2,
        "Deprecated": 3,
        "Preferred": 4,
    },
}

ALL_FIELDS = [(name, field) for name, fields in netioapi.FIELDS.items() for field in fields]
ALL_IDS = [f"{name}-{field.name}" for name, field in ALL_FIELDS]


@pytest.mark.parametrize("structure", LAYOUT)
def test_layout_every_structure_is_the_frozen_one(structure):
    exported = [(f.name, str(f.offset), str(f.size), f.kind) for f in netioapi.FIELDS[structure]]
    assert exported == [tuple(line.split()) for line in LAYOUT[structure].strip().splitlines()]


@pytest.mark.parametrize(("structure", "size"), SIZES.items())
def test_size_every_structure_is_the_frozen_one(structure, size):
    native.unpack(structure, bytes(size))
    for wrong in (size - 1, size + 1):
        with pytest.raises(ValueError, match=f"{structure} has {size} bytes, got {wrong}"):
            native.unpack(structure, bytes(wrong))


def test_layout_members_do_not_overlap_and_leave_only_padding():
    for structure, fields in netioapi.FIELDS.items():
        end = 0
        for field in fields:
            if field.kind == "flag" and field.offset == end - 1:
                continue
            assert end <= field.offset < end + 8, (structure, field.name)
            end = field.offset + field.size
        assert SIZES[structure] - 8 < end <= SIZES[structure]


def test_structures_tables_are_those_tested_here():
    assert set(LAYOUT) == set(SIZES) == set(native.fields()) == set(netioapi.FIELDS)
    assert netioapi.FIELDS[ROW] == ipif.FIELDS
    assert isinstance(ipif.FIELDS, tuple)
    assert len(ipif.FIELDS) == 35


@pytest.mark.parametrize("field", ipif.FIELDS, ids=NAMES)
def test_access_of_every_member_agrees_with_the_page_of_set_ip_interface_entry(field):
    expected = "key" if field.name in KEYS else "settable"
    assert field.access == ("read-only" if field.name in READ_ONLY else expected)
    assert field.families == ONE_FAMILY.get(field.name, ("ipv4", "ipv6"))
    assert field.unit == UNITS.get(field.name, "")


@pytest.mark.parametrize("field", ipif.FIELDS, ids=NAMES)
def test_ranges_of_every_member_are_the_writable_values(field):
    if field.kind in ("bool", "family"):
        assert field.ranges is None
        assert (field.minimum, field.maximum, field.unchanged) == (None, None, ())
        return
    ipv4, ipv6, unchanged = SETTABLE_NUMBERS.get(field.name) or (*[STORAGE[field.kind]] * 2, set())
    assert dict(field.ranges) == {"ipv4": ipv4, "ipv6": ipv6}
    assert (field.minimum, field.maximum) == (min(ipv4[0], ipv6[0]), max(ipv4[1], ipv6[1]))
    assert set(field.unchanged) == unchanged
    for sentinel in field.unchanged:
        assert not any(low <= sentinel <= high for low, high in field.ranges.values())


@pytest.mark.parametrize(("structure", "field"), ALL_FIELDS, ids=ALL_IDS)
def test_field_every_member_of_every_structure_is_described(structure, field):
    assert field.access in ("key", "settable", "read-only")
    assert field.families
    assert set(field.families) <= {"ipv4", "ipv6"}
    assert field.unit in ("", "bytes", "ms", "s", "bits", "bit/s", "probes", "packets", "100 ns")
    assert field.summary == field.summary.strip() != ""
    assert field.summary.isascii()
    assert "\n" not in field.summary
    assert not field.summary.endswith(".")
    assert field.source
    assert (field.enum is None) or field.enum in ENUMERATIONS
    assert (field.ranges is None) == (field.minimum is None) == (field.maximum is None)
    if structure != ROW:
        assert field.unchanged == ()
        assert field.access != "settable"
        low_high = STORAGE.get(field.kind, (None, None))
        assert (field.minimum, field.maximum) == low_high


def test_field_attributes_cannot_be_changed():
    field = ipif.FIELDS[0]
    with pytest.raises(AttributeError):
        field.name = "Other"
    [mtu] = [field for field in ipif.FIELDS if field.name == "NlMtu"]
    with pytest.raises(TypeError):
        mtu.ranges["ipv4"] = (0, 0)


@pytest.mark.parametrize(
    ("name", "exception"),
    [
        ("MIB_IPINTERFACE", ValueError),
        ("", ValueError),
        (b"MIB_IF_ROW2", TypeError),
        (1, TypeError),
    ],
)
def test_unpack_unknown_structure_is_refused(name, exception):
    with pytest.raises(exception, match="structure"):
        native.unpack(name, bytes(168))


def test_enumerations_table_and_classes_are_those_of_the_sdk():
    assert native.enums() == ENUMERATIONS
    for name, members in ENUMERATIONS.items():
        assert {member.name: member.value for member in getattr(ipif, name)} == members
    used = {field.name: field.enum for field in ipif.FIELDS if field.enum is not None}
    assert used == {
        "RouterDiscoveryBehavior": "RouterDiscoveryBehavior",
        "LinkLocalAddressBehavior": "LinkLocalAddressBehavior",
        "TransmitOffload": "InterfaceOffload",
        "ReceiveOffload": "InterfaceOffload",
    }


def test_enumerations_of_the_members_that_are_only_read():
    used = {
        structure: {field.name: field.enum for field in fields if field.enum is not None}
        for structure, fields in netioapi.FIELDS.items()
        if structure != ROW
    }
    assert used == {
        "MIB_IF_ROW2": {
            "Type": "IfType",
            "OperStatus": "IfOperStatus",
            "AdminStatus": "IfAdminStatus",
            "MediaConnectState": "MediaConnectState",
        },
        "MIB_IPFORWARD_ROW2": {"Protocol": "RouteProtocol", "Origin": "RouteOrigin"},
        "MIB_IPFORWARDROW": {"dwForwardProto": "RouteProtocol"},
        "MIB_UNICASTIPADDRESS_ROW": {
            "PrefixOrigin": "PrefixOrigin",
            "SuffixOrigin": "SuffixOrigin",
            "DadState": "DadState",
        },
    }
    for rows, structure in (
        (ipif.list_adapters(), "MIB_IF_ROW2"),
        (ipif.list_routes(), "MIB_IPFORWARD_ROW2"),
        (ipif.list_addresses(), "MIB_UNICASTIPADDRESS_ROW"),
    ):
        for row in rows:
            for name, enum in used[structure].items():
                assert type(row[name]) is int
                assert getattr(ipif, enum)(row[name]).name


COMPILER = shutil.which("cc") or shutil.which("gcc")
HEADERS = ROOT / "src" / "sim" / "include"


@pytest.mark.skipif(sys.platform == "win32", reason="runs a compiler of this system")
@pytest.mark.skipif(COMPILER is None, reason="no C compiler")
@pytest.mark.skipif(not HEADERS.is_dir(), reason="the sources are not here")
def test_bits_set_one_by_one_by_the_compiler_are_those_of_the_tables(tmp_path):
    flags = [f.name for f in netioapi.FIELDS["MIB_IF_ROW2"] if f.kind == "flag"]
    offloads = list(ENUMERATIONS["InterfaceOffload"])
    shows = [f"SHOW(MIB_IF_ROW2, InterfaceAndOperStatusFlags, {name});" for name in flags]
    shows += [f"SHOW(MIB_IPINTERFACE_ROW, TransmitOffload, {name});" for name in offloads]
    source = tmp_path / "bits.c"
    source.write_text(
        "#include <winsock2.h>\n#include <ws2ipdef.h>\n#include <iphlpapi.h>\n"
        "#include <netioapi.h>\n#include <stdio.h>\n#include <string.h>\n"
        "#define SHOW(structure, bits, bit) do { structure row; memset(&row, 0, sizeof row); \\\n"
        "    row.bits.bit = 1; unsigned char *bytes = (unsigned char *)&row; \\\n"
        "    for (size_t i = 0; i < sizeof row; i++) \\\n"
        '        if (bytes[i]) printf(#bit " %zu %u\\n", i, bytes[i]); } while (0)\n'
        "int main(void) {\n" + "\n".join(shows) + "\nreturn 0; }\n",
        encoding="ascii",
    )
    program = tmp_path / "bits"
    command = [COMPILER, "-std=c11", f"-I{HEADERS}", str(source), "-o", str(program)]
    subprocess.run(command, check=True, capture_output=True)
    shown = subprocess.run([program], check=True, capture_output=True, text=True).stdout

    expected = []
    for name in flags:
        [byte] = [value for value in range(256) if set_flags(value) == {name}]
        expected.append(f"{name} 1152 {byte}")
    for name, bit in ENUMERATIONS["InterfaceOffload"].items():
        expected.append(f"{name} 164 {bit}")
    assert shown.splitlines() == expected


def set_flags(byte):
    """Return the flags of a MIB_IF_ROW2 whose InterfaceAndOperStatusFlags are *byte*."""
    data = bytearray(SIZES["MIB_IF_ROW2"])
    data[1152] = byte
    row = native.unpack("MIB_IF_ROW2", bytes(data))
    return {f.name for f in netioapi.FIELDS["MIB_IF_ROW2"] if f.kind == "flag" and row[f.name]}


def test_flags_every_byte_comes_and_goes_bit_by_bit():
    names = [f.name for f in netioapi.FIELDS["MIB_IF_ROW2"] if f.kind == "flag"]
    for byte in range(256):
        assert set_flags(byte) == {name for bit, name in enumerate(names) if byte >> bit & 1}
