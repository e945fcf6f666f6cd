"""The tests reach every line of the sources, but for those that tests/trust/unreached.toml lists.

C is measured by gcov, Python by coverage.py, in one run of the suite on the CPython that runs this
script. Processes that tests start are measured, too, unless they are killed. What is compiled or
run only on Windows is listed with that reason. The short form runs only the tests that reach most
of the C code, and looks only at the percentages of that.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from environments import ROOT, must, run

from trust_checks.builds import instrumented
from trust_checks.unreached import UnreachedList, as_entry, read_list

NAME = "coverage"
FLAGS = ("--coverage", "-fprofile-update=atomic", "-O0", "-g")
TREE = ROOT / "build" / "trust" / NAME  # where the compiler's counters are
DATA = ROOT / "build" / "trust" / f"{NAME}-data"
SETTINGS = f"""\
[run]
branch = true
source_pkgs = ipif, pytest_ipif
omit = */hook-ipif.py
data_file = {DATA / "python"}
parallel = true
patch = subprocess, _exit

[report]
include = {ROOT / f".venv-{NAME}"}/*
exclude_lines =
    if TYPE_CHECKING:
    ^ *@overload
"""

#: Tests that cannot hold on this build, and why.
DESELECTED = {
    "tests/native/test_instructions.py": "the compiler does not optimise, and counters cost time",
    "tests/core/test_similar.py::"
    "test_a_search_among_thousands_costs_little_more_than_reading_their_names": (
        "coverage.py slows Python down, but not C"
    ),
    "tests/sim/test_snapshot.py::test_loading_takes_time_in_proportion_to_the_number_of_rows": (
        "it measures time, and other checks run beside this one"
    ),
    "tests/desired/test_many_entries.py::"
    "test_5000_entries_for_5000_adapters_take_at_most_3_times_as_long_as_one_for_all": (
        "coverage.py slows Python down, but not C"
    ),
    **{
        f"tests/trust/test_allocations.py::{name}": "coverage.py crashes there without memory"
        for name in (
            "test_cpython_does_not_release_a_lock_without_memory_for_the_arguments_of_exit",
            "test_the_lock_of_transactions_is_released_without_memory",
            "test_an_interface_is_added_with_all_its_families_or_not_at_all",
        )
    },
    "tests/project/test_import.py::test_library_its_exports_are_the_two_init_functions": (
        "gcov exports its functions"
    ),
    "tests/cli/test_terminal.py::test_list_in_a_terminal_imports_no_more_than_in_a_pipe": (
        "coverage.py imports modules in the processes that it measures"
    ),
    "tests/trust/test_allocations.py::"
    "test_cpython_loses_an_exception_without_memory_for_the_traceback": (
        "coverage.py takes memory where the test lets CPython take it"
    ),
}

#: What the short form runs.
REACH_C = ("tests/native", "tests/core", "tests/sim")

#: What has to be reached, in percent: of lines in C, of lines and branches in Python.
PYTHON = "src/*.py"
THRESHOLDS = {
    "src/_ipif*": 97,  # all together, and each file
    "src/sim/*": 95,
    PYTHON: 98,
}


@dataclass
class Measured:
    """What the tests reached of a file."""

    reached: int = 0
    counted: int = 0  # lines in C; lines and branches in Python
    missing: frozenset[int] = frozenset()  # numbers of lines

    @property
    def percent(self) -> float:
        return 100 * self.reached / self.counted if self.counted else 100.0


def run_check(long: bool) -> int:
    """Run the suite, and compare what it did not reach with the thresholds and the list.

    The short form has the thresholds of C only.
    """
    python = instrumented(NAME, FLAGS)
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(parents=True)
    settings = DATA / "settings"
    settings.write_text(SETTINGS, encoding="utf-8")
    words = ["-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest", "-q"]
    # The workers of xdist must find the same tests in the same order, sets included.
    words += ["-n", str(os.cpu_count()), "-o", f"cache_dir={DATA / 'pytest'}"]
    words += [] if long else REACH_C
    for test, reason in DESELECTED.items():
        if long or test.startswith(REACH_C):
            print(f"not run: {test}: {reason}", flush=True)
            words += ["--deselect", test]
    failed = run(python, *words, IPIF_BACKEND="simulated", PYTHONHASHSEED="0")
    measured = {**c_files(), **(python_files(python, settings) if long else {})}
    thresholds = {name: least for name, least in THRESHOLDS.items() if long or name != PYTHON}
    print_table(measured, thresholds)
    problems = ["the suite failed"] if failed else []
    problems += below_thresholds(measured, thresholds)
    problems += differences(measured, read_list()) if long else []
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def c_files() -> dict[str, Measured]:
    """Return what gcov counted in the C files and headers."""
    counts: dict[str, dict[int, int]] = {}
    for counters in sorted(TREE.rglob("*.gcda")):
        command: list[str | Path] = ["gcov", "--json-format", "--stdout", counters]
        output = subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, check=True).stdout
        for file in json.loads(output)["files"]:
            if file["file"].startswith("src/"):
                lines = counts.setdefault(file["file"], {})
                for line in file["lines"]:  # a header has lines in more than one object file
                    number = line["line_number"]
                    lines[number] = lines.get(number, 0) + line["count"]
    return {
        name: Measured(
            sum(count > 0 for count in lines.values()),
            len(lines),
            frozenset(number for number, count in lines.items() if count == 0),
        )
        for name, lines in counts.items()
    }


def python_files(python: Path, settings: Path) -> dict[str, Measured]:
    """Return what coverage.py counted in the modules."""
    tool: list[str | Path] = [python, "-m", "coverage"]
    report = DATA / "python.json"
    must(*tool, "combine", "-q", f"--rcfile={settings}")
    must(*tool, "json", "-q", f"--rcfile={settings}", "-o", report)
    measured = {}
    for path, file in json.loads(report.read_text(encoding="utf-8"))["files"].items():
        summary = file["summary"]
        name = "src/" + path.rpartition("site-packages/")[2]
        measured[name] = Measured(
            summary["covered_lines"] + summary["covered_branches"],
            summary["num_statements"] + summary["num_branches"],
            frozenset(file["missing_lines"]),
        )
    return measured


def total(files: Iterable[Measured]) -> Measured:
    """Return the sum of files."""
    files = list(files)
    return Measured(sum(file.reached for file in files), sum(file.counted for file in files))


def matching(measured: dict[str, Measured], pattern: str) -> dict[str, Measured]:
    return {name: file for name, file in measured.items() if fnmatch(name, pattern)}


def print_table(measured: dict[str, Measured], thresholds: dict[str, int]) -> None:
    """Print each file that is not reached in full, and the sums that have a threshold."""
    for name in sorted(name for name, file in measured.items() if file.reached < file.counted):
        print(f"{name:44}{measured[name].percent:7.2f} %, {len(measured[name].missing)} lines not")
    for pattern, threshold in thresholds.items():
        sum_of = total(matching(measured, pattern).values())
        percent = f"{sum_of.percent:.2f} % of {sum_of.counted}"
        print(f"{pattern:44}{percent}, at least {threshold} %")


def below_thresholds(measured: dict[str, Measured], thresholds: dict[str, int]) -> list[str]:
    """Return what is below its threshold."""
    problems = []
    for pattern, threshold in thresholds.items():
        files = matching(measured, pattern)
        parts = {pattern: total(files.values())}
        if pattern == "src/_ipif*":
            parts |= files  # each header by itself, too
        problems += [
            f"{name}: {part.percent:.2f} % is reached, less than {threshold} %"
            for name, part in parts.items()
            if part.percent < threshold or not part.counted
        ]
    return problems


def differences(measured: dict[str, Measured], listed: UnreachedList) -> list[str]:
    """Return in what a measurement differs from the list of what is not reached."""
    problems = []
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "src").rglob("*.[cp]*")}
    for name in sorted(name for name in sources if name.endswith((".c", ".py"))):
        if name not in measured and name not in listed.not_measured:
            problems.append(f"{name}: not measured, and not listed as such")
        if name in measured and name in listed.not_measured:
            problems.append(f"{name}: listed as not measured, but it is")
    never, sometimes = listed.numbers(sometimes=False), listed.numbers(sometimes=True)
    nothing = Measured()
    for name in sorted({*measured, *never}):
        missing = measured.get(name, nothing).missing
        expected = never.get(name, set())
        problems += [f"{name}:{number}: listed, but reached" for number in expected - missing]
        unlisted = missing - expected - sometimes.get(name, set())
        if unlisted:
            text = as_entry(name, unlisted)
            problems.append(
                f"{name}: no test reaches these lines, and they are not listed:\n{text}"
            )
    return problems
