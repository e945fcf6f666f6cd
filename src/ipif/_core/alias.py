"""How aliases are compared: without regard to case."""

from __future__ import annotations


def fold_alias(text: str) -> str:
    """Return *text* as it is compared: two aliases are equal when their results are.

    Every character is replaced by its upper-case form if that is one character of 16 bits whose
    lower-case form is the first one again: "März" equals "MÄRZ"; "ß", "ς" and "ŉ" equal only
    themselves. Only letters of Unicode 3.2 are replaced, so that the rule is the same with every
    version of Python.

    Windows compares in a similar way; its table of letters has not been compared with this one.
    """
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def _upper(character: str) -> str:
    """Return the upper-case form of one character, or the character itself if there is none."""
    from unicodedata import ucd_3_2_0 as letters

    upper = character.upper()
    if (
        len(upper) != 1
        or upper > "\uffff"
        or upper.lower() != character
        or "Cn" in (letters.category(character), letters.category(upper))  # not assigned
    ):
        return character
    return upper
