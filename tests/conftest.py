"""What every test stands on: a simulated machine in its first state, whichever backend runs.

The suite runs from one source on both backends.  With backend ``simulated``, ``ipif.simulation``
controls the machine; with backend ``windows`` the suite runs only when the loaded iphlpapi.dll is
the simulated one, so that nobody's network is reconfigured by ``pytest``.
"""

import os
import sys
import warnings
from collections.abc import Iterator

import pytest

if sys.platform != "win32":
    # Off Windows there is nothing else, and whoever runs the suite asks for it.
    os.environ.setdefault("IPIF_BACKEND", "simulated")

with warnings.catch_warnings():
    # On Windows the simulated backend tells at its import that it is one.
    warnings.simplefilter("ignore")
    import ipif
    from ipif import _backend

sys.path.insert(0, os.path.dirname(__file__))
import simulated_dll

# The tests for a real Windows machine have a folder, rules and a command of their own
# (tests/live/README.md): either these tests or those.
LIVE = os.environ.get("IPIF_LIVE") == "1"
# So do those about Wine's own iphlpapi.dll: python3 tools/wine.py test-own.
WINE_OWN = "IPIF_HOST_FACTS" in os.environ
collect_ignore = [] if LIVE else ["live"]
collect_ignore += [] if WINE_OWN else ["wine_own"]
collect_ignore_glob = ["test_*.py"] if LIVE or WINE_OWN else []

if ipif.backend == "windows" and not LIVE and not WINE_OWN:
    if not simulated_dll.is_loaded():
        pytest.exit(
            "backend 'windows', but the loaded iphlpapi.dll is not the simulated one: this suite "
            "changes interfaces and must not run on a real network. Set IPIF_BACKEND=simulated; "
            "tests/live/README.md is about real machines.",
            returncode=2,
        )
    _backend.set_control(simulated_dll.SimulatedDll())

import ipif.simulation  # noqa: E402 -- after the backend is known to be safe


def pytest_report_header() -> str:
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    state = "on" if gil else "off"
    return f"ipif {ipif.__version__}, backend {ipif.backend}, {sys.platform}, GIL {state}"


@pytest.fixture(autouse=True)
def machine() -> Iterator[None]:
    """Give each test the bundled world; afterwards every table must have been freed."""
    ipif.simulation.reset()
    yield
    assert _backend.control().live_tables() == 0, "a table was not given back to FreeMibTable"


class Calls:
    """Counts the calls of a Win32 function since the test began."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}
        for name in COUNTED:
            self._before[name] = _backend.control().calls(name)

    def __getitem__(self, function: str) -> int:
        return _backend.control().calls(function) - self._before[function]

    @property
    def total(self) -> int:
        """All counted calls together."""
        return sum(self[name] for name in COUNTED)


COUNTED = (
    "InitializeIpInterfaceEntry",
    "GetIpInterfaceEntry",
    "SetIpInterfaceEntry",
    "GetIpInterfaceTable",
    "FreeMibTable",
    "GetIfEntry2",
    "GetIfTable2",
    "GetIfTable2Ex",
    "GetBestRoute",
    "GetBestRoute2",
    "GetIpForwardTable2",
    "GetUnicastIpAddressTable",
    "NotifyIpInterfaceChange",
    "CancelMibChangeNotify2",
    "ConvertInterfaceIndexToLuid",
    "ConvertInterfaceLuidToIndex",
    "ConvertInterfaceAliasToLuid",
    "ConvertInterfaceLuidToAlias",
    "ConvertInterfaceGuidToLuid",
    "ConvertInterfaceLuidToGuid",
    "ConvertInterfaceLuidToNameW",
)


@pytest.fixture
def calls() -> Calls:
    """Return a counter of Win32 calls: ``calls["SetIpInterfaceEntry"]``."""
    return Calls()
