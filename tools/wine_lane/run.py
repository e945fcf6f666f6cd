"""Running programs for Windows under Wine.

CPython wants no terminal under Wine 8 (it stops with WinError 6): input is empty, output is piped.
"""

import functools
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from cache import made

# Seconds for the output of a program that has ended.
_LAST_WORDS = 10

# Writes a snapshot as the simulated DLL reads it.
PACK = """import pathlib, sys; from ipif._sim import snapshot
pathlib.Path(sys.argv[1]).write_bytes(snapshot.pack(snapshot.read_file(sys.argv[2])))
"""


def wine() -> str:
    """Return the path of the command ``wine``."""
    if found := shutil.which("wine"):
        return found
    raise SystemExit("Wine is not installed: apt-get install --no-install-recommends wine wine64")


def wine_variables() -> dict[str, str]:
    """Return the environment for Wine: this one, less what is meant for this system's Python."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        # No questions whether to install Mono and Gecko, no menu entries, no debugger, which prints
        # pages: Python's faulthandler says enough about a crash.
        "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=;winedbg.exe=",
        "LC_ALL": "C.UTF-8",
        "DISPLAY": "",
    }


@functools.cache
def wine_prefix(minor: str) -> Path:
    """Return the folder which Wine takes for the disk and the registry of a computer.

    Each CPython has one, because all programs of a prefix wait for the same wineserver.
    """
    version = subprocess.check_output([wine(), "--version"], env=wine_variables(), text=True)

    def make(new: Path) -> None:
        command, null = [wine(), "wineboot", "--init"], subprocess.DEVNULL
        variables = wine_variables() | {"WINEPREFIX": str(new)}
        # Wine's services stay for some seconds and would keep a pipe open.
        subprocess.run(command, env=variables, check=True, stdin=null, stdout=null, stderr=null)

    return made(f"prefix-{minor}", [version], make)


def windows_path(path: Path) -> str:
    """Return the name that Windows has for a file of this computer."""
    return "Z:" + str(path.resolve()).replace("/", "\\")


def pump(source: IO[bytes], sink: IO[bytes]) -> None:
    """Copy lines, with the line ends of this system."""
    for line in source:
        sink.write(line.replace(b"\r\n", b"\n"))
        sink.flush()


def run(python: Path, words: list[str], variables: dict[str, str], own: bool = False) -> int:
    """Run ``python.exe`` on the ``iphlpapi.dll`` beside it, or on that of Wine; return its code.

    *python* is a folder from :func:`wine_lane.windows_python.windows_python`.
    """
    _, minor, _ = python.name.split("-")
    environment = {
        **wine_variables(),
        "WINEPREFIX": str(wine_prefix(minor)),
        "PYTHONDONTWRITEBYTECODE": "1",  # what is in the checkout belongs to this system's Python
        "PYTHONIOENCODING": "utf-8",
        **variables,
    }
    environment["WINEDLLOVERRIDES"] += f";iphlpapi={'b' if own else 'n,b'}"
    command, pipe = [wine(), str(python / "python.exe"), *words], subprocess.PIPE
    sys.stdout.flush()
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    pumps = [
        threading.Thread(target=pump, args=(source, sink), daemon=True)
        for source, sink in (
            (process.stdout, sys.stdout.buffer),
            (process.stderr, sys.stderr.buffer),
        )
    ]
    for each in pumps:
        each.start()
    code = process.wait()
    for each in pumps:
        # Wine's services have the pipes open, too, and stay as long as another program runs.
        each.join(_LAST_WORDS)
    return code


def packed(python: Path, snapshot: Path) -> Path:
    """Return the file of a snapshot, packed by the wheel itself."""

    def make(new: Path) -> None:
        words = ["-W", "ignore", "-c", PACK, windows_path(new / "machine.dat")]
        if run(python, [*words, windows_path(snapshot)], {"IPIF_BACKEND": "simulated"}):
            raise SystemExit(f"{snapshot} could not be packed")

    return made("machine", [python, PACK, snapshot], make) / "machine.dat"


def run_simulated(
    python: Path, words: list[str], variables: dict[str, str], snapshot: Path | None = None
) -> int:
    """Run ``python.exe`` on the machine of a snapshot, or on the bundled one."""
    bundled = python / "Lib" / "site-packages" / "ipif" / "_sim" / "machine.dat"
    machine = bundled if snapshot is None else packed(python, snapshot)
    return run(python, words, {"IPIF_MACHINE": windows_path(machine), **variables})
