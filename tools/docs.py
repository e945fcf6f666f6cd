"""Build the documentation into build/docs, and check it.

    python3 tools/docs.py

Sphinx runs in a virtual environment in the checkout (.venv-docs), with the pinned programs of the
dependency group ``docs`` and ipif as it is in the checkout. A warning is an error. Nothing is
loaded from the network while the pages are built. Then tools/check_site.py checks links and search.
"""

import shutil
import sys

from environments import ROOT, environment, install, run

SITE = ROOT / "build" / "docs"


def main() -> int:
    python = environment("docs", "docs")
    install(python, "--force-reinstall", "--no-deps", ROOT)
    shutil.rmtree(SITE, ignore_errors=True)
    options = ["--fail-on-warning", "--keep-going", "--nitpicky", "--fresh-env", "--quiet"]
    built = run(python, "-m", "sphinx", *options, "--builder", "html", "docs", SITE)
    checked = run(python, "tools/check_site.py", SITE)
    return built or checked


if __name__ == "__main__":
    sys.exit(main())
