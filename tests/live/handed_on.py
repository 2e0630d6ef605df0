"""What programs do as they are loaded: each kind a few lines, with what may be chosen in them.

In `handed_on.txt`: `«a|b»` is a choice, `$` a number from 1 to 5, `#` the letters of the item; `§const§` and the like
stand for what an item above, or one of a module that is loaded before, offers. A head says which kind it is, and what
it offers under which name.
"""

from __future__ import annotations

from pathlib import Path


def _kinds(text: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for piece in text.split("=== ")[1:]:
        head, _, body = piece.partition("\n")
        name, _, offers = head.partition(": ")
        found[name] = offers, body.rstrip("\n") + "\n"
    return found


#: A kind: what it offers (as `kind name`, where it offers something), and its text.
KINDS = _kinds(Path(__file__).with_suffix(".txt").read_text("utf-8"))
