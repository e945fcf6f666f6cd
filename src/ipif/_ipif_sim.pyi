# The functions of _ipif, linked with the simulation.

from ipif._ipif import *  # noqa: F403
