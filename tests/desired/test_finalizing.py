"""An interpreter ends although a daemon thread will never finish what it was doing.

A block in an unfinished generator is left when the interpreter is being finalized. By then a daemon
thread that was in the middle of a transaction does not run any more, and keeps the lock.
"""

import pytest
import support.machine  # noqa: F401
from support.fresh import MACHINE, run

UNFINISHED = """
import builtins, os, threading, time
from ipif._desired.transaction import LOCK

DOCUMENT = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"DadTransmits": 5}}]}
read, write = netioapi.get_ip_interface_entry, os.write

def steps():
    try:
        with BLOCK:
            yield
    finally:
        write(1, b"left, DadTransmits %d" % read(2, index=13)["DadTransmits"])

builtins.unfinished = steps()  # builtins is cleared last, when ipif still works
next(builtins.unfinished)
"""

HOLD_THE_LOCK = """
has_lock = threading.Event()

def hold():
    with LOCK:
        has_lock.set()
        while True:
            time.sleep(0.001)

threading.Thread(target=hold, daemon=True).start()
has_lock.wait(30)
"""


@pytest.mark.parametrize(
    "block", ['ipif.changed("Ethernet", "ipv4", DadTransmits=5)', "ipif.plan(DOCUMENT)"]
)
def test_a_block_is_left_although_a_daemon_thread_keeps_the_lock(block: str) -> None:
    done = run(MACHINE + UNFINISHED.replace("BLOCK", block) + HOLD_THE_LOCK)
    assert done.stdout == "left, DadTransmits 3"


def test_a_guard_is_left_although_its_thread_will_never_end() -> None:
    done = run(
        MACHINE
        + UNFINISHED.replace("BLOCK", "ipif.guard(DOCUMENT, interval=0, on_revert=wait)").replace(
            "builtins.unfinished = ",
            "reached = threading.Event()\n"
            "def wait(changes):\n"
            "    reached.set()\n"
            "    while True:\n"
            "        time.sleep(0.001)\n"
            "builtins.unfinished = ",
        )
        + 'netioapi.update_ip_interface_entry(2, {"DadTransmits": 7}, index=13)\n'
        "assert reached.wait(30)\n"
    )
    assert done.stdout == "left, DadTransmits 7"
