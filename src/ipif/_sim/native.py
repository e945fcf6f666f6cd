"""The extension of the simulated backend, ``_ipif_sim``, with a warning if nobody asked for it.

Importing it loads the bundled machine, unless a machine is loaded already. A caller
expects that SetIpInterfaceEntry changes the real machine, so the first call on a simulation that
``IPIF_BACKEND`` did not ask for gives a :class:`ipif.SimulationWarning`.
"""

from __future__ import annotations

import os

from ipif import _ipif_sim
from ipif._ipif_sim import *  # noqa: F403
from ipif._sim import control, warning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import CapsuleType

    from ipif._core.types import MIB_IPINTERFACE_ROW, InitializedInterfaceRow

if os.environ.get("IPIF_BACKEND") is None:

    def set_ip_interface_entry(row: Mapping[str, object], /) -> InitializedInterfaceRow:
        warning.warn_once()
        return _ipif_sim.set_ip_interface_entry(row)

    def set_valid_row(row: object, /) -> InitializedInterfaceRow | None:
        # Until the warning is given there is no fast path: the caller then uses
        # set_ip_interface_entry, which warns.
        return _ipif_sim.set_valid_row(row) if warning.warned() else None

    def update_ip_interface_entry(
        family: int, changes: Mapping[str, object], /, *, luid: int = 0, index: int = 0
    ) -> None:
        warning.warn_once()
        _ipif_sim.update_ip_interface_entry(family, changes, luid=luid, index=index)

    def exchange_ip_interface_entry(
        family: int, changes: Mapping[str, object], /, *, luid: int = 0, index: int = 0
    ) -> tuple[MIB_IPINTERFACE_ROW, MIB_IPINTERFACE_ROW]:
        warning.warn_once()
        return _ipif_sim.exchange_ip_interface_entry(family, changes, luid=luid, index=index)

    def exchange_run(exchange: CapsuleType, write: bool, /) -> None:
        if write:
            warning.warn_once()
        _ipif_sim.exchange_run(exchange, write)

    for _name in ("set_ip_interface_entry", "update_ip_interface_entry"):
        globals()[_name].__doc__ = getattr(_ipif_sim, _name).__doc__


control.use(control.load(_ipif_sim))

_path = os.path.join(os.path.dirname(__file__), "machine.dat")
try:
    with open(_path, "rb") as _file:
        _machine = _file.read()
except FileNotFoundError:
    raise ImportError(
        f"the bundled machine is missing, {_path}. A frozen program must include the data files "
        "of ipif: PyInstaller does so by itself, Nuitka with --include-package-data=ipif"
    ) from None
if _status := control.control().load_first(_machine):
    raise ImportError(f"the simulation refuses the bundled machine (error {_status})")
