"""Adapters, addresses and routes of this machine."""

from __future__ import annotations

from ipif._core.addresses import ADVICE, packed_of, read_address, scope_of
from ipif._core.backend import native
from ipif._core.errors import Error, Problem, ValidationError
from ipif._core.family import read_af
from ipif._core.identify import shown_interface, to_key, to_luid
from ipif._core.interfaces import list_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipif._core.addresses import AnyAddress
    from ipif._core.types import (
        MIB_IF_ROW2,
        MIB_IPFORWARD_ROW2,
        MIB_IPINTERFACE_ROW,
        MIB_UNICASTIPADDRESS_ROW,
        Address,
        Family,
        Interface,
    )

_NORMAL = 0  # MibIfTableNormal


def list_adapters() -> list[MIB_IF_ROW2]:
    """Return the row of every adapter: alias, GUID, hardware address, speed, state, counters.

    An adapter has one row, whatever families are bound to it. Filter modules are adapters too.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getiftable2ex
    """
    return native.get_if_table2(_NORMAL)


def list_addresses(family: Family | None = None) -> list[MIB_UNICASTIPADDRESS_ROW]:
    """Return the row of every unicast address of this computer, of one *family* or of both.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getunicastipaddresstable
    """
    return list_rows(native.get_unicast_ip_address_table, family)


def list_routes(family: Family | None = None) -> list[MIB_IPFORWARD_ROW2]:
    """Return the row of every route of this computer, of one *family* or of both.

    Windows adds the ``Metric`` of the interface to the ``Metric`` of a route.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipforwardtable2
    """
    return list_rows(native.get_ip_forward_table2, family)


def best_route(
    destination: Address, *, source: Address | None = None, interface: Interface | None = None
) -> MIB_IPFORWARD_ROW2:
    """Return the route that Windows would take to *destination*.

    *destination* and *source* are addresses, as text or as objects of :mod:`ipaddress`; names are
    not looked up. *source* restricts the search to the interface that has this address, as in the
    strong host model, and *interface* to the given one. The source address that Windows would
    choose is returned by :func:`ipif.netioapi.get_best_route2`.

    Raises :class:`ipif.ValidationError` for a value that is not an address, and for a source of the
    other family; :class:`ipif.Error` with ``winerror`` 1231 when there is no route, whose text
    names both addresses. :func:`ipif.explain_route` tells why each route is taken or not.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getbestroute2
    """
    target, origin = read_addresses(destination, source)
    try:
        luid = 0 if interface is None else to_luid(interface)
        route, _ = native.get_best_route2(
            packed_of("destination", target),
            source=None if origin is None else packed_of("source", origin),
            luid=luid,
            destination_scope=scope_of("destination", target),
            source_scope=0 if origin is None else scope_of("source", origin),
        )
        return route
    except Error as error:
        error.interface = shown_interface(interface)
        if error.function == "GetBestRoute2":
            error.destination, error.source = target, origin
        raise


def get_adapter(interface: Interface) -> MIB_IF_ROW2:
    """Return the row of one adapter: alias, GUID, hardware address, speed, state, counters.

    The adapter is named as for :func:`ipif.get_interface`.

    Raises :class:`ipif.InterfaceNotFound`, and :class:`ipif.ValidationError` for an argument that
    cannot name an interface.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getifentry2
    """
    try:
        return native.get_if_entry2(**to_key(interface))
    except Error as error:
        error.interface = shown_interface(interface)
        raise


def default_interface(family: Family) -> MIB_IPINTERFACE_ROW | None:
    """Return the row of the interface that has the best default route, ``None`` if none has.

    Of the default routes (0.0.0.0/0 or ::/0) through interfaces that are connected and do not have
    ``DisableDefaultRoutes``, the best has the lowest sum of route metric and interface metric. A
    VPN may have routes that are more specific than the default route:
    :func:`ipif.best_route` tells where packets to a given address go.

    Raises :class:`ipif.ValidationError` for an unknown family, and :class:`ipif.Error`.
    """
    af = read_af(family)
    rows = {row["InterfaceLuid"]: row for row in list_rows(native.get_ip_interface_table, af)}
    best: tuple[int, MIB_IPINTERFACE_ROW] | None = None
    for route in list_rows(native.get_ip_forward_table2, af):
        row = rows.get(route["InterfaceLuid"])
        if row is None or not row["Connected"] or row["DisableDefaultRoutes"]:
            continue
        metric = route["Metric"] + row["Metric"]
        if route["DestinationPrefix"].prefixlen == 0 and (best is None or metric < best[0]):
            best = metric, row
    return None if best is None else best[1]


def read_addresses(destination: object, source: object) -> tuple[AnyAddress, AnyAddress | None]:
    """Return *destination* and *source* (or ``None``) as addresses of one family.

    Raises :class:`ipif.ValidationError`.
    """
    target = _checked("destination", destination)
    origin = None if source is None else _checked("source", source)
    if origin is not None and origin.version != target.version:
        rule = f"IPv{origin.version}, but the destination is IPv{target.version}"
        raise ValidationError([Problem("source", source, rule, "use one family for both")])
    return target, origin


def _checked(name: str, value: object) -> AnyAddress:
    """Return *value* as an address; raise :class:`ipif.ValidationError`."""
    try:
        return read_address(name, value)
    except (TypeError, ValueError) as error:
        rule = str(error).removeprefix(f"{name}: ").removesuffix(f"; {ADVICE}")
        if isinstance(value, str):  # a problem shows the value itself
            rule = rule.removeprefix(f"{value[:100]!r} is ")
        raise ValidationError([Problem(name, value, rule, ADVICE)]) from None
