"""Changes that wait to be confirmed, that are taken back, and that a killed process has left."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.eventually import SOON
from support.minion import ETHERNET, CommandExecutionError, Minion
from support.rows import get, rows

import ipif
from ipif._shared.lock import locked
from ipif.salt import _applying, _journals
from ipif.salt.modules import ipif as execution

WIFI = [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1300}}]


def test_confirmed_changes_stay_and_their_journal_goes(minion: Minion) -> None:
    assert execution.apply(ETHERNET, confirm_within=300)["result"] == "changed"
    assert execution.journals() == {"kept": [], "waiting": 1}
    assert len(minion.open) == 1
    assert execution.confirm() == {"kept": 1}
    assert execution.journals() == {"kept": [], "waiting": 0}
    assert minion.open == []
    assert get("NlMtu") == 1400
    assert execution.confirm() == {"kept": 0}


def test_a_named_journal_takes_the_changes_back(minion: Minion) -> None:
    before = rows()
    execution.apply(ETHERNET, confirm_within=300, journal="first")
    execution.confirm()
    execution.apply(WIFI, journal="second")
    assert execution.journals() == {"kept": ["first", "second"], "waiting": 0}
    [change] = execution.revert("first")["changes"]
    assert (change["interface"], change["after"]) == ("Ethernet", 1500)
    execution.revert("second")
    assert rows() == before
    assert execution.journals() == {"kept": [], "waiting": 0}


def test_the_first_journal_of_a_name_stays(minion: Minion) -> None:
    before = rows()
    execution.apply(ETHERNET, journal="first")
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1450)
    assert execution.apply(ETHERNET, journal="first")["result"] == "changed"
    assert execution.apply(ETHERNET, journal="first")["result"] == "unchanged"
    execution.revert("first")
    assert rows() == before


def test_nobody_confirms(minion: Minion) -> None:
    before = rows()
    execution.apply(ETHERNET, confirm_within=0.05, journal="first")
    minion.settled()
    assert rows() == before
    assert execution.journals() == {"kept": [], "waiting": 0}
    assert execution.confirm() == {"kept": 0}
    assert minion.open == []


def test_what_waits_is_reverted_at_once(minion: Minion) -> None:
    before = rows()
    execution.apply(ETHERNET, confirm_within=300)
    execution.apply(WIFI, confirm_within=300)
    assert execution.revert() == {"reverted": 2}
    assert rows() == before
    assert minion.open == []


def test_a_confirmation_that_is_too_late_says_so(
    minion: Minion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def expired(journals: Any, plan: ipif.Plan, *arguments: Any) -> None:
        plan.revert()  # the deadline comes first
        raise TimeoutError("too late")

    monkeypatch.setattr(_journals.Journals, "confirm", expired)
    execution.apply(ETHERNET, confirm_within=300)
    with pytest.raises(CommandExecutionError, match="too late: the changes were reverted"):
        execution.confirm()
    assert get("NlMtu") == 1500


def test_no_change_is_made_in_a_row_that_waits(minion: Minion) -> None:
    execution.apply(ETHERNET, confirm_within=300)
    report = execution.apply([{**ETHERNET[0], "ipv4": {"NlMtu": 1200}}])
    assert report["result"] == "failed"
    assert "Ethernet ipv4 waits to be confirmed" in report["error"]["text"]
    assert get("NlMtu") == 1400
    assert execution.apply(ETHERNET)["result"] == "unchanged"
    assert execution.apply(WIFI)["result"] == "changed"


def test_a_change_that_was_confirmed_meanwhile_keeps_nobody_waiting(
    minion: Minion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    confirmed = [str(tmp_path / "confirmed-meanwhile.json")]
    with monkeypatch.context() as patch:
        patch.setattr(_journals.Journals, "waiting", lambda self: confirmed)
        assert execution.apply(ETHERNET)["result"] == "changed"


def test_the_thread_that_waits_is_no_daemon_so_the_process_of_the_job_waits_for_it(
    minion: Minion,
) -> None:
    execution.apply(ETHERNET, confirm_within=300)
    [thread] = [one for one in threading.enumerate() if one.name == "ipif.salt"]
    assert not thread.daemon
    execution.confirm()
    thread.join(SOON)
    assert not thread.is_alive()


def left_behind(minion: Minion, entries: list[dict[str, Any]]) -> None:
    """Leave what a process leaves that is killed after its changes."""
    path = _journals.Journals(minion.opts).new()
    plan = ipif.plan({"interfaces": entries})
    plan.apply(journal=path)
    plan.confirm(keep_journal=True)


def test_the_next_apply_restores_first_what_a_killed_process_left(minion: Minion) -> None:
    before = rows()
    left_behind(minion, WIFI)
    assert execution.apply(ETHERNET, journal="first")["result"] == "changed"
    assert get("NlMtu", "Wi-Fi") == 1500
    assert minion.open == []
    execution.revert("first")
    assert rows() == before


def test_recover_restores_it_too_and_not_what_waits(minion: Minion) -> None:
    execution.apply(ETHERNET, confirm_within=300)
    left_behind(minion, WIFI)
    [change] = execution.recover()
    assert (change["interface"], change["after"]) == ("Wi-Fi", 1500)
    assert get("NlMtu") == 1400
    assert execution.recover() == []


def test_one_job_at_a_time(minion: Minion) -> None:
    found = _journals.Journals(minion.opts)
    reports: list[dict[str, Any]] = []
    with found.one_job():
        job = threading.Thread(target=lambda: reports.append(execution.apply(ETHERNET)))
        job.start()
        time.sleep(0.2)
        assert get("NlMtu") == 1500
    job.join(SOON)
    assert reports[0]["result"] == "changed"


def test_a_job_that_does_not_end_is_named(minion: Minion, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _journals.Journals(minion.opts)
    monkeypatch.setattr("ipif._shared.lock.LONGEST", 0.05)
    with found.one_job():
        report = execution.apply(ETHERNET)
    assert report["result"] == "failed"
    assert "another process has been using" in report["error"]["text"]


def test_a_process_that_does_not_act_is_named(
    minion: Minion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_journals, "_PATIENCE", 0.05)
    left_behind(minion, WIFI)
    [name] = minion.open
    with (
        locked(Path(minion.folder, "ipif", "open", name)),
        pytest.raises(CommandExecutionError, match="has not done so"),
    ):
        execution.confirm()
    assert _applying.recover(minion.opts) != []


def test_a_process_that_is_killed_meanwhile_is_no_late_confirmation(
    minion: Minion, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(minion, WIFI)
    found = _journals.Journals(minion.opts)
    path = Path(minion.folder, "ipif", "open", minion.open[0])
    monkeypatch.setattr(_journals.Journals, "waiting", lambda self: [str(path)])
    with pytest.raises(_journals.Refused, match=r"ipif\.recover restores"):
        found.answer("confirm")
    monkeypatch.undo()
    assert _applying.recover(minion.opts) != []


@pytest.mark.parametrize("name", [None, "first"])
def test_a_confirmation_just_after_the_revert_is_too_late(minion: Minion, name: str | None) -> None:
    found = _journals.Journals(minion.opts)
    path = found.new()
    plan = ipif.plan({"interfaces": ETHERNET})
    plan.apply(journal=path, confirm_within=0.01)
    while plan.state == "applied":
        time.sleep(0.01)
    with pytest.raises(TimeoutError):
        found.confirm(plan, path, name)
    assert found.names() == []
    assert get("NlMtu") == 1500


def test_a_confirmation_that_fails_leaves_the_journal_open(
    minion: Minion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: ipif.Plan, *, keep_journal: bool = False) -> None:
        raise OSError("the disk is full")

    found = _journals.Journals(minion.opts)
    path = found.new()
    plan = ipif.plan({"interfaces": ETHERNET})
    plan.apply(journal=path)
    monkeypatch.setattr(ipif.Plan, "confirm", fail)
    with pytest.raises(OSError, match="full"):
        found.confirm(plan, path, "first")
    assert (found.names(), minion.open) == ([], [Path(path).name])
    plan.revert()


def test_a_revert_that_windows_refuses_is_tried_again(
    minion: Minion, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    execution.apply(ETHERNET, confirm_within=300)
    ipif.simulation.fail("SetIpInterfaceEntry", 5, times=2)
    assert execution.revert() == {"reverted": 1}
    assert get("NlMtu") == 1500
    assert [one.getMessage() for one in caplog.records if one.name == _applying.__name__] == [
        "ipif: cannot revert the changes"
    ]


def test_a_revert_that_windows_keeps_refusing_is_named(
    minion: Minion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_journals, "_PATIENCE", 0.5)
    execution.apply(ETHERNET, confirm_within=300)
    ipif.simulation.fail("SetIpInterfaceEntry", 5, times=1000)
    with pytest.raises(CommandExecutionError, match="the log of the minion"):
        execution.revert()
    ipif.simulation.reset()
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    assert execution.journals() == {"kept": [], "waiting": 1}
