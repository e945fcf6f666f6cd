"""What this system says about its interfaces, for comparison with Wine's own iphlpapi.dll."""

import ipaddress
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any


def ip(*arguments: str) -> Any:
    """Return the answer of the command ``ip``, or None when it refuses."""
    found = shutil.which("ip") or "/usr/sbin/ip"  # Debian's package is iproute2
    done = subprocess.run([found, "-j", *arguments], capture_output=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def host_facts() -> dict[str, Any]:
    """Return what ``ip`` and ``/proc`` say, and the best route into each network."""
    routes = ip("-4", "route", "show", "table", "main")
    networks = [ipaddress.IPv4Network(row["dst"]) for row in routes if row["dst"] != "default"]
    inside = [str(network[-2]) for network in networks if network.num_addresses > 4]
    answers = {place: ip("route", "get", place) for place in ["203.0.113.1", *inside]}
    return {
        "links": ip("-s", "link"),
        "addresses": ip("address"),
        "routes": routes,
        "rules": ip("-4", "rule"),
        "best": {place: answer and answer[0] for place, answer in answers.items()},
        "/proc/net/route": Path("/proc/net/route").read_text(),
        "/proc/net/dev": Path("/proc/net/dev").read_text(),
    }
