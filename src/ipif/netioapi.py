"""The raw API: one function for each function of ``netioapi.h``, its name in snake case.

Only types and ranges are checked: ``TypeError``, ``OverflowError`` and ``ValueError`` name the
member or the argument, and Windows is not called. A call that Windows refuses raises
:class:`ipif.Error`. Rows are dicts whose keys are the member names of the SDK.

``FIELDS`` describes the members of each structure, in the order of the SDK.
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

    Addresses are ``ipaddress.IPv4Address`` objects or text. ``dwForwardMetric1`` is the metric of
    the route plus that of its interface.

    Raises :class:`ipif.Error` (1231: no route); ``TypeError`` or ``ValueError`` for a
    bad address.

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

    Addresses are objects of :mod:`ipaddress` or text. *source*, *luid* or *index* restrict the
    search to one interface.

    Raises :class:`ipif.InterfaceNotFound` (2), :class:`ipif.Error` (1231: no route; 50:
    the family is not installed); ``TypeError``, ``OverflowError`` or ``ValueError`` for a bad
    argument.

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
    """Register for changes of IP interfaces; return the :class:`ipif.Watch` that reports them.

    *family* is ``socket.AF_INET``, ``socket.AF_INET6``, or ``socket.AF_UNSPEC`` for both. With
    *initial*, Windows sends an initial notification, which sets :attr:`ipif.Watch.initial`.
    *capacity*, from 1 to 16777216, is how many unread events are kept.

    Raises ``TypeError``, ``ValueError`` or ``OverflowError`` for a bad argument, and
    :class:`ipif.Error`. Closing the watch calls CancelMibChangeNotify2.

    https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    from ipif._core.watch import Event, Watch

    return Watch(family, initial, capacity, kind=Event)


def notify_unicast_ip_address_change(
    family: int = 0, /, *, initial: bool = False, capacity: int = 1024
) -> Watch[AddressEvent]:
    """Register for changes of unicast IP addresses; return the watch that reports them.

    Arguments and exceptions are those of :func:`notify_ip_interface_change`; its events are
    :class:`ipif.AddressEvent`.

    https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyunicastipaddresschange
    """
    from ipif._core.watch import AddressEvent, Watch

    return Watch(family, initial, capacity, kind=AddressEvent)


def notify_route_change2(
    family: int = 0, /, *, initial: bool = False, capacity: int = 1024
) -> Watch[RouteEvent]:
    """Register for changes of routes; return the watch that reports them.

    Arguments and exceptions are those of :func:`notify_ip_interface_change`; its events are
    :class:`ipif.RouteEvent`.

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

    Raises :class:`ipif.InterfaceNotFound`, and ``TypeError`` for what is not a ``uuid.UUID``.

    https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceguidtoluid
    """
    from uuid import UUID

    from ipif._core.guid import to_bytes

    if not isinstance(guid, UUID):
        raise TypeError(f"guid: expected uuid.UUID, got {type(guid).__name__}")
    return native.convert_interface_guid_to_luid(to_bytes(guid))
