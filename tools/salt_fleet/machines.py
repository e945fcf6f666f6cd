"""The simulated machines of the fleet: no two are the same."""

from typing import Any

_ETHERNET, _WIFI, _VPN = 6, 71, 53  # IANA ifType

_WIFI_ALIASES = ("Wi-Fi", "WLAN", "Wi-Fi 2", "Drahtlosnetzwerk", "Wireless")
_ETHERNET_MTUS = (1500, 1492, 1480, 1500, 1454)


def name_of(number: int) -> str:
    """Return the name of minion *number*, from 1."""
    return f"pc-{number:02}"


def snapshot_of(number: int, count: int) -> dict[str, Any]:
    """Return the snapshot of minion *number* of *count*.

    Aliases, indexes, LUIDs, MTUs and metrics differ from minion to minion. Each has an Ethernet
    adapter, each but the last one a Wi-Fi adapter, and every third a VPN adapter.
    """
    adapters = [(_ETHERNET, "Ethernet" if number == 1 else f"Ethernet {number}")]
    if number < count:
        adapters.append((_WIFI, _WIFI_ALIASES[(number - 1) % len(_WIFI_ALIASES)]))
    if number % 3 == 0:
        adapters.append((_VPN, f"VPN {number}"))
    snapshot: dict[str, Any] = {
        "ipif_snapshot": 1,
        "adapters": [],
        "interfaces": [],
        "routes": [],
        "addresses": [],
    }
    for place, (kind, alias) in enumerate(adapters):
        index = 3 + number + 7 * place
        keys = {"InterfaceLuid": kind << 48 | (0x8000 + index) << 24, "InterfaceIndex": index}
        snapshot["adapters"].append({**keys, "Alias": alias, "Type": kind})
        mtu = _ETHERNET_MTUS[number % len(_ETHERNET_MTUS)] if kind == _ETHERNET else 1500
        for family in ("ipv4", "ipv6"):
            snapshot["interfaces"].append({"Family": family, **keys, "NlMtu": mtu})
        address = f"192.168.{place}.{number}"
        prefix = {"OnLinkPrefixLength": 24}
        snapshot["addresses"].append({**keys, "Address": address, **prefix})
        route = {"DestinationPrefix": "0.0.0.0/0", "NextHop": f"192.168.{place}.254"}
        snapshot["routes"].append({**keys, **route, "Metric": 0})
    return snapshot
