"""Whole jobs, when a system call takes as long as on Windows: ipif, and ctypes that does the same.

The simulation waits so many microseconds in every call. The ctypes code does what ipif does, with
as many calls; for jobs that restore, it is also measured without the checks that ipif makes.
"""

from collections.abc import Callable

from clock import Clock, statement
from implementations.ctypes_jobs import CtypesJobs
from machine import AF_INET, ETHERNET, address, control, ipif, netioapi, system_calls
from operations import alike
from report import Table

DELAY = 20  # microseconds
ROWS = 5  # of the plan
METRIC, NEW = 25, 10

Job = Callable[[], object]


def measure(clock: Clock) -> Table:
    ipif.simulation.reset()
    luid = netioapi.convert_interface_index_to_luid(ETHERNET)
    rows = [row for row in ipif.list_interfaces("ipv4") if row["NlMtu"] == 1500][:ROWS]
    luids = [row["InterfaceLuid"] for row in rows]
    assert len(luids) == ROWS
    same, least = CtypesJobs(address, checks=True), CtypesJobs(address, checks=False)
    # By the name of the job: ipif, ctypes that does the same, and ctypes without checks.
    jobs: dict[str, tuple[Job, ...]] = {
        "read a row": (
            lambda: ipif.get_interface(ETHERNET, "ipv4"),
            lambda: same.get(AF_INET, luid),
        ),
        "list all rows and adapters": (
            lambda: (ipif.list_interfaces(), ipif.list_adapters()),
            same.both_tables,
        ),
        "change a member, and return the row before and after": (
            lambda: ipif.update_interface(ETHERNET, "ipv4", Metric=NEW),
            lambda: same.change(luid, NEW),
        ),
        "change a member for a block, and restore it": (
            lambda: use_a_block(luid),
            lambda: same.use_a_block(luid, NEW),
            lambda: least.use_a_block(luid, NEW),
        ),
        f"change {ROWS} rows by a document, and revert them": (
            lambda: apply_and_revert(luids),
            lambda: same.apply_and_revert(luids, NEW),
            lambda: least.apply_and_revert(luids, NEW),
        ),
    }
    table = []
    for name, found in jobs.items():
        for each in luids:  # an earlier job may have changed them
            ipif.update_interface(ipif.Luid(each), "ipv4", Metric=METRIC)
        check(name, *found[:2])
        table.append([name, *_measure(clock, *found)])
    ipif.simulation.reset()
    head = [
        "job",
        "system calls of ipif",
        "of ctypes",
        "time of ctypes / ipif",
        "of ctypes without checks",
        "time of that / ipif",
    ]
    return Table(f"Jobs, at {DELAY} us a system call", head, table)


def check(name: str, own: Job, other: Job) -> None:
    """Make sure that ctypes does the same as ipif, with as many calls, and leaves the same rows."""
    snapshot = ipif.snapshot()
    left = []
    for job in (own, other):
        ipif.simulation.load(snapshot)
        left.append((system_calls(job), ipif.list_interfaces()))
    if left[0][0] != left[1][0]:
        raise AssertionError(f"{name}: {left[0][0]} system calls of ipif, {left[1][0]} of ctypes")
    alike(name, left[1][1], left[0][1])


def _measure(clock: Clock, own: Job, *others: Job) -> list[str]:
    """Return the cells of a job."""
    calls = [system_calls(job) for job in (own, *others)]
    timers = {f"{i}": statement("job()", job=job) for i, job in enumerate((own, *others))}
    control().set_delay(DELAY)
    try:
        times = clock.medians(timers)
    finally:
        control().set_delay(0)
    cells = [f"{calls[0]}"]
    for i in range(1, len(calls)):
        cells += [f"{calls[i]}", f"{times[str(i)] / times['0']:.2f}"]
    return cells + [""] * (5 - len(cells))


def use_a_block(luid: int) -> None:
    with ipif.changed(ipif.Luid(luid), "ipv4", Metric=NEW):
        pass


def apply_and_revert(luids: list[int]) -> None:
    entries = [{"match": {"luid": luid}, "ipv4": {"Metric": NEW}} for luid in luids]
    plan = ipif.plan({"interfaces": entries})
    plan.apply()
    plan.revert()
