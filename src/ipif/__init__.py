"""Read and set the IP interfaces of a Windows computer, in-process.

>>> import ipif
>>> before, after = ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400)

This changes the computer that it runs on. With ``IPIF_BACKEND=simulated`` in the environment,
and on any system but Windows, it changes a simulated machine.

Rows are dicts whose keys are the members of MIB_IPINTERFACE_ROW and of other structures,
spelled as in the SDK. An interface is named by its alias, index, GUID or LUID, by an address or
by a row. ``help(ipif.update_interface)`` and so on has the details and an example.

Get and list::

    get_interface             the row of one interface and one family
    list_interfaces           the rows of all interfaces
    get_adapter               the adapter of an interface: name, state, speed, counters
    list_adapters             all adapters
    list_addresses            all unicast addresses
    default_interface         the interface with the best default route
    Luid                      the number that stays with an interface, and its names
    FIELDS                    what is known about each member: unit, range, meaning

Change::

    update_interface          change members of one interface
    set_interface             write a whole row
    differences               what set_interface would change, or how two rows differ
    validate                  every problem of a row or of changes, without a call of Windows

Change safely, and undo::

    changed                   change members for a with-block, and restore them after it
    plan                      make many interfaces match a document, or none
    guard                     keep a document applied while a with-block runs
    recover                   restore what a killed process changed, from its journal
    snapshot                  everything about the interfaces of this machine, as a document
    desired_from              the document for plan that restores a snapshot
    compartment               act in another network compartment for a with-block

Wait and watch::

    wait_for_interface        until an interface has its rows, and is connected
    wait_for_interface_async  the same, for asyncio
    watch                     changes of interfaces
    watch_addresses           changes of addresses
    watch_routes              changes of routes

Routes::

    best_route                the route that Windows takes to a destination
    explain_route             every route to a destination, and why it is taken or not
    list_routes               all routes

Read and write documents::

    to_json                   a row as JSON has it
    from_json                 the row that JSON describes
    read_document             a document that people wrote, in JSON or TOML

Test without Windows::

    simulation                the controls of the simulated machine
    backend                   "windows" or "simulated"

Errors::

    Error                     Windows refused a call
    AccessDenied              the process is not elevated (5)
    InterfaceNotFound         there is no such interface (2)
    FamilyNotBound            the interface has no row of the family (1168)
    InvalidRow                Windows refuses a value (87)
    ApplyError                a plan failed, and what was rolled back
    NotReady                  the time to wait for an interface is up
    ValidationError           a value was refused before any call
    RestoreWarning            a value was not restored: another program changed it
    SimulationWarning         the machine is simulated, and nobody asked for that

Other modules and names::

    netioapi                  the raw API: one function for each function of Windows
    types                     the types of rows and arguments, for type checkers
    enums                     the enumerations, which are here too
    __version__               the version of ipif

Details. What functions return: AddressEvent, Change, Event, Field, Guard, GuardedRow, Plan,
Problem, Recovery, RouteCandidate, RouteEvent, Watch. Enumerations: DadState, IfAdminStatus,
IfOperStatus, IfType, InterfaceOffload, LinkLocalAddressBehavior, MediaConnectState,
NotificationType, PrefixOrigin, RouteOrigin, RouteProtocol, RouterDiscoveryBehavior,
SuffixOrigin.

Many computers: ``import ipif.reports`` for what was changed on each of them, and the sum.

``import ipif`` loads the extension and nothing else. Every other module is imported on first
use.
"""

from __future__ import annotations

import sys as _sys

from ipif._core.backend import backend as backend

if (_logging := _sys.modules.get("logging")) is not None:
    # A program without handlers is to write nothing. Otherwise the first use of the logger does it.
    _logging.getLogger("ipif").addHandler(_logging.NullHandler())

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
    "_core.files": ("read_document",),
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


def _imported_on_first_use() -> None:
    """Never called: here PyInstaller and Nuitka see which modules belong to the package."""
    from ipif import enums, netioapi, simulation, types
    from ipif._core import (
        compartment,
        errors,
        explain,
        fields,
        files,
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
