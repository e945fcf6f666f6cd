"""The ways to the same functions that are compared: ctypes, cffi in API mode, win32more, bare C.

Each has its conversion written out, although they look alike: CPython adapts a function to the
types that it has seen, so a shared one would be slower than what anybody would write for one way.
"""
