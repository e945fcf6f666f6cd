"""Check the types of the examples in the documentation, with mypy and basedpyright, both strict.

    python tools/examples.py

Run it where mypy, basedpyright and ipif are installed (tools/lint.py does). Each Python block of a
page is a module of its own; in messages, the number of the line is that of the page.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from environments import ROOT, run

PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"^```python\b[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What an example sets in an `except` clause is set: the call above it fails on purpose.
PYRIGHT = {"typeCheckingMode": "strict", "reportPossiblyUnboundVariable": False}


def modules() -> Iterator[tuple[str, str]]:
    """Yield a name and the source of a module for each Python block."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        name = re.sub(r"\W", "_", page.relative_to(ROOT).with_suffix("").as_posix())
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start(1))
            yield f"{name}_{line}", "\n" * line + block[1]


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for module, source in modules():
            (folder / f"{module}.py").write_text(source, encoding="utf-8")
        (folder / "pyrightconfig.json").write_text(json.dumps(PYRIGHT))
        files = sorted(path.name for path in folder.glob("*.py"))
        print(f"{len(files)} examples", flush=True)
        statuses = [
            run("mypy", "--strict", "--no-incremental", *files, cwd=folder),
            run("basedpyright", cwd=folder),
        ]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
