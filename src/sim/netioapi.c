/* netioapi.c: IP interface entries, tables, adapters and conversions between interface identifiers.
 *
 * Comments give the basis of a rule in brackets:
 *
 *     documented    in the function's reference page or the SDK header
 *     observed      in published output of a Windows computer
 *     inferred      from published programs and tests, or from the layer below
 *     unconfirmed   no source; where programs may depend on it, a flag in sim.h switches it
 *
 * A name behind the basis is that of a rule in tools/answers.py, which changes the basis when a
 * Windows computer has answered: to "observed", or to "refuted" if Windows does the opposite. Then
 * the option of that name is on by default.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The unchanged sentinels of most members; NlMtu and the three times have 0. */
#define ALL_ONES 0xFFFFFFFFu /* in a ULONG */
#define ALL_ONES_BYTE 0xFFu  /* in a BOOLEAN */

/* ---- InitializeIpInterfaceEntry ---- */

VOID NETIOAPI_API_
InitializeIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row)
{
    uint32_t flags;

    (void)sim_enter(SIM_InitializeIpInterfaceEntry);
    flags = sim_machine.flags;
    sim_leave();

    if (Row == NULL) {
        return; /* [unconfirmed] */
    }
    memset(Row, 0, sizeof(*Row));
    if ((flags & SIM_DOC_ZERO) != 0) {
        return; /* [documented, but contradicted by a published test] */
    }

    /* Every settable member gets its unchanged sentinel [inferred: doc_zero]. Padding stays zero,
     * so that equal rows have equal bytes. */
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
    /* The keys, NlMtu, BaseReachableTime, RetransmitTime and PathMtuDiscoveryTimeout stay 0. */
}

/* ---- GetIpInterfaceEntry ---- */

NETIO_STATUS NETIOAPI_API_
GetIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row)
{
    struct sim_adapter *adapter;
    MIB_IPINTERFACE_ROW *found;
    DWORD error = sim_enter(SIM_GetIpInterfaceEntry);

    if (error != NO_ERROR) {
        return error;
    }
    if (Row == NULL || !sim_is_family(Row->Family)) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    error = sim_find_adapter(Row->InterfaceLuid.Value, Row->InterfaceIndex, &adapter);
    if (error != NO_ERROR) {
        goto done;
    }
    found = sim_bound(adapter, Row->Family);
    if (found == NULL) {
        error = ERROR_NOT_FOUND;
        goto done;
    }
    memcpy(Row, found, sizeof(*Row)); /* including both keys [documented] */

done:
    sim_leave();
    return error;
}

/* ---- tables ---- */

/* Precedes every table that is handed out; 16 bytes, which keeps the table aligned. */
struct table_header {
    uint64_t magic;
    uint64_t unused;
};

#define TABLE_MAGIC UINT64_C(0x4C42415446495049)
#define TABLE_ROWS_OFFSET 8 /* the rows follow NumEntries and padding in every table */

/* Returns a zeroed table for `count` rows, which FreeMibTable releases, or NULL. */
static void *
new_table(size_t count, size_t row_size)
{
    size_t rows = count * row_size; /* cannot overflow: the machine holds as many rows */
    struct table_header *header = calloc(1, sizeof(*header) + TABLE_ROWS_OFFSET + rows);
    ULONG entries = (ULONG)count;

    if (header == NULL) {
        return NULL;
    }
    header->magic = TABLE_MAGIC;
    sim_machine.live_tables++;
    memcpy(header + 1, &entries, sizeof(entries));
    return header + 1;
}

VOID NETIOAPI_API_
FreeMibTable(PVOID Memory)
{
    (void)sim_enter(SIM_FreeMibTable);
    if (Memory != NULL) {
        struct table_header *header = (struct table_header *)Memory - 1;
        if (header->magic == TABLE_MAGIC) { /* ignore other memory */
            header->magic = 0;
            sim_machine.live_tables--;
            free(header);
        }
    }
    sim_leave();
}

/* The rows of a table: where they are, and the offsets of two members in a row. */
struct row_layout {
    const void *rows;
    size_t count, row_size, family_offset, luid_offset;
};

/* Returns row `i` if it is of the wanted family, or any for AF_UNSPEC, and of an adapter that the
 * calling thread sees; otherwise NULL. */
static const unsigned char *
matching_row(const struct row_layout *layout, size_t i, ADDRESS_FAMILY wanted)
{
    const unsigned char *row = (const unsigned char *)layout->rows + i * layout->row_size;
    ADDRESS_FAMILY family;
    uint64_t luid;

    memcpy(&family, row + layout->family_offset, sizeof(family));
    memcpy(&luid, row + layout->luid_offset, sizeof(luid));
    return (wanted == AF_UNSPEC || wanted == family) && sim_visible_by_luid(luid) != NULL ? row
                                                                                          : NULL;
}

/* Copies the matching rows into a new table, which the caller owns. Errors: 8, 1168 (no such rows
 * [documented]). */
static DWORD
table_of_family(ADDRESS_FAMILY wanted, const struct row_layout *layout, void **table)
{
    unsigned char *out;
    size_t i, matching = 0;

    for (i = 0; i < layout->count; i++) {
        matching += matching_row(layout, i, wanted) != NULL;
    }
    if (matching == 0) {
        return ERROR_NOT_FOUND;
    }
    *table = new_table(matching, layout->row_size);
    if (*table == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    out = (unsigned char *)*table + TABLE_ROWS_OFFSET;
    for (i = 0; i < layout->count; i++) {
        const unsigned char *row = matching_row(layout, i, wanted);
        if (row != NULL) {
            memcpy(out, row, layout->row_size);
            out += layout->row_size;
        }
    }
    return NO_ERROR;
}

/* Returns whether the table functions accept `family`. */
static int
is_table_family(ADDRESS_FAMILY family)
{
    return family == AF_UNSPEC || sim_is_family(family);
}

NETIO_STATUS NETIOAPI_API_
GetIpInterfaceTable(ADDRESS_FAMILY Family, PMIB_IPINTERFACE_TABLE *Table)
{
    const struct sim_tables *tables = &sim_machine.tables;
    void *table = NULL;
    DWORD error = sim_enter(SIM_GetIpInterfaceTable);

    if (error != NO_ERROR) {
        return error;
    }
    if (Table == NULL || !is_table_family(Family)) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        const struct row_layout layout = {
            tables->interfaces, tables->interface_count, sizeof(*tables->interfaces),
            offsetof(MIB_IPINTERFACE_ROW, Family), offsetof(MIB_IPINTERFACE_ROW, InterfaceLuid)};
        error = table_of_family(Family, &layout, &table);
        *Table = table;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_
GetIpForwardTable2(ADDRESS_FAMILY Family, PMIB_IPFORWARD_TABLE2 *Table)
{
    const struct sim_tables *tables = &sim_machine.tables;
    void *table = NULL;
    DWORD error = sim_enter(SIM_GetIpForwardTable2);

    if (error != NO_ERROR) {
        return error;
    }
    if (Table == NULL || !is_table_family(Family)) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        const struct row_layout layout = {
            tables->routes, tables->route_count, sizeof(*tables->routes),
            offsetof(MIB_IPFORWARD_ROW2, DestinationPrefix.Prefix.si_family),
            offsetof(MIB_IPFORWARD_ROW2, InterfaceLuid)};
        error = table_of_family(Family, &layout, &table);
        *Table = table;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_
GetUnicastIpAddressTable(ADDRESS_FAMILY Family, PMIB_UNICASTIPADDRESS_TABLE *Table)
{
    const struct sim_tables *tables = &sim_machine.tables;
    void *table = NULL;
    DWORD error = sim_enter(SIM_GetUnicastIpAddressTable);

    if (error != NO_ERROR) {
        return error;
    }
    if (Table == NULL || !is_table_family(Family)) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        const struct row_layout layout = {tables->addresses, tables->address_count,
                                          sizeof(*tables->addresses),
                                          offsetof(MIB_UNICASTIPADDRESS_ROW, Address.si_family),
                                          offsetof(MIB_UNICASTIPADDRESS_ROW, InterfaceLuid)};
        error = table_of_family(Family, &layout, &table);
        *Table = table;
    }
    sim_leave();
    return error;
}

/* ---- adapters ---- */

NETIO_STATUS NETIOAPI_API_
GetIfEntry2(PMIB_IF_ROW2 Row)
{
    struct sim_adapter *adapter;
    DWORD error = sim_enter(SIM_GetIfEntry2);

    if (error != NO_ERROR) {
        return error;
    }
    if (Row == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        error = sim_find_adapter(Row->InterfaceLuid.Value, Row->InterfaceIndex, &adapter);
        if (error == NO_ERROR) {
            memcpy(Row, &adapter->row, sizeof(*Row));
        }
    }
    sim_leave();
    return error;
}

/* Implements GetIfTable2 and GetIfTable2Ex; requires the lock. Filter modules are listed at every
 * level [observed]. */
static DWORD
adapter_table(int level, PMIB_IF_TABLE2 *table)
{
    /* MibIfTableNormalWithoutStatistics, which some SDK headers lack. */
    const int without_statistics = 2;
    const struct sim_tables *tables = &sim_machine.tables;
    const size_t counters = offsetof(MIB_IF_ROW2, InOctets);
    MIB_IF_TABLE2 *made;
    MIB_IF_ROW2 *row;
    uint32_t i, visible = 0;

    if (table == NULL || level < 0 || level > without_statistics) {
        return ERROR_INVALID_PARAMETER;
    }
    *table = NULL;
    for (i = 0; i < tables->adapter_count; i++) {
        visible += sim_is_visible(&tables->adapters[i]) ? 1u : 0u;
    }
    made = new_table(visible, sizeof(MIB_IF_ROW2));
    if (made == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    row = (MIB_IF_ROW2 *)((char *)made + TABLE_ROWS_OFFSET);
    for (i = 0; i < tables->adapter_count; i++) {
        if (!sim_is_visible(&tables->adapters[i])) {
            continue;
        }
        memcpy(row, &tables->adapters[i].row, sizeof(*row));
        if (level == without_statistics) {
            memset((char *)row + counters, 0, sizeof(*row) - counters); /* [documented] */
        }
        row++;
    }
    *table = made;
    return NO_ERROR;
}

NETIO_STATUS NETIOAPI_API_
GetIfTable2(PMIB_IF_TABLE2 *Table)
{
    DWORD error = sim_enter(SIM_GetIfTable2);

    if (error == NO_ERROR) {
        error = adapter_table(0, Table);
        sim_leave();
    }
    return error;
}

NETIO_STATUS NETIOAPI_API_
GetIfTable2Ex(MIB_IF_TABLE_LEVEL Level, PMIB_IF_TABLE2 *Table)
{
    DWORD error = sim_enter(SIM_GetIfTable2Ex);

    if (error == NO_ERROR) {
        error = adapter_table((int)Level, Table);
        sim_leave();
    }
    return error;
}

/* ---- SetIpInterfaceEntry ---- */

/* The settable BOOLEAN members. */
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

/* Assigns a member. Returns 1 if its value changed, otherwise 0. */
static int
assign(ULONG *member, ULONG value)
{
    int changes = *member != value;

    *member = value;
    return changes;
}

/* Like assign, for a member whose unchanged sentinel is all ones [inferred]. */
static int
assign_unless_ones(ULONG *member, ULONG value)
{
    return value != ALL_ONES && assign(member, value);
}

/* Like assign, for the three times, whose unchanged sentinels are 0 [inferred] and all ones
 * [unconfirmed: all_ones_times_accepted]. */
static int
assign_time(ULONG *member, ULONG value)
{
    if (value == 0 || (value == ALL_ONES && !(sim_machine.flags & SIM_ALL_ONES_TIMES_ACCEPTED))) {
        return 0;
    }
    return assign(member, value);
}

/* Returns whether a member of NL_ROUTER_DISCOVERY_BEHAVIOR or NL_LINK_LOCAL_ADDRESS_BEHAVIOR may
 * have this value: 0 to 2, or the unchanged sentinel -1 [documented]. Other values are refused
 * [unconfirmed: unknown_enum_accepted]. */
static int
is_behavior(int value)
{
    return (value >= -1 && value <= 2) || (sim_machine.flags & SIM_UNKNOWN_ENUM_ACCEPTED) != 0;
}

/* Copies the settable members of `row` to `next`, a copy of the current row, and sets `*changed`.
 * SetIpInterfaceEntry ignores the ten members that its reference page lists [documented] and
 * InterfaceIdentifier [inferred]. Error: 87; `next` must not be used then. */
static DWORD
merge(const MIB_IPINTERFACE_ROW *row, const struct sim_adapter *adapter, MIB_IPINTERFACE_ROW *next,
      int *changed)
{
    const uint32_t flags = sim_machine.flags;
    const int is_ipv4 = next->Family == AF_INET;
    const int discovery = (int)row->RouterDiscoveryBehavior;
    const int link_local = (int)row->LinkLocalAddressBehavior;
    int differences = 0;
    size_t i;

    /* It can be turned off [unconfirmed: nud_off_refused]: the active store refuses that
     * [documented for PowerShell], but nobody says that this function writes to that store. */
    if ((flags & SIM_NUD_OFF_REFUSED) != 0 && next->UseNeighborUnreachabilityDetection != FALSE &&
        row->UseNeighborUnreachabilityDetection == FALSE) {
        return ERROR_INVALID_PARAMETER;
    }
    for (i = 0; i < sizeof(settable_flags) / sizeof(settable_flags[0]); i++) {
        BOOLEAN value = *((const BOOLEAN *)row + settable_flags[i]);
        BOOLEAN *member = (BOOLEAN *)next + settable_flags[i];

        if (value != ALL_ONES_BYTE) {
            value = (BOOLEAN)(value != 0); /* 2 to 254 mean TRUE [unconfirmed: boolean_of_2] */
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
        if (is_ipv4 && link_local == (int)LinkLocalAlwaysOff &&
            (flags & SIM_LINK_LOCAL_ALWAYS_OFF_REFUSED) != 0) {
            /* It is accepted [unconfirmed: link_local_always_off_refused]; a single report says
             * that it is refused. */
            return ERROR_INVALID_PARAMETER;
        }
        differences += (int)next->LinkLocalAddressBehavior != link_local;
        next->LinkLocalAddressBehavior = row->LinkLocalAddressBehavior;
    }

    differences += assign_unless_ones(&next->DadTransmits, row->DadTransmits);
    differences += assign_time(&next->BaseReachableTime, row->BaseReachableTime);
    differences += assign_time(&next->RetransmitTime, row->RetransmitTime);
    differences += assign_time(&next->PathMtuDiscoveryTimeout, row->PathMtuDiscoveryTimeout);
    differences += assign_unless_ones(&next->LinkLocalAddressTimeout, row->LinkLocalAddressTimeout);
    for (i = 0; i < ScopeLevelCount; i++) {
        differences += assign_unless_ones(&next->ZoneIndices[i], row->ZoneIndices[i]);
    }

    if (row->SitePrefixLength != ALL_ONES) {
        if (is_ipv4) {
            /* IPv4 requires 0 and refuses 64, the initial value that GetIpInterfaceEntry returns
             * [documented, observed]; 1 to 32 are refused too
             * [unconfirmed: site_prefix_length_accepted]. The member has no meaning for IPv4, so
             * writing it does not count as a change [unconfirmed]. */
            ULONG maximum = (flags & SIM_SITE_PREFIX_LENGTH_ACCEPTED) != 0 ? 32 : 0;
            if (row->SitePrefixLength > maximum) {
                return ERROR_INVALID_PARAMETER;
            }
            (void)assign(&next->SitePrefixLength, row->SitePrefixLength);
        }
        else {
            if (row->SitePrefixLength > 128) {
                return ERROR_INVALID_PARAMETER; /* [documented] */
            }
            differences += assign(&next->SitePrefixLength, row->SitePrefixLength);
        }
    }

    if (next->UseAutomaticMetric != FALSE) {
        /* The given metric is ignored [inferred: metric_ignored], as published tests expect. */
        differences +=
            assign(&next->Metric, sim_automatic_metric(adapter, next->Family, next->Metric));
    }
    else {
        if (row->Metric > 0x7FFFFFFFu && row->Metric != ALL_ONES &&
            (flags & SIM_LARGE_METRIC_ACCEPTED) == 0) {
            return ERROR_INVALID_PARAMETER; /* [unconfirmed: large_metric_accepted] */
        }
        differences += assign_unless_ones(&next->Metric, row->Metric);
    }

    if (row->NlMtu != 0 && row->NlMtu != ALL_ONES) { /* [0: documented; all ones: inferred] */
        ULONG mtu = row->NlMtu;
        if (mtu < (is_ipv4 ? 576u : 1280u)) {
            /* IPv4: documented for PowerShell [inferred: ipv4_mtu_below_576]; IPv6: [observed]. */
            return ERROR_INVALID_PARAMETER;
        }
        if ((flags & SIM_MTU_CLAMPED) != 0 && mtu > adapter->row.Mtu) {
            mtu = adapter->row.Mtu; /* else no upper limit [unconfirmed: mtu_clamped] */
        }
        differences += assign(&next->NlMtu, mtu);
    }
    *changed = differences != 0;
    return NO_ERROR;
}

NETIO_STATUS NETIOAPI_API_
SetIpInterfaceEntry(PMIB_IPINTERFACE_ROW Row)
{
    struct sim_adapter *adapter;
    MIB_IPINTERFACE_ROW *current;
    MIB_IPINTERFACE_ROW next;
    uint32_t flags;
    int changed;
    DWORD error = sim_enter(SIM_SetIpInterfaceEntry);

    if (error != NO_ERROR) {
        return error;
    }
    flags = sim_machine.flags;

    /* The error codes are [documented], the order of the checks is not
     * [unconfirmed: access_checked_first]. */
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
    error = sim_find_adapter(Row->InterfaceLuid.Value, Row->InterfaceIndex, &adapter);
    if (error != NO_ERROR) {
        goto done;
    }
    if ((flags & SIM_ELEVATED) == 0) {
        error = ERROR_ACCESS_DENIED;
        goto done;
    }
    current = sim_bound(adapter, Row->Family);
    if (current == NULL) {
        error = ERROR_NOT_FOUND;
        goto done;
    }

    /* Either all members are set or none [unconfirmed: all_or_none]: no partial change has been
     * reported. */
    memcpy(&next, current, sizeof(next));
    error = merge(Row, adapter, &next, &changed);
    if (error != NO_ERROR) {
        goto done;
    }
    memcpy(current, &next, sizeof(next));

    /* The index is left as it is [unconfirmed: index_filled_in]. */
    if ((flags & SIM_INDEX_FILLED_IN) != 0) {
        Row->InterfaceIndex = adapter->row.InterfaceIndex;
    }
    Row->InterfaceLuid = adapter->row.InterfaceLuid; /* [documented] */
    /* A call that changes nothing is not notified [unconfirmed: unchanged_set_notifies]. */
    if (changed || (flags & SIM_UNCHANGED_SET_NOTIFIES) != 0) {
        sim_notify(MibParameterNotification, next.Family, &adapter->row);
    }

done:
    sim_leave();
    return error;
}

/* ---- conversions between interface identifiers ---- */

/* An unknown alias is error 123, any other unknown identifier error 2 [inferred: published
 * programs]. The output is then cleared, but it is not written if an argument is missing [inferred:
 * published conformance tests]. */

NETIO_STATUS NETIOAPI_API_
ConvertInterfaceIndexToLuid(NET_IFINDEX InterfaceIndex, PNET_LUID InterfaceLuid)
{
    const struct sim_adapter *adapter;
    DWORD error = sim_enter(SIM_ConvertInterfaceIndexToLuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        adapter = sim_visible_by_index(InterfaceIndex);
        InterfaceLuid->Value = adapter != NULL ? adapter->row.InterfaceLuid.Value : 0;
        error = adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_
ConvertInterfaceLuidToIndex(CONST NET_LUID *InterfaceLuid, PNET_IFINDEX InterfaceIndex)
{
    const struct sim_adapter *adapter;
    DWORD error = sim_enter(SIM_ConvertInterfaceLuidToIndex);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL || InterfaceIndex == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        adapter = sim_visible_by_luid(InterfaceLuid->Value);
        *InterfaceIndex = adapter != NULL ? adapter->row.InterfaceIndex : 0;
        error = adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

/* Two adapters with one GUID have been seen [observed: a published conformance test allows them].
 * The GUID then names neither, as one that is unknown [unconfirmed]. */
NETIO_STATUS NETIOAPI_API_
ConvertInterfaceGuidToLuid(CONST GUID *InterfaceGuid, PNET_LUID InterfaceLuid)
{
    const struct sim_adapter *adapter;
    DWORD error = sim_enter(SIM_ConvertInterfaceGuidToLuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceGuid == NULL || InterfaceLuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        adapter = sim_visible_by_guid(InterfaceGuid);
        InterfaceLuid->Value = adapter != NULL ? adapter->row.InterfaceLuid.Value : 0;
        error = adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_
ConvertInterfaceLuidToGuid(CONST NET_LUID *InterfaceLuid, GUID *InterfaceGuid)
{
    const struct sim_adapter *adapter;
    DWORD error = sim_enter(SIM_ConvertInterfaceLuidToGuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL || InterfaceGuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        adapter = sim_visible_by_luid(InterfaceLuid->Value);
        memset(InterfaceGuid, 0, sizeof(*InterfaceGuid));
        if (adapter != NULL) {
            *InterfaceGuid = adapter->row.InterfaceGuid;
        }
        error = adapter != NULL ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_
ConvertInterfaceAliasToLuid(CONST WCHAR *InterfaceAlias, PNET_LUID InterfaceLuid)
{
    const struct sim_adapter *adapter;
    DWORD error = sim_enter(SIM_ConvertInterfaceAliasToLuid);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceAlias == NULL || InterfaceLuid == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        adapter = sim_visible_by_alias(InterfaceAlias);
        InterfaceLuid->Value = adapter != NULL ? adapter->row.InterfaceLuid.Value : 0;
        error = adapter != NULL ? NO_ERROR : ERROR_INVALID_NAME;
    }
    sim_leave();
    return error;
}

/* Copies a terminated string into a buffer for `length` characters. Error: 8 (too small [inferred:
 * published conformance tests]). */
static DWORD
copy_string(const WCHAR *string, PWSTR buffer, SIZE_T length)
{
    size_t size = 0;

    while (string[size++] != 0) {
    }
    if (size > length) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    memcpy(buffer, string, size * sizeof(*string));
    return NO_ERROR;
}

NETIO_STATUS NETIOAPI_API_
ConvertInterfaceLuidToAlias(CONST NET_LUID *InterfaceLuid, PWSTR InterfaceAlias, SIZE_T Length)
{
    const struct sim_adapter *adapter;
    DWORD error = sim_enter(SIM_ConvertInterfaceLuidToAlias);

    if (error != NO_ERROR) {
        return error;
    }
    if (InterfaceLuid == NULL || InterfaceAlias == NULL) {
        error = ERROR_INVALID_PARAMETER;
    }
    else {
        adapter = sim_visible_by_luid(InterfaceLuid->Value);
        error = adapter != NULL ? copy_string(adapter->row.Alias, InterfaceAlias, Length)
                                : ERROR_FILE_NOT_FOUND;
    }
    sim_leave();
    return error;
}

/* The prefixes of the names that ConvertInterfaceLuidToNameW returns. */
static const struct {
    unsigned type;
    const char *name;
} type_names[] = {
    {IF_TYPE_ETHERNET_CSMACD, "ethernet"},
    {IF_TYPE_PPP, "ppp"},
    {IF_TYPE_SOFTWARE_LOOPBACK, "loopback"},
    {IF_TYPE_IEEE80211, "wireless"},
    {IF_TYPE_TUNNEL, "tunnel"},
};

NETIO_STATUS NETIOAPI_API_
ConvertInterfaceLuidToNameW(CONST NET_LUID *InterfaceLuid, PWSTR InterfaceName, SIZE_T Length)
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
    if (sim_visible_by_luid(InterfaceLuid->Value) == NULL) {
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
    error = copy_string(wide, InterfaceName, Length);

done:
    sim_leave();
    return error;
}

/* ---- network compartments ---- */

NET_IF_COMPARTMENT_ID NETIOAPI_API_
GetCurrentThreadCompartmentId(VOID)
{
    (void)sim_enter(SIM_GetCurrentThreadCompartmentId);
    sim_leave();
    return (NET_IF_COMPARTMENT_ID)(sim_thread_compartment + 1);
}

/* Errors: 87 (compartment 0 [unconfirmed]), 1168 (no such compartment [unconfirmed]). */
NETIO_STATUS NETIOAPI_API_
SetCurrentThreadCompartmentId(NET_IF_COMPARTMENT_ID CompartmentId)
{
    const uint32_t number = (uint32_t)CompartmentId;
    DWORD error = sim_enter(SIM_SetCurrentThreadCompartmentId);

    if (error != NO_ERROR) {
        return error;
    }
    if (number == 0) {
        error = ERROR_INVALID_PARAMETER;
    }
    else if (number > SIM_COMPARTMENTS) {
        error = ERROR_NOT_FOUND;
    }
    else {
        sim_thread_compartment = number - 1;
    }
    sim_leave();
    return error;
}
