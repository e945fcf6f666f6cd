"""Making things once.

What is made has a folder of its own in ``$XDG_CACHE_HOME/ipif/made`` (``~/.cache/ipif/made``),
named after a hash of what it was made from: nothing is made twice, nothing that is there is out of
date, and removing it is safe. Beside it is the file by which two runs wait for each other.
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

    It is filled under another name, so an interrupted run leaves nothing half made. Of two runs at
    the same time, the second waits for the first. The text of *make* counts as an input.
    """
    import fcntl  # not on Windows, where tests import tools that make nothing

    folder = CACHE / f"{name}-{digest([inspect.getsource(make), *inputs])}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=CACHE, prefix=".new-") as temporary:
                new = Path(temporary, name)
                new.mkdir()
                make(new)
                new.rename(folder)
            say(f"made {folder.name}")
            remove_unused()
        os.utime(folder)
    return folder


def remove_unused() -> None:
    """Remove the folders that no run has used for some weeks."""
    for folder in CACHE.glob("*/"):
        if time.time() - folder.stat().st_mtime > UNUSED_DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)
