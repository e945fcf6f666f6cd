"""The C source of the compiled module: cffi in API mode, and the loops of bare C.

    python cffi_build.py FILE.c     writes the source, for a cross compiler

A loop of bare C calls the function and converts nothing: its time is that of the simulated call
itself, which is subtracted from the time of every implementation.
"""

import sys

import cffi

ROOT_INCLUDE = ("src", "sim", "include")
MODULE = "_ipif_cffi"

FUNCTION_TYPES = """
typedef uint32_t (*row_function)(MIB_IPINTERFACE_ROW *);
typedef void (*initialize_function)(MIB_IPINTERFACE_ROW *);
typedef uint32_t (*table_function)(uint16_t, MIB_IPINTERFACE_TABLE **);
typedef uint32_t (*adapters_function)(uint32_t, MIB_IF_TABLE2 **);
typedef void (*free_function)(void *);
"""

DECLARATIONS = """
typedef union { uint64_t Value; ...; } NET_LUID;
typedef struct {
    uint16_t Family; NET_LUID InterfaceLuid; uint32_t InterfaceIndex; uint32_t MaxReassemblySize;
    uint64_t InterfaceIdentifier;
    uint32_t MinRouterAdvertisementInterval; uint32_t MaxRouterAdvertisementInterval;
    uint8_t AdvertisingEnabled; uint8_t ForwardingEnabled; uint8_t WeakHostSend;
    uint8_t WeakHostReceive; uint8_t UseAutomaticMetric;
    uint8_t UseNeighborUnreachabilityDetection; uint8_t ManagedAddressConfigurationSupported;
    uint8_t OtherStatefulConfigurationSupported; uint8_t AdvertiseDefaultRoute;
    int RouterDiscoveryBehavior; uint32_t DadTransmits; uint32_t BaseReachableTime;
    uint32_t RetransmitTime; uint32_t PathMtuDiscoveryTimeout; int LinkLocalAddressBehavior;
    uint32_t LinkLocalAddressTimeout; uint32_t ZoneIndices[16]; uint32_t SitePrefixLength;
    uint32_t Metric; uint32_t NlMtu; uint8_t Connected; uint8_t SupportsWakeUpPatterns;
    uint8_t SupportsNeighborDiscovery; uint8_t SupportsRouterDiscovery; uint32_t ReachableTime;
    uint8_t DisableDefaultRoutes; ...;
} MIB_IPINTERFACE_ROW;
typedef struct { uint32_t NumEntries; MIB_IPINTERFACE_ROW Table[]; ...; } MIB_IPINTERFACE_TABLE;
typedef struct { ...; } GUID;
typedef struct {
    NET_LUID InterfaceLuid; uint32_t InterfaceIndex; GUID InterfaceGuid;
    uint16_t Alias[257]; uint16_t Description[257]; uint32_t PhysicalAddressLength;
    uint8_t PhysicalAddress[32]; uint8_t PermanentPhysicalAddress[32]; uint32_t Mtu; uint32_t Type;
    int TunnelType; int MediaType; int PhysicalMediumType; int AccessType; int DirectionType;
    int OperStatus; int AdminStatus; int MediaConnectState; GUID NetworkGuid; int ConnectionType;
    uint64_t TransmitLinkSpeed; uint64_t ReceiveLinkSpeed;
    uint64_t InOctets; uint64_t InUcastPkts; uint64_t InNUcastPkts; uint64_t InDiscards;
    uint64_t InErrors; uint64_t InUnknownProtos; uint64_t InUcastOctets;
    uint64_t InMulticastOctets; uint64_t InBroadcastOctets;
    uint64_t OutOctets; uint64_t OutUcastPkts; uint64_t OutNUcastPkts; uint64_t OutDiscards;
    uint64_t OutErrors; uint64_t OutUcastOctets; uint64_t OutMulticastOctets;
    uint64_t OutBroadcastOctets; uint64_t OutQLen; ...;
} MIB_IF_ROW2;
typedef struct { uint32_t NumEntries; MIB_IF_ROW2 Table[]; ...; } MIB_IF_TABLE2;
"""

FUNCTIONS = """
uint8_t transmit_offload(MIB_IPINTERFACE_ROW *row);
uint8_t receive_offload(MIB_IPINTERFACE_ROW *row);
void set_offloads(MIB_IPINTERFACE_ROW *row, uint8_t transmit, uint8_t receive);
uint8_t adapter_flags(MIB_IF_ROW2 *row);
uint32_t loop_get(row_function get, MIB_IPINTERFACE_ROW *key, int times);
uint32_t loop_set(initialize_function initialize, row_function set, MIB_IPINTERFACE_ROW *wanted,
                  int times);
uint32_t loop_update(row_function get, row_function set, MIB_IPINTERFACE_ROW *key,
                     uint32_t metric, int times);
uint32_t loop_table(table_function table, free_function release, int times);
uint32_t loop_adapters(adapters_function table, free_function release, int times);
"""

SOURCE = (
    f"""
#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <string.h>
{FUNCTION_TYPES}
"""
    + r"""
/* cffi has no addresses of bit-fields: these copy the bytes. */
static uint8_t transmit_offload(MIB_IPINTERFACE_ROW *row)
{ uint8_t byte; memcpy(&byte, &row->TransmitOffload, 1); return byte; }
static uint8_t receive_offload(MIB_IPINTERFACE_ROW *row)
{ uint8_t byte; memcpy(&byte, &row->ReceiveOffload, 1); return byte; }
static void set_offloads(MIB_IPINTERFACE_ROW *row, uint8_t transmit, uint8_t receive)
{ memcpy(&row->TransmitOffload, &transmit, 1); memcpy(&row->ReceiveOffload, &receive, 1); }
static uint8_t adapter_flags(MIB_IF_ROW2 *row)
{ uint8_t byte; memcpy(&byte, &row->InterfaceAndOperStatusFlags, 1); return byte; }

static uint32_t loop_get(row_function get, MIB_IPINTERFACE_ROW *key, int times)
{
    uint32_t err = 0;
    for (int i = 0; i < times; i++) {
        MIB_IPINTERFACE_ROW row = *key;
        err |= get(&row);
    }
    return err;
}

static uint32_t loop_set(initialize_function initialize, row_function set,
                         MIB_IPINTERFACE_ROW *wanted, int times)
{
    uint32_t err = 0;
    for (int i = 0; i < times; i++) {
        MIB_IPINTERFACE_ROW row;
        initialize(&row);
        row = *wanted;
        err |= set(&row);
    }
    return err;
}

static uint32_t loop_update(row_function get, row_function set, MIB_IPINTERFACE_ROW *key,
                            uint32_t metric, int times)
{
    uint32_t err = 0;
    for (int i = 0; i < times; i++) {
        MIB_IPINTERFACE_ROW row = *key;
        err |= get(&row);
        row.SitePrefixLength = 0;
        row.Metric = metric;
        err |= set(&row);
    }
    return err;
}

#define TABLE_LOOP(name, table_type, structure) \
    static uint32_t name(table_type table, free_function release, int times) \
    { \
        uint32_t err = 0; \
        for (int i = 0; i < times; i++) { \
            structure *rows = NULL; \
            err |= table(0, &rows); \
            release(rows); \
        } \
        return err; \
    }
TABLE_LOOP(loop_table, table_function, MIB_IPINTERFACE_TABLE)
TABLE_LOOP(loop_adapters, adapters_function, MIB_IF_TABLE2)
"""
)


def builder(**options: object) -> cffi.FFI:
    """Return cffi's description of the module."""
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS + FUNCTION_TYPES + FUNCTIONS)
    ffi.set_source(MODULE, SOURCE, **options)
    return ffi


if __name__ == "__main__":
    builder().emit_c_code(sys.argv[1])
