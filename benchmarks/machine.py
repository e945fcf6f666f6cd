"""The simulated machine that everything is measured on, and what it is loaded with.

Off Windows it is that of ``ipif._ipif_sim``. In the Wine lane it is ``iphlpapi.dll``, and ipif runs
with backend ``windows``: the shipped module, unchanged. Nothing runs on a real Windows.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ["IPIF_BACKEND"] = "windows" if sys.platform == "win32" else "simulated"
sys.path.append(str(ROOT / "tests"))

from support.machine import Calls, control  # noqa: E402 -- the environment comes first; it refuses Windows

import ipif.simulation  # noqa: E402
from ipif import netioapi  # noqa: E402
from ipif._core.backend import native as native  # noqa: E402
from ipif._sim import snapshot  # noqa: E402

address = control().address

AF_INET, AF_INET6 = 2, 23  # as Windows counts: what the functions themselves are given
ETHERNET = 13  # the index of the interface that is changed
Row = dict[str, object]


def system_calls(action: Callable[[], object]) -> int:
    """Return how many system calls *action* makes; some functions only touch memory."""
    calls = Calls()
    action()
    return calls.system


def load(adapters: list[Row], rows: list[Row]) -> None:
    """Load a machine of these adapters and IP interface rows."""
    tables = {"adapters": adapters, "interfaces": rows, "routes": [], "addresses": []}
    err = control().load(snapshot.pack_rows(snapshot.ELEVATED, tables))
    if err:
        raise OSError(err, "the machine could not be loaded")


def load_many(rows: int) -> None:
    """Load a machine with that many rows: those of the bundled machine over and over.

    So they vary as real rows do, and a table costs what it costs on a real computer.
    """
    ipif.simulation.reset()
    table = netioapi.get_ip_interface_table()
    bound = [
        (adapter, [row for row in table if row["InterfaceLuid"] == adapter["InterfaceLuid"]])
        for adapter in netioapi.get_if_table2()
    ]
    bound = [(adapter, own) for adapter, own in bound if own]
    new_adapters: list[Row] = []
    new_rows: list[Row] = []
    while len(new_rows) < rows:
        number = len(new_adapters) + 1
        adapter, own = bound[number % len(bound)]
        new_adapters.append(_renamed(adapter, number))
        new_rows += [_renamed(row, number) for row in own[: rows - len(new_rows)]]
    load(new_adapters, new_rows)


def load_adapters(count: int) -> None:
    """Load a machine with that many adapters: those of the bundled machine over and over."""
    ipif.simulation.reset()
    adapters = netioapi.get_if_table2()
    load([_renamed(adapters[i % len(adapters)], i + 1) for i in range(count)], [])


def _renamed(row: Row, number: int) -> Row:
    """Return the row of another interface; its type, in the high bits of the LUID, stays."""
    index = 1000 + number
    luid = row["InterfaceLuid"] >> 48 << 48 | (0x10000 + number) << 24
    new = {**row, "InterfaceLuid": luid, "InterfaceIndex": index}
    if "Alias" in new:
        new["Alias"] = f"Interface {number}"
    if "ZoneIndices" in new:
        new["ZoneIndices"] = (0, index, index, *row["ZoneIndices"][3:])
    return new


def load_typical() -> int:
    """Load one interface whose IPv4 row equals the template of src/_ipif.c; return its LUID.

    Its LUID, its index and the zones that are numbered like the index are its own.
    """
    ipif.simulation.reset()
    row = netioapi.get_ip_interface_entry(AF_INET, index=ETHERNET)
    typical = {**row, "ReachableTime": 0, "Metric": 25, "NlMtu": 1500, "UseAutomaticMetric": True}
    load([netioapi.get_if_entry2(index=ETHERNET)], [typical])
    return row["InterfaceLuid"]
