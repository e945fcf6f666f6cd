"""ThreadSanitizer finds no data race in the extension and the simulation.

Threads convert, change, watch, load and import at the same time (tests/trust/overlap.py), on an
ordinary CPython and on one without a GIL. Neither is compiled for ThreadSanitizer, which therefore
ignores what they do with memory (``ignore_noninstrumented_modules``), and sees their locks.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from environments import ROOT, install, run_together

from trust_checks.builds import instrumented, library
from trust_checks.interpreters import free_threaded

FLAGS = ("-fsanitize=thread", "-fno-omit-frame-pointer", "-g", "-O1")
PROGRAM = ROOT / "tests" / "trust" / "overlap.py"
# Threads that CPython leaves behind at its end are no data races.
OPTIONS = ("exitcode=66", "ignore_noninstrumented_modules=1", "report_thread_leaks=0")
ROUNDS, LONG_ROUNDS = 300, 5000

#: What pytest runs in the long form, and what of it cannot hold there.
TESTS = (
    "tests/native/test_threads.py",
    "tests/core/test_watch.py",
    "tests/core/test_watch_kinds.py",
)
NOT_RUN = {
    "tests/core/test_watch.py::test_a_forked_child": (
        "ThreadSanitizer ends the child of a process with threads"
    ),
    "tests/core/test_watch.py::test_100_000_changes": "waits 30 seconds, which is too short here",
}


def run_check(long: bool) -> int:
    """Run the scenes; in the long form more often, and tests about threads and watches."""
    rounds = LONG_ROUNDS if long else ROUNDS
    pythons = builds()
    commands = {f"scenes, {name}": scenes(python, rounds) for name, python in pythons.items()}
    if long:
        for python in pythons.values():
            install(python, "pytest >= 8")
        for test, reason in NOT_RUN.items():
            print(f"not run: {test}: {reason}")
        deselected = [f"--deselect={test}" for test in NOT_RUN]
        words = ["-m", "pytest", "-q", "--capture=sys", "-p", "no:cacheprovider"]
        words += [*deselected, *TESTS]
        commands |= {f"tests, {name}": [python, *words] for name, python in pythons.items()}
    codes = run_together(commands, ROOT, **variables())
    seen = [sees_a_race(name, python) for name, python in pythons.items()]
    return 0 if all(seen) and not any(codes.values()) else 1


def run_only(names: Sequence[str]) -> int:
    """Run these scenes."""
    commands = {name: scenes(python, ROUNDS, names) for name, python in builds().items()}
    return 1 if any(run_together(commands, ROOT, **variables()).values()) else 0


def builds() -> Mapping[str, Path]:
    """Return a Python with a GIL and one without, with ipif compiled for ThreadSanitizer."""
    return {
        "with a GIL": instrumented("thread", FLAGS, groups=()),
        "without a GIL": instrumented("thread-free", FLAGS, base=free_threaded(), groups=()),
    }


def scenes(python: Path, rounds: int, names: Sequence[str] = ()) -> list[str | Path]:
    """Return the command that plays scenes."""
    return ["env", f"IPIF_OVERLAP_ROUNDS={rounds}", python, PROGRAM, *names]


def variables() -> dict[str, str]:
    """Return the environment variables for an interpreter with ThreadSanitizer."""
    return {
        "LD_PRELOAD": library("libtsan"),
        "TSAN_OPTIONS": ":".join(OPTIONS),
        "IPIF_BACKEND": "simulated",
    }


def sees_a_race(name: str, python: Path) -> bool:
    """Return whether ThreadSanitizer reports a data race that is there on purpose."""
    done = subprocess.run(
        scenes(python, ROUNDS, ["race"]),
        cwd=ROOT,
        env={**os.environ, **variables()},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 66 and "in exchange_read" in done.stderr:
        print(f"{name}: a data race that is there on purpose is reported", flush=True)
        return True
    print(f"{name}: a data race that is there on purpose is NOT reported:\n{done.stderr}")
    return False
