"""Find the LUID of an interface named by index, alias, GUID, LUID, or any row."""

from __future__ import annotations

import sys
from operator import index as to_int

from ipif._core.backend import native
from ipif._core.errors import Error, InterfaceNotFound, Problem, ValidationError, expected, suggest
from ipif._core.fields import LARGEST_INDEX, LONGEST_TEXT, utf16_units
from ipif._core.luid import Luid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: MibIfTableNormalWithoutStatistics: the adapters without their counters.
WITHOUT_STATISTICS = 2

_ADVICE = "write an index, an alias, a uuid.UUID, an ipif.Luid, or a row"


def to_luid(interface: Any, *, suggest_alias: bool = True) -> int:
    """Return the LUID of *interface*: an index, an alias, a ``uuid.UUID``, a Luid, or any row.

    Raises :class:`ipif.ValidationError` for a value that cannot name an interface, and
    :class:`ipif.InterfaceNotFound`, with the nearest alias unless *suggest_alias* is false.
    """
    kind = type(interface)
    if issubclass(kind, Luid):
        if interface:
            return int(interface)
        raise _names_nothing(interface, "no interface has the LUID 0")
    if issubclass(kind, str):
        return _alias_to_luid(str.__str__(interface), suggest_alias)
    if issubclass(kind, dict):
        return _row_to_luid(interface)
    # A caller that has a UUID has imported uuid.
    uuid = sys.modules.get("uuid")
    if uuid is not None and issubclass(kind, uuid.UUID):
        from ipif._core.guid import to_bytes

        try:
            guid = to_bytes(interface)
        except ValueError as error:
            raise _names_nothing(interface, str(error)) from error
        return native.convert_interface_guid_to_luid(guid)
    return native.convert_interface_index_to_luid(_read_index(interface))


def shown_interface(interface: object) -> object:
    """Return *interface* as an error shows it: as the caller gave it, or the key of a row."""
    if isinstance(interface, dict):
        luid = dict.get(interface, "InterfaceLuid")
        return Luid(luid) if luid else dict.get(interface, "InterfaceIndex")
    return interface


def _alias_to_luid(alias: str, suggest_alias: bool) -> int:
    """Return the LUID of the interface called *alias*."""
    if not alias:
        raise _names_nothing(alias, "an alias must not be empty")
    if "\0" in alias:
        raise _names_nothing(alias, "an alias must not contain a NUL character")
    if utf16_units(alias) > LONGEST_TEXT:
        raise _names_nothing(alias, f"an alias must have at most {LONGEST_TEXT} characters")
    try:
        return native.convert_interface_alias_to_luid(alias)
    except InterfaceNotFound as error:
        if suggest_alias:
            error.nearest = _nearest_alias(alias)
        raise


def _nearest_alias(alias: str) -> str | None:
    """Return the alias of an adapter that is most similar to *alias*, or ``None``."""
    try:
        return suggest(alias, [row["Alias"] for row in native.get_if_table2(WITHOUT_STATISTICS)])
    except Error:
        return None


def _row_to_luid(row: dict[Any, Any]) -> int:
    """Return the LUID in *row*, or that of the index in it."""
    luid = dict.get(row, "InterfaceLuid")
    if luid is None or luid == 0:
        index = dict.get(row, "InterfaceIndex")
        if index is None or index == 0:
            raise _names_nothing(row, "the row has neither InterfaceLuid nor InterfaceIndex")
        return native.convert_interface_index_to_luid(_read_index(index))
    try:
        return int(Luid(luid))
    except ValidationError:
        raise _names_nothing(row, "its InterfaceLuid is not a LUID") from None


def _read_index(interface: Any) -> int:
    """Return *interface* as an index."""
    if type(interface) is bool:
        raise _names_nothing(interface, expected("an interface", interface))
    try:
        index = to_int(interface)
    except Exception:
        raise _names_nothing(interface, expected("an interface", interface)) from None
    if not 0 < index <= LARGEST_INDEX:
        advice = _ADVICE
        if LARGEST_INDEX < index < 2**64:
            advice = f"if it is a LUID, write ipif.Luid({index})"
        raise _names_nothing(interface, f"an index is from 1 to {LARGEST_INDEX}", advice)
    return int(index)


def _names_nothing(interface: object, rule: str, advice: str = _ADVICE) -> ValidationError:
    """Return the exception for an argument that cannot name an interface."""
    return ValidationError([Problem("interface", interface, rule, advice)])
