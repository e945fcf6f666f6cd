"""The state: the diff, the result and the comment, and a minion that is left as it was."""

import json

import pytest
import support.machine  # noqa: F401
from support.minion import ETHERNET, Minion
from support.rows import rows

import ipif
from ipif.salt.states import ipif as states

DIFF = {"Ethernet ipv4": {"NlMtu": {"old": 1500, "new": 1400}}}


def test_with_test_the_result_is_none_and_has_the_diff(minion: Minion) -> None:
    minion.opts["test"] = True
    before = rows()
    state = states.configured("mtu", interfaces=ETHERNET)
    assert (state["name"], state["result"], state["changes"]) == ("mtu", None, DIFF)
    assert state["comment"] == "1 member would be changed."
    assert state["report"]["result"] == "would change"
    assert rows() == before


def test_a_state_is_applied_once(minion: Minion) -> None:
    state = states.configured("mtu", interfaces=ETHERNET)
    assert (state["result"], state["changes"]) == (True, DIFF)
    assert state["comment"] == "1 member changed."
    state = states.configured("mtu", interfaces=ETHERNET)
    assert (state["result"], state["changes"]) == (True, {})
    assert state["comment"] == "The interfaces are as the document describes them."
    minion.opts["test"] = True
    assert states.configured("mtu", interfaces=ETHERNET)["result"] is True


def test_the_result_has_what_salt_needs_and_is_json(minion: Minion) -> None:
    state = states.configured("mtu", document={"interfaces": ETHERNET})
    assert {"name", "result", "changes", "comment"} <= set(state)
    assert json.loads(json.dumps(state)) == state
    assert state["report"]["host"] == "pc-01"


def test_a_failure_leaves_the_minion_as_it_was(minion: Minion) -> None:
    before = rows()
    ipif.simulation.fail("SetIpInterfaceEntry", 1450, after=1)
    state = states.configured("mtu", [{**ETHERNET[0], "ipv6": {"NlMtu": 1400}}])
    assert (state["result"], state["changes"]) == (False, {})
    assert "[WinError 1450]" in state["comment"]
    assert state["comment"].endswith("1 member rolled back.")
    assert rows() == before


def test_the_comment_says_what_could_not_be_rolled_back(minion: Minion) -> None:
    ipif.simulation.fail("SetIpInterfaceEntry", 1450, after=1, times=100)
    state = states.configured("mtu", [{**ETHERNET[0], "ipv6": {"NlMtu": 1400}}])
    assert (state["result"], state["changes"]) == (False, DIFF)
    assert state["comment"].endswith("1 member could not be rolled back.")
    ipif.simulation.reset()


def test_a_minion_that_is_not_elevated_says_how_to_elevate(minion: Minion) -> None:
    ipif.simulation.elevated(False)
    state = states.configured("mtu", interfaces=ETHERNET)
    assert state["result"] is False
    assert "[WinError 5]" in state["comment"]
    assert "administrator" in state["comment"]


def test_a_document_that_matches_nothing_is_an_error_only_where_some_are_expected(
    minion: Minion,
) -> None:
    entry = {"match": {"alias": "nobody*"}, "ipv4": {"NlMtu": 1400}}
    state = states.configured("mtu", interfaces=[{**entry, "expect": "any"}])
    assert (state["result"], state["changes"]) == (True, {})
    state = states.configured("mtu", interfaces=[{**entry, "expect": "some"}])
    assert state["result"] is False
    assert "interfaces[0].match" in state["comment"]


@pytest.mark.parametrize("test", [True, False])
def test_bad_documents_change_nothing(minion: Minion, test: bool) -> None:
    minion.opts["test"] = test
    before = rows()
    entries = [*ETHERNET, {"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": "large"}}]
    state = states.configured("mtu", interfaces=entries)
    assert (state["result"], state["changes"]) == (False, {})
    assert "interfaces[1].ipv4.NlMtu" in state["comment"]
    assert rows() == before


def test_the_comment_says_that_somebody_has_to_confirm(minion: Minion) -> None:
    state = states.configured("mtu", interfaces=ETHERNET, confirm_within=300)
    assert state["comment"] == (
        "1 member changed. They are reverted in 300 s unless ipif.confirm is called."
    )
