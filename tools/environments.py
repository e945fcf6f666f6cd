"""Commands that run in the checkout, and the virtual environments there."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> int:
    """Run a command with these environment variables; return its exit code."""
    return subprocess.run(command, cwd=cwd, env={**os.environ, **variables}, check=False).returncode


def run_together(
    commands: Mapping[str, Sequence[str | Path]], cwd: Path = ROOT, **variables: str
) -> dict[str, int]:
    """Run named commands, as many at once as there are processors; return their exit codes.

    The output of each is printed when it ends; what failed comes last, where a log is read first.
    """

    def work(name: str) -> tuple[str, int, bytes]:
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                commands[name],
                cwd=cwd,
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            output.seek(0)
            return name, done.returncode, output.read()

    def show(name: str, output: bytes) -> None:
        print(f"== {name}", flush=True)
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()

    codes = {}
    failed = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for future in as_completed([pool.submit(work, name) for name in commands]):
            name, codes[name], output = future.result()
            if codes[name] == 0:
                show(name, output)
            else:
                failed[name] = output
    for name, output in failed.items():
        show(name, output)
    return codes


def must(*command: str | Path, cwd: Path = ROOT, **variables: str) -> None:
    """Run a command; end the script when it fails."""
    if run(*command, cwd=cwd, **variables) != 0:
        raise SystemExit(f"failed: {shlex.join(map(str, command))}")


@contextmanager
def only_build() -> Iterator[None]:
    """Wait until no other tool builds the checkout: setuptools leaves files in build/ and src/."""
    import fcntl  # not on Windows, where tests import tools that build nothing

    with open(ROOT / "pyproject.toml", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(python: Path, *arguments: str | Path) -> None:
    """Run ``pip install`` in the environment of *python*; :data:`ROOT` stands for the checkout."""
    with only_build() if ROOT in arguments else nullcontext():
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
    if groups:
        install(python, *(f"--group={group}" for group in groups))
    return python
