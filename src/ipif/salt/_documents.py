"""The desired document of a Salt function, from its arguments."""

from __future__ import annotations

import ipif
from ipif.salt._failures import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_FROM_MASTER = "salt://"


def read(salt: Mapping[str, Callable[..., Any]], interfaces: object, document: object) -> Any:
    """Return the document that a function was given.

    Args:
        salt: ``__salt__``, whose ``cp.cache_file`` gets a document from the master.
        interfaces: The list of the entries of a document, or ``None``.
        document: The document itself, the path of a file of JSON or TOML on the minion, or such a
            file on the master (``salt://...``), or ``None``.

    Raises:
        Refused: Both are given, or none, or the master does not have the file.
        ipif.ValidationError: The file is neither JSON nor TOML.
        OSError: The file cannot be read.
    """
    if (interfaces is None) == (document is None):
        raise Refused("give either interfaces or document")
    if document is None:
        return {"interfaces": interfaces}
    if not isinstance(document, str):
        return document
    path = document
    if document.startswith(_FROM_MASTER):
        path = salt["cp.cache_file"](document)
        if not path:
            raise Refused(f"the master has no file {document}")
    return ipif.read_document(path)
