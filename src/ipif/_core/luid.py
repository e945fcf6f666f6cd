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
    """The locally unique identifier of an interface, a NET_LUID.

    A ``Luid`` is an ``int`` from 0 to 2**64 - 1. It stays with the adapter, while an index can
    change. Where a plain ``int`` would mean an index, a ``Luid`` means a LUID. Each property but
    :attr:`type` calls Windows.

    Args:
        value: The number.

    Raises:
        ipif.ValidationError: The value is not an ``int`` in the range.
        ipif.InterfaceNotFound: From a property: no interface has this LUID, or no longer has it.

    Example:
        >>> import ipif
        >>> luid = ipif.Luid.of("Ethernet")
        >>> luid
        Luid(1689399632855040)
        >>> luid.alias, luid.index, luid.name, luid.type
        ('Ethernet', 13, 'ethernet_32769', 6)

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-convertinterfaceluidtoalias
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
        """Return the LUID of an interface.

        A ``Luid``, and a row that has a LUID, cost no call of Windows.

        Args:
            interface: Anything that names the interface: see :func:`ipif.get_interface`.

        Raises:
            ipif.InterfaceNotFound: No interface has this name.
            ipif.ValidationError: The value cannot name an interface, or names several.
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
        """The IANA ifType of the adapter, which is the upper 16 bits of the number.

        6 is Ethernet, 24 loopback, 71 wireless, 131 tunnel. :class:`ipif.IfType` names the others.
        """
        return self >> 48
