"""The list of the lines that no test reaches, tests/trust/unreached.toml."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from environments import ROOT

LIST = ROOT / "tests" / "trust" / "unreached.toml"
MARK = "#####"  # gcov's, in front of a line that is not reached


@dataclass
class Place:
    """Lines that follow each other in a file, with a mark in front of those not reached."""

    file: str
    text: str

    def find(self, root: Path = ROOT) -> set[int]:
        """Return the numbers of the marked lines; raise ValueError unless the text stands once."""
        wanted = [line.removeprefix(MARK).strip() for line in self.text.strip("\n").splitlines()]
        lines = [line.strip() for line in (root / self.file).read_text("utf-8").splitlines()]
        size = len(wanted)
        starts = [at for at in range(len(lines)) if lines[at : at + size] == wanted]
        if len(starts) != 1:
            raise ValueError(
                f"{self.file}: these lines are there {len(starts)} times:\n{self.text}"
            )
        marked = enumerate(self.text.strip("\n").splitlines(), starts[0] + 1)
        return {number for number, line in marked if line.startswith(MARK)}


@dataclass
class Unreached:
    """Places with one reason."""

    reason: str
    places: list[Place]
    sometimes: bool = False  # a race decides: a run may reach these lines


@dataclass
class UnreachedList:
    """The whole list."""

    entries: list[Unreached] = field(default_factory=list)
    not_measured: dict[str, str] = field(default_factory=dict)  # the reason by file

    def numbers(self, sometimes: bool) -> dict[str, set[int]]:
        """Return the numbers of the lines that no run reaches, or that a run may reach, by file."""
        found: dict[str, set[int]] = {}
        for entry in self.entries:
            if entry.sometimes == sometimes:
                for place in entry.places:
                    found.setdefault(place.file, set()).update(place.find())
        return found


def read_list(path: Path = LIST) -> UnreachedList:
    """Return the list that is in a file."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = [
        Unreached(
            entry["reason"],
            [Place(file, text) for file, texts in entry["lines"].items() for text in texts],
            entry.get("sometimes", False),
        )
        for entry in document.get("unreached", [])
    ]
    return UnreachedList(entries, document["not_measured"])


def as_entry(file: str, numbers: Iterable[int], reason: str = "", root: Path = ROOT) -> str:
    """Return an entry of the list for lines of a file."""
    return f'[[unreached]]\nreason = "{reason}"\n[unreached.lines]\n{as_lines(file, numbers, root)}'


def as_lines(file: str, numbers: Iterable[int], root: Path = ROOT) -> str:
    """Return what an entry has about a file."""
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    places = "".join(f"'''\n{text}''',\n" for text in _texts(lines, sorted(numbers)))
    return f'"{file}" = [\n{places}]\n'


def _texts(lines: Sequence[str], numbers: Sequence[int]) -> Iterable[str]:
    """Yield texts that stand once in *lines*, for lines that follow each other."""
    groups: list[list[int]] = []
    for number in numbers:
        if groups and number - groups[-1][-1] <= 3:
            groups[-1].append(number)
        else:
            groups.append([number])
    stripped = [line.strip() for line in lines]
    for group in groups:
        start = max(group[0] - 1, 1)  # with the line before it
        while start > 1 and _count(stripped, stripped[start - 1 : group[-1]]) > 1:
            start -= 1
        yield "".join(
            f"{MARK if number in group else '':5} {lines[number - 1]}".rstrip() + "\n"
            for number in range(start, group[-1] + 1)
        )


def _count(lines: Sequence[str], wanted: Sequence[str]) -> int:
    return sum(lines[at : at + len(wanted)] == wanted for at in range(len(lines)))
