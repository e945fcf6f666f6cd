"""``ipif list``: all interfaces."""

from __future__ import annotations

import ipif
from ipif._cli.output import WHERE, show, write_json, write_table, write_title
from ipif._cli.values import add_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

_COLUMNS = ("Index", "Family", "Metric", "NlMtu", "Connected", "Alias")


def add(commands: Any) -> None:
    """Add the parser of this command."""
    command = commands.add_parser(
        "list", help="all interfaces", description=f"List all interfaces{WHERE}."
    )
    command.set_defaults(run=run)
    add_json(command)


def run(options: argparse.Namespace) -> None:
    """List all interfaces."""
    rows = ipif.list_interfaces()
    if options.json:
        write_json([ipif.to_json(row) for row in rows])
        return
    # One table of all adapters, and not one call for each row.
    aliases = {adapter["InterfaceLuid"]: adapter["Alias"] for adapter in ipif.list_adapters()}
    write_title("interfaces")
    table: list[tuple[str, ...]] = [_COLUMNS]
    for row in rows:
        metric = f"{row['Metric']}{' auto' if row['UseAutomaticMetric'] else ''}"
        family = ipif.to_json(row)["Family"]
        # An adapter that has come since has no alias here yet.
        alias = aliases.get(row["InterfaceLuid"], "")
        line = (row["InterfaceIndex"], family, metric, row["NlMtu"], row["Connected"], alias)
        table.append(tuple(show(None, value) for value in line))
    write_table(table)
