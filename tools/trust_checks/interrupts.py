"""Ctrl-C and a lack of memory at every place where Python can be interrupted lose no value."""

from collections.abc import Sequence
from pathlib import Path

from environments import run

from trust_checks.builds import instrumented

TESTS = (
    "tests/desired/test_interruption.py",
    "tests/desired/test_guard_interruption.py",
    "tests/trust/test_interrupts.py",
)


def run_check(long: bool) -> int:
    """Interrupt at some places, in the long form at all."""
    return run_only([*TESTS, *(("-m", "slow or not slow") if long else ())])


def run_only(words: Sequence[str | Path]) -> int:
    """Run these tests: these are words for pytest."""
    python = instrumented("interrupts", (), groups=("test",))
    return run(python, "-m", "pytest", "-q", *words, IPIF_BACKEND="simulated")
