"""Reading a number of seconds."""

from __future__ import annotations

from _operator import index as to_int

#: Seconds: 30 days. Windows cannot wait much longer in one call.
LONGEST = 30 * 86400


def read_seconds(
    name: str, value: object, *, above_zero: bool = False, longest: float = float("inf")
) -> float:
    """Return *value* as a number of seconds from 0 to *longest*.

    Raises ``TypeError`` when it is not an ``int`` or ``float``, and ``ValueError`` when it is
    negative, NaN or too large, or 0 with *above_zero*. Their messages start with *name*, the
    argument.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        # An integer of numpy, say, is no int.
        number = value if isinstance(value, (int, float)) else to_int(value)  # type: ignore[arg-type]
    except TypeError:
        got = type(value).__name__
        raise TypeError(f"{name}: expected a number of seconds, got {got}") from None
    large_enough = number > 0 if above_zero else number >= 0  # NaN is neither
    if not large_enough or number > longest:
        low = "greater than 0" if above_zero else "0 or more"
        high = "" if longest == float("inf") else f" and at most {longest:g}"
        raise ValueError(f"{name} must be {low}{high} seconds")
    return float(min(number, 1e12))  # an int may be too large for a float
