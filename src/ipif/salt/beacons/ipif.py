"""A beacon: tell the master when interfaces drift from a document, and when they change.

.. code-block:: yaml

    beacons:
      ipif:
        - document: C:\\salt\\interfaces.json
        - events: True
        - interval: 10

``document`` is a file of JSON or TOML on the minion, and ``interfaces`` the list of the entries of
a document; one of them makes the beacon look for drift. An event with the tag ``drift`` has what
would have to change, as soon as that differs from what was told before, and one with the tag
``in_order`` follows when nothing would have to change any more. ``problem`` says why the document
cannot be compared. With ``events``, there is an event with the tag ``interface`` for each
notification of Windows, and one with the tag ``dropped`` when there were too many.
"""

from __future__ import annotations

import ipif
from ipif.salt import _documents
from ipif.salt._failures import Refused, text_of
from ipif.salt._journals import Journals
from ipif.salt._known import KNOWN, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Event: TypeAlias = dict[str, Any]

    # Salt puts these into the module.
    __opts__: dict[str, Any]
    __salt__: dict[str, Callable[..., Any]]

__virtualname__ = "ipif"

_OPTIONS = ("document", "interfaces", "events")
_MOST_EVENTS = 100  # at one look

_IN_ORDER: Event = {"tag": "in_order"}


def __virtual__() -> str:
    """Return the name by which Salt knows the module."""
    return __virtualname__


def _read(config: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the options of the beacon as one dict."""
    return {name: value for part in config for name, value in part.items()}


def validate(config: Any) -> tuple[bool, str]:
    """Check the configuration of the beacon."""
    if not isinstance(config, list) or not all(isinstance(part, dict) for part in config):
        return False, "Configuration for ipif beacon must be a list of dicts."
    options = _read(config)
    if not any(options.get(name) for name in _OPTIONS):
        return False, f"Configuration for ipif beacon needs one of {', '.join(_OPTIONS)}."
    if "document" in options and "interfaces" in options:
        return False, "Configuration for ipif beacon has document and interfaces: give one of them."
    if not isinstance(options.get("events", False), bool):
        return False, "Configuration for ipif beacon: events must be a boolean."
    return True, "Valid beacon configuration"


def beacon(config: list[dict[str, Any]]) -> list[Event]:
    """Return what has happened since the last look. It does not wait."""
    options = _read(config)
    name = options.get("_beacon_name", __virtualname__)
    known = KNOWN.setdefault(name, Known())
    found = _events(known) if options.get("events") else []
    document = options.get("document")
    interfaces = options.get("interfaces")
    if document is not None or interfaces is not None:
        state = _compare(interfaces, document)
        if state is not None and state != (known.told or _IN_ORDER):
            known.told = state
            found.append({**state})  # Salt changes what it is given
    return found


def close(config: list[dict[str, Any]]) -> None:
    """Close the watch of the beacon; Salt calls this when it loads the beacons anew, too."""
    known = KNOWN.get(_read(config).get("_beacon_name", __virtualname__))
    if known is not None and known.watch is not None:
        known.watch.close()
        known.watch = None


def _compare(interfaces: Any, document: Any) -> Event | None:
    """Return how the interfaces differ from the document; ``None`` while a job changes them."""
    try:
        with Journals(__opts__).one_job(0):
            plan = ipif.plan(_documents.read(__salt__, interfaces, document))
    except TimeoutError:
        return None
    except (ipif.Error, ipif.ValidationError, Refused, OSError) as error:
        return {"tag": "problem", "text": text_of(error)}
    if not plan:
        return _IN_ORDER
    return {"tag": "drift", "changes": [change.to_json() for change in plan.changes]}


def _events(known: Known) -> list[Event]:
    """Return the notifications since the last look."""
    if known.watch is None:
        known.watch = ipif.watch()
        known.dropped = 0
    found: list[Event] = []
    while len(found) < _MOST_EVENTS and (event := known.watch.get(0)) is not None:
        found.append(
            {
                "tag": "interface",
                "type": event.type.name,
                "interface": event.alias,
                "luid": int(event.luid),
                "family": event.family,
            }
        )
    dropped = known.watch.dropped
    if dropped > known.dropped:
        found.append({"tag": "dropped", "count": dropped - known.dropped})
        known.dropped = dropped
    return found
