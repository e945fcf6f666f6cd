"""JSON schemas (draft 2020-12) of what the commands write with ``--json``.

The members of rows come from the field tables. A schema allows members that it does not have: a
later version may add some. ``docs/command-json.md`` is made from here.
"""

from __future__ import annotations

import ipif
from ipif._cli.commands import COMMANDS
from ipif._cli.member_schema import BOOLEAN, DIALECT, FAMILY, TEXT, identity, member
from ipif._cli.status import DONE, MEANINGS
from ipif.reports import RESULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ipif import Field
    from ipif._cli.member_schema import Schema

_INTERFACE = "MIB_IPINTERFACE_ROW"
_ADAPTER = "MIB_IF_ROW2"
_ROUTE = "MIB_IPFORWARD_ROW2"
_ADDRESS = "MIB_UNICASTIPADDRESS_ROW"

_TEXTS: Schema = {"type": "array", "items": TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TIME: Schema = {
    "type": "string",
    "format": "date-time",
    "description": "local time, with its offset from UTC",
}


def schemas() -> dict[str, Schema]:
    """Return the schema of each command, and those of ``error`` and ``note``, by name."""
    found = {
        name: {"title": f"ipif {name} --json", "description": text, **_BY_COMMAND[name]()}
        for name, text in COMMANDS.items()
    }
    for name, about, schema in (
        ("error", "what is written to standard error when a command fails", _error_document()),
        ("note", "a note on standard error", _object({"note": TEXT})),
    ):
        found[name] = {"title": f"{name} of ipif --json", "description": about, **schema}
    return {name: {"$schema": DIALECT, **schema} for name, schema in found.items()}


# ---- rows


def _row(structure: str, **more: Schema) -> dict[str, Schema]:
    """Return the members of a row: those that name it, those of *structure*, and *more*."""
    fields = ipif.netioapi.FIELDS[structure]
    found = identity(family=structure != _ADAPTER)
    return {**found, **{field.name: member(field) for field in fields}, **more}


# ---- shapes


def _object(members: Mapping[str, Schema], optional: Sequence[str] = (), **more: Any) -> Schema:
    """Return the schema of an object that has *members*, but may lack the *optional* ones."""
    required = [name for name in members if name not in optional]
    return {"type": "object", "properties": dict(members), "required": required, **more}


def _array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _either(*schemas: Schema) -> Schema:
    return {"anyOf": [*schemas]}


def _changes(fields: Sequence[Field], *, whole: bool = True, others: Sequence[str] = ()) -> Schema:
    """Return the schema of changes of members and *others*; *whole*: each names its row."""
    names = [*others, *(field.name for field in fields)]
    value: Schema = {
        "type": ["boolean", "integer", "string", "array"],
        "description": "as the member is written in a row",
    }
    change: dict[str, Schema] = {"Member": {"enum": names}, "Before": value, "After": value}
    return _array(_object({**(identity() if whole else {}), **change}))


def _settable() -> list[Field]:
    return [field for field in ipif.FIELDS if field.access == "settable"]


# ---- the commands


def _list() -> Schema:
    row = _row(_INTERFACE)
    return _array(_object(row, [name for name in row if name not in identity()]))


def _get() -> Schema:
    """With a family it is one object; without, an array."""
    row = _object(_row(_INTERFACE), [field.name for field in ipif.FIELDS if field.access != "key"])
    defs = {"row": row}
    reference = {"$ref": "#/$defs/row"}
    return {**_either(reference, _array(reference, minItems=1, maxItems=2)), "$defs": defs}


def _set() -> Schema:
    members = {
        "changes": _changes(_settable()),
        "undo": {**_TEXTS, "description": "commands that bring the earlier values back"},
        "kept": {"type": "boolean", "description": "false when they were reverted"},
    }
    return _object(members, ["kept"])


def _apply() -> Schema:
    return {**_set(), "required": ["changes", "undo", "kept"]}


def _diff() -> Schema:
    return _object({"changes": _changes(_settable())})


def _recover() -> Schema:
    return _object(
        {
            "changes": _changes(_settable()),
            "missing": {**_TEXTS, "description": "adapters that were not found"},
            "kept": {"type": "boolean", "description": "whether the journal was kept"},
            "restarted": {
                "type": "boolean",
                "description": "whether the computer was started again since",
            },
        }
    )


def _watch() -> Schema:
    kinds = [one.name for one in ipif.NotificationType if one.name != "InitialNotification"]
    members = {
        **identity(),
        "Type": {"enum": kinds},
        "Time": _TIME,
        "Changes": _changes(ipif.FIELDS, whole=False, others=["Alias"]),
    }
    return _object(members, description="one object on each line")


def _wait() -> Schema:
    return _array(_object(_row(_INTERFACE)), minItems=1, maxItems=2)


def _guard() -> Schema:
    row: dict[str, Schema] = {
        **identity(),
        "Event": {"enum": ["applied", "reverting", "error"]},
        "Error": _error(),
        "Time": _TIME,
        "Changes": _changes(ipif.FIELDS, whole=False),
    }
    entry: dict[str, Schema] = {
        "Event": {"enum": ["waiting", "found"]},
        "Entry": {"type": "string", "description": "the place in the document"},
        "Match": {"description": "the match of the entry"},
        "Time": _TIME,
    }
    return {
        "description": "one object on each line",
        **_either(
            _object({"Event": {"const": "guarding"}, "Rows": _COUNT, "Time": _TIME}),
            _object(entry),
            _object(row, ["Error"]),
            _object({"Event": {"const": "error"}, "Error": _error(), "Time": _TIME}),
        ),
    }


def _route() -> Schema:
    number: Schema = {"type": ["integer", "null"], "minimum": 0}
    members = {
        **identity(),
        "DestinationPrefix": TEXT,
        "NextHop": TEXT,
        "RouteMetric": _COUNT,
        "InterfaceMetric": number,
        "Metric": {**number, "description": "the sum of both"},
        "Chosen": BOOLEAN,
        "Reason": {"type": "string", "description": "why it is not chosen"},
    }
    return _array(_object(members))


def _adapters() -> Schema:
    return _array(_object(_row(_ADAPTER)))


def _addresses() -> Schema:
    return _array(_object(_row(_ADDRESS)))


def _routes() -> Schema:
    metric: Schema = {"type": ["integer", "null"], "minimum": 0}
    return _array(_object(_row(_ROUTE, InterfaceMetric=metric)))


def _snapshot() -> Schema:
    """The snapshot, with numbers for enumerators; or, when it goes to a file, what is in it."""

    def rows(structure: str) -> Schema:
        fields = ipif.netioapi.FIELDS[structure]
        members = {field.name: member(field, named=False) for field in fields}
        return _array({"type": "object", "properties": members})

    members: dict[str, Schema] = {
        "ipif_snapshot": {"const": 1},
        "about": TEXT,
        "profile": {"description": "how the simulation behaves where Windows is unconfirmed"},
        "elevated": BOOLEAN,
        "adapters": rows(_ADAPTER),
        "interfaces": rows(_INTERFACE),
        "routes": rows(_ROUTE),
        "addresses": rows(_ADDRESS),
    }
    snapshot = _object(members, ["about", "profile", "elevated"])
    counts = dict.fromkeys(("adapters", "interfaces", "routes", "addresses"), _COUNT)
    return _either(_object({"file": TEXT, "anonymous": BOOLEAN, **counts}), snapshot)


def _report() -> Schema:
    results = _object(dict.fromkeys(RESULTS, _COUNT))
    cause = _object({"why": TEXT, "hosts": _TEXTS})
    members: dict[str, Schema] = {
        "hosts": {**_COUNT, "description": "each counts once, by its latest report"},
        "results": {**results, "description": "how many hosts have each result"},
        "changes": {**_COUNT, "description": "how many are in force, or would be made"},
        "rolled_back": {**_TEXTS, "description": "hosts where something was rolled back"},
        "not_rolled_back": {**_TEXTS, "description": "hosts that failed with changes in force"},
        "failed": _array(cause, description="the most frequent cause first"),
        "versions": {
            "type": "object",
            "additionalProperties": _COUNT,
            "description": "how many hosts have each version of ipif; empty: not known",
        },
        "seconds": {"type": "number", "description": "the longest time that a host took"},
    }
    return _object(members)


def _explain() -> Schema:
    spans = _array({"type": "integer"}, minItems=2, maxItems=2)
    by_family: Schema = {"type": "object", "propertyNames": FAMILY, "additionalProperties": spans}
    default: Schema = {
        "type": "object",
        "propertyNames": {"enum": ["ipv4", "ipv6", "loopback"]},
        "additionalProperties": {"type": ["boolean", "integer", "string"]},
    }
    text_or_null: Schema = {"type": ["string", "null"]}
    one = _object(
        {
            "Member": TEXT,
            "Structure": {"enum": [*ipif.netioapi.FIELDS]},
            "Summary": TEXT,
            "Kind": TEXT,
            "Unit": text_or_null,
            "Families": _array(FAMILY),
            "Access": {"enum": ["key", "read-only", "settable"]},
            "Ranges": {**by_family, "description": "smallest and largest number by family"},
            "Enumerators": {"type": "object", "additionalProperties": {"type": "integer"}},
            "Unchanged": _array({"type": "integer"}),
            "Defaults": {**default, "description": "values on a fresh Windows"},
            "PowerShell": text_or_null,
            "Netsh": text_or_null,
            "Example": text_or_null,
            "Basis": TEXT,
            "Reference": {"type": "string", "format": "uri"},
        }
    )
    reference = {"$ref": "#/$defs/member"}
    return {**_either(reference, _array(reference)), "$defs": {"member": one}}


def _dsc() -> Schema:
    """The instances have a schema of their own, which this command writes, too."""
    row = [field for field in ipif.FIELDS if field.access != "key"]
    one: dict[str, Schema] = {
        "match": {"type": "object"},
        "family": FAMILY,
        **identity(family=False),
        **{field.name: member(field) for field in row},
        "_inDesiredState": BOOLEAN,
    }
    many: dict[str, Schema] = {"interfaces": _array({"type": "object"}), "_inDesiredState": BOOLEAN}
    return {
        "description": "one on each line: an instance, the names of the properties that differ, or "
        "a schema",
        **_either(
            _object(one, [name for name in one if name not in ("match", "family")]),
            _object(many, ["_inDesiredState"]),
            _TEXTS,
            {"type": "object", "required": ["$schema"]},
        ),
    }


def _doctor() -> Schema:
    number_or_null: Schema = {"type": ["integer", "null"]}
    text_or_null: Schema = {"type": ["string", "null"]}
    names = _array({"enum": [field.name for field in _settable()]})
    version = {"version": text_or_null}
    system = {
        "name": TEXT,
        "release": text_or_null,
        "machine": TEXT,
        "build": _COUNT,
        "revision": number_or_null,
        "wine": text_or_null,
    }
    parts: dict[str, Schema] = {
        "ipif": _object(version),
        "backend": _object({"name": {"enum": ["windows", "simulated"]}, "why": TEXT}),
        "python": _object(
            {
                "implementation": TEXT,
                "version": TEXT,
                "bits": {"enum": [32, 64]},
                "platform": TEXT,
                "free_threaded": BOOLEAN,
                "gil": BOOLEAN,
            }
        ),
        "system": _object(system, ["machine", "build", "revision", "wine"]),
        "elevated": _object({"elevated": BOOLEAN, "why": TEXT}),
        "ipv6": _object(
            {"interfaces": _COUNT, "loopback": _COUNT, "DisabledComponents": number_or_null},
            ["DisabledComponents"],
        ),
        "compartment": _object({"number": _COUNT}),
        "unchanged": _object({"marked": names, "not_marked": names}),
        "adapters": _object({"count": _COUNT, "up": _COUNT}),
        "interfaces": _object(
            {"ipv4": _COUNT, "ipv6": _COUNT, "ipv4_only": _COUNT, "ipv6_only": _COUNT}
        ),
        "rich": _object(version),
        "argcomplete": _object(version),
        "terminal": _object({"is_terminal": BOOLEAN, "encoding": text_or_null, "columns": _COUNT}),
    }
    failed = {"$ref": "#/$defs/failed"}
    defs = {"failed": _object({"error": TEXT}, description="a part that could not be read")}
    return {
        **_object({name: _either(part, failed) for name, part in parts.items()}),
        "$defs": defs,
    }


_BY_COMMAND: Mapping[str, Callable[[], Schema]] = {
    "list": _list,
    "get": _get,
    "set": _set,
    "diff": _diff,
    "apply": _apply,
    "revert": _recover,
    "recover": _recover,
    "watch": _watch,
    "wait": _wait,
    "guard": _guard,
    "route": _route,
    "adapters": _adapters,
    "addresses": _addresses,
    "routes": _routes,
    "snapshot": _snapshot,
    "report": _report,
    "explain": _explain,
    "dsc": _dsc,
    "doctor": _doctor,
}


# ---- errors


def _error() -> Schema:
    """Return the schema of an error: code, message and hint, and what only some have."""
    value: Schema = {"type": ["boolean", "integer", "string", "array", "null"]}
    change = {
        "interface": TEXT,
        "luid": _COUNT,
        "family": FAMILY,
        "member": TEXT,
        "before": value,
        "after": value,
    }
    always: dict[str, Schema] = {
        "code": {
            "enum": [status for status in MEANINGS if status != DONE],
            "description": "the exit status",
        },
        "message": TEXT,
        "hint": {"type": "string", "description": "what a person can do; may be empty"},
    }
    problem = {"member": TEXT, "value": {}, "rule": TEXT, "advice": TEXT}
    sometimes: dict[str, Schema] = {
        "winerror": {"type": "integer", "description": "the error code of Windows"},
        "function": {"type": "string", "description": "the function of Windows that failed"},
        "interface": {"type": ["string", "integer"]},
        "family": FAMILY,
        "destination": TEXT,
        "source": TEXT,
        "nearest": {"type": ["string", "null"], "description": "the most similar alias"},
        "members": {**_TEXTS, "description": "members of a row that Windows refuses"},
        "reason": {"type": "string", "description": "why an interface is not ready"},
        "problems": _array(_object(problem), description="each wrong value of a document"),
        "done": _array(_object(change), description="the changes before the one that failed"),
        "rolled_back": _array(_object(change)),
        "not_rolled_back": _array(_object(change)),
    }
    return _object({**always, **sometimes}, [*sometimes])


def _error_document() -> Schema:
    return _object({"error": _error(), "notes": _TEXTS}, ["notes"])
