"""Who found modules by itself while it was loaded, and read names of them.

for info in pkgutil.iter_modules(plugins.__path__):
    module = importlib.import_module(f"plugins.{info.name}")
    COMMANDS[module.NAME] = module.run             # reads `NAME` and `run` of each of them
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from types import CodeType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.follow import places
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.process_state import using
from reloadr.engine.order import needs_of
from reloadr.live.codes import all_codes
from reloadr.source import asking
from reloadr.source.finding_modules import FOLDERS, IMPORTING
from reloadr.source.process_state import words_of
from reloadr.source.statements import parse_statements, scope_of, value_of

#: What goes through the names of a module that is found.
_LISTING = asking.OF_MODULES | asking.LISTING | asking.SUBCLASSES


def asked(batch: Batch) -> Iterator[Call]:
    """Who read names of modules that it found by itself, and that this batch changes; and who would find those that
    came."""
    found: dict[tuple[str, int, str], Call] = {}
    for work in batch.works if batch.works.mentioning(sorted(IMPORTING)) else ():
        names = {name for edit in work.edits for name in _changed(edit.action, edit.old, edit.new)}
        if names and not _is_imported_by_name(batch.works, work):
            for call in _readers(batch, work.tracked.name, IMPORTING, frozenset(names)):
                found.setdefault(call.key, call)
    for full in batch.came:
        for call in _readers(batch, full, FOLDERS, frozenset()):
            found.setdefault(call.key, call)
    yield from found.values()


def _changed(action: str, old: Node | None, new: Node | None) -> Iterator[str]:
    """The names of a module that an edit brings, takes or gives another value."""
    for node in (old, new):
        if node is None or scope_of(node) or action == "formatted":
            continue
        if node.name and action == "changed" and old is not None and new is not None and old.name == new.name:
            continue
        yield from [node.name] if node.name else node.binds


def _is_imported_by_name(works: Works, work: Work) -> bool:
    """Whether lines of other modules name this one: those are followed by what they say."""
    name = work.tracked.name
    last = name.rpartition(".")[2]
    others = [each for each in works.mentioning([last], beside=work.tracked) if each is not work.tracked]
    return any(name in needs_of(works.of(each)) for each in others)


def _readers(batch: Batch, module: str, words: frozenset[str], names: frozenset[str]) -> Iterator[Call]:
    """What finds modules by itself and reads some names of them, or goes through them all; any, where none is given."""
    said = frozenset({f"{module}.{name}" for name in sorted(names)[:1]} or {f"modules beside {module}"})
    pattern = re.compile(rf"\.({'|'.join(map(re.escape, names))})\b|\b({'|'.join(_LISTING)})\b") if names else None

    def really(code: CodeType) -> bool:
        used = {name for each in all_codes(code) for name in each.co_names}
        texts = {each for one in all_codes(code) for each in one.co_consts if isinstance(each, str)}
        return not names or not (used | texts).isdisjoint(names | _LISTING)

    for tracked in batch.works.mentioning(sorted(words)):
        other = batch.works.of(tracked)
        for node in other.outline.nodes():
            if node.name or node.scopes or isinstance(value_of(node), ast.Constant):
                continue
            if not any(word in node.segment for word in words) or not _uses(node, words):
                continue
            if pattern is None or pattern.search(node.segment):
                yield from places.readers_call(batch, other, places.whole(node), said)
        for call in using(batch.worlds, tracked, words, really):
            yield Call(call.work, call.node, said, holds=False if call.holds is not None else None, asks=True)


def _uses(node: Node, words: frozenset[str]) -> bool:
    """Whether a statement, or what stands in it, uses one of these words: what is written in a text is none."""
    tree = parse_statements(node.segment)
    return tree is None or not words.isdisjoint(words_of(tree))


__all__ = ["asked"]
