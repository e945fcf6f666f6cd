/* Conversion of one member to a Python object and back: the functions of each kind of field.
 *
 * Part of _ipif.c, which includes it once, after state and errors. */

/* A kind's to_py returns a new reference, or NULL with an exception set.  Its from_py writes the
 * member and returns 0, or returns -1 with an exception set that names the member; only kinds that
 * occur in MIB_IPINTERFACE_ROW, the one structure that Windows is given, have one.  Both get the
 * address of the whole row: members are read and written with memcpy through a typed local, so
 * neither alignment nor aliasing is a problem. */
typedef PyObject *to_py_function(ipif_state *state, const ipif_field *field,
                                 const unsigned char *row);
typedef int from_py_function(ipif_state *state, const ipif_field *field, PyObject *value,
                             unsigned char *row);

/* ---- numbers --------------------------------------------------------------------------------- */

/* Return whether an int lies between minimum and maximum; its value is then in *result, a negative
 * one as two's complement.  Sets no exception. */
static int
int_in_range(PyObject *number, int64_t minimum, uint64_t maximum, uint64_t *result)
{
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(number, &overflow);

    if (overflow == 0) {
        *result = (uint64_t)small;
        return small >= minimum && (small < 0 || (uint64_t)small <= maximum);
    }
    if (overflow < 0 || maximum <= INT64_MAX) {
        return 0;
    }
    *result = PyLong_AsUnsignedLongLong(number);
    if (*result == UINT64_MAX && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return *result <= maximum;
}

/* Read an int (never a bool; __index__ counts) between minimum and maximum into *result.  Return 0,
 * or -1 with TypeError, OverflowError or, when __index__ raises, ValueError set.  name is the
 * member or argument that the exception names. */
static int
read_integer(PyObject *value, const char *name, int64_t minimum, uint64_t maximum, uint64_t *result)
{
    PyObject *number;
    int in_range;

    *result = 0;
    if (PyLong_CheckExact(value)) {
        number = Py_NewRef(value);
    }
    else if (PyBool_Check(value) || (!PyLong_Check(value) && !PyIndex_Check(value))) {
        return wrong_type(name, "int", value);
    }
    else {
        number = PyNumber_Index(value);
        if (number == NULL) {
            return raise_unreadable(name);
        }
    }
    in_range = int_in_range(number, minimum, maximum, result);
    Py_DECREF(number);
    if (!in_range) {
        PyErr_Format(PyExc_OverflowError, "%s must be between %lld and %llu", name,
                     (long long)minimum, (unsigned long long)maximum);
        return -1;
    }
    return 0;
}

/* Return whether a member is a signed integer, as enumerations are. */
static int
is_signed(const ipif_field *field)
{
    return field->kind == KIND_ENUM || field->kind == KIND_INT64;
}

/* Integers of 1, 4 and 8 bytes. */
static PyObject *
integer_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    const unsigned char *member = row + field->offset;
    uint32_t number;
    uint64_t large;

    if (field->size == sizeof(number)) {
        memcpy(&number, member, sizeof(number));
        return is_signed(field) ? PyLong_FromLong((int32_t)number)
                                : PyLong_FromUnsignedLong(number);
    }
    if (field->size == sizeof(large)) {
        memcpy(&large, member, sizeof(large));
        return is_signed(field) ? PyLong_FromLongLong((int64_t)large)
                                : PyLong_FromUnsignedLongLong(large);
    }
    return PyLong_FromLong(member[0]);
}

static int
integer_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
                unsigned char *row)
{
    uint64_t maximum = UINT64_MAX >> (64 - 8 * field->size + (is_signed(field) ? 1 : 0));
    int64_t minimum = is_signed(field) ? -(int64_t)maximum - 1 : 0;
    uint64_t number;
    uint32_t narrow;

    if (read_integer(value, field->name, minimum, maximum, &number) < 0) {
        return -1;
    }
    if (field->size == sizeof(narrow)) {
        narrow = (uint32_t)number;
        memcpy(row + field->offset, &narrow, sizeof(narrow));
    }
    else if (field->size == sizeof(number)) {
        memcpy(row + field->offset, &number, sizeof(number));
    }
    else {
        row[field->offset] = (unsigned char)number;
    }
    return 0;
}

/* ---- address families ------------------------------------------------------------------------ */

/* Return an address family as the host's socket module numbers it, a new int. */
static PyObject *
family_object(const ipif_state *state, ADDRESS_FAMILY family)
{
    return PyLong_FromLong(family == AF_INET6 ? state->af_inet6 : (long)family);
}

/* Read socket.AF_INET or AF_INET6 (and AF_UNSPEC where allowed) into *family as Windows numbers it.
 * Return 0, or -1 with an exception set that names the argument. */
static int
read_family(const ipif_state *state, PyObject *value, const char *name, int unspec_allowed,
            ADDRESS_FAMILY *family)
{
    long number;

    if (!PyLong_Check(value) || PyBool_Check(value)) {
        return wrong_type(name, "int such as socket.AF_INET", value);
    }
    number = PyLong_AsLong(value);
    if (number == -1 && PyErr_Occurred()) {
        PyErr_Clear();
    }
    if (number == AF_INET) {
        *family = AF_INET;
    }
    else if (number == state->af_inet6) {
        *family = AF_INET6;
    }
    else if (number == AF_UNSPEC && unspec_allowed) {
        *family = AF_UNSPEC;
    }
    else {
        PyErr_Format(PyExc_ValueError, "%s must be socket.AF_INET%s socket.AF_INET6", name,
                     unspec_allowed ? ", socket.AF_UNSPEC or" : " or");
        return -1;
    }
    return 0;
}

static PyObject *
family_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    ADDRESS_FAMILY family;

    memcpy(&family, row + field->offset, sizeof(family));
    return family_object(state, family);
}

static int
family_from_py(ipif_state *state, const ipif_field *field, PyObject *value, unsigned char *row)
{
    ADDRESS_FAMILY family;

    if (read_family(state, value, field->name, 0, &family) < 0) {
        return -1;
    }
    memcpy(row + field->offset, &family, sizeof(family));
    return 0;
}

/* ---- truth values ---------------------------------------------------------------------------- */

/* Any byte but 0 reads as True; exactly 0 or 1 is written. */
static PyObject *
bool_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    return PyBool_FromLong(row[field->offset]);
}

static int
bool_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
             unsigned char *row)
{
    if (!PyBool_Check(value)) {
        return wrong_type(field->name, "bool", value);
    }
    row[field->offset] = value == Py_True;
    return 0;
}

static PyObject *
flag_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    return PyBool_FromLong((row[field->offset] >> field->bit) & 1);
}

/* ---- zone indices ---------------------------------------------------------------------------- */

/* By default the zone of the interface and the link level is the index of the interface, and that
 * of every level above is 1: this holds for every published row. */
enum { FIRST_LEVEL_ABOVE_LINK = ScopeLevelLink + 1, ZONE_ABOVE_LINK = 1 };

/* Return ZoneIndices as a new tuple, or NULL with an exception set. */
static PyObject *
zones_object(const uint32_t *zones)
{
    PyObject *result = PyTuple_New(ScopeLevelCount);

    for (Py_ssize_t level = 0; result != NULL && level < ScopeLevelCount; level++) {
        PyObject *zone = PyLong_FromUnsignedLong(zones[level]);
        if (zone == NULL || PyTuple_SetItem(result, level, zone) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}

/* Return the default ZoneIndices of the interface with an index as a new tuple, or NULL with an
 * exception set.  The garbage collector need not track it, nor the dict that holds it: a tuple of
 * ints can be part of no cycle.  It would find that out itself, but only by visiting each row. */
static PyObject *
default_zones_object(uint32_t index)
{
    PyObject *result = NULL, *zero = PyLong_FromLong(0), *one = PyLong_FromLong(ZONE_ABOVE_LINK);
    PyObject *own = PyLong_FromUnsignedLong(index);

    if (zero != NULL && own != NULL && one != NULL) {
        result = PyTuple_Pack(ScopeLevelCount, zero, own, own, one, one, one, one, one, one, one,
                              one, one, one, one, one, one);
    }
    if (result != NULL) {
        PyObject_GC_UnTrack(result);
    }
    Py_XDECREF(own);
    Py_XDECREF(one);
    Py_XDECREF(zero);
    return result;
}

/* Write the default ZoneIndices of the interface with an index. */
static void
write_default_zones(uint32_t index, unsigned char *member)
{
    uint32_t zones[ScopeLevelCount] = {0, index, index};

    for (int level = FIRST_LEVEL_ABOVE_LINK; level < ScopeLevelCount; level++) {
        zones[level] = ZONE_ABOVE_LINK;
    }
    memcpy(member, zones, sizeof(zones));
}

/* Return the index whose cached default ZoneIndices an object is, or -1. */
static long
index_of_default_zones(const ipif_state *state, PyObject *value)
{
    PyObject *own = NULL;
    long index = -1;
    int overflow;

    if (PyTuple_CheckExact(value) && PyTuple_Size(value) == ScopeLevelCount) {
        own = PyTuple_GetItem(value, 1);
    }
    if (own != NULL && PyLong_CheckExact(own)) {
        index = PyLong_AsLongAndOverflow(own, &overflow);
    }
    return index >= 0 && index < CACHED_ZONES && state->default_zones[index] == value ? index : -1;
}

static PyObject *
zones_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    uint32_t zones[ScopeLevelCount], difference;

    memcpy(zones, row + field->offset, sizeof(zones));
    difference = zones[0] | (zones[1] ^ zones[2]);
    for (size_t level = FIRST_LEVEL_ABOVE_LINK; level < ScopeLevelCount; level++) {
        difference |= zones[level] ^ ZONE_ABOVE_LINK;
    }
    if (difference != 0) {
        return zones_object(zones);
    }
    return zones[1] < CACHED_ZONES ? Py_NewRef(state->default_zones[zones[1]])
                                   : default_zones_object(zones[1]);
}

static int
zones_from_py(ipif_state *state, const ipif_field *field, PyObject *value, unsigned char *row)
{
    uint32_t zones[ScopeLevelCount];
    uint64_t number;
    char name[64];
    int status = -1;
    PyObject *items; /* a tuple of our own: __index__ of an item cannot change it */
    long index = index_of_default_zones(state, value);

    if (index >= 0) {
        write_default_zones((uint32_t)index, row + field->offset);
        return 0;
    }
    if (PyTuple_Check(value)) {
        items = PyTuple_GetSlice(value, 0, PyTuple_Size(value));
    }
    else if (PyList_Check(value)) {
        items = PyList_AsTuple(value);
    }
    else {
        return wrong_type(field->name, "tuple of 16 ints", value);
    }
    if (items == NULL) {
        return -1;
    }
    if (PyTuple_Size(items) != ScopeLevelCount) {
        PyErr_Format(PyExc_ValueError, "%s: expected %d items, got %zd", field->name,
                     (int)ScopeLevelCount, PyTuple_Size(items));
        goto done;
    }
    for (Py_ssize_t i = 0; i < ScopeLevelCount; i++) {
        PyObject *item = PyTuple_GetItem(items, i);
        if (!PyLong_CheckExact(item) || !int_in_range(item, 0, UINT32_MAX, &number)) {
            PyOS_snprintf(name, sizeof(name), "%s[%d]", field->name, (int)i);
            if (read_integer(item, name, 0, UINT32_MAX, &number) < 0) {
                goto done;
            }
        }
        zones[i] = (uint32_t)number;
    }
    memcpy(row + field->offset, zones, sizeof(zones));
    status = 0;
done:
    Py_DECREF(items);
    return status;
}

/* ---- text and bytes -------------------------------------------------------------------------- */

/* Return the characters before the first NUL of a WCHAR array as a new str.  WCHAR has 16 bits,
 * which wchar_t need not have. */
static PyObject *
wide_object(const unsigned char *bytes, size_t capacity)
{
    char ascii[IF_MAX_STRING_SIZE + 1];
    size_t length = 0;
    WCHAR unit, seen = 0;
    int little_endian = -1;

    assert(capacity <= sizeof(ascii));
    while (length < capacity &&
           (memcpy(&unit, bytes + length * sizeof(unit), sizeof(unit)), unit != 0)) {
        seen |= unit;
        ascii[length++] = (char)unit;
    }
    if (seen < 0x80) { /* the usual case, and the fast one */
        return PyUnicode_FromStringAndSize(ascii, (Py_ssize_t)length);
    }
    return PyUnicode_DecodeUTF16((const char *)bytes, (Py_ssize_t)(length * sizeof(WCHAR)),
                                 "surrogatepass", &little_endian);
}

static PyObject *
string_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    return wide_object(row + field->offset, field->size / sizeof(WCHAR));
}

static PyObject *
bytes_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    uint32_t length;

    memcpy(&length, row + field->length_offset, sizeof(length));
    return PyBytes_FromStringAndSize((const char *)row + field->offset,
                                     (Py_ssize_t)(length < field->size ? length : field->size));
}

/* ---- GUIDs ----------------------------------------------------------------------------------- */

/* Return a new uuid.UUID made by setting its two attributes, or NULL with an exception set; digits
 * are hexadecimal, unknown is uuid.SafeUUID.unknown.  The constructor would take ten times as long
 * as the rest of the row.  The garbage collector need not track a UUID: it cannot change, so it can
 * be part of no cycle. */
static PyObject *
uuid_by_attributes(ipif_state *state, PyObject *type, PyObject *unknown, const char *digits)
{
    PyObject *result = NULL;
    PyObject *number = PyLong_FromString(digits, NULL, 16);

    if (number != NULL) {
        result = PyType_GenericAlloc((PyTypeObject *)type, 0);
    }
    if (result != NULL &&
        (PyObject_GenericSetAttr(result, state->names[NAME_INT], number) < 0 ||
         PyObject_GenericSetAttr(result, state->names[NAME_IS_SAFE], unknown) < 0)) {
        Py_CLEAR(result);
    }
    if (result != NULL) {
        PyObject_GC_UnTrack(result);
    }
    Py_XDECREF(number);
    return result;
}

/* Return a GUID as a uuid.UUID, or NULL with an exception set.  Most rows have no NetworkGuid: they
 * share one UUID.  ipif._core.guid has checked whether setting its attributes makes a UUID; where
 * it does not, SAFETY_UNKNOWN is None and the constructor makes it. */
static PyObject *
guid_object(ipif_state *state, const unsigned char *bytes)
{
    static const unsigned char ORDER[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    char digits[2 * sizeof(GUID) + 1] = {0};
    PyObject *result = NULL, *type = NULL, *unknown = NULL;
    unsigned any = 0;

    for (size_t i = 0; i < sizeof(GUID); i++) {
        unsigned byte = bytes[ORDER[i]];
        digits[2 * i] = "0123456789abcdef"[byte >> 4];
        digits[2 * i + 1] = "0123456789abcdef"[byte & 15];
        any |= byte;
    }
    if (any == 0) {
        return import_once(state, IMPORT_NIL_GUID);
    }
    type = import_once(state, IMPORT_UUID);
    unknown = type == NULL ? NULL : import_once(state, IMPORT_SAFETY_UNKNOWN);
    if (unknown == Py_None) {
        result = PyObject_CallFunction(type, "s", digits);
    }
    else if (unknown != NULL) {
        result = uuid_by_attributes(state, type, unknown, digits);
    }
    Py_XDECREF(unknown);
    Py_XDECREF(type);
    return result;
}

static PyObject *
guid_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    return guid_object(state, row + field->offset);
}

/* ---- IP addresses ---------------------------------------------------------------------------- */

/* Return the ipaddress object that a class of that module makes from packed bytes, or NULL with an
 * exception set. */
static PyObject *
ipaddress_object(ipif_state *state, ipif_import class, const void *packed, Py_ssize_t length)
{
    PyObject *result = NULL;
    PyObject *type = import_once(state, class);

    if (type != NULL) {
        result = PyObject_CallFunction(type, "y#", (const char *)packed, length);
    }
    Py_XDECREF(type);
    return result;
}

/* Return an ipaddress object for a SOCKADDR_INET (None when it holds no address), with its IPv6
 * scope id; or NULL with an exception set. */
static PyObject *
address_object(ipif_state *state, const SOCKADDR_INET *address)
{
    unsigned long scope = address->Ipv6.sin6_scope_id;
    PyObject *result = NULL, *plain, *text;

    if (address->si_family == AF_INET) {
        return ipaddress_object(state, IMPORT_IPV4_ADDRESS, &address->Ipv4.sin_addr, 4);
    }
    if (address->si_family != AF_INET6) {
        return Py_NewRef(Py_None);
    }
    plain = ipaddress_object(state, IMPORT_IPV6_ADDRESS, &address->Ipv6.sin6_addr, 16);
    if (plain == NULL || scope == 0) {
        return plain;
    }
    text = PyUnicode_FromFormat("%S%%%lu", plain, scope);
    if (text != NULL) {
        result = PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(plain), text, NULL);
        Py_DECREF(text);
    }
    Py_DECREF(plain);
    return result;
}

static PyObject *
address_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    SOCKADDR_INET address;

    memcpy(&address, row + field->offset, sizeof(address));
    return address_object(state, &address);
}

/* Return an ipaddress network object for a prefix (None when it holds no address), or NULL with an
 * exception set. */
static PyObject *
prefix_object(ipif_state *state, const IP_ADDRESS_PREFIX *prefix)
{
    PyObject *type, *result;
    int is_ipv4 = prefix->Prefix.si_family == AF_INET;

    if (!is_ipv4 && prefix->Prefix.si_family != AF_INET6) {
        return Py_NewRef(Py_None);
    }
    type = import_once(state, is_ipv4 ? IMPORT_IPV4_NETWORK : IMPORT_IPV6_NETWORK);
    if (type == NULL) {
        return NULL;
    }
    /* The second argument says "not strict": a prefix with host bits is still a route. */
    result =
        PyObject_CallFunction(type, "(y#i)O",
                              is_ipv4 ? (const char *)&prefix->Prefix.Ipv4.sin_addr
                                      : (const char *)&prefix->Prefix.Ipv6.sin6_addr,
                              (Py_ssize_t)(is_ipv4 ? 4 : 16), (int)prefix->PrefixLength, Py_False);
    Py_DECREF(type);
    return result;
}

static PyObject *
prefix_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    IP_ADDRESS_PREFIX prefix;

    memcpy(&prefix, row + field->offset, sizeof(prefix));
    return prefix_object(state, &prefix);
}

static PyObject *
ipv4_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    return ipaddress_object(state, IMPORT_IPV4_ADDRESS, row + field->offset, 4);
}

/* ---- the table ------------------------------------------------------------------------------- */

/* The name that a kind has in Python, and its functions.  in_template: equal bytes give equal
 * objects that may be shared, so the conversion may start from a ready dict.  The objects of the
 * other kinds come from a Python class that is imported on first use, or nearly always differ. */
static const struct {
    const char *name;
    to_py_function *to_py;
    from_py_function *from_py;
    int in_template;
} KINDS[KIND_COUNT] = {
    [KIND_FAMILY] = {"family", family_to_py, family_from_py, 1},
    [KIND_LUID] = {"luid", integer_to_py, integer_from_py, 1},
    [KIND_GUID] = {"guid", guid_to_py, NULL, 0},
    [KIND_UINT8] = {"uint8", integer_to_py, NULL, 1},
    [KIND_UINT32] = {"uint32", integer_to_py, integer_from_py, 1},
    [KIND_UINT64] = {"uint64", integer_to_py, integer_from_py, 1},
    [KIND_INT64] = {"int64", integer_to_py, NULL, 1},
    [KIND_BOOL] = {"bool", bool_to_py, bool_from_py, 1},
    [KIND_FLAG] = {"flag", flag_to_py, NULL, 1},
    [KIND_ENUM] = {"enum", integer_to_py, integer_from_py, 1},
    [KIND_OFFLOAD] = {"offload", integer_to_py, integer_from_py, 1},
    [KIND_ZONES] = {"uint32[16]", zones_to_py, zones_from_py, 1},
    [KIND_STRING] = {"str", string_to_py, NULL, 0},
    [KIND_BYTES] = {"bytes", bytes_to_py, NULL, 0},
    [KIND_ADDRESS] = {"address", address_to_py, NULL, 0},
    [KIND_PREFIX] = {"prefix", prefix_to_py, NULL, 0},
    [KIND_IPV4] = {"ipv4", ipv4_to_py, NULL, 0},
};
