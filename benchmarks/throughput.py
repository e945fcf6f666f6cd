"""How many updates a second 1, 2 and 4 threads make, each thread on an interface of its own.

The simulated computer does one call at a time, as its world has one lock; what can run at the same
time is what ipif and Python do around the call. With a GIL, that is what the call itself leaves.
"""

import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from machine import AF_INET, ipif, load_many, netioapi
from ways.ctypes_way import CtypesWay

THREADS = (1, 2, 4)


@dataclass(frozen=True)
class Throughput:
    """Updates per second, all threads together."""

    threads: int
    rates: dict[str, float]


def build() -> str:
    """Return what kind of interpreter this is."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return "with a GIL" if gil else "free-threaded, without a GIL"


def rate(work: Callable[[int], None], threads: int, updates: int) -> float:
    """Return how many updates per second that many threads make."""
    barrier = threading.Barrier(threads)
    starts, ends = [0.0] * threads, [0.0] * threads

    def run(number: int) -> None:
        barrier.wait()
        # Each thread looks at the clock itself: another one might have to wait for the GIL first.
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


def measure(ctypes_way: CtypesWay, smoke: bool) -> list[Throughput]:
    load_many(40)
    rows = netioapi.get_ip_interface_table(AF_INET)[: max(THREADS)]
    luids = [row["InterfaceLuid"] for row in rows]
    changes = {"Metric": 10}
    update = netioapi.update_ip_interface_entry

    def by_ipif(number: int) -> None:
        update(AF_INET, changes, luid=luids[number])

    def by_ctypes(number: int) -> None:
        ctypes_way.update(AF_INET, luids[number], 10)

    ways = {"ipif": by_ipif, "ctypes": by_ctypes}
    repeats, updates = (1, 200) if smoke else (9, 20_000)
    results = []
    for threads in THREADS:
        rates = {
            way: statistics.median(
                rate(work, threads, max(updates // threads, 1)) for _ in range(repeats)
            )
            for way, work in ways.items()
        }
        results.append(Throughput(threads, rates))
    ipif.simulation.reset()
    return results
