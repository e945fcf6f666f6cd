"""Calls of every function of the raw API and of the extension that succeed, and that fail."""

from __future__ import annotations

import socket
import uuid

import ipif
from support.machine import control, native

V4 = int(socket.AF_INET)
ETHERNET, LUID = 13, 1689399632855040
KEYS = {"Family": V4, "InterfaceIndex": ETHERNET}
GUID = uuid.UUID("0000000d-1111-4222-8333-0123456789ab")
NOBODY_GUID = uuid.UUID(int=1)


class Raising:
    def __index__(self):
        raise RuntimeError("no")


# Arguments of calls that succeed and of calls that fail, for each function of the raw API.
CALLS = {
    "initialize_ip_interface_entry": [((), {}), ((1,), {})],
    "get_ip_interface_entry": [
        ((V4,), {"index": ETHERNET}),
        ((V4,), {"luid": 1}),
        ((V4,), {"index": 19}),
        ((V4,), {"index": Raising()}),
        ((V4,), {"index": 2**70}),
        ((V4,), {"inbex": 1}),
        (("ipv4",), {}),
    ],
    "get_ip_interface_table": [((), {}), ((V4,), {}), ((99,), {})],
    "set_ip_interface_entry": [
        (({**KEYS, "NlMtu": 1400, "ZoneIndices": [5000] * 16},), {}),
        (({**KEYS, "NlMtu": 100},), {}),
        (({**KEYS, "NlMtu": Raising()},), {}),
        (({**KEYS, "NlMtu": "1400"},), {}),
        (({**KEYS, "NlMtu": -1},), {}),
        (({**KEYS, "NlMTU": 1},), {}),
        (({**KEYS, 5000: 1},), {}),
        (({**KEYS, "ZoneIndices": [5000] * 15 + [-1]},), {}),
        (({**KEYS, "ZoneIndices": [5000] * 15},), {}),
        (({**KEYS, "InterfaceIndex": 4242},), {}),
        (({},), {}),
        ((None,), {}),
    ],
    "update_ip_interface_entry": [
        ((V4, {"NlMtu": 1400, "Metric": 9, "UseAutomaticMetric": False}), {"index": ETHERNET}),
        ((V4, {"NlMtu": 100}), {"luid": LUID}),
        ((V4, {"Connected": True}), {"index": ETHERNET}),
        ((V4, {"NlMtu": 1400}), {"index": 4242}),
        ((V4, {"NlMtu": None}), {"index": ETHERNET}),
        ((V4, ()), {"index": ETHERNET}),
    ],
    "get_if_entry2": [((), {"index": ETHERNET}), ((), {"luid": 1}), ((), {})],
    "get_if_table2": [((), {}), ((2,), {}), ((3,), {}), ((2**70,), {})],
    "get_unicast_ip_address_table": [((), {}), ((V4,), {}), ((99,), {})],
    "get_ip_forward_table2": [((), {}), ((V4,), {}), ((99,), {})],
    "get_best_route": [(("8.8.8.8",), {}), (("8.8.8.8", "::1"), {}), (("dns.example",), {})],
    "get_best_route2": [
        (("8.8.8.8",), {}),
        (("2001:db8::1",), {}),
        (("fe80::1%13",), {}),
        (("fe80::1%eth0",), {}),
        (("fe80::1%" + "9" * 30,), {}),
        (("8.8.8.8",), {"source": "::1"}),
        (("8.8.8.8",), {"index": 4242}),
        ((5000,), {}),
    ],
    "notify_ip_interface_change": [((), {}), ((99,), {}), ((), {"capacity": 0})],
    "notify_unicast_ip_address_change": [((), {}), ((99,), {}), ((), {"capacity": 0})],
    "notify_route_change2": [((), {}), ((99,), {}), ((), {"capacity": 0})],
    "get_current_thread_compartment_id": [((), {})],
    "set_current_thread_compartment_id": [((1,), {}), ((99,), {}), ((-1,), {})],
    "convert_interface_index_to_luid": [((ETHERNET,), {}), ((4242,), {}), ((-1,), {})],
    "convert_interface_luid_to_index": [((LUID,), {}), ((4242,), {}), ((-1,), {})],
    "convert_interface_alias_to_luid": [(("Ethernet",), {}), (("?",), {}), (("x" * 300,), {})],
    "convert_interface_luid_to_alias": [((LUID,), {}), ((4242,), {}), ((-1,), {})],
    "convert_interface_guid_to_luid": [((GUID,), {}), ((NOBODY_GUID,), {}), (("{}",), {})],
    "convert_interface_luid_to_guid": [((LUID,), {}), ((4242,), {}), ((-1,), {})],
    "convert_interface_luid_to_name": [((LUID,), {}), ((4242,), {}), ((-1,), {})],
}
# What else the native module offers the package.
NATIVE_CALLS = {
    "fields": [((), {}), ((1,), {})],
    "enums": [((), {})],
    "set_valid_row": [
        (({**KEYS, "NlMtu": 1400, "ZoneIndices": (5000,) * 16},), {}),
        (({**KEYS, "NlMtu": 5000**9},), {}),
        (({**KEYS, "InterfaceIndex": 5000},), {}),
        (({**KEYS, "NlMTU": 1400},), {}),
        ((KEYS.keys(),), {}),
    ],
    "exchange_ip_interface_entry": [
        ((V4, {"NlMtu": 1400, "ZoneIndices": [5000] * 16}), {"index": ETHERNET}),
        ((V4, {"NlMtu": 100}), {"luid": LUID}),
        ((V4, {"Connected": True}), {"index": ETHERNET}),
        ((V4, {"NlMtu": 1400}), {"index": 4242}),
        ((V4, ()), {"index": ETHERNET}),
    ],
    "exchange_new": [
        (([(V4, LUID, {"NlMtu": 1400}, {"ZoneIndices": [5000] * 16}, True, False)], True), {}),
        (([(V4, LUID, None, None, b"", False)], True), {}),
        (([(V4, LUID, {"NlMTU": 1}, None, None, False)], True), {}),
        (([(V4, LUID)], True), {}),
        ((5000, True), {}),
    ],
    "until_done": [((list,), {}), ((None,), {})],
    "pack_interface_row": [
        (({**KEYS, "NlMtu": 1400, "ZoneIndices": [5000] * 16},), {}),
        (({**KEYS, "NlMTU": 1400},), {}),
        ((None,), {}),
    ],
    "get_best_route": [
        ((b"\x08" * 4,), {}),
        ((b"\x08" * 4, bytes(16)), {}),
        ((bytes(16),), {}),
        ((b"",), {}),
        (("8.8.8.8",), {}),
    ],
    "get_best_route2": [
        ((b"\x08" * 4,), {}),
        ((b"\xfe\x80" + bytes(14),), {"destination_scope": 13}),
        ((b"\x08" * 4,), {"destination_scope": 2**32}),
        ((b"\x08" * 4,), {"source_scope": -1}),
        ((b"\x08" * 4,), {"source": bytes(5)}),
    ],
    "convert_interface_guid_to_luid": [
        ((GUID.bytes_le,), {}),
        ((NOBODY_GUID.bytes_le,), {}),
        ((b"",), {}),
        ((GUID,), {}),
    ],
    "unpack": [
        (("MIB_IF_ROW2", bytes(range(1, 14)) * 104), {}),
        (("MIB_IPFORWARD_ROW2", bytes(12) + b"\2" + bytes(91)), {}),
        (("MIB_IPFORWARD_ROW2", bytes(12) + b"\2" + bytes(27) + b"\x80" + bytes(63)), {}),
        (("MIB_IF_ROW2", b""), {}),
    ],
}
# What takes an exchange, which runs once.
OF_AN_EXCHANGE = ("exchange_run", "exchange_result", "exchange_error")


def exchange_and_read():
    """Change two rows, the second one in vain, and read all results."""
    requests = [
        (V4, LUID, {"NlMtu": 1400, "Metric": 9}, {"ForwardingEnabled": False}, True, False),
        (V4, 4242, {"NlMtu": 1400}, None, None, False),
    ]
    exchange = native.exchange_new(requests, True)
    for _ in range(2):
        try:
            native.exchange_run(exchange, True)
        except ValueError:  # it has run
            native.exchange_result(exchange, 0)
            native.exchange_result(exchange, 1)
    for number in (0, 1, 2):
        try:
            native.exchange_error(exchange, number)
        except (ipif.Error, IndexError):
            continue


def finish_in_the_end():
    """Call functions that raise once, raise always, and return an exception."""
    attempts = iter([ValueError(5000), None])

    def once():
        error = next(attempts)
        if error is not None:
            raise error

    def always():
        raise ValueError(5000)

    for function in (once, always, lambda: ValueError(5000)):
        try:
            native.until_done(function)()
        except ValueError:
            continue


WATCH_KINDS = {
    0: "NotifyIpInterfaceChange",
    1: "NotifyUnicastIpAddressChange",
    2: "NotifyRouteChange2",
}
# Arguments of watch_open that are refused.
BAD_WATCHES = [
    (),
    (0,) * 6,
    (-1, 0, 0, False, 1),
    (3, 0, 0, False, 1),
    ("0", 0, 0, False, 1),
    (0, 99, 0, False, 1),
    (0, 0, -1, False, 1),
    (0, 0, 2**64, False, 1),
    (0, 0, "Ethernet", False, 1),
    (0, 0, 0, 1, 1),
    (0, 0, 0, False, 0),
    (0, 0, 0, False, Raising()),
]


def watch_and_read(kind):
    """Open a watch of this kind, read an event and the state, and close it."""
    ipif.simulation.reset()
    handle = native.watch_open(kind, 0, LUID, True, 3)
    ipif.simulation.unbind("Ethernet", "ipv4")
    assert control().settle(30_000) == 0
    assert native.watch_wait(handle, 30.0)
    assert native.watch_get(handle, 0.0)[:4] == (2, V4, LUID, ETHERNET)
    while native.watch_get(handle, 0.0) is not None:
        pass
    assert native.watch_initial(handle)
    assert native.watch_dropped(handle) == 0
    native.watch_close(handle)
