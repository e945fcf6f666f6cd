"""Write a world of this computer's own interfaces, as Wine's iphlpapi.dll sees them.

    python tools/wine.py run --own tools/host_world.py host.json
    python tools/wine.py run --world host.json -m ipif list

Links, addresses and routes are Wine's answers. Wine knows no rows of MIB_IPINTERFACE_ROW: every
link gets one with the defaults of Windows, for each family that this computer has an address of.
On such a world the simulation and what it leaves to Wine's own DLL (GetAdaptersAddresses, for
instance) speak of the same interfaces, under the same indexes, LUIDs and GUIDs.

On Windows itself ``ipif.snapshot()`` makes a world with the real rows.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

import ipif
from ipif import _world, netioapi

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_SMALLEST_MTU = {4: 576, 6: 1280}  # below, there is no IP interface of this family


def world() -> dict[str, Any]:
    """Return the document, for ``ipif.simulation.load``."""
    links: list[dict[str, Any]] = [dict(row) for row in netioapi.get_if_table2(0)]
    addresses = ipif.list_addresses()
    versions = sorted({row["Address"].version for row in addresses})
    interfaces = [
        _world.complete_interface({"Family": int(_FAMILIES[version])}, link)
        for link in links
        for version in versions
        if link["Mtu"] >= _SMALLEST_MTU[version]
    ]
    # The tables are read one after another; what belongs to a link that came later is left out.
    luids = {link["InterfaceLuid"] for link in links}
    rows: dict[str, list[dict[str, Any]]] = {
        "links": links,
        "interfaces": interfaces,
        "routes": [dict(row) for row in ipif.list_routes() if row["InterfaceLuid"] in luids],
        "addresses": [dict(row) for row in addresses if row["InterfaceLuid"] in luids],
    }
    return _world.document_of(rows, "sentinel", elevated=True)


def main(target: str) -> None:
    if ipif.backend != "windows":
        raise SystemExit("host_world.py: the simulation knows nothing of this computer")
    document = world()
    _world.check(document)
    with open(target, "w", encoding="utf-8", newline="\n") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
