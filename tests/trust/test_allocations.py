"""What CPython itself does when an allocation fails, and what ipif does about it."""

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


# No ipif: the arguments of __exit__ are a tuple, and there are no spare ones of three items.
LOCK = """
import _testcapi
from _thread import RLock
{change}

def use():
    with lock:
        pass

held = []
kept = []
for number in range(1, 40):
    kept += [(i, i, i) for i in range(3000)]
    _testcapi.set_nomemory(number - 1, number)
    try:
        use()
    except MemoryError:
        pass
    finally:
        _testcapi.remove_mem_hooks()
    def look():
        held.append(not lock.acquire(blocking=False))
        if not held[-1]:
            lock.release()
    import threading
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    if held[-1]:
        lock.release()
print(any(held))
"""


@without_memory
def test_cpython_does_not_release_a_lock_without_memory_for_the_arguments_of_exit() -> None:
    assert run(LOCK.format(change="lock = RLock()")).stdout == "True\n"


@without_memory
def test_the_lock_of_transactions_is_released_without_memory() -> None:
    change = "from ipif._desired.transaction import LOCK as lock"
    assert run(LOCK.format(change=change)).stdout == "False\n"


# No ipif: self is leaked, because there is no memory for the variable that the inner function uses.
VARIABLE = """
import _testcapi, weakref

class Reader:
    def read(self):
        row = {1: 2}
        return {name: row[name] for name in row}

leaked = []
for number in range(1, 60):
    reader = Reader()
    found = weakref.ref(reader)
    reader.read()
    _testcapi.set_nomemory(number - 1, number)
    try:
        reader.read()
    except MemoryError:
        pass
    finally:
        _testcapi.remove_mem_hooks()
    del reader
    leaked.append(found() is not None)
print(any(leaked))
"""


@without_memory
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="shown on CPython 3.11")
def test_cpython_leaks_the_arguments_of_a_function_without_memory_for_a_variable() -> None:
    assert run(VARIABLE).stdout == "True\n"


FINISH = """
import _testcapi
from ipif._core.backend import native

calls = []
kept = []
begin = native.until_done(lambda *args: calls.append(args))
for number in range(1, 40):
    kept += [(i, i, i) for i in range(3000)]
    calls.clear()
    _testcapi.set_nomemory(number - 1, number)
    try:
        begin(1, 2, 3)
    except MemoryError:
        pass
    finally:
        _testcapi.remove_mem_hooks()
    assert (1, 2, 3) in calls, number
print("called")
"""


@without_memory
def test_until_done_calls_its_function_without_memory_for_the_arguments() -> None:
    assert run(FINISH).stdout == "called\n"


ADDED = """
import _testcapi
import ipif
from ipif import simulation

names = []
for number in range(1, 700):
    simulation.reset()
    before = len(ipif.list_adapters()), len(ipif.list_interfaces())
    _testcapi.set_nomemory(number - 1, number)
    try:
        simulation.add_interface("New")
    except (MemoryError, SystemError):
        done = False
    else:
        done = True
    finally:
        _testcapi.remove_mem_hooks()
    names.append(done)
    after = len(ipif.list_adapters()), len(ipif.list_interfaces())
    expected = (before[0] + 1, before[1] + 2) if done else before
    assert after == expected, (number, before, after)
print(any(names), all(names))
"""


@without_memory
@pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="CPython 3.12 and 3.13 read freed memory there, without ipif, too",
)
def test_an_interface_is_added_with_all_its_families_or_not_at_all() -> None:
    assert run(ADDED).stdout == "True False\n"
