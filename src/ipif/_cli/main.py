"""``ipif``: list, get and set IP interfaces, and recover what was set.

Results go to standard output, with ``--json`` nothing but JSON; errors go to standard error. The
exit status is 0, or 1 when Windows refuses or does not find something, or 2 when an argument is
wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from contextlib import nullcontext

import ipif
from ipif._cli.commands import get, list, recover, set
from ipif._cli.lock import locked
from ipif._cli.output import WHERE, write_error
from ipif._cli.values import ArgumentRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = (list, get, set, recover)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, or those of the process; return the exit status."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # a program without a console
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):  # the console may lack characters of an alias
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            # All output for people says that the machine is simulated.
            warnings.simplefilter("ignore", ipif.SimulationWarning)
            saves = options.simulate is not None and options.changes
            with locked(options.simulate) if saves else nullcontext():
                if options.simulate is not None:
                    ipif.simulation.load(options.simulate)
                options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has closed its end. Otherwise Python would report an error when it flushes at
        # exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ipif.Error as error:
        write_error(error, error.hint)
        return 1
    except (ArgumentRefused, ipif.ValidationError, RuntimeError, OSError) as error:
        write_error(error)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ipif",
        description=f"Read and set the properties of the IP interfaces of this computer{WHERE}.",
    )
    parser.add_argument("--version", action="version", version=f"ipif {ipif.__version__}{WHERE}")
    parser.add_argument(
        "--simulate",
        metavar="FILE",
        help="work on the simulated machine of the snapshot FILE; changes are saved there",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser.set_defaults(changes=False)
    for command in _COMMANDS:
        command.add(commands)
    return parser
