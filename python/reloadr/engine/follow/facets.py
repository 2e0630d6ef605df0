"""Who asked a definition about itself: its docstring or signature, the members of a class, the names of a module.

def pay(amount): 'Pays.'           # the docstring was edited
HELP = {f.__name__: f.__doc__ for f in (pay,)}      # computed again, or named

What is not there yet can be asked for as well: `hasattr(m, "x")`, `try: from m import x`. Asked before anything is
live, as `calls` is: whether the answer still is what the old definitions give can be told then only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import CodeType, FunctionType
from typing import Protocol

from reloadr._core import Node, facts, keys_of
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.classes.kinds import binders, is_generated, is_protocol
from reloadr.engine.evaluate.reach import called_by
from reloadr.engine.evaluate.worlds import names_below
from reloadr.engine.follow import calls, places
from reloadr.engine.follow.absence import absent, names_of
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.readers import (
    by_namespace,
    candidates,
    home_of,
    imports_of,
    local_names,
    readers_anywhere,
)
from reloadr.engine.follow.registered import holding
from reloadr.engine.follow.sequence import changed_places
from reloadr.engine.registrations import overloads
from reloadr.live import locate
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source import asking
from reloadr.source.edits import Edit
from reloadr.source.statements import parse_statements, scope_of
from reloadr.source.stores import asks_for
from reloadr.stage.stage import Stage

#: The names that code uses, and the texts in it.
_Words = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Subject:
    """A definition that may be asked about, and what of it changes."""

    tracked: Tracked
    #: `C` or `C.f`, as its module knows it; empty for the module itself.
    path: str
    #: As a report says it: `docstring`.
    what: str
    #: Who uses none of these words does not ask for it.
    words: frozenset[str]
    #: The names of the members or module that come, go or change.
    names: frozenset[str] = frozenset()
    #: Of what must be used besides.
    also: frozenset[str] = frozenset()
    #: In its own module: lines above this one do not see the change.
    line: int = 0
    #: Whether others stand below what is new, which comes last in this process.
    shuffled: bool = False
    #: Whether its names only changed places: who goes through them as they come, or stood between them, has others.
    by_place: bool = False

    @property
    def source(self) -> str:
        """What was asked for."""
        return f"{self.what} of {self.path or self.tracked.name}"


def asked(batch: Batch) -> list[Call]:
    """Who asked, while modules were loaded, for what this batch changes about definitions."""
    found_subjects = [
        each for work in batch.works for edit in work.edits for each in _subjects(batch.works, work, edit)
    ]
    found_subjects += [*(each for work in batch.works for each in _of_places(work)), *_derived(batch)]
    # Many methods of a class are one question about the class.
    subjects = list(dict.fromkeys(found_subjects))
    words = {word for subject in subjects for word in subject.words}
    found: dict[tuple[str, int, str], Call] = {}
    if words and batch.works.mentioning(sorted(words)):
        wanted = {id(_living(subject.tracked, subject.path)) for subject in subjects if subject.path} - {id(None)}
        containers = holding(batch.works, wanted)
        for subject in subjects:
            for call in _of(batch, subject, containers.get(id(_living(subject.tracked, subject.path)), {})):
                if call.key not in found or call.holds is False:
                    found[call.key] = call
    for work in batch.works:
        for call in absent(batch.works, work):
            found.setdefault(call.key, call)
    return list(found.values())


# ---- what changes ------------------------------------------------------------------------------------


def _subjects(works: Works, work: Work, edit: Edit) -> Iterator[Subject]:
    node, tracked = edit.node, work.tracked
    if edit.action == "formatted":
        return
    if edit.action in ("changed", "renamed") and node.kind == "function":
        yield from _of_function(work, edit)
    if edit.action == "changed" and node.kind == "function":
        pass
    elif node.kind == "docstring" and node.scopes:
        yield Subject(tracked, scope_of(node), "docstring", asking.OF_FUNCTIONS["docstring"])
    elif node.scopes:
        yield from _of_members(works, work, edit)
    elif names := names_of(edit):
        words = asking.OF_MODULES
        line = 0 if edit.new is None else edit.new.line
        shuffled = _is_shuffled(work, edit, work.outline.roots())
        yield Subject(tracked, "", "names", words, frozenset(names), line=line, shuffled=shuffled)
        if "__all__" in names:
            names |= {each for each in tracked.namespace if each[:2] != "__"}
            yield from _of_offered(works, tracked, names)
        elif edit.action != "changed":
            yield from _of_offered(works, tracked, names)
    if node.kind == "class":
        yield from _of_class(work, edit)


def _of_places(work: Work) -> Iterator[Subject]:
    """Definitions that have forms or members in another order, or other forms."""
    for name in overloads.edited(work):
        yield Subject(work.tracked, name, "overloads", asking.OVERLOADS)
    for old in (each for each in work.tracked.outline.nodes() if each.kind == "class") if work.reordered else ():
        new = work.class_now(old)
        if new is not None and [*binders(old)] != [*binders(new)]:
            yield Subject(work.tracked, old.qualname, "members", asking.LISTING, frozenset(binders(new)))
    if work.reordered and (names := _changed_places(work)):
        yield Subject(work.tracked, "", "order of names", asking.OF_MODULES, names, shuffled=True, by_place=True)


def _changed_places(work: Work) -> frozenset[str]:
    """The names of a module whose lines stand on the other side of others that were there before."""
    found = {name for node, _ in changed_places(work) for name in ([node.name] if node.name else node.binds)}
    return frozenset(found & work.tracked.namespace.keys())


def _is_passed(subject: Subject, work: Work, node: Node) -> bool:
    """Whether names that changed places make a difference to a statement that goes through them.

    NAMES = sorted(vars())             # `class Cart` stood above it, and stands below it now
    """
    if not subject.by_place or asking.minds_order(node.segment):
        return True
    on_other_side = names_below(work, node) ^ names_below(work, node, old=True)
    return work.tracked is subject.tracked and not subject.names.isdisjoint(on_other_side)


def _derived(batch: Batch) -> Iterator[Subject]:
    """Functions and classes whose defaults or annotations read names that edits bind anew: these follow."""
    for tracked, names, _ in batch.noted.read_anew:
        if not batch.works.mentions(tracked, ["def", "class"]):
            continue
        for node in batch.works.of(tracked).outline.readers(names):
            parts = [("annotations", node.returns)] if node.kind == "function" else []
            parts += [("annotations", part) for _, _, part, _ in node.params]
            parts += [("defaults", part) for _, _, _, part in node.params]
            for facet in {facet for facet, part in parts if part is not None and names & set(part.reads)}:
                yield from _of_facet(tracked, node, facet)
            if node.scopes and node.annotates and not node.name:
                yield Subject(tracked, scope_of(node), "annotations", asking.OF_FUNCTIONS["annotations"])


def _of_facet(tracked: Tracked, node: Node, facet: str) -> Iterator[Subject]:
    words = asking.OF_FUNCTIONS.get(facet)
    if words is not None:
        yield Subject(tracked, node.qualname, facet, words)
        if node.scopes:
            yield Subject(tracked, scope_of(node), f"{facet} of a method", words, also=asking.LISTING)


def _of_offered(works: Works, tracked: Tracked, names: set[str]) -> Iterator[Subject]:
    """The names of modules that have all of another's by `import *`, also by way of others."""
    todo, seen = [tracked], {tracked.name}
    while todo:
        offering = todo.pop()
        for other in works.mentioning(["import *"], beside=offering):
            for full, imported, _, line in imports_of(works.of(other)):
                if imported == "*" and full == offering.name:
                    yield Subject(other, "", "names", asking.OF_MODULES, frozenset(names), line=line)
                    todo += [other] if other.name not in seen else []
                    seen.add(other.name)


def _is_shuffled(work: Work, edit: Edit, members: list[Node]) -> bool:
    """Whether something older stands below what an edit brings: who goes through them all meets it in its place."""
    old, new = edit.old, edit.new
    if new is None or (old is not None and {new.name, *new.binds} <= {old.name, *old.binds}):
        return False
    fresh = {each.new.line for each in work.edits if each.new is not None and each.action == "added"}
    return any(each.line > new.line and each.line not in fresh and (each.name or each.binds) for each in members)


def _comes_below(subject: Subject, work: Work, node: Node) -> bool:
    """Whether a statement that goes through the names of its module would meet, run again, one that comes below it."""
    if subject.path or work.tracked is not subject.tracked:
        return False
    tree = parse_statements(node.segment) if not node.branches else None
    if tree is not None and asking.only_lists_names(tree):
        # It is shown those above it alone.
        return False
    if subject.by_place:
        return not subject.names.isdisjoint(names_below(work, node))
    edits = [each for each in work.edits if each.action == "added" and not each.node.scopes]
    return any(each.node.line > node.line and names_of(each) for each in edits)


def _of_function(work: Work, edit: Edit) -> Iterator[Subject]:
    old, tracked = edit.old, work.tracked
    assert old is not None
    given = _given_attributes(tracked, old)
    if given and not _RECORDED.isdisjoint(edit.facets):
        yield Subject(tracked, old.qualname, "attributes", given)
    for facet in edit.facets:
        yield from _of_facet(tracked, old, facet)


#: What decorators may read of a function, and keep in attributes of it.
_RECORDED = frozenset({"decorators", "docstring", "signature", "defaults", "annotations", "name", "kind"})


def _given_attributes(tracked: Tracked, node: Node) -> frozenset[str]:
    """The attributes that a decorated function has beside those of all functions."""
    value = tracked.namespace.get(node.name or "") if node.decorators and not node.scopes else None
    return frozenset(getattr(value, "__dict__", ())) - {"__wrapped__"} if is_a(value, FunctionType) else frozenset()


def _of_members(works: Works, work: Work, edit: Edit) -> Iterator[Subject]:
    names = frozenset(names_of(edit))
    scope = edit.node.scopes[-1]
    cls = locate.class_of(work.tracked, scope)
    if cls is not None and not names and any(each is not None and each.annotates for each in (edit.old, edit.new)):
        yield Subject(work.tracked, scope.qualname, "annotations", asking.OF_FUNCTIONS["annotations"])
    if not names or cls is None:
        return
    if is_protocol(cls) or _is_of_protocol(works, names):
        yield Subject(work.tracked, scope.qualname, "members", asking.INSTANCES)
    words = asking.LISTING | asking.BY_NAME
    shuffled = not is_generated(cls) and _is_shuffled(work, edit, scope.members)
    for each in [cls, *locate.subclasses(cls)]:
        home = work.tracked if each is cls else home_of(works, each)
        if home is not None:
            path = scope.qualname if each is cls else locate.qualname_of(each)
            yield Subject(home, path, "members", words, names, shuffled=shuffled)


def _is_of_protocol(works: Works, names: frozenset[str]) -> bool:
    """Whether a protocol has a member of one of these names: who has it is an instance."""
    if not works.mentioning(sorted(asking.INSTANCES)):
        return False
    # `Iterable`, `Hashable` and their like ask for special methods.
    special = any(name.startswith("__") and name.endswith("__") and name != "__init__" for name in names)
    return special or any(names & locate.class_dict(each).keys() for each in locate.subclasses(Protocol))


def _of_class(work: Work, edit: Edit) -> Iterator[Subject]:
    for node in (edit.old, edit.new):
        for keyword, part in node.bases if node is not None else ():
            if keyword is None:
                yield Subject(work.tracked, part.source.strip(), "subclasses", asking.SUBCLASSES)
    if edit.action == "changed" and "bases" in edit.facets:
        yield Subject(work.tracked, edit.node.qualname, "bases", asking.BASES)


# ---- who asks ----------------------------------------------------------------------------------------


def _of(batch: Batch, subject: Subject, containers: dict[str, set[str]]) -> Iterator[Call]:
    for work, node, local in (
        _of_definition(batch.works, subject, containers) if subject.path else _of_module(batch.works, subject)
    ):
        if (subject.line > node.line and work.tracked is subject.tracked) or not _is_passed(subject, work, node):
            continue
        node = places.whole(node)
        if _asks(batch.works, batch.stage, work, node, local, subject):
            for call in places.readers_call(batch, work, node, frozenset({subject.source})):
                ordered = subject.shuffled and asking.minds_order(node.segment)
                lists = subject.tracked if ordered and not subject.path else None
                kept = call.holds and _comes_below(subject, work, node)
                yield replace(call, holds=False) if kept else replace(call, lists=lists)
    root = subject.path.partition(".")[0] or "globals"

    def really(code: CodeType) -> bool:
        return _fits([_words([code])], subject)

    found: list[Call] = []
    for home in candidates(batch.works, subject.tracked, {root}):
        if local := local_names(batch.works.of(home), subject.tracked, {root}):
            found += calls.reading(batch.worlds, home, local, frozenset(), [], really)
            batch.noted.asking.append((home, local, really))
    for other in _importing_whole(batch.works, subject.tracked) if not subject.path else ():
        last = subject.tracked.name.rpartition(".")[2]
        bound = {name for _, name in keys_of([other.namespace], subject.tracked.module)}
        found += calls.reading(batch.worlds, other, bound | {f"{last}.{last}"}, frozenset(), [], really)
    for call in found:
        above = subject.line > call.node.line and call.work.tracked is subject.tracked
        if not call.node.name and not above and _is_passed(subject, call.work, call.node):
            holds = call.holds and not _comes_below(subject, call.work, call.node)
            yield Call(call.work, call.node, frozenset({subject.source}), holds=holds, asks=True)


def _importing_whole(works: Works, tracked: Tracked) -> list[Tracked]:
    """Modules whose functions may go through the names of another: they write its name, and a word for that."""
    importers = works.mentioning([tracked.name.rpartition(".")[2]], beside=tracked)
    return [each for each in importers if works.mentions(each, sorted(asking.OF_MODULES))]


_Reader = tuple[Work, Node, set[str]]


def _of_definition(works: Works, subject: Subject, containers: dict[str, set[str]]) -> Iterator[_Reader]:
    """Statements and definitions that name one, or a container or instance of it, and as what they do."""
    tracked, path = subject.tracked, subject.path
    scope, _, name = path.rpartition(".")
    work = works.of(tracked)
    for node in work.outline.readers({name}) if scope else ():
        if scope_of(node) == scope:
            yield work, node, {name}
    yield from readers_anywhere(works, tracked, {path})
    if subject.names and not scope:
        yield from calls.statements_with(works, tracked, path)
    for holder, names in containers.items():
        yield from readers_anywhere(works, works.modules[holder], names)


def _living(tracked: Tracked, path: str) -> object:
    first, *rest = path.split(".")
    value = tracked.namespace.get(first)
    for name in rest:
        value = locate.class_dict(value).get(name) if is_a(value, type) else None
    return value


def _of_module(works: Works, subject: Subject) -> Iterator[_Reader]:
    """Statements that go through the names of a module: its own, and those of modules that import it."""
    tracked = subject.tracked
    work = works.of(tracked)
    for node in work.outline.readers(set(asking.NAMESPACE) | {"sys.modules"}):
        if node.kind != "for" or not facts(node).sets_modules:
            yield work, node, {"sys.modules"}
    yield from by_namespace(works, tracked, set(subject.names))
    for other in works.mentioning([tracked.name.rpartition(".")[2]], beside=tracked):
        of_other = works.of(other)
        bound = {
            name if imported != "" else full
            for full, imported, name, _ in imports_of(of_other)
            if tracked.name in (full if imported in ("", "as") else "", f"{full}.{imported}")
        }
        for node in of_other.outline.readers(bound) if bound else ():
            yield of_other, node, bound


def _asks(works: Works, stage: Stage, work: Work, node: Node, local: set[str], subject: Subject) -> bool:
    """Whether a statement, or a function that it hands the definition to, uses the words that ask for what changes."""
    for source in places.evaluated(node):
        tree = parse_statements(source)
        if tree is None or all(_is_constant(each) for each in tree.body):
            # A default that is a text, compiled by itself, would be a docstring.
            continue
        if not subject.path and work.tracked is subject.tracked and "sys.modules" not in node.reads:
            if asking.lists_its_module(tree, subject.names):
                return True
            if any(asks_for(tree, name, set(subject.names)) for name in local):
                return True
            continue
        if not subject.path and asking.only_goes_through(tree, local):
            continue
        try:
            bare = asking.without_annotations(tree)
            words = [_words([compile(bare, work.tracked.filename, "exec", dont_inherit=True)])]
        except (SyntaxError, RecursionError):
            continue
        for callee in asking.handed_to(tree, local):
            words.append(_reached(works, stage, work, callee))
        if _fits(words, subject):
            return True
    return False


def _is_constant(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _reached(works: Works, stage: Stage, work: Work, callee: ast.expr) -> _Words:
    """The words of the functions of watched modules that calling something comes to; looked for once."""
    key = work.tracked.name, ast.unparse(callee)
    if key not in works.reached:
        code = compile(ast.Expression(callee), work.tracked.filename, "eval", dont_inherit=True)
        functions = called_by(works, stage, code, work.tracked.namespace).functions
        works.reached[key] = _words([each for each, _ in functions])
    return works.reached[key]


def _words(codes: Iterable[CodeType]) -> _Words:
    """The names that code uses, and the texts in it."""
    inner = {id(each): each for outer in codes for each in all_codes(outer)}.values()
    strings = {constant for each in inner for constant in each.co_consts if isinstance(constant, str)}
    used = {name for each in inner for name in each.co_names}
    return frozenset(used | {text for text in strings if text.startswith("__")}), frozenset(strings)


def _fits(words: Iterable[_Words], subject: Subject) -> bool:
    used = frozenset[str]().union(*(names for names, _ in words))
    if subject.also and not subject.also & used:
        return False
    wanted = subject.words & used
    if wanted <= asking.BY_NAME:
        return bool(wanted and any(subject.names & strings for _, strings in words))
    return True
