"""Whether something grows with each call."""

from __future__ import annotations

import gc
from collections.abc import Callable


def grew(
    measure: Callable[[], int], call: Callable[[], object], calls: int = 30
) -> list[int] | None:
    """Return by how much *measure* grew in each round of *calls*, if it did so in every round.

    The first rounds may: caches fill, code is specialised. A leak grows for ever.
    """
    return _in_every_round(measure, call, calls, lambda growth: growth >= calls)


def changed(
    measure: Callable[[], int], call: Callable[[], object], calls: int = 30
) -> list[int] | None:
    """Return by how much *measure* grew or shrank in each round, if it did so in every round.

    Half as many as calls are enough: what counts keeps references, too.
    """
    return _in_every_round(measure, call, calls, lambda growth: abs(growth) >= calls // 2)


def _in_every_round(
    measure: Callable[[], int],
    call: Callable[[], object],
    calls: int,
    counts: Callable[[int], bool],
) -> list[int] | None:
    growth = []
    gc.freeze()  # the hundreds of thousands of objects of the test run need not be looked at
    gc.collect()
    try:
        before = measure()
        for _ in range(12):
            for _ in range(calls):
                call()
            gc.collect()
            after = measure()
            growth.append(after - before)
            if not counts(growth[-1]):
                return None
            before = after
    finally:
        gc.unfreeze()
    return growth
