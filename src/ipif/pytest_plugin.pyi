# Made by tools/generate.py: do not edit.

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ipif import Luid
from ipif.types import Family, Interface

__all__ = ["Machine"]

Snapshot: TypeAlias = Mapping[str, Any] | str | os.PathLike[str]

def machine_of(request: pytest.FixtureRequest) -> AbstractContextManager[Machine]: ...

class Machine:
    """The simulated machine of one test: the functions of :mod:`ipif.simulation`.

    :meth:`load` also finds files beside the test, and :meth:`calls` counts the calls of this test
    only. All others are those of :mod:`ipif.simulation`.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        ...

    def load(self, snapshot: Snapshot, /) -> None:
        """Replace the machine by a snapshot: a document, or the path of a file that holds one.

        A relative path is looked up in the folder of the test file, then in rootdir. Raises
        ``OSError`` for a file that cannot be read, and :class:`ipif.ValidationError`.
        """

    def calls(self) -> dict[str, int]:
        """Return how often each Windows function was called since this test began.

        The keys are the names in the SDK. The functions of this class call Windows functions too,
        when they look up an interface by its alias or index.
        """

    @staticmethod
    def dump() -> dict[str, Any]:
        """Return a snapshot of the machine, for :func:`ipif.simulation.load`.

        Returns:
            The document, without counters and times.

        Example:
            >>> import ipif
            >>> document = ipif.simulation.dump()
            >>> document["ipif_snapshot"], len(document["adapters"])
            (1, 11)
        """

    @staticmethod
    def save(path: str | os.PathLike[str], document: Mapping[str, Any] | None=None) -> None:
        """Write a snapshot to a file, one row on each line.

        An existing snapshot is replaced as a whole. Any other existing file is not replaced.

        Args:
            path: The file.
            document: The snapshot to write, such as :func:`ipif.snapshot` returns. Nothing of an
                existing snapshot is kept. Without it the machine is written, and the ``about`` of an
                existing snapshot is kept.

        Raises:
            OSError: The file cannot be written: ``PermissionError`` also when other users can write to
                it or its folder, or when it is a symbolic link. It is then unchanged.
            ipif.ValidationError: The existing file or the document is not a snapshot. The file is then
                unchanged.

        Example:
            >>> import os, tempfile
            >>> import ipif
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = os.path.join(folder, "machine.json")
            ...     ipif.simulation.save(path)
            ...     ipif.simulation.load(path)
        """

    @staticmethod
    def to_text(document: Mapping[str, Any]) -> str:
        """Return the JSON text of a snapshot as :func:`ipif.simulation.save` writes it.

        One row is on each line. The rows are not checked.

        Args:
            document: The snapshot.

        Raises:
            ipif.ValidationError: The document is not a snapshot.

        Example:
            >>> import ipif
            >>> print(ipif.simulation.to_text({"ipif_snapshot": 1, "adapters": []}), end="")
            {
             "ipif_snapshot": 1,
             "adapters": []
            }
        """

    @staticmethod
    def reset() -> None:
        """Restore the bundled machine: elevated, profile ``sentinel``, no faults.

        Example:
            >>> import ipif
            >>> ipif.simulation.remove_interface("Ethernet")
            >>> ipif.simulation.reset()
            >>> ipif.get_adapter("Ethernet")["InterfaceIndex"]
            13
        """

    @staticmethod
    def fail(function: str, code: int, times: int=1, after: int=0) -> None:
        """Make calls of a Windows function fail.

        After *after* normal calls, the following *times* calls fail. Several faults may be armed at
        once. :func:`ipif.simulation.reset` disarms them.

        Args:
            function: The name of the function, as the SDK spells it. A function that returns nothing
                cannot fail.
            code: The error code, from 1 to 4294967295.
            times: How many calls fail, from 1.
            after: How many calls succeed before, from 0.

        Raises:
            ipif.ValidationError: There is no such function, or a number is out of its range.

        Example:
            >>> import ipif
            >>> ipif.simulation.fail("GetIpInterfaceEntry", 1168)
            >>> try:
            ...     ipif.get_interface("Ethernet", "ipv4")
            ... except ipif.FamilyNotBound as error:
            ...     print(error.winerror)
            1168
            >>> ipif.get_interface("Ethernet", "ipv4")["InterfaceIndex"]
            13
        """

    @staticmethod
    def elevated(is_elevated: bool, /) -> None:
        """Choose whether this process is an elevated administrator.

        If it is not, changes are refused (error 5).

        Args:
            is_elevated: Whether it is.

        Raises:
            ipif.ValidationError: The value is not a ``bool``.

        Example:
            >>> import ipif
            >>> ipif.simulation.elevated(False)
            >>> try:
            ...     ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
            ... except ipif.AccessDenied as error:
            ...     print(error.winerror)
            5
        """

    @staticmethod
    def profile(name: str, **options: bool) -> None:
        """Choose how the simulation behaves where the behaviour of Windows is unconfirmed.

        Each option changes one more rule. Those that are not given have their defaults:
        what is observed or likely.

        Args:
            name: ``"sentinel"``: InitializeIpInterfaceEntry fills a row with unchanged sentinels.
                ``"doc_zero"``: it fills the row with zeros, as its reference page says.
            **options: ``site_prefix_length_accepted``, ``mtu_clamped``,
                ``link_local_always_off_refused``, ``nud_off_refused``, ``access_checked_first``,
                ``all_ones_times_accepted``, ``large_metric_accepted``, ``unknown_enum_accepted``,
                ``unchanged_set_notifies``, ``index_filled_in``, ``initial_later`` (the initial
                notification comes after the registering call has returned; Windows delivers that of
                addresses before), ``rename_silent`` (a new alias is not notified).

        Raises:
            ipif.ValidationError: The name or an option is unknown, or the value of an option is not a
                ``bool``.

        Example:
            >>> import ipif
            >>> ipif.simulation.profile("sentinel", site_prefix_length_accepted=True)
            >>> ipif.simulation.dump()["profile"]
            {'name': 'sentinel', 'site_prefix_length_accepted': True}
        """

    @staticmethod
    def add_interface(alias: str, *, families: Iterable[Family]=('ipv4', 'ipv6'), compartment: int=1, **members: object) -> Luid:
        """Plug in an adapter and bind families to it.

        By default it is a connected Ethernet adapter of 1 Gbit/s with an unused LUID and index.

        Args:
            alias: The name of the adapter.
            families: The families to bind, each as for :func:`ipif.get_interface`.
            compartment: 1, or 2 for the second network compartment of the simulation, which
                :class:`ipif.compartment` enters. A snapshot does not hold the compartment.
            **members: Members of MIB_IF_ROW2, written as in a row or as in a document. An
                InterfaceGuid may be in use, as that has been seen on Windows: it then names none of its
                adapters (error 2; nobody has confirmed the number).

        Returns:
            The LUID of the adapter.

        Raises:
            ipif.ValidationError: A member is bad, the compartment is not one of these, or the alias,
                LUID or index is in use.

        Example:
            >>> import ipif
            >>> luid = ipif.simulation.add_interface("VPN", families=["ipv4"], Type=53)
            >>> luid.alias, luid.type
            ('VPN', 53)
            >>> ipif.get_interface("VPN", "ipv4")["Connected"]
            True
        """

    @staticmethod
    def remove_interface(interface: Interface, /) -> None:
        """Unplug an adapter, with its rows, routes and addresses.

        Args:
            interface: What names the adapter, as for :func:`ipif.get_interface`.

        Raises:
            ipif.InterfaceNotFound: There is no such adapter.

        Example:
            >>> import ipif
            >>> ipif.simulation.remove_interface("Wi-Fi")
            >>> "Wi-Fi" in [row["Alias"] for row in ipif.list_adapters()]
            False
        """

    @staticmethod
    def rename_interface(interface: Interface, alias: str, /) -> None:
        """Give an adapter another alias.

        A registration for IP interfaces is notified of a change of each row, unless the profile has
        ``rename_silent``: nobody has confirmed that Windows does so.

        Args:
            interface: What names the adapter, as for :func:`ipif.get_interface`.
            alias: The new alias.

        Raises:
            ipif.InterfaceNotFound: There is no such adapter.
            ipif.ValidationError: The alias is empty, too long, or that of another adapter.

        Example:
            >>> import ipif
            >>> ipif.simulation.rename_interface("Ethernet", "Office")
            >>> ipif.get_adapter("Office")["InterfaceIndex"]
            13
        """

    @staticmethod
    def set_link(interface: Interface, /, *, up: bool) -> None:
        """Connect an adapter to its network, or disconnect it.

        A disconnected adapter has OperStatus Down, MediaConnectState Disconnected and
        NotMediaConnected, its rows have ``Connected`` false, and no route leads through it. A wired one
        shows a link speed of 2**64 - 1 then, as has been seen on Windows, and so the automatic metric
        5. Its addresses and routes stay.

        A registration for IP interfaces is notified of a change of each row, if there is one.

        Args:
            interface: What names the adapter, as for :func:`ipif.get_interface`.
            up: Whether it is connected.

        Raises:
            ipif.InterfaceNotFound: There is no such adapter.
            ipif.ValidationError: *up* is not a ``bool``.

        Example:
            >>> import ipif
            >>> ipif.simulation.set_link("Ethernet", up=False)
            >>> ipif.Luid(ipif.best_route("8.8.8.8")["InterfaceLuid"]).alias
            'Wi-Fi'
        """

    @staticmethod
    def add_route(interface: Interface, destination: object, /, **members: object) -> None:
        """Add a route through an adapter.

        By default it is a static route, on link, with the metric 256. A registration for routes is
        notified.

        Args:
            interface: What names the adapter, as for :func:`ipif.get_interface`.
            destination: The destination, such as ``"10.0.0.0/8"``.
            **members: Members of MIB_IPFORWARD_ROW2, written as in a row or as in a document, such as
                ``NextHop="192.168.1.1"`` and ``Metric=5``.

        Raises:
            ipif.InterfaceNotFound: There is no such adapter.
            ipif.FamilyNotBound: The family is not bound to it.
            ipif.ValidationError: A member is bad.
            ipif.Error: The adapter has a route with this destination and next hop (5010).

        Example:
            >>> import ipif
            >>> ipif.simulation.add_route("HMA VPN", "10.0.0.0/8", Metric=5)
            >>> ipif.Luid(ipif.best_route("10.1.2.3")["InterfaceLuid"]).alias
            'HMA VPN'
        """

    @staticmethod
    def add_address(interface: Interface, address: object, /, **members: object) -> None:
        """Give an adapter an IP address.

        By default it is a manual, preferred address with 24 bits (IPv4) or 64 bits (IPv6) on link. A
        registration for addresses is notified. Unlike Windows this adds no route to the network of the
        address: see :func:`ipif.simulation.add_route`.

        Args:
            interface: What names the adapter, as for :func:`ipif.get_interface`.
            address: The address, such as ``"192.168.1.5"``.
            **members: Members of MIB_UNICASTIPADDRESS_ROW, written as in a row or as in a document,
                such as ``OnLinkPrefixLength=16``.

        Raises:
            ipif.InterfaceNotFound: There is no such adapter.
            ipif.FamilyNotBound: The family is not bound to it.
            ipif.ValidationError: A member is bad.
            ipif.Error: The adapter has this address (5010).

        Example:
            >>> import ipif
            >>> ipif.simulation.add_address("Ethernet", "10.1.0.5", OnLinkPrefixLength=16)
            >>> ipif.get_interface("10.1.0.5", "ipv4")["InterfaceIndex"]
            13
        """

    @staticmethod
    def bind(interface: Interface, family: Family, /, **members: object) -> None:
        """Bind a family to an interface: its row appears, with the defaults of Windows.

        Args:
            interface: What names the interface, as for :func:`ipif.get_interface`.
            family: The family, as for :func:`ipif.get_interface`.
            **members: Members of MIB_IPINTERFACE_ROW, written as in a row or as in a document.

        Raises:
            ipif.InterfaceNotFound: There is no such interface.
            ipif.ValidationError: A member is bad, or the family is unknown.
            ipif.Error: The family is bound already (5010).

        Example:
            >>> import ipif
            >>> luid = ipif.simulation.add_interface("VPN", families=["ipv4"])
            >>> ipif.simulation.bind("VPN", "ipv6", NlMtu=1400)
            >>> ipif.get_interface("VPN", "ipv6")["NlMtu"]
            1400
        """

    @staticmethod
    def unbind(interface: Interface, family: Family, /) -> None:
        """Unbind a family from an interface, as when its binding is switched off.

        Args:
            interface: What names the interface, as for :func:`ipif.get_interface`.
            family: The family, as for :func:`ipif.get_interface`.

        Raises:
            ipif.InterfaceNotFound: There is no such interface.
            ipif.FamilyNotBound: The family is not bound to it.
            ipif.ValidationError: The family is unknown.

        Example:
            >>> import ipif
            >>> ipif.simulation.unbind("Ethernet", "ipv6")
            >>> try:
            ...     ipif.get_interface("Ethernet", "ipv6")
            ... except ipif.FamilyNotBound as error:
            ...     print(error.winerror)
            1168
        """
