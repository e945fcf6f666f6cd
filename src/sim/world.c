/* world.c: the world behind its lock, and the controls that load, inspect and disturb it.
 *
 * From top to bottom: the table of functions; entering a simulated function and the faults; finding
 * a link; the automatic metric; loading and dumping; links and bindings that come and go.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct sim_world sim_world = {
    .lock = SIM_LOCK_INITIALIZER,
    .idle = SIM_CONDITION_INITIALIZER,
};

/* ---- the table of functions ---- */

typedef void(WINAPI *any_function)(void);

#define FUNCTION(name, can_fail) [SIM_##name] = {#name, can_fail, (any_function)name}

static const struct {
    const char *name;
    int can_fail; /* 0: it returns nothing */
    any_function address;
} functions[SIM_FUNCTIONS] = {
    FUNCTION(InitializeIpInterfaceEntry, 0),
    FUNCTION(GetIpInterfaceEntry, 1),
    FUNCTION(GetIpInterfaceTable, 1),
    FUNCTION(SetIpInterfaceEntry, 1),
    FUNCTION(NotifyIpInterfaceChange, 1),
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
};

#undef FUNCTION

/* Returns the function of that name, or SIM_FUNCTIONS. Needs no lock. */
static enum sim_function function_named(const char *name)
{
    uint32_t i;

    for (i = 0; name != NULL && i < SIM_FUNCTIONS; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return (enum sim_function)i;
        }
    }
    return SIM_FUNCTIONS;
}

uint64_t sim_calls(const char *function)
{
    enum sim_function which = function_named(function);
    uint64_t calls;

    if (which == SIM_FUNCTIONS) {
        return 0;
    }
    sim_acquire(&sim_world.lock);
    calls = sim_world.calls[which];
    sim_release(&sim_world.lock);
    return calls;
}

void *sim_address(const char *function)
{
    enum sim_function which = function_named(function);

    return which == SIM_FUNCTIONS ? NULL : (void *)(uintptr_t)functions[which].address;
}

/* ---- entering a function, and the faults ---- */

/* Counts down the function's faults and returns the code of the one that is due now, or 0. */
static DWORD due_fault(enum sim_function function)
{
    DWORD code = NO_ERROR;
    uint32_t i, kept = 0;

    for (i = 0; i < sim_world.fault_count; i++) {
        struct sim_fault fault = sim_world.faults[i];

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
            sim_world.faults[kept++] = fault;
        }
    }
    sim_world.fault_count = kept;
    return code;
}

DWORD sim_enter(enum sim_function function)
{
    sim_acquire(&sim_world.lock);
    sim_world.calls[function]++;
    if (sim_world.fault_count != 0) {
        DWORD code = due_fault(function);
        if (code != NO_ERROR) {
            sim_release(&sim_world.lock);
            return code;
        }
    }
    return NO_ERROR;
}

void sim_leave(void)
{
    sim_release(&sim_world.lock);
}

DWORD sim_fail(const char *function, DWORD code, uint32_t times, uint32_t after)
{
    enum sim_function which = function_named(function);
    struct sim_fault *faults;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;

    if (which == SIM_FUNCTIONS || !functions[which].can_fail || code == NO_ERROR) {
        return ERROR_INVALID_PARAMETER;
    }
    if (times == 0) {
        return NO_ERROR;
    }
    sim_acquire(&sim_world.lock);
    faults = sim_grown(sim_world.faults, sizeof(*faults), sim_world.fault_count,
                       &sim_world.fault_capacity);
    if (faults != NULL) {
        struct sim_fault *fault = &faults[sim_world.fault_count++];
        fault->function = which;
        fault->code = code;
        fault->times = times;
        fault->after = after;
        sim_world.faults = faults;
        error = NO_ERROR;
    }
    sim_release(&sim_world.lock);
    return error;
}

void sim_clear_faults(void)
{
    sim_acquire(&sim_world.lock);
    sim_world.fault_count = 0;
    sim_release(&sim_world.lock);
}

uint32_t sim_flags(void)
{
    uint32_t flags;

    sim_acquire(&sim_world.lock);
    flags = sim_world.flags;
    sim_release(&sim_world.lock);
    return flags;
}

void sim_set_flags(uint32_t mask, uint32_t values)
{
    sim_acquire(&sim_world.lock);
    sim_world.flags = (sim_world.flags & ~mask) | (values & mask);
    sim_release(&sim_world.lock);
}

size_t sim_live_tables(void)
{
    size_t tables;

    sim_acquire(&sim_world.lock);
    tables = sim_world.live_tables;
    sim_release(&sim_world.lock);
    return tables;
}

/* ---- finding a link ---- */

/* Returns the slot that holds `key`, or the empty one where it belongs. The map has slots. */
static struct sim_slot *map_slot(const struct sim_map *map, uint64_t key)
{
    uint32_t mask = map->capacity - 1;
    uint32_t i = (uint32_t)((key * 0x9E3779B97F4A7C15u) >> 32) & mask;

    while (map->slots[i].key != 0 && map->slots[i].key != key) {
        i = (i + 1) & mask;
    }
    return &map->slots[i];
}

/* Makes room in a map for that many keys in all. Returns whether there was memory; if there was
 * not, the map is as before. */
static int map_reserve(struct sim_map *map, uint32_t keys)
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
            *map_slot(&bigger, map->slots[i].key) = map->slots[i];
        }
    }
    free(map->slots);
    *map = bigger;
    return 1;
}

/* Enters the link at `position` into both maps. Returns whether neither of its keys was there. */
static int enter_link(struct sim_stack *stack, uint32_t position)
{
    const MIB_IF_ROW2 *row = &stack->links[position].row;
    struct sim_slot *luid = map_slot(&stack->by_luid, row->InterfaceLuid.Value);
    struct sim_slot *index = map_slot(&stack->by_index, row->InterfaceIndex);

    if (luid->key != 0 || index->key != 0) {
        return 0;
    }
    luid->key = row->InterfaceLuid.Value;
    luid->position = position;
    index->key = row->InterfaceIndex;
    index->position = position;
    return 1;
}

/* Returns the stack's link under `key` of one of its two maps, borrowed, or NULL. */
static struct sim_link *stack_link(const struct sim_stack *stack, const struct sim_map *map,
                                   uint64_t key)
{
    const struct sim_slot *slot;

    if (key == 0 || map->capacity == 0) {
        return NULL;
    }
    slot = map_slot(map, key);
    return slot->key == key ? &stack->links[slot->position] : NULL;
}

struct sim_link *sim_link_by_luid(uint64_t luid)
{
    return stack_link(&sim_world.stack, &sim_world.stack.by_luid, luid);
}

struct sim_link *sim_link_by_index(uint32_t index)
{
    return stack_link(&sim_world.stack, &sim_world.stack.by_index, index);
}

DWORD sim_find_link(uint64_t luid, uint32_t index, struct sim_link **link)
{
    if (luid == 0 && index == 0) {
        return ERROR_INVALID_PARAMETER;
    }
    *link = luid != 0 ? sim_link_by_luid(luid) : sim_link_by_index(index);
    return *link != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
}

int sim_is_family(ADDRESS_FAMILY family)
{
    return family == AF_INET || family == AF_INET6;
}

/* Returns where a link keeps the position of its IP interface of `family`. */
static uint32_t *binding(struct sim_link *link, ADDRESS_FAMILY family)
{
    return &link->bound[family == AF_INET6];
}

MIB_IPINTERFACE_ROW *sim_bound(const struct sim_link *link, ADDRESS_FAMILY family)
{
    uint32_t bound = link->bound[family == AF_INET6];

    return bound != 0 ? &sim_world.stack.interfaces[bound - 1] : NULL;
}

/* ---- the automatic metric ---- */

/* Speed in bits per second, from which on a metric holds; Windows 10 and later [documented,
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
    {100000000000u, 5}, {40000000000u, 10}, {10000000000u, 15}, {2000000000u, 20},
    {200000000u, 25},   {80000000u, 35},    {20000000u, 45},    {4000000u, 55},
    {500000u, 65},      {0, 75},
};

ULONG sim_automatic_metric(const MIB_IF_ROW2 *link, ULONG otherwise)
{
    const struct speed_metric *row = other_metrics;

    if (link->Type == IF_TYPE_SOFTWARE_LOOPBACK) {
        return 75; /* whatever its speed [observed] */
    }
    if (link->TransmitLinkSpeed == 0) {
        return otherwise; /* a choice; such links are not documented */
    }
    if (link->Type == IF_TYPE_IEEE80211 || link->Type == IF_TYPE_WWANPP
        || link->Type == IF_TYPE_WWANPP2) {
        row = wireless_metrics;
    }
    while (link->TransmitLinkSpeed < row->speed) {
        row++;
    }
    return row->metric;
}

/* ---- loading and dumping ---- */

static const char magic[8] = {'I', 'P', 'I', 'F', 'W', 'L', 'D', '1'};

struct packed_header {
    char magic[8];
    uint32_t flags;
    uint32_t links;
    uint32_t interfaces;
    uint32_t routes;
    uint32_t addresses;
    uint32_t zero;
};

_Static_assert(sizeof(struct packed_header) == 32, "packed header");

/* Copies `count` items off the packed world and returns the copy, which the caller frees, or
 * NULL without memory. */
static void *copied(const unsigned char **packed, uint32_t count, size_t item_size)
{
    size_t size = count * item_size; /* not more than there is of the packed world */
    void *copy = malloc(size != 0 ? size : 1);

    if (copy != NULL) {
        memcpy(copy, *packed, size);
        *packed += size;
    }
    return copy;
}

/* Returns whether a text of a MIB_IF_ROW2 has its end inside. */
static int text_ends(const WCHAR *text)
{
    size_t i;

    for (i = 0; i <= IF_MAX_STRING_SIZE; i++) {
        if (text[i] == 0) {
            return 1;
        }
    }
    return 0;
}

/* Returns whether a link can be part of a world. */
static int link_is_sound(const MIB_IF_ROW2 *row)
{
    return row->InterfaceLuid.Value != 0 && row->InterfaceIndex != 0 && text_ends(row->Alias)
           && text_ends(row->Description)
           && row->PhysicalAddressLength <= IF_MAX_PHYS_ADDRESS_LENGTH;
}

/* Gives `*index` the link's index when it is 0. Returns whether it is the link's. */
static int agree_on_index(const struct sim_link *link, NET_IFINDEX *index)
{
    if (*index == 0) {
        *index = link->row.InterfaceIndex;
    }
    return *index == link->row.InterfaceIndex;
}

/* Ties the IP interface at `position` to its link. Returns 0, 2, 87 or 5010 as sim_bind does. */
static DWORD tie_interface(struct sim_stack *stack, uint32_t position)
{
    MIB_IPINTERFACE_ROW *row = &stack->interfaces[position];
    struct sim_link *link;

    if (!sim_is_family(row->Family)) {
        return ERROR_INVALID_PARAMETER;
    }
    link = stack_link(stack, &stack->by_luid, row->InterfaceLuid.Value);
    if (link == NULL) {
        return ERROR_FILE_NOT_FOUND;
    }
    if (!agree_on_index(link, &row->InterfaceIndex)) {
        return ERROR_INVALID_PARAMETER;
    }
    if (*binding(link, row->Family) != 0) {
        return ERROR_OBJECT_ALREADY_EXISTS;
    }
    if (row->UseAutomaticMetric) {
        row->Metric = sim_automatic_metric(&link->row, row->Metric);
    }
    *binding(link, row->Family) = position + 1;
    return NO_ERROR;
}

/* Returns whether a route is on a link of the stack and speaks of one family. */
static int route_is_sound(const struct sim_stack *stack, MIB_IPFORWARD_ROW2 *route)
{
    const struct sim_link *link = stack_link(stack, &stack->by_luid, route->InterfaceLuid.Value);
    ADDRESS_FAMILY family = route->DestinationPrefix.Prefix.si_family;

    return link != NULL && agree_on_index(link, &route->InterfaceIndex) && sim_is_family(family)
           && route->NextHop.si_family == family
           && route->DestinationPrefix.PrefixLength <= (family == AF_INET ? 32 : 128);
}

/* Returns whether an address is on a link of the stack. */
static int address_is_sound(const struct sim_stack *stack, MIB_UNICASTIPADDRESS_ROW *address)
{
    const struct sim_link *link = stack_link(stack, &stack->by_luid, address->InterfaceLuid.Value);

    return link != NULL && agree_on_index(link, &address->InterfaceIndex)
           && sim_is_family(address->Address.si_family);
}

/* Frees what a stack holds; the stack itself belongs to the caller. */
static void free_stack(struct sim_stack *stack)
{
    free(stack->links);
    free(stack->interfaces);
    free(stack->routes);
    free(stack->addresses);
    free(stack->by_luid.slots);
    free(stack->by_index.slots);
}

/* Makes a stack out of a packed world. Returns 0, and the caller frees the stack; or 87 or 8. */
static DWORD unpack_stack(const struct packed_header *header, const unsigned char *packed,
                          struct sim_stack *stack)
{
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    uint32_t i;

    memset(stack, 0, sizeof(*stack));
    stack->links = calloc(header->links != 0 ? header->links : 1, sizeof(*stack->links));
    if (stack->links == NULL || !map_reserve(&stack->by_luid, header->links)
        || !map_reserve(&stack->by_index, header->links)) {
        goto fail;
    }
    for (i = 0; i < header->links; i++) {
        memcpy(&stack->links[i].row, packed, sizeof(stack->links[i].row));
        packed += sizeof(stack->links[i].row);
    }
    stack->interfaces = copied(&packed, header->interfaces, sizeof(*stack->interfaces));
    if (stack->interfaces == NULL) {
        goto fail;
    }
    stack->routes = copied(&packed, header->routes, sizeof(*stack->routes));
    if (stack->routes == NULL) {
        goto fail;
    }
    stack->addresses = copied(&packed, header->addresses, sizeof(*stack->addresses));
    if (stack->addresses == NULL) {
        goto fail;
    }
    stack->link_count = stack->link_capacity = header->links;
    stack->interface_count = stack->interface_capacity = header->interfaces;
    stack->route_count = header->routes;
    stack->address_count = header->addresses;

    error = ERROR_INVALID_PARAMETER;
    for (i = 0; i < stack->link_count; i++) {
        if (!link_is_sound(&stack->links[i].row) || !enter_link(stack, i)) {
            goto fail;
        }
    }
    for (i = 0; i < stack->interface_count; i++) {
        if (tie_interface(stack, i) != NO_ERROR) {
            goto fail;
        }
    }
    for (i = 0; i < stack->route_count; i++) {
        if (!route_is_sound(stack, &stack->routes[i])) {
            goto fail;
        }
    }
    for (i = 0; i < stack->address_count; i++) {
        if (!address_is_sound(stack, &stack->addresses[i])) {
            goto fail;
        }
    }
    return NO_ERROR;

fail:
    free_stack(stack);
    return error;
}

/* Returns how long a packed world with this header is, in 64 bits so that no sum overflows. */
static uint64_t packed_size(const struct packed_header *header)
{
    return sizeof(*header) + (uint64_t)header->links * sizeof(MIB_IF_ROW2)
           + (uint64_t)header->interfaces * sizeof(MIB_IPINTERFACE_ROW)
           + (uint64_t)header->routes * sizeof(MIB_IPFORWARD_ROW2)
           + (uint64_t)header->addresses * sizeof(MIB_UNICASTIPADDRESS_ROW);
}

/* Does the work of sim_load and sim_load_first. */
static DWORD load(const void *packed, size_t size, int only_first)
{
    struct packed_header header;
    struct sim_stack stack, unused;
    DWORD error;

    if (packed == NULL || size < sizeof(header)) {
        return ERROR_INVALID_PARAMETER;
    }
    memcpy(&header, packed, sizeof(header));
    if (memcmp(header.magic, magic, sizeof(magic)) != 0 || header.zero != 0
        || packed_size(&header) != size) {
        return ERROR_INVALID_PARAMETER;
    }
    error = unpack_stack(&header, (const unsigned char *)packed + sizeof(header), &stack);
    if (error != NO_ERROR) {
        return error;
    }
    unused = stack;
    sim_acquire(&sim_world.lock);
    sim_guard_forks();
    if (!only_first || !sim_world.loaded) {
        unused = sim_world.stack;
        sim_world.stack = stack;
        sim_world.flags = header.flags;
        sim_world.loaded = 1;
    }
    sim_release(&sim_world.lock);
    free_stack(&unused);
    return NO_ERROR;
}

DWORD sim_load(const void *packed, size_t size)
{
    return load(packed, size, 0);
}

DWORD sim_load_first(const void *packed, size_t size)
{
    return load(packed, size, 1);
}

size_t sim_dump(void *buffer, size_t size)
{
    const struct sim_stack *stack = &sim_world.stack;
    struct packed_header header;
    size_t needed;

    sim_acquire(&sim_world.lock);
    memcpy(header.magic, magic, sizeof(magic));
    header.flags = sim_world.flags;
    header.links = stack->link_count;
    header.interfaces = stack->interface_count;
    header.routes = stack->route_count;
    header.addresses = stack->address_count;
    header.zero = 0;
    needed = (size_t)packed_size(&header); /* it was in memory before, so it fits */

    if (buffer != NULL && size >= needed) {
        unsigned char *out = buffer;
        uint32_t i;

        memcpy(out, &header, sizeof(header));
        out += sizeof(header);
        for (i = 0; i < stack->link_count; i++) {
            memcpy(out, &stack->links[i].row, sizeof(stack->links[i].row));
            out += sizeof(stack->links[i].row);
        }
        if (stack->interface_count != 0) {
            memcpy(out, stack->interfaces, stack->interface_count * sizeof(*stack->interfaces));
            out += stack->interface_count * sizeof(*stack->interfaces);
        }
        if (stack->route_count != 0) {
            memcpy(out, stack->routes, stack->route_count * sizeof(*stack->routes));
            out += stack->route_count * sizeof(*stack->routes);
        }
        if (stack->address_count != 0) {
            memcpy(out, stack->addresses, stack->address_count * sizeof(*stack->addresses));
        }
    }
    sim_release(&sim_world.lock);
    return needed;
}

/* ---- links and bindings that come and go ---- */

void *sim_grown(void *array, size_t item_size, uint32_t count, uint32_t *capacity)
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

DWORD sim_add_link(const MIB_IF_ROW2 *link)
{
    struct sim_stack *stack = &sim_world.stack;
    struct sim_link *links;
    DWORD error = NO_ERROR;

    if (link == NULL || !link_is_sound(link)) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_world.lock);
    if (sim_link_by_luid(link->InterfaceLuid.Value) != NULL
        || sim_link_by_index(link->InterfaceIndex) != NULL) {
        error = ERROR_OBJECT_ALREADY_EXISTS;
        goto done;
    }
    links = sim_grown(stack->links, sizeof(*links), stack->link_count, &stack->link_capacity);
    if (links == NULL) {
        error = ERROR_NOT_ENOUGH_MEMORY;
        goto done;
    }
    stack->links = links;
    if (!map_reserve(&stack->by_luid, stack->link_count + 1)
        || !map_reserve(&stack->by_index, stack->link_count + 1)) {
        error = ERROR_NOT_ENOUGH_MEMORY;
        goto done;
    }
    memset(&links[stack->link_count], 0, sizeof(*links));
    memcpy(&links[stack->link_count].row, link, sizeof(*link));
    (void)enter_link(stack, stack->link_count);
    stack->link_count++;

done:
    sim_release(&sim_world.lock);
    return error;
}

DWORD sim_bind(const MIB_IPINTERFACE_ROW *row)
{
    struct sim_stack *stack = &sim_world.stack;
    MIB_IPINTERFACE_ROW *interfaces;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;

    if (row == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_world.lock);
    interfaces = sim_grown(stack->interfaces, sizeof(*interfaces), stack->interface_count,
                           &stack->interface_capacity);
    if (interfaces != NULL) {
        stack->interfaces = interfaces;
        memcpy(&interfaces[stack->interface_count], row, sizeof(*row));
        error = tie_interface(stack, stack->interface_count);
    }
    if (error == NO_ERROR) {
        stack->interface_count++;
        sim_notify(MibAddInstance, row->Family, &sim_link_by_luid(row->InterfaceLuid.Value)->row);
    }
    sim_release(&sim_world.lock);
    return error;
}

/* Removes a link's routes and addresses of one family, or of both for AF_UNSPEC. */
static void drop_routes_and_addresses(struct sim_stack *stack, uint64_t luid, ADDRESS_FAMILY family)
{
    uint32_t i, kept;

    for (i = kept = 0; i < stack->route_count; i++) {
        const MIB_IPFORWARD_ROW2 *route = &stack->routes[i];
        ADDRESS_FAMILY its = route->DestinationPrefix.Prefix.si_family;

        if (route->InterfaceLuid.Value != luid || (family != AF_UNSPEC && family != its)) {
            memmove(&stack->routes[kept++], route, sizeof(*route));
        }
    }
    stack->route_count = kept;
    for (i = kept = 0; i < stack->address_count; i++) {
        const MIB_UNICASTIPADDRESS_ROW *address = &stack->addresses[i];
        ADDRESS_FAMILY its = address->Address.si_family;

        if (address->InterfaceLuid.Value != luid || (family != AF_UNSPEC && family != its)) {
            memmove(&stack->addresses[kept++], address, sizeof(*address));
        }
    }
    stack->address_count = kept;
}

/* Takes the link's IP interface of `family` away, where there is one, and tells. */
static void untie_interface(struct sim_stack *stack, struct sim_link *link, ADDRESS_FAMILY family)
{
    uint32_t bound = *binding(link, family); /* position + 1: where the following ones begin */
    uint32_t i;

    if (bound == 0) {
        return;
    }
    memmove(&stack->interfaces[bound - 1], &stack->interfaces[bound],
            (stack->interface_count - bound) * sizeof(*stack->interfaces));
    stack->interface_count--;
    *binding(link, family) = 0;
    for (i = 0; i < stack->link_count; i++) {
        uint32_t *others = stack->links[i].bound;
        others[0] -= others[0] > bound ? 1u : 0u;
        others[1] -= others[1] > bound ? 1u : 0u;
    }
    drop_routes_and_addresses(stack, link->row.InterfaceLuid.Value, family);
    sim_notify(MibDeleteInstance, family, &link->row);
}

DWORD sim_unbind(ADDRESS_FAMILY family, uint64_t luid)
{
    struct sim_link *link;
    DWORD error = NO_ERROR;

    if (!sim_is_family(family)) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_acquire(&sim_world.lock);
    link = sim_link_by_luid(luid);
    if (link == NULL) {
        error = ERROR_FILE_NOT_FOUND;
    }
    else if (sim_bound(link, family) == NULL) {
        error = ERROR_NOT_FOUND;
    }
    else {
        untie_interface(&sim_world.stack, link, family);
    }
    sim_release(&sim_world.lock);
    return error;
}

DWORD sim_remove_interface(uint64_t luid)
{
    struct sim_stack *stack = &sim_world.stack;
    struct sim_link *link;
    DWORD error = ERROR_FILE_NOT_FOUND;
    uint32_t i;

    sim_acquire(&sim_world.lock);
    link = sim_link_by_luid(luid);
    if (link != NULL) {
        untie_interface(stack, link, AF_INET);
        untie_interface(stack, link, AF_INET6);
        drop_routes_and_addresses(stack, luid, AF_UNSPEC); /* there may be some without binding */
        stack->link_count--;
        memmove(link, link + 1, (size_t)(&stack->links[stack->link_count] - link) * sizeof(*link));
        memset(stack->by_luid.slots, 0, stack->by_luid.capacity * sizeof(*stack->by_luid.slots));
        memset(stack->by_index.slots, 0, stack->by_index.capacity * sizeof(*stack->by_index.slots));
        for (i = 0; i < stack->link_count; i++) {
            (void)enter_link(stack, i);
        }
        error = NO_ERROR;
    }
    sim_release(&sim_world.lock);
    return error;
}
