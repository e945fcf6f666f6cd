"""From SetIpInterfaceEntry to the event: how long until a waiting thread has the notification.

The time runs from before SetIpInterfaceEntry is called until the thread that waits in
``Watch.get()`` is back in Python. For ctypes it runs until the first line of the Python function
that Windows calls. Both include the call, the thread of the simulation and the switch between
threads.
"""

import threading
import time

from implementations.ctypes_careful import CtypesWatch
from machine import AF_INET, ETHERNET, address, ipif, netioapi
from report import Table, us

TIMEOUT = 5.0  # seconds
PAUSE = 0.0005  # seconds between two changes: the reader must be waiting again


def change(number: int) -> None:
    """Change a value; each number makes a difference."""
    changes = {"NlMtu": 1400 + number % 2}
    netioapi.update_ip_interface_entry(AF_INET, changes, index=ETHERNET)


def by_ipif(changes: int) -> list[float]:
    times: list[float] = []
    came = threading.Semaphore(0)
    latencies = []
    with ipif.watch() as watch:

        def read() -> None:
            for _ in range(changes):
                if watch.get(TIMEOUT) is None:
                    return
                times.append(time.perf_counter())
                came.release()

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(changes):
            time.sleep(PAUSE)
            start = time.perf_counter()
            change(number)
            if not came.acquire(timeout=TIMEOUT):
                raise RuntimeError("a notification did not come")
            latencies.append(times[-1] - start)
        reader.join()
    return latencies


def by_ctypes(changes: int) -> list[float]:
    watch = CtypesWatch(address)
    latencies = []
    try:
        for number in range(changes):
            time.sleep(PAUSE)
            start = time.perf_counter()
            change(number)
            while len(watch.times) == number:
                if time.perf_counter() - start > TIMEOUT:
                    raise RuntimeError("a notification did not come")
                time.sleep(PAUSE)
            latencies.append(watch.times[-1] - start)
    finally:
        watch.close()
    return latencies


def measure(smoke: bool) -> Table:
    """Return what half of the events, and 99 of 100, took at most."""
    changes = 20 if smoke else 2_000
    rows = []
    for name, run in {"ipif": by_ipif, "ctypes": by_ctypes}.items():
        ipif.simulation.reset()
        latencies = sorted(run(changes))
        p50, p99 = latencies[changes // 2], latencies[changes * 99 // 100]
        rows.append([name, us(p50), us(p99), f"{changes:,}"])
    ipif.simulation.reset()
    return Table("Notifications", ["call to event", "p50, us", "p99, us", "events"], rows)
