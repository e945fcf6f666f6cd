"""The parts of the reference that are made while Sphinx builds it, from ipif itself.

``public``: the documentation of public names, from their docstrings.
``searches``: what people search for when they need the page.
``structure``: each member of a structure, with an anchor, from the field table.
``errors``: each error code, its exception, and what to do.
``schema``: the JSON schema of a document, as tables and in full.

The role ``member`` links to a member: ``NlMtu``, or ``MIB_IF_ROW2.Alias`` of another structure than
MIB_IPINTERFACE_ROW.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.utils import new_document
from myst_parser.mocking import MockRSTParser
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

import ipif
from ipif import netioapi, simulation

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

INTERFACE_ROW = "MIB_IPINTERFACE_ROW"

# What PowerShell's cmdlets that read other structures call their members.
POWERSHELL = {
    "MIB_IF_ROW2": (
        "Get-NetAdapter",
        {
            "InterfaceLuid": "NetLuid",
            "InterfaceIndex": "InterfaceIndex",
            "InterfaceGuid": "InterfaceGuid",
            "Alias": "Name",
            "Description": "InterfaceDescription",
            "PhysicalAddress": "MacAddress",
            "PermanentPhysicalAddress": "PermanentAddress",
            "Mtu": "MtuSize",
            "Type": "InterfaceType",
            "MediaType": "NdisMedium",
            "PhysicalMediumType": "NdisPhysicalMedium",
            "HardwareInterface": "HardwareInterface",
            "FilterInterface": "IMFilter",
            "ConnectorPresent": "ConnectorPresent",
            "EndPointInterface": "EndPointInterface",
            "OperStatus": "InterfaceOperationalStatus",
            "AdminStatus": "InterfaceAdminStatus",
            "MediaConnectState": "MediaConnectState",
            "TransmitLinkSpeed": "TransmitLinkSpeed",
            "ReceiveLinkSpeed": "ReceiveLinkSpeed",
        },
    ),
    "MIB_IPFORWARD_ROW2": (
        "Get-NetRoute",
        {
            "InterfaceIndex": "InterfaceIndex",
            "DestinationPrefix": "DestinationPrefix",
            "NextHop": "NextHop",
            "ValidLifetime": "ValidLifetime",
            "PreferredLifetime": "PreferredLifetime",
            "Metric": "RouteMetric",
            "Protocol": "Protocol",
            "Publish": "Publish",
        },
    ),
    "MIB_UNICASTIPADDRESS_ROW": (
        "Get-NetIPAddress",
        {
            "Address": "IPAddress",
            "InterfaceIndex": "InterfaceIndex",
            "PrefixOrigin": "PrefixOrigin",
            "SuffixOrigin": "SuffixOrigin",
            "ValidLifetime": "ValidLifetime",
            "PreferredLifetime": "PreferredLifetime",
            "OnLinkPrefixLength": "PrefixLength",
            "SkipAsSource": "SkipAsSource",
            "DadState": "AddressState",
        },
    ),
}

# The Python type of each kind of member.
TYPES = {
    "bool": "`bool`",
    "flag": "`bool`",
    "str": "`str`",
    "bytes": "`bytes`",
    "guid": "`uuid.UUID`",
    "address": "`ipaddress.IPv4Address` or `IPv6Address`",
    "prefix": "`ipaddress.IPv4Network` or `IPv6Network`",
    "ipv4": "`ipaddress.IPv4Address`",
    "uint32[16]": "`tuple` of 16 `int`",
}

ACCESS = {
    "settable": "settable: `SetIpInterfaceEntry` writes it",
    "read-only": "read-only",
    "key": "key: it names the row",
}
NO_DEFAULT = {
    "settable": "depends on the adapter",
    "read-only": "none: Windows sets it",
    "key": "none",
}
FAMILIES = {"ipv4": "IPv4", "ipv6": "IPv6", "loopback": "loopback adapters"}


def object_name(structure: str, member: str) -> str:
    """Return the name by which the role ``member`` finds a member."""
    return member if structure == INTERFACE_ROW else f"{structure}.{member}"


def table(rows: Iterable[Iterable[str]], *head: str) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def link_first_cells(tables: Iterable[Node], anchor: str = "{}") -> None:
    """Make the text of each first cell a link to the section that is named like it."""
    for each in tables:
        for body in each.findall(nodes.tbody):
            for row in body.findall(nodes.row):
                [paragraph] = row.children[0].findall(nodes.paragraph)
                name = paragraph.astext()
                paragraph.children = []
                paragraph += nodes.reference("", "", *breakable(name), refid=anchor.format(name))


def breakable(name: str) -> Iterator[Node]:
    """Yield *name* with places between its words where a browser may break the line."""
    for number, word in enumerate(re.findall(r"[A-Z]*[^A-Z]+|[A-Z]+", name)):
        if number:
            yield nodes.raw("", "<wbr>", format="html")
        yield nodes.Text(word)


class Generated(SphinxDirective):
    """A directive whose contents are made as sections of Markdown."""

    has_content = True

    def section(self, name: str, title: str, *contents: Node) -> nodes.section:
        """Return a section with the anchor *name*."""
        section = nodes.section(ids=[name], names=[])
        section += nodes.title(title, title)
        section += contents
        self.set_source_info(section)
        return section

    def searches(self, anchor: str, *texts: str) -> nodes.Node:
        """Return index entries: a search for one of *texts* leads to *anchor*."""
        entries = [("single", text, anchor, "main", None) for text in texts]
        return addnodes.index(entries=entries)

    def markdown(self, text: str) -> list[Node]:
        return self.parse_text_to_nodes(text)

    def facts(self, rows: Iterable[tuple[str, str]]) -> list[Node]:
        """Return a table of two columns."""
        found = self.markdown(table(rows, " ", " "))
        for each in found:
            for one in each.findall(nodes.table):
                one["classes"].append("facts")
            for head in list(each.findall(nodes.thead)):
                head.parent.remove(head)
        return found


# What autodoc cannot find: names whose docstring would be that of their class.
DATA = {
    "ipif.backend": "``windows``: calls change this computer. ``simulated``: they change a "
    "simulated machine. ``IPIF_BACKEND`` in the environment chooses it before ``ipif`` is "
    "imported; the default is ``windows`` on Windows and ``simulated`` elsewhere.",
    "ipif.__version__": "The version, a text such as ``0.1.0``.",
    "ipif.FIELDS": "The fields of MIB_IPINTERFACE_ROW: a tuple of :class:`ipif.Field`.",
    "ipif.netioapi.FIELDS": "A tuple of :class:`ipif.Field` for each structure, by its name.",
    "ipif.types.Address": "An IP address: a text, or an object of ``ipaddress``.",
    "ipif.types.Family": "A family: ``socket.AF_INET`` or ``AF_INET6``, 4 or 6, or a name.",
    "ipif.types.Interface": "Names an interface: an index, an alias, a GUID (``uuid.UUID``), an "
    ":class:`ipif.Luid`, any row, an address of the adapter, or the bytes of its hardware address.",
}


# The classes of Python whose own members are not shown.
BASES = "tuple, int, list, object, Enum, IntEnum, IntFlag, BaseException, Exception, OSError"


class Public(Generated):
    """The public names of a module, one on each line."""

    required_arguments = 1

    def run(self) -> list[Node]:
        module = self.arguments[0]
        text = "\n\n".join(autodoc(module, name) for name in self.content if name)
        document = new_document(self.state.document["source"], self.state.document.settings)
        document.reporter = self.state.document.reporter
        MockRSTParser().parse("\n" * self.lineno + text, document)
        return document.children


def autodoc(module: str, name: str) -> str:
    """Return the directive, in reStructuredText, for a public name."""
    path = f"{module}.{name}"
    if path in DATA:
        return f".. data:: {name}\n   :module: {module}\n\n   {DATA[path]}"
    thing = getattr(importlib.import_module(module), name)
    options = []
    directive = "autofunction"
    if isinstance(thing, type):
        directive = "autoexception" if issubclass(thing, BaseException) else "autoclass"
        if module != "ipif.types":
            options += [":members:", f":inherited-members: {BASES}"]
        if issubclass(thing, Enum):
            options += [":undoc-members:", ":member-order: bysource"]
    return f".. {directive}:: {path}\n" + "".join(f"   {option}\n" for option in options)


# Names of types that are private, and what a reader has to know instead.
PRIVATE_TYPES = {
    "_BeforeAndAfter": "tuple[MIB_IPINTERFACE_ROW, MIB_IPINTERFACE_ROW]",
    "OnRevert": "Callable[[list[Change]], object]",
    "OnError": "Callable[[BaseException, Change | None], object]",
    "_E": "Event | AddressEvent | RouteEvent",
}


def show_private_types(app: Sphinx, document: nodes.document) -> None:
    """Replace the names of private types in signatures."""
    for reference in list(document.findall(addnodes.pending_xref)):
        text = PRIVATE_TYPES.get(reference["reftarget"])
        if text is not None:
            reference.replace_self(nodes.Text(text))


class Searches(Generated):
    """What people search for when they need this page, one search on each line."""

    def run(self) -> list[Node]:
        anchor = "search"
        return [self.searches(anchor, *self.content), nodes.target("", "", ids=[anchor])]


class Structure(Generated):
    """The members of a structure. Lines of the contents, ``NAME: text``, are notes on members."""

    required_arguments = 1

    def run(self) -> list[Node]:
        structure = self.arguments[0]
        fields = netioapi.FIELDS[structure]
        notes = self.notes()
        unknown = notes.keys() - {field.name for field in fields}
        if unknown:
            raise self.error(f"no members of {structure}: {sorted(unknown)}")
        rows = ((field.name, field.summary, field.unit, field.access) for field in fields)
        overview = self.markdown(table(rows, "Member", "Meaning", "Unit", "Access"))
        link_first_cells(overview)
        found: list[Node] = [self.section("members", "Members", *overview)]
        for field in fields:
            text = f"{field.summary[0].upper()}{field.summary[1:]}."
            contents = [*self.markdown(text), *self.facts(facts(structure, field))]
            contents += self.markdown(notes.get(field.name, ""))
            contents.append(self.searches(field.name, *questions(structure, field)))
            section = self.section(field.name, field.name, *contents)
            std = self.env.domains.standard_domain
            name = object_name(structure, field.name)
            std.note_object("member", name, field.name, location=section)
            found.append(section)
        return found

    def notes(self) -> dict[str, str]:
        """Return the notes by the name of their member."""
        found: dict[str, str] = {}
        name = ""
        for line in self.content:
            start = re.match(r"(\w+): ", line)
            if start and not line.startswith(" "):
                name = start[1]
                line = line[start.end() :]
                if name in found:
                    raise self.error(f"two notes on {name}")
                found[name] = ""
            found[name] += line.strip() + "\n"
        return found


def questions(structure: str, field: ipif.Field) -> Iterator[str]:
    """Yield what people search for when they look for a member."""
    if structure != INTERFACE_ROW:
        return
    names = {field.name, field.powershell, field.netsh} - {None}
    for name in sorted(filter(None, names)):
        yield name
        if field.access == "settable":
            for fact in ("range", "default"):
                yield f"what is the {fact} of {name}"
                for family in field.families:
                    yield f"what is the {fact} of {name} for {FAMILIES[family]}"


def facts(structure: str, field: ipif.Field) -> Iterator[tuple[str, str]]:
    """Yield what is known about a member: the name of each fact, and the fact."""
    yield "Type", TYPES.get(field.kind, "`int`")
    if field.enum is not None:
        yield "Values", values(field)
    yield "Unit", field.unit or "none"
    yield "Access", ACCESS[field.access]
    families = field.families if structure == INTERFACE_ROW else ()
    if families:
        yield "Families", " and ".join(FAMILIES[family] for family in families)
    if field.kind in ("bool", "flag"):
        yield "Range", "True or False"
    elif field.ranges is not None and field.enum is None:
        spans = {family: span(low, high) for family, (low, high) in field.ranges.items()}
        if field.access == "settable":
            for family in families:
                yield f"Range for {FAMILIES[family]}", spans[family]
        else:
            yield "Range", spans["ipv4"]
    for family, value in field.defaults.items():
        yield f"Default for {FAMILIES[family]}", default(field, value)
    if not field.defaults:
        yield "Default", NO_DEFAULT[field.access]
    if field.unchanged:
        numbers = ", ".join(map(str, field.unchanged))
        yield "Unchanged sentinel", f"{numbers}: `SetIpInterfaceEntry` does not write it"
    yield from other_tools(structure, field)
    place = f"offset {field.offset}, {field.size} byte{'s' if field.size > 1 else ''}"
    if field.kind == "flag":
        place = f"bit {field.bit} of byte {field.offset}"
    yield "In the structure", place
    yield "Basis of range and access", field.source


def other_tools(structure: str, field: ipif.Field) -> Iterator[tuple[str, str]]:
    """Yield what PowerShell and netsh call a member."""
    cmdlet, names = POWERSHELL.get(structure, ("", {}))
    powershell = names.get(field.name)
    if structure == INTERFACE_ROW:
        cmdlet = "Set-NetIPInterface" if field.access == "settable" else "Get-NetIPInterface"
        powershell = field.powershell
    yield "PowerShell", f"`{powershell}` of `{cmdlet}`" if powershell else "none"
    command = f"netsh interface {field.families[0]} set interface"
    yield "netsh", f"`{field.netsh}` of `{command}`" if field.netsh else "none"


def values(field: ipif.Field) -> str:
    """Return the enumerators of a member."""
    enum = getattr(ipif.enums, str(field.enum))
    known = [one for one in enum if one.value not in field.unchanged]
    names = ", ".join(f"{one.name} ({one.value})" for one in known)
    return f"{names}: {{py:class}}`ipif.{field.enum}`"


def default(field: ipif.Field, value: int) -> str:
    """Return a value as people write it."""
    if field.enum is not None:
        return f"{getattr(ipif.enums, field.enum)(value).name} ({value})"
    return str(value)


# ---- errors

Call = Callable[[], object]


def _get() -> object:
    return ipif.get_interface("Ethernet", "ipv4")


def _set() -> object:
    return ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)


def _route() -> object:
    return ipif.best_route("8.8.8.8")


def _add_route() -> object:
    return simulation.add_route("Ethernet", "0.0.0.0/0", NextHop="192.168.1.1")


# Each code: its name in the SDK, the function to let fail, a call of it, and when it is returned.
ERRORS: dict[int, tuple[str, str | None, Call, str]] = {
    2: (
        "ERROR_FILE_NOT_FOUND",
        "GetIpInterfaceEntry",
        _get,
        "No interface has this index or LUID.",
    ),
    5: ("ERROR_ACCESS_DENIED", "SetIpInterfaceEntry", _set, "The process is not elevated."),
    8: ("ERROR_NOT_ENOUGH_MEMORY", "GetIpInterfaceEntry", _get, "Windows has no memory left."),
    31: ("ERROR_GEN_FAILURE", "SetIpInterfaceEntry", _set, "Something else went wrong in Windows."),
    50: (
        "ERROR_NOT_SUPPORTED",
        "GetIpInterfaceEntry",
        _get,
        "The family is not installed on this computer.",
    ),
    87: (
        "ERROR_INVALID_PARAMETER",
        "SetIpInterfaceEntry",
        _set,
        "Windows refuses a value of the row.",
    ),
    123: (
        "ERROR_INVALID_NAME",
        "ConvertInterfaceAliasToLuid",
        lambda: ipif.get_interface("No such alias", "ipv4"),
        "No interface has this alias.",
    ),
    1168: (
        "ERROR_NOT_FOUND",
        "GetIpInterfaceEntry",
        _get,
        "The interface exists, but not for this address family.",
    ),
    1231: (
        "ERROR_NETWORK_UNREACHABLE",
        "GetBestRoute2",
        _route,
        "No route leads to the destination.",
    ),
    1232: ("ERROR_HOST_UNREACHABLE", "GetBestRoute2", _route, "No route leads to the destination."),
    5010: (
        "ERROR_OBJECT_ALREADY_EXISTS",
        None,
        _add_route,
        "Only `ipif.simulation` raises it: there is such a route, address or row already.",
    ),
}
MORE_ADVICE = {
    8: "Close other programs. In a test, `ipif.simulation.fail` makes a function return this code.",
    31: "Read the row again and compare it with what was asked for; then try again.",
    87: (
        "Look at `members` of the exception: Windows refuses at least one of these. Each member's "
        "range is in [MIB_IPINTERFACE_ROW](mib_ipinterface_row.md). Common causes: an IPv6 `NlMtu` "
        "below 1280; an IPv4 `SitePrefixLength` other than 0 in a row written with "
        "`ipif.netioapi` (`ipif.set_interface` writes 0)."
    ),
    5010: "Remove the existing one first, or leave it as it is.",
}


class Errors(Generated):
    """Each error code with its exception and advice."""

    def run(self) -> list[Node]:
        caught = {code: raised(code) for code in ERRORS}
        rows = (
            (str(code), ERRORS[code][3], role(error), f"`{ERRORS[code][0]}`")
            for code, error in caught.items()
        )
        overview = self.markdown(table(rows, "Code", "When", "Exception", "Name"))
        link_first_cells(overview, "error-{}")
        return [self.section("codes", "Codes", *overview), *map(self.one, caught.items())]

    def one(self, item: tuple[int, ipif.Error]) -> nodes.section:
        code, error = item
        name, _, _, when = ERRORS[code]
        assert not error.strerror.startswith("Windows Error"), f"kernel32.c has no text for {code}"
        what = error.hint or MORE_ADVICE[code]
        if error.hint and code in MORE_ADVICE:
            what = f"{error.hint}\n\n{MORE_ADVICE[code]}"
        text = f"""\
`{name}`. {when} Windows says: "{error.strerror}"

Exception: {role(error)}.

What to do: {what.replace("<", "&lt;")}
"""
        title = f"Error {code}: {type(error).__name__}"
        texts = (f"what does error {code} mean", f"WinError {code}", name)
        found = self.searches(f"error-{code}", *texts)
        section = self.section(f"error-{code}", title, found, *self.markdown(text))
        std = self.env.domains.standard_domain
        std.note_object("error", str(code), f"error-{code}", location=section)
        std.note_object("error", name, f"error-{code}", location=section)
        return section


def role(error: ipif.Error) -> str:
    return f"{{py:class}}`ipif.{type(error).__name__}`"


def raised(code: int) -> ipif.Error:
    """Return the exception that ipif raises for an error code of Windows."""
    _, function, call, _ = ERRORS[code]
    simulation.reset()
    if function is not None:
        simulation.fail(function, code)
    try:
        call()
    except ipif.Error as error:
        if error.winerror == code:
            return error
        raise
    finally:
        simulation.reset()
    raise AssertionError(f"error {code} did not come")


# ---- schemas


class Schema(Generated):
    """A JSON schema: a table for each kind of object, and the whole text."""

    required_arguments = 1

    def run(self) -> list[Node]:
        name = self.arguments[0]
        text = (files("ipif") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
        document = json.loads(text)
        found = self.markdown(f"{document['description']}\n\n{members(document)}")
        parts = dict(document.get("$defs", {}))
        parts |= {key: part.get("items", {}) for key, part in document["properties"].items()}
        for key, part in parts.items():
            if "properties" in part:
                contents = self.markdown(members(part))
                found.append(self.section(f"{name}-{key}", f"{name}: {key}", *contents))
        return found


def members(schema: dict[str, Any]) -> str:
    """Return the table of the members of an object."""
    needed = schema.get("required", ())
    rows = (
        (f"`{name}`", "yes" if name in needed else "", type_of(one), one.get("description", ""))
        for name, one in schema["properties"].items()
    )
    return table(rows, "Member", "Required", "Value", "Meaning")


def span(low: int, high: int) -> str:
    return f"{low} to {high}" if low < high else f"only {low}"


def type_of(schema: dict[str, Any]) -> str:
    """Return, in words, which values *schema* accepts."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(f'`"{word}"`' for word in schema["enum"])
    if "anyOf" in schema:
        parts = dict.fromkeys(map(type_of, schema["anyOf"]))
        if any("enum" in part for part in schema["anyOf"]):
            parts.pop("text", None)  # the same words in any case
        return ", or ".join(parts)
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return ", or ".join(type_of({**schema, "type": one}) for one in kind)
    if kind == "array" and "items" in schema:
        return f"a list of {type_of(schema['items'])}"
    if kind == "integer" and {"minimum", "maximum"} <= schema.keys():
        return span(schema["minimum"], schema["maximum"])
    words = {
        "boolean": "true or false",
        "string": "text",
        "object": "an object",
        "array": "a list",
        "integer": "a whole number",
        "number": "a number",
    }
    return words.get(kind, str(kind))


def skip_items_of_tuples(
    app: Sphinx, what: str, name: str, thing: object, skip: bool, options: object
) -> bool | None:
    """Leave out the items of a named tuple: its docstring has them, under ``Attributes``."""
    return True if type(thing).__name__ == "_tuplegetter" else None


# Programs get these from functions, so how they are made says nothing to a reader.
RETURNED = {"Watch", "Plan", "Guard", "GuardedRow", "Recovery", "Machine"}


def hide_how_it_is_made(app: Sphinx, what: str, name: str, *_: object) -> tuple[str, None] | None:
    """Show the name alone for a class that functions return."""
    return ("", None) if what == "class" and name.rpartition(".")[2] in RETURNED else None


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-signature", hide_how_it_is_made)
    app.connect("autodoc-skip-member", skip_items_of_tuples)
    app.connect("doctree-read", show_private_types)
    app.add_object_type("member", "member", objname="member of a structure")
    app.add_object_type("error", "error", objname="error code of Windows")
    app.add_directive("searches", Searches)
    app.add_directive("public", Public)
    app.add_directive("structure", Structure)
    app.add_directive("errors", Errors)
    app.add_directive("schema", Schema)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
