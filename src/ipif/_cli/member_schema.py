"""JSON schemas (draft 2020-12) of the members of rows, made from the field tables."""

from __future__ import annotations

import ipif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from ipif import Field

    Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

BOOLEAN: Schema = {"type": "boolean"}
TEXT: Schema = {"type": "string"}
FAMILY: Schema = {"enum": ["ipv4", "ipv6"]}

_GUID = r"^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$"
_BYTES = "^([0-9A-F]{2}(-[0-9A-F]{2})*)?$"
_FLAG = "^0x[0-9a-f]+$"


def member(field: Field, *, named: bool = True) -> Schema:
    """Return the schema of a member; *named*: enumerators and flags are names."""
    schema = _value(field, named=named)
    unit = f" ({field.unit})" if field.unit else ""
    return {**schema, "description": f"{field.summary}{unit}"}


def _value(field: Field, *, named: bool) -> Schema:
    enum = None if field.enum is None or not named else getattr(ipif, field.enum)
    if field.kind == "offload" and enum is not None:
        flags: Schema = {"anyOf": [{"enum": [one.name for one in enum]}, {"pattern": _FLAG}]}
        return {"type": "array", "items": {"type": "string", **flags}, "uniqueItems": True}
    if enum is not None:  # a value that has no name is a number
        return {"anyOf": [{"enum": [one.name for one in enum]}, {"type": "integer"}]}
    if field.kind in _KINDS:
        return _KINDS[field.kind]
    if field.kind in ("int64", "enum"):
        half: int = 2 ** (8 * field.size - 1)
        return {"type": "integer", "minimum": -half, "maximum": half - 1}
    return {"type": "integer", "minimum": 0, "maximum": 2 ** (8 * field.size) - 1}


_KINDS: Mapping[str, Schema] = {
    "family": FAMILY,
    "guid": {"type": "string", "pattern": _GUID},
    "bool": BOOLEAN,
    "flag": BOOLEAN,
    "uint32[16]": {
        "type": "array",
        "items": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
        "minItems": 16,
        "maxItems": 16,
    },
    "str": TEXT,
    "bytes": {"type": "string", "pattern": _BYTES},
    "address": TEXT,
    "prefix": TEXT,
    "ipv4": {"type": "string", "format": "ipv4"},
}


def identity(*, family: bool = True) -> dict[str, Schema]:
    """Return the members by which JSON names a row."""
    found: dict[str, Schema] = {
        "Alias": {"type": "string", "description": "empty when the adapter has just gone"},
        "InterfaceIndex": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
        "InterfaceLuid": {"type": "integer", "minimum": 0, "maximum": 2**64 - 1},
    }
    return {**found, "Family": FAMILY} if family else found
