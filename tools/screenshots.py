"""Write the pictures of the command in docs/images: what real runs write to a terminal.

Run it with a Python that has ipif, rich and ptyprocess, after a change of what a command writes:

    python tools/screenshots.py            # writes the pictures
    python tools/screenshots.py --check    # only compares the text, and ends with 1 when it differs

The machine is the bundled one, or that of docs/machines/vpn.json. Clocks are those of the scripts
below, so that each run makes the same picture. The pictures need no font and no other file.
"""

from __future__ import annotations

import html
import io
import os
import re
import select
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
COLUMNS = 80
PAUSE = 0.2  # seconds without output, before the picture is taken

# A document for apply.
OFFICE = """\
[[interfaces]]
match = { alias = "Ethernet" }
ipv4 = { Metric = 10, NlMtu = 1400 }
ipv6 = { Metric = 10 }

[[interfaces]]
match = { alias = "Wi-Fi" }
ipv4 = { Metric = 50 }
"""

# The clock of the countdown jumps to 24 seconds before its end, and stops there.
COUNTDOWN = """
import sys, time
from types import SimpleNamespace
from ipif._cli import confirm
from ipif._cli.main import main
clock = 0.0
def sleep(seconds):
    global clock
    if clock:
        time.sleep(30)
    clock = 36.0
confirm.time = SimpleNamespace(monotonic=lambda: clock, sleep=sleep)
sys.exit(main())
"""

# Changes the machine while the command watches it: each time when it has shown what was before.
CHANGES = """
import sys, threading
from datetime import datetime, timedelta
import ipif
from ipif import simulation
from ipif._cli import events
from ipif._cli.main import main
moment = datetime(2026, 1, 5, 14, 3, 21)
shown, waits, get = threading.Semaphore(0), threading.Event(), ipif.Watch.get
def now():
    waits.clear()
    shown.release()
    return moment
def get_next(watch, timeout):
    waits.set()
    return get(watch, timeout)
events._now, ipif.Watch.get = now, get_next
def change():
    global moment
    for step, lines in (
        (lambda: ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1400), 1),
        (lambda: ipif.update_interface("Ethernet", None, Metric=10), 2),
        (lambda: simulation.set_link("OpenVPN Wintun", up=True), 2),
        (lambda: simulation.unbind("vEthernet (WSL)", "ipv6"), 1),
    ):
        waits.wait()
        moment += timedelta(seconds=7)
        step()
        for _ in range(lines):
            shown.acquire()
    waits.wait()
    print("done", flush=True)
threading.Thread(target=change, daemon=True).start()
sys.exit(main())
"""


class Picture(NamedTuple):
    """A command to show."""

    command: str
    code: str = ""  # runs main(), instead of python -m ipif
    until: str = ""  # a text that it writes, after which the picture is taken


PICTURES = {
    "list": Picture("ipif list"),
    "route": Picture("ipif --simulate vpn.json route 8.8.8.8"),
    "apply": Picture("ipif apply office.toml --confirm 60", COUNTDOWN, "reverted in 24 s"),
    "watch": Picture("ipif watch", CHANGES, "done"),
}

SEQUENCE = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")

# The picture: as that of rich, but without a font that would have to be downloaded.
FORM = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<!-- Made by tools/screenshots.py: do not edit. -->
<style>
.{unique_id}-matrix {{
  font-family: "Cascadia Mono", Consolas, "DejaVu Sans Mono", Menlo, monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
  font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def is_complete(data: bytes, picture: Picture) -> bool:
    """Return whether the text has been written after which the picture is taken."""
    plain = SEQUENCE.sub("", data.decode("utf-8", "ignore"))
    return picture.until != "" and picture.until in plain


def written(picture: Picture, folder: Path) -> str:
    """Return what the command writes to a terminal, up to where the picture is taken."""
    import ptyprocess  # type: ignore[import-untyped, import-not-found, unused-ignore]

    environment = {**os.environ, "IPIF_BACKEND": "simulated", "TERM": "xterm-256color"}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONWARNINGS"):
        environment.pop(name, None)
    how = ["-c", picture.code] if picture.code else ["-m", "ipif"]
    process = ptyprocess.PtyProcess.spawn(
        [sys.executable, *how, *picture.command.split()[1:]],
        cwd=folder,
        env=environment,
        dimensions=(40, COLUMNS),
    )
    data = b""
    try:
        while select.select([process.fd], [], [], PAUSE if is_complete(data, picture) else 30)[0]:
            try:
                data += process.read(4096)
            except EOFError:
                break
    finally:
        process.close(force=True)
    text = data.decode("utf-8", "ignore").replace("\r\n", "\n")
    if picture.until == "done":
        text = text.partition("done")[0]
    elif not picture.until and process.exitstatus != 0:
        raise SystemExit(f"{picture.command} ended with {process.exitstatus}:\n{text}")
    return text


def render(name: str, folder: Path) -> str:
    """Return the picture as SVG."""
    from rich.console import Console
    from rich.text import Text

    picture = PICTURES[name]
    shown = written(picture, folder).rstrip("\n")
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        highlight=False,
    )
    console.print(Text.assemble(("$ ", "dim"), picture.command))
    for line in shown.split("\n"):
        console.print(Text.from_ansi(line), soft_wrap=True)
    svg = console.export_svg(title=picture.command, code_format=FORM, unique_id=f"ipif-{name}")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def text_of(svg: str) -> list[str]:
    """Return the texts of a picture."""
    found = re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)
    return [html.unescape(text).replace("\xa0", " ").rstrip() for text in found]


def main(arguments: list[str]) -> int:
    """Write the pictures, or compare them."""
    import tempfile

    different = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "office.toml").write_text(OFFICE, encoding="utf-8")
        machine = ROOT / "docs" / "machines" / "vpn.json"
        (folder / "vpn.json").write_bytes(machine.read_bytes())
        for title in PICTURES:
            svg = render(title, folder)
            file = FOLDER / f"{title}.svg"
            if arguments != ["--check"]:
                FOLDER.mkdir(exist_ok=True)
                file.write_text(svg, encoding="utf-8", newline="\n")
            elif not file.exists() or text_of(file.read_text(encoding="utf-8")) != text_of(svg):
                different.append(file.name)
    for name in different:
        print(f"docs/images/{name} is not what the command writes: run tools/screenshots.py")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
