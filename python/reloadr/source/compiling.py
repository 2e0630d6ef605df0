"""One definition or statement of a file to the code objects that a compile of the whole file would hold.

The text that is compiled is small: a `class` header for each class around the unit, the unit's own lines as
they stand in the file, and behind them, where they disturb no line, the few facts of the rest of the file
that the compiler looks at. Columns are right because the unit's lines are untouched. Lines are right
because either empty lines stand before the text, or `co_firstlineno` is moved afterwards: the tables of a
code object hold differences.

Why not the whole file with everything else blanked out: that costs the file's size for each function, and a
header then has no safe place when it shares a line with what it holds. Why not `ast` with moved line numbers:
turning trees into Python objects and back costs many times what compiling text does.

What the rest of a file does to a unit's code, all of it (CPython 3.11 to 3.15, tried on real files):

* enclosing classes: qualified names, mangling of private names, `__class__`, type parameters as free
  variables;
* `global` in a class body: a function stored that way has a `co_qualname` without the class;
* a name bound in a class body that is also a type parameter (3.12+): annotation scopes see the class first;
* imports at module scope: calls on an imported name are not compiled as method calls;
* `super` known at module scope (3.12+): `super().x` is then not compiled to `LOAD_SUPER_ATTR`;
* the file's `from __future__` features.

Nothing is executed and nothing is kept. The compiler's own warnings are held back, for a unit may be
compiled many times and by several callers; `emit_warnings` lets them out, once, where the caller wants
that.
"""

from __future__ import annotations
import __future__ as features

import re
import sys
import unicodedata
import warnings
from collections.abc import Iterable
from types import CodeType
from typing import Any, NamedTuple, cast

from reloadr._core import shift

__all__ = [
    "ANNOTATION_NAMES",
    "CLASS_BODY_NAMES",
    "DEFERRED",
    "Context",
    "Definition",
    "Scope",
    "Unit",
    "annotations_of",
    "body_code",
    "definition_code",
    "emit_warnings",
    "function_code",
    "module_code",
    "type_params_code",
]

DEFERRED = sys.version_info >= (3, 14)
"""Whether this CPython evaluates annotations when they are asked for."""

CLASS_BODY_NAMES = frozenset(
    {
        "__module__",
        "__qualname__",
        "__firstlineno__",
        "__static_attributes__",
        "__type_params__",
        "__classcell__",
        "__classdictcell__",
    }
)
"""What any class body code stores on its own account: about the snippet, not about the class in the file."""

ANNOTATION_NAMES = frozenset({"__annotate__", "__annotate_func__", "__conditional_annotations__"})
"""What a module or class body stores for its annotations from CPython 3.14 on; see `body_code`."""

# A flag of a feature that is no longer optional leaves no trace in code compiled from a file, so neither
# here.
_FEATURES = features.annotations.compiler_flag | features.barry_as_FLUFL.compiler_flag

# Code objects that `CodeType.replace` would change in more than their lines must be compiled where they
# stand. On 3.12 those are class bodies: their inlined comprehensions' variables are hidden, and would
# become ordinary ones; on 3.13 they have their own line among their constants. From 3.14 on it is all
# functions: arguments would lose their marks as such, which is seen only by the part of CPython that shares
# functions between interpreters.
_CLASSES_STAY = sys.version_info >= (3, 12)
_FUNCTIONS_STAY = sys.version_info >= (3, 14)

# Filters are asked about a module name: before 3.15 the compiler has only the file name for one.
_SILENT: dict[str, Any] = {"module": "<reloadr>"} if sys.version_info >= (3, 15) else {}

_GENERIC = re.compile(r"\b(?:def|class|type)(?:[\s\\]+)\w+[\s\\]*\[")
_CLASS = re.compile(r"\bclass\b")
_MAYBE_DOCSTRING = re.compile(r"(?:[\s(\\]|#.*\n)*[rRuU]?[\"']")


class Scope(NamedTuple):
    """One `class` statement around a unit."""

    indent: str
    """White space before `class`."""
    name: str
    type_params: str = ""
    """`[T: int]` as in the source, or nothing."""
    binds: tuple[str, ...] = ()
    """Names bound in the class body; only read where the unit or a class around it has type parameters."""
    globals: tuple[str, ...] = ()
    """Names in `global` statements of the class body."""


class Unit(NamedTuple):
    """One definition or statement, and where it stands."""

    source: str
    """Its whole lines; what shares the first or last of them is replaced by spaces, one for a UTF-8 byte."""
    line: int
    """The 1-based line of the file where `source` begins: where a definition is decorated, the first `@`."""
    scopes: tuple[Scope, ...] = ()
    """The classes around it, outermost first."""
    docstring: bool = False
    """Whether it is the docstring of its scope; any other string that stands alone sets no `__doc__`."""


class Context(NamedTuple):
    """What the compiler takes from the rest of the file."""

    filename: str
    flags: int = 0
    """Compiler flags of the file's `from __future__` imports."""
    imports: tuple[str, ...] = ()
    """Names bound by import statements at module scope, at any depth of `if`, `try`, `with` and loops."""
    super_at_top: bool = False
    """Whether module scope reads or binds the name `super`, or any function or class says `global super`."""


class Definition(NamedTuple):
    """The code of one function."""

    code: CodeType
    annotate: CodeType | None
    """The function that gives its annotations when they are asked for (3.14+), where it has any."""


def definition_code(unit: Unit, name: str, context: Context) -> Definition:
    """Return the code of the function `name`, as `function_code` does, and of its annotations."""
    parent, distance = _compile_definition(unit, context)
    code = _function_in(parent, name)
    annotate = None
    if _FUNCTIONS_STAY:
        holder = _find(parent, _generic(name)) or parent
        # It is compiled right before the function.
        before = holder.co_consts[: holder.co_consts.index(code)]
        found = [each for each in before if isinstance(each, CodeType) and each.co_name == "__annotate__"]
        annotate = _moved(found[-1], distance) if found else None
    return Definition(_moved(code, distance), annotate)


def function_code(unit: Unit, name: str, context: Context) -> CodeType:
    """Return the code of the function `name` that the unit, a definition with its decorators, defines.

    Under type parameters it is the code of the function proper; see `type_params_code` for what is around it.
    Raises `SyntaxError` with the position in the file, and `LookupError` where the unit defines no such
    function.
    """
    parent, distance = _compile_definition(unit, context)
    return _moved(_function_in(parent, name), distance)


def type_params_code(unit: Unit, name: str, context: Context) -> CodeType | None:
    """Return the code of the scope that holds the type parameters of the function `name`, if it has any."""
    parent, distance = _compile_definition(unit, context)
    generic = _find(parent, _generic(name))
    return None if generic is None else _moved(generic, distance)


def body_code(unit: Unit, context: Context) -> CodeType:
    """Return the code of the innermost scope around the unit as if it held nothing but the unit.

    That is a module's code for `exec(code, globals)`, or a class body's for `exec(code, globals, namespace)`.
    The latter needs `closure=`, a cell for each of `co_freevars`, where it has any: `.type_params` is the
    class's `__type_params__`, others are its type parameters by name, and `__class__` is an enclosing class.

    A class body also stores `CLASS_BODY_NAMES`, to be dropped. Methods that use `super()` or `__class__`
    close over the cell that it stores as `__classcell__`, whose contents are to be set to the class. Type
    parameters, and from 3.14 on annotations, are evaluated later and keep the namespace, as
    `__classdictcell__`, until then.

    From 3.14 on a statement with an annotation stores a function for its own annotation alone,
    `__annotate__` in a module or `__annotate_func__` in a class, and in a module
    `__conditional_annotations__`, a set that the function reads: to be kept from replacing the scope's own,
    which no single unit can make.
    """
    code, distance = _compile(unit, context, in_place=True)
    # There is a distance where a first line of the file, shared with a header or an `if`, leaves no line
    # for ours.
    return _moved(_innermost(code, unit.scopes), distance)


def module_code(units: Iterable[Unit], context: Context) -> CodeType:
    """Return the code of a module that holds these units of its top level alone, each in its place."""
    lines: list[bytearray] = []
    for unit in units:
        data = unit.source.encode("utf-8", "surrogatepass").split(b"\n")
        lines += [bytearray() for _ in range(unit.line - 1 + len(data) - len(lines))]
        for at, text in enumerate(data, unit.line - 1):
            held = lines[at]
            start = len(text) - len(text.lstrip(b" "))
            if start < len(text) and (held.strip() or (start > 1 and at == unit.line - 1)):
                # Statements share the line; what stood before this one was blanked, or is left out.
                held[:] = (held.rstrip() or b"0").ljust(start)
                held[start - 1 : start] = b";"
            held += b" " * (start - len(held)) if start < len(text) else b""
            held[start:] = text[start:] or held[start:]
    whole = b"\n".join(lines).decode("utf-8", "surrogatepass")
    return _compile_silently(whole + "\n", context)


def annotations_of(code: CodeType) -> CodeType | None:
    """Return the code of the function that gives the annotations of a module or class (3.14+), if it has any."""
    of_module = code.co_qualname == "<module>"
    if ("__conditional_annotations__" if of_module else "__annotate_func__") not in code.co_names:
        return None
    qualname = "__annotate__" if of_module else f"{code.co_qualname}.__annotate__"
    found = [each for each in code.co_consts if isinstance(each, CodeType) and each.co_qualname == qualname]
    # A function of that name may be defined there; the scope's own is made last.
    return found[-1] if found else None


def emit_warnings(unit: Unit, context: Context) -> None:
    """Give the compiler's warnings about the unit to the process's filters, with the positions of the file.

    As in a fresh process, a filter that turns them into errors makes this raise `SyntaxError`.
    """
    text, _ = _placed(_layout(unit, context), unit.line)
    compile(text, context.filename, "exec", context.flags & _FEATURES, dont_inherit=True)


def _compile_definition(unit: Unit, context: Context) -> tuple[CodeType, int]:
    """Return the code of the scope around the unit, and how far its lines are from those of the file."""
    in_place = _FUNCTIONS_STAY or (_CLASSES_STAY and "class" in unit.source and bool(_CLASS.search(unit.source)))
    code, distance = _compile(unit, context, in_place=in_place)
    return _innermost(code, unit.scopes), distance


def _compile(unit: Unit, context: Context, *, in_place: bool) -> tuple[CodeType, int]:
    """Return module code that holds the unit, and how far its lines are from those of the file."""
    layout = _layout(unit, context)
    if in_place:
        text, distance = _placed(layout, unit.line)
    else:
        text, distance = "".join(layout), unit.line - 1 - layout.head.count("\n")
    try:
        return _compile_silently(text, context), distance
    except SyntaxError:
        if in_place:
            raise
        # Some messages speak of other lines than the one they are about, so it is not enough to move
        # `lineno`.
        return _compile(unit, context, in_place=True)


def _compile_silently(text: str, context: Context) -> CodeType:
    """Compile without warnings, touching neither other threads nor what they have already been warned of.

    `warnings.catch_warnings` would do both: while it lasts, what others warn of is caught as well, and
    afterwards every "once for each location" begins anew. A filter for this file's compiler warnings alone
    does neither.
    """
    # A plain string is compared, not searched for, and no module's own warnings can have either name.
    module = _SILENT.get("module") or context.filename.removesuffix(".py") or "<unknown>"
    silence = ("ignore", None, Warning, module, 0)
    filters = cast("list[Any]", warnings.filters)
    filters.insert(0, silence)
    try:
        code = compile(text, context.filename, "exec", context.flags & _FEATURES, dont_inherit=True, **_SILENT)
    except (RecursionError, MemoryError, OverflowError, ValueError) as error:
        # Source that the compiler gives up on, nested too deeply for one, is wrong source.
        wrong = SyntaxError(str(error) or type(error).__name__)
        wrong.filename = context.filename
        raise wrong from error
    finally:
        # Another thread may have emptied the list meanwhile.
        if silence in filters:
            filters.remove(silence)
    return cast(CodeType, code)


class _Layout(NamedTuple):
    """The text to compile, in parts, for its first line can be put anywhere."""

    head: str
    unit: str
    tail: str


def _placed(layout: _Layout, line: int) -> tuple[str, int]:
    """Return the text with its unit on `line`, or as near as the head lets it, and the remaining distance."""
    room = line - 1 - layout.head.count("\n")
    return "\n" * room + "".join(layout), min(room, 0)


def _layout(unit: Unit, context: Context) -> _Layout:
    """Return the unit's lines between what must be around them."""
    source = unit.source if unit.source.endswith("\n") else unit.source + "\n"
    indents = _indents(unit)
    head = "if 1:\n" if _width(indents[0]) else ""
    tail = _module_facts(unit, context)
    for position, scope in enumerate(unit.scopes):
        inner = indents[position + 1]
        head += f"{indents[position]}class {scope.name}{scope.type_params}:\n"
        if scope.globals and (names := _globals_of_interest(unit, position)):
            head += f"{inner}global {', '.join(names)}\n"
    if names := _binds_of_interest(unit):
        tail = f"{indents[-1]}if 0: {' = '.join(names)} = 0\n{tail}"
    if not unit.docstring and _MAYBE_DOCSTRING.match(source):
        head += f"{indents[-1]}0\n"
    if unit.scopes and _indent(source) != indents[-1]:
        head += f"{indents[-1]}\\\n"
    return _Layout(head, source, tail)


def _indents(unit: Unit) -> list[str]:
    """Return the white space before each class header and before the unit."""
    indents: list[str] = []
    for line in (*(scope.indent for scope in unit.scopes), unit.source):
        indent = _indent(line)
        if indents and _width(indent) <= _width(indents[-1]):
            # What counts in the file is an otherwise empty line before, that ends in a backslash.
            indent = indents[-1] + " "
        indents.append(indent)
    return indents


def _indent(line: str) -> str:
    """Return the white space that counts as the line's indentation: a form feed begins it anew."""
    end = len(line) - len(line.lstrip(" \t\f"))
    return line[line.rfind("\f", 0, end) + 1 : end]


def _width(indent: str) -> int:
    return len(indent.expandtabs(8))


def _module_facts(unit: Unit, context: Context) -> str:
    """Return a statement that is not executed, for the names of the module that the compiler asks for."""
    names = _mentioned(context.imports, unit.source)
    facts = f"import {', '.join(names)}" if names else ""
    if context.super_at_top:
        facts = f"super; {facts}"
    return f"if 0: {facts}\n" if facts else ""


def _globals_of_interest(unit: Unit, position: int) -> list[str]:
    """Return the names that the class at `position` declares global and that the unit or a class in it uses.

    A declaration that follows the unit in the file cannot be about a name of the unit, and one that is not
    needed would only take the place of a line.
    """
    text = " ".join([*(scope.name for scope in unit.scopes[position + 1 :]), unit.source])
    return _mentioned(unit.scopes[position].globals, text)


def _binds_of_interest(unit: Unit) -> list[str]:
    """Return the names bound in the innermost class that the unit's annotation scopes may see.

    It matters only where there are type parameters, for a class's name then comes before a parameter's.
    """
    if not unit.scopes or not unit.scopes[-1].binds:
        return []
    if not _GENERIC.search(unit.source) and not any(scope.type_params for scope in unit.scopes):
        return []
    return _mentioned(unit.scopes[-1].binds, unit.source)


def _mentioned(names: Iterable[str], text: str) -> list[str]:
    """Return the names that may occur in the text."""
    # Names are compared in normal form, so other characters may stand for them where not all are ASCII.
    return [name for name in names if name in text] if text.isascii() else list(names)


def _innermost(code: CodeType, scopes: tuple[Scope, ...]) -> CodeType:
    """Return the code of the innermost class body."""
    for scope in scopes:
        code = _function_in(code, scope.name)
    return code


def _function_in(parent: CodeType, name: str) -> CodeType:
    """Return the code of a function or class that `parent` defines, in its type parameters' scope if any."""
    name = _normal(name)
    generic = _find(parent, _generic(name))
    found = _find(generic or parent, name)
    if found is None:
        raise LookupError(f"{parent.co_filename}: {parent.co_qualname} does not define {name!r}")
    return found


def _find(parent: CodeType, name: str) -> CodeType | None:
    # Backwards, for the bound of a type parameter has the parameter's name, and comes before what it is for.
    for constant in reversed(parent.co_consts):
        if isinstance(constant, CodeType) and constant.co_name == name:
            return constant
    return None


def _generic(name: str) -> str:
    return f"<generic parameters of {_normal(name)}>"


def _normal(name: str) -> str:
    """Return an identifier as the compiler has it."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def _moved(code: CodeType, distance: int) -> CodeType:
    """Return the code as if it, and all that is in it, stood `distance` lines further down."""
    if not distance:
        return code
    moved = _copied(code)
    shift([moved], [(0, 2**31 - 1, distance)])
    return moved


def _copied(code: CodeType) -> CodeType:
    """Return another code object that says the same, as all that is in it."""
    constants = [_copied(constant) if isinstance(constant, CodeType) else constant for constant in code.co_consts]
    return code.replace(co_consts=tuple(constants))
