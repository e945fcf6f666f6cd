"""Members and their values: as people write them, and as the command shows them."""

from __future__ import annotations

import ipif
from ipif._cli.status import INVALID, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ipif import Field

MEMBERS = {field.name: field for field in ipif.FIELDS}

#: Every name that leads to a member, in lower case: the SDK's, that of PowerShell, that of netsh.
BY_NAME = {
    name.lower(): field
    for field in ipif.FIELDS
    for name in (field.netsh, field.powershell, field.name)
    if name is not None
}

# What PowerShell and netsh can set besides, and where that is.
_ELSEWHERE = {
    **dict.fromkeys(
        ("dhcp", "dhcpstaticipcoexistence"),
        "DHCP is not a member of MIB_IPINTERFACE_ROW: use Set-NetIPInterface -Dhcp",
    ),
    **dict.fromkeys(
        (
            *("currenthoplimit", "currenthop", "ecnmarking", "ecncapability", "clampmss"),
            *("advertisedrouterlifetime", "directedmacwolpattern", "enabledirectedmacwolpattern"),
            *("forcearpndwolpattern", "dadretransmittimems", "rabaseddnsconfig", "siteid"),
        ),
        "it is not a member of MIB_IPINTERFACE_ROW: use Set-NetIPInterface or netsh",
    ),
    **dict.fromkeys(
        ("policystore", "store"),
        "SetIpInterfaceEntry changes active values only: nothing is kept over a restart",
    ),
}

_AUTOMATIC = "auto"
_LONGEST_NUMBER = 40  # characters of a number, and of what a message repeats


def find_member(name: str, *, settable: bool = False) -> Field:
    """Return the field of the member called *name*, in any case, also as other tools call it.

    Raises :class:`Failure` for an unknown name, and, with *settable*, for a member that cannot be
    set.
    """
    plain = name.strip().lower()
    field = BY_NAME.get(plain)
    if field is None:
        if plain in _ELSEWHERE:
            raise Failure(INVALID, f"{name}: {_ELSEWHERE[plain]}")
        raise Failure(
            INVALID,
            f"there is no member {_brief(name)}{_similar(plain, settable)}",
            "'ipif explain' lists the members",
        )
    if settable and field.access != "settable":
        why = "a key: it names the row" if field.access == "key" else "read-only"
        raise Failure(INVALID, f"{field.name} cannot be set: it is {why}")
    return field


def _similar(name: str, settable: bool) -> str:
    """Return the question whether another name was meant, or an empty text."""
    from difflib import get_close_matches

    known = {
        word: field for word, field in BY_NAME.items() if not settable or field.access == "settable"
    }
    found = get_close_matches(name[:64], known, n=1, cutoff=0.7)
    return f"; did you mean {known[found[0]].name}?" if found else ""


def read_changes(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the changes that the arguments ``Member=value`` stand for.

    Raises :class:`Failure` with every problem.
    """
    changes: dict[str, Any] = {}
    problems: list[Failure] = []
    for argument in arguments:
        try:
            name, value = _read_change(argument)
            if name in changes:
                raise Failure(INVALID, f"{name} is given twice")
            changes[name] = value
        except Failure as problem:
            problems.append(problem)
    if not problems and changes.get("UseAutomaticMetric") is True and "Metric" in changes:
        problems.append(
            Failure(
                INVALID,
                "Windows computes the metric while UseAutomaticMetric is true: leave "
                "one of the two out",
            )
        )
    if len(problems) == 1:
        raise problems[0]
    if problems:
        lines = [f"{len(problems)} problems:", *(one.message for one in problems)]
        raise Failure(INVALID, "\n  ".join(lines), problems[0].hint)
    return changes


def _read_change(argument: str) -> tuple[str, Any]:
    """Return the member and the value that ``Member=value`` stands for."""
    name, equals, text = argument.partition("=")
    if not equals:
        raise Failure(INVALID, f"{_brief(argument)} is not of the form Member=value")
    field = find_member(name, settable=True)
    if field.name == "Metric" and text.strip().lower() in (_AUTOMATIC, "automatic"):
        return "UseAutomaticMetric", True
    return field.name, read_value(field, text)


def read_value(field: Field, text: str) -> Any:
    """Return the value of *field* that *text* stands for, whether or not it is in range."""
    word = field.words.get(text.lower())
    if field.kind == "bool":
        if word is None:
            raise Failure(
                INVALID,
                f"{field.name} is true or false (or on, off, yes, no, enabled, "
                f"disabled), not {_brief(text)}",
            )
        return word
    if word is not None:
        return int(word)
    if field.kind == "uint32[16]":
        items = [_read_number(item.strip()) for item in text.split(",")]
        wrong = [place for place, item in enumerate(items) if item is None]
        if wrong or len(items) != 16:
            what = f"item {wrong[0] + 1} is not a number" if wrong else f"there are {len(items)}"
            raise Failure(INVALID, f"{field.name} is 16 numbers with commas; {what}")
        return tuple(items)
    number = _read_number(text)
    if number is None:
        names = ", ".join(name for name, _ in _enumerators(field))
        what = f"one of {names}" if names else "a number"
        unit = f" of {field.unit}" if field.unit else ""
        raise Failure(INVALID, f"{field.name} is {what}{unit}, not {_brief(text)}")
    return number


def _brief(text: str) -> str:
    """Return *text* in quotes, at most its first 40 characters."""
    return repr(text if len(text) <= _LONGEST_NUMBER else text[: _LONGEST_NUMBER - 3] + "...")


def _read_number(text: str) -> int | None:
    """Return the number that *text* is, decimal or with 0x, or ``None``."""
    if len(text) > _LONGEST_NUMBER or not text.isascii() or "_" in text or text != text.strip():
        return None
    digits = text.removeprefix("-")
    try:
        return int(text, 16) if digits[:2].lower() == "0x" else int(text, 10)
    except ValueError:
        return None


def check(changes: Mapping[str, Any], families: Iterable[str]) -> None:
    """Raise :class:`Failure` for every value that a row of one of *families* cannot have."""
    found: dict[str, str] = {}
    for family in families:
        for problem in ipif.validate(changes, family=family):
            member = problem.member.partition("[")[0]
            found.setdefault(
                f"{member}{family}", _wording(MEMBERS[member], family, changes[member])
            )
    texts = list(dict.fromkeys(found.values()))
    if len(texts) == 1:
        raise Failure(INVALID, texts[0])
    if texts:
        raise Failure(INVALID, "\n  ".join([f"{len(texts)} problems:", *texts]))


def _wording(field: Field, family: str, value: Any) -> str:
    """Return why *value* cannot be written to *field*."""
    if field.name == "SitePrefixLength" and family == "ipv4":
        return "SitePrefixLength of ipv4 is always 0: Windows accepts nothing else"
    if not isinstance(value, tuple) and value in field.unchanged:
        return f"{field.name}={value} means 'unchanged' to Windows: nothing would be written"
    if field.enum is not None:
        names = ", ".join(name for name, _ in _enumerators(field))
        return f"{field.name} is one of {names}, not {value}"
    if field.ranges is None or isinstance(value, tuple):
        return f"{field.name}: each item is a number from 0 to 4294967294"
    low, high = field.ranges[family]
    unit = f" {field.unit}" if field.unit else ""
    return f"{field.name} of {family} is from {low} to {high}{unit}, not {value}"


# ---- showing


def _enumerators(field: Field) -> list[tuple[str, int]]:
    """Return the names and numbers of the values that *field* may be set to."""
    if field.enum is None:
        return []
    enum = getattr(ipif, field.enum)
    return [(one.name, int(one)) for one in enum if int(one) not in field.unchanged]


def show(name: str, value: object, fields: Mapping[str, Field] = MEMBERS) -> str:
    """Return *value* of the member *name* as ``set`` takes it."""
    field = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if name == "Family":
        return str(ipif.to_json({name: value})[name])
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if field is not None and field.enum is not None:
        named = name_of(field, value)
        if isinstance(named, list):
            return ", ".join(named) or "none"
        return str(named)
    return str(value)


def name_of(field: Field, value: Any) -> Any:
    """Return the name of the enumerator *value*; of flags a list of names; or the number."""
    assert field.enum is not None
    enum = getattr(ipif, field.enum)
    if field.kind == "offload":
        names = [one.name for one in enum if one.value & value]
        known = sum(one.value for one in enum)
        return names + ([hex(value & ~known)] if value & ~known else [])
    return next((one.name for one in enum if one.value == value), value)


def to_json(row: Mapping[str, Any], fields: Mapping[str, Field] = MEMBERS) -> dict[str, Any]:
    """Return *row* as JSON shows it, with the names of enumerators and flags."""
    document = ipif.to_json(row)
    for name, value in document.items():
        field = fields.get(name)
        if field is not None and field.enum is not None and isinstance(value, int):
            document[name] = name_of(field, value)
    return document


def differs_from_default(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of *row* that have another value than on a fresh Windows.

    The metric is not among them when it is automatic, nor is SitePrefixLength of IPv4: it reads 64
    at first and 0 after any change.
    """
    family = show("Family", row["Family"])
    loopback = ipif.Luid(row["InterfaceLuid"]).type == ipif.IfType.Loopback
    found = {}
    for field in ipif.FIELDS:
        defaults = field.defaults
        if not defaults or (field.name == "SitePrefixLength" and family == "ipv4"):
            continue
        usual = defaults.get("loopback") if loopback else None
        if row[field.name] != (defaults[family] if usual is None else usual):
            found[field.name] = row[field.name]
    return found
