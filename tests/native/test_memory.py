"""No function leaks, whether it succeeds or fails, and none crashes when memory runs out."""

import gc
import importlib.util
import socket
import sys
import uuid

import pytest
from support.fresh import MACHINE, run
from support.machine import control, native

import ipif
from ipif import netioapi

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


EVERY_CALL = [
    pytest.param(getattr(module, name), arguments, id=f"{name}-{number}")
    for module, table in ((netioapi, CALLS), (native, NATIVE_CALLS))
    for name, calls in table.items()
    for number, arguments in enumerate(calls)
]


def test_calls_tested_functions_are_all_of_netioapi():
    assert set(CALLS) == {name for name, value in vars(netioapi).items() if callable(value)}
    watches = {name for name in vars(native) if name.startswith("watch_")}
    functions = {name for name, value in vars(native).items() if callable(value)}
    functions -= {name for name in functions if name.startswith("__")}
    assert functions - watches <= {*CALLS, *NATIVE_CALLS, *OF_AN_EXCHANGE}


def held_objects(*arguments):
    """Return what a call may take a reference of: its arguments, and what the module holds."""
    module = native
    held = [module, *gc.get_referents(module), ipif.Error, ipif.Luid, *arguments]
    for value in list(held):
        if isinstance(value, dict) and value is not vars(module):
            held += [*value.keys(), *value.values()]
    held += [field.name for fields in netioapi.FIELDS.values() for field in fields]
    # From 3.12 on some objects are immortal: CPython does not count their references, but code for
    # the stable ABI of 3.11 does, so their number means nothing.
    return [value for value in held if sys.getrefcount(value) < 2**30]


def grew(measure, call):
    """Return by how much *measure* grew in each round of calls, if it did so in every round.

    The first rounds may: caches fill, code is specialised. A leak grows for ever.
    """
    rounds, calls = 12, 30
    growth = []
    gc.freeze()  # the hundreds of thousands of objects of the test run need not be looked at
    gc.collect()
    try:
        before = measure()
        for _ in range(rounds):
            for _ in range(calls):
                call()
            gc.collect()
            after = measure()
            growth.append(after - before)
            if growth[-1] < calls:
                return None
            before = after
    finally:
        gc.unfreeze()
    return growth


@pytest.mark.parametrize(("function", "arguments"), EVERY_CALL)
def test_call_again_and_again_keeps_nothing(function, arguments):
    positional, named = arguments
    held = held_objects(*positional, *named.values())

    def call():
        try:
            result = function(*positional, **named)
        except (TypeError, ValueError, OverflowError, OSError):
            return
        if hasattr(result, "close"):
            result.close()

    def blocks_and_references():
        return sys.getallocatedblocks() + sum(map(sys.getrefcount, held))

    assert grew(blocks_and_references, call) is None


@pytest.mark.parametrize("work", [exchange_and_read, finish_in_the_end])
def test_call_of_several_again_and_again_keeps_nothing(work):
    held = held_objects()

    def blocks_and_references():
        return sys.getallocatedblocks() + sum(map(sys.getrefcount, held))

    assert grew(blocks_and_references, work) is None


def test_call_windows_refuses_again_and_again_keeps_nothing():
    def call():
        ipif.simulation.fail("SetIpInterfaceEntry", 5)
        with pytest.raises(ipif.AccessDenied):
            netioapi.set_ip_interface_entry(KEYS)

    assert grew(sys.getallocatedblocks, call) is None


def test_instruments_a_leak_is_seen():
    kept = []
    assert grew(sys.getallocatedblocks, lambda: kept.append(object()))
    reference = object()
    assert grew(lambda: sys.getrefcount(reference), lambda: kept.append(reference))
    assert grew(sys.getallocatedblocks, lambda: [object()]) is None


# ---- when memory runs out

without_memory = pytest.mark.skipif(
    importlib.util.find_spec("_testcapi") is None
    or not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="needs _testcapi, which makes allocations fail, and only with a GIL",
)

OUT_OF_MEMORY = """
import _testcapi
from socket import AF_INET as V4
from uuid import UUID

KEYS = {"Family": int(V4), "InterfaceIndex": 13}
GUID = UUID("0000000d-1111-4222-8333-0123456789ab")

def call():
    return netioapi.CALL

def attempt(number):
    # Let the allocation with this number fail, and no other.
    _testcapi.set_nomemory(number - 1, number)
    try:
        return call()
    except MemoryError:
        return MemoryError
    except ipif.Error as error:
        return error
    except SystemError as error:
        # CPython itself loses the exception when it cannot make the frame for a traceback. The
        # text then names a function of Python; one of ours would be a built-in function.
        assert "built-in" not in str(error), error
        return MemoryError
    finally:
        _testcapi.remove_mem_hooks()

def shown(result):
    return (type(result), str(result))

try:
    expected = call()
except ipif.Error as error:
    expected = error
after = control.dump()
ipif.simulation.reset()
before = control.dump()
failures = successes = number = 0
while successes < 20:
    number += 1
    assert number < 5000
    set_calls = control.calls("SetIpInterfaceEntry")
    result = attempt(number)
    assert control.live_tables() == 0, number
    if result is MemoryError:
        failures += 1
        successes = 0
        if control.calls("SetIpInterfaceEntry") == set_calls:
            assert control.dump() == before, number
        assert control.dump() in (before, after), number
    else:
        successes += 1
        assert shown(result) == shown(expected), number
        assert control.dump() == after, number
    ipif.simulation.reset()
print(failures)
"""


@without_memory
@pytest.mark.parametrize(
    ("call", "fewest"),
    [
        ("get_ip_interface_entry(V4, index=13)", 0),
        ("get_ip_interface_entry(V4, index=19)", 5),
        ("get_ip_interface_table()", 30),
        ("set_ip_interface_entry({**KEYS, 'NlMtu': 1400, 'ZoneIndices': [5000] * 16})", 10),
        ("set_ip_interface_entry({**KEYS, 'NlMtu': 100})", 5),
        ("update_ip_interface_entry(V4, {'NlMtu': 1400}, index=13)", 0),
        ("update_ip_interface_entry(V4, {'NlMtu': 100}, index=13)", 5),
        ("native.exchange_ip_interface_entry(V4, {'NlMtu': 1400}, index=13)", 0),
        ("native.exchange_ip_interface_entry(V4, {'NlMtu': 100}, index=13)", 5),
        ("get_if_entry2(index=13)", 8),
        ("get_if_table2()", 100),
        ("get_unicast_ip_address_table()", 20),
        ("get_ip_forward_table2()", 20),
        ("get_best_route2('2001:db8::1')", 10),
        ("convert_interface_guid_to_luid(GUID)", 1),
        ("convert_interface_alias_to_luid('?')", 5),
    ],
)
def test_memory_runs_out_at_each_allocation_is_a_memory_error(call, fewest):
    done = run(MACHINE + OUT_OF_MEMORY.replace("CALL", call))
    assert int(done.stdout) >= fewest


# ---- watches

KINDS = {
    0: "NotifyIpInterfaceChange",
    1: "NotifyUnicastIpAddressChange",
    2: "NotifyRouteChange2",
}


@pytest.mark.parametrize("kind", KINDS)
def test_watch_opened_read_and_closed_again_and_again_keeps_nothing(kind):
    def call():
        ipif.simulation.reset()
        handle = native.watch_open(kind, 0, LUID, True, 3)
        ipif.simulation.unbind("Ethernet", "ipv4")
        assert control().settle(30_000) == 0
        assert native.watch_get(handle, 0.0)[:4] == (2, V4, LUID, ETHERNET)
        native.watch_close(handle)

    held = held_objects()

    def blocks_and_references():
        return sys.getallocatedblocks() + sum(map(sys.getrefcount, held))

    assert grew(blocks_and_references, call) is None


@pytest.mark.parametrize(
    "arguments",
    [
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
    ],
)
def test_watch_of_bad_arguments_is_refused_and_keeps_nothing(arguments):
    before = control().calls("NotifyIpInterfaceChange")

    def call():
        with pytest.raises((TypeError, ValueError, OverflowError)):
            native.watch_open(*arguments)

    assert grew(sys.getallocatedblocks, call) is None
    assert control().calls("NotifyIpInterfaceChange") == before


@pytest.mark.parametrize(("kind", "function"), KINDS.items())
def test_watch_windows_refuses_again_and_again_keeps_nothing(kind, function):
    def call():
        ipif.simulation.fail(function, 8)
        with pytest.raises(ipif.Error):
            native.watch_open(kind, 0, 0, True, 100)

    assert grew(sys.getallocatedblocks, call) is None


WATCH_OUT_OF_MEMORY = """
import _testcapi, gc
from ipif._core.backend import native

def attempt(number, function, *arguments):
    # Let the allocation with this number fail, and no other.
    _testcapi.set_nomemory(number - 1, number)
    try:
        return function(*arguments)
    except MemoryError:
        return MemoryError
    finally:
        _testcapi.remove_mem_hooks()

def until_it_succeeds(function, *arguments):
    for number in range(1, 200):
        result = attempt(number, function, *arguments)
        if result is not MemoryError:
            return number - 1, result

wanted = native.watch_open(KIND, 0, 0, True, 100)
refused, watch = until_it_succeeds(native.watch_open, KIND, 0, 0, True, 100)
gc.collect()
assert control.calls("FUNCTION") == control.calls("CancelMibChangeNotify2") + 2
ipif.simulation.unbind("Ethernet", "ipv4")
ipif.simulation.unbind("Ethernet", "ipv6")
assert control.settle(30000) == 0
failures = events = 0
while (expected := native.watch_get(wanted, 0.0)) is not None:
    failed, event = until_it_succeeds(native.watch_get, watch, 0.0)
    assert event == expected, (event, expected)
    failures += failed
    events += 1
assert events > 1
assert native.watch_get(watch, 0.0) is None
assert native.watch_dropped(watch) == native.watch_dropped(wanted) == 0
native.watch_close(watch)
print(refused, failures)
"""


@without_memory
@pytest.mark.parametrize(("kind", "function"), KINDS.items())
def test_memory_runs_out_in_a_watch_loses_no_event(kind, function):
    code = WATCH_OUT_OF_MEMORY.replace("KIND", str(kind)).replace("FUNCTION", function)
    refused, failures = map(int, run(MACHINE + code).stdout.split())
    assert refused >= 3  # two locks and the capsule
    assert failures >= 2


PUT_BACK = """
import _testcapi
from ipif._core.backend import native

watch = native.watch_open(0, 0, 0, False, 1)
netioapi.update_ip_interface_entry(2, {"DadTransmits": 7}, index=13)
assert control.settle(30000) == 0
for turn in range(5):
    _testcapi.set_nomemory(0, 1)
    try:
        native.watch_get(watch, 0.0)
    except MemoryError:
        pass
    else:
        raise AssertionError
    finally:
        _testcapi.remove_mem_hooks()
    assert native.watch_wait(watch, 0.0)
native.watch_close(watch)
assert native.watch_get(watch, 0.0)[3] == 13
assert native.watch_dropped(watch) == 0
"""


@without_memory
def test_memory_runs_out_event_can_be_read_later_also_after_closing():
    run(MACHINE + PUT_BACK)


@without_memory
@pytest.mark.parametrize("number", [1, 99])
def test_memory_runs_out_in_set_compartment_is_a_memory_error(number):
    call = f"set_current_thread_compartment_id({number})"
    done = run(MACHINE + OUT_OF_MEMORY.replace("CALL", call))
    assert int(done.stdout) >= (0 if number == 1 else 5)


ERROR_OUT_OF_MEMORY = """
import _testcapi, gc
from ipif._core.backend import native

def attempt(number):
    # Let the allocation with this number fail, and no other.
    _testcapi.set_nomemory(number - 1, number)
    try:
        native.get_ip_interface_entry(2, index=4242)
    except OSError:
        return False
    except MemoryError:
        return True
    except SystemError:
        return True
    finally:
        _testcapi.remove_mem_hooks()

def growth(number):
    # Return how many blocks a hundred attempts have kept.
    for _ in range(10):
        attempt(number)
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(100):
        attempt(number)
    gc.collect()
    return sys.getallocatedblocks() - before

attempt(10_000)
number = 1
while attempt(number):
    assert growth(number) < 50, number
    number += 1
assert number > 5, number
"""


@without_memory
def test_memory_runs_out_while_an_error_is_made_keeps_nothing():
    run(MACHINE + ERROR_OUT_OF_MEMORY)
