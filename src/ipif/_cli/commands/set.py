"""``ipif set``: change members of one interface."""

from __future__ import annotations

from functools import partial

import ipif
from ipif._cli import changes as changed
from ipif._cli import confirm
from ipif._cli.arguments import add_family, add_interface, families
from ipif._cli.commands.get import read_rows
from ipif._cli.interfaces import find_luid, title_of
from ipif._cli.members import check, read_changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.changes import Changed
    from ipif._cli.output import Output

NOTE = (
    "A change is active at once. It is lost when the interface goes away and at the next restart "
    "(inferred: the documentation does not say)."
)
DESCRIPTION = (
    f"Change members of an interface, and print the command that undoes it. {NOTE} Members: "
    f"{', '.join(field.name for field in ipif.FIELDS if field.access == 'settable')}; in any case, "
    "and as PowerShell and netsh call them."
)
CHANGES = True


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser)
    add_family(parser)
    parser.add_argument(
        "changes",
        nargs="+",
        metavar="Member=value",
        help="a number (decimal, or with 0x), true or false (also on, off, yes, no, enabled, "
        "disabled), the name of an enumerator, or 16 numbers with commas; Metric=auto is "
        "UseAutomaticMetric=true",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change")
    confirm.add_options(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    """Change members of one interface."""
    changes = read_changes(options.changes)
    wanted = families(options)
    check(changes, wanted)
    luid = find_luid(options.interface)
    alias = luid.alias
    rows = read_rows(luid, options)
    title = title_of(alias, next(iter(rows.values())), rows)
    if options.dry_run:
        title = f"{title}: would change"
    write = partial(changed.write, output, title, with_alias=False)
    if options.dry_run:
        found = [one for row in rows.values() for one in _would_change(alias, row, changes)]
        write(found, "nothing would change", undo=[])
        return 0
    if confirm.is_wanted(options):
        sections = dict.fromkeys(rows, changes)
        document = {"interfaces": [{"match": {"luid": int(luid)}, **sections}]}
        return confirm.run(_plan(document), write, options, output, [])
    family = next(iter(rows)) if len(wanted) == 1 else None
    found = _set(alias, luid, family, changes)
    output.undo = undo = changed.undo_commands(found, options.simulate)
    write(found, "nothing changed", undo=undo)
    if found and not output.as_json:
        for command in undo:
            output.line("undo: ", command)
        output.paragraph(NOTE)
    for text in changed.lost(found):
        output.note(text)
    return 0


def _set(alias: str, luid: ipif.Luid, family: Any, changes: Mapping[str, Any]) -> list[Changed]:
    """Change the members, in one family or in every one that is bound."""
    if family is not None:
        before, after = ipif.update_interface(luid, family, **changes)
        return changed.between(alias, before, after)
    both = ipif.update_interface(luid, None, **changes)
    return [one for old, new in both.values() for one in changed.between(alias, old, new)]


def _plan(document: dict[str, Any]) -> ipif.Plan:
    """Return the plan of a document with one entry; problems are about the command line."""
    try:
        return ipif.plan(document)
    except ipif.ValidationError as error:
        for problem in error.problems:
            problem.member = problem.member.removeprefix("interfaces[0].")
        raise


def _would_change(alias: str, row: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Changed]:
    """Return what setting *changes* would change in *row*."""
    if "Metric" in changes:
        changes = {"UseAutomaticMetric": False, **changes}
    keys = {name: row[name] for name in ("Family", "InterfaceLuid")}
    after = {name: value for name, (_, value) in ipif.differences({**keys, **changes}).items()}
    return changed.between(alias, row, {**row, **after})
