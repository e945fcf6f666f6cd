"""Outcomes of rolling back that need another program at the right moment, or a refusal then."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.eventually import eventually
from support.machine import native
from support.rows import get

import ipif
from ipif import simulation
from ipif._core import own_files
from ipif._desired import transaction
from ipif._desired.journal import Journal
from ipif._desired.transaction import RowChange

DOCUMENT = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}


def applied(journal: Path | None = None) -> ipif.Plan:
    plan = ipif.plan(DOCUMENT)
    plan.apply(journal=journal)
    return plan


def other_program() -> None:
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)


# ---- RestoreWarning, where warnings are errors, as in this suite


def test_a_restore_warning_that_is_an_error_is_raised_by_revert() -> None:
    plan = applied()
    other_program()
    with pytest.raises(ipif.RestoreWarning, match="NlMtu is 1300 now"):
        plan.revert()
    assert get("NlMtu") == 1300


def test_a_restore_warning_that_is_an_error_is_raised_by_a_block() -> None:
    with (
        pytest.raises(ipif.RestoreWarning, match="NlMtu is 1300 now"),
        ipif.changed("Ethernet", "ipv4", NlMtu=1400),
    ):
        other_program()


def failed_block() -> ipif.ApplyError:
    """Return the exception of a block whose change could not be restored."""
    with pytest.raises(ipif.ApplyError) as caught, ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        simulation.fail("SetIpInterfaceEntry", 31)
    return caught.value


def failed_change() -> ipif.ApplyError:
    """Return the exception of a change that failed and could not be rolled back."""
    document = {
        "interfaces": [
            {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}, "ipv6": {"NlMtu": 1400}}
        ]
    }
    plan = ipif.plan(document)
    simulation.fail("SetIpInterfaceEntry", 31, times=2, after=1)
    with pytest.raises(ipif.ApplyError) as caught:
        plan.apply()
    return caught.value


@pytest.mark.parametrize("failure", [failed_block, failed_change])
def test_a_restore_warning_that_is_an_error_is_raised_by_retry(failure: Any) -> None:
    error = failure()
    assert error.not_rolled_back
    other_program()
    with pytest.raises(ipif.RestoreWarning, match="NlMtu is 1300 now"):
        error.retry()


def test_a_copy_of_an_exception_with_nothing_left_has_nothing_to_retry() -> None:
    assert ipif.ApplyError(0, "text").retry() == []


# ---- rows of one family only


def test_with_both_families_what_is_wrong_for_one_counts_only_where_it_is_bound() -> None:
    simulation.unbind("Ethernet", "ipv4")
    _, after = ipif.update_interface("Ethernet", None, SitePrefixLength=48)["ipv6"]
    assert after["SitePrefixLength"] == 48
    simulation.unbind("Ethernet", "ipv6")
    with pytest.raises(ipif.FamilyNotBound):
        ipif.update_interface("Ethernet", None, SitePrefixLength=48)


# ---- the table of rows, when a row has vanished


@pytest.mark.parametrize(("code", "restored"), [(1168, True), (31, False)])
def test_a_vanished_row_counts_as_restored_unless_the_table_cannot_be_read(
    code: int, restored: bool
) -> None:
    plan = applied()
    simulation.unbind("Ethernet", "ipv4")
    simulation.fail("GetIpInterfaceTable", code)
    if restored:
        assert plan.revert() == []
    else:
        with pytest.raises(ipif.ApplyError):
            plan.revert()


# ---- another program that never stops


def test_rolling_back_gives_up_when_the_values_keep_changing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = applied()
    looks = 0

    def set_back(self: RowChange, names: Any, expected: Any) -> Any:
        nonlocal looks
        looks += 1
        return transaction._READ, "other values", {**self.written}, None, None

    with monkeypatch.context() as patched:
        patched.setattr(RowChange, "_set_back", set_back)
        with pytest.raises(ipif.ApplyError) as caught:
            plan.revert()
    assert looks == transaction._MOST_LOOKS
    [change] = caught.value.not_rolled_back
    assert change.member == "NlMtu"
    plan.revert()
    assert get("NlMtu") == 1500


def test_applying_with_a_journal_gives_up_when_the_values_keep_changing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save = Journal.save
    values: list[int] = []

    def save_late(self: Journal, rows: Any) -> None:
        save(self, rows)
        values.append(1200 + len(values))
        ipif.update_interface("Ethernet", "ipv4", NlMtu=values[-1])  # by another program

    monkeypatch.setattr(Journal, "save", save_late)
    with pytest.raises(ipif.Error, match="another program keeps changing the same members"):
        ipif.plan(DOCUMENT).apply(journal=tmp_path / "journal")
    assert len(values) > transaction._MOST_LOOKS
    assert get("NlMtu") == values[-1]
    assert not (tmp_path / "journal").exists()


# ---- one row change by itself


def test_a_row_that_was_not_read_is_shown_by_its_index_and_has_nothing_to_roll_back() -> None:
    change = RowChange(0, 2, {"NlMtu": 1400}, index=13)
    assert change.alias == "index 13"
    outcome = change.roll_back()
    assert not outcome.restored
    assert not outcome.errors


def test_a_journal_that_cannot_be_written_keeps_no_overlapping_change_from_being_restored() -> None:
    class Full:
        def save(self, rows: object) -> None:
            raise OSError(28, "No space left on device")

    change = RowChange(0, 2, {"NlMtu": 1400}, index=13)
    change.log = Full()  # type: ignore[assignment]
    change.update_journal()


def test_an_automatic_metric_that_shows_the_number_that_was_set_is_computed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = ipif.get_interface("Ethernet", "ipv4")
    assert row["UseAutomaticMetric"]
    updates: list[dict[str, Any]] = []
    plan = ipif.plan({"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 77}}]})
    plan.apply()

    # Windows may keep the number where it has no link speed to compute the metric from.
    kept = RowChange._set_back

    def set_back(self: RowChange, names: Any, expected: Any) -> Any:
        progress, stop, before, after, error = kept(self, names, expected)
        return progress, stop, before, after and {**after, "Metric": 77}, error

    new = native.exchange_new

    def exchange_new(requests: Any, undoable: bool) -> Any:
        [(_, _, changes, expected, _, _)] = requests
        if expected is None:
            updates.append(changes)
            ipif.simulation.fail("SetIpInterfaceEntry", 31)  # then only the shown number differs
        return new(requests, undoable)

    with monkeypatch.context() as patched:
        patched.setattr(RowChange, "_set_back", set_back)
        patched.setattr(native, "exchange_new", exchange_new)
        plan.revert()
    assert updates == [
        {"UseAutomaticMetric": False, "Metric": row["Metric"]},
        {"UseAutomaticMetric": True},
    ]


def test_an_adapter_that_takes_the_place_of_a_restored_one_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=77)
    wanted = {"UseAutomaticMetric": True}
    plan = ipif.plan({"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": wanted}]})
    plan.apply()
    other = ipif.get_interface("Ethernet", "ipv4")  # as a new adapter: the metric is automatic
    kept = RowChange._set_back

    def set_back(self: RowChange, names: Any, expected: Any) -> Any:
        progress, stop, before, _, error = kept(self, names, expected)
        return progress, stop, before, other, error

    calls = ipif.simulation.calls()["SetIpInterfaceEntry"]
    with monkeypatch.context() as patched:
        patched.setattr(RowChange, "_set_back", set_back)
        with pytest.raises(ipif.ApplyError):
            plan.revert()
    assert ipif.simulation.calls()["SetIpInterfaceEntry"] == calls + 1


# ---- journals


def test_a_journal_that_the_system_refuses_is_raised_and_nothing_is_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "journal"
    # Windows refuses a name that is being deleted.
    for expected in (PermissionError, FileExistsError):
        with monkeypatch.context() as patched:
            patched.setattr(own_files, "create", refuse)
            patched.setattr(sys, "platform", "win32")
            with pytest.raises(expected):
                ipif.plan(DOCUMENT).apply(journal=path)
        path.write_text("x", encoding="utf-8")
    assert get("NlMtu") == 1500


def test_a_journal_that_cannot_be_removed_is_raised_by_confirm_and_the_changes_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    plan = applied(tmp_path / "journal")
    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refuse)
        with pytest.raises(PermissionError):
            plan.confirm()
    plan.confirm()
    assert get("NlMtu") == 1400


# ---- guards and selectors


def test_a_callback_of_a_guard_that_raises_is_counted_where_warnings_are_errors() -> None:
    def fail(*arguments: object) -> None:
        raise LookupError("a mistake of the program")

    with ipif.guard(DOCUMENT, on_revert=fail) as guard:
        other_program()
        eventually(lambda: get("NlMtu") == 1400)
        eventually(lambda: guard.errors)


def test_the_same_texts_match_the_same_adapters_behind_another_selector() -> None:
    described = ["Intel(R) Ethernet*", ipif.get_adapter("Wi-Fi")["Description"]]
    entries = [
        {"match": {"description": described}, "expect": "some", "ipv4": {"NlMtu": 1400}},
        {"match": {"alias": "Wi-Fi", "description": described}, "ipv6": {"NlMtu": 1400}},
        {"match": {"type": "wifi", "description": described}, "ipv6": {"Metric": 5}},
    ]
    changes = ipif.plan({"interfaces": entries}).changes
    assert {(one.family, one.member) for one in changes if one.interface == "Wi-Fi"} >= {
        ("ipv4", "NlMtu"),
        ("ipv6", "NlMtu"),
    }


def test_a_list_of_a_pattern_and_a_whole_text_is_tried_on_what_another_selector_leaves() -> None:
    described = ["Nothing*", ipif.get_adapter("Wi-Fi")["Description"]]
    match = {"alias": "Wi-Fi", "description": described}
    plan = ipif.plan({"interfaces": [{"match": match, "ipv4": {"NlMtu": 1400}}]})
    assert {change.interface for change in plan.changes} == {"Wi-Fi"}
