"""``NamedTuple`` as in :mod:`typing`, which takes longer to import than the whole package."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Meta(type):
        def __new__(cls, name, bases, namespace):
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            names = list(namespace["__annotations__"])
            defaults = [namespace[each] for each in names if each in namespace]
            made = namedtuple(name, names, defaults=defaults)
            made.__doc__ = namespace.get("__doc__")  # -OO leaves it out
            made.__module__ = namespace["__module__"]
            return made

    class NamedTuple(metaclass=_Meta):
        """Base of a class whose annotations become the names of a ``collections.namedtuple``."""
