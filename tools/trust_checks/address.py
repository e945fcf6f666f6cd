"""AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer find nothing in the suite.

The interpreter is an ordinary one, which loads the libraries of the sanitizers before all others.
Python's own objects come from malloc, too, so that each is watched and each leak is seen.
"""

import os
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environments import ROOT

from trust_checks.builds import instrumented, library

FLAGS = ("-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g", "-O1")
LEAKS = "detect_leaks=1"
NO_LEAKS = "detect_leaks=0"
ALWAYS = "allocator_may_return_null=1"

#: The short form: what reaches the extension most, in two processes.
SHORT = {"native": ("tests/native",), "core and sim": ("tests/core", "tests/sim")}
# Folders that do not run here: tests/trust starts checks like this one, and the tests in the other
# two are for Windows and for Wine.
ELSEWHERE = {"trust", "live", "wine_own"}
OTHERS = {path.parent.name for path in ROOT.glob("tests/*/test_*.py")} - ELSEWHERE
LONG = {
    "native, core, sim": ("tests/native", "tests/core", "tests/sim"),
    "the others": tuple(f"tests/{name}" for name in sorted(OTHERS - {"native", "core", "sim"})),
}

MEMORY = "tests/native/test_memory.py"
RUNS_OUT = f"{MEMORY}::test_memory_runs_out"
WATCH = "tests/core/test_watch.py"
FINALIZING = "tests/desired/test_finalizing.py"
FROZEN = "tests/project/test_frozen.py"
IMPORT = "tests/project/test_import.py"

COMPILER = "runs the compiler, in which LeakSanitizer finds leaks"
FORK = "the child of a process with threads may find the allocator of AddressSanitizer locked"
#: Tests that cannot hold here: how their names begin, and why.
NOT_RUN = {
    "tests/native/test_instructions.py": "valgrind runs no program with AddressSanitizer",
    "tests/native/test_fields.py::test_bits_set_one_by_one_by_the_compiler": COMPILER,
    f"{MEMORY}::test_instruments_a_leak_is_seen": "CPython does not count blocks of malloc",
    "tests/sim/test_forked_machine.py::test_fork_while": FORK,
    "tests/desired/test_forked_transaction.py::test_the_child_can_change_rows_while": FORK,
    f"{FROZEN}::test_the_embedded_interpreter": COMPILER,
    f"{IMPORT}::test_extension_writable_data": COMPILER,
    f"{IMPORT}::test_import_ipif_takes_less_than_twice_as_long_as_ctypes": "measures time",
    "tests/sim/test_snapshot.py::test_loading_takes_time_in_proportion": "measures time",
}
ARGUMENTS = "CPython keeps the arguments of ipaddress.IPv4Network() when memory runs out in it"
THREAD = "a thread runs when the process ends, and never gives back what it has"
ISOLATED = "with -I CPython ignores PYTHONMALLOC, and LeakSanitizer cannot look into its memory"
#: Tests (some with the beginning of a parameter) that run without LeakSanitizer, and why. The
#: reasons were seen in complete stacks (fast_unwind_on_malloc=0).
NO_LEAK_DETECTION = {
    f"{RUNS_OUT}_at_each_allocation_is_a_memory_error[get_ip_forward_table2": ARGUMENTS,
    f"{RUNS_OUT}_at_each_allocation_is_a_memory_error[get_best_route2": ARGUMENTS,
    f"{RUNS_OUT}_in_a_watch_loses_no_event[2": ARGUMENTS,
    "tests/native/test_threads.py::test_interpreters_many_at_once_each_in_a_thread": (
        "interpreters of CPython 3.11 in threads lose entries of a table of types"
    ),
    f"{WATCH}::test_a_watch_that_nothing_collects_outlives_its_sub_interpreter_harmlessly": (
        "keeps a watch for ever, on purpose"
    ),
    f"{WATCH}::test_a_process_may_end_with_a_watch_open": THREAD,
    "tests/desired/test_guard.py::test_an_open_guard_does_not_keep_the_interpreter_alive": THREAD,
    "tests/cli/test_cli_guard.py::test_ctrl_c_leaves_no_traceback_in_a_process_of_its_own": THREAD,
    "tests/cli/test_cli_guard.py::test_a_closed_pipe_ends_it_quietly": THREAD,
    "tests/cli/test_cli_watch.py::test_a_closed_pipe_ends_it_quietly": THREAD,
    "tests/cli/test_cli_watch.py::test_lines_come_at_once_and_ctrl_c_leaves_no_traceback": THREAD,
    f"{FINALIZING}::test_a_block_is_left_although_a_daemon_thread_keeps_the_lock": THREAD,
    f"{FINALIZING}::test_a_guard_is_left_although_its_thread_will_never_end": THREAD,
    f"{FROZEN}::test_everything_works_with_options_of_python": ISOLATED,
    f"{FROZEN}::test_in_an_archive_the_error_says_that_it_must_be_in_a_folder": ISOLATED,
    f"{FROZEN}::test_a_program_in_an_archive_takes_ipif_from_a_folder_beside_it": ISOLATED,
    f"{FROZEN}::test_a_missing_part_is_named": ISOLATED,
}

#: Code with a leak of the extension: a watch with a reference that is never given back.
LEAK = """
import ctypes
from ipif._core.backend import native
watch = native.watch_open(0, 0, 0, False, 1)
native.watch_close(watch)
ctypes.pythonapi.Py_IncRef(ctypes.py_object(watch))
"""


def run_check(long: bool) -> int:
    """Run the suite, or in the short form what reaches the extension most."""
    python = instrumented("address", FLAGS, groups=("test",))
    parts = LONG if long else SHORT
    folders = tuple(folder for tests in parts.values() for folder in tests)
    for name, reason in NOT_RUN.items():
        if name.startswith(folders):
            print(f"not run: {name}: {reason}")
    unchecked = [name for name in NO_LEAK_DETECTION if name.startswith(folders)]
    for name in unchecked:
        print(f"without LeakSanitizer: {name}: {NO_LEAK_DETECTION[name]}")
    suites = {name: suite(python, name, tests, LEAKS) for name, tests in parts.items()}
    functions = {name.partition("[")[0] for name in unchecked}
    name = "without LeakSanitizer"
    suites[name] = suite(python, name, sorted(functions), NO_LEAKS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        codes = list(pool.map(run_suite, suites, suites.values()))
    return 1 if not sees_a_leak(python) or any(codes) else 0


def run_only(tests: Iterable[str]) -> int:
    """Run these tests."""
    python = instrumented("address", FLAGS, groups=("test",))
    return run_suite("tests", suite(python, "tests", tests, LEAKS))


def suite(python: Path, name: str, tests: Iterable[str], leaks: str) -> list[str | Path]:
    """Return the command that runs these tests, which are called *name* together."""
    excluded = {**NOT_RUN, **NO_LEAK_DETECTION} if leaks == LEAKS else NOT_RUN
    words = ["-m", "pytest", "-q", *(f"--deselect={one}" for one in excluded)]
    # What a sanitizer writes goes to the file descriptor, and is lost if pytest captures that. What
    # a child wrote is in a message, which must not be shortened.
    words += ["--capture=sys", "-o", "truncation_limit_lines=0", "-o", "truncation_limit_chars=0"]
    words += ["-o", f"cache_dir=.pytest_cache/address {name}", *tests]
    return ["env", f"ASAN_OPTIONS={leaks}:{ALWAYS}", python, *words]


def run_suite(name: str, command: list[str | Path]) -> int:
    """Run tests; those that failed once more if LeakSanitizer ended in a fault of its own."""
    done = run_tests(name, command)
    if done.returncode and "LeakSanitizer has encountered a fatal error" in done.stdout:
        again = f"{name}, what failed, once more: LeakSanitizer has had a fault of its own"
        done = run_tests(again, [*command, "--last-failed"])
    return done.returncode


def run_tests(name: str, command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run tests, and print what they write."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **variables()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    print(f"== {name}\n{done.stdout}", flush=True)
    return done


def variables() -> dict[str, str]:
    """Return the environment variables for an interpreter with the sanitizers."""
    return {
        "LD_PRELOAD": f"{library('libasan')} {library('libubsan')}",
        "PYTHONMALLOC": "malloc",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "IPIF_BACKEND": "simulated",
    }


def sees_a_leak(python: Path) -> bool:
    """Return whether LeakSanitizer reports a leak that is there on purpose."""
    done = subprocess.run(
        ["env", f"ASAN_OPTIONS={LEAKS}:{ALWAYS}", python, "-c", LEAK],
        cwd=ROOT,
        env={**os.environ, **variables()},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0 and "in watch_new" in done.stderr:
        print("LeakSanitizer reports a leak that is there on purpose")
        return True
    print(f"LeakSanitizer did not report a leak that is there on purpose:\n{done.stderr}")
    return False
