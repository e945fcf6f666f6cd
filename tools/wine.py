"""Build ipif for Windows on Linux, and run that build: in CPython for Windows, under Wine.

    python tools/wine.py build [--target x86_64|x86|aarch64]... [--outdir DIR]
    python tools/wine.py test [--python 3.11|...|all] [PYTEST ARGUMENTS]
    python tools/wine.py test-own [--python 3.11|...|all] [PYTEST ARGUMENTS]
    python tools/wine.py run [--python 3.11|...] [--own | --world WORLD.json] PYTHON ARGUMENTS

*build* compiles the Windows wheel with the clang of the ziglang package, warnings as errors. *test*
runs the project's tests in CPython for Windows, with the wheel's own ``_ipif.pyd``; *run* runs
anything there, for instance ``-m ipif list``. In both, the simulated IP stack takes the place of
``iphlpapi.dll``; the wheel cannot tell, and no interface of this computer is touched.

*test-own* and *run --own* leave Wine its own ``iphlpapi.dll``, which answers about the interfaces
of this computer and changes none. *test-own* runs tests/wine_own, which compares that with what
``ip`` and ``/proc`` say. Wine 8 has no GetIpInterfaceEntry: calling that ends the process. With
tools/host_world.py, *run --own* writes a world of these interfaces for *run --world*.

What is put together for that, in one folder per minor version of Python:

- the DLLs of the official CPython for Windows, out of the Windows wheels of panda3d;
- this computer's own standard library of the same minor version: it is the same on Windows;
- ``python.exe`` (wine/launcher.c), and ``python3.dll``, which forwards to ``python3XX.dll``;
- pytest, hypothesis and so on, as Windows wheels, and the wheel of this project;
- ``iphlpapi.dll``: src/sim, and for all other functions forwarders to a copy of Wine's own.

Every part has a folder of its own in ``$XDG_CACHE_HOME/ipif/wine`` (``~/.cache/ipif/wine``),
named after a hash of what it was made from: nothing is made twice, nothing that is there is out of
date, and removing it is safe. Downloads are pinned by hash in wine/requirements-*.txt.

CPython wants no terminal under Wine 8 (it stops with WinError 6): input is empty, output is piped.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import inspect
import ipaddress
import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import venv
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from pythons import find_interpreters

PROJECT = Path(__file__).resolve().parent.parent
PARTS = PROJECT / "tools" / "wine"
SIMULATION = PROJECT / "src" / "sim"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipif" / "wine"
MINORS = ("3.11", "3.12", "3.13", "3.14")
UNUSED_DAYS = 14

#: The options of test, test-own and run, and how many words each takes.
OPTIONS = {"--python": 2, "--own": 1, "--world": 2, "--help": 1, "-h": 1}


class Target(NamedTuple):
    """What one processor is called by wheels and by dlltool."""

    platform: str
    machine: str


TARGETS = {
    "x86_64": Target("win_amd64", "i386:x86-64"),
    "x86": Target("win32", "i386"),
    "aarch64": Target("win_arm64", "arm64"),
}


class Problem(Exception):
    """Something that the user has to know, or to do."""


# Making things once


def say(text: str) -> None:
    print(f"wine.py: {text}", file=sys.stderr, flush=True)


def call(
    *command: str | Path, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> str:
    """Run a command with these environment variables; return what it wrote to standard output."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(variables or {})},
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        line = shlex.join(str(word) for word in command)
        raise Problem(f"{line}\n{done.stdout}{done.stderr}\nended with {done.returncode}")
    return done.stdout


def files(folder: Path) -> list[Path]:
    """Return the files of a source folder, without what tools leave there."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix not in {".pyc", ".pyd", ".so", ".o"}
        and not any(part.endswith(".egg-info") for part in path.parts)
    )


def digest(inputs: Iterable[str | Path]) -> str:
    """Hash texts and the names and contents of files."""
    total = hashlib.sha256()
    for item in inputs:
        data = item.encode() if isinstance(item, str) else item.read_bytes()
        total.update(f"{len(data)} {'' if isinstance(item, str) else item.name}\n".encode() + data)
    return total.hexdigest()[:12]


def made(name: str, inputs: Iterable[str | Path], make: Callable[[Path], None]) -> Path:
    """Return the cache's folder for this name and these inputs; *make* fills it if it is new.

    It is filled under another name: an interrupted run leaves nothing half made, and two runs at
    the same time do not disturb each other. The text of *make* counts as an input.
    """
    folder = CACHE / f"{name}-{digest([inspect.getsource(make), *inputs])}"
    if not folder.is_dir():
        start = time.monotonic()
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix=".new-") as temporary:
            new = Path(temporary, name)
            new.mkdir()
            make(new)
            try:
                new.rename(folder)
            except OSError:
                if not folder.is_dir():
                    raise
        say(f"made {folder.name} in {time.monotonic() - start:.1f} s")
    os.utime(folder)
    return folder


def forget_unused() -> None:
    """Remove from the cache what no run has used for some time."""
    for folder in CACHE.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > UNUSED_DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)


# The Windows wheel


@functools.cache
def build_python() -> Path:
    """Return the Python of a virtual environment with all that builds wheels for Windows."""
    requirements = PARTS / "requirements-build.txt"

    def make(new: Path) -> None:
        venv.create(new, with_pip=True)
        python = new / "bin" / "python"
        call(python, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes",
             "--only-binary=:all:", "-r", requirements)  # fmt: skip

    return made("build", [sys.version, sys.base_prefix, requirements], make) / "bin" / "python"


def zig(*arguments: str | Path) -> None:
    """Run ziglang's tools: ``cc`` is clang, for every target."""
    call(build_python(), "-m", "ziglang", *arguments, variables=zig_caches())


def zig_caches() -> dict[str, str]:
    """Return the environment variables that keep zig's own cache inside ours."""
    folder = CACHE / "zig"
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    return {"ZIG_GLOBAL_CACHE_DIR": str(folder), "ZIG_LOCAL_CACHE_DIR": str(folder)}


def compiler(target: str) -> list[str]:
    """Return zig's arguments for compiling C; a warning is an error."""
    # Without -O, zig adds its run-time checks for undefined behaviour.
    optimise = ["-O2", "-g0", "-s"]
    return ["cc", "-target", f"{target}-windows-gnu", *optimise, "-Wall", "-Wextra", "-Werror"]


def stable_abi() -> list[tuple[str, bool, int]]:
    """Return all names of the stable ABI: is it data, and since which Python 3.x is it there."""
    script = """if True:
        from abi3info import DATAS, FUNCTIONS
        for symbols in FUNCTIONS, DATAS:
            for symbol, item in symbols.items():
                print(symbol.name, int(symbols is DATAS), item.added.minor)
    """
    lines = call(build_python(), "-c", script).splitlines()
    return [(name, data == "1", int(minor)) for name, data, minor in map(str.split, lines)]


def headers() -> Path:
    """Return a copy of this Python's headers with a ``pyconfig.h`` for Windows."""
    include = Path(sysconfig.get_path("include"))
    if not (include / "Python.h").is_file():
        raise Problem(f"there is no Python.h in {include}: install python3-dev")
    config = PARTS / "winpyconfig.h"

    def make(new: Path) -> None:
        shutil.copytree(include, new, dirs_exist_ok=True)
        shutil.copyfile(config, new / "pyconfig.h")

    return made("headers", [sys.version, str(include), config], make)


def python3_import_library(target: str) -> Path:
    """Return the folder of ``libpython3.a``: what ``python3.dll`` of CPython 3.11 exports."""

    def make(new: Path) -> None:
        symbols = [symbol for symbol in stable_abi() if symbol[2] <= 11]
        names = [f"{name} DATA" if data else name for name, data, _ in symbols]
        definition = new / "python3.def"
        definition.write_text("\n".join(["LIBRARY python3.dll", "EXPORTS", *names, ""]))
        zig("dlltool", "-m", TARGETS[target].machine, "-d", definition, "-D", "python3.dll",
            "-l", new / "libpython3.a")  # fmt: skip

    return made(f"python3-{target}", [build_python().parent.parent.name], make)


def source_date() -> str:
    """Return the time to write into archives: SOURCE_DATE_EPOCH, or that of the last commit."""
    asked = os.environ.get("SOURCE_DATE_EPOCH")
    if asked:
        return asked
    try:
        return call("git", "log", "-1", "--format=%ct", cwd=PROJECT).strip()
    except (OSError, Problem):
        return "315532800"  # 1980, where zip's calendar begins: not a clone


def wheel(target: str) -> Path:
    """Return the project's wheel for a Windows target, built through its own ``setup.py``."""
    top = ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
    sources = [PROJECT / name for name in top if (PROJECT / name).is_file()]
    sources += files(PROJECT / "src")
    platform = TARGETS[target].platform
    python, include, library = build_python(), headers(), python3_import_library(target)

    def make(new: Path) -> None:
        # The build leaves its traces in a copy, and never meets those of a build for this system.
        with tempfile.TemporaryDirectory() as temporary:
            tree = Path(temporary)
            for path in sources:
                copy = tree / path.relative_to(PROJECT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            command = [str(python), "-m", "ziglang", *compiler(target)]
            # Without --out-implib, zig leaves an import library beside each module.
            link = [*command, "-shared", f"-L{library}", f"-Wl,--out-implib,{tree / 'unused.lib'}"]
            variables = {
                "IPIF_CROSS": "windows",
                "CC": shlex.join(command),
                "CFLAGS": shlex.join(["-DNDEBUG", f"-I{include}"]),
                "LDSHARED": shlex.join(link),
                "LDFLAGS": "",
                "CPPFLAGS": "",
                "SETUPTOOLS_EXT_SUFFIX": ".pyd",
                "SOURCE_DATE_EPOCH": source_date(),
                **zig_caches(),
            }
            call(python, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
                 f"--config-settings=--build-option=--plat-name={platform}", "-w", new, tree,
                 variables=variables)  # fmt: skip

    names = [str(path.relative_to(PROJECT)) for path in sources]
    parts = [python.parent.parent.name, include.name, library.name, *compiler(target)]
    folder = made(f"wheel-{target}", [*names, *sources, *parts, source_date()], make)
    (path,) = folder.glob("*.whl")
    return path


# CPython for Windows


def pip_options(minor: str) -> list[str]:
    """Return pip's options for wheels of that CPython on Windows."""
    return ["-q", "--no-deps", "--only-binary=:all:", "--platform", "win_amd64",
            "--python-version", minor, "--implementation", "cp"]  # fmt: skip


def official_dlls(minor: str) -> Path:
    """Return the folder of the official ``python3XX.dll`` with its modules and their libraries."""
    requirements = PARTS / "requirements-cpython.txt"
    python = build_python()

    def make(new: Path) -> None:
        def wanted(name: str) -> bool:
            # Wine has the api-ms-* itself, and too little of WMI: `platform` would crash. There is
            # no Tcl to go with the Tk. What has "t" in its tag is for the free-threaded build.
            unusable = ("api-ms-", "_wmi", "_tkinter", "tcl", "tk")
            skip = name.startswith(unusable) or "t-win_amd64" in name
            return name.endswith((".dll", ".pyd")) and not skip

        with tempfile.TemporaryDirectory() as temporary:
            call(python, "-m", "pip", "download", *pip_options(minor), "--require-hashes",
                 "-d", temporary, "-r", requirements)  # fmt: skip
            (path,) = Path(temporary).iterdir()
            with zipfile.ZipFile(path) as archive:
                for item in archive.infolist():
                    folder, _, name = item.filename.rpartition("/")
                    if folder == "deploy_libs" and wanted(name):
                        (new / name).write_bytes(archive.read(item))

    return made(f"dlls-{minor}", [minor, requirements], make)


def exported_names(dll: Path) -> list[str]:
    """Return the names in the export table of a DLL."""
    data = dll.read_bytes()

    def number(offset: int, form: str = "<I") -> int:
        return int(struct.unpack_from(form, data, offset)[0])

    header = number(0x3C)
    optional = header + 24
    sections = optional + number(header + 20, "<H")

    def place(address: int) -> int:
        """Return where in the file something is that Windows maps at *address*."""
        for section in range(sections, sections + 40 * number(header + 6, "<H"), 40):
            size, start, _, raw = struct.unpack_from("<4I", data, section + 8)
            if start <= address < start + size:
                return int(address - start + raw)
        raise Problem(f"{dll} is damaged")

    is_64_bit = number(optional, "<H") == 0x20B
    table = place(number(optional + (112 if is_64_bit else 96)))
    pointers = place(number(table + 32))
    names = [place(number(pointers + 4 * item)) for item in range(number(table + 24))]
    return [data[name : data.index(b"\0", name)].decode() for name in names]


def launcher(minor: str) -> Path:
    """Return the folder of ``python.exe`` and ``python3.dll`` for that CPython."""
    dll = official_dlls(minor) / f"python{minor.replace('.', '')}.dll"
    source = PARTS / "launcher.c"

    def make(new: Path) -> None:
        zig(*compiler("x86_64"), "-municode", "-o", new / "python.exe", source, dll)
        known = set(exported_names(dll))
        forwarders = [f"{name}={dll.stem}.{name}" for name, _, _ in stable_abi() if name in known]
        definition = new / "python3.def"
        definition.write_text("\n".join(["LIBRARY python3.dll", "EXPORTS", *forwarders, ""]))
        empty = new / "python3.c"
        empty.write_text("")
        zig(*compiler("x86_64"), "-shared", "-o", new / "python3.dll", empty, definition)

    return made(f"launcher-{minor}", [source, dll.parent.name, *compiler("x86_64")], make)


@functools.cache
def host_python(minor: str) -> tuple[Path, str, Path]:
    """Return an interpreter of this computer of that version, its full version and its library."""
    for interpreter in find_interpreters():
        if interpreter.name == minor:
            script = "import platform, sysconfig as s; print(platform.python_version())\n"
            script += "print(s.get_path('stdlib'))"
            version, library = call(interpreter.path, "-I", "-c", script).splitlines()
            return interpreter.path, version, Path(library)
    raise Problem(f"there is no CPython {minor} on this computer to take the library from")


def standard_library(minor: str) -> Path:
    """Return a copy of this computer's standard library of that minor version."""
    _, version, library = host_python(minor)

    def make(new: Path) -> None:
        ignore = shutil.ignore_patterns(
            "site-packages", "dist-packages", "lib-dynload", "config-*", "sitecustomize.py",
            "*.opt-?.pyc", "test", "tests", "idlelib", "tkinter", "turtledemo",
        )  # fmt: skip
        shutil.copytree(library, new, ignore=ignore, dirs_exist_ok=True)

    return made(f"library-{minor}", [version, str(library)], make)


def packages(minor: str) -> Path:
    """Return a folder with pytest and the other packages that the tests need."""
    requirements = PARTS / "requirements-windows.txt"
    python, (host, version, _) = build_python(), host_python(minor)

    def make(new: Path) -> None:
        call(python, "-m", "pip", "install", *pip_options(minor), "--require-hashes",
             "--no-compile", "-r", requirements, "--target", new)  # fmt: skip
        call(host, "-m", "compileall", "-q", new)

    return made(f"packages-{minor}", [requirements, version], make)


# Wine


def wine() -> str:
    found = shutil.which("wine")
    if not found:
        raise Problem(
            "Wine is not installed; on Debian:\n"
            "    apt-get install -y --no-install-recommends wine wine64"
        )
    return found


def wine_variables(iphlpapi: str = "n,b") -> dict[str, str]:
    """Return the environment for Wine: this one, less what is meant for this system's Python.

    *iphlpapi* says which DLL is taken: ``n,b`` the one beside ``python.exe``, ``b`` Wine's own.
    """
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        # No questions whether to install Mono and Gecko, no menu entries, no debugger, which prints
        # pages: Python's faulthandler says enough about a crash.
        "WINEDLLOVERRIDES": f"iphlpapi={iphlpapi};"
        "mscoree=;mshtml=;winemenubuilder.exe=;winedbg.exe=",
        "LC_ALL": "C.UTF-8",
        "DISPLAY": "",
    }


@functools.cache
def wine_prefix() -> Path:
    """Return the folder which Wine takes for the disk and the registry of a computer."""

    def make(new: Path) -> None:
        # Wine's services stay for some seconds and would keep a pipe open: no call() here.
        done = subprocess.run(
            [wine(), "wineboot", "--init"],
            env={**wine_variables(), "WINEPREFIX": str(new)},
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode or not (new / "drive_c" / "windows" / "system32").is_dir():
            raise Problem(f"wine wineboot --init ended with {done.returncode}")

    return made("prefix", [call(wine(), "--version", variables=wine_variables())], make)


def simulated_dll() -> Path:
    """Return the folder of ``iphlpapi.dll``: our functions, and Wine's own for all the others."""
    definition = SIMULATION / "iphlpapi.def"
    sources = [path for path in files(SIMULATION) if path.parent == SIMULATION]
    units = [path for path in sources if path.suffix == ".c"]
    units = [path for path in units if path.name not in ("control.c", "kernel32.c")]
    wines_own = wine_prefix() / "drive_c" / "windows" / "system32" / "iphlpapi.dll"
    tools = build_python().parent.parent.name

    def make(new: Path) -> None:
        _, _, exports = definition.read_text().partition("EXPORTS")
        own = {line.split()[0] for line in exports.splitlines() if line.split(";")[0].strip()}
        others = [name for name in exported_names(wines_own) if name not in own]
        forwarders = [f"    {name}=wineiphlpapi.{name}" for name in others]
        complete = new / "iphlpapi.def"
        complete.write_text("\n".join([definition.read_text(), *forwarders, ""]))
        zig(*compiler("x86_64"), "-std=c11", "-DNDEBUG", "-DIPHLPAPI_DLL_LINKAGE=", "-shared",
            "-o", new / "iphlpapi.dll", *units, complete)  # fmt: skip
        shutil.copyfile(wines_own, new / "wineiphlpapi.dll")

    return made("iphlpapi", [*sources, tools, wines_own, *compiler("x86_64")], make)


def windows_python(minor: str) -> Path:
    """Return the folder of a complete CPython for Windows with ipif and the simulated stack."""
    wine()  # what this computer lacks is told before anything is built
    host, *_ = host_python(minor)
    built = wheel("x86_64")
    places = {
        official_dlls(minor): ".",
        launcher(minor): ".",
        simulated_dll(): ".",
        standard_library(minor): "Lib",
        packages(minor): "Lib/site-packages",
    }
    python = build_python()

    def make(new: Path) -> None:
        for part, place in places.items():
            shutil.copytree(part, new / place, copy_function=os.link, dirs_exist_ok=True)
        target = new / "Lib" / "site-packages"
        call(python, "-m", "pip", "install", *pip_options(minor), "--no-index",
             "--no-compile", "--target", target, built)  # fmt: skip
        call(host, "-m", "compileall", "-q", target / "ipif")

    return made(f"python-{minor}", [built.parent.name, *(part.name for part in places)], make)


def pump(source: IO[bytes], sink: IO[bytes]) -> None:
    """Copy lines, with the line ends of this system."""
    for line in source:
        sink.write(line.replace(b"\r\n", b"\n"))
        sink.flush()


def run(
    folder: Path,
    arguments: list[str],
    variables: Mapping[str, str],
    *,
    cwd: Path | None = None,
    own: bool = False,
) -> int:
    """Run that folder's ``python.exe``; return its exit code. *own*: with Wine's iphlpapi.dll."""
    environment = {
        **wine_variables("b" if own else "n,b"),
        "WINEPREFIX": str(wine_prefix()),
        "PYTHONDONTWRITEBYTECODE": "1",  # what is in the checkout belongs to this system's Python
        "PYTHONIOENCODING": "utf-8",
        **variables,
    }
    sys.stdout.flush()
    with subprocess.Popen(
        [wine(), str(folder / "python.exe"), *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        errors = threading.Thread(target=pump, args=(process.stderr, sys.stderr.buffer))
        errors.start()
        pump(process.stdout, sys.stdout.buffer)
        errors.join()
    return process.returncode


def windows_path(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


def packed_world(python: Path, document: Path | None) -> Path:
    """Return a world as the simulated DLL reads it, packed by the wheel itself.

    Without a *document* it is the bundled one.
    """
    tool = PROJECT / "tools" / "pack_world.py"
    documents = [] if document is None else [document.resolve()]

    def make(new: Path) -> None:
        words = [windows_path(path) for path in (tool, new / "world.bin", *documents)]
        if run(python, ["-W", "ignore", *words], {"IPIF_BACKEND": "simulated"}):
            raise Problem(f"{document or 'the bundled world'} could not be packed")

    return made("world", [python.name, tool, *documents], make) / "world.bin"


def run_with_world(
    minor: str,
    arguments: list[str],
    variables: Mapping[str, str],
    *,
    cwd: Path | None = None,
    document: Path | None = None,
) -> int:
    """Run that Python on the world of that document, or on the bundled one."""
    python = windows_python(minor)
    world = windows_path(packed_world(python, document))
    return run(python, arguments, {"IPIF_WORLD": world, **variables}, cwd=cwd)


# What this system says about its interfaces


def ip(*arguments: str) -> Any:
    """Return the answer of the command ``ip``."""
    found = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin")
    try:
        return json.loads(call(found or "ip", "-j", *arguments))
    except (OSError, ValueError):
        raise Problem("there is no `ip -j`: on Debian, apt-get install iproute2") from None


def host_facts() -> dict[str, Any]:
    """Return what ``ip`` and ``/proc`` say, for comparison with Wine's iphlpapi.dll.

    ``best`` has the kernel's choice for some destinations, one in each network among them; asking
    for it sends nothing.
    """
    routes = ip("-4", "route", "show", "table", "main")
    destinations = ["203.0.113.1"]
    for route in routes:
        if route["dst"] != "default":
            network = ipaddress.IPv4Network(route["dst"])
            if network.num_addresses > 4:
                destinations.append(str(network[-2]))
    best = {}
    for destination in destinations:
        try:
            (best[destination],) = ip("route", "get", destination)
        except Problem:  # no route there
            best[destination] = None
    return {
        "links": ip("-s", "link"),
        "addresses": ip("address"),
        "routes": routes,
        "rules": ip("-4", "rule"),
        "best": best,
        "/proc/net/route": Path("/proc/net/route").read_text(),
        "/proc/net/dev": Path("/proc/net/dev").read_text(),
    }


# Commands


def command_build(targets: list[str], outdir: Path) -> int:
    outdir.mkdir(parents=True, exist_ok=True)
    for target in targets:
        print(shutil.copy2(wheel(target), outdir), flush=True)
    return 0


def in_each(minors: list[str], run_tests: Callable[[str], int]) -> int:
    """Run tests in each of these Pythons; return the worst exit code.

    Of several Pythons, those that this computer lacks are left out.
    """
    results = []
    for minor in minors:
        if len(minors) > 1:
            try:
                host_python(minor)
            except Problem as problem:
                say(f"{minor} left out: {problem}")
                continue
        say(f"tests in CPython {minor} for Windows")
        start = time.monotonic()
        results.append(run_tests(minor))
        say(f"CPython {minor} took {time.monotonic() - start:.0f} s, exit code {results[-1]}")
    return max(results, default=1)


def pytest(*arguments: str) -> list[str]:
    return ["-m", "pytest", "-o", "cache_dir=.pytest_cache/wine", *arguments]


def command_test(minors: list[str], arguments: list[str]) -> int:
    def run_tests(minor: str) -> int:
        variables = {"IPIF_BACKEND": "windows", "IPIF_WHEEL": windows_path(wheel("x86_64"))}
        return run_with_world(minor, pytest(*arguments), variables, cwd=PROJECT)

    return in_each(minors, run_tests)


def command_test_own(minors: list[str], arguments: list[str]) -> int:
    def run_tests(minor: str) -> int:
        python = windows_python(minor)
        with tempfile.TemporaryDirectory() as folder:
            facts = Path(folder, "facts.json")
            facts.write_text(json.dumps(host_facts()))
            variables = {"IPIF_BACKEND": "windows", "IPIF_HOST_FACTS": windows_path(facts)}
            words = pytest("tests/wine_own", *arguments)
            return run(python, words, variables, cwd=PROJECT, own=True)

    return in_each(minors, run_tests)


def command_run(minor: str, own: bool, document: Path | None, arguments: list[str]) -> int:
    if own:
        return run(windows_python(minor), arguments, {}, own=True)
    return run_with_world(minor, arguments, {}, document=document)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="wine.py", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build a wheel for Windows into dist/")
    build.add_argument("--target", choices=TARGETS, action="append", help="x86_64, or several")
    build.add_argument("--outdir", type=Path, default=PROJECT / "dist", metavar="DIR")
    test = commands.add_parser("test", help="run the tests; what follows goes to pytest")
    test.add_argument("--python", choices=(*MINORS, "all"), default=MINORS[0])
    wines = commands.add_parser("test-own", help="run those about Wine's own iphlpapi.dll")
    wines.add_argument("--python", choices=(*MINORS, "all"), default=MINORS[0])
    anything = commands.add_parser("run", help="run Python; what follows goes to python.exe")
    anything.add_argument("--python", choices=MINORS, default=MINORS[0])
    which = anything.add_mutually_exclusive_group()
    which.add_argument("--own", action="store_true", help="with Wine's own iphlpapi.dll")
    which.add_argument("--world", type=Path, metavar="WORLD.json", help="on this world")

    # Options of ours stand directly after the command: the rest is for somebody else.
    own = len(argv)
    if argv and argv[0] in ("test", "test-own", "run"):
        own = 1
        while own < len(argv) and (words := OPTIONS.get(argv[own].partition("=")[0], 0)):
            own += 1 if "=" in argv[own] else words
    options, rest = parser.parse_args(argv[:own]), argv[own:]
    try:
        if options.command == "build":
            return command_build(options.target or ["x86_64"], options.outdir)
        if options.command == "run":
            return command_run(options.python, options.own, options.world, rest)
        minors = list(MINORS) if options.python == "all" else [options.python]
        return (command_test if options.command == "test" else command_test_own)(minors, rest)
    except Problem as problem:
        say(f"error: {problem}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if CACHE.is_dir():
            forget_unused()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
