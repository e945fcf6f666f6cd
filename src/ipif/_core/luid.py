"""Luid: the number that identifies an interface for as long as it exists."""

from __future__ import annotations

from operator import index as to_int

from ipif._core.backend import native
from ipif._core.errors import Problem, ValidationError
from ipif._core.fields import LARGEST_LUID
from ipif._core.lookup import find_luid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self, SupportsIndex
    from uuid import UUID

    from ipif._core.types import Interface


class Luid(int):
    """The locally unique identifier of an interface, a NET_LUID: an ``int`` from 0 to 2**64 - 1.

    It stays with the adapter, while an index can change. Where a plain ``int`` would mean an index,
    a ``Luid`` means a LUID. Each property but ``type`` calls Windows and raises
    :class:`ipif.InterfaceNotFound` when no interface has this LUID, or no longer has it.
    """

    __module__ = "ipif"
    __slots__ = ()

    def __new__(cls, value: SupportsIndex, /) -> Self:
        try:
            number = -1 if isinstance(value, bool) else to_int(value)
        except MemoryError:
            raise
        except Exception:
            number = -1
        if not 0 <= number <= LARGEST_LUID:
            raise ValidationError(
                [Problem("luid", value, "not a LUID", f"write an int from 0 to {LARGEST_LUID}")]
            )
        return super().__new__(cls, number)

    @classmethod
    def of(cls, interface: Interface, /) -> Self:
        """Return the LUID of *interface*, named in any way that :func:`ipif.get_interface` takes.

        A ``Luid``, and a row that has a LUID, cost no call of Windows.

        Raises :class:`ipif.InterfaceNotFound`, and :class:`ipif.ValidationError` for a value that
        cannot name an interface, or names several.
        """
        return cls(find_luid(interface, Luid))

    def __repr__(self) -> str:
        return f"Luid({int(self)})"

    @property
    def alias(self) -> str:
        """The name that Windows shows, such as ``Ethernet`` (ConvertInterfaceLuidToAlias)."""
        return native.convert_interface_luid_to_alias(int(self))

    @property
    def index(self) -> int:
        """The current index, which may change (ConvertInterfaceLuidToIndex)."""
        return native.convert_interface_luid_to_index(int(self))

    @property
    def guid(self) -> UUID:
        """The GUID of the adapter (ConvertInterfaceLuidToGuid)."""
        return native.convert_interface_luid_to_guid(int(self))

    @property
    def name(self) -> str:
        """The NDIS name, such as ``ethernet_32769`` (ConvertInterfaceLuidToNameW)."""
        return native.convert_interface_luid_to_name(int(self))

    @property
    def type(self) -> int:
        """IANA's ifType, the upper 16 bits: 6 Ethernet, 24 loopback, 71 wireless, 131 tunnel."""
        return self >> 48
