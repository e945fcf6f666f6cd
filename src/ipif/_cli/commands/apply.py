"""``ipif apply``: make the interfaces match a document."""

from __future__ import annotations

import time
from functools import partial

import ipif
from ipif import reports
from ipif._cli import changes as changed
from ipif._cli import confirm
from ipif._cli.arguments import file_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

DESCRIPTION = (
    "Make the interfaces match a document, in one transaction: all changes are made, or none. The "
    'document is JSON or TOML: {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": '
    '{"Metric": 10}}]}.'
)
CHANGES = True


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("document", metavar="FILE", type=file_name, help="the document")
    parser.add_argument("--dry-run", action="store_true", help="show what would change")
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=file_name,
        help="write what was changed, or what failed, to FILE, for 'ipif report merge'",
    )
    confirm.add_options(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    """Make the interfaces match a document."""
    if options.report is None:
        return _apply(options, output, [])
    # The file is written first: if that fails, nothing is changed, and if this process is killed,
    # the file says so.
    reports.write(reports.make(error=_Unfinished("it has not ended")), options.report)
    start = time.monotonic()
    made: list[ipif.Change] = []
    error: BaseException | None = None
    try:
        return _apply(options, output, made)
    except BaseException as raised:
        error = raised
        raise
    finally:
        report = reports.make(
            changes=made,
            error=error,
            dry_run=options.dry_run,
            seconds=time.monotonic() - start,
        )
        reports.write(report, options.report)


class _Unfinished(Exception):
    """The command was killed before it could write what it did."""


def _apply(options: argparse.Namespace, output: Output, in_force: list[ipif.Change]) -> int:
    """Make the interfaces match a document; append what was changed, and is not reverted."""
    plan = ipif.plan(ipif.read_document(options.document))
    if options.dry_run:
        in_force += plan.changes
        found = changed.of(plan.changes)
        title = f"{options.document} would change"
        changed.write(output, title, found, "nothing would change", undo=[], kept=False)
        return 0
    write = partial(changed.write, output, f"changed, as in {options.document}")
    made: list[ipif.Change] = []
    try:
        return confirm.run(plan, write, options, output, made)
    finally:
        if plan.state in ("applied", "confirmed"):
            in_force += made
