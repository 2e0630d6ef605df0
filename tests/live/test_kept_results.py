"""What wrappers keep of a function that changed: cleared, or named."""

import pytest

CACHED = "import functools\n{above}\n@functools.cache\ndef kept(): return {value}\n{below}"
ROLE = (
    "def role(name={name!r}):\n    def decorate(f):\n        def wrapper(): return f() + name\n        return wrapper\n"
)

#: Text, what of it is replaced by what, what runs before, and the reason that names it.
EDITS = {
    "a name that a cached function reads": (
        CACHED.format(above="POSTS = {'a': 1}", value="POSTS['a']", below=""),
        ("'a': 1", "'a': 2"),
        "m.kept()",
        ("RL224", "the cache of kept holds 1 result that the old POSTS may have had a part in"),
    ),
    "a name that a function reads which a cached function calls": (
        CACHED.format(above="RATE = 1\ndef price(): return RATE", value="price() + 1", below=""),
        ("RATE = 1", "RATE = 2"),
        "m.kept()",
        ("RL224", "the cache of kept holds 1 result that the old RATE may have had a part in"),
    ),
    "a default of a class whose instance is cached": (
        CACHED.format(
            above="import dataclasses\n@dataclasses.dataclass\nclass C:\n    size: int = 5", value="C()", below=""
        ),
        ("int = 5", "int = 6"),
        "m.kept()",
        ("RL224", "the cache of kept holds 1 result that the old C may have had a part in"),
    ),
    "a default of a decorator's factory": (
        ROLE.format(name="guest") + "    return decorate\n@role()\ndef user(): return 'u'\n",
        ("guest", "visitor"),
        "",
        ("RL205", "user was decorated by the old role, whose work at decoration time is not repeated"),
    ),
    "a method of a wrapper that is an object": (
        "class Kept:\n    def __init__(self, f):\n        self.f, self.held = f, {}\n"
        "    def __call__(self, x):\n        self.held[x] = self.f(x)\n        return self.held[x]\n"
        "@Kept\ndef price(x): return x\n",
        ("return x\n", "return -x\n"),
        "m.price(1)",
        ("RL247", "what wraps price holds 1 result of the old code"),
    ),
    "a table that is no dict, under another name, in a method of a base": (
        "import collections\nclass Base:\n    def __call__(self, x):\n        kept = self.kept\n"
        "        kept[x] = self.f(x)\n        return kept[x]\n"
        "class Kept(Base):\n    def __init__(self, f):\n        self.f, self.kept = f, collections.UserDict()\n"
        "@Kept\ndef price(x): return x\n",
        ("return x\n", "return -x\n"),
        "m.price(1)",
        ("RL247", "what wraps price holds 1 result of the old code"),
    ),
    "a wrapper that counts keeps no results": (
        "def counted(f):\n    counts = {'all': 0}\n    def wrapper(x):\n        counts['all'] += 1\n"
        "        return f(x)\n    return wrapper\n@counted\ndef price(x): return x\n",
        ("def price(x): return x\n", "def price(x): return -x\n"),
        "m.price(1)",
        None,
    ),
}


@pytest.mark.parametrize("name", list(EDITS))
def test_what_is_kept_of_the_old_code_is_named(project, name):
    text, (old, new), before, reason = EDITS[name]
    module = project.start("m", text)
    watcher = project.watch(module)
    exec(before, {"m": module})
    project.write("m", text.replace(old, new))
    report = watcher.poll()
    told = {each.code: each.message for each in report.reasons}
    if reason is None:
        assert not told
    else:
        assert told.get(reason[0], "").startswith(reason[1]), report


OFFERED = """
import functools
from collections import UserDict

def cached(f):
    results = UserDict()
    @functools.wraps(f)
    def wrapper(x):
        if x not in results: results[x] = f(x)
        return results[x]
    def clear(): results.clear()
    wrapper.cache_clear = clear
    return wrapper

class Cached:
    def __init__(self, f, instance):
        self.f, self.instance, self.results = f, instance, {}
    def __call__(self, x):
        if x not in self.results: self.results[x] = self.f(self.instance, x)
        return self.results[x]
    def cache_clear(self): self.results.clear()

class cached_method:
    def __init__(self, f): self.f = f
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, instance, owner):
        return instance.__dict__.setdefault(self.name, Cached(self.f, instance))

def cached_in(f):
    def wrapper(self, x):
        if x not in self.kept: self.kept[x] = f(self, x)
        return self.kept[x]
    wrapper.cache_clear = lambda self: self.kept.clear()
    return wrapper

@cached
def price(x): return x

class Shop:
    def __init__(self): self.kept = {}
    @cached_method
    def total(self, x): return x
    @cached_in
    def sum(self, x): return x

shop = Shop()
"""


def test_what_offers_to_clear_its_cache_is_cleared(project):
    module = project.start("m", OFFERED)
    watcher = project.watch(module)
    shop = module.shop
    assert (module.price(1), shop.total(1), shop.sum(1)) == (1, 1, 1)
    for text, expected in ((OFFERED.replace("x): return x", "x): return -x"), -1), (OFFERED, 1)):
        project.write("m", text)
        report = watcher.poll()
        assert not report.reasons, report
        assert (module.price(1), shop.total(1), shop.sum(1)) == (expected,) * 3
