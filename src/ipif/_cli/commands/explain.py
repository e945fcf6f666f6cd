"""``ipif explain``: what a member means, and which values it takes."""

from __future__ import annotations

import ipif
from ipif._cli.arguments import add_wide
from ipif._cli.members import BY_NAME, find_member, show
from ipif._cli.output import Column
from ipif._cli.status import INVALID, Failure
from ipif._cli.text import width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from ipif import Field
    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output, Piece

DESCRIPTION = (
    "Explain a member: meaning, unit, range, values on a fresh Windows, the names that PowerShell "
    "and netsh have for it, and how it is set. Without MEMBER, list the members."
)
#: This command says nothing about the machine.
MACHINE = False

ROW = "MIB_IPINTERFACE_ROW"

_PAGES = "https://learn.microsoft.com/windows/win32/api/"

#: The header that declares a structure, when it is not netioapi.h.
_HEADERS = {"MIB_IPFORWARDROW": "ipmib"}

#: What a value of each kind is.
KINDS = {
    "family": "ipv4 or ipv6",
    "luid": "a number of 64 bits",
    "guid": "a GUID",
    "uint8": "a number of 8 bits",
    "uint32": "a number of 32 bits",
    "uint64": "a number of 64 bits",
    "int64": "a number of 64 bits, with a sign",
    "bool": "true or false",
    "flag": "true or false",
    "enum": "a number of 32 bits, with a sign",
    "offload": "8 flags",
    "uint32[16]": "16 numbers of 32 bits",
    "str": "text",
    "bytes": "a hardware address",
    "address": "an IP address",
    "prefix": "an IP prefix",
    "ipv4": "an IPv4 address",
}

_ACCESS = {
    "settable": "yes",
    "read-only": "no, it is read-only",
    "key": "no, it is a key: it names the row",
}

# Examples for members that have no default, or whose default no row can be set to.
_EXAMPLES: Mapping[str, Any] = {"Metric": 10, "NlMtu": 1400, "ZoneIndices": (0, *[1] * 15)}

_MORE = {
    "Metric": "Metric=auto lets Windows compute the metric again",
    "UseAutomaticMetric": "Metric=auto means the same as UseAutomaticMetric=true",
}


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "member",
        metavar="MEMBER",
        nargs="?",
        help="a member, in any case, also as PowerShell and netsh call it; STRUCTURE.MEMBER for "
        f"another structure than {ROW}, or STRUCTURE to list its members: "
        f"{', '.join(ipif.netioapi.FIELDS)}",
    )
    add_wide(parser)


def run(options: argparse.Namespace, output: Output) -> None:
    """Explain a member, or list all of them."""
    structures = {name.lower(): name for name in ipif.netioapi.FIELDS}
    text = ROW if options.member is None else options.member.strip()
    if text.lower() in structures:
        _list(structures[text.lower()], options, output)
        return
    before, dot, name = text.rpartition(".")
    if dot and before.lower() not in structures:
        known = ", ".join(ipif.netioapi.FIELDS)
        raise Failure(INVALID, f"there is no structure {before[:40]!r}; there are {known}")
    structure, field = _find(name, structures[before.lower()] if dot else None)
    if output.as_json:
        output.json(to_json(structure, field))
        return
    output.title(f"{field.name} ({structure})")
    output.paragraph(field.summary)
    output.line()
    lines = _lines(structure, field)
    room = max(width(label) for label, _ in lines) + 2
    for label, line in lines:
        first, *more = wrapped(line, max(20, output.columns - room))
        output.line((label, "heading"), " " * (room - width(label)), first)
        for part in more:
            output.line(" " * room, part)
    output.line()
    output.line(_page(structure))  # never broken: it is to be copied


# ---- finding


def _find(name: str, structure: str | None) -> tuple[str, Field]:
    """Return the member called *name*, and the structure that has it.

    Without *structure*, MIB_IPINTERFACE_ROW comes first.
    """
    if structure is None or structure == ROW:
        if structure is not None or name.lower() in BY_NAME:
            return ROW, find_member(name)
        found = _having(name)
        if found:
            return next(iter(found.items()))
        try:
            return ROW, find_member(name)
        except Failure as failure:
            similar = "" if failure.message.endswith("?") else _similar(name, *_others())
            raise Failure(failure.status, failure.message + similar, failure.hint) from None
    field = _having(name).get(structure)
    if field is None:
        raise Failure(
            INVALID,
            f"{structure} has no member {name[:40]!r}{_similar(name, structure)}",
            f"'ipif explain {structure}' lists its members",
        )
    return structure, field


def _others() -> list[str]:
    return [name for name in ipif.netioapi.FIELDS if name != ROW]


def _having(name: str) -> dict[str, Field]:
    """Return the members of this *name*, in any case, by structure."""
    return {
        structure: field
        for structure, fields in ipif.netioapi.FIELDS.items()
        for field in fields
        if field.name.lower() == name.lower()
    }


def _similar(name: str, *structures: str) -> str:
    """Return the question whether a member of *structures* was meant, or an empty text."""
    from difflib import get_close_matches

    known = {
        field.name.lower(): field.name
        for structure in structures
        for field in ipif.netioapi.FIELDS[structure]
    }
    found = get_close_matches(name[:64].lower(), known, n=1, cutoff=0.7)
    return f"; did you mean {known[found[0]]}?" if found else ""


# ---- showing


def _list(structure: str, options: argparse.Namespace, output: Output) -> None:
    """List the members of *structure*, one on each line."""
    fields = ipif.netioapi.FIELDS[structure]
    if output.as_json:
        output.json([to_json(structure, field) for field in fields])
        return
    settable = any(field.access == "settable" for field in fields)
    columns = [Column("Member"), Column("Meaning", fit="shorten")]
    if settable:
        columns.insert(1, Column("Set"))
    rows: list[list[Piece]] = []
    for field in fields:
        text = field.summary if options.wide else field.summary.partition(";")[0]
        row: list[Piece] = [field.name, text]
        if settable:
            row.insert(1, ("yes", "good") if field.access == "settable" else "")
        rows.append(row)
    output.table(columns, rows, wide=options.wide)


def _lines(structure: str, field: Field) -> list[tuple[str, str]]:
    """Return what is known about a member, each as a label and a text."""
    lines = [("Value", KINDS[field.kind])]
    names = _enumerators(field)
    if field.kind == "enum" and names:
        lines[0] = ("Value", "one of the names, or its number")
    if names:
        lines.append(("Names", ", ".join(f"{name}={number}" for name, number in names.items())))
    if field.unit:
        lines.append(("Unit", field.unit))
    if len(field.families) == 1:
        lines.append(("Family", f"{field.families[0]} only"))
    if field.access == "settable" and not names and field.ranges is not None:
        texts = {family: _span(*span) for family, span in _ranges(field).items()}
        lines.append(("Range", _by_family(texts)))
    lines.append(("Can be set", _ACCESS[field.access]))
    if field.unchanged:
        numbers = " and ".join(map(str, field.unchanged))
        one = len(field.unchanged) == 1
        mean, them = ("means", "it") if one else ("mean", "them")
        text = f"{numbers} {mean} 'unchanged': Windows does not write {them}"
        lines.append(("Unchanged", text))
    defaults = _defaults(field)
    if defaults:
        loopback = defaults.pop("loopback", None)
        text = _by_family({family: show(field.name, value) for family, value in defaults.items()})
        if loopback is not None:
            text += f"; {show(field.name, loopback)} on a loopback adapter"
        lines.append(("Default", text))
    if field.powershell is not None:
        lines.append(("PowerShell", f"{field.powershell} (Get-NetIPInterface, Set-NetIPInterface)"))
    if field.netsh is not None:
        lines.append(("netsh", f"{field.netsh} (netsh interface ipv4 set interface)"))
    command = example(structure, field)
    if command is not None:
        lines.append(("Example", command))
    if structure == ROW and field.name in _MORE:
        lines.append(("", _MORE[field.name]))
    others = [f"{other}.{field.name}" for other in _having(field.name) if other != structure]
    if others:
        lines.append(("See also", ", ".join(others)))
    lines.append(("Basis", field.source))
    return lines


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _by_family(texts: Mapping[str, str]) -> str:
    """Return the texts with their families, or one text when all are equal."""
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{family} {text}" for family, text in texts.items())


def _ranges(field: Field) -> dict[str, tuple[int, int]]:
    """Return the range for each family that the member applies to."""
    if field.ranges is None:
        return {}
    return {family: field.ranges[family] for family in field.families}


def _defaults(field: Field) -> dict[str, Any]:
    """Return the value on a fresh Windows for each family that the member applies to."""
    return {
        family: value
        for family, value in field.defaults.items()
        if family in field.families or family == "loopback"
    }


def _enumerators(field: Field) -> dict[str, int]:
    """Return the names of the values, without that of an unchanged sentinel."""
    if field.enum is None:
        return {}
    enum = getattr(ipif, field.enum)
    return {one.name: int(one) for one in enum if int(one) not in field.unchanged}


def example(structure: str, field: Field) -> str | None:
    """Return a command that sets the member, or ``None`` when nothing can."""
    if structure != ROW or field.access != "settable":
        return None
    value = _EXAMPLES.get(field.name)
    if value is None:
        value = next(iter(_defaults(field).values()))
        if field.kind == "bool":
            value = not value
    family = next(
        family
        for family in field.families
        if field.ranges is None
        or isinstance(value, tuple)
        or field.ranges[family][0] <= value <= field.ranges[family][1]
    )
    return f"ipif set Ethernet {family} {field.name}={show(field.name, value)}"


def _page(structure: str) -> str:
    """Return the address of the reference page of a structure."""
    header = _HEADERS.get(structure, "netioapi")
    return f"{_PAGES}{header}/ns-{header}-{structure.lower()}"


def to_json(structure: str, field: Field) -> dict[str, Any]:
    """Return what is known about a member, as JSON shows it."""
    defaults = {
        family: value if field.enum is None else show(field.name, value)
        for family, value in _defaults(field).items()
    }
    return {
        "Member": field.name,
        "Structure": structure,
        "Summary": field.summary,
        "Kind": field.kind,
        "Unit": field.unit or None,
        "Families": list(field.families),
        "Access": field.access,
        "Ranges": {family: list(span) for family, span in _ranges(field).items()},
        "Enumerators": _enumerators(field),
        "Unchanged": list(field.unchanged),
        "Defaults": defaults,
        "PowerShell": field.powershell,
        "Netsh": field.netsh,
        "Example": example(structure, field),
        "Basis": field.source,
        "Reference": _page(structure),
    }
