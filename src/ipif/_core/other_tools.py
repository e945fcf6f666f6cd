"""What other tools call the members of MIB_IPINTERFACE_ROW, and the words they write as values."""

from __future__ import annotations

#: Parameters of Set-NetIPInterface and properties of Get-NetIPInterface, by member.
#: Source: https://learn.microsoft.com/powershell/module/nettcpip/set-netipinterface
POWERSHELL = {
    "Family": "AddressFamily",
    "InterfaceIndex": "InterfaceIndex",
    "AdvertisingEnabled": "Advertising",
    "ForwardingEnabled": "Forwarding",
    "WeakHostSend": "WeakHostSend",
    "WeakHostReceive": "WeakHostReceive",
    "UseAutomaticMetric": "AutomaticMetric",
    "UseNeighborUnreachabilityDetection": "NeighborUnreachabilityDetection",
    "ManagedAddressConfigurationSupported": "ManagedAddressConfiguration",
    "OtherStatefulConfigurationSupported": "OtherStatefulConfiguration",
    "AdvertiseDefaultRoute": "AdvertiseDefaultRoute",
    "RouterDiscoveryBehavior": "RouterDiscovery",
    "DadTransmits": "DadTransmits",
    "BaseReachableTime": "BaseReachableTimeMs",
    "RetransmitTime": "RetransmitTimeMs",
    "Metric": "InterfaceMetric",
    "NlMtu": "NlMtuBytes",
    "Connected": "ConnectionState",
    "SupportsNeighborDiscovery": "NeighborDiscoverySupported",
    "ReachableTime": "ReachableTimeMs",
    "DisableDefaultRoutes": "IgnoreDefaultRoutes",
}

#: Tags of ``netsh interface ipv4 set interface`` and of its IPv6 counterpart, by member.
#: Source: https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-interface
NETSH = {
    "AdvertisingEnabled": "advertise",
    "ForwardingEnabled": "forwarding",
    "WeakHostSend": "weakhostsend",
    "WeakHostReceive": "weakhostreceive",
    "UseNeighborUnreachabilityDetection": "nud",
    "ManagedAddressConfigurationSupported": "managedaddress",
    "OtherStatefulConfigurationSupported": "otherstateful",
    "AdvertiseDefaultRoute": "advertisedefaultroute",
    "RouterDiscoveryBehavior": "routerdiscovery",
    "DadTransmits": "dadtransmits",
    "BaseReachableTime": "basereachabletime",
    "RetransmitTime": "retransmittime",
    "SitePrefixLength": "siteprefixlength",
    "Metric": "metric",
    "NlMtu": "mtu",
    "DisableDefaultRoutes": "ignoredefaultroutes",
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
