"""The controls of the simulated machine: its rows, its privileges, its faults.

A machine comes from a snapshot, a JSON document as :func:`ipif.snapshot` makes it on a real
computer. There is one machine in a process: all threads and interpreters use the same one.

Every function raises ``RuntimeError`` when ipif works on the interfaces of this computer, except
those that write a document: :func:`to_text`, and :func:`save` when it is given one. All raise
:class:`ipif.ValidationError` for bad arguments.

The machine::

    reset             restore the bundled machine
    load              replace the machine by a snapshot
    dump              a snapshot of the machine
    save              write a snapshot to a file
    to_text           the text of a snapshot, as in such a file

What happens to it::

    add_interface     plug in an adapter
    remove_interface  unplug an adapter
    rename_interface  give an adapter another alias
    set_link          connect an adapter to its network, or disconnect it
    bind              bind a family to an interface
    unbind            unbind a family from an interface
    add_address       give an adapter an IP address
    add_route         add a route through an adapter

How it answers::

    fail              make calls of a Windows function fail
    elevated          choose whether this process is an elevated administrator
    profile           choose what Windows does where that is unconfirmed
    calls             how often each Windows function was called
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

_EXISTS = 5010  # ERROR_OBJECT_ALREADY_EXISTS

# Windows error texts of the controls; the simulation itself has no texts.
_TEXTS = {
    2: "The system cannot find the file specified",
    1168: "Element not found",
    _EXISTS: "The object already exists",
}
_WINDOWS_AF = {"ipv4": 2, "ipv6": 23}


def load(document: Mapping[str, Any] | str | os.PathLike[str]) -> None:
    """Replace the machine by a snapshot.

    Armed faults stay. Missing members are filled in with what Windows 10 and 11 show. Every row of
    ``interfaces`` needs Family, InterfaceLuid and InterfaceIndex; of ``adapters`` InterfaceLuid,
    InterfaceIndex and Alias; of ``routes`` InterfaceLuid and DestinationPrefix; of ``addresses``
    InterfaceLuid and Address.

    Args:
        document: A snapshot, or the path of a file that holds one.

    Raises:
        ipif.ValidationError: The snapshot has problems. Each has its place. The machine is then
            unchanged.
        OSError: The file cannot be read. The machine is then unchanged.

    Example:
        >>> import ipif
        >>> keys = {"InterfaceLuid": 1689399632855040, "InterfaceIndex": 7}
        >>> ipif.simulation.load({
        ...     "ipif_snapshot": 1,
        ...     "adapters": [{**keys, "Alias": "LAN"}],
        ...     "interfaces": [{**keys, "Family": "ipv4"}],
        ... })
        >>> [row["Alias"] for row in ipif.list_adapters()]
        ['LAN']
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
    """Return a snapshot of the machine, for :func:`ipif.simulation.load`.

    Returns:
        The document, without counters and times.

    Example:
        >>> import ipif
        >>> document = ipif.simulation.dump()
        >>> document["ipif_snapshot"], len(document["adapters"])
        (1, 11)
    """
    return snapshot.unpack(control().dump())


def save(path: str | os.PathLike[str], document: Mapping[str, Any] | None = None) -> None:
    """Write a snapshot to a file, one row on each line.

    An existing snapshot is replaced as a whole. Any other existing file is not replaced.

    Args:
        path: The file.
        document: The snapshot to write, such as :func:`ipif.snapshot` returns. Nothing of an
            existing snapshot is kept. Without it the machine is written, and the ``about`` of an
            existing snapshot is kept.

    Raises:
        OSError: The file cannot be written: ``PermissionError`` also when other users can write to
            it or its folder, or when it is a symbolic link. It is then unchanged.
        ipif.ValidationError: The existing file or the document is not a snapshot. The file is then
            unchanged.

    Example:
        >>> import os, tempfile
        >>> import ipif
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "machine.json")
        ...     ipif.simulation.save(path)
        ...     ipif.simulation.load(path)
    """
    saved = dump() if document is None else document
    if os.path.lexists(path):
        old = _read_saved(path)
        if document is None and "about" in old:
            saved = {"ipif_snapshot": snapshot.VERSION, "about": old["about"], **saved}
    write_atomically(path, to_text(saved))


def to_text(document: Mapping[str, Any]) -> str:
    """Return the JSON text of a snapshot as :func:`ipif.simulation.save` writes it.

    One row is on each line. The rows are not checked.

    Args:
        document: The snapshot.

    Raises:
        ipif.ValidationError: The document is not a snapshot.

    Example:
        >>> import ipif
        >>> print(ipif.simulation.to_text({"ipif_snapshot": 1, "adapters": []}), end="")
        {
         "ipif_snapshot": 1,
         "adapters": []
        }
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
        old = snapshot.read_file(path, own=True)
    except ValidationError as error:
        rule = error.problems[0].rule
    else:
        if isinstance(old, dict) and "ipif_snapshot" in old:
            return old
    rule = f"the file exists and is not a snapshot: {rule}"
    advice = "save to another path, or delete the file first"
    raise ValidationError([Problem("path", os.fspath(path), rule, advice)])


def reset() -> None:
    """Restore the bundled machine: elevated, profile ``sentinel``, no faults.

    Example:
        >>> import ipif
        >>> ipif.simulation.remove_interface("Ethernet")
        >>> ipif.simulation.reset()
        >>> ipif.get_adapter("Ethernet")["InterfaceIndex"]
        13
    """
    controls = control()
    controls.clear_faults()
    _raise_for(controls.load(snapshot.bundled()), "reset")


def fail(function: str, code: int, times: int = 1, after: int = 0) -> None:
    """Make calls of a Windows function fail.

    After *after* normal calls, the following *times* calls fail. Several faults may be armed at
    once. :func:`ipif.simulation.reset` disarms them.

    Args:
        function: The name of the function, as the SDK spells it. A function that returns nothing
            cannot fail.
        code: The error code, from 1 to 4294967295.
        times: How many calls fail, from 1.
        after: How many calls succeed before, from 0.

    Raises:
        ipif.ValidationError: There is no such function, or a number is out of its range.

    Example:
        >>> import ipif
        >>> ipif.simulation.fail("GetIpInterfaceEntry", 1168)
        >>> try:
        ...     ipif.get_interface("Ethernet", "ipv4")
        ... except ipif.FamilyNotBound as error:
        ...     print(error.winerror)
        1168
        >>> ipif.get_interface("Ethernet", "ipv4")["InterfaceIndex"]
        13
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
    """Return how often each simulated Windows function was called.

    All calls of this process count, failed ones too: take the difference of two results.
    InitializeIpInterfaceEntry and FreeMibTable are no system calls on Windows: they only touch the
    memory of the process.

    Returns:
        The number of calls, by the name of the function in the SDK.

    Example:
        >>> import ipif
        >>> before = ipif.simulation.calls()
        >>> row = ipif.get_interface(13, "ipv4")
        >>> after = ipif.simulation.calls()
        >>> {name: after[name] - before[name] for name in after if after[name] > before[name]}
        {'GetIpInterfaceEntry': 1}
    """
    controls = control()
    return {function: controls.calls(function) for function in controls.functions()}


def elevated(is_elevated: bool, /) -> None:
    """Choose whether this process is an elevated administrator.

    If it is not, changes are refused (error 5).

    Args:
        is_elevated: Whether it is.

    Raises:
        ipif.ValidationError: The value is not a ``bool``.

    Example:
        >>> import ipif
        >>> ipif.simulation.elevated(False)
        >>> try:
        ...     ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
        ... except ipif.AccessDenied as error:
        ...     print(error.winerror)
        5
    """
    if not isinstance(is_elevated, bool):
        rule = expected("bool", is_elevated)
        raise ValidationError([Problem("elevated", is_elevated, rule, "write True or False")])
    control().set_flags(snapshot.ELEVATED, snapshot.ELEVATED if is_elevated else 0)


def profile(name: str, **options: bool) -> None:
    """Choose how the simulation behaves where the behaviour of Windows is unconfirmed.

    Each option changes one more rule. Those that are not given have their defaults:
    what is observed or likely.

    Args:
        name: ``"sentinel"``: InitializeIpInterfaceEntry fills a row with unchanged sentinels.
            ``"doc_zero"``: it fills the row with zeros, as its reference page says.
        **options: ``site_prefix_length_accepted``, ``mtu_clamped``,
            ``link_local_always_off_refused``, ``nud_off_refused``, ``access_checked_first``,
            ``all_ones_times_accepted``, ``large_metric_accepted``, ``unknown_enum_accepted``,
            ``unchanged_set_notifies``, ``index_filled_in``, ``initial_later`` (the initial
            notification comes after the registering call has returned; Windows delivers that of
            addresses before), ``rename_silent`` (a new alias is not notified).

    Raises:
        ipif.ValidationError: The name or an option is unknown, or the value of an option is not a
            ``bool``.

    Example:
        >>> import ipif
        >>> ipif.simulation.profile("sentinel", site_prefix_length_accepted=True)
        >>> ipif.simulation.dump()["profile"]
        {'name': 'sentinel', 'site_prefix_length_accepted': True}
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
    """Plug in an adapter and bind families to it.

    By default it is a connected Ethernet adapter of 1 Gbit/s with an unused LUID and index.

    Args:
        alias: The name of the adapter.
        families: The families to bind, each as for :func:`ipif.get_interface`.
        compartment: 1, or 2 for the second network compartment of the simulation, which
            :class:`ipif.compartment` enters. A snapshot does not hold the compartment.
        **members: Members of MIB_IF_ROW2, written as in a row or as in a document. An
            InterfaceGuid may be in use, as that has been seen on Windows: it then names none of its
            adapters (error 2; nobody has confirmed the number).

    Returns:
        The LUID of the adapter.

    Raises:
        ipif.ValidationError: A member is bad, the compartment is not one of these, or the alias,
            LUID or index is in use.

    Example:
        >>> import ipif
        >>> luid = ipif.simulation.add_interface("VPN", families=["ipv4"], Type=53)
        >>> luid.alias, luid.type
        ('VPN', 53)
        >>> ipif.get_interface("VPN", "ipv4")["Connected"]
        True
    """
    controls = control()
    afs = dict.fromkeys(read_af(family) for family in families)
    given = _read(ADAPTER_ROW, {"Alias": alias, **members}, "Alias")
    kind = given.get("Type", ETHERNET) & 0xFFFF
    while True:
        row = {
            "InterfaceLuid": controls.unused_luid(kind),
            "InterfaceIndex": controls.unused_index(),
            **given,
        }
        _refuse_adapter(controls, row, given, compartment)
        adapter = complete_adapter(row)
        luid = Luid(adapter["InterfaceLuid"])
        packed = pack_row(ADAPTER_ROW, adapter)
        status = controls.add_adapter(packed)
        if status != _EXISTS:  # otherwise another thread was faster
            break
    try:
        _raise_for(status, "add_interface", luid)
        if compartment != 1:
            _raise_for(controls.move_adapter(luid, compartment), "add_interface", luid)
        for af in afs:
            _bind(controls, luid, af, {}, adapter)
    except BaseException:
        if status == 0:
            controls.remove_interface(luid)
        raise
    return luid


def _refuse_adapter(
    controls: Control, row: dict[str, Any], given: Mapping[str, Any], compartment: object
) -> None:
    """Raise for a new adapter whose *given* members are bad or in use."""
    taken = {
        "Alias": controls.luid_of_alias(_units(row["Alias"])) != 0,
        "InterfaceLuid": controls.adapter(row["InterfaceLuid"]) != b"",
        "InterfaceIndex": controls.luid_of_index(row["InterfaceIndex"]) != 0,
    }
    problems = [
        Problem(name, row[name], "already used by another interface", "choose another one")
        for name, is_taken in taken.items()
        if is_taken and name in given
    ]
    if type(compartment) is not int or compartment not in (1, 2):
        rule, advice = "the simulation has the compartments 1 and 2", "write one of them"
        problems.append(Problem("compartment", compartment, rule, advice))
    if row["Alias"] == "":
        problems.append(Problem("Alias", "", "empty", "write a name"))
    snapshot.check_adapter(row, "", problems)
    if problems:
        raise ValidationError(problems)


def remove_interface(interface: Interface, /) -> None:
    """Unplug an adapter, with its rows, routes and addresses.

    Args:
        interface: What names the adapter, as for :func:`ipif.get_interface`.

    Raises:
        ipif.InterfaceNotFound: There is no such adapter.

    Example:
        >>> import ipif
        >>> ipif.simulation.remove_interface("Wi-Fi")
        >>> "Wi-Fi" in [row["Alias"] for row in ipif.list_adapters()]
        False
    """
    controls = control()
    luid = to_luid(interface)
    _raise_for(controls.remove_interface(luid), "remove_interface", interface)


def rename_interface(interface: Interface, alias: str, /) -> None:
    """Give an adapter another alias.

    A registration for IP interfaces is notified of a change of each row, unless the profile has
    ``rename_silent``: nobody has confirmed that Windows does so.

    Args:
        interface: What names the adapter, as for :func:`ipif.get_interface`.
        alias: The new alias.

    Raises:
        ipif.InterfaceNotFound: There is no such adapter.
        ipif.ValidationError: The alias is empty, too long, or that of another adapter.

    Example:
        >>> import ipif
        >>> ipif.simulation.rename_interface("Ethernet", "Office")
        >>> ipif.get_adapter("Office")["InterfaceIndex"]
        13
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
    """Connect an adapter to its network, or disconnect it.

    A disconnected adapter has OperStatus Down, MediaConnectState Disconnected and
    NotMediaConnected, its rows have ``Connected`` false, and no route leads through it. A wired one
    shows a link speed of 2**64 - 1 then, as has been seen on Windows, and so the automatic metric
    5. Its addresses and routes stay.

    A registration for IP interfaces is notified of a change of each row, if there is one.

    Args:
        interface: What names the adapter, as for :func:`ipif.get_interface`.
        up: Whether it is connected.

    Raises:
        ipif.InterfaceNotFound: There is no such adapter.
        ipif.ValidationError: *up* is not a ``bool``.

    Example:
        >>> import ipif
        >>> ipif.simulation.set_link("Ethernet", up=False)
        >>> ipif.Luid(ipif.best_route("8.8.8.8")["InterfaceLuid"]).alias
        'Wi-Fi'
    """
    controls = control()
    if not isinstance(up, bool):
        raise ValidationError([Problem("up", up, expected("bool", up), "write True or False")])
    luid = to_luid(interface)
    _raise_for(controls.set_link(luid, int(up)), "set_link", interface)


def add_route(interface: Interface, destination: object, /, **members: object) -> None:
    """Add a route through an adapter.

    By default it is a static route, on link, with the metric 256. A registration for routes is
    notified.

    Args:
        interface: What names the adapter, as for :func:`ipif.get_interface`.
        destination: The destination, such as ``"10.0.0.0/8"``.
        **members: Members of MIB_IPFORWARD_ROW2, written as in a row or as in a document, such as
            ``NextHop="192.168.1.1"`` and ``Metric=5``.

    Raises:
        ipif.InterfaceNotFound: There is no such adapter.
        ipif.FamilyNotBound: The family is not bound to it.
        ipif.ValidationError: A member is bad.
        ipif.Error: The adapter has a route with this destination and next hop (5010).

    Example:
        >>> import ipif
        >>> ipif.simulation.add_route("HMA VPN", "10.0.0.0/8", Metric=5)
        >>> ipif.Luid(ipif.best_route("10.1.2.3")["InterfaceLuid"]).alias
        'HMA VPN'
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
    """Give an adapter an IP address.

    By default it is a manual, preferred address with 24 bits (IPv4) or 64 bits (IPv6) on link. A
    registration for addresses is notified. Unlike Windows this adds no route to the network of the
    address: see :func:`ipif.simulation.add_route`.

    Args:
        interface: What names the adapter, as for :func:`ipif.get_interface`.
        address: The address, such as ``"192.168.1.5"``.
        **members: Members of MIB_UNICASTIPADDRESS_ROW, written as in a row or as in a document,
            such as ``OnLinkPrefixLength=16``.

    Raises:
        ipif.InterfaceNotFound: There is no such adapter.
        ipif.FamilyNotBound: The family is not bound to it.
        ipif.ValidationError: A member is bad.
        ipif.Error: The adapter has this address (5010).

    Example:
        >>> import ipif
        >>> ipif.simulation.add_address("Ethernet", "10.1.0.5", OnLinkPrefixLength=16)
        >>> ipif.get_interface("10.1.0.5", "ipv4")["InterfaceIndex"]
        13
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
    """Bind a family to an interface: its row appears, with the defaults of Windows.

    Args:
        interface: What names the interface, as for :func:`ipif.get_interface`.
        family: The family, as for :func:`ipif.get_interface`.
        **members: Members of MIB_IPINTERFACE_ROW, written as in a row or as in a document.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        ipif.ValidationError: A member is bad, or the family is unknown.
        ipif.Error: The family is bound already (5010).

    Example:
        >>> import ipif
        >>> luid = ipif.simulation.add_interface("VPN", families=["ipv4"])
        >>> ipif.simulation.bind("VPN", "ipv6", NlMtu=1400)
        >>> ipif.get_interface("VPN", "ipv6")["NlMtu"]
        1400
    """
    controls = control()
    af = read_af(family)
    luid = to_luid(interface)
    _bind(controls, interface, af, members, _adapter(controls, luid, "bind", interface))


def unbind(interface: Interface, family: Family, /) -> None:
    """Unbind a family from an interface, as when its binding is switched off.

    Args:
        interface: What names the interface, as for :func:`ipif.get_interface`.
        family: The family, as for :func:`ipif.get_interface`.

    Raises:
        ipif.InterfaceNotFound: There is no such interface.
        ipif.FamilyNotBound: The family is not bound to it.
        ipif.ValidationError: The family is unknown.

    Example:
        >>> import ipif
        >>> ipif.simulation.unbind("Ethernet", "ipv6")
        >>> try:
        ...     ipif.get_interface("Ethernet", "ipv6")
        ... except ipif.FamilyNotBound as error:
        ...     print(error.winerror)
        1168
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
