# Makes a network adapter that nothing uses, with this alias; -Remove takes it away again. Needs an
# elevated prompt of the machine's own architecture. Both do nothing when there is nothing to do.
#
# The first of these that works: an internal switch of Hyper-V, or the loopback adapter that comes with
# Windows (netloop.inf), which is installed as `devcon install` does it.
param(
    [string] $Alias = 'ipif expendable',
    [switch] $Remove
)
$ErrorActionPreference = 'Stop'

$source = @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

public static class LoopbackAdapter
{
    [StructLayout(LayoutKind.Sequential)]
    struct DeviceInfo
    {
        public int Size;
        public Guid Class;
        public int Instance;
        public IntPtr Reserved;
    }

    [DllImport("setupapi.dll", SetLastError = true)]
    static extern IntPtr SetupDiCreateDeviceInfoList(ref Guid type, IntPtr window);

    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiDestroyDeviceInfoList(IntPtr list);

    [DllImport("setupapi.dll", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern bool SetupDiCreateDeviceInfoW(
        IntPtr list, string name, ref Guid type, string description, IntPtr window, int flags,
        ref DeviceInfo device);

    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiSetDeviceRegistryPropertyW(
        IntPtr list, ref DeviceInfo device, int property, byte[] value, int size);

    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiCallClassInstaller(int function, IntPtr list, ref DeviceInfo device);

    [DllImport("newdev.dll", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern bool UpdateDriverForPlugAndPlayDevicesW(
        IntPtr window, string hardware, string driver, int flags, out bool reboot);

    static void Must(bool done)
    {
        if (!done)
        {
            throw new Win32Exception(Marshal.GetLastWin32Error());
        }
    }

    public static void Install(string driver)
    {
        const string hardware = "*msloop";
        const int generateId = 1, hardwareId = 1, registerDevice = 0x19;
        Guid network = new Guid("4d36e972-e325-11ce-bfc1-08002be10318");
        DeviceInfo device = new DeviceInfo();
        device.Size = Marshal.SizeOf(typeof(DeviceInfo));
        byte[] ids = System.Text.Encoding.Unicode.GetBytes(hardware + "\0\0");
        bool reboot;
        IntPtr list = SetupDiCreateDeviceInfoList(ref network, IntPtr.Zero);
        Must(list != new IntPtr(-1));
        try
        {
            Must(SetupDiCreateDeviceInfoW(
                list, "NET", ref network, null, IntPtr.Zero, generateId, ref device));
            Must(SetupDiSetDeviceRegistryPropertyW(list, ref device, hardwareId, ids, ids.Length));
            Must(SetupDiCallClassInstaller(registerDevice, list, ref device));
            Must(UpdateDriverForPlugAndPlayDevicesW(IntPtr.Zero, hardware, driver, 1, out reboot));
        }
        finally
        {
            SetupDiDestroyDeviceInfoList(list);
        }
    }
}
'@

function Get-Made {
    Get-NetAdapter -IncludeHidden | Where-Object Name -EQ $Alias
}

# Runs a script that should make an adapter; returns the new one, or nothing.
function Get-NewAdapter([scriptblock] $make) {
    $before = @(Get-NetAdapter | ForEach-Object InterfaceGuid)
    try {
        & $make | Out-Null
    } catch {
        Write-Warning "$_"
    }
    foreach ($attempt in 1..30) {
        $new = @(Get-NetAdapter | Where-Object { $before -notcontains $_.InterfaceGuid })
        if ($new.Count -gt 0) {
            return $new[0]
        }
        Start-Sleep -Seconds 1
    }
}

if ($Remove) {
    $switches = @()
    if (Get-Command Get-VMSwitch -ErrorAction SilentlyContinue) {
        $switches = @(Get-VMSwitch -ErrorAction SilentlyContinue | Where-Object Name -EQ $Alias)
    }
    foreach ($switch in $switches) {
        Remove-VMSwitch -Name $switch.Name -Force
    }
    foreach ($adapter in @(Get-Made | Where-Object PnPDeviceID -Like 'ROOT\NET\*')) {
        pnputil /remove-device $adapter.PnPDeviceID | Out-Null
    }
    foreach ($attempt in 1..30) {
        if (-not (Get-Made)) {
            exit 0
        }
        Start-Sleep -Seconds 1
    }
    throw "the adapter '$Alias' is still there"
}

if (Get-Made) {
    exit 0
}
$new = $null
if (Get-Command New-VMSwitch -ErrorAction SilentlyContinue) {
    $new = Get-NewAdapter { New-VMSwitch -Name $Alias -SwitchType Internal }
}
if (-not $new) {
    $driver = Join-Path $env:windir 'INF\netloop.inf'
    $new = Get-NewAdapter {
        pnputil /add-driver $driver /install
        Add-Type -TypeDefinition $source
        [LoopbackAdapter]::Install($driver)
    }
}
if (-not $new) {
    throw 'no way to make an adapter works here'
}
Rename-NetAdapter -InputObject $new -NewName $Alias

# Both rows, with addresses in use: the tests begin when nothing changes by itself any more.
foreach ($attempt in 1..60) {
    $rows = @(Get-NetIPInterface -InterfaceAlias $Alias -ErrorAction SilentlyContinue)
    $tentative = @(Get-NetIPAddress -InterfaceAlias $Alias -ErrorAction SilentlyContinue |
            Where-Object AddressState -EQ 'Tentative')
    if ($rows.Count -eq 2 -and $tentative.Count -eq 0) {
        Write-Output "made: $($new.InterfaceDescription)"
        exit 0
    }
    Start-Sleep -Seconds 1
}
throw "the adapter '$Alias' has no rows of both families"
