"""Reads the objects of a document: mappings of any type whose members are known by name."""

from __future__ import annotations

from ipif._core.errors import Problem, advise, shown
from ipif._core.mapping import read_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


def read_members(
    value: object,
    place: str,
    known: Iterable[str],
    prefix: str,
    problems: list[Problem],
    other_names: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """Return the *known* members of the object *value*; note the others.

    *prefix* goes before the names of members in problems. *other_names* has the known name by the
    name in other tools, in lower case and without spaces, hyphens and underscores.
    """
    names = ", ".join(f'"{name}"' for name in known)
    advice = f"write {{...}} with {names}"
    if value is None:
        problems.append(Problem(place, value, "missing", advice))
        return None
    members = read_object(value, place, advice, problems)
    if members is None:
        return None
    unknown = [name for name in members if name not in known]
    for name in unknown:
        better = None
        if other_names is not None and isinstance(name, str):
            plain = name[:64].lower().replace("_", "").replace("-", "").replace(" ", "")
            better = other_names.get(plain)
        if better is not None:
            advice = f"did you mean {better}?"
        else:
            advice = advise(name, known, f"write one of {', '.join(known)}", problems)
        where = name if isinstance(name, str) else shown(name)
        problems.append(Problem(f"{prefix}{where}", members.pop(name), "unknown", advice))
    return members
