"""The enumerations of the SDK.

Made by tools/generate.py: do not edit.
"""

from __future__ import annotations

from ipif._core.enums import (
    DadState as DadState,
    IfAdminStatus as IfAdminStatus,
    IfOperStatus as IfOperStatus,
    IfType as IfType,
    InterfaceOffload as InterfaceOffload,
    LinkLocalAddressBehavior as LinkLocalAddressBehavior,
    MediaConnectState as MediaConnectState,
    NotificationType as NotificationType,
    PrefixOrigin as PrefixOrigin,
    RouteOrigin as RouteOrigin,
    RouteProtocol as RouteProtocol,
    RouterDiscoveryBehavior as RouterDiscoveryBehavior,
    SuffixOrigin as SuffixOrigin,
)
