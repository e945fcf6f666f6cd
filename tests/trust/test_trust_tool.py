"""What tools/trust.py is asked for and cannot do is refused, with what there is instead."""

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, STRICT, TESTS, start

TOOL = ROOT / "tools" / "trust.py"
pytestmark = pytest.mark.skipif(not TOOL.exists(), reason="the tools are not here: no checkout")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nothing"], "no check is called nothing; there are address, coverage,"),
        (["soak", "--only", "x"], "soak takes no --only; these do: address, thread,"),
        (["address", "thread", "--only", "x"], "--only needs the name of one check"),
    ],
)
def test_checks_and_parts_that_there_are_not(words: list[str], text: str) -> None:
    done = start(*STRICT, TOOL, *words)
    assert done.returncode == 2
    assert text in done.stderr


def test_a_scene_of_threads_that_there_is_not() -> None:
    done = start(*STRICT, TESTS / "trust" / "overlap.py", "watches", "nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("no scene is called nothing; there are conversion,")
