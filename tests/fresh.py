"""Run Python code in an interpreter of its own, of the same build and with the same backend."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent

# What conftest.py does: with backend "windows", the controls are those of the simulated DLL.
MACHINE = f"""\
import sys
sys.path.insert(0, {str(TESTS)!r})
import ipif
from ipif import _backend, netioapi
if ipif.backend == "windows":
    import simulated_dll
    assert simulated_dll.is_loaded()
    _backend.set_control(simulated_dll.SimulatedDll())
import ipif.simulation
ipif.simulation.reset()
control = _backend.control()
"""

# Warnings are errors, but for the one that Windows gives when the simulation is asked for there.
STRICT = ["-Werror"]
if sys.platform == "win32" and os.environ.get("IPIF_BACKEND") == "simulated":
    STRICT.append("-Wignore::UserWarning")


def start(*arguments: str | Path, **variables: str | None) -> subprocess.CompletedProcess[str]:
    """Run this Python with these arguments; a variable that is None is taken out.

    It gets no input, because CPython wants no terminal under Wine.
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
        timeout=120,
        check=False,
    )


def run(
    code: str, *options: str, check: bool = True, **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run *code*; a variable that is None is taken out of the environment.

    With *check*, the code must succeed. Warnings are errors there unless *options* say otherwise.
    """
    done = start(*(options or STRICT), "-Xfaulthandler", "-c", code, **variables)
    if check:
        assert done.returncode == 0, f"ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done
