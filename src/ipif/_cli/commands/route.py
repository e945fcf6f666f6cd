"""``ipif route``: which route leads to a destination, and why."""

from __future__ import annotations

import ipif
from ipif._cli.arguments import INTERFACE_HELP
from ipif._cli.commands.routes import family_of, metric_text, next_hop
from ipif._cli.interfaces import identity, read_interface
from ipif._cli.output import Column
from ipif._cli.status import DONE, INVALID, NOT_FOUND, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from ipif import RouteCandidate
    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output, Piece

DESCRIPTION = (
    "List every route that leads to a destination: first the one that Windows chooses, marked with "
    "'>', then the others, and why each of them is not chosen. The longest prefix wins, then the "
    "lowest sum of the metric of the route and that of its interface. When there is no route that "
    "Windows can choose, the command ends with 4."
)


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "destination", metavar="DESTINATION", help="an IP address; names are not looked up"
    )
    parser.add_argument(
        "--source",
        metavar="ADDRESS",
        help="the source address of the packets: only routes of the interface that has it count",
    )
    parser.add_argument(
        "--interface",
        metavar="INTERFACE",
        help=f"only routes of this interface count: {INTERFACE_HELP}",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    """List the routes to a destination."""
    destination = _read_address("destination", options.destination)
    source = None if options.source is None else _read_address("source", options.source)
    if source is not None and source.version != destination.version:
        raise Failure(
            INVALID,
            f"the source {source} is an IPv{source.version} address, but the destination "
            f"{destination} is an IPv{destination.version} address",
        )
    interface = None if options.interface is None else read_interface(options.interface)
    candidates = ipif.explain_route(options.destination, source=options.source, interface=interface)
    if output.as_json:
        output.json([_to_json(one) for one in candidates])
    elif candidates:
        _write_table(_title(destination, source, candidates), candidates, output)
    if not any(one.chosen for one in candidates):
        raise _no_route(destination, source, candidates)
    return DONE


def _read_address(what: str, text: str) -> Any:
    """Return the address that *text* is."""
    import ipaddress

    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    shown = text[:60]
    address, slash, _ = text.partition("/")
    if slash and _is_address(address):
        message = f"the {what} is one address, not a prefix: write {address}, not {shown}"
        raise Failure(INVALID, message)
    raise Failure(
        INVALID,
        f"the {what} is an IP address, not {shown!r}",
        "write it as 192.0.2.1, 2001:db8::1 or fe80::1%13; names are not looked up",
    )


def _is_address(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _to_json(candidate: RouteCandidate) -> dict[str, Any]:
    route = candidate.route
    return {
        **identity(route, candidate.alias or ""),
        "Family": family_of(route),
        "DestinationPrefix": str(route["DestinationPrefix"]),
        "NextHop": str(route["NextHop"]),
        "RouteMetric": candidate.route_metric,
        "InterfaceMetric": candidate.interface_metric,
        "Metric": candidate.metric,
        "Chosen": candidate.chosen,
        "Reason": candidate.reason,
    }


def _title(destination: object, source: object, candidates: Sequence[RouteCandidate]) -> str:
    """Return where packets to *destination* go."""
    first = candidates[0]
    start = f"{destination}{'' if source is None else f' from {source}'}"
    if not first.chosen:
        return f"{start}: no route can be chosen"
    hop = next_hop(first.route)
    return f"{start}: through {_name(first)}, {hop if hop == 'on link' else f'next hop {hop}'}"


def _name(candidate: RouteCandidate) -> str:
    """Return what names the interface of a route."""
    return candidate.alias or f"index {candidate.route['InterfaceIndex']}"


def _write_table(title: str, candidates: Sequence[RouteCandidate], output: Output) -> None:
    output.title(title)
    columns = [
        Column(""),
        Column("Destination", fit="break"),
        Column("Next hop", fit="break"),
        Column("Alias", fit="shorten"),
        Column("Metric"),
        Column("Reason", fit="wrap", least=16),
    ]
    rows: list[list[Piece]] = []
    for one in candidates:
        style = "good" if one.chosen else ""
        cells = [
            ">" if one.chosen else "",
            str(one.route["DestinationPrefix"]),
            next_hop(one.route),
            _name(one),
            metric_text(one.route_metric, one.interface_metric),
        ]
        reason = ("chosen", "good") if one.chosen else (one.reason, "dim")
        rows.append([*((cell, style) for cell in cells), reason])
    output.table(columns, rows)


def _no_route(destination: object, source: object, candidates: Sequence[RouteCandidate]) -> Failure:
    """Return the failure when no route can be chosen; it has the reasons."""
    message = f"no route to {destination}{'' if source is None else f' from {source}'}"
    if not candidates:
        return Failure(NOT_FOUND, f"{message}: no route has a prefix that includes it",
                       "'ipif routes' lists the routes")  # fmt: skip
    reasons = dict.fromkeys(f"{_name(one)}: {one.reason}" for one in candidates)
    return Failure(NOT_FOUND, message, "\n".join(reasons))
