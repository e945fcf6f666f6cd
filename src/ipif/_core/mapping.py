"""Reads any mapping as a dict: rows, changes and documents may be mappings of any type."""

from __future__ import annotations

from ipif._core.errors import Problem, expected, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# More than any structure has. The limit ends the reading of a mapping that never ends.
_MOST_MEMBERS = 1000


def is_mapping(value: object) -> bool:
    """Return whether *value* is a dict or another mapping."""
    kind = type(value)
    if issubclass(kind, dict):
        return True
    from collections.abc import Mapping

    return issubclass(kind, Mapping)


def to_dict(value: object) -> dict[Any, Any]:
    """Return the mapping *value* as a dict: a dict itself, of another mapping a copy.

    Raises ``ValueError`` when *value* is not a mapping or cannot be read; its text is the rule of a
    :class:`ipif.Problem`.
    """
    if issubclass(type(value), dict):
        return value  # type: ignore[return-value]
    if not is_mapping(value):
        raise ValueError(expected("dict", value))
    copy: dict[Any, Any] = {}
    try:
        for name in value:  # type: ignore[attr-defined]
            if len(copy) == _MOST_MEMBERS:
                break
            copy[name] = value[name]  # type: ignore[index]
        else:
            return copy
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"reading it raised {shown(error)}") from error
    raise ValueError(f"it has more than {_MOST_MEMBERS} members")


def read_object(
    value: object, place: str, advice: str, problems: list[Problem]
) -> dict[Any, Any] | None:
    """Return a copy of the object *value* of a document, any mapping, as a dict.

    Returns ``None`` after noting why it cannot be read.
    """
    try:
        return dict(dict.items(to_dict(value)))
    except ValueError as error:
        rule = str(error) if is_mapping(value) else expected("a JSON object", value)
        problems.append(Problem(place, value, rule, advice))
        return None
