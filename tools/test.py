"""Build the wheel once and test it on every CPython from 3.11 up that is on this machine.

    python3 tools/test.py [pytest arguments]

Each interpreter gets a virtual environment in the checkout (.venv-3.11, ...).  The wheel for the
stable ABI is built by the interpreter that runs this script and tested on all of them;
free-threaded interpreters build a wheel of their own.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pythons import Interpreter, find_interpreters

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "build" / "wheels"


def run(*command: str | Path, **environment: str) -> int:
    """Run a command in the checkout and return its exit code."""
    return subprocess.run(
        [str(word) for word in command], cwd=ROOT, env={**os.environ, **environment}
    ).returncode


def must(*command: str | Path, **environment: str) -> None:
    """Run a command and end the script when it fails."""
    if run(*command, **environment) != 0:
        raise SystemExit(f"failed: {' '.join(str(word) for word in command)}")


def environment_of(interpreter: Interpreter) -> Path:
    """Return the Python of the interpreter's virtual environment, made on first use."""
    folder = ROOT / f".venv-{interpreter.name}"
    python = folder / "bin" / "python"
    if not python.exists():
        must(interpreter.path, "-m", "venv", folder)
    must(
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--upgrade",
        "pip >= 25.1",
    )
    return python


def wheel_for(interpreter: Interpreter, python: Path) -> Path:
    """Return the wheel for an interpreter, built by it."""
    folder = WHEELS / (
        "free-threaded-" + interpreter.name if interpreter.free_threaded else "stable-abi"
    )
    for old in folder.glob("*.whl"):
        old.unlink()
    must(
        python, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", folder, ".", IPIF_WERROR="1"
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def main(arguments: list[str]) -> int:
    own = Interpreter.of(Path(sys.executable))
    assert own is not None, "this is a CPython"
    interpreters = [own, *(other for other in find_interpreters() if other.name != own.name)]
    failed = []
    stable = None
    for interpreter in interpreters:
        python = environment_of(interpreter)
        if interpreter.free_threaded:
            wheel = wheel_for(interpreter, python)
        else:
            wheel = stable = stable or wheel_for(interpreter, python)
        must(python, "-m", "pip", "install", "-q", "--group", "test")
        must(python, "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", wheel)
        print(f"== the suite on CPython {interpreter.name}, backend simulated", flush=True)
        environment = {"IPIF_BACKEND": "simulated", "IPIF_WHEEL": str(wheel)}
        if run(python, "-m", "pytest", *arguments, **environment) != 0:
            failed.append(interpreter.name)
    if failed:
        print(f"failed on: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
