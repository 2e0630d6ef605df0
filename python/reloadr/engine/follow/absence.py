"""Who looked for a name in vain, as modules were loaded, that an edit brings: `try: from m import x`, `try: x`."""

from __future__ import annotations

from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Work, Works
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.readers import imports_in_classes, imports_of, readers_anywhere
from reloadr.live import locate
from reloadr.source.edits import Edit
from reloadr.source.statements import below_scope, scope_of

__all__ = ["absent", "names_of", "trying"]


def absent(works: Works, work: Work) -> Iterator[Call]:
    """Blocks that try for a name which comes now: `try: from m import x`, `try: x`, with what they do without."""
    tracked, fresh = work.tracked, dict[str, int]()
    for edit in work.edits:
        if edit.new is not None and edit.action != "formatted":
            scope = scope_of(edit.new)
            cls = locate.class_of(tracked, edit.new.scopes[-1]) if scope else None
            held = tracked.namespace if not scope else {} if cls is None else locate.class_dict(cls)
            fresh |= {below_scope(scope, name): edit.new.line for name in names_of(edit) if name not in held}
    if not fresh:
        return
    for other, node, names in readers_anywhere(works, tracked, set(fresh)):
        block = trying(node, ("NameError", "AttributeError"))
        if block is not None and (other is not work or any(fresh.get(name, 0) < block.line for name in names)):
            yield Call(other, block, frozenset(names), asks=True)
    for other_module in works.mentioning(list(fresh), beside=tracked):
        other = works.of(other_module)
        lines = {line: name for full, name, _, line in imports_of(other) if full == tracked.name}
        lines = {line: name for line, name in lines.items() if name in fresh}
        for node in other.outline.nodes() if lines else ():
            if node.line in lines and node.kind == "from":
                yield from _importing(other, node, f"{tracked.name}.{lines[node.line]}")
    for name in fresh:
        for other, node, local, bound in imports_in_classes(works, tracked, name) if "." not in name else ():
            if local == bound:
                yield from _importing(other, node, f"{tracked.name}.{name}")


def _importing(work: Work, node: Node, name: str) -> Iterator[Call]:
    block = trying(node, ("ImportError", "ModuleNotFound"))
    if block is not None:
        yield Call(work, block, frozenset({name}), asks=True)


def trying(node: Node, errors: tuple[str, ...]) -> Node | None:
    """The `try` whose suite a statement stands in, if it does without when that fails."""
    for block, branch in node.guards:
        if block.kind == "try" and branch == 0:
            for label, header, _ in block.branches:
                caught = header.source if header is not None else "Exception"
                if label == "except" and any(each in caught for each in (*errors, "Exception")):
                    return block
    return None


def names_of(edit: Edit) -> set[str]:
    """The names that an edit brings, takes or gives another value."""
    found: set[str] = set()
    for node in (edit.old, edit.new):
        if node is not None:
            found |= {locate.bound_name(node)} if node.name else set(node.binds)
    if edit.action == "changed" and edit.node.name and edit.old is not None and edit.new is not None:
        return found if edit.old.name != edit.new.name else set()
    return found
