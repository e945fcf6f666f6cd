"""How many updates a second 1, 2 and 4 threads make, each thread on an interface of its own.

The simulated machine has one lock and runs one call at a time; what can run in parallel is what
ipif and Python do around the call.
"""

import statistics
import threading
import time
from collections.abc import Callable

from implementations.ctypes_careful import CtypesCareful
from machine import AF_INET, ipif, load_many, netioapi
from report import Table, build

THREADS = (1, 2, 4)


def rate(work: Callable[[int], None], threads: int, updates: int) -> float:
    """Return how many updates per second that many threads make."""
    barrier = threading.Barrier(threads)
    starts, ends = [0.0] * threads, [0.0] * threads

    def run(number: int) -> None:
        barrier.wait()
        # Each thread reads the clock itself: another one might have to wait for the GIL first.
        starts[number] = time.perf_counter()
        for _ in range(updates):
            work(number)
        ends[number] = time.perf_counter()

    crew = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return threads * updates / (max(ends) - min(starts))


def measure(careful: CtypesCareful, smoke: bool) -> Table:
    load_many(40)
    rows = netioapi.get_ip_interface_table(AF_INET)[: max(THREADS)]
    luids = [row["InterfaceLuid"] for row in rows]
    changes = {"Metric": 10}
    update = netioapi.update_ip_interface_entry

    def by_ipif(number: int) -> None:
        update(AF_INET, changes, luid=luids[number])

    def by_ctypes(number: int) -> None:
        careful.update(AF_INET, luids[number], 10)

    works = {"ipif": by_ipif, "ctypes": by_ctypes}
    repeats, updates = (1, 200) if smoke else (9, 20_000)
    rows = []
    for threads in THREADS:
        each = max(updates // threads, 1)
        rates = [
            statistics.median(rate(work, threads, each) for _ in range(repeats))
            for work in works.values()
        ]
        rows.append([str(threads), *(f"{found:,.0f}" for found in rates)])
    ipif.simulation.reset()
    title = f"`update_ip_interface_entry` in several threads, {build()}"
    return Table(title, ["threads", *(f"{name}, updates per second" for name in works)], rows)
