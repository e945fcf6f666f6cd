"""Snapshots without what identifies a computer and its place: ``ipif snapshot --anonymous``.

Hardware addresses, GUIDs, descriptions, public IP addresses and the interface identifiers of IPv6
addresses are replaced, the same one always by the same. Replacements are numbered in the order of
the document, so nobody can compute what they stand for.

Routing stays as it is. Public networks move into ranges for benchmarks and documentation, and the
tree that they form moves with them: what was inside a network is inside its replacement, and
nothing else is. Networks of up to 256 IPv4 addresses, or of one IPv6 link, move as a whole. Larger
ones are filled anew, and shrink where the ranges are too small. A prefix that contains a range
which stays, such as 0.0.0.0/0 or the 128.0.0.0/1 of a VPN, stays; the public networks inside it
move into a range that is inside it, too, as long as there is room (203.0.0.0/8 has only 256
addresses for that).
"""

from __future__ import annotations

import ipaddress
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
    Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# Ranges that stay, because they identify nobody. Public networks move into the first ones, those
# for benchmarks and documentation; or, inside a prefix that stays and has none of them, into one of
# the next, for local use.
_FOR_EXAMPLES: dict[int, tuple[str, ...]] = {
    4: ("198.18.0.0/15", "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"),
    6: ("2001:db8::/32", "3fff::/20"),
}
_LOCAL: dict[int, tuple[str, ...]] = {
    4: (
        *("100.64.0.0/10", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        *("169.254.0.0/16", "240.0.0.0/4", "0.0.0.0/8"),
    ),
    6: ("64:ff9b:1::/48", "fd00::/8", "fec0::/10"),
}
_OTHERS: dict[int, tuple[str, ...]] = {
    4: ("127.0.0.0/8", "192.0.0.0/24", "224.0.0.0/4"),
    6: ("::/128", "::1/128", "fc00::/8", "fe80::/10", "ff00::/8"),
}

# A network with so few bits behind its prefix moves as a whole.
_WHOLE = {4: 8, 6: 64}
# A larger one shrinks to one with so many bits, if it can.
_LARGEST = {4: 16, 6: 88}

_HALF = 64  # bits of an interface identifier
_IDENTIFIER = (1 << _HALF) - 1
_SMALL = 16  # bits of an interface identifier that somebody has written by hand
_GUID = re.compile(r"[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}", re.IGNORECASE)
_NO_GUID = "00000000-0000-0000-0000-000000000000"


def anonymous(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return *snapshot*, a document of :func:`ipif.snapshot`, without what identifies anybody."""
    return Replacements(snapshot).document()


class Replacements:
    """What replaces what in one snapshot."""

    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        self._snapshot = snapshot
        adapters = snapshot["adapters"]
        addresses, prefixes = _mentioned(snapshot)
        self._networks = {version: _Networks(version, addresses, prefixes) for version in (4, 6)}
        hardware = [row.get(name, "") for row in adapters for name in _HARDWARE]
        self._hardware = _Hardware(
            {*map(_bytes, hardware), *filter(None, map(_hardware_in, addresses))}
        )
        self._identifiers = _Identifiers(self._hardware, addresses, prefixes)
        self._guids = _Numbered(
            (text.upper() for text in _GUID.findall(str(snapshot))),
            lambda number: f"00000000-0000-4000-8000-{number:012X}",
        )
        self._descriptions = _Numbered(
            (row.get("Description", "") for row in adapters), lambda number: f"Adapter {number}"
        )

    def document(self) -> dict[str, Any]:
        """Return the snapshot with the replacements."""
        document = {**self._snapshot}
        document.pop("about", None)
        document["adapters"] = [self._adapter(row) for row in document["adapters"]]
        document["interfaces"] = [self._interface(row) for row in document["interfaces"]]
        document["routes"] = [self._route(row) for row in document["routes"]]
        document["addresses"] = [self._address(row) for row in document["addresses"]]
        return document

    def address(self, address: Address) -> Address:
        """Return what replaces an IP address."""
        moved = self._networks[address.version].address(address)
        if isinstance(moved, ipaddress.IPv6Address):
            public = self._networks[6].is_public(ipaddress.IPv6Network(int(address)))
            identifier = self._identifiers.replaced(int(address), 128, public=public)
            text = str(ipaddress.IPv6Address(int(moved) & ~_IDENTIFIER | identifier))
            scope = getattr(address, "scope_id", None)
            return ipaddress.IPv6Address(text if scope is None else f"{text}%{scope}")
        return moved

    def prefix(self, prefix: Network) -> Network:
        """Return what replaces a prefix."""
        networks = self._networks[prefix.version]
        moved = networks.prefix(prefix)
        if moved.prefixlen <= _HALF or moved.version == 4:
            return moved
        identifier = self._identifiers.replaced(
            int(prefix.network_address), prefix.prefixlen, public=networks.is_public(prefix)
        )
        first = int(moved.network_address) & ~_IDENTIFIER | identifier
        return ipaddress.IPv6Network((first, prefix.prefixlen))

    def hardware(self, text: str) -> str:
        """Return what replaces a hardware address."""
        return self._hardware.replaced(_bytes(text)).hex("-").upper()

    def guids(self, text: str) -> str:
        """Return *text* with all GUIDs in it replaced."""

        def replaced(found: re.Match[str]) -> str:
            guid = found[0].upper()
            return guid if guid == _NO_GUID else self._guids.replaced(guid)

        return _GUID.sub(replaced, text)

    def _adapter(self, row: Mapping[str, Any]) -> dict[str, Any]:
        found = {**row}
        for name in _HARDWARE:
            if name in found:
                found[name] = self.hardware(found[name])
        for name in ("InterfaceGuid", "NetworkGuid", "Alias"):  # ISATAP has a GUID in its alias
            if name in found:
                found[name] = self.guids(found[name])
        if found.get("Description"):
            found["Description"] = self._descriptions.replaced(found["Description"])
        return found

    def _interface(self, row: Mapping[str, Any]) -> dict[str, Any]:
        found = {**row}
        if "InterfaceIdentifier" in found:
            found["InterfaceIdentifier"] = 0
        return found

    def _route(self, row: Mapping[str, Any]) -> dict[str, Any]:
        found = {**row}
        found["DestinationPrefix"] = str(
            self.prefix(ipaddress.ip_network(row["DestinationPrefix"]))
        )
        if "NextHop" in found:
            found["NextHop"] = str(self.address(ipaddress.ip_address(row["NextHop"])))
        return found

    def _address(self, row: Mapping[str, Any]) -> dict[str, Any]:
        found = {**row}
        found["Address"] = str(self.address(ipaddress.ip_address(row["Address"])))
        if "OnLinkPrefixLength" in found:
            found["OnLinkPrefixLength"] = self.prefix(_on_link(row)).prefixlen
        return found


_HARDWARE = ("PhysicalAddress", "PermanentPhysicalAddress")


def _mentioned(snapshot: Mapping[str, Any]) -> tuple[list[Address], list[Network]]:
    """Return the addresses and prefixes in *snapshot*; a prefix of one address is one, too."""
    routes, addresses = snapshot["routes"], snapshot["addresses"]
    prefixes = [ipaddress.ip_network(row["DestinationPrefix"]) for row in routes]
    prefixes += [_on_link(row) for row in addresses if "OnLinkPrefixLength" in row]
    texts = [row["NextHop"] for row in routes if "NextHop" in row]
    texts += [row["Address"] for row in addresses]
    found = [ipaddress.ip_address(text) for text in texts]
    found += [one.network_address for one in prefixes if one.num_addresses == 1]
    return found, prefixes


def _on_link(row: Mapping[str, Any]) -> Network:
    """Return the prefix of an address that is on the link."""
    address = ipaddress.ip_address(row["Address"])
    return _network(address.version, int(address), row["OnLinkPrefixLength"])


def _network(version: int, first: int, length: int) -> Network:
    """Return the network of *length* that includes the address with the number *first*."""
    if version == 4:
        return ipaddress.IPv4Network((first, length), strict=False)
    return ipaddress.IPv6Network((first, length), strict=False)


# ---- networks


class _Node:
    """A public network, and those inside it."""

    def __init__(self, first: int, bits: int) -> None:
        self.first = first
        self.bits = bits  # behind its prefix
        self.inner: list[_Node] = []
        self.new_first = 0
        self.new_bits = 0

    def includes(self, other: _Node) -> bool:
        return self.bits > other.bits and other.first >> self.bits == self.first >> self.bits


class _Networks:
    """Where the public networks of one version of IP move."""

    def __init__(
        self, version: int, addresses: Iterable[Address], prefixes: Iterable[Network]
    ) -> None:
        self._version = version
        self._all_bits = 32 if version == 4 else 128
        self._everything = self._network(0, self._all_bits)
        for_examples = [ipaddress.ip_network(text) for text in _FOR_EXAMPLES[version]]
        local = [ipaddress.ip_network(text) for text in _LOCAL[version]]
        others = [ipaddress.ip_network(text) for text in _OTHERS[version]]
        self._ranges = [*for_examples, *local, *others]
        hosts = [self._network(int(one), 0) for one in addresses if one.version == version]
        known = dict.fromkeys((*(one for one in prefixes if one.version == version), *hosts))
        public = [one for one in known if self.is_public(one)]
        staying = [one for one in known if not self.is_public(one)]
        mixed = [one for one in staying if not any(map(one.subnet_of, self._ranges))]  # type: ignore[arg-type]
        # A public network moves into the smallest of these that it is in.
        self._homes = dict.fromkeys((*mixed, self._everything))
        self._nodes: dict[tuple[int, int], _Node] = {}
        self._whole = 0
        self._free: dict[Network, list[tuple[int, int]]] = {}
        sizes = [(_WHOLE[version], one) for one in range(_LARGEST[version], _WHOLE[version], -1)]
        sizes += [(one, one) for one in range(_WHOLE[version], -1, -1)]
        for targets in (for_examples, self._ranges[: len(for_examples) + len(local)]):
            free = {}
            for home in self._homes:
                inside = [one for one in targets if self._home(one) == home]
                if not inside:
                    inside = [one for one in local if self._home(one) == home]
                free[home] = [part for one in inside for part in _parts(one, staying)]
            for strict in (True, False):
                for whole, largest in sizes:
                    if self._place(public, whole, largest, free, strict=strict):
                        return
        raise ValueError("there are more public networks than can be replaced")

    def is_public(self, prefix: Network) -> bool:
        """Return whether *prefix* has nothing in common with a range that stays."""
        return not any(map(prefix.overlaps, self._ranges))

    def _network(self, first: int, bits: int) -> Network:
        return _network(self._version, first, self._all_bits - bits)

    def address(self, address: Address) -> Address:
        """Return what replaces *address*, also one that the snapshot does not have."""
        host = self._network(int(address), 0)
        return self.prefix(host).network_address if self.is_public(host) else address

    def prefix(self, prefix: Network) -> Network:
        """Return what replaces *prefix*."""
        if not self.is_public(prefix):
            return prefix
        first, bits = int(prefix.network_address), self._all_bits - prefix.prefixlen
        for size in range(bits, self._all_bits):
            node = self._nodes.get((first >> size << size, size))
            if node is None:
                continue
            if size == bits:
                return self._network(node.new_first, node.new_bits)
            if size <= self._whole:
                return self._network(node.new_first | (first - node.first), bits)
            # Unknown in a larger network: its last address, where no network has moved.
            return self._network(node.new_first + (1 << node.new_bits) - 1, 0)
        free = next(filter(None, map(self._free.__getitem__, self._homes_of(prefix))))
        return self._network(free[-1][1] - 1, 0)

    def _home(self, prefix: Network) -> Network:
        """Return the smallest prefix that stays, contains others, and includes *prefix*."""
        return max(
            (one for one in self._homes if prefix.subnet_of(one)),  # type: ignore[arg-type]
            key=lambda one: one.prefixlen,
        )

    def _homes_of(self, prefix: Network) -> dict[Network, None]:
        """Return the prefixes that *prefix* may move into: its own, then others if that is full."""
        return dict.fromkeys((self._home(prefix), self._everything, *self._homes))

    # ---- placing

    def _place(
        self,
        public: list[Network],
        whole: int,
        largest: int,
        free: Mapping[Network, list[tuple[int, int]]],
        *,
        strict: bool,
    ) -> bool:
        """Choose where every network moves; return whether there is room for all.

        Networks with up to *whole* bits move as a whole; larger ones shrink to *largest* bits. With
        *strict*, none may leave its home, unless that has no room for any network.
        """
        self._whole = whole
        self._free = {home: list(parts) for home, parts in free.items()}
        self._nodes = {}
        for one in public:
            first, bits = int(one.network_address), self._all_bits - one.prefixlen
            self._nodes.setdefault((first, bits), _Node(first, bits))
            if bits < whole:  # it moves with its neighbours
                first = first >> whole << whole
                self._nodes.setdefault((first, whole), _Node(first, whole))
        outer: list[_Node] = []
        path: list[_Node] = []
        for node in sorted(self._nodes.values(), key=lambda node: (node.first, -node.bits)):
            while path and not path[-1].includes(node):
                path.pop()
            (path[-1].inner if path else outer).append(node)
            path.append(node)
        for node in outer:
            self._shrink(node, largest)
        order = {node: number for number, node in enumerate(self._nodes.values())}
        for node in sorted(outer, key=lambda node: (-node.new_bits, order[node])):
            homes = [*self._homes_of(self._network(node.first, node.bits))]
            for home in homes[:1] if strict and free[homes[0]] else homes:
                new_first = _take(self._free[home], node.new_bits)
                if new_first is not None:
                    self._move(node, new_first, order)
                    break
            else:
                return False
        # What is left is for addresses that the snapshot does not have.
        left = [self._free[home] for home in self._homes if free[home]]
        return all(left) if strict else any(left)

    def _shrink(self, node: _Node, largest: int) -> None:
        """Choose the sizes of *node* and of all inside it."""
        for one in node.inner:
            self._shrink(one, largest)
        if node.bits <= self._whole:
            node.new_bits = node.bits
        else:
            needed = sum(1 << one.new_bits for one in node.inner)
            node.new_bits = min(node.bits, max(largest, needed.bit_length()))

    def _move(self, node: _Node, first: int, order: Mapping[_Node, int]) -> None:
        """Give *node* its new place, and one to each inside it."""
        node.new_first = first
        if node.bits <= self._whole:
            for one in node.inner:
                self._move(one, first | (one.first - node.first), order)
            return
        for one in sorted(node.inner, key=lambda one: (-one.new_bits, order[one])):
            self._move(one, first, order)
            first += 1 << one.new_bits


def _parts(target: Network, staying: Iterable[Network]) -> list[tuple[int, int]]:
    """Return the parts of *target*, first and end, that have no network in *staying*."""
    found = []
    start, end = _span(target)
    for first, stop in sorted(_span(one) for one in staying if one.subnet_of(target)):  # type: ignore[arg-type]
        if start < first:
            found.append((start, first))
        start = max(start, stop)
    if start < end:
        found.append((start, end))
    return found


def _span(network: Network) -> tuple[int, int]:
    """Return the number of the first address of *network*, and the one behind its last."""
    return int(network.network_address), int(network.broadcast_address) + 1


def _take(free: list[tuple[int, int]], bits: int) -> int | None:
    """Take a network with *bits* behind its prefix out of *free*, ``None`` if there is none."""
    size = 1 << bits
    for place, (start, end) in enumerate(free):
        first = -(-start // size) * size
        if first + size <= end:
            parts = ((start, first), (first + size, end))
            free[place : place + 1] = [part for part in parts if part[0] < part[1]]
            return first
    return None


# ---- hardware addresses and interface identifiers


class _Hardware:
    """What replaces hardware addresses, those of neighbours too."""

    def __init__(self, known: Iterable[bytes]) -> None:
        self._known = set(known)
        self._number = 0
        self._new: dict[bytes, bytes] = {}

    def replaced(self, address: bytes) -> bytes:
        """Return what replaces *address*, one of the same length."""
        if not any(address):
            return address
        if len(address) < 4:  # too short for a number of its own
            return bytes(len(address))
        while address not in self._new:
            self._number += 1
            # Administered locally: it is no manufacturer's.
            found = b"\x02" + self._number.to_bytes(len(address) - 1, "big")
            if found not in self._known:
                self._new[address] = found
        return self._new[address]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def _hardware_in(address: Address) -> bytes | None:
    """Return the hardware address that the identifier of an IPv6 address is made from (EUI-64)."""
    return None if address.version == 4 else _from_eui_64(int(address) & _IDENTIFIER)


def _from_eui_64(identifier: int) -> bytes | None:
    packed = identifier.to_bytes(8, "big")
    if packed[3:5] != b"\xff\xfe":
        return None
    return bytes([packed[0] ^ 2]) + packed[1:3] + packed[5:]


def _to_eui_64(address: bytes) -> int:
    packed = bytes([address[0] ^ 2]) + address[1:3] + b"\xff\xfe" + address[3:]
    return int.from_bytes(packed, "big")


class _Identifiers:
    """What replaces the last 64 bits of IPv6 addresses.

    Where the snapshot has prefixes that are longer than 64 bits, these split the identifiers of
    their link into parts, which are replaced one by one: a prefix still has its addresses.
    """

    def __init__(
        self, hardware: _Hardware, addresses: Iterable[Address], prefixes: Iterable[Network]
    ) -> None:
        self._hardware = hardware
        self._known = {int(one) & _IDENTIFIER for one in addresses if one.version == 6}
        # By link: number and length of each prefix.
        self._prefixes: dict[int, set[tuple[int, int]]] = {}
        for one in prefixes:
            if one.version == 6 and _HALF < one.prefixlen < 128:
                first = int(one.network_address)
                link = self._prefixes.setdefault(first >> _HALF, set())
                link.add((first & _IDENTIFIER, one.prefixlen))
        self._new: dict[tuple[int, int, int, int], int] = {}
        self._next: dict[tuple[int, int, int], int] = {}

    def replaced(self, number: int, length: int, *, public: bool) -> int:
        """Return what replaces the identifier in an address, or in a prefix of *length*."""
        identifier = number & _IDENTIFIER
        ends = self._ends(number >> _HALF, identifier, length)
        hardware = _from_eui_64(identifier) if length == 128 and len(ends) == 1 else None
        if hardware is not None:
            return _to_eui_64(self._hardware.replaced(hardware))
        small = _SMALL if public else 2 * _SMALL  # more of a public one could be an IPv4 address
        if identifier >> small == 0:
            return identifier
        new, done = 0, _HALF
        for end in ends:
            part = identifier >> (128 - end) & ((1 << (end - done)) - 1)
            before = identifier >> (128 - done)
            new = new << (end - done) | self._part(before, part, end - done, small)
            done = end
        return new << (128 - length)

    def _ends(self, link: int, identifier: int, length: int) -> list[int]:
        """Return where the parts of *identifier* end, the last one at *length*."""
        ends = []
        done = _HALF
        for first, end in sorted(self._prefixes.get(link, ()), key=lambda one: one[1]):
            if done < end < length and (first ^ identifier) >> (128 - done) == 0:
                ends.append(end)
                done = end
        return [*ends, length]

    def _part(self, before: int, part: int, bits: int, small: int) -> int:
        """Return what replaces *part*, of *bits*, behind the bits *before*.

        A small one stays, unless the part has no room for a large one: then it gets a number, too.
        """
        narrow = bits <= small
        if part == 0 or (not narrow and part >> small == 0):
            return part
        key = (before, part, bits, small)
        if key not in self._new:
            first = 1 if narrow else 1 << max(small, bits - _SMALL)
            found = self._next.get((before, bits, small), first)
            while not narrow and found in self._known:
                found += 1
            self._new[key] = found
            self._next[before, bits, small] = found + 1
        return self._new[key]


# ---- texts


class _Numbered:
    """What replaces texts: each has a number of its own."""

    def __init__(self, known: Iterable[str], make: Callable[[int], str]) -> None:
        self._known = set(known)
        self._make = make
        self._number = 0
        self._new: dict[str, str] = {}

    def replaced(self, text: str) -> str:
        """Return what replaces *text*."""
        while text not in self._new:
            self._number += 1
            found = self._make(self._number)
            if found not in self._known:
                self._new[text] = found
        return self._new[text]
