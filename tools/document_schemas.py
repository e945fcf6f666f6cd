"""The JSON schemas of the documents: desired, snapshot, journal and report.

They are made from the field tables; tools/generate.py writes them into src/ipif/schemas.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ipif._core.fields import ENUMS, INTERFACE_ROW, LONGEST_TEXT, STORAGE, TABLES, ZONES
from ipif._desired.match import TYPES
from ipif._sim.snapshot import OPTIONS, PROFILES, REQUIRED, SECTIONS
from ipif.reports import RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ipif._core.fields import Field

    Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_HEX = "[0-9A-Fa-f]{2}"
_GUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_FAMILIES = ("ipv4", "ipv6")

# What each kind of member is in a document; integers and enumerations are made from the table.
_KINDS: dict[str, Schema] = {
    "family": {"enum": [*_FAMILIES]},
    "bool": {"type": "boolean"},
    "flag": {"type": "boolean"},
    "str": {"type": "string", "maxLength": LONGEST_TEXT},
    "guid": {"type": "string", "pattern": f"^\\{{{_GUID}\\}}$"},
    "bytes": {"type": "string", "pattern": f"^({_HEX}(-{_HEX}){{0,31}})?$"},
    "address": {"type": "string", "pattern": "^[0-9A-Fa-f:.]+(%.+)?$"},
    "prefix": {"type": "string", "pattern": "^[0-9A-Fa-f:.]+(/[0-9]+)?$"},
    "ipv4": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+){3}$"},
}


def document_schemas() -> dict[str, Schema]:
    """Return each schema by the name of its document."""
    return {
        "desired": _desired(),
        "snapshot": _snapshot(),
        "journal": _journal(),
        "report": _report(),
    }


def _object(members: dict[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    """Return the schema of an object that has no other *members*."""
    found: Schema = {"type": "object", **more, "properties": members}
    if needed := [*required]:
        found["required"] = needed
    return {**found, "additionalProperties": False}


def _document(name: str, text: str, members: dict[str, Schema], required: Iterable[str]) -> Schema:
    """Return the schema of a whole document, with its title and a description."""
    head = {"$schema": _DIALECT, "title": f"ipif: {name}", "description": text}
    return {**head, **_object(members, required)}


def _described(schema: Schema, *texts: str) -> Schema:
    """Return *schema* with a description: the *texts* that are not empty."""
    return {"description": "; ".join(filter(None, texts)), **schema}


def _integer(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _any_case(name: str) -> str:
    """Return the pattern of *name* in upper and lower case."""
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else re.escape(c) for c in name)


def _words(names: Iterable[str]) -> list[Schema]:
    """Return the schemas of *names*: as they are written here, and in any other case."""
    words = [*names]
    pattern = "|".join(map(_any_case, words))
    return [{"enum": words}, {"type": "string", "pattern": f"^({pattern})$"}]


# ---- members of rows


def _stored(field: Field) -> Schema:
    """Return the schema of a member as a snapshot or a journal has it: what Windows can return."""
    if field.kind in _KINDS:
        schema = _KINDS[field.kind]
    elif field.kind == f"uint32[{ZONES}]":
        items = _integer(*STORAGE["uint32"])
        schema = {"type": "array", "items": items, "minItems": ZONES, "maxItems": ZONES}
    else:
        schema = _integer(*STORAGE[field.kind])
    return _described(schema, field.summary, field.unit)


def _settable(field: Field, family: str) -> Schema:
    """Return the schema of a new value of a member, as a desired document has it."""
    if field.kind == "bool":
        return _stored(field)
    assert field.ranges is not None
    number = _integer(*field.ranges[family])
    schema: Schema = number
    if field.kind == f"uint32[{ZONES}]":
        schema = {"type": "array", "items": number, "minItems": ZONES, "maxItems": ZONES}
    elif field.enum is not None:
        names = [name for name, value in ENUMS[field.enum].items() if value not in field.unchanged]
        schema = {"anyOf": [*_words(names), number]}
    default = field.defaults.get(family)
    usual = "" if default is None else f"on a fresh Windows {_shown(field, default)}"
    return _described(schema, field.summary, field.unit, usual)


def _shown(field: Field, value: int) -> str:
    """Return *value* as a document has it."""
    if field.enum is not None:
        return next(name for name, number in ENUMS[field.enum].items() if number == value)
    return str(value).lower()


def _rows(structure: str, required: Iterable[str], left_out: Iterable[str] = ()) -> Schema:
    """Return the schema of a list of rows of *structure*."""
    members = {field.name: _stored(field) for field in TABLES[structure]}
    for name in left_out:
        del members[name]
    return {"type": "array", "items": _object(members, required)}


# ---- the desired document


def _desired() -> Schema:
    text = "The values that members of IP interfaces should have. See ipif.plan and ipif apply."
    entries = {"type": "array", "items": {"$ref": "#/$defs/entry"}}
    members = {"interfaces": _described(entries, "one entry for each set of adapters")}
    definitions = {
        "entry": _entry(),
        "match": _object(
            {**_selectors(), "not": _one_or_more({"$ref": "#/$defs/selectors"}, _NOT)},
            minProperties=1,
        ),
        "selectors": _object(_selectors(), minProperties=1),
        **{family: _section(family) for family in _FAMILIES},
    }
    return {**_document("desired document", text, members, ["interfaces"]), "$defs": definitions}


_NOT = "adapters that match all of these selectors are left out"
_EXPECT = "how many adapters may match: one exactly, some (one or more), any number"
_WHEN_BOUND = "true: skip adapters that do not have this family"


def _entry() -> Schema:
    members = {
        "match": _described({"$ref": "#/$defs/match"}, "the selectors: an adapter must match all"),
        "expect": _described({"enum": ["one", "some", "any"], "default": "one"}, _EXPECT),
        **{
            family: _described({"$ref": f"#/$defs/{family}"}, "the wanted members of this family")
            for family in _FAMILIES
        },
    }
    some = [{"required": [family]} for family in _FAMILIES]
    return {**_object(members, ["match"]), "anyOf": some}


def _one_or_more(item: Schema, text: str) -> Schema:
    """Return the schema of one item or a list of items."""
    many = {"type": "array", "items": item, "minItems": 1}
    return {"description": text, "anyOf": [item, many]}


def _selectors() -> dict[str, Schema]:
    """Return the schema of each selector, without ``not``."""
    name: Schema = {"type": "string", "minLength": 1, "maxLength": 1024}
    index = _integer(1, STORAGE["uint32"][1])
    hexadecimal = f"({_HEX})+|{_HEX}(-{_HEX})+|{_HEX}(:{_HEX})+|{_HEX}{_HEX}(\\.{_HEX}{_HEX})+"
    found = {
        "alias": (name, "the name; *, ? and [...] are wildcards"),
        "description": (name, "the description; *, ? and [...] are wildcards"),
        "luid": (_integer(1, STORAGE["luid"][1]), "the LUID, an integer"),
        "guid": (
            {"type": "string", "pattern": f"^(\\{{{_GUID}\\}}|{_GUID}|[0-9A-Fa-f]{{32}})$"},
            "the GUID, such as {01234567-89AB-CDEF-0123-456789ABCDEF}",
        ),
        "index": (index, "the index; it can change when the adapter is restarted"),
        "type": ({"anyOf": [*_words(TYPES), index]}, "the type, or its IANA ifType number"),
        "address": (
            {"type": "string", "pattern": "^[0-9A-Fa-f:.]+(%[^/]+|/[0-9]+)?$"},
            "an IP address of the adapter, or a subnet that one of them is in",
        ),
        "hardware_address": (
            {"type": "string", "pattern": f"^({hexadecimal})$"},
            "the present or permanent hardware address",
        ),
    }
    some = {key: _one_or_more(schema, text) for key, (schema, text) in found.items()}
    text = "true: one of its rows is connected; false: none is"
    return {**some, "connected": _described({"type": "boolean"}, text)}


def _section(family: str) -> Schema:
    """Return the schema of the wanted members of *family*."""
    members = {
        field.name: _settable(field, family)
        for field in TABLES[INTERFACE_ROW]
        if field.access == "settable"
    }
    when_bound = {"type": "boolean", "default": False}
    members["when_bound"] = _described(when_bound, _WHEN_BOUND)
    # Windows ignores a Metric while it computes the metric itself.
    both = {
        "required": ["Metric", "UseAutomaticMetric"],
        "properties": {"UseAutomaticMetric": {"const": True}},
    }
    return {**_object(members), "not": both}


# ---- the documents that ipif writes


def _snapshot() -> Schema:
    text = (
        "The adapters, IP interfaces, routes and addresses of a machine. See ipif.snapshot and "
        "ipif.simulation.load."
    )
    options: dict[str, Schema] = {
        "name": {"enum": [*PROFILES]},
        **{name: {"type": "boolean"} for name in OPTIONS},
    }
    profile = {"anyOf": [options["name"], _object(options)]}
    rows = {
        section: _described(_rows(structure, REQUIRED[section]), f"rows of {structure}")
        for section, structure in SECTIONS.items()
    }
    members = {
        "ipif_snapshot": _described({"const": 1}, "the version of this kind of document"),
        "about": _described({}, "any note; it is kept when the snapshot is written again"),
        "profile": _described(profile, "how the simulation behaves where Windows is unconfirmed"),
        "elevated": _described({"type": "boolean", "default": True}, "false: changes are refused"),
        **rows,
    }
    return _document("snapshot", text, members, ["ipif_snapshot"])


def _journal() -> Schema:
    text = (
        "Changes that have to be restored if the process that made them was killed. See "
        "ipif.recover and ipif recover."
    )
    adapter = {field.name: field for field in TABLES["MIB_IF_ROW2"]}
    settable = [field for field in TABLES[INTERFACE_ROW] if field.access == "settable"]
    values = _object({field.name: _stored(field) for field in settable})
    row = {
        **{name: _stored(adapter[name]) for name in ("Alias", "InterfaceLuid", "InterfaceGuid")},
        "Family": _described(_KINDS["family"], "the family of the row"),
        "before": _described({"$ref": "#/$defs/values"}, "the members before the change"),
        "written": _described({"$ref": "#/$defs/values"}, "the same members as they were written"),
    }
    members = {
        "ipif_journal": _described({"const": 1}, "the version of this kind of document"),
        "about": _described({"type": "string"}, "what to do with the file"),
        "backend": _described({"enum": ["windows", "simulated"]}, "what ipif was working on"),
        "started": _described({"type": "number"}, "when the computer was started; s since 1970"),
        "rows": {"type": "array", "items": _object(row, row)},
    }
    document = _document("journal", text, members, members)
    return {**document, "$defs": {"values": values}}


def _report() -> Schema:
    text = (
        "What was changed on one host. See ipif.reports, and the commands ipif apply --report and "
        "ipif report merge."
    )
    value: Schema = {"type": ["boolean", "integer", "string", "array", "null"]}
    change = {
        "interface": _described({"type": "string"}, "the alias"),
        "luid": _integer(0, STORAGE["luid"][1]),
        "family": _described(_KINDS["family"], "the family of the row"),
        "member": {
            "enum": [field.name for field in TABLES[INTERFACE_ROW] if field.access == "settable"]
        },
        "before": _described(value, "the earlier value"),
        "after": _described(value, "the new value"),
    }
    changes: Schema = {"type": "array", "items": {"$ref": "#/$defs/change"}}
    error = {
        "type": ["object", "null"],
        "properties": {
            "error": _described({"type": "string"}, "the name of the exception"),
            "text": _described({"type": "string"}, "what failed"),
            "winerror": _described({"type": "integer"}, "the error code of Windows"),
            "hint": _described({"type": "string"}, "what a person can do"),
        },
        "required": ["error", "text"],
    }
    time = {"type": "string", "format": "date-time"}
    backend = {"enum": ["windows", "simulated", ""]}
    members = {
        "ipif_report": _described({"const": 1}, "the version of this kind of document"),
        "host": _described({"type": "string"}, "the name of the host"),
        "time": _described(time, "when it ended, in local time, with the offset from UTC"),
        "seconds": _described({"type": "number", "minimum": 0}, "how long it took"),
        "ipif": _described({"type": "string"}, "the version of ipif on the host"),
        "backend": _described(backend, "what ipif was working on"),
        "result": _described({"enum": [*RESULTS]}, "what became of the host"),
        "changes": _described(changes, "what is in force, or would be changed"),
        "rolled_back": _described(changes, "what was changed, and is as before again"),
        "error": _described(error, "what failed; null when nothing did"),
    }
    return {
        **_document("report", text, members, members),
        "$defs": {"change": _object(change, change)},
    }
