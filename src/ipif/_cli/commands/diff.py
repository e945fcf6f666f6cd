"""``ipif diff``: show what a document would change."""

from __future__ import annotations

import ipif
from ipif._cli import changes as changed
from ipif._cli.arguments import file_name
from ipif._cli.status import DONE, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

#: As ``diff`` of other systems ends when two files differ.
DIFFERENT = REFUSED

DESCRIPTION = (
    "Show what 'ipif apply' would change. It ends with 0 when nothing differs, and with 1 when "
    "something does."
)


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "document", metavar="FILE", type=file_name, help="the document, in JSON or TOML"
    )


def run(options: argparse.Namespace, output: Output) -> int:
    """Show what a document would change."""
    plan = ipif.plan(ipif.read_document(options.document))
    found = changed.of(plan.changes)
    changed.write(output, f"differs from {options.document}", found, "nothing differs")
    return DIFFERENT if found else DONE
