"""Where in the source the definition stands that an entry of a registry belongs to; where a new entry goes for that.

@route                             # added above `b`, whose entry is there: its own goes before that of `b`
def a(): ...
@route
def b(): ...
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping, Sequence
from types import CodeType, FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Swaps, Work, Works
from reloadr.engine.order import load_order
from reloadr.engine.registrations.places import Content
from reloadr.engine.registrations.roots import constants
from reloadr.engine.registrations.ties import PLAIN, walk
from reloadr.live import locate
from reloadr.live.kinds import is_a

#: The rank of a module, and a line in it.
At = tuple[int, int]
_NOTHING: Mapping[int, tuple[str, int]] = {}
#: Plain values, each with its type: 1 is no True.
Said = set[tuple[type, object]]


class Lines:
    """The lines that the definitions of a module have in the new source, by what lives."""

    def __init__(
        self, works: Works, swaps: Swaps, work: Work, spine: Collection[int], registering: Collection[str] = ()
    ) -> None:
        """`registering`: the names of what registers, by which entries of other modules are found as well."""
        self._registering = sorted({name.rpartition(".")[2] for name in registering})
        self._others: list[Lines] | None = None
        self._swaps = swaps
        self._works = works
        self._work = work
        self._name = work.tracked.name
        self._ranks: dict[str, int] = {}
        self._spine = spine
        self._moved = {edit.old.code_line: edit.new.line for edit in work.edits if edit.old and edit.new}
        self._gone = [edit.node for edit in work.edits if edit.action == "removed"]
        self._fresh = {id(swap.new): swap.edit.node.line for swap in swaps if swap.work is work}
        found: dict[str, list[int]] = {}
        called: dict[str, list[int]] = {}
        for node in work.outline.nodes():
            if node.name and (node.decorators or node.bases):
                found.setdefault(node.qualname, []).append(node.line)
        for node in work.outline.roots():
            for name in node.reads if node.kind == "statement" else ():
                called.setdefault(name, []).append(node.line)
        self._decorated = found.keys()
        # What no decorator registers, a call may.
        self._called = {name: at[0] for name, at in called.items() if len(at) == 1 and name not in found}
        self._by_name = {name: lines[0] for name, lines in found.items() if len(lines) == 1}
        self._by_value: dict[str, int] | None = None
        self._of_calls: list[tuple[int, set[int], set[str], Said, Said]] | None = None
        self._by_object: dict[int, int] | None = None

    def of(self, key: object, value: object) -> int | None:
        """The line of the definition that an entry belongs to; None if that is not known."""
        parts = [each for _, each in walk(value, "", self._spine)]
        lines = (self._line(each) for each in parts)
        line = self._keeping(value) or next((each for each in lines if each is not None), None)
        if line is None:
            line = self._called_with(key, parts)
        if line is None:
            names = (each for each in (key, *parts) if type(each) is str)
            line = next((self._by_name[each] for each in names if each in self._by_name), None)
        # What was said is a key, or all that there is of an entry.
        texts = (each for each in (key, value) if type(each) is str)
        return line if line is not None else next((self._said()[each] for each in texts if each in self._said()), None)

    def at(self, content: Content, told: Mapping[int, tuple[str, int]] = _NOTHING) -> list[At | None]:
        """Where in the order in which modules are loaded entries belong: of one of another module, that is all that
        counts. `told`: modules and lines that are known, by the ids of keys."""
        found: list[tuple[str, int] | None] = []
        for key, value in content:
            if id(key) in told:
                name, at = told[id(key)]
                found.append((name, at if name == self._name else 0))
                continue
            line = self.of(key, value)
            parts = walk(value, "", self._spine) if line is None else ()
            home = next((each for _, part in parts if (each := self._home(part)) is not None), None)
            home = self._by_line(key, value) if home is None and line is None else home
            found.append((home, 0) if home is not None else None if line is None else (self._name, line))
        homes = {each[0] for each in found if each is not None}
        self._ranks = load_order(self._works, homes | {self._name}) if homes - {self._name} else {}
        return [None if each is None else (self._ranks.get(each[0], 0), each[1]) for each in found]

    def own(self, line: int) -> At:
        """Where a line of the module belongs, among the entries that were asked for last."""
        return self._ranks.get(self._name, 0), line

    def rank(self, module: str) -> int | None:
        """That of a module, among the entries that were asked for last."""
        return self._ranks.get(module)

    def _home(self, value: object) -> str | None:
        """The other watched module that a definition is of."""
        name: object = None
        qualname = ""
        if is_a(value, FunctionType) and "<locals>" not in value.__code__.co_qualname:
            tracked = self._works.namespaces.get(id(value.__globals__))
            name, qualname = tracked.name if tracked is not None else None, value.__code__.co_qualname
        elif is_a(value, type):
            name, qualname = locate.class_dict(value).get("__module__"), locate.qualname_of(value)
        known = type(name) is str and name != self._name and name in self._works.listed.by_name
        return name if known and not self._goes(str(name), qualname) else None  # type: ignore[return-value]

    def _goes(self, module: str, qualname: str) -> bool:
        """Whether a definition of another module goes with this batch: what is registered of it goes yet."""
        work = self._works.by_name.get(module)
        if work is None or work.outline.find(qualname):
            return False
        return any(edit.action == "removed" and edit.node.qualname == qualname for edit in work.edits)

    def _by_line(self, key: object, value: object) -> str | None:
        """The one other module that has a line which says what an entry is: `on("start")(len)`."""
        if self._others is None:
            found = self._works.mentioning(self._registering, beside=self._work.tracked) if self._registering else []
            self._others = [Lines(self._works, self._swaps, self._works.of(each), self._spine) for each in found]
        names = [each._name for each in self._others if each.of(key, value) is not None]
        return names[0] if len(names) == 1 else None

    def _called_with(self, key: object, parts: list[object]) -> int | None:
        """The line of the call that handed on one of some objects, or what goes by its name, and said the rest, where
        only one did."""
        if self._of_calls is None:
            self._of_calls = [
                (
                    node.line,
                    {id(each) for each in things.values()},
                    things.keys() | ({"<lambda>"} if "lambda" in node.source else set()),
                    {(type(each), each) for _, each in constants(node.source) if type(each) in PLAIN},
                    self._named(node),
                )
                for node in self._work.outline.roots()
                if node.kind == "statement" and "(" in node.source
                if (things := self._handed_on(node)) or "lambda" in node.source
            ]
        ids = {id(each) for each in parts}
        plain = {(type(each), each) for each in (key, *parts) if type(each) in PLAIN}
        texts = {each for kind, each in plain if kind is str}
        found = [
            (line, said, named)
            for line, things, names, said, named in self._of_calls
            if not (things.isdisjoint(ids) and names.isdisjoint(texts)) and said <= plain
        ]
        if len(found) > 1:
            # Of those that hand on the same, it is the one which says the most that is there.
            found = [each for each in found if each[2] <= plain]
            most = max((len(said | named) for _, said, named in found), default=0)
            found = [each for each in found if len(each[1] | each[2]) == most]
        return found[0][0] if len(found) == 1 else None

    def _keeping(self, value: object) -> int | None:
        """The line of the assignment that keeps an object which a call gave: `SAVED = signal("saved")`. Who registered
        something in that object later stands elsewhere."""
        if self._by_object is None:
            self._by_object = {}
            for node in self._work.outline.roots():
                if node.kind == "assignment" and len(node.binds) == 1 and "(" in node.source:
                    self._by_object.setdefault(id(self._work.space.get(node.binds[0])), node.line)
        shared = type(value) in PLAIN or is_a(value, type, FunctionType)
        return None if shared else self._by_object.get(id(value))

    def _handed_on(self, node: Node) -> dict[str, object]:
        """What a call hands on, by name."""
        values = {name: self._work.tracked.namespace.get(name, getattr(builtins, name, None)) for name in node.reads}
        return {name: each for name, each in values.items() if callable(each) and not is_a(each, type)}

    def _named(self, node: Node) -> Said:
        """The plain values that a call hands on by name: `add(NAME, f)`."""
        values = [self._work.tracked.namespace.get(name) for name in node.reads]
        return {(type(each), each) for each in values if type(each) in PLAIN}

    def _said(self) -> dict[str, int]:
        """The texts that the decorators of one definition alone are given, and its line."""
        if self._by_value is None:
            found: dict[str, set[int]] = {}
            for node in [*self._work.outline.nodes(), *self._work.outline.roots()]:
                texts = [part.source for part in node.decorators] if node.name else []
                texts += [node.source] if node.kind == "statement" and not node.scopes and "(" in node.source else []
                for text in texts:
                    for _, value in constants(text) if '"' in text or "'" in text else ():
                        if type(value) is str:
                            found.setdefault(value, set()).add(node.line)
            self._by_value = {value: lines.pop() for value, lines in found.items() if len(lines) == 1}
        return self._by_value

    def _line(self, value: object) -> int | None:
        if is_a(value, FunctionType):
            code = value.__code__
            if value.__globals__ is not self._work.tracked.namespace or "<locals>" in code.co_qualname:
                return None
            if code.co_qualname == "<lambda>":
                return self._line_of_lambda(code)
            if code.co_qualname not in self._decorated:
                return self._called.get(code.co_qualname)
            fresh = self._fresh.get(id(code)) or self._by_name.get(code.co_qualname)
            return fresh or self._shifted(code.co_firstlineno)
        if is_a(value, type) and locate.made_in(value, self._work.tracked.name):
            return self._by_name.get(locate.qualname_of(value))
        if locate.made_in(type(value), self._work.tracked.name):
            return self._by_name.get(locate.qualname_of(type(value)))
        return None

    def _line_of_lambda(self, code: CodeType) -> int | None:
        """The line of a lambda that a statement of the module holds or hands on; None if it went with its line."""
        line, tracked = code.co_firstlineno, self._work.tracked
        held = tracked.codes.get("<lambda>", ())
        if tracked.knows_code and held and not any(code is each for each in held):
            return self._fresh.get(id(code)) or line
        stood = [node for node in tracked.outline.roots() if node.line <= line <= node.end_line]
        if not any("lambda" in node.segment and node not in self._gone for node in stood):
            return None
        return self._shifted(line)

    def _shifted(self, line: int) -> int | None:
        """Where a line of the old source is in the new one."""
        if line in self._moved:
            return self._moved[line]
        for first, last, delta in self._work.diff.shifts:
            if first <= line <= last:
                return line + delta
        return line


def place_among(known: Sequence[At | None], new: At) -> int | None:
    """The index at which an entry goes among others; None where they are in no order, or unknown."""
    there = [each for each in known if each is not None]
    if not there or there != sorted(there):
        return None
    after = next((at for at, each in enumerate(known) if each is not None and each > new), None)
    if after is not None:
        return after
    return 1 + max(at for at, each in enumerate(known) if each is not None)


def in_order(
    content: Content,
    fresh: list[int],
    anchor: int | None,
    line: int,
    lines: Lines,
    unsettled: Collection[tuple[object, object]] = (),
) -> Content:
    """A row or table whose new entries, put in at its end or its beginning, are where the source has them. `anchor`
    is the index where an earlier entry of the same definition stood; `unsettled`: entries that are not in order yet."""
    entries = [content[at] for at in fresh]
    rest = [entry for at, entry in enumerate(content) if at not in set(fresh)]
    at_end = fresh == list(range(len(rest), len(content)))
    at_start = not at_end and fresh == list(range(len(fresh)))
    if not rest or not (at_end or at_start):
        return content
    known = lines.at(rest)
    known = [None if any(entry is each for each in unsettled) else at for entry, at in zip(rest, known, strict=True)]
    new = lines.own(line)
    found = _found(known, new, back=at_start)
    if found is None:
        # In no order of modules: among those of its own.
        found = _found([each if each and each[0] == new[0] else None for each in known], new, back=at_start)
    where = found if found is not None else anchor
    return content if where is None else [*rest[:where], *entries, *rest[where:]]


def _found(known: list[At | None], new: At, *, back: bool) -> int | None:
    where = place_among(known[::-1] if back else known, new)
    return len(known) - where if back and where is not None else where


__all__ = ["Lines", "in_order", "place_among"]
