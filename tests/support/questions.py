"""The open questions about Windows, as code that asks them on an expendable adapter.

Nothing here expects an answer: each function yields what was asked and what was found, and the
caller restores the adapter. The same code asks a real Windows (tests/live) and the simulation
(tests/sim/test_questions.py, tools/answers.py).
"""

import contextlib
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

import ipif
from ipif import netioapi
from support.answers import Answers
from support.asked import ROW_SIZE, Asked, Notification, differing, restored, row_of

ONES = 2**32 - 1
FAMILIES = ("ipv4", "ipv6")
REGISTRATIONS = 20
UNKNOWN_LUID = 0x00FF_FFFF_FF00_0000
FIELD = {field.name: field for field in ipif.FIELDS}

Found: TypeAlias = Iterator[tuple[str, object]]


class Question(NamedTuple):
    """A function that asks, and the number of its question."""

    number: int
    ask: Callable[[Any], Found]
    changes: bool  # whether it changes the adapter

    @property
    def name(self) -> str:
        return f"{self.number}_{self.ask.__name__}"


#: Every question that can be asked, ordered by number.
ASKED: list[Question] = []


def question(number: int, *, changes: bool = True) -> Callable[[Any], Any]:
    """Return a decorator that notes a function in ASKED."""

    def note(ask: Callable[[Any], Found]) -> Callable[[Any], Found]:
        ASKED.append(Question(number, ask, changes))
        return ask

    return note


def ask(machine: Asked, questions: Iterable[Question], answers: Answers | None = None) -> Answers:
    """Return the answers of the machine, added to *answers*; its adapter is then as it was."""
    answers = {} if answers is None else answers
    for asked in questions:
        around = restored(machine.adapter) if asked.changes else contextlib.nullcontext()
        with around:
            for what, found in asked.ask(machine):
                answers[asked.number, what] = str(found)
    return answers


def bound(machine: Asked) -> list[str]:
    """Return the families that are bound to the adapter."""
    rows = ipif.list_interfaces()
    return [ipif.to_json(r)["Family"] for r in rows if r["InterfaceLuid"] == machine.adapter]


def try_to_set(machine: Asked, family: Any, member: str, **changes: Any) -> str:
    """Change members through the raw API; return the code and what is read afterwards."""
    try:
        code = ipif.get_interface(machine.adapter, family)["Family"]
        netioapi.update_ip_interface_entry(code, changes, luid=int(machine.adapter))
        result = "accepted"
    except ipif.Error as error:
        result = f"error {error.winerror}"
    now: Any = ipif.get_interface(machine.adapter, family)
    value = tuple(now[member]) if isinstance(now[member], (list, tuple)) else now[member]
    return f"{result}, then reads {value if isinstance(value, tuple) else int(value)}"


# ---- reading


@question(1, changes=False)
def initialize(machine: Asked) -> Found:
    image = bytes(machine.api.initialized())
    for field in ipif.FIELDS:
        part = image[field.offset : field.offset + field.size]
        yield f"{field.name} at {field.offset}", part.hex(" ")


@question(4)
def order_of_the_checks_without_elevation(machine: Asked) -> Found:
    with machine.without_elevation():
        for what, family, luid in (
            ("Family 0", 0, UNKNOWN_LUID),
            ("no key", 2, 0),
            ("an unknown LUID", 2, UNKNOWN_LUID),
            ("valid keys and nothing to change", 2, int(machine.adapter)),
        ):
            image = machine.api.initialized()
            struct.pack_into("<H", image, 0, family)
            struct.pack_into("<QI", image, 8, luid, 0)
            yield f"not elevated, {what}", machine.api.call("SetIpInterfaceEntry", image)


@question(13, changes=False)
def order_and_padding(machine: Asked) -> Found:
    rows = ipif.list_interfaces()
    order = [f"{ipif.to_json(row)['Family']}/{row['InterfaceIndex']}" for row in rows]
    yield "order of GetIpInterfaceTable", " ".join(order)
    image = bytearray(b"\xcc" * ROW_SIZE)
    struct.pack_into("<H", image, 0, 2)
    struct.pack_into("<QI", image, 8, int(machine.adapter), 0)
    machine.api.call("GetIpInterfaceEntry", image)
    padding = image[2:8] + image[49:52] + image[167:168]
    yield "padding that held cc before GetIpInterfaceEntry", padding.hex(" ")


@question(14, changes=False)
def routes(machine: Asked) -> Found:
    for destination in ("192.0.2.1", "2001:db8::1", "127.0.0.1", "fe80::1", "255.255.255.255"):
        try:
            route, _ = netioapi.get_best_route2(destination)
            found = f"the route to {route['DestinationPrefix']}"
        except ipif.Error as error:
            found = f"error {error.winerror}"
        yield f"GetBestRoute2 to {destination} without keys", found
    for destination in ("192.0.2.1", "127.0.0.1", "224.0.0.1"):
        try:
            found = f"index {netioapi.get_best_route(destination)['dwForwardIfIndex']}"
        except ipif.Error as error:
            found = f"error {error.winerror}"
        yield f"GetBestRoute to {destination}", found


@question(15, changes=False)
def unpublished_members(machine: Asked) -> Found:
    names = ["TransmitOffload", "ReceiveOffload", "SupportsWakeUpPatterns", "ZoneIndices"]
    names += ["MinRouterAdvertisementInterval", "MaxRouterAdvertisementInterval"]
    for row in ipif.list_interfaces():
        document = ipif.to_json(row)
        shown = ", ".join(f"{name} {document[name]}" for name in names)
        yield f"{document['Family']}/{document['InterfaceIndex']}", shown


# ---- changing


@question(2)
def zero_and_all_ones(machine: Asked) -> Found:
    for family in bound(machine):
        for member in ("NlMtu", "BaseReachableTime", "RetransmitTime", "PathMtuDiscoveryTimeout"):
            for value in (0, ONES):
                found = try_to_set(machine, family, member, **{member: value})
                yield f"{family} {member}={value}", found


@question(2)
def all_ones_in_the_other_numbers(machine: Asked) -> Found:
    for family in bound(machine):
        for member in ("DadTransmits", "LinkLocalAddressTimeout", "Metric", "SitePrefixLength"):
            if (family, member) != ("ipv4", "SitePrefixLength"):
                changes = {"UseAutomaticMetric": False, member: ONES}
                yield f"{family} {member}={ONES}", try_to_set(machine, family, member, **changes)


@question(3)
def row_of_zeros(machine: Asked) -> Found:
    for family in bound(machine):
        before: Any = ipif.get_interface(machine.adapter, family)  # type: ignore[arg-type]
        image = bytearray(ROW_SIZE)
        struct.pack_into("<HxxxxxxQ", image, 0, {"ipv4": 2, "ipv6": 23}[family], machine.adapter)
        code = machine.api.call("SetIpInterfaceEntry", image)
        changed = differing(before, ipif.get_interface(machine.adapter, family))  # type: ignore[arg-type]
        yield f"{family} row of zeros", f"{code}, changes {', '.join(changed) or 'nothing'}"


@question(4)
def order_of_the_checks_when_elevated(machine: Asked) -> Found:
    for what, place, form, value in (
        ("Family 0", 0, "<H", 0),
        ("an unknown LUID", 8, "<Q", UNKNOWN_LUID),
        ("no key", 8, "<Q", 0),
        ("NlMtu 1", FIELD["NlMtu"].offset, "<I", 1),
    ):
        image = machine.api.current("ipv6", machine.adapter)
        struct.pack_into(form, image, place, value)
        yield f"elevated, {what}", machine.api.call("SetIpInterfaceEntry", image)


@question(5)
def keys_that_disagree(machine: Asked) -> Found:
    own = machine.adapter.index
    names = {int(machine.adapter): "of the adapter", own: "of the adapter", 1: "1", 0: "0"}
    functions = ["GetIpInterfaceEntry"]
    if machine.api.initialized()[FIELD["WeakHostSend"].offset] == 0xFF:
        # Index 1 is the loopback interface: only unchanged sentinels may be set there.
        functions.append("SetIpInterfaceEntry")
    for function in functions:
        image = machine.api.keyed("ipv4", machine.adapter, index=1)
        code = machine.api.call(function, image)
        luid, index = struct.unpack_from("<QI", image, 8)
        found = f"{code}, LUID {names.get(luid, luid)}, index {names.get(index, index)}"
        yield f"{function}, LUID of the adapter and index 1", found
    image = machine.api.current("ipv4", machine.adapter)
    code = machine.api.call("SetIpInterfaceEntry", image)
    index = struct.unpack_from("<I", image, 16)[0]
    yield "index after SetIpInterfaceEntry by LUID", f"{code}, index {names.get(index, index)}"


@question(6)
def site_prefix_length_of_ipv4(machine: Asked) -> Found:
    for length in (0, 1, 24, 32, 33, 64):
        # The extension writes 0 for IPv4: the bytes themselves are set here.
        image = machine.api.current("ipv4", machine.adapter)
        struct.pack_into("<I", image, FIELD["SitePrefixLength"].offset, length)
        code = machine.api.call("SetIpInterfaceEntry", image)
        now = ipif.get_interface(machine.adapter, "ipv4")["SitePrefixLength"]
        result = "accepted" if code == 0 else f"error {code}"
        yield f"ipv4 SitePrefixLength={length}", f"{result}, then reads {now}"


@question(7)
def metrics(machine: Asked) -> Found:
    for family in bound(machine):
        for metric in (0, 2**31 - 1, 2**31, ONES - 1):
            changes = {"UseAutomaticMetric": False, "Metric": metric}
            yield f"{family} Metric={metric}", try_to_set(machine, family, "Metric", **changes)
        changes = {"UseAutomaticMetric": True, "Metric": 77}
        found = try_to_set(machine, family, "Metric", **changes)
        yield f"{family} Metric=77 with UseAutomaticMetric TRUE", found
        found = try_to_set(machine, family, "Metric", Metric=78)
        yield f"{family} Metric=78 while it stays TRUE", found


@question(8)
def mtus(machine: Asked) -> Found:
    yield "Mtu of the adapter", ipif.get_adapter(machine.adapter)["Mtu"]
    for family in bound(machine):
        for mtu in (1, 575, 576, 1279, 1280, 9000, 65535, 65536, ONES - 1):
            yield f"{family} NlMtu={mtu}", try_to_set(machine, family, "NlMtu", NlMtu=mtu)


@question(9)
def other_members(machine: Asked) -> Found:
    for family in bound(machine):
        first: Any = ipif.get_interface(machine.adapter, family)  # type: ignore[arg-type]
        member = "UseNeighborUnreachabilityDetection"
        if first[member]:
            # From FALSE to TRUE there may be no way back, so nothing is asked if it is FALSE.
            for value in (False, True):
                found = try_to_set(machine, family, member, **{member: value})
                yield f"{family} {member}={int(value)}", found
        for member in ("LinkLocalAddressBehavior", "RouterDiscoveryBehavior"):
            for number in (0, 1, 2, 3):
                found = try_to_set(machine, family, member, **{member: number})
                yield f"{family} {member}={number}", found
        for count in (0, 10, 255, 256, 65536):
            found = try_to_set(machine, family, "DadTransmits", DadTransmits=count)
            yield f"{family} DadTransmits={count}", found
        zones = list(first["ZoneIndices"])
        zones[5] += 1
        tried = try_to_set(machine, family, "ZoneIndices", ZoneIndices=tuple(zones))
        now: Any = ipif.get_interface(machine.adapter, family)  # type: ignore[arg-type]
        result, more = tried.partition(",")[0], now["ZoneIndices"][5] - first["ZoneIndices"][5]
        yield f"{family} ZoneIndices[5]+1", f"{result}, then reads {more} more"


@question(11)
def boolean_of_2(machine: Asked) -> Found:
    place = FIELD["WeakHostReceive"].offset
    for value in (2, 254, 255):
        clear = machine.api.current("ipv4", machine.adapter)
        clear[place] = 0
        machine.api.call("SetIpInterfaceEntry", clear)
        image = machine.api.current("ipv4", machine.adapter)
        image[place] = value
        code = machine.api.call("SetIpInterfaceEntry", image)
        image = machine.api.current("ipv4", machine.adapter)
        yield f"WeakHostReceive={value} over 0", f"{code}, then the byte is {image[place]}"


def _events(seen: list[Notification]) -> str:
    """Describe notifications: how many of each type."""
    kinds = [ipif.NotificationType(event.kind).name for event in seen]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted({*kinds})) or "nothing"


@question(12)
def initial_notification(machine: Asked) -> Found:
    # Another thread can be faster than the function: only many registrations show what is certain.
    early = 0
    for _ in range(REGISTRATIONS):
        with machine.api.notifications(initial=True) as seen:
            early += len(seen)
    found = f"has come in {early} of {REGISTRATIONS} registrations"
    yield "initial, when the function returns", found
    with machine.api.notifications(initial=True) as seen:
        machine.settle()
        yield "initial, a moment later", _events(list(seen))
        same = all(event.in_thread_of_registration for event in seen)
        yield "initial, thread", "the one that registers" if same else "another one"


@question(12)
def notifications(machine: Asked) -> Found:
    with machine.api.notifications() as seen:
        image = machine.api.keyed("ipv4", machine.adapter)
        code = machine.api.call("SetIpInterfaceEntry", image)
        machine.settle()
        yield "ipv4, a row of unchanged sentinels", f"{code}, {_events(seen)}"
        seen.clear()
        row = ipif.get_interface(machine.adapter, "ipv4")
        ipif.set_interface(row)
        machine.settle()
        yield "ipv4, the row that is there", _events(seen)
        seen.clear()
        ipif.update_interface(machine.adapter, "ipv4", NlMtu=1400)
        machine.settle()
        yield "ipv4 NlMtu=1400", _events(seen)
        others = [
            name
            for event in seen
            if event.row is not None
            for name, value in row_of(event.row).items()
            if value and value != (0,) * 16 and FIELD[name].access != "key"
        ]
        yield "members of the row in it besides the keys", ", ".join(sorted({*others})) or "none"
        alias = machine.adapter.alias
        seen.clear()
        machine.rename(f"{alias} renamed")
        try:
            machine.settle()
            yield "a new alias", _events(seen)
        finally:
            machine.rename(alias)
            machine.settle()


@question(12)
def two_registrations(machine: Asked) -> Found:
    with machine.api.notifications() as one, machine.api.notifications(2) as other:
        ipif.update_interface(machine.adapter, "ipv4", NlMtu=1400)
        ipif.update_interface(machine.adapter, "ipv6", NlMtu=1400)
        machine.settle()
        yield "both families registered, each changed", _events(one)
        yield "ipv4 registered, each changed", _events(other)


@question(17)
def row_of_which_one_member_is_wrong(machine: Asked) -> Found:
    dad = ipif.get_interface(machine.adapter, "ipv6")["DadTransmits"]
    changes = {"DadTransmits": dad + 1, "NlMtu": 1}
    result = try_to_set(machine, "ipv6", "DadTransmits", **changes)
    code, _, now = result.partition(", then reads ")
    kept = "unchanged" if int(now) == dad else "written"
    yield "ipv6 DadTransmits+1 with NlMtu=1", f"{code}, DadTransmits {kept}"


# ---- only on a real Windows: restarts of the adapter, and arguments that may end a process


@question(10)
def restart_of_the_adapter(machine: Any) -> Found:
    if not machine.is_real:
        return
    changes: dict[str, Any] = {"NlMtu": 1400, "Metric": 4321, "DadTransmits": 7}
    families: Any = bound(machine)
    for family in families:
        ipif.update_interface(machine.adapter, family, **changes)
    with machine.disabled():
        pass
    for family in families:
        row: Any = ipif.get_interface(machine.adapter, family)
        for name, value in changes.items():
            kept = "kept" if row[name] == value else "lost"
            yield f"{family} {name} after the restart", f"{kept}, reads {row[name]}"


@question(16)
def disabled_adapter(machine: Any) -> Found:
    if not machine.is_real:
        return
    families = bound(machine)
    with machine.disabled():
        for family in families:
            image = machine.api.keyed(family, machine.adapter)
            code = machine.api.call("GetIpInterfaceEntry", image)
            yield f"GetIpInterfaceEntry of the disabled adapter, {family}", code


@question(16, changes=False)
def null_arguments(machine: Asked) -> Found:
    if not machine.is_real:
        return
    for function in ("FreeMibTable", "InitializeIpInterfaceEntry"):
        code = f"import ctypes; ctypes.WinDLL('iphlpapi.dll').{function}(None)"
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        found = "returns" if done.returncode == 0 else "ends in an access violation"
        yield f"{function} of NULL", found


ASKED.sort(key=lambda asked: asked.number)
