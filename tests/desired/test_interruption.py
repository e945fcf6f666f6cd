"""Ctrl-C and a lack of memory wherever Python code can be interrupted: no value is lost.

Each scene is run once for every place, and an exception is raised there. The default run takes only
some of the places; ``pytest -m slow`` takes all of them.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.eventually import eventually
from support.interrupt import interrupt_everywhere, run_without_a_loop
from support.rows import rows
from support.threads import lock_is_free

import ipif
from ipif._desired import changed as changed_module

DESIRED = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 10, "NlMtu": 1400}},
        {"match": {"alias": "Wi-Fi"}, "ipv6": {"RouterDiscoveryBehavior": "Disabled"}},
    ]
}
# In the default run, one place of so many; a prime number, so that every loop is met somewhere.
STEP = 23

# What an interrupt has left behind is closed by its collection.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]

each_kind = pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError])
each_step = pytest.mark.parametrize(
    "step", [STEP, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"]
)


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk, which is most of the time of a journal."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "changes.json"


def waiting() -> bool:
    """Return whether the thread of an automatic revert is still alive."""
    return any(thread.name == "ipif.confirm" for thread in threading.enumerate())


def was_raised(kind: type[BaseException], where: str, raised: BaseException | None) -> bool:
    """Return whether the exception has reached the caller.

    CPython drops an exception that is raised while a generator is closed, and the library may go on
    without memory that it needs for a message only.
    """
    if raised is None:
        return "<genexpr>" in where or kind is MemoryError
    return isinstance(raised, kind)


class Machine:
    """The machine before a scene."""

    def __init__(self, kind: type[BaseException], *files: Path) -> None:
        self._kind = kind
        self._files = files
        self._before = rows()

    def is_as_before(self, where: str, raised: BaseException | None) -> None:
        assert was_raised(self._kind, where, raised), (where, raised)
        assert rows() == self._before, where
        assert [file for file in self._files if file.exists()] == [], where
        assert lock_is_free(), where
        assert changed_module._entered == {}, where


# ---- changed


def change_one(path: Path) -> None:
    with ipif.changed("Ethernet", "ipv4", Metric=1, NlMtu=1400):
        pass


def change_both(path: Path) -> None:
    with ipif.changed("Ethernet", None, Metric=1, NlMtu=1400):
        pass


def change_with_a_journal(path: Path) -> None:
    with ipif.changed("Ethernet", "ipv4", journal=path, at_exit=True, Metric=1, NlMtu=1400):
        pass


def change_both_with_a_journal(path: Path) -> None:
    with ipif.changed("Ethernet", None, journal=path, at_exit=True, Metric=1, NlMtu=1400):
        pass


def change_and_fail(path: Path) -> None:
    with contextlib.suppress(ZeroDivisionError), ipif.changed("Ethernet", None, Metric=1):
        raise ZeroDivisionError


def change_in_a_stack(path: Path) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(ipif.changed("Ethernet", "ipv4", Metric=1))
        stack.enter_context(ipif.changed("Wi-Fi", "ipv4", Metric=2))


def change_twice(path: Path) -> None:
    with (
        ipif.changed("Ethernet", "ipv4", Metric=1),
        ipif.changed("Ethernet", "ipv4", Metric=2, NlMtu=1400),
    ):
        pass


def change_in_a_coroutine(path: Path) -> None:
    async def main() -> None:
        async with ipif.changed("Ethernet", "ipv4", Metric=1, NlMtu=1400):
            pass

    run_without_a_loop(main())


CHANGES = [
    change_one,
    change_both,
    change_with_a_journal,
    change_both_with_a_journal,
    change_and_fail,
    change_twice,
    change_in_a_coroutine,
]


@pytest.mark.parametrize("scene", CHANGES, ids=[scene.__name__ for scene in CHANGES])
@each_kind
@each_step
def test_a_block_that_is_interrupted_anywhere_leaves_the_machine_as_it_was(
    scene: Callable[[Path], None], kind: type[BaseException], step: int, path: Path
) -> None:
    machine = Machine(kind, path)
    assert interrupt_everywhere(lambda: scene(path), machine.is_as_before, kind, step) > 5


# ---- plan


class Planned:
    """A plan, made anew for each run, outside of the part that is interrupted."""

    def __init__(self, kind: type[BaseException], path: Path, seconds: float | None = None) -> None:
        self.kind = kind
        self.path = path
        self.seconds = seconds  # to confirm
        self.before = rows()
        self.plan: ipif.Plan

    def prepare(self) -> None:
        self.plan = ipif.plan(DESIRED)

    def check(self, where: str, raised: BaseException | None) -> None:
        """Check that the state of the plan is true, and that it can be reverted."""
        assert was_raised(self.kind, where, raised), (where, raised)
        assert lock_is_free(), where
        plan = self.plan
        if plan.state in ("planned", "reverted"):
            assert rows() == self.before, where
            assert not self.path.exists(), where
        else:
            waits = plan._deadline is not None and not plan._deadline._cancelled.is_set()
            assert plan.state == "confirmed" or waits or self.seconds is None, where
            plan.revert()
            assert rows() == self.before, where
        assert plan._deadline is None, where
        if waiting():
            eventually(lambda: not waiting())
        self.path.unlink(missing_ok=True)  # of a plan that was confirmed


def apply_and_revert(plan: ipif.Plan, path: Path) -> None:
    plan.apply()
    plan.revert()


def apply_with_a_journal_and_revert(plan: ipif.Plan, path: Path) -> None:
    plan.apply(journal=path, verify=True)
    plan.revert()


def apply_and_confirm_in_time(plan: ipif.Plan, path: Path) -> None:
    plan.apply(confirm_within=60)
    plan.confirm()
    plan.revert()


def apply_and_confirm_with_a_journal(plan: ipif.Plan, path: Path) -> None:
    plan.apply(journal=path)
    plan.confirm()
    plan.revert()


def use_as_a_block(plan: ipif.Plan, path: Path) -> None:
    with plan:
        pass


def use_as_a_block_and_confirm(plan: ipif.Plan, path: Path) -> None:
    with plan:
        plan.confirm()
    plan.revert()


PLANS = [
    apply_and_revert,
    apply_with_a_journal_and_revert,
    apply_and_confirm_in_time,
    apply_and_confirm_with_a_journal,
    use_as_a_block,
    use_as_a_block_and_confirm,
]


@pytest.mark.parametrize("scene", PLANS, ids=[scene.__name__ for scene in PLANS])
@each_kind
@each_step
def test_a_plan_that_is_interrupted_anywhere_knows_what_is_applied(
    scene: Callable[[ipif.Plan, Path], None], kind: type[BaseException], step: int, path: Path
) -> None:
    planned = Planned(kind, path, 60 if scene is apply_and_confirm_in_time else None)
    runs = interrupt_everywhere(
        lambda: scene(planned.plan, path), planned.check, kind, step, planned.prepare
    )
    assert runs > 5


# ---- recover


@each_kind
@each_step
def test_a_recovery_that_is_interrupted_anywhere_can_be_repeated(
    kind: type[BaseException], step: int, path: Path
) -> None:
    before = rows()

    def abandon() -> None:
        ipif.plan(DESIRED).apply(journal=path)

    def check(where: str, raised: BaseException | None) -> None:
        assert was_raised(kind, where, raised), (where, raised)
        assert lock_is_free(), where
        if path.exists():
            ipif.recover(path)
        assert rows() == before, where
        assert not path.exists(), where

    runs = interrupt_everywhere(lambda: ipif.recover(path), check, kind, step, abandon)
    assert runs > 5
