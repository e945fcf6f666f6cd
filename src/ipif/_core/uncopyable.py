"""For objects that are tied to a registration, a thread or values to restore: no copies of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, SupportsIndex


def uncopyable(advice: str) -> Callable[[object, SupportsIndex], NoReturn]:
    """Return a ``__reduce_ex__`` that refuses; *advice* says what to do instead of copying.

    ``pickle``, ``copy.copy`` and ``copy.deepcopy`` all ask this method.
    """

    def __reduce_ex__(self: object, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError(f"a {type(self).__name__!r} object cannot be copied or pickled: {advice}")

    return __reduce_ex__
