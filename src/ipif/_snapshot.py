"""The present computer as a world that the simulation can play."""

from __future__ import annotations

from ipif import netioapi
from ipif._interfaces import list_interfaces
from ipif._network import list_addresses, list_routes
from ipif._world import document_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_WITHOUT_STATISTICS = 2  # MibIfTableNormalWithoutStatistics


def snapshot() -> dict[str, Any]:
    """Return a world document for :func:`ipif.simulation.load`: this computer as it is now.

    It has the links, interfaces, routes and addresses, in the form that :mod:`json` can write,
    without counters and times. No privilege is needed. It tells hardware addresses, GUIDs and IP
    addresses: look before you publish it.

    Raises :class:`ipif.Error`.
    """
    links = netioapi.get_if_table2(_WITHOUT_STATISTICS)
    luids = {link["InterfaceLuid"] for link in links}
    # The tables are read one after another; what belongs to a link that came later is left out.
    rows: dict[str, Sequence[Mapping[str, Any]]] = {
        "interfaces": list_interfaces(),
        "routes": list_routes(),
        "addresses": list_addresses(),
    }
    known = {
        section: [dict(row) for row in table if row["InterfaceLuid"] in luids]
        for section, table in rows.items()
    }
    known["links"] = [dict(link) for link in links]
    return document_of(known, "sentinel", elevated=True)
