"""`python -m reloadr.verify OLD NEW -- PROGRAM`: plays an edit in a throw-away process and verifies it.

The public function `reloadr.verify` has this module's name, and an import binds in the package what it finds in
`sys.modules`: whoever imports the module is given the function, which stays what the name means.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from reloadr.program.play import main

    sys.exit(main(sys.argv[1:]))
else:
    from reloadr.proof.verification import verify

    sys.modules[__name__] = verify  # type: ignore[assignment]
