"""Outlines: the grammar's and CPython's say the same, and where the grammar is behind it says so."""

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from reloadr._core import Outline, Snapshot
from reloadr.live.module import function_codes
from reloadr.source import by_ast
from reloadr.source.compiling import Context, type_params_code
from reloadr.source.outlines import unit_of

SCRIPT = Path(__file__).resolve().parents[1] / "outline_agreement.py"


def _agreement() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reloadr_outline_agreement", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


agreement = _agreement()

# Valid syntax, for some CPython at least, by the name of what is special about it. The grammar either knows it
# or sees trouble; what may not happen is that it sees something else.
SPECIAL = {
    "nothing": "",
    "comments only": "# one\n  # two\n",
    "no newline at the end": "x = 1\ndef f(): pass",
    "docstring": '"""doc"""\nclass C:\n    "doc"\n    def f(self):\n        r"doc"\n        return 1\n',
    "docstring in parentheses": '("doc")\ndef f():\n    (("a"\n      "b"))\nclass C:\n    ("c")\n',
    "string that is no docstring": 'f"{1}"\nx = 1\n"text"\nclass C:\n    b"no"\n    def f():\n        f"no"\n',
    "docstring with a comma": 'def f():\n    "a",\n"b",\n',
    "concatenated f-string first": 'def f():\n    "a" f"b"\n',
    "ellipsis": "class C: ...\nclass D:\n    ...\n    (...)\n    ..., 1\n",
    "one line": "class C: x = 1; y: int = 2;\nif C: z = 1\nelse: z = 2; w = 3\ndef f(): pass;\n",
    "semicolon at the end of a suite": "class C:\n    def f(self):\n        return 1;\n    x = 1;\n",
    "a star before an attribute": "def f(self, a):\n    *self.a, self.b = a\n    [*self.c] = a\n    * self.d.e, g = a\n"
    "*h.i, j = k\n*l[0], m = n\no, *p.q = r\n",
    "continued lines": "x = 1 \\\n\ny = \\\n  2\nclass C: \\\n  pass\nif x and \\\n   y:\n    z = 1 \\\n\n# end\n",
    "continued into a comment's indentation": "def f():\n    return 1 \\\n        # no\n\ny = 2\n",
    "form feed": "x = 1\n\x0cclass C:\n    \x0cdef f(self): pass\n",
    "tabs": "class C:\n\tdef f(self):\n\t\treturn 1\n\tx = 1\n",
    "tab behind spaces": "if 1:\n       \tif 2:\n                x = 1\n       \ty = 1\n",
    "decorators": "@a\n@b.c(1,\n   2)\n# between\n@(d)\n@e[0]\nasync def f(): pass\n@(\n  x)\nclass C: pass\n",
    "all kinds of parameters": "def f(a, /, b: int, c=1, *d: str, e, g: int = (2), **h: dict) -> (int): pass\n",
    "bare star and slash": "def f(a=1, /, *, b, c=2): pass\ndef g(*, a): pass\ndef h(a, /): pass\n",
    "annotated star": "def f(*args: *Ts, **kwargs: Unpack[D]) -> None: pass\n",
    "lambda defaults": "def f(a=lambda x, /, *y, z=1, **k: (x, y), b=[i for i in j]): pass\n",
    "parenthesised everything": "class C((A), metaclass=(M)):\n    if (x): pass\n    while ((y)): pass\n"
    "    for a in (b): pass\n",
    "bases": "class C(A, *B, metaclass=M, **K): pass\nclass D(): pass\nclass E(A[int], b.C,): pass\n",
    "soft keywords as names": "match = 1\ncase = 2\ntype = 3\n_ = 4\nmatch[0]: int = 1\nmatch(case)\ntype(x)\n"
    "match.a = 1\n"
    "print = 5\nexec = 6\nif match[1]: pass\nwith match as case: pass\nclass match: pass\n"
    "def type(match, case=type): pass\n",
    "print and exec": "print(1, file=f)\nprint >>f, 1\nprint\nprint -1\nexec(a)\nexec\nprint * 2\nprint[0]\n",
    "match": "match a, *b:\n    case [x, *y] | (x, y, *_): p = 1\n    case C(k=v, w=D(u)) as z if z > (g := 1): pass\n"
    "    case {'k': m, **r}: pass\n    case a.b.c | 'x' 'y' | -1 + 2j | None: pass\n    case case: q = 1\n"
    "    case _: pass\n",
    "match on a tuple in parentheses": "match (a, b):\n    case (x, y): pass\n    case (z): pass\n    case w, : pass\n",
    "try": "try: import a\nexcept (A, B) as e: pass\nexcept C: x = 1\nexcept: y = 1\nelse: z = 1\nfinally: w = 1\n",
    "except star": "try:\n    a = 1\nexcept* (A) as e:\n    pass\nexcept *B:\n    pass\n",
    "except without parentheses": "try:\n    a = 1\nexcept A, B:\n    pass\n",
    "with": "with a as b, (c) as (d, [e, *f]): pass\nwith (a as b, c as d.e,): pass\nwith (a): pass\n"
    "with (a, b) as c: pass\n"
    "with (yield_()) as g, h[0] as i[1]: pass\n",
    "for": "for a, (b, *c) in d, *e:\n    f = 1\nelse:\n    g = 1\nfor h.i in j: pass\nfor [k] in l,: pass\n",
    "while": "while (a := f()):\n    b = 1\nelse:\n    c = 1\n",
    "else with an if on its own": "if a: b = 1\nelse:\n    if c: d = 1\n    elif e: f = 1\n    else: g = 1\n",
    "assignments": "a = b = c, *d = e\nx, (y, [z]) = f.g = h[0] = i\nj += 1\nk: int\nl: 'T' = 1\n(m): int = 1\n"
    "(n) = 2\n[o, p] = q\n",
    "walrus": "(a := 1)\nf(b := 2, c=(d := 3))\n[e := 1 for g in h if (i := g)]\nx = lambda: (j := 1)\n"
    "if (k := 1): pass\n",
    "del, global, nonlocal": "del a, (b), c.d, e[0]\nglobal f\nassert g, h\nraise I from J\n",
    "imports": "import a.b.c, d as e, f.g as h\nfrom . import i\nfrom .. j import k as l, m\n"
    "from ...n.o import (p, q as r,)\n"
    "from s import *\nfrom __future__ import annotations as t\n",
    "strings": "x = rb'\\'' b\"\"\"\n# no comment\n\"\"\" ; y = f'{a!r:>{w}} {{}}' f\"{b['c']}\" F'''{\nd}'''\n"
    "z = '\\\n'\nu'v'\n",
    "nested f-string quotes": "x = f'{a['b']}' f\"{f\"{1}\"}\"\ndef f(): return f'{'\\n'.join(a)}'\n",
    "f-string with comment and lines": "x = f'''{\n    a  # comment\n}'''\ny = f'{x=}'\n",
    "numbers": "x = [0x_f, 1_0.0_1e-1_0j, .5, 5., 0b1, 0o7, 1if 1else 2]\n",
    "star expressions": "x = *a, *b\ny = a[*b, 1:2, ...]\nfor z in *a, *b: pass\nprint(*a, **b)\n",
    "comprehensions": "x = {a: b for a, b in c if d if e}\ny = {*f, 1}\nz = (g async for g in h)\n",
    "await and yield": "async def f():\n    await a\n    async with b as c: pass\n    async for d in e: pass\n"
    "    x = yield\n",
    "self is set": "class C:\n    def f(me, a):\n        me.a, (me.b, self.c) = 1\n        for me.d in a: pass\n"
    "        with a as me.e: pass\n"
    "        me.f: int = 1\n        me.g += 1\n        me.h[0] = me.i.j = 1\n        def g(): self.k = 1\n"
    "        [0 for me.l in a]\n"
    "    if 1:\n        def h(*args): args.m = 1\n    class D:\n        def f(self): self.n = 1\n",
    "class in a function": "def f():\n    if 1:\n        @a\n        class C:\n            pass\ndef g():\n    x = 1\n",
    "once": "# reloadr: once\nx = 1\n#reloadr: once, as it opens the port\n# more\n@a\ndef f(): pass\ny = f(\n  1,\n"
    ")  # reloadr: once\n"
    "z = 1 # reloadr: once\n\n# reloadr: once\n\nw = 1\nclass C:\n    # reloadr: once\n    a = 1\n"
    "    b = 1  # reloadr: once\n"
    "    def f(self):  # reloadr: once\n        return 1  # reloadr: once\n    def g(self): pass  # reloadr: once\n"
    "if x: k = 1; l = 2;  # reloadr: once\ns = '''\n# reloadr: once\n'''\nt = 1\nu = 1; v = 2  # reloadr: once\n",
    "names that are brought into normal form": "\u00b5 = 1\nclass \ufb01:\n    e\u0301 = 1\ndef f(\u00aa): pass\n",
    "names in other alphabets": "\u00e9t\u00e9 = 1\nclass \u039b: \u03b1 = 1\n"
    "def \u0444(\u4e2d\u6587, \u304b=1): pass\nimport \u00e4.b\n",
    "wide characters before columns": "x = '\U0001f600'; y = 'é'; z = (1)\nclass C('é', A): é = 1; b = 2\n",
    "type parameters": "class C[T: (int, str), *Ts, **P](B[T]): pass\ndef f[T](a: T) -> T: pass\ntype A[T] = list[T]\n"
    "type B = int\n",
    "type parameter defaults": "class C[T = int, *Ts = *tuple[int]](B): pass\ndef f[T: int = bool](a: T): pass\n"
    "x = 1\n",
    "lazy import": "lazy import a.b as c\nlazy from d import e\nx = 1\n",
    "unpacking in comprehensions": "x = [*a for a in b]\ny = {**a for a in b}\n",
    "template string": "x = t'{a!r:>{w}}' t\"b\"\ndef f(): t'no docstring'\n",
    "return with a star, finally with a return": "def f():\n    try: return *a, b\n    finally: return\n",
    "positions behind a byte order mark's place": "\ufeffx = 1\n".removeprefix("\ufeff"),
    "long chain of operators": "x = " + " + ".join(["a.b"] * 400) + "\n",
    "long chain of attributes": "x = a" + ".b" * 200 + "\n",
}

# For these the grammar would see something else than CPython, and must know it.
TROUBLE = {
    "tab behind spaces",
    "form feed",
    "names that are brought into normal form",
    "type parameter defaults",
    "lazy import",
    "unpacking in comprehensions",
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special(name: str) -> None:
    """Both outlines of each special construct agree with `ast`, or the grammar's reports trouble."""
    text = SPECIAL[name]
    try:
        module = ast.parse(text)
    except SyntaxError:
        pytest.skip("this CPython does not know it")
    tally = agreement.Tally()
    agreement.check_text(text, module, name, tally)
    assert tally.mismatches == []
    assert bool(tally.counts["files with trouble"]) == (name in TROUBLE)


@pytest.mark.parametrize("name", SPECIAL)
def test_special_updated(name: str) -> None:
    """An outline brought up to date from any other text is the one made afresh."""
    text = SPECIAL[name]
    fresh = Outline.parse(text)
    for before in ("", "x = 1\n", text + "x = 1\n", "x = 1\n" + text, SPECIAL["once"]):
        updated = Outline.parse(before).update(text)
        assert (updated.trouble is None) == (fresh.trouble is None)
        if fresh.trouble is None:
            assert [agreement.row(node) for node in updated.nodes()] == [agreement.row(n) for n in fresh.nodes()]


def test_agreement_on_a_sample() -> None:
    """On files of the standard library taken at random the outlines agree."""
    command = [sys.executable, str(SCRIPT), "--sample", "120"]
    package = str(Path(by_ast.__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": package}
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n        x = 1\n    y = 2\n",
        "if a:\n    x = 1\n  else:\n    y = 1\n",
        "x = 1\n  y = 2\n",
        "  x = 1\n",
        "class C:\n    x = 1\n   y = 2\n",
        "match a:\n    case 1: pass\n      case 2: pass\n",
        "@a\n  def f(): pass\n",
        "class C:\n\tx = 1\n        y = 1\n",
        "x = (\n",
        "def f(:\n    pass\n",
        "x = \x00\n",
    ],
)
def test_refused_by_cpython(text: str) -> None:
    """What CPython refuses for its layout is trouble to the grammar, too: CPython is asked, and says why."""
    assert Outline.parse(text).trouble is not None
    with pytest.raises((SyntaxError, ValueError)):
        by_ast.outline(text, "m.py")


def test_error_is_cpythons_own() -> None:
    """A syntax error comes as CPython words it."""
    with pytest.raises(SyntaxError) as ours:
        by_ast.outline("x = 1\ndef f(:\n    pass\n", "m.py")
    with pytest.raises(SyntaxError) as theirs:
        compile("x = 1\ndef f(:\n    pass\n", "m.py", "exec")
    assert (ours.value.msg, ours.value.args[1]) == (theirs.value.msg, theirs.value.args[1])


def test_formatting_is_no_change_to_the_fallback() -> None:
    """Layout, comments and parentheses leave its fingerprints; anything else does not."""
    old = by_ast.outline("x = f(1, 'a')\ndef g(a):\n    return a + 1\n", "m.py")
    new = by_ast.outline("# new\nx = f(\n  (1), 'a',  # c\n)\n\n\ndef g(a,):\n    return (a + 0x1)\n", "m.py")
    assert {edit.action for edit in old.diff(new).edits} == {"formatted"}
    changed = by_ast.outline("x = f(1.0, 'a')\ndef g(a):\n    return a + True\n", "m.py")
    assert [(edit.action, edit.facets) for edit in old.diff(changed).edits] == [("changed", []), ("changed", ["body"])]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("match a:\n    case 1: pass\n", "match b:\n    case 1: pass\n"),
        ("match a:\n    case x if b: pass\n", "match a:\n    case x if c: pass\n"),
        ("match a:\n    case b, c: pass\n", "match a:\n    case b, d: pass\n"),
        ("try: pass\nexcept A: pass\n", "try: pass\nexcept* A: pass\n"),
        ("try: pass\nexcept A as e: pass\n", "try: pass\nexcept A as f: pass\n"),
        ("for a in b: pass\n", "for c in b: pass\n"),
        ("with a as b: pass\n", "with a as c: pass\n"),
    ],
)
def test_headers_are_compared_whole(old: str, new: str) -> None:
    """Every part of a block's header counts, for both makers."""
    assert [edit.facets for edit in Outline.parse(old).diff(Outline.parse(new)).edits] == [["header"]]
    by_python = by_ast.outline(old, "m.py").diff(by_ast.outline(new, "m.py"))
    assert [edit.facets for edit in by_python.edits] == [["header"]]


def test_the_fallback_finds_the_end_of_strings_over_several_lines() -> None:
    """Beside letters that are more than a byte: CPython 3.12.1's tokenizer counts wrong there."""
    text = 'def f():\n    data = """\u3042\u3042,\u3044\n0.05,a\nb,\u00fc c"""\n    return data\n'
    makers = (by_ast.outline(text, "m.py"), Outline.parse(text))
    found = [[(each.name, each.segment) for each in made.nodes()] for made in makers]
    assert found[0] == found[1] == [("f", text.rstrip())]


def test_makers_are_not_mixed() -> None:
    """Outlines of different makers are not compared, and are brought together by `same_maker`."""
    by_grammar, by_python = Outline.parse("x = 1\n"), by_ast.outline("x = 2\n", "m.py")
    with pytest.raises(ValueError, match="different makers"):
        by_grammar.diff(by_python)
    old, new = by_ast.same_maker(by_grammar, by_python, "m.py")
    assert (old.maker, new.maker) == ("python", "python")
    assert [edit.action for edit in old.diff(new).edits] == ["changed"]
    assert by_python.update("x = 3\n").maker == "grammar"


def test_entries_out_of_place_are_refused() -> None:
    """A list of entries that does not fit its text is a bug of ours, and says so."""
    entries = by_ast._Maker("x = 1\n").entries(ast.parse("x = 1\n"))
    with pytest.raises(ValueError, match="entry 0: it stands outside the text; please report this"):
        Outline.from_entries("", entries)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
def test_an_annotated_name_comes_before_a_type_parameter() -> None:
    """To the compiler a bare annotation makes the name one of the class, which annotations of methods see."""
    text = "class C[T]:\n    T: int\n    def f[U](self, x: T, y: U) -> list[T]: return x\n"
    (whole,) = (code for code in _codes(compile(text, "m.py", "exec")) if code.co_name == "<generic parameters of f>")
    (method,) = (node for node in Outline.parse(text).nodes() if node.name == "f")
    alone = type_params_code(unit_of(method), "f", Context("m.py"))
    assert alone is not None and alone == whole


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def test_lines_of_code_objects() -> None:
    """A definition knows the line that its code object has, which is not where an `@` or a parenthesis stands."""
    text = (
        "def deco(f): return f\n@(\n  deco)\ndef f(): pass\n@ \\\n deco\n@deco\nasync def g(): pass\n"
        "class C:\n    @((\n\n    deco\n    ))\n    def h(self): pass\n    def i(self): pass\n"
        "    @deco\n    def j(self): pass\n"
    )
    wanted = {code.co_qualname: code.co_firstlineno for code in function_codes(compile(text, "m.py", "exec"))}
    assert list(wanted.values()) == [1, 3, 6, 12, 15, 16]
    for outline in (Outline.parse(text), by_ast.outline(text, "m.py")):
        functions = [node for node in outline.nodes() if node.kind == "function"]
        assert {node.qualname: node.code_line for node in functions} == wanted
        assert {name: line for name, kind, line in outline.definitions() if kind == "function"} == wanted
        assert [node.line for node in functions] == [1, 2, 5, 10, 15, 16]


def _nested(head: str, levels: int, start: int = 0) -> str:
    """So many blocks one in another, the first of them indented by `start` already."""
    return "".join(f"{' ' * depth}{head}\n" for depth in range(start, start + levels)) + " " * (start + levels)


DEEP = {
    "parentheses": f"x = {'(' * 100_000}1{')' * 100_000}\n",
    "brackets left open": "[" * 100_000,
    "operators": f"x = {'1 + ' * 100_000}1\n",
    "powers": f"x = {'a ** ' * 100_000}1\n",
    "negations": "not " * 100_000 + "1\n",
    "calls": "a" + ".b()" * 100_000 + "\n",
    "f-strings": "x = " + "f'{" * 2_000 + "1" + "}'" * 2_000 + "\n",
    "blocks": _nested("if x:", 600) + "pass\n",
    "classes": _nested("class C:", 600) + "pass\n",
    "functions": _nested("def f():", 600) + "pass\n",
    # A line of the string is no end of the blocks around it.
    "blocks around strings": "".join(_nested("if x:", 90, start) + "x = '''\n'''\n" for start in range(0, 540, 90)),
}

# Runs on a thread with a small stack, in a process of its own: what it could end in is a crash.
OUTLINES = """
import sys, threading

sys.path.insert(0, sys.argv[1])
from reloadr._core import Outline

texts = eval(sys.stdin.read())

def work():
    for name, text in texts.items():
        outline = Outline.parse(text)
        outline.diff(outline.update(text + "y = 1\\n"))
        Outline.parse("y = 1\\n").update(text)
        print(outline.trouble is None, name)

threading.stack_size(512 * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def test_deep_nesting_ends_in_a_word() -> None:
    """Whatever is nested however deep: an outline, or trouble, to which CPython has the word."""
    package = str(Path(by_ast.__file__).parents[2])
    command = [sys.executable, "-c", OUTLINES, package]
    done = subprocess.run(command, input=repr(DEEP), capture_output=True, text=True, timeout=280, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    fine = {name for word, _, name in (line.partition(" ") for line in done.stdout.splitlines()) if word == "True"}
    assert fine == {"parentheses", "operators", "powers", "negations", "calls"}
    for name in DEEP.keys() - fine:
        with pytest.raises((SyntaxError, MemoryError)):
            by_ast.outline(DEEP[name], "m.py")


@pytest.mark.parametrize("head", ["if x:", "class C:", "def f():"])
def test_as_deep_as_cpython_allows(head: str) -> None:
    """The grammar goes down as far as CPython does, and no further."""
    deepest, deeper = (_nested(head, levels) + "pass\n" for levels in (99, 100))
    ast.parse(deepest)
    assert Outline.parse(deepest).trouble is None
    assert Outline.parse(deeper).trouble is not None
    with pytest.raises(IndentationError, match="too many levels of indentation"):
        by_ast.outline(deeper, "m.py")


def test_the_state_of_a_file_is_outlined_as_its_text_is() -> None:
    old = Outline.parse("y = 1\n")
    data = b"\xef\xbb\xbfclass C:\r\n    x = '\xc3\xa9'\rdef f(): pass\n"
    text = "class C:\n    x = 'é'\ndef f(): pass\n"
    state = Snapshot("m.py", data)
    assert state.text() == Outline.parse(state).text == old.update(state).text == text
    assert Outline.parse(state).definitions() == Outline.parse(text).definitions()
    latin = Snapshot("m.py", b"# coding: cp1252\nx = '\x80'\n")
    assert Outline.parse(latin).text == "# coding: cp1252\nx = '€'\n"
    for wrong, line in ((b"x = 1\n\xff\n", 2), (b"x = 1\n\0\n", 2), (b"# coding: nonsense\n", 1)):
        state = Snapshot("m.py", wrong)
        for read in (Snapshot.text, Outline.parse, old.update):
            with pytest.raises(SyntaxError) as raised:
                read(state)
            assert (raised.value.filename, raised.value.lineno) == ("m.py", line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("super = 1\n", True),
        ("print(super)\n", True),
        ("def f():\n    global super\n", True),
        ("class C:\n    def f(self):\n        return super().f()\n", False),
        ("x = 1\n", False),
    ],
)
def test_whether_module_scope_knows_super(text: str, expected: bool) -> None:
    for outline in (Outline.parse(text), Outline.parse("").update(text), by_ast.outline(text, "m.py")):
        assert outline.super_at_top is expected
