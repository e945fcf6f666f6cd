"""The command ``ipif``: list, get and set IP interfaces, and recover what was set.

It uses only what ``import ipif`` offers to everybody. What a program should read goes to standard
output, with ``--json`` nothing but JSON; errors go to standard error. The exit status is 0, or 1
when Windows refuses or does not find something, or 2 when an argument is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import warnings

import ipif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

SIMULATED = "simulated machine"

NOTE = (
    "A change is active at once. It is lost when the interface goes away and at the next reboot "
    "(inferred: the documentation does not say)."
)
MEMBERS = {field.name: field for field in ipif.FIELDS}
SWITCHES = {"true": True, "on": True, "false": False, "off": False}


class _Wrong(Exception):
    """An argument that cannot be understood."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, or those of the process; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an alias may have characters that the console has not
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            # Every output for people says itself that the machine is simulated.
            warnings.simplefilter("ignore", ipif.SimulationWarning)
            if options.world is not None:
                ipif.simulation.load(options.world)
            options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough. Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ipif.Error as error:
        return _failed(error, 1, error.hint)
    except (_Wrong, ipif.ValidationError, RuntimeError, OSError) as error:
        return _failed(error, 2)
    return 0


def _parser() -> argparse.ArgumentParser:
    where = f" ({SIMULATED})" if ipif.backend == "simulated" else ""
    parser = argparse.ArgumentParser(
        prog="ipif",
        description=f"Read and set the properties of the IP interfaces of this computer{where}.",
    )
    parser.add_argument("--version", action="version", version=f"ipif {ipif.__version__}{where}")
    parser.add_argument(
        "--world",
        metavar="FILE",
        help="the simulated machine that FILE describes; a set is saved there",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser(
        "list", help="all interfaces", description=f"List all interfaces{where}."
    )
    command.set_defaults(run=_list)
    _add_json(command)

    command = commands.add_parser(
        "get",
        help="all members of one interface and family",
        description=f"Show all members of one interface and family{where}.",
    )
    command.set_defaults(run=_get)
    _add_interface(command)
    _add_json(command)

    settable = ", ".join(field.name for field in ipif.FIELDS if field.access == "settable")
    command = commands.add_parser(
        "set",
        help="change members of one interface and family",
        description=f"Change members of one interface and family{where}. {NOTE}",
        epilog=f"Members that can be changed: {settable}.",
    )
    command.set_defaults(run=_set)
    _add_interface(command)
    command.add_argument(
        "changes",
        nargs="+",
        metavar="Member=value",
        help="a number, true, false, on, off, the name of an enumerator, or 16 numbers with commas",
    )
    _add_json(command)

    command = commands.add_parser(
        "recover",
        help="restore what a killed program has changed",
        description=f"Restore what a program has changed that was killed{where}. What somebody "
        "else has changed since is left as it is.",
    )
    command.set_defaults(run=_recover)
    command.add_argument("journal", metavar="FILE", help="the journal that the program has written")
    _add_json(command)
    return parser


def _add_interface(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "interface", metavar="INTERFACE", help="an index (digits), a GUID ({...}), or an alias"
    )
    command.add_argument("family", metavar="FAMILY", choices=("ipv4", "ipv6"), help="ipv4 or ipv6")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="write JSON")


def _list(options: argparse.Namespace) -> None:
    rows = ipif.list_interfaces()
    if options.json:
        _write_json([ipif.to_json(row) for row in rows])
        return
    _write_title("interfaces")
    table: list[tuple[str, ...]] = [("Index", "Family", "Metric", "NlMtu", "Connected", "Alias")]
    for row in rows:
        luid = ipif.Luid(row["InterfaceLuid"])
        metric = f"{row['Metric']}{' auto' if row['UseAutomaticMetric'] else ''}"
        family = ipif.to_json(row)["Family"]
        line = (row["InterfaceIndex"], family, metric, row["NlMtu"], row["Connected"], luid.alias)
        table.append(tuple(_text(None, value) for value in line))
    _write_table(table)


def _get(options: argparse.Namespace) -> None:
    row = ipif.get_interface(_interface(options.interface), options.family)
    if options.json:
        _write_json(ipif.to_json(row))
        return
    _write_title(_name(row))
    _write_table([(name, _text(name, value)) for name, value in row.items()])


def _set(options: argparse.Namespace) -> None:
    changes = _changes(options.changes)
    interface = _interface(options.interface)
    before, after = ipif.update_interface(interface, options.family, **changes)
    if options.world is not None:
        _save(ipif.simulation.dump(), options.world)
    old: Mapping[str, Any] = before
    new: Mapping[str, Any] = after
    # SitePrefixLength of IPv4 can only be written as 0: that is no change anybody asked for.
    changed = [
        name
        for name, field in MEMBERS.items()
        if field.access == "settable"
        and old[name] != new[name]
        and (name != "SitePrefixLength" or options.family == "ipv6")
    ]
    if options.json:
        _write_json(
            {
                "before": ipif.to_json({name: old[name] for name in changed}),
                "after": ipif.to_json({name: new[name] for name in changed}),
            }
        )
        return
    _write_title(_name(after))
    if not changed:
        print("nothing changed")
        return
    table = [("Member", "before", "after")]
    table += [(name, _text(name, old[name]), _text(name, new[name])) for name in changed]
    _write_table(table)
    print(NOTE)


def _recover(options: argparse.Namespace) -> None:
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ipif.RestoreWarning)
        restored = ipif.recover(options.journal)
    if options.world is not None:
        _save(ipif.simulation.dump(), options.world)
    for warning in left:
        print(f"ipif: {warning.message}", file=sys.stderr)
    if options.json:
        names = ("Interface", "Family", "Member", "before", "after")
        changes = [dict(zip(names, change, strict=True)) for change in restored]
        _write_json([ipif.to_json(change) for change in changes])
        return
    _write_title(f"restored from {options.journal}")
    if not restored:
        print("nothing had to be restored")
        return
    table: list[tuple[str, ...]] = [("Interface", "Family", "Member", "before", "after")]
    for change in restored:
        values = (_text(change.member, value) for value in (change.before, change.after))
        table.append((change.interface, change.family, change.member, *values))
    _write_table(table)


def _interface(text: str) -> Any:
    """Return the interface that *text* names: an index, a GUID or an alias."""
    if text.isascii() and text.isdigit():
        if len(text) > 20:
            raise _Wrong(f"{text[:20]}... is no index")
        return int(text)
    if text.startswith("{") and text.endswith("}"):
        import uuid

        try:
            return uuid.UUID(text)
        except ValueError:
            raise _Wrong(f"{text} is no GUID") from None
    return text


def _changes(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the changes that the arguments ``Member=value`` stand for."""
    changes: dict[str, Any] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals:
            raise _Wrong(f"{argument!r} is not of the form Member=value")
        if name in changes:
            raise _Wrong(f"{name} is given twice")
        changes[name] = _value(name, text)
    return changes


def _value(name: str, text: str) -> object:
    """Return the value that *text* stands for; *text* itself when it is nothing for *name*."""
    field = MEMBERS.get(name)
    if field is None:
        return text
    if field.kind == "bool":
        return SWITCHES.get(text.lower(), text)
    if field.kind == "uint32[16]":
        return tuple(_number(item) for item in text.split(","))
    if field.enum is not None:
        for enumerator in getattr(ipif, field.enum):
            if enumerator.name.lower() == text.lower():
                return int(enumerator)
    return _number(text)


def _number(text: str) -> int | str:
    """Return the number that *text* is, decimal or with 0x, or *text*."""
    try:
        return int(text, 0)
    except ValueError:
        return text


def _text(name: str | None, value: object) -> str:
    """Return *value* of the member *name* as ``set`` would take it."""
    field = MEMBERS.get(name) if name is not None else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if name == "Family":
        return str(ipif.to_json({name: value})[name])
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if field is not None and field.kind == "enum" and field.enum is not None:
        for enumerator in getattr(ipif, field.enum):
            if enumerator == value:
                return str(enumerator.name)
    return str(value)


def _name(row: Mapping[str, Any]) -> str:
    """Return what people call the interface of *row*."""
    alias = ipif.Luid(row["InterfaceLuid"]).alias
    return f"{alias} (index {row['InterfaceIndex']}), {_text('Family', row['Family'])}"


def _write_title(title: str) -> None:
    print(f"{SIMULATED}: {title}" if ipif.backend == "simulated" else title)


def _write_table(table: Sequence[tuple[str, ...]]) -> None:
    """Write *table* in columns; the last one may be as long as it likes."""
    widths = [max(map(len, column)) for column in list(zip(*table, strict=True))[:-1]]
    for line in table:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        print("  " + "  ".join([*cells, line[-1]]))


def _write_json(document: object) -> None:
    print(json.dumps(document, indent=1))


def _save(world: dict[str, Any], path: str) -> None:
    """Replace the file *path* by *world*, one row per line; nobody ever sees half of it."""
    with open(path, encoding="utf-8-sig") as file:
        about = json.load(file).get("about")
    if about is not None:
        world = {"ipif_world": world["ipif_world"], "about": about, **world}
    members = []
    for name, value in world.items():
        text = json.dumps(value)
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(json.dumps(row) for row in value) + "\n ]"
        members.append(f" {json.dumps(name)}: {text}")
    target = os.path.realpath(path)
    number, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".ipif-")
    try:
        with open(number, "w", encoding="utf-8", newline="\n") as file:
            file.write("{\n" + ",\n".join(members) + "\n}\n")
            file.flush()
            os.fsync(number)
        os.chmod(temporary, os.stat(target).st_mode & 0o777)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _failed(error: Exception, status: int, hint: str = "") -> int:
    """Tell about *error* on standard error; return *status*."""
    where = f" ({SIMULATED})" if ipif.backend == "simulated" else ""
    print(f"ipif{where}: {error}", file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)
    return status
