"""Compare ipif with ctypes and cffi: the same work, on the same simulated functions, in one process.

    python benchmarks/compare.py [--smoke] [--readme]

Needs an installed ipif, pyperf, cffi and a C compiler (dependency group ``bench``).  From every time the time of the simulated
call itself (the bare C loop) is subtracted, so that the ratios compare what each way adds to the call.  Times of a shared machine
mean little; the ratios, taken in one run, are what to read.  ``--readme`` writes the table into README.md.
"""

import argparse
import contextlib
import io
import os
import sys
import time
from pathlib import Path

os.environ["IPIF_BACKEND"] = "simulated"
sys.path.insert(0, str(Path(__file__).resolve().parent))

import pyperf
from cffi_way import CffiWay
from ctypes_way import CtypesWay

import ipif
from ipif import _backend

README = Path(__file__).resolve().parent.parent / "README.md"
AF_INET = 2
AF_INET6 = 23  # as Windows counts: ctypes and cffi talk to the functions directly
TABLE_ROWS = 400
LINKS = 200


def many_interfaces(count: int) -> dict:
    """Return the bundled world with further interfaces, so that there are count links and twice as many rows at least."""
    ipif.simulation.reset()
    world = ipif.simulation.dump()
    link = next(link for link in world["links"] if link["Alias"] == "Ethernet")
    rows = [row for row in world["interfaces"] if row["InterfaceLuid"] == link["InterfaceLuid"]]
    world["routes"] = world["addresses"] = []
    world["interfaces"] = []
    world["links"] = []
    for number in range(1, count + 1):
        key = {
            "InterfaceLuid": (6 << 48) | ((40000 + number) << 24),
            "InterfaceIndex": 1000 + number,
        }
        guid = f"{{{number:08X}-2222-4222-8333-0123456789AB}}"
        world["links"].append({**link, **key, "Alias": f"Ethernet {number}", "InterfaceGuid": guid})
        world["interfaces"] += [{**row, **key} for row in rows]
    return world


class Bench:
    """Measures callables with pyperf, all in this process, and keeps the median seconds of each."""

    def __init__(self, smoke: bool) -> None:
        fast = ["--values=1", "--warmups=0"] if smoke else ["--values=15", "--warmups=3"]
        self.seconds = 0.0001 if smoke else 0.02
        # A worker of pyperf measures in its own process, and this process is to be the only one.
        sys.argv = [sys.argv[0], "--worker", "--loops=1", "--quiet", *fast]
        self.runner = pyperf.Runner()
        self.runner.parse_args()

    def of(self, name: str, call) -> float:
        """Return the median time of call() in seconds."""

        def timed(rounds: int) -> float:
            start = time.perf_counter()
            for _ in range(rounds):
                call()
            return time.perf_counter() - start

        return self._median(name, timed)

    def loop(self, name: str, function, *arguments) -> float:
        """Return the median time of one round of a C loop, which takes the number of rounds last."""

        def timed(rounds: int) -> float:
            start = time.perf_counter()
            if function(*arguments, rounds) != 0:
                raise RuntimeError(f"{name}: the simulated call failed")
            return time.perf_counter() - start

        return self._median(name, timed)

    def _median(self, name: str, timed) -> float:
        """Return the median time of one round; pyperf takes the values, each over as many rounds as fill self.seconds."""
        print(f"  {name} ...", file=sys.stderr, flush=True)
        rounds = 1
        while timed(rounds) < self.seconds / 2:
            rounds *= 2
        self.runner.args.loops = rounds
        with contextlib.redirect_stdout(io.StringIO()):  # a worker prints a report of its own
            return self.runner.bench_time_func(name, timed).median()


def measure(bench: Bench) -> list[tuple[str, float, float, float, float]]:
    """Return (operation, call itself, ipif, ctypes, cffi) in seconds."""
    address = _backend.control().address
    ctypes_way, cffi_way = CtypesWay(address), CffiWay(address)
    lib, ffi = cffi_way.lib, cffi_way.ffi
    get_pointer, set_pointer = cffi_way._get, cffi_way._set
    get = ipif.netioapi.get_ip_interface_entry
    results = []

    ipif.simulation.reset()
    itself = bench.loop("get: call", lib.loop_get, get_pointer, AF_INET, 0, 13)
    results.append(
        (
            "`get_ip_interface_entry`",
            itself,
            bench.of("get: ipif", lambda: get(AF_INET, index=13)),
            bench.of("get: ctypes", lambda: ctypes_way.get(13)),
            bench.of("get: cffi", lambda: cffi_way.get(13)),
        )
    )

    row = ipif.get_interface(13, "ipv4")
    row["SitePrefixLength"] = 0
    native = ffi.new("MIB_IPINTERFACE_ROW *")
    native.Family, native.InterfaceIndex = AF_INET, 13
    get_pointer(native)
    native.SitePrefixLength = 0
    set_itself = bench.loop("set: call", lib.loop_set, set_pointer, native)
    results.append(
        (
            "`set_ip_interface_entry`, full row",
            set_itself,
            bench.of("set: ipif", lambda: ipif.netioapi.set_ip_interface_entry(row)),
            bench.of("set: ctypes", lambda: ctypes_way.set(row)),
            bench.of("set: cffi", lambda: cffi_way.set(row)),
        )
    )

    ipif.update_interface(13, "ipv4", Metric=10)
    changes = {"Metric": 10}
    update = ipif.netioapi.update_ip_interface_entry
    results.append(
        (
            "`update_ip_interface_entry`, one member",
            itself + set_itself,
            bench.of("update: ipif", lambda: update(AF_INET, changes, index=13)),
            bench.of("update: ctypes", lambda: ctypes_way.update(13, 10)),
            bench.of("update: cffi", lambda: cffi_way.update(13, 10)),
        )
    )

    ipif.simulation.load(many_interfaces(TABLE_ROWS // 2))
    itself = bench.loop("table: call", lib.loop_table, cffi_way._table, cffi_way._free)
    results.append(
        (
            f"`get_ip_interface_table`, {TABLE_ROWS} rows",
            itself,
            bench.of("table: ipif", ipif.netioapi.get_ip_interface_table),
            bench.of("table: ctypes", ctypes_way.table),
            bench.of("table: cffi", cffi_way.table),
        )
    )
    ipif.simulation.reset()
    return results


def table(results: list[tuple[str, float, float, float, float]]) -> str:
    """Return the results as a Markdown table of ratios and times."""

    def microseconds(seconds: float) -> str:
        return f"{seconds * 1e6:.2f}"

    lines = [
        "| operation | ctypes / ipif | cffi / ipif | ipif, µs | ctypes, µs | cffi, µs | the call itself, µs |",
        "|---|---|---|---|---|---|---|",
    ]
    for operation, itself, own, by_ctypes, by_cffi in results:
        own, by_ctypes, by_cffi = (max(value - itself, 1e-9) for value in (own, by_ctypes, by_cffi))
        lines.append(
            f"| {operation} | {by_ctypes / own:.1f} × | {by_cffi / own:.1f} × | {microseconds(own)} | {microseconds(by_ctypes)} "
            f"| {microseconds(by_cffi)} | {microseconds(itself)} |"
        )
    return "\n".join(lines)


def write_readme(text: str) -> None:
    """Put the table between the markers of README.md."""
    begin, end = "<!-- benchmarks -->\n", "<!-- end of benchmarks -->"
    readme = README.read_text(encoding="utf-8")
    before, rest = readme.split(begin)
    README.write_text(f"{before}{begin}\n{text}\n\n{end}{rest.split(end)[1]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--smoke", action="store_true", help="measure nothing properly: show that everything runs"
    )
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    options = parser.parse_args()
    result = table(measure(Bench(options.smoke)))
    print(result)
    if options.readme and not options.smoke:
        write_readme(result)


if __name__ == "__main__":
    main()
