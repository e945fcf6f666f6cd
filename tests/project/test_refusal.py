"""No test changes a real network: every test module refuses by itself to run on one."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import machine, simulated_dll
from support.fresh import TESTS

REAL = {"live": "support.real", "wine_own": "support.wine_own"}
MODULES = sorted(TESTS.rglob("test_*.py"))


def guard_of(path: Path) -> str:
    """Return the module of support that a test module must import."""
    return REAL.get(path.relative_to(TESTS).parts[0], "support.machine")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_every_test_module_imports_its_guard(path: Path) -> None:
    imported = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {str(node.module)} | {f"{node.module}.{a.name}" for a in node.names}
    assert guard_of(path) in imported


def test_there_are_modules_of_each_kind() -> None:
    assert {guard_of(path) for path in MODULES} == {"support.machine", *REAL.values()}


def test_backend_windows_without_the_simulated_dll_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simulated_dll, "is_loaded", lambda: False)
    with pytest.raises(pytest.exit.Exception, match="must not run on a real network") as caught:
        machine.refuse_a_real_network("windows")
    assert caught.value.returncode == 2


def test_the_simulation_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    machine.refuse_a_real_network("simulated")
    monkeypatch.setattr(simulated_dll, "is_loaded", lambda: True)
    machine.refuse_a_real_network("windows")


# A package that looks like ipif on a real Windows machine and fails the test when it is called.
STAND_IN = {
    "ipif/__init__.py": "backend = 'windows'\ndef __getattr__(name): raise SystemExit(77)\n",
    "ipif/_core/__init__.py": "",
    "ipif/_core/backend.py": "native = None\n",
    "ipif/_sim/__init__.py": "",
    "ipif/_sim/control.py": "control = use = None\n",
}


with_a_real_dll = pytest.mark.skipif(
    simulated_dll.is_loaded(), reason="the simulated iphlpapi.dll is loaded: nothing to refuse"
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("core/test_interfaces.py", marks=with_a_real_dll),
        pytest.param("native/test_netioapi.py", marks=with_a_real_dll),
        "live/test_live_change.py",
    ],
)
def test_a_module_that_is_run_alone_refuses_before_it_calls_anything(
    name: str, tmp_path: Path
) -> None:
    for file, text in STAND_IN.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(TESTS)])}
    environment.pop("IPIF_LIVE", None)
    options = ["-p", "no:cacheprovider", "--noconftest", "-c", os.devnull, "-o", "addopts="]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(TESTS / name)],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "tests/live/README.md" in done.stdout + done.stderr
