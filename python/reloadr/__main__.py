"""`python -m reloadr`."""

import sys

from reloadr.program.cli import main

if __name__ == "__main__":
    sys.exit(main())
