"""Rows in JSON documents.

The members keep their SDK names. ``Family`` is ``"ipv4"`` or ``"ipv6"`` (its number differs from
system to system), GUIDs are ``"{0000000D-1111-4222-8333-0123456789AB}"``, hardware addresses
``"02-00-00-00-00-0D"``, IP addresses and prefixes their usual text, tuples lists.
"""

from __future__ import annotations

import ipaddress
import re
import uuid

from ipif._backend import native
from ipif._errors import Problem, ValidationError, advise
from ipif._family import CODES, NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ipif._ipif import Field

_INTEGERS = {
    "luid": (0, 2**64 - 1),
    "uint8": (0, 0xFF),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "enum": (-(2**31), 2**31 - 1),
    "offload": (0, 0xFF),
}
_ZONES = 16
_LONGEST_STRING = 256  # IF_MAX_STRING_SIZE, in UTF-16 units
_LONGEST_BYTES = 32  # IF_MAX_PHYS_ADDRESS_LENGTH
_LONGEST_ADDRESS = 64

_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_BYTES = re.compile(r"([0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2})*)?")

_FIELDS = {
    name: {field.name: field for field in native.fields(name)} for name in native.structures()
}


class _Refused(Exception):
    """A value that a member cannot have: the rule and the advice."""


def to_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return *row*, of any structure, as a dict that :mod:`json` can write.

    A member that is ``None`` (unchanged) is left out.
    """
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
    """Return the row of *structure* (``"MIB_IPINTERFACE_ROW"``) that *document* stands for.

    Members may be missing. Raises :class:`ipif.ValidationError` for unknown members and for values
    of a wrong type or one that the structure cannot hold.
    """
    if structure not in _FIELDS:
        advice = f"write one of {', '.join(_FIELDS)}"
        raise ValidationError([Problem("structure", structure, "no structure of ipif", advice)])
    problems: list[Problem] = []
    row = read_members(structure, document, "", problems)
    if problems:
        raise ValidationError(problems)
    return row


def read_members(
    structure: str, document: object, place: str, problems: list[Problem]
) -> dict[str, Any]:
    """Return the members of *document* that are good; note the problems of the others.

    *place* says where the document stands, as ``interfaces[2]``.
    """
    if not isinstance(document, dict):
        problems.append(Problem(place or "row", document, "no JSON object", "write {...}"))
        return {}
    fields = _FIELDS[structure]
    row = {}
    for name, value in document.items():
        where = f"{place}.{name}" if place else str(name)
        field = fields.get(name)
        if field is None:
            advice = advise(name, fields, "leave it out", problems)
            problems.append(Problem(where, value, f"no member of {structure}", advice))
            continue
        try:
            row[name] = _READERS[field.kind](field, value)
        except _Refused as refused:
            rule, advice = refused.args
            problems.append(Problem(where, value, rule, advice))
    return row


def _read_family(field: Field, value: object) -> int:
    if isinstance(value, str) and value in CODES:
        return CODES[value]
    raise _Refused("no address family", 'write "ipv4" or "ipv6"')


def _read_int(field: Field, value: object) -> int:
    low, high = _INTEGERS[field.kind]
    if isinstance(value, int) and not isinstance(value, bool):  # an ipif.Luid, too
        number = int.__index__(value)
        if low <= number <= high:
            return int(number)
        rule = f"outside {low}..{high}"
    else:
        rule = "no integer"
    raise _Refused(rule, f"write an integer from {low} to {high}")


def _read_bool(field: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _Refused("neither true nor false", "write true or false")


def _read_zones(field: Field, value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or len(value) != _ZONES:
        raise _Refused("no array of 16 integers", "write the zone indices of all 16 scope levels")
    for zone in value:
        if type(zone) is not int or not 0 <= zone < 2**32:
            raise _Refused("an item is no integer from 0 to 4294967295", "correct the item")
    return tuple(value)


def _read_string(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _Refused("no string", 'write "..."')
    try:
        units = len(value.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise _Refused("half a surrogate pair", "write whole characters") from None
    if "\0" in value or units > _LONGEST_STRING:
        rule = f"longer than {_LONGEST_STRING} characters, or with a NUL in it"
        raise _Refused(rule, "write a shorter text")
    return value


def _read_guid(field: Field, value: object) -> uuid.UUID:
    if isinstance(value, str) and _GUID.fullmatch(value):
        return uuid.UUID(value)
    raise _Refused("no GUID", 'write it as "{01234567-89AB-CDEF-0123-456789ABCDEF}"')


def _read_bytes(field: Field, value: object) -> bytes:
    if isinstance(value, str) and len(value) < 3 * _LONGEST_BYTES and _BYTES.fullmatch(value):
        return bytes.fromhex(value.replace("-", ""))
    raise _Refused("no hardware address", 'write at most 32 bytes as "02-00-00-00-00-0D"')


def _read_address(field: Field, value: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    advice = 'write it as "192.168.1.1", "fe80::1" or "fe80::1%13"'
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
        raise _Refused("no IP address", advice)
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        raise _Refused("no IP address", advice) from None
    scope = address.scope_id if address.version == 6 else None
    if scope is not None and not (scope.isascii() and scope.isdigit() and int(scope) < 2**32):
        raise _Refused("its scope id is no interface index", advice)
    return address


def _read_prefix(field: Field, value: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    advice = 'write it as "192.168.1.0/24" or "::/0"'
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or "%" in value:
        raise _Refused("no prefix", advice)
    try:
        return ipaddress.ip_network(value)
    except ValueError as error:
        raise _Refused(f"no prefix: {error}", advice) from None


def _read_ipv4(field: Field, value: object) -> ipaddress.IPv4Address:
    if isinstance(value, str) and len(value) <= _LONGEST_ADDRESS:
        try:
            return ipaddress.IPv4Address(value)
        except ValueError:
            pass
    raise _Refused("no IPv4 address", 'write it as "192.168.1.1"')


_READERS: dict[str, Callable[[Field, object], object]] = {
    "family": _read_family,
    "guid": _read_guid,
    "bool": _read_bool,
    "flag": _read_bool,
    "uint32[16]": _read_zones,
    "str": _read_string,
    "bytes": _read_bytes,
    "address": _read_address,
    "prefix": _read_prefix,
    "ipv4": _read_ipv4,
    **dict.fromkeys(_INTEGERS, _read_int),
}
