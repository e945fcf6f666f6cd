#ifndef IPIF_MODULE_H
#define IPIF_MODULE_H

/* The definition of an extension module; to be included after Python.h.
 *
 * IPIF_MODULE(name, ...) defines the function that the interpreter calls to initialize the module:
 * PyInit_<name>, or PyModExport_<name> for the stable ABI of free-threaded interpreters.  methods
 * is its method table, size the size of its state, and the last four are the functions of a
 * PyModuleDef; traverse, clear and release may be NULL. */

#ifdef Py_TARGET_ABI3T

/* This ABI (3.15 on) hides PyModuleDef and takes a table of slots. */
#define IPIF_MODULE(name, full_name, doc, methods, size, exec, traverse, clear, release) \
    PyABIInfo_VAR(ABI_INFO); \
    static PySlot SLOTS[] = { \
        PySlot_STATIC_DATA(Py_mod_abi, &ABI_INFO), \
        PySlot_STATIC_DATA(Py_mod_name, full_name), \
        PySlot_STATIC_DATA(Py_mod_doc, (void *)(doc)), \
        PySlot_STATIC_DATA(Py_mod_methods, methods), \
        PySlot_SIZE(Py_mod_state_size, size), \
        PySlot_FUNC(Py_mod_exec, exec), \
        PySlot_FUNC(Py_mod_state_traverse, traverse), \
        PySlot_FUNC(Py_mod_state_clear, clear), \
        PySlot_FUNC(Py_mod_state_free, release), \
        PySlot_DATA(Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED), \
        PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED), \
        PySlot_END, \
    }; \
    PyMODEXPORT_FUNC PyModExport_##name(void) \
    { \
        return SLOTS; \
    }

#else

/* The limited API of 3.11 does not have Py_mod_multiple_interpreters, and 3.11 rejects it; from
 * 3.12 on an interpreter with a GIL of its own imports no module without it.  Hence two constant
 * tables, chosen by the version that runs.  Py_mod_gil matters to free-threaded interpreters only.
 * They load no module for the stable ABI of 3.11, and the headers of those builds define it. */
#ifndef Py_mod_multiple_interpreters
#define Py_mod_multiple_interpreters 3
#endif
#ifndef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
#define Py_MOD_PER_INTERPRETER_GIL_SUPPORTED ((void *)2)
#endif
#ifdef Py_MOD_GIL_NOT_USED
#define IPIF_LAST_SLOT {Py_mod_gil, Py_MOD_GIL_NOT_USED}
#else
#define IPIF_LAST_SLOT {0, NULL}
#endif

#define IPIF_DEFINITION(...) {PyModuleDef_HEAD_INIT, __VA_ARGS__}

#define IPIF_MODULE(name, full_name, doc, methods, size, exec, traverse, clear, release) \
    static PyModuleDef_Slot SLOTS_311[] = { \
        {Py_mod_exec, (void *)(exec)}, \
        {0, NULL}, \
    }; \
    static PyModuleDef_Slot SLOTS_312[] = { \
        {Py_mod_exec, (void *)(exec)}, \
        {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED}, \
        IPIF_LAST_SLOT, \
        {0, NULL}, \
    }; \
    static PyModuleDef DEFINITION_311 = \
        IPIF_DEFINITION(full_name, doc, size, methods, SLOTS_311, traverse, clear, release); \
    static PyModuleDef DEFINITION_312 = \
        IPIF_DEFINITION(full_name, doc, size, methods, SLOTS_312, traverse, clear, release); \
    PyMODINIT_FUNC PyInit_##name(void) \
    { \
        return PyModuleDef_Init(Py_Version >= 0x030C0000 ? &DEFINITION_312 : &DEFINITION_311); \
    }

#endif

#endif
