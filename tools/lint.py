"""Check style, types, stubs and workflows, each with the tool of the field.

    python3 tools/lint.py

Ends non-zero when one of them finds something.  Runs in a virtual environment in the checkout
(.venv-lint), with the pinned tools of the dependency group ``lint``.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-lint"
PROGRAMS = FOLDER / "bin"

# _sim_control lives in the shared library of _ipif_sim: stubtest finds it once it is loaded.
STUBTEST = """
import os, sys
os.environ["IPIF_BACKEND"] = "simulated"
from ipif import _backend
from mypy.stubtest import main
sys.modules["ipif._sim_control"] = _backend.control()
sys.argv[1:] = ["ipif._ipif_sim", "ipif._sim_control", "--mypy-config-file", "pyproject.toml"]
sys.exit(main())
"""

SCHEMA = ("check-jsonschema", "--builtin-schema")

# What is checked, and the command: a program of the virtual environment with its arguments.
CHECKS = {
    "ruff": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy", "src/ipif", "tools"),
    "stubtest": ("python", "-c", STUBTEST),
    "zizmor": ("zizmor", "--quiet", "--offline", "--persona=pedantic", "."),
    "workflow": (*SCHEMA, "vendor.github-workflows", ".github/workflows/wheels.yml"),
    "dependabot": (*SCHEMA, "vendor.dependabot", ".github/dependabot.yml"),
}


def main() -> int:
    if not (PROGRAMS / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    install = [str(PROGRAMS / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "--upgrade", "pip >= 25.1"], cwd=ROOT, check=True)
    groups = ["--group", "lint", "--group", "test"]
    subprocess.run([*install, *groups, "."], cwd=ROOT, check=True)
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        print(f"-- {name}", flush=True)
        if subprocess.run([PROGRAMS / program, *arguments], cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
