/* control.c: the module `_sim_control`, the Python interface of sim.h.
 *
 * It is in the same shared library as `_ipif_sim`, so that both work on the same machine:
 *
 *     load(machine: bytes) -> int                0 or a Windows error code, here and below
 *     load_first(machine: bytes) -> int
 *     dump() -> bytes
 *     flags() -> int
 *     set_flags(mask: int, values: int) -> None
 *     fail(function: str, code: int, times: int, after: int) -> int
 *     clear_faults() -> None
 *     adapter(luid: int) -> bytes                empty if there is no such adapter
 *     luid_of_alias(alias: bytes) -> int         of UTF-16 units; 0 if there is no such adapter
 *     luid_of_index(index: int) -> int           0 if there is no such adapter
 *     unused_index() -> int
 *     unused_luid(type: int) -> int
 *     add_adapter(row: bytes) -> int
 *     rename_adapter(luid: int, alias: bytes) -> int
 *     set_link(luid: int, is_up: int) -> int
 *     move_adapter(luid: int, compartment: int) -> int
 *     remove_interface(luid: int) -> int
 *     bind(row: bytes) -> int
 *     unbind(family: int, luid: int) -> int
 *     add_route(row: bytes) -> int
 *     add_address(row: bytes) -> int
 *     set_delay(microseconds: int) -> None
 *     live_tables() -> int
 *     functions() -> dict[str, bool]             the simulated functions; whether each can fail
 *     calls(function: str) -> int
 *     address(function: str) -> int              0 if there is no such function
 *     settle(milliseconds: int) -> int
 *
 * All arguments are positional and must have these types; an integer out of range raises
 * OverflowError. The GIL is released around calls that wait or hold the machine's lock for long.
 * This is the only file of the simulation that uses the Python API.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../_ipif_module.h"
#include "../_ipif_refs.h"
#include "sim.h"

#include <string.h>

/* ---- arguments ---- */

/* Checks the number of arguments. Returns 0, or -1 with TypeError set. */
static int
check_count(const char *function, Py_ssize_t given, Py_ssize_t expected)
{
    if (given != expected) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd positional arguments but %zd were given",
                     function, expected, given);
        return -1;
    }
    return 0;
}

/* Reads an integer from 0 to `maximum`. Returns 0, or -1 with TypeError or OverflowError set. */
static int
get_integer(PyObject *argument, uint64_t maximum, uint64_t *value)
{
    unsigned long long number = PyLong_AsUnsignedLongLong(argument);

    if (number == (unsigned long long)-1 && PyErr_Occurred()) {
        return -1;
    }
    if (number > maximum) {
        PyErr_SetString(PyExc_OverflowError, "integer too large");
        return -1;
    }
    *value = number;
    return 0;
}

/* Like get_integer, for a uint32_t. */
static int
get_uint32(PyObject *argument, uint32_t *value)
{
    uint64_t number;

    if (get_integer(argument, UINT32_MAX, &number) < 0) {
        return -1;
    }
    *value = (uint32_t)number;
    return 0;
}

/* Gets a pointer into a bytes object. Returns 0, or -1 with TypeError set. */
static int
get_bytes(PyObject *argument, const char **data, size_t *size)
{
    char *start;
    Py_ssize_t length;

    if (PyBytes_AsStringAndSize(argument, &start, &length) < 0) {
        return -1;
    }
    *data = start;
    *size = (size_t)length;
    return 0;
}

/* Copies a row of `size` bytes. Returns 0, or -1 with TypeError or ValueError set. */
static int
get_row(PyObject *argument, void *row, size_t size)
{
    const char *data;
    size_t given;

    if (get_bytes(argument, &data, &given) < 0) {
        return -1;
    }
    if (given != size) {
        PyErr_Format(PyExc_ValueError, "expected a row of %zu bytes, got %zu", size, given);
        return -1;
    }
    memcpy(row, data, size);
    return 0;
}

/* Copies the UTF-16 units of an alias and terminates them. Returns 0, or -1 with TypeError or
 * ValueError set. */
static int
get_alias(PyObject *argument, WCHAR alias[IF_MAX_STRING_SIZE + 1])
{
    const char *data;
    size_t size;

    if (get_bytes(argument, &data, &size) < 0) {
        return -1;
    }
    if (size % sizeof(WCHAR) != 0 || size > IF_MAX_STRING_SIZE * sizeof(WCHAR)) {
        PyErr_SetString(PyExc_ValueError, "an alias has at most 256 UTF-16 units");
        return -1;
    }
    memset(alias, 0, (IF_MAX_STRING_SIZE + 1) * sizeof(WCHAR));
    memcpy(alias, data, size);
    return 0;
}

/* Gets the UTF-8 of a str; the str owns it. Returns NULL with TypeError or UnicodeError set. */
static const char *
get_name(PyObject *argument)
{
    if (!PyUnicode_Check(argument)) {
        PyErr_SetString(PyExc_TypeError, "the name of the function must be a str");
        return NULL;
    }
    return PyUnicode_AsUTF8AndSize(argument, NULL);
}

/* ---- functions ---- */

/* Implements load and load_first. */
static PyObject *
load_with(DWORD (*loader)(const void *, size_t), PyObject *machine)
{
    const char *data;
    size_t size;
    DWORD error;

    if (get_bytes(machine, &data, &size) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        error = loader(data, size);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *
control_load(PyObject *module, PyObject *machine)
{
    (void)module;
    return load_with(sim_load, machine);
}

static PyObject *
control_load_first(PyObject *module, PyObject *machine)
{
    (void)module;
    return load_with(sim_load_first, machine);
}

static PyObject *
control_dump(PyObject *module, PyObject *unused)
{
    size_t needed, size;

    (void)module;
    (void)unused;
    Py_BEGIN_ALLOW_THREADS
        needed = sim_dump(NULL, 0);
    Py_END_ALLOW_THREADS
    for (;;) {
        PyObject *bytes;
        char *buffer;

        if (needed > (size_t)PY_SSIZE_T_MAX) {
            return PyErr_NoMemory();
        }
        size = needed;
        bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        if (bytes == NULL) {
            return NULL;
        }
        buffer = PyBytes_AsString(bytes); /* writable: nobody else has a reference yet */
        Py_BEGIN_ALLOW_THREADS
            needed = sim_dump(buffer, size);
        Py_END_ALLOW_THREADS
        if (needed == size) {
            return bytes;
        }
        Py_DECREF(bytes); /* the machine was changed in between */
    }
}

static PyObject *
control_flags(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLong(sim_flags());
}

static PyObject *
control_set_flags(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    uint32_t mask, values;

    (void)module;
    if (check_count("set_flags", nargs, 2) < 0 || get_uint32(args[0], &mask) < 0 ||
        get_uint32(args[1], &values) < 0) {
        return NULL;
    }
    sim_set_flags(mask, values);
    Py_RETURN_NONE;
}

static PyObject *
control_fail(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *function;
    uint32_t code, times, after;

    (void)module;
    if (check_count("fail", nargs, 4) < 0 || (function = get_name(args[0])) == NULL ||
        get_uint32(args[1], &code) < 0 || get_uint32(args[2], &times) < 0 ||
        get_uint32(args[3], &after) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(sim_fail(function, code, times, after));
}

static PyObject *
control_clear_faults(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    sim_clear_faults();
    Py_RETURN_NONE;
}

static PyObject *
control_adapter(PyObject *module, PyObject *number)
{
    MIB_IF_ROW2 row;
    uint64_t luid;
    DWORD err;

    (void)module;
    if (get_integer(number, UINT64_MAX, &luid) < 0) {
        return NULL;
    }
    err = sim_adapter(luid, &row);
    return PyBytes_FromStringAndSize((const char *)&row, err == NO_ERROR ? sizeof(row) : 0);
}

static PyObject *
control_luid_of_alias(PyObject *module, PyObject *units)
{
    WCHAR alias[IF_MAX_STRING_SIZE + 1];

    (void)module;
    if (get_alias(units, alias) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLongLong(sim_luid_of_alias(alias));
}

static PyObject *
control_luid_of_index(PyObject *module, PyObject *number)
{
    uint32_t index;

    (void)module;
    if (get_uint32(number, &index) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLongLong(sim_luid_of_index(index));
}

static PyObject *
control_unused_index(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLong(sim_unused_index());
}

static PyObject *
control_unused_luid(PyObject *module, PyObject *number)
{
    uint64_t type;

    (void)module;
    if (get_integer(number, UINT16_MAX, &type) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLongLong(sim_unused_luid((uint16_t)type));
}

static PyObject *
control_add_adapter(PyObject *module, PyObject *bytes)
{
    MIB_IF_ROW2 row;
    DWORD error;

    (void)module;
    if (get_row(bytes, &row, sizeof(row)) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        error = sim_add_adapter(&row);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *
control_rename_adapter(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    WCHAR alias[IF_MAX_STRING_SIZE + 1];
    uint64_t luid;

    (void)module;
    if (check_count("rename_adapter", nargs, 2) < 0 ||
        get_integer(args[0], UINT64_MAX, &luid) < 0 || get_alias(args[1], alias) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(sim_rename_adapter(luid, alias));
}

static PyObject *
control_set_link(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    uint64_t luid, is_up;

    (void)module;
    if (check_count("set_link", nargs, 2) < 0 || get_integer(args[0], UINT64_MAX, &luid) < 0 ||
        get_integer(args[1], 1, &is_up) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(sim_set_link(luid, (int)is_up));
}

static PyObject *
control_move_adapter(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    uint64_t luid;
    uint32_t compartment;

    (void)module;
    if (check_count("move_adapter", nargs, 2) < 0 || get_integer(args[0], UINT64_MAX, &luid) < 0 ||
        get_uint32(args[1], &compartment) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(sim_move_adapter(luid, compartment));
}

static PyObject *
control_remove_interface(PyObject *module, PyObject *number)
{
    uint64_t luid;
    DWORD error;

    (void)module;
    if (get_integer(number, UINT64_MAX, &luid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        error = sim_remove_interface(luid);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *
control_bind(PyObject *module, PyObject *bytes)
{
    MIB_IPINTERFACE_ROW row;
    DWORD error;

    (void)module;
    if (get_row(bytes, &row, sizeof(row)) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        error = sim_bind(&row);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *
control_unbind(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    uint64_t family, luid;
    DWORD error;

    (void)module;
    if (check_count("unbind", nargs, 2) < 0 || get_integer(args[0], UINT16_MAX, &family) < 0 ||
        get_integer(args[1], UINT64_MAX, &luid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        error = sim_unbind((ADDRESS_FAMILY)family, luid);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *
control_add_route(PyObject *module, PyObject *bytes)
{
    MIB_IPFORWARD_ROW2 row;

    (void)module;
    if (get_row(bytes, &row, sizeof(row)) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(sim_add_route(&row));
}

static PyObject *
control_add_address(PyObject *module, PyObject *bytes)
{
    MIB_UNICASTIPADDRESS_ROW row;

    (void)module;
    if (get_row(bytes, &row, sizeof(row)) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(sim_add_address(&row));
}

static PyObject *
control_set_delay(PyObject *module, PyObject *number)
{
    uint32_t microseconds;

    (void)module;
    if (get_uint32(number, &microseconds) < 0) {
        return NULL;
    }
    sim_set_delay(microseconds);
    Py_RETURN_NONE;
}

static PyObject *
control_live_tables(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromSize_t(sim_live_tables());
}

static PyObject *
control_functions(PyObject *module, PyObject *unused)
{
    PyObject *functions = PyDict_New();
    const char *name;
    uint32_t i;
    int can_fail;

    (void)module;
    (void)unused;
    for (i = 0; functions != NULL && (name = sim_function_name(i, &can_fail)) != NULL; i++) {
        if (PyDict_SetItemString(functions, name, can_fail ? Py_True : Py_False) < 0) {
            Py_CLEAR(functions);
        }
    }
    return functions;
}

static PyObject *
control_calls(PyObject *module, PyObject *name)
{
    const char *function = get_name(name);

    (void)module;
    return function != NULL ? PyLong_FromUnsignedLongLong(sim_calls(function)) : NULL;
}

static PyObject *
control_address(PyObject *module, PyObject *name)
{
    const char *function = get_name(name);

    (void)module;
    return function != NULL ? PyLong_FromVoidPtr(sim_address(function)) : NULL;
}

static PyObject *
control_settle(PyObject *module, PyObject *number)
{
    uint32_t milliseconds;
    DWORD error;

    (void)module;
    if (get_uint32(number, &milliseconds) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
        error = sim_settle(milliseconds);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

/* ---- the module ---- */

/* METH_FASTCALL functions have another type than PyCFunction; the cast by way of void (*)(void)
 * is the one that compilers take for intended. */
#define FAST(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef control_methods[] = {
    {"load", control_load, METH_O, "load($module, machine, /)\n--\n\n"},
    {"load_first", control_load_first, METH_O, "load_first($module, machine, /)\n--\n\n"},
    {"dump", control_dump, METH_NOARGS, "dump($module, /)\n--\n\n"},
    {"flags", control_flags, METH_NOARGS, "flags($module, /)\n--\n\n"},
    {"set_flags", FAST(control_set_flags), METH_FASTCALL,
     "set_flags($module, mask, values, /)\n--\n\n"},
    {"fail", FAST(control_fail), METH_FASTCALL,
     "fail($module, function, code, times, after, /)\n--\n\n"},
    {"clear_faults", control_clear_faults, METH_NOARGS, "clear_faults($module, /)\n--\n\n"},
    {"adapter", control_adapter, METH_O, "adapter($module, luid, /)\n--\n\n"},
    {"luid_of_alias", control_luid_of_alias, METH_O, "luid_of_alias($module, alias, /)\n--\n\n"},
    {"luid_of_index", control_luid_of_index, METH_O, "luid_of_index($module, index, /)\n--\n\n"},
    {"unused_index", control_unused_index, METH_NOARGS, "unused_index($module, /)\n--\n\n"},
    {"unused_luid", control_unused_luid, METH_O, "unused_luid($module, type, /)\n--\n\n"},
    {"add_adapter", control_add_adapter, METH_O, "add_adapter($module, row, /)\n--\n\n"},
    {"rename_adapter", FAST(control_rename_adapter), METH_FASTCALL,
     "rename_adapter($module, luid, alias, /)\n--\n\n"},
    {"set_link", FAST(control_set_link), METH_FASTCALL,
     "set_link($module, luid, is_up, /)\n--\n\n"},
    {"move_adapter", FAST(control_move_adapter), METH_FASTCALL,
     "move_adapter($module, luid, compartment, /)\n--\n\n"},
    {"remove_interface", control_remove_interface, METH_O,
     "remove_interface($module, luid, /)\n--\n\n"},
    {"bind", control_bind, METH_O, "bind($module, row, /)\n--\n\n"},
    {"unbind", FAST(control_unbind), METH_FASTCALL, "unbind($module, family, luid, /)\n--\n\n"},
    {"add_route", control_add_route, METH_O, "add_route($module, row, /)\n--\n\n"},
    {"add_address", control_add_address, METH_O, "add_address($module, row, /)\n--\n\n"},
    {"set_delay", control_set_delay, METH_O, "set_delay($module, microseconds, /)\n--\n\n"},
    {"live_tables", control_live_tables, METH_NOARGS, "live_tables($module, /)\n--\n\n"},
    {"functions", control_functions, METH_NOARGS, "functions($module, /)\n--\n\n"},
    {"calls", control_calls, METH_O, "calls($module, function, /)\n--\n\n"},
    {"address", control_address, METH_O, "address($module, function, /)\n--\n\n"},
    {"settle", control_settle, METH_O, "settle($module, milliseconds, /)\n--\n\n"},
    {NULL, NULL, 0, NULL},
};

#undef FAST

PyDoc_STRVAR(control_doc, "The controls of the simulated machine; see ipif.simulation.");

/* There is no state to fill. */
static int
control_exec(PyObject *Py_UNUSED(module))
{
    return 0;
}

IPIF_MODULE(_sim_control, "_sim_control", control_doc, control_methods, 0, control_exec, NULL, NULL,
            NULL)
