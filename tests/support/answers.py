"""The file of answers: what a machine answered to the open questions about Windows.

The first line names the format, the second the machine. Each other line is an answer: the number of
the question, what was asked, and what was found.

    ipif answers 1
    Windows-2025Server-10.0.26100-SP0, AMD64, ipif 0.9.0
    Q5   index after a call by LUID: 0, the adapter has 19
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

HEAD = "ipif answers 1"

#: The open questions, with their numbers.
QUESTIONS = {
    1: "What does InitializeIpInterfaceEntry write?",
    2: "Do 0 and all ones mean unchanged?",
    3: "What does a row of zeros change?",
    4: "When is elevation checked?",
    5: "What if LUID and index disagree, and is the index filled in?",
    6: "Which SitePrefixLength does IPv4 accept?",
    7: "Which metrics are accepted, and when are they ignored?",
    8: "Which MTUs are accepted?",
    9: "What do the other members accept?",
    10: "Which members survive a restart of the adapter?",
    11: "What does a BOOLEAN of 2 mean?",
    12: "What is notified, and when?",
    13: "How are the rows ordered, and what is in the padding?",
    14: "What do the route functions answer without a key or a route?",
    15: "What do the members hold that nobody has published?",
    16: "What do a disabled adapter and a NULL argument answer?",
    17: "Is a row of which one member is wrong refused as a whole?",
}

#: What was found, by the number of the question and what was asked.
Answers: TypeAlias = dict[tuple[int, str], str]

_LINE = re.compile(r"Q(\d+) +(.+?): (.*)")


class AnswersFile(NamedTuple):
    """What a file of answers says."""

    machine: str
    answers: Answers


class FormatError(ValueError):
    """The text is no file of answers."""


def write_answers(machine: str, answers: Mapping[tuple[int, str], str]) -> str:
    """Return the text of a file of answers, ordered by question."""
    lines = [HEAD, machine]
    for number, asked in sorted(answers, key=lambda key: key[0]):
        assert number in QUESTIONS
        assert ": " not in asked
        lines.append(f"{f'Q{number}':4} {asked}: {answers[number, asked]}")
    return "\n".join(lines) + "\n"


def read_answers(text: str) -> AnswersFile:
    """Return what the *text* of a file of answers says; raise FormatError."""
    lines = text.splitlines()
    if lines[:1] != [HEAD]:
        raise FormatError(f"line 1: expected {HEAD!r}")
    if len(lines) < 2:
        raise FormatError("line 2: expected the machine")
    answers: Answers = {}
    for place, line in enumerate(lines[2:], 3):
        found = _LINE.fullmatch(line)
        if found is None or int(found[1]) not in QUESTIONS:
            expected = "'Q' and a number from 1 to 17, what was asked, a colon, what was found"
            raise FormatError(f"line {place}: expected {expected}")
        key = int(found[1]), found[2]
        if key in answers:
            raise FormatError(f"line {place}: the second answer to 'Q{key[0]} {key[1]}'")
        answers[key] = found[3]
    return AnswersFile(lines[1], answers)
