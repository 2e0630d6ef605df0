"""What ran while modules were loaded and came to code that changes, or to code that reads what changes.

Asked before anything is live, for two reasons: who calls what is to be seen in the old code, and whether a value still
is what the old code gives can be evaluated only as long as that is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import CodeType, ModuleType

from reloadr._core import Node, reads_later
from reloadr.engine.batch import Notes, Swaps, Work, Works, Worlds
from reloadr.engine.classes.kinds import fields_of
from reloadr.engine.evaluate.imports import offered
from reloadr.engine.evaluate.worlds import is_pure, new_world, still_holds
from reloadr.engine.follow import code_uses, stored_names
from reloadr.engine.follow.attributes import anew
from reloadr.engine.follow.call import Call, Name
from reloadr.engine.follow.conditions import with_choice
from reloadr.engine.follow.instances import MAKING, made_otherwise
from reloadr.engine.follow.patched import put_elsewhere
from reloadr.engine.follow.readers import candidates, imported_within, local_names, readers_anywhere, written_anywhere
from reloadr.engine.order import resolved
from reloadr.engine.registrations.at_once import called_as_decorated, is_called_at_once
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.edits import only_annotates, only_describes
from reloadr.source.evaluating import as_text
from reloadr.source.filling import filled
from reloadr.source.statements import parse_statements, scope_of, value_of, whole_suite
from reloadr.source.stores import only_puts_names
from reloadr.source.texts import in_texts
from reloadr.source.using import calls_in, calls_one, dispatchers, is_special, uses


def calls(worlds: Worlds, swaps: Swaps, noted: Notes) -> list[Call]:
    """Who called changed functions, or functions that read names that may change, in that order."""
    # What a statement called and what it made may matter each for itself.
    found = {(call.key, call.asks): call for call in reversed(_of_functions(worlds, swaps))}
    noted.read_anew.clear()
    todo = [(work.tracked, names) for work in worlds.works if (names := _bound_anew(worlds.works, work))]
    todo += stored_names.of_modules(worlds, stored_names.edited(worlds))
    for call in [*_of_names(worlds, noted, todo), *_of_classes(worlds)]:
        found.setdefault((call.key, call.asks), call)
    for call in _of_attributes(worlds, noted, list(found.values())):
        found.setdefault((call.key, call.asks), call)
    return list(found.values())


def _of_functions(worlds: Worlds, swaps: Swaps) -> list[Call]:
    changed: dict[str, tuple[Tracked, set[str], set[str]]] = {}
    within: list[Call] = []
    for swap in swaps:
        new = swap.edit.new
        if (
            new is None
            or swap.edit.same
            or swap.edit.action == "formatted"
            or new.name is None
            or only_describes(swap.edit.facets)
        ):
            continue
        _, functions, methods = changed.setdefault(swap.work.tracked.name, (swap.work.tracked, set(), set()))
        if not new.scopes:
            functions |= {new.name, *dispatchers(new)}
        else:
            within += _of_its_class(worlds, swap.work, new)
            if new.decorators and "body" in swap.edit.facets and is_called_at_once(worlds.works, swap.work, new):
                within += _as_decorated([(swap.work, new)])
            made = new.name in ("__init__", "__new__", "__call__", "__init_subclass__", "__post_init__")
            methods.add(new.scopes[-1].name or "" if made else new.name)
    found = within
    for tracked, names, methods in changed.values():
        around = _around(worlds.works, tracked, names | methods, names)
        reaching = code_uses.reaching(tracked, names, methods) if around else names
        found += _as_decorated(called_as_decorated(worlds.works, tracked, names, "function"))
        late = code_uses.late(tracked, reaching - names, reaching | methods)
        for work, node, read in readers_anywhere(worlds.works, tracked, reaching) if reaching else ():
            later = read & local_names(work, tracked, late) if node.name and late else set[str]()
            found += _call(worlds, work, node, read - later, direct=names, inner=later)
        for home, held in _aliases(worlds.works, tracked, names) if names else ():
            for work, node, read in readers_anywhere(worlds.works, home, held):
                found += _call(worlds, work, node, read)
        if names and around:
            found += reading(worlds, tracked, names, frozenset(), [])
        for home, own, by_class in put_elsewhere(worlds, tracked, reaching | names).values():
            found += _callers(worlds, home, own, set(), by_class, frozenset())
    return [*found, *_of_methods(worlds, swaps)]


def _of_methods(worlds: Worlds, swaps: Swaps) -> Iterator[Call]:
    """Who called changed methods as modules were loaded."""
    called: dict[str, tuple[Tracked, dict[str, set[str]]]] = {}
    for swap in swaps:
        new, tracked = swap.edit.new, swap.work.tracked
        told = new is not None and len(new.scopes) == 1 and new.name not in MAKING and not swap.edit.same
        if new is not None and told and "body" in swap.edit.facets:
            of = called.setdefault(tracked.name, (tracked, {}))[1]
            of.setdefault(new.scopes[0].qualname, set()).add(new.name or "")
    for tracked, classes in called.values():
        yield from _callers(worlds, tracked, set(), set(), classes, frozenset())


def _as_decorated(found: Iterable[tuple[Work, Node]]) -> list[Call]:
    """Definitions that their decorators called."""
    return [Call(work, node, frozenset({f"{node.qualname}()"}), asks=True) for work, node in found]


def _of_its_class(worlds: Worlds, work: Work, method: Node) -> Iterator[Call]:
    """Who called a method as a plain function while its class was made."""
    name = method.name or ""
    for node in work.outline.readers({name}):
        if node.kind == "assignment" and scope_of(node) == scope_of(method) and calls_one(node, {name}):
            yield from valued(worlds, work, node, {name})


def _aliases(works: Works, tracked: Tracked, names: set[str]) -> Iterator[tuple[Tracked, set[str]]]:
    """Other names of functions: `g = f`, `g = partial(f, 1)`, and others of those."""
    todo, seen = [(tracked, names)], set[tuple[str, str]]()
    while todo:
        for work, node, read in readers_anywhere(works, *todo.pop()):
            for name in node.binds if node.kind == "assignment" and not node.scopes else ():
                functions = [each.function for each in locate.unwrap(work.tracked.namespace.get(name))]
                ours = any(each.__name__ in names and each.__globals__ is tracked.namespace for each in functions)
                if ours and name not in read and (work.tracked.name, name) not in seen:
                    seen.add((work.tracked.name, name))
                    todo.append((work.tracked, {name}))
                    yield work.tracked, {name}


def _of_classes(worlds: Worlds) -> Iterator[Call]:
    """Who made an instance of a class whose instances are made otherwise now."""
    made: dict[str, tuple[Tracked, set[str]]] = {}
    for tracked, name in made_otherwise(worlds.works):
        made.setdefault(tracked.name, (tracked, set()))[1].add(name)
    for tracked, names in made.values():
        yield from _as_decorated(called_as_decorated(worlds.works, tracked, names, "class"))
        for work, node, read in readers_anywhere(worlds.works, tracked, names):
            defaults = [part.source for *_, part in node.params if part is not None]
            if not node.name or any(calls_in(source, read) for source in defaults):
                for call in _call(worlds, work, node, read):
                    yield replace(call, asks=True)


def of_computed(worlds: Worlds, noted: Notes, known: list[Call]) -> list[Call]:
    """Who called functions that read what known calls compute."""
    # What is not computed anew is named, with what was computed from it.
    todo = [
        (call.work.tracked, _given_by(call.node))
        for call in known
        if not call.node.name and (call.holds or call.node.kind != "assignment")
    ]
    found = _of_names(worlds, noted, [each for each in todo if each[1]])
    return [*found, *_of_attributes(worlds, noted, [*known, *found])]


def _of_names(worlds: Worlds, noted: Notes, todo: list[tuple[Tracked, set[str]]]) -> list[Call]:
    """Functions that read names that are bound anew, and names computed from those, wherever they are."""
    found: dict[tuple[str, int, str], Call] = {}
    seen = noted.named
    while todo and len(seen) < 2000:
        tracked, names = todo.pop(0)
        names = {name for name in names if (tracked.name, name) not in seen}
        seen |= {(tracked.name, name) for name in names}
        for other in candidates(worlds.works, tracked, names) if names else ():
            work = worlds.works.of(other)
            local = local_names(work, tracked, names)
            local |= imported_within(worlds.works, other, tracked, names)
            if not local:
                continue
            because = frozenset((id(tracked.namespace), name) for name in names)
            noted.read_anew.append((other, local, because))
            derived = {name for name in local if "." not in name and other is not tracked}
            defaulting: list[Node] = []
            for node in work.outline.readers(local):
                derived |= _given_by(node) if not node.name and not node.scopes else set()
                todo += stored_names.of_modules(worlds, [(work, node, False)])
                if any(default is not None and local & set(default.reads) for _, _, _, default in node.params):
                    defaulting.append(node)
            for call in reading(worlds, other, local, because, defaulting):
                found.setdefault(call.key, call)
                if call.holds is not None and not call.node.scopes:
                    todo.append((call.work.tracked, set(call.node.binds)))
            if derived:
                todo.append((other, derived))
    return list(found.values())


def _given_by(node: Node) -> set[str]:
    """The names that get another value where a statement is computed again, or the loop that it stands in."""
    suite = whole_suite(node)
    if suite is not None:
        return {*suite.binds, *filled(suite)}
    return set(node.binds) if node.kind == "assignment" else set()


def _bound_anew(works: Works, work: Work) -> set[str]:
    """The names of a module that its edits may give another value; a definition that changed is the same object."""
    names: set[str] = set()
    for edit in work.edits:
        stays = edit.action == "formatted" or only_annotates(edit)
        for node in () if stays else (edit.old, edit.new):
            if node is not None and not node.scopes and node.name:
                names |= {node.name} if edit.action != "changed" else set()
            elif node is not None and not node.scopes:
                names |= {*node.binds, *_brought(work, node)}
    return {name for name in names & work.tracked.namespace.keys() if not _is_read_no_more(works, work, name)}


def _brought(work: Work, node: Node) -> Iterator[str]:
    """The names that `from module import *` brings, as long as nothing is live; any, of a module not loaded yet."""
    for source in [source for source, name, _ in node.imported if name == "*"]:
        module = sys.modules.get("".join(resolved(work, source, "")[:1]))
        yield from work.tracked.namespace if module is None else offered(module.__dict__)


def _is_read_no_more(works: Works, work: Work, name: str) -> bool:
    """Whether a name that an import had bound is gone, and so is all that read it, as a function does that is called
    later: what read it is an edit itself."""
    was = work.tracked.outline.binders({name}, "")
    imported = bool(was) and all(node.kind in ("import", "from") for node in was)
    return imported and not work.outline.binders({name}, "") and not written_anywhere(works, work.tracked, name)


def _of_attributes(worlds: Worlds, noted: Notes, calls: list[Call]) -> list[Call]:
    """Who reads attributes of a class that may change from its instances: at once, or in methods that are called."""
    found: list[Call] = []
    before = {(id(cls), name) for _, cls, names in noted.attributes_anew for name in names}
    noted.attributes_anew = [*anew(worlds, noted, calls), *noted.attributes_made]
    for tracked, cls, names in noted.attributes_anew:
        # Who reads the others has been found.
        if any((id(cls), name) not in before for name in names):
            found += _from_instances(worlds, tracked, cls, names)
    return found


def of_made(worlds: Worlds, noted: Notes, made: Iterable[tuple[Tracked, type, set[str]]]) -> list[Call]:
    """Who reads, from instances, attributes of classes that what made these may write otherwise now."""
    found: list[Call] = []
    noted.attributes_made.clear()
    for tracked, cls, names in made:
        noted.attributes_made.append((tracked, cls, names))
        found += _from_instances(worlds, tracked, cls, names)
    noted.attributes_anew += noted.attributes_made
    return found


def of_attribute(worlds: Worlds, owner: ModuleType | type, name: str) -> list[Call]:
    """Who called functions that read an attribute which something else sets in a module or class."""
    if is_a(owner, type):
        home = next((each for each in worlds.works.watched if locate.made_in(owner, each.name)), None)
        return _from_instances(worlds, home, owner, {name}) if home is not None else []
    home = worlds.works.listed.by_module.get(id(owner))
    return reading(worlds, home, {name}, frozenset(), []) if home is not None else []


def _from_instances(worlds: Worlds, tracked: Tracked, cls: type, names: set[str]) -> list[Call]:
    because = frozenset((id(cls), name) for name in names)
    classes = {
        name: value
        for name, value in list(tracked.namespace.items())
        if is_a(value, type) and locate.is_below(value, cls) and locate.made_in(value, tracked.name)
    }
    found: list[Call] = []
    for name, each in classes.items():
        members = list(locate.class_dict(each).items())
        reading = {member for member, value in members if code_uses.any_loads(value, names)}
        if not names.isdisjoint(fields_of(each)):
            # What makes an instance of it was written with the defaults.
            reading.add("__init__")
        for work, node, read in statements_with(worlds.works, tracked, name):
            made = bool((reading | names) & MAKING) and calls_one(node, read)
            if made or _uses_attribute(node, (names | reading) - MAKING):
                # Who asks the class itself is a reader of its names.
                asked = {held for held in read if "." in held or is_a(work.tracked.namespace.get(held), type)}
                if not any(f"{held}.{attribute}" in node.reads for held in asked for attribute in names):
                    found += used(worlds, work, node, read, because)
    return found


def reading(
    worlds: Worlds,
    tracked: Tracked,
    names: set[str],
    because: frozenset[Name],
    defaulting: list[Node],
    really: Callable[[CodeType], bool] = lambda code: True,
) -> list[Call]:
    """Who calls the functions of a module that read these names, as that module writes them, or have defaults from
    them. `really` takes a closer look at the code of those."""
    around = _around(worlds.works, tracked, {part for name in names for part in name.split(".")}, names, defaulting)
    if not around:
        return []
    own, methods = _defaulting(defaulting)
    inner = set[str]()
    for name in around:
        value = tracked.namespace.get(name)
        if is_a(value, type):
            members = code_uses.members_reading(value, names, really)
            if members & MAKING:
                own.add(name)
            if members - MAKING:
                methods.setdefault(name, set()).update(members - MAKING)
        for each in locate.unwrap(value):
            code = each.function.__code__
            if each.function.__globals__ is tracked.namespace:
                if code_uses.reads(code, names):
                    own |= {name} if really(code) else set()
                elif code_uses.inner_reads(code, names):
                    inner |= {name} if really(code) else set()
    return _callers(worlds, tracked, own, inner, methods, because)


def _defaulting(nodes: Iterable[Node]) -> tuple[set[str], dict[str, set[str]]]:
    """Functions, and classes by what makes their instances, of some definitions; other methods, by class."""
    own = {node.qualname for node in nodes if not node.scopes}
    methods: dict[str, set[str]] = {}
    for node in nodes:
        if len(node.scopes) == 1 and node.name in MAKING:
            own.add(node.scopes[0].qualname)
        elif len(node.scopes) == 1:
            methods.setdefault(node.scopes[0].qualname, set()).add(node.name or "")
    return own, methods


def _callers(
    worlds: Worlds,
    tracked: Tracked,
    own: set[str],
    inner: set[str],
    methods: dict[str, set[str]],
    because: frozenset[Name],
) -> list[Call]:
    """Who calls functions of a module; decorators whose inner functions are meant; methods of its classes."""
    found: list[Call] = []
    if own and _around(worlds.works, tracked, own, set()):
        own = code_uses.reaching(tracked, own, set()) | own
    for work, node, read in readers_anywhere(worlds.works, tracked, own | inner) if own | inner else ():
        local_inner = read & local_names(work, tracked, inner)
        found += _call(worlds, work, node, read - local_inner, inner=local_inner, because=because)
    for name, reading in methods.items():
        for work, node, read in statements_with(worlds.works, tracked, name):
            if _uses_attribute(node, reading):
                found += used(worlds, work, node, read, because)
    return found


def _around(
    works: Works, tracked: Tracked, sought: set[str], names: set[str], defaulting: Iterable[Node] = ()
) -> set[str]:
    """The top-level definitions that use what is sought, or use one that does, and lambdas that read the names; none
    where nothing that runs as modules are loaded uses one of them, as is nearly always so."""
    around = tracked.users(sought)
    around |= code_uses.lambdas_reading(tracked, names) if "<lambda>" in tracked.codes else set()
    around |= {node.qualname.partition(".")[0] for node in defaulting}
    return around if around and any(True for _ in readers_anywhere(works, tracked, around)) else set()


def statements_with(works: Works, tracked: Tracked, name: str) -> Iterator[tuple[Work, Node, set[str]]]:
    """Assignments and statements that read a class of a module or one of its instances there, by their true type."""
    cls = tracked.namespace.get(name)
    values = list(tracked.namespace.items())
    holders = {name} | {each for each, value in values if locate.is_below(type(value), cls)}
    for work, node, read in readers_anywhere(works, tracked, holders):
        if node.kind in ("assignment", "statement"):
            yield work, node, read


def _uses_attribute(node: Node, names: set[str]) -> bool:
    if not any(is_special(name) or name in node.segment for name in names):
        return False
    tree = parse_statements(node.segment)
    return tree is not None and uses(tree, names)


def _call(
    worlds: Worlds,
    work: Work,
    node: Node,
    read: set[str],
    *,
    direct: Iterable[str] = (),
    inner: Iterable[str] = (),
    because: frozenset[Name] = frozenset(),
) -> Iterator[Call]:
    if node.kind == "assignment" and reads_later(node, read):
        return
    by_text = bool(in_texts(node, work.tracked.namespace, read))
    if node.kind == "assignment" and (by_text or calls_one(node, read)):
        yield from valued(worlds, work, node, read, because)
    elif node.name:
        yield Call(work, node, frozenset(read), frozenset(direct), frozenset(inner), because)
    else:
        if by_text or calls_in(as_text(node), read):
            yield with_choice(worlds, Call(work, node, frozenset(read), because=because))


def valued(
    worlds: Worlds, work: Work, node: Node, read: set[str], because: frozenset[Name] = frozenset()
) -> Iterator[Call]:
    """An assignment that calls what changes, and whether it may be computed again."""
    value = value_of(node)
    holds = (
        value is not None
        and worlds.find_space(work, node) is not None
        and is_pure(worlds.works, value, new_world(worlds, work, node))
        and still_holds(worlds, work, node, value)
    )
    yield Call(work, node, frozenset(read), because=because, holds=holds)


def used(
    worlds: Worlds, work: Work, node: Node, read: set[str], because: frozenset[Name] = frozenset()
) -> Iterator[Call]:
    """A statement that uses a method which changes."""
    if because and only_puts_names(node):
        return
    if node.kind == "assignment":
        yield from valued(worlds, work, node, read, because)
    else:
        yield with_choice(worlds, Call(work, node, frozenset(read), because=because))


__all__ = ["Call", "Name", "calls", "of_attribute", "of_made", "reading", "used", "valued"]
