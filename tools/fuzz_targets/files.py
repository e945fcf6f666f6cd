"""JSON files of any bytes: read, or refused with one problem."""

import os

import atheris

with atheris.instrument_imports(include=["ipif"]):
    import ipif
    from ipif._core.files import read_json

from fuzz_targets.values import folder_in_memory, fuzz, require

FOLDER = folder_in_memory()
PATH = os.path.join(FOLDER, "file.json")


def one(data: bytes) -> None:
    with open(PATH, "wb") as file:
        file.write(data)
    try:
        read_json(PATH, "file", "advice", own=data[:1] > b"\x7f")
    except ipif.ValidationError as error:
        [problem] = error.problems
        require(problem.member == "file")
        require(problem.rule)


try:
    fuzz(one)
finally:
    os.unlink(PATH)
    os.rmdir(FOLDER)
