"""Turn what a Windows computer answered into the defaults of the simulation.

    python tools/answers.py --show answers.txt    # a table, in Markdown
    python tools/answers.py --apply answers.txt   # edits the sources and the documentation

tests/live asks a real Windows the open questions and writes the file (tests/support/answers.py has
its format). *--apply* writes the default profile and options into src/ipif/_sim/snapshot.py, and
the basis of each rule that was answered, in src/sim and the field table ("observed", or "refuted"
for the opposite) and on the page about the simulation ("observed"). What is not answered, or fits
neither side of a rule, is left as it is and named.

    python tools/answers.py --show answers.txt --snapshot snapshot.json --interface ALIAS

also asks the simulation of that computer, with the profile that the answers mean, and lists what
the two answer differently. That needs ipif.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.answers import (  # noqa: E402
    QUESTIONS,
    Answers,
    AnswersFile,
    FormatError,
    read_answers,
)

SNAPSHOT = "src/ipif/_sim/snapshot.py"
PAGE = "docs/explanation/simulation.md"
ONES = 2**32 - 1
MANY = 8  # answers to a question without a rule, in the table


#: Where the basis of a rule stands in the field table: the words before it, by rule.
FIELD_TABLE = "src/_ipif_fields.h"
IN_FIELD_TABLE = {
    "all_ones_times_accepted": "0 means unchanged: inferred, all ones: ",
    "large_metric_accepted": "that Windows refuses more: ",
}


class Unclear(Exception):
    """The answers fit neither side of a rule; the text says which."""


class NotAsked(Exception):
    """There is no answer."""


class Rule(NamedTuple):
    """A rule of the simulation that an answer settles.

    ``holds`` returns whether the rule holds, and not its opposite. ``opposite`` is ``None`` where
    the simulation has no option: then an answer against the rule needs a change of its code.
    """

    name: str  # of the option, where there is one
    number: int
    rule: str  # as on the page
    opposite: str | None
    holds: Callable[[Found], bool]


class Found:
    """The answers to one question, with the helpers that rules read them with."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers

    def one(self, asked: str) -> str:
        """Return an answer; raise NotAsked."""
        if asked not in self._answers:
            raise NotAsked
        return self._answers[asked]

    def some(self, pattern: str) -> dict[str, str]:
        """Return the answers to what matches *pattern* completely; raise NotAsked."""
        found = {a: f for a, f in self._answers.items() if re.fullmatch(pattern, a)}
        if not found:
            raise NotAsked
        return found

    def choose(self, pattern: str, holds: str, opposite: str) -> bool:
        """Return which of two patterns all answers match; ``{value}`` is the value asked for.

        Raises Unclear when some match another one.
        """
        sides = set()
        some = self.some(pattern)
        for asked, answer in some.items():
            value = re.escape(asked.rpartition("=")[2])
            for side, form in ((True, holds), (False, opposite)):
                if re.fullmatch(form.replace("{value}", value), answer):
                    sides.add(side)
                    break
            else:
                raise Unclear(f"{asked}: {answer}")
        if len(sides) > 1:
            raise Unclear("; ".join(f"{asked}: {answer}" for asked, answer in some.items()))
        return sides.pop()


TAKEN = "accepted, then reads {value}"
NOT_TAKEN = "accepted, then reads (?!{value}$).*"
REFUSED = "error 87, then reads .*"
LARGE = f"{2**31}|{ONES - 1}"


def sentinels(found: Found) -> bool:
    """Whether InitializeIpInterfaceEntry writes unchanged sentinels, and not zeros."""
    flags = found.some(r"(\w+Enabled|WeakHost\w+|UseA\w+|UseN\w+|DisableDefaultRoutes) at \d+")
    others = found.some(r"(Metric|DadTransmits|SitePrefixLength|RouterDiscoveryBehavior) at \d+")
    if {*flags.values()} == {"ff"} and {*others.values()} == {"ff ff ff ff"}:
        return True
    if {*flags.values()} == {"00"} and {*others.values()} == {"00 00 00 00"}:
        return False
    raise Unclear("; ".join(f"{asked}: {bytes_}" for asked, bytes_ in (flags | others).items()))


def access_later(found: Found) -> bool:
    """Whether elevation is checked behind the family and the keys."""
    asked = ("Family 0", "no key", "an unknown LUID", "valid keys and nothing to change")
    codes = [found.one(f"not elevated, {what}") for what in asked]
    if codes in (["87", "87", "2", "5"], ["5"] * 4):
        return codes[0] == "87"
    raise Unclear(", ".join(f"{what}: {code}" for what, code in zip(asked, codes, strict=True)))


def not_clamped(found: Found) -> bool:
    """Whether an MTU above that of the adapter stays as it is."""
    adapter = int(found.one("Mtu of the adapter"))
    above = {}
    for asked, answer in found.some(r"ipv[46] NlMtu=\d+").items():
        if int(asked.rpartition("=")[2]) > adapter:
            above[asked] = answer
    return Found(above).choose(".*", TAKEN, f"accepted, then reads {adapter}")


RULES = (
    Rule(
        "doc_zero",
        1,
        "It fills the row with unchanged sentinels and clears the keys",
        "It fills the row with zeros, as its reference page says",
        sentinels,
    ),
    Rule(
        "all_ones_times_accepted",
        2,
        "All ones in the three times mean unchanged",
        "All ones in the three times are a value",
        lambda found: found.choose(rf"ipv[46] (Base|Retr|Path)\w+={ONES}", NOT_TAKEN, TAKEN),
    ),
    Rule(
        "access_checked_first",
        4,
        "The checks come in this order: family, LUID or index (2), elevation (5), family bound"
        " (1168), values (87)",
        "Elevation (5) is checked before everything else",
        access_later,
    ),
    Rule(
        "index_filled_in",
        5,
        "`InterfaceIndex` is not filled in when the LUID was the key",
        "`InterfaceIndex` is filled in when the LUID was the key",
        lambda found: found.choose(
            "index after SetIpInterfaceEntry by LUID", "0, index 0", "0, index of the adapter"
        ),
    ),
    Rule(
        "site_prefix_length_accepted",
        6,
        "IPv4 `SitePrefixLength` of 1 to 32: error 87",
        "IPv4 `SitePrefixLength` of 1 to 32 is accepted",
        lambda found: found.choose("ipv4 SitePrefixLength=(1|24|32)", REFUSED, TAKEN),
    ),
    Rule(
        "zero_read_back",
        6,
        "After 0 was written there, 0 is read",
        None,
        lambda found: found.choose("ipv4 SitePrefixLength=0", TAKEN, ".*"),
    ),
    Rule(
        "large_metric_accepted",
        7,
        "`Metric` above 2147483647: error 87",
        "`Metric` above 2147483647 is accepted",
        lambda found: found.choose(f"ipv[46] Metric=({LARGE})", REFUSED, TAKEN),
    ),
    Rule(
        "metric_ignored",
        7,
        "With the automatic metric on, a given `Metric` is ignored",
        None,
        lambda found: found.choose(
            "ipv[46] Metric=7[78] w.*", "accepted, then reads (?!7[78]$).*", ".*"
        ),
    ),
    Rule(
        "mtu_clamped",
        8,
        "`NlMtu` has no upper limit",
        "`NlMtu` is limited to the MTU of the adapter",
        not_clamped,
    ),
    Rule(
        "ipv4_mtu_below_576",
        8,
        "IPv4 `NlMtu` below 576: error 87",
        None,
        lambda found: found.choose("ipv4 NlMtu=(1|575)", REFUSED, ".*"),
    ),
    Rule(
        "link_local_always_off_refused",
        9,
        "`LinkLocalAddressBehavior` AlwaysOff is accepted for IPv4",
        "`LinkLocalAddressBehavior` AlwaysOff is refused for IPv4: error 87",
        lambda found: found.choose("ipv4 LinkLocalAddressBehavior=0", TAKEN, REFUSED),
    ),
    Rule(
        "nud_off_refused",
        9,
        "`UseNeighborUnreachabilityDetection` can be turned off",
        "Turning `UseNeighborUnreachabilityDetection` off is refused: error 87",
        lambda found: found.choose("ipv[46] UseNeighborUnreachabilityDetection=0", TAKEN, REFUSED),
    ),
    Rule(
        "unknown_enum_accepted",
        9,
        "An enumerator that does not exist: error 87",
        "An enumerator that does not exist is accepted",
        lambda found: found.choose(r"ipv[46] \w+Behavior=3", REFUSED, TAKEN),
    ),
    Rule(
        "boolean_of_2",
        11,
        "A BOOLEAN of 2 to 254 is stored as 1",
        None,
        lambda found: found.choose("WeakHostReceive=(2|254) over 0", "0, then the byte is 1", ".*"),
    ),
    Rule(
        "unchanged_set_notifies",
        12,
        "A call that changes nothing is not notified",
        "A call that changes nothing is notified",
        lambda found: found.choose("ipv4, the row that is there", "nothing", r"\d+ Param\w+"),
    ),
    Rule(
        "mtu_change_notifies",
        12,
        "A change of `NlMtu` is notified as any other",
        None,
        lambda found: found.choose("ipv4 NlMtu=1400", r"\d+ Param\w+", ".*"),
    ),
    Rule(
        "initial_later",
        12,
        "The initial notification has come when the registering function returns",
        "The initial notification comes later, from another thread",
        lambda found: found.choose(
            "initial, when the function returns",
            r"has come in (\d+) of \1 registrations",
            r"has come in \d+ of \d+ registrations",
        ),
    ),
    Rule(
        "rename_silent",
        12,
        "A new alias is notified as a change of each row",
        "A new alias is not notified",
        lambda found: found.choose("a new alias", r"\d+ Param\w+", "nothing"),
    ),
    Rule(
        "all_or_none",
        17,
        "All members of a row are written, or none",
        None,
        lambda found: found.choose(
            "ipv6 DadTransmits.*", r"error \d+, DadTransmits unchanged", ".*"
        ),
    ),
)


class Verdict(NamedTuple):
    """What the answers say about a rule: whether it holds, or why that is open."""

    rule: Rule
    holds: bool | None
    why: str = ""  # "" if nothing was asked

    @property
    def sentence(self) -> str:
        """What Windows does."""
        if self.holds is None:
            return f"unclear: {self.why}" if self.why else "not asked"
        if self.holds:
            return self.rule.rule
        return self.rule.opposite or f"not so: {self.rule.rule}"

    @property
    def meaning(self) -> str:
        """What that means for the simulation."""
        if self.holds is None:
            return "to be looked at" if self.why else ""
        if self.rule.opposite is None:
            return (
                "as simulated" if self.holds else "**the simulation is wrong, without an option**"
            )
        if self.rule.name == "doc_zero":
            return "profile `sentinel`" if self.holds else "profile `doc_zero`"
        return f"`{self.rule.name}` {'off' if self.holds else 'on'}"


def verdicts_of(answers: Answers) -> list[Verdict]:
    """Return what the answers say about each rule."""
    verdicts = []
    for rule in RULES:
        found = Found({a: f for (number, a), f in answers.items() if number == rule.number})
        try:
            verdicts.append(Verdict(rule, rule.holds(found)))
        except NotAsked:
            verdicts.append(Verdict(rule, None))
        except Unclear as unclear:
            verdicts.append(Verdict(rule, None, str(unclear)))
    return verdicts


def profile_of(verdicts: Iterable[Verdict]) -> dict[str, object]:
    """Return the profile that the verdicts mean: its name, and each option that was answered."""
    profile: dict[str, object] = {}
    for rule, holds, _ in verdicts:
        if holds is None or rule.opposite is None:
            continue
        if rule.name == "doc_zero":
            profile["name"] = "sentinel" if holds else "doc_zero"
        else:
            profile[rule.name] = not holds
    return profile


# ---- the table


def table(file: AnswersFile, verdicts: list[Verdict]) -> Iterator[str]:
    """Yield the lines of a table in Markdown: each open question, its answer, what it means."""
    yield f"## Answers of {file.machine}"
    yield ""
    yield "| | question | what Windows does | simulation |"
    yield "|---|---|---|---|"
    for number, text in QUESTIONS.items():
        rows = [verdict for verdict in verdicts if verdict.rule.number == number]
        for verdict in rows:
            yield f"| {number} | {text} | {cell(verdict.sentence)} | {verdict.meaning} |"
        if not rows:
            found = [f"{a}: {f}" for (n, a), f in file.answers.items() if n == number]
            if len(found) > MANY:
                found[MANY:] = [f"{len(found) - MANY} more, see the file"]
            answered = "<br>".join(map(cell, found)) or "not asked"
            yield f"| {number} | {text} | {answered} | no option |"


def cell(text: str) -> str:
    """Return *text* as a cell of a table in Markdown."""
    return text.replace("|", "\\|")


# ---- asking the simulation of the same computer


def simulated(profile: Mapping[str, object], snapshot: Path, alias: str) -> Answers:
    """Return what the simulation of a computer answers, with this profile."""
    os.environ["IPIF_BACKEND"] = "simulated"
    from support.asked import SimulatedMachine
    from support.questions import ASKED, ask

    from ipif import simulation

    simulation.load(snapshot)
    simulation.profile(**{"name": "sentinel", **profile})  # type: ignore[arg-type]
    return ask(SimulatedMachine(alias), ASKED)


def differences(real: Answers, other: Answers) -> Iterator[str]:
    """Yield the lines of a table of what two machines answered differently."""
    yield ""
    yield "### What the simulation answers differently, with that profile"
    yield ""
    yield "| | asked | Windows | simulation |"
    yield "|---|---|---|---|"
    for (number, asked), found in real.items():
        expected = other.get((number, asked), found)
        if expected != found:
            yield f"| {number} | {cell(asked)} | {cell(found)} | {cell(expected)} |"


# ---- editing


def apply(file: AnswersFile, verdicts: list[Verdict], root: Path = ROOT) -> None:
    """Write the answers into the sources and the page below *root*."""
    edit(root / SNAPSHOT, lambda text: with_defaults(text, profile_of(verdicts)))
    basis = f"observed on {file.machine.partition(',')[0]}"
    settled = [v for v in verdicts if v.holds is not None and (v.holds or v.rule.opposite)]
    for verdict in settled:
        for path in (root / "src" / "sim").glob("*.[ch]"):
            edit(path, functools.partial(with_mark, verdict=verdict))
        edit(root / FIELD_TABLE, functools.partial(with_field, verdict=verdict))
        edit(root / PAGE, functools.partial(with_row, verdict=verdict, basis=basis))


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Change a file, if that makes a difference."""
    text = path.read_text(encoding="utf-8")
    if (changed := change(text)) != text:
        path.write_text(changed, encoding="utf-8", newline="\n")


def with_mark(source: str, verdict: Verdict) -> str:
    """Return a source of the simulation where the basis of this rule is the answer."""
    name = verdict.rule.name
    return re.sub(rf"\[\w+: {name}\]", f"[{basis_of(verdict)}: {name}]", source)


def with_field(table: str, verdict: Verdict) -> str:
    """Return the field table where the basis of this rule is the answer."""
    before = IN_FIELD_TABLE.get(verdict.rule.name)
    if before is None:
        return table
    return re.sub(rf"({re.escape(before)})\w+", rf"\g<1>{basis_of(verdict)}", table)


def basis_of(verdict: Verdict) -> str:
    """Return the word for the basis of a rule that was answered."""
    return "observed" if verdict.holds else "refuted"


def with_defaults(source: str, profile: Mapping[str, object]) -> str:
    """Return snapshot.py with these defaults; options that *profile* lacks stay as they are."""
    pattern = re.compile(r"^ON_BY_DEFAULT: frozenset\[str\] = frozenset\((.*?)\)$", re.M | re.S)
    found = pattern.search(source)
    assert found is not None
    on = {*re.findall(r'"(\w+)"', found[1])}
    for option, value in profile.items():
        if option != "name":
            on = on | {option} if value else on - {option}
    names = "".join(f'        "{option}",\n' for option in sorted(on))
    members = f"\n    {{\n{names}    }}\n" if on else ""
    start, end = found.span(1)
    source = source[:start] + members + source[end:]
    name = profile.get("name")
    line = r'^DEFAULT_PROFILE = "\w+"$'
    return re.sub(line, f'DEFAULT_PROFILE = "{name}"', source, flags=re.M) if name else source


def row_of(rule: Rule, holds: bool, basis: str) -> str:
    """Return the row of a rule on the page about the simulation."""
    if rule.opposite is None:
        return f"| {rule.rule} | {basis} | |"
    if rule.name == "doc_zero":
        option = "profile `doc_zero`" if holds else "profile `sentinel`"
    else:
        option = f"`{rule.name}`" if holds else f"`{rule.name}` off"
    here, there = (rule.rule, rule.opposite) if holds else (rule.opposite, rule.rule)
    if not there.startswith(("IPv4", "`")):
        there = there[0].lower() + there[1:]
    return f"| {here} | {basis} | {option}: {there} |"


def with_row(page: str, verdict: Verdict, basis: str) -> str:
    """Return the page with the answer to a rule, and where it comes from."""
    rule, lines = verdict.rule, page.splitlines()
    for place, line in enumerate(lines):
        if line.startswith((f"| {rule.rule} |", f"| {rule.opposite} |")):
            lines[place] = row_of(rule, bool(verdict.holds), basis)
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--show", type=Path, metavar="FILE", help="print a table in Markdown")
    what.add_argument("--apply", type=Path, metavar="FILE", help="edit the sources and the page")
    parser.add_argument("--snapshot", type=Path, help="of the same computer: ask its simulation")
    parser.add_argument("--interface", metavar="ALIAS", help="the adapter that was asked about")
    options = parser.parse_args()
    if (options.snapshot is None) != (options.interface is None):
        parser.error("--snapshot and --interface go together")
    path = options.show or options.apply
    try:
        file = read_answers(path.read_text(encoding="utf-8"))
    except (OSError, FormatError) as error:
        parser.error(f"{path}: {error}")
    verdicts = verdicts_of(file.answers)
    if options.show:
        print("\n".join(table(file, verdicts)))
        if options.snapshot:
            other = simulated(profile_of(verdicts), options.snapshot, options.interface)
            print("\n".join(differences(file.answers, other)))
        return 0
    apply(file, verdicts)
    for verdict in verdicts:
        if verdict.holds is None or (not verdict.holds and verdict.rule.opposite is None):
            print(f"left as it is: {verdict.rule.name}: {verdict.sentence}")
    print("now build again, run tools/generate.py and the suite, and commit")
    return 0


if __name__ == "__main__":
    sys.exit(main())
