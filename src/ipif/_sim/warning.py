"""SimulationWarning: given once, before the first change of a simulation nobody asked for."""

from __future__ import annotations

import sys

_warned = False


class SimulationWarning(UserWarning):
    """The machine is simulated, and ``IPIF_BACKEND`` did not ask for that.

    It is given once, before the first change. Set ``IPIF_BACKEND=simulated`` in the environment to
    ask for the simulation.

    Example:
        >>> import warnings
        >>> import ipif
        >>> warnings.simplefilter("ignore", ipif.SimulationWarning)
    """

    __module__ = "ipif"


def warned() -> bool:
    """Return whether the warning has been given."""
    return _warned


def warn_once() -> None:
    """Give the warning, the first time. Under ``-W error`` it is raised every time."""
    global _warned
    if not _warned:
        import warnings

        warnings.warn(
            "this is a simulated machine: no real interface is changed "
            "(IPIF_BACKEND=simulated silences this warning)",
            SimulationWarning,
            stacklevel=_user_level(),
        )
        _warned = True


def _user_level() -> int:
    """Return the ``stacklevel`` that makes our caller's warning point outside the package."""
    level = 2
    frame = sys._getframe(2)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("ipif."):
        frame = frame.f_back
        level += 1
    return level
