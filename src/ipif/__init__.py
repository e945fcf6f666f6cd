"""Read and set the IP interfaces of a Windows computer, in-process.

>>> import ipif
>>> before, after = ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400)

Rows are dicts whose keys are the members of MIB_IPINTERFACE_ROW, spelled as in the SDK.
:mod:`ipif.netioapi` has one function for each Windows function. Off Windows, ``ipif.backend`` is
``"simulated"``, and :mod:`ipif.simulation` controls the machine.

``import ipif`` loads the extension and nothing else; every other module is imported on first
use.
"""

from __future__ import annotations

import sys as _sys

from ipif._core.backend import backend as backend

if (_logging := _sys.modules.get("logging")) is not None:
    # A program without handlers is to write nothing. Otherwise the first use of the logger does it.
    _logging.getLogger("ipif").addHandler(_logging.NullHandler())

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Never executed. Lets tools that freeze programs find the modules that are imported on first
    # use.
    from ipif import enums, netioapi, simulation, types
    from ipif._core import (
        compartment,
        errors,
        explain,
        fields,
        guid,
        interfaces,
        luid,
        network,
        rowjson,
        validate,
        wait,
        watch,
    )
    from ipif._core import enums as inner_enums
    from ipif._desired import (
        change,
        changed,
        from_snapshot,
        guard,
        guarded_row,
        journal,
        plan,
        update,
    )
    from ipif._sim import snapshot, warning

__version__ = "0.1.0"

# The public names, by the module that defines them. __all__, __getattr__ and __dir__ are made from
# this table, and so is __init__.pyi (tools/generate.py).
_PUBLIC = {
    "_core.compartment": ("compartment",),
    "_core.enums": (
        "DadState",
        "IfAdminStatus",
        "IfOperStatus",
        "IfType",
        "InterfaceOffload",
        "LinkLocalAddressBehavior",
        "MediaConnectState",
        "NotificationType",
        "PrefixOrigin",
        "RouteOrigin",
        "RouteProtocol",
        "RouterDiscoveryBehavior",
        "SuffixOrigin",
    ),
    "_core.errors": (
        "AccessDenied",
        "Error",
        "FamilyNotBound",
        "InterfaceNotFound",
        "InvalidRow",
        "Problem",
        "ValidationError",
    ),
    "_core.interfaces": (
        "differences",
        "get_interface",
        "list_interfaces",
        "set_interface",
    ),
    "_core.explain": ("RouteCandidate", "explain_route"),
    "_core.luid": ("Luid",),
    "_core.network": (
        "best_route",
        "default_interface",
        "get_adapter",
        "list_adapters",
        "list_addresses",
        "list_routes",
    ),
    "_core.rowjson": ("from_json", "to_json"),
    "_core.fields": ("FIELDS", "Field"),
    "_core.validate": ("validate",),
    "_core.wait": ("NotReady", "wait_for_interface", "wait_for_interface_async"),
    "_core.watch": (
        "AddressEvent",
        "Event",
        "RouteEvent",
        "Watch",
        "watch",
        "watch_addresses",
        "watch_routes",
    ),
    "_desired.changed": ("changed",),
    "_desired.from_snapshot": ("desired_from",),
    "_desired.guard": ("Guard", "guard"),
    "_desired.guarded_row": ("GuardedRow",),
    "_desired.journal": ("Recovery", "recover"),
    "_desired.plan": ("Plan", "plan"),
    "_desired.update": ("update_interface",),
    "_desired.change": ("ApplyError", "Change", "RestoreWarning"),
    "_sim.snapshot": ("snapshot",),
    "_sim.warning": ("SimulationWarning",),
}
_MODULES = ("enums", "netioapi", "simulation", "types")

_HOME = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = sorted([*_HOME, *_MODULES, "__version__", "backend"])


def __getattr__(name: str) -> object:
    if name in _MODULES:
        value: object = __import__(f"{__name__}.{name}", fromlist=[name])
    elif name in _HOME:
        value = getattr(__import__(f"{__name__}.{_HOME[name]}", fromlist=[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
