"""The automatic revert of a plan that nobody confirms in time."""

from __future__ import annotations

from threading import Thread, main_thread
from time import monotonic

from ipif._core.compartment import in_compartment_of_caller
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
        self._run_there = in_compartment_of_caller(self._run)
        self._thread = Thread(target=self._main, name="ipif.confirm", daemon=False)

    def start(self) -> None:
        """Start the thread; the time begins now."""
        start(self._thread)

    def cancel(self) -> None:
        """Do not revert (again). It does not wait for a revert in progress."""
        self._cancelled.set()

    def _main(self) -> None:
        try:
            self._run_there()
        except Exception as error:  # the network compartment no longer exists
            self._report(error, None)

    def _report(self, error: Exception | None, pause: float | None) -> None:
        """Call *failed*; an exception there, such as that of a handler of logging, is ignored."""
        try:
            self._failed(error, pause)
        except Exception:
            return

    def _run(self) -> None:
        if self._cancelled.wait(self.seconds):
            return
        pause = FIRST_PAUSE
        ends: float | None = None  # when to give up, once the interpreter is about to exit
        while not self._cancelled.is_set():
            error: Exception | None = None
            try:
                if self._revert(self):
                    return
            except Exception as raised:
                error = raised
            if ends is None and not main_thread().is_alive():
                ends = monotonic() + AT_EXIT
            last = ends is not None and monotonic() + pause > ends
            self._report(error, None if last else pause)
            if last:
                return
            self._wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _wait(self, seconds: float) -> None:
        """Wait so long, or until the interpreter is about to exit, or this is cancelled."""
        ends = monotonic() + seconds
        alive = main_thread().is_alive()
        while not self._cancelled.wait(max(0.0, min(_LOOK, ends - monotonic()))):
            if monotonic() >= ends or alive != main_thread().is_alive():
                return
