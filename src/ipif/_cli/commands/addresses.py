"""``ipif addresses``: the unicast IP addresses of this computer."""

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
    "List the unicast IP addresses, with the length of the prefix that is on the link. Origin: "
    "where the prefix of an address comes from, and the rest of it, if that is another origin (RA: "
    "router advertisement). State: that of duplicate address detection. Lifetime: how long the "
    "address is valid."
)

_FOREVER = 2**32 - 1  # seconds

# PrefixOrigin and SuffixOrigin in few letters.
_ORIGINS = {
    "Other": "other",
    "Manual": "manual",
    "WellKnown": "well known",
    "Dhcp": "DHCP",
    "RouterAdvertisement": "RA",
    "LinkLayerAddress": "link layer",
    "Random": "random",
    "Unchanged": "unchanged",
}


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser, optional=True, pattern=True)
    add_family_option(parser)
    add_wide(parser)


def run(options: argparse.Namespace, output: Output) -> None:
    """List the addresses."""
    family = one_family(options)
    adapters = Adapters()
    rows = adapters.only(ipif.list_addresses(family), options.interface)
    if output.as_json:
        output.json(
            [
                {
                    **identity(row, adapters.alias(row["InterfaceLuid"])),
                    "Family": f"ipv{row['Address'].version}",
                    **to_json(row, _FIELDS),
                }
                for row in rows
            ]
        )
        return
    if not rows:
        output.line("no such address")
        return
    columns = [
        Column("Address", fit="break"),
        Column("Alias", fit="shorten"),
        Column("Origin", fit="wrap"),
        Column("State"),
        Column("Lifetime"),
    ]
    table = [_cells(row, adapters.alias(row["InterfaceLuid"])) for row in rows]
    output.table(columns, table, wide=options.wide)


_FIELDS = {field.name: field for field in ipif.netioapi.FIELDS["MIB_UNICASTIPADDRESS_ROW"]}


def _cells(row: Row, alias: str) -> list[Piece]:
    preferred = row["DadState"] == ipif.DadState.Preferred
    return [
        f"{row['Address']}/{row['OnLinkPrefixLength']}",
        alias,
        _origin(row),
        (show("DadState", row["DadState"], _FIELDS), "good" if preferred else "dim"),
        lifetime(row["ValidLifetime"]),
    ]


def _origin(row: Row) -> str:
    names = [show(name, row[name], _FIELDS) for name in ("PrefixOrigin", "SuffixOrigin")]
    return ", ".join(dict.fromkeys(_ORIGINS.get(name, name) for name in names))


def lifetime(seconds: int) -> str:
    """Return a time of *seconds* in its two largest units."""
    if seconds == _FOREVER:
        return "forever"
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
    return " ".join(part for part in parts[:2] if part) or "0s"
