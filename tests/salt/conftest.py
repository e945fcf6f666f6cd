"""A minion for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.minion import Minion


@pytest.fixture
def minion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Minion]:
    """Return a minion that knows the modules."""
    found = Minion(tmp_path, monkeypatch)
    yield found
    found.close()
