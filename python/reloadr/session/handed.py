"""Texts that are handed over instead of read from the module's file, which may be on another machine, or nowhere."""

from __future__ import annotations

import hashlib
import io
import linecache
import tokenize
from collections.abc import Iterable, Mapping

from reloadr._core import Snapshot
from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.report.reasons import Reason
from reloadr.report.refusals import RL318
from reloadr.session.pending import Pending

__all__ = ["Handed", "encoded", "hash_of", "pending_of", "refusals"]


def refusals(modules: Iterable[Tracked], base: Mapping[str, str], texts: Mapping[str, str]) -> tuple[Reason, ...]:
    """RL318 for each module that runs neither the text that the new one was made from, nor the new one already."""
    return tuple(
        Reason.of(
            RL318(base=base[each.name], running=each.running), module=each.name, qualname="", path=each.path, line=0
        )
        for each in modules
        if each.name in base and each.running not in (base[each.name], hash_of(texts[each.name]))
    )


def hash_of(text: str) -> str:
    """What tells a text from another one, as `Tracked.running` has it: of its bytes in the encoding it declares."""
    return hashlib.sha256(encoded(text)).hexdigest()


def pending_of(modules: Iterable[Tracked], texts: Mapping[str, str]) -> dict[str, Pending]:
    """The texts as if they had been found in the files of their modules."""
    return {each.path: Pending(Snapshot(each.path, encoded(texts[each.name]))) for each in modules}


def encoded(text: str) -> bytes:
    """As a file that declares its encoding would hold it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode()).readline)
        return text.encode(encoding)
    except (SyntaxError, UnicodeError):
        return text.encode()


class Handed:
    """Shows the texts that are live and in no file: to tracebacks, `inspect` and debuggers."""

    def __init__(self, tracked: Modules) -> None:
        self._tracked = tracked
        #: By path: the texts that were handed over, by the hash of their snapshots.
        self._texts: dict[str, dict[int, Snapshot]] = {}

    def took(self, files: Mapping[str, Pending]) -> None:
        """These were handed over; what of them is live is shown."""
        for path, each in files.items():
            texts = self._texts.setdefault(path, {})
            texts.pop(each.snapshot.hash, None)
            texts[each.snapshot.hash] = each.snapshot
            # `undo` brings back the one before, and none before that.
            for stale in list(texts)[:-2]:
                del texts[stale]
        self.show()

    def show(self) -> None:
        """Tells Python's cache of lines of the texts that are live."""
        for path, texts in list(self._texts.items()):
            for tracked in self._tracked.of(path):
                snapshot = texts.get(tracked.snapshot.hash)
                if snapshot is None:
                    continue
                lines = snapshot.text().splitlines(keepends=True)
                for name in {tracked.filename, tracked.path}:
                    # Without a time of change nobody compares it with the file.
                    linecache.cache[name] = (len(snapshot.data), None, lines, name)
