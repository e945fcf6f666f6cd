"""The pictures of the command show what it writes, and need no other file."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, STRICT, start

TOOL = ROOT / "tools" / "screenshots.py"
PICTURES = ("list", "route", "apply", "watch")

if not TOOL.exists():
    pytest.skip("the tools are not here: no checkout", allow_module_level=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals here")
@pytest.mark.skipif(find_spec("ptyprocess") is None, reason="ptyprocess is not installed")
@pytest.mark.skipif(find_spec("rich") is None, reason="rich is not installed")
def test_the_pictures_show_what_the_command_writes() -> None:
    done = start(*STRICT, TOOL, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_needs_no_other_file(name: str) -> None:
    svg = (ROOT / "docs" / "images" / f"{name}.svg").read_text(encoding="utf-8")
    assert "@import" not in svg
    assert "@font-face" not in svg
    assert "<image" not in svg
    assert "href" not in svg
    assert set(re.findall(r"url\((.)", svg)) <= {"#"}
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_shown_on_a_page(name: str) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert any(f"images/{name}.svg)" in page.read_text(encoding="utf-8") for page in pages)
