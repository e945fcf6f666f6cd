"""Build what a release consists of, as far as one Linux machine can, and check it.

    python3 tools/wheels.py                 # the settings; then build, check and try
    python3 tools/wheels.py check FILE...   # sdists and wheels that were built elsewhere
    python3 tools/wheels.py check --release DIR   # and that DIR has every file of a release
    python3 tools/wheels.py pin             # requirements/*.txt, with the newest versions

Without a command: the metadata and the settings of cibuildwheel are checked; the sdist is built,
from it the Linux wheel, which auditwheel gives its manylinux tag; the Windows wheels are
cross-compiled as tools/wine.py does; all are checked, and the Linux wheel is tried in an empty
environment. Released wheels are built by .github/workflows/wheels.yml, which runs *check* on them.

All is built twice, and must be the same bytes. The programs are those of requirements/build.txt and
wheels.txt, in .venv-wheels, installed by their hashes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from environments import ROOT, environment, install, must, only_build
from wine_lane.cross import TARGETS
from wine_lane.cross import wheel as windows_wheel

#: The interpreters that build or test a wheel, and the platforms, as cibuildwheel names them.
PYTHONS = ("cp311", "cp312", "cp313", "cp314", "cp314t", "cp315", "cp315t")
PLATFORMS = {
    "windows": ("win_amd64", "win32", "win_arm64"),
    "linux": (
        "manylinux_x86_64",
        "manylinux_aarch64",
        "musllinux_x86_64",
        "musllinux_aarch64",
    ),
    "macos": ("macosx_x86_64", "macosx_arm64"),
}

#: The wheels of a release: each of these tags for each of these platforms.
TAGS = ("cp311-abi3", "cp314-cp314t", "cp315-abi3.abi3t")
WHEEL_PLATFORMS = (
    "win_amd64",
    "win32",
    "win_arm64",
    "manylinux*_x86_64",
    "manylinux*_aarch64",
    "musllinux*_x86_64",
    "musllinux*_aarch64",
    "macosx*_x86_64",
    "macosx*_arm64",
)

#: In it, NAME.txt is made from the dependency group NAME.
REQUIREMENTS = ROOT / "requirements"
PINNED = ("build", "cibuildwheel", "wheels")

#: The date of the files in what is built here: 1980, where zip's calendar begins.
DATE = "315532800"

#: What a release says to the C compiler and the linker on Linux: no symbols.
STRIPPED = {"CFLAGS": "-g0", "LDFLAGS": "-Wl,-s"}

BILL = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
if error:
    sys.exit(f"the bill of materials is no CycloneDX 1.6: {error!r}")
"""

SYMBOLS = """
import sys
from elftools.elf.elffile import ELFFile
with open(sys.argv[1], "rb") as file:
    if ELFFile(file).get_section_by_name(".symtab"):
        sys.exit("the module is not stripped")
"""

TRY = """
import ipif
with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
    assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == 1400
print("ipif", ipif.__version__, ipif.backend)
"""


def release_programs() -> Path:
    """Return the Python of .venv-wheels, with what builds and checks a release, all pinned."""
    python = environment("wheels")
    files = [REQUIREMENTS / "build.txt", REQUIREMENTS / "wheels.txt"]
    install(
        python,
        "--require-hashes",
        "--only-binary=:all:",
        *(f"--requirement={file}" for file in files),
    )
    return python


def pin(python: Path) -> None:
    """Write requirements/*.txt: the newest versions, each with the hashes of its files."""
    REQUIREMENTS.mkdir(exist_ok=True)
    for group in PINNED:
        must(python, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes",
             "--upgrade", "--python-version", "3.11", "--no-annotate",
             "--custom-compile-command", "python3 tools/wheels.py pin",
             "--group", group, "--output-file", f"requirements/{group}.txt")  # fmt: skip


def check_settings(python: Path) -> None:
    """Check pyproject.toml, and that cibuildwheel builds and tests what it should."""
    must(python, "-m", "validate_pyproject", "pyproject.toml")
    for platform, names in PLATFORMS.items():
        command = ["cibuildwheel", "--print-build-identifiers", "--platform", platform, str(ROOT)]
        answer = subprocess.check_output([python, "-m", *command], cwd=ROOT, text=True)
        found = set(answer.split())
        wanted = {f"{tag}-{name}" for tag in PYTHONS for name in names}
        if found != wanted:
            raise SystemExit(
                f"cibuildwheel would build the wrong set for {platform}; "
                f"missing: {sorted(wanted - found)}; not wanted: {sorted(found - wanted)}"
            )
        print(f"-- cibuildwheel, {platform}: {len(found)} builds and tests", flush=True)


def build_sdist(python: Path, folder: Path) -> Path:
    """Return the sdist of the checkout, built in *folder*."""
    with only_build():
        # The files that an old list has go into the sdist, too.
        shutil.rmtree(ROOT / "src" / "ipif.egg-info", ignore_errors=True)
        must(python, "-m", "build", "--quiet", "--sdist", "--no-isolation", "--outdir", folder,
             SOURCE_DATE_EPOCH=DATE)  # fmt: skip
    [archive] = folder.glob("*.tar.gz")
    return archive


def build_linux_wheel(python: Path, tree: Path, folder: Path) -> Path:
    """Return the wheel of an unpacked sdist, built in *folder* as a release is on Linux.

    It is stripped, a warning of the compiler is an error, and auditwheel has given it the tag of
    the oldest Linux that runs it.
    """
    built, path = folder / "built", f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    must(python, "-m", "build", "--quiet", "--wheel", "--no-isolation", "--outdir", built, cwd=tree,
         IPIF_WERROR="1", SOURCE_DATE_EPOCH=DATE, **STRIPPED)  # fmt: skip
    [wheel] = built.iterdir()
    must(python, "-m", "auditwheel", "repair", "--wheel-dir", folder, wheel,
         PATH=path, SOURCE_DATE_EPOCH=DATE)  # fmt: skip
    [repaired] = folder.glob("*.whl")
    if "-manylinux" not in repaired.name:
        raise SystemExit(f"auditwheel found no manylinux tag: {repaired.name}")
    return repaired


def check_contents(python: Path, wheel: Path) -> None:
    """Check the files in a wheel that no other program looks at."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as temporary:
        names = archive.namelist()
        manifests = [f".data/scripts/{path.name}" for path in (ROOT / "src" / "dsc").iterdir()]
        documents = (".dist-info/sboms/ipif.cdx.json", ".dist-info/licenses/LICENSE")
        for ending in (*documents, *manifests):
            if not any(name.endswith(ending) for name in names):
                raise SystemExit(f"{wheel.name} has no *{ending}")
        [bill] = [name for name in names if name.endswith("/ipif.cdx.json")]
        subprocess.run([python, "-c", BILL], input=archive.read(bill), check=True)
        for name in names:
            if name.endswith(".so") and "linux" in wheel.name:
                must(python, "-c", SYMBOLS, archive.extract(name, temporary))


def check_files(python: Path, files: Sequence[Path]) -> None:
    """Check sdists and wheels with the usual programs."""
    must(python, "-m", "twine", "check", "--strict", *files)
    for file in files:
        print(f"-- {file.name}", flush=True)
        if file.suffix == ".whl":
            must(python, "-m", "check_wheel_contents", file)
            if "abi3" in file.name:
                must(python, "-m", "abi3audit", "--strict", "--summary", file)
            check_contents(python, file)
        else:
            # Two of its ten points are for the e-mail address of an author; there is none.
            must(python, "-m", "pyroma", "--min=8", file)


def check_complete(files: Sequence[Path]) -> None:
    """Check that these are the files of a release: the sdist, and every wheel once."""
    wheels = sorted(file.name for file in files if file.suffix == ".whl")
    problems = []
    for tag in TAGS:
        for platform in WHEEL_PLATFORMS:
            # auditwheel may write two names for one platform, the older one behind a dot.
            found = [
                name
                for name in wheels
                if fnmatchcase(name, f"ipif-*-{tag}-{platform}.whl")
                or fnmatchcase(name, f"ipif-*-{tag}-{platform}.*.whl")
            ]
            if len(found) != 1:
                problems.append(f"{len(found)} wheels for {tag}-{platform}")
            wheels = [name for name in wheels if name not in found]
    problems += [f"not part of a release: {name}" for name in wheels]
    sdists = [file.name for file in files if file.name.endswith(".tar.gz")]
    if len(sdists) != 1:
        problems.append(f"{len(sdists)} sdists")
    if problems:
        raise SystemExit("\n".join(problems))
    print(f"-- complete: the sdist and {len(files) - 1} wheels", flush=True)


def try_in_empty_environment(wheel: Path, folder: Path) -> None:
    """Install a wheel where nothing else is, and use it."""
    must(sys.executable, "-m", "venv", folder / "empty")
    python = folder / "empty" / "bin" / "python"
    install(python, "--no-index", "--no-deps", wheel)
    must(python, "-X", "dev", "-W", "error", "-I", "-c", TRY, cwd=folder, IPIF_BACKEND="simulated")
    scripts = folder / "empty" / "bin"
    must(scripts / "ipif", "list", cwd=folder, IPIF_BACKEND="simulated")
    for manifest in sorted(scripts.glob("*.dsc.resource.json")):
        resource = json.loads(manifest.read_text(encoding="utf-8"))
        call = resource["schema"]["command"]
        answer = subprocess.check_output([scripts / call["executable"], *call["args"]], cwd=folder)
        print(f"-- {manifest.name}: {len(json.loads(answer)['properties'])} properties", flush=True)


def build_files(python: Path, folder: Path) -> list[Path]:
    """Return the sdist and the Linux wheel, built in *folder*."""
    sdist = build_sdist(python, folder / "sdist")
    shutil.unpack_archive(sdist, folder, filter="data")
    tree = folder / sdist.name.removesuffix(".tar.gz")
    return [sdist, build_linux_wheel(python, tree, folder / "linux")]


def build_and_check(python: Path) -> None:
    """Do all that this machine can do."""
    check_settings(python)
    with tempfile.TemporaryDirectory() as temporary:
        first, second = (build_files(python, Path(temporary, name)) for name in ("1", "2"))
        for file, again in zip(first, second, strict=True):
            if file.read_bytes() != again.read_bytes():
                raise SystemExit(f"two builds of {file.name} differ")
        check_files(python, [*first, *(windows_wheel(target) for target in TARGETS)])
        try_in_empty_environment(first[1], Path(temporary))


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build, check and pin what is released.")
    commands = parser.add_subparsers(dest="command")
    check = commands.add_parser("check", help="check sdists and wheels that are there")
    check.add_argument("files", nargs="*", type=Path, metavar="FILE")
    check.add_argument("--release", type=Path, metavar="DIR", help="all files of a release")
    commands.add_parser("pin", help="write requirements/*.txt with the newest versions")
    options = parser.parse_args(argv)
    if options.command == "check":
        if options.release:
            options.files += sorted(options.release.iterdir())
        if not options.files:
            check.error("name the files to check")
    return options


def main(argv: list[str]) -> int:
    options = parse(argv)
    if options.command == "check" and options.release:
        check_complete(options.files)
    if options.command == "pin":
        pin(environment("wheels", "wheels"))
    elif options.command == "check":
        check_files(release_programs(), options.files)
    else:
        build_and_check(release_programs())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
