"""Keep the IP interfaces of a Windows minion as a document describes them.

.. code-block:: yaml

    office Wi-Fi:
      ipif.configured:
        - interfaces:
            - match: {type: wifi}
              expect: any
              ipv4: {Metric: 10, NlMtu: 1400}
"""

from __future__ import annotations

from ipif.salt import _applying, _documents
from ipif.salt._failures import text_of_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # Salt puts these into the module.
    __opts__: dict[str, Any]
    __salt__: dict[str, Callable[..., Any]]

__virtualname__ = "ipif"


def __virtual__() -> str:
    """Return the name by which Salt knows the module."""
    return __virtualname__


def configured(
    name: str,
    interfaces: Any = None,
    document: Any = None,
    confirm_within: float | None = None,
    journal: str | None = None,
) -> dict[str, Any]:
    """Make the interfaces match a document: all changes are made, or none.

    With ``test=True``, it lists what would change. The result has the report of the minion, too,
    which ``ipif report merge`` sums up.

    name
        The ID of the state; it is not used.
    interfaces
        The list of the entries of a document.
    document
        The document itself, or a file of JSON or TOML: its path on the minion, or ``salt://...``.
    confirm_within
        Revert after so many seconds unless ``ipif.confirm`` is called on this minion.
    journal
        A name under which the earlier values are kept for ``ipif.revert``.
    """
    test = bool(__opts__["test"])
    report = _applying.apply(
        __opts__,
        lambda: _documents.read(__salt__, interfaces, document),
        test=test,
        confirm_within=confirm_within,
        journal=journal,
    )
    changes: dict[str, dict[str, Any]] = {}
    for change in report["changes"]:
        row = changes.setdefault(f"{change['interface']} {change['family']}", {})
        row[change["member"]] = {"old": change["before"], "new": change["after"]}
    result: bool | None = report["error"] is None
    if result and test and changes:
        result = None
    return {
        "name": name,
        "result": result,
        "changes": changes,
        "comment": _comment(report, confirm_within),
        "report": report,
    }


def _comment(report: dict[str, Any], confirm_within: float | None) -> str:
    """Return what happened, in a sentence."""
    error = report["error"]
    count = len(report["changes"])
    if error is not None:
        text = text_of_report(error)
        if report["rolled_back"]:
            text += f"\n{_members(len(report['rolled_back']))} rolled back."
        if count:
            text += f"\n{_members(count)} could not be rolled back."
        return text
    if not count:
        return "The interfaces are as the document describes them."
    if report["result"] == "would change":
        return f"{_members(count)} would be changed."
    text = f"{_members(count)} changed."
    if confirm_within is not None:
        text += f" They are reverted in {confirm_within:g} s unless ipif.confirm is called."
    return text


def _members(count: int) -> str:
    return f"{count} member{'' if count == 1 else 's'}"
