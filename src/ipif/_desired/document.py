"""Desired documents: the rows that a document selects, and the values that each should have.

A document has a list of entries. Each selects adapters by ``match``, says by ``expect`` how many it
may find, and has the wanted members in the sections ``ipv4`` and ``ipv6``.
"""

from __future__ import annotations

from ipif._core.errors import Problem, ValidationError, expected
from ipif._core.family import AF, NAMES
from ipif._core.mapping import is_mapping, to_dict
from ipif._core.rules import effective_changes, with_manual_metric
from ipif._core.validate import read_changes
from ipif._desired.select import (
    Adapter,
    check_count,
    list_adapters_with_rows,
    read_match,
    read_members,
    select,
)
from ipif._desired.transaction import not_restorable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EXPECT = ("one", "some", "any")
_FAMILIES = ("ipv4", "ipv6")


class DesiredRow:
    """One row, and the values that it should have."""

    def __init__(self, adapter: Adapter, af: int) -> None:
        self.adapter = adapter
        self.af = af
        self.current = adapter.interfaces[af]
        self.changes: dict[str, Any] = {}
        self.places: dict[str, str] = {}  # the place of each change in the document

    def patch(self) -> dict[str, Any]:
        """Return the changes that the row does not hold yet."""
        return effective_changes(self.current, self.changes, self.af)


class _Entry:
    """One entry of a document, without the parts that have problems."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.match: dict[str, Any] | None = None
        self.shown: object = None  # match as written
        self.expect: str | None = None
        self.sections: dict[int, _Section] = {}


class _Section:
    """The changes that one entry wants for one family."""

    def __init__(self, place: str, changes: dict[str, Any], when_bound: bool) -> None:
        self.place = place
        self.changes = changes
        self.when_bound = when_bound


def resolve(desired: object, *, allow_missing: bool = False) -> list[DesiredRow]:
    """Return the rows that *desired* selects, with the values that each should have.

    With *allow_missing*, adapters that are missing and families that are not bound are not
    problems.

    Raises :class:`ipif.ValidationError` with every problem and its place; :class:`ipif.Error` when
    the interfaces cannot be listed. Nothing is set.
    """
    problems: list[Problem] = []
    entries = _read_document(desired, problems)
    rows: dict[tuple[int, int], DesiredRow] = {}
    adapters = list_adapters_with_rows() if any(entry.match for entry in entries) else []
    for entry in entries:
        if entry.match is None:
            continue
        found = select(entry.match, adapters)
        wrong = check_count(
            f"{entry.place}.match", entry.expect, entry.match, entry.shown, found, adapters
        )
        if wrong is not None and not (allow_missing and not found):
            problems.append(wrong)
            continue
        for adapter in found:
            for af, section in entry.sections.items():
                if af in adapter.interfaces:
                    row = rows.setdefault((adapter.luid, af), DesiredRow(adapter, af))
                    _merge(row, section, problems)
                elif not section.when_bound and not allow_missing:
                    rule = f"{adapter.alias} has no row of this family"
                    advice = 'write "when_bound": true beside the members to skip it then'
                    problems.append(Problem(section.place, NAMES[af], rule, advice))
    for row in rows.values():
        for problem in not_restorable(row.current, row.patch()):
            problem.member = row.places[problem.member]
            problem.rule = f"{row.adapter.alias}: {problem.rule}"
            problems.append(problem)
    if problems:
        raise ValidationError(problems)
    return list(rows.values())


# ---- the document


def _read_document(desired: object, problems: list[Problem]) -> list[_Entry]:
    """Return the entries of *desired*; note every problem."""
    document = read_members(desired, "desired", ("interfaces",), "", problems)
    if document is None:
        return []
    entries = document.get("interfaces")
    if not isinstance(entries, (list, tuple)):
        rule = "missing" if entries is None else expected("an array", entries)
        problems.append(Problem("interfaces", entries, rule, "write a list of entries"))
        return []
    return [
        _read_entry(entry, f"interfaces[{number}]", problems)
        for number, entry in enumerate(entries)
    ]


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
    try:
        members = dict(dict.items(to_dict(value)))
    except ValueError as error:
        rule = str(error) if is_mapping(value) else expected("an object", value)
        problems.append(Problem(place, value, rule, "write {...} with members"))
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


def _merge(row: DesiredRow, section: _Section, problems: list[Problem]) -> None:
    """Add the changes of *section* to *row*; note contradictions of another entry."""
    for name, value in with_manual_metric(section.changes).items():
        own = name if name in section.changes else "Metric"
        place = f"{section.place}.{own}"
        if name not in row.changes:
            row.changes[name] = value
            row.places[name] = place
        elif row.changes[name] != value:
            other = row.places[name]
            rule = f"contradicts {other} about {row.adapter.alias}"
            if own != name:
                rule += f", because a Metric turns {name} off"
            problems.append(Problem(place, section.changes[own], rule, "leave one of them out"))
