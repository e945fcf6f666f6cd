"""With cffi in API mode."""

import importlib.util
import os
import sys
import uuid
from pathlib import Path

from . import ADAPTER_ROW, AF_UNSPEC, INTERFACE_ROW, check, display

ROOT = Path(__file__).resolve().parent.parent.parent


def compiled():
    """Return the compiled cffi module, built under build/ when it is not there yet.

    IPIF_CFFI names one that is ready, where no compiler is: tools/bench.py makes it for Windows.
    """
    path = os.environ.get("IPIF_CFFI")
    if path is None:
        if sys.platform == "win32":
            raise SystemExit("there is no compiler here: run `python3 tools/bench.py --wine`")
        path = build()
    spec = importlib.util.spec_from_file_location("_ipif_cffi", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build() -> str:
    from . import cffi_build

    folder = ROOT / "build" / f"cffi-{sys.implementation.cache_tag}"
    folder.mkdir(parents=True, exist_ok=True)
    include = ROOT.joinpath(*cffi_build.ROOT_INCLUDE)
    ffi = cffi_build.builder(include_dirs=[str(include)], extra_compile_args=["-O2", "-w"])
    return ffi.compile(tmpdir=str(folder))


class CffiCompiled:
    """``address`` returns the address of a Win32 function."""

    def __init__(self, address) -> None:
        module = compiled()
        self.ffi, self.lib = ffi, lib = module.ffi, module.lib
        self.get_function = ffi.cast("row_function", address("GetIpInterfaceEntry"))
        self.set_function = ffi.cast("row_function", address("SetIpInterfaceEntry"))
        self.initialize = ffi.cast("initialize_function", address("InitializeIpInterfaceEntry"))
        self.table_function = ffi.cast("table_function", address("GetIpInterfaceTable"))
        self.adapters_function = ffi.cast("adapters_function", address("GetIfTable2Ex"))
        self.free = ffi.cast("free_function", address("FreeMibTable"))
        self._to_dict = display(
            INTERFACE_ROW,
            {
                "InterfaceLuid": "row.InterfaceLuid.Value",
                "bool": "row.{name} != 0",
                "ZoneIndices": "tuple(unpack(row.ZoneIndices, 16))",
                "TransmitOffload": "transmit(at(row))",
                "ReceiveOffload": "receive(at(row))",
            },
            unpack=ffi.unpack,
            at=ffi.addressof,
            transmit=lib.transmit_offload,
            receive=lib.receive_offload,
        )
        self._adapter_to_dict = display(
            ADAPTER_ROW,
            {
                "InterfaceLuid": "row.InterfaceLuid.Value",
                "uint8*16": "UUID(bytes_le=bytes(buffer(at(row, '{name}'))))",
                "uint16*257": "text(row.{name})",
                "uint8*32": "buffer(row.{name})[:length]",
            },
            UUID=uuid.UUID,
            buffer=ffi.buffer,
            at=ffi.addressof,
            text=self._text,
        )

    def key(self, family: int, luid: int):
        """Return a new row that names an interface."""
        row = self.ffi.new("MIB_IPINTERFACE_ROW *")
        row.Family, row.InterfaceLuid.Value = family, luid
        return row

    def _text(self, units) -> str:
        raw = bytes(self.ffi.buffer(units))
        return raw.decode("utf-16-le", "surrogatepass").partition("\0")[0]

    def get(self, family: int, luid: int) -> dict[str, object]:
        row = self.key(family, luid)
        check(self.get_function(row))
        return self._to_dict(row[0])

    def _rows(self, structure: str, function, kind: int, convert) -> list[dict[str, object]]:
        memory = self.ffi.new(f"{structure} **")
        check(function(kind, memory))
        try:
            rows = memory[0].Table
            return [convert(rows[i]) for i in range(memory[0].NumEntries)]
        finally:
            self.free(memory[0])

    def table(self) -> list[dict[str, object]]:
        return self._rows("MIB_IPINTERFACE_TABLE", self.table_function, AF_UNSPEC, self._to_dict)

    def adapters(self) -> list[dict[str, object]]:
        flags, at = self.lib.adapter_flags, self.ffi.addressof

        def convert(row):
            return self._adapter_to_dict(row, flags(at(row)), row.PhysicalAddressLength)

        return self._rows("MIB_IF_TABLE2", self.adapters_function, 0, convert)

    def filled(self, values: dict[str, object]):
        """Return a row from InitializeIpInterfaceEntry with these members."""
        row = self.ffi.new("MIB_IPINTERFACE_ROW *")
        self.initialize(row)
        for name, value in values.items():
            if name == "InterfaceLuid":
                row.InterfaceLuid.Value = value
            elif name not in ("TransmitOffload", "ReceiveOffload"):
                setattr(row, name, value)
        self.lib.set_offloads(row, values["TransmitOffload"], values["ReceiveOffload"])
        return row

    def set(self, values: dict[str, object]) -> None:
        check(self.set_function(self.filled(values)))

    def update(self, family: int, luid: int, metric: int) -> None:
        row = self.key(family, luid)
        check(self.get_function(row))
        row.SitePrefixLength = 0
        row.Metric = metric
        check(self.set_function(row))
