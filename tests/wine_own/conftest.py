"""What the tests about Wine's own iphlpapi.dll need: the facts of the host.

``python3 tools/wine.py test-own`` runs them. They call what Wine 8 implements, only to read, and
never GetIpInterfaceEntry, SetIpInterfaceEntry or InitializeIpInterfaceEntry, which it lacks: a call
of these ends the process.
"""

import json
import os
from typing import Any

import pytest
import support.wine_own  # noqa: F401

from ipif import netioapi

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def machine() -> None:
    """Take the place of the suite's fixture: this machine cannot be reset."""


@pytest.fixture(scope="session")
def facts() -> Row:
    """Return what ``ip -j`` and ``/proc`` said on the host, just before."""
    with open(os.environ["IPIF_HOST_FACTS"], encoding="utf-8") as file:
        found: Row = json.load(file)
    return found


@pytest.fixture(scope="session")
def host_adapters(facts: Row) -> dict[int, Row]:
    """Return the adapters of ``ip -j link`` by index."""
    return {adapter["ifindex"]: adapter for adapter in facts["links"]}


@pytest.fixture(scope="session")
def adapters() -> dict[int, Row]:
    """Return the rows of GetIfTable2Ex by index."""
    return {row["InterfaceIndex"]: dict(row) for row in netioapi.get_if_table2(0)}
