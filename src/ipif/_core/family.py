"""Address families: what a caller may write for IPv4 and IPv6."""

from __future__ import annotations

# _socket is the C module under socket. The extension has imported it already, while socket
# itself would import enum, selectors and a dozen others.
from _socket import AF_INET as AF_INET
from _socket import AF_INET6
from operator import index as to_int

from ipif._core.errors import Problem, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

AF_UNSPEC = 0

#: Every way to name a family, and its AF_ number in :mod:`socket` on this system.
AF: dict[object, int] = {
    AF_INET: AF_INET,
    AF_INET6: AF_INET6,
    4: AF_INET,
    6: AF_INET6,
    "ipv4": AF_INET,
    "ipv6": AF_INET6,
}

#: The name of a family by its AF_ number.
NAMES: dict[int, Literal["ipv4", "ipv6"]] = {AF_INET: "ipv4", AF_INET6: "ipv6"}

RULE = "not an address family"
ADVICE = 'write "ipv4" or "ipv6", 4 or 6, or socket.AF_INET or socket.AF_INET6'


def find_af(family: object) -> int | None:
    """Return the AF_ number that *family* means, or ``None``."""
    kind = type(family)
    if kind is bool:
        return None
    try:
        if issubclass(kind, str):
            return AF.get(str.lower(family))  # type: ignore[arg-type]
        if issubclass(kind, int):
            return AF.get(int.__int__(family))  # type: ignore[arg-type]
        # An integer of numpy, say. A float that equals 4 is a mistake, not a family.
        return AF.get(int(to_int(family)))  # type: ignore[arg-type]
    except MemoryError:
        raise
    except Exception:  # no integer, or one whose __index__ raises
        return None


def read_af(family: object) -> int:
    """Return the AF_ number that *family* means; raise :class:`ipif.ValidationError`."""
    af = find_af(family)
    if af is None:
        raise ValidationError([Problem("family", family, RULE, ADVICE)])
    return af


def read_af_or_both(family: object) -> int:
    """Return the AF_ number that *family* means, AF_UNSPEC when it is ``None``."""
    return AF_UNSPEC if family is None else read_af(family)
