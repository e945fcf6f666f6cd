"""Each public class is in one of two tables: its objects can be copied and pickled, or refuse both.

An object that can be pickled also goes through a queue of :mod:`multiprocessing`.
"""

import copy
import multiprocessing
import pickle
import threading
from collections.abc import Callable
from enum import EnumMeta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support import fresh
from support.eventually import SOON

import ipif
from ipif import netioapi, simulation
from ipif._desired.guarded_row import Backoff

ETHERNET = 13
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def raised(call: Callable[[], object], kind: type[Exception] = ipif.Error) -> Any:
    """Return the exception that *call* raises."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def failing(function: str, code: int, call: Callable[[], object]) -> Any:
    """Return the exception that *call* raises when *function* answers *code*."""
    simulation.fail(function, code)
    return raised(call)


def access_denied() -> Any:
    simulation.elevated(False)
    return raised(lambda: ipif.update_interface("Ethernet", "ipv4", Metric=3))


def family_not_bound() -> Any:
    simulation.unbind("Ethernet", "ipv4")
    return raised(lambda: ipif.get_interface("Ethernet", "ipv4"))


def event() -> Any:
    with ipif.watch() as watch:
        ipif.update_interface("Ethernet", "ipv4", Metric=3)
        return watch.get(SOON)


def address_event() -> Any:
    with ipif.watch_addresses() as watch:
        simulation.add_address("Ethernet", "192.0.2.1")
        return watch.get(SOON)


def route_event() -> Any:
    with ipif.watch_routes() as watch:
        simulation.add_route("Ethernet", "198.51.100.0/24")
        return watch.get(SOON)


def document() -> dict[str, Any]:
    return {"interfaces": [{"match": {"index": ETHERNET}, "ipv4": {"NlMtu": 1400, "Metric": 3}}]}


def change() -> ipif.Change:
    return ipif.plan(document()).changes[0]


def apply_error() -> Any:
    both = {"interfaces": [{**document()["interfaces"][0], "ipv6": {"NlMtu": 1400}}]}
    simulation.fail("SetIpInterfaceEntry", 8, after=1)
    simulation.fail("SetIpInterfaceEntry", 5, after=2)
    return raised(lambda: ipif.plan(both).apply())


def recovery() -> ipif.Recovery:
    found = ipif.Recovery([change()])
    found.missing = ["VPN"]
    found.kept = True
    return found


def guarded_row() -> ipif.GuardedRow:
    with ipif.guard(document()) as guard:
        return guard.rows["Ethernet", "ipv4"]


ENUMS = [kind for kind in vars(ipif.enums).values() if type(kind) is EnumMeta]

# How to get an object of each public class that can be copied and pickled.
TRAVEL: dict[type, Callable[[], Any]] = {
    ipif.AccessDenied: access_denied,
    ipif.AddressEvent: address_event,
    ipif.ApplyError: apply_error,
    ipif.Change: change,
    ipif.Error: lambda: failing("GetBestRoute2", 1231, lambda: ipif.best_route("192.0.2.1")),
    ipif.Event: event,
    ipif.FamilyNotBound: family_not_bound,
    ipif.Field: lambda: ipif.FIELDS[0],
    ipif.GuardedRow: guarded_row,
    ipif.InterfaceNotFound: lambda: raised(lambda: ipif.get_interface("Ethernt", "ipv4")),
    ipif.InvalidRow: lambda: failing(
        "SetIpInterfaceEntry", 87, lambda: ipif.update_interface(ETHERNET, "ipv4", Metric=3)
    ),
    ipif.Luid: lambda: ipif.Luid.of("Ethernet"),
    ipif.NotReady: lambda: raised(lambda: ipif.wait_for_interface("VPN", timeout=0)),
    ipif.Problem: lambda: ipif.validate({"Metrik": 3}, family="ipv4")[0],
    ipif.Recovery: recovery,
    ipif.RestoreWarning: lambda: ipif.RestoreWarning("kept", 3),
    ipif.RouteCandidate: lambda: ipif.explain_route("192.0.2.1")[0],
    ipif.RouteEvent: route_event,
    ipif.SimulationWarning: lambda: ipif.SimulationWarning("simulated"),
    ipif.ValidationError: lambda: raised(
        lambda: ipif.update_interface(ETHERNET, "ipv4", NlMtu=5), ValueError
    ),
    **{kind: partial(max, kind) for kind in ENUMS},
}

# Results that are no objects of a public class.
RESULTS: dict[str, Callable[[], Any]] = {
    "FIELDS": lambda: ipif.FIELDS,
    "netioapi.FIELDS": lambda: netioapi.FIELDS,
    "get_interface": lambda: ipif.get_interface("Ethernet", "ipv6"),
    "list_adapters": ipif.list_adapters,
    "list_addresses": ipif.list_addresses,
    "list_routes": ipif.list_routes,
    "get_best_route": lambda: netioapi.get_best_route("192.0.2.1"),
    "snapshot": ipif.snapshot,
    "update_interface": lambda: ipif.update_interface("Ethernet", None, DadTransmits=3),
}

# How to get an object of each public class that refuses, and what it advises instead.
REFUSE: dict[type, tuple[Callable[[], Any], str]] = {
    ipif.Plan: (lambda: ipif.plan(document()), "its document and .changes can be"),
    ipif.Watch: (ipif.watch, r"open another one with ipif.watch\(\). Its events can be"),
    ipif.changed: (lambda: ipif.changed(ETHERNET, "ipv4", Metric=3), "create a new one"),
    ipif.compartment: (lambda: ipif.compartment(1), "create a new one"),
    ipif.Guard: (lambda: ipif.guard(document()), "create a new one"),
}

objects = pytest.mark.parametrize(
    "make",
    [*TRAVEL.values(), *RESULTS.values()],
    ids=[*(kind.__name__ for kind in TRAVEL), *RESULTS],
)
refusing = pytest.mark.parametrize("kind", REFUSE, ids=lambda kind: kind.__name__)


def seen(value: Any) -> Any:
    """Return everything that can be seen of *value*, as something that can be compared."""
    kind = type(value)
    if isinstance(value, BaseException):
        return kind, str(value), seen(value.args), seen(vars(value))
    if isinstance(value, (tuple, list)):
        return kind, [seen(item) for item in value], seen(getattr(value, "__dict__", None))
    if kind is dict:
        return {
            name: seen(item)
            for name, item in value.items()
            if name != "_restore"  # only the process that made the changes can restore them
        }
    if kind is ipif.GuardedRow or kind is Backoff:  # they do not compare their attributes
        return kind, seen(vars(value))
    return kind, value


def test_each_public_class_is_in_one_of_the_two_tables() -> None:
    names = {ipif: ipif.__all__, simulation: simulation.__all__, netioapi: dir(netioapi)}
    public = [getattr(module, name) for module in names for name in names[module] if name[0] != "_"]
    classes = {value for value in public if isinstance(value, type)}
    assert classes >= {*ENUMS}
    assert TRAVEL.keys() | REFUSE.keys() == classes
    assert TRAVEL.keys() & REFUSE.keys() == set()


@pytest.mark.parametrize("kind", TRAVEL, ids=lambda kind: kind.__name__)
def test_the_table_has_an_object_of_the_class_itself(kind: type) -> None:
    assert type(TRAVEL[kind]()) is kind


@objects
def test_a_copy_shows_the_same(make: Callable[[], Any]) -> None:
    value = make()
    for copier in (copy.copy, copy.deepcopy):
        assert seen(copier(value)) == seen(value)


@objects
def test_what_was_pickled_shows_the_same(make: Callable[[], Any]) -> None:
    value = make()
    for protocol in PROTOCOLS:
        assert seen(pickle.loads(pickle.dumps(value, protocol))) == seen(value)


def test_everything_arrives_from_a_queue_of_multiprocessing() -> None:
    values = []
    for make in [*TRAVEL.values(), *RESULTS.values()]:
        simulation.reset()
        values.append(make())
    pytest.importorskip("_multiprocessing", reason="this build has no semaphores")
    queue = multiprocessing.get_context("spawn").Queue()
    try:
        for value in values:
            queue.put(value)
        arrived = [queue.get(timeout=SOON) for _ in values]
    finally:
        queue.close()
        queue.join_thread()
    assert seen(arrived) == seen(values)


def test_another_process_can_read_what_was_pickled_and_send_it_back(tmp_path: Path) -> None:
    values = []
    for make in TRAVEL.values():
        simulation.reset()
        values.append(make())
    path = tmp_path / "values"
    path.write_bytes(pickle.dumps(values))
    code = f"""
import pathlib, pickle, sys
path = pathlib.Path({str(path)!r})
values = pickle.loads(path.read_bytes())
assert "ipif" in sys.modules
path.write_bytes(pickle.dumps(values))
"""
    fresh.run(code)
    assert seen(pickle.loads(path.read_bytes())) == seen(values)


class Local:
    """Cannot be pickled."""

    def __reduce__(self) -> Any:
        raise LookupError

    def __repr__(self) -> str:
        return "Local()"


@pytest.mark.parametrize("value", [Local(), threading.Lock(), lambda: 0, [Local()]])
def test_a_problem_arrives_although_its_value_cannot_be_pickled(value: Any) -> None:
    error = raised(lambda: ipif.update_interface(ETHERNET, "ipv4", NlMtu=value), ValueError)
    assert error.problems[0].value is value
    assert copy.copy(error.problems[0]).value is value
    for protocol in PROTOCOLS:
        [problem] = pickle.loads(pickle.dumps(error, protocol)).problems
        assert (problem.member, problem.rule) == ("NlMtu", error.problems[0].rule)
        assert problem.value == repr(value)
    assert copy.deepcopy(error).problems[0].rule == error.problems[0].rule


@refusing
def test_an_object_that_cannot_be_copied_says_what_to_do(kind: type) -> None:
    make, advice = REFUSE[kind]
    value = make()
    text = f"^a '{kind.__name__}' object cannot be copied or pickled: .*{advice}$"
    attempts: list[Callable[[], object]] = [
        lambda: copy.copy(value),
        lambda: copy.deepcopy([value]),
        *(lambda protocol=protocol: pickle.dumps(value, protocol) for protocol in PROTOCOLS),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match=text):
            attempt()


def test_a_refused_copy_leaves_the_watch_open() -> None:
    with ipif.watch() as watch:
        with pytest.raises(TypeError):
            copy.copy(watch)
        ipif.update_interface("Ethernet", "ipv4", Metric=3)
        assert watch.get(SOON) is not None


def test_a_block_is_restored_once_although_a_copy_was_tried() -> None:
    before = ipif.get_interface("Ethernet", "ipv4")
    with ipif.changed("Ethernet", "ipv4", NlMtu=1400) as rows:
        assert rows["ipv4"]["NlMtu"] == 1400
        with ipif.plan(document()) as plan, pytest.raises(TypeError):
            copy.deepcopy(plan)
    assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == before["NlMtu"]


def test_a_copy_of_an_apply_error_sends_its_reader_to_the_original() -> None:
    error = copy.copy(apply_error())
    assert error.not_rolled_back
    with pytest.raises(RuntimeError, match="in the process that made the changes"):
        error.retry()
