"""CPythons that checks need: one without a GIL, and one that counts all references.

The first is compiled from Debian's source, the second consists of packages of Debian, unpacked.
They are made on first use and kept (tools/cache.py).
"""

import os
import shutil
import tempfile
from pathlib import Path

from cache import made, say
from environments import must

MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

SUITE = "trixie"  # the first stable Debian with a CPython that can be built without a GIL
SOURCE = "python3.13"

# The debug CPython of Debian counts all references. Newer ones do not count those of None.
DEBUG_SUITE = "bookworm"
DEBUG_PACKAGES = (
    "python3.11-dbg",
    "libpython3.11-dbg",
    "libpython3.11-dev",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "python3.11-venv",
    "python3-pip-whl",
    "python3-setuptools-whl",
)


def free_threaded() -> Path:
    """Return a CPython without a GIL, compiled from Debian's source (two minutes, once)."""
    return made("free-threaded", [SUITE, SOURCE], _compile) / "bin" / f"{SOURCE}t"


def debug() -> Path:
    """Return Debian's debug CPython, unpacked."""
    return made("debug", [DEBUG_SUITE, *DEBUG_PACKAGES], _unpack) / "usr" / "bin" / "python3.11-dbg"


def _compile(folder: Path) -> None:
    """Compile CPython and install it into *folder*, which may be renamed."""
    say(f"compiling {SOURCE} without a GIL")
    with tempfile.TemporaryDirectory() as scratch:
        tree = _source(Path(scratch))
        must("./configure", "-q", "--disable-gil", f"--prefix={folder}", cwd=tree)
        must("make", "-s", f"-j{os.cpu_count()}", cwd=tree)
        must("make", "-s", "altinstall", cwd=tree)
    # Without their headers configure leaves these out, and pip would not work.
    must(folder / "bin" / f"{SOURCE}t", "-c", "import bz2, ctypes, lzma, ssl, zlib")


def _source(scratch: Path) -> Path:
    """Return the folder of CPython's source, out of Debian's source package."""
    _apt(scratch, "deb-src", SUITE, "source", "--download-only", SOURCE)
    [archive] = scratch.glob(f"{SOURCE}_*.orig.tar.xz")
    shutil.unpack_archive(archive, scratch / "tree", filter="data")
    [tree] = (scratch / "tree").iterdir()
    return tree


def _unpack(folder: Path) -> None:
    """Unpack the packages of the debug CPython into *folder*, which may be renamed."""
    with tempfile.TemporaryDirectory() as scratch:
        _apt(Path(scratch), "deb", DEBUG_SUITE, "download", *DEBUG_PACKAGES)
        for package in Path(scratch).glob("*.deb"):
            must("dpkg", "-x", package, folder)
    os.utime(folder)  # it has the date of the package
    # Where venv finds the wheel of pip.
    [settings] = folder.glob("usr/lib/python3.11/_sysconfigdata_d_*.py")
    with settings.open("a", encoding="utf-8") as file:
        file.write(
            "import os\n_usr = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))\n"
        )
        file.write("build_time_vars['WHEEL_PKG_DIR'] = _usr + '/share/python-wheels'\n")


def _apt(scratch: Path, kind: str, suite: str, *command: str) -> None:
    """Run apt-get in *scratch* with nothing but *suite* of Debian, whatever system this is."""
    (scratch / "lists" / "partial").mkdir(parents=True)
    line = f"{kind} [signed-by={KEYRING}] {MIRROR} {suite} main\n"
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
    must(*apt, *command, cwd=scratch)
