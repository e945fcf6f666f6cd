"""``ipif snapshot``: this machine as a document that the simulation plays."""

from __future__ import annotations

import os

import ipif
from ipif._cli.arguments import file_name
from ipif._cli.status import NOT_FOUND, REFUSED, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

DESCRIPTION = (
    "Write a snapshot of this machine, a JSON document with its adapters, interfaces, routes and "
    "addresses, without counters. 'ipif --simulate FILE COMMAND' plays it, on every system. A "
    "snapshot contains hardware addresses, GUIDs, descriptions and IP addresses; --anonymous "
    "replaces them. Aliases stay: read them before you publish a snapshot."
)


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        type=file_name,
        help="the file to write; standard output when missing",
    )
    parser.add_argument(
        "--anonymous",
        action="store_true",
        help="replace hardware addresses, GUIDs, descriptions, public IP addresses and interface "
        "identifiers, the same one always by the same; routes lead as before. Private addresses "
        "and aliases stay",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace FILE if it exists and is a snapshot"
    )


def run(options: argparse.Namespace, output: Output) -> None:
    """Write a snapshot."""
    file = options.file
    if file is not None and os.path.lexists(file) and not options.force:
        raise Failure(REFUSED, f"{file} exists", "--force replaces a snapshot")
    # A simulated machine has a profile, too.
    simulated = ipif.backend == "simulated"
    document: Any = ipif.simulation.dump() if simulated else ipif.snapshot()
    if options.anonymous:
        from ipif._cli.anonymous import anonymous

        document = anonymous(document)
    if file is None:
        output.document(ipif.simulation.to_text(document))
        return
    _save(file, document)
    counts = {name: len(document[name]) for name in _SECTIONS}
    if output.as_json:
        output.json({"file": file, "anonymous": options.anonymous, **counts})
        return
    contents = ", ".join(f"{count} {name}" for name, count in counts.items())
    output.sentence(f"{file}: {contents}")
    if not options.anonymous and not simulated:
        output.note("it has hardware addresses and IP addresses; --anonymous replaces them")


_SECTIONS = ("adapters", "interfaces", "routes", "addresses")


def _save(file: str, document: Any) -> None:
    """Write the snapshot *document* to *file*."""
    try:
        ipif.simulation.save(file, document)
    except ipif.ValidationError as error:
        raise Failure(
            REFUSED, f"{file} is not a snapshot, so it is not replaced", "write to another file"
        ) from error
    except FileNotFoundError as error:
        folder = os.path.dirname(os.path.realpath(file))
        raise Failure(NOT_FOUND, f"there is no folder {folder}") from error
    except OSError as error:
        error.filename = file  # not that of the temporary file
        raise
