"""The two extension modules and how they are compiled; everything else is in pyproject.toml.

``ipif._ipif`` (Windows only) links the system's iphlpapi.  ``ipif._ipif_sim`` (everywhere) is the
same C file, compiled together with the simulated netioapi in src/sim; it also holds the module
``_sim_control``.

The environment may say:

* ``IPIF_CROSS=windows``: the compiler in ``CC`` builds for Windows elsewhere (tools/wine.py);
* ``IPIF_WERROR=1``: warnings are errors;
* ``SOURCE_DATE_EPOCH``: the date of the files in the sdist and the wheel, in seconds since 1970.
"""

import gzip
import io
import json
import os
import shutil
import sys
import sysconfig
import tarfile
from pathlib import Path

# pip runs this before it reads which versions are supported.
if sys.version_info < (3, 11):  # noqa: UP036
    raise SystemExit(f"ipif needs Python 3.11 or newer; this is {sys.version.split()[0]}")

import setuptools
from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist
from setuptools.errors import BaseError, CCompilerError, PlatformError

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

NO_COMPILER = "ipif was not built: no C compiler was found. Install {}, or install a wheel: {}"
COMPILERS = {
    "win32": "the Build Tools for Visual Studio with 'Desktop development with C++'",
    "darwin": "Apple's command line tools (xcode-select --install)",
    "linux": "one (Debian and Ubuntu: apt install gcc python3-dev)",
}
ONLY_WHEELS = "pip install --only-binary=:all: ipif"


class BuildExt(build_ext):
    """Compile with the flags of the compiler at hand; say in one line why that failed."""

    def run(self) -> None:
        try:
            super().run()
        except (BaseError, CCompilerError) as error:
            raise SystemExit(f"error: {error}\n{self.reason(error)}") from None

    def reason(self, error: Exception) -> str:
        """Return what to do about an error of the compiler: the last line that people read."""
        # setuptools names the compiler first; for MSVC it has looked for it itself.
        command = getattr(self.compiler, "compiler_so", None)
        if isinstance(error, PlatformError) or (command and not shutil.which(command[0])):
            return NO_COMPILER.format(COMPILERS.get(sys.platform, "one"), ONLY_WHEELS)
        include = sysconfig.get_path("include")
        if not CROSS and not Path(include, "Python.h").is_file():
            return (
                f"ipif was not built: there is no Python.h in {include}. Install the headers of "
                "this Python (Debian and Ubuntu: apt install python3-dev)"
            )
        if WERROR:
            return (
                "ipif was not built: the compiler's messages are above. IPIF_WERROR=1 makes its "
                "warnings errors; unset it to build with warnings"
            )
        return (
            "ipif was not built: the compiler's messages are above. Please report them: "
            "https://github.com/ipif/ipif/issues"
        )

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


class Sdist(sdist):
    """With SOURCE_DATE_EPOCH, write the same bytes for the same files, as wheels are written."""

    def make_archive(self, base_name: str, format: str, **options: str) -> str:
        date = os.environ.get("SOURCE_DATE_EPOCH")
        if date is None or format != "gztar":
            return super().make_archive(base_name, format, **options)

        def neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
            member.mtime = int(date)
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            return member

        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
            archive.add(options["base_dir"], filter=neutral)
        path = Path(f"{base_name}.tar.gz")
        path.write_bytes(gzip.compress(data.getvalue(), mtime=int(date)))
        return str(path)


class BdistWheel(bdist_wheel):
    """Put a software bill of materials into the wheel (PEP 770)."""

    def write_wheelfile(self, wheelfile_base: str, *arguments: str, **options: str) -> None:
        super().write_wheelfile(wheelfile_base, *arguments, **options)
        folder = Path(wheelfile_base, "sboms")
        folder.mkdir(exist_ok=True)
        text = json.dumps(self.bill_of_materials(), indent=2) + "\n"
        (folder / "ipif.cdx.json").write_bytes(text.encode())

    def bill_of_materials(self) -> dict:
        """Return what the wheel holds, as CycloneDX: ipif alone, which needs nothing else."""
        version = self.distribution.get_version()
        package = f"pkg:pypi/ipif@{version}"
        return {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "lifecycles": [{"phase": "build"}],
                "tools": {
                    "components": [
                        {
                            "type": "application",
                            "name": "setuptools",
                            "version": setuptools.__version__,
                            "purl": f"pkg:pypi/setuptools@{setuptools.__version__}",
                        }
                    ]
                },
                "component": {
                    "type": "library",
                    "bom-ref": package,
                    "name": "ipif",
                    "version": version,
                    "purl": package,
                    "licenses": [{"license": {"id": "MIT"}}],
                },
            },
            "components": [],
            "dependencies": [{"ref": package, "dependsOn": []}],
            "compositions": [{"aggregate": "complete", "dependencies": [package]}],
        }


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
    cmdclass={"build_ext": BuildExt, "bdist_wheel": BdistWheel, "sdist": Sdist},
    options={"bdist_wheel": {"py_limited_api": WHEEL_TAG}} if STABLE_ABI else {},
)
