"""What each thread keeps in a `threading.local`: one dict a thread, which no attribute of the object leads to.

local = threading.local()
local.conn = conn                  # in the dict of the thread that runs this line
"""

from __future__ import annotations

import gc
import threading
import weakref

from reloadr._core import instances
from reloadr.live.kinds import is_a

__all__ = ["all_thread_dicts", "thread_dicts"]


def thread_dicts(local: threading.local) -> list[dict[str, object]]:
    """The attributes of a `threading.local` as each of the threads sees them."""
    # From its C structure: an attribute of it is that of the asking thread, and makes it one where it has none.
    tables = [each for each in gc.get_referents(local) if type(each) is dict]
    return [value for table in tables for key, value in list(table.items()) if _is_of_thread(key)]


def all_thread_dicts() -> list[tuple[threading.local, dict[str, object]]]:
    """Those of all such objects of the process."""
    found = instances([threading.local], True)
    return [(each, held) for each in found if is_a(each, threading.local) for held in thread_dicts(each)]


def _is_of_thread(key: object) -> bool:
    """Whether a key stands for a thread: what lives as long as it does, before 3.13 by a weak reference."""
    if type(key) is weakref.ref:
        key = key()
    return type(key).__name__ == "_localdummy"
