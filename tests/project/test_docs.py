"""The documentation: every example runs and prints what it says, every link leads somewhere."""

import builtins
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import support.machine  # noqa: F401
from support.console import Console, commands_of, is_like
from support.fresh import ROOT, start

import ipif
from ipif import simulation
from ipif._cli.commands import COMMANDS
from ipif._cli.status import INTERRUPTED

README = ROOT / "README.md"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "tests").rglob("*.md")),
]

if not README.exists():
    pytest.skip("the documentation is not here: no checkout", allow_module_level=True)


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    heading: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, each with the heading above it."""
    heading, language, text, start = "", None, [], 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"```(\S*)\s*(.*)$", line)
        if fence and language is None:
            language, text, start = fence[1] + (f" {fence[2]}" if fence[2] else ""), [], number
        elif fence and language is not None:
            name = page.relative_to(ROOT).as_posix()
            yield Block(name, heading, start, language, "".join(text))
            language = None
        elif language is not None:
            text.append(line + "\n")
        elif line.startswith("#"):
            heading = line.lstrip("#").strip()
    assert language is None, f"{page}:{start}: the block has no end"


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
PYTHON = [block for block in BLOCKS if block.language.split(" ")[0] == "python"]
SHELL = [block for block in BLOCKS if block.language == "sh"]
CONSOLE = [block for block in BLOCKS if block.language == "console"]
POWERSHELL = [block for block in BLOCKS if block.language == "powershell"]

# What CI runs by the heading it stands under (tools/readme.py), and what is only shown to people:
# add (page, heading) here only for a command that no machine of CI can run.
RUN_BY_CI = {"Run it", "Test it"}
SHOWN_ONLY: set[tuple[str, str]] = set()

# Lines of other shells that no test runs: what they do is outside of this package.
NOT_RUN = {
    r"Set-NetIPInterface |Get-NetIPInterface |netsh ": "commands of Windows, to compare with",
    r"schtasks |Set-ScheduledTask ": "Task Scheduler of Windows",
    r"mkdir |icacls |py -m venv ": "makes a folder of Windows",
    r"(salt-)?pip install |\S*(py|python) -m pip install ": "the suite runs what is installed",
    r"dsc |winget configure ": "DSC and WinGet; test_dsc_page.py runs the instances",
    r"tests/live/make_adapter|python -m pytest tests/live": "for a real Windows machine",
}

EXPECTED = re.compile(r"^\s*print\(.*\)\s+# (.+)$")


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_an_example_runs_and_prints_what_its_comments_say(
    block: Block, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: dict[int, list[str]] = {}

    def print_(*values: Any, sep: str = " ", **options: Any) -> None:
        line = sys._getframe(1).f_lineno
        printed.setdefault(line, []).append(sep.join(map(str, values)))

    monkeypatch.setattr(builtins, "print", print_)
    simulation.reset()
    code = compile("\n" * block.line + block.text, block.page, "exec")
    exec(code, {"__name__": "__main__"})
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        expected = EXPECTED.match(line)
        if expected:
            assert "\n".join(printed[number]) == expected[1], f"{block.page}:{number}"


def test_there_are_examples_and_some_say_what_they_print() -> None:
    assert len(PYTHON) > 40
    for page in ("README.md", "docs/guides/safe-changes.md"):
        blocks = [block for block in PYTHON if block.page == page]
        assert sum(len(re.findall(EXPECTED.pattern, b.text, re.MULTILINE)) for b in blocks) >= 3


def test_the_readme_is_short_and_its_links_work_on_pypi_too() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = project["urls"]["Source"]
    raw = source.replace("github.com", "raw.githubusercontent.com")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(links) > 10
    for link in links:
        base = f"{source}/blob/main/" if link.startswith(source) else f"{raw}/main/"
        assert link.startswith(base), link
        assert (ROOT / link.removeprefix(base)).is_file(), link


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_every_command_is_run_by_ci_or_known_to_be_shown_only(block: Block) -> None:
    if block.page != "README.md" or block.heading not in RUN_BY_CI:
        assert (block.page, block.heading) in SHOWN_ONLY


@pytest.mark.parametrize("heading", sorted(RUN_BY_CI))
def test_the_commands_that_ci_runs_stand_under_their_headings(heading: str) -> None:
    found = [block for block in SHELL if (block.page, block.heading) == ("README.md", heading)]
    assert len(found) == 1
    ci = ROOT / ".ci" / "run"
    assert f'readme_command "{heading}"' in ci.read_text(encoding="utf-8")
    for script in re.findall(r"tools/\S+\.py", found[0].text):
        assert (ROOT / script).is_file()


def scratch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make *folder* the current one; what the commands of the documentation read is there."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    machines = folder / "docs" / "machines"
    machines.mkdir(parents=True)
    for file in (ROOT / "docs" / "machines").iterdir():
        (machines / file.name).write_bytes(file.read_bytes())


@pytest.mark.parametrize("block", CONSOLE, ids=str)
def test_a_console_block_shows_what_its_commands_write(
    block: Block,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scratch(tmp_path, monkeypatch)
    console = Console(capsys, monkeypatch)
    for shown in commands_of(block.text):
        console.check(shown)


def test_what_a_console_block_shows_is_compared() -> None:
    assert is_like(["a", "b"], ["a", "b"])
    assert not is_like(["a", "b"], ["a"])
    assert not is_like(["a"], ["a", "b"])
    assert not is_like(["a.c"], ["abc"])
    assert is_like(["a", "b", "c"], ["a", "...", "c"])
    assert is_like(["a", "c"], ["a", "...", "c"])
    assert not is_like(["a", "b"], ["a", "...", "c"])
    assert is_like(["at 12:34:56"], ["at 01:02:03"])


@pytest.mark.parametrize("block", POWERSHELL, ids=str)
def test_the_commands_of_a_powershell_block_work(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    variables = {"IPIF_BACKEND": "simulated"}
    for line in block.text.splitlines():
        variable = re.fullmatch(r'\$env:(\w+) = "(.*)"', line)
        words = re.fullmatch(r"(?:py |python )?(?:-m )?ipif (.*)", line)
        if variable:
            variables[variable[1]] = variable[2]
        elif words:
            arguments = shlex.split(words[1], posix=True)
            done = start("-m", "ipif", *arguments, **variables)
            assert done.returncode == 0, done.stderr
        elif line and not line.startswith("#"):
            assert any(re.match(pattern, line) for pattern in NOT_RUN), line


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_what_is_not_run_is_on_a_page(pattern: str) -> None:
    assert any(re.search(f"^({pattern})", block.text, re.M) for block in POWERSHELL)


@pytest.mark.parametrize("folder", ["guides", "explanation"])
def test_the_list_of_a_folder_has_the_title_of_every_page(folder: str) -> None:
    """The list is written by hand, because GitHub shows no table of contents of Sphinx."""
    pages = {page.name: page.read_text("utf-8") for page in (ROOT / "docs" / folder).glob("*.md")}
    listed = re.findall(r"^\* \[(.+)\]\((.+?)\): ", pages.pop("index.md"), re.M)
    assert {name: title for title, name in listed} == {
        name: re.search("^# (.+)$", text, re.M)[1] for name, text in pages.items()
    }


def test_a_page_with_a_task_of_system_says_who_may_write_to_its_folder() -> None:
    texts = [text for page in PAGES if "/ru SYSTEM" in (text := page.read_text("utf-8"))]
    assert texts
    for text in texts:
        assert re.search("(?i)a folder that only administrators can write to", text)


INLINE = [
    (page.relative_to(ROOT).as_posix(), command)
    for page in PAGES
    for command in re.findall(
        r"`ipif ([^`\n]+)`",
        re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S),
    )
]


# What stands for a word of the reader. A FILE is what its command takes.
PLACEHOLDERS = {"COMMAND": "list", "MEMBER": "NlMtu"}
DOCUMENT = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}


@pytest.mark.parametrize(("page", "command"), INLINE)
def test_a_command_in_a_sentence_works(
    page: str,
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that ends with ``...`` or ``=`` is only begun."""
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command)]
    if command.endswith(("...", "=")):
        assert words[0] in COMMANDS
        return
    if words == ["--simulate", "FILE"]:
        words.append("list")
    scratch(tmp_path, monkeypatch)
    Path("FILE").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    if "--simulate" in words:
        file = Path(words[words.index("--simulate") + 1])
        if not file.is_file() or file.name == "FILE":
            file.write_text(json.dumps(simulation.dump()), encoding="utf-8")
    if words[0] in ("revert", "recover"):
        Path(words[-1]).unlink(missing_ok=True)
        ipif.plan(DOCUMENT).apply(journal=words[-1])
    endless = words[0] in ("guard", "watch") and "--help" not in words
    console = Console(capsys, monkeypatch)
    console.run(words, 0 if endless else None)
    assert console.status == (INTERRUPTED if endless else 0)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_command_stands_in_a_block_that_is_run(block: Block) -> None:
    if block.language not in ("console", "powershell", "sh"):
        assert not re.search(r"^(\$ )?(ipif|python -m ipif) ", block.text, re.M)


def test_every_block_has_a_language_that_is_checked_here() -> None:
    known = {"python", "sh", "text", "console", "json", "toml", "powershell", "c", "yaml"}
    assert {block.language.split(" ")[0] for block in BLOCKS} <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_to_a_file_and_every_anchor_to_a_heading(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]+`", "", text)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in slugs, f"{page.name}: {target}"
