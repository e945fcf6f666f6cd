"""``ipif get``: all members of one interface and family."""

from __future__ import annotations

import ipif
from ipif._cli.output import WHERE, name_of, show, write_json, write_table, write_title
from ipif._cli.values import add_interface, add_json, read_interface

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any


def add(commands: Any) -> None:
    """Add the parser of this command."""
    command = commands.add_parser(
        "get",
        help="all members of one interface and family",
        description=f"Show all members of one interface and family{WHERE}.",
    )
    command.set_defaults(run=run)
    add_interface(command)
    add_json(command)


def run(options: argparse.Namespace) -> None:
    """Show all members of one interface and family."""
    row = ipif.get_interface(read_interface(options.interface), options.family)
    if options.json:
        write_json(ipif.to_json(row))
        return
    write_title(name_of(row))
    write_table([(name, show(name, value)) for name, value in row.items()])
