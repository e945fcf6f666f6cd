"""Find the CPython interpreters of this machine: on PATH, and among those that pyenv keeps."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 11)
NEWEST = (3, 15)


@dataclass(frozen=True)
class Interpreter:
    """An interpreter that was started and answered."""

    path: Path
    version: tuple[int, int]
    free_threaded: bool

    @property
    def name(self) -> str:
        """Its name in tags and folders: ``3.13`` or ``3.13t``."""
        return f"{self.version[0]}.{self.version[1]}{'t' if self.free_threaded else ''}"

    @classmethod
    def of(cls, path: Path) -> "Interpreter | None":
        """Return the CPython at a path, or None when there is none that starts."""
        code = (
            "import platform, sys, sysconfig;"
            "print(platform.python_implementation(), *sys.version_info[:2],"
            " int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"
        )
        try:
            answer = subprocess.run(
                [path, "-c", code], capture_output=True, text=True, timeout=60, check=True
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        implementation, major, minor, free_threaded = answer.split()
        if implementation != "CPython":
            return None
        return cls(path, (int(major), int(minor)), free_threaded == "1")


def find_interpreters() -> list[Interpreter]:
    """Return one interpreter for each version from 3.11 up that this machine has, oldest first."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted(folder / "bin" for folder in (pyenv / "versions").glob("3.*"))
    found: dict[str, Interpreter] = {}
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        for suffix in ("", "t"):
            for folder in folders:
                path = folder / f"python3.{minor}{suffix}"
                interpreter = Interpreter.of(path) if path.exists() else None
                if interpreter and interpreter.version == (3, minor):
                    found.setdefault(interpreter.name, interpreter)
    return [found[name] for name in sorted(found, key=lambda name: found[name].version)]


if __name__ == "__main__":
    for interpreter in find_interpreters():
        print(interpreter.name, interpreter.path)
