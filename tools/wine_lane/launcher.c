/* python.exe: the program that comes with CPython for Windows does nothing more than this. */
#include <wchar.h>

__declspec(dllimport) int Py_Main(int argc, wchar_t **argv);

int
wmain(int argc, wchar_t **argv)
{
    return Py_Main(argc, argv);
}
