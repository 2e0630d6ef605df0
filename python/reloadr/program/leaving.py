"""The end of a program that is ended to be started again: what nobody could notice of it is left out.

At its end Python takes a process apart, and looks for circles among all objects several times over: with pandas and
Django that is a quarter of what a cold start costs, and gives back memory that the system gets back anyway. What can be
noticed of it are finalizers. Where nothing that lives has one that does something, circles are left as they are.
"""

from __future__ import annotations

import _io
import _socket
import contextlib
import dis
import gc
import sys
from itertools import compress
from types import CoroutineType, GeneratorType

from reloadr.live import locate

__all__ = ["leave_circles"]

#: Streams that do nothing when they go but write what they still hold, and give back a descriptor.
_STREAMS = (
    _io.FileIO,
    _io.BufferedReader,
    _io.BufferedWriter,
    _io.BufferedRandom,
    _io.BufferedRWPair,
    _io.TextIOWrapper,
    _io.BytesIO,
    _io.StringIO,
)
#: What the interpreter does in a function that only has `del self.attribute`.
_LETTING_GO = {"RESUME", "DELETE_ATTR", "RETURN_VALUE", "RETURN_CONST"} | {
    *("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_CONST", "LOAD_COMMON_CONSTANT"),
}


def leave_circles() -> None:
    """Has Python look for no circles any more, if nothing can be noticed of that. Called as the last thing before it
    takes the process apart."""
    closes = _closes()
    if all(_is_unnoticed(each, closes) for each in with_finalizers(gc.get_objects())):
        gc.freeze()


def with_finalizers(objects: list[object]) -> list[object]:
    """Those of whose end something may come."""
    # By their ids: a metaclass may have a hash of its own.
    kinds = {id(kind): kind for kind in map(type, objects)}
    wanted = {key for key, kind in kinds.items() if _finalizer(kind) is not None}
    return list(compress(objects, map(wanted.__contains__, map(id, map(type, objects)))))


def _finalizer(kind: type) -> object:
    """What a class has as `__del__`, without asking any code of the user's."""
    return next((one for each in locate.mro(kind) if (one := locate.class_dict(each).get("__del__")) is not None), None)


def _closes() -> list[object]:
    """Finalizers that only close what the system closes as well; a database is made for that."""
    # Before 3.12 CPython makes a class of its own ready when it is first asked for something.
    getattr(_socket.socket, "__del__", None)
    found = [_finalizer(_socket.socket)]
    if (sqlite := sys.modules.get("_sqlite3")) is not None:
        found.append(_finalizer(sqlite.Connection))
    return found


def _is_unnoticed(each: object, closes: list[object]) -> bool:
    """Whether nothing is left to do for the finalizer of an object, or what there is was done here."""
    kind = type(each)
    if any(kind is each for each in _STREAMS):
        return _is_written(each)
    # What is suspended may have a `finally`; what runs in another thread ends with the process.
    if kind is GeneratorType:
        return not each.gi_suspended  # type: ignore[attr-defined]
    if kind is CoroutineType:
        return not each.cr_suspended  # type: ignore[attr-defined]
    finalizer = _finalizer(kind)
    return any(finalizer is close for close in closes) or _only_lets_go(finalizer) or _is_over(each, finalizer)


def _only_lets_go(finalizer: object) -> bool:
    """Whether it does nothing but to delete attributes, as Django's do to break circles."""
    code = getattr(finalizer, "__code__", None)
    return code is not None and _LETTING_GO.issuperset(each.opname for each in dis.get_instructions(code))


def _is_over(each: object, finalizer: object) -> bool:
    """Whether it is a loop of asyncio's that was closed, or a task that nobody has to be told of any more."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    if finalizer is _finalizer(asyncio.BaseEventLoop):
        return bool(each.is_closed())  # type: ignore[attr-defined]
    if finalizer in (_finalizer(asyncio.Future), _finalizer(asyncio.Task)):
        return bool(each.done() and not each._log_traceback)  # type: ignore[attr-defined]
    return False


def _is_written(stream: object) -> bool:
    # Whatever it writes to may be the user's own.
    with contextlib.suppress(Exception):
        if not stream.closed and stream.writable():  # type: ignore[attr-defined]
            stream.flush()  # type: ignore[attr-defined]
        return True
    return False
