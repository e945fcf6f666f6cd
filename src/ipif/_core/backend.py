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


#: ``"windows"`` or ``"simulated"``.
backend = _choose(os.environ.get("IPIF_BACKEND"))

if not TYPE_CHECKING:
    if backend == "windows":
        from ipif import _ipif as native
    else:
        from ipif._sim import native as native
