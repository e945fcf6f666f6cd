"""Eight threads that change and eight that watch, with faults, lose nothing and leave nothing.

The program is soaking.py. TRUST_SEED in the environment gives the seed.
"""

import os
from pathlib import Path

from environments import run

from trust_checks.builds import instrumented
from trust_checks.interpreters import free_threaded

PROGRAM = Path(__file__).with_name("soaking.py")


def run_check(long: bool) -> int:
    """Run the program for 20 seconds, or for ten minutes, and then on a CPython without a GIL."""
    pythons = [instrumented("soak", (), groups=())]
    if long:
        pythons.append(instrumented("soak-free", (), base=free_threaded(), groups=()))
    length = ("--seconds", "600", "--round", "10") if long else ("--seconds", "20", "--round", "4")
    seed = os.environ.get("TRUST_SEED")
    options = () if seed is None else ("--seed", seed)
    return max(run(python, PROGRAM, *length, *options) for python in pythons)
