"""Numbers of seconds as arguments, read by one function."""

import math

import pytest
import support.machine  # noqa: F401

import ipif
from ipif._core.timing import LONGEST, read_seconds


@pytest.mark.parametrize("value", [0, 0.0, 1, 0.5, 10**400, math.inf])
def test_seconds_of_zero_or_more_are_a_float(value: float) -> None:
    assert read_seconds("timeout", value) == min(value, 1e12)


@pytest.mark.parametrize("value", [True, "1", None, b"1", [1], 1j])
def test_another_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="timeout: expected a number of seconds, got "):
        read_seconds("timeout", value)


@pytest.mark.parametrize("value", [-1, -0.001, math.nan, -math.inf])
def test_a_negative_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="timeout must be 0 or more seconds"):
        read_seconds("timeout", value)


def test_limits_are_named() -> None:
    with pytest.raises(ValueError, match="it must be greater than 0 and at most 5 seconds"):
        read_seconds("it", 0, above_zero=True, longest=5)
    with pytest.raises(ValueError, match="it must be 0 or more and at most 5 seconds"):
        read_seconds("it", 5.1, longest=5)
    assert read_seconds("it", 5, longest=5) == 5


@pytest.mark.parametrize("value", [0, -1, LONGEST + 1, math.nan, math.inf])
def test_every_argument_of_seconds_goes_through_it(value: float) -> None:
    with pytest.raises(ValueError, match="confirm_within must be greater than 0"):
        ipif.plan({"interfaces": []}).apply(confirm_within=value)
    if value != 0:
        with pytest.raises(ValueError, match="interval must be 0 or more"):
            ipif.guard({"interfaces": []}, interval=value)


class Integer:
    """An integer of another library."""

    def __index__(self) -> int:
        return 3


def test_an_integer_of_another_library_is_a_number_of_seconds() -> None:
    assert read_seconds("timeout", Integer()) == 3.0
