"""`python -m reloadr.testing`, as which `reloadr test` goes on."""

from __future__ import annotations

import sys

try:
    import pytest
except ImportError:
    pytest = None  # type: ignore[assignment]

if __name__ == "__main__":
    if pytest is None:
        print("reloadr test: pytest is not installed", file=sys.stderr)
        sys.exit(2)
    from reloadr.testing.warm import Warm

    sys.exit(Warm(sys.argv[1:]).run())
