"""What every test stands on: a simulated machine in its first state, whichever backend runs."""

import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

# A shell lets what it starts in the background ignore Ctrl-C, and so would what the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Examples are drawn and run for as long as a slow computer takes, and nothing is kept of them.
if find_spec("hypothesis"):  # which tests/live does without
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "ipif",
        deadline=None,
        database=None,
        max_examples=50,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("ipif")

# Two folders have rules and commands of their own: either their tests run, or all others.
# tests/live is for a real Windows machine, tests/wine_own for the iphlpapi.dll of Wine.
LIVE = os.environ.get("IPIF_LIVE") == "1"
WINE_OWN = "IPIF_HOST_FACTS" in os.environ
collect_ignore = [] if LIVE else ["live"]
collect_ignore += [] if WINE_OWN else ["wine_own"]
OTHERS = ("native", "core", "desired", "sim", "cli", "integrations", "project", "salt", "trust")
collect_ignore += OTHERS if LIVE or WINE_OWN else []

if not LIVE and not WINE_OWN:
    import support.machine
    from support.machine import Calls

import ipif  # noqa: E402 -- after it is known to be safe
import ipif.simulation  # noqa: E402
from ipif._sim.snapshot import OPTIONS  # noqa: E402


def pytest_report_header() -> str:
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    state = "on" if gil else "off"
    return f"ipif {ipif.__version__}, backend {ipif.backend}, {sys.platform}, GIL {state}"


@pytest.fixture(autouse=True)
def machine() -> Iterator[None]:
    """Give each test the bundled machine; afterwards every table must have been freed."""
    ipif.simulation.reset()
    # The tests are written for this profile, whatever Windows has answered and is the default.
    ipif.simulation.profile("sentinel", **dict.fromkeys(OPTIONS, False))
    yield
    tables = support.machine.control().live_tables()
    assert tables == 0, "a table was not given back to FreeMibTable"


@pytest.fixture
def calls() -> "Calls":
    """Return a counter of Win32 calls: ``calls["SetIpInterfaceEntry"]``."""
    return Calls()
