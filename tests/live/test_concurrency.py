"""Threads use a program while thousands of batches are applied to it: nothing half-applied is ever seen.

Each save carries its number in many places at once. What a thread reads in one step, without the
interpreter's switching to another thread in between, must be of one save; what it reads later, of the same
save or a newer one.
"""

from __future__ import annotations

import faulthandler
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import reloadr
from harness import Project

SECONDS = 4.0
PATIENCE = 60.0

ONE = """\
import functools

VERSION = {n}
DERIVED = (VERSION, VERSION)


def first(x={n}):
    return x, {n}, VERSION


def second():
    return first(), {n}, DERIVED


@functools.lru_cache
def cached():
    return {n}


def wrap(function):
    @functools.wraps(function)
    def wrapper():
        return {n}, function()
    return wrapper


@wrap
def wrapped():
    return {n}


class Base:
    number = {n}

    def base(self):
        return {n}


class Thing(Base):
    attribute = {n}

    def __init__(self):
        self.made = {n}

    def method(self):
        return {n}, self.attribute, self.number, super().base()

    @property
    def prop(self):
        return {n}

    @staticmethod
    def static():
        return {n}

    @classmethod
    def klass(cls):
        return {n}, cls.attribute

    def {name}(self):
        return {n}


def steps():
    for _ in range(3):
        yield {n}


async def later():
    return {n}


def closure():
    seen = {n}
    def inner():
        return seen, {n}
    return inner
"""
TWO = """\
from conc_one import VERSION as COPY, Thing, first
import conc_one

TABLE = {{"one": COPY, "two": {n}}}


def across():
    return first(), COPY, conc_one.VERSION, {n}


class Sub(Thing):
    other = {n}

    def method(self):
        return super().method(), {n}
"""


def sources(number: int) -> tuple[str, str]:
    """Both files of one save, lines moved and a method that comes and goes with it."""
    first = "# line\n" * (number % 5) + ONE.format(n=number, name=f"extra_{number % 3}")
    return first, "\n" * (number % 3) + TWO.format(n=number)


def flat(value: Any) -> Iterator[int]:
    if isinstance(value, (tuple, list)):
        for each in value:
            yield from flat(each)
    elif isinstance(value, int):
        yield value


class Users:
    """Threads that run functions until told to end, and what went wrong in them."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.stop = threading.Event()
        self.counts: dict[str, int] = {}
        self.threads: list[threading.Thread] = []
        self.batches = 0

    def add(self, name: str, work: Callable[[], None]) -> None:
        """One more thread; `work` is called over and over."""

        def run() -> None:
            try:
                while not self.stop.is_set():
                    for _ in range(5):
                        work()
                    self.counts[name] = self.counts.get(name, 0) + 5
                    # The interpreter goes to the thread that applies batches.
                    time.sleep(0.001)
            except BaseException as error:
                self.errors.append(f"{name}: {type(error).__name__}: {error}")
                self.stop.set()

        self.threads.append(threading.Thread(target=run, name=name))

    def run(self, seconds: float, apply: Callable[[], None], *, calls: int = 5, batches: int = 2) -> None:
        """Applies batches for a time while the threads work, and on a busy machine for longer, until each thread has
        made so many calls. Raises AssertionError with what they saw."""
        for thread in self.threads:
            thread.start()
        end = time.monotonic() + seconds
        try:
            while not self.stop.is_set() and (
                time.monotonic() < end or (not self.is_enough(calls, batches) and time.monotonic() < end + PATIENCE)
            ):
                apply()
                self.batches += 1
        finally:
            self.stop.set()
            for thread in self.threads:
                thread.join(30)
        assert not self.errors, self.errors
        assert not any(thread.is_alive() for thread in self.threads)
        assert self.is_enough(calls, batches), (self.counts, self.batches)

    def is_enough(self, calls: int, batches: int) -> bool:
        """Whether each thread made so many calls, and so many batches were applied."""
        return self.batches >= batches and all(self.counts.get(each.name, 0) >= calls for each in self.threads)


@pytest.fixture(autouse=True)
def quick_switches() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def started(project: Project) -> tuple[Any, Any, reloadr.Watcher, Callable[[], None]]:
    one, two = sources(0)
    first, second = project.start("conc_one", one), project.start("conc_two", two)
    watcher = project.watch()
    number = 0

    def apply() -> None:
        nonlocal number
        number += 1
        for name, text in zip(("conc_one", "conc_two"), sources(number), strict=True):
            project.write(name, text)
        report = watcher.poll()
        assert report.verdict in ("live", "caveat"), report

    return first, second, watcher, apply


def test_one_save_is_seen_whole(project: Project) -> None:
    """Functions, defaults, constants, derived values, class attributes and importers of one save change in one
    step: no thread that looks at all of them at once sees two saves."""
    first, second, _, apply = started(project)
    thing, sub = first.Thing(), second.Sub()
    one, two, thing_dict, base_dict = vars(first), vars(second), vars(first.Thing), vars(first.Base)
    functions = [first.first, first.second, first.closure, second.across, first.Thing.method]

    def look() -> None:
        # One C call reads everything: the interpreter switches threads between bytecodes only.
        seen = read()
        numbers = set(flat(seen))
        assert len(numbers) == 1, f"two saves at once: {seen}"

    def constants(code: Any) -> tuple[int, ...]:
        return tuple(each for each in code.co_consts if type(each) is int and each > 2)

    # `tuple(map(getitem, ...))` runs no Python code in between.
    from operator import getitem

    dicts = [one, one, two, two, thing_dict, base_dict]
    keys = ["VERSION", "DERIVED", "COPY", "TABLE", "attribute", "number"]

    def read() -> Any:
        values = tuple(map(getitem, dicts, keys))
        return [each if not isinstance(each, dict) else tuple(each.values()) for each in values]

    codes = ["__code__"] * len(functions)

    def look_at_codes() -> None:
        seen = tuple(map(getattr, functions, codes))
        numbers = {max(constants(code), default=None) for code in seen} - {None}
        assert len(numbers) <= 1, f"two saves at once: {numbers}"

    last: dict[str, int] = {}

    def forwards(name: str, value: int) -> None:
        assert value >= last.get(name, 0), f"{name} went back from {last[name]} to {value}"
        last[name] = value

    def call() -> None:
        for name, function in (("static", thing.static), ("cached", first.cached), ("prop", lambda: thing.prop)):
            forwards(name, function())

    def bound() -> None:
        (number, attribute, inherited, base), other = sub.method()
        forwards("sub", min(number, attribute, inherited, base, other))

    users = Users()
    users.add("look", look)
    users.add("codes", look_at_codes)
    users.add("call", call)
    users.add("bound", bound)
    users.run(SECONDS, apply, calls=105)


def test_threads_work_meanwhile(project: Project) -> None:
    """Calls, new instances, generators, coroutines, closures, pickles of names and imports all work at every
    moment."""
    first, second, _, apply = started(project)
    old = [first.Thing(), second.Sub()]
    held = [first.closure(), first.wrapped, first.cached]
    project.write("conc_extra", "import conc_one\nVALUE = conc_one.VERSION\n")

    def instantiate() -> None:
        thing = second.Sub()
        assert isinstance(thing, first.Thing) and isinstance(thing, first.Base)
        assert thing.made <= first.VERSION
        thing.method()

    def iterate() -> None:
        numbers = list(first.steps())
        assert len(set(numbers)) == 1, f"a generator changed its code half-way: {numbers}"

    def await_() -> None:
        coroutine = first.later()
        try:
            coroutine.send(None)
        except StopIteration:
            return
        raise AssertionError("a coroutine did not end")

    def call() -> None:
        second.across()
        first.second()
        for each in old:
            each.method()
            each.klass()
        for function in held:
            function()

    def import_() -> None:
        sys.modules.pop("conc_extra", None)
        import conc_extra  # type: ignore[import-not-found]

        assert conc_extra.VALUE <= first.VERSION

    users = Users()
    for name, work in {
        "instantiate": instantiate, "iterate": iterate, "await": await_, "call": call, "import": import_,
    }.items():  # fmt: skip
        users.add(name, work)
    users.run(SECONDS, apply)


def test_small_saves_at_full_speed(project: Project) -> None:
    """As many batches as the time allows, each of one function and the constant that it gives: what a call
    gives is never older than the constant was before it."""
    text = "LIMIT = {n}\ndef limit(): return {n}\nclass C:\n    def limit(self): return {n}\n"
    module = project.start("small", text.format(n=0))
    watcher = project.watch("small")
    thing = module.C()
    number = 0

    def apply() -> None:
        nonlocal number
        number += 1
        project.write("small", text.format(n=number))
        assert watcher.poll().verdict == "live"
        assert module.LIMIT == module.limit() == thing.limit() == number

    def look() -> None:
        before = module.LIMIT
        function, method = module.limit(), thing.limit()
        assert before <= function <= method <= module.LIMIT, "the parts of one save came at different times"

    users = Users()
    users.add("one", look)
    users.add("two", look)
    users.run(SECONDS, apply, batches=51)


SHAPES = [
    """\
    def shape(a, b: T{n} = {n}) -> {n}:
        return {n}, b
    """,
    """\
    def shape(a, *, c: T{n} = {n}, d={n}) -> {n}:
        return {n}, c, d
    """,
    """\
    def shape(*args, k: T{n} = {n}, **kw) -> {n}:
        return {n}, k
    """,
]
SHAPELY = """\
import functools

T{n} = {n}

def made():
    return {n}

# To run this, what is ready of the batch is committed.
VERSION = made()

def wrap(function):
    @functools.wraps(function)
    def wrapper(*args, **kw):
        return function(*args, **kw)
    return wrapper

{shape}

@wrap
{shape}
wrapped, shape = shape, None

{shape}

class Thing:
    VERSION = made()

    @staticmethod
{method}

    def closes(self, *, other={n}):
        {closing}
        return {n}, other
"""


def shapely(number: int) -> str:
    """A save in which every function has other parameters, defaults, annotations and variables that it closes over."""
    shape = dedent(SHAPES[number % 3]).format(n=number).strip()
    method = "\n".join("    " + line for line in shape.splitlines())
    closing = ("super().__init__()", "pass", "__class__")[number % 3]
    return SHAPELY.format(n=number, shape=shape, method=method, closing=closing)


def test_a_function_is_swapped_whole(project: Project) -> None:
    """Code, closure, defaults, keyword defaults and annotations of a function change in one step, also where a
    statement above it needs what is ready already: every call at every moment finds what its code needs."""
    module = project.start("shapely", shapely(0))
    watcher = project.watch("shapely")
    held, static, thing = module.shape, module.Thing.shape, module.Thing()
    number = 0

    def apply() -> None:
        nonlocal number
        number += 1
        project.write("shapely", shapely(number))
        report = watcher.poll()
        assert report.verdict in ("live", "caveat"), report
        assert set(flat([held(1), static(1), module.wrapped(1), thing.closes()])) == {number}

    def call() -> None:
        for function in (held, static, module.wrapped, thing.closes):
            seen = function() if function == thing.closes else function(1)
            assert len(set(seen)) == 1, f"code and defaults of two saves: {seen}"

    parts = ["__code__", "__defaults__", "__kwdefaults__"]
    parts += ["__annotations__"] if sys.version_info < (3, 14) else []

    def numbers(part: Any) -> set[int]:
        values = part.co_consts if hasattr(part, "co_consts") else part.values() if isinstance(part, dict) else part
        return {each for each in values or () if type(each) is int and each > 2}

    def look() -> None:
        for function in (held, static):
            # One C call reads everything: see above.
            seen = tuple(map(getattr, [function] * len(parts), parts))
            found = set().union(*map(numbers, seen))
            assert len(found) <= 1, f"parts of two saves: {seen}"

    users = Users()
    for each in ("one", "two", "three"):
        users.add(each, call)
    users.add("look", look)
    users.run(SECONDS, apply, batches=30)


def test_many_threads_reload(project: Project) -> None:
    """Several threads save and reload at once: every poll leaves what was saved before it live."""
    lock = threading.Lock()
    numbers = dict.fromkeys(("many_a", "many_b", "many_c"), 0)
    modules = {name: project.start(name, "def f(): return 0\nX = 0\n") for name in numbers}
    watcher = project.watch()
    users = Users()

    def worker(name: str) -> Callable[[], None]:
        def work() -> None:
            with lock:
                numbers[name] += 1
            number = numbers[name]
            project.write(name, f"def f(): return {number}\nX = {number}\n")
            watcher.poll()
            assert modules[name].f() == number == modules[name].X

        return work

    for name in numbers:
        users.add(name, worker(name))
    users.run(SECONDS / 2, lambda: time.sleep(0.05))


def test_rejected_batches_are_never_seen(project: Project) -> None:
    """Batches that fail late, after they were evaluated, leave no trace for other threads to see."""
    good = "A = 1\ndef f(): return 1\nclass C:\n    x = 1\n    def m(self): return 1\n"
    bad = "A = 2\ndef f(): return 2\nclass C:\n    x = 2\n    def m(self): return 2\nB = f()\n1 / 0\n"
    module = project.start("rejecting", good)
    watcher = project.watch()
    instance = module.C()
    number = 0

    def apply() -> None:
        nonlocal number
        number += 1
        project.write("rejecting", bad + f"# {number}\n")
        assert watcher.poll().rejected
        project.write("rejecting", good + f"# {number}\n")
        assert not watcher.poll().rejected

    def look() -> None:
        assert not hasattr(module, "B") or module.B == 2

    users = Users()
    users.add("look", look)
    users.run(SECONDS / 4, apply)
    assert (module.A, module.f(), module.C.x, instance.m()) == (1, 1, 1, 1)
    assert not hasattr(module, "B")


def test_exit_is_clean(tmp_path: Path) -> None:
    """A process that ends while threads work and a reload is under way ends at once, without a word."""
    (tmp_path / "exiting.py").write_text("def f(): return 0\n")
    script = dedent(
        f"""
        import sys, threading, pathlib
        sys.path.insert(0, {str(tmp_path)!r})
        sys.dont_write_bytecode = True
        import reloadr, exiting
        watcher = reloadr.watch("exiting", on="look")
        ready = threading.Event()
        def save():
            for n in range(10 ** 9):
                pathlib.Path({str(tmp_path / "exiting.py")!r}).write_text(f"def f(): return {{n}}\\n")
                watcher.poll()
                if n == 50:
                    ready.set()
        def call():
            while True:
                exiting.f()
        for work in (save, call, call):
            threading.Thread(target=work, daemon=True).start()
        assert ready.wait(60)
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_line_that_is_being_written_does_not_break_the_exit() -> None:
    """The end of a process waits for it: a thread that was stopped meanwhile would keep the stream locked, which is a
    fatal error of Python's when that is flushed at the end."""
    script = """
        import io, sys, threading, time
        from reloadr.report import log
        begun = threading.Event()
        class Slow(io.RawIOBase):
            def writable(self):
                return True
            def write(self, data):
                begun.set()
                time.sleep(0.3)
                sys.__stdout__.write(bytes(data).decode())
                return len(data)
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(Slow()), write_through=True)
        log.show_on(log.stderr())
        threading.Thread(target=log.say, args=(30, "whole"), daemon=True).start()
        begun.wait()
        """
    done = subprocess.run(
        [sys.executable, "-c", dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[reloadr] whole\n", "")


def test_crash_handler_is_ours() -> None:
    """A crash in these tests shows where: pytest's fault handler is on."""
    assert faulthandler.is_enabled()


def test_a_frame_on_the_text_before_the_last_is_counted(project: Project) -> None:
    """What goes on with its first text is named at each edit of its function, not at the first one alone."""
    text = "import threading\nend, began = threading.Event(), threading.Event()\n"
    text += "def main():\n    began.set()\n    end.wait(60)\n    return 0\n"
    module = project.start("looping", text)
    watcher = project.watch(module)
    thread = threading.Thread(target=module.main)
    thread.start()
    try:
        assert module.began.wait(20)
        for number in range(1, 4):
            project.write("looping", text.replace("return 0", f"return {number}"))
            (reason,) = watcher.poll().reasons
            assert reason.code == "RL201" and "1 frame running" in reason.message
    finally:
        module.end.set()
        thread.join()
    project.write("looping", text)
    assert watcher.poll().verdict == "live"
