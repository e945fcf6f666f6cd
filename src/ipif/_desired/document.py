"""What somebody wants of many interfaces: the document, and the rows that it is about.

A document has a list of entries. Each one selects adapters by ``match``, says by ``expect`` how
many it may find, and has the members that they shall have in the sections ``ipv4`` and ``ipv6``.
"""

from __future__ import annotations

from ipif import netioapi
from ipif._backend import native
from ipif._errors import Problem, ValidationError, advise, shown, suggest
from ipif._family import CODES, NAMES
from ipif._interfaces import list_interfaces
from ipif._transaction import complete, differing, not_restorable
from ipif._validate import FIELDS, read_changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

_EXPECT = ("one", "some", "any")
_FAMILIES = ("ipv4", "ipv6")

#: The names of interface types, and the numbers of IANA's ifType that they stand for.
TYPES = {
    "ethernet": (6,),
    "ppp": (23,),
    "loopback": (24,),
    "virtual": (53,),
    "wifi": (71,),
    "tunnel": (131,),
    "wwan": (243, 244),
}

_ENUMS = {field.name: field.enum for field in FIELDS if field.kind == "enum" and field.enum}
_WITHOUT_STATISTICS = 2  # MibIfTableNormalWithoutStatistics
_MOST_NAMES = 8


class Adapter:
    """An adapter that has at least one IP interface row."""

    def __init__(self, link: Mapping[str, Any]) -> None:
        self.link = link
        self.luid: int = link["InterfaceLuid"]
        self.alias: str = link["Alias"]
        self.rows: dict[int, Mapping[str, Any]] = {}


class Target:
    """One row, and what it shall hold."""

    def __init__(self, adapter: Adapter, code: int) -> None:
        self.adapter = adapter
        self.code = code
        self.row = adapter.rows[code]
        self.changes: dict[str, Any] = {}
        self.places: dict[str, str] = {}  # where in the document each of the changes stands

    def patch(self) -> dict[str, Any]:
        """Return those of the changes that the row has not."""
        return differing(self.row, self.changes, self.code)


class _Entry:
    """One entry of a document, as far as it makes sense."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.match: dict[str, Any] | None = None
        self.shown: object = None  # match as it stands there
        self.expect: str | None = None
        self.sections: dict[int, _Section] = {}


class _Section:
    """What one entry wants of one family."""

    def __init__(self, place: str, changes: dict[str, Any], when_bound: bool) -> None:
        self.place = place
        self.changes = changes
        self.when_bound = when_bound


def resolve(desired: object, *, patient: bool = False) -> list[Target]:
    """Return the rows that *desired* is about, and what each shall hold.

    A *patient* caller waits for what is not there: adapters that are missing, and families that
    are not bound, are no problems then.

    Raises :class:`ipif.ValidationError` with every problem and its place; :class:`ipif.Error` when
    the interfaces cannot be listed. Nothing is set.
    """
    problems: list[Problem] = []
    entries = _read_document(desired, problems)
    targets: dict[tuple[int, int], Target] = {}
    adapters = _list_adapters() if any(entry.match for entry in entries) else []
    for entry in entries:
        if entry.match is None:
            continue
        found = _select(entry.match, adapters)
        wrong = _wrong_number(entry, found, adapters, patient)
        if wrong is not None:
            problems.append(wrong)
            continue
        for adapter in found:
            for code, section in entry.sections.items():
                if code in adapter.rows:
                    target = targets.setdefault((adapter.luid, code), Target(adapter, code))
                    _merge(target, section, problems)
                elif not section.when_bound and not patient:
                    rule = f"{adapter.alias} has no row of this family"
                    advice = 'write "when_bound": true beside the members to skip it then'
                    problems.append(Problem(section.place, NAMES[code], rule, advice))
    for target in targets.values():
        for problem in not_restorable(target.row, target.patch()):
            problem.member = target.places[problem.member]
            problem.rule = f"{target.adapter.alias}: {problem.rule}"
            problems.append(problem)
    if problems:
        raise ValidationError(problems)
    return list(targets.values())


# ---- the document


def _read_document(desired: object, problems: list[Problem]) -> list[_Entry]:
    """Return the entries of *desired*; note every problem."""
    document = _members(desired, "desired", ("interfaces",), "", problems)
    if document is None:
        return []
    entries = document.get("interfaces")
    if not isinstance(entries, (list, tuple)):
        rule = "missing" if entries is None else "no array"
        problems.append(Problem("interfaces", entries, rule, "write a list of entries"))
        return []
    return [
        _read_entry(entry, f"interfaces[{number}]", problems)
        for number, entry in enumerate(entries)
    ]


def _members(
    value: object, place: str, known: Iterable[str], prefix: str, problems: list[Problem]
) -> dict[str, Any] | None:
    """Return a plain copy of the object *value*, without what is not *known*; note the rest."""
    if not isinstance(value, dict):
        rule = "missing" if value is None else "no object"
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


def _read_entry(value: object, place: str, problems: list[Problem]) -> _Entry:
    """Return one entry; what has a problem is left out of it."""
    entry = _Entry(place)
    known = ("match", "expect", *_FAMILIES)
    members = _members(value, place, known, f"{place}.", problems)
    if members is None:
        return entry
    entry.shown = members.get("match")
    entry.match = _read_match(members.get("match"), f"{place}.match", problems)
    expect = members.get("expect", "one")
    if isinstance(expect, str) and expect in _EXPECT:
        entry.expect = expect
    else:
        advice = 'write "one" (exactly one), "some" (at least one) or "any"'
        problems.append(Problem(f"{place}.expect", expect, "no such expectation", advice))
    for family in _FAMILIES:
        if family in members:
            code = CODES[family]
            section = _read_section(members[family], f"{place}.{family}", code, problems)
            if section is not None:
                entry.sections[code] = section
    if not any(family in members for family in _FAMILIES):
        rule = "nothing is wanted of the interfaces"
        problems.append(Problem(place, value, rule, "give it ipv4 or ipv6, or both"))
    return entry


def _read_section(value: object, place: str, code: int, problems: list[Problem]) -> _Section | None:
    """Return what is wanted of one family; members with problems are left out."""
    if not isinstance(value, dict):
        problems.append(Problem(place, value, "no object", "write {...} with members"))
        return None
    members = dict(dict.items(value))
    when_bound = members.pop("when_bound", False)
    if not isinstance(when_bound, bool):
        where = f"{place}.when_bound"
        problems.append(Problem(where, when_bound, "no bool", "write true or false"))
        when_bound = False
    for name, enum in _ENUMS.items():
        if isinstance(members.get(name), str):
            number = _enumerator(enum, members[name])
            if number is None:
                names = native.enums()[enum]
                rule = f"no {enum}"
                advice = advise(members[name], names, f"write one of {', '.join(names)}", problems)
                problems.append(Problem(f"{place}.{name}", members.pop(name), rule, advice))
            else:
                members[name] = number
    changes, wrong = read_changes(members, code)
    bad = set()
    for problem in wrong:
        bad.add(problem.member.partition("[")[0])
        problem.member = f"{place}.{problem.member}"
        problems.append(problem)
    changes = {name: value for name, value in changes.items() if name not in bad}
    return _Section(place, changes, when_bound)


def _enumerator(enum: str, text: str) -> int | None:
    """Return the number of the enumerator that *text* names, in whatever case."""
    for name, number in native.enums()[enum].items():
        if name.lower() == text.lower():
            return number
    return None


# ---- selectors


def _read_match(value: object, place: str, problems: list[Problem]) -> dict[str, Any] | None:
    """Return the selectors of an entry, or ``None`` when nothing can be selected by them."""
    before = len(problems)
    members = _members(value, place, _SELECTORS, f"{place}.", problems)
    if members is None:
        return None
    match = {}
    for name, wanted in members.items():
        read, _, advice = _SELECTORS[name]
        match[name] = read(wanted)
        if match[name] is None:
            problems.append(Problem(f"{place}.{name}", wanted, f"no {name}", advice))
    if not members and len(problems) == before:
        advice = 'write {"alias": "*"} for all interfaces'
        problems.append(Problem(place, value, "no selector", advice))
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
    number = _read_number(value, 2**32 - 1)
    return None if number is None else (number,)


def _matching(text: Callable[[Adapter], str]) -> Callable[[list[Adapter], str], list[Adapter]]:
    """Return the function that selects by a pattern of *text*.

    What equals the pattern is meant literally: names of adapters do have brackets and stars.
    """

    def select(adapters: list[Adapter], pattern: str) -> list[Adapter]:
        from fnmatch import fnmatchcase

        equal = [adapter for adapter in adapters if text(adapter).lower() == pattern]
        if equal:
            return equal
        return [adapter for adapter in adapters if fnmatchcase(text(adapter).lower(), pattern)]

    return select


def _equal(member: str) -> Callable[[list[Adapter], Any], list[Adapter]]:
    """Return the function that selects by a member of the link."""
    return lambda adapters, wanted: [a for a in adapters if a.link[member] == wanted]


def _select_connected(adapters: list[Adapter], wanted: bool) -> list[Adapter]:
    return [a for a in adapters if any(row["Connected"] for row in a.rows.values()) is wanted]


# How each selector is read, how it selects, and what to write.
_SELECTORS: dict[str, tuple[Callable[[object], Any], Callable[..., list[Adapter]], str]] = {
    "alias": (
        _read_pattern,
        _matching(lambda adapter: adapter.alias),
        "write a name, in which * and ? stand for any characters and one character",
    ),
    "luid": (
        lambda value: _read_number(value, 2**64 - 1),
        _equal("InterfaceLuid"),
        f"write an int from 1 to {2**64 - 1}",
    ),
    "guid": (
        _read_guid,
        _equal("InterfaceGuid"),
        'write it as "{01234567-89AB-CDEF-0123-456789ABCDEF}"',
    ),
    "index": (
        lambda value: _read_number(value, 2**32 - 1),
        _equal("InterfaceIndex"),
        f"write an int from 1 to {2**32 - 1}",
    ),
    "type": (
        _read_type,
        lambda adapters, wanted: [a for a in adapters if a.link["Type"] in wanted],
        f"write a number of IANA's ifType, or one of {', '.join(TYPES)}",
    ),
    "description": (
        _read_pattern,
        _matching(lambda adapter: str(adapter.link["Description"])),
        "write a text, in which * and ? stand for any characters and one character",
    ),
    "connected": (
        lambda value: value if isinstance(value, bool) else None,
        _select_connected,
        "write true or false",
    ),
}


def _list_adapters() -> list[Adapter]:
    """Return the adapters that have a row, in the order of the table of rows."""
    rows = list_interfaces()
    links = {link["InterfaceLuid"]: link for link in netioapi.get_if_table2(_WITHOUT_STATISTICS)}
    adapters: dict[int, Adapter] = {}
    for row in rows:
        luid = row["InterfaceLuid"]
        if luid in links:  # or it has gone since
            adapter = adapters.setdefault(luid, Adapter(links[luid]))
            adapter.rows[row["Family"]] = row
    return list(adapters.values())


def _select(match: dict[str, Any], adapters: list[Adapter]) -> list[Adapter]:
    """Return those of *adapters* that every selector of *match* finds."""
    luids = {adapter.luid for adapter in adapters}
    for name, wanted in match.items():
        luids &= {adapter.luid for adapter in _SELECTORS[name][1](adapters, wanted)}
    return [adapter for adapter in adapters if adapter.luid in luids]


def _wrong_number(
    entry: _Entry, found: list[Adapter], adapters: list[Adapter], patient: bool
) -> Problem | None:
    """Return the problem when *found* is not what the entry expects."""
    assert entry.match is not None
    place = f"{entry.place}.match"
    if not found and entry.expect in ("one", "some") and not patient:
        alias = entry.match.get("alias")
        better = None if alias is None else suggest(alias, [a.alias for a in adapters])
        advice = f"did you mean {shown(better)}?" if better else f"there are {_names(adapters)}"
        return Problem(place, entry.shown, "matches no interface", advice)
    if len(found) > 1 and entry.expect == "one":
        rule = f"matches {len(found)} interfaces: {_names(found)}"
        advice = 'select one of them, or write "expect": "some"'
        return Problem(place, entry.shown, rule, advice)
    return None


def _names(adapters: list[Adapter]) -> str:
    """Return the names of some of *adapters*."""
    names = ", ".join(shown(adapter.alias) for adapter in adapters[:_MOST_NAMES])
    more = len(adapters) - _MOST_NAMES
    return f"{names} and {more} more" if more > 0 else names or "none"


def _merge(target: Target, section: _Section, problems: list[Problem]) -> None:
    """Add what *section* wants to *target*; note what another entry wants otherwise."""
    for name, value in complete(section.changes).items():
        own = name if name in section.changes else "Metric"
        place = f"{section.place}.{own}"
        if name not in target.changes:
            target.changes[name] = value
            target.places[name] = place
        elif target.changes[name] != value:
            other = target.places[name]
            rule = f"contradicts {other} about {target.adapter.alias}"
            if own != name:
                rule += f", because a Metric turns {name} off"
            problems.append(Problem(place, section.changes[own], rule, "leave one of them out"))
