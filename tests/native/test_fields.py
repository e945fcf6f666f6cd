"""The field tables: the frozen layout, and what they say about each member."""

import shutil
import subprocess
import sys

import pytest
from support.fresh import ROOT
from support.machine import native
from support.sdk import LAYOUT, SIZES, STORAGE

import ipif
from ipif import netioapi

ROW = "MIB_IPINTERFACE_ROW"
NAMES = [field.name for field in ipif.FIELDS]

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
