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
        """Return a snapshot of the machine, for :func:`load`, without counters and times."""

    @staticmethod
    def save(path: str | os.PathLike[str], document: Mapping[str, Any] | None=None) -> None:
        """Write a snapshot of the machine to the file *path*, one row on each line.

        An existing snapshot is replaced as a whole; an ``about`` in it is kept. Any other existing file
        is not replaced. Raises ``OSError``, and :class:`ipif.ValidationError` when the existing file is
        not a snapshot. The file is then unchanged.

        *document* is a snapshot to write instead, such as :func:`ipif.snapshot` returns it; nothing of
        an existing snapshot is kept then.
        """

    @staticmethod
    def to_text(document: Mapping[str, Any]) -> str:
        """Return the JSON text of a snapshot as :func:`save` writes it, one row on each line.

        Raises :class:`ipif.ValidationError` for anything but a snapshot; its rows are not checked.
        """

    @staticmethod
    def reset() -> None:
        """Restore the bundled machine: elevated, profile ``sentinel``, no faults."""

    @staticmethod
    def fail(function: str, code: int, times: int=1, after: int=0) -> None:
        """Make calls of the Windows function *function* fail with the error *code*.

        After *after* normal calls, the following *times* calls fail. Several faults may be
        armed at once; :func:`reset` disarms them. A function that returns nothing cannot fail.
        """

    @staticmethod
    def elevated(is_elevated: bool, /) -> None:
        """Choose whether this process is an elevated administrator; if not, changes are refused (5)."""

    @staticmethod
    def profile(name: str, **options: bool) -> None:
        """Choose how the simulation behaves where the behaviour of Windows is unconfirmed.

        ``"sentinel"``: InitializeIpInterfaceEntry fills a row with unchanged sentinels.
        ``"doc_zero"``: it fills the row with zeros, as its reference page says. Each of *options*
        changes one more rule; those that are not given are off: ``site_prefix_length_accepted``,
        ``mtu_clamped``, ``link_local_always_off_refused``, ``nud_off_refused``,
        ``access_checked_first``, ``all_ones_times_accepted``, ``large_metric_accepted``,
        ``unknown_enum_accepted``, ``unchanged_set_notifies``, ``index_filled_in``, ``initial_later``
        (the initial notification comes after the registering call has returned; Windows delivers that
        of addresses before), ``rename_silent`` (a new alias is not notified).
        """

    @staticmethod
    def add_interface(alias: str, *, families: Iterable[Family]=('ipv4', 'ipv6'), compartment: int=1, **members: object) -> Luid:
        """Plug in an adapter and bind *families* to it; return its LUID.

        *members* are members of MIB_IF_ROW2, written as in a row or as in a document. By default it is
        a connected Ethernet adapter of 1 Gbit/s with an unused LUID and index. With *compartment* 2 it
        is in the second network compartment of the simulation, which :class:`ipif.compartment` enters;
        a snapshot does not hold the compartment.

        Raises :class:`ipif.ValidationError` for bad members, another compartment, and for an alias,
        LUID or index in use. An InterfaceGuid may be in use, as that has been seen on Windows: it then
        names none of its adapters (error 2; nobody has confirmed the number).
        """

    @staticmethod
    def remove_interface(interface: Interface, /) -> None:
        """Unplug an adapter, with its rows, routes and addresses.

        Raises :class:`ipif.InterfaceNotFound`.
        """

    @staticmethod
    def rename_interface(interface: Interface, alias: str, /) -> None:
        """Give an adapter the alias *alias*.

        A registration for IP interfaces is notified of a change of each row, unless the profile has
        ``rename_silent``: nobody has confirmed that Windows does so.

        Raises :class:`ipif.InterfaceNotFound`, and :class:`ipif.ValidationError` for an alias that is
        empty, too long, or that of another adapter.
        """

    @staticmethod
    def set_link(interface: Interface, /, *, up: bool) -> None:
        """Connect an adapter to its network (*up* is true), or disconnect it.

        A disconnected adapter has OperStatus Down, MediaConnectState Disconnected and
        NotMediaConnected, its rows have ``Connected`` false, and no route leads through it. A wired one
        shows a link speed of 2**64 - 1 then, as has been seen on Windows, and so the automatic metric
        5. Its addresses and routes stay.

        A registration for IP interfaces is notified of a change of each row, if there is one.

        Raises :class:`ipif.InterfaceNotFound`, and :class:`ipif.ValidationError` when *up* is no bool.
        """

    @staticmethod
    def add_route(interface: Interface, destination: object, /, **members: object) -> None:
        """Add a route to *destination*, such as ``"10.0.0.0/8"``, through an adapter.

        *members* are members of MIB_IPFORWARD_ROW2, written as in a row or as in a document, such as
        ``NextHop="192.168.1.1"`` and ``Metric=5``. By default it is a static route, on link, with the
        metric 256. A registration for routes is notified.

        Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.FamilyNotBound`,
        :class:`ipif.ValidationError` for bad members, and :class:`ipif.Error` with ``winerror`` 5010
        when the adapter has a route with this destination and next hop.
        """

    @staticmethod
    def add_address(interface: Interface, address: object, /, **members: object) -> None:
        """Give an adapter the IP address *address*, such as ``"192.168.1.5"``.

        *members* are members of MIB_UNICASTIPADDRESS_ROW, written as in a row or as in a document, such
        as ``OnLinkPrefixLength=16``. By default it is a manual, preferred address with 24 bits (IPv4)
        or 64 bits (IPv6) on link. A registration for addresses is notified. Unlike Windows this adds no
        route to the network of the address: see :func:`add_route`.

        Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.FamilyNotBound`,
        :class:`ipif.ValidationError` for bad members, and :class:`ipif.Error` with ``winerror`` 5010
        when the adapter has this address.
        """

    @staticmethod
    def bind(interface: Interface, family: Family, /, **members: object) -> None:
        """Bind *family* to an interface: its row appears, with the defaults of Windows.

        *members* are members of MIB_IPINTERFACE_ROW, written as in a row or as in a document.

        Raises :class:`ipif.InterfaceNotFound`, :class:`ipif.ValidationError`, and
        :class:`ipif.Error` with ``winerror`` 5010 when the family is bound already.
        """

    @staticmethod
    def unbind(interface: Interface, family: Family, /) -> None:
        """Unbind *family* from an interface, as when its binding is switched off.

        Raises :class:`ipif.InterfaceNotFound` and :class:`ipif.FamilyNotBound`.
        """
