"""What the pytest fixture ``ipif_machine`` gives to a test: a simulated machine.

.. code-block:: python

    def test_the_vpn_is_preferred(ipif_machine: Machine) -> None:
        ipif_machine.add_interface("VPN")
        prefer("VPN")
        assert ipif.get_interface("VPN", "ipv4")["Metric"] == 1

Installing ipif installs the plugin. So that tests never change the network of a Windows computer,
the ini file of pytest says ``ipif_backend = simulated``: the plugin then sets ``IPIF_BACKEND``
before any conftest file or test is imported. There is one machine in a process: tests that run
at the same time in threads of one process share it, workers of pytest-xdist do not.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import ENOENT
from functools import cache
from pathlib import Path

import ipif
from ipif import simulation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeAlias

    import pytest

    Snapshot: TypeAlias = Mapping[str, Any] | str | os.PathLike[str]

__all__ = ["Machine"]


class Machine:
    """The simulated machine of one test: the functions of :mod:`ipif.simulation`.

    :meth:`load` also finds files beside the test, and :meth:`calls` counts the calls of this test
    only. All others are those of :mod:`ipif.simulation`.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._calls_before = simulation.calls()

    def load(self, snapshot: Snapshot, /) -> None:
        """Replace the machine by a snapshot: a document, or the path of a file that holds one.

        A relative path is looked up in the folder of the test file, then in rootdir. Raises
        ``OSError`` for a file that cannot be read, and :class:`ipif.ValidationError`.
        """
        if isinstance(snapshot, (str, os.PathLike)):
            snapshot = self._find(snapshot)
        simulation.load(snapshot)

    def _find(self, path: str | os.PathLike[str]) -> Path:
        """Return the first existing file *path*, looked up in each folder if it is relative."""
        for folder in self._folders:
            if (folder / path).exists():
                return folder / path
        if os.path.isabs(path):
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), os.fspath(path))
        places = " and in ".join(map(str, dict.fromkeys(self._folders)))
        raise FileNotFoundError(ENOENT, f"no such snapshot file in {places}", os.fspath(path))

    def calls(self) -> dict[str, int]:
        """Return how often each Windows function was called since this test began.

        The keys are the names in the SDK. The functions of this class call Windows functions too,
        when they look up an interface by its alias or index.
        """
        before = self._calls_before
        return {name: count - before[name] for name, count in simulation.calls().items()}


# The stub of this module has their signatures (tools/generate.py).
for _name in simulation.__all__:
    if _name not in vars(Machine):
        setattr(Machine, _name, staticmethod(getattr(simulation, _name)))


@contextmanager
def machine_of(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give the test of *request* its machine; afterwards the machine is the bundled one again."""
    simulation.reset()
    try:
        _give_the_warning()
        folders = [request.path.parent, request.config.rootpath]
        snapshot = _snapshot_of(request)
        if snapshot is not None:
            _load(Machine(folders), snapshot)
        yield Machine(folders)
    finally:
        simulation.reset()


@cache
def _give_the_warning() -> None:
    """Let the SimulationWarning pass unseen: a test with this fixture has asked for simulation.

    It is given once in a process, by the first change; this is one that changes nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ipif.SimulationWarning)
        ipif.set_interface(ipif.list_interfaces()[0])


def _snapshot_of(request: pytest.FixtureRequest) -> Snapshot | None:
    """Return the snapshot that the parameter or the marker asks for, or ``None``."""
    parameter: Snapshot | None = getattr(request, "param", None)
    marker = request.node.get_closest_marker("ipif_machine")
    if parameter is not None or marker is None:
        return parameter
    if marker.kwargs or len(marker.args) > 1:
        _fail('write one snapshot into the marker, such as @pytest.mark.ipif_machine("lab.json")')
    return marker.args[0] if marker.args else None


def _load(machine: Machine, snapshot: Snapshot) -> None:
    """Load *snapshot*; what is wrong with it is shown without a traceback."""
    if not isinstance(snapshot, (Mapping, str, os.PathLike)):
        _fail(f"expected the path of a snapshot or a dict, got {type(snapshot).__name__}")
    reason = ""
    try:
        machine.load(snapshot)
    except (OSError, ipif.ValidationError) as error:
        reason = str(error)
    if reason:
        _fail(reason)


def _fail(reason: str) -> NoReturn:
    """Let the test fail with *reason*."""
    import pytest

    pytest.fail(f"ipif_machine: {reason}", pytrace=False)
