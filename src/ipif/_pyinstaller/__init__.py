"""What PyInstaller must know about ipif; it finds this by the entry point ``pyinstaller40``."""

from __future__ import annotations

import os


def hook_dirs() -> list[str]:
    """Return the folders with hooks for PyInstaller."""
    return [os.path.dirname(__file__)]
