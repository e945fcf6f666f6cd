"""Network compartments: each sees only its own adapters, rows, addresses and routes.

Windows keeps a compartment for each thread. A new thread starts in the default one, whatever the
thread that started it is in.
"""

from __future__ import annotations

from _operator import index as to_int
from _thread import _local, get_ident

from ipif._core.backend import native
from ipif._core.errors import Error, Problem, ValidationError, expected
from ipif._core.fields import LARGEST_INDEX
from ipif._core.finish import until_done
from ipif._core.uncopyable import Uncopyable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import ParamSpec, SupportsIndex, TypeVar

    _P = ParamSpec("_P")
    _R = TypeVar("_R")

DEFAULT = 1


class compartment(Uncopyable):
    """Let the calling thread act in a network compartment inside a ``with`` block.

    Every call of ipif that this thread makes in the block, and no other thread, sees the interfaces
    of that compartment only. Threads that ipif starts there stay in it. On leaving, the thread
    returns to the compartment that it was in. The block gets the number.

    Blocks may be nested, and threads may share one. An ``await`` in a block lets the other tasks of
    the event loop act in the compartment too.

    Args:
        number: The compartment, an ``int`` from 1, the default compartment, to 4294967295.

    Raises:
        ipif.ValidationError: The number is not one of these.
        ipif.Error: On entering, Windows has no such compartment. On leaving, the earlier one is
            gone. The thread then stays where it is.

    Example:
        >>> import ipif
        >>> luid = ipif.simulation.add_interface("Container", compartment=2)
        >>> with ipif.compartment(2):
        ...     [row["Alias"] for row in ipif.list_adapters()]
        ['Container']

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setcurrentthreadcompartmentid
    """

    __module__ = "ipif"

    def __init__(self, number: SupportsIndex, /) -> None:
        try:
            self._number = -1 if isinstance(number, bool) else int(to_int(number))
        except TypeError:
            self._number = -1
        if not DEFAULT <= self._number <= LARGEST_INDEX:
            rule = "not a compartment" if type(number) is int else expected("int", number)
            advice = f"write an int from {DEFAULT} to {LARGEST_INDEX}"
            raise ValidationError([Problem("compartment", number, rule, advice)])
        # The compartments that threads came from, by thread, the latest entry last.
        self._earlier: dict[int, list[int]] = {}

    _instead = "it returns its own threads; create a new one"

    def __enter__(self) -> int:
        stack = self._earlier.setdefault(get_ident(), [])
        depth = len(stack)
        earlier = native.get_current_thread_compartment_id()
        try:
            stack.append(earlier)
            _move(self._number)
            return self._number
        except BaseException:  # an interrupt, with or without the thread having been moved
            del stack[depth:]
            _move(earlier)
            raise

    @until_done
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> BaseException | None:
        thread = get_ident()
        stack = self._earlier.get(thread)
        failure = None
        if stack:
            try:
                _move(stack[-1])
            except Error as error:
                failure = error
            del stack[-1]  # no call: it cannot be interrupted and done twice
            if not stack:
                del self._earlier[thread]
        return failure


def compartment_of_thread() -> int:
    """Return the compartment that the calling thread has entered by a block of this module.

    It makes no call. A thread that has never entered one is in the default compartment.
    """
    number: int = getattr(_here, "number", DEFAULT)
    return number


def _move(number: int) -> None:
    """Move the calling thread to a compartment."""
    native.set_current_thread_compartment_id(number)
    _here.number = number


_here = _local()  # number: the compartment of the thread


def in_compartment_of_caller(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return *function*, or a function that runs it in the compartment of the calling thread.

    For the function of a thread that ipif starts. It costs one GetCurrentThreadCompartmentId; in
    the default compartment, *function* itself is returned. When the compartment no longer exists,
    the returned function raises :class:`ipif.Error` and does not run *function*.
    """
    number = native.get_current_thread_compartment_id()
    if number == DEFAULT:
        return function

    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with compartment(number):
            return function(*args, **kwargs)

    return run
