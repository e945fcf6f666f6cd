"""JSON schemas (draft 2020-12) of the instances.

DSC checks against them what it sends, and everything that is printed. The members come from the
field table; what a desired document has besides comes from its own schema.
"""

from __future__ import annotations

import json
from pkgutil import get_data

import ipif
from ipif._cli.member_schema import DIALECT, FAMILY, identity, member
from ipif.dsc.manifests import INTERFACE_LIST
from ipif.dsc.methods import IN_DESIRED_STATE
from ipif.dsc.rows import READ_ONLY, SETTABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ipif._cli.member_schema import Schema

_IN_DESIRED_STATE: Schema = {
    "type": ["boolean", "null"],
    "readOnly": True,
    "description": "whether nothing would be changed; only test tells",
}


def schema(resource: str) -> Schema:
    """Return the schema of the instances of the *resource* of this type."""
    return _interface_list() if resource == INTERFACE_LIST else _interface()


def _interface() -> Schema:
    desired = _desired()
    definitions = {name: desired["$defs"][name] for name in ("match", "selectors")}
    match = {"$ref": "#/$defs/match", "description": "the selectors: one interface must match all"}
    told = {**identity(), **{field.name: member(field) for field in ipif.FIELDS}}
    members = {
        "match": match,
        "family": FAMILY,
        **{name: {**told[name], "readOnly": True} for name in READ_ONLY},
        **{field.name: member(field) for field in SETTABLE},
    }
    return _instance(
        "the row of one interface and one family", members, ["match", "family"], definitions
    )


def _interface_list() -> Schema:
    desired = _desired()
    definitions = desired["$defs"]
    for family in ("ipv4", "ipv6"):
        # What an interface has now may be outside of what can be set.
        properties = definitions[family]["properties"]
        properties.update({field.name: member(field) for field in SETTABLE})
    return _instance(
        desired["description"], desired["properties"], desired["required"], definitions
    )


def _desired() -> Any:
    """Return the schema of desired documents."""
    data = get_data("ipif", "schemas/desired.schema.json")
    assert data is not None
    return json.loads(data)


def _instance(
    text: str, members: dict[str, Schema], required: list[str], definitions: dict[str, Schema]
) -> Schema:
    return {
        "$schema": DIALECT,
        "type": "object",
        "description": text,
        "properties": {**members, IN_DESIRED_STATE: _IN_DESIRED_STATE},
        "required": required,
        "additionalProperties": False,
        "$defs": definitions,
    }
