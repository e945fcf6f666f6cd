"""Journals: refused with nothing changed, or recovered; never anything but settable members."""

import json
import os
import warnings

import atheris

with atheris.instrument_imports(include=["ipif"]):
    import ipif
    from ipif import simulation
    from ipif._sim.control import control

from fuzz_targets.values import Values, folder_in_memory, fuzz, require, small_snapshot

FOLDER = folder_in_memory()
PATH = os.path.join(FOLDER, "journal.json")
SETTABLE = {field.name for field in ipif.FIELDS if field.access == "settable"}

simulation.load(small_snapshot())
CHANGES = {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}, "ipv6": {"DadTransmits": 5}}
plan = ipif.plan({"interfaces": [CHANGES]})
plan.apply(journal=PATH)
plan.confirm(keep_journal=True)
with open(PATH, encoding="utf-8") as file:
    JOURNAL = json.load(file)
AFTER = control().dump()


def one(data: bytes) -> None:
    control().load(AFTER)
    before = ipif.list_interfaces()
    values = Values(data)
    text = data if values.chance(4) else json.dumps(values.changed(JOURNAL)).encode()
    with open(PATH, "wb") as file:
        file.write(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ipif.RestoreWarning)
        try:
            ipif.recover(PATH)
        except ipif.ValidationError as error:
            require(all(str(problem) for problem in error.problems))
            require(ipif.list_interfaces() == before)
            return
        except ipif.Error:
            pass
    for row, old in zip(ipif.list_interfaces(), before, strict=True):
        require(set(ipif.differences(row, old)) <= SETTABLE | {"SitePrefixLength"})


try:
    fuzz(one)
finally:
    for name in os.listdir(FOLDER):
        os.unlink(os.path.join(FOLDER, name))
    os.rmdir(FOLDER)
