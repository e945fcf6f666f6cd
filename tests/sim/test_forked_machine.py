"""A forked child has the machine of its parent, whatever the threads of the parent were doing."""

import support.machine  # noqa: F401
from support.fork import needs_fork, run_forking

pytestmark = needs_fork


def test_fork_while_threads_call_functions_leaves_the_child_able_to_call_them() -> None:
    run_forking("""
dad_transmits(0)
repeat(lambda number: netioapi.get_ip_interface_table())
repeat(dad_transmits)

def child():
    dad_transmits(7)
    assert netioapi.get_ip_interface_entry(2, index=13)["DadTransmits"] == 7
    ipif.simulation.set_link("Ethernet", up=False)
    assert ipif.simulation.dump()["interfaces"]
    ipif.simulation.reset()

for _ in range(100):
    fork(child)
""")


def test_fork_gives_the_child_a_machine_of_its_own() -> None:
    run_forking("""
def child():
    assert netioapi.get_ip_interface_entry(2, index=13)["DadTransmits"] == 5
    dad_transmits(7)

dad_transmits(5)
fork(child)
assert netioapi.get_ip_interface_entry(2, index=13)["DadTransmits"] == 5
""")


def test_fork_while_notifications_are_delivered_leaves_the_child_able_to_watch() -> None:
    run_forking("""
watches = [ipif.watch(capacity=1), ipif.watch(capacity=5), ipif.watch_addresses()]
repeat(dad_transmits)
repeat(lambda number: watches[number % 3].get(0))

def child():
    for watch in watches:
        watch.get(0)
        watch.close()
    with ipif.watch(initial=True) as own:
        dad_transmits(0)
        assert own.initial
        assert own.get(30).index == 13
    assert control.settle(30_000) == 0

for _ in range(100):
    fork(child)
for watch in watches:
    watch.close()
""")


def test_fork_leaves_the_watches_of_the_parent_open() -> None:
    run_forking("""
with ipif.watch() as watch:
    fork(watch.close)
    dad_transmits(7)
    assert watch.get(30).index == 13
""")


def test_fork_while_a_thread_waits_for_a_callback_or_the_end_of_all() -> None:
    run_forking("""
def open_and_close(number):
    ipif.watch(initial=True).close()
open_and_close(0)  # imports: CPython's own locks of modules are not safe from a fork
repeat(open_and_close)
repeat(dad_transmits)
repeat(lambda number: control.settle(5))

def child():
    open_and_close(0)
    assert control.settle(30_000) == 0

for _ in range(100):
    fork(child)
""")
