"""Files that ipif reads and writes: documents, replaced as a whole or not at all."""

from __future__ import annotations

import json
import os
import re

from ipif._core import own_files
from ipif._core.errors import Problem, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO

_LARGEST_FILE = 64 * 2**20  # bytes
_SPACE = re.compile(r"[ \t\n\r]*")  # between JSON values; it matches everywhere


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Replace the file *path*, which is our own, with *text* in UTF-8.

    Readers see the old file or the new one. The mode of an existing file is kept; a new file is
    readable by its owner alone. Raises ``OSError``; the old file is then unchanged.
    """
    own_files.replace(os.fspath(path), text.encode())


def read_document(source: str | os.PathLike[str] | BinaryIO) -> Any:
    """Return the document in a file that people write, in JSON or TOML.

    A file whose name ends in ``.toml`` is TOML, and one whose name ends in ``.json`` is JSON. Any
    other is JSON when its first character is ``{``, and TOML otherwise. The text is in UTF-8, or in
    UTF-16 with a byte order mark, as Windows PowerShell writes it.

    Args:
        source: The path of the file, or a file that is open for reading bytes, such as
            ``sys.stdin.buffer``.

    Returns:
        The document, a dict unless the JSON is something else. Its contents are not checked;
        :func:`ipif.plan` and :func:`ipif.guard` do that.

    Raises:
        ipif.ValidationError: The text is neither JSON nor TOML, an object has a member twice, it is
            nested too deeply, or it is larger than 64 MiB.
        OSError: The file cannot be read.

    Example:
        >>> import io
        >>> import ipif
        >>> text = b'{"interfaces": [{"match": {"index": 17}, "ipv4": {"NlMtu": 1400}}]}'
        >>> print(ipif.plan(ipif.read_document(io.BytesIO(text))))
        Wi-Fi ipv4 NlMtu: 1500 -> 1400
    """
    return _read(source, "document", "write a document in JSON or TOML", _parse_document)


def read_json(path: str | os.PathLike[str], what: str, advice: str, *, own: bool = False) -> Any:
    """Return the JSON document in the file *path*; its contents are not checked.

    *what* names the file in a problem, and *advice* says what to give instead. *own*: only this
    user may be able to change the file. Raises :class:`ipif.ValidationError` when it is not JSON,
    or larger than 64 MiB, and ``OSError`` when it cannot be read.
    """
    return _read(path, what, advice, _parse_json, own=own)


def read_json_values(
    source: str | os.PathLike[str] | BinaryIO, what: str, advice: str
) -> list[Any]:
    """Return the JSON values in a file, which come one after the other.

    The arguments, and what is raised, are those of :func:`read_json`; *source* may be an open file.
    """
    values: list[Any] = _read(source, what, advice, _parse_json_values)
    return values


def _read(
    source: str | os.PathLike[str] | BinaryIO,
    what: str,
    advice: str,
    parse: Callable[[str, str], Any],
    *,
    own: bool = False,
) -> Any:
    """Return what *parse* makes of the text of a file and its name; see :func:`read_json`."""
    if isinstance(source, (str, os.PathLike)):
        name = os.fspath(source)
    else:
        name = str(getattr(source, "name", ""))
    size = _LARGEST_FILE + 1
    try:
        if not isinstance(source, (str, os.PathLike)):
            data = source.read(size)
        elif own:
            data = own_files.read(name, size)
        else:
            with open(name, "rb") as file:
                data = file.read(size)
        return parse(_text(data), name)
    except RecursionError:
        rule = "nested too deeply"
    except ValueError as error:
        rule = str(error)
    raise ValidationError([Problem(what, name, rule, advice)])


# ---- The functions below raise ValueError with the rule of a problem, or RecursionError.


def _text(data: bytes) -> str:
    """Return *data* as text."""
    if len(data) > _LARGEST_FILE:
        raise ValueError(f"larger than {_LARGEST_FILE // 2**20} MiB")
    # Windows PowerShell redirects output in UTF-16.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line} is not text in UTF-8") from None


def _parse_document(text: str, name: str) -> Any:
    """Return the document in *text*: TOML or JSON, as the file is called and begins."""
    ending = os.path.splitext(name)[1].lower()
    if ending == ".toml" or (ending != ".json" and not text.lstrip().startswith("{")):
        return _parse_toml(text)
    return _parse_json(text, name)


def _parse_toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except ValueError as error:
        raise ValueError(f"not TOML: {error}") from None


def _parse_json(text: str, name: str) -> Any:
    [value] = _parse_json_values(text, name, most=1)
    return value


def _parse_json_values(text: str, name: str, most: int | None = None) -> list[Any]:
    """Return the JSON values in *text*: at least one, and *most* at most."""
    try:
        return [*_json_values(text, most)]
    except ValueError as error:  # also a number with too many digits, and the hooks below
        raise ValueError(f"not JSON: {error}") from None


def _json_values(text: str, most: int | None) -> Iterator[Any]:
    """Yield each JSON value in *text*."""
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
    end = _end_of_space(text, 0)
    number = 0
    while end < len(text) or number == 0:
        if number == most:
            raise json.JSONDecodeError("Extra data", text, end)
        value, end = decoder.raw_decode(text, end)
        yield value
        number += 1
        end = _end_of_space(text, end)


def _end_of_space(text: str, start: int) -> int:
    """Return the position of the first character from *start* on that is not a space."""
    found = _SPACE.match(text, start)
    assert found is not None
    return found.end()


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
    raise ValueError(f"{name} is not in JSON")
