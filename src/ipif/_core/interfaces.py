"""IP interfaces as people use them: get, list, set, update, compare."""

from __future__ import annotations

import sys
from operator import index as to_int

from ipif import _backend, netioapi
from ipif._errors import Error, FamilyNotBound, Problem, ValidationError
from ipif._family import AF_INET, AF_UNSPEC, CODES, family_code, find_code
from ipif._luid import Luid
from ipif._validate import FIELDS, SETTABLE, read_changes, read_row, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Unpack

    from ipif.types import (
        MIB_IPINTERFACE_ROW,
        Family,
        InitializedInterfaceRow,
        Interface,
        InterfaceChanges,
    )

_get = netioapi.get_ip_interface_entry
_set = netioapi.set_ip_interface_entry
_set_legal = _backend.set_legal_row  # what follows here, for a row with nothing to say about
_update = netioapi.update_ip_interface_entry

_PLAIN = frozenset((int, str))
_LARGEST_INDEX = 2**32 - 1
_LONGEST_ALIAS = 256  # IF_MAX_STRING_SIZE, in UTF-16 units
_ADVICE = "write an index, an alias, a uuid.UUID, an ipif.Luid, or a row"

_UNCHANGED = {field.name: field.unchanged for field in FIELDS}


def get_interface(interface: Interface, family: Family) -> MIB_IPINTERFACE_ROW:
    """Return the row of one interface and one family.

    *interface* is an index (``int``), an alias (``str``), a GUID (``uuid.UUID``), an
    :class:`ipif.Luid`, or any row (its LUID counts). *family* is ``"ipv4"`` or ``"ipv6"``, 4 or 6,
    or ``socket.AF_INET`` or ``socket.AF_INET6``. Units and ranges of the members are in
    ``ipif.FIELDS``. No privilege is needed.

    Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.FamilyNotBound` (the interface has no row
    of this family), :class:`ipif.ValidationError` for arguments that name nothing.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfaceentry
    """
    # This is the function that loops call: what is usual is recognised without a call.
    code = CODES.get(family) if type(family) in _PLAIN else None
    if code is None:
        code = family_code(family)
    try:
        if type(interface) is int and 0 < interface <= _LARGEST_INDEX:
            return _get(code, index=interface)
        if type(interface) is Luid and interface:
            return _get(code, luid=interface)
        return _get(code, luid=to_luid(interface))
    except Error as error:
        error.interface = shown_interface(interface)
        raise


def list_interfaces(family: Family | None = None) -> list[MIB_IPINTERFACE_ROW]:
    """Return the rows of all interfaces, of one *family* or of both; there may be none.

    Raises :class:`ipif.Error`, and :class:`ipif.ValidationError` for an unknown family.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfacetable
    """
    code = AF_UNSPEC if family is None else family_code(family)
    try:
        return netioapi.get_ip_interface_table(code)
    except FamilyNotBound:  # Windows' answer when the table would be empty
        return []


def set_interface(row: Mapping[str, object]) -> InitializedInterfaceRow:
    """Write *row* and return it as the call left it; *row* itself is not changed.

    Members that are missing or ``None`` stay as they are, and so do read-only members, whatever
    they hold. ``SitePrefixLength`` is written as 0 for IPv4, because Windows takes nothing else,
    although Get returns 64. Only an elevated administrator may set.

    Refused before the call, by :class:`ipif.ValidationError` with every problem: what
    :func:`ipif.validate` finds, an InterfaceLuid and an InterfaceIndex of different interfaces,
    and a new Metric for an interface whose metric is and stays automatic, which Windows would drop
    in silence. A value that is in the current row too is never refused, and a row that goes back
    to the automatic metric may hold any Metric.

    Raises :class:`ipif.AccessDenied`, :class:`ipif.InterfaceNotFound`,
    :class:`ipif.FamilyNotBound`, :class:`ipif.InvalidRow`.

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    try:
        done = _set_legal(row)
        if done is not None:
            return done
        clean, code, current = _compare(row)
        metric = clean.get("Metric")
        if (
            metric is not None
            and metric != current["Metric"]
            and current["UseAutomaticMetric"]
            and clean.get("UseAutomaticMetric") is not False
            and metric not in _UNCHANGED["Metric"]
        ):
            rule = "the metric is automatic, so Windows would drop a new one in silence"
            raise ValidationError(
                [Problem("Metric", metric, rule, "set UseAutomaticMetric to False as well")]
            )
        if code == AF_INET:
            clean["SitePrefixLength"] = 0
        return _set(clean)
    except Error as error:
        error.interface = shown_interface(row)
        raise
    except ValidationError:
        raise
    except ValueError as error:  # the native layer: Initialize does not mark "unchanged" here
        advice = "start from ipif.get_interface(), or use ipif.update_interface()"
        raise ValidationError([Problem("row", row, str(error), advice)]) from error


def update_interface(
    interface: Interface, family: Family, /, **changes: Unpack[InterfaceChanges]
) -> tuple[MIB_IPINTERFACE_ROW, MIB_IPINTERFACE_ROW]:
    """Change some members of one row; return the row ``(before, after)``, both as read.

    The interface and the family are named as for :func:`get_interface`. ``Metric`` turns the
    automatic metric off, unless ``UseAutomaticMetric`` is given too. Without changes nothing is
    written. A change is active at once; nothing says that it survives the interface or a reboot.

    Raises what :func:`get_interface` and :func:`set_interface` raise; before the call,
    :class:`ipif.ValidationError` lists every unknown, read-only or key member, every value of a
    wrong type or range, and every one that means "leave as it is".

    Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    code = family_code(family)
    clean, problems = read_changes(changes, code)
    refuse(problems)
    if "Metric" in clean and "UseAutomaticMetric" not in clean:
        clean["UseAutomaticMetric"] = False
    try:
        if type(interface) is int and 0 < interface <= _LARGEST_INDEX:
            before = _get(code, index=interface)
        else:
            before = _get(code, luid=to_luid(interface))
        if not clean:
            return before, before.copy()
        luid = before["InterfaceLuid"]  # an index may be given to another interface meanwhile
        _update(code, clean, luid=luid)
        return before, _get(code, luid=luid)
    except Error as error:
        error.interface = shown_interface(interface)
        raise


def differences(row: Mapping[str, object]) -> dict[str, tuple[Any, Any]]:
    """Return what :func:`set_interface` would change: ``{member: (current, wanted)}``.

    This is the comparison that the reference page asks for, because Set has no other way to tell
    which members it changes. Left out are values that mean "unchanged", ``SitePrefixLength`` for
    IPv4, and the Metric while it is, or becomes, automatic.

    Raises :class:`ipif.ValidationError` for a row that Set would not take, and what
    :func:`get_interface` raises.
    """
    try:
        clean, code, before = _compare(row)
    except Error as error:
        error.interface = shown_interface(row)
        raise
    current: Mapping[str, Any] = before
    automatic = clean.get("UseAutomaticMetric")
    if automatic is None:
        automatic = current["UseAutomaticMetric"]
    found = {}
    for name in SETTABLE:
        now = current[name]
        wanted = clean.get(name)
        if wanted is None or wanted == now or wanted in _UNCHANGED[name]:
            continue
        if name == "Metric" and automatic:
            continue
        if name == "SitePrefixLength" and code == AF_INET:
            continue
        if name == "ZoneIndices":
            marks = _UNCHANGED[name]
            wanted = tuple(
                old if new in marks else new for old, new in zip(now, wanted, strict=True)
            )
            if wanted == now:
                continue
        found[name] = (now, wanted)
    return found


def to_luid(interface: Any) -> int:
    """Return the LUID of *interface*, named in any of the ways that :func:`get_interface` takes.

    Raises :class:`ipif.ValidationError` and :class:`ipif.InterfaceNotFound`.
    """
    kind = type(interface)
    if issubclass(kind, Luid):
        if interface:
            return int(interface)
        raise _no_interface(interface, "the LUID 0 names no interface")
    if issubclass(kind, str):
        return netioapi.convert_interface_alias_to_luid(_checked_alias(str.__str__(interface)))
    if issubclass(kind, dict):
        return _row_luid(interface)
    # Whoever has a UUID has imported uuid.
    uuid = sys.modules.get("uuid")
    if uuid is not None and issubclass(kind, uuid.UUID):
        return netioapi.convert_interface_guid_to_luid(interface)
    return netioapi.convert_interface_index_to_luid(_checked_index(interface))


def _row_luid(row: dict[Any, Any]) -> int:
    """Return the LUID that *row* is about: its own, or that of its index."""
    luid = dict.get(row, "InterfaceLuid")
    if luid is None or luid == 0:
        index = dict.get(row, "InterfaceIndex")
        if index is None or index == 0:
            raise _no_interface(row, "the row has neither InterfaceLuid nor InterfaceIndex")
        return netioapi.convert_interface_index_to_luid(_checked_index(index))
    try:
        return int(Luid(luid))
    except ValidationError:
        raise _no_interface(row, "its InterfaceLuid is no LUID") from None


def _checked_alias(alias: str) -> str:
    """Return *alias* if Windows could have given it to an interface."""
    units = len(alias.encode("utf-16-le", "surrogatepass")) // 2
    if not alias:
        raise _no_interface(alias, "an alias is not empty")
    if "\0" in alias:
        raise _no_interface(alias, "an alias has no NUL character")
    if units > _LONGEST_ALIAS:
        raise _no_interface(alias, f"an alias has at most {_LONGEST_ALIAS} characters")
    return alias


def _checked_index(interface: Any) -> int:
    """Return *interface* if it can be an index."""
    if type(interface) is bool:
        raise _no_interface(interface, "bool names no interface")
    try:
        index = to_int(interface)
    except Exception:
        rule = f"{type(interface).__name__} names no interface"
        raise _no_interface(interface, rule) from None
    if not 0 < index <= _LARGEST_INDEX:
        advice = _ADVICE
        if _LARGEST_INDEX < index < 2**64:
            advice = f"if it is a LUID, write ipif.Luid({index})"
        rule = f"an index is from 1 to {_LARGEST_INDEX}"
        raise _no_interface(interface, rule, advice)
    return int(index)


def _no_interface(interface: object, rule: str, advice: str = _ADVICE) -> ValidationError:
    """Return the exception for an argument that cannot name an interface."""
    return ValidationError([Problem("interface", interface, rule, advice)])


def _compare(row: object) -> tuple[dict[str, Any], int, MIB_IPINTERFACE_ROW]:
    """Return a checked copy of *row*, its family, and the current row of the same interface.

    Raises :class:`ipif.ValidationError` with every problem, and what Get raises.
    """
    current = _peek(row)
    clean, code, problems = read_row(row, current)
    refuse(problems)
    luid = clean.get("InterfaceLuid")
    index = clean.get("InterfaceIndex")
    if current is None:
        current = _get(code, luid=luid) if luid else _get(code, index=index or 0)
    if luid and index and index != current["InterfaceIndex"]:
        rule = f"InterfaceLuid {luid} has the index {current['InterfaceIndex']}"
        advice = "leave one of the keys out, or get the row again: an index can change"
        raise ValidationError([Problem("InterfaceIndex", index, rule, advice)])
    return clean, code, current


def _peek(row: object) -> MIB_IPINTERFACE_ROW | None:
    """Return the current row that *row* is about, or ``None`` when its LUID leads to none."""
    if isinstance(row, dict):
        code = find_code(dict.get(row, "Family"))
        luid = dict.get(row, "InterfaceLuid")
        if code is not None and type(luid) is int and 0 < luid < 2**64:
            try:
                return _get(code, luid=luid)
            except Error:
                pass  # it will be raised if nothing is wrong with the row itself
    return None


def shown_interface(interface: object) -> object:
    """Return what an error tells about *interface*: what the caller gave, or the key of a row."""
    if isinstance(interface, dict):
        luid = dict.get(interface, "InterfaceLuid")
        return Luid(luid) if luid else dict.get(interface, "InterfaceIndex")
    return interface
