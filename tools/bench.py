"""Run the benchmarks, in a virtual environment in the checkout (.venv-bench).

    python3 tools/bench.py [--wine] [--smoke] [--docs] [--plots [FOLDER]]

What follows goes to benchmarks/compare.py. With *--wine* it runs in CPython for Windows under Wine,
on the Windows wheel; the compiled cffi module is cross-compiled for that.
"""

import sys
from pathlib import Path

from environments import ROOT, environment, install, must, run
from wine_lane import cross, windows_python
from wine_lane.cache import made
from wine_lane.run import run_simulated, windows_path

COMPARE = ROOT / "benchmarks" / "compare.py"
CFFI_SOURCE = ROOT / "benchmarks" / "implementations" / "cffi_build.py"
MINOR = "3.11"  # of the Python under Wine


def run_in_wine(python: Path, arguments: list[str]) -> int:
    """Run the comparison in the Wine lane; *python* has cffi."""
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


def main(arguments: list[str]) -> int:
    python = environment("bench", "bench")
    install(python, "--no-deps", "--force-reinstall", ".")
    if arguments[:1] == ["--wine"]:
        return run_in_wine(python, arguments[1:])
    return run(python, COMPARE, *arguments, PYTHONWARNINGS="default")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
