"""What Salt finds, and that nothing of Salt is needed to import it."""

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import run

import ipif
import ipif.salt
from ipif.salt.grains import ipif as grains

KINDS = ("modules", "states", "beacons", "grains")


def test_the_wheel_has_the_entry_point_of_salts_loader() -> None:
    [found] = [one for one in entry_points(group="salt.loader") if one.name == "ipif"]
    assert found.load() is ipif.salt


@pytest.mark.parametrize("kind", KINDS)
def test_salt_finds_the_module_in_a_folder(kind: str) -> None:
    assert (Path(next(iter(ipif.salt.__path__)), kind, "ipif.py")).is_file()
    module = importlib.import_module(f"ipif.salt.{kind}.ipif")
    if kind != "grains":
        assert module.__virtual__() == module.__virtualname__ == "ipif"


def test_every_module_is_imported_without_salt() -> None:
    code = "\n".join(f"import ipif.salt.{kind}.ipif" for kind in KINDS)
    names = "[name for name in sys.modules if name.partition('.')[0] == 'salt']"
    found = run(f"import sys\nsys.modules['salt'] = None\n{code}\nprint({names})").stdout
    assert found.split() == ["['salt']"]


def test_import_ipif_imports_nothing_for_salt() -> None:
    names = "[name for name in sys.modules if 'salt' in name]"
    assert run(f"import sys\nimport ipif\nprint({names})").stdout.split() == ["[]"]


def test_the_grain_is_small() -> None:
    [(name, facts)] = grains.interfaces().items()
    assert name == "ipif"
    assert facts == {
        "version": ipif.__version__,
        "backend": ipif.backend,
        "ipv4": len(ipif.list_interfaces("ipv4")),
        "ipv6": len(ipif.list_interfaces("ipv6")),
    }


def test_the_grain_does_not_raise() -> None:
    ipif.simulation.fail("GetIpInterfaceTable", 50)
    assert "[WinError 50]" in grains.interfaces()["ipif"]["error"]
    assert "ipif.salt" in sys.modules
