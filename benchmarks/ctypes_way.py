"""The same work with ctypes, the layout done right: what ipif is measured against.

Written as somebody would who knows ctypes well: ``c_bool`` for BOOLEAN, one dict display for each row, no lookup that could be
avoided.  Functions come as addresses, so that every way calls the very same code.
"""

import ctypes
import uuid

BYTE, ULONG, ULONG64, BOOLEAN = ctypes.c_ubyte, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_bool
FUNCTION = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)

AF_INET = 2


class MIB_IPINTERFACE_ROW(ctypes.Structure):
    _fields_ = (
        ("Family", ctypes.c_uint16),
        ("InterfaceLuid", ULONG64),
        ("InterfaceIndex", ULONG),
        ("MaxReassemblySize", ULONG),
        ("InterfaceIdentifier", ULONG64),
        ("MinRouterAdvertisementInterval", ULONG),
        ("MaxRouterAdvertisementInterval", ULONG),
        ("AdvertisingEnabled", BOOLEAN),
        ("ForwardingEnabled", BOOLEAN),
        ("WeakHostSend", BOOLEAN),
        ("WeakHostReceive", BOOLEAN),
        ("UseAutomaticMetric", BOOLEAN),
        ("UseNeighborUnreachabilityDetection", BOOLEAN),
        ("ManagedAddressConfigurationSupported", BOOLEAN),
        ("OtherStatefulConfigurationSupported", BOOLEAN),
        ("AdvertiseDefaultRoute", BOOLEAN),
        ("RouterDiscoveryBehavior", ctypes.c_int32),
        ("DadTransmits", ULONG),
        ("BaseReachableTime", ULONG),
        ("RetransmitTime", ULONG),
        ("PathMtuDiscoveryTimeout", ULONG),
        ("LinkLocalAddressBehavior", ctypes.c_int32),
        ("LinkLocalAddressTimeout", ULONG),
        ("ZoneIndices", ULONG * 16),
        ("SitePrefixLength", ULONG),
        ("Metric", ULONG),
        ("NlMtu", ULONG),
        ("Connected", BOOLEAN),
        ("SupportsWakeUpPatterns", BOOLEAN),
        ("SupportsNeighborDiscovery", BOOLEAN),
        ("SupportsRouterDiscovery", BOOLEAN),
        ("ReachableTime", ULONG),
        ("TransmitOffload", BYTE),
        ("ReceiveOffload", BYTE),
        ("DisableDefaultRoutes", BOOLEAN),
    )


COUNTERS = (
    "InOctets InUcastPkts InNUcastPkts InDiscards InErrors InUnknownProtos InUcastOctets InMulticastOctets InBroadcastOctets "
    "OutOctets OutUcastPkts OutNUcastPkts OutDiscards OutErrors OutUcastOctets OutMulticastOctets OutBroadcastOctets OutQLen"
).split()
FLAGS = (
    "HardwareInterface FilterInterface ConnectorPresent NotAuthenticated NotMediaConnected Paused LowPower EndPointInterface"
).split()


class MIB_IF_ROW2(ctypes.Structure):
    _fields_ = (
        ("InterfaceLuid", ULONG64),
        ("InterfaceIndex", ULONG),
        ("InterfaceGuid", BYTE * 16),
        ("Alias", ctypes.c_uint16 * 257),
        ("Description", ctypes.c_uint16 * 257),
        ("PhysicalAddressLength", ULONG),
        ("PhysicalAddress", BYTE * 32),
        ("PermanentPhysicalAddress", BYTE * 32),
        ("Mtu", ULONG),
        ("Type", ULONG),
        ("TunnelType", ctypes.c_int32),
        ("MediaType", ctypes.c_int32),
        ("PhysicalMediumType", ctypes.c_int32),
        ("AccessType", ctypes.c_int32),
        ("DirectionType", ctypes.c_int32),
        ("InterfaceAndOperStatusFlags", BYTE),
        ("OperStatus", ctypes.c_int32),
        ("AdminStatus", ctypes.c_int32),
        ("MediaConnectState", ctypes.c_int32),
        ("NetworkGuid", BYTE * 16),
        ("ConnectionType", ctypes.c_int32),
        ("TransmitLinkSpeed", ULONG64),
        ("ReceiveLinkSpeed", ULONG64),
        *((name, ULONG64) for name in COUNTERS),
    )


assert ctypes.sizeof(MIB_IPINTERFACE_ROW) == 168
assert ctypes.sizeof(MIB_IF_ROW2) == 1352

PLAIN = [name for name, _ in MIB_IPINTERFACE_ROW._fields_ if name != "ZoneIndices"]
PLAIN_LINK = [
    name
    for name, kind in MIB_IF_ROW2._fields_
    if kind in (ULONG, ULONG64, ctypes.c_int32) and name != "InterfaceAndOperStatusFlags"
]


def row_to_dict(row: MIB_IPINTERFACE_ROW) -> dict[str, object]:
    result = {name: getattr(row, name) for name in PLAIN}
    result["ZoneIndices"] = tuple(row.ZoneIndices)
    return result


def wide(units: ctypes.Array[ctypes.c_uint16]) -> str:
    return bytes(units).decode("utf-16-le").split("\0", 1)[0]


def link_to_dict(row: MIB_IF_ROW2) -> dict[str, object]:
    result: dict[str, object] = {name: getattr(row, name) for name in PLAIN_LINK}
    flags, length = row.InterfaceAndOperStatusFlags, row.PhysicalAddressLength
    result["InterfaceGuid"] = uuid.UUID(bytes_le=bytes(row.InterfaceGuid))
    result["NetworkGuid"] = uuid.UUID(bytes_le=bytes(row.NetworkGuid))
    result["Alias"] = wide(row.Alias)
    result["Description"] = wide(row.Description)
    result["PhysicalAddress"] = bytes(row.PhysicalAddress)[:length]
    result["PermanentPhysicalAddress"] = bytes(row.PermanentPhysicalAddress)[:length]
    for bit, name in enumerate(FLAGS):
        result[name] = bool(flags >> bit & 1)
    return result


class CtypesWay:
    """get, table, set and update; ``address`` gives the address of a Win32 function."""

    def __init__(self, address) -> None:
        row = ctypes.POINTER(MIB_IPINTERFACE_ROW)
        table = ctypes.POINTER(ctypes.c_void_p)
        by_row = FUNCTION(ULONG, row)
        self._get = by_row(address("GetIpInterfaceEntry"))
        self._set = by_row(address("SetIpInterfaceEntry"))
        self._initialize = FUNCTION(None, row)(address("InitializeIpInterfaceEntry"))
        self._table = FUNCTION(ULONG, ctypes.c_uint16, table)(address("GetIpInterfaceTable"))
        self._links = FUNCTION(ULONG, ULONG, table)(address("GetIfTable2Ex"))
        self._free = FUNCTION(None, ctypes.c_void_p)(address("FreeMibTable"))

    def get(self, index: int) -> dict[str, object]:
        row = MIB_IPINTERFACE_ROW(Family=AF_INET, InterfaceIndex=index)
        err = self._get(ctypes.byref(row))
        if err:
            raise OSError(err)
        return row_to_dict(row)

    def get_by(self, family: int, luid: int) -> dict[str, object]:
        row = MIB_IPINTERFACE_ROW(Family=family, InterfaceLuid=luid)
        err = self._get(ctypes.byref(row))
        if err:
            raise OSError(err)
        return row_to_dict(row)

    def table(self) -> list[dict[str, object]]:
        memory = ctypes.c_void_p()
        err = self._table(0, ctypes.byref(memory))
        if err:
            raise OSError(err)
        try:
            count = ULONG.from_address(memory.value).value
            rows = (MIB_IPINTERFACE_ROW * count).from_address(memory.value + 8)
            return [row_to_dict(row) for row in rows]
        finally:
            self._free(memory)

    def links(self) -> list[dict[str, object]]:
        memory = ctypes.c_void_p()
        err = self._links(0, ctypes.byref(memory))
        if err:
            raise OSError(err)
        try:
            count = ULONG.from_address(memory.value).value
            rows = (MIB_IF_ROW2 * count).from_address(memory.value + 8)
            return [link_to_dict(row) for row in rows]
        finally:
            self._free(memory)

    def set(self, values: dict[str, object]) -> None:
        row = MIB_IPINTERFACE_ROW()
        self._initialize(ctypes.byref(row))
        for name, value in values.items():
            if name == "ZoneIndices":
                row.ZoneIndices[:] = value
            else:
                setattr(row, name, value)
        row.SitePrefixLength = 0
        err = self._set(ctypes.byref(row))
        if err:
            raise OSError(err)

    def update(self, index: int, metric: int) -> None:
        row = MIB_IPINTERFACE_ROW(Family=AF_INET, InterfaceIndex=index)
        err = self._get(ctypes.byref(row))
        if err:
            raise OSError(err)
        row.SitePrefixLength = 0
        row.Metric = metric
        err = self._set(ctypes.byref(row))
        if err:
            raise OSError(err)
