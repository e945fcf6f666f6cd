"""Build the wheel once and test it on every CPython from 3.11 up that is on this machine.

    python3 tools/test.py [--sdist] [pytest arguments]

Each interpreter gets a virtual environment in the checkout (.venv-3.11, ...). The wheel for the
stable ABI is built by the interpreter that runs this script and tested on all of them;
free-threaded interpreters build a wheel of their own. The suites run one after the other, each with
as many worker processes as there are processors (pytest-xdist); ``-n 0`` runs it in one process.

With *--sdist* the source distribution is built and unpacked outside the checkout. Its wheel is
built there as for a release, with a manylinux tag, and its tests run there, on the interpreter that
runs this script: what MANIFEST.in leaves out is missing.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from environments import ROOT, environment, install, must, only_build, run
from pythons import find_interpreters, interpreter_at
from wheels import build_linux_wheel, build_sdist, release_programs

WHEELS = ROOT / "build" / "wheels"


def build_wheel(python: Path, folder: Path) -> Path:
    """Return the wheel of the checkout, built in *folder*; warnings of C are errors."""
    words = ["-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(folder), "."]
    with only_build():
        for old in [folder, *ROOT.glob("build/lib*")]:  # setuptools keeps files that are gone
            shutil.rmtree(old, ignore_errors=True)
        must(python, *words, IPIF_WERROR="1")
    [wheel] = folder.glob("*.whl")
    return wheel


def suite(python: Path, arguments: list[str]) -> list[str | Path]:
    """Return the command that runs the tests."""
    cache = f"cache_dir=.pytest_cache/{python.parent.parent.name}"
    workers = ["-n", "auto", "--dist", "worksteal"]
    return [python, "-m", "pytest", "-o", cache, *workers, *arguments]


def variables_for(wheel: Path) -> dict[str, str]:
    """Return the environment variables for tests of *wheel*."""
    return {"IPIF_BACKEND": "simulated", "IPIF_WHEEL": str(wheel)}


def test_sdist(arguments: list[str]) -> int:
    """Run the suite of the unpacked sdist; return the exit code of pytest."""
    python = environment("sdist", "test")
    programs = release_programs()
    with tempfile.TemporaryDirectory() as folder:
        archive = build_sdist(programs, Path(folder))
        shutil.unpack_archive(archive, folder, filter="data")
        tree = Path(folder, archive.name.removesuffix(".tar.gz"))
        wheel = build_linux_wheel(programs, tree, Path(folder, "wheels"))
        print(f"== the suite of {archive.name}, backend simulated", flush=True)
        install(python, "--no-deps", "--force-reinstall", wheel)
        return run(*suite(python, arguments), cwd=tree, **variables_for(wheel))


def test_interpreters(arguments: list[str]) -> int:
    """Run the suite on every interpreter; return 1 if it fails on one of them."""
    own = interpreter_at(sys.executable)
    assert own is not None, "this is a CPython"
    stable = None
    failed = []
    for interpreter in [own, *(each for each in find_interpreters() if each.name != own.name)]:
        python = environment(interpreter.name, "test", base=interpreter.path)
        if interpreter.name.endswith("t"):
            wheel = build_wheel(python, WHEELS / f"free-threaded-{interpreter.name}")
        else:
            wheel = stable = stable or build_wheel(python, WHEELS / "stable-abi")
        install(python, "--no-deps", "--force-reinstall", wheel)
        print(f"== the suite on CPython {interpreter.name}, backend simulated", flush=True)
        if run(*suite(python, arguments), cwd=ROOT, **variables_for(wheel)) != 0:
            failed.append(interpreter.name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sdist"]:
        sys.exit(test_sdist(sys.argv[2:]))
    sys.exit(test_interpreters(sys.argv[1:]))
