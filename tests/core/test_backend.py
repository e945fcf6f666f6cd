"""Which backend is chosen, and what is said when it cannot be imported."""

import sys
from types import SimpleNamespace

import pytest
import support.machine  # noqa: F401

from ipif._core import backend
from ipif._sim import control


def test_the_environment_chooses_and_otherwise_the_system() -> None:
    assert backend._choose("simulated") == "simulated"
    assert backend._choose(None) == ("windows" if sys.platform == "win32" else "simulated")


def test_another_name_is_an_import_error_that_shows_it() -> None:
    with pytest.raises(ImportError, match="IPIF_BACKEND is 'linux'; it must be 'windows' or"):
        backend._choose("linux")


def test_windows_elsewhere_is_an_import_error_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ImportError, match=r"this system is 'linux'.* Use IPIF_BACKEND=simulated"):
        backend._choose("windows")


def test_an_extension_that_is_there_explains_itself() -> None:
    error = ImportError("DLL load failed", name="_ipif")
    assert backend._explained(error) is error


@pytest.mark.parametrize(("name", "module"), [("windows", "_ipif"), ("simulated", "_ipif_sim")])
def test_a_missing_extension_is_named_with_the_way_to_get_it(
    name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "backend", name)
    error = ImportError(f"cannot import name {module!r}", name="ipif")
    assert str(backend._explained(error)) == (
        f"the compiled module ipif.{module} is missing: install ipif with pip, or build it "
        "(python -m pip install .)"
    )
    loader = SimpleNamespace(archive="program.pyz")
    monkeypatch.setattr(backend, "__spec__", SimpleNamespace(loader=loader))
    assert "ipif is in the archive program.pyz" in str(backend._explained(error))


def test_without_a_simulation_there_are_no_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_control", None)
    with pytest.raises(RuntimeError, match="there is no simulation to control"):
        control.control()
