"""Processes that are killed at any moment lose no earlier value and leave no half file.

The program is killing.py, with the library kill_at.c preloaded. TRUST_SEED in the environment gives
the seed.
"""

import os
from pathlib import Path

from environments import ROOT, must, run

from trust_checks.builds import instrumented

HERE = Path(__file__).parent
LIBRARY = ROOT / "build" / "trust" / "kill_at.so"


def run_check(long: bool) -> int:
    """Kill 500 processes at random moments, or 40, and one at each call that changes a file."""
    python = instrumented("kill", (), groups=())
    source = HERE / "kill_at.c"
    must("gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", LIBRARY, source, "-ldl")
    seed = os.environ.get("TRUST_SEED")
    options = () if seed is None else ("--seed", seed)
    program = HERE / "killing.py"
    kills = "500" if long else "40"
    return run(python, program, "--kills", kills, *options, LD_PRELOAD=str(LIBRARY))
