"""tools/answers.py: what the simulation answers under a profile leads back to that profile."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.answers import AnswersFile, write_answers
from support.asked import SimulatedMachine
from support.fresh import ROOT, start
from support.questions import ASKED, ask

import ipif
from ipif import simulation
from ipif._sim.snapshot import DEFAULT_PROFILE, ON_BY_DEFAULT, OPTIONS

if not (ROOT / "tools").exists():
    pytest.skip("the tools are not here: no checkout", allow_module_level=True)

sys.path.insert(0, str(ROOT / "tools"))
try:
    import answers as tool
finally:
    sys.path.remove(str(ROOT / "tools"))

WINDOWS = "Windows-11-10.0.26100-SP0, AMD64, ipif 1.0"
DEFAULTS: dict[str, Any] = {"name": DEFAULT_PROFILE} | {
    name: name in ON_BY_DEFAULT for name in OPTIONS
}


def answered(**profile: Any) -> dict[tuple[int, str], str]:
    """Return what the simulation answers under a profile."""
    simulation.profile(**{**DEFAULTS, **profile})
    return ask(SimulatedMachine(), ASKED)


def led_back(**profile: Any) -> dict[str, object]:
    return tool.profile_of(tool.verdicts_of(answered(**profile)))


@pytest.mark.parametrize("value", [False, True])
@pytest.mark.parametrize("option", OPTIONS)
def test_the_answers_under_an_option_lead_back_to_it(option: str, value: bool) -> None:
    wanted = {**DEFAULTS, option: value}
    assert led_back(**wanted) == wanted


@pytest.mark.parametrize("name", ["sentinel", "doc_zero"])
@pytest.mark.parametrize("value", [False, True])
def test_the_answers_under_all_options_lead_back_to_them(value: bool, name: str) -> None:
    wanted = DEFAULTS | dict.fromkeys(OPTIONS, value) | {"name": name}
    assert led_back(**wanted) == wanted


def test_every_option_has_a_rule_and_every_rule_is_answered_by_the_simulation() -> None:
    with_option = {rule.name for rule in tool.RULES if rule.opposite is not None}
    assert with_option == {*OPTIONS, "doc_zero"}
    verdicts = tool.verdicts_of(answered())
    assert [v.rule.name for v in verdicts if v.holds is None] == []


def test_answers_that_are_missing_or_fit_neither_side_settle_nothing() -> None:
    answers = answered(**dict.fromkeys(OPTIONS, False))
    del answers[12, "a new alias"]
    answers[6, "ipv4 SitePrefixLength=24"] = "accepted, then reads 24"
    answers[7, "ipv4 Metric=2147483648"] = "error 1, then reads 5"
    profile = tool.profile_of(tool.verdicts_of(answers))
    expected = {"rename_silent", "site_prefix_length_accepted", "large_metric_accepted"}
    assert DEFAULTS.keys() - profile.keys() == expected
    sentences = {v.rule.name: v.sentence for v in tool.verdicts_of(answers)}
    assert sentences["rename_silent"] == "not asked"
    assert sentences["large_metric_accepted"].startswith("unclear: ipv4 Metric=2147483648: error 1")


def test_an_answer_against_a_rule_without_an_option_is_named() -> None:
    answers = answered()
    for key in answers:
        if key[0] == 17:
            answers[key] = "error 87, DadTransmits written"
    (verdict,) = [v for v in tool.verdicts_of(answers) if v.rule.name == "all_or_none"]
    assert verdict.sentence == "not so: All members of a row are written, or none"
    assert "without an option" in verdict.meaning


def test_the_page_has_the_rules_as_they_are_simulated() -> None:
    page = (ROOT / tool.PAGE).read_text(encoding="utf-8")
    for rule in tool.RULES:
        option_is_on = rule.name == DEFAULT_PROFILE or rule.name in ON_BY_DEFAULT
        start, _, end = tool.row_of(rule, not option_is_on, "BASIS").partition("BASIS")
        assert re.search(f"^{re.escape(start)}[^|]+{re.escape(end)}$", page, re.M), rule.name


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the files that the tool edits."""
    for name in (tool.SNAPSHOT, tool.PAGE, tool.FIELD_TABLE, *(f"src/sim/{p.name}" for p in SIM)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


SIM = sorted((ROOT / "src" / "sim").glob("*.[ch]"))


def read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def defaults_in(root: Path) -> tuple[str, frozenset[str]]:
    """Return the defaults that the edited snapshot.py has."""
    lines = re.findall(
        r"^(?:DEFAULT_PROFILE|ON_BY_DEFAULT).*?(?=^\n|^#)", read(root, tool.SNAPSHOT), re.M | re.S
    )
    names: dict[str, Any] = {}
    exec("".join(lines), names)
    return names["DEFAULT_PROFILE"], names["ON_BY_DEFAULT"]


@pytest.mark.parametrize("value", [False, True])
@pytest.mark.parametrize("name", ["sentinel", "doc_zero"])
def test_apply_writes_defaults_marks_and_page_and_changes_nothing_the_second_time(
    checkout: Path, value: bool, name: str
) -> None:
    answers = answered(name=name, **dict.fromkeys(OPTIONS, value))
    verdicts = tool.verdicts_of(answers)
    file = AnswersFile(WINDOWS, answers)
    tool.apply(file, verdicts, checkout)
    assert defaults_in(checkout) == (name, frozenset(OPTIONS if value else ()))
    for rule in tool.RULES:
        page = read(checkout, tool.PAGE)
        holds = (name == "sentinel") if rule.name == "doc_zero" else not value
        row = tool.row_of(
            rule, holds or rule.opposite is None, "observed on Windows-11-10.0.26100-SP0"
        )
        assert row in page.splitlines()
    marks = {
        mark
        for path in SIM
        for mark in re.findall(r"\[(\w+): (\w+)\]", read(checkout, f"src/sim/{path.name}"))
    }
    with_option = {rule.name for rule in tool.RULES if rule.opposite is not None}
    expected = dict.fromkeys(with_option, "refuted" if value else "observed")
    expected["doc_zero"] = "observed" if name == "sentinel" else "refuted"
    assert {rule: basis for basis, rule in marks if rule in with_option} == expected
    fields = read(checkout, tool.FIELD_TABLE)
    for before in tool.IN_FIELD_TABLE.values():
        assert before + ("refuted" if value else "observed") in fields
    first = {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}
    tool.apply(file, verdicts, checkout)
    assert {path: path.read_bytes() for path in first} == first
    # The opposite answers, later, lead to the opposite again.
    other = answered(name="sentinel", **dict.fromkeys(OPTIONS, False))
    tool.apply(AnswersFile(WINDOWS, other), tool.verdicts_of(other), checkout)
    assert defaults_in(checkout) == ("sentinel", frozenset())


def test_every_rule_with_an_option_has_a_mark_in_the_sources() -> None:
    marks = {m for path in SIM for m in re.findall(r"\[\w+: (\w+)\]", path.read_text("utf-8"))}
    assert {rule.name for rule in tool.RULES if rule.opposite is not None} <= marks


@pytest.mark.skipif(ipif.backend == "windows", reason="a program of the checkout, run on Linux")
def test_show_prints_every_question_and_what_the_simulation_answers_differently(
    tmp_path: Path,
) -> None:
    file, snapshot = tmp_path / "answers.txt", tmp_path / "machine.json"
    answers = answered(index_filled_in=True)
    answers[13, "order of GetIpInterfaceTable"] = "another order"
    file.write_text(write_answers(WINDOWS, answers), encoding="utf-8")
    simulation.reset()
    simulation.save(snapshot)
    done = start(
        ROOT / "tools" / "answers.py", "--show", file, "--snapshot", snapshot,
        "--interface", "Ethernet",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line for line in done.stdout.splitlines() if re.match(r"\| \d", line)]
    assert {int(row.split("|")[1]) for row in rows} == {*range(1, 18)}
    assert any("`index_filled_in` on" in row for row in rows)
    assert [row for row in rows if row.startswith("| 13 | order") and "another" in row] == rows[-1:]


def test_a_file_that_is_no_file_of_answers_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "answers.txt"
    file.write_text("something else\n", encoding="utf-8")
    done = start(ROOT / "tools" / "answers.py", "--apply", file)
    assert done.returncode == 2
    assert "answers.txt: line 1: expected 'ipif answers 1'" in done.stderr
