"""Run the commands of a ``console`` block of the documentation, and compare what they write.

A line that begins with ``$ `` is a command; what it writes stands below. All commands of a block
run on one machine, as on a Windows computer, and in one folder, which has docs/machines. In what
they write, a line ``...`` stands for any lines, and any time of day for any other. Notes are left
out that are written on a simulated machine only, or on a real one.

``$ ipif ...``       runs the command in this process, on the machine of the tests
``$ ipif ... > FILE``  writes what it writes to FILE
``$ cat FILE``       shows a file; if there is none, it is made with the lines below
``$ cat FILE | ipif ...``  gives the file to the command as its standard input
``$ echo $?``        shows the status of the command before (PowerShell: ``$LASTEXITCODE``)
``^C``               below a command is Ctrl-C

Who is asked to press Enter does so at once. While ``ipif watch`` or ``ipif guard`` runs, another
program sets the MTU of Wi-Fi to 1400, for IPv4.
"""

from __future__ import annotations

import _thread
import re
import shlex
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import pytest

import ipif
from ipif import simulation
from ipif._cli import confirm
from support.command import run, stdin_with
from support.eventually import SOON, eventually
from support.machine import Calls

PROMPT = "$ "
INTERRUPT = "^C"
ANY_LINES = "..."
TIME = re.compile(r"\b\d\d:\d\d:\d\d\b")
NOTES = (
    "ipif: this machine is simulated",
    "ipif: nothing is kept:",
    '{"warn": "nothing is kept:',
    "ipif: it has hardware addresses",  # a snapshot of a real machine
)

_PAUSE = 0.3  # seconds until another program does something, and once more until Ctrl-C


class Shown(NamedTuple):
    """A command and what the documentation says that it writes."""

    command: str
    lines: list[str]
    interrupted_after: int | None  # so many lines, or not at all


def commands_of(text: str) -> list[Shown]:
    """Return the commands of a block."""
    found: list[Shown] = []
    for line in text.splitlines():
        if line.startswith(PROMPT):
            found.append(Shown(line[len(PROMPT) :], [], None))
        elif not found:
            raise AssertionError(f"a console block begins with a command, not with {line!r}")
        elif line == INTERRUPT:
            found[-1] = found[-1]._replace(interrupted_after=len(found[-1].lines))
        else:
            found[-1].lines.append(line)
    return found


def is_like(written: list[str], shown: list[str]) -> bool:
    """Return whether what was *written* is as *shown*."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == ANY_LINES else re.escape(_timeless(line)) + r"\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{_timeless(line)}\n" for line in written)) is not None


def _timeless(line: str) -> str:
    return TIME.sub("HH:MM:SS", line).rstrip()


class Console:
    """Runs commands, one after the other, in the current folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        #: The exit status of the last command.
        self.status = 0
        monkeypatch.setattr(confirm, "Enter", _Pressed)

    def check(self, shown: Shown) -> None:
        """Run a command; fail when it writes something else than is *shown*."""
        words = shlex.split(shown.command)
        if words[0] == "cat" and words[2:4] == ["|", "ipif"]:
            written = self.run(words[4:], standard_input=Path(words[1]))
        elif words[0] == "cat":
            (name,) = words[1:]
            file = Path(name)
            if not file.exists():
                file.write_text("".join(f"{line}\n" for line in shown.lines), encoding="utf-8")
            written = file.read_text(encoding="utf-8").splitlines()
        elif shown.command == "echo $?":
            written = [str(self.status)]
        elif words[0] == "ipif":
            written = self.run(words[1:], shown.interrupted_after)
        else:
            raise AssertionError(f"a console block cannot have {shown.command!r}")
        text = "\n".join(written)
        assert is_like(written, shown.lines), f"$ {shown.command}\n{text}"

    def run(
        self,
        words: list[str],
        interrupted_after: int | None = None,
        standard_input: Path | None = None,
    ) -> list[str]:
        """Run ``ipif``; return the lines that it writes, errors last.

        Ctrl-C comes when it has written so many lines. *standard_input* is what it reads.
        """
        to_file = None
        if ">" in words:
            words, to_file = words[: words.index(">")], words[words.index(">") + 1]
        data = b"" if standard_input is None else standard_input.read_bytes()
        with _Others(words, interrupted_after), stdin_with(data):
            done = run(self._capsys, *words)
        if "--simulate" in words:
            simulation.reset()  # the machine of the file is not that of the next command
        self.status = done.status
        if to_file is not None:
            Path(to_file).write_text(done.out, encoding="utf-8")
        out = [] if to_file is not None else done.out.splitlines()
        return out + [line for line in done.err.splitlines() if not line.startswith(NOTES)]


class _Pressed:
    """Stands for somebody who presses Enter at once."""

    is_closed = False

    def is_pressed(self) -> bool:
        return True


class _Others:
    """What happens while a command runs: another program, and Ctrl-C."""

    def __init__(self, words: list[str], interrupted_after: int | None) -> None:
        self._watched = "watch" in words or "guard" in words
        self._interrupted_after = interrupted_after
        self._has_ended = threading.Event()
        self._calls = Calls()
        self._thread = threading.Thread(target=self._act)

    def __enter__(self) -> None:
        if self._watched or self._interrupted_after is not None:
            self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._has_ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _act(self) -> None:
        if self._watched:
            eventually(lambda: self._calls["NotifyIpInterfaceChange"] or self._has_ended.is_set())
        if self._watched and not self._has_ended.wait(_PAUSE):
            ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1400)
        if self._interrupted_after is None:
            return
        ends = time.monotonic() + SOON
        while self._lines() < self._interrupted_after and time.monotonic() < ends:
            time.sleep(0.01)
        if not self._has_ended.wait(_PAUSE):
            _thread.interrupt_main()

    def _lines(self) -> int:
        """Return how many lines have been written; the test has replaced standard output."""
        return str(sys.stdout.getvalue()).count("\n")  # type: ignore[attr-defined]
