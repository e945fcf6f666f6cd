"""The program of the check ``allocations``: one allocation after the other fails.

    LD_PRELOAD=fail_at.so PYTHONMALLOC=malloc python failing.py "plan works" "apply"

The calls are those of tests/support/public_calls.py and calls.py and the scenes of
memory_scenes.py, or the named ones. Each is made once for every allocation of the extension, and
once for every allocation, or with ``--most`` for so many of them. The allocations of the calling
thread fail, in some scenes those of another thread.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import faulthandler
import gc
import json  # noqa: F401
import logging
import mmap
import os
import pickle
import struct
import sys
import traceback
import warnings
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

os.environ["IPIF_BACKEND"] = "simulated"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support import calls, public_calls
from support.machine import control, native
from support.threads import lock_is_free

import ipif
from ipif import netioapi, simulation
from ipif._desired import changed as changed_module
from ipif._desired import deadline, guard, guarded_row, guarding
from ipif._desired.transaction import LOCK
from trust_checks.lack_of_memory import Wrong, attempt, has_ended, library, rows, until
from trust_checks.memory_scenes import SCENES, Scene

LONGEST = 60  # seconds of one call
AGAIN = 68  # the exit code of a process after which another one continues
CRASH_ELSEWHERE = 67  # the exit code of fail_at.c for a crash of CPython itself
# The number of the allocation, the step, how many failed and were wrong, and how many there are.
LAYOUT = struct.Struct("lllll")
# Calls of the extension. When it raises the exception itself, every block counts as leaked. When
# Python code raises it, only those blocks that the extension asked for, and only for allocations of
# the extension: CPython 3.11 leaks the arguments of a function that has no memory for a variable
# which an inner function uses (tests/trust/test_allocations.py shows it).
OWN_CODE = ("netioapi.", "native.", "watch ", "bad watch", "exchange")
# CPython itself leaks in these, in code of the standard library: in ipaddress.IPv4Network and
# IPv6Network, which make the prefixes of routes (the first five), and in difflib, which looks for
# the name that an unknown member is like (the others). With something simple in place of those,
# none of these calls leaked in any of its allocations.
LEAK_OF_CPYTHON = (
    "netioapi.get_ip_forward_table2", "netioapi.get_best_route", "native.get_best_route",
    "native.unpack", "watch 2", "netioapi.set_ip_interface_entry-5",
    "native.pack_interface_row-1", "native.set_valid_row-3", "native.exchange_new-2",
)  # fmt: skip
NO_MEMORY = (8, 14)  # ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY
# CPython raises a SystemError with these texts when it has no memory for the frame of a traceback.
# The second one names a function of Python; one of the extension would be a built-in function.
LOST = "error return without exception set"
LOST_BY_FUNCTION = "returned NULL without setting an exception"
# A call asks an exception for an attribute, and got another exception.
NOT_WHAT_WAS_EXPECTED = ("'MemoryError' object", "'SystemError' object")
# The end of what os.fspath and os.unlink raise for a path, a TypeError instead of MemoryError.
OF_FSPATH = ", not PosixPath"
# pickle raises this instead of what the import raised.
OF_PICKLE = "import of module 'ipif' failed"

# Calls that change the machine more than once, so that a lack of memory may come in between: it is
# then in a state that the undisturbed call passes through. The scenes have the parts of the most
# important ones, each with what must hold after it.
SEVERAL = {
    "ApplyError", "ApplyError.__reduce__", "ApplyError.retry", "ApplyError.to_json",
    "AddressEvent.alias", "AddressEvent.guid", "Event.alias", "Event.guid", "Guard",
    "Plan.apply", "Plan.confirm", "Plan.revert", "RestoreWarning", "RouteEvent.alias",
    "RouteEvent.guid", "guard", "recover", "Recovery", "simulation.bind", "simulation.unbind",
    "Guard.__exit__", "Guard.__enter__", "Guard.__aenter__", "Guard.__aexit__", "Guard.close",
    "Guard.applied", "Guard.errors", "Guard.last_error", "Guard.missing", "Guard.reverts",
    "Guard.rows", "Guard.unachievable", "GuardedRow", "GuardedRow.__repr__",
}  # fmt: skip
# Left out: after a failure in between the plan stays applied, and its deadline waits for 600 s; the
# thread of the guard changes the machine at any time. The scenes "apply with a journal", "confirm",
# "revert with a journal" and "thread of a guard" make the same steps.
LEFT_OUT = ("Plan.apply works", "Plan.confirm works", "Plan.revert works", "guard works")
THREAD_IS_LEFT = "a thread is left"

# The pauses of threads after a failure, in seconds; here they are short.
PAUSES = (
    (deadline, "FIRST_PAUSE"),
    (guarded_row, "FIRST_PAUSE"),
    (guard, "LOOK_AGAIN"),
    (guard, "_SLICE"),
    (guarding, "LOOK_AGAIN"),
)


def call_of(function: Callable[..., object], args: Any, kwargs: Any) -> Callable[[], object]:
    def call() -> object:
        result: Any = function(*args, **kwargs)
        if hasattr(result, "close"):
            result.close()
        return result

    return call


def run_coroutine(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine like ``asyncio.run``, and raise what asyncio and its executor only log.

    When there is no memory for the next step of a task, or for telling the event loop that a thread
    of the executor is done, they log that, and the task waits for ever. Here the loop stops, and
    the coroutine is closed, as when it is collected.
    """
    lost: list[BaseException] = []

    def note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "handle" in context:
            lost.append(context["exception"])
            loop.stop()

    def note_record(record: logging.LogRecord) -> bool:
        if record.exc_info is not None and record.exc_info[1] is not None:
            lost.append(record.exc_info[1])
            loop.stop()
        return False

    try:
        loop = asyncio.new_event_loop()
    except BaseException:
        coroutine.close()
        raise
    asyncio._set_running_loop(None)  # a loop that had no memory at its end may have left itself
    executor = logging.getLogger("concurrent.futures")
    executor.addFilter(note_record)
    try:
        loop.set_exception_handler(note)
        return loop.run_until_complete(coroutine)
    except RuntimeError:
        if lost:
            raise lost[0] from None
        raise
    finally:
        executor.removeFilter(note_record)
        coroutine.close()
        loop.close()


def every_call() -> dict[str, Callable[[], object]]:
    """Return all calls of public functions and of the extension, by name."""
    found: dict[str, Callable[[], object]] = {}
    tables: dict[Any, dict[str, Any]] = {netioapi: calls.CALLS, native: calls.NATIVE_CALLS}
    for module, table in tables.items():
        for name, all_arguments in table.items():
            for number, (args, kwargs) in enumerate(all_arguments):
                key = f"{module.__name__.rpartition('.')[2]}.{name}-{number}"
                found[key] = call_of(getattr(module, name), args, kwargs)
    for number, arguments in enumerate(calls.BAD_WATCHES):
        found[f"bad watch {number}"] = call_of(native.watch_open, arguments, {})
    for kind in calls.WATCH_KINDS:
        found[f"watch {kind}"] = partial(calls.watch_and_read, kind)
    found["exchange"] = calls.exchange_and_read
    found["until_done"] = calls.finish_in_the_end
    found |= {f"{name} works": call for name, call in public_calls.WORKS.items()}
    found |= {f"{name} fails": call for name, call in public_calls.FAILS.items()}
    return {name: call for name, call in found.items() if name not in LEFT_OUT}


def is_lack_of_memory(error: BaseException | None) -> bool:
    """Return whether an exception says that there is no memory."""
    if error is None:
        return False
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    if isinstance(error, ipif.Error) and error.winerror in NO_MEMORY:
        return True
    if isinstance(error, RuntimeError) and str(error).startswith(
        ("can't start new thread", "can't allocate")
    ):
        return True
    if (
        isinstance(error, SystemError)
        and "<built-in" not in str(error)
        and (LOST in str(error) or LOST_BY_FUNCTION in str(error))
    ):
        return True
    if isinstance(error, AttributeError) and str(error).startswith(NOT_WHAT_WAS_EXPECTED):
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        return frame.f_code.co_filename == public_calls.__file__
    if isinstance(error, TypeError) and str(error).endswith(OF_FSPATH):
        return True
    if isinstance(error, pickle.PicklingError) and str(error).endswith(OF_PICKLE):
        return True
    return is_lack_of_memory(error.__cause__) or is_lack_of_memory(error.__context__)


class Sweep:
    """All attempts of one call, in a process of its own, and in another one after each crash."""

    def __init__(self, name: str, call: Callable[[], object], scene: Scene | None = None) -> None:
        self.name = name
        self._call = call
        self._scene = scene
        self._thread = scene.thread if scene is not None else ""
        self._own_code = name.startswith(OWN_CODE) and not name.startswith(LEAK_OF_CPYTHON)
        self._strict = name.rpartition(" ")[0] not in SEVERAL
        self._shared = mmap.mmap(-1, LAYOUT.size)
        self.count = 0
        self._expected: BaseException | None = None
        self._states: list[list[dict[str, Any]]] = []

    def _prepare(self) -> None:
        """Make the call undisturbed; it imports what it needs, and fills caches."""
        simulation.reset()
        self._states = [rows()]
        for _ in range(3):
            self._begin()
            self.count, self._expected = attempt(self._call, -1, False, self._thread)
            self._states.append(rows())
            if self._scene is not None:
                self._scene.check(self._expected)
        forget_frames(self._expected)
        if self._scene is None and not self._strict:
            self._begin()
            self._states += states_during(self._call)

    def _begin(self) -> None:
        """Bring the machine into the state in which the call is made."""
        simulation.reset()
        if self._scene is not None:
            self._scene.prepare()

    def run(self, most: int) -> tuple[int, int, int]:
        """Let all allocations of the extension fail, and of all allocations about *most*.

        Return how many failed, how many were wrong, and how many ended CPython in a crash.
        """
        runs = wrong = crashes = 0
        for ours in (True, False):
            number = 1
            while number:
                sys.stdout.flush()
                child = os.fork()
                if child == 0:
                    self._run_from(number, most, ours)
                _, status = os.waitpid(child, 0)
                code = os.waitstatus_to_exitcode(status)
                number, by, its_runs, its_wrong, self.count = LAYOUT.unpack_from(self._shared)
                runs += its_runs
                wrong += its_wrong
                if code == 0:
                    break
                if code == CRASH_ELSEWHERE:
                    crashes += 1
                elif code != AGAIN:
                    wrong += 1
                    kind = "own " if ours else ""
                    print(f"  {self.name}: {kind}allocation {number}: ended with {code}")
                number += by
        return runs, wrong, crashes

    def _run_from(self, number: int, most: int, ours: bool) -> NoReturn:
        """Make the attempts from *number* on; end the process."""
        self._prepare()
        runs = wrong = 0
        # The first numbers of all calls are the same, so another one is taken of each call.
        by = 1 if ours else -(-self.count // most)
        if by > 1 and number == 1:
            number += len(self.name) % by
        while number <= 2 * self.count + 100:
            LAYOUT.pack_into(self._shared, 0, number, by, runs + 1, wrong, self.count)
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            problem = self._one(number, ours)
            if problem is None and (ours or number > self.count):
                break
            runs += problem is not None
            if problem:
                wrong += 1
                print(f"  {self.name}: {'own ' if ours else ''}allocation {number}: {problem}")
                if problem == THREAD_IS_LEFT:  # it would be found again and again
                    LAYOUT.pack_into(self._shared, 0, number, by, runs, wrong, self.count)
                    sys.stdout.flush()
                    os._exit(AGAIN)
            number += by
        LAYOUT.pack_into(self._shared, 0, number, by, runs, wrong, self.count)
        sys.stdout.flush()
        os._exit(0)

    def _one(self, number: int, ours: bool) -> str | None:
        """Let one allocation fail; return what is wrong, and None when there was no such one."""
        self._begin()
        before = library.blocks(False), library.blocks(True)
        counted, raised = attempt(self._call, number, ours, self._thread)
        problem = ""
        try:
            self._check(raised)
        except Wrong as wrong:
            problem = str(wrong)
        if counted < number and not problem:
            return None
        own_code = self._own_code and is_raised_by_extension(raised)
        forget_frames(raised)
        raised = None
        grown = library.blocks(not own_code) > before[not own_code]
        if grown and (own_code or ours) and self._leaks(number, ours, own_code):
            problem = problem or "memory is leaked"
        return problem

    def _check(self, raised: BaseException | None) -> None:
        """Raise an exception when something is wrong after an attempt."""
        if raised is not None and type(raised) is not type(self._expected):
            if not is_lack_of_memory(raised):
                text = "".join(traceback.format_exception(raised))
                raise Wrong(f"{type(raised).__name__} was raised\n{text}")
            forget_frames(raised)
        if self._scene is None:
            until(has_ended, THREAD_IS_LEFT)
        else:
            self._scene.check(raised)
            until(has_ended, THREAD_IS_LEFT)
        if control().live_tables() != 0:
            raise Wrong(f"{control().live_tables()} tables are not freed")
        if not lock_is_free(1):
            LOCK.release()  # for the attempts that follow
            raise Wrong("the lock of transactions is held")
        if changed_module._entered:
            raise Wrong("a block is remembered")
        if self._scene is None and rows() not in self._states:
            raise Wrong(f"the machine is neither as before nor as after ({raised!r})")

    def _leaks(self, number: int, ours: bool, own_code: bool) -> bool:
        """Return whether each repetition of an attempt leaves a block."""

        def growth(times: int) -> int:
            gc.collect()
            before: int = library.blocks(not own_code)
            for _ in range(times):
                self._begin()
                _, raised = attempt(self._call, number, ours, self._thread)
                if self._scene is not None:
                    self._scene.check(raised)
                forget_frames(raised)
                raised = None
            simulation.reset()
            gc.collect()
            after: int = library.blocks(not own_code)
            return after - before

        return all(growth(times) >= times for times in (1, 2, 4, 8, 16))


def states_during(call: Callable[[], object]) -> list[list[dict[str, Any]]]:
    """Make a call; return the states of the machine after each call of the extension in it."""
    found: list[list[dict[str, Any]]] = []

    def note(frame: FrameType, event: str, function: Any) -> None:
        if event in ("c_return", "return"):
            state = rows()
            if state not in found:
                found.append(state)

    sys.setprofile(note)
    try:
        call()
    except Exception:
        return found
    finally:
        sys.setprofile(None)
    return found


def is_raised_by_extension(error: BaseException | None) -> bool:
    """Return whether no Python function but those here was running when *error* was raised."""
    if error is None or isinstance(error, SystemError):
        return False
    frames = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    return set(frames) <= {attempt.__code__.co_filename, __file__, calls.__file__}


def forget_frames(error: BaseException | None) -> None:
    """Free the frames of an exception: they may refer to a watch that was just being made."""
    seen: list[BaseException] = []
    while error is not None and not any(error is each for each in seen):
        seen.append(error)
        error.__traceback__ = None
        error = error.__context__


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="CALL")
    parser.add_argument("--most", type=int, default=10**9, help="allocations of one call to fail")
    parser.add_argument("--each", action="store_true", help="print a line for each call")
    parser.add_argument("--part", default="0/1", help="one part of the calls: 0/2, 1/2")
    options = parser.parse_args()
    sys.unraisablehook = lambda unraisable: None
    warnings.simplefilter("ignore")
    vars(asyncio)["run"] = run_coroutine
    logging.raiseExceptions = False
    logging.getLogger("ipif").addHandler(logging.FileHandler(os.devnull))
    for module, name in PAUSES:
        vars(module)[name] = 0.01
    public_calls.SECONDS = 5
    found = every_call()
    part, parts = map(int, options.part.split("/"))
    names = options.names or [*found, *SCENES][part::parts]
    unknown = [name for name in names if name not in found and name not in SCENES]
    if unknown:
        parser.error(f"no call is named {', '.join(unknown)}")
    vars(ipif)["_imported_on_first_use"]()
    gc.collect()
    gc.freeze()  # what is here need not be looked at
    total = [0, 0, 0]
    there = left_out = 0
    for name in names:
        scene = SCENES.get(name)
        sweep = Sweep(name, found[name] if scene is None else scene.step, scene)
        result = sweep.run(options.most)
        total = [old + new for old, new in zip(total, result, strict=True)]
        runs, wrong, crashes = result
        there += sweep.count
        left_out += sweep.count > options.most
        if wrong or crashes or options.names or options.each:
            print(
                f"{name}: {sweep.count} allocations, {runs} made to fail, {wrong} wrong, "
                f"{crashes} crashes of CPython",
                flush=True,
            )
    runs, wrong, crashes = total
    if not options.names and part == 0:
        print(f"left out, because scenes make their steps: {', '.join(LEFT_OUT)}")
    print(
        f"{len(names)} calls with {there} allocations: {runs} made to fail, {wrong} wrong, "
        f"{crashes} crashes of CPython itself"
    )
    if left_out:
        print(
            f"left out to save time: {left_out} calls have more than {options.most} allocations, "
            f"and about {options.most} of them failed, evenly spread"
        )
    return 1 if wrong or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
