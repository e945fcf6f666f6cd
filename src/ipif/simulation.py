"""The controls of the simulated machine: its world, its privileges, its faults.

The world is a JSON document, as :func:`ipif.snapshot` makes it on a real computer. Everything here
raises ``RuntimeError`` when ipif works on the interfaces of this computer, and
:class:`ipif.ValidationError` for values that make no sense. The machine belongs to the process:
all threads and interpreters see the same one.
"""

from __future__ import annotations

import os

from ipif import _world
from ipif._backend import control, native
from ipif._errors import Problem, ValidationError, from_win32
from ipif._family import NAMES, family_code
from ipif._interfaces import to_luid
from ipif._json import from_json, to_json
from ipif._luid import Luid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ipif._backend import _Control
    from ipif.types import Family, Interface

__all__ = [
    "add_interface",
    "bind",
    "dump",
    "elevated",
    "fail",
    "load",
    "profile",
    "remove_interface",
    "reset",
    "unbind",
]

# What Windows would say; the simulation has no texts for what only its controls can meet.
_TEXTS = {
    2: "The system cannot find the file specified",
    1168: "Element not found",
    5010: "The object already exists",
}
_ETHERNET = 6
_FIRST_NET_LUID_INDEX = 0x8000  # where Windows starts for adapters that are plugged in
_SDK_FAMILY = {"ipv4": 2, "ipv6": 23}


def load(world: Mapping[str, Any] | str | os.PathLike[str]) -> None:
    """Replace the machine by *world*: a document, or the path of a file that has one.

    Faults stay armed. What the document leaves out of a row is filled in with what Windows 10 and
    11 show; every row of ``interfaces`` needs Family, InterfaceLuid and InterfaceIndex, of
    ``links`` InterfaceLuid, InterfaceIndex and Alias, of ``routes`` InterfaceLuid and
    DestinationPrefix, of ``addresses`` InterfaceLuid and Address.

    Raises :class:`ipif.ValidationError` with every problem and its place, and ``OSError`` for a
    file that cannot be read. The machine is then as before.
    """
    controls = control()
    if isinstance(world, (str, os.PathLike)):
        name = os.fspath(world)
        document = _world.read(world)
        try:
            packed = _world.pack(document)
        except ValidationError as error:
            for problem in error.problems:
                problem.member = f"{name}: {problem.member}"
            raise
    else:
        packed = _world.pack(world)
    _done(controls.load(packed), "load")


def dump() -> dict[str, Any]:
    """Return the machine as it is now: a document for :func:`load`, without counters and times."""
    return _world.unpack(control().dump())


def reset() -> None:
    """Bring back the bundled world: elevated, profile ``sentinel``, no faults."""
    controls = control()
    controls.clear_faults()
    _done(controls.load(_world.bundled()), "reset")


def fail(function: str, code: int, times: int = 1, after: int = 0) -> None:
    """Make calls of the Windows function *function* fail with the error *code*.

    After *after* calls that go through, the following *times* calls fail. Several faults may be
    armed at once; :func:`reset` disarms them. A function that returns nothing cannot fail.
    """
    problems: list[Problem] = []
    if not (isinstance(function, str) and function.isascii() and function.isidentifier()):
        advice = "write its name as in the SDK"
        problems.append(Problem("function", function, "no name of a function", advice))
    for name, value, low in (("code", code, 1), ("times", times, 1), ("after", after, 0)):
        if type(value) is not int or not low <= value < 2**32:
            advice = f"write an int from {low} to {2**32 - 1}"
            problems.append(Problem(name, value, "no such number", advice))
    controls = control()
    if not problems and controls.fail(function, code, times, after):
        rule = "the simulation has no function of this name that can fail"
        problems.append(Problem("function", function, rule, 'write as "SetIpInterfaceEntry"'))
    if problems:
        raise ValidationError(problems)


def elevated(is_elevated: bool, /) -> None:
    """Say whether this process is an elevated administrator; Set answers 5 to all others."""
    if not isinstance(is_elevated, bool):
        raise ValidationError([Problem("elevated", is_elevated, "no bool", "write True or False")])
    control().set_flags(_world.ELEVATED, _world.ELEVATED if is_elevated else 0)


def profile(name: str, **options: bool) -> None:
    """Choose between the answers that are possible where nobody knows Windows' own.

    ``"sentinel"``: InitializeIpInterfaceEntry fills a row with "leave as it is".
    ``"doc_zero"``: it fills the row with zeros, as its reference page says. Each of *options*
    makes one more rule differ, those that are not given are off: ``site_prefix_length_accepted``,
    ``mtu_clamped``, ``link_local_always_off_refused``, ``nud_off_refused``,
    ``access_checked_first``, ``all_ones_times_accepted``, ``large_metric_accepted``,
    ``unknown_enum_accepted``, ``unchanged_set_notifies``, ``index_filled_in``.
    """
    problems: list[Problem] = []
    flags = _world.profile_flags(name, dict(options), "profile", problems)
    if problems:
        raise ValidationError(problems)
    control().set_flags(~_world.ELEVATED & 0xFFFFFFFF, flags)


def add_interface(
    alias: str, *, families: Iterable[Family] = ("ipv4", "ipv6"), **members: object
) -> Luid:
    """Plug in an adapter and bind *families* to it; return its LUID.

    *members* are members of MIB_IF_ROW2, as they stand in a row or in a document. Without them it
    is a connected Ethernet adapter of 1 Gbit/s whose LUID and index nobody has yet.

    Raises :class:`ipif.ValidationError` for bad members and an alias, LUID or index that is taken.
    """
    controls = control()
    codes = dict.fromkeys(family_code(family) for family in families)
    links = _links(controls)
    row = _read("MIB_IF_ROW2", {"Alias": alias, **members})
    row.setdefault("InterfaceIndex", 1 + max((link["InterfaceIndex"] for link in links), default=0))
    row.setdefault("InterfaceLuid", _free_luid(row.get("Type", _ETHERNET), links))
    problems = [
        Problem(name, row[name], "another interface has it", "choose another one")
        for name in ("Alias", "InterfaceLuid", "InterfaceIndex")
        if any(_world.same(row[name]) == _world.same(link[name]) for link in links)
    ]
    if row["Alias"] == "":
        problems.append(Problem("Alias", "", "empty", "write a name"))
    _world.check_link(row, "", problems)
    if problems:
        raise ValidationError(problems)
    link = _world.complete_link(row)
    luid = Luid(link["InterfaceLuid"])
    _done(controls.add_link(native.pack("MIB_IF_ROW2", link)), "add_interface", luid)
    for code in codes:
        _bind(controls, luid, code, {}, link)
    return luid


def remove_interface(interface: Interface, /) -> None:
    """Unplug an adapter: its link, rows, routes and addresses.

    Raises :class:`ipif.InterfaceNotFound`.
    """
    controls = control()
    luid = to_luid(interface)
    _done(controls.remove_interface(luid), "remove_interface", interface)


def bind(interface: Interface, family: Family, /, **members: object) -> None:
    """Bind *family* to an interface: its row appears, with the defaults of Windows.

    *members* are members of MIB_IPINTERFACE_ROW, as they stand in a row or in a document.

    Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.ValidationError`, and
    :class:`ipif.Error` with ``winerror`` 5010 when the family is bound already.
    """
    controls = control()
    code = family_code(family)
    luid = to_luid(interface)
    for link in _links(controls):
        if link["InterfaceLuid"] == luid:
            _bind(controls, interface, code, members, link)
            return
    _done(2, "bind", interface)


def unbind(interface: Interface, family: Family, /) -> None:
    """Take *family* away from an interface, as when its binding is switched off.

    Raises :class:`ipif.InterfaceNotFound` and :class:`ipif.FamilyNotBound`.
    """
    controls = control()
    name = NAMES[family_code(family)]
    luid = to_luid(interface)
    _done(controls.unbind(_SDK_FAMILY[name], luid), "unbind", interface, name)


def _bind(
    controls: _Control, interface: object, code: int, members: dict[str, Any], link: dict[str, Any]
) -> None:
    """Bind the family *code* to the interface of *link*."""
    row = _read("MIB_IPINTERFACE_ROW", members)
    keys = [name for name in ("Family", "InterfaceLuid", "InterfaceIndex") if name in row]
    if keys:
        rule = "a key: the arguments name the row"
        raise ValidationError([Problem(name, row[name], rule, "leave it out") for name in keys])
    row = _world.complete_interface({"Family": code, **row}, link)
    packed = native.pack("MIB_IPINTERFACE_ROW", row)
    _done(controls.bind(packed), "bind", interface, NAMES[code])


def _links(controls: _Control) -> list[dict[str, Any]]:
    """Return the MIB_IF_ROW2 of every adapter of the machine."""
    return _world.unpack_rows(controls.dump())[1]["links"]


def _read(structure: str, members: dict[str, Any]) -> dict[str, Any]:
    """Return *members* of *structure*, which may stand there as in a document or as in a row."""
    return from_json(structure, to_json(members))


def _free_luid(kind: int, links: list[dict[str, Any]]) -> int:
    """Return a LUID for an interface of type *kind* that none of *links* has."""
    taken = {link["InterfaceLuid"] for link in links}
    number = _FIRST_NET_LUID_INDEX
    while (luid := (kind & 0xFFFF) << 48 | number << 24) in taken:
        number += 1
    return luid


def _done(
    status: int, control_name: str, interface: object = None, family: str | None = None
) -> None:
    """Raise the exception for a *status* other than 0 of the control *control_name*."""
    if status:
        text = _TEXTS.get(status, "The simulation refuses this")
        error = from_win32(status, text, f"simulation.{control_name}", None, family)
        error.interface = interface
        raise error
