/* control.c: the module `_sim_control`, the Python face of sim.h.
 *
 * It lives in the shared library of `_ipif_sim`, beside it, so that both speak of one world:
 *
 *     load(world: bytes) -> int                  the int is 0 or a Windows error code,
 *     load_first(world: bytes) -> int            here and below
 *     dump() -> bytes
 *     flags() -> int
 *     set_flags(mask: int, values: int) -> None
 *     fail(function: str, code: int, times: int, after: int) -> int
 *     clear_faults() -> None
 *     add_link(row: bytes) -> int
 *     remove_interface(luid: int) -> int
 *     bind(row: bytes) -> int
 *     unbind(family: int, luid: int) -> int
 *     live_tables() -> int
 *     calls(function: str) -> int
 *     address(function: str) -> int              0 when there is no such function
 *     settle(milliseconds: int) -> int
 *
 * All arguments are positional and of exactly these types; integers out of range are an
 * OverflowError. The GIL is released around everything that takes the world's lock for long or
 * waits. It is the only file of the simulation that knows Python.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../_ipif_refs.h"
#include "sim.h"

#include <string.h>

/* ---- arguments ---- */

/* Checks the number of arguments. Returns 0, or -1 with TypeError set. */
static int expect(const char *function, Py_ssize_t given, Py_ssize_t wanted)
{
    if (given != wanted) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd positional arguments but %zd were given",
                     function, wanted, given);
        return -1;
    }
    return 0;
}

/* Reads an integer of at most `most`. Returns 0, or -1 with TypeError or OverflowError set. */
static int get_integer(PyObject *argument, uint64_t most, uint64_t *value)
{
    unsigned long long number = PyLong_AsUnsignedLongLong(argument);

    if (number == (unsigned long long)-1 && PyErr_Occurred()) {
        return -1;
    }
    if (number > most) {
        PyErr_SetString(PyExc_OverflowError, "integer too large");
        return -1;
    }
    *value = number;
    return 0;
}

/* The same for a uint32_t. */
static int get_uint32(PyObject *argument, uint32_t *value)
{
    uint64_t number;

    if (get_integer(argument, UINT32_MAX, &number) < 0) {
        return -1;
    }
    *value = (uint32_t)number;
    return 0;
}

/* Reads a bytes object; the bytes are borrowed from it. Returns 0, or -1 with TypeError set. */
static int get_bytes(PyObject *argument, const char **data, size_t *size)
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

/* Reads a row, which must have `size` bytes. Returns 0, or -1 with TypeError or ValueError set. */
static int get_row(PyObject *argument, void *row, size_t size)
{
    const char *data;
    size_t given;

    if (get_bytes(argument, &data, &given) < 0) {
        return -1;
    }
    if (given != size) {
        PyErr_Format(PyExc_ValueError, "a row of %zu bytes is needed, not of %zu", size, given);
        return -1;
    }
    memcpy(row, data, size);
    return 0;
}

/* Reads a text, borrowed from its object. Returns NULL with TypeError or UnicodeError set. A zero
 * inside ends it early, and then it names no function. */
static const char *get_text(PyObject *argument)
{
    if (!PyUnicode_Check(argument)) {
        PyErr_SetString(PyExc_TypeError, "the function's name must be a str");
        return NULL;
    }
    return PyUnicode_AsUTF8AndSize(argument, NULL);
}

/* ---- functions ---- */

/* Does the work of load and load_first. */
static PyObject *load_with(DWORD (*loader)(const void *, size_t), PyObject *world)
{
    const char *data;
    size_t size;
    DWORD error;

    if (get_bytes(world, &data, &size) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    error = loader(data, size);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *control_load(PyObject *module, PyObject *world)
{
    (void)module;
    return load_with(sim_load, world);
}

static PyObject *control_load_first(PyObject *module, PyObject *world)
{
    (void)module;
    return load_with(sim_load_first, world);
}

static PyObject *control_dump(PyObject *module, PyObject *unused)
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
        buffer = PyBytes_AsString(bytes); /* nobody else has seen the object yet */
        Py_BEGIN_ALLOW_THREADS
        needed = sim_dump(buffer, size);
        Py_END_ALLOW_THREADS
        if (needed == size) {
            return bytes;
        }
        Py_DECREF(bytes); /* the world was changed in between */
    }
}

static PyObject *control_flags(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLong(sim_flags());
}

static PyObject *control_set_flags(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    uint32_t mask, values;

    (void)module;
    if (expect("set_flags", nargs, 2) < 0 || get_uint32(args[0], &mask) < 0
        || get_uint32(args[1], &values) < 0) {
        return NULL;
    }
    sim_set_flags(mask, values);
    Py_RETURN_NONE;
}

static PyObject *control_fail(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *function;
    uint32_t code, times, after;

    (void)module;
    if (expect("fail", nargs, 4) < 0 || (function = get_text(args[0])) == NULL
        || get_uint32(args[1], &code) < 0 || get_uint32(args[2], &times) < 0
        || get_uint32(args[3], &after) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(sim_fail(function, code, times, after));
}

static PyObject *control_clear_faults(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    sim_clear_faults();
    Py_RETURN_NONE;
}

static PyObject *control_add_link(PyObject *module, PyObject *bytes)
{
    MIB_IF_ROW2 row;
    DWORD error;

    (void)module;
    if (get_row(bytes, &row, sizeof(row)) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    error = sim_add_link(&row);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *control_remove_interface(PyObject *module, PyObject *number)
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

static PyObject *control_bind(PyObject *module, PyObject *bytes)
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

static PyObject *control_unbind(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    uint64_t family, luid;
    DWORD error;

    (void)module;
    if (expect("unbind", nargs, 2) < 0 || get_integer(args[0], UINT16_MAX, &family) < 0
        || get_integer(args[1], UINT64_MAX, &luid) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    error = sim_unbind((ADDRESS_FAMILY)family, luid);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(error);
}

static PyObject *control_live_tables(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromSize_t(sim_live_tables());
}

static PyObject *control_calls(PyObject *module, PyObject *name)
{
    const char *function = get_text(name);

    (void)module;
    return function != NULL ? PyLong_FromUnsignedLongLong(sim_calls(function)) : NULL;
}

static PyObject *control_address(PyObject *module, PyObject *name)
{
    const char *function = get_text(name);

    (void)module;
    return function != NULL ? PyLong_FromVoidPtr(sim_address(function)) : NULL;
}

static PyObject *control_settle(PyObject *module, PyObject *number)
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
    {"load", control_load, METH_O, "load($module, world, /)\n--\n\n"},
    {"load_first", control_load_first, METH_O, "load_first($module, world, /)\n--\n\n"},
    {"dump", control_dump, METH_NOARGS, "dump($module, /)\n--\n\n"},
    {"flags", control_flags, METH_NOARGS, "flags($module, /)\n--\n\n"},
    {"set_flags", FAST(control_set_flags), METH_FASTCALL,
     "set_flags($module, mask, values, /)\n--\n\n"},
    {"fail", FAST(control_fail), METH_FASTCALL,
     "fail($module, function, code, times, after, /)\n--\n\n"},
    {"clear_faults", control_clear_faults, METH_NOARGS, "clear_faults($module, /)\n--\n\n"},
    {"add_link", control_add_link, METH_O, "add_link($module, row, /)\n--\n\n"},
    {"remove_interface", control_remove_interface, METH_O,
     "remove_interface($module, luid, /)\n--\n\n"},
    {"bind", control_bind, METH_O, "bind($module, row, /)\n--\n\n"},
    {"unbind", FAST(control_unbind), METH_FASTCALL,
     "unbind($module, family, luid, /)\n--\n\n"},
    {"live_tables", control_live_tables, METH_NOARGS, "live_tables($module, /)\n--\n\n"},
    {"calls", control_calls, METH_O, "calls($module, function, /)\n--\n\n"},
    {"address", control_address, METH_O, "address($module, function, /)\n--\n\n"},
    {"settle", control_settle, METH_O, "settle($module, milliseconds, /)\n--\n\n"},
    {NULL, NULL, 0, NULL},
};

#undef FAST

PyDoc_STRVAR(control_doc, "The controls of the simulated IP stack; see ipif.simulation.");

#ifdef Py_TARGET_ABI3T

/* The stable ABI of free-threaded interpreters (3.15 on) hides PyModuleDef and wants slots. */
PyABIInfo_VAR(abi_info);

static PySlot slots[] = {
    PySlot_STATIC_DATA(Py_mod_abi, &abi_info),
    PySlot_STATIC_DATA(Py_mod_name, "_sim_control"),
    PySlot_STATIC_DATA(Py_mod_doc, (void *)control_doc),
    PySlot_STATIC_DATA(Py_mod_methods, control_methods),
    PySlot_DATA(Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED),
    PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),
    PySlot_END,
};

PyMODEXPORT_FUNC PyModExport__sim_control(void)
{
    return slots;
}

#else

/* The limited API of 3.11 does not define these two, and a 3.11 interpreter refuses them; from
 * 3.12 on a sub-interpreter with its own GIL refuses a module without the first. So there are two
 * definitions, and the running version chooses. */
#ifndef Py_mod_multiple_interpreters
#define Py_mod_multiple_interpreters 3
#endif
#ifndef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED /* the headers of 3.15 have the slot without it */
#define Py_MOD_PER_INTERPRETER_GIL_SUPPORTED ((void *)2)
#endif

static PyModuleDef_Slot slots_3_11[] = {
    {0, NULL},
};

static PyModuleDef_Slot slots_3_12[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#ifdef Py_MOD_GIL_NOT_USED /* from 3.13 on; where it matters, 3.11's limited API is not in use */
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_3_11 = {
    PyModuleDef_HEAD_INIT, "_sim_control", control_doc, 0, control_methods, slots_3_11,
    NULL, NULL, NULL,
};

static struct PyModuleDef module_3_12 = {
    PyModuleDef_HEAD_INIT, "_sim_control", control_doc, 0, control_methods, slots_3_12,
    NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__sim_control(void)
{
    return PyModuleDef_Init(Py_Version >= 0x030C0000 ? &module_3_12 : &module_3_11);
}

#endif
