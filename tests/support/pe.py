"""The compiled modules for Windows, read with pefile."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ipif


class Module(NamedTuple):
    """A compiled module: the file that it comes from, its name and its bytes."""

    source: str
    name: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"


def wheels() -> list[Path]:
    """Return the wheels for Windows in the folder that ``IPIF_WINDOWS_WHEELS`` names."""
    folder = os.environ.get("IPIF_WINDOWS_WHEELS")
    return sorted(Path(folder).glob("*-win*.whl")) if folder else []


def compiled_modules() -> list[Module]:
    """Return the modules of those wheels; on Windows without them, the installed ones."""
    if found := wheels():
        return [module for wheel in found for module in _of_wheel(wheel)]
    if sys.platform != "win32":
        return []
    folder = Path(ipif.__file__).parent
    return [Module("installed", path.name, path.read_bytes()) for path in folder.glob("*.pyd")]


def _of_wheel(wheel: Path) -> list[Module]:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".pyd")]
        return [
            Module(wheel.stem.split("-")[-1], Path(name).name, archive.read(name)) for name in names
        ]


def read(module: Module) -> Any:
    """Return what pefile reads in a module."""
    pefile = pytest.importorskip("pefile", reason="pefile is not installed")
    return pefile.PE(data=module.content)
