"""Find the adapters of a document's entry by the selectors of its ``match``."""

from __future__ import annotations

from ipif._core.backend import native
from ipif._core.errors import Problem, advise, expected, shown, suggest
from ipif._core.fields import LARGEST_INDEX, LARGEST_LUID
from ipif._core.identify import WITHOUT_STATISTICS
from ipif._core.interfaces import list_interfaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

#: The names of interface types, and their IANA ifType numbers.
TYPES = {
    "ethernet": (6,),
    "ppp": (23,),
    "loopback": (24,),
    "virtual": (53,),
    "wifi": (71,),
    "tunnel": (131,),
    "wwan": (243, 244),
}

_MOST_NAMES = 8


class Adapter:
    """An adapter that has at least one IP interface row."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.luid: int = row["InterfaceLuid"]
        self.alias: str = row["Alias"]
        self.interfaces: dict[int, Mapping[str, Any]] = {}  # by AF_ number


def list_adapters_with_rows() -> list[Adapter]:
    """Return the adapters that have a row, in the order of the interface table."""
    rows = list_interfaces()
    known = {row["InterfaceLuid"]: row for row in native.get_if_table2(WITHOUT_STATISTICS)}
    adapters: dict[int, Adapter] = {}
    for row in rows:
        luid = row["InterfaceLuid"]
        if luid in known:  # otherwise it has disappeared since
            adapter = adapters.setdefault(luid, Adapter(known[luid]))
            adapter.interfaces[row["Family"]] = row
    return list(adapters.values())


def select(match: Mapping[str, Any], adapters: list[Adapter]) -> list[Adapter]:
    """Return those of *adapters* that every selector of *match* finds."""
    luids = {adapter.luid for adapter in adapters}
    for name, wanted in match.items():
        luids &= {adapter.luid for adapter in _SELECTORS[name][1](adapters, wanted)}
    return [adapter for adapter in adapters if adapter.luid in luids]


def read_members(
    value: object, place: str, known: Iterable[str], prefix: str, problems: list[Problem]
) -> dict[str, Any] | None:
    """Return a plain copy of the *known* members of the object *value*; note the rest."""
    if not isinstance(value, dict):
        rule = "missing" if value is None else expected("an object", value)
        advice = f"write {{...}} with {', '.join(known)}"
        problems.append(Problem(place, value, rule, advice))
        return None
    members = {}
    for name, member in list(dict.items(value)):
        if name in known:
            members[name] = member
        else:
            advice = advise(name, known, f"write one of {', '.join(known)}", problems)
            problems.append(Problem(f"{prefix}{name}", member, "unknown", advice))
    return members


def check_count(
    place: str,
    expect: str | None,
    match: Mapping[str, Any],
    shown_match: object,
    found: list[Adapter],
    adapters: list[Adapter],
) -> Problem | None:
    """Return the problem when the entry expects more or fewer adapters than *found*."""
    if not found and expect in ("one", "some"):
        alias = match.get("alias")
        better = None if alias is None else suggest(alias, [a.alias for a in adapters])
        advice = f"did you mean {shown(better)}?" if better else f"there are {_names(adapters)}"
        return Problem(place, shown_match, "matches no interface", advice)
    if len(found) > 1 and expect == "one":
        rule = f"matches {len(found)} interfaces: {_names(found)}"
        advice = 'select one of them, or write "expect": "some"'
        return Problem(place, shown_match, rule, advice)
    return None


def _names(adapters: list[Adapter]) -> str:
    """Return the names of some of *adapters*."""
    names = ", ".join(shown(adapter.alias) for adapter in adapters[:_MOST_NAMES])
    more = len(adapters) - _MOST_NAMES
    return f"{names} and {more} more" if more > 0 else names or "none"


def read_match(value: object, place: str, problems: list[Problem]) -> dict[str, Any] | None:
    """Return the selectors of an entry, or ``None`` after noting their problems."""
    before = len(problems)
    members = read_members(value, place, _SELECTORS, f"{place}.", problems)
    if members is None:
        return None
    match = {}
    for name, wanted in members.items():
        read, _, advice = _SELECTORS[name]
        match[name] = read(wanted)
        if match[name] is None:
            problems.append(Problem(f"{place}.{name}", wanted, f"not a valid {name}", advice))
    if not members and len(problems) == before:
        advice = 'write {"alias": "*"} for all interfaces'
        problems.append(Problem(place, value, "has no selector", advice))
    return match if len(problems) == before else None


def _read_pattern(value: object) -> str | None:
    return str.__str__(value).lower() if isinstance(value, str) and value else None


def _read_number(value: object, largest: int) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= largest:
        return int(value)
    return None


def _read_guid(value: object) -> object:
    from uuid import UUID

    if isinstance(value, UUID):
        return value
    try:
        return UUID(value) if isinstance(value, str) and len(value) <= 38 else None
    except ValueError:
        return None


def _read_type(value: object) -> tuple[int, ...] | None:
    if isinstance(value, str):
        return TYPES.get(value.lower())
    number = _read_number(value, LARGEST_INDEX)
    return None if number is None else (number,)


def _matching(text: Callable[[Adapter], str]) -> Callable[[list[Adapter], str], list[Adapter]]:
    """Return the function that selects adapters whose *text* matches a pattern.

    A name that equals the pattern is taken literally: adapter names can contain brackets and stars.
    """

    def select(adapters: list[Adapter], pattern: str) -> list[Adapter]:
        from fnmatch import fnmatchcase

        equal = [adapter for adapter in adapters if text(adapter).lower() == pattern]
        if equal:
            return equal
        return [adapter for adapter in adapters if fnmatchcase(text(adapter).lower(), pattern)]

    return select


def _equal(member: str) -> Callable[[list[Adapter], Any], list[Adapter]]:
    """Return the function that selects by a member of the adapter."""
    return lambda adapters, wanted: [a for a in adapters if a.row[member] == wanted]


def _select_connected(adapters: list[Adapter], wanted: bool) -> list[Adapter]:
    return [a for a in adapters if any(row["Connected"] for row in a.interfaces.values()) is wanted]


# Each selector: how it is read, how it selects, and the advice for a bad value.
_SELECTORS: dict[str, tuple[Callable[[object], Any], Callable[..., list[Adapter]], str]] = {
    "alias": (
        _read_pattern,
        _matching(lambda adapter: adapter.alias),
        "write a name; * matches any characters, ? matches one",
    ),
    "luid": (
        lambda value: _read_number(value, LARGEST_LUID),
        _equal("InterfaceLuid"),
        f"write an int from 1 to {LARGEST_LUID}",
    ),
    "guid": (
        _read_guid,
        _equal("InterfaceGuid"),
        'write it as "{01234567-89AB-CDEF-0123-456789ABCDEF}"',
    ),
    "index": (
        lambda value: _read_number(value, LARGEST_INDEX),
        _equal("InterfaceIndex"),
        f"write an int from 1 to {LARGEST_INDEX}",
    ),
    "type": (
        _read_type,
        lambda adapters, wanted: [a for a in adapters if a.row["Type"] in wanted],
        f"write an IANA ifType number, or one of {', '.join(TYPES)}",
    ),
    "description": (
        _read_pattern,
        _matching(lambda adapter: str(adapter.row["Description"])),
        "write a text; * matches any characters, ? matches one",
    ),
    "connected": (
        lambda value: value if isinstance(value, bool) else None,
        _select_connected,
        "write true or false",
    ),
}
