"""What a process leaves that is killed inside its block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipif

# From CPython 3.14 on, a block that is collected restores its values.
_kept: list[ipif.changed] = []


def abandon(journal: Path, **changes: Any) -> None:
    """Leave interface and journal as they are inside the block."""
    block = ipif.changed("Ethernet", "ipv4", journal=journal, **changes)
    block.__enter__()
    _kept.append(block)
