"""Snapshots: loaded as a whole, or refused with every problem and nothing changed."""

import atheris

with atheris.instrument_imports(include=["ipif"]):
    import ipif
    from ipif import simulation
    from ipif._sim.control import control

from fuzz_targets.values import Values, fuzz, require, small_snapshot

SMALL = small_snapshot()
simulation.load(SMALL)
FIRST = control().dump()


def one(data: bytes) -> None:
    control().load(FIRST)
    document = Values(data).changed(SMALL)
    if isinstance(document, str):
        return  # the name of a file
    try:
        simulation.load(document)
    except ipif.ValidationError as error:
        require(error.problems)
        require(all(str(problem) for problem in error.problems))
        require(control().dump() == FIRST)
        return
    except TypeError:  # something that is no mapping
        require(not isinstance(document, dict))
        return
    loaded = simulation.dump()
    simulation.load(loaded)
    require(simulation.dump() == loaded)
    require(control().load(control().dump()) == 0)
    ipif.list_adapters()
    ipif.explain_route("8.8.8.8")


fuzz(one)
