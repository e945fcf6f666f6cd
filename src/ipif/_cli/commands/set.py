"""``ipif set``: change members of one interface and family."""

from __future__ import annotations

import ipif
from ipif._cli.output import WHERE, name_of, show, write_json, write_table, write_title
from ipif._cli.values import MEMBERS, add_interface, add_json, read_changes, read_interface

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

NOTE = (
    "A change is active at once. It is lost when the interface goes away and at the next reboot "
    "(inferred: the documentation does not say)."
)


def add(commands: Any) -> None:
    """Add the parser of this command."""
    settable = ", ".join(field.name for field in ipif.FIELDS if field.access == "settable")
    command = commands.add_parser(
        "set",
        help="change members of one interface and family",
        description=f"Change members of one interface and family{WHERE}. {NOTE}",
        epilog=f"Members that can be changed: {settable}.",
    )
    command.set_defaults(run=run, changes=True)
    add_interface(command)
    command.add_argument(
        "changes",
        nargs="+",
        metavar="Member=value",
        help="a number, true, false, on, off, the name of an enumerator, or 16 numbers with commas",
    )
    add_json(command)


def run(options: argparse.Namespace) -> None:
    """Change members of one interface and family."""
    changes = read_changes(options.changes)
    interface = read_interface(options.interface)
    before, after = ipif.update_interface(interface, options.family, **changes)
    if options.simulate is not None:
        ipif.simulation.save(options.simulate)
    old: Mapping[str, Any] = before
    new: Mapping[str, Any] = after
    # SitePrefixLength of IPv4 goes to 0 with every change; nobody has asked for that.
    changed = [
        name
        for name, field in MEMBERS.items()
        if field.access == "settable"
        and old[name] != new[name]
        and (name != "SitePrefixLength" or options.family == "ipv6")
    ]
    if options.json:
        write_json(
            {
                "before": ipif.to_json({name: old[name] for name in changed}),
                "after": ipif.to_json({name: new[name] for name in changed}),
            }
        )
        return
    write_title(name_of(after))
    if not changed:
        print("nothing changed")
        return
    table = [("Member", "before", "after")]
    table += [(name, show(name, old[name]), show(name, new[name])) for name in changed]
    write_table(table)
    print(NOTE)
