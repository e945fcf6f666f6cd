/* sim.h: the controls of the simulation, in plain C.
 *
 * The simulated functions of netioapi.h work on one machine, which is process-wide, as the network
 * configuration of Windows is system-wide. The controls load, inspect and change that machine and
 * inject faults. control.c exposes them to Python as the module `_sim_control`; the simulated
 * iphlpapi.dll exports them beside the functions of netioapi.h. All are safe to call from any
 * thread.
 *
 * Each sim_* function that returns DWORD returns 0 or a Windows error code. Arguments are copied,
 * and no result has to be freed.
 *
 * A packed machine, little endian:
 *
 *     8 bytes   "IPIFMCH1"
 *     uint32_t  flags, adapters, interfaces, routes, addresses, zero
 *     adapters       x MIB_IF_ROW2               (1352 bytes each)
 *     interfaces  x MIB_IPINTERFACE_ROW       (168)
 *     routes      x MIB_IPFORWARD_ROW2        (104)
 *     addresses   x MIB_UNICASTIPADDRESS_ROW  (80)
 */
#ifndef IPIF_SIM_H
#define IPIF_SIM_H

#include <stddef.h>
#include <stdint.h>

#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>

/* The machine's flags. SIM_ELEVATED describes the caller's rights. SIM_DOC_ZERO chooses what
 * InitializeIpInterfaceEntry writes: zeros [documented] or unchanged sentinels
 * [inferred: doc_zero]. Each of the others switches one rule, whose basis stands beside it. */
enum {
    SIM_ELEVATED = 1,                       /* the caller is an elevated administrator */
    SIM_DOC_ZERO = 2,                       /* InitializeIpInterfaceEntry writes only zeros */
    SIM_SITE_PREFIX_LENGTH_ACCEPTED = 4,    /* IPv4 SitePrefixLength may be 1 to 32 */
    SIM_MTU_CLAMPED = 8,                    /* NlMtu is limited to the adapter's MTU */
    SIM_LINK_LOCAL_ALWAYS_OFF_REFUSED = 16, /* LinkLocalAlwaysOff is an error for IPv4 */
    SIM_NUD_OFF_REFUSED = 32,               /* turning NUD off is an error */
    SIM_ACCESS_CHECKED_FIRST = 64,          /* access is checked before the keys */
    SIM_ALL_ONES_TIMES_ACCEPTED = 128,      /* all ones is a value for the three times */
    SIM_LARGE_METRIC_ACCEPTED = 256,        /* Metric may exceed 2^31-1 */
    SIM_UNKNOWN_ENUM_ACCEPTED = 512,        /* unknown enumeration values are accepted */
    SIM_UNCHANGED_SET_NOTIFIES = 1024,      /* SetIpInterfaceEntry notifies without a change too */
    SIM_INDEX_FILLED_IN = 2048,             /* SetIpInterfaceEntry also writes InterfaceIndex */
    SIM_INITIAL_LATER = 4096,               /* the initial notification comes from another thread */
    SIM_RENAME_SILENT = 8192                /* a new alias is no change of the IP interfaces */
};

/* Replaces the machine. Registrations and armed faults stay, and nobody is notified. On failure
 * nothing changes. Errors: 87 (malformed), 8. */
DWORD sim_load(const void *packed, size_t size);

/* Like sim_load, but does nothing and returns 0 if this process has loaded a machine before. A
 * malformed machine is still refused. */
DWORD sim_load_first(const void *packed, size_t size);

/* Returns the size of the packed machine, which is written to `buffer` if `size` bytes hold it. */
size_t sim_dump(void *buffer, size_t size);

uint32_t sim_flags(void);
/* Sets the flags in `mask` to the corresponding bits of `values`. */
void sim_set_flags(uint32_t mask, uint32_t values);

/* Arms a fault: `function` works normally for `after` more calls, then `times` calls return `code`
 * without looking at their arguments. If several faults are due, the one armed first is used.
 * Errors: 87 (unknown function, function without a return value, code 0), 8. */
DWORD sim_fail(const char *function, DWORD code, uint32_t times, uint32_t after);
void sim_clear_faults(void);

/* Copies the row of an adapter. Errors: 2 (no such adapter). */
DWORD sim_adapter(uint64_t luid, MIB_IF_ROW2 *row);

/* Return the LUID of the adapter with that alias, without regard to case, or that index; 0 if there
 * is none. */
uint64_t sim_luid_of_alias(const WCHAR *alias);
uint64_t sim_luid_of_index(uint32_t index);

/* Return an index, and a LUID with that interface type, that no adapter has. */
uint32_t sim_unused_index(void);
uint64_t sim_unused_luid(uint16_t type);

/* Adds an adapter without IP interfaces. Its GUID may be that of another one. Errors: 87 (LUID or
 * index is 0, unterminated string, physical address too long), 5010 (LUID, index or alias in use),
 * 8. */
DWORD sim_add_adapter(const MIB_IF_ROW2 *adapter);

/* The network compartments that exist: 1, where adapters and threads begin, and 2. */
enum { SIM_COMPARTMENTS = 2 };

/* Gives an adapter another alias. Sends MibParameterNotification for each bound family, unless
 * SIM_RENAME_SILENT is set [unconfirmed: rename_silent]. Errors: 2
 * (no such adapter), 87 (empty, too long), 5010 (another adapter has it). */
DWORD sim_rename_adapter(uint64_t luid, const WCHAR *alias);

/* Connects (1) or disconnects (0) an adapter: changes OperStatus, MediaConnectState and
 * NotMediaConnected of MIB_IF_ROW2 and Connected of its IP interfaces. A wired adapter has the link
 * speed 2^64-1 while it is disconnected, and so the smallest automatic metric [observed]. Sends
 * MibParameterNotification for each bound family if something changes. Routes and addresses stay
 * [unconfirmed]. Errors: 2 (no such adapter). */
DWORD sim_set_link(uint64_t luid, int is_up);

/* Add a route or an address of an adapter. Send MibAddInstance to registrations for routes or
 * addresses. Errors: 2 (no such adapter), 87 (malformed), 1168 (family not bound), 5010 (the
 * adapter has a route with this prefix and next hop, or this address), 8. */
DWORD sim_add_route(const MIB_IPFORWARD_ROW2 *row);
DWORD sim_add_address(const MIB_UNICASTIPADDRESS_ROW *row);

/* Moves an adapter into a compartment, without a notification. The functions of netioapi.h see only
 * the adapters of the calling thread's compartment, with their rows; the controls see all. Errors:
 * 2 (no such adapter), 87 (no such compartment). */
DWORD sim_move_adapter(uint64_t luid, uint32_t compartment);

/* Removes an adapter with its IP interfaces, routes and addresses. Sends MibDeleteInstance for each
 * bound family. Errors: 2 (no such adapter). */
DWORD sim_remove_interface(uint64_t luid);

/* Binds the row's family to the adapter with the row's LUID. Sends MibAddInstance. Errors: 2 (no
 * such adapter), 87 (bad family, or InterfaceIndex belongs to another adapter), 5010 (already
 * bound), 8. */
DWORD sim_bind(const MIB_IPINTERFACE_ROW *row);

/* Unbinds a family from an adapter and removes the routes and addresses of that family. Sends
 * MibDeleteInstance. Errors: 2 (no such adapter), 87 (bad family), 1168 (not bound). */
DWORD sim_unbind(ADDRESS_FAMILY family, uint64_t luid);

/* Makes every simulated function that can fail wait before it does anything, without the lock and
 * busy, as a system call is. For benchmarks only; 0, which costs nothing, at the start. */
void sim_set_delay(uint32_t microseconds);

/* Returns the number of tables that have not been passed to FreeMibTable yet. */
size_t sim_live_tables(void);

/* Returns the name, which is static, of the simulated function with that number, from 0 on, and
 * whether it can fail; or NULL after the last one. */
const char *sim_function_name(uint32_t number, int *can_fail);

/* Returns the number of calls of a function since the process started, including failed ones; 0
 * for an unknown function. */
uint64_t sim_calls(const char *function);

/* Returns the address of a simulated function, for callers that do not link to it, or NULL. */
void *sim_address(const char *function);

/* Waits until every queued notification has been delivered. Returns 0, or 258 (WAIT_TIMEOUT) after
 * that many milliseconds. Called from a callback, it always times out. */
DWORD sim_settle(uint32_t milliseconds);

#endif
