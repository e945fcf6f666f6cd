"""Find the CPython interpreters of this machine: on PATH, and among those that pyenv keeps."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

QUESTION = """
import platform, sysconfig
assert platform.python_implementation() == "CPython"
free_threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(sysconfig.get_python_version() + free_threaded)
print(platform.python_version())
print(sysconfig.get_path("stdlib"))
"""


class Interpreter(NamedTuple):
    """A CPython that was started and answered."""

    path: Path
    name: str  # in tags and folders: 3.13, or 3.13t without a GIL
    version: str
    library: str  # the folder of the standard library


def interpreter_at(path: str | Path) -> Interpreter | None:
    """Return the CPython at a path, or None when there is none that starts."""
    try:
        answer = subprocess.check_output(
            [path, "-I", "-c", QUESTION], stderr=subprocess.DEVNULL, text=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Interpreter(Path(path), *answer.splitlines())


def find_interpreters() -> list[Interpreter]:
    """Return one interpreter for each version from 3.11 up that this machine has, oldest first."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted(folder / "bin" for folder in (pyenv / "versions").glob("3.*"))
    found: dict[str, Interpreter] = {}
    for name in (f"3.{minor}{suffix}" for minor in range(11, 16) for suffix in ("", "t")):
        for path in (folder / f"python{name}" for folder in folders):
            if name not in found and (interpreter := interpreter_at(path)):
                found[interpreter.name] = interpreter
    return list(found.values())
