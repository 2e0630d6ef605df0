"""`reloadr.verify()`: what is stale is found by path, what is state is not."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
import reloadr
from harness import Project, wait_until
from reloadr.proof.ours import here
from reloadr.proof.pace import Pace
from reloadr.proof.verification import verified

BEFORE = '''\
import enum, functools, time

STARTED = time.time()
LIMIT = 1
ROUTES = []
TABLE = {}
CACHE = {}
HITS = 0
__all__ = ["one", "two"]
def route(function):
    ROUTES.append(function)
    return function
@route
def one(size=1):
    """One."""
    return 1
@route
def two():
    CACHE["two"] = object()
    return 2
class Base:
    kind = "base"
class Other:
    kind = "other"
class C(Base):
    """A class."""
    made = []
    def m(self): return 1
    def n(self): return 1
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
class Client:
    def __init__(self, limit):
        self.limit = limit
        self.open = None
TABLE["a"] = 1
TABLE["b"] = 2
CLIENT = Client(LIMIT)
PAIR = (LIMIT, LIMIT + 1)
NAMES = {"a", "b"}
@functools.lru_cache
def cached(n): return n
part = functools.partial(one, size=3)
def outer():
    free = LIMIT
    def inner(): return free
    return inner
closure = outer()
'''

#: What is edited, in which names it goes live elsewhere, and the path that is left behind.
STALE = {
    "a route is kept": ("@route\ndef two", "def two", "shop:ROUTES[1]"),
    "a key is left": ('TABLE["b"] = 2\n', "", "shop:TABLE['b']"),
    "a key has its old value": ('TABLE["b"] = 2', 'TABLE["b"] = 3', "shop:TABLE['b']"),
    "a key is missing": ('TABLE["b"] = 2', 'TABLE["b"] = 2\nTABLE["c"] = 3', "shop:TABLE['c']"),
    "a default is not recomputed": ("size=1", "size=5", "shop:one.__defaults__[0]"),
    "a body is old": ("    return 1\n", "    return 11\n", "shop:one.__code__"),
    "a docstring is old": ('"""One."""', '"""Uno."""', "shop:one.__doc__"),
    "a docstring of a class is old": ('"""A class."""', '"""The class."""', "shop:C.__doc__"),
    "a method is old": ("def m(self): return 1", "def m(self): return 5", "shop:C.m.__code__"),
    "a method is left": ("    def n(self): return 1\n", "", "shop:C.n"),
    "a method is missing": ("def n(self): return 1", "def n(self): return 1\n    def o(self): ...", "shop:C.o"),
    "a base is left": ("class C(Base)", "class C(Other)", "shop:C.__bases__[0]"),
    "a value of a class is old": ('kind = "base"', 'kind = "basis"', "shop:Base.kind"),
    "an enumeration lacks a member": ("    BLUE = 2\n", "    BLUE = 2\n    GREEN = 3\n", "shop:Colour.GREEN"),
    "an enumeration's value is old": ("    BLUE = 2\n", "    BLUE = 7\n", "shop:Colour.BLUE._value_"),
    "an entry of __all__ is left": ('["one", "two"]', '["one"]', "shop:__all__[1]"),
    "a value is old": ("LIMIT = 1\n", "LIMIT = 9\n", "shop:LIMIT"),
    "an attribute is old": ("Client(LIMIT)", "Client(7)", "shop:CLIENT.limit"),
    "an element of a tuple is old": ("LIMIT + 1", "LIMIT + 4", "shop:PAIR[1]"),
    "an element of a set is missing": ('{"a", "b"}', '{"a", "b", "z"}', "shop:NAMES{'z'}"),
    "an argument of a partial is old": ("size=3", "size=4", "shop:part.keywords['size']"),
    "a cell is old": ("free = LIMIT", "free = 8", "shop:closure.__closure__['free']"),
    "a function under a cache is old": ("return n\n", "return n + 1\n", "shop:cached.__wrapped__.__code__"),
    "a name is missing": ("HITS = 0\n", "HITS = 0\nNEW = 1\n", "shop:NEW"),
    "a name is left": ("PAIR = (LIMIT, LIMIT + 1)\n", "", "shop:PAIR"),
    "an annotation is old": ("def one(size=1)", "def one(size: int=1)", "shop:one.__annotations__['size']"),
    "a keyword default is old": ("def one(size=1)", "def one(size=1, *, k=2)", "shop:one.__kwdefaults__"),
}


def shop(project: Project) -> ModuleType:
    module: ModuleType = project.start("shop", BEFORE)
    project.watch()
    return module


def paths(found: Any) -> list[str]:
    return [each.path for each in found]


@pytest.mark.parametrize("name", STALE)
def test_what_did_not_follow_an_edit_is_named_by_its_path(project: Project, name: str) -> None:
    """A process in which nothing of an edit is live: what a fresh one has otherwise is named."""
    old, new, path = STALE[name]
    if sys.version_info >= (3, 14) and "annotation" in name:
        path = "shop:one.__annotate__"
    shop(project)
    assert BEFORE.count(old) >= 1
    project.write("shop", BEFORE.replace(old, new, 1))
    proof = reloadr.verify()
    assert path in paths(proof.stale), str(proof)
    assert not proof.unknown, str(proof)


def test_a_list_that_holds_the_function_of_before_is_named(project: Project) -> None:
    """The name has the new function, a list the old one."""
    module = shop(project)
    after = BEFORE.replace("    return 2\n", "    return 22\n")
    project.write("shop", after)
    namespace: dict[str, Any] = {**vars(module)}
    exec(compile(after, module.__file__ or "", "exec"), namespace)
    two = namespace["two"]
    vars(module)["two"] = type(two)(two.__code__, vars(module), "two")
    assert paths(reloadr.verify().stale) == ["shop:ROUTES[1].__code__"]


def test_what_the_program_did_is_no_concern_of_it(project: Project) -> None:
    """Caches, counters, connections, monkeypatches and times are state; the edit is live."""
    module = shop(project)
    module.two()
    module.cached(3)
    module.HITS += 5
    module.CLIENT.open = socket.socket()
    module.CACHE.update({n: [n] for n in range(5000)})
    module.C.made.append(module.C())
    module.C.n = lambda self: 0
    module.ROUTES.append(print)
    module.extra = object()
    del module.TABLE["a"]
    project.write("shop", BEFORE.replace("    return 1\n", "    return 11\n", 1))
    assert reloadr.reload(module)
    proof = reloadr.verify()
    module.CLIENT.open.close()
    assert not proof.unknown, str(proof)
    assert proof.is_fresh, str(proof)
    assert str(proof).startswith("verified: as a fresh process would be (")


def test_a_lock_is_as_any_other(project: Project) -> None:
    """Whether it is held is state of the moment; nor is a class without annotations another than one with none left."""
    text = "import threading as t\nclass C:\n    lock, again = t.Lock(), t.RLock()\n    def m(self): return 1\n"
    project.start("shop", text + "X: int = 1\n")
    watcher = project.watch("shop")
    project.write("shop", text.replace("return 1", "return 2"))
    watcher.poll()
    assert reloadr.verify().is_fresh


def test_what_state_and_an_edit_both_changed_is_a_conflict(project: Project) -> None:
    """Neither the old value nor the new one."""
    module = shop(project)
    module.LIMIT = 77
    project.write("shop", BEFORE.replace("LIMIT = 1\n", "LIMIT = 4\n"))
    proof = reloadr.verify()
    conflict = next(each for each in proof.conflicts if each.path == "shop:LIMIT")
    assert (conflict.loaded, conflict.saved, conflict.running) == ("1", "4", "77")
    assert json.loads(json.dumps(proof.to_dict()))["conflicts"][0]["path"]
    assert "shop:LIMIT" in proof._repr_html_()


def test_nothing_of_the_program_is_called(project: Project) -> None:
    """Properties, `__getattr__`, `__eq__`, `__repr__` and metaclasses are not asked."""
    text = """\
    import os
    class Meta(type):
        def __getattribute__(cls, name): return trap(super().__getattribute__(name))
    class Shy(metaclass=Meta):
        def __getattribute__(self, name): return trap(1)
        def __repr__(self): return trap("")
        def __eq__(self, other): return trap(True)
        def __hash__(self): return 1
        def __len__(self): return trap(0)
    shy = Shy()
    table = {shy: shy}
    calls = []
    def trap(value):
        calls.append(value)
        return value
    """
    module = project.start("shy", text)
    project.watch()
    before = len(module.calls)
    assert reloadr.verify().is_fresh
    assert len(module.calls) == before


def test_a_module_that_cannot_be_imported_twice_is_named(project: Project) -> None:
    """With the error, and what the process printed."""
    text = "import os\nif 'RELOADR_VERIFYING' in os.environ:\n    print('hello')\n    raise OSError(98)\n"
    project.start("alone", text)
    project.watch()
    (unknown,) = reloadr.verify().unknown
    assert unknown.path == "alone"
    assert "OSError: 98" in unknown.why and "hello" in unknown.why


def test_a_fresh_process_that_does_not_end_is_killed(project: Project) -> None:
    """At the time limit, which is what `unknown` says."""
    text = "import os, time\nif 'RELOADR_VERIFYING' in os.environ:\n    time.sleep(60)\n"
    project.start("slow", text)
    project.watch()
    proof = reloadr.verify(timeout=1.0)
    assert "in time" in proof.unknown[0].why
    assert proof.elapsed < 10


def test_what_only_c_code_can_read_is_named(project: Project) -> None:
    """Where an edited line has to do with it; elsewhere it is no concern."""
    text = "import itertools, threading\nNUMBERS = itertools.count(7)\nOTHERS = itertools.count(1)\n"
    text += "LOCK = threading.Lock()\n"
    module = project.start("sealed", text)
    watcher = project.watch()
    assert reloadr.verify().is_fresh
    project.write("sealed", text.replace("7", "9"))
    assert watcher.poll()
    (unknown,) = reloadr.verify().unknown
    assert unknown.path == "sealed:NUMBERS"
    assert unknown.why == "only C code can read what is inside (instance of itertools.count)"
    assert next(module.NUMBERS) == 9


def test_other_threads_run_while_this_process_is_described(project: Project) -> None:
    """Although nobody makes the describing thread give way."""
    project.start("big", "TABLE = {n: [n, str(n), {'n': n}] for n in range(1900)}\nROWS = [list(range(20))] * 1900\n")
    project.watch()
    ticks = 0
    on = True

    def tick() -> None:
        nonlocal ticks
        while on:
            time.sleep(0.0005)
            ticks += 1

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(30.0)
    try:
        before = ticks
        began = time.thread_time()
        here(Pace(), nice=False)
        worked, ticked = time.thread_time() - began, ticks - before
    finally:
        sys.setswitchinterval(interval)
        on = False
    thread.join()
    # Once every two milliseconds, and in a step's time at the latest.
    assert ticked >= worked / 0.005, (ticked, worked)


def test_a_save_meanwhile_is_live_and_begins_the_description_anew(project: Project) -> None:
    """The lock is free: nothing has to wait, and the process is not taken for two."""
    module = project.start("shop", BEFORE)
    watcher = project.watch()
    begun = 0

    class Interrupted(Pace):
        def __call__(self) -> None:
            nonlocal begun
            begun += 1
            if begun == 40:
                project.write("shop", BEFORE.replace("    return 1\n", "    return 11\n", 1))
                assert in_a_thread(watcher.poll).verdict == "live"

    proof = verified(60.0, Interrupted())
    assert module.one() == 11 and begun > 40
    assert proof.is_fresh, str(proof)


def in_a_thread(call: Any) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result(timeout=30)


def test_nothing_of_a_verification_is_left_behind(project: Project) -> None:
    """No process, not even one that left its group, and no file."""
    pids = project.root / "pids"
    text = (
        "import os, subprocess, sys\n"
        "if 'RELOADR_VERIFYING' in os.environ:\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'], start_new_session=True)\n"
        f"    with open({str(pids)!r}, 'a') as file: file.write(f'{{child.pid}}\\n')\n"
        "    child.returncode = 0\n"
    )
    project.start("starts", text)
    project.watch()
    assert reloadr.verify().is_fresh
    started = [int(line) for line in pids.read_text().split()]
    assert len(started) >= 2
    for pid in started:
        wait_until(lambda pid=pid: not is_alive(pid), f"the end of {pid}")  # type: ignore[misc]


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
