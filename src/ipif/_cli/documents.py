"""Documents that people write: JSON or TOML."""

from __future__ import annotations

import os

from ipif._cli.status import INVALID, Failure, in_words_of_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LARGEST = 64 * 2**20  # bytes


def read_document(path: str) -> Any:
    """Return the document in the file *path*, which is TOML when it is called so, or JSON.

    A file with another ending than ``.toml`` or ``.json`` is JSON when it begins with ``{``.

    Raises :class:`Failure` when it is neither, or too large, and ``OSError``.
    """
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise Failure(INVALID, f"{path} is larger than {_LARGEST // 2**20} MB")
    # Windows PowerShell redirects output in UTF-16.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Failure(INVALID, f"{path}, line {line}: it is not text in UTF-8") from None
    ending = os.path.splitext(path)[1].lower()
    if ending == ".toml" or (ending != ".json" and not text.lstrip().startswith("{")):
        return _read_toml(path, text)
    return _read_json(path, text)


def _read_toml(path: str, text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise Failure(INVALID, f"{path} is not TOML: {_brief(error)}") from None


def _read_json(path: str, text: str) -> Any:
    import json

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"an object has the member {twice[:100]!r} twice")
        return members

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Failure(INVALID, f"{path} is not JSON: {_brief(error)}") from None


def _brief(error: Exception) -> str:
    """Return what is wrong with the text of a document."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return in_words_of_command(str(error))[:200]
