"""ipif's modules for Salt as a minion has them: Salt puts names into them, here a test does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import support.machine  # noqa: F401
from ipif.salt import _applying, _journals
from ipif.salt._known import KNOWN
from ipif.salt.beacons import ipif as beacon
from ipif.salt.modules import ipif as execution
from ipif.salt.states import ipif as states
from support.eventually import eventually

ETHERNET = [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]


class CommandExecutionError(Exception):
    """Stands for that of Salt, which is not installed."""


class Minion:
    """A minion with a folder of its own, and the modules that Salt has loaded for it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.opts: dict[str, Any] = {"id": "pc-01", "cachedir": str(folder), "test": False}
        self.context: dict[str, Any] = {}
        #: Functions of other modules, by their names.
        self.functions: dict[str, Callable[..., Any]] = {}
        names = {"__opts__": self.opts, "__salt__": self.functions, "__context__": self.context}
        for module in (execution, states, beacon):
            for name, value in names.items():
                monkeypatch.setattr(module, name, value, raising=False)
        exceptions = ModuleType("salt.exceptions")
        vars(exceptions)["CommandExecutionError"] = CommandExecutionError
        monkeypatch.setitem(sys.modules, "salt", ModuleType("salt"))
        monkeypatch.setitem(sys.modules, "salt.exceptions", exceptions)

    @property
    def open(self) -> list[str]:
        """The names of the journals of changes in progress."""
        return sorted(path.name for path in (self.folder / "ipif" / "open").glob("*.json"))

    def settled(self) -> None:
        """Wait until no change waits to be confirmed."""
        eventually(lambda: not _journals.Journals(self.opts).waiting())

    def close(self) -> None:
        """Revert what waits, and close the watches."""
        _applying.revert(self.opts)
        for known in KNOWN.values():
            if known.watch is not None:
                known.watch.close()
        KNOWN.clear()
