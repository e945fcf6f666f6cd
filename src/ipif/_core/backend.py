"""Choose the extension: the one that calls Windows, or the one with the simulated machine.

``IPIF_BACKEND`` in the environment chooses, ``windows`` or ``simulated``; without it the backend
is ``windows`` on Windows and ``simulated`` everywhere else.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from ipif import _ipif

    native = _ipif


def _choose(asked: str | None) -> Literal["windows", "simulated"]:
    """Return the backend that ``IPIF_BACKEND`` asks for, or the default of this system."""
    if asked is None:
        return "windows" if sys.platform == "win32" else "simulated"
    if asked not in ("windows", "simulated"):
        raise ImportError(f"IPIF_BACKEND is {asked!r}; it must be 'windows' or 'simulated'")
    if asked == "windows" and sys.platform != "win32":
        raise ImportError(
            f"IPIF_BACKEND is 'windows', but this system is {sys.platform!r}: the IP Helper "
            "functions exist on Windows only. Use IPIF_BACKEND=simulated, or unset it."
        )
    return "windows" if asked == "windows" else "simulated"


def _explained(error: ImportError) -> ImportError:
    """Return the error for an extension that cannot be imported."""
    if error.name != "ipif":  # it is there, and what it says of itself is best
        return error
    name = "_ipif" if backend == "windows" else "_ipif_sim"
    archive = getattr(__spec__.loader if __spec__ else None, "archive", None)
    if archive is None:
        return ImportError(
            f"the compiled module ipif.{name} is missing: install ipif with pip, or build it "
            "(python -m pip install .)"
        )
    return ImportError(
        f"ipif is in the archive {archive}, and Python cannot import a compiled module from there "
        f"(ipif.{name}): install ipif into a folder instead"
    )


#: ``"windows"`` or ``"simulated"``.
backend = _choose(os.environ.get("IPIF_BACKEND"))

if not TYPE_CHECKING:
    try:
        if backend == "windows":
            from ipif import _ipif as native
        else:
            from ipif._sim import native as native
    except ImportError as error:
        raise _explained(error) from None
