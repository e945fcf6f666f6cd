"""Exchanges: rows are read, compared, set and read again, and no result gets lost."""

from __future__ import annotations

import gc
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fresh import MACHINE, run
from support.machine import Calls, control, native

import ipif
from ipif import simulation
from ipif._core.family import AF
from ipif._core.rules import effective_changes
from ipif._desired.transaction import not_restorable

V4, V6 = AF["ipv4"], AF["ipv6"]
LUID = 0x0006_0080_0100_0000
LOOPBACK = int(native.convert_interface_index_to_luid(1))
OTHER = int(native.convert_interface_index_to_luid(17))
NOT_READ, READ, SET_FAILED, SET, READ_AGAIN = range(5)


def guid_of(luid: int) -> bytes:
    return bytes(native.convert_interface_luid_to_guid(luid).bytes_le)


def request(
    changes: Any = None,
    *,
    af: int = V4,
    luid: int = LUID,
    expected: Any = None,
    guid: Any = None,
    may_be_missing: bool = False,
) -> tuple[Any, ...]:
    return (af, luid, changes, expected, guid, may_be_missing)


def exchanged(
    *requests: tuple[Any, ...], undoable: bool = True, write: bool = True
) -> list[tuple[Any, ...]]:
    """Return (progress, stop, before, after, guid) of each request."""
    exchange = native.exchange_new(requests, undoable)
    native.exchange_run(exchange, write)
    return [native.exchange_result(exchange, number) for number in range(len(requests))]


# ---- what one does


def test_a_row_is_set_and_both_rows_are_returned(calls: Calls) -> None:
    [(progress, stop, before, after, guid)] = exchanged(request({"NlMtu": 1400}))
    assert (progress, stop) == (READ_AGAIN, None)
    assert (before["NlMtu"], after["NlMtu"]) == (1500, 1400)
    assert guid == bytes(16)
    assert (calls["GetIpInterfaceEntry"], calls["SetIpInterfaceEntry"], calls.total) == (2, 1, 3)
    assert after == ipif.get_interface(ipif.Luid(LUID), "ipv4")


def test_without_writing_the_rows_are_only_read(calls: Calls) -> None:
    [(progress, stop, before, after, _)] = exchanged(request({"NlMtu": 1400}), write=False)
    assert (progress, stop) == (READ, None)
    assert before["NlMtu"] == 1500
    assert after == before
    assert calls["SetIpInterfaceEntry"] == 0


def test_a_row_that_has_the_values_is_not_set(calls: Calls) -> None:
    [(progress, stop, _, _, _)] = exchanged(request({"NlMtu": 1500}, guid=True))
    assert (progress, stop) == (READ, None)
    assert (calls["SetIpInterfaceEntry"], calls["ConvertInterfaceLuidToGuid"]) == (0, 0)


def test_what_need_not_be_undone_is_set_without_comparing(calls: Calls) -> None:
    [(progress, _, _, _, _)] = exchanged(request({"NlMtu": 1500}), undoable=False)
    assert progress == READ_AGAIN
    assert calls["SetIpInterfaceEntry"] == 1


def test_the_guid_is_looked_up_before_the_row_is_set(calls: Calls) -> None:
    [(_, _, _, _, guid)] = exchanged(request({"NlMtu": 1400}, guid=True))
    assert guid == guid_of(LUID)


@pytest.mark.parametrize("missing_first", [False, True])
def test_all_rows_are_read_before_the_first_one_is_set(missing_first: bool, calls: Calls) -> None:
    simulation.unbind("Ethernet", "ipv6")
    requests = [request({"NlMtu": 1400}), request({"NlMtu": 1400}, af=V6)]
    expected = [(READ, None), (NOT_READ, "call failed")]
    if missing_first:
        requests.reverse()
        expected.reverse()
    assert [result[:2] for result in exchanged(*requests)] == expected
    assert calls["SetIpInterfaceEntry"] == 0


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_no_further_row_is_set_after_one_that_failed(failing: int, calls: Calls) -> None:
    simulation.fail("SetIpInterfaceEntry", 8, after=failing)
    keys = [(LUID, V4), (LUID, V6), (OTHER, V4)]
    changes = {"DadTransmits": 9}
    results = exchanged(*(request(changes, luid=luid, af=af) for luid, af in keys))
    done = [(READ_AGAIN, None)] * failing + [(SET_FAILED, "call failed")]
    assert [result[:2] for result in results] == (done + [(READ, None)] * 2)[:3]
    assert calls["SetIpInterfaceEntry"] == failing + 1
    for number, (luid, af) in enumerate(keys):
        row = native.get_ip_interface_entry(af, luid=luid)
        assert (row["DadTransmits"] == 9) == (number < failing)


# ---- why one stops


def test_another_adapter_is_neither_read_nor_set(calls: Calls) -> None:
    [result] = exchanged(request({"NlMtu": 1400}, guid=uuid.uuid4().bytes_le))
    assert result[:4] == (NOT_READ, "other adapter", None, None)
    assert (calls["GetIpInterfaceEntry"], calls["SetIpInterfaceEntry"]) == (0, 0)


def test_the_right_adapter_is_set() -> None:
    [result] = exchanged(request({"NlMtu": 1400}, guid=guid_of(LUID)))
    assert result[:2] == (READ_AGAIN, None)


def test_a_row_with_other_values_than_expected_is_not_set(calls: Calls) -> None:
    [result] = exchanged(request({"NlMtu": 1400}, expected={"NlMtu": 1300}))
    assert result[:2] == (READ, "other values")
    assert calls["SetIpInterfaceEntry"] == 0
    [result] = exchanged(request({"NlMtu": 1400}, expected={"NlMtu": 1500}))
    assert result[:2] == (READ_AGAIN, None)


@pytest.mark.parametrize("name", [f.name for f in ipif.FIELDS if f.access == "settable"])
def test_every_expected_member_is_compared(name: str, calls: Calls) -> None:
    now: Any = native.get_ip_interface_entry(V6, luid=LUID)[name]  # type: ignore[literal-required]
    if isinstance(now, tuple):
        other: Any = (*now[:15], now[15] + 1)
    else:
        other = not now if isinstance(now, bool) else now + 1
    [result] = exchanged(request({"NlMtu": 1400}, af=V6, expected={name: other}))
    assert result[:2] == (READ, "other values")
    assert calls["SetIpInterfaceEntry"] == 0
    [result] = exchanged(request({"NlMtu": 1400}, af=V6, expected={name: now}))
    assert result[:2] == (READ_AGAIN, None)


def test_two_automatic_metrics_are_equal() -> None:
    [result] = exchanged(
        request({"NlMtu": 1400}, expected={"Metric": 7777, "UseAutomaticMetric": True})
    )
    assert result[:2] == (READ_AGAIN, None)
    [result] = exchanged(request({"NlMtu": 1300}, expected={"Metric": 7777}))
    assert result[:2] == (READ, "other values")


def test_a_family_that_may_be_missing_stops_nothing() -> None:
    simulation.unbind("Ethernet", "ipv6")
    results = exchanged(
        request({"NlMtu": 1400}), request({"NlMtu": 1400}, af=V6, may_be_missing=True)
    )
    assert [result[:2] for result in results] == [(READ_AGAIN, None), (NOT_READ, "not bound")]


def test_a_value_that_could_not_be_set_back_is_kept(calls: Calls) -> None:
    [result] = exchanged(request({"NlMtu": 1400}, luid=LOOPBACK))
    assert result[:2] == (READ, "not undoable")
    assert calls["SetIpInterfaceEntry"] == 0


@pytest.mark.parametrize(
    ("function", "after", "progress"),
    [
        ("ConvertInterfaceLuidToGuid", 0, NOT_READ),
        ("GetIpInterfaceEntry", 0, NOT_READ),
        ("SetIpInterfaceEntry", 0, SET_FAILED),
        ("GetIpInterfaceEntry", 1, SET),
    ],
)
@pytest.mark.parametrize("code", [5, 8, 31, 87, 1168])
def test_a_failing_call_is_kept_and_can_be_raised_more_than_once(
    function: str, after: int, progress: int, code: int
) -> None:
    guid = guid_of(LUID)
    simulation.fail(function, code, after=after)
    exchange = native.exchange_new([request({"NlMtu": 1400}, guid=guid)], True)
    native.exchange_run(exchange, True)
    assert native.exchange_result(exchange, 0)[:2] == (progress, "call failed")
    for _ in range(2):
        with pytest.raises(ipif.Error) as caught:
            native.exchange_error(exchange, 0)
        assert (caught.value.winerror, caught.value.function) == (code, function)
        assert caught.value.family == "ipv4"


def test_a_lookup_of_the_guid_that_fails_sets_nothing(calls: Calls) -> None:
    simulation.fail("ConvertInterfaceLuidToGuid", 8)
    [result] = exchanged(request({"NlMtu": 1400}, guid=True))
    assert result[:2] == (READ, "call failed")
    assert calls["SetIpInterfaceEntry"] == 0


def test_without_a_failure_there_is_no_error() -> None:
    exchange = native.exchange_new([request({"NlMtu": 1400})], True)
    assert native.exchange_error(exchange, 0) is None  # type: ignore[func-returns-value]
    assert native.exchange_result(exchange, 0)[:2] == (NOT_READ, None)
    native.exchange_run(exchange, True)
    assert native.exchange_error(exchange, 0) is None  # type: ignore[func-returns-value]


def test_the_results_can_be_read_again_and_are_each_time_rows_of_their_own() -> None:
    exchange = native.exchange_new([request({"NlMtu": 1400})], True)
    native.exchange_run(exchange, True)
    _, _, before, after, _ = native.exchange_result(exchange, 0)
    assert after is not None
    after["NlMtu"] = 1
    assert native.exchange_result(exchange, 0)[3] != after
    assert native.exchange_result(exchange, 0)[2] == before


# ---- bad input


@pytest.mark.parametrize(
    "bad",
    [
        [],
        (V4, LUID, None, None, None),
        (99, LUID, None, None, None, False),
        ("ipv4", LUID, None, None, None, False),
        (V4, -1, None, None, None, False),
        (V4, "Ethernet", None, None, None, False),
        (V4, LUID, {"NlMTU": 1}, None, None, False),
        (V4, LUID, {"NlMtu": -1}, None, None, False),
        (V4, LUID, {"Connected": True}, None, None, False),
        (V4, LUID, 5, None, None, False),
        (V4, LUID, None, {"Nonsense": 1}, None, False),
        (V4, LUID, None, {"InterfaceLuid": LUID}, None, False),
        (V4, LUID, None, None, b"short", False),
        (V4, LUID, None, None, False, False),
    ],
)
def test_a_bad_request_is_refused_and_nothing_is_called(bad: Any, calls: Calls) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        native.exchange_new([request({"NlMtu": 1400}), bad], True)
    assert calls.total == 0


def test_what_is_no_exchange_is_refused() -> None:
    watch = native.watch_open(0, 0, 0, False, 1)
    for function in (native.exchange_run, native.exchange_result, native.exchange_error):
        for bad in (None, 5, object(), watch):
            with pytest.raises((TypeError, ValueError)):
                function(bad, True)  # type: ignore[arg-type, operator]
    native.watch_close(watch)
    with pytest.raises(TypeError):
        native.exchange_new(5, True)  # type: ignore[arg-type]


def test_a_row_that_is_not_in_the_exchange_is_an_index_error() -> None:
    exchange = native.exchange_new([request()], True)
    for number in (1, 4294967295):
        with pytest.raises(IndexError):
            native.exchange_result(exchange, number)
    with pytest.raises((OverflowError, ValueError)):
        native.exchange_error(exchange, -1)


def test_an_exchange_runs_once(calls: Calls) -> None:
    exchange = native.exchange_new([request({"NlMtu": 1400})], True)
    native.exchange_run(exchange, True)
    total = calls.total
    with pytest.raises(ValueError, match="has run already"):
        native.exchange_run(exchange, True)
    assert calls.total == total


def test_an_exchange_without_rows_does_nothing(calls: Calls) -> None:
    exchange = native.exchange_new([], True)
    native.exchange_run(exchange, True)
    assert calls.total == 0


# ---- one row at once


def test_one_call_returns_the_row_before_and_after(calls: Calls) -> None:
    before, after = native.exchange_ip_interface_entry(V4, {"NlMtu": 1400}, index=13)
    assert (before["NlMtu"], after["NlMtu"]) == (1500, 1400)
    assert (calls["GetIpInterfaceEntry"], calls["SetIpInterfaceEntry"], calls.total) == (2, 1, 3)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"Connected": True}, {"index": 13}),
        ({"NlMtu": "x"}, {"index": 13}),
        (None, {"index": 13}),
        ({"NlMtu": 1400}, {}),
        ({"NlMtu": 1400}, {"index": -1}),
    ],
)
def test_bad_arguments_are_refused_before_any_call(changes: Any, key: Any, calls: Calls) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        native.exchange_ip_interface_entry(V4, changes, **key)
    assert calls.total == 0


# ---- the rules of C and of Python


# The unchanged sentinels of the numbers, and other values; few, so that many are equal.
NUMBERS = {
    "enum": st.sampled_from([-1, 0, 1, 2]),
    "uint32": st.sampled_from([0, 1, 1500, 0xFFFFFFFF]),
    "uint32[16]": st.sampled_from([0, 1, 5, 0xFFFFFFFF]),
}


def values_of(field: Any) -> st.SearchStrategy[Any]:
    """Return values of a member, legal or not."""
    if field.kind == "bool":
        return st.booleans()
    number = NUMBERS[field.kind]
    if field.kind == "uint32[16]":
        return st.tuples(number, number).map(lambda pair: [pair[0]] * 15 + [pair[1]])
    return number


SETTABLE = {field.name: values_of(field) for field in ipif.FIELDS if field.access == "settable"}


def load_row(af: int, values: dict[str, Any]) -> None:
    """Make the row show these values, and let every call of SetIpInterfaceEntry fail."""
    simulation.reset()
    machine = simulation.dump()
    [row] = [
        row
        for row in machine["interfaces"]
        if row["InterfaceLuid"] == LUID and AF[row["Family"]] == af
    ]
    row.update(values)
    simulation.load(machine)
    simulation.fail("SetIpInterfaceEntry", 31, times=100)


def assert_judged_alike(af: int, changes: dict[str, Any]) -> None:
    """Assert that C sets the row, or refuses to, when Python says so."""
    now: Any = native.get_ip_interface_entry(af, luid=LUID)
    patch = effective_changes(now, comparable(changes), af)
    stuck = not_restorable(now, patch)
    [(progress, stop, *_)] = exchanged(request(changes, af=af))
    assert (stop == "not undoable") == bool(stuck)
    assert progress == (SET_FAILED if patch and not stuck else READ)


@given(
    af=st.sampled_from([V4, V6]),
    current=st.fixed_dictionaries(SETTABLE),
    wanted=st.fixed_dictionaries({}, optional=SETTABLE),
)
@settings(max_examples=100)
def test_c_and_python_agree_about_what_differs_and_what_could_not_be_set_back(
    af: int, current: dict[str, Any], wanted: dict[str, Any]
) -> None:
    load_row(af, current)
    assert_judged_alike(af, wanted)
    for name, value in wanted.items():
        assert_judged_alike(af, {name: value})


@pytest.mark.parametrize("automatic", [False, True])
@pytest.mark.parametrize("metric", [0, 9, 0xFFFFFFFF])
def test_c_and_python_agree_about_the_metric(automatic: bool, metric: int) -> None:
    load_row(V4, {"UseAutomaticMetric": automatic, "Metric": metric})
    for wanted_automatic in (None, False, True):
        for wanted in (None, 0, 9, 25, 0xFFFFFFFF):  # 25 is the automatic one
            pair = {"UseAutomaticMetric": wanted_automatic, "Metric": wanted}
            changes = {name: value for name, value in pair.items() if value is not None}
            assert_judged_alike(V4, changes)


def comparable(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as they are in rows."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}


# ---- the GIL and other threads


@pytest.fixture
def slow_calls() -> Iterator[None]:
    """Let each system call take a while."""
    control().set_delay(20_000)
    yield
    control().set_delay(0)


def run_one() -> None:
    exchange = native.exchange_new([request({"NlMtu": 1400})], False)
    native.exchange_run(exchange, True)


@pytest.mark.usefixtures("slow_calls")
@pytest.mark.parametrize(
    "function",
    [run_one, lambda: native.exchange_ip_interface_entry(V4, {"NlMtu": 1400}, luid=LUID)],
    ids=["exchange_run", "exchange_ip_interface_entry"],
)
def test_other_threads_run_between_the_calls_of_an_exchange(function: Callable[[], object]) -> None:
    between = False
    for _ in range(50):  # this thread may be late
        calls = Calls()
        thread = threading.Thread(target=function)
        thread.start()
        while thread.is_alive() and not between:
            between = calls["GetIpInterfaceEntry"] == 1
        thread.join()
        assert (calls["GetIpInterfaceEntry"], calls["SetIpInterfaceEntry"]) == (2, 1)
        if between:
            break
    assert between


def test_exchanges_of_threads_with_a_row_each_do_not_disturb_each_other() -> None:
    def change(key: tuple[int, int]) -> None:
        luid, af = key
        for value in range(2000, 2100):
            changes = {"DadTransmits": value}
            [(progress, _, _, after, _)] = exchanged(request(changes, luid=luid, af=af))
            assert progress == READ_AGAIN
            assert after["DadTransmits"] == value

    keys = [(LUID, V4), (LUID, V6), (OTHER, V4), (OTHER, V6)]
    with ThreadPoolExecutor(len(keys)) as pool:
        list(pool.map(change, keys))


# ---- memory


OUT_OF_MEMORY = """
import _testcapi
from ipif._core.backend import native
LUID = 0x0006_0080_0100_0000
requests = [(2, LUID, {"NlMtu": 1400, "ZoneIndices": (5000,) * 16}, {"NlMtu": 1500}, True, False)]
failures = 0
for number in range(1, 5000):
    done = False
    _testcapi.set_nomemory(number - 1, number)
    try:
        exchange = native.exchange_new(requests, True)
        native.exchange_run(exchange, True)
        done = True
        result = native.exchange_result(exchange, 0)
    except MemoryError:
        failures += 1
        _testcapi.remove_mem_hooks()
        # What was done is known all the same.
        assert (native.get_ip_interface_entry(2, luid=LUID)["NlMtu"] == 1400) == done
        if done:
            assert native.exchange_result(exchange, 0)[:2] == (4, None)
    else:
        break
    finally:
        _testcapi.remove_mem_hooks()
    ipif.simulation.reset()
assert result[3]["NlMtu"] == 1400
print(failures)
"""


def test_when_memory_runs_out_it_is_still_known_what_was_set() -> None:
    pytest.importorskip("_testcapi", reason="needs _testcapi, which makes allocations fail")
    assert int(run(MACHINE + OUT_OF_MEMORY).stdout) >= 10


# ---- functions that always finish


def test_a_function_is_called_again_until_it_returns() -> None:
    calls: list[int] = []

    def function(argument: int) -> str:
        calls.append(argument)
        if len(calls) < 4:
            raise KeyboardInterrupt(len(calls))
        return "done"

    with pytest.raises(KeyboardInterrupt) as caught:
        native.until_done(function)(7)
    assert caught.value.args == (1,)
    assert calls == [7] * 4
    assert native.until_done(function)(7) == "done"


def test_an_exception_that_is_returned_is_raised() -> None:
    error = ValueError("refused")
    with pytest.raises(ValueError, match="refused") as caught:
        native.until_done(lambda: error)()
    assert caught.value is error


def test_the_first_exception_has_the_returned_one_as_its_cause() -> None:
    attempts = iter([KeyboardInterrupt(), None])

    def function() -> BaseException:
        attempt = next(attempts)
        if attempt is not None:
            raise attempt
        return ValueError("refused")

    with pytest.raises(KeyboardInterrupt) as caught:
        native.until_done(function)()
    assert str(caught.value.__cause__) == "refused"


def test_a_function_that_never_returns_is_not_called_for_ever() -> None:
    calls: list[int] = []

    def function() -> None:
        calls.append(1)
        raise MemoryError

    with pytest.raises(MemoryError):
        native.until_done(function)()
    assert 2 < len(calls) < 100


def test_what_is_no_function_is_refused_by_its_call() -> None:
    with pytest.raises(TypeError):
        native.until_done(5)()  # type: ignore[arg-type]


def test_nothing_is_kept() -> None:
    exchange = native.exchange_new([request({"NlMtu": 1400}, guid=True)], True)
    native.exchange_run(exchange, True)
    before = len(gc.get_objects())
    for _ in range(200):
        native.exchange_result(exchange, 0)
        native.until_done(list)()
    gc.collect()
    assert len(gc.get_objects()) <= before + 20


# ---- rows that are named by an index


def test_a_row_can_be_named_by_its_index_and_says_its_luid(calls: Calls) -> None:
    [result] = exchanged((*request({"NlMtu": 1400}, luid=0, guid=True), 13))
    assert result[:2] == (READ_AGAIN, None)
    assert result[2]["InterfaceLuid"] == LUID
    assert result[4] == guid_of(LUID)
    assert calls.total == 5  # the last one is that of guid_of


def test_an_index_that_nobody_has_is_the_error_of_the_first_call() -> None:
    exchange = native.exchange_new([(*request({"NlMtu": 1400}, luid=0), 4242)], True)
    native.exchange_run(exchange, True)
    with pytest.raises(ipif.InterfaceNotFound, match="index 4242"):
        native.exchange_error(exchange, 0)
    for bad in (-1, 2**32, "13"):
        with pytest.raises((TypeError, OverflowError, ValueError)):
            native.exchange_new([(*request(luid=0), bad)], True)  # type: ignore[list-item]
