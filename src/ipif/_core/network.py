"""Links, addresses and routes, as people ask for them."""

from __future__ import annotations

import ipaddress

from ipif import netioapi
from ipif._errors import Error, FamilyNotBound, Problem, ValidationError
from ipif._family import AF_UNSPEC, family_code
from ipif._interfaces import to_luid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipif.types import (
        MIB_IF_ROW2,
        MIB_IPFORWARD_ROW2,
        MIB_UNICASTIPADDRESS_ROW,
        Address,
        Family,
        Interface,
    )

_NORMAL = 0  # MibIfTableNormal


def list_links() -> list[MIB_IF_ROW2]:
    """Return the row of every link: alias, GUID, hardware address, speed, state, counters.

    A link is there once, whatever families are bound to it; filter modules are links too.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getiftable2ex
    """
    return netioapi.get_if_table2(_NORMAL)


def list_addresses(family: Family | None = None) -> list[MIB_UNICASTIPADDRESS_ROW]:
    """Return the row of every unicast address of this computer, of one *family* or of both.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getunicastipaddresstable
    """
    code = AF_UNSPEC if family is None else family_code(family)
    try:
        return netioapi.get_unicast_ip_address_table(code)
    except FamilyNotBound:  # Windows' answer when the table would be empty
        return []


def list_routes(family: Family | None = None) -> list[MIB_IPFORWARD_ROW2]:
    """Return the row of every route of this computer, of one *family* or of both.

    The ``Metric`` of a route counts together with the ``Metric`` of its interface.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipforwardtable2
    """
    code = AF_UNSPEC if family is None else family_code(family)
    try:
        return netioapi.get_ip_forward_table2(code)
    except FamilyNotBound:  # Windows' answer when the table would be empty
        return []


def best_route(
    destination: Address, *, source: Address | None = None, interface: Interface | None = None
) -> MIB_IPFORWARD_ROW2:
    """Return the route that Windows would take to *destination*.

    *destination* and *source* are addresses, as text or as objects of :mod:`ipaddress`; names are
    not looked up. *source* restricts the search to the interface that has this address, as the
    strong host model wants it, and *interface* to this one. The source address that Windows would
    choose is told by :func:`ipif.netioapi.get_best_route2`.

    Raises :class:`ipif.ValidationError` for what is no address, and for a source of the other
    family; :class:`ipif.Error` with ``winerror`` 1231 when no route leads there.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getbestroute2
    """
    target = _address("destination", destination)
    origin = None if source is None else _address("source", source)
    if origin is not None and origin.version != target.version:
        advice = f"write an address of IPv{target.version}"
        raise ValidationError([Problem("source", source, "not of destination's family", advice)])
    try:
        luid = 0 if interface is None else to_luid(interface)
        return netioapi.get_best_route2(target, source=origin, luid=luid)[0]
    except Error as error:
        error.interface = interface
        raise


def _address(name: str, value: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that *value* is or says; raise :class:`ipif.ValidationError`."""
    advice = 'write an address such as "192.0.2.1" or "2001:db8::1"; names are not looked up'
    if isinstance(value, (ipaddress.IPv4Address, ipaddress.IPv6Address)):
        address = value
    else:
        try:
            if not isinstance(value, str):
                raise ValueError
            address = ipaddress.ip_address(value)
        except ValueError:
            raise ValidationError([Problem(name, value, "no IP address", advice)]) from None
    scope = address.scope_id if isinstance(address, ipaddress.IPv6Address) else None
    if scope is not None and not (
        scope.isascii() and scope.isdigit() and len(scope) <= 10 and int(scope) < 2**32
    ):
        rule = "its scope id is no interface index"
        raise ValidationError([Problem(name, value, rule, 'write it as "fe80::1%13"')])
    return address
