"""The operations of the table: what is measured, against what, and what was wanted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from clock import Clock, Timed, c_loop, statement
from machine import (
    AF_INET,
    AF_INET6,
    ETHERNET,
    address,
    ipif,
    load_likely,
    load_links,
    load_many,
    netioapi,
)
from ways.cffi_way import CffiWay
from ways.ctypes_way import CtypesWay

TABLE_ROWS, LINKS = 400, 200
CALL = "the call"


@dataclass(frozen=True)
class Wish:
    """What was wanted of a ratio."""

    text: str
    limit: float
    at_least: bool = True

    def reached(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass
class Result:
    """One operation: seconds of each way, and of the simulated call, which is in all of them."""

    operation: str
    times: dict[str, float]
    wish: Wish | None = None
    against: str = "ctypes"
    inverse: bool = False  # the wish is about ipif / other, not other / ipif
    own_call: float | None = None  # when ipif makes other calls than the rest
    parts: int = 1  # rows in one round

    @property
    def call(self) -> float:
        return self.times[CALL] / self.parts

    def added(self, way: str) -> float:
        """Return what a way adds to the call, in seconds."""
        call = self.times[CALL]
        if way == "ipif" and self.own_call is not None:
            call = self.own_call
        if way == "dict.copy()":
            call = 0.0
        return max(self.times[way] - call, 1e-10) / self.parts

    def ratio(self, way: str) -> float:
        """Return how many times longer a way takes than ipif, the call subtracted from both."""
        return self.added(way) / self.added("ipif")

    @property
    def measured(self) -> float:
        """Return the number that the wish is about."""
        ratio = self.ratio(self.against)
        return 1 / ratio if self.inverse else ratio


class Operations:
    """Measures each operation in every way that there is here."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self.clock, self.say = clock, say
        self.c = CffiWay(address)
        self.ways: dict[str, object] = {"ctypes": CtypesWay(address), "cffi": self.c}
        self.absent = ""
        try:
            from ways.win32more_way import Win32moreWay

            self.ways["win32more"] = Win32moreWay()
        except (ImportError, OSError, AttributeError) as error:
            self.absent = f"win32more is left out: {error}"

    def measure(self) -> Iterator[Result]:
        """Yield the results, the world of each operation loaded before it."""
        yield from self._get()
        yield self._likely()
        yield self._table()
        yield self._links()
        yield self._update()
        yield self._set()
        yield self._set_thin()
        ipif.simulation.reset()

    def check(self) -> None:
        """Make sure that every way brings the same members of the same types and values."""
        ipif.simulation.reset()
        row = netioapi.get_ip_interface_table()[0]
        for name, way in self.ways.items():
            alike(name, [way.get(AF_INET, row["InterfaceLuid"])], [row])
            alike(name, way.table(), netioapi.get_ip_interface_table())
            alike(name, way.links(), netioapi.get_if_table2())

    def _all(
        self,
        operation: str,
        own: Timed,
        call: Timed,
        code: str,
        more: Mapping[str, Timed] = MappingProxyType({}),
        **names: object,
    ) -> dict[str, float]:
        """Return the medians of ipif, the call, more, and the other ways (``way`` in the code)."""
        self.say(operation)
        ways = {"ipif": own, CALL: call, **more}
        for name, way in self.ways.items():
            ways[name] = statement(code, way=way, **names)
        return self.clock.medians(ways)

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
            code = "way.get(family, luid)"
            results.append(self._all(name, own, loop, code, family=family, luid=luid))
        mean = {way: sum(one[way] for one in results) / len(rows) for way in results[0]}
        one_of = f"`get_ip_interface_entry`, mean of {len(rows)} rows"
        yield Result(one_of, mean, Wish("14 x ctypes", 14))
        each = [Result("`get_ip_interface_entry`, the slowest of them", one) for one in results]
        slowest = min(each, key=lambda result: result.ratio("ctypes"))
        slowest.wish = Wish("10 x ctypes", 10)
        yield slowest

    def _likely(self) -> Result:
        luid = load_likely()
        names = {"get": netioapi.get_ip_interface_entry, "family": AF_INET, "luid": luid}
        own = statement("get(family, luid=luid)", **names)
        row = netioapi.get_ip_interface_entry(AF_INET, luid=luid)
        times = self._all(
            "a likely row",
            own,
            self._loop_get(AF_INET, luid),
            "way.get(family, luid)",
            more={"dict.copy()": statement("row.copy()", row=row)},
            family=AF_INET,
            luid=luid,
        )
        wish = Wish("at most 2 x dict.copy()", 2, at_least=False)
        return Result("a row that equals the template", times, wish, "dict.copy()", inverse=True)

    def _table(self) -> Result:
        load_many(TABLE_ROWS)
        own = statement("table()", table=netioapi.get_ip_interface_table)
        name = f"`get_ip_interface_table`, {TABLE_ROWS} rows, per row"
        times = self._all(name, own, self.loop_table(), "way.table()")
        return Result(name, times, Wish("16 x ctypes", 16), parts=TABLE_ROWS)

    def loop_table(self) -> Timed:
        return c_loop(self.c.lib.loop_table, self.c.table_function, self.c.free)

    def _links(self) -> Result:
        load_links(LINKS)
        own = statement("links()", links=netioapi.get_if_table2)
        call = c_loop(self.c.lib.loop_links, self.c.links_function, self.c.free)
        name = f"`get_if_table2`, {LINKS} rows, per row"
        times = self._all(name, own, call, "way.links()")
        return Result(name, times, Wish("20 x ctypes", 20), parts=LINKS)

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
        times = self._all(name, own, call, "way.update(family, luid, 10)", **names)
        return Result(name, times, Wish("5 x ctypes", 5))

    def full_row(self) -> tuple[dict[str, object], Timed, Timed]:
        """Return a row for Set, and the loops of Set and Get in bare C."""
        ipif.simulation.reset()
        row = dict(ipif.get_interface(ETHERNET, "ipv4"), SitePrefixLength=0)
        loop = self.c.lib.loop_set
        call = c_loop(loop, self.c.initialize, self.c.set_function, self.c.filled(row))
        return row, call, self._loop_get(AF_INET, row["InterfaceLuid"])

    def _set(self) -> Result:
        row, call, get = self.full_row()
        own = statement("set(row)", set=ipif.set_interface, row=row)
        name = "`set_interface` (validated), full row"
        times = self._all(name, own, call, "way.set(row)", more={"its get": get}, row=row)
        own_call = times[CALL] + times["its get"]  # it gets the row first, to compare
        return Result(name, times, Wish("3 x ctypes", 3), own_call=own_call)

    def _set_thin(self) -> Result:
        row, call, _ = self.full_row()
        own = statement("set(row)", set=netioapi.set_ip_interface_entry, row=row)
        name = "`set_ip_interface_entry`, full row"
        return Result(name, self._all(name, own, call, "way.set(row)", row=row))


def alike(way: str, found: list[dict], expected: list[dict]) -> None:
    """Raise when rows are not those of ipif; the number of a family is the host's own there."""
    for other, own in zip(found, expected, strict=True):
        if set(other) != set(own):
            raise AssertionError(f"{way}: other members: {set(other) ^ set(own)}")
        for name, value in own.items():
            if name == "Family":
                continue
            if type(other[name]) is not type(value) or other[name] != value:
                raise AssertionError(f"{way}: {name} is {other[name]!r}, not {value!r}")
