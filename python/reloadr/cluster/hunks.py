"""What of a text another one changes: as it is sent to who has the first.

A text of 5,000 lines of which one is edited costs that line. Whether the other side has the first text, and whether it
came to the second, is told by their hashes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reloadr.session.handed import hash_of

__all__ = ["Source", "packed", "unpacked"]

#: A module: its text, and whatever else is needed to make a module of it. `text` may be given as `hunks` of a `base`.
Source = Mapping[str, Any]
#: Lines from, lines to (exclusive), and what stands there instead.
Hunk = tuple[int, int, str]

#: Texts that differ in more lines than this between their first and last difference are not looked at in detail.
LINES = 1000


def packed(source: Source, base: Source | None) -> Source:
    """A source for who has the base; as it is where that would be no shorter."""
    old, new = None if base is None else base.get("text"), source.get("text")
    if base is None or old is None or new is None:
        return source
    hunks = list(_hunks(_lines(old), _lines(new)))
    if sum(len(text) for _, _, text in hunks) > len(new) / 2:
        return source
    return {**{key: value for key, value in source.items() if key != "text"}, "base": base["hash"], "hunks": hunks}


def unpacked(source: Source, base: Source | None) -> Source | None:
    """The source that was packed; None where what it is to be made from is not there."""
    if "hunks" not in source:
        return source
    if base is None or base.get("text") is None or base["hash"] != source["base"]:
        return None
    lines = _lines(base["text"])
    for start, end, text in reversed(source["hunks"]):
        lines[start:end] = [text]
    text = "".join(lines)
    if hash_of(text) != source["hash"]:
        return None
    return {**{key: value for key, value in source.items() if key not in ("base", "hunks")}, "text": text}


def _lines(text: str) -> list[str]:
    # Not at what else `splitlines` takes for the end of a line: a form feed.
    lines = text.split("\n")
    return [*(f"{line}\n" for line in lines[:-1]), lines[-1]]


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    shorter = min(len(old), len(new))
    first = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    last = next((at for at in range(shorter - first) if old[-1 - at] != new[-1 - at]), shorter - first)
    before, after = old[first : len(old) - last], new[first : len(new) - last]
    if max(len(before), len(after)) > LINES:
        yield first, first + len(before), "".join(after)
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        if what != "equal":
            yield first + start, first + end, "".join(after[new_start:new_end])
