"""What the tests of changes read from the machine."""

from __future__ import annotations

from typing import Any

import ipif
from ipif import simulation


def rows() -> list[dict[str, Any]]:
    """Return all rows, without what no call can restore."""
    return [
        {
            name: value
            for name, value in row.items()
            if (row["Family"], name) != ("ipv4", "SitePrefixLength")
        }
        for row in simulation.dump()["interfaces"]
    ]


def get(member: str, interface: Any = "Ethernet", family: Any = "ipv4") -> Any:
    """Return the value of one member."""
    row: dict[str, Any] = {**ipif.get_interface(interface, family)}
    return row[member]
