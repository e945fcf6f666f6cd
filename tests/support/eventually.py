"""Waiting for what another thread is about to do."""

from __future__ import annotations

import time
from collections.abc import Callable

# How many seconds to wait for what happens at once. A busy computer can stand still for 20 s;
# who waits longer than this has found a bug.
SOON = 60.0


def eventually(condition: Callable[[], object], seconds: float = SOON) -> None:
    """Return as soon as *condition* holds; fail when it does not within *seconds*."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.002)
