"""Letting an allocation fail, and looking at what that has done: for the program failing.py."""

from __future__ import annotations

import ctypes
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from functools import partial
from typing import Any

from support.machine import control, native
from support.rows import rows as read_rows

from ipif._core import threads

library = ctypes.CDLL(None)
library.stop.restype = library.blocks.restype = ctypes.c_long
library.blocks.argtypes = [ctypes.c_int]
library.start.restype = None
library.start.argtypes = [ctypes.c_long, ctypes.c_int]

#: The name of the thread that ipif starts to start another one.
STARTER = "starter"

# The rows of each machine that was seen, by what the simulation packs of it.
seen_rows: dict[bytes, list[dict[str, Any]]] = {}


class Wrong(Exception):
    """A call did not stand the lack of memory."""


def rows() -> list[dict[str, Any]]:
    """Return all rows. Those of a machine that was seen before are not read again."""
    machine = control().dump()
    if machine not in seen_rows:
        seen_rows[machine] = read_rows()
    return seen_rows[machine]


def has_ended() -> bool:
    """Return whether every thread of ipif has ended."""
    return not any(each.name.startswith("ipif.") for each in threading.enumerate())


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            raise Wrong(what)
        time.sleep(0.0005)


def stop() -> int:
    """Disarm the library; return how many allocations were counted."""
    while True:
        try:
            counted: int = library.stop()
        except MemoryError:  # of this very call
            continue
        return counted


class Armed:
    """The thread of ipif of which an allocation is to fail, counted from the start of its code."""

    def __init__(self) -> None:
        self.name = ""  # of the thread; empty when it is the calling one
        self.number = 0
        self.ours = False
        self.counted: int | None = None  # allocations, when the thread has ended

    def arm(self, name: str, number: int, ours: bool) -> None:
        """Let allocation *number* of the next thread with this name fail."""
        self.number, self.ours, self.counted = number, ours, None
        self.name = name

    def call(self, function: Callable[..., object], *arguments: object) -> object:
        """Call the function of that thread, in it."""
        # The simulation has a variable for each thread; the C library ends the process when it
        # has no memory for that.
        native.get_current_thread_compartment_id()
        library.start(self.number, self.ours)
        try:
            return function(*arguments)
        finally:
            self.counted = stop()


armed = Armed()
run_thread = threading.Thread.run


def run_armed(self: threading.Thread) -> None:
    """In place of ``Thread.run``."""
    if self.name == armed.name:
        armed.call(run_thread, self)
    else:
        run_thread(self)


def start_armed(function: Callable[..., object], arguments: tuple[object, ...]) -> int:
    """In place of ``start_new_thread``, with which ipif starts the thread that starts another."""
    if armed.name == STARTER:
        return start_new_thread(partial(armed.call, function), arguments)
    return start_new_thread(function, arguments)


vars(threads)["start_new_thread"] = start_armed
threading.Thread.run = run_armed  # type: ignore[method-assign]


def attempt(
    call: Callable[[], object], number: int, ours: bool, thread: str = ""
) -> tuple[int, BaseException | None]:
    """Make a call; return how many allocations it has, and what it raised.

    Allocation *number* fails, of all or of *ours*, those of the extension. They are those of the
    calling thread, or of the thread of ipif with the name *thread*.
    """
    raised: BaseException | None = None
    try:
        if thread:
            armed.arm(thread, number, ours)
        else:
            library.start(number, ours)
        call()
    except BaseException as error:
        raised = error
    counted = stop()
    if thread:
        until(lambda: armed.counted is not None, "the thread does not end")
        armed.name = ""
        counted = armed.counted or 0
    return counted, raised
