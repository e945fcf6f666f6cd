"""Sub-interpreters, child processes, the end of the interpreter and Ctrl-C leave nothing behind."""

from environments import run
from pythons import find_interpreters

from trust_checks.builds import instrumented

TEST = "tests/trust/test_processes.py"
OLDEST = "3.12"  # the first CPython whose sub-interpreters can have a GIL of their own


def run_check(long: bool) -> int:
    """Run each test a few times on the newest CPython here; or hundreds of times, on all."""
    found = [each for each in find_interpreters() if not each.name.endswith("t")]
    chosen = [each for each in found if each.name >= OLDEST] if long else []
    if not chosen:
        chosen = found[-1:]
    code = 0
    for interpreter in chosen:
        print(f"-- CPython {interpreter.version}", flush=True)
        python = instrumented(f"processes-{interpreter.name}", (), interpreter.path, groups=("test",))
        which = ["-m", "slow or not slow"] if long else []
        code |= run(python, "-m", "pytest", "-q", *which, TEST, IPIF_BACKEND="simulated")
    return code
