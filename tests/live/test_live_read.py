"""Reading on a real machine, against what PowerShell and socket say. Nothing is changed."""

import json
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import support.real  # noqa: F401
from support.asked import powershell

import ipif
from ipif import netioapi
from ipif._core import backend

# From property of Get-NetIPInterface to member and, for switches and choices, to the texts.
SWITCH = {"Disabled": False, "Enabled": True}
PROPERTIES: dict[str, tuple[str, dict[str, Any] | None]] = {
    "InterfaceMetric": ("Metric", None),
    "NlMtu": ("NlMtu", None),
    "DadTransmits": ("DadTransmits", None),
    "BaseReachableTime": ("BaseReachableTime", None),
    "RetransmitTime": ("RetransmitTime", None),
    "ReachableTime": ("ReachableTime", None),
    "AutomaticMetric": ("UseAutomaticMetric", SWITCH),
    "Forwarding": ("ForwardingEnabled", SWITCH),
    "Advertising": ("AdvertisingEnabled", SWITCH),
    "WeakHostSend": ("WeakHostSend", SWITCH),
    "WeakHostReceive": ("WeakHostReceive", SWITCH),
    "IgnoreDefaultRoutes": ("DisableDefaultRoutes", SWITCH),
    "AdvertiseDefaultRoute": ("AdvertiseDefaultRoute", SWITCH),
    "NeighborUnreachabilityDetection": ("UseNeighborUnreachabilityDetection", SWITCH),
    "ManagedAddressConfiguration": ("ManagedAddressConfigurationSupported", SWITCH),
    "OtherStatefulConfiguration": ("OtherStatefulConfigurationSupported", SWITCH),
    "NeighborDiscoverySupported": (
        "SupportsNeighborDiscovery",
        {"No": False, "Yes": True, **SWITCH},
    ),
    "RouterDiscovery": (
        "RouterDiscoveryBehavior",
        {"Disabled": 0, "Enabled": 1, "ControlledByDHCP": 2},
    ),
    "ConnectionState": ("Connected", {"Disconnected": False, "Connected": True}),
}
FAMILIES = {"IPv4": "ipv4", "IPv6": "ipv6"}


@pytest.fixture(scope="module")
def shown() -> dict[tuple[str, int], dict[str, str]]:
    """Return what Get-NetIPInterface shows, as text, by family and index."""
    names = ["AddressFamily", "InterfaceIndex", "InterfaceAlias", *PROPERTIES]
    columns = "; ".join(f"{name} = [string]$_.{name}" for name in names)
    text = powershell(
        f"@(Get-NetIPInterface | ForEach-Object {{ [pscustomobject]@{{ {columns} }} }})"
        " | ConvertTo-Json"
    )
    rows = json.loads(text)
    return {(FAMILIES[row["AddressFamily"]], int(row["InterfaceIndex"])): row for row in rows}


def test_every_member_that_powershell_shows_is_compared() -> None:
    shown = {field.name for field in ipif.FIELDS if field.powershell and field.access != "key"}
    assert shown == {member for member, _ in PROPERTIES.values()}


def test_list_has_the_rows_that_powershell_shows(
    shown: dict[tuple[str, int], dict[str, str]],
) -> None:
    rows = {(ipif.to_json(r)["Family"], r["InterfaceIndex"]) for r in ipif.list_interfaces()}
    assert rows == shown.keys()


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_row_agrees_with_powershell(
    name: str, shown: dict[tuple[str, int], dict[str, str]]
) -> None:
    member, texts = PROPERTIES[name]
    compared = 0
    for (family, index), properties in shown.items():
        text = properties[name]
        if text == "":
            continue  # PowerShell shows nothing for this family
        expected = int(text) if texts is None else texts[text]
        row: Any = ipif.get_interface(index, family)  # type: ignore[arg-type]
        assert row[member] == expected, (family, properties["InterfaceAlias"])
        compared += 1
    assert compared


def test_aliases_are_those_of_powershell(shown: dict[tuple[str, int], dict[str, str]]) -> None:
    for (family, index), properties in shown.items():
        alias = properties["InterfaceAlias"]
        row = ipif.get_interface(alias, family)  # type: ignore[arg-type]
        assert row["InterfaceIndex"] == index
        assert ipif.Luid(row["InterfaceLuid"]).alias == alias


def test_conversions_agree_with_socket() -> None:
    known = socket.if_nameindex()
    assert known
    for index, name in known:
        luid = ipif.Luid(netioapi.convert_interface_index_to_luid(index))
        assert (luid.name, luid.index) == (name, index)
        assert netioapi.convert_interface_guid_to_luid(luid.guid) == luid
        assert netioapi.get_if_entry2(luid=luid)["Type"] == luid.type


def test_every_way_to_name_an_interface_finds_the_same_row() -> None:
    for row in ipif.list_interfaces():
        luid = ipif.Luid(row["InterfaceLuid"])
        for interface in (luid, luid.index, luid.guid, luid.alias, row):
            found = ipif.get_interface(interface, row["Family"])
            assert found["InterfaceLuid"] == luid
            assert found["InterfaceIndex"] == row["InterfaceIndex"]


def test_the_row_is_the_bytes_of_the_function(api: Any) -> None:
    for row in ipif.list_interfaces():
        image = bytearray(168)
        family = 2 if row["Family"] == socket.AF_INET else 23
        struct.pack_into("<HxxxxxxQ", image, 0, family, row["InterfaceLuid"])
        assert api.call("GetIpInterfaceEntry", image) == 0
        other = backend.native.unpack("MIB_IPINTERFACE_ROW", bytes(image))
        changing = {"ReachableTime", "Metric", "Connected"}
        assert {k: v for k, v in other.items() if k not in changing} == {
            k: v for k, v in row.items() if k not in changing
        }


def test_a_row_from_get_passes_validation_and_differs_in_nothing() -> None:
    for row in ipif.list_interfaces():
        assert ipif.validate(row) == []
        assert ipif.differences(row) == {}


def test_a_missing_interface_is_reported() -> None:
    with pytest.raises(ipif.InterfaceNotFound):
        ipif.get_interface(0x7FFFFFF0, "ipv4")
    with pytest.raises(ipif.InterfaceNotFound):
        ipif.get_interface("no adapter has this name", "ipv4")


def test_a_snapshot_of_this_machine_can_be_played(tmp_path: Path) -> None:
    file = tmp_path / "document.json"
    file.write_text(json.dumps(ipif.snapshot()), encoding="utf-8")
    code = (
        "import json, os, sys, warnings; warnings.simplefilter('ignore')\n"
        "os.environ['IPIF_BACKEND'] = 'simulated'\n"
        "import ipif\n"
        "document = json.load(open(sys.argv[1], encoding='utf-8'))\n"
        "ipif.simulation.load(document)\n"
        "wrong = [r for r in ipif.snapshot()['interfaces'] if r not in document['interfaces']]\n"
        "print(json.dumps(wrong))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    # Only a metric may differ: where the simulation computes another one, its table is wrong.
    assert json.loads(done.stdout) == []
