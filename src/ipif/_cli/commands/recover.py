"""``ipif recover``: restore the values that a killed program changed."""

from __future__ import annotations

import sys
import warnings

import ipif
from ipif._cli.output import WHERE, show, write_json, write_table, write_title
from ipif._cli.values import add_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

_RESTARTED = (
    "ipif: the computer has been started again since the journal was written; that alone brings "
    "the earlier values back"
)

_COLUMNS = ("Interface", "Family", "Member", "before", "after")


def add(commands: Any) -> None:
    """Add the parser of this command."""
    command = commands.add_parser(
        "recover",
        help="restore the values that a killed program changed",
        description=f"Restore the values that a killed program changed{WHERE}. Values that another "
        "program has changed since are kept, and so is the journal when an adapter is not found.",
    )
    command.set_defaults(run=run, changes=True)
    command.add_argument("journal", metavar="FILE", help="the journal that the program has written")
    command.add_argument(
        "--discard",
        action="store_true",
        help="remove the journal also when an adapter is not found",
    )
    add_json(command)


def run(options: argparse.Namespace) -> None:
    """Restore the values that a killed program changed."""
    with warnings.catch_warnings(record=True) as kept:
        warnings.simplefilter("always", ipif.RestoreWarning)
        restored = ipif.recover(options.journal, discard=options.discard)
    if options.simulate is not None:
        ipif.simulation.save(options.simulate)
    for warning in kept:
        print(f"ipif: {warning.message}", file=sys.stderr)
    if restored.restarted:
        print(_RESTARTED, file=sys.stderr)
    if options.json:
        changes = [dict(zip(_COLUMNS, change, strict=True)) for change in restored]
        write_json([ipif.to_json(change) for change in changes])
        return
    write_title(f"restored from {options.journal}")
    if not restored:
        print("nothing had to be restored")
        return
    table: list[tuple[str, ...]] = [_COLUMNS]
    for change in restored:
        values = (show(change.member, value) for value in (change.before, change.after))
        table.append((change.interface, change.family, change.member, *values))
    write_table(table)
