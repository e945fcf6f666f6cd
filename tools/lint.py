"""Check style, types, stubs and workflows, each with the tool of the field; end non-zero when one finds something.

    python3 tools/lint.py

Runs in a virtual environment in the checkout (.venv-lint), with the pinned tools of the dependency group ``lint``.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-lint"
PYTHON = FOLDER / "bin" / "python"

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "src/ipif", "tools", "benchmarks"),
    ("mypy.stubtest", "ipif._ipif_sim", "ipif._sim_control", "--mypy-config-file", "pyproject.toml"),
    ("zizmor", "--quiet", "--offline", "--persona=pedantic", "."),
    ("check_jsonschema", "--builtin-schema", "vendor.github-workflows", ".github/workflows/wheels.yml"),
    ("check_jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"),
)


def main() -> int:
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    install = [str(PYTHON), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "--upgrade", "pip >= 25.1"], cwd=ROOT, check=True)
    subprocess.run([*install, "--group", "lint", "--group", "test", "--group", "bench", "."], cwd=ROOT, check=True)
    failed = []
    for module, *arguments in CHECKS:
        command = [str(FOLDER / "bin" / module)] if module == "zizmor" else [str(PYTHON), "-m", module]
        print(f"-- {module} {' '.join(arguments)}", flush=True)
        if subprocess.run([*command, *arguments], cwd=ROOT).returncode != 0:
            failed.append(module)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
