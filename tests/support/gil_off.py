"""A plugin for pytest: the run fails when something has turned the GIL on."""

from __future__ import annotations

import sys

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    if sys._is_gil_enabled():  # type: ignore[attr-defined]
        session.exitstatus = 1
        print("\nthe GIL is on: a module that was imported does not work without it")
