"""docs/command.md: it has every command, every exit status, and what it says besides is so."""

import re
import shlex
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.command import run
from support.fresh import ROOT

from ipif._cli.commands import COMMANDS
from ipif._cli.status import MEANINGS

PAGE = ROOT / "docs" / "command.md"
if not PAGE.exists():
    pytest.skip("the documentation is not here: no checkout", allow_module_level=True)

TEXT = PAGE.read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)


def section(heading: str) -> str:
    """Return the text under a heading of the second level."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def test_every_command_is_in_the_table_and_has_an_example() -> None:
    table = re.findall(r"^\| \[(.*)\]\(#.*\) \| .* \|$", TEXT, re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(table)) != []
    assert set(re.findall(r"`(\w+)`", " ".join(table))) == set(COMMANDS)
    shown = re.findall(r"^\$ (?:cat \S+ \| )?ipif (?:--simulate \S+ )?(\w+)", TEXT, re.MULTILINE)
    assert set(shown) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_section_says_what_a_command_does(command: str) -> None:
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert len([one for one in headings if command in one.split(", ")]) == 1


def test_the_exit_statuses_are_those_of_the_command() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", section("Exit status"), re.MULTILINE)
    assert {int(status): meaning for status, meaning in rows} == MEANINGS


def test_the_commands_that_replace_others_run(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| .* \| `ipif (.+)` \|$", section("What it replaces"), re.MULTILINE)
    assert len(rows) >= 8
    for row in rows:
        done = run(capsys, *shlex.split(row))
        assert (done.status, bool(done.out)) == (0, True), row


def test_commands_inside_of_sentences_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spans = re.findall(r"`ipif ([^`\n]+)`", PROSE)
    # Not those with words to be replaced, nor the one that completion continues.
    found = [text for text in spans if not re.search(r"\b(COMMAND|MEMBER)\b|=$", text)]
    assert len(found) >= 9
    for text in found:
        assert run(capsys, *shlex.split(text)).status == 0, text


@pytest.mark.parametrize("shell", ["PowerShell", "bash", "zsh"])
def test_completion_is_switched_on_by_the_script_of_each_shell(shell: str) -> None:
    # tests/cli/test_completion.py runs it.
    line = f"register-python-argcomplete --shell {shell.lower()} ipif"
    assert re.search(rf"^\* {shell}.*{re.escape(line)}", section("Completion"), re.MULTILINE)


def test_the_documentation_leads_to_the_page() -> None:
    assert "(command.md)" in Path(ROOT, "docs", "index.md").read_text(encoding="utf-8")
