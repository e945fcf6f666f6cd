"""Run the command ``ipif`` in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

import support.machine  # noqa: F401
from ipif._cli.main import main


class Done(NamedTuple):
    """What a command has returned and written."""

    status: int
    out: str
    err: str


Command = Callable[..., Done]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Done:
    """Run the command with *arguments*, as text."""
    capsys.readouterr()
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    out, err = capsys.readouterr()
    return Done(status, out, err)


@contextmanager
def stdin_with(data: bytes) -> Iterator[None]:
    """Let standard input be *data* in the block."""
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)), "utf-8")
    try:
        yield
    finally:
        sys.stdin = before


def error_of(done: Done, status: int = 2) -> str:
    """Return the message of a command that must have failed with *status*, and no traceback."""
    assert done.status == status
    assert done.out == ""
    assert done.err
    assert "Traceback" not in done.err
    return done.err
