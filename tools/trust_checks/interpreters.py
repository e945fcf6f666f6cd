"""CPythons that checks need and that no package of Debian or PyPI has.

They are made on first use and kept (tools/cache.py).
"""

import os
import shutil
import tempfile
from pathlib import Path

from cache import made, say
from environments import must

MIRROR = "http://deb.debian.org/debian"
SUITE = "trixie"  # the first stable Debian with a CPython that can be built without a GIL
SOURCE = "python3.13"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def free_threaded() -> Path:
    """Return a CPython without a GIL, compiled from Debian's source (two minutes, once)."""
    return made("free-threaded", [SUITE, SOURCE], _compile) / "bin" / f"{SOURCE}t"


def _compile(folder: Path) -> None:
    """Compile CPython and install it into *folder*, which may be renamed."""
    say(f"compiling {SOURCE} without a GIL")
    with tempfile.TemporaryDirectory() as scratch:
        tree = _source(Path(scratch))
        must("./configure", "-q", "--disable-gil", f"--prefix={folder}", cwd=tree)
        must("make", "-s", f"-j{os.cpu_count()}", cwd=tree)
        must("make", "-s", "altinstall", cwd=tree)


def _source(scratch: Path) -> Path:
    """Return the folder of CPython's source, out of Debian's source package."""
    (scratch / "lists" / "partial").mkdir(parents=True)
    line = f"deb-src [signed-by={KEYRING}] {MIRROR} {SUITE} main\n"
    (scratch / "sources.list").write_text(line, encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": scratch / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": scratch / "lists",
        "Acquire::Check-Valid-Until": "false",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    must(*apt, "update", cwd=scratch)
    must(*apt, "source", "--download-only", SOURCE, cwd=scratch)
    [archive] = scratch.glob(f"{SOURCE}_*.orig.tar.xz")
    shutil.unpack_archive(archive, scratch / "tree", filter="data")
    [tree] = (scratch / "tree").iterdir()
    return tree
