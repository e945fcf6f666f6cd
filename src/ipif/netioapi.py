"""The raw API: one function for each function of ``netioapi.h``, its name in snake case.

Only types and ranges are checked: ``TypeError``, ``OverflowError`` and ``ValueError`` name the
member or the argument, and Windows is not called. A call that Windows refuses raises
:class:`ipif.Error`. Rows are dicts whose keys are the member names of the SDK.

IP interfaces::

    get_ip_interface_entry             the row of one interface and one family
    get_ip_interface_table             the rows of all interfaces
    initialize_ip_interface_entry      a row in which every member is unchanged
    set_ip_interface_entry             write a row
    update_ip_interface_entry          get a row, change members, and set it
    notify_ip_interface_change         watch the changes

Adapters, addresses and routes::

    get_if_entry2                      one adapter
    get_if_table2                      all adapters
    get_unicast_ip_address_table       all unicast addresses
    notify_unicast_ip_address_change   watch the changes of addresses
    get_best_route                     the best route to an IPv4 address
    get_best_route2                    the best route to an address, and the source address
    get_ip_forward_table2              all routes
    notify_route_change2               watch the changes of routes

Names of interfaces::

    convert_interface_alias_to_luid    from the alias to the LUID
    convert_interface_guid_to_luid     from the GUID to the LUID
    convert_interface_index_to_luid    from the index to the LUID
    convert_interface_luid_to_alias    from the LUID to the alias
    convert_interface_luid_to_guid     from the LUID to the GUID
    convert_interface_luid_to_index    from the LUID to the index
    convert_interface_luid_to_name     from the LUID to the NDIS name

Network compartments::

    get_current_thread_compartment_id  the compartment of the calling thread
    set_current_thread_compartment_id  move the calling thread into a compartment

What is known about the members::

    FIELDS                             the fields of each structure, in the order of the SDK
"""

from __future__ import annotations

from ipif._core.backend import native
from ipif._core.fields import TABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from uuid import UUID

    from ipif._core.addresses import AnyAddress
    from ipif._core.types import MIB_IPFORWARD_ROW2, MIB_IPFORWARDROW
    from ipif._core.watch import AddressEvent, RouteEvent, Watch

#: The field table of each structure.
FIELDS = TABLES

initialize_ip_interface_entry = native.initialize_ip_interface_entry
get_ip_interface_entry = native.get_ip_interface_entry
get_ip_interface_table = native.get_ip_interface_table
set_ip_interface_entry = native.set_ip_interface_entry
update_ip_interface_entry = native.update_ip_interface_entry

get_if_entry2 = native.get_if_entry2
get_if_table2 = native.get_if_table2
get_unicast_ip_address_table = native.get_unicast_ip_address_table
get_ip_forward_table2 = native.get_ip_forward_table2


def get_best_route(
    destination: str | AnyAddress, source: str | AnyAddress | None = None, /
) -> MIB_IPFORWARDROW:
    """Return the MIB_IPFORWARDROW of the best route to an IPv4 destination.

    ``dwForwardMetric1`` is the metric of the route plus that of its interface.

    Args:
        destination: An ``ipaddress.IPv4Address`` or text.
        source: The source address, likewise, or ``None``.

    Raises:
        ipif.Error: There is no route (1231).
        TypeError: An address has the wrong type.
        ValueError: An address cannot be read, or is one of IPv6.

    Example:
        >>> from ipif import netioapi
        >>> row = netioapi.get_best_route("8.8.8.8")
        >>> row["dwForwardNextHop"], row["dwForwardMetric1"]
        (IPv4Address('192.168.1.1'), 25)

    Source:
        https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getbestroute
    """
    from ipif._core.addresses import packed_of, read_address

    packed = []
    for name, value in (("destination", destination), ("source", source)):
        if value is None and name == "source":
            continue
        address = read_address(name, value)
        if address.version != 4:
            raise ValueError(f"{name}: expected an IPv4 address; get_best_route2() takes IPv6 too")
        packed.append(packed_of(name, address))
    return native.get_best_route(*packed)


def get_best_route2(
    destination: str | AnyAddress,
    /,
    *,
    source: str | AnyAddress | None = None,
    luid: int = 0,
    index: int = 0,
) -> tuple[MIB_IPFORWARD_ROW2, AnyAddress]:
    """Return the MIB_IPFORWARD_ROW2 of the best route, and the source address for it.

    Args:
        destination: An address, as an object of :mod:`ipaddress` or as text.
        source: A source address, likewise. It restricts the search to the interface that has it.
        luid: The LUID of the interface to which the search is restricted, or 0.
        index: The index of that interface, or 0.

    Returns:
        The row, and the address that Windows would use as source.

    Raises:
        ipif.InterfaceNotFound: There is no such interface (2).
        ipif.Error: There is no route (1231), or the family is not installed (50).
        TypeError: An argument has the wrong type.
        OverflowError: *luid* or *index* is out of its range.
        ValueError: An address cannot be read, or the source is of the other family.

    Example:
        >>> from ipif import netioapi
        >>> row, source = netioapi.get_best_route2("8.8.8.8")
        >>> str(row["NextHop"]), source
        ('192.168.1.1', IPv4Address('192.168.1.10'))

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getbestroute2
    """
    from ipif._core.addresses import packed_of, read_address, scope_of

    target = read_address("destination", destination)
    origin = None if source is None else read_address("source", source)
    if origin is not None and origin.version != target.version:
        raise ValueError("source: expected an address of the family of destination")
    return native.get_best_route2(
        packed_of("destination", target),
        source=None if origin is None else packed_of("source", origin),
        luid=luid,
        index=index,
        destination_scope=scope_of("destination", target),
        source_scope=0 if origin is None else scope_of("source", origin),
    )


def notify_ip_interface_change(
    family: int = 0, /, *, initial: bool = False, capacity: int = 1024
) -> Watch:
    """Register for changes of IP interfaces.

    Closing the watch calls CancelMibChangeNotify2.

    Args:
        family: ``socket.AF_INET``, ``socket.AF_INET6``, or ``socket.AF_UNSPEC`` for both.
        initial: Whether Windows sends an initial notification, which sets
            :attr:`ipif.Watch.initial`.
        capacity: How many unread events are kept, from 1 to 16777216.

    Returns:
        The :class:`ipif.Watch` that reports them.

    Raises:
        ipif.Error: Windows refuses the registration.
        TypeError: An argument has the wrong type.
        ValueError: The family is not one of these.
        OverflowError: *capacity* is out of its range.

    Example:
        >>> from socket import AF_INET
        >>> from ipif import netioapi
        >>> with netioapi.notify_ip_interface_change(AF_INET) as watch:
        ...     netioapi.update_ip_interface_entry(AF_INET, {"NlMtu": 1400}, index=13)
        ...     watch.get(timeout=10).index
        13

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    from ipif._core.watch import Event, Watch

    return Watch(family, initial, capacity, kind=Event)


def notify_unicast_ip_address_change(
    family: int = 0, /, *, initial: bool = False, capacity: int = 1024
) -> Watch[AddressEvent]:
    """Register for changes of unicast IP addresses.

    It raises what :func:`ipif.netioapi.notify_ip_interface_change` raises. Closing the watch calls
    CancelMibChangeNotify2.

    Args:
        family: As for :func:`ipif.netioapi.notify_ip_interface_change`.
        initial: As for :func:`ipif.netioapi.notify_ip_interface_change`.
        capacity: As for :func:`ipif.netioapi.notify_ip_interface_change`.

    Returns:
        The :class:`ipif.Watch`, whose events are of :class:`ipif.AddressEvent`.

    Example:
        >>> import ipif
        >>> with ipif.netioapi.notify_unicast_ip_address_change() as watch:
        ...     ipif.simulation.add_address("Ethernet", "192.168.1.20")
        ...     str(watch.get(timeout=10).address)
        '192.168.1.20'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyunicastipaddresschange
    """
    from ipif._core.watch import AddressEvent, Watch

    return Watch(family, initial, capacity, kind=AddressEvent)


def notify_route_change2(
    family: int = 0, /, *, initial: bool = False, capacity: int = 1024
) -> Watch[RouteEvent]:
    """Register for changes of routes.

    It raises what :func:`ipif.netioapi.notify_ip_interface_change` raises. Closing the watch calls
    CancelMibChangeNotify2.

    Args:
        family: As for :func:`ipif.netioapi.notify_ip_interface_change`.
        initial: As for :func:`ipif.netioapi.notify_ip_interface_change`.
        capacity: As for :func:`ipif.netioapi.notify_ip_interface_change`.

    Returns:
        The :class:`ipif.Watch`, whose events are of :class:`ipif.RouteEvent`.

    Example:
        >>> import ipif
        >>> with ipif.netioapi.notify_route_change2() as watch:
        ...     ipif.simulation.add_route("Ethernet", "10.0.0.0/8", NextHop="192.168.1.1")
        ...     str(watch.get(timeout=10).destination)
        '10.0.0.0/8'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyroutechange2
    """
    from ipif._core.watch import RouteEvent, Watch

    return Watch(family, initial, capacity, kind=RouteEvent)


get_current_thread_compartment_id = native.get_current_thread_compartment_id
set_current_thread_compartment_id = native.set_current_thread_compartment_id

convert_interface_index_to_luid = native.convert_interface_index_to_luid
convert_interface_luid_to_index = native.convert_interface_luid_to_index
convert_interface_alias_to_luid = native.convert_interface_alias_to_luid
convert_interface_luid_to_alias = native.convert_interface_luid_to_alias
convert_interface_luid_to_guid = native.convert_interface_luid_to_guid
convert_interface_luid_to_name = native.convert_interface_luid_to_name


def convert_interface_guid_to_luid(guid: UUID, /) -> int:
    """Return the LUID of the interface with a GUID.

    Args:
        guid: The GUID, a ``uuid.UUID``.

    Raises:
        ipif.InterfaceNotFound: No interface has it, or several have.
        TypeError: The value is not a ``uuid.UUID``.

    Example:
        >>> from uuid import UUID
        >>> from ipif import netioapi
        >>> guid = UUID("0000000D-1111-4222-8333-0123456789AB")
        >>> netioapi.convert_interface_guid_to_luid(guid)
        1689399632855040

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceguidtoluid
    """
    from uuid import UUID

    from ipif._core.guid import to_bytes

    if not isinstance(guid, UUID):
        raise TypeError(f"guid: expected uuid.UUID, got {type(guid).__name__}")
    return native.convert_interface_guid_to_luid(to_bytes(guid))
