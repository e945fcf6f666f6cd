"""The same work with win32more, which describes all of Windows for ctypes. Under Windows only."""

import uuid
from ctypes import byref, pointer

from win32more.Windows.Win32.NetworkManagement import IpHelper

AF_UNSPEC = 0


def byte(structure) -> int:
    """Return a structure of bit-fields as the byte that it is."""
    return bytes(structure)[0]


def row_to_dict(row) -> dict[str, object]:
    return {
        "Family": row.Family,
        "InterfaceLuid": row.InterfaceLuid.Value,
        "InterfaceIndex": row.InterfaceIndex,
        "MaxReassemblySize": row.MaxReassemblySize,
        "InterfaceIdentifier": row.InterfaceIdentifier,
        "MinRouterAdvertisementInterval": row.MinRouterAdvertisementInterval,
        "MaxRouterAdvertisementInterval": row.MaxRouterAdvertisementInterval,
        "AdvertisingEnabled": row.AdvertisingEnabled != 0,
        "ForwardingEnabled": row.ForwardingEnabled != 0,
        "WeakHostSend": row.WeakHostSend != 0,
        "WeakHostReceive": row.WeakHostReceive != 0,
        "UseAutomaticMetric": row.UseAutomaticMetric != 0,
        "UseNeighborUnreachabilityDetection": row.UseNeighborUnreachabilityDetection != 0,
        "ManagedAddressConfigurationSupported": row.ManagedAddressConfigurationSupported != 0,
        "OtherStatefulConfigurationSupported": row.OtherStatefulConfigurationSupported != 0,
        "AdvertiseDefaultRoute": row.AdvertiseDefaultRoute != 0,
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
        "Connected": row.Connected != 0,
        "SupportsWakeUpPatterns": row.SupportsWakeUpPatterns != 0,
        "SupportsNeighborDiscovery": row.SupportsNeighborDiscovery != 0,
        "SupportsRouterDiscovery": row.SupportsRouterDiscovery != 0,
        "ReachableTime": row.ReachableTime,
        "TransmitOffload": byte(row.TransmitOffload),
        "ReceiveOffload": byte(row.ReceiveOffload),
        "DisableDefaultRoutes": row.DisableDefaultRoutes != 0,
    }


def link_to_dict(row) -> dict[str, object]:
    flags, length = byte(row.InterfaceAndOperStatusFlags), row.PhysicalAddressLength
    return {
        "InterfaceLuid": row.InterfaceLuid.Value,
        "InterfaceIndex": row.InterfaceIndex,
        "InterfaceGuid": uuid.UUID(bytes_le=bytes(row.InterfaceGuid)),
        "Alias": row.Alias,
        "Description": row.Description,
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


def rows_of(memory):
    """Return the rows of a table, which the description calls an array without a length."""
    return memory.contents.Table[: memory.contents.NumEntries]


class Win32moreWay:
    """get, table, links, set and update; win32more finds the functions in iphlpapi.dll itself."""

    def get(self, family: int, luid: int) -> dict[str, object]:
        row = IpHelper.MIB_IPINTERFACE_ROW(Family=family)
        row.InterfaceLuid.Value = luid
        err = IpHelper.GetIpInterfaceEntry(row)
        if err:
            raise OSError(err)
        return row_to_dict(row)

    def table(self) -> list[dict[str, object]]:
        memory = pointer(IpHelper.MIB_IPINTERFACE_TABLE())
        err = IpHelper.GetIpInterfaceTable(AF_UNSPEC, byref(memory))
        if err:
            raise OSError(err)
        try:
            return [row_to_dict(row) for row in rows_of(memory)]
        finally:
            IpHelper.FreeMibTable(memory)

    def links(self) -> list[dict[str, object]]:
        memory = pointer(IpHelper.MIB_IF_TABLE2())
        err = IpHelper.GetIfTable2Ex(IpHelper.MibIfTableNormal, byref(memory))
        if err:
            raise OSError(err)
        try:
            return [link_to_dict(row) for row in rows_of(memory)]
        finally:
            IpHelper.FreeMibTable(memory)

    def set(self, values: dict[str, object]) -> None:
        row = IpHelper.MIB_IPINTERFACE_ROW()
        IpHelper.InitializeIpInterfaceEntry(row)
        for name, value in values.items():
            if name == "InterfaceLuid":
                row.InterfaceLuid.Value = value
            elif name == "ZoneIndices":
                row.ZoneIndices[:] = value
            elif name not in ("TransmitOffload", "ReceiveOffload"):  # Set does not read them
                setattr(row, name, value)
        err = IpHelper.SetIpInterfaceEntry(row)
        if err:
            raise OSError(err)

    def update(self, family: int, luid: int, metric: int) -> None:
        row = IpHelper.MIB_IPINTERFACE_ROW(Family=family)
        row.InterfaceLuid.Value = luid
        err = IpHelper.GetIpInterfaceEntry(row)
        if err:
            raise OSError(err)
        row.SitePrefixLength = 0
        row.Metric = metric
        err = IpHelper.SetIpInterfaceEntry(row)
        if err:
            raise OSError(err)
