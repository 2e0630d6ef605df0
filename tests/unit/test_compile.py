"""`reloadr._compile`: one definition or statement becomes the code that the whole file would hold for it."""

import __future__ as features

import importlib.util
import sys
import sysconfig
import threading
import types
import warnings
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from reloadr.source.compiling import (
    CLASS_BODY_NAMES,
    Context,
    Scope,
    Unit,
    body_code,
    emit_warnings,
    function_code,
    type_params_code,
)


def _exactness() -> ModuleType:
    """Return the script that compares units with whole files."""
    path = Path(__file__).resolve().parents[1] / "exactness.py"
    spec = importlib.util.spec_from_file_location("reloadr_exactness", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


exactness = _exactness()
CONTEXT = Context("/project/shop.py")

# Each construct is a file, and every unit of each must come out as in the whole file.
CONSTRUCTS = {
    "empty file": "",
    "function": """\
import os

def f(a, b=1, *c, d=2, **e):
    return os.sep.join(c)
""",
    "no newline at the end": "def f(): return 1",
    "decorators": """\
import functools

@functools.cache
# why
@(lambda f: f)
def f(x):
    return lambda: x

@(
    functools.cache
)
def g(): pass

@\\
functools.cache
def h(): pass
""",
    "lambdas and comprehensions in defaults": """\
def f(a=lambda: 1, b=[x for x in ()], c=(y for y in ()), *, d={k: (lambda: k) for k in ()}):
    return {x for x in a}
""",
    "imported names": """\
import os.path, a.b as c
from d import e as f, g
try:
    import h
except ImportError:
    h = None
if False:
    import i
with g:
    for j in f:
        import k
def calls(self):
    import m
    os.x(); a.x(); c.x(); e.x(); f.x(); g.x(); h.x(); i.x(); j.x(); k.x(); m.x()
class C:
    import n
    def calls(self):
        os.x(); n.x(); self.x()
    value = os.x(lambda: g.x())
""",
    "private names": """\
import __os
class _A__:
    __x = 1
    class __B:
        def __f(self, __y):
            import __z
            return self.__x, __y, __os.go(), __z.a()
        async def g(self):
            return [__x async for __x in self.__x]
""",
    "classes that mangle nothing": """\
class _:
    def f(self): return self.__x
class __:
    def f(self): return self.__x
class ___:
    class A_:
        def f(self): return self.__x
""",
    "super and __class__": """\
class A:
    def f(self): return super().f()
    def g(self): return __class__
    def h(self):
        def inner(): return super(A, self).h, __class__
        return inner
    class B:
        outer = lambda: __class__
        def f(self): return super().f(), super().x
""",
    "super bound by the module": """\
super = 1
class A:
    def f(self): return super().f(), super().x
""",
    "super read by the module": """\
x = super
class A:
    def f(self): return super().f(), super().x
""",
    "super declared global": """\
def g():
    global super
class A:
    def f(self): return super().f(), super().x
""",
    "global in a class body": """\
class A:
    global f, B, x, __y
    x = 1
    def f(self):
        return lambda: x
    class B:
        def g(self): return __y
        global h
        def h(self): pass
    def __y(self): pass
class C:
    def f(self): pass
    global late
""",
    "global at module scope": """\
global x
x = [lambda: x]
def f(): return x
""",
    "if, try, with, loops and match around": """\
if a:
    def f(): return 1
elif b:
  def f(): return 2
else:
\tdef f(): return 3
try:
    class A:
        if a:
            def f(self): return __class__
        else:
            with b:
                def f(self): return 5
except E as e:
    def f(): return e
else:
    def g(): return 6
finally:
    def h(): return lambda: 7
for x in y:
    def i(): return x
else:
    def i(): return 8
while x:
    async def j(): await x
match x:
    case [y, *z]:
        def k(): return y, z
""",
    "one-line suites": """\
x = 1
y = 2
class A: x = lambda: __class__; y = lambda: 2
class B(A): __z = lambda __q: __q
if x: y = lambda: 1
def f(): return 1
class C: pass
""",
    "two statements in a line": """\
x = 1
a = lambda: 1; b = [lambda: 2]; c = 3;
s = 'äöü€😀'; d = lambda: 4  # a comment
t = '''
'''; e = lambda: 5
""",
    "names with other characters": """\
import ﬁle
class ﬁ:
    def ﬁ(self, größe):
        return ﬁle.x('😀', größe), self.__ﬁ
""",
    "tabs": """\
class A:
\tclass B:
\t\tdef f(self):
\t\t\treturn 1
\tif x:
\t\t\t\tdef g(self): return 2
""",
    "tabs and spaces": """\
class A:
  if x:
  \tdef f(self):
  \t\treturn 1
""",
    "form feeds": """\
\fdef f(): return 1
\f
  \fclass A:
\f    def f(self):
        return 2
  \f    def g(self): pass
""",
    "backslash before a line": """\
class A:
    \\
def f(self):
        return 1
    x = 1; \\
y = lambda: 2
    def \\
  g \\
 (self): pass
""",
    "byte order mark": "\ufeffdef f(): return 1\n",
    "Windows newlines": "class A:\r\n  def f(self):\r\n    '''a\r\n    b'''\r\n    return 1\r\n",
    "coding line": """\
# -*- coding: utf-8 -*-
def f(): return 'ä', 1
""",
    "annotations as text": """\
from __future__ import annotations
x: int = 1
def f(a: list[b], *c: d) -> e:
    y: z = 1
class A:
    x: y
    def f(self, a: A.b): return lambda: a
""",
    "annotations": """\
x: int = 1
def f(a: list[b], *c: d) -> e:
    y: z = 1
class A:
    x: y = lambda: 1
    def f(self, a: A.b): return lambda: a
""",
    "features long in the language": """\
from __future__ import division, generator_stop, print_function
def f(): return 1 / 2
""",
    "docstrings": """\
'''module'''
'not a docstring'
(# a comment
 'nor this'
)
class A:
    '''class'''
    'neither'
    def f(self):
        '''
        function
          indented
        '''
class B:
    x = 1
    'no'
""",
    "generators and coroutines": """\
def f():
    x = yield
    yield from x
async def g():
    async with a as b, c:
        yield b
    d = [x async for x in y]
    await z
class A:
    async def f(self):
        await super().f()
""",
    "classes in functions": """\
def f(x):
    class A(x):
        y = [x for z in x]
        def g(self): return super().g(), x
        class B:
            a = 11
    return A
""",
    "a class's own line among its constants": """\
class A:
    x = 1
    class B:
        y = 3
        z = 4
        def f(self):
            class C:
                w = 7, 8, 9
""",
    "comprehensions in class bodies": """\
class A:
    x = [y for y in z]
    w = {k: (lambda: k) for k in [v for v in x]}
    class B:
        x = [lambda: y for y in z]
v = [x for x in y if (w := x)]
""",
    "exception tables": """\
def f():
    for x in y:
        try:
            with x: yield
        except* E as e:
            raise
        finally:
            del x
""",
    "a long way down": "\n" * 70_000
    + """\
class A:
    def f(self):
        class B: y = 1
        return B
""",
    "formatted strings": """\
class A:
    def f(self, x):
        return f'{x.__y!r:>{self.w}} {x=}' 'z'
""",
    "assertions": """\
def f(x):
    assert x, 'y'
    if __debug__: return lambda: 1
""",
    "dead branches": """\
import os
if 0:
    def f(): return 1
    import sys
else:
    def g(): return os.x(), sys.x()
""",
    "same name twice": """\
def f(): return 1
def f(): return 2
class A:
    def f(self): pass
class A:
    def f(self): return 1
""",
}

TYPE_PARAMETERS = {
    "generic function": """\
class B: pass
def f[T: (int, str), *Ts, **P](x: T = lambda: 1, *a: *Ts) -> T:
    return T, lambda: T
""",
    "generic class": """\
class A[T: int, *Ts](B[T]):
    def f(self, x: T) -> T:
        return super().f(T, __class__)
    y = [T for x in Ts]
    class C:
        def g(self): return T
""",
    "generic method": """\
class A:
    x = int
    def f[T: x](self, a: T, b=lambda: 1) -> x:
        return T, x, super().f
    async def g[f: f](self): pass
""",
    "generic in generic": """\
class A[T]:
    class B[U: T](A[T]):
        def f[V: (T, U)](self, x: V) -> T:
            return T, U, V
""",
    "type parameter hidden by a class name": """\
class A[T, U]:
    T = int
    def f[V: T](self, x: T = 1) -> U:
        return T
    class U:
        T = 2
        def g[W: T](self) -> U: return U
class B[T]:
    import T
    def f[V: T](self) -> T: return V, T
""",
    "type parameter declared global": """\
class A[T, U]:
    global T
    T = 1
    def f[V: T](self, x: U) -> T: return T
""",
    "private type parameters": """\
class A[__T]:
    def f[__U: __T](self, x: __U) -> __T: return __T, __U
""",
    "type aliases": """\
type X = list[Y]
type Z[T] = dict[T, lambda: T]
class A[T]:
    type X = T
    type Y[U] = tuple[T, U]
""",
    "parameters over several lines": """\
class A[
    T,  # one
    U,
](B):
  def f(self): return T
""",
    "spelled differently": """\
class A [ ﬁ ] :
    def f \\
 [ T ] (self): return fi, T
""",
    "parameter of the function's own name": """\
def f[f: lambda: 1](f: f): return f
class C[C: C]:
    def C(self): return C
""",
    "comprehension in an annotation": """\
def f[T](x: [y for y in T], z: [lambda: y for y in T]) -> {y: 1 for y in T}: pass
""",
    "comprehension in a bound": """\
def f[T: [y for y in x]](): pass
""",
}


def _assert_exact(source: str) -> None:
    tally = exactness.Tally()
    with warnings.catch_warnings():
        # `x is 1` and the like in the file as a whole; the engine's own silence has its own test.
        warnings.simplefilter("ignore")
        exactness.check_source(source.encode(), CONTEXT.filename, tally)
    assert not tally.skipped, "the construct itself does not compile"
    assert tally.mismatches == 0


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_construct(name: str) -> None:
    """Every function and statement of the construct is compiled as in the whole file."""
    _assert_exact(CONSTRUCTS[name])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
@pytest.mark.parametrize("name", TYPE_PARAMETERS)
def test_type_parameters(name: str) -> None:
    """Every function, statement and scope of type parameters is compiled as in the whole file."""
    _assert_exact(TYPE_PARAMETERS[name])


@pytest.mark.skipif(sys.version_info < (3, 13), reason="defaults of type parameters came with 3.13")
def test_type_parameter_defaults() -> None:
    """Defaults of type parameters, which may read class names, make no difference."""
    _assert_exact("class A[T = int]:\n    x = 1\n    def f[U = x, *V = *T](self, y: U = 1): return U\n")


@pytest.mark.skipif(sys.version_info < (3, 15), reason="lazy imports came with 3.15")
def test_lazy_imports() -> None:
    """A name that a lazy import binds counts as imported."""
    _assert_exact("lazy import os\nlazy from a import b as c\ndef f(): return os.x(), c.x()\n")


@pytest.mark.skipif(
    not (Path(sysconfig.get_path("stdlib")) / "typing.py").exists(), reason="the library is in an archive"
)
def test_standard_library_sample() -> None:
    """Every unit of some real modules is compiled as in the whole file."""
    tally = exactness.Tally()
    library = Path(sysconfig.get_path("stdlib"))
    names = [
        "typing.py",
        "enum.py",
        "dataclasses.py",
        "asyncio/tasks.py",
        "unittest/mock.py",
        "inspect.py",
        "functools.py",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            exactness.check_file(library / name, tally)
    assert tally.files == len(names)
    assert tally.functions > 700
    assert tally.mismatches == 0


def test_comparison_notices() -> None:
    """The comparison that the other tests rely on tells apart what differs in one column, line or flag."""
    code = function_code(Unit("def f(): return x\n", 3), "f", CONTEXT)
    for other in (
        function_code(Unit("def f(): return  x\n", 3), "f", CONTEXT),
        function_code(Unit("def f(): return x\n", 4), "f", CONTEXT),
        function_code(Unit("def f(): return x\n", 3), "f", Context("/project/other.py")),
        function_code(Unit("def f(): return x\n", 3), "f", Context(CONTEXT.filename, 0x1000000)),
    ):
        assert exactness.image(code) != exactness.image(other)


def _held(source: str, *path: str) -> CodeType:
    """Return a code object out of the code of a whole file."""
    code = compile(source, CONTEXT.filename, "exec", dont_inherit=True)
    for name in path:
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)
    return code


def test_method_by_hand() -> None:
    """Facts written by hand, not derived from `ast`, give the method that the whole file holds."""
    lines = "        @staticmethod\n        def f():\n            return os.go()\n"
    source = f"import os\n\nclass A:\n    class B:\n{lines}"
    unit = Unit(lines, 5, (Scope("", "A", "", ("B",), ()), Scope("    ", "B", "", ("f",), ())))
    code = function_code(unit, "f", Context(CONTEXT.filename, 0, ("os",)))
    assert code == _held(source, "A", "B", "f")
    assert code.co_qualname == "A.B.f"
    assert code.co_firstlineno == 5


def test_names_as_spelled() -> None:
    """Names may be given as the source spells them, where the compiler has other characters for them."""
    unit = Unit("    def ﬁ(self): return ﬁ.x()\n", 3, (Scope("", "ﬁ", "", ("ﬁ",)),))
    code = function_code(unit, "ﬁ", Context(CONTEXT.filename, 0, ("ﬁ",)))
    assert code == _held("import ﬁ\nclass ﬁ:\n    def ﬁ(self): return ﬁ.x()\n", "fi", "fi")


def test_unknown_binds_are_allowed() -> None:
    """Without the names that a class binds, methods are the same."""
    unit = Unit("    def f(self): return x\n", 3, (Scope("", "A"),))
    assert function_code(unit, "f", CONTEXT) == _held("class A:\n    x = 1\n    def f(self): return x\n", "A", "f")


def test_facts_of_no_use_change_nothing() -> None:
    """Names that the unit does not use leave no trace, however many they are."""
    names = tuple(f"name{i}" for i in range(500))
    unit = Unit("    def f(self): return name7.x()\n", 30, (Scope("", "A", "", names, names[8:]),))
    plain = Unit(unit.source, 30, (Scope("", "A"),))
    assert function_code(unit, "f", Context(CONTEXT.filename, 0, names[8:])) == function_code(plain, "f", CONTEXT)


def test_no_such_function() -> None:
    """A unit that does not define the function says so."""
    with pytest.raises(LookupError, match=r"/project/shop\.py: <module> does not define 'g'"):
        function_code(Unit("def f(): pass\n", 1), "g", CONTEXT)


def test_type_params_code_of_a_plain_function() -> None:
    """A function without type parameters has no scope for them."""
    assert type_params_code(Unit("def f(): pass\n", 1), "f", CONTEXT) is None


def test_syntax_error_has_the_position_of_the_file() -> None:
    """The line of a syntax error, and any line its message speaks of, are those of the file."""
    unit = Unit("    def f(self):\n        if x:\n        return 1\n", 40, (Scope("", "A"),))
    with pytest.raises(SyntaxError, match=r"after 'if' statement on line 41") as raised:
        function_code(unit, "f", CONTEXT)
    assert (raised.value.filename, raised.value.lineno, raised.value.text) == (
        CONTEXT.filename,
        42,
        "        return 1\n",
    )


def test_optional_features_only() -> None:
    """Flags of features that have long been in the language do not get into `co_flags`."""
    flags = features.annotations.compiler_flag | features.division.compiler_flag | features.nested_scopes.compiler_flag
    code = function_code(Unit("def f(): pass\n", 1), "f", Context(CONTEXT.filename, flags))
    assert code.co_flags & features.annotations.compiler_flag
    assert not code.co_flags & features.division.compiler_flag


def test_this_module_s_features_are_not_inherited() -> None:
    """Features that the engine's own source uses do not leak into what it compiles."""
    namespace: dict[str, object] = {}
    exec(body_code(Unit("def f(x: int): pass\n", 1), CONTEXT), namespace)
    assert namespace["f"].__annotations__ == {"x": int}


def test_body_runs_and_says_where() -> None:
    """A statement run by itself has its effect, and its traceback has the line of the file."""
    namespace: dict[str, object] = {"y": 2}
    exec(body_code(Unit("x = y + 1\n", 57), CONTEXT), namespace)
    assert namespace["x"] == 3
    with pytest.raises(ZeroDivisionError) as raised:
        exec(body_code(Unit("       z = x / 0\n", 58), CONTEXT), namespace)
    traceback = raised.value.__traceback__
    assert traceback is not None and traceback.tb_next is not None
    assert traceback.tb_next.tb_lineno == 58
    positions = list(traceback.tb_next.tb_frame.f_code.co_positions())
    assert (58, 58, 11, 16) in positions


def test_body_executes_none_of_the_facts() -> None:
    """Imports and class names that are told to the compiler are neither imported nor bound."""
    context = Context(CONTEXT.filename, 0, ("no_such_module",), True)
    namespace: dict[str, object] = {"no_such_module": types.SimpleNamespace(go=lambda: 5)}
    exec(body_code(Unit("x = no_such_module.go()\n", 3), context), namespace)
    assert namespace["x"] == 5
    assert set(namespace) == {"no_such_module", "x", "__builtins__"}


def test_body_with_separate_locals() -> None:
    """What a statement binds can be kept apart from the module until it is wanted."""
    live: dict[str, object] = {"y": 2, "__builtins__": {}}
    fresh: dict[str, object] = {}
    exec(body_code(Unit("x = y\n", 3), CONTEXT), live, fresh)
    assert fresh == {"x": 2}
    assert "x" not in live


@pytest.mark.parametrize("scopes", [(), (Scope("", "A"),)])
def test_docstring_only_where_it_is_one(scopes: tuple[Scope, ...]) -> None:
    """A string that stands alone sets `__doc__` if it is its scope's docstring, and else does nothing."""
    indent = "    " * len(scopes)
    for source in ("'text'\n", "(  # why\n  r'''text'''\n)\n"):
        for docstring in (True, False):
            namespace: dict[str, object] = {}
            code = body_code(Unit(indent + source, 9, scopes, docstring), CONTEXT)
            exec(code, {"__name__": "shop"}, namespace)
            kept = docstring and sys.flags.optimize < 2
            assert namespace.get("__doc__") == ("text" if kept else None)


def test_class_body() -> None:
    """A statement of a class body is run in the class namespace, private names mangled, class names seen."""
    unit = Unit("    __x = y\n", 9, (Scope("", "A", "", ("y",)),))
    namespace: dict[str, object] = {"y": 2}
    exec(body_code(unit, CONTEXT), {"__name__": "shop"}, namespace)
    assert {name: namespace[name] for name in namespace if name not in CLASS_BODY_NAMES} == {
        "y": 2,
        "_A__x": 2,
    }


def test_class_body_method_with_super() -> None:
    """A new method that uses `super()` works once the cell that the body stores holds the class."""

    class Base:
        def f(self) -> int:
            return 1

    class A(Base):
        pass

    unit = Unit("    def f(self): return super().f() + 1\n", 9, (Scope("", "A"),))
    namespace: dict[str, types.FunctionType] = {}
    exec(body_code(unit, CONTEXT), {"__name__": "shop"}, namespace)
    cell: types.CellType = namespace["__classcell__"]  # type: ignore[assignment]
    cell.cell_contents = A
    A.f = namespace["f"]  # type: ignore[method-assign]
    assert A().f() == 2
    assert namespace["f"].__qualname__ == "A.f"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
def test_class_body_in_generic_class() -> None:
    """A method of a generic class gets the class's type parameters through the closure."""
    unit = Unit("    def f(self): return T\n", 9, (Scope("", "A", "[T: int]"),))
    code = body_code(unit, CONTEXT)
    given = {".type_params": ("T of A",), "T": "T of A"}
    closure = tuple(types.CellType(given[name]) for name in code.co_freevars)
    namespace: dict[str, types.FunctionType] = {}
    exec(code, {"__name__": "shop"}, namespace, closure=closure)
    assert namespace["f"](None) == "T of A"


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations became lazy with 3.14")
def test_annotation_stores_what_is_said() -> None:
    """What a statement with an annotation stores for itself alone is what is documented, and works."""
    namespace: dict[str, object] = {"x": 1}
    exec(body_code(Unit("y: x = 2\n", 9), CONTEXT), namespace)
    assert set(namespace) == {"x", "y", "__annotate__", "__conditional_annotations__", "__builtins__"}
    assert namespace["__annotate__"](1) == {"y": 1}  # type: ignore[operator]
    unit = Unit("    y: x = 2\n", 9, (Scope("", "A"),))
    stored: dict[str, object] = {}
    exec(body_code(unit, CONTEXT), {"x": 1, "__name__": "shop"}, stored)
    assert set(stored) - CLASS_BODY_NAMES == {"y", "__annotate_func__"}
    assert stored["__annotate_func__"](1) == {"y": 1}  # type: ignore[operator]


def test_class_stores_no_more_than_said() -> None:
    """Everything that a class body stores on its own account is listed, so that it can be dropped."""
    source = "    def f(self):\n        self.x = super().f()\n"
    namespace: dict[str, object] = {}
    exec(body_code(Unit(source, 9, (Scope("", "A"),)), CONTEXT), {"__name__": "shop"}, namespace)
    assert set(namespace) - {"f"} <= CLASS_BODY_NAMES


# Literals compared by identity: a warning on every version.
DUBIOUS = Unit("def f(x):\n    return x is 1\n", 33)


@pytest.mark.parametrize("action", ["error", "always", "default"])
def test_warnings_are_held_back(action: str) -> None:
    """Compiling warns of nothing and fails for no warning, whatever the filters, and leaves them alone."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)  # type: ignore[arg-type]
        before = list(warnings.filters)
        version = getattr(warnings, "_filters_version", None)
        function_code(DUBIOUS, "f", CONTEXT)
        body_code(DUBIOUS, CONTEXT)
        function_code(DUBIOUS, "f", Context(""))
        with pytest.raises(SyntaxError):
            function_code(Unit("def f(: pass\n", 1), "f", CONTEXT)
        assert list(warnings.filters) == before
        assert getattr(warnings, "_filters_version", None) == version
    assert caught == []


def test_emit_warnings() -> None:
    """On demand the compiler's warnings come out, once, with the place in the file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        emit_warnings(DUBIOUS, CONTEXT)
    assert [(w.category, w.filename, w.lineno) for w in caught] == [(SyntaxWarning, CONTEXT.filename, 34)]
    with pytest.raises(SyntaxError) as raised:
        emit_warnings(DUBIOUS, CONTEXT)
    assert raised.value.lineno == 34


def test_other_threads_keep_their_warnings() -> None:
    """While one thread compiles, no warning of another is lost."""
    stop = threading.Event()

    def compile_on() -> None:
        while not stop.is_set():
            function_code(DUBIOUS, "f", CONTEXT)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=compile_on)
        thread.start()
        for _ in range(2000):
            warnings.warn("mine", UserWarning, stacklevel=1)
        stop.set()
        thread.join()
    assert [str(w.message) for w in caught] == ["mine"] * 2000
