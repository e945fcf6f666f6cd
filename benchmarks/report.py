"""The results as text: Markdown tables, which are readable on a terminal too."""

import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import ROOT, ipif
from operations import CALL, COPY, Result

PAGE = ROOT / "docs" / "reference" / "speed.md"
BEGIN, END = "<!-- benchmarks -->\n", "<!-- end of benchmarks -->"


@dataclass
class Table:
    """A title, the head of the columns, and the rows; the first column is text."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        lines = [self.head, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]

        def shown(line: Sequence[str]) -> str:
            cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
            return "| " + " | ".join([line[0].ljust(widths[0]), *cells[1:]]) + " |"

        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        rows = [shown(self.head), "| " + " | ".join(rule) + " |", *map(shown, self.rows)]
        return "\n".join([f"### {self.title}", "", *rows])


def us(seconds: float) -> str:
    """Return microseconds with three significant digits."""
    value = seconds * 1e6
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def yes(met: bool) -> str:
    return "yes" if met else "no"


def build() -> str:
    """Return what kind of interpreter this is."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return "with a GIL" if gil else "free-threaded, without a GIL"


def of_ratios(results: list[Result]) -> Table:
    """Return how many times more the others add to the call than ipif does."""
    others = [name for name in results[0].times if name not in ("ipif", CALL, COPY)]
    rows = [
        [r.operation, calls(r.calls), *(f"{r.ratio(name):.1f}" for name in others)] for r in results
    ]
    title = "Ratios: what the others add to the call, over what ipif adds"
    head = ["operation", "system calls", *(f"{name} / ipif" for name in others)]
    return Table(title, head, rows)


def calls(found: Mapping[str, int]) -> str:
    """Return the number of system calls of ipif, and that of the others when it differs."""
    own, others = found["ipif"], {found[name] for name in found if name != "ipif"}
    return f"{own}" if others <= {own} else f"{own}; others {'/'.join(map(str, sorted(others)))}"


def of_times(title: str, first: str, results: list[Result]) -> Table:
    """Return what each implementation adds to the call."""
    others = [name for name in results[0].times if name not in ("ipif", CALL, COPY)]
    names = ["ipif", *others, COPY]
    rows = [
        [
            result.operation,
            *(us(result.added(name)) if name in result.times else "" for name in names),
            us(result.call),
        ]
        for result in results
    ]
    return Table(title, [first, *(f"{name}, us" for name in names), f"{CALL}, us"], rows)


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


def whole(tables: list[Table]) -> str:
    """Return everything, for the terminal and for docs/reference/speed.md."""
    return "\n\n".join([f"Measured with {machine()}.", *map(str, tables)])


def write_docs(tables: list[Table]) -> None:
    """Put the tables between the markers of docs/reference/speed.md."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    text = f"{before}{BEGIN}\n{whole(tables)}\n\n{END}{rest.split(END)[1]}"
    PAGE.write_text(text, encoding="utf-8")
