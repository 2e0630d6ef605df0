"""The digest by which `verify()` compares code: what it tells apart, and what not."""

import importlib
import sys
from pathlib import Path

import pytest
from reloadr.proof.codes import STEP, digest_by_steps, digest_of_code
from reloadr.proof.pace import Stopped, paced_imports

CALLS = """
def f(n):
    for i in range(n):
        try:
            if i: y = x.g(1, k=i) if n else x.h(2).k(*i)
            else: continue
        except ValueError as e:
            x.z()
        while x.more(): break
        with x.ctx() as q: q.r(); x.l
    return [x.g(k) for k in n]
async def g(n):
    async for i in x.k(): await x.j(i)
    async with x.y(): yield x.s()
"""


def digests(text: str) -> list[str]:
    """Of the functions of a file."""
    return [digest_of_code(each) for each in compile(text, "m.py", "exec").co_consts if hasattr(each, "co_code")]


def test_an_import_at_the_top_changes_no_function() -> None:
    """It makes CPython compile the calls of its attributes otherwise."""
    assert digests(f"import x\n{CALLS}") == digests(CALLS)
    assert digests(f"import x, y\nfrom z import f, g, q, n, i\n{CALLS}") == digests(CALLS)


def test_what_else_differs_is_told() -> None:
    """Where a jump leads, whether something is called, what a block covers."""

    def differ(one: str, other: str) -> None:
        assert digests(one) != digests(other), (one, other)

    differ("def f():\n    if a:\n        x.k()\n    y()\n", "def f():\n    if a:\n        x.k()\n        y()\n")
    differ(CALLS, CALLS.replace("continue", "break"))
    differ("def f(): return x.a()", "def f(): return x.a")
    differ("def f(): return x.a()", "def f(): return x.b()")
    differ(
        "def f():\n try:\n  a()\n except E: pass\n b()\n",
        "def f():\n try:\n  a()\n  b()\n except E: pass\n",
    )


def test_a_long_function_is_digested_a_little_at_a_time() -> None:
    """Other threads may run between two steps."""
    text = "def f(x):\n" + "".join(f"    x = x + {n} if x > {n} else [x for x in range({n})]\n" for n in range(300))
    code = next(each for each in compile(text, "m.py", "exec").co_consts if hasattr(each, "co_code"))
    steps, made = digest_by_steps(code), 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            assert end.value == digest_of_code(code)
            break
        made += 1
    assert made >= len(code.co_code) / 2 / 4 / STEP > 1


def test_imports_of_one_thread_rest_between_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outer_rests.py").write_text("import inner_rests, other_rests\n")
    (tmp_path / "inner_rests.py").write_text("")
    (tmp_path / "other_rests.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    calls = 0

    def pace() -> None:
        nonlocal calls
        calls += 1
        raise Stopped

    before = list(sys.meta_path)
    with paced_imports(pace):
        importlib.import_module("outer_rests")
    assert calls >= 3
    assert sys.meta_path == before
