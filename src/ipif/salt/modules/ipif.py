"""Read and set the IP interfaces of a Windows minion, in the process of the job.

An interface is named by its alias, index or GUID. Rows and members are those of
MIB_IPINTERFACE_ROW. A document is what ``ipif.plan`` takes.
"""

from __future__ import annotations

import platform
import sys

import ipif
from ipif.salt import _applying, _documents
from ipif.salt._failures import raised_for_salt
from ipif.salt._journals import Journals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # Salt puts these into the module.
    __opts__: dict[str, Any]
    __salt__: dict[str, Callable[..., Any]]
    __context__: dict[str, Any]

__virtualname__ = "ipif"
__func_alias__: dict[str, str] = {"list_": "list", "set_": "set"}


def __virtual__() -> str:
    """Return the name by which Salt knows the module."""
    return __virtualname__


def list_(family: str | None = None) -> list[dict[str, Any]]:
    """List the rows of all interfaces.

    family
        ``ipv4`` or ``ipv6``; both without it.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.list
        salt '*' ipif.list ipv4
    """
    with raised_for_salt():
        aliases = {row["InterfaceLuid"]: row["Alias"] for row in ipif.list_adapters()}
        return [
            {"Alias": aliases.get(row["InterfaceLuid"], ""), **ipif.to_json(row)}
            for row in ipif.list_interfaces(family)  # type: ignore[arg-type]
        ]


def get(interface: str | int, family: str) -> dict[str, Any]:
    """Get the row of one interface and one family.

    interface
        The alias, index or GUID.
    family
        ``ipv4`` or ``ipv6``.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.get Wi-Fi ipv4
    """
    with raised_for_salt():
        return ipif.to_json(ipif.get_interface(interface, family))  # type: ignore[arg-type]


def set_(
    interface: str | int, family: str | None = None, test: bool = False, **changes: Any
) -> list[dict[str, Any]]:
    """Set members of one interface, and return the changes.

    interface
        The alias, index or GUID.
    family
        ``ipv4`` or ``ipv6``; without it, the families that are bound: all or none.
    test
        Only return what would change.
    changes
        The members and their values.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.set Wi-Fi ipv4 Metric=10 NlMtu=1400
    """
    wanted = {name: value for name, value in changes.items() if not name.startswith("__")}
    with raised_for_salt():
        luid = int(ipif.Luid.of(interface))
        section = {**wanted, "when_bound": True} if family is None else wanted
        families = ("ipv4", "ipv6") if family is None else (str(family).lower(),)
        document = {"interfaces": [{"match": {"luid": luid}, **dict.fromkeys(families, section)}]}
        plan = ipif.plan(document)
        if not test:
            with Journals(__opts__).one_job():
                return [change.to_json() for change in plan.apply()]
        return [change.to_json() for change in plan.changes]


def plan(interfaces: Any = None, document: Any = None) -> dict[str, Any]:
    """Report what :py:func:`apply` would change; nothing is changed.

    interfaces, document
        As for :py:func:`apply`.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.plan document=salt://ipif/wifi.json
    """
    return apply(interfaces, document, test=True)


def apply(
    interfaces: Any = None,
    document: Any = None,
    test: bool = False,
    confirm_within: float | None = None,
    journal: str | None = None,
) -> dict[str, Any]:
    """Make the interfaces match a document, all or none, and return the report.

    What can go wrong on a minion is in the report, which ``ipif report merge`` sums up; the job
    then has a return code other than 0.

    interfaces
        The list of the entries of a document.
    document
        The document itself, or a file of JSON or TOML: its path on the minion, or ``salt://...``.
    test
        Only report what would change.
    confirm_within
        Revert after so many seconds unless :py:func:`confirm` is called.
    journal
        A name under which the earlier values are kept for :py:func:`revert`.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.apply document=salt://ipif/wifi.json
        salt '*' ipif.apply document=salt://ipif/wifi.json confirm_within=300 journal=wifi-first
    """
    report = _applying.apply(
        __opts__,
        lambda: _documents.read(__salt__, interfaces, document),
        test=test,
        confirm_within=confirm_within,
        journal=journal,
    )
    if report["error"] is not None:
        __context__["retcode"] = 1
    return report


def confirm() -> dict[str, Any]:
    """Keep the changes that were applied with ``confirm_within``.

    Returns how many sets of changes are kept. It is an error when one was reverted just before.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.confirm
    """
    with raised_for_salt():
        kept, late = _applying.confirm(__opts__)
        if late:
            raise TimeoutError("too late: the changes were reverted, because nobody had confirmed")
        return {"kept": kept}


def revert(journal: str | None = None) -> dict[str, Any]:
    """Take changes back: restore each value that is still the one that was written.

    journal
        The name that was given to :py:func:`apply`. Without it, the changes that wait to be
        confirmed are reverted at once.

    Returns the changes that were made, or how many sets of changes were reverted.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.revert wifi-first
        salt '*' ipif.revert
    """
    with raised_for_salt():
        found = _applying.revert(__opts__, journal)
        if isinstance(found, int):
            return {"reverted": found}
        return {"changes": [change.to_json() for change in found]}


def recover() -> list[dict[str, Any]]:
    """Restore what a killed minion has left half-done, and return the changes that were made.

    :py:func:`apply` and the state do this first. Changes that wait to be confirmed in a process
    that still runs are not touched.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.recover
    """
    with raised_for_salt():
        return [change.to_json() for change in _applying.recover(__opts__)]


def journals() -> dict[str, Any]:
    """Tell which changes can be taken back.

    Returns the names for :py:func:`revert` as ``kept``, and how many sets of changes are
    ``waiting`` to be confirmed.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.journals
    """
    with raised_for_salt():
        found = Journals(__opts__)
        with found.one_job():
            return {"kept": found.names(), "waiting": len(found.waiting())}


def snapshot() -> dict[str, Any]:
    """Take a snapshot: everything that ipif knows about the interfaces, as a document.

    CLI Example:

    .. code-block:: bash

        salt laptop-7 ipif.snapshot --out=json --static
    """
    with raised_for_salt():
        return ipif.snapshot()


def route(destination: str, source: str | None = None) -> list[dict[str, Any]]:
    """List every route to a destination: whether Windows takes it, or why not.

    destination, source
        IP addresses.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.route 192.0.2.1
    """
    with raised_for_salt():
        return [
            {
                "Alias": one.alias,
                "DestinationPrefix": str(one.route["DestinationPrefix"]),
                "NextHop": str(one.route["NextHop"]),
                "RouteMetric": one.route_metric,
                "InterfaceMetric": one.interface_metric,
                "Metric": one.metric,
                "Chosen": one.chosen,
                "Reason": one.reason,
            }
            for one in ipif.explain_route(destination, source=source)
        ]


def doctor() -> dict[str, Any]:
    """Describe this minion, for bug reports.

    CLI Example:

    .. code-block:: bash

        salt '*' ipif.doctor
    """
    with raised_for_salt():
        rows = [ipif.to_json(row)["Family"] for row in ipif.list_interfaces()]
        return {
            "ipif": ipif.__version__,
            "backend": ipif.backend,
            "python": platform.python_version(),
            "system": platform.platform(),
            "elevated": _elevated(),
            "multiprocessing": __opts__.get("multiprocessing", True),
            "adapters": len(ipif.list_adapters()),
            "interfaces": {family: rows.count(family) for family in ("ipv4", "ipv6")},
        }


def _elevated() -> bool:
    if sys.platform == "win32" and ipif.backend == "windows":
        from ipif._shared.windows import elevation

        return elevation()[0]
    return bool(ipif.simulation.dump()["elevated"])
