"""``ipif get``: all members of one interface, both families side by side."""

from __future__ import annotations

import ipif
from ipif._cli.arguments import add_family, add_interface, families
from ipif._cli.interfaces import find_luid, narrowed, row_to_json, title_of
from ipif._cli.members import MEMBERS, differs_from_default, name_of, show
from ipif._cli.output import Column
from ipif._cli.status import NOT_FOUND, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from ipif import Field
    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output, Piece

DESCRIPTION = "Show all members of an interface: value, unit, and whether 'ipif set' takes it."


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser)
    add_family(parser, optional=True)
    parser.add_argument(
        "--changed-only",
        action="store_true",
        help="only members that have another value than on a fresh Windows",
    )


def run(options: argparse.Namespace, output: Output) -> None:
    """Show all members of one interface."""
    luid = find_luid(options.interface)
    alias = luid.alias
    rows = read_rows(luid, options)
    if options.changed_only:
        names = [
            name
            for name in MEMBERS
            if any(name in differs_from_default(row) for row in rows.values())
        ]
    else:
        names = [*MEMBERS]
    if output.as_json:
        documents = [row_to_json(row, alias) for row in rows.values()]
        if options.changed_only:
            documents = [
                narrowed(document, differs_from_default(row))
                for row, document in zip(rows.values(), documents, strict=True)
            ]
        one = options.family is not None and len(families(options)) == 1
        output.json(documents[0] if one else documents)
        return
    row = next(iter(rows.values()))
    output.title(f"{title_of(alias, row, rows)}, luid:{int(luid)}")
    names = [name for name in names if MEMBERS[name].access != "key"]  # the title has them
    if not names:
        output.sentence("every member has the value that it has on a fresh Windows")
        return
    columns = [Column("Member"), *(Column(family, fit="wrap") for family in rows)]
    columns += [Column("Unit"), Column("set")]
    table = [line for name in names for line in _lines(MEMBERS[name], rows)]
    output.table(columns, table)


def _lines(field: Field, rows: Mapping[str, Mapping[str, Any]]) -> list[list[Piece]]:
    """Return the lines about one member; each offload flag has its own."""
    name = field.name
    cells: list[Piece] = [
        (show(name, row[name]), "changed" if name in differs_from_default(row) else "")
        for row in rows.values()
    ]
    if field.kind != "offload" or not any(row[name] for row in rows.values()):
        return [[name, *cells, field.unit, ("yes" if field.access == "settable" else "", "dim")]]
    flags = [name_of(field, row[name]) for row in rows.values()]
    lines: list[list[Piece]] = [[name, *("" for _ in rows), "", ""]]
    for flag in dict.fromkeys(flag for names in flags for flag in names):
        lines.append([f"  {flag}", *("yes" if flag in names else "no" for names in flags), "", ""])
    return lines


def read_rows(luid: ipif.Luid, options: argparse.Namespace) -> dict[str, Mapping[str, Any]]:
    """Return the rows of the wanted families; one that is not bound counts if it was asked for."""
    wanted = families(options)
    rows: dict[str, Mapping[str, Any]] = {}
    missing = None
    for family in wanted:
        try:
            rows[family] = ipif.get_interface(luid, family)
        except ipif.FamilyNotBound as error:
            if len(wanted) == 1:
                error.interface = options.interface
                raise
            missing = error
    if not rows:
        raise Failure(
            NOT_FOUND, f"{options.interface!r} has neither an IPv4 row nor an IPv6 row"
        ) from missing
    return rows
