"""Text for a terminal: characters that cannot be shown are escaped, widths are those of columns."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Cannot be seen, but belong between the parts of an emoji, and between the letters of some scripts.
_JOINER = "\u200d"
_EMOJI = "\ufe0f"  # shows the character before it as an emoji

# Printable, for Python, but nothing is seen of them.
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


def escaped(text: str) -> str:
    """Return *text* with escapes for characters that would disturb a terminal or mislead a reader.

    These are control characters, line ends, characters that change the direction of writing, halves
    of a surrogate pair, characters that nothing is seen of, and spaces other than the usual one.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = []
    before = ""
    for place, one in enumerate(text):
        if one == _JOINER:
            fine = not before.isascii() and not text[place + 1 : place + 2].isascii()
        elif _selects_a_variant(one):
            fine = not before.isascii() or (before != "" and before in "0123456789#*")
        else:
            fine = one.isprintable() and one not in _INVISIBLE
        shown.append(one if fine else one.encode("unicode_escape").decode())
        before = one
    return "".join(shown)


def _selects_a_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def width(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    if text.isascii():
        return len(text)
    return sum(columns for _, columns in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Yield what a terminal shows as one character, and its columns.

    That is a character with those that are put upon it, or an emoji of several characters.
    """
    part, columns, joined = "", 0, False
    for one in text:
        if not part:
            part, columns = one, _width(one)
        elif joined or one in (_JOINER, _EMOJI) or _width(one) == 0 or _is_skin(one, columns):
            part += one
            if one == _EMOJI:
                columns = 2
        else:
            yield part, columns
            part, columns = one, _width(one)
        joined = one == _JOINER
    if part:
        yield part, columns


def _is_skin(character: str, columns: int) -> bool:
    """Return whether *character* is a skin colour, of an emoji that has *columns*."""
    return columns == 2 and "\U0001f3fb" <= character <= "\U0001f3ff"


def _width(character: str) -> int:
    from unicodedata import category, east_asian_width

    if "\u1160" <= character <= "\u11ff" or category(character) in ("Mn", "Me", "Cf"):
        return 0  # the vowels and final consonants of a Korean syllable are put upon the first
    return 2 if east_asian_width(character) in ("W", "F") else 1


def shortened(text: str, columns: int, ellipsis: str) -> str:
    """Return *text*, or its beginning and the *ellipsis* when it takes more than *columns*."""
    if width(text) <= columns:
        return text
    left = columns - width(ellipsis)
    taken = []
    for part, needed in _parts(text):
        left -= needed
        if left < 0:
            break
        taken.append(part)
    return "".join(taken) + ellipsis


def wrapped(text: str, columns: int) -> list[str]:
    """Return the lines of *text*, broken at spaces, each at most *columns* wide.

    A word that is longer is broken behind a comma, a colon or ``=``, or else anywhere.
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(lines[-1]) + 1 + width(word) <= columns:
            lines[-1] += f" {word}"
        else:
            lines.extend(_pieces(word, columns))
    return lines or [""]


def _pieces(word: str, columns: int) -> Iterator[str]:
    """Yield the parts of a long *word*."""
    while width(word) > columns > 1:
        part = shortened(word, columns, "")
        part = part[: max(map(part.rfind, ",:=")) + 1] or part
        if not part:
            break
        yield part
        word = word[len(part) :]
    yield word
