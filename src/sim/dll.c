/* dll.c: the simulation as a Windows DLL named iphlpapi.dll, for testing the Windows build of ipif
 * under Wine. Not part of any wheel.
 *
 * At start the DLL loads the packed machine from the file that the environment variable
 * IPIF_MACHINE names. If the variable is not set or the file cannot be read, the machine is empty
 * and not elevated until sim_load is called. iphlpapi.def lists the exports.
 */
#include "sim.h"

#include <windows.h>

#include <stdlib.h>

/* Reads a whole file. Returns its contents, which the caller frees, or NULL. */
static void *
read_file(const WCHAR *path, size_t *size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    LARGE_INTEGER length;
    DWORD count = 0;
    void *data = NULL;

    if (file == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    if (!GetFileSizeEx(file, &length) || length.QuadPart <= 0 || length.QuadPart > 0x7FFFFFFF) {
        goto done;
    }
    data = malloc((size_t)length.QuadPart);
    if (data != NULL && (!ReadFile(file, data, (DWORD)length.QuadPart, &count, NULL) ||
                         count != (DWORD)length.QuadPart)) {
        free(data);
        data = NULL;
    }
    *size = count;

done:
    (void)CloseHandle(file);
    return data;
}

/* Loads the machine from the file named by IPIF_MACHINE, if it is set. */
static void
load_machine_file(void)
{
    WCHAR path[4096];
    DWORD length = GetEnvironmentVariableW(L"IPIF_MACHINE", path, sizeof(path) / sizeof(path[0]));
    size_t size = 0;
    void *data;

    if (length == 0 || length >= sizeof(path) / sizeof(path[0])) {
        return;
    }
    data = read_file(path, &size);
    if (data != NULL) {
        (void)sim_load_first(data, size);
        free(data);
    }
}

/* Calls only file functions of kernel32, which is safe under the loader lock. */
BOOL WINAPI
DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)instance;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        load_machine_file();
    }
    return TRUE;
}
