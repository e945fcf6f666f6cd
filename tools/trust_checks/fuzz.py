"""Random bytes find nothing in the C code, documents, journals, files and the command."""

import sys

from environments import ROOT, run

#: Executions of each target in the long form; together ten million.
LONG = {
    "machine": 9_500_000,
    "rows": 350_000,
    "files": 50_000,
    "documents": 50_000,
    "commands": 20_000,
    "snapshots": 15_000,
    "journals": 15_000,
}


def run_check(long: bool) -> int:
    """Fuzz every target for some seconds, or as often as LONG says."""
    tool = ROOT / "tools" / "fuzz.py"
    if not long:
        return run(sys.executable, tool, "--seconds", "6")
    codes = [run(sys.executable, tool, name, "--runs", str(runs)) for name, runs in LONG.items()]
    return int(any(codes))
