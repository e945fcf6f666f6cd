"""Ctrl-C and a lack of memory at every place of entering and leaving a guard.

Afterwards no thread runs, no watch is open, and when the guard was not entered every value is as
before. The default run takes only some of the places; ``pytest -m slow`` takes all of them.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from support.eventually import eventually
from support.interrupt import interrupt_everywhere, run_without_a_loop
from support.machine import Calls
from support.rows import rows

import ipif
from ipif import simulation

DESIRED = {
    "interfaces": [
        {"match": {"index": 13}, "ipv4": {"Metric": 10, "NlMtu": 1400}},
        {"match": {"alias": "Wi-Fi"}, "ipv6": {"RouterDiscoveryBehavior": "Disabled"}},
    ]
}
# In the default run, one place of so many; a prime number, so that every loop is met somewhere.
STEP = 17

each_kind = pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError])
each_step = pytest.mark.parametrize(
    "step", [STEP, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"]
)


def guard(entered: list[object]) -> None:
    with ipif.guard(DESIRED):
        entered.append(True)


def guard_in_a_coroutine(entered: list[object]) -> None:
    async def main() -> None:
        async with ipif.guard(DESIRED):
            entered.append(True)

    run_without_a_loop(main())


async def wait_without_a_loop(finished: Any) -> None:
    """Wait for the thread as leaving does, but in this thread: the scene runs no event loop."""
    finished._loop.finish()


def is_running() -> bool:
    """Return whether there is a thread of a guard."""
    return any(each.name == "ipif.guard" and each.is_alive() for each in threading.enumerate())


def is_dropped(where: str) -> bool:
    """Return whether CPython drops an exception that is raised there."""
    return "<genexpr>" in where or "__del__" in where


def forget_frames(error: BaseException | None) -> None:
    """Free the frames of an exception: they may refer to a watch that was just being made."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


# A watch closes itself in __del__, and Python reports what is raised there as ignored.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@each_step
@each_kind
@pytest.mark.parametrize("scene", [guard, guard_in_a_coroutine])
def test_an_interrupted_guard_leaves_nothing_behind(
    scene: Callable[[list[object]], None],
    kind: type[BaseException],
    step: int,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ipif._desired.guard._Finished._wait", wait_without_a_loop)
    scene([])  # imports what it needs
    simulation.reset()
    before = rows()
    entered: list[object] = []

    def run() -> None:
        entered.clear()
        scene(entered)

    def check(where: str, raised: BaseException | None) -> None:
        assert isinstance(raised, kind) or is_dropped(where) or kind is MemoryError, where
        forget_frames(raised)
        eventually(lambda: not is_running())
        assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"], where
        if entered:
            simulation.reset()
        assert rows() == before, where

    assert interrupt_everywhere(run, check, kind, step) > 10
    assert calls["NotifyIpInterfaceChange"] > 10
