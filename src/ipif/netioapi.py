"""The thin layer: one function per function of ``netioapi.h``, its name in snake case.

Nothing is checked here but types and ranges: ``TypeError``, ``OverflowError`` and ``ValueError``
name the member or the argument, and Windows has not been called. What Windows refuses is an
:class:`ipif.Error`. Rows are dicts whose keys are the member names of the SDK.

``FIELDS`` describes the members of each structure, in the order of the SDK.
"""

from __future__ import annotations

from ipif import _backend
from ipif._backend import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipif._watch import Watch

initialize_ip_interface_entry = native.initialize_ip_interface_entry
get_ip_interface_entry = native.get_ip_interface_entry
get_ip_interface_table = native.get_ip_interface_table
set_ip_interface_entry = _backend.set_ip_interface_entry
update_ip_interface_entry = _backend.update_ip_interface_entry

get_if_entry2 = native.get_if_entry2
get_if_table2 = native.get_if_table2
get_unicast_ip_address_table = native.get_unicast_ip_address_table
get_ip_forward_table2 = native.get_ip_forward_table2
get_best_route = native.get_best_route
get_best_route2 = native.get_best_route2


def notify_ip_interface_change(
    family: int = 0, /, *, initial: bool = False, capacity: int = 1024
) -> Watch:
    """Register for changes of IP interfaces; return the :class:`ipif.Watch` that brings them.

    *family* is ``socket.AF_INET``, ``socket.AF_INET6``, or ``socket.AF_UNSPEC`` for both. With
    *initial*, one event tells that the registration works. *capacity*, from 1 to 16777216, is how
    many unread events are kept.

    Raises ``TypeError``, ``ValueError`` or ``OverflowError`` for a bad argument, and
    :class:`ipif.Error`. Closing the watch calls CancelMibChangeNotify2.

    https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
    """
    from ipif._watch import Watch

    return Watch(family, initial, capacity)


convert_interface_index_to_luid = native.convert_interface_index_to_luid
convert_interface_luid_to_index = native.convert_interface_luid_to_index
convert_interface_alias_to_luid = native.convert_interface_alias_to_luid
convert_interface_luid_to_alias = native.convert_interface_luid_to_alias
convert_interface_guid_to_luid = native.convert_interface_guid_to_luid
convert_interface_luid_to_guid = native.convert_interface_luid_to_guid
convert_interface_luid_to_name = native.convert_interface_luid_to_name

FIELDS = {structure: native.fields(structure) for structure in native.structures()}

if _backend.backend == "simulated":
    from ipif import _world

    _world.load_first()
