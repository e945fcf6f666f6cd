"""A call of every public function and method that succeeds, and one that fails.

``WORKS`` and ``FAILS`` have them by name: ``plan``, ``Plan.apply``, ``simulation.load``.
``CANNOT_FAIL`` and ``CANNOT_WORK`` say which are missing there, and why. The functions of
``ipif.netioapi`` are in ``calls``.
"""

from __future__ import annotations

import asyncio
import atexit
import copy
import inspect
import json
import pickle
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import ipif
from ipif import reports, simulation
from support.eventually import SOON
from support.machine import control

SECONDS = SOON  # the longest wait for an event, which tools/trust_checks/failing.py shortens
MTU = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}
FOLDER = Path(tempfile.mkdtemp(prefix="ipif-calls-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

# The methods that are written with underscores and that programs use.
PROTOCOLS = {
    "__aenter__", "__aexit__", "__aiter__", "__anext__", "__bool__", "__copy__", "__del__",
    "__enter__", "__eq__", "__exit__", "__iter__", "__next__", "__reduce__", "__reduce_ex__",
    "__repr__", "__str__",
}  # fmt: skip


def public_names() -> set[str]:
    """Return the names of all public functions, classes, methods and properties.

    A method that several classes have from one public class counts there, and one from an inner
    class in each of them.
    """
    found = {f"simulation.{name}" for name in simulation.__all__}
    found |= {f"reports.{name}" for name in reports.__all__}
    for name in ipif.__all__:
        value = getattr(ipif, name)
        if callable(value):
            found.add(name)
        if isinstance(value, type):
            found |= {f"{name}.{member}" for member in _members(name, value)}
    return found


def _members(name: str, class_: type) -> Iterator[str]:
    for base in class_.__mro__:
        if not base.__module__.startswith("ipif") or not getattr(base, "__name__", ""):
            continue
        if base.__name__ in ipif.__all__ and base.__name__ != name:
            continue
        for member, value in vars(base).items():
            if member in PROTOCOLS or not member.startswith("_"):
                written = getattr(value, "_function", value)  # behind until_done
                if isinstance(written, property | classmethod) or inspect.isfunction(written):
                    yield member


# ---- what several calls need


def path(name: str) -> Path:
    """Return the path of a file that is not there."""
    FOLDER.joinpath(name).unlink(missing_ok=True)
    return FOLDER / name


def error_of(function: Callable[..., object], *args: object, **kwargs: object) -> Any:
    """Return the exception that a call raises."""
    try:
        function(*args, **kwargs)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def not_found() -> ipif.InterfaceNotFound:
    return error_of(ipif.get_interface, "Ethernat", 4)


def not_ready() -> ipif.NotReady:
    return error_of(ipif.wait_for_interface, "?", timeout=0)


def invalid_row() -> ipif.InvalidRow:
    simulation.fail("SetIpInterfaceEntry", 87)
    return error_of(ipif.update_interface, 13, 4, NlMtu=1400)


def invalid() -> ipif.ValidationError:
    return error_of(ipif.update_interface, 13, 4, NlMtu=-1)


def problem() -> ipif.Problem:
    return invalid().problems[0]


def change() -> ipif.Change:
    return next(iter(ipif.plan(MTU).changes))


def not_reverted() -> ipif.ApplyError:
    """Return the error of a plan that could not be reverted, because of access rights."""
    plan = ipif.plan(MTU)
    plan.apply()
    simulation.elevated(False)
    error = error_of(plan.revert)
    simulation.elevated(True)
    return error


def retry_fails() -> None:
    error = not_reverted()
    simulation.elevated(False)
    error.retry()


def revert_fails() -> None:
    plan = ipif.plan(MTU)
    plan.apply()
    simulation.elevated(False)
    plan.revert()


def apply_and_revert() -> None:
    plan = ipif.plan(MTU)
    plan.apply(journal=path("applied"), confirm_within=600)
    plan.revert()


def apply_fails() -> None:
    simulation.fail("SetIpInterfaceEntry", 5)
    ipif.plan(MTU).apply()


def confirm() -> None:
    plan = ipif.plan(MTU)
    plan.apply(confirm_within=600)
    plan.confirm()
    plan.revert()


def in_block(block: Any) -> None:
    with block:
        pass


def in_async_block(block: Any) -> None:
    async def enter_and_leave() -> None:
        async with block:
            pass

    asyncio.run(enter_and_leave())


def raise_in_block(block: Any) -> None:
    with block:
        raise LookupError


def raise_in_async_block(block: Any) -> None:
    async def enter_and_raise() -> None:
        async with block:
            raise LookupError

    asyncio.run(enter_and_raise())


def again(enter: Callable[[Any], None], block: Any) -> None:
    enter(block)
    enter(block)


def changed() -> ipif.changed:
    return ipif.changed("Ethernet", None, NlMtu=1400, journal=path("changed"))


def use_guard(read: Callable[[ipif.Guard], object]) -> object:
    with ipif.guard(MTU) as guard:
        simulation.unbind("Ethernet", "ipv4")
        return read(guard)


def guarded_row() -> ipif.GuardedRow:
    with ipif.guard(MTU) as guard:
        return guard.rows["Ethernet", "ipv4"]


def guard_that_reverts() -> None:
    """Guard a row until another program's change has been reverted, with callbacks that fail."""

    def fail(*arguments: object) -> None:
        raise LookupError

    with ipif.guard(MTU, on_revert=fail, on_error=fail, interval=0) as guard:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        end = time.monotonic() + SOON
        while guard.applied == 0:
            assert time.monotonic() < end
            time.sleep(0.001)


def use_watch(read: Callable[[Any], object], open: Any = None, **arguments: Any) -> object:
    with (open or ipif.watch)(**arguments) as watch:
        simulation.unbind("Ethernet", "ipv4")
        assert control().settle(30_000) == 0
        return read(watch)


def event(open: Any = None) -> Any:
    return use_watch(lambda watch: watch.get(SECONDS), open)


def of_dead_adapter(open: Any = None) -> Any:
    found = event(open)
    simulation.remove_interface("Ethernet")
    return found


def next_async(watch: ipif.Watch[Any]) -> object:
    async def read() -> object:
        async for event in watch:
            return event
        return None

    return asyncio.run(read())


def closed_watch() -> ipif.Watch[Any]:
    watch = ipif.watch()
    watch.close()
    return watch


def drop_watch() -> None:
    """Open a watch and do not close it."""
    ipif.watch()


def journal() -> Path:
    """Return a journal of changes that are still there."""
    found = path("journal")
    plan = ipif.plan(MTU)
    plan.apply(journal=found)
    plan.confirm(keep_journal=True)
    return found


def recover_damaged() -> None:
    found = path("damaged")
    found.write_text("{}")
    ipif.recover(found)


def load_file() -> None:
    found = path("snapshot")
    simulation.save(found)
    simulation.load(found)


def add_interface() -> None:
    simulation.add_interface("New")


def add_and_remove_address() -> None:
    simulation.add_address("Ethernet", "10.9.9.9", OnLinkPrefixLength=24)


def copied(value: object) -> None:
    copy.copy(value)


def pickled(value: object) -> None:
    assert type(pickle.loads(pickle.dumps(value))) is type(value)


def restore_warning() -> None:
    """Restore values of which another program has changed one."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
            ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    assert [warning.category for warning in found] == [ipif.RestoreWarning]


ENUMERATIONS = [
    name
    for name in ipif.__all__
    if isinstance(getattr(ipif, name), type) and hasattr(getattr(ipif, name), "__members__")
]
EVENTS = {
    "Event": ipif.watch,
    "AddressEvent": ipif.watch_addresses,
    "RouteEvent": ipif.watch_routes,
}
ROUTE = ("8.8.8.8",)
SNAPSHOT: dict[str, Any] = {}


def taken() -> dict[str, Any]:
    """Return a snapshot of the machine; it is taken once."""
    if not SNAPSHOT:
        SNAPSHOT.update(ipif.snapshot())
    return SNAPSHOT


WORKS: dict[str, Callable[[], object]] = {
    # ---- rows and adapters
    "get_interface": lambda: ipif.get_interface("Ethernet", "ipv4"),
    "list_interfaces": lambda: ipif.list_interfaces(),
    "get_adapter": lambda: ipif.get_adapter("Ethernet"),
    "list_adapters": lambda: ipif.list_adapters(),
    "list_addresses": lambda: ipif.list_addresses(),
    "list_routes": lambda: ipif.list_routes(),
    "default_interface": lambda: ipif.default_interface("ipv4"),
    "best_route": lambda: ipif.best_route(*ROUTE),
    "explain_route": lambda: ipif.explain_route(*ROUTE),
    "RouteCandidate": lambda: ipif.RouteCandidate(*ipif.explain_route(*ROUTE)[0]),
    "RouteCandidate.__repr__": lambda: repr(ipif.explain_route(*ROUTE)),
    "update_interface": lambda: ipif.update_interface("Ethernet", None, NlMtu=1400, Metric=9),
    "set_interface": lambda: ipif.set_interface(ipif.get_interface(13, 4)),
    "differences": lambda: ipif.differences({**ipif.get_interface(13, 4), "NlMtu": 1400}),
    "validate": lambda: ipif.validate({"NlMtu": -1, "NlMTU": 3}, family=4),
    "to_json": lambda: [*map(ipif.to_json, [*ipif.list_adapters(), *ipif.list_routes()])],
    "from_json": lambda: ipif.from_json("MIB_IF_ROW2", ipif.to_json(ipif.get_adapter(13))),
    "read_document": lambda: ipif.read_document(BytesIO(b"{}")),
    "reports.apply": lambda: (reports.apply(MTU), reports.apply({})),
    "reports.make": lambda: reports.make("web-7", changes=ipif.plan(MTU).changes),
    "reports.write": lambda: reports.write(reports.make("web-7"), FOLDER / "report"),
    "reports.read": lambda: reports.read(BytesIO(json.dumps(reports.make()).encode())),
    "reports.find": lambda: reports.find({"web-7": reports.make(), "web-8": "no answer"}),
    "reports.merge": lambda: reports.merge([reports.make("web-7", error=not_found())]),
    "snapshot": ipif.snapshot,
    "desired_from": lambda: ipif.desired_from(taken()),
    "compartment": lambda: in_block(ipif.compartment(1)),
    "compartment.__enter__": lambda: in_block(ipif.compartment(1)),
    "compartment.__exit__": lambda: in_block(ipif.compartment(1)),
    "Luid": lambda: ipif.Luid(1),
    "Luid.of": lambda: [ipif.Luid.of(13), ipif.Luid.of("Ethernet")],
    "Luid.__repr__": lambda: repr(ipif.Luid(2**60)),
    "Luid.alias": lambda: ipif.Luid.of(13).alias,
    "Luid.index": lambda: ipif.Luid.of(13).index,
    "Luid.guid": lambda: ipif.Luid.of(13).guid,
    "Luid.name": lambda: ipif.Luid.of(13).name,
    "Luid.type": lambda: ipif.Luid.of(13).type,
    "Field": lambda: ipif.Field(*ipif.FIELDS[0]),
    "Field.__repr__": lambda: repr(ipif.FIELDS[0]),
    # ---- errors
    "Error": lambda: pickled(ipif.Error(5, "no")),
    "Error.__str__": lambda: str(ipif.Error(5, "no")),
    "Error.to_json": lambda: ipif.Error(5, "no").to_json(),
    "AccessDenied": lambda: pickled(ipif.AccessDenied(5, "no")),
    "FamilyNotBound": lambda: pickled(error_of(ipif.get_interface, 19, 4)),
    "InterfaceNotFound": lambda: pickled(not_found()),
    "InterfaceNotFound.__str__": lambda: str(not_found()),
    "InterfaceNotFound.to_json": lambda: not_found().to_json(),
    "InvalidRow": lambda: pickled(invalid_row()),
    "InvalidRow.to_json": lambda: invalid_row().to_json(),
    "ValidationError": lambda: pickled(invalid()),
    "ValidationError.problems": lambda: invalid().problems,
    "ValidationError.__str__": lambda: str(invalid()),
    "ValidationError.to_json": lambda: invalid().to_json(),
    "Problem": problem,
    "Problem.__str__": lambda: str(problem()),
    "Problem.__repr__": lambda: repr(problem()),
    "Problem.__eq__": lambda: problem() == problem(),
    "Problem.__copy__": lambda: copied(problem()),
    "Problem.__reduce__": lambda: pickled(problem()),
    "Problem.to_json": lambda: problem().to_json(),
    "ApplyError": not_reverted,
    "ApplyError.retry": lambda: not_reverted().retry(),
    "ApplyError.to_json": lambda: not_reverted().to_json(),
    "ApplyError.__reduce__": lambda: pickled(not_reverted()),
    "RestoreWarning": restore_warning,
    "SimulationWarning": lambda: ipif.SimulationWarning("simulated"),
    "NotReady": lambda: pickled(not_ready()),
    "NotReady.__str__": lambda: str(not_ready()),
    "NotReady.to_json": lambda: not_ready().to_json(),
    # ---- changes that can be taken back
    "Change": lambda: pickled(change()),
    "Change.interface": lambda: change().interface,
    "Change.family": lambda: change().family,
    "Change.member": lambda: change().member,
    "Change.before": lambda: change().before,
    "Change.after": lambda: change().after,
    "Change.reversed": lambda: change().reversed(),
    "Change.to_json": lambda: change().to_json(),
    "Change.__repr__": lambda: repr(change()),
    "Change.__str__": lambda: str(change()),
    "changed": lambda: in_block(changed()),
    "changed.__enter__": lambda: in_block(changed()),
    "changed.__exit__": lambda: in_block(changed()),
    "changed.__aenter__": lambda: in_async_block(changed()),
    "changed.__aexit__": lambda: in_async_block(changed()),
    "plan": lambda: ipif.plan(MTU),
    "Plan": lambda: ipif.plan(MTU).changes,
    "Plan.apply": apply_and_revert,
    "Plan.confirm": confirm,
    "Plan.revert": apply_and_revert,
    "Plan.state": lambda: ipif.plan(MTU).state,
    "Plan.__bool__": lambda: bool(ipif.plan(MTU)),
    "Plan.__repr__": lambda: repr(ipif.plan(MTU)),
    "Plan.__str__": lambda: str(ipif.plan(MTU)),
    "Plan.__enter__": lambda: in_block(ipif.plan(MTU)),
    "Plan.__exit__": lambda: in_block(ipif.plan(MTU)),
    "Plan.__aenter__": lambda: in_async_block(ipif.plan(MTU)),
    "Plan.__aexit__": lambda: in_async_block(ipif.plan(MTU)),
    "guard": guard_that_reverts,
    "Guard": lambda: in_block(ipif.guard(MTU)),
    "Guard.__enter__": lambda: in_block(ipif.guard(MTU)),
    "Guard.__exit__": lambda: in_block(ipif.guard(MTU)),
    "Guard.__aenter__": lambda: in_async_block(ipif.guard(MTU)),
    "Guard.__aexit__": lambda: in_async_block(ipif.guard(MTU)),
    "Guard.close": lambda: use_guard(lambda guard: guard.close()),
    "Guard.applied": lambda: use_guard(lambda guard: guard.applied),
    "Guard.errors": lambda: use_guard(lambda guard: guard.errors),
    "Guard.last_error": lambda: use_guard(lambda guard: guard.last_error),
    "Guard.missing": lambda: use_guard(lambda guard: guard.missing),
    "Guard.reverts": lambda: use_guard(lambda guard: guard.reverts),
    "Guard.rows": lambda: use_guard(lambda guard: guard.rows),
    "Guard.unachievable": lambda: use_guard(lambda guard: guard.unachievable),
    "GuardedRow": guarded_row,
    "GuardedRow.__repr__": lambda: repr(guarded_row()),
    "recover": lambda: ipif.recover(journal()),
    "Recovery": lambda: repr(ipif.recover(journal())),
    # ---- watches
    "watch": lambda: use_watch(lambda watch: watch.get(0), interface="Ethernet"),
    "watch_addresses": lambda: use_watch(lambda watch: watch.get(0), ipif.watch_addresses),
    "watch_routes": lambda: use_watch(lambda watch: watch.get(0), ipif.watch_routes),
    "Watch": lambda: use_watch(list_all),
    "Watch.get": lambda: use_watch(lambda watch: [watch.get(SECONDS), watch.get(0)]),
    "Watch.initial": lambda: use_watch(lambda watch: watch.initial, initial=True),
    "Watch.dropped": lambda: use_watch(lambda watch: watch.dropped, capacity=1),
    "Watch.closed": lambda: use_watch(lambda watch: watch.closed),
    "Watch.close": closed_watch,
    "Watch.__enter__": lambda: in_block(ipif.watch()),
    "Watch.__exit__": lambda: in_block(ipif.watch()),
    "Watch.__iter__": lambda: use_watch(iter),
    "Watch.__next__": lambda: use_watch(next),
    "Watch.__aenter__": lambda: in_async_block(ipif.watch()),
    "Watch.__aexit__": lambda: in_async_block(ipif.watch()),
    "Watch.__aiter__": lambda: use_watch(next_async),
    "Watch.__anext__": lambda: use_watch(next_async),
    "Watch.__del__": drop_watch,
    "wait_for_interface": lambda: ipif.wait_for_interface("Ethernet", connected=True),
    "wait_for_interface_async": lambda: asyncio.run(ipif.wait_for_interface_async("Ethernet")),
    # ---- the simulation
    "simulation.load": load_file,
    "simulation.dump": simulation.dump,
    "simulation.save": lambda: simulation.save(path("saved")),
    "simulation.to_text": lambda: simulation.to_text(taken()),
    "simulation.reset": simulation.reset,
    "simulation.fail": lambda: simulation.fail("GetIfEntry2", 5),
    "simulation.calls": simulation.calls,
    "simulation.elevated": lambda: simulation.elevated(False),
    "simulation.profile": lambda: simulation.profile("sentinel"),
    "simulation.add_interface": add_interface,
    "simulation.remove_interface": lambda: simulation.remove_interface("Ethernet"),
    "simulation.rename_interface": lambda: simulation.rename_interface("Ethernet", "LAN"),
    "simulation.set_link": lambda: simulation.set_link("Ethernet", up=False),
    "simulation.add_route": lambda: simulation.add_route("Ethernet", "10.9.0.0/16"),
    "simulation.add_address": add_and_remove_address,
    "simulation.bind": lambda: (
        simulation.unbind("Ethernet", "ipv4"),
        simulation.bind("Ethernet", "ipv4"),
    ),
    "simulation.unbind": lambda: simulation.unbind("Ethernet", "ipv4"),
}


def list_all(watch: ipif.Watch[Any]) -> list[Any]:
    """Return all events of a watch that is closed meanwhile."""
    watch.close()
    return list(watch)


def _of_enumeration(class_: Any) -> Callable[[], object]:
    return lambda: class_(next(iter(class_)).value)


def _event(open: Any) -> Callable[[], object]:
    return lambda: pickled(event(open))


def _repr(open: Any) -> Callable[[], object]:
    return lambda: repr(event(open))


def _remembered(open: Any, member: str) -> Callable[[], object]:
    return lambda: getattr(of_dead_adapter(open), member)


WORKS |= {name: _of_enumeration(getattr(ipif, name)) for name in ENUMERATIONS}
WORKS |= {name: _event(open) for name, open in EVENTS.items()}
WORKS |= {f"{name}.__repr__": _repr(open) for name, open in EVENTS.items()}
WORKS |= {
    f"{name}.{member}": _remembered(open, member)
    for name, open in EVENTS.items()
    for member in ("alias", "guid")
}

FAILS: dict[str, Callable[[], object]] = {
    # ---- rows and adapters
    "get_interface": lambda: ipif.get_interface("Ethernat", "ipv4"),
    "list_interfaces": lambda: ipif.list_interfaces("ipv5"),
    "get_adapter": lambda: ipif.get_adapter(4242),
    "list_adapters": lambda: (simulation.fail("GetIfTable2Ex", 8), ipif.list_adapters()),
    "list_addresses": lambda: ipif.list_addresses("ipv5"),
    "list_routes": lambda: ipif.list_routes("ipv5"),
    "default_interface": lambda: ipif.default_interface("ipv5"),
    "best_route": lambda: ipif.best_route("dns.example"),
    "explain_route": lambda: ipif.explain_route("8.8.8.8", source="::1"),
    "update_interface": lambda: ipif.update_interface("Ethernet", 4, NlMtu=-1),
    "set_interface": lambda: ipif.set_interface({"NlMtu": 1400}),
    "differences": lambda: ipif.differences({"NlMtu": 1400}),
    "from_json": lambda: ipif.from_json("MIB_IF_ROW2", {"Alias": 5}),
    "read_document": lambda: ipif.read_document(BytesIO(b"[")),
    "reports.write": lambda: reports.write({}, FOLDER / "report"),
    "reports.read": lambda: reports.read(BytesIO(b"[1]")),
    "reports.find": lambda: reports.find(5),
    "reports.merge": lambda: reports.merge([{}]),
    "snapshot": lambda: (simulation.fail("GetIfTable2Ex", 8), ipif.snapshot()),
    "desired_from": lambda: ipif.desired_from({}),
    "compartment": lambda: ipif.compartment(-1),
    "compartment.__enter__": lambda: in_block(ipif.compartment(99)),
    "compartment.__exit__": lambda: raise_in_block(ipif.compartment(1)),
    "compartment.__reduce_ex__": lambda: copied(ipif.compartment(1)),
    "Luid": lambda: ipif.Luid(-1),
    "Luid.of": lambda: ipif.Luid.of("Ethernat"),
    "Luid.alias": lambda: ipif.Luid(1).alias,
    "Luid.index": lambda: ipif.Luid(1).index,
    "Luid.guid": lambda: ipif.Luid(1).guid,
    "Luid.name": lambda: ipif.Luid(1).name,
    "Field": lambda: ipif.Field(),  # type: ignore[call-arg]
    "RouteCandidate": lambda: ipif.RouteCandidate(),  # type: ignore[call-arg]
    # ---- errors
    "Problem": lambda: ipif.Problem(),  # type: ignore[call-arg]
    "ApplyError.retry": retry_fails,
    # ---- changes that can be taken back
    "Change": lambda: ipif.Change(),  # type: ignore[call-arg]
    "changed": lambda: ipif.changed("Ethernet", "ipv5"),  # type: ignore[arg-type]
    "changed.__enter__": lambda: again(in_block, changed()),
    "changed.__exit__": lambda: raise_in_block(changed()),
    "changed.__aenter__": lambda: again(in_async_block, changed()),
    "changed.__aexit__": lambda: raise_in_async_block(changed()),
    "changed.__reduce_ex__": lambda: copied(changed()),
    "plan": lambda: ipif.plan({"interfaces": [5]}),
    "Plan.apply": apply_fails,
    "Plan.confirm": lambda: ipif.plan(MTU).confirm(),
    "Plan.revert": revert_fails,
    "Plan.__enter__": lambda: (simulation.fail("SetIpInterfaceEntry", 5), in_block(ipif.plan(MTU))),
    "Plan.__exit__": lambda: raise_in_block(ipif.plan(MTU)),
    "Plan.__aenter__": lambda: (
        simulation.fail("SetIpInterfaceEntry", 5),
        in_async_block(ipif.plan(MTU)),
    ),
    "Plan.__aexit__": lambda: raise_in_async_block(ipif.plan(MTU)),
    "Plan.__reduce_ex__": lambda: copied(ipif.plan(MTU)),
    "guard": lambda: ipif.guard(MTU, on_error=5),  # type: ignore[arg-type]
    "Guard.__enter__": lambda: again(in_block, ipif.guard(MTU)),
    "Guard.__exit__": lambda: raise_in_block(ipif.guard(MTU)),
    "Guard.__aenter__": lambda: again(in_async_block, ipif.guard(MTU)),
    "Guard.__aexit__": lambda: raise_in_async_block(ipif.guard(MTU)),
    "Guard.__reduce_ex__": lambda: copied(ipif.guard(MTU)),
    "recover": recover_damaged,
    # ---- watches
    "watch": lambda: ipif.watch(capacity=0),
    "watch_addresses": lambda: ipif.watch_addresses("ipv5"),
    "watch_routes": lambda: ipif.watch_routes(interface="Ethernat"),
    "Watch.get": lambda: closed_watch().get(),
    "Watch.__enter__": lambda: raise_in_block(ipif.watch()),
    "Watch.__exit__": lambda: raise_in_block(ipif.watch()),
    "Watch.__next__": lambda: next(closed_watch()),
    "Watch.__aexit__": lambda: raise_in_async_block(ipif.watch()),
    "Watch.__reduce_ex__": lambda: copied(closed_watch()),
    "wait_for_interface": lambda: ipif.wait_for_interface("?", timeout=0),
    "wait_for_interface_async": lambda: asyncio.run(
        ipif.wait_for_interface_async("?", timeout=0.001)
    ),
    # ---- the simulation
    "simulation.load": lambda: simulation.load({"ipif_snapshot": 1, "interfaces": 5}),
    "simulation.save": lambda: simulation.save(FOLDER / "missing" / "file"),
    "simulation.to_text": lambda: simulation.to_text({"ipif_snapshot": object()}),
    "simulation.fail": lambda: simulation.fail("GetIfEntry3", 5),
    "simulation.elevated": lambda: simulation.elevated(5),  # type: ignore[arg-type]
    "simulation.profile": lambda: simulation.profile("?"),
    "simulation.add_interface": lambda: simulation.add_interface("Ethernet"),
    "simulation.remove_interface": lambda: simulation.remove_interface("?"),
    "simulation.rename_interface": lambda: simulation.rename_interface("Ethernet", "Wi-Fi"),
    "simulation.set_link": lambda: simulation.set_link("?", up=False),
    "simulation.add_route": lambda: simulation.add_route("Ethernet", "dns.example"),
    "simulation.add_address": lambda: simulation.add_address("Ethernet", "dns.example"),
    "simulation.bind": lambda: simulation.bind("Ethernet", "ipv4"),
    "simulation.unbind": lambda: (
        simulation.unbind("Ethernet", "ipv4"),
        simulation.unbind("Ethernet", "ipv4"),
    ),
}


def _unknown_enumerator(class_: Any) -> Callable[[], object]:
    return lambda: class_("?")


FAILS |= {name: _unknown_enumerator(getattr(ipif, name)) for name in ENUMERATIONS}

# Attributes, texts and copies of objects; what reads nothing but the memory of this process.
# "validate" returns problems, and "to_json" takes whatever has members.
CANNOT_FAIL = {
    "AccessDenied", "AddressEvent", "AddressEvent.__repr__", "AddressEvent.alias",
    "AddressEvent.guid", "ApplyError", "ApplyError.__reduce__", "ApplyError.to_json",
    "Change.__repr__", "Change.__str__", "Change.after", "Change.before", "Change.family",
    "Change.interface", "Change.member", "Change.reversed", "Change.to_json", "Error",
    "Error.__str__", "Error.to_json", "Event", "Event.__repr__", "Event.alias", "Event.guid",
    "FamilyNotBound", "Field.__repr__", "Guard", "Guard.applied", "Guard.close", "Guard.errors",
    "Guard.last_error", "Guard.missing", "Guard.reverts", "Guard.rows", "Guard.unachievable",
    "GuardedRow", "GuardedRow.__repr__", "InterfaceNotFound", "InterfaceNotFound.__str__",
    "InterfaceNotFound.to_json", "InvalidRow", "InvalidRow.to_json", "Luid.__repr__", "Luid.type",
    "NotReady", "NotReady.__str__", "NotReady.to_json", "Plan", "Plan.__bool__", "Plan.__repr__",
    "Plan.__str__", "Plan.state", "Problem.__copy__", "Problem.__eq__", "Problem.__reduce__",
    "Problem.__repr__", "Problem.__str__", "Problem.to_json", "Recovery", "RestoreWarning",
    "RouteCandidate.__repr__", "RouteEvent", "RouteEvent.__repr__", "RouteEvent.alias",
    "RouteEvent.guid", "SimulationWarning", "ValidationError", "ValidationError.__str__",
    "ValidationError.problems", "ValidationError.to_json", "Watch", "Watch.__aenter__",
    "Watch.__aiter__", "Watch.__anext__", "Watch.__del__", "Watch.__iter__", "Watch.close",
    "Watch.closed", "Watch.dropped", "Watch.initial", "reports.apply", "reports.make",
    "simulation.calls", "simulation.dump", "simulation.reset", "to_json", "validate",
}  # fmt: skip
# Objects that cannot be copied or pickled.
CANNOT_WORK = {
    "Guard.__reduce_ex__", "Plan.__reduce_ex__", "Watch.__reduce_ex__", "changed.__reduce_ex__",
    "compartment.__reduce_ex__",
}  # fmt: skip
