"""Threads that do the same things at the same time: a program for ThreadSanitizer.

    python tests/trust/overlap.py             # all scenes
    python tests/trust/overlap.py watches     # of these
    python tests/trust/overlap.py race        # a fault that is there on purpose

A scene is a function that returns jobs. Each job runs in a thread of its own, ROUNDS times, and
all start at once. A program on its own: pytest would only add threads and time.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.machine import control
from support.threads import at_once

import ipif
from ipif import _ipif_sim, netioapi, simulation
from ipif._core.backend import native

ROUNDS = int(os.environ.get("IPIF_OVERLAP_ROUNDS", "60"))
V4, ETHERNET, LUID = 2, 13, 1689399632855040
Job = Callable[[int], object]


def conversion() -> list[Job]:
    """Rows, tables, routes and addresses to Python and back; errors; imports on first use."""

    def put(number: int) -> None:
        row = {"Family": V4, "InterfaceIndex": ETHERNET, "BaseReachableTime": 1000 + number}
        netioapi.set_ip_interface_entry({**row, "ZoneIndices": [number] * 16})

    def fail(number: int) -> None:
        with contextlib.suppress(OSError):
            netioapi.get_ip_interface_entry(V4, index=4242)
        with contextlib.suppress(ValueError):
            netioapi.set_ip_interface_entry({"NlMTU": number})

    def tables(number: int) -> None:
        netioapi.get_ip_interface_table()
        netioapi.get_if_table2()
        netioapi.get_ip_forward_table2()
        netioapi.get_unicast_ip_address_table()
        netioapi.get_best_route2("8.8.8.8")
        netioapi.get_best_route("8.8.8.8")

    def names(number: int) -> None:
        luid = netioapi.convert_interface_alias_to_luid("Ethernet")
        netioapi.convert_interface_guid_to_luid(netioapi.convert_interface_luid_to_guid(luid))
        netioapi.convert_interface_luid_to_alias(luid)
        native.fields()

    def update(number: int) -> None:
        netioapi.update_ip_interface_entry(V4, {"DadTransmits": number % 9}, index=ETHERNET)
        requests = [(V4, LUID, {"NlMtu": 1400 + number}, None, True, False)]
        exchange = native.exchange_new(requests, True)
        native.exchange_run(exchange, True)
        native.exchange_result(exchange, 0)

    return [put, put, fail, fail, tables, tables, names, names, update, update]


def shared() -> list[Job]:
    """One dict that threads change while others read it."""
    row = {"Family": V4, "InterfaceIndex": ETHERNET, "NlMtu": 1400}
    zones = [0] * 16

    def change(number: int) -> None:
        row["ZoneIndices"] = zones
        row["DadTransmits"] = number % 9
        row.pop("ZoneIndices", None)
        zones[number % 16] = number

    def read(number: int) -> None:
        with contextlib.suppress(ValueError):
            netioapi.set_ip_interface_entry(row)

    return [change, change, read, read, read]


def watches() -> list[Job]:
    """Watches that are opened, read and closed while changes bring events; a full ring."""
    common = [native.watch_open(kind, 0, 0, True, 2) for kind in (0, 1, 2)]

    def change(number: int) -> None:
        netioapi.update_ip_interface_entry(V4, {"DadTransmits": number % 9}, index=ETHERNET)
        simulation.set_link("Ethernet", up=bool(number % 2))

    def read(number: int) -> None:
        watch = common[number % 3]
        native.watch_get(watch, 0.001)
        native.watch_wait(watch, 0.0)
        native.watch_dropped(watch)
        native.watch_initial(watch)

    def open_and_close(number: int) -> None:
        with ipif.watch(initial=True, capacity=1) as watch:
            watch.get(0.001)
            watch.get(0)

    def close_what_another_reads(number: int) -> None:
        watch = native.watch_open(number % 3, 0, LUID, False, 1)
        reader = threading.Thread(target=read_to_the_end, args=(watch,))
        reader.start()
        native.watch_close(watch)
        reader.join()

    def read_to_the_end(watch: object) -> None:
        with contextlib.suppress(ValueError):
            while True:
                native.watch_get(watch, 1.0)

    return [change, change, read, read, read, open_and_close, close_what_another_reads]


def control_and_calls() -> list[Job]:
    """The machine is loaded, dumped and changed while others call its functions."""

    def load(number: int) -> None:
        simulation.reset()
        simulation.elevated(True)
        simulation.profile("sentinel")
        simulation.calls()

    def adapters(number: int) -> None:
        with contextlib.suppress(OSError, LookupError, ValueError):
            simulation.add_interface(f"Ethernet {number}")
            simulation.remove_interface(f"Ethernet {number}")
        simulation.dump()

    def fault(number: int) -> None:
        simulation.fail("GetIpInterfaceEntry", 5)
        with contextlib.suppress(OSError):
            netioapi.get_ip_interface_entry(V4, index=ETHERNET)

    def read(number: int) -> None:
        with contextlib.suppress(OSError):
            ipif.list_interfaces()
            ipif.list_routes()
            ipif.explain_route("8.8.8.8")

    return [load, adapters, fault, read, read]


def transactions() -> list[Job]:
    """Changed blocks, plans and waiting."""

    def change(number: int) -> None:
        with ipif.changed(ETHERNET, "ipv4", NlMtu=1400 + number % 9):
            pass

    def plan(number: int) -> None:
        document = {"interfaces": [{"match": {"index": 13}, "ipv6": {"NlMtu": 1400 + number % 9}}]}
        with ipif.plan(document):
            pass

    def wait(number: int) -> None:
        ipif.wait_for_interface(ETHERNET, timeout=30)
        ipif.update_interface(ETHERNET, "ipv4", Metric=10 + number % 9)

    return [change, change, plan, plan, wait]


def imports() -> list[Job]:
    """The extension is imported, used and collected again and again, by threads at once."""

    def load(number: int) -> None:
        loader = ExtensionFileLoader("_ipif_sim", _ipif_sim.__file__)
        spec = spec_from_file_location("_ipif_sim", _ipif_sim.__file__, loader=loader)
        assert spec is not None
        module = module_from_spec(spec)
        loader.exec_module(module)
        module.get_ip_interface_table()
        module.fields()

    return [load, load, load, load]


def race() -> list[Job]:
    """What the package never does: threads share exchanges. ThreadSanitizer must report it."""
    control().set_delay(200)  # microseconds that each call takes without the GIL
    request = (V4, LUID, {"NlMtu": 1400}, None, True, False)
    exchanges = [native.exchange_new([request], True) for _ in range(ROUNDS)]
    each_round = threading.Barrier(3)

    def run(number: int) -> None:
        each_round.wait()
        native.exchange_run(exchanges[number], True)

    def look(number: int) -> None:
        each_round.wait()
        for _ in range(20):
            native.exchange_result(exchanges[number], 0)

    return [run, look, look]


SCENES = (conversion, shared, watches, control_and_calls, transactions, imports)


def play(scene: Callable[[], list[Job]]) -> None:
    """Run the jobs of a scene, each in a thread of its own; raise the first error of any."""
    at_once(*scene(), rounds=ROUNDS)
    assert control().settle(30_000) == 0


def main(names: list[str]) -> None:
    scenes = {scene.__name__: scene for scene in (*SCENES, race)}
    if unknown := {*names} - {*scenes}:
        sys.exit(f"no scene is called {', '.join(unknown)}; there are {', '.join(scenes)}")
    for name in names or [scene.__name__ for scene in SCENES]:
        simulation.reset()
        play(scenes[name])
        print(f"{name}: {ROUNDS} rounds", flush=True)
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"CPython {sys.version.split()[0]}, GIL {'on' if gil else 'off'}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
