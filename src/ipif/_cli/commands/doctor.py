"""``ipif doctor``: what a bug report needs to know about this system."""

from __future__ import annotations

import os
import sys

import ipif

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

    Facts: TypeAlias = dict[str, Any]

DESCRIPTION = (
    "Describe this system, for bug reports: versions, backend, elevation, IPv6, compartment, and "
    "what InitializeIpInterfaceEntry marks as unchanged. There is no alias, address, user name or "
    "path in it. A part that cannot be read says why."
)
#: The backend is one of the answers.
MACHINE = False

_IPV6_KEY = r"SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters"
_VERSION_KEY = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"

_FIRST_BUILD_OF_WINDOWS_11 = 22000
_WORKSTATION = 1  # VER_NT_WORKSTATION


def add(parser: Parser) -> None:
    """Add the arguments of this command: it has none."""


def run(options: argparse.Namespace, output: Output) -> None:
    """Describe this system."""
    parts: dict[str, tuple[str, Callable[[], Facts], Callable[[Facts], str]]] = {
        "ipif": ("ipif", _ipif, lambda facts: facts["version"]),
        "backend": ("backend", lambda: _backend(options.simulate), _backend_text),
        "python": ("Python", _python, _python_text),
        "system": ("system", _system, _system_text),
        "elevated": ("elevated", _elevated, _elevated_text),
        "ipv6": ("IPv6", _ipv6, _ipv6_text),
        "compartment": ("compartment", _compartment, lambda facts: str(facts["number"])),
        "unchanged": ("unchanged", _unchanged, _unchanged_text),
        "adapters": ("adapters", _adapters, _adapters_text),
        "interfaces": ("interfaces", _interfaces, _interfaces_text),
        "rich": ("rich", lambda: _package("rich"), _package_text),
        "argcomplete": ("argcomplete", lambda: _package("argcomplete"), _package_text),
        "terminal": ("terminal", lambda: _terminal(output), _terminal_text),
    }
    facts = {name: _tried(read) for name, (_, read, _) in parts.items()}
    if output.as_json:
        output.json(facts)
        return
    room = max(len(label) for label, _, _ in parts.values()) + 2
    for name, (label, _, text_of) in parts.items():
        found = facts[name]
        text = f"unknown: {found['error']}" if "error" in found else text_of(found)
        first, *more = _wrapped(text, output.columns - room)
        output.line((label, "heading"), " " * (room - len(label)), first)
        for line in more:
            output.line(" " * room, line)


def _wrapped(text: str, columns: int) -> list[str]:
    from ipif._cli.text import wrapped

    return wrapped(text, max(20, columns))


def _tried(read: Callable[[], Facts]) -> Facts:
    """Return what *read* finds, or why it finds nothing."""
    try:
        return read()
    except Exception as error:
        return {"error": reason(error)}


def reason(error: Exception) -> str:
    """Return why something could not be read, without what could name a person or a place."""
    if isinstance(error, ipif.Error):
        return f"[WinError {error.winerror}] {error.strerror} ({error.function})"
    if isinstance(error, OSError):
        number = getattr(error, "winerror", None)
        code = f"Errno {error.errno}" if number is None else f"WinError {number}"
        return f"[{code}] {error.strerror}"
    return type(error).__name__


# ---- the parts


def _ipif() -> Facts:
    return {"version": ipif.__version__}


def _backend(simulate: str | None) -> Facts:
    asked = os.environ.get("IPIF_BACKEND")
    if simulate is not None:
        why = "--simulate"
    elif asked is not None:
        why = f"IPIF_BACKEND={asked}"
    else:
        why = "this is Windows" if sys.platform == "win32" else "this is not Windows"
    return {"name": ipif.backend, "why": why}


def _backend_text(facts: Facts) -> str:
    return f"{facts['name']} ({facts['why']})"


def _python() -> Facts:
    import sysconfig

    return {
        "implementation": sys.implementation.name,
        "version": sys.version.split()[0],
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "platform": sysconfig.get_platform(),
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil": bool(getattr(sys, "_is_gil_enabled", lambda: True)()),
    }


def _python_text(facts: Facts) -> str:
    threads = "free-threaded" if facts["free_threaded"] else "not free-threaded"
    if facts["free_threaded"] and facts["gil"]:
        threads += ", but the GIL is on"
    return (
        f"{facts['implementation']} {facts['version']}, {facts['bits']} bits, {threads} "
        f"({facts['platform']})"
    )


def _system() -> Facts:
    if sys.platform == "win32":
        from ipif._shared.windows import wine_version

        version = sys.getwindowsversion()
        major, _, build = version.platform_version
        if version.product_type != _WORKSTATION:
            name = "Windows Server"
        else:
            name = f"Windows {11 if build >= _FIRST_BUILD_OF_WINDOWS_11 else major}"
        return {
            "name": name,
            "release": _registry(_VERSION_KEY, "DisplayVersion"),
            "build": build,
            "revision": _registry(_VERSION_KEY, "UBR"),
            "wine": wine_version(),
        }
    system = os.uname()
    return {"name": system.sysname, "release": system.release, "machine": system.machine}


def _system_text(facts: Facts) -> str:
    if "build" not in facts:
        return f"{facts['name']} {facts['release']} ({facts['machine']})"
    revision = "" if facts["revision"] is None else f".{facts['revision']}"
    release = f" {facts['release']}" if facts["release"] else ""
    wine = f", Wine {facts['wine']}" if facts["wine"] else ""
    return f"{facts['name']}{release}, build {facts['build']}{revision}{wine}"


def _elevated() -> Facts:
    if sys.platform == "win32" and ipif.backend == "windows":
        from ipif._shared.windows import elevation

        is_elevated, why = elevation()
        return {"elevated": is_elevated, "why": why}
    is_elevated = bool(ipif.simulation.dump()["elevated"])
    return {"elevated": is_elevated, "why": "the simulated machine says so"}


def _elevated_text(facts: Facts) -> str:
    return f"{'yes' if facts['elevated'] else 'no'}: {facts['why']}"


def _ipv6() -> Facts:
    """Tell whether IPv6 is disabled; even then, a loopback interface may have it."""
    rows = ipif.list_interfaces("ipv6")
    loopback = sum(ipif.Luid(row["InterfaceLuid"]).type == ipif.IfType.Loopback for row in rows)
    facts: Facts = {"interfaces": len(rows) - loopback, "loopback": loopback}
    if ipif.backend == "windows":
        facts["DisabledComponents"] = _registry(_IPV6_KEY, "DisabledComponents")
    return facts


def _ipv6_text(facts: Facts) -> str:
    count = facts["interfaces"]
    text = f"on, {count} interfaces have it" if count else "off, no interface has it"
    if not count and facts["loopback"]:
        text += " but a loopback interface"
    if "DisabledComponents" not in facts:
        return text
    value = facts["DisabledComponents"]
    return f"{text}; DisabledComponents is {'not set' if value is None else f'{value:#x}'}"


def _compartment() -> Facts:
    return {"number": ipif.netioapi.get_current_thread_compartment_id()}


def _unchanged() -> Facts:
    """Tell which settable members InitializeIpInterfaceEntry marks as unchanged.

    A member that it fills with ones reads as ``None``; 0 is such a mark for some.
    """
    row: Facts = dict(ipif.netioapi.initialize_ip_interface_entry())
    settable = [field for field in ipif.FIELDS if field.access == "settable"]
    marked = [
        field.name
        for field in settable
        if row[field.name] is None or (field.kind != "bool" and row[field.name] in field.unchanged)
    ]
    return {
        "marked": marked,
        "not_marked": [field.name for field in settable if field.name not in marked],
    }


def _unchanged_text(facts: Facts) -> str:
    start = "InitializeIpInterfaceEntry marks"
    if not facts["not_marked"]:
        return f"{start} all {len(facts['marked'])} settable members"
    if not facts["marked"]:
        return f"{start} no member"
    return (
        f"{start} {len(facts['marked'])} members; it does not mark {', '.join(facts['not_marked'])}"
    )


def _adapters() -> Facts:
    rows = ipif.list_adapters()
    return {
        "count": len(rows),
        "up": sum(row["OperStatus"] == ipif.IfOperStatus.Up for row in rows),
    }


def _adapters_text(facts: Facts) -> str:
    return f"{facts['count']}, {facts['up']} of them up"


def _interfaces() -> Facts:
    by_family: dict[str, set[int]] = {"ipv4": set(), "ipv6": set()}
    for row in ipif.list_interfaces():
        by_family[ipif.to_json(row)["Family"]].add(row["InterfaceLuid"])
    ipv4, ipv6 = by_family["ipv4"], by_family["ipv6"]
    return {
        "ipv4": len(ipv4),
        "ipv6": len(ipv6),
        "ipv4_only": len(ipv4 - ipv6),
        "ipv6_only": len(ipv6 - ipv4),
    }


def _interfaces_text(facts: Facts) -> str:
    text = f"{facts['ipv4']} of ipv4, {facts['ipv6']} of ipv6"
    for family, other in (("ipv4", "ipv6"), ("ipv6", "ipv4")):
        if facts[f"{family}_only"]:
            text += f"; {facts[f'{family}_only']} without {other}"
    return text


def _package(name: str) -> Facts:
    """Tell whether a package of the extra ``ipif[cli]`` is installed."""
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    try:
        return {"version": version(name)}
    except PackageNotFoundError:
        # A frozen program may have the package without its metadata.
        return {"version": "unknown" if find_spec(name) else None}


def _package_text(facts: Facts) -> str:
    if facts["version"] == "unknown":
        return "version unknown"
    return str(facts["version"] or "not installed (it comes with ipif[cli])")


def _terminal(output: Output) -> Facts:
    return {
        "is_terminal": output.is_terminal,
        "encoding": getattr(sys.stdout, "encoding", None),
        "columns": output.columns,
    }


def _terminal_text(facts: Facts) -> str:
    what = "a terminal" if facts["is_terminal"] else "no terminal"
    return f"{what}, encoding {facts['encoding']}, {facts['columns']} columns"


def _registry(key: str, name: str) -> Any:
    """Return a value of HKEY_LOCAL_MACHINE, or ``None`` when there is none."""
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except FileNotFoundError:
        return None
