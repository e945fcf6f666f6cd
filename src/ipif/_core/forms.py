"""The forms in which text can name an interface, besides its alias: GUID, hardware address, IP."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address
    from typing import Literal

_HEX = r"[0-9A-Fa-f]"
_GUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"

# {GUID}, as Windows writes it, or the name of a device of Npcap or of tcpip.sys.
_BRACED = re.compile(rf"(?:\\DEVICE\\(?:NPF|TCPIP6?)_)?\{{({_GUID})\}}", re.IGNORECASE)
_BARE = re.compile(_GUID)

# From 6 to 32 bytes: fewer would be an ordinary name such as 10-20.
_HARDWARE = re.compile(rf"{_HEX}{{2}}(?:(?:-{_HEX}{{2}}){{5,31}}|(?::{_HEX}{{2}}){{5,31}})")
_LONGEST_ADDRESS = 64  # characters


def braced_guid(text: str) -> bytes | None:
    """Return the GUID of ``{...}`` or ``\\Device\\NPF_{...}``, as Windows orders its bytes.

    ``None`` when *text* has another form.
    """
    found = _BRACED.fullmatch(text)
    return None if found is None else _bytes_of(found[1])


def bare_guid(text: str) -> bytes | None:
    """Return the GUID that *text* is, without braces, or ``None``."""
    return _bytes_of(text) if _BARE.fullmatch(text) else None


def hardware_address(text: str) -> bytes | None:
    """Return the bytes of ``02-15-5D-00-11-22`` or ``02:15:5D:00:11:22``, or ``None``."""
    found = _HARDWARE.fullmatch(text)
    return None if found is None else bytes.fromhex(text.replace(text[2], ""))


def ip_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that *text* is, or ``None``."""
    # A name without dot and colon is recognised without importing ipaddress.
    if len(text) > _LONGEST_ADDRESS or ("." not in text and ":" not in text):
        return None
    import ipaddress

    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def index_digits(text: str) -> int | None:
    """Return the index that somebody meant who wrote its digits as a text, or ``None``."""
    if text.isascii() and text.isdecimal() and len(text) <= 10:
        number = int(text)
        return number if 0 < number < 2**32 else None
    return None


def form_of(text: str) -> Literal["GUID", "address", "hardware address", "alias"]:
    """Return what *text* looks like."""
    if _BRACED.fullmatch(text) or _BARE.fullmatch(text):
        return "GUID"
    if ip_address(text) is not None:
        return "address"
    return "hardware address" if hardware_address(text) is not None else "alias"


def described(text: str) -> str:
    """Return the words that name a missing interface that was called *text*."""
    form = form_of(text)
    if form == "GUID":
        guid = _BRACED.fullmatch(text)
        text = f"{{{text if guid is None else guid[1]}}}"
    return f"named {text!r}" if form == "alias" else f"with the {form} {text}"


def _bytes_of(guid: str) -> bytes:
    """Return the bytes of a GUID: the first three of its groups are little-endian numbers."""
    data = bytes.fromhex(guid.replace("-", ""))
    return data[3::-1] + data[5:3:-1] + data[7:5:-1] + data[8:]
