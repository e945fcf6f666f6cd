"""The same work by other means, on the very same simulated functions.

Each implementation has ``get``, ``table``, ``adapters``, ``set`` and ``update``. The members and
their layout are typed by hand here, once, independently of ipif.
"""

from collections.abc import Callable, Mapping

AF_UNSPEC = 0

# Name and type of each member of MIB_IPINTERFACE_ROW.
INTERFACE_ROW = """
    Family:uint16 InterfaceLuid:uint64 InterfaceIndex:uint32 MaxReassemblySize:uint32
    InterfaceIdentifier:uint64 MinRouterAdvertisementInterval:uint32
    MaxRouterAdvertisementInterval:uint32 AdvertisingEnabled:bool ForwardingEnabled:bool
    WeakHostSend:bool WeakHostReceive:bool UseAutomaticMetric:bool
    UseNeighborUnreachabilityDetection:bool ManagedAddressConfigurationSupported:bool
    OtherStatefulConfigurationSupported:bool AdvertiseDefaultRoute:bool
    RouterDiscoveryBehavior:int32 DadTransmits:uint32 BaseReachableTime:uint32
    RetransmitTime:uint32 PathMtuDiscoveryTimeout:uint32 LinkLocalAddressBehavior:int32
    LinkLocalAddressTimeout:uint32 ZoneIndices:uint32*16 SitePrefixLength:uint32 Metric:uint32
    NlMtu:uint32 Connected:bool SupportsWakeUpPatterns:bool SupportsNeighborDiscovery:bool
    SupportsRouterDiscovery:bool ReachableTime:uint32 TransmitOffload:uint8 ReceiveOffload:uint8
    DisableDefaultRoutes:bool
"""

# The same of MIB_IF_ROW2.
ADAPTER_ROW = """
    InterfaceLuid:uint64 InterfaceIndex:uint32 InterfaceGuid:uint8*16 Alias:uint16*257
    Description:uint16*257 PhysicalAddressLength:uint32 PhysicalAddress:uint8*32
    PermanentPhysicalAddress:uint8*32 Mtu:uint32 Type:uint32 TunnelType:int32 MediaType:int32
    PhysicalMediumType:int32 AccessType:int32 DirectionType:int32
    InterfaceAndOperStatusFlags:uint8 OperStatus:int32 AdminStatus:int32 MediaConnectState:int32
    NetworkGuid:uint8*16 ConnectionType:int32 TransmitLinkSpeed:uint64 ReceiveLinkSpeed:uint64
    InOctets:uint64 InUcastPkts:uint64 InNUcastPkts:uint64 InDiscards:uint64 InErrors:uint64
    InUnknownProtos:uint64 InUcastOctets:uint64 InMulticastOctets:uint64 InBroadcastOctets:uint64
    OutOctets:uint64 OutUcastPkts:uint64 OutNUcastPkts:uint64 OutDiscards:uint64 OutErrors:uint64
    OutUcastOctets:uint64 OutMulticastOctets:uint64 OutBroadcastOctets:uint64 OutQLen:uint64
"""

# The bits of InterfaceAndOperStatusFlags, lowest first.
FLAGS = """
    HardwareInterface FilterInterface ConnectorPresent NotAuthenticated NotMediaConnected Paused
    LowPower EndPointInterface
"""


def members(text: str) -> dict[str, str]:
    """Return the type of each member of a structure."""
    return dict(member.split(":") for member in text.split())


def display(text: str, special: Mapping[str, str], /, **names: object) -> Callable[..., dict]:
    """Return the function of a row that makes its dict by one dict display.

    That is how somebody writes it who wants it fast: one line for each member, ``row.<member>``
    unless *special* has another expression for the member, or for all members of its type.
    """
    items = []
    for name, kind in members(text).items():
        if name == "InterfaceAndOperStatusFlags":
            items += [
                f"{flag!r}: flags & {1 << bit} != 0" for bit, flag in enumerate(FLAGS.split())
            ]
        else:
            value = special.get(name) or special.get(kind, "row.{name}")
            items.append(f"{name!r}: {value.format(name=name)}")
    return eval(f"lambda row, flags=0, length=0: {{{', '.join(items)}}}", names)


def check(err: int) -> None:
    """Raise for an error code."""
    if err:
        raise OSError(err)
