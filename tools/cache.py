"""Making things once.

What is made has a folder of its own in ``$XDG_CACHE_HOME/ipif/made`` (``~/.cache/ipif/made``),
named after a hash of what it was made from: nothing is made twice, nothing that is there is out of
date, and removing it is safe.
"""

import hashlib
import inspect
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from environments import ROOT

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipif" / "made"
UNUSED_DAYS = 14  # after that, a folder is removed


def say(text: str) -> None:
    """Write a message; standard output is for what the tool runs."""
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def digest(inputs: Sequence[str | Path]) -> str:
    """Return a hash of texts, of files with their names, and of the names of folders."""
    words = [str(item).removeprefix(str(ROOT)) for item in inputs]
    files = [item.read_bytes() for item in inputs if isinstance(item, Path) and item.is_file()]
    return hashlib.sha256(repr((words, files)).encode()).hexdigest()[:12]


def made(name: str, inputs: Sequence[str | Path], make: Callable[[Path], None]) -> Path:
    """Return the cache's folder for this name and these inputs; *make* fills it if it is new.

    It is filled under another name: an interrupted run leaves nothing half made, and two runs at
    the same time do not disturb each other. The text of *make* counts as an input.
    """
    folder = CACHE / f"{name}-{digest([inspect.getsource(make), *inputs])}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix=".new-") as temporary:
            new = Path(temporary, name)
            new.mkdir()
            make(new)
            try:
                new.rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another run was faster
                    raise
        say(f"made {folder.name}")
        for unused in CACHE.glob("*/"):
            if time.time() - unused.stat().st_mtime > UNUSED_DAYS * 86400:
                shutil.rmtree(unused, ignore_errors=True)
    os.utime(folder)
    return folder
