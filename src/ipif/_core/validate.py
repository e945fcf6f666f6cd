"""What may stand in a row for Set, and in a set of changes. No system call is made here.

Everything comes from the field table of the native module: the legal ranges, the values that mean
"leave as it is" to Windows, and where each rule comes from.

A row is checked as it may come from Get: read-only members are ignored, as Windows does, and
values that mean "unchanged" may stay. Changes are what somebody wants: there, each member must be
settable and each value must really say something.

The native module sees at once whether a row is good; everything else goes the slow way, which finds
the words.
"""

from __future__ import annotations

from itertools import compress
from operator import index as to_int
from operator import is_not

from ipif._backend import native
from ipif._errors import Problem, ValidationError, advise, shown
from ipif._family import ADVICE, AF_INET, NAMES, RULE, find_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ipif._ipif import Field

    # Exact type, smallest and largest value of what is good at first sight.
    _Limit = tuple[type, Any, Any]

STRUCTURE = "MIB_IPINTERFACE_ROW"

#: The members of MIB_IPINTERFACE_ROW: objects with ``name kind access families minimum maximum
#: unit summary`` and more, in the order of the SDK.
FIELDS = native.fields(STRUCTURE)

SETTABLE = tuple(field.name for field in FIELDS if field.access == "settable")

_FIELD = {field.name: field for field in FIELDS}

_STORAGE: dict[str, _Limit] = {
    "family": (int, 0, 0xFFFF),
    "luid": (int, 0, 2**64 - 1),
    "uint8": (int, 0, 0xFF),
    "uint32": (int, 0, 2**32 - 1),
    "uint64": (int, 0, 2**64 - 1),
    "int64": (int, -(2**63), 2**63 - 1),
    "enum": (int, -(2**31), 2**31 - 1),
    "offload": (int, 0, 0xFF),
    "bool": (bool, False, True),
}
_ZONE_INDICES = "uint32[16]"  # never good at first sight: its items are to be looked at

_ZONES = 16
_LARGEST_ZONE = 2**32 - 2


def _legal(field: Field, family: str) -> _Limit:
    """Return the type and the range that a new value of *field* must have."""
    if field.kind == "bool":
        return _STORAGE[field.kind]
    assert field.ranges is not None
    return (int, *field.ranges[family])


def _row_limits(family: str) -> dict[str, _Limit]:
    """Return, for every member, what is good at first sight in a row of *family*."""
    limits = {}
    for field in FIELDS:
        if field.kind == _ZONE_INDICES:
            continue
        if field.access == "settable" and (family, field.name) != ("ipv4", "SitePrefixLength"):
            limits[field.name] = _legal(field, family)
        else:  # a key, ignored by Windows, or written over: anything that can be stored
            limits[field.name] = _STORAGE[field.kind]
    return limits


_ROW_LIMITS = {code: _row_limits(name) for code, name in NAMES.items()}
_CHANGE_LIMITS = {
    code: {
        name: _legal(_FIELD[name], family)
        for name in SETTABLE
        if _FIELD[name].kind != _ZONE_INDICES
    }
    for code, family in NAMES.items()
}


def validate(row: Mapping[str, object], *, family: object = None) -> list[Problem]:
    """Return every :class:`ipif.Problem` of *row*, an empty list when there is none.

    With *family*, *row* is a set of changes for a row of that family, as
    :func:`ipif.update_interface` takes them. Ranges, units and where they come from are in
    ``ipif.FIELDS``. No system call is made, so whether the two keys of a row agree, and whether
    Windows would drop a new Metric, is for :func:`ipif.set_interface` to see.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_ipinterface_row
    """
    if family is None:
        return read_row(row)[2]
    code = find_code(family)
    if code is None:
        return [Problem("family", family, RULE, ADVICE)]
    return read_changes(row, code)[1]


def read_row(
    row: object, current: Mapping[str, object] | None = None
) -> tuple[dict[str, Any], int, list[Problem]]:
    """Return a plain copy of *row* that the native layer takes, its family, and its problems.

    In the copy the family is a number, integers are plain ``int``, and read-only members that
    cannot be stored are left out. It is of use only when there are no problems. A value that is in
    the *current* row too is no problem: Windows knows better than the rules here.
    """
    if type(row) is dict:
        good = native.family_of_legal_row(row)
        if good:
            return row.copy(), good, []
    if not isinstance(row, dict):
        return {}, 0, [Problem("row", row, "no dict", "write a dict of members, as Get returns")]
    problems: list[Problem] = []
    clean = _plain(row, problems)
    code = find_code(clean.get("Family"))
    if code is None:
        problems.append(_family_problem(clean))
        code = AF_INET
    else:
        clean["Family"] = code
    limits = _ROW_LIMITS[code]
    known = current or {}
    for name in _own_names(clean, known):
        value = clean[name]
        limit = limits.get(name)
        if limit is None or type(value) is not limit[0] or not limit[1] <= value <= limit[2]:
            _settle(clean, name, NAMES[code], known, problems)
    if not clean.get("InterfaceLuid") and not clean.get("InterfaceIndex") and not problems:
        problems.append(
            Problem(
                "InterfaceLuid",
                clean.get("InterfaceLuid"),
                "the row names no interface",
                "give it an InterfaceLuid or an InterfaceIndex other than 0",
            )
        )
    return clean, code, problems


def read_changes(changes: object, code: int) -> tuple[dict[str, Any], list[Problem]]:
    """Return a plain copy of *changes* that the native layer takes, and its problems.

    *code* is the family as :mod:`socket` counts. Integers are plain ``int`` in the copy.
    """
    if not isinstance(changes, dict):
        return {}, [Problem("changes", changes, "no dict", "write a dict of members")]
    problems: list[Problem] = []
    clean = _plain(changes, problems)
    limits = _CHANGE_LIMITS[code]
    family = NAMES[code]
    for name, value in clean.items():  # a value may be replaced meanwhile, no key comes or goes
        limit = limits.get(name)
        if limit is not None and type(value) is limit[0] and limit[1] <= value <= limit[2]:
            continue
        field = _find(name, value, problems)
        if field is None:
            continue
        if field.access != "settable":
            problems.append(_not_settable(field, value))
        elif value is None:
            problems.append(Problem(name, None, "no value", "leave the member out"))
        else:
            clean[name] = _read(field, value, family, problems, markers=False)
    if "Metric" in clean and clean.get("UseAutomaticMetric") is True:
        problems.append(
            Problem(
                "Metric",
                clean["Metric"],
                "Windows computes the metric while UseAutomaticMetric is True, "
                "and would drop this one",
                "leave one of the two out",
            )
        )
    return clean, problems


def refuse(problems: list[Problem]) -> None:
    """Raise :class:`ipif.ValidationError` when there are *problems*."""
    if problems:
        raise ValidationError(problems)


def _plain(row: dict[Any, Any], problems: list[Problem]) -> dict[str, Any]:
    """Return a plain copy of *row* whose keys are plain ``str``; note the other keys.

    The copy is ours, so no ``__index__`` can change it while it is read. No method of a dict
    subclass is called, and none of a key.
    """
    if type(row) is dict:
        copy = row.copy()
        for name in copy:
            if type(name) is not str:
                break
        else:
            return copy
    clean = {}
    for name, value in list(dict.items(row)):
        if issubclass(type(name), str):
            clean[str.__str__(name)] = value
        else:
            advice = "members are named as in the SDK"
            problems.append(Problem("a key of the dict", name, "no str", advice))
    return clean


def _own_names(row: dict[str, Any], current: Mapping[str, object]) -> list[str]:
    """Return the names of *row* whose value is not the very object that *current* has.

    Most of a row comes from Get as it is, and Get shares what two rows have in common.
    """
    names = list(row)
    if names == list(current):
        return list(compress(names, map(is_not, row.values(), current.values())))
    return names


def _family_problem(row: dict[str, Any]) -> Problem:
    """Return the problem of a row whose Family is missing or means nothing."""
    if "Family" not in row:
        return Problem("Family", None, "the row has no family", ADVICE)
    return Problem("Family", row["Family"], RULE, ADVICE)


def _settle(
    row: dict[str, Any],
    name: str,
    family: str,
    current: Mapping[str, object],
    problems: list[Problem],
) -> None:
    """Replace one odd member of *row* by what the native layer takes, or note its problem."""
    value = row[name]
    if name == "Family":  # noted already
        return
    field = _find(name, value, problems)
    if field is None or (type(value) is int and value == current.get(name)):
        return
    if field.access == "read-only":
        del row[name]  # ignored by Windows, so nobody needs to know what this was meant to be
    elif field.access == "key":
        _, low, high = _STORAGE[field.kind]
        if value is None:
            problems.append(
                Problem(name, None, "a key cannot be None", "leave it out, or write 0 for unknown")
            )
        else:
            row[name] = _read_int(name, value, low, high, "", problems)
    elif value is not None:
        row[name] = _read(field, value, family, problems, markers=True)


def _find(name: str, value: object, problems: list[Problem]) -> Field | None:
    """Return the field called *name*, or ``None`` after noting that there is none."""
    field = _FIELD.get(name)
    if field is None:
        advice = advise(name, _FIELD, "ipif.FIELDS has the members", problems)
        problems.append(Problem(name, value, f"no member of {STRUCTURE}", advice))
    return field


def _not_settable(field: Field, value: object) -> Problem:
    """Return the problem of a change to a key or to a read-only member."""
    if field.access == "key":
        rule = "a key: it names the row and is not part of it"
        return Problem(field.name, value, rule, "leave it out; the row is named by the arguments")
    rule = f"read-only: Windows ignores it ({field.source})"
    return Problem(field.name, value, rule, "leave it out")


def _read(
    field: Field, value: object, family: str, problems: list[Problem], *, markers: bool
) -> object:
    """Return *value* as the native layer takes it, or ``None`` after noting its problem.

    With *markers*, values that mean "unchanged" are as good as legal ones.
    """
    if field.kind == "bool":
        if type(value) is not bool:
            problems.append(Problem(field.name, value, "no bool", "write True or False"))
        return value
    if field.kind == _ZONE_INDICES:
        return _read_zones(field, value, problems, markers=markers)
    _, low, high = _legal(field, family)
    number = _to_int(value)
    if markers and number in field.unchanged:
        return number
    if field.name == "SitePrefixLength" and family == "ipv4":
        if markers:  # set_interface writes 0 over whatever Get has returned
            return _read_int(field.name, value, 0, 2**32 - 1, "", problems)
        if number:
            rule = f"must be 0 for IPv4, although Get returns 64 ({field.source})"
            problems.append(Problem(field.name, value, rule, "leave it out: 0 is always written"))
            return None
    elif number is not None and number in field.unchanged:
        rule = "means 'leave as it is' to Windows, so it cannot be set"
        advice = f"leave the member out, or {_advice(field, low, high)}"
        problems.append(Problem(field.name, value, rule, advice))
        return None
    advice = _advice(field, low, high)
    return _read_int(field.name, value, low, high, advice, problems, source=field.source)


def _to_int(value: object) -> int | None:
    """Return *value* as a plain ``int``, or ``None`` when it is none (a ``bool`` is none)."""
    if type(value) is bool:
        return None
    try:
        # An int of a subclass comes back as it is, and int() makes it plain.
        return int(to_int(value))  # type: ignore[arg-type]
    except Exception:
        return None


def _read_int(
    name: str,
    value: object,
    low: int,
    high: int,
    advice: str,
    problems: list[Problem],
    *,
    source: str = "",
) -> int | None:
    """Return *value* as a plain ``int`` from *low* to *high*, or note what it is instead."""
    advice = advice or f"write an int from {low} to {high}"
    try:
        if type(value) is bool:
            raise TypeError
        number = int(to_int(value))  # type: ignore[arg-type]
    except TypeError:
        problems.append(Problem(name, value, f"{type(value).__name__} is no int", advice))
        return None
    except Exception as error:
        rule = f"its __index__ raised {shown(error)}"
        problems.append(Problem(name, value, rule, advice))
        return None
    if not low <= number <= high:
        rule = f"outside {low}..{high}" + (f" ({source})" if source else "")
        problems.append(Problem(name, value, rule, advice))
        return None
    return number


def _read_zones(
    field: Field, value: Any, problems: list[Problem], *, markers: bool
) -> tuple[int, ...] | None:
    """Return *value* as a plain tuple of sixteen zone indices, or note each bad item."""
    if issubclass(type(value), tuple):
        items: tuple[Any, ...] = tuple.__getitem__(value, slice(None))
    elif issubclass(type(value), list):
        items = tuple(list.copy(value))
    else:
        items = ()
    if len(items) != _ZONES:
        rule = "no tuple of 16" if not items else f"{len(items)} items, not 16"
        advice = "write the zone indices of all 16 scope levels"
        problems.append(Problem(field.name, value, rule, advice))
        return None
    for item in items:
        if type(item) is not int or not 0 <= item <= _LARGEST_ZONE:
            break
    else:
        return items
    high = _LARGEST_ZONE + 1 if markers else _LARGEST_ZONE
    zones = []
    for place, item in enumerate(items):
        number = _to_int(item)
        if not markers and number in field.unchanged:
            rule = "means 'leave as it is' to Windows, so it cannot be set"
            advice = f"write an int from 0 to {high}"
            problems.append(Problem(f"{field.name}[{place}]", item, rule, advice))
        else:
            zone = _read_int(f"{field.name}[{place}]", item, 0, high, "", problems)
            zones.append(zone or 0)
    return tuple(zones)


def _advice(field: Field, low: int, high: int) -> str:
    """Return what to write for an integer *field*."""
    if field.enum is not None:
        names = native.enums()[field.enum].items()
        choice = ", ".join(f"{value} ({name})" for name, value in names if low <= value <= high)
        return f"write one of {choice}"
    unit = f" {field.unit}" if field.unit else ""
    return f"write an int from {low} to {high}{unit}"
