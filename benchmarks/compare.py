"""Compare ipif with ctypes, cffi and win32more: the same work, on the same simulated functions.

    python benchmarks/compare.py [--smoke] [--readme] [--plots [FOLDER]]

Everything happens in one process. From every time, the time of the simulated call itself (a loop
of bare C) is subtracted, and shown: what is compared is what each way adds to the call. Times of a
shared machine mean little; the ratios, taken in one run, are what to read.

Needs an installed ipif, the dependency group ``bench`` and a C compiler: ``python3 tools/bench.py``
provides that and runs this. ``--readme`` writes the tables into README.md.
"""

import argparse
import sys
import time
from pathlib import Path

import friendly
import importing
import latency
import report
import scaling
import throughput
from clock import Clock
from machine import ROOT
from operations import Operations


def say(text: str) -> None:
    """Tell on standard error what is being measured."""
    print(f"  {text} ...", file=sys.stderr, flush=True)


def measure(clock: Clock) -> report.Findings:
    operations = Operations(clock, say)
    operations.check()
    findings = report.Findings(absent=operations.absent)
    findings.operations = list(operations.measure())
    findings.sizes = scaling.measure(operations, say)
    say("the friendly layer")
    findings.friendly = list(friendly.measure(clock))
    say("threads")
    findings.throughput = throughput.measure(operations.ways["ctypes"], clock.smoke)
    say("notifications")
    findings.latency = latency.measure(clock.smoke)
    say("import")
    findings.imports = importing.measure(clock.smoke)
    return findings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true",
                        help="measure nothing properly: show that everything runs")  # fmt: skip
    parser.add_argument("--readme", action="store_true", help="write the tables into README.md")
    parser.add_argument("--plots", nargs="?", type=Path, const=ROOT / "docs", metavar="FOLDER",
                        help="draw SVG files, into docs/ unless told otherwise")  # fmt: skip
    options = parser.parse_args()
    if options.smoke and options.readme:
        parser.error("a smoke run measures nothing that a README could show")
    start = time.perf_counter()
    findings = measure(Clock(options.smoke))
    if options.smoke:
        print("a smoke run: the numbers mean nothing\n")
    print(report.whole(findings), flush=True)
    if options.readme:
        report.write_readme(findings)
    if options.plots:
        import plots

        for path in plots.draw(findings, options.plots):
            print(f"drew {path}", file=sys.stderr)
    print(f"took {time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
