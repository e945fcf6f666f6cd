"""The beacon: drift, notifications, and nothing that waits."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.eventually import SOON, eventually
from support.minion import ETHERNET, Minion

import ipif
from ipif.salt._journals import Journals
from ipif.salt._known import KNOWN
from ipif.salt.beacons import ipif as beacon

NAME = {"_beacon_name": "ipif"}
DRIFT = [{"interfaces": ETHERNET}, NAME]
EVENTS = [{"events": True}, NAME]


def look(config: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Look once, and do to the events what Salt does to them."""
    found = beacon.beacon(config)
    tags = json.loads(json.dumps(found))
    for event in found:
        event.pop("tag")
        event["id"] = "pc-01"
    return tags  # type: ignore[no-any-return]


def test_drift_is_told_once_and_its_end_too(minion: Minion) -> None:
    [event] = look(DRIFT)
    assert event["tag"] == "drift"
    assert [change["member"] for change in event["changes"]] == ["NlMtu"]
    assert look(DRIFT) == []
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1450)
    assert look(DRIFT)[0]["changes"][0]["before"] == 1450
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    assert look(DRIFT) == [{"tag": "in_order"}]
    assert look(DRIFT) == []


def test_nothing_is_told_while_all_is_in_order(minion: Minion) -> None:
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    assert look(DRIFT) == []


def test_nothing_is_compared_while_a_job_changes_interfaces(minion: Minion) -> None:
    with Journals(minion.opts).one_job():
        assert look(DRIFT) == []
    assert [event["tag"] for event in look(DRIFT)] == ["drift"]


def test_a_bad_document_is_told_once(minion: Minion, tmp_path: Path) -> None:
    config = [{"document": str(tmp_path / "nowhere.json")}, NAME]
    [event] = look(config)
    assert event["tag"] == "problem"
    assert "nowhere.json" in event["text"]
    assert look(config) == []


def test_notifications_are_events(minion: Minion) -> None:
    assert look(EVENTS) == []
    ipif.update_interface("Wi-Fi", "ipv6", NlMtu=1400)
    found: list[dict[str, Any]] = []
    ends = time.monotonic() + SOON
    while not found and time.monotonic() < ends:
        found = look(EVENTS)
    [event] = found
    luid = int(ipif.Luid.of("Wi-Fi"))
    assert event == {
        "tag": "interface",
        "type": "ParameterNotification",
        "interface": "Wi-Fi",
        "luid": luid,
        "family": "ipv6",
    }


def test_dropped_notifications_are_counted(minion: Minion, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = ipif.watch
    monkeypatch.setattr(ipif, "watch", lambda: watch(capacity=1))
    look(EVENTS)
    for mtu in (1400, 1401, 1402):
        ipif.update_interface("Wi-Fi", "ipv6", NlMtu=mtu)
    known = KNOWN["ipif"]
    watch_of_beacon = known.watch
    assert watch_of_beacon is not None
    eventually(lambda: watch_of_beacon.dropped >= 2)
    assert [event for event in look(EVENTS) if event["tag"] == "dropped"] == [
        {"tag": "dropped", "count": 2}
    ]
    assert look(EVENTS) == []


def test_close_closes_the_watch_and_the_next_look_opens_another(minion: Minion) -> None:
    look(EVENTS)
    watch = KNOWN["ipif"].watch
    assert watch is not None
    beacon.close(EVENTS)
    with pytest.raises(ValueError, match="closed"):
        watch.get(0)
    beacon.close(EVENTS)
    look(EVENTS)
    assert KNOWN["ipif"].watch not in (None, watch)


def test_closing_does_not_tell_the_same_drift_again(minion: Minion) -> None:
    look(DRIFT)
    beacon.close(DRIFT)
    assert look(DRIFT) == []


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"events": True}, "must be a list"),
        (["events"], "must be a list"),
        ([], "needs one of"),
        ([{"events": False}], "needs one of"),
        ([{"document": "a", "interfaces": ETHERNET}], "give one of them"),
        ([{"interfaces": ETHERNET}, {"events": "yes"}], "must be a boolean"),
    ],
)
def test_a_bad_configuration_is_refused(config: Any, text: str) -> None:
    is_valid, why = beacon.validate(config)
    assert not is_valid
    assert text in why


def test_a_good_configuration_is_taken() -> None:
    assert beacon.validate([{"interfaces": ETHERNET}, {"events": True}, {"interval": 5}])[0]
