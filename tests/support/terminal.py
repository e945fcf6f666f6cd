"""Run the command in a pseudo-terminal, as a person does: what is on the screen, and the keys."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import warnings
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pytest

import support.machine  # noqa: F401
from support.eventually import SOON, eventually

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
ptyprocess = pytest.importorskip("ptyprocess", reason="ptyprocess is not installed")

# What would change how the command writes is not taken from whoever runs the tests.
_CLEARED = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8")

#: Sequences of colours and styles.
COLOUR = re.compile(r"\x1b\[[\d;]*m")
#: All escape sequences that the command, or rich, writes.
SEQUENCE = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")


class Shown(NamedTuple):
    """What a command has returned, and written to the terminal."""

    status: int
    raw: str

    @property
    def text(self) -> str:
        """The text without colours."""
        return SEQUENCE.sub("", self.raw)

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.splitlines()

    @property
    def screen(self) -> list[str]:
        """The lines as they are seen: what follows a carriage return is written over the line."""
        lines = []
        for line in self.text.removesuffix("\n").split("\n"):
            seen = ""
            for part in line.split("\r"):
                seen = part + seen[len(part) :]
            lines.append(seen.rstrip())
        return lines

    @property
    def is_coloured(self) -> bool:
        """Whether there are colours."""
        return COLOUR.search(self.raw) is not None


def environment(**variables: str | None) -> dict[str, str]:
    """Return the environment of a command; a variable that is None is taken out."""
    found = {**os.environ, "TERM": "xterm-256color", "IPIF_BACKEND": "simulated"}
    for name, value in {**dict.fromkeys(_CLEARED), **variables}.items():
        found.pop(name, None)
        if value is not None:
            found[name] = value
    return found


class Terminal:
    """A pseudo-terminal in which one command runs."""

    def __init__(
        self,
        *arguments: object,
        columns: int = 80,
        folder: Path | None = None,
        python: tuple[str, ...] = ("-m", "ipif"),
        **variables: str | None,
    ) -> None:
        with warnings.catch_warnings():
            # A fork in a process with threads: the child does nothing but start the command.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = ptyprocess.PtyProcess.spawn(
                [sys.executable, *python, *map(str, arguments)],
                cwd=folder,
                env=environment(**variables),
                dimensions=(24, columns),
            )
        self._process.delayafterclose = self._process.delayafterterminate = 0.01
        self._data = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.close(force=True)

    @property
    def raw(self) -> str:
        """What has been read, with the line ends of a file."""
        return self._data.decode("utf-8", "replace").replace("\r\n", "\n")

    def _read(self) -> bool:
        """Read what there is, or wait for it; return whether there can be more."""
        ready, _, _ = select.select([self._process.fd], [], [], SOON)
        assert ready, f"nothing was written for {SOON} s:\n{self.raw}"
        try:
            self._data += self._process.read(65536)
        except EOFError:
            return False
        return True

    def read_until(self, text: str) -> None:
        """Wait until *text* has been written."""
        while text not in SEQUENCE.sub("", self.raw):
            if not self._read():
                raise AssertionError(f"ended without {text!r}:\n{self.raw}")

    def press(self, keys: str) -> None:
        """Press keys: ``"\\r"`` is Enter, ``"\\x03"`` is Ctrl-C."""
        self._process.write(keys.encode())

    def interrupt(self) -> None:
        """Send what Ctrl-C sends, without the terminal."""
        self._process.kill(signal.SIGINT)

    def end(self) -> Shown:
        """Wait until the command has ended; return what it has written."""
        while self._read():
            pass
        eventually(lambda: not self._process.isalive())
        status = self._process.exitstatus
        return Shown(-self._process.signalstatus if status is None else status, self.raw)


def show(
    *arguments: object,
    columns: int = 80,
    folder: Path | None = None,
    python: tuple[str, ...] = ("-m", "ipif"),
    **variables: str | None,
) -> Shown:
    """Run the command in a terminal with so many *columns*, to its end."""
    with Terminal(
        *arguments, columns=columns, folder=folder, python=python, **variables
    ) as terminal:
        return terminal.end()
