"""ipif compiled with other options, in virtual environments of their own."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from environments import ROOT, environment, must

SOURCES = ("src", "pyproject.toml", "setup.py", "README.md", "LICENSE")


def instrumented(
    name: str,
    flags: Sequence[str],
    base: str | Path = sys.executable,
    groups: Sequence[str] = ("test", "trust"),
    **variables: str,
) -> Path:
    """Return the Python of ``.venv-NAME``, with ipif compiled and linked with *flags*.

    The environment is made by the interpreter *base* with the dependency groups *groups*, and the
    compiler runs with the environment variables *variables*. The sources are copied to
    ``build/trust/NAME``, where the compiler leaves its files: builds do not disturb each other.
    """
    python = environment(name, *groups, base=base)
    tree = ROOT / "build" / "trust" / name
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    ignored = shutil.ignore_patterns("*.so", "__pycache__", "*.egg-info")
    for source in SOURCES:
        path = ROOT / source
        if path.is_dir():
            shutil.copytree(path, tree / source, ignore=ignored)
        else:
            shutil.copy2(path, tree)
    compiler = {"IPIF_WERROR": "1", "CFLAGS": " ".join(flags), "LDFLAGS": " ".join(flags)}
    words = ["-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", "--no-cache-dir", "."]
    must(python, *words, cwd=tree, **{**compiler, **variables})
    return python


def library(name: str) -> str:
    """Return the path of a library that comes with gcc, such as ``libasan``."""
    answer = subprocess.check_output(["gcc", f"-print-file-name={name}.so"], text=True).strip()
    if "/" not in answer:
        raise SystemExit(f"gcc has no {name}")
    return answer
