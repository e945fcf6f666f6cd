"""Aliases as a terminal shows them: wide, long, invisible and misleading characters."""

from __future__ import annotations

import json
import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest
import support.machine  # noqa: F401
from hypothesis import given
from hypothesis import strategies as st
from support.command import Command

from ipif import simulation
from ipif._cli.output import Column, Output
from ipif._cli.text import escaped, shortened, width, wrapped

# Text and the columns that it takes, by Unicode's reckoning.
WIDTHS = {
    "Wi-Fi": 5,
    "以太网": 6,
    "\uff57\uff49\uff46\uff49": 8,
    "Büro": 4,
    "Bu\u0308ro": 4,  # with a diaeresis of its own
    "한글": 4,
    "\u1112\u1161\u11ab": 2,  # a syllable of three parts
    "ไทย": 3,
    "น้ำ": 2,
    "🦎": 2,
    "☎": 1,
    "❤️": 2,
    "1️⃣": 2,
    "👍🏽": 2,
    "🇩🇪": 2,
    "👨‍👩‍👧": 2,
    "—…": 2,
    "": 0,
}

ESCAPED = {
    "\x1b[31mred": "\\x1b[31mred",
    "a\nb\tc\rd": "a\\nb\\tc\\rd",
    "\x00": "\\x00",
    "\x7f\x9b": "\\x7f\\x9b",
    "\u202eiF-iW": "\\u202eiF-iW",  # written from right to left
    "\u2066x\u2069": "\\u2066x\\u2069",
    "\u2028": "\\u2028",
    "\ufeffWi-Fi": "\\ufeffWi-Fi",
    "Wi\u200b-Fi": "Wi\\u200b-Fi",  # nothing is seen of these
    "Wi\u200d-Fi": "Wi\\u200d-Fi",
    "Wi\u00ad-Fi": "Wi\\xad-Fi",
    "Wi-Fi\ufe0f": "Wi-Fi\\ufe0f",
    "Wi-Fi\u3164": "Wi-Fi\\u3164",
    "Wi-Fi\U000e0100": "Wi-Fi\\U000e0100",
    "Wi\xa0Fi": "Wi\\xa0Fi",
    "Wi\u3000Fi": "Wi\\u3000Fi",
    "\ud800": "\\ud800",
}


@pytest.mark.parametrize("text", WIDTHS, ids=ascii)
def test_the_width_of_a_text(text: str) -> None:
    assert width(text) == WIDTHS[text]
    assert escaped(text) == text


@pytest.mark.parametrize("text", ESCAPED, ids=ascii)
def test_what_disturbs_a_terminal_or_misleads_a_reader_is_escaped(text: str) -> None:
    assert escaped(text) == ESCAPED[text]
    assert escaped(ESCAPED[text]) == ESCAPED[text]


def test_a_family_of_emojis_is_not_cut_in_two() -> None:
    family = "👨‍👩‍👧"
    assert shortened(f"a{family}bc", 4, "…") == f"a{family}…"
    assert shortened(f"a{family}bc", 3, "…") == "a…"
    assert shortened("Bu\u0308ro 1", 3, "…") == "Bu\u0308…"
    assert shortened("以太网", 4, "…") == "以…"


@given(st.text(), st.integers(4, 60))
def test_a_shortened_text_fits(text: str, columns: int) -> None:
    shown = escaped(text)
    assert width(shortened(shown, columns, "…")) <= columns


@given(st.text(), st.integers(4, 60))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, columns: int) -> None:
    shown = escaped(text)
    lines = wrapped(shown, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")


# ---- tables

ALIASES = [
    "以太网 2",
    "🦎 lizard",
    "👨‍👩‍👧 at home",
    "Bu\u0308ro",
    "\x1b[31mred\x1b[0m",
    "\u202eiF-iW",
    "a\nb",
    "x" * 256,
    "网" * 256,
    "🦎" * 128,
    " ",
    "e" + "\u0301" * 200,
]


@pytest.fixture(params=ALIASES, ids=lambda alias: ascii(alias)[:20])
def alias(request: pytest.FixtureRequest) -> str:
    """Rename an interface; return its new alias."""
    simulation.rename_interface("Ethernet", request.param)
    return str(request.param)


def test_a_table_stays_aligned_and_fits(alias: str, command: Command) -> None:
    done = command("list")
    heading, *lines = done.out.split("\n")[:-1]
    assert len(lines) == 19
    for line in (heading, *lines):
        assert width(line) <= 80
        assert escaped(line) == line
    start = heading.index("Family")
    for line in lines:
        assert columns_before(line, "ipv") == start


def columns_before(line: str, text: str) -> int:
    """Return the column at which *text* begins, the last time that it does."""
    return width(line[: line.rindex(text)])


def test_every_command_about_it_writes_no_raw_control_character(
    alias: str, command: Command
) -> None:
    for words in (
        ("list", "13", "--wide"),
        ("get", "13"),
        ("set", "13", "ipv4", "NlMtu=1400"),
        ("get", "nobody" + alias),
    ):
        done = command(*words)
        for line in (done.out + done.err).split("\n"):
            assert escaped(line) == line


def test_json_has_the_alias_as_it_is(alias: str, command: Command) -> None:
    done = command("list", "13", "--json")
    assert done.out.isascii()
    assert [row["Alias"] for row in json.loads(done.out)] == [alias, alias]


# ---- encodings


def table_in_ascii(
    columns: list[Column], rows: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Return the lines of a table that is written where only ASCII can be."""
    data = BytesIO()
    with monkeypatch.context() as patch:
        stream = TextIOWrapper(data, encoding="ascii", newline="\n")
        patch.setattr(sys, "stdout", stream)
        output = Output()
        output.table(columns, rows)
        output.finish()
    return data.getvalue().decode("ascii").splitlines()


def test_a_table_is_aligned_when_the_encoding_lacks_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = [Column("Alias", fit="shorten"), Column("Family")]
    rows = [["Büro", "ipv4"], ["Wi-Fi", "ipv4"], ["以太网", "ipv6"]]
    assert table_in_ascii(columns, rows, monkeypatch) == [
        "Alias               Family",
        "B\\xfcro             ipv4",
        "Wi-Fi               ipv4",
        "\\u4ee5\\u592a\\u7f51  ipv6",
    ]


def test_an_ellipsis_has_three_dots_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = [Column("Alias", fit="shorten"), Column("Text")]
    lines = table_in_ascii(columns, [["x" * 256, "y" * 40]], monkeypatch)
    assert lines[1] == f"{'x' * 35}...  {'y' * 40}"


# ---- sentences


class Tty(StringIO):
    """Stands for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [20, 24, 30, 40])
def test_a_sentence_is_broken_at_spaces_with_a_margin(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    pieces = [("12:34:56", "dim"), "  以太网   ipv4  ", ("changed", "good"), ", ", "x" * 50, " end"]
    terminal = Tty()
    monkeypatch.setattr(sys, "stdout", terminal)
    Output().sentence(*pieces, margin=4)
    monkeypatch.undo()
    lines = terminal.getvalue().splitlines()
    assert all(width(line) <= columns for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])
    text = "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)
    assert "".join("".join(lines).split()) == "".join(text.split())
