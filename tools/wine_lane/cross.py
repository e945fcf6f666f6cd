"""The project's wheel for Windows, compiled on Linux by the clang of the ziglang package."""

import functools
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from cache import made
from environments import ROOT, must

PARTS = Path(__file__).parent

#: What wheels, and what dlltool calls each processor.
TARGETS = {
    "x86_64": ("win_amd64", "i386:x86-64"),
    "x86": ("win32", "i386"),
    "aarch64": ("win_arm64", "arm64"),
}


@functools.cache
def build_tools() -> Path:
    """Return the folder of a virtual environment with all that builds wheels for Windows."""
    requirements = PARTS / "requirements-build.txt"

    def make(new: Path) -> None:
        venv.create(new, with_pip=True)
        must(new / "bin" / "python", "-m", "pip", "install", "-q", "--no-deps",
             "--require-hashes", "--only-binary=:all:", "-r", requirements)  # fmt: skip

    return made("build", [sys.version, sys.base_prefix, requirements], make)


def run_module(*arguments: str | Path, **variables: str) -> None:
    """Run a module of that environment; zig keeps its own cache there, too."""
    folder = build_tools()
    for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
        variables[name] = str(folder / "zig")
    must(folder / "bin" / "python", "-m", *arguments, cwd=ROOT, **variables)


zig = functools.partial(run_module, "ziglang")  # its ``cc`` is clang, for every target


def compiler(target: str) -> list[str]:
    """Return zig's arguments for compiling C; a warning is an error."""
    optimise = ["-O2", "-g0", "-s"]  # without -O, zig adds checks for undefined behaviour
    return ["cc", "-target", f"{target}-windows-gnu", *optimise, "-Wall", "-Wextra", "-Werror"]


def stable_abi(version: str) -> list[tuple[str, bool]]:
    """Return the names in the stable ABI of that Python, each with whether it is data."""
    script = """if True:
        from abi3info import DATAS, FUNCTIONS
        for symbols in FUNCTIONS, DATAS:
            for symbol, item in symbols.items():
                print(symbol.name, int(symbols is DATAS), item.added.minor)
    """
    answer = subprocess.check_output([build_tools() / "bin" / "python", "-c", script], text=True)
    lines, latest = map(str.split, answer.splitlines()), int(version.partition(".")[2])
    return [(name, data == "1") for name, data, added in lines if int(added) <= latest]


def write_definition(path: Path, exports: list[str]) -> Path:
    """Write a module definition, which says what a DLL exports; return its path."""
    path.write_text("\n".join([f"LIBRARY {path.stem}.dll", "EXPORTS", *exports, ""]))
    return path


def python_sdk(target: str) -> Path:
    """Return a folder with the headers of this Python and ``libpython3.a``, both for Windows."""
    include, config = Path(sysconfig.get_path("include")), PARTS / "winpyconfig.h"
    if not (include / "Python.h").is_file():
        raise SystemExit(f"there is no Python.h in {include}: install python3-dev")

    def make(new: Path) -> None:
        shutil.copytree(include, new, dirs_exist_ok=True)
        shutil.copyfile(config, new / "pyconfig.h")
        names = [f"{name} DATA" if data else name for name, data in stable_abi("3.11")]
        definition = write_definition(new / "python3.def", names)
        zig("dlltool", "-m", TARGETS[target][1], "-d", definition, "-D", "python3.dll",
            "-l", new / "libpython3.a")  # fmt: skip

    return made(f"sdk-{target}", [sys.version, str(include), config, build_tools()], make)


def sources(folder: Path) -> list[Path]:
    """Return the files of a source folder, without what tools leave there."""
    left = {".pyc", ".pyd", ".so", ".o"}
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in paths if path.suffix not in left and ".egg-info" not in str(path)]


def wheel(target: str, again: Path | None = None) -> Path:
    """Return the project's wheel for a Windows target, built through its own ``setup.py``.

    With the folder *again* it is built anew, into that folder, even when the cache has it.
    """
    inputs = [ROOT / name for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE")]
    inputs += sources(ROOT / "src")
    sdk = python_sdk(target)
    command = [str(build_tools() / "bin" / "python"), "-m", "ziglang", *compiler(target)]
    date = os.environ.get("SOURCE_DATE_EPOCH", "315532800")  # 1980, where zip's calendar begins

    def make(new: Path) -> None:
        # The build leaves its traces in a copy, and never meets those of a build for this system.
        with tempfile.TemporaryDirectory() as temporary:
            tree = Path(temporary)
            for path in inputs:
                copy = tree / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            # Without --out-implib, zig leaves an import library beside each module.
            link = [*command, "-shared", f"-L{sdk}", f"-Wl,--out-implib,{tree / 'unused.lib'}"]
            variables = {
                "IPIF_CROSS": "windows",
                "CC": shlex.join(command),
                "CFLAGS": shlex.join(["-DNDEBUG", f"-I{sdk}"]),
                "LDSHARED": shlex.join(link),
                "LDFLAGS": "",
                "CPPFLAGS": "",
                "SETUPTOOLS_EXT_SUFFIX": ".pyd",
                "SOURCE_DATE_EPOCH": date,
            }
            run_module("pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
                       f"--config-settings=--build-option=--plat-name={TARGETS[target][0]}",
                       "-w", new, tree, **variables)  # fmt: skip

    if again is not None:
        make(again)
        [path] = again.glob(f"*-{TARGETS[target][0]}.whl")
        return path
    parts: list[str | Path] = [*inputs, build_tools(), sdk, *compiler(target), date]
    [path] = made(f"wheel-{target}", parts, make).glob("*.whl")
    return path
