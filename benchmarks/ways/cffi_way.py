"""The same work with cffi in API mode."""

import importlib.util
import os
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
AF_UNSPEC = 0


def compiled():
    """Return the compiled cffi module, built under build/ when it is not there yet.

    IPIF_CFFI names one that is ready, where no compiler is: tools/bench.py makes it for Windows.
    """
    path = os.environ.get("IPIF_CFFI")
    if path is None:
        if sys.platform == "win32":
            raise SystemExit("there is no compiler here: run `python3 tools/bench.py --wine`")
        path = build()
    spec = importlib.util.spec_from_file_location("_ipif_cffi", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build() -> str:
    from . import cffi_build

    folder = ROOT / "build" / f"cffi-{sys.implementation.cache_tag}"
    folder.mkdir(parents=True, exist_ok=True)
    include = ROOT.joinpath(*cffi_build.ROOT_INCLUDE)
    ffi = cffi_build.builder(include_dirs=[str(include)], extra_compile_args=["-O2", "-w"])
    return ffi.compile(tmpdir=str(folder))


class CffiWay:
    """get, table, links, set and update; ``address`` gives the address of a Win32 function."""

    def __init__(self, address) -> None:
        module = compiled()
        self.ffi, self.lib = ffi, lib = module.ffi, module.lib
        self.get_function = ffi.cast("row_function", address("GetIpInterfaceEntry"))
        self.set_function = ffi.cast("row_function", address("SetIpInterfaceEntry"))
        self.initialize = ffi.cast("initialize_function", address("InitializeIpInterfaceEntry"))
        self.table_function = ffi.cast("table_function", address("GetIpInterfaceTable"))
        self.links_function = ffi.cast("links_function", address("GetIfTable2Ex"))
        self.free = ffi.cast("free_function", address("FreeMibTable"))
        self._transmit, self._receive = lib.transmit_offload, lib.receive_offload

    def key(self, family: int, luid: int):
        """Return a new row that names an interface."""
        row = self.ffi.new("MIB_IPINTERFACE_ROW *")
        row.Family, row.InterfaceLuid.Value = family, luid
        return row

    def _to_dict(self, row) -> dict[str, object]:
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
            "ZoneIndices": tuple(self.ffi.unpack(row.ZoneIndices, 16)),
            "SitePrefixLength": row.SitePrefixLength,
            "Metric": row.Metric,
            "NlMtu": row.NlMtu,
            "Connected": row.Connected != 0,
            "SupportsWakeUpPatterns": row.SupportsWakeUpPatterns != 0,
            "SupportsNeighborDiscovery": row.SupportsNeighborDiscovery != 0,
            "SupportsRouterDiscovery": row.SupportsRouterDiscovery != 0,
            "ReachableTime": row.ReachableTime,
            "TransmitOffload": self._transmit(self.ffi.addressof(row)),
            "ReceiveOffload": self._receive(self.ffi.addressof(row)),
            "DisableDefaultRoutes": row.DisableDefaultRoutes != 0,
        }

    def _text(self, units) -> str:
        raw = bytes(self.ffi.buffer(units))
        return raw.decode("utf-16-le", "surrogatepass").partition("\0")[0]

    def _link_to_dict(self, row) -> dict[str, object]:
        buffer, at = self.ffi.buffer, self.ffi.addressof
        flags = self.lib.link_flags(at(row))
        length = row.PhysicalAddressLength
        return {
            "InterfaceLuid": row.InterfaceLuid.Value,
            "InterfaceIndex": row.InterfaceIndex,
            "InterfaceGuid": uuid.UUID(bytes_le=bytes(buffer(at(row, "InterfaceGuid")))),
            "Alias": self._text(row.Alias),
            "Description": self._text(row.Description),
            "PhysicalAddressLength": length,
            "PhysicalAddress": buffer(row.PhysicalAddress)[:length],
            "PermanentPhysicalAddress": buffer(row.PermanentPhysicalAddress)[:length],
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
            "NetworkGuid": uuid.UUID(bytes_le=bytes(buffer(at(row, "NetworkGuid")))),
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

    def get(self, family: int, luid: int) -> dict[str, object]:
        row = self.key(family, luid)
        err = self.get_function(row)
        if err:
            raise OSError(err)
        return self._to_dict(row[0])

    def table(self) -> list[dict[str, object]]:
        memory = self.ffi.new("MIB_IPINTERFACE_TABLE **")
        err = self.table_function(AF_UNSPEC, memory)
        if err:
            raise OSError(err)
        try:
            rows = memory[0].Table
            return [self._to_dict(rows[i]) for i in range(memory[0].NumEntries)]
        finally:
            self.free(memory[0])

    def links(self) -> list[dict[str, object]]:
        memory = self.ffi.new("MIB_IF_TABLE2 **")
        err = self.links_function(0, memory)
        if err:
            raise OSError(err)
        try:
            rows = memory[0].Table
            return [self._link_to_dict(rows[i]) for i in range(memory[0].NumEntries)]
        finally:
            self.free(memory[0])

    def filled(self, values: dict[str, object]):
        """Return a row that Initialize prepared and these members were written to."""
        row = self.ffi.new("MIB_IPINTERFACE_ROW *")
        self.initialize(row)
        for name, value in values.items():
            if name == "InterfaceLuid":
                row.InterfaceLuid.Value = value
            elif name not in ("TransmitOffload", "ReceiveOffload"):
                setattr(row, name, value)
        self.lib.set_offloads(row, values["TransmitOffload"], values["ReceiveOffload"])
        return row

    def set(self, values: dict[str, object]) -> None:
        err = self.set_function(self.filled(values))
        if err:
            raise OSError(err)

    def update(self, family: int, luid: int, metric: int) -> None:
        row = self.key(family, luid)
        err = self.get_function(row)
        if err:
            raise OSError(err)
        row.SitePrefixLength = 0
        row.Metric = metric
        err = self.set_function(row)
        if err:
            raise OSError(err)
