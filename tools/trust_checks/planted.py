"""Planted faults: each is a patch, and is found by the check that should find it.

A patch is applied to a copy of the checkout outside of it, and the part of the check that should
find the fault runs there, in virtual environments of its own.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from environments import ROOT

FOLDER = ROOT / "tests" / "trust" / "broken"
SECONDS = 900  # the longest that a check may take


class Fault(NamedTuple):
    """Which check finds a fault."""

    check: str
    only: tuple[str, ...]  # the part of the check that finds it
    words: tuple[str, ...]  # what the output of the check must hold


#: The faults, by the names of their patches.
FAULTS = {
    "missing-decref": Fault(
        "references",
        ("-k", "convert_interface_luid_to_guid"),
        ("as_many_after_calls_as_before[netioapi.convert_interface_luid_to_guid-0]",),
    ),
    "off-by-one": Fault(
        "address",
        ("tests/native/test_bad_input.py::test_alias_that_no_interface_can_have_is_refused",),
        ("AddressSanitizer: heap-buffer-overflow", "in read_text"),
    ),
    "unlocked-write": Fault("thread", ("watches",), ("ThreadSanitizer: data race", "in watch_put")),
    "no-roll-back": Fault(
        "allocations",
        ("apply",),
        ("neither rolled back, nor does anything say so (MemoryError())",),
    ),
    "lost-restore": Fault(
        "interrupts",
        (
            "tests/desired/test_interruption.py",
            "-k",
            "test_a_block_that_is_interrupted_anywhere_leaves_the_machine_as_it_was",
        ),
        ("FAILED tests/desired/test_interruption.py::test_a_block_that_is_interrupted",),
    ),
}


def find_faults(names: Sequence[str]) -> int:
    """Plant the faults *names*, or all; return 0 when each is found."""
    unknown = set(names) - set(FAULTS)
    if unknown:
        raise SystemExit(f"no fault is called {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(is_found, names or FAULTS))
    return 0 if all(found) else 1


def is_found(name: str) -> bool:
    """Plant a fault and run its check; print and return whether it is found."""
    fault = FAULTS[name]
    with tempfile.TemporaryDirectory(prefix="ipif-") as folder:
        tree = Path(folder, "ipif")
        ignored = shutil.ignore_patterns(".*", "build", "__pycache__", "*.so", "*.egg-info")
        shutil.copytree(ROOT, tree, ignore=ignored)
        for path, text in patched(name, tree).items():
            path.write_text(text, encoding="utf-8")
        script = tree / "tools" / "trust.py"
        code, output = run_bounded([sys.executable, script, fault.check, "--only", *fault.only])
    missing = [words for words in fault.words if words not in output]
    if code != 0 and not missing:
        print(f"-- {name}: found by the check {fault.check}", flush=True)
        return True
    problem = f"its output does not hold {missing}" if code != 0 else "it found nothing"
    print(f"== {name}: NOT found by the check {fault.check}: {problem}\n{output}", flush=True)
    return False


def run_bounded(command: Sequence[str | Path]) -> tuple[int, str]:
    """Run a command and end it, with all that it started, after SECONDS; return code and output."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    return process.returncode, output


def patched(name: str, tree: Path) -> dict[Path, str]:
    """Return the files that a patch changes, with their new text.

    What it replaces must be in the file exactly once, on any line.
    """
    texts = {}
    patch = (FOLDER / f"{name}.patch").read_text(encoding="utf-8")
    for section in patch.split("\n+++ b/")[1:]:
        file, _, body = section.partition("\n")
        path = tree / file
        texts[path] = path.read_text(encoding="utf-8")
        for hunk in body.split("\n--- a/")[0].split("@@ -")[1:]:
            lines = hunk.splitlines(keepends=True)[1:]
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            if texts[path].count(before) != 1:
                raise ValueError(f"{name}.patch does not apply to {file}")
            texts[path] = texts[path].replace(before, after)
    return texts
