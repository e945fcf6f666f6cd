"""A process that is forked during a transaction of another thread: the child has a free lock."""

import support.machine  # noqa: F401
from support.fork import needs_fork, run_forking

pytestmark = needs_fork

CHANGE = """
def change(value):
    with ipif.changed("Ethernet", "ipv4", DadTransmits=value):
        assert ipif.get_interface(13, "ipv4")["DadTransmits"] == value

change(9)  # imports: CPython's own locks of modules are not safe from a fork
first = ipif.get_interface(13, "ipv4")["DadTransmits"]
"""


def test_the_child_can_change_rows_when_a_thread_of_the_parent_has_the_lock() -> None:
    run_forking(
        CHANGE
        + """
from ipif._desired.transaction import LOCK

has_lock, forking = threading.Event(), threading.Event()

def hold():
    with LOCK:
        has_lock.set()
        forking.wait(30)
        time.sleep(0.05)  # a fork that does not wait is over by then

threading.Thread(target=hold, daemon=True).start()
has_lock.wait(30)
os.register_at_fork(before=forking.set)
fork(lambda: change(5))
change(7)
"""
    )


def test_the_child_can_change_rows_while_a_thread_of_the_parent_changes_them() -> None:
    run_forking(
        CHANGE
        + """
repeat(lambda number: change(20 + number))

def child():
    found = ipif.get_interface(13, "ipv4")
    change(5)
    assert ipif.get_interface(13, "ipv4") == found

for _ in range(50):
    fork(child)
"""
    )


def test_a_block_that_is_open_can_be_left_in_both_processes() -> None:
    run_forking(
        CHANGE
        + """
def child():
    block.__exit__(None, None, None)
    assert ipif.get_interface(13, "ipv4")["DadTransmits"] == first

block = ipif.changed("Ethernet", "ipv4", DadTransmits=5)
block.__enter__()
fork(child)
assert ipif.get_interface(13, "ipv4")["DadTransmits"] == 5
child()
"""
    )
