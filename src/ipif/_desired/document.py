"""Desired documents: the rows that a document selects, and the values that each should have.

A document has a list of entries. Each selects adapters by ``match``, says by ``expect`` how many it
may find, and has the wanted members in the sections ``ipv4`` and ``ipv6``.
"""

from __future__ import annotations

from ipif._core.errors import Problem, ValidationError, expected
from ipif._core.family import AF, NAMES
from ipif._core.mapping import read_object
from ipif._core.rules import effective_changes, with_manual_metric
from ipif._core.validate import read_changes
from ipif._desired.match import read_match
from ipif._desired.members import read_members
from ipif._desired.select import Adapter, Finder, list_adapters_with_rows
from ipif._desired.transaction import not_restorable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ipif._desired.match import Match

_EXPECT = ("one", "some", "any")
_FAMILIES = ("ipv4", "ipv6")


class DesiredRow:
    """One row, and the values that it should have."""

    def __init__(self, adapter: Adapter, af: int) -> None:
        self.adapter = adapter
        self.af = af
        self.current: Mapping[str, Any] = adapter.interfaces[af]
        self.changes: dict[str, Any] = {}
        self.places: dict[str, str] = {}  # the place of each change in the document

    def patch(self) -> dict[str, Any]:
        """Return the changes that the row does not hold yet."""
        return effective_changes(self.current, self.changes, self.af)


class Resolution:
    """What a document selects now, entry by entry.

    ``rows`` are the rows of all entries without problems, each row once. ``problems`` has the
    problems of every other entry by its place, such as ``interfaces[2]``; those of the document as
    a whole are under ``desired``. ``missing`` has the places of the entries without problems that
    select no adapter, or select an adapter that does not have a row of a wanted family.
    """

    def __init__(self) -> None:
        self.rows: list[DesiredRow] = []
        self.problems: dict[str, list[Problem]] = {}
        self.missing: list[str] = []

    def refuse(self) -> None:
        """Raise :class:`ipif.ValidationError` with all problems, if there are any."""
        if self.problems:
            raise ValidationError([one for found in self.problems.values() for one in found])


class _Entry:
    """One entry of a document, without the parts that have problems."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.match: Match | None = None
        self.shown: object = None  # match as written
        self.expect: str | None = None
        self.sections: dict[int, _Section] = {}
        self.problems: list[Problem] = []
        self.parts: list[tuple[Adapter, int, _Section]] = []  # what it selects
        self.missing = False


class _Section:
    """The changes that one entry wants for one family."""

    def __init__(self, place: str, changes: dict[str, Any], when_bound: bool) -> None:
        self.place = place
        self.changes = changes
        self.when_bound = when_bound
        self.wanted = with_manual_metric(changes)

    def place_of(self, name: str) -> str:
        """Return the place of a wanted member: a Metric turns UseAutomaticMetric off."""
        return f"{self.place}.{name if name in self.changes else 'Metric'}"


def resolve(desired: object, *, allow_missing: bool = False) -> list[DesiredRow]:
    """Return the rows that *desired* selects, with the values that each should have.

    *allow_missing* is explained at :func:`resolve_each`.

    Raises :class:`ipif.ValidationError` with every problem and its place; :class:`ipif.Error` when
    the interfaces cannot be listed. Nothing is set.
    """
    found = resolve_each(desired, allow_missing=allow_missing)
    found.refuse()
    return found.rows


def resolve_each(
    desired: object,
    *,
    allow_missing: bool = False,
    view: Callable[[object, list[Adapter]], list[Adapter]] | None = None,
) -> Resolution:
    """Return the rows that the entries of *desired* select, and the problems of the other entries.

    An entry has its rows or its problems: one that selects too many adapters, for example, does not
    keep the others from their rows. Of two entries that contradict each other, the later one has
    the problem. Only a row that could not be rolled back is left out alone: its entry has a problem
    and its other rows.

    With *allow_missing*, adapters that are missing and families that are not bound are not
    problems; the entry is among ``missing`` until they are there. *view* gets *desired* and the
    adapters, and returns them as the selectors are to see them.

    Raises :class:`ipif.Error` when the interfaces cannot be listed. Nothing is set.
    """
    found = Resolution()
    entries = _read_document(desired, found)
    selects = any(entry.match is not None for entry in entries)
    adapters = list_adapters_with_rows() if selects else []
    if view is not None:
        adapters = view(desired, adapters)
    finder = Finder(adapters)
    for entry in entries:
        _select(entry, finder, allow_missing)
    rows = _merge(entries)
    for entry in entries:
        if entry.problems:
            found.problems[entry.place] = entry.problems
        elif entry.missing:
            found.missing.append(entry.place)
    stuck = {(row.adapter.luid, row.af) for row in rows if _note_not_restorable(row, found)}
    if found.problems:
        rows = _merge([entry for entry in entries if not entry.problems])
    found.rows = [row for row in rows if (row.adapter.luid, row.af) not in stuck]
    return found


def _note_not_restorable(row: DesiredRow, found: Resolution) -> bool:
    """Return whether *row* could not be rolled back; note the problems of its entries."""
    problems = not_restorable(row.current, row.patch())
    for problem in problems:
        place = row.places[problem.member]
        problem.member = place
        problem.rule = f"{row.adapter.alias}: {problem.rule}"
        found.problems.setdefault(place.partition(".")[0], []).append(problem)
    return bool(problems)


def _select(entry: _Entry, finder: Finder, allow_missing: bool) -> None:
    """Find the parts of *entry*, or note its problems."""
    if entry.match is None:
        return
    found = finder.find(entry.match)
    if not (allow_missing and not found):
        place = f"{entry.place}.match"
        wrong = finder.check_count(place, entry.expect, entry.match, entry.shown, found)
        if wrong is not None:
            entry.problems.append(wrong)
            return
    entry.missing = not found
    for adapter in found:
        for af, section in entry.sections.items():
            if af in adapter.interfaces:
                entry.parts.append((adapter, af, section))
            elif not section.when_bound:
                entry.missing = True
                if not allow_missing:
                    rule = f"{adapter.alias} has no row of this family"
                    advice = 'write "when_bound": true beside the members to skip it then'
                    entry.problems.append(Problem(section.place, NAMES[af], rule, advice))


def _merge(entries: list[_Entry]) -> list[DesiredRow]:
    """Return the rows of all *entries*; an entry that contradicts an earlier one has a problem."""
    rows: dict[tuple[int, int], DesiredRow] = {}
    for entry in entries:
        for adapter, af, section in entry.parts:
            key = (adapter.luid, af)
            row = rows.get(key)
            if row is None:
                row = rows[key] = DesiredRow(adapter, af)
            _add(row, section, entry.problems)
    return list(rows.values())


def _add(row: DesiredRow, section: _Section, problems: list[Problem]) -> None:
    """Add the changes of *section* to *row*; note contradictions of another entry."""
    for name, value in section.wanted.items():
        if name not in row.changes:
            row.changes[name] = value
            row.places[name] = section.place_of(name)
        elif row.changes[name] != value:
            rule = f"contradicts {row.places[name]} about {row.adapter.alias}"
            own = name
            if name not in section.changes:
                own = "Metric"
                rule += f", because a Metric turns {name} off"
            place = section.place_of(name)
            problems.append(Problem(place, section.changes[own], rule, "leave one of them out"))


# ---- the document


def _read_document(desired: object, found: Resolution) -> list[_Entry]:
    """Return the entries of *desired*; note the problems of the document as a whole."""
    problems: list[Problem] = []
    document = read_members(desired, "desired", ("interfaces",), "", problems)
    entries = None if document is None else document.get("interfaces")
    if document is not None and not isinstance(entries, (list, tuple)):
        rule = "missing" if entries is None else expected("an array", entries)
        problems.append(Problem("interfaces", entries, rule, "write a list of entries"))
    if problems:
        found.problems["desired"] = list(problems)
    if not isinstance(entries, (list, tuple)):
        return []
    read = []
    for number, value in enumerate(entries):
        before = len(problems)  # of the whole document: after many, nothing is suggested
        entry = _read_entry(value, f"interfaces[{number}]", problems)
        entry.problems = problems[before:]
        read.append(entry)
    return read


def _read_entry(value: object, place: str, problems: list[Problem]) -> _Entry:
    """Return one entry, without the parts that have problems."""
    entry = _Entry(place)
    known = ("match", "expect", *_FAMILIES)
    members = read_members(value, place, known, f"{place}.", problems)
    if members is None:
        return entry
    entry.shown = members.get("match")
    entry.match = read_match(members.get("match"), f"{place}.match", problems)
    expect = members.get("expect", "one")
    if isinstance(expect, str) and expect in _EXPECT:
        entry.expect = expect
    else:
        advice = 'write "one" (exactly one), "some" (at least one) or "any"'
        problems.append(Problem(f"{place}.expect", expect, "not an expectation", advice))
    for family in _FAMILIES:
        if family in members:
            af = AF[family]
            section = _read_section(members[family], f"{place}.{family}", af, problems)
            if section is not None:
                entry.sections[af] = section
    if not any(family in members for family in _FAMILIES):
        rule = "it has neither ipv4 nor ipv6"
        problems.append(Problem(place, value, rule, "add ipv4 or ipv6, or both"))
    return entry


def _read_section(value: object, place: str, af: int, problems: list[Problem]) -> _Section | None:
    """Return the changes for one family; members with problems are left out."""
    members = read_object(value, place, "write {...} with members", problems)
    if members is None:
        return None
    when_bound = members.pop("when_bound", False)
    if not isinstance(when_bound, bool):
        where = f"{place}.when_bound"
        problems.append(
            Problem(where, when_bound, expected("bool", when_bound), "write true or false")
        )
        when_bound = False
    changes, wrong = read_changes(members, af)
    bad = set()
    for problem in wrong:
        bad.add(problem.member.partition("[")[0])
        problem.member = f"{place}.{problem.member}"
        problems.append(problem)
    changes = {name: value for name, value in changes.items() if name not in bad}
    return _Section(place, changes, when_bound)
