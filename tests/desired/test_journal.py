"""The journal of a change, and recover(): what is left of a process that was killed."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import fresh
from support.abandon import abandon
from support.machine import Calls, native
from support.rows import get, rows

import ipif
from ipif import simulation
from ipif._desired import journal as journals

ETHERNET = 0x0006_0080_0100_0000
WIFI = 0x0047_0080_0000_0000
WIFI_GUID = "{00000011-1111-4222-8333-0123456789AB}"
DESIRED = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}, "ipv6": {"Metric": 3}},
        {"match": {"alias": "Wi-Fi"}, "ipv4": {"RouterDiscoveryBehavior": "Disabled"}},
    ]
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "changes.json"


# ---- killed

CHILD = """
with ipif.changed("Ethernet", None, journal={journal!r}, Metric=1, NlMtu=1400):
    import json, time
    with open({document!r}, "w") as file:
        json.dump(ipif.simulation.dump(), file)
    print("changed", flush=True)
    time.sleep(1000)
"""


def test_a_process_killed_inside_its_block_is_repaired(path: Path, tmp_path: Path) -> None:
    before = rows()
    document = tmp_path / "document.json"
    code = fresh.MACHINE + CHILD.format(journal=str(path), document=str(document))
    with subprocess.Popen(
        [sys.executable, *fresh.STRICT, "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as child:
        assert child.stdout is not None
        try:
            said = child.stdout.readline()
        finally:
            child.kill()
        assert said.split() == [b"changed"], (said + child.stdout.read()).decode()
    # Each process has a simulated machine of its own: this one is to be as that one was.
    simulation.load(document)
    assert (get("NlMtu"), get("Metric"), get("UseAutomaticMetric")) == (1400, 1, False)
    restored = ipif.recover(path)
    assert rows() == before
    assert not path.exists()
    assert set(restored) == {
        ("Ethernet", family, *change)
        for family, mtu in (("ipv4", 1500), ("ipv6", 1492))
        for change in (
            ("UseAutomaticMetric", False, True),
            ("Metric", 1, 25),
            ("NlMtu", 1400, mtu),
        )
    }


# ---- the file


WAITING = """
import sys
try:
    with ipif.changed("Ethernet", "ipv4", journal={journal!r}, NlMtu=1400):
        print("entered", flush=True)
        sys.stdin.read()
except FileExistsError:
    print("refused", flush=True)
"""


def test_of_processes_with_one_journal_only_one_makes_its_change(path: Path) -> None:
    code = fresh.MACHINE + WAITING.format(journal=str(path))
    processes = [
        subprocess.Popen(
            [sys.executable, *fresh.STRICT, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(4)
    ]
    answers = []
    for process in processes:
        assert process.stdout is not None
        answers.append(process.stdout.readline().decode().strip())
    for process in processes:
        process.communicate(timeout=60)
    assert sorted(answers) == ["entered", "refused", "refused", "refused"]
    assert not path.exists()


def test_it_is_complete_before_the_first_set(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = native.exchange_run
    seen = []

    def look(exchange: Any, write: bool) -> None:
        if write:
            seen.append((json.loads(path.read_text("utf-8"))["rows"], rows()))
        run(exchange, write)

    before = rows()
    monkeypatch.setattr(native, "exchange_run", look)
    with ipif.changed("Ethernet", None, journal=path, NlMtu=1400, Metric=1):
        journal, at_that_time = seen[0]
    assert at_that_time == before
    metric = {"Metric": 25, "UseAutomaticMetric": True}
    written = {"Metric": 1, "UseAutomaticMetric": False, "NlMtu": 1400}
    for row, family, mtu in zip(journal, ("ipv4", "ipv6"), (1500, 1492), strict=True):
        assert row == {
            "Alias": "Ethernet",
            "InterfaceLuid": ETHERNET,
            "InterfaceGuid": "{0000000D-1111-4222-8333-0123456789AB}",
            "Family": family,
            "before": {**metric, "NlMtu": mtu},
            "written": written,
        }
    assert not path.exists()


def test_it_records_the_values_that_windows_shows(path: Path) -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    abandon(path, NlMtu=9000)
    assert json.loads(path.read_text("utf-8"))["rows"][0]["written"] == {"NlMtu": 1500}
    assert ipif.recover(path) == [("Ethernet", "ipv4", "NlMtu", 1500, 1400)]


def test_one_that_exists_is_not_touched_and_nothing_is_changed(path: Path, calls: Calls) -> None:
    abandon(path, NlMtu=1400)
    journal = path.read_bytes()
    sets = calls["SetIpInterfaceEntry"]
    with (
        pytest.raises(FileExistsError, match="recover"),
        ipif.changed("Wi-Fi", "ipv4", journal=path, NlMtu=1400),
    ):
        pytest.fail("entered")
    with pytest.raises(FileExistsError, match="recover"):
        ipif.plan(DESIRED).apply(journal=path)
    assert path.read_bytes() == journal
    assert calls["SetIpInterfaceEntry"] == sets


def test_a_folder_that_is_not_there_is_an_error_and_nothing_is_changed(
    tmp_path: Path, calls: Calls
) -> None:
    with (
        pytest.raises(FileNotFoundError),
        ipif.changed("Ethernet", "ipv4", journal=tmp_path / "no" / "j", NlMtu=1400),
    ):
        pytest.fail("entered")
    assert calls["SetIpInterfaceEntry"] == 0


def test_no_room_for_it_means_no_change(
    path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OSError, match="No space"),
        ipif.changed("Ethernet", "ipv4", journal=path, NlMtu=1400),
    ):
        pytest.fail("entered")
    assert calls["SetIpInterfaceEntry"] == 0
    assert os.listdir(path.parent) == []


def test_it_goes_when_the_change_fails_and_was_rolled_back(path: Path) -> None:
    simulation.fail("SetIpInterfaceEntry", 5, after=1)
    with pytest.raises(ipif.AccessDenied):
        ipif.changed("Ethernet", None, journal=path, NlMtu=1400).__enter__()
    assert not path.exists()


def test_it_stays_when_something_was_not_restored(path: Path) -> None:
    before = rows()
    with (
        pytest.raises(ipif.ApplyError),
        ipif.changed("Ethernet", None, journal=path, NlMtu=1400),
    ):
        simulation.elevated(False)
    with pytest.raises(ipif.AccessDenied) as caught:
        ipif.recover(path)
    assert "could not be restored from 1400 to 1500" in "".join(caught.value.__notes__)
    simulation.elevated(True)
    assert len(ipif.recover(path)) == 2
    assert rows() == before


# ---- recover


def test_later_changes_of_other_programs_are_kept(path: Path) -> None:
    abandon(path, NlMtu=1400, DadTransmits=0)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    with pytest.warns(ipif.RestoreWarning, match="NlMtu is 1300 now") as caught:
        restored = ipif.recover(path)
    assert caught[0].filename == __file__
    assert restored == [("Ethernet", "ipv4", "DadTransmits", 0, 3)]
    assert get("NlMtu") == 1300
    assert not path.exists()


def test_a_change_that_was_not_written_yet_is_not_rolled_back(path: Path, calls: Calls) -> None:
    abandon(path, NlMtu=1400)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1500)
    assert ipif.recover(path) == []
    assert calls["SetIpInterfaceEntry"] == 2
    path.write_bytes(b"")  # killed between making the file and writing it
    assert ipif.recover(path) == []
    assert not path.exists()


def test_a_missing_adapter_is_named_and_its_journal_is_kept(path: Path) -> None:
    abandon(path, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    with pytest.warns(ipif.RestoreWarning, match="'Ethernet'.*is kept.*discard=True"):
        recovery = ipif.recover(path)
    assert recovery == []
    assert (recovery.missing, recovery.kept) == (("Ethernet",), True)
    assert path.exists()


def test_the_journal_of_a_missing_adapter_is_removed_on_request(path: Path) -> None:
    abandon(path, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    with pytest.warns(ipif.RestoreWarning, match="'Ethernet'"):
        recovery = ipif.recover(path, discard=True)
    assert (recovery.missing, recovery.kept) == (("Ethernet",), False)
    assert not path.exists()


def test_what_is_found_is_restored_when_another_adapter_is_missing(path: Path) -> None:
    ipif.plan(DESIRED).apply(journal=path)
    simulation.remove_interface("Wi-Fi")
    with pytest.warns(ipif.RestoreWarning, match="'Wi-Fi'"):
        recovery = ipif.recover(path)
    assert {change.interface for change in recovery} == {"Ethernet"}
    assert (get("NlMtu"), recovery.missing) == (1500, ("Wi-Fi",))
    assert path.exists()
    # It is back, and the rest of the journal has nothing left to restore.
    simulation.add_interface("Wi-Fi", InterfaceLuid=WIFI, InterfaceGuid=WIFI_GUID)
    ipif.update_interface("Wi-Fi", "ipv4", RouterDiscoveryBehavior="Disabled")
    recovery = ipif.recover(path)
    assert [change.interface for change in recovery] == ["Wi-Fi"]
    assert not path.exists()


def test_another_adapter_that_got_its_luid_is_not_touched(path: Path) -> None:
    abandon(path, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    simulation.add_interface("Other", InterfaceLuid=ETHERNET)
    ipif.update_interface("Other", "ipv4", NlMtu=1400)
    with pytest.warns(ipif.RestoreWarning, match="'Ethernet'"):
        recovery = ipif.recover(path)
    assert (recovery, recovery.missing) == ([], ("Ethernet",))
    assert get("NlMtu", "Other") == 1400
    assert path.exists()


def test_an_adapter_with_a_new_guid_is_the_same_when_all_else_agrees(path: Path) -> None:
    abandon(path, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    simulation.add_interface("ETHERNET", InterfaceLuid=ETHERNET)
    ipif.update_interface("ethernet", "ipv4", NlMtu=1400)
    recovery = ipif.recover(path)
    assert [change[1:] for change in recovery] == [("ipv4", "NlMtu", 1400, 1500)]
    assert not path.exists()


def test_an_adapter_with_a_new_guid_and_other_values_is_another_one(path: Path) -> None:
    abandon(path, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    simulation.add_interface("Ethernet", InterfaceLuid=ETHERNET)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    with pytest.warns(ipif.RestoreWarning, match="not found"):
        assert ipif.recover(path) == []
    assert (get("NlMtu"), path.exists()) == (1300, True)


def test_an_adapter_with_a_new_guid_and_without_the_row_is_another_one(path: Path) -> None:
    abandon(path, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    simulation.add_interface("Ethernet", InterfaceLuid=ETHERNET, families=["ipv6"])
    with pytest.warns(ipif.RestoreWarning, match="not found"):
        assert ipif.recover(path) == []
    assert path.exists()


def test_after_a_restart_the_result_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abandon(path, NlMtu=1400)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1500)  # the values are gone
    started = journals._started() + 3600
    monkeypatch.setattr(journals, "_started", lambda: started)
    recovery = ipif.recover(path)
    assert (recovery, recovery.restarted) == ([], True)
    assert not path.exists()


def test_without_a_restart_the_result_says_so(path: Path) -> None:
    abandon(path, NlMtu=1400)
    assert ipif.recover(path).restarted is False


def test_an_adapter_is_found_by_its_guid_when_its_luid_is_another_one(path: Path) -> None:
    abandon(path, NlMtu=1400)
    guid = ipif.Luid(ETHERNET).guid
    simulation.remove_interface("Ethernet")
    simulation.add_interface("Renamed", InterfaceLuid=ETHERNET + (99 << 24), InterfaceGuid=guid)
    ipif.update_interface("Renamed", "ipv4", NlMtu=1400)
    ipif.recover(path)
    assert get("NlMtu", "Renamed") == 1500


def test_a_plan_is_recovered_as_a_whole(path: Path) -> None:
    before = rows()
    made = ipif.plan(DESIRED).apply(journal=path)
    assert sorted(ipif.recover(path)) == sorted(change.reversed() for change in made)
    assert rows() == before


def test_there_is_not_a_journal(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ipif.recover(path)


# ---- files that are no journals


def good_journal() -> dict[str, Any]:
    return {
        "ipif_journal": 1,
        "about": "",
        "backend": ipif.backend,
        "rows": [
            {
                "Alias": "Ethernet",
                "InterfaceLuid": ETHERNET,
                "InterfaceGuid": "{0000000D-1111-4222-8333-0123456789AB}",
                "Family": "ipv4",
                "before": {"Metric": 25, "UseAutomaticMetric": True},
                "written": {"Metric": 1, "UseAutomaticMetric": False},
            }
        ],
    }


def changed_at(place: str, value: object) -> dict[str, Any]:
    """Return a journal with *value* at *place*, or without what stands there."""
    journal = good_journal()
    *way, last = [int(step) if step.isdigit() else step for step in place.split("/")]
    target: Any = journal
    for step in way:
        target = target[step]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return journal


BAD = {
    "no JSON": ("{", "journal"),
    "nested": ("[" * 100_000, "journal"),
    "twice": ('{"a": 1, "a": 2}', "journal"),
    "array": ("[]", "journal"),
    "NaN": ('{"ipif_journal": NaN}', "journal"),
    "version": (changed_at("ipif_journal", 2), "ipif_journal"),
    "true": (changed_at("ipif_journal", True), "ipif_journal"),
    "no version": (changed_at("ipif_journal", ...), "ipif_journal"),
    "backend": (changed_at("backend", "other"), "backend"),
    "no rows": (changed_at("rows", ...), "rows"),
    "rows": (changed_at("rows", {}), "rows"),
    "unknown": (changed_at("raws", []), "raws"),
    "row": (changed_at("rows/0", 1), "rows[0]"),
    "luid": (changed_at("rows/0/InterfaceLuid", "x"), "rows[0].InterfaceLuid"),
    "no guid": (changed_at("rows/0/InterfaceGuid", ...), "rows[0].InterfaceGuid"),
    "family": (changed_at("rows/0/Family", 4), "rows[0].Family"),
    "value": (changed_at("rows/0/before/Metric", "25"), "rows[0].before.Metric"),
    "range": (changed_at("rows/0/written/Metric", -1), "rows[0].written.Metric"),
    "member": (changed_at("rows/0/written/Mertic", 1), "rows[0].written.Mertic"),
    "not settable": (changed_at("rows/0/before/Connected", True), "rows[0].before.Connected"),
    "missing": (changed_at("rows/0/written/Metric", ...), "rows[0].written"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_damaged_journal_is_refused_by_place_and_kept(
    case: str, path: Path, calls: Calls
) -> None:
    document, place = BAD[case]
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.recover(path)
    places = [problem.member.removeprefix(f"{path}: ") for problem in caught.value.problems]
    assert place in places
    assert path.exists()
    assert calls["SetIpInterfaceEntry"] == 0


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
PLACES = ["ipif_journal", "about", "backend", "rows", "rows/0", "x"]
PLACES += [f"rows/0/{name}" for name in good_journal()["rows"][0]]
PLACES += ["rows/0/before/Metric", "rows/0/before/UseAutomaticMetric", "rows/0/written/x"]


@settings(max_examples=40)
@given(place=st.sampled_from(PLACES), value=junk)
def test_no_journal_makes_recover_stumble(
    tmp_path_factory: pytest.TempPathFactory, place: str, value: object
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.json"
    path.write_text(json.dumps(changed_at(place, value)), "utf-8")
    with contextlib.suppress(ipif.ValidationError, ipif.RestoreWarning):
        ipif.recover(path)


def test_a_member_that_is_changed_between_the_journal_and_the_set_is_in_the_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = get("DadTransmits")
    create = journals.Journal.create

    def interfering(self: Any, rows: Any) -> None:
        create(self, rows)
        ipif.update_interface("Ethernet", "ipv4", DadTransmits=before + 4)  # another program

    monkeypatch.setattr(journals.Journal, "create", interfering)
    wanted = {"NlMtu": 1400, "DadTransmits": before}
    plan = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": wanted}]})
    plan.apply(journal=path)
    assert (get("NlMtu"), get("DadTransmits")) == (1400, before)
    ipif.recover(path)  # as after a killed process
    assert (get("NlMtu"), get("DadTransmits")) == (1500, before + 4)


def test_a_journal_that_is_kept_can_be_recovered_from_again(path: Path) -> None:
    plan = ipif.plan({"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]})
    plan.apply(journal=path)
    plan.confirm(keep_journal=True)
    first = ipif.recover(path, keep_journal=True)
    assert [change.after for change in first] == [1500]
    assert not first.kept
    assert path.exists()
    assert ipif.recover(path) == []
    assert not path.exists()


@pytest.mark.parametrize("keep", ["no", 1, None])
def test_what_is_not_a_bool_keeps_no_journal(path: Path, keep: Any) -> None:
    with pytest.raises(ipif.ValidationError, match="keep_journal"):
        ipif.recover(path, keep_journal=keep)


@pytest.mark.parametrize("discard", ["no", 1, None])
def test_what_is_not_a_bool_discards_nothing(path: Path, discard: Any) -> None:
    abandon(path, NlMtu=1400)
    with pytest.raises(ipif.ValidationError, match="discard"):
        ipif.recover(path, discard=discard)
    assert (path.exists(), get("NlMtu")) == (True, 1400)


def test_a_confirmed_plan_may_keep_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    plan = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]})
    plan.apply(journal=path, confirm_within=60)
    plan.confirm(keep_journal=True)
    assert (plan.state, path.exists()) == ("confirmed", True)
    assert [change.member for change in ipif.recover(path)] == ["NlMtu"]
    assert ipif.get_interface(13, "ipv4")["NlMtu"] == 1500
    assert not path.exists()
