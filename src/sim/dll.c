/* dll.c: the simulation as a Windows DLL named iphlpapi.dll, for running the Windows build of ipif
 * under Wine. No part of a wheel.
 *
 * At start the DLL loads the packed world in the file that the environment variable IPIF_WORLD
 * names; without one, or with one that cannot be read, the world is empty and not elevated, until
 * sim_load. iphlpapi.def lists what the DLL exports.
 */
#include "sim.h"

#include <windows.h>

#include <stdlib.h>

/* Reads a whole file. Returns memory that the caller frees, with its size, or NULL. */
static void *read_file(const WCHAR *path, size_t *size)
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
    if (data != NULL
        && (!ReadFile(file, data, (DWORD)length.QuadPart, &count, NULL)
            || count != (DWORD)length.QuadPart)) {
        free(data);
        data = NULL;
    }
    *size = count;

done:
    (void)CloseHandle(file);
    return data;
}

/* Loads the world that IPIF_WORLD names, if any. */
static void load_named_world(void)
{
    WCHAR path[4096];
    DWORD length = GetEnvironmentVariableW(L"IPIF_WORLD", path, sizeof(path) / sizeof(path[0]));
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

/* Only file functions of kernel32 are called here, which is allowed while a DLL is attached. */
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)instance;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        load_named_world();
    }
    return TRUE;
}
