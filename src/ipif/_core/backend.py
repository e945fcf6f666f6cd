"""Choose the native module: the one that calls Windows, or the one with the simulated IP stack.

``IPIF_BACKEND`` in the environment chooses, ``windows`` or ``simulated``; without it the backend
is ``windows`` on Windows and ``simulated`` everywhere else. This is the only module of the package
that imports the extension modules, and it imports nothing that a bare interpreter has not.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, Protocol

    from ipif import _guid as _guid  # the native module imports it; here, freezers find it
    from ipif import _ipif
    from ipif.types import InitializedInterfaceRow

    native = _ipif

    class _Control(Protocol):
        """The controls of a simulated stack, as ``_sim_control`` offers them.

        Functions that return ``int`` without another meaning return a Windows error code, 0 for
        success.
        """

        def load(self, world: bytes, /) -> int: ...
        def load_first(self, world: bytes, /) -> int: ...
        def dump(self) -> bytes: ...
        def flags(self) -> int: ...
        def set_flags(self, mask: int, values: int, /) -> None: ...
        def fail(self, function: str, code: int, times: int, after: int, /) -> int: ...
        def clear_faults(self) -> None: ...
        def add_link(self, row: bytes, /) -> int: ...
        def remove_interface(self, luid: int, /) -> int: ...
        def bind(self, row: bytes, /) -> int: ...
        def unbind(self, family: int, luid: int, /) -> int: ...


class SimulationWarning(UserWarning):
    """The machine is simulated, and nobody asked for that by ``IPIF_BACKEND=simulated``."""

    __module__ = "ipif"


def _choose(asked: str | None) -> Literal["windows", "simulated"]:
    """Return the backend that ``IPIF_BACKEND`` asks for, or this system's own."""
    if asked is None:
        return "windows" if sys.platform == "win32" else "simulated"
    if asked not in ("windows", "simulated"):
        raise ImportError(f"IPIF_BACKEND is {asked!r}; it can be 'windows' or 'simulated'")
    if asked == "windows" and sys.platform != "win32":
        raise ImportError(
            f"IPIF_BACKEND is 'windows', but this system is {sys.platform!r}: the IP Helper "
            "functions exist on Windows only. Use IPIF_BACKEND=simulated, or unset it."
        )
    return "windows" if asked == "windows" else "simulated"


_asked = os.environ.get("IPIF_BACKEND")
backend = _choose(_asked)

if not TYPE_CHECKING:
    if backend == "windows":
        from ipif import _ipif as native
    else:
        from ipif import _ipif_sim as native


# Set on the real machine is what a caller expects, so a simulation has to say that it is one.

_warned = False


def _user_level() -> int:
    """Return the ``stacklevel`` that makes a warning of our caller point outside the package."""
    level = 2
    frame = sys._getframe(2)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("ipif."):
        frame = frame.f_back
        level += 1
    return level


def _warn_once() -> None:
    """Tell, before the first Set, that no real interface is going to change."""
    global _warned
    if not _warned:
        import warnings

        # With -W error this raises, and goes on raising: no Set passes unnoticed.
        warnings.warn(
            "this is a simulated machine: no real interface is changed "
            "(IPIF_BACKEND=simulated silences this warning)",
            SimulationWarning,
            stacklevel=_user_level(),
        )
        _warned = True


if backend == "simulated" and sys.platform == "win32":
    import warnings

    warnings.warn(
        "ipif works on a simulated machine, because IPIF_BACKEND is 'simulated': "
        "this computer's interfaces are neither read nor changed",
        SimulationWarning,
        stacklevel=3,  # this module, the package, and then who imports it
    )

if backend == "simulated" and _asked is None:

    def set_ip_interface_entry(row: Mapping[str, object], /) -> InitializedInterfaceRow:
        _warn_once()
        return native.set_ip_interface_entry(row)

    def set_legal_row(row: object, /) -> InitializedInterfaceRow | None:
        if native.family_of_legal_row(row):  # a bad row is refused, and nothing is set
            _warn_once()
        return native.set_legal_row(row)

    def update_ip_interface_entry(
        family: int, changes: Mapping[str, object], /, *, luid: int = 0, index: int = 0
    ) -> None:
        _warn_once()
        native.update_ip_interface_entry(family, changes, luid=luid, index=index)

    set_ip_interface_entry.__doc__ = native.set_ip_interface_entry.__doc__
    update_ip_interface_entry.__doc__ = native.update_ip_interface_entry.__doc__
else:
    set_ip_interface_entry = native.set_ip_interface_entry
    set_legal_row = native.set_legal_row
    update_ip_interface_entry = native.update_ip_interface_entry


_control: _Control | None = None


def control() -> _Control:
    """Return the controls of the simulated stack; ``RuntimeError`` where there is none.

    They are a second extension module inside the shared library of ``_ipif_sim``.
    """
    global _control
    if _control is None:
        if backend != "simulated":
            raise RuntimeError(
                "there is no simulation to control: ipif works on this computer's own interfaces. "
                "Set IPIF_BACKEND=simulated in the environment before ipif is imported."
            )
        from importlib.machinery import ExtensionFileLoader
        from importlib.util import module_from_spec, spec_from_loader

        path = native.__file__
        loader = ExtensionFileLoader("ipif._sim_control", path)
        spec = spec_from_loader(loader.name, loader)
        assert spec is not None
        module = module_from_spec(spec)
        loader.exec_module(module)
        _control = module
    return _control


def set_control(controls: _Control | None) -> None:
    """Use *controls*; for tests where ``iphlpapi.dll`` itself is the simulated one."""
    global _control
    _control = controls
