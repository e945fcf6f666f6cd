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
    which = ("-m", "slow or not slow") if long else ()
    codes = []
    for interpreter in chosen or found[-1:]:
        print(f"-- CPython {interpreter.version}", flush=True)
        name = f"processes-{interpreter.name}"
        python = instrumented(name, (), interpreter.path, groups=("test",))
        codes.append(run(python, "-m", "pytest", "-q", *which, TEST, IPIF_BACKEND="simulated"))
    return max(codes)
