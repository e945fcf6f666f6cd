"""IP addresses as arguments: text or objects of ipaddress, and the bytes that Windows takes."""

from __future__ import annotations

import ipaddress

from ipif._core.fields import LARGEST_INDEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    AnyAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

ADVICE = 'write it as "192.0.2.1", "2001:db8::1" or "fe80::1%13"; names are not looked up'


def read_address(name: str, value: object) -> AnyAddress:
    """Return *value*, an address or its text, as an address.

    Raises ``TypeError`` or ``ValueError``, naming the argument *name*.
    """
    if isinstance(value, (ipaddress.IPv4Address, ipaddress.IPv6Address)):
        address = value
    elif isinstance(value, str):
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(f"{name}: {value[:100]!r} is not an IP address; {ADVICE}") from None
    else:
        kind = type(value).__name__
        raise TypeError(f"{name}: expected an ipaddress address or str, got {kind}")
    scope_of(name, address)
    packed_of(name, address)
    return address


def packed_of(name: str, address: AnyAddress) -> bytes:
    """Return the bytes of *address* in network order; raise ``ValueError`` if it has none.

    A subclass may compute its attributes and fail.
    """
    try:
        packed = address.packed
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"{name} cannot be read: its value raised {error!r}") from error
    if type(packed) is not bytes or len(packed) != address.max_prefixlen // 8:
        raise ValueError(f"{name} does not have the bytes of an IP address")
    return packed


def scope_of(name: str, address: AnyAddress) -> int:
    """Return the scope id of *address*, 0 when it has none; ``ValueError`` if not an index."""
    scope = address.scope_id if isinstance(address, ipaddress.IPv6Address) else None
    if scope is None:
        return 0
    if not (scope.isascii() and scope.isdigit() and len(scope) <= 10):
        raise ValueError(f"{name}: the scope id {scope[:100]!r} is not an interface index")
    if int(scope) > LARGEST_INDEX:
        raise ValueError(f"{name}: the scope id {scope} is larger than {LARGEST_INDEX}")
    return int(scope)
