"""Raises an exception at each place where CPython looks at signals, one place in each run.

These places are the entry of a Python function, the return from a call, and a backward jump: there
Ctrl-C raises ``KeyboardInterrupt``. The exception is raised exactly where the interpreter would
raise it, by a profile function (entries and returns) and a trace function (backward jumps, and
returns from types, which no profile function sees).
"""

from __future__ import annotations

import dis
import gc
import sys
from collections.abc import Callable, Coroutine
from types import CodeType, FrameType
from typing import Any

_CALLS = {name for name in dis.opname if name.startswith(("CALL", "PRECALL"))}
_opcodes: dict[CodeType, dict[int, tuple[bool, bool]]] = {}


def _places(code: CodeType) -> dict[int, tuple[bool, bool]]:
    """Return, by offset, whether an instruction jumps back, and whether it follows a call.

    An instruction that returns does not count: it is outside of every try statement, and the return
    from the call before it has been a place already.
    """
    found = {}
    called = False
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in ("CACHE", "RESUME"):
            continue
        back = name.startswith("JUMP_BACKWARD") and "NO_INTERRUPT" not in name
        found[instruction.offset] = (back, called and not name.startswith("RETURN"))
        called = name in _CALLS and not name.startswith("PRECALL")
    return found


def _is_called(caller: FrameType | None) -> bool:
    """Return whether *caller* calls by an instruction after which signals are looked at.

    A with statement, among others, calls without looking.
    """
    return caller is not None and dis.opname[caller.f_code.co_code[caller.f_lasti]] in _CALLS


class _Injection:
    """Raises *kind* at place number *at*, counted from 0, and again *again* places later."""

    def __init__(self, kind: type[BaseException], at: int, again: int | None = None) -> None:
        self._kind = kind
        self._left = at
        self._again = again
        self.where = ""
        self.raised = False

    def profile(self, frame: FrameType, event: str, arg: Any) -> None:
        if event in ("call", "c_return") or (event == "return" and _is_called(frame.f_back)):
            self._place(frame, event)

    def trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        if event == "opcode":
            code = frame.f_code
            places = _opcodes.get(code)
            if places is None:
                places = _opcodes[code] = _places(code)
            back, called = places.get(frame.f_lasti, (False, False))
            if back or called:
                self._place(frame, "jump" if back else "after a call")
        return self.trace

    def _place(self, frame: FrameType, event: str) -> None:
        if self.raised or frame.f_code.co_filename == __file__:
            return
        if self._left:
            self._left -= 1
            return
        self.raised = True
        self.where = f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name} ({event})"
        sys.setprofile(None)
        raise self._kind


def interrupt_everywhere(
    scene: Callable[[], object],
    check: Callable[[str, BaseException | None], object],
    kind: type[BaseException] = KeyboardInterrupt,
    step: int = 1,
    prepare: Callable[[], object] = lambda: None,
) -> int:
    """Run *scene* once for each place, or each *step*-th, raising *kind* there.

    *prepare* runs before each run, uninterrupted. *check* gets the place, as a text, and what the
    scene has raised. Return the number of runs.
    """
    prepare()
    scene()  # imports what it needs: the import system drops exceptions
    runs = 0
    while True:
        prepare()
        injection = _Injection(kind, runs * step)
        raised = _run(scene, injection)
        if not injection.raised:
            if raised is not None:
                raise raised
            return runs
        check(injection.where, raised)
        runs += 1


def _run(scene: Callable[[], object], injection: _Injection) -> BaseException | None:
    before = sys.gettrace(), sys.getprofile()
    # What the garbage collector calls, and when, differs from run to run.
    gc.disable()
    try:
        sys.setprofile(injection.profile)
        sys.settrace(injection.trace)
        scene()
    except BaseException as error:
        return error
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
        gc.enable()
    return None


def run_without_a_loop(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that awaits nothing which is not done."""
    try:
        coroutine.send(None)
    except StopIteration:
        pass
    finally:
        coroutine.close()
