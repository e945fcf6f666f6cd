"""The two extension modules and how they are compiled; everything else is in pyproject.toml.

``ipif._ipif`` (Windows only) links the system's iphlpapi.  ``ipif._ipif_sim`` (everywhere) is the
same C file, compiled together with the simulated netioapi in src/sim; it also holds the module
``_sim_control``.

The environment may say:

* ``IPIF_CROSS=windows``: the compiler in ``CC`` builds for Windows elsewhere (tools/wine.py);
* ``IPIF_WERROR=1``: warnings are errors.
"""

import os
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

CROSS = os.environ.get("IPIF_CROSS") == "windows"
WINDOWS = CROSS or sys.platform == "win32"
WERROR = os.environ.get("IPIF_WERROR") == "1"

# With a GIL, every interpreter loads what was built for 3.11.  Free-threaded ones have a stable ABI
# from 3.15 on (abi3t, which interpreters with a GIL load too); before, each version needs a build
# of its own.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
ABI3T = FREE_THREADED and sys.version_info >= (3, 15)
STABLE_ABI = ABI3T or not FREE_THREADED
WHEEL_TAG = "cp315" if ABI3T else "cp311"

COMPILE = {
    "msvc": ["/std:c11", "/W4", "/utf-8", "/guard:cf", "/external:anglebrackets", "/external:W0"],
    "unix": ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-fvisibility=hidden"],
}
WARNINGS_ARE_ERRORS = {"msvc": ["/WX"], "unix": ["-Werror"]}
LINK = {"msvc": ["/guard:cf", "/DYNAMICBASE", "/NXCOMPAT", "/Brepro"], "unix": []}


class BuildExt(build_ext):
    """Compile with the flags of the compiler at hand."""

    def build_extensions(self) -> None:
        compiler = self.compiler.compiler_type
        for extension in self.extensions:
            extension.extra_compile_args += COMPILE.get(compiler, [])
            extension.extra_compile_args += WARNINGS_ARE_ERRORS.get(compiler, []) if WERROR else []
            extension.extra_link_args += LINK.get(compiler, [])
        super().build_extensions()

    def get_export_symbols(self, extension: Extension) -> list[str]:
        # setuptools asks the linker of Windows for PyInit_..., which abi3t has not; the C source
        # marks what it exports.
        return [] if ABI3T else super().get_export_symbols(extension)


def extension(name: str, sources: list[str], **options: list) -> Extension:
    """Return an extension for the stable ABI, or for the free-threaded interpreter that runs."""
    macros = options.pop("define_macros", [])
    libraries = options.pop("libraries", [])
    if ABI3T:
        macros.append(("Py_TARGET_ABI3T", "0x030f0000"))
    elif STABLE_ABI:
        macros.append(("Py_LIMITED_API", "0x030b0000"))
        if CROSS:
            libraries.append("python3")
    elif WINDOWS:
        macros.append(("Py_GIL_DISABLED", "1"))
    return Extension(
        name,
        sources,
        depends=[str(path) for path in sorted(Path("src").glob("**/*.h"))],
        define_macros=macros,
        libraries=libraries,
        # In a cross build the file name comes from SETUPTOOLS_EXT_SUFFIX; this would win.
        py_limited_api=STABLE_ABI and not CROSS,
        **options,
    )


simulated = extension(
    "ipif._ipif_sim",
    [
        "src/_ipif.c",
        "src/sim/layout.c",
        "src/sim/machine.c",
        "src/sim/netioapi.c",
        "src/sim/routing.c",
        "src/sim/notify.c",
        "src/sim/control.c",
        *([] if WINDOWS else ["src/sim/kernel32.c"]),
    ],
    # The SDK's header would say dllimport of functions that are linked in.
    define_macros=[
        ("PyInit__ipif", "PyInit__ipif_sim"),
        ("PyModExport__ipif", "PyModExport__ipif_sim"),
        ("IPHLPAPI_DLL_LINKAGE", ""),
    ],
    include_dirs=["src/sim", *([] if WINDOWS else ["src/sim/include"])],
)
native = extension("ipif._ipif", ["src/_ipif.c"], libraries=["iphlpapi"])

setup(
    ext_modules=[native, simulated] if WINDOWS else [simulated],
    cmdclass={"build_ext": BuildExt},
    options={"bdist_wheel": {"py_limited_api": WHEEL_TAG}} if STABLE_ABI else {},
)
