"""What is left behind when calls fail: nothing, or exactly what the exception names.

Every call of a plan over five rows is made to fail in turn, then every call of its revert, of the
rolling back after a failure, and of changed().
"""

import copy
import functools
import json
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.faults import ALWAYS, CODES, heal
from support.machine import Calls

import ipif
from ipif import simulation

DESIRED = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 10, "NlMtu": 1400}},
        {"match": {"alias": "Ethernet"}, "ipv6": {"Metric": 11, "DadTransmits": 0}},
        {"match": {"alias": "Wi-Fi"}, "ipv4": {"Metric": 40}, "ipv6": {"NlMtu": 1300}},
        {"match": {"alias": "HMA VPN"}, "ipv4": {"WeakHostSend": True, "ForwardingEnabled": True}},
    ]
}
# How often apply() and revert() each call a function: the adapter's GUID is compared, and the row
# is read, set and read back.
CALLS = {"GetIpInterfaceEntry": 10, "SetIpInterfaceEntry": 5, "ConvertInterfaceLuidToGuid": 5}
SETS = CALLS["SetIpInterfaceEntry"]
EACH_CALL = [(function, after) for function, count in CALLS.items() for after in range(count)]

any_code = pytest.mark.parametrize("code", CODES)
any_times = pytest.mark.parametrize("times", [1, 2, ALWAYS], ids=["once", "twice", "always"])

Values = dict[tuple[str, str, str], Any]


def values() -> Values:
    """Return the value of every member by alias, family and member."""
    document = simulation.dump()
    aliases = {adapter["InterfaceLuid"]: adapter["Alias"] for adapter in document["adapters"]}
    return {
        (aliases[row["InterfaceLuid"]], row["Family"], name): value
        for row in document["interfaces"]
        for name, value in row.items()
        # It reads 64 at first, every call writes 0, and nothing writes 64 again.
        if (row["Family"], name) != ("ipv4", "SitePrefixLength")
    }


def check(before: Values, error: ipif.ApplyError) -> None:
    """Check that *error* names exactly what is not as it was."""
    now = values()
    different = {key for key in before if now[key] != before[key]}
    assert {tuple(change[:3]) for change in error.not_rolled_back} == different
    for change in error.not_rolled_back:
        key = change[:3]
        assert (change.before, change.after) == (before[key], now[key])
    assert sorted(error.done, key=str) == sorted(
        [*error.rolled_back, *error.not_rolled_back], key=str
    )
    for change in error.not_rolled_back:
        assert change.member.replace("UseAutomaticMetric", "Metric") in str(error)


def check_cause(error: ipif.ApplyError, code: int, function: str) -> None:
    cause = error.__cause__
    assert isinstance(cause, ipif.Error)
    assert (cause.winerror, cause.function) == (code, function)
    assert (error.winerror, error.function) == (code, function)
    assert error.interface in ("Ethernet", "Wi-Fi", "HMA VPN")


# ---- the matrix


def test_a_plan_makes_as_many_calls_as_are_made_to_fail_here(calls: Calls) -> None:
    plan = ipif.plan(DESIRED)
    assert {function: calls[function] for function in CALLS} == dict.fromkeys(CALLS, 0)
    plan.apply()
    assert {function: calls[function] for function in CALLS} == CALLS
    plan.revert()
    assert {function: calls[function] for function in CALLS} == {
        function: 2 * count for function, count in CALLS.items()
    }


@pytest.mark.parametrize(("function", "after"), EACH_CALL)
@any_code
def test_when_a_call_of_a_plan_fails_everything_is_as_before(
    function: str, after: int, code: int
) -> None:
    before = values()
    plan = ipif.plan(DESIRED)
    simulation.fail(function, code, times=1, after=after)
    with pytest.raises(ipif.ApplyError) as caught:
        plan.apply()
    assert values() == before
    check(before, caught.value)
    check_cause(caught.value, code, function)
    # Nothing keeps the plan from being tried again.
    assert len(plan.apply()) == len(plan.changes)


@pytest.mark.parametrize("after", range(SETS))
@any_code
def test_the_journal_goes_with_the_failed_plan(after: int, code: int, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    simulation.fail("SetIpInterfaceEntry", code, after=after)
    with pytest.raises(ipif.ApplyError):
        ipif.plan(DESIRED).apply(journal=path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("function", "code"),
    [
        *(("GetIpInterfaceTable", code) for code in CODES),
        # 87 is what Windows says that does not know the level; then GetIfTable2 is asked.
        *(("GetIfTable2Ex", code) for code in CODES if code != 87),
    ],
)
def test_when_the_interfaces_cannot_be_listed_there_is_not_a_plan(function: str, code: int) -> None:
    before = values()
    simulation.fail(function, code)
    # 1168 is Windows' answer for a table without rows.
    empty = (function, code) == ("GetIpInterfaceTable", 1168)
    with pytest.raises(ipif.ValidationError if empty else ipif.Error) as caught:
        ipif.plan(DESIRED)
    assert empty or caught.value.winerror == code  # type: ignore[attr-defined]
    assert values() == before


# ---- rolling back fails, too


@pytest.mark.parametrize("failing", range(4))
@any_code
def test_when_the_rollback_fails_too_the_exception_names_what_remains(
    failing: int, code: int, tmp_path: Path
) -> None:
    before = values()
    path = tmp_path / "journal"
    # The fifth call fails, so four rows are rolled back; one of these calls fails as well.
    simulation.fail("SetIpInterfaceEntry", 8, after=4)
    simulation.fail("SetIpInterfaceEntry", code, after=5 + failing)
    with pytest.raises(ipif.ApplyError) as caught:
        ipif.plan(DESIRED).apply(journal=path)
    check(before, caught.value)
    check_cause(caught.value, 8, "SetIpInterfaceEntry")
    left = {change[:2] for change in caught.value.not_rolled_back}
    if code in (2, 1168) or (code == 87 and failing > 1):
        # A row may be missing for a moment, so it is looked for again. 87 is about one value: those
        # of a row are then set one by one.
        assert (left, path.exists()) == (set(), False)
        return
    assert len(left) == 1
    assert any(f"WinError {code}" in note for note in caught.value.__notes__)
    # The journal is kept for what is left.
    ipif.recover(path)
    assert values() == before


@any_code
def test_when_no_set_succeeds_any_more_the_exception_names_everything(code: int) -> None:
    before = values()
    simulation.fail("SetIpInterfaceEntry", code, times=1000, after=3)
    plan = ipif.plan(DESIRED)
    with pytest.raises(ipif.ApplyError) as caught:
        plan.apply()
    assert len({change[:2] for change in caught.value.not_rolled_back}) == 3
    check(before, caught.value)
    heal()
    with pytest.raises(RuntimeError, match="revert"):
        plan.apply()
    plan.revert()
    assert values() == before
    assert plan.apply()


@any_code
def test_changes_that_cannot_be_read_again_are_reported_as_not_rolled_back(
    code: int,
) -> None:
    before = values()
    simulation.fail("SetIpInterfaceEntry", 8, after=2)
    simulation.fail("GetIpInterfaceEntry", code, times=1000, after=7)
    with pytest.raises(ipif.ApplyError) as caught:
        ipif.plan(DESIRED).apply()
    # Also when Windows says that the rows are gone: the table still lists them.
    check(before, caught.value)
    assert len({change[:2] for change in caught.value.not_rolled_back}) == 2


def test_a_value_that_windows_refuses_to_restore_is_named() -> None:
    simulation.profile("sentinel", nud_off_refused=True)
    ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1400)
    document = simulation.dump()
    for row in document["interfaces"]:
        row["UseNeighborUnreachabilityDetection"] = False
    simulation.load(document)
    before = values()
    desired = copy.deepcopy(DESIRED)
    desired["interfaces"][0]["ipv4"] = {"UseNeighborUnreachabilityDetection": True, "NlMtu": 1300}
    simulation.fail("SetIpInterfaceEntry", 5, after=3)
    with pytest.raises(ipif.ApplyError) as caught:
        ipif.plan(desired).apply()
    check(before, caught.value)
    assert caught.value.not_rolled_back == [
        ("Ethernet", "ipv4", "UseNeighborUnreachabilityDetection", False, True)
    ]
    assert values()["Ethernet", "ipv4", "NlMtu"] == 1500


# ---- reverting, and changed()


def outcome(action: Callable[[], object]) -> ipif.Error | None:
    """Return the error that *action* has ended with."""
    try:
        action()
    except ipif.Error as error:
        return error
    return None


@pytest.mark.parametrize(("function", "after"), EACH_CALL)
@any_code
def test_when_a_call_of_a_revert_fails_the_rest_is_reverted(
    function: str, after: int, code: int
) -> None:
    before = values()
    plan = ipif.plan(DESIRED)
    plan.apply()
    simulation.fail(function, code, after=after)
    error = outcome(plan.revert)
    if error is not None:
        assert isinstance(error, ipif.ApplyError)
        check(before, error)
        check_cause(error, code, function)
        assert len({change[:2] for change in error.not_rolled_back}) == 1
        assert plan.state == "applied"
        plan.revert()
    # Without an error it was a read that was done again, or a row that was set value by value.
    assert values() == before


@pytest.mark.parametrize(("function", "after"), EACH_CALL)
@pytest.mark.parametrize("times", [2, ALWAYS], ids=["twice", "always"])
@any_code
def test_when_calls_go_on_failing_in_apply_a_retry_restores_what_is_left(
    function: str, after: int, times: int, code: int
) -> None:
    before = values()
    plan = ipif.plan(DESIRED)
    simulation.fail(function, code, times=times, after=after)
    with pytest.raises(ipif.ApplyError) as caught:
        plan.apply()
    check_cause(caught.value, code, function)
    heal()
    check(before, caught.value)
    caught.value.retry()
    assert values() == before
    assert caught.value.retry() == []


@pytest.mark.parametrize(("function", "after"), EACH_CALL)
@pytest.mark.parametrize("times", [2, ALWAYS], ids=["twice", "always"])
@any_code
def test_when_calls_go_on_failing_in_revert_a_retry_restores_what_is_left(
    function: str, after: int, times: int, code: int
) -> None:
    before = values()
    plan = ipif.plan(DESIRED)
    plan.apply()
    simulation.fail(function, code, times=times, after=after)
    error = outcome(plan.revert)
    heal()
    if error is not None:
        assert isinstance(error, ipif.ApplyError)
        assert plan.state == "applied"
        check_cause(error, code, function)
        error.retry()
    assert plan.state == "reverted"
    assert values() == before


# Both families of one interface: entering reads two rows and sets them, leaving does the same. The
# GUID is looked up once, and compared twice.
BLOCK_CALLS = {
    "ConvertInterfaceAliasToLuid": 1,
    "GetIpInterfaceEntry": 8,
    "SetIpInterfaceEntry": 4,
    "ConvertInterfaceLuidToGuid": 3,
}
EACH_BLOCK_CALL = [(name, after) for name, count in BLOCK_CALLS.items() for after in range(count)]


def use_a_block(**options: Any) -> None:
    with ipif.changed("Ethernet", None, **options, Metric=1, NlMtu=1400):
        pass


def test_a_block_makes_as_many_calls_as_are_made_to_fail_here(calls: Calls) -> None:
    use_a_block()
    assert {function: calls[function] for function in BLOCK_CALLS} == BLOCK_CALLS
    assert calls.total == sum(BLOCK_CALLS.values())


@pytest.mark.parametrize(("function", "after"), EACH_BLOCK_CALL)
@any_times
@any_code
def test_when_calls_of_a_block_fail_all_is_as_before_or_named_and_can_be_restored(
    function: str, after: int, times: int, code: int
) -> None:
    before = values()
    simulation.fail(function, code, times=times, after=after)
    error = outcome(use_a_block)
    heal()
    if isinstance(error, ipif.ApplyError):
        check(before, error)
        check_cause(error, code, function)
        error.retry()
        assert error.retry() == []
    elif error is not None:
        assert (error.winerror, error.interface) == (code, "Ethernet")
    # Without an error, one family was said not to be bound, or something was done again.
    assert values() == before


@pytest.mark.parametrize(("function", "after"), EACH_BLOCK_CALL)
@any_times
@pytest.mark.parametrize("code", [1168, 31])
def test_when_calls_of_a_block_fail_its_journal_stays_as_long_as_something_is_changed(
    function: str, after: int, times: int, code: int, tmp_path: Path
) -> None:
    before = values()
    path = tmp_path / "journal"
    simulation.fail(function, code, times=times, after=after)
    error = outcome(lambda: use_a_block(journal=path))
    heal()
    assert path.exists() == (values() != before)
    if path.exists():
        assert error is not None
        ipif.recover(path)
    assert values() == before


# ---- two at once


def together(*works: Any) -> list[BaseException]:
    """Run *works* in threads at once; return what they have raised."""
    raised: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(work: Any) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "two plans wait for each other"
    return raised


def test_two_plans_about_other_members_of_the_same_rows_do_not_meet() -> None:
    before = values()

    def work(section: dict[str, int]) -> None:
        match = {"alias": "*"}
        entry = {"match": match, "expect": "some"}
        bound = {**section, "when_bound": True}
        desired = {"interfaces": [{**entry, "ipv4": bound, "ipv6": bound}]}
        for _ in range(15):
            plan = ipif.plan(desired)
            plan.apply(verify=True)
            plan.revert()

    works: list[dict[str, int]] = [{"Metric": 3}, {"DadTransmits": 7}, {"WeakHostSend": True}]
    assert together(*(functools.partial(work, section) for section in works)) == []
    assert values() == before


def test_of_two_plans_about_the_same_members_one_comes_after_the_other() -> None:
    def desired(number: int) -> dict[str, Any]:
        section = {"DadTransmits": number, "when_bound": True}
        entry = {"match": {"alias": "*"}, "expect": "some", "ipv4": section, "ipv6": section}
        return {"interfaces": [entry]}

    for _ in range(15):
        first, second = ipif.plan(desired(70)), ipif.plan(desired(71))
        assert together(first.apply, second.apply) == []
        left = {value for key, value in values().items() if key[2] == "DadTransmits"}
        assert len(left) == 1
        # Taken back in the reverse order, nothing is lost.
        for plan in (second, first) if left == {71} else (first, second):
            plan.revert()
        assert values()["Ethernet", "ipv4", "DadTransmits"] == 3


def test_one_plan_may_be_taken_back_by_many_at_once() -> None:
    before = values()
    plan = ipif.plan(DESIRED)
    plan.apply(confirm_within=0.01)
    assert together(plan.revert, plan.revert, plan.revert) == []
    assert values() == before


# ---- the exception


def test_the_exception_can_be_pickled_and_copied() -> None:
    simulation.fail("SetIpInterfaceEntry", 8, after=4)
    simulation.fail("SetIpInterfaceEntry", 5, after=5)
    with pytest.raises(ipif.ApplyError) as caught:
        ipif.plan(DESIRED).apply()
    error = caught.value
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is ipif.ApplyError
        assert str(other) == str(error)
        assert (other.done, other.rolled_back, other.not_rolled_back) == (
            error.done,
            error.rolled_back,
            error.not_rolled_back,
        )
        assert [change.luid for change in other.done] == [change.luid for change in error.done]
        assert (other.winerror, other.function, other.hint) == (8, error.function, error.hint)


def test_the_exception_is_written_as_json() -> None:
    simulation.fail("SetIpInterfaceEntry", 8, after=4)
    simulation.fail("SetIpInterfaceEntry", 5, after=5)
    with pytest.raises(ipif.ApplyError) as caught:
        ipif.plan(DESIRED).apply()
    error = caught.value
    document = json.loads(json.dumps(error.to_json()))
    assert (document["error"], document["winerror"]) == ("ApplyError", 8)
    assert document["text"] == str(error)
    for name in ("done", "rolled_back", "not_rolled_back"):
        changes = getattr(error, name)
        assert changes
        assert document[name] == [change.to_json() for change in changes]
    assert document["not_rolled_back"][0].keys() == {
        *("interface", "luid", "family", "member", "before", "after")
    }
    empty = ipif.ApplyError(22, "text").to_json()
    assert (empty["done"], empty["rolled_back"], empty["not_rolled_back"]) == ([], [], [])
