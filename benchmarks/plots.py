"""The plots of the documentation, as SVG."""

from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from operations import Result
from report import Findings

matplotlib.rcParams.update(
    {
        "svg.hashsalt": "ipif",  # the same numbers give the same file
        "svg.fonttype": "none",  # text stays text
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)
COLOURS = {"ipif": "#0072b2", "ctypes": "#d55e00", "cffi": "#009e73", "win32more": "#cc79a7"}
COLOURS["dict.copy()"] = "#999999"


def save(figure: Figure, path: Path) -> None:
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)


def short(result: Result) -> str:
    return result.operation.replace("`", "")


def operations(findings: Findings, path: Path) -> None:
    """Draw how many times longer the other ways take."""
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    results = findings.operations[::-1]
    height = 0.8 / len(findings.others)
    for number, way in enumerate(findings.others):
        places = [i - number * height for i in range(len(results))]
        ratios = [result.ratio(way) for result in results]
        bars = axes.barh(places, ratios, height, label=way, color=COLOURS[way])
        axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=8)
    axes.axvline(1, color=COLOURS["ipif"], label="ipif")
    middle = height * (len(findings.others) - 1) / 2
    axes.set_yticks([i - middle for i in range(len(results))], [short(one) for one in results])
    axes.set_xlabel("what it adds to the call, as a multiple of what ipif adds")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, frameon=False)
    save(figure, path)


def sizes(findings: Findings, path: Path) -> None:
    """Draw the time for one row over the number of rows: level lines are linear tables."""
    figure, axes = pyplot.subplots(figsize=(7, 4))
    counts = [size.parts for size in findings.sizes]
    for way in ("ipif", *findings.others, "dict.copy()"):
        level = [size.added(way) * 1e6 for size in findings.sizes]
        axes.plot(counts, level, marker="o", label=way, color=COLOURS[way])
    logarithmic(axes)
    axes.set_xlabel("rows of get_ip_interface_table()")
    axes.set_ylabel("microseconds per row")
    axes.legend(frameon=False)
    save(figure, path)


def logarithmic(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")


def draw(findings: Findings, folder: Path) -> list[Path]:
    """Draw all plots into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "speed-operations.svg", folder / "speed-tables.svg"]
    operations(findings, paths[0])
    sizes(findings, paths[1])
    return paths
