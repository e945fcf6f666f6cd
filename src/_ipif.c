/* _ipif: the IP Helper functions of netioapi.h for Python.
 *
 * Written in Python, its two central functions would be:
 *
 *     def get_ip_interface_entry(family, *, luid=0, index=0):
 *         row = MIB_IPINTERFACE_ROW(Family=family, InterfaceLuid=luid, InterfaceIndex=index)
 *         with gil_released:
 *             err = GetIpInterfaceEntry(row)
 *         if err:
 *             raise ipif._core.errors.from_win32(err, ...)
 *         return {name: to_py(row[offset]) for name, offset, to_py in IPINTERFACE_FIELDS}
 *
 *     def set_ip_interface_entry(row):
 *         given = {offset: from_py(row[name])
 *                  for name, offset, from_py in IPINTERFACE_FIELDS if name in row}
 *         with gil_released:
 *             InitializeIpInterfaceEntry(entry)     # every member is now unchanged
 *             entry.update(given)
 *             err = SetIpInterfaceEntry(entry)
 *         ...
 *
 * The others follow them: one Python function for one Win32 function, its name in snake case.
 *
 * A structure is described once, in the field tables of _ipif_fields.h.  A kind (section "kinds")
 * owns the functions that turn the bytes of a member into a Python object and back; section "rows"
 * walks the tables.  Functions refer to a member by name only where its meaning matters.
 *
 * Three rules hold everywhere:
 *   - The GIL is released around every system call, and nothing else happens there but plain C on
 *     local memory.
 *   - Everything that Python code can influence (__index__, a dict that changes) is read and
 *     converted before the first system call; an exception leaves Windows as it was.
 *   - Memory that Windows allocates is freed by FreeMibTable before the function that asked for it
 *     returns.
 *
 * SitePrefixLength.  For IPv4, GetIpInterfaceEntry returns a SitePrefixLength of 64, and
 * SetIpInterfaceEntry fails with ERROR_INVALID_PARAMETER unless it is 0 (its reference page says
 * so; any program that gets a row, changes it and sets it is affected).  set_ip_interface_entry
 * passes on the value that it is given; update_ip_interface_entry and set_valid_row write 0.
 *
 * Unchanged members.  InitializeIpInterfaceEntry prepares a row in which every member means
 * "unchanged"; nobody has published its bytes.  So this file calls the function and keeps whatever
 * it wrote.  If the settable BOOLEANs are then anything but 0xFF, a missing member would silently
 * write FALSE, and a row with missing members is refused.
 *
 * Speed.  A row becomes a dict by copying the dict of a typical row and replacing the members that
 * differ, found by comparing whole words.  On the way back, a value that is the same object as in
 * that dict needs no conversion.
 *
 * Order of the file: includes, layout, state, errors, kinds, rows, arguments, IP interfaces,
 * exchanges, functions that always finish, tables, adapters, routes, names of interfaces,
 * notifications, network compartments, description of the tables, module. */

/* ---- includes -------------------------------------------------------------------------------- */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* The order matters: netioapi.h alone would make NETIO_STATUS an NTSTATUS and not declare
 * SOCKADDR_INET. */
#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "_ipif_fields.h"
#include "_ipif_module.h"
#include "_ipif_refs.h"

/* ---- layout ---------------------------------------------------------------------------------- */

/* Every table begins with the number of its rows; the rows follow at this offset. */
enum { TABLE_ROWS = 8 };

/* The frozen layout, the same for 32 and 64 bits.  The build fails if a compiler disagrees. */
#define AT(structure, member, offset) \
    _Static_assert(offsetof(structure, member) == (offset), #structure "." #member " has moved")

_Static_assert(sizeof(MIB_IPINTERFACE_ROW) == 168, "MIB_IPINTERFACE_ROW has an unexpected size");
_Static_assert(sizeof(MIB_IF_ROW2) == 1352, "MIB_IF_ROW2 has an unexpected size");
_Static_assert(sizeof(MIB_IPFORWARD_ROW2) == 104, "MIB_IPFORWARD_ROW2 has an unexpected size");
_Static_assert(sizeof(MIB_IPFORWARDROW) == 56, "MIB_IPFORWARDROW has an unexpected size");
_Static_assert(sizeof(MIB_UNICASTIPADDRESS_ROW) == 80,
               "MIB_UNICASTIPADDRESS_ROW has an unexpected size");
_Static_assert(sizeof(SOCKADDR_INET) == 28 && sizeof(IP_ADDRESS_PREFIX) == 32,
               "SOCKADDR_INET has an unexpected size");
_Static_assert(sizeof(BOOLEAN) == 1 && sizeof(WCHAR) == 2 && sizeof(NET_LUID) == 8 &&
                   sizeof(GUID) == 16,
               "a basic type has an unexpected size");

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
AT(MIB_IPINTERFACE_TABLE, Table, TABLE_ROWS);
AT(MIB_IF_ROW2, InterfaceAndOperStatusFlags, 1152);
AT(MIB_IF_ROW2, InOctets, 1208);
AT(MIB_IF_TABLE2, Table, TABLE_ROWS);
AT(MIB_IPFORWARD_ROW2, DestinationPrefix, 12);
AT(MIB_IPFORWARD_ROW2, Metric, 84);
AT(MIB_IPFORWARD_TABLE2, Table, TABLE_ROWS);
AT(MIB_UNICASTIPADDRESS_ROW, ScopeId, 68);
AT(MIB_UNICASTIPADDRESS_TABLE, Table, TABLE_ROWS);
#undef AT

/* ---- state ----------------------------------------------------------------------------------- */

enum { TEMPLATES = 2 };      /* one for each family; structures without a family use the first */
enum { CACHED_ZONES = 256 }; /* most interfaces have an index below this one */

/* A set of fields of one structure: bit i stands for fields[i]. */
typedef uint64_t field_set;
_Static_assert(MOST_FIELDS <= 64, "field_set has too few bits");

enum { MEMBER_FAMILY = 0 }; /* the first field of MIB_IPINTERFACE_ROW */

/* All members of MIB_IPINTERFACE_ROW. */
static const field_set ALL_MEMBERS =
    ((field_set)1 << (sizeof(IPINTERFACE_FIELDS) / sizeof(IPINTERFACE_FIELDS[0]))) - 1;

/* A row is compared with a template word by word, without padding and without the members that are
 * always converted. */
typedef struct {
    uint64_t mask;        /* the bytes that are compared */
    uint64_t typical;     /* their value in the template */
    uint16_t offset;      /* of the word in the row */
    uint8_t first, after; /* the fields in it: fields[first] to fields[after - 1] */
} compared_word;

/* A typical row, as words to compare with, and the dict that it converts to. */
typedef struct {
    unsigned char *bytes;
    compared_word *words;
    size_t word_count;
    PyObject *dict;
    PyObject *values[MOST_FIELDS]; /* of the dict, borrowed; NULL: in no template */
} row_template;

/* Data shared by the templates of a structure. */
typedef struct {
    uint64_t field_masks[MOST_FIELDS]; /* the bytes of a field in its word; all, when it has more */
    uint8_t always[MOST_FIELDS];       /* the fields that no template can hold */
    size_t always_count;
} comparison;

/* Interned names: all keyword-only parameters, of which each function has the first few, and the
 * attributes of uuid.UUID. */
enum { KEYWORD_COUNT = 5, NAME_INT = KEYWORD_COUNT, NAME_IS_SAFE, NAME_COUNT };

static const char *const NAMES[NAME_COUNT] = {
    "luid", "index", "source", "destination_scope", "source_scope", "int", "is_safe"};

/* Python objects that are imported on first use: most programs never need them. */
#define IMPORTED(X) \
    X(IMPORT_FROM_WIN32, "ipif._core.errors", "from_win32") \
    X(IMPORT_SUGGEST, "ipif._core.errors", "suggest") \
    X(IMPORT_LUID, "ipif._core.luid", "Luid") \
    X(IMPORT_UUID, "uuid", "UUID") \
    X(IMPORT_NIL_GUID, "ipif._core.guid", "NIL") \
    X(IMPORT_SAFETY_UNKNOWN, "ipif._core.guid", "SAFETY_UNKNOWN") \
    X(IMPORT_IPV4_ADDRESS, "ipaddress", "IPv4Address") \
    X(IMPORT_IPV6_ADDRESS, "ipaddress", "IPv6Address") \
    X(IMPORT_IPV4_NETWORK, "ipaddress", "IPv4Network") \
    X(IMPORT_IPV6_NETWORK, "ipaddress", "IPv6Network")

#define IMPORT_ID(id, module, attribute) id,
#define IMPORT_ROW(id, module, attribute) {module, attribute},

typedef enum { IMPORTED(IMPORT_ID) IMPORT_COUNT } ipif_import;

static const struct {
    const char *module, *attribute;
} IMPORTS[IMPORT_COUNT] = {IMPORTED(IMPORT_ROW)};

typedef struct {
    PyObject *keys[STRUCTURE_COUNT][MOST_FIELDS]; /* member names, interned */
    PyObject *names[NAME_COUNT];                  /* NAMES, interned */
    row_template templates[STRUCTURE_COUNT][TEMPLATES];
    comparison comparisons[STRUCTURE_COUNT];
    PyObject *default_zones[CACHED_ZONES]; /* default ZoneIndices by interface index */
    field_set settable; /* the members of MIB_IPINTERFACE_ROW that SetIpInterfaceEntry writes */
    PyObject *imports;  /* dict: path -> object, filled on first use */
    PyObject *import_paths[IMPORT_COUNT];
    long af_inet6; /* socket.AF_INET6 of this host; AF_INET is 2 everywhere */
} ipif_state;

/* Return the state of the module; it lives as long as the module does. */
static ipif_state *
get_state(PyObject *module)
{
    ipif_state *state = PyModule_GetState(module);
    assert(state != NULL);
    return state;
}

/* While the dict of a caller is walked, no other thread may change it.  The GIL ensures that;
 * without a GIL, these do. */
#ifdef Py_GIL_DISABLED
#define BEGIN_DICT_LOCK(dict) Py_BEGIN_CRITICAL_SECTION(dict)
#define END_DICT_LOCK() Py_END_CRITICAL_SECTION()
#else
#define BEGIN_DICT_LOCK(dict)
#define END_DICT_LOCK()
#endif

/* Return a new reference to one of IMPORTS, or NULL with an exception set.  It is imported on first
 * use and cached. */
static PyObject *
import_once(ipif_state *state, ipif_import which)
{
    PyObject *module, *result = NULL;

#if Py_LIMITED_API + 0 >= 0x030D0000 || (!defined(Py_LIMITED_API) && PY_VERSION_HEX >= 0x030D0000)
    (void)PyDict_GetItemRef(state->imports, state->import_paths[which], &result);
#else
    result = Py_XNewRef(PyDict_GetItemWithError(state->imports, state->import_paths[which]));
#endif
    if (result != NULL || PyErr_Occurred()) {
        return result;
    }
    module = PyImport_ImportModule(IMPORTS[which].module);
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
 * in CPython. */
static PyObject *
win32_text(DWORD err)
{
    WCHAR text[512];
    DWORD length;
    int little_endian = -1;

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
    return PyUnicode_DecodeUTF16((const char *)text, (Py_ssize_t)(length * sizeof(WCHAR)),
                                 "replace", &little_endian);
}

/* Raise the exception for a failed call; every exception with a Win32 code is made here.  function
 * is the Win32 name, named_by the object that named the interface (or None), members the names of
 * the members that may be the cause.  Takes over the references to named_by and members; either is
 * NULL when an exception has been set already.  Always returns NULL. */
static PyObject *
raise_win32(ipif_state *state, DWORD err, const char *function, PyObject *named_by,
            ADDRESS_FAMILY family, PyObject *members)
{
    const char *family_name = family == AF_INET ? "ipv4" : family == AF_INET6 ? "ipv6" : NULL;
    PyObject *from_win32 = NULL, *text = NULL, *exception = NULL;

    if (named_by != NULL && members != NULL) {
        from_win32 = import_once(state, IMPORT_FROM_WIN32);
    }
    if (from_win32 != NULL) {
        text = win32_text(err);
    }
    if (text != NULL) {
        /* "N" for the text would lose it when there is no memory for the arguments. */
        exception = PyObject_CallFunction(from_win32, "kOsOzO", (unsigned long)err, text, function,
                                          named_by, family_name, members);
    }
    if (exception != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    }
    Py_XDECREF(exception);
    Py_XDECREF(text);
    Py_XDECREF(from_win32);
    Py_XDECREF(members);
    Py_XDECREF(named_by);
    return NULL;
}

/* Raise "<name>: expected <expected>, got <type of value>" as a TypeError.  Always returns -1. */
static int
wrong_type(const char *name, const char *expected, PyObject *value)
{
    PyObject *type_name = PyType_GetName(Py_TYPE(value));

    if (type_name != NULL) {
        PyErr_Format(PyExc_TypeError, "%s: expected %s, got %U", name, expected, type_name);
        Py_DECREF(type_name);
    }
    return -1;
}

/* Replace the exception that user code raised while a value was read by a ValueError that names the
 * member and has the first as its cause.  A MemoryError, and anything that is not an Exception
 * (KeyboardInterrupt), says nothing about the value and is left set.  Always returns -1. */
static int
raise_unreadable(const char *name)
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

/* Conversions from the bytes of a member to a Python object and back; KINDS lists them. */
#include "_ipif_kinds.h"

/* ---- rows ------------------------------------------------------------------------------------ */

/* Conversions from a row to a dict, starting from a template, and from a dict to a row. */
#include "_ipif_rows.h"

/* ---- arguments ------------------------------------------------------------------------------- */

enum { MOST_ARGUMENTS = 6 };

/* The parameters of a function: positional ones first, then keyword-only ones. */
typedef struct {
    const char *function;
    int required;   /* positional parameters without a default */
    int positional; /* positional parameters in all */
    int keywords;   /* keyword-only parameters, all optional */
} signature;

/* Sort the arguments of a call into values, the positional ones first, then one for each keyword;
 * borrowed, NULL where absent.  Return 0, or -1 with TypeError set. */
static int
read_arguments(const ipif_state *state, const signature *parameters, PyObject *const *args,
               Py_ssize_t nargs, PyObject *kwnames, PyObject **values)
{
    Py_ssize_t named = kwnames == NULL ? 0 : PyTuple_Size(kwnames);

    memset(values, 0, MOST_ARGUMENTS * sizeof(*values));
    if (nargs < parameters->required || nargs > parameters->positional) {
        int few = nargs < parameters->required;
        int bound = few ? parameters->required : parameters->positional;
        const char *limit = parameters->required == parameters->positional ? ""
                            : few                                          ? "at least "
                                                                           : "at most ";
        PyErr_Format(PyExc_TypeError, "%s() takes %s%d positional argument%s, got %zd",
                     parameters->function, limit, bound, bound == 1 ? "" : "s", nargs);
        return -1;
    }
    for (Py_ssize_t i = 0; i < nargs; i++) {
        values[i] = args[i];
    }
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *name = PyTuple_GetItem(kwnames, i);
        int k = 0;
        while (k < parameters->keywords && state->names[k] != name) {
            k++;
        }
        if (k == parameters->keywords) { /* not interned, or unknown */
            k = 0;
            while (k < parameters->keywords &&
                   PyUnicode_CompareWithASCIIString(name, NAMES[k]) != 0) {
                k++;
            }
        }
        if (k == parameters->keywords) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R",
                         parameters->function, name);
            return -1;
        }
        values[parameters->positional + k] = args[nargs + i];
    }
    return 0;
}

/* Read an int of 32 bits, such as an interface index, into *result, which is 0 when the argument is
 * absent (NULL).  Return 0, or -1 with an exception set. */
static int
read_ulong(PyObject *value, const char *name, ULONG *result)
{
    uint64_t number = 0;

    if (value != NULL && read_integer(value, name, 0, UINT32_MAX, &number) < 0) {
        return -1;
    }
    *result = (ULONG)number;
    return 0;
}

/* Read a LUID into *luid, which is 0 when the argument is absent (NULL).  Return 0, or -1 with an
 * exception set. */
static int
read_luid(PyObject *value, NET_LUID *luid)
{
    uint64_t number = 0;

    if (value != NULL && read_integer(value, "luid", 0, UINT64_MAX, &number) < 0) {
        return -1;
    }
    luid->Value = number;
    return 0;
}

/* An interface as an argument: both keys, of which Windows uses the LUID when it is not 0. */
typedef struct {
    NET_LUID luid;
    NET_IFINDEX index;
} interface_key;

/* Read luid= and index=; either may be NULL (absent).  Without required, both may be 0.  Return 0,
 * or -1 with an exception set. */
static int
read_key(const char *function, PyObject *luid, PyObject *index, int required, interface_key *key)
{
    if (read_luid(luid, &key->luid) < 0 || read_ulong(index, "index", &key->index) < 0) {
        return -1;
    }
    if (required && key->luid.Value == 0 && key->index == 0) {
        PyErr_Format(PyExc_ValueError, "%s() needs luid or index", function);
        return -1;
    }
    return 0;
}

/* Return the interface that an exception names: an ipif.Luid, an index, or None for a key of zeros
 * or NULL; a new reference, or NULL with an exception set. */
static PyObject *
key_object(ipif_state *state, const interface_key *key)
{
    PyObject *type, *result = NULL;

    if (key == NULL || (key->luid.Value == 0 && key->index == 0)) {
        return Py_NewRef(Py_None);
    }
    if (key->luid.Value == 0) {
        return PyLong_FromUnsignedLong(key->index);
    }
    type = import_once(state, IMPORT_LUID);
    if (type != NULL) {
        result = PyObject_CallFunction(type, "K", (unsigned long long)key->luid.Value);
        Py_DECREF(type);
    }
    return result;
}

/* Raise for a failed call about one interface, or about none when key is NULL.  Always returns
 * NULL. */
static PyObject *
raise_for_key(ipif_state *state, DWORD err, const char *function, const interface_key *key,
              ADDRESS_FAMILY family)
{
    PyObject *named_by = key_object(state, key);

    return raise_win32(state, err, function, named_by, family,
                       named_by == NULL ? NULL : PyTuple_New(0));
}

/* ---- IP interfaces --------------------------------------------------------------------------- */

/* Parts of the docstrings of public functions. */
#define DOC_FAMILY "    family: ``socket.AF_INET`` or ``socket.AF_INET6``.\n"
#define DOC_KEY \
    "    luid: The LUID of the interface. It is used when it is not 0.\n" \
    "    index: The index of the interface. It is used when *luid* is 0.\n"
#define DOC_BAD_ARGUMENTS \
    "    TypeError: An argument has the wrong type.\n" \
    "    OverflowError: A number is out of its range.\n"
#define DOC_NOT_FOUND "    ipif.InterfaceNotFound: There is no such interface (2).\n"
#define DOC_NOT_BOUND "    ipif.FamilyNotBound: The interface has no row of this family (1168).\n"
#define DOC_REFUSED "    ipif.Error: Windows refuses the call for another reason.\n"
#define DOC_NOT_SET \
    "    ipif.AccessDenied: The process is not elevated (5).\n" DOC_NOT_FOUND DOC_NOT_BOUND \
    "    ipif.InvalidRow: Windows refuses a value (87).\n" DOC_REFUSED
#define DOC_SOURCE(page) \
    "\nSource:\n" \
    "    https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-" page

PyDoc_STRVAR(initialize_ip_interface_entry_doc,
             "initialize_ip_interface_entry($module, /)\n--\n\n"
             "Return the row that InitializeIpInterfaceEntry prepares: every member is unchanged.\n"
             "\n"
             "Returns:\n"
             "    A MIB_IPINTERFACE_ROW. A member filled with ones is None.\n"
             "\n"
             "Example:\n"
             "    >>> from ipif import netioapi\n"
             "    >>> row = netioapi.initialize_ip_interface_entry()\n"
             "    >>> row[\"UseAutomaticMetric\"] is None\n"
             "    True\n" DOC_SOURCE("initializeipinterfaceentry"));

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

PyDoc_STRVAR(get_ip_interface_entry_doc,
             "get_ip_interface_entry($module, family, /, *, luid=0, index=0)\n--\n\n"
             "Return the row of one interface and one family.\n"
             "\n"
             "Args:\n" DOC_FAMILY DOC_KEY "\n"
             "Returns:\n"
             "    The MIB_IPINTERFACE_ROW.\n"
             "\n"
             "Raises:\n" DOC_NOT_FOUND DOC_NOT_BOUND DOC_REFUSED DOC_BAD_ARGUMENTS
             "    ValueError: The family is not one of these, or both *luid* and *index* are 0.\n"
             "\n"
             "Example:\n"
             "    >>> from socket import AF_INET\n"
             "    >>> from ipif import netioapi\n"
             "    >>> netioapi.get_ip_interface_entry(AF_INET, index=13)[\"Metric\"]\n"
             "    25\n" DOC_SOURCE("getipinterfaceentry"));

static PyObject *
py_get_ip_interface_entry(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames)
{
    static const signature parameters = {"get_ip_interface_entry", 1, 1, 2};
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
        return raise_for_key(state, err, "GetIpInterfaceEntry", &key, row.Family);
    }
    return row_to_dict(state, IPINTERFACE_ROW, &row);
}

/* Get the current row of the interface and the family that a row names.  Return the Win32 code. */
static DWORD
get_current(const MIB_IPINTERFACE_ROW *row, MIB_IPINTERFACE_ROW *current)
{
    DWORD err;

    memset(current, 0, sizeof(*current));
    current->Family = row->Family;
    current->InterfaceLuid = row->InterfaceLuid;
    current->InterfaceIndex = row->InterfaceIndex;
    Py_BEGIN_ALLOW_THREADS
        err = GetIpInterfaceEntry(current);
    Py_END_ALLOW_THREADS
    return err;
}

/* Raise for SetIpInterfaceEntry, with the key that the caller gave.  A row that Windows calls
 * invalid (87) is compared with the current one, so that the exception can name the members that
 * may be the cause: those that differ from the current row and from the initial one.  An IPv4
 * SitePrefixLength is one of them when it is not 0, and never when it is.  Always returns NULL. */
static PyObject *
raise_for_set(ipif_state *state, DWORD err, const interface_key *key,
              const MIB_IPINTERFACE_ROW *row, const MIB_IPINTERFACE_ROW *initial)
{
    MIB_IPINTERFACE_ROW current;
    PyObject *named_by;
    field_set suspects = 0;
    DWORD get_err = err;

    if (err == ERROR_INVALID_PARAMETER) {
        get_err = get_current(row, &current);
    }
    for (size_t i = 0; get_err == NO_ERROR && i < STRUCTURES[IPINTERFACE_ROW].count; i++) {
        const ipif_field *field = &IPINTERFACE_FIELDS[i];
        const unsigned char *wanted = (const unsigned char *)row + field->offset;
        if (memcmp(wanted, (const unsigned char *)&current + field->offset, field->size) != 0 &&
            memcmp(wanted, (const unsigned char *)initial + field->offset, field->size) != 0) {
            suspects |= (field_set)1 << i;
        }
    }
    if (get_err == NO_ERROR && row->Family == AF_INET) {
        suspects &= ~MEMBER(SitePrefixLength);
        if (row->SitePrefixLength != 0 && row->SitePrefixLength != UINT32_MAX) {
            suspects |= MEMBER(SitePrefixLength);
        }
    }
    named_by = key_object(state, key);
    return raise_win32(state, err, "SetIpInterfaceEntry", named_by, row->Family,
                       named_by == NULL ? NULL : member_names(state, suspects & state->settable));
}

/* Set the given members of a row that names an interface; the others keep what
 * InitializeIpInterfaceEntry writes.  Return the row as the call left it, a new dict, or NULL with
 * an exception set. */
static PyObject *
set_members(ipif_state *state, const MIB_IPINTERFACE_ROW *members, field_set given)
{
    MIB_IPINTERFACE_ROW row, initial;
    field_set missing = ALL_MEMBERS & ~given;
    DWORD err = NO_ERROR;
    int refused;

    memset(&initial, 0, sizeof(initial));
    Py_BEGIN_ALLOW_THREADS
        if (missing != 0) {
            InitializeIpInterfaceEntry(&initial);
        }
        refused = (missing & state->settable) != 0 && !booleans_are_unchanged(state, &initial);
        if (!refused) {
            row = initial;
            copy_members(state, &row, members, given);
            err = SetIpInterfaceEntry(&row);
        }
        if (err != NO_ERROR && missing == 0) {
            InitializeIpInterfaceEntry(&initial); /* raise_for_set compares with it */
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
    "Set the properties of one interface and one family.\n"
    "\n"
    "A member that is missing or None keeps what InitializeIpInterfaceEntry writes and so is\n"
    "unchanged. Where that function does not mark members as unchanged, a row with missing\n"
    "members is refused before the call. For IPv4, SitePrefixLength must be 0 or missing.\n"
    "\n"
    "Args:\n"
    "    row: A dict of members. Family, and InterfaceLuid or InterfaceIndex, name the interface.\n"
    "\n"
    "Returns:\n"
    "    The row as the call left it.\n"
    "\n"
    "Raises:\n" DOC_NOT_SET "    TypeError: Before the call: a member has the wrong type.\n"
    "    OverflowError: Before the call: a member does not fit the structure.\n"
    "    ValueError: Before the call: a member is unknown or missing.\n"
    "\n"
    "Example:\n"
    "    >>> from socket import AF_INET\n"
    "    >>> from ipif import netioapi\n"
    "    >>> row = {\"Family\": AF_INET, \"InterfaceIndex\": 13, \"NlMtu\": 1400}\n"
    "    >>> written = netioapi.set_ip_interface_entry(row)\n"
    "    >>> netioapi.get_ip_interface_entry(AF_INET, index=13)[\"NlMtu\"]\n"
    "    1400\n" DOC_SOURCE("setipinterfaceentry"));

static PyObject *
py_set_ip_interface_entry(PyObject *module, PyObject *dict)
{
    ipif_state *state = get_state(module);
    MIB_IPINTERFACE_ROW members;
    field_set given;

    if (row_from_dict(state, dict, "row", &members, &given) < 0) {
        return NULL;
    }
    if (members.Family == AF_UNSPEC) {
        PyErr_SetString(PyExc_ValueError,
                        "the row has no Family: socket.AF_INET or socket.AF_INET6");
        return NULL;
    }
    if (members.InterfaceLuid.Value == 0 && members.InterfaceIndex == 0) {
        PyErr_SetString(PyExc_ValueError, "the row has neither InterfaceLuid nor InterfaceIndex");
        return NULL;
    }
    return set_members(state, &members, given);
}

/* Return whether SetIpInterfaceEntry would not do what the row asks for: its keys name
 * different interfaces, or a new Metric would be dropped silently because the metric is and stays
 * automatic. */
static int
needs_explanation(const MIB_IPINTERFACE_ROW *members, field_set given,
                  const MIB_IPINTERFACE_ROW *current)
{
    int both_keys = members->InterfaceLuid.Value != 0 && members->InterfaceIndex != 0;
    int stays_automatic =
        current->UseAutomaticMetric &&
        ((given & MEMBER(UseAutomaticMetric)) == 0 || members->UseAutomaticMetric);
    int new_metric = (given & MEMBER(Metric)) != 0 && members->Metric != UINT32_MAX &&
                     members->Metric != current->Metric;

    return (both_keys && members->InterfaceIndex != current->InterfaceIndex) ||
           (stays_automatic && new_metric);
}

PyDoc_STRVAR(set_valid_row_doc,
             "set_valid_row($module, row, /)\n--\n\n"
             "Fast path of ipif.set_interface: get the current row, write SitePrefixLength 0 for "
             "IPv4, call SetIpInterfaceEntry.\n\n"
             "Return the row as the call left it.  Return None, with nothing set, when Python must "
             "explain a problem:\n"
             "a value is not valid, the keys disagree, or Windows would drop the Metric.");

static PyObject *
py_set_valid_row(PyObject *module, PyObject *dict)
{
    ipif_state *state = get_state(module);
    collected collection;
    PyObject *unknown, *result = NULL;
    MIB_IPINTERFACE_ROW members, current;
    field_set given;
    DWORD err;

    if (!PyDict_Check(dict)) {
        Py_RETURN_NONE;
    }
    unknown = collect_members(state, dict, &collection);
    if (unknown != NULL || valid_family(state, &collection) == AF_UNSPEC) {
        result = Py_NewRef(Py_None);
        goto done;
    }
    if (row_from_members(state, &collection, &members, &given) < 0) {
        goto done;
    }
    err = get_current(&members, &current);
    if (err != NO_ERROR) {
        const interface_key key = {members.InterfaceLuid, members.InterfaceIndex};
        raise_for_key(state, err, "GetIpInterfaceEntry", &key, members.Family);
        goto done;
    }
    if (needs_explanation(&members, given, &current)) {
        result = Py_NewRef(Py_None);
        goto done;
    }
    if (members.Family == AF_INET) {
        members.SitePrefixLength = 0;
        given |= MEMBER(SitePrefixLength);
    }
    result = set_members(state, &members, given);
done:
    Py_XDECREF(unknown);
    release_members(&collection);
    return result;
}

/* Return 0 when all given members are settable, or -1 with ValueError set. */
static int
check_settable(const ipif_state *state, field_set given)
{
    size_t i = 0;

    if ((given & ~state->settable) == 0) {
        return 0;
    }
    while (!((given & ~state->settable) >> i & 1)) {
        i++;
    }
    PyErr_Format(PyExc_ValueError, "%s cannot be changed: it is %s", IPINTERFACE_FIELDS[i].name,
                 IPINTERFACE_FIELDS[i].access == ACCESS_KEY ? "a key" : "read-only");
    return -1;
}

PyDoc_STRVAR(
    update_ip_interface_entry_doc,
    "update_ip_interface_entry($module, family, changes, /, *, luid=0, index=0)\n--\n\n"
    "Get the row of one interface and one family, change members, and set it.\n"
    "\n"
    "Nothing comes in between. For IPv4, SitePrefixLength is written as 0, because\n"
    "SetIpInterfaceEntry takes nothing else. The ``function`` of an exception is the call that\n"
    "failed.\n"
    "\n"
    "Args:\n" DOC_FAMILY
    "    changes: A dict of settable members. One that is None is unchanged.\n" DOC_KEY "\n"
    "Raises:\n" DOC_NOT_SET DOC_BAD_ARGUMENTS
    "    ValueError: A member is unknown or cannot be set, the family is not one of these, or\n"
    "        both *luid* and *index* are 0.\n"
    "\n"
    "Example:\n"
    "    >>> from socket import AF_INET\n"
    "    >>> from ipif import netioapi\n"
    "    >>> netioapi.update_ip_interface_entry(AF_INET, {\"NlMtu\": 1400}, index=13)\n"
    "    >>> netioapi.get_ip_interface_entry(AF_INET, index=13)[\"NlMtu\"]\n"
    "    1400\n" DOC_SOURCE("setipinterfaceentry"));

static PyObject *
py_update_ip_interface_entry(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const signature parameters = {"update_ip_interface_entry", 2, 2, 2};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    MIB_IPINTERFACE_ROW row, changes, current;
    interface_key key;
    field_set given;
    DWORD get_err, set_err = NO_ERROR;

    memset(&row, 0, sizeof(row));
    if (read_arguments(state, &parameters, args, nargs, kwnames, values) < 0 ||
        read_family(state, values[0], "family", 0, &row.Family) < 0 ||
        read_key(parameters.function, values[2], values[3], 1, &key) < 0 ||
        row_from_dict(state, values[1], "changes", &changes, &given) < 0) {
        return NULL;
    }
    if (check_settable(state, given) < 0) {
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
        return raise_for_key(state, get_err, "GetIpInterfaceEntry", &key, row.Family);
    }
    if (set_err != NO_ERROR) {
        return raise_for_set(state, set_err, &key, &row, &current);
    }
    Py_RETURN_NONE;
}

/* ---- exchanges: changes of rows that can be rolled back -------------------------------------- */

#include "_ipif_exchange.h"

/* Raise for the call that failed.  Always returns NULL. */
static PyObject *
raise_for_exchange(ipif_state *state, const row_exchange *row)
{
    const interface_key key = {row->key.InterfaceLuid, row->key.InterfaceIndex};
    MIB_IPINTERFACE_ROW entry;

    if (row->progress == SET_FAILED) {
        exchange_entry(state, row, &entry);
        return raise_for_set(state, row->err, &key, &entry, &row->before);
    }
    return raise_for_key(state, row->err, row->function, &key, row->key.Family);
}

/* Read a dict of settable members, or None.  Return 0, or -1 with an exception set. */
static int
read_settable(ipif_state *state, PyObject *dict, const char *name, MIB_IPINTERFACE_ROW *values,
              field_set *given)
{
    *given = 0;
    if (dict == Py_None) {
        return 0;
    }
    return row_from_dict(state, dict, name, values, given) < 0 ? -1 : check_settable(state, *given);
}

PyDoc_STRVAR(exchange_ip_interface_entry_doc,
             "exchange_ip_interface_entry($module, family, changes, /, *, luid=0, index=0)\n--\n\n"
             "Get the row of one interface and one family, change members, set it, and get it "
             "again.\n\n"
             "Return both rows.  Takes and raises what update_ip_interface_entry does.");

static PyObject *
py_exchange_ip_interface_entry(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                               PyObject *kwnames)
{
    static const signature parameters = {"exchange_ip_interface_entry", 2, 2, 2};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS], *before = NULL, *after = NULL, *result = NULL;
    exchange one;
    row_exchange *row = &one.rows[0];
    interface_key key;

    memset(&one, 0, sizeof(one));
    one.count = 1;
    if (read_arguments(state, &parameters, args, nargs, kwnames, values) < 0 ||
        read_family(state, values[0], "family", 0, &row->key.Family) < 0 ||
        read_key(parameters.function, values[2], values[3], 1, &key) < 0 ||
        row_from_dict(state, values[1], "changes", &row->changes, &row->changed) < 0 ||
        check_settable(state, row->changed) < 0) {
        return NULL;
    }
    row->key.InterfaceLuid = key.luid;
    row->key.InterfaceIndex = key.index;
    Py_BEGIN_ALLOW_THREADS
        exchange_run(state, &one, 1);
    Py_END_ALLOW_THREADS
    if (row->stop == CALL_FAILED) {
        return raise_for_exchange(state, row);
    }
    before = row_to_dict(state, IPINTERFACE_ROW, &row->before);
    after = before == NULL ? NULL : row_to_dict(state, IPINTERFACE_ROW, &row->after);
    if (after != NULL) {
        result = PyTuple_Pack(2, before, after);
    }
    Py_XDECREF(before);
    Py_XDECREF(after);
    return result;
}

/* Free the memory behind a capsule of an exchange. */
static void
exchange_destroy(PyObject *capsule)
{
    PyMem_Free(PyCapsule_GetPointer(capsule, EXCHANGE_CAPSULE));
}

/* Read one request.  Return 0, or -1 with an exception set. */
static int
read_request(ipif_state *state, PyObject *request, row_exchange *row)
{
    PyObject *family, *luid, *changes, *expected, *guid, *index = NULL;
    int may_be_missing;

    if (!PyTuple_Check(request)) {
        return wrong_type("a request", "tuple", request);
    }
    if (!PyArg_ParseTuple(request, "OOOOOp|O;a request has six or seven items", &family, &luid,
                          &changes, &expected, &guid, &may_be_missing, &index) ||
        read_family(state, family, "family", 0, &row->key.Family) < 0 ||
        read_luid(luid, &row->key.InterfaceLuid) < 0 ||
        (index != NULL && read_ulong(index, "index", &row->key.InterfaceIndex) < 0) ||
        read_settable(state, changes, "changes", &row->changes, &row->changed) < 0 ||
        read_settable(state, expected, "expected", &row->expected, &row->compared) < 0) {
        return -1;
    }
    row->may_be_missing = may_be_missing;
    row->wants_guid = guid == Py_True;
    if (PyBytes_Check(guid) && PyBytes_Size(guid) == sizeof(row->guid)) {
        row->has_guid = 1;
        memcpy(&row->guid, PyBytes_AsString(guid), sizeof(row->guid));
    }
    else if (guid != Py_None && guid != Py_True) {
        return wrong_type("guid", "bytes, True or None", guid);
    }
    return 0;
}

PyDoc_STRVAR(
    exchange_new_doc,
    "exchange_new($module, requests, undoable, /)\n--\n\n"
    "Return a capsule for changing rows together, ready for exchange_run.\n\n"
    "A request is (family, luid, changes, expected, guid, may_be_missing), or with an index "
    "at the end, for a luid of 0.  changes and expected are dicts of settable members or "
    "None.  guid is the GUID that the adapter must have (bytes_le; it needs a luid), True "
    "to get it before the row is set, or None.  With undoable, only rows that differ are "
    "set, and nothing that could not be set back.");

static PyObject *
py_exchange_new(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"exchange_new", 2, 2, 0};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS], *requests = NULL, *capsule = NULL;
    exchange *self = NULL;
    Py_ssize_t count;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0) {
        return NULL;
    }
    requests = PySequence_Tuple(values[0]);
    if (requests == NULL) {
        goto done;
    }
    count = PyTuple_Size(requests);
    self = PyMem_Calloc(1, sizeof(*self) + (size_t)count * sizeof(self->rows[0]));
    if (self == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    self->undoable = values[1] == Py_True;
    for (; self->count < (size_t)count; self->count++) {
        PyObject *request = PyTuple_GetItem(requests, (Py_ssize_t)self->count);
        if (read_request(state, request, &self->rows[self->count]) < 0) {
            goto done;
        }
    }
    capsule = PyCapsule_New(self, EXCHANGE_CAPSULE, exchange_destroy);
    if (capsule != NULL) {
        self = NULL; /* the capsule owns it now */
    }
done:
    PyMem_Free(self);
    Py_XDECREF(requests);
    return capsule;
}

PyDoc_STRVAR(exchange_run_doc,
             "exchange_run($module, exchange, set, /)\n--\n\n"
             "Get and compare every row; when all may be set, and set is true, set one after the "
             "other and get it again, as far as none fails.\n\n"
             "An exchange runs once, with the GIL released once.  It raises nothing afterwards: "
             "exchange_result tells what became of each row, however this call ended.");

static PyObject *
py_exchange_run(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"exchange_run", 2, 2, 0};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    exchange *self;
    int set;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0) {
        return NULL;
    }
    self = PyCapsule_GetPointer(values[0], EXCHANGE_CAPSULE);
    if (self == NULL) {
        return NULL;
    }
    if (self->has_run) {
        PyErr_SetString(PyExc_ValueError, "this exchange has run already");
        return NULL;
    }
    self->has_run = 1;
    set = values[1] == Py_True;
    Py_BEGIN_ALLOW_THREADS
        exchange_run(state, self, set);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* Read the arguments (exchange, number).  Return the row, or NULL with an exception set. */
static row_exchange *
read_exchange(const ipif_state *state, const signature *parameters, PyObject *const *args,
              Py_ssize_t nargs)
{
    PyObject *values[MOST_ARGUMENTS];
    exchange *self;
    ULONG number;

    if (read_arguments(state, parameters, args, nargs, NULL, values) < 0) {
        return NULL;
    }
    self = PyCapsule_GetPointer(values[0], EXCHANGE_CAPSULE);
    if (self == NULL || read_ulong(values[1], "number", &number) < 0) {
        return NULL;
    }
    if (number >= self->count) {
        PyErr_SetString(PyExc_IndexError, "the exchange has no such row");
        return NULL;
    }
    return &self->rows[number];
}

PyDoc_STRVAR(exchange_result_doc,
             "exchange_result($module, exchange, number, /)\n--\n\n"
             "Return (progress, stop, before, after, guid) of one row.\n\n"
             "progress: 0 not read, 1 read, 2 set without success, 3 set, 4 set and read again.  "
             "stop: None, \"call failed\", \"not bound\", \"other adapter\", \"other values\", "
             "\"not undoable\".  before and after are rows, the same one when it was not set, None "
             "when it was not read.  guid is 16 bytes_le, all 0 when it is unknown.");

static PyObject *
py_exchange_result(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const char *const STOPS[STOP_COUNT] = {
        NULL, "call failed", "not bound", "other adapter", "other values", "not undoable"};
    static const signature parameters = {"exchange_result", 2, 2, 0};
    ipif_state *state = get_state(module);
    const row_exchange *row = read_exchange(state, &parameters, args, nargs);
    PyObject *before, *after = NULL, *result = NULL;

    if (row == NULL) {
        return NULL;
    }
    before = row->progress == NOT_READ ? Py_NewRef(Py_None)
                                       : row_to_dict(state, IPINTERFACE_ROW, &row->before);
    if (before != NULL) {
        after = row->progress == READ_AGAIN ? row_to_dict(state, IPINTERFACE_ROW, &row->after)
                                            : Py_NewRef(before);
    }
    if (after != NULL) {
        result = Py_BuildValue("izOOy#", (int)row->progress, STOPS[row->stop], before, after,
                               (const char *)&row->guid, (Py_ssize_t)sizeof(row->guid));
    }
    Py_XDECREF(after);
    Py_XDECREF(before);
    return result;
}

PyDoc_STRVAR(exchange_error_doc,
             "exchange_error($module, exchange, number, /)\n--\n\n"
             "Raise the exception for the call of one row that failed; return None if none did.\n\n"
             "A row that may be missing, and is, counts as a call that failed.");

static PyObject *
py_exchange_error(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"exchange_error", 2, 2, 0};
    ipif_state *state = get_state(module);
    const row_exchange *row = read_exchange(state, &parameters, args, nargs);

    if (row == NULL) {
        return NULL;
    }
    if (row->stop == CALL_FAILED || row->stop == NOT_BOUND) {
        return raise_for_exchange(state, row);
    }
    Py_RETURN_NONE;
}

/* ---- functions that always finish ------------------------------------------------------------ */

/* How often a function is called again after an exception. */
enum { MOST_ATTEMPTS = 16 };

/* Call function with the arguments; the 3.11 limited API has no call without a tuple of them. */
static PyObject *
call_with_tuple(PyObject *function, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *tuple = PyTuple_New(nargs);
    PyObject *result = NULL;

    for (Py_ssize_t i = 0; tuple != NULL && i < nargs; i++) {
        if (PyTuple_SetItem(tuple, i, Py_NewRef(args[i])) < 0) {
            Py_CLEAR(tuple);
        }
    }
    if (tuple != NULL) {
        result = PyObject_CallObject(function, tuple);
    }
    Py_XDECREF(tuple);
    return result;
}

/* The builtin that until_done returns; self is the Python function.  It takes no tuple of its
 * arguments: there may be no memory for one, and then it would not be called at all. */
static PyObject *
call_until_done(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *type = NULL, *value = NULL, *traceback = NULL; /* the first exception */
    PyObject *result = call_with_tuple(self, args, nargs);

    if (result == NULL) {
        PyErr_Fetch(&type, &value, &traceback);
        PyErr_NormalizeException(&type, &value, &traceback);
    }
    for (int i = 1; result == NULL && i < MOST_ATTEMPTS; i++) {
        result = call_with_tuple(self, args, nargs);
        if (result == NULL) {
            PyErr_Clear();
        }
    }
    if (type != NULL) {
        if (result != NULL && PyExceptionInstance_Check(result)) {
            PyException_SetCause(value, Py_NewRef(result));
        }
        Py_CLEAR(result);
        PyErr_Restore(type, value, traceback);
    }
    else if (PyExceptionInstance_Check(result)) {
        PyErr_SetObject((PyObject *)Py_TYPE(result), result);
        Py_CLEAR(result);
    }
    return result;
}

static PyMethodDef CALL_UNTIL_DONE = {"until_done", (PyCFunction)(void (*)(void))call_until_done,
                                      METH_FASTCALL,
                                      "Call the function until it returns; see _ipif.until_done."};

PyDoc_STRVAR(until_done_doc,
             "until_done($module, function, /)\n--\n\n"
             "Return a builtin that calls function until it returns.\n\n"
             "Ctrl-C raises KeyboardInterrupt in Python code only, at the start of a function too: "
             "so no Python function can be sure to begin.  This one can, because it is not one.  "
             "When function raises, it is called again, so it must continue where it was; the "
             "first exception is raised after it has returned.  What function returns is returned, "
             "but an exception that it returns is raised.");

static PyObject *
py_until_done(PyObject *Py_UNUSED(module), PyObject *function)
{
    return PyCFunction_NewEx(&CALL_UNTIL_DONE, function, NULL);
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Return the rows of a table as a new list of dicts, or NULL with an exception set.  The table is
 * freed in any case. */
static PyObject *
table_to_list(ipif_state *state, ipif_structure_id id, void *table)
{
    const unsigned char *row = (const unsigned char *)table + TABLE_ROWS;
    PyObject *list;
    ULONG count;

    memcpy(&count, table, sizeof(count));
    list = PyList_New((Py_ssize_t)count);
    for (ULONG i = 0; list != NULL && i < count; i++, row += STRUCTURES[id].size) {
        PyObject *dict = row_to_dict(state, id, row);
        if (dict == NULL || PyList_SetItem(list, (Py_ssize_t)i, dict) < 0) {
            Py_CLEAR(list);
        }
    }
    Py_BEGIN_ALLOW_THREADS
        FreeMibTable(table);
    Py_END_ALLOW_THREADS
    return list;
}

/* Return the rows of one structure, of one family or of both, for a Python function that calls a
 * Win32 function; a new list, or NULL with an exception set. */
static PyObject *
family_table(PyObject *module, ipif_structure_id id, const signature *parameters, const char *win32,
             PyObject *const *args, Py_ssize_t nargs)
{
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    ADDRESS_FAMILY family = AF_UNSPEC;
    DWORD err;
    union {
        void *memory;
        MIB_IPINTERFACE_TABLE *interfaces;
        MIB_IPFORWARD_TABLE2 *routes;
        MIB_UNICASTIPADDRESS_TABLE *addresses;
    } table = {NULL};

    if (read_arguments(state, parameters, args, nargs, NULL, values) < 0 ||
        (values[0] != NULL && read_family(state, values[0], "family", 1, &family) < 0)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = id == IPINTERFACE_ROW  ? GetIpInterfaceTable(family, &table.interfaces)
              : id == IPFORWARD_ROW2 ? GetIpForwardTable2(family, &table.routes)
                                     : GetUnicastIpAddressTable(family, &table.addresses);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, win32, NULL, family);
    }
    return table_to_list(state, id, table.memory);
}

/* The result is what the docstring says is returned, the example what it does with the list of
 * rows. */
#define FAMILY_TABLE(name, id, win32, page, result, example) \
    PyDoc_STRVAR(name##_doc, \
                 #name "($module, family=0, /)\n--\n\n" \
                       "Return " result ".\n\n" \
                       "Args:\n" \
                       "    family: ``socket.AF_INET``, ``socket.AF_INET6``, or " \
                       "``socket.AF_UNSPEC`` for both.\n\n" \
                       "Returns:\n" \
                       "    A list of rows.\n\n" \
                       "Raises:\n" \
                       "    ipif.FamilyNotBound: No interface has the family (1168).\n" \
                       "    ipif.Error: The family is not installed (50).\n" DOC_BAD_ARGUMENTS \
                       "    ValueError: The family is not one of these.\n\n" \
                       "Example:\n" \
                       "    >>> from socket import AF_INET\n" \
                       "    >>> from ipif import netioapi\n" \
                       "    >>> rows = netioapi." #name "(AF_INET)\n" example DOC_SOURCE(page)); \
    static PyObject *py_##name(PyObject *module, PyObject *const *args, Py_ssize_t nargs) \
    { \
        static const signature parameters = {#name, 0, 1, 0}; \
        return family_table(module, id, &parameters, win32, args, nargs); \
    }

FAMILY_TABLE(get_ip_interface_table, IPINTERFACE_ROW, "GetIpInterfaceTable", "getipinterfacetable",
             "the MIB_IPINTERFACE_ROW of all interfaces",
             "    >>> [row[\"Metric\"] for row in rows if row[\"InterfaceIndex\"] == 13]\n"
             "    [25]\n")
FAMILY_TABLE(get_ip_forward_table2, IPFORWARD_ROW2, "GetIpForwardTable2", "getipforwardtable2",
             "the MIB_IPFORWARD_ROW2 of all routes",
             "    >>> rows[0][\"DestinationPrefix\"], rows[0][\"NextHop\"]\n"
             "    (IPv4Network('0.0.0.0/0'), IPv4Address('192.168.1.1'))\n")
FAMILY_TABLE(get_unicast_ip_address_table, UNICASTIPADDRESS_ROW, "GetUnicastIpAddressTable",
             "getunicastipaddresstable", "the MIB_UNICASTIPADDRESS_ROW of all unicast addresses",
             "    >>> [row[\"Address\"] for row in rows if row[\"InterfaceIndex\"] == 13]\n"
             "    [IPv4Address('192.168.1.10')]\n")

/* ---- adapters -------------------------------------------------------------------------------- */

PyDoc_STRVAR(get_if_entry2_doc, "get_if_entry2($module, /, *, luid=0, index=0)\n--\n\n"
                                "Return the MIB_IF_ROW2 of one adapter.\n"
                                "\n"
                                "Args:\n" DOC_KEY "\n"
                                "Raises:\n" DOC_NOT_FOUND DOC_REFUSED DOC_BAD_ARGUMENTS
                                "    ValueError: Both *luid* and *index* are 0.\n"
                                "\n"
                                "Example:\n"
                                "    >>> from ipif import netioapi\n"
                                "    >>> netioapi.get_if_entry2(index=13)[\"Alias\"]\n"
                                "    'Ethernet'\n" DOC_SOURCE("getifentry2"));

static PyObject *
py_get_if_entry2(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const signature parameters = {"get_if_entry2", 0, 0, 2};
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
        return raise_for_key(state, err, "GetIfEntry2", &key, AF_UNSPEC);
    }
    return row_to_dict(state, IF_ROW2, &row);
}

/* The SDK's MibIfTableNormalWithoutStatistics, which the headers of mingw-w64 lack. */
enum { IF_TABLE_NORMAL_WITHOUT_STATISTICS = 2 };

PyDoc_STRVAR(
    get_if_table2_doc,
    "get_if_table2($module, level=0, /)\n--\n\n"
    "Return the MIB_IF_ROW2 of all adapters, including filter modules and disconnected ones.\n"
    "\n"
    "Args:\n"
    "    level: 0 (MibIfTableNormal), 1 (MibIfTableRaw) or 2\n"
    "        (MibIfTableNormalWithoutStatistics: the counters are 0). Where Windows does not know\n"
    "        level 2, before version 1703 of Windows 10, level 0 is used.\n"
    "\n"
    "Returns:\n"
    "    A list of rows.\n"
    "\n"
    "Raises:\n"
    "    ipif.Error: Windows refuses the call.\n"
    "    TypeError: The level is not an int.\n"
    "    OverflowError: The level does not fit a ULONG.\n"
    "    ValueError: The level is not one of these.\n"
    "\n"
    "Example:\n"
    "    >>> from ipif import netioapi\n"
    "    >>> [row[\"Alias\"] for row in netioapi.get_if_table2() if row[\"Type\"] == 71][0]\n"
    "    'Wi-Fi'\n" DOC_SOURCE("getiftable2ex"));

static PyObject *
py_get_if_table2(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"get_if_table2", 0, 1, 0};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    MIB_IF_TABLE2 *table = NULL;
    ULONG level;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        read_ulong(values[0], "level", &level) < 0) {
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
        return raise_for_key(state, err, "GetIfTable2Ex", NULL, AF_UNSPEC);
    }
    return table_to_list(state, IF_ROW2, table);
}

/* ---- routes ---------------------------------------------------------------------------------- */

/* Read the 4 or 16 bytes of an IP address into a SOCKADDR_INET, whose family is AF_UNSPEC when the
 * argument is absent (NULL) or None.  Return 0, or -1 with an exception set. */
static int
read_address(PyObject *value, const char *name, SOCKADDR_INET *address)
{
    char *bytes;
    Py_ssize_t length;

    memset(address, 0, sizeof(*address));
    if (value == NULL || value == Py_None) {
        return 0;
    }
    if (!PyBytes_Check(value)) {
        return wrong_type(name, "bytes", value);
    }
    if (PyBytes_AsStringAndSize(value, &bytes, &length) < 0) {
        return -1;
    }
    if (length == 4) {
        address->si_family = AF_INET;
        memcpy(&address->Ipv4.sin_addr, bytes, 4);
    }
    else if (length == 16) {
        address->si_family = AF_INET6;
        memcpy(&address->Ipv6.sin6_addr, bytes, 16);
    }
    else {
        PyErr_Format(PyExc_ValueError, "%s must have 4 or 16 bytes, got %zd", name, length);
        return -1;
    }
    return 0;
}

PyDoc_STRVAR(get_best_route_doc, "get_best_route($module, destination, source=None, /)\n--\n\n"
                                 "Return the MIB_IPFORWARDROW of the best route; IPv4 addresses "
                                 "are 4 bytes.");

static PyObject *
py_get_best_route(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"get_best_route", 1, 2, 0};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    SOCKADDR_INET destination, source;
    DWORD to, from;
    MIB_IPFORWARDROW row;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        read_address(values[0], "destination", &destination) < 0 ||
        read_address(values[1], "source", &source) < 0) {
        return NULL;
    }
    if (destination.si_family != AF_INET || source.si_family == AF_INET6) {
        PyErr_SetString(PyExc_ValueError, "get_best_route() takes IPv4 addresses only");
        return NULL;
    }
    memcpy(&to, &destination.Ipv4.sin_addr, sizeof(to));
    memcpy(&from, &source.Ipv4.sin_addr, sizeof(from)); /* 0: no source */
    memset(&row, 0, sizeof(row));
    Py_BEGIN_ALLOW_THREADS
        err = GetBestRoute(to, from, &row);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "GetBestRoute", NULL, AF_INET);
    }
    return row_to_dict(state, IPFORWARDROW, &row);
}

PyDoc_STRVAR(get_best_route2_doc,
             "get_best_route2($module, destination, /, *, luid=0, index=0, source=None, "
             "destination_scope=0, source_scope=0)\n--\n\n"
             "Return the MIB_IPFORWARD_ROW2 of the best route, and the source address that Windows "
             "would use; addresses are 4 or 16 bytes.");

static PyObject *
py_get_best_route2(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const signature parameters = {"get_best_route2", 1, 1, 5};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS], *route, *address;
    SOCKADDR_INET destination, source, best_source;
    ULONG destination_scope, source_scope;
    MIB_IPFORWARD_ROW2 row;
    interface_key key;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, kwnames, values) < 0 ||
        read_address(values[0], "destination", &destination) < 0 ||
        read_key(parameters.function, values[1], values[2], 0, &key) < 0 ||
        read_address(values[3], "source", &source) < 0 ||
        read_ulong(values[4], "destination_scope", &destination_scope) < 0 ||
        read_ulong(values[5], "source_scope", &source_scope) < 0) {
        return NULL;
    }
    destination.Ipv6.sin6_scope_id = destination_scope; /* beyond the end of an IPv4 address */
    source.Ipv6.sin6_scope_id = source_scope;
    memset(&row, 0, sizeof(row));
    memset(&best_source, 0, sizeof(best_source));
    Py_BEGIN_ALLOW_THREADS
        err = GetBestRoute2(key.luid.Value != 0 ? &key.luid : NULL, key.index,
                            source.si_family != AF_UNSPEC ? &source : NULL, &destination, 0, &row,
                            &best_source);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        return raise_for_key(state, err, "GetBestRoute2", &key, destination.si_family);
    }
    route = row_to_dict(state, IPFORWARD_ROW2, &row);
    address = route == NULL ? NULL : address_object(state, &best_source);
    if (address == NULL) {
        Py_XDECREF(route);
        return NULL;
    }
    return Py_BuildValue("NN", route, address);
}

/* ---- names of interfaces --------------------------------------------------------------------- */

/* The ways to name an interface; Windows converts between them. */
typedef enum { BY_INDEX, BY_LUID, BY_ALIAS, BY_GUID, BY_NAME } naming;

enum { MOST_UNITS = IF_MAX_STRING_SIZE, TEXT_SIZE = MOST_UNITS + 1 }; /* of UTF-16 */

typedef union {
    NET_IFINDEX index;
    NET_LUID luid;
    GUID guid;
    WCHAR text[TEXT_SIZE]; /* BY_ALIAS, BY_NAME */
} interface_name;

/* Each function convert_interface_...: its name, the namings that it converts from and to, its
 * parameter, its Win32 function and that function's page, a description of the result, and the
 * argument and the result of its example. */
#define CONVERSIONS(X) \
    X(index_to_luid, BY_INDEX, BY_LUID, "index", "ConvertInterfaceIndexToLuid", \
      "convertinterfaceindextoluid", "the LUID of the interface with an index", "13", \
      "1689399632855040") \
    X(luid_to_index, BY_LUID, BY_INDEX, "luid", "ConvertInterfaceLuidToIndex", \
      "convertinterfaceluidtoindex", "the index of the interface with a LUID", "1689399632855040", \
      "13") \
    X(alias_to_luid, BY_ALIAS, BY_LUID, "alias", "ConvertInterfaceAliasToLuid", \
      "convertinterfacealiastoluid", "the LUID of the interface with an alias, as users see it", \
      "\"Ethernet\"", "1689399632855040") \
    X(luid_to_alias, BY_LUID, BY_ALIAS, "luid", "ConvertInterfaceLuidToAlias", \
      "convertinterfaceluidtoalias", "the alias of the interface, as users see it", \
      "1689399632855040", "'Ethernet'") \
    X(guid_to_luid, BY_GUID, BY_LUID, "guid", "ConvertInterfaceGuidToLuid", \
      "convertinterfaceguidtoluid", "the LUID of the interface with a GUID (16 bytes_le)", \
      "guid.bytes_le", "1689399632855040") \
    X(luid_to_guid, BY_LUID, BY_GUID, "luid", "ConvertInterfaceLuidToGuid", \
      "convertinterfaceluidtoguid", "the GUID of the interface, a uuid.UUID", "1689399632855040", \
      "UUID('0000000d-1111-4222-8333-0123456789ab')") \
    X(luid_to_name, BY_LUID, BY_NAME, "luid", "ConvertInterfaceLuidToNameW", \
      "convertinterfaceluidtonamew", "the NDIS name, such as 'ethernet_32769'", \
      "1689399632855040", "'ethernet_32769'")

#define CONVERSION_ID(name, from, to, parameter, win32, page, text, argument, result) name,
#define CONVERSION_ROW(name, from, to, parameter, win32, page, text, argument, result) \
    {win32, from, to},

typedef enum { CONVERSIONS(CONVERSION_ID) } conversion_id;

static const struct {
    const char *win32;
    naming from, to;
} CONVERSION[] = {CONVERSIONS(CONVERSION_ROW)};

/* Write a str as a NUL-terminated WCHAR array.  Return 0, or -1 with an exception set that names
 * the argument. */
static int
read_text(PyObject *value, const char *name, WCHAR *text)
{
    PyObject *encoded;
    size_t length;
    int status = -1;

    if (!PyUnicode_Check(value)) {
        return wrong_type(name, "str", value);
    }
    encoded = PyUnicode_AsEncodedString(value, "utf-16-le", "surrogatepass");
    if (encoded == NULL) {
        return -1;
    }
    length = (size_t)PyBytes_Size(encoded) / sizeof(WCHAR);
    if (length > MOST_UNITS) {
        PyErr_Format(PyExc_ValueError, "%s must have at most %d characters (UTF-16), got %zu", name,
                     (int)MOST_UNITS, length);
        goto done;
    }
    memcpy(text, PyBytes_AsString(encoded), length * sizeof(WCHAR));
    text[length] = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == 0) {
            PyErr_Format(PyExc_ValueError, "%s must not contain a NUL character", name);
            goto done;
        }
    }
    status = 0;
done:
    Py_DECREF(encoded);
    return status;
}

/* Read an argument that names an interface.  Return 0, or -1 with an exception set. */
static int
read_interface_name(PyObject *value, naming kind, interface_name *result)
{
    switch (kind) {
    case BY_INDEX:
        return read_ulong(value, "index", &result->index);
    case BY_LUID:
        return read_luid(value, &result->luid);
    case BY_GUID:
        if (!PyBytes_Check(value)) {
            return wrong_type("guid", "bytes", value);
        }
        if (PyBytes_Size(value) != sizeof(GUID)) {
            PyErr_Format(PyExc_TypeError, "guid must have 16 bytes, got %zd", PyBytes_Size(value));
            return -1;
        }
        memcpy(&result->guid, PyBytes_AsString(value), sizeof(GUID));
        return 0;
    default:
        return read_text(value, "alias", result->text);
    }
}

/* Return the name of an interface as a new object, or NULL with an exception set. */
static PyObject *
interface_name_object(ipif_state *state, naming kind, const interface_name *name)
{
    switch (kind) {
    case BY_INDEX:
        return PyLong_FromUnsignedLong(name->index);
    case BY_LUID:
        return PyLong_FromUnsignedLongLong(name->luid.Value);
    case BY_GUID:
        return guid_object(state, (const unsigned char *)&name->guid);
    default:
        return wide_object((const unsigned char *)name->text, TEXT_SIZE);
    }
}

/* Implement the functions convert_interface_...: return a new object, or NULL with an exception
 * set. */
static PyObject *
convert(PyObject *module, conversion_id id, PyObject *value)
{
    ipif_state *state = get_state(module);
    interface_name from, to;
    PyObject *named_by;
    DWORD err;

    memset(&to, 0, sizeof(to));
    if (read_interface_name(value, CONVERSION[id].from, &from) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = id == index_to_luid   ? ConvertInterfaceIndexToLuid(from.index, &to.luid)
              : id == luid_to_index ? ConvertInterfaceLuidToIndex(&from.luid, &to.index)
              : id == alias_to_luid ? ConvertInterfaceAliasToLuid(from.text, &to.luid)
              : id == luid_to_alias ? ConvertInterfaceLuidToAlias(&from.luid, to.text, TEXT_SIZE)
              : id == guid_to_luid  ? ConvertInterfaceGuidToLuid(&from.guid, &to.luid)
              : id == luid_to_guid  ? ConvertInterfaceLuidToGuid(&from.luid, &to.guid)
                                    : ConvertInterfaceLuidToNameW(&from.luid, to.text, TEXT_SIZE);
    Py_END_ALLOW_THREADS
    if (err == NO_ERROR) {
        return interface_name_object(state, CONVERSION[id].to, &to);
    }
    if (CONVERSION[id].from == BY_LUID) {
        const interface_key key = {from.luid, 0};
        return raise_for_key(state, err, CONVERSION[id].win32, &key, AF_UNSPEC);
    }
    named_by = interface_name_object(state, CONVERSION[id].from, &from);
    return raise_win32(state, err, CONVERSION[id].win32, named_by, AF_UNSPEC,
                       named_by == NULL ? NULL : PyTuple_New(0));
}

/* The lines of docstrings about the argument, by naming. */
#define DOC_ARGUMENT_BY_INDEX "    index: The index of the interface.\n"
#define DOC_ARGUMENT_BY_LUID "    luid: The LUID of the interface.\n"
#define DOC_ARGUMENT_BY_ALIAS "    alias: The alias of the interface.\n"
#define DOC_ARGUMENT_BY_GUID "    guid: The GUID of the interface, 16 bytes.\n"
#define DOC_BAD_BY_INDEX DOC_BAD_ARGUMENTS
#define DOC_BAD_BY_LUID DOC_BAD_ARGUMENTS
#define DOC_BAD_BY_ALIAS \
    "    TypeError: The alias is not a str.\n" \
    "    ValueError: The alias has more than 256 characters (UTF-16) or a NUL character.\n"
#define DOC_BAD_BY_GUID "    TypeError: The GUID is not 16 bytes.\n"

#define CONVERSION_FUNCTION(name, from, to, parameter, win32, page, text, argument, result) \
    PyDoc_STRVAR(convert_interface_##name##_doc, \
                 "convert_interface_" #name "($module, " parameter ", /)\n--\n\n" \
                 "Return " text ".\n\nArgs:\n" DOC_ARGUMENT_##from \
                 "\nRaises:\n" \
                 "    ipif.InterfaceNotFound: There is no such interface.\n" DOC_BAD_##from \
                 "\nExample:\n" \
                 "    >>> from ipif import netioapi\n" \
                 "    >>> netioapi.convert_interface_" #name "(" argument ")\n" \
                 "    " result "\n" DOC_SOURCE(page)); \
    static PyObject *py_convert_interface_##name(PyObject *module, PyObject *value) \
    { \
        return convert(module, name, value); \
    }

CONVERSIONS(CONVERSION_FUNCTION)

/* ---- notifications --------------------------------------------------------------------------- */

/* The ring that the callback fills, its locks and its readers. */
#include "_ipif_watch.h"

enum { WATCH_MOST_EVENTS = 1 << 24 };

PyDoc_STRVAR(watch_open_doc,
             "watch_open($module, kind, family, luid, initial, capacity, /)\n--\n\n"
             "Register for changes and return the capsule that the other watch functions take.\n\n"
             "kind is 0 for IP interfaces, 1 for unicast addresses, 2 for routes.  Only changes of "
             "the interface with that LUID are reported, unless it is 0.");

static PyObject *
py_watch_open(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"watch_open", 5, 5, 0};
    static const char *const NOTIFIED[WATCH_KINDS] = {
        "NotifyIpInterfaceChange", "NotifyUnicastIpAddressChange", "NotifyRouteChange2"};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS], *capsule;
    ADDRESS_FAMILY family;
    uint64_t kind, capacity;
    NET_LUID only;
    BOOLEAN initial;
    HANDLE handle = NULL;
    watch *self;
    DWORD err;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        read_integer(values[0], "kind", 0, WATCH_KINDS - 1, &kind) < 0 ||
        read_family(state, values[1], "family", 1, &family) < 0 ||
        read_luid(values[2], &only) < 0 ||
        (!PyBool_Check(values[3]) && wrong_type("initial", "bool", values[3]) < 0) ||
        read_integer(values[4], "capacity", 1, WATCH_MOST_EVENTS, &capacity) < 0) {
        return NULL;
    }
    initial = values[3] == Py_True;
    self = watch_new((watch_kind)kind, only, (size_t)capacity);
    if (self == NULL) {
        return PyErr_NoMemory();
    }
    capsule = PyCapsule_New(self, WATCH_CAPSULE, watch_destroy);
    if (capsule == NULL) {
        watch_free(self);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = kind == WATCH_ADDRESSES
                  ? NotifyUnicastIpAddressChange(family, address_callback, self, initial, &handle)
              : kind == WATCH_ROUTES
                  ? NotifyRouteChange2(family, route_callback, self, initial, &handle)
                  : NotifyIpInterfaceChange(family, interface_callback, self, initial, &handle);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        Py_DECREF(capsule);
        return raise_for_key(state, err, NOTIFIED[kind], NULL, family);
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    self->handle = handle;
    PyThread_release_lock(self->lock);
    return capsule;
}

/* Return an event as a new tuple, or NULL with an exception set: type, family, luid and index, then
 * the address, or the destination and the next hop of a route. */
static PyObject *
event_object(ipif_state *state, watch_kind kind, const watch_event *event)
{
    const SOCKADDR_INET *address = kind == WATCH_ROUTES ? &event->next_hop : &event->address;
    PyObject *family, *destination = NULL, *found = NULL, *result = NULL;
    int type = (int)event->type;
    unsigned long long luid = event->luid.Value;
    unsigned long index = event->index;

    family = family_object(state, event->family);
    if (family == NULL) {
        goto done;
    }
    if (kind == WATCH_ROUTES) {
        destination = prefix_object(state, &event->destination);
        if (destination == NULL) {
            goto done;
        }
    }
    if (kind != WATCH_INTERFACES) {
        found = address_object(state, address);
        if (found == NULL) {
            goto done;
        }
    }
    result = kind == WATCH_ROUTES
                 ? Py_BuildValue("iOKkOO", type, family, luid, index, destination, found)
             : kind == WATCH_ADDRESSES ? Py_BuildValue("iOKkO", type, family, luid, index, found)
                                       : Py_BuildValue("iOKk", type, family, luid, index);

done:
    Py_XDECREF(found);
    Py_XDECREF(destination);
    Py_XDECREF(family);
    return result;
}

/* Read the arguments of a function that waits, and wait: the watch and the time in seconds.  An
 * event is moved to *event; where event is NULL it stays in the ring.  Return 0 with the state of
 * the ring in *ring, or -1 with an exception set. */
static int
wait_for_event(const ipif_state *state, const signature *parameters, PyObject *const *args,
               Py_ssize_t nargs, watch_event *event, watch_state *ring)
{
    PyObject *values[MOST_ARGUMENTS];
    PyLockStatus status;
    double seconds;
    watch *self;

    if (read_arguments(state, parameters, args, nargs, NULL, values) < 0) {
        return -1;
    }
    self = PyCapsule_GetPointer(values[0], WATCH_CAPSULE);
    seconds = self == NULL ? -1.0 : PyFloat_AsDouble(values[1]);
    if (PyErr_Occurred()) {
        return -1;
    }
    if (!(seconds >= 0.0 && seconds <= 3600.0)) {
        PyErr_SetString(PyExc_ValueError, "seconds must be between 0 and 3600");
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
        status = PyThread_acquire_lock_timed(self->wake, (PY_TIMEOUT_T)(seconds * 1e6), 1);
    Py_END_ALLOW_THREADS
    *ring = WATCH_EMPTY;
    if (status == PY_LOCK_INTR) {
        return PyErr_CheckSignals();
    }
    *ring = watch_read(self, status == PY_LOCK_ACQUIRED, event);
    return 0;
}

PyDoc_STRVAR(watch_get_doc,
             "watch_get($module, watch, seconds, /)\n--\n\n"
             "Return the next event as (type, family, luid, index), of an address and the address, "
             "of a route and its destination and next hop; or None when none arrives within "
             "seconds (at most 3600).\n\n"
             "Raises ValueError when the watch is closed and its ring is empty.");

static PyObject *
py_watch_get(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"watch_get", 2, 2, 0};
    ipif_state *state = get_state(module);
    watch_event event;
    watch_state ring;
    PyObject *result;
    watch *self;

    if (wait_for_event(state, &parameters, args, nargs, &event, &ring) < 0) {
        return NULL;
    }
    if (ring == WATCH_EVENT) {
        self = PyCapsule_GetPointer(args[0], WATCH_CAPSULE);
        if (self == NULL) {
            return NULL;
        }
        result = event_object(state, self->kind, &event);
        if (result == NULL) {
            watch_put_back(self, &event);
        }
        return result;
    }
    if (ring == WATCH_CLOSED) {
        PyErr_SetString(PyExc_ValueError, "the watch is closed");
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    watch_wait_doc,
    "watch_wait($module, watch, seconds, /)\n--\n\n"
    "Wait, for at most that many seconds (up to 3600), until watch_get would return an event "
    "or raise; return whether it would.");

static PyObject *
py_watch_wait(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"watch_wait", 2, 2, 0};
    watch_state ring;

    if (wait_for_event(get_state(module), &parameters, args, nargs, NULL, &ring) < 0) {
        return NULL;
    }
    return PyBool_FromLong(ring != WATCH_EMPTY);
}

PyDoc_STRVAR(watch_initial_doc,
             "watch_initial($module, watch, /)\n--\n\n"
             "Return whether the initial notification has come, also after watch_close.");

static PyObject *
py_watch_initial(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    int initial;
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    if (self == NULL) {
        return NULL;
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    initial = self->initial;
    PyThread_release_lock(self->lock);
    return PyBool_FromLong(initial);
}

PyDoc_STRVAR(watch_dropped_doc,
             "watch_dropped($module, watch, /)\n--\n\n"
             "Return how many events did not fit into the ring, also after watch_close.");

static PyObject *
py_watch_dropped(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    uint64_t dropped;
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    if (self == NULL) {
        return NULL;
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    dropped = self->dropped;
    PyThread_release_lock(self->lock);
    return PyLong_FromUnsignedLongLong(dropped);
}

PyDoc_STRVAR(watch_close_doc, "watch_close($module, watch, /)\n--\n\n"
                              "Cancel the registration and wake every reader.");

static PyObject *
py_watch_close(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    if (self == NULL) {
        return NULL;
    }
    watch_cancel(self);
    Py_RETURN_NONE;
}

/* ---- network compartments -------------------------------------------------------------------- */

PyDoc_STRVAR(
    get_current_thread_compartment_id_doc,
    "get_current_thread_compartment_id($module, /)\n--\n\n"
    "Return the number of the calling thread's network compartment; 1 is the default one.\n"
    "\n"
    "Example:\n"
    "    >>> from ipif import netioapi\n"
    "    >>> netioapi.get_current_thread_compartment_id()\n"
    "    1\n" DOC_SOURCE("getcurrentthreadcompartmentid"));

static PyObject *
py_get_current_thread_compartment_id(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    NET_IF_COMPARTMENT_ID number;

    Py_BEGIN_ALLOW_THREADS
        number = GetCurrentThreadCompartmentId();
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong((unsigned long)number);
}

PyDoc_STRVAR(set_current_thread_compartment_id_doc,
             "set_current_thread_compartment_id($module, number, /)\n--\n\n"
             "Move the calling thread into a network compartment.\n"
             "\n"
             "Every later call of this thread sees only the interfaces of that compartment.\n"
             "\n"
             "Args:\n"
             "    number: The compartment; 1 is the default one.\n"
             "\n"
             "Raises:\n"
             "    ipif.Error: There is no such compartment.\n" DOC_BAD_ARGUMENTS "\n"
             "Example:\n"
             "    >>> from ipif import netioapi\n"
             "    >>> netioapi.set_current_thread_compartment_id(2)\n"
             "    >>> netioapi.get_current_thread_compartment_id()\n"
             "    2\n"
             "    >>> netioapi.set_current_thread_compartment_id(1)\n" DOC_SOURCE(
                 "setcurrentthreadcompartmentid"));

static PyObject *
py_set_current_thread_compartment_id(PyObject *module, PyObject *value)
{
    PyObject *named_by;
    ULONG number;
    DWORD err;

    if (read_ulong(value, "number", &number) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        err = (DWORD)SetCurrentThreadCompartmentId((NET_IF_COMPARTMENT_ID)number);
    Py_END_ALLOW_THREADS
    if (err != NO_ERROR) {
        named_by = PyLong_FromUnsignedLong(number);
        return raise_win32(get_state(module), err, "SetCurrentThreadCompartmentId", named_by,
                           AF_UNSPEC, named_by == NULL ? NULL : PyTuple_New(0));
    }
    Py_RETURN_NONE;
}

/* ---- description of the tables --------------------------------------------------------------- */

/* Return the numbers that mean "unchanged" for a field as a new tuple, or NULL with an exception
 * set.  An enumeration is read as signed, so all its ones are -1. */
static PyObject *
unchanged_object(const ipif_field *field)
{
    long long ones = field->kind == KIND_ENUM ? -1 : (long long)UINT32_MAX;

    return field->unchanged == UNCHANGED_NEVER  ? PyTuple_New(0)
           : field->unchanged == UNCHANGED_ONES ? Py_BuildValue("(L)", ones)
                                                : Py_BuildValue("iL", 0, ones);
}

/* Return one row of a field table as a new tuple, or NULL with an exception set. */
static PyObject *
field_object(const ipif_state *state, ipif_structure_id id, size_t i)
{
    static const char *const ACCESS[] = {
        [ACCESS_KEY] = "key", [ACCESS_READ_ONLY] = "read-only", [ACCESS_SETTABLE] = "settable"};
    const ipif_field *field = &STRUCTURES[id].fields[i];
    PyObject *families = field->families == BOTH   ? Py_BuildValue("ss", "ipv4", "ipv6")
                         : field->families == IPV4 ? Py_BuildValue("(s)", "ipv4")
                                                   : Py_BuildValue("(s)", "ipv6");
    PyObject *minimum, *maximum, *ranges;

    if (field->ranges == NULL) {
        minimum = Py_NewRef(Py_None);
        maximum = Py_NewRef(Py_None);
        ranges = Py_NewRef(Py_None);
    }
    else { /* minimum and maximum are those of both families together */
        const ipif_range *ipv4 = &field->ranges->ipv4, *ipv6 = &field->ranges->ipv6;
        int64_t low = ipv4->minimum < ipv6->minimum ? ipv4->minimum : ipv6->minimum;
        uint64_t high = ipv4->maximum > ipv6->maximum ? ipv4->maximum : ipv6->maximum;
        minimum = PyLong_FromLongLong(low);
        maximum = PyLong_FromUnsignedLongLong(high);
        ranges = Py_BuildValue("{s(LK)s(LK)}", "ipv4", (long long)ipv4->minimum,
                               (unsigned long long)ipv4->maximum, "ipv6", (long long)ipv6->minimum,
                               (unsigned long long)ipv6->maximum);
    }
    return Py_BuildValue(
        "OssNNNssNNzsnniN", state->keys[id][i], KINDS[field->kind].name, ACCESS[field->access],
        families, minimum, maximum, field->unit, field->summary, ranges, unchanged_object(field),
        field->enumeration, field->source, (Py_ssize_t)field->offset, (Py_ssize_t)field->size,
        (int)field->bit,
        field->kind == KIND_BYTES ? PyLong_FromSize_t(field->length_offset) : Py_NewRef(Py_None));
}

PyDoc_STRVAR(
    fields_doc,
    "fields($module, /)\n--\n\n"
    "Return the field tables: a dict of the name of a structure to a tuple of its fields.\n\n"
    "A field is a tuple: name, kind, access, families, minimum, maximum, unit, summary, ranges, "
    "unchanged, enum, source, offset, size, bit, length_offset.");

static PyObject *
py_fields(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    PyObject *result = PyDict_New();

    for (int id = 0; result != NULL && id < STRUCTURE_COUNT; id++) {
        PyObject *table = PyTuple_New((Py_ssize_t)STRUCTURES[id].count);
        for (size_t i = 0; table != NULL && i < STRUCTURES[id].count; i++) {
            PyObject *field = field_object(get_state(module), (ipif_structure_id)id, i);
            if (field == NULL || PyTuple_SetItem(table, (Py_ssize_t)i, field) < 0) {
                Py_CLEAR(table);
            }
        }
        if (table == NULL || PyDict_SetItemString(result, STRUCTURES[id].name, table) < 0) {
            Py_CLEAR(result);
        }
        Py_XDECREF(table);
    }
    return result;
}

PyDoc_STRVAR(enums_doc,
             "enums($module, /)\n--\n\n"
             "Return the enumerations: a dict of name to a dict of enumerator to number.");

static PyObject *
py_enums(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    const ipif_enumerator *end = ENUMERATORS + sizeof(ENUMERATORS) / sizeof(ENUMERATORS[0]);
    PyObject *members = NULL, *result = PyDict_New();

    for (const ipif_enumerator *row = ENUMERATORS; result != NULL && row < end; row++) {
        if (row == ENUMERATORS || strcmp(row->enumeration, row[-1].enumeration) != 0) {
            Py_XDECREF(members);
            members = PyDict_New();
            if (members == NULL || PyDict_SetItemString(result, row->enumeration, members) < 0) {
                Py_CLEAR(result);
                break;
            }
        }
        PyObject *value = PyLong_FromLong(row->value);
        if (value == NULL || PyDict_SetItemString(members, row->name, value) < 0) {
            Py_CLEAR(result);
        }
        Py_XDECREF(value);
    }
    Py_XDECREF(members);
    return result;
}

PyDoc_STRVAR(pack_interface_row_doc,
             "pack_interface_row($module, row, /)\n--\n\n"
             "Return the 168 bytes of a MIB_IPINTERFACE_ROW in which only the members of a dict "
             "are written; the other bytes are 0.");

static PyObject *
py_pack_interface_row(PyObject *module, PyObject *dict)
{
    ipif_state *state = get_state(module);
    MIB_IPINTERFACE_ROW members, row;
    field_set given;

    if (row_from_dict(state, dict, "row", &members, &given) < 0) {
        return NULL;
    }
    memset(&row, 0, sizeof(row));
    copy_members(state, &row, &members, given);
    return PyBytes_FromStringAndSize((const char *)&row, sizeof(row));
}

PyDoc_STRVAR(unpack_doc, "unpack($module, structure, data, /)\n--\n\n"
                         "Return the dict of a structure from its bytes.  Raises ValueError when "
                         "their number is not the size of the structure.");

static PyObject *
py_unpack(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const signature parameters = {"unpack", 2, 2, 0};
    ipif_state *state = get_state(module);
    PyObject *values[MOST_ARGUMENTS];
    int id = 0;

    if (read_arguments(state, &parameters, args, nargs, NULL, values) < 0 ||
        (!PyUnicode_Check(values[0]) && wrong_type("structure", "str", values[0]) < 0) ||
        (!PyBytes_Check(values[1]) && wrong_type("data", "bytes", values[1]) < 0)) {
        return NULL;
    }
    while (id < STRUCTURE_COUNT &&
           PyUnicode_CompareWithASCIIString(values[0], STRUCTURES[id].name) != 0) {
        id++;
    }
    if (id == STRUCTURE_COUNT) {
        PyErr_Format(PyExc_ValueError, "no structure is named %R", values[0]);
        return NULL;
    }
    if ((size_t)PyBytes_Size(values[1]) != STRUCTURES[id].size) {
        PyErr_Format(PyExc_ValueError, "%s has %zu bytes, got %zd", STRUCTURES[id].name,
                     STRUCTURES[id].size, PyBytes_Size(values[1]));
        return NULL;
    }
    return row_to_dict(state, (ipif_structure_id)id, PyBytes_AsString(values[1]));
}

/* ---- module ---------------------------------------------------------------------------------- */

#define POSITIONAL(name) {#name, (PyCFunction)(void (*)(void))py_##name, METH_FASTCALL, name##_doc}
#define WITH_KEYWORDS(name) \
    {#name, (PyCFunction)(void (*)(void))py_##name, METH_FASTCALL | METH_KEYWORDS, name##_doc}
#define ONE_ARGUMENT(name) {#name, py_##name, METH_O, name##_doc}
#define NO_ARGUMENTS(name) {#name, py_##name, METH_NOARGS, name##_doc}
#define CONVERSION_METHOD(name, from, to, parameter, win32, page, text, argument, result) \
    ONE_ARGUMENT(convert_interface_##name),

static PyMethodDef METHODS[] = {
    NO_ARGUMENTS(initialize_ip_interface_entry),
    WITH_KEYWORDS(get_ip_interface_entry),
    POSITIONAL(get_ip_interface_table),
    ONE_ARGUMENT(set_ip_interface_entry),
    ONE_ARGUMENT(set_valid_row),
    WITH_KEYWORDS(update_ip_interface_entry),
    WITH_KEYWORDS(exchange_ip_interface_entry),
    POSITIONAL(exchange_new),
    POSITIONAL(exchange_run),
    POSITIONAL(exchange_result),
    POSITIONAL(exchange_error),
    ONE_ARGUMENT(until_done),
    WITH_KEYWORDS(get_if_entry2),
    POSITIONAL(get_if_table2),
    POSITIONAL(get_unicast_ip_address_table),
    POSITIONAL(get_ip_forward_table2),
    POSITIONAL(get_best_route),
    WITH_KEYWORDS(get_best_route2),
    CONVERSIONS(CONVERSION_METHOD) /* convert_interface_... */
    POSITIONAL(watch_open),
    POSITIONAL(watch_get),
    POSITIONAL(watch_wait),
    ONE_ARGUMENT(watch_initial),
    ONE_ARGUMENT(watch_dropped),
    ONE_ARGUMENT(watch_close),
    NO_ARGUMENTS(get_current_thread_compartment_id),
    ONE_ARGUMENT(set_current_thread_compartment_id),
    NO_ARGUMENTS(fields),
    NO_ARGUMENTS(enums),
    ONE_ARGUMENT(pack_interface_row),
    POSITIONAL(unpack),
    {NULL, NULL, 0, NULL},
};

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

/* Make the words of a template from its bytes, and note the masks of the fields in *common.  Return
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
            memcpy(&word.typical, template->bytes + offset, sizeof(word.typical));
            word.typical &= word.mask;
            template->words[template->word_count++] = word;
        }
    }
    return 0;
}

/* Make the interned member names and the templates of one structure.  Return 0, or -1 with an
 * exception set; everything belongs to the state. */
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
        write_typical_row(id, which, template->bytes);
        template->dict = typical_dict(state, id, template->bytes);
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

/* Read socket.AF_INET6 from _socket: one module, while socket imports a dozen.  Return 0, or -1
 * with an exception set. */
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

/* Fill the state of a new module.  Return 0, or -1 with an exception set; the interpreter then
 * calls module_free. */
static int
module_exec(PyObject *module)
{
    ipif_state *state = get_state(module);

    state->imports = PyDict_New();
    if (state->imports == NULL) {
        return -1;
    }
    for (size_t i = 0; i < IMPORT_COUNT; i++) {
        state->import_paths[i] =
            PyUnicode_FromFormat("%s.%s", IMPORTS[i].module, IMPORTS[i].attribute);
        if (state->import_paths[i] == NULL) {
            return -1;
        }
    }
    for (size_t i = 0; i < NAME_COUNT; i++) {
        state->names[i] = PyUnicode_InternFromString(NAMES[i]);
        if (state->names[i] == NULL) {
            return -1;
        }
    }
    for (uint32_t index = 0; index < CACHED_ZONES; index++) {
        state->default_zones[index] = default_zones_object(index);
        if (state->default_zones[index] == NULL) {
            return -1;
        }
    }
    if (read_host_family(state) < 0) {
        return -1;
    }
    for (int id = 0; id < STRUCTURE_COUNT; id++) {
        if (prepare_structure(state, (ipif_structure_id)id) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < STRUCTURES[IPINTERFACE_ROW].count; i++) {
        state->settable |= (field_set)(IPINTERFACE_FIELDS[i].access == ACCESS_SETTABLE) << i;
    }
    return 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ipif_state *state = get_state(module);

    Py_VISIT(state->imports);
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
    for (size_t i = 0; i < IMPORT_COUNT; i++) {
        Py_CLEAR(state->import_paths[i]);
    }
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Py_CLEAR(state->names[i]);
    }
    for (size_t i = 0; i < CACHED_ZONES; i++) {
        Py_CLEAR(state->default_zones[i]);
    }
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

IPIF_MODULE(_ipif, "ipif._ipif", "The IP Helper functions of netioapi.h.", METHODS,
            sizeof(ipif_state), module_exec, module_traverse, module_clear, module_free)
