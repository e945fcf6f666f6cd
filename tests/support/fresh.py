"""Run Python code in an interpreter of its own, of the same build and with the same backend."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent

# The machine in its first state, and its controls. ipif comes first: it must see the environment
# that a test has chosen.
MACHINE = f"""\
import sys
sys.path.insert(0, {str(TESTS)!r})
import ipif
from ipif import netioapi
from support.machine import control
import ipif.simulation
ipif.simulation.reset()
control = control()
"""

# Warnings are errors.
STRICT = ["-Werror"]


def start(
    *arguments: str | Path, seconds: float = 120, **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run this Python with these arguments; a variable that is None is taken out.

    It gets no input, because CPython wants no terminal under Wine, and *seconds* to end.
    """
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    for name, value in variables.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
    )


def run(
    code: str,
    *options: str,
    check: bool = True,
    seconds: float = 120,
    **variables: str | None,
) -> subprocess.CompletedProcess[str]:
    """Run *code*; a variable that is None is taken out of the environment.

    With *check*, the code must succeed. Warnings are errors there unless *options* say otherwise.
    """
    words = [*(options or STRICT), "-Xfaulthandler", "-c", code]
    done = start(*words, seconds=seconds, **variables)
    if check:
        assert done.returncode == 0, f"ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done
