"""Tables of 2 to 20,000 rows: the time for each row stays the same when it is linear.

As many copies of one dict show what the memory for so many dicts takes by itself.
"""

from collections.abc import Callable

from clock import statement
from machine import ipif, load_many, netioapi
from operations import Operations, Result

SIZES = (2, 20, 200, 2_000, 20_000)
SMOKE_SIZES = (2, 20, 200, 2_000)


def measure(operations: Operations, say: Callable[[str], None]) -> list[Result]:
    """Return the result for each size, per row."""
    results = []
    for size in SMOKE_SIZES if operations.clock.smoke else SIZES:
        name = f"{size:,}"
        say(f"table of {name} rows")
        load_many(size)
        assert len(netioapi.get_ip_interface_table()) == size
        ways = {"ipif": statement("table()", table=netioapi.get_ip_interface_table)}
        ways["the call"] = operations.loop_table()
        row = netioapi.get_ip_interface_table()[0]
        ways["dict.copy()"] = statement("[copy() for _ in range(n)]", copy=row.copy, n=size)
        for way, other in operations.ways.items():
            ways[way] = statement("table()", table=other.table)
        results.append(Result(name, operations.clock.medians(ways), parts=size))
    ipif.simulation.reset()
    return results
