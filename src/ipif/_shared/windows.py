"""What only Windows can say or do: whether the process is elevated, colour in its console, Wine.

This is the only part of the package that uses :mod:`ctypes`; what describes the system, and a
command that writes to a console, import it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

_TOKEN_QUERY = 0x0008

# TOKEN_INFORMATION_CLASS
_ELEVATION_TYPE = 18
_ELEVATION = 20

# TOKEN_ELEVATION_TYPE
_FULL = 2
_LIMITED = 3

_ENABLE_VIRTUAL_TERMINAL_PROCESSING = 4


if sys.platform == "win32":

    def elevation() -> tuple[bool, str]:
        """Return whether this process is elevated, and why it is or is not.

        Raises ``OSError`` when Windows does not tell.
        """
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        advapi = ctypes.WinDLL("advapi32", use_last_error=True)
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.CloseHandle.argtypes = [wintypes.HANDLE]
        advapi.OpenProcessToken.argtypes = [
            wintypes.HANDLE,
            wintypes.DWORD,
            ctypes.POINTER(wintypes.HANDLE),
        ]
        advapi.GetTokenInformation.argtypes = [
            wintypes.HANDLE,
            ctypes.c_int,
            wintypes.LPVOID,
            wintypes.DWORD,
            ctypes.POINTER(wintypes.DWORD),
        ]
        token = wintypes.HANDLE()

        def read(information: int) -> int:
            value, size = wintypes.DWORD(), wintypes.DWORD()
            if not advapi.GetTokenInformation(
                token, information, ctypes.byref(value), ctypes.sizeof(value), ctypes.byref(size)
            ):
                raise ctypes.WinError(ctypes.get_last_error())
            return value.value

        process = kernel.GetCurrentProcess()
        if not advapi.OpenProcessToken(process, _TOKEN_QUERY, ctypes.byref(token)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return explained(bool(read(_ELEVATION)), read(_ELEVATION_TYPE))
        finally:
            kernel.CloseHandle(token)

    def take_escape_sequences(stream: TextIO) -> bool:
        """Make the console of *stream* take escape sequences; return whether it does."""
        import ctypes
        import msvcrt
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32")
        mode = wintypes.DWORD()
        try:
            console = wintypes.HANDLE(msvcrt.get_osfhandle(stream.fileno()))
        except (OSError, ValueError):  # not a console
            return False
        return bool(
            kernel.GetConsoleMode(console, ctypes.byref(mode))
            and kernel.SetConsoleMode(console, mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING)
        )

    def wine_version() -> str | None:
        """Return the version of Wine, or ``None`` on Windows itself."""
        import ctypes

        function: Any = getattr(ctypes.WinDLL("ntdll"), "wine_get_version", None)
        if function is None:
            return None
        function.restype = ctypes.c_char_p
        return str(function().decode("ascii", "replace"))


def explained(is_elevated: bool, kind: int) -> tuple[bool, str]:
    """Return whether a process is elevated, and what its TOKEN_ELEVATION_TYPE says about it."""
    if kind == _FULL:
        why = "an administrator, started as such"
    elif kind == _LIMITED:
        why = "an administrator, but started without 'Run as administrator'"
    elif is_elevated:
        why = "an account without a second token: SYSTEM, the built-in Administrator, or no UAC"
    else:
        why = "not an administrator"
    return is_elevated, why
