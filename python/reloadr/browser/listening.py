"""The stream of events that an open page listens to: one message, then the page asks again, from where it is by then.

Whoever serves it holds it open as long as nothing happens; where that would keep others waiting it ends at once, and
the page asks each second.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from reloadr import plugins
from reloadr.browser.folders import folders
from reloadr.browser.news import news
from reloadr.browser.pages import PREFIX, Headers
from reloadr.session.session import session

__all__ = ["LOOK", "SETTLE", "Listener", "resource"]

#: How often it is looked whether the server is about to end or the page is gone; how long more may follow what was
#: saved; how long a stream is open at most; how often something is sent over it; seconds.
LOOK: Final = 0.25
SETTLE: Final = 0.05
LIFE: Final = 60.0
PULSE: Final = 10.0
#: When a page asks again, milliseconds: after the end of what was held open, and of what was not.
AGAIN: Final = {True: 200, False: 1000}

SCRIPT: Final = Path(__file__).with_name("page.js").read_bytes()

#: Loggers of requests, in which ours would be noise.
_LOGS = (
    *("werkzeug", "django.server", "uvicorn.access", "hypercorn.access", "gunicorn.access", "granian.access"),
    "aiohttp.access",
)
_quiet: list[logging.Filter] = []


class _Quiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.INFO or PREFIX not in record.getMessage()


def resource(path: str, root: str = "") -> str:
    """Which of ours is asked for: `page.js`, `events`; "" for none."""
    for prefix in (PREFIX, f"{root.rstrip('/')}{PREFIX}"):
        name = path.removeprefix(prefix)
        if name != path and name in ("page.js", "events"):
            if not _quiet:
                _quiet.append(_Quiet())
                for each in _LOGS:
                    logging.getLogger(each).addFilter(_quiet[0])
            return name
    return ""


def headers(kind: str) -> Headers:
    """Those of our answers."""
    return [("Content-Type", f"{kind}; charset=utf-8"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")]


class Listener:
    """One page that listens."""

    def __init__(self, query: str, *, holds: bool) -> None:
        given = parse_qs(query)
        self._seen = given.get("seen", [""])[0]
        self._is_error = given.get("shows") == ["error"]
        self._heard = len(news.words)
        self._holds = holds
        self._until = time.monotonic() + LIFE
        self._pulse = time.monotonic() + PULSE
        folders.look()

    def first(self) -> bytes:
        """What the stream begins with; all of it where it is not held open."""
        message = b"" if self._holds else self.message() or b""
        return f"retry: {AGAIN[self._holds]}\n\n".encode() + message

    @property
    def is_over(self) -> bool:
        """Whether it has been open for long, or the server wants to end."""
        return not self._holds or time.monotonic() > self._until or any(each.is_ending() for each in plugins.awake())

    def words(self) -> bytes:
        """What is to be said, and keeps nobody from listening on."""
        said = [{"do": "say", "text": text} for text in news.words[self._heard :]]
        self._heard += len(said)
        pulse = time.monotonic() > self._pulse
        if pulse:
            self._pulse = time.monotonic() + PULSE
        return b"".join(map(_event, said)) + (b":\n\n" if pulse else b"")

    def message(self) -> bytes | None:
        """What the page is to do now; None for nothing."""
        if self._is_error and not session.pending.is_wrong:
            return _event({"do": "page", "now": f"{news.now}.mended"})
        found = news.since(self._seen)
        return _event(found) if found is not None else None


def _event(message: object) -> bytes:
    return f"data: {json.dumps(message)}\n\n".encode()
