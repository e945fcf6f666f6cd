# Made by tools/generate.py: do not edit.

from collections.abc import Mapping
from uuid import UUID

from ipif._core.addresses import AnyAddress
from ipif._core.fields import Field
from ipif._core.types import InitializedInterfaceRow
from ipif._core.types import MIB_IF_ROW2
from ipif._core.types import MIB_IPFORWARDROW
from ipif._core.types import MIB_IPFORWARD_ROW2
from ipif._core.types import MIB_IPINTERFACE_ROW
from ipif._core.types import MIB_UNICASTIPADDRESS_ROW
from ipif._core.watch import AddressEvent, RouteEvent, Watch

FIELDS: dict[str, tuple[Field, ...]]

def initialize_ip_interface_entry() -> InitializedInterfaceRow:
    """Return the row that InitializeIpInterfaceEntry prepares: every member is unchanged.

    Returns:
        A MIB_IPINTERFACE_ROW. A member filled with ones is None.

    Example:
        >>> from ipif import netioapi
        >>> row = netioapi.initialize_ip_interface_entry()
        >>> row["UseAutomaticMetric"] is None
        True

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-initializeipinterfaceentry
    """

def get_ip_interface_entry(family: int, /, *, luid: int=0, index: int=0) -> MIB_IPINTERFACE_ROW:
    """Return the row of one interface and one family.

    Args:
        family: ``socket.AF_INET`` or ``socket.AF_INET6``.
        luid: The LUID of the interface. It is used when it is not 0.
        index: The index of the interface. It is used when *luid* is 0.

    Returns:
        The MIB_IPINTERFACE_ROW.

    Raises:
        ipif.InterfaceNotFound: There is no such interface (2).
        ipif.FamilyNotBound: The interface has no row of this family (1168).
        ipif.Error: Windows refuses the call for another reason.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.
        ValueError: The family is not one of these, or both *luid* and *index* are 0.

    Example:
        >>> from socket import AF_INET
        >>> from ipif import netioapi
        >>> netioapi.get_ip_interface_entry(AF_INET, index=13)["Metric"]
        25

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfaceentry
    """

def get_ip_interface_table(family: int=0, /) -> list[MIB_IPINTERFACE_ROW]:
    """Return the MIB_IPINTERFACE_ROW of all interfaces.

    Args:
        family: ``socket.AF_INET``, ``socket.AF_INET6``, or ``socket.AF_UNSPEC`` for both.

    Returns:
        A list of rows.

    Raises:
        ipif.FamilyNotBound: No interface has the family (1168).
        ipif.Error: The family is not installed (50).
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.
        ValueError: The family is not one of these.

    Example:
        >>> from socket import AF_INET
        >>> from ipif import netioapi
        >>> rows = netioapi.get_ip_interface_table(AF_INET)
        >>> [row["Metric"] for row in rows if row["InterfaceIndex"] == 13]
        [25]

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfacetable
    """

def set_ip_interface_entry(row: Mapping[str, object], /) -> InitializedInterfaceRow:
    """Set the properties of one interface and one family.

    A member that is missing or None keeps what InitializeIpInterfaceEntry writes and so is
    unchanged. Where that function does not mark members as unchanged, a row with missing
    members is refused before the call. For IPv4, SitePrefixLength must be 0 or missing.

    Args:
        row: A dict of members. Family, and InterfaceLuid or InterfaceIndex, name the interface.

    Returns:
        The row as the call left it.

    Raises:
        ipif.AccessDenied: The process is not elevated (5).
        ipif.InterfaceNotFound: There is no such interface (2).
        ipif.FamilyNotBound: The interface has no row of this family (1168).
        ipif.InvalidRow: Windows refuses a value (87).
        ipif.Error: Windows refuses the call for another reason.
        TypeError: Before the call: a member has the wrong type.
        OverflowError: Before the call: a member does not fit the structure.
        ValueError: Before the call: a member is unknown or missing.

    Example:
        >>> from socket import AF_INET
        >>> from ipif import netioapi
        >>> row = {"Family": AF_INET, "InterfaceIndex": 13, "NlMtu": 1400}
        >>> written = netioapi.set_ip_interface_entry(row)
        >>> netioapi.get_ip_interface_entry(AF_INET, index=13)["NlMtu"]
        1400

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """

def update_ip_interface_entry(family: int, changes: Mapping[str, object], /, *, luid: int=0, index: int=0) -> None:
    """Get the row of one interface and one family, change members, and set it.

    Nothing comes in between. For IPv4, SitePrefixLength is written as 0, because
    SetIpInterfaceEntry takes nothing else. The ``function`` of an exception is the call that
    failed.

    Args:
        family: ``socket.AF_INET`` or ``socket.AF_INET6``.
        changes: A dict of settable members. One that is None is unchanged.
        luid: The LUID of the interface. It is used when it is not 0.
        index: The index of the interface. It is used when *luid* is 0.

    Raises:
        ipif.AccessDenied: The process is not elevated (5).
        ipif.InterfaceNotFound: There is no such interface (2).
        ipif.FamilyNotBound: The interface has no row of this family (1168).
        ipif.InvalidRow: Windows refuses a value (87).
        ipif.Error: Windows refuses the call for another reason.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.
        ValueError: A member is unknown or cannot be set, the family is not one of these, or
            both *luid* and *index* are 0.

    Example:
        >>> from socket import AF_INET
        >>> from ipif import netioapi
        >>> netioapi.update_ip_interface_entry(AF_INET, {"NlMtu": 1400}, index=13)
        >>> netioapi.get_ip_interface_entry(AF_INET, index=13)["NlMtu"]
        1400

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """

def get_if_entry2(*, luid: int=0, index: int=0) -> MIB_IF_ROW2:
    """Return the MIB_IF_ROW2 of one adapter.

    Args:
        luid: The LUID of the interface. It is used when it is not 0.
        index: The index of the interface. It is used when *luid* is 0.

    Raises:
        ipif.InterfaceNotFound: There is no such interface (2).
        ipif.Error: Windows refuses the call for another reason.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.
        ValueError: Both *luid* and *index* are 0.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.get_if_entry2(index=13)["Alias"]
        'Ethernet'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getifentry2
    """

def get_if_table2(level: int=0, /) -> list[MIB_IF_ROW2]:
    """Return the MIB_IF_ROW2 of all adapters, including filter modules and disconnected ones.

    Args:
        level: 0 (MibIfTableNormal), 1 (MibIfTableRaw) or 2
            (MibIfTableNormalWithoutStatistics: the counters are 0). Where Windows does not know
            level 2, before version 1703 of Windows 10, level 0 is used.

    Returns:
        A list of rows.

    Raises:
        ipif.Error: Windows refuses the call.
        TypeError: The level is not an int.
        OverflowError: The level does not fit a ULONG.
        ValueError: The level is not one of these.

    Example:
        >>> from ipif import netioapi
        >>> [row["Alias"] for row in netioapi.get_if_table2() if row["Type"] == 71][0]
        'Wi-Fi'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getiftable2ex
    """

def get_unicast_ip_address_table(family: int=0, /) -> list[MIB_UNICASTIPADDRESS_ROW]:
    """Return the MIB_UNICASTIPADDRESS_ROW of all unicast addresses.

    Args:
        family: ``socket.AF_INET``, ``socket.AF_INET6``, or ``socket.AF_UNSPEC`` for both.

    Returns:
        A list of rows.

    Raises:
        ipif.FamilyNotBound: No interface has the family (1168).
        ipif.Error: The family is not installed (50).
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.
        ValueError: The family is not one of these.

    Example:
        >>> from socket import AF_INET
        >>> from ipif import netioapi
        >>> rows = netioapi.get_unicast_ip_address_table(AF_INET)
        >>> [row["Address"] for row in rows if row["InterfaceIndex"] == 13]
        [IPv4Address('192.168.1.10')]

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getunicastipaddresstable
    """

def get_ip_forward_table2(family: int=0, /) -> list[MIB_IPFORWARD_ROW2]:
    """Return the MIB_IPFORWARD_ROW2 of all routes.

    Args:
        family: ``socket.AF_INET``, ``socket.AF_INET6``, or ``socket.AF_UNSPEC`` for both.

    Returns:
        A list of rows.

    Raises:
        ipif.FamilyNotBound: No interface has the family (1168).
        ipif.Error: The family is not installed (50).
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.
        ValueError: The family is not one of these.

    Example:
        >>> from socket import AF_INET
        >>> from ipif import netioapi
        >>> rows = netioapi.get_ip_forward_table2(AF_INET)
        >>> rows[0]["DestinationPrefix"], rows[0]["NextHop"]
        (IPv4Network('0.0.0.0/0'), IPv4Address('192.168.1.1'))

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipforwardtable2
    """

def get_best_route(destination: str | AnyAddress, source: str | AnyAddress | None=None, /) -> MIB_IPFORWARDROW:
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

def get_best_route2(destination: str | AnyAddress, /, *, source: str | AnyAddress | None=None, luid: int=0, index: int=0) -> tuple[MIB_IPFORWARD_ROW2, AnyAddress]:
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

def notify_ip_interface_change(family: int=0, /, *, initial: bool=False, capacity: int=1024) -> Watch:
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

def notify_unicast_ip_address_change(family: int=0, /, *, initial: bool=False, capacity: int=1024) -> Watch[AddressEvent]:
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

def notify_route_change2(family: int=0, /, *, initial: bool=False, capacity: int=1024) -> Watch[RouteEvent]:
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

def get_current_thread_compartment_id() -> int:
    """Return the number of the calling thread's network compartment; 1 is the default one.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.get_current_thread_compartment_id()
        1

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getcurrentthreadcompartmentid
    """

def set_current_thread_compartment_id(number: int, /) -> None:
    """Move the calling thread into a network compartment.

    Every later call of this thread sees only the interfaces of that compartment.

    Args:
        number: The compartment; 1 is the default one.

    Raises:
        ipif.Error: There is no such compartment.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.set_current_thread_compartment_id(2)
        >>> netioapi.get_current_thread_compartment_id()
        2
        >>> netioapi.set_current_thread_compartment_id(1)

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setcurrentthreadcompartmentid
    """

def convert_interface_index_to_luid(index: int, /) -> int:
    """Return the LUID of the interface with an index.

    Args:
        index: The index of the interface.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.convert_interface_index_to_luid(13)
        1689399632855040

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceindextoluid
    """

def convert_interface_luid_to_index(luid: int, /) -> int:
    """Return the index of the interface with a LUID.

    Args:
        luid: The LUID of the interface.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.convert_interface_luid_to_index(1689399632855040)
        13

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceluidtoindex
    """

def convert_interface_alias_to_luid(alias: str, /) -> int:
    """Return the LUID of the interface with an alias, as users see it.

    Args:
        alias: The alias of the interface.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        TypeError: The alias is not a str.
        ValueError: The alias has more than 256 characters (UTF-16) or a NUL character.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.convert_interface_alias_to_luid("Ethernet")
        1689399632855040

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfacealiastoluid
    """

def convert_interface_luid_to_alias(luid: int, /) -> str:
    """Return the alias of the interface, as users see it.

    Args:
        luid: The LUID of the interface.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.convert_interface_luid_to_alias(1689399632855040)
        'Ethernet'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceluidtoalias
    """

def convert_interface_luid_to_guid(luid: int, /) -> UUID:
    """Return the GUID of the interface, a uuid.UUID.

    Args:
        luid: The LUID of the interface.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.convert_interface_luid_to_guid(1689399632855040)
        UUID('0000000d-1111-4222-8333-0123456789ab')

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceluidtoguid
    """

def convert_interface_luid_to_name(luid: int, /) -> str:
    """Return the NDIS name, such as 'ethernet_32769'.

    Args:
        luid: The LUID of the interface.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        TypeError: An argument has the wrong type.
        OverflowError: A number is out of its range.

    Example:
        >>> from ipif import netioapi
        >>> netioapi.convert_interface_luid_to_name(1689399632855040)
        'ethernet_32769'

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceluidtonamew
    """

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
