"""The same work with cffi in API mode, and the bare C loop: both are compiled here, once, against the headers of the simulation.

The C loop calls the function again and again and converts nothing: it is the time of the simulated call itself.
"""

import importlib.util
import sys
from pathlib import Path

import cffi

ROOT = Path(__file__).resolve().parent.parent

DECLARATIONS = """
typedef uint32_t (*row_function)(MIB_IPINTERFACE_ROW *);
typedef void (*initialize_function)(MIB_IPINTERFACE_ROW *);
typedef uint32_t (*table_function)(uint16_t, MIB_IPINTERFACE_TABLE **);
typedef void (*free_function)(void *);
uint32_t loop_get(row_function get, uint16_t family, uint64_t luid, uint32_t index, int times);
uint32_t loop_set(row_function set, MIB_IPINTERFACE_ROW *row, int times);
uint32_t loop_table(table_function table, free_function release, int times);
uint32_t loop_links(uint32_t (*table)(uint32_t, void **), free_function release, int times);
"""

STRUCTURES = """
typedef union { uint64_t Value; ...; } NET_LUID;
typedef struct {
    uint16_t Family; NET_LUID InterfaceLuid; uint32_t InterfaceIndex; uint32_t MaxReassemblySize;
    uint64_t InterfaceIdentifier; uint32_t MinRouterAdvertisementInterval; uint32_t MaxRouterAdvertisementInterval;
    uint8_t AdvertisingEnabled; uint8_t ForwardingEnabled; uint8_t WeakHostSend; uint8_t WeakHostReceive;
    uint8_t UseAutomaticMetric; uint8_t UseNeighborUnreachabilityDetection; uint8_t ManagedAddressConfigurationSupported;
    uint8_t OtherStatefulConfigurationSupported; uint8_t AdvertiseDefaultRoute; int RouterDiscoveryBehavior;
    uint32_t DadTransmits; uint32_t BaseReachableTime; uint32_t RetransmitTime; uint32_t PathMtuDiscoveryTimeout;
    int LinkLocalAddressBehavior; uint32_t LinkLocalAddressTimeout; uint32_t ZoneIndices[16]; uint32_t SitePrefixLength;
    uint32_t Metric; uint32_t NlMtu; uint8_t Connected; uint8_t SupportsWakeUpPatterns; uint8_t SupportsNeighborDiscovery;
    uint8_t SupportsRouterDiscovery; uint32_t ReachableTime; uint8_t DisableDefaultRoutes; ...;
} MIB_IPINTERFACE_ROW;
typedef struct { uint32_t NumEntries; MIB_IPINTERFACE_ROW Table[]; ...; } MIB_IPINTERFACE_TABLE;
uint8_t transmit_offload(MIB_IPINTERFACE_ROW *row);
uint8_t receive_offload(MIB_IPINTERFACE_ROW *row);
"""

SOURCE = """
#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <string.h>
typedef uint32_t (*row_function)(MIB_IPINTERFACE_ROW *);
typedef void (*initialize_function)(MIB_IPINTERFACE_ROW *);
typedef uint32_t (*table_function)(uint16_t, MIB_IPINTERFACE_TABLE **);
typedef void (*free_function)(void *);

static uint8_t transmit_offload(MIB_IPINTERFACE_ROW *row)
{ uint8_t result; memcpy(&result, &row->TransmitOffload, 1); return result; }
static uint8_t receive_offload(MIB_IPINTERFACE_ROW *row)
{ uint8_t result; memcpy(&result, &row->ReceiveOffload, 1); return result; }

static uint32_t loop_get(row_function get, uint16_t family, uint64_t luid, uint32_t index, int times)
{
    uint32_t err = 0;
    for (int i = 0; i < times; i++) {
        MIB_IPINTERFACE_ROW row;
        memset(&row, 0, sizeof(row));
        row.Family = family;
        row.InterfaceLuid.Value = luid;
        row.InterfaceIndex = index;
        err |= get(&row);
    }
    return err;
}
static uint32_t loop_set(row_function set, MIB_IPINTERFACE_ROW *row, int times)
{
    uint32_t err = 0;
    for (int i = 0; i < times; i++) err |= set(row);
    return err;
}
static uint32_t loop_table(table_function table, free_function release, int times)
{
    uint32_t err = 0;
    for (int i = 0; i < times; i++) {
        MIB_IPINTERFACE_TABLE *rows = NULL;
        err |= table(0, &rows);
        release(rows);
    }
    return err;
}
static uint32_t loop_links(uint32_t (*table)(uint32_t, void **), free_function release, int times)
{
    uint32_t err = 0;
    for (int i = 0; i < times; i++) {
        void *rows = NULL;
        err |= table(0, &rows);
        release(rows);
    }
    return err;
}
"""

AF_INET = 2


def compiled():
    """Return the compiled cffi module, built under build/ when it is not there yet."""
    folder = ROOT / "build" / f"cffi-{sys.implementation.cache_tag}"
    builder = cffi.FFI()
    builder.cdef(STRUCTURES + DECLARATIONS)
    builder.set_source(
        "_ipif_cffi",
        SOURCE,
        include_dirs=[str(ROOT / "src" / "sim" / "include")],
        extra_compile_args=["-O2"],
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = builder.compile(tmpdir=str(folder))
    spec = importlib.util.spec_from_file_location("_ipif_cffi", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class CffiWay:
    """get, table, set and update; ``address`` gives the address of a Win32 function."""

    def __init__(self, address) -> None:
        module = compiled()
        self.ffi, self.lib = ffi, lib = module.ffi, module.lib
        self._get = ffi.cast("row_function", address("GetIpInterfaceEntry"))
        self._set = ffi.cast("row_function", address("SetIpInterfaceEntry"))
        self._initialize = ffi.cast("initialize_function", address("InitializeIpInterfaceEntry"))
        self._table = ffi.cast("table_function", address("GetIpInterfaceTable"))
        self._links = ffi.cast("uint32_t(*)(uint32_t, void **)", address("GetIfTable2Ex"))
        self._free = ffi.cast("free_function", address("FreeMibTable"))
        self._transmit, self._receive = lib.transmit_offload, lib.receive_offload

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

    def get(self, index: int) -> dict[str, object]:
        return self._read(AF_INET, 0, index)

    def get_by(self, family: int, luid: int) -> dict[str, object]:
        return self._read(family, luid, 0)

    def _read(self, family: int, luid: int, index: int) -> dict[str, object]:
        pointer = self.ffi.new("MIB_IPINTERFACE_ROW *")
        pointer.Family, pointer.InterfaceLuid.Value, pointer.InterfaceIndex = family, luid, index
        err = self._get(pointer)
        if err:
            raise OSError(err)
        return self._to_dict(pointer[0])

    def table(self) -> list[dict[str, object]]:
        memory = self.ffi.new("MIB_IPINTERFACE_TABLE **")
        err = self._table(0, memory)
        if err:
            raise OSError(err)
        try:
            rows = memory[0].Table
            return [self._to_dict(rows[i]) for i in range(memory[0].NumEntries)]
        finally:
            self._free(memory[0])

    def set(self, values: dict[str, object]) -> None:
        row = self.ffi.new("MIB_IPINTERFACE_ROW *")
        self._initialize(row)
        for name, value in values.items():
            if name == "InterfaceLuid":
                row.InterfaceLuid.Value = value
            elif name not in ("TransmitOffload", "ReceiveOffload"):
                setattr(row, name, value)
        row.SitePrefixLength = 0
        err = self._set(row)
        if err:
            raise OSError(err)

    def update(self, index: int, metric: int) -> None:
        row = self.ffi.new("MIB_IPINTERFACE_ROW *")
        row.Family, row.InterfaceIndex = AF_INET, index
        err = self._get(row)
        if err:
            raise OSError(err)
        row.SitePrefixLength = 0
        row.Metric = metric
        err = self._set(row)
        if err:
            raise OSError(err)
