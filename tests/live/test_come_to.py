"""What ran as modules were loaded came to what an edit changes, by whatever way: it follows, or is named."""

import pytest
from harness import Project
from probing import probed

#: What changes: a function and a method that gives 1, and gives 2 then; a number.
A = "N = 1\ndef f(): return 1\nclass Cart:\n    def total(self): return 1\n"
EDITED = {
    "function": A.replace("def f(): return 1", "def f(): return 2"),
    "method": A.replace("total(self): return 1", "total(self): return 2"),
    "number": A.replace("N = 1", "N = 2"),
}
MAKES = "from a import Cart\ndef make(): return Cart()\n"
SHOP = (
    "from a import Cart\nclass Shop:\n    def __init__(self): self.cart = Cart()\n    def get(self): return Cart()\n"
    "shop = Shop()\n"
)
LEVEL = "import enum, a\nclass Level(enum.Enum):\n    LOW = {}\n    HIGH = 7\n"

#: What is edited; the text of `b`; that of `m`; what is looked at.
FOLLOWING = {
    "three modules": ("function", "from a import f\ndef g(): return f()\n", "import b\nV = b.g()\n", "m.V"),
    "by another name": (
        "function",
        "from a import f as ff\ndef g(): return ff()\n",
        "from b import g\nV = g()\n",
        "m.V",
    ),
    "by a star": ("function", "from a import *\ndef g(): return f()\n", "from b import *\nV = g()\n", "m.V"),
    "a class body": ("function", "from a import f\nclass K:\n    v = f()\n", "from b import K\nV = K.v\n", "m.V"),
    "an import as it runs": (
        "function",
        "def g():\n    from a import f\n    return f()\n",
        "import b\nV = b.g()\n",
        "m.V",
    ),
    "what a function gives": ("method", MAKES, "from b import make\nV = make().total()\n", "m.V"),
    "what a method gives": ("method", SHOP, "from b import shop\nV = shop.get().total()\n", "m.V"),
    "what an instance holds": ("method", SHOP, "from b import Shop\nV = Shop().cart.total()\n", "m.V"),
    "an instance of another module": ("method", f"{MAKES}c = make()\n", "import b\nV = b.c.total()\n", "m.V"),
    "a member": ("function", LEVEL.format("a.f()"), "from b import Level\nV = Level.LOW.value\n", "m.V"),
    "all members": ("number", LEVEL.format("a.N"), "from b import Level\nV = [e.value for e in Level]\n", "m.V"),
    "a member by a function": (
        "function",
        LEVEL.format("a.f()") + "def low(): return Level.LOW.value\n",
        "from b import low\nV = low()\n",
        "m.V",
    ),
    "an attribute of an instance": (
        "number",
        "import a\nclass K:\n    x = a.N\n",
        "from b import K\nV = K().x\n",
        "m.V",
    ),
    "a field": (
        "number",
        "import a, dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = a.N\n",
        "from b import P\nV = P().x\n",
        "m.V",
    ),
}
HOOK = "import a\nclass B:\n    def __init_subclass__(cls): cls.v = {}\n"
META = (
    "import a\nclass M(type):\n    def __new__(m, n, b, d):\n        d['v'] = {}\n"
    "        return super().__new__(m, n, b, d)\n"
)
PREPARED = "import a\nclass M(type):\n    @classmethod\n    def __prepare__(m, n, b): return {{'v': {}}}\n"
NAME = "import a\nclass D:\n    def __set_name__(self, owner, name): self.v = {}\n"
ENTRIES = "import a\nclass X:\n    def __mro_entries__(self, bases): return (type('Y', (), {{'v': {}}}),)\n"
#: The text of `b`, with what is read of `a`; that of `m`, in which the class is made.
MACHINERY = {
    "of the base": (HOOK, "from b import B\nclass K(B): pass\nV = K.v\n"),
    "of the metaclass": (META, "from b import M\nclass K(metaclass=M): pass\nV = K.v\n"),
    "before the body": (PREPARED, "from b import M\nclass K(metaclass=M): pass\nV = K.v\n"),
    "of an attribute": (NAME, "from b import D\nclass K:\n    d = D()\nV = K.__dict__['d'].v\n"),
    "in the place of a base": (ENTRIES, "from b import X\nclass K(X()): pass\nV = K.v\n"),
    "a call of the class": (
        "import a\nclass M(type):\n    def __call__(cls): return {}\n",
        "from b import M\nclass K(metaclass=M): pass\nV = K()\n",
    ),
    "a name that a module has not": (
        "import a\ndef __getattr__(name):\n    if name == 'W': return {}\n    raise AttributeError(name)\n",
        "import b\nV = b.W\n",
    ),
}


@pytest.mark.parametrize("case", FOLLOWING)
def test_follows(project: Project, case: str) -> None:
    edited, b, m, look = FOLLOWING[case]
    files = {"a.py": A, "b.py": b, "m.py": m}
    done = probed(project, files, {**files, "a.py": EDITED[edited]}, look)
    assert done.right and not done.said, done


@pytest.mark.parametrize("edited", ["function", "number"])
@pytest.mark.parametrize("case", MACHINERY)
def test_what_makes_a_class_is_named(project: Project, case: str, edited: str) -> None:
    b, m = MACHINERY[case]
    files = {"a.py": A, "b.py": b.format("a.f()" if edited == "function" else "a.N"), "m.py": m}
    done = probed(project, files, {**files, "a.py": EDITED[edited]}, "m.V")
    assert done.right or done.named, done


def test_containers_compare_what_is_in_them(project: Project) -> None:
    files = {"m.py": "class C:\n    def __eq__(self, other): return False\n    __hash__ = None\nV = [C()].count(1)\n"}
    done = probed(project, files, {"m.py": files["m.py"].replace("False", "True")}, "m.V")
    assert done.right or done.named, done


#: The header of a block or of a definition, in which an instance of `C` is made, and what is looked at.
HEADERS = {
    "a loop over what it gives": ("L = []\nfor i in range(C().v): L.append(i)\n", "m.L"),
    "a condition": ("V = 0\nif C().v > 1: V = 1\n", "m.V"),
    "a while": ("V = 0\nwhile V < C().v:\n    V += 1\n", "m.V"),
    "a match": ("match C().v:\n    case 1: V = 1\n    case _: V = 2\n", "m.V"),
    "a default": ("def g(x=C().v): return x\nV = g()\n", "(m.V, m.g())"),
    "a default of a method": ("class D:\n    def g(self, x=C().v): return x\n", "m.D().g()"),
    "what a decorator is given": ("@on(C().v)\ndef g(): ...\n", "m.R"),
    "a base": ("class D(made(C().v)): ...\n", "m.D.v"),
}
MAKING = (
    "from a import Cart\nclass C:\n    def __init__(self): self.v = Cart().total()\n"
    "R = []\ndef on(key):\n    def put(f):\n        R.append(key)\n        return f\n    return put\n"
    "def made(x): return type('Made', (), {'v': x})\n"
)


@pytest.mark.parametrize("case", HEADERS)
def test_headers_that_make_an_instance(project: Project, case: str) -> None:
    text, look = HEADERS[case]
    files = {"a.py": A, "b.py": MAKING, "m.py": f"from b import *\n{text}"}
    done = probed(project, files, {**files, "a.py": EDITED["method"]}, look)
    assert done.right or done.named, done


def test_a_condition_that_comes_out_as_it_did_is_not_named(project: Project) -> None:
    files = {"a.py": A, "b.py": MAKING, "m.py": "from b import *\nV = 0\nif C().v > 5: V = 1\n"}
    done = probed(project, files, {**files, "a.py": EDITED["method"]}, "m.V")
    assert done.right and not done.said, done


#: Definitions whose headers read a member of an enumeration, and what is looked at.
MEMBERS = {
    "a default": ("def g(x=Level.LOW.value): return x\nV = g()\n", "(m.V, m.g())"),
    "a default of a method": ("class D:\n    def g(self, x=Level.LOW.value): return x\n", "m.D().g()"),
    "a default by a function": ("def g(x=low()): return x\n", "m.g()"),
    "all members": ("def g(x=[each.value for each in Level]): return x\n", "m.g()"),
    "what a decorator is given": ("@on(Level.LOW.value)\ndef g(): ...\n", "m.R"),
    "a decorator that asks for the value": ("@of(Level.LOW)\ndef g(): ...\n", "m.R"),
}
LEVELS = (
    "import enum\nclass Level(enum.Enum):\n    LOW = 1\n    HIGH = 7\ndef low(): return Level.LOW.value\n"
    "R = []\ndef on(key):\n    def put(f):\n        R.append(key)\n        return f\n    return put\n"
    "def of(level):\n    return on(level.value)\n"
)


@pytest.mark.parametrize("case", MEMBERS)
def test_definitions_that_read_a_member(project: Project, case: str) -> None:
    text, look = MEMBERS[case]
    files = {"a.py": LEVELS, "m.py": f"from a import *\n{text}"}
    done = probed(project, files, {**files, "a.py": LEVELS.replace("LOW = 1", "LOW = 2")}, look)
    assert done.right or done.named, done


@pytest.mark.parametrize(
    "text",
    ["def g(x=Level.LOW): return x\n", "@on(Level.LOW)\ndef g(): ...\n", "@on(Level.HIGH.value)\ndef g(): ...\n"],
)
def test_definitions_that_only_keep_a_member_are_not_named(project: Project, text: str) -> None:
    files = {"a.py": LEVELS, "m.py": f"from a import *\n{text}"}
    done = probed(project, files, {**files, "a.py": LEVELS.replace("LOW = 1", "LOW = 2")}, "(m.g.__defaults__, m.R)")
    assert not done.said, done


#: Blocks that read something, and what is looked at.
BLOCKS = {
    "how often": ("M = []\nfor _ in range({}): M.append(5)\n", "m.M"),
    "how often it counts": ("n = 0\nfor _ in range({}):\n    n += 1\n", "m.n"),
    "a while": ("k = 0\nwhile k < {}:\n    k += 1\n", "m.k"),
    "a condition within": ("S = {{}}\nfor c in 'ab':\n    if {} > 1:\n        S[c] = 1\n", "m.S"),
    "a line within": ("T = {{}}\nfor c in 'ab':\n    T[c] = {}\n", "m.T"),
}
#: What they read: its text, and how it is read.
READ = {
    "a function": ("def f(): return 1\n", "return 1", "a.f()"),
    "a name": ("N = 1\n", "= 1", "a.N"),
    "a docstring": ("def f():\n    '1'\n", "'1'", "int(a.f.__doc__)"),
    "a key": ("D = {}\nD['k'] = 1\n", "= 1", "a.D['k']"),
    "a member": ("import enum\nclass E(enum.Enum):\n    A = 1\n", "= 1", "a.E.A.value"),
    "an attribute": ("class K:\n    x = 1\n", "= 1", "a.K.x"),
    "an attribute of an instance": ("class K:\n    x = 1\n", "= 1", "a.K().x"),
}


@pytest.mark.parametrize("read", READ)
@pytest.mark.parametrize("case", BLOCKS)
def test_blocks_that_read_what_is_no_name(project: Project, case: str, read: str) -> None:
    (text, look), (a, old, how) = BLOCKS[case], READ[read]
    files = {"a.py": a, "m.py": f"import a\n{text.format(how)}"}
    done = probed(project, files, {**files, "a.py": a.replace(old, old.replace("1", "2"))}, look)
    assert done.right or done.named, done


@pytest.mark.parametrize("text", ["if a.f() > 5: V = 1\n", "for c in 'ab':\n    if a.f() > 5: V = 2\n"])
def test_conditions_of_functions_that_come_out_as_they_did(project: Project, text: str) -> None:
    files = {"a.py": "def f(): return 1\n", "m.py": f"import a\nV = 0\n{text}"}
    done = probed(project, files, {**files, "a.py": "def f(): return 2\n"}, "m.V")
    assert done.right and not done.said, done


@pytest.mark.parametrize("text", ["def g(x=a.B.x): return x\n", "def g(x=a.K.x): return x\n"])
def test_who_calls_what_has_a_default_of_a_class(project: Project, text: str) -> None:
    a = "class B:\n    x = 1\n    def m(self, z=x): return z\nclass K(B): ...\nW = K().m()\n"
    files = {"a.py": a, "m.py": f"import a\n{text}V = g()\n"}
    done = probed(project, files, {**files, "a.py": a.replace("x = 1", "x = 2")}, "(a.W, m.V, m.g())")
    assert done.right and not done.said, done


@pytest.mark.parametrize("names", ["abcm", "azcm", "ybcm"])
@pytest.mark.parametrize("value", ["mk() + f()", "mk2()", "Q().go()"])
def test_two_reasons_to_compute_a_line_again(project: Project, names: str, value: str) -> None:
    """Whatever modules are called: `L`, which `V` reads by way of others, is computed before it."""
    a, b, c, m = names
    files = {
        f"{a}.py": "def f(): return 1\n",
        f"{b}.py": f"from {a} import f\nL = [f()]\n",
        f"{c}.py": f"from {b} import L\nfrom {a} import f\ndef mk(): return L[0]\ndef mk2(): return L[0] + f()\n"
        "class Q:\n    def go(self): return mk2()\n",
        f"{m}.py": f"from {c} import *\nV = {value}\nU = V + 1\nclass T:\n    t = V\nS = [T.t]\n",
    }
    done = probed(project, files, {**files, f"{a}.py": "def f(): return 2\n"}, f"({m}.V, {m}.U, {m}.S)")
    assert done.right and not done.said, done


@pytest.mark.parametrize(
    "read", ["def h(): return len(b.L)\n", "class O:\n    def m(self): return len(b.L)\nh = O().m\n"]
)
@pytest.mark.parametrize("count", ["a.K.x", "a.D['k']", "a.f()"])
def test_who_reads_what_a_loop_filled(project: Project, count: str, read: str) -> None:
    a = "class K:\n    x = 1\nD = {'k': 1}\ndef f(): return 1\n"
    files = {
        "a.py": a,
        "b.py": f"import a\nL = []\nfor i in range({count}): L.append(i)\n",
        "c.py": f"import b\n{read}",
        "m.py": "from c import h\nV = h()\n",
    }
    done = probed(project, files, {**files, "a.py": a.replace("1", "2")}, "m.V")
    assert done.right or done.named, done


#: How a module stores, and how others read that by way of functions.
STORED = {
    "in a module": ("conf.S = {}", "def h(): return conf.S\n"),
    "in a class": ("conf.C.v = {}", "def h(): return conf.C.v\n"),
    "in a class, read from one below": ("conf.C.v = {}", "class D(conf.C): ...\ndef h(): return D.v\n"),
    "in a class, read from an instance": ("conf.C.v = {}", "c = conf.C()\ndef h(): return c.v\n"),
    "in a class, read by a method": (
        "conf.C.v = {}",
        "class O:\n    def m(self): return conf.C.v\ndef h(): return O().m()\n",
    ),
}
CONF = "S = 0\nclass C:\n    v = 0\ndef h(): return (S, C.v)\nEARLY = h()\n"


@pytest.mark.parametrize("by", ["itself", "a name"])
@pytest.mark.parametrize("case", STORED)
def test_functions_that_read_what_lines_store(project: Project, case: str, by: str) -> None:
    stored, read = STORED[case]
    files = {
        "conf.py": CONF,
        "a.py": "N = 1\n",
        "b.py": f"import a, conf\n{stored.format('1' if by == 'itself' else 'a.N')}\n",
        "c.py": f"import b, conf\n{read}",
        "m.py": "from c import h\nV = h()\n",
    }
    edited = {"b.py": files["b.py"].replace("= 1", "= 2")} if by == "itself" else {"a.py": "N = 2\n"}
    done = probed(project, files, {**files, **edited}, "(conf.EARLY, m.V)")
    assert done.right, done
    # What `EARLY` read is not known name by name.
    assert all(each.qualname == "EARLY" for each in done.report.reasons), done


def test_what_ran_before_a_line_does_not_see_what_it_stores(project: Project) -> None:
    m = "import conf\nX = conf.h()\nconf.S = {0}\nconf.C.v = {0}\nY = conf.h()\n"
    files = {"conf.py": CONF, "m.py": m.format(5)}
    done = probed(project, files, {**files, "m.py": m.format(6)}, "(conf.EARLY, m.X, m.Y)")
    assert done.right and not done.said, done
