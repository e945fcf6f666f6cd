/* How one member becomes a Python object, and back: a pair of functions for each kind of the field
 * tables.
 *
 * Part of _ipif.c, which includes it once, after state and errors. */

/* A kind's to_py returns a new reference, or NULL with an exception set; its from_py writes the
 * member and returns 0, or returns -1 with an exception set that names the member.  Both get the
 * address of the whole row: members are read and written with memcpy through a typed local, so
 * neither alignment nor aliasing is a question. */
typedef PyObject *to_py_function(ipif_state *state, const ipif_field *field,
                                 const unsigned char *row);
typedef int from_py_function(ipif_state *state, const ipif_field *field, PyObject *value,
                             unsigned char *row);

/* Read an int (never a bool; __index__ counts) between minimum and maximum into *result.  Return 0,
 * or -1 with TypeError, OverflowError or, when __index__ raises, ValueError set.  name is the
 * member or argument that the exception names. */
static int
read_integer(PyObject *value, const char *name, int64_t minimum, uint64_t maximum, uint64_t *result)
{
    PyObject *number;
    int overflow, in_range;
    long long small;

    *result = 0;
    if (PyLong_CheckExact(value)) {
        number = Py_NewRef(value);
    }
    else if (PyBool_Check(value) || (!PyLong_Check(value) && !PyIndex_Check(value))) {
        return wrong_type(name, "an int", value);
    }
    else {
        number = PyNumber_Index(value);
        if (number == NULL) {
            return blame_member(name);
        }
    }
    small = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow == 0) {
        in_range = small >= minimum && (small < 0 || (uint64_t)small <= maximum);
        *result = (uint64_t)small;
    }
    else {
        *result = overflow > 0 ? PyLong_AsUnsignedLongLong(number) : *result;
        in_range = overflow > 0 && !PyErr_Occurred() && *result <= maximum;
        PyErr_Clear();
    }
    Py_DECREF(number);
    if (!in_range) {
        PyErr_Format(PyExc_OverflowError, "%s must lie between %lld and %llu", name,
                     (long long)minimum, (unsigned long long)maximum);
        return -1;
    }
    return 0;
}

static PyObject *
family_object(ipif_state *state, ADDRESS_FAMILY family)
{
    return PyLong_FromLong(family == AF_INET6 ? state->af_inet6 : (long)family);
}

/* Read socket.AF_INET or AF_INET6 (and AF_UNSPEC where allowed) into *family as Windows counts it.
 * Return 0, or -1 with an exception set that names the argument. */
static int
read_family(ipif_state *state, PyObject *value, const char *name, int unspec_allowed,
            ADDRESS_FAMILY *family)
{
    long number;

    if (!PyLong_Check(value) || PyBool_Check(value)) {
        return wrong_type(name, "an int such as socket.AF_INET", value);
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

static PyObject *
uint8_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    return PyLong_FromLong(row[field->offset]);
}

static int
uint8_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
              unsigned char *row)
{
    uint64_t number;

    if (read_integer(value, field->name, 0, UINT8_MAX, &number) < 0) {
        return -1;
    }
    row[field->offset] = (unsigned char)number;
    return 0;
}

static PyObject *
uint32_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    uint32_t number;

    memcpy(&number, row + field->offset, sizeof(number));
    return PyLong_FromUnsignedLong(number);
}

static PyObject *
enum_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    int32_t number;

    memcpy(&number, row + field->offset, sizeof(number));
    return PyLong_FromLong(number);
}

/* Write a number of 32 bits, signed or not. */
static int
read_32_bits(const ipif_field *field, PyObject *value, int64_t minimum, uint64_t maximum,
             unsigned char *row)
{
    uint64_t number;
    uint32_t narrow;

    if (read_integer(value, field->name, minimum, maximum, &number) < 0) {
        return -1;
    }
    narrow = (uint32_t)number;
    memcpy(row + field->offset, &narrow, sizeof(narrow));
    return 0;
}

static int
uint32_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
               unsigned char *row)
{
    return read_32_bits(field, value, 0, UINT32_MAX, row);
}

static int
enum_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
             unsigned char *row)
{
    return read_32_bits(field, value, INT32_MIN, INT32_MAX, row);
}

static PyObject *
uint64_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    uint64_t number;

    memcpy(&number, row + field->offset, sizeof(number));
    return PyLong_FromUnsignedLongLong(number);
}

static PyObject *
int64_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    int64_t number;

    memcpy(&number, row + field->offset, sizeof(number));
    return PyLong_FromLongLong(number);
}

/* Write a number of 64 bits, signed or not. */
static int
read_64_bits(const ipif_field *field, PyObject *value, int64_t minimum, uint64_t maximum,
             unsigned char *row)
{
    uint64_t number;

    if (read_integer(value, field->name, minimum, maximum, &number) < 0) {
        return -1;
    }
    memcpy(row + field->offset, &number, sizeof(number));
    return 0;
}

static int
uint64_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
               unsigned char *row)
{
    return read_64_bits(field, value, 0, UINT64_MAX, row);
}

static int
int64_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
              unsigned char *row)
{
    return read_64_bits(field, value, INT64_MIN, INT64_MAX, row);
}

/* Any byte but 0 is true on the way out; on the way in exactly 0 or 1 is written. */
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
        return wrong_type(field->name, "a bool", value);
    }
    row[field->offset] = value == Py_True;
    return 0;
}

static PyObject *
flag_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    return PyBool_FromLong((row[field->offset] >> field->bit) & 1);
}

static int
flag_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
             unsigned char *row)
{
    unsigned mask = 1u << field->bit;

    if (!PyBool_Check(value)) {
        return wrong_type(field->name, "a bool", value);
    }
    row[field->offset] =
        (unsigned char)(value == Py_True ? row[field->offset] | mask : row[field->offset] & ~mask);
    return 0;
}

/* Interface and link level have the index of the interface as their zone; above, the zone is 1 on
 * every row that was ever published. */
enum { LIKELY_ZONES_FROM = ScopeLevelLink + 1, LIKELY_ZONE = 1 };

/* Return a tuple of int that the garbage collector does not look at, nor at the dict that holds it:
 * it can be part of no cycle.  The collector would find that out by itself, at the price of a look
 * at each row.  Takes the reference over and gives it back; NULL stays NULL. */
static PyObject *
untracked(PyObject *tuple)
{
    if (tuple != NULL) {
        PyObject_GC_UnTrack(tuple);
    }
    return tuple;
}

/* Return the likely ZoneIndices of the interface with an index as a new tuple, or NULL with an
 * exception set. */
static PyObject *
likely_zones(uint32_t index)
{
    PyObject *result = NULL;
    PyObject *zero = PyLong_FromLong(0);
    PyObject *own = PyLong_FromUnsignedLong(index);
    PyObject *one = PyLong_FromLong(LIKELY_ZONE);

    if (zero != NULL && own != NULL && one != NULL) {
        result = PyTuple_Pack(ScopeLevelCount, zero, own, own, one, one, one, one, one, one, one,
                              one, one, one, one, one, one);
    }
    Py_XDECREF(one);
    Py_XDECREF(own);
    Py_XDECREF(zero);
    return untracked(result);
}

/* Return the index whose likely ZoneIndices an object is, the very tuple that zones_to_py gives
 * out; or -1. */
static long
index_of_likely_zones(const ipif_state *state, PyObject *value)
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
    return index >= 0 && index < LIKELY_INDEXES && state->likely_zones[index] == value ? index : -1;
}

/* Write the likely ZoneIndices of the interface with an index. */
static void
write_likely_zones(uint32_t index, unsigned char *member)
{
    uint32_t zones[ScopeLevelCount] = {0, index, index};

    for (int level = LIKELY_ZONES_FROM; level < ScopeLevelCount; level++) {
        zones[level] = LIKELY_ZONE;
    }
    memcpy(member, zones, sizeof(zones));
}

/* Return any ZoneIndices as a new tuple, or NULL with an exception set. */
static PyObject *
unlikely_zones(const uint32_t *zones)
{
    PyObject *result = PyTuple_New(ScopeLevelCount);

    for (Py_ssize_t i = 0; result != NULL && i < ScopeLevelCount; i++) {
        PyObject *zone = PyLong_FromUnsignedLong(zones[i]);
        if (zone == NULL || PyTuple_SetItem(result, i, zone) < 0) {
            Py_CLEAR(result);
        }
    }
    return untracked(result);
}

static PyObject *
zones_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    uint32_t zones[ScopeLevelCount], difference;

    memcpy(zones, row + field->offset, sizeof(zones));
    difference = zones[0] | (zones[1] ^ zones[2]);
    for (size_t level = LIKELY_ZONES_FROM; level < ScopeLevelCount; level++) {
        difference |= zones[level] ^ LIKELY_ZONE;
    }
    if (difference != 0) {
        return unlikely_zones(zones);
    }
    if (zones[1] < LIKELY_INDEXES) {
        return Py_NewRef(state->likely_zones[zones[1]]);
    }
    return likely_zones(zones[1]);
}

static int
zones_from_py(ipif_state *state, const ipif_field *field, PyObject *value, unsigned char *row)
{
    uint32_t zones[ScopeLevelCount];
    char name[64];
    int status = -1;
    PyObject *items; /* a tuple of our own: __index__ of an item cannot change it */
    long index = index_of_likely_zones(state, value);

    if (index >= 0) {
        write_likely_zones((uint32_t)index, row + field->offset);
        return 0;
    }
    if (PyTuple_Check(value)) {
        items = PyTuple_GetSlice(value, 0, PyTuple_Size(value));
    }
    else if (PyList_Check(value)) {
        items = PyList_AsTuple(value);
    }
    else {
        return wrong_type(field->name, "a tuple of 16 int", value);
    }
    if (items == NULL) {
        return -1;
    }
    if (PyTuple_Size(items) != ScopeLevelCount) {
        PyErr_Format(PyExc_ValueError, "%s must have %d items, not %zd", field->name,
                     (int)ScopeLevelCount, PyTuple_Size(items));
        goto done;
    }
    for (Py_ssize_t i = 0; i < ScopeLevelCount; i++) {
        PyObject *item = PyTuple_GetItem(items, i);
        int overflow = 0;
        long long small =
            PyLong_CheckExact(item) ? PyLong_AsLongLongAndOverflow(item, &overflow) : -1;
        uint64_t number = (uint64_t)small;
        if (small < 0 || small > UINT32_MAX) { /* an int-like object, or nothing that fits */
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

/* Write a str as a NUL-terminated WCHAR array that has room for capacity units.  Return 0, or -1
 * with an exception set. */
static int
read_wide(PyObject *value, const char *name, WCHAR *result, size_t capacity)
{
    PyObject *encoded = NULL;
    const char *bytes;
    size_t length;
    int status = -1;

    if (!PyUnicode_Check(value)) {
        return wrong_type(name, "a str", value);
    }
    encoded = PyUnicode_AsEncodedString(value, "utf-16-le", "surrogatepass");
    if (encoded == NULL || (bytes = PyBytes_AsString(encoded)) == NULL) {
        goto done;
    }
    length = (size_t)PyBytes_Size(encoded) / sizeof(WCHAR);
    if (length >= capacity) {
        PyErr_Format(PyExc_ValueError, "%s must have at most %zu characters (UTF-16), not %zu",
                     name, capacity - 1, length);
        goto done;
    }
    memset(result, 0, capacity * sizeof(WCHAR));
    memcpy(result, bytes, length * sizeof(WCHAR));
    for (size_t i = 0; i < length; i++) {
        if (result[i] == 0) {
            PyErr_Format(PyExc_ValueError, "%s must not have a NUL character in it", name);
            goto done;
        }
    }
    status = 0;
done:
    Py_XDECREF(encoded);
    return status;
}

static PyObject *
string_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    return wide_object(row + field->offset, field->size / sizeof(WCHAR));
}

static int
string_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
               unsigned char *row)
{
    WCHAR text[IF_MAX_STRING_SIZE + 1];

    assert(field->size == sizeof(text));
    if (read_wide(value, field->name, text, sizeof(text) / sizeof(text[0])) < 0) {
        return -1;
    }
    memcpy(row + field->offset, text, sizeof(text));
    return 0;
}

static PyObject *
bytes_to_py(ipif_state *Py_UNUSED(state), const ipif_field *field, const unsigned char *row)
{
    uint32_t length;

    memcpy(&length, row + field->length_offset, sizeof(length));
    return PyBytes_FromStringAndSize((const char *)row + field->offset,
                                     (Py_ssize_t)(length < field->size ? length : field->size));
}

static int
bytes_from_py(ipif_state *Py_UNUSED(state), const ipif_field *field, PyObject *value,
              unsigned char *row)
{
    char *bytes;
    Py_ssize_t length;

    if (!PyBytes_Check(value)) {
        return wrong_type(field->name, "bytes", value);
    }
    if (PyBytes_AsStringAndSize(value, &bytes, &length) < 0) {
        return -1;
    }
    if ((size_t)length > field->size) {
        PyErr_Format(PyExc_ValueError, "%s must have at most %zu bytes, not %zd", field->name,
                     field->size, length);
        return -1;
    }
    memset(row + field->offset, 0, field->size);
    memcpy(row + field->offset, bytes, (size_t)length);
    return 0;
}

/* Return (high << 64) | low as a new int, or NULL with an exception set. */
static PyObject *
int_of_128_bits(uint64_t high, uint64_t low)
{
    PyObject *result = NULL;
    PyObject *upper = PyLong_FromUnsignedLongLong(high);
    PyObject *lower = PyLong_FromUnsignedLongLong(low);
    PyObject *bits = PyLong_FromLong(64);
    PyObject *shifted = upper && bits ? PyNumber_Lshift(upper, bits) : NULL;

    if (shifted != NULL && lower != NULL) {
        result = PyNumber_Or(shifted, lower);
    }
    Py_XDECREF(shifted);
    Py_XDECREF(bits);
    Py_XDECREF(lower);
    Py_XDECREF(upper);
    return result;
}

/* Return the uuid.UUID of two halves as a new object, or NULL with an exception set.  The
 * constructor would take ten times as long as everything else about a row, so its two attributes
 * are set as the class itself sets them when it is unpickled.  The garbage collector need not look
 * at it: a UUID cannot change, so it can be part of no cycle. */
static PyObject *
new_uuid(ipif_state *state, uint64_t high, uint64_t low)
{
    PyObject *result = NULL, *number = NULL;
    PyObject *type = import_once(state, IMPORT_UUID);
    PyObject *unknown = type == NULL ? NULL : import_once(state, IMPORT_SAFETY_UNKNOWN);

    number = unknown == NULL ? NULL : int_of_128_bits(high, low);
    if (number != NULL) {
        result = PyType_GenericAlloc((PyTypeObject *)type, 0);
    }
    if (result != NULL && (PyObject_GenericSetAttr(result, state->name_int, number) < 0 ||
                           PyObject_GenericSetAttr(result, state->name_is_safe, unknown) < 0)) {
        Py_CLEAR(result);
    }
    if (result != NULL) {
        PyObject_GC_UnTrack(result);
    }
    Py_XDECREF(number);
    Py_XDECREF(unknown);
    Py_XDECREF(type);
    return result;
}

/* Return a GUID as a uuid.UUID, or NULL with an exception set.  Most rows have no NetworkGuid: they
 * share one UUID. */
static PyObject *
guid_object(ipif_state *state, const unsigned char *bytes)
{
    uint64_t high, low = 0;
    uint32_t data1;
    uint16_t data2, data3;

    memcpy(&data1, bytes, sizeof(data1));
    memcpy(&data2, bytes + 4, sizeof(data2));
    memcpy(&data3, bytes + 6, sizeof(data3));
    high = (uint64_t)data1 << 32 | (uint64_t)data2 << 16 | data3;
    for (size_t i = 8; i < sizeof(GUID); i++) {
        low = low << 8 | bytes[i];
    }
    return (high | low) == 0 ? import_once(state, IMPORT_NIL_GUID) : new_uuid(state, high, low);
}

/* Write the 16 bytes of a uuid.UUID.  Return 0, or -1 with an exception set. */
static int
read_guid(ipif_state *state, PyObject *value, const char *name, unsigned char *guid)
{
    PyObject *bytes = NULL;
    int status = -1;
    PyObject *type = import_once(state, IMPORT_UUID);

    if (type == NULL) {
        return -1;
    }
    if (PyObject_IsInstance(value, type) != 1) {
        if (!PyErr_Occurred()) {
            wrong_type(name, "a uuid.UUID", value);
        }
        goto done;
    }
    bytes = PyObject_GetAttrString(value, "bytes_le");
    if (bytes == NULL) {
        blame_member(name);
        goto done;
    }
    if (!PyBytes_Check(bytes) || PyBytes_Size(bytes) != sizeof(GUID)) {
        wrong_type(name, "a uuid.UUID with 16 bytes in bytes_le", value);
        goto done;
    }
    memcpy(guid, PyBytes_AsString(bytes), sizeof(GUID));
    status = 0;
done:
    Py_XDECREF(bytes);
    Py_DECREF(type);
    return status;
}

static PyObject *
guid_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    return guid_object(state, row + field->offset);
}

static int
guid_from_py(ipif_state *state, const ipif_field *field, PyObject *value, unsigned char *row)
{
    return read_guid(state, value, field->name, row + field->offset);
}

/* Return an ipaddress object for four bytes in network order. */
static PyObject *
ipv4_object(ipif_state *state, const void *address)
{
    PyObject *result = NULL;
    PyObject *type = import_once(state, IMPORT_IPV4_ADDRESS);

    if (type != NULL) {
        result = PyObject_CallFunction(type, "y#", (const char *)address, (Py_ssize_t)4);
    }
    Py_XDECREF(type);
    return result;
}

/* Return an ipaddress object for a SOCKADDR_INET (None when it holds no address); an IPv6 scope id
 * stays with it. */
static PyObject *
address_object(ipif_state *state, const SOCKADDR_INET *address)
{
    PyObject *type = NULL, *plain = NULL, *result = NULL;

    if (address->si_family == AF_INET) {
        return ipv4_object(state, &address->Ipv4.sin_addr);
    }
    if (address->si_family != AF_INET6) {
        return Py_NewRef(Py_None);
    }
    type = import_once(state, IMPORT_IPV6_ADDRESS);
    if (type == NULL) {
        goto done;
    }
    plain =
        PyObject_CallFunction(type, "y#", (const char *)&address->Ipv6.sin6_addr, (Py_ssize_t)16);
    if (plain == NULL || address->Ipv6.sin6_scope_id == 0) {
        result = Py_XNewRef(plain);
        goto done;
    }
    PyObject *text =
        PyUnicode_FromFormat("%S%%%lu", plain, (unsigned long)address->Ipv6.sin6_scope_id);
    if (text != NULL) {
        result = PyObject_CallFunctionObjArgs(type, text, NULL);
        Py_DECREF(text);
    }
done:
    Py_XDECREF(plain);
    Py_XDECREF(type);
    return result;
}

/* Read attributes of an ipaddress object: its version, and the bytes of packed.  Return 0, or -1
 * with an exception set. */
static int
read_packed(PyObject *address, const char *name, SOCKADDR_INET *result)
{
    int status = -1;
    char *bytes = NULL;
    Py_ssize_t length = 0;
    PyObject *packed = PyObject_GetAttrString(address, "packed");

    if (packed == NULL || PyBytes_AsStringAndSize(packed, &bytes, &length) < 0) {
        blame_member(name);
        goto done;
    }
    memset(result, 0, sizeof(*result));
    if (length == 4) {
        result->si_family = AF_INET;
        memcpy(&result->Ipv4.sin_addr, bytes, 4);
    }
    else if (length == 16) {
        result->si_family = AF_INET6;
        memcpy(&result->Ipv6.sin6_addr, bytes, 16);
    }
    else {
        PyErr_Format(PyExc_ValueError, "%s is no IP address", name);
        goto done;
    }
    status = 0;
done:
    Py_XDECREF(packed);
    return status;
}

/* The two sorts of ipaddress objects: how to make one of text, by which attribute one is known, and
 * what to say to people. */
typedef struct {
    ipif_import maker;
    const char *attribute;
    const char *what;
    const char *example;
} ipaddress_sort;

static const ipaddress_sort ADDRESS = {IMPORT_IP_ADDRESS, "packed", "address", "'8.8.8.8'"};
static const ipaddress_sort NETWORK = {IMPORT_IP_NETWORK, "prefixlen", "network", "'10.0.0.0/8'"};

/* Return a new reference to the ipaddress object that value is, or that value spells when it is a
 * str; NULL with an exception set. */
static PyObject *
ipaddress_from(ipif_state *state, PyObject *value, const char *name, const ipaddress_sort *sort)
{
    PyObject *result = NULL, *maker = NULL, *version = NULL, *mark = NULL;

    if (!PyUnicode_Check(value)) {
        /* Nothing but the classes of ipaddress has both attributes by accident. */
        version = PyObject_GetAttrString(value, "version");
        mark = version == NULL ? NULL : PyObject_GetAttrString(value, sort->attribute);
        if (mark != NULL) {
            result = Py_NewRef(value);
        }
        else if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
            char what[64];
            PyErr_Clear();
            PyOS_snprintf(what, sizeof(what), "an ipaddress %s or a str", sort->what);
            wrong_type(name, what, value);
        }
        else {
            blame_member(name);
        }
        goto done;
    }
    maker = import_once(state, sort->maker);
    if (maker == NULL) {
        goto done;
    }
    result = PyObject_CallFunctionObjArgs(maker, value, NULL);
    if (result == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError,
                     "%s must be an IP %s such as %s, not %R; names are not looked up", name,
                     sort->what, sort->example, value);
    }
done:
    Py_XDECREF(mark);
    Py_XDECREF(version);
    Py_XDECREF(maker);
    return result;
}

/* Read the scope id of an IPv6 address object (None, or decimal digits) into *scope.  Return 0, or
 * -1 with an exception set. */
static int
read_scope(PyObject *address, const char *name, ULONG *scope)
{
    int status = -1;
    uint64_t number = 0;
    Py_ssize_t length = 0;
    const char *digits = "";
    PyObject *text = PyObject_GetAttrString(address, "scope_id");

    if (text == NULL) {
        return blame_member(name);
    }
    if (PyUnicode_Check(text) && (digits = PyUnicode_AsUTF8AndSize(text, &length)) == NULL) {
        blame_member(name);
        goto done;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            length = 0;
        }
        else if (number <= UINT32_MAX) {
            number = number * 10 + (uint64_t)(digits[i] - '0');
        }
    }
    if (text != Py_None && length == 0) {
        PyErr_Format(PyExc_ValueError,
                     "the scope id of %s must be an interface index in digits, not %R", name, text);
        goto done;
    }
    if (number > UINT32_MAX) {
        PyErr_Format(PyExc_OverflowError,
                     "the scope id of %s must lie between 0 and 4294967295, not %.100U", name,
                     text);
        goto done;
    }
    *scope = (ULONG)number;
    status = 0;
done:
    Py_DECREF(text);
    return status;
}

/* Read an address, an ipaddress object or its text, into a SOCKADDR_INET.  Return 0, or -1 with an
 * exception set. */
static int
read_address(ipif_state *state, PyObject *value, const char *name, SOCKADDR_INET *result)
{
    int status = -1;
    ULONG scope = 0;
    PyObject *address = ipaddress_from(state, value, name, &ADDRESS);

    if (address == NULL || read_packed(address, name, result) < 0) {
        goto done;
    }
    if (result->si_family == AF_INET6) {
        if (read_scope(address, name, &scope) < 0) {
            goto done;
        }
        result->Ipv6.sin6_scope_id = scope;
    }
    status = 0;
done:
    Py_XDECREF(address);
    return status;
}

static PyObject *
address_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    SOCKADDR_INET address;

    memcpy(&address, row + field->offset, sizeof(address));
    return address_object(state, &address);
}

static int
address_from_py(ipif_state *state, const ipif_field *field, PyObject *value, unsigned char *row)
{
    SOCKADDR_INET address;

    if (read_address(state, value, field->name, &address) < 0) {
        return -1;
    }
    memcpy(row + field->offset, &address, sizeof(address));
    return 0;
}

static PyObject *
prefix_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    IP_ADDRESS_PREFIX prefix;
    PyObject *type, *result;
    int is_ipv4;

    memcpy(&prefix, row + field->offset, sizeof(prefix));
    is_ipv4 = prefix.Prefix.si_family == AF_INET;
    if (!is_ipv4 && prefix.Prefix.si_family != AF_INET6) {
        return Py_NewRef(Py_None);
    }
    type = import_once(state, is_ipv4 ? IMPORT_IPV4_NETWORK : IMPORT_IPV6_NETWORK);
    if (type == NULL) {
        return NULL;
    }
    /* The second argument says "not strict": a prefix with host bits is a route all the same. */
    result =
        PyObject_CallFunction(type, "(y#i)O",
                              is_ipv4 ? (const char *)&prefix.Prefix.Ipv4.sin_addr
                                      : (const char *)&prefix.Prefix.Ipv6.sin6_addr,
                              (Py_ssize_t)(is_ipv4 ? 4 : 16), (int)prefix.PrefixLength, Py_False);
    Py_DECREF(type);
    return result;
}

static int
prefix_from_py(ipif_state *state, const ipif_field *field, PyObject *value, unsigned char *row)
{
    int status = -1;
    uint64_t length;
    IP_ADDRESS_PREFIX prefix;
    PyObject *network = NULL, *base = NULL, *bits = NULL;

    memset(&prefix, 0, sizeof(prefix));
    network = ipaddress_from(state, value, field->name, &NETWORK);
    if (network == NULL) {
        goto done;
    }
    base = PyObject_GetAttrString(network, "network_address");
    bits = PyObject_GetAttrString(network, "prefixlen");
    if (base == NULL || bits == NULL) {
        blame_member(field->name);
        goto done;
    }
    if (read_packed(base, field->name, &prefix.Prefix) < 0 ||
        read_integer(bits, field->name, 0, 128, &length) < 0) {
        goto done;
    }
    prefix.PrefixLength = (UINT8)length;
    memcpy(row + field->offset, &prefix, sizeof(prefix));
    status = 0;
done:
    Py_XDECREF(bits);
    Py_XDECREF(base);
    Py_XDECREF(network);
    return status;
}

static PyObject *
ipv4_to_py(ipif_state *state, const ipif_field *field, const unsigned char *row)
{
    return ipv4_object(state, row + field->offset);
}

static int
ipv4_from_py(ipif_state *state, const ipif_field *field, PyObject *value, unsigned char *row)
{
    SOCKADDR_INET address;

    if (read_address(state, value, field->name, &address) < 0) {
        return -1;
    }
    if (address.si_family != AF_INET) {
        PyErr_Format(PyExc_ValueError, "%s must be an IPv4 address", field->name);
        return -1;
    }
    memcpy(row + field->offset, &address.Ipv4.sin_addr, 4);
    return 0;
}

/* The two columns, and the name that a kind has in Python.  in_template: equal bytes give equal
 * objects that may be shared, so the conversion may start from a ready dict; the others import a
 * Python class and are always made anew. */
static const struct {
    const char *name;
    to_py_function *to_py;
    from_py_function *from_py;
    int in_template;
} KINDS[KIND_COUNT] = {
    [KIND_FAMILY] = {"family", family_to_py, family_from_py, 1},
    [KIND_LUID] = {"luid", uint64_to_py, uint64_from_py, 1},
    [KIND_GUID] = {"guid", guid_to_py, guid_from_py, 0},
    [KIND_UINT8] = {"uint8", uint8_to_py, uint8_from_py, 1},
    [KIND_UINT32] = {"uint32", uint32_to_py, uint32_from_py, 1},
    [KIND_UINT64] = {"uint64", uint64_to_py, uint64_from_py, 1},
    [KIND_INT64] = {"int64", int64_to_py, int64_from_py, 1},
    [KIND_BOOL] = {"bool", bool_to_py, bool_from_py, 1},
    [KIND_FLAG] = {"flag", flag_to_py, flag_from_py, 1},
    [KIND_ENUM] = {"enum", enum_to_py, enum_from_py, 1},
    [KIND_OFFLOAD] = {"offload", uint8_to_py, uint8_from_py, 1},
    [KIND_ZONES] = {"uint32[16]", zones_to_py, zones_from_py, 1},
    [KIND_STRING] = {"str", string_to_py, string_from_py, 0},
    [KIND_BYTES] = {"bytes", bytes_to_py, bytes_from_py, 0},
    [KIND_ADDRESS] = {"address", address_to_py, address_from_py, 0},
    [KIND_PREFIX] = {"prefix", prefix_to_py, prefix_from_py, 0},
    [KIND_IPV4] = {"ipv4", ipv4_to_py, ipv4_from_py, 0},
};
