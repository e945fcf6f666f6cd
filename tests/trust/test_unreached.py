"""The list of the lines that no test reaches is true of the sources, and the check compares it.

That the lines on it are still the only ones is what ``tools/trust.py coverage`` finds out.
"""

import sys

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

if not (ROOT / "tools").exists():
    pytest.skip("the tools are not here: no checkout", allow_module_level=True)

sys.path.insert(0, str(ROOT / "tools"))
try:
    from trust_checks import coverage as check
    from trust_checks import unreached
finally:
    sys.path.remove(str(ROOT / "tools"))

FILE = "src/sim/kernel32.c"
LINE = "return length;"
TEXT = f"""
            if (*text == 0) {{
#####           {LINE}
"""


def number_of(line: str) -> int:
    lines = (ROOT / FILE).read_text(encoding="utf-8").splitlines()
    return [each.strip() for each in lines].index(line) + 1


NUMBER = number_of(LINE)


def differences(missing: set[int], *entries: unreached.Unreached, **not_measured: str) -> list[str]:
    """Return what the check finds when *missing* lines of FILE were not reached."""
    listed = unreached.UnreachedList(list(entries), not_measured)
    measured = {FILE: check.Measured(90, 100, frozenset(missing))}
    return [problem for problem in check.differences(measured, listed) if FILE in problem]


def entry(text: str = TEXT, sometimes: bool = False) -> unreached.Unreached:
    return unreached.Unreached("a reason", [unreached.Place(FILE, text)], sometimes)


def test_each_listed_text_stands_once_in_its_file_and_has_a_reason() -> None:
    listed = unreached.read_list()
    for each in listed.entries:
        assert each.reason, each
        for place in each.places:
            assert place.find(), place
    for name, reason in listed.not_measured.items():
        assert (ROOT / name).is_file(), name
        assert reason, name


def test_a_line_that_is_listed_and_not_reached_is_in_order() -> None:
    assert differences({NUMBER}, entry()) == []


def test_a_line_that_is_not_reached_and_not_listed_is_found_and_shown_as_an_entry() -> None:
    [problem] = differences({NUMBER})
    assert "not listed" in problem
    assert unreached.as_entry(FILE, [NUMBER]) in problem


def test_a_listed_line_that_is_reached_is_found() -> None:
    assert differences(set(), entry()) == [f"{FILE}:{NUMBER}: listed, but reached"]


def test_a_line_that_is_reached_sometimes_may_be_either() -> None:
    assert differences(set(), entry(sometimes=True)) == []
    assert differences({NUMBER}, entry(sometimes=True)) == []


@pytest.mark.parametrize(("text", "times"), [("##### no such line\n", 0), ("##### return 0;\n", 2)])
def test_a_listed_text_that_does_not_stand_once_in_its_file_is_found(text: str, times: int) -> None:
    with pytest.raises(ValueError, match=f"{FILE}: these lines are there {times} times"):
        unreached.Place(FILE, text).find()


def test_the_text_of_an_entry_is_long_enough_to_stand_once() -> None:
    lines = (ROOT / FILE).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if line.strip():
            text = unreached.as_entry(FILE, [number]).partition("'''")[2].partition("'''")[0]
            assert unreached.Place(FILE, text).find() == {number}


def test_a_file_that_is_not_measured_is_found() -> None:
    [problem] = check.differences(
        {name: check.Measured() for name in sources() if name != FILE}, unreached.UnreachedList()
    )
    assert problem == f"{FILE}: not measured, and not listed as such"


def sources() -> list[str]:
    paths = [*(ROOT / "src").rglob("*.c"), *(ROOT / "src").rglob("*.py")]
    return [path.relative_to(ROOT).as_posix() for path in paths]


@pytest.mark.parametrize(
    ("name", "reached", "problem"),
    [
        ("src/_ipif.c", 969, "src/_ipif.c: 96.90 % is reached, less than 97 %"),
        ("src/_ipif_rows.h", 969, "src/_ipif_rows.h: 96.90 % is reached, less than 97 %"),
        ("src/sim/machine.c", 949, "src/sim/*: 94.90 % is reached, less than 95 %"),
        ("src/ipif/__init__.py", 979, "src/*.py: 97.90 % is reached, less than 98 %"),
    ],
)
def test_less_than_the_threshold_is_found(name: str, reached: int, problem: str) -> None:
    names = ("src/_ipif.c", "src/_ipif_rows.h", "src/sim/machine.c", "src/ipif/__init__.py")
    measured = {each: check.Measured(1000, 1000) for each in names}
    assert check.below_thresholds(measured, check.THRESHOLDS) == []
    measured[name] = check.Measured(reached, 1000)
    assert problem in check.below_thresholds(measured, check.THRESHOLDS)


def test_nothing_measured_is_too_little() -> None:
    assert len(check.below_thresholds({}, check.THRESHOLDS)) == len(check.THRESHOLDS)
