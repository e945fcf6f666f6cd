"""What building from source says when it cannot succeed: the reason is in the last line."""

import subprocess
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, start

import ipif

if not (ROOT / "setup.py").exists():
    pytest.skip("setup.py is not here: no checkout", allow_module_level=True)
if ipif.backend == "windows":
    pytest.skip("the tests that compile are for compilers of this system", allow_module_level=True)

# Runs setup.py as a build does, after a change of what it sees.
SETUP = """\
import os, runpy, sys
os.chdir({root!r})
sys.argv = ["setup.py", "-q", "build_ext", "--build-temp", {temp!r}, "--build-lib", {temp!r}]
{change}
runpy.run_path("setup.py", run_name="__main__")
"""


def build(tmp_path: Path, change: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    script = SETUP.format(root=str(ROOT), temp=str(tmp_path), change=change)
    return start("-c", script, **variables)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def needs_setuptools() -> None:
    pytest.importorskip("setuptools", "77", exc_type=ImportError)


def test_a_python_that_is_too_old_is_told_so_before_setuptools_is_imported(tmp_path: Path) -> None:
    change = "sys.version_info, sys.version = (3, 10, 2), '3.10.2 (main)'\n"
    change += "sys.modules['setuptools'] = None"
    line = last_line(build(tmp_path, change))
    assert line == "ipif needs Python 3.11 or newer; this is 3.10.2"


def test_without_a_compiler_the_last_line_says_what_to_install(tmp_path: Path) -> None:
    needs_setuptools()
    done = build(tmp_path, "sys.platform = 'linux'", CC="no-such-compiler")
    assert "no-such-compiler" in done.stderr
    assert last_line(done) == (
        "ipif was not built: no C compiler was found. Install one (Debian and Ubuntu: apt install "
        "gcc python3-dev), or install a wheel: pip install --only-binary=:all: ipif"
    )


def test_without_msvc_the_last_line_names_the_build_tools(tmp_path: Path) -> None:
    needs_setuptools()
    change = """if True:
        from setuptools.command import build_ext
        from setuptools.errors import PlatformError
        def run(self):
            raise PlatformError("Microsoft Visual C++ 14.0 or greater is required.")
        build_ext.build_ext.run = run
        sys.platform = "win32"
    """
    done = build(tmp_path, change)
    assert "Microsoft Visual C++ 14.0 or greater is required." in done.stderr
    assert last_line(done) == (
        "ipif was not built: no C compiler was found. Install the Build Tools for Visual Studio "
        "with 'Desktop development with C++', or install a wheel: "
        "pip install --only-binary=:all: ipif"
    )


def test_without_the_headers_of_python_the_last_line_names_their_package(tmp_path: Path) -> None:
    needs_setuptools()
    # The compiler refuses at once, and the headers are looked for where there are none.
    change = "import sysconfig; sysconfig.get_path = lambda *_, **__: '/nowhere/include'"
    line = last_line(build(tmp_path, change, CC="false"))
    assert line.startswith("ipif was not built: there is no Python.h in /nowhere/include. ")
    assert line.endswith("(Debian and Ubuntu: apt install python3-dev)")


def test_with_warnings_as_errors_the_last_line_says_how_to_build_with_them(tmp_path: Path) -> None:
    needs_setuptools()
    line = last_line(build(tmp_path, CC="false", IPIF_WERROR="1"))
    assert line.startswith("ipif was not built: the compiler's messages are above. IPIF_WERROR=1")


def test_when_the_compiler_refuses_the_last_line_says_where_to_report_that(tmp_path: Path) -> None:
    needs_setuptools()
    line = last_line(build(tmp_path, CC="false", IPIF_WERROR="0"))
    assert line == (
        "ipif was not built: the compiler's messages are above. Please report them: "
        "https://github.com/ipif/ipif/issues"
    )
