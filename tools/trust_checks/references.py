"""No public function keeps or loses a reference: they are counted on a debug CPython."""

from environments import run

from trust_checks.builds import instrumented
from trust_checks.interpreters import debug

TEST = "tests/trust/test_references.py"


def run_check(long: bool) -> int:
    """Count the references of every call; in the long form of more calls, and run tests/native."""
    base = debug()
    include = str(base.parents[1] / "include")  # Python.h of Debian includes a file from there
    python = instrumented("references", (), base=base, CPATH=include)
    words = ["-m", "slow or not slow", TEST, "tests/native"] if long else [TEST]
    return run(python, "-m", "pytest", "-q", *words, IPIF_BACKEND="simulated")
