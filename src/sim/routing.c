/* routing.c: selects the best route and source address for a destination.
 *
 * A route is usable if its adapter is up, its family is bound to the adapter, the interface is
 * Connected, the caller's interface, source address or zone does not exclude it, and it is not a
 * default route of an interface with DisableDefaultRoutes. Of the usable routes that match the
 * destination, the one with the longest prefix wins, then the one with the lowest sum of route
 * metric and interface metric [documented], then the first in the table [unconfirmed].
 */
#include "machine.h"

#include <string.h>

/* The arguments of a search. */
struct route_query {
    const SOCKADDR_INET *destination;
    const SOCKADDR_INET *source;       /* NULL: any */
    const struct sim_adapter *adapter; /* NULL: any */
};

/* The result: a route, valid while the lock is held, and its effective metric. */
struct best_route {
    const MIB_IPFORWARD_ROW2 *route;
    const struct sim_adapter *adapter;
    uint64_t metric;
};

/* ---- addresses ---- */

/* Returns the bytes of an address in network order. */
static const unsigned char *
bytes_of(const SOCKADDR_INET *address)
{
    return address->si_family == AF_INET ? (const unsigned char *)&address->Ipv4.sin_addr
                                         : (const unsigned char *)&address->Ipv6.sin6_addr;
}

/* Returns the number of bytes in an address of a family. */
static unsigned
length_of(ADDRESS_FAMILY family)
{
    return family == AF_INET ? 4 : 16;
}

/* Returns the number of leading bits that two addresses of one family share. */
static unsigned
common_bits(const SOCKADDR_INET *a, const SOCKADDR_INET *b)
{
    const unsigned char *left = bytes_of(a), *right = bytes_of(b);
    unsigned bits = 0, all = 8 * length_of(a->si_family);

    while (bits < all && ((left[bits / 8] ^ right[bits / 8]) & (0x80u >> (bits % 8))) == 0) {
        bits++;
    }
    return bits;
}

/* Returns whether an address is 0.0.0.0 or ::. */
static int
is_unspecified(const SOCKADDR_INET *address)
{
    static const unsigned char zeros[16] = {0};

    return memcmp(bytes_of(address), zeros, length_of(address->si_family)) == 0;
}

/* Returns whether an IPv6 address has link-local scope: fe80::/10, or link-local multicast. */
static int
is_link_local(const SOCKADDR_INET *address)
{
    const unsigned char *bytes = bytes_of(address);

    if (address->si_family != AF_INET6) {
        return 0;
    }
    return (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) ||
           (bytes[0] == 0xFF && (bytes[1] & 0x0F) == ScopeLevelLink);
}

int
sim_same_address(const SOCKADDR_INET *a, const SOCKADDR_INET *b)
{
    return a->si_family == b->si_family &&
           memcmp(bytes_of(a), bytes_of(b), length_of(a->si_family)) == 0;
}

/* Returns whether a row assigns `address` to the adapter with that LUID. */
static int
is_adapter_address(const MIB_UNICASTIPADDRESS_ROW *row, uint64_t luid, const SOCKADDR_INET *address)
{
    return row->InterfaceLuid.Value == luid && sim_same_address(&row->Address, address);
}

/* Returns whether the zone of `address` includes the adapter. The zone of a link-local address is
 * the index of an adapter [inferred: ZoneIndices holds it at the link level]; 0 means any. */
static int
zone_matches(const SOCKADDR_INET *address, const struct sim_adapter *adapter)
{
    return !is_link_local(address) || address->Ipv6.sin6_scope_id == 0 ||
           address->Ipv6.sin6_scope_id == adapter->row.InterfaceIndex;
}

/* ---- the route ---- */

/* Returns whether the state of the adapter and its interface and the query permit the route. */
static int
is_usable(const struct route_query *query, const MIB_IPFORWARD_ROW2 *route,
          const struct sim_adapter *adapter, const MIB_IPINTERFACE_ROW *interface_row)
{
    uint32_t i;

    if (!interface_row->Connected || adapter->row.OperStatus != IfOperStatusUp) {
        return 0;
    }
    if (interface_row->DisableDefaultRoutes && route->DestinationPrefix.PrefixLength == 0) {
        return 0;
    }
    if (query->adapter != NULL && query->adapter != adapter) {
        return 0;
    }
    if (!zone_matches(query->destination, adapter)) {
        return 0;
    }
    if (query->source == NULL) {
        return 1;
    }
    if (!zone_matches(query->source, adapter)) {
        return 0;
    }
    /* Strong host model: a source address restricts the search to its interface [documented], even
     * with WeakHostSend [unconfirmed]. */
    for (i = 0; i < sim_machine.tables.address_count; i++) {
        if (is_adapter_address(&sim_machine.tables.addresses[i], adapter->row.InterfaceLuid.Value,
                               query->source)) {
            return 1;
        }
    }
    return 0;
}

/* Returns whether the family is bound to any adapter. */
static int
is_family_bound(ADDRESS_FAMILY family)
{
    uint32_t i;

    for (i = 0; i < sim_machine.tables.interface_count; i++) {
        if (sim_machine.tables.interfaces[i].Family == family) {
            return 1;
        }
    }
    return 0;
}

/* Finds the best route. Errors: 50 (family not bound to any adapter [documented]), 1231 (no route
 * matches [observed]). */
static DWORD
find_best_route(const struct route_query *query, struct best_route *best)
{
    ADDRESS_FAMILY family = query->destination->si_family;
    uint32_t i;

    best->route = NULL;
    best->adapter = NULL;
    best->metric = 0;
    for (i = 0; i < sim_machine.tables.route_count; i++) {
        const MIB_IPFORWARD_ROW2 *route = &sim_machine.tables.routes[i];
        const SOCKADDR_INET *prefix = &route->DestinationPrefix.Prefix;
        UINT8 length = route->DestinationPrefix.PrefixLength;
        const struct sim_adapter *adapter;
        const MIB_IPINTERFACE_ROW *interface_row;
        uint64_t metric;

        if (prefix->si_family != family || common_bits(prefix, query->destination) < length) {
            continue;
        }
        adapter = sim_visible_by_luid(route->InterfaceLuid.Value);
        interface_row = adapter != NULL ? sim_bound(adapter, family) : NULL;
        if (interface_row == NULL) {
            continue;
        }
        metric = (uint64_t)route->Metric + interface_row->Metric;
        if (best->route != NULL) {
            UINT8 best_length = best->route->DestinationPrefix.PrefixLength;
            if (length < best_length || (length == best_length && metric >= best->metric)) {
                continue;
            }
        }
        if (is_usable(query, route, adapter, interface_row)) {
            best->route = route;
            best->adapter = adapter;
            best->metric = metric;
        }
    }
    if (best->route != NULL) {
        return NO_ERROR;
    }
    return is_family_bound(family) ? ERROR_NETWORK_UNREACHABLE : ERROR_NOT_SUPPORTED;
}

/* ---- the source address ---- */

/* Chooses the source address for packets to `destination`: of the adapter's addresses without
 * SkipAsSource, those whose scope (link-local or not) equals the destination's come first, then the
 * one that shares most leading bits with the next hop (IPv4) or the destination. Writes zeros if
 * the adapter has no address. */
static void
choose_source(const SOCKADDR_INET *destination, const struct best_route *best_route,
              SOCKADDR_INET *source)
{
    const SOCKADDR_INET *target = destination;
    const MIB_UNICASTIPADDRESS_ROW *best = NULL;
    unsigned best_score = 0;
    uint32_t i;

    /* An IPv6 next hop is link-local and says nothing about global addresses. */
    if (destination->si_family == AF_INET && !is_unspecified(&best_route->route->NextHop)) {
        target = &best_route->route->NextHop;
    }
    for (i = 0; i < sim_machine.tables.address_count; i++) {
        const MIB_UNICASTIPADDRESS_ROW *row = &sim_machine.tables.addresses[i];
        unsigned score;

        if (row->InterfaceLuid.Value != best_route->adapter->row.InterfaceLuid.Value ||
            row->Address.si_family != destination->si_family || row->SkipAsSource) {
            continue;
        }
        score = common_bits(&row->Address, target);
        if (is_link_local(&row->Address) == is_link_local(destination)) {
            score += 1000; /* more than the 128 bits can add */
        }
        if (best == NULL || score > best_score) {
            best = row;
            best_score = score;
        }
    }
    memset(source, 0, sizeof(*source));
    if (best != NULL) {
        memcpy(source, &best->Address, sizeof(*source));
    }
    source->si_family = destination->si_family;
}

/* ---- the functions ---- */

NETIO_STATUS NETIOAPI_API_
GetBestRoute2(NET_LUID *InterfaceLuid, NET_IFINDEX InterfaceIndex,
              CONST SOCKADDR_INET *SourceAddress, CONST SOCKADDR_INET *DestinationAddress,
              ULONG AddressSortOptions, PMIB_IPFORWARD_ROW2 BestRoute,
              SOCKADDR_INET *BestSourceAddress)
{
    struct route_query query;
    struct sim_adapter *adapter = NULL;
    struct best_route best;
    SOCKADDR_INET source;
    uint64_t luid;
    DWORD error = sim_enter(SIM_GetBestRoute2);

    (void)AddressSortOptions; /* unused [documented] */
    if (error != NO_ERROR) {
        return error;
    }
    if (DestinationAddress == NULL || BestRoute == NULL || BestSourceAddress == NULL ||
        !sim_is_family(DestinationAddress->si_family)) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    query.destination = DestinationAddress;
    query.source = NULL;
    query.adapter = NULL;
    if (SourceAddress != NULL) {
        if (SourceAddress->si_family != DestinationAddress->si_family) {
            error = ERROR_INVALID_PARAMETER;
            goto done;
        }
        if (!is_unspecified(SourceAddress)) {
            query.source = SourceAddress;
        }
    }
    luid = InterfaceLuid != NULL ? InterfaceLuid->Value : 0;
    if (luid != 0 || InterfaceIndex != 0) { /* neither: any [inferred] */
        error = sim_find_adapter(luid, InterfaceIndex, &adapter);
        if (error != NO_ERROR) {
            goto done;
        }
        query.adapter = adapter;
    }
    error = find_best_route(&query, &best);
    if (error != NO_ERROR) {
        goto done;
    }
    if (query.source != NULL) {
        memcpy(&source, query.source, sizeof(source));
    }
    else {
        choose_source(DestinationAddress, &best, &source);
    }
    memcpy(BestRoute, best.route, sizeof(*BestRoute)); /* Metric excludes the interface metric */
    memcpy(BestSourceAddress, &source, sizeof(source));

done:
    sim_leave();
    return error;
}

DWORD WINAPI
GetBestRoute(DWORD dwDestAddr, DWORD dwSourceAddr, PMIB_IPFORWARDROW pBestRoute)
{
    SOCKADDR_INET destination, source;
    struct route_query query;
    struct best_route best;
    const MIB_IPFORWARD_ROW2 *route;
    unsigned char *mask;
    unsigned i;
    DWORD error = sim_enter(SIM_GetBestRoute);

    if (error != NO_ERROR) {
        return error;
    }
    if (pBestRoute == NULL) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    memset(&destination, 0, sizeof(destination));
    destination.si_family = AF_INET;
    memcpy(&destination.Ipv4.sin_addr, &dwDestAddr, sizeof(dwDestAddr));
    memset(&source, 0, sizeof(source));
    source.si_family = AF_INET;
    memcpy(&source.Ipv4.sin_addr, &dwSourceAddr, sizeof(dwSourceAddr));
    query.destination = &destination;
    query.source = dwSourceAddr != 0 ? &source : NULL;
    query.adapter = NULL;
    error = find_best_route(&query, &best);
    if (error != NO_ERROR) {
        goto done;
    }

    route = best.route;
    memset(pBestRoute, 0, sizeof(*pBestRoute));
    memcpy(&pBestRoute->dwForwardDest, bytes_of(&route->DestinationPrefix.Prefix), 4);
    mask = (unsigned char *)&pBestRoute->dwForwardMask;
    for (i = 0; i < route->DestinationPrefix.PrefixLength; i++) {
        mask[i / 8] = (unsigned char)(mask[i / 8] | (0x80u >> (i % 8)));
    }
    memcpy(&pBestRoute->dwForwardNextHop, bytes_of(&route->NextHop), 4);
    pBestRoute->dwForwardIfIndex = best.adapter->row.InterfaceIndex;
    pBestRoute->dwForwardType = is_unspecified(&route->NextHop) ? (DWORD)MIB_IPROUTE_TYPE_DIRECT
                                                                : (DWORD)MIB_IPROUTE_TYPE_INDIRECT;
    pBestRoute->dwForwardProto = (DWORD)route->Protocol;
    pBestRoute->dwForwardAge = route->Age;
    /* The sum of route metric and interface metric since Windows Vista [documented]. */
    pBestRoute->dwForwardMetric1 = best.metric < UINT32_MAX ? (DWORD)best.metric : UINT32_MAX;
    pBestRoute->dwForwardMetric2 = MIB_IPROUTE_METRIC_UNUSED;
    pBestRoute->dwForwardMetric3 = MIB_IPROUTE_METRIC_UNUSED;
    pBestRoute->dwForwardMetric4 = MIB_IPROUTE_METRIC_UNUSED;
    pBestRoute->dwForwardMetric5 = MIB_IPROUTE_METRIC_UNUSED;

done:
    sim_leave();
    return error;
}
