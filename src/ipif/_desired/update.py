"""update_interface: change members of one interface, in one family or in every family."""

from __future__ import annotations

from ipif._core.backend import native
from ipif._core.errors import Error
from ipif._core.family import read_af
from ipif._core.identify import shown_interface, to_key
from ipif._core.rules import with_manual_metric
from ipif._core.validate import read_changes, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Unpack, overload

    from ipif._core.types import MIB_IPINTERFACE_ROW, Family, Interface, InterfaceChanges

    _BeforeAndAfter = tuple[MIB_IPINTERFACE_ROW, MIB_IPINTERFACE_ROW]

else:

    def overload(function: object) -> object:  # importing typing takes longer than many calls
        return function


@overload
def update_interface(
    interface: Interface, family: Family, /, **changes: Unpack[InterfaceChanges]
) -> _BeforeAndAfter: ...
@overload
def update_interface(  # noqa: F811
    interface: Interface, family: None, /, **changes: Unpack[InterfaceChanges]
) -> dict[str, _BeforeAndAfter]: ...
def update_interface(  # noqa: F811
    interface: Interface, family: Family | None, /, **changes: Unpack[InterfaceChanges]
) -> _BeforeAndAfter | dict[str, _BeforeAndAfter]:
    """Change members of one interface, in one family or in every family.

    The row is read, changed, written and read again. A change takes effect at once. It is not
    documented to survive a reboot or the removal of the interface. Without changes nothing is
    written.

    Args:
        interface: What names the interface, as for :func:`ipif.get_interface`.
        family: The family, as for :func:`ipif.get_interface`. ``None`` means every family that is
            bound to the interface: either all of them are changed or none.
        **changes: The new values, by member; :data:`ipif.FIELDS` has their units and ranges.
            Enumerators may be named (``RouterDiscoveryBehavior="Disabled"``). ``Metric`` turns the
            automatic metric off, unless ``UseAutomaticMetric`` is given too. For IPv4,
            ``SitePrefixLength`` is written as 0.

    Returns:
        The row as read, ``(before, after)``. With a family of ``None`` a dict,
        ``{"ipv4": (before, after), "ipv6": (before, after)}``.

    Raises:
        ipif.ValidationError: Before the call, with every problem: each unknown, read-only or key
            member, each value of a wrong type or range, each unchanged sentinel. Also for what
            cannot name an interface or a family. With a family of ``None`` also for a member whose
            present value could not be written again.
        ipif.AccessDenied: The process is not elevated.
        ipif.InterfaceNotFound: There is no such interface.
        ipif.FamilyNotBound: The interface has no row of this family.
        ipif.InvalidRow: Windows refuses a value.
        ipif.ApplyError: With a family of ``None``: one family was changed, the other was refused,
            and the first could not be changed back.

    Example:
        >>> import ipif
        >>> before, after = ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400)
        >>> before["NlMtu"], after["NlMtu"], after["UseAutomaticMetric"]
        (1500, 1400, False)
        >>> both = ipif.update_interface("Wi-Fi", None, Metric=20)
        >>> [after["Metric"] for before, after in both.values()]
        [20, 20]

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    if family is None:
        return _update_all(interface, changes)
    af = read_af(family)
    clean, problems = read_changes(changes, af)
    refuse(problems)
    try:
        key = to_key(interface)
        if not clean:
            row = native.get_ip_interface_entry(af, **key)
            return row, row.copy()
        return native.exchange_ip_interface_entry(af, with_manual_metric(clean), **key)
    except Error as error:
        error.interface = shown_interface(interface)
        raise


def _update_all(interface: Interface, changes: Any) -> dict[str, _BeforeAndAfter]:
    """Change the rows of every family, all or none."""
    from ipif._desired.families import apply_rows, cause_of, read_rows

    try:
        rows = apply_rows(read_rows(interface, None, changes))
    except Exception as error:
        new = cause_of(error, shown_interface(interface))
        if new is not error and new is not None:
            raise new from None
        raise
    return {row.family: row.rows() for row in rows}
