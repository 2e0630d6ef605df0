"""Living objects: which functions run a definition's code, under which wrappers. Reads only.

The function that is reached through its module or class, under whatever wrappers, is nearly always the
only holder of its code object, and the code object's reference count says so. Only where it does not are
all the changed code objects of a batch looked for in one pass over the heap.
"""

from __future__ import annotations

import functools
import gc
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CellType, CodeType, FrameType, FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType
from typing import Any, NamedTuple, Protocol, TypeGuard, cast

from reloadr._core import Node, holders, references
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.live.proxy import target_of
from reloadr.source.statements import mangled, owner_of

#: By these types of descriptors an object gives its dict; a module does by the second.
_ACCESS = (GetSetDescriptorType, MemberDescriptorType)
_LRU = type(functools.lru_cache(lambda: None))
_DEEP = 8
#: Objects of these types hold no function of interest, and are met often in closures.
_PLAIN = (str, bytes, int, float, bool, complex, type(None), tuple, list, dict, set, frozenset, type, CodeType)


@dataclass(frozen=True, slots=True)
class Found:
    """A living function and the objects it was reached through, outermost first."""

    function: FunctionType
    wrappers: tuple[object, ...]


def unwrap(value: object) -> Iterator[Found]:
    """The Python functions inside a wrapper, descriptor or callable object; itself if it is one."""
    if type(value) is FunctionType and value.__closure__ is None and not value.__dict__:
        # As most are.
        yield Found(value, ())
        return
    seen: set[int] = set()

    def walk(value: object, path: tuple[object, ...]) -> Iterator[Found]:
        value = target_of(value)
        if id(value) in seen or len(path) > _DEEP or is_a(value, *_PLAIN):
            return
        seen.add(id(value))
        inner = (*path, value)
        if is_a(value, FunctionType):
            yield Found(value, path)
            for cell in value.__closure__ or ():
                yield from walk(cell_content(cell), inner)
        for part in _parts(value):
            yield from walk(part, inner)

    yield from walk(value, ())


def cell_content(cell: CellType) -> object:
    """What a variable of a closure holds; None where it has no value yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _parts(value: object) -> Iterator[object]:
    if is_a(value, staticmethod, classmethod, MethodType):
        yield value.__func__
    elif is_a(value, property):
        yield from (value.fget, value.fset, value.fdel)
    elif is_a(value, functools.cached_property, functools.partial, functools.partialmethod):
        yield value.func
    elif is_a(value, functools.singledispatchmethod):
        yield from (value.func, value.dispatcher)
    elif is_a(value, _LRU):
        yield value.__wrapped__
    else:
        # No attribute look-up on foreign objects: it may run their code.
        attributes = attributes_of(value)
        held = list(attributes.values()) if attributes is not None else []
        if attributes is None and callable(value):
            # Of a type that was written in C.
            held = gc.get_referents(value)
        yield from [part for part in held if callable(part) and not is_a(part, type)]


def attributes_of(value: object) -> dict[str, object] | None:
    """An object's own attributes, past any `__getattribute__` and any property of that name; None if it has no dict."""
    for base in mro(type(value)):
        access = class_dict(base).get("__dict__")
        if type(access) in _ACCESS:
            found = access.__get__(value)  # type: ignore[attr-defined]
            return found if type(found) is dict else None
    return None


def is_cache(value: object) -> TypeGuard[functools._lru_cache_wrapper[Any]]:
    """Whether it is a `functools.lru_cache` or `cache` wrapper."""
    return is_a(value, _LRU)


def is_dispatcher(value: object) -> bool:
    """Whether it is, or holds, a compiled function that keeps the Python one it was made from: numba's conventions."""
    if is_a(value, FunctionType, type):
        return False
    return any(_keeps_source(each) for found in unwrap(value) for each in found.wrappers)


def _keeps_source(value: object) -> bool:
    if is_a(value, FunctionType):
        return False
    # `jit` keeps it itself, `vectorize` in what compiles for it, `cfunc` under a name of its own.
    names = {"py_func", "_dispatcher", "_pyfunc"}
    own = attributes_of(value) or {}
    return not names.isdisjoint(own) or any(not names.isdisjoint(class_dict(base)) for base in mro(type(value)))


def subclasses(cls: type) -> list[type]:
    """All classes below a class, each behind its bases. No metaclass is asked."""
    # By identity: a metaclass may say what its classes are equal to, or that they have no hash.
    found: dict[int, type] = {}
    todo = [cls]
    while todo:
        below: list[type] = type.__subclasses__(todo.pop())
        todo += [each for each in below if id(each) not in found]
        found.update((id(each), each) for each in below)
    return sorted(found.values(), key=lambda each: len(mro(each)))


def class_dict(cls: type) -> dict[str, object]:
    """A class's own namespace, past any metaclass."""
    return cast("dict[str, object]", type.__dict__["__dict__"].__get__(cls))


def mro(cls: type) -> tuple[type, ...]:
    """The order in which a class and its bases are searched, past any metaclass."""
    return cast("tuple[type, ...]", type.__dict__["__mro__"].__get__(cls))


def bases_of(cls: type) -> tuple[type, ...]:
    """The direct bases of a class, past any metaclass."""
    return cast("tuple[type, ...]", type.__dict__["__bases__"].__get__(cls))


def is_below(cls: type, base: object) -> bool:
    """Whether a class is, or inherits from, another. No metaclass is asked."""
    return any(each is base for each in mro(cls))


def qualname_of(cls: type) -> str:
    """The qualified name of a class, past any metaclass."""
    return cast(str, type.__dict__["__qualname__"].__get__(cls))


def own_dict(cls: type) -> dict[str, object]:
    """The dict that a class keeps its attributes in. To be read only: the class would not notice a change."""
    found: list[dict[str, object]] = gc.get_referents(class_dict(cls))
    return found[0]


def class_of(tracked: Tracked, node: Node) -> type | None:
    """The living class that a `class` statement of the baseline made, if it is found where it was put."""
    qualname = node.qualname
    namespace: dict[str, object] = tracked.namespace
    found: object = None
    owner = ""
    for name in qualname.split("."):
        found, owner = namespace.get(mangled(name, owner)), name
        if not is_a(found, type):
            found = class_behind(found, node, tracked) or getattr(found, "__wrapped__", found)
        if not is_a(found, type):
            return None
        namespace = class_dict(found)
    if not is_a(found, type):
        return None
    return found if qualname_of(found) == qualname and made_by(found, tracked) else None


def class_behind(value: object, node: Node, tracked: Tracked) -> type | None:
    """The class that a `class` statement made, where its decorator gave an instance of it, or of a class below."""
    return next(
        (each for each in mro(type(value)) if qualname_of(each) == node.qualname and made_by(each, tracked)), None
    )


def made_in(cls: type, module: str) -> bool:
    """Whether a class says that it was made in a module, or in a package above: packages tell what they offer so."""
    told = class_dict(cls).get("__module__")
    return told == module or (isinstance(told, str) and module.startswith(f"{told}."))


def made_by(cls: type, tracked: Tracked) -> bool:
    """Whether a class that a module binds by its name was made there, though it may say otherwise.

    class Cart: ...
    Cart.__module__ = "shop.api"
    """
    if made_in(cls, tracked.name):
        return True
    own, qualname = class_dict(cls), qualname_of(cls)
    other = sys.modules.get(str(own.get("__module__")))
    if other is None:
        return True
    functions = [found.function for value in list(own.values()) for found in unwrap(value)]
    methods = [each for each in functions if each.__qualname__ == f"{qualname}.{each.__name__}"]
    if methods:
        return any(each.__globals__ is tracked.namespace for each in methods)
    # Without methods: where the other does not have it, or has it from here, it only lends its name.
    name = qualname.partition(".")[0]
    return getattr(other, "__dict__", {}).get(name) is None or not _imports(tracked, name)


def _imports(tracked: Tracked, name: str) -> bool:
    """Whether a module may have a name by an import."""
    outline = tracked.outline
    imported = any(node.kind in ("import", "from") for node in outline.binders({name}, ""))
    return imported or any(each == "*" for _, each, _, _ in outline.imported())


def is_of_another(value: object, node: Node, tracked: Tracked) -> bool:
    """Whether what the name of a class is bound to is a class of that name which another module made.

    class Cart: ...                    # nothing of it is to be found
    from store import Cart
    """
    if not issubclass(type(value), type):
        return False
    cls = cast(type, value)
    return qualname_of(cls) == node.qualname and not made_by(cls, tracked)


def class_at(tracked: Tracked, found: object, qualname: str) -> type | None:
    """The class of a module with this qualified name, given what its first part is bound to."""
    owner, *rest = qualname.split(".")
    for name in rest:
        found = class_dict(cast(type, found)).get(mangled(name, owner)) if issubclass(type(found), type) else None
        owner = name
    if not issubclass(type(found), type):
        return None
    cls = cast(type, found)
    return cls if qualname_of(cls) == qualname and made_by(cls, tracked) else None


def namespace_of(tracked: Tracked, node: Node) -> dict[str, object] | None:
    """The namespace that a node of the baseline binds in; None where its class is not alive."""
    scopes = node.scopes
    if not scopes:
        return tracked.namespace
    cls = class_of(tracked, scopes[-1])
    return None if cls is None else class_dict(cls)


def held(holder: _Holder) -> int:
    """How many references to `holder.old` there are, that attribute's included."""
    return references(holder.old) - _ASKING


class Living(NamedTuple):
    """The functions that run a code object."""

    functions: tuple[Found, ...]
    #: Whether someone else holds the code object too: only the heap can tell who.
    more: bool


class _Holder(Protocol):
    @property
    def old(self) -> CodeType: ...


def functions_by_name(tracked: Tracked, node: Node, swap: _Holder, known: int) -> Living:
    """The functions that run `swap.old`, reached through the name its definition binds.

    `known` references to it are accounted for. A number that is too low costs a pass over the heap; one too
    high would leave a function unseen.
    """
    code = swap.old
    namespace = namespace_of(tracked, node)
    value = None if namespace is None else namespace.get(bound_name(node))
    found = tuple(each for each in unwrap(value) if each.function.__code__ is code)
    del code
    return Living(found, held(swap) > known + len(found))


def copies_of(function: FunctionType, tracked: Tracked) -> list[object]:
    """What `functools.wraps` and `update_wrapper` made to look like a function, under whatever names of a module."""
    values = list(tracked.namespace.values())
    for value in list(values):
        if is_a(value, type) and made_in(value, tracked.name):
            values += [target_of(member) for member in list(class_dict(value).values())]
    found: list[object] = []
    for value in values:
        chain: list[object] = []
        each: object = value.__func__ if is_a(value, staticmethod, classmethod) else value
        while each is not function and not any(each is one for one in chain):
            attributes = attributes_of(each)
            if is_a(each, type) or attributes is None or "__wrapped__" not in attributes:
                break
            chain.append(each)
            each = attributes["__wrapped__"]
        if each is function:
            found += [one for one in chain if not any(one is other for other in found)]
    return found


def derived_code(tracked: Tracked, node: Node, code: CodeType) -> CodeType | None:
    """The code that the function of a definition runs where that is not the code of its source, but something
    that was made of it; None if there is no such function."""
    namespace = namespace_of(tracked, node)
    for each in unwrap(None if namespace is None else namespace.get(bound_name(node))):
        run = each.function.__code__
        same = run.co_qualname == code.co_qualname and run.co_firstlineno == code.co_firstlineno
        if run is not code and same and each.function.__globals__ is tracked.namespace:
            return run
    return None


def bound_name(node: Node) -> str:
    """The name that a definition is stored under, mangled if its class makes it so."""
    return mangled(node.name or "", owner_of(node))


class Heap(NamedTuple):
    """What one pass over the heap found, by code object."""

    functions: dict[int, list[FunctionType]]
    runners: dict[int, list[object]]


def search(codes: Iterable[CodeType]) -> Heap:
    """Looks for all holders of these code objects at once."""
    functions: dict[int, list[FunctionType]] = {}
    runners: dict[int, list[object]] = {}
    wanted = list(codes)
    if not wanted:
        return Heap(functions, runners)
    found, running = holders(wanted)
    for function in found:
        functions.setdefault(id(function.__code__), []).append(function)
    for runner in running:
        frame = _frame_of(runner)
        if frame is not None:
            runners.setdefault(id(frame.f_code), []).append(runner)
    return Heap(functions, runners)


def _tops(own: FrameType) -> list[FrameType]:
    """The topmost frame of each thread, of this one the caller of `own`.

    Had a frame itself among its variables, that would keep all its callers alive with what they hold, code
    objects too, until the collector comes round.
    """
    tops = sys._current_frames()
    caller = own.f_back
    assert caller is not None
    tops[threading.get_ident()] = caller
    return list(tops.values())


class Stand(NamedTuple):
    """What runs some code: the instruction that it stands at, and the id of its frame."""

    at: int
    frame: int


def running_frames(codes: set[int]) -> dict[int, list[Stand]]:
    """The frames of any thread that run each of these code objects (by id)."""
    found: dict[int, list[Stand]] = {}
    for top in _tops(sys._getframe()):
        frame: FrameType | None = top
        while frame is not None:
            key = id(frame.f_code)
            if key in codes:
                found.setdefault(key, []).append(Stand(frame.f_lasti, id(frame)))
            frame = frame.f_back
    return found


def stands_at(runner: object) -> Stand:
    """Where a generator, coroutine or asynchronous generator stands."""
    frame = _frame_of(runner)
    return Stand(0, 0) if frame is None else Stand(frame.f_lasti, id(frame))


def _frame_of(runner: object) -> FrameType | None:
    for name in ("gi_frame", "cr_frame", "ag_frame"):
        frame: FrameType | None = getattr(runner, name, None)
        if frame is not None:
            return frame
    return None


class _Probe:
    """Holds a code object in an attribute, as a swap does."""

    def __init__(self, code: CodeType) -> None:
        self.old = code


def _asking() -> int:
    """What asking for a number of references adds to it: nothing, on the interpreters so far."""
    function = eval("lambda: 0")
    probe = _Probe(function.__code__)
    return references(probe.old) - 2


def _in_a_frame() -> int:
    """How many references a frame holds to the code object that it runs."""

    def asked() -> int:
        return held(probe)

    probe = _Probe(asked.__code__)
    return asked() - held(probe)


_ASKING = _asking()
_IN_A_FRAME = _in_a_frame()


def held_by_callers(codes: set[int]) -> dict[int, int]:
    """How many references the frames of this thread hold to each of these code objects (by id). Those of
    other threads come and go."""
    counts: dict[int, int] = {}
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        key = id(frame.f_code)
        if key in codes:
            counts[key] = counts.get(key, 0) + _IN_A_FRAME
        frame = frame.f_back
    return counts


def module_frame(namespace: dict[str, object]) -> FrameType | None:
    """The frame that runs a module's own code right now, in any thread."""
    for top in _tops(sys._getframe()):
        frame: FrameType | None = top
        while frame is not None:
            if frame.f_globals is namespace and frame.f_code.co_name == "<module>":
                return frame
            frame = frame.f_back
    return None
