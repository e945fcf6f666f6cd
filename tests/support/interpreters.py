"""Sub-interpreters: code for a process of its own (see ``fresh``)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from support.fresh import MACHINE, run

# create(own_gil) -> id, run(id, code), destroy(id): the same for every version of CPython.
INTERPRETERS = """
try:
    import _interpreters
except ImportError:
    import _xxsubinterpreters as _interpreters

def create(own_gil):
    if sys.version_info >= (3, 13):
        return _interpreters.create("isolated" if own_gil else "legacy")
    # 3.12: isolated means a GIL of its own; 3.11 has but one GIL.
    return _interpreters.create(isolated=own_gil)

def run(interpreter, code):
    problem = _interpreters.run_string(interpreter, code)
    if problem is not None:
        raise SystemExit(f"in the sub-interpreter: {problem}")

destroy = _interpreters.destroy
"""

# What a sub-interpreter does; the paths are handed over, as it may start without them.
WORK = """
import sys
sys.path[:] = {path!r}
import ipif
from ipif import netioapi
from socket import AF_INET, AF_INET6
before = netioapi.get_ip_interface_entry(AF_INET, index=13)
netioapi.update_ip_interface_entry(AF_INET, dict(NlMtu=before["NlMtu"] - 1), index=13)
assert len(netioapi.get_ip_interface_table(AF_INET6)) == 10
assert len(netioapi.get_if_table2()) == 11
assert len(netioapi.get_ip_forward_table2()) == 6
try:
    netioapi.get_ip_interface_entry(AF_INET, index=4242)
except ipif.InterfaceNotFound as error:
    assert error.winerror == 2
else:
    raise AssertionError
assert list(before) == [field.name for field in ipif.FIELDS]
"""

needs_interpreters = pytest.mark.skipif(
    not any(importlib.util.find_spec(name) for name in ("_interpreters", "_xxsubinterpreters")),
    reason="this Python comes without a module for sub-interpreters",
)
KINDS = [
    pytest.param(False, id="legacy"),
    pytest.param(
        True,
        id="own GIL",
        marks=pytest.mark.skipif(
            sys.version_info < (3, 12), reason="interpreters have a GIL of their own from 3.12 on"
        ),
    ),
]


def in_interpreters(
    code: str, own_gil: bool, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run *code*, which can call ``create``, ``run`` and ``destroy``, and has WORK."""
    before = INTERPRETERS + f"WORK = {WORK!r}\nOWN_GIL = {own_gil}\n"
    return run(MACHINE + before + code, seconds=seconds)
