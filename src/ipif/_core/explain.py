"""explain_route: every route that leads to a destination, and why Windows takes one of them."""

from __future__ import annotations

from ipif._core.addresses import packed_of, scope_of
from ipif._core.backend import native
from ipif._core.errors import Error, InterfaceNotFound
from ipif._core.family import AF
from ipif._core.identify import WITHOUT_STATISTICS, to_luid
from ipif._core.interfaces import list_rows
from ipif._core.named import NamedTuple
from ipif._core.network import best_route, read_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ipif._core.addresses import AnyAddress
    from ipif._core.types import MIB_IPFORWARD_ROW2, Address, Interface

_UP = 1  # IfOperStatusUp


class RouteCandidate(NamedTuple):
    """A route whose prefix includes the destination: what :func:`ipif.explain_route` lists.

    Attributes:
        chosen: Whether Windows takes it.
        reason: Why Windows does not take it. An empty string when it does.
        route: Its row, a MIB_IPFORWARD_ROW2.
        alias: The alias of its adapter. ``None`` when the adapter has disappeared meanwhile.
        route_metric: The ``Metric`` of the route.
        interface_metric: The ``Metric`` of its interface. ``None`` when the family is not bound to
            the adapter.
        metric: The sum of both metrics, or ``None``. Of routes with prefixes of one length, the
            lowest wins.

    Example:
        >>> import ipif
        >>> first = ipif.explain_route("8.8.8.8")[0]
        >>> first.alias, first.route_metric, first.interface_metric, first.metric
        ('Ethernet', 0, 25, 25)
    """

    chosen: bool
    """Whether Windows takes it."""
    reason: str
    """Why Windows does not take it. An empty string when it does."""
    route: MIB_IPFORWARD_ROW2
    """Its row, a MIB_IPFORWARD_ROW2."""
    alias: str | None
    """The alias of its adapter. ``None`` when the adapter has disappeared meanwhile."""
    route_metric: int
    """The ``Metric`` of the route."""
    interface_metric: int | None
    """The ``Metric`` of its interface. ``None`` when the family is not bound to the adapter."""
    metric: int | None
    """The sum of both metrics, or ``None``. Of routes with prefixes of one length, the lowest
    wins."""


RouteCandidate.__module__ = "ipif"


def explain_route(
    destination: Address, *, source: Address | None = None, interface: Interface | None = None
) -> list[RouteCandidate]:
    """Return every route whose prefix includes a destination, and why each is taken or not.

    A route is not taken when another one has a longer prefix or a lower metric, when its interface
    is disconnected, when that ignores default routes, or when it does not have the *source* (strong
    host model). The rows are read one table after another, so they may change in between.

    Args:
        destination: The address, as for :func:`ipif.best_route`.
        source: The source address, as for :func:`ipif.best_route`.
        interface: The only interface to consider, named as for :func:`ipif.get_interface`.

    Returns:
        A list of :class:`ipif.RouteCandidate`. The route that Windows takes comes first. When no
        route can be taken, none is ``chosen``. When no prefix includes the destination, the list is
        empty.

    Raises:
        ipif.ValidationError: A value is not an address, or the source is of the other family.
        ipif.InterfaceNotFound: There is no such interface.
        ipif.Error: Windows refuses a call.

    Example:
        >>> import ipif
        >>> for one in ipif.explain_route("8.8.8.8"):
        ...     print(one.chosen, one.alias, one.metric)
        True Ethernet 25
        False Wi-Fi 50

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getbestroute2
    """
    target, origin = read_addresses(destination, source)
    luid = None if interface is None else to_luid(interface)
    if origin is not None and origin.is_unspecified:  # any source
        origin = None
    machine = _Machine(target, origin, luid)
    taken = _taken(destination, source, interface)
    found = [
        machine.candidate(route)
        for route in list_rows(native.get_ip_forward_table2, target.version)
        if _includes(route["DestinationPrefix"], target)
    ]
    winner = next((one for one in found if taken and _is_same(one.route, taken)), None)
    if winner is None:
        winner = min((one for one in found if not one.reason), key=_rank, default=None)
    judged = [_judge(one, winner, taken) for one in found]
    return sorted(judged, key=lambda one: (not one.chosen, *_rank(one)))


class _Machine:
    """The rows that decide whether a route can be taken."""

    def __init__(self, target: AnyAddress, origin: AnyAddress | None, luid: int | None) -> None:
        af = AF[target.version]
        self._luid = luid
        self._origin = origin
        self._scopes = {scope_of("destination", target)} if target.is_link_local else set()
        if origin is not None and origin.is_link_local:
            self._scopes.add(scope_of("source", origin))
        self._scopes.discard(0)
        self._rows = {
            row["InterfaceLuid"]: row for row in list_rows(native.get_ip_interface_table, af)
        }
        self._adapters = {
            row["InterfaceLuid"]: row for row in native.get_if_table2(WITHOUT_STATISTICS)
        }
        self._owners: set[int] = set()
        if origin is not None:
            packed = packed_of("source", origin)
            self._owners = {
                row["InterfaceLuid"]
                for row in list_rows(native.get_unicast_ip_address_table, af)
                if row["Address"].packed == packed
            }

    def candidate(self, route: MIB_IPFORWARD_ROW2) -> RouteCandidate:
        """Return the candidate, with the reason for which it cannot be taken at all."""
        luid = route["InterfaceLuid"]
        row, adapter = self._rows.get(luid), self._adapters.get(luid)
        metric = None if row is None else row["Metric"]
        return RouteCandidate(
            chosen=False,
            reason=self._reason(route, row, adapter),
            route=route,
            alias=None if adapter is None else adapter["Alias"],
            route_metric=route["Metric"],
            interface_metric=metric,
            metric=None if metric is None else route["Metric"] + metric,
        )

    def _reason(
        self,
        route: MIB_IPFORWARD_ROW2,
        row: Mapping[str, Any] | None,
        adapter: Mapping[str, Any] | None,
    ) -> str:
        """Return why *route* cannot be taken, or an empty string."""
        if self._luid not in (None, route["InterfaceLuid"]):
            return "it is not the given interface"
        if adapter is None:
            return "the adapter has disappeared"
        if row is None:
            return f"IPv{route['DestinationPrefix'].version} is not bound to the interface"
        if not row["Connected"]:
            return "the interface is disconnected"
        if adapter["OperStatus"] != _UP:
            return "the adapter is not up (OperStatus)"
        if row["DisableDefaultRoutes"] and route["DestinationPrefix"].prefixlen == 0:
            return "the interface ignores default routes (DisableDefaultRoutes)"
        if self._origin is not None and route["InterfaceLuid"] not in self._owners:
            return f"the interface does not have the source {self._origin} (strong host model)"
        if not self._scopes <= {row["InterfaceIndex"]}:
            return "the link-local address is in the zone of another interface"
        return ""


def _taken(
    destination: Address, source: Address | None, interface: Interface | None
) -> MIB_IPFORWARD_ROW2 | None:
    """Return the route that Windows takes, or ``None``."""
    try:
        return best_route(destination, source=source, interface=interface)
    except InterfaceNotFound:
        raise
    except Error:  # 1231, 1232, 1168 or 50: there is none
        return None


def _includes(prefix: Any, target: AnyAddress) -> bool:
    """Return whether *target* is in *prefix*; a scope id does not count."""
    shift = prefix.max_prefixlen - prefix.prefixlen
    return bool(int(prefix.network_address) >> shift == int(target) >> shift)


def _rank(candidate: RouteCandidate) -> tuple[int, float]:
    """Return what Windows compares: the longest prefix is first, then the lowest metric."""
    metric = float("inf") if candidate.metric is None else candidate.metric
    return -candidate.route["DestinationPrefix"].prefixlen, metric


def _is_same(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Return whether two rows are about one route; a scope id of the next hop does not count."""
    keys = ("InterfaceLuid", "DestinationPrefix")
    same = all(left[name] == right[name] for name in keys)
    return same and int(left["NextHop"]) == int(right["NextHop"])


def _judge(
    candidate: RouteCandidate, winner: RouteCandidate | None, taken: MIB_IPFORWARD_ROW2 | None
) -> RouteCandidate:
    """Return *candidate* with what Windows decided, and the reason.

    Windows' own answer, *taken*, counts. The *winner* is the candidate that it is, or the one that
    the documented rules choose.
    """
    if taken is not None and _is_same(candidate.route, taken):
        return candidate._replace(chosen=True, reason="")
    if candidate.reason or winner is None:
        return candidate
    length, metric = _rank(candidate)
    first_length, first_metric = _rank(winner)
    if first_length < length:
        reason = f"{winner.route['DestinationPrefix']} is a longer prefix ({winner.alias})"
    elif first_length == length and first_metric < metric:
        reason = f"metric {candidate.metric} is higher than {winner.metric} ({winner.alias})"
    elif taken is None:
        reason = "Windows answers that there is no route"
    elif _rank(winner) == _rank(candidate) and _is_same(winner.route, taken):
        reason = f"its metric is the same, but Windows takes the other route ({winner.alias})"
    else:
        reason = f"Windows takes {taken['DestinationPrefix']} ({_alias_of(winner, taken)})"
    return candidate._replace(reason=reason)


def _alias_of(winner: RouteCandidate, taken: MIB_IPFORWARD_ROW2) -> str:
    """Return what names the interface of the route that is *taken*."""
    same = _is_same(winner.route, taken) and winner.alias is not None
    return str(winner.alias) if same else f"index {taken['InterfaceIndex']}"
