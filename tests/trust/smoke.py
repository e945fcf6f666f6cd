"""Every function is called a few times, with success and without: a program for valgrind.

    python tests/trust/smoke.py           # the functions of the extension and of ipif
    python tests/trust/smoke.py faults    # faults that are there on purpose

What the calls return is shown, so that each byte of it is read.
"""

import ctypes
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.calls import (
    BAD_WATCHES,
    CALLS,
    NATIVE_CALLS,
    WATCH_KINDS,
    exchange_and_read,
    finish_in_the_end,
    watch_and_read,
)
from support.machine import control, native
from support.public_calls import FAILS, WORKS

from ipif import netioapi, simulation


def show(call: Callable[[], object]) -> bool:
    """Make a call and show what it returns or raises; return whether it returned."""
    try:
        result = call()
        repr(result)
    except Exception as error:
        str(error)
        return False
    if hasattr(result, "close"):
        result.close()
    return True


def plant_faults() -> None:
    """Keep a closed watch for ever, and call GetIpInterfaceEntry with memory that nobody wrote."""
    watch = native.watch_open(0, 0, 0, False, 1)
    native.watch_close(watch)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(watch))
    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    get = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p)
    get(control().address("GetIpInterfaceEntry"))(malloc(168))


def call_everything() -> None:
    """Call every function of the extension, of the raw API and of ipif."""
    calls: list[Callable[[], object]] = [exchange_and_read, finish_in_the_end]
    for module, table in ((netioapi, CALLS), (native, NATIVE_CALLS)):
        for name, arguments in table.items():
            function = getattr(module, name)
            calls += [lambda f=function, p=p, n=n: f(*p, **n) for p, n in arguments]
    calls += [lambda kind=kind: watch_and_read(kind) for kind in WATCH_KINDS]
    calls += [lambda values=values: native.watch_open(*values) for values in BAD_WATCHES]
    calls += [*WORKS.values(), *FAILS.values()]
    results = []
    for call in calls:
        simulation.reset()
        results.append(show(call))
    assert control().settle(30_000) == 0
    assert control().live_tables() == 0
    print(f"{len(results)} calls, {sum(results)} of them succeeded", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # some calls warn
    if sys.argv[1:] == ["faults"]:
        plant_faults()
    else:
        call_everything()
