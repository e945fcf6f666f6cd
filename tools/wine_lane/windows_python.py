"""CPython for Windows, put together from its parts, with ipif and the simulated iphlpapi.dll."""

import functools
import os
import re
import shutil
import tempfile
from pathlib import Path

from cache import made
from environments import ROOT, must
from pythons import Interpreter, find_interpreters

from wine_lane import cross
from wine_lane.run import wine, wine_prefix

MINORS = ("3.11", "3.12", "3.13", "3.14")
SIMULATION = ROOT / "src" / "sim"


def install(minor: str, folder: Path, *arguments: str | Path) -> None:
    """Install wheels for that CPython on Windows into a folder."""
    cross.run_module("pip", "install", "-qq", "--no-deps", "--no-compile", "--only-binary=:all:",
                     "--platform", "win_amd64", "--implementation", "cp",
                     "--python-version", minor, "--target", folder, *arguments)  # fmt: skip


def pinned(name: str) -> tuple[str, str]:
    """Return pip's options for the packages of ``requirements-NAME.txt``, pinned by hash."""
    return "--require-hashes", f"-r{cross.PARTS / f'requirements-{name}.txt'}"


@functools.cache
def host_python(minor: str) -> Interpreter | None:
    """Return this computer's own interpreter of that version, which lends its library."""
    return next((found for found in find_interpreters() if found.name == minor), None)


def copy_official_dlls(minor: str, folder: Path) -> None:
    """Download the official ``python3XX.dll`` with its modules and their libraries."""
    # Wine has the api-ms-* itself, and too little of WMI: `platform` would crash. There is no Tcl
    # to go with the Tk. What has "t" in its tag is for the free-threaded build.
    unusable = ("api-ms-", "_wmi", "_tkinter", "tcl", "tk")
    with tempfile.TemporaryDirectory() as temporary:
        install(minor, Path(temporary), *pinned("cpython"))
        for path in Path(temporary, "deploy_libs").iterdir():
            usable = not path.name.startswith(unusable) and "t-win_amd64" not in path.name
            if usable and path.suffix in (".dll", ".pyd"):
                shutil.copyfile(path, folder / path.name)


def compile_launcher(minor: str, folder: Path) -> None:
    """Compile ``python.exe`` and ``python3.dll``, which forwards to ``python3XX.dll``."""
    command, source = cross.compiler("x86_64"), cross.PARTS / "launcher.c"
    dll = folder / f"python{minor.replace('.', '')}.dll"
    cross.zig(*command, "-municode", "-o", folder / "python.exe", source, dll)
    forwarders = [f"{name}={dll.stem}.{name}" for name, _ in cross.stable_abi(minor)]
    definition = cross.write_definition(folder / "python3.def", forwarders)
    cross.zig(*command, "-shared", "-o", folder / "python3.dll", definition, "-xc", os.devnull)


def plain_python(minor: str, host: Interpreter) -> Path:
    """Return the folder of CPython for Windows with the packages that the tests need."""

    def make(new: Path) -> None:
        copy_official_dlls(minor, new)
        compile_launcher(minor, new)
        ignore = shutil.ignore_patterns(
            "site-packages", "dist-packages", "lib-dynload", "config-*", "sitecustomize.py",
            "*.opt-?.pyc", "test", "tests", "idlelib", "tkinter", "turtledemo",
        )  # fmt: skip
        shutil.copytree(host.library, new / "Lib", ignore=ignore)
        site_packages = new / "Lib" / "site-packages"
        install(minor, site_packages, *pinned("windows"))
        must(host.path, "-m", "compileall", "-q", site_packages)

    names = ("requirements-cpython.txt", "requirements-windows.txt", "launcher.c")
    inputs = [Path(__file__), *(cross.PARTS / name for name in names), cross.build_tools()]
    return made(f"plain-{minor}", [*inputs, host.version, host.library], make)


def simulated_dll() -> Path:
    """Return the folder of ``iphlpapi.dll``: our functions, and Wine's own for all the others."""
    files = [path for path in cross.sources(SIMULATION) if path.parent == SIMULATION]
    units = [path for path in files if path.suffix == ".c"]
    units = [path for path in units if path.stem not in ("control", "kernel32")]
    wines_own = wine_prefix(MINORS[0]) / "drive_c" / "windows" / "system32" / "iphlpapi.dll"

    def make(new: Path) -> None:
        lines = (SIMULATION / "iphlpapi.def").read_text().partition("EXPORTS")[2].splitlines()
        own = [line.split()[0] for line in lines if line.split(";")[0].strip()]
        # The names in the export table of a DLL follow its own.
        names = re.search(rb"\0iphlpapi\.dll\0((?:[\w@]+\0){100,})", wines_own.read_bytes())
        assert names, wines_own
        others = set(names[1].decode().split("\0")[:-1]).difference(own)
        forwarders = [f"{name}=wineiphlpapi.{name}" for name in sorted(others)]
        definition = cross.write_definition(new / "iphlpapi.def", own + forwarders)
        cross.zig(*command, "-o", new / "iphlpapi.dll", *units, definition)
        shutil.copyfile(wines_own, new / "wineiphlpapi.dll")

    command = [*cross.compiler("x86_64"), "-shared", "-DNDEBUG", "-DIPHLPAPI_DLL_LINKAGE="]
    inputs: list[str | Path] = [Path(__file__), *files, wines_own, cross.build_tools(), *command]
    return made("iphlpapi", inputs, make)


def windows_python(minor: str) -> Path:
    """Return the folder of a complete CPython for Windows with ipif and the simulated DLL."""
    wine()  # what this computer lacks is told before anything is built
    host = host_python(minor)
    if host is None:
        raise SystemExit(f"there is no CPython {minor} on this computer to take the library from")
    wheel, parts = cross.wheel("x86_64"), [plain_python(minor, host), simulated_dll()]

    def make(new: Path) -> None:
        for part in parts:
            shutil.copytree(part, new, copy_function=os.link, dirs_exist_ok=True)
        install(minor, new / "Lib" / "site-packages", "--no-index", wheel)
        must(host.path, "-m", "compileall", "-q", new / "Lib" / "site-packages" / "ipif")

    # The name says which prefix of Wine is its own.
    return made(f"python-{minor}", [wheel.parent, *parts], make)
