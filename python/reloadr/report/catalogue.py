"""Every reason that a report can give, by its code: RL2xx is a caveat, RL3xx a restart, RL4xx a rejection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reloadr.report import caveats, refusals
from reloadr.report.kinds import Kind

__all__ = ["CATALOGUE"]

CATALOGUE: Final[Mapping[str, type[Kind]]] = {
    name: each for module in (caveats, refusals) for name, each in vars(module).items() if name.startswith("RL")
}
