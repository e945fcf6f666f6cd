"""Everything that the command writes: lines, tables and JSON; notes and errors.

Results go to standard output, with ``--json`` nothing but JSON. Notes and errors go to standard
error, with ``--json`` as one JSON object on a line.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from ipif._cli.status import REFUSED, Failure
from ipif._cli.text import escaped, shortened, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TextIO, TypeAlias

    # A piece of a line: plain text, or text and the name of a style.
    Piece: TypeAlias = str | tuple[str, str]

#: The columns of a line that goes to a file or a pipe.
PIPED = 80

_NARROWEST = 20  # columns; a terminal that says less is taken for one of these

_GAP = 2  # columns between two columns of a table
_NARROW = 8  # columns that a value keeps in any case

_LEAST = 8  # columns that a column of a table keeps

# What is done to the flexible columns of a table that is too wide, and the columns that each keeps.
_NARROWING = (
    ("wrap", 24),
    ("shorten", 16),
    ("wrap", _LEAST),
    ("shorten", _LEAST),
    ("break", _LEAST),
)

#: Styles by name: parameters of the escape sequence that a terminal takes for them.
_STYLES = {
    "title": "1",
    "heading": "1",
    "good": "32",
    "bad": "31",
    "changed": "33",
    "dim": "2",
}


class NotWritten(Failure):
    """A result could not be written."""


class OutputClosed(Exception):
    """Nobody reads the output any more."""


class Column:
    """A column of a table.

    A table that is wider than the terminal gives its flexible columns less: ``shorten`` cuts the
    text, ``wrap`` continues it on the next line, and so does ``break``, which is the last resort.
    Each keeps *least* columns, and those of its heading.
    """

    def __init__(
        self, heading: str, *, right: bool = False, fit: str = "", least: int = _LEAST
    ) -> None:
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
        #: Whether standard output is written in colour.
        self.in_colour = _in_colour(self.is_terminal)
        self._notes: list[str] = []
        #: The commands that undo what was changed, for the case that it cannot be written.
        self.undo: Sequence[str] = ()
        #: Called before the first result is written.
        self.before_results: Callable[[], object] | None = None
        self._encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        self._ellipsis = "…" if self._shown("…") == "…" else "..."

    @property
    def columns(self) -> int:
        """The columns of a line: those of the terminal, 80 for a file or a pipe."""
        return columns_of(sys.stdout)

    # ---- results

    def line(self, *pieces: Piece, end: str = "\n") -> None:
        """Write one line; characters that a terminal cannot show are escaped."""
        self._write("".join(map(self._styled, pieces)) + end)

    def _styled(self, piece: Piece) -> str:
        """Return what is written for *piece*: its text, between escape sequences if in colour."""
        text = self._text(piece)
        style = "" if isinstance(piece, str) else _STYLES.get(piece[1], "")
        return f"\x1b[{style}m{text}\x1b[0m" if style and text and self.in_colour else text

    def _text(self, piece: Piece) -> str:
        return self._shown(piece if isinstance(piece, str) else piece[0])

    def _shown(self, text: str) -> str:
        """Return *text* with escapes for what cannot be shown, or not in this encoding."""
        text = escaped(text)
        if not text.isascii():
            with suppress(LookupError):
                return text.encode(self._encoding, "backslashreplace").decode(self._encoding)
        return text

    def sentence(self, *pieces: Piece, margin: int = 0) -> None:
        """Write one line, which a terminal gets broken at spaces, with a *margin* from the second.

        Text to be copied, and tables, are written by :meth:`line` and :meth:`table`.
        """
        columns = self.columns
        if not self.is_terminal or sum(width(self._text(piece)) for piece in pieces) <= columns:
            self.line(*pieces)
            return
        line: list[Piece] = []
        used = spaces = 0
        for piece in pieces:
            style = "" if isinstance(piece, str) else piece[1]
            for number, word in enumerate(self._text(piece).split(" ")):
                spaces += number > 0
                if not word:
                    continue
                if line and used + spaces + width(word) > columns:
                    self.line(*line)
                    line, used, spaces = [" " * margin], margin, 0
                *parts, last = wrapped(word, columns - used - spaces)
                for part in parts:
                    self.line(*line, " " * spaces, (part, style))
                    line, used, spaces = [" " * margin], margin, 0
                line += [" " * spaces, (last, style)]
                used += spaces + width(last)
                spaces = 0
        self.line(*line)

    def title(self, text: str) -> None:
        """Write what stands above a table."""
        self.sentence((text, "title"))

    def paragraph(self, text: str, indent: str = "") -> None:
        """Write *text* in as many lines as it needs."""
        for line in wrapped(self._shown(text), self.columns - len(indent)):
            self.line(indent + line)

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Piece]], *, wide: bool = False
    ) -> None:
        """Write *rows* under the headings of *columns*; *wide*: as wide as they are.

        On a terminal that is too narrow for the table, each row becomes a paragraph, with a line
        for each column.
        """
        headings = [(column.heading, "heading") for column in columns]
        texts = [[self._text(cell) for cell in row] for row in (headings, *rows)]
        widths = [max(map(width, column)) for column in zip(*texts, strict=True)]
        if not wide and not self._fit(columns, widths) and self.is_terminal:
            self._records(columns, rows)
            return
        for row in (headings, *rows):
            for cells in self._lines_of(columns, row, widths, wide=wide):
                self.line(*cells)

    def _records(self, columns: Sequence[Column], rows: Sequence[Sequence[Piece]]) -> None:
        """Write each of *rows* as a paragraph: a heading and its value on a line."""
        margin = max(width(column.heading) for column in columns) + _GAP
        room = max(_NARROW, self.columns - margin)
        for number, row in enumerate(rows):
            if number:
                self.line()
            for column, cell in zip(columns, row, strict=True):
                heading = column.heading
                if not heading:  # a marker, for which there are words too
                    continue
                style = "" if isinstance(cell, str) else cell[1]
                for text in wrapped(self._text(cell), room) if self._text(cell) else ():
                    pad = " " * (margin - width(heading))
                    self.line((heading, "heading"), pad, (text, style))
                    heading = ""

    def _fit(self, columns: Sequence[Column], widths: list[int]) -> bool:
        """Make the flexible columns narrower until a line fits, those that suffer least first.

        Return whether it fits.
        """
        over = sum(widths) + _GAP * (len(widths) - 1) - self.columns
        for fit, least in _NARROWING:
            if fit == "break" and self.columns < PIPED:
                break  # paragraphs can be read better
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
        return over <= 0

    def _lines_of(
        self, columns: Sequence[Column], row: Sequence[Piece], widths: list[int], *, wide: bool
    ) -> list[list[Piece]]:
        """Return the lines of one row."""
        cells: list[list[str]] = []
        for column, cell, room in zip(columns, row, widths, strict=True):
            text = self._text(cell)
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
            while line and not self._text(line[-1]).strip():
                line.pop()
            lines.append(line)
        return lines

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

    def raw(self, text: str) -> None:
        """Write *text* as it is, with its escape sequences."""
        self._write(text)

    def flush(self) -> None:
        """Hand over everything that was written."""
        with writing():
            sys.stdout.flush()

    def _begin(self) -> None:
        if self.before_results is not None:
            before, self.before_results = self.before_results, None
            before()

    def _write(self, text: str) -> None:
        self._begin()
        with writing():
            sys.stdout.write(text)

    # ---- notes and errors

    def note(self, text: str) -> None:
        """Write a note to standard error; with ``--json`` when the command ends."""
        if self.as_json:
            self._notes.append(text)
        else:
            self.flush()  # otherwise the note could come before what it is about
            _tell(f"ipif: {text}")

    def finish(self) -> None:
        """Write what has not been written yet."""
        self.flush()
        notes, self._notes = self._notes, []
        for note in notes:
            tell_json({"note": note})

    def failure(self, failure: Failure) -> None:
        """Write an error; with ``--json`` as one object that has the notes, too."""
        if self.as_json:
            document: dict[str, Any] = {"error": failure.to_json()}
            if self._notes:
                document["notes"], self._notes = self._notes, []
            tell_json(document)
            return
        _tell(f"ipif: {failure.message}")
        if failure.hint:
            _tell(failure.hint)


def columns_of(stream: TextIO | None) -> int:
    """Return the columns of the terminal that *stream* writes to; 80 for a file or a pipe."""
    if not _is_terminal(stream):
        return PIPED
    assert stream is not None
    columns = 0
    text = os.environ.get("COLUMNS", "")
    if text.isascii() and text.isdigit():
        columns = int(text[:6])
    if not columns:
        with suppress(OSError, ValueError):
            columns = os.get_terminal_size(stream.fileno()).columns
    return max(_NARROWEST, columns or PIPED)


def _tell(text: str) -> None:
    """Write *text* to standard error: for a terminal in lines that fit, for a file as it is."""
    lines = [*map(escaped, text.split("\n"))]
    if _is_terminal(sys.stderr):
        columns = columns_of(sys.stderr)
        lines = [part for line in lines for part in wrapped(line, columns)]
    _write_error("\n".join(lines))


def tell_json(document: object) -> None:
    """Write *document* to standard error, as JSON on a line of its own."""
    import json

    _write_error(json.dumps(document))


def _write_error(text: str) -> None:
    with suppress(OSError, ValueError):  # closed, or the disk is full: nobody can be told
        print(text, file=sys.stderr, flush=True)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except (ValueError, OSError):  # closed
        return False


def _in_colour(is_terminal: bool) -> bool:
    """Return whether standard output is written in colour.

    Colour is for terminals, unless ``NO_COLOR`` is set or the terminal is a dumb one;
    ``FORCE_COLOR`` wants it for pipes too.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if not is_terminal or os.environ.get("TERM") == "dumb":
        return False
    if sys.platform == "win32":
        from ipif._shared.windows import take_escape_sequences

        return take_escape_sequences(sys.stdout)
    return True


class writing:
    """Turns errors of writing into those of the command: a reader that has gone, a full disk."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OSError):
            if error.errno in (errno.EPIPE, errno.EINVAL):
                raise OutputClosed from None
            text = error.strerror or str(error)
            raise NotWritten(REFUSED, f"cannot write to standard output: {text}") from None
