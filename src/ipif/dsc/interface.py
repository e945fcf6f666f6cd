"""The resource ``Ipif/IPInterface``: one row of one interface.

An instance selects the interface by ``match``, as an entry of a desired document does, and the row
by ``family``. Beside them are the members, by their names in the SDK. ``test`` compares every
member that is given; ``set`` refuses one that cannot be set and has another value.
"""

from __future__ import annotations

import ipif
from ipif._cli.status import INVALID, NOT_FOUND, failure_of
from ipif.dsc.manifests import INTERFACE_LIST
from ipif.dsc.methods import Instance
from ipif.dsc.rows import READ_ONLY, information, key_of, selectors, settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ipif.dsc.methods import Lines, Row

_FAMILIES = ("ipv4", "ipv6")


class IPInterface(Instance):
    """One row, and the values that are wanted."""

    def __init__(
        self, match: object, family: str, plan: ipif.Plan, read_only: dict[str, Any]
    ) -> None:
        super().__init__(plan)
        self._match = match
        self._family = family
        self._read_only = read_only  # the read-only members that are given

    def state(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Return the row with all members that an instance can have."""
        (row,) = rows
        alias = ipif.Luid(row["InterfaceLuid"]).alias
        selector = {"match": self._match, "family": self._family}
        return {**selector, **information(row, alias), **settings(row)}

    def differing(self, changes: Iterable[ipif.Change]) -> list[str]:
        """Return the names of the members that change, and of read-only ones that differ."""
        return [*(change.member for change in changes), *self._differing_read_only()]

    def _differing_read_only(self) -> dict[str, Any]:
        """Return the given read-only members that have another value, with that value."""
        state = self.state(self.rows)
        given = self._read_only.items()
        return {name: state[name] for name, value in given if not _same(state[name], value)}

    def refuse(self) -> None:
        """Refuse read-only members that have another value."""
        problems = []
        for name, value in self._differing_read_only().items():
            rule = f"read-only, and {value!r} now"
            problems.append(ipif.Problem(name, self._read_only[name], rule, "leave it out"))
        if problems:
            raise ipif.ValidationError(problems)


def _same(value: object, other: object) -> bool:
    """Return whether two values of JSON are the same; ``1`` is not ``true``."""
    return type(value) is type(other) and value == other


def read(document: Mapping[str, Any], *, wanted: bool) -> IPInterface:
    """Return the instance that *document* describes; with *wanted*, with the plan to set it.

    Raises :class:`ipif.ValidationError` with every problem, and :class:`Failure` when the selectors
    find no interface or several, or the family is not bound.
    """
    members = dict(document)
    match = members.pop("match", None)
    family = members.pop("family", None)
    read_only = {name: members.pop(name) for name in READ_ONLY if name in members}
    problems = []
    if match is None:
        problems.append(ipif.Problem("match", None, "missing", 'write {"alias": "..."}'))
    if family in _FAMILIES:
        problems += ipif.validate(members, family=family)
    else:
        rule = "missing" if family is None else "not a family"
        problems.append(ipif.Problem("family", family, rule, 'write "ipv4" or "ipv6"'))
    if problems:
        raise ipif.ValidationError(problems)
    plan = _plan(match, family, members if wanted else {})
    return IPInterface(match, family, plan, read_only)


def _plan(match: object, family: str, members: Mapping[str, Any]) -> ipif.Plan:
    """Return the plan for exactly one row."""
    plan = _plan_of({"match": match, "expect": "any", family: {**members, "when_bound": True}})
    found = len(plan.selected)
    if found == 1:
        return plan
    try:  # the same question once more, for an answer that says what there is
        return _plan_of({"match": match, "expect": "one", family: members})
    except ipif.ValidationError as error:
        for problem in error.problems:
            if problem.member == family:
                problem.member = "family"
                problem.advice = "leave the instance out on this computer"
            elif found:
                problem.advice = f"select one of them, or use {INTERFACE_LIST}"
        failure = failure_of(error)
        failure.status = INVALID if found else NOT_FOUND
        raise failure from None


def _plan_of(entry: Mapping[str, Any]) -> ipif.Plan:
    """Return the plan of one entry; problems are about the instance."""
    try:
        return ipif.plan({"interfaces": [entry]})
    except ipif.ValidationError as error:
        for problem in error.problems:
            problem.member = problem.member.removeprefix("interfaces[0].")
            for family in _FAMILIES:
                problem.member = problem.member.removeprefix(f"{family}.")
        raise


def export(wanted: Mapping[str, Any]) -> Lines:
    """Return every row as an instance that ``set`` takes; only those with the *wanted* values."""
    lines = []
    matches = selectors()
    for row in ipif.list_interfaces():
        luid, family = key_of(row)
        if luid in matches:
            line = {"match": matches[luid], "family": family, **settings(row)}
            if all(name in line and _same(line[name], value) for name, value in wanted.items()):
                lines.append(line)
    return lines
