"""Files that are made from the field tables are what their maker makes now."""

import pytest
from fresh import ROOT, start

import ipif

TOOL = ROOT / "tools" / "generate.py"


@pytest.mark.skipif(not TOOL.exists(), reason="the tools are not here: no checkout")
@pytest.mark.skipif(ipif.backend == "windows", reason="a check of the checkout, run on Linux")
def test_the_generated_files_are_up_to_date() -> None:
    done = start(TOOL, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
