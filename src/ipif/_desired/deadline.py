"""The automatic revert of a plan that nobody confirms in time."""

from __future__ import annotations

from threading import Thread, main_thread
from time import monotonic, sleep

from ipif._core.compartment import in_compartment_of_caller
from ipif._core.errors import Error
from ipif._core.threads import Flag, start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds before the second attempt; every further pause is twice as long, up to the longest one.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0

#: Seconds for which the interpreter, when it exits, waits for a revert that keeps failing.
AT_EXIT = 30.0

# How often, in seconds, the thread looks whether the interpreter is about to exit.
_LOOK = 0.5


class Deadline:
    """A thread that reverts when the time to confirm is over, and again until that succeeds.

    *revert* returns whether there is nothing left to do; an exception counts as a failure too.
    *failed* is called with each of these exceptions, or ``None``, and with the pause before the
    next attempt, which is ``None`` when this was the last one.

    The thread is no daemon, so the interpreter waits for it at exit: for the time to confirm, and
    then ``AT_EXIT`` seconds at most. It acts in the network compartment of the thread that made it.
    A lack of memory, wherever it comes, does not end it.
    """

    def __init__(
        self,
        seconds: float,
        revert: Callable[[Deadline], bool],
        failed: Callable[[Exception | None, float | None], object],
    ) -> None:
        self.seconds = seconds
        self._revert = revert
        self._failed = failed
        self._cancelled = Flag()
        self._due = 0.0  # when to revert
        self._pause = FIRST_PAUSE  # after the next failure
        self._ends: float | None = None  # when to give up, once the interpreter is about to exit
        self._run_there = in_compartment_of_caller(self._run)
        self._thread = Thread(target=self._main, name="ipif.confirm", daemon=False)

    def start(self) -> None:
        """Start the thread; the time begins now."""
        self._due = monotonic() + self.seconds
        start(self._thread)

    def cancel(self) -> None:
        """Do not revert (again). It does not wait for a revert in progress."""
        self._cancelled.set()

    def _main(self) -> None:
        while True:
            try:
                self._run_there()
                return
            except Error as error:  # the network compartment no longer exists
                self._report(error, None)
                return
            except Exception:  # no memory
                sleep(FIRST_PAUSE)

    def _report(self, error: Exception | None, pause: float | None) -> None:
        """Call *failed*; an exception there, such as that of a handler of logging, is ignored."""
        try:
            self._failed(error, pause)
        except Exception:
            return

    def _run(self) -> None:
        """Revert when it is due, until that succeeds. May be called again after an exception."""
        while self._wait():
            error: Exception | None = None
            try:
                if self._revert(self):
                    return
            except Exception as raised:
                error = raised
            pause = self._pause
            self._due = monotonic() + pause
            self._pause = min(2 * pause, LONGEST_PAUSE)
            if self._ends is None and not main_thread().is_alive():
                self._ends = monotonic() + AT_EXIT
            last = self._ends is not None and self._due > self._ends
            self._report(error, None if last else pause)
            if last:
                return

    def _wait(self) -> bool:
        """Wait until it is due to revert; return ``False`` when that is cancelled.

        The wait for another attempt ends, too, when the interpreter is about to exit.
        """
        is_first = self._pause == FIRST_PAUSE
        alive = main_thread().is_alive()
        while not self._cancelled.is_set():
            left = self._due - monotonic()
            if left <= 0 or (not is_first and alive != main_thread().is_alive()):
                return True
            self._cancelled.wait(left if is_first else min(left, _LOOK))
        return False
