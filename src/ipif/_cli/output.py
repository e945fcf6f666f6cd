"""Everything that the command writes: lines, tables and JSON; notes and errors.

Results go to standard output, with ``--json`` nothing but JSON. Notes and errors go to standard
error, with ``--json`` as one JSON object on a line.
"""

from __future__ import annotations

import errno
import math
import os
import sys
from contextlib import contextmanager, nullcontext

from ipif._cli.text import escaped, shortened, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Any, TextIO, TypeAlias

    from ipif._cli.status import Failure

    # A piece of a line: plain text, or text and the name of a style.
    Piece: TypeAlias = str | tuple[str, str]

#: The columns of a line that goes to a file or a pipe.
PIPED = 80

_KEEP = "press Enter to keep the changes; they are reverted in {left} s"

_GAP = 2  # columns between two columns of a table

# What is done to the flexible columns of a table that is too wide, and the columns that each keeps.
_NARROWING = (("wrap", 24), ("shorten", 16), ("wrap", 0), ("shorten", 0), ("break", 0))

#: Styles by name, as rich writes them.
_STYLES = {
    "title": "bold",
    "heading": "bold",
    "good": "green",
    "bad": "red",
    "changed": "yellow",
    "dim": "dim",
}


class OutputClosed(Exception):
    """Nobody reads the output any more."""


class Column:
    """A column of a table.

    A table that is wider than the terminal gives its flexible columns less: ``shorten`` cuts the
    text, ``wrap`` continues it on the next line, and so does ``break``, which is the last resort.
    Each keeps *least* columns, and those of its heading.
    """

    def __init__(self, heading: str, *, right: bool = False, fit: str = "", least: int = 8) -> None:
        self.heading = heading
        self.right = right
        self.fit = fit  # "", "shorten", "wrap" or "break"
        self.least = max(least, width(heading))


class Output:
    """Writes for one run of the command."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        #: Whether a person may be looking at standard output.
        self.is_terminal = _is_terminal(sys.stdout)
        self._console: Any = _console(self.is_terminal)
        self._notes: list[str] = []
        #: Called before the first result is written.
        self.before_results: Callable[[], object] | None = None
        encoding = getattr(sys.stdout, "encoding", None) or "ascii"
        try:
            "…".encode(encoding)
            self._ellipsis = "…"
        except (UnicodeEncodeError, LookupError):
            self._ellipsis = "..."

    @property
    def columns(self) -> int:
        """The columns of a line: those of the terminal, 80 for a file or a pipe."""
        if not self.is_terminal:
            return PIPED
        import shutil

        return max(20, shutil.get_terminal_size((PIPED, 24)).columns)

    # ---- results

    def line(self, *pieces: Piece, end: str = "\n") -> None:
        """Write one line; characters that a terminal cannot show are escaped."""
        parts = [
            (escaped(one), "") if isinstance(one, str) else (escaped(one[0]), one[1])
            for one in pieces
        ]
        self._begin()
        if self._console is None:
            self._write("".join(text for text, _ in parts) + end)
        else:
            from rich.text import Text

            text = Text.assemble(*((text, _STYLES.get(style, "")) for text, style in parts))
            with _closed_is_quiet():
                self._console.print(text, end=end, soft_wrap=True)

    def title(self, text: str) -> None:
        """Write the line above a table."""
        self.line((text, "title"))

    def paragraph(self, text: str, indent: str = "") -> None:
        """Write *text* in as many lines as it needs."""
        for line in wrapped(text, self.columns - len(indent)):
            self.line(indent + line)

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Piece]], *, wide: bool = False
    ) -> None:
        """Write *rows* under the headings of *columns*; *wide*: as wide as they are."""
        headings = [(column.heading, "heading") for column in columns]
        texts = [[_text(cell) for cell in row] for row in (headings, *rows)]
        widths = [max(map(width, column)) for column in zip(*texts, strict=True)]
        if not wide:
            self._fit(columns, widths)
        for row in (headings, *rows):
            for cells in self._lines_of(columns, row, widths, wide=wide):
                self.line(*cells)

    def _fit(self, columns: Sequence[Column], widths: list[int]) -> None:
        """Make the flexible columns narrower until a line fits, those that suffer least first."""
        over = sum(widths) + _GAP * (len(widths) - 1) - self.columns
        for fit, least in _NARROWING:
            while over > 0:
                flexible = [
                    place
                    for place, column in enumerate(columns)
                    if column.fit == fit and widths[place] > max(least, column.least)
                ]
                if not flexible:
                    break
                widest = max(flexible, key=widths.__getitem__)
                widths[widest] -= 1
                over -= 1

    def _lines_of(
        self, columns: Sequence[Column], row: Sequence[Piece], widths: list[int], *, wide: bool
    ) -> list[list[Piece]]:
        """Return the lines of one row."""
        cells: list[list[str]] = []
        for column, cell, room in zip(columns, row, widths, strict=True):
            text = _text(cell)
            if wide or width(text) <= room:
                cells.append([text])
            elif column.fit in ("wrap", "break"):
                cells.append(wrapped(text, room))
            else:
                cells.append([shortened(text, room, self._ellipsis)])
        lines: list[list[Piece]] = []
        for number in range(max(map(len, cells))):
            line: list[Piece] = []
            for place, column in enumerate(columns):
                text = cells[place][number] if number < len(cells[place]) else ""
                pad = " " * (widths[place] - width(text))
                last = place == len(columns) - 1
                piece = row[place]
                styled = text if isinstance(piece, str) else (text, piece[1])
                if column.right:
                    line += [pad, styled]
                else:
                    line += [styled] if last else [styled, pad]
                if not last:
                    line.append(" " * _GAP)
            while line and not _text(line[-1]).strip():
                line.pop()
            lines.append(line)
        return lines

    def countdown(self, seconds: float) -> AbstractContextManager[Callable[[float], None]]:
        """Return a block in which the time that is left is shown: its value is called with it.

        On a terminal the line is written again and again; elsewhere it is written once. With
        ``--json`` nothing is written.
        """
        if self.as_json:
            return nullcontext(lambda left: None)
        if self._console is not None:
            return _bar(self._console, seconds)
        return self._counted()

    @contextmanager
    def _counted(self) -> Iterator[Callable[[float], None]]:
        shown = ""

        def show(left: float) -> None:
            nonlocal shown
            text = _KEEP.format(left=math.ceil(left))
            if text != shown and (self.is_terminal or not shown):
                start = "\r" if shown else ""
                self._write(start + text + " " * (len(shown) - len(text)))
                self.flush()
                shown = text

        try:
            yield show
        finally:
            self._write("\n" if shown else "")
            self.flush()

    def json(self, document: object) -> None:
        """Write *document* as JSON, on several lines."""
        import json

        self._write(json.dumps(document, indent=1) + "\n")

    def document(self, text: str) -> None:
        """Write the *text* of a document as it is."""
        self._write(text)

    def json_line(self, document: object) -> None:
        """Write *document* as JSON on a line of its own, at once."""
        import json

        self._write(json.dumps(document) + "\n")
        self.flush()

    def flush(self) -> None:
        """Hand over everything that was written."""
        with _closed_is_quiet():
            sys.stdout.flush()

    def _begin(self) -> None:
        if self.before_results is not None:
            before, self.before_results = self.before_results, None
            before()

    def _write(self, text: str) -> None:
        self._begin()
        with _closed_is_quiet():
            sys.stdout.write(text)

    # ---- notes and errors

    def note(self, text: str) -> None:
        """Write a note to standard error; with ``--json`` when the command ends."""
        if self.as_json:
            self._notes.append(text)
        else:
            self.flush()  # otherwise the note could come before what it is about
            print(f"ipif: {escaped(text)}", file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Write what has not been written yet."""
        self.flush()
        notes, self._notes = self._notes, []
        for note in notes:
            import json

            print(json.dumps({"note": note}), file=sys.stderr)

    def failure(self, failure: Failure) -> None:
        """Write an error; with ``--json`` as one object that has the notes, too."""
        if self.as_json:
            import json

            document: dict[str, Any] = {"error": failure.to_json()}
            if self._notes:
                document["notes"], self._notes = self._notes, []
            print(json.dumps(document), file=sys.stderr, flush=True)
            return
        for line in [f"ipif: {failure.message}", failure.hint]:
            if line:
                print("\n".join(map(escaped, line.split("\n"))), file=sys.stderr, flush=True)


def _text(piece: Piece) -> str:
    return escaped(piece if isinstance(piece, str) else piece[0])


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except (ValueError, OSError):  # closed
        return False


def _console(terminal: bool) -> Any:
    """Return the console of rich that writes in colour, or ``None`` for plain text.

    Colour is for terminals, unless ``NO_COLOR`` is set or the terminal is a dumb one;
    ``FORCE_COLOR`` wants it for pipes too. It needs rich, which is in the extra ``ipif[cli]``.
    """
    environ = os.environ
    wanted = bool(environ.get("FORCE_COLOR")) or (terminal and environ.get("TERM") != "dumb")
    if not wanted or environ.get("NO_COLOR"):
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=sys.stdout, force_terminal=True, highlight=False, markup=False, emoji=False)


@contextmanager
def _bar(console: Any, seconds: float) -> Iterator[Callable[[float], None]]:
    """Show the time that is left as a bar."""
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20))
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        task = progress.add_task("", total=seconds)

        def show(left: float) -> None:
            text = _KEEP.format(left=math.ceil(left))
            progress.update(task, completed=left, description=text, refresh=True)

        yield show


class _closed_is_quiet:
    """Turns the error of a pipe whose reader has gone into :class:`OutputClosed`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OSError) and error.errno in (errno.EPIPE, errno.EINVAL):
            raise OutputClosed from None
