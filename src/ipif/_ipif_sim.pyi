# _ipif, linked with the simulation: the same functions.

from ipif._ipif import *  # noqa: F403
