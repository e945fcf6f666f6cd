"""Files that ipif reads and writes: JSON documents, replaced as a whole or not at all."""

from __future__ import annotations

import json
import os

from ipif._core import own_files
from ipif._core.errors import Problem, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LARGEST_FILE = 64 * 2**20  # bytes


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Replace the file *path*, which is our own, with *text* in UTF-8.

    Readers see the old file or the new one. The mode of an existing file is kept; a new file is
    readable by its owner alone. Raises ``OSError``; the old file is then unchanged.
    """
    own_files.replace(os.fspath(path), text.encode())


def read_json(path: str | os.PathLike[str], what: str, advice: str, *, own: bool = False) -> Any:
    """Return the JSON document in the file *path*; its contents are not checked.

    *what* names the file in a problem, and *advice* says what to give instead. *own*: only this
    user may be able to change the file. Raises :class:`ipif.ValidationError` when it is not JSON,
    or larger than 64 MiB, and ``OSError`` when it cannot be read.
    """
    name = os.fspath(path)
    try:
        if own:
            data = own_files.read(name, _LARGEST_FILE + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(_LARGEST_FILE + 1)
    except ValueError as error:
        raise ValidationError([Problem(what, name, str(error), "correct the path")]) from None
    if len(data) > _LARGEST_FILE:
        rule = f"larger than {_LARGEST_FILE} bytes"
        raise ValidationError([Problem(what, name, rule, advice)])
    # Windows PowerShell redirects output in UTF-16.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return json.loads(
            data.decode(encoding), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except RecursionError:
        rule = "nested too deeply"
    except ValueError as error:  # not text, not JSON, a number too long, or the hooks below
        rule = str(error)
    raise ValidationError([Problem(what, name, rule, advice)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the dict of *pairs*; ``ValueError`` when a name occurs twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"an object has the member {name[:100]!r} twice")
            seen.add(name)
    return members


def _refuse_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is not JSON")
