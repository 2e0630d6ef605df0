"""Who reads a module's names: statements of any watched module, however they call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reloadr._core import Node, Outline, keys_of
from reloadr.engine.batch import Work, Works
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.live.origin import absolute
from reloadr.source.statements import guards_of, is_main_test, parse_statements
from reloadr.source.stores import asks_for
from reloadr.source.texts import EVALUATING, in_texts


def readers_of(works: Works, tracked: Tracked, names: set[str]) -> Iterator[tuple[Work, Node, set[str]]]:
    """Statements of any watched module that read these names of a module, however they call them."""
    for other in candidates(works, tracked, names):
        work = works.of(other)
        local = local_names(work, tracked, names)
        if not local:
            continue
        for node in work.outline.readers(local):
            yield work, node, local & set(node.reads)
        yield from _by_text(works, work, local)
    yield from _through_others(works, tracked, names)
    yield from by_namespace(works, tracked, names)


def readers_anywhere(works: Works, tracked: Tracked, names: set[str]) -> Iterator[tuple[Work, Node, set[str]]]:
    """The same, and those that import them from a module which has imported them, as from a package what its modules
    define."""
    if len(names) != 1:
        return _readers_anywhere(works, tracked, names)
    # One function is asked for several times in an edit; no text changes meanwhile.
    key = tracked.name, *names
    if key not in works.readers:
        works.readers[key] = list(_readers_anywhere(works, tracked, names))
    return iter(works.readers[key])


def _readers_anywhere(works: Works, tracked: Tracked, names: set[str]) -> Iterator[tuple[Work, Node, set[str]]]:
    seen: set[tuple[str, int, str]] = set()
    known = {(tracked.name, name) for name in names}
    todo = [(tracked, names)]
    # What moves is read where it goes.
    todo += [(works.moved[tracked.name, name], {name}) for name in names if (tracked.name, name) in works.moved]
    while todo:
        readers, imported = _near(works, *todo.pop())
        for work, node, read in readers:
            if (work.tracked.name, node.line, node.source) not in seen:
                seen.add((work.tracked.name, node.line, node.source))
                yield work, node, read
        for other, local in imported:
            fresh = {name for name in local if (other.name, name) not in known}
            if fresh:
                known |= {(other.name, name) for name in fresh}
                todo.append((other, fresh))


def _near(
    works: Works, home: Tracked, held: set[str]
) -> tuple[Iterable[tuple[Work, Node, set[str]]], Iterable[tuple[Tracked, set[str]]]]:
    """Who reads names of a module, and what those that import them call them; found once, as long as nothing is live:
    who asks for several names comes by the same few modules again and again."""
    memory = works.memory
    if memory is None:
        return readers_of(works, home, held), _imported_as(works, home, held)
    key = home.name, frozenset(held)
    if key not in memory.readers:
        memory.readers[key] = list(readers_of(works, home, held)), list(_imported_as(works, home, held))
    return memory.readers[key]


def _imported_as(works: Works, home: Tracked, held: set[str]) -> Iterator[tuple[Tracked, set[str]]]:
    for other in candidates(works, home, held):
        local = local_names(works.of(other), home, held) - (held if other is home else set())
        yield other, {name for name in local if "." not in name}


def askers(works: Works, tracked: Tracked) -> Iterator[tuple[Work, Node, set[str]]]:
    """Statements of any module that ask a module for names which it has not: its `__getattr__` answers them."""
    held = tracked.namespace
    for other in works.mentioning([tracked.name.rpartition(".")[2]], beside=tracked):
        work = works.of(other)
        imported = {line for full, name, _, line in imports_of(work) if full == tracked.name and name not in held}
        modules = tuple(f"{name}." for _, name in keys_of([other.namespace], tracked.module))
        for node in work.outline.nodes():
            read = {name for name in node.reads if name.startswith(modules) and name.split(".")[1] not in held}
            if read or (node.line in imported and node.kind == "from"):
                yield work, node, read


def by_namespace(works: Works, tracked: Tracked, names: set[str]) -> Iterator[tuple[Work, Node, set[str]]]:
    """Those that have another name for the module or its namespace: `ns = globals()`, then `ns["RATE"]`."""
    for other in works.mentioning(["globals(", "vars(", "locals(", "__dict__", "sys.modules", "import_module"]):
        alike = {name for _, name in keys_of([other.namespace], tracked.namespace)}
        modules = {name for _, name in keys_of([other.namespace], tracked.module)}
        if not alike and not modules:
            continue
        work = works.of(other)
        imported = {bound for _, _, bound, _ in imports_of(work)}
        dotted = {f"{name}.{each}" for name in modules - imported for each in names}
        for node in work.outline.readers(dotted) if dotted else ():
            yield work, node, dotted & set(node.reads)
        for node in work.outline.readers(alike) if alike else ():
            tree = parse_statements(node.segment) if not node.name and not node.branches else None
            read = {name for name in alike if tree is not None and asks_for(tree, name, names)}
            if read:
                yield work, node, read


def _by_text(works: Works, work: Work, local: set[str]) -> Iterator[tuple[Work, Node, set[str]]]:
    """Those that have a text evaluated which names them."""
    for node in work.outline.readers({"eval", "exec"}) if works.mentions(work.tracked, list(EVALUATING)) else ():
        read = in_texts(node, work.tracked.namespace, local)
        if read and not read <= set(node.reads):
            yield work, node, read


def _through_others(works: Works, tracked: Tracked, names: set[str]) -> Iterator[tuple[Work, Node, set[str]]]:
    """Those that come to the module through another one that imports it: `package.conf.RATE`, also by the other's own
    name for it."""
    last = tracked.name.rpartition(".")[2]
    if not works.mentioning([last], beside=tracked):
        return
    plain = works.mentioning([f".{last}.{name}" for name in names], beside=tracked)
    if not plain and not works.mentioning([f"{last} as "], beside=tracked):
        return
    for between in works.mentioning([last if plain else f"{last} as "], beside=tracked):
        local = {name for name in local_names(works.of(between), tracked, names) if "." in name}
        for other in candidates(works, between, local) if local else ():
            work = works.of(other)
            here = local_names(work, between, local) if other is not between else set[str]()
            for node in work.outline.readers(here) if here else ():
                yield work, node, here & set(node.reads)


def imports_of(work: Work) -> list[tuple[str, str, str, int]]:
    """What a module's imports bind: full name of the module it is from, name there, name here, line. Relative ones that
    lead out of the package are left out."""
    if work.imports is None:
        work.imports = imported_in(work.tracked, work.outline)
    return work.imports


def imported_in(tracked: Tracked, outline: Outline) -> list[tuple[str, str, str, int]]:
    """The same of a text of a module."""
    found: list[tuple[str, str, str, int]] = []
    for source, name, bound, line in outline.imported():
        try:
            full = absolute(tracked.namespace, source) if source.startswith(".") else source
        except ImportError:
            continue
        found.append((full, name, bound, line))
    return found


def imports_about(work: Work, module: str) -> list[tuple[str, str, str, int]]:
    """Those of its imports by which another module, or names of that, can be read."""
    if module not in work.about:
        work.about[module] = [
            (full, name, bound, line)
            for full, name, bound, line in imports_of(work)
            if module in (full, f"{full}.{name}") or (not name and module.startswith(f"{bound}."))
        ]
    return work.about[module]


def imports_itself(work: Work) -> list[tuple[str, str, int]]:
    """What a module imports of itself: the name there (empty or `as` for itself), the name here, the line."""
    own = work.tracked.name
    return [
        (name, bound, line)
        for full, name, bound, line in imports_about(work, own)
        if own in (full, f"{full}.{name}") and (name != bound or not name)
    ]


def imports_in_classes(works: Works, tracked: Tracked, name: str) -> Iterator[tuple[Work, Node, str, str]]:
    """Imports in the bodies of classes by which a name of a module can be read: the statement, what the class calls
    the name (`SIZE`, `conf.SIZE`), and what it binds."""
    for other in candidates(works, tracked, {name}):
        if not works.mentions(other, ["import"]):
            continue
        work = works.of(other)
        for node in work.outline.imports_in_classes():
            for module, imported, bound in node.imported:
                try:
                    full = absolute(other.namespace, module)
                except ImportError:
                    continue
                if imported == name and full == tracked.name:
                    yield work, node, bound, bound
                elif tracked.name == (full if imported in ("", "as") else f"{full}.{imported}"):
                    prefix = full if imported == "" else bound
                    yield work, node, f"{prefix}.{name}", bound


def candidates(works: Works, tracked: Tracked, names: Iterable[str]) -> list[Tracked]:
    """The modules that may read these names of a module, told by the words in their source; itself among them."""
    words = list(names)
    # Who imports from a module writes the last part of its name; from a package, perhaps only dots.
    if "__path__" in tracked.namespace:
        found = works.mentioning(words, beside=tracked)
    else:
        importers = works.mentioning([tracked.name.rpartition(".")[2]], beside=tracked)
        found = [each for each in importers if works.mentions(each, [*words, "import *"])]
    found.append(tracked)
    if len(found) > 1:
        found.sort(key=lambda each: each.number)
    return found


def local_names(work: Work, tracked: Tracked, names: set[str]) -> set[str]:
    """What another module calls these names: imported ones, and `module.name`."""
    local: set[str] = set(names) if work.tracked is tracked else set()
    if work.tracked is tracked and not imports_itself(work):
        return local
    package, _, last = tracked.name.rpartition(".")
    if work.tracked.name == package and work.tracked.namespace.get(last) is tracked.module:
        # The import system binds it there, whoever imported it.
        local |= {f"{last}.{each}" for each in names}
    for full, name, bound, _ in imports_about(work, tracked.name):
        if name == "" and tracked.name.startswith(f"{bound}."):
            local |= {f"{tracked.name}.{each}" for each in names}
        elif name in ("", "as") and full == tracked.name:
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


def never_ran(work: Work, node: Node) -> bool:
    """Whether a line stands in the main block of a module that is not the main one."""
    if work.tracked.name == "__main__":
        return False
    blocks = [block.branches[0][1] for block, branch in guards_of(node) if block.kind == "if" and branch == 0]
    return any(header is not None and is_main_test(header.source) for header in blocks)


def written_anywhere(works: Works, tracked: Tracked, name: str) -> bool:
    """Whether a new text says a name of a module, wherever: in the body of a function as well."""
    for other in candidates(works, tracked, {name}):
        work = works.of(other)
        local = local_names(work, tracked, {name}) | imported_within(works, other, tracked, {name})
        said = re.compile("|".join(rf"(?<![\w.]){re.escape(each)}\b" for each in local) or "(?!)")
        if any(said.search(root.segment) for root in work.outline.roots() if root.kind not in ("import", "from")):
            return True
    return False


def imported_within(works: Works, other: Tracked, tracked: Tracked, names: set[str]) -> set[str]:
    """What functions of another module call these names that import them as they run, as `code_uses.reads` has it."""
    if other is tracked or not works.mentions(other, ["import"]):
        return set()
    return {f"{tracked.name.rpartition('.')[2]}.{name}" for name in names}


def home_of(works: Works, cls: type) -> Tracked | None:
    """The watched module whose class statement made a class."""
    told = watched(works, str(locate.class_dict(cls).get("__module__")))
    for tracked in [*([told] if told is not None else []), *works.watched]:
        if locate.made_in(cls, tracked.name):
            name = locate.qualname_of(cls)
            # One that has another name in the new source has its own still.
            nodes = works.of(tracked).outline.find(name) or tracked.outline.find(name)
            if any(locate.class_of(tracked, node) is cls for node in nodes):
                return tracked
    return None


def watched(works: Works, name: str) -> Tracked | None:
    """The watched module of that name."""
    return works.listed.by_name.get(name)
