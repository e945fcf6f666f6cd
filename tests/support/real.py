"""The guard of tests/live: importing this ends the run anywhere but on a real Windows machine.

IPIF_LIVE=1 in the environment says that the machine is meant for these tests.
"""

from __future__ import annotations

import os
import sys

import pytest

import ipif
from support import simulated_dll


def refusal() -> str | None:
    """Return why these tests must not run here, or ``None``."""
    if os.environ.get("IPIF_LIVE") != "1":
        return "set IPIF_LIVE=1 to run the tests for a real Windows machine"
    if ipif.backend != "windows" or sys.platform != "win32":
        return f"backend {ipif.backend!r}: these tests would only show what the simulation does"
    if simulated_dll.is_loaded():
        return "the loaded iphlpapi.dll is the simulated one"
    return None


if reason := refusal():
    pytest.exit(f"tests/live: {reason} (tests/live/README.md)", returncode=2)
