"""``ipif recover``: restore what a killed program has changed."""

from __future__ import annotations

import os
import warnings

import ipif
from ipif._cli import changes as changed
from ipif._cli.arguments import file_name
from ipif._cli.status import DONE, NOT_FOUND, Failure, in_words_of_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

DESCRIPTION = (
    "Restore what a killed program has changed, from its journal. Values that another program has "
    "changed since are kept. When an adapter is not found, the journal is kept, and the command "
    "ends with 4."
)
CHANGES = True

_RESTARTED = (
    "the computer has been started again since the journal was written; that alone brings the "
    "earlier values back"
)


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "journal", metavar="FILE", type=file_name, help="the journal that the program has written"
    )
    parser.add_argument(
        "--discard", action="store_true", help="remove the journal even if an adapter is not found"
    )


def run(options: argparse.Namespace, output: Output) -> int:
    """Restore what a killed program has changed."""
    return restore(options, output, discard=options.discard)


def restore(options: argparse.Namespace, output: Output, *, discard: bool) -> int:
    """Restore from a journal; return the exit status."""
    journal: str = options.journal
    # The machine of --simulate is saved when results are written. Until then its snapshot has the
    # changed values, and the journal is needed.
    keep = options.simulate is not None
    try:
        with warnings.catch_warnings(record=True) as kept:
            warnings.simplefilter("always", ipif.RestoreWarning)
            restored = ipif.recover(journal, discard=discard, keep_journal=keep)
    except FileNotFoundError as error:
        if isinstance(error, ipif.Error):
            raise
        raise Failure(NOT_FOUND, f"there is no journal {journal}") from None
    for warning in kept:
        output.note(in_words_of_command(str(warning.message)))
    if restored.restarted:
        output.note(_RESTARTED)
    more: dict[str, Any] = {
        "missing": list(restored.missing),
        "kept": restored.kept,
        "restarted": restored.restarted,
    }
    found = changed.of(restored)
    changed.write(output, f"restored from {journal}", found, "nothing had to be restored", **more)
    if keep and not restored.kept:
        os.unlink(journal)
    return NOT_FOUND if restored.kept else DONE
