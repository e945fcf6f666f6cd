"""Completion of a command line, for the shells that argcomplete knows.

The shell calls the command with the line in its environment; argcomplete, which is in the extra
``ipif[cli]``, parses it and asks the functions here what may stand at the cursor.
"""

from __future__ import annotations

import os

import ipif
from ipif._cli.interfaces import Adapters
from ipif._cli.members import BY_NAME, find_member

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from ipif import Field
    from ipif._cli.arguments import Parser

    # What may stand at the cursor, and what is said about each.
    Found: TypeAlias = Mapping[str, str]


def offer(parser: Parser) -> None:
    """Answer the shell that completes a command line, and end the process.

    It returns when argcomplete is not installed.
    """
    try:
        import argcomplete
        from argcomplete.completers import SuppressCompleter
    except ImportError:
        return
    parsers = [parser]
    # The arguments of a command are added when it is parsed; argcomplete looks for them before.
    commands = commands_of(parser)
    for word in os.environ.get("COMP_LINE", "").split():
        if word in commands:
            commands[word].complete()
            parsers.append(commands[word])
    for one in parsers:
        _attach(one)
    argcomplete.autocomplete(
        parser,
        always_complete_options=False,
        default_completer=SuppressCompleter(),
        validator=begins_with,
    )


def commands_of(parser: Parser) -> Mapping[str, Parser]:
    """Return the parsers of the commands, by name."""
    action: Any = next(one for one in parser._actions if one.dest == "command")
    found: Mapping[str, Parser] = action.choices
    return found


def begins_with(candidate: str, prefix: str) -> bool:
    """Return whether *candidate* begins with *prefix*, in any case."""
    return candidate.lower().startswith(prefix.lower())


def _attach(parser: Parser) -> None:
    """Give each argument the function that completes it; its metavar tells which."""
    action: Any
    for action in parser._actions:
        if action.metavar in BY_METAVAR:
            action.completer = _quietly(BY_METAVAR[action.metavar])


def _quietly(find: Callable[[str, argparse.Namespace], Found]) -> Callable[..., Found]:
    """Return a completer that offers nothing when something fails."""

    def complete(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Found:
        try:
            return find(prefix, parsed_args)
        except Exception:  # a shell cannot show it
            return {}

    return complete


# ---- what may stand there


def interfaces(prefix: str, options: argparse.Namespace) -> Found:
    """Return the aliases; one that a shell cannot show is named by its LUID."""
    if getattr(options, "simulate", None) is not None:
        ipif.simulation.load(options.simulate)
    return {
        row["Alias"] if row["Alias"].isprintable() else f"luid:{luid}": row["Description"]
        for luid, row in Adapters().rows.items()
        if not row["FilterInterface"]
    }


def families(prefix: str, options: argparse.Namespace) -> Found:
    """Return the families."""
    return {"ipv4": "", "ipv6": "", "both": "ipv4 and ipv6"}


def changes(prefix: str, options: argparse.Namespace) -> Found:
    """Return the settable members with ``=``, or the values of the member that is there."""
    name, equals, _ = prefix.partition("=")
    if not equals:
        given = {_sdk_name(word.partition("=")[0]) for word in _given(options)}
        return {
            f"{word}=": field.summary
            for word, field in _names(prefix)
            if field.access == "settable" and field.name not in given
        }
    field = find_member(name, settable=True)
    if field.kind == "bool":
        values = ["true", "false"]
    elif field.enum is not None:
        enum = getattr(ipif, field.enum)
        values = [one.name for one in enum if int(one) not in field.unchanged]
    elif field.name == "Metric":
        values = ["auto"]
    else:
        values = []
    return {f"{name}={value}": "" for value in values}


def _given(options: argparse.Namespace) -> Iterable[str]:
    """Return the changes that the command line has already."""
    given = getattr(options, "changes", None)
    return given if isinstance(given, list) else ()


def _sdk_name(word: str) -> str:
    field = BY_NAME.get(word.lower())
    return word if field is None else field.name


def _names(prefix: str) -> Iterator[tuple[str, Field]]:
    """Yield the names of the members, and of those that only PowerShell's name leads to, that."""
    for field in ipif.FIELDS:
        other = field.powershell or ""
        is_other = prefix and begins_with(other, prefix) and not begins_with(field.name, prefix)
        yield other if is_other else field.name, field


def members(prefix: str, options: argparse.Namespace) -> Found:
    """Return the members, and the structures; after a structure and a dot, its members."""
    tables = {name.lower(): (name, table) for name, table in ipif.netioapi.FIELDS.items()}
    structure, dot, _ = prefix.lower().rpartition(".")
    if dot:
        name, table = tables[structure]
        return {f"{name}.{field.name}": field.summary for field in table}
    found = {word: field.summary for word, field in _names(prefix)}
    return {**found, **{name: f"the members of {name}" for name in ipif.netioapi.FIELDS}}


def columns(prefix: str, options: argparse.Namespace) -> Found:
    """Return the columns of the list: those before the last comma stay."""
    from ipif._cli.commands.list import COLUMNS

    before, comma, _ = prefix.rpartition(",")
    names = [*COLUMNS, *(field.name for field in ipif.FIELDS)]
    return {f"{before}{comma}{name}": "" for name in names}


def types(prefix: str, options: argparse.Namespace) -> Found:
    """Return the types of adapters."""
    return {kind.name.lower().rstrip("2"): "" for kind in ipif.IfType}


def files(prefix: str, options: argparse.Namespace) -> Found:
    """Return the files and folders; a folder ends with a slash."""
    name = os.path.basename(prefix)
    folder = prefix[: len(prefix) - len(name)]
    with os.scandir(folder or ".") as entries:
        found = [
            f"{folder}{entry.name}{'/' if entry.is_dir() else ''}"
            for entry in entries
            if not entry.name.startswith(".") or name.startswith(".")
        ]
    return dict.fromkeys(sorted(found), "")


#: What completes an argument, by its metavar.
BY_METAVAR: Mapping[str, Callable[[str, argparse.Namespace], Found]] = {
    "FILE": files,
    "INTERFACE": interfaces,
    "FAMILY": families,
    "Member=value": changes,
    "MEMBER": members,
    "A,B": columns,
    "TYPE": types,
}
