"""The world of the simulation, as a JSON document and as the bytes that the simulation loads.

A document is checked here completely, and what it leaves out is filled in with what Windows 10 and
11 show; then it is packed, by the field tables, into the SDK's own structures. No JSON is parsed
in C.
"""

from __future__ import annotations

import json
import os
import struct
import uuid

from ipif import _backend
from ipif._backend import native
from ipif._errors import Problem, ValidationError, advise
from ipif._family import AF_INET, NAMES
from ipif._json import read_members, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    _Row = dict[str, Any]

VERSION = 1
SECTIONS = {
    "links": "MIB_IF_ROW2",
    "interfaces": "MIB_IPINTERFACE_ROW",
    "routes": "MIB_IPFORWARD_ROW2",
    "addresses": "MIB_UNICASTIPADDRESS_ROW",
}

ELEVATED = 1
DOC_ZERO = 2
PROFILES = {"sentinel": 0, "doc_zero": DOC_ZERO}

#: What nobody has confirmed about Windows, and what to make the simulation do instead.
OPTIONS = {
    "site_prefix_length_accepted": 4,  # IPv4 takes a SitePrefixLength of 1 to 32
    "mtu_clamped": 8,  # NlMtu is cut down to the MTU of the link
    "link_local_always_off_refused": 16,  # LinkLocalAddressBehavior AlwaysOff on IPv4: 87
    "nud_off_refused": 32,  # UseNeighborUnreachabilityDetection from True to False: 87
    "access_checked_first": 64,  # not elevated: 5, whatever the keys are
    "all_ones_times_accepted": 128,  # 4294967295 is a value for the three time members
    "large_metric_accepted": 256,  # Metric above 2**31 - 1
    "unknown_enum_accepted": 512,
    "unchanged_set_notifies": 1024,
    "index_filled_in": 2048,  # Set writes InterfaceIndex when the LUID was the key
}

_HEADER = struct.Struct("<8s6I")
_MAGIC = b"IPIFWLD1"
_LARGEST_FILE = 64 * 2**20
_ADVICE = "write a world as ipif.snapshot() makes it"

_REQUIRED = {
    "links": ("InterfaceLuid", "InterfaceIndex", "Alias"),
    "interfaces": ("Family", "InterfaceLuid", "InterfaceIndex"),
    "routes": ("InterfaceLuid", "DestinationPrefix"),
    "addresses": ("Address", "InterfaceLuid"),
}

# Not part of a world: they only count what has happened, or when.
_COUNTERS = frozenset(
    field.name for field in native.fields("MIB_IF_ROW2") if field.name.startswith(("In", "Out"))
) - {"InterfaceLuid", "InterfaceIndex", "InterfaceGuid"}
_LEFT_OUT = {
    "links": _COUNTERS,
    "interfaces": frozenset[str](),
    "routes": frozenset({"Age"}),
    "addresses": frozenset({"CreationTimeStamp"}),
}

_EMPTY_LINK: _Row = {
    field.name: False if field.kind == "flag" else 0 for field in native.fields("MIB_IF_ROW2")
}

_LOOPBACK = 24
_MEDIA = {6: 0, _LOOPBACK: 17, 53: 19, 71: 16, 131: 15}
_PHYSICAL_MEDIA = {6: 14, 71: 9}
_FOR_EVER = 2**32 - 1


# ---- what a document leaves out


def complete_link(row: _Row) -> _Row:
    """Return a MIB_IF_ROW2 in which every member is there; the members of *row* come first.

    The defaults are a connected interface of the type that the LUID tells, at 1 Gbit/s.
    """
    kind = row.get("Type", row["InterfaceLuid"] >> 48)
    hardware = kind in _PHYSICAL_MEDIA
    address = row.get("PhysicalAddress", b"")
    full = _EMPTY_LINK | {
        "InterfaceGuid": uuid.UUID(int=row["InterfaceLuid"]),
        "Description": row["Alias"],
        "PhysicalAddress": address,
        "PhysicalAddressLength": len(address),
        "PermanentPhysicalAddress": address,
        "Mtu": 1500,
        "Type": kind,
        "MediaType": _MEDIA.get(kind, 0),
        "PhysicalMediumType": _PHYSICAL_MEDIA.get(kind, 0),
        "AccessType": 1 if kind == _LOOPBACK else 2,
        "HardwareInterface": hardware,
        "ConnectorPresent": hardware,
        "OperStatus": 1,
        "AdminStatus": 1,
        "MediaConnectState": 1,
        "NetworkGuid": uuid.UUID(int=0),
        "ConnectionType": 1,
        "TransmitLinkSpeed": 10**9,
        "ReceiveLinkSpeed": 10**9,
    }
    return full | row


def complete_interface(row: _Row, link: _Row) -> _Row:
    """Return a MIB_IPINTERFACE_ROW in which every member is there, with Windows' defaults.

    Metric needs none: while it is automatic, the simulation computes it from the speed.
    """
    ipv4 = row["Family"] == AF_INET
    loopback = link["Type"] == _LOOPBACK
    index = link["InterfaceIndex"]
    full: _Row = {
        "Family": row["Family"],
        "InterfaceLuid": link["InterfaceLuid"],
        "InterfaceIndex": index,
        "MaxReassemblySize": 0,
        "InterfaceIdentifier": 0,
        "MinRouterAdvertisementInterval": 200,
        "MaxRouterAdvertisementInterval": 600,
        "AdvertisingEnabled": False,
        "ForwardingEnabled": False,
        "WeakHostSend": False,
        "WeakHostReceive": False,
        "UseAutomaticMetric": True,
        "UseNeighborUnreachabilityDetection": not loopback,
        "ManagedAddressConfigurationSupported": True,
        "OtherStatefulConfigurationSupported": True,
        "AdvertiseDefaultRoute": False,
        "RouterDiscoveryBehavior": 2 if ipv4 else 1,
        "DadTransmits": 0 if loopback else 3 if ipv4 else 1,
        "BaseReachableTime": 30000,
        "RetransmitTime": 1000,
        "PathMtuDiscoveryTimeout": 600000,
        "LinkLocalAddressBehavior": 1 if ipv4 else 2,
        "LinkLocalAddressTimeout": 6500 if ipv4 else 0,
        "ZoneIndices": (0, index, index) + (1,) * 13,
        "SitePrefixLength": 64,
        "Metric": 75 if loopback else 25,
        "NlMtu": link["Mtu"],
        "Connected": link["MediaConnectState"] != 2,
        "SupportsWakeUpPatterns": False,
        "SupportsNeighborDiscovery": not loopback,
        "SupportsRouterDiscovery": not loopback,
        "ReachableTime": 30000,
        "TransmitOffload": 0,
        "ReceiveOffload": 0,
        "DisableDefaultRoutes": False,
    }
    return full | row


def _complete_route(row: _Row, link: _Row) -> _Row:
    """Return a MIB_IPFORWARD_ROW2 in which every member is there: a static, on-link route."""
    prefix = row["DestinationPrefix"]
    full: _Row = {
        "InterfaceLuid": link["InterfaceLuid"],
        "InterfaceIndex": link["InterfaceIndex"],
        "DestinationPrefix": prefix,
        "NextHop": type(prefix.network_address)(0),
        "SitePrefixLength": 0,
        "ValidLifetime": _FOR_EVER,
        "PreferredLifetime": _FOR_EVER,
        "Metric": 256,
        "Protocol": 3,
        "Loopback": False,
        "AutoconfigureAddress": False,
        "Publish": False,
        "Immortal": True,
        "Age": 0,
        "Origin": 0,
    }
    return full | row


def _complete_address(row: _Row, link: _Row) -> _Row:
    """Return a MIB_UNICASTIPADDRESS_ROW in which every member is there: a manual, valid one."""
    address = row["Address"]
    scoped = address.version == 6 and address.is_link_local
    full: _Row = {
        "Address": address,
        "InterfaceLuid": link["InterfaceLuid"],
        "InterfaceIndex": link["InterfaceIndex"],
        "PrefixOrigin": 1,
        "SuffixOrigin": 1,
        "ValidLifetime": _FOR_EVER,
        "PreferredLifetime": _FOR_EVER,
        "OnLinkPrefixLength": 24 if address.version == 4 else 64,
        "SkipAsSource": False,
        "DadState": 4,
        "ScopeId": link["InterfaceIndex"] if scoped else 0,
        "CreationTimeStamp": 0,
    }
    return full | row


# ---- checking


def check(document: object) -> None:
    """Raise :class:`ipif.ValidationError` with every problem of *document* and its place."""
    _read(document)


def pack(document: object) -> bytes:
    """Return the packed world of *document*, as the simulation loads it; check it first."""
    flags, rows = _read(document)
    return pack_rows(flags, rows)


def pack_rows(flags: int, rows: dict[str, list[_Row]]) -> bytes:
    """Return the packed world of complete *rows*."""
    counts = [len(rows[section]) for section in SECTIONS]
    parts = [_HEADER.pack(_MAGIC, flags, *counts, 0)]
    for section, structure in SECTIONS.items():
        parts.extend(native.pack(structure, row) for row in rows[section])
    return b"".join(parts)


def _read(document: object) -> tuple[int, dict[str, list[_Row]]]:
    """Return the flags and the complete rows of *document*; raise ValidationError."""
    problems: list[Problem] = []
    if not isinstance(document, dict):
        raise ValidationError([Problem("world", document, "no JSON object", "write {...}")])
    if document.get("ipif_world") != VERSION or type(document["ipif_world"]) is not int:
        rule = "no world that this version of ipif can play"
        advice = f'write "ipif_world": {VERSION}'
        raise ValidationError([Problem("ipif_world", document.get("ipif_world"), rule, advice)])
    known = ["ipif_world", "about", "profile", "elevated", *SECTIONS]
    for name, value in document.items():
        if name not in known:
            advice = advise(name, known, "leave it out", problems)
            problems.append(Problem(str(name), value, "no member of a world", advice))
    flags = _read_flags(document, problems)
    found = {section: _read_section(document, section, problems) for section in SECTIONS}
    links = _read_links(found["links"], problems)
    mentioned = _mentioned_luids(document.get("links", []))
    rows: dict[str, list[_Row]] = {"links": list(links.values())}
    seen: set[tuple[int, int]] = set()
    complete = {
        "interfaces": complete_interface,
        "routes": _complete_route,
        "addresses": _complete_address,
    }
    for section, finish in complete.items():
        rows[section] = []
        for place, row in found[section]:
            link = links.get(row["InterfaceLuid"])
            if link is None:
                if mentioned is not None and row["InterfaceLuid"] not in mentioned:
                    rule, advice = "no link has this LUID", "give it an entry in links"
                    value = row["InterfaceLuid"]
                    problems.append(Problem(f"{place}.InterfaceLuid", value, rule, advice))
                continue
            _check_index(place, row, link, problems)
            if section == "interfaces":
                key = (row["Family"], row["InterfaceLuid"])
                if key in seen:
                    value = NAMES[row["Family"]]
                    rule = "this interface has a row of this family already"
                    problems.append(Problem(f"{place}.Family", value, rule, "remove one of them"))
                seen.add(key)
            full = finish(row, link)
            if section == "routes":
                _check_route(place, full, problems)
            elif section == "addresses":
                _check_address(place, full, problems)
            rows[section].append(full)
    if problems:
        raise ValidationError(problems)
    return flags, rows


def _read_flags(document: _Row, problems: list[Problem]) -> int:
    """Return the flags that "elevated" and "profile" ask for."""
    elevated = document.get("elevated", True)
    if not isinstance(elevated, bool):
        problems.append(Problem("elevated", elevated, "no bool", "write true or false"))
    profile = document.get("profile", "sentinel")
    options: dict[str, object] = {}
    if isinstance(profile, dict):
        options = {name: value for name, value in profile.items() if name != "name"}
        profile = profile.get("name", "sentinel")
    flags = profile_flags(profile, options, "profile", problems)
    return flags | (ELEVATED if elevated is True else 0)


def profile_flags(
    name: object, options: dict[str, object], place: str, problems: list[Problem]
) -> int:
    """Return the flags of the profile *name* with *options*; note the problems."""
    flags = 0
    if isinstance(name, str) and name in PROFILES:
        flags = PROFILES[name]
    else:
        problems.append(Problem(place, name, "no profile", 'write "sentinel" or "doc_zero"'))
    for option, value in options.items():
        where = f"{place}.{option}"
        if option not in OPTIONS:
            advice = advise(option, OPTIONS, f"write one of {', '.join(OPTIONS)}", problems)
            problems.append(Problem(where, value, "no option of the simulation", advice))
        elif not isinstance(value, bool):
            problems.append(Problem(where, value, "no bool", "write true or false"))
        elif value:
            flags |= OPTIONS[option]
    return flags


def flags_profile(flags: int) -> str | dict[str, object]:
    """Return the "profile" of a document that stands for *flags*."""
    name = "doc_zero" if flags & DOC_ZERO else "sentinel"
    options = {option: True for option, flag in OPTIONS.items() if flags & flag}
    return {"name": name, **options} if options else name


def _read_section(document: _Row, section: str, problems: list[Problem]) -> list[tuple[str, _Row]]:
    """Return place and members of each row of *section* that has what no default replaces."""
    rows = document.get(section, [])
    if not isinstance(rows, (list, tuple)):
        problems.append(Problem(section, rows, "no array", "write [...]"))
        return []
    found = []
    for number, members in enumerate(rows):
        place = f"{section}[{number}]"
        row = read_members(SECTIONS[section], members, place, problems)
        if not isinstance(members, dict):
            continue
        for name in _REQUIRED[section]:
            if name not in members:
                problems.append(Problem(f"{place}.{name}", None, "missing", "every row needs it"))
        if all(name in row for name in _REQUIRED[section]):
            found.append((place, row))
    return found


def _read_links(rows: list[tuple[str, _Row]], problems: list[Problem]) -> dict[int, _Row]:
    """Return the complete links by LUID; note what occurs twice."""
    links: dict[int, _Row] = {}
    for place, row in rows:
        check_link(row, f"{place}.", problems)
        links.setdefault(row["InterfaceLuid"], complete_link(row))
    for name in ("InterfaceLuid", "InterfaceIndex", "Alias"):
        first: dict[object, str] = {}
        for place, row in rows:
            value = row[name]
            if value == "":
                continue
            other = first.setdefault(same(value), place)
            if other != place:
                rule = f"{other} has the same"
                problems.append(Problem(f"{place}.{name}", value, rule, "each link has its own"))
    return links


def same(value: Any) -> Any:
    """Return what *value* is compared by: an alias by its letters, in whatever case."""
    return value.lower() if isinstance(value, str) else value


def check_link(row: _Row, prefix: str, problems: list[Problem]) -> None:
    """Note what is wrong between the members of a link; *prefix* goes before their names."""
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


def _mentioned_luids(links: object) -> set[int] | None:
    """Return the LUIDs of all *links*, those with problems too; ``None`` when nobody can tell.

    What belongs to a link with a problem is not a second problem.
    """
    if not isinstance(links, (list, tuple)):
        return None
    luids = (link.get("InterfaceLuid") for link in links if isinstance(link, dict))
    return {luid for luid in luids if type(luid) is int}


def _check_index(place: str, row: _Row, link: _Row, problems: list[Problem]) -> None:
    """Note an index that is not that of the link."""
    index = row.get("InterfaceIndex", link["InterfaceIndex"])
    if index != link["InterfaceIndex"]:
        rule = f"the link with this LUID has the index {link['InterfaceIndex']}"
        problems.append(Problem(f"{place}.InterfaceIndex", index, rule, "correct one of them"))


def _check_route(place: str, row: _Row, problems: list[Problem]) -> None:
    """Note what is wrong between the members of a route."""
    if row["DestinationPrefix"].version != row["NextHop"].version:
        rule = "its family is not that of DestinationPrefix"
        problems.append(Problem(f"{place}.NextHop", str(row["NextHop"]), rule, "correct it"))


def _check_address(place: str, row: _Row, problems: list[Problem]) -> None:
    """Note what is wrong between the members of an address."""
    longest = row["Address"].max_prefixlen
    if row["OnLinkPrefixLength"] > longest:
        rule = f"longer than {longest}"
        where = f"{place}.OnLinkPrefixLength"
        problems.append(Problem(where, row["OnLinkPrefixLength"], rule, "correct it"))


# ---- and back


def unpack_rows(packed: bytes) -> tuple[int, dict[str, list[_Row]]]:
    """Return the flags and the rows of a packed world."""
    magic, flags, *counts, _ = _HEADER.unpack_from(packed)
    assert magic == _MAGIC
    rows: dict[str, list[_Row]] = {}
    start = _HEADER.size
    for (section, structure), count in zip(SECTIONS.items(), counts, strict=True):
        size = _size(structure)
        rows[section] = [
            native.unpack(structure, packed[start + size * number : start + size * (number + 1)])
            for number in range(count)
        ]
        start += size * count
    return flags, rows


def _size(structure: str) -> int:
    """Return the size of *structure* in bytes, rounded up to its alignment."""
    last = max(native.fields(structure), key=lambda field: field.offset + field.size)
    return (last.offset + last.size + 7) & ~7


def unpack(packed: bytes) -> _Row:
    """Return the document of a packed world, without counters and times."""
    flags, rows = unpack_rows(packed)
    return document_of(rows, flags_profile(flags), bool(flags & ELEVATED))


def document_of(
    rows: dict[str, list[_Row]], profile: str | dict[str, object], elevated: bool
) -> _Row:
    """Return the document that has *rows*, without counters and times."""
    document: _Row = {"ipif_world": VERSION, "profile": profile, "elevated": elevated}
    for section in SECTIONS:
        left_out = _LEFT_OUT[section]
        document[section] = [
            {name: value for name, value in to_json(row).items() if name not in left_out}
            for row in rows[section]
        ]
    return document


# ---- files


def read(path: str | os.PathLike[str], what: str = "world file", advice: str = _ADVICE) -> Any:
    """Return the JSON document in the file *path*; what it says is not checked yet.

    Raises :class:`ipif.ValidationError` for what is no JSON, or more than 64 MiB of it, and
    ``OSError`` when the file cannot be read.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except ValueError as error:
        raise ValidationError([Problem(what, name, str(error), "correct it")]) from None
    if len(data) > _LARGEST_FILE:
        rule = f"larger than {_LARGEST_FILE} bytes"
        raise ValidationError([Problem(what, name, rule, advice)])
    try:
        return json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except RecursionError:
        rule = "nested too deeply"
    except ValueError as error:  # no UTF-8, no JSON, a number of thousands of digits, or our hooks
        rule = str(error)
    raise ValidationError([Problem(what, name, rule, advice)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the dict of *pairs*; ``ValueError`` when a member is there twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"an object has the member {name[:100]!r} twice")
            seen.add(name)
    return members


def _refuse_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(f"{name} is no JSON")


_bundled: bytes | None = None


def bundled() -> bytes:
    """Return the packed world that comes with the package."""
    global _bundled
    if _bundled is None:
        _bundled = pack(read(os.path.join(os.path.dirname(__file__), "bundled_world.json")))
    return _bundled


def load_first() -> None:
    """Give the simulation the bundled world, unless it has one."""
    status = _backend.control().load_first(bundled())
    if status:
        raise RuntimeError(f"the simulation refuses the bundled world: {status}")
