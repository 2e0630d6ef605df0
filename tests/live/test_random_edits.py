"""Random programs, random edits: after each save the process is what a fresh one would be.

One seed is one history of saves. A history that fails is made smaller by leaving out saves as long as it
still fails; every save has a stream of random numbers of its own, so the others stay as they are.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import inspect
import random
import re
import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
import reloadr
from comparing import Comparison, Difference, changes_between, class_dict, state_of
from harness import Project
from programs import Author, Item, Program
from reloadr.report.report import Report

SEEDS = 100
SAVES = 12
ITEMS = 7
#: Histories in one test.
CHUNK = 10


class Broken(AssertionError):
    """The process is not what it should be."""


class History:
    """One program and what was saved of it."""

    def __init__(self, root: Path, seed: int, *, proves: bool = False) -> None:
        self.seed = seed
        #: Whether `reloadr.verify` judges each save as well.
        self.proves = proves
        self.names = [f"r{seed}_{letter}" for letter in "abc"[: 1 + seed % 3]]
        self.project = Project(root)
        self.program = Program(self.names)
        self.saved: dict[str, str] = {}
        self.past: list[Program] = []
        #: What reports have named: its differences are excused.
        self.excused: set[tuple[str, str]] = set()
        self.told = ""
        self.instances: dict[int, Any] = {}
        self.closures: list[tuple[str, str, FunctionType]] = []
        self.counts: Counter[str] = Counter()
        self.mutate = True

    # ---- the program ----

    def begin(self, items: int) -> None:
        rng = random.Random(f"begin {self.seed}")
        for _ in range(200):
            program = Program(self.names)
            Author(rng, program).start(items)
            if self.fresh(program) is not None:
                break
        else:
            raise RuntimeError("no program in 200 attempts")
        self.program = program
        self.write(program.sources())
        for name in self.names:
            self.project.load(name)
        self.watcher = self.project.watch()
        self.past = [program.clone()]
        self.check(Report("nothing"), program, None)

    def write(self, sources: dict[str, str]) -> None:
        for name, text in sources.items():
            if self.saved.get(name) != text:
                self.project.write(name, text.encode())
        self.saved = {**self.saved, **sources}

    def fresh(self, program: Program) -> dict[str, ModuleType] | None:
        """A fresh import of a program beside the living modules; None if it does not work."""
        before = {name: sys.modules.pop(name, None) for name in self.names}
        texts = program.sources()
        made: dict[str, ModuleType] = {}
        try:
            for name in self.names:
                module = ModuleType(name)
                path = str(self.project.path(name))
                module.__file__ = path
                module.__package__ = ""
                made[name] = sys.modules[name] = module
                exec(compile(texts[name], path, "exec", dont_inherit=True), vars(module))
        except Exception:
            return None
        finally:
            for name, module in before.items():
                sys.modules.pop(name, None)
                if module is not None:
                    sys.modules[name] = module
        return made

    def live(self) -> dict[str, Any]:
        return {name: sys.modules[name] for name in self.names}

    def roots(self) -> dict[str, Any]:
        held = {f"instance {uid}": each for uid, each in self.instances.items()}
        held |= {f"closure {at}": each for at, (_, _, each) in enumerate(self.closures)}
        return {**self.live(), **held}

    # ---- one save ----

    def step(self, number: int) -> None:
        rng = random.Random(f"save {self.seed} {number}")
        roll = rng.random()
        if roll < 0.14:
            self.broken(rng)
        elif roll < 0.24 and len(self.past) > 1:
            self.undone()
        elif roll < 0.34 and len(self.past) > 1:
            self.revert(rng)
        else:
            self.edited(rng)

    def edited(self, rng: random.Random) -> None:
        for _ in range(30):
            program = self.program.clone()
            author = Author(rng, program)
            done = [author.edit() for _ in range(rng.choice((1, 1, 1, 2, 3, 5)))]
            if program.sources() != self.program.sources() and self.fresh(program) is not None:
                self.apply(program, done)
                return

    def revert(self, rng: random.Random) -> None:
        program = rng.choice(self.past[:-1]).clone()
        program.count = self.program.count
        self.apply(program, ["revert"])

    def apply(self, program: Program, what: list[str]) -> None:
        before = self.program
        self.write(program.sources())
        self.last = (what, before.sources(), program.sources(), Report("nothing"))
        report = self.watcher.poll()
        self.context(what, before, program, report)
        if report.rejected:
            raise Broken("a program that imports was rejected")
        self.program = program
        self.past.append(program.clone())
        self.check(report, program, before)
        again = self.watcher.poll()
        if again.verdict != "nothing":
            raise Broken(f"polled again, with nothing saved: {again}")

    def broken(self, rng: random.Random) -> None:
        """Saves something that is wrong: nothing changes. Then mends it."""
        texts = self.program.sources()
        good = self.program.clone()
        author = Author(rng, good)
        done = [author.edit() for _ in range(rng.choice((0, 1, 3)))]
        if self.fresh(good) is not None:
            texts = good.sources()
        name = rng.choice(self.names)
        lines = texts[name].split("\n")
        starts = [at for at, line in enumerate(lines) if re.match(r"(def|class|async|@|\w+ =|import)", line)]
        starts = [at for at in starts if not (at and lines[at - 1].startswith("@"))]
        wrong = rng.choice(
            ("def broken(:", "1 / 0", "raise KeyError('no')", "x = = 2", "import no_such_module_at_all", "'''",
             "class Bad(1, 2): pass", "def bad(a=undefined_name): pass", "@undefined_name\ndef bad(): pass",
             "return 1", "assert False, 'no'", "raise SystemExit(1)")
        )  # fmt: skip
        lines.insert(rng.choice(starts), wrong)
        before = state_of(self.roots(), caches=True)
        known = set(sys.modules)
        self.write({**texts, name: "\n".join(lines)})
        report = self.watcher.poll()
        self.context([f"broken by {wrong!r}", *done], self.program, good, report)
        if not report.rejected:
            raise Broken("what cannot be imported was not rejected")
        changed = changes_between(before, state_of(self.roots(), caches=True))
        if changed:
            raise Broken("a rejected save changed:\n" + "\n".join(changed))
        # What spells a syntax error out looks for a mistyped keyword with a module of the interpreter's own (3.14).
        other = (set(sys.modules) ^ known) - set(sys.builtin_module_names)
        if other:
            raise Broken(f"a rejected save changed sys.modules: {other}")
        if reloadr.status().in_step:
            raise Broken("status() does not list the error")
        self.write(self.program.sources())
        report = self.watcher.poll()
        self.context(["mended"], self.program, self.program, report)
        if report.changes or report.reasons:
            raise Broken("the mended file is the old one: nothing to do")
        if changes_between(before, state_of(self.roots(), caches=True)):
            raise Broken("the mended save changed something")

    def undone(self) -> None:
        """An edit, and its undo: everything is as it was. By hand it is applied again."""
        rng = random.Random(f"undo {self.seed} {len(self.past)}")
        before = state_of(self.roots(), caches=False)
        excused, told, old = set(self.excused), self.told, self.program
        instances, closures = dict(self.instances), list(self.closures)
        self.mutate = False
        self.edited(rng)
        self.mutate = True
        if self.program is old or reloadr.history()[-1].verdict == "nothing":
            return
        new = self.program
        self.instances, self.closures = instances, closures
        report = reloadr.undo()
        self.context(["undo"], new, old, report)
        changed = changes_between(before, state_of(self.roots(), caches=False))
        if changed:
            raise Broken("undo left changes:\n" + "\n".join(changed))
        report = self.watcher.poll()
        if report.verdict != "nothing":
            raise Broken("a poll applied again what was undone")
        self.excused, self.told = excused, told
        self.check(Report("nothing"), old, None)
        report = reloadr.reload(*self.names)
        self.context(["reload by hand"], old, new, report)
        self.check(report, new, old)

    # ---- checks ----

    def context(self, what: list[str], old: Program, new: Program, report: Report) -> None:
        """Kept for the message of a failure."""
        self.last = (what, old.sources(), new.sources(), report)
        self.counts[report.verdict] += 1

    def check(self, report: Report, program: Program, before: Program | None) -> None:
        for reason in report.reasons:
            self.excused.add((reason.module, reason.qualname))
            self.told += f"\n{reason.module} {reason.message}"
        fresh = self.fresh(program)
        assert fresh is not None
        comparison = Comparison(frozenset(self.names))
        live = self.live()
        for at, name in enumerate(self.names):
            comparison.modules(live[name], fresh[name], self.states(program, at))
        self.judge(comparison.found)
        if self.proves and report:
            self.prove()
        self.counts["compared"] += comparison.compared
        if before is not None:
            self.identities(before, program)
            self.let_go(before, program)
        self.closures_follow(fresh)
        for cache in comparison.caches:
            cache.cache_clear()
        self.outcomes(fresh, program)
        # What calls left there may be coroutines that nobody awaits.
        for cache in comparison.caches:
            cache.cache_clear()
        self.note(program)

    def states(self, program: Program, at: int) -> frozenset[str]:
        """Names of a module that hold run-time state, imported ones too."""
        names = set()
        for item in program.modules[at].items:
            found = program.item(item.target) if item.kind == "import name" else None
            if item.kind == "state":
                names.add(item.name)
            elif found is not None and found[1].kind == "state":
                names.add(item.name or found[1].name)
        return frozenset(names)

    def judge(self, differences: list[Difference]) -> None:
        wrong = [each for each in differences if not self.is_excused(each.module, each.qualname)]
        self.counts["excused"] += len(differences) - len(wrong)
        if wrong:
            raise Broken("not as in a fresh import:\n" + "\n".join(map(str, wrong[:12])))

    def prove(self) -> None:
        """What `reloadr.verify` finds, reports have named."""
        proof = reloadr.verify()
        self.counts["proofs"] += 1
        wrong = []
        for each in (*proof.stale, *proof.conflicts, *proof.unknown):
            module, _, path = each.path.partition(":")
            qualname = re.split(r"[^\w.]", path)[0].rstrip(".")
            if not self.is_excused(module, qualname):
                wrong.append(str(each))
        if wrong:
            raise Broken("not as verify() would have it:\n" + "\n".join(wrong[:12]))

    def is_excused(self, module: str, qualname: str) -> bool:
        parts = qualname.split(".")
        if any((module, ".".join(parts[:at])) in self.excused for at in range(1, len(parts) + 1)):
            return True
        return bool(re.search(rf"\b{re.escape(parts[0])}\b", self.told))

    def identities(self, before: Program, after: Program) -> None:
        """What was edited in place is the same object, and state whose line stayed is the same state."""
        for at, module in enumerate(after.modules):
            held = self.held.get(module.name, {})
            for item in module.items:
                was = before.item(item.uid)
                if was is None or was[0] != at or was[1].name != item.name or item.name not in held:
                    continue
                if not self.stays(before, was[1], after, item, at) or self.is_excused(module.name, item.name):
                    continue
                if getattr(sys.modules[module.name], item.name) is not held[item.name]:
                    raise Broken(f"{module.name}:{item.name} is another object than before the save")

    def let_go(self, before: Program, after: Program) -> None:
        """What was removed and comes again is another."""
        for uid in list(self.instances):
            was, now = before.item(uid), after.item(uid)
            if was is None or now is None or (was[0], was[1].name) != (now[0], now[1].name):
                del self.instances[uid]
        names = [{item.name for item in module.items if before.item(item.uid)} for module in after.modules]
        known = dict(zip(self.names, names, strict=True))
        self.closures = [each for each in self.closures if each[1] in known[each[0]]]

    def stays(self, before: Program, old: Item, after: Program, new: Item, at: int) -> bool:
        if new.kind in ("decorator", "factory", "class", "dataclass", "enum"):
            return True
        if new.kind == "function":
            assert old.function is not None and new.function is not None
            resolved = [
                [program.resolve(at, text) for text in item.function.decorators]
                for program, item in ((before, old), (after, new))
                if item.function is not None
            ]
            return resolved[0] == resolved[1]
        return new.kind == "state" and old.text == new.text

    def note(self, program: Program) -> None:
        """Remembers objects for the next save."""
        self.held: dict[str, dict[str, Any]] = {}
        for name, module in self.live().items():
            self.held[name] = dict(vars(module))
        for module in program.modules:
            names = vars(sys.modules[module.name])
            for item in module.items:
                value = names.get(item.name)
                if item.kind in ("class", "dataclass") and isinstance(value, type) and item.uid not in self.instances:
                    self.instances[item.uid] = value()
                if item.kind == "state" and isinstance(value, list) and self.mutate:
                    value.append(len(value))
                function = item.function
                if item.kind == "function" and function and function.colour == "closure" and not function.decorators:
                    if isinstance(value, FunctionType) and len(self.closures) < 12:
                        self._hold_closure(module.name, value)

    def _hold_closure(self, module: str, function: FunctionType) -> None:
        with_defaults = len(function.__defaults__ or ())
        needed = function.__code__.co_argcount - with_defaults
        try:
            made = function(*range(needed))
        except Exception:
            return
        if isinstance(made, FunctionType) and made.__name__ == "inner":
            self.closures.append((module, function.__qualname__, made))

    def closures_follow(self, fresh: dict[str, ModuleType]) -> None:
        """Closures made before run the new code of the inner function, or the report says that they do not."""
        for module, qualname, made in self.closures:
            outer = vars(fresh[module]).get(qualname)
            if not isinstance(outer, FunctionType) or self.is_excused(module, qualname):
                continue
            inner = [each for each in outer.__code__.co_consts if getattr(each, "co_name", "") == "inner"]
            if len(inner) == 1 and inner[0] != made.__code__:
                raise Broken(f"{module}:{qualname}: a closure made earlier runs other code")

    def outcomes(self, fresh: dict[str, ModuleType], program: Program) -> None:
        """Calls give what they give in a fresh process."""
        live = self.live()
        for module in program.modules:
            for item in module.items:
                mine = vars(live[module.name]).get(item.name)
                other = vars(fresh[module.name]).get(item.name)
                if item.kind in ("function", "conditional"):
                    self.same_calls(module.name, item.name, mine, other)
                elif item.kind == "class" and isinstance(other, type) and item.uid in self.instances:
                    self.same_methods(module.name, item, other)

    def same_calls(self, module: str, name: str, live: Any, fresh: Any) -> None:
        state = {key for key in vars(sys.modules[module]) if key.startswith("state")}
        for arguments in ((), (1,), (2, 5), (1, 2, 3)):
            mine, other = outcome(live, *arguments), outcome(fresh, *arguments)
            self.counts["calls"] += 1
            if mine != other and not state and not self.told:
                raise Broken(f"{module}:{name}{arguments} gives {mine}, fresh {other}")

    def same_methods(self, module: str, item: Item, fresh: type) -> None:
        """An instance made earlier behaves as one of the fresh class with the same attributes."""
        old = self.instances[item.uid]
        if self.is_excused(module, item.name):
            return
        if type(old) is not vars(sys.modules[module]).get(item.name):
            raise Broken(f"{module}:{item.name}: an instance made earlier is not of the live class")
        if self.told or any(key.startswith("state") for key in vars(sys.modules[module])):
            return
        twin = fresh.__new__(fresh)
        vars(twin).update(vars(old))
        for name in [name for cls in fresh.__mro__ for name in class_dict(cls) if re.fullmatch(r"m\d", name)]:
            values = [outcome(lambda each=each, name=name: unbound(each, name)) for each in (old, twin)]
            if values[0] != values[1]:
                raise Broken(f"{module}:{item.name}().{name} gives {values[0]}, fresh {values[1]}")

    def close(self) -> None:
        self.project.close()
        gc.collect()


def unbound(instance: Any, name: str) -> Any:
    value = getattr(instance, name)
    return value() if callable(value) else value


def outcome(function: Any, *arguments: Any) -> Any:
    """What a call gives, as plain data: a value, or an exception's type and text."""
    try:
        return settled(function(*arguments), 3)
    except Exception as error:
        return (type(error).__name__, re.sub(r"0x[0-9a-f]+", "0x", str(error)))


def settled(value: Any, depth: int) -> Any:
    if depth == 0:
        return type(value).__name__
    if inspect.iscoroutine(value):
        return ("coroutine", settled(drive(value), depth - 1))
    if inspect.isasyncgen(value):
        return ("async generator", [settled(drive(value.__anext__()), 1) for _ in range(1)])
    if inspect.isgenerator(value):
        return ("generator", [settled(each, depth - 1) for each in value])
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [settled(each, depth - 1) for each in value]
    if isinstance(value, FunctionType):
        return ("function", value.__qualname__, outcome(value, 1) if depth > 1 else None)
    return re.sub(r"0x[0-9a-f]+", "0x", repr(value))


def drive(awaitable: Any) -> Any:
    try:
        awaitable.send(None)
    except StopIteration as done:
        return done.value
    awaitable.close()
    return "waits"


# ---- running ----------------------------------------------------------------------------------------


def run(root: Path, seed: int, saves: list[int], items: int, *, proves: bool = False) -> tuple[str, Counter[str]]:
    """One history; the failure as text, "" if there is none."""
    folder = root / f"h{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    history = History(folder.resolve(), seed, proves=proves)
    number = -1
    try:
        history.begin(items)
        for number in saves:
            history.step(number)
    except Exception as error:
        return describe(history, number, error), history.counts
    finally:
        history.close()
    return "", history.counts


def describe(history: History, number: int, error: Exception) -> str:
    text = str(error) if isinstance(error, Broken) else "".join(traceback.format_exception(error))
    if not hasattr(history, "last"):
        return f"seed {history.seed}, at the start: {text}\n" + "\n".join(history.program.sources().values())
    what, old, new, report = history.last
    lines = [f"seed {history.seed}, save {number}: {', '.join(what)}", text, f"--- report\n{report}"]
    for name in old:
        changed = difflib.unified_diff(old[name].split("\n"), new[name].split("\n"), name, name, lineterm="", n=100)
        lines += [f"--- {name}", "\n".join(changed) or old[name]]
    return "\n".join(lines)


def shrunk(root: Path, seed: int, saves: list[int]) -> str:
    """The failure of the smallest history found that fails."""
    text, items = run(root, seed, saves, ITEMS)[0], ITEMS
    for fewer in (1, 2, 3, 4, 5):
        found = run(root, seed, saves, fewer)[0]
        if found:
            text, items = found, fewer
            break
    for number in reversed(saves):
        fewer_saves = [each for each in saves if each != number]
        found = run(root, seed, fewer_saves, items)[0]
        if found:
            text, saves = found, fewer_saves
    return f"history of {items} items a module, saves {saves}\n{text}"


def chunks() -> Iterator[range]:
    for first in range(0, SEEDS, CHUNK):
        yield range(first, first + CHUNK)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(each, id=f"{each[0]}-{each[-1]}", marks=[pytest.mark.long] if each[0] >= SEEDS // 10 else [])
        for each in chunks()
    ],
)
def test_random_edits(tmp_path: Path, seeds: range) -> None:
    """After every save the modules equal a fresh import, with the old state; a rejected one changes nothing."""
    importlib.invalidate_caches()
    total: Counter[str] = Counter()
    for seed in seeds:
        failure, counts = run(tmp_path, seed, list(range(SAVES)), ITEMS)
        assert not failure, shrunk(tmp_path, seed, list(range(SAVES)))
        total += counts
    assert total["excused"] * 20 < total["compared"], f"too much is excused to mean anything: {total}"
    assert total["rejected"] > CHUNK // 2
