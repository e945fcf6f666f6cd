"""The functions of watches and exchanges, which only the package calls, refuse other arguments."""

from typing import Any

import pytest
from support.machine import native

FUNCTIONS = {
    "exchange_run": (None, True),
    "exchange_result": (None, 0),
    "exchange_error": (None, 0),
    "watch_get": (None, 0.0),
    "watch_wait": (None, 0.0),
    "watch_initial": (None,),
    "watch_dropped": (None,),
    "watch_close": (None,),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_nothing_but_its_capsule(name: str) -> None:
    function = getattr(native, name)
    arguments = FUNCTIONS[name]
    # CPython calls what is no capsule, or another one, an invalid one.
    other: Any = (
        native.exchange_new([], False) if "watch" in name else native.watch_open(0, 0, 0, False, 8)
    )
    try:
        for wrong in (None, 5, other):
            with pytest.raises((ValueError, TypeError)):
                function(wrong, *arguments[1:])
        with pytest.raises(TypeError):
            function(*arguments, 1, 2)
        with pytest.raises(TypeError):
            function()
    finally:
        if "watch" not in name:
            native.watch_close(other)


@pytest.mark.parametrize("name", ["watch_get", "watch_wait"])
def test_a_watch_waits_for_a_number_of_seconds_up_to_an_hour(name: str) -> None:
    function = getattr(native, name)
    watch = native.watch_open(0, 0, 0, False, 8)
    try:
        for wrong in (-1.0, 3601.0, float("nan"), float("inf")):
            with pytest.raises(ValueError, match="seconds must be between 0 and 3600"):
                function(watch, wrong)
        with pytest.raises(TypeError):
            function(watch, "1")
    finally:
        native.watch_close(watch)


def test_an_exchange_is_made_of_two_arguments() -> None:
    for wrong in ((), ([],), ([], False, 1)):
        with pytest.raises(TypeError):
            native.exchange_new(*wrong)
