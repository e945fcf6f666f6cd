"""What the tests of failing calls share."""

from __future__ import annotations

from ipif import simulation

#: The errors with which Windows is made to answer.
CODES = [5, 2, 87, 1168, 8, 31]

#: How often a call fails that never succeeds again.
ALWAYS = 10_000


def heal() -> None:
    """End all faults; the machine stays as it is."""
    document = simulation.dump()
    simulation.reset()
    simulation.load(document)
