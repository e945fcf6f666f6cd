"""The questions to a real Windows (tests/live) can be asked, here to the simulation."""

from typing import Any

import pytest
import support.machine  # noqa: F401
from support.answers import QUESTIONS, FormatError, read_answers, write_answers
from support.asked import SimulatedMachine, restored
from support.questions import ASKED, Question, ask

import ipif
from ipif import simulation

#: Restarting an adapter and passing NULL is left to a real Windows.
ONLY_REAL = {10, 16}


@pytest.mark.parametrize("profile", ["sentinel", "doc_zero"])
@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.name)
def test_a_question_is_answered_and_everything_is_as_before(
    question: Question, profile: Any
) -> None:
    simulation.profile(profile)
    before = simulation.dump()
    answers = ask(SimulatedMachine(), [question])
    assert {number for number, _ in answers} == {question.number} - ONLY_REAL
    after = simulation.dump()
    for row in (*before["interfaces"], *after["interfaces"]):
        if row["Family"] == "ipv4":
            row["SitePrefixLength"] = None  # nothing can bring back the 64 of a new adapter
    assert after == before


def test_every_open_question_can_be_asked() -> None:
    assert [*dict.fromkeys(question.number for question in ASKED)] == [*QUESTIONS]


def test_a_question_that_says_it_changes_nothing_sets_nothing(calls: Any) -> None:
    ask(SimulatedMachine(), [question for question in ASKED if not question.changes])
    assert calls["SetIpInterfaceEntry"] == 0


def test_a_row_that_cannot_be_restored_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    luid = ipif.Luid.of("Ethernet")
    guard = restored(luid)
    guard.__enter__()
    ipif.update_interface(luid, "ipv6", WeakHostSend=True)
    monkeypatch.setattr(ipif, "set_interface", lambda row: row)
    with pytest.raises(AssertionError, match=r"not as before.*WeakHostSend"):
        guard.__exit__(None, None, None)


def test_what_is_written_to_a_file_of_answers_is_read_again() -> None:
    answers = ask(SimulatedMachine(), ASKED)
    text = write_answers("a machine", answers)
    assert read_answers(text) == ("a machine", answers)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1: expected 'ipif answers 1'"),
        (["ipif answers 2", "a machine"], "line 1: expected 'ipif answers 1'"),
        (["ipif answers 1"], "line 2: expected the machine"),
        (["ipif answers 1", "a machine", "Q18  x: y"], "line 3: expected 'Q' and a number from 1"),
        (["ipif answers 1", "a machine", "Q1   x"], "line 3: expected 'Q' and a number from 1"),
        (["ipif answers 1", "a machine", "Q1   x: y", "Q1 x: z"], "line 4: the second answer"),
    ],
)
def test_a_text_that_is_no_file_of_answers_is_refused(lines: list[str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_answers("\n".join(lines))
