"""Methods that always finish, whatever interrupts them.

Ctrl-C raises ``KeyboardInterrupt`` wherever Python code runs: also at the first instruction of the
function that would restore a value. A method decorated with :func:`until_done` is a builtin for
its caller, and that calls the method again until it has returned.
"""

from __future__ import annotations

from abc import abstractmethod
from types import MethodType

from ipif._core.backend import native
from ipif._core.uncopyable import Uncopyable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType
    from typing import Any, Concatenate, ParamSpec, TypeVar


class Done:
    """An awaitable that is done: what an ``__aexit__`` returns that has run already."""

    def __await__(self) -> Generator[None, None, None]:
        return iter(())  # type: ignore[return-value]


class _UntilDone:
    """Make a method one that is called again until it returns.

    It must continue where it was interrupted. The first exception that interrupted it is raised
    after it has returned. It reports a failure of its own by returning the exception.

    Look the method up before the code that it must follow: the lookup can be interrupted.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __get__(self, instance: object, owner: object = None) -> Any:
        if instance is None:
            return self
        return native.until_done(MethodType(self._function, instance))

    # contextlib.ExitStack takes __exit__ from the class.
    def __call__(self, instance: object, *args: object) -> Any:
        return native.until_done(MethodType(self._function, instance))(*args)


if TYPE_CHECKING:
    _S = TypeVar("_S")
    _P = ParamSpec("_P")

    def until_done(
        function: Callable[Concatenate[_S, _P], BaseException | None],
    ) -> Callable[Concatenate[_S, _P], None]: ...

else:
    until_done = _UntilDone


class Block(Uncopyable):
    """The end of a context manager, for ``with`` and ``async with``: it always leaves.

    Each class has its own ``__enter__`` and ``__aenter__``, with the same try statement in both: an
    interrupt may come between the return of a function that both call and what follows it.
    """

    @abstractmethod
    def _leave(self, value: BaseException | None) -> BaseException | None:
        """Leave; return the exception to raise. *value* is that of the block."""

    @until_done
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> BaseException | None:
        return self._leave(value)

    if TYPE_CHECKING:

        async def __aexit__(
            self,
            kind: type[BaseException] | None,
            value: BaseException | None,
            traceback: TracebackType | None,
        ) -> None: ...

    else:
        # Not a coroutine: that could be interrupted before it does anything.
        @until_done
        def __aexit__(self, kind, value, traceback) -> BaseException | Done:
            return self._leave(value) or Done()
