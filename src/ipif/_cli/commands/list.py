"""``ipif list``: the interfaces, one family on each line."""

from __future__ import annotations

import ipif
from ipif._cli.adapter_types import add_type_option, read_type
from ipif._cli.arguments import add_family_option, add_interface, add_wide, one_family
from ipif._cli.interfaces import Adapters, narrowed, row_to_json
from ipif._cli.members import differs_from_default, find_member, show
from ipif._cli.output import Column
from ipif._cli.status import INVALID, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output, Piece

    Row = Mapping[str, Any]

DESCRIPTION = (
    "List the interfaces, one family on each line. Flags are the members that have another value "
    "than on a fresh Windows."
)


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser, optional=True, pattern=True)
    add_family_option(parser)
    parser.add_argument("--connected", action="store_true", help="only those that are connected")
    add_type_option(parser)
    parser.add_argument(
        "--columns",
        metavar="A,B",
        help=f"only these columns: {', '.join(COLUMNS)}, or the name of any member",
    )
    add_wide(parser)


def run(options: argparse.Namespace, output: Output) -> None:
    """List the interfaces."""
    columns = _read_columns(options.columns)
    kinds = None if options.type is None else read_type(options.type)
    family = one_family(options)
    adapters = Adapters()
    rows = [
        row
        for row in adapters.only(ipif.list_interfaces(family), options.interface)
        if (kinds is None or ipif.Luid(row["InterfaceLuid"]).type in kinds)
        and (row["Connected"] or not options.connected)
    ]
    if output.as_json:
        documents = [row_to_json(row, adapters.alias(row["InterfaceLuid"])) for row in rows]
        if options.columns is not None:
            names = [member for name in columns for member in COLUMNS.get(name, ((), (name,)))[1]]
            documents = [narrowed(document, names) for document in documents]
        output.json(documents)
        return
    if options.columns is None and not any(_flags(row)[0] for row in rows):
        columns.remove("Flags")
    table = [[_cell(name, row, adapters) for name in columns] for row in rows]
    headings = [_heading(name) for name in columns]
    if rows:
        output.table(headings, table, wide=options.wide)
    else:
        output.line("no such interface")


# ---- columns


def _metric(row: Row) -> str:
    return f"{row['Metric']}{' auto' if row['UseAutomaticMetric'] else ''}"


def _state(row: Row) -> Piece:
    return ("connected", "good") if row["Connected"] else ("disconnected", "dim")


def _flags(row: Row) -> Piece:
    found = differs_from_default(row)
    found.pop("UseAutomaticMetric", None)  # the column Metric has it
    return " ".join(f"{name}={show(name, value)}" for name, value in found.items()), "changed"


#: The columns by name: what is shown of a row, and the members in JSON.
COLUMNS: dict[str, tuple[Callable[[Row], Piece] | None, tuple[str, ...]]] = {
    "Alias": (None, ("Alias",)),
    "Index": (lambda row: str(row["InterfaceIndex"]), ("InterfaceIndex",)),
    "Family": (lambda row: show("Family", row["Family"]), ("Family",)),
    "Metric": (_metric, ("UseAutomaticMetric", "Metric")),
    "MTU": (lambda row: str(row["NlMtu"]), ("NlMtu",)),
    "State": (_state, ("Connected",)),
    "Flags": (_flags, ()),
}


def _heading(name: str) -> Column:
    """Return the column for a name; numbers and words of members are aligned at the right."""
    fits = {"Alias": "shorten", "Flags": "wrap", "ZoneIndices": "wrap"}
    right = name in ("Index", "MTU") or name not in (*COLUMNS, *fits)
    return Column(name, right=right, fit=fits.get(name, ""))


def _read_columns(text: str | None) -> list[str]:
    """Return the names of the columns, and of members, that *text* lists."""
    if text is None:
        return [*COLUMNS]
    by_name = {name.lower(): name for name in COLUMNS}
    found = []
    for name in text.split(","):
        plain = name.strip().lower()
        if not plain:
            raise Failure(INVALID, f"--columns has an empty name: {text[:40]!r}")
        found.append(by_name[plain] if plain in by_name else find_member(name.strip()).name)
    return found


def _cell(name: str, row: Row, adapters: Adapters) -> Piece:
    if name == "Alias":
        return adapters.alias(row["InterfaceLuid"])
    shown = COLUMNS[name][0] if name in COLUMNS else None
    return show(name, row[name]) if shown is None else shown(row)
