"""``ipif apply``: make the interfaces match a document."""

from __future__ import annotations

from functools import partial

import ipif
from ipif._cli import changes as changed
from ipif._cli import confirm
from ipif._cli.arguments import file_name
from ipif._cli.documents import read_document

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
    confirm.add_options(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    """Make the interfaces match a document."""
    plan = ipif.plan(read_document(options.document))
    if options.dry_run:
        found = changed.of(plan.changes)
        title = f"{options.document} would change"
        changed.write(output, title, found, "nothing would change", undo=[], kept=False)
        return 0
    write = partial(changed.write, output, f"changed, as in {options.document}")
    return confirm.run(plan, write, options, output)
