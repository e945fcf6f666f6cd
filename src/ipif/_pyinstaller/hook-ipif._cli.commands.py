"""The commands, which are imported by their names when they are called."""

from PyInstaller.utils.hooks import collect_submodules  # type: ignore[import-untyped]

hiddenimports = collect_submodules("ipif._cli.commands")
