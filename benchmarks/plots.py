"""The plots of the documentation, as SVG."""

from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.figure import Figure
from operations import CALL, COPY, Result

matplotlib.rcParams.update(
    {
        "svg.hashsalt": "ipif",  # the same numbers give the same file
        "svg.fonttype": "none",  # text stays text
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)
COLOURS = {"ipif": "#0072b2", "ctypes": "#d55e00", "cffi": "#009e73"}
COLOURS |= {"plain ctypes": "#e69f00", COPY: "#999999"}


def save(figure: Figure, path: Path) -> None:
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)


def others_of(results: list[Result]) -> list[str]:
    return [name for name in results[0].times if name not in ("ipif", CALL, COPY)]


def short(result: Result) -> str:
    return result.operation.replace("`", "")


def operations(results: list[Result], path: Path) -> None:
    """Draw how many times longer the other implementations take."""
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    others = others_of(results)
    results = results[::-1]
    height = 0.8 / len(others)
    for number, name in enumerate(others):
        places = [i - number * height for i in range(len(results))]
        ratios = [result.ratio(name) for result in results]
        bars = axes.barh(places, ratios, height, label=name, color=COLOURS[name])
        axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=8)
    axes.axvline(1, color=COLOURS["ipif"], label="ipif")
    middle = height * (len(others) - 1) / 2
    axes.set_yticks([i - middle for i in range(len(results))], [short(one) for one in results])
    axes.set_xlabel("what it adds to the call, as a multiple of what ipif adds")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=5, frameon=False)
    save(figure, path)


def sizes(results: list[Result], path: Path) -> None:
    """Draw the time for one row over the number of rows: level lines are linear tables."""
    figure, axes = pyplot.subplots(figsize=(7, 4))
    counts = [result.parts for result in results]
    for name in ("ipif", *others_of(results), COPY):
        level = [result.added(name) * 1e6 for result in results]
        axes.plot(counts, level, marker="o", label=name, color=COLOURS[name])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("rows of get_ip_interface_table()")
    axes.set_ylabel("microseconds per row")
    axes.legend(frameon=False)
    save(figure, path)


def draw(results: list[Result], tables: list[Result], folder: Path) -> list[Path]:
    """Draw all plots into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "speed-operations.svg", folder / "speed-tables.svg"]
    operations(results, paths[0])
    sizes(tables, paths[1])
    return paths
