/* world.h: the one world, shared by the files of the simulation and by nobody else.
 *
 * All state of the simulation is in `sim_world`, behind its lock. Every simulated function has the
 * same frame: sim_enter (which counts the call, asks for an armed fault and takes the lock), the
 * work, sim_leave. Functions declared below the struct are called with the lock held. No callback
 * runs and no interpreter is entered while it is held, so waiting for it never takes long.
 */
#ifndef IPIF_SIM_WORLD_H
#define IPIF_SIM_WORLD_H

#include "sim.h"
#include "threads.h"

/* The simulated functions, in the order of world.c's table. */
enum sim_function {
    SIM_InitializeIpInterfaceEntry,
    SIM_GetIpInterfaceEntry,
    SIM_GetIpInterfaceTable,
    SIM_SetIpInterfaceEntry,
    SIM_NotifyIpInterfaceChange,
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
    SIM_FUNCTIONS
};

/* A link and, per family, where its IP interface is: position + 1 in `interfaces`, 0 for none. */
struct sim_link {
    MIB_IF_ROW2 row;
    uint32_t bound[2]; /* IPv4, IPv6 */
};

/* A hash table from a key that is never 0 to a position in `links`. */
struct sim_map {
    struct sim_slot {
        uint64_t key; /* 0: empty */
        uint32_t position;
    } *slots;
    uint32_t capacity; /* a power of two, at least twice the number of keys */
};

/* Everything that a load replaces. Rows of all kinds keep the order in which they came. */
struct sim_stack {
    struct sim_link *links;
    MIB_IPINTERFACE_ROW *interfaces;
    MIB_IPFORWARD_ROW2 *routes;
    MIB_UNICASTIPADDRESS_ROW *addresses;
    uint32_t link_count, link_capacity;
    uint32_t interface_count, interface_capacity;
    uint32_t route_count;
    uint32_t address_count;
    struct sim_map by_luid;
    struct sim_map by_index;
};

struct sim_fault {
    enum sim_function function;
    DWORD code;
    uint32_t times;
    uint32_t after;
};

struct sim_world {
    sim_lock lock;
    int loaded; /* whether a world was ever loaded */
    uint32_t flags;
    struct sim_stack stack;

    uint64_t calls[SIM_FUNCTIONS];
    struct sim_fault *faults;
    uint32_t fault_count, fault_capacity;
    size_t live_tables;

    struct sim_watch *watches; /* the registrations; notify.c owns the list */
    uintptr_t last_handle;     /* handles are never used twice, so that a stale one is unknown */
    sim_condition idle;        /* some registration may have nothing left to deliver */
    int forks_guarded;
};

extern struct sim_world sim_world;

/* Counts a call and returns an armed fault's code without the lock, or 0 with the lock held. */
DWORD sim_enter(enum sim_function function);
void sim_leave(void);

/* The link with that LUID, or that index, or NULL. Borrowed: valid while the lock is held. */
struct sim_link *sim_link_by_luid(uint64_t luid);
struct sim_link *sim_link_by_index(uint32_t index);

/* The link that the two keys name: the LUID when it is not zero, otherwise the index [documented].
 * Returns 0, 87 when both are zero, or 2. */
DWORD sim_find_link(uint64_t luid, uint32_t index, struct sim_link **link);

/* Whether `family` is one that a row can have. */
int sim_is_family(ADDRESS_FAMILY family);

/* The link's IP interface of a family, borrowed, or NULL when the family is not bound to it. */
MIB_IPINTERFACE_ROW *sim_bound(const struct sim_link *link, ADDRESS_FAMILY family);

/* The metric that Windows computes for a link, or `otherwise` when its speed is not known. */
ULONG sim_automatic_metric(const MIB_IF_ROW2 *link, ULONG otherwise);

/* Returns `array` with room for one more than `count` items, or NULL with the array as it was. */
void *sim_grown(void *array, size_t item_size, uint32_t count, uint32_t *capacity);

/* Queues a notification about a link's IP interface for every registration that wants it. */
void sim_notify(MIB_NOTIFICATION_TYPE type, ADDRESS_FAMILY family, const MIB_IF_ROW2 *link);

/* Sees to it that a child of fork() finds the lock free, from now on. */
void sim_guard_forks(void);

#endif
