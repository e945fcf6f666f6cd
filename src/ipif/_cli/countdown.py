"""The time that is left to press Enter, on one line."""

from __future__ import annotations

import math
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from ipif._cli.output import Output

#: What is said, from the longest text to the shortest.
_TEXTS = (
    "press Enter to keep the changes; they are reverted in {left} s",
    "Enter keeps them; reverted in {left} s",
    "Enter: keep ({left} s)",
)
_BAR = 18  # columns


class Countdown:
    """Shows the time that is left: on a terminal again and again, elsewhere once.

    With rich, a terminal also gets a bar. With ``--json`` nothing is shown.
    """

    def __init__(self, output: Output, seconds: float) -> None:
        self._output = output
        self._is_live = output.is_terminal and os.environ.get("TERM") != "dumb"
        self._bar = _bar(output, seconds) if self._is_live and not output.as_json else None
        self._shown = self._text = ""
        self._needs_end = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._needs_end:
            self._output.raw("\n")
            self._output.flush()

    def show(self, left: float) -> None:
        """Show that so many seconds are left."""
        if self._output.as_json or (self._shown and not self._is_live):
            return
        taken = 0 if self._bar is None else _BAR + 1
        text = _fitting(left, self._output.columns - 1 - taken)
        pad = " " * (len(self._text) - len(text))
        line = f"{text} {self._bar(left)}{pad}" if self._bar is not None else text + pad
        before, self._shown, self._text = self._shown, line, text
        if line != before:
            self._needs_end = True
            self._output.raw(f"\r{line}" if before else line)
            self._output.flush()

    def end_at_enter(self) -> None:
        """Say that Enter has been pressed: then a terminal has ended the line already.

        What was shown between the key and this call is on the next line, and is erased.
        """
        if self._is_live and sys.stdin is not None and sys.stdin.isatty():
            self._output.raw(f"\r{' ' * (self._output.columns - 1)}\r")
            self._output.flush()
            self._needs_end = False


def _fitting(left: float, room: int) -> str:
    """Return the longest text with so many columns, or else the shortest."""
    text = ""
    for form in _TEXTS:
        text = form.format(left=math.ceil(left))
        if len(text) <= room:
            break
    return text


def _bar(output: Output, seconds: float) -> Callable[[float], str] | None:
    """Return a function that draws a bar, or ``None`` without rich, or without room for it."""
    if output.columns <= 2 * _BAR:
        return None
    try:
        from rich.console import Console
        from rich.progress_bar import ProgressBar
    except ImportError:
        return None
    console = Console(file=sys.stdout, force_terminal=True, no_color=not output.in_colour)

    def draw(left: float) -> str:
        with console.capture() as drawn:
            console.print(ProgressBar(total=seconds, completed=left, width=_BAR), end="")
        return drawn.get()

    return draw
