"""The ways to the same functions that are compared: ctypes, cffi in API mode, win32more, bare C."""
