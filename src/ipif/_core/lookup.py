"""Finds the LUID of an interface: by index, alias, GUID, row, hardware address or IP address.

Text is looked up in this order, and the first interface found is taken:

1. ``{GUID}``, also as ``\\Device\\NPF_{GUID}``: the adapter with this GUID;
2. the alias, whatever it looks like: an adapter may be called ``13`` or ``10.0.0.1``;
3. a GUID without braces, a hardware address, an IP address that an adapter has.

So a braced GUID and an alias cost one call. The forms after the alias cost one more, and only when
the text has that form.
"""

from __future__ import annotations

import sys
from operator import index as to_int

from ipif._core.backend import native
from ipif._core.errors import (
    Error,
    FamilyNotBound,
    InterfaceNotFound,
    Problem,
    ValidationError,
    expected,
    from_win32,
    suggest,
)
from ipif._core.family import AF_UNSPEC
from ipif._core.fields import (
    LARGEST_INDEX,
    LARGEST_LUID,
    LONGEST_HARDWARE_ADDRESS,
    LONGEST_TEXT,
    utf16_units,
)
from ipif._core.mapping import is_mapping, to_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ipif._core.addresses import AnyAddress

#: MibIfTableNormalWithoutStatistics: the adapters without their counters.
WITHOUT_STATISTICS = 2

ADVICE = "write an index, an alias, a uuid.UUID, an ipif.Luid, or a row"

#: The members of a row that hold the index of its interface; the second is of MIB_IPFORWARDROW.
INDEXES = ("InterfaceIndex", "dwForwardIfIndex")

# The NetLuidIndex of adapters starts here; that of filter modules is smaller.
_FIRST_ADAPTER = 0x8000
_HARDWARE = "hardware address"
_MOST_NAMES = 8


def find_luid(interface: Any, luid_type: type[int], *, suggest_alias: bool = True) -> int:
    """Return the LUID of *interface*, where an instance of *luid_type* is a LUID itself.

    Raises :class:`ipif.ValidationError` for a value that cannot name an interface or names more
    than one, and :class:`ipif.InterfaceNotFound`, with the nearest alias unless *suggest_alias* is
    false.
    """
    kind = type(interface)
    if issubclass(kind, luid_type):
        if interface:
            return int(interface)
        raise _names_nothing(interface, "no interface has the LUID 0")
    if issubclass(kind, str):
        return _find_text(str.__str__(interface), suggest_alias)
    if issubclass(kind, dict):
        return _find_row(interface)
    if issubclass(kind, int):
        return native.convert_interface_index_to_luid(_read_index(interface))
    # A caller that has a UUID has imported uuid; the same is true of an address.
    uuid = sys.modules.get("uuid")
    if uuid is not None and issubclass(kind, uuid.UUID):
        from ipif._core.guid import to_bytes

        try:
            guid = to_bytes(interface)
        except ValueError as error:
            raise _names_nothing(interface, str(error)) from error
        return native.convert_interface_guid_to_luid(guid)
    ipaddress = sys.modules.get("ipaddress")
    if ipaddress is not None and issubclass(kind, (ipaddress.IPv4Address, ipaddress.IPv6Address)):
        return _found(
            _find_address(interface, interface), "GetUnicastIpAddressTable", interface, "address"
        )
    if issubclass(kind, bytes):
        hardware = _read_hardware(interface)
        return _found(_find_hardware(interface, hardware), "GetIfTable2Ex", hardware, _HARDWARE)
    if is_mapping(interface):
        try:
            row = to_dict(interface)
        except ValueError as error:
            raise _names_nothing(interface, str(error)) from error
        return _find_row(row)
    return native.convert_interface_index_to_luid(_read_index(interface))


# ---- a text


def _find_text(text: str, suggest_alias: bool) -> int:
    """Return the LUID of the interface that *text* names."""
    if not text:
        raise _names_nothing(text, "an alias must not be empty")
    if "\0" in text:
        raise _names_nothing(text, "an alias must not contain a NUL character")
    if utf16_units(text) > LONGEST_TEXT:
        raise _names_nothing(text, f"an alias must have at most {LONGEST_TEXT} characters")
    if text[0] in "{\\" and text[-1] == "}":
        from ipif._core.forms import braced_guid

        luid = _find_guid(braced_guid(text))
        if luid is not None:
            return luid
    try:
        return native.convert_interface_alias_to_luid(text)
    except InterfaceNotFound as error:
        luid = _find_otherwise(text)
        if luid is not None:
            return luid
        if suggest_alias:
            from ipif._core.forms import form_of, index_digits

            if form_of(text) == "alias" and index_digits(text) is None:
                error.nearest = _nearest_alias(text)
        raise


def _find_otherwise(text: str) -> int | None:
    """Return the LUID of the interface that *text* names in a form other than an alias, or None."""
    from ipif._core.forms import bare_guid, hardware_address, ip_address

    luid = _find_guid(bare_guid(text))
    if luid is not None:
        return luid
    hardware = hardware_address(text)
    if hardware is not None:
        luid = _find_hardware(text, hardware)
        if luid is not None:
            return luid
    address = ip_address(text)  # 01:02:03:04:05:06:07:08 can be either
    return None if address is None else _find_address(text, address)


def _nearest_alias(alias: str) -> str | None:
    """Return the alias of an adapter that is most similar to *alias*, or ``None``."""
    try:
        return suggest(alias, [row["Alias"] for row in native.get_if_table2(WITHOUT_STATISTICS)])
    except Error:
        return None


def _find_guid(guid: bytes | None) -> int | None:
    """Return the LUID of the interface with *guid*, or ``None``."""
    if guid is None:
        return None
    try:
        return native.convert_interface_guid_to_luid(guid)
    except InterfaceNotFound:
        return None


# ---- addresses


def _read_hardware(value: Any) -> bytes:
    """Return the bytes of a hardware address."""
    hardware = bytes.__getitem__(value, slice(None))
    if 0 < len(hardware) <= LONGEST_HARDWARE_ADDRESS:
        return hardware
    rule = f"a hardware address has from 1 to {LONGEST_HARDWARE_ADDRESS} bytes"
    raise _names_nothing(value, rule)


def _found(luid: int | None, function: str, interface: object, what: str) -> int:
    """Return *luid*; raise :class:`ipif.InterfaceNotFound` when it is ``None``."""
    if luid is None:
        raise from_win32(2, f"no adapter has this {what}", function, interface)
    return luid


def _find_hardware(interface: object, hardware: bytes) -> int | None:
    """Return the LUID of the only adapter with a *hardware* address, or ``None``.

    Filter modules have the hardware address of their adapter, and do not count.
    """
    found = [
        (row["InterfaceLuid"], row["Alias"])
        for row in native.get_if_table2(WITHOUT_STATISTICS)
        if hardware in (row["PhysicalAddress"], row["PermanentPhysicalAddress"])
        and not row["FilterInterface"]
    ]
    adapters = [(luid, alias) for luid, alias in found if luid >> 24 & 0xFFFFFF >= _FIRST_ADAPTER]
    return _only(interface, _HARDWARE, adapters or found)


def _find_address(interface: object, address: AnyAddress) -> int | None:
    """Return the LUID of the only interface that has the IP *address*, or ``None``."""
    from ipif._core.addresses import packed_of, scope_of

    try:
        packed, scope = packed_of("address", address), scope_of("address", address)
    except ValueError as error:
        raise _names_nothing(interface, str(error)) from error
    try:
        rows = native.get_unicast_ip_address_table(AF_UNSPEC)
    except FamilyNotBound:  # Windows' answer when the table would be empty
        return None
    found = {
        row["InterfaceLuid"]: f"index {row['InterfaceIndex']}"
        for row in rows
        if row["Address"].packed == packed and scope in (0, row["InterfaceIndex"])
    }
    return _only(interface, "address", list(found.items()))


def _only(interface: object, what: str, found: list[tuple[int, str]]) -> int | None:
    """Return the LUID of the only one of *found*, ``None`` if there is none.

    Raises :class:`ipif.ValidationError` with the names of all when there are several.
    """
    if not found:
        return None
    if len(found) == 1:
        return found[0][0]
    rule = f"{len(found)} interfaces have this {what}: {_names(_alias_of(*one) for one in found)}"
    raise _names_nothing(interface, rule, "write the alias or the ipif.Luid of one of them")


def _alias_of(luid: int, otherwise: str) -> str:
    """Return the alias of the interface with *luid*; it may be gone."""
    try:
        return repr(native.convert_interface_luid_to_alias(luid))
    except Error:
        return otherwise


def _names(found: Iterable[str]) -> str:
    """Return the first of the names *found*, as a text."""
    names = list(found)
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


# ---- a row, an index


def _find_row(row: dict[Any, Any]) -> int:
    """Return the LUID in *row*, or that of the index in it."""
    luid = dict.get(row, "InterfaceLuid")
    if luid is not None and luid != 0:
        try:
            number = -1 if isinstance(luid, bool) else int(to_int(luid))
        except MemoryError:
            raise
        except Exception:
            number = -1
        if 0 < number <= LARGEST_LUID:
            return number
        raise _names_nothing(row, "its InterfaceLuid is not a LUID")
    for name in INDEXES:
        index = dict.get(row, name)
        if index is not None and index != 0:
            return native.convert_interface_index_to_luid(_read_index(index))
    raise _names_nothing(row, "the row has neither InterfaceLuid nor InterfaceIndex")


def _read_index(interface: Any) -> int:
    """Return *interface* as an index."""
    if type(interface) is bool:
        raise _names_nothing(interface, expected("an interface", interface))
    try:
        index = to_int(interface)
    except MemoryError:
        raise
    except Exception:
        raise _names_nothing(interface, expected("an interface", interface)) from None
    if not 0 < index <= LARGEST_INDEX:
        advice = ADVICE
        if LARGEST_INDEX < index < 2**64:
            advice = f"if it is a LUID, write ipif.Luid({index})"
        raise _names_nothing(interface, f"an index is from 1 to {LARGEST_INDEX}", advice)
    return int(index)


def _names_nothing(interface: object, rule: str, advice: str = ADVICE) -> ValidationError:
    """Return the exception for an argument that cannot name an interface."""
    return ValidationError([Problem("interface", interface, rule, advice)])
