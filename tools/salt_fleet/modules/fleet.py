"""What happens to the simulated machine of a minion: other programs, faults, a kill.

It is a module for Salt, and only the minions of the fleet have it.
"""

import json
import os
import signal
from typing import Any

import ipif


def set_(interface: str, family: str, **members: Any) -> bool:
    """Another program sets members of a row, without any module of ipif for Salt."""
    wanted = {name: value for name, value in members.items() if not name.startswith("__")}
    update: Any = ipif.update_interface
    update(interface, family, **wanted)
    return True


def fail(function: str, code: int, times: int = 1, after: int = 0) -> bool:
    """Calls of a Windows function fail."""
    ipif.simulation.fail(function, code, times=times, after=after)
    return True


def elevated(is_elevated: bool) -> bool:
    """The process is an elevated administrator, or not."""
    ipif.simulation.elevated(is_elevated)
    return True


def machine() -> str:
    """Return the machine, as text that can be compared.

    Without the SitePrefixLength of IPv4: every call of SetIpInterfaceEntry writes 0 there, and no
    call can restore another value.
    """
    snapshot = ipif.simulation.dump()
    for row in snapshot["interfaces"]:
        if row["Family"] == "ipv4":
            del row["SitePrefixLength"]
    return json.dumps(snapshot, sort_keys=True)


def keep() -> bool:
    """Save the machine for restore(), and for the next process."""
    ipif.simulation.save(os.environ["IPIF_FLEET_MACHINE"])
    return True


def restore() -> bool:
    """Replace the machine by what was saved last."""
    ipif.simulation.load(os.environ["IPIF_FLEET_MACHINE"])
    return True


def kill_in_apply() -> bool:
    """The second row of the next apply is refused, and the process is killed before it rolls back.

    The machine, half changed, is saved for the next process, as a real one would go on.
    """
    from ipif._desired import transaction

    def kill(*arguments: object) -> None:
        keep()
        os.kill(os.getpid(), signal.SIGKILL)

    vars(transaction)["restore"] = kill
    ipif.simulation.fail("SetIpInterfaceEntry", 5, after=1)
    return True


__func_alias__ = {"set_": "set"}
