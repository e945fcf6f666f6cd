"""The files and commands that docs/guides/salt.md shows: the fleet runs these, and no others.

A block whose caption is a path is a file. In a block of commands, a line that begins with ``$ `` is
a command, and what it writes stands below. A line ``...`` stands for any lines; times of day and
durations may be others.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "salt.md"

PROMPT = "$ "
ANY_LINES = "..."

_BLOCK = re.compile(
    r"^:::\{code-block\} (\w+)\n(?::caption: ([^\n]+)\n)?\n?(.*?)^:::$", re.M | re.S
)
_DIFFERENT = re.compile(r"\b\d\d:\d\d:\d\d\.\d+|\s+\d+(?:\.\d+)? m?s\b")

Run = Callable[[list[str]], str]


def files() -> dict[str, str]:
    """Return the files of the page by their captions."""
    return {
        caption: text
        for language, caption, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
        if caption
    }


def is_like(written: str, shown: str) -> bool:
    """Return whether a command wrote what the page shows."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == ANY_LINES else re.escape(_comparable(line)) + r"\n"
        for line in shown.splitlines()
    )
    text = "".join(f"{_comparable(line)}\n" for line in written.splitlines())
    return re.fullmatch(pattern, text) is not None


def _comparable(line: str) -> str:
    return _DIFFERENT.sub("?", line).rstrip()


def _blocks(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each block of commands, and its commands with what they write."""
    for match in _BLOCK.finditer(text):
        if match[1] == "console" and match[2] is None:
            parts = re.split(rf"^{re.escape(PROMPT)}", match[3], flags=re.M)[1:]
            commands = [part.partition("\n") for part in parts]
            yield match[0], [(command, shown) for command, _, shown in commands]


def follow(run: Run, *, write: bool) -> int:
    """Run all commands of the page in their order; return how many there are.

    With *write*, the page gets what they write; otherwise that must be what it shows.
    """
    count = 0
    text = PAGE.read_text(encoding="utf-8")
    for block, commands in _blocks(text):
        lines = []
        for command, shown in commands:
            written = run(shlex.split(command))
            count += 1
            if not write and not is_like(written, shown):
                raise AssertionError(f"the page shows something else:\n$ {command}\n{written}")
            kept = is_like(written, shown)
            lines.append(f"{PROMPT}{command}\n{shown if kept else _shown(written)}")
        text = text.replace(block, ":::{code-block} console\n\n" + "".join(lines) + ":::")
    if write:
        PAGE.write_text(text, encoding="utf-8")
    return count


def _shown(written: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in written.splitlines())
