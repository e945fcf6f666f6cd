"""The resources, their methods, and the manifests by which DSC finds them.

A manifest says how DSC calls each method. ``tools/generate.py`` writes the manifests into
``src/dsc``, and a wheel puts them beside the command.

The manifests have the form of DSC 3.0 and 3.1, which later versions take. ``whatIf`` is a method of
its own there. The schema is asked for by a call: embedded in the manifest, it would have to refer
to another one on the web.
"""

from __future__ import annotations

from ipif._cli.status import MEANINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The version of the resources: of their properties, and of what the methods do.
VERSION = "0.1.0"

INTERFACE = "Ipif/IPInterface"
INTERFACE_LIST = "Ipif/IPInterfaceList"

#: The types of the resources, and what they are for.
RESOURCES = {
    INTERFACE: "Members of one IP interface row: metric, MTU and others.",
    INTERFACE_LIST: "Members of many IP interface rows, in one transaction.",
}

#: The methods, in the order of the help.
METHODS = ("get", "set", "test", "what-if", "export", "schema")

_SCHEMA = "https://aka.ms/dsc/schemas/v3/bundled/resource/manifest.json"
_TAGS = ["Windows", "network", "interface", "metric", "MTU"]


def manifest(resource: str) -> dict[str, Any]:
    """Return the manifest of the *resource* of this type."""

    def call(method: str) -> dict[str, Any]:
        assert method in METHODS
        return {"executable": "ipif", "args": ["dsc", resource, method]}

    def with_input(method: str, **more: Any) -> dict[str, Any]:
        return {**call(method), "input": "stdin", **more}

    return {
        "$schema": _SCHEMA,
        "type": resource,
        "version": VERSION,
        "description": RESOURCES[resource],
        "tags": _TAGS,
        "get": with_input("get"),
        "set": with_input("set", implementsPretest=True, **{"return": "stateAndDiff"}),
        "whatIf": with_input("what-if", implementsPretest=True, **{"return": "stateAndDiff"}),
        "test": with_input("test", **{"return": "stateAndDiff"}),
        "export": with_input("export"),
        "schema": {"command": call("schema")},
        "exitCodes": {str(status): meaning for status, meaning in MEANINGS.items()},
    }


def file_of(resource: str) -> str:
    """Return the name of the file with the manifest of a *resource*."""
    return f"{resource.replace('/', '.').lower()}.dsc.resource.json"
