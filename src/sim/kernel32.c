/* kernel32.c: FormatMessageW, the only Win32 function outside IP Helper that the extension calls.
 *
 * Compiled on systems other than Windows only. Messages are in English and end with a line break.
 */
#include "sim.h"

#ifndef _WIN32

static const struct {
    DWORD code;
    const char *text;
} messages[] = {
    {NO_ERROR, "The operation completed successfully."},
    {ERROR_FILE_NOT_FOUND, "The system cannot find the file specified."},
    {ERROR_ACCESS_DENIED, "Access is denied."},
    {ERROR_INVALID_HANDLE, "The handle is invalid."},
    {ERROR_NOT_ENOUGH_MEMORY, "Not enough memory resources are available to process this command."},
    {ERROR_GEN_FAILURE, "A device attached to the system is not functioning."},
    {ERROR_NOT_SUPPORTED, "The request is not supported."},
    {ERROR_INVALID_PARAMETER, "The parameter is incorrect."},
    {ERROR_BUFFER_OVERFLOW, "The file name is too long."},
    {ERROR_CALL_NOT_IMPLEMENTED, "This function is not supported on this system."},
    {ERROR_INSUFFICIENT_BUFFER, "The data area passed to a system call is too small."},
    {ERROR_INVALID_NAME, "The filename, directory name, or volume label syntax is incorrect."},
    {WAIT_TIMEOUT, "The wait operation timed out."},
    {ERROR_IO_PENDING, "Overlapped I/O operation is in progress."},
    {ERROR_NOT_FOUND, "Element not found."},
    {ERROR_NETWORK_UNREACHABLE,
     "The network location cannot be reached. For information about network troubleshooting, see "
     "Windows Help."},
    {ERROR_HOST_UNREACHABLE,
     "The network location cannot be reached. For information about network troubleshooting, see "
     "Windows Help."},
    {ERROR_OBJECT_ALREADY_EXISTS, "The object already exists."},
};

/* Writes the message of an error code, terminated, into a buffer of `nSize` characters. Returns its
 * length without the terminator, or 0 if the code is unknown or the buffer too small. Supports only
 * FORMAT_MESSAGE_FROM_SYSTEM, without FORMAT_MESSAGE_ALLOCATE_BUFFER and without a line width. */
DWORD WINAPI
FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
               LPWSTR lpBuffer, DWORD nSize, va_list *Arguments)
{
    const char *end = "\r\n";
    const char *text = NULL;
    DWORD length = 0;
    size_t i;

    (void)lpSource;
    (void)dwLanguageId;
    (void)Arguments;
    for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        if (messages[i].code == dwMessageId) {
            text = messages[i].text;
        }
    }
    if ((dwFlags & FORMAT_MESSAGE_FROM_SYSTEM) == 0 || text == NULL || lpBuffer == NULL) {
        return 0;
    }
    while (length < nSize) {
        if (*text == 0) {
            text = end;
            end = "";
        }
        lpBuffer[length] = (WCHAR)(unsigned char)*text;
        if (*text == 0) {
            return length;
        }
        text++;
        length++;
    }
    return 0;
}

#endif
