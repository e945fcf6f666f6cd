"""``ipif adapters``: the adapters, with what is below IP."""

from __future__ import annotations

import ipif
from ipif._cli.adapter_types import add_type_option, read_type
from ipif._cli.arguments import add_interface, add_wide
from ipif._cli.interfaces import Adapters, identity
from ipif._cli.members import show, to_json
from ipif._cli.output import Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output, Piece

    Row = Mapping[str, Any]

DESCRIPTION = (
    "List the adapters. A speed that differs by direction is shown as sending / receiving. "
    "Descriptions are shown with --wide, or when there is room for them. Filter modules, which "
    "Windows puts on top of adapters, are hidden unless --all is given or one is named."
)

_ROOM_FOR_DESCRIPTION = 110  # columns of a line
_UNKNOWN_SPEED = 2**64 - 1
_NO_MTU = 2**32 - 1


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser, optional=True, pattern=True)
    parser.add_argument("--connected", action="store_true", help="only those that are up")
    add_type_option(parser)
    parser.add_argument("--all", action="store_true", help="filter modules, too")
    add_wide(parser)


def run(options: argparse.Namespace, output: Output) -> None:
    """List the adapters."""
    kinds = None if options.type is None else read_type(options.type)
    adapters = Adapters()
    luids = adapters.select(options.interface)
    one_is_named = luids is not None and len(luids) == 1
    rows = [
        row
        for row in adapters.rows.values()
        if (luids is None or row["InterfaceLuid"] in luids)
        and (options.all or one_is_named or not row["FilterInterface"])
        and (kinds is None or row["Type"] in kinds)
        and (row["OperStatus"] == ipif.IfOperStatus.Up or not options.connected)
    ]
    if output.as_json:
        output.json([{**identity(row, row["Alias"]), **to_json(row, _FIELDS)} for row in rows])
        return
    if not rows:
        output.line("no such adapter")
        return
    columns = [
        Column("Alias", fit="shorten"),
        Column("Index", right=True),
        Column("Type"),
        Column("State"),
        Column("Speed", right=True),
        Column("MTU", right=True),
        Column("Hardware address"),
        Column("Description", fit="shorten"),
    ]
    table = [_cells(row) for row in rows]
    if not options.wide and output.columns < _ROOM_FOR_DESCRIPTION:
        columns.pop()
        for cells in table:
            cells.pop()
    output.table(columns, table, wide=options.wide)


_FIELDS = {field.name: field for field in ipif.netioapi.FIELDS["MIB_IF_ROW2"]}


def _cells(row: Row) -> list[Piece]:
    up = row["OperStatus"] == ipif.IfOperStatus.Up
    return [
        row["Alias"],
        str(row["InterfaceIndex"]),
        show("Type", row["Type"], _FIELDS),
        (show("OperStatus", row["OperStatus"], _FIELDS), "good" if up else "dim"),
        _speed(row),
        "none" if row["Mtu"] == _NO_MTU else str(row["Mtu"]),
        row["PhysicalAddress"].hex("-").upper(),
        (row["Description"], "dim"),
    ]


def _speed(row: Row) -> str:
    """Return the speed of the link as people write it; nothing when Windows does not know it."""
    sending, receiving = map(_bits, (row["TransmitLinkSpeed"], row["ReceiveLinkSpeed"]))
    return sending if sending == receiving else f"{sending or '?'} / {receiving or '?'}"


def _bits(speed: int) -> str:
    if speed in (0, _UNKNOWN_SPEED):
        return ""
    for unit, size in (("Tbit/s", 10**12), ("Gbit/s", 10**9), ("Mbit/s", 10**6), ("kbit/s", 10**3)):
        if speed >= size:
            return f"{_three_digits(speed / size)} {unit}"
    return f"{speed} bit/s"


def _three_digits(number: float) -> str:
    """Return *number* with at most three significant digits, never in scientific notation."""
    digits = 2 if number < 10 else 1 if number < 100 else 0
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text
