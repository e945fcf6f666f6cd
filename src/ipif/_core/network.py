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

    Returns:
        A list of MIB_IF_ROW2.

    Raises:
        ipif.Error: Windows refuses the call.

    Example:
        >>> import ipif
        >>> [row["Alias"] for row in ipif.list_adapters() if row["HardwareInterface"]]
        ['Ethernet', 'Wi-Fi', 'Bluetooth Network Connection']

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getiftable2ex
    """
    return native.get_if_table2(_NORMAL)


def list_addresses(family: Family | None = None) -> list[MIB_UNICASTIPADDRESS_ROW]:
    """Return the row of every unicast address of this computer.

    Args:
        family: The family of the rows, as for :func:`ipif.get_interface`. ``None`` means both.

    Returns:
        A list of MIB_UNICASTIPADDRESS_ROW. It may be empty.

    Raises:
        ipif.ValidationError: The family is unknown.
        ipif.Error: Windows refuses the call.

    Example:
        >>> import ipif
        >>> ethernet = ipif.Luid.of("Ethernet")
        >>> rows = ipif.list_addresses("ipv4")
        >>> [str(row["Address"]) for row in rows if row["InterfaceLuid"] == ethernet]
        ['192.168.1.10']

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getunicastipaddresstable
    """
    return list_rows(native.get_unicast_ip_address_table, family)


def list_routes(family: Family | None = None) -> list[MIB_IPFORWARD_ROW2]:
    """Return the row of every route of this computer.

    Windows adds the ``Metric`` of the interface to the ``Metric`` of a route.

    Args:
        family: The family of the rows, as for :func:`ipif.get_interface`. ``None`` means both.

    Returns:
        A list of MIB_IPFORWARD_ROW2. It may be empty.

    Raises:
        ipif.ValidationError: The family is unknown.
        ipif.Error: Windows refuses the call.

    Example:
        >>> import ipif
        >>> for row in ipif.list_routes("ipv6"):
        ...     print(row["DestinationPrefix"], row["NextHop"], row["Metric"])
        ::/0 fe80::1 256

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipforwardtable2
    """
    return list_rows(native.get_ip_forward_table2, family)


def best_route(
    destination: Address, *, source: Address | None = None, interface: Interface | None = None
) -> MIB_IPFORWARD_ROW2:
    """Return the route that Windows would take to a destination.

    :func:`ipif.explain_route` tells why each route is taken or not. The source address that Windows
    would choose is returned by :func:`ipif.netioapi.get_best_route2`.

    Args:
        destination: An address, as text or as an object of :mod:`ipaddress`. Names are not looked
            up.
        source: A source address. It restricts the search to the interface that has this address,
            as in the strong host model.
        interface: The interface to which the search is restricted, named as for
            :func:`ipif.get_interface`.

    Returns:
        The MIB_IPFORWARD_ROW2 of the route.

    Raises:
        ipif.ValidationError: A value is not an address, or the source is of the other family.
        ipif.InterfaceNotFound: There is no such interface.
        ipif.Error: There is no route (1231). The text names both addresses.

    Example:
        >>> import ipif
        >>> route = ipif.best_route("8.8.8.8")
        >>> str(route["NextHop"]), ipif.Luid(route["InterfaceLuid"]).alias
        ('192.168.1.1', 'Ethernet')

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getbestroute2
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

    Args:
        interface: What names the adapter, as for :func:`ipif.get_interface`.

    Returns:
        The MIB_IF_ROW2.

    Raises:
        ipif.InterfaceNotFound: There is no such adapter.
        ipif.ValidationError: The argument cannot name an interface.

    Example:
        >>> import ipif
        >>> adapter = ipif.get_adapter("Wi-Fi")
        >>> adapter["Description"], adapter["TransmitLinkSpeed"]
        ('Intel(R) Wi-Fi 6 AX201 160MHz', 72200000)

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getifentry2
    """
    try:
        return native.get_if_entry2(**to_key(interface))
    except Error as error:
        error.interface = shown_interface(interface)
        raise


def default_interface(family: Family) -> MIB_IPINTERFACE_ROW | None:
    """Return the row of the interface that has the best default route.

    Of the default routes (0.0.0.0/0 or ::/0) through interfaces that are connected and do not have
    ``DisableDefaultRoutes``, the best has the lowest sum of route metric and interface metric.

    A VPN may have routes that are more specific than the default route: :func:`ipif.best_route`
    tells where packets to a given address go.

    Args:
        family: The family, as for :func:`ipif.get_interface`.

    Returns:
        The MIB_IPINTERFACE_ROW, or ``None`` when no interface has a default route.

    Raises:
        ipif.ValidationError: The family is unknown.
        ipif.Error: Windows refuses a call.

    Example:
        >>> import ipif
        >>> row = ipif.default_interface("ipv4")
        >>> ipif.Luid(row["InterfaceLuid"]).alias, row["Metric"]
        ('Ethernet', 25)

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipforwardtable2
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
