"""Interpreters and programs of other kinds: unusual options, archives, embedding, freezing."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, TESTS, start

import ipif

PACKAGE = Path(ipif.__file__).parent
PROGRAM = TESTS / "support" / "whole_program.py"
GUIDE = ROOT / "docs" / "guides" / "freeze-your-program.md"

# Without site there is no folder of packages.
RUN_PROGRAM = (
    "import runpy, sys; "
    f"sys.path.insert(0, {str(PACKAGE.parent)!r}); sys.argv = ['program']; "
    f"runpy.run_path({str(PROGRAM)!r}, run_name='__main__')"
)


def packed(folder: Path) -> Path:
    """Return an archive with ipif and a program that imports it."""
    path = folder / "program.pyz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__main__.py", "import ipif\n")
        for file in PACKAGE.rglob("*"):
            if file.suffix in (".py", ".dat", ".json", ".so", ".pyd"):
                archive.write(file, file.relative_to(PACKAGE.parent))
    return path


@pytest.mark.parametrize(
    "options",
    [["-S", "-I", "-OO", "-bb", "-W", "error"], ["-X", "dev", "-W", "error"], ["-X", "utf8=0"]],
    ids=" ".join,
)
def test_everything_works_with_options_of_python(options: list[str]) -> None:
    done = start(*options, "-c", RUN_PROGRAM, IPIF_BACKEND="simulated")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("everything works\n")
    assert done.stderr == ""


@pytest.mark.parametrize("options", [[], ["-OO"]], ids=["plain", "-OO"])
def test_in_an_archive_the_error_says_that_it_must_be_in_a_folder(
    tmp_path: Path, options: list[str]
) -> None:
    archive = packed(tmp_path)
    done = start("-I", *options, archive, IPIF_BACKEND="simulated")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ImportError: ipif is in the archive {archive}")
    assert "install ipif into a folder" in last


def without(folder: Path, *endings: str) -> Path:
    """Return a folder with a copy of ipif, without the files whose names end like these."""
    for file in PACKAGE.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and not file.name.endswith(endings):
            copy = folder / file.relative_to(PACKAGE.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    return folder


def test_a_program_in_an_archive_takes_ipif_from_a_folder_beside_it(tmp_path: Path) -> None:
    without(tmp_path / "libraries")
    with zipfile.ZipFile(tmp_path / "program.pyz", "w") as archive:
        archive.writestr(
            "__main__.py",
            "import os, sys\n"
            "archive = os.path.dirname(os.path.abspath(__file__))\n"
            "sys.path.insert(0, os.path.join(os.path.dirname(archive), 'libraries'))\n"
            "import ipif\n"
            "print(ipif.get_interface('Wi-Fi', 'ipv4')['NlMtu'], ipif.__file__)\n",
        )
    done = start("-I", tmp_path / "program.pyz", IPIF_BACKEND="simulated")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"1500 {tmp_path / 'libraries'}")


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ((".so", ".pyd"), "the compiled module ipif._ipif_sim is missing: install ipif"),
        (("machine.dat",), "A frozen program must include the data files of ipif"),
    ],
)
def test_a_missing_part_is_named(tmp_path: Path, ending: tuple[str, ...], text: str) -> None:
    folder = without(tmp_path, *ending)
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import ipif"
    done = start("-I", "-c", code, IPIF_BACKEND="simulated")
    assert done.returncode == 1
    assert text in done.stderr.splitlines()[-1]


def c_program(text: str) -> str:
    """Return the C program of the guide."""
    return text.partition("```c\n")[2].partition("```")[0]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no C compiler in this Windows")
@pytest.mark.skipif(not GUIDE.exists(), reason="the documentation is not here: no checkout")
def test_the_embedded_interpreter_of_the_guide_runs_everything(tmp_path: Path) -> None:
    compiler, library = shutil.which("gcc"), sysconfig.get_config_var("LDLIBRARY")
    folder, include = sysconfig.get_config_var("LIBDIR"), sysconfig.get_path("include")
    headers = Path(include, "Python.h").exists()
    if not (compiler and headers and Path(folder, str(library)).exists()):
        pytest.skip("there is no C compiler, no Python.h or no libpython to embed")
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(c_program(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
    assert compiler is not None
    link = [f"-L{folder}", f"-l:{library}", f"-Wl,-rpath,{folder}", "-Wl,--export-dynamic"]
    link += ["-lm", "-ldl", "-lpthread", "-lutil"]  # for a libpython that is no shared library
    compile_ = [compiler, "-Wall", "-Wextra", "-Werror", f"-I{include}", source, "-o", program]
    subprocess.run(
        [*compile_, *link],
        check=True,
    )
    variables = {"IPIF_BACKEND": "simulated", "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [program, PROGRAM],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("everything works\n")


def test_pyinstaller_finds_the_hook_by_the_entry_point() -> None:
    [point] = [
        point
        for point in importlib.metadata.entry_points(group="pyinstaller40")
        if point.value.startswith("ipif.")
    ]
    assert point.name == "hook-dirs"
    [folder] = point.load()()
    assert (Path(folder) / "hook-ipif.py").is_file()
