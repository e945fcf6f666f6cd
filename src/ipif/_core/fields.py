"""The field tables: what is known about each member of each structure.

The tables are defined in ``src/_ipif_fields.h`` and returned by the extension. All other modules
take ranges, names of enumerators and unchanged sentinels from here.
"""

from __future__ import annotations

from collections.abc import Mapping

from ipif._core.backend import native
from ipif._core.defaults import BY_FAMILY, LOOPBACK
from ipif._core.named import NamedTuple
from ipif._core.other_tools import NETSH, POWERSHELL, WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal


class Constants(Mapping[str, "Any"]):
    """A mapping that cannot be changed, and can be copied and pickled."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)

    def __reduce__(self) -> Any:  # protocols 0 and 1 would refuse __slots__
        return Constants, (self._values,)


_NONE: Mapping[str, Any] = Constants({})


class Field(NamedTuple):
    """What is known about one member of a structure: one row of a field table.

    ``ipif.FIELDS`` has the fields of MIB_IPINTERFACE_ROW, and ``ipif.netioapi.FIELDS`` those of
    every structure.

    Attributes:
        name: The name of the member, as the SDK spells it.
        kind: The kind of its value, such as ``"bool"``, ``"uint32"`` or ``"enum"``.
        access: ``"key"`` (names the row), ``"settable"`` (SetIpInterfaceEntry takes it) or
            ``"read-only"``.
        families: The families that it applies to, out of ``"ipv4"`` and ``"ipv6"``.
        minimum: The smallest number in any family, or ``None``.
        maximum: The largest number in any family, or ``None``.
        unit: The unit of the number, or an empty string.
        summary: A description in one line.
        ranges: ``(minimum, maximum)`` by family, or ``None``.
        unchanged: The unchanged sentinels, which are numbers that SetIpInterfaceEntry does not
            write.
        enum: The name of its enumeration, or ``None``.
        source: Where its range and its rule come from.
        offset: The offset in the structure, in bytes.
        size: The size in bytes.
        bit: The bit inside its byte, for kind ``"flag"``.
        length_offset: The offset of the member that holds the length, for kind ``"bytes"``, or
            ``None``.
        powershell: Its name in Set-NetIPInterface and Get-NetIPInterface of PowerShell, or
            ``None``.
        netsh: Its name in ``netsh interface ipv4 set interface`` and its IPv6 counterpart, or
            ``None``.
        words: The words for its values, in lower case. They are the enumerators, or what tools
            write for a bool.
        defaults: Its value on a fresh Windows, by family. Under ``"loopback"`` that of a loopback
            adapter, where it is another one. Empty when it depends on the adapter.

    Example:
        >>> import ipif
        >>> [field] = [field for field in ipif.FIELDS if field.name == "NlMtu"]
        >>> field.unit, field.ranges["ipv4"], field.powershell, field.netsh
        ('bytes', (576, 4294967294), 'NlMtuBytes', 'mtu')
    """

    name: str
    """The name of the member, as the SDK spells it."""
    kind: str
    """The kind of its value, such as ``"bool"``, ``"uint32"`` or ``"enum"``."""
    access: Literal["key", "read-only", "settable"]
    """``"key"`` (names the row), ``"settable"`` (SetIpInterfaceEntry takes it) or
    ``"read-only"``."""
    families: tuple[str, ...]
    """The families that it applies to, out of ``"ipv4"`` and ``"ipv6"``."""
    minimum: int | None
    """The smallest number in any family, or ``None``."""
    maximum: int | None
    """The largest number in any family, or ``None``."""
    unit: str
    """The unit of the number, or an empty string."""
    summary: str
    """A description in one line."""
    ranges: Mapping[str, tuple[int, int]] | None
    """``(minimum, maximum)`` by family, or ``None``."""
    unchanged: tuple[int, ...]
    """The unchanged sentinels, which are numbers that SetIpInterfaceEntry does not write."""
    enum: str | None
    """The name of its enumeration, or ``None``."""
    source: str
    """Where its range and its rule come from."""
    offset: int
    """The offset in the structure, in bytes."""
    size: int
    """The size in bytes."""
    bit: int
    """The bit inside its byte, for kind ``"flag"``."""
    length_offset: int | None
    """The offset of the member that holds the length, for kind ``"bytes"``, or ``None``."""
    powershell: str | None = None
    """Its name in Set-NetIPInterface and Get-NetIPInterface of PowerShell, or ``None``."""
    netsh: str | None = None
    """Its name in ``netsh interface ipv4 set interface`` and its IPv6 counterpart, or ``None``."""
    words: Mapping[str, int] = _NONE
    """The words for its values, in lower case. They are the enumerators, or what tools write for a
    bool."""
    defaults: Mapping[str, int] = _NONE
    """Its value on a fresh Windows, by family. Under ``"loopback"`` that of a loopback adapter,
    where it is another one. Empty when it depends on the adapter."""


Field.__module__ = "ipif"

#: The enumerations: name to number, by the name of the enumeration.
ENUMS: dict[str, dict[str, int]] = native.enums()

INTERFACE_ROW = "MIB_IPINTERFACE_ROW"


def _field(structure: str, values: tuple[Any, ...]) -> Field:
    """Return an immutable field made from the *values* that the extension returns."""
    field = Field(*values)
    words: Mapping[str, int] = WORDS if field.kind in ("bool", "flag") else {}
    if field.enum is not None:
        words = {
            name.lower(): number
            for name, number in ENUMS[field.enum].items()
            if number not in field.unchanged
        }
    field = field._replace(words=Constants(words))
    if field.ranges is not None:
        field = field._replace(ranges=Constants(field.ranges))
    if structure != INTERFACE_ROW:
        return field
    name = field.name
    defaults = BY_FAMILY.get(name, {})
    if name in LOOPBACK:
        defaults = {**defaults, "loopback": LOOPBACK[name]}
    return field._replace(
        powershell=POWERSHELL.get(name), netsh=NETSH.get(name), defaults=Constants(defaults)
    )


#: The field table of each structure, in the order of the SDK.
TABLES: dict[str, tuple[Field, ...]] = {
    structure: tuple(_field(structure, values) for values in table)
    for structure, table in native.fields().items()
}

ADAPTER_ROW = "MIB_IF_ROW2"
ROUTE_ROW = "MIB_IPFORWARD_ROW2"
ADDRESS_ROW = "MIB_UNICASTIPADDRESS_ROW"

#: The fields of MIB_IPINTERFACE_ROW: all of them, by name, and the names of the settable ones.
FIELDS = TABLES[INTERFACE_ROW]
FIELD_BY_NAME = {field.name: field for field in FIELDS}
SETTABLE = tuple(field.name for field in FIELDS if field.access == "settable")

#: The smallest and largest number that each kind of integer can hold.
STORAGE = {
    "luid": (0, 2**64 - 1),
    "uint8": (0, 2**8 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "enum": (-(2**31), 2**31 - 1),
    "offload": (0, 2**8 - 1),
}
LARGEST_LUID = STORAGE["luid"][1]
LARGEST_INDEX = STORAGE["uint32"][1]

ZONES = 16  # ScopeLevelCount, the items of ZoneIndices
ZONES_KIND = "uint32[16]"
LONGEST_TEXT = 256  # IF_MAX_STRING_SIZE, in UTF-16 units
LONGEST_HARDWARE_ADDRESS = 32  # IF_MAX_PHYS_ADDRESS_LENGTH, in bytes


def enumerator(enum: str, text: str) -> int | None:
    """Return the number of the enumerator called *text*, ignoring case, or ``None``."""
    wanted = text.lower()
    return next((number for name, number in ENUMS[enum].items() if name.lower() == wanted), None)


def utf16_units(text: str) -> int:
    """Return how many UTF-16 units *text* has; Windows counts characters this way."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
