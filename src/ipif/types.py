"""The types of rows and arguments.

Made by tools/generate.py: do not edit.
"""

from __future__ import annotations

from ipif._core.types import (
    Address as Address,
    Family as Family,
    InitializedInterfaceRow as InitializedInterfaceRow,
    Interface as Interface,
    InterfaceChanges as InterfaceChanges,
    MIB_IF_ROW2 as MIB_IF_ROW2,
    MIB_IPFORWARDROW as MIB_IPFORWARDROW,
    MIB_IPFORWARD_ROW2 as MIB_IPFORWARD_ROW2,
    MIB_IPINTERFACE_ROW as MIB_IPINTERFACE_ROW,
    MIB_UNICASTIPADDRESS_ROW as MIB_UNICASTIPADDRESS_ROW,
)
