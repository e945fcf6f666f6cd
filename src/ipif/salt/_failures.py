"""Exceptions as Salt shows them: one line for what failed, one for what to do."""

from __future__ import annotations

from contextlib import contextmanager

import ipif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


class Refused(Exception):
    """A job cannot be done as it is wanted; the text says why, and what to do."""


def text_of(error: Exception) -> str:
    """Return what happened, and on a line of its own what to do about it."""
    hint = getattr(error, "hint", None)
    return f"{error}\n{hint}" if hint else str(error)


def text_of_report(error: Mapping[str, Any]) -> str:
    """Return the same for the ``error`` of a report."""
    return "\n".join(str(error[name]) for name in ("text", "hint") if error.get(name))


@contextmanager
def raised_for_salt() -> Iterator[None]:
    """Raise the exceptions of ipif in a with-block as Salt's ``CommandExecutionError``."""
    try:
        yield
    except (ipif.Error, ipif.ValidationError, Refused, OSError, ValueError, TypeError) as error:
        from salt.exceptions import CommandExecutionError

        raise CommandExecutionError(text_of(error)) from error
