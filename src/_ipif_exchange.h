/* Changing rows: get each, compare, set, get again, without anything in between.
 *
 * Part of _ipif.c, which includes it once.  Nothing here needs an interpreter, and nothing
 * allocates memory: once the first call is made, no result can get lost. */

/* How far the exchange of one row got. */
typedef enum { NOT_READ, READ_ONCE, SET_FAILED, WAS_SET, READ_AGAIN } exchange_progress;

/* Why it did not get further. */
typedef enum {
    NOT_STOPPED,   /* it was complete, or another row stopped it */
    CALL_FAILED,   /* function and err say which call */
    NOT_BOUND,     /* the interface has no row of this family, which may_be_missing allows */
    OTHER_ADAPTER, /* the LUID belongs to an adapter with another GUID */
    OTHER_VALUES,  /* a member does not hold the expected value */
    NOT_UNDOABLE,  /* a member to change holds an unchanged sentinel: it could not be set again */
    STOP_COUNT
} exchange_stop;

/* One row, what to do with it, and what became of it. */
typedef struct {
    /* The request. */
    MIB_IPINTERFACE_ROW key; /* Family, and InterfaceLuid or InterfaceIndex */
    MIB_IPINTERFACE_ROW changes, expected;
    field_set changed, compared; /* the members given in changes and in expected */
    int has_guid;                /* guid is that of the adapter: compare it */
    int wants_guid;              /* get it before the row is set */
    int may_be_missing;          /* the interface may have no row of this family */
    /* The outcome. */
    exchange_progress progress;
    exchange_stop stop;
    DWORD err;
    const char *function;
    GUID guid;
    MIB_IPINTERFACE_ROW before, after;
} row_exchange;

/* Several rows that are changed together.  The capsule owns it and frees it when it is collected.
 * It has no lock: the package uses it in one thread at a time, and hands it to nobody. */
typedef struct {
    size_t count;
    int undoable; /* set only rows that differ, and nothing that could not be set back */
    int has_run;
    row_exchange rows[1];
} exchange;

#define EXCHANGE_CAPSULE "ipif.exchange"

/* Return the difference between one member of two rows that SetIpInterfaceEntry would act on, and
 * whether the current value could be written again. */
typedef struct {
    int differs, held_sentinel;
} member_difference;

static int
is_unchanged_number(const ipif_field *field, const unsigned char *value, size_t size)
{
    int zero = 1, ones = 1;

    for (size_t k = 0; k < size; k++) {
        zero &= value[k] == 0;
        ones &= value[k] == 0xFF;
    }
    return (zero && (field->unchanged & UNCHANGED_ZERO) != 0) ||
           (ones && (field->unchanged & UNCHANGED_ONES) != 0);
}

/* Compare one member; the elements of ZoneIndices count one by one. */
static member_difference
compare_member(const ipif_field *field, const MIB_IPINTERFACE_ROW *current,
               const MIB_IPINTERFACE_ROW *wanted)
{
    const unsigned char *now = (const unsigned char *)current + field->offset;
    const unsigned char *new = (const unsigned char *)wanted + field->offset;
    size_t step = field->kind == KIND_ZONES ? sizeof(ULONG) : field->size;
    member_difference result = {0, 0};

    if (field->kind == KIND_BOOL) {
        result.differs = !*now != !*new;
        return result;
    }
    for (size_t k = 0; k < field->size; k += step) {
        if (memcmp(now + k, new + k, step) != 0 && !is_unchanged_number(field, new + k, step)) {
            result.differs = 1;
            result.held_sentinel |= is_unchanged_number(field, now + k, step);
        }
    }
    return result;
}

/* Return the members that SetIpInterfaceEntry would change, and into *stuck those of them that
 * could not be set back.  Left out are the SitePrefixLength of IPv4, and a Metric while the metric
 * is, or becomes, automatic. */
static field_set
effective_changes(const MIB_IPINTERFACE_ROW *current, const MIB_IPINTERFACE_ROW *wanted,
                  field_set given, field_set *stuck)
{
    const field_set automatic = MEMBER(UseAutomaticMetric), metric = MEMBER(Metric);
    int becomes_automatic =
        given & automatic ? wanted->UseAutomaticMetric : current->UseAutomaticMetric;
    field_set changes = 0;

    *stuck = 0;
    if (current->Family == AF_INET) {
        given &= ~MEMBER(SitePrefixLength);
    }
    if (becomes_automatic) {
        given &= ~metric;
    }
    for (size_t i = 0; given >> i != 0; i++) {
        field_set bit = (field_set)1 << i;
        if ((given & bit) != 0) {
            member_difference found = compare_member(&IPINTERFACE_FIELDS[i], current, wanted);
            changes |= found.differs ? bit : 0;
            *stuck |= found.held_sentinel ? bit : 0;
        }
    }
    if (current->UseAutomaticMetric) {
        *stuck &= ~metric; /* Windows computes it again */
    }
    else if ((changes & automatic) != 0 && current->Metric == UINT32_MAX) {
        *stuck |= automatic; /* the automatic one would take the place of this Metric */
    }
    return changes;
}

/* Return whether the compared members hold the expected values.  Two automatic metrics are always
 * equal. */
static int
holds_expected(const row_exchange *row)
{
    field_set compared = row->compared;

    if ((compared & MEMBER(UseAutomaticMetric)) != 0 && row->expected.UseAutomaticMetric &&
        row->before.UseAutomaticMetric) {
        compared &= ~MEMBER(Metric);
    }
    for (size_t i = 0; compared >> i != 0; i++) {
        const ipif_field *field = &IPINTERFACE_FIELDS[i];
        const unsigned char *now = (const unsigned char *)&row->before + field->offset;
        const unsigned char *expected = (const unsigned char *)&row->expected + field->offset;
        if ((compared >> i & 1) != 0 &&
            (field->kind == KIND_BOOL ? !*now != !*expected
                                      : memcmp(now, expected, field->size) != 0)) {
            return 0;
        }
    }
    return 1;
}

/* Note the result of a call.  Return whether it succeeded. */
static int
call_succeeded(row_exchange *row, DWORD err, const char *function)
{
    if (err != NO_ERROR) {
        row->stop = CALL_FAILED;
        row->err = err;
        row->function = function;
    }
    return err == NO_ERROR;
}

/* Get the row for the first time and compare.  Return whether it may be set. */
static int
exchange_read(row_exchange *row, int undoable)
{
    field_set stuck;
    GUID guid;
    DWORD err;

    memset(&guid, 0, sizeof(guid));
    if (row->has_guid) {
        if (!call_succeeded(row, ConvertInterfaceLuidToGuid(&row->key.InterfaceLuid, &guid),
                            "ConvertInterfaceLuidToGuid")) {
            return 0;
        }
        if (memcmp(&guid, &row->guid, sizeof(guid)) != 0) {
            row->stop = OTHER_ADAPTER;
            return 0;
        }
    }
    row->before = row->key;
    err = GetIpInterfaceEntry(&row->before);
    if (!call_succeeded(row, err, "GetIpInterfaceEntry")) {
        if (err == ERROR_NOT_FOUND && row->may_be_missing) {
            row->stop = NOT_BOUND;
            return 1;
        }
        return 0;
    }
    row->progress = READ_ONCE;
    row->after = row->before;
    if (!holds_expected(row)) {
        row->stop = OTHER_VALUES;
        return 0;
    }
    (void)effective_changes(&row->before, &row->changes, row->changed, &stuck);
    if (undoable && stuck != 0) {
        row->stop = NOT_UNDOABLE;
        return 0;
    }
    return 1;
}

/* Write into *entry what SetIpInterfaceEntry gets for a row that has been read. */
static void
exchange_entry(const ipif_state *state, const row_exchange *row, MIB_IPINTERFACE_ROW *entry)
{
    *entry = row->before;
    if (entry->Family == AF_INET) {
        entry->SitePrefixLength = 0;
    }
    copy_members(state, entry, &row->changes, row->changed);
}

/* Set a row that has been read, and get it again.  The row before it, or NULL, may be of the same
 * adapter.  Return whether all calls succeeded. */
static int
exchange_set(const ipif_state *state, row_exchange *row, const row_exchange *last)
{
    MIB_IPINTERFACE_ROW entry;

    if (last != NULL && last->wants_guid && last->progress >= SET_FAILED &&
        last->before.InterfaceLuid.Value == row->before.InterfaceLuid.Value) {
        row->guid = last->guid;
    }
    else if (row->wants_guid &&
             !call_succeeded(row,
                             ConvertInterfaceLuidToGuid(&row->before.InterfaceLuid, &row->guid),
                             "ConvertInterfaceLuidToGuid")) {
        return 0;
    }
    exchange_entry(state, row, &entry);
    row->progress = SET_FAILED;
    if (!call_succeeded(row, SetIpInterfaceEntry(&entry), "SetIpInterfaceEntry")) {
        return 0;
    }
    row->progress = WAS_SET;
    memset(&entry, 0, sizeof(entry));
    entry.Family = row->before.Family;
    entry.InterfaceLuid = row->before.InterfaceLuid;
    if (!call_succeeded(row, GetIpInterfaceEntry(&entry), "GetIpInterfaceEntry")) {
        return 0;
    }
    row->progress = READ_AGAIN;
    row->after = entry;
    return 1;
}

/* Get every row; when all may be set, set one after the other, as far as none fails. */
static void
exchange_run(const ipif_state *state, exchange *self, int set)
{
    int go_on = 1;
    field_set stuck;

    for (size_t i = 0; i < self->count; i++) {
        go_on &= exchange_read(&self->rows[i], self->undoable);
    }
    for (size_t i = 0; set && go_on && i < self->count; i++) {
        row_exchange *row = &self->rows[i];
        if (row->progress == READ_ONCE &&
            (!self->undoable ||
             effective_changes(&row->before, &row->changes, row->changed, &stuck) != 0)) {
            go_on = exchange_set(state, row, i > 0 ? row - 1 : NULL);
        }
    }
}
