"""The open questions, asked on a real Windows and recorded (tests/support/questions.py).

No answer is expected. What changes something is asked on the expendable adapter, which must be as
before afterwards.
"""

import pytest
import support.real  # noqa: F401
from support.answers import Answers
from support.asked import WindowsMachine
from support.questions import ASKED, Question, ask


@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.name)
def test_question(question: Question, asked: WindowsMachine, answers: Answers) -> None:
    before = len(answers)
    ask(asked, [question], answers)
    assert len(answers) > before, "nothing was answered"
