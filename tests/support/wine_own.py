"""The guard of tests/wine_own: importing this ends the run without Wine's own iphlpapi.dll."""

from __future__ import annotations

import ctypes
import os
import sys

import pytest

import ipif
from support import simulated_dll


def refusal() -> str | None:
    """Return why these tests must not run here, or ``None``."""
    if "IPIF_HOST_FACTS" not in os.environ:
        return "python3 tools/wine.py test-own runs these"
    if ipif.backend != "windows" or sys.platform != "win32":
        return f"backend {ipif.backend!r}: these tests are about the iphlpapi.dll of Wine"
    if simulated_dll.is_loaded():
        return "the loaded iphlpapi.dll is the simulated one"
    if not hasattr(ctypes.CDLL("ntdll.dll"), "wine_get_version"):
        return "this is not Wine; tests/live is for Windows"
    return None


if reason := refusal():
    pytest.exit(f"tests/wine_own: {reason}", returncode=2)
