"""Whole jobs, when a system call takes as long as on Windows: ipif, and ctypes that does the same.

The simulation waits so many microseconds in every call. The ctypes code makes the calls that the
job needs at least; ipif also compares the adapter's GUID before it sets a row, where it promises to
change no other one, and reads back what it has set.
"""

from collections.abc import Callable

from clock import Clock, statement
from implementations.ctypes_careful import CtypesCareful
from machine import AF_INET, ETHERNET, control, ipif, netioapi, system_calls
from report import Table

DELAY = 20  # microseconds
ROWS = 5  # of the plan


def measure(careful: CtypesCareful, clock: Clock) -> Table:
    ipif.simulation.reset()
    luid = netioapi.convert_interface_index_to_luid(ETHERNET)
    rows = [row for row in ipif.list_interfaces("ipv4") if row["NlMtu"] == 1500][:ROWS]
    assert len(rows) == ROWS
    desired = {
        "interfaces": [
            {"match": {"luid": row["InterfaceLuid"]}, "ipv4": {"Metric": 10}} for row in rows
        ]
    }
    luids = [row["InterfaceLuid"] for row in rows]
    jobs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "read a row": (
            lambda: ipif.get_interface(ETHERNET, "ipv4"),
            lambda: careful.get(AF_INET, luid),
        ),
        "list all rows with their aliases": (
            lambda: (ipif.list_interfaces(), ipif.list_adapters()),
            lambda: (careful.table(), careful.adapters()),
        ),
        "change a member, and return the row before and after": (
            lambda: ipif.update_interface(ETHERNET, "ipv4", Metric=10),
            lambda: changed_row(careful, luid, 10),
        ),
        "change a member for a block, and restore it": (
            lambda: use_a_block(luid),
            lambda: change_and_restore(careful, [luid]),
        ),
        f"change {ROWS} rows by a document, and revert them": (
            lambda: apply_and_revert(desired),
            lambda: (careful.table(), careful.adapters(), change_and_restore(careful, luids)),
        ),
    }
    table = []
    for job, (own, other) in jobs.items():
        for row in rows:  # an earlier job may have left them otherwise
            ipif.update_interface(row, "ipv4", Metric=25)
        calls = [system_calls(own), system_calls(other)]
        control().set_delay(DELAY)
        try:
            times = clock.medians(
                {"ipif": statement("own()", own=own), "ctypes": statement("other()", other=other)}
            )
        finally:
            control().set_delay(0)
        ratio = times["ctypes"] / times["ipif"]
        table.append([job, *map(str, calls), f"{ratio:.2f}"])
    ipif.simulation.reset()
    head = ["job", "system calls of ipif", "of ctypes", "time of ctypes / ipif"]
    return Table(f"Jobs, at {DELAY} us a system call", head, table)


def changed_row(careful: CtypesCareful, luid: int, metric: int) -> tuple[object, object]:
    before = careful.get(AF_INET, luid)
    careful.set({**before, "Family": AF_INET, "SitePrefixLength": 0, "Metric": metric})
    return before, careful.get(AF_INET, luid)


def change_and_restore(careful: CtypesCareful, luids: list[int]) -> None:
    """Change a metric, and restore those that still have the new value."""
    before = [careful.get(AF_INET, luid) for luid in luids]
    for row in before:
        careful.set({**row, "Family": AF_INET, "SitePrefixLength": 0, "Metric": 10})
    for luid, row in zip(luids, before, strict=True):
        if careful.get(AF_INET, luid)["Metric"] == 10:
            careful.set({**row, "Family": AF_INET, "SitePrefixLength": 0})


def use_a_block(luid: int) -> None:
    with ipif.changed(ipif.Luid(luid), "ipv4", Metric=10):
        pass


def apply_and_revert(desired: dict[str, object]) -> None:
    plan = ipif.plan(desired)
    plan.apply()
    plan.revert()
