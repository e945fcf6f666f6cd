"""What the beacons of this process know.

It is not in the module of the beacon, because Salt loads that anew now and then.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import ipif


class Known:
    """What one beacon knows."""

    def __init__(self) -> None:
        self.watch: ipif.Watch | None = None
        self.dropped = 0  # notifications of the watch
        self.told: dict[str, Any] | None = None  # the last event about the document


#: By the name of the beacon.
KNOWN: dict[str, Known] = {}
