"""What tools make from other files is what they make now."""

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, STRICT, start

import ipif

TOOLS = ROOT / "tools"


@pytest.mark.skipif(not TOOLS.exists(), reason="the tools are not here: no checkout")
@pytest.mark.skipif(ipif.backend == "windows", reason="a check of the checkout, run on Linux")
@pytest.mark.parametrize("tool", ["generate.py", "cookbook.py"])
def test_the_generated_files_are_up_to_date(tool: str) -> None:
    done = start(*STRICT, TOOLS / tool, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
