"""The program of the check ``soak``: threads that change and watch one simulated machine.

    python soaking.py --seconds 20 --seed 1

It works in rounds. In each, eight threads change rows, eight watch, one lets adapters come and go,
and one arms faults. Every changing thread has an adapter of its own, so it knows after each step
which values that must have. At the end of a round everything is quiet: then events, memory, threads
and open files are counted. The seed fixes what each thread does, not when it does it.
"""

import argparse
import asyncio
import ctypes
import faulthandler
import gc
import os
import random
import shutil
import socket
import sys
import tempfile
import threading
import time
import traceback
import uuid
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("IPIF_BACKEND", "simulated")

import ipif
from ipif._sim.control import control

CHANGING = 8
FAMILIES = ("ipv4", "ipv6")
AF = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
WIFI = 71  # the type of the adapters that threads own
ATTEMPTS = 200  # until a call meets no fault
PATIENCE = 60.0  # seconds until a guard or a deadline has acted, though faults delay it
QUIET = 30_000  # milliseconds until every event is delivered
KEPT = 40  # actions of each thread that are printed when something is found

# Growth between the end of the warm-up and the end that is no leak: caches, and the arenas that
# malloc keeps for threads.
MOST_BLOCKS = 2000
MOST_KIB = 16 * 1024

#: The members that threads change, and their values; no unchanged sentinel is among them.
VALUES: dict[str, tuple[Any, ...]] = {
    "NlMtu": tuple(range(1280, 1500)),
    "Metric": tuple(range(1, 5000)),
    "DadTransmits": (1, 2, 3, 4, 5),
    "BaseReachableTime": tuple(range(10_000, 60_000, 500)),
    "RouterDiscoveryBehavior": (0, 1, 2),
    "WeakHostSend": (False, True),
    "WeakHostReceive": (False, True),
    "DisableDefaultRoutes": (False, True),
}
MEMBERS = (*VALUES, "UseAutomaticMetric")

#: The member of the row that all threads share, by the number of the thread.
SHARED = (
    "NlMtu",
    "DadTransmits",
    "BaseReachableTime",
    "RetransmitTime",
    "PathMtuDiscoveryTimeout",
    "WeakHostSend",
    "WeakHostReceive",
    "DisableDefaultRoutes",
)

#: What fails, and with which codes. None of those that say that a row or an adapter is gone, where
#: ipif believes them: nothing has to be restored then. A registration that cannot be cancelled
#: stays, and so does its thread: tests/core/test_watch.py lets CancelMibChangeNotify2 fail.
FAULTS = {
    "SetIpInterfaceEntry": (5, 8, 31, 87, 1168, 1450),
    "GetIpInterfaceEntry": (8, 31, 1450),
    "GetIpInterfaceTable": (8, 31),
    "GetIfTable2Ex": (8, 31),
    "GetIfEntry2": (8, 31),
    "GetIpForwardTable2": (8, 31),
    "GetUnicastIpAddressTable": (8, 31),
    "GetBestRoute2": (8, 1231),
    "NotifyIpInterfaceChange": (8, 31),
    "NotifyUnicastIpAddressChange": (8, 31),
    "NotifyRouteChange2": (8, 31),
    "ConvertInterfaceLuidToGuid": (8, 31),
    "ConvertInterfaceLuidToAlias": (8, 31),
    "ConvertInterfaceAliasToLuid": (8, 31),
}

Values = dict[str, Any]


class Wrong(Exception):
    """A row does not have the values that it must have."""


class Planned(Exception):
    """An exception that ends a block early."""


class Run:
    """What all threads share: when they end, what they did, and what they found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stop = threading.Event()
        self.done: Counter[str] = Counter()
        self.findings: list[str] = []
        self._rings: dict[str, deque[tuple[float, str, str, str]]] = {}
        self._lock = threading.Lock()

    def note(self, action: str, details: object = "") -> None:
        """Put an action of this thread into its ring."""
        name = threading.current_thread().name
        ring = self._rings.setdefault(name, deque(maxlen=KEPT))
        ring.append((time.monotonic(), name, action, str(details)))

    def found(self, text: str) -> None:
        """Keep a finding, and let all threads end."""
        with self._lock:
            if len(self.findings) < 20:
                self.findings.append(f"{threading.current_thread().name}: {text}")
        self.stop.set()

    def count(self, done: Counter[str]) -> None:
        """Add what a thread has counted."""
        with self._lock:
            self.done.update(done)

    def show(self) -> None:
        """Print the latest actions and the findings."""
        print(f"the last {KEPT} actions of each thread:")
        for when, name, action, details in sorted(each for r in self._rings.values() for each in r):
            print(f"  {when:.6f} {name}: {action} {details}")
        for text in self.findings:
            print(f"FOUND: {text}")

    def guarded(self, function: Callable[[], None]) -> Callable[[], None]:
        """Return *function*, whose exceptions become findings."""

        def work() -> None:
            try:
                function()
            except Wrong as error:
                self.found(str(error))
            except BaseException:
                self.found(traceback.format_exc())

        return work


# ---- changing


def persist(function: Callable[[], Any]) -> Any:
    """Call *function* until no fault makes it fail; return what it returns."""
    for _ in range(ATTEMPTS):
        try:
            return function()
        except ipif.Error as error:
            last = error
    raise Wrong(f"fails {ATTEMPTS} times: {last!r}")


def shown(row: Any) -> Values:
    """Return the members that threads change; an automatic metric is no fixed number."""
    values = {name: row[name] for name in MEMBERS}
    if values["UseAutomaticMetric"]:
        values["Metric"] = None
    return values


def with_changes(values: Values, changes: Values) -> Values:
    """Return the values that a row has after *changes*."""
    after = {**values, **changes}
    if "Metric" in changes:
        after["UseAutomaticMetric"] = False
    if after["UseAutomaticMetric"]:
        after["Metric"] = None
    return after


class Changing:
    """A thread that changes the rows of its own adapter, and knows their values."""

    def __init__(self, run: Run, number: int, seed: str) -> None:
        self.run = run
        self.number = number
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.luid: Any = ipif.Luid(0)
        self.values: dict[str, Values] = {}
        self.plug_in()

    def plug_in(self) -> None:
        # By itself the simulation gives a new adapter the LUID, and with it the GUID, of one that
        # is gone. Another type than that of visiting adapters: another LUID.
        guid = uuid.UUID(int=self.random.getrandbits(128))
        self.luid = persist(
            lambda: ipif.simulation.add_interface(self.new_alias(), Type=WIFI, InterfaceGuid=guid)
        )
        self.values = {family: self.read(family) for family in FAMILIES}
        self.run.note("plugged in", self.luid)

    def new_alias(self) -> str:
        return f"Own {self.number} {self.random.randrange(10**9)}"

    def read(self, family: Any) -> Values:
        return shown(persist(lambda: ipif.get_interface(self.luid, family)))

    def check(self, expected: dict[str, Values], when: str) -> None:
        """Raise when a row does not have the expected values."""
        for family, values in expected.items():
            found = self.read(family)
            if found != values:
                differing = {
                    name: (values[name], found[name])
                    for name in MEMBERS
                    if values[name] != found[name]
                }
                raise Wrong(f"{when}: {family} of {self.luid!r}, (expected, found): {differing}")

    def changes(self) -> Values:
        """Return new values of some members."""
        names = self.random.sample(list(VALUES), self.random.randint(1, 3))
        changes = {name: self.random.choice(VALUES[name]) for name in names}
        if self.random.random() < 0.2:
            changes.pop("Metric", None)
            changes["UseAutomaticMetric"] = True
        return changes

    def families(self) -> tuple[Any, tuple[str, ...]]:
        """Return a family, or ``None`` for both, and the families that this means."""
        family = self.random.choice(("ipv4", "ipv6", None))
        return family, FAMILIES if family is None else (family,)

    def after(self, families: tuple[str, ...], changes: Values) -> dict[str, Values]:
        return {family: with_changes(self.values[family], changes) for family in families}

    def refused(self, error: ipif.Error) -> None:
        """Count a failed operation; restore what could not be rolled back yet."""
        self.run.note("refused", error)
        self.done["operations refused"] += 1
        if not isinstance(error, ipif.ApplyError):
            return
        self.done["transactions rolled back"] += 1
        if not error.not_rolled_back:
            return
        self.done["rolled back later, by retry()"] += 1
        for _ in range(ATTEMPTS):
            try:
                error.retry()
                return
            except ipif.ApplyError as again:
                error = again
        raise Wrong(f"not rolled back after {ATTEMPTS} attempts: {error!r}")

    # Each of the following is one operation. It raises Wrong when a row has other values than it
    # must have.

    def update(self) -> None:
        family, families = self.families()
        changes = self.changes()
        new = self.after(families, changes)
        self.run.note("update_interface", (family, changes))
        try:
            ipif.update_interface(self.luid, family, **changes)
        except ipif.Error as error:
            self.refused(error)
            if family is not None:  # the row may have been set, and not be readable afterwards
                now = self.read(family)
                if now not in (self.values[family], new[family]):
                    raise Wrong(f"update_interface set a part of {changes}: {now}") from error
                self.values[family] = now
        else:
            self.values.update(new)
        self.check(self.values, "after update_interface")

    def raw(self) -> None:
        family = self.random.choice(FAMILIES)
        changes = self.changes()
        changes.pop("UseAutomaticMetric", None)
        self.run.note("set", (family, changes))
        try:
            row: Any = ipif.netioapi.get_ip_interface_entry(AF[family], luid=self.luid)
            row.update(changes)
            if "Metric" in changes:
                row["UseAutomaticMetric"] = False
            if self.random.random() < 0.5:
                ipif.set_interface(row)
            else:
                if family == "ipv4":
                    row["SitePrefixLength"] = 0
                ipif.netioapi.set_ip_interface_entry(row)
        except ipif.Error as error:
            self.refused(error)
        else:
            self.values[family] = with_changes(self.values[family], changes)
        self.check(self.values, "after set_interface")

    def changed(self) -> None:
        family, families = self.families()
        changes = self.changes()
        journal = None
        if self.random.random() < 0.1:
            journal = self.run.folder / f"journal {self.number}"
        ends = self.random.choice(("normally", "normally", "by an exception", "without adapter"))
        self.run.note("changed", (family, changes, ends, journal))
        block = ipif.changed(self.luid, family, journal=journal, **changes)
        removed = False
        try:
            with block:
                self.check(self.after(families, changes), "in a changed block")
                if ends == "by an exception":
                    raise Planned
                if ends == "without adapter":
                    persist(lambda: ipif.simulation.remove_interface(self.luid))
                    removed = True
        except Planned:
            self.done["blocks ended by an exception"] += 1
        except ipif.Error as error:
            self.refused(error)
        # The exception of a block hides that of restoring: leaving again restores what is left.
        for _ in range(ATTEMPTS):
            try:
                block.__exit__(None, None, None)
                break
            except ipif.ApplyError as error:
                self.run.note("left again", error)
        if journal is not None and journal.exists():
            raise Wrong("the journal of a changed block is still there")
        if removed:
            self.plug_in()
        self.check(self.values, "after a changed block")

    def shared(self) -> None:
        name = SHARED[self.number % len(SHARED)]
        before = persist(lambda: ipif.get_interface("Ethernet", "ipv4"))[name]
        value = not before if isinstance(before, bool) else before + self.random.randint(1, 5)
        self.run.note("changed, a shared row", (name, before, value))
        changes: dict[str, Any] = {name: value}
        block: Any = ipif.changed("Ethernet", "ipv4", **changes)
        try:
            with block:
                now = persist(lambda: ipif.get_interface("Ethernet", "ipv4"))[name]
                if now != value:
                    raise Wrong(f"in a changed block, {name} of a shared row is {now}, not {value}")
        except ipif.Error as error:
            self.refused(error)
        now = persist(lambda: ipif.get_interface("Ethernet", "ipv4"))[name]
        if now != before:
            raise Wrong(f"after a changed block, {name} of a shared row is {now}, not {before}")

    def document(self, changes: Values, families: tuple[str, ...]) -> dict[str, Any]:
        """Return a document about the adapter of this thread, and perhaps the visiting ones."""
        own: dict[str, Any] = dict.fromkeys(families, changes)
        entries = [{"match": {"luid": int(self.luid)}, **own}]
        if self.random.random() < 0.3:
            wanted = {"Metric": self.random.choice(VALUES["Metric"]), "when_bound": True}
            entries.append({"match": {"alias": "Visitor*"}, "expect": "any", "ipv4": wanted})
        return {"interfaces": entries}

    def plan(self) -> None:
        _, families = self.families()
        changes = self.changes()
        document = self.document(changes, families)
        then = self.random.choice(("revert", "revert", "block", "confirm", "expire"))
        new = self.after(families, changes)
        self.run.note("plan", (document, then))
        try:
            plan = ipif.plan(document)
        except ipif.Error as error:
            self.refused(error)
            return
        verify = self.random.random() < 0.2
        made = []
        try:
            if then == "block":
                with plan:
                    self.check(new, "in the block of a plan")
            else:
                seconds = 0.02 if then == "expire" else None
                made = plan.apply(verify=verify, confirm_within=seconds)
        except ipif.Error as error:
            self.refused(error)
            self.check(self.values, "after a plan that failed")
            return
        if then == "confirm":
            self.check(new, "after apply()")
            plan.confirm()
            self.values.update(new)
        elif then == "revert":
            self.check(new, "after apply()")
            try:
                plan.revert()
            except ipif.Error as error:
                self.refused(error)
        elif then == "expire" and made:
            self.wait_until(lambda: plan.state == "reverted", "the automatic revert")
            self.done["automatic reverts"] += 1
        self.check(self.values, f"after a plan: {then}")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that happens in another thread."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise Wrong(f"{what} has not come in {PATIENCE:g} s")
            time.sleep(0.002)

    def guard(self) -> None:
        _, families = self.families()
        changes = self.changes()
        new = self.after(families, changes)
        document = self.document(changes, families)
        name = next(iter(changes))
        first: Any = families[0]
        other = {name: self.random.choice(VALUES[name])} if name in VALUES else {}
        self.run.note("guard", (document, other))
        try:
            with ipif.guard(document, interval=0) as guard:
                self.check(new, "under a guard")
                with suppress(ipif.Error):
                    ipif.update_interface(self.luid, first, **other)
                self.wait_until(lambda: all(self.read(f) == new[f] for f in families), "the guard")
        except ipif.Error as error:
            self.refused(error)
        else:
            self.values.update(new)
            spoilt = with_changes(new[first], other)
            if guard.errors and self.read(first) == spoilt:
                # The value was seen while the guard had set it, and could not read the row again.
                self.values[first] = spoilt
        self.check(self.values, "after a guard")

    def adapter(self) -> None:
        what = self.random.choice(("rename", "link", "bind", "replug"))
        self.run.note("adapter", what)
        if what == "rename":
            alias = self.new_alias()
            persist(lambda: ipif.simulation.rename_interface(self.luid, alias))
        elif what == "link":
            up = self.random.random() < 0.7
            persist(lambda: ipif.simulation.set_link(self.luid, up=up))
        elif what == "bind":
            family: Any = self.random.choice(FAMILIES)
            persist(lambda: ipif.simulation.unbind(self.luid, family))
            persist(lambda: ipif.simulation.bind(self.luid, family))
            self.values[family] = self.read(family)
        else:
            persist(lambda: ipif.simulation.remove_interface(self.luid))
            self.plug_in()
        self.check(self.values, f"after {what}")

    def events(self) -> None:
        """Each change of a row is one event of a watch of its own."""
        family: Any = self.random.choice(FAMILIES)
        self.run.note("watch of one adapter", (family, self.luid))
        now = self.values[family]["NlMtu"]
        values = self.random.sample([mtu for mtu in VALUES["NlMtu"] if mtu != now], 5)
        try:
            events = ipif.watch(family, interface=self.luid)
        except ipif.Error as error:
            self.refused(error)
            return
        sure = 0
        with events:
            for value in values:
                try:
                    ipif.update_interface(self.luid, family, NlMtu=value)
                    sure += 1
                except ipif.Error as error:
                    self.refused(error)
            found: list[ipif.Event] = []
            while len(found) < sure and (event := events.get(timeout=PATIENCE)) is not None:
                found.append(event)
        found += events
        if not sure <= len(found) <= len(values) or events.dropped:
            raise Wrong(f"{sure} to {len(values)} changes gave {len(found)} events: {found}")
        self.done["short watches"] += 1
        self.values[family] = self.read(family)

    def look(self) -> None:
        self.run.note("look")
        calls: list[Callable[[], object]] = [
            ipif.list_interfaces,
            ipif.list_adapters,
            ipif.list_routes,
            ipif.list_addresses,
            ipif.snapshot,
            lambda: ipif.explain_route("8.8.8.8"),
            lambda: ipif.best_route("8.8.8.8"),
            lambda: ipif.wait_for_interface(self.luid, timeout=PATIENCE),
        ]
        try:
            self.random.choice(calls)()
        except ipif.Error as error:
            self.refused(error)

    def work(self) -> None:
        """Do one operation after the other."""
        operations = (
            *[self.update] * 4,
            *[self.raw] * 3,
            *[self.changed] * 4,
            *[self.shared] * 2,
            *[self.plan] * 4,
            self.guard,
            *[self.adapter] * 2,
            self.events,
            *[self.look] * 2,
        )
        try:
            while not self.run.stop.is_set():
                operation = self.random.choice(operations)
                operation()
                self.done["operations"] += 1
        finally:
            self.run.count(self.done)


class Visitors:
    """A thread that lets adapters come and go."""

    def __init__(self, run: Run, seed: str) -> None:
        self.run = run
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.luids: list[ipif.Luid] = []

    def step(self) -> None:
        simulation = ipif.simulation
        chance = self.random
        if not self.luids or (len(self.luids) < 6 and chance.random() < 0.2):
            alias = f"Visitor {chance.randrange(10**9)}"
            self.run.note("add_interface", alias)
            guid = uuid.UUID(int=chance.getrandbits(128))
            self.luids.append(simulation.add_interface(alias, InterfaceGuid=guid))
            self.done["adapters that came"] += 1
            return
        luid = chance.choice(self.luids)
        family: Any = chance.choice(FAMILIES)
        what = chance.choice(("remove", "rename", "link", "unbind", "bind", "address", "route"))
        self.run.note(what, (luid, family))
        number = chance.randrange(1, 250)
        if what == "remove":
            simulation.remove_interface(luid)
            self.luids.remove(luid)
            self.done["adapters that went"] += 1
        elif what == "rename":
            simulation.rename_interface(luid, f"Visitor {chance.randrange(10**9)}")
        elif what == "link":
            simulation.set_link(luid, up=chance.random() < 0.5)
        elif what == "unbind":
            simulation.unbind(luid, family)
        elif what == "bind":
            simulation.bind(luid, family)
        elif what == "address":
            address = f"10.9.8.{number}" if family == "ipv4" else f"fd00::{number}"
            simulation.add_address(luid, address)
        else:
            prefix = f"10.{number}.0.0/16" if family == "ipv4" else f"fd00:{number}::/32"
            simulation.add_route(luid, prefix)

    def work(self) -> None:
        try:
            while not self.run.stop.is_set():
                with suppress(ipif.Error):  # bound already, not bound, there already
                    self.step()
                    self.done["changes of adapters, addresses and routes"] += 1
                time.sleep(self.random.random() * 0.004)
        finally:
            self.run.count(self.done)


def arm_faults(run: Run, seed: str) -> None:
    """Arm faults until the round ends, then disarm those that nothing has met."""
    chance = random.Random(seed)
    armed = 0
    try:
        while not run.stop.wait(chance.random() * 0.02):
            function = chance.choice(list(FAULTS))
            code = chance.choice(FAULTS[function])
            times, after = chance.randint(1, 3), chance.randrange(20)
            run.note("fail", (function, code, times, after))
            ipif.simulation.fail(function, code, times, after)
            armed += 1
            if armed % 100 == 0:
                control().clear_faults()
    finally:
        control().clear_faults()
        run.count(Counter({"faults armed": armed}))


# ---- watching


class Watching:
    """A thread that reads one watch until it is closed."""

    def __init__(self, watch: Any, kind: int, family: str | None, style: str, slow: bool) -> None:
        self.watch = watch
        self.kind = kind
        self.family = family
        self.style = style
        self.pause = 0.002 if slow else 0.0
        self.given = 0

    def take(self) -> None:
        self.given += 1
        if self.pause:
            time.sleep(self.pause)

    def work(self) -> None:
        if self.style == "for":
            for _ in self.watch:
                self.take()
        elif self.style == "get":
            with suppress(ValueError):  # it is closed
                while True:
                    if self.watch.get(0.05) is not None:
                        self.take()
        else:
            asyncio.run(self.work_async())

    async def work_async(self) -> None:
        async for _ in self.watch:
            self.given += 1
            if self.pause:
                await asyncio.sleep(self.pause)


def open_watches() -> list[Watching]:
    """Return eight watches: each kind, each way of reading, some that are read too slowly."""
    large, small = 2**20, 16
    interfaces, addresses, routes = ipif.watch, ipif.watch_addresses, ipif.watch_routes
    return [
        Watching(interfaces(capacity=large), 0, None, "for", False),
        Watching(interfaces("ipv4", capacity=large), 0, "ipv4", "get", False),
        Watching(interfaces("ipv6", capacity=large), 0, "ipv6", "async for", False),
        Watching(interfaces(capacity=small), 0, None, "get", True),
        Watching(addresses(capacity=large), 1, None, "for", False),
        Watching(addresses("ipv4", capacity=small), 1, "ipv4", "async for", True),
        Watching(routes(capacity=large), 2, None, "get", False),
        Watching(routes("ipv6", capacity=small), 2, "ipv6", "for", True),
    ]


class Counting:
    """Registrations of its own, through ctypes: what the simulation sends, without the extension.

    Each kind is counted by one thread of the simulation.
    """

    FUNCTIONS = (
        "NotifyIpInterfaceChange",
        "NotifyUnicastIpAddressChange",
        "NotifyRouteChange2",
    )

    def __init__(self) -> None:
        self.sent = {(kind, family): 0 for kind in range(3) for family in FAMILIES}
        self._handles: list[ctypes.c_void_p] = []
        made = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
        self._callbacks = [made(self._counter(kind)) for kind in range(3)]
        for name, callback in zip(self.FUNCTIONS, self._callbacks, strict=True):
            handle = ctypes.c_void_p()
            function = self._function(name, ctypes.c_uint16, made, ctypes.c_void_p, ctypes.c_ubyte)
            if function(0, callback, None, 0, ctypes.byref(handle)) != 0:
                raise RuntimeError(f"{name} failed")
            self._handles.append(handle)

    def _function(self, name: str, *types: Any) -> Any:
        more = (ctypes.c_void_p,)
        return ctypes.CFUNCTYPE(ctypes.c_uint32, *types, *more)(control().address(name))

    def _counter(self, kind: int) -> Callable[[Any, int, int], None]:
        # Where a row has its family: MIB_IPINTERFACE_ROW and MIB_UNICASTIPADDRESS_ROW begin with
        # it; in MIB_IPFORWARD_ROW2 a LUID, an index and padding come before the prefix.
        offset = (0, 0, 12)[kind]

        def count(context: Any, row: int, type_: int) -> None:
            af = ctypes.c_uint16.from_address(row + offset).value
            self.sent[kind, "ipv4" if af == 2 else "ipv6"] += 1

        return count

    def close(self) -> None:
        cancel = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p)(
            control().address("CancelMibChangeNotify2")
        )
        for handle in self._handles:
            if cancel(handle) != 0:
                raise RuntimeError("CancelMibChangeNotify2 failed")

    def expected(self, kind: int, family: str | None) -> int:
        """Return how many events a watch of this kind and family was sent."""
        return sum(self.sent[kind, each] for each in FAMILIES if family in (None, each))


def check_events(run: Run, watches: list[Watching], counting: Counting) -> None:
    """Find out whether each watch gave or dropped every event."""
    for number, each in enumerate(watches):
        sent = counting.expected(each.kind, each.family)
        run.done["events sent to the watches"] += sent
        run.done["events given"] += each.given
        run.done["events dropped"] += each.watch.dropped
        if each.given + each.watch.dropped != sent:
            text = f"{each.given} given, {each.watch.dropped} dropped, {sent} sent"
            run.found(f"watch {number} ({each.style}): {text}")


# ---- rounds


class Watchdog:
    """Ends the process, with the stacks of all threads, when a round does not end."""

    def __init__(self, run: Run, patience: float) -> None:
        self._run = run
        self._patience = patience
        self._timer: threading.Timer | None = None

    @contextmanager
    def round(self, seconds: float) -> Iterator[None]:
        limit = seconds + self._patience
        timer = threading.Timer(limit, self._end)
        timer.daemon = True
        timer.start()
        # This one needs no Python code to run.
        faulthandler.dump_traceback_later(limit + 10, exit=True)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            timer.cancel()
            timer.join()

    def _end(self) -> None:
        self._run.found("a round does not end: deadlock")
        self._run.show()
        sys.stdout.flush()
        faulthandler.dump_traceback(all_threads=True)
        os._exit(2)


def run_round(run: Run, seconds: float, seed: str) -> None:
    """Let all threads work for some seconds; check what can be checked when they have ended."""
    ipif.simulation.reset()
    run.stop.clear()
    changing = [Changing(run, number, f"{seed} {number}") for number in range(CHANGING)]
    visitors = Visitors(run, f"{seed} visitors")
    if control().settle(QUIET):
        run.found("events are not delivered before the round")
    counting = Counting()
    watches = open_watches()
    readers = [
        threading.Thread(target=run.guarded(each.work), name=f"watching {number}")
        for number, each in enumerate(watches)
    ]
    workers = [
        threading.Thread(target=run.guarded(each.work), name=f"changing {each.number}")
        for each in changing
    ]
    workers.append(threading.Thread(target=run.guarded(visitors.work), name="visitors"))
    workers.append(
        threading.Thread(
            target=run.guarded(lambda: arm_faults(run, f"{seed} faults")), name="faults"
        )
    )
    for thread in (*readers, *workers):
        thread.start()
    run.stop.wait(seconds)
    run.stop.set()
    for thread in workers:
        thread.join()
    # A plan that could not be reverted because of a fault is reverted a second later.
    wait_for_end(run, "ipif.confirm", "ipif.guard")
    if control().settle(QUIET):
        run.found("events are not delivered at the end of the round")
    for each in watches:
        each.watch.close()
    for thread in readers:
        thread.join()
    wait_for_end(run, "ipif.watch")
    counting.close()
    check_events(run, watches, counting)
    if control().live_tables():
        run.found(f"{control().live_tables()} tables were not freed")
    left = list(run.folder.iterdir())
    if left:
        run.found(f"files are left: {left}")


def wait_for_end(run: Run, *names: str) -> None:
    """Wait until no thread has one of these names: threads of ipif, which end by themselves."""
    end = time.monotonic() + PATIENCE
    while left := [each for each in threading.enumerate() if each.name in names]:
        if time.monotonic() > end:
            run.found(f"threads do not end: {left}")
            return
        time.sleep(0.01)


def measure() -> dict[str, int]:
    """Return what must not grow, when everything is quiet."""
    for _ in range(3):
        gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {
        "blocks": sys.getallocatedblocks(),
        "KiB": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        "threads": len(os.listdir("/proc/self/task")),
        "files": len(os.listdir("/proc/self/fd")),
    }


def check_growth(run: Run, warm: dict[str, int], now: dict[str, int]) -> None:
    """Find out whether anything has grown since the end of the warm-up."""
    limits = {"blocks": MOST_BLOCKS, "KiB": MOST_KIB, "threads": 0, "files": 0}
    for name, limit in limits.items():
        if now[name] - warm[name] > limit:
            run.found(f"{name} grew from {warm[name]} to {now[name]}")


def soak(seconds: float, length: float, seed: str, patience: float) -> int:
    """Work for *seconds* in rounds of *length*; return the exit code."""
    faulthandler.enable()
    warnings.simplefilter("ignore", ipif.RestoreWarning)  # threads share the visiting adapters
    run = Run(Path(tempfile.mkdtemp(prefix="soak-")))
    watchdog = Watchdog(run, patience)
    rounds = max(3, round(seconds / length))
    warm_up = max(1, rounds // 5)
    measured = []
    for number in range(rounds):
        with watchdog.round(length):
            run_round(run, length, f"{seed} {number}")
        if run.findings:
            break
        measured.append(measure())
        if number + 1 == warm_up or number + 1 == rounds:
            print(f"after round {number + 1} of {rounds}: {measured[-1]}", flush=True)
    shutil.rmtree(run.folder)
    if not run.findings:
        check_growth(run, measured[warm_up - 1], measured[-1])
    for name, number in sorted(run.done.items()):
        print(f"{number:10} {name}")
    if run.findings:
        run.show()
    return 1 if run.findings else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--round", type=float, default=4, help="seconds of a round")
    parser.add_argument("--seed", default=str(random.randrange(10**6)))
    parser.add_argument(
        "--patience", type=float, default=180, help="seconds until a round counts as a deadlock"
    )
    options = parser.parse_args()
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"CPython {sys.version.split()[0]}, GIL {'on' if gil else 'off'}, seed {options.seed}")
    return soak(options.seconds, options.round, options.seed, options.patience)


if __name__ == "__main__":
    sys.exit(main())
