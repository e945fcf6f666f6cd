"""Compare ipif with ctypes, cffi and win32more: the same work, on the same simulated functions.

    python benchmarks/compare.py [--smoke] [--docs] [--plots [FOLDER]]

Everything happens in one process. From every time, the time of the simulated call itself (a loop
of bare C) is subtracted, and shown: what is compared is what each implementation adds to the call.
Times of a shared machine mean little; the ratios are taken in one run.

Needs an installed ipif, the dependency group ``bench`` and a C compiler: ``python3 tools/bench.py``
provides that and runs this. ``--docs`` writes the tables into docs/reference/speed.md.
"""

import argparse
import sys
import time
from pathlib import Path

import high_level
import importing
import latency
import report
import scenarios
import throughput
from clock import Clock
from operations import Operations


def say(text: str) -> None:
    """Write to standard error what is being measured."""
    print(f"  {text} ...", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="only show that everything runs")
    parser.add_argument("--docs", action="store_true",
                        help="write the tables into docs/reference/speed.md")  # fmt: skip
    parser.add_argument("--plots", nargs="?", type=Path, const=report.PAGE.parent, metavar="FOLDER",
                        help="draw SVG files, into docs/reference/ by default")  # fmt: skip
    options = parser.parse_args()
    if options.smoke and options.docs:
        parser.error("a smoke run measures nothing that a page could show")
    start = time.perf_counter()
    clock = Clock(options.smoke)
    operations = Operations(clock, say)
    operations.check()
    results = list(operations.measure())
    sizes = list(operations.sizes())
    tables = [
        report.of_ratios(results),
        report.of_times("Times: what each adds to the call", "operation", results),
        report.of_times("Tables by size, for each row", "rows", sizes),
    ]
    for title, measure in {
        "the high-level API": lambda: high_level.measure(clock),
        "jobs": lambda: scenarios.measure(clock),
        "threads": lambda: throughput.measure(operations.careful, clock.smoke),
        "notifications": lambda: latency.measure(clock.smoke),
        "import": lambda: importing.measure(clock.smoke),
    }.items():
        say(title)
        tables.append(measure())
    if options.smoke:
        print("a smoke run: the numbers mean nothing\n")
    print(report.whole(tables), flush=True)
    if options.docs:
        report.write_docs(tables)
    if options.plots:
        import plots

        for path in plots.draw(results, sizes, options.plots):
            print(f"drew {path}", file=sys.stderr)
    print(f"took {time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
