/* pyconfig.h for compiling extension modules for Windows on another system, whose own describes
 * that system (python_sdk in cross.py). */
#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H

#include <io.h>
#include <stdio.h>

#define MS_WIN32
#define MS_WINDOWS
#ifdef _WIN64
#define MS_WIN64
#endif
#define SIZEOF_VOID_P __SIZEOF_POINTER__
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_WCHAR_T 2
#define SIZEOF_TIME_T 8
#define HAVE_DECLSPEC_DLL
#define HAVE_WCHAR_H 1
#define NT_THREADS
#define Py_ENABLE_SHARED 1
#define WITH_DOC_STRINGS 1

#endif
