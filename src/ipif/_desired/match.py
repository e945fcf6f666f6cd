"""Reads ``match``, the selectors of a document's entry.

Each value becomes the keys by which ``select`` finds adapters. What a selector means is there.
"""

from __future__ import annotations

import ipaddress
import re
from operator import index as to_int
from uuid import UUID

from ipif._core.addresses import packed_of, read_address, scope_of
from ipif._core.alias import fold_alias
from ipif._core.errors import Problem, expected, shown
from ipif._core.fields import LARGEST_INDEX, LARGEST_LUID, LONGEST_HARDWARE_ADDRESS
from ipif._core.forms import braced_guid
from ipif._core.guid import to_bytes
from ipif._desired.members import read_members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    # The keys of each selector, of which any may fit.
    Selectors: TypeAlias = dict[str, tuple[Any, ...]]

#: The names of interface types, and their IANA ifType numbers.
TYPES = {
    "ethernet": (6,),
    "ppp": (23,),
    "loopback": (24,),
    "virtual": (53,),
    "wifi": (71,),
    "tunnel": (131,),
    "wwan": (243, 244),
}

# The selector by its name in other tools: the SDK, PowerShell's Get-NetAdapter and
# Get-NetIPInterface, netsh, and what people call it.
_OTHER_NAMES = {
    **dict.fromkeys(("name", "interface", "interfacealias", "ifalias", "adapter"), "alias"),
    **dict.fromkeys(("interfaceluid", "netluid"), "luid"),
    **dict.fromkeys(("interfaceguid", "uuid", "deviceid"), "guid"),
    **dict.fromkeys(("interfaceindex", "ifindex", "idx"), "index"),
    **dict.fromkeys(("iftype", "interfacetype", "kind"), "type"),
    **dict.fromkeys(("interfacedescription", "ifdesc"), "description"),
    **dict.fromkeys(
        ("mac", "macaddress", "physicaladdress", "linklayeraddress", "hwaddr"), "hardware_address"
    ),
    **dict.fromkeys(
        ("ip", "ipaddress", "ipv4address", "ipv6address", "subnet", "network", "prefix", "cidr"),
        "address",
    ),
    **dict.fromkeys(("status", "connectionstate", "up"), "connected"),
    **dict.fromkeys(("exclude", "except", "nomatch"), "not"),
}

_NOT = "not"
_LONGEST_PATTERN = 1024  # characters
_LONGEST_ADDRESS = 128  # characters

_WITH_PREFIX = (
    *(ipaddress.IPv4Network, ipaddress.IPv6Network),
    *(ipaddress.IPv4Interface, ipaddress.IPv6Interface),
)

_HEX = "[0-9A-Fa-f]{2}"
_HARDWARE = re.compile(
    rf"(?:{_HEX})+|{_HEX}(?:-{_HEX})+|{_HEX}(?::{_HEX})+|{_HEX}{_HEX}(?:\.{_HEX}{_HEX})+"
)


class Match:
    """The selectors of an entry, and in ``excluded`` each set of selectors inside ``not``."""

    def __init__(self, selectors: Selectors, excluded: list[Selectors]) -> None:
        self.selectors = selectors
        self.excluded = excluded


class _Refused(Exception):
    """A value that a selector cannot have; the arguments are the rule, and the advice or None."""


def read_match(value: object, place: str, problems: list[Problem]) -> Match | None:
    """Return the selectors of an entry, or ``None`` after noting their problems."""
    before = len(problems)
    if isinstance(value, str):  # most likely an alias
        advice = 'write {"alias": "..."}'
        problems.append(Problem(place, value, expected("a JSON object", value), advice))
        return None
    members = read_members(value, place, _KNOWN, f"{place}.", problems, _OTHER_NAMES)
    if members is None:
        return None
    if not members and len(problems) == before:
        advice = 'write {"alias": "*"} for all interfaces'
        problems.append(Problem(place, value, "has no selector", advice))
    excluded = []
    if _NOT in members:
        excluded = _read_excluded(members.pop(_NOT), f"{place}.{_NOT}", problems)
    selectors = _read_selectors(members, place, problems)
    return Match(selectors, excluded) if len(problems) == before else None


def _read_excluded(value: object, place: str, problems: list[Problem]) -> list[Selectors]:
    """Return what a ``not`` holds, one object or a list of them; note the problems."""
    excluded = []
    items = [(place, value)]
    if isinstance(value, (list, tuple)):
        items = [(f"{place}[{number}]", item) for number, item in enumerate(value)]
        if not items:
            problems.append(_empty_list(place, value))
    for where, item in items:
        before = len(problems)
        members = read_members(item, where, _KNOWN, f"{where}.", problems, _OTHER_NAMES)
        if members is None:
            continue
        if _NOT in members:
            rule, advice = "a not inside a not", "write its selectors into match itself"
            problems.append(Problem(f"{where}.{_NOT}", members.pop(_NOT), rule, advice))
        elif not members and len(problems) == before:
            advice = "write at least one selector, or leave the not out"
            problems.append(Problem(where, item, "has no selector", advice))
        excluded.append(_read_selectors(members, where, problems))
    return excluded


def _read_selectors(members: dict[str, Any], place: str, problems: list[Problem]) -> Selectors:
    """Return the keys of each selector; note the problems."""
    selectors = {}
    for name, value in members.items():
        read, advice = _SELECTORS[name]
        items = [(f"{place}.{name}", value)]
        if isinstance(value, (list, tuple)) and name != "connected":
            items = [(f"{place}.{name}[{number}]", item) for number, item in enumerate(value)]
            if not items:
                problems.append(_empty_list(f"{place}.{name}", value))
        keys: list[Any] = []
        for where, item in items:
            try:
                keys += read(item)
            except _Refused as refused:
                rule, better = refused.args
                problems.append(Problem(where, item, rule, better or advice))
        selectors[name] = tuple(keys)
    return selectors


def _empty_list(place: str, value: object) -> Problem:
    advice = "write at least one item, or leave it out"
    return Problem(place, value, "an empty list matches nothing", advice)


# ---- the value of each selector: a reader returns its keys, or raises _Refused


def _read_pattern(value: object) -> tuple[str]:
    """Return a name or pattern as names are compared."""
    if not isinstance(value, str):
        raise _Refused(expected("str", value), None)
    if not value:
        raise _Refused("an empty text matches nothing", None)
    if len(value) > _LONGEST_PATTERN:
        raise _Refused(f"longer than {_LONGEST_PATTERN} characters", None)
    return (fold_alias(str.__str__(value)),)


def _read_number(value: Any, largest: int) -> tuple[int]:
    """Return an int from 1 to *largest*."""
    try:
        number = None if isinstance(value, bool) else int(to_int(value))
    except Exception:
        number = None
    if number is None:
        raise _Refused(expected("int", value), None)
    if not 0 < number <= largest:
        is_luid = largest < number <= LARGEST_LUID
        advice = f'if it is a LUID, write "luid": {number}' if is_luid else None
        raise _Refused(f"outside 1..{largest}", advice)
    return (number,)


def _read_luid(value: object) -> tuple[int]:
    return _read_number(value, LARGEST_LUID)


def _read_index(value: object) -> tuple[int]:
    return _read_number(value, LARGEST_INDEX)


def _read_guid(value: object) -> tuple[int]:
    """Return the number of a GUID."""
    try:
        if isinstance(value, UUID):
            return (UUID(bytes_le=to_bytes(value)).int,)
        if not isinstance(value, str):
            raise _Refused(expected("str", value), None)
        if len(value) <= 64:
            device = braced_guid(value)
            return ((UUID(value) if device is None else UUID(bytes_le=device)).int,)
    except ValueError:
        pass
    raise _Refused("not a GUID", None)


def _read_type(value: object) -> tuple[int, ...]:
    if not isinstance(value, str):
        return _read_number(value, LARGEST_INDEX)
    numbers = TYPES.get(str.lower(value))
    if numbers is None:
        raise _Refused("not a type that has a name", None)
    return numbers


def _read_connected(value: object) -> tuple[bool]:
    if not isinstance(value, bool):
        raise _Refused(expected("bool", value), None)
    return (value,)


def _read_hardware(value: object) -> tuple[bytes]:
    """Return the bytes of a hardware address."""
    if isinstance(value, (bytes, bytearray)):
        hardware = bytes(value)
    elif not isinstance(value, str):
        raise _Refused(expected("str or bytes", value), None)
    elif len(value) <= 3 * LONGEST_HARDWARE_ADDRESS and _HARDWARE.fullmatch(value):
        hardware = bytes.fromhex(re.sub("[-:.]", "", value))
    else:
        raise _Refused("not a hardware address", None)
    if not 0 < len(hardware) <= LONGEST_HARDWARE_ADDRESS:
        raise _Refused(f"a hardware address has from 1 to {LONGEST_HARDWARE_ADDRESS} bytes", None)
    return (hardware,)


def _read_address(value: object) -> tuple[tuple[int, int, int, int]]:
    """Return version, prefix length, prefix as a number, and scope id of an address or subnet."""
    if isinstance(value, _WITH_PREFIX):
        try:
            value = str(value)
        except Exception as error:  # a subclass may compute its text
            raise _Refused(f"reading it raised {shown(error)}", None) from error
    if isinstance(value, str):
        value = str.__str__(value)
        if len(value) > _LONGEST_ADDRESS:
            raise _Refused("not an IP address or subnet", None)
        if "/" in value:
            return (_read_subnet(value),)
    try:
        address = read_address("address", value)
        number = int.from_bytes(packed_of("address", address), "big")
        return ((address.version, address.max_prefixlen, number, scope_of("address", address)),)
    except TypeError:
        raise _Refused(expected("str", value), None) from None
    except ValueError as error:
        rule = "not an IP address or subnet"
        if "is not an IP address" not in str(error):
            rule = str(error).removeprefix("address: ")
        raise _Refused(rule, None) from None


def _read_subnet(text: str) -> tuple[int, int, int, int]:
    """Return version, prefix length, prefix as a number, and 0."""
    if "%" in text:
        raise _Refused("a subnet has no scope id", "leave the % and what follows it out")
    try:
        subnet = ipaddress.ip_network(text)
    except ValueError:
        try:
            address = ipaddress.ip_interface(text)
        except ValueError:
            raise _Refused("not an IP address or subnet", None) from None
        rule = "an address inside a subnet, not the subnet"
        advice = f'write "{address.network}" for the subnet, or "{address.ip}" for the address'
        raise _Refused(rule, advice) from None
    unused = subnet.max_prefixlen - subnet.prefixlen
    return subnet.version, subnet.prefixlen, int(subnet.network_address) >> unused, 0


# Each selector: how its value is read, and the advice for a bad one.
_SELECTORS: dict[str, tuple[Callable[[Any], tuple[Any, ...]], str]] = {
    "alias": (_read_pattern, "write a name; * matches any characters, ? matches one"),
    "luid": (_read_luid, f"write an int from 1 to {LARGEST_LUID}"),
    "guid": (_read_guid, 'write it as "{01234567-89AB-CDEF-0123-456789ABCDEF}"'),
    "index": (_read_index, f"write an int from 1 to {LARGEST_INDEX}"),
    "type": (_read_type, f"write an IANA ifType number, or one of {', '.join(TYPES)}"),
    "description": (_read_pattern, "write a text; * matches any characters, ? matches one"),
    "connected": (_read_connected, "write true or false"),
    "address": (_read_address, 'write it as "192.0.2.0/24", "192.0.2.7" or "fe80::1%13"'),
    "hardware_address": (_read_hardware, 'write it as "02-15-5D-00-11-22"'),
}
_KNOWN = (*_SELECTORS, _NOT)
