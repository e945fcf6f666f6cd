"""The results as text: Markdown tables, which read well on a terminal too."""

import platform
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from friendly import Added
from importing import WISH_MODULES, WISH_MS, Import
from latency import Latency
from machine import ROOT, ipif
from operations import Result
from throughput import Throughput, build

README = ROOT / "README.md"
BEGIN, END = "<!-- benchmarks -->\n", "<!-- end of benchmarks -->"
OTHERS = ("ctypes", "cffi", "win32more")


@dataclass
class Findings:
    """Everything that was measured."""

    operations: list[Result] = field(default_factory=list)
    sizes: list[Result] = field(default_factory=list)
    friendly: list[Added] = field(default_factory=list)
    throughput: list[Throughput] = field(default_factory=list)
    latency: list[Latency] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    absent: str = ""

    @property
    def others(self) -> list[str]:
        """Return the ways that could be measured here."""
        return [way for way in OTHERS if way in self.operations[0].times]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table in even columns; the first is text, the others are numbers."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]

    def shown(line: Sequence[str]) -> str:
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        return "| " + " | ".join([line[0].ljust(widths[0]), *cells[1:]]) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([shown(lines[0]), "| " + " | ".join(rule) + " |", *map(shown, lines[1:])])


def us(seconds: float) -> str:
    """Return microseconds with three digits that mean something."""
    value = seconds * 1e6
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def yes(reached: bool) -> str:
    return "yes" if reached else "no"


def of_operations(findings: Findings) -> str:
    """Return the table of the operations: what each way adds to the call, and the ratios."""
    others = findings.others
    head = ["operation", *(f"{way} / ipif" for way in others), "wanted", "reached"]
    head += ["ipif, us", *(f"{way}, us" for way in others), "dict.copy(), us", "the call, us"]
    rows = []
    for result in findings.operations:
        wanted, reached = "", ""
        if result.wish:
            wanted = result.wish.text
            reached = f"{yes(result.wish.reached(result.measured))} ({result.measured:.2f})"
        copy = us(result.times["dict.copy()"]) if "dict.copy()" in result.times else ""
        rows.append(
            [
                result.operation,
                *(f"{result.ratio(way):.1f}" for way in others),
                wanted,
                reached,
                us(result.added("ipif")),
                *(us(result.added(way)) for way in others),
                copy,
                us(result.call),
            ]
        )
    return table(head, rows)


def of_sizes(findings: Findings) -> str:
    others = findings.others
    head = ["rows", "ipif, us per row", *(f"{way}, us per row" for way in others)]
    head += ["dict.copy(), us per row", "the call, us per row"]
    head += [f"{way} / ipif" for way in others]
    rows = [
        [
            size.operation,
            us(size.added("ipif")),
            *(us(size.added(way)) for way in others),
            us(size.added("dict.copy()")),
            us(size.call),
            *(f"{size.ratio(way):.1f}" for way in others),
        ]
        for size in findings.sizes
    ]
    return table(head, rows)


def of_friendly(findings: Findings) -> str:
    head = ["function", "adds, us", "wanted, us", "reached", "to the calls it makes", "us"]
    rows = [
        [
            f"`{one.function}`",
            us(one.added),
            "" if one.wish is None else f"at most {one.wish * 1e6:g}",
            "" if one.reached is None else yes(one.reached),
            one.calls,
            us(one.calls_seconds),
        ]
        for one in findings.friendly
    ]
    return table(head, rows)


def of_throughput(findings: Findings) -> str:
    rows = [
        [str(one.threads), *(f"{rate:,.0f}" for rate in one.rates.values())]
        for one in findings.throughput
    ]
    ways = findings.throughput[0].rates
    return table(["threads", *(f"{way}, updates per second" for way in ways)], rows)


def of_latency(findings: Findings) -> str:
    rows = [[one.way, us(one.p50), us(one.p99), f"{one.events:,}"] for one in findings.latency]
    return table(["Set to event", "p50, us", "p99, us", "events"], rows)


def of_imports(findings: Findings) -> str:
    rows = []
    for one in findings.imports:
        wanted, reached = "", ""
        if one.module == "ipif":
            wanted = f"at most {WISH_MS:g} ms, {WISH_MODULES} modules"
            reached = yes(one.milliseconds <= WISH_MS and one.modules <= WISH_MODULES)
        rows.append(
            [f"`import {one.module}`", f"{one.milliseconds:.2f}", f"{one.modules}", wanted, reached]
        )
    return table(["", "adds, ms", "modules", "wanted", "reached"], rows)


def machine() -> str:
    """Return what this ran on."""
    return (
        f"ipif {ipif.__version__}, backend {ipif.backend}, CPython {platform.python_version()} "
        f"{build()}, {sys.platform}, {processor()}"
    )


def processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def whole(findings: Findings) -> str:
    """Return everything, for the terminal."""
    sections = {
        "What each way adds to the call": of_operations(findings),
        "Tables by size": of_sizes(findings),
        "The friendly layer": of_friendly(findings),
        f"update_ip_interface_entry from several threads, {build()}": of_throughput(findings),
        "Notifications": of_latency(findings),
        "Import": of_imports(findings),
    }
    parts = [machine(), *([findings.absent] if findings.absent else [])]
    return "\n\n".join([*parts, *(f"### {title}\n\n{text}" for title, text in sections.items())])


def write_readme(findings: Findings) -> None:
    """Put the tables that users ask for between the markers of README.md."""
    parts = [
        f"Measured with {machine()}.",
        of_operations(findings),
        of_sizes(findings),
        of_friendly(findings),
        of_throughput(findings),
        of_latency(findings),
        of_imports(findings),
    ]
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    text = "\n\n".join(parts)
    README.write_text(f"{before}{BEGIN}\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
