"""Lines that say what they said, of what is imported in another way now: they do not run again, and nobody follows.

from rates import VAT                   # before
conn = connect(VAT)

import rates                            # after
conn = connect(rates.VAT)               # the same, as long as `VAT` of `rates` is

Told by text alone: each name is taken for the name that it has in the module that it is from. Where that may have
another value after the batch, the line is an edit as any other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from types import FunctionType

from reloadr._core import Node, Outline
from reloadr.engine.batch import Work, Works
from reloadr.engine.evaluate.imports import offered
from reloadr.engine.follow.readers import readers_anywhere, watched
from reloadr.engine.order import resolved
from reloadr.judge.same import COMMON
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.edits import Edit, same_tree
from reloadr.source.filling import root_of
from reloadr.source.statements import class_binds, parse_statements

__all__ = ["settle"]

#: A name of a module, by the names of both.
Name = tuple[str, str]
_IMPORTS = ("import", "from")
_MANY = 2000
#: What no line can change that has it.
_FIXED = (*COMMON, FunctionType, type(None))


def settle(works: Works) -> None:
    """Notes the edits that say the same, before anything of a batch is carried out."""
    same: list[tuple[Work, Edit, set[Name]]] = []
    for work in works:
        if any(edit.node.kind in _IMPORTS and edit.action != "formatted" for edit in work.edits):
            names = _Names(works, work)
            for edit in work.edits:
                found = names.same(edit)
                if found is not None:
                    same.append((work, edit, found))
    while same:
        changed = _changed(works, {id(edit) for _, edit, _ in same})
        left = [each for each in same if each[2].isdisjoint(changed)]
        if len(left) == len(same):
            break
        same = left
    for _, edit, _ in same:
        edit.same = True
        if edit.node.kind == "function":
            edit.facets = [each for each in edit.facets if each in ("body", "annotations", "docstring")]
        if edit.node.kind != "function" or not edit.facets:
            edit.action, edit.facets = "formatted", []


class _Names:
    """What the names of a module are called where they are from, in its old text and its new one."""

    def __init__(self, works: Works, work: Work) -> None:
        self.works, self.work = works, work
        self.homes = {id(outline): _homes(work, outline) for outline in (work.tracked.outline, work.outline)}

    def same(self, edit: Edit) -> set[Name] | None:
        """The names that an edit reads, if it says what was said; None if it says something else."""
        old, new = edit.old, edit.new
        if edit.action != "changed" or old is None or new is None or old.kind != new.kind or old.kind in _IMPORTS:
            return None
        if "place" in edit.facets or set(old.binds) != set(new.binds) or not (old.name or old.branches or old.reads):
            return None
        texts = [_texts(old), _texts(new)]
        if len(texts[0]) != len(texts[1]):
            return None
        read: set[Name] = set()
        for before, after in zip(*texts, strict=True):
            trees = [parse_statements(each) for each in (before, after)]
            if trees[0] is None or trees[1] is None or (not old.name and _is_kept(trees[1])):
                return None
            told = [
                _Told(self, outline, node, tree)
                for outline, node, tree in (
                    (self.work.tracked.outline, old, trees[0]),
                    (self.work.outline, new, trees[1]),
                )
            ]
            if not same_tree(told[0].tree, told[1].tree):
                return None
            read |= told[0].read | told[1].read
        return read

    def home(self, outline: Outline, name: str) -> tuple[str, str] | None:
        """The module that a name is from, and its name there: empty for the module itself; None for one's own."""
        found = self.homes[id(outline)]
        if name in found:
            return found[name]
        if outline.binders({name}, ""):
            return None
        for module in reversed(found.get("*", ("", ""))[0].split()):
            living = sys.modules.get(module)
            if living is not None and name in living.__dict__ and name in offered(living.__dict__):
                return module, name
        return None


class _Told(ast.NodeTransformer):
    """A text in which each name is what it is called in the module that it is from."""

    def __init__(self, names: _Names, outline: Outline, node: Node, tree: ast.Module) -> None:
        self.names, self.outline = names, outline
        self.read: set[Name] = set()
        self.own = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and not _is_read(each)}
        self.own |= {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
        self.own |= {name for scope in node.scopes for name in class_binds(scope)}
        self.tree = self.visit(tree)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        home = self._home(root_of(node))
        if home is None or home[1] or not isinstance(node.value, ast.Name):
            return self.generic_visit(node)
        return self._named(home[0], node.attr, node.ctx)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        home = self._home(node.id) if _is_read(node) else None
        if home is not None and home[1]:
            if node.id not in self.names.homes[id(self.outline)]:
                # By `import *`: whether the name is offered has a part in it.
                self.read.add((home[0], "__all__"))
            return self._named(*home, node.ctx)
        if node.id not in self.own:
            self.read.add((self.names.work.tracked.name, node.id))
        return node

    def _home(self, name: str | None) -> tuple[str, str] | None:
        return None if name is None or name in self.own else self.names.home(self.outline, name)

    def _named(self, module: str, name: str, ctx: ast.expr_context) -> ast.Name:
        for _ in range(5):
            tracked = watched(self.names.works, module)
            work = self.names.works.by_name.get(module) if tracked is not None else None
            if tracked is None:
                break
            self.read.add((module, name))
            before = self.outline is self.names.work.tracked.outline
            outline = tracked.outline if before or work is None else work.outline
            theirs = _homes(self.names.works.of(tracked), outline).get(name)
            if theirs is None or not theirs[1]:
                break
            module, name = theirs
        self.read.add((module, name))
        return ast.Name(f"{module}:{name}", ctx)


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _is_kept(tree: ast.Module) -> bool:
    """Whether code of a statement lives on, which names what it reads as it is written."""
    return any(isinstance(each, (ast.Lambda, ast.GeneratorExp, ast.NamedExpr)) for each in ast.walk(tree))


def _texts(node: Node) -> list[str]:
    """What of a node an edit of it is about."""
    if node.kind == "class":
        parts = [*node.decorators, *(part for _, part in node.bases)]
        return [
            " ".join(str(keyword) for keyword, _ in node.bases),
            *(part.source.strip().lstrip("@") for part in parts),
        ]
    return [node.segment]


def _homes(work: Work, outline: Outline) -> dict[str, Name]:
    """The modules that names of imports are from, and their names there; under `*`, those that give all of theirs."""
    found: dict[str, Name] = {}
    stars: list[str] = []
    for source, name, bound, _ in outline.imported():
        full = resolved(work, source, name)
        if not full:
            continue
        if name == "*":
            stars.append(full[0])
        elif len(outline.binders({bound}, "")) != 1 and len({*_origins(outline, bound)}) != 1:
            continue
        elif name in ("", "as"):
            if name == "as" or "." not in full[0]:
                found[bound] = full[0], ""
        elif full[1] in sys.modules and name not in getattr(sys.modules.get(full[0]), "__dict__", {}):
            found[bound] = full[1], ""
        else:
            found[bound] = full[0], name
    if stars:
        found["*"] = " ".join(stars), ""
    return found


def _origins(outline: Outline, bound: str) -> Iterator[str]:
    for node in outline.binders({bound}, ""):
        yield node.source


def _changed(works: Works, same: set[int]) -> set[Name]:
    """The names that may have another value after the batch: those of its other edits, and what is made of them."""
    todo: list[tuple[Tracked, str]] = []
    for work in works:
        for edit in work.edits:
            if edit.action != "formatted" and id(edit) not in same:
                for node in (edit.old, edit.new):
                    todo += [(work.tracked, name) for name in _names_of(node)] if node is not None else []
                    todo += _filled(works, work, node) if node is not None else []
    seen: set[Name] = set()
    while todo and len(seen) < _MANY:
        tracked, name = todo.pop()
        if (tracked.name, name) in seen:
            continue
        seen.add((tracked.name, name))
        for work, node, _ in readers_anywhere(works, tracked, {name}):
            todo += [(work.tracked, each) for each in _names_of(node) if node.kind not in _IMPORTS]
    return seen


def _names_of(node: Node) -> set[str]:
    if node.kind in _IMPORTS:
        return set()
    if node.scopes:
        return {node.scopes[0].name or ""}
    return {*node.binds, *([node.name] if node.name else [])}


def _filled(works: Works, work: Work, node: Node) -> Iterator[tuple[Tracked, str]]:
    """What a line may change beside the names that it binds: what it reads, in the module that it is from."""
    if node.name or node.scopes or node.kind in _IMPORTS:
        return
    for outline in (work.tracked.outline, work.outline):
        homes = _homes(work, outline)
        for read in node.reads:
            head, _, rest = read.partition(".")
            module, name = homes.get(head, (work.tracked.name, head))
            home = watched(works, module)
            name = name or rest.partition(".")[0]
            if home is not None and not is_a(home.namespace.get(name), *_FIXED):
                yield home, name
