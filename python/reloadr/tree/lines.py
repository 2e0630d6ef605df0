"""Messages as lines of JSON: what comes in pieces is put together here."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["Lines", "line"]


def line(message: object) -> bytes:
    """A message as it is sent."""
    return json.dumps(message).encode() + b"\n"


class Lines:
    """The messages of one sender."""

    def __init__(self) -> None:
        self._rest = b""

    def __len__(self) -> int:
        """How much there is of a message whose end has not come yet."""
        return len(self._rest)

    def take(self, data: bytes) -> list[Any]:
        """The messages that are complete by now. Raises ValueError for what is none."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(each) for each in lines]
