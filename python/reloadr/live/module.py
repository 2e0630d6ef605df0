"""A module that is watched: its baseline, and the code objects that live functions of it run."""

from __future__ import annotations
import __future__ as features

import functools
import itertools
import os
import sys
import zipimport
from collections.abc import Iterable, Iterator
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from reloadr._core import Diff, Node, Outline, Snapshot, Uses, read, shift, shift_module
from reloadr.source.by_ast import outline as outline_by_ast
from reloadr.source.by_ast import same_maker
from reloadr.source.compiling import Context, Scope, Unit

_CLASS_BODY = 0x2  # CO_NEWLOCALS: functions have it, class bodies and modules have not


def context_of(outline: Outline, filename: str) -> Context:
    """What the compiler takes from the rest of the file when it compiles one definition of it."""
    flags = 0
    for name in outline.future:
        feature = getattr(features, name, None)
        if feature is not None:
            flags |= feature.compiler_flag
    return Context(filename, flags, tuple(outline.imports), outline.super_at_top)


def unit_of(node: Node) -> Unit:
    """The node as the compiler wants it."""
    return Unit(node.segment, node.line, scopes_of(node), node.kind == "docstring")


def scopes_of(node: Node) -> tuple[Scope, ...]:
    """The classes around a node as the compiler wants them."""
    scopes = node.scopes
    generic = any(scope.type_params for scope in scopes)
    return tuple(_scope(scope, generic) for scope in scopes)


def _scope(node: Node, generic: bool) -> Scope:
    members = node.members
    declared: list[str] = []
    for member in members:
        if member.kind == "statement" and member.source.startswith("global "):
            declared += [name.strip() for name in member.source[7:].split(",")]
    binds: list[str] = []
    for member in members if generic else ():
        # To the compiler a name that is only annotated is one of the class, too.
        binds += [*member.binds, *([] if member.annotates is None else [member.annotates])]
    params = node.type_params
    return Scope(
        node.indent, node.name or "", params.source if params else "", tuple(dict.fromkeys(binds)), tuple(declared)
    )


def parse(text: str | Snapshot, filename: str, old: Outline | None = None) -> Outline:
    """The outline of a text, or of the text of a file's state; CPython's word on syntax is final.

    Raises SyntaxError, located, when the text is not Python, or the file's state no text.
    """
    outline = Outline.parse(text) if old is None else old.update(text)
    return outline if outline.trouble is None else outline_by_ast(outline.text, filename)


def compare(old: Outline, new: Outline, filename: str) -> Diff:
    """The edits from one outline to another, whoever made them."""
    return old.diff(new) if old.maker == new.maker else Outline.diff(*same_maker(old, new, filename))


def function_codes(code: CodeType) -> Iterator[CodeType]:
    """The code objects of functions, lambdas and comprehensions that stand directly in a module's or
    class's code: those inside functions are reached through these."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if not constant.co_flags & _CLASS_BODY or constant.co_name.startswith("<generic parameters of "):
                yield from function_codes(constant)
            else:
                yield constant


class Alteration(NamedTuple):
    """What a decorator changed in a function's code object without changing what it does."""

    flags: int
    attributes: dict[str, str]

    @classmethod
    def between(cls, code: CodeType, copy: CodeType) -> Alteration:
        """What distinguishes a copy from the code object that it was made of."""
        names = [name for name in ("co_name", "co_filename") if getattr(code, name) != getattr(copy, name)]
        return cls(code.co_flags ^ copy.co_flags, {name: getattr(copy, name) for name in names})

    def of(self, code: CodeType) -> CodeType:
        """The same done to another code object."""
        changed: dict[str, Any] = dict(self.attributes)
        return code.replace(co_flags=code.co_flags ^ self.flags, **changed)


class Caches(NamedTuple):
    """Functions that have a cache."""

    cached: list[tuple[FunctionType, functools._lru_cache_wrapper[Any]]]
    #: What is false as long as the cache is empty, in the same order.
    results: list[object]
    #: By function.
    of: dict[FunctionType, list[functools._lru_cache_wrapper[Any]]]

    @property
    def filled(self) -> list[tuple[FunctionType, functools._lru_cache_wrapper[Any]]]:
        """Those that are not known to be empty. Where there are many, nearly all are."""
        return [self.cached[at] for at, results in enumerate(self.results) if results]


class Memory(NamedTuple):
    """What is kept of a module whose watch ended, for the next one. It does not keep the module alive."""

    path: str
    first: Snapshot
    snapshot: Snapshot
    filename: str
    root: CodeType | None
    outline: Outline | None
    codes: dict[str, list[CodeType]] | None
    altered: dict[str, Alteration]
    in_step: bool


_numbers = itertools.count()


class Tracked:
    """A watched module."""

    def __init__(self, module: ModuleType, path: str, snapshot: Snapshot, code: CodeType | None) -> None:
        #: In the order in which modules were taken in.
        self.number = next(_numbers)
        self.module = module
        self.name = module.__name__
        self.path = path
        #: The state of the file that the module was loaded from.
        self.first = snapshot
        #: The state of the file whose effects are live, when `pending` is empty.
        self.snapshot = snapshot
        self.filename: str = code.co_filename if code is not None else _filename(module, path)
        self._root = code
        self._outline: Outline | None = None
        self._codes: dict[str, list[CodeType]] | None = None
        #: What those use; None as long as nobody asked.
        self._uses: Uses | None = None
        #: What decorators changed in code objects, by the qualified names of their functions.
        self.altered: dict[str, Alteration] = {}
        #: The functions of the module that have a cache; None if that has to be found out.
        self.caches: Caches | None = None
        #: Whether the baseline is the file's text, line by line (no edit of it was left out).
        self.in_step = True

    def memory(self) -> Memory:
        """What the next watch of the module needs to know."""
        return Memory(
            self.path,
            self.first,
            self.snapshot,
            self.filename,
            self._root,
            self._outline,
            self._codes,
            self.altered,
            self.in_step,
        )

    @classmethod
    def again(cls, module: ModuleType, memory: Memory) -> Tracked:
        """A module that was watched before."""
        tracked = cls(module, memory.path, memory.snapshot, memory.root)
        tracked.first = memory.first
        tracked.filename, tracked.altered = memory.filename, memory.altered
        tracked._outline, tracked._codes, tracked.in_step = memory.outline, memory.codes, memory.in_step
        return tracked

    def __repr__(self) -> str:
        return f"<Tracked {self.name} {self.path}>"

    @property
    def namespace(self) -> dict[str, object]:
        """The module's own dict."""
        return self.module.__dict__

    @property
    def outline(self) -> Outline:
        """The baseline. Parsed on first use. Raises SyntaxError for a file that is not Python."""
        if self._outline is None:
            self._outline = parse(self.snapshot, self.filename)
        return self._outline

    @outline.setter
    def outline(self, outline: Outline) -> None:
        self._outline = outline

    @property
    def codes(self) -> dict[str, list[CodeType]]:
        """The code objects of the module's functions by qualified name."""
        if self._codes is None:
            self._codes = {}
            if self._root is not None:
                self.remember(function_codes(self._root))
                self._root = None
        return self._codes

    def adopt(self, functions: Iterable[FunctionType]) -> None:
        """Takes in the functions that one pass over the heap found for this file."""
        known = {id(code) for codes in self.codes.values() for code in codes}
        for function in functions:
            code = function.__code__
            if function.__globals__ is self.namespace and id(code) not in known:
                known.add(id(code))
                self._add(code)

    @property
    def knows_code(self) -> bool:
        """Whether the module's code objects are at hand without searching the heap."""
        return self._codes is not None or self._root is not None

    def remember(self, codes: Iterable[CodeType]) -> None:
        """Adds code objects that functions of the module now run."""
        for code in codes:
            self._add(code)

    def exchange(self, old: CodeType, new: CodeType) -> None:
        """A function runs `new` in place of `old`."""
        self.forget(old)
        self.remember([new])

    def forget(self, code: CodeType) -> None:
        """Drops a code object that no function runs any more."""
        held = self.codes.get(code.co_qualname, ())
        self._drop(code.co_qualname, [other for other in held if other is code])

    def supersede(self, codes: Iterable[CodeType]) -> list[CodeType]:
        """Adds code objects in place of those that stood on the same lines; returns what went."""
        gone: list[CodeType] = []
        for code in codes:
            held = self.codes.get(code.co_qualname, ())
            there = [other for other in held if other.co_firstlineno == code.co_firstlineno]
            self._drop(code.co_qualname, there)
            gone += [other for other in there if other is not code]
            self._add(code)
        return gone

    def forget_ids(self, codes: Iterable[tuple[str, int]]) -> None:
        """Drops code objects by qualified name and id."""
        for qualname, key in codes:
            for code in [each for each in self.codes.get(qualname, ()) if id(each) == key]:
                self.forget(code)

    def _add(self, code: CodeType) -> None:
        self.codes.setdefault(code.co_qualname, []).append(code)
        if self._uses is not None:
            self._uses.add(code)

    def _drop(self, qualname: str, gone: list[CodeType]) -> None:
        left = [code for code in self.codes.get(qualname, ()) if not any(code is other for other in gone)]
        if left:
            self.codes[qualname] = left
        else:
            self.codes.pop(qualname, None)
        if self._uses is not None:
            for code in gone:
                self._uses.drop(code)

    def users(self, names: set[str]) -> set[str]:
        """The top-level definitions whose code uses one of these names, or uses one that does, and so on."""
        if self._uses is None:
            uses = Uses()
            for codes in self.codes.values():
                for code in codes:
                    uses.add(code)
            self._uses = uses
        return self._uses.of(names)

    def code_of(self, node: Node) -> CodeType | None:
        """The code object of a function of the baseline; None where its definition never ran."""
        held = self.codes.get(node.qualname)
        if not held:
            return None
        for code in held:
            if code.co_firstlineno == node.code_line:
                return code
        # Lines may be off where the baseline is out of step; then only the name tells.
        alone = len(held) == 1 and len(self.outline.find(node.qualname)) == 1
        return held[0] if alone else None

    def annotate_code_of(self, node: Node) -> CodeType | None:
        """The code object of the function that gives the annotations of a function of the baseline (3.14+)."""
        outer = node.qualname.rpartition(".")[0]
        # CPython 3.14 names it after what the function stands in, 3.15 after the function.
        for name in (f"{node.qualname}.__annotate__", f"{outer}.__annotate__".lstrip(".")):
            for code in self.codes.get(name, ()):
                if code.co_firstlineno == node.def_line:
                    return code
        return None

    def move_lines(self, shifts: list[tuple[int, int, int]], fresh: set[int]) -> None:
        """Follows lines that moved; `fresh` are (by id) code objects that have their new lines already."""
        if shifts:
            shift_module(self.codes, shifts, fresh)

    def align_lines(self, outline: Outline) -> list[tuple[CodeType, int]]:
        """Puts every function on its line in the file, by name: for a baseline that is out of step.

        Returns which code objects were moved, by how much.
        """
        lines: dict[str, int | None] = {}
        for qualname, kind, line in outline.definitions():
            if kind == "function":
                lines[qualname] = None if qualname in lines else line
        moved: list[tuple[CodeType, int]] = []
        for qualname, codes in self.codes.items():
            wanted = lines.get(qualname)
            if wanted is not None and len(codes) == 1 and codes[0].co_firstlineno != wanted:
                moved.append((codes[0], wanted - codes[0].co_firstlineno))
        move_each(moved)
        return moved


def move_each(moves: Iterable[tuple[CodeType, int]]) -> None:
    """Moves each code object by a number of lines."""
    for code, delta in moves:
        shift([code], [(code.co_firstlineno, 2**31 - 1, delta)])


def _filename(module: ModuleType, path: str) -> str:
    """The `co_filename` that a compile of the module's file gives."""
    for value in list(module.__dict__.values()):
        # A loader may compile under another name than it gives in the spec.
        if isinstance(value, FunctionType) and value.__globals__ is module.__dict__:
            filename = value.__code__.co_filename
            if not filename.startswith("<"):
                return filename
    spec = module.__spec__
    if spec is not None and isinstance(spec.origin, str):
        return spec.origin
    name: object = module.__dict__.get("__file__", path)
    return name if isinstance(name, str) else path


def source_path(module: ModuleType) -> str | None:
    """The file that a module's source comes from; None for builtin, frozen and extension modules."""
    path: object = module.__dict__.get("__file__")
    if not isinstance(path, str) or getattr(module.__spec__, "origin", None) == "frozen":
        return None
    if path.endswith((".pyc", ".pyo")):
        spec = module.__spec__
        origin = spec.origin if spec is not None else None
        path = origin if origin and origin.endswith(".py") else path[:-1]
    loader = module.__dict__.get("__loader__")
    if isinstance(loader, zipimport.zipimporter):
        return path
    ran: object = getattr(module.__spec__, "origin", None)
    if isinstance(ran, str) and ran != path and ran.endswith(".py") and os.path.isfile(ran) and os.path.isfile(path):
        # A module may call itself by the name of another file than the one that it was executed from.
        path = path if os.path.samefile(ran, path) else ran
    if rewrites(loader):
        return None
    if not os.path.exists(path) and not hasattr(loader, "get_source"):
        return None
    if path.endswith(tuple(_extension_suffixes())):
        return None
    return os.path.abspath(path)


def rewrites(loader: object) -> bool:
    """Whether a loader may run other code than the file holds, and does not say which.

    pytest's is of that kind: code of plain source in its place would lose the rewritten assertions.
    """
    kind = type(loader)
    return hasattr(kind, "exec_module") and not hasattr(kind, "get_source")


def _extension_suffixes() -> list[str]:
    from importlib.machinery import EXTENSION_SUFFIXES

    return EXTENSION_SUFFIXES


def snapshot_of(module: ModuleType, path: str) -> Snapshot:
    """The source of a module as it is now, from its file or from the loader that gives it.

    Raises OSError when there is none.
    """
    if os.path.isfile(path):
        return read(path)
    return snapshot_from_loader(module, path)


def snapshot_from_loader(module: ModuleType, path: str) -> Snapshot:
    """The source of a module that has no file of its own, from the loader that gives it. The loader of a plain file
    would read that, half written as it may be by the time.

    Raises OSError when there is none.
    """
    loader = module.__dict__.get("__loader__")
    get_source = getattr(loader, "get_source", None)
    if get_source is not None and not isinstance(loader, SourceFileLoader):
        source: object = get_source(module.__name__)
        if isinstance(source, str):
            return Snapshot(path, source.encode("utf-8", "surrogatepass"))
    raise FileNotFoundError(2, "no source", path)


def is_initialising(module: ModuleType) -> bool:
    """Whether the module's own code is still running for the first time, in an import."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def loaded_modules() -> list[ModuleType]:
    """What `sys.modules` holds now; other threads may be importing."""
    return [module for module in list(sys.modules.values()) if isinstance(module, ModuleType)]
