"""The command line: a parser whose errors are exceptions, and the arguments that commands share."""

from __future__ import annotations

import argparse
import os
import sys

import ipif
from ipif._cli.interfaces import read_families
from ipif._cli.output import columns_of, writing
from ipif._cli.status import INVALID, MEANINGS, USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from _typeshed import SupportsWrite

INTERFACE_HELP = (
    "an alias, an index, a GUID, luid:N, or an IP or hardware address that the adapter has"
)
FAMILY_HELP = "ipv4, ipv6 or both (also 4 and 6)"
STATUS_HELP = "exit status: " + "; ".join(
    f"{status} {meaning}" for status, meaning in MEANINGS.items()
)

_LONGEST = 10 * 365 * 86400  # seconds
_LONGEST_NAME = 40  # characters of a command that does not exist


class Parser(argparse.ArgumentParser):
    """A parser that knows no abbreviations, and raises :class:`Failure` for a wrong command line.

    *fill* adds the arguments; it is called when they are needed.
    """

    def __init__(self, *, fill: Callable[[Parser], object] | None = None, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=lay_out, add_help=True, **options)
        self._fill = fill

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, after the arguments of this command have been added."""
        self.complete()
        return super().parse_known_args(args, namespace)

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse; the hint about arguments that nothing takes names the command."""
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            message = f"unrecognized arguments: {' '.join(unknown)}"
            raise Failure(USAGE, message, _help_hint(f"{self.prog} {options.command}"))
        return options

    def complete(self) -> None:
        """Add the arguments of this command, if that has not been done."""
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Write help or the version; argparse would ignore that the disk is full."""
        with writing():
            (file or sys.stderr).write(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a command that does not exist; argparse would list them all in one line."""
        choices = action.choices
        if action.dest != "command" or choices is None or value in choices:
            super()._check_value(action, value)
            return
        from difflib import get_close_matches

        similar = get_close_matches(value[:_LONGEST_NAME].lower(), choices, n=1)
        question = f"; did you mean {similar[0]!r}?" if similar else ""
        message = f"there is no command {value[:_LONGEST_NAME]!r}{question}"
        raise Failure(USAGE, message, f"'{self.prog} --help' lists the commands")

    def error(self, message: str) -> NoReturn:
        """Raise :class:`Failure`."""
        raise Failure(USAGE, message, _help_hint(self.prog))


def _help_hint(command: str) -> str:
    return f"'{command} --help' shows how it is used"


def help_columns() -> int:
    """Return how wide help is; argparse would import a module to learn it."""
    return columns_of(sys.stdout) - 2


def lay_out(prog: str) -> argparse.HelpFormatter:
    """Return what lays out help."""
    return argparse.HelpFormatter(prog, width=help_columns())


def lay_out_unbroken(prog: str) -> argparse.HelpFormatter:
    """Return what lays out help, but leaves the lines of the description and the epilog."""
    return argparse.RawDescriptionHelpFormatter(prog, width=help_columns())


def add_shared(parser: Parser, *, again: bool) -> None:
    """Add the options that may stand before the command, and *again* behind it."""

    def default(value: object) -> Any:
        return argparse.SUPPRESS if again else value

    options = parser.add_argument_group("options of every command")
    options.add_argument(
        "--json", action="store_true", default=default(False), help="write JSON, errors too"
    )
    options.add_argument(
        "--simulate",
        metavar="FILE",
        type=file_name,
        default=default(None),
        help="work on the simulated machine of the snapshot FILE; changes are saved there",
    )
    options.add_argument(
        "--debug",
        action="store_true",
        default=default(False),
        help="show the traceback of an error",
    )


def add_interface(parser: Parser, *, optional: bool = False, pattern: bool = False) -> None:
    """Add the argument that names an interface; *pattern*: or several, by ``*`` and ``?``."""
    text = INTERFACE_HELP + (", or a pattern for aliases with * and ?" if pattern else "")
    parser.add_argument(
        "interface", metavar="INTERFACE", nargs="?" if optional else None, help=text
    )


def add_family(parser: Parser, *, optional: bool = False) -> None:
    """Add the argument that names a family, or both."""
    parser.add_argument(
        "family", metavar="FAMILY", nargs="?" if optional else None, help=FAMILY_HELP
    )


def add_family_option(parser: Parser) -> None:
    """Add the option that names a family."""
    parser.add_argument("--family", metavar="FAMILY", help=FAMILY_HELP)


def file_name(text: str) -> str:
    """Return the name of a file; for ``type=`` of an argument."""
    try:
        possible = text and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half of a surrogate pair
        possible = False
    if not possible:
        raise Failure(INVALID, f"no file can have the name {text!r}")
    return text


def seconds(text: str) -> float:
    """Return a number of seconds; for ``type=`` of an argument."""
    try:
        plain = text.isascii() and "_" not in text and text == text.strip()
        value = float(text) if plain else -1.0
    except ValueError:
        value = -1.0
    if not 0 <= value <= _LONGEST:  # NaN is not, either
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of seconds")
    return value


def some_seconds(text: str) -> float:
    """Return a number of seconds above 0; for ``type=`` of an argument."""
    value = seconds(text)
    if not value:
        raise argparse.ArgumentTypeError("it must be more than 0 seconds")
    return value


def add_wide(parser: Parser) -> None:
    """Add the option for tables that are as wide as their texts."""
    parser.add_argument(
        "--wide", action="store_true", help="do not shorten, break or leave out any text"
    )


def families(options: argparse.Namespace) -> tuple[Any, ...]:
    """Return the families that the command line names, both when it names none."""
    return read_families(options.family)


def one_family(options: argparse.Namespace) -> Any:
    """Return the only family that the command line names, ``None`` for both."""
    wanted = families(options)
    return wanted[0] if len(wanted) == 1 else None


def where() -> str:
    """Return the sentence of help texts about a simulated machine."""
    return " The machine here is simulated." if ipif.backend == "simulated" else ""
