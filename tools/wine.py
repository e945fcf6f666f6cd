"""Build ipif for Windows on Linux, and run that build: in CPython for Windows, under Wine.

    python tools/wine.py build [--target x86_64|x86|aarch64]... [--outdir DIR] [--twice]
    python tools/wine.py test [--python 3.11|...|others|all] [PYTEST ARGUMENTS]
    python tools/wine.py test-own [--python 3.11|...|others|all] [PYTEST ARGUMENTS]
    python tools/wine.py run [--python 3.11|...] [--own | --simulate SNAPSHOT.json] PYTHON ARGUMENTS

*build* compiles the Windows wheel with the clang of the ziglang package, warnings as errors. With
*--twice* it builds each wheel a second time, and fails if the two differ in a byte. *test* runs the
project's tests in CPython for Windows, with the wheel's own ``_ipif.pyd``; *run* runs anything
there, for instance ``-m ipif list``. In both, the simulated ``iphlpapi.dll`` takes the place of the
real one; the wheel cannot tell, and no interface of this computer is touched.

*test-own* and *run --own* leave Wine its own ``iphlpapi.dll``, which answers about the interfaces
of this computer and changes none. *test-own* runs tests/wine_own, which compares that with what
``ip`` and ``/proc`` say. Wine 8 has no GetIpInterfaceEntry: calling that ends the process. With
tools/host_snapshot.py, *run --own* writes a snapshot of these interfaces for *run --simulate*.

The parts are in the package tools/wine_lane. What it makes is kept in ``~/.cache/ipif/made``, and
its downloads are pinned by hash.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from cache import say
from environments import ROOT, run_together
from wine_lane.cross import TARGETS, wheel
from wine_lane.host_facts import host_facts
from wine_lane.run import run, run_simulated, windows_path
from wine_lane.windows_python import MINORS, host_python, windows_python

#: The options of test, test-own and run, and how many words each takes.
OPTIONS = {"--python": 2, "--own": 1, "--simulate": 2, "--help": 1, "-h": 1}


def build_again(target: str, first: Path) -> None:
    """Build a wheel anew and end the script unless it equals the first one, byte for byte."""
    with tempfile.TemporaryDirectory() as folder:
        second = wheel(target, again=Path(folder))
        if first.name != second.name or first.read_bytes() != second.read_bytes():
            raise SystemExit(f"two builds of {first.name} differ")
    say(f"two builds of {first.name} are equal")


def run_pytest(minor: str, own: bool, arguments: list[str]) -> int:
    """Run the suite, or the tests about Wine's own iphlpapi.dll; return the exit code of pytest."""
    python, words = (
        windows_python(minor),
        ["-m", "pytest", "-o", f"cache_dir=.pytest_cache/wine-{minor}"],
    )
    variables = {"IPIF_BACKEND": "windows", "IPIF_WHEEL": windows_path(wheel("x86_64"))}
    os.chdir(ROOT)
    if not own:
        return run_simulated(python, [*words, *arguments], variables)
    with tempfile.TemporaryDirectory() as folder:
        facts = Path(folder, "facts.json")
        facts.write_text(json.dumps(host_facts()))
        variables["IPIF_HOST_FACTS"] = windows_path(facts)
        return run(python, [*words, "tests/wine_own", *arguments], variables, own=True)


def test(minors: list[str], own: bool, arguments: list[str]) -> int:
    """Run tests in each of these Pythons; return the worst exit code."""
    if len(minors) == 1:
        say(f"tests in CPython {minors[0]} for Windows")
        return run_pytest(minors[0], own, arguments)
    here = [minor for minor in minors if host_python(minor) is not None]
    for minor in set(minors) - {*here}:
        say(f"{minor} left out: this computer has no CPython {minor}")
    for minor in here:  # what is made once, one after the other
        windows_python(minor)
    script = [sys.executable, __file__, "test-own" if own else "test"]
    commands = {
        f"tests in CPython {minor} for Windows": [*script, "--python", minor, *arguments]
        for minor in here
    }
    return max(run_together(commands).values(), default=1)


def parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the options of this script, and the words behind them: they are for others."""
    parser = argparse.ArgumentParser(prog="wine.py", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build a wheel for Windows into dist/")
    build.add_argument("--target", choices=TARGETS, action="append", help="x86_64, or several")
    build.add_argument("--outdir", type=Path, default=ROOT / "dist", metavar="DIR")
    build.add_argument("--twice", action="store_true", help="build again; both must be equal")
    suite = commands.add_parser("test", help="run the tests; what follows goes to pytest")
    wines = commands.add_parser("test-own", help="run those about Wine's own iphlpapi.dll")
    for command in (suite, wines):
        command.add_argument("--python", choices=(*MINORS, "others", "all"), default=MINORS[0])
    anything = commands.add_parser("run", help="run Python; what follows goes to python.exe")
    anything.add_argument("--python", choices=MINORS, default=MINORS[0])
    which = anything.add_mutually_exclusive_group()
    which.add_argument("--own", action="store_true", help="with Wine's own iphlpapi.dll")
    which.add_argument("--simulate", type=Path, metavar="SNAPSHOT.json", help="on this machine")

    end = len(argv)
    if argv and argv[0] in ("test", "test-own", "run"):
        end = 1
        while end < len(argv) and (words := OPTIONS.get(argv[end].partition("=")[0], 0)):
            end += 1 if "=" in argv[end] else words
    return parser.parse_args(argv[:end]), argv[end:]


def main(argv: list[str]) -> int:
    options, rest = parse(argv)
    if options.command == "build":
        options.outdir.mkdir(parents=True, exist_ok=True)
        for target in options.target or ["x86_64"]:
            path = wheel(target)
            if options.twice:
                build_again(target, path)
            print(shutil.copy2(path, options.outdir), flush=True)
        return 0
    if options.command == "run" and options.own:
        return run(windows_python(options.python), rest, {}, own=True)
    if options.command == "run":
        return run_simulated(windows_python(options.python), rest, {}, options.simulate)
    several = {"all": MINORS, "others": MINORS[1:]}  # others: all but the one that is the default
    minors = list(several.get(options.python, (options.python,)))
    return test(minors, options.command == "test-own", rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
