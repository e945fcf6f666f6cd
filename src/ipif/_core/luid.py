"""Luid: the lasting number of an interface, and what it leads to."""

from __future__ import annotations

from operator import index as to_int

from ipif import netioapi
from ipif._errors import Problem, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self, SupportsIndex
    from uuid import UUID

_LARGEST = 2**64 - 1


class Luid(int):
    """The locally unique identifier of an interface, a NET_LUID: an ``int`` from 0 to 2**64 - 1.

    It stays with the adapter where an index can change, and tells which number is meant where an
    ``int`` alone would be an index. Each property but ``type`` asks the system and raises
    :class:`ipif.InterfaceNotFound` when no interface has this LUID (any more).
    """

    __module__ = "ipif"
    __slots__ = ()

    def __new__(cls, value: SupportsIndex, /) -> Self:
        try:
            number = -1 if isinstance(value, bool) else to_int(value)
        except Exception:
            number = -1
        if not 0 <= number <= _LARGEST:
            raise ValidationError(
                [Problem("luid", value, "no LUID", f"write an int from 0 to {_LARGEST}")]
            )
        return super().__new__(cls, number)

    def __repr__(self) -> str:
        return f"Luid({int(self)})"

    @property
    def alias(self) -> str:
        """The name that Windows shows, such as ``Ethernet`` (ConvertInterfaceLuidToAlias)."""
        return netioapi.convert_interface_luid_to_alias(int(self))

    @property
    def index(self) -> int:
        """The index of the interface, until it is disabled (ConvertInterfaceLuidToIndex)."""
        return netioapi.convert_interface_luid_to_index(int(self))

    @property
    def guid(self) -> UUID:
        """The GUID of the adapter (ConvertInterfaceLuidToGuid)."""
        return netioapi.convert_interface_luid_to_guid(int(self))

    @property
    def name(self) -> str:
        """NDIS' name, such as ``ethernet_32769`` (ConvertInterfaceLuidToNameW)."""
        return netioapi.convert_interface_luid_to_name(int(self))

    @property
    def type(self) -> int:
        """IANA's ifType, the upper 16 bits: 6 Ethernet, 24 loopback, 71 wireless, 131 tunnel."""
        return self >> 48
