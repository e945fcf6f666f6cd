"""What ``import ipif`` adds to a bare interpreter.

That is one without site-packages, whose .pth files may import anything, but with ``os``, which
every interpreter that starts as usual has imported.
"""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from machine import ipif

WISH_MS, WISH_MODULES = 3.0, 12
CODE = """
import os, sys, time
sys.path.append({folder!r})
before = len(sys.modules)
start = time.perf_counter()
import {module}
print(time.perf_counter() - start, len(sys.modules) - before)
"""


@dataclass(frozen=True)
class Import:
    """Milliseconds, and modules that a bare interpreter has not."""

    module: str
    milliseconds: float
    modules: int


def one(module: str) -> tuple[float, int]:
    """Import a module in an interpreter of its own; return seconds and the number of modules."""
    code = CODE.format(folder=str(Path(ipif.__file__).parent.parent), module=module)
    # No input, because CPython wants no terminal under Wine.
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


def measure(smoke: bool) -> list[Import]:
    """Return the medians, ctypes beside ipif for comparison."""
    repeats = 2 if smoke else 21
    runs: dict[str, list[tuple[float, int]]] = {"ipif": [], "ctypes": []}
    for _ in range(repeats):
        for module, found in runs.items():
            found.append(one(module))
    return [
        Import(module, statistics.median(time for time, _ in found) * 1e3, found[0][1])
        for module, found in runs.items()
    ]
