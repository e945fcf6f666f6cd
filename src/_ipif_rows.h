/* Conversion of whole rows to dicts and back, and functions on sets of members.
 *
 * Part of _ipif.c, which includes it once, after the kinds. */

/* ---- from a row to a dict -------------------------------------------------------------------- */

/* Write the typical row that a template is made from: values that most rows of Windows 10 and 11
 * have.  Any values would be correct; the more of them a row shares, the faster its conversion. */
static void
write_typical_row(ipif_structure_id id, int which, unsigned char *bytes)
{
    memset(bytes, 0, STRUCTURES[id].size);
    if (id == IPINTERFACE_ROW) {
        MIB_IPINTERFACE_ROW row;
        memset(&row, 0, sizeof(row));
        row.Family = which == 0 ? AF_INET : AF_INET6;
        row.MinRouterAdvertisementInterval = 200;
        row.MaxRouterAdvertisementInterval = 600;
        row.UseAutomaticMetric = TRUE;
        row.UseNeighborUnreachabilityDetection = TRUE;
        row.ManagedAddressConfigurationSupported = TRUE;
        row.OtherStatefulConfigurationSupported = TRUE;
        row.RouterDiscoveryBehavior = which == 0 ? RouterDiscoveryDhcp : RouterDiscoveryEnabled;
        row.DadTransmits = which == 0 ? 3 : 1;
        row.BaseReachableTime = 30000;
        row.RetransmitTime = 1000;
        row.PathMtuDiscoveryTimeout = 600000;
        row.LinkLocalAddressBehavior = which == 0 ? LinkLocalDelayed : LinkLocalAlwaysOn;
        row.LinkLocalAddressTimeout = which == 0 ? 6500 : 0;
        row.SitePrefixLength = 64;
        row.Metric = 25;
        write_default_zones(0, (unsigned char *)row.ZoneIndices);
        row.NlMtu = 1500;
        row.Connected = TRUE;
        row.SupportsNeighborDiscovery = TRUE;
        row.SupportsRouterDiscovery = TRUE;
        memcpy(bytes, &row, sizeof(row));
    }
    if (id == IF_ROW2) {
        MIB_IF_ROW2 row;
        memset(&row, 0, sizeof(row));
        row.PhysicalAddressLength = 6;
        row.Mtu = 1500;
        row.Type = 6;
        row.PhysicalMediumType = NdisPhysicalMedium802_3;
        row.AccessType = NET_IF_ACCESS_BROADCAST;
        row.InterfaceAndOperStatusFlags.HardwareInterface = TRUE;
        row.InterfaceAndOperStatusFlags.ConnectorPresent = TRUE;
        row.OperStatus = IfOperStatusUp;
        row.AdminStatus = NET_IF_ADMIN_STATUS_UP;
        row.MediaConnectState = MediaConnectStateConnected;
        row.ConnectionType = NET_IF_CONNECTION_DEDICATED;
        row.TransmitLinkSpeed = 1000000000;
        row.ReceiveLinkSpeed = 1000000000;
        memcpy(bytes, &row, sizeof(row));
    }
}

/* Convert one member and put it into the dict of its row.  Return 0, or -1 with an exception
 * set. */
static int
convert_member(ipif_state *state, ipif_structure_id id, size_t i, const unsigned char *row,
               PyObject *dict)
{
    const ipif_field *field = &STRUCTURES[id].fields[i];
    PyObject *value = KINDS[field->kind].to_py(state, field, row);
    int status = value == NULL ? -1 : PyDict_SetItem(dict, state->keys[id][i], value);

    Py_XDECREF(value);
    return status;
}

/* Return a new dict of a typical row, with None for the members that no template can hold; or NULL
 * with an exception set. */
static PyObject *
typical_dict(ipif_state *state, ipif_structure_id id, const unsigned char *row)
{
    PyObject *dict = PyDict_New();

    for (size_t i = 0; dict != NULL && i < STRUCTURES[id].count; i++) {
        int status = KINDS[STRUCTURES[id].fields[i].kind].in_template
                         ? convert_member(state, id, i, row, dict)
                         : PyDict_SetItem(dict, state->keys[id][i], Py_None);
        if (status < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

/* Return a row as a new dict in SDK order, or NULL with an exception set: a copy of the dict of the
 * template, in which the members that differ are replaced. */
static PyObject *
row_to_dict(ipif_state *state, ipif_structure_id id, const void *bytes)
{
    const comparison *common = &state->comparisons[id];
    const unsigned char *row = bytes;
    const MIB_IPINTERFACE_ROW *ip_row = bytes;
    int which = id == IPINTERFACE_ROW && ip_row->Family == AF_INET6;
    const row_template *template = &state->templates[id][which];
    const compared_word *end = template->words + template->word_count;
    size_t next = 0; /* fields before this one are done: a long field has several words */
    PyObject *dict = PyDict_Copy(template->dict);

    if (dict == NULL) {
        return NULL;
    }
    for (size_t k = 0; k < common->always_count; k++) {
        if (convert_member(state, id, common->always[k], row, dict) < 0) {
            goto fail;
        }
    }
    for (const compared_word *word = template->words; word < end; word++) {
        uint64_t difference;
        memcpy(&difference, row + word->offset, sizeof(difference));
        difference = (difference & word->mask) ^ word->typical;
        if (difference == 0) {
            continue;
        }
        for (size_t i = word->first > next ? word->first : next; i < word->after; i++) {
            if ((difference & common->field_masks[i]) != 0) {
                if (convert_member(state, id, i, row, dict) < 0) {
                    goto fail;
                }
                next = i + 1;
            }
        }
    }
    return dict;
fail:
    Py_DECREF(dict);
    return NULL;
}

/* ---- from a dict to a row -------------------------------------------------------------------- */

/* Raise for a key that is not a member of MIB_IPINTERFACE_ROW, and suggest a similar member if any.
 * Always returns -1. */
static int
raise_unknown_member(ipif_state *state, PyObject *key)
{
    const ipif_structure *structure = &STRUCTURES[IPINTERFACE_ROW];
    PyObject *suggest, *better;

    if (!PyUnicode_Check(key)) {
        return wrong_type("a member name", "str", key);
    }
    suggest = import_once(state, IMPORT_SUGGEST);
    better = suggest == NULL ? NULL
                             : PyObject_CallFunctionObjArgs(
                                   suggest, key, state->templates[IPINTERFACE_ROW][0].dict, NULL);
    if (better == Py_None) {
        PyErr_Format(PyExc_ValueError, "%s has no member %R", structure->name, key);
    }
    else if (better != NULL) {
        PyErr_Format(PyExc_ValueError, "%s has no member %R; did you mean %R?", structure->name,
                     key, better);
    }
    Py_XDECREF(better);
    Py_XDECREF(suggest);
    return -1;
}

/* Return which member of MIB_IPINTERFACE_ROW a key names, or -1.  Rows come in SDK order with
 * interned names, so comparing addresses nearly always finds it, and at the expected place. */
static int
find_member(const ipif_state *state, PyObject *key, size_t expected)
{
    PyObject *const *keys = state->keys[IPINTERFACE_ROW];
    size_t count = STRUCTURES[IPINTERFACE_ROW].count;

    for (size_t i = expected; i < count; i++) {
        if (keys[i] == key) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < expected; i++) {
        if (keys[i] == key) {
            return (int)i;
        }
    }
    for (size_t i = 0; PyUnicode_Check(key) && i < count; i++) {
        if (PyUnicode_CompareWithASCIIString(key, IPINTERFACE_FIELDS[i].name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* The members of MIB_IPINTERFACE_ROW that a dict has.  Most of a row comes from
 * GetIpInterfaceEntry, and row_to_dict shares the objects of the template: where the value is the
 * same object, it needs neither a check nor a conversion. */
typedef struct {
    const row_template *template; /* of the family in the dict; NULL: none */
    field_set shared;             /* the members whose value is the template's own object */
    size_t count;                 /* of the others, in the order of the dict: */
    uint8_t fields[MOST_FIELDS];
    PyObject *values[MOST_FIELDS]; /* new references */
} collected;

/* Collect the members of a dict; release_members gives their references back.  Return a new
 * reference to the first key that is not a member, or NULL.  No Python code runs: nothing can
 * change the dict, and no method of a subclass is called.  Without a GIL the dict is locked
 * meanwhile. */
static PyObject *
collect_members(const ipif_state *state, PyObject *dict, collected *members)
{
    const row_template *templates = state->templates[IPINTERFACE_ROW];
    PyObject *unknown = NULL, *key, *value;
    Py_ssize_t position = 0;
    field_set present = 0;
    int field = -1;

    members->template = NULL;
    members->shared = 0;
    members->count = 0;
    BEGIN_DICT_LOCK(dict);
    while (unknown == NULL && PyDict_Next(dict, &position, &key, &value)) {
        field = find_member(state, key, (size_t)(field + 1));
        if (field < 0 || present >> field & 1) {
            unknown = Py_NewRef(key); /* twice: a str subclass that does not equal its text */
            continue;
        }
        present |= (field_set)1 << field;
        if (field == MEMBER_FAMILY) {
            for (const row_template *known = templates; known < templates + TEMPLATES; known++) {
                members->template = known->values[field] == value ? known : members->template;
            }
        }
        if (members->template != NULL && members->template->values[field] == value) {
            members->shared |= (field_set)1 << field;
        }
        else {
            members->fields[members->count] = (uint8_t)field;
            members->values[members->count++] = Py_NewRef(value);
        }
    }
    END_DICT_LOCK();
    return unknown;
}

/* Give back the references that collect_members took. */
static void
release_members(collected *members)
{
    while (members->count > 0) {
        Py_DECREF(members->values[--members->count]);
    }
}

/* Write the collected members, except those that are None, into a row and their set into *given.
 * Missing keys are then 0; all other missing members are undefined.  Return 0, or -1 with an
 * exception set. */
static int
row_from_members(ipif_state *state, const collected *members, MIB_IPINTERFACE_ROW *row,
                 field_set *given)
{
    memset(row, 0, sizeof(*row));
    if (members->template != NULL) {
        memcpy(row, members->template->bytes, sizeof(*row)); /* its keys are 0 */
    }
    *given = members->shared;
    for (size_t k = 0; k < members->count; k++) {
        const ipif_field *field = &IPINTERFACE_FIELDS[members->fields[k]];
        if (members->values[k] == Py_None && field->access != ACCESS_KEY) {
            continue;
        }
        if (KINDS[field->kind].from_py(state, field, members->values[k], (unsigned char *)row) <
            0) {
            return -1;
        }
        *given |= (field_set)1 << members->fields[k];
    }
    return 0;
}

/* Read a dict as row_from_members does; name is the argument that a TypeError names.  All values
 * are collected before any is converted, so a value whose __index__ changes the dict has no effect
 * here. */
static int
row_from_dict(ipif_state *state, PyObject *dict, const char *name, MIB_IPINTERFACE_ROW *row,
              field_set *given)
{
    collected members;
    PyObject *unknown;
    int status;

    if (!PyDict_Check(dict)) {
        return wrong_type(name, "dict", dict);
    }
    unknown = collect_members(state, dict, &members);
    status = unknown != NULL ? raise_unknown_member(state, unknown)
                             : row_from_members(state, &members, row, given);
    Py_XDECREF(unknown);
    release_members(&members);
    return status;
}

/* ---- valid rows ------------------------------------------------------------------------------ */

/* Return whether a value of MIB_IPINTERFACE_ROW is of exactly the type that row_to_dict gives it,
 * and in the range of its family or an unchanged sentinel.  Other values may also be valid: only
 * Python can tell.  Sets no exception. */
static int
is_valid_value(const ipif_state *state, const ipif_field *field, PyObject *value,
               ADDRESS_FAMILY family)
{
    const ipif_range *range;
    uint64_t number;

    if (value == Py_None) {
        return field->access != ACCESS_KEY;
    }
    if (field->kind == KIND_BOOL) {
        return PyBool_Check(value);
    }
    if (field->kind == KIND_ZONES) {
        if (index_of_default_zones(state, value) >= 0) {
            return 1;
        }
        int valid = PyTuple_CheckExact(value) && PyTuple_Size(value) == ScopeLevelCount;
        for (Py_ssize_t i = 0; valid && i < ScopeLevelCount; i++) {
            PyObject *zone = PyTuple_GetItem(value, i);
            valid = PyLong_CheckExact(zone) && int_in_range(zone, 0, UINT32_MAX, &number);
        }
        return valid;
    }
    if (!PyLong_CheckExact(value)) {
        return 0;
    }
    if (field->offset == offsetof(MIB_IPINTERFACE_ROW, SitePrefixLength) && family == AF_INET) {
        return int_in_range(value, 0, UINT32_MAX, &number); /* 0 is written instead */
    }
    range = family == AF_INET6 ? &field->ranges->ipv6 : &field->ranges->ipv4;
    if (int_in_range(value, range->minimum, range->maximum, &number)) {
        return 1;
    }
    return int_in_range(value, INT64_MIN, INT64_MAX, &number) &&
           ((field->unchanged & UNCHANGED_ZERO && number == 0) ||
            (field->unchanged & UNCHANGED_ONES &&
             number == (field->kind == KIND_ENUM ? UINT64_MAX : UINT32_MAX)));
}

/* Return the family of the valid row that collected members make, or AF_UNSPEC when a value is not
 * valid or no key names an interface.  The values of a template are valid, and the Family of a
 * valid row is one of them: a small int that all rows share. */
static ADDRESS_FAMILY
valid_family(const ipif_state *state, const collected *members)
{
    ADDRESS_FAMILY family;
    int named = 0;

    if (members->template == NULL) {
        return AF_UNSPEC;
    }
    memcpy(&family, members->template->bytes, sizeof(family));
    for (size_t k = 0; k < members->count; k++) {
        const ipif_field *field = &IPINTERFACE_FIELDS[members->fields[k]];
        if (!is_valid_value(state, field, members->values[k], family)) {
            return AF_UNSPEC;
        }
        named |= field->access == ACCESS_KEY && PyObject_IsTrue(members->values[k]) == 1;
    }
    return named ? family : AF_UNSPEC;
}

/* ---- sets of members ------------------------------------------------------------------------- */

/* The set of one member of MIB_IPINTERFACE_ROW. */
#define MEMBER(name) member_at(offsetof(MIB_IPINTERFACE_ROW, name))

static field_set
member_at(size_t offset)
{
    field_set bit = 1;

    for (const ipif_field *field = IPINTERFACE_FIELDS; field->offset != offset; field++) {
        bit <<= 1;
    }
    return bit;
}

/* Copy only the given members of a row into another, not the bytes between them.  Needs no
 * GIL. */
static void
copy_members(const ipif_state *state, MIB_IPINTERFACE_ROW *to, const MIB_IPINTERFACE_ROW *from,
             field_set given)
{
    const row_template *template = &state->templates[IPINTERFACE_ROW][0];
    unsigned char *target = (unsigned char *)to;
    const unsigned char *source = (const unsigned char *)from;

    if (given == ALL_MEMBERS) { /* a whole row: the words of a template have all members */
        for (size_t w = 0; w < template->word_count; w++) {
            const compared_word *word = &template->words[w];
            uint64_t old, new;
            memcpy(&old, target + word->offset, sizeof(old));
            memcpy(&new, source + word->offset, sizeof(new));
            new = (old & ~word->mask) | (new & word->mask);
            memcpy(target + word->offset, &new, sizeof(new));
        }
        return;
    }
    for (const ipif_field *field = IPINTERFACE_FIELDS; given != 0; given >>= 1, field++) {
        if (given & 1) {
            memcpy(target + field->offset, source + field->offset, field->size);
        }
    }
}

/* Return whether every bit of a member is set. */
static int
all_ones(const ipif_field *field, const MIB_IPINTERFACE_ROW *row)
{
    const unsigned char *member = (const unsigned char *)row + field->offset;
    size_t ones = 0;

    while (ones < field->size && member[ones] == 0xFF) {
        ones++;
    }
    return ones == field->size;
}

/* Return whether InitializeIpInterfaceEntry filled every settable BOOLEAN with ones, so that
 * SetIpInterfaceEntry leaves it unchanged. */
static int
booleans_are_unchanged(const ipif_state *state, const MIB_IPINTERFACE_ROW *initial)
{
    int unchanged = 1;

    for (size_t i = 0; i < STRUCTURES[IPINTERFACE_ROW].count; i++) {
        if (IPINTERFACE_FIELDS[i].kind == KIND_BOOL && state->settable >> i & 1) {
            unchanged &= all_ones(&IPINTERFACE_FIELDS[i], initial);
        }
    }
    return unchanged;
}

/* Return the names of a set of members as a new list, or NULL with an exception set. */
static PyObject *
member_names(const ipif_state *state, field_set members)
{
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list != NULL && members >> i != 0; i++) {
        if (members >> i & 1 && PyList_Append(list, state->keys[IPINTERFACE_ROW][i]) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

/* Return a row as a new dict, in which a missing member that is all ones is None; or NULL with an
 * exception set. */
static PyObject *
initialized_row_to_dict(ipif_state *state, const MIB_IPINTERFACE_ROW *row, field_set missing)
{
    PyObject *dict = row_to_dict(state, IPINTERFACE_ROW, row);

    for (size_t i = 0; dict != NULL && missing >> i != 0; i++) {
        if (missing >> i & 1 && all_ones(&IPINTERFACE_FIELDS[i], row) &&
            PyDict_SetItem(dict, state->keys[IPINTERFACE_ROW][i], Py_None) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}
