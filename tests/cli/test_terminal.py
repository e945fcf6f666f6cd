"""The command in a real terminal: widths, colours, keys, Ctrl-C; and without a terminal."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.terminal import COLOUR, Shown, Terminal, environment, show

from ipif import reports
from ipif._cli.commands import COMMANDS
from ipif._cli.status import INTERRUPTED, NOT_FOUND, REFUSED, TIMED_OUT

DOCUMENT = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}
SET = ("set", "Wi-Fi", "ipv4", "NlMtu=1400")
APPLY = ("apply", "office.json")
SIMULATED = ("--simulate", "snapshot.json")

# For each command: its arguments, a text that it must write, and its status. The commands run in a
# folder with a snapshot, a document and a journal. One that does not end by itself gets Ctrl-C.
RUNS: dict[str, tuple[tuple[str, ...], str, int]] = {
    "list": ((), "Wi-Fi", 0),
    "get": (("Wi-Fi",), "NlMtu", 0),
    "set": (SET[1:], "undo: ipif", 0),
    "diff": (("office.json",), "1400", 1),
    "apply": (("office.json",), "undo: ipif", 0),
    "revert": (("journal",), "restored from journal", 0),
    "recover": (("journal",), "restored from journal", 0),
    "watch": (("--for", "0.1"), "", 0),
    "wait": (("Wi-Fi",), "Wi-Fi", 0),
    "guard": (("office.json",), "1400", INTERRUPTED),
    "route": (("8.8.8.8",), "0.0.0.0/0", 0),
    "adapters": ((), "Wi-Fi", 0),
    "addresses": ((), "Wi-Fi", 0),
    "routes": ((), "0.0.0.0/0", 0),
    "snapshot": (("lab.json",), "lab.json", 0),
    "report": (("merge", "web-7.json"), "web-7", 1),
    "explain": (("NlMtu",), "NlMtu", 0),
    "dsc": (("Ipif/IPInterface", "schema"), "NlMtu", 0),
    "doctor": ((), "simulated", 0),
}
ENDLESS = ("guard",)

# Text to be copied stays on one line, however narrow the terminal is.
UNBROKEN = (
    "undo: ",
    "https://",
    "ipif set ",
    "schtasks ",
    "Set-ScheduledTask ",
    '"$schema"',
)

WITHOUT_RICH = (
    "-c",
    "import sys; sys.modules['rich'] = None; from ipif._cli.main import main; sys.exit(main())",
)


@pytest.fixture
def folder(path: Path) -> Path:
    """Return a folder with ``snapshot.json``, ``office.json`` and the report ``web-7.json``."""
    folder = path.parent
    (folder / "office.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    reports.write(reports.make("web-7", error=OSError("no answer")), folder / "web-7.json")
    return folder


def pipe(
    *arguments: str, folder: Path, shell: str = "", **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal; *shell* is how a shell redirects it."""
    words = [sys.executable, "-m", "ipif", *arguments]
    line = ["sh", "-c", f'"$@" {shell}', "sh"] if shell else []
    return subprocess.run(
        [*line, *words],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def interfaces(folder: Path) -> Any:
    """Return the rows of the snapshot file, without what nothing can bring back.

    That is SitePrefixLength of IPv4, which is 0 after every change.
    """
    rows = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))["interfaces"]
    return [
        {name: row[name] for name in row if (name, row["Family"]) != ("SitePrefixLength", "ipv4")}
        for row in rows
    ]


def mtu_of_wifi(folder: Path) -> int:
    return next(
        row["NlMtu"]
        for row in interfaces(folder)
        if row["InterfaceIndex"] == 17 and row["Family"] == "ipv4"
    )


def run_in_terminal(command: str, columns: int, folder: Path, **variables: str | None) -> Shown:
    """Run one of RUNS."""
    arguments, text, _ = RUNS[command]
    if command in ("revert", "recover"):
        done = pipe(*SIMULATED, *SET, "--journal", "journal", folder=folder)
        assert done.returncode == 0, done.stderr
    words = (*SIMULATED, command, *arguments)
    with Terminal(*words, columns=columns, folder=folder, **variables) as terminal:
        if command in ENDLESS:
            terminal.read_until(text)
            terminal.press("\x03")
        return terminal.end()


# ---- every command


def test_every_command_is_run_here() -> None:
    assert set(RUNS) == set(COMMANDS)


@pytest.mark.parametrize("command", RUNS)
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_command_fits_the_terminal(command: str, columns: int, folder: Path) -> None:
    _, text, status = RUNS[command]
    done = run_in_terminal(command, columns, folder)
    assert done.status == status, done.raw
    assert "Traceback" not in done.text
    assert "".join(text.split()) in "".join(done.text.split())
    for line in done.lines:
        if not any(word in line for word in UNBROKEN):
            assert len(line) <= columns, line


@pytest.mark.parametrize("command", RUNS)
def test_help_of_a_command_fits_the_terminal(command: str) -> None:
    for columns in (40, 80):
        done = show(command, "--help", columns=columns)
        assert done.status == 0
        usage, _, text = done.text.partition("\n\n")
        assert command in usage
        # In the usage, argparse does not break up an option and its value.
        for line in (done.text if columns == 80 else text).splitlines():
            if not any(word in line for word in UNBROKEN):
                assert len(line) <= columns, line


def test_a_wide_terminal_shows_more_and_a_pipe_has_80_columns(folder: Path) -> None:
    words = (*SIMULATED, "list")
    assert "Teredo Tunneling Pseudo-Interface" in show(*words, columns=200, folder=folder).text
    narrow = show(*words, columns=80, folder=folder)
    assert "…" in narrow.text
    assert pipe(*words, folder=folder).stdout == narrow.text


def test_a_terminal_too_narrow_for_a_table_shows_each_row_as_a_paragraph(folder: Path) -> None:
    lines = show(*SIMULATED, "list", "Wi-Fi", columns=40, folder=folder).lines
    assert lines[:3] == ["Alias   Wi-Fi", "Index   17", "Family  ipv4"]
    assert lines.count("") == 1


def test_the_variable_columns_has_the_last_word(folder: Path) -> None:
    wide = show(*SIMULATED, "list", columns=80, folder=folder, COLUMNS="200")
    assert "Teredo Tunneling Pseudo-Interface" in wide.text
    assert show(*SIMULATED, "list", folder=folder, COLUMNS="x").status == 0


def test_errors_and_notes_are_broken_at_words_in_a_terminal_only() -> None:
    done = show("set", "Wi-Fi", "ipv4", "NlMtu=1400", columns=40)
    assert max(map(len, done.lines)) <= 40
    (note,) = pipe(*SET, folder=Path()).stderr.splitlines()
    assert len(note) > 80
    assert done.text.split()[-len(note.split()) :] == note.split()


# ---- colour


@pytest.mark.parametrize("command", ["list", "get", "set", "diff"])
def test_a_terminal_gets_colour_and_the_same_text_as_a_pipe(command: str, folder: Path) -> None:
    arguments, _, status = RUNS[command]
    done = run_in_terminal(command, 80, folder)
    assert done.is_coloured
    if command == "set":
        assert pipe(*SIMULATED, "set", "Wi-Fi", "ipv4", "NlMtu=1500", folder=folder).stdout
    piped = pipe(*SIMULATED, command, *arguments, folder=folder)
    assert (piped.returncode, piped.stdout) == (status, done.text)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_in_a_terminal(variables: dict[str, str], expected: bool) -> None:
    assert show("list", **variables).is_coloured == expected
    assert show("list", python=WITHOUT_RICH, **variables).is_coloured == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_in_a_pipe(variables: dict[str, str], expected: bool) -> None:
    done = pipe("list", folder=Path(), **variables)
    assert (COLOUR.search(done.stdout) is not None) == expected
    assert COLOUR.sub("", done.stdout) == pipe("list", folder=Path()).stdout


def test_json_is_never_coloured() -> None:
    assert not show("list", "--json", FORCE_COLOR="1").is_coloured
    json.loads(pipe("list", "--json", folder=Path(), FORCE_COLOR="1").stdout)


@pytest.mark.parametrize("command", ["list", "get", "set", "diff", "apply"])
def test_without_rich_the_text_is_the_same(command: str, folder: Path) -> None:
    words = (*SIMULATED, command, *RUNS[command][0])
    with_rich = show(*words, folder=folder)
    if command in ("set", "apply"):
        assert pipe(*SIMULATED, "set", "Wi-Fi", "ipv4", "NlMtu=1500", folder=folder).stdout
    assert show(*words, folder=folder, python=WITHOUT_RICH) == with_rich


# ---- keys


@pytest.mark.parametrize("python", [("-m", "ipif"), WITHOUT_RICH], ids=["rich", "no rich"])
@pytest.mark.parametrize("words", [APPLY, SET], ids=lambda words: words[0])
class TestConfirm:
    """``--confirm``, with the bar of rich and without rich."""

    def start(self, words: tuple[str, ...], python: tuple[str, ...], folder: Path) -> Terminal:
        terminal = Terminal(
            *SIMULATED, *words, "--confirm", "30", folder=folder, python=python, columns=100
        )
        terminal.read_until("reverted in 30 s")
        return terminal

    def test_enter_keeps(
        self, words: tuple[str, ...], python: tuple[str, ...], folder: Path
    ) -> None:
        with self.start(words, python, folder) as terminal:
            terminal.press("\r")
            done = terminal.end()
        assert done.status == 0
        assert done.screen[-1] == "kept"
        # Enter has ended the line of the countdown, and nothing of it is on the next one.
        assert done.screen[-2].startswith("undo: ")
        assert re.search(r"reverted in (30|2\d) s", done.screen[-3])
        assert mtu_of_wifi(folder) == 1400

    def test_ctrl_c_reverts(
        self, words: tuple[str, ...], python: tuple[str, ...], folder: Path
    ) -> None:
        before = interfaces(folder)
        with self.start(words, python, folder) as terminal:
            terminal.press("\x03")
            done = terminal.end()
        assert done.status == INTERRUPTED
        assert done.lines[-1] == "ipif: interrupted: everything was reverted"
        assert "Traceback" not in done.text
        assert interfaces(folder) == before

    def test_enter_before_the_question_is_no_answer(
        self, words: tuple[str, ...], python: tuple[str, ...], folder: Path
    ) -> None:
        before = interfaces(folder)
        words = (*SIMULATED, *words, "--confirm", "0.5")
        with Terminal(*words, folder=folder, python=python) as terminal:
            terminal.press("\r")
            done = terminal.end()
        assert done.status == TIMED_OUT
        assert interfaces(folder) == before

    def test_the_time_left_is_counted_down(
        self, words: tuple[str, ...], python: tuple[str, ...], folder: Path
    ) -> None:
        with self.start(words, python, folder) as terminal:
            terminal.read_until("reverted in 2")  # 29 s, or less on a busy computer
            terminal.press("\x03")
            done = terminal.end()
        # The line is written again in its place: only results and the error are on lines of their
        # own.
        assert done.raw.count("\n") < 10

    def test_after_the_time_everything_is_reverted(
        self, words: tuple[str, ...], python: tuple[str, ...], folder: Path
    ) -> None:
        before = interfaces(folder)
        done = show(*SIMULATED, *words, "--confirm", "0.2", folder=folder, python=python)
        assert done.status == TIMED_OUT
        assert "not confirmed within 0.2 s: everything was reverted" in done.text
        assert interfaces(folder) == before


@pytest.mark.parametrize("columns", [20, 40, 60, 80])
def test_a_countdown_takes_one_line_of_any_terminal(columns: int, folder: Path) -> None:
    words = (*SIMULATED, *APPLY, "--confirm", "0.2")
    done = show(*words, columns=columns, folder=folder, python=WITHOUT_RICH)
    for line in done.text.replace("\r", "\n").splitlines():
        assert len(line) <= columns
    assert "Enter" in done.text


def test_a_dumb_terminal_gets_the_countdown_once(folder: Path) -> None:
    done = show(*SIMULATED, *APPLY, "--confirm", "1.2", folder=folder, TERM="dumb")
    assert done.text.count("Enter") == 1
    assert "\r" not in done.raw


@pytest.mark.parametrize(("key", "status"), [("\r", 0), ("\x03", INTERRUPTED)])
@pytest.mark.parametrize("words", [APPLY, SET], ids=lambda words: words[0])
def test_until_enter_reverts_at_enter_and_at_ctrl_c(
    words: tuple[str, ...], key: str, status: int, folder: Path
) -> None:
    before = interfaces(folder)
    with Terminal(*SIMULATED, *words, "--until-enter", folder=folder) as terminal:
        terminal.read_until("press Enter to revert")
        terminal.press(key)
        done = terminal.end()
    assert done.status == status
    assert "reverted" in done.lines[-1]
    assert "Traceback" not in done.text
    assert interfaces(folder) == before


@pytest.mark.parametrize(
    ("words", "text"), [(("watch",), "waiting"), (("guard", "office.json"), "1400")]
)
def test_ctrl_c_ends_watch_and_guard(words: tuple[str, ...], text: str, folder: Path) -> None:
    with Terminal(*SIMULATED, *words, folder=folder) as terminal:
        terminal.read_until(text)
        terminal.press("\x03")
        done = terminal.end()
    assert done.status == INTERRUPTED
    assert "Traceback" not in done.text


# ---- Ctrl-C at any time


# Says when main() has begun; before that, the interpreter starts and imports it.
BEGUN = """
import os, sys
from ipif._cli import main as module
first = module._end_at_once_at_interrupts
def begun():
    first()
    os.write(2, b"begun\\n")
module._end_at_once_at_interrupts = begun
sys.exit(module.main())
"""


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--help",), ("get", "nobody")])
def test_ctrl_c_at_any_time_leaves_no_traceback(words: tuple[str, ...]) -> None:
    statuses = set()
    for milliseconds in range(0, 40, 4):
        process = subprocess.Popen(
            [sys.executable, "-c", BEGUN, *words],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        with process.stderr as errors:
            assert errors.readline() == b"begun\n"
            time.sleep(milliseconds / 1000)
            process.send_signal(signal.SIGINT)
            text = errors.read().decode()
        statuses.add(process.wait(timeout=60))
        assert "Traceback" not in text
        assert "ignored" not in text
        assert "KeyboardInterrupt" not in text
    assert INTERRUPTED in statuses
    assert statuses <= {0, NOT_FOUND, INTERRUPTED}


# Raises KeyboardInterrupt where Python only reports it, and then waits for it.
UNRAISABLE = """
import sys, time
from ipif._cli.commands import list as command
from ipif._cli.main import main

class Ending:
    def __del__(self):
        raise KeyboardInterrupt

def run(options, output):
    Ending()
    time.sleep(20)

command.run = run
sys.exit(main())
"""


def test_ctrl_c_in_a_place_where_python_only_reports_it_ends_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNRAISABLE, "list"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED, "", "ipif: interrupted\n")


# ---- streams that are closed, full, or read by nobody


@pytest.mark.parametrize(
    ("shell", "status"),
    [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&-", 0), ("<&- >&- 2>&-", 0)],
)
def test_closed_streams_are_no_error(shell: str, status: int) -> None:
    done = pipe("list", folder=Path(), shell=shell)
    assert (done.returncode, done.stderr) == (status, "")
    assert pipe("get", "nobody", folder=Path(), shell=shell).returncode == NOT_FOUND


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--help",), ("list", "--help")])
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_reader_that_has_gone_is_no_error(words: tuple[str, ...], reader: str) -> None:
    shell = f"| {reader} >/dev/null"
    done = pipe(*words, folder=Path(), shell=shell)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_of_errors_that_has_gone_changes_nothing() -> None:
    words = [sys.executable, "-m", "ipif", "get", "nobody"]
    line = ["bash", "-c", '{ "$@"; echo $? >&3; } 3>&1 2> >(exec true)', "bash"]
    done = subprocess.run(
        [*line, *words], env=environment(), capture_output=True, timeout=60, check=False
    )
    assert done.stdout == f"{NOT_FOUND}\n".encode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "words", [("list",), ("list", "--json"), ("--help",), ("list", "--help"), ("--version",)]
)
def test_a_full_disk_is_said_and_is_status_1(words: tuple[str, ...]) -> None:
    done = pipe(*words, folder=Path(), shell=">/dev/full")
    assert done.returncode == REFUSED
    assert "cannot write to standard output: No space left on device" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert pipe(*words, folder=Path(), shell=">/dev/full 2>/dev/full").returncode == REFUSED


def test_a_change_is_reverted_when_nobody_reads_the_output(folder: Path) -> None:
    before = interfaces(folder)
    words = (*SIMULATED, *APPLY, "--until-enter")
    done = pipe(*words, folder=folder, shell="> /dev/full")
    assert done.returncode == REFUSED
    assert interfaces(folder) == before


# ---- locales


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["C", "ASCII", "POSIX"],
)
def test_any_locale_finds_an_alias_that_is_not_ascii(
    variables: dict[str, str], folder: Path
) -> None:
    rename(folder, "Büro 以太网 🦎")
    words = (*SIMULATED, "get", "büro 以太网 🦎", "ipv4")
    done = pipe(*words, folder=folder, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    ascii_only = "PYTHONUTF8" in variables
    shown = "B\\xfcro \\u4ee5\\u592a\\u7f51 \\U0001f98e" if ascii_only else "Büro 以太网 🦎"
    assert done.stdout.startswith(f"{shown} (index 13), ipv4")
    listed = pipe(*SIMULATED, "list", folder=folder, **variables).stdout
    assert len({line.find("ipv") for line in listed.splitlines()[1:] if "ipv" in line}) in (1, 2)
    assert listed.isascii() == ascii_only


def rename(folder: Path, alias: str) -> None:
    """Give the adapter Ethernet another alias, in the snapshot."""
    file = folder / "snapshot.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    for adapter in document["adapters"]:
        if adapter["Alias"] == "Ethernet":
            adapter["Alias"] = alias
    file.write_text(json.dumps(document), encoding="utf-8")


# ---- start


def processor_time(words: list[str], **variables: str | None) -> float:
    """Return the least processor time, in seconds, of some runs of a process."""
    import resource  # not on Windows

    least = float("inf")
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *words],
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1"}], ids=["plain", "colour"])
def test_list_starts_fast(variables: dict[str, str]) -> None:
    bare = processor_time(["-c", "pass"])
    taken = processor_time(["-m", "ipif", "list"], **variables)
    assert taken < 0.12 or taken < 6 * bare


def test_list_in_a_terminal_imports_no_more_than_in_a_pipe() -> None:
    code = (
        "import atexit, sys; from ipif._cli.main import main\n"
        "sys.argv[1:] = ['list']; status = main()\n"
        "print('modules:', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = show(python=("-c", code), columns=200)
    modules = done.text.partition("modules:")[2].split()
    assert "ipif" in modules
    for name in ("rich", "shutil", "ctypes", "subprocess", "asyncio", "typing", "inspect"):
        assert name not in modules
