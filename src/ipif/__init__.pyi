# Made by tools/generate.py: do not edit.

from typing import Final, Literal

from ipif import enums as enums, netioapi as netioapi, simulation as simulation, types as types
from ipif._core.compartment import compartment as compartment
from ipif._core.enums import DadState as DadState
from ipif._core.enums import IfAdminStatus as IfAdminStatus
from ipif._core.enums import IfOperStatus as IfOperStatus
from ipif._core.enums import IfType as IfType
from ipif._core.enums import InterfaceOffload as InterfaceOffload
from ipif._core.enums import LinkLocalAddressBehavior as LinkLocalAddressBehavior
from ipif._core.enums import MediaConnectState as MediaConnectState
from ipif._core.enums import NotificationType as NotificationType
from ipif._core.enums import PrefixOrigin as PrefixOrigin
from ipif._core.enums import RouteOrigin as RouteOrigin
from ipif._core.enums import RouteProtocol as RouteProtocol
from ipif._core.enums import RouterDiscoveryBehavior as RouterDiscoveryBehavior
from ipif._core.enums import SuffixOrigin as SuffixOrigin
from ipif._core.errors import AccessDenied as AccessDenied
from ipif._core.errors import Error as Error
from ipif._core.errors import FamilyNotBound as FamilyNotBound
from ipif._core.errors import InterfaceNotFound as InterfaceNotFound
from ipif._core.errors import InvalidRow as InvalidRow
from ipif._core.errors import Problem as Problem
from ipif._core.errors import ValidationError as ValidationError
from ipif._core.explain import RouteCandidate as RouteCandidate
from ipif._core.explain import explain_route as explain_route
from ipif._core.fields import FIELDS as FIELDS
from ipif._core.fields import Field as Field
from ipif._core.files import read_document as read_document
from ipif._core.interfaces import differences as differences
from ipif._core.interfaces import get_interface as get_interface
from ipif._core.interfaces import list_interfaces as list_interfaces
from ipif._core.interfaces import set_interface as set_interface
from ipif._core.luid import Luid as Luid
from ipif._core.network import best_route as best_route
from ipif._core.network import default_interface as default_interface
from ipif._core.network import get_adapter as get_adapter
from ipif._core.network import list_adapters as list_adapters
from ipif._core.network import list_addresses as list_addresses
from ipif._core.network import list_routes as list_routes
from ipif._core.rowjson import from_json as from_json
from ipif._core.rowjson import to_json as to_json
from ipif._core.validate import validate as validate
from ipif._core.wait import NotReady as NotReady
from ipif._core.wait import wait_for_interface as wait_for_interface
from ipif._core.wait import wait_for_interface_async as wait_for_interface_async
from ipif._core.watch import AddressEvent as AddressEvent
from ipif._core.watch import Event as Event
from ipif._core.watch import RouteEvent as RouteEvent
from ipif._core.watch import Watch as Watch
from ipif._core.watch import watch as watch
from ipif._core.watch import watch_addresses as watch_addresses
from ipif._core.watch import watch_routes as watch_routes
from ipif._desired.change import ApplyError as ApplyError
from ipif._desired.change import Change as Change
from ipif._desired.change import RestoreWarning as RestoreWarning
from ipif._desired.changed import changed as changed
from ipif._desired.from_snapshot import desired_from as desired_from
from ipif._desired.guard import Guard as Guard
from ipif._desired.guard import guard as guard
from ipif._desired.guarded_row import GuardedRow as GuardedRow
from ipif._desired.journal import Recovery as Recovery
from ipif._desired.journal import recover as recover
from ipif._desired.plan import Plan as Plan
from ipif._desired.plan import plan as plan
from ipif._desired.update import update_interface as update_interface
from ipif._sim.snapshot import snapshot as snapshot
from ipif._sim.warning import SimulationWarning as SimulationWarning

__version__: Final[str]
backend: Final[Literal["windows", "simulated"]]

__all__ = [
    "AccessDenied",
    "AddressEvent",
    "ApplyError",
    "Change",
    "DadState",
    "Error",
    "Event",
    "FIELDS",
    "FamilyNotBound",
    "Field",
    "Guard",
    "GuardedRow",
    "IfAdminStatus",
    "IfOperStatus",
    "IfType",
    "InterfaceNotFound",
    "InterfaceOffload",
    "InvalidRow",
    "LinkLocalAddressBehavior",
    "Luid",
    "MediaConnectState",
    "NotReady",
    "NotificationType",
    "Plan",
    "PrefixOrigin",
    "Problem",
    "Recovery",
    "RestoreWarning",
    "RouteCandidate",
    "RouteEvent",
    "RouteOrigin",
    "RouteProtocol",
    "RouterDiscoveryBehavior",
    "SimulationWarning",
    "SuffixOrigin",
    "ValidationError",
    "Watch",
    "__version__",
    "backend",
    "best_route",
    "changed",
    "compartment",
    "default_interface",
    "desired_from",
    "differences",
    "enums",
    "explain_route",
    "from_json",
    "get_adapter",
    "get_interface",
    "guard",
    "list_adapters",
    "list_addresses",
    "list_interfaces",
    "list_routes",
    "netioapi",
    "plan",
    "read_document",
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
    "watch_addresses",
    "watch_routes",
]
