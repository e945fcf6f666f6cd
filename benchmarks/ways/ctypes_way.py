"""The same work with ctypes, the layout done right: what ipif is measured against.

Written as somebody would who knows ctypes well: ``c_bool`` for BOOLEAN, one dict display for each
row, arrays read as slices (``tuple(array)`` takes ten times as long as ``tuple(array[:])``).
Functions come as addresses, so that every way calls the very same code.
"""

import ctypes
import time
import uuid

BYTE, ULONG, ULONG64, BOOLEAN = ctypes.c_ubyte, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_bool
ENUM = ctypes.c_int32
FUNCTION = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
AF_UNSPEC = 0
TABLE_AT = 8  # where the rows of a table begin


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
        ("RouterDiscoveryBehavior", ENUM),
        ("DadTransmits", ULONG),
        ("BaseReachableTime", ULONG),
        ("RetransmitTime", ULONG),
        ("PathMtuDiscoveryTimeout", ULONG),
        ("LinkLocalAddressBehavior", ENUM),
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


COUNTERS = [
    "InOctets",
    "InUcastPkts",
    "InNUcastPkts",
    "InDiscards",
    "InErrors",
    "InUnknownProtos",
    "InUcastOctets",
    "InMulticastOctets",
    "InBroadcastOctets",
    "OutOctets",
    "OutUcastPkts",
    "OutNUcastPkts",
    "OutDiscards",
    "OutErrors",
    "OutUcastOctets",
    "OutMulticastOctets",
    "OutBroadcastOctets",
    "OutQLen",
]


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
        ("TunnelType", ENUM),
        ("MediaType", ENUM),
        ("PhysicalMediumType", ENUM),
        ("AccessType", ENUM),
        ("DirectionType", ENUM),
        ("InterfaceAndOperStatusFlags", BYTE),
        ("OperStatus", ENUM),
        ("AdminStatus", ENUM),
        ("MediaConnectState", ENUM),
        ("NetworkGuid", BYTE * 16),
        ("ConnectionType", ENUM),
        ("TransmitLinkSpeed", ULONG64),
        ("ReceiveLinkSpeed", ULONG64),
        *((name, ULONG64) for name in COUNTERS),
    )


assert ctypes.sizeof(MIB_IPINTERFACE_ROW) == 168
assert ctypes.sizeof(MIB_IF_ROW2) == 1352


def row_to_dict(row: MIB_IPINTERFACE_ROW) -> dict[str, object]:
    return {
        "Family": row.Family,
        "InterfaceLuid": row.InterfaceLuid,
        "InterfaceIndex": row.InterfaceIndex,
        "MaxReassemblySize": row.MaxReassemblySize,
        "InterfaceIdentifier": row.InterfaceIdentifier,
        "MinRouterAdvertisementInterval": row.MinRouterAdvertisementInterval,
        "MaxRouterAdvertisementInterval": row.MaxRouterAdvertisementInterval,
        "AdvertisingEnabled": row.AdvertisingEnabled,
        "ForwardingEnabled": row.ForwardingEnabled,
        "WeakHostSend": row.WeakHostSend,
        "WeakHostReceive": row.WeakHostReceive,
        "UseAutomaticMetric": row.UseAutomaticMetric,
        "UseNeighborUnreachabilityDetection": row.UseNeighborUnreachabilityDetection,
        "ManagedAddressConfigurationSupported": row.ManagedAddressConfigurationSupported,
        "OtherStatefulConfigurationSupported": row.OtherStatefulConfigurationSupported,
        "AdvertiseDefaultRoute": row.AdvertiseDefaultRoute,
        "RouterDiscoveryBehavior": row.RouterDiscoveryBehavior,
        "DadTransmits": row.DadTransmits,
        "BaseReachableTime": row.BaseReachableTime,
        "RetransmitTime": row.RetransmitTime,
        "PathMtuDiscoveryTimeout": row.PathMtuDiscoveryTimeout,
        "LinkLocalAddressBehavior": row.LinkLocalAddressBehavior,
        "LinkLocalAddressTimeout": row.LinkLocalAddressTimeout,
        "ZoneIndices": tuple(row.ZoneIndices[:]),
        "SitePrefixLength": row.SitePrefixLength,
        "Metric": row.Metric,
        "NlMtu": row.NlMtu,
        "Connected": row.Connected,
        "SupportsWakeUpPatterns": row.SupportsWakeUpPatterns,
        "SupportsNeighborDiscovery": row.SupportsNeighborDiscovery,
        "SupportsRouterDiscovery": row.SupportsRouterDiscovery,
        "ReachableTime": row.ReachableTime,
        "TransmitOffload": row.TransmitOffload,
        "ReceiveOffload": row.ReceiveOffload,
        "DisableDefaultRoutes": row.DisableDefaultRoutes,
    }


def text(units: "ctypes.Array[ctypes.c_uint16]") -> str:
    """Return the text before the first NUL, found without looking at the 257 units one by one."""
    return bytes(units).decode("utf-16-le", "surrogatepass").partition("\0")[0]


def link_to_dict(row: MIB_IF_ROW2) -> dict[str, object]:
    flags, length = row.InterfaceAndOperStatusFlags, row.PhysicalAddressLength
    return {
        "InterfaceLuid": row.InterfaceLuid,
        "InterfaceIndex": row.InterfaceIndex,
        "InterfaceGuid": uuid.UUID(bytes_le=bytes(row.InterfaceGuid)),
        "Alias": text(row.Alias),
        "Description": text(row.Description),
        "PhysicalAddressLength": length,
        "PhysicalAddress": bytes(row.PhysicalAddress[:length]),
        "PermanentPhysicalAddress": bytes(row.PermanentPhysicalAddress[:length]),
        "Mtu": row.Mtu,
        "Type": row.Type,
        "TunnelType": row.TunnelType,
        "MediaType": row.MediaType,
        "PhysicalMediumType": row.PhysicalMediumType,
        "AccessType": row.AccessType,
        "DirectionType": row.DirectionType,
        "HardwareInterface": flags & 1 != 0,
        "FilterInterface": flags & 2 != 0,
        "ConnectorPresent": flags & 4 != 0,
        "NotAuthenticated": flags & 8 != 0,
        "NotMediaConnected": flags & 16 != 0,
        "Paused": flags & 32 != 0,
        "LowPower": flags & 64 != 0,
        "EndPointInterface": flags & 128 != 0,
        "OperStatus": row.OperStatus,
        "AdminStatus": row.AdminStatus,
        "MediaConnectState": row.MediaConnectState,
        "NetworkGuid": uuid.UUID(bytes_le=bytes(row.NetworkGuid)),
        "ConnectionType": row.ConnectionType,
        "TransmitLinkSpeed": row.TransmitLinkSpeed,
        "ReceiveLinkSpeed": row.ReceiveLinkSpeed,
        "InOctets": row.InOctets,
        "InUcastPkts": row.InUcastPkts,
        "InNUcastPkts": row.InNUcastPkts,
        "InDiscards": row.InDiscards,
        "InErrors": row.InErrors,
        "InUnknownProtos": row.InUnknownProtos,
        "InUcastOctets": row.InUcastOctets,
        "InMulticastOctets": row.InMulticastOctets,
        "InBroadcastOctets": row.InBroadcastOctets,
        "OutOctets": row.OutOctets,
        "OutUcastPkts": row.OutUcastPkts,
        "OutNUcastPkts": row.OutNUcastPkts,
        "OutDiscards": row.OutDiscards,
        "OutErrors": row.OutErrors,
        "OutUcastOctets": row.OutUcastOctets,
        "OutMulticastOctets": row.OutMulticastOctets,
        "OutBroadcastOctets": row.OutBroadcastOctets,
        "OutQLen": row.OutQLen,
    }


class CtypesWay:
    """get, table, links, set and update; ``address`` gives the address of a Win32 function."""

    def __init__(self, address) -> None:
        row, table = ctypes.POINTER(MIB_IPINTERFACE_ROW), ctypes.POINTER(ctypes.c_void_p)
        by_row = FUNCTION(ULONG, row)
        self._get = by_row(address("GetIpInterfaceEntry"))
        self._set = by_row(address("SetIpInterfaceEntry"))
        self._initialize = FUNCTION(None, row)(address("InitializeIpInterfaceEntry"))
        self._table = FUNCTION(ULONG, ctypes.c_uint16, table)(address("GetIpInterfaceTable"))
        self._links = FUNCTION(ULONG, ULONG, table)(address("GetIfTable2Ex"))
        self._free = FUNCTION(None, ctypes.c_void_p)(address("FreeMibTable"))

    def get(self, family: int, luid: int) -> dict[str, object]:
        row = MIB_IPINTERFACE_ROW(Family=family, InterfaceLuid=luid)
        err = self._get(row)
        if err:
            raise OSError(err)
        return row_to_dict(row)

    def table(self) -> list[dict[str, object]]:
        memory = ctypes.c_void_p()
        err = self._table(AF_UNSPEC, memory)
        if err:
            raise OSError(err)
        try:
            count = ULONG.from_address(memory.value).value
            rows = (MIB_IPINTERFACE_ROW * count).from_address(memory.value + TABLE_AT)
            return [row_to_dict(row) for row in rows]
        finally:
            self._free(memory)

    def links(self) -> list[dict[str, object]]:
        memory = ctypes.c_void_p()
        err = self._links(0, memory)
        if err:
            raise OSError(err)
        try:
            count = ULONG.from_address(memory.value).value
            rows = (MIB_IF_ROW2 * count).from_address(memory.value + TABLE_AT)
            return [link_to_dict(row) for row in rows]
        finally:
            self._free(memory)

    def set(self, values: dict[str, object]) -> None:
        row = MIB_IPINTERFACE_ROW()
        self._initialize(row)
        for name, value in values.items():
            if name == "ZoneIndices":
                row.ZoneIndices[:] = value
            else:
                setattr(row, name, value)
        err = self._set(row)
        if err:
            raise OSError(err)

    def update(self, family: int, luid: int, metric: int) -> None:
        row = MIB_IPINTERFACE_ROW(Family=family, InterfaceLuid=luid)
        err = self._get(row)
        if err:
            raise OSError(err)
        row.SitePrefixLength = 0
        row.Metric = metric
        err = self._set(row)
        if err:
            raise OSError(err)


class CtypesWatch:
    """Notifications by a Python function that Windows calls; it notes when it was called."""

    def __init__(self, address) -> None:
        self.times: list[float] = []
        callback = FUNCTION(None, ctypes.c_void_p, ctypes.POINTER(MIB_IPINTERFACE_ROW), ENUM)
        handle = ctypes.POINTER(ctypes.c_void_p)
        notify = FUNCTION(ULONG, ctypes.c_uint16, callback, ctypes.c_void_p, BOOLEAN, handle)
        self._cancel = FUNCTION(ULONG, ctypes.c_void_p)(address("CancelMibChangeNotify2"))
        self._called = callback(self._note)
        self._handle = ctypes.c_void_p()
        register = notify(address("NotifyIpInterfaceChange"))
        err = register(AF_UNSPEC, self._called, None, False, self._handle)
        if err:
            raise OSError(err)

    def _note(self, _context, _row, _type) -> None:
        self.times.append(time.perf_counter())

    def close(self) -> None:
        self._cancel(self._handle)
