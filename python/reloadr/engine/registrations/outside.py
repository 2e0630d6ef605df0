"""What was registered with the interpreter or the standard library where no container shows it.

@atexit.register                   # gone: `atexit.unregister` is called
@Shape.register                    # gone, of `abc`: named, for nothing takes it back
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator
from functools import partial
from types import BuiltinFunctionType, FunctionType

from reloadr._core import Node, Part
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.registrations.calls import call_of
from reloadr.engine.registrations.library import inverse_of, sets_anew
from reloadr.engine.registrations.named import is_owned
from reloadr.engine.registrations.reach import of_library, of_library_class
from reloadr.engine.registrations.roots import attribute
from reloadr.live import locate
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL208
from reloadr.report.findings import Findings
from reloadr.source.statements import class_binds, decorator_name, parse_expression
from reloadr.stage.journal import Journal
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING


def taken_back(worlds: Worlds, work: Work, old: Node, new: Node | None = None) -> bool:
    """Takes back what a call of the library registered that is gone, or set otherwise; False where that is not
    known."""
    call = call_of(old)
    if call is None or old.scopes:
        return False
    instead = call_of(new) if new is not None else None
    if instead is not None and sets_anew(call, instead) and _is_library(worlds, work, old, call.func):
        return True
    function, given = _value(worlds, work, old, call.func), [_value(worlds, work, old, each) for each in call.args]
    return len(given) == 1 and given[0] is not MISSING and _take_back(worlds.journal, function, given[0])


def _is_library(worlds: Worlds, work: Work, old: Node, tree: ast.expr) -> bool:
    """Whether what is called is a function of the library, or a method of an object of its."""
    function = _value(worlds, work, old, tree)
    if function is MISSING and isinstance(tree, ast.Attribute):
        owner = _value(worlds, work, old, tree.value)
        return owner is not MISSING and of_library_class(type(owner))
    if is_a(function, BuiltinFunctionType):
        return True
    return is_a(function, FunctionType) and of_library(function.__code__)


def _gone(worlds: Worlds, work: Work, old: Node, new: Node) -> Iterator[tuple[Part, object]]:
    """The decorators that a definition has no more, with what they are."""
    left = [part.fingerprint for part in new.decorators]
    for part in old.decorators:
        if part.fingerprint not in left:
            yield part, _value(worlds, work, old, parse_expression(part.source.lstrip("@")))


def dropped(worlds: Worlds, findings: Findings, work: Work, old: Node, new: Node, living: object) -> None:
    """Takes back, or names, what decorators of the library registered that a definition has no more."""
    for part, function in _gone(worlds, work, old, new) if living is not None else ():
        if is_owned(work, part.source):
            continue
        unseen = _is_unseen(part, _called(worlds, work, old, part)) or _says_the_same(worlds, work, new, part)
        if unseen and not _take_back(worlds.journal, function, living):
            name = f"@{decorator_name(part)} of {new.qualname}"
            findings.reason(RL208(name=name), work.tracked, new.qualname, new.line)


def _called(worlds: Worlds, work: Work, old: Node, part: Part) -> object:
    """What a decorator is, or what made it: `show.register` of `@show.register(str)`."""
    tree = parse_expression(part.source.lstrip("@"))
    return _value(worlds, work, old, tree.func if isinstance(tree, ast.Call) else tree)


def _says_the_same(worlds: Worlds, work: Work, new: Node, part: Part) -> bool:
    """Whether another definition is registered under what one was: it may have that again, where this one took it."""
    given = part.source.rpartition("register(")[2]
    for tracked in worlds.works.mentioning(["register"]) if "register(" in part.source else ():
        for node in worlds.works.of(tracked).outline.nodes():
            if tracked is not work.tracked or node.line != new.line:
                if any(each.source.rpartition("register(")[2] == given for each in node.decorators):
                    return True
    return False


def name_left_on(worlds: Worlds, findings: Findings, work: Work, old: Node, new: Node, cls: type) -> None:
    """Names the attributes that decorators of the library have set on a class that has them no more, and that nothing
    has taken away.
    """
    still = {decorator_name(part) for part in new.decorators}
    for part, function in _gone(worlds, work, old, new):
        tree = parse_expression(part.source.lstrip("@"))
        if isinstance(tree, ast.Call):
            # `@tag("a")`: what it calls makes the decorator; as `@tag("b")` it has set them again.
            function = _called(worlds, work, old, part) if decorator_name(part) not in still else MISSING
        for attribute_name in _set_on(worlds.stage, function, cls, new):
            name = f"@{decorator_name(part)} in {new.qualname}.{attribute_name}"
            findings.reason(RL208(name=name), work.tracked, f"{new.qualname}.{attribute_name}", new.line)


def _set_on(stage: Stage, function: object, cls: type, new: Node) -> list[str]:
    """The attributes that a decorator has set on a class, as far as its code tells."""
    if not is_a(function, FunctionType):
        return []
    steps = (step for code in all_codes(function.__code__) for step in dis.get_instructions(code))
    stored = {str(step.argval) for step in steps if step.opname == "STORE_ATTR"}
    space = stage.class_space(cls)
    return sorted(name for name in stored - set(class_binds(new)) if space.get(name) is not MISSING)


def _is_unseen(part: Part, function: object) -> bool:
    """Whether a decorator registers what it is given, by what it is called, and is none whose code is followed."""
    if not decorator_name(part).rpartition(".")[2].startswith("register"):
        return False
    for each in locate.unwrap(function):
        if not of_library(each.function.__code__) or each.function.__module__ == "functools":
            return False
    return True


def _take_back(journal: Journal, function: object, given: object) -> bool:
    inverse = inverse_of(function)
    if inverse is None or not callable(function):
        return False
    inverse(given)
    journal.on_undo.append(partial(function, given))
    return True


def _value(worlds: Worlds, work: Work, old: Node, tree: ast.expr | None) -> object:
    """What a name, dotted or not, meant before the batch."""
    names: list[str] = []
    while isinstance(tree, ast.Attribute):
        names.append(tree.attr)
        tree = tree.value
    if not isinstance(tree, ast.Name):
        return MISSING
    space = worlds.find_space(work, old, old=True)
    value = MISSING if space is None else space.live.get(tree.id, MISSING)
    for name in reversed(names):
        value = MISSING if value is MISSING else attribute(value, name)
    return value


__all__ = ["dropped", "name_left_on", "taken_back"]
