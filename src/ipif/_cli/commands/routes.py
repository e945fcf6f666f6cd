"""``ipif routes``: the routes of this computer."""

from __future__ import annotations

import ipif
from ipif._cli.arguments import add_family_option, add_interface, add_wide, one_family
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
    "List the routes. The metric of a route and that of its interface are added; of routes with "
    "prefixes of one length, the lowest sum wins. 'ipif route DESTINATION' tells which route leads "
    "to a destination."
)


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser, optional=True, pattern=True)
    add_family_option(parser)
    add_wide(parser)


def run(options: argparse.Namespace, output: Output) -> None:
    """List the routes."""
    family = one_family(options)
    adapters = Adapters()
    rows = adapters.only(ipif.list_routes(family), options.interface)
    rows.sort(key=_order)
    metrics = {
        (row["InterfaceLuid"], show("Family", row["Family"])): row["Metric"]
        for row in ipif.list_interfaces(family)
    }
    if output.as_json:
        output.json(
            [
                {
                    **identity(row, adapters.alias(row["InterfaceLuid"])),
                    "Family": family_of(row),
                    **to_json(row, _FIELDS),
                    "InterfaceMetric": metrics.get((row["InterfaceLuid"], family_of(row))),
                }
                for row in rows
            ]
        )
        return
    if not rows:
        output.line("no such route")
        return
    columns = [
        Column("Destination", fit="break"),
        Column("Next hop", fit="break"),
        Column("Alias", fit="shorten"),
        Column("Metric"),
        Column("Protocol"),
    ]
    table: list[list[Piece]] = [
        [
            str(row["DestinationPrefix"]),
            next_hop(row),
            adapters.alias(row["InterfaceLuid"]),
            metric_text(row["Metric"], metrics.get((row["InterfaceLuid"], family_of(row)))),
            show("Protocol", row["Protocol"], _FIELDS),
        ]
        for row in rows
    ]
    output.table(columns, table, wide=options.wide)


_FIELDS = {field.name: field for field in ipif.netioapi.FIELDS["MIB_IPFORWARD_ROW2"]}


def _order(row: Row) -> tuple[int, int, int, int]:
    prefix = row["DestinationPrefix"]
    return prefix.version, int(prefix.network_address), prefix.prefixlen, row["Metric"]


def family_of(row: Row) -> str:
    """Return the family of a route."""
    return f"ipv{row['DestinationPrefix'].version}"


def next_hop(row: Row) -> str:
    """Return the gateway of a route, or that there is none."""
    return str(row["NextHop"]) if int(row["NextHop"]) else "on link"


def metric_text(route: int, interface: int | None) -> str:
    """Return the metric of a route, that of its interface, which may be missing, and the sum."""
    if interface is None:
        return f"{route} + none"
    return f"{route} + {interface} = {route + interface}"
