"""tools/host_snapshot.py: the simulation plays a snapshot of this computer's own interfaces.

Only with the simulation in _ipif_sim.pyd: which iphlpapi.dll a process takes is settled when Wine
starts, and its child processes take the same one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import support.wine_own  # noqa: F401

import ipif
from ipif import netioapi
from ipif._sim import snapshot

TOOLS = Path(__file__).resolve().parents[2] / "tools"

# What a process on that document says.
SAY = """\
import json, sys
import ipif, ipif.simulation
ipif.simulation.load(sys.argv[1])
rows = ipif.list_interfaces()
json.dump({
    "rows": [[row["InterfaceLuid"], row["InterfaceIndex"], row["NlMtu"]] for row in rows],
    "connected": sorted({row["InterfaceIndex"] for row in rows if row["Connected"]}),
    "adapters": [row["Alias"] for row in ipif.list_adapters()],
    "addresses": [str(row["Address"]) for row in ipif.list_addresses()],
    "routes": [str(row["DestinationPrefix"]) for row in ipif.list_routes()],
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the machine that the script wrote."""
    target = tmp_path_factory.mktemp("snapshot") / "host.json"
    run([str(TOOLS / "host_snapshot.py"), str(target)])
    return target


def run(arguments: list[str], **variables: str) -> str:
    """Run this Python; return what it wrote."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_snapshot_is_whole(file: Path) -> None:
    document = snapshot.read_file(file)
    assert [adapter["Alias"] for adapter in document["adapters"]] == [
        row["Alias"] for row in ipif.list_adapters()
    ]
    versions = {row["Address"].version for row in ipif.list_addresses()}
    families = {"ipv4": 4, "ipv6": 6}
    assert {families[row["Family"]] for row in document["interfaces"]} == versions


def test_the_snapshot_is_packed_without_loss(file: Path) -> None:
    document = snapshot.read_file(file)
    assert snapshot.unpack(snapshot.pack(document)) == document


def test_the_simulation_speaks_of_the_same_interfaces(file: Path) -> None:
    words = ["-W", "ignore", "-c", SAY, str(file)]
    said: dict[str, Any] = json.loads(run(words, IPIF_BACKEND="simulated"))
    adapters = {row["InterfaceIndex"]: row for row in netioapi.get_if_table2(0)}
    assert {(luid, index) for luid, index, _ in said["rows"]} <= {
        (row["InterfaceLuid"], index) for index, row in adapters.items()
    }
    for _, index, mtu in said["rows"]:
        assert mtu == adapters[index]["Mtu"]
    assert said["connected"] == sorted(
        {index for _, index, _ in said["rows"] if adapters[index]["MediaConnectState"] != 2}
    )
    assert said["adapters"] == [row["Alias"] for row in adapters.values()]
    assert said["addresses"] == [str(row["Address"]) for row in ipif.list_addresses()]
    assert said["routes"] == [str(row["DestinationPrefix"]) for row in ipif.list_routes()]
