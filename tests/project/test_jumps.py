"""No backward jump is outside of the with or try statement that it belongs to.

CPython looks at signals at a backward jump, so Ctrl-C raises there. CPython 3.12 and 3.13 compile
some loops so that the jump at their end belongs to no with or try statement around them: the
exception then passes by ``__exit__``, and a lock stays held. Such a loop goes into a function of
its own.
"""

import dis
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import pytest
import support.machine  # noqa: F401

import ipif

PACKAGE = Path(ipif.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and those of its functions."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def jumps_outside(instructions: list[Any], entries: list[Any]) -> list[int]:
    """Return the offsets of backward jumps that a handler leaves out, and has both neighbours of.

    *instructions* and *entries*, of the exception table, are what ``dis.Bytecode`` has.
    """
    # Other handlers belong to comprehensions and generators, which need no end.
    starts = {one.offset for one in instructions if one.opname == "PUSH_EXC_INFO"}

    def handlers(offset: int) -> set[int]:
        return {e.target for e in entries if e.start <= offset < e.end and e.target in starts}

    return [
        here.offset
        for before, here, after in zip(
            instructions, instructions[1:], instructions[2:], strict=False
        )
        if here.opname.startswith("JUMP_BACKWARD")
        and "NO_INTERRUPT" not in here.opname
        and (handlers(before.offset) & handlers(after.offset)) - handlers(here.offset)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_interrupts_at_the_end_of_a_loop_reach_the_statements_around_it(path: Path) -> None:
    module = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    found = []
    for code in codes(module):
        bytecode = dis.Bytecode(code)
        entries = list(getattr(bytecode, "exception_entries", ()))
        for offset in jumps_outside(list(bytecode), entries):
            found.append((code.co_name, offset))
    assert found == []


class Instruction(NamedTuple):
    offset: int
    opname: str


class Entry(NamedTuple):
    start: int
    end: int
    target: int


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([Entry(0, 8, 8)], []),
        ([Entry(0, 4, 8), Entry(6, 8, 8)], [4]),
        ([Entry(0, 4, 8)], []),  # the statement ends with the loop
        ([Entry(0, 4, 0), Entry(6, 8, 0)], []),  # a comprehension
    ],
)
def test_a_jump_that_a_with_statement_leaves_out_is_found(
    entries: list[Entry], expected: list[int]
) -> None:
    names = ["NOP", "CALL", "JUMP_BACKWARD", "END_FOR", "PUSH_EXC_INFO"]
    instructions = [Instruction(2 * number, name) for number, name in enumerate(names)]
    assert jumps_outside(instructions, entries) == expected
