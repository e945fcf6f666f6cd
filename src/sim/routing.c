/* routing.c: which route and which source address lead to a destination.
 *
 * A route is a candidate when its interface is bound to the family and Connected, the link is up,
 * nothing the caller gave (an interface, a source address, a zone) excludes it, and it is not a
 * default route of an interface with DisableDefaultRoutes. Of the candidates that match the
 * destination the longest prefix wins, then the lowest sum of route metric and interface metric
 * [documented], then the one that stands first in the table.
 */
#include "world.h"

#include <string.h>

/* What the caller asked. */
struct question {
    const SOCKADDR_INET *destination;
    const SOCKADDR_INET *source; /* NULL: any */
    const struct sim_link *only; /* NULL: all links */
};

/* The answer: a route, borrowed, and its effective metric. */
struct answer {
    const MIB_IPFORWARD_ROW2 *route;
    const struct sim_link *link;
    uint64_t metric;
};

/* ---- addresses ---- */

/* Returns the bytes of an address, in network order. */
static const unsigned char *bytes_of(const SOCKADDR_INET *address)
{
    return address->si_family == AF_INET ? (const unsigned char *)&address->Ipv4.sin_addr
                                         : (const unsigned char *)&address->Ipv6.sin6_addr;
}

/* Returns how many bytes an address of a family has. */
static unsigned length_of(ADDRESS_FAMILY family)
{
    return family == AF_INET ? 4 : 16;
}

/* Returns how many leading bits two addresses of one family have in common. */
static unsigned common_bits(const SOCKADDR_INET *a, const SOCKADDR_INET *b)
{
    const unsigned char *left = bytes_of(a), *right = bytes_of(b);
    unsigned bits = 0, all = 8 * length_of(a->si_family);

    while (bits < all && ((left[bits / 8] ^ right[bits / 8]) & (0x80u >> (bits % 8))) == 0) {
        bits++;
    }
    return bits;
}

/* Returns whether an address is 0.0.0.0 or ::. */
static int is_unspecified(const SOCKADDR_INET *address)
{
    static const unsigned char zeros[16] = {0};

    return memcmp(bytes_of(address), zeros, length_of(address->si_family)) == 0;
}

/* Returns whether an IPv6 address means something on one link only: fe80::/10, or multicast of
 * link scope. */
static int is_link_local(const SOCKADDR_INET *address)
{
    const unsigned char *bytes = bytes_of(address);

    if (address->si_family != AF_INET6) {
        return 0;
    }
    return (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80)
           || (bytes[0] == 0xFF && (bytes[1] & 0x0F) == ScopeLevelLink);
}

/* Returns whether a row's address is `address`, on the link of that LUID. */
static int is_owner(const MIB_UNICASTIPADDRESS_ROW *row, uint64_t luid,
                    const SOCKADDR_INET *address)
{
    return row->InterfaceLuid.Value == luid && row->Address.si_family == address->si_family
           && memcmp(bytes_of(&row->Address), bytes_of(address), length_of(address->si_family))
                  == 0;
}

/* Returns whether an address of `address`'s zone is on that link. The zone of a link-local address
 * is the link's index [inferred: that is what ZoneIndices holds for the link level]; 0 is any. */
static int zone_allows(const SOCKADDR_INET *address, const struct sim_link *link)
{
    return !is_link_local(address) || address->Ipv6.sin6_scope_id == 0
           || address->Ipv6.sin6_scope_id == link->row.InterfaceIndex;
}

/* ---- the route ---- */

/* Returns whether a link's own state and the question let the route through. */
static int is_candidate(const struct question *question, const MIB_IPFORWARD_ROW2 *route,
                        const struct sim_link *link, const MIB_IPINTERFACE_ROW *interface_row)
{
    uint32_t i;

    if (!interface_row->Connected || link->row.OperStatus != IfOperStatusUp) {
        return 0;
    }
    if (interface_row->DisableDefaultRoutes && route->DestinationPrefix.PrefixLength == 0) {
        return 0;
    }
    if (question->only != NULL && question->only != link) {
        return 0;
    }
    if (!zone_allows(question->destination, link)) {
        return 0;
    }
    if (question->source == NULL) {
        return 1;
    }
    if (!zone_allows(question->source, link)) {
        return 0;
    }
    /* A source address restricts the search to its interface: the strong host model [documented].
     * WeakHostSend does not lift that here [unconfirmed]. */
    for (i = 0; i < sim_world.stack.address_count; i++) {
        if (is_owner(&sim_world.stack.addresses[i], link->row.InterfaceLuid.Value,
                     question->source)) {
            return 1;
        }
    }
    return 0;
}

/* Returns whether any link is bound to the family at all. */
static int family_exists(ADDRESS_FAMILY family)
{
    uint32_t i;

    for (i = 0; i < sim_world.stack.interface_count; i++) {
        if (sim_world.stack.interfaces[i].Family == family) {
            return 1;
        }
    }
    return 0;
}

/* Finds the best route. Returns 0; 50 when nothing here speaks the family [documented]; or 1231
 * when no route matches [observed]. */
static DWORD choose(const struct question *question, struct answer *best)
{
    ADDRESS_FAMILY family = question->destination->si_family;
    uint32_t i;

    best->route = NULL;
    best->link = NULL;
    best->metric = 0;
    for (i = 0; i < sim_world.stack.route_count; i++) {
        const MIB_IPFORWARD_ROW2 *route = &sim_world.stack.routes[i];
        const SOCKADDR_INET *prefix = &route->DestinationPrefix.Prefix;
        UINT8 length = route->DestinationPrefix.PrefixLength;
        const struct sim_link *link;
        const MIB_IPINTERFACE_ROW *interface_row;
        uint64_t metric;

        if (prefix->si_family != family || common_bits(prefix, question->destination) < length) {
            continue;
        }
        link = sim_link_by_luid(route->InterfaceLuid.Value);
        interface_row = link != NULL ? sim_bound(link, family) : NULL;
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
        if (is_candidate(question, route, link, interface_row)) {
            best->route = route;
            best->link = link;
            best->metric = metric;
        }
    }
    if (best->route != NULL) {
        return NO_ERROR;
    }
    return family_exists(family) ? ERROR_NETWORK_UNREACHABLE : ERROR_NOT_SUPPORTED;
}

/* ---- the source address ---- */

/* Writes the address that packets to `destination` on that route would carry: of the link's
 * addresses without SkipAsSource, one that is link-local exactly when the destination is, then
 * the one with most leading bits in common with what is reached directly. All zero when the link
 * has none. */
static void choose_source(const SOCKADDR_INET *destination, const struct answer *answer,
                          SOCKADDR_INET *source)
{
    const SOCKADDR_INET *target = destination;
    const MIB_UNICASTIPADDRESS_ROW *best = NULL;
    unsigned best_score = 0;
    uint32_t i;

    /* An IPv6 router is reached by its link-local address, which says nothing about global ones. */
    if (destination->si_family == AF_INET && !is_unspecified(&answer->route->NextHop)) {
        target = &answer->route->NextHop;
    }
    for (i = 0; i < sim_world.stack.address_count; i++) {
        const MIB_UNICASTIPADDRESS_ROW *row = &sim_world.stack.addresses[i];
        unsigned score;

        if (row->InterfaceLuid.Value != answer->link->row.InterfaceLuid.Value
            || row->Address.si_family != destination->si_family || row->SkipAsSource) {
            continue;
        }
        score = common_bits(&row->Address, target);
        if (is_link_local(&row->Address) == is_link_local(destination)) {
            score += 1000; /* more than all bits together */
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

NETIO_STATUS NETIOAPI_API_ GetBestRoute2(NET_LUID *InterfaceLuid, NET_IFINDEX InterfaceIndex,
                                         CONST SOCKADDR_INET *SourceAddress,
                                         CONST SOCKADDR_INET *DestinationAddress,
                                         ULONG AddressSortOptions, PMIB_IPFORWARD_ROW2 BestRoute,
                                         SOCKADDR_INET *BestSourceAddress)
{
    struct question question;
    struct sim_link *link = NULL;
    struct answer answer;
    SOCKADDR_INET source;
    uint64_t luid;
    DWORD error = sim_enter(SIM_GetBestRoute2);

    (void)AddressSortOptions; /* not used [documented] */
    if (error != NO_ERROR) {
        return error;
    }
    if (DestinationAddress == NULL || BestRoute == NULL || BestSourceAddress == NULL
        || !sim_is_family(DestinationAddress->si_family)) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    question.destination = DestinationAddress;
    question.source = NULL;
    question.only = NULL;
    if (SourceAddress != NULL) {
        if (SourceAddress->si_family != DestinationAddress->si_family) {
            error = ERROR_INVALID_PARAMETER;
            goto done;
        }
        if (!is_unspecified(SourceAddress)) {
            question.source = SourceAddress;
        }
    }
    luid = InterfaceLuid != NULL ? InterfaceLuid->Value : 0;
    if (luid != 0 || InterfaceIndex != 0) { /* neither: all interfaces [shipped programs do it] */
        error = sim_find_link(luid, InterfaceIndex, &link);
        if (error != NO_ERROR) {
            goto done;
        }
        question.only = link;
    }
    error = choose(&question, &answer);
    if (error != NO_ERROR) {
        goto done;
    }
    if (question.source != NULL) {
        memcpy(&source, question.source, sizeof(source));
    }
    else {
        choose_source(DestinationAddress, &answer, &source);
    }
    memcpy(BestRoute, answer.route, sizeof(*BestRoute)); /* Metric stays the route's own */
    memcpy(BestSourceAddress, &source, sizeof(source));

done:
    sim_leave();
    return error;
}

DWORD WINAPI GetBestRoute(DWORD dwDestAddr, DWORD dwSourceAddr, PMIB_IPFORWARDROW pBestRoute)
{
    SOCKADDR_INET destination, source;
    struct question question;
    struct answer answer;
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
    question.destination = &destination;
    question.source = dwSourceAddr != 0 ? &source : NULL;
    question.only = NULL;
    error = choose(&question, &answer);
    if (error != NO_ERROR) {
        goto done;
    }

    route = answer.route;
    memset(pBestRoute, 0, sizeof(*pBestRoute));
    memcpy(&pBestRoute->dwForwardDest, bytes_of(&route->DestinationPrefix.Prefix), 4);
    mask = (unsigned char *)&pBestRoute->dwForwardMask;
    for (i = 0; i < route->DestinationPrefix.PrefixLength; i++) {
        mask[i / 8] = (unsigned char)(mask[i / 8] | (0x80u >> (i % 8)));
    }
    memcpy(&pBestRoute->dwForwardNextHop, bytes_of(&route->NextHop), 4);
    pBestRoute->dwForwardIfIndex = answer.link->row.InterfaceIndex;
    pBestRoute->dwForwardType = is_unspecified(&route->NextHop) ? (DWORD)MIB_IPROUTE_TYPE_DIRECT
                                                                : (DWORD)MIB_IPROUTE_TYPE_INDIRECT;
    pBestRoute->dwForwardProto = (DWORD)route->Protocol;
    pBestRoute->dwForwardAge = route->Age;
    /* Route metric and interface metric, since Windows Vista [documented]. */
    pBestRoute->dwForwardMetric1 = answer.metric < UINT32_MAX ? (DWORD)answer.metric : UINT32_MAX;
    pBestRoute->dwForwardMetric2 = MIB_IPROUTE_METRIC_UNUSED;
    pBestRoute->dwForwardMetric3 = MIB_IPROUTE_METRIC_UNUSED;
    pBestRoute->dwForwardMetric4 = MIB_IPROUTE_METRIC_UNUSED;
    pBestRoute->dwForwardMetric5 = MIB_IPROUTE_METRIC_UNUSED;

done:
    sim_leave();
    return error;
}
