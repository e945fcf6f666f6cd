"""What ``import ipif`` adds to a bare interpreter.

That is one without site-packages, whose .pth files may import anything, but with ``os``, which a
normal start imports.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from machine import ipif
from report import Table, yes

TARGET_MS, TARGET_MODULES = 3.0, 12
CODE = """
import os, sys, time
sys.path.append({folder!r})
before = len(sys.modules)
start = time.perf_counter()
import {module}
print(time.perf_counter() - start, len(sys.modules) - before)
"""


def one(module: str) -> tuple[float, int]:
    """Import a module in an interpreter of its own; return seconds and the number of modules."""
    code = CODE.format(folder=str(Path(ipif.__file__).parent.parent), module=module)
    # Under Wine, CPython cannot use a terminal as its input.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, modules = done.stdout.split()
    return float(seconds), int(modules)


def measure(smoke: bool) -> Table:
    """Return the medians, ctypes beside ipif for comparison."""
    runs: dict[str, list[tuple[float, int]]] = {"ipif": [], "ctypes": []}
    for _ in range(2 if smoke else 21):
        for module, found in runs.items():
            found.append(one(module))
    rows = []
    for module, found in runs.items():
        ms, modules = statistics.median(time for time, _ in found) * 1e3, found[0][1]
        target = f"at most {TARGET_MS:g} ms, {TARGET_MODULES} modules" if module == "ipif" else ""
        met = yes(ms <= TARGET_MS and modules <= TARGET_MODULES) if target else ""
        rows.append([f"`import {module}`", f"{ms:.2f}", f"{modules}", target, met])
    return Table("Import", ["", "adds, ms", "modules", "target", "met"], rows)
