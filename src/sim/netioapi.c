/* netioapi.c: IP interface entries, tables, links and the conversions between their names.
 *
 * What a function does rests on one of these grounds, named where it matters:
 *
 *     documented    the function's reference page or the SDK header says so
 *     observed      somebody published what a Windows computer did
 *     inferred      it follows from several published programs or from the layer below
 *     unconfirmed   nobody says so; where programs may depend on it, a flag of sim.h switches it
 *
 * SetIpInterfaceEntry is the longest story and comes last but for the conversions.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_ONES 0xFFFFFFFFu /* "leave as it is" in a ULONG */
#define ALL_ONES_BYTE 0xFFu  /* and in a BOOLEAN */

/* ---- InitializeIpInterfaceEntry ---- */

VOID NETIOAPI_API_ InitializeIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row)
{
    uint32_t flags;

    (void)sim_enter(SIM_InitializeIpInterfaceEntry);
    flags = sim_world.flags;
    sim_leave();

    if (Row == NULL) {
        return; /* unconfirmed; nobody should do it */
    }
    memset(Row, 0, sizeof(*Row));
    if ((flags & SIM_DOC_ZERO) != 0) {
        return; /* what the page says: all zero [documented; a published test contradicts it] */
    }

    /* Every member which Set takes holds a value that means "leave as it is" [inferred]. Padding
     * stays zero, so that a row has one image. */
    Row->MaxReassemblySize = ALL_ONES;
    Row->InterfaceIdentifier = UINT64_MAX;
    Row->MinRouterAdvertisementInterval = ALL_ONES;
    Row->MaxRouterAdvertisementInterval = ALL_ONES;
    Row->AdvertisingEnabled = ALL_ONES_BYTE;
    Row->ForwardingEnabled = ALL_ONES_BYTE;
    Row->WeakHostSend = ALL_ONES_BYTE;
    Row->WeakHostReceive = ALL_ONES_BYTE;
    Row->UseAutomaticMetric = ALL_ONES_BYTE;
    Row->UseNeighborUnreachabilityDetection = ALL_ONES_BYTE;
    Row->ManagedAddressConfigurationSupported = ALL_ONES_BYTE;
    Row->OtherStatefulConfigurationSupported = ALL_ONES_BYTE;
    Row->AdvertiseDefaultRoute = ALL_ONES_BYTE;
    Row->RouterDiscoveryBehavior = RouterDiscoveryUnchanged;
    Row->DadTransmits = ALL_ONES;
    Row->LinkLocalAddressBehavior = LinkLocalUnchanged;
    Row->LinkLocalAddressTimeout = ALL_ONES;
    memset(Row->ZoneIndices, ALL_ONES_BYTE, sizeof(Row->ZoneIndices));
    Row->SitePrefixLength = ALL_ONES;
    Row->Metric = ALL_ONES;
    Row->Connected = ALL_ONES_BYTE;
    Row->SupportsWakeUpPatterns = ALL_ONES_BYTE;
    Row->SupportsNeighborDiscovery = ALL_ONES_BYTE;
    Row->SupportsRouterDiscovery = ALL_ONES_BYTE;
    Row->ReachableTime = ALL_ONES;
    memset(&Row->TransmitOffload, ALL_ONES_BYTE, sizeof(Row->TransmitOffload));
    memset(&Row->ReceiveOffload, ALL_ONES_BYTE, sizeof(Row->ReceiveOffload));
    Row->DisableDefaultRoutes = ALL_ONES_BYTE;
    /* Zero in NlMtu and the three times BaseReachableTime, RetransmitTime and
     * PathMtuDiscoveryTimeout, and in the keys. */
}

/* ---- GetIpInterfaceEntry ---- */

NETIO_STATUS NETIOAPI_API_ GetIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row)
{
    struct sim_link *link;
    MIB_IPINTERFACE_ROW *found;
    DWORD error = sim_enter(SIM_GetIpInterfaceEntry);

    if (error != NO_ERROR) {
        return error;
    }
    if (Row == NULL || !sim_is_family(Row->Family)) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    error = sim_find_link(Row->InterfaceLuid.Value, Row->InterfaceIndex, &link);
    if (error != NO_ERROR) {
        goto done;
    }
    found = sim_bound(link, Row->Family);
    if (found == NULL) {
        error = ERROR_NOT_FOUND;
        goto done;
    }
    memcpy(Row, found, sizeof(*Row)); /* both keys too [documented] */

done:
    sim_leave();
    return error;
}

/* ---- tables ---- */

/* What stands before each table that the caller owns. Sixteen bytes keep the table aligned. */
struct table_header {
    uint64_t magic;
    uint64_t unused;
};

#define TABLE_MAGIC UINT64_C(0x4C42415446495049)
#define TABLE_ROWS_OFFSET 8 /* of every table's rows; NumEntries comes before */

/* Returns a zeroed table for `count` rows, to be given back to FreeMibTable, or NULL. */
static void *new_table(size_t count, size_t row_size)
{
    size_t rows = count * row_size; /* at most twice what the world holds in memory */
    struct table_header *header = calloc(1, sizeof(*header) + TABLE_ROWS_OFFSET + rows);
    ULONG entries = (ULONG)count;

    if (header == NULL) {
        return NULL;
    }
    header->magic = TABLE_MAGIC;
    sim_world.live_tables++;
    memcpy(header + 1, &entries, sizeof(entries));
    return header + 1;
}

VOID NETIOAPI_API_ FreeMibTable(PVOID Memory)
{
    (void)sim_enter(SIM_FreeMibTable);
    if (Memory != NULL) {
        struct table_header *header = (struct table_header *)Memory - 1;
        if (header->magic == TABLE_MAGIC) { /* somebody else's memory is left alone */
            header->magic = 0;
            sim_world.live_tables--;
            free(header);
        }
    }
    sim_leave();
}

/* Makes a table of those of `count` rows whose family is the wanted one, or of all for AF_UNSPEC.
 * `family_offset` says where a row keeps its family. Returns 0, and the caller owns `*table`; or 8,
 * or 1168 when there are none [documented]. */
static DWORD table_of_family(ADDRESS_FAMILY wanted, const void *rows, size_t count,
                             size_t row_size, size_t family_offset, void **table)
{
    const unsigned char *row = rows;
    ADDRESS_FAMILY family;
    unsigned char *out;
    size_t i, matching = 0;

    for (i = 0; i < count; i++) {
        memcpy(&family, row + i * row_size + family_offset, sizeof(family));
        matching += wanted == AF_UNSPEC || wanted == family;
    }
    if (matching == 0) {
        return ERROR_NOT_FOUND;
    }
    *table = new_table(matching, row_size);
    if (*table == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    out = (unsigned char *)*table + TABLE_ROWS_OFFSET;
    for (i = 0; i < count; i++) {
        memcpy(&family, row + i * row_size + family_offset, sizeof(family));
        if (wanted == AF_UNSPEC || wanted == family) {
            memcpy(out, row + i * row_size, row_size);
            out += row_size;
        }
    }
    return NO_ERROR;
}

/* Returns whether a table can be asked for with that family. */
static int is_table_family(ADDRESS_FAMILY family)
{
    return family == AF_UNSPEC || sim_is_family(family);
}

NETIO_STATUS NETIOAPI_API_ GetIpInterfaceTable(ADDRESS_FAMILY Family, PMIB_IPINTERFACE_TABLE *Table)
{
    const struct sim_stack *stack = &sim_world.stack;
    void *table = NULL;
    DWORD error = sim_enter(SIM_GetIpInterfaceTable);

    if (error != NO_ERROR) {
        return error;
    }
    if (Table == NULL || !is_table_family(Family)) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        error = table_of_family(Family, stack->interfaces, stack->interface_count,
                                sizeof(*stack->interfaces), offsetof(MIB_IPINTERFACE_ROW, Family),
                                &table);
        *Table = table;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_ GetIpForwardTable2(ADDRESS_FAMILY Family, PMIB_IPFORWARD_TABLE2 *Table)
{
    const struct sim_stack *stack = &sim_world.stack;
    void *table = NULL;
    DWORD error = sim_enter(SIM_GetIpForwardTable2);

    if (error != NO_ERROR) {
        return error;
    }
    if (Table == NULL || !is_table_family(Family)) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        error = table_of_family(Family, stack->routes, stack->route_count, sizeof(*stack->routes),
                                offsetof(MIB_IPFORWARD_ROW2, DestinationPrefix.Prefix.si_family),
                                &table);
        *Table = table;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_ GetUnicastIpAddressTable(ADDRESS_FAMILY Family,
                                                    PMIB_UNICASTIPADDRESS_TABLE *Table)
{
    const struct sim_stack *stack = &sim_world.stack;
    void *table = NULL;
    DWORD error = sim_enter(SIM_GetUnicastIpAddressTable);

    if (error != NO_ERROR) {
        return error;
    }
    if (Table == NULL || !is_table_family(Family)) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        error = table_of_family(Family, stack->addresses, stack->address_count,
                                sizeof(*stack->addresses),
                                offsetof(MIB_UNICASTIPADDRESS_ROW, Address.si_family), &table);
        *Table = table;
    }
    sim_leave();
    return error;
}

/* ---- links ---- */

NETIO_STATUS NETIOAPI_API_ GetIfEntry2(PMIB_IF_ROW2 Row)
{
    struct sim_link *link;
    DWORD error = sim_enter(SIM_GetIfEntry2);

    if (error != NO_ERROR) {
        return error;
    }
    if (Row == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        error = sim_find_link(Row->InterfaceLuid.Value, Row->InterfaceIndex, &link);
        if (error == NO_ERROR) {
            memcpy(Row, &link->row, sizeof(*Row));
        }
    }
    sim_leave();
    return error;
}

/* Does the work of GetIfTable2 and GetIfTable2Ex between sim_enter and sim_leave. Filter modules
 * are listed at every level [observed]. */
static DWORD link_table(int level, PMIB_IF_TABLE2 *table)
{
    /* 2 is MibIfTableNormalWithoutStatistics, which some SDK headers do not know. */
    const int without_statistics = 2;
    const struct sim_stack *stack = &sim_world.stack;
    const size_t counters = offsetof(MIB_IF_ROW2, InOctets);
    MIB_IF_TABLE2 *made;
    uint32_t i;

    if (table == NULL || level < 0 || level > without_statistics) {
        return ERROR_INVALID_PARAMETER;
    }
    *table = NULL;
    made = new_table(stack->link_count, sizeof(MIB_IF_ROW2));
    if (made == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    for (i = 0; i < stack->link_count; i++) {
        MIB_IF_ROW2 *row = (MIB_IF_ROW2 *)((char *)made + TABLE_ROWS_OFFSET) + i;
        memcpy(row, &stack->links[i].row, sizeof(*row));
        if (level == without_statistics) {
            memset((char *)row + counters, 0, sizeof(*row) - counters); /* [documented] */
        }
    }
    *table = made;
    return NO_ERROR;
}

NETIO_STATUS NETIOAPI_API_ GetIfTable2(PMIB_IF_TABLE2 *Table)
{
    DWORD error = sim_enter(SIM_GetIfTable2);

    if (error == NO_ERROR) {
        error = link_table(0, Table);
        sim_leave();
    }
    return error;
}

NETIO_STATUS NETIOAPI_API_ GetIfTable2Ex(MIB_IF_TABLE_LEVEL Level, PMIB_IF_TABLE2 *Table)
{
    DWORD error = sim_enter(SIM_GetIfTable2Ex);

    if (error == NO_ERROR) {
        error = link_table((int)Level, Table);
        sim_leave();
    }
    return error;
}

/* ---- SetIpInterfaceEntry ---- */

/* The BOOLEANs that Set takes. */
static const size_t settable_flags[] = {
    offsetof(MIB_IPINTERFACE_ROW, AdvertisingEnabled),
    offsetof(MIB_IPINTERFACE_ROW, ForwardingEnabled),
    offsetof(MIB_IPINTERFACE_ROW, WeakHostSend),
    offsetof(MIB_IPINTERFACE_ROW, WeakHostReceive),
    offsetof(MIB_IPINTERFACE_ROW, UseAutomaticMetric),
    offsetof(MIB_IPINTERFACE_ROW, UseNeighborUnreachabilityDetection),
    offsetof(MIB_IPINTERFACE_ROW, ManagedAddressConfigurationSupported),
    offsetof(MIB_IPINTERFACE_ROW, OtherStatefulConfigurationSupported),
    offsetof(MIB_IPINTERFACE_ROW, AdvertiseDefaultRoute),
    offsetof(MIB_IPINTERFACE_ROW, DisableDefaultRoutes),
};

/* Writes a member; returns 1 when that changed it, else 0. */
static int put(ULONG *member, ULONG value)
{
    int changes = *member != value;

    *member = value;
    return changes;
}

/* The same for a member whose all ones mean "leave as it is" [inferred]. */
static int put_unless_ones(ULONG *member, ULONG value)
{
    return value != ALL_ONES && put(member, value);
}

/* The same for one of the three times, where zero means that too [inferred]; that all ones do is
 * unconfirmed. */
static int put_time(ULONG *member, ULONG value)
{
    if (value == 0 || (value == ALL_ONES && !(sim_world.flags & SIM_ALL_ONES_TIMES_ACCEPTED))) {
        return 0;
    }
    return put(member, value);
}

/* Returns whether a value of an enumeration that goes from 0 to 2 may be set; -1 is "leave as it
 * is" [documented]. That others are refused is unconfirmed. */
static int is_behavior(int value)
{
    return (value >= -1 && value <= 2) || (sim_world.flags & SIM_UNKNOWN_ENUM_ACCEPTED) != 0;
}

/* Carries the settable members of `row` over to `next`, a copy of the current row. The members that
 * Set ignores are not looked at: the ten which the page lists [documented] and InterfaceIdentifier
 * [inferred]. Returns 0 with `*changed` set to whether anything differs; or 87, and then `next` is
 * of no use. */
static DWORD merge(const MIB_IPINTERFACE_ROW *row, const MIB_IF_ROW2 *link,
                   MIB_IPINTERFACE_ROW *next, int *changed)
{
    const uint32_t flags = sim_world.flags;
    const int is_ipv4 = next->Family == AF_INET;
    const int discovery = (int)row->RouterDiscoveryBehavior;
    const int link_local = (int)row->LinkLocalAddressBehavior;
    int differences = 0;
    size_t i;

    /* TRUE -> FALSE is refused for the active store [documented for PowerShell]; that this
     * function writes there is inferred. */
    if ((flags & SIM_NUD_OFF_REFUSED) != 0 && next->UseNeighborUnreachabilityDetection != FALSE
        && row->UseNeighborUnreachabilityDetection == FALSE) {
        return ERROR_INVALID_PARAMETER;
    }
    for (i = 0; i < sizeof(settable_flags) / sizeof(settable_flags[0]); i++) {
        BOOLEAN value = *((const BOOLEAN *)row + settable_flags[i]);
        BOOLEAN *member = (BOOLEAN *)next + settable_flags[i];

        if (value != ALL_ONES_BYTE) {
            value = (BOOLEAN)(value != 0); /* 2 to 254 count as TRUE [unconfirmed] */
            differences += *member != value;
            *member = value;
        }
    }

    if (!is_behavior(discovery) || !is_behavior(link_local)) {
        return ERROR_INVALID_PARAMETER;
    }
    if (discovery != -1) {
        differences += (int)next->RouterDiscoveryBehavior != discovery;
        next->RouterDiscoveryBehavior = row->RouterDiscoveryBehavior;
    }
    if (link_local != -1) {
        if (is_ipv4 && link_local == (int)LinkLocalAlwaysOff
            && (flags & SIM_LINK_LOCAL_ALWAYS_OFF_REFUSED) != 0) {
            return ERROR_INVALID_PARAMETER; /* [one report; unconfirmed] */
        }
        differences += (int)next->LinkLocalAddressBehavior != link_local;
        next->LinkLocalAddressBehavior = row->LinkLocalAddressBehavior;
    }

    differences += put_unless_ones(&next->DadTransmits, row->DadTransmits);
    differences += put_time(&next->BaseReachableTime, row->BaseReachableTime);
    differences += put_time(&next->RetransmitTime, row->RetransmitTime);
    differences += put_time(&next->PathMtuDiscoveryTimeout, row->PathMtuDiscoveryTimeout);
    differences += put_unless_ones(&next->LinkLocalAddressTimeout, row->LinkLocalAddressTimeout);
    for (i = 0; i < ScopeLevelCount; i++) {
        differences += put_unless_ones(&next->ZoneIndices[i], row->ZoneIndices[i]);
    }

    if (row->SitePrefixLength != ALL_ONES) {
        if (is_ipv4) {
            /* Zero is what IPv4 wants; 64, which Get shows at first, is refused [documented,
             * observed]. Whether 1 to 32 are is unconfirmed. The member means nothing there, so
             * writing it is no change [unconfirmed]. */
            ULONG most = (flags & SIM_SITE_PREFIX_LENGTH_ACCEPTED) != 0 ? 32 : 0;
            if (row->SitePrefixLength > most) {
                return ERROR_INVALID_PARAMETER;
            }
            (void)put(&next->SitePrefixLength, row->SitePrefixLength);
        }
        else {
            if (row->SitePrefixLength > 128) {
                return ERROR_INVALID_PARAMETER; /* [documented as illegal] */
            }
            differences += put(&next->SitePrefixLength, row->SitePrefixLength);
        }
    }

    if (next->UseAutomaticMetric != FALSE) {
        /* Windows computes it and drops the number passed [published tests rely on it]. */
        differences += put(&next->Metric, sim_automatic_metric(link, next->Metric));
    }
    else {
        if (row->Metric > 0x7FFFFFFFu && row->Metric != ALL_ONES
            && (flags & SIM_LARGE_METRIC_ACCEPTED) == 0) {
            return ERROR_INVALID_PARAMETER; /* [unconfirmed] */
        }
        differences += put_unless_ones(&next->Metric, row->Metric);
    }

    if (row->NlMtu != 0 && row->NlMtu != ALL_ONES) { /* [zero: documented; ones: inferred] */
        ULONG mtu = row->NlMtu;
        if (mtu < (is_ipv4 ? 576u : 1280u)) {
            return ERROR_INVALID_PARAMETER; /* [IPv4: documented for PowerShell; IPv6: observed] */
        }
        if ((flags & SIM_MTU_CLAMPED) != 0 && mtu > link->Mtu) {
            mtu = link->Mtu; /* [unconfirmed; otherwise there is no upper limit] */
        }
        differences += put(&next->NlMtu, mtu);
    }
    *changed = differences != 0;
    return NO_ERROR;
}

NETIO_STATUS NETIOAPI_API_ SetIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row)
{
    struct sim_link *link;
    MIB_IPINTERFACE_ROW *current;
    MIB_IPINTERFACE_ROW next;
    uint32_t flags;
    int changed;
    DWORD error = sim_enter(SIM_SetIpInterfaceEntry);

    if (error != NO_ERROR) {
        return error;
    }
    flags = sim_world.flags;

    /* The codes are documented, their order is not [unconfirmed]. */
    if (Row == NULL) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    if ((flags & SIM_ACCESS_CHECKED_FIRST) != 0 && (flags & SIM_ELEVATED) == 0) {
        error = ERROR_ACCESS_DENIED;
        goto done;
    }
    if (!sim_is_family(Row->Family)) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    error = sim_find_link(Row->InterfaceLuid.Value, Row->InterfaceIndex, &link);
    if (error != NO_ERROR) {
        goto done;
    }
    if ((flags & SIM_ELEVATED) == 0) {
        error = ERROR_ACCESS_DENIED;
        goto done;
    }
    current = sim_bound(link, Row->Family);
    if (current == NULL) {
        error = ERROR_NOT_FOUND;
        goto done;
    }

    /* All members or none [unconfirmed; nobody reports half a change]. */
    memcpy(&next, current, sizeof(next));
    error = merge(Row, &link->row, &next, &changed);
    if (error != NO_ERROR) {
        goto done;
    }
    memcpy(current, &next, sizeof(next));

    if ((flags & SIM_INDEX_FILLED_IN) != 0) {
        Row->InterfaceIndex = link->row.InterfaceIndex; /* [unconfirmed] */
    }
    Row->InterfaceLuid = link->row.InterfaceLuid; /* [documented] */
    if (changed || (flags & SIM_UNCHANGED_SET_NOTIFIES) != 0) {
        sim_notify(MibParameterNotification, next.Family, &link->row);
    }

done:
    sim_leave();
    return error;
}

/* ---- the names of an interface ---- */

/* Unknown names give 2, an unknown alias 123 [published programs]. An output that is given is
 * cleared when the name is unknown, and untouched when an argument is missing [published
 * conformance tests]. */

NETIO_STATUS NETIOAPI_API_ ConvertInterfaceIndexToLuid(NET_IFINDEX InterfaceIndex,
                                                       PNET_LUID InterfaceLuid)
{
    const struct sim_link *link;
    DWORD error = sim_enter(SIM_ConvertInterfaceIndexToLuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        link = sim_link_by_index(InterfaceIndex);
        InterfaceLuid->Value = link != NULL ? link->row.InterfaceLuid.Value : 0;
        error = link != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_ ConvertInterfaceLuidToIndex(CONST NET_LUID *InterfaceLuid,
                                                       PNET_IFINDEX InterfaceIndex)
{
    const struct sim_link *link;
    DWORD error = sim_enter(SIM_ConvertInterfaceLuidToIndex);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL || InterfaceIndex == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        link = sim_link_by_luid(InterfaceLuid->Value);
        *InterfaceIndex = link != NULL ? link->row.InterfaceIndex : 0;
        error = link != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_ ConvertInterfaceGuidToLuid(CONST GUID *InterfaceGuid,
                                                      PNET_LUID InterfaceLuid)
{
    uint32_t i;
    DWORD error = sim_enter(SIM_ConvertInterfaceGuidToLuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceGuid == NULL || InterfaceLuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        error = ERROR_FILE_NOT_FOUND;
        InterfaceLuid->Value = 0;
        for (i = 0; i < sim_world.stack.link_count; i++) {
            const MIB_IF_ROW2 *row = &sim_world.stack.links[i].row;
            if (memcmp(&row->InterfaceGuid, InterfaceGuid, sizeof(*InterfaceGuid)) == 0) {
                InterfaceLuid->Value = row->InterfaceLuid.Value;
                error = NO_ERROR;
                break;
            }
        }
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_ ConvertInterfaceLuidToGuid(CONST NET_LUID *InterfaceLuid,
                                                      GUID *InterfaceGuid)
{
    const struct sim_link *link;
    DWORD error = sim_enter(SIM_ConvertInterfaceLuidToGuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL || InterfaceGuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        link = sim_link_by_luid(InterfaceLuid->Value);
        memset(InterfaceGuid, 0, sizeof(*InterfaceGuid));
        if (link != NULL) {
            *InterfaceGuid = link->row.InterfaceGuid;
        }
        error = link != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

/* Returns a character with ASCII capitals made small. */
static WCHAR folded(WCHAR c)
{
    return c >= 'A' && c <= 'Z' ? (WCHAR)(c + ('a' - 'A')) : c;
}

/* Returns whether two aliases are the same but for the case of ASCII letters. `given` may be of
 * any length; `known` has its end inside a MIB_IF_ROW2. */
static int same_alias(const WCHAR *given, const WCHAR *known)
{
    while (*known != 0 && folded(*given) == folded(*known)) {
        given++;
        known++;
    }
    return *given == 0 && *known == 0;
}

NETIO_STATUS NETIOAPI_API_ ConvertInterfaceAliasToLuid(CONST WCHAR *InterfaceAlias,
                                                       PNET_LUID InterfaceLuid)
{
    uint32_t i;
    DWORD error = sim_enter(SIM_ConvertInterfaceAliasToLuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceAlias == NULL || InterfaceLuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        error = ERROR_INVALID_NAME;
        InterfaceLuid->Value = 0;
        for (i = 0; *InterfaceAlias != 0 && i < sim_world.stack.link_count; i++) {
            const MIB_IF_ROW2 *row = &sim_world.stack.links[i].row;
            if (same_alias(InterfaceAlias, row->Alias)) {
                InterfaceLuid->Value = row->InterfaceLuid.Value;
                error = NO_ERROR;
                break;
            }
        }
    }
    sim_leave();
    return error;
}

/* Copies a text with its end into a buffer for `length` characters. Returns 0, or 8 when it does
 * not fit [published conformance tests]. */
static DWORD give_text(const WCHAR *text, PWSTR buffer, SIZE_T length)
{
    size_t size = 0;

    while (text[size++] != 0) {
    }
    if (size > length) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    memcpy(buffer, text, size * sizeof(*text));
    return NO_ERROR;
}

NETIO_STATUS NETIOAPI_API_ ConvertInterfaceLuidToAlias(CONST NET_LUID *InterfaceLuid,
                                                       PWSTR InterfaceAlias, SIZE_T Length)
{
    const struct sim_link *link;
    DWORD error = sim_enter(SIM_ConvertInterfaceLuidToAlias);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL || InterfaceAlias == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        link = sim_link_by_luid(InterfaceLuid->Value);
        error = link != NULL ? give_text(link->row.Alias, InterfaceAlias, Length)
                             : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

/* The first parts of the names that ConvertInterfaceLuidToNameW makes. */
static const struct {
    unsigned type;
    const char *name;
} type_names[] = {
    {IF_TYPE_ETHERNET_CSMACD, "ethernet"}, {IF_TYPE_PPP, "ppp"},
    {IF_TYPE_SOFTWARE_LOOPBACK, "loopback"}, {IF_TYPE_IEEE80211, "wireless"},
    {IF_TYPE_TUNNEL, "tunnel"},
};

NETIO_STATUS NETIOAPI_API_ ConvertInterfaceLuidToNameW(CONST NET_LUID *InterfaceLuid,
                                                       PWSTR InterfaceName, SIZE_T Length)
{
    char name[64];
    WCHAR wide[64];
    unsigned type, number;
    size_t i;
    DWORD error = sim_enter(SIM_ConvertInterfaceLuidToNameW);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL || InterfaceName == NULL) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    if (sim_link_by_luid(InterfaceLuid->Value) == NULL) {
        error = ERROR_FILE_NOT_FOUND;
        goto done;
    }
    type = (unsigned)(InterfaceLuid->Info.IfType & 0xFFFFu);
    number = (unsigned)(InterfaceLuid->Info.NetLuidIndex & 0xFFFFFFu);
    (void)snprintf(name, sizeof(name), "iftype%u_%u", type, number);
    for (i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        if (type_names[i].type == type) {
            (void)snprintf(name, sizeof(name), "%s_%u", type_names[i].name, number);
        }
    }
    for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
        wide[i] = (WCHAR)(unsigned char)name[i];
        if (name[i] == 0) {
            break;
        }
    }
    error = give_text(wide, InterfaceName, Length);

done:
    sim_leave();
    return error;
}
