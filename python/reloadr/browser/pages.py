"""Which responses are pages, and what is put into them: one line with a script, at their end.

Browsers read what comes behind `</html>` as part of the body. So nothing has to be looked for in what is sent, which
may come in pieces, and nothing is kept back.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reloadr.browser.folders import folders
from reloadr.browser.news import news
from reloadr.plugins import say

__all__ = ["PREFIX", "Asked", "Headers", "longer"]

#: Below it are our own addresses.
PREFIX: Final = "/__reloadr__/"

Headers = list[tuple[str, str]]

#: What a response has that is not to be touched: parts of one, downloads.
_NO_PAGES = {"content-range"}
_NONCE = re.compile(r"'nonce-([^']+)'")
_said: set[str] = set()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request by somebody who loads a page."""

    method: str
    #: What the application's own addresses begin with.
    root: str
    #: The state of the program when it came.
    seen: str

    @classmethod
    def of(cls, method: str, root: str, headers: Mapping[str, str]) -> Asked | None:
        """None where it is no browser that loads a page: what scripts ask for is put into one."""
        if method == "HEAD" or "text/html" not in headers.get("accept", ""):
            return None
        if headers.get("sec-fetch-dest", "document") not in ("document", "iframe", "frame"):
            return None
        if "hx-request" in headers or headers.get("x-requested-with", "") == "XMLHttpRequest":
            return None
        return cls(method, root.rstrip("/"), news.now)

    def addition(self, status: int, headers: Iterable[tuple[str, str]]) -> bytes:
        """What is put at the end of the answer: nothing, if it is no page."""
        given = {name.lower(): value for name, value in headers}
        if status < 200 or status in (204, 205, 206, 304) or not _is_page(given):
            return b""
        # From before the page is there: what is saved from then on is news to it.
        folders.look()
        nonce = _NONCE.search(given.get("content-security-policy", ""))
        words = ["<script", f'src="{html.escape(self.root)}{PREFIX}page.js"', f'data-seen="{self.seen}"']
        words += [f'nonce="{html.escape(nonce[1])}"'] if nonce else []
        # To load it again would send the form once more.
        words += ["data-stays"] if self.method != "GET" else []
        return f"\n{' '.join(words)} async></script>\n".encode()


def _is_page(given: Mapping[str, str]) -> bool:
    kind, _, more = given.get("content-type", "").lower().partition(";")
    if kind.strip() != "text/html" or "utf-16" in more or "utf-32" in more or not _NO_PAGES.isdisjoint(given):
        return False
    if given.get("content-disposition", "").lower().startswith("attachment"):
        return False
    coding = given.get("content-encoding", "identity").lower()
    if coding not in ("", "identity"):
        if coding not in _said:
            _said.add(coding)
            say(logging.WARNING, f"no browser is told of saves: the pages are sent as {coding}, which is left alone")
        return False
    return True


def longer(headers: Iterable[tuple[str, str]], count: int) -> Headers:
    """The headers of an answer that has become longer."""
    return [(name, str(int(value) + count) if name.lower() == "content-length" else value) for name, value in headers]
