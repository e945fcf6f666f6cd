"""Threads and flags that Ctrl-C cannot break.

``KeyboardInterrupt`` is raised in the main thread, wherever Python code runs. Inside a method of
``threading.Event``, or of ``Thread.start``, it can leave a lock of theirs locked for ever.
"""

from __future__ import annotations

from _contextvars import copy_context
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Thread
    from typing import Any


class Flag:
    """A flag for which one thread waits."""

    def __init__(self) -> None:
        self._is_set = False
        self._unset = allocate_lock()
        self._unset.acquire()

    def set(self) -> None:
        """Set the flag, for ever. Repeat it when it is interrupted."""
        self._is_set = True
        try:
            self._unset.release()
        except RuntimeError:  # it was set before
            return

    def is_set(self) -> bool:
        """Return whether the flag is set."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait until the flag is set, at most so many seconds; return whether it is set."""
        if not self._is_set and self._unset.acquire(timeout=seconds):
            self.set()
        return self._is_set


def start(thread: Thread, began: list[int] | None = None) -> None:
    """Start *thread*; raise what ``Thread.start`` raises.

    Another thread starts it, because no signal handler runs there. After an interrupt, *began* is
    empty when *thread* does not run and never will, which may take a moment.
    """
    began = [] if began is None else began
    errors: list[BaseException] = []
    done = allocate_lock()
    done.acquire()

    def work() -> None:
        try:
            thread.start()
        except BaseException as error:
            errors.append(error)
            began.clear()
        finally:
            done.release()

    # One builtin starts the other thread and notes it: nothing can be raised in between.
    begin: Any = start_new_thread
    began.extend(map(begin, [copy_context().run], [(work,)]))
    done.acquire()
    if errors:
        raise errors[0]
