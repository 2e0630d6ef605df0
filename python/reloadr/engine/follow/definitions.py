"""Functions whose decorators, defaults or annotations read what changed.

RATE = 0.1                         # edited
def net(x, rate=RATE): ...         # the default follows, if it still is what the old source gave
"""

from __future__ import annotations

from types import FunctionType

from reloadr._core import Node, Part
from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.worlds import evaluate, evaluate_new, is_pure, old_world
from reloadr.engine.follow import handed
from reloadr.engine.follow.derivation import Derivation
from reloadr.judge.same import indistinguishable, same_value
from reloadr.live import locate
from reloadr.live.codes import default_values
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL205
from reloadr.source.compiling import DEFERRED
from reloadr.source.statements import decorator_name, parse_expression
from reloadr.stage.attributes import set_attributes
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, MISSING


def function(following: Derivation, work: Work, node: Node, names: set[str], source: str) -> None:
    """A function whose header reads what changed: its defaults and annotations follow, its decorators are named."""
    batch, tracked = following.batch, work.tracked
    for part in node.decorators:
        if names & set(part.reads):
            called = decorator_name(part)
            if called in names and not part.source.strip().endswith(")"):
                batch.findings.reason(RL205(name=node.qualname, decorator=called), tracked, node.qualname, node.line)
            else:
                following.stale(work, node, node.qualname, source)
    functions = _functions_at(following, work, node)
    for parameter, kind, annotation, default in node.params:
        evaluated = (tracked.name, node.line, parameter) in batch.noted.defaults
        if default is not None and not evaluated and names & set(default.reads):
            for each in functions:
                _default(following, work, node, each.function, (parameter, kind), default, source)
        if annotation is not None and names & set(annotation.reads):
            _annotation(following, work, node, functions, parameter, annotation)
    if node.returns is not None and names & set(node.returns.reads):
        _annotation(following, work, node, functions, "return", node.returns)


def before_decorators(following: Derivation, work: Work, node: Node) -> None:
    """The function that lives is about to be handed to its decorators: what its header says as it did, and reads what
    changed, is computed first, for they may read it, and nobody asks again once the definition has run.

    RATE = 0.1                         # edited
    @route("/net")                     # edited as well
    def net(x, rate=RATE): ...
    """
    batch = following.batch
    functions = _functions_at(following, work, node)
    for parameter, kind, annotation, default in node.params:
        evaluated = (work.tracked.name, node.line, parameter) in batch.noted.defaults
        names = _changed(batch, work, node, default) if default is not None and not evaluated else []
        if default is not None and names:
            for each in functions:
                _default(following, work, node, each.function, (parameter, kind), default, names[0])
        if annotation is not None and _changed(batch, work, node, annotation):
            _annotation(following, work, node, functions, parameter, annotation)
    if node.returns is not None and _changed(batch, work, node, node.returns):
        _annotation(following, work, node, functions, "return", node.returns)


def _changed(batch: Batch, work: Work, node: Node, part: Part) -> list[str]:
    """The names that an expression reads and that mean something else than they did: names, and attributes of them."""
    before, found = old_world(batch.worlds, work, node), list[str]()
    for name in part.reads:
        tree = parse_expression(name)
        if tree is not None and is_pure(batch.works, tree, before):
            old, new = evaluate(tree, before, work.tracked.filename), evaluate_new(batch.worlds, work, node, tree)
            if old is not MISSING and new is not MISSING and not indistinguishable(old, new):
                found.append(name)
    return found


def _functions_at(following: Derivation, work: Work, node: Node) -> list[locate.Found]:
    """The living functions of an unchanged definition, or of one whose swap is prepared."""
    space = following.batch.worlds.find_space(work, node)
    if space is None:
        return []
    value = space.get(locate.bound_name(node))
    return [
        found
        for found in locate.unwrap(value)
        # By the code that it is to have: one that is renamed is not live yet.
        if following.batch.stage.code(found.function).co_qualname == node.qualname
        and found.function.__globals__ is work.tracked.namespace
    ]


def _default(
    following: Derivation,
    work: Work,
    node: Node,
    function: FunctionType,
    parameter: tuple[str, int],
    part: Part,
    source: str,
) -> None:
    batch = following.batch
    name, kind = parameter
    tree = parse_expression(part.source)
    held = default_values(function)
    before = old_world(batch.worlds, work, node)
    pure = tree is not None and is_pure(batch.works, tree, before)
    old = evaluate(tree, before, work.tracked.filename) if tree is not None and pure else MISSING
    key = next((each for each in held if each == name or each.endswith(f"__{name.lstrip('_')}")), name)
    # What was computed anew already is so once more, of what else it reads.
    holds = (work.tracked.name, node.line, name) in following.defaults or same_value(held.get(key, MISSING), old)
    if not pure or old is MISSING or key not in held or not holds:
        following.stale(work, node, node.qualname, source)
        return
    assert tree is not None
    new = evaluate_new(batch.worlds, work, node, tree)
    if new is MISSING:
        following.stale(work, node, node.qualname, source)
        return
    _give(batch.stage, function, kind, key, new)
    following.defaults.add((work.tracked.name, node.line, name))
    # Who calls it from now on in this batch has to see that.
    batch.stage.pending_names.add(node.name or "")
    batch.findings.change("recompute", work.tracked, node.qualname, node.line, f"default of {name} from {source}")
    handed.due(following, work, node, {"defaults"})


def _give(stage: Stage, function: FunctionType, kind: int, parameter: str, value: object) -> None:
    """A parameter has another default from now on."""
    if kind == 3:
        keywords = {**(stage.current(function, "__kwdefaults__") or {}), parameter: value}  # type: ignore[dict-item]
        stage.steps.append((ATTR, function, "__kwdefaults__", keywords))
        return
    values = stage.current(function, "__defaults__") or ()
    assert is_a(values, tuple)
    code = stage.code(function)
    at = code.co_varnames[: code.co_argcount].index(parameter) - (code.co_argcount - len(values))
    stage.steps.append((ATTR, function, "__defaults__", (*values[:at], value, *values[at + 1 :])))


def _annotation(
    following: Derivation, work: Work, node: Node, functions: list[locate.Found], name: str, part: Part
) -> None:
    if "annotations" in work.outline.future:
        return
    batch = following.batch
    if DEFERRED:
        for found in functions:
            of_functions.forget(batch.stage, found.function)
        handed.due(following, work, node, {"annotations"})
        return
    tree = parse_expression(part.source)
    if tree is None:
        return
    new = evaluate_new(batch.worlds, work, node, tree)
    for found in functions:
        held = batch.stage.current(found.function, "__annotations__")
        if new is MISSING or not is_a(held, dict) or name not in held or held[name] is new:
            continue
        set_attributes(batch.stage, found, {"__annotations__": {**held, name: new}})
        handed.due(following, work, node, {"annotations"})
