"""The LUID of an interface that a caller names, and how an error shows the interface."""

from __future__ import annotations

from ipif._core.fields import LARGEST_INDEX
from ipif._core.lookup import INDEXES, find_luid
from ipif._core.lookup import WITHOUT_STATISTICS as WITHOUT_STATISTICS
from ipif._core.luid import Luid
from ipif._core.mapping import is_mapping, to_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def to_luid(interface: Any, *, suggest_alias: bool = True) -> int:
    """Return the LUID of *interface*, named in any way that :func:`ipif.get_interface` takes.

    Raises :class:`ipif.ValidationError` for a value that cannot name an interface, and
    :class:`ipif.InterfaceNotFound`, with the nearest alias unless *suggest_alias* is false.
    """
    return find_luid(interface, Luid, suggest_alias=suggest_alias)


def to_key(interface: Any) -> dict[str, int]:
    """Return the argument that names *interface* in a call: ``index=`` or ``luid=``.

    Windows takes an index as well as a LUID, so an index costs no call more. Raises what
    :func:`to_luid` raises.
    """
    if type(interface) is int and 0 < interface <= LARGEST_INDEX:
        return {"index": interface}
    return {"luid": to_luid(interface)}


def shown_interface(interface: object) -> object:
    """Return *interface* as an error shows it: as the caller gave it, or the key of a row."""
    if issubclass(type(interface), (int, str)) or not is_mapping(interface):
        return interface
    try:
        row = to_dict(interface)
    except ValueError:
        return None
    luid = dict.get(row, "InterfaceLuid")
    if luid:
        return Luid(luid)
    return next((dict.get(row, name) for name in INDEXES if dict.get(row, name)), None)
