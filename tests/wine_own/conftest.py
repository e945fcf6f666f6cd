"""What the tests about Wine's own iphlpapi.dll stand on: that it is the one, and the host's facts.

``python3 tools/wine.py test-own`` runs them. They call what Wine 8 implements, only to read, and
never GetIpInterfaceEntry, SetIpInterfaceEntry or InitializeIpInterfaceEntry, which it lacks: a call
of these ends the process.
"""

import ctypes
import json
import os
import sys
from typing import Any

import pytest
import simulated_dll

import ipif
from ipif import netioapi

Row = dict[str, Any]


def _refusal() -> str | None:
    """Return why these tests must not run here, or None."""
    if "IPIF_HOST_FACTS" not in os.environ:
        return "python3 tools/wine.py test-own runs these"
    if ipif.backend != "windows" or sys.platform != "win32":
        return f"backend {ipif.backend!r}: these tests are about Wine's iphlpapi.dll"
    if simulated_dll.is_loaded():
        return "the loaded iphlpapi.dll is the simulated one"
    if not hasattr(ctypes.CDLL("ntdll.dll"), "wine_get_version"):
        return "this is no Wine; tests/live is for Windows"
    return None


@pytest.fixture(scope="session", autouse=True)
def wines_own_dll() -> None:
    """End the run before the first test anywhere else."""
    reason = _refusal()
    if reason is not None:
        pytest.exit(f"tests/wine_own: {reason}", returncode=2)


@pytest.fixture(autouse=True)
def machine() -> None:
    """Take the place of the suite's fixture: this machine is nobody's to reset."""


@pytest.fixture(scope="session")
def facts() -> Row:
    """Return what ``ip -j`` and ``/proc`` said on the host, just before."""
    with open(os.environ["IPIF_HOST_FACTS"], encoding="utf-8") as file:
        found: Row = json.load(file)
    return found


@pytest.fixture(scope="session")
def host_links(facts: Row) -> dict[int, Row]:
    """Return the links of ``ip -j link`` by index."""
    return {link["ifindex"]: link for link in facts["links"]}


@pytest.fixture(scope="session")
def links() -> dict[int, Row]:
    """Return the rows of GetIfTable2Ex by index."""
    return {row["InterfaceIndex"]: dict(row) for row in netioapi.get_if_table2(0)}
