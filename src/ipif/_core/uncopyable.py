"""For objects that are tied to a registration, a thread or values to restore: no copies of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, SupportsIndex


class Uncopyable:
    """Base of classes whose objects cannot be copied or pickled."""

    _instead: str  # what to do instead

    # pickle, copy.copy and copy.deepcopy all ask this method.
    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"a {name!r} object cannot be copied or pickled: {self._instead}")
