"""Commands that run in the checkout, and the virtual environments there."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> int:
    """Run a command with these environment variables; return its exit code."""
    return subprocess.run(command, cwd=cwd, env={**os.environ, **variables}, check=False).returncode


def must(*command: str | Path, cwd: Path = ROOT, **variables: str) -> None:
    """Run a command; end the script when it fails."""
    if run(*command, cwd=cwd, **variables) != 0:
        raise SystemExit(f"failed: {shlex.join(map(str, command))}")


def install(python: Path, *arguments: str | Path) -> None:
    """Run ``pip install`` in the environment of *python*."""
    must(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)


def environment(name: str, *groups: str, base: str | Path = sys.executable) -> Path:
    """Return the Python of ``.venv-NAME``, made on first use by the interpreter *base*.

    The dependency groups *groups* of pyproject.toml are installed there.
    """
    folder = ROOT / f".venv-{name}"
    python = folder / "bin" / "python"
    if not python.exists():
        must(base, "-m", "venv", folder)
    install(python, "--upgrade", "pip >= 25.1")
    install(python, *(f"--group={group}" for group in groups))
    return python
