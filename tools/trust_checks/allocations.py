"""Every call stands the lack of memory: each of its allocations is made to fail, one in each run.

The program is failing.py, with the library fail_at.c preloaded.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from environments import ROOT, must, run, run_together

from trust_checks.builds import instrumented

HERE = Path(__file__).parent
LIBRARY = ROOT / "build" / "trust" / "fail_at.so"
# In the short form, all allocations of the extension fail, and of each call so many, evenly spread.
SHORT = ("--most", "200")


def run_check(long: bool) -> int:
    """Let all allocations of every call fail; in the short form some of them."""
    python, variables = prepare()
    most = () if long else SHORT
    parts = os.cpu_count() or 1
    commands = {
        f"part {part}": (python, HERE / "failing.py", *most, "--part", f"{part}/{parts}")
        for part in range(parts)
    }
    codes = run_together(commands, ROOT, **variables)
    return 1 if any(codes.values()) else 0


def run_only(words: Sequence[str]) -> int:
    """Let all allocations of some calls fail: these are their names."""
    python, variables = prepare()
    return run(python, HERE / "failing.py", *words, cwd=ROOT, **variables)


def prepare() -> tuple[Path, dict[str, str]]:
    """Return a Python with ipif, and the environment variables with which it runs."""
    python = instrumented("allocations", (), groups=())
    source = HERE / "fail_at.c"
    must("gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", LIBRARY, source)
    return python, {"LD_PRELOAD": str(LIBRARY), "PYTHONMALLOC": "malloc"}
