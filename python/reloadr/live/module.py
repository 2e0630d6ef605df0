"""A module that is watched: its baseline, and the code objects that live functions of it run."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from reloadr._core import Node, Outline, Snapshot, Uses, shift, shift_module
from reloadr.live.origin import compiled_as
from reloadr.live.retired import Retired
from reloadr.source.outlines import parse

_CLASS_BODY = 0x2  # CO_NEWLOCALS: functions have it, class bodies and modules have not


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
    """A watched module: its namespace, the text that runs, and the code objects of its functions."""

    def __init__(self, module: ModuleType, path: str, snapshot: Snapshot, code: CodeType | None) -> None:
        #: In the order in which modules were taken in.
        self.number = next(_numbers)
        self.module = module
        #: The module's own dict.
        self.namespace: dict[str, object] = module.__dict__
        self.name = module.__name__
        self.path = path
        #: The state of the file that the module was loaded from.
        self.first = snapshot
        #: The state of the file whose effects are live, when `pending` is empty.
        self.snapshot = snapshot
        self.filename: str = code.co_filename if code is not None else compiled_as(module, path)
        self._root = code
        self._outline: Outline | None = None
        self._codes: dict[str, list[CodeType]] | None = None
        #: What those use; None as long as nobody asked.
        self._uses: Uses | None = None
        #: What decorators changed in code objects, by the qualified names of their functions.
        self.altered: dict[str, Alteration] = {}
        #: What its functions ran before they were edited.
        self.retired = Retired()
        #: What calls that went had registered, and is there still: what they gave, by their texts.
        self.stayed: dict[str, object] = {}
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
    def source(self) -> Snapshot | Outline:
        """What has the source that runs: that of the file, but for edits of it that were left out."""
        return self.snapshot if self.in_step or self._outline is None else self._outline

    @property
    def running(self) -> str:
        """The SHA-256 of the source that runs."""
        from hashlib import sha256

        source = self.source
        return sha256(source.data if isinstance(source, Snapshot) else source.text.encode()).hexdigest()

    @property
    def outline(self) -> Outline:
        """The baseline. Parsed on first use. Raises SyntaxError for a file that is not Python."""
        if self._outline is None:
            self._outline = parse(self.snapshot, self.filename)
        return self._outline

    @outline.setter
    def outline(self, outline: Outline) -> None:
        self._outline = outline

    def make_ready(self) -> None:
        """Makes the baseline before it is used, where that takes no work of the interpreter."""
        if self._outline is None:
            with contextlib.suppress(SyntaxError):
                outline = Outline.parse(self.snapshot)
                self._outline = outline if outline.trouble is None else None

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
            # In one call, for they share the code of inner functions.
            shift_module({**self.codes, "": self.retired.beside()}, shifts, fresh)

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
