"""Read and set the IP interfaces of a Windows computer, in-process.

>>> import ipif
>>> before, after = ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400)

Rows are dicts whose keys are the members of MIB_IPINTERFACE_ROW, spelled as in the SDK.
:mod:`ipif.netioapi` has one function per Windows function. Off Windows, ``ipif.backend`` is
``"simulated"``, and the machine is one that :mod:`ipif.simulation` controls.

Importing the package loads the native module and nothing else: whatever is used is imported then.
"""

from __future__ import annotations

from ipif._backend import backend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipif import enums, netioapi, simulation, types
    from ipif._backend import SimulationWarning
    from ipif._changed import changed
    from ipif._errors import (
        AccessDenied,
        ApplyError,
        Error,
        FamilyNotBound,
        InterfaceNotFound,
        InvalidRow,
        NotReady,
        Problem,
        RestoreWarning,
        ValidationError,
    )
    from ipif._guard import Guard, guard
    from ipif._interfaces import (
        differences,
        get_interface,
        list_interfaces,
        set_interface,
        update_interface,
    )
    from ipif._journal import recover
    from ipif._json import from_json, to_json
    from ipif._luid import Luid
    from ipif._network import best_route, list_addresses, list_links, list_routes
    from ipif._plan import Plan, plan
    from ipif._snapshot import snapshot
    from ipif._transaction import Change
    from ipif._validate import FIELDS, validate
    from ipif._wait import wait_for_interface, wait_for_interface_async
    from ipif._watch import Watch, watch
    from ipif.enums import (
        InterfaceOffload,
        LinkLocalAddressBehavior,
        NotificationType,
        RouterDiscoveryBehavior,
    )

__version__ = "0.1.0"

__all__ = [
    "FIELDS",
    "AccessDenied",
    "ApplyError",
    "Change",
    "Error",
    "FamilyNotBound",
    "Guard",
    "InterfaceNotFound",
    "InterfaceOffload",
    "InvalidRow",
    "LinkLocalAddressBehavior",
    "Luid",
    "NotReady",
    "NotificationType",
    "Plan",
    "Problem",
    "RestoreWarning",
    "RouterDiscoveryBehavior",
    "SimulationWarning",
    "ValidationError",
    "Watch",
    "__version__",
    "backend",
    "best_route",
    "changed",
    "differences",
    "enums",
    "from_json",
    "get_interface",
    "guard",
    "list_addresses",
    "list_interfaces",
    "list_links",
    "list_routes",
    "netioapi",
    "plan",
    "recover",
    "set_interface",
    "simulation",
    "snapshot",
    "to_json",
    "types",
    "update_interface",
    "validate",
    "wait_for_interface",
    "wait_for_interface_async",
    "watch",
]

# Where each name is that is imported on first use; the modules among them are their own home.
_HOME = {
    "AccessDenied": "_errors",
    "ApplyError": "_errors",
    "Change": "_transaction",
    "Error": "_errors",
    "FIELDS": "_validate",
    "FamilyNotBound": "_errors",
    "Guard": "_guard",
    "InterfaceNotFound": "_errors",
    "InterfaceOffload": "enums",
    "InvalidRow": "_errors",
    "LinkLocalAddressBehavior": "enums",
    "Luid": "_luid",
    "NotReady": "_errors",
    "NotificationType": "enums",
    "Plan": "_plan",
    "Problem": "_errors",
    "RestoreWarning": "_errors",
    "RouterDiscoveryBehavior": "enums",
    "SimulationWarning": "_backend",
    "ValidationError": "_errors",
    "Watch": "_watch",
    "best_route": "_network",
    "changed": "_changed",
    "differences": "_interfaces",
    "enums": "enums",
    "from_json": "_json",
    "get_interface": "_interfaces",
    "guard": "_guard",
    "list_addresses": "_network",
    "list_interfaces": "_interfaces",
    "list_links": "_network",
    "list_routes": "_network",
    "netioapi": "netioapi",
    "plan": "_plan",
    "recover": "_journal",
    "set_interface": "_interfaces",
    "simulation": "simulation",
    "snapshot": "_snapshot",
    "to_json": "_json",
    "types": "types",
    "update_interface": "_interfaces",
    "validate": "_validate",
    "wait_for_interface": "_wait",
    "wait_for_interface_async": "_wait",
    "watch": "_watch",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{home}", fromlist=[name])
    value: object = module if name == home else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
