"""The commands, which are imported by their names when they are called."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("ipif._cli.commands")
