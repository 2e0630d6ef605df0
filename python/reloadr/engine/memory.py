"""What is known of living code and values for a while, so that many questions about them cost little more than one.

A batch of some hundred edits asks again and again what a line may call, and through it that of half a program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import ast

    from reloadr._core import Node
    from reloadr.live.module import Tracked

Names = set[str]
#: The code of a function, and its globals.
Within = tuple[CodeType, Mapping[str, object]]
#: The ids of both.
Key = tuple[int, int]


class Behind(NamedTuple):
    """What may be called with a value: its functions by themselves, and the methods of its class, with their names."""

    functions: frozenset[Key]
    methods: frozenset[Key]
    names: frozenset[str]


class Memory:
    """What code uses and what is behind values, as long as nothing is staged, committed or run: within one question,
    or while `remembering`."""

    def __init__(self) -> None:
        #: The functions themselves: as long as they live, no others have their ids.
        self.within: dict[Key, Within] = {}
        #: The names that a function uses, those that it may call, and the classes of the objects that it reads by name.
        self.used: dict[Key, tuple[Names, set[Key], list[type]]] = {}
        #: What the bodies of functions use, by module and line: see `follow.through_values`.
        self.uses: dict[tuple[str, int], list[tuple[object, str]]] = {}
        #: What statements evaluate, by module, line and text. Not what that stands for: others ask who holds that.
        self.trees: dict[tuple[str, int, str], Sequence[ast.AST]] = {}
        #: Who reads names of a module, and what others that import these call them: see `follow.readers`.
        self.readers: dict[
            tuple[str, frozenset[str]], tuple[list[tuple[Any, Node, Names]], list[tuple[Tracked, Names]]]
        ] = {}
        #: By the ids of values and classes, which namespaces hold meanwhile: who counts references finds none of ours.
        self.behind: dict[int, Behind] = {}

    def key(self, code: CodeType, namespace: Mapping[str, object]) -> Key:
        """The key of a function, which is known by it from now on."""
        key = id(code), id(namespace)
        self.within[key] = code, namespace
        return key
