"""Changes that overlap: undone in any order, they end at the first value."""

import gc
import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.machine import Calls
from support.rows import get, rows

import ipif
from ipif import simulation
from ipif._desired import transaction

# Three changes of the same row: all have NlMtu, and each but one has another member, too.
CHANGES: list[dict[str, Any]] = [
    {"NlMtu": 1400, "Metric": 10},
    {"NlMtu": 1300, "RouterDiscoveryBehavior": 0},
    {"NlMtu": 1200, "Metric": 30, "RouterDiscoveryBehavior": 1},
]
FOREIGN = "{AAAAAAAA-1111-4222-8333-0123456789AB}"
ORDERS = list(itertools.permutations(range(3)))

Undo = Callable[[], object]


def plan_to_revert(changes: dict[str, Any]) -> Undo:
    plan = ipif.plan({"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": changes}]})
    plan.apply()
    return plan.revert


def plan_that_expires(changes: dict[str, Any]) -> Undo:
    plan = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": changes}]})
    plan.apply(confirm_within=3600)
    expiring = plan._deadline
    assert expiring is not None

    def expire() -> None:
        assert plan._expire(expiring)
        expiring.cancel()  # its thread is still waiting
        assert plan.state == "reverted"

    return expire


def block(changes: dict[str, Any]) -> Undo:
    made = ipif.changed("Ethernet", "ipv4", **changes)
    made.__enter__()
    return lambda: made.__exit__(None, None, None)


KINDS = [plan_to_revert, plan_that_expires, block]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "kinds",
    list(itertools.product(KINDS, repeat=3)),
    ids=lambda kinds: "-".join(k.__name__ for k in kinds),
)
def test_three_changes_undone_in_any_order_end_at_the_first_values(
    kinds: tuple[Callable[[dict[str, Any]], Undo], ...], order: tuple[int, ...]
) -> None:
    before = rows()
    undo = [kind(changes) for kind, changes in zip(kinds, CHANGES, strict=True)]
    assert get("NlMtu") == 1200
    for number in order:
        undo[number]()
    assert rows() == before


@pytest.mark.parametrize("order", ORDERS)
def test_in_between_the_row_has_the_values_of_the_latest_change_left(
    order: tuple[int, ...],
) -> None:
    undo = [plan_to_revert(changes) for changes in CHANGES]
    left = {0, 1, 2}
    for number in order:
        undo[number]()
        left.remove(number)
        assert get("NlMtu") == (CHANGES[max(left)]["NlMtu"] if left else 1500)


@pytest.mark.parametrize("confirmed", range(3))
@pytest.mark.parametrize("order", ORDERS)
def test_a_confirmed_plan_keeps_its_values_until_it_is_reverted(
    confirmed: int, order: tuple[int, ...]
) -> None:
    before = rows()
    plans = []
    for changes in CHANGES:
        plan = ipif.plan({"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": changes}]})
        plan.apply()
        plans.append(plan)
    plans[confirmed].confirm()
    for number in order:
        if number != confirmed:
            plans[number].revert()
    assert get("NlMtu") == CHANGES[confirmed]["NlMtu"]
    plans[confirmed].revert()
    assert rows() == before


@pytest.mark.parametrize("first_out", [0, 1])
def test_a_change_that_was_refused_does_not_break_the_chain(first_out: int) -> None:
    before = rows()
    undo = [plan_to_revert(CHANGES[0]), plan_to_revert(CHANGES[1])]
    simulation.fail("SetIpInterfaceEntry", 31)
    with pytest.raises(ipif.ApplyError):
        plan_to_revert(CHANGES[2])
    undo[first_out]()
    undo[1 - first_out]()
    assert rows() == before


def test_a_value_of_another_program_in_the_middle_of_the_chain_is_kept() -> None:
    undo = [plan_to_revert({"NlMtu": 1400})]
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1450)
    undo.append(plan_to_revert({"NlMtu": 1300}))
    with pytest.warns(ipif.RestoreWarning, match="NlMtu is 1450 now, not the 1400"):
        undo[0]()
    undo[1]()
    assert get("NlMtu") == 1450


def test_a_plan_that_was_dropped_is_forgotten() -> None:
    plan_to_revert({"NlMtu": 1400})  # nobody has it any more, so its value stays
    undo = plan_to_revert({"NlMtu": 1300})
    undo()
    assert get("NlMtu") == 1400


def test_the_journal_of_the_later_change_has_the_first_value_once_the_earlier_is_undone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal"
    undo = plan_to_revert({"NlMtu": 1400})
    later = ipif.changed("Ethernet", "ipv4", journal=path, NlMtu=1300)
    later.__enter__()
    undo()
    [row] = json.loads(path.read_text("utf-8"))["rows"]
    assert row["before"]["NlMtu"] == 1500
    ipif.recover(path)  # as after a killed process
    assert get("NlMtu") == 1500


def test_changes_of_the_two_families_do_not_meet() -> None:
    before = rows()
    one = ipif.changed("Ethernet", "ipv4", NlMtu=1400)
    two = ipif.changed("Ethernet", None, NlMtu=1300)
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert (get("NlMtu"), get("NlMtu", family="ipv6")) == (1300, 1300)
    two.__exit__(None, None, None)
    assert rows() == before


def test_an_adapter_that_has_got_the_luid_is_no_part_of_the_chain() -> None:
    luid = simulation.add_interface("Tunnel", Type=53)
    first = ipif.changed(luid, "ipv4", NlMtu=1400)
    first.__enter__()
    simulation.remove_interface(luid)
    assert simulation.add_interface("Foreign", Type=53, InterfaceGuid=FOREIGN, Mtu=1400) == luid
    second = ipif.changed(luid, "ipv4", NlMtu=1300)
    second.__enter__()
    first.__exit__(None, None, None)
    assert get("NlMtu", "Foreign") == 1300
    second.__exit__(None, None, None)
    assert get("NlMtu", "Foreign") == 1400


def test_a_rollback_cannot_come_between_a_failed_set_and_its_own_rollback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]})
    first.apply()
    run = transaction._Transaction.run
    waited = []

    def failing(self: Any, verify: bool) -> Any:
        try:
            return run(self, verify)
        except ipif.Error:
            thread = threading.Thread(target=first.revert)
            thread.start()
            thread.join(0.05)
            waited.append(thread)
            raise

    monkeypatch.setattr(transaction._Transaction, "run", failing)
    simulation.fail("SetIpInterfaceEntry", 5)
    with pytest.raises(ipif.AccessDenied):
        ipif.changed("Ethernet", "ipv4", NlMtu=1300).__enter__()
    waited[0].join(30)
    assert (get("NlMtu"), first.state) == (1500, "reverted")


@pytest.mark.parametrize("keep", [True, False])
def test_what_an_inner_change_has_failed_to_restore_is_restored_by_the_outer_one(
    keep: bool,
) -> None:
    def fail() -> ipif.ApplyError | None:
        plan = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1300}}]})
        simulation.fail("GetIpInterfaceEntry", 31, after=1)  # that after the set
        simulation.fail("SetIpInterfaceEntry", 5, after=1)  # the rollback
        with pytest.raises(ipif.ApplyError) as caught:
            plan.apply()
        return caught.value if keep else None

    gc.disable()
    try:
        with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
            error = fail()
            assert get("NlMtu") == 1300
        assert get("NlMtu") == 1500
    finally:
        gc.enable()
    assert error is None or error.retry() == []


def test_a_journal_that_was_removed_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        plan = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1300}}]})
        plan.apply(journal=path)
        plan.confirm()
        path.write_text("the journal of another process", "utf-8")
    assert path.read_text("utf-8") == "the journal of another process"


def test_an_automatic_metric_that_has_followed_the_link_is_restored_without_another_number(
    calls: Calls,
) -> None:
    simulation.set_link("Ethernet", up=False)
    outer = ipif.changed("Ethernet", "ipv6", Metric=1000)
    outer.__enter__()
    simulation.set_link("Ethernet", up=True)
    inner = ipif.changed("Ethernet", "ipv6", UseAutomaticMetric=True)
    inner.__enter__()
    outer.__exit__(None, None, None)
    now = ipif.get_interface("Ethernet", "ipv6")
    sets = calls["SetIpInterfaceEntry"]
    inner.__exit__(None, None, None)
    assert calls["SetIpInterfaceEntry"] - sets <= 1  # no number is set in between
    assert ipif.get_interface("Ethernet", "ipv6") == now
    assert now["UseAutomaticMetric"]
