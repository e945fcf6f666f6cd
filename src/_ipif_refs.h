#ifndef IPIF_REFS_H
#define IPIF_REFS_H

/* Reference counts by function calls; to be included after Python.h.
 *
 * Since 3.12, None, True, small ints and more are immortal and shared by all interpreters, even by
 * those with a GIL of their own.  Only CPython itself knows not to count their references.  But the
 * limited API of 3.11 counts inline, which was right in 3.11: later, two interpreters that count at
 * once could miss each other's updates, and in the end free an immortal object.  The functions are
 * part of the stable ABI, and are correct in the version that runs. */
#if defined(Py_LIMITED_API) && Py_LIMITED_API + 0 < 0x030C0000

#undef Py_NewRef /* the macros hide functions */
#undef Py_XNewRef
#undef Py_INCREF
#undef Py_XINCREF
#undef Py_DECREF
#undef Py_XDECREF
#define Py_INCREF(object) Py_IncRef((PyObject *)(object))
#define Py_XINCREF(object) Py_IncRef((PyObject *)(object))
#define Py_DECREF(object) Py_DecRef((PyObject *)(object))
#define Py_XDECREF(object) Py_DecRef((PyObject *)(object))

#endif

#endif
