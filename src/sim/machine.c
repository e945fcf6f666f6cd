/* machine.c: the state of the simulated machine, and the controls that load, inspect and change it.
 *
 * In this order: the function table; entering a function, and faults; adapter lookup; the automatic
 * metric; loading and dumping; looking at adapters; changing adapters; adding and removing.
 */
#include "machine.h"
#include "upcase.h"

#include <stdlib.h>
#include <string.h>

struct sim_machine sim_machine = {
    .lock = SIM_LOCK_INITIALIZER,
    .idle = SIM_CONDITION_INITIALIZER,
};

/* ---- function table ---- */

typedef void(WINAPI *any_function)(void);

#define FUNCTION(name, can_fail) [SIM_##name] = {#name, can_fail, (any_function)name}

static const struct {
    const char *name;
    int can_fail; /* 0: the function returns no error code */
    any_function address;
} functions[SIM_FUNCTIONS] = {
    FUNCTION(InitializeIpInterfaceEntry, 0),
    FUNCTION(GetIpInterfaceEntry, 1),
    FUNCTION(GetIpInterfaceTable, 1),
    FUNCTION(SetIpInterfaceEntry, 1),
    FUNCTION(NotifyIpInterfaceChange, 1),
    FUNCTION(NotifyUnicastIpAddressChange, 1),
    FUNCTION(NotifyRouteChange2, 1),
    FUNCTION(CancelMibChangeNotify2, 1),
    FUNCTION(GetIfEntry2, 1),
    FUNCTION(GetIfTable2, 1),
    FUNCTION(GetIfTable2Ex, 1),
    FUNCTION(FreeMibTable, 0),
    FUNCTION(GetBestRoute, 1),
    FUNCTION(GetBestRoute2, 1),
    FUNCTION(GetIpForwardTable2, 1),
    FUNCTION(GetUnicastIpAddressTable, 1),
    FUNCTION(ConvertInterfaceIndexToLuid, 1),
    FUNCTION(ConvertInterfaceLuidToIndex, 1),
    FUNCTION(ConvertInterfaceAliasToLuid, 1),
    FUNCTION(ConvertInterfaceLuidToAlias, 1),
    FUNCTION(ConvertInterfaceGuidToLuid, 1),
    FUNCTION(ConvertInterfaceLuidToGuid, 1),
    FUNCTION(ConvertInterfaceLuidToNameW, 1),
    FUNCTION(GetCurrentThreadCompartmentId, 0),
    FUNCTION(SetCurrentThreadCompartmentId, 1),
};

#undef FUNCTION

/* Returns the function with that name, or SIM_FUNCTIONS. Does not need the lock. */
static enum sim_function
find_function(const char *name)
{
    uint32_t i;

    for (i = 0; name != NULL && i < SIM_FUNCTIONS; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return (enum sim_function)i;
        }
    }
    return SIM_FUNCTIONS;
}

const char *
sim_function_name(uint32_t number, int *can_fail)
{
    if (number >= SIM_FUNCTIONS) {
        return NULL;
    }
    *can_fail = functions[number].can_fail;
    return functions[number].name;
}

uint64_t
sim_calls(const char *function)
{
    enum sim_function which = find_function(function);
    uint64_t calls;

    if (which == SIM_FUNCTIONS) {
        return 0;
    }
    sim_acquire(&sim_machine.lock);
    calls = sim_machine.calls[which];
    sim_release(&sim_machine.lock);
    return calls;
}

void *
sim_address(const char *function)
{
    enum sim_function which = find_function(function);

    return which == SIM_FUNCTIONS ? NULL : (void *)(uintptr_t)functions[which].address;
}

/* ---- entering a function, and faults ---- */

/* Counts down the faults of a function and returns the code of the one that is due, or 0. */
static DWORD
take_due_fault(enum sim_function function)
{
    DWORD code = NO_ERROR;
    uint32_t i, kept = 0;

    for (i = 0; i < sim_machine.fault_count; i++) {
        struct sim_fault fault = sim_machine.faults[i];

        if (fault.function == function) {
            if (fault.after > 0) {
                fault.after--;
            }
            else if (code == NO_ERROR) {
                code = fault.code;
                fault.times--;
            }
        }
        if (fault.times > 0) {
            sim_machine.faults[kept++] = fault;
        }
    }
    sim_machine.fault_count = kept;
    return code;
}

/* Waits for the delay, without the lock, which must be held before and is held again after. */
static void
wait_delay(void)
{
    const uint64_t start = sim_microseconds();
    const uint64_t delay = sim_machine.delay;
    uint64_t now;

    sim_release(&sim_machine.lock);
    do {
        now = sim_microseconds();
    } while (now >= start && now - start < delay); /* the clock may be set back */
    sim_acquire(&sim_machine.lock);
}

DWORD
sim_enter(enum sim_function function)
{
    sim_acquire(&sim_machine.lock);
    if (sim_machine.delay != 0 && functions[function].can_fail) {
        wait_delay();
    }
    sim_machine.calls[function]++;
    if (sim_machine.fault_count != 0) {
        DWORD code = take_due_fault(function);
        if (code != NO_ERROR) {
            sim_release(&sim_machine.lock);
            return code;
        }
    }
    return NO_ERROR;
}

void
sim_leave(void)
{
    sim_release(&sim_machine.lock);
}

DWORD
sim_fail(const char *function, DWORD code, uint32_t times, uint32_t after)
{
    enum sim_function which = find_function(function);
    struct sim_fault *faults;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;

    if (which == SIM_FUNCTIONS || !functions[which].can_fail || code == NO_ERROR) {
        return ERROR_INVALID_PARAMETER;
    }
    if (times == 0) {
        return NO_ERROR;
    }
    sim_acquire(&sim_machine.lock);
    faults = sim_grow(sim_machine.faults, sizeof(*faults), sim_machine.fault_count,
                      &sim_machine.fault_capacity);
    if (faults != NULL) {
        struct sim_fault *fault = &faults[sim_machine.fault_count++];
        fault->function = which;
        fault->code = code;
        fault->times = times;
        fault->after = after;
        sim_machine.faults = faults;
        error = NO_ERROR;
    }
    sim_release(&sim_machine.lock);
    return error;
}

void
sim_clear_faults(void)
{
    sim_acquire(&sim_machine.lock);
    sim_machine.fault_count = 0;
    sim_release(&sim_machine.lock);
}

uint32_t
sim_flags(void)
{
    uint32_t flags;

    sim_acquire(&sim_machine.lock);
    flags = sim_machine.flags;
    sim_release(&sim_machine.lock);
    return flags;
}

void
sim_set_flags(uint32_t mask, uint32_t values)
{
    sim_acquire(&sim_machine.lock);
    sim_machine.flags = (sim_machine.flags & ~mask) | (values & mask);
    sim_release(&sim_machine.lock);
}

void
sim_set_delay(uint32_t microseconds)
{
    sim_acquire(&sim_machine.lock);
    sim_machine.delay = microseconds;
    sim_release(&sim_machine.lock);
}

size_t
sim_live_tables(void)
{
    size_t tables;

    sim_acquire(&sim_machine.lock);
    tables = sim_machine.live_tables;
    sim_release(&sim_machine.lock);
    return tables;
}

/* ---- adapter lookup ---- */

/* Returns the first slot to look at for `key`; the next ones follow, up to an empty slot. The map
 * must have slots. */
static uint32_t
map_start(const struct sim_map *map, uint64_t key)
{
    return (uint32_t)((key * 0x9E3779B97F4A7C15u) >> 32) & (map->capacity - 1);
}

/* Returns the slot that holds `key`, or the empty slot for it. The map must have slots. */
static struct sim_slot *
map_slot(const struct sim_map *map, uint64_t key)
{
    uint32_t i = map_start(map, key);

    while (map->slots[i].key != 0 && map->slots[i].key != key) {
        i = (i + 1) & (map->capacity - 1);
    }
    return &map->slots[i];
}

/* Adds a position under `key`, which may have others. The map must have room. */
static void
map_add(struct sim_map *map, uint64_t key, uint32_t position)
{
    uint32_t i = map_start(map, key);

    while (map->slots[i].key != 0) {
        i = (i + 1) & (map->capacity - 1);
    }
    map->slots[i].key = key;
    map->slots[i].position = position;
}

/* Makes room in a map for `keys` keys in total. Returns 1, or 0 if there is no memory; the map is
 * unchanged then. */
static int
map_reserve(struct sim_map *map, uint32_t keys)
{
    struct sim_map bigger;
    uint32_t i;

    bigger.capacity = map->capacity != 0 ? map->capacity : 16;
    while (bigger.capacity / 2 < keys) {
        if (bigger.capacity > UINT32_MAX / 2) {
            return 0;
        }
        bigger.capacity *= 2;
    }
    if (bigger.capacity == map->capacity) {
        return 1;
    }
    bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return 0;
    }
    for (i = 0; i < map->capacity; i++) {
        if (map->slots[i].key != 0) {
            map_add(&bigger, map->slots[i].key, map->slots[i].position);
        }
    }
    free(map->slots);
    *map = bigger;
    return 1;
}

/* The FNV-1a hash of a sequence of numbers: start with HASH_START, add one after another. */
#define HASH_START UINT64_C(0xCBF29CE484222325)

static uint64_t
hash_add(uint64_t hash, uint32_t number)
{
    return (hash ^ number) * UINT64_C(0x100000001B3);
}

/* Returns the key of an alias in by_alias. */
static uint64_t
alias_key(const WCHAR *alias)
{
    uint64_t hash = HASH_START;
    size_t i;

    for (i = 0; alias[i] != 0; i++) {
        hash = hash_add(hash, sim_fold(alias[i]));
    }
    return hash != 0 ? hash : 1;
}

/* Returns the key of a GUID in by_guid. */
static uint64_t
guid_key(const GUID *guid)
{
    unsigned char bytes[sizeof(*guid)];
    uint64_t hash = HASH_START;
    size_t i;

    memcpy(bytes, guid, sizeof(bytes));
    for (i = 0; i < sizeof(bytes); i++) {
        hash = hash_add(hash, bytes[i]);
    }
    return hash != 0 ? hash : 1;
}

/* Makes room in all maps for so many adapters in total. Returns 1, or 0 if there is no memory. */
static int
reserve_maps(struct sim_tables *tables, uint32_t adapters)
{
    return map_reserve(&tables->by_luid, adapters) && map_reserve(&tables->by_index, adapters) &&
           map_reserve(&tables->by_alias, adapters) && map_reserve(&tables->by_guid, adapters);
}

/* Adds the adapter at `position` to the maps. Returns 0 if its LUID or index is already there. */
static int
map_adapter(struct sim_tables *tables, uint32_t position)
{
    const MIB_IF_ROW2 *row = &tables->adapters[position].row;
    struct sim_slot *luid = map_slot(&tables->by_luid, row->InterfaceLuid.Value);
    struct sim_slot *index = map_slot(&tables->by_index, row->InterfaceIndex);

    if (luid->key != 0 || index->key != 0) {
        return 0;
    }
    luid->key = row->InterfaceLuid.Value;
    luid->position = position;
    index->key = row->InterfaceIndex;
    index->position = position;
    map_add(&tables->by_alias, alias_key(row->Alias), position);
    map_add(&tables->by_guid, guid_key(&row->InterfaceGuid), position);
    if (row->InterfaceIndex > tables->largest_index) {
        tables->largest_index = row->InterfaceIndex;
    }
    return 1;
}

/* Forgets all keys of a map. */
static void
map_clear(struct sim_map *map)
{
    memset(map->slots, 0, map->capacity * sizeof(*map->slots));
}

/* Fills the maps again after adapters have moved or changed. */
static void
map_again(struct sim_tables *tables)
{
    uint32_t i;

    map_clear(&tables->by_luid);
    map_clear(&tables->by_index);
    map_clear(&tables->by_alias);
    map_clear(&tables->by_guid);
    tables->largest_index = 0;
    for (i = 0; i < tables->adapter_count; i++) {
        (void)map_adapter(tables, i);
    }
}

/* Looks up an adapter in `map`, one of the two maps of `tables`. Returns NULL if it is missing. */
static struct sim_adapter *
find_in_map(const struct sim_tables *tables, const struct sim_map *map, uint64_t key)
{
    const struct sim_slot *slot;

    if (key == 0 || map->capacity == 0) {
        return NULL;
    }
    slot = map_slot(map, key);
    return slot->key == key ? &tables->adapters[slot->position] : NULL;
}

struct sim_adapter *
sim_adapter_by_luid(uint64_t luid)
{
    return find_in_map(&sim_machine.tables, &sim_machine.tables.by_luid, luid);
}

struct sim_adapter *
sim_adapter_by_index(uint32_t index)
{
    return find_in_map(&sim_machine.tables, &sim_machine.tables.by_index, index);
}

WCHAR
sim_fold(WCHAR unit)
{
    size_t low = 0, high = sizeof(upcase_ranges) / sizeof(upcase_ranges[0]);

    if (unit < 0x80) {
        return unit >= 'a' && unit <= 'z' ? (WCHAR)(unit - ('a' - 'A')) : unit;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct upcase_range *range = &upcase_ranges[middle];

        if (unit > range->last) {
            low = middle + 1;
        }
        else if (unit < range->first) {
            high = middle;
        }
        else {
            return (unit - range->first) % range->step == 0 ? (WCHAR)(unit + range->offset) : unit;
        }
    }
    return unit;
}

SIM_THREAD_LOCAL uint32_t sim_thread_compartment;

int
sim_is_visible(const struct sim_adapter *adapter)
{
    return adapter->compartment == sim_thread_compartment + 1;
}

struct sim_adapter *
sim_visible_by_luid(uint64_t luid)
{
    struct sim_adapter *adapter = sim_adapter_by_luid(luid);

    return adapter != NULL && sim_is_visible(adapter) ? adapter : NULL;
}

struct sim_adapter *
sim_visible_by_index(uint32_t index)
{
    struct sim_adapter *adapter = sim_adapter_by_index(index);

    return adapter != NULL && sim_is_visible(adapter) ? adapter : NULL;
}

/* Returns whether two aliases are equal, without regard to case. */
static int
same_alias(const WCHAR *a, const WCHAR *b)
{
    while (*a != 0 && sim_fold(*a) == sim_fold(*b)) {
        a++;
        b++;
    }
    return *a == 0 && *b == 0;
}

/* Returns the first adapter with that alias, of those that the calling thread sees or of all, or
 * NULL. An empty alias names no adapter. */
static struct sim_adapter *
find_alias(const WCHAR *alias, int visible)
{
    const struct sim_map *map = &sim_machine.tables.by_alias;
    const uint64_t key = alias_key(alias);
    struct sim_adapter *found = NULL;
    uint32_t i;

    if (map->capacity == 0 || *alias == 0) {
        return NULL;
    }
    for (i = map_start(map, key); map->slots[i].key != 0; i = (i + 1) & (map->capacity - 1)) {
        struct sim_adapter *adapter = &sim_machine.tables.adapters[map->slots[i].position];

        if (map->slots[i].key == key && same_alias(adapter->row.Alias, alias) &&
            (!visible || sim_is_visible(adapter)) && (found == NULL || adapter < found)) {
            found = adapter;
        }
    }
    return found;
}

struct sim_adapter *
sim_visible_by_alias(const WCHAR *alias)
{
    return find_alias(alias, 1);
}

struct sim_adapter *
sim_visible_by_guid(const GUID *guid)
{
    const struct sim_map *map = &sim_machine.tables.by_guid;
    const uint64_t key = guid_key(guid);
    struct sim_adapter *found = NULL;
    uint32_t i;

    if (map->capacity == 0) {
        return NULL;
    }
    for (i = map_start(map, key); map->slots[i].key != 0; i = (i + 1) & (map->capacity - 1)) {
        struct sim_adapter *adapter = &sim_machine.tables.adapters[map->slots[i].position];

        if (map->slots[i].key == key && sim_is_visible(adapter) &&
            memcmp(&adapter->row.InterfaceGuid, guid, sizeof(*guid)) == 0) {
            if (found != NULL) {
                return NULL;
            }
            found = adapter;
        }
    }
    return found;
}

DWORD
sim_find_adapter(uint64_t luid, uint32_t index, struct sim_adapter **adapter)
{
    if (luid == 0 && index == 0) {
        return ERROR_INVALID_PARAMETER;
    }
    *adapter = luid != 0 ? sim_visible_by_luid(luid) : sim_visible_by_index(index);
    return *adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
}

int
sim_is_family(ADDRESS_FAMILY family)
{
    return family == AF_INET || family == AF_INET6;
}

/* Returns a pointer to the adapter's `bound` entry for `family`. */
static uint32_t *
binding(struct sim_adapter *adapter, ADDRESS_FAMILY family)
{
    return &adapter->bound[family == AF_INET6];
}

MIB_IPINTERFACE_ROW *
sim_bound(const struct sim_adapter *adapter, ADDRESS_FAMILY family)
{
    uint32_t bound = adapter->bound[family == AF_INET6];

    return bound != 0 ? &sim_machine.tables.interfaces[bound - 1] : NULL;
}

/* ---- the automatic metric ---- */

/* The metric for link speeds of at least `speed` bits per second; Windows 10 and later [documented:
 * support article 299540]. */
struct speed_metric {
    uint64_t speed;
    ULONG metric;
};

static const struct speed_metric wireless_metrics[] = {
    {2000000000u, 25}, {500000000u, 30}, {200000000u, 35}, {150000000u, 40}, {80000000u, 45},
    {50000000u, 50},   {20000000u, 55},  {10000000u, 60},  {4000000u, 65},   {2000000u, 70},
    {500000u, 75},     {200000u, 80},    {0, 85},
};

static const struct speed_metric other_metrics[] = {
    {100000000000u, 5}, {40000000000u, 10}, {10000000000u, 15}, {2000000000u, 20}, {200000000u, 25},
    {80000000u, 35},    {20000000u, 45},    {4000000u, 55},     {500000u, 65},     {0, 75},
};

ULONG
sim_automatic_metric(const struct sim_adapter *adapter, ADDRESS_FAMILY family, ULONG current)
{
    const int i = family == AF_INET6;
    const ULONG type = adapter->row.Type;
    const struct speed_metric *row = other_metrics;

    if (type == IF_TYPE_SOFTWARE_LOOPBACK) {
        return 75; /* at any speed [observed] */
    }
    if (adapter->row.TransmitLinkSpeed == 0) {
        /* A published test sets a metric by hand, then the automatic metric, and expects the first
         * number again [inferred]. */
        return adapter->automatic[i].known ? adapter->automatic[i].metric : current;
    }
    if (type == IF_TYPE_IEEE80211 || type == IF_TYPE_WWANPP || type == IF_TYPE_WWANPP2) {
        row = wireless_metrics;
    }
    while (adapter->row.TransmitLinkSpeed < row->speed) {
        row++;
    }
    return row->metric;
}

/* ---- loading and dumping ---- */

static const char magic[8] = {'I', 'P', 'I', 'F', 'M', 'C', 'H', '1'};

struct packed_header {
    char magic[8];
    uint32_t flags;
    uint32_t adapters;
    uint32_t interfaces;
    uint32_t routes;
    uint32_t addresses;
    uint32_t zero;
};

_Static_assert(sizeof(struct packed_header) == 32, "packed header");

/* Copies `count` rows from `*packed` and advances it. Returns the copy, which the caller frees, or
 * NULL if there is no memory. */
static void *
copy_rows(const unsigned char **packed, uint32_t count, size_t row_size)
{
    size_t size = count * row_size; /* cannot overflow: packed_size was checked */
    void *copy = malloc(size != 0 ? size : 1);

    if (copy != NULL) {
        memcpy(copy, *packed, size);
        *packed += size;
    }
    return copy;
}

/* Returns whether a string member of MIB_IF_ROW2 is terminated. */
static int
is_terminated(const WCHAR *string)
{
    size_t i;

    for (i = 0; i <= IF_MAX_STRING_SIZE; i++) {
        if (string[i] == 0) {
            return 1;
        }
    }
    return 0;
}

/* Returns whether an adapter row can be part of a machine. */
static int
is_valid_adapter(const MIB_IF_ROW2 *row)
{
    return row->InterfaceLuid.Value != 0 && row->InterfaceIndex != 0 && is_terminated(row->Alias) &&
           is_terminated(row->Description) &&
           row->PhysicalAddressLength <= IF_MAX_PHYS_ADDRESS_LENGTH;
}

/* Replaces a zero `*index` by the adapter's index. Returns whether the two are equal. */
static int
complete_index(const struct sim_adapter *adapter, NET_IFINDEX *index)
{
    if (*index == 0) {
        *index = adapter->row.InterfaceIndex;
    }
    return *index == adapter->row.InterfaceIndex;
}

/* Attaches the IP interface at `position` to its adapter. Errors: 2, 87, 5010, as in sim_bind. */
static DWORD
attach_interface(struct sim_tables *tables, uint32_t position)
{
    MIB_IPINTERFACE_ROW *row = &tables->interfaces[position];
    struct sim_adapter *adapter;

    if (!sim_is_family(row->Family)) {
        return ERROR_INVALID_PARAMETER;
    }
    adapter = find_in_map(tables, &tables->by_luid, row->InterfaceLuid.Value);
    if (adapter == NULL) {
        return ERROR_FILE_NOT_FOUND;
    }
    if (!complete_index(adapter, &row->InterfaceIndex)) {
        return ERROR_INVALID_PARAMETER;
    }
    if (*binding(adapter, row->Family) != 0) {
        return ERROR_OBJECT_ALREADY_EXISTS;
    }
    adapter->automatic[row->Family == AF_INET6].known = row->UseAutomaticMetric != FALSE;
    adapter->automatic[row->Family == AF_INET6].metric = row->Metric;
    if (row->UseAutomaticMetric) {
        row->Metric = sim_automatic_metric(adapter, row->Family, row->Metric);
    }
    *binding(adapter, row->Family) = position + 1;
    return NO_ERROR;
}

/* Returns whether a route belongs to an adapter in `tables` and is of a single family. Fills in its
 * InterfaceIndex. */
static int
is_valid_route(const struct sim_tables *tables, MIB_IPFORWARD_ROW2 *route)
{
    const struct sim_adapter *adapter =
        find_in_map(tables, &tables->by_luid, route->InterfaceLuid.Value);
    ADDRESS_FAMILY family = route->DestinationPrefix.Prefix.si_family;

    return adapter != NULL && complete_index(adapter, &route->InterfaceIndex) &&
           sim_is_family(family) && route->NextHop.si_family == family &&
           route->DestinationPrefix.PrefixLength <= (family == AF_INET ? 32 : 128);
}

/* Returns whether an address belongs to an adapter in `tables`. Fills in its InterfaceIndex. */
static int
is_valid_address(const struct sim_tables *tables, MIB_UNICASTIPADDRESS_ROW *address)
{
    const struct sim_adapter *adapter =
        find_in_map(tables, &tables->by_luid, address->InterfaceLuid.Value);

    return adapter != NULL && complete_index(adapter, &address->InterfaceIndex) &&
           sim_is_family(address->Address.si_family);
}

/* Frees the members of `tables`, not the struct itself. */
static void
free_tables(struct sim_tables *tables)
{
    free(tables->adapters);
    free(tables->interfaces);
    free(tables->routes);
    free(tables->addresses);
    free(tables->by_luid.slots);
    free(tables->by_index.slots);
    free(tables->by_alias.slots);
    free(tables->by_guid.slots);
}

/* Builds `tables`, which the caller releases with free_tables, from the rows of a packed machine.
 * Errors: 87, 8. */
static DWORD
unpack_tables(const struct packed_header *header, const unsigned char *packed,
              struct sim_tables *tables)
{
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    uint32_t i;

    memset(tables, 0, sizeof(*tables));
    tables->adapters =
        calloc(header->adapters != 0 ? header->adapters : 1, sizeof(*tables->adapters));
    if (tables->adapters == NULL || !reserve_maps(tables, header->adapters)) {
        goto fail;
    }
    for (i = 0; i < header->adapters; i++) {
        memcpy(&tables->adapters[i].row, packed, sizeof(tables->adapters[i].row));
        tables->adapters[i].compartment = 1;
        packed += sizeof(tables->adapters[i].row);
    }
    tables->interfaces = copy_rows(&packed, header->interfaces, sizeof(*tables->interfaces));
    if (tables->interfaces == NULL) {
        goto fail;
    }
    tables->routes = copy_rows(&packed, header->routes, sizeof(*tables->routes));
    if (tables->routes == NULL) {
        goto fail;
    }
    tables->addresses = copy_rows(&packed, header->addresses, sizeof(*tables->addresses));
    if (tables->addresses == NULL) {
        goto fail;
    }
    tables->adapter_count = tables->adapter_capacity = header->adapters;
    tables->interface_count = tables->interface_capacity = header->interfaces;
    tables->route_count = tables->route_capacity = header->routes;
    tables->address_count = tables->address_capacity = header->addresses;

    error = ERROR_INVALID_PARAMETER;
    for (i = 0; i < tables->adapter_count; i++) {
        if (!is_valid_adapter(&tables->adapters[i].row) || !map_adapter(tables, i)) {
            goto fail;
        }
    }
    for (i = 0; i < tables->interface_count; i++) {
        if (attach_interface(tables, i) != NO_ERROR) {
            goto fail;
        }
    }
    for (i = 0; i < tables->route_count; i++) {
        if (!is_valid_route(tables, &tables->routes[i])) {
            goto fail;
        }
    }
    for (i = 0; i < tables->address_count; i++) {
        if (!is_valid_address(tables, &tables->addresses[i])) {
            goto fail;
        }
    }
    return NO_ERROR;

fail:
    free_tables(tables);
    return error;
}

/* Returns the size of a packed machine with this header; 64 bits, so that it cannot overflow. */
static uint64_t
packed_size(const struct packed_header *header)
{
    return sizeof(*header) + (uint64_t)header->adapters * sizeof(MIB_IF_ROW2) +
           (uint64_t)header->interfaces * sizeof(MIB_IPINTERFACE_ROW) +
           (uint64_t)header->routes * sizeof(MIB_IPFORWARD_ROW2) +
           (uint64_t)header->addresses * sizeof(MIB_UNICASTIPADDRESS_ROW);
}

/* Implements sim_load and sim_load_first. */
static DWORD
load(const void *packed, size_t size, int only_first)
{
    struct packed_header header;
    struct sim_tables tables, unused;
    DWORD error;

    if (packed == NULL || size < sizeof(header)) {
        return ERROR_INVALID_PARAMETER;
    }
    memcpy(&header, packed, sizeof(header));
    if (memcmp(header.magic, magic, sizeof(magic)) != 0 || header.zero != 0 ||
        packed_size(&header) != size) {
        return ERROR_INVALID_PARAMETER;
    }
    error = unpack_tables(&header, (const unsigned char *)packed + sizeof(header), &tables);
    if (error != NO_ERROR) {
        return error;
    }
    unused = tables;
    sim_acquire(&sim_machine.lock);
    sim_register_fork_handlers();
    if (!only_first || !sim_machine.loaded) {
        unused = sim_machine.tables;
        sim_machine.tables = tables;
        sim_machine.flags = header.flags;
        sim_machine.loaded = 1;
    }
    sim_release(&sim_machine.lock);
    free_tables(&unused);
    return NO_ERROR;
}

DWORD
sim_load(const void *packed, size_t size)
{
    return load(packed, size, 0);
}

DWORD
sim_load_first(const void *packed, size_t size)
{
    return load(packed, size, 1);
}

size_t
sim_dump(void *buffer, size_t size)
{
    const struct sim_tables *tables = &sim_machine.tables;
    struct packed_header header;
    size_t needed;

    sim_acquire(&sim_machine.lock);
    memcpy(header.magic, magic, sizeof(magic));
    header.flags = sim_machine.flags;
    header.adapters = tables->adapter_count;
    header.interfaces = tables->interface_count;
    header.routes = tables->route_count;
    header.addresses = tables->address_count;
    header.zero = 0;
    needed = (size_t)packed_size(&header); /* the rows are in memory, so it fits */

    if (buffer != NULL && size >= needed) {
        unsigned char *out = buffer;
        uint32_t i;

        memcpy(out, &header, sizeof(header));
        out += sizeof(header);
        for (i = 0; i < tables->adapter_count; i++) {
            memcpy(out, &tables->adapters[i].row, sizeof(tables->adapters[i].row));
            out += sizeof(tables->adapters[i].row);
        }
        if (tables->interface_count != 0) {
            memcpy(out, tables->interfaces, tables->interface_count * sizeof(*tables->interfaces));
            out += tables->interface_count * sizeof(*tables->interfaces);
        }
        if (tables->route_count != 0) {
            memcpy(out, tables->routes, tables->route_count * sizeof(*tables->routes));
            out += tables->route_count * sizeof(*tables->routes);
        }
        if (tables->address_count != 0) {
            memcpy(out, tables->addresses, tables->address_count * sizeof(*tables->addresses));
        }
    }
    sim_release(&sim_machine.lock);
    return needed;
}

/* ---- looking at adapters ---- */

DWORD
sim_adapter(uint64_t luid, MIB_IF_ROW2 *row)
{
    const struct sim_adapter *adapter;

    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(luid);
    if (adapter != NULL) {
        memcpy(row, &adapter->row, sizeof(*row));
    }
    sim_release(&sim_machine.lock);
    return adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
}

uint64_t
sim_luid_of_alias(const WCHAR *alias)
{
    const struct sim_adapter *adapter;
    uint64_t luid;

    sim_acquire(&sim_machine.lock);
    adapter = find_alias(alias, 0);
    luid = adapter != NULL ? adapter->row.InterfaceLuid.Value : 0;
    sim_release(&sim_machine.lock);
    return luid;
}

uint64_t
sim_luid_of_index(uint32_t index)
{
    const struct sim_adapter *adapter;
    uint64_t luid;

    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_index(index);
    luid = adapter != NULL ? adapter->row.InterfaceLuid.Value : 0;
    sim_release(&sim_machine.lock);
    return luid;
}

uint32_t
sim_unused_index(void)
{
    uint32_t index;

    sim_acquire(&sim_machine.lock);
    index = sim_machine.tables.largest_index;
    do {
        index++;
    } while (index == 0 || sim_adapter_by_index(index) != NULL);
    sim_release(&sim_machine.lock);
    return index;
}

uint64_t
sim_unused_luid(uint16_t type)
{
    const uint32_t first = 0x8000; /* filter modules have smaller numbers [observed] */
    NET_LUID luid;
    uint32_t number = first;

    sim_acquire(&sim_machine.lock);
    do {
        luid.Value = 0;
        luid.Info.IfType = type;
        luid.Info.NetLuidIndex = number & 0xFFFFFFu;
        number++;
    } while (sim_adapter_by_luid(luid.Value) != NULL);
    sim_release(&sim_machine.lock);
    return luid.Value;
}

/* ---- changing adapters ---- */

/* Sends MibParameterNotification for each bound family of an adapter. */
static void
notify_bound(const struct sim_adapter *adapter)
{
    if (sim_bound(adapter, AF_INET) != NULL) {
        sim_notify(MibParameterNotification, AF_INET, &adapter->row);
    }
    if (sim_bound(adapter, AF_INET6) != NULL) {
        sim_notify(MibParameterNotification, AF_INET6, &adapter->row);
    }
}

DWORD
sim_rename_adapter(uint64_t luid, const WCHAR *alias)
{
    struct sim_adapter *adapter, *other;
    DWORD error = NO_ERROR;

    if (alias == NULL || *alias == 0 || !is_terminated(alias)) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(luid);
    other = find_alias(alias, 0);
    if (adapter == NULL) {
        error = ERROR_FILE_NOT_FOUND;
    }
    else if (other != NULL && other != adapter) {
        error = ERROR_OBJECT_ALREADY_EXISTS;
    }
    else {
        size_t i = 0;

        memset(adapter->row.Alias, 0, sizeof(adapter->row.Alias));
        while (alias[i] != 0) {
            adapter->row.Alias[i] = alias[i];
            i++;
        }
        map_again(&sim_machine.tables);
        if ((sim_machine.flags & SIM_RENAME_SILENT) == 0) {
            notify_bound(adapter);
        }
    }
    sim_release(&sim_machine.lock);
    return error;
}

/* Sets the link speed of a wired adapter as it shows it when its link is up or down. */
static void
set_link_speed(struct sim_adapter *adapter, int is_up)
{
    const ULONG64 unplugged = UINT64_MAX; /* [observed] */
    MIB_IF_ROW2 *row = &adapter->row;

    if (row->PhysicalMediumType != NdisPhysicalMedium802_3) {
        return;
    }
    if (!is_up) {
        adapter->transmit_speed = row->TransmitLinkSpeed;
        adapter->receive_speed = row->ReceiveLinkSpeed;
        row->TransmitLinkSpeed = row->ReceiveLinkSpeed = unplugged;
    }
    else if (row->TransmitLinkSpeed == unplugged) {
        const int known = adapter->transmit_speed != 0 && adapter->transmit_speed != unplugged;

        row->TransmitLinkSpeed = known ? adapter->transmit_speed : 1000000000u;
        row->ReceiveLinkSpeed = known ? adapter->receive_speed : 1000000000u;
    }
}

DWORD
sim_set_link(uint64_t luid, int is_up)
{
    static const ADDRESS_FAMILY families[] = {AF_INET, AF_INET6};
    const IF_OPER_STATUS status = is_up ? IfOperStatusUp : IfOperStatusDown;
    const NET_IF_MEDIA_CONNECT_STATE state =
        is_up ? MediaConnectStateConnected : MediaConnectStateDisconnected;
    struct sim_adapter *adapter;
    size_t i;

    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(luid);
    if (adapter == NULL ||
        (adapter->row.OperStatus == status && adapter->row.MediaConnectState == state)) {
        goto done;
    }
    adapter->row.OperStatus = status;
    adapter->row.MediaConnectState = state;
    if (is_up) {
        adapter->row.InterfaceAndOperStatusFlags.NotMediaConnected = FALSE;
    }
    else {
        adapter->row.InterfaceAndOperStatusFlags.NotMediaConnected = TRUE;
    }
    set_link_speed(adapter, is_up);
    for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        MIB_IPINTERFACE_ROW *row = sim_bound(adapter, families[i]);

        if (row != NULL) {
            row->Connected = (BOOLEAN)(is_up != 0);
            if (row->UseAutomaticMetric) {
                row->Metric = sim_automatic_metric(adapter, row->Family, row->Metric);
            }
        }
    }
    notify_bound(adapter);

done:
    sim_release(&sim_machine.lock);
    return adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
}

DWORD
sim_move_adapter(uint64_t luid, uint32_t compartment)
{
    struct sim_adapter *adapter;

    if (compartment < 1 || compartment > SIM_COMPARTMENTS) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(luid);
    if (adapter != NULL) {
        adapter->compartment = compartment;
    }
    sim_release(&sim_machine.lock);
    return adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
}

/* ---- adding and removing ---- */

void *
sim_grow(void *array, size_t item_size, uint32_t count, uint32_t *capacity)
{
    uint32_t bigger = count < 8 ? 16 : count * 2;
    void *grown;

    if (count < *capacity) {
        return array;
    }
    if (bigger < count || bigger > SIZE_MAX / item_size) {
        return NULL;
    }
    grown = realloc(array, bigger * item_size);
    if (grown != NULL) {
        *capacity = bigger;
    }
    return grown;
}

DWORD
sim_add_adapter(const MIB_IF_ROW2 *adapter)
{
    struct sim_tables *tables = &sim_machine.tables;
    struct sim_adapter *adapters;
    DWORD error = NO_ERROR;

    if (adapter == NULL || !is_valid_adapter(adapter)) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_machine.lock);
    if (sim_adapter_by_luid(adapter->InterfaceLuid.Value) != NULL ||
        sim_adapter_by_index(adapter->InterfaceIndex) != NULL ||
        find_alias(adapter->Alias, 0) != NULL) {
        error = ERROR_OBJECT_ALREADY_EXISTS;
        goto done;
    }
    adapters = sim_grow(tables->adapters, sizeof(*adapters), tables->adapter_count,
                        &tables->adapter_capacity);
    if (adapters == NULL) {
        error = ERROR_NOT_ENOUGH_MEMORY;
        goto done;
    }
    tables->adapters = adapters;
    if (!reserve_maps(tables, tables->adapter_count + 1)) {
        error = ERROR_NOT_ENOUGH_MEMORY;
        goto done;
    }
    memset(&adapters[tables->adapter_count], 0, sizeof(*adapters));
    memcpy(&adapters[tables->adapter_count].row, adapter, sizeof(*adapter));
    adapters[tables->adapter_count].compartment = 1;
    (void)map_adapter(tables, tables->adapter_count);
    tables->adapter_count++;

done:
    sim_release(&sim_machine.lock);
    return error;
}

DWORD
sim_bind(const MIB_IPINTERFACE_ROW *row)
{
    struct sim_tables *tables = &sim_machine.tables;
    MIB_IPINTERFACE_ROW *interfaces;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;

    if (row == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_machine.lock);
    interfaces = sim_grow(tables->interfaces, sizeof(*interfaces), tables->interface_count,
                          &tables->interface_capacity);
    if (interfaces != NULL) {
        tables->interfaces = interfaces;
        memcpy(&interfaces[tables->interface_count], row, sizeof(*row));
        error = attach_interface(tables, tables->interface_count);
    }
    if (error == NO_ERROR) {
        tables->interface_count++;
        sim_notify(MibAddInstance, row->Family,
                   &sim_adapter_by_luid(row->InterfaceLuid.Value)->row);
    }
    sim_release(&sim_machine.lock);
    return error;
}

DWORD
sim_add_route(const MIB_IPFORWARD_ROW2 *row)
{
    struct sim_tables *tables = &sim_machine.tables;
    MIB_IPFORWARD_ROW2 *routes;
    MIB_IPFORWARD_ROW2 route;
    const struct sim_adapter *adapter;
    DWORD error = NO_ERROR;
    uint32_t i;

    if (row == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    memcpy(&route, row, sizeof(route));
    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(route.InterfaceLuid.Value);
    if (adapter == NULL) {
        error = ERROR_FILE_NOT_FOUND;
        goto done;
    }
    if (!is_valid_route(tables, &route)) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    if (sim_bound(adapter, route.DestinationPrefix.Prefix.si_family) == NULL) {
        error = ERROR_NOT_FOUND;
        goto done;
    }
    for (i = 0; i < tables->route_count; i++) {
        const MIB_IPFORWARD_ROW2 *other = &tables->routes[i];

        if (other->InterfaceLuid.Value == route.InterfaceLuid.Value &&
            other->DestinationPrefix.PrefixLength == route.DestinationPrefix.PrefixLength &&
            sim_same_address(&other->DestinationPrefix.Prefix, &route.DestinationPrefix.Prefix) &&
            sim_same_address(&other->NextHop, &route.NextHop)) {
            error = ERROR_OBJECT_ALREADY_EXISTS;
            goto done;
        }
    }
    routes =
        sim_grow(tables->routes, sizeof(*routes), tables->route_count, &tables->route_capacity);
    if (routes == NULL) {
        error = ERROR_NOT_ENOUGH_MEMORY;
        goto done;
    }
    tables->routes = routes;
    memcpy(&routes[tables->route_count++], &route, sizeof(route));
    sim_notify_route(MibAddInstance, &route);

done:
    sim_release(&sim_machine.lock);
    return error;
}

DWORD
sim_add_address(const MIB_UNICASTIPADDRESS_ROW *row)
{
    struct sim_tables *tables = &sim_machine.tables;
    MIB_UNICASTIPADDRESS_ROW *addresses;
    MIB_UNICASTIPADDRESS_ROW address;
    const struct sim_adapter *adapter;
    DWORD error = NO_ERROR;
    uint32_t i;

    if (row == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    memcpy(&address, row, sizeof(address));
    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(address.InterfaceLuid.Value);
    if (adapter == NULL) {
        error = ERROR_FILE_NOT_FOUND;
        goto done;
    }
    if (!is_valid_address(tables, &address)) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    if (sim_bound(adapter, address.Address.si_family) == NULL) {
        error = ERROR_NOT_FOUND;
        goto done;
    }
    for (i = 0; i < tables->address_count; i++) {
        const MIB_UNICASTIPADDRESS_ROW *other = &tables->addresses[i];

        if (other->InterfaceLuid.Value == address.InterfaceLuid.Value &&
            sim_same_address(&other->Address, &address.Address)) {
            error = ERROR_OBJECT_ALREADY_EXISTS;
            goto done;
        }
    }
    addresses = sim_grow(tables->addresses, sizeof(*addresses), tables->address_count,
                         &tables->address_capacity);
    if (addresses == NULL) {
        error = ERROR_NOT_ENOUGH_MEMORY;
        goto done;
    }
    tables->addresses = addresses;
    memcpy(&addresses[tables->address_count++], &address, sizeof(address));
    sim_notify_address(MibAddInstance, &address);

done:
    sim_release(&sim_machine.lock);
    return error;
}

/* Removes an adapter's routes and addresses of a family, or of both for AF_UNSPEC, and sends a
 * notification for each. */
static void
drop_routes_and_addresses(struct sim_tables *tables, uint64_t luid, ADDRESS_FAMILY family)
{
    uint32_t i, kept;

    for (i = kept = 0; i < tables->route_count; i++) {
        const MIB_IPFORWARD_ROW2 *route = &tables->routes[i];
        ADDRESS_FAMILY row_family = route->DestinationPrefix.Prefix.si_family;

        if (route->InterfaceLuid.Value != luid || (family != AF_UNSPEC && family != row_family)) {
            memmove(&tables->routes[kept++], route, sizeof(*route));
        }
        else {
            sim_notify_route(MibDeleteInstance, route);
        }
    }
    tables->route_count = kept;
    for (i = kept = 0; i < tables->address_count; i++) {
        const MIB_UNICASTIPADDRESS_ROW *address = &tables->addresses[i];
        ADDRESS_FAMILY row_family = address->Address.si_family;

        if (address->InterfaceLuid.Value != luid || (family != AF_UNSPEC && family != row_family)) {
            memmove(&tables->addresses[kept++], address, sizeof(*address));
        }
        else {
            sim_notify_address(MibDeleteInstance, address);
        }
    }
    tables->address_count = kept;
}

/* Removes the adapter's IP interface of `family`, with its routes and addresses, and sends a
 * notification. Does nothing if the family is not bound. */
static void
detach_interface(struct sim_tables *tables, struct sim_adapter *adapter, ADDRESS_FAMILY family)
{
    uint32_t bound = *binding(adapter, family); /* its position plus 1 */
    uint32_t i;

    if (bound == 0) {
        return;
    }
    memmove(&tables->interfaces[bound - 1], &tables->interfaces[bound],
            (tables->interface_count - bound) * sizeof(*tables->interfaces));
    tables->interface_count--;
    *binding(adapter, family) = 0;
    for (i = 0; i < tables->adapter_count; i++) {
        uint32_t *positions = tables->adapters[i].bound;
        positions[0] -= positions[0] > bound ? 1u : 0u;
        positions[1] -= positions[1] > bound ? 1u : 0u;
    }
    drop_routes_and_addresses(tables, adapter->row.InterfaceLuid.Value, family);
    sim_notify(MibDeleteInstance, family, &adapter->row);
}

DWORD
sim_unbind(ADDRESS_FAMILY family, uint64_t luid)
{
    struct sim_adapter *adapter;
    DWORD error = NO_ERROR;

    if (!sim_is_family(family)) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(luid);
    if (adapter == NULL) {
        error = ERROR_FILE_NOT_FOUND;
    }
    else if (sim_bound(adapter, family) == NULL) {
        error = ERROR_NOT_FOUND;
    }
    else {
        detach_interface(&sim_machine.tables, adapter, family);
    }
    sim_release(&sim_machine.lock);
    return error;
}

DWORD
sim_remove_interface(uint64_t luid)
{
    struct sim_tables *tables = &sim_machine.tables;
    struct sim_adapter *adapter;
    DWORD error = ERROR_FILE_NOT_FOUND;

    sim_acquire(&sim_machine.lock);
    adapter = sim_adapter_by_luid(luid);
    if (adapter != NULL) {
        detach_interface(tables, adapter, AF_INET);
        detach_interface(tables, adapter, AF_INET6);
        drop_routes_and_addresses(tables, luid, AF_UNSPEC); /* unbound families may have some */
        tables->adapter_count--;
        memmove(adapter, adapter + 1,
                (size_t)(&tables->adapters[tables->adapter_count] - adapter) * sizeof(*adapter));
        map_again(tables);
        error = NO_ERROR;
    }
    sim_release(&sim_machine.lock);
    return error;
}
