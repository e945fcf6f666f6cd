"""The pytest plugin: the ini option ``ipif_backend``, the fixture and marker ``ipif_machine``.

pytest imports this module in every project of an environment that has ipif. It is no part of the
package, which chooses its backend when it is imported: pytest reads the ini file after that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipif.pytest_plugin import Machine

BACKENDS = ("simulated", "windows")
HOW_TO_SIMULATE = (
    'Write "ipif_backend = simulated" into the ini file of pytest, or set IPIF_BACKEND=simulated '
    "in the environment before pytest starts."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    text = (
        "backend of ipif, simulated or windows: sets IPIF_BACKEND before conftest files are "
        "imported (default: as in the environment)"
    )
    parser.addini("ipif_backend", text, type="string", default="")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    choose_backend(early_config)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "ipif_machine(snapshot): run the test on a simulated machine of its own; snapshot is the "
        "path of a file, relative to the test file or to rootdir, or a dict",
    )
    choose_backend(config)  # where a conftest file names this plugin, it is loaded only now


def choose_backend(config: pytest.Config) -> None:
    """Set IPIF_BACKEND as the ini file says; ``UsageError`` when it is too late for that."""
    wanted: str = config.getini("ipif_backend")
    if not wanted:
        return
    if wanted not in BACKENDS:
        raise pytest.UsageError(f"ipif_backend is {wanted!r}; write simulated or windows")
    chosen = getattr(sys.modules.get("ipif"), "backend", wanted)
    if chosen != wanted:
        raise pytest.UsageError(
            f"ipif_backend is {wanted!r}, but ipif has been imported with backend {chosen!r} "
            "before pytest read the ini file, probably by a plugin. "
            f"Set IPIF_BACKEND={wanted} in the environment before pytest starts."
        )
    os.environ["IPIF_BACKEND"] = wanted


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # A marked test gets a machine of its own, whether it takes the fixture as an argument or not.
    if isinstance(item, pytest.Function) and item.get_closest_marker("ipif_machine") is not None:
        names = item.fixturenames
        item.fixturenames = ["ipif_machine", *(name for name in names if name != "ipif_machine")]


@pytest.fixture
def ipif_machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A simulated machine for this test alone: an ipif.pytest_plugin.Machine.

    It is the bundled machine, or the snapshot of the marker ipif_machine or of an indirect
    parameter: the path of a file, relative to the test file or to rootdir, or a dict.
    """
    if "ipif" not in sys.modules:
        os.environ.setdefault("IPIF_BACKEND", "simulated")
    import ipif

    if ipif.backend != "simulated":
        pytest.fail(
            "ipif_machine: ipif has been imported with backend 'windows', so this test would "
            f"change the network of this computer. {HOW_TO_SIMULATE}",
            pytrace=False,
        )
    from ipif.pytest_plugin import machine_of

    with machine_of(request) as machine:
        yield machine
