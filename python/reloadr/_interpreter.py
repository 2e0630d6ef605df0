"""Refuses a sub-interpreter before anything else is imported there.

Patching reaches for objects by walking the heap and the frames of all threads, which are those of one
interpreter, and the compiled core keeps its state once a process.
"""

from __future__ import annotations

import sys

_NAMES = ("_interpreters", "_xxsubinterpreters")


def others() -> int:
    """How many interpreters there are in this process besides the main one."""
    for name in _NAMES:
        module = sys.modules.get(name)
        if module is not None:
            return len(module.list_all()) - 1
    return 0


def _is_main() -> bool:
    for name in _NAMES:
        module = sys.modules.get(name)
        try:
            module = module or __import__(name)
            current = module.get_current()
            main = module.get_main()
        except (ImportError, AttributeError):
            continue
        # Since CPython 3.13 each is a pair of an id and an origin.
        number, other = (each[0] if isinstance(each, tuple) else each for each in (current, main))
        return bool(number == other)
    return True


if not _is_main():
    raise ImportError("reloadr works in the main interpreter only: import it there, not in a sub-interpreter")
