"""The compiled modules for Windows: what they import and export, and how they are protected.

In CI these are the wheels that are cross-compiled for all targets; on Windows, and in CPython for
Windows under Wine, the modules that are installed.
"""

import re
import zipfile
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.pe import Module, compiled_modules, read, wheels

MODULES = compiled_modules()
if not MODULES:
    pytest.skip(
        "there is no module for Windows: IPIF_WINDOWS_WHEELS names no folder with wheels",
        allow_module_level=True,
    )
pytest.importorskip("pefile", reason="pefile is not installed")

# The DLLs of Windows that a module may need, and those of CPython and of the C runtime.
SYSTEM = {"_ipif": {"kernel32.dll", "iphlpapi.dll"}, "_ipif_sim": {"kernel32.dll"}}
PYTHON = re.compile(r"python3t?\.dll|python3\d+t\.dll")
C_RUNTIME = re.compile(r"api-ms-win-crt-[a-z]+-l1-1-0\.dll|ucrtbase\.dll|vcruntime140(_1)?\.dll")

# Functions that load a DLL, or find a function in one, by name: their names begin like this.
LOADERS = ("LoadLibrary", "LoadPackagedLibrary", "LdrLoadDll", "GetProcAddress")

INIT_FUNCTIONS = {"_ipif": {"_ipif"}, "_ipif_sim": {"_ipif_sim", "_sim_control"}}

HIGH_ENTROPY_VA = 0x0020
DYNAMIC_BASE = 0x0040
NX_COMPAT = 0x0100
GUARD_CF = 0x4000
RELOCATIONS_STRIPPED = 0x0001
EXECUTE, WRITE = 0x2000_0000, 0x8000_0000
CF_INSTRUMENTED, CF_TABLE = 0x0100, 0x0400


@pytest.fixture(params=MODULES, ids=str)
def module(request: pytest.FixtureRequest) -> Module:
    found: Module = request.param
    return found


@pytest.fixture
def pe(module: Module) -> Any:
    return read(module)


def stem(module: Module) -> str:
    return module.name.partition(".")[0]


def imports(pe: Any) -> dict[str, set[str]]:
    """Return the functions that a module imports from each DLL."""
    return {
        entry.dll.decode().lower(): {item.name.decode() for item in entry.imports}
        for entry in pe.DIRECTORY_ENTRY_IMPORT
    }


def test_each_source_has_both_modules() -> None:
    found: dict[str, set[str]] = {}
    for module in MODULES:
        found.setdefault(module.source, set()).add(stem(module))
    assert set(map(frozenset, found.values())) == {frozenset(INIT_FUNCTIONS)}


def test_it_imports_only_windows_python_and_the_c_runtime(module: Module, pe: Any) -> None:
    dlls = set(imports(pe))
    assert SYSTEM[stem(module)] <= dlls
    others = dlls - SYSTEM[stem(module)]
    assert [dll for dll in others if PYTHON.fullmatch(dll)]
    assert [dll for dll in others if not (PYTHON.fullmatch(dll) or C_RUNTIME.fullmatch(dll))] == []


def test_it_looks_up_no_dll_and_no_function_at_run_time(pe: Any) -> None:
    names = set().union(*imports(pe).values())
    assert [name for name in names if name.startswith(LOADERS)] == []
    assert not hasattr(pe, "DIRECTORY_ENTRY_DELAY_IMPORT")


def test_it_exports_the_init_functions_only(module: Module, pe: Any) -> None:
    exported = {symbol.name.decode() for symbol in pe.DIRECTORY_ENTRY_EXPORT.symbols}
    assert len(exported) == len(pe.DIRECTORY_ENTRY_EXPORT.symbols)
    names = {re.sub("^(PyInit|PyModExport)_", "", name) for name in exported}
    assert names == INIT_FUNCTIONS[stem(module)]


def test_windows_may_load_it_at_any_address(pe: Any) -> None:
    flags = pe.OPTIONAL_HEADER.DllCharacteristics
    assert flags & DYNAMIC_BASE
    assert not pe.FILE_HEADER.Characteristics & RELOCATIONS_STRIPPED
    assert any(section.Name.rstrip(b"\0") == b".reloc" for section in pe.sections)
    if pe.PE_TYPE == 0x20B:  # 64 bits
        assert flags & HIGH_ENTROPY_VA


def test_no_memory_is_writable_and_executable(pe: Any) -> None:
    assert pe.OPTIONAL_HEADER.DllCharacteristics & NX_COMPAT
    for section in pe.sections:
        assert not (section.Characteristics & EXECUTE and section.Characteristics & WRITE)


def test_what_msvc_made_has_control_flow_guard(pe: Any) -> None:
    if pe.RICH_HEADER is None:
        pytest.skip("not linked by MSVC; the linker of zig cannot make the table of targets")
    assert pe.OPTIONAL_HEADER.DllCharacteristics & GUARD_CF
    guards = pe.DIRECTORY_ENTRY_LOAD_CONFIG.struct.GuardFlags
    assert guards & CF_INSTRUMENTED
    assert guards & CF_TABLE


def test_it_holds_no_path_of_the_machine_that_built_it(module: Module) -> None:
    text = module.content + module.content.replace(b"\0", b"")  # UTF-16, too
    for pattern in (
        rb"/(?:home|root|tmp|usr|work|opt|build)/",
        rb"(?i)\b[a-z]:\\[\w .~-]{2,}\\\w",
        rb"(?i)\.pdb\b",
    ):
        assert re.findall(pattern, text) == []


def test_the_time_in_its_header_is_no_time(pe: Any) -> None:
    # A build that can be repeated writes a hash of the file there, and says so in the debug entry.
    repro = 16
    assert repro in {entry.struct.Type for entry in pe.DIRECTORY_ENTRY_DEBUG}


def test_every_file_of_a_wheel_has_the_same_time() -> None:
    if not wheels():
        pytest.skip("IPIF_WINDOWS_WHEELS names no folder with wheels")
    for wheel in wheels():
        with zipfile.ZipFile(wheel) as archive:
            assert len({info.date_time for info in archive.infolist()}) == 1
