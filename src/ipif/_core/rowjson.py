"""Rows in JSON documents.

The members keep their SDK names. ``Family`` is ``"ipv4"`` or ``"ipv6"`` (its number differs from
system to system), GUIDs are ``"{0000000D-1111-4222-8333-0123456789AB}"``, hardware addresses
``"02-00-00-00-00-0D"``, IP addresses and prefixes their usual text, tuples lists.
"""

from __future__ import annotations

import ipaddress
import re
import uuid

from ipif._core.addresses import ADVICE as ADDRESS_ADVICE
from ipif._core.addresses import read_address
from ipif._core.errors import Problem, ValidationError, advise, expected
from ipif._core.family import AF, NAMES
from ipif._core.fields import (
    LONGEST_HARDWARE_ADDRESS,
    LONGEST_TEXT,
    STORAGE,
    TABLES,
    ZONES,
    ZONES_KIND,
    utf16_units,
)
from ipif._core.mapping import read_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ipif._core.fields import Field

#: The ``ipif_snapshot`` of the snapshots that this version reads and writes.
SNAPSHOT_VERSION = 1

_LONGEST_ADDRESS = 64  # characters

_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_BYTES = re.compile(r"([0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2})*)?")

_FIELDS = {name: {field.name: field for field in table} for name, table in TABLES.items()}


class _Refused(Exception):
    """A value that a member cannot have; the arguments are the rule and the advice."""


def to_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as a dict that :mod:`json` can write.

    Args:
        row: A row of any structure. A :class:`ipif.Change` is returned as its own ``to_json`` does.

    Returns:
        The members under their own names. ``Family`` is ``"ipv4"`` or ``"ipv6"``. GUIDs and
        addresses are text, and tuples are lists. A member that is ``None`` (unchanged) is left out.

    Example:
        >>> import ipif
        >>> adapter = ipif.get_adapter("Ethernet")
        >>> ipif.to_json({"InterfaceGuid": adapter["InterfaceGuid"]})
        {'InterfaceGuid': '{0000000D-1111-4222-8333-0123456789AB}'}
        >>> ipif.to_json(ipif.get_interface("Ethernet", "ipv6"))["Family"]
        'ipv6'
    """
    if hasattr(row, "to_json"):
        found: dict[str, Any] = row.to_json()
        return found
    document = {}
    for name, value in row.items():
        if value is None:
            continue
        if name == "Family":
            value = NAMES.get(value, value)
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, bytes):
            value = value.hex("-").upper()
        elif isinstance(value, uuid.UUID):
            value = f"{{{value}}}".upper()
        elif isinstance(value, int):
            value = value if isinstance(value, bool) else int(value)
        elif not isinstance(value, str):
            value = str(value)
        document[name] = value
    return document


def from_json(structure: str, document: object) -> dict[str, Any]:
    """Return the row that a document describes, as :func:`ipif.to_json` writes it.

    Args:
        structure: The name of the structure, such as ``"MIB_IPINTERFACE_ROW"``.
        document: The document. Members may be missing.

    Returns:
        The members of the document as a row has them.

    Raises:
        ipif.ValidationError: The structure or a member is unknown, or a value has the wrong type or
            does not fit the structure. It has every problem.

    Example:
        >>> import ipif
        >>> ipif.from_json("MIB_UNICASTIPADDRESS_ROW", {"Address": "10.8.0.2"})
        {'Address': IPv4Address('10.8.0.2')}
    """
    if structure not in _FIELDS:
        advice = f"write one of {', '.join(_FIELDS)}"
        raise ValidationError(
            [Problem("structure", structure, "not a structure that ipif knows", advice)]
        )
    problems: list[Problem] = []
    row = read_members(structure, document, "", problems)
    if problems:
        raise ValidationError(problems)
    return row


def read_members(
    structure: str, document: object, place: str, problems: list[Problem]
) -> dict[str, Any]:
    """Return the valid members of *document*; add the problems of the others to *problems*.

    *place* is the document's place in a larger one, such as ``interfaces[2]``.
    """
    members = read_object(document, place or "row", "write {...}", problems)
    if members is None:
        return {}
    fields = _FIELDS[structure]
    row = {}
    for name, value in members.items():
        where = f"{place}.{name}" if place else str(name)
        field = fields.get(name)
        if field is None:
            advice = advise(name, fields, "leave it out", problems)
            problems.append(Problem(where, value, f"not a member of {structure}", advice))
            continue
        try:
            row[name] = _READERS[field.kind](field, value)
        except _Refused as refused:
            rule, advice = refused.args
            problems.append(Problem(where, value, rule, advice))
    return row


def mentioned_luids(adapters: object) -> set[int] | None:
    """Return the LUIDs of all *adapters* of a snapshot, those with problems too.

    ``None`` when they are not an array. A row of an adapter with a problem is not a second problem.
    """
    if not isinstance(adapters, (list, tuple)):
        return None
    members = (read_object(adapter, "", "", []) for adapter in adapters)
    luids = [one.get("InterfaceLuid") for one in members if one is not None]
    return {luid for luid in luids if type(luid) is int}


def _read_family(field: Field, value: object) -> int:
    af = AF.get(value) if isinstance(value, str) else None  # a document allows no other spelling
    if af is None:
        raise _Refused("not an address family", 'write "ipv4" or "ipv6"')
    return af


def _read_int(field: Field, value: object) -> int:
    low, high = STORAGE[field.kind]
    advice = f"write an integer from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int):  # an ipif.Luid is an int too
        raise _Refused(expected("int", value), advice)
    number = int(int.__index__(value))
    if not low <= number <= high:
        raise _Refused(f"outside {low}..{high}", advice)
    return number


def _read_bool(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _Refused(expected("bool", value), "write true or false")
    return value


def _read_zones(field: Field, value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or len(value) != ZONES:
        advice = f"write the zone indices of all {ZONES} scope levels"
        raise _Refused(f"expected an array of {ZONES} integers", advice)
    low, high = STORAGE["uint32"]
    for zone in value:
        if type(zone) is not int or not low <= zone <= high:
            raise _Refused(f"an item is not an integer from {low} to {high}", "correct the item")
    return tuple(value)


def _read_string(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _Refused(expected("str", value), 'write "..."')
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _Refused("contains half of a surrogate pair", "write whole characters")
    if "\0" in value:
        raise _Refused("contains a NUL character", "leave it out")
    if utf16_units(value) > LONGEST_TEXT:
        raise _Refused(f"longer than {LONGEST_TEXT} characters", "write a shorter text")
    return value


def _read_guid(field: Field, value: object) -> uuid.UUID:
    if isinstance(value, str) and _GUID.fullmatch(value):
        return uuid.UUID(value)
    raise _Refused("not a GUID", 'write it as "{01234567-89AB-CDEF-0123-456789ABCDEF}"')


def _read_bytes(field: Field, value: object) -> bytes:
    longest = LONGEST_HARDWARE_ADDRESS
    if isinstance(value, str) and len(value) < 3 * longest and _BYTES.fullmatch(value):
        return bytes.fromhex(value.replace("-", ""))
    advice = f'write at most {longest} bytes as "02-00-00-00-00-0D"'
    raise _Refused("not a hardware address", advice)


def _read_address(field: Field, value: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if isinstance(value, str) and len(value) <= _LONGEST_ADDRESS:
        try:
            return read_address(field.name, value)
        except ValueError:
            pass
    raise _Refused("not an IP address", ADDRESS_ADVICE)


def _read_prefix(field: Field, value: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    advice = 'write it as "192.168.1.0/24" or "::/0"'
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or "%" in value:
        raise _Refused("not a prefix", advice)
    try:
        return ipaddress.ip_network(value)
    except ValueError as error:
        raise _Refused(f"not a prefix: {error}", advice) from None


def _read_ipv4(field: Field, value: object) -> ipaddress.IPv4Address:
    if isinstance(value, str) and len(value) <= _LONGEST_ADDRESS:
        try:
            return ipaddress.IPv4Address(value)
        except ValueError:
            pass
    raise _Refused("not an IPv4 address", 'write it as "192.168.1.1"')


_READERS: dict[str, Callable[[Field, object], object]] = {
    "family": _read_family,
    "guid": _read_guid,
    "bool": _read_bool,
    "flag": _read_bool,
    ZONES_KIND: _read_zones,
    "str": _read_string,
    "bytes": _read_bytes,
    "address": _read_address,
    "prefix": _read_prefix,
    "ipv4": _read_ipv4,
    **dict.fromkeys(STORAGE, _read_int),
}
