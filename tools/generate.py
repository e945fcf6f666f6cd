"""Write src/ipif/types.py and src/ipif/enums.py from the field tables of the native module.

Run it with the Python that ipif is installed in, after every change of src/_ipif_fields.h:

    python tools/generate.py            # writes the two files
    python tools/generate.py --check    # only compares, and ends with 1 when they differ
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ipif._backend import native

if TYPE_CHECKING:
    from ipif._ipif import Field

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "ipif"

INTERFACE_ROW = "MIB_IPINTERFACE_ROW"

TYPES = {
    "family": "int",
    "luid": "int",
    "guid": "uuid.UUID",
    "uint8": "int",
    "uint32": "int",
    "uint64": "int",
    "int64": "int",
    "bool": "bool",
    "flag": "bool",
    "enum": "int",
    "offload": "int",
    "uint32[16]": "tuple[int, ...]",
    "str": "str",
    "bytes": "bytes",
    "address": "IPv4Address | IPv6Address",
    "prefix": "IPv4Network | IPv6Network",
    "ipv4": "IPv4Address",
}

TYPES_HEAD = '''\
"""The types of rows and arguments, for type checkers.

Made by tools/generate.py from the field tables: do not edit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, Union

if TYPE_CHECKING:
    from ipif._luid import Luid

#: An index, an alias, a GUID, a LUID, or any row.
Interface: TypeAlias = Union[int, str, uuid.UUID, "Luid", Mapping[str, object]]

#: socket.AF_INET or socket.AF_INET6, 4 or 6, or a name.
Family: TypeAlias = int | Literal["ipv4", "ipv6"]

#: An IP address, as text or as an object.
Address: TypeAlias = str | IPv4Address | IPv6Address
'''

ENUMS_HEAD = '''\
"""The enumerations of the SDK that members of MIB_IPINTERFACE_ROW and notifications use.

Made by tools/generate.py from the field tables: do not edit.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
'''

ENUMS = {
    "RouterDiscoveryBehavior": ("IntEnum", "NL_ROUTER_DISCOVERY_BEHAVIOR: are routers discovered?"),
    "LinkLocalAddressBehavior": (
        "IntEnum",
        "NL_LINK_LOCAL_ADDRESS_BEHAVIOR: does the interface get a link-local address?",
    ),
    "InterfaceOffload": ("IntFlag", "NL_INTERFACE_OFFLOAD_ROD: what the adapter does by itself."),
    "NotificationType": ("IntEnum", "MIB_NOTIFICATION_TYPE: what happened to an IP interface."),
}


def typed_dict(
    name: str,
    text: str,
    fields: Iterable[Field],
    shape: Callable[[str], str] = str,
    total: bool = True,
) -> str:
    """Return the source of a TypedDict with a comment above each member."""
    lines = [f"class {name}(TypedDict{'' if total else ', total=False'}):", f'    """{text}"""', ""]
    for field in fields:
        lines.extend(comment(field))
        lines.append(f"    {field.name}: {shape(TYPES[field.kind])}")
    return "\n".join(lines) + "\n"


def comment(field: Field) -> Iterator[str]:
    """Yield the lines that describe *field*: summary, unit, legal values."""
    facts = [field.summary]
    if field.unit:
        facts.append(field.unit)
    if field.access == "settable" and field.ranges is not None:
        ranges = {family: f"{low}..{high}" for family, (low, high) in field.ranges.items()}
        if len(set(ranges.values())) == 1:
            facts.append(ranges.popitem()[1])
        else:
            facts.extend(f"{family} {span}" for family, span in ranges.items())
    if field.enum is not None:
        facts.append(field.enum)
    line = "    #:"
    for word in "; ".join(facts).split():
        if len(line) + 1 + len(word) > 100:
            yield line
            line = "    #:"
        line += f" {word}"
    yield line


def types_source() -> str:
    """Return the source of src/ipif/types.py."""
    parts = [TYPES_HEAD]
    for structure in native.structures():
        parts.append(typed_dict(structure, f"A {structure}.", native.fields(structure)))
    fields = native.fields(INTERFACE_ROW)
    parts.append(
        typed_dict(
            "InitializedInterfaceRow",
            f"A {INTERFACE_ROW} in which None says: leave the member as it is.",
            fields,
            lambda kind: f"{kind} | None",
        )
    )
    parts.append(
        typed_dict(
            "InterfaceChanges",
            f"New values of members of a {INTERFACE_ROW}.",
            (field for field in fields if field.access == "settable"),
            total=False,
        )
    )
    return "\n\n".join(parts)


def enums_source() -> str:
    """Return the source of src/ipif/enums.py."""
    parts = [ENUMS_HEAD]
    for name, members in native.enums().items():
        base, text = ENUMS[name]
        lines = [f"class {name}({base}):", f'    """{text}"""', ""]
        number = "0x{:02X}" if base == "IntFlag" else "{}"
        lines.extend(f"    {member} = {number.format(value)}" for member, value in members.items())
        parts.append("\n".join(lines) + "\n")
    return "\n\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write or check what is made of field tables.")
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    status = 0
    for path, source in (
        (PACKAGE / "types.py", types_source()),
        (PACKAGE / "enums.py", enums_source()),
    ):
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != source:
                print(f"{path} is not what tools/generate.py makes", file=sys.stderr)
                status = 1
        else:
            path.write_text(source, encoding="utf-8", newline="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
