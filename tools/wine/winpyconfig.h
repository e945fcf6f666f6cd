/*
 * pyconfig.h for compiling extension modules for Windows on another system: what Python.h asks for.
 * tools/wine.py copies the headers of the Python that runs it and puts this file in the place of theirs,
 * which describes the system at hand.
 */

#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H

#include <io.h>
#include <stdio.h>

#define MS_WIN32
#define MS_WINDOWS

#ifdef _WIN64
#define MS_WIN64
#define SIZEOF_VOID_P 8
#define SIZEOF_SIZE_T 8
#else
#define SIZEOF_VOID_P 4
#define SIZEOF_SIZE_T 4
#endif

#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_WCHAR_T 2
#define SIZEOF_TIME_T 8

#define HAVE_DECLSPEC_DLL
#define HAVE_STDINT_H 1
#define HAVE_WCHAR_H 1
#define NT_THREADS
#define Py_ENABLE_SHARED 1
#define WITH_DOC_STRINGS 1
#define WITH_THREAD

#endif
