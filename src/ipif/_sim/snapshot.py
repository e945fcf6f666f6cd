"""Snapshots: a machine as a JSON document, and as the bytes that the simulation loads.

A document is checked completely, missing members are filled in (``defaults``), and its rows are
packed into the structures of the SDK (``pack``). :func:`snapshot` takes one of this machine.
"""

from __future__ import annotations

import os
import struct

from ipif._core.alias import fold_alias
from ipif._core.backend import native
from ipif._core.errors import Problem, ValidationError, advise, expected
from ipif._core.family import NAMES
from ipif._core.fields import ADAPTER_ROW, ADDRESS_ROW, INTERFACE_ROW, ROUTE_ROW, TABLES
from ipif._core.files import read_json
from ipif._core.identify import WITHOUT_STATISTICS
from ipif._core.interfaces import list_interfaces
from ipif._core.mapping import is_mapping, read_object
from ipif._core.network import list_addresses, list_routes
from ipif._core.rowjson import (
    SNAPSHOT_VERSION,
    mentioned_luids,
    read_members,
    to_json,
)
from ipif._sim.defaults import (
    complete_adapter,
    complete_address,
    complete_interface,
    complete_route,
)
from ipif._sim.pack import pack_row, row_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ipif._sim.defaults import Row

VERSION = SNAPSHOT_VERSION
SECTIONS = {
    "adapters": ADAPTER_ROW,
    "interfaces": INTERFACE_ROW,
    "routes": ROUTE_ROW,
    "addresses": ADDRESS_ROW,
}

ELEVATED = 1
_DOC_ZERO = 2
PROFILES = {"sentinel": 0, "doc_zero": _DOC_ZERO}

#: How the simulation behaves where a snapshot says nothing about it: its profile, and the options
#: that are on unless it turns them off. tools/answers.py --apply writes both.
DEFAULT_PROFILE = "sentinel"
ON_BY_DEFAULT: frozenset[str] = frozenset()

#: The rules that were unconfirmed at first, and the effect of each option on the simulation.
OPTIONS = {
    "site_prefix_length_accepted": 4,  # IPv4 takes a SitePrefixLength of 1 to 32
    "mtu_clamped": 8,  # NlMtu is reduced to the MTU of the adapter
    "link_local_always_off_refused": 16,  # LinkLocalAddressBehavior AlwaysOff on IPv4: 87
    "nud_off_refused": 32,  # UseNeighborUnreachabilityDetection from True to False: 87
    "access_checked_first": 64,  # not elevated: 5, whatever the keys are
    "all_ones_times_accepted": 128,  # 4294967295 is a value for the three time members
    "large_metric_accepted": 256,  # Metric above 2**31 - 1
    "unknown_enum_accepted": 512,
    "unchanged_set_notifies": 1024,
    "index_filled_in": 2048,  # SetIpInterfaceEntry writes InterfaceIndex when the LUID was the key
    "initial_later": 4096,  # the initial notification comes after the registering call has returned
    "rename_silent": 8192,  # a new alias is no change of the IP interfaces: no notification
}

_HEADER = struct.Struct("<8s6I")
_MAGIC = b"IPIFMCH1"
_ADVICE = "write a snapshot as ipif.snapshot() returns it"

REQUIRED = {
    "adapters": ("InterfaceLuid", "InterfaceIndex", "Alias"),
    "interfaces": ("Family", "InterfaceLuid", "InterfaceIndex"),
    "routes": ("InterfaceLuid", "DestinationPrefix"),
    "addresses": ("Address", "InterfaceLuid"),
}

# Counters and times are not part of a snapshot.
_LEFT_OUT = {
    "adapters": frozenset(
        field.name
        for field in TABLES[ADAPTER_ROW]
        if field.name.startswith(("In", "Out")) and not field.name.startswith("Interface")
    ),
    "interfaces": frozenset[str](),
    "routes": frozenset({"Age"}),
    "addresses": frozenset({"CreationTimeStamp"}),
}


def snapshot() -> dict[str, Any]:
    """Return a snapshot of this machine, for :func:`ipif.simulation.load`.

    No privilege is needed. It contains hardware addresses, GUIDs and IP addresses: review it before
    you publish it.

    Returns:
        A document with the adapters, interfaces, routes and addresses, in the form that :mod:`json`
        can write, without counters and times.

    Raises:
        ipif.Error: Windows refuses a call.

    Example:
        >>> import ipif
        >>> saved = ipif.snapshot()
        >>> ipif.simulation.remove_interface("Wi-Fi")
        >>> ipif.simulation.load(saved)
        >>> ipif.get_adapter("Wi-Fi")["InterfaceIndex"]
        17

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfacetable
    """
    adapters = native.get_if_table2(WITHOUT_STATISTICS)
    luids = {adapter["InterfaceLuid"] for adapter in adapters}
    # The tables are read one after another: rows of adapters that appeared later are left out.
    rows: dict[str, Sequence[Mapping[str, Any]]] = {
        "interfaces": list_interfaces(),
        "routes": list_routes(),
        "addresses": list_addresses(),
    }
    known = {
        section: [dict(row) for row in table if row["InterfaceLuid"] in luids]
        for section, table in rows.items()
    }
    known["adapters"] = [dict(adapter) for adapter in adapters]
    return document_of(known, DEFAULT_PROFILE, elevated=True)


# ---- checking


def check(document: object) -> None:
    """Raise :class:`ipif.ValidationError` with every problem of *document* and its place."""
    _read(document)


def pack(document: object) -> bytes:
    """Return the packed machine of *document*, as the simulation loads it; check it first."""
    flags, rows = _read(document)
    return pack_rows(flags, rows)


def pack_rows(flags: int, rows: dict[str, list[Row]]) -> bytes:
    """Return the packed machine of complete *rows*."""
    counts = [len(rows[section]) for section in SECTIONS]
    parts = [_HEADER.pack(_MAGIC, flags, *counts, 0)]
    for section, structure in SECTIONS.items():
        parts.extend(pack_row(structure, row) for row in rows[section])
    return b"".join(parts)


def _read(given: object) -> tuple[int, dict[str, list[Row]]]:
    """Return the flags and the complete rows of the document *given*; raise ValidationError."""
    problems: list[Problem] = []
    document = read_object(given, "snapshot", "write {...}", problems)
    if document is None:
        raise ValidationError(problems)
    if document.get("ipif_snapshot") != VERSION or type(document["ipif_snapshot"]) is not int:
        rule = "not a snapshot that this version of ipif can load"
        advice = f'write "ipif_snapshot": {VERSION}'
        raise ValidationError(
            [Problem("ipif_snapshot", document.get("ipif_snapshot"), rule, advice)]
        )
    known = ["ipif_snapshot", "about", "profile", "elevated", *SECTIONS]
    for name, value in document.items():
        if name not in known:
            advice = advise(name, known, "leave it out", problems)
            problems.append(Problem(str(name), value, "not a member of a snapshot", advice))
    flags = _read_flags(document, problems)
    found = {section: _read_section(document, section, problems) for section in SECTIONS}
    adapters = _read_adapters(found["adapters"], problems)
    mentioned = mentioned_luids(document.get("adapters", []))
    rows: dict[str, list[Row]] = {"adapters": list(adapters.values())}
    seen: set[tuple[int, int]] = set()
    complete = {
        "interfaces": complete_interface,
        "routes": complete_route,
        "addresses": complete_address,
    }
    for section, finish in complete.items():
        rows[section] = []
        for place, row in found[section]:
            adapter = adapters.get(row["InterfaceLuid"])
            if adapter is None:
                if mentioned is not None and row["InterfaceLuid"] not in mentioned:
                    rule, advice = "no adapter has this LUID", "give it an entry in adapters"
                    value = row["InterfaceLuid"]
                    problems.append(Problem(f"{place}.InterfaceLuid", value, rule, advice))
                continue
            _check_index(place, row, adapter, problems)
            if section == "interfaces":
                key = (row["Family"], row["InterfaceLuid"])
                if key in seen:
                    value = NAMES[row["Family"]]
                    rule = "this interface has a row of this family already"
                    problems.append(Problem(f"{place}.Family", value, rule, "remove one of them"))
                seen.add(key)
            full = finish(row, adapter)
            if section == "routes":
                check_route(f"{place}.", full, problems)
            elif section == "addresses":
                check_address(f"{place}.", full, problems)
            rows[section].append(full)
    if problems:
        raise ValidationError(problems)
    return flags, rows


def _read_flags(document: Row, problems: list[Problem]) -> int:
    """Return the flags that "elevated" and "profile" ask for."""
    elevated = document.get("elevated", True)
    if not isinstance(elevated, bool):
        problems.append(
            Problem("elevated", elevated, expected("bool", elevated), "write true or false")
        )
    profile = document.get("profile", DEFAULT_PROFILE)
    options: dict[str, object] = {}
    if is_mapping(profile):
        options = read_object(profile, "profile", "write {...}", problems) or {}
        profile = options.pop("name", DEFAULT_PROFILE)
    flags = profile_flags(profile, options, "profile", problems)
    return flags | (ELEVATED if elevated is True else 0)


def profile_flags(
    name: object, options: dict[str, object], place: str, problems: list[Problem]
) -> int:
    """Return the flags of the profile *name* with *options*; note the problems."""
    flags = _default_options()
    if isinstance(name, str) and name in PROFILES:
        flags |= PROFILES[name]
    else:
        problems.append(Problem(place, name, "not a profile", 'write "sentinel" or "doc_zero"'))
    for option, value in options.items():
        where = f"{place}.{option}"
        if option not in OPTIONS:
            advice = advise(option, OPTIONS, f"write one of {', '.join(OPTIONS)}", problems)
            problems.append(Problem(where, value, "not an option of the simulation", advice))
        elif not isinstance(value, bool):
            problems.append(Problem(where, value, expected("bool", value), "write true or false"))
        elif value:
            flags |= OPTIONS[option]
        else:
            flags &= ~OPTIONS[option]
    return flags


def _default_options() -> int:
    """Return the flags of the options that are on by default."""
    return sum(OPTIONS[option] for option in ON_BY_DEFAULT)


def flags_profile(flags: int) -> str | dict[str, object]:
    """Return the "profile" of a document that stands for *flags*."""
    name = "doc_zero" if flags & _DOC_ZERO else "sentinel"
    differing = flags ^ _default_options()
    options = {o: bool(flags & flag) for o, flag in OPTIONS.items() if differing & flag}
    return {"name": name, **options} if options else name


def _read_section(document: Row, section: str, problems: list[Problem]) -> list[tuple[str, Row]]:
    """Return place and members of each row of *section* that has all required members."""
    rows = document.get(section, [])
    if not isinstance(rows, (list, tuple)):
        problems.append(Problem(section, rows, "expected an array", "write [...]"))
        return []
    found = []
    for number, given in enumerate(rows):
        place = f"{section}[{number}]"
        members = read_object(given, place, "write {...}", problems)
        if members is None:
            continue
        row = read_members(SECTIONS[section], members, place, problems)
        for name in REQUIRED[section]:
            if name not in members:
                problems.append(Problem(f"{place}.{name}", None, "missing", "every row needs it"))
        if all(name in row for name in REQUIRED[section]):
            found.append((place, row))
    return found


def _read_adapters(rows: list[tuple[str, Row]], problems: list[Problem]) -> dict[int, Row]:
    """Return the complete adapters by LUID; note duplicates."""
    adapters: dict[int, Row] = {}
    for place, row in rows:
        check_adapter(row, f"{place}.", problems)
        adapters.setdefault(row["InterfaceLuid"], complete_adapter(row))
    for name in ("InterfaceLuid", "InterfaceIndex", "Alias"):
        first: dict[object, str] = {}
        for place, row in rows:
            value = row[name]
            if value == "":
                continue
            other = first.setdefault(same(value), place)
            if other != place:
                rule = f"{other} has the same value"
                problems.append(Problem(f"{place}.{name}", value, rule, "write a unique value"))
    return adapters


def same(value: Any) -> Any:
    """Return *value* as it is compared: an alias without regard to case."""
    return fold_alias(value) if isinstance(value, str) else value


def check_adapter(row: Row, prefix: str, problems: list[Problem]) -> None:
    """Note members of an adapter that disagree; *prefix* goes before their names."""
    for name in ("InterfaceLuid", "InterfaceIndex"):
        if row[name] == 0:
            problems.append(Problem(f"{prefix}{name}", 0, "names no interface", "correct it"))
    address: bytes = row.get("PhysicalAddress", b"")
    length = row.get("PhysicalAddressLength", len(address))
    if length != len(address):
        rule = f"PhysicalAddress has {len(address)} bytes"
        problems.append(Problem(f"{prefix}PhysicalAddressLength", length, rule, "leave it out"))
    permanent: bytes = row.get("PermanentPhysicalAddress", address)
    if len(permanent) != len(address):
        rule = "its length differs from that of PhysicalAddress"
        name = f"{prefix}PermanentPhysicalAddress"
        problems.append(Problem(name, permanent, rule, "correct it"))


def _check_index(place: str, row: Row, adapter: Row, problems: list[Problem]) -> None:
    """Note an index that differs from that of the adapter."""
    index = row.get("InterfaceIndex", adapter["InterfaceIndex"])
    if index != adapter["InterfaceIndex"]:
        rule = f"the adapter with this LUID has the index {adapter['InterfaceIndex']}"
        problems.append(Problem(f"{place}.InterfaceIndex", index, rule, "correct one of them"))


def check_route(prefix: str, row: Row, problems: list[Problem]) -> None:
    """Note members of a route that disagree; *prefix* goes before their names."""
    if row["DestinationPrefix"].version != row["NextHop"].version:
        rule = "its family is not that of DestinationPrefix"
        problems.append(Problem(f"{prefix}NextHop", str(row["NextHop"]), rule, "correct it"))


def check_address(prefix: str, row: Row, problems: list[Problem]) -> None:
    """Note members of an address that disagree; *prefix* goes before their names."""
    longest = row["Address"].max_prefixlen
    if row["OnLinkPrefixLength"] > longest:
        rule = f"longer than {longest}"
        where = f"{prefix}OnLinkPrefixLength"
        problems.append(Problem(where, row["OnLinkPrefixLength"], rule, "correct it"))


# ---- unpacking


def unpack_rows(packed: bytes) -> tuple[int, dict[str, list[Row]]]:
    """Return the flags and the rows of a packed machine."""
    magic, flags, *counts, _ = _HEADER.unpack_from(packed)
    assert magic == _MAGIC
    rows: dict[str, list[Row]] = {}
    start = _HEADER.size
    for (section, structure), count in zip(SECTIONS.items(), counts, strict=True):
        size = row_size(structure)
        rows[section] = [
            unpack_row(structure, packed[start + size * number : start + size * (number + 1)])
            for number in range(count)
        ]
        start += size * count
    return flags, rows


def unpack_row(structure: str, packed: bytes) -> Row:
    """Return the row in the bytes of *structure*."""
    row: Row = native.unpack(structure, packed)
    return row


def unpack(packed: bytes) -> Row:
    """Return the document of a packed machine, without counters and times."""
    flags, rows = unpack_rows(packed)
    return document_of(rows, flags_profile(flags), bool(flags & ELEVATED))


def document_of(
    rows: dict[str, list[Row]], profile: str | dict[str, object], elevated: bool
) -> Row:
    """Return the document that has *rows*, without counters and times."""
    document: Row = {"ipif_snapshot": VERSION, "profile": profile, "elevated": elevated}
    for section in SECTIONS:
        left_out = _LEFT_OUT[section]
        document[section] = [
            {name: value for name, value in to_json(row).items() if name not in left_out}
            for row in rows[section]
        ]
    return document


# ---- files


def read_file(path: str | os.PathLike[str], *, own: bool = False) -> Any:
    """Return the document in the file *path*; its contents are not checked.

    *own*: only this user may be able to change the file. Raises :class:`ipif.ValidationError` when
    it is not JSON, and ``OSError``.
    """
    return read_json(path, "snapshot file", _ADVICE, own=own)


def bundled_file(name: str) -> str:
    """Return the path of the bundled machine: ``machine.json``, or packed, ``machine.dat``."""
    return os.path.join(os.path.dirname(__file__), name)


def bundled() -> bytes:
    """Return the bundled machine, packed."""
    with open(bundled_file("machine.dat"), "rb") as file:
        return file.read()
