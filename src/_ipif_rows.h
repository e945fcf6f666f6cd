/* How a whole row becomes a dict, and back; and what else is asked of the members of a row.
 *
 * Part of _ipif.c, which includes it once, after the kinds. */

/* The row that a template is made from: values that most rows of Windows 10 and 11 have.  Any
 * values would be correct. */
static void
likely_row(ipif_structure_id id, int which, unsigned char *bytes)
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
        write_likely_zones(0, (unsigned char *)row.ZoneIndices);
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

/* Return the index of the template that suits a row. */
static int
template_of(ipif_structure_id id, const unsigned char *row)
{
    ADDRESS_FAMILY family;

    if (id != IPINTERFACE_ROW) {
        return 0;
    }
    memcpy(&family, row, sizeof(family));
    return family == AF_INET6;
}

/* Return a new dict of a row, member by member.  Only templates are made so. */
static PyObject *
row_to_new_dict(ipif_state *state, ipif_structure_id id, const unsigned char *row)
{
    const ipif_structure *structure = &STRUCTURES[id];
    PyObject *dict = PyDict_New();

    for (size_t i = 0; dict != NULL && i < structure->count; i++) {
        const ipif_field *field = &structure->fields[i];
        PyObject *value = KINDS[field->kind].in_template
                              ? KINDS[field->kind].to_py(state, field, row)
                              : Py_NewRef(Py_None);
        if (value == NULL || PyDict_SetItem(dict, state->keys[id][i], value) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(value);
    }
    return dict;
}

/* Convert one member and put it into a dict of a row.  Return 0, or -1 with an exception set. */
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

/* Return a row as a new dict in SDK order, or NULL with an exception set: a copy of the template,
 * corrected where the row differs. */
static PyObject *
row_to_dict(ipif_state *state, ipif_structure_id id, const void *bytes)
{
    const comparison *common = &state->comparisons[id];
    const unsigned char *row = bytes;
    const row_template *template = &state->templates[id][template_of(id, row)];
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
        difference = (difference & word->mask) ^ word->likely;
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

/* Return the table of count rows at rows as a new list of dicts, or NULL with an exception set. */
static PyObject *
rows_to_list(ipif_state *state, ipif_structure_id id, const void *rows, size_t count)
{
    const unsigned char *row = rows;
    PyObject *list = PyList_New((Py_ssize_t)count);

    for (size_t i = 0; list != NULL && i < count; i++, row += STRUCTURES[id].size) {
        PyObject *dict = row_to_dict(state, id, row);
        if (dict == NULL || PyList_SetItem(list, (Py_ssize_t)i, dict) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

/* Raise for a key that is no member of the structure, with a suggestion where one is near.  Always
 * returns -1. */
static int
refuse_member(ipif_state *state, ipif_structure_id id, PyObject *key)
{
    const ipif_structure *structure = &STRUCTURES[id];
    PyObject *names = NULL, *suggest = NULL, *better = NULL;

    if (!PyUnicode_Check(key)) {
        return wrong_type("a member name", "a str", key);
    }
    names = PyTuple_New((Py_ssize_t)structure->count);
    for (size_t i = 0; names != NULL && i < structure->count; i++) {
        PyTuple_SetItem(names, (Py_ssize_t)i, Py_NewRef(state->keys[id][i]));
    }
    suggest = names == NULL ? NULL : import_once(state, IMPORT_SUGGEST);
    better = suggest == NULL ? NULL : PyObject_CallFunctionObjArgs(suggest, key, names, NULL);
    if (better == Py_None) {
        PyErr_Format(PyExc_ValueError, "%s has no member %R", structure->name, key);
    }
    else if (better != NULL) {
        PyErr_Format(PyExc_ValueError, "%s has no member %R; did you mean %R?", structure->name,
                     key, better);
    }
    Py_XDECREF(better);
    Py_XDECREF(suggest);
    Py_XDECREF(names);
    return -1;
}

/* Return which member a key names, or -1.  Rows come in SDK order with interned names, so the
 * member expected next is nearly always the one, and a look at the address tells. */
static int
find_member(ipif_state *state, ipif_structure_id id, PyObject *key, size_t expected)
{
    PyObject *const *keys = state->keys[id];
    size_t count = STRUCTURES[id].count;

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
        if (PyUnicode_CompareWithASCIIString(key, STRUCTURES[id].fields[i].name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* What a dict says of the members of a row: which of them are the very objects of a template, and
 * in the order of the dict which the others are, and their values, new references. */
typedef struct {
    const row_template *likely; /* NULL: no template */
    field_set as_likely;
    size_t count;
    uint8_t fields[MOST_FIELDS];
    PyObject *values[MOST_FIELDS];
} collected;

/* Return the template of MIB_IPINTERFACE_ROW with a family, or NULL. */
static const row_template *
template_with_family(const ipif_state *state, const PyObject *family)
{
    for (int which = 0; which < TEMPLATES; which++) {
        if (state->templates[IPINTERFACE_ROW][which].values[MEMBER_FAMILY] == family) {
            return &state->templates[IPINTERFACE_ROW][which];
        }
    }
    return NULL;
}

/* Collect the members of a dict; release_members gives them back.  Return a new reference to the
 * first key that is no member, or NULL.  No Python code runs: nothing can change the dict, and no
 * method of a subclass is called.  Without a GIL the dict is locked meanwhile.
 *
 * Most of a row comes from Get, and Get shares what a row has in common with the template: an
 * object of the template needs neither a look nor a conversion. */
static PyObject *
collect_members(ipif_state *state, ipif_structure_id id, PyObject *dict, collected *members)
{
    PyObject *unknown = NULL, *key, *value;
    Py_ssize_t position = 0;
    field_set present = 0;
    int field = -1;

    members->likely = NULL;
    members->as_likely = 0;
    members->count = 0;
    BEGIN_DICT_LOCK(dict);
    while (unknown == NULL && PyDict_Next(dict, &position, &key, &value)) {
        field = find_member(state, id, key, (size_t)(field + 1));
        if (field < 0 || present >> field & 1) {
            unknown = Py_NewRef(key); /* twice: a str subclass that does not equal its text */
            continue;
        }
        present |= (field_set)1 << field;
        if (id == IPINTERFACE_ROW && field == MEMBER_FAMILY) {
            members->likely = template_with_family(state, value);
        }
        if (members->likely != NULL && members->likely->values[field] == value) {
            members->as_likely |= (field_set)1 << field;
        }
        else {
            members->fields[members->count] = (uint8_t)field;
            members->values[members->count++] = Py_NewRef(value);
        }
    }
    END_DICT_LOCK();
    return unknown;
}

/* Give back what collect_members collected. */
static void
release_members(collected *members)
{
    while (members->count > 0) {
        Py_DECREF(members->values[--members->count]);
    }
}

/* Write the collected members (but those that are None) into a row and say in *given which they
 * are; what the row holds of other members than keys means nothing.  Return 0, or -1 with an
 * exception set. */
static int
row_from_members(ipif_state *state, ipif_structure_id id, const collected *members,
                 unsigned char *row, field_set *given)
{
    memset(row, 0, STRUCTURES[id].size);
    if (members->likely != NULL) {
        memcpy(row, members->likely->bytes, STRUCTURES[id].size); /* its keys are 0 */
    }
    *given = members->as_likely;
    for (size_t k = 0; k < members->count; k++) {
        const ipif_field *field = &STRUCTURES[id].fields[members->fields[k]];
        if (members->values[k] == Py_None && field->access != ACCESS_KEY) {
            continue;
        }
        if (KINDS[field->kind].from_py(state, field, members->values[k], row) < 0) {
            return -1;
        }
        *given |= (field_set)1 << members->fields[k];
    }
    return 0;
}

/* Write the members that a dict has into a row, as row_from_members does.  The values are collected
 * first and converted then: a value whose __index__ changes the dict changes nothing here. */
static int
row_from_dict(ipif_state *state, ipif_structure_id id, PyObject *dict, unsigned char *row,
              field_set *given)
{
    collected members;
    PyObject *unknown = collect_members(state, id, dict, &members);
    int status = unknown != NULL ? refuse_member(state, id, unknown)
                                 : row_from_members(state, id, &members, row, given);

    Py_XDECREF(unknown);
    release_members(&members);
    return status;
}

/* Return whether a value of MIB_IPINTERFACE_ROW is good at first sight: of exactly the type that
 * Get gives it, and legal in the family or "unchanged".  What is not may be good all the same. */
static int
is_legal(const ipif_state *state, const ipif_field *field, PyObject *value, ADDRESS_FAMILY family)
{
    const ipif_range *range;
    int overflow = 0;
    long long number;

    if (value == Py_None) {
        return field->access != ACCESS_KEY;
    }
    if (field->kind == KIND_BOOL) {
        return PyBool_Check(value);
    }
    if (field->kind == KIND_ZONES) {
        if (index_of_likely_zones(state, value) >= 0) {
            return 1;
        }
        int zones = PyTuple_CheckExact(value) && PyTuple_Size(value) == ScopeLevelCount;
        for (Py_ssize_t i = 0; zones && i < ScopeLevelCount; i++) {
            PyObject *zone = PyTuple_GetItem(value, i);
            number = PyLong_CheckExact(zone) ? PyLong_AsLongLongAndOverflow(zone, &overflow) : -1;
            zones = number >= 0 && number <= UINT32_MAX && !overflow;
        }
        return zones;
    }
    if (!PyLong_CheckExact(value)) {
        return 0;
    }
    number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow || field->ranges == NULL) {
        return field->kind == KIND_FAMILY;
    }
    if (field->offset == offsetof(MIB_IPINTERFACE_ROW, SitePrefixLength) && family == AF_INET) {
        return number >= 0 && number <= UINT32_MAX; /* 0 is written over it */
    }
    range = family == AF_INET6 ? &field->ranges->ipv6 : &field->ranges->ipv4;
    return (number >= range->minimum && (number < 0 || (uint64_t)number <= range->maximum)) ||
           (field->unchanged & UNCHANGED_ZERO && number == 0) ||
           (field->unchanged & UNCHANGED_ONES &&
            number == (field->kind == KIND_ENUM ? -1 : (long long)UINT32_MAX));
}

/* Return the family of the row that collected members make, or AF_UNSPEC when it is not good at
 * first sight or names no interface.  The values of a template are good. */
static ADDRESS_FAMILY
legal_family(ipif_state *state, const collected *members)
{
    ADDRESS_FAMILY family = AF_UNSPEC;
    int named = 0;

    if (members->likely != NULL) {
        memcpy(&family, members->likely->bytes, sizeof(family));
    }
    for (size_t k = 0; family == AF_UNSPEC && k < members->count; k++) {
        if (members->fields[k] == MEMBER_FAMILY &&
            read_family(state, members->values[k], "Family", 0, &family) < 0) {
            PyErr_Clear();
        }
    }
    for (size_t k = 0; family != AF_UNSPEC && k < members->count; k++) {
        const ipif_field *field = &IPINTERFACE_FIELDS[members->fields[k]];
        if (!is_legal(state, field, members->values[k], family)) {
            return AF_UNSPEC;
        }
        named |= field->access == ACCESS_KEY && field->kind != KIND_FAMILY &&
                 PyObject_IsTrue(members->values[k]) == 1;
    }
    return named ? family : AF_UNSPEC;
}

/* Copy the given members of one IP interface row into another, and none of the bytes between them.
 * Needs no GIL. */
static void
copy_members(const ipif_state *state, MIB_IPINTERFACE_ROW *to, const MIB_IPINTERFACE_ROW *from,
             field_set given)
{
    const row_template *template = &state->templates[IPINTERFACE_ROW][0];
    unsigned char *target = (unsigned char *)to;
    const unsigned char *source = (const unsigned char *)from;

    if (given == ALL_MEMBERS) { /* a row from Get: the words of a template have them all */
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

/* Return whether a member holds nothing but ones. */
static int
all_ones(const ipif_field *field, const unsigned char *row)
{
    size_t ones = 0;

    while (ones < field->size && row[field->offset + ones] == 0xFF) {
        ones++;
    }
    return ones == field->size;
}

/* Return whether InitializeIpInterfaceEntry marked every BOOLEAN that Set would write as
 * "unchanged". */
static int
booleans_marked(const MIB_IPINTERFACE_ROW *initial)
{
    for (size_t i = 0; i < STRUCTURES[IPINTERFACE_ROW].count; i++) {
        const ipif_field *field = &IPINTERFACE_FIELDS[i];
        if (field->kind == KIND_BOOL && field->access == ACCESS_SETTABLE &&
            !all_ones(field, (const unsigned char *)initial)) {
            return 0;
        }
    }
    return 1;
}

/* Return the names of a set of members of MIB_IPINTERFACE_ROW as a new tuple, or NULL with an
 * exception set. */
static PyObject *
member_names(ipif_state *state, field_set members)
{
    PyObject *result = NULL;
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list != NULL && members >> i != 0; i++) {
        if (members >> i & 1 && PyList_Append(list, state->keys[IPINTERFACE_ROW][i]) < 0) {
            Py_CLEAR(list);
        }
    }
    if (list != NULL) {
        result = PyList_AsTuple(list);
        Py_DECREF(list);
    }
    return result;
}

/* Return a row as a new dict in which those of the missing members that Initialize filled with ones
 * are None; or NULL with an exception set. */
static PyObject *
initialized_row_to_dict(ipif_state *state, const MIB_IPINTERFACE_ROW *row, field_set missing)
{
    PyObject *dict = row_to_dict(state, IPINTERFACE_ROW, row);

    for (size_t i = 0; dict != NULL && missing >> i != 0; i++) {
        if (missing >> i & 1 && all_ones(&IPINTERFACE_FIELDS[i], (const unsigned char *)row) &&
            PyDict_SetItem(dict, state->keys[IPINTERFACE_ROW][i], Py_None) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}
