"""The command under test, and a snapshot for it in a file."""

import json
from functools import partial
from pathlib import Path

import pytest
from support.command import Command, run

from ipif import simulation


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command in this process."""
    return partial(run, capsys)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with a snapshot of the bundled machine."""
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps({"about": "a test", **simulation.dump()}), encoding="utf-8")
    return file
