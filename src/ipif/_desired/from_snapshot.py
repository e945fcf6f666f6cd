"""desired_from: a document for plan that restores the interface rows of a snapshot."""

from __future__ import annotations

from uuid import UUID

from ipif._core.errors import Problem, ValidationError, expected, shown
from ipif._core.family import NAMES
from ipif._core.fields import ADAPTER_ROW, INTERFACE_ROW, SETTABLE
from ipif._core.mapping import is_mapping, read_object, to_dict
from ipif._core.names import advise_member
from ipif._core.rowjson import SNAPSHOT_VERSION, mentioned_luids, read_members
from ipif._core.rules import METRIC_PAIR, is_forced_to_zero, is_sentinel
from ipif._core.validate import read_changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_ADVICE = "write a snapshot as ipif.snapshot() returns it"


def desired_from(
    snapshot: Mapping[str, Any], members: Iterable[str] | None = None
) -> dict[str, Any]:
    """Return the document that makes every interface row what it is in a snapshot.

    ``ipif.plan(ipif.desired_from(saved)).apply()`` restores the rows of a machine. The document can
    be written as JSON. No call of Windows is made.

    Adapters are matched by GUID. The LUID is added where several have one GUID, and used alone
    where there is none. Each must exist when the plan is made: remove an entry, or write
    ``"expect": "any"`` into it, for an adapter that may be missing.

    ``Metric`` and ``UseAutomaticMetric`` are one setting: an automatic metric is restored as
    automatic, without its number. Left out are unchanged sentinels and ``SitePrefixLength`` of
    IPv4. ``ZoneIndices`` holds interface indexes: leave it out if those may have changed since, as
    after a restart.

    Args:
        snapshot: What :func:`ipif.snapshot` returned, or was read from its file by :mod:`json`.
        members: The names of the members to restore. ``None`` means all that can be set.

    Returns:
        The document, for :func:`ipif.plan`.

    Raises:
        ipif.ValidationError: The snapshot is of another version, a row cannot be read, or a value
            is one that SetIpInterfaceEntry does not take; or a member cannot be set. It has every
            problem and its place.

    Example:
        >>> import ipif
        >>> saved = ipif.snapshot()
        >>> before, after = ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
        >>> print(ipif.plan(ipif.desired_from(saved, members=["NlMtu"])))
        Ethernet ipv4 NlMtu: 1400 -> 1500
    """
    problems: list[Problem] = []
    wanted = _read_names(members, problems)
    document = _read_document(snapshot, problems)
    adapters = _read_rows(document, "adapters", ADAPTER_ROW, problems)
    selectors = _selectors([row for _, row in adapters])
    known = mentioned_luids(dict.get(document, "adapters", []))
    entries: dict[int, dict[str, Any]] = {}
    seen: set[tuple[int, int]] = set()
    for place, row in _read_rows(document, "interfaces", INTERFACE_ROW, problems):
        luid, af = row.get("InterfaceLuid"), row.get("Family")
        if luid is None or af is None:
            continue  # missing, or a problem that has been noted
        if luid not in selectors:
            if known is not None and luid not in known:
                rule, advice = "no adapter has this LUID", "give it an entry in adapters"
                problems.append(Problem(f"{place}.InterfaceLuid", luid, rule, advice))
            continue
        if (luid, af) in seen:
            rule = "this interface has a row of this family already"
            problems.append(Problem(f"{place}.Family", NAMES[af], rule, "remove one of them"))
        seen.add((luid, af))
        section = _section(row, af, wanted)
        for problem in read_changes(section, af)[1]:
            problem.member = f"{place}.{problem.member}"
            problems.append(problem)
        if section:
            entry = entries.setdefault(luid, {"match": selectors[luid], "expect": "one"})
            entry[NAMES[af]] = section
    if problems:
        raise ValidationError(problems)
    return {"interfaces": list(entries.values())}


def _section(row: Mapping[str, Any], af: int, wanted: frozenset[str]) -> dict[str, Any]:
    """Return the *wanted* members of *row* that can be set to the values which they have."""
    section = {}
    for name in SETTABLE:
        value = row.get(name)
        if name not in wanted or value is None or is_forced_to_zero(name, af):
            continue
        if name == "Metric" and row.get("UseAutomaticMetric") is not False:
            continue
        items = value if isinstance(value, tuple) else (value,)
        if not any(is_sentinel(name, item) for item in items):
            section[name] = list(value) if isinstance(value, tuple) else value
    return section


def _selectors(adapters: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return the ``match`` of each adapter, by LUID."""
    count: dict[UUID, int] = {}
    for row in adapters:
        guid = row.get("InterfaceGuid")
        if guid is not None:
            count[guid] = count.get(guid, 0) + 1
    found = {}
    for row in adapters:
        luid, guid = row.get("InterfaceLuid"), row.get("InterfaceGuid")
        if luid is None:
            continue
        match: dict[str, Any] = {}
        if guid is not None and guid.int:
            match["guid"] = f"{{{guid}}}".upper()
        if guid is None or not match or count[guid] > 1:
            match["luid"] = luid
        found[luid] = match
    return found


# ---- the arguments


def _read_names(members: Any, problems: list[Problem]) -> frozenset[str]:
    """Return the names of the *members* to restore; note every problem."""
    if members is None:
        return frozenset(SETTABLE)
    advice = "write a list of names of members, or None for all"
    if isinstance(members, (str, bytes)) or is_mapping(members):
        problems.append(Problem("members", members, expected("list of str", members), advice))
        return frozenset()
    names = set()
    try:
        for number, name in enumerate(members):
            if number >= 1000:
                raise ValueError("more names than there are members")
            if not isinstance(name, str):
                rule = expected("str", name)
                problems.append(Problem(f"members[{number}]", name, rule, advice))
            elif name in SETTABLE:
                names.add(str.__str__(name))
            else:
                rule = f"not a member of {INTERFACE_ROW} that can be set"
                better = advise_member(name, problems, in_row=False)
                problems.append(Problem(f"members[{number}]", name, rule, better))
        if not names and not problems:
            problems.append(Problem("members", members, "names no member", advice))
    except MemoryError:
        raise
    except Exception as error:
        rule = expected("list of str", members)
        if not isinstance(error, TypeError):
            rule = f"reading it raised {shown(error)}"
        problems.append(Problem("members", members, rule, advice))
    return frozenset(names | set(METRIC_PAIR) if names & set(METRIC_PAIR) else names)


def _read_document(snapshot: object, problems: list[Problem]) -> dict[Any, Any]:
    """Return *snapshot* as a dict, an empty one after noting why it cannot be read."""
    try:
        document = to_dict(snapshot)
    except ValueError as error:
        problems.append(Problem("snapshot", snapshot, str(error), _ADVICE))
        return {}
    version = dict.get(document, "ipif_snapshot")
    if type(version) is not int or version != SNAPSHOT_VERSION:
        rule = "not a snapshot that this version of ipif can read"
        advice = f'it must have "ipif_snapshot": {SNAPSHOT_VERSION}'
        problems.append(Problem("ipif_snapshot", version, rule, advice))
        return {}
    return document


def _read_rows(
    document: dict[Any, Any], section: str, structure: str, problems: list[Problem]
) -> list[tuple[str, dict[str, Any]]]:
    """Return the place and the valid members of each row of *section*; note every problem."""
    rows = dict.get(document, section, [])
    if not isinstance(rows, (list, tuple)):
        problems.append(Problem(section, rows, expected("an array", rows), _ADVICE))
        return []
    found = []
    for number, given in enumerate(rows):
        place = f"{section}[{number}]"
        row = read_object(given, place, "write {...}", problems)
        if row is None:
            continue
        keys = ("InterfaceLuid",) if section == "adapters" else ("InterfaceLuid", "Family")
        for name in keys:
            if name not in row:
                problems.append(Problem(f"{place}.{name}", None, "missing", "every row needs it"))
        found.append((place, read_members(structure, row, place, problems)))
    return found
