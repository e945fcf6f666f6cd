"""Run the benchmarks, in a virtual environment in the checkout (.venv-bench).

    python3 tools/bench.py [--wine] [--smoke] [--docs] [--plots [FOLDER]]
    python3 tools/bench.py [--wine] --calls [--count N] [--set ALIAS] [--output FILE]

What follows goes to benchmarks/compare.py. With *--wine* it runs in CPython for Windows under Wine,
on the Windows wheel; the compiled cffi module is cross-compiled for that.

*--calls* measures single calls of the system's functions (benchmarks/calls.py). On Windows that
works as well, with the Python that runs this, where ipif is installed.
"""

import sys
from pathlib import Path

from environments import ROOT, environment, install, must, run

CALLS = ROOT / "benchmarks" / "calls.py"
COMPARE = ROOT / "benchmarks" / "compare.py"
CFFI_SOURCE = ROOT / "benchmarks" / "implementations" / "cffi_build.py"
MINOR = "3.11"  # of the Python under Wine


def run_in_wine(python: Path, arguments: list[str]) -> int:
    """Run the comparison in the Wine lane; *python* has cffi."""
    from cache import made
    from wine_lane import cross, windows_python
    from wine_lane.run import run_simulated, windows_path

    sdk = cross.python_sdk("x86_64")

    def make_module(new: Path) -> None:
        code = new / "_ipif_cffi.c"
        must(python, CFFI_SOURCE, code)
        # What cffi writes is not ours to keep free of warnings.
        options = [word for word in cross.compiler("x86_64") if not word.startswith("-W")]
        options += ["-w", "-Wno-incompatible-pointer-types", "-DPy_LIMITED_API=0x030b0000"]
        options += [f"-I{sdk}", "-shared", "-o", str(new / "_ipif_cffi.pyd")]
        cross.zig(*options, code, f"-L{sdk}", "-lpython3")

    def make_packages(new: Path) -> None:
        windows_python.install(MINOR, new, *windows_python.pinned("bench"))

    module = made("cffi", [CFFI_SOURCE, sdk], make_module) / "_ipif_cffi.pyd"
    packages = made("bench", [cross.PARTS / "requirements-bench.txt"], make_packages)
    variables = {"IPIF_CFFI": windows_path(module), "PYTHONPATH": windows_path(packages)}
    words = [windows_path(COMPARE), *arguments]
    return run_simulated(windows_python.windows_python(MINOR), words, variables)


def calls(arguments: list[str]) -> int:
    """Measure single calls: of Windows, of the simulation, or of the Windows wheel under Wine."""
    if sys.platform == "win32":
        return run(sys.executable, CALLS, *arguments)
    if arguments[:1] == ["--wine"]:
        from wine_lane import windows_python
        from wine_lane.run import run_simulated, windows_path

        words = [windows_path(CALLS), *arguments[1:]]
        return run_simulated(windows_python.windows_python(MINOR), words, {})
    python = environment("bench", "bench")
    install(python, "--no-deps", "--force-reinstall", ROOT)
    return run(python, CALLS, *arguments, IPIF_BACKEND="simulated")


def main(arguments: list[str]) -> int:
    if "--calls" in arguments:
        return calls([word for word in arguments if word != "--calls"])
    python = environment("bench", "bench")
    install(python, "--no-deps", "--force-reinstall", ROOT)
    if arguments[:1] == ["--wine"]:
        return run_in_wine(python, arguments[1:])
    return run(python, COMPARE, *arguments, PYTHONWARNINGS="default")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
