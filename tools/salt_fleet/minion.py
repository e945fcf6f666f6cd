"""A salt-minion on a simulated machine of its own.

    python minion.py [the arguments of salt-minion]

This process loads the snapshot IPIF_FLEET_MACHINE before Salt starts, so ipif's modules for Salt
know nothing of it, and no setting of a real minion does the same. Where Salt runs jobs in threads
of this process, the machine lives in the process, and the module ``fleet`` saves it. Where it runs
them in processes of their own, as it does by default (here with IPIF_FLEET_PROCESSES), the machine
lives in the file: each process loads it, and saves it after each change. IPIF_FLEET_VERSION is
another version that ipif says it has.
"""

import os
from typing import Any

import ipif
from ipif._core.backend import native


def share(path: str) -> None:
    """Let the processes that this one forks have one machine: the file *path*."""
    run: Any = native.exchange_run

    def run_and_save(exchange: Any, write: bool) -> None:
        try:
            run(exchange, write)
        finally:
            if write:
                ipif.simulation.save(path)

    vars(native)["exchange_run"] = run_and_save
    os.register_at_fork(after_in_child=lambda: ipif.simulation.load(path))


def main() -> None:
    path = os.environ["IPIF_FLEET_MACHINE"]
    if ipif.backend != "simulated":
        raise SystemExit("a minion of the fleet runs on a simulated machine only")
    ipif.simulation.load(path)
    vars(ipif)["__version__"] = os.environ.get("IPIF_FLEET_VERSION", ipif.__version__)
    if os.environ.get("IPIF_FLEET_PROCESSES"):
        share(path)
    from salt.scripts import salt_minion

    salt_minion()


if __name__ == "__main__":
    main()
