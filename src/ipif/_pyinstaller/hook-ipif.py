"""The files that ipif reads, which no import shows: the bundled machine and the JSON schemas."""

from PyInstaller.utils.hooks import collect_data_files  # type: ignore[import-untyped]

datas = collect_data_files("ipif", includes=["**/*.dat", "**/*.json"])
