"""What the command prints: titles, tables, values, JSON and errors."""

from __future__ import annotations

import json
import sys

import ipif
from ipif._cli.values import MEMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

SIMULATED = "simulated machine"
#: For the end of a sentence in help texts and errors.
WHERE = f" ({SIMULATED})" if ipif.backend == "simulated" else ""


def show(name: str | None, value: object) -> str:
    """Return *value* of the member *name* as ``set`` takes it."""
    field = MEMBERS.get(name) if name is not None else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if name == "Family":
        return str(ipif.to_json({name: value})[name])
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if field is not None and field.kind == "enum" and field.enum is not None:
        for enumerator in getattr(ipif, field.enum):
            if enumerator == value:
                return str(enumerator.name)
    return str(value)


def name_of(row: Mapping[str, Any]) -> str:
    """Return the alias, the index and the family of *row*."""
    alias = ipif.Luid(row["InterfaceLuid"]).alias
    return f"{alias} (index {row['InterfaceIndex']}), {show('Family', row['Family'])}"


def write_title(title: str) -> None:
    """Write the first line of an output for people."""
    print(f"{SIMULATED}: {title}" if ipif.backend == "simulated" else title)


def write_table(table: Sequence[tuple[str, ...]]) -> None:
    """Write *table* in columns; the last column is not padded."""
    widths = [max(map(len, column)) for column in list(zip(*table, strict=True))[:-1]]
    for line in table:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        print("  " + "  ".join([*cells, line[-1]]))


def write_json(document: object) -> None:
    """Write *document* as JSON."""
    print(json.dumps(document, indent=1))


def write_error(error: Exception, hint: str = "") -> None:
    """Write *error* and the hint to standard error."""
    print(f"ipif{WHERE}: {error}", file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)
