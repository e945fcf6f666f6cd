"""The names that other tools have for members of MIB_IPINTERFACE_ROW, and for their values.

They are not accepted, because a row has one name for each member. A problem names the member.
"""

from __future__ import annotations

from ipif._core.errors import advise
from ipif._core.fields import FIELD_BY_NAME, SETTABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ipif._core.errors import Problem

#: The member by its name in another tool, in lower case: Set-NetIPInterface of PowerShell, then
#: ``netsh interface ipv4 set interface``, then what people call it.
#: Source: https://learn.microsoft.com/powershell/module/nettcpip/set-netipinterface
OTHER_NAMES = {
    "advertising": "AdvertisingEnabled",
    "automaticmetric": "UseAutomaticMetric",
    "basereachabletimems": "BaseReachableTime",
    "connectionstate": "Connected",
    "forwarding": "ForwardingEnabled",
    "ignoredefaultroutes": "DisableDefaultRoutes",
    "interfacemetric": "Metric",
    "managedaddressconfiguration": "ManagedAddressConfigurationSupported",
    "neighbordiscoverysupported": "SupportsNeighborDiscovery",
    "neighborunreachabilitydetection": "UseNeighborUnreachabilityDetection",
    "nlmtubytes": "NlMtu",
    "otherstatefulconfiguration": "OtherStatefulConfigurationSupported",
    "reachabletimems": "ReachableTime",
    "retransmittimems": "RetransmitTime",
    "routerdiscovery": "RouterDiscoveryBehavior",
    "advertise": "AdvertisingEnabled",
    "managedaddress": "ManagedAddressConfigurationSupported",
    "mtu": "NlMtu",
    "nud": "UseNeighborUnreachabilityDetection",
    "otherstateful": "OtherStatefulConfigurationSupported",
    "dad": "DadTransmits",
    "ipforwarding": "ForwardingEnabled",
}

#: What other tools write for a member of kind bool, in lower case.
WORDS = {
    "enabled": True,
    "enable": True,
    "on": True,
    "true": True,
    "yes": True,
    "disabled": False,
    "disable": False,
    "off": False,
    "false": False,
    "no": False,
}


def advise_member(name: str, problems: list[Problem], *, in_row: bool) -> str:
    """Return the advice for a *name* that is no member: the member that is meant, if one is.

    Of a row (*in_row*) every member may be meant, of changes only a settable one.
    """
    known = OTHER_NAMES.get(name[:64].lower().replace("_", ""))
    members = tuple(FIELD_BY_NAME) if in_row else SETTABLE
    if known in members:
        return f"did you mean {known}?"
    return advise(name, members, "ipif.FIELDS lists the members", problems)


def advise_bool(value: Any) -> str:
    """Return what to write for the *value* of a member of kind bool."""
    known = WORDS.get(str.lower(value)) if issubclass(type(value), str) else None
    return "write True or False" if known is None else f"write {known}"
