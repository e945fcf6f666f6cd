/* machine.h: the simulated machine, private to the files of the simulation.
 *
 * All state is in `sim_machine` and guarded by its lock. Every simulated function calls sim_enter
 * (which takes the lock, counts the call and checks for an armed fault), does its work and calls
 * sim_leave. The functions declared below the struct require the lock, except sim_enter and
 * sim_grow. While it is held, no callback runs and no Python code is entered, so it is never held
 * for long.
 */
#ifndef IPIF_SIM_MACHINE_H
#define IPIF_SIM_MACHINE_H

#include "sim.h"
#include "threads.h"

/* The simulated functions; indexes of the table in machine.c. */
enum sim_function {
    SIM_InitializeIpInterfaceEntry,
    SIM_GetIpInterfaceEntry,
    SIM_GetIpInterfaceTable,
    SIM_SetIpInterfaceEntry,
    SIM_NotifyIpInterfaceChange,
    SIM_NotifyUnicastIpAddressChange,
    SIM_NotifyRouteChange2,
    SIM_CancelMibChangeNotify2,
    SIM_GetIfEntry2,
    SIM_GetIfTable2,
    SIM_GetIfTable2Ex,
    SIM_FreeMibTable,
    SIM_GetBestRoute,
    SIM_GetBestRoute2,
    SIM_GetIpForwardTable2,
    SIM_GetUnicastIpAddressTable,
    SIM_ConvertInterfaceIndexToLuid,
    SIM_ConvertInterfaceLuidToIndex,
    SIM_ConvertInterfaceAliasToLuid,
    SIM_ConvertInterfaceLuidToAlias,
    SIM_ConvertInterfaceGuidToLuid,
    SIM_ConvertInterfaceLuidToGuid,
    SIM_ConvertInterfaceLuidToNameW,
    SIM_GetCurrentThreadCompartmentId,
    SIM_SetCurrentThreadCompartmentId,
    SIM_FUNCTIONS
};

/* An adapter and, per family (IPv4, IPv6), what is known of its IP interface. */
struct sim_adapter {
    MIB_IF_ROW2 row;
    uint32_t bound[2]; /* position in `interfaces` plus 1, or 0 */
    /* the Metric that the IP interface came with if it was automatic: what automatic means when the
     * link speed is unknown */
    struct {
        int known;
        ULONG metric;
    } automatic[2];
    /* the link speeds of a wired adapter whose link is down, for when it is up again; 0: unknown */
    ULONG64 transmit_speed, receive_speed;
    uint32_t compartment;
};

/* A hash table from a nonzero key to positions in `adapters`. */
struct sim_map {
    struct sim_slot {
        uint64_t key; /* 0: empty */
        uint32_t position;
    } *slots;
    uint32_t capacity; /* a power of two, at least twice the number of keys */
};

/* Everything that sim_load replaces. Rows stay in the order in which they were added. */
struct sim_tables {
    struct sim_adapter *adapters;
    MIB_IPINTERFACE_ROW *interfaces;
    MIB_IPFORWARD_ROW2 *routes;
    MIB_UNICASTIPADDRESS_ROW *addresses;
    uint32_t adapter_count, adapter_capacity;
    uint32_t interface_count, interface_capacity;
    uint32_t route_count, route_capacity;
    uint32_t address_count, address_capacity;
    uint32_t largest_index;  /* of an adapter; 0 without adapters */
    struct sim_map by_luid;  /* each key once */
    struct sim_map by_index; /* each key once */
    struct sim_map by_alias; /* key: hash of the folded alias */
    struct sim_map by_guid;  /* key: hash of the GUID */
};

struct sim_fault {
    enum sim_function function;
    DWORD code;
    uint32_t times;
    uint32_t after;
};

struct sim_machine {
    sim_lock lock;
    int loaded; /* a machine has been loaded */
    uint32_t flags;
    struct sim_tables tables;

    uint64_t calls[SIM_FUNCTIONS];
    struct sim_fault *faults;
    uint32_t fault_count, fault_capacity;
    uint32_t delay; /* in microseconds */
    size_t live_tables;

    struct sim_registration *registrations; /* list owned by notify.c */
    uintptr_t last_handle; /* handles are not reused, so a stale one is always unknown */
    sim_condition idle;    /* signalled when a registration may have become idle */
    int fork_handlers_registered;
    int forking;        /* threads that are about to fork: no thread begins a callback meanwhile */
    uint32_t callbacks; /* callbacks that are running */
};

extern struct sim_machine sim_machine;

/* The number of the calling thread's compartment minus 1: threads start in compartment 1. */
extern SIM_THREAD_LOCAL uint32_t sim_thread_compartment;

/* Counts a call. Returns 0 with the lock held, or the code of an armed fault without the lock. */
DWORD sim_enter(enum sim_function function);
void sim_leave(void);

/* Return the adapter with that LUID or index, valid while the lock is held, or NULL. */
struct sim_adapter *sim_adapter_by_luid(uint64_t luid);
struct sim_adapter *sim_adapter_by_index(uint32_t index);

/* Returns whether the calling thread sees the adapter: it is in the thread's compartment. */
int sim_is_visible(const struct sim_adapter *adapter);

/* Like sim_adapter_by_luid and sim_adapter_by_index, if the calling thread sees the adapter. */
struct sim_adapter *sim_visible_by_luid(uint64_t luid);
struct sim_adapter *sim_visible_by_index(uint32_t index);

/* Return the adapter with that alias, without regard to case, or that GUID, if the calling thread
 * sees it, or NULL. A GUID that several visible adapters have names none of them. */
struct sim_adapter *sim_visible_by_alias(const WCHAR *alias);
struct sim_adapter *sim_visible_by_guid(const GUID *guid);

/* Finds a visible adapter by LUID, or by index if the LUID is 0 [documented]. Errors: 87 (both are
 * 0), 2 (no such adapter). */
DWORD sim_find_adapter(uint64_t luid, uint32_t index, struct sim_adapter **adapter);

/* Returns the UTF-16 unit that stands for `unit` where aliases are compared without regard to case:
 * its upper-case form, as fold_alias() of ipif._core.alias says. Windows compares aliases without
 * regard to case, by a table of its own [unconfirmed]. Does not need the lock. */
WCHAR sim_fold(WCHAR unit);

/* Returns whether `family` is AF_INET or AF_INET6. */
int sim_is_family(ADDRESS_FAMILY family);

/* Returns the adapter's IP interface of a family, valid while the lock is held, or NULL if the
 * family is not bound. */
MIB_IPINTERFACE_ROW *sim_bound(const struct sim_adapter *adapter, ADDRESS_FAMILY family);

/* Returns whether two addresses are of one family and equal, whatever their ports and scopes are.
 * Does not need the lock. */
int sim_same_address(const SOCKADDR_INET *a, const SOCKADDR_INET *b);

/* Returns the automatic metric of an adapter's IP interface of a family: that of the link speed; if
 * that is unknown, the automatic metric that the interface came with, or else `current`. */
ULONG sim_automatic_metric(const struct sim_adapter *adapter, ADDRESS_FAMILY family, ULONG current);

/* Reallocates `array`, if needed, to hold `count` + 1 items. Returns NULL, with `array` unchanged,
 * if there is no memory. */
void *sim_grow(void *array, size_t item_size, uint32_t count, uint32_t *capacity);

/* Queues a notification about an adapter's IP interface for each registration that matches. */
void sim_notify(MIB_NOTIFICATION_TYPE type, ADDRESS_FAMILY family, const MIB_IF_ROW2 *adapter);

/* The same for registrations of the other kinds. */
void sim_notify_address(MIB_NOTIFICATION_TYPE type, const MIB_UNICASTIPADDRESS_ROW *address);
void sim_notify_route(MIB_NOTIFICATION_TYPE type, const MIB_IPFORWARD_ROW2 *route);

/* Installs, once, the fork handlers that keep the lock usable in child processes. */
void sim_register_fork_handlers(void);

#endif
