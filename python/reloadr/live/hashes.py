"""What runs in some modules, by the SHA-256 of its source: each is computed when somebody asks.

Every report has them, few are asked, and a hash takes as long as the file is large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from reloadr._core import Outline, Snapshot
from reloadr.live.module import Tracked

__all__ = ["Hashes"]


class Hashes(Mapping[str, str]):
    """Of what runs now, by module, as hexadecimal digits; however the modules go on."""

    def __init__(self, modules: Iterable[Tracked]) -> None:
        self._sources: dict[str, str | Snapshot | Outline] = {each.name: each.source for each in modules}

    def __getitem__(self, name: str) -> str:
        source = self._sources[name]
        if not isinstance(source, str):
            data = source.data if isinstance(source, Snapshot) else source.text.encode()
            source = self._sources[name] = sha256(data).hexdigest()
        return source

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (dict(self),)
