"""The enumerations of the SDK.

Made by tools/generate.py: do not edit.
"""

from __future__ import annotations

from ipif._core.enums import (
    InterfaceOffload as InterfaceOffload,
    LinkLocalAddressBehavior as LinkLocalAddressBehavior,
    NotificationType as NotificationType,
    RouterDiscoveryBehavior as RouterDiscoveryBehavior,
)
