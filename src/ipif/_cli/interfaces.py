"""Interfaces and families: how arguments name them, and how the command shows them."""

from __future__ import annotations

import os

import ipif
from ipif._cli.members import show, to_json
from ipif._cli.status import INVALID, NOT_FOUND, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Literal, TypeVar

    from ipif.types import MIB_IF_ROW2

    Family = Literal["ipv4", "ipv6"]
    _Row = TypeVar("_Row", bound=Mapping[str, Any])

FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")

#: The members by which JSON names a row, in this order.
IDENTITY = ("Alias", "InterfaceIndex", "InterfaceLuid", "Family")

_LUID = "luid:"
_LONGEST_NUMBER = 20  # digits


def read_interface(text: str) -> Any:
    """Return what *text* names, as the functions of :mod:`ipif` take it.

    Digits are an index; ``luid:N`` is a LUID. Everything else is an alias, a GUID, an IP address or
    a hardware address, and :mod:`ipif` finds out which.
    """
    text = _decoded(text)
    number = text[len(_LUID) :] if text[: len(_LUID)].lower() == _LUID else text
    if number.isascii() and number.isdigit():
        if len(number) > _LONGEST_NUMBER or (number is not text and int(number) >= 2**64):
            raise Failure(INVALID, f"{text[:_LONGEST_NUMBER]}... is neither an index nor a LUID")
        return int(number) if number is text else ipif.Luid(int(number))
    return text


def _decoded(text: str) -> str:
    """Return an argument in UTF-8, also when the locale of the system is not UTF-8."""
    if any("\udc80" <= character <= "\udcff" for character in text):
        try:
            return os.fsencode(text).decode("utf-8")
        except UnicodeError:
            return text
    return text


def find_luid(text: str) -> ipif.Luid:
    """Return the LUID of the interface that *text* names; :class:`ipif.Error` if there is none."""
    interface = read_interface(text)
    luid = ipif.Luid.of(interface)
    if isinstance(interface, ipif.Luid):
        _ = luid.alias  # no other form names an adapter that does not exist
    return luid


def read_families(text: str | None) -> tuple[Family, ...]:
    """Return the families that *text* names: ``ipv4``, ``ipv6``, ``4``, ``6``, ``both``."""
    if text is None or text.lower() == "both":
        return FAMILIES
    for family in FAMILIES:
        if text.lower() in (family, family[-1]):
            return (family,)
    raise Failure(INVALID, f"the family is ipv4, ipv6 or both, not {text[:40]!r}")


def alias_pattern(text: str) -> Callable[[str], bool] | None:
    """Return the test that an alias passes when it is like *text*.

    ``None`` when *text* is no pattern: it has no ``*`` and no ``?``.
    """
    text = _decoded(text)
    if "*" not in text and "?" not in text:
        return None
    from fnmatch import fnmatchcase

    pattern = text.lower().replace("[", "[[]")
    return lambda alias: fnmatchcase(alias.lower(), pattern)


class Adapters:
    """All adapters, read once: one table for all aliases, and not one call for each."""

    def __init__(self) -> None:
        self.rows: dict[int, MIB_IF_ROW2] = {
            row["InterfaceLuid"]: row for row in ipif.list_adapters()
        }

    def alias(self, luid: int) -> str:
        """Return the alias; an adapter that has come since has none here yet."""
        row = self.rows.get(luid)
        return "" if row is None else row["Alias"]

    def select(self, text: str | None) -> set[int] | None:
        """Return the LUIDs of the adapters that *text* names, ``None`` for all of them.

        A text with ``*`` or ``?`` is a pattern for aliases.
        """
        if text is None:
            return None
        text = _decoded(text)
        matches = alias_pattern(text)
        if matches is None:
            return {int(find_luid(text))}
        found = {luid for luid, row in self.rows.items() if matches(row["Alias"])}
        if not found:
            raise Failure(
                NOT_FOUND, f"no interface has an alias like {text!r}", "'ipif list' lists them all"
            )
        return found

    def only(self, rows: Iterable[_Row], text: str | None) -> list[_Row]:
        """Return those of *rows*, of any structure, that belong to the adapters of *text*."""
        luids = self.select(text)
        return [row for row in rows if luids is None or row["InterfaceLuid"] in luids]


def identity(row: Mapping[str, Any], alias: str) -> dict[str, Any]:
    """Return the members by which JSON names a row of any structure."""
    found: dict[str, Any] = {
        "Alias": alias,
        "InterfaceIndex": int(row["InterfaceIndex"]),
        "InterfaceLuid": int(row["InterfaceLuid"]),
    }
    if "Family" in row:
        found["Family"] = show("Family", row["Family"])
    return found


def row_to_json(row: Mapping[str, Any], alias: str) -> dict[str, Any]:
    """Return a MIB_IPINTERFACE_ROW as JSON shows it: what names it comes first."""
    return {**identity(row, alias), **to_json(row)}


def narrowed(document: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return what names the row of the JSON object *document*, and its members called *names*."""
    return {name: document[name] for name in (*IDENTITY, *names)}


def title_of(alias: str, row: Mapping[str, Any], families: Iterable[str]) -> str:
    """Return the line above the values of an interface."""
    return f"{alias} (index {row['InterfaceIndex']}), {' and '.join(families)}"


def as_argument(alias: str, luid: int) -> str:
    """Return an argument that names the interface in every shell."""
    plain = alias.replace(" ", "a").replace("-", "a").replace("_", "a").replace("#", "a")
    plain = plain.replace("(", "a").replace(")", "a").replace(".", "a")
    if not plain.isalnum() or alias.isdigit() or alias[0] in " -" or alias != alias.strip():
        return f"{_LUID}{int(luid)}"
    return f'"{alias}"' if not alias.replace("-", "a").replace("_", "a").isalnum() else alias
