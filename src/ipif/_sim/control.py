"""The controls of the simulated machine: the second extension module in the library of _ipif_sim.

With backend ``windows`` there are none, unless a test installs those of a simulated
``iphlpapi.dll``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Protocol

    class Control(Protocol):
        """The functions of ``_sim_control``; ``src/sim/sim.h`` describes each.

        An ``int`` result is a Windows error code, 0 for success, unless described otherwise.
        """

        def load(self, machine: bytes, /) -> int: ...
        def load_first(self, machine: bytes, /) -> int: ...
        def dump(self) -> bytes: ...
        def flags(self) -> int: ...
        def set_flags(self, mask: int, values: int, /) -> None: ...
        def fail(self, function: str, code: int, times: int, after: int, /) -> int: ...
        def clear_faults(self) -> None: ...
        def adapter(self, luid: int, /) -> bytes: ...
        def luid_of_alias(self, alias: bytes, /) -> int: ...
        def luid_of_index(self, index: int, /) -> int: ...
        def unused_index(self) -> int: ...
        def unused_luid(self, type: int, /) -> int: ...
        def add_adapter(self, row: bytes, /) -> int: ...
        def move_adapter(self, luid: int, compartment: int, /) -> int: ...
        def remove_interface(self, luid: int, /) -> int: ...
        def bind(self, row: bytes, /) -> int: ...
        def unbind(self, family: int, luid: int, /) -> int: ...
        def live_tables(self) -> int: ...
        def calls(self, function: str, /) -> int: ...
        def address(self, function: str, /) -> int: ...
        def settle(self, milliseconds: int, /) -> int: ...


_control: Control | None = None


def control() -> Control:
    """Return the controls; ``RuntimeError`` where there is no simulation."""
    if _control is None:
        raise RuntimeError(
            "there is no simulation to control: ipif works on the interfaces of this computer. "
            "Set IPIF_BACKEND=simulated in the environment before ipif is imported."
        )
    return _control


def use(controls: Control | None) -> None:
    """Make :func:`control` return *controls*."""
    global _control
    _control = controls


def load(library: ModuleType) -> Control:
    """Return the module ``_sim_control`` of the shared library that also holds *library*."""
    # The classes come from an existing spec: importlib.machinery would import five more modules.
    spec = library.__spec__
    assert spec is not None
    name = "ipif._sim_control"
    loader_type: Any = type(spec.loader)
    loader = loader_type(name, library.__file__)
    module: Control = loader.create_module(type(spec)(name, loader, origin=library.__file__))
    loader.exec_module(module)
    return module
