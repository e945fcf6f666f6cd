"""Reports of what was changed on many hosts: one for each host, and their sum.

A report is a JSON object; its schema is ``schemas/report.schema.json`` in this package. Salt, DSC,
Ansible or a script bring the reports of all hosts together, and :func:`merge` sums them up::

    apply    make the interfaces match a document, and return the report
    make     the report of what a program did by itself
    write    write a report to a file
    read     the reports in a file
    find     the reports in a JSON value, such as the answers of all minions of Salt
    merge    how many hosts were changed, how many failed, and why

Each of them raises :class:`ipif.ValidationError` for what is no report.
"""

from __future__ import annotations

import json
import os

import ipif
from ipif._core.errors import expected
from ipif._core.files import read_json_values, write_atomically

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, BinaryIO, TypeAlias

    Report: TypeAlias = dict[str, Any]

__all__ = ["apply", "find", "make", "merge", "read", "write"]

#: What can become of a host.
RESULTS = ("unchanged", "changed", "would change", "failed")
_UNCHANGED, _CHANGED, _WOULD_CHANGE, _FAILED = RESULTS

_VERSION = 1
# The members of a report, each with the types of its value.
_MEMBERS: Mapping[str, tuple[type, ...]] = {
    "ipif_report": (int,),
    "host": (str,),
    "time": (str,),
    "seconds": (int, float),
    "ipif": (str,),
    "backend": (str,),
    "result": (str,),
    "changes": (list,),
    "rolled_back": (list,),
    "error": (dict, type(None)),
}
_ADVICE = "write it with ipif.reports.make()"
_LONGEST_ANSWER = 200  # characters of what a host answered instead of a report


def apply(
    desired: Mapping[str, Any],
    *,
    host: str | None = None,
    dry_run: bool = False,
    journal: str | os.PathLike[str] | None = None,
) -> Report:
    """Make the interfaces match a document, and return the report.

    A bad document, a missing interface, a refused call: all are in the report. The changes are made
    in one transaction, as by :meth:`ipif.Plan.apply`. A program that has to confirm them applies
    the plan itself, and calls :func:`make`.

    Args:
        desired: The document, as for :func:`ipif.plan`.
        host: The name of this host. ``None``: the host name of the system.
        dry_run: Whether to change nothing, and report what would change.
        journal: The path of a file that must not exist, as for :meth:`ipif.Plan.apply`. It is kept:
            :func:`ipif.recover` restores the earlier values from it later.

    Returns:
        The report. Its ``result`` is ``"unchanged"``, ``"changed"``, ``"would change"`` or
        ``"failed"``. ``changes`` has each change that is in force, or would be made, as
        :meth:`ipif.Change.to_json` returns it; ``rolled_back`` those that were rolled back.
        ``error`` is ``None``, or says what failed, as ``to_json()`` of the exception does.

    Example:
        >>> import ipif.reports
        >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}
        >>> report = ipif.reports.apply(wanted, host="web-7")
        >>> print(report["host"], report["result"], len(report["changes"]))
        web-7 changed 1

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    from time import monotonic

    start = monotonic()
    changes: Sequence[ipif.Change] = ()
    error: Exception | None = None
    try:
        plan = ipif.plan(desired)
        if dry_run:
            changes = plan.changes
        else:
            changes = plan.apply(journal=journal)
            if changes:
                plan.confirm(keep_journal=True)
    except Exception as raised:
        error = raised
    return make(host, changes=changes, error=error, dry_run=dry_run, seconds=monotonic() - start)


def make(
    host: str | None = None,
    *,
    changes: Iterable[ipif.Change] = (),
    error: BaseException | None = None,
    dry_run: bool = False,
    seconds: float = 0.0,
) -> Report:
    """Return the report of what a program did.

    Args:
        host: The name of this host. ``None``: the host name of the system.
        changes: Each :class:`ipif.Change` that is in force, or would be made.
        error: Why it failed. An :class:`ipif.ApplyError` also says which changes were rolled back,
            and which are still in force.
        dry_run: Whether the changes were not made.
        seconds: How long it took.

    Returns:
        The report, as :func:`apply` returns it.

    Example:
        >>> import ipif.reports
        >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}
        >>> with ipif.plan(wanted) as plan:
        ...     plan.confirm()  # or do not, and everything is reverted
        >>> report = ipif.reports.make("web-7", changes=plan.changes)
        >>> report["result"], report["changes"][0]["member"]
        ('changed', 'NlMtu')
    """
    from datetime import datetime

    changes = list(changes)
    result = _UNCHANGED
    if error is not None:
        result = _FAILED
    elif changes:
        result = _WOULD_CHANGE if dry_run else _CHANGED
    rolled_back: Sequence[ipif.Change] = ()
    if isinstance(error, ipif.ApplyError):
        changes, rolled_back = list(error.not_rolled_back), error.rolled_back
    return {
        "ipif_report": _VERSION,
        "host": _host_name() if host is None else host,
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "ipif": ipif.__version__,
        "backend": ipif.backend,
        "result": result,
        "changes": [change.to_json() for change in changes],
        "rolled_back": [change.to_json() for change in rolled_back],
        "error": None if error is None else _error_to_json(error),
    }


def _host_name() -> str:
    import socket

    return socket.gethostname()


def _error_to_json(error: BaseException) -> dict[str, Any]:
    if isinstance(error, (ipif.Error, ipif.ValidationError)):
        return error.to_json()
    return {"error": type(error).__name__, "text": str(error)}


def write(report: Report, path: str | os.PathLike[str]) -> None:
    """Write a report to a file, whose earlier contents are replaced as a whole.

    Args:
        report: The report.
        path: The path of the file.

    Raises:
        ipif.ValidationError: It is no report.
        OSError: The file cannot be written; it is then as before.

    Example:
        >>> import ipif.reports
        >>> ipif.reports.write(ipif.reports.make("web-7"), "web-7.json")
    """
    _check(report)
    write_atomically(path, json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def read(source: str | os.PathLike[str] | BinaryIO) -> list[Report]:
    """Return the reports in a file of JSON: one value or several, one after the other.

    Args:
        source: The path of the file, or a file that is open for reading bytes, such as
            ``sys.stdin.buffer``.

    Returns:
        The reports in the values, as :func:`find` finds them.

    Raises:
        ipif.ValidationError: It is not JSON, or is no report.
        OSError: The file cannot be read.

    Example:
        >>> import ipif.reports
        >>> ipif.reports.write(ipif.reports.make("web-7"), "web-7.json")
        >>> [report["host"] for report in ipif.reports.read("web-7.json")]
        ['web-7']
    """
    values = read_json_values(source, "report file", _ADVICE)
    return [report for value in values for report in find(value)]


def find(value: object) -> list[Report]:
    """Return the reports in a JSON value, at any depth.

    An object that is no report has the answers of hosts by their names, as
    ``salt --out=json --static`` prints them. For a host that did not answer with a report, there is
    one that says so, with the result ``"failed"``.

    Args:
        value: The value, as :func:`json.load` returns it.

    Raises:
        ipif.ValidationError: There is no report in it, one is of another version, or lacks a
            member.

    Example:
        >>> import ipif.reports
        >>> answers = {"web-7": ipif.reports.make("web-7"), "web-8": "Minion did not return."}
        >>> [(report["host"], report["result"]) for report in ipif.reports.find(answers)]
        [('web-7', 'unchanged'), ('web-8', 'failed')]
    """
    found = list(_inside(value))
    if isinstance(value, dict) and "ipif_report" not in value:
        for host, answer in value.items():
            if not _inside(answer) and (found or _is_refusal(answer)):
                found.append(_no_report(str(host), answer))
    if not found and value != []:
        raise ipif.ValidationError(
            [ipif.Problem("report", value, "there is no report in it", _ADVICE)]
        )
    for report in found:
        _check(report)
    return found


def _inside(value: object) -> list[Report]:
    """Return all objects in *value* that say that they are a report."""
    found = []
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if "ipif_report" in one:
                found.append(one)
            else:
                left += reversed([*one.values()])
        elif isinstance(one, list):
            left += reversed(one)
    return found


def _is_refusal(answer: object) -> bool:
    """Return whether a host can have answered so: no answer, a text, or a list of texts."""
    texts = answer if isinstance(answer, list) else [answer]
    return answer in (None, False) or all(isinstance(text, str) for text in texts)


def _no_report(host: str, answer: object) -> Report:
    """Return the report of a host that gave none."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    if not answer:
        text = "no answer"
    report = make(host)
    report.update(
        result=_FAILED,
        ipif="",
        backend="",
        error={"error": "NoReport", "text": text[:_LONGEST_ANSWER]},
    )
    return report


def _check(report: object) -> None:
    """Raise :class:`ipif.ValidationError` when *report* is no report of this version."""
    if not isinstance(report, dict):
        problem = ipif.Problem("report", report, expected("an object", report), _ADVICE)
        raise ipif.ValidationError([problem])
    version = report.get("ipif_report")
    if version != _VERSION or isinstance(version, bool):
        rule = f"this ipif reads reports of version {_VERSION}"
        raise ipif.ValidationError([ipif.Problem("ipif_report", version, rule, _ADVICE)])
    problems = []
    for name, types in _MEMBERS.items():
        if name not in report:
            problems.append(ipif.Problem(name, None, "missing", _ADVICE))
        elif not isinstance(report[name], types) or isinstance(report[name], bool):
            names = " or ".join("null" if one is type(None) else one.__name__ for one in types)
            problems.append(
                ipif.Problem(name, report[name], expected(names, report[name]), _ADVICE)
            )
    if not problems and report["result"] not in RESULTS:
        rule = f"expected one of {', '.join(RESULTS)}"
        problems.append(ipif.Problem("result", report["result"], rule, _ADVICE))
    if problems:
        raise ipif.ValidationError(problems)


def merge(reports: Iterable[Report]) -> dict[str, Any]:
    """Return the sum of the reports of many hosts.

    A host with several reports, as from two masters, counts once, by the latest.

    Args:
        reports: The reports.

    Returns:
        ``hosts`` is how many hosts there are, and ``results`` how many of them have each result.
        ``changes`` is how many changes are in force or would be made. ``rolled_back`` and
        ``not_rolled_back`` have the names of the hosts where something was rolled back, or could
        not be. ``failed`` has a ``why`` and the names of its ``hosts`` for each cause, the most
        frequent first; ``versions`` the number of hosts by version of ipif. ``seconds`` is the
        longest time that a host took.

    Raises:
        ipif.ValidationError: One is no report.

    Example:
        >>> import ipif.reports
        >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}
        >>> first = ipif.reports.apply(wanted, host="web-7")
        >>> ipif.simulation.elevated(False)
        >>> wanted["interfaces"][0]["ipv4"]["NlMtu"] = 1300
        >>> second = ipif.reports.apply(wanted, host="web-8")
        >>> total = ipif.reports.merge([first, second])
        >>> total["hosts"], total["results"]["changed"], total["results"]["failed"]
        (2, 1, 1)
        >>> [cause["hosts"] for cause in total["failed"]]
        [['web-8']]
    """
    latest: dict[str, Report] = {}
    for report in reports:
        _check(report)
        known = latest.get(report["host"])
        if known is None or _time(report) >= _time(known):
            latest[report["host"]] = report
    hosts = [latest[host] for host in sorted(latest)]
    results = dict.fromkeys(RESULTS, 0)
    failed: dict[object, dict[str, Any]] = {}
    versions: dict[str, int] = {}
    for report in hosts:
        results[report["result"]] += 1
        versions[report["ipif"]] = versions.get(report["ipif"], 0) + 1
        if report["error"] is not None:
            key, why = _cause(report["error"])
            failed.setdefault(key, {"why": why, "hosts": []})["hosts"].append(report["host"])
    return {
        "hosts": len(hosts),
        "results": results,
        "changes": sum(len(report["changes"]) for report in hosts),
        "rolled_back": [report["host"] for report in hosts if report["rolled_back"]],
        "not_rolled_back": [
            report["host"] for report in hosts if report["error"] and report["changes"]
        ],
        "failed": sorted(failed.values(), key=lambda cause: -len(cause["hosts"])),
        "versions": {version: versions[version] for version in sorted(versions)},
        "seconds": max((report["seconds"] for report in hosts), default=0),
    }


def _time(report: Report) -> float:
    """Return when *report* was made, in seconds; ``ipif.ValidationError`` when that is no time."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(report["time"]).timestamp()
    except (ValueError, OverflowError, OSError):
        advice = "write it as 2026-11-28T12:00:00+00:00"
        raise ipif.ValidationError(
            [ipif.Problem("time", report["time"], "not a time", advice)]
        ) from None


def _cause(error: Mapping[str, Any]) -> tuple[object, str]:
    """Return what two errors with one cause have in common, and a text about it.

    The text of Windows is in the language of the host, so it is not compared.
    """
    name = str(error.get("error", "error"))
    problems = error.get("problems")
    if isinstance(problems, list) and problems and isinstance(problems[0], dict):
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        first = problems[0]
        text = f"{name}: {first.get('member')}: {first.get('rule')}{more}"
        return text, text
    code = error.get("winerror")
    if code is not None:
        function = error.get("function")
        return (name, str(code), function), f"{name} {code}: {error.get('message', '')}"
    text = f"{name}: {error.get('text', '')}"
    return text, text
