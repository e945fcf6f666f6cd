"""Random bytes find nothing in the C code, documents, journals, files and the command."""

import sys

from environments import ROOT, run

#: Executions of each target in the long form; together ten million.
LONG = {
    "machine": 8_000_000,
    "rows": 1_800_000,
    "files": 100_000,
    "documents": 60_000,
    "commands": 20_000,
    "snapshots": 10_000,
    "journals": 10_000,
}


def run_check(long: bool) -> int:
    """Fuzz every target for some seconds, or as often as LONG says."""
    tool = ROOT / "tools" / "fuzz.py"
    if not long:
        return run(sys.executable, tool, "--seconds", "6")
    codes = [run(sys.executable, tool, name, "--runs", str(runs)) for name, runs in LONG.items()]
    return int(any(codes))
