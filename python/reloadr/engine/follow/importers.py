"""Who holds an object by name outside of the module that made it: names follow, or what still holds it is named.

Importers are read from the source where modules are watched. Of all others only the living names are looked at,
and the source only to tell whether a name means what the watched module calls so.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import FunctionType, ModuleType

from reloadr._core import Node, keys_of
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.classes.kinds import is_generated
from reloadr.engine.evaluate.imports import star
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.follow.readers import (
    imported_in,
    imports_in_classes,
    imports_itself,
    imports_of,
    readers_of,
    watched,
)
from reloadr.judge.same import COMMON
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.live.origin import absolute, loaded_modules, snapshot_of, source_path
from reloadr.report.caveats import RL207
from reloadr.report.findings import Findings
from reloadr.source.outlines import parse
from reloadr.source.statements import below_scope
from reloadr.stage.spaces import Space
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

#: How many modules are looked at for what they offer, where they offer it to each other.
_MOST = 1000


def rebind_imports(worlds: Worlds, findings: Findings, liveness: Liveness) -> None:
    """What a module imported by value from modules that come before it in the batch."""
    if not worlds.stage.before:
        # No name means another value yet.
        return
    work = liveness.work
    for full, name, bound, line in imports_of(work):
        if name in ("", "as", "*"):
            continue
        other = worlds.works.by_name.get(full)
        if other is None or other is work:
            continue
        old = worlds.stage.before.get(id(other.space.owner), {}).get(name, MISSING)
        new = other.space.get(name)
        held = old is not MISSING and new is not MISSING and new is not old and work.space.get(bound) is old
        if held and liveness.live_binders(bound, ""):
            worlds.stage.set(work.space, bound, new)
            work.rebound.add(bound)
            findings.change("rebind", work.tracked, bound, line, f"from {full}")
    _bring_stars(worlds, findings, work, frozenset())
    _rebind_in_classes(worlds, findings, work)


def _bring_stars(worlds: Worlds, findings: Findings, work: Work, seen: frozenset[str]) -> None:
    """Names that modules which come before offer since this batch, or as something else, where all of them is imported
    by `*`: lines that are edited may read them.

    def mean(xs): ...                  # new in `stats`
    from stats import *                # as it was
    MIDDLE = mean(XS)                  # new
    """
    for full, imported, _, line in imports_of(work):
        other = watched(worlds.works, full) if imported == "*" and full not in seen else None
        if other is None or other is work.tracked:
            continue
        if worlds.works.mentions(other, ["import *"]):
            _bring_stars(worlds, findings, worlds.works.of(other), seen | {full})
        before = worlds.stage.before.get(id(other.namespace))
        offered = star(worlds.stage, other.module, before) if before else {}
        for name, value in star(worlds.stage, other.module).items() if before else ():
            was, held = offered.get(name, MISSING), work.space.get(name)
            if held is was and value is not was and not work.outline.binders({name}, ""):
                worlds.stage.set(work.space, name, value)
                work.rebound.add(name)
                findings.change("rebind", work.tracked, name, line, f"from {full}")


def _rebind_in_classes(worlds: Worlds, findings: Findings, work: Work) -> None:
    """The same for what bodies of classes import; those that are made anew import it themselves."""
    nodes = work.outline.imports_in_classes() if worlds.works.mentions(work.tracked, ["import"]) else ()
    for node, (module, name, bound) in [(each, part) for each in nodes for part in each.imported]:
        cls = locate.class_of(work.tracked, node.scopes[-1])
        try:
            other = worlds.works.by_name.get(absolute(work.tracked.namespace, module))
        except ImportError:
            continue
        if cls is None or other is None or other is work or is_generated(cls):
            continue
        old, new = worlds.stage.before.get(id(other.space.owner), {}).get(name, MISSING), other.space.get(name)
        space = worlds.stage.class_space(cls)
        if old is not MISSING and new is not MISSING and new is not old and space.get(bound) is old:
            worlds.stage.set(space, bound, new)
            qualname = below_scope(node.qualname, bound)
            findings.change("rebind", work.tracked, qualname, node.line, f"from {other.tracked.name}")


class Importers:
    """The importers of one batch, and what was found out about them."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        #: What modules that are not watched import by name.
        self.imports: dict[str, list[tuple[str, str, str]] | None] = {}
        self._watched = batch.works.listed.by_module

    def rebind(self, module: str, name: str, old: object, new: object) -> None:
        """`from module import name [as other]` in other modules holds the replaced object."""
        batch = self.batch
        made_in = sys.modules.get(module)
        # As for candidates: who imports from a module that is no package writes the last part of its name.
        last = [] if made_in is None or hasattr(made_in, "__path__") else [module.rpartition(".")[2]]
        owner = sys.modules[module].__dict__ if module in sys.modules else {}
        had = [old, *batch.stage.trail.get((id(owner), name), [])]
        # Who takes all of a module does not write the name at all.
        for tracked in batch.works.mentioning([name, "import *"]):
            if last and not batch.works.mentions(tracked, last):
                continue
            work = batch.works.of(tracked)
            if tracked.name == module and not imports_itself(work):
                continue
            for full, imported, bound, _ in imports_of(work):
                if imported not in (name, "*"):
                    continue
                local = bound or name
                held = work.space.get(local)
                if full == module and held is not new and any(held is each for each in had):
                    batch.stage.set(work.space, local, new)
                    batch.findings.change("rebind", tracked, local, 0, f"from {module}")
        if self._only_imported(module, name):
            return
        loaded = loaded_modules()
        for number, key in keys_of([each.__dict__ for each in loaded], old):
            other = loaded[number]
            if _name_of(other) == module or (is_a(old, *COMMON) and not _is_own(other)):
                continue
            if self._has_it_from(other, key, module, name, old):
                space = batch.stage.module_space(other)
                if space.get(key) is old and not self._goes(other, key, module):
                    batch.stage.set(space, key, new)

    def _goes(self, holder: ModuleType, name: str, module: str) -> bool:
        """Whether an edit takes a name away that a watched module has, of its own or by `import *` from another: what
        the name meant lives on elsewhere, and does not follow there.

        from base import Color             # removed, as `Color` is made anew
        """
        tracked = self._watched.get(id(holder))
        work = None if tracked is None else self.batch.works.by_name.get(tracked.name)
        if tracked is None or work is None or work.outline.binders({name}, ""):
            return False
        brought = [
            any(full == module and imported == "*" for full, imported, _, _ in imports)
            for imports in (imported_in(tracked, tracked.outline), imports_of(work))
        ]
        return bool(tracked.outline.binders({name}, "")) or brought == [True, False]

    def stars(self, within: Collection[str] | None = None) -> None:
        """`from module import *` in other modules: names that the module offers now, and those that they offer so;
        `within`: in these modules alone."""
        batch = self.batch
        todo = list(batch.stage.before) if batch.works.mentioning(["import *"]) else []
        for owner in todo:
            space = batch.stage.spaces[owner]
            names = batch.stage.before[owner]
            changed = any(old is MISSING or space.get(name) is MISSING for name, old in names.items())
            if is_a(space.owner, dict) and ("__all__" in names or changed) and len(todo) < _MOST:
                todo += self._offer(space, names, within)

    def _offer(self, space: Space, names: Mapping[str, object], within: Collection[str] | None) -> list[int]:
        """Brings modules that have all names of another in step with it; `names`: what some of these were. Gives the
        namespaces that have other names now."""
        batch = self.batch
        module = sys.modules.get(str(space.owner.get("__name__"))) if is_a(space.owner, dict) else None
        if module is None:
            return []
        found: list[int] = []
        offers, offered = star(batch.stage, module), star(batch.stage, module, names)
        for tracked in batch.works.mentioning([module.__name__.rpartition(".")[2]]):
            work = batch.works.of(tracked)
            lines = [line for full, name, _, line in imports_of(work) if name == "*" and full == module.__name__]
            for line in lines if within is None or tracked.name in within else ():
                before = len(batch.findings.changes)
                for name, value in offered.items():
                    # It may have followed already.
                    held, followed = work.space.get(name), space.get(name)
                    here = name not in offers and (held is value or held is followed is not MISSING)
                    if here and not self._bound_otherwise(work, name):
                        batch.stage.set(work.space, name, MISSING)
                        batch.findings.change("remove", tracked, name, line, f"no longer in {module.__name__}")
                for name, value in offers.items():
                    held = work.space.get(name)
                    # What another module offered under that name and offers no more gives way.
                    gone = any(each is held for _, _, other, each in batch.noted.removed if other == name)
                    if held is MISSING or (gone and held is not value):
                        batch.stage.set(work.space, name, value)
                        batch.findings.change("rebind", tracked, name, line, f"from {module.__name__}")
                found += [id(work.space.owner)] if len(batch.findings.changes) > before else []
        return found

    def _bound_otherwise(self, work: Work, name: str) -> bool:
        """Whether a module still has a name from a line of its own, or from another module by `import *`."""
        batch = self.batch
        if any(name in node.binds or node.name == name for node in work.outline.binders({name}, "")):
            return True
        stars = [sys.modules.get(full) for full, imported, _, _ in imports_of(work) if imported == "*"]
        return any(module is not None and name in star(batch.stage, module) for module in stars)

    def removed(self) -> None:
        """Names what still holds an object whose name was unbound where it was made."""
        batch = self.batch
        removed = [each for each in batch.noted.removed if each[0].space.get(each[2]) is MISSING]
        elsewhere = self._held_elsewhere(
            (work.tracked.name, name, value)
            for work, _, name, value in removed
            if not is_a(value, *COMMON, ModuleType) and not self._only_imported(work.tracked.name, name)
        )
        for work, old, name, value in removed:
            holders: list[str] = []
            for tracked in batch.works.watched:
                if tracked is work.tracked or not batch.works.mentions(tracked, [name]):
                    continue
                other = batch.works.of(tracked)
                for full, imported, bound, _ in imports_of(other):
                    if full == work.tracked.name and imported == name and other.space.get(bound) is value:
                        holders.append(f"{tracked.name}.{bound}")
            holders += _held_in_classes(batch.works, batch.stage, work.tracked, name, value)
            holders += elsewhere.get(id(value), [])
            for tracked, item in self._containers(value) if self._led_there(work, old, name) else ():
                batch.findings.reason(RL207(name=name, holders=f"{tracked.name}.{item}"), tracked, item, 0)
            if holders:
                batch.findings.reason(
                    RL207(name=name, holders=", ".join(holders)), work.tracked, old.qualname or name, old.line
                )

    def _held_elsewhere(self, removed: Iterable[tuple[str, str, object]]) -> dict[int, list[str]]:
        """The names that modules which are not watched have for removed objects, by id; in one pass."""
        wanted = {id(value): (module, name, value) for module, name, value in removed}
        if not wanted:
            return {}
        found: dict[int, list[str]] = {}
        known = self.batch.works.listed.by_name
        for loaded in loaded_modules():
            if _name_of(loaded) not in known:
                for key, each in list(loaded.__dict__.items()):
                    if id(each) in wanted and self._has_it_from(loaded, key, *wanted[id(each)]):
                        found.setdefault(id(each), []).append(f"{_name_of(loaded)}.{key}")
        return found

    def _has_a_name(self, value: object) -> bool:
        """Whether a watched module calls an object by another name now: it was renamed, not removed."""
        return any(
            space.get(name) is value
            for space in list(self.batch.stage.spaces.values())
            for name in self.batch.stage.before.get(id(space.owner), ())
        )

    def _led_there(self, work: Work, old: Node, name: str) -> bool:
        """Whether containers that hold what a name meant may have it by that name: the line that went made it, or
        something reads the name still. An alias or an import that nothing reads led nowhere."""
        if old.name or old.kind not in ("assignment", "import", "from"):
            return True
        return any(True for _ in readers_of(self.batch.works, work.tracked, {name}))

    def _containers(self, value: object) -> list[tuple[Tracked, str]]:
        """Items of module-level registries that still hold a removed definition."""
        if not is_a(value, FunctionType, type) or self._has_a_name(value):
            return []
        found: list[tuple[Tracked, str]] = []
        for tracked in self.batch.works.watched:
            space = self.batch.stage.module_space(tracked.module)
            for name in list(tracked.namespace):
                # As it will be: what a line of this edit assigns anew holds it no more.
                container = space.get(name)
                if type(container) is dict:
                    items = list(container.items())
                elif type(container) is list:
                    items = list(enumerate(container))
                else:
                    continue
                if name != "__builtins__" and container is not tracked.namespace:
                    found += [(tracked, f"{name}[{key!r}]") for key, each in items if each is value]
        return found[:50]

    def _has_it_from(self, holder: ModuleType, key: str, module: str, name: str, value: object) -> bool:
        """Whether `other.x` should follow `module.name`: true if the module made the object and has no other name for
        it, or `other` imports it from there; false if both merely got it from a third module."""
        if _is_alias(self.batch.stage, module, name, value):
            pass
        elif is_a(value, type):
            if locate.made_in(value, module):
                return True
        else:
            namespace = sys.modules[module].__dict__ if module in sys.modules else None
            if any(found.function.__globals__ is namespace for found in locate.unwrap(value)):
                return True
        if id(holder) in self._watched:
            return False
        if _name_of(holder) not in self.imports:
            self.imports[_name_of(holder)] = self._imports_of(holder)
        imports = self.imports[_name_of(holder)]
        if imports is None:
            # A prompt leaves no text behind, and of a small number there is only one.
            one = is_a(value, int, str, bytes, type(None), tuple) and not _is_telling(value)
            return _name_of(holder) == "__main__" and key == name and not one and not is_a(value, type, FunctionType)
        return any(
            source == module and ((bound == key and imported == name) or (imported == "*" and key == name))
            for source, imported, bound in imports
        )

    def _imports_of(self, holder: ModuleType) -> list[tuple[str, str, str]] | None:
        """What a module that is not watched imports by name; None where its source is not to be had."""
        path, cells = source_path(holder), holder.__dict__.get("In")
        if path is None:
            if _name_of(holder) != "__main__" or not is_a(cells, list):
                return None
            return [each for cell in cells if isinstance(cell, str) for each in _imported(holder, cell, "cell") or ()]
        try:
            return _imported(holder, snapshot_of(holder, path).text(), path)
        except (OSError, ValueError):
            return None

    def _only_imported(self, module: str, name: str) -> bool:
        """Whether a name was an import there: who else holds the object has it from elsewhere."""
        tracked = watched(self.batch.works, module)
        if tracked is None:
            return False
        return any(node.kind in ("import", "from") for node in tracked.outline.binders({name}, ""))


def _imported(holder: ModuleType, text: str, path: str) -> list[tuple[str, str, str]] | None:
    """What a text imports by name: the module, the name there, and the name here; None where it is no Python."""
    if "import" not in text:
        return []
    try:
        return [
            (absolute(holder.__dict__, source), imported, bound or imported)
            for source, imported, bound, _ in parse(text, path).imported()
        ]
    except (SyntaxError, ValueError, ImportError):
        return None


def _is_alias(stage: Stage, module: str, name: str, value: object) -> bool:
    """Whether a module still has an object by the name that it was defined under: who holds it may have that.

    def pay(): ...
    current = pay                      # becomes `current = refund`: `pay` elsewhere is what it was
    """
    made = sys.modules.get(module)
    own = locate.qualname_of(value) if is_a(value, type) else value.__name__ if is_a(value, FunctionType) else name
    return own != name and made is not None and stage.module_space(made).get(own) is value


def _held_in_classes(works: Works, stage: Stage, tracked: Tracked, name: str, value: object) -> Iterator[str]:
    """Names of classes whose bodies imported what a module called by a name that it has no more."""
    for work, node, local, bound in imports_in_classes(works, tracked, name):
        cls = locate.class_of(work.tracked, node.scopes[-1])
        if local == bound and cls is not None and stage.class_space(cls).get(bound) is value:
            yield f"{work.tracked.name}.{below_scope(node.qualname, bound)}"


def _name_of(module: ModuleType) -> str:
    """The name of a module that may have lost it."""
    return str(module.__dict__.get("__name__", ""))


def _is_own(module: ModuleType) -> bool:
    """Whether a module is the user's own: only there is looked for who imported a number or a string, for many modules
    have equal ones."""
    path = module.__dict__.get("__file__")
    return _is_user_code(path) if isinstance(path, str) else _name_of(module) == "__main__"


#: Asked of every module of the process whenever a number or a string changes.
_is_user_code = functools.lru_cache(maxsize=None)(is_user_code)


def _is_telling(value: object) -> bool:
    """Whether it says something that a name means this very object: equal numbers and strings are often one."""
    if is_a(value, int):
        return not -6 < value < 257
    return not is_a(value, type, FunctionType, str, bytes, type(None))
