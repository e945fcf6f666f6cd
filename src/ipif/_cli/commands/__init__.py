"""The commands, one in each file: ``add`` adds its arguments, ``run`` executes it.

A module is imported when its command is called. Commands that change the machine say so by
``CHANGES``, which is True or a function of the options: then the snapshot of ``--simulate`` is
locked and saved. Those that show nothing of the machine say so by ``MACHINE = False``: then nothing
is said about a simulated one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

#: The commands and what they do, in the order of the help.
COMMANDS = {
    "list": "list the interfaces",
    "get": "show all members of an interface",
    "set": "change members of an interface",
    "diff": "show what a document would change",
    "apply": "make the interfaces match a document",
    "revert": "undo what set or apply did, from its journal",
    "recover": "restore what a killed program has changed, from its journal",
    "watch": "show changes as they happen",
    "wait": "wait until an interface is there, or is connected",
    "guard": "keep a document applied while other programs change the interfaces",
    "route": "tell which route leads to a destination, and why",
    "adapters": "list the adapters",
    "addresses": "list the IP addresses",
    "routes": "list the routes",
    "snapshot": "write everything that the simulation needs to play this machine",
    "report": "sum up what was changed on many computers",
    "explain": "explain the members",
    "dsc": "the command resources of DSC: it calls this with JSON on standard input",
    "doctor": "describe this system, for bug reports",
}


def module_of(command: str) -> ModuleType:
    """Return the module of a command."""
    from importlib import import_module

    return import_module(f"{__name__}.{command}")


def _imported_by_name() -> None:
    """Never called: here PyInstaller and Nuitka see which modules belong to the package."""
    from ipif._cli.commands import (
        adapters,
        addresses,
        apply,
        diff,
        doctor,
        dsc,
        explain,
        get,
        guard,
        list,
        recover,
        report,
        revert,
        route,
        routes,
        set,
        snapshot,
        wait,
        watch,
    )
