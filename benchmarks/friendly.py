"""What the friendly functions add to the functions of the thin layer that they call.

Less than nothing is possible: ``set_interface`` compares with the current row without making a dict
of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from clock import Clock, statement
from machine import AF_INET, ETHERNET, ipif, netioapi


@dataclass(frozen=True)
class Added:
    """A friendly function: seconds of it and of the calls it makes; the wish is in seconds."""

    function: str
    calls: str
    seconds: float
    calls_seconds: float
    wish: float | None

    @property
    def added(self) -> float:
        return self.seconds - self.calls_seconds

    @property
    def reached(self) -> bool | None:
        return None if self.wish is None else self.added <= self.wish


def measure(clock: Clock) -> Iterator[Added]:
    ipif.simulation.reset()
    luid = netioapi.convert_interface_index_to_luid(ETHERNET)
    alias = ipif.Luid(luid).alias
    row = dict(ipif.get_interface(ETHERNET, "ipv4"), SitePrefixLength=0)
    names = {
        "get_interface": ipif.get_interface,
        "set_interface": ipif.set_interface,
        "update_interface": ipif.update_interface,
        "get": netioapi.get_ip_interface_entry,
        "set": netioapi.set_ip_interface_entry,
        "update": netioapi.update_ip_interface_entry,
        "to_luid": netioapi.convert_interface_alias_to_luid,
        "changes": {"NlMtu": 1400},
        "row": row,
        "family": AF_INET,
        "index": ETHERNET,
        "luid": luid,
        "alias": alias,
        "typed": ipif.Luid(luid),
    }
    get = "get(family, luid=luid)"
    cases = [
        ("get_interface(index)", "get_interface(index, 'ipv4')", "get(family, index=index)", 0.5),
        ("get_interface(Luid)", "get_interface(typed, 'ipv4')", get, 0.5),
        ("get_interface(alias)", "get_interface(alias, 'ipv4')", f"to_luid(alias); {get}", None),
        ("set_interface(row)", "set_interface(row)", f"{get}; set(row)", 2),
        (
            "update_interface(index)",
            "update_interface(index, 'ipv4', NlMtu=1400)",
            f"get(family, index=index); update(family, changes, luid=luid); {get}",
            2,
        ),
    ]
    for function, code, calls, wish in cases:
        times = clock.medians({"it": statement(code, **names), "calls": statement(calls, **names)})
        shown = " + ".join(call.partition("(")[0] for call in calls.split("; "))
        yield Added(function, shown, times["it"], times["calls"], wish and wish * 1e-6)
    ipif.simulation.reset()
