"""The controls of the simulated machine: its rows, its privileges, its faults.

A machine comes from a snapshot, a JSON document as :func:`ipif.snapshot` makes it on a real
computer. Every function raises ``RuntimeError`` when ipif works on the interfaces of this computer,
except those that write a document: :func:`to_text`, and :func:`save` when it is given one. All
raise :class:`ipif.ValidationError` for bad arguments. There is one machine in a process: all
threads and interpreters use the same one.
"""

from __future__ import annotations

import json
import os

from ipif._core.errors import Problem, ValidationError, advise, expected, from_win32
from ipif._core.family import NAMES, read_af
from ipif._core.fields import ADAPTER_ROW, ADDRESS_ROW, INTERFACE_ROW, ROUTE_ROW
from ipif._core.files import write_atomically
from ipif._core.identify import shown_interface, to_luid
from ipif._core.luid import Luid
from ipif._core.mapping import read_object
from ipif._core.rowjson import from_json, to_json
from ipif._sim import snapshot
from ipif._sim.control import control
from ipif._sim.defaults import (
    ETHERNET,
    complete_adapter,
    complete_address,
    complete_interface,
    complete_route,
)
from ipif._sim.pack import pack_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ipif._core.types import Family, Interface
    from ipif._sim.control import Control

__all__ = [
    "add_address",
    "add_interface",
    "add_route",
    "bind",
    "calls",
    "dump",
    "elevated",
    "fail",
    "load",
    "profile",
    "remove_interface",
    "rename_interface",
    "reset",
    "save",
    "set_link",
    "to_text",
    "unbind",
]

# Windows error texts of the controls; the simulation itself has no texts.
_TEXTS = {
    2: "The system cannot find the file specified",
    1168: "Element not found",
    5010: "The object already exists",
}
_WINDOWS_AF = {"ipv4": 2, "ipv6": 23}


def load(document: Mapping[str, Any] | str | os.PathLike[str]) -> None:
    """Replace the machine by a snapshot: a document, or the path of a file that holds one.

    Armed faults stay. Missing members are filled in with what Windows 10 and 11 show; every row of
    ``interfaces`` needs Family, InterfaceLuid and InterfaceIndex, of ``adapters`` InterfaceLuid,
    InterfaceIndex and Alias, of ``routes`` InterfaceLuid and DestinationPrefix, of ``addresses``
    InterfaceLuid and Address.

    Raises :class:`ipif.ValidationError` with every problem and its place, and ``OSError`` for a
    file that cannot be read. The machine is then unchanged.
    """
    controls = control()
    if isinstance(document, (str, os.PathLike)):
        name = os.fspath(document)
        contents = snapshot.read_file(document)
        try:
            packed = snapshot.pack(contents)
        except ValidationError as error:
            for problem in error.problems:
                problem.member = f"{name}: {problem.member}"
            raise
    else:
        packed = snapshot.pack(document)
    _raise_for(controls.load(packed), "load")


def dump() -> dict[str, Any]:
    """Return a snapshot of the machine, for :func:`load`, without counters and times."""
    return snapshot.unpack(control().dump())


def save(path: str | os.PathLike[str], document: Mapping[str, Any] | None = None) -> None:
    """Write a snapshot of the machine to the file *path*, one row on each line.

    An existing snapshot is replaced as a whole; an ``about`` in it is kept. Any other existing file
    is not replaced. Raises ``OSError``, and :class:`ipif.ValidationError` when the existing file is
    not a snapshot. The file is then unchanged.

    *document* is a snapshot to write instead, such as :func:`ipif.snapshot` returns it; nothing of
    an existing snapshot is kept then.
    """
    saved = dump() if document is None else document
    if os.path.exists(path):
        old = _read_saved(path)
        if document is None and "about" in old:
            saved = {"ipif_snapshot": snapshot.VERSION, "about": old["about"], **saved}
    write_atomically(path, to_text(saved))


def to_text(document: Mapping[str, Any]) -> str:
    """Return the JSON text of a snapshot as :func:`save` writes it, one row on each line.

    Raises :class:`ipif.ValidationError` for anything but a snapshot; its rows are not checked.
    """
    problems: list[Problem] = []
    found = read_object(document, "document", "write a snapshot", problems)
    if found is None:
        raise ValidationError(problems)
    version = found.get("ipif_snapshot")
    if type(version) is not int or version != snapshot.VERSION:
        rule, advice = "not a snapshot", f'it must have "ipif_snapshot": {snapshot.VERSION}'
        raise ValidationError([Problem("ipif_snapshot", version, rule, advice)])
    members = []
    for name, value in found.items():
        try:
            text = json.dumps(value)
            if isinstance(value, list) and value:
                text = "[\n  " + ",\n  ".join(json.dumps(row) for row in value) + "\n ]"
            members.append(f" {json.dumps(name)}: {text}")
        except (TypeError, ValueError, RecursionError) as error:
            rule, advice = f"not JSON: {error}", "write rows as ipif.to_json() returns them"
            raise ValidationError([Problem(str(name), value, rule, advice)]) from None
    return "{\n" + ",\n".join(members) + "\n}\n"


def _read_saved(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the snapshot in the file *path*, which :func:`save` is going to replace."""
    rule = "it has no ipif_snapshot"
    try:
        old = snapshot.read_file(path)
    except ValidationError as error:
        rule = error.problems[0].rule
    else:
        if isinstance(old, dict) and "ipif_snapshot" in old:
            return old
    rule = f"the file exists and is not a snapshot: {rule}"
    advice = "save to another path, or delete the file first"
    raise ValidationError([Problem("path", os.fspath(path), rule, advice)])


def reset() -> None:
    """Restore the bundled machine: elevated, profile ``sentinel``, no faults."""
    controls = control()
    controls.clear_faults()
    _raise_for(controls.load(snapshot.bundled()), "reset")


def fail(function: str, code: int, times: int = 1, after: int = 0) -> None:
    """Make calls of the Windows function *function* fail with the error *code*.

    After *after* normal calls, the following *times* calls fail. Several faults may be
    armed at once; :func:`reset` disarms them. A function that returns nothing cannot fail.
    """
    controls = control()
    problems: list[Problem] = []
    fallible = [name for name, can_fail in controls.functions().items() if can_fail]
    if function not in fallible:
        rule = "the simulation has no function of this name that can fail"
        advice = 'write its name as in the SDK, such as "SetIpInterfaceEntry"'
        advice = advise(function, fallible, advice, problems)
        problems.append(Problem("function", function, rule, advice))
    for name, value, low in (("code", code, 1), ("times", times, 1), ("after", after, 0)):
        if type(value) is not int or not low <= value < 2**32:
            rule = expected("int", value) if type(value) is not int else "out of range"
            advice = f"write an int from {low} to {2**32 - 1}"
            problems.append(Problem(name, value, rule, advice))
    if problems:
        raise ValidationError(problems)
    _raise_for(controls.fail(function, code, times, after), "fail")


def calls() -> dict[str, int]:
    """Return how often each simulated Windows function was called, by its name in the SDK.

    All calls of this process count, failed ones too: take the difference of two results.
    InitializeIpInterfaceEntry and FreeMibTable are no system calls on Windows: they only touch the
    memory of the process.
    """
    controls = control()
    return {function: controls.calls(function) for function in controls.functions()}


def elevated(is_elevated: bool, /) -> None:
    """Choose whether this process is an elevated administrator; if not, changes are refused (5)."""
    if not isinstance(is_elevated, bool):
        rule = expected("bool", is_elevated)
        raise ValidationError([Problem("elevated", is_elevated, rule, "write True or False")])
    control().set_flags(snapshot.ELEVATED, snapshot.ELEVATED if is_elevated else 0)


def profile(name: str, **options: bool) -> None:
    """Choose how the simulation behaves where the behaviour of Windows is unconfirmed.

    ``"sentinel"``: InitializeIpInterfaceEntry fills a row with unchanged sentinels.
    ``"doc_zero"``: it fills the row with zeros, as its reference page says. Each of *options*
    changes one more rule; those that are not given are off: ``site_prefix_length_accepted``,
    ``mtu_clamped``, ``link_local_always_off_refused``, ``nud_off_refused``,
    ``access_checked_first``, ``all_ones_times_accepted``, ``large_metric_accepted``,
    ``unknown_enum_accepted``, ``unchanged_set_notifies``, ``index_filled_in``, ``initial_later``
    (the initial notification comes after the registering call has returned; Windows delivers that
    of addresses before), ``rename_silent`` (a new alias is not notified).
    """
    problems: list[Problem] = []
    flags = snapshot.profile_flags(name, dict(options), "profile", problems)
    if problems:
        raise ValidationError(problems)
    control().set_flags(~snapshot.ELEVATED & 0xFFFFFFFF, flags)


def add_interface(
    alias: str,
    *,
    families: Iterable[Family] = ("ipv4", "ipv6"),
    compartment: int = 1,
    **members: object,
) -> Luid:
    """Plug in an adapter and bind *families* to it; return its LUID.

    *members* are members of MIB_IF_ROW2, written as in a row or as in a document. By default it is
    a connected Ethernet adapter of 1 Gbit/s with an unused LUID and index. With *compartment* 2 it
    is in the second network compartment of the simulation, which :class:`ipif.compartment` enters;
    a snapshot does not hold the compartment.

    Raises :class:`ipif.ValidationError` for bad members, another compartment, and for an alias,
    LUID or index in use. An InterfaceGuid may be in use, as that has been seen on Windows: it then
    names none of its adapters (error 2; nobody has confirmed the number).
    """
    controls = control()
    afs = dict.fromkeys(read_af(family) for family in families)
    row = _read(ADAPTER_ROW, {"Alias": alias, **members}, "Alias")
    row.setdefault("InterfaceIndex", controls.unused_index())
    row.setdefault("InterfaceLuid", controls.unused_luid(row.get("Type", ETHERNET) & 0xFFFF))
    taken = {
        "Alias": controls.luid_of_alias(_units(row["Alias"])) != 0,
        "InterfaceLuid": controls.adapter(row["InterfaceLuid"]) != b"",
        "InterfaceIndex": controls.luid_of_index(row["InterfaceIndex"]) != 0,
    }
    problems = [
        Problem(name, row[name], "already used by another interface", "choose another one")
        for name, is_taken in taken.items()
        if is_taken
    ]
    if type(compartment) is not int or compartment not in (1, 2):
        rule, advice = "the simulation has the compartments 1 and 2", "write one of them"
        problems.append(Problem("compartment", compartment, rule, advice))
    if row["Alias"] == "":
        problems.append(Problem("Alias", "", "empty", "write a name"))
    snapshot.check_adapter(row, "", problems)
    if problems:
        raise ValidationError(problems)
    adapter = complete_adapter(row)
    luid = Luid(adapter["InterfaceLuid"])
    _raise_for(controls.add_adapter(pack_row(ADAPTER_ROW, adapter)), "add_interface", luid)
    if compartment != 1:
        _raise_for(controls.move_adapter(luid, compartment), "add_interface", luid)
    for af in afs:
        _bind(controls, luid, af, {}, adapter)
    return luid


def remove_interface(interface: Interface, /) -> None:
    """Unplug an adapter, with its rows, routes and addresses.

    Raises :class:`ipif.InterfaceNotFound`.
    """
    controls = control()
    luid = to_luid(interface)
    _raise_for(controls.remove_interface(luid), "remove_interface", interface)


def rename_interface(interface: Interface, alias: str, /) -> None:
    """Give an adapter the alias *alias*.

    A registration for IP interfaces is notified of a change of each row, unless the profile has
    ``rename_silent``: nobody has confirmed that Windows does so.

    Raises :class:`ipif.InterfaceNotFound`, and :class:`ipif.ValidationError` for an alias that is
    empty, too long, or that of another adapter.
    """
    controls = control()
    luid = to_luid(interface)
    name = _read(ADAPTER_ROW, {"Alias": alias}, "Alias")["Alias"]
    problem = None
    if name == "":
        problem = Problem("Alias", "", "empty", "write a name")
    elif controls.luid_of_alias(_units(name)) not in (0, luid):
        rule, advice = "already used by another interface", "choose another one"
        problem = Problem("Alias", name, rule, advice)
    if problem is not None:
        raise ValidationError([problem])
    _raise_for(controls.rename_adapter(luid, _units(name)), "rename_interface", interface)


def set_link(interface: Interface, /, *, up: bool) -> None:
    """Connect an adapter to its network (*up* is true), or disconnect it.

    A disconnected adapter has OperStatus Down, MediaConnectState Disconnected and
    NotMediaConnected, its rows have ``Connected`` false, and no route leads through it. A wired one
    shows a link speed of 2**64 - 1 then, as has been seen on Windows, and so the automatic metric
    5. Its addresses and routes stay.

    A registration for IP interfaces is notified of a change of each row, if there is one.

    Raises :class:`ipif.InterfaceNotFound`, and :class:`ipif.ValidationError` when *up* is no bool.
    """
    controls = control()
    if not isinstance(up, bool):
        raise ValidationError([Problem("up", up, expected("bool", up), "write True or False")])
    luid = to_luid(interface)
    _raise_for(controls.set_link(luid, int(up)), "set_link", interface)


def add_route(interface: Interface, destination: object, /, **members: object) -> None:
    """Add a route to *destination*, such as ``"10.0.0.0/8"``, through an adapter.

    *members* are members of MIB_IPFORWARD_ROW2, written as in a row or as in a document, such as
    ``NextHop="192.168.1.1"`` and ``Metric=5``. By default it is a static route, on link, with the
    metric 256. A registration for routes is notified.

    Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.FamilyNotBound`,
    :class:`ipif.ValidationError` for bad members, and :class:`ipif.Error` with ``winerror`` 5010
    when the adapter has a route with this destination and next hop.
    """
    controls = control()
    adapter = _adapter(controls, to_luid(interface), "add_route", interface)
    members = {"DestinationPrefix": destination, **members}
    row = _read_without_keys(ROUTE_ROW, members, "DestinationPrefix")
    full = complete_route(row, adapter)
    problems: list[Problem] = []
    snapshot.check_route("", full, problems)
    if problems:
        raise ValidationError(problems)
    family = f"ipv{full['DestinationPrefix'].version}"
    status = controls.add_route(pack_row(ROUTE_ROW, full))
    _raise_for(status, "add_route", interface, family)


def add_address(interface: Interface, address: object, /, **members: object) -> None:
    """Give an adapter the IP address *address*, such as ``"192.168.1.5"``.

    *members* are members of MIB_UNICASTIPADDRESS_ROW, written as in a row or as in a document, such
    as ``OnLinkPrefixLength=16``. By default it is a manual, preferred address with 24 bits (IPv4)
    or 64 bits (IPv6) on link. A registration for addresses is notified. Unlike Windows this adds no
    route to the network of the address: see :func:`add_route`.

    Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.FamilyNotBound`,
    :class:`ipif.ValidationError` for bad members, and :class:`ipif.Error` with ``winerror`` 5010
    when the adapter has this address.
    """
    controls = control()
    adapter = _adapter(controls, to_luid(interface), "add_address", interface)
    row = _read_without_keys(ADDRESS_ROW, {"Address": address, **members}, "Address")
    full = complete_address(row, adapter)
    problems: list[Problem] = []
    snapshot.check_address("", full, problems)
    if problems:
        raise ValidationError(problems)
    status = controls.add_address(pack_row(ADDRESS_ROW, full))
    _raise_for(status, "add_address", interface, f"ipv{full['Address'].version}")


def bind(interface: Interface, family: Family, /, **members: object) -> None:
    """Bind *family* to an interface: its row appears, with the defaults of Windows.

    *members* are members of MIB_IPINTERFACE_ROW, written as in a row or as in a document.

    Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.ValidationError`, and
    :class:`ipif.Error` with ``winerror`` 5010 when the family is bound already.
    """
    controls = control()
    af = read_af(family)
    luid = to_luid(interface)
    _bind(controls, interface, af, members, _adapter(controls, luid, "bind", interface))


def unbind(interface: Interface, family: Family, /) -> None:
    """Unbind *family* from an interface, as when its binding is switched off.

    Raises :class:`ipif.InterfaceNotFound` and :class:`ipif.FamilyNotBound`.
    """
    controls = control()
    name = NAMES[read_af(family)]
    luid = to_luid(interface)
    _raise_for(controls.unbind(_WINDOWS_AF[name], luid), "unbind", interface, name)


def _bind(
    controls: Control, interface: object, af: int, members: dict[str, Any], adapter: dict[str, Any]
) -> None:
    """Bind the family *af* to the interface of *adapter*."""
    row = _read_without_keys(INTERFACE_ROW, members)
    packed = pack_row(INTERFACE_ROW, complete_interface({"Family": af, **row}, adapter))
    _raise_for(controls.bind(packed), "bind", interface, NAMES[af])


def _adapter(
    controls: Control, luid: int, function: str, interface: object, family: str | None = None
) -> dict[str, Any]:
    """Return the MIB_IF_ROW2 with *luid*; the error is that of *function* for *interface*."""
    packed = controls.adapter(luid)
    if not packed:
        _raise_for(2, function, interface, family)
    return snapshot.unpack_row(ADAPTER_ROW, packed)


def _read_without_keys(structure: str, members: dict[str, Any], needed: str = "") -> dict[str, Any]:
    """Return *members* as :func:`_read` does; the keys must be missing."""
    row = _read(structure, members, needed)
    keys = [name for name in ("Family", "InterfaceLuid", "InterfaceIndex") if name in row]
    if keys:
        rule = "a key: the arguments name the row"
        raise ValidationError([Problem(name, row[name], rule, "leave it out") for name in keys])
    return row


def _units(alias: str) -> bytes:
    """Return the UTF-16 units of *alias*, as the controls take them."""
    return alias.encode("utf-16-le", "surrogatepass")


def _read(structure: str, members: dict[str, Any], needed: str = "") -> dict[str, Any]:
    """Return *members* of *structure*, which may be written as in a document or as in a row.

    The member *needed* must not be ``None``, which otherwise leaves a member out.
    """
    if needed and members[needed] is None:
        rule = expected("a value", None)
        raise ValidationError([Problem(needed, None, rule, "this member is needed")])
    return from_json(structure, to_json(members))


def _raise_for(
    status: int, function: str, interface: object = None, family: str | None = None
) -> None:
    """Raise the exception for a *status* other than 0 of the control *function*."""
    if status:
        text = _TEXTS.get(status, "The simulation refuses this")
        error = from_win32(status, text, f"simulation.{function}", None, family)
        error.interface = shown_interface(interface)
        raise error
