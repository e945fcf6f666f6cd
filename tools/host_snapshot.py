"""Write a snapshot of this computer's own interfaces, as Wine's iphlpapi.dll sees them.

    python tools/wine.py run --own tools/host_snapshot.py host.json
    python tools/wine.py run --simulate host.json -m ipif list

Adapters, addresses and routes are Wine's answers. Wine knows no rows of MIB_IPINTERFACE_ROW: every
adapter gets one with the defaults of Windows, for each family that this computer has an address of.
On Windows itself ``ipif.snapshot()`` has the real rows.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import ipif
from ipif import netioapi
from ipif._sim.defaults import complete_interface
from ipif._sim.snapshot import DEFAULT_PROFILE, check, document_of

FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
SMALLEST_MTU = {4: 576, 6: 1280}  # below, there is no IP interface of this family


def snapshot() -> dict[str, Any]:
    """Return the snapshot, for ``ipif.simulation.load``."""
    adapters: list[dict[str, Any]] = [dict(row) for row in netioapi.get_if_table2(0)]
    # The tables are read one after another: rows of an adapter that came later are left out.
    luids = {adapter["InterfaceLuid"] for adapter in adapters}
    addresses = [row for row in ipif.list_addresses() if row["InterfaceLuid"] in luids]
    interfaces = [
        complete_interface({"Family": int(FAMILIES[version])}, adapter)
        for adapter in adapters
        for version in sorted({row["Address"].version for row in addresses})
        if adapter["Mtu"] >= SMALLEST_MTU[version]
    ]
    rows = {"adapters": adapters, "interfaces": interfaces}
    rows["addresses"] = [dict(row) for row in addresses]
    rows["routes"] = [dict(row) for row in ipif.list_routes() if row["InterfaceLuid"] in luids]
    return document_of(rows, DEFAULT_PROFILE, elevated=True)


if __name__ == "__main__":
    if ipif.backend != "windows":
        raise SystemExit("host_snapshot.py: the simulation has no interfaces of this computer")
    document = snapshot()
    check(document)
    Path(sys.argv[1]).write_text(json.dumps(document, indent=1) + "\n", "utf-8", newline="\n")
