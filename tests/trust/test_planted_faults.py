"""The faults in tests/trust/broken can be planted, and each has a check that should find it.

``python3 tools/trust.py --broken`` plants them and runs the checks.
"""

import sys
from pathlib import Path

import pytest
import support.machine  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
if not (TOOLS / "trust.py").exists():
    pytest.skip("the tools are not here: no checkout", allow_module_level=True)

sys.path.insert(0, str(TOOLS))
try:
    import trust
    from trust_checks import (
        address,
        allocations,
        interrupts,
        memcheck,
        planted,
        references,
        thread,
    )
finally:
    sys.path.remove(str(TOOLS))

CHECKS = {
    "address": address,
    "allocations": allocations,
    "interrupts": interrupts,
    "references": references,
    "thread": thread,
}


def names() -> list[str]:
    return sorted(path.stem for path in planted.FOLDER.glob("*.patch"))


def test_every_planted_fault_has_its_check() -> None:
    assert names() == sorted(planted.FAULTS)
    for fault in planted.FAULTS.values():
        assert fault.check in trust.CHECKS
        assert callable(CHECKS[fault.check].run_only)  # runs the part that finds the fault


@pytest.mark.parametrize("name", names())
def test_a_planted_fault_applies_to_the_sources(name: str) -> None:
    [(path, text)] = planted.patched(name, ROOT).items()
    assert text != path.read_text(encoding="utf-8")


def test_a_planted_fault_that_does_not_apply_is_reported(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "_ipif.c").write_text("int nothing;\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"off-by-one\.patch does not apply to src/_ipif\.c"):
        planted.patched("off-by-one", tmp_path)


@pytest.mark.parametrize(
    "table", ["address.NOT_RUN", "address.NO_LEAK_DETECTION", "thread.NOT_RUN"]
)
def test_tests_that_a_check_leaves_out_exist(table: str) -> None:
    check, _, name = table.partition(".")
    for test in getattr(CHECKS[check], name):
        file, _, function = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not function or f"\ndef {function.partition('[')[0]}" in text, test


def test_files_that_valgrind_does_not_run_exist() -> None:
    assert all((ROOT / name).exists() for name in memcheck.NOT_RUN)
