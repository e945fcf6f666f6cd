/* windows.h: the part of the Windows SDK that ipif needs, for systems without the SDK.
 *
 * With the headers in this folder, src/_ipif.c and the simulation compile on any system without
 * platform conditionals. Names, sizes and offsets are those of the SDK; ../layout.c checks the
 * sizes and offsets. This folder is never on the include path of a build for Windows.
 */
#ifndef IPIF_SIM_WINDOWS_H
#define IPIF_SIM_WINDOWS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define VOID void
#define CONST const

/* Calling conventions matter only on 32-bit Windows. */
#define WINAPI
#define CALLBACK

typedef char CHAR;
typedef uint8_t UCHAR, UINT8, BYTE;
typedef uint8_t BOOLEAN, *PBOOLEAN; /* one byte; BOOL has four */
typedef int32_t BOOL, INT, LONG, INT32;
typedef uint16_t USHORT, UINT16, WORD;
typedef uint32_t ULONG, *PULONG, DWORD, *PDWORD, UINT, UINT32;
typedef int64_t LONGLONG, LONG64;
typedef uint64_t ULONGLONG, ULONG64, UINT64;
typedef size_t SIZE_T;
typedef uint16_t WCHAR; /* a UTF-16 code unit; wchar_t may be larger here */
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;
typedef void *PVOID, *LPVOID, *HANDLE;
typedef const void *LPCVOID;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define ANY_SIZE 1

/* On Windows 64-bit members are aligned to 8 bytes even on x86, where other systems use 4. */
typedef union _LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    _Alignas(8) LONGLONG QuadPart;
} LARGE_INTEGER;

typedef struct _GUID {
    UINT32 Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID;

/* Error codes. */
#define ERROR_SUCCESS 0u
#define NO_ERROR 0u
#define ERROR_FILE_NOT_FOUND 2u
#define ERROR_ACCESS_DENIED 5u
#define ERROR_INVALID_HANDLE 6u
#define ERROR_NOT_ENOUGH_MEMORY 8u
#define ERROR_GEN_FAILURE 31u
#define ERROR_NOT_SUPPORTED 50u
#define ERROR_INVALID_PARAMETER 87u
#define ERROR_BUFFER_OVERFLOW 111u
#define ERROR_CALL_NOT_IMPLEMENTED 120u
#define ERROR_INSUFFICIENT_BUFFER 122u
#define ERROR_INVALID_NAME 123u
#define WAIT_TIMEOUT 258u
#define ERROR_IO_PENDING 997u
#define ERROR_NOT_FOUND 1168u
#define ERROR_NETWORK_UNREACHABLE 1231u
#define ERROR_HOST_UNREACHABLE 1232u
#define ERROR_OBJECT_ALREADY_EXISTS 5010u

/* System messages; implemented in ../kernel32.c. */
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200u
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000u

#define LANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define MAKELANGID(primary, sub) ((WORD)(((WORD)(sub) << 10) | (WORD)(primary)))

DWORD WINAPI FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                            LPWSTR lpBuffer, DWORD nSize, va_list *Arguments);

#endif
