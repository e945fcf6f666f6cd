"""The IP interfaces of this machine: get, list, set, compare."""

from __future__ import annotations

from ipif._core.backend import native
from ipif._core.errors import Error, FamilyNotBound, Problem, ValidationError
from ipif._core.family import AF, AF_INET, AF_UNSPEC, find_af, read_af, read_af_or_both
from ipif._core.fields import LARGEST_INDEX
from ipif._core.identify import shown_interface, to_luid
from ipif._core.luid import Luid
from ipif._core.rules import drops_metric, effective_changes
from ipif._core.validate import read_row, refuse, row_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from ipif._core.types import (
        MIB_IPINTERFACE_ROW,
        Family,
        InitializedInterfaceRow,
        Interface,
    )

    _Row = TypeVar("_Row")

#: ERROR_NOT_SUPPORTED: no interface of this computer has the family.
NOT_INSTALLED = 50

# get_interface is called in loops, so this function is looked up once.
_get = native.get_ip_interface_entry

_PLAIN = frozenset((int, str))


def get_interface(interface: Interface, family: Family) -> MIB_IPINTERFACE_ROW:
    """Return the row of one interface and one family.

    No privilege is needed. :data:`ipif.FIELDS` has the unit and the range of each member.

    Args:
        interface: What names the interface. One of these:

            - an index (``int``),
            - an alias (``str``),
            - a GUID (``uuid.UUID``, or text),
            - an :class:`ipif.Luid`,
            - any row, whose LUID is used,
            - an IP address that the adapter has, as an object of :mod:`ipaddress` or as text,
            - its hardware address, as ``bytes`` or as text.

            Text is read as an alias first, and as an address only when no adapter has that alias.
            An address that several interfaces have is refused.
        family: ``"ipv4"`` or ``"ipv6"``; 4 or 6; ``socket.AF_INET`` or ``socket.AF_INET6``.

    Returns:
        The MIB_IPINTERFACE_ROW, a dict whose keys are the members in the order of the SDK.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        ipif.FamilyNotBound: The interface has no row of this family.
        ipif.ValidationError: An argument cannot name an interface or a family.

    Example:
        >>> import ipif
        >>> row = ipif.get_interface("Ethernet", "ipv4")
        >>> row["Metric"], row["NlMtu"], row["Connected"]
        (25, 1500, True)

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfaceentry
    """
    # The usual arguments are recognised without a function call.
    af = AF.get(family) if type(family) in _PLAIN else None
    if af is None:
        af = read_af(family)
    try:
        if type(interface) is int and 0 < interface <= LARGEST_INDEX:
            return _get(af, index=interface)
        if type(interface) is Luid and interface:
            return _get(af, luid=interface)
        return _get(af, luid=to_luid(interface))
    except Error as error:
        error.interface = shown_interface(interface)
        raise


def list_interfaces(family: Family | None = None) -> list[MIB_IPINTERFACE_ROW]:
    """Return the rows of all interfaces.

    Args:
        family: The family of the rows, as for :func:`ipif.get_interface`. ``None`` means both.

    Returns:
        A list of MIB_IPINTERFACE_ROW. A family that is not installed has no rows, so the list may
        be empty.

    Raises:
        ipif.ValidationError: The family is unknown.
        ipif.Error: Windows refuses the call.

    Example:
        >>> import ipif
        >>> connected = [row for row in ipif.list_interfaces("ipv4") if row["Connected"]]
        >>> [ipif.Luid(row["InterfaceLuid"]).alias for row in connected]
        ['Loopback Pseudo-Interface 1', 'Ethernet', 'Wi-Fi', 'HMA VPN', 'vEthernet (WSL)']

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfacetable
    """
    return list_rows(native.get_ip_interface_table, family)


def list_rows(read: Callable[[int], list[_Row]], family: object) -> list[_Row]:
    """Return the rows that *read* returns for *family* (``None``: both), or an empty list.

    Windows answers 1168 when the table would be empty, and 50 when the family is not installed.
    """
    af = read_af_or_both(family)
    try:
        return read(af)
    except FamilyNotBound:
        return []
    except Error as error:
        if error.winerror == NOT_INSTALLED and af != AF_UNSPEC:
            return []
        raise


def set_interface(row: Mapping[str, object]) -> InitializedInterfaceRow:
    """Write a row of one interface and one family.

    Members that are missing or ``None`` keep their values. Read-only members are ignored.
    ``SitePrefixLength`` is written as 0 for IPv4: SetIpInterfaceEntry accepts nothing else,
    although GetIpInterfaceEntry returns 64. Only an elevated administrator may call it.

    A value that the current row has too is never refused. A row that goes back to the automatic
    metric may hold any ``Metric``.

    Args:
        row: The row. ``Family``, and ``InterfaceLuid`` or ``InterfaceIndex``, name the interface.
            It is not changed.

    Returns:
        The row as the call left it. ``None`` stands for an unchanged sentinel.

    Raises:
        ipif.ValidationError: Before the call, with every problem: those that :func:`ipif.validate`
            finds; an InterfaceLuid and an InterfaceIndex of different interfaces; a new Metric for
            an interface whose metric is and stays automatic, which Windows would ignore without an
            error.
        ipif.AccessDenied: The process is not elevated.
        ipif.InterfaceNotFound: There is no such interface.
        ipif.FamilyNotBound: The interface has no row of this family.
        ipif.InvalidRow: Windows refuses a value.

    Example:
        >>> import ipif
        >>> row = ipif.get_interface("Ethernet", "ipv4")
        >>> row["NlMtu"] = 1400
        >>> written = ipif.set_interface(row)
        >>> ipif.get_interface("Ethernet", "ipv4")["NlMtu"]
        1400

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    try:
        written = native.set_valid_row(row)
        if written is not None:
            return written
        clean, af, current = _compare(row)
        if drops_metric(clean, current):
            rule = "the metric is automatic: Windows would ignore a new one without an error"
            advice = "set UseAutomaticMetric to False as well"
            raise ValidationError([Problem("Metric", clean["Metric"], rule, advice)])
        if af == AF_INET:
            clean["SitePrefixLength"] = 0
        return native.set_ip_interface_entry(clean)
    except Error as error:
        error.interface = shown_interface(row)
        raise
    except ValidationError:
        raise
    except ValueError as error:  # InitializeIpInterfaceEntry does not write unchanged sentinels
        advice = "start from ipif.get_interface(), or use ipif.update_interface()"
        raise ValidationError([Problem("row", row, str(error), advice)]) from error


def differences(
    row: Mapping[str, object], other: Mapping[str, object] | None = None
) -> dict[str, tuple[Any, Any]]:
    """Return what :func:`ipif.set_interface` would change, or how two rows differ.

    Without *other*, the row is compared with the current row of the same interface. Left out are
    unchanged sentinels, ``SitePrefixLength`` of IPv4, and a ``Metric`` while the metric is, or
    becomes, automatic.

    With *other*, every member in which the two rows differ is returned, without a call of Windows.
    The rows may be of any structure, such as an adapter now and later.

    Args:
        row: The row that :func:`ipif.set_interface` would write, or the first of two rows.
        other: The second row.

    Returns:
        ``{member: (current, wanted)}``; with *other* ``{member: (value in row, value in other)}``,
        where the value is ``None`` when the member is missing.

    Raises:
        ipif.ValidationError: :func:`ipif.set_interface` would refuse the row; with *other*, only
            when an argument is not a mapping.
        ipif.InterfaceNotFound: There is no such interface.
        ipif.FamilyNotBound: The interface has no row of this family.

    Example:
        >>> import ipif
        >>> row = ipif.get_interface("Ethernet", "ipv4")
        >>> ipif.differences({**row, "NlMtu": 1400})
        {'NlMtu': (1500, 1400)}
        >>> ipif.differences({"Metric": 5, "NlMtu": 1500}, {"Metric": 10, "NlMtu": 1500})
        {'Metric': (5, 10)}

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    if other is not None:
        return _differing(row, other)
    try:
        clean, af, before = _compare(row)
    except Error as error:
        error.interface = shown_interface(row)
        raise
    current: Mapping[str, Any] = before
    changes = effective_changes(current, clean, af)
    return {name: (current[name], value) for name, value in changes.items()}


def _differing(row: object, other: object) -> dict[str, tuple[Any, Any]]:
    """Return the members in which *row* and *other* differ; a family may be written in any way."""
    problems: list[Problem] = []
    left, right = row_dict(row, problems), row_dict(other, problems, "other")
    refuse(problems)
    assert left is not None
    assert right is not None
    found = {}
    for name in dict.fromkeys((*dict.keys(left), *dict.keys(right))):
        one, two = dict.get(left, name), dict.get(right, name)
        if one != two and not (name == "Family" and find_af(one) == find_af(two) is not None):
            found[name] = (one, two)
    return found


def _compare(row: object) -> tuple[dict[str, Any], int, MIB_IPINTERFACE_ROW]:
    """Return a checked copy of *row*, its family, and the current row of the same interface.

    Raises :class:`ipif.ValidationError` with every problem, and :class:`ipif.Error` from
    GetIpInterfaceEntry.
    """
    problems: list[Problem] = []
    members = row_dict(row, problems)
    refuse(problems)
    current = _find_current(members)
    clean, af, problems = read_row(members, current)
    refuse(problems)
    luid = clean.get("InterfaceLuid")
    index = clean.get("InterfaceIndex")
    if current is None:
        current = _get(af, luid=luid) if luid else _get(af, index=index or 0)
    if luid and index and index != current["InterfaceIndex"]:
        rule = f"InterfaceLuid {luid} has the index {current['InterfaceIndex']}"
        advice = "leave one of the keys out, or get the row again: an index can change"
        raise ValidationError([Problem("InterfaceIndex", index, rule, advice)])
    return clean, af, current


def _find_current(row: object) -> MIB_IPINTERFACE_ROW | None:
    """Return the current row with the family and the LUID of *row*, or ``None``."""
    if isinstance(row, dict):
        af = find_af(dict.get(row, "Family"))
        luid = dict.get(row, "InterfaceLuid")
        if af is not None and type(luid) is int and 0 < luid < 2**64:
            try:
                return _get(af, luid=luid)
            except Error:
                pass  # raised again later, if nothing is wrong with the row itself
    return None
