"""Text for a terminal: characters that cannot be shown are escaped, widths are those of columns."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Cannot be seen, but belongs between the parts of an emoji.
_JOINER = "\u200d"


def escaped(text: str) -> str:
    """Return *text* with escapes for characters that would disturb a terminal or mislead a reader.

    These are control characters, line ends, characters that change the direction of writing, halves
    of a surrogate pair, and spaces other than the usual one.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one == _JOINER else one.encode("unicode_escape").decode()
        for one in text
    )


def width(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    from unicodedata import category, east_asian_width

    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def shortened(text: str, columns: int, ellipsis: str) -> str:
    """Return *text*, or its beginning and the *ellipsis* when it takes more than *columns*."""
    if width(text) <= columns:
        return text
    left = columns - width(ellipsis)
    taken = []
    for character in text:
        left -= width(character)
        if left < 0:
            break
        taken.append(character)
    return "".join(taken) + ellipsis


def wrapped(text: str, columns: int) -> list[str]:
    """Return the lines of *text*, broken at spaces, each at most *columns* wide.

    A word that is longer is broken behind a comma or a colon, or else anywhere.
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
        part = part[: max(part.rfind(","), part.rfind(":")) + 1] or part
        if not part:
            break
        yield part
        word = word[len(part) :]
    yield word
