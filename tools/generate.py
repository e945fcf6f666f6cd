"""Write the files that are made from the field tables, the public names and the bundled machine.

Among them are the JSON schemas of the documents (tools/document_schemas.py), and the manifests by
which DSC finds the command.

Run it with the Python that ipif is installed in, after a change of src/_ipif_fields.h, of a public
name, of src/ipif/_ipif.pyi, of src/ipif/_sim/machine.json, of src/ipif/_core/alias.py, of
src/ipif/_cli/schemas.py or of src/ipif/dsc/manifests.py:

    python tools/generate.py            # writes the files
    python tools/generate.py --check    # only compares, and ends with 1 when one differs
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("IPIF_BACKEND", "simulated")

from document_schemas import document_schemas

import ipif
from ipif import simulation
from ipif._cli.schemas import schemas
from ipif._core.alias import fold_alias
from ipif._core.fields import ENUMS, INTERFACE_ROW, TABLES
from ipif._sim import snapshot
from ipif.dsc.manifests import RESOURCES, file_of, manifest

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

Interface: TypeAlias = (
    SupportsIndex | str | uuid.UUID | Mapping[str, object] | IPv4Address | IPv6Address | bytes
)
"""An index, an alias, a GUID, an ipif.Luid (an int), any row, an address of the adapter, or the
bytes of its hardware address."""

Family: TypeAlias = SupportsIndex | Literal["ipv4", "ipv6", "IPv4", "IPv6"]
"""socket.AF_INET or socket.AF_INET6, 4 or 6, or a name."""

Address: TypeAlias = str | IPv4Address | IPv6Address
"""An IP address, as text or as an object."""
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

# The example of each enumeration: a row that has a number of it, and the name of that number.
ENUM_EXAMPLES = {
    "RouterDiscoveryBehavior": ('ipif.get_interface("Ethernet", "ipv4")', "Dhcp"),
    "LinkLocalAddressBehavior": ('ipif.get_interface("Ethernet", "ipv6")', "AlwaysOn"),
    "IfType": ('ipif.get_adapter("Wi-Fi")', "WiFi"),
    "IfOperStatus": ('ipif.get_adapter("Wi-Fi")', "Up"),
    "IfAdminStatus": ('ipif.get_adapter("Wi-Fi")', "Up"),
    "MediaConnectState": ('ipif.get_adapter("Wi-Fi")', "Connected"),
    "RouteProtocol": ('ipif.best_route("8.8.8.8")', "NetMgmt"),
    "RouteOrigin": ('ipif.best_route("8.8.8.8")', "Dhcp"),
    "PrefixOrigin": ('ipif.list_addresses("ipv4")[0]', "WellKnown"),
    "SuffixOrigin": ('ipif.list_addresses("ipv4")[0]', "WellKnown"),
    "DadState": ('ipif.list_addresses("ipv4")[0]', "Preferred"),
}
OTHER_ENUM_EXAMPLES = {
    "InterfaceOffload": """\
>>> row = ipif.get_interface("Ethernet", "ipv4")
>>> offload = ipif.InterfaceOffload(row["TransmitOffload"])
>>> ipif.InterfaceOffload.NlChecksumSupported in offload
False""",
    "NotificationType": """\
>>> ipif.NotificationType(1).name
'AddInstance'""",
}
PAGES = "https://learn.microsoft.com/windows/win32/api/netioapi/"

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
    """Return the source of a TypedDict with a docstring below each member, as editors show it.

    *enum* is the type of a member that has an enumeration.
    """
    lines = [f'"""{text}"""', ""]
    for field in fields:
        kind = enum if field.kind == "enum" else TYPES.get(field.kind, "int")
        lines += [f"{field.name}: {kind}{suffix}", *docstring(field)]
    return f"class {name}(TypedDict{options}):\n" + textwrap.indent("\n".join([*lines, ""]), "    ")


def docstring(field: Field) -> list[str]:
    """Return the lines of the docstring of a member: its summary, and a list of facts."""
    facts = [f"- {name}: {text}" for name, text in facts_of(field).items()]
    summary = textwrap.wrap(f'"""{sentence(field.summary)}', 93)
    if not facts and len(summary) == 1:
        return [f'{summary[0]}"""']
    return [*summary, *([""] if facts else []), *facts, '"""']


def sentence(text: str) -> str:
    """Return *text* with a capital letter, unless it begins with a name, and a full stop."""
    return text[0].upper() + text[1:] + "."


def facts_of(field: Field) -> dict[str, str]:
    """Return what is known about a member beside its summary, each as a line of text."""
    facts = {"Unit": field.unit}
    if field.enum is not None:
        facts["Values"] = f"those of ipif.{field.enum}"
        if field.access == "settable":
            values = {name: value for name, value in ENUMS[field.enum].items() if value >= 0}
            named = ", ".join(f"{value} {name}" for name, value in values.items())
            facts["Values"] = f"{named} (ipif.{field.enum})"
    if field in TABLES[INTERFACE_ROW]:
        if len(field.families) == 1:
            facts["Family"] = f"{SHOWN_FAMILY[field.families[0]]} only"
        if field.access == "settable":
            facts["Range"] = ranges_of(field) if field.enum is None else ""
            facts["Default"] = defaults_of(field)
        else:
            facts["Access"] = "names the row" if field.access == "key" else "read-only"
        facts["PowerShell"] = field.powershell or "none"
        facts["netsh"] = field.netsh or "none"
    return {name: text for name, text in facts.items() if text}


SHOWN_FAMILY = {"ipv4": "IPv4", "ipv6": "IPv6"}


def ranges_of(field: Field) -> str:
    """Return the ranges of a member, or an empty string."""
    spans = {family: (*dict.fromkeys(span),) for family, span in (field.ranges or {}).items()}
    return by_family(field, {key: " to ".join(map(str, span)) for key, span in spans.items()})


def defaults_of(field: Field) -> str:
    """Return the values of a member on a fresh Windows."""
    names = {value: f"{value} {name}" for name, value in ENUMS.get(field.enum or "", {}).items()}
    values = {key: names.get(value, str(value)) for key, value in field.defaults.items()}
    text = by_family(field, values) or "depends on the adapter"
    return f"{text}; {values['loopback']} on loopback adapters" if "loopback" in values else text


def by_family(field: Field, texts: Mapping[str, str]) -> str:
    """Return the text of each family that the member applies to, or the one of all."""
    shown = {SHOWN_FAMILY[family]: texts[family] for family in field.families if family in texts}
    if len(set(shown.values())) == 1:
        return next(iter(shown.values()))
    return ", ".join(f"{text} ({family})" for family, text in shown.items())


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


def enum_docstring(name: str) -> list[str]:
    """Return the lines of the docstring of the enumeration *name*."""
    user = next(
        (
            (structure, field)
            for structure in TABLES
            for field in TABLES[structure]
            if field.enum == name
        ),
        None,
    )
    page = "nf-netioapi-notifyipinterfacechange"
    if user is not None:
        structure, field = user
        page = f"ns-netioapi-{structure.lower()}"
    if name in ENUM_EXAMPLES:
        assert user is not None
        row, number = ENUM_EXAMPLES[name]
        example = f'>>> row = {row}\n>>> ipif.{name}(row["{field.name}"]).name\n{number!r}'
    else:
        example = OTHER_ENUM_EXAMPLES[name]
    lines = [f'"""{ENUM_TEXTS[name]}', "", "Example:", "    >>> import ipif"]
    lines += [f"    {line}" for line in example.splitlines()]
    lines += ["", "Source:", f"    {PAGES}{page}", '"""']
    return [f"    {line}" if line else "" for line in lines]


def enums_source() -> str:
    """Return the source of src/ipif/_core/enums.py."""
    parts = [ENUMS_HEAD]
    for name, members in ENUMS.items():
        base, form = ("IntFlag", "#04x") if name in BIT_FIELDS else ("IntEnum", "")
        lines = [f"class {name}({base}):", *enum_docstring(name), ""]
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
    """Return the source of src/ipif/netioapi.pyi: the functions with signatures and docstrings.

    Editors do not find the docstrings that are in the extension.
    """
    native = ast.parse((PACKAGE / "_ipif.pyi").read_text(encoding="utf-8"))
    public = ast.parse((PACKAGE / "netioapi.py").read_text(encoding="utf-8"))
    signatures = {node.name: node for node in native.body if isinstance(node, ast.FunctionDef)}
    functions = []
    for node in public.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("native."):
            node = signatures[ast.unparse(node.targets[0])]
        if isinstance(node, ast.FunctionDef):
            docstring = inspect.getdoc(getattr(ipif.netioapi, node.name))
            node.body = []
            body = textwrap.indent(f'\n"""{docstring}\n"""\n', "    ")
            functions.append(ast.unparse(node) + body)
    text = "\n".join(functions)
    used = {name for name in TABLES if name in text} | {"InitializedInterfaceRow"}
    types = "\n".join(f"from ipif._core.types import {name}" for name in sorted(used))
    return NETIOAPI_HEAD.format(types=types) + text


PYTEST_HEAD = f"""\
# {MADE}

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ipif import Luid
from ipif.types import Family, Interface

__all__ = ["Machine"]

Snapshot: TypeAlias = Mapping[str, Any] | str | os.PathLike[str]

def machine_of(request: pytest.FixtureRequest) -> AbstractContextManager[Machine]: ...

"""


def pytest_plugin_stub() -> str:
    """Return the source of src/ipif/pytest_plugin.pyi: Machine, with functions of simulation.py."""
    own = ast.parse((PACKAGE / "pytest_plugin.py").read_text(encoding="utf-8"))
    functions = ast.parse((PACKAGE / "simulation.py").read_text(encoding="utf-8"))
    [machine] = [node for node in own.body if isinstance(node, ast.ClassDef)]
    methods = [node for node in machine.body if isinstance(node, ast.FunctionDef)]
    handed_on = {*simulation.__all__} - {method.name for method in methods}
    for node in functions.body:
        if isinstance(node, ast.FunctionDef) and node.name in handed_on:
            node.decorator_list = [ast.Name("staticmethod")]
            methods.append(node)
    machine.body = [machine.body[0]]
    for method in methods:
        if method.name == "__init__" or not method.name.startswith("_"):
            text = textwrap.indent(ast.get_docstring(method) or "", " " * 8).strip()
            text = f"{text}\n{' ' * 8}" if "\n" in text else text
            method.body = [ast.Expr(ast.Constant(text or ...))]
            machine.body.append(method)
    return PYTEST_HEAD + ast.unparse(machine) + "\n"


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
        "pytest_plugin.pyi": pytest_plugin_stub(),
    }
    texts["../sim/upcase.h"] = upcase_source()
    texts["../../docs/command-json.md"] = schemas_page()
    files = {path: text.encode() for path, text in texts.items()}
    for name, schema in document_schemas().items():
        files[f"schemas/{name}.schema.json"] = (json.dumps(schema, indent=1) + "\n").encode()
    for resource in RESOURCES:
        text = json.dumps(manifest(resource), indent=2) + "\n"
        files[f"../dsc/{file_of(resource)}"] = text.encode()
    machine = snapshot.read_file(PACKAGE / "_sim" / "machine.json")
    return files | {"_sim/machine.dat": snapshot.pack(machine)}


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
