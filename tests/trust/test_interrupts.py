"""Ctrl-C and a lack of memory at every place of the other functions, and two interrupts in a run.

``SCENES`` says where each public name that changes or holds something is interrupted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.eventually import eventually
from support.interrupt import interrupt_everywhere, run_without_a_loop
from support.machine import Calls
from support.rows import rows
from support.threads import lock_is_free

import ipif
import ipif._desired.changed as changed_module
import ipif._desired.plan as plan_module
from ipif import netioapi

TESTS = Path(__file__).resolve().parents[1]
BLOCKS = "desired/test_interruption.py"
GUARDS = "desired/test_guard_interruption.py"
HERE = "trust/test_interrupts.py"
# Where each public name that changes the machine, or holds something, is interrupted.
SCENES = {
    "changed": (BLOCKS, HERE),
    "plan": (BLOCKS, HERE),
    "Plan": (BLOCKS, HERE),
    "recover": (BLOCKS,),
    "guard": (GUARDS,),
    "Guard": (GUARDS,),
    "set_interface": (HERE,),
    "update_interface": (HERE,),
    "compartment": (HERE,),
    "watch": (HERE,),
    "watch_addresses": (HERE,),
    "watch_routes": (HERE,),
    "Watch": (HERE,),
    "wait_for_interface": (HERE,),
    "wait_for_interface_async": (HERE,),
}
# These read the machine, or nothing but the memory of the process.
ONLY_READ = {
    "best_route", "default_interface", "desired_from", "differences", "explain_route", "from_json",
    "get_adapter", "get_interface", "list_adapters", "list_addresses", "list_interfaces",
    "list_routes", "read_document", "snapshot", "to_json", "validate",
}  # fmt: skip
DESIRED = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 10, "NlMtu": 1400}},
        {"match": {"alias": "Wi-Fi"}, "ipv6": {"RouterDiscoveryBehavior": "Disabled"}},
    ]
}
STEP = 11  # in the default run, one place of so many

# What an interrupt has left behind is closed by its collection, in __del__.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]
each_kind = pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError])
each_step = pytest.mark.parametrize(
    "step", [STEP, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"]
)


def test_every_public_function_and_block_has_a_scene() -> None:
    functions = {
        name
        for name in ipif.__all__
        if callable(value := getattr(ipif, name))
        and (not isinstance(value, type) or hasattr(value, "__enter__"))
    }
    assert functions == {*SCENES, *ONLY_READ}
    for name, files in SCENES.items():
        for file in files:
            text = (TESTS / file).read_text(encoding="utf-8").lower()
            assert f"ipif.{name.lower()}" in text, (name, file)


def forget_frames(error: BaseException | None) -> None:
    """Free the frames of an exception: they may refer to a watch that was just being made."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


# ---- functions that change rows


def set_interface() -> None:
    row = ipif.get_interface("Ethernet", "ipv4")
    ipif.set_interface({**row, "NlMtu": 1400})


def update_one() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=9, NlMtu=1400)


def update_both() -> None:
    ipif.update_interface("Ethernet", None, Metric=9, NlMtu=1400)


@pytest.mark.parametrize("scene", [set_interface, update_one, update_both])
@each_kind
@each_step
def test_interrupted_change_of_rows_is_made_or_not_made(
    scene: Callable[[], None], kind: type[BaseException], step: int
) -> None:
    before = rows()
    scene()
    after = rows()
    assert after != before

    def check(where: str, raised: BaseException | None) -> None:
        assert isinstance(raised, kind) or raised is None, (where, raised)
        assert rows() in (before, after), where
        assert lock_is_free(1), where

    assert interrupt_everywhere(scene, check, kind, step, ipif.simulation.reset) > 1


# ---- compartment


@each_kind
@pytest.mark.parametrize("step", [1])
def test_interrupted_compartment_is_left(kind: type[BaseException], step: int) -> None:
    ipif.simulation.add_interface("Other", compartment=2)

    def enter() -> None:
        with ipif.compartment(2):
            pass

    def check(where: str, raised: BaseException | None) -> None:
        assert isinstance(raised, kind), (where, raised)
        assert netioapi.get_current_thread_compartment_id() == 1, where
        assert ipif._core.compartment.compartment_of_thread() == 1, where

    assert interrupt_everywhere(enter, check, kind, step) > 5


# ---- watches


def use_watch() -> None:
    with ipif.watch(interface="Ethernet") as watch:
        watch.get(0)


def use_watch_of_addresses() -> None:
    with ipif.watch_addresses() as watch:
        watch.get(0)


def use_watch_of_routes() -> None:
    with ipif.watch_routes() as watch:
        watch.get(0)


def wait() -> None:
    ipif.wait_for_interface("Ethernet", connected=True)


def wait_async() -> None:
    run_without_a_loop(ipif.wait_for_interface_async("Ethernet"))


@pytest.mark.parametrize(
    "scene", [use_watch, use_watch_of_addresses, use_watch_of_routes, wait, wait_async]
)
@each_kind
@each_step
def test_interrupted_watch_is_closed(
    scene: Callable[[], None], kind: type[BaseException], step: int, calls: Calls
) -> None:
    threads = set(threading.enumerate())
    opened = ("NotifyIpInterfaceChange", "NotifyUnicastIpAddressChange", "NotifyRouteChange2")

    def check(where: str, raised: BaseException | None) -> None:
        assert isinstance(raised, kind) or raised is None, (where, raised)
        forget_frames(raised)
        assert sum(calls[name] for name in opened) == calls["CancelMibChangeNotify2"], where
        eventually(lambda: set(threading.enumerate()) <= threads)

    assert interrupt_everywhere(scene, check, kind, step) >= 1


# ---- a second interrupt, while what the first one has left is being restored


class InterruptedAgain:
    """Raises an exception once, before or after the function that restores."""

    def __init__(self, module: Any, kind: type[BaseException], after: bool) -> None:
        self._restore = module.restore
        self._kind = kind
        self._after = after
        self.armed = False

    def __call__(self, *args: Any) -> None:
        armed, self.armed = self.armed, False
        if armed and not self._after:
            raise self._kind
        self._restore(*args)
        if armed:
            raise self._kind


@pytest.mark.parametrize("after", [False, True], ids=["before restoring", "after restoring"])
@each_kind
@each_step
def test_block_that_is_interrupted_twice_leaves_the_machine_as_it_was(
    after: bool, kind: type[BaseException], step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = InterruptedAgain(changed_module, kind, after)
    monkeypatch.setattr(changed_module, "restore", again)
    before = rows()

    def prepare() -> None:
        again.armed = True

    def change() -> None:
        try:
            with ipif.changed("Ethernet", None, Metric=1, NlMtu=1400):
                pass
        except kind:
            if not again.armed:
                raise

    def check(where: str, raised: BaseException | None) -> None:
        assert rows() == before, where
        assert lock_is_free(1), where
        assert changed_module._entered == {}, where

    interrupt_everywhere(lambda: attempt(change, kind), check, kind, step, prepare)


def attempt(scene: Callable[[], None], kind: type[BaseException]) -> None:
    """Run a scene that the second exception may end."""
    try:
        scene()
    except kind:
        return


@pytest.mark.parametrize("after", [False, True], ids=["before restoring", "after restoring"])
@each_kind
@each_step
def test_plan_that_is_interrupted_twice_knows_what_is_applied(
    after: bool, kind: type[BaseException], step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = InterruptedAgain(plan_module, kind, after)
    monkeypatch.setattr(plan_module, "restore", again)
    before = rows()
    plans: list[ipif.Plan] = []

    def prepare() -> None:
        again.armed = True
        plans[:] = [ipif.plan(DESIRED)]

    def use() -> None:
        with plans[0]:
            pass

    def check(where: str, raised: BaseException | None) -> None:
        again.armed = False
        assert lock_is_free(1), where
        if plans[0].state not in ("planned", "reverted"):
            plans[0].revert()
        assert rows() == before, where

    interrupt_everywhere(lambda: attempt(use, kind), check, kind, step, prepare)
