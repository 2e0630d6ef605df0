"""What an edit must not cost: work by the heap, and garbage that waits for the collector."""

from __future__ import annotations

import functools
import gc
import sys
import textwrap
from types import CodeType

import pytest
import reloadr
from harness import Project
from reloadr._core import Node
from reloadr.engine.batch import Works
from reloadr.engine.edits import leftovers
from reloadr.engine.evaluate import reach
from reloadr.engine.follow import through_values
from reloadr.engine.memory import Key, Memory
from reloadr.live import caches, locate
from reloadr.live import module as live_module
from reloadr.session import attempt, pending
from reloadr.session.session import session
from reloadr.stage.stage import Stage

TEXT = '''\
"""A module."""
import functools

def plain(x):
    return x + {n}

def another():
    return [y for y in range({n})], lambda: {n}

@functools.lru_cache
def cached(x):
    return x, {n}

class C:
    def method(self):
        return {n}, super().__repr__()

    @property
    def prop(self):
        return {n}

    @staticmethod
    def static():
        return {n}
'''


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many code objects each pass over the heap looked for."""
    counts: list[int] = []
    search = locate.holders

    def counted(codes: list[object]) -> object:
        counts.append(len(codes))
        return search(codes)  # type: ignore[arg-type]

    monkeypatch.setattr(locate, "holders", counted)
    return counts


def test_changed_bodies_need_no_pass_over_the_heap(project: Project, passes: list[int]) -> None:
    """From the first edit on, and without a collection in between: references that are known are counted."""
    module = project.start("costs", TEXT.replace("{n}", "0"))
    watcher = project.watch("costs")
    gc.collect()
    gc.disable()
    try:
        for number in range(1, 6):
            project.write("costs", "# moved\n" * number + TEXT.replace("{n}", str(number)))
            assert watcher.poll().verdict == "live"
            assert module.plain(1) == 1 + number
            assert module.C().prop == number
            assert module.another()[1]() == number
    finally:
        gc.enable()
    assert passes == []


def test_a_copy_of_a_function_is_found(project: Project, passes: list[int]) -> None:
    """A holder that is not known is looked for, and what it holds is patched."""
    module = project.start("copied", "def f():\n    return 1\n")
    watcher = project.watch("copied")
    copy = type(module.f)(module.f.__code__, module.__dict__)
    project.write("copied", "def f():\n    return 2\n")
    watcher.poll()
    assert passes == [1]
    assert copy() == module.f() == 2


def test_a_reload_leaves_no_cycles_that_hold_outlines(project: Project) -> None:
    """The text of a long file must not wait for the collector."""
    project.start("cycles", TEXT.replace("{n}", "0"))
    watcher = project.watch("cycles")
    for number in range(1, 4):
        project.write("cycles", TEXT.replace("{n}", str(number)))
        watcher.poll()
    gc.collect()
    gc.disable()
    try:
        for number in range(4, 8):
            project.write("cycles", TEXT.replace("{n}", str(number)))
            watcher.poll()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kinds = {type(each).__name__ for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert kinds.isdisjoint({"Batch", "Work", "Outline", "Node", "Snapshot", "code"})


def test_an_edit_does_not_read_the_modules_that_have_nothing_to_do_with_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body or a constant of one module of many: of the others nothing is parsed, though they use the same names."""
    text = "RATE = {n}\n\ndef price():\n    return {n}\n"
    names = [f"part{at}" for at in range(30)]
    modules = [project.start(name, text.replace("{n}", "0")) for name in names]
    user = project.start("user", "from part7 import RATE\n")
    watcher = project.watch(*names, "user")
    parsed: list[str] = []

    def counted(text: str, filename: str, old: object = None) -> object:
        parsed.append(filename.rpartition("/")[2])
        return parse(text, filename, old)  # type: ignore[arg-type]

    parse = live_module.parse
    monkeypatch.setattr(live_module, "parse", counted)
    for user_of_it in (attempt, pending):
        monkeypatch.setattr(user_of_it, "parse", counted)
    for number in range(1, 4):
        project.write("part7", text.replace("{n}", str(number)))
        assert watcher.poll().verdict == "live"
        assert modules[7].price() == user.RATE == number and modules[8].price() == 0
    assert set(parsed) == {"part7.py", "user.py"}


def test_which_modules_mention_a_word_is_remembered_until_they_change(project: Project) -> None:
    """An importer that comes, goes, or begins to import later is found all the same."""
    project.start("rates", "RATE = 1\n")
    user = project.start("user", "other = 1\n")
    watcher = project.watch("rates", "user")
    for number in range(2, 4):
        project.write("rates", f"RATE = {number}\n")
        assert watcher.poll().verdict == "live"
    project.write("user", "from rates import RATE\n")
    assert watcher.poll().verdict == "live" and user.RATE == 3
    project.write("rates", "RATE = 4\n")
    assert watcher.poll().verdict == "live" and user.RATE == 4
    project.write("user", "RATE = 'own'\n")
    assert watcher.poll().verdict in ("live", "caveat") and user.RATE == "own"
    project.write("rates", "RATE = 5\n")
    watcher.poll()
    assert user.RATE == "own"
    late = project.start("late", "from rates import RATE\n")
    second = project.watch("late")
    project.write("rates", "RATE = 6\n")
    watcher.poll()
    assert late.RATE == 6
    second.stop()


def test_who_uses_a_name_is_kept_up_with_the_edits(project: Project) -> None:
    """After edits, a removal, a class made anew and an undo it is what a look at all code says."""
    text = textwrap.dedent(TEXT).replace("{n}", "0")
    project.start("uses", text)
    watcher = project.watch("uses")
    tracked = session.tracked["uses"]
    texts = [
        text.replace("return x + 0", "return another() or plain(x)"),
        text.replace("return x, 0", "return plain(x), C().prop"),
        text.replace("def another", "def renamed").replace("return x + 0", "return [renamed() for each in x]"),
        text.replace("class C:", "class C(dict):").replace("@staticmethod\n    def static():", "def static(self):"),
        text.split("class C:")[0],
    ]
    tracked.users({"plain"})
    for each in texts:
        project.write("uses", each)
        assert watcher.poll().verdict in ("live", "caveat"), each
        _assert_users_are_right(tracked)
    reloadr.undo()
    _assert_users_are_right(tracked)


def _assert_users_are_right(tracked: live_module.Tracked) -> None:
    def names(code: CodeType) -> set[str]:
        inner = [names(each) for each in code.co_consts if isinstance(each, CodeType)]
        return set(code.co_names).union(*inner)

    uses = [(code.co_qualname.partition(".")[0], names(code)) for codes in tracked.codes.values() for code in codes]
    asked = {name for _, used in uses for name in used} | {top for top, _ in uses}
    assert len(asked) >= 4
    for name in asked:
        found: set[str] = set()
        while more := {top for top, used in uses if used & (found | {name})} - found:
            found |= more
        assert tracked.users({name}) == found, name


def test_where_a_cache_keeps_its_results_is_known() -> None:
    """Also among results that are dicts."""
    for size in (None, 0, 1, 8):

        @functools.lru_cache(maxsize=size)
        def cached(number: int) -> dict[int, int]:
            return dict.fromkeys(range(number))

        results = caches._results_of(cached)
        for filled in range(12):
            assert isinstance(results, dict) and len(results) == cached.cache_info().currsize
            assert caches._results_of(cached) is results
            cached(filled)
        cached.cache_clear()
        assert not results


def test_filled_caches_do_not_multiply_the_cost_of_an_edit(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each function may call is found out once, however many caches come to it."""
    text = ["import functools\n", "def step0():\n    return {n}\n"]
    text += [f"def step{at}():\n    return step{at - 1}()\n" for at in range(1, 20)]
    text += [f"@functools.cache\ndef cached{at}():\n    return step19()\n" for at in range(20)]
    module = project.start("filled", "".join(text).replace("{n}", "0"))
    watcher = project.watch("filled")
    for at in range(20):
        getattr(module, f"cached{at}")()
    asked: list[str] = []
    looked_up = reach._looked_up

    def counted(works: Works, stage: Stage, memory: Memory, key: Key) -> object:
        if key not in memory.used:
            asked.append(memory.within[key][0].co_name)
        return looked_up(works, stage, memory, key)

    monkeypatch.setattr(reach, "_looked_up", counted)
    project.write("filled", "".join(text).replace("{n}", "1"))
    report = watcher.poll()
    named = [reason.qualname for reason in report.reasons if reason.code == "RL224"]
    assert sorted(named) == sorted(f"cached{at}" for at in range(20))
    assert len(asked) == len(set(asked)) <= 40


def test_what_functions_write_is_read_once_for_all_lines_that_call_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line that goes is named for what the functions wrote that it came to: their texts are read once."""
    text = "LOG = []\ndef step0(x):\n    LOG.append(x)\n    return x\n"
    text += "".join(f"def step{at}(x):\n    return step{at - 1}(x)\n" for at in range(1, 10))
    module = project.start("writes", text + "".join(f"V{at} = step9({at})\n" for at in range(10)))
    watcher = project.watch("writes")
    parsed: list[str] = []
    parse = leftovers.parse_statements

    def counted(source: str) -> object:
        parsed.append(source)
        return parse(source)

    monkeypatch.setattr(leftovers, "parse_statements", counted)
    project.write("writes", text)
    reasons = watcher.poll().reasons
    assert not hasattr(module, "V3") and [each.code for each in reasons] == ["RL208"] * 10
    assert len(parsed) == len(set(parsed))


@pytest.mark.long
def test_an_edit_of_many_files_costs_what_each_of_them_costs(project: Project) -> None:
    """Twice as many files in one save are twice as many calls, not four times."""

    def calls(count: int) -> int:
        names = [f"of_{count}_{number}" for number in range(count)]
        for name in names:
            project.start(name, TEXT.replace("{n}", "0"))
        watcher = project.watch(*names)
        for turn in (1, 2):
            for name in names:
                project.write(name, TEXT.replace("{n}", str(turn)))
            made = calls_of(watcher)
        watcher.stop()
        return made

    assert calls(60) < 2.2 * calls(30)


def test_an_edit_makes_no_call_for_each_module_that_is_watched(project: Project) -> None:
    names = [f"beside_{number}" for number in range(60)]
    text = "import functools\n@functools.cache\ndef kept(): return 1\n"

    def calls(watcher: reloadr.Watcher, first: int) -> int:
        for turn in range(first, first + 3):
            project.write("beside_0", f"{text}{TEXT}".replace("{n}", str(turn)))
            # The names of all modules are looked through in one pass, which is one call.
            made = calls_of(watcher, of_python=True)
        watcher.stop()
        return made

    for name in names:
        project.start(name, text + TEXT.replace("{n}", "0") * (name == "beside_0"))
    few = calls(project.watch(*names[:10]), 1)
    assert calls(project.watch(*names), 4) <= few + 5


def test_a_function_that_is_edited_again_costs_what_others_cost(project: Project) -> None:
    """What `undo` would take back has the function as well, and is no reason to look for who called it."""
    text = "def first(x):\n    return x + {first}\n\ndef other(x):\n    return x + {other}\n"
    module = project.start("again", text.format(first=0, other=0))
    watcher = project.watch("again")

    def calls(**values: int) -> int:
        project.write("again", text.format(**values))
        made = calls_of(watcher)
        assert module.first(1) == 1 + values["first"] and module.other(1) == 1 + values["other"]
        return made

    calls(first=1, other=0)
    calls(first=1, other=1)
    one_and_another = calls(first=2, other=1)
    assert calls(first=3, other=1) < 1.1 * one_and_another
    assert reloadr.undo().verdict == "live" and module.first(1) == 3


def test_other_words_about_a_function_are_asked_for_by_who_writes_its_name(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A docstring: no other function is looked through, though all of them read what holds the module."""
    text = 'def shown():\n    "{words}"\n    return 1\n\ndef other(): return 1\n\ndef asked(f): return f.__doc__\n'
    module = project.start("worded", text.format(words="old"))
    users = "".join(f"def user{at}():\n    return HELD[0].other()\n" for at in range(20))
    users += "def words():\n    return HELD[0].shown.__doc__\n"
    asking = "DOC = worded.asked(worded.shown)\nWORDS = words()\n"
    using = project.start("uses_worded", f"import worded\nHELD = [worded]\n{users}{asking}")
    watcher = project.watch("worded", "uses_worded")
    looked: list[str] = []
    uses_of = through_values._uses_of

    def counted(works: object, tracked: object, node: Node) -> object:
        looked.append(node.qualname)
        return uses_of(works, tracked, node)  # type: ignore[arg-type]

    monkeypatch.setattr(through_values, "_uses_of", counted)
    project.write("worded", text.format(words="new"))
    assert watcher.poll().verdict == "live"
    assert module.shown.__doc__ == using.DOC == using.WORDS == "new"
    assert looked and not any(name.startswith("user") for name in looked)


@pytest.mark.parametrize(
    "line",
    [
        'TABLE["k{at}"] = {n}',
        'TABLE["inner"]["k{at}"] = {n}',
        'TABLE["k{at}"] = same({n})',
        'TABLE["k"] = {n}',
    ],
)
def test_stores_in_one_container_cost_a_little_for_each_pair_of_them(project: Project, line: str) -> None:
    """Each edited line asks which other lines store in the same place: no line is evaluated for that."""
    head = 'def same(x): return x\nTABLE = {"inner": {}}\n'

    def calls(count: int) -> int:
        name = f"stores_{count}"
        lines = [head, *(f"{line}\n".replace("{at}", str(at)) for at in range(count))]
        project.start(name, "".join(lines).replace("{n}", "0"))
        watcher = project.watch(name)
        project.write(name, "".join(lines).replace("{n}", "1"))
        return calls_of(watcher)

    # Of the calls that each line makes by itself, twice as many; of those for each pair, four times.
    assert calls(40) < 4.2 * calls(20)


def calls_of(watcher: reloadr.Watcher, *, of_python: bool = False) -> int:
    """How many calls a poll makes that brings an edit; `of_python`: of functions that are written in Python alone."""
    made = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event == "call" or (not of_python and event == "c_call")

    sys.setprofile(seen)
    try:
        report = watcher.poll()
    finally:
        sys.setprofile(None)
    assert report.verdict == "live", str(report)
    return made
