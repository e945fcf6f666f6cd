"""Print the command under a heading of the README: what is documented is what is run.

python3 tools/readme.py "Test it" | bash
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"

if __name__ == "__main__":
    heading, text = " ".join(sys.argv[1:]), README.read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.M | re.S)
    block = section and re.search(r"^```sh\n(.*?)^```$", section[1], re.M | re.S)
    if not block:
        raise SystemExit(f"README.md has no ```sh block under '## {heading}'")
    print(block[1], end="")
