"""Check style, types, stubs and the files of services, each with the usual program for it.

    python3 tools/lint.py                                  # everything
    python3 tools/lint.py ruff "ruff format"               # only these
    python3 tools/lint.py --no-install ruff "ruff format"  # with what is installed already

Ends non-zero when one of them finds something. Runs in a virtual environment in the checkout
(.venv-lint), with the pinned programs of the dependency group ``lint``, and with ipif installed
from the checkout, which *--no-install* leaves as it is. .pre-commit-config.yaml runs this too.
"""

import argparse
import os
import sys

from environments import ROOT, environment, install, run

# _sim_control lives in the shared library of _ipif_sim: stubtest finds it once it is loaded.
STUBTEST = """
import os, sys
os.environ["IPIF_BACKEND"] = "simulated"
from ipif._sim import control
from mypy.stubtest import main
sys.modules["ipif._sim_control"] = control.control()
sys.argv[1:] = ["ipif._ipif_sim", "ipif._sim_control", "--mypy-config-file", "pyproject.toml"]
sys.exit(main())
"""

C_FILES = map(str, [*ROOT.glob("src/**/*.[ch]"), *ROOT.glob("tools/**/*.[ch]")])
SCHEMA = ("check-jsonschema", "--builtin-schema")
WORKFLOWS = map(str, sorted(ROOT.glob(".github/workflows/*.yml")))
TEMPLATES = ".github/ISSUE_TEMPLATE"
FORMS = [
    f"{TEMPLATES}/{path.name}"
    for path in sorted(ROOT.glob(f"{TEMPLATES}/*.yml"))
    if path.name != "config.yml"
]

# What is checked, and the command.
CHECKS = {
    "ruff": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "clang-format": ("clang-format", "--dry-run", "--Werror", *C_FILES),
    "mypy": ("mypy", "src/ipif", "tools"),
    # In a folder, mypy looks at a stub instead of its module.
    "mypy of the pytest plugin": ("mypy", "src/pytest_ipif.py", "src/ipif/pytest_plugin.py"),
    "stubtest": ("python", "-c", STUBTEST),
    "types of all public names": ("basedpyright", "--verifytypes", "ipif", "--ignoreexternal"),
    "types of the examples": ("python", "tools/examples.py"),
    "programs for type checkers: mypy": ("mypy", "tests/typed"),
    "programs for type checkers: basedpyright": ("basedpyright", "--project", "tests/typed"),
    "zizmor": ("zizmor", "--quiet", "--offline", "--persona=pedantic", "."),
    "workflow": (*SCHEMA, "vendor.github-workflows", *WORKFLOWS),
    "dependabot": (*SCHEMA, "vendor.dependabot", ".github/dependabot.yml"),
    "issue forms": (*SCHEMA, "vendor.github-issue-forms", *FORMS),
    "issue config": (*SCHEMA, "vendor.github-issue-config", f"{TEMPLATES}/config.yml"),
    "readthedocs": (*SCHEMA, "vendor.readthedocs", ".readthedocs.yaml"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Check style, types, stubs and GitHub's files.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CHECKS))
    parser.add_argument("--no-install", action="store_true", help="use .venv-lint as it is")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in CHECKS]
    if unknown:
        parser.error(f"no check is called {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    python = ROOT / ".venv-lint" / "bin" / "python"
    if not options.no_install or not python.exists():
        python = environment("lint", "lint", "test")
        install(python, ROOT)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"  # basedpyright looks for ipif there
    failed = []
    for name in options.names or CHECKS:
        print(f"-- {name}", flush=True)
        if run(*CHECKS[name], PATH=path) != 0:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "-- nothing found")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
