"""The files that ipif reads, which no import shows: the bundled machine and the JSON schemas."""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("ipif", includes=["**/*.bin", "**/*.json"])
