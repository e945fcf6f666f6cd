"""Write the files that are made from the field tables, the public names and the bundled machine.

Among them are the JSON schemas of the documents (tools/document_schemas.py).

Run it with the Python that ipif is installed in, after a change of src/_ipif_fields.h, of a public
name, of src/ipif/_ipif.pyi, of src/ipif/_sim/machine.json, of src/ipif/_core/alias.py or of
src/ipif/_cli/schemas.py:

    python tools/generate.py            # writes the files
    python tools/generate.py --check    # only compares, and ends with 1 when one differs
"""

from __future__ import annotations

import ast
import json
import os
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("IPIF_BACKEND", "simulated")

from document_schemas import document_schemas

import ipif
from ipif._cli.schemas import schemas
from ipif._core.alias import fold_alias
from ipif._core.fields import ENUMS, INTERFACE_ROW, TABLES
from ipif._sim import snapshot

if TYPE_CHECKING:
    from ipif._core.fields import Field

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "ipif"
MADE = "Made by tools/generate.py: do not edit."

# The Python type of each kind of member; all others are int.
TYPES = {
    "guid": "uuid.UUID",
    "bool": "bool",
    "flag": "bool",
    "uint32[16]": "tuple[int, ...]",
    "str": "str",
    "bytes": "bytes",
    "address": "IPv4Address | IPv6Address",
    "prefix": "IPv4Network | IPv6Network",
    "ipv4": "IPv4Address",
}

TYPES_HEAD = f'''\
"""The types of rows and arguments.

{MADE}
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, SupportsIndex, TypeAlias, TypedDict

#: An index, an alias, a GUID, an ipif.Luid (an int), any row, an address of the adapter, or the
#: bytes of its hardware address.
Interface: TypeAlias = (
    SupportsIndex | str | uuid.UUID | Mapping[str, object] | IPv4Address | IPv6Address | bytes
)

#: socket.AF_INET or socket.AF_INET6, 4 or 6, or a name.
Family: TypeAlias = SupportsIndex | Literal["ipv4", "ipv6", "IPv4", "IPv6"]

#: An IP address, as text or as an object.
Address: TypeAlias = str | IPv4Address | IPv6Address
'''
ALIASES = ("Address", "Family", "Interface")

ENUMS_HEAD = f'''\
"""The enumerations of the SDK that members of rows, and notifications, have.

{MADE}
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
'''

ENUM_TEXTS = {
    "RouterDiscoveryBehavior": "NL_ROUTER_DISCOVERY_BEHAVIOR: whether routers are discovered.",
    "LinkLocalAddressBehavior": (
        "NL_LINK_LOCAL_ADDRESS_BEHAVIOR: whether the interface gets a link-local address."
    ),
    "InterfaceOffload": "NL_INTERFACE_OFFLOAD_ROD: the work that the adapter does itself.",
    "NotificationType": "MIB_NOTIFICATION_TYPE: what happened to an IP interface.",
    "IfType": "IANA ifType: the kind of an adapter; only those that Windows uses have a name.",
    "IfOperStatus": "IF_OPER_STATUS: whether an adapter works.",
    "IfAdminStatus": "NET_IF_ADMIN_STATUS: whether an adapter is switched on.",
    "MediaConnectState": "NET_IF_MEDIA_CONNECT_STATE: whether a cable or network is connected.",
    "RouteProtocol": "NL_ROUTE_PROTOCOL: what made a route.",
    "RouteOrigin": "NL_ROUTE_ORIGIN: where a route comes from.",
    "PrefixOrigin": "NL_PREFIX_ORIGIN: where the prefix of an address comes from.",
    "SuffixOrigin": "NL_SUFFIX_ORIGIN: where the rest of an address comes from.",
    "DadState": "NL_DAD_STATE: the state of an address in duplicate address detection.",
}
BIT_FIELDS = {"InterfaceOffload"}

NETIOAPI_HEAD = f"""\
# {MADE}

from collections.abc import Mapping
from uuid import UUID

from ipif._core.addresses import AnyAddress
from ipif._core.fields import Field
{{types}}
from ipif._core.watch import AddressEvent, RouteEvent, Watch

FIELDS: dict[str, tuple[Field, ...]]

"""


def typed_dict(
    name: str,
    text: str,
    fields: Iterable[Field],
    suffix: str = "",
    *,
    enum: str = "int",
    options: str = "",
) -> str:
    """Return the source of a TypedDict with a comment above each member.

    *enum* is the type of a member that has an enumeration.
    """
    lines = [f'"""{text}"""', ""]
    for field in fields:
        lines.extend(f"#: {line}" for line in textwrap.wrap(comment(field), 93))
        kind = enum if field.kind == "enum" else TYPES.get(field.kind, "int")
        lines.append(f"{field.name}: {kind}{suffix}")
    return f"class {name}(TypedDict{options}):\n" + textwrap.indent("\n".join([*lines, ""]), "    ")


def comment(field: Field) -> str:
    """Return the description of *field*: summary, unit, legal values."""
    spans = {}
    if field.access == "settable" and field.ranges is not None:
        spans = {family: f"{low}..{high}" for family, (low, high) in field.ranges.items()}
    if len(set(spans.values())) == 1:
        ranges = [*spans.values()][:1]
    else:
        ranges = [f"{family} {span}" for family, span in spans.items()]
    return "; ".join(filter(None, [field.summary, field.unit, *ranges, field.enum]))


def types_source() -> str:
    """Return the source of src/ipif/_core/types.py."""
    members = TABLES[INTERFACE_ROW]
    settable = [field for field in members if field.access == "settable"]
    unchanged = f"A {INTERFACE_ROW} in which None stands for an unchanged sentinel."
    changes = f"New values of members of a {INTERFACE_ROW}; an enumerator may be named."
    parts = [typed_dict(name, f"A {name}.", fields) for name, fields in TABLES.items()]
    parts.append(typed_dict("InitializedInterfaceRow", unchanged, members, " | None"))
    parts.append(
        typed_dict("InterfaceChanges", changes, settable, enum="int | str", options=", total=False")
    )
    return "\n\n".join([TYPES_HEAD, *parts])


def enums_source() -> str:
    """Return the source of src/ipif/_core/enums.py."""
    parts = [ENUMS_HEAD]
    for name, members in ENUMS.items():
        base, form = ("IntFlag", "#04x") if name in BIT_FIELDS else ("IntEnum", "")
        lines = [f"class {name}({base}):", f'    """{ENUM_TEXTS[name]}"""', ""]
        lines += ['    __module__ = "ipif"', ""]
        lines += [f"    {member} = {value:{form}}" for member, value in members.items()]
        parts.append("\n".join([*lines, ""]))
    return "\n\n".join(parts)


def public_source(text: str, module: str, names: Iterable[str]) -> str:
    """Return the source of a public module that hands on *names* of an inner one."""
    lines = [f'"""{text}', "", MADE, '"""', "", "from __future__ import annotations", ""]
    lines += [f"from {module} import (", *(f"    {name} as {name}," for name in sorted(names))]
    lines += [")", ""]
    return "\n".join(lines)


def package_stub() -> str:
    """Return the source of src/ipif/__init__.pyi: the names, and where they are defined."""
    lines = [f"# {MADE}", "", "from typing import Final, Literal", ""]
    table = vars(ipif)
    modules = ", ".join(f"{name} as {name}" for name in table["_MODULES"])
    lines += [f"from ipif import {modules}"]
    for module, names in sorted(table["_PUBLIC"].items()):
        lines += [f"from ipif.{module} import {name} as {name}" for name in sorted(names)]
    lines += ["", "__version__: Final[str]", 'backend: Final[Literal["windows", "simulated"]]', ""]
    lines += ["__all__ = [", *(f'    "{name}",' for name in ipif.__all__), "]", ""]
    return "\n".join(lines)


def netioapi_stub() -> str:
    """Return the source of src/ipif/netioapi.pyi: the functions with their signatures."""
    native = ast.parse((PACKAGE / "_ipif.pyi").read_text(encoding="utf-8"))
    public = ast.parse((PACKAGE / "netioapi.py").read_text(encoding="utf-8"))
    signatures = {node.name: node for node in native.body if isinstance(node, ast.FunctionDef)}
    text = ""
    for node in public.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("native."):
            node = signatures[ast.unparse(node.targets[0])]
        if isinstance(node, ast.FunctionDef):
            node.body = []
            text += f"{ast.unparse(node)} ...\n"
    used = {name for name in TABLES if name in text} | {"InitializedInterfaceRow"}
    types = "\n".join(f"from ipif._core.types import {name}" for name in sorted(used))
    return NETIOAPI_HEAD.format(types=types) + text


UPCASE_HEAD = f"""\
/* upcase.h: the letters outside of ASCII that fold_alias() of ipif._core.alias replaces.
 *
 * {MADE}
 */
#ifndef IPIF_SIM_UPCASE_H
#define IPIF_SIM_UPCASE_H

#include <stdint.h>

/* Every `step`-th UTF-16 unit from `first` to `last` plus `offset`, modulo 2^16, is the upper-case
 * unit. In ascending order. */
static const struct upcase_range {{
    uint16_t first, last, step, offset;
}} upcase_ranges[] = {{
"""


def upcase_source() -> str:
    """Return the C table of the units that fold_alias replaces."""
    units = (unit for unit in range(0x80, 0x10000) if not 0xD800 <= unit < 0xE000)
    ranges: list[list[int]] = []  # first, last, step (0: unknown yet), offset
    for unit in units:
        offset = (ord(fold_alias(chr(unit))) - unit) % 0x10000
        if offset == 0:
            continue
        if ranges:
            first, last, step, other = ranges[-1]
            if offset == other and unit - last in ((1, 2) if first == last else (step,)):
                ranges[-1] = [first, unit, unit - last, offset]
                continue
        ranges.append([unit, unit, 1, offset])
    cells = [f"{{0x{a:04X}, 0x{b:04X}, {step}, 0x{c:04X}}}," for a, b, step, c in ranges]
    rows = ["    " + " ".join(cells[i : i + 3]) + "\n" for i in range(0, len(cells), 3)]
    return UPCASE_HEAD + "".join(rows) + "};\n\n#endif\n"


SCHEMAS_HEAD = f"""\
<!-- {MADE} -->

# What the command writes as JSON

With `--json`, before or behind the command, standard output has nothing but JSON: one document, or
one object on each line, from `watch` and `guard`. Notes and errors are objects on standard error.
Here is a [JSON schema](https://json-schema.org) (draft 2020-12) of each; click on *schema* to see
it. Later versions may add members.

Rows are named by `Alias`, `InterfaceIndex`, `InterfaceLuid` and `Family`. Members have the names of
the SDK. Families are `"ipv4"` and `"ipv6"`, enumerators and flags are names, addresses are text.
The rows in a snapshot are those of the structures: enumerators and flags are numbers there.
"""

JSON_COLUMNS = 180


def schemas_page() -> str:
    """Return docs/command-json.md: the schema of each command, and those of errors and notes."""
    parts = [SCHEMAS_HEAD]
    for name, schema in schemas().items():
        heading = name.capitalize() + "s" if name in ("error", "note") else f"ipif {name}"
        text = schema["description"]
        parts.append(
            f"## {heading}\n\n{text[0].upper()}{text[1:]}.\n\n"
            f"<details><summary>schema</summary>\n\n```json\n{json_text(schema)}\n```\n\n</details>\n"
        )
    return "\n".join(parts)


def json_text(value: object, indent: int = 0) -> str:
    """Return *value* as JSON; what fits into a line stays on one."""
    line = json.dumps(value)
    if len(line) + indent <= JSON_COLUMNS or not isinstance(value, (dict, list)):
        return line
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(k)}: {json_text(v, indent + 1)}" for k, v in value.items()]
        start, end = "{", "}"
    elif all(isinstance(item, str) for item in value):
        width = JSON_COLUMNS - indent - 1
        start, items, end = "[", textwrap.wrap(", ".join(map(json.dumps, value)), width), "]"
        return f"{start}\n{inner}" + f"\n{inner}".join(items) + f"\n{' ' * indent}{end}"
    else:
        items = [json_text(item, indent + 1) for item in value]
        start, end = "[", "]"
    return f"{start}\n{inner}" + f",\n{inner}".join(items) + f"\n{' ' * indent}{end}"


def made() -> dict[str, bytes]:
    """Return the contents of each file, by its path in the package."""
    types = [*ALIASES, *TABLES, "InitializedInterfaceRow", "InterfaceChanges"]
    texts = {
        "_core/types.py": types_source(),
        "_core/enums.py": enums_source(),
        "types.py": public_source("The types of rows and arguments.", "ipif._core.types", types),
        "enums.py": public_source("The enumerations of the SDK.", "ipif._core.enums", ENUMS),
        "__init__.pyi": package_stub(),
        "netioapi.pyi": netioapi_stub(),
    }
    texts["../sim/upcase.h"] = upcase_source()
    texts["../../docs/command-json.md"] = schemas_page()
    files = {path: text.encode() for path, text in texts.items()}
    for name, schema in document_schemas().items():
        files[f"schemas/{name}.schema.json"] = (json.dumps(schema, indent=1) + "\n").encode()
    machine = snapshot.read_file(PACKAGE / "_sim" / "machine.json")
    return files | {"_sim/machine.bin": snapshot.pack(machine)}


if __name__ == "__main__":
    check, status = sys.argv[1:] == ["--check"], 0
    for name, data in made().items():
        path = PACKAGE / name
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        elif not path.exists() or path.read_bytes() != data:
            print(f"{path} is not what tools/generate.py makes", file=sys.stderr)
            status = 1
    sys.exit(status)
