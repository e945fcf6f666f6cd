"""The simulated computer that everything is measured on, and the worlds it is loaded with.

Off Windows it is the one of ``ipif._ipif_sim``. In the Wine lane it is ``iphlpapi.dll``, and ipif
works with backend ``windows``: the shipped module, as it is. On a real Windows nothing is run.
"""

import os
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ["IPIF_BACKEND"] = "windows" if sys.platform == "win32" else "simulated"

import ipif.simulation  # noqa: E402 - the line above has to come first
from ipif import _backend, netioapi  # noqa: E402

if ipif.backend == "windows":
    sys.path.append(str(ROOT / "tests"))
    import simulated_dll

    if not simulated_dll.is_loaded():
        raise SystemExit("this iphlpapi.dll is no simulation, and benchmarks change interfaces")
    _backend.set_control(simulated_dll.SimulatedDll())

control = _backend.control()
pack = _backend.native.pack
address = control.address

AF_INET, AF_INET6 = 2, 23  # as Windows counts: what the functions themselves are given
ROW, LINK = "MIB_IPINTERFACE_ROW", "MIB_IF_ROW2"
ETHERNET = 13  # the index of the interface that changes are made to
_ELEVATED = 1
_OFFSETS = {
    structure: {field.name: field.offset for field in netioapi.FIELDS[structure]}
    for structure in (ROW, LINK)
}


def load(links: list[bytes], rows: list[bytes]) -> None:
    """Load a world of packed structures: no document of 20,000 rows has to be read for it."""
    header = struct.pack("<8s6I", b"IPIFWLD1", _ELEVATED, len(links), len(rows), 0, 0, 0)
    err = control.load(b"".join([header, *links, *rows]))
    if err:
        raise OSError(err, "the world could not be loaded")


def load_many(rows: int) -> None:
    """Load a computer with that many rows: those of the bundled world over and over.

    So they are as varied as real rows are, and a table costs what it costs on a real computer.
    """
    ipif.simulation.reset()
    links = netioapi.get_if_table2()
    table = netioapi.get_ip_interface_table()
    bound = [
        (pack(LINK, link), [pack(ROW, row) for row in table if row["InterfaceLuid"] == luid])
        for link in links
        if (luid := link["InterfaceLuid"])
    ]
    bound = [(link, own) for link, own in bound if own]
    new_links, new_rows = [], []
    while len(new_rows) < rows:
        number = len(new_links) + 1
        link, own = bound[number % len(bound)]
        new_links.append(_renamed(LINK, link, number))
        new_rows += [_renamed(ROW, row, number) for row in own[: rows - len(new_rows)]]
    load(new_links, new_rows)


def load_links(count: int) -> None:
    """Load a computer with that many links: those of the bundled world over and over."""
    ipif.simulation.reset()
    links = [pack(LINK, link) for link in netioapi.get_if_table2()]
    load([_renamed(LINK, links[i % len(links)], i + 1) for i in range(count)], [])


def _renamed(structure: str, data: bytes, number: int) -> bytes:
    """Return the structure of another interface; its type, in the high bits of the LUID, stays."""
    new, offsets = bytearray(data), _OFFSETS[structure]
    index = 1000 + number
    (luid,) = struct.unpack_from("<Q", new, offsets["InterfaceLuid"])
    luid = luid >> 48 << 48 | (0x10000 + number) << 24
    struct.pack_into("<Q", new, offsets["InterfaceLuid"], luid)
    struct.pack_into("<I", new, offsets["InterfaceIndex"], index)
    if structure == LINK:
        struct.pack_into("<I", new, offsets["InterfaceGuid"], number)
        alias = f"Interface {number}\0".encode("utf-16-le")
        new[offsets["Alias"] : offsets["Alias"] + len(alias)] = alias
    else:
        struct.pack_into("<2I", new, offsets["ZoneIndices"] + 4, index, index)
    return bytes(new)


def load_likely() -> int:
    """Load one interface whose IPv4 row equals the template of src/_ipif.c; return its LUID.

    It equals it in all that two rows can have in common: the LUID, the index and the two zones
    that are numbered like the index are an interface's own.
    """
    ipif.simulation.reset()
    row = netioapi.get_ip_interface_entry(AF_INET, index=ETHERNET)
    # What the bundled Ethernet has in its own way.
    likely = {**row, "ReachableTime": 0, "Metric": 25, "NlMtu": 1500, "UseAutomaticMetric": True}
    link = pack(LINK, netioapi.get_if_entry2(index=ETHERNET))
    load([link], [pack(ROW, likely)])
    return row["InterfaceLuid"]
