"""tools/host_world.py: the simulation plays a world of this computer's own interfaces."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ipif
from ipif import _world, netioapi

TOOLS = Path(__file__).resolve().parents[2] / "tools"

# What a process on that world says, whichever way the simulation got there.
SAY = """\
import json, socket, sys
import ipif
from ipif import netioapi
if ipif.backend == "simulated":
    ipif.simulation.load(sys.argv[1])
rows = ipif.list_interfaces()
json.dump({
    "rows": [[row["InterfaceLuid"], row["InterfaceIndex"], row["NlMtu"]] for row in rows],
    "connected": sorted({row["InterfaceIndex"] for row in rows if row["Connected"]}),
    "links": [ipif.to_json(row)["Alias"] for row in ipif.list_links()],
    "addresses": [str(row["Address"]) for row in ipif.list_addresses()],
    "routes": [str(row["DestinationPrefix"]) for row in ipif.list_routes()],
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the world that the script wrote, and the same world packed."""
    folder = tmp_path_factory.mktemp("world")
    document, packed = folder / "host.json", folder / "host.bin"
    run([str(TOOLS / "host_world.py"), str(document)])
    packed.write_bytes(_world.pack(_world.read(document)))
    return document, packed


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


def test_the_world_is_whole(files: tuple[Path, Path]) -> None:
    document = _world.read(files[0])
    _world.check(document)
    assert [link["Alias"] for link in document["links"]] == [
        row["Alias"] for row in ipif.list_links()
    ]
    versions = {row["Address"].version for row in ipif.list_addresses()}
    families = {"ipv4": 4, "ipv6": 6}
    assert {families[row["Family"]] for row in document["interfaces"]} == versions


@pytest.mark.parametrize("way", ["simulation.load", "IPIF_WORLD"])
def test_the_simulation_speaks_of_the_same_interfaces(
    way: str, files: tuple[Path, Path]
) -> None:
    document, packed = files
    if way == "IPIF_WORLD":  # the Windows build, with the simulated iphlpapi.dll
        overrides = os.environ["WINEDLLOVERRIDES"].replace("iphlpapi=b", "iphlpapi=n,b")
        assert overrides != os.environ["WINEDLLOVERRIDES"]
        variables = {"WINEDLLOVERRIDES": overrides, "IPIF_WORLD": str(packed)}
    else:
        variables = {"IPIF_BACKEND": "simulated"}
    said: dict[str, Any] = json.loads(run(["-W", "ignore", "-c", SAY, str(document)], **variables))
    links = {row["InterfaceIndex"]: row for row in netioapi.get_if_table2(0)}
    assert {(luid, index) for luid, index, _ in said["rows"]} <= {
        (row["InterfaceLuid"], index) for index, row in links.items()
    }
    for _, index, mtu in said["rows"]:
        assert mtu == links[index]["Mtu"]
    assert said["connected"] == sorted(
        index for index, row in links.items() if row["MediaConnectState"] != 2
    )
    assert said["links"] == [row["Alias"] for row in links.values()]
    assert said["addresses"] == [str(row["Address"]) for row in ipif.list_addresses()]
    assert said["routes"] == [str(row["DestinationPrefix"]) for row in ipif.list_routes()]
