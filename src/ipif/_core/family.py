"""Address families: what a caller may write for IPv4 and IPv6."""

from __future__ import annotations

# _socket is the extension module under socket. The native module has imported it already, while
# socket itself would bring enum, selectors and a dozen others.
from _socket import AF_INET as AF_INET
from _socket import AF_INET6

from ipif._errors import Problem, ValidationError

AF_UNSPEC = 0

CODES: dict[object, int] = {
    AF_INET: AF_INET,
    AF_INET6: AF_INET6,
    4: AF_INET,
    6: AF_INET6,
    "ipv4": AF_INET,
    "ipv6": AF_INET6,
}
NAMES = {AF_INET: "ipv4", AF_INET6: "ipv6"}

RULE = "no address family"
ADVICE = 'write "ipv4" or "ipv6", 4 or 6, or socket.AF_INET or socket.AF_INET6'


def find_code(family: object) -> int | None:
    """Return the ``AF_`` number, as :mod:`socket` has it here, that *family* means, or ``None``."""
    # A float that equals 4 is a mistake, not a family.
    if not issubclass(type(family), (int, str)):
        return None
    try:
        return CODES.get(family)
    except Exception:  # a subclass with a __hash__ of its own
        return None


def family_code(family: object) -> int:
    """Return the ``AF_`` number that *family* means; raise :class:`ipif.ValidationError`."""
    code = find_code(family)
    if code is None:
        raise ValidationError([Problem("family", family, RULE, ADVICE)])
    return code
