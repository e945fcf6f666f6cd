"""What the functions of the high-level API add to the functions of the raw API that they call.

It may be negative: ``set_interface`` compares with the current row without making a dict of it.
"""

from clock import Clock, statement
from machine import AF_INET, ETHERNET, ipif, native, netioapi, system_calls
from report import Table, us, yes


def measure(clock: Clock) -> Table:
    ipif.simulation.reset()
    luid = netioapi.convert_interface_index_to_luid(ETHERNET)
    names = {
        "get_interface": ipif.get_interface,
        "set_interface": ipif.set_interface,
        "update_interface": ipif.update_interface,
        "get": netioapi.get_ip_interface_entry,
        "set": netioapi.set_ip_interface_entry,
        "exchange": native.exchange_ip_interface_entry,
        "to_luid": netioapi.convert_interface_alias_to_luid,
        "changes": {"NlMtu": 1400},
        "row": dict(ipif.get_interface(ETHERNET, "ipv4"), SitePrefixLength=0),
        "family": AF_INET,
        "index": ETHERNET,
        "luid": luid,
        "alias": ipif.Luid(luid).alias,
        "typed": ipif.Luid(luid),
    }
    get = "get(family, luid=luid)"
    # The function, a call of it, the calls that it makes, and the target in microseconds.
    cases = [
        ("get_interface(index)", "get_interface(index, 'ipv4')", "get(family, index=index)", 0.5),
        ("get_interface(Luid)", "get_interface(typed, 'ipv4')", get, 0.5),
        ("get_interface(alias)", "get_interface(alias, 'ipv4')", f"to_luid(alias); {get}", None),
        ("set_interface(row)", "set_interface(row)", f"{get}; set(row)", 2),
        (
            "update_interface(index)",
            "update_interface(index, 'ipv4', NlMtu=1400)",
            "exchange(family, changes, index=index)",
            2,
        ),
    ]
    rows = []
    for function, code, calls, target in cases:
        times = clock.medians({"it": statement(code, **names), "calls": statement(calls, **names)})
        added = times["it"] - times["calls"]
        limit = f"at most {target:g}" if target else ""
        met = yes(added * 1e6 <= target) if target else ""
        shown = " + ".join(call.partition("(")[0] for call in calls.split("; "))
        count = f"{system_calls(lambda code=code: exec(code, dict(names)))}"
        rows.append([f"`{function}`", count, us(added), limit, met, shown, us(times["calls"])])
    ipif.simulation.reset()
    head = [
        "function",
        "system calls",
        "adds, us",
        "target, us",
        "met",
        "to the calls it makes",
        "us",
    ]
    return Table("The high-level API", head, rows)
