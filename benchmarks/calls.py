"""Measure how long each function of the system takes, here: percentiles of single calls.

    python benchmarks/calls.py [--count N] [--set ALIAS] [--output FILE]

On Windows these are the real functions; elsewhere, and under Wine, those of the simulation, which
only shows that this program works. The times include what the extension adds: less than a
microsecond for a row, about half a microsecond for each row of a table.

Only reading functions are called. With *--set*, SetIpInterfaceEntry is called too, on the IPv4 row
of that adapter: nothing else should use it. It gets its values back. Windows asks for elevation.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ipif
from ipif import netioapi

Call = Callable[[], object]

PERCENTILES = (5, 50, 95, 99)
SECONDS = 2.0  # the longest time for one function


def reading_calls() -> dict[str, Call]:
    """Return the functions that only read, with arguments from the first connected interface."""
    rows = ipif.list_interfaces("ipv4")
    row = next((row for row in rows if row["Connected"]), rows[0])
    family, luid, index = row["Family"], row["InterfaceLuid"], row["InterfaceIndex"]
    own = ipif.Luid(luid)
    alias, guid = own.alias, own.guid
    loopback = "127.0.0.1"  # always has a route
    calls: dict[str, Call] = {
        "InitializeIpInterfaceEntry (no system call)": netioapi.initialize_ip_interface_entry,
        "GetIpInterfaceEntry, by LUID": lambda: netioapi.get_ip_interface_entry(family, luid=luid),
        "GetIpInterfaceEntry, by index": lambda: netioapi.get_ip_interface_entry(
            family, index=index
        ),
        "GetIfEntry2": lambda: netioapi.get_if_entry2(luid=luid),
        "GetBestRoute2": lambda: netioapi.get_best_route2(loopback),
        "GetBestRoute": lambda: netioapi.get_best_route(loopback),
        "ConvertInterfaceIndexToLuid": lambda: netioapi.convert_interface_index_to_luid(index),
        "ConvertInterfaceLuidToIndex": lambda: netioapi.convert_interface_luid_to_index(luid),
        "ConvertInterfaceAliasToLuid": lambda: netioapi.convert_interface_alias_to_luid(alias),
        "ConvertInterfaceLuidToAlias": lambda: netioapi.convert_interface_luid_to_alias(luid),
        "ConvertInterfaceGuidToLuid": lambda: netioapi.convert_interface_guid_to_luid(guid),
        "ConvertInterfaceLuidToGuid": lambda: netioapi.convert_interface_luid_to_guid(luid),
        "ConvertInterfaceLuidToNameW": lambda: netioapi.convert_interface_luid_to_name(luid),
        "NotifyIpInterfaceChange and CancelMibChangeNotify2": lambda: (
            netioapi.notify_ip_interface_change().close()
        ),
    }
    tables: dict[str, Callable[[], list[object]]] = {
        "GetIpInterfaceTable": lambda: [*netioapi.get_ip_interface_table()],
        "GetIfTable2": lambda: [*netioapi.get_if_table2()],
        "GetIfTable2Ex, without statistics": lambda: [*netioapi.get_if_table2(2)],
        "GetIpForwardTable2": lambda: [*netioapi.get_ip_forward_table2()],
        "GetUnicastIpAddressTable": lambda: [*netioapi.get_unicast_ip_address_table()],
    }
    for name, table in tables.items():
        calls[f"{name}, {len(table())} rows"] = table
    return calls


def setting_calls(alias: str) -> dict[str, Call]:
    """Return the functions that set the IPv4 row of an adapter."""
    row = ipif.get_interface(alias, "ipv4")
    family, luid = row["Family"], row["InterfaceLuid"]
    row["SitePrefixLength"] = 0
    numbers = iter(range(sys.maxsize))
    others = [{**row, "NlMtu": mtu} for mtu in (1400, 1401)]

    def exchange() -> None:
        changes = {"NlMtu": 1402 + next(numbers) % 2}
        netioapi.update_ip_interface_entry(family, changes, luid=luid)

    return {
        "SetIpInterfaceEntry, nothing changes": lambda: netioapi.set_ip_interface_entry(row),
        "SetIpInterfaceEntry, NlMtu changes": lambda: netioapi.set_ip_interface_entry(
            others[next(numbers) % 2]
        ),
        "GetIpInterfaceEntry and SetIpInterfaceEntry, NlMtu changes": exchange,
    }


def times(call: Call, count: int) -> list[int]:
    """Return the nanoseconds of *count* calls in order of size; fewer when they take too long."""
    for _ in range(min(20, count)):
        call()
    taken: list[int] = []
    end = time.perf_counter() + SECONDS
    while len(taken) < count and (len(taken) < 5 or time.perf_counter() < end):
        start = time.perf_counter_ns()
        call()
        taken.append(time.perf_counter_ns() - start)
    return sorted(taken)


def percentile(ordered: list[int], percent: int) -> int:
    """Return the smallest value that is not below *percent* of the values."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def line(name: str, ordered: list[int]) -> str:
    """Return the row of the table for one function."""
    shown = [percentile(ordered, percent) for percent in PERCENTILES] + [ordered[-1]]
    cells = [f"{nanoseconds / 1000:.1f}" for nanoseconds in shown]
    return f"| {name} | {len(ordered)} | {' | '.join(cells)} |"


def report(count: int, alias: str | None) -> str:
    """Measure everything; return a table in Markdown."""
    clock = time.get_clock_info("perf_counter")
    real = "simulated functions" if is_simulated() else "the functions of Windows"
    heads = [f"{percent} %" for percent in PERCENTILES]
    lines = [
        f"{platform.platform()}, {platform.machine()}, CPython {platform.python_version()}, "
        f"ipif {ipif.__version__}: {real}. Microseconds; the clock counts in steps of "
        f"{clock.resolution * 1e6:g}.",
        "",
        f"| function | calls | {' | '.join(heads)} | longest |",
        "|---|" + "---:|" * (len(heads) + 2),
    ]
    for name, call in reading_calls().items():
        lines.append(line(name, times(call, count)))
    if alias is not None:
        before = ipif.get_interface(alias, "ipv4")
        try:
            for name, call in setting_calls(alias).items():
                lines.append(line(name, times(call, count)))
        finally:
            ipif.set_interface(before)
    return "\n".join(lines) + "\n"


def is_simulated() -> bool:
    """Return whether the functions are those of the simulation, also under Wine."""
    sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
    from support import simulated_dll

    return ipif.backend == "simulated" or simulated_dll.is_loaded()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, metavar="N", help="calls of each")
    parser.add_argument("--set", metavar="ALIAS", help="call SetIpInterfaceEntry on this adapter")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the table there, too")
    options = parser.parse_args()
    if options.count < 1:
        parser.error("--count: expected 1 or more")
    table = report(options.count, options.set)
    print(table, end="")
    if options.output is not None:
        options.output.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
