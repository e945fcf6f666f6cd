"""The machine that the tests change: importing this makes sure that it is a simulated one.

Every test module imports this, so that none of them can change a real network, even when it is run
alone, without conftest.py. With backend ``simulated``, ``ipif.simulation`` controls the machine;
with backend ``windows`` the loaded iphlpapi.dll must be the simulated one.
"""

from __future__ import annotations

import os
import sys

if sys.platform != "win32":
    # There is no other backend here, and whoever runs the suite asks for it.
    os.environ.setdefault("IPIF_BACKEND", "simulated")

import ipif
from ipif._core.backend import native as native
from ipif._sim.control import control as control
from ipif._sim.control import use
from support import simulated_dll

REFUSAL = (
    "backend 'windows', but the loaded iphlpapi.dll is not the simulated one: these tests change "
    "interfaces and must not run on a real network. Set IPIF_BACKEND=simulated; "
    "tests/live/README.md is about real machines."
)


def is_simulated(backend: str = ipif.backend) -> bool:
    """Return whether no call of *backend* reaches a real network."""
    return backend == "simulated" or simulated_dll.is_loaded()


def refuse_a_real_network(backend: str = ipif.backend) -> None:
    """End the test run when a call of *backend* would reach a real network."""
    if not is_simulated(backend):
        import pytest

        pytest.exit(REFUSAL, returncode=2)


refuse_a_real_network()
if ipif.backend == "windows":
    use(simulated_dll.SimulatedDll())

#: The names of the simulated Win32 functions, which the simulation counts.
COUNTED = tuple(control().functions())


#: On Windows these are no system calls: they touch the memory of the process only.
LOCAL = ("InitializeIpInterfaceEntry", "FreeMibTable")


class Calls:
    """Counts the calls of each Win32 function since the test began."""

    def __init__(self) -> None:
        self._before = {name: control().calls(name) for name in COUNTED}

    def __getitem__(self, function: str) -> int:
        return control().calls(function) - self._before[function]

    @property
    def total(self) -> int:
        """All counted calls together."""
        return sum(self[name] for name in COUNTED)

    @property
    def system(self) -> int:
        """The calls that are system calls on Windows."""
        return self.total - sum(self[name] for name in LOCAL)
