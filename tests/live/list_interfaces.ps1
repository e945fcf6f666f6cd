# Writes every IP interface as PowerShell shows it, one line each, in a stable order. Two outputs can
# be compared as text: times that change by themselves are left out.
$ErrorActionPreference = 'Stop'
$properties = @(
    'InterfaceAlias', 'AddressFamily', 'InterfaceIndex', 'InterfaceMetric', 'AutomaticMetric', 'NlMtu',
    'Dhcp', 'ConnectionState', 'Forwarding', 'Advertising', 'WeakHostSend', 'WeakHostReceive',
    'IgnoreDefaultRoutes', 'AdvertiseDefaultRoute', 'NeighborUnreachabilityDetection',
    'NeighborDiscoverySupported', 'ManagedAddressConfiguration', 'OtherStatefulConfiguration',
    'RouterDiscovery', 'DadTransmits', 'BaseReachableTime', 'RetransmitTime', 'CompartmentId'
)
Get-NetIPInterface | Sort-Object -Property @('InterfaceAlias', 'AddressFamily') | ForEach-Object {
    $row = $_
    ($properties | ForEach-Object { "$_=$($row.$_)" }) -join ' '
}
