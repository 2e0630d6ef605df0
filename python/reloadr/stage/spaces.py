"""Namespaces that are being patched, and namespaces that code runs in before what it binds is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reloadr.live.kinds import is_a
from reloadr.stage.steps import DICT, MISSING, TYPE, Step


@dataclass
class Space:
    """A namespace that is being patched, and what is to become of its names."""

    live: Mapping[str, object]
    owner: dict[str, object] | type
    stage: dict[str, object] = field(default_factory=dict)

    def get(self, name: str) -> object:
        """The value a name will have; MISSING if none."""
        value = self.stage.get(name, self)
        return self.live.get(name, MISSING) if value is self else value

    def steps(self) -> list[Step]:
        """What carries the stage over."""
        kind = TYPE if is_a(self.owner, type) else DICT
        return [(kind, self.owner, name, value) for name, value in self.stage.items()]


class Recorder(dict[str, object]):
    """A namespace that code runs in, or writes to, before it is live: sees what is there, records what is stored."""

    def __init__(self, seen: Mapping[str, object]) -> None:
        super().__init__(seen)
        self.stored: dict[str, object] = {}

    def __setitem__(self, name: str, value: object) -> None:
        self.stored[name] = value
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self.stored[name] = MISSING
        super().__delitem__(name)

    def update(self, *more: Any, **names: object) -> None:
        for name, value in dict(*more, **names).items():
            self[name] = value

    def setdefault(self, name: str, value: object = None) -> object:
        if name not in self:
            self[name] = value
        return self[name]

    def pop(self, name: str, *default: object) -> object:
        if name in self:
            self.stored[name] = MISSING
        return super().pop(name, *default)
