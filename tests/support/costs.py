"""The times of two calls, compared with each other, so that a busy computer does not matter."""

import sys
import time
from collections.abc import Callable

# On Windows process_time() counts in steps of 16 ms.
_clock = time.perf_counter if sys.platform == "win32" else time.process_time


def seconds(call: Callable[[], object], times: int = 1) -> float:
    """Return how long *call* takes when it is called so many times."""
    start = _clock()
    for _ in range(times):
        call()
    return _clock() - start


def costs_at_most(
    factor: float, call: Callable[[], object], other: Callable[[], object], times: int = 1
) -> bool:
    """Return whether *call* takes at most so many times as long as *other*, in one of 6 trials.

    Each trial compares the two one right after the other; each is called so many times.
    """
    return any(seconds(call, times) < factor * seconds(other, times) for _ in range(6))
