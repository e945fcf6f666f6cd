"""No public function loses or keeps a reference, whether it succeeds or fails.

The references of all objects are counted on a debug CPython, the check ``references`` of
tools/trust.py. Elsewhere each call is made once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest
from support.calls import (
    BAD_WATCHES,
    CALLS,
    NATIVE_CALLS,
    WATCH_KINDS,
    exchange_and_read,
    finish_in_the_end,
    watch_and_read,
)
from support.growth import changed
from support.machine import native
from support.public_calls import CANNOT_FAIL, CANNOT_WORK, FAILS, WORKS, public_names

import ipif
from ipif import netioapi, reports, simulation


def test_every_public_name_has_a_call_that_works() -> None:
    assert public_names() - set(WORKS) == CANNOT_WORK
    assert set(WORKS) <= public_names()


def test_every_public_name_has_a_call_that_fails() -> None:
    assert public_names() - set(FAILS) == CANNOT_FAIL
    assert set(FAILS) <= public_names()


def function_of(name: str) -> Any:
    """Return what a name of ``public_names`` stands for."""
    first, _, rest = name.partition(".")
    found = reports if first == "reports" else getattr(ipif, first)
    if rest:
        found = getattr(found, rest) if first in ("reports", "simulation") else vars_of(found, rest)
    found = getattr(found, "_function", found)  # behind until_done
    found = getattr(found, "fget", found)
    return getattr(found, "__func__", found)


def vars_of(class_: type, name: str) -> Any:
    """Return an attribute of a class as it is written there."""
    return next(vars(base)[name] for base in class_.__mro__ if name in vars(base))


def entered(call: Callable[[], object]) -> set[CodeType]:
    """Return the code of every Python function that a call enters."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, arg: object) -> None:
        if event == "call":
            codes.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return codes


@pytest.mark.parametrize("name", WORKS)
def test_a_call_that_works_works_and_reaches_what_it_is_named_for(name: str) -> None:
    codes = entered(WORKS[name])
    code = getattr(function_of(name), "__code__", None)
    assert code is None or code in codes


@pytest.mark.parametrize("name", FAILS)
def test_a_call_that_fails_fails_by_what_it_is_named_for(name: str) -> None:
    def fail() -> None:
        with pytest.raises(Exception) as raised:  # noqa: PT011 -- any, but not a mistake of the call
            FAILS[name]()
        assert not isinstance(raised.value, AssertionError | AttributeError | NameError)

    codes = entered(fail)
    code = getattr(function_of(name), "__code__", None)
    assert code is None or code in codes


# ---- counted


def ignoring(call: Callable[..., object], *args: Any, **kwargs: Any) -> Callable[[], None]:
    """Return a function that makes a call and closes or forgets what comes of it."""

    def work() -> None:
        try:
            result: Any = call(*args, **kwargs)
        except Exception:
            return
        if hasattr(result, "close"):
            result.close()

    return work


def every_call() -> dict[str, Callable[[], object]]:
    """Return all calls, by name and number."""
    found: dict[str, Callable[[], object]] = {}
    for module, table in ((netioapi, CALLS), (native, NATIVE_CALLS)):
        for name, calls in table.items():
            for number, (args, kwargs) in enumerate(calls):
                function = getattr(module, name)
                key = f"{module.__name__.rpartition('.')[2]}.{name}-{number}"
                found[key] = ignoring(function, *args, **kwargs)
    for number, arguments in enumerate(BAD_WATCHES):
        found[f"bad watch {number}"] = ignoring(native.watch_open, *arguments)
    for kind in WATCH_KINDS:
        found[f"watch {kind}"] = ignoring(watch_and_read, kind)
    found["exchange"] = exchange_and_read
    found["until_done"] = finish_in_the_end
    found |= {f"{name} works": ignoring(call) for name, call in WORKS.items()}
    found |= {f"{name} fails": ignoring(call) for name, call in FAILS.items()}
    return found


COUNTS = hasattr(sys, "gettotalrefcount")
COUNTED = every_call() if COUNTS else {"no call": lambda: None}
needs_count = pytest.mark.skipif(not COUNTS, reason="only a debug CPython counts all references")


def all_references() -> int:
    """Return how many references there are in the process."""
    return sys.gettotalrefcount()  # type: ignore[attr-defined, no-any-return]


def on_a_fresh_machine(call: Callable[[], object]) -> Callable[[], None]:
    def work() -> None:
        simulation.reset()
        call()

    return work


@needs_count
@pytest.mark.parametrize("name", COUNTED)
def test_references_are_as_many_after_calls_as_before(name: str) -> None:
    assert changed(all_references, on_a_fresh_machine(COUNTED[name]), calls=20) is None


@needs_count
@pytest.mark.slow
@pytest.mark.parametrize("name", COUNTED)
def test_references_are_as_many_after_many_calls_as_before(name: str) -> None:
    assert changed(all_references, on_a_fresh_machine(COUNTED[name]), calls=300) is None


@needs_count
def test_instruments_a_reference_kept_or_lost_is_seen() -> None:
    kept: list[object] = []
    assert changed(all_references, lambda: kept.append(None))
    kept *= 100
    assert changed(all_references, kept.pop)
    assert changed(all_references, lambda: [object()]) is None
