"""No public function keeps or loses a reference: they are counted on a debug CPython."""

from collections.abc import Sequence
from pathlib import Path

from environments import run

from trust_checks.builds import instrumented
from trust_checks.interpreters import debug

TEST = "tests/trust/test_references.py"


def run_check(long: bool) -> int:
    """Count the references of every call; in the long form of more calls, and run tests/native."""
    pytest = (build(), "-m", "pytest", "-q")
    if not long:
        return run(*pytest, TEST, IPIF_BACKEND="simulated")
    code = run(*pytest, TEST, "-m", "slow or not slow", IPIF_BACKEND="simulated")
    print(
        "tests/native without memory_runs_out: CPython's own assertions end the process, even "
        "without ipif, when there is no memory for the frame of a traceback",
        flush=True,
    )
    return code | run(
        *pytest, "tests/native", "-k", "not memory_runs_out", IPIF_BACKEND="simulated"
    )


def run_only(words: Sequence[str]) -> int:
    """Count the references of some calls: these are words for pytest."""
    return run(build(), "-m", "pytest", "-q", TEST, *words, IPIF_BACKEND="simulated")


def build() -> Path:
    """Return the Python of a debug CPython, with ipif."""
    base = debug()
    include = str(base.parents[1] / "include")  # Python.h of Debian includes a file from there
    return instrumented("references", (), base=base, CPATH=include)
