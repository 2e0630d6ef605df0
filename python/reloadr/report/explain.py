"""The page of each reason: an example, why it comes, what to do. Its text is `reasons.md` beside this file."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["pages"]


@cache
def pages() -> dict[str, str]:
    """The text of each code's page, by code; its first line is a heading, `RL206: a value that ...`."""
    text = files("reloadr.report").joinpath("reasons.md").read_text("utf-8")
    found = re.findall(r"^## ((RL\d+): .*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return {code: page.rstrip() for page, code in found}
