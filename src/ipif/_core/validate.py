"""Validates rows for SetIpInterfaceEntry, and sets of changes. No system call is made.

Ranges, unchanged sentinels and their sources come from the field table.

A row may come from GetIpInterfaceEntry as it is: Windows ignores its read-only members, and so does
validation; unchanged sentinels are allowed. A change must have an effect: its member must be
settable, and its value must not be a sentinel.

These are the rules in full. The extension has a fast path for valid rows (``set_valid_row``); this
module explains the rows that it rejects.
"""

from __future__ import annotations

from itertools import compress
from operator import index as to_int
from operator import is_not

from ipif._core.errors import Problem, ValidationError, advise, expected, shown
from ipif._core.family import ADVICE, AF_INET, NAMES, RULE, find_af
from ipif._core.fields import (
    ENUMS,
    FIELD_BY_NAME,
    FIELDS,
    INTERFACE_ROW,
    SETTABLE,
    STORAGE,
    ZONES,
    ZONES_KIND,
    enumerator,
)
from ipif._core.mapping import to_dict
from ipif._core.rules import is_forced_to_zero

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ipif._core.fields import Field

    _Limit = tuple[type, Any, Any]  # exact type, smallest and largest value

_LARGEST_ZONE = 2**32 - 2
_SENTINEL_RULE = "an unchanged sentinel: SetIpInterfaceEntry would not write it"


def _storage(field: Field) -> _Limit:
    """Return the type of *field* and the range that the structure can hold."""
    if field.kind == "bool":
        return (bool, False, True)
    return (int, *STORAGE.get(field.kind, (0, 0xFFFF)))


def _range(field: Field, family: str) -> _Limit:
    """Return the type and the range that a new value of *field* must have."""
    if field.ranges is None:
        return _storage(field)
    return (int, *field.ranges[family])


def _row_limits(family: str) -> dict[str, _Limit]:
    """Return, for a row of *family*, the limits of values that need no other check."""
    limits = {}
    for field in FIELDS:
        if field.kind == ZONES_KIND:
            continue
        if field.access == "settable" and (family, field.name) != ("ipv4", "SitePrefixLength"):
            limits[field.name] = _range(field, family)
        else:  # a key, ignored by Windows, or overwritten
            limits[field.name] = _storage(field)
    return limits


_ROW_LIMITS = {af: _row_limits(name) for af, name in NAMES.items()}
_CHANGE_LIMITS = {
    af: {
        name: _range(FIELD_BY_NAME[name], family)
        for name in SETTABLE
        if FIELD_BY_NAME[name].kind != ZONES_KIND
    }
    for af, family in NAMES.items()
}


def validate(row: Mapping[str, object], *, family: object = None) -> list[Problem]:
    """Return every problem of a row, or of a set of changes.

    No system call is made. Ranges, units and their sources are in :data:`ipif.FIELDS`. Only
    :func:`ipif.set_interface` can tell whether the two keys of a row agree, and whether Windows
    would ignore a new ``Metric``.

    Args:
        row: A whole row, or changes as :func:`ipif.update_interface` takes them.
        family: The family of the row that the changes are for, as for :func:`ipif.get_interface`.
            ``None`` means that *row* is a whole row.

    Returns:
        A list of :class:`ipif.Problem`. It is empty when there is none.

    Example:
        >>> import ipif
        >>> ipif.validate({"NlMtu": 1400}, family="ipv4")
        []
        >>> for problem in ipif.validate({"NlMtu": 1000}, family="ipv6"):
        ...     print(problem.member, problem.rule)
        NlMtu outside 1280..4294967294 (Set-NetIPInterface reference page)

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_ipinterface_row
    """
    if family is None:
        return read_row(row)[2]
    af = find_af(family)
    if af is None:
        return [Problem("family", family, RULE, ADVICE)]
    return read_changes(row, af)[1]


def read_row(
    row: object, current: Mapping[str, object] | None = None
) -> tuple[dict[str, Any], int, list[Problem]]:
    """Return a plain copy of *row* for the extension, its family (AF_ number), and its problems.

    In the copy integers are plain ``int``, and read-only members that the structure cannot hold
    are left out. Use the copy only when there are no problems. A value that the *current* row also
    has is never a problem, because it came from Windows.
    """
    problems: list[Problem] = []
    members = row_dict(row, problems)
    if members is None:
        return {}, 0, problems
    clean = _plain(members, problems)
    af = find_af(clean.get("Family"))
    if af is None:
        rule = RULE if "Family" in clean else "the row has no family"
        problems.append(Problem("Family", clean.get("Family"), rule, ADVICE))
        af = AF_INET
    else:
        clean["Family"] = af
    limits = _ROW_LIMITS[af]
    known = current or {}
    for name in _own_names(clean, known):
        value = clean[name]
        limit = limits.get(name)
        if limit is None or type(value) is not limit[0] or not limit[1] <= value <= limit[2]:
            _read_member(clean, name, af, known, problems)
    if not clean.get("InterfaceLuid") and not clean.get("InterfaceIndex") and not problems:
        rule, advice = "the row names no interface", "add an InterfaceLuid or an InterfaceIndex"
        problems.append(Problem("InterfaceLuid", clean.get("InterfaceLuid"), rule, advice))
    return clean, af, problems


def row_dict(row: object, problems: list[Problem], argument: str = "row") -> dict[Any, Any] | None:
    """Return *row*, any mapping, as a dict, or ``None`` after noting that it is none."""
    try:
        return to_dict(row)
    except ValueError as error:
        advice = "write a dict of members, as ipif.get_interface() returns it"
        problems.append(Problem(argument, row, str(error), advice))
        return None


def read_changes(changes: object, af: int) -> tuple[dict[str, Any], list[Problem]]:
    """Return a plain copy of *changes* for the extension, and its problems.

    *af* is the family of the row to change. Integers and named enumerators are plain ``int`` in the
    copy.
    """
    try:
        members = to_dict(changes)
    except ValueError as error:
        return {}, [Problem("changes", changes, str(error), "write a dict of members")]
    problems: list[Problem] = []
    clean = _plain(members, problems)
    limits = _CHANGE_LIMITS[af]
    for name, value in clean.items():  # the loop may replace values, but not keys
        limit = limits.get(name)
        if limit is not None and type(value) is limit[0] and limit[1] <= value <= limit[2]:
            continue
        field = _find_field(name, value, problems, in_row=False)
        if field is None:
            continue
        if field.access != "settable":
            problems.append(_not_settable(field, value))
        elif value is None:
            problems.append(Problem(name, None, "None is not a value", "leave the member out"))
        else:
            clean[name] = _read(field, value, af, problems, in_row=False)
    if "Metric" in clean and clean.get("UseAutomaticMetric") is True:
        rule = "Windows computes the metric while UseAutomaticMetric is True, and ignores this one"
        problems.append(Problem("Metric", clean["Metric"], rule, "leave one of the two out"))
    return clean, problems


def refuse(problems: list[Problem]) -> None:
    """Raise :class:`ipif.ValidationError` when there are *problems*."""
    if problems:
        raise ValidationError(problems)


def _plain(row: dict[Any, Any], problems: list[Problem]) -> dict[str, Any]:
    """Return a plain copy of *row* whose keys are plain ``str``; note the other keys.

    No method of a dict subclass or of a key is called, and no ``__index__`` can change the copy
    while it is read.
    """
    if type(row) is dict:
        copy = row.copy()
        if all(type(name) is str for name in copy):
            return copy
    clean = {}
    for name, value in list(dict.items(row)):
        if issubclass(type(name), str):
            clean[str.__str__(name)] = value
        else:
            advice = "members are named as in the SDK"
            problems.append(Problem("a key of the dict", name, expected("str", name), advice))
    return clean


def _own_names(row: dict[str, Any], current: Mapping[str, object]) -> list[str]:
    """Return the names of *row* whose value is not the same object as in *current*.

    Most values are as ipif.get_interface() returned them, and rows share the objects of typical
    values.
    """
    names = list(row)
    if names == list(current):
        return list(compress(names, map(is_not, row.values(), current.values())))
    return names


def _read_member(
    row: dict[str, Any],
    name: str,
    af: int,
    current: Mapping[str, object],
    problems: list[Problem],
) -> None:
    """Convert one member of *row* for the extension, or note its problem."""
    value = row[name]
    if name == "Family":  # already read
        return
    field = _find_field(name, value, problems, in_row=True)
    if field is None:
        return
    if type(value) is int and field.kind != "bool" and value == current.get(name):
        return
    if field.access == "read-only":
        del row[name]  # Windows ignores it, whatever it is
    elif field.access == "key":
        _, low, high = _storage(field)
        if value is None:
            advice = "leave it out, or write 0 for unknown"
            problems.append(Problem(name, None, "a key cannot be None", advice))
        else:
            row[name] = _read_int(name, value, low, high, "", problems)
    elif value is not None:
        row[name] = _read(field, value, af, problems, in_row=True)


def _find_field(name: str, value: object, problems: list[Problem], *, in_row: bool) -> Field | None:
    """Return the field called *name*, or ``None`` after noting that there is none."""
    field = FIELD_BY_NAME.get(name)
    if field is None:
        from ipif._core.names import advise_member

        advice = advise_member(name, problems, in_row=in_row)
        problems.append(Problem(name, value, f"not a member of {INTERFACE_ROW}", advice))
    return field


def _not_settable(field: Field, value: object) -> Problem:
    """Return the problem of changing a *field* that cannot be set."""
    if field.access == "key":
        rule, advice = "a key: it names the row", "leave it out; the arguments name the row"
    else:
        rule = f"read-only: SetIpInterfaceEntry ignores it ({field.source})"
        advice = "leave it out"
    return Problem(field.name, value, rule, advice)


def _read(field: Field, value: Any, af: int, problems: list[Problem], *, in_row: bool) -> Any:
    """Return *value* of a settable *field*, converted for the extension, or note its problem.

    *in_row*: unchanged sentinels are allowed, as in a row that comes from Windows.
    """
    if field.kind == "bool":
        if type(value) is not bool:
            from ipif._core.names import advise_bool

            rule = expected("bool", value)
            problems.append(Problem(field.name, value, rule, advise_bool(value)))
        return value
    if field.kind == ZONES_KIND:
        return _read_zones(field, value, problems, in_row=in_row)
    _, low, high = _range(field, NAMES[af])
    if field.enum is not None and not in_row:
        value = _read_enumerator(field, field.enum, value, problems)
        if value is None:
            return None
    number = _to_int(value)
    if in_row and number in field.unchanged:
        return number
    if is_forced_to_zero(field.name, af):
        if in_row:  # any value from GetIpInterfaceEntry will do: 0 is written
            return _read_int(field.name, value, *STORAGE[field.kind], "", problems)
        if number:
            rule = f"must be 0 for IPv4, although it reads 64 ({field.source})"
            problems.append(Problem(field.name, value, rule, "leave it out: 0 is always written"))
            return None
    elif number is not None and number in field.unchanged:
        advice = f"leave the member out, or {_advice(field, low, high)}"
        problems.append(Problem(field.name, value, _SENTINEL_RULE, advice))
        return None
    advice = _advice(field, low, high)
    return _read_int(field.name, value, low, high, advice, problems, source=field.source)


def _read_enumerator(field: Field, enum: str, value: Any, problems: list[Problem]) -> Any:
    """Return the number of the enumerator that *value* names, or *value* when it is not text.

    ``None`` after noting that *value* is not of this *enum*.
    """
    kind = type(value)
    if kind.__name__ in ENUMS and kind.__name__ != enum:
        rule = f"expected {enum}, got {kind.__name__}"
    elif not issubclass(kind, str):
        return value
    else:
        text = str.__str__(value)
        number = enumerator(enum, text)
        if number is not None:
            return number
        rule = f"not a {enum}"
    names = [name for name, number in ENUMS[enum].items() if number not in field.unchanged]
    advice = advise(value, names, f"write one of {', '.join(names)}", problems)
    problems.append(Problem(field.name, value, rule, advice))
    return None


def _to_int(value: object) -> int | None:
    """Return *value* as a plain ``int``, or ``None`` when it is not one (a ``bool`` is not)."""
    if type(value) is bool:
        return None
    try:
        return int(to_int(value))  # type: ignore[arg-type]
    except MemoryError:
        raise
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
    """Return *value* as a plain ``int`` from *low* to *high*, or note what is wrong with it."""
    advice = advice or f"write an int from {low} to {high}"
    try:
        if type(value) is bool:
            raise TypeError
        number = int(to_int(value))  # type: ignore[arg-type]
    except TypeError:
        problems.append(Problem(name, value, expected("int", value), advice))
        return None
    except MemoryError:
        raise
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
    field: Field, value: Any, problems: list[Problem], *, in_row: bool
) -> tuple[int, ...] | None:
    """Return *value* as a plain tuple of sixteen zone indices, or note each bad item."""
    if issubclass(type(value), tuple):
        items: tuple[Any, ...] = tuple.__getitem__(value, slice(None))
    elif issubclass(type(value), list):
        items = tuple(list.copy(value))
    else:
        items = ()
    if len(items) != ZONES:
        kind = f"tuple of {ZONES} int"
        rule = f"expected {ZONES} items, got {len(items)}" if items else expected(kind, value)
        advice = f"write the zone indices of all {ZONES} scope levels"
        problems.append(Problem(field.name, value, rule, advice))
        return None
    if all(type(item) is int and 0 <= item <= _LARGEST_ZONE for item in items):
        return items
    high = _LARGEST_ZONE + 1 if in_row else _LARGEST_ZONE
    zones = []
    for place, item in enumerate(items):
        name = f"{field.name}[{place}]"
        if not in_row and _to_int(item) in field.unchanged:
            advice = f"write an int from 0 to {high}"
            problems.append(Problem(name, item, _SENTINEL_RULE, advice))
        else:
            zones.append(_read_int(name, item, 0, high, "", problems) or 0)
    return tuple(zones)


def _advice(field: Field, low: int, high: int) -> str:
    """Return what to write for an integer *field*."""
    if field.enum is not None:
        names = ENUMS[field.enum].items()
        choice = ", ".join(f"{value} ({name})" for name, value in names if low <= value <= high)
        return f"write one of {choice}"
    unit = f" {field.unit}" if field.unit else ""
    return f"write an int from {low} to {high}{unit}"
