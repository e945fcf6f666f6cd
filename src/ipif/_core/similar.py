"""The name that is most similar to a misspelt one, at a bounded cost among thousands of names."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 64  # characters that are compared
_LEAST = 0.7  # ratio of difflib.SequenceMatcher
_FEW = 60  # names that difflib compares one by one; it takes up to 50 us for each
_MANY = 400  # names whose pairs of characters are compared; 1 us for each
_BEST = 8


def most_similar(name: str, names: Iterable[str]) -> str | None:
    """Return the one of *names* most similar to *name*, ignoring case, or ``None``.

    Among more than a few hundred names that are all similar, it may be another one than the most
    similar.
    """
    plain = {known[:_LONGEST].lower(): known for known in names}
    wanted = name[:_LONGEST].lower().replace("_", "")
    candidates: Iterable[str] = plain
    if len(plain) > _FEW:
        edited = next((word for word in _edits(wanted) if word in plain), None)
        if edited is not None:
            candidates = (edited,)
        else:
            candidates = _with_common_pairs(wanted, _narrowed(wanted, plain))
    for match in get_close_matches(wanted, candidates, n=1, cutoff=_LEAST):
        return plain[match]
    return None


def _edits(word: str) -> Iterator[str]:
    """Yield *word* and the words that differ from it by one character or one exchange."""
    yield word
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    for head, tail in parts:
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        if tail:
            yield head + tail[1:]
    for head, tail in parts:
        for character in "abcdefghijklmnopqrstuvwxyz0123456789 -_.()#*":
            yield head + character + tail
            yield head + character + tail[1:]


def _narrowed(wanted: str, names: Iterable[str]) -> list[str]:
    """Return the *names* that begin or end as *wanted* does, at most ``_MANY``."""
    low, high = len(wanted) * 0.53, len(wanted) * 1.86  # other lengths cannot reach _LEAST
    fitting = [name for name in names if low <= len(name) <= high]
    for parts in (2, 4):
        if len(fitting) <= _MANY:
            break
        size = -(-len(wanted) // parts)
        head, tail = wanted[:size], wanted[-size:]
        closer = [name for name in fitting if name.startswith(head) or name.endswith(tail)]
        if closer:
            both = [name for name in closer if name.startswith(head) and name.endswith(tail)]
            return (both if len(closer) > _MANY and both else closer)[:_MANY]
    return fitting[:_MANY]


def _with_common_pairs(wanted: str, names: list[str]) -> list[str]:
    """Return the few of *names* that have the most pairs of characters in common with *wanted*."""
    pairs = set(pairwise(wanted))

    def score(name: str) -> float:
        return len(pairs.intersection(pairwise(name))) / (len(pairs) + len(name))

    return sorted(names, key=score, reverse=True)[:_BEST]
