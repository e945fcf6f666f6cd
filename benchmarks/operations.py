"""The operations of the table: what is measured, and with which implementations."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from clock import Clock, Timed, c_loop, statement
from implementations.cffi_compiled import CffiCompiled
from implementations.ctypes_careful import CtypesCareful, CtypesPlain
from machine import (
    AF_INET,
    AF_INET6,
    ETHERNET,
    address,
    ipif,
    load_adapters,
    load_many,
    load_typical,
    netioapi,
    system_calls,
)

TABLE_ROWS, ADAPTERS = 400, 200
SIZES, SMOKE_SIZES = (2, 20, 200, 2_000, 20_000), (2, 20, 200)
CALL = "the call"
COPY = "dict.copy()"


@dataclass
class Result:
    """One operation: seconds of each implementation, and of the simulated call, part of all."""

    operation: str
    times: dict[str, float]
    calls: dict[str, int]  # system calls of each implementation, in one round
    own_call: float | None = None  # when ipif makes other calls than the rest
    parts: int = 1  # rows in one round

    @property
    def call(self) -> float:
        return self.times[CALL] / self.parts

    def added(self, name: str) -> float:
        """Return what an implementation adds to the call, in seconds."""
        call = self.times[CALL]
        if name == "ipif" and self.own_call is not None:
            call = self.own_call
        if name == COPY:
            call = 0.0
        return max(self.times[name] - call, 1e-10) / self.parts

    def ratio(self, name: str) -> float:
        """Return how many times longer it takes than ipif, the call subtracted from both."""
        return self.added(name) / self.added("ipif")


class Operations:
    """Measures each operation with every implementation that there is here."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self.clock, self.say = clock, say
        self.c = CffiCompiled(address)
        self.careful = CtypesCareful(address)
        self.others: dict[str, object] = {
            "ctypes": self.careful,
            "plain ctypes": CtypesPlain(address),
            "cffi": self.c,
        }

    def measure(self) -> Iterator[Result]:
        """Yield the results; each operation loads its machine first."""
        yield from self._get()
        yield self._typical()
        yield self._table()
        yield self._adapters()
        yield self._update()
        yield self._set()
        yield self._set_raw()
        ipif.simulation.reset()

    def sizes(self) -> Iterator[Result]:
        """Yield the time for each row of tables of many sizes; level times mean linear tables.

        As many copies of one dict show what the memory for so many dicts takes.
        """
        for size in SMOKE_SIZES if self.clock.smoke else SIZES:
            load_many(size)
            row = netioapi.get_ip_interface_table()[0]
            copies = statement("[copy() for _ in range(n)]", copy=row.copy, n=size)
            own = statement("table()", table=netioapi.get_ip_interface_table)
            name = f"table of {size:,} rows"
            found = self._all(name, own, self.loop_table(), "other.table()", more={COPY: copies})
            yield Result(f"{size:,}", *found, parts=size)
        ipif.simulation.reset()

    def check(self) -> None:
        """Make sure that all return the same members with the same types and values."""
        ipif.simulation.reset()
        row = netioapi.get_ip_interface_table()[0]
        for name, other in self.others.items():
            alike(name, [other.get(AF_INET, row["InterfaceLuid"])], [row])
            alike(name, other.table(), netioapi.get_ip_interface_table())
            alike(name, other.adapters(), netioapi.get_if_table2())

    def _all(
        self,
        operation: str,
        own: Timed,
        call: Timed,
        code: str,
        more: Mapping[str, Timed] = MappingProxyType({}),
        **names: object,
    ) -> tuple[dict[str, float], dict[str, int]]:
        """Return the medians of ipif, the call, more, and the others (``other`` in the code).

        Also return how many system calls each makes.
        """
        self.say(operation)
        timers = {"ipif": own, CALL: call, **more}
        for name, other in self.others.items():
            timers[name] = statement(code, other=other, **names)
        implementations = ["ipif", *self.others]
        calls = {name: system_calls(partial(timers[name], 1)) for name in implementations}
        return self.clock.medians(timers), calls

    def _loop_get(self, family: int, luid: int) -> Timed:
        return c_loop(self.c.lib.loop_get, self.c.get_function, self.c.key(family, luid))

    def _get(self) -> Iterator[Result]:
        ipif.simulation.reset()
        rows = netioapi.get_ip_interface_table()
        results = []
        for row in rows:
            luid, own_family = row["InterfaceLuid"], row["Family"]
            family = AF_INET if own_family == AF_INET else AF_INET6
            name = f"get, {ipif.Luid(luid).alias}, {'ipv4' if family == AF_INET else 'ipv6'}"
            get = netioapi.get_ip_interface_entry
            own = statement("get(family, luid=luid)", get=get, family=own_family, luid=luid)
            loop = self._loop_get(family, luid)
            code = "other.get(family, luid)"
            results.append(self._all(name, own, loop, code, family=family, luid=luid))
        times, calls = results[0]
        mean = {name: sum(one[name] for one, _ in results) / len(rows) for name in times}
        one_of = f"`get_ip_interface_entry`, mean of {len(rows)} rows"
        yield Result(one_of, mean, calls)
        each = [Result("`get_ip_interface_entry`, the slowest of them", *one) for one in results]
        yield min(each, key=lambda result: result.ratio("ctypes"))

    def _typical(self) -> Result:
        luid = load_typical()
        names = {"get": netioapi.get_ip_interface_entry, "family": AF_INET, "luid": luid}
        own = statement("get(family, luid=luid)", **names)
        row = netioapi.get_ip_interface_entry(AF_INET, luid=luid)
        found = self._all(
            "a typical row",
            own,
            self._loop_get(AF_INET, luid),
            "other.get(family, luid)",
            more={COPY: statement("row.copy()", row=row)},
            family=AF_INET,
            luid=luid,
        )
        return Result("a row that equals the template", *found)

    def _table(self) -> Result:
        load_many(TABLE_ROWS)
        own = statement("table()", table=netioapi.get_ip_interface_table)
        name = f"`get_ip_interface_table`, {TABLE_ROWS} rows, per row"
        found = self._all(name, own, self.loop_table(), "other.table()")
        return Result(name, *found, parts=TABLE_ROWS)

    def loop_table(self) -> Timed:
        return c_loop(self.c.lib.loop_table, self.c.table_function, self.c.free)

    def _adapters(self) -> Result:
        load_adapters(ADAPTERS)
        own = statement("adapters()", adapters=netioapi.get_if_table2)
        call = c_loop(self.c.lib.loop_adapters, self.c.adapters_function, self.c.free)
        name = f"`get_if_table2`, {ADAPTERS} rows, per row"
        found = self._all(name, own, call, "other.adapters()")
        return Result(name, *found, parts=ADAPTERS)

    def _update(self) -> Result:
        ipif.simulation.reset()
        ipif.update_interface(ETHERNET, "ipv4", Metric=10)
        luid, changes = netioapi.convert_interface_index_to_luid(ETHERNET), {"Metric": 10}
        names = {"luid": luid, "changes": changes, "family": AF_INET}
        own = statement(
            "update(family, changes, luid=luid)", update=netioapi.update_ip_interface_entry, **names
        )
        call = c_loop(self.c.lib.loop_update, self.c.get_function, self.c.set_function,
                      self.c.key(AF_INET, luid), 10)  # fmt: skip
        name = "`update_ip_interface_entry`, one member"
        found = self._all(name, own, call, "other.update(family, luid, 10)", **names)
        return Result(name, *found)

    def full_row(self) -> tuple[dict[str, object], Timed, Timed]:
        """Return a whole row, and the loops of SetIpInterfaceEntry and GetIpInterfaceEntry in C."""
        ipif.simulation.reset()
        row = dict(ipif.get_interface(ETHERNET, "ipv4"), SitePrefixLength=0)
        loop = self.c.lib.loop_set
        call = c_loop(loop, self.c.initialize, self.c.set_function, self.c.filled(row))
        return row, call, self._loop_get(AF_INET, row["InterfaceLuid"])

    def _set(self) -> Result:
        row, call, get = self.full_row()
        own = statement("set(row)", set=ipif.set_interface, row=row)
        name = "`set_interface` (validated), full row"
        found = self._all(name, own, call, "other.set(row)", more={"its get": get}, row=row)
        times, _ = found
        own_call = times[CALL] + times["its get"]  # it gets the row first, to compare
        return Result(name, *found, own_call=own_call)

    def _set_raw(self) -> Result:
        row, call, _ = self.full_row()
        own = statement("set(row)", set=netioapi.set_ip_interface_entry, row=row)
        name = "`set_ip_interface_entry`, full row"
        return Result(name, *self._all(name, own, call, "other.set(row)", row=row))


def alike(name: str, found: list[dict], expected: list[dict]) -> None:
    """Raise when rows are not those of ipif; families are compared elsewhere."""
    for other, own in zip(found, expected, strict=True):
        if set(other) != set(own):
            raise AssertionError(f"{name}: other members: {set(other) ^ set(own)}")
        for member, value in own.items():
            if member == "Family":  # has the number of the host in ipif
                continue
            if type(other[member]) is not type(value) or other[member] != value:
                raise AssertionError(f"{name}: {member} is {other[member]!r}, not {value!r}")
