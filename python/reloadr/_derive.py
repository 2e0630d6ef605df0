"""What depends on what changed: importers by value, derived statements, defaults, bases, call sites.

The rule: an unchanged statement, default or decorator argument that was computed from a changed name is
computed again if nobody can notice (`_purity`) and if its live value is still what the old source gave.
Otherwise it is kept, and named in the report.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from reloadr import _annotations as deferred
from reloadr import _load_time as load_time
from reloadr import _locate as locate
from reloadr import _purity as purity
from reloadr._apply import (
    ATTR,
    MISSING,
    Batch,
    NeedsRestart,
    Space,
    Work,
    default_values,
    own_work,
    parse_expression,
    parse_statements,
    quoted,
)
from reloadr._calls import broken_calls
from reloadr._core import Node, Part
from reloadr._refine import Edit
from reloadr._same import same_value
from reloadr._tracked import Tracked, loaded_modules, parse, snapshot_of, source_path

if TYPE_CHECKING:
    from reloadr._edits import Module

#: Values that many unrelated names share: holding the same one says nothing.
_COMMON = (str, bytes, int, float, complex, bool, type(None), tuple, frozenset, type(...), type(NotImplemented))


# ---- purity in the old and the new world --------------------------------------------------------------


def is_pure(batch: Batch, tracked: Tracked, tree: ast.expr, namespace: Mapping[str, object]) -> bool:
    """Whether an expression may be evaluated unseen; functions of watched modules are looked into."""
    return purity.is_pure(tree, namespace, lambda function: _source_of(batch, function))


def _source_of(batch: Batch, function: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    for tracked in batch.watched:
        if tracked.namespace is function.__globals__:
            return _tree_of(batch, tracked, function.__code__)
    return None


def _tree_of(batch: Batch, tracked: Tracked, code: CodeType) -> ast.FunctionDef | ast.Lambda | None:
    outlines = [tracked.outline]
    work = batch.by_name.get(tracked.name)
    if work is not None:
        outlines.append(work.outline)
    trees: list[ast.FunctionDef] = []
    for outline in outlines:
        nodes = [node for node in outline.find(code.co_qualname) if node.kind == "function"]
        if len(nodes) != 1:
            return None
        try:
            tree = ast.parse(textwrap.dedent(nodes[0].segment)).body[0]
        except (SyntaxError, IndexError):
            return None
        if not isinstance(tree, ast.FunctionDef):
            return None
        trees.append(tree)
    # A function that this batch changes must be harmless before and after: both bodies, one after the other.
    if len(trees) == 2 and ast.dump(trees[0]) != ast.dump(trees[1]):
        if ast.dump(trees[0].args) != ast.dump(trees[1].args):
            return None
        both = ast.If(test=ast.Constant(True), body=trees[0].body, orelse=trees[1].body)
        trees[0].body = [ast.fix_missing_locations(ast.copy_location(both, trees[0]))]
    return trees[0]


def node_is_pure(batch: Batch, work: Work, node: Node) -> bool:
    """Whether an assignment may run again unseen."""
    value = value_of(node)
    if value is None:
        return False
    return is_pure(batch, work.tracked, value, _new_world(batch, work, node))


def statements_are_pure(batch: Batch, work: Work, nodes: list[Node]) -> bool:
    """Whether statements of a module that build something up, run one after the other, have no other effect."""
    try:
        body = [each for node in nodes for each in ast.parse(textwrap.dedent(node.segment)).body]
    except SyntaxError:
        return False
    return purity.is_pure_body(body, _new_world(batch, work, nodes[0]), lambda function: _source_of(batch, function))


def built_up(batch: Batch, work: Work, nodes: list[Node], name: str) -> object:
    """What statements of the old source make of a name; MISSING where running them could be noticed."""
    try:
        world = old_world(batch, work, nodes[0])
        body = [each for node in nodes for each in ast.parse(textwrap.dedent(node.segment)).body]
        if not purity.is_pure_body(body, world, lambda function: _source_of(batch, function)):
            return MISSING
        namespace = world.of(*body)
        exec(compile(ast.Module(body, []), work.tracked.filename, "exec", dont_inherit=True), namespace)
        return namespace.get(name, MISSING)
    except Exception:
        return MISSING


def block_only_binds(block: Node) -> bool:
    """Whether a block holds nothing but imports, assignments and definitions."""
    return all(
        node.kind in ("import", "from", "assignment", "function", "class", "pass")
        or (bool(node.branches) and block_only_binds(node))
        for _, _, suite in block.branches
        for node in suite
    )


def value_of(node: Node) -> ast.expr | None:
    tree = parse_statements(node.segment)
    body = tree.body if tree is not None else []
    if len(body) != 1 or not isinstance(body[0], (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return None
    statement = body[0]
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if not all(_only_names(target) for target in targets):
        return None
    return statement.value


def _only_names(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(_only_names(each) for each in target.elts)
    return isinstance(target, (ast.Name, ast.Starred))


def _space(batch: Batch, work: Work, node: Node) -> Space:
    return batch.space_of(work, node)


class World(Mapping[str, object]):
    """The names that a node sees, before the batch or after it. Looked up one by one: a module has many."""

    def __init__(self, batch: Batch, work: Work, node: Node, *, old: bool) -> None:
        self._batch = batch
        self._old = old
        spaces = [_space(batch, work, node)] if node.scopes else []
        self._layers: list[Mapping[str, object]] = []
        for space in [*spaces, work.space]:
            self._layers += [batch.before.get(id(space.owner), {}) if old else space.stage, space.live]

    def __getitem__(self, name: str) -> object:
        for layer in self._layers:
            value = layer.get(name, self)
            if value is MISSING:
                break
            if value is not self:
                return _as_before(self._batch, value) if self._old else value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in set().union(*self._layers) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def of(self, *trees: ast.AST) -> dict[str, object]:
        """A namespace to evaluate expressions or statements in: the names that they read."""
        read = {each.id for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Name)}
        return {name: self[name] for name in {*read, "__name__", "__builtins__"} if name in self}


def old_world(batch: Batch, work: Work, node: Node) -> World:
    """The names a node saw before the batch."""
    return World(batch, work, node, old=True)


def _new_world(batch: Batch, work: Work, node: Node) -> World:
    """The names a node sees after it."""
    return World(batch, work, node, old=False)


def _as_before(batch: Batch, value: object) -> object:
    """A module or class as it was, where part of the batch had to be committed already."""
    if not batch.journal or not isinstance(value, (ModuleType, type)):
        return value
    owner = value.__dict__ if isinstance(value, ModuleType) else value
    before = batch.before.get(id(owner))
    return _Past(value, before) if before else value


class _Past:
    """Attributes of a module or class before the batch."""

    def __init__(self, value: object, before: Mapping[str, object]) -> None:
        self._value = value
        self._before = before

    def __getattr__(self, name: str) -> object:
        found = self._before.get(name, self)
        if found is MISSING:
            raise AttributeError(name)
        return getattr(self._value, name) if found is self else found


def _evaluate(tree: ast.expr, names: World, filename: str) -> object:
    """MISSING when it raises."""
    try:
        return eval(compile(ast.Expression(tree), filename, "eval"), names.of(tree))
    except Exception:
        return MISSING


# ---- facts noted during the walk -----------------------------------------------------------------------


def removed_name(batch: Batch, work: Work, old: Node, name: str, value: object) -> None:
    """A name of a module was unbound: who imported it is named once all files are through."""
    if not old.scopes:
        batch.removed.append((work, old, name, value))


def transient_value(batch: Batch, work: Work, old: Node) -> None:
    """What a name held that is deleted again further down: what was computed from it can be followed then."""
    if len(old.binds) != 1 or old.scopes or old.binds[0] in work.space.live:
        return
    value = value_of(old)
    before = batch.before.setdefault(id(work.space.owner), {})
    if value is None or old.binds[0] in before:
        return
    world = old_world(batch, work, old)
    if is_pure(batch, work.tracked, value, world):
        found = _evaluate(value, world, work.tracked.filename)
        if found is not MISSING:
            before[old.binds[0]] = found


def changed_function(batch: Batch, work: Work, old: Node, new: Node) -> None:
    """What a function does when called changed: matters to what called it while modules were loaded."""
    if not new.scopes:
        batch.changed_functions.append((work, new))


def signature_changed(batch: Batch, work: Work, edit: Edit) -> None:
    """Call sites are checked once all files are through."""
    batch.signatures.append((work, edit))


# ---- the pass ------------------------------------------------------------------------------------------


def derive(batch: Batch) -> None:
    """Follows every changed name to what depends on it, until nothing changes any more."""
    _derivation(batch).run()


def _derivation(batch: Batch) -> Derivation:
    if batch.derivation is None:
        batch.derivation = Derivation(batch)
    assert isinstance(batch.derivation, Derivation)
    return batch.derivation


def rebuild_for(batch: Batch, work: Work, node: Node, cls: type) -> None:
    """Builds a generated class anew because of one of its members."""
    _derivation(batch)._rebuild_for(work, node, cls)


def rebind_imports(batch: Batch, work: Work) -> None:
    """What a module imported by value from modules that come before it in the batch."""
    for source, name, bound, line in work.outline.imported():
        if name in ("", "as", "*"):
            continue
        try:
            full = batch.absolute(work.tracked.namespace, source)
        except ImportError:
            continue
        other = batch.by_name.get(full)
        if other is None or other is work:
            continue
        old = batch.before.get(id(other.space.owner), {}).get(name, MISSING)
        new = other.space.get(name)
        if old is not MISSING and new is not MISSING and new is not old and work.space.get(bound) is old:
            batch.set(work.space, bound, new)
            batch.change("rebind", work.tracked, bound, line, f"from {full}")


def catch_up(batch: Batch, work: Work, line: int) -> None:
    """Before the statement at `line` runs, what stands above it and depends on what changed is computed."""
    for _ in range(20):
        before = batch.before.get(id(work.space.owner))
        if not before:
            return
        changed = {
            name
            for name, old in before.items()
            if old is not MISSING and not indistinguishable(old, work.space.get(name))
        }
        done = _derivation(batch).caught_up
        fresh = [
            node
            for node in (work.outline.readers(changed) if changed else ())
            if node.line < line and node.kind == "assignment" and not node.scopes
            and (work.tracked.name, node.line, frozenset(changed & set(node.reads))) not in done
        ]  # fmt: skip
        if not fresh:
            return
        for node in fresh:
            names = changed & set(node.reads)
            done.add((work.tracked.name, node.line, frozenset(names)))
            if (work.tracked.name, node.line, node.source) not in batch.ran:
                for name in sorted(names):
                    _derivation(batch)._reader(work, node, names, name)


def links_around(binders: list[Node], name: str, line: int) -> tuple[list[Node], Node | None]:
    """The assignments that build up what a name means at a line, of all that bind it: from the last one above that
    begins anew (it does not read the name) on; and the next one that begins anew."""
    starts = [at for at, node in enumerate(binders) if at == 0 or name not in node.reads]
    first = max((at for at in starts if binders[at].line <= line), default=0)
    last = min((at for at in starts if at > first), default=len(binders))
    return binders[first:last], binders[last] if last < len(binders) else None


def between(batch: Batch, work: Work, name: str, first: int, last: int) -> None:
    """Follows up what reads a name between two lines."""
    for node in list(work.outline.readers({name})):
        if first < node.line < last and (work.tracked.name, node.line, node.source) not in batch.ran:
            _derivation(batch)._reader(work, node, {name}, name)


def readers_of(batch: Batch, tracked: Tracked, names: set[str]) -> Iterator[tuple[Work, Node, set[str]]]:
    """Statements of any watched module that read these names of a module, however they call them."""
    for other in candidates(batch, tracked, names):
        work = batch.work_of(other)
        local = local_names(batch, work, tracked, names)
        if not local:
            continue
        for node in work.outline.readers(local):
            yield work, node, local & set(node.reads)


def candidates(batch: Batch, tracked: Tracked, names: Iterable[str]) -> list[Tracked]:
    words = list(names)
    # Who imports from a module writes the last part of its name; from a package, perhaps only dots.
    if "__path__" in tracked.namespace:
        found = batch.mentioning(words)
    else:
        found = [each for each in batch.mentioning([tracked.name.rpartition(".")[2]]) if batch.mentions(each, words)]
    if not any(each is tracked for each in found):
        found.append(tracked)
    if len(found) > 1:
        found.sort(key=lambda each: each.number)
    return found


def local_names(batch: Batch, work: Work, tracked: Tracked, names: set[str]) -> set[str]:
    """What another module calls these names: imported ones, and `module.name`."""
    if work.tracked is tracked:
        return set(names)
    local: set[str] = set()
    for module, name, bound, _ in work.outline.imported():
        try:
            full = batch.absolute(work.tracked.namespace, module)
        except ImportError:
            continue
        if name in ("", "as") and full == tracked.name:
            prefix = full if name == "" else bound
            local |= {f"{prefix}.{each}" for each in names}
        elif name == "*" and full == tracked.name:
            local |= {each for each in names if not each.startswith("_")}
        elif f"{full}.{name}" == tracked.name:
            local |= {f"{bound}.{each}" for each in names}
        elif full == tracked.name:
            for each in names:
                head, dot, rest = each.partition(".")
                if head == name:
                    local.add(f"{bound}{dot}{rest}")
    return local


def still_holds(batch: Batch, work: Work, node: Node, value: ast.expr) -> bool:
    """Whether the live value of an assignment is what the old source gives."""
    result = _evaluate(value, old_world(batch, work, node), work.tracked.filename)
    if result is MISSING:
        return False
    space = _space(batch, work, node)
    before = batch.before.get(id(space.owner), {})
    held = [before.get(name, space.live.get(name, MISSING)) for name in node.binds]
    if len(held) == 1:
        return held[0] is not MISSING and same_value(held[0], result)
    try:
        return len(held) == len(result) and all(  # type: ignore[arg-type]
            a is not MISSING and same_value(a, b)
            for a, b in zip(held, result, strict=True)  # type: ignore[call-overload]
        )
    except TypeError:
        return False


class Derivation:
    """The work list of one batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.seen: set[tuple[int, str, int]] = set()
        self.visited: set[tuple[str, int, str, str]] = set()
        self.modules: dict[str, Module] = {}
        self.rebuilt: set[tuple[str, str]] = set()
        self.caught_up: set[tuple[str, int, frozenset[str]]] = set()
        #: What modules that are not watched import by name.
        self.imports: dict[str, list[tuple[str, str, str]] | None] = {}

    def run(self) -> None:
        """Bounded: every name is followed once for each new value."""
        for _ in range(50):
            changed = list(self._changed())
            if not changed:
                break
            for space, name, old, new in changed:
                self._follow(space, name, old, new)
        self._functions()
        self._generated()
        self._stars()
        for _ in range(50):
            changed = list(self._changed())
            if not changed:
                break
            for space, name, old, new in changed:
                self._follow(space, name, old, new)
        self._removed()
        self._signatures()

    def _changed(self) -> Iterator[tuple[Space, str, object, object]]:
        batch = self.batch
        for owner, names in list(batch.before.items()):
            space = batch.spaces[owner]
            for name, old in list(names.items()):
                new = space.get(name)
                key = (owner, name, id(new))
                if key in self.seen or new is old:
                    continue
                self.seen.add(key)
                yield space, name, old, new

    def _follow(self, space: Space, name: str, old: object, new: object) -> None:
        owner = space.owner
        if isinstance(owner, type):
            tracked = self._tracked(owner.__module__)
            if tracked is not None and old is not MISSING and not indistinguishable(old, new):
                self._class_attribute(tracked, owner, name)
            return
        tracked = self._tracked(str(owner.get("__name__")))
        module = str(owner.get("__name__"))
        if new is not MISSING and old is not MISSING:
            self._rebind(module, name, old, new)
        if tracked is None or old is MISSING:
            return
        if new is MISSING or not indistinguishable(old, new):
            self._readers(tracked, name)

    def _tracked(self, name: str) -> Tracked | None:
        return next((tracked for tracked in self.batch.watched if tracked.name == name), None)

    # ---- importers ----

    def _rebind(self, module: str, name: str, old: object, new: object) -> None:
        """`from module import name [as other]` in other modules holds the replaced object."""
        batch = self.batch
        made_in = sys.modules.get(module)
        # As for candidates: who imports from a module that is no package writes the last part of its name.
        last = [] if made_in is None or hasattr(made_in, "__path__") else [module.rpartition(".")[2]]
        for tracked in batch.mentioning([name]):
            if tracked.name == module or (last and not batch.mentions(tracked, last)):
                continue
            work = batch.work_of(tracked)
            for source, imported, bound, _ in work.outline.imported():
                if imported not in (name, "*"):
                    continue
                try:
                    full = batch.absolute(tracked.namespace, source)
                except ImportError:
                    continue
                local = bound or name
                held = work.space.get(local)
                owner = sys.modules[module].__dict__ if module in sys.modules else {}
                trail = batch.trail.get((id(owner), name), [])
                if full == module and held is not new and any(held is each for each in (old, *trail)):
                    batch.set(work.space, local, new)
                    batch.change("rebind", tracked, local, 0, f"from {module}")
        if isinstance(old, _COMMON) or self._only_imported(module, name):
            return
        for other in loaded_modules():
            namespace = other.__dict__
            if namespace.get("__name__") == module:
                continue
            for key, value in list(namespace.items()):
                if value is old and self._has_it_from(other, key, module, name, old):
                    space = batch.module_space(other)
                    if space.get(key) is old:
                        batch.set(space, key, new)

    def _has_it_from(self, holder: ModuleType, key: str, module: str, name: str, value: object) -> bool:
        """Whether another module's name means what a watched module calls `name`, rather than where that had it from:
        the module made the object, or the holder imports the name."""
        if isinstance(value, type):
            if value.__module__ == module:
                return True
        else:
            namespace = sys.modules[module].__dict__ if module in sys.modules else None
            if any(found.function.__globals__ is namespace for found in locate.unwrap(value)):
                return True
        if any(tracked.module is holder for tracked in self.batch.watched):
            return False
        if holder.__name__ not in self.imports:
            self.imports[holder.__name__] = self._imports_of(holder)
        imports = self.imports[holder.__name__]
        if imports is None:
            # A prompt leaves no text behind.
            return holder.__name__ == "__main__" and key == name and not isinstance(value, (type, FunctionType))
        return any(
            source == module and ((bound == key and imported == name) or (imported == "*" and key == name))
            for source, imported, bound in imports
        )

    def _imports_of(self, holder: ModuleType) -> list[tuple[str, str, str]] | None:
        """What a module that is not watched imports by name; None where its source is not to be had."""
        path = source_path(holder)
        if path is None:
            return None
        found: list[tuple[str, str, str]] = []
        try:
            for source, imported, bound, _ in parse(snapshot_of(holder, path).text(), path).imported():
                found.append((self.batch.absolute(holder.__dict__, source), imported, bound or imported))
        except (OSError, SyntaxError, ValueError, ImportError):
            return None
        return found

    def _only_imported(self, module: str, name: str) -> bool:
        """Whether a name was an import there: who else holds the object has it from elsewhere."""
        tracked = self._tracked(module)
        if tracked is None:
            return False
        return any(node.kind in ("import", "from") for node in tracked.outline.binders({name}, ""))

    # ---- readers ----

    def _readers(self, tracked: Tracked, name: str) -> None:
        for work, node, names in list(readers_of(self.batch, tracked, {name})):
            self._reader(work, node, names, name)

    def _class_attribute(self, tracked: Tracked, cls: type, name: str) -> None:
        batch = self.batch
        work = batch.work_of(tracked)
        dotted = f"{cls.__qualname__}.{name}"
        for node in work.outline.readers({name}):
            if node.scopes and node.scopes[-1].qualname == cls.__qualname__:
                self._reader(work, node, {name}, dotted)
        last = cls.__qualname__.rpartition(".")[2]
        for other, node, names in list(readers_of(batch, tracked, {f"{last}.{name}"})):
            self._reader(other, node, names, dotted)

    def _reader(self, work: Work, node: Node, names: set[str], source: str) -> None:
        batch, tracked = self.batch, work.tracked
        key = (tracked.name, node.line, node.source, source)
        if key in self.visited:
            return
        self.visited.add(key)
        if (tracked.name, node.line, node.source) in batch.ran:
            # It ran before what it reads was followed up: once more, if nobody can notice.
            once = node.scopes or set(node.binds) & set(node.reads)
            if node.kind == "assignment" and not once and node_is_pure(batch, work, node):
                self._run(work, node)
            return
        if any(names <= set(_class_binds(scope)) for scope in node.scopes) and "." not in source:
            return
        module = self._module(work)
        if module.liveness(node) != "live" or _is_running(module, node):
            return
        if all(self._means_as_before(module, name, node) for name in names):
            return
        try:
            if node.kind == "assignment":
                self._assignment(work, node, names, source)
            elif node.kind == "function":
                self._function(work, node, names, source)
            elif node.kind == "class":
                self._class(work, node, names, source)
            elif node.branches:
                self._block(work, node, names, source)
            elif node.kind == "statement":
                self._statement(work, node, source)
        except NeedsRestart as needs:
            batch.reason(needs.code, tracked, node.qualname, node.line, **needs.words)

    def _means_as_before(self, module: Module, name: str, node: Node) -> bool:
        """Whether a name that is bound more than once, each time anew, means at this line what it did: the
        assignments that changed are others."""
        binders = module.live_binders(name, "")
        if len(binders) < 2 or node.scopes or node.line < binders[0].line:
            return False
        links, _ = links_around(binders, name, node.line)
        return len(links) < len(binders) and not any(
            (module.tracked.name, link.line, link.source) in self.batch.ran for link in links
        )

    def _module(self, work: Work) -> Module:
        from reloadr._edits import Module

        made = self.modules.get(work.tracked.name)
        if made is None:
            made = self.modules[work.tracked.name] = Module(self.batch, work, [])
        return made

    def _stale(self, work: Work, node: Node, name: str, source: str) -> None:
        self.batch.reason("RL206", work.tracked, name, node.line, name=name, source=source)

    def _assignment(self, work: Work, node: Node, read: set[str], source: str) -> None:
        batch, tracked = self.batch, work.tracked
        if node.once or reads_later(node, read):
            return
        try:
            space = _space(batch, work, node)
        except NeedsRestart:
            return
        names = [f"{node.qualname}.{name}" if node.qualname else name for name in node.binds]
        if isinstance(space.owner, type):
            self._rebuild_for(work, node, space.owner)
            if (work.tracked.name, node.line, node.source) in batch.ran:
                return
        if node.annotates is not None and self._only_annotation(work, node, source):
            return
        value = value_of(node)
        holds = (
            value is not None
            and is_pure(batch, work.tracked, value, _new_world(batch, work, node))
            and still_holds(batch, work, node, value)
        )
        if value is not None and _augments(node):
            holds = all(
                node_is_pure(batch, work, other)
                for other in work.outline.binders(set(node.binds), node.qualname)
                if other.kind == "assignment"
            )
        if not holds:
            for name in names:
                self._stale(work, node, name, source)
            if not names:
                label = f"`{node.source.partition(chr(10))[0]}`"
                batch.reason("RL206", tracked, node.qualname, node.line, name=label, source=source)
            return
        if _augments(node):
            module = self._module(work)
            module.chains.repeat(module, node, node.qualname)
            return
        batch.run(work, node)
        for name in names:
            batch.change("recompute", work.tracked, name, node.line, f"from {source}")

    def _only_annotation(self, work: Work, node: Node, source: str) -> bool:
        """`name: T = value` where just the annotation reads what changed: that alone is evaluated again."""
        try:
            statement = ast.parse(textwrap.dedent(node.segment)).body[0]
        except (SyntaxError, IndexError):
            return False
        if not isinstance(statement, ast.AnnAssign):
            return False
        name = source.rpartition(".")[2]
        if statement.value is not None and any(
            (isinstance(each, ast.Name) and each.id == name) or (isinstance(each, ast.Attribute) and each.attr == name)
            for each in ast.walk(statement.value)
        ):
            return False
        if "annotations" in work.outline.future:
            return True
        if deferred.DEFERRED:
            try:
                deferred.forget_scope(self.batch, _space(self.batch, work, node))
            except NeedsRestart:
                return True
        else:
            text = f"{node.indent}{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)}"
            self.batch.run(work, node, source=text, record=False)
        return True

    def _rebuild_for(self, work: Work, node: Node, cls: type) -> None:
        """A generated class whose body depends on what changed is built anew; attributes that it keeps from
        before are computed one by one."""
        from reloadr import _classes as classes

        if not classes.is_generated(cls):
            return
        scope = node.scopes[-1]
        if (work.tracked.name, scope.qualname) in self.rebuilt:
            return
        self.rebuilt.add((work.tracked.name, scope.qualname))
        if (work.tracked.name, scope.line, scope.source) in self.batch.ran:
            return
        try:
            classes.Rebuild(self._module(work), classes.Plan(cls, scope, scope, [])).carry_out()
        except NeedsRestart as needs:
            self.batch.reason(needs.code, work.tracked, scope.qualname, scope.line, **needs.words)

    def _function(self, work: Work, node: Node, names: set[str], source: str) -> None:
        batch, tracked = self.batch, work.tracked
        for part in node.decorators:
            if names & set(part.reads):
                called = part.source.split("(")[0].strip()
                if called in names and not part.source.strip().endswith(")"):
                    batch.reason("RL205", tracked, node.qualname, node.line, name=node.qualname, decorator=called)
                else:
                    self._stale(work, node, node.qualname, source)
        functions = self._functions_at(work, node)
        for parameter, kind, annotation, default in node.params:
            evaluated = (tracked.name, node.line, parameter) in batch.defaults
            if default is not None and not evaluated and names & set(default.reads):
                for each in functions:
                    self._default(work, node, each.function, (parameter, kind), default, source)
            if annotation is not None and names & set(annotation.reads):
                self._annotation(work, node, functions, parameter, annotation)
        if node.returns is not None and names & set(node.returns.reads):
            self._annotation(work, node, functions, "return", node.returns)

    def _functions_at(self, work: Work, node: Node) -> list[locate.Found]:
        """The living functions of an unchanged definition, or of one whose swap is prepared."""
        try:
            space = _space(self.batch, work, node)
        except NeedsRestart:
            return []
        value = space.get(locate.bound_name(node))
        return [
            found
            for found in locate.unwrap(value)
            if found.function.__code__.co_qualname == node.qualname
            and found.function.__globals__ is work.tracked.namespace
        ]

    def _default(
        self, work: Work, node: Node, function: FunctionType, parameter: tuple[str, int], part: Part, source: str
    ) -> None:
        batch = self.batch
        name, kind = parameter
        tree = parse_expression(part.source)
        held = default_values(function)
        before = old_world(batch, work, node)
        pure = tree is not None and is_pure(batch, work.tracked, tree, before)
        old = _evaluate(tree, before, work.tracked.filename) if tree is not None and pure else MISSING
        key = next((each for each in held if each == name or each.endswith(f"__{name.lstrip('_')}")), name)
        if not pure or old is MISSING or key not in held or not same_value(held[key], old):
            self._stale(work, node, node.qualname, source)
            return
        assert tree is not None
        new = _evaluate(tree, _new_world(batch, work, node), work.tracked.filename)
        if new is MISSING:
            self._stale(work, node, node.qualname, source)
            return
        if kind == 3:
            keywords = {**(batch.current(function, "__kwdefaults__") or {}), key: new}  # type: ignore[dict-item]
            batch.steps.append((ATTR, function, "__kwdefaults__", keywords))
        else:
            values = batch.current(function, "__defaults__") or ()
            assert isinstance(values, tuple)
            code = function.__code__
            first = code.co_argcount - len(values)
            at = code.co_varnames[: code.co_argcount].index(key) - first
            batch.steps.append((ATTR, function, "__defaults__", (*values[:at], new, *values[at + 1 :])))
        # Who calls it from now on in this batch has to see that.
        batch.pending_names.add(node.name or "")
        batch.change("recompute", work.tracked, node.qualname, node.line, f"default of {name} from {source}")

    def _annotation(self, work: Work, node: Node, functions: list[locate.Found], name: str, part: Part) -> None:
        if "annotations" in work.outline.future:
            return
        batch = self.batch
        if deferred.DEFERRED:
            for found in functions:
                deferred.forget(batch, found.function)
            return
        tree = parse_expression(part.source)
        if tree is None:
            return
        new = _evaluate(tree, _new_world(batch, work, node), work.tracked.filename)
        for found in functions:
            held = batch.current(found.function, "__annotations__")
            if new is MISSING or not isinstance(held, dict) or name not in held or held[name] is new:
                continue
            batch.set_attributes(found, {"__annotations__": {**held, name: new}})

    def _class(self, work: Work, node: Node, names: set[str], source: str) -> None:
        from reloadr import _classes as classes

        cls = locate.class_of(work.tracked, node)
        if cls is None:
            return
        if any(names & set(part.reads) for part in node.decorators):
            self._stale(work, node, node.qualname, source)
        if any(names & set(part.reads) for _, part in node.bases):
            try:
                classes.rebase(self._module(work), node, cls)
            except NeedsRestart as needs:
                self.batch.reason(needs.code, work.tracked, node.qualname, node.line, **needs.words)

    def _block(self, work: Work, node: Node, names: set[str], source: str) -> None:
        batch = self.batch
        for _, header, _ in node.branches:
            if header is None or not names & set(header.reads):
                continue
            tree = parse_expression(header.source)
            if tree is not None and node.kind in ("if", "while"):
                old = _evaluate(tree, old_world(batch, work, node), work.tracked.filename)
                new = _evaluate(tree, _new_world(batch, work, node), work.tracked.filename)
                pure = is_pure(batch, work.tracked, tree, _new_world(batch, work, node))
                if pure and old is not MISSING and new is not MISSING and bool(old) == bool(new):
                    continue
            label = f"`{node.source.partition(chr(10))[0]}`"
            names_bound = list(node.binds) or [node.qualname]
            for name in names_bound:
                batch.reason("RL216", work.tracked, name, node.line, name=label, source=source)

    def _statement(self, work: Work, node: Node, source: str) -> None:
        tree = parse_expression(node.source)
        if tree is not None and is_pure(self.batch, work.tracked, tree, _new_world(self.batch, work, node)):
            return
        if node.source.startswith(("assert", "global", "del")):
            return
        label = f"`{node.source.partition(chr(10))[0][:72]}`"
        self.batch.reason("RL206", work.tracked, node.qualname, node.line, name=label, source=source)

    # ---- functions that were called while modules were loaded ----

    def _functions(self) -> None:
        batch = self.batch
        for work, new in batch.changed_functions:
            self._decorated_by(work, new)
        for call in batch.calls:
            work, node = call.work, call.node
            if call.key in batch.ran or self._module(work).liveness(node) == "dead":
                continue
            because = load_time.matter(batch, call, lambda old, new: not indistinguishable(old, new))
            if call.because and not because:
                continue
            if call.holds is not None:
                self._called(call, ", ".join(because))
            elif node.name:
                self._made_through(call, ", ".join(because))
            elif node.branches:
                source = ", ".join(because or sorted(call.names))
                batch.reason("RL216", work.tracked, node.qualname, node.line, name=quoted(node), source=source)
            else:
                source = ", ".join(because or sorted(call.names))
                batch.reason("RL206", work.tracked, node.qualname, node.line, name=quoted(node), source=source)
                for touched in batch.touched(work, node)[:20]:
                    if touched != source:
                        batch.reason("RL206", work.tracked, touched, node.line, name=touched, source=source)

    def _called(self, call: load_time.Call, source: str) -> None:
        batch, work, node = self.batch, call.work, call.node
        names = [f"{node.qualname}.{name}" if node.qualname else name for name in node.binds]
        changed = sorted(name for name in node.reads if name.rpartition(".")[2] in batch.changed_names())
        source = source or ", ".join(changed or sorted(call.names))
        if _is_running(self._module(work), node):
            return
        if not call.holds or not names:
            for name in names or [quoted(node)]:
                self._stale(work, node, name, source)
            return
        space = batch.space_of(work, node)
        if isinstance(space.owner, type):
            self._rebuild_for(work, node, space.owner)
            if call.key in batch.ran:
                return
        module = self._module(work)
        if _augments(node) and module.chains.repeat(module, node, node.qualname):
            return
        if not self._run(work, node):
            return
        for name in names:
            batch.change("recompute", work.tracked, name, node.line, f"from {source}")

    def _run(self, work: Work, node: Node) -> bool:
        try:
            self.batch.run(work, node)
        except NeedsRestart as needs:
            self.batch.reason(needs.code, work.tracked, node.qualname, node.line, **needs.words)
            return False
        return True

    def _decorated_by(self, work: Work, new: Node) -> None:
        """Definitions that a changed decorator made: what it did besides wrapping is not repeated."""
        batch = self.batch
        swap = next((swap for swap in batch.swaps if swap.edit.new is not None and swap.edit.new == new), None)
        if swap is None or new.name is None:
            return
        own = own_work(swap.old) != own_work(swap.new)
        inner = [own_work(a) for a in _functions_in(swap.old)] != [own_work(b) for b in _functions_in(swap.new)]
        for other, node, names in list(readers_of(batch, work.tracked, {new.name})):
            for part in node.decorators:
                called = part.source.split("(")[0].strip()
                if called in names and (own or (inner and "(" in part.source)):
                    batch.reason("RL205", other.tracked, node.qualname, node.line, name=node.qualname, decorator=called)

    def _made_through(self, call: load_time.Call, source: str) -> None:
        """A decorator, default or base that calls changed code, or code that reads what changed, made a definition."""
        batch, work, node = self.batch, call.work, call.node
        done = False
        for part in node.decorators:
            called = part.source.split("(")[0].strip()
            if called not in call.names - call.direct and (called not in call.inner or "(" not in part.source):
                continue
            done = True
            if source:
                self._stale(work, node, node.qualname, source)
            else:
                batch.reason("RL205", work.tracked, node.qualname, node.line, name=node.qualname, decorator=called)
        parts = [*node.decorators, *(part for _, part in node.bases)]
        for parameter, _, _, default in node.params:
            if default is not None and (work.tracked.name, node.line, parameter) not in batch.defaults:
                parts.append(default)
        direct = {part.source.split("(")[0].strip() for part in node.decorators}
        if not done and any(load_time.calls_in(part.source, call.names - direct) for part in parts):
            self._stale(work, node, node.qualname, source or ", ".join(sorted(call.names)))

    def _generated(self) -> None:
        """Generated classes that inherit from one that was built anew."""
        from reloadr import _classes as classes

        batch = self.batch
        done: set[tuple[str, int]] = {(work.tracked.name, node.line) for work, node in batch.regenerated}
        at = 0
        while at < len(batch.regenerated):
            work, new = batch.regenerated[at]
            at += 1
            if new.scopes or new.name is None:
                continue
            for other, node, names in list(readers_of(batch, work.tracked, {new.name})):
                key = (other.tracked.name, node.line)
                based = any(keyword is None and names & set(part.reads) for keyword, part in node.bases)
                if node.kind != "class" or not based or key in done:
                    continue
                done.add(key)
                try:
                    classes.regenerate(self._module(other), node)
                except NeedsRestart as needs:
                    batch.reason(needs.code, other.tracked, node.qualname, node.line, **needs.words)

    def _stars(self) -> None:
        """`from module import *` in other modules: names that the module offers now."""
        batch = self.batch
        for owner, names in list(batch.before.items()):
            space = batch.spaces[owner]
            if not isinstance(space.owner, dict):
                continue
            module = sys.modules.get(str(space.owner.get("__name__")))
            offered = "__all__" in names or any(old is MISSING for old in names.values())
            if module is None or not offered:
                continue
            for tracked in batch.watched:
                if not batch.mentions(tracked, [module.__name__.rpartition(".")[2]]):
                    continue
                work = batch.work_of(tracked)
                for source, imported, _, line in work.outline.imported():
                    try:
                        full = batch.absolute(tracked.namespace, source)
                    except ImportError:
                        continue
                    if imported != "*" or full != module.__name__:
                        continue
                    for name, value in batch._star(module).items():
                        held = work.space.get(name)
                        # What another module offered under that name and offers no more gives way.
                        gone = any(each is held for _, _, other, each in batch.removed if other == name)
                        if held is MISSING or (gone and held is not value):
                            batch.set(work.space, name, value)
                            batch.change("rebind", tracked, name, line, f"from {full}")

    # ---- removed names and changed signatures ----

    def _removed(self) -> None:
        batch = self.batch
        removed = [each for each in batch.removed if each[0].space.get(each[2]) is MISSING]
        elsewhere = self._held_elsewhere(
            (work.tracked.name, name, value)
            for work, _, name, value in removed
            if not isinstance(value, (*_COMMON, ModuleType)) and not self._only_imported(work.tracked.name, name)
        )
        for work, old, name, value in removed:
            holders: list[str] = []
            for tracked in batch.watched:
                if tracked is work.tracked or not batch.mentions(tracked, [name]):
                    continue
                other = batch.work_of(tracked)
                for module, imported, bound, _ in other.outline.imported():
                    try:
                        full = batch.absolute(tracked.namespace, module)
                    except ImportError:
                        continue
                    if full == work.tracked.name and imported == name and other.space.get(bound) is value:
                        holders.append(f"{tracked.name}.{bound}")
            holders += elsewhere.get(id(value), [])
            for tracked, item in self._containers(value):
                batch.reason("RL207", tracked, item, 0, name=name, holders=f"{tracked.name}.{item}")
            if holders:
                batch.reason(
                    "RL207", work.tracked, old.qualname or name, old.line, name=name, holders=", ".join(holders)
                )

    def _held_elsewhere(self, removed: Iterable[tuple[str, str, object]]) -> dict[int, list[str]]:
        """The names that modules which are not watched have for removed objects, by id; in one pass."""
        wanted = {id(value): (module, name, value) for module, name, value in removed}
        if not wanted:
            return {}
        found: dict[int, list[str]] = {}
        known = {tracked.name for tracked in self.batch.watched}
        for loaded in loaded_modules():
            if loaded.__name__ not in known:
                for key, each in list(loaded.__dict__.items()):
                    if id(each) in wanted and self._has_it_from(loaded, key, *wanted[id(each)]):
                        found.setdefault(id(each), []).append(f"{loaded.__name__}.{key}")
        return found

    def _containers(self, value: object) -> list[tuple[Tracked, str]]:
        """Items of module-level registries that still hold a removed definition."""
        if not isinstance(value, (FunctionType, type)):
            return []
        found: list[tuple[Tracked, str]] = []
        for tracked in self.batch.watched:
            for name, container in list(tracked.namespace.items()):
                if type(container) is dict:
                    items = list(container.items())
                elif type(container) is list:
                    items = list(enumerate(container))
                else:
                    continue
                if name != "__builtins__":
                    found += [(tracked, f"{name}[{key!r}]") for key, each in items if each is value]
        return found[:50]

    def _signatures(self) -> None:
        batch = self.batch
        for work, edit in batch.signatures:
            old, new = edit.old, edit.new
            assert old is not None and new is not None
            before, after = _signature(old), _signature(new)
            if before is None or after is None or _accepts_all(before, after):
                continue
            name = new.name or ""
            sought = new.scopes[-1].name or "" if name == "__init__" and new.scopes else name
            sources = []
            for tracked in batch.watched:
                if tracked is work.tracked or batch.mentions(tracked, [sought]):
                    sources.append((tracked.name, tracked.path, batch.work_of(tracked).outline.text))
            owner = ".".join(scope.name or "" for scope in new.scopes) or None
            for call in broken_calls(
                name,
                before,
                after,
                owner=owner,
                in_module=work.tracked.name,
                sources=sources,
                aliases=self._aliases,
            ):
                other = self._tracked(call.module)
                if other is not None:
                    batch.reason("RL212", other, call.qualname, call.line, name=new.qualname, why=call.why)

    def _aliases(self, module: str) -> dict[str, tuple[str, str]]:
        tracked = self._tracked(module)
        found: dict[str, tuple[str, str]] = {}
        if tracked is None:
            return found
        for source, name, bound, _ in self.batch.work_of(tracked).outline.imported():
            try:
                full = self.batch.absolute(tracked.namespace, source)
            except ImportError:
                continue
            if name in ("", "as"):
                found[bound] = (full, "")
            elif name != "*":
                found[bound] = (full, name)
        return found


def indistinguishable(old: object, new: object) -> bool:
    """Whether nothing computed from one value could differ from the same computed from the other.

    Equal type expressions may be written differently (`Union[int, str]`, `int | str`), which shows.
    """
    if old is new:
        return True
    return same_value(old, new) and (isinstance(old, _COMMON) or repr(old) == repr(new))


def reads_later(node: Node, names: set[str]) -> bool:
    """Whether an assignment reads names in the bodies of lambdas alone, and those are not called as it runs."""
    if "lambda" not in node.source:
        return False
    tree = parse_statements(node.segment)
    if tree is None:
        return False
    todo: list[ast.AST] = [tree]
    while todo:
        each = todo.pop()
        if isinstance(each, (ast.Name, ast.Attribute)) and ast.unparse(each) in names:
            return False
        if isinstance(each, ast.Call) and any(isinstance(inner, ast.Lambda) for inner in ast.walk(each)):
            return False
        todo += [each.args] if isinstance(each, ast.Lambda) else ast.iter_child_nodes(each)
    return True


def _is_running(module: Module, node: Node) -> bool:
    """Whether the module's own code, running right now, is in the middle of a statement or not there yet: its
    variables are its own."""
    if module.frame is None:
        return False
    at = module.frame.f_lineno
    guards = node.guards
    top = guards[0][0] if guards else node
    return node.line > at or top.line <= at <= top.end_line


def _class_binds(scope: Node) -> list[str]:
    return [name for member in scope.members for name in member.binds]


def _augments(node: Node) -> bool:
    tree = parse_statements(node.segment)
    return tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.AugAssign)


def _functions_in(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _signature(node: Node) -> inspect.Signature | None:
    parameters = []
    for name, kind, _, default in node.params:
        empty = inspect.Parameter.empty
        parameters.append(
            inspect.Parameter(name, inspect._ParameterKind(kind), default=empty if default is None else None)
        )
    try:
        return inspect.Signature(parameters)
    except ValueError:
        return None


def _accepts_all(before: inspect.Signature, after: inspect.Signature) -> bool:
    """Whether every call that bound before binds now: only optional parameters came, at the end."""
    olds, news = list(before.parameters.values()), list(after.parameters.values())
    for old, new in zip(olds, news, strict=False):
        if old.name != new.name or old.kind != new.kind or (new.default is new.empty and old.default is not old.empty):
            return False
    if len(news) < len(olds):
        return False
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(new.default is not new.empty or new.kind in optional for new in news[len(olds) :])
