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
