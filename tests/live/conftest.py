"""What the live tests need: a real Windows, an expendable adapter, a file of answers."""

import ctypes
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import support.real  # noqa: F401
from support.answers import Answers, write_answers
from support.asked import Api, WindowsMachine, restored, windows_api

import ipif

_answers: Answers = {}


@pytest.fixture(autouse=True)
def machine() -> None:
    """Take the place of the suite's fixture: this machine cannot be reset."""


@pytest.fixture
def answers() -> Answers:
    """Return the answers to the open questions, to which a test adds."""
    return _answers


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _answers:
        return
    system = f"{platform.platform()}, {platform.version()}, {platform.machine()}"
    text = write_answers(f"{system}, ipif {ipif.__version__}", _answers)
    terminalreporter.section("answers")
    terminalreporter.write(text)
    if file := os.environ.get("IPIF_LIVE_ANSWERS"):
        Path(file).write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def api() -> Api:
    return windows_api()


@pytest.fixture
def expendable() -> ipif.Luid:
    """Return the LUID of the expendable adapter; skip without one, or without elevation."""
    alias = os.environ.get("IPIF_LIVE_INTERFACE")
    if not alias:
        pytest.skip("IPIF_LIVE_INTERFACE names no expendable adapter")
    if not ctypes.windll.shell32.IsUserAnAdmin():  # type: ignore[attr-defined]
        pytest.skip("changing an interface needs an elevated prompt")
    return ipif.Luid.of(alias)


@pytest.fixture
def adapter(expendable: ipif.Luid) -> Iterator[ipif.Luid]:
    """Return the LUID of the expendable adapter; afterwards its rows are as they were."""
    with restored(expendable):
        yield expendable


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> WindowsMachine:
    """Return the machine to ask: questions that only read are about the loopback interface."""
    if request.node.callspec.params["question"].changes:
        return WindowsMachine(request.getfixturevalue("expendable"))
    return WindowsMachine(ipif.Luid.of(1))
