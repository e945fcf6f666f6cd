"""``python -m ipif``: the command of the package."""

from __future__ import annotations

import sys

from ipif._cli.main import main

if __name__ == "__main__":
    sys.exit(main())
