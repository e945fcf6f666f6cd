"""Arguments of the command: interfaces, members and their values."""

from __future__ import annotations

import ipif

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

MEMBERS = {field.name: field for field in ipif.FIELDS}
# "enabled" and "disabled" are the words of PowerShell and netsh.
_SWITCHES = {
    **dict.fromkeys(("true", "on", "enabled"), True),
    **dict.fromkeys(("false", "off", "disabled"), False),
}
_LONGEST_NUMBER = 20  # digits


class ArgumentRefused(Exception):
    """An invalid argument."""


def add_interface(command: argparse.ArgumentParser) -> None:
    """Add the two arguments that name a row."""
    command.add_argument(
        "interface", metavar="INTERFACE", help="an index (digits), a GUID ({...}), or an alias"
    )
    command.add_argument(
        "family",
        metavar="FAMILY",
        type=str.lower,
        choices=("ipv4", "ipv6"),
        help="ipv4 or ipv6",
    )


def add_json(command: argparse.ArgumentParser) -> None:
    """Add the option for JSON."""
    command.add_argument("--json", action="store_true", help="write JSON")


def read_interface(text: str) -> Any:
    """Return the interface that *text* names: an index, a GUID or an alias."""
    if text.isascii() and text.isdigit():
        if len(text) > _LONGEST_NUMBER:
            raise ArgumentRefused(f"{text[:_LONGEST_NUMBER]}... is not an index")
        return int(text)
    if text.startswith("{") and text.endswith("}"):
        import uuid

        try:
            return uuid.UUID(text)
        except ValueError:
            raise ArgumentRefused(f"{text} is not a GUID") from None
    return text


def read_changes(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the changes that the arguments ``Member=value`` stand for."""
    changes: dict[str, Any] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals:
            raise ArgumentRefused(f"{argument!r} is not of the form Member=value")
        if name in changes:
            raise ArgumentRefused(f"{name} is given twice")
        changes[name] = _read_value(name, text)
    return changes


def _read_value(name: str, text: str) -> object:
    """Return the value that *text* stands for; *text* itself when the member cannot hold it."""
    field = MEMBERS.get(name)
    if field is None:
        return text
    if field.kind == "bool":
        return _SWITCHES.get(text.lower(), text)
    if field.kind == "uint32[16]":
        return tuple(_read_number(item) for item in text.split(","))
    if field.enum is not None:
        for enumerator in getattr(ipif, field.enum):
            if enumerator.name.lower() == text.lower():
                return int(enumerator)
    return _read_number(text)


def _read_number(text: str) -> int | str:
    """Return the number that *text* is, decimal or with 0x, or *text*."""
    try:
        return int(text, 0)
    except ValueError:
        return text
