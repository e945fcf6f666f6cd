"""Run ipif's modules for Salt on a real master with real minions, each on a simulated machine.

    python3 tools/fleet.py [--minions N] [--guide]

Does what docs/guides/salt.md says, and much that goes wrong: a host that refuses, one that is not
elevated, one that is killed, two masters, bad documents. Prints a table of the steps, and what a
minion costs. All processes listen on 127.0.0.1 and are stopped at the end; their files are in a
scratch folder.

Runs in a virtual environment in the checkout (.venv-fleet), with the dependency group ``fleet``
and ipif installed from the checkout. Ends non-zero when a step does not do what it should.
"""

import argparse
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from environments import ROOT, environment, install
from salt_fleet.processes import fleet_of
from salt_fleet.scenario import Scenario

_COLUMNS = ("step", "hosts", "changed", "unchanged", "failed", "rolled back", "seconds")


def table(scenario: Scenario) -> str:
    """Return the steps as a table."""
    lines: list[tuple[str, ...]] = [_COLUMNS]
    for row in scenario.rows:
        counts = ("", "", "", "", "") if row.total is None else _counts(row.total)
        lines.append((row.step, *counts, f"{row.seconds:.1f}"))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _counts(total: Mapping[str, Any]) -> tuple[str, ...]:
    results = total["results"]
    would_change = results["would change"]
    return (
        str(total["hosts"]),
        f"({would_change})" if would_change else str(results["changed"]),
        str(results["unchanged"]),
        str(results["failed"]),
        str(len(total["rolled_back"])),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minions", type=int, default=2, metavar="N", help="2 without it")
    parser.add_argument("--guide", action="store_true",
                        help="write what the commands of the guide write into it")  # fmt: skip
    options = parser.parse_args()
    if options.minions < 2:
        parser.error("a fleet has 2 minions or more")
    if options.guide and options.minions != 2:
        parser.error("the guide shows 2 minions")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # by timeout, for example
    python = environment("fleet", "fleet")
    install(python, "--no-deps", "--force-reinstall", ROOT)
    with fleet_of(python) as fleet:
        scenario = Scenario(fleet, options.minions, write_guide=options.guide)
        try:
            scenario.run()
            scenario.measure()
        except Exception:
            traceback.print_exc()
            print(fleet.logs())
            print(table(scenario))
            return 1
    print(table(scenario))
    for name, value in scenario.facts.items():
        print(f"{name}: {value:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
