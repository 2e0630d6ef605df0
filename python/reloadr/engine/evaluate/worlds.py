"""The names that a statement saw before the batch and sees after it; what expressions give in these worlds.

Apart from `follow/values.py`, which follows changed names, because others compare the two worlds as well, and before
anything is followed: `follow/calls.py` while the old code still is live, `edits/chains.py` for what lines build up.
"""

from __future__ import annotations

import ast
import enum
import textwrap
from collections import ChainMap
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Final

from reloadr._core import Node
from reloadr.engine.batch import Work, Works, Worlds
from reloadr.engine.evaluate.going_on import given_above
from reloadr.engine.evaluate.reach import needs_new_world
from reloadr.judge import purity
from reloadr.judge.operable import is_mutable_instance
from reloadr.judge.same import same_instance, same_value
from reloadr.live import locate
from reloadr.live.kept import is_kept
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source import asking
from reloadr.source.statements import value_of
from reloadr.stage.steps import MISSING

ANYTHING: Final = "__reloadr_anything__"
"""A name that stands for what cannot be told."""


#: Definitions of one name, which may all be meant.
_FORMS = 4


class _Anything:
    """A value of which the judge of purity knows nothing: it hashes as it likes."""

    def __hash__(self) -> int:
        return id(self)


class World(Mapping[str, object]):
    """The names that a node sees, before the batch or after it. Looked up one by one: a module has many."""

    def __init__(self, worlds: Worlds, work: Work, node: Node, *, old: bool) -> None:
        self._worlds = worlds
        self._old = old
        self._at = work, node
        spaces = [worlds.space_of(work, node)] if node.scopes else []
        self._layers: list[Mapping[str, object]] = [given_above(worlds.works, worlds.stage, work, node, old=old)]
        for space in [*spaces, work.space]:
            self._layers += [worlds.stage.before.get(id(space.owner), {}) if old else space.stage, space.live]

    def __getitem__(self, name: str) -> object:
        for layer in self._layers:
            value = layer.get(name, self)
            if value is MISSING:
                break
            if value is not self:
                return _as_before(self._worlds, value) if self._old else value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in set().union(*self._layers) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def of(self, *trees: ast.AST) -> dict[str, object]:
        """A namespace to evaluate expressions or statements in: the names that they read."""
        read = {each.id for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Name)}
        names = dict.fromkeys(("__name__", "__builtins__", *read))
        if read & asking.NAMESPACE:
            lists = any(map(asking.only_lists_names, trees))
            below = names_below(*self._at, old=self._old) if lists else set()
            # As they stand: an expression may go through them.
            names = {name: None for layer in reversed(self._layers) for name in layer if name not in below} | names
        return {name: self[name] for name in names if name in self}


def names_below(work: Work, node: Node, *, old: bool = False) -> set[str]:
    """The names of a module that no line above one binds, but that line or others below; `old`: in the old source."""
    line, outline = node.line, work.outline
    if old:
        line, outline = node.line - shifted(work, node.line), work.tracked.outline
    above: set[str] = set()
    below: set[str] = set()
    for each in outline.nodes() if not node.scopes else ():
        if not each.scopes:
            (above if each.line < line else below).update([each.name] if each.name else each.binds)
    return below - above


def shifted(work: Work, line: int) -> int:
    """How far a line of the new source is below where it was."""
    return next((delta for first, last, delta in work.diff.shifts if first + delta <= line <= last + delta), 0)


def old_world(worlds: Worlds, work: Work, node: Node) -> World:
    """The names a node saw before the batch."""
    return World(worlds, work, node, old=True)


def new_world(worlds: Worlds, work: Work, node: Node) -> World:
    """The names a node sees after it."""
    return World(worlds, work, node, old=False)


def _as_before(worlds: Worlds, value: object) -> object:
    """A module or class as it was, where part of the batch had to be committed already."""
    if not worlds.journal.commits or not is_a(value, ModuleType, type):
        return value
    layers: list[tuple[Mapping[str, object], Mapping[str, object]]] = []
    if is_a(value, ModuleType):
        layers.append((worlds.stage.before.get(id(value.__dict__), {}), value.__dict__))
    else:
        # What a class reads through its bases was theirs.
        layers += [(worlds.stage.before.get(id(base), {}), locate.class_dict(base)) for base in locate.mro(value)]
    within = is_a(value, ModuleType) and id(value.__dict__) in worlds.works.namespaces
    return _Past(worlds, value, layers) if within or any(before for before, _ in layers) else value


class _Past:
    """Attributes of a module or class before the batch, and of modules and classes among them."""

    def __init__(
        self, worlds: Worlds, value: object, layers: list[tuple[Mapping[str, object], Mapping[str, object]]]
    ) -> None:
        self._worlds = worlds
        self._value = value
        self._layers = layers

    def __getattr__(self, name: str) -> object:
        return _as_before(self._worlds, self._found(name))

    def _found(self, name: str) -> object:
        changed = False
        for before, now in self._layers:
            changed = changed or name in before
            found = before[name] if name in before else now.get(name, MISSING)
            if found is not MISSING:
                return found if changed else getattr(self._value, name)
        if changed:
            raise AttributeError(name)
        return getattr(self._value, name)


class _Now(Mapping[str, object]):
    """The names of a world with the modules and classes themselves, which are judged by what they are now."""

    def __init__(self, world: Mapping[str, object]) -> None:
        self._world = world

    def __getitem__(self, name: str) -> object:
        return unwrapped(self._world[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._world)

    def __len__(self) -> int:
        return len(self._world)


def unwrapped(value: object) -> object:
    """The living module or class itself, where a world shows it as it was."""
    return value._value if type(value) is _Past else value


def evaluate(tree: ast.expr, names: World, filename: str) -> object:
    """MISSING when it raises."""
    try:
        return eval(compile(ast.Expression(tree), filename, "eval", dont_inherit=True), names.of(tree))
    except Exception:
        return MISSING


def make_seen(worlds: Worlds, work: Work, node: Node, tree: ast.expr) -> None:
    """Commits what is staged where an expression looks it up in what is live: attributes of modules and classes."""
    if isinstance(tree, (ast.Name, ast.Constant)):
        return
    try:
        code = compile(ast.Expression(tree), work.tracked.filename, "eval", dont_inherit=True)
    except (SyntaxError, RecursionError, ValueError):
        return
    if needs_new_world(worlds.works, worlds.stage, work, code, in_class=bool(node.scopes)):
        worlds.flush()


def evaluate_new(worlds: Worlds, work: Work, node: Node, tree: ast.expr) -> object:
    """What an expression at a node gives after the batch."""
    make_seen(worlds, work, node, tree)
    return evaluate(tree, new_world(worlds, work, node), work.tracked.filename)


# ---- what may be evaluated in them -----------------------------------------------------------------------


def is_pure(works: Works, tree: ast.expr, namespace: Mapping[str, object]) -> bool:
    """Whether an expression may be evaluated unseen; functions of watched modules are looked into."""
    return purity.is_pure(tree, _Now(namespace), lambda function: source_of(works, function))


def source_of(works: Works, function: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    """The text of a function of a watched module; None where it is not known."""
    tracked = works.namespaces.get(id(function.__globals__))
    if tracked is None:
        return None
    key = tracked.name, function.__code__.co_qualname
    if key not in works.trees:
        works.trees[key] = _tree_of(works, tracked, function.__code__)
    return works.trees[key]


def _tree_of(works: Works, tracked: Tracked, code: CodeType) -> ast.FunctionDef | ast.Lambda | None:
    outlines = [tracked.outline]
    work = works.by_name.get(tracked.name)
    if work is not None:
        outlines.append(work.outline)
    trees: list[ast.FunctionDef] = []
    for outline in outlines:
        nodes = [node for node in outline.find(code.co_qualname) if node.kind == "function"]
        if len(nodes) > _FORMS:
            return None
        for node in nodes:
            try:
                tree = ast.parse(textwrap.dedent(node.segment)).body[0]
            except (SyntaxError, IndexError):
                return None
            if not isinstance(tree, ast.FunctionDef):
                return None
            trees.append(tree)
    return _one_of(trees) if trees else None


def _one_of(trees: list[ast.FunctionDef]) -> ast.FunctionDef | None:
    """A function that does what one of several does. One that this batch changes must be harmless before and after, and
    so must each of those that have one name, in branches or one below the other."""
    made, *others = {ast.dump(tree): tree for tree in reversed(trees)}.values()
    for other in others:
        if _parameters(made) != _parameters(other):
            return None
        both = ast.If(test=ast.Constant(True), body=made.body, orelse=other.body)
        made.body = [ast.fix_missing_locations(ast.copy_location(both, made))]
    return made


def _parameters(tree: ast.FunctionDef) -> str:
    """The parameters of a function with their defaults, but without annotations: a call does not come to those."""
    given = tree.args
    rest = [None if each is None else each.arg for each in (given.vararg, given.kwarg)]
    said = [[each.arg for each in some] for some in (given.posonlyargs, given.args, given.kwonlyargs)]
    return f"{said} {rest} {[ast.dump(each) for each in (*given.defaults, *given.kw_defaults) if each is not None]}"


def node_is_pure(worlds: Worlds, work: Work, node: Node) -> bool:
    """Whether an assignment may run again unseen."""
    value = value_of(node)
    if value is None:
        return False
    return is_pure(worlds.works, value, new_world(worlds, work, node))


def statements_are_pure(worlds: Worlds, work: Work, nodes: list[Node]) -> bool:
    """Whether statements of a module that build something up, run one after the other, have no other effect."""
    try:
        body = [each for node in nodes for each in ast.parse(textwrap.dedent(node.segment)).body]
    except SyntaxError:
        return False
    return body_is_pure(worlds, work, nodes[0], body)


def body_is_pure(worlds: Worlds, work: Work, node: Node, body: list[ast.stmt]) -> bool:
    """Whether statements that stand where a node does, run one after the other, have no other effect; `ANYTHING` in
    them is a name of which nothing is known."""
    world = ChainMap({ANYTHING: _Anything()}, new_world(worlds, work, node))  # type: ignore[arg-type]
    return purity.is_pure_body(body, world, lambda function: source_of(worlds.works, function))


def built_up(worlds: Worlds, work: Work, nodes: list[Node], name: str) -> object:
    """What statements of the old source make of a name; MISSING where running them could be noticed."""
    return (as_built(worlds, work, nodes) or {}).get(name, MISSING)


def as_built(worlds: Worlds, work: Work, nodes: list[Node], *, old: bool = True) -> dict[str, object] | None:
    """The names as statements of the old source, or of the new one, leave them; None where running them could be
    noticed."""
    try:
        world = World(worlds, work, nodes[0], old=old)
        body = [each for node in nodes for each in ast.parse(textwrap.dedent(node.segment)).body]
        if not purity.is_pure_body(body, world, lambda function: source_of(worlds.works, function)):
            return None
        namespace = world.of(*body)
        exec(compile(ast.Module(body, []), work.tracked.filename, "exec", dont_inherit=True), namespace)
        return namespace
    except Exception:
        return None


def still_holds(worlds: Worlds, work: Work, node: Node, value: ast.expr) -> bool:
    """Whether the live value of an assignment is what the old source gives."""
    result = evaluate(value, old_world(worlds, work, node), work.tracked.filename)
    if result is MISSING:
        return False
    space = worlds.space_of(work, node)
    before = worlds.stage.before.get(id(space.owner), {})
    held = [before.get(name, space.live.get(name, MISSING)) for name in node.binds]
    if len(held) == 1:
        if held[0] is MISSING:
            return False
        if is_a(held[0], enum.Enum) and node.scopes:
            # A member of the enumeration in whose body the line stands.
            return same_value(held[0]._value_, result)
        if is_mutable_instance(result):
            # Who keeps it would not have the new one.
            own = int(is_a(space.owner, type))
            return same_instance(held[0], result) and not is_kept(held, names=own)
        return same_value(held[0], result)
    try:
        return len(held) == len(result) and all(  # type: ignore[arg-type]
            a is not MISSING and same_value(a, b)
            for a, b in zip(held, result, strict=True)  # type: ignore[call-overload]
        )
    except TypeError:
        return False
