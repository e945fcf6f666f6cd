"""Write a world as the simulated iphlpapi.dll reads it, for the environment variable IPIF_WORLD.

    python tools/pack_world.py TARGET [WORLD.json]

Without a document it is the world that comes with the package. Runs with backend ``simulated``.
"""

import sys
from pathlib import Path

from ipif import _world

if __name__ == "__main__":
    target, *documents = sys.argv[1:]
    world = _world.pack(_world.read(documents[0])) if documents else _world.bundled()
    Path(target).write_bytes(world)
