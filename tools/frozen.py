"""Freeze programs as docs/guides/freeze-your-program.md says, and run what is made.

    python3 tools/frozen.py [pyinstaller] [nuitka]

The commands are those of the guide. PyInstaller freezes the two programs of the guide and
tests/support/whole_program.py, which uses all of ipif and is the command, too. Nuitka takes longer
and freezes only that. What they make runs without Python in its PATH, on the simulated machine.

Runs in a virtual environment in the checkout (.venv-frozen), with the dependency group ``freeze``
and ipif installed from the checkout. Ends non-zero when a program does not do what it should.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from environments import ROOT, environment, install, must

GUIDE = ROOT / "docs" / "guides" / "freeze-your-program.md"
WHOLE_PROGRAM = ROOT / "tests" / "support" / "whole_program.py"


def block(language: str, start: str) -> str:
    """Return the block of the guide that is in this language and starts like this."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text("utf-8"), re.M | re.S)
    [found] = [text for text in blocks if text.startswith(start)]
    return str(found)


def freeze(python: Path, command: str, program: str, folder: Path, *options: str) -> None:
    """Write ``program.py`` into *folder* and freeze it there by the command of the guide."""
    [line] = re.findall(rf"^{command} .+$", GUIDE.read_text("utf-8"), re.M)
    folder.mkdir(parents=True)
    (folder / "program.py").write_text(program, encoding="utf-8")
    words = [*shlex.split(line), *options]
    print(f"-- {shlex.join(words)}", flush=True)
    must(
        *words,
        cwd=folder,
        PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        PYINSTALLER_CONFIG_DIR=str(folder / "pyinstaller"),
        NUITKA_CACHE_DIR=str(folder / "nuitka"),
    )


def expect(text: str, program: Path, *arguments: str) -> None:
    """Run a frozen program, which must write this."""
    done = subprocess.run(
        [program, *arguments],
        cwd=program.parent,
        env={"IPIF_BACKEND": "simulated", "PATH": "", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    if done.returncode != 0 or text not in done.stdout:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"{program.name} ended with {done.returncode}; it should write {text!r}")
    print(f"ok: {shlex.join([program.name, *arguments])}", flush=True)


def expect_all(program: Path) -> None:
    """Run the program that uses all of ipif, also as the command."""
    expect("everything works\n", program)
    expect("ipv4    NlMtu   1500    1400\n", program, "set", "Wi-Fi", "ipv4", "NlMtu=1400")


def pyinstaller(python: Path, folder: Path) -> None:
    """One file, with the programs of the guide; a folder, with all."""
    quiet = ["--log-level", "WARN"]
    freeze(python, "pyinstaller", block("python", "import ipif"), folder / "file", *quiet)
    expect("1500 1400\n", folder / "file" / "dist" / "program")
    freeze(python, "pyinstaller", block("text", "import sys"), folder / "command", *quiet)
    expect("(simulated machine)\n", folder / "command" / "dist" / "program", "--version")
    program = WHOLE_PROGRAM.read_text(encoding="utf-8")
    freeze(python, "pyinstaller", program, folder / "folder", "--onedir", *quiet)
    expect_all(folder / "folder" / "dist" / "program" / "program")


def nuitka(python: Path, folder: Path) -> None:
    """A folder with all."""
    if not shutil.which("gcc"):
        raise SystemExit("Nuitka needs a C compiler: install gcc")
    program = WHOLE_PROGRAM.read_text(encoding="utf-8")
    freeze(python, "python -m nuitka", program, folder, "--quiet", "--lto=no")
    expect_all(folder / "program.dist" / "program.bin")


FREEZERS: dict[str, Callable[[Path, Path], None]] = {"pyinstaller": pyinstaller, "nuitka": nuitka}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*FREEZERS, []], metavar="NAME",
                        help=f"{' or '.join(FREEZERS)}; both without")  # fmt: skip
    names = parser.parse_args().names or FREEZERS
    python = environment("frozen", "freeze")
    install(python, "--no-deps", "--force-reinstall", ROOT)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            FREEZERS[name](python, Path(folder, name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
