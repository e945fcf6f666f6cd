"""A call whose allocation fails is seen to fail, and CPython itself loses exceptions then."""

from __future__ import annotations

import importlib.util
import sys

import pytest
import support.machine  # noqa: F401
from support.fresh import run

without_memory = pytest.mark.skipif(
    importlib.util.find_spec("_testcapi") is None
    or not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="needs _testcapi, which makes allocations fail, and only with a GIL",
)

# No ipif: a function of Python that raises, called by another one.
PLAIN = """
import _testcapi

def inner():
    raise ValueError(5)

def outer():
    return inner()

found = set()
for number in range(1, 60):
    _testcapi.set_nomemory(number - 1, number)
    try:
        outer()
    except BaseException as error:
        raised = error
    finally:
        _testcapi.remove_mem_hooks()
    found.add(f"{type(raised).__name__}: {raised}")
assert "ValueError: 5" in found
print("SystemError: error return without exception set" in found)
"""


@without_memory
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="shown on CPython 3.11")
def test_cpython_loses_an_exception_without_memory_for_the_traceback() -> None:
    assert run(PLAIN).stdout == "True\n"
