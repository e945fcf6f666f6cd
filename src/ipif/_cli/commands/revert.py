"""``ipif revert``: undo what set or apply did."""

from __future__ import annotations

from ipif._cli.arguments import file_name
from ipif._cli.commands.recover import restore

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

DESCRIPTION = (
    "Undo what 'ipif set --journal FILE' or 'ipif apply --journal FILE' did. Values that another "
    "program has changed since are kept. The journal is removed when everything is restored."
)
CHANGES = True


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("journal", metavar="FILE", type=file_name, help="the journal")


def run(options: argparse.Namespace, output: Output) -> int:
    """Undo what set or apply did."""
    return restore(options, output, discard=False)
