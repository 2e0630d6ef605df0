"""What depends on what changed: derived statements, defaults, annotations, bases, decorators, importers.

The rule: an unchanged statement, default or decorator argument that was computed from a changed name is
computed again if nobody can notice (`_purity`) and if its live value is still what the old source gave.
Otherwise it is kept, and named in the report.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from reloadr._core import Node, Part
from reloadr.engine.annotations import of_functions, of_scopes
from reloadr.engine.batch import (
    ATTR,
    MISSING,
    Batch,
    NeedsRestart,
    Space,
    Work,
    default_values,
    own_work,
)
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world, node_is_pure, old_world, still_holds
from reloadr.engine.follow import calls as load_time
from reloadr.engine.follow.importers import Importers
from reloadr.engine.follow.readers import home_of, readers_of, watched
from reloadr.engine.follow.signatures import check_signatures
from reloadr.judge.same import indistinguishable, same_value
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.source.compiling import body_code
from reloadr.source.edits import Edit
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.snippets import first_line, quoted
from reloadr.source.statements import (
    augments,
    class_binds,
    decorator_name,
    links_around,
    parse_expression,
    reads_later,
    sets_modules,
    value_of,
)

if TYPE_CHECKING:
    from reloadr.engine.edits.walk import Module

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
        found = evaluate(value, world, work.tracked.filename)
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


def between(batch: Batch, work: Work, name: str, first: int, last: int) -> None:
    """Follows up what reads a name between two lines."""
    for node in list(work.outline.readers({name})):
        if first < node.line < last and (work.tracked.name, node.line, node.source) not in batch.ran:
            _derivation(batch)._reader(work, node, {name}, name)


class Derivation:
    """The work list of one batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.seen: set[tuple[int, str, int]] = set()
        self.visited: set[tuple[str, int, str, str]] = set()
        self.modules: dict[str, Module] = {}
        self.rebuilt: set[tuple[str, str]] = set()
        #: Modules and names that were named as stale.
        self.stale: set[tuple[str, str]] = set()
        self.caught_up: set[tuple[str, int, frozenset[str]]] = set()
        self.importers = Importers(batch)

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
        self.importers.stars()
        for _ in range(50):
            changed = list(self._changed())
            if not changed:
                break
            for space, name, old, new in changed:
                self._follow(space, name, old, new)
        self.importers.removed()
        self._told()
        check_signatures(self.batch)

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
            tracked = home_of(self.batch, owner)
            if tracked is not None and old is not MISSING and not indistinguishable(old, new):
                self._class_attribute(tracked, owner, name)
            return
        tracked = watched(self.batch, str(owner.get("__name__")))
        module = str(owner.get("__name__"))
        if new is not MISSING and old is not MISSING:
            self.importers.rebind(module, name, old, new)
        if tracked is None or old is MISSING:
            return
        if new is MISSING or not indistinguishable(old, new):
            self._readers(tracked, name)

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
        for each in [cls, *locate.subclasses(cls)]:
            if each is not cls and next((c for c in each.__mro__ if name in locate.class_dict(c)), cls) is not cls:
                # It has one of its own.
                continue
            home = tracked if each is cls else home_of(batch, each)
            for other, node, names in list(readers_of(batch, home, {f"{each.__name__}.{name}"})) if home else ():
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
        if any(names <= set(class_binds(scope)) for scope in node.scopes) and "." not in source:
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
        from reloadr.engine.edits.walk import Module

        made = self.modules.get(work.tracked.name)
        if made is None:
            made = self.modules[work.tracked.name] = Module(self.batch, work, [])
        return made

    def _stale(self, work: Work, node: Node, name: str, source: str) -> None:
        """Names what keeps a value that was computed from an old one, and what was computed from that in turn."""
        self.batch.reason("RL206", work.tracked, name, node.line, name=name, source=source)
        if "." in name or (work.tracked.name, name) in self.stale:
            return
        self.stale.add((work.tracked.name, name))
        for other, reader, _ in list(readers_of(self.batch, work.tracked, {name})):
            ran = (other.tracked.name, reader.line, reader.source) in self.batch.ran
            if reader.kind != "assignment" or reader == node or ran or reads_later(reader, {name}):
                continue
            if self._module(other).liveness(reader) == "live":
                for bound in reader.binds:
                    self._stale(other, reader, f"{reader.qualname}.{bound}".lstrip("."), name)

    def _assignment(self, work: Work, node: Node, read: set[str], source: str) -> None:
        batch, tracked = self.batch, work.tracked
        if node.once or reads_later(node, read):
            return
        try:
            space = batch.space_of(work, node)
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
            and is_pure(batch, work.tracked, value, new_world(batch, work, node))
            and still_holds(batch, work, node, value)
        )
        if value is not None and augments(node):
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
        if augments(node):
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
        if of_functions.DEFERRED:
            try:
                of_scopes.forget_scope(self.batch, self.batch.space_of(work, node))
            except NeedsRestart:
                return True
        else:
            text = f"{node.indent}{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)}"
            self.batch.run(work, node, source=text, record=False)
        return True

    def _rebuild_for(self, work: Work, node: Node, cls: type) -> None:
        """A generated class whose body depends on what changed is built anew; attributes that it keeps from
        before are computed one by one."""
        from reloadr.engine.classes import classes

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
                called = decorator_name(part)
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
            space = self.batch.space_of(work, node)
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
        old = evaluate(tree, before, work.tracked.filename) if tree is not None and pure else MISSING
        key = next((each for each in held if each == name or each.endswith(f"__{name.lstrip('_')}")), name)
        if not pure or old is MISSING or key not in held or not same_value(held[key], old):
            self._stale(work, node, node.qualname, source)
            return
        assert tree is not None
        new = evaluate(tree, new_world(batch, work, node), work.tracked.filename)
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
        if of_functions.DEFERRED:
            for found in functions:
                of_functions.forget(batch, found.function)
            return
        tree = parse_expression(part.source)
        if tree is None:
            return
        new = evaluate(tree, new_world(batch, work, node), work.tracked.filename)
        for found in functions:
            held = batch.current(found.function, "__annotations__")
            if new is MISSING or not isinstance(held, dict) or name not in held or held[name] is new:
                continue
            batch.set_attributes(found, {"__annotations__": {**held, name: new}})

    def _class(self, work: Work, node: Node, names: set[str], source: str) -> None:
        from reloadr.engine.classes import classes

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
        if node.kind == "for" and not node.scopes and sets_modules(node):
            self._tell_modules(work, node)
            return
        for _, header, _ in node.branches:
            if header is None or not names & set(header.reads):
                continue
            tree = parse_expression(header.source)
            if tree is not None and node.kind in ("if", "while"):
                old = evaluate(tree, old_world(batch, work, node), work.tracked.filename)
                new = evaluate(tree, new_world(batch, work, node), work.tracked.filename)
                pure = is_pure(batch, work.tracked, tree, new_world(batch, work, node))
                if pure and old is not MISSING and new is not MISSING and bool(old) == bool(new):
                    continue
            label = f"`{node.source.partition(chr(10))[0]}`"
            names_bound = list(node.binds) or [node.qualname]
            for name in names_bound:
                batch.reason("RL216", work.tracked, name, node.line, name=label, source=source)

    def _tell_modules(self, work: Work, node: Node) -> None:
        """Runs a loop once more that only tells objects which module they are of."""
        batch, namespace = self.batch, work.tracked.namespace
        if (work.tracked.name, node.line, node.source) in batch.ran:
            return
        batch.ran.add((work.tracked.name, node.line, node.source))
        code = body_code(unit_of(node), context_of(work.outline, work.tracked.filename))
        taken_away = [name for name in node.binds if name not in namespace]

        def run() -> None:
            exec(code, namespace)
            for name in taken_away:
                namespace.pop(name, None)

        # With the objects that are there by then.
        batch.afterwards.append(run)
        batch.change("run", work.tracked, node.qualname, node.line, first_line(node))

    def _told(self) -> None:
        """Modules that have new names, and a loop that goes through all of their names."""
        batch = self.batch
        for owner, names in list(batch.before.items()):
            namespace = batch.spaces[owner].owner
            tracked = watched(batch, str(namespace.get("__name__"))) if isinstance(namespace, dict) else None
            if tracked is None or MISSING not in names.values() or not batch.mentions(tracked, ["__module__"]):
                continue
            work = batch.work_of(tracked)
            for node in work.outline.readers({"locals", "globals", "vars"}):
                if node.kind == "for" and not node.scopes and sets_modules(node):
                    self._tell_modules(work, node)

    def _statement(self, work: Work, node: Node, source: str) -> None:
        tree = parse_expression(node.source)
        if tree is not None and is_pure(self.batch, work.tracked, tree, new_world(self.batch, work, node)):
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
        if augments(node) and module.chains.repeat(module, node, node.qualname):
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
                called = decorator_name(part)
                if called in names and (own or (inner and "(" in part.source)):
                    batch.reason("RL205", other.tracked, node.qualname, node.line, name=node.qualname, decorator=called)

    def _made_through(self, call: load_time.Call, source: str) -> None:
        """A decorator, default or base that calls changed code, or code that reads what changed, made a definition."""
        batch, work, node = self.batch, call.work, call.node
        done = False
        for part in node.decorators:
            called = decorator_name(part)
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
        direct = {decorator_name(part) for part in node.decorators}
        if not done and any(load_time.calls_in(part.source, call.names - direct) for part in parts):
            self._stale(work, node, node.qualname, source or ", ".join(sorted(call.names)))

    def _generated(self) -> None:
        """Generated classes that inherit from one that was built anew."""
        from reloadr.engine.classes import classes

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


def _is_running(module: Module, node: Node) -> bool:
    """Whether the module's own code, running right now, is in the middle of a statement or not there yet: its
    variables are its own."""
    if module.frame is None:
        return False
    at = module.frame.f_lineno
    guards = node.guards
    top = guards[0][0] if guards else node
    return node.line > at or top.line <= at <= top.end_line


def _functions_in(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]
