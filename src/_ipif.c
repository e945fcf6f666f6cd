/* _ipif: the IP Helper functions of netioapi.h for Python.
 *
 * The module, told as Python:
 *
 *     def get_ip_interface_entry(family, *, luid=0, index=0):
 *         row = MIB_IPINTERFACE_ROW(Family=family, InterfaceLuid=luid, InterfaceIndex=index)
 *         with gil_released:
 *             err = GetIpInterfaceEntry(row)
 *         if err:
 *             raise ipif._errors.from_win32(err, ...)
 *         return {name: to_python(row[offset]) for name, offset, to_python in IPINTERFACE_FIELDS}
 *
 *     def set_ip_interface_entry(row):
 *         given = {offset: from_python(row[name])
 *                  for name, offset, from_python in IPINTERFACE_FIELDS if name in row}
 *         with gil_released:
 *             InitializeIpInterfaceEntry(entry)     # every member now says "leave me as I am"
 *             entry.update(given)
 *             err = SetIpInterfaceEntry(entry)
 *         ...
 *
 * and so on for every function: one Python function for one Win32 function, its name in snake case.
 *
 * A structure is described once, in the field tables of _ipif_fields.h.  A kind (section "kinds")
 * owns the two functions that turn the bytes of a member into a Python object and back; section
 * "rows" walks the tables.  No function of this file names a member without need.
 *
 * Three rules hold everywhere:
 *   - The GIL is released around every system call, and nothing else happens there but plain C on
 *     local memory.
 *   - Everything that Python code can influence (__index__, a dict that changes) is read and
 *     converted before the first system call; an exception leaves Windows as it was.
 *   - Memory that Windows allocates goes back to FreeMibTable before the function that asked for it
 *     returns.
 *
 * The SitePrefixLength story.  For IPv4, GetIpInterfaceEntry hands out a SitePrefixLength of 64,
 * and SetIpInterfaceEntry answers ERROR_INVALID_PARAMETER unless it is 0 (the reference page of
 * SetIpInterfaceEntry says so; everybody who reads, changes and writes a row meets it).
 * set_ip_interface_entry passes on what it is given; update_ip_interface_entry, which reads the row
 * itself, writes 0.
 *
 * What "unchanged" is.  InitializeIpInterfaceEntry prepares a row in which every member means
 * "leave as it is"; nobody has published its bytes.  So this file never guesses them: it calls the
 * function and keeps whatever it wrote.  If the BOOLEANs come back as anything but 0xFF, a missing
 * member would silently write FALSE, and such a row is refused.
 *
 * Order of the file: includes, layout, state, errors, kinds, rows, arguments, IP interfaces, links,
 * addresses and routes, identity, notifications, description of the tables, module. */

/* ---- includes -------------------------------------------------------------------------------- */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* netioapi.h alone would make NETIO_STATUS an NTSTATUS and know no SOCKADDR_INET: this order is the
 * one that works. */
#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "_ipif_fields.h"
#include "_ipif_refs.h"

/* ---- layout ---------------------------------------------------------------------------------- */

/* The frozen layout, the same for 32 and 64 bits.  A compiler that disagrees must not build this
 * module. */
#define AT(structure, member, offset) \
    _Static_assert(offsetof(structure, member) == (offset), #structure "." #member " has moved")

_Static_assert(sizeof(MIB_IPINTERFACE_ROW) == 168, "MIB_IPINTERFACE_ROW has another size");
_Static_assert(sizeof(MIB_IF_ROW2) == 1352, "MIB_IF_ROW2 has another size");
_Static_assert(sizeof(MIB_IPFORWARD_ROW2) == 104, "MIB_IPFORWARD_ROW2 has another size");
_Static_assert(sizeof(MIB_IPFORWARDROW) == 56, "MIB_IPFORWARDROW has another size");
_Static_assert(sizeof(MIB_UNICASTIPADDRESS_ROW) == 80, "MIB_UNICASTIPADDRESS_ROW has another size");
_Static_assert(sizeof(SOCKADDR_INET) == 28 && sizeof(IP_ADDRESS_PREFIX) == 32,
               "SOCKADDR_INET has another size");
_Static_assert(sizeof(BOOLEAN) == 1 && sizeof(WCHAR) == 2 && sizeof(NET_LUID) == 8 &&
                   sizeof(GUID) == 16,
               "a basic type has another size");

AT(MIB_IPINTERFACE_ROW, InterfaceLuid, 8);
AT(MIB_IPINTERFACE_ROW, InterfaceIndex, 16);
AT(MIB_IPINTERFACE_ROW, InterfaceIdentifier, 24);
AT(MIB_IPINTERFACE_ROW, UseAutomaticMetric, 44);
AT(MIB_IPINTERFACE_ROW, RouterDiscoveryBehavior, 52);
AT(MIB_IPINTERFACE_ROW, ZoneIndices, 80);
AT(MIB_IPINTERFACE_ROW, SitePrefixLength, 144);
AT(MIB_IPINTERFACE_ROW, Metric, 148);
AT(MIB_IPINTERFACE_ROW, NlMtu, 152);
AT(MIB_IPINTERFACE_ROW, ReachableTime, 160);
AT(MIB_IPINTERFACE_ROW, DisableDefaultRoutes, 166);
AT(MIB_IPINTERFACE_TABLE, Table, 8);
AT(MIB_IF_ROW2, InterfaceAndOperStatusFlags, 1152);
AT(MIB_IF_ROW2, InOctets, 1208);
AT(MIB_IF_TABLE2, Table, 8);
AT(MIB_IPFORWARD_ROW2, DestinationPrefix, 12);
AT(MIB_IPFORWARD_ROW2, Metric, 84);
AT(MIB_IPFORWARD_TABLE2, Table, 8);
AT(MIB_UNICASTIPADDRESS_ROW, ScopeId, 68);
AT(MIB_UNICASTIPADDRESS_TABLE, Table, 8);
#undef AT

/* ---- state ----------------------------------------------------------------------------------- */

enum { TEMPLATES = 2 };        /* one for each family; structures without a family use the first */
enum { LIKELY_INDEXES = 256 }; /* the interface indexes that most interfaces have lie below */

/* Which of the fields 0..n-1 of a structure are meant: bit i stands for fields[i]. */
typedef uint64_t field_set;
_Static_assert(MOST_FIELDS <= 64, "field_set has too few bits");

enum { MEMBER_FAMILY = 0 }; /* the first field of MIB_IPINTERFACE_ROW */

/* All members of MIB_IPINTERFACE_ROW. */
static const field_set ALL_MEMBERS =
    ((field_set)1 << (sizeof(IPINTERFACE_FIELDS) / sizeof(IPINTERFACE_FIELDS[0]))) - 1;

/* A row is compared with a template word by word, without padding and without the members that are
 * converted anew in any case. */
typedef struct {
    uint64_t mask;        /* the bytes that count */
    uint64_t likely;      /* what they are in the template */
    uint16_t offset;      /* of the word in the row */
    uint8_t first, after; /* whose bytes they are: fields[first] to fields[after - 1] */
} compared_word;

/* A row, as words to compare with, and the dict that it converts to.  Conversion copies the dict
 * and touches only what differs. */
typedef struct {
    unsigned char *bytes;
    compared_word *words;
    size_t word_count;
    PyObject *dict;
    PyObject *values[MOST_FIELDS]; /* of the dict, borrowed; NULL: in no template */
} row_template;

/* What the templates of a structure have in common. */
typedef struct {
    uint64_t field_masks[MOST_FIELDS]; /* the bytes of a field in its word; all, when it has more */
    uint8_t always[MOST_FIELDS];       /* the fields that no template can hold */
    size_t always_count;
} comparison;

/* The names that arguments have, where they have one. */
typedef enum {
    KEYWORD_NONE, /* ends a list of them */
    KEYWORD_LUID,
    KEYWORD_INDEX,
    KEYWORD_SOURCE,
    KEYWORD_COUNT
} keyword;

static const char *const KEYWORDS[KEYWORD_COUNT] = {
    [KEYWORD_LUID] = "luid",
    [KEYWORD_INDEX] = "index",
    [KEYWORD_SOURCE] = "source",
};

/* What is imported on first use, because importing it takes longer than most programs need it. */
typedef enum {
    IMPORT_FROM_WIN32,
    IMPORT_SUGGEST,
    IMPORT_LUID,
    IMPORT_UUID,
    IMPORT_NIL_GUID,
    IMPORT_SAFETY_UNKNOWN,
    IMPORT_IP_ADDRESS,
    IMPORT_IP_NETWORK,
    IMPORT_IPV4_ADDRESS,
    IMPORT_IPV6_ADDRESS,
    IMPORT_IPV4_NETWORK,
    IMPORT_IPV6_NETWORK,
    IMPORT_COUNT
} ipif_import;

static const struct {
    const char *module, *attribute;
} IMPORTS[IMPORT_COUNT] = {
    [IMPORT_FROM_WIN32] = {"ipif._errors", "from_win32"},
    [IMPORT_SUGGEST] = {"ipif._errors", "suggest"},
    [IMPORT_LUID] = {"ipif._luid", "Luid"},
    [IMPORT_UUID] = {"uuid", "UUID"},
    [IMPORT_NIL_GUID] = {"ipif._guid", "NIL"},
    [IMPORT_SAFETY_UNKNOWN] = {"ipif._guid", "SAFETY_UNKNOWN"},
    [IMPORT_IP_ADDRESS] = {"ipaddress", "ip_address"},
    [IMPORT_IP_NETWORK] = {"ipaddress", "ip_network"},
    [IMPORT_IPV4_ADDRESS] = {"ipaddress", "IPv4Address"},
    [IMPORT_IPV6_ADDRESS] = {"ipaddress", "IPv6Address"},
    [IMPORT_IPV4_NETWORK] = {"ipaddress", "IPv4Network"},
    [IMPORT_IPV6_NETWORK] = {"ipaddress", "IPv6Network"},
};

typedef struct {
    PyObject *keys[STRUCTURE_COUNT][MOST_FIELDS]; /* member names, interned */
    PyObject *keywords[KEYWORD_COUNT];            /* KEYWORDS, interned */
    row_template templates[STRUCTURE_COUNT][TEMPLATES];
    comparison comparisons[STRUCTURE_COUNT];
    PyObject *likely_zones[LIKELY_INDEXES]; /* the ZoneIndices of an interface with that index */
    field_set metric, use_automatic_metric, site_prefix_length; /* these members */
    field_set settable; /* the members of MIB_IPINTERFACE_ROW that Set takes */
    PyObject *imports;  /* dict: path -> object, filled on first use */
    PyObject *import_paths[IMPORT_COUNT];
    PyObject *name_int, *name_is_safe; /* the attributes of uuid.UUID */
    PyObject *field_type;              /* struct sequence Field */
    PyObject *event_type;              /* struct sequence Event */
    long af_inet6;                     /* socket.AF_INET6 of this host; AF_INET is 2 everywhere */
} ipif_state;

static ipif_state *
get_state(PyObject *module)
{
    ipif_state *state = PyModule_GetState(module);
    assert(state != NULL);
    return state;
}

/* Return a new reference to the value of key in *value, or NULL there when the dict has none.
 * Return 0, or -1 with an exception set.  No method of a dict subclass is called. */
static int
dict_get(PyObject *dict, PyObject *key, PyObject **value)
{
#if Py_LIMITED_API + 0 >= 0x030D0000 || (!defined(Py_LIMITED_API) && PY_VERSION_HEX >= 0x030D0000)
    return PyDict_GetItemRef(dict, key, value) < 0 ? -1 : 0;
#else
    *value = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    return *value == NULL && PyErr_Occurred() ? -1 : 0;
#endif
}

/* While a dict of a caller is walked, no other thread may change it.  With a GIL that is so. */
#ifdef Py_GIL_DISABLED
#define BEGIN_DICT_LOCK(dict) Py_BEGIN_CRITICAL_SECTION(dict)
#define END_DICT_LOCK() Py_END_CRITICAL_SECTION()
#else
#define BEGIN_DICT_LOCK(dict)
#define END_DICT_LOCK()
#endif

/* Return a new reference to one of IMPORTS, imported on first use and remembered, or NULL with an
 * exception set. */
static PyObject *
import_once(ipif_state *state, ipif_import which)
{
    PyObject *result = NULL;

    if (dict_get(state->imports, state->import_paths[which], &result) < 0 || result != NULL) {
        return result;
    }
    PyObject *module = PyImport_ImportModule(IMPORTS[which].module);
    if (module != NULL) {
        result = PyObject_GetAttrString(module, IMPORTS[which].attribute);
        Py_DECREF(module);
    }
    if (result != NULL && PyDict_SetItem(state->imports, state->import_paths[which], result) < 0) {
        Py_CLEAR(result);
    }
    return result;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* Return the system's text for a Win32 error code as a new str without its closing full stop and
 * line end, or NULL with an exception set.  A code without a text gives "Windows Error 0x...", as
 * CPython says it. */
static PyObject *
win32_text(DWORD err)
{
    WCHAR text[512];
    DWORD length;

    Py_BEGIN_ALLOW_THREADS
        length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                err, 0, text, (DWORD)(sizeof(text) / sizeof(text[0])), NULL);
    Py_END_ALLOW_THREADS
    while (length > 0 && (text[length - 1] <= ' ' || text[length - 1] == '.')) {
        length--;
    }
    if (length == 0) {
        return PyUnicode_FromFormat("Windows Error 0x%x", (unsigned int)err);
    }
    int little_endian = -1;
    return PyUnicode_DecodeUTF16((const char *)text, (Py_ssize_t)(length * sizeof(WCHAR)),
                                 "replace", &little_endian);
}

/* What a call was about, for the exception that tells of its failure.  All references are borrowed
 * and may be NULL. */
typedef struct {
    const char *function; /* the Win32 name */
    PyObject *named_by;   /* what named the interface */
    PyObject *members;    /* tuple of the members that may be at fault */
    ADDRESS_FAMILY family;
} call_context;

/* Raise the exception for a failed call: the only place that makes one from a Win32 code.  Always
 * returns NULL. */
static PyObject *
raise_win32(ipif_state *state, DWORD err, const call_context *context)
{
    PyObject *exception = NULL, *members = NULL, *family = NULL;
    PyObject *from_win32 = import_once(state, IMPORT_FROM_WIN32);
    PyObject *text = from_win32 == NULL ? NULL : win32_text(err);

    if (from_win32 == NULL || text == NULL) {
        goto done;
    }
    members = context->members != NULL ? Py_NewRef(context->members) : PyTuple_New(0);
    family = context->family == AF_INET    ? PyUnicode_FromString("ipv4")
             : context->family == AF_INET6 ? PyUnicode_FromString("ipv6")
                                           : Py_NewRef(Py_None);
    if (members == NULL || family == NULL) {
        goto done;
    }
    exception = PyObject_CallFunction(
        from_win32, "kOsOOO", (unsigned long)err, text, context->function,
        context->named_by != NULL ? context->named_by : Py_None, family, members);
    if (exception != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    }
done:
    Py_XDECREF(exception);
    Py_XDECREF(family);
    Py_XDECREF(members);
    Py_XDECREF(text);
    Py_XDECREF(from_win32);
    return NULL;
}

/* Raise "<name> must be <what>, not <type of value>" as a TypeError.  Always returns -1. */
static int
wrong_type(const char *name, const char *what, PyObject *value)
{
    PyObject *type_name = PyType_GetName(Py_TYPE(value));

    if (type_name != NULL) {
        PyErr_Format(PyExc_TypeError, "%s must be %s, not %U", name, what, type_name);
        Py_DECREF(type_name);
    }
    return -1;
}

/* Replace an exception that user code raised while a value was read by a ValueError that names the
 * member and has the first as its cause.  A MemoryError, and anything that is no Exception
 * (KeyboardInterrupt), says nothing about the value and stays as it is.  Always returns -1. */
static int
blame_member(const char *name)
{
    PyObject *type, *value, *traceback, *new_type, *new_value, *new_traceback;

    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    PyErr_Format(PyExc_ValueError, "%s cannot be read: its value raised %S", name, type);
    PyErr_Fetch(&new_type, &new_value, &new_traceback);
    PyErr_NormalizeException(&new_type, &new_value, &new_traceback);
    PyException_SetCause(new_value, Py_NewRef(value));
    PyErr_Restore(new_type, new_value, new_traceback);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return -1;
}

/* ---- kinds ----------------------------------------------------------------------------------- */

/* From the bytes of a member to a Python object and back; KINDS is the table of both. */
#include "_ipif_kinds.h"

/* ---- rows ------------------------------------------------------------------------------------ */

/* From a row to a dict, by way of a template, and from a dict to a row. */
#include "_ipif_rows.h"

/* ---- arguments ------------------------------------------------------------------------------- */

enum { MOST_ARGUMENTS = 4 };

/* How a function is called: its positional parameters first, then those that are named. */
typedef struct {
    const char *function;
    int required;   /* positional parameters that must be there */
    int positional; /* positional parameters in all */
    keyword keywords[MOST_ARGUMENTS];
} signature;

/* Return which of the named parameters a name means, or -1.  The names in a program are interned,
 * so a look at the address tells nearly always. */
static int
find_keyword(const ipif_state *state, const signature *parameters, PyObject *name)
{
    const keyword *keywords = parameters->keywords;

    for (int k = 0; keywords[k] != KEYWORD_NONE; k++) {
        if (state->keywords[keywords[k]] == name) {
            return k;
        }
    }
    for (int k = 0; keywords[k] != KEYWORD_NONE; k++) {
        if (PyUnicode_CompareWithASCIIString(name, KEYWORDS[keywords[k]]) == 0) {
            return k;
        }
    }
    return -1;
}

/* Sort the arguments of a call into values, the positional ones first, then one for each keyword;
 * borrowed, NULL where absent.  Return 0, or -1 with TypeError set. */
static int
read_arguments(const ipif_state *state, const signature *parameters, PyObject *const *args,
               Py_ssize_t nargs, PyObject *kwnames, PyObject **values)
{
    Py_ssize_t named = kwnames == NULL ? 0 : PyTuple_Size(kwnames);

    memset(values, 0, MOST_ARGUMENTS * sizeof(*values));
    if (nargs < parameters->required || nargs > parameters->positional) {
        PyErr_Format(
            PyExc_TypeError, "%s() takes %s%d positional argument%s, not %zd", parameters->function,
            parameters->required == parameters->positional ? ""
            : nargs < parameters->required                 ? "at least "
                                                           : "at most ",
            nargs < parameters->required ? parameters->required : parameters->positional,
            (nargs < parameters->required ? parameters->required : parameters->positional) == 1
                ? ""
                : "s",
            nargs);
        return -1;
    }
    for (Py_ssize_t i = 0; i < nargs; i++) {
        values[i] = args[i];
    }
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *name = PyTuple_GetItem(kwnames, i);
        int k = find_keyword(state, parameters, name);
        if (k < 0) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R",
                         parameters->function, name);
            return -1;
        }
        values[parameters->positional + k] = args[nargs + i];
    }
    return 0;
}

/* An interface as an argument: both keys, of which the LUID wins when it is not 0. */
typedef struct {
    NET_LUID luid;
    NET_IFINDEX index;
} interface_key;

static int
read_luid(PyObject *value, const char *name, NET_LUID *luid)
{
    uint64_t number;

    if (read_integer(value, name, 0, UINT64_MAX, &number) < 0) {
        return -1;
    }
    luid->Value = number;
    return 0;
}

static int
read_index(PyObject *value, const char *name, NET_IFINDEX *index)
{
    uint64_t number;

    if (read_integer(value, name, 0, UINT32_MAX, &number) < 0) {
        return -1;
    }
    *index = (NET_IFINDEX)number;
    return 0;
}

/* Read luid= and index=; either may be NULL (absent).  Without required, both may be 0.  Return 0,
 * or -1 with an exception set. */
static int
read_key(const char *function, PyObject *luid, PyObject *index, int required, interface_key *key)
{
    memset(key, 0, sizeof(*key));
    if ((luid != NULL && read_luid(luid, "luid", &key->luid) < 0) ||
        (index != NULL && read_index(index, "index", &key->index) < 0)) {
        return -1;
    }
    if (required && key->luid.Value == 0 && key->index == 0) {
        PyErr_Format(PyExc_ValueError, "%s() needs luid or index: which interface?", function);
        return -1;
    }
    return 0;
}

/* Return what an exception shows of an interface: its index, or ("luid", value), or None; a new
 * reference. */
static PyObject *
key_object(NET_LUID luid, NET_IFINDEX index)
{
    if (luid.Value != 0) {
        return Py_BuildValue("sK", "luid", (unsigned long long)luid.Value);
    }
    return index != 0 ? PyLong_FromUnsignedLong(index) : Py_NewRef(Py_None);
}

/* Raise for a failed call about one interface.  Always returns NULL. */
static PyObject *
raise_for_key(ipif_state *state, DWORD err, const char *function, NET_LUID luid, NET_IFINDEX index,
              ADDRESS_FAMILY family)
{
    call_context context = {function, key_object(luid, index), NULL, family};

    if (context.named_by != NULL) {
        raise_win32(state, err, &context);
        Py_DECREF(context.named_by);
    }
    return NULL;
}

/* Raise for a failed call about no interface.  Always returns NULL. */
static PyObject *
raise_for_call(ipif_state *state, DWORD err, const char *function, ADDRESS_FAMILY family)
{
    call_context context = {function, NULL, NULL, family};

    return raise_win32(state, err, &context);
}

/* Read the arguments of a function that returns a table: the family, which is AF_UNSPEC when it is
 * not given.  Return 0, or -1 with an exception set. */
static int
read_table_family(ipif_state *state, const signature *parameters, PyObject *const *args,
                  Py_ssize_t nargs, ADDRESS_FAMILY *family)
{
    PyObject *values[MOST_ARGUMENTS];

    *family = AF_UNSPEC;
    if (read_arguments(state, parameters, args, nargs, NULL, values) < 0) {
        return -1;
    }
    return values[0] == NULL ? 0 : read_family(state, values[0], "family", 1, family);
}

/* Return the count rows of a table as a new list of dicts, or NULL with an exception set.  The
 * table goes back to Windows in any case. */
static PyObject *
table_to_list(ipif_state *state, ipif_structure_id id, void *table, const void *rows, size_t count)
{
    PyObject *result = rows_to_list(state, id, rows, count);

    Py_BEGIN_ALLOW_THREADS
        FreeMibTable(table);
    Py_END_ALLOW_THREADS
    return result;
}

/* ---- IP interfaces --------------------------------------------------------------------------- */

PyDoc_STRVAR(initialize_ip_interface_entry_doc,
             "initialize_ip_interface_entry($module, /)\n--\n\n"
             "Return the row that InitializeIpInterfaceEntry prepares: every member says \"leave "
             "as it is\".\n\n"
             "A member filled with ones reads None.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/"
             "nf-netioapi-initializeipinterfaceentry");

static PyObject *
py_initialize_ip_interface_entry(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    MIB_IPINTERFACE_ROW row;

    memset(&row, 0, sizeof(row));
    Py_BEGIN_ALLOW_THREADS
        InitializeIpInterfaceEntry(&row);
    Py_END_ALLOW_THREADS
    return initialized_row_to_dict(get_state(module), &row, ALL_MEMBERS);
}

PyDoc_STRVAR(
    get_ip_interface_entry_doc,
    "get_ip_interface_entry($module, family, /, *, luid=0, index=0)\n--\n\n"
    "Return the row of one interface and one family.  The LUID is used when it is not 0, else the "
    "index.\n\n"
    "Raises ipif.InterfaceNotFound (2), ipif.FamilyNotBound (1168), ipif.Error.\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfaceentry");

static PyObject *
py_get_ip_interface_entry(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames)
{
    static const signature parameters = {
        "get_ip_interface_entry", 1, 1, {KEYWORD_LUID, KEYWORD_INDEX}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    MIB_IPINTERFACE_ROW row;
    interface_key key;
    DWORD err;

    memset(&row, 0, sizeof(row));
    if (read_arguments(state, &parameters, args, nargs, kwnames, values) < 0 ||
        read_family(state, values[0], "family", 0, &row.Family) < 0 ||
        read_key(parameters.function, values[1], values[2], 1, &key) < 0) {
        return NULL;
    }
    row.InterfaceLuid = key.luid;
    row.InterfaceIndex = key.index;
    Py_BEGIN_ALLOW_THREADS
        err = GetIpInterfaceEntry(&row);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "GetIpInterfaceEntry", key.luid, key.index, row.Family);
    }
    return row_to_dict(state, IPINTERFACE_ROW, &row);
}

PyDoc_STRVAR(
    get_ip_interface_table_doc,
    "get_ip_interface_table($module, family=0, /)\n--\n\n"
    "Return the rows of all interfaces: of one family, or of both for socket.AF_UNSPEC.\n\n"
    "Raises ipif.FamilyNotBound (1168: no interface has the family), ipif.Error (50: the family is "
    "not installed).\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfacetable");

static PyObject *
py_get_ip_interface_table(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"get_ip_interface_table", 0, 1, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    MIB_IPINTERFACE_TABLE *table = NULL;
    ADDRESS_FAMILY family;
    DWORD err;

    if (read_table_family(state, &parameters, args, nargs, &family) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = GetIpInterfaceTable(family, &table);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_call(state, err, "GetIpInterfaceTable", family);
    }
    return table_to_list(state, IPINTERFACE_ROW, table, table->Table, table->NumEntries);
}

/* Raise for SetIpInterfaceEntry, with the key that the caller gave.  A row that Windows calls
 * invalid (87) is compared with the current one, so that the exception can name the members to look
 * at.  An IPv4 SitePrefixLength is one of them when it is not 0, and never when it is.  Always
 * returns NULL. */
static PyObject *
raise_for_set(ipif_state *state, DWORD err, const interface_key *key,
              const MIB_IPINTERFACE_ROW *row, const MIB_IPINTERFACE_ROW *initial)
{
    call_context context = {"SetIpInterfaceEntry", key_object(key->luid, key->index), NULL,
                            row->Family};
    MIB_IPINTERFACE_ROW current;
    field_set suspects = 0;
    DWORD get_err = err;

    if (err == ERROR_INVALID_PARAMETER) {
        memset(&current, 0, sizeof(current));
        current.Family = row->Family;
        current.InterfaceLuid = row->InterfaceLuid;
        current.InterfaceIndex = row->InterfaceIndex;
        Py_BEGIN_ALLOW_THREADS
            get_err = GetIpInterfaceEntry(&current);
        Py_END_ALLOW_THREADS
    }
    for (size_t i = 0; get_err == NO_ERROR && i < STRUCTURES[IPINTERFACE_ROW].count; i++) {
        const ipif_field *field = &IPINTERFACE_FIELDS[i];
        const unsigned char *wanted = (const unsigned char *)row + field->offset;
        int suspect =
            memcmp(wanted, (const unsigned char *)&current + field->offset, field->size) != 0 &&
            memcmp(wanted, (const unsigned char *)initial + field->offset, field->size) != 0;
        if (row->Family == AF_INET &&
            field->offset == offsetof(MIB_IPINTERFACE_ROW, SitePrefixLength)) {
            suspect = row->SitePrefixLength != 0 && row->SitePrefixLength != UINT32_MAX;
        }
        if (field->access == ACCESS_SETTABLE && suspect) {
            suspects |= (field_set)1 << i;
        }
    }
    context.members = member_names(state, suspects);
    if (context.named_by != NULL && context.members != NULL) {
        raise_win32(state, err, &context);
    }
    Py_XDECREF(context.members);
    Py_XDECREF(context.named_by);
    return NULL;
}

/* Set the given members of a row that names an interface, from what Initialize writes.  Return the
 * row as the call left it, a new dict, or NULL with an exception set. */
static PyObject *
set_members(ipif_state *state, const MIB_IPINTERFACE_ROW *members, field_set given)
{
    MIB_IPINTERFACE_ROW row, initial;
    field_set missing = ALL_MEMBERS & ~given;
    DWORD err = NO_ERROR;
    int refused;

    memset(&initial, 0, sizeof(initial));
    Py_BEGIN_ALLOW_THREADS
        InitializeIpInterfaceEntry(&initial);
        refused = (missing & state->settable) != 0 && !booleans_marked(&initial);
        if (!refused) {
            row = initial;
            copy_members(state, &row, members, given);
            err = SetIpInterfaceEntry(&row);
        }
    Py_END_ALLOW_THREADS
    if (refused) {
        PyObject *names = member_names(state, missing & state->settable);
        if (names != NULL) {
            PyErr_Format(PyExc_ValueError,
                         "InitializeIpInterfaceEntry does not mark members as unchanged on this "
                         "system, so these would be written as 0: %R; "
                         "start from the row of get_ip_interface_entry()",
                         names);
            Py_DECREF(names);
        }
        return NULL;
    }
    if (err != NO_ERROR) {
        const interface_key key = {members->InterfaceLuid, members->InterfaceIndex};
        return raise_for_set(state, err, &key, &row, &initial);
    }
    return initialized_row_to_dict(state, &row, missing);
}

PyDoc_STRVAR(
    set_ip_interface_entry_doc,
    "set_ip_interface_entry($module, row, /)\n--\n\n"
    "Set the properties of one interface and one family; return the row as the call left it.\n\n"
    "row is a dict of members.  Family and InterfaceLuid or InterfaceIndex name the interface; a "
    "member that is missing or None\n"
    "keeps what InitializeIpInterfaceEntry writes and so stays as it is.  Where Initialize does "
    "not mark the members so, a row\n"
    "with missing members is refused (ValueError) before the call.  For IPv4, SitePrefixLength "
    "must be 0 or missing.\n\n"
    "Raises ipif.AccessDenied (5), ipif.InterfaceNotFound (2), ipif.FamilyNotBound (1168), "
    "ipif.InvalidRow (87), ipif.Error;\n"
    "TypeError, OverflowError or ValueError for a bad member, before any call.\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry");

static PyObject *
py_set_ip_interface_entry(PyObject *module, PyObject *row_object)
{
    ipif_state *state = get_state(module);
    MIB_IPINTERFACE_ROW members;
    field_set given = 0;

    memset(&members, 0, sizeof(members));
    if (!PyDict_Check(row_object)) {
        wrong_type("row", "a dict", row_object);
        return NULL;
    }
    if (row_from_dict(state, IPINTERFACE_ROW, row_object, (unsigned char *)&members, &given) < 0) {
        return NULL;
    }
    if (members.Family == AF_UNSPEC) {
        PyErr_SetString(PyExc_ValueError,
                        "the row has no Family: socket.AF_INET or socket.AF_INET6");
        return NULL;
    }
    if (members.InterfaceLuid.Value == 0 && members.InterfaceIndex == 0) {
        PyErr_SetString(PyExc_ValueError,
                        "the row has neither InterfaceLuid nor InterfaceIndex: which interface?");
        return NULL;
    }
    return set_members(state, &members, given);
}

/* Return whether Set would do what a row says: both keys name the same interface, and no new Metric
 * would be dropped in silence because the metric is and stays automatic. */
static int
is_understood(const ipif_state *state, const MIB_IPINTERFACE_ROW *members, field_set given,
              const MIB_IPINTERFACE_ROW *current)
{
    int both_keys = members->InterfaceLuid.Value != 0 && members->InterfaceIndex != 0;
    int stays_automatic =
        current->UseAutomaticMetric &&
        !((given & state->use_automatic_metric) != 0 && !members->UseAutomaticMetric);

    return (!both_keys || members->InterfaceIndex == current->InterfaceIndex) &&
           (!stays_automatic || (given & state->metric) == 0 || members->Metric == UINT32_MAX ||
            members->Metric == current->Metric);
}

PyDoc_STRVAR(
    set_legal_row_doc,
    "set_legal_row($module, row, /)\n--\n\n"
    "Do what ipif.set_interface does when there is nothing to say about the row: get the current "
    "row, write SitePrefixLength 0 for IPv4, set.\n\n"
    "Return the row as the call left it, or None when the row is not good at first sight, when its "
    "keys disagree, or when Windows would drop its Metric; then nothing has been set.");

static PyObject *
py_set_legal_row(PyObject *module, PyObject *row_object)
{
    ipif_state *state = get_state(module);
    collected given_members = {.count = 0};
    PyObject *unknown = NULL, *result = NULL;
    MIB_IPINTERFACE_ROW members, current;
    field_set given = 0;
    DWORD err;

    memset(&members, 0, sizeof(members));
    memset(&current, 0, sizeof(current));
    if (!PyDict_Check(row_object)) {
        Py_RETURN_NONE;
    }
    unknown = collect_members(state, IPINTERFACE_ROW, row_object, &given_members);
    if (unknown != NULL || legal_family(state, &given_members) == AF_UNSPEC) {
        result = Py_NewRef(Py_None);
        goto done;
    }
    if (row_from_members(state, IPINTERFACE_ROW, &given_members, (unsigned char *)&members,
                         &given) < 0) {
        goto done;
    }
    current.Family = members.Family;
    current.InterfaceLuid = members.InterfaceLuid;
    current.InterfaceIndex = members.InterfaceIndex;
    Py_BEGIN_ALLOW_THREADS
        err = GetIpInterfaceEntry(&current);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        raise_for_key(state, err, "GetIpInterfaceEntry", members.InterfaceLuid,
                      members.InterfaceIndex, members.Family);
        goto done;
    }
    if (!is_understood(state, &members, given, &current)) {
        result = Py_NewRef(Py_None);
        goto done;
    }
    if (members.Family == AF_INET) {
        members.SitePrefixLength = 0;
        given |= state->site_prefix_length;
    }
    result = set_members(state, &members, given);
done:
    Py_XDECREF(unknown);
    release_members(&given_members);
    return result;
}

PyDoc_STRVAR(
    update_ip_interface_entry_doc,
    "update_ip_interface_entry($module, family, changes, /, *, luid=0, index=0)\n--\n\n"
    "Get the row of one interface and one family, change members, set it; nothing else happens in "
    "between.\n\n"
    "changes is a dict of settable members; None means \"leave as it is\".  For IPv4, "
    "SitePrefixLength is written as 0, as Set wants it.\n\n"
    "Raises what get_ip_interface_entry and set_ip_interface_entry raise; .function says which "
    "call failed.\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry");

static PyObject *
py_update_ip_interface_entry(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const signature parameters = {
        "update_ip_interface_entry", 2, 2, {KEYWORD_LUID, KEYWORD_INDEX}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    MIB_IPINTERFACE_ROW row, changes, current;
    interface_key key;
    field_set given = 0;
    DWORD get_err, set_err = NO_ERROR;

    memset(&row, 0, sizeof(row));
    memset(&changes, 0, sizeof(changes));
    if (read_arguments(state, &parameters, args, nargs, kwnames, values) < 0 ||
        read_family(state, values[0], "family", 0, &row.Family) < 0 ||
        read_key(parameters.function, values[2], values[3], 1, &key) < 0) {
        return NULL;
    }
    if (!PyDict_Check(values[1])) {
        wrong_type("changes", "a dict", values[1]);
        return NULL;
    }
    if (row_from_dict(state, IPINTERFACE_ROW, values[1], (unsigned char *)&changes, &given) < 0) {
        return NULL;
    }
    if ((given & ~state->settable) != 0) {
        size_t i = 0;
        while (!((given & ~state->settable) >> i & 1)) {
            i++;
        }
        PyErr_Format(PyExc_ValueError, "%s cannot be changed: it is %s", IPINTERFACE_FIELDS[i].name,
                     IPINTERFACE_FIELDS[i].access == ACCESS_KEY ? "a key" : "read-only");
        return NULL;
    }
    row.InterfaceLuid = key.luid;
    row.InterfaceIndex = key.index;
    Py_BEGIN_ALLOW_THREADS
        get_err = GetIpInterfaceEntry(&row);
        if (get_err == NO_ERROR) {
            current = row;
            if (row.Family == AF_INET) {
                row.SitePrefixLength = 0;
            }
            copy_members(state, &row, &changes, given);
            set_err = SetIpInterfaceEntry(&row);
        }
    Py_END_ALLOW_THREADS
    if (get_err != NO_ERROR) {
        return raise_for_key(state, get_err, "GetIpInterfaceEntry", key.luid, key.index,
                             row.Family);
    }
    if (set_err != NO_ERROR) {
        return raise_for_set(state, set_err, &key, &row, &current);
    }
    Py_RETURN_NONE;
}

/* ---- links ----------------------------------------------------------------------------------- */

PyDoc_STRVAR(get_if_entry2_doc,
             "get_if_entry2($module, /, *, luid=0, index=0)\n--\n\n"
             "Return the MIB_IF_ROW2 of one interface.  The LUID is used when it is not 0, else "
             "the index.\n\n"
             "Raises ipif.InterfaceNotFound (2), ipif.Error.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getifentry2");

static PyObject *
py_get_if_entry2(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const signature parameters = {"get_if_entry2", 0, 0, {KEYWORD_LUID, KEYWORD_INDEX}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    MIB_IF_ROW2 row;
    interface_key key;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, kwnames, values) < 0 ||
        read_key(parameters.function, values[0], values[1], 1, &key) < 0) {
        return NULL;
    }
    memset(&row, 0, sizeof(row));
    row.InterfaceLuid = key.luid;
    row.InterfaceIndex = key.index;
    Py_BEGIN_ALLOW_THREADS
        err = GetIfEntry2(&row);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "GetIfEntry2", key.luid, key.index, AF_UNSPEC);
    }
    return row_to_dict(state, IF_ROW2, &row);
}

/* The SDK's MibIfTableNormalWithoutStatistics, which the headers of mingw-w64 lack. */
enum { IF_TABLE_NORMAL_WITHOUT_STATISTICS = 2 };

PyDoc_STRVAR(
    get_if_table2_doc,
    "get_if_table2($module, level=0, /)\n--\n\n"
    "Return the MIB_IF_ROW2 of all interfaces, filter modules and disconnected ones among them.\n\n"
    "level is 0 (MibIfTableNormal), 1 (MibIfTableRaw) or 2 (MibIfTableNormalWithoutStatistics: the "
    "counters are 0; where Windows\n"
    "does not know it, before version 1703 of Windows 10, level 0 is asked).\n\n"
    "Raises ValueError for another level, ipif.Error.\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getiftable2ex");

static PyObject *
py_get_if_table2(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"get_if_table2", 0, 1, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    MIB_IF_TABLE2 *table = NULL;
    uint64_t level = MibIfTableNormal;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        (values[0] != NULL && read_integer(values[0], "level", 0, UINT32_MAX, &level) < 0)) {
        return NULL;
    }
    if (level > IF_TABLE_NORMAL_WITHOUT_STATISTICS) {
        PyErr_SetString(PyExc_ValueError, "level must be 0 (MibIfTableNormal), 1 (MibIfTableRaw) "
                                          "or 2 (MibIfTableNormalWithoutStatistics)");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = GetIfTable2Ex((MIB_IF_TABLE_LEVEL)level, &table);
        if (err == ERROR_INVALID_PARAMETER && level == IF_TABLE_NORMAL_WITHOUT_STATISTICS) {
            err = GetIfTable2Ex(MibIfTableNormal, &table);
        }
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_call(state, err, "GetIfTable2Ex", AF_UNSPEC);
    }
    return table_to_list(state, IF_ROW2, table, table->Table, table->NumEntries);
}

/* ---- addresses and routes -------------------------------------------------------------------- */

PyDoc_STRVAR(
    get_unicast_ip_address_table_doc,
    "get_unicast_ip_address_table($module, family=0, /)\n--\n\n"
    "Return the unicast addresses of all interfaces: of one family, or of both for "
    "socket.AF_UNSPEC.\n\n"
    "Raises ipif.FamilyNotBound (1168), ipif.Error (50: the family is not installed).\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getunicastipaddresstable");

static PyObject *
py_get_unicast_ip_address_table(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"get_unicast_ip_address_table", 0, 1, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    MIB_UNICASTIPADDRESS_TABLE *table = NULL;
    ADDRESS_FAMILY family;
    DWORD err;

    if (read_table_family(state, &parameters, args, nargs, &family) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = GetUnicastIpAddressTable(family, &table);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_call(state, err, "GetUnicastIpAddressTable", family);
    }
    return table_to_list(state, UNICASTIPADDRESS_ROW, table, table->Table, table->NumEntries);
}

PyDoc_STRVAR(
    get_ip_forward_table2_doc,
    "get_ip_forward_table2($module, family=0, /)\n--\n\n"
    "Return the routes: of one family, or of both for socket.AF_UNSPEC.\n\n"
    "Raises ipif.FamilyNotBound (1168), ipif.Error (50: the family is not installed).\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipforwardtable2");

static PyObject *
py_get_ip_forward_table2(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"get_ip_forward_table2", 0, 1, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    MIB_IPFORWARD_TABLE2 *table = NULL;
    ADDRESS_FAMILY family;
    DWORD err;

    if (read_table_family(state, &parameters, args, nargs, &family) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = GetIpForwardTable2(family, &table);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_call(state, err, "GetIpForwardTable2", family);
    }
    return table_to_list(state, IPFORWARD_ROW2, table, table->Table, table->NumEntries);
}

PyDoc_STRVAR(
    get_best_route_doc,
    "get_best_route($module, destination, source=None, /)\n--\n\n"
    "Return the MIB_IPFORWARDROW of the best route to an IPv4 destination.\n\n"
    "Addresses are ipaddress.IPv4Address objects or str.  dwForwardMetric1 is the metric of the "
    "route and of its interface together.\n\n"
    "Raises ipif.Error (1231: nothing leads there); TypeError or ValueError for a bad address.\n"
    "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getbestroute");

static PyObject *
py_get_best_route(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"get_best_route", 1, 2, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    SOCKADDR_INET addresses[2];
    static const char *const names[2] = {"destination", "source"};
    DWORD numbers[2] = {0, 0};
    MIB_IPFORWARDROW row;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0) {
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        if (values[i] == NULL || (i == 1 && values[i] == Py_None)) {
            continue;
        }
        if (read_address(state, values[i], names[i], &addresses[i]) < 0) {
            return NULL;
        }
        if (addresses[i].si_family != AF_INET) {
            PyErr_Format(PyExc_ValueError,
                         "%s must be an IPv4 address; get_best_route2() knows IPv6", names[i]);
            return NULL;
        }
        memcpy(&numbers[i], &addresses[i].Ipv4.sin_addr, sizeof(numbers[i]));
    }
    memset(&row, 0, sizeof(row));
    Py_BEGIN_ALLOW_THREADS
        err = GetBestRoute(numbers[0], numbers[1], &row);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_call(state, err, "GetBestRoute", AF_INET);
    }
    return row_to_dict(state, IPFORWARDROW, &row);
}

PyDoc_STRVAR(get_best_route2_doc,
             "get_best_route2($module, destination, /, *, source=None, luid=0, index=0)\n--\n\n"
             "Return the MIB_IPFORWARD_ROW2 of the best route to a destination, and the source "
             "address that Windows would use.\n\n"
             "Addresses are ipaddress objects or str.  source or luid or index restrict the search "
             "to one interface.\n\n"
             "Raises ipif.InterfaceNotFound (2), ipif.Error (1231: nothing leads there; 50: the "
             "family is not installed);\n"
             "TypeError, OverflowError or ValueError for a bad argument.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getbestroute2");

static PyObject *
py_get_best_route2(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const signature parameters = {
        "get_best_route2", 1, 1, {KEYWORD_SOURCE, KEYWORD_LUID, KEYWORD_INDEX}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS], *route, *address;
    SOCKADDR_INET destination, source, best_source;
    MIB_IPFORWARD_ROW2 row;
    interface_key key;
    int has_source;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, kwnames, values) < 0 ||
        read_address(state, values[0], "destination", &destination) < 0) {
        return NULL;
    }
    has_source = values[1] != NULL && values[1] != Py_None;
    if (has_source) {
        if (read_address(state, values[1], "source", &source) < 0) {
            return NULL;
        }
        if (source.si_family != destination.si_family) {
            PyErr_SetString(PyExc_ValueError, "source must be of the family of destination");
            return NULL;
        }
    }
    if (read_key(parameters.function, values[2], values[3], 0, &key) < 0) {
        return NULL;
    }
    memset(&row, 0, sizeof(row));
    memset(&best_source, 0, sizeof(best_source));
    Py_BEGIN_ALLOW_THREADS
        err = GetBestRoute2(key.luid.Value != 0 ? &key.luid : NULL, key.index,
                            has_source ? &source : NULL, &destination, 0, &row, &best_source);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "GetBestRoute2", key.luid, key.index,
                             destination.si_family);
    }
    route = row_to_dict(state, IPFORWARD_ROW2, &row);
    address = route == NULL ? NULL : address_object(state, &best_source);
    if (address == NULL) {
        Py_XDECREF(route);
        return NULL;
    }
    return Py_BuildValue("NN", route, address);
}

/* ---- identity -------------------------------------------------------------------------------- */

/* Raise for a failed conversion of an interface that Python named by an object.  Always returns
 * NULL. */
static PyObject *
raise_for_object(ipif_state *state, DWORD err, const char *function, PyObject *named_by)
{
    call_context context = {function, named_by, NULL, AF_UNSPEC};

    return raise_win32(state, err, &context);
}

PyDoc_STRVAR(convert_interface_index_to_luid_doc,
             "convert_interface_index_to_luid($module, index, /)\n--\n\n"
             "Return the LUID of the interface with an index.  Raises ipif.InterfaceNotFound.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/"
             "nf-netioapi-convertinterfaceindextoluid");

static PyObject *
py_convert_interface_index_to_luid(PyObject *module, PyObject *value)
{
    ipif_state *state = get_state(module);
    NET_IFINDEX index;
    NET_LUID luid;
    DWORD err;

    luid.Value = 0;
    if (read_index(value, "index", &index) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = ConvertInterfaceIndexToLuid(index, &luid);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_object(state, err, "ConvertInterfaceIndexToLuid", value);
    }
    return PyLong_FromUnsignedLongLong(luid.Value);
}

PyDoc_STRVAR(convert_interface_luid_to_index_doc,
             "convert_interface_luid_to_index($module, luid, /)\n--\n\n"
             "Return the index of the interface with a LUID.  Raises ipif.InterfaceNotFound.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/"
             "nf-netioapi-convertinterfaceluidtoindex");

static PyObject *
py_convert_interface_luid_to_index(PyObject *module, PyObject *value)
{
    ipif_state *state = get_state(module);
    NET_IFINDEX index = 0;
    NET_LUID luid;
    DWORD err;

    if (read_luid(value, "luid", &luid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = ConvertInterfaceLuidToIndex(&luid, &index);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "ConvertInterfaceLuidToIndex", luid, 0, AF_UNSPEC);
    }
    return PyLong_FromUnsignedLong(index);
}

PyDoc_STRVAR(convert_interface_alias_to_luid_doc,
             "convert_interface_alias_to_luid($module, alias, /)\n--\n\n"
             "Return the LUID of the interface with an alias (the name that users see; at most 256 "
             "characters).\n\n"
             "Raises ipif.InterfaceNotFound; ValueError for a name that no interface can have.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/"
             "nf-netioapi-convertinterfacealiastoluid");

static PyObject *
py_convert_interface_alias_to_luid(PyObject *module, PyObject *value)
{
    ipif_state *state = get_state(module);
    WCHAR alias[IF_MAX_STRING_SIZE + 1];
    NET_LUID luid;
    DWORD err;

    luid.Value = 0;
    if (read_wide(value, "alias", alias, sizeof(alias) / sizeof(alias[0])) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = ConvertInterfaceAliasToLuid(alias, &luid);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_object(state, err, "ConvertInterfaceAliasToLuid", value);
    }
    return PyLong_FromUnsignedLongLong(luid.Value);
}

PyDoc_STRVAR(convert_interface_luid_to_alias_doc,
             "convert_interface_luid_to_alias($module, luid, /)\n--\n\n"
             "Return the alias (the name that users see) of the interface with a LUID.  Raises "
             "ipif.InterfaceNotFound.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/"
             "nf-netioapi-convertinterfaceluidtoalias");

static PyObject *
py_convert_interface_luid_to_alias(PyObject *module, PyObject *value)
{
    ipif_state *state = get_state(module);
    WCHAR alias[IF_MAX_STRING_SIZE + 1] = {0};
    NET_LUID luid;
    DWORD err;

    if (read_luid(value, "luid", &luid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = ConvertInterfaceLuidToAlias(&luid, alias, sizeof(alias) / sizeof(alias[0]));
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "ConvertInterfaceLuidToAlias", luid, 0, AF_UNSPEC);
    }
    return wide_object((const unsigned char *)alias, sizeof(alias) / sizeof(alias[0]));
}

PyDoc_STRVAR(
    convert_interface_guid_to_luid_doc,
    "convert_interface_guid_to_luid($module, guid, /)\n--\n\n"
    "Return the LUID of the interface with a GUID (a uuid.UUID).  Raises ipif.InterfaceNotFound.\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/"
    "nf-netioapi-convertinterfaceguidtoluid");

static PyObject *
py_convert_interface_guid_to_luid(PyObject *module, PyObject *value)
{
    ipif_state *state = get_state(module);
    GUID guid;
    NET_LUID luid;
    DWORD err;

    luid.Value = 0;
    if (read_guid(state, value, "guid", (unsigned char *)&guid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = ConvertInterfaceGuidToLuid(&guid, &luid);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_object(state, err, "ConvertInterfaceGuidToLuid", value);
    }
    return PyLong_FromUnsignedLongLong(luid.Value);
}

PyDoc_STRVAR(
    convert_interface_luid_to_guid_doc,
    "convert_interface_luid_to_guid($module, luid, /)\n--\n\n"
    "Return the GUID of the interface with a LUID, a uuid.UUID.  Raises ipif.InterfaceNotFound.\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/"
    "nf-netioapi-convertinterfaceluidtoguid");

static PyObject *
py_convert_interface_luid_to_guid(PyObject *module, PyObject *value)
{
    ipif_state *state = get_state(module);
    GUID guid;
    NET_LUID luid;
    DWORD err;

    memset(&guid, 0, sizeof(guid));
    if (read_luid(value, "luid", &luid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = ConvertInterfaceLuidToGuid(&luid, &guid);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "ConvertInterfaceLuidToGuid", luid, 0, AF_UNSPEC);
    }
    return guid_object(state, (const unsigned char *)&guid);
}

PyDoc_STRVAR(convert_interface_luid_to_name_doc,
             "convert_interface_luid_to_name($module, luid, /)\n--\n\n"
             "Return the name of the interface with a LUID, such as 'ethernet_32769'.  Raises "
             "ipif.InterfaceNotFound.\n"
             "https://learn.microsoft.com/windows/win32/api/netioapi/"
             "nf-netioapi-convertinterfaceluidtonamew");

static PyObject *
py_convert_interface_luid_to_name(PyObject *module, PyObject *value)
{
    ipif_state *state = get_state(module);
    WCHAR name[IF_MAX_STRING_SIZE + 1] = {0};
    NET_LUID luid;
    DWORD err;

    if (read_luid(value, "luid", &luid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = ConvertInterfaceLuidToNameW(&luid, name, sizeof(name) / sizeof(name[0]));
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "ConvertInterfaceLuidToNameW", luid, 0, AF_UNSPEC);
    }
    return wide_object((const unsigned char *)name, sizeof(name) / sizeof(name[0]));
}

/* ---- notifications --------------------------------------------------------------------------- */

/* The ring that the callback fills, its lock and its gate. */
#include "_ipif_watch.h"

PyDoc_STRVAR(
    watch_open_doc,
    "watch_open($module, family, initial, capacity, /)\n--\n\n"
    "Register for changes and return the capsule that the other watch functions take.\n\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange");

enum { WATCH_MOST_EVENTS = 1 << 24 };

static PyObject *
py_watch_open(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"watch_open", 3, 3, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS], *capsule;
    ADDRESS_FAMILY family;
    uint64_t capacity;
    BOOLEAN initial;
    HANDLE handle = NULL;
    watch *self;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        read_family(state, values[0], "family", 1, &family) < 0) {
        return NULL;
    }
    if (!PyBool_Check(values[1])) {
        wrong_type("initial", "a bool", values[1]);
        return NULL;
    }
    initial = values[1] == Py_True;
    if (read_integer(values[2], "capacity", 1, WATCH_MOST_EVENTS, &capacity) < 0) {
        return NULL;
    }
    self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return PyErr_NoMemory();
    }
    self->capacity = (size_t)capacity;
    self->ring = calloc(self->capacity, sizeof(*self->ring));
    self->lock = PyThread_allocate_lock();
    self->gate = PyThread_allocate_lock();
    if (self->gate != NULL) {
        PyThread_acquire_lock(self->gate, WAIT_LOCK);
    }
    if (self->ring == NULL || self->lock == NULL || self->gate == NULL) {
        watch_free(self);
        return PyErr_NoMemory();
    }
    capsule = PyCapsule_New(self, WATCH_CAPSULE, watch_destroy);
    if (capsule == NULL) {
        watch_free(self);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = NotifyIpInterfaceChange(family, watch_callback, self, initial, &handle);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        Py_DECREF(capsule);
        return raise_for_call(state, err, "NotifyIpInterfaceChange", family);
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    self->handle = handle;
    PyThread_release_lock(self->lock);
    return capsule;
}

/* Return the event as a new Event, or NULL with an exception set. */
static PyObject *
event_object(ipif_state *state, const watch_event *event)
{
    PyObject *result = PyStructSequence_New((PyTypeObject *)state->event_type);
    PyObject *luid = import_once(state, IMPORT_LUID); /* an int that names an interface as it is */
    PyObject *members[4];

    if (result == NULL || luid == NULL) {
        Py_XDECREF(luid);
        Py_XDECREF(result);
        return NULL;
    }
    members[0] = PyLong_FromLong((long)event->type);
    if (event->type == MibInitialNotification) {
        members[1] = Py_NewRef(Py_None);
        members[2] = Py_NewRef(Py_None);
        members[3] = Py_NewRef(Py_None);
    }
    else {
        members[1] = family_object(state, event->family);
        members[2] = PyObject_CallFunction(luid, "K", (unsigned long long)event->luid.Value);
        members[3] = PyLong_FromUnsignedLong(event->index);
    }
    Py_DECREF(luid);
    for (Py_ssize_t i = 0; i < 4; i++) {
        if (members[i] == NULL) {
            Py_CLEAR(result);
        }
    }
    for (Py_ssize_t i = 0; i < 4; i++) {
        if (result != NULL) {
            PyStructSequence_SetItem(result, i, members[i]);
        }
        else {
            Py_XDECREF(members[i]);
        }
    }
    return result;
}

/* Read the two arguments of watch_get and watch_wait.  Return the watch, borrowed from its capsule,
 * and the time in *microseconds; or NULL with an exception set. */
static watch *
read_watch_and_seconds(const ipif_state *state, const signature *parameters, PyObject *const *args,
                       Py_ssize_t nargs, PY_TIMEOUT_T *microseconds)
{
    PyObject *values[MOST_ARGUMENTS];
    double seconds;
    watch *self;

    if (read_arguments(state, parameters, args, nargs, NULL, values) < 0) {
        return NULL;
    }
    self = PyCapsule_GetPointer(values[0], WATCH_CAPSULE);
    seconds = self == NULL ? -1.0 : PyFloat_AsDouble(values[1]);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (!(seconds >= 0.0 && seconds <= 3600.0)) {
        PyErr_SetString(PyExc_ValueError, "seconds must lie between 0 and 3600");
        return NULL;
    }
    *microseconds = (PY_TIMEOUT_T)(seconds * 1e6);
    return self;
}

PyDoc_STRVAR(watch_get_doc, "watch_get($module, watch, seconds, /)\n--\n\n"
                            "Return the next Event, or None when none has come within seconds (at "
                            "most 3600; a float or int).\n\n"
                            "Raises ValueError when the watch is closed and its ring is empty.");

static PyObject *
py_watch_get(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"watch_get", 2, 2, {KEYWORD_NONE}};
    watch_event event;
    watch_sight sight;
    PY_TIMEOUT_T microseconds;
    PyLockStatus status;
    watch *self =
        read_watch_and_seconds(get_state(module), &parameters, args, nargs, &microseconds);

    if (self == NULL) {
        return NULL;
    }
    memset(&event, 0, sizeof(event));
    Py_BEGIN_ALLOW_THREADS
        status = watch_look(self, microseconds, &event, &sight);
    Py_END_ALLOW_THREADS
    if (status == PY_LOCK_INTR && PyErr_CheckSignals() < 0) {
        return NULL;
    }
    if (sight == WATCH_EVENT) {
        return event_object(get_state(module), &event);
    }
    if (sight == WATCH_END) {
        PyErr_SetString(PyExc_ValueError, "the watch is closed");
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(watch_wait_doc,
             "watch_wait($module, watch, seconds, /)\n--\n\n"
             "Return whether watch_get would have something to say at once, an event or the end; "
             "wait for that for seconds (at most 3600).");

static PyObject *
py_watch_wait(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"watch_wait", 2, 2, {KEYWORD_NONE}};
    watch_sight sight;
    PY_TIMEOUT_T microseconds;
    PyLockStatus status;
    watch *self =
        read_watch_and_seconds(get_state(module), &parameters, args, nargs, &microseconds);

    if (self == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        status = watch_look(self, microseconds, NULL, &sight);
    Py_END_ALLOW_THREADS
    if (status == PY_LOCK_INTR && PyErr_CheckSignals() < 0) {
        return NULL;
    }
    return PyBool_FromLong(sight != WATCH_NOTHING);
}

PyDoc_STRVAR(watch_lost_doc,
             "watch_lost($module, watch, /)\n--\n\n"
             "Return how many events did not fit into the ring, also after watch_close.");

static PyObject *
py_watch_lost(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    uint64_t lost;
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    if (self == NULL) {
        return NULL;
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    lost = self->lost;
    PyThread_release_lock(self->lock);
    return PyLong_FromUnsignedLongLong(lost);
}

PyDoc_STRVAR(
    watch_close_doc,
    "watch_close($module, watch, /)\n--\n\n"
    "Cancel the registration and wake everybody who waits.  Events that have arrived can still be "
    "read.\n\n"
    "https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-cancelmibchangenotify2");

static PyObject *
py_watch_close(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    if (self == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        watch_cancel(self);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* ---- description of the tables --------------------------------------------------------------- */

static PyStructSequence_Field FIELD_ATTRIBUTES[] = {
    {"name", "name of the member, as the SDK spells it"},
    {"kind", "what its value is: 'bool', 'uint32', 'enum', ..."},
    {"access", "'key', 'settable' or 'read-only'"},
    {"families", "tuple of the families that it matters to: 'ipv4', 'ipv6'"},
    {"minimum", "smallest legal number in any family, or None"},
    {"maximum", "largest legal number in any family, or None"},
    {"unit", "unit of the number, or ''"},
    {"summary", "what it is, in one line"},
    {"ranges", "mapping of family to (minimum, maximum), or None"},
    {"unchanged", "tuple of the numbers that mean 'leave as it is' to SetIpInterfaceEntry"},
    {"enum", "name of its enumeration, or None"},
    {"source", "where its range and its rule come from"},
    {"offset", "where it begins in the structure, in bytes"},
    {"size", "how many bytes it has"},
    {NULL, NULL},
};

static PyStructSequence_Field EVENT_ATTRIBUTES[] = {
    {"type", "what happened: a number of ipif.NotificationType"},
    {"family", "socket.AF_INET or socket.AF_INET6; None in the initial event"},
    {"luid", "LUID of the interface, an ipif.Luid; None in the initial event"},
    {"index", "index of the interface; None in the initial event"},
    {NULL, NULL},
};

/* Return (minimum, maximum) as a new tuple. */
static PyObject *
range_object(ipif_range range)
{
    return Py_BuildValue("LK", (long long)range.minimum, (unsigned long long)range.maximum);
}

/* Return the numbers that mean "unchanged" for a field as a new tuple. */
static PyObject *
unchanged_object(const ipif_field *field)
{
    /* An enumeration is read as signed, so all its ones are -1. */
    long long ones = field->kind == KIND_ENUM ? -1 : (long long)UINT32_MAX;

    switch (field->unchanged) {
    case UNCHANGED_ZERO | UNCHANGED_ONES:
        return Py_BuildValue("iL", 0, ones);
    case UNCHANGED_ONES:
        return Py_BuildValue("(L)", ones);
    case UNCHANGED_ZERO:
        return Py_BuildValue("(i)", 0);
    default:
        return PyTuple_New(0);
    }
}

/* Return a mapping of family to range that nobody can change, or NULL with an exception set. */
static PyObject *
ranges_object(const ipif_field *field)
{
    PyObject *result = NULL;
    PyObject *dict = Py_BuildValue("{s:N,s:N}", "ipv4", range_object(field->ranges->ipv4), "ipv6",
                                   range_object(field->ranges->ipv6));

    if (dict != NULL) {
        result = PyDictProxy_New(dict);
        Py_DECREF(dict);
    }
    return result;
}

/* Return one row of a field table as a new Field, or NULL with an exception set. */
static PyObject *
field_object(ipif_state *state, const ipif_field *field)
{
    static const char *const ACCESS[] = {
        [ACCESS_KEY] = "key", [ACCESS_READ_ONLY] = "read-only", [ACCESS_SETTABLE] = "settable"};
    const ipif_ranges *ranges = field->ranges;
    ipif_range widest = {0, 0};

    if (ranges != NULL) {
        widest.minimum = ranges->ipv4.minimum < ranges->ipv6.minimum ? ranges->ipv4.minimum
                                                                     : ranges->ipv6.minimum;
        widest.maximum = ranges->ipv4.maximum > ranges->ipv6.maximum ? ranges->ipv4.maximum
                                                                     : ranges->ipv6.maximum;
    }
    PyObject *values[] = {
        PyUnicode_InternFromString(field->name),
        PyUnicode_InternFromString(KINDS[field->kind].name),
        PyUnicode_InternFromString(ACCESS[field->access]),
        field->families == BOTH   ? Py_BuildValue("ss", "ipv4", "ipv6")
        : field->families == IPV4 ? Py_BuildValue("(s)", "ipv4")
                                  : Py_BuildValue("(s)", "ipv6"),
        ranges != NULL ? PyLong_FromLongLong((long long)widest.minimum) : Py_NewRef(Py_None),
        ranges != NULL ? PyLong_FromUnsignedLongLong((unsigned long long)widest.maximum)
                       : Py_NewRef(Py_None),
        PyUnicode_InternFromString(field->unit),
        PyUnicode_FromString(field->summary),
        ranges != NULL ? ranges_object(field) : Py_NewRef(Py_None),
        unchanged_object(field),
        field->enumeration != NULL ? PyUnicode_InternFromString(field->enumeration)
                                   : Py_NewRef(Py_None),
        PyUnicode_InternFromString(field->source),
        PyLong_FromSize_t(field->offset),
        PyLong_FromSize_t(field->size),
    };
    PyObject *result = PyStructSequence_New((PyTypeObject *)state->field_type);

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (values[i] == NULL) {
            Py_CLEAR(result);
        }
    }
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (result != NULL) {
            PyStructSequence_SetItem(result, (Py_ssize_t)i, values[i]);
        }
        else {
            Py_XDECREF(values[i]);
        }
    }
    return result;
}

/* Read the name of a structure.  Return 0, or -1 with an exception set. */
static int
read_structure(PyObject *value, ipif_structure_id *id)
{
    if (!PyUnicode_Check(value)) {
        return wrong_type("structure", "a str", value);
    }
    for (int i = 0; i < STRUCTURE_COUNT; i++) {
        if (PyUnicode_CompareWithASCIIString(value, STRUCTURES[i].name) == 0) {
            *id = (ipif_structure_id)i;
            return 0;
        }
    }
    PyErr_Format(PyExc_ValueError, "no structure is called %R", value);
    return -1;
}

PyDoc_STRVAR(structures_doc, "structures($module, /)\n--\n\n"
                             "Return the names of the structures that have a field table.");

static PyObject *
py_structures(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *result = PyTuple_New(STRUCTURE_COUNT);

    for (Py_ssize_t i = 0; result != NULL && i < STRUCTURE_COUNT; i++) {
        PyObject *name = PyUnicode_InternFromString(STRUCTURES[i].name);
        if (name == NULL || PyTuple_SetItem(result, i, name) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}

PyDoc_STRVAR(fields_doc, "fields($module, structure, /)\n--\n\n"
                         "Return the field table of a structure as a tuple of Field.");

static PyObject *
py_fields(PyObject *module, PyObject *name)
{
    ipif_structure_id id;
    PyObject *result;

    if (read_structure(name, &id) < 0) {
        return NULL;
    }
    result = PyTuple_New((Py_ssize_t)STRUCTURES[id].count);
    for (size_t i = 0; result != NULL && i < STRUCTURES[id].count; i++) {
        PyObject *field = field_object(get_state(module), &STRUCTURES[id].fields[i]);
        if (field == NULL || PyTuple_SetItem(result, (Py_ssize_t)i, field) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}

PyDoc_STRVAR(enums_doc,
             "enums($module, /)\n--\n\n"
             "Return the enumerations: a dict of name to a dict of enumerator to number.");

static PyObject *
py_enums(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *result = PyDict_New();

    for (const ipif_enumeration *enumeration = ENUMERATIONS;
         result != NULL && enumeration->name != NULL; enumeration++) {
        PyObject *members = PyDict_New();
        for (const ipif_enumerator *member = enumeration->members;
             members != NULL && member->name != NULL; member++) {
            PyObject *value = PyLong_FromLong(member->value);
            if (value == NULL || PyDict_SetItemString(members, member->name, value) < 0) {
                Py_CLEAR(members);
            }
            Py_XDECREF(value);
        }
        if (members == NULL || PyDict_SetItemString(result, enumeration->name, members) < 0) {
            Py_CLEAR(result);
        }
        Py_XDECREF(members);
    }
    return result;
}

PyDoc_STRVAR(pack_doc,
             "pack($module, structure, row, /)\n--\n\n"
             "Return the bytes of a structure made from a dict that has all its members.\n\n"
             "Raises TypeError, OverflowError or ValueError that names the member.");

static PyObject *
py_pack(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"pack", 2, 2, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    MIB_IF_ROW2 storage; /* the largest structure; aligned for all */
    ipif_structure_id id;
    field_set given = 0;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        read_structure(values[0], &id) < 0) {
        return NULL;
    }
    if (!PyDict_Check(values[1])) {
        wrong_type("row", "a dict", values[1]);
        return NULL;
    }
    memset(&storage, 0, sizeof(storage));
    if (row_from_dict(state, id, values[1], (unsigned char *)&storage, &given) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < STRUCTURES[id].count; i++) {
        if (!(given >> i & 1)) {
            PyErr_Format(PyExc_ValueError, "%s is missing", STRUCTURES[id].fields[i].name);
            return NULL;
        }
    }
    return PyBytes_FromStringAndSize((const char *)&storage, (Py_ssize_t)STRUCTURES[id].size);
}

PyDoc_STRVAR(
    family_of_legal_row_doc,
    "family_of_legal_row($module, row, /)\n--\n\n"
    "Return the family of a MIB_IPINTERFACE_ROW that is good at first sight, or 0.\n\n"
    "Good at first sight is a dict of members, each of exactly the type that Get gives, in "
    "the range of the field table or meaning \"unchanged\", that names an interface.");

static PyObject *
py_family_of_legal_row(PyObject *module, PyObject *row)
{
    ipif_state *state = get_state(module);
    ADDRESS_FAMILY family = AF_UNSPEC;
    collected members;
    PyObject *unknown;

    if (PyDict_Check(row)) {
        unknown = collect_members(state, IPINTERFACE_ROW, row, &members);
        family = unknown == NULL ? legal_family(state, &members) : AF_UNSPEC;
        Py_XDECREF(unknown);
        release_members(&members);
    }
    return family_object(state, family);
}

PyDoc_STRVAR(unpack_doc, "unpack($module, structure, data, /)\n--\n\n"
                         "Return the dict of a structure from its bytes.  Raises ValueError when "
                         "their number is not the size of the structure.");

static PyObject *
py_unpack(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"unpack", 2, 2, {KEYWORD_NONE}};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    ipif_structure_id id;
    char *bytes;
    Py_ssize_t length;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        read_structure(values[0], &id) < 0) {
        return NULL;
    }
    if (!PyBytes_Check(values[1])) {
        wrong_type("data", "bytes", values[1]);
        return NULL;
    }
    if (PyBytes_AsStringAndSize(values[1], &bytes, &length) < 0) {
        return NULL;
    }
    if ((size_t)length != STRUCTURES[id].size) {
        PyErr_Format(PyExc_ValueError, "%s has %zu bytes, not %zd", STRUCTURES[id].name,
                     STRUCTURES[id].size, length);
        return NULL;
    }
    return row_to_dict(state, id, bytes);
}

/* ---- module ---------------------------------------------------------------------------------- */

#define POSITIONAL(name) {#name, (PyCFunction)(void (*)(void))py_##name, METH_FASTCALL, name##_doc}
#define WITH_KEYWORDS(name) \
    {#name, (PyCFunction)(void (*)(void))py_##name, METH_FASTCALL | METH_KEYWORDS, name##_doc}
#define ONE_ARGUMENT(name) {#name, py_##name, METH_O, name##_doc}
#define NO_ARGUMENTS(name) {#name, py_##name, METH_NOARGS, name##_doc}

static PyMethodDef METHODS[] = {
    NO_ARGUMENTS(initialize_ip_interface_entry),
    WITH_KEYWORDS(get_ip_interface_entry),
    POSITIONAL(get_ip_interface_table),
    ONE_ARGUMENT(set_ip_interface_entry),
    ONE_ARGUMENT(set_legal_row),
    WITH_KEYWORDS(update_ip_interface_entry),
    WITH_KEYWORDS(get_if_entry2),
    POSITIONAL(get_if_table2),
    POSITIONAL(get_unicast_ip_address_table),
    POSITIONAL(get_ip_forward_table2),
    POSITIONAL(get_best_route),
    WITH_KEYWORDS(get_best_route2),
    ONE_ARGUMENT(convert_interface_index_to_luid),
    ONE_ARGUMENT(convert_interface_luid_to_index),
    ONE_ARGUMENT(convert_interface_alias_to_luid),
    ONE_ARGUMENT(convert_interface_luid_to_alias),
    ONE_ARGUMENT(convert_interface_guid_to_luid),
    ONE_ARGUMENT(convert_interface_luid_to_guid),
    ONE_ARGUMENT(convert_interface_luid_to_name),
    POSITIONAL(watch_open),
    POSITIONAL(watch_get),
    POSITIONAL(watch_wait),
    ONE_ARGUMENT(watch_lost),
    ONE_ARGUMENT(watch_close),
    NO_ARGUMENTS(structures),
    ONE_ARGUMENT(fields),
    NO_ARGUMENTS(enums),
    ONE_ARGUMENT(family_of_legal_row),
    POSITIONAL(pack),
    POSITIONAL(unpack),
    {NULL, NULL, 0, NULL},
};

#undef POSITIONAL
#undef WITH_KEYWORDS
#undef ONE_ARGUMENT
#undef NO_ARGUMENTS

/* Return the bits of a field in the word at an offset of the row: all bits of its bytes, but only
 * one of a flag. */
static uint64_t
mask_of_field(const ipif_field *field, size_t offset)
{
    uint64_t mask;
    unsigned char bytes[sizeof(mask)];

    for (size_t k = 0; k < sizeof(bytes); k++) {
        size_t inside = offset + k - field->offset; /* huge before the field */
        unsigned bits = field->kind == KIND_FLAG ? 1u << field->bit : 0xFF;
        bytes[k] = (unsigned char)(inside < field->size ? bits : 0);
    }
    memcpy(&mask, bytes, sizeof(mask));
    return mask;
}

/* Make the words of a template from its bytes, and note in *common the masks of the fields.  Return
 * 0, or -1 with an exception set; the words belong to the state. */
static int
prepare_words(row_template *template, comparison *common, const ipif_structure *structure)
{
    assert(structure->size % sizeof(uint64_t) == 0);
    template->words = PyMem_Calloc(structure->size / sizeof(uint64_t), sizeof(*template->words));
    if (template->words == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t offset = 0; offset < structure->size; offset += sizeof(uint64_t)) {
        compared_word word = {.offset = (uint16_t)offset};
        for (size_t i = 0; i < structure->count; i++) {
            const ipif_field *field = &structure->fields[i];
            uint64_t mask = KINDS[field->kind].in_template ? mask_of_field(field, offset) : 0;
            if (mask != 0) {
                if (word.mask == 0) {
                    word.first = (uint8_t)i;
                }
                word.after = (uint8_t)(i + 1);
                word.mask |= mask;
                common->field_masks[i] |= mask;
            }
        }
        if (word.mask != 0) {
            memcpy(&word.likely, template->bytes + offset, sizeof(word.likely));
            word.likely &= word.mask;
            template->words[template->word_count++] = word;
        }
    }
    return 0;
}

/* Make the interned member names and the templates of one structure.  Return 0, or -1 with an
 * exception set. */
static int
prepare_structure(ipif_state *state, ipif_structure_id id)
{
    const ipif_structure *structure = &STRUCTURES[id];
    comparison *common = &state->comparisons[id];
    for (size_t i = 0; i < structure->count; i++) {
        state->keys[id][i] = PyUnicode_InternFromString(structure->fields[i].name);
        if (state->keys[id][i] == NULL) {
            return -1;
        }
        if (!KINDS[structure->fields[i].kind].in_template) {
            common->always[common->always_count++] = (uint8_t)i;
        }
    }
    for (int which = 0; which < TEMPLATES; which++) {
        row_template *template = &state->templates[id][which];
        template->bytes = PyMem_Malloc(structure->size);
        if (template->bytes == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        likely_row(id, which, template->bytes);
        template->dict = row_to_new_dict(state, id, template->bytes);
        if (template->dict == NULL || prepare_words(template, common, structure) < 0) {
            return -1;
        }
        for (size_t i = 0; i < structure->count; i++) {
            if (KINDS[structure->fields[i].kind].in_template) {
                template->values[i] = PyDict_GetItemWithError(template->dict, state->keys[id][i]);
            }
        }
    }
    return 0;
}

/* Read socket.AF_INET6 from the C half of socket, which is one module instead of the dozen that
 * socket brings.  Return 0, or -1 with an exception set. */
static int
read_host_family(ipif_state *state)
{
    PyObject *number = NULL;
    PyObject *socket = PyImport_ImportModule("_socket");

    if (socket != NULL) {
        number = PyObject_GetAttrString(socket, "AF_INET6");
        Py_DECREF(socket);
    }
    if (number == NULL) {
        return -1;
    }
    state->af_inet6 = PyLong_AsLong(number);
    Py_DECREF(number);
    return PyErr_Occurred() ? -1 : 0;
}

static int
module_exec(PyObject *module)
{
    static PyStructSequence_Desc field_desc = {"ipif.Field", "One row of a field table.",
                                               FIELD_ATTRIBUTES, 14};
    static PyStructSequence_Desc event_desc = {"ipif.Event", "One change of an IP interface.",
                                               EVENT_ATTRIBUTES, 4};
    ipif_state *state = get_state(module);

    state->imports = PyDict_New();
    state->field_type = (PyObject *)PyStructSequence_NewType(&field_desc);
    state->event_type = (PyObject *)PyStructSequence_NewType(&event_desc);
    state->name_int = PyUnicode_InternFromString("int");
    state->name_is_safe = PyUnicode_InternFromString("is_safe");
    for (size_t i = 0; i < IMPORT_COUNT; i++) {
        state->import_paths[i] =
            PyUnicode_FromFormat("%s.%s", IMPORTS[i].module, IMPORTS[i].attribute);
        if (state->import_paths[i] == NULL) {
            return -1;
        }
    }
    for (int k = KEYWORD_NONE + 1; k < KEYWORD_COUNT; k++) {
        state->keywords[k] = PyUnicode_InternFromString(KEYWORDS[k]);
        if (state->keywords[k] == NULL) {
            return -1;
        }
    }
    for (NET_IFINDEX index = 0; index < LIKELY_INDEXES; index++) {
        state->likely_zones[index] = likely_zones(index);
        if (state->likely_zones[index] == NULL) {
            return -1;
        }
    }
    if (state->name_int == NULL || state->name_is_safe == NULL || state->imports == NULL ||
        state->field_type == NULL || state->event_type == NULL || read_host_family(state) < 0) {
        return -1;
    }
    for (int id = 0; id < STRUCTURE_COUNT; id++) {
        if (prepare_structure(state, (ipif_structure_id)id) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < STRUCTURES[IPINTERFACE_ROW].count; i++) {
        state->settable |= (field_set)(IPINTERFACE_FIELDS[i].access == ACCESS_SETTABLE) << i;
        const field_set bit = (field_set)1 << i;
        switch (IPINTERFACE_FIELDS[i].offset) {
        case offsetof(MIB_IPINTERFACE_ROW, Metric):
            state->metric = bit;
            break;
        case offsetof(MIB_IPINTERFACE_ROW, UseAutomaticMetric):
            state->use_automatic_metric = bit;
            break;
        case offsetof(MIB_IPINTERFACE_ROW, SitePrefixLength):
            state->site_prefix_length = bit;
            break;
        default:
            break;
        }
    }
    if (PyModule_AddObjectRef(module, "Field", state->field_type) < 0 ||
        PyModule_AddObjectRef(module, "Event", state->event_type) < 0) {
        return -1;
    }
    return 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ipif_state *state = get_state(module);

    Py_VISIT(state->imports);
    Py_VISIT(state->field_type);
    Py_VISIT(state->event_type);
    for (int id = 0; id < STRUCTURE_COUNT; id++) {
        for (int which = 0; which < TEMPLATES; which++) {
            Py_VISIT(state->templates[id][which].dict);
        }
    }
    return 0;
}

static int
module_clear(PyObject *module)
{
    ipif_state *state = get_state(module);

    Py_CLEAR(state->imports);
    Py_CLEAR(state->name_int);
    Py_CLEAR(state->name_is_safe);
    for (size_t i = 0; i < IMPORT_COUNT; i++) {
        Py_CLEAR(state->import_paths[i]);
    }
    for (int k = 0; k < KEYWORD_COUNT; k++) {
        Py_CLEAR(state->keywords[k]);
    }
    for (size_t i = 0; i < LIKELY_INDEXES; i++) {
        Py_CLEAR(state->likely_zones[i]);
    }
    Py_CLEAR(state->field_type);
    Py_CLEAR(state->event_type);
    for (int id = 0; id < STRUCTURE_COUNT; id++) {
        for (int which = 0; which < TEMPLATES; which++) {
            Py_CLEAR(state->templates[id][which].dict);
        }
        for (size_t i = 0; i < MOST_FIELDS; i++) {
            Py_CLEAR(state->keys[id][i]);
        }
    }
    return 0;
}

static void
module_free(void *module)
{
    ipif_state *state = get_state(module);

    module_clear(module);
    for (int id = 0; id < STRUCTURE_COUNT; id++) {
        for (int which = 0; which < TEMPLATES; which++) {
            row_template *template = &state->templates[id][which];
            PyMem_Free(template->bytes);
            PyMem_Free(template->words);
            template->bytes = NULL;
            template->words = NULL;
        }
    }
}

#ifdef Py_TARGET_ABI3T

/* The stable ABI of free-threaded interpreters (3.15 on) does not show what a PyModuleDef looks
 * like: it wants a table of slots. */
PyABIInfo_VAR(ABI_INFO);

static PySlot SLOTS[] = {
    PySlot_STATIC_DATA(Py_mod_abi, &ABI_INFO),
    PySlot_STATIC_DATA(Py_mod_name, "ipif._ipif"),
    PySlot_STATIC_DATA(Py_mod_doc, "The IP Helper functions of netioapi.h."),
    PySlot_STATIC_DATA(Py_mod_methods, METHODS),
    PySlot_SIZE(Py_mod_state_size, sizeof(ipif_state)),
    PySlot_FUNC(Py_mod_exec, module_exec),
    PySlot_FUNC(Py_mod_state_traverse, module_traverse),
    PySlot_FUNC(Py_mod_state_clear, module_clear),
    PySlot_FUNC(Py_mod_state_free, module_free),
    PySlot_DATA(Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED),
    PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),
    PySlot_END,
};

PyMODEXPORT_FUNC
PyModExport__ipif(void)
{
    return SLOTS;
}

#else

/* The limited API of 3.11 knows neither of these slots, 3.11 refuses them, and later versions want
 * them: an interpreter with a GIL of its own imports the module only when it says so.  Hence three
 * constant tables, chosen by the version that runs. */
#ifndef Py_mod_multiple_interpreters
#define Py_mod_multiple_interpreters 3
#endif
#ifndef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED /* the headers of 3.15 have the slot without it */
#define Py_MOD_PER_INTERPRETER_GIL_SUPPORTED ((void *)2)
#endif
#ifndef Py_mod_gil
#define Py_mod_gil 4
#endif
#ifndef Py_MOD_GIL_NOT_USED
#define Py_MOD_GIL_NOT_USED ((void *)1)
#endif

static PyModuleDef_Slot SLOTS_311[] = {
    {Py_mod_exec, (void *)module_exec},
    {0, NULL},
};

static PyModuleDef_Slot SLOTS_312[] = {
    {Py_mod_exec, (void *)module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static PyModuleDef_Slot SLOTS_313[] = {
    {Py_mod_exec, (void *)module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

#define MODULE(table) \
    {.m_base = PyModuleDef_HEAD_INIT, \
     .m_name = "ipif._ipif", \
     .m_doc = "The IP Helper functions of netioapi.h.", \
     .m_size = sizeof(ipif_state), \
     .m_methods = METHODS, \
     .m_slots = table, \
     .m_traverse = module_traverse, \
     .m_clear = module_clear, \
     .m_free = module_free}

static PyModuleDef MODULE_311 = MODULE(SLOTS_311);
static PyModuleDef MODULE_312 = MODULE(SLOTS_312);
static PyModuleDef MODULE_313 = MODULE(SLOTS_313);

PyMODINIT_FUNC
PyInit__ipif(void)
{
    return PyModuleDef_Init(Py_Version >= 0x030D0000   ? &MODULE_313
                            : Py_Version >= 0x030C0000 ? &MODULE_312
                                                       : &MODULE_311);
}

#endif
