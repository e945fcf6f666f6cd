"""Run the benchmarks, in a virtual environment in the checkout (.venv-bench).

    python3 tools/bench.py [--wine] [--smoke] [--readme] [--plots [FOLDER]]

What follows goes to benchmarks/compare.py. With *--wine* it runs in CPython for Windows under Wine,
on the Windows wheel; the compiled cffi module is cross-compiled for that.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-bench"
PYTHON = FOLDER / "bin" / "python"
COMPARE = ROOT / "benchmarks" / "compare.py"
WAYS = ROOT / "benchmarks" / "ways"
MINOR = "3.11"  # of the Python under Wine


def prepare() -> None:
    """Make the virtual environment, with the packages of the group ``bench`` and this ipif."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--upgrade", "pip >= 25.1"], cwd=ROOT, check=True)
    subprocess.run([*install, "--group", "bench"], cwd=ROOT, check=True)
    ipif = ["--no-deps", "--force-reinstall", "."]
    subprocess.run([*install, *ipif], cwd=ROOT, check=True)


def run_in_wine(arguments: list[str]) -> int:
    """Run the comparison in the Wine lane."""
    import wine

    source, requirements = WAYS / "cffi_build.py", wine.PARTS / "requirements-bench.txt"
    library, include = wine.python3_import_library("x86_64"), wine.headers()

    def make(new: Path) -> None:
        code = new / "_ipif_cffi.c"
        subprocess.run([PYTHON, source, code], check=True)
        options = wine.compiler("x86_64")
        # What cffi writes is not ours to keep free of warnings.
        options = [word for word in options if word not in ("-Wall", "-Wextra", "-Werror")]
        options += ["-w", "-Wno-incompatible-pointer-types", "-DPy_LIMITED_API=0x030b0000"]
        wine.zig(*options, f"-I{include}", "-shared", "-o", new / "_ipif_cffi.pyd", code,
                 f"-L{library}", "-lpython3")  # fmt: skip

    def install(new: Path) -> None:
        wine.call(wine.build_python(), "-m", "pip", "install", *wine.pip_options(MINOR),
                  "--require-hashes", "--no-compile", "-r", requirements,
                  "--target", new)  # fmt: skip

    try:
        packages = wine.windows_path(wine.made("bench", [requirements], install))
        folder = wine.made("cffi", [source, library.name, include.name], make)
        module = wine.windows_path(folder / "_ipif_cffi.pyd")
        words = [wine.windows_path(COMPARE), *arguments]
        variables = {"IPIF_CFFI": module, "PYTHONPATH": packages}
        return wine.run_with_world(MINOR, words, variables, cwd=ROOT)
    except wine.Problem as problem:
        wine.say(f"error: {problem}")
        return 1


def main(arguments: list[str]) -> int:
    prepare()
    if arguments[:1] == ["--wine"]:
        return run_in_wine(arguments[1:])
    environment = {**os.environ, "PYTHONWARNINGS": "default"}
    return subprocess.run([PYTHON, COMPARE, *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
