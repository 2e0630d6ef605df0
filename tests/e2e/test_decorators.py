"""`@autoreload` and the names of reloadr 0.4, in real programs."""

import pytest
from program import replace

MODULE = """
import functools, sys
from reloadr import autoreload, reloadr

def other():
    return {value!r}

{decorator}
def price():
    return {value!r}

@autoreload
class Till:
    def total(self):
        return {value!r}

@autoreload
async def later():
    return {value!r}

@autoreload
def stream():
    yield {value!r}

@autoreload
@functools.lru_cache
def cached():
    return {value!r}
"""

MAIN = """
import sys, time, asyncio
sys.path.insert(0, '.')
import reloadr, shop
def serve():
    price, till, later, stream, cached = shop.price, shop.Till(), shop.later, shop.stream, shop.cached
    {start}
    seen = None
    while True:
        {frame}
        now = (price(), till.total(), asyncio.run(later()), *stream(), cached(), shop.other())
        if now != seen:
            seen = now
            print(' '.join(now), flush=True)
        time.sleep(0.005)
serve()
"""


@pytest.fixture
def write(tmp_path):
    def write(value, decorator="@autoreload"):
        replace(tmp_path / "shop.py", MODULE.format(value=value, decorator=decorator))

    return write


def begin(start, folder, write, decorator="@autoreload", begun="pass", frame="pass"):
    write("old", decorator)
    (folder / "main.py").write_text(MAIN.format(start=begun, frame=frame))
    program = start("main.py")
    program.prints("old old old old old old")
    return program


def test_only_what_is_decorated_is_patched_in_place(start, tmp_path, write):
    """Function, class with a living instance, coroutine, generator, wrapped function; the rest stays."""
    program = begin(start, tmp_path, write)
    write("new")
    program.prints("new new new new new old")


@pytest.mark.parametrize("option", ["every=0.05", "on='poll'", "on='manual'"])
def test_options(start, tmp_path, write, option):
    """In an interval, at safe points, by hand."""
    frame = {"on='poll'": "reloadr.poll()", "on='manual'": "reloadr.reload(price)"}.get(option, "pass")
    decorator = f"@autoreload({option})"
    program = begin(start, tmp_path, write, decorator, frame=frame)
    write("new", decorator)
    program.prints("new new new new new old")


LEGACY = ["price._reload()", "price._start_timer_reload(0.05)", "price._start_watch_reload()"]


@pytest.mark.parametrize("call", LEGACY)
def test_the_names_of_the_old_reloadr(start, tmp_path, write, call):
    """As its README shows them."""
    by_hand = call.endswith("_reload()") and "start" not in call
    program = begin(start, tmp_path, write, "@reloadr", *(["pass", call] if by_hand else [call]))
    write("new", "@reloadr")
    program.prints("new new new new new old")


def test_a_script_decorates_its_own_functions(start, tmp_path):
    """Saved while it runs; the object is the one that was given."""
    text = """
import time
from reloadr import autoreload
def raw():
    return {value!r}
f = autoreload(raw)
assert f is raw
def serve():
    seen = None
    while True:
        if f() != seen:
            seen = f()
            print('value', seen, flush=True)
        time.sleep(0.005)
if __name__ == '__main__':
    serve()
"""
    (tmp_path / "main.py").write_text(text.format(value="old"))
    program = start("main.py")
    program.prints("value old")
    replace(tmp_path / "main.py", text.format(value="new"))
    program.prints("value new")


def test_disabled_hands_back_the_object(start, tmp_path):
    """Without a thread, and with the old names as no-ops."""
    (tmp_path / "main.py").write_text(
        "import threading, reloadr\n"
        "def f(): return 1\n"
        "assert reloadr.autoreload(f) is f and reloadr.autoreload(every=1)(f) is f\n"
        "g = reloadr.reloadr(f)\ng._reload(); g._start_timer_reload(1); g._start_watch_reload()\n"
        "print(g is f, threading.active_count())\n"
    )
    program = start("main.py", env={"RELOADR_DISABLE": "1"})
    assert program.ends() == 0, program.output
    assert program.lines == ["True 1"]


def test_options_that_make_no_sense(start, tmp_path):
    """Are refused with the reason."""
    import reloadr

    with pytest.raises(ValueError, match="on must be"):
        reloadr.autoreload(on="never")
    with pytest.raises(ValueError, match="every must be"):
        reloadr.autoreload(every=0)
    with pytest.raises(TypeError, match="other callables"):
        reloadr.autoreload(3)
